//! Saving the actors of a batch: one SQL statement per table, in the order in which rows refer to each other.

use std::collections::HashMap;

use super::actor_state::ActorState;
use crate::{
    clock::Millis,
    endorsement::{ActKind, State},
    random::{PublicId, Random},
    register::error::Result,
    store::{HistoryRow, Tx, UnsignedBy},
};

/// Saves the changed acts, with their evidence; `random` makes the public ids of new comments.
pub(in crate::register) async fn save_acts(
    tx: &mut Tx,
    actors: &mut [ActorState],
    random: &dyn Random,
    now: Millis,
) -> Result<()> {
    let changed = actors.iter().flat_map(|actor| {
        actor
            .changed_acts
            .iter()
            .filter_map(|index| actor.acts.get(*index))
    });
    let acts: Vec<_> = changed.cloned().collect();
    let mut ids = tx.save_acts(&acts).await?.into_iter();
    let (mut evidence, mut comments, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    let mut unsigned: HashMap<UnsignedBy, Vec<i64>> = HashMap::new();
    for actor in actors {
        for index in &actor.changed_acts {
            let Some(act) = actor.acts.get_mut(*index) else {
                continue;
            };
            act.id = ids.next();
            if act.act.kind == ActKind::Comment && act.act.ended.is_none() {
                let public_id = PublicId::random(random);
                comments.extend(act.id.map(|id| (public_id.to_string(), id)));
            }
        }
        let act_id = |index: &usize| actor.acts.get(*index).and_then(|row| row.id);
        let requests = actor.evidence.iter();
        evidence.extend(requests.filter_map(|(index, row)| Some((act_id(index)?, row.clone()))));
        ended.extend(actor.ended_acts.iter().filter_map(act_id));
        for (index, by) in &actor.unsigned_acts {
            unsigned.entry(*by).or_default().extend(act_id(index));
        }
    }
    for (by, ids) in unsigned {
        tx.unsign(&ids, by, now).await?;
    }
    tx.forget_evidence(&ended).await?;
    tx.save_evidence(&evidence).await?;
    tx.save_comments(&comments).await?;
    Ok(())
}

/// Saves the changed endorsements, with their histories. The acts that decide have been saved before. What ended is one
/// person's with no other entry, and nothing says who signed without a name.
pub(in crate::register) async fn save_endorsements(
    tx: &mut Tx,
    actors: &mut [ActorState],
) -> Result<()> {
    let mut rows = Vec::new();
    for actor in actors.iter_mut().filter(|actor| actor.endorsement_changed) {
        let act_id = actor.deciding.and_then(|index| actor.acts.get(index)?.id);
        if let Some(row) = actor.endorsement.as_mut() {
            row.act_id = act_id.or(row.act_id);
            rows.push(row.clone());
        }
    }
    let ids = tx.save_endorsements(&rows).await?;
    let ended = rows.iter().zip(&ids).filter(|(row, _)| {
        let has_ended = matches!(
            row.state,
            State::Withdrawn | State::Rejected | State::Invalid
        );
        has_ended || row.kind == ActKind::Direct
    });
    let ended: Vec<i64> = ended.map(|(_, id)| *id).collect();
    tx.end_links(&ended).await?;
    let ids: HashMap<i64, i64> = rows.iter().map(|row| row.actor_id).zip(ids).collect();
    let mut history: Vec<HistoryRow> = Vec::new();
    for actor in actors {
        let Some(id) = ids.get(&actor.row.id) else {
            continue;
        };
        if let Some(row) = actor.endorsement.as_mut() {
            row.id = Some(*id);
        }
        for (entry, deciding) in &actor.history {
            let act_id = deciding.and_then(|index| actor.acts.get(index)?.id);
            history.push(HistoryRow {
                endorsement_id: *id,
                act_id: act_id.or(entry.act_id),
                ..entry.clone()
            });
        }
    }
    Ok(tx.add_history(&history).await?)
}

/// Saves who follows from now on, and who no longer does.
pub(in crate::register) async fn save_followers(tx: &mut Tx, actors: &[ActorState]) -> Result<()> {
    let changed = actors.iter().filter(|actor| actor.follower_changed);
    let (come, go): (Vec<_>, Vec<_>) = changed.partition(|actor| actor.follows);
    let come: Vec<_> = come
        .iter()
        .filter_map(|actor| actor.follower.clone())
        .collect();
    let go: Vec<i64> = go.iter().map(|actor| actor.row.id).collect();
    tx.save_followers(&come).await?;
    Ok(tx.remove_followers(&go).await?)
}
