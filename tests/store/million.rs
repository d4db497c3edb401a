//! What a letter with 1,000,000 followers on 30,000 hosts costs the database: the numbers of `docs/SCALING.md`.
//!
//! Minutes, and gigabytes, so only when asked for:
//! `cargo test --release --test store -- --ignored --nocapture --test-threads 1 million`. `MILLION_HOSTS` and `MILLION_FOLLOWERS` make it
//! smaller. Every host takes everything at once; nothing is sent.

#![expect(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "what is measured is printed, and how much is asked of the environment"
)]

use std::time::{Duration, Instant};

use undersigned::{
    clock::Millis,
    store::{Access, HostState, LeasedHost, NewActivity, Outcome, Settled, Store, Tx},
};

use crate::{database, fixtures::at, raw};

/// What the courier claims by one statement.
const HOSTS_AT_ONCE: i64 = 256;

/// `delivery.per_host`.
const PER_HOST: i64 = 10;

/// How many there are of something; `NUMBERED` counts them as `n`, `HASH` is one of 32 bytes, made of `n`.
const HOSTS: &str = "
    INSERT INTO host (authority, name, domain, first_seen_at)
    NUMBERED SELECT 'h' || n || '.example', 'h' || n || '.example', 'h' || n || '.example', 1 FROM numbered";
const SHARED: &str = "
    INSERT INTO inbox (url, url_hash, host_id)
    NUMBERED SELECT 'https://h' || n || '.example/inbox', HASH, n FROM numbered";
/// Half of all people live on a hundredth of the hosts.
const OWN: &str = "
    INSERT INTO inbox (url, url_hash, host_id)
    NUMBERED SELECT 'https://some.example/users/u' || n || '/inbox', HASH,
        CASE WHEN n / HOSTS % 2 = 0 THEN n % (HOSTS / 100 + 1) + 1 ELSE n % HOSTS + 1 END FROM numbered";
const ACTORS: &str = "
    INSERT INTO actor (url, url_hash, host_id, type, handle, name, page, discoverable, opted_out, inbox_id,
                       shared_inbox_id, followers, suspended, first_seen_at, refreshed_at)
    SELECT 'https://' || host.name || '/users/u' || inbox.id, inbox.url_hash, host.id, 'Person',
           '@u' || inbox.id || '@' || host.name, 'Somebody with a name', 'https://' || host.name || '/@u' || inbox.id,
           TRUE, FALSE, inbox.id, host.id, 'https://' || host.name || '/users/u' || inbox.id || '/followers',
           FALSE, 1, 1
    FROM inbox JOIN host ON host.id = inbox.host_id
    WHERE inbox.id > HOSTS";
const FOLLOWERS: &str =
    "INSERT INTO follower (actor_id, follow_hash, since) SELECT id, url_hash, 1 FROM actor";

fn number(variable: &str, usual: i64) -> i64 {
    std::env::var(variable).map_or(usual, |it| it.parse().unwrap())
}

async fn make(store: &Store, statement: &str, from: i64, to: i64) {
    let mut tx = store.write().await.unwrap();
    let (hash, numbered) = match &tx {
        Tx::Sqlite(_) => (
            "CAST(printf('%032d', n) AS BLOB)",
            format!(
                "WITH RECURSIVE numbered (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbered WHERE n < {to})"
            ),
        ),
        Tx::Postgres(_) => (
            "convert_to(lpad(n::text, 32, '0'), 'UTF8')",
            format!("WITH numbered (n) AS (SELECT generate_series({from}, {to}))"),
        ),
    };
    let hosts = number("MILLION_HOSTS", 30_000).to_string();
    let statement = statement
        .replace("NUMBERED", &numbered)
        .replace("HASH", hash)
        .replace("HOSTS", &hosts);
    raw::run(&mut tx, &statement).await.unwrap();
    tx.commit().await.unwrap();
}

/// Times of one kind of statement.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn say(mut self, what: &str) {
        let of = |it: Option<&Duration>| it.map_or(0.0, |it| it.as_secs_f64() * 1000.0);
        let (first, last) = (of(self.0.first()), of(self.0.last()));
        let all = of(Some(&self.0.iter().sum()));
        self.0.sort_unstable();
        let (median, worst) = (of(self.0.get(self.0.len() / 2)), of(self.0.last()));
        eprintln!(
            "  {what:<16} {:>5} times, ms: {first:.1} first, {median:.1} median, {last:.1} last, {worst:.1} worst, {all:.0} in all",
            self.0.len()
        );
    }
}

async fn timed<T>(times: &mut Times, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = work.await;
    times.0.push(begun.elapsed());
    done
}

fn taken(host: &LeasedHost, now: Millis) -> HostState {
    HostState {
        id: host.id,
        failures_before: host.failures,
        failures: 0,
        due_at: now,
        unavailable_since: None,
        last_success_at: Some(now),
        failing_since: None,
        rfc9421_at: None,
    }
}

#[tokio::test]
#[ignore = "takes minutes; prints what docs/SCALING.md says"]
async fn on_a_file() {
    let (_folder, url) = database::sqlite();
    eprintln!("SQLite");
    measure(&url).await;
}

#[tokio::test]
#[ignore = "takes minutes; prints what docs/SCALING.md says"]
async fn on_a_server() {
    if let Some((_database, url)) = database::postgres().await {
        eprintln!("PostgreSQL");
        measure(&url).await;
    }
}

/// Writes hosts and followers.
async fn seed(store: &Store, hosts: i64, followers: i64) {
    let begun = Instant::now();
    make(store, HOSTS, 1, hosts).await;
    make(store, SHARED, 1, hosts).await;
    make(store, OWN, hosts + 1, hosts + followers).await;
    make(store, ACTORS, 0, 0).await;
    make(store, FOLLOWERS, 0, 0).await;
    if matches!(store, Store::Postgres(_)) {
        // As it does by itself; SQLite never does.
        let mut tx = store.write().await.unwrap();
        raw::run(&mut tx, "ANALYZE").await.unwrap();
        tx.commit().await.unwrap();
    }
    eprintln!(
        "{hosts} hosts, {followers} followers, written in {:.1?}",
        begun.elapsed()
    );
}

async fn measure(url: &str) {
    let store = Store::open(url, 4, Access::Create).await.unwrap();
    let (hosts, followers) = (
        number("MILLION_HOSTS", 30_000),
        number("MILLION_FOLLOWERS", 1_000_000),
    );
    seed(&store, hosts, followers).await;
    let body = "x".repeat(16 * 1024);
    let update = NewActivity {
        path: "/activities/1".to_owned(),
        kind: "Update".to_owned(),
        subject: "/letter".to_owned(),
        body,
        public: true,
        at: at(0),
        to: Vec::new(),
    };
    let (mut enqueue, mut commit) = (Times::default(), Times::default());
    let mut tx = store.write().await.unwrap();
    let id = tx.send(&[update]).await.unwrap()[0];
    let queued = timed(&mut enqueue, tx.queue_for_audience(id, "/letter", at(0)))
        .await
        .unwrap();
    timed(&mut commit, tx.commit()).await.unwrap();
    let inboxes = u64::try_from(hosts).unwrap();
    assert_eq!(queued, inboxes);
    enqueue.say("enqueue");
    commit.say("commit");

    let (mut looking, mut claims) = (Times::default(), Times::default());
    let (mut reads, mut settles, mut commits) =
        (Times::default(), Times::default(), Times::default());
    let (begun, mut sent) = (Instant::now(), 0);
    while timed(&mut looking, async {
        store.read().await.unwrap().next_due(at(1)).await
    })
    .await
    .unwrap()
    .is_some()
    {
        let mut tx = store.write().await.unwrap();
        let leased = timed(
            &mut claims,
            tx.lease_hosts("w", at(1), at(100), HOSTS_AT_ONCE),
        )
        .await
        .unwrap();
        let ids: Vec<_> = leased.iter().map(|it| it.id).collect();
        let due = timed(&mut reads, tx.due_deliveries(&ids, at(1), PER_HOST))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!due.is_empty());
        sent += due.len();
        let done: Vec<_> = due
            .iter()
            .map(|it| Settled {
                delivery_id: it.id,
                outcome: Outcome::Delivered,
                due_at: at(1),
                status: Some(202),
                body: String::new(),
            })
            .collect();
        let states: Vec<_> = leased.iter().map(|it| taken(it, at(1))).collect();
        let mut tx = store.write().await.unwrap();
        timed(&mut settles, tx.settle("w", at(1), &done, &states))
            .await
            .unwrap();
        timed(&mut commits, tx.commit()).await.unwrap();
    }
    eprintln!(
        "{sent} deliveries claimed and settled in {:.1?}",
        begun.elapsed()
    );
    for (times, what) in [
        (looking, "next_due"),
        (claims, "lease_hosts"),
        (reads, "due_deliveries"),
        (settles, "settle"),
        (commits, "commit"),
    ] {
        times.say(what);
    }
    let mut tx = store.read().await.unwrap();
    let size = match &tx {
        Tx::Sqlite(_) => "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        Tx::Postgres(_) => "SELECT pg_database_size(current_database())",
    };
    eprintln!(
        "{} MiB in the database",
        raw::number(&mut tx, size).await / 1024 / 1024
    );
    assert_eq!(u64::try_from(sent).unwrap(), inboxes);
    drop(tx);
    store.close().await;
}
