//! What the verification of an endorsement changes besides what its actor could have sent: the handle that is shown, and
//! whether its server counts as gone.
//!
//! Not here: the looks (`federation::verification`).

use std::time::Duration;

use super::{batch::Batch, news::News};
use crate::{
    clock::Millis,
    endorsement::Cause,
    hash::Sha256,
    register::{error::Result, rules::Context},
    store::{Topic, Tx, VerificationSource},
};

/// How long no look may have got an answer from a server before the public list says that it is gone.
const GONE_AFTER: Duration = Duration::from_hours(90 * 24);

/// Shows an actor by another handle, when its document still gives the `stated` one. A frozen actor stays as it is.
/// Returns whether anything changed.
pub async fn show_handle(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    actor: &str,
    (stated, handle): (&str, &str),
) -> Result<bool> {
    let row = tx.actors(&[Sha256::of(actor)]).await?.pop();
    let Some(row) = row.filter(|row| row.own_handle() == stated && row.frozen_at.is_none()) else {
        return Ok(false);
    };
    if row.handle == handle {
        return Ok(false);
    }
    let differs = (stated != handle).then_some(stated);
    tx.show_handle(row.id, handle, differs).await?;
    let mut batch = Batch::of_actors(tx, context, now, &[row.id]).await?;
    batch.each(|shared, actor| {
        shared.saved = News::Removal;
        actor.handle_changed = true;
        actor.index_again();
        shared.settle(actor, Cause::ActorChanged, None);
    });
    batch.save(tx).await?;
    Ok(true)
}

/// Keeps in mind that the host of a confirmed handle answers, and says nothing about accounts. Returns whether the handle
/// is to be given up: the second such look, `grace` after the first or later, does that. What no host answered in between
/// changes nothing.
pub async fn doubt_handle(
    tx: &mut Tx,
    source: &VerificationSource,
    grace: Duration,
    now: Millis,
) -> Result<bool> {
    if let Some(since) = source.handle_doubted_at {
        return Ok(now.since(since) >= grace);
    }
    tx.doubt_handle(source.actor_id, Some(now)).await?;
    Ok(false)
}

/// Keeps in mind whether a look got an answer from a host, and shows it once that has lasted for 90 days, or is over.
pub async fn note_host(
    tx: &mut Tx,
    source: &VerificationSource,
    reached: bool,
    now: Millis,
) -> Result<()> {
    let gone_before = now.minus(GONE_AFTER);
    let gone_since = source
        .unreachable_since
        .filter(|since| !reached && *since <= gone_before);
    if reached {
        tx.host_reached(source.host_id, now).await?;
    } else {
        tx.host_unreached(source.host_id, now, gone_before).await?;
    }
    if gone_since != source.gone_since {
        tx.changed(&[Topic::Register]).await?;
    }
    Ok(())
}
