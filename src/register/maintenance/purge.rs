//! Periodic work: judging again what waited, and purging expired rows. Surges pass sooner than that
//! ([`judge_surges`](super::judge_again::judge_surges)).

use std::time::Duration;

use super::judge_again::{judge_again, judge_held_by_removed_rules};

use crate::{
    clock::Millis,
    endorsement::{Cause, State, WaitsFor, policy::LetterState},
    register::{
        error::Result,
        inbound::{
            batch::Batch,
            surge_limit::{Surge, Window},
        },
        moderation::blocks,
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{Purge, Store},
};

/// How long each kind of row is kept (`[privacy]`).
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// `privacy.keep_comments`.
    pub comments: Duration,
    /// `privacy.keep_waiting`.
    pub waiting: Duration,
    /// `privacy.keep_rejected`.
    pub rejected: Duration,
    /// `privacy.purge_withdrawn_after`.
    pub withdrawn: Duration,
    /// `privacy.keep_reports`.
    pub reports: Duration,
}

/// How long endorsements are kept that came after the letter was closed.
pub const KEEP_LATE: Duration = Duration::from_hours(7 * 24);
/// Who leaves is erased within a day; maintenance runs every hour.
const KEEP_LEFT: Duration = Duration::from_hours(22);
/// What was received is remembered a day longer than any signature is valid: one that is dated an hour ahead holds for two
/// hours and five minutes.
const KEEP_SEEN: Duration = Duration::from_hours(27);
/// Limit of actors in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 200;
/// How many row ids of people or inboxes are looked through in one transaction that forgets some.
const FORGOTTEN_AT_ONCE: i64 = 1000;

/// Does all periodic work that is due, in transactions of bounded size.
pub async fn maintain(
    store: &Store,
    context: &Context,
    surge: &Surge,
    keep: &Keep,
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut effects = blocks::finish(store, context, now).await?;
    // While the letter is paused nothing is accepted by itself; what came meanwhile waits for `letter open`.
    let again: &[WaitsFor] = match context.rules.policy.letter {
        LetterState::Open => &[WaitsFor::Age, WaitsFor::Limited, WaitsFor::Paused],
        LetterState::Closed => &[WaitsFor::Age, WaitsFor::Limited],
        LetterState::Draft | LetterState::Paused => &[],
    };
    for what in again {
        effects.queued |= judge_again(store, context, surge, *what, now).await?.queued;
    }
    effects.queued |= judge_held_by_removed_rules(store, context, now)
        .await?
        .queued;
    for (state, kept) in [(State::Pending, keep.waiting), (State::Late, KEEP_LATE)] {
        effects.queued |= let_go(store, context, state, now.minus(kept), now)
            .await?
            .queued;
    }
    let purge = Purge {
        comments: now.minus(keep.comments),
        left: now.minus(KEEP_LEFT),
        withdrawn: now.minus(keep.withdrawn),
        rejected: now.minus(keep.rejected),
        reports: now.minus(keep.reports),
        seen: now.minus(KEEP_SEEN),
        now,
    };
    let mut tx = store.write().await?;
    let mut touched = tx.purge(&purge).await?;
    Window::forget(&mut tx, now).await?;
    tx.commit().await?;
    touched += forget(store, &purge).await?;
    touched += forget_names(store, purge.left, now).await?;
    if touched > 0 {
        tracing::info!(rows = touched, "expired data purged");
    }
    Ok(effects)
}

/// Forgets the names that left the letter's file, the text of those that were removed long ago, and organisations that
/// were.
async fn forget_names(store: &Store, before: Millis, now: Millis) -> Result<u64> {
    let mut tx = store.write().await?;
    let mut forgotten = tx.forget_signatories(before, now).await?;
    forgotten += tx.forget_organisations().await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Forgets people and inboxes that nothing needs any more; returns how many people. They are looked for beside whoever
/// writes, and erased some at a time.
async fn forget(store: &Store, purge: &Purge) -> Result<u64> {
    let (mut forgotten, mut after) = (0, 0);
    loop {
        let mut reader = store.read().await?;
        let Some(first) = reader.first_to_forget(purge, after).await? else {
            break;
        };
        // Given back before somebody else's transaction is waited for.
        drop(reader);
        after = first.saturating_add(FORGOTTEN_AT_ONCE - 1);
        let mut tx = store.write().await?;
        forgotten += tx.forget_people(purge, first..=after).await?;
        tx.commit().await?;
    }
    after = 0;
    loop {
        let mut reader = store.read().await?;
        let Some(first) = reader.first_inbox_to_forget(after).await? else {
            break;
        };
        drop(reader);
        after = first.saturating_add(FORGOTTEN_AT_ONCE - 1);
        let mut tx = store.write().await?;
        tx.forget_inboxes(first..=after, purge.now).await?;
        tx.commit().await?;
    }
    // What waited for a forgotten inbox waits no more.
    let mut tx = store.write().await?;
    tx.blank_private_activities(purge.left).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Ends endorsements that have been in a state for too long.
async fn let_go(
    store: &Store,
    context: &Context,
    state: State,
    before: Millis,
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    loop {
        let mut tx = store.write().await?;
        let actors = tx.given_before(state, before, AT_ONCE).await?;
        if actors.is_empty() {
            return Ok(all);
        }
        let mut batch = Batch::of_actors(&mut tx, context, now, &actors).await?;
        batch.each(|shared, actor| {
            actor.end_all(now, Cause::Waited);
            shared.settle(actor, Cause::Waited, None);
        });
        all.queued |= batch.save(&mut tx).await?.queued;
        tx.commit().await?;
    }
}

/// The setting with the display settings that were applied last.
const SHOWN_BY: &str = "shown_by";

/// Derives every endorsement again when the display settings changed since the last start: what is on the page is
/// narrowed at once. Returns how many endorsements were derived.
pub async fn reapply_policy(store: &Store, context: &Context, now: Millis) -> Result<u64> {
    let policy = &context.rules.policy;
    let likes = policy.effective_like_display();
    let settings = format!("likes {likes}, replies {}", policy.reply_display);
    let before = store.read().await?.setting(SHOWN_BY).await?;
    if before.as_ref() == Some(&settings) {
        return Ok(0);
    }
    let (mut after, mut looked_at) = (0, 0);
    loop {
        let mut tx = store.write().await?;
        let rows = tx.endorsers_after(after, AT_ONCE).await?;
        let Some((last, _)) = rows.last().copied() else {
            tx.set_setting(SHOWN_BY, &settings).await?;
            tx.commit().await?;
            return Ok(looked_at);
        };
        let actors: Vec<i64> = rows.iter().map(|(_, actor_id)| *actor_id).collect();
        let mut batch = Batch::of_actors(&mut tx, context, now, &actors).await?;
        batch.each(|shared, actor| {
            shared.settle(actor, Cause::Settings, None);
            looked_at += 1;
        });
        batch.save(&mut tx).await?;
        tx.commit().await?;
        after = last;
    }
}
