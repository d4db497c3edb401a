//! Moved accounts: the new account takes over the endorsement, and the old one acts in its name.
//!
//! After a Move that both accounts confirm, acts, statement and endorsement belong to the new account. From then on
//! the likes, posts, edits and removals of the old account count as the new account's, so that nobody is counted
//! twice, and nobody who deletes an old reply is still shown with it. The old account keeps only its follow, its
//! block, its document and its end: the Delete of the old account ends nothing.
//!
//! Not here: the reading of both accounts (`federation::dereference_jobs`).

use std::{collections::HashSet, time::Duration};

use super::{
    batch::{Batch, Context},
    boosts::Passed,
    quotes::TellAuthor,
};
use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause, State, hide_reason::HideReason},
    hash::Sha256,
    register::{InboundAction, PendingDeliveries, Result, Undo, moderation::blocks},
    store::{ActorRow, EndorsementRow, HistoryRow, NewActor, Topic, Tx},
};

/// The minimum time between two Moves of one account.
pub const MOVES_EVERY: Duration = Duration::from_hours(7 * 24);

/// What became of a Move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The endorsement, or what there was, belongs to the new account.
    Done,
    /// The old account is not known, or has nothing here to take along.
    Nothing,
    /// The old account moved less than [`MOVES_EVERY`] ago.
    TooSoon,
    /// One of the two is frozen: it does not move until an administrator trusts its key.
    Frozen,
    /// One of the two is blocked: nobody gets out of a block by moving.
    Blocked,
}

/// Transfers everything of `from` to the account whose document is `to`, after both confirmed the Move. Where both
/// endorse, one endorsement remains, with the older date; an administrator's decision about either stays in force.
pub async fn carry_over(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    from: &str,
    to: &NewActor,
) -> Result<(Moved, PendingDeliveries)> {
    let nothing = |moved| Ok((moved, PendingDeliveries::default()));
    let blocks = blocks::in_force(tx, context).await?;
    if blocks.blocks_actor(from) || blocks.blocks_actor(&to.url) {
        return nothing(Moved::Blocked);
    }
    let Some(old) = tx.actors(&[Sha256::of(from)]).await?.pop() else {
        return nothing(Moved::Nothing);
    };
    let Some(taken_along) = tx.endorsements_of(&[old.id]).await?.pop() else {
        return nothing(Moved::Nothing);
    };
    if old.frozen_at.is_some() {
        return nothing(Moved::Frozen);
    }
    let last = tx.moved_at(old.id).await?;
    if last.is_some_and(|moved_at| now.since(moved_at) < MOVES_EVERY) {
        return nothing(Moved::TooSoon);
    }
    let new = match tx.actors(&[Sha256::of(&to.url)]).await?.pop() {
        Some(known) if known.frozen_at.is_some() => return nothing(Moved::Frozen),
        Some(known) => known.id,
        None => {
            tx.save_actors(std::slice::from_ref(to)).await?;
            let saved = tx.actors(&[Sha256::of(&to.url)]).await?;
            match saved.first() {
                Some(row) => row.id,
                None => return nothing(Moved::Nothing),
            }
        }
    };
    tx.carry_acts(old.id, new).await?;
    let own = tx.endorsements_of(&[new]).await?.pop();
    if own.is_none() {
        tx.carry_endorsement(old.id, new).await?;
    }
    tx.save_move(old.id, new, now).await?;
    tx.changed(&[Topic::Register]).await?;
    let mut batch = Batch::of_actors(tx, context, now, &[old.id, new]).await?;
    batch.merge(&old.url, &to.url, &taken_along);
    if let Some(entry) = batch.moved_entry(&to.url) {
        tx.add_history(&[entry]).await?;
    }
    for url in [old.url.as_str(), to.url.as_str()] {
        if let Some(which) = batch.find(url) {
            batch.settle(which, Cause::Moved, None);
        }
    }
    let stood = |row: &&EndorsementRow| row.state != State::Withdrawn;
    let both = std::iter::once(&taken_along).chain(&own);
    if let Some(older) = both.filter(stood).map(|row| row.endorsed_at).min() {
        batch.keep_older_date(&to.url, older);
    }
    Ok((Moved::Done, batch.save(tx).await?))
}

/// The new accounts of those `actors` that moved, except those that are among `actors` already.
pub(in crate::register) async fn successors(
    tx: &mut Tx,
    actors: &[ActorRow],
) -> Result<Vec<ActorRow>> {
    let here: HashSet<i64> = actors.iter().map(|actor| actor.id).collect();
    let wanted = actors.iter().filter_map(|actor| actor.successor_id);
    let missing: HashSet<i64> = wanted.filter(|id| !here.contains(id)).collect();
    let missing: Vec<i64> = missing.into_iter().collect();
    let mut found = tx.actors_by_id(&missing).await?;
    // An erased account is nobody's successor.
    found.retain(|actor| !actor.url.is_empty());
    Ok(found)
}

impl Batch<'_> {
    /// The index of the actor that a deed counts for: the new account, when the old one moved and the deed endorses
    /// or takes back.
    pub(in crate::register) fn voice(&self, which: usize, deed: &InboundAction) -> usize {
        let Some(situation) = self.situations.get(which) else {
            return which;
        };
        // A frozen account may have been taken over: it does not act for the new one.
        if situation.actor.frozen_at.is_some() {
            return which;
        }
        // Follows and boosts stay with the old account.
        let is_its_own = |id: &str| {
            let hash = Sha256::of(id);
            let follow = situation.follower.as_ref();
            follow.is_some_and(|follower| follower.follow_hash.as_ref() == Some(&hash))
                || self.boost_of(situation.actor.id, &hash).is_some()
        };
        let spoken = match deed {
            InboundAction::Like { .. }
            | InboundAction::React { .. }
            | InboundAction::Dislike { .. }
            | InboundAction::Post(_)
            | InboundAction::Unhung { .. }
            | InboundAction::Delete { .. }
            | InboundAction::Undo(Undo::Like { .. } | Undo::React { .. }) => true,
            InboundAction::Undo(Undo::Activity(id)) => !is_its_own(id),
            InboundAction::Follow { .. }
            | InboundAction::FollowInstance { .. }
            // Boosts and quote authorizations stay with the old account.
            | InboundAction::Boost { .. }
            | InboundAction::AskToQuote(_)
            | InboundAction::Report(_)
            | InboundAction::Undo(Undo::Follow(_) | Undo::Boost { .. })
            | InboundAction::ActorChanged
            | InboundAction::ActorDeleted
            | InboundAction::Blocked
            | InboundAction::LookUp(_)
            | InboundAction::SourceGone { .. }
            | InboundAction::ActorGone
            | InboundAction::Nothing => false,
        };
        let successor = situation.actor.successor_id.filter(|_| spoken);
        let place = |id| {
            self.situations
                .iter()
                .position(|situation| situation.actor.id == id)
        };
        successor.and_then(place).unwrap_or(which)
    }

    /// Ends the old account's own quote in a post when the post is deleted or edited: it dates from before the Move,
    /// and after an edit the post is the new account's. A Delete revokes the quote authorization as well.
    pub(in crate::register) fn let_go_of_own(&mut self, old: usize, deed: &InboundAction) {
        let (post, is_gone) = match deed {
            InboundAction::Delete { object: post } | InboundAction::Unhung { post, .. } => {
                (post, true)
            }
            InboundAction::Post(post) => (&post.id, false),
            InboundAction::Like { .. }
            | InboundAction::React { .. }
            | InboundAction::Dislike { .. }
            | InboundAction::Follow { .. }
            | InboundAction::FollowInstance { .. }
            | InboundAction::Boost { .. }
            | InboundAction::AskToQuote(_)
            | InboundAction::Report(_)
            | InboundAction::Undo(_)
            | InboundAction::ActorChanged
            | InboundAction::ActorDeleted
            | InboundAction::Blocked
            | InboundAction::LookUp(_)
            | InboundAction::SourceGone { .. }
            | InboundAction::ActorGone
            | InboundAction::Nothing => return,
        };
        self.unreach(old, &Passed::quote(post));
        if is_gone {
            self.revoke(old, Some(post), TellAuthor::Yes);
        }
    }

    /// Merges the acts: what both accounts did counts once, from the earlier day. A moderator's decision about the
    /// old account stays in force.
    fn merge(&mut self, old: &str, new: &str, taken_along: &EndorsementRow) {
        let (Some(old), Some(new)) = (self.find(old), self.find(new)) else {
            return;
        };
        let now = self.now;
        let Some(left) = self.situations.get_mut(old) else {
            return;
        };
        let left_behind: Vec<_> = left
            .acts
            .iter()
            .map(|row| (row.act.kind, row.object.clone(), row.act.at))
            .collect();
        left.end_all(now, Cause::Moved);
        let Some(kept) = self.situations.get_mut(new) else {
            return;
        };
        for (kind, object, at) in left_behind {
            let same = kept
                .acts
                .iter()
                .position(|row| row.act.kind == kind && row.object == object);
            if let Some(index) = same.filter(|_| matches!(kind, ActKind::Like | ActKind::Reaction))
            {
                kept.change_act(index, |row| row.act.at = row.act.at.min(at));
            }
        }
        kept.end_surplus(now);
        if let Some(row) = kept.endorsement.as_mut() {
            row.decision = row.decision.or(taken_along.decision);
            // The other reasons to hide it are derived anew from the new account.
            if taken_along.held_by.has(HideReason::Moderator) {
                row.held_by.set(HideReason::Moderator, true);
            }
            kept.endorsement_changed = true;
        }
    }

    /// The history entry of the Move itself; the state may be the same before and after.
    fn moved_entry(&self, new: &str) -> Option<HistoryRow> {
        let row = self.situations.get(self.find(new)?)?.endorsement.as_ref()?;
        Some(HistoryRow {
            endorsement_id: row.id?,
            at: self.now,
            was: Some(row.state),
            now: row.state,
            act_id: row.act_id,
            revision: row.revision,
            cause: Cause::Moved,
            audit_id: None,
            left_out: 0,
        })
    }

    /// Keeps the older date of two merged endorsements, in the act that decides.
    fn keep_older_date(&mut self, new: &str, older: Millis) {
        let Some(which) = self.find(new) else { return };
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let later = situation
            .endorsement
            .as_ref()
            .is_some_and(|endorsement| older < endorsement.endorsed_at);
        if let Some(index) = situation.deciding.filter(|_| later) {
            situation.change_act(index, |row| row.act.at = older);
            self.settle(which, Cause::Moved, None);
        }
    }
}
