//! The courier's loop. Visits overlap: a host that hangs holds up nobody but itself, and what was answered
//! while a transaction ran is settled by the next one together.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{DeliveryWorker, Error, explain, outcome::HostReport};

/// How often we look although nobody woke us: the command line and other servers write to the queue, too.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// How long we leave a database alone that failed.
pub(super) const AFTER_ERROR: Duration = Duration::from_secs(5);

/// How long a stop waits for requests that are on their way (F-171).
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Sends what is due until `stop`, looking again whenever `wake` is notified, something falls due, or a
/// second has passed. Then it finishes what is on its way, for ten seconds at most, and gives back what it
/// claimed. A database that fails is logged and tried again: this ends by `stop` alone.
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
        // Before looking: what is queued while we look must not wait for the next poll.
        woken.as_mut().enable();
        let pause = match advance(&courier, &mut visits, &mut reports).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(error = %explain(&error), "cannot work on the queue; trying again");
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

/// Settles `reports`, begins as many visits as there is room for, and says how long to wait.
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
            .map(|it| it.since(courier.clock.now()));
        if wait.is_none_or(|it| !it.is_zero()) {
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
            "some deliveries were still on their way and will be repeated"
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
        // Its claim runs out by itself.
        Err(error) => tracing::error!(error = %explain(&error), "a visit to a host broke down"),
    }
}
