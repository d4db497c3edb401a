//! Tasks that watch the database: whether it takes what is written, whether its file stays in its place, and how much
//! room its disk has.

use std::{future::pending, pin::pin, time::Duration};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{environment::Environment, lifecycle::Lifecycle, service_manager::ServiceManager};
use crate::{
    federation::disk_space::{DiskMonitor, Room},
    random::PublicId,
    store::{self, ServerRow},
    text::with_causes,
};

/// How often the free space of the disk is checked.
const DISK_EVERY: Duration = Duration::from_secs(1);
/// How often a row is written to the database, so that `/readyz` knows whether it takes any.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// How long that write may take.
const PROBE_PATIENCE: Duration = Duration::from_secs(10);
/// A server that has not written for so long does not run: one tick may be late, and the write takes its time.
pub(crate) const ALIVE_FOR: Duration = Duration::from_secs(20);
/// How often the path of the database's file is looked at.
const FILE_EVERY: Duration = Duration::from_secs(1);

/// The free disk space, with the task that checks it. A database on another machine is taken to have enough.
pub(super) fn disk_space(env: &Environment, lifecycle: &Lifecycle) -> watch::Receiver<Room> {
    let (sender, room) = watch::channel(Room::Enough);
    if let Some(file) = env.store.file() {
        let monitor = DiskMonitor::new(file, sender);
        lifecycle.spawn_periodic("disk", interval(DISK_EVERY), monitor, |monitor| {
            Box::pin(async move { monitor.check() })
        });
    }
    room
}

/// Does `work` whenever the disk has room, until `stop`: on a full disk it is stopped in order, as at the end, because
/// what it did could not be stored.
pub(super) async fn with_room<F: Future<Output = ()>>(
    mut room: watch::Receiver<Room>,
    stop: CancellationToken,
    work: impl Fn(CancellationToken) -> F,
) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = becomes(&mut room, false) => (),
        }
        let stop_work = stop.child_token();
        let mut working = pin!(work(stop_work.clone()));
        tokio::select! {
            () = &mut working => return,
            () = becomes(&mut room, true) => stop_work.cancel(),
        }
        working.await;
    }
}

/// Waits until the disk is full, or is not.
async fn becomes(room: &mut watch::Receiver<Room>, full: bool) {
    if room.wait_for(|room| room.is_full() == full).await.is_err() {
        // Nobody looks at the disk any more: it stays as it was.
        pending::<()>().await;
    }
}

/// Tries whether the database takes what is written, and watches that its file stays in its place: a server whose file
/// is gone ends, because what it wrote would be lost. Returns whether the last write succeeded.
pub(super) fn database_probe(
    env: &Environment,
    read_only: bool,
    manager: &ServiceManager,
    lifecycle: &Lifecycle,
) -> watch::Receiver<bool> {
    let (sender, writable) = watch::channel(true);
    let (store, stop) = (env.store.clone(), lifecycle.stop_token());
    // A server that writes says that it lives when it tried to.
    let only_looks = read_only.then(|| manager.clone());
    lifecycle.spawn("database file", async move {
        let mut ticks = interval(FILE_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {
                    if let Err(error) = store.check_file() {
                        tracing::error!(error = %error, "the database is lost to this server");
                        return;
                    }
                    only_looks.iter().for_each(ServiceManager::alive);
                }
            }
        }
    });
    if !read_only {
        let now = env.clock.now();
        let probe = Probe {
            env: env.clone(),
            writable: sender,
            manager: manager.clone(),
            server: ServerRow {
                name: PublicId::random(env.random.as_ref()).to_string(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                since: now,
                alive_at: now,
            },
        };
        let stop = lifecycle.stop_token();
        lifecycle.spawn("database probe", async move {
            let mut ticks = interval(PROBE_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stop.cancelled() => break,
                    _ = ticks.tick() => probe.run().await,
                }
            }
            probe.end().await;
        });
    }
    writable
}

/// Commits one row, which says that this server runs, and passes on whether that succeeded. The service manager hears that
/// it was tried: a database that fails is no reason to start again, one that neither answers nor fails is.
#[derive(Debug)]
struct Probe {
    env: Environment,
    writable: watch::Sender<bool>,
    manager: ServiceManager,
    server: ServerRow,
}

impl Probe {
    async fn run(&self) {
        let failed = match timeout(PROBE_PATIENCE, self.write()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(with_causes(&error)),
            Err(elapsed) => Some(elapsed.to_string()),
        };
        self.manager.alive();
        let was = self.writable.send_replace(failed.is_none());
        match failed {
            Some(error) if was => {
                tracing::error!(error, "the database takes nothing: not ready until it does");
            }
            None if !was => tracing::info!("the database takes what is written again"),
            Some(_) | None => (),
        }
    }

    async fn write(&self) -> store::Result<()> {
        let now = self.env.clock.now();
        let mut tx = self.env.store.write().await?;
        tx.remove_silent_servers(now.minus(ALIVE_FOR)).await?;
        let server = ServerRow {
            alive_at: now,
            ..self.server.clone()
        };
        tx.save_server(&server).await?;
        tx.commit().await
    }

    /// Notes that this server does not run any more.
    async fn end(&self) {
        let ended = timeout(PROBE_PATIENCE, async {
            let mut tx = self.env.store.write().await?;
            tx.remove_server(&self.server.name).await?;
            tx.commit().await
        });
        match ended.await {
            Ok(Ok(())) => (),
            Ok(Err(error)) => {
                tracing::warn!(error = %with_causes(&error), "cannot note that this server ended");
            }
            Err(elapsed) => tracing::warn!(error = %elapsed, "cannot note that this server ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_stops_in_order_on_a_full_disk_and_begins_again() {
        let (disk, room) = watch::channel(Room::Full);
        let (begun, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let numbers = || (begun.load(Ordering::SeqCst), ended.load(Ordering::SeqCst));
        let stop = CancellationToken::new();
        let work = |stop: CancellationToken| async {
            begun.fetch_add(1, Ordering::SeqCst);
            stop.cancelled_owned().await;
            ended.fetch_add(1, Ordering::SeqCst);
        };
        let mut all = pin!(with_room(room, stop.clone(), work));
        for (now, expected) in [
            (Room::Full, (0, 0)),
            (Room::Low, (1, 0)),
            (Room::Enough, (1, 0)),
            (Room::Full, (1, 1)),
            (Room::Enough, (2, 1)),
        ] {
            disk.send_replace(now);
            assert!(futures_util::poll!(&mut all).is_pending());
            assert_eq!(numbers(), expected, "{now}");
        }
        stop.cancel();
        all.await;
        assert_eq!(numbers(), (2, 2));
    }
}
