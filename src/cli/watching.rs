//! What the running server does by itself: notice what commands change, and keep house.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    serve::ContextSender,
    site::{self, Site},
    status::file_differs,
};
use crate::{
    endorsement::policy::LetterState,
    federation::cache::Generation,
    register::{
        self,
        batch::Context,
        bounds::keep_evidence_within,
        housekeeping::{Keep, housekeep},
        milestones::{self, Looked},
        opening::{is_untold, tell},
        surge::Surge,
    },
    store::{Store, Topic, Versions},
};

/// How often the table of changes is read: what a command changes is in force within two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long to leave it at that after a hint.
const BETWEEN_HINTS: Duration = Duration::from_millis(50);
/// How long to wait before listening again to a database that cannot be listened to.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);
/// How often the letter's file is compared with what is published.
const COMPARE_EVERY: Duration = Duration::from_mins(1);
/// How often what is due is done.
const KEEP_HOUSE_EVERY: Duration = Duration::from_hours(1);
/// How often evidence is compared with its budget.
const WEIGH_EVERY: Duration = Duration::from_mins(1);
/// How often it is asked whether a step of the goal was reached.
const LOOK_AT_GOAL_EVERY: Duration = Duration::from_secs(5);
/// The first time comes soon after the start, when what was due while the server was down waits.
const FIRST_AFTER: Duration = Duration::from_secs(5);

/// What watching needs, and whom it tells.
#[derive(Debug)]
pub(super) struct Watched {
    /// Configuration and database.
    pub(super) site: Site,
    /// Who follows the rules.
    pub(super) context: ContextSender,
    /// What was rendered.
    pub(super) generation: Generation,
    /// The courier.
    pub(super) wake: Arc<Notify>,
    /// Notified when something may have changed ([`listen`]).
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

/// Reads the table of changes until `stop`, and passes on what it finds; each minute compares the letter's
/// file with what is published.
pub(super) async fn watch(watched: Watched, stop: CancellationToken) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut compare = interval(COMPARE_EVERY);
    let mut known = Versions::default();
    let mut differed = false;
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
        if changed(Topic::Letter) || changed(Topic::Policy) {
            self.renew().await?;
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
        match self.tells {
            Tells::Everybody => self.tell().await,
            Tells::Nothing => Ok(()),
        }
    }

    async fn tell(&self) -> anyhow::Result<()> {
        let (site, now) = (&self.site, self.site.clock.now());
        let mut tx = site.store.read().await?;
        let state = site::opening(&mut tx, &site.config).await?.state(now);
        if !is_untold(&mut tx, state).await? {
            return Ok(());
        }
        drop(tx);
        // Once more, because another server may have told it meanwhile.
        let mut tx = site.store.write().await?;
        let state = site::opening(&mut tx, &site.config).await?.state(now);
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

    /// Says once when the file begins to differ; a restart or a sync never publishes text.
    async fn compare(&self, differed: bool) -> bool {
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

/// Listens to PostgreSQL until `stop` and gives a hint for each change, also of other machines, so that the watcher
/// looks at once. It looks every half second all the same: on SQLite, on a standby, and while nobody can be heard.
pub(super) async fn listen(store: Store, hint: Arc<Notify>, stop: CancellationToken) {
    let mut heard = true;
    loop {
        let error = tokio::select! {
            () = stop.cancelled() => return,
            ended = hear(&store, &hint, &mut heard) => ended,
        };
        let Err(error) = error else {
            // A file tells nothing.
            return stop.cancelled().await;
        };
        if std::mem::replace(&mut heard, false) {
            tracing::warn!(
                error = %format!("{:#}", anyhow::Error::new(error)),
                "cannot listen to the database; looking every half second"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LISTEN_AGAIN) => (),
        }
    }
}

async fn hear(store: &Store, hint: &Notify, heard: &mut bool) -> crate::store::Result<()> {
    let Some(mut listener) = store.listen().await? else {
        return Ok(());
    };
    *heard = true;
    loop {
        listener.changed().await?;
        hint.notify_one();
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
        if let Err(error) = forget_deliveries(&site).await {
            tracing::error!(error = %error, "cannot forget old deliveries; trying again later");
        }
    }
}

/// Announces the steps of the goal, each once (`[goal]`).
pub(super) async fn announce(site: Site, stop: CancellationToken) {
    let settings = site::note_settings(&site.config);
    let mut tick = interval(LOOK_AT_GOAL_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What was seen last, and at which version of the register: counting is work.
    let mut last: Option<(i64, Looked)> = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => (),
        }
        let looked = async {
            let version = site.store.read().await?.version(Topic::Register).await?;
            if last == Some((version, Looked::Nothing)) {
                return Ok((version, Looked::Nothing));
            }
            let mail = site.mail();
            let looked = milestones::look(&site.store, &mail, &settings, &site.config.goal).await?;
            Ok::<_, register::Error>((version, looked))
        };
        match looked.await {
            Ok(looked) => {
                if let Looked::Announced(step) = looked.1 {
                    tracing::info!(step, "announced a step of the goal");
                }
                last = Some(looked);
            }
            Err(error) => {
                tracing::error!(error = %error, "cannot look at the goal; trying again");
            }
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
