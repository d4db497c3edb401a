//! Notices changes in the database, made by commands and other servers, and applies them to this server.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    draft::differs_from_plan, environment::Environment, keys::KeyHolders, setup::ActorSettings,
};
use crate::{
    endorsement::policy::LetterState,
    http::response_cache::Generation,
    register::{
        self,
        actor::{lifecycle::Lifetime, profile_update::follow_state},
        inbound::news::News,
        letter::{
            launch::{launch_due, planned},
            letter_state::{is_untold, tell},
        },
        rules::Context,
    },
    store::{RevisionRow, Topic, Versions},
};

/// How often the table of changes is read: a change made by a command is in force within two seconds.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// The pause after a hint: under load, changes come all the time.
const PAUSE_AFTER_HINT: Duration = Duration::from_millis(50);
/// How often the letter's file is compared with what is published.
const COMPARE_EVERY: Duration = Duration::from_mins(1);

/// Everything that the change watcher reads and updates.
#[derive(Debug)]
pub(super) struct ChangeWatcher {
    /// Configuration and database.
    pub(super) env: Environment,
    /// The profile, as it was when the server started.
    pub(super) voice: ActorSettings,
    /// The rules in force.
    pub(super) context: watch::Sender<Arc<Context>>,
    /// Our keys.
    pub(super) keys: KeyHolders,
    /// Whether the actor lives.
    pub(super) lifetime: watch::Sender<Lifetime>,
    /// The generation of cached responses.
    pub(super) generation: Generation,
    /// Wakes the delivery worker.
    pub(super) wake: Arc<Notify>,
    /// Notified when something may have changed ([`super::pg_listener::listen`]).
    pub(super) hint: Arc<Notify>,
    /// Whether this server announces nothing; otherwise it announces that the letter closed, once: whichever server
    /// is first.
    pub(super) read_only: bool,
}

/// Which states of the letter are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StateAnnouncement {
    /// Only that it is closed.
    Closing,
    /// Any state.
    AnyState,
}

impl ChangeWatcher {
    /// Polls the table of changes until `stop`, and applies what it finds; each minute compares the letter's file with
    /// the published revision.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut poll = interval(POLL_EVERY);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut compare = interval(COMPARE_EVERY);
        let mut known = Versions::default();
        let mut differed = false;
        if let Err(error) = self.announce_state(StateAnnouncement::AnyState).await {
            tracing::warn!(error = %format!("{error:#}"), "cannot announce whether the letter is closed");
        }
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = poll.tick() => self.poll(&mut known).await,
                () = self.hint.notified() => {
                    self.poll(&mut known).await;
                    tokio::time::sleep(PAUSE_AFTER_HINT).await;
                }
                _ = compare.tick() => differed = self.compare_file(differed).await,
            }
        }
    }

    async fn poll(&self, known: &mut Versions) {
        match self.apply_changes(known).await {
            Ok(versions) => *known = versions,
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "cannot look for changes");
            }
        }
    }

    async fn apply_changes(&self, known: &Versions) -> anyhow::Result<Versions> {
        let versions = self.env.store.read().await?.versions().await?;
        // The end of a retired actor's documents comes with time, not with a change.
        if matches!(*self.lifetime.borrow(), Lifetime::Ending { .. }) {
            self.reload_lifetime().await?;
        }
        if self.closing_is_due() {
            // The configured closing comes with time, not with a change.
            self.reload_rules().await?;
        }
        if self.launch_is_due() {
            // What else changed is applied all the same.
            if let Err(error) = self.launch().await {
                let error = format!("{error:#}");
                tracing::error!(error, "cannot launch the letter as planned; trying again");
            }
        }
        if versions == *known {
            return Ok(versions);
        }
        // First, because no failure below may keep a removed name on a cached page.
        self.generation.take(news_of(&versions, known));
        let changed = |topic| versions.of(topic) != known.of(topic);
        if changed(Topic::Identity) {
            self.reload_lifetime().await?;
        }
        // Before the keys: a key that cannot be read must not delay a block.
        if changed(Topic::Letter) || changed(Topic::Policy) {
            self.reload_rules().await?;
        }
        if changed(Topic::Identity) {
            self.keys.reload(&self.env, &self.generation).await?;
        }
        // Last, so that what a command queued is sent by the rules and keys that it made.
        if changed(Topic::Queue) {
            self.wake.notify_one();
        }
        Ok(versions)
    }

    /// Whether the letter's closing time has come, and the rules do not reflect it yet.
    fn closing_is_due(&self) -> bool {
        let rules = Arc::clone(&self.context.borrow().rules);
        !matches!(
            rules.policy.letter,
            LetterState::Draft | LetterState::Closed
        ) && rules.closes_at.is_some_and(|at| at <= self.env.clock.now())
    }

    /// Whether a planned launch has come, as far as the rules know.
    fn launch_is_due(&self) -> bool {
        let launches_at = self.context.borrow().rules.launches_at;
        !self.read_only && launches_at.is_some_and(|at| at <= self.env.clock.now())
    }

    /// Publishes what was planned: whichever server is first, once, because the transaction that publishes it deletes the
    /// plan.
    async fn launch(&self) -> anyhow::Result<()> {
        if *self.lifetime.borrow() != Lifetime::Living {
            return Ok(());
        }
        let env = &self.env;
        let salt = env.salt().await?;
        let mut tx = env.store.write().await?;
        let on_github = env.config.letter_is_on_github();
        let launched = launch_due(&mut tx, &self.voice.order(env), (on_github, &salt)).await?;
        tx.commit().await?;
        if let Some((published, _)) = launched {
            tracing::info!(names = published.joined, "the letter is out, as planned");
            self.wake.notify_one();
        }
        self.reload_rules().await
    }

    /// Rebuilds the rules, and announces once when the letter is closed now.
    async fn reload_rules(&self) -> anyhow::Result<()> {
        let context = self.env.context().await?;
        let changed = self.context.borrow().rules.policy != context.rules.policy;
        self.context.send_replace(Arc::new(context));
        if changed {
            self.generation.bump();
        }
        self.announce_state(StateAnnouncement::Closing).await
    }

    /// Announces the letter's state, once. Two servers whose clocks or configurations differ must not contradict each
    /// other for ever: a running server announces by itself only that the letter closed. The reopening is announced by
    /// the command that opens it, and once when a server starts.
    async fn announce_state(&self, what: StateAnnouncement) -> anyhow::Result<()> {
        if self.read_only || *self.lifetime.borrow() != Lifetime::Living {
            return Ok(());
        }
        let (env, now) = (&self.env, self.env.clock.now());
        let mut tx = env.store.read().await?;
        let state = env.schedule(&mut tx).await?.state(now);
        let is_left_out =
            |state| what == StateAnnouncement::Closing && state != LetterState::Closed;
        if is_left_out(state) || !is_untold(&mut tx, state).await? {
            return Ok(());
        }
        drop(tx);
        // Checked again in the write transaction: another server or a command may have been faster.
        let mut tx = env.store.write().await?;
        let state = env.schedule(&mut tx).await?.state(now);
        if is_left_out(state) {
            return Ok(());
        }
        let (settings, random) = (env.note_settings(), env.random.as_ref());
        let effects = tell(&mut tx, &env.urls, &settings, random, now, state).await?;
        follow_state(&mut tx, &self.voice.order(env)).await?;
        tx.commit().await?;
        if effects.queued {
            tracing::info!(%state, "sent the letter's state to everybody who has a copy of it");
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Passes on a change of the actor's lifetime, and logs it.
    async fn reload_lifetime(&self) -> anyhow::Result<()> {
        let lifetime = self.env.lifetime().await?;
        let changed = self.lifetime.send_if_modified(|known| {
            let changed = *known != lifetime;
            *known = lifetime;
            changed
        });
        if changed {
            self.generation.bump();
            log_retirement(lifetime);
        }
        Ok(())
    }

    /// Warns once when the file begins to differ; it is never published without `letter publish`.
    async fn compare_file(&self, differed: bool) -> bool {
        if *self.lifetime.borrow() != Lifetime::Living {
            return differed;
        }
        let published = async {
            let mut tx = self.env.store.read().await?;
            let plan = match planned(&mut tx).await? {
                Some(plan) => {
                    let differs = differs_from_plan(&self.env.config, &mut tx, &plan).await?;
                    Some((plan.due_at, differs))
                }
                None => None,
            };
            register::Result::Ok((tx.current_revision().await?, plan))
        };
        let differs = match published.await {
            Ok((Some(revision), _)) => self.differs_from(&revision, differed),
            Ok((None, Some((due_at, differs)))) => {
                if differs && !differed {
                    tracing::warn!(
                        at = %due_at,
                        "the letter's file differs from what is planned to come out; `letter launch --at` plans it anew"
                    );
                }
                differs
            }
            // A draft may change; and of a database that fails the poll speaks.
            Ok((None, None)) | Err(_) => return differed,
        };
        // The rules are rebuilt each minute, in case a change was missed.
        if let Err(error) = self.reload_rules().await {
            tracing::warn!(error = %format!("{error:#}"), "cannot read the rules again");
        }
        differs
    }
}

impl ChangeWatcher {
    /// Whether the file differs from a revision; warns once when it begins to.
    fn differs_from(&self, revision: &RevisionRow, differed: bool) -> bool {
        let differs = self.env.file_differs(revision).unwrap_or_else(|error| {
            tracing::debug!(error = %error, "cannot read the letter's file, to compare it with what is published");
            differed
        });
        if differs && !differed {
            tracing::warn!(
                revision = revision.number,
                "the letter's file differs from what is published; `letter publish` publishes it"
            );
        }
        differs
    }
}

/// What other versions mean for rendered responses. What waits to be sent takes nothing off.
fn news_of(versions: &Versions, known: &Versions) -> News {
    if versions.differs_beyond(known, &[Topic::Additions, Topic::Queue]) {
        News::Removal
    } else {
        News::addition_if(versions != known)
    }
}

/// Logs what the operator of a retired actor should know.
pub(super) fn log_retirement(lifetime: Lifetime) {
    match lifetime {
        Lifetime::Living => (),
        Lifetime::Ending { since, until } => tracing::warn!(
            retired = %since,
            until = %until,
            "the letter's actor was retired: pages answer 410; leave this server running until then, so that \
             everybody is told and can verify it"
        ),
        Lifetime::Ended { since } => tracing::warn!(
            retired = %since,
            "the letter's actor was retired, and everybody was told or given up: this server can be stopped"
        ),
    }
}
