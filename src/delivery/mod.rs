//! The courier: takes activities from the queue to their inboxes, host by host (F-141 … F-171).
//!
//! - [`DeliveryWorker::step`] is what it does: lease hosts, send, settle. [`run()`] does it for as long as the
//!   server runs.
//! - `backoff` says when to try again, `report` what a host's answers come to, and [`alarm`] when nobody believes
//!   our signatures: all pure.
//! - `send` makes one attempt, and `pen` signs it on threads of its own; [`jobs`] is the same machine for
//!   everything else that needs the network.
//!
//! A delivery is written in the transaction that causes it (F-170), so nothing gets lost; a claim that a
//! crash left behind runs out (F-171), so something may be sent twice, under the same id.
//!
//! **Not here:** which activity goes to whom (`register`), the statements (`store`), where we may send
//! to (`net::guard`), and what to do about an account that is gone (`federation`).

pub mod alarm;
mod backoff;
pub mod jobs;
mod outcome;
mod run;
mod send;
mod signing_pool;

#[cfg(test)]
mod inbox_tests;
#[cfg(test)]
mod job_tests;
#[cfg(test)]
mod knock_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trouble_tests;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::sync::{Semaphore, watch};

use self::{
    outcome::{Conclusion, HostReport, Inboxes, first_scheme},
    send::{Attempt, DeliveryContext, Knock, other},
    signing_pool::SigningPool,
};
pub use self::{run::run, send::Signers};
use crate::{
    clock::{Clock, Millis},
    http_client::Client,
    random::{PublicId, Random},
    register::{self, inbound::refresh_jobs::doubt},
    signature::Scheme,
    store::{self, DueDelivery, LeasedHost, Store, Tx},
    text::cut,
};

/// How long a claim holds: after that the worker is taken for dead (F-171).
const LEASE: Duration = Duration::from_mins(2);

/// No request begins later than this after the claim, so that even a slow one ends before the lease does
/// and nothing is sent twice by two workers that are both well.
const LAST_START: Duration = Duration::from_mins(1);

/// The most hosts that are claimed or settled by one statement: it must not have more parameters than
/// SQLite takes, whatever is configured.
const HOSTS_AT_ONCE: usize = 256;

/// The most inboxes in one statement, for the same reason: `per_host` has no bound.
const INBOXES_AT_ONCE: usize = 1000;

/// How much of a reason is kept for people, in bytes; of an answer `net` keeps as much.
const KEPT_TEXT: usize = 500;

/// How much is sent at once, and for how long: `[delivery]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliverySettings {
    /// The most requests on their way at once.
    pub workers: usize,
    /// The most of them to one host.
    pub per_host: usize,
    /// How long a delivery is tried.
    pub give_up_after: Duration,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerStep {
    /// So many were tried, with whatever result; there may be more.
    Sent(usize),
    /// There is nothing to do.
    Idle {
        /// When there will be, unless something new comes; `None` when nothing waits.
        until: Option<Millis>,
    },
}

/// Why a step could not be made. An inbox that does not answer is no error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue cannot be read or written.
    #[error("cannot use the queue")]
    Store(#[from] store::Error),
    /// A look at an actor cannot be ordered.
    #[error("cannot order a look at an actor")]
    Register(#[from] register::Error),
}

/// Sends what is queued.
#[derive(Debug)]
pub struct DeliveryWorker {
    store: Store,
    client: Client,
    signers: watch::Receiver<Arc<Signers>>,
    pen: SigningPool,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Random>,
    settings: DeliverySettings,
    /// Our name in leases; another one for each start of the program.
    worker: PublicId,
    permits: Semaphore,
}

/// A host that was claimed, and what goes there.
#[derive(Debug)]
struct HostBatch {
    host: LeasedHost,
    deliveries: Vec<DueDelivery>,
    /// Nothing is begun after this.
    start_before: Millis,
}

impl DeliveryWorker {
    /// A courier that signs each activity as the actor whose it is (F-148), with the keys that `signers` holds then.
    pub fn new(
        store: Store,
        client: Client,
        signers: watch::Receiver<Arc<Signers>>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Random>,
        settings: DeliverySettings,
    ) -> Self {
        let worker = PublicId::random(&*chance);
        let permits = Semaphore::new(settings.workers.min(Semaphore::MAX_PERMITS));
        Self {
            store,
            client,
            signers,
            pen: SigningPool::new(),
            clock,
            chance,
            settings,
            worker,
            permits,
        }
    }

    /// Our name in leases: whoever finds a lease can tell whose it is.
    pub fn name(&self) -> &str {
        self.worker.as_str()
    }

    /// Claims hosts that something is due for, sends to all of them at once, and writes down what came of
    /// it. One host gets at most `per_host` deliveries in a step, and a single one while it is not known
    /// to take anything (F-347).
    ///
    /// # Errors
    /// [`Error::Store`]; what was sent but not settled is sent again when the claim has run out.
    pub async fn step(&self) -> Result<WorkerStep, Error> {
        let until = self.next_due().await?;
        if until.is_none_or(|it| it > self.clock.now()) {
            return Ok(WorkerStep::Idle { until });
        }
        let visits = self.turn(&[], self.settings.workers).await?;
        let reports = join_all(visits.into_iter().map(|it| self.visit(it))).await;
        self.turn(&reports, 0).await?;
        Ok(WorkerStep::Sent(
            reports.iter().map(|it| it.attempts.len()).sum(),
        ))
    }

    /// When the next delivery is due. Reads only, so that an idle courier never disturbs the one writer.
    async fn next_due(&self) -> Result<Option<Millis>, Error> {
        Ok(self.store.read().await?.next_due(self.clock.now()).await?)
    }

    /// Settles what came of earlier visits and claims up to `wanted` hosts for new ones, in one transaction.
    async fn turn(&self, reports: &[HostReport], wanted: usize) -> Result<Vec<HostBatch>, Error> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        self.settle(&mut tx, reports, now).await?;
        let visits = match wanted {
            0 => Vec::new(),
            _ => self.claim(&mut tx, wanted, now).await?,
        };
        tx.commit().await?;
        Ok(visits)
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
            .map(|it| it.conclude(give_up, now, &*self.chance))
            .collect();
        let settled: Vec<_> = concluded
            .iter()
            .flat_map(|it| it.settled.iter().cloned())
            .collect();
        let hosts: Vec<_> = concluded.iter().map(|it| it.host.clone()).collect();
        let gone: Vec<_> = concluded
            .iter()
            .filter(|it| it.given_up)
            .map(|it| it.host.id)
            .collect();
        tx.settle(self.worker.as_str(), now, &settled, &hosts)
            .await?;
        tx.abandon_deliveries(&gone, now.minus(give_up), now)
            .await?;
        look_after_inboxes(tx, &concluded, now).await?;
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
        let limit = i64::try_from(wanted.min(HOSTS_AT_ONCE)).unwrap_or(i64::MAX);
        let per_host = i64::try_from(self.settings.per_host).unwrap_or(i64::MAX);
        let hosts = tx
            .lease_hosts(self.worker.as_str(), now, now.plus(LEASE), limit)
            .await?;
        let ids: Vec<i64> = hosts.iter().map(|it| it.id).collect();
        let mut due: BTreeMap<i64, Vec<DueDelivery>> = BTreeMap::new();
        for delivery in tx.due_deliveries(&ids, now, per_host).await? {
            due.entry(delivery.host_id).or_default().push(delivery);
        }
        let start_before = now.plus(LAST_START);
        let visits = hosts.into_iter().map(|host| {
            let mut deliveries = due.remove(&host.id).unwrap_or_default();
            hold_for_accepts(&mut deliveries);
            if is_uncertain(&host) {
                deliveries.truncate(1);
            }
            HostBatch {
                host,
                deliveries,
                start_before,
            }
        });
        Ok(visits.collect())
    }

    /// Sends everything of one visit at once, as far as there are permits.
    async fn visit(&self, visit: HostBatch) -> HostReport {
        let HostBatch {
            host,
            deliveries,
            start_before,
        } = visit;
        let scheme = first_scheme(&host, self.clock.now());
        let attempts = deliveries
            .into_iter()
            .map(|it| self.attempt(it, scheme, start_before));
        let attempts = join_all(attempts).await.into_iter().flatten().collect();
        HostReport { host, attempts }
    }

    /// `None` when its turn came too late: then it simply waits for the next claim.
    async fn attempt(
        &self,
        mut delivery: DueDelivery,
        scheme: Scheme,
        start_before: Millis,
    ) -> Option<Attempt> {
        let _permit = self.permits.acquire().await.ok()?;
        let signers = Arc::clone(&self.signers.borrow());
        let door = DeliveryContext {
            client: &self.client,
            signers: &signers,
            pen: &self.pen,
            clock: &self.clock,
        };
        let mut knock = self
            .by_either_scheme(&door, &delivery, scheme, start_before)
            .await?;
        if delivery.signed_by.is_some() && knock.asks_for_another_key() {
            // Whoever never saw the old key finds the new one in our document, and only that (F-44).
            delivery.signed_by = None;
            knock = self
                .by_either_scheme(&door, &delivery, scheme, start_before)
                .await?;
        }
        Some(knock.into_attempt(delivery))
    }

    /// At most two requests by one key: whoever may not understand the first scheme gets the other one (F-160).
    /// `None` when a request would begin too late: the last one's time-out must still fit into the lease.
    async fn by_either_scheme(
        &self,
        door: &DeliveryContext<'_>,
        delivery: &DueDelivery,
        scheme: Scheme,
        start_before: Millis,
    ) -> Option<Knock> {
        let is_time = || self.clock.now() <= start_before;
        if !is_time() {
            return None;
        }
        let first = door.knock(delivery, scheme).await;
        if !first.asks_for_another_scheme() {
            return Some(first);
        }
        if !is_time() {
            return None;
        }
        let second = door.knock(delivery, other(scheme)).await;
        Some(first.or(second))
    }

    /// Settles the last reports and gives back every claim (F-171).
    async fn leave(&self, reports: &[HostReport]) -> Result<(), Error> {
        let mut tx = self.store.write().await?;
        self.settle(&mut tx, reports, self.clock.now()).await?;
        tx.release_hosts(self.worker.as_str()).await?;
        Ok(tx.commit().await?)
    }
}

/// Orders a look at whose inboxes moved or are gone, and keeps count of those that were not found (F-161, F-163).
async fn look_after_inboxes(
    tx: &mut Tx,
    concluded: &[Conclusion],
    now: Millis,
) -> Result<(), Error> {
    let all = |list: fn(&Inboxes) -> &Vec<i64>| -> Vec<i64> {
        let lists = concluded.iter().map(|it| list(&it.inboxes));
        lists.flatten().copied().collect()
    };
    for found in all(|it| &it.found).chunks(INBOXES_AT_ONCE) {
        tx.inboxes_found(found).await?;
    }
    let mut doubted = all(|it| &it.doubted);
    for missing in all(|it| &it.missing).chunks(INBOXES_AT_ONCE) {
        doubted.extend(tx.inboxes_missing(missing, now).await?);
    }
    for doubted in doubted.chunks(INBOXES_AT_ONCE) {
        doubt(tx, doubted, now).await?;
    }
    Ok(())
}

/// Whether one delivery has to show first that the host takes any. At first contact, because a host that
/// is fetching an unknown actor refuses everything else from it meanwhile (F-347); in trouble, because
/// one failure tells as much as ten.
fn is_uncertain(host: &LeasedHost) -> bool {
    host.last_success_at.is_none() || host.failures > 0
}

/// Leaves out the posts that are younger than an `Accept` of the same visit: a server drops a post of somebody whom
/// nobody there follows yet (F-99, F-169). They go with the next visit.
fn hold_for_accepts(deliveries: &mut Vec<DueDelivery>) {
    let accepts = deliveries.iter().filter(|it| it.kind == "Accept");
    if let Some(first) = accepts.map(|it| it.activity_id).min() {
        deliveries.retain(|it| it.kind != "Create" || it.activity_id < first);
    }
}

/// An error with its causes in one line, at most [`KEPT_TEXT`] bytes, fit for a database and a terminal.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let part = it.to_string();
        // Some say their cause themselves.
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = it.source();
    }
    let plain = text
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it });
    cut(&plain.collect::<String>(), KEPT_TEXT).to_owned()
}
