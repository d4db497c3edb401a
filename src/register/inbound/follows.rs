//! Follows of the letter's actor, and of the instance actor, which takes none.

use super::{activity::InboundActivity, actor_state::ActorState, batch::Shared};
use crate::{
    activitystreams::Follow, register::actor::following::FollowAnswer, store::FollowerRow,
};

impl Shared<'_> {
    /// An account accepted or refused a Follow of ours; whoever blocks us or is gone refuses it.
    pub(in crate::register) fn follow_answered(
        &mut self,
        actor: &ActorState,
        follow: Option<String>,
        accepted: bool,
    ) {
        self.follow_answers.push(FollowAnswer {
            actor_id: actor.row.id,
            follow,
            accepted,
        });
    }

    /// Follow: one for each actor, with the newest id. Every Follow is answered, a repeated one too.
    pub(in crate::register) fn follow(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        object: &str,
    ) {
        let known = actor.follower.as_ref().filter(|_| actor.follows);
        actor.follower = Some(FollowerRow {
            actor_id: actor.row.id,
            follow_id: incoming.activity.clone(),
            since: known.map_or(incoming.at, |follower| follower.since),
        });
        actor.follows = true;
        actor.follower_changed = true;
        let accept = self
            .builder()
            .accept(&actor.row, &follow_by(actor, incoming, object));
        self.outgoing.push(accept);
    }

    /// Rejects a Follow of the instance actor.
    pub(in crate::register) fn reject_follow(
        &mut self,
        actor: &ActorState,
        incoming: &InboundActivity,
        object: &str,
    ) {
        let reject = self
            .builder()
            .reject(&actor.row, &follow_by(actor, incoming, object));
        self.outgoing.push(reject);
    }
}

fn follow_by<'a>(
    actor: &'a ActorState,
    incoming: &'a InboundActivity,
    object: &'a str,
) -> Follow<'a> {
    Follow {
        id: incoming.activity.as_deref(),
        actor: &actor.row.url,
        object,
    }
}
