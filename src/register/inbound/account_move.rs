//! Accounts that moved: whose the endorsement is, and who speaks for whom (F-213, `product.md` 2.4).
//!
//! After a Move that both accounts confirm, acts, statement and endorsement belong to the new account. The
//! old one goes on under the new one's name: what it likes, posts, edits and takes back is the new account's,
//! so that nobody is counted twice, and nobody who deletes an old reply is still shown with it. Only its own
//! end, its follow, its block and its document stay its own: the old account's Delete ends nothing.
//!
//! Not here: the reading of both accounts (`federation::look`).

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

/// How long after a Move the same account cannot move again.
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
    /// The old account is frozen: it does not move until somebody trusts its key.
    Frozen,
    /// One of the two is blocked: nobody gets out of a block by moving.
    Blocked,
}

/// Gives everything of `from` to the account whose document is `to`, after both confirmed the Move. Where both
/// endorse, one endorsement remains, with the older date; what an administrator decided about either holds.
pub async fn carry_over(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    from: &str,
    to: &NewActor,
) -> Result<(Moved, PendingDeliveries)> {
    let nothing = |it| Ok((it, PendingDeliveries::default()));
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
    if last.is_some_and(|it| now.since(it) < MOVES_EVERY) {
        return nothing(Moved::TooSoon);
    }
    let new = match tx.actors(&[Sha256::of(&to.url)]).await?.pop() {
        Some(known) if known.frozen_at.is_some() => return nothing(Moved::Frozen),
        Some(known) => known.id,
        None => {
            tx.save_actors(std::slice::from_ref(to)).await?;
            let saved = tx.actors(&[Sha256::of(&to.url)]).await?;
            match saved.first() {
                Some(it) => it.id,
                None => return nothing(Moved::Nothing),
            }
        }
    };
    tx.carry_acts(old.id, new).await?;
    let own = tx.endorsements_of(&[new]).await?.pop();
    if own.is_none() {
        tx.carry_endorsement(old.id, new).await?;
    }
    tx.save_move(old.id, new, &to.url, now).await?;
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
    let stood = |it: &&EndorsementRow| it.state != State::Withdrawn;
    let both = std::iter::once(&taken_along).chain(&own);
    if let Some(older) = both.filter(stood).map(|it| it.endorsed_at).min() {
        batch.keep_older_date(&to.url, older);
    }
    Ok((Moved::Done, batch.save(tx).await?))
}

/// The new accounts of those among `actors` who moved, without those who are among them.
pub(in crate::register) async fn successors(
    tx: &mut Tx,
    actors: &[ActorRow],
) -> Result<Vec<ActorRow>> {
    let here: HashSet<i64> = actors.iter().map(|it| it.id).collect();
    let wanted = actors.iter().filter_map(|it| it.successor_id);
    let missing: HashSet<i64> = wanted.filter(|it| !here.contains(it)).collect();
    let missing: Vec<i64> = missing.into_iter().collect();
    let mut found = tx.actors_by_id(&missing).await?;
    // Whoever left and was forgotten speaks for nobody.
    found.retain(|it| !it.url.is_empty());
    Ok(found)
}

impl Batch<'_> {
    /// Whose deed it is: the new account's, once the old one moved and does what endorses or takes back.
    pub(in crate::register) fn voice(&self, which: usize, deed: &InboundAction) -> usize {
        let Some(situation) = self.situations.get(which) else {
            return which;
        };
        // Who may have taken over the old account's server speaks for nobody.
        if situation.actor.frozen_at.is_some() {
            return which;
        }
        // Follows and boosts stay where they are.
        let is_its_own = |id: &str| {
            let hash = Sha256::of(id);
            let follow = situation.follower.as_ref();
            follow.is_some_and(|it| it.follow_hash.as_ref() == Some(&hash))
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
            // Reach and stamps stay where they are.
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
        let place = |id| self.situations.iter().position(|it| it.actor.id == id);
        successor.and_then(place).unwrap_or(which)
    }

    /// What the old account passed on before it moved is still its own, and goes with the post: by its Delete, or by
    /// an edit, after which the post is the new account's in whatever it says.
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

    /// What both accounts did counts once, from the earlier day; what was decided about the old one holds.
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
            .map(|it| (it.act.kind, it.object.clone(), it.act.at))
            .collect();
        left.end_all(now, Cause::Moved);
        let Some(kept) = self.situations.get_mut(new) else {
            return;
        };
        for (kind, object, at) in left_behind {
            let same = kept
                .acts
                .iter()
                .position(|it| it.act.kind == kind && it.object == object);
            if let Some(index) = same.filter(|_| matches!(kind, ActKind::Like | ActKind::Reaction))
            {
                kept.change_act(index, |it| it.act.at = it.act.at.min(at));
            }
        }
        kept.end_surplus(now);
        if let Some(row) = kept.endorsement.as_mut() {
            row.decision = row.decision.or(taken_along.decision);
            // What others hold is derived anew from the account that it belongs to.
            if taken_along.held_by.has(HideReason::Moderator) {
                row.held_by.set(HideReason::Moderator, true);
            }
            kept.endorsement_changed = true;
        }
    }

    /// The entry that tells of the Move itself; the state may be the same before and after.
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

    /// Of two endorsements that become one, the older date stays: with the act that decides.
    fn keep_older_date(&mut self, new: &str, older: Millis) {
        let Some(which) = self.find(new) else { return };
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let later = situation
            .endorsement
            .as_ref()
            .is_some_and(|it| older < it.endorsed_at);
        if let Some(index) = situation.deciding.filter(|_| later) {
            situation.change_act(index, |it| it.act.at = older);
            self.settle(which, Cause::Moved, None);
        }
    }
}
