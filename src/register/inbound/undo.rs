//! Activities that take something back: Undo, Delete, Block, the word *withdraw*, and the end of an account.

use super::{
    activity::Undo, actor_state::ActorState, batch::Shared, boost_state::Passed, quotes::TellAuthor,
};
use crate::{
    endorsement::{ActKind, Cause, reactions::reaction_object},
    hash::Sha256,
    store::ActRow,
};

impl Shared<'_> {
    /// Undo of a Follow, a Like, a reaction or a boost, by id, embedded, or both.
    pub(in crate::register) fn undo(&mut self, actor: &mut ActorState, undone: &Undo) {
        match undone {
            Undo::Follow(id) => self.unfollow(actor, id.as_deref()),
            Undo::Like { target, activity } => {
                self.unlike(actor, ActKind::Like, Some(target), activity.as_deref());
            }
            Undo::React {
                target,
                emoji,
                activity,
            } => {
                let object = reaction_object(target, emoji);
                let (object, activity) = (object.as_deref(), activity.as_deref());
                self.unlike(actor, ActKind::Reaction, object, activity);
            }
            Undo::Boost { target, activity } => {
                if !self.boosts.remove(actor.row.id, &Passed::boost(target))
                    && let Some(id) = activity
                {
                    self.remember_early(actor, id, "undo");
                }
            }
            Undo::Activity(id) => {
                let hash = Sha256::of(id);
                let follow = actor.follower.as_ref();
                if follow.is_some_and(|follower| follower.follow_id.as_ref() == Some(id)) {
                    self.unfollow(actor, Some(id));
                } else if let Some(boost) = self.boosts.boost_of(actor.row.id, &hash) {
                    self.boosts.remove(actor.row.id, &boost);
                } else {
                    self.unlike(actor, ActKind::Like, None, Some(id));
                }
            }
        }
    }

    /// Takes a like or a reaction back, found by its id, else by its object. An unknown id is remembered, because an
    /// Undo may arrive before what it undoes.
    fn unlike(
        &mut self,
        actor: &mut ActorState,
        kind: ActKind,
        object: Option<&str>,
        activity: Option<&str>,
    ) {
        let hash = activity.map(Sha256::of);
        let by_id = |row: &ActRow| {
            matches!(row.act.kind, ActKind::Like | ActKind::Reaction)
                && hash.as_ref() == Some(&row.activity_hash)
        };
        let by_object = |row: &ActRow| row.act.kind == kind && object == Some(row.object.as_str());
        let found = actor.standing(by_id).or_else(|| actor.standing(by_object));
        match (found, activity) {
            (Some(index), _) => self.end(actor, index, self.now, Cause::Undo),
            (None, Some(id)) => self.remember_early(actor, id, "undo"),
            (None, None) => (),
        }
    }

    /// Ends the follow when `id` is that of the current Follow, unknown or missing. The id of an older Follow changes
    /// nothing: its Undo may arrive after the next Follow.
    fn unfollow(&mut self, actor: &mut ActorState, id: Option<&str>) {
        let hash = id.map(Sha256::of);
        let seen = hash
            .as_ref()
            .is_some_and(|hash| self.seen.contains_key(hash));
        let follow = actor.follower.as_ref();
        let current = follow.is_some_and(|follower| follower.follow_id.as_deref() == id);
        if seen && !current {
            return;
        }
        actor.unfollow();
        if let Some(id) = id.filter(|_| !seen && !current) {
            self.remember_early(actor, id, "undo");
        }
    }

    /// Delete of a post: its words are erased at once, and it can never come back. The id of an unknown post is
    /// remembered for a while only, so that nobody can fill the table.
    pub(in crate::register) fn delete(&mut self, actor: &mut ActorState, object: &str) {
        let known = actor.known_post(object);
        let quoted = self.boosts.remove(actor.row.id, &Passed::quote(object));
        let authorized = self.revoke(actor, Some(object), TellAuthor::Yes);
        if known.is_none() && !quoted && !authorized {
            return self.remember_early(actor, object, "delete");
        }
        self.entomb(actor, object);
        if let Some(index) = known {
            self.end(actor, index, self.now, Cause::Delete);
        }
    }

    /// Delete of the sender's own account. Nothing is sent about it: nobody is there any more.
    pub(in crate::register) fn actor_deleted(&mut self, actor: &mut ActorState) {
        self.say_nothing(actor);
        self.leave(actor, Cause::AccountDeleted);
    }

    /// Ends what would be taken back in public when the acts of an actor end: authorizations and acknowledgements.
    fn say_nothing(&mut self, actor: &mut ActorState) {
        self.revoke(actor, None, TellAuthor::No);
        actor.change_acts(
            |row| row.acknowledged.is_some(),
            |row| row.acknowledged = None,
        );
    }

    /// Block of the letter's actor: the follow and every act end. Nothing is sent about it, because who blocks us
    /// wants nothing from us.
    pub(in crate::register) fn blocked(&mut self, actor: &mut ActorState) {
        actor.unfollow();
        self.say_nothing(actor);
        self.leave(actor, Cause::Withdrew);
    }

    /// Two fetches found a post gone: its act ends. What a Move carried over stays, because the old server may well
    /// be gone.
    pub(in crate::register) fn source_gone(&mut self, actor: &mut ActorState, object: &str) {
        let stands = actor.standing(|row| row.object == object && row.act.is_post());
        if let Some(index) = stands {
            self.end(actor, index, self.now, Cause::Gone);
        }
    }

    /// Two fetches found the account gone: its follow, its acts, boosts and quotes end, and nothing is sent about it.
    /// Its owner did not take anything back, so name and words are kept for a while, as with a post that is gone.
    pub(in crate::register) fn actor_gone(&mut self, actor: &mut ActorState) {
        self.say_nothing(actor);
        actor.unfollow();
        actor.end_all(self.now, Cause::Gone);
        self.forget(actor, Cause::Gone);
    }

    /// Ends everything of an actor, boosts and quotes included: after the word *withdraw*, a Block, or the account's
    /// Delete.
    pub(in crate::register) fn leave(&mut self, actor: &mut ActorState, cause: Cause) {
        let is_post = |row: &&ActRow| row.act.ended.is_none() && row.act.is_post();
        let standing = actor.acts.iter().filter(is_post);
        // Tombstones outlive the rows: these posts never sign again, only a new act counts.
        for post in standing {
            self.entomb(actor, &post.object);
        }
        actor.end_all(self.now, cause);
        if cause == Cause::AccountDeleted {
            actor.forget_actor();
        }
        self.forget(actor, cause);
    }

    fn forget(&mut self, actor: &mut ActorState, cause: Cause) {
        self.gone.push((actor.row.id, cause));
        self.boosts.forget(actor.row.id);
        self.settle(actor, cause, None);
    }
}
