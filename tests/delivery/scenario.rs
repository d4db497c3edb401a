//! The letter's database with its followers, the fake servers, the clock, and the processes that send.

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{
    hosts::{Arrival, Host, Hosts},
    invariants::{DeliveryRow, Record},
    process::Work,
    sender::Sender,
    shared_clock::SharedClock,
};
use crate::support::{
    NOW,
    accounts::{account, save_followers},
    fediverse::temper::Temper,
    worker::SETTINGS,
};
use tempfile::TempDir;
use undersigned::{
    clock::Millis,
    register::actor::identity::ensure_keys,
    store::{Access, NewActor, Store},
};

/// Timeout of a request: long enough that only servers that hang do not answer in time, also on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Followers on each server. Every tenth server has no shared inbox, unless it hangs.
const FOLLOWERS: usize = 3;

/// Everything that takes part.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) clock: Arc<SharedClock>,
    pub(super) store: Store,
    pub(super) hosts: Hosts,
    pub(super) senders: Vec<Sender>,
    kills: Vec<Kill>,
    work: Work,
    _folder: TempDir,
}

/// One `kill -9`.
#[derive(Clone, Debug)]
pub(super) struct Kill {
    /// The deliveries (inbox, activity path) that were claimed by the process and not settled.
    pub(super) in_hands: HashSet<(String, String)>,
    /// How many of them had not been sent.
    unsent: usize,
    /// How many of them had been accepted.
    taken: usize,
}

impl Scenario {
    /// An unpublished letter with followers on all servers, and this many processes.
    pub(super) async fn set(database: &str, processes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let clock = Arc::new(SharedClock::create(&path, NOW));
        let store = Store::open(database, 4, Access::Create).await.unwrap();
        let keys = ensure_keys(&store, NOW).await.unwrap();
        let hosts = Hosts::start(Arc::clone(&clock), &keys.letter.pair.public_key_pem());
        follow(&store, &hosts.all).await;
        let work = Work {
            database: database.to_owned(),
            clock: path,
            timeout: TIMEOUT,
            give_up_after: SETTINGS.give_up_after,
        };
        let mut senders = Vec::new();
        for _ in 0..processes {
            senders.push(Sender::start(&work).await);
        }
        Self {
            clock,
            store,
            hosts,
            senders,
            kills: Vec::new(),
            work,
            _folder: folder,
        }
    }

    /// The process with the most leases.
    pub(super) async fn busiest(&self) -> usize {
        let sql = "SELECT leased_by FROM host WHERE leased_by IS NOT NULL
                   GROUP BY leased_by ORDER BY COUNT(*) DESC";
        let mut tx = self.store.read().await.unwrap();
        let names: Vec<(String,)> = rows!(tx, sql.to_owned());
        let place = |name: String| self.senders.iter().position(|sender| sender.name == name);
        names.into_iter().find_map(|it| place(it.0)).unwrap_or(0)
    }

    /// Kills a process and starts another one in its place.
    pub(super) async fn kill(&mut self, who: usize) {
        let mut killed = self.senders.swap_remove(who);
        killed.kill();
        // A commit that was under way may still succeed; then it held less than we believe.
        let in_hands = self.in_hands_of(&killed.name).await;
        let arrivals = self.hosts.ledger.arrivals();
        let (mut unsent, mut taken) = (0, 0);
        for (inbox, path) in &in_hands {
            let mut of_it = arrivals
                .iter()
                .filter(|it| it.inbox == *inbox && it.id().ends_with(path))
                .peekable();
            unsent += usize::from(of_it.peek().is_none());
            taken += usize::from(of_it.any(Arrival::is_taken));
        }
        self.kills.push(Kill {
            in_hands,
            unsent,
            taken,
        });
        self.senders.push(Sender::start(&self.work).await);
    }

    async fn in_hands_of(&self, name: &str) -> HashSet<(String, String)> {
        let sql = format!(
            "SELECT inbox.url, activity.path
             FROM delivery
             JOIN host ON host.id = delivery.host_id
             JOIN inbox ON inbox.id = delivery.inbox_id
             JOIN activity ON activity.id = delivery.activity_id
             WHERE host.leased_by = '{name}' AND delivery.state = 'queued'"
        );
        let mut tx = self.store.read().await.unwrap();
        let rows: Vec<(String, String)> = rows!(tx, sql);
        rows.into_iter().collect()
    }

    /// What the kills hit, in one line.
    pub(super) fn story(&self) -> String {
        let sum = |of: fn(&Kill) -> usize| self.kills.iter().map(of).sum::<usize>();
        format!(
            "{} requests; {} kills, with {} deliveries in their hands: {} never sent, {} taken and not settled",
            *self.hosts.ledger.n_arrived.borrow(),
            self.kills.len(),
            sum(|kill| kill.in_hands.len()),
            sum(|kill| kill.unsent),
            sum(|kill| kill.taken),
        )
    }

    /// Stops everything in order and gives its record.
    pub(super) async fn end(mut self) -> Record {
        for sender in self.senders.drain(..) {
            sender.stop().await;
        }
        let mut tx = self.store.read().await.unwrap();
        let activities: Vec<(String, String, String)> = rows!(
            tx,
            "SELECT path, kind, subject FROM activity ORDER BY id".to_owned()
        );
        let deliveries: Vec<DeliveryRow> = rows!(
            tx,
            "SELECT activity.path, inbox.url AS inbox, delivery.state, delivery.attempts, delivery.queued_at,
                    delivery.due_at, delivery.last_status, delivery.settled_at
             FROM delivery
             JOIN inbox ON inbox.id = delivery.inbox_id
             JOIN activity ON activity.id = delivery.activity_id"
                .to_owned()
        );
        let given_up: Vec<(String, Option<Millis>)> = rows!(
            tx,
            "SELECT authority, unavailable_since FROM host".to_owned()
        );
        drop(tx);
        self.store.close().await;
        Record {
            arrivals: self.hosts.ledger.arrivals(),
            faults: self.hosts.ledger.faults(),
            kills: std::mem::take(&mut self.kills),
            tempers: self
                .hosts
                .all
                .iter()
                .map(|it| (it.authority.clone(), it.temper))
                .collect(),
            activities,
            deliveries,
            given_up: given_up.into_iter().collect(),
        }
    }
}

/// The rows of a query past the store.
macro_rules! rows {
    ($tx:expr, $sql:expr) => {{
        let sql = sqlx::AssertSqlSafe($sql);
        match &mut $tx {
            undersigned::store::Tx::Sqlite(tx) => sqlx::query_as(sql).fetch_all(&mut **tx).await,
            undersigned::store::Tx::Postgres(tx) => sqlx::query_as(sql).fetch_all(&mut **tx).await,
        }
        .unwrap()
    }};
}
use rows;

/// People on all servers follow the letter.
async fn follow(store: &Store, hosts: &[Host]) {
    let people: Vec<_> = hosts
        .iter()
        .enumerate()
        .flat_map(|(number, host)| {
            let has_own_inboxes = number % 10 == 0 && host.temper != Temper::Hangs;
            (0..FOLLOWERS).map(move |it| person(it, host, has_own_inboxes))
        })
        .collect();
    save_followers(store, &people, NOW).await;
}

fn person(number: usize, host: &Host, has_own_inbox: bool) -> NewActor {
    let account = account(
        &format!("http://{}", host.authority),
        &number.to_string(),
        NOW,
    );
    NewActor {
        shared_inbox: account.shared_inbox.filter(|_| !has_own_inbox),
        ..account
    }
}
