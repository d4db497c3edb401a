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
/// The least time between two looks at one comment.
const LOOKS_APART: Duration = Duration::from_mins(1);
/// How long it is remembered which states of a comment its author wrote.
const VOUCHED_FOR: Duration = Duration::from_mins(10);
/// How often accounts are read with a token, and how many: 1,800 in an hour, of 5,000 requests that GitHub answers.
const ACCOUNTS: (Duration, u32) = (Duration::from_mins(1), 30);
/// The same without a token: 30 in an hour, of 60.
const ACCOUNTS_WITHOUT_TOKEN: (Duration, u32) = (Duration::from_mins(2), 1);

/// A comment, by the address of its thread and its number.
type CommentKey = (String, u64);

/// The looks at single comments that webhooks order: whoever edits a comment all the time orders one in a minute.
#[derive(Debug, Default)]
struct CommentLooks {
    ordered: BTreeSet<CommentKey>,
    /// States that their authors wrote, and when webhooks said so.
    vouched: BTreeMap<CommentKey, BTreeMap<Sha256, Millis>>,
    /// When comments were looked at within the last minute.
    looked_at: BTreeMap<CommentKey, Millis>,
}

impl CommentLooks {
    fn order(&mut self, comment: CommentKey) {
        self.ordered.insert(comment);
    }

    fn vouch(&mut self, comment: CommentKey, state: Sha256, now: Millis) {
        let states = self.vouched.entry(comment).or_default();
        states.insert(state, now);
    }

    /// Takes what is to be looked at now, with the states that their authors wrote.
    fn due(&mut self, now: Millis) -> Vec<(CommentKey, BTreeSet<Sha256>)> {
        self.looked_at.retain(|_, at| now < at.plus(LOOKS_APART));
        self.vouched.retain(|_, states| {
            states.retain(|_, at| now < at.plus(VOUCHED_FOR));
            !states.is_empty()
        });
        let ordered = std::mem::take(&mut self.ordered);
        let (later, due) = ordered
            .into_iter()
            .partition(|comment| self.looked_at.contains_key(comment));
        self.ordered = later;
        let due: BTreeSet<CommentKey> = due;
        let with_states = |comment: CommentKey| {
            self.looked_at.insert(comment.clone(), now);
            let states = self.vouched.get(&comment);
            let states = states.into_iter().flat_map(BTreeMap::keys).cloned();
            (comment, states.collect())
        };
        due.into_iter().map(with_states).collect()
    }
}

/// The task.
#[derive(Debug)]
pub(super) struct ForgeTask {
    app: Arc<App>,
    poller: ForgePoller,
    wakes: Arc<ForgeWakes>,
    threads: Vec<ForgeThread>,
    looks: CommentLooks,
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
            looks: CommentLooks::default(),
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
        let (wakes, now) = (self.wakes.take(), self.app.clock.now());
        for wake in wakes {
            match wake {
                ForgeWake::Thread(url) => self.wake(&url).await,
                ForgeWake::Comment(url, id) => self.looks.order((url, id)),
                ForgeWake::Vouched(url, id, state) => self.looks.vouch((url, id), state, now),
            }
        }
        for thread in &self.threads {
            self.poll_if_due(thread, false).await;
        }
        for ((url, id), vouched) in self.looks.due(self.app.clock.now()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_looked_at_once_in_a_minute() {
        let second = |n: u32| Millis::from_millis(0).plus(n * Duration::from_secs(1));
        let comment = |id| ("https://f.example/a/b/issues/1".to_owned(), id);
        let mut looks = CommentLooks::default();
        looks.order(comment(2));
        assert_eq!(looks.due(second(0)), [(comment(2), BTreeSet::new())]);
        let states = ["a", "b"].map(Sha256::of);
        for state in &states {
            looks.vouch(comment(2), state.clone(), second(30));
            looks.order(comment(2));
            assert_eq!(looks.due(second(59)), []);
        }
        looks.order(comment(3));
        assert_eq!(looks.due(second(59)), [(comment(3), BTreeSet::new())]);
        let due = looks.due(second(60));
        assert_eq!(due, [(comment(2), BTreeSet::from(states))]);
        assert_eq!(looks.due(second(1000)), [], "nothing is asked twice");
        assert!(looks.looked_at.is_empty() && looks.vouched.is_empty());
    }
}
