//! What the running server does by itself: notice what commands change, and keep house.

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
    federation::response_cache::Generation,
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

/// How often the table of changes is read: what a command changes is in force within two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long to leave it at that after a hint.
const BETWEEN_HINTS: Duration = Duration::from_millis(50);
/// How often the letter's file is compared with what is published.
const COMPARE_EVERY: Duration = Duration::from_mins(1);
/// How often what is due is done.
const KEEP_HOUSE_EVERY: Duration = Duration::from_hours(1);
/// How often evidence is compared with its budget.
const WEIGH_EVERY: Duration = Duration::from_mins(1);
/// The first time comes soon after the start, when what was due while the server was down waits.
const FIRST_AFTER: Duration = Duration::from_secs(5);

/// What watching needs, and whom it tells.
#[derive(Debug)]
pub(super) struct Watched {
    /// Configuration and database.
    pub(super) site: Site,
    /// Who follows the rules.
    pub(super) context: ContextSender,
    /// Who signs.
    pub(super) keys: KeyHolders,
    /// Who has to know whether the actor lives.
    pub(super) lifetime: watch::Sender<Lifetime>,
    /// What was rendered.
    pub(super) generation: Generation,
    /// The courier.
    pub(super) wake: Arc<Notify>,
    /// Notified when something may have changed ([`super::listening::listen`]).
    pub(super) hint: Arc<Notify>,
    /// Whether the letter's own closing is told.
    pub(super) tells: Tells,
}

/// Whether this server says by itself that the letter closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// It does, once, whichever server is first.
    Everybody,
    /// It may change nothing.
    Nothing,
}

/// What is told about the letter's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// That it is closed now.
    Closings,
    /// Whatever it is.
    Anything,
}

/// Reads the table of changes until `stop`, and passes on what it finds; each minute compares the letter's
/// file with what is published.
pub(super) async fn watch(watched: Watched, stop: CancellationToken) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut compare = interval(COMPARE_EVERY);
    let mut known = Versions::default();
    let mut differed = false;
    if let Err(error) = watched.tell(Telling::Anything).await {
        tracing::warn!(error = %format!("{error:#}"), "cannot tell whether the letter is closed");
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => watched.look(&mut known).await,
            () = watched.hint.notified() => {
                watched.look(&mut known).await;
                // Under load something changes all the time.
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
        // No command says when its last documents go.
        if matches!(*self.lifetime.borrow(), Lifetime::Ending { .. }) {
            self.see_lifetime().await?;
        }
        if self.closes_now() {
            // No command says when it closes by itself.
            self.renew().await?;
        }
        if versions == *known {
            return Ok(versions);
        }
        // First, because nothing below may keep somebody on a page who was taken off.
        self.generation.bump();
        let changed = |topic| versions.of(topic) != known.of(topic);
        if changed(Topic::Queue) {
            self.wake.notify_one();
        }
        if changed(Topic::Identity) {
            self.see_lifetime().await?;
        }
        // Before the keys: one that cannot be read must not keep a block out of force.
        if changed(Topic::Letter) || changed(Topic::Policy) {
            self.renew().await?;
        }
        if changed(Topic::Identity) {
            self.keys.reload(&self.site, &self.generation).await?;
        }
        Ok(versions)
    }

    /// Whether the letter's time has come, and the rules do not say so yet.
    fn closes_now(&self) -> bool {
        let rules = Arc::clone(&self.context.borrow().rules);
        rules.policy.letter != LetterState::Closed
            && rules
                .closes_at
                .is_some_and(|it| it <= self.site.clock.now())
    }

    /// Makes the rules anew, and tells everybody once whether the letter is closed now.
    async fn renew(&self) -> anyhow::Result<()> {
        let context = self.site.context().await?;
        let changed = self.context.borrow().rules.policy != context.rules.policy;
        self.context.send_replace(Arc::new(context));
        if changed {
            self.generation.bump();
        }
        self.tell(Telling::Closings).await
    }

    /// Tells everybody once whether the letter is closed. Two servers whose clocks or configurations differ must not
    /// contradict each other for ever: by itself a running server tells only that the letter closed. That it is open
    /// again is told by the command that opens it, and once when a server starts.
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
        // Once more, because another server or a command may have told something else meanwhile.
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
            tracing::info!(%state, "told everybody who has a copy of the letter");
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Tells everybody, and the log, when the actor has ended.
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

    /// Says once when the file begins to differ; a restart or a sync never publishes text.
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
        // Whatever was missed: by the rules as they are now.
        if let Err(error) = self.renew().await {
            tracing::warn!(error = %format!("{error:#}"), "cannot read the rules again");
        }
        differs
    }
}

/// Whether the actor lives, as the database says.
pub(super) async fn lifetime(site: &Site) -> anyhow::Result<Lifetime> {
    let patience = site.config.delivery.give_up_after;
    let mut tx = site.store.read().await?;
    Ok(Lifetime::of(&mut tx, patience, site.clock.now()).await?)
}

/// What whoever runs a server whose actor was retired should know.
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

/// Does what is due, each hour.
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
                tracing::error!(error = %error, "cannot do what is due; trying again later");
            }
        }
        if let Err(error) = erase_keys(&site).await {
            tracing::error!(error = %error, "cannot erase old keys of ours; trying again later");
        }
        if let Err(error) = forget_deliveries(&site).await {
            tracing::error!(error = %error, "cannot forget old deliveries; trying again later");
        }
    }
}

/// Keeps the signed requests within `privacy.raw_budget`, each minute: a flood fills a disk faster than an hour.
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
                "the signed requests were over privacy.raw_budget; the oldest are forgotten"
            ),
            Err(error) => {
                tracing::error!(error = %error, "cannot keep evidence within its budget");
            }
        }
    }
}

/// Settled deliveries are kept, and counted, for 30 days (`product.md` 5).
async fn forget_deliveries(site: &Site) -> crate::store::Result<()> {
    const KEPT: Duration = Duration::from_hours(30 * 24);
    let mut tx = site.store.write().await?;
    tx.forget_settled(site.clock.now().minus(KEPT)).await?;
    tx.commit().await
}

/// Keys of ours that were replaced go once everybody was told of the new one (F-44).
async fn erase_keys(site: &Site) -> crate::store::Result<()> {
    let mut tx = site.store.write().await?;
    let erased = tx.erase_former_keys().await?;
    if erased > 0 {
        tx.changed(&[Topic::Identity]).await?;
        tracing::info!(keys = erased, "erased keys of ours that were replaced");
    }
    tx.commit().await
}
