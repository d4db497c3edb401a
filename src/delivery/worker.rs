//! The delivery worker: leases hosts, sends what is due there, and settles the answers.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::join_all, stream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::{
    bodies::Bodies,
    error::Error,
    holder::{LeaseHolder, Term},
    lanes::Lanes,
    outcome::{Conclusion, HostReport, Inboxes, first_scheme},
    pace::{self, PaceShares},
    send::{
        AnswerMeaning, Attempt, DeliveryContext, Knock, LoadedDelivery, Signers, destination, other,
    },
    signing_pool::SigningPool,
};
use crate::{
    activitystreams::paths,
    clock::{Clock, Millis},
    counter::{LabelledCounter, Labels},
    http_client::{Client, Destination},
    random::Random,
    rate_limit::{Network, Share, Shares},
    register::inbound::refresh_jobs::refresh_owners,
    signature::Scheme,
    store::{DeliveryOutcome, DueDelivery, FormerKeys, HostPace, LeasedHost, Store, Tx},
};

/// How long a lease lasts at most; it ends sooner with its holder ([`LeaseHolder`]).
pub(super) const LEASE: Duration = Duration::from_mins(2);

/// No request begins later than this after the lease did. Even a slow request then ends before the lease, and two
/// healthy workers never send the same delivery.
const LAST_START: Duration = Duration::from_mins(1);

/// The most hosts that one statement leases or settles: SQLite limits the number of parameters.
const HOSTS_AT_ONCE: usize = 256;

/// How many deliveries a lease brings for each request at once that the host may get: each lease costs a share of a
/// transaction, whatever it brings.
const ROUNDS: usize = 4;

/// How long a batch begins requests: what was taken is written down with its end, and would be sent again after a crash
/// before that.
const BATCH_LASTS: Duration = Duration::from_secs(1);

/// The most inboxes in one statement, for the same reason: `per_host` has no bound.
const INBOXES_AT_ONCE: usize = 1000;

/// The most delivered Updates in one statement, for the same reason.
const UPDATES_AT_ONCE: usize = 1000;

/// Concurrency and expiry of deliveries: `[delivery]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliverySettings {
    /// The most concurrent requests.
    pub workers: usize,
    /// The most concurrent requests to one host.
    pub per_host: usize,
    /// How long a delivery is tried before it expires.
    pub give_up_after: Duration,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerStep {
    /// The number of deliveries or jobs that were tried, with any result; more may be due.
    Sent(usize),
    /// Nothing was due.
    Idle {
        /// When the next one is due; `None` when nothing waits.
        until: Option<Millis>,
    },
}

/// The delivery worker: sends queued activities.
#[derive(Debug)]
pub struct DeliveryWorker {
    store: Store,
    client: Client,
    signers: watch::Receiver<Arc<Signers>>,
    pool: SigningPool,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pub(super) settings: DeliverySettings,
    pub(super) holder: LeaseHolder,
    permits: Semaphore,
    shares: Shares<String>,
    networks: Shares<Network>,
    paces: PaceShares,
    bodies: Bodies,
    turns: AtomicU64,
    attempts: LabelledCounter<1>,
}

/// A leased host with its due deliveries.
#[derive(Debug)]
pub(super) struct HostBatch {
    host: LeasedHost,
    pub(super) deliveries: Vec<LoadedDelivery>,
    /// The keys as they were when the batch was made: with newer ones it would not be known which former keys sign.
    signers: Arc<Signers>,
    /// The former keys that sign the deliveries.
    former: FormerKeys,
    start: StartLimit,
    share: HostShare,
}

/// What a host takes of the shares of its domain and its pace.
#[derive(Debug)]
struct HostShare {
    of_domain: Share<String>,
    of_pace: Share<()>,
}

impl HostShare {
    /// How many requests at once it is.
    fn size(&self) -> usize {
        self.of_domain.size().min(self.of_pace.size())
    }

    /// Gives back what is not needed.
    fn shrink_to(&mut self, size: usize) {
        let size = size.min(self.size());
        self.of_domain.shrink_to(size);
        self.of_pace.shrink_to(size);
    }
}

/// When a request may still begin.
#[derive(Clone, Copy, Debug)]
struct StartLimit {
    /// Not after this.
    before: Millis,
    /// Not in another term: others may have the host by now.
    term: Term,
}

impl DeliveryWorker {
    /// A worker that signs each activity with its actor's key, as `signers` holds it at that moment. Mastodon drops an
    /// activity whose `actor` did not sign it.
    pub fn new(
        store: Store,
        client: Client,
        signers: watch::Receiver<Arc<Signers>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: DeliverySettings,
    ) -> Self {
        let permits = Semaphore::new(settings.workers.min(Semaphore::MAX_PERMITS));
        Self {
            holder: LeaseHolder::new(store.clone(), &*random),
            shares: Shares::of(settings.workers / 4),
            networks: Shares::of(settings.workers / 2),
            paces: PaceShares::of(settings.workers),
            bodies: Bodies::default(),
            turns: AtomicU64::new(0),
            attempts: LabelledCounter::of(DeliveryOutcome::ALL.iter().copied().map(labels)),
            store,
            client,
            signers,
            pool: SigningPool::new(),
            clock,
            random,
            settings,
            permits,
        }
    }

    /// The owner that this worker writes into its leases.
    pub fn name(&self) -> &str {
        self.holder.name()
    }

    /// How many attempts were made, by `result`.
    pub const fn attempts(&self) -> &LabelledCounter<1> {
        &self.attempts
    }

    /// Leases hosts with due deliveries, sends to all of them concurrently, and stores the outcomes. One host gets at
    /// most `per_host` requests at once, and one after the other until it has taken something; one registrable domain at
    /// most a quarter of `workers`, and so do all slow hosts together; one network address half of them, and so do all
    /// hosts that never answered yet.
    ///
    /// # Errors
    /// [`Error::Store`]; a delivery that was sent but not settled is sent again when the lease has expired.
    pub async fn step(&self) -> Result<WorkerStep, Error> {
        let until = self.next_due().await?;
        if until.is_none_or(|due| due > self.clock.now()) {
            return Ok(WorkerStep::Idle { until });
        }
        let batches = self.turn(&[], self.settings.workers).await?;
        let never = CancellationToken::new();
        let sending = batches
            .into_iter()
            .map(|batch| self.send_batch(batch, &never));
        let reports = join_all(sending).await;
        self.turn(&reports, 0).await?;
        Ok(WorkerStep::Sent(
            reports.iter().map(|report| report.attempts.len()).sum(),
        ))
    }

    /// When the next delivery is due. Reads only, so that an idle worker never blocks the one writer.
    pub(super) async fn next_due(&self) -> Result<Option<Millis>, Error> {
        Ok(self.store.read().await?.next_due(self.clock.now()).await?)
    }

    /// Settles earlier batches and leases up to `wanted` hosts for new ones, in one transaction.
    pub(super) async fn turn(
        &self,
        reports: &[HostReport],
        wanted: usize,
    ) -> Result<Vec<HostBatch>, Error> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        self.settle(&mut tx, reports, now).await?;
        let batches = match wanted {
            0 => Vec::new(),
            _ => self.claim(&mut tx, wanted, now).await?,
        };
        tx.commit().await?;
        Ok(batches)
    }

    async fn settle(&self, tx: &mut Tx, reports: &[HostReport], now: Millis) -> Result<(), Error> {
        for reports in reports.chunks(HOSTS_AT_ONCE) {
            self.settle_some(tx, reports, now).await?;
        }
        Ok(())
    }

    async fn settle_some(
        &self,
        tx: &mut Tx,
        reports: &[HostReport],
        now: Millis,
    ) -> Result<(), Error> {
        let give_up = self.settings.give_up_after;
        let concluded: Vec<Conclusion> = reports
            .iter()
            .map(|report| report.conclude(give_up, now, &*self.random))
            .collect();
        let settled: Vec<_> = concluded
            .iter()
            .flat_map(|conclusion| conclusion.settled.iter().cloned())
            .collect();
        for settled in &settled {
            self.attempts.count(labels(settled.outcome));
        }
        let hosts: Vec<_> = concluded
            .iter()
            .map(|conclusion| conclusion.host.clone())
            .collect();
        let gone: Vec<_> = concluded
            .iter()
            .filter(|conclusion| conclusion.given_up)
            .map(|conclusion| conclusion.host.id)
            .collect();
        tx.settle(self.name(), now, &settled, &hosts).await?;
        tx.abandon_deliveries(&gone, now.minus(give_up), now)
            .await?;
        refresh_inbox_owners(tx, &concluded, now).await?;
        note_known_keys(tx, reports).await?;
        for (report, conclusion) in reports.iter().zip(&concluded) {
            report.log(conclusion);
        }
        Ok(())
    }

    async fn claim(
        &self,
        tx: &mut Tx,
        wanted: usize,
        now: Millis,
    ) -> Result<Vec<HostBatch>, Error> {
        let Some(term) = self.holder.term() else {
            return Ok(Vec::new());
        };
        let per_batch = self.settings.per_host.saturating_mul(ROUNDS);
        let per_batch = i64::try_from(per_batch).unwrap_or(i64::MAX);
        let hosts = self.lease(tx, wanted.min(HOSTS_AT_ONCE), now).await?;
        let ids: Vec<i64> = hosts.iter().map(|(host, _)| host.id).collect();
        let rows = tx.due_deliveries(&ids, now, per_batch).await?;
        let bodies = self.bodies.load(tx, &rows).await?;
        let mut due: BTreeMap<i64, Vec<LoadedDelivery>> = BTreeMap::new();
        for row in rows {
            if let Some(body) = bodies.get(&row.activity_id).map(Arc::clone) {
                let delivery = LoadedDelivery { row, body };
                due.entry(delivery.row.host_id).or_default().push(delivery);
            }
        }
        // Within the transaction, so that no rotation comes between these keys and what is read of hosts. Keys that are
        // not reloaded yet are right as well: the replaced one signs.
        let signers = Arc::clone(&self.signers.borrow());
        let mut former = HashMap::new();
        if !signers.former.is_empty() {
            former.extend(tx.former_keys_for(&ids).await?);
        }
        let start = StartLimit {
            before: now.plus(LAST_START),
            term,
        };
        let batches = hosts.into_iter().map(|(host, mut share)| {
            let mut deliveries = due.remove(&host.id).unwrap_or_default();
            hold_for_accepts(&mut deliveries);
            share.shrink_to(deliveries.len());
            HostBatch {
                signers: Arc::clone(&signers),
                former: former.remove(&host.id).unwrap_or_default(),
                host,
                deliveries,
                start,
                share,
            }
        });
        Ok(batches.collect())
    }

    /// Leases up to `wanted` hosts, the quick ones first, each with its part of what its domain and its pace may get at
    /// once.
    async fn lease(
        &self,
        tx: &mut Tx,
        wanted: usize,
        now: Millis,
    ) -> Result<Vec<(LeasedHost, HostShare)>, Error> {
        let mut kept = Vec::new();
        for pace in pace::order(self.turns.fetch_add(1, Ordering::Relaxed)) {
            self.lease_at(tx, pace, wanted, now, &mut kept).await?;
        }
        Ok(kept)
    }

    /// Adds hosts of one pace to those that are `kept`, up to `wanted`. Those of a domain that has its share stay in the
    /// queue, and others come in their place.
    async fn lease_at(
        &self,
        tx: &mut Tx,
        pace: HostPace,
        wanted: usize,
        now: Millis,
        kept: &mut Vec<(LeasedHost, HostShare)>,
    ) -> Result<(), Error> {
        loop {
            let room = wanted.saturating_sub(kept.len()).min(self.paces.left(pace));
            if room == 0 {
                return Ok(());
            }
            let limit = i64::try_from(room).unwrap_or(i64::MAX);
            let (until, full) = (now.plus(LEASE), self.shares.full());
            let leased = tx
                .lease_hosts(self.name(), now, until, pace, limit, &full)
                .await?;
            let mut surplus = Vec::new();
            for host in leased {
                match self.share_of(&host) {
                    Some(share) => kept.push((host, share)),
                    None => surplus.push(host.id),
                }
            }
            if surplus.is_empty() {
                return Ok(());
            }
            // Their domains or their pace are full now, and left out next time: the loop ends.
            tx.return_hosts(self.name(), &surplus).await?;
        }
    }

    /// What a host gets at once; `None` when its domain or its pace has its share.
    fn share_of(&self, host: &LeasedHost) -> Option<HostShare> {
        let most = if is_uncertain(host) {
            1
        } else {
            self.settings.per_host
        };
        let of_domain = share_of_domain(&self.shares, &host.domain, most)?;
        let of_pace = self.paces.take(host.pace, of_domain.size())?;
        Some(HostShare { of_domain, of_pace })
    }

    /// Sends the deliveries of one batch, so many at once as the host may get and as there are permits. After one that
    /// failed, after [`BATCH_LASTS`] and after `stop` no other one begins: the rest waits for the next lease. Those that
    /// wait for a lane have begun, so that one inbox in trouble is told apart from a host in trouble.
    pub(super) async fn send_batch(
        &self,
        batch: HostBatch,
        stop: &CancellationToken,
    ) -> HostReport {
        let HostBatch {
            host,
            deliveries,
            signers,
            former,
            start,
            share,
        } = batch;
        let lanes = Lanes::up_to(share.size());
        let context = DeliveryContext {
            client: &self.client,
            signers: &signers,
            former,
            pool: &self.pool,
            lanes: &lanes,
            clock: &self.clock,
        };
        let begun = self.clock.now();
        let scheme = first_scheme(&host, begun);
        let (stopped, held) = (AtomicBool::new(false), Mutex::default());
        let attempts = stream::iter(deliveries).map(|delivery| async {
            let is_over = self.clock.now().since(begun) > BATCH_LASTS;
            if is_over || stopped.load(Ordering::Relaxed) || stop.is_cancelled() {
                return None;
            }
            let attempt = self.attempt(context, delivery, scheme, start, &held).await;
            if !attempt.as_ref().is_some_and(Attempt::lets_others_follow) {
                stopped.store(true, Ordering::Relaxed);
            }
            attempt
        });
        let attempts = attempts.buffer_unordered(share.size().max(1));
        let attempts = attempts.filter_map(std::future::ready).collect().await;
        drop(share);
        HostReport { host, attempts }
    }

    /// Makes one attempt. `None` when its turn came too late, or its network has its share: then it waits for the next
    /// lease. A panic is a failure: otherwise the same would be tried for ever.
    async fn attempt(
        &self,
        context: DeliveryContext<'_>,
        delivery: LoadedDelivery,
        scheme: Scheme,
        start: StartLimit,
        held: &Mutex<Option<Destination>>,
    ) -> Option<Attempt> {
        // In this order: who waits for a lane takes part in nothing else, and is signed when its turn has come.
        let _lane = context.lanes.enter().await;
        let _permit = self.permits.acquire().await.ok()?;
        // Boxed now, because a batch has several that wait, and most of what they are is a request under way.
        let knocks = Box::pin(self.within_share(context, &delivery, scheme, start, held));
        let knocks = AssertUnwindSafe(knocks);
        let (knock, refused_key) = match knocks.catch_unwind().await {
            Ok(knocked) => knocked?,
            Err(_panic) => {
                tracing::error!(
                    host_id = delivery.row.host_id,
                    activity = delivery.row.activity_path,
                    "an attempt at a delivery panicked"
                );
                (Knock::panicked(scheme), None)
            }
        };
        Some(knock.into_attempt(delivery.row, refused_key))
    }

    /// Counts the attempt for all networks that its connection may go to: when the first does not answer, the HTTP
    /// client takes the next. `None` when one of them has its share. The addresses are `held` for the rest of the batch,
    /// so that its host is looked up once.
    async fn within_share(
        &self,
        context: DeliveryContext<'_>,
        delivery: &LoadedDelivery,
        scheme: Scheme,
        start: StartLimit,
        held: &Mutex<Option<Destination>>,
    ) -> Option<(Knock, Option<i64>)> {
        let destination = match destination(&self.client, &delivery.row, scheme).await {
            Ok(destination) => destination,
            Err(knock) => return Some((knock, None)),
        };
        let networks = destination.networks().iter();
        let shares: Option<Vec<_>> = networks
            .map(|network| self.networks.take(network, 1))
            .collect();
        let shares = shares?;
        let knocked = self.by_either_key(context, delivery, scheme, start).await;
        drop(shares);
        *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(destination);
        knocked
    }

    /// The answer that counts, and the former key that was refused before the newest one was tried.
    async fn by_either_key(
        &self,
        mut context: DeliveryContext<'_>,
        delivery: &LoadedDelivery,
        scheme: Scheme,
        start: StartLimit,
    ) -> Option<(Knock, Option<i64>)> {
        let knock = self
            .by_either_scheme(&context, delivery, scheme, start)
            .await?;
        let former_key = context.former_key(&delivery.body);
        let refused_key = former_key.filter(|_| knock.asks_for_another_key());
        if refused_key.is_none() {
            return Some((knock, None));
        }
        // A host that never cached the old key finds only the new one in our document.
        context.former = FormerKeys::default();
        let knock = self
            .by_either_scheme(&context, delivery, scheme, start)
            .await?;
        Some((knock, refused_key))
    }

    /// At most two requests with one key: a host that may not understand the first signature scheme gets the other one
    /// (double-knocking, as Mastodon and Fedify do it). `None` when a request would begin too late: its time-out must
    /// still fit into the lease.
    async fn by_either_scheme(
        &self,
        context: &DeliveryContext<'_>,
        delivery: &LoadedDelivery,
        scheme: Scheme,
        start: StartLimit,
    ) -> Option<Knock> {
        let is_time = || self.clock.now() <= start.before && self.holder.holds(start.term);
        if !is_time() {
            return None;
        }
        let first = context.knock(delivery, scheme).await;
        if !first.asks_for_another_scheme() {
            return Some(first);
        }
        if !is_time() {
            return None;
        }
        let second = context.knock(delivery, other(scheme)).await;
        Some(first.or(second))
    }

    /// Settles the last reports and releases every lease.
    pub(super) async fn leave(&self, reports: &[HostReport]) -> Result<(), Error> {
        let mut tx = self.store.write().await?;
        self.settle(&mut tx, reports, self.clock.now()).await?;
        tx.release_hosts(self.name()).await?;
        Ok(tx.commit().await?)
    }
}

/// How an attempt is counted. What was not taken is tried again.
const fn labels(outcome: DeliveryOutcome) -> Labels<1> {
    let result = match outcome {
        DeliveryOutcome::TryAgain => "later",
        DeliveryOutcome::Delivered | DeliveryOutcome::Refused | DeliveryOutcome::Abandoned => {
            outcome.as_str()
        }
    };
    [("result", result)]
}

/// Orders jobs that read the owners of moved or gone inboxes again, and counts inboxes that were not found. An owner
/// may have moved to another inbox, or its account may be deleted.
async fn refresh_inbox_owners(
    tx: &mut Tx,
    concluded: &[Conclusion],
    now: Millis,
) -> Result<(), Error> {
    let all = |list: fn(&Inboxes) -> &Vec<i64>| -> Vec<i64> {
        let lists = concluded.iter().map(|conclusion| list(&conclusion.inboxes));
        lists.flatten().copied().collect()
    };
    for found in all(|inboxes| &inboxes.found).chunks(INBOXES_AT_ONCE) {
        tx.inboxes_found(found).await?;
    }
    let mut suspect = all(|inboxes| &inboxes.suspect);
    for missing in all(|inboxes| &inboxes.missing).chunks(INBOXES_AT_ONCE) {
        suspect.extend(tx.inboxes_missing(missing, now).await?);
    }
    for suspect in suspect.chunks(INBOXES_AT_ONCE) {
        refresh_owners(tx, suspect, now).await?;
    }
    Ok(())
}

/// Notes which hosts know our newest keys now: those that took an Update of an actor, and those that refused an earlier
/// key and took the newest one.
async fn note_known_keys(tx: &mut Tx, reports: &[HostReport]) -> Result<(), Error> {
    let (mut hosts, mut updates, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for attempt in reports.iter().flat_map(|report| &report.attempts) {
        let delivery = &attempt.delivery;
        if let Some(key) = attempt.refused_key {
            refused.push((delivery.host_id, key));
        }
        let tells_of_keys = delivery.kind == "Update"
            && matches!(
                delivery.subject.as_str(),
                paths::ACTOR | paths::INSTANCE_ACTOR
            );
        if attempt.verdict == AnswerMeaning::Delivered && tells_of_keys {
            hosts.push(delivery.host_id);
            updates.push(delivery.id);
        }
    }
    for (hosts, updates) in hosts
        .chunks(UPDATES_AT_ONCE)
        .zip(updates.chunks(UPDATES_AT_ONCE))
    {
        tx.news_taken(hosts, updates).await?;
    }
    for refused in refused.chunks(UPDATES_AT_ONCE) {
        tx.former_keys_refused(refused).await?;
    }
    Ok(())
}

/// Up to `wanted` requests for a domain. An address is no domain: whoever has it has one.
fn share_of_domain(shares: &Shares<String>, domain: &str, wanted: usize) -> Option<Share<String>> {
    let is_address = domain.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_address {
        return Some(Shares::uncounted(domain.to_owned(), wanted));
    }
    shares.take(&domain.to_owned(), wanted)
}

/// Whether a single delivery has to succeed before others are sent. At first contact, because GoToSocial answers 401
/// to parallel deliveries while it fetches an unknown actor; after failures, because one failure tells as much as ten.
fn is_uncertain(host: &LeasedHost) -> bool {
    host.last_success_at.is_none() || host.failures > 0
}

/// Holds back posts that are younger than an `Accept` of the same batch until the next batch: Mastodon drops a post
/// of an actor whom nobody there follows yet.
fn hold_for_accepts(deliveries: &mut Vec<LoadedDelivery>) {
    let accepts = deliveries
        .iter()
        .filter(|delivery| delivery.row.kind == "Accept");
    if let Some(first) = accepts.map(|delivery| delivery.row.activity_id).min() {
        let waits = |row: &DueDelivery| row.kind == "Create" && row.activity_id >= first;
        deliveries.retain(|delivery| !waits(&delivery.row));
    }
}
