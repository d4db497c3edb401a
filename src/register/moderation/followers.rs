//! Follows that an administrator ends.

use crate::{
    activitystreams::Follow,
    clock::Millis,
    endorsement::blocks::Target,
    register::{
        error::Result,
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
        },
        rules::Context,
    },
    store::{ActorRow, AuditAction, Topic, Tx},
};

use super::audit_target::audit;

/// Ends the follow of one actor for good, and tells its server; it may follow again. False when there was none.
pub async fn remove(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    actor: &ActorRow,
    by: &str,
) -> Result<bool> {
    let mut batch = Batch::of_actors(tx, context, now, &[actor.id]).await?;
    if !batch.actors.iter().any(|actor| actor.follows) {
        return Ok(false);
    }
    batch.each(end_follow);
    batch.save(tx).await?;
    let target = Target::Actor(actor.url.clone());
    audit(tx, AuditAction::FollowerRemove, &target, by, now).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(true)
}

/// Ends a follow and tells the follower's server.
pub(super) fn end_follow(shared: &mut Shared<'_>, actor: &mut ActorState) {
    actor.unfollow();
    let follower = actor.follower.as_ref();
    // GoToSocial answers 400 to a Follow without its id.
    let follow = Follow {
        id: follower.and_then(|follower| follower.follow_id.as_deref()),
        actor: &actor.row.url,
        object: &shared.context.urls.actor(),
    };
    let reject = shared.builder().cut(&actor.row, &follow);
    shared.outgoing.push(reject);
}
