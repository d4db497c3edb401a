//! A delivery worker without a network: it leases hosts, makes up their answers and settles them as the real one does.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::options::Options;
use anyhow::ensure;
use undersigned::{
    clock::Millis,
    store::{DeliveryOutcome, DueDelivery, HostPace, HostState, LeasedHost, Settled, Store},
};

/// The lease of a host, as in `delivery`.
const LEASE: Duration = Duration::from_mins(2);

/// When a delivery expires, as in `delivery`.
const GIVE_UP_AFTER: Duration = Duration::from_hours(7 * 24);

/// The waits after the first failure, the second, and so on, in minutes, as in `delivery`.
const WAITS: [u64; 7] = [1, 5, 30, 120, 360, 720, 1440];

/// What a lease brings of one host with `delivery.per_host = 4`, as in `delivery`.
const PER_BATCH: i64 = 16;

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Run {
    begun: Instant,
    /// The time at the beginning, and all that was skipped because nothing was due.
    clock: AtomicI64,
    /// Leased hosts.
    taken: AtomicUsize,
    delivered: Mutex<HashSet<i64>>,
    /// First attempts that are still to come.
    fresh: AtomicUsize,
    first: Mutex<Pass>,
    later: Mutex<Pass>,
    /// How long each query for the next due time took.
    questions: Mutex<Vec<Duration>>,
}

/// Turns that were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pass {
    /// How long each took, with its commit.
    pub(crate) turns: Vec<Duration>,
    /// Attempts written down.
    pub(crate) attempts: usize,
    /// When the last one ended, from the beginning.
    pub(crate) ended: Duration,
}

impl Run {
    /// A run in which this many deliveries wait for their first attempt.
    pub(crate) fn new(now: Millis, deliveries: usize) -> Self {
        Self {
            fresh: AtomicUsize::new(deliveries),
            begun: Instant::now(),
            clock: AtomicI64::new(now.as_millis()),
            taken: AtomicUsize::new(0),
            delivered: Mutex::default(),
            first: Mutex::default(),
            later: Mutex::default(),
            questions: Mutex::default(),
        }
    }

    fn now(&self) -> Millis {
        Millis::from_millis(self.clock.load(Ordering::SeqCst)).plus(self.begun.elapsed())
    }

    /// Skips the time until then.
    fn skip_to(&self, then: Millis) {
        let skipped = i64::try_from(then.since(self.now()).as_millis()).unwrap_or(0);
        self.clock.fetch_add(skipped + 1, Ordering::SeqCst);
    }

    /// How many deliveries were made, each once.
    pub(crate) fn delivered(&self) -> usize {
        lock(&self.delivered).len()
    }

    /// The turns until everything was tried once, those after that, and how long each query for the next due time took.
    pub(crate) fn passes(&self) -> (Pass, Pass, Vec<Duration>) {
        (
            lock(&self.first).clone(),
            lock(&self.later).clone(),
            lock(&self.questions).clone(),
        )
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What goes to one host.
type HostBatch = (LeasedHost, Vec<DueDelivery>);

/// Works until nothing waits any more.
pub(crate) async fn work(
    run: &Run,
    store: &Store,
    name: &str,
    options: Options,
) -> anyhow::Result<()> {
    let mut batches: Vec<HostBatch> = Vec::new();
    loop {
        if batches.is_empty() {
            let asked = Instant::now();
            let now = run.now();
            let due = store.read().await?.next_due(now).await?;
            lock(&run.questions).push(asked.elapsed());
            match due {
                None => return Ok(()),
                Some(_) if run.taken.load(Ordering::SeqCst) > 0 => {
                    // Another worker has what is due; its leases must not be skipped over.
                    if due.is_some_and(|it| it > now) {
                        tokio::task::yield_now().await;
                        continue;
                    }
                }
                Some(due) if due > now => run.skip_to(due),
                Some(_) => {}
            }
        }
        batches = turn(run, store, name, &batches, options).await?;
    }
}

/// Settles batches and leases new hosts, in one transaction.
async fn turn(
    run: &Run,
    store: &Store,
    name: &str,
    batches: &[HostBatch],
    options: Options,
) -> anyhow::Result<Vec<HostBatch>> {
    let begun = Instant::now();
    let now = run.now();
    let mut settled = Vec::new();
    let mut hosts = Vec::new();
    let mut given_up = Vec::new();
    for (host, deliveries) in batches {
        conclude(
            host,
            deliveries,
            now,
            options,
            &mut settled,
            &mut hosts,
            &mut given_up,
        );
    }
    let mut tx = store.write().await?;
    tx.settle(name, now, &settled, &hosts).await?;
    tx.abandon_deliveries(&given_up, now.minus(GIVE_UP_AFTER), now)
        .await?;
    let mut leased = Vec::new();
    for pace in HostPace::ALL {
        let room = options.at_once - i64::try_from(leased.len())?;
        let until = now.plus(LEASE);
        leased.extend(tx.lease_hosts(name, now, until, *pace, room, &[]).await?);
    }
    let ids: Vec<i64> = leased.iter().map(|it| it.id).collect();
    let due = tx.due_deliveries(&ids, now, PER_BATCH).await?;
    // Before anybody can see that nothing is due any more.
    run.taken.fetch_add(leased.len(), Ordering::SeqCst);
    tx.commit().await?;
    run.taken.fetch_sub(batches.len(), Ordering::SeqCst);

    let fresh = batches.iter().flat_map(|it| &it.1);
    let fresh = fresh.filter(|it| it.attempts == 0).count();
    let is_first = run.fresh.fetch_sub(fresh, Ordering::SeqCst) > 0;
    let mut pass = lock(if is_first { &run.first } else { &run.later });
    pass.turns.push(begun.elapsed());
    pass.attempts += settled.len();
    pass.ended = run.begun.elapsed();
    drop(pass);
    let mut delivered = lock(&run.delivered);
    for one in &settled {
        let id = one.delivery_id;
        let is_new = one.outcome != DeliveryOutcome::Delivered || delivered.insert(id);
        ensure!(is_new, "{id} was sent twice");
    }
    drop(delivered);
    let known: BTreeSet<i64> = due.iter().map(|it| it.host_id).collect();
    ensure!(known.len() == leased.len(), "a host was taken for nothing");
    let batch = |host: LeasedHost| {
        let mine = due.iter().filter(|it| it.host_id == host.id);
        let mine = mine.cloned().collect();
        (host, mine)
    };
    Ok(leased.into_iter().map(batch).collect())
}

fn conclude(
    host: &LeasedHost,
    deliveries: &[DueDelivery],
    now: Millis,
    options: Options,
    settled: &mut Vec<Settled>,
    hosts: &mut Vec<HostState>,
    given_up: &mut Vec<i64>,
) {
    let is_dead = host.id % 100 < options.dead;
    let failures = if is_dead { host.failures + 1 } else { 0 };
    let step = usize::try_from(host.failures).unwrap_or(usize::MAX);
    let minutes = WAITS.get(step).copied().unwrap_or(1440);
    let due_at = if is_dead {
        now.plus(Duration::from_mins(minutes))
    } else {
        now
    };
    let mut is_over = false;
    for delivery in deliveries {
        let outcome = match is_dead {
            false => DeliveryOutcome::Delivered,
            true if failures >= 3 && delivery.queued_at.plus(GIVE_UP_AFTER) <= now => {
                DeliveryOutcome::Abandoned
            }
            true => DeliveryOutcome::TryAgain,
        };
        is_over |= outcome == DeliveryOutcome::Abandoned;
        settled.push(Settled {
            inbox_id: delivery.inbox_id,
            delivery_id: delivery.id,
            outcome,
            due_at: now,
            status: Some(if is_dead { 503 } else { 202 }),
            body: String::new(),
        });
    }
    if is_over {
        given_up.push(host.id);
    }
    hosts.push(HostState {
        id: host.id,
        failures_before: host.failures,
        failures,
        due_at,
        unavailable_since: is_over.then_some(now),
        last_success_at: if is_dead {
            host.last_success_at
        } else {
            Some(now)
        },
        failing_since: is_dead.then(|| host.failing_since.unwrap_or(now)),
        rfc9421_at: None,
        pace: if is_dead { host.pace } else { HostPace::Quick },
        asked_to_wait: 0,
        tried_at: Some(now),
        status: Some(if is_dead { 503 } else { 202 }),
    });
}
