//! Likes, emoji reactions and dislikes. An actor may react to one object with several emoji: each is an act of its own,
//! and all of them together carry one endorsement.

use super::{
    activity::InboundActivity,
    actor_state::ActorState,
    batch::Shared,
    judging::{fresh, put, rule_of},
    surge_limit::Surge,
};
use crate::{
    endorsement::{
        Act, ActKind, ActOutcome, Cause, MaxVisibility,
        judge::{Accepted, Audience, Candidate, CandidateKind, Verdict},
        reactions::reaction_object,
    },
    store::ActRow,
};

/// What a like or a reaction is about.
#[derive(Clone, Copy, Debug)]
struct Liking<'a> {
    /// The kind that it is judged as.
    kind: CandidateKind,
    /// The object of the act: what is liked, for a reaction with its emoji.
    object: &'a str,
    /// The path of what is liked.
    target: &'a str,
}

impl Shared<'_> {
    /// A like of the letter.
    pub(in crate::register) fn like(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        target: &str,
        surge: &Surge,
    ) {
        let liking = Liking {
            kind: CandidateKind::Like,
            object: target,
            target,
        };
        self.keep_like(actor, incoming, liking, surge);
    }

    /// A reaction to the letter: an endorsement if the emoji is in the allowed set, else nothing.
    pub(in crate::register) fn react(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        (target, emoji): (&str, &str),
        surge: &Surge,
    ) {
        let object = reaction_object(target, emoji);
        let liking = Liking {
            kind: CandidateKind::Reaction {
                allowed: object.is_some(),
            },
            object: object.as_deref().unwrap_or(target),
            target,
        };
        self.keep_like(actor, incoming, liking, surge);
    }

    /// One act for each actor and object; a repeated one is a new act, which may widen what is shown.
    fn keep_like(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        liking: Liking<'_>,
        surge: &Surge,
    ) {
        let candidate = Candidate {
            kind: liking.kind,
            audience: Audience::Public,
        };
        let (Verdict::Keep(kept), rule) =
            self.judge(actor, candidate, None, (incoming.at, incoming.at), surge)
        else {
            return;
        };
        let is_it = |row: &ActRow| row.act.kind == kept.kind && row.object == liking.object;
        let known = actor.acts.iter().position(is_it);
        if known.is_none() && actor.has_acts_enough() {
            return;
        }
        let standing = known.and_then(|index| actor.acts.get(index));
        let act = match standing.filter(|row| row.act.ended.is_none()) {
            Some(row) => repeated(&row.act, kept),
            None => fresh(kept, incoming.at, self.rules().revision),
        };
        let row = ActRow {
            id: None,
            actor_id: actor.row.id,
            act,
            object: liking.object.to_owned(),
            activity: incoming.activity.clone(),
            activity_hash: incoming.hash(),
            target: liking.target.to_owned(),
            text: None,
            warning: None,
            language: None,
            poll: false,
            edited_at: None,
            rule: rule_of(&act, rule.or(standing.and_then(|row| row.rule))),
            acknowledged: None,
            speaker: None,
            unvouched: false,
        };
        put(actor, known, row, incoming);
        self.settle(actor, Cause::Act, None);
    }

    /// A dislike counts nothing; it takes back what the same actor liked, because at Lemmy a new vote replaces the
    /// old one.
    pub(in crate::register) fn dislike(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        target: &str,
    ) {
        let places = actor.places(|row| {
            matches!(row.act.kind, ActKind::Like | ActKind::Reaction)
                && matches!(row.act.ended, None | Some((_, Cause::Decision)))
                && row.target == target
        });
        if places.is_empty() {
            return;
        }
        for index in places {
            let ended = actor.acts.get(index).map(|row| row.activity_hash.clone());
            self.note_undone(incoming, None, ended.as_ref());
            actor.end(index, self.now, Cause::Undo);
        }
        self.settle(actor, Cause::Undo, None);
    }
}

/// The act after a repeated like: it counts from its first day, and shows what is announced now. One that counts
/// already stays as it is where a new one would have to wait; one that came in time is never late.
fn repeated(before: &Act, kept: Accepted) -> Act {
    let counts = matches!(before.outcome, ActOutcome::Listed | ActOutcome::Counted);
    match kept.outcome {
        ActOutcome::Pending(_) | ActOutcome::Comment if counts => *before,
        ActOutcome::Late => *before,
        ActOutcome::Counted
            if kept.ceiling == MaxVisibility::Unread && before.ceiling > kept.ceiling =>
        {
            *before
        }
        ActOutcome::Listed | ActOutcome::Counted | ActOutcome::Pending(_) | ActOutcome::Comment => {
            fresh(kept, before.at, before.revision)
        }
    }
}
