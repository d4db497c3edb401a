//! Cases that run on SQLite and on PostgreSQL.

/// Makes one test of each database: `on_both!(a_case, async |store| { … });` gives `a_case::sqlite` and
/// `a_case::postgres`. The store is open, its tables are made, and it is closed before the database goes.
/// The caller's file imports `Store`.
macro_rules! on_both {
    ($(#[$meta:meta])* $case:ident, async |$store:ident| $body:block) => {
        mod $case {
            use super::*;

            async fn run(url: &str) {
                let create = undersigned::store::Access::Create;
                let $store = Store::open(url, 4, create).await.unwrap();
                let opened = $store.clone();
                $body
                opened.close().await;
            }

            #[tokio::test]
            async fn sqlite() {
                let (_folder, url) = $crate::support::database::sqlite();
                run(&url).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some((_database, url)) = $crate::support::database::postgres().await {
                    run(&url).await;
                }
            }
        }
    };
}
pub(crate) use on_both;

/// Makes a test for each database of cases that take a database URL: `a_case::sqlite`, `a_case::postgres`.
macro_rules! on_both_databases {
    ($($case:ident),+ $(,)?) => {
        $(
            mod $case {
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn sqlite() {
                    let (_folder, url) = $crate::support::database::sqlite();
                    Box::pin(super::$case(&url)).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn postgres() {
                    if let Some((_database, url)) = $crate::support::database::postgres().await {
                        Box::pin(super::$case(&url)).await;
                    }
                }
            }
        )+
    };
}
pub(crate) use on_both_databases;

/// The same on PostgreSQL alone.
macro_rules! on_postgres {
    ($($case:ident),+ $(,)?) => {
        $(
            mod $case {
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn postgres() {
                    if let Some((_database, url)) = $crate::support::database::postgres().await {
                        Box::pin(super::$case(&url)).await;
                    }
                }
            }
        )+
    };
}
pub(crate) use on_postgres;
