//! Activities that take something back: Undo, Delete, Block, the word *withdraw*, and the end of an account.

use super::{
    activity::{InboundActivity, Undo},
    actor_state::ActorState,
    batch::Shared,
    boost_state::Passed,
    quotes::TellAuthor,
};
use crate::{
    endorsement::{ActKind, Cause, Visibility, reactions::reaction_object},
    hash::Sha256,
    store::ActRow,
};

impl Shared<'_> {
    /// Undo of a Follow, a Like, a reaction or a boost, by id, embedded, or both.
    pub(in crate::register) fn undo(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        undone: &Undo,
    ) {
        let hash = |id: &Option<String>| id.as_deref().map(Sha256::of);
        match undone {
            Undo::Follow(id) => self.unfollow(actor, incoming, hash(id).as_ref()),
            Undo::Like { target, activity } => {
                let object = Some((ActKind::Like, target.as_str()));
                self.unlike(actor, incoming, object, hash(activity).as_ref());
            }
            Undo::React {
                target,
                emoji,
                activity,
            } => {
                let object = reaction_object(target, emoji);
                let object = object.as_deref().map(|object| (ActKind::Reaction, object));
                self.unlike(actor, incoming, object, hash(activity).as_ref());
            }
            Undo::Boost { target, activity } => {
                let boost = Passed::boost(target);
                self.unboost(actor, incoming, &boost, hash(activity).as_ref());
            }
            Undo::Activity(id) => {
                let hash = Sha256::of(id);
                if actor.is_followed_by(&hash) {
                    self.unfollow(actor, incoming, Some(&hash));
                } else if let Some(boost) = self.boosts.boost_of(actor.row.id, &hash) {
                    self.unboost(actor, incoming, &boost, Some(&hash));
                } else {
                    self.unlike(actor, incoming, None, Some(&hash));
                }
            }
        }
    }

    /// Takes a like or a reaction back, found by its id, else by its object.
    fn unlike(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        object: Option<(ActKind, &str)>,
        activity: Option<&Sha256>,
    ) {
        let by_id = |row: &ActRow| {
            matches!(row.act.kind, ActKind::Like | ActKind::Reaction)
                && activity == Some(&row.activity_hash)
        };
        let by_object = |row: &ActRow| object == Some((row.act.kind, row.object.as_str()));
        let older = self.is_older(incoming, activity);
        let named = actor.standing(by_id);
        let found = named
            .or_else(|| actor.standing(by_object).filter(|_| !older))
            .or_else(|| actor.taken_off(by_id))
            .or_else(|| actor.taken_off(by_object).filter(|_| !older));
        let row = found.and_then(|index| actor.acts.get(index));
        let ended = row.map(|row| row.activity_hash.clone());
        self.note_undone(incoming, activity, ended.as_ref());
        if let Some(index) = found {
            self.end(actor, index, self.now, Cause::Undo);
        }
    }

    /// Takes a boost back.
    fn unboost(
        &mut self,
        actor: &ActorState,
        incoming: &InboundActivity,
        boost: &Passed,
        activity: Option<&Sha256>,
    ) {
        let ended = self.boosts.activity_of(actor.row.id, boost);
        let older = self.is_older(incoming, activity) && ended.as_ref() != activity;
        self.note_undone(incoming, activity, ended.as_ref());
        if !older {
            self.boosts.remove(actor.row.id, boost);
        }
    }

    /// Ends the follow when the Undo names the current Follow, an unknown one or none. The id of an older Follow changes
    /// nothing: its Undo may arrive after the next Follow.
    fn unfollow(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        activity: Option<&Sha256>,
    ) {
        let current = activity.is_none_or(|activity| actor.is_followed_by(activity));
        let came = |activity| self.memory.came(incoming.sender.url(), activity);
        let older = activity.is_some_and(came) || self.is_older(incoming, activity);
        self.note_undone(incoming, activity, None);
        if current || !older {
            self.end_follow(actor, incoming);
        }
    }

    /// Ends the follow, if there is one: the same Follow counts again only when it was signed later.
    fn end_follow(&mut self, actor: &mut ActorState, incoming: &InboundActivity) {
        let follow = actor.follower.as_ref().filter(|_| actor.follows);
        let follow = follow.and_then(|follower| follower.follow_id.as_deref().map(Sha256::of));
        self.note_undone(incoming, None, follow.as_ref());
        actor.unfollow();
    }

    /// Whether an Undo names something that was undone before, and so takes back nothing that came under another id
    /// since.
    fn is_older(&self, incoming: &InboundActivity, activity: Option<&Sha256>) -> bool {
        let sender = incoming.sender.url();
        activity.is_some_and(|activity| self.memory.is_undone(sender, activity))
    }

    /// Remembers that the sender undid the activity that its Undo names, which may arrive only now, and the activity of
    /// what ended.
    pub(in crate::register) fn note_undone(
        &mut self,
        incoming: &InboundActivity,
        named: Option<&Sha256>,
        ended: Option<&Sha256>,
    ) {
        let (sender, signed_at) = (incoming.sender.url(), incoming.signed_at());
        if let Some(ended) = ended {
            self.memory.undo_known(sender, ended, signed_at);
        }
        if let Some(named) = named {
            self.memory.undo(sender, named, signed_at);
        }
    }

    /// Delete of a post: its words are erased at once, and it comes back only as [`deletions`](super::deletions) says.
    pub(in crate::register) fn delete(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        object: &str,
    ) {
        let known = actor.known_post(object);
        let quoted = self.boosts.remove(actor.row.id, &Passed::quote(object));
        let authorized = self.revoke(actor, Some(object), TellAuthor::Yes);
        let spoke = self.projects.end(actor.row.id, object, Cause::Delete);
        let author = actor.row.url.as_str();
        if actor.is_on_forge() {
            // Forges give no number twice: it never comes back.
            self.deletions.withdraw(author, object);
            if let Some(index) = known {
                self.end(actor, index, self.now, Cause::Delete);
            }
            return;
        }
        if known.is_none() && !quoted && !authorized && !spoke {
            return self.deletions.delete_early(author, object);
        }
        self.deletions.delete(author, object, incoming.signed_at());
        if let Some(index) = known {
            self.end(actor, index, self.now, Cause::Delete);
        }
    }

    /// Delete of the sender's own account. Nothing is sent about it: nobody is there any more.
    pub(in crate::register) fn actor_deleted(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
    ) {
        self.follow_answered(actor, None, false);
        self.say_nothing(actor);
        self.end_follow(actor, incoming);
        self.leave(actor, Cause::AccountDeleted);
    }

    /// Ends what would be taken back in public when the acts of an actor end: authorizations and acknowledgements.
    pub(in crate::register) fn say_nothing(&mut self, actor: &mut ActorState) {
        self.revoke(actor, None, TellAuthor::No);
        actor.change_acts(
            |row| row.acknowledged.is_some(),
            |row| row.acknowledged = None,
        );
    }

    /// Block of the letter's actor: the follow and every act end. Nothing is sent about it, because who blocks us
    /// wants nothing from us.
    pub(in crate::register) fn blocked(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
    ) {
        self.follow_answered(actor, None, false);
        self.end_follow(actor, incoming);
        self.say_nothing(actor);
        let now = self.now;
        actor.note(|row| row.acknowledged_at = row.acknowledged_at.or(Some(now)));
        self.leave(actor, Cause::Withdrew);
    }

    /// Two fetches found a post gone: its act ends. What a Move carried over stays, because the old server may well
    /// be gone, and so does a direct message, which no server shows us.
    pub(in crate::register) fn source_gone(&mut self, actor: &mut ActorState, object: &str) {
        let stands = actor
            .standing(|row| row.is_post_with(object) && row.act.visibility != Visibility::Direct);
        self.projects.end(actor.row.id, object, Cause::Gone);
        if let Some(index) = stands {
            self.end(actor, index, self.now, Cause::Gone);
        }
    }

    /// Two fetches found the account gone: its follow, its acts, boosts and quotes end, and nothing is sent about it.
    /// Its owner did not take anything back, so name and words are kept for a while, as with a post that is gone.
    pub(in crate::register) fn actor_gone(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
    ) {
        self.follow_answered(actor, None, false);
        self.say_nothing(actor);
        self.end_follow(actor, incoming);
        if actor.row.subscribed_at.is_some() {
            actor.note(|row| row.subscribed_at = None);
        }
        actor.end_all(self.now, Cause::Gone);
        self.forget(actor, Cause::Gone);
    }

    /// Ends everything of an actor, boosts and quotes included: after the word *withdraw*, a Block, or the account's
    /// Delete.
    pub(in crate::register) fn leave(&mut self, actor: &mut ActorState, cause: Cause) {
        let may_sign = |row: &&ActRow| row.act.is_post() && row.act.may_sign();
        // Tombstones outlive the rows: these posts never sign again, only a new act counts. Those that ended before and
        // are not loaded follow when the batch is saved.
        for post in actor.acts.iter().filter(may_sign) {
            self.deletions.withdraw(&actor.row.url, &post.object);
        }
        for post in self.projects.posts_of(actor.row.id) {
            self.deletions.withdraw(&actor.row.url, &post);
        }
        actor.end_all(self.now, cause);
        if cause == Cause::AccountDeleted {
            actor.forget_actor();
        }
        if actor.row.unnamed_at.is_some() || actor.row.subscribed_at.is_some() {
            actor.note(|row| (row.unnamed_at, row.subscribed_at) = (None, None));
        }
        self.forget(actor, cause);
    }

    fn forget(&mut self, actor: &mut ActorState, cause: Cause) {
        self.gone.push((actor.row.id, cause));
        self.boosts.forget(actor.row.id);
        self.settle(actor, cause, None);
    }
}
