//! The boosts, and the quotes that do not sign, that a batch knows of, and the changes to write.

use std::collections::{BTreeMap, HashMap};

use super::{activity::InboundActivity, actor_state::ActorState, news::News};
use crate::{
    hash::Sha256,
    register::error::Result,
    store::{ReachKind, ReachRow, Tx},
};

/// A boost, or a quote that does not sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::register) struct Passed {
    kind: ReachKind,
    object: Sha256,
}

impl Passed {
    /// A boost of what is at this path of ours.
    pub(in crate::register) fn boost(target: &str) -> Self {
        Self {
            kind: ReachKind::Boost,
            object: Sha256::of(target),
        }
    }

    /// A quote, in the post with this id.
    pub(in crate::register) fn quote(post: &str) -> Self {
        Self {
            kind: ReachKind::Quote,
            object: Sha256::of(post),
        }
    }

    fn by(&self, actor_id: i64) -> Key {
        (actor_id, self.kind, self.object.clone())
    }
}

type Key = (i64, ReachKind, Sha256);

/// The boosts and quotes of a batch's actors.
#[derive(Clone, Debug, Default)]
pub(in crate::register) struct BoostState {
    standing: HashMap<Key, ReachRow>,
    /// What stood before under each key that was changed.
    changed: BTreeMap<Key, Option<ReachRow>>,
    /// Actors who left, with all their boosts and quotes.
    gone: Vec<i64>,
}

impl BoostState {
    /// Loads the boosts and quotes of these actors that the batch names with `ids`.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        actors: &[ActorState],
        ids: &[Sha256],
    ) -> Result<Self> {
        let actor_ids: Vec<i64> = actors.iter().map(|actor| actor.row.id).collect();
        let rows = tx.reach(&actor_ids, ids).await?;
        let key = |row: &ReachRow| (row.actor_id, row.kind, row.object_hash.clone());
        Ok(Self {
            standing: rows.into_iter().map(|row| (key(&row), row)).collect(),
            ..Self::default()
        })
    }

    /// Stores a boost or a quote. A repeated one changes only the activity that an Undo names.
    pub(in crate::register) fn add(
        &mut self,
        actor_id: i64,
        passed: Passed,
        target: &str,
        incoming: &InboundActivity,
    ) {
        let key = passed.by(actor_id);
        let known = self.standing.get(&key);
        let row = ReachRow {
            actor_id,
            kind: passed.kind,
            object_hash: passed.object,
            target: target.to_owned(),
            activity_hash: incoming.hash(),
        };
        if known != Some(&row) {
            let before = self.standing.insert(key.clone(), row);
            self.changed.entry(key).or_insert(before);
        }
    }

    /// Removes a boost or a quote; returns whether it was there.
    pub(in crate::register) fn remove(&mut self, actor_id: i64, passed: &Passed) -> bool {
        let key = passed.by(actor_id);
        let before = self.standing.remove(&key);
        let stood = before.is_some();
        if stood {
            self.changed.entry(key).or_insert(before);
        }
        stood
    }

    /// The boost of this actor that came in this activity.
    pub(in crate::register) fn boost_of(&self, actor_id: i64, activity: &Sha256) -> Option<Passed> {
        let mut boosts = self.standing.values();
        let boost = boosts.find(|row| {
            row.kind == ReachKind::Boost
                && row.actor_id == actor_id
                && row.activity_hash == *activity
        })?;
        Some(Passed {
            kind: boost.kind,
            object: boost.object_hash.clone(),
        })
    }

    /// The activity by which this actor boosted or quoted.
    pub(in crate::register) fn activity_of(
        &self,
        actor_id: i64,
        passed: &Passed,
    ) -> Option<Sha256> {
        let row = self.standing.get(&passed.by(actor_id))?;
        Some(row.activity_hash.clone())
    }

    /// Removes everything of an actor who left.
    pub(in crate::register) fn forget(&mut self, actor_id: i64) {
        self.standing.retain(|key, _| key.0 != actor_id);
        self.gone.push(actor_id);
    }

    /// Writes the changes; returns what they mean for the numbers.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<News> {
        // Removals come first, so that what the same actor boosted later in the same batch stays.
        let left = tx.forget_reach_of(&self.gone).await?;
        let mut come = Vec::new();
        let mut go = Vec::new();
        for key in self.changed.keys() {
            match self.standing.get(key) {
                Some(row) => come.push(row.clone()),
                None => go.push(key.clone()),
            }
        }
        tx.save_reach(&come).await?;
        tx.remove_reach(&go).await?;
        Ok(News::removal_if(left > 0).max(self.news()))
    }

    /// What the changes mean for the numbers. Something else that is boosted or quoted has one less of what it was before.
    fn news(&self) -> News {
        let of_one = |(key, before): (&Key, &Option<ReachRow>)| {
            let target = |row: &ReachRow| row.target.clone();
            match (before.as_ref(), self.standing.get(key)) {
                (None, after) => News::addition_if(after.is_some()),
                (Some(before), after) => {
                    News::removal_if(after.map(target) != Some(target(before)))
                }
            }
        };
        self.changed.iter().map(of_one).max().unwrap_or_default()
    }
}
