//! Change notification: a version for each topic, which servers watch.

use std::collections::BTreeMap;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::{Result, Store, Tx};
use crate::string_enum::words;

words! {
    /// The topics whose changes are counted.
    pub enum Topic {
        /// What was added to the register, when nothing was taken off: rendered answers may wait for it.
        Additions = "additions",
        /// Keys and names of our actors.
        Identity = "identity",
        /// The text and the list of names.
        Letter = "letter",
        /// Blocks, rules and the letter's state.
        Policy = "policy",
        /// Deliveries and jobs that wait.
        Queue = "queue",
        /// Endorsements, followers and everything that is counted, when something may have been taken off.
        Register = "register",
    }
}

/// The application name of the listening connection, as PostgreSQL shows it.
const LISTENER: &str = "undersigned listener";

/// The version of every topic; a topic that never changed has version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions(BTreeMap<String, i64>);

impl Versions {
    /// The version of one topic.
    pub fn of(&self, topic: Topic) -> i64 {
        self.0.get(topic.as_str()).copied().unwrap_or(0)
    }

    /// Whether anything besides these topics has another version, a topic included that this program does not know.
    pub fn differs_beyond(&self, earlier: &Self, topics: &[Topic]) -> bool {
        let is_other = |name: &String| !topics.iter().any(|topic| topic.as_str() == name);
        let mut names = self.0.keys().chain(earlier.0.keys());
        names.any(|name| is_other(name) && self.0.get(name) != earlier.0.get(name))
    }
}

/// The PostgreSQL channel for changes.
macro_rules! channel {
    () => {
        "undersigned_change"
    };
}

/// Tells when something may have changed. The notification itself carries nothing: its receiver reads the versions.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Waits until something may have changed: on a notification, or when the connection was lost and made again, so
    /// that one may have been missed.
    ///
    /// # Errors
    /// When the connection is lost and cannot be made again; calling this once more tries it.
    pub async fn changed(&mut self) -> Result<()> {
        // `None` means that the connection was lost; the next call makes another.
        self.0.try_recv().await?;
        Ok(())
    }
}

impl Store {
    /// Listens for changes on a connection of its own beside the pool; `None` on SQLite, which has no notifications.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Self::Postgres { pool, .. } = self else {
            return Ok(None);
        };
        let options = PgConnectOptions::clone(&pool.connect_options());
        let own = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(options.application_name(LISTENER))
            .await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.listen(channel!()).await?;
        Ok(Some(Listener(listener)))
    }
}

impl Tx {
    /// The versions, as of this snapshot.
    pub async fn versions(&mut self) -> Result<Versions> {
        let rows: Vec<(String, i64)> = on_either!(
            self,
            sqlx::query_as("SELECT topic, version FROM change"),
            fetch_all
        )?;
        Ok(Versions(rows.into_iter().collect()))
    }

    /// The version of one topic, as this transaction sees it.
    pub async fn version(&mut self, topic: Topic) -> Result<i64> {
        let version: Option<(i64,)> = on_either!(
            self,
            sqlx::query_as("SELECT version FROM change WHERE topic = $1").bind(topic.as_str()),
            fetch_optional
        )?;
        Ok(version.map_or(0, |row| row.0))
    }

    /// Increments the version of each topic. This has to be the last statement of a transaction: it locks these few
    /// rows, always in name order, so that two writers never wait for each other.
    ///
    /// On PostgreSQL listeners ([`Store::listen`]) are notified with the commit: once, however often this is called.
    pub async fn changed(&mut self, topics: &[Topic]) -> Result<()> {
        let mut topics = topics.to_vec();
        topics.sort_unstable();
        topics.dedup();
        if topics.is_empty() {
            return Ok(());
        }
        let (before, after) = match self {
            Self::Sqlite(_) => ("", ""),
            Self::Postgres(_) => (
                "WITH bumped AS (",
                concat!(" RETURNING topic) SELECT pg_notify('", channel!(), "', '')"),
            ),
        };
        built!(
            self,
            |sql| {
                sql.push(before);
                sql.push("INSERT INTO change (topic, version) ");
                sql.push_rows(&topics, |row, topic| {
                    row.push_bind(topic.as_str()).push_bind(1_i64);
                });
                sql.push(" ON CONFLICT (topic) DO UPDATE SET version = change.version + 1");
                sql.push(after);
            },
            count
        )?;
        Ok(())
    }
}
