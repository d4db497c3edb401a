//! Two programs on loopback, over HTTP with real signatures and real keys, on both databases: ours as a child
//! process, and a small Fediverse server in the test.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "cases are functions that a macro makes tests of; what is not there fails the case"
)]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/peer.rs"]
mod peer;
#[path = "../support/server.rs"]
mod server;

mod scene;

/// Makes a test for each database of cases that take a database URL: `a_case::sqlite`, `a_case::postgres`.
macro_rules! on_both_databases {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                let (_folder, url) = crate::database::sqlite();
                Box::pin(super::$case(&url)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                if let Some((_database, url)) = crate::database::postgres().await {
                    Box::pin(super::$case(&url)).await;
                }
            }
        }
    )+};
}

mod attacks;
mod blocking;
mod boosting;
mod careless;
mod copying;
mod corpus;
mod crashes;
mod delivering;
mod desk;
mod documents;
mod editing;
mod fetching;
mod following;
mod forwarded;
mod frozen;
mod hostile;
mod journal;
mod liking;
mod limiting;
mod limits;
mod machines;
mod milestones;
mod moderating;
mod moving;
mod moving_away;
mod orders;
mod posting;
mod presenting;
mod private;
mod quoting;
mod raw;
mod reacting;
mod reading_only;
mod refreshing;
mod replying;
mod reporting;
mod restarting;
mod retiring;
mod rfc9421;
mod rotating;
mod shapes;
mod stopping;
mod storm;
