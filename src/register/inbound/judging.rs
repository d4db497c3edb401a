//! Judging an act by the rules in force, and storing it.

use super::{
    activity::InboundActivity,
    actor_state::ActorState,
    batch::Shared,
    surge_limit::{Surge, SurgeSource},
};
use crate::{
    clock::Millis,
    endorsement::{
        Act, ActOutcome, WaitsFor,
        judge::{Accepted, Candidate, Verdict, judge},
        wording::WrittenPost,
    },
    store::ActRow,
};

impl Shared<'_> {
    /// Judges an act by the rules in force; a new endorsement is counted against the surge limits. Returns also the number
    /// of the rule that holds it, if one does.
    ///
    /// Whatever holds the actor holds this act, too: otherwise a second act would let in whom the first one did not. It came
    /// `at`, and was `said` before.
    pub(in crate::register) fn judge(
        &mut self,
        actor: &ActorState,
        candidate: Candidate,
        written: Option<WrittenPost<'_>>,
        (at, said): (Millis, Millis),
        surge: &Surge,
    ) -> (Verdict, Option<i64>) {
        let (rules, now) = (self.rules(), self.now);
        let policy = actor.policy(&rules.policy);
        let caught = actor.caught(rules, written);
        let caught = caught.map(|number| (WaitsFor::Rule, Some(number)));
        let (held, rule) = caught.or_else(|| actor.held(None)).unzip();
        let judged = |held| {
            let endorser = actor.endorser(rules, held, now);
            judge(&policy, &endorser, actor.sticks(), candidate, at)
        };
        let verdict = judged(held);
        if counts(verdict) && self.is_over_limit(actor, said, surge) {
            return (judged(Some(WaitsFor::Surge)), None);
        }
        (verdict, rule.flatten())
    }

    /// Counts a new endorsement against the surge limits. Returns true when it has to wait; who endorses already, and who
    /// is of a trusted server, never has to. `said`: when it was said.
    pub(in crate::register) fn is_over_limit(
        &mut self,
        actor: &ActorState,
        said: Millis,
        surge: &Surge,
    ) -> bool {
        let source = SurgeSource::of(&actor.row.url, &actor.row.domain, said, self.now);
        !actor.has_one_that_counts()
            && !self.rules().trusted.has_host_of(&actor.row.url)
            && surge.count(&mut self.window, &source)
    }
}

/// Whether an act with this verdict is in the public totals at once.
pub(in crate::register) const fn counts(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Keep(Accepted {
            outcome: ActOutcome::Listed | ActOutcome::Counted,
            ..
        })
    )
}

/// The number of the rule that holds an act, when it waits for one.
pub(in crate::register) fn rule_of(act: &Act, rule: Option<i64>) -> Option<i64> {
    rule.filter(|_| act.outcome == ActOutcome::Pending(WaitsFor::Rule))
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
        pledge: None,
    }
}
