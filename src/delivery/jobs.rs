//! The job runner, for work that needs the network and survives a restart, such as fetching an actor again.
//!
//! It leases and retries like the delivery worker, without hosts. **Not here:** what the jobs do; the function given
//! to [`JobRunner::new`] does it.

use std::{error::Error as StdError, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, future::join_all};
use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    backoff::{self, Contact},
    error::{Error, explain},
    holder::LeaseHolder,
    run::{AFTER_ERROR, GRACE, POLL},
    worker::{LEASE, WorkerStep},
};
use crate::{
    clock::{Clock, Millis},
    random::Random,
    store::{JobLane, JobRow, Store},
};

/// The most attempts at a job, over about five days.
pub const MAX_ATTEMPTS: i64 = 10;

/// The time limit of a job: shorter than its lease, so that it never runs twice at once.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Why a job failed. The message is logged and stored: it may name hosts and our own ids, but no handle, no actor and
/// no text.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may work later.
    #[error("the job failed for now")]
    Retry(#[source] Box<dyn StdError + Send + Sync>),
    /// It will never work.
    #[error("the job cannot be done")]
    Fail(#[source] Box<dyn StdError + Send + Sync>),
}

impl JobError {
    /// A failure that may pass.
    pub fn retry(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Retry(cause.into())
    }

    /// A failure that stays.
    pub fn fail(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Fail(cause.into())
    }
}

/// Runs due jobs through a handler. A job may run twice, so the handler has to be idempotent.
#[derive(Debug)]
pub struct JobRunner<H> {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    handler: H,
    lane: JobLane,
    /// The most jobs that run at once.
    at_once: usize,
    holder: LeaseHolder,
}

impl<H, F> JobRunner<H>
where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send,
{
    /// Runs at most `at_once` jobs of `lane` at once through `handler`.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        (lane, at_once): (JobLane, usize),
        handler: H,
    ) -> Self {
        Self {
            holder: LeaseHolder::new(store.clone(), &*random),
            store,
            clock,
            random,
            handler,
            lane,
            at_once,
        }
    }

    /// Runs the jobs that are due, and waits for all of them.
    ///
    /// # Errors
    /// [`Error::Store`]; a job that ran but is not settled runs again when its lease has run out.
    pub async fn step(&self) -> Result<WorkerStep, Error> {
        let until = self.next_due().await?;
        if until.is_none_or(|due| due > self.clock.now()) {
            return Ok(WorkerStep::Idle { until });
        }
        let jobs = self.claim(self.at_once).await?;
        let n_jobs = jobs.len();
        for done in join_all(jobs.into_iter().map(|job| self.perform(job))).await {
            done?;
        }
        Ok(WorkerStep::Sent(n_jobs))
    }

    async fn next_due(&self) -> Result<Option<Millis>, Error> {
        Ok(self.store.read().await?.next_job(self.lane).await?)
    }

    async fn claim(&self, wanted: usize) -> Result<Vec<JobRow>, Error> {
        if self.holder.term().is_none() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let limit = i64::try_from(wanted).unwrap_or(i64::MAX);
        let mut tx = self.store.write().await?;
        let jobs = tx
            .lease_jobs(self.holder.name(), self.lane, now, now.plus(LEASE), limit)
            .await?;
        tx.commit().await?;
        Ok(jobs)
    }

    async fn perform(&self, job: JobRow) -> Result<(), Error> {
        let (id, kind, attempts) = (job.id, job.kind.clone(), job.attempts);
        let kind = kind.as_str();
        // A job that was started so often without an end crashes the program, or the program was killed each time.
        let result = if attempts > MAX_ATTEMPTS {
            Err(JobError::fail("it was started too often without finishing"))
        } else {
            let work = AssertUnwindSafe(async { (self.handler)(job).await });
            match timeout(TIMEOUT, work.catch_unwind()).await {
                Ok(Ok(result)) => result,
                Ok(Err(_panic)) => {
                    tracing::error!(job = id, kind, attempts, "a job panicked");
                    Err(JobError::retry("this program failed (panic)"))
                }
                Err(elapsed) => Err(JobError::retry(elapsed)),
            }
        };
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        match result {
            Ok(()) => {
                tx.finish_jobs(&[id]).await?;
            }
            Err(error @ JobError::Retry(_)) if attempts < MAX_ATTEMPTS => {
                let wait = backoff::delay(attempts, Contact::Known, &*self.random);
                let why = explain(&error);
                tracing::debug!(job = id, kind, attempts, error = %why, "a job failed for now");
                tx.retry_job(id, now.plus(wait)).await?;
            }
            Err(error @ (JobError::Retry(_) | JobError::Fail(_))) => {
                tracing::warn!(job = id, kind, attempts, error = %explain(&error), "a job failed for good");
                tx.finish_jobs(&[id]).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Releases the leases of jobs that were interrupted.
    async fn release(&self) -> Result<(), Error> {
        let mut tx = self.store.write().await?;
        tx.release_jobs(self.holder.name()).await?;
        Ok(tx.commit().await?)
    }
}

/// Runs jobs until `stop`, polling whenever `wake` is notified or a second has passed. Then it waits for running jobs,
/// ten seconds at most, and releases the rest.
pub async fn run<H, F>(runner: Arc<JobRunner<H>>, wake: Arc<Notify>, stop: CancellationToken)
where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send + 'static,
{
    let holder = Arc::clone(&runner);
    let work = run_while_alive(runner, wake, stop);
    Box::pin(holder.holder.while_alive(work)).await;
}

async fn run_while_alive<H, F>(
    runner: Arc<JobRunner<H>>,
    wake: Arc<Notify>,
    stop: CancellationToken,
) where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send + 'static,
{
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable(); // before polling, as in the delivery worker's loop
        let pause = begin(&runner, &mut running).await.unwrap_or_else(|error| {
            tracing::error!(error = %explain(&error), "cannot read due jobs; trying again");
            AFTER_ERROR
        });
        tokio::select! {
            () = stop.cancelled() => (),
            () = woken => (),
            () = sleep(pause) => (),
            Some(done) = running.join_next() => note(done),
        }
    }
    let all = async {
        while let Some(done) = running.join_next().await {
            note(done);
        }
    };
    if timeout(GRACE, all).await.is_err() {
        running.shutdown().await;
    }
    if let Err(error) = runner.release().await {
        tracing::error!(error = %explain(&error), "cannot release jobs; their leases will expire");
    }
}

/// Starts as many due jobs as there is room for, and returns how long to wait.
async fn begin<H, F>(
    runner: &Arc<JobRunner<H>>,
    running: &mut JoinSet<Result<(), Error>>,
) -> Result<Duration, Error>
where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send + 'static,
{
    let room = runner.at_once.saturating_sub(running.len());
    let wait = runner
        .next_due()
        .await?
        .map(|due| due.since(runner.clock.now()));
    if room == 0 || wait.is_none_or(|wait| !wait.is_zero()) {
        return Ok(wait
            .filter(|wait| !wait.is_zero())
            .unwrap_or(POLL)
            .min(POLL));
    }
    for job in runner.claim(room).await? {
        let runner = Arc::clone(runner);
        running.spawn(async move { runner.perform(job).await });
    }
    Ok(POLL)
}

fn note(done: Result<Result<(), Error>, JoinError>) {
    match done {
        Ok(Ok(())) => (),
        // Either way the lease expires, and the job runs again.
        Ok(Err(error)) => tracing::error!(error = %explain(&error), "cannot settle a job"),
        Err(error) => tracing::error!(error = %explain(&error), "a job panicked"),
    }
}
