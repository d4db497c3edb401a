//! What signing posts are answered with, and when that is taken back (`endorsing.acknowledge`).

use super::batch::Batch;
use crate::endorsement::{ActKind, ReviewState, State};

impl Batch<'_> {
    /// Sends what acknowledgements follow from the acts as they are now.
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
            .is_some_and(|it| matches!(it.state, State::Listed | State::Counted));
        // Only of what is only signing words, or approved (`endorsing.acknowledge`).
        let shown_or_none = |it: Option<ReviewState>| it.is_none_or(|it| it == ReviewState::Shown);
        let may_show = situation.endorsement.as_ref().is_some_and(|it| {
            shown_or_none(it.statement_state) && shown_or_none(it.declared_state)
        });
        for index in 0..situation.acts.len() {
            let Some(act) = situation.acts.get(index) else {
                continue;
            };
            let stands = act.act.endorses();
            match &act.acknowledged {
                Some(path) if !stands => {
                    let taken_back = mail.take_back(&situation.actor, &act.object, path);
                    // Who is blocked is told nothing, not even this.
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
