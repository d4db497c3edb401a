//! What was passed on: boosts, and quotes that do not sign (F-198, F-209, F-210). They are counted, for
//! nobody to see whose they are, and endorse nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Deed, Incoming, Result, Undone, batch::Batch, quotes::Told, situation::Situation};
use crate::{
    clock::Millis,
    endorsement::{Cause, Kind},
    hash::Sha256,
    store::{ActRow, ReachKind, ReachRow, Tx},
};

/// One way of passing something on, by one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    kind: ReachKind,
    object: Sha256,
}

impl Passed {
    /// A boost of what is at this path of ours.
    pub(super) fn boost(target: &str) -> Self {
        Self {
            kind: ReachKind::Boost,
            object: Sha256::of(target),
        }
    }

    /// A quote, in the post with this id.
    pub(super) fn quote(post: &str) -> Self {
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

/// What a batch knows of the reach, and what is to be written.
#[derive(Debug, Default)]
pub(super) struct Reach {
    standing: HashMap<Key, ReachRow>,
    changed: BTreeSet<Key>,
    /// Actors who left with everything that they passed on.
    gone: Vec<i64>,
}

impl Reach {
    /// Reads what the senders of a batch passed on, where the batch may change it: likes alone ask nothing.
    pub(super) async fn load(
        tx: &mut Tx,
        incoming: &[Incoming],
        situations: &[Situation],
        ids: &[Sha256],
    ) -> Result<Self> {
        if !incoming.iter().any(|it| touches(&it.deed)) {
            return Ok(Self::default());
        }
        let actor_ids: Vec<i64> = situations.iter().map(|it| it.actor.id).collect();
        let rows = tx.reach(&actor_ids, ids).await?;
        let key = |it: &ReachRow| (it.actor_id, it.kind, it.object_hash.clone());
        Ok(Self {
            standing: rows.into_iter().map(|it| (key(&it), it)).collect(),
            ..Self::default()
        })
    }

    /// An actor left.
    pub(super) fn forget(&mut self, actor_id: i64) {
        self.standing.retain(|key, _| key.0 != actor_id);
        self.gone.push(actor_id);
    }

    /// Writes what changed; gives whether anything did.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<bool> {
        // Before the rest: what the same actor passed on afterwards, in the same batch, stands.
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

/// Whether a deed can change the reach.
const fn touches(deed: &Deed) -> bool {
    match deed {
        Deed::Boost { .. }
        | Deed::Post(_)
        | Deed::Unhung { .. }
        | Deed::Delete { .. }
        | Deed::Undo(Undone::Boost { .. } | Undone::Activity(_)) => true,
        Deed::Follow { .. }
        | Deed::FollowInstance { .. }
        | Deed::Like { .. }
        | Deed::React { .. }
        | Deed::Dislike { .. }
        | Deed::AskToQuote(_)
        | Deed::Report(_)
        | Deed::Undo(Undone::Follow(_) | Undone::Like { .. } | Undone::React { .. })
        | Deed::ActorChanged
        | Deed::ActorDeleted
        | Deed::Blocked
        | Deed::LookUp(_)
        | Deed::SourceGone { .. }
        | Deed::ActorGone
        | Deed::Nothing => false,
    }
}

/// What of ours is there and can be passed on, of all that a batch names: the letter and its posts, unless
/// they were deleted. Nobody makes reach of ids that never were.
pub(super) async fn there(tx: &mut Tx, incoming: &[Incoming]) -> Result<HashSet<String>> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for it in incoming {
        if let Deed::Boost { target } = &it.deed {
            named.insert(target);
        } else if let Some(post) = it.deed.post().filter(|it| it.is_quote()) {
            named.insert(&post.target);
        } else if let Deed::AskToQuote(asked) = &it.deed {
            named.extend(asked.target.as_deref());
        } else if let Deed::Report(report) = &it.deed {
            named.extend(report.ours.iter().map(String::as_str));
        }
    }
    let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
    Ok(tx.standing_objects(&named).await?.into_iter().collect())
}

impl Batch<'_> {
    /// Whether this path is the letter or a post of ours that was not deleted.
    pub(super) fn is_there(&self, target: &str) -> bool {
        self.there.contains(target)
    }

    /// A boost: one for each actor and thing, whoever may see it (F-209).
    pub(super) fn boost(&mut self, which: usize, incoming: &Incoming, target: &str) {
        let undone = self.came_early(which, incoming.activity.as_deref(), "undo");
        if !undone && self.is_there(target) {
            self.pass_on(which, Passed::boost(target), target, incoming);
        }
    }

    /// Writes down that something was passed on; a second time changes nothing but what takes it back.
    pub(super) fn pass_on(
        &mut self,
        which: usize,
        passed: Passed,
        target: &str,
        incoming: &Incoming,
    ) {
        let Some(actor_id) = self.situations.get(which).map(|it| it.actor.id) else {
            return;
        };
        let key = passed.by(actor_id);
        let at = self
            .reach
            .standing
            .get(&key)
            .map_or(incoming.at, |it| it.at);
        let row = ReachRow {
            actor_id,
            kind: passed.kind,
            object_hash: passed.object,
            target: target.to_owned(),
            activity_hash: incoming.hash(),
            at,
        };
        if self.reach.standing.insert(key.clone(), row.clone()) != Some(row) {
            self.reach.changed.insert(key);
        }
    }

    /// Takes it back; gives whether it was there.
    pub(super) fn unreach(&mut self, which: usize, passed: &Passed) -> bool {
        let Some(actor_id) = self.situations.get(which).map(|it| it.actor.id) else {
            return false;
        };
        let key = passed.by(actor_id);
        let stood = self.reach.standing.remove(&key).is_some();
        if stood {
            self.reach.changed.insert(key);
        }
        stood
    }

    /// Takes the boost back that came in this activity; gives whether there is one.
    pub(super) fn unboost(&mut self, which: usize, activity: &Sha256) -> bool {
        let actor_id = self.situations.get(which).map(|it| it.actor.id);
        let boost = actor_id.and_then(|it| self.boost_of(it, activity));
        boost.is_some_and(|it| self.unreach(which, &it))
    }

    /// The boost of this actor that came in this activity.
    pub(super) fn boost_of(&self, actor_id: i64, activity: &Sha256) -> Option<Passed> {
        let mut boosts = self.reach.standing.values();
        let boost = boosts.find(|it| {
            it.kind == ReachKind::Boost && it.actor_id == actor_id && it.activity_hash == *activity
        })?;
        Some(Passed {
            kind: boost.kind,
            object: boost.object_hash.clone(),
        })
    }

    /// An edit took the quote out of a post: it is no reach any more, nor a signing quote, and needs no stamp.
    /// A reply or mention is left alone, since servers differ in what an edit repeats.
    pub(super) fn unhang(&mut self, which: usize, post: &str, updated: Option<Millis>) {
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let is_quote = |it: &&ActRow| it.act.kind == Kind::Quote && it.object == post;
        let quote = situation.acts.iter().find(is_quote);
        if quote.is_some_and(|it| it.edited_at.is_some_and(|known| updated < Some(known))) {
            return;
        }
        let index = situation
            .acts
            .iter()
            .position(|it| is_quote(&it) && it.act.ended.is_none());
        self.unreach(which, &Passed::quote(post));
        self.revoke(which, Some(post), Told::Yes);
        if let Some(index) = index {
            self.end(which, index, self.now, Cause::Edit);
        }
    }
}
