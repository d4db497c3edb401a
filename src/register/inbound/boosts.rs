//! Boosts, and quotes that do not sign. They are counted without showing whose they are, and endorse nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{actor_state::ActorState, batch::Batch, quotes::TellAuthor};
use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause},
    hash::Sha256,
    register::{InboundAction, InboundActivity, Result, Undo},
    store::{ActRow, ReachKind, ReachRow, Tx},
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

/// The boosts and quotes that a batch knows of, and the changes to write.
#[derive(Debug, Default)]
pub(in crate::register) struct BoostState {
    standing: HashMap<Key, ReachRow>,
    changed: BTreeSet<Key>,
    /// Actors who left, with all their boosts and quotes.
    gone: Vec<i64>,
}

impl BoostState {
    /// Loads the boosts and quotes of a batch's senders, if any of its activities can change them; likes cannot.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
        situations: &[ActorState],
        ids: &[Sha256],
    ) -> Result<Self> {
        if !incoming.iter().any(|activity| touches(&activity.deed)) {
            return Ok(Self::default());
        }
        let actor_ids: Vec<i64> = situations
            .iter()
            .map(|situation| situation.actor.id)
            .collect();
        let rows = tx.reach(&actor_ids, ids).await?;
        let key = |row: &ReachRow| (row.actor_id, row.kind, row.object_hash.clone());
        Ok(Self {
            standing: rows.into_iter().map(|row| (key(&row), row)).collect(),
            ..Self::default()
        })
    }

    /// Removes everything of an actor who left.
    pub(in crate::register) fn forget(&mut self, actor_id: i64) {
        self.standing.retain(|key, _| key.0 != actor_id);
        self.gone.push(actor_id);
    }

    /// Writes the changes; returns whether there were any.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<bool> {
        // Removals come first, so that what the same actor boosted later in the same batch stays.
        let left = tx.forget_reach_of(&self.gone).await?;
        let mut come = Vec::new();
        let mut go = Vec::new();
        for key in &self.changed {
            match self.standing.get(key) {
                Some(row) => come.push(row.clone()),
                None => go.push(key.clone()),
            }
        }
        tx.save_reach(&come).await?;
        tx.remove_reach(&go).await?;
        Ok(left > 0 || !self.changed.is_empty())
    }
}

/// Whether a deed can change boosts or quotes.
const fn touches(deed: &InboundAction) -> bool {
    match deed {
        InboundAction::Boost { .. }
        | InboundAction::Post(_)
        | InboundAction::Unhung { .. }
        | InboundAction::Delete { .. }
        | InboundAction::Undo(Undo::Boost { .. } | Undo::Activity(_)) => true,
        InboundAction::Follow { .. }
        | InboundAction::FollowInstance { .. }
        | InboundAction::Like { .. }
        | InboundAction::React { .. }
        | InboundAction::Dislike { .. }
        | InboundAction::AskToQuote(_)
        | InboundAction::Report(_)
        | InboundAction::Undo(Undo::Follow(_) | Undo::Like { .. } | Undo::React { .. })
        | InboundAction::ActorChanged
        | InboundAction::ActorDeleted
        | InboundAction::Blocked
        | InboundAction::LookUp(_)
        | InboundAction::SourceGone { .. }
        | InboundAction::ActorGone
        | InboundAction::Nothing => false,
    }
}

/// The paths of our objects that a batch names and that exist: the letter and its posts, unless they were deleted.
/// Boosts of ids that never existed are not stored.
pub(in crate::register) async fn there(
    tx: &mut Tx,
    incoming: &[InboundActivity],
) -> Result<HashSet<String>> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for activity in incoming {
        if let InboundAction::Boost { target } = &activity.deed {
            named.insert(target);
        } else if let Some(post) = activity.deed.post().filter(|post| post.is_quote()) {
            named.insert(&post.target);
        } else if let InboundAction::AskToQuote(asked) = &activity.deed {
            named.extend(asked.target.as_deref());
        } else if let InboundAction::Report(report) = &activity.deed {
            named.extend(report.ours.iter().map(String::as_str));
        }
    }
    let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
    Ok(tx.standing_objects(&named).await?.into_iter().collect())
}

impl Batch<'_> {
    /// Whether this path is the letter or a post of ours that was not deleted.
    pub(in crate::register) fn is_there(&self, target: &str) -> bool {
        self.there.contains(target)
    }

    /// A boost: one for each actor and object. Private boosts count too, because nobody is told whose they are.
    pub(in crate::register) fn boost(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        target: &str,
    ) {
        let undone = self.came_early(which, incoming.activity.as_deref(), "undo");
        if !undone && self.is_there(target) {
            self.pass_on(which, Passed::boost(target), target, incoming);
        }
    }

    /// Stores a boost or a quote. A repeated one changes only the activity that an Undo names.
    pub(in crate::register) fn pass_on(
        &mut self,
        which: usize,
        passed: Passed,
        target: &str,
        incoming: &InboundActivity,
    ) {
        let Some(actor_id) = self
            .situations
            .get(which)
            .map(|situation| situation.actor.id)
        else {
            return;
        };
        let key = passed.by(actor_id);
        let row = ReachRow {
            actor_id,
            kind: passed.kind,
            object_hash: passed.object,
            target: target.to_owned(),
            activity_hash: incoming.hash(),
        };
        if self.reach.standing.insert(key.clone(), row.clone()) != Some(row) {
            self.reach.changed.insert(key);
        }
    }

    /// Removes a boost or a quote; returns whether it was there.
    pub(in crate::register) fn unreach(&mut self, which: usize, passed: &Passed) -> bool {
        let Some(actor_id) = self
            .situations
            .get(which)
            .map(|situation| situation.actor.id)
        else {
            return false;
        };
        let key = passed.by(actor_id);
        let stood = self.reach.standing.remove(&key).is_some();
        if stood {
            self.reach.changed.insert(key);
        }
        stood
    }

    /// Removes the boost that came in this activity; returns whether there was one.
    pub(in crate::register) fn unboost(&mut self, which: usize, activity: &Sha256) -> bool {
        let actor_id = self
            .situations
            .get(which)
            .map(|situation| situation.actor.id);
        let boost = actor_id.and_then(|id| self.boost_of(id, activity));
        boost.is_some_and(|boost| self.unreach(which, &boost))
    }

    /// The boost of this actor that came in this activity.
    pub(in crate::register) fn boost_of(&self, actor_id: i64, activity: &Sha256) -> Option<Passed> {
        let mut boosts = self.reach.standing.values();
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

    /// Handles an edit that took the quote out of a post: the quote ends, whether it signs or not, and its
    /// authorization is revoked. A reply or mention is left alone, since servers differ in what an edit repeats.
    pub(in crate::register) fn unhang(
        &mut self,
        which: usize,
        post: &str,
        updated: Option<Millis>,
    ) {
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let is_quote = |row: &&ActRow| row.act.kind == ActKind::Quote && row.object == post;
        let quote = situation.acts.iter().find(is_quote);
        if quote.is_some_and(|row| row.edited_at.is_some_and(|known| updated < Some(known))) {
            return;
        }
        let index = situation
            .acts
            .iter()
            .position(|row| is_quote(&row) && row.act.ended.is_none());
        self.unreach(which, &Passed::quote(post));
        self.revoke(which, Some(post), TellAuthor::Yes);
        if let Some(index) = index {
            self.end(which, index, self.now, Cause::Edit);
        }
    }
}
