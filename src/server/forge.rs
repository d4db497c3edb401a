//! The task that reads the issues whose comments sign: by the clock, and when a webhook says that there is something to see.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Millis,
    config::ForgeThread,
    federation::{
        App,
        forge::{
            poller::{ForgePoller, PollError},
            wakes::{ForgeWake, ForgeWakes},
        },
    },
    hash::Sha256,
    store::{self, ForgeThreadRow},
    text::with_causes,
};

/// How often it is looked for something to do.
const TICK: Duration = Duration::from_secs(5);
/// How often a thread is read.
const EVERY: Duration = Duration::from_mins(5);
/// How often a thread is read whose webhook works.
const EVERY_WITH_WEBHOOK: Duration = Duration::from_hours(1);
/// The least time between two readings that webhooks cause.
const WAKES_APART: Duration = Duration::from_secs(10);
/// How often accounts are read with a token, and how many: 1,800 in an hour, of 5,000 requests that GitHub answers.
const ACCOUNTS: (Duration, u32) = (Duration::from_mins(1), 30);
/// The same without a token: 30 in an hour, of 60.
const ACCOUNTS_WITHOUT_TOKEN: (Duration, u32) = (Duration::from_mins(2), 1);

/// The task.
#[derive(Debug)]
pub(super) struct ForgeTask {
    app: Arc<App>,
    poller: ForgePoller,
    wakes: Arc<ForgeWakes>,
    threads: Vec<ForgeThread>,
    /// When accounts of a forge are read next.
    accounts_at: BTreeMap<String, Millis>,
}

impl ForgeTask {
    /// The task for the threads of the configuration; `None` when there are none.
    pub(super) fn new(app: &Arc<App>, wakes: Arc<ForgeWakes>) -> Option<Self> {
        let threads = app.config.forge_threads();
        (!threads.is_empty()).then(|| Self {
            poller: ForgePoller::new(Arc::clone(app)),
            app: Arc::clone(app),
            wakes,
            threads,
            accounts_at: BTreeMap::new(),
        })
    }

    /// Runs until `stop`. What is being read then is read again after the next start.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => (),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.step() => (),
            }
        }
    }

    async fn step(&mut self) {
        match self.rests().await {
            Ok(false) => (),
            Ok(true) => return,
            Err(error) => {
                return tracing::warn!(error = %error, "cannot read comments of forges; trying again");
            }
        }
        let wakes = self.wakes.take();
        let mut comments: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for wake in wakes {
            match wake {
                ForgeWake::Thread(url) => self.wake(&url).await,
                ForgeWake::Comment(url, id, vouched) => {
                    comments.entry((url, id)).or_default().extend(vouched);
                }
            }
        }
        for thread in &self.threads {
            self.poll_if_due(thread, false).await;
        }
        for ((url, id), vouched) in comments {
            self.read_comment(&url, id, vouched).await;
        }
        self.read_accounts().await;
    }

    /// Whether nothing is to be read: the letter is a draft or retired, or the disk is full.
    async fn rests(&self) -> store::Result<bool> {
        if self.poller.is_draft() || self.app.room.borrow().is_full() {
            return Ok(true);
        }
        Ok(self.app.store.read().await?.retired_at().await?.is_some())
    }

    fn thread(&self, url: &str) -> Option<&ForgeThread> {
        let mut threads = self.threads.iter();
        threads.find(|thread| thread.url.as_str() == url)
    }

    async fn wake(&self, url: &str) {
        let Some(thread) = self.thread(url) else {
            return;
        };
        if !self.poll_if_due(thread, true).await {
            self.wakes.add(ForgeWake::Thread(url.to_owned()));
        }
    }

    /// Reads a thread that was not tried for long enough, which is shorter when a webhook asks for it; returns whether it was
    /// tried.
    async fn poll_if_due(&self, thread: &ForgeThread, is_asked_for: bool) -> bool {
        let known = match self.known(thread).await {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!(error = %error, "cannot read comments of forges; trying again");
                return false;
            }
        };
        let works = known.hears_webhooks() && known.trouble.is_none();
        let every = if is_asked_for {
            WAKES_APART
        } else if works && thread.secret_file.is_some() {
            EVERY_WITH_WEBHOOK
        } else {
            EVERY
        };
        let now = self.app.clock.now();
        if known.tried_at.is_some_and(|at| now < at.plus(every)) {
            return false;
        }
        let url = thread.url.as_str();
        match self.poller.poll(thread, false).await {
            Ok(polled) if polled.gone > 0 => {
                tracing::info!(
                    thread = url,
                    gone = polled.gone,
                    "comments are gone from a forge"
                );
            }
            Ok(_) => {
                if known.trouble.is_some() {
                    tracing::info!(thread = url, "a thread of a forge can be read again");
                }
            }
            // What does not change is said once; `status` says it all the time.
            Err(error) if known.trouble.as_deref() == Some(error.to_string().as_str()) => (),
            Err(error) => {
                let error = with_causes(&error);
                tracing::warn!(thread = url, error = %error, "cannot read a thread of a forge; nobody's signature ends by that");
            }
        }
        true
    }

    async fn known(&self, thread: &ForgeThread) -> store::Result<ForgeThreadRow> {
        let mut tx = self.app.store.read().await?;
        Ok(tx
            .forge_thread(thread.url.as_str())
            .await?
            .unwrap_or_default())
    }

    /// Reads a comment, once: when that fails, the next reading of its thread brings it. `vouched` are the states of it that
    /// its author wrote.
    async fn read_comment(&self, url: &str, id: u64, vouched: BTreeSet<Sha256>) {
        let Some(thread) = self.thread(url) else {
            return;
        };
        if let Err(error) = self.poller.read_comment(thread, id, &vouched).await {
            tracing::debug!(thread = url, error = %error, "cannot read a comment; the next reading of its thread brings it");
        }
    }

    /// Reads some of the accounts of which it is not known how old they are, of each forge in its measure.
    async fn read_accounts(&mut self) {
        let now = self.app.clock.now();
        let mut threads: Vec<&ForgeThread> = self.threads.iter().collect();
        // A token of one thread serves the accounts of its forge.
        threads.sort_by_key(|thread| thread.token.is_none());
        for thread in threads {
            let forge = thread.url.authority();
            let due = self.accounts_at.get(forge).copied().unwrap_or_default();
            if now < due {
                continue;
            }
            let (every, most) = if thread.token.is_some() {
                ACCOUNTS
            } else {
                ACCOUNTS_WITHOUT_TOKEN
            };
            self.accounts_at.insert(forge.to_owned(), now.plus(every));
            match self.poller.read_accounts(thread, most).await {
                Ok(_) => (),
                Err(error @ PollError::Forge(_)) => {
                    tracing::debug!(forge, error = %error, "cannot read accounts yet");
                }
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::warn!(forge, error = %error, "cannot read accounts of a forge; trying again");
                }
            }
        }
    }
}
