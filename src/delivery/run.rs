//! The loop of the delivery worker. Visits overlap: a slow host delays only itself, and answers that arrive during a
//! transaction are settled together by the next one.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{DeliveryWorker, Error, explain, outcome::HostReport};

/// How often the queue is polled without a notification: the command line and other servers write to it, too.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// The pause after a database error.
pub(super) const AFTER_ERROR: Duration = Duration::from_secs(5);

/// How long a shutdown waits for requests in flight.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Sends due deliveries until `stop`, polling whenever `wake` is notified, a delivery falls due, or a second has
/// passed. Then it waits for requests in flight, ten seconds at most, and releases its leases. Database errors are
/// logged and the work is tried again: only `stop` ends this function.
pub async fn run(courier: Arc<DeliveryWorker>, wake: Arc<Notify>, stop: CancellationToken) {
    run_with_grace(courier, wake, stop, GRACE).await;
}

pub(super) async fn run_with_grace(
    courier: Arc<DeliveryWorker>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    grace: Duration,
) {
    let mut visits = JoinSet::new();
    let mut reports = Vec::new();
    while !stop.is_cancelled() {
        let woken = wake.notified();
        tokio::pin!(woken);
        // Before polling: a delivery that is queued during the poll must not wait for the next one.
        woken.as_mut().enable();
        let pause = match advance(&courier, &mut visits, &mut reports).await {
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
            Some(done) = visits.join_next() => gather(done, &mut reports),
        }
        while let Some(done) = visits.try_join_next() {
            gather(done, &mut reports);
        }
    }
    finish(&courier, visits, reports, grace).await;
}

/// Settles `reports`, starts as many visits as there is room for, and returns how long to wait.
async fn advance(
    courier: &Arc<DeliveryWorker>,
    visits: &mut JoinSet<HostReport>,
    reports: &mut Vec<HostReport>,
) -> Result<Duration, Error> {
    let room = courier.settings.workers.saturating_sub(visits.len());
    if reports.is_empty() {
        if room == 0 {
            return Ok(POLL);
        }
        let wait = courier
            .next_due()
            .await?
            .map(|due| due.since(courier.clock.now()));
        if wait.is_none_or(|wait| !wait.is_zero()) {
            return Ok(wait.unwrap_or(POLL).min(POLL));
        }
    }
    let begun = courier.turn(reports, room).await?;
    reports.clear();
    for visit in begun {
        let courier = Arc::clone(courier);
        visits.spawn(async move { courier.visit(visit).await });
    }
    Ok(POLL)
}

async fn finish(
    courier: &DeliveryWorker,
    mut visits: JoinSet<HostReport>,
    mut reports: Vec<HostReport>,
    grace: Duration,
) {
    let all = async {
        while let Some(done) = visits.join_next().await {
            gather(done, &mut reports);
        }
    };
    if timeout(grace, all).await.is_err() {
        let n_hosts = visits.len();
        tracing::warn!(
            n_hosts,
            "deliveries in flight were interrupted and will be repeated"
        );
        visits.shutdown().await;
    }
    if let Err(error) = courier.leave(&reports).await {
        tracing::error!(error = %explain(&error), "cannot settle the last deliveries; they will be repeated");
    }
}

fn gather(done: Result<HostReport, JoinError>, reports: &mut Vec<HostReport>) {
    match done {
        Ok(report) => reports.push(report),
        // Its lease expires by itself.
        Err(error) => tracing::error!(error = %explain(&error), "a visit to a host panicked"),
    }
}
