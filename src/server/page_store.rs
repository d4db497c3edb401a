//! The database as pages read it: connections of their own, which cannot write. There are few of them, because
//! rendering is work for processors, and because whoever waits for one must not hold up the inbox.

use std::{thread::available_parallelism, time::Duration};

use crate::{
    config::Config,
    store::{self, Access, OpenOptions, Store},
};

/// How long a page may wait for a lock or for a connection; on PostgreSQL a statement may take twice as long. Longer than
/// a request waits for its page, so that it is that time-out which answers it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The least number of connections: one for long lists, and one that these leave to all other pages.
const LEAST: u32 = 2;

/// What pages read from.
#[derive(Clone, Debug)]
pub(crate) struct PageStore {
    /// The connections.
    pub(crate) store: Store,
    connections: u32,
}

impl PageStore {
    /// Opens the database once more, after the server has made or migrated it.
    pub(crate) async fn open(config: &Config) -> store::Result<Self> {
        let connections = connections(config);
        let options = OpenOptions {
            max_connections: connections,
            access: Access::ReadOnly,
            patience: PATIENCE,
        };
        let store = Store::open_with(&config.database_url(), options).await?;
        Ok(Self { store, connections })
    }

    /// The number of connections that pages of long lists may take at once.
    pub(super) fn for_lists(&self) -> usize {
        let connections = usize::try_from(self.connections).unwrap_or(usize::MAX);
        connections.saturating_sub(1).max(1)
    }
}

/// The number of connections for pages: one for each processor. On a server, where they are a part of
/// `database.max_connections`, at most half of these.
pub(super) fn connections(config: &Config) -> u32 {
    let processors = available_parallelism().map_or(LEAST, |number| {
        u32::try_from(number.get()).unwrap_or(u32::MAX)
    });
    let database = &config.database;
    share(
        processors,
        database.max_connections,
        database.url.is_server(),
    )
}

/// The number of connections that are left to everything but pages.
pub(crate) fn connections_beside_pages(config: &Config) -> u32 {
    let all = config.database.max_connections;
    if config.database.url.is_server() {
        all.saturating_sub(connections(config)).max(LEAST)
    } else {
        all
    }
}

/// The connections for pages with so many processors, and so many connections in all.
fn share(processors: u32, all: u32, is_server: bool) -> u32 {
    let most = if is_server { all / 2 } else { u32::MAX };
    processors.min(most).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_a_connection_for_each_processor_and_at_most_half_of_a_servers() {
        for (processors, all, is_server, expected) in [
            (1, 10, false, 2),
            (2, 10, false, 2),
            (16, 10, false, 16),
            (16, 10, true, 5),
            (4, 10, true, 4),
            (4, 1, true, 2),
        ] {
            let connections = share(processors, all, is_server);
            assert_eq!(connections, expected, "{processors} {all} {is_server}");
        }
    }
}
