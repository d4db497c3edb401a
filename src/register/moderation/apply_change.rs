//! Carrying a planned change out on one actor.

use super::{
    action::{ActionOrder, Showing},
    decision_reason::ReasonCode,
    planned_change::{PlannedChange, Step, demoted},
};
use crate::{
    clock::Millis,
    endorsement::{
        Account, ActKind, ActOutcome, Cause, MaxVisibility, ReviewState, State, WaitsFor,
        decide::Effect,
        hide_reason::{HideReason, HideReasons},
        judge::ceiling_after_reading,
    },
    register::inbound::{actor_state::ActorState, batch::Shared, showing::forget_words},
    store::{ActRow, Edits, EndorsementRow, UnsignedBy},
};

/// Applies an order to one actor. What was received before `unread_before` was restored from a backup.
pub(super) fn apply(
    shared: &mut Shared<'_>,
    actor: &mut ActorState,
    change: &PlannedChange,
    order: &ActionOrder,
    audit_id: i64,
    unread_before: Option<Millis>,
) {
    let (Some(step), now) = (&change.effect, shared.now) else {
        return;
    };
    match step {
        Step::Decided(Effect::Promote) => {
            return promote(shared, actor, change.comment, audit_id, unread_before);
        }
        Step::Decided(Effect::Leave) => return leave(shared, actor, audit_id),
        Step::Decided(effect) => decided(actor, *effect, order, now),
        Step::Statement(showing) => {
            if let Some(row) = &mut actor.endorsement {
                let state = |before: Option<ReviewState>| before.map(|_| showing.state());
                row.statement_state = state(row.statement_state);
                row.declared_state = state(row.declared_state);
            }
            if let Some(index) = actor.pledging() {
                actor.change_act(index, |row| {
                    if let Some(pledge) = &mut row.act.pledge {
                        pledge.review = showing.state();
                    }
                });
            }
        }
        Step::Name(showing) => {
            if let Some(row) = &mut actor.endorsement {
                row.name_state = showing.state();
                if *showing == Showing::Hide {
                    // Both would stand in its place.
                    row.edits.name = None;
                    if row.declared_name.is_some() {
                        row.declared_state = row.declared_state.map(|_| ReviewState::Hidden);
                    }
                }
            }
        }
        Step::Edited(edits) => edit(actor, edits),
    }
    if let Some(row) = &mut actor.endorsement {
        row.changed_at = now;
    }
    actor.endorsement_changed = true;
    shared.settle(actor, Cause::Decision, Some(audit_id));
}

/// Applies a decision about the whole endorsement.
fn decided(actor: &mut ActorState, effect: Effect, order: &ActionOrder, now: Millis) {
    let Some(row) = actor.endorsement.as_mut() else {
        return;
    };
    row.reason = order.reason.as_ref().map(|reason| match &reason.text {
        Some(text) => format!("{}: {text}", reason.code),
        None => reason.code.to_string(),
    });
    match effect {
        Effect::Grant => {
            (row.decision, row.reason) = (None, None);
            row.held_by.set(HideReason::Limit, false);
            // An administrator who named this endorsement has read its words.
            if order.named {
                show_words(row);
            }
            let waits = |row: &ActRow| {
                row.act.endorses()
                    && matches!(row.act.outcome, ActOutcome::Pending(_) | ActOutcome::Late)
            };
            actor.change_acts(waits, |row| row.act.outcome = ActOutcome::Listed);
        }
        Effect::End(state, sticks) => {
            if row.state == State::Withdrawn && row.decision.is_none() {
                // Whoever left is not kept longer because of a decision.
                forget_words(row);
            }
            (row.decision, row.held_by) = (Some(sticks), HideReasons::default());
            actor.ended_as = Some(state);
            actor.end_all(now, Cause::Decision);
        }
        Effect::Hold => row.held_by.set(HideReason::Moderator, true),
        Effect::Release => {
            row.held_by.set(HideReason::Moderator, false);
            row.reason = None;
        }
        Effect::Demote => {
            let index = actor
                .endorsement
                .as_ref()
                .and_then(|row| demoted(actor, row));
            if let Some(index) = index {
                actor.change_act(index, |row| {
                    row.act.kind = ActKind::Comment;
                    row.act.outcome = ActOutcome::Comment;
                    row.act.ceiling = MaxVisibility::Counted;
                });
                actor.unsigned_acts.insert(index, UnsignedBy::Moderator);
                // As after a Delete: the standing likes count without the name.
                actor.change_acts(
                    |row| row.act.endorses() && !row.act.is_post(),
                    |row| row.act.ceiling = MaxVisibility::Counted,
                );
            }
        }
        // These do not begin with an endorsement, or do not end with one.
        Effect::Promote | Effect::Leave => (),
    }
}

/// Shows the words that wait.
fn show_words(row: &mut EndorsementRow) {
    for showing in [&mut row.statement_state, &mut row.declared_state] {
        if *showing == Some(ReviewState::Pending) {
            *showing = Some(ReviewState::Shown);
        }
    }
}

/// Makes a signature of a comment: a moderator read it. The comment was added to the actor's acts before. One that was
/// restored from a backup may be deleted since, so it is shown once it was read again.
fn promote(
    shared: &mut Shared<'_>,
    actor: &mut ActorState,
    comment: Option<i64>,
    audit_id: i64,
    unread_before: Option<Millis>,
) {
    let endorser = actor.endorser(shared.rules(), None, shared.now);
    let ceiling = ceiling_after_reading(&shared.rules().policy, &endorser, ActKind::Reply);
    let is_it = |row: &ActRow| row.act.kind == ActKind::Comment && row.id == comment;
    let Some(index) = actor.standing(is_it) else {
        return;
    };
    actor.change_act(index, |row| {
        row.act.kind = ActKind::Reply;
        row.act.outcome = ActOutcome::Listed;
        row.act.ceiling = match unread_before {
            Some(restored_at) if row.act.at < restored_at => ceiling.min(MaxVisibility::Restored),
            Some(_) | None => ceiling,
        };
    });
    if let Some(row) = &mut actor.endorsement {
        (row.decision, row.reason) = (None, None);
        row.held_by.set(HideReason::Limit, false);
    }
    shared.settle(actor, Cause::Decision, Some(audit_id));
    if let Some(row) = &mut actor.endorsement {
        row.edits.promoted_act = comment;
        show_words(row);
    }
    shared.settle(actor, Cause::Decision, Some(audit_id));
}

/// Ends everything of an actor who asked for it, as if it had withdrawn.
fn leave(shared: &mut Shared<'_>, actor: &mut ActorState, audit_id: i64) {
    if let Some(row) = &mut actor.endorsement {
        (row.decision, row.held_by) = (None, HideReasons::default());
        row.reason = Some(ReasonCode::Request.to_string());
        row.changed_at = shared.now;
        forget_words(row);
    }
    actor.ended_as = Some(State::Withdrawn);
    actor.endorsement_changed = true;
    shared.leave(actor, Cause::Withdrew);
    for (entry, _) in &mut actor.history {
        entry.audit_id = Some(audit_id);
    }
}

/// Puts a moderator's words in the place of the endorser's.
fn edit(actor: &mut ActorState, edits: &Edits) {
    let Some(row) = actor.endorsement.as_mut() else {
        return;
    };
    row.edits = edits.clone();
    // Whoever says what an account is has looked at it.
    let is_organisation = actor.account() == Account::Organisation;
    if let Some(row) = &mut actor.endorsement {
        row.organisation = is_organisation;
    }
    if !is_organisation {
        actor.change_acts(
            |row| {
                row.act.endorses() && row.act.outcome == ActOutcome::Pending(WaitsFor::Organisation)
            },
            |row| row.act.outcome = ActOutcome::Listed,
        );
    }
}
