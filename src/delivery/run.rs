//! The loop of the delivery worker. Visits overlap: a slow host delays only itself, and answers that arrive during a
//! transaction are settled together by the next one.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    error::{Error, explain},
    outcome::HostReport,
    worker::DeliveryWorker,
};

/// How often the queue is polled without a notification: the command line and other servers write to it, too.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// The pause after a database error.
pub(super) const AFTER_ERROR: Duration = Duration::from_secs(5);

/// How long a shutdown waits for requests in flight.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Sends due deliveries until `stop`, polling whenever `wake` is notified, a delivery falls due, or a second has
/// passed. Then it waits for requests in flight, ten seconds at most, and releases its leases. Database errors are
/// logged and the work is tried again: only `stop` ends this function.
pub async fn run(worker: Arc<DeliveryWorker>, wake: Arc<Notify>, stop: CancellationToken) {
    let holder = Arc::clone(&worker);
    let work = run_with_grace(worker, wake, stop, GRACE);
    Box::pin(holder.holder.while_alive(work)).await;
}

pub(super) async fn run_with_grace(
    worker: Arc<DeliveryWorker>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    grace: Duration,
) {
    let mut batches = JoinSet::new();
    let mut reports = Vec::new();
    while !stop.is_cancelled() {
        let woken = wake.notified();
        tokio::pin!(woken);
        // Before polling: a delivery that is queued during the poll must not wait for the next one.
        woken.as_mut().enable();
        let pause = match advance(&worker, &mut batches, &mut reports, &stop).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(error = %explain(&error), "cannot process the queue; trying again");
                AFTER_ERROR
            }
        };
        tokio::select! {
            () = stop.cancelled() => (),
            () = woken => (),
            () = sleep(pause) => (),
            Some(done) = batches.join_next() => gather(done, &mut reports),
        }
        while let Some(done) = batches.try_join_next() {
            gather(done, &mut reports);
        }
    }
    finish(&worker, batches, reports, grace).await;
}

/// Settles `reports`, starts as many batches as there is room for, and returns how long to wait.
async fn advance(
    worker: &Arc<DeliveryWorker>,
    batches: &mut JoinSet<HostReport>,
    reports: &mut Vec<HostReport>,
    stop: &CancellationToken,
) -> Result<Duration, Error> {
    let room = worker.settings.workers.saturating_sub(batches.len());
    if reports.is_empty() {
        if room == 0 {
            return Ok(POLL);
        }
        let wait = worker
            .next_due()
            .await?
            .map(|due| due.since(worker.clock.now()));
        if wait.is_none_or(|wait| !wait.is_zero()) {
            return Ok(wait.unwrap_or(POLL).min(POLL));
        }
    }
    let begun = worker.turn(reports, room).await?;
    reports.clear();
    for batch in begun {
        let (worker, stop) = (Arc::clone(worker), stop.clone());
        batches.spawn(async move { worker.send_batch(batch, &stop).await });
    }
    Ok(POLL)
}

async fn finish(
    worker: &DeliveryWorker,
    mut batches: JoinSet<HostReport>,
    mut reports: Vec<HostReport>,
    grace: Duration,
) {
    let all = async {
        while let Some(done) = batches.join_next().await {
            gather(done, &mut reports);
        }
    };
    if timeout(grace, all).await.is_err() {
        let n_hosts = batches.len();
        tracing::warn!(
            n_hosts,
            "deliveries in flight were interrupted and will be repeated"
        );
        batches.shutdown().await;
    }
    if let Err(error) = worker.leave(&reports).await {
        tracing::error!(error = %explain(&error), "cannot settle the last deliveries; they will be repeated");
    }
}

fn gather(done: Result<HostReport, JoinError>, reports: &mut Vec<HostReport>) {
    match done {
        Ok(report) => reports.push(report),
        // A panic of an attempt is its failure and does not come here. The lease expires by itself.
        Err(error) => tracing::error!(error = %explain(&error), "a batch for a host panicked"),
    }
}
