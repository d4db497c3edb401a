//! The alarm about our own clock: other servers refuse what is signed at a wrong time.
//!
//! Dates are noticed in `serve`, and `status` is another process, so the database carries what was found.

use std::sync::Arc;

use crate::{
    clock::{Clock, Millis},
    http_client::Client,
    store::{self, Store, Tx},
};

/// The setting with what was found: seconds and moment; empty while the clock is right, as far as is known.
const SETTING: &str = "clock_fault";

/// The most seconds by which a clock may be wrong. Other servers take much more, but a clock that is kept right is
/// never wrong by so much.
pub(crate) const TOLERATED: u64 = 60;

/// A clock that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockFault {
    /// How far it is ahead, in seconds; negative when it is behind.
    pub(crate) seconds: i64,
    /// When that was found, by this clock.
    pub(crate) at: Millis,
}

impl ClockFault {
    /// What a server found last; `None` while the clock is right, as far as is known.
    pub(crate) async fn read(tx: &mut Tx) -> store::Result<Option<Self>> {
        let kept = tx.setting(SETTING).await?.unwrap_or_default();
        let found = kept.split_once(' ').and_then(|(seconds, at)| {
            Some(Self {
                seconds: seconds.parse().ok()?,
                at: Millis::from_millis(at.parse().ok()?),
            })
        });
        Ok(found)
    }

    async fn write(store: &Store, fault: Option<Self>) -> store::Result<()> {
        let kept = fault.map_or_else(String::new, |fault| {
            format!("{} {}", fault.seconds, fault.at.as_millis())
        });
        let mut tx = store.write().await?;
        tx.set_setting(SETTING, &kept).await?;
        tx.commit().await
    }
}

/// Logs when our clock turns out to be wrong, and when it is right again, and keeps it for `status`. Of several servers
/// that share a database, one with a right clock does not hide the fault of another one.
#[derive(Debug)]
pub(super) struct ClockAlarm {
    store: Store,
    client: Client,
    clock: Arc<dyn Clock>,
    /// By how many seconds this server found the clock to be wrong.
    off: Option<i64>,
    /// Whether it never looked. At the start nothing is known, and what an earlier one found is forgotten.
    is_new: bool,
}

impl ClockAlarm {
    pub(super) fn new(store: Store, client: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            client,
            clock,
            off: None,
            is_new: true,
        }
    }

    /// Compares once.
    pub(super) async fn check(&mut self) {
        if let Err(error) = self.compare().await {
            tracing::warn!(error = %error, "cannot note whether the clock is right");
        }
    }

    async fn compare(&mut self) -> store::Result<()> {
        let seconds = self.client.seconds_ahead();
        let off = seconds.filter(|seconds| seconds.unsigned_abs() > TOLERATED);
        let known = ClockFault::read(&mut self.store.read().await?).await?;
        let is_news = match off {
            // Also when another server, with a right clock, began meanwhile.
            Some(seconds) => known.is_none_or(|known| known.seconds != seconds),
            None => known.is_some() && (self.is_new || self.off.is_some()),
        };
        if is_news {
            let at = self.clock.now();
            let fault = off.map(|seconds| ClockFault { seconds, at });
            ClockFault::write(&self.store, fault).await?;
        }
        match (self.off, off) {
            (None, Some(seconds)) => tracing::warn!(
                seconds,
                "this machine's clock is wrong by more than a minute, by the dates of other servers: set it right, or \
                 they refuse what is signed; positive means ahead"
            ),
            (Some(_), None) => {
                tracing::warn!("this machine's clock is right again, as far as is known");
            }
            _ => (),
        }
        self.off = off;
        self.is_new = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use http::header::DATE;
    use url::Url;

    use super::*;
    use crate::{
        clock::FixedClock,
        http_client::Accept,
        store::Access,
        support::{NOW, database::sqlite, fediverse::FakeServer, worker::lab_client},
    };

    const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);

    struct Scene {
        store: Store,
        client: Client,
        /// Ours.
        clock: Arc<FixedClock>,
        /// That of all other servers.
        theirs: Arc<FixedClock>,
        server: FakeServer,
        _folder: tempfile::TempDir,
    }

    impl Scene {
        async fn new() -> Self {
            let (folder, url) = sqlite();
            let clock = Arc::new(FixedClock::at(NOW));
            let theirs = Arc::new(FixedClock::at(NOW));
            let answering = Arc::clone(&theirs);
            let answer = move || {
                let date = std::time::UNIX_EPOCH + answering.now().since(Millis::default());
                std::future::ready(([(DATE, httpdate::fmt_http_date(date))], "{}"))
            };
            let settings = lab_client(Arc::<FixedClock>::clone(&clock));
            Self {
                store: Store::open(&url, 2, Access::Create).await.unwrap(),
                client: Client::new(settings).unwrap().0,
                clock,
                theirs,
                server: FakeServer::routing(
                    ([127, 0, 0, 1], 0).into(),
                    Router::new().fallback(answer),
                ),
                _folder: folder,
            }
        }

        /// A server that starts.
        fn alarm(&self) -> ClockAlarm {
            let clock = Arc::<FixedClock>::clone(&self.clock);
            ClockAlarm::new(self.store.clone(), self.client.clone(), clock)
        }

        /// Asks some domains for something; half of them get something sent.
        async fn ask(&self, domains: usize) {
            for n in 0..domains {
                let port = self.server.address.port();
                let url = Url::parse(&format!("http://www.m{n}.example:{port}/")).unwrap();
                if n % 2 == 0 {
                    self.client.fetch(&url, Accept::Anything).await.unwrap();
                } else {
                    self.client.post(&url, http::HeaderMap::new(), "{}").await;
                }
            }
        }

        async fn found(&self) -> Option<ClockFault> {
            let mut tx = self.store.read().await.unwrap();
            ClockFault::read(&mut tx).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_clock_is_wrong_when_five_domains_say_so_until_they_say_otherwise() {
        let scene = Scene::new().await;
        let mut alarm = scene.alarm();
        // The minutes that pass on our clock and on theirs, and how many domains are asked then.
        for (ours, theirs, domains, seconds) in [
            (5, 0, 4, None),
            (0, 0, 5, Some(299)),
            (0, 4, 5, None),
            (0, 3, 5, Some(-121)),
            // Nothing was said for so long that nothing is known.
            (6 * 60, 0, 0, None),
        ] {
            scene.clock.advance(ours * MINUTE);
            scene.theirs.advance(theirs * MINUTE);
            scene.ask(domains).await;
            alarm.check().await;
            let at = scene.clock.now();
            let expected = seconds.map(|seconds| ClockFault { seconds, at });
            assert_eq!(scene.found().await, expected, "{ours:?} {theirs:?}");
        }
    }

    #[tokio::test]
    async fn of_several_servers_the_one_with_the_wrong_clock_is_heard() {
        let scene = Scene::new().await;
        scene.clock.advance(5 * MINUTE);
        scene.ask(5).await;
        let (mut wrong, mut right) = (scene.alarm(), scene.alarm());
        right.client = Client::new(lab_client(Arc::<FixedClock>::clone(&scene.clock)))
            .unwrap()
            .0;
        wrong.check().await;
        assert!(scene.found().await.is_some());
        // A start forgets what was found before; the other one says it again.
        right.check().await;
        assert_eq!(scene.found().await, None);
        for _ in 0..2 {
            wrong.check().await;
            right.check().await;
            assert!(scene.found().await.is_some());
        }
    }
}
