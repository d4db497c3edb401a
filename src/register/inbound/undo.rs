//! Activities that take something back: Undo, Delete, Block, the word *withdraw*, and the end of an account.

use super::{batch::Batch, boosts::Passed, likes::reaction_object, quotes::TellAuthor};
use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause},
    hash::Sha256,
    register::Undo,
    store::ActRow,
};

impl Batch<'_> {
    pub(in crate::register) fn end(
        &mut self,
        which: usize,
        index: usize,
        at: Millis,
        cause: Cause,
    ) {
        if let Some(situation) = self.situations.get_mut(which) {
            situation.end(index, at, cause);
            self.settle(which, cause, None);
        }
    }

    /// Undo of a Follow, a Like, a reaction or a boost, by id, embedded, or both.
    pub(in crate::register) fn undo(&mut self, which: usize, undone: &Undo) {
        match undone {
            Undo::Follow(id) => self.unfollow(which, id.as_deref()),
            Undo::Like { target, activity } => {
                self.unlike(which, ActKind::Like, Some(target), activity.as_deref());
            }
            Undo::React {
                target,
                emoji,
                activity,
            } => {
                let object = reaction_object(target, emoji);
                self.unlike(
                    which,
                    ActKind::Reaction,
                    object.as_deref(),
                    activity.as_deref(),
                );
            }
            Undo::Boost { target, activity } => {
                let boost = Passed::boost(target);
                if !self.unreach(which, &boost)
                    && let Some(id) = activity
                {
                    self.remember_early(which, id, "undo");
                }
            }
            Undo::Activity(id) => {
                let hash = Sha256::of(id);
                let follows = self
                    .situations
                    .get(which)
                    .and_then(|situation| situation.follower.as_ref());
                if follows.is_some_and(|follower| follower.follow_hash.as_ref() == Some(&hash)) {
                    return self.unfollow(which, Some(id));
                }
                if !self.unboost(which, &hash) {
                    self.unlike(which, ActKind::Like, None, Some(id));
                }
            }
        }
    }

    /// Takes a like or a reaction back, found by its id, else by its object. An unknown id is remembered, because an
    /// Undo may arrive before what it undoes.
    fn unlike(
        &mut self,
        which: usize,
        kind: ActKind,
        object: Option<&str>,
        activity: Option<&str>,
    ) {
        let hash = activity.map(Sha256::of);
        let by_id = self.position(which, |row| {
            matches!(row.act.kind, ActKind::Like | ActKind::Reaction)
                && hash.as_ref() == Some(&row.activity_hash)
        });
        let found = by_id.or_else(|| {
            self.position(which, |row| {
                row.act.kind == kind && object == Some(row.object.as_str())
            })
        });
        match (found, activity) {
            (Some(index), _) => self.end(which, index, self.now, Cause::Undo),
            (None, Some(id)) => self.remember_early(which, id, "undo"),
            (None, None) => (),
        }
    }

    fn position(&self, which: usize, fits: impl Fn(&ActRow) -> bool) -> Option<usize> {
        let acts = &self.situations.get(which)?.acts;
        acts.iter()
            .position(|row| row.act.ended.is_none() && fits(row))
    }

    /// Ends the follow when `id` is that of the current Follow, unknown or missing. The id of an older Follow changes
    /// nothing: its Undo may arrive after the next Follow.
    fn unfollow(&mut self, which: usize, id: Option<&str>) {
        let hash = id.map(Sha256::of);
        let seen = hash
            .as_ref()
            .is_some_and(|hash| self.seen.contains_key(hash));
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let current = situation
            .follower
            .as_ref()
            .is_some_and(|follower| follower.follow_hash == hash);
        if seen && !current {
            return;
        }
        if situation.follows {
            situation.follows = false;
            situation.follower_changed = true;
        }
        if let Some(id) = id.filter(|_| !seen && !current) {
            self.remember_early(which, id, "undo");
        }
    }

    /// Delete of a post: its words are erased at once, and it can never come back. The id of an unknown post is
    /// remembered for a while only, so that nobody can fill the table.
    pub(in crate::register) fn delete(&mut self, which: usize, object: &str) {
        let known = self.situations.get(which).and_then(|situation| {
            situation
                .acts
                .iter()
                .position(|act| act.object == object && act.act.is_post())
        });
        let quoted = self.unreach(which, &Passed::quote(object));
        let stamped = self.revoke(which, Some(object), TellAuthor::Yes);
        if known.is_none() && !quoted && !stamped {
            return self.remember_early(which, object, "delete");
        }
        self.entomb(which, object);
        if let Some(index) = known {
            self.end(which, index, self.now, Cause::Delete);
        }
    }

    /// Stores a permanent tombstone for a post of this actor.
    fn entomb(&mut self, which: usize, object: &str) {
        let salt = &self.context.salt;
        if let Some(situation) = self.situations.get(which) {
            let author = Sha256::salted(salt, &situation.actor.url);
            let stone = (Sha256::salted(salt, object), author);
            self.tombstones.insert(stone.clone());
            self.new_tombstones.push(stone);
        }
    }

    /// Block of the letter's actor: the follow and every act end. Nothing is sent about it, because who blocks us
    /// wants nothing from us.
    pub(in crate::register) fn blocked(&mut self, which: usize) {
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        if situation.follows {
            situation.follows = false;
            situation.follower_changed = true;
        }
        for index in 0..situation.acts.len() {
            if situation
                .acts
                .get(index)
                .is_some_and(|row| row.acknowledged.is_some())
            {
                situation.change_act(index, |row| row.acknowledged = None);
            }
        }
        self.revoke(which, None, TellAuthor::No);
        self.leave(which, Cause::Withdrew);
    }

    /// Two fetches found the account gone: its follow, its acts, boosts and quotes end, and nothing is sent about it.
    /// Its owner did not take anything back, so name and words are kept for a while, as with a post that is gone.
    pub(in crate::register) fn actor_gone(&mut self, which: usize) {
        self.revoke(which, None, TellAuthor::No);
        let now = self.now;
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        if situation.follows {
            situation.follows = false;
            situation.follower_changed = true;
        }
        for index in 0..situation.acts.len() {
            situation.change_act(index, |row| row.acknowledged = None);
        }
        situation.end_all(now, Cause::Gone);
        let id = situation.actor.id;
        self.gone.push((id, Cause::Gone));
        self.reach.forget(id);
        self.settle(which, Cause::Gone, None);
    }

    /// Ends everything of an actor, boosts and quotes included: after the word *withdraw*, a Block, or the account's
    /// Delete.
    pub(in crate::register) fn leave(&mut self, which: usize, cause: Cause) {
        let now = self.now;
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let standing = situation
            .acts
            .iter()
            .filter(|row| row.act.ended.is_none() && row.act.is_post());
        let posts: Vec<String> = standing.map(|row| row.object.clone()).collect();
        // Tombstones outlive the rows: these posts never sign again, only a new act counts.
        for post in &posts {
            self.entomb(which, post);
        }
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        situation.end_all(now, cause);
        let id = situation.actor.id;
        if cause == Cause::AccountDeleted {
            situation.forget_actor();
        }
        self.gone.push((id, cause));
        self.reach.forget(id);
        self.settle(which, cause, None);
    }
}
