//! Moved accounts: the new account takes over the endorsement, and the old one acts in its name.
//!
//! After a Move that both accounts confirm, acts, statement and endorsement belong to the new account. From then on
//! the likes, posts, edits and removals of the old account count as the new account's, so that nobody is counted
//! twice, and nobody who deletes an old reply is still shown with it. The old account keeps only its follow, its
//! block, its document and its end: the Delete of the old account ends nothing.
//!
//! Not here: the reading of both accounts (`federation::dereference_jobs`).

use std::time::Duration;

use super::{
    activity::{ActionFacts, Speaker, TakesBack},
    actor_state::ActorState,
    batch::{Batch, Shared},
    boost_state::Passed,
    documents::stands_under,
    quotes::TellAuthor,
};
use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause, State, hide_reason::HideReason},
    hash::Sha256,
    register::{
        error::Result,
        maintenance::links,
        pending_deliveries::PendingDeliveries,
        rules::{self, Context},
    },
    store::{ActRow, EndorsementRow, HistoryRow, NewActor, Topic, Tx},
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
    let blocks = rules::in_force(tx, context).await?;
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
            let mut to = to.clone();
            to.keys.retain(|(key_id, _)| stands_under(key_id, &to.url));
            tx.save_actors(std::slice::from_ref(&to)).await?;
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
        // Only a look at the new account tells whom it is linked with.
        let carried: Vec<i64> = taken_along.id.into_iter().collect();
        if tx.end_links(&carried).await? > 0 {
            tx.add_jobs(&[links::look(&to.url, now)]).await?;
        }
    }
    tx.carry_claims(old.id, new).await?;
    tx.save_move(old.id, new, now).await?;
    tx.changed(&[Topic::Register]).await?;
    let mut batch = Batch::of_actors(tx, context, now, &[old.id, new]).await?;
    let mut left_behind = Vec::new();
    if let Some((from, shared)) = batch.actor(&old.url) {
        let acts = from.acts.iter();
        left_behind = acts
            .map(|row| (row.act.kind, row.object.clone(), row.act.at))
            .collect();
        from.note(|row| row.subscribed_at = None);
        from.end_all(now, Cause::Moved);
        shared.settle(from, Cause::Moved, None);
    }
    if let Some((into, shared)) = batch.actor(&to.url) {
        // It is the same person, who was acknowledged once and goes on being named or not.
        into.note(|row| {
            row.acknowledged_at = row.acknowledged_at.or(old.acknowledged_at);
            row.unnamed_at = row.unnamed_at.or(old.unnamed_at);
            row.subscribed_at = row.subscribed_at.or(old.subscribed_at);
            row.name_off_at = row.name_off_at.or(old.name_off_at);
        });
        merge(into, now, &left_behind, &taken_along);
        if let Some(entry) = moved_entry(into, now) {
            tx.add_history(&[entry]).await?;
        }
        shared.settle(into, Cause::Moved, None);
        let stood = |row: &&EndorsementRow| row.state != State::Withdrawn;
        let both = std::iter::once(&taken_along).chain(&own);
        if let Some(older) = both.filter(stood).map(|row| row.endorsed_at).min()
            && keep_older_date(into, older)
        {
            shared.settle(into, Cause::Moved, None);
        }
    }
    Ok((Moved::Done, batch.save(tx).await?))
}

/// Merges what the old account left behind: what both accounts did counts once, from the earlier day. A moderator's
/// decision about the old account stays in force.
fn merge(
    into: &mut ActorState,
    now: Millis,
    left_behind: &[(ActKind, String, Millis)],
    taken_along: &EndorsementRow,
) {
    for (kind, object, at) in left_behind {
        let is_same = |row: &ActRow| row.act.kind == *kind && row.object == *object;
        let same = into.acts.iter().position(is_same);
        if let Some(index) = same.filter(|_| matches!(kind, ActKind::Like | ActKind::Reaction)) {
            into.change_act(index, |row| row.act.at = row.act.at.min(*at));
        }
    }
    into.end_surplus(None, now, Cause::Moved);
    if let Some(row) = into.endorsement.as_mut() {
        row.decision = row.decision.or(taken_along.decision);
        // The other reasons to hide it are derived anew from the new account.
        if taken_along.held_by.has(HideReason::Moderator) {
            row.held_by.set(HideReason::Moderator, true);
        }
        into.endorsement_changed = true;
    }
}

/// The history entry of the Move itself; the state may be the same before and after.
fn moved_entry(into: &ActorState, now: Millis) -> Option<HistoryRow> {
    let row = into.endorsement.as_ref()?;
    Some(HistoryRow {
        endorsement_id: row.id?,
        at: now,
        was: Some(row.state),
        now: row.state,
        act_id: row.act_id,
        revision: row.revision,
        cause: Cause::Moved,
        audit_id: None,
        left_out: 0,
    })
}

/// Keeps the older date of two merged endorsements, in the act that decides; returns whether that changed anything.
fn keep_older_date(into: &mut ActorState, older: Millis) -> bool {
    let endorsement = into.endorsement.as_ref();
    // The order of a signature without a name and the others says what is shown.
    let later = !into.is_nameless() && endorsement.is_some_and(|row| older < row.endorsed_at);
    let Some(index) = into.deciding.filter(|_| later) else {
        return false;
    };
    into.change_act(index, |row| row.act.at = older);
    true
}

impl Shared<'_> {
    /// The row id of the new account that an action of `sender` counts for, if its account moved and the action endorses
    /// or takes back.
    pub(in crate::register) fn speaks_for(
        &self,
        sender: &ActorState,
        facts: &ActionFacts<'_>,
    ) -> Option<i64> {
        let is_own = |id: &str| {
            let follow = sender.follower.as_ref();
            follow.is_some_and(|follower| follower.follow_id.as_deref() == Some(id))
                || self
                    .boosts
                    .boost_of(sender.row.id, &Sha256::of(id))
                    .is_some()
        };
        let speaks = match facts.speaker {
            Speaker::Sender => false,
            Speaker::NewAccount => true,
            Speaker::NewAccountUnlessOwn(id) => !is_own(id),
        };
        // A frozen account may have been taken over: it does not act for the new one.
        let may_speak = speaks && sender.row.frozen_at.is_none();
        sender.row.successor_id.filter(|_| may_speak)
    }

    /// Ends the old account's own quote in a post when the post is deleted or edited: it dates from before the Move,
    /// and after an edit the post is the new account's. A Delete revokes the quote authorization as well.
    pub(in crate::register) fn let_go_of_own(&mut self, old: &ActorState, facts: &ActionFacts<'_>) {
        let Some(post) = facts.post else { return };
        self.boosts.remove(old.row.id, &Passed::quote(post));
        if facts.takes_back == TakesBack::Always {
            self.revoke(old, Some(post), TellAuthor::Yes);
        }
    }
}
