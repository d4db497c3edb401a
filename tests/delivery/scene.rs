//! The letter's database with its followers, the servers, the clock, and the processes that send.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::{
    checks::{DeliveryRow, Record},
    child::Work,
    clock::SharedClock,
    hosts::{Arrival, Host, Hosts, Temper},
    sender::Sender,
};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use undersigned::{
    clock::Millis,
    hash::Sha256,
    register::actor::identity::ensure_keys,
    store::{Access, FollowerRow, HostRow, NewActor, Store, Tx},
};

/// When it all begins.
const NOW: Millis = Millis::from_millis(1_795_348_800_000);

/// How long an inbox has for its answer: long enough that only those that hang never answer in time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// `delivery.give_up_after`, as it is configured when nobody says otherwise.
const GIVE_UP_AFTER: Duration = Duration::from_hours(7 * 24);

/// Followers on each server. Every tenth server has no shared inbox, unless it hangs.
const FOLLOWERS: usize = 3;

/// Everything that takes part.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) clock: Arc<SharedClock>,
    pub(crate) store: Store,
    pub(crate) hosts: Hosts,
    pub(crate) senders: Vec<Sender>,
    kills: Vec<Kill>,
    work: Work,
    _folder: TempDir,
}

/// One `kill -9`.
#[derive(Clone, Debug)]
pub(crate) struct Kill {
    /// The deliveries (inbox, activity path) that were claimed by the process and not settled.
    pub(crate) in_hands: HashSet<(String, String)>,
    /// How many of them had come to nobody yet.
    unsent: usize,
    /// How many of them had been taken.
    taken: usize,
}

impl Scene {
    /// A letter that nobody has heard of, with followers everywhere, and so many processes.
    pub(crate) async fn set(database: &str, processes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let clock = Arc::new(SharedClock::create(&path, NOW));
        let store = Store::open(database, 4, Access::Create).await.unwrap();
        let keys = ensure_keys(&store, NOW).await.unwrap();
        let hosts = Hosts::start(Arc::clone(&clock), &keys.letter.public_key_pem());
        follow(&store, &hosts.all).await;
        let work = Work {
            database: database.to_owned(),
            clock: path,
            timeout: TIMEOUT,
            give_up_after: GIVE_UP_AFTER,
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

    /// The process that has most in its hands.
    pub(crate) async fn busiest(&self) -> usize {
        let sql = "SELECT leased_by FROM host WHERE leased_by IS NOT NULL
                   GROUP BY leased_by ORDER BY COUNT(*) DESC";
        let mut tx = self.store.read().await.unwrap();
        let names: Vec<(String,)> = rows!(tx, sql.to_owned());
        let place = |name: String| self.senders.iter().position(|it| it.name == name);
        names.into_iter().find_map(|it| place(it.0)).unwrap_or(0)
    }

    /// Kills a process and starts another one in its place.
    pub(crate) async fn kill(&mut self, who: usize) {
        let mut killed = self.senders.swap_remove(who);
        killed.kill();
        // What it was committing may still be committed; then less was in its hands than we believe.
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

    /// What the kills hit.
    pub(crate) fn story(&self) -> String {
        let sum = |of: fn(&Kill) -> usize| self.kills.iter().map(of).sum::<usize>();
        format!(
            "{} requests; {} kills, with {} deliveries in their hands: {} never sent, {} taken and not settled",
            *self.hosts.ledger.n_arrived.borrow(),
            self.kills.len(),
            sum(|it| it.in_hands.len()),
            sum(|it| it.unsent),
            sum(|it| it.taken),
        )
    }

    /// Stops everything in order and gives what is known of it.
    pub(crate) async fn end(mut self) -> Record {
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

/// The rows of a query past the store, of whatever type is asked for.
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

/// The one number that a query past the store gives.
pub(crate) async fn number(tx: &mut Tx, sql: String) -> i64 {
    let sql = AssertSqlSafe(sql);
    match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(sql).fetch_one(&mut **tx).await,
        Tx::Postgres(tx) => sqlx::query_scalar(sql).fetch_one(&mut **tx).await,
    }
    .unwrap()
}

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
    let mut tx = store.write().await.unwrap();
    tx.save_actors(&people).await.unwrap();
    let hashes: Vec<_> = people.iter().map(|it| Sha256::of(&it.url)).collect();
    let rows = tx.actors(&hashes).await.unwrap();
    let followers: Vec<_> = rows
        .iter()
        .map(|it| FollowerRow {
            actor_id: it.id,
            follow_hash: None,
            since: NOW,
        })
        .collect();
    tx.save_followers(&followers).await.unwrap();
    tx.commit().await.unwrap();
}

fn person(number: usize, host: &Host, has_own_inbox: bool) -> NewActor {
    let origin = format!("http://{}", host.authority);
    let url = format!("{origin}/users/{number}");
    let server = HostRow {
        authority: host.authority.clone(),
        name: "127.0.0.1".to_owned(),
        domain: "127.0.0.1".to_owned(),
    };
    NewActor {
        host: server.clone(),
        r#type: "Person".to_owned(),
        handle: format!("@{number}@{}", host.authority),
        name: format!("Follower {number}"),
        page: None,
        published_at: None,
        discoverable: true,
        opted_out: false,
        inbox: (format!("{url}/inbox"), server.clone()),
        shared_inbox: (!has_own_inbox).then(|| (format!("{origin}/inbox"), server)),
        followers: None,
        suspended: false,
        keys: Vec::new(),
        read_at: NOW,
        url,
    }
}
