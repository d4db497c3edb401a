//! Runs jobs: what needs the network and must outlive a restart, such as fetching an actor again.
//!
//! The same machine as the courier's, without hosts. **Not here:** what the jobs do; a function that is
//! given to [`JobRunner::new`] does it.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Error, LEASE, WorkerStep,
    backoff::{self, Contact},
    explain,
    run::{AFTER_ERROR, GRACE, POLL},
};
use crate::{
    clock::{Clock, Millis},
    random::{PublicId, Random},
    store::{JobRow, Store},
};

/// How often a job is begun before it is given up: over about five days.
pub const MAX_ATTEMPTS: i64 = 10;

/// How long a job may take: shorter than its lease, so that it never runs twice at once.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Why a job did not get done. Its words are logged and stored: they may name hosts and our own ids, but no
/// handle, no actor and no text.
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

/// Hands jobs that are due to a function. A job may run twice, so the function has to bear that.
#[derive(Debug)]
pub struct JobRunner<H> {
    store: Store,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Random>,
    handler: H,
    /// The most jobs that run at once.
    at_once: usize,
    worker: PublicId,
}

impl<H, F> JobRunner<H>
where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send,
{
    /// Runs at most `at_once` jobs at once through `handler`.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Random>,
        at_once: usize,
        handler: H,
    ) -> Self {
        let worker = PublicId::random(&*chance);
        Self {
            store,
            clock,
            chance,
            handler,
            at_once,
            worker,
        }
    }

    /// Runs the jobs that are due, and waits for all of them.
    ///
    /// # Errors
    /// [`Error::Store`]; a job that ran but is not settled runs again when its lease has run out.
    pub async fn step(&self) -> Result<WorkerStep, Error> {
        let until = self.next_due().await?;
        if until.is_none_or(|it| it > self.clock.now()) {
            return Ok(WorkerStep::Idle { until });
        }
        let jobs = self.claim(self.at_once).await?;
        let n_jobs = jobs.len();
        for done in join_all(jobs.into_iter().map(|it| self.perform(it))).await {
            done?;
        }
        Ok(WorkerStep::Sent(n_jobs))
    }

    async fn next_due(&self) -> Result<Option<Millis>, Error> {
        Ok(self.store.read().await?.next_job().await?)
    }

    async fn claim(&self, wanted: usize) -> Result<Vec<JobRow>, Error> {
        let now = self.clock.now();
        let limit = i64::try_from(wanted).unwrap_or(i64::MAX);
        let mut tx = self.store.write().await?;
        let jobs = tx
            .lease_jobs(self.worker.as_str(), now, now.plus(LEASE), limit)
            .await?;
        tx.commit().await?;
        Ok(jobs)
    }

    async fn perform(&self, job: JobRow) -> Result<(), Error> {
        let (id, kind, attempts) = (job.id, job.kind.clone(), job.attempts);
        let kind = kind.as_str();
        // One that was begun so often without an end took the program down, or we were killed each time.
        let result = if attempts > MAX_ATTEMPTS {
            Err(JobError::fail("it was begun too often without an end"))
        } else {
            timeout(TIMEOUT, (self.handler)(job))
                .await
                .unwrap_or_else(|it| Err(JobError::retry(it)))
        };
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        match result {
            Ok(()) => {
                tx.finish_jobs(&[id]).await?;
            }
            Err(error @ JobError::Retry(_)) if attempts < MAX_ATTEMPTS => {
                let wait = backoff::delay(attempts, Contact::Known, &*self.chance);
                let why = explain(&error);
                tracing::debug!(job = id, kind, attempts, error = %why, "a job failed for now");
                tx.retry_job(id, now.plus(wait), &why).await?;
            }
            Err(error @ (JobError::Retry(_) | JobError::Fail(_))) => {
                tracing::warn!(job = id, kind, attempts, error = %explain(&error), "a job is given up");
                tx.finish_jobs(&[id]).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Gives back what was begun and broken off.
    async fn release(&self) -> Result<(), Error> {
        let mut tx = self.store.write().await?;
        tx.release_jobs(self.worker.as_str()).await?;
        Ok(tx.commit().await?)
    }
}

/// Runs jobs until `stop`, looking again whenever `wake` is notified or a second has passed. Then it waits
/// for those that run, for ten seconds at most, and gives back the rest.
pub async fn run<H, F>(runner: Arc<JobRunner<H>>, wake: Arc<Notify>, stop: CancellationToken)
where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send + 'static,
{
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable(); // before looking, as in the courier's loop
        let pause = begin(&runner, &mut running).await.unwrap_or_else(|error| {
            tracing::error!(error = %explain(&error), "cannot look for jobs; trying again");
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
        tracing::error!(error = %explain(&error), "cannot give jobs back; their leases will run out");
    }
}

/// Begins as many jobs as there is room for, and says how long to wait.
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
        .map(|it| it.since(runner.clock.now()));
    if room == 0 || wait.is_none_or(|it| !it.is_zero()) {
        return Ok(wait.filter(|it| !it.is_zero()).unwrap_or(POLL).min(POLL));
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
        // Either way the lease runs out and the job runs again.
        Ok(Err(error)) => tracing::error!(error = %explain(&error), "cannot settle a job"),
        Err(error) => tracing::error!(error = %explain(&error), "a job broke down"),
    }
}
