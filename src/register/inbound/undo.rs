//! What is taken back: by Undo, by Delete, by the word *withdraw*, with the account (F-202 … F-229).

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

    /// Undo of a Follow, a Like, a reaction or a boost, by id, embedded, or both (F-208, F-229).
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
                    .and_then(|it| it.follower.as_ref());
                if follows.is_some_and(|it| it.follow_hash.as_ref() == Some(&hash)) {
                    return self.unfollow(which, Some(id));
                }
                if !self.unboost(which, &hash) {
                    self.unlike(which, ActKind::Like, None, Some(id));
                }
            }
        }
    }

    /// Takes a like or a reaction back: by its id, else by what it is about; one that has not come yet is
    /// remembered.
    fn unlike(
        &mut self,
        which: usize,
        kind: ActKind,
        object: Option<&str>,
        activity: Option<&str>,
    ) {
        let hash = activity.map(Sha256::of);
        let by_id = self.position(which, |it| {
            matches!(it.act.kind, ActKind::Like | ActKind::Reaction)
                && hash.as_ref() == Some(&it.activity_hash)
        });
        let found = by_id.or_else(|| {
            self.position(which, |it| {
                it.act.kind == kind && object == Some(it.object.as_str())
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
            .position(|it| it.act.ended.is_none() && fits(it))
    }

    /// The current Follow's id, an unknown one or none ends the follow; the id of an older one, which came
    /// late, does not (F-229, F-346).
    fn unfollow(&mut self, which: usize, id: Option<&str>) {
        let hash = id.map(Sha256::of);
        let seen = hash.as_ref().is_some_and(|it| self.seen.contains_key(it));
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let current = situation
            .follower
            .as_ref()
            .is_some_and(|it| it.follow_hash == hash);
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

    /// Delete of a post: its words go at once, and it can never come back (F-202). What was never here is
    /// remembered for a while only, so that nobody can fill the table.
    pub(in crate::register) fn delete(&mut self, which: usize, object: &str) {
        let known = self.situations.get(which).and_then(|it| {
            it.acts
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

    /// Remembers for ever that a post of this actor is gone.
    fn entomb(&mut self, which: usize, object: &str) {
        let salt = &self.context.salt;
        if let Some(situation) = self.situations.get(which) {
            let author = Sha256::salted(salt, &situation.actor.url);
            let stone = (Sha256::salted(salt, object), author);
            self.tombstones.insert(stone.clone());
            self.new_tombstones.push(stone);
        }
    }

    /// Somebody blocked us: the follow ends and every act does, and nothing is sent about it (F-214).
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
                .is_some_and(|it| it.acknowledged.is_some())
            {
                situation.change_act(index, |row| row.acknowledged = None);
            }
        }
        self.revoke(which, None, TellAuthor::No);
        self.leave(which, Cause::Withdrew);
    }

    /// Two looks found the account gone: its follow ends, every act does, and what it passed on. Nobody left by an
    /// own act, so name and words are kept for a while, as of a post that is gone, and nothing is sent about it.
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

    /// Everything of an actor ends, and what it passed on: the word *withdraw*, or the account is gone.
    pub(in crate::register) fn leave(&mut self, which: usize, cause: Cause) {
        let now = self.now;
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let standing = situation
            .acts
            .iter()
            .filter(|it| it.act.ended.is_none() && it.act.is_post());
        let posts: Vec<String> = standing.map(|it| it.object.clone()).collect();
        // Also when the rows are forgotten, these never sign again: only a new act counts.
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
