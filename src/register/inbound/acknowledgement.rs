//! Acknowledgements of signing posts, and their removal (`endorsing.acknowledge`).

use super::actor_state::ActorState;
use crate::{
    endorsement::{ActKind, ReviewState, State, policy::Acknowledge},
    register::outgoing::ActivityBuilder,
    store::NewActivity,
};

/// A new acknowledgement, or the removal of an old one, as the actor's acts now require.
pub(in crate::register) fn acknowledge(
    actor: &mut ActorState,
    builder: &ActivityBuilder<'_>,
    how: Acknowledge,
    language: &str,
) -> Vec<NewActivity> {
    let endorsement = actor.endorsement.as_ref();
    let counts = endorsement.is_some_and(|row| matches!(row.state, State::Listed | State::Counted));
    // A post with words that are not approved is not acknowledged.
    let shown_or_none =
        |state: Option<ReviewState>| state.is_none_or(|state| state == ReviewState::Shown);
    let may_show = endorsement
        .is_some_and(|row| shown_or_none(row.statement_state) && shown_or_none(row.declared_state));
    let mut activities = Vec::new();
    for index in 0..actor.acts.len() {
        let Some(act) = actor.acts.get(index) else {
            continue;
        };
        let stands = act.act.endorses();
        match &act.acknowledged {
            Some(path) if !stands => {
                let taken_back = builder.take_back(&actor.row, &act.object, path);
                // Nothing is sent to a blocked actor, not even the removal.
                activities.extend(taken_back.filter(|_| !actor.is_blocked()));
                actor.change_act(index, |row| row.acknowledged = None);
            }
            None if stands
                && counts
                && may_show
                && actor.deciding == Some(index)
                && matches!(act.act.kind, ActKind::Reply | ActKind::Mention) =>
            {
                let sent = builder.acknowledge(how, &actor.row, &act.object, language);
                if let Some((path, activity)) = sent {
                    activities.push(activity);
                    actor.change_act(index, |row| row.acknowledged = Some(path));
                }
            }
            Some(_) | None => (),
        }
    }
    activities
}
