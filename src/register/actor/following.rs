//! Whom the letter follows, by an administrator's command alone. The letter follows nobody by itself.
//!
//! A follow counts once the other side accepted it, and ends when either side takes it back or blocks the other.

use crate::{
    activitystreams::{self, Own},
    clock::Millis,
    hash::Sha256,
    register::{
        error::{CannotFollow, Error, Result},
        letter::remote_post::unnamed,
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
        rules::{self, Context, block_list},
    },
    store::{ActorRow, AuditAction, FollowingRow, NewActor, NewAudit, Store, Topic, Tx},
};

/// How an account answered a Follow of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::register) struct FollowAnswer {
    /// The row id of the account.
    pub(in crate::register) actor_id: i64,
    /// The path of the Follow; `None` for the one that there is.
    pub(in crate::register) follow: Option<String>,
    /// Whether it was accepted, not refused.
    pub(in crate::register) accepted: bool,
}

/// Follows an account. `None` when it is followed or was asked already: then nothing is sent.
///
/// # Errors
/// [`Error::CannotFollow`] for the letter itself, for whom we block, and for whom nothing public of ours may name.
pub async fn follow(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    account: &NewActor,
    by: &str,
) -> Result<(Option<FollowingRow>, PendingDeliveries)> {
    if context.urls.is_ours(&account.url) {
        return Err(CannotFollow::Ours.into());
    }
    let hash = [Sha256::of(&account.url)];
    if rules::in_force(tx, context)
        .await?
        .blocks_actor(&account.url)
    {
        return Err(CannotFollow::Blocked.into());
    }
    if tx.actors(&hash).await?.is_empty() {
        tx.save_actors(std::slice::from_ref(account)).await?;
    }
    let row = tx.actors(&hash).await?.pop().ok_or(CannotFollow::Gone)?;
    if let Some(why) = unnamed(tx, row.id).await? {
        return Err(CannotFollow::Unnamed(why).into());
    }
    let builder = builder(context, now);
    let id = builder.id();
    let following = FollowingRow {
        actor_id: row.id,
        actor: row.url.clone(),
        handle: row.handle.clone(),
        path: context.urls.path(&Own::Activity(id.clone())),
        since: now,
        accepted: None,
    };
    if !tx.save_following(&following).await? {
        return Ok((None, PendingDeliveries::default()));
    }
    let body = activitystreams::follow(&context.urls, &id, &row.url);
    tx.send(&[builder.to_one(&id, "Follow", &row.url, &body, &row)])
        .await?;
    audit(tx, (AuditAction::ActorFollow, &row, now), by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((Some(following), PendingDeliveries { queued: true }))
}

/// Follows an account no longer, and tells its server.
///
/// # Errors
/// [`Error::NotFollowed`] when the letter does not follow it.
pub async fn unfollow(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    actor: &ActorRow,
    by: &str,
) -> Result<(FollowingRow, PendingDeliveries)> {
    let all = tx.following().await?;
    let followed = all.into_iter().find(|row| row.actor_id == actor.id);
    let followed = followed.ok_or_else(|| Error::NotFollowed(actor.handle.clone()))?;
    tx.end_following(actor.id, None).await?;
    let builder = builder(context, now);
    if let Some(Own::Activity(follow)) = context.urls.parse_path(&followed.path) {
        let id = builder.id();
        let body = activitystreams::undo_follow(&context.urls, &id, &follow, &actor.url);
        tx.send(&[builder.to_one(&id, "Undo", &actor.url, &body, actor)])
            .await?;
    }
    audit(tx, (AuditAction::ActorUnfollow, actor, now), by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((followed, PendingDeliveries { queued: true }))
}

/// Notes how accounts answered. Returns whether anything changed.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn note_answers(
    tx: &mut Tx,
    answers: &[FollowAnswer],
    now: Millis,
) -> Result<bool> {
    let mut changed = false;
    for answer in answers {
        let path = answer.follow.as_deref();
        changed |= if answer.accepted {
            tx.accept_following(answer.actor_id, path, now).await?
        } else {
            tx.end_following(answer.actor_id, path).await?
        };
    }
    Ok(changed)
}

/// Ends the follows of whom we block: nothing is sent to them.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn end_blocked_follows(store: &Store) -> Result<()> {
    let mut tx = store.read().await?;
    let mut following = tx.following().await?;
    let blocks = block_list(&mut tx).await?;
    drop(tx);
    following.retain(|row| blocks.blocks_actor(&row.actor));
    if following.is_empty() {
        return Ok(());
    }
    let mut tx = store.write().await?;
    for row in following {
        tx.end_following(row.actor_id, Some(&row.path)).await?;
    }
    tx.changed(&[Topic::Letter]).await?;
    tx.commit().await?;
    Ok(())
}

fn builder(context: &Context, now: Millis) -> ActivityBuilder<'_> {
    ActivityBuilder {
        urls: &context.urls,
        random: context.random.as_ref(),
        now,
    }
}

/// The account stands in the audit by the name of its server alone.
async fn audit(
    tx: &mut Tx,
    (action, account, at): (AuditAction, &ActorRow, Millis),
    by: &str,
) -> Result<()> {
    let entry = NewAudit {
        at,
        by: by.to_owned(),
        action,
        code: None,
        target: account.authority.clone(),
        reason: None,
    };
    tx.add_audit(&entry).await?;
    Ok(())
}
