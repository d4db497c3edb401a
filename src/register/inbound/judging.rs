//! Judging an act by the rules in force, and storing it.

use super::{
    activity::InboundActivity, actor_state::ActorState, batch::Shared, surge_limit::Surge,
};
use crate::{
    clock::Millis,
    endorsement::{
        Act, ActOutcome, State,
        judge::{Accepted, Candidate, Verdict, judge},
    },
    store::ActRow,
};

impl Shared<'_> {
    /// Judges an act by the rules in force; a new endorsement is counted against the surge limits.
    pub(in crate::register) fn judge(
        &mut self,
        actor: &ActorState,
        candidate: Candidate,
        at: Millis,
        surge: &Surge,
    ) -> Verdict {
        let (rules, now) = (self.rules(), self.now);
        let judged = |surging| {
            let endorser = actor.endorser(rules, surging, now);
            judge(&rules.policy, &endorser, actor.sticks(), candidate, at)
        };
        let verdict = judged(false);
        let Verdict::Keep(Accepted {
            outcome: ActOutcome::Listed | ActOutcome::Counted,
            ..
        }) = verdict
        else {
            return verdict;
        };
        let endorsement = actor.endorsement.as_ref();
        let endorses = endorsement.is_some_and(|row| row.state != State::Withdrawn);
        if endorses || !surge.count(&mut self.window, &actor.domain()) {
            return verdict;
        }
        judged(true)
    }
}

/// Stores an act, in place of the known one if there is one, with the request behind it. Returns its index.
pub(in crate::register) fn put(
    actor: &mut ActorState,
    known: Option<usize>,
    row: ActRow,
    incoming: &InboundActivity,
) -> usize {
    let index = match known {
        Some(index) => {
            actor.change_act(index, |before| {
                *before = ActRow {
                    id: before.id,
                    acknowledged: before.acknowledged.take(),
                    ..row
                };
            });
            actor.ended_acts.remove(&index);
            index
        }
        None => actor.add_act(row),
    };
    actor.evidence.insert(index, incoming.evidence.clone());
    index
}

/// A new act, as it was judged.
pub(in crate::register) fn fresh(kept: Accepted, at: Millis, revision: i64) -> Act {
    Act {
        kind: kept.kind,
        at,
        revision,
        visibility: kept.visibility,
        ceiling: kept.ceiling,
        outcome: kept.outcome,
        ended: None,
    }
}
