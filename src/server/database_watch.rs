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
    http::state::Readiness,
    random::PublicId,
    store::{self, ServerRow},
    text::with_causes,
};

/// How often the free space of the disk is checked.
const DISK_EVERY: Duration = Duration::from_secs(1);
/// How often a row is written to the database, so that `/readyz` knows whether it takes any.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// How long something may be due before it is a fault that nothing is sent.
pub(crate) const OVERDUE_AFTER: Duration = Duration::from_mins(10);
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
/// is gone ends, because what it wrote would be lost. Returns whether the last write succeeded and what is due is sent.
pub(super) fn database_probe(
    env: &Environment,
    read_only: bool,
    manager: &ServiceManager,
    lifecycle: &Lifecycle,
) -> watch::Receiver<Readiness> {
    let (sender, readiness) = watch::channel(Readiness::Ready);
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
        let probe = Probe::new(env, sender, manager.clone());
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
    readiness
}

/// Commits one row, which says that this server runs, looks for deliveries that nobody sends, and passes on what it found. The
/// service manager hears that it was tried: a database that fails is no reason to start again, one that neither answers nor
/// fails is.
#[derive(Debug)]
struct Probe {
    env: Environment,
    readiness: watch::Sender<Readiness>,
    manager: ServiceManager,
    server: ServerRow,
}

impl Probe {
    /// The probe of a server that starts now.
    fn new(
        env: &Environment,
        readiness: watch::Sender<Readiness>,
        manager: ServiceManager,
    ) -> Self {
        let now = env.clock.now();
        Self {
            env: env.clone(),
            readiness,
            manager,
            server: ServerRow {
                name: PublicId::random(env.random.as_ref()).to_string(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                since: now,
                alive_at: now,
            },
        }
    }

    async fn run(&self) {
        let failed = match timeout(PROBE_PATIENCE, self.write()).await {
            Ok(Ok(overdue)) => overdue.map(|host| (Readiness::NotSending, host)),
            Ok(Err(error)) => Some((Readiness::NotWritable, with_causes(&error))),
            Err(elapsed) => Some((Readiness::NotWritable, elapsed.to_string())),
        };
        self.manager.alive();
        let now = failed.as_ref().map_or(Readiness::Ready, |failed| failed.0);
        let was = self.readiness.send_replace(now);
        match failed {
            Some((Readiness::NotWritable, error)) if was != now => {
                tracing::error!(error, "the database takes nothing: not ready until it does");
            }
            Some((_, host)) if was != now => tracing::error!(
                host,
                "deliveries have been due for ten minutes and nothing was tried: not ready until something is"
            ),
            None if was != now => tracing::info!("ready again"),
            Some(_) | None => (),
        }
    }

    /// Returns a host for which something is overdue. What was due before this server started has ten minutes as well.
    async fn write(&self) -> store::Result<Option<String>> {
        let now = self.env.clock.now();
        let mut tx = self.env.store.write().await?;
        tx.remove_silent_servers(now.minus(ALIVE_FOR)).await?;
        let server = ServerRow {
            alive_at: now,
            ..self.server.clone()
        };
        tx.save_server(&server).await?;
        tx.commit().await?;
        let since = now.minus(OVERDUE_AFTER);
        if since < self.server.since {
            return Ok(None);
        }
        self.env.store.read().await?.overdue_host(since).await
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
    use std::{
        path::Path,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use super::*;
    use crate::{
        clock::{FixedClock, Millis},
        config::Config,
        store::Access,
        support::{
            database::{postgres, sqlite},
            sql,
        },
    };

    /// A delivery that is due at 0.
    const DELIVERY: [&str; 4] = [
        "INSERT INTO host (authority, name, domain) VALUES ('m.example', 'm.example', 'm.example')",
        "INSERT INTO inbox (host_id, url, url_hash) SELECT id, 'https://m.example/inbox', '' FROM host",
        "INSERT INTO activity (path, kind, subject, body, public, at)
         VALUES ('/activities/1', 'Create', '/letter', '{}', TRUE, 0)",
        "INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
         SELECT activity.id, inbox.id, inbox.host_id, 'queued', 0, 0 FROM activity, inbox",
    ];

    /// What a server that starts at 0 says of the queue, with a worker that does nothing.
    async fn readiness_of_a_silent_worker(url: &str, no_hash: &str) {
        let text = format!("[database]\nurl = {url:?}");
        let config = Config::parse(&text, Path::new("config.toml"), std::iter::empty()).unwrap();
        let mut env = Environment::open(config, "test".to_owned(), Access::Create, 2)
            .await
            .unwrap();
        let clock = Arc::new(FixedClock::at(Millis::from_millis(0)));
        env.clock = Arc::<FixedClock>::clone(&clock);
        let change = async |statement: &str| {
            let mut tx = env.store.write().await.unwrap();
            let statement = statement.replace("''", no_hash);
            sql::run(&mut tx, &statement).await.unwrap();
            tx.commit().await.unwrap();
        };
        for statement in DELIVERY {
            change(statement).await;
        }
        let (sender, readiness) = watch::channel(Readiness::Ready);
        let probe = Probe::new(&env, sender, ServiceManager::at(None).unwrap());
        let after = async |minutes| {
            clock.advance(Duration::from_mins(minutes));
            probe.run().await;
            *readiness.borrow()
        };
        assert_eq!(after(9).await, Readiness::Ready);
        assert_eq!(after(1).await, Readiness::NotSending);
        // The host backs off: nothing is due.
        change("UPDATE host SET due_at = 60000000").await;
        assert_eq!(after(1).await, Readiness::Ready);
        // Another host was tried, so the queue moves.
        change("UPDATE host SET due_at = 0").await;
        assert_eq!(after(1).await, Readiness::NotSending);
        change(
            "INSERT INTO host (authority, name, domain, last_tried_at)
             VALUES ('n.example', 'n.example', 'n.example', 700000)",
        )
        .await;
        assert_eq!(after(1).await, Readiness::Ready);
        assert_eq!(after(10).await, Readiness::NotSending);
        change("UPDATE delivery SET state = 'delivered'").await;
        assert_eq!(after(1).await, Readiness::Ready);
        // After a start there are ten minutes again for what was due before.
        change("UPDATE delivery SET state = 'queued'").await;
        let (sender, readiness) = watch::channel(Readiness::Ready);
        Probe::new(&env, sender, ServiceManager::at(None).unwrap())
            .run()
            .await;
        assert_eq!(*readiness.borrow(), Readiness::Ready);
        env.store.close().await;
    }

    #[tokio::test]
    async fn a_worker_that_does_nothing_for_ten_minutes_is_not_ready() {
        let (_folder, url) = sqlite();
        readiness_of_a_silent_worker(&url, "x''").await;
        if let Some((_database, url)) = postgres().await {
            readiness_of_a_silent_worker(&url, "'\\x'").await;
        }
    }

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
