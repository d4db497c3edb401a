//! Saving a batch: one SQL statement per table, in the order in which rows refer to each other.

use std::collections::HashMap;

use super::batch::Batch;
use crate::{
    endorsement::ActKind,
    random::PublicId,
    register::{Error, Result},
    store::{EvidenceRow, HistoryRow, Tx},
};

impl Batch<'_> {
    pub(in crate::register) async fn save_acts(&mut self, tx: &mut Tx) -> Result<()> {
        let mut places = Vec::new();
        let mut acts = Vec::new();
        for (which, situation) in self.situations.iter().enumerate() {
            for index in &situation.changed_acts {
                if let Some(act) = situation.acts.get(*index) {
                    places.push((which, *index));
                    acts.push(act.clone());
                }
            }
        }
        let ids = tx.save_acts(&acts).await?;
        for ((which, index), id) in places.into_iter().zip(ids) {
            let situation = self.situations.get_mut(which);
            if let Some(act) = situation.and_then(|situation| situation.acts.get_mut(index)) {
                act.id = Some(id);
            }
        }
        let mut evidence: Vec<(i64, EvidenceRow)> = Vec::new();
        let mut comments = Vec::new();
        let mut ended = Vec::new();
        for situation in &mut self.situations {
            let act_id = |index: &usize| situation.acts.get(*index).and_then(|row| row.id);
            evidence.extend(
                situation
                    .evidence
                    .iter()
                    .filter_map(|(index, row)| Some((act_id(index)?, row.clone()))),
            );
            ended.extend(situation.ended_acts.iter().filter_map(act_id));
            for index in &situation.changed_acts {
                let Some(act) = situation.acts.get(*index) else {
                    continue;
                };
                if act.act.kind == ActKind::Comment && act.act.ended.is_none() {
                    let public_id = PublicId::random(self.context.chance.as_ref());
                    comments.extend(act.id.map(|id| (public_id.to_string(), id)));
                }
            }
        }
        tx.forget_evidence(&ended).await?;
        tx.save_evidence(&evidence).await?;
        tx.save_comments(&comments).await?;
        Ok(())
    }

    pub(in crate::register) async fn save_endorsements(&mut self, tx: &mut Tx) -> Result<()> {
        let mut rows = Vec::new();
        for situation in &mut self.situations {
            let act_id = situation
                .deciding
                .and_then(|index| situation.acts.get(index))
                .and_then(|row| row.id);
            let Some(row) = situation
                .endorsement
                .as_mut()
                .filter(|_| situation.endorsement_changed)
            else {
                continue;
            };
            row.act_id = act_id.or(row.act_id);
            rows.push(row.clone());
        }
        let ids = tx.save_endorsements(&rows).await?;
        let ids: HashMap<i64, i64> = rows.iter().map(|row| row.actor_id).zip(ids).collect();
        let mut history: Vec<HistoryRow> = Vec::new();
        for situation in &mut self.situations {
            let Some(id) = ids.get(&situation.actor.id) else {
                continue;
            };
            if let Some(row) = situation.endorsement.as_mut() {
                row.id = Some(*id);
            }
            for (entry, deciding) in &situation.history {
                let act = deciding
                    .and_then(|index| situation.acts.get(index))
                    .and_then(|row| row.id);
                history.push(HistoryRow {
                    endorsement_id: *id,
                    act_id: act.or(entry.act_id),
                    ..entry.clone()
                });
            }
        }
        Ok(tx.add_history(&history).await?)
    }

    pub(in crate::register) async fn save_followers(&mut self, tx: &mut Tx) -> Result<()> {
        let changed = || {
            self.situations
                .iter()
                .filter(|situation| situation.follower_changed)
        };
        let come: Vec<_> = changed()
            .filter(|situation| situation.follows)
            .filter_map(|situation| situation.follower.clone())
            .collect();
        let go: Vec<i64> = changed()
            .filter(|situation| !situation.follows)
            .map(|situation| situation.actor.id)
            .collect();
        tx.save_followers(&come).await?;
        tx.remove_followers(&go).await.map_err(Error::from)
    }
}
