//! Updates of the letter's actor to its followers.
//!
//! What was sent last is stored, so that of several processes only one sends it, and a restart does not send it
//! again.

use std::time::Duration;

use serde_json::Value;

use super::command::{ActorCommandContext, last_told, living, remember};
use crate::{
    register::{error::Result, pending_deliveries::PendingDeliveries},
    store::{AuditAction, Store, Topic, Tx},
};

/// The minimum time between automatic Updates: a number that changes with each signature is not worth an Update each
/// time.
pub const EVERY: Duration = Duration::from_hours(6);

/// The result of sending an Update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileUpdate {
    /// That many deliveries were queued.
    Now(u64),
    /// What was sent last is still true, or was sent not long ago.
    Unchanged,
}

/// Sends the followers an Update at once, unless they got exactly this document last.
///
/// # Errors
/// [`crate::store::Error::Retired`] and [`crate::register::Error::NoLetter`].
pub async fn present(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
) -> Result<(ProfileUpdate, PendingDeliveries)> {
    let told = tell(tx, order).await?;
    let ProfileUpdate::Now(deliveries) = told else {
        return Ok((told, PendingDeliveries::default()));
    };
    order
        .audit(tx, AuditAction::ActorUpdate, "actor", None)
        .await?;
    tx.changed(&[Topic::Identity, Topic::Queue]).await?;
    let queued = deliveries > 0;
    Ok((told, PendingDeliveries { queued }))
}

/// Sends the followers an Update when the document changed, such as its number of signatures, and the last Update was
/// at least six hours ago. The first call sends nothing: whoever follows from then on has fetched the actor.
///
/// # Errors
/// Those of [`present`], except for an actor that ended.
pub async fn refresh(store: &Store, order: &ActorCommandContext<'_>) -> Result<ProfileUpdate> {
    // A reading transaction comes first, so that checking never disturbs the one writer.
    if !is_due(&mut store.read().await?, order).await? {
        return Ok(ProfileUpdate::Unchanged);
    }
    let mut tx = store.write().await?;
    if !is_due(&mut tx, order).await? {
        return Ok(ProfileUpdate::Unchanged);
    }
    if last_told(&mut tx).await?.is_none() {
        let document = document(&mut tx, order).await?;
        remember(&mut tx, &document, order.builder.now).await?;
        tx.commit().await?;
        return Ok(ProfileUpdate::Unchanged);
    }
    let told = tell(&mut tx, order).await?;
    tx.changed(&[Topic::Queue]).await?;
    tx.commit().await?;
    Ok(told)
}

/// Sends the followers an Update at once when the letter's state changed what the profile says of signing.
///
/// # Errors
/// Those of [`present`].
pub async fn follow_state(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
) -> Result<PendingDeliveries> {
    let ProfileUpdate::Now(deliveries) = tell(tx, order).await? else {
        return Ok(PendingDeliveries::default());
    };
    tx.changed(&[Topic::Queue]).await?;
    let queued = deliveries > 0;
    Ok(PendingDeliveries { queued })
}

async fn is_due(tx: &mut Tx, order: &ActorCommandContext<'_>) -> Result<bool> {
    let identity = tx.identity().await?;
    if identity.is_none_or(|identity| identity.retired_at.is_some()) {
        return Ok(false);
    }
    let Some(last) = last_told(tx).await? else {
        return Ok(true);
    };
    Ok(order.builder.now.since(last.at) >= EVERY && !last.is(&document(tx, order).await?))
}

/// The actor's document now.
async fn document(tx: &mut Tx, order: &ActorCommandContext<'_>) -> Result<Value> {
    let profile = order.profile;
    profile
        .current(tx, order.builder.urls, order.settings, order.builder.now)
        .await
}

async fn tell(tx: &mut Tx, order: &ActorCommandContext<'_>) -> Result<ProfileUpdate> {
    living(tx).await?;
    let document = document(tx, order).await?;
    if last_told(tx)
        .await?
        .is_some_and(|last_told| last_told.is(&document))
    {
        return Ok(ProfileUpdate::Unchanged);
    }
    let update = order.update(tx).await?;
    let mut queued = 0;
    for id in tx.send(&[update]).await? {
        queued += tx.queue_for_followers(id, order.builder.now).await?;
    }
    Ok(ProfileUpdate::Now(queued))
}
