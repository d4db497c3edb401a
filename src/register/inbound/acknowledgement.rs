//! Acknowledgements of signing posts, and their removal (`endorsing.acknowledge`).

use super::batch::Batch;
use crate::endorsement::{ActKind, ReviewState, State};

impl Batch<'_> {
    /// Queues a new acknowledgement, or the removal of an old one, as the actor's acts now require.
    pub(in crate::register) fn acknowledge(&mut self, which: usize) {
        let mail = self.mail();
        let (how, language) = (
            self.rules().policy.acknowledge,
            self.rules().language.as_str(),
        );
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let counts = situation
            .endorsement
            .as_ref()
            .is_some_and(|endorsement| matches!(endorsement.state, State::Listed | State::Counted));
        // A post with words that are not approved is not acknowledged.
        let shown_or_none =
            |state: Option<ReviewState>| state.is_none_or(|state| state == ReviewState::Shown);
        let may_show = situation.endorsement.as_ref().is_some_and(|endorsement| {
            shown_or_none(endorsement.statement_state) && shown_or_none(endorsement.declared_state)
        });
        for index in 0..situation.acts.len() {
            let Some(act) = situation.acts.get(index) else {
                continue;
            };
            let stands = act.act.endorses();
            match &act.acknowledged {
                Some(path) if !stands => {
                    let taken_back = mail.take_back(&situation.actor, &act.object, path);
                    // Nothing is sent to a blocked actor, not even the removal.
                    self.mail
                        .extend(taken_back.filter(|_| !situation.is_blocked()));
                    situation.change_act(index, |row| row.acknowledged = None);
                }
                None if stands
                    && counts
                    && may_show
                    && situation.deciding == Some(index)
                    && matches!(act.act.kind, ActKind::Reply | ActKind::Mention) =>
                {
                    let sent = mail.acknowledge(how, &situation.actor, &act.object, language);
                    if let Some((path, activity)) = sent {
                        self.mail.push(activity);
                        situation.change_act(index, |row| row.acknowledged = Some(path));
                    }
                }
                Some(_) | None => (),
            }
        }
    }
}
