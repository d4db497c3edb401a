//! Background tasks of the server: noticing changes in the database, and periodic maintenance.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    keys::KeyHolders,
    serve::ContextSender,
    site::{self, Site},
    status::file_differs,
};
use crate::{
    endorsement::policy::LetterState,
    http::response_cache::Generation,
    register::{
        actor::lifecycle::Lifetime,
        inbound::{batch::Context, surge_limit::Surge},
        letter::letter_state::{is_untold, tell},
        maintenance::{
            due::{Keep, housekeep},
            quotas::keep_evidence_within,
        },
    },
    store::{Topic, Versions},
};

/// How often the table of changes is read: a change made by a command is in force within two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The pause after a hint.
const BETWEEN_HINTS: Duration = Duration::from_millis(50);
/// How often the letter's file is compared with what is published.
const COMPARE_EVERY: Duration = Duration::from_mins(1);
/// How often periodic maintenance runs.
const KEEP_HOUSE_EVERY: Duration = Duration::from_hours(1);
/// How often evidence is compared with its budget.
const WEIGH_EVERY: Duration = Duration::from_mins(1);
/// The delay of the first maintenance after a start: short, because work may have become due while the server was down.
const FIRST_AFTER: Duration = Duration::from_secs(5);

/// Everything that the change watcher reads and updates.
#[derive(Debug)]
pub(super) struct Watched {
    /// Configuration and database.
    pub(super) site: Site,
    /// The rules in force.
    pub(super) context: ContextSender,
    /// Our keys.
    pub(super) keys: KeyHolders,
    /// Whether the actor lives.
    pub(super) lifetime: watch::Sender<Lifetime>,
    /// The generation of cached responses.
    pub(super) generation: Generation,
    /// Wakes the delivery worker.
    pub(super) wake: Arc<Notify>,
    /// Notified when something may have changed ([`super::listening::listen`]).
    pub(super) hint: Arc<Notify>,
    /// Whether this server announces the letter's closing.
    pub(super) tells: Tells,
}

/// Whether this server announces by itself that the letter closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// It announces the closing, once: whichever server is first.
    Everybody,
    /// It announces nothing, because it is read-only.
    Nothing,
}

/// Which states of the letter are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// Only that it is closed.
    Closings,
    /// Any state.
    Anything,
}

/// Polls the table of changes until `stop`, and applies what it finds; each minute compares the letter's
/// file with the published revision.
pub(super) async fn watch(watched: Watched, stop: CancellationToken) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut compare = interval(COMPARE_EVERY);
    let mut known = Versions::default();
    let mut differed = false;
    if let Err(error) = watched.tell(Telling::Anything).await {
        tracing::warn!(error = %format!("{error:#}"), "cannot announce whether the letter is closed");
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => watched.look(&mut known).await,
            () = watched.hint.notified() => {
                watched.look(&mut known).await;
                // Under load, changes come all the time.
                tokio::time::sleep(BETWEEN_HINTS).await;
            }
            _ = compare.tick() => differed = watched.compare(differed).await,
        }
    }
}

impl Watched {
    async fn look(&self, known: &mut Versions) {
        match self.pass_on(known).await {
            Ok(versions) => *known = versions,
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "cannot look for changes");
            }
        }
    }

    async fn pass_on(&self, known: &Versions) -> anyhow::Result<Versions> {
        let versions = self.site.store.read().await?.versions().await?;
        // The end of a retired actor's documents comes with time, not with a change.
        if matches!(*self.lifetime.borrow(), Lifetime::Ending { .. }) {
            self.see_lifetime().await?;
        }
        if self.closes_now() {
            // The configured closing comes with time, not with a change.
            self.renew().await?;
        }
        if versions == *known {
            return Ok(versions);
        }
        // First, because no failure below may keep a removed name on a cached page.
        self.generation.bump();
        let changed = |topic| versions.of(topic) != known.of(topic);
        if changed(Topic::Queue) {
            self.wake.notify_one();
        }
        if changed(Topic::Identity) {
            self.see_lifetime().await?;
        }
        // Before the keys: a key that cannot be read must not delay a block.
        if changed(Topic::Letter) || changed(Topic::Policy) {
            self.renew().await?;
        }
        if changed(Topic::Identity) {
            self.keys.reload(&self.site, &self.generation).await?;
        }
        Ok(versions)
    }

    /// Whether the letter's closing time has come, and the rules do not reflect it yet.
    fn closes_now(&self) -> bool {
        let rules = Arc::clone(&self.context.borrow().rules);
        rules.policy.letter != LetterState::Closed
            && rules
                .closes_at
                .is_some_and(|at| at <= self.site.clock.now())
    }

    /// Rebuilds the rules, and announces once when the letter is closed now.
    async fn renew(&self) -> anyhow::Result<()> {
        let context = self.site.context().await?;
        let changed = self.context.borrow().rules.policy != context.rules.policy;
        self.context.send_replace(Arc::new(context));
        if changed {
            self.generation.bump();
        }
        self.tell(Telling::Closings).await
    }

    /// Announces the letter's state, once. Two servers whose clocks or configurations differ must not contradict each
    /// other for ever: a running server announces by itself only that the letter closed. The reopening is announced by
    /// the command that opens it, and once when a server starts.
    async fn tell(&self, what: Telling) -> anyhow::Result<()> {
        if self.tells == Tells::Nothing || *self.lifetime.borrow() != Lifetime::Living {
            return Ok(());
        }
        let (site, now) = (&self.site, self.site.clock.now());
        let mut tx = site.store.read().await?;
        let state = site::opening(&mut tx, &site.config).await?.state(now);
        let waits = |state| what == Telling::Closings && state != LetterState::Closed;
        if waits(state) || !is_untold(&mut tx, state).await? {
            return Ok(());
        }
        drop(tx);
        // Checked again in the write transaction: another server or a command may have been faster.
        let mut tx = site.store.write().await?;
        let state = site::opening(&mut tx, &site.config).await?.state(now);
        if waits(state) {
            return Ok(());
        }
        let settings = site::note_settings(&site.config);
        let chance = site.chance.as_ref();
        let effects = tell(&mut tx, &site.urls, &settings, chance, now, state).await?;
        tx.commit().await?;
        if effects.mail {
            tracing::info!(%state, "sent the letter's state to everybody who has a copy of it");
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Passes on a change of the actor's lifetime, and logs it.
    async fn see_lifetime(&self) -> anyhow::Result<()> {
        let lifetime = lifetime(&self.site).await?;
        let changed = self.lifetime.send_if_modified(|known| {
            let changed = *known != lifetime;
            *known = lifetime;
            changed
        });
        if changed {
            self.generation.bump();
            tell_end(lifetime);
        }
        Ok(())
    }

    /// Warns once when the file begins to differ; it is never published without `letter publish`.
    async fn compare(&self, differed: bool) -> bool {
        if *self.lifetime.borrow() != Lifetime::Living {
            return differed;
        }
        let revision = async { self.site.store.read().await?.current_revision().await };
        let Ok(Some(revision)) = revision.await else {
            return differed;
        };
        let differs = file_differs(&self.site, &revision);
        if differs && !differed {
            tracing::warn!(
                revision = revision.number,
                "the letter's file differs from what is published; `letter publish` publishes it"
            );
        }
        // The rules are rebuilt each minute, in case a change was missed.
        if let Err(error) = self.renew().await {
            tracing::warn!(error = %format!("{error:#}"), "cannot read the rules again");
        }
        differs
    }
}

/// Reads from the database whether the actor lives.
pub(super) async fn lifetime(site: &Site) -> anyhow::Result<Lifetime> {
    let patience = site.config.delivery.give_up_after;
    let mut tx = site.store.read().await?;
    Ok(Lifetime::of(&mut tx, patience, site.clock.now()).await?)
}

/// Logs what the operator of a retired actor should know.
pub(super) fn tell_end(lifetime: Lifetime) {
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

/// Runs periodic maintenance each hour: purges expired data, old keys and old deliveries.
pub(super) async fn keep_house(
    site: Site,
    context: watch::Receiver<Arc<Context>>,
    surge: Arc<Surge>,
    generation: Generation,
    stop: CancellationToken,
) {
    let privacy = &site.config.privacy;
    let keep = Keep {
        comments: privacy.keep_comments,
        waiting: privacy.keep_waiting,
        rejected: privacy.keep_rejected,
        withdrawn: privacy.purge_withdrawn_after,
        reports: privacy.keep_reports,
    };
    let mut pause = FIRST_AFTER;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => (),
        }
        pause = KEEP_HOUSE_EVERY;
        let context = Arc::clone(&context.borrow());
        match housekeep(&site.store, &context, &surge, &keep, site.clock.now()).await {
            Ok(_) => generation.bump(),
            Err(error) => {
                tracing::error!(error = %error, "periodic maintenance failed; trying again later");
            }
        }
        if let Err(error) = erase_keys(&site).await {
            tracing::error!(error = %error, "cannot erase old keys of ours; trying again later");
        }
        if let Err(error) = forget_deliveries(&site).await {
            tracing::error!(error = %error, "cannot delete old deliveries; trying again later");
        }
    }
}

/// Keeps the stored signed requests within `privacy.raw_budget`. It runs each minute, because a flood can fill a disk
/// in less than an hour.
pub(super) async fn keep_within_budget(site: Site, stop: CancellationToken) {
    let budget = site.config.privacy.raw_budget.as_len();
    let mut weigh = interval(WEIGH_EVERY);
    weigh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = weigh.tick() => (),
        }
        match keep_evidence_within(&site.store, budget).await {
            Ok(0) => (),
            Ok(forgotten) => tracing::warn!(
                forgotten,
                "the stored signed requests exceeded privacy.raw_budget; the oldest were deleted"
            ),
            Err(error) => {
                tracing::error!(error = %error, "cannot keep evidence within its budget");
            }
        }
    }
}

/// Deletes deliveries that were settled more than 30 days ago; until then `queue stats` counts them.
async fn forget_deliveries(site: &Site) -> crate::store::Result<()> {
    const KEPT: Duration = Duration::from_hours(30 * 24);
    let mut tx = site.store.write().await?;
    tx.forget_settled(site.clock.now().minus(KEPT)).await?;
    tx.commit().await
}

/// Erases replaced keys of ours once their last delivery is settled: until then they sign the Update that announces
/// the new key to servers which know only the old one.
async fn erase_keys(site: &Site) -> crate::store::Result<()> {
    let mut tx = site.store.write().await?;
    let erased = tx.erase_former_keys().await?;
    if erased > 0 {
        tx.changed(&[Topic::Identity]).await?;
        tracing::info!(keys = erased, "erased keys of ours that were replaced");
    }
    tx.commit().await
}
