//! A fresh database for each case, on SQLite and on PostgreSQL.
//!
//! The PostgreSQL half runs when `TEST_POSTGRES_URL` names a server on which databases may be made, and is
//! then required; without it each case says on stderr that it was skipped.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use url::Url;

use super::random::variable;

/// The URL of a database that does not exist yet, in a folder that goes with the case.
pub(crate) fn sqlite() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("register.db").display());
    (folder, url)
}

/// The URL of an empty database that the guard drops; `None` when there is no server to test with.
pub(crate) async fn postgres() -> Option<(Guard, String)> {
    static CASES: AtomicU32 = AtomicU32::new(0);
    let Some(server) = variable("TEST_POSTGRES_URL") else {
        eprintln!("SKIPPED on PostgreSQL: TEST_POSTGRES_URL is not set");
        return None;
    };
    let case = CASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("undersigned_test_{}_{case}", std::process::id());
    let guard = Guard { server, name };
    // A run that was killed may have left one of this name.
    guard.drop_database().await;
    guard.run(format!("CREATE DATABASE {}", guard.name)).await;
    let mut url = Url::parse(&guard.server).unwrap();
    url.set_path(&guard.name);
    let url = url.to_string();
    Some((guard, url))
}

/// Drops its database when the case is over, also when it failed.
#[derive(Debug)]
pub(crate) struct Guard {
    server: String,
    name: String,
}

impl Guard {
    async fn run(&self, statement: String) {
        let mut server = PgConnection::connect(&self.server).await.unwrap();
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut server)
            .await
            .unwrap();
        server.close().await.unwrap();
    }

    async fn drop_database(&self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        self.run(statement).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A thread of its own, because the case's runtime cannot be waited for from within.
        std::thread::scope(|threads| {
            let dropping = threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(self.drop_database());
            });
            // A second panic while the first one unwinds would hide what the case found.
            assert!(
                dropping.join().is_ok() || std::thread::panicking(),
                "the test's database was not dropped"
            );
        });
    }
}
