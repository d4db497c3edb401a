//! Actors whose documents are old or in doubt: who is shown and still acts is read again (F-155, F-344), and so is
//! whose inbox answers strangely (F-161, F-163).
//!
//! Not here: the reading (`federation::refresh`), and which answers are strange (`delivery`).

use std::time::Duration;

use super::{actor_state::ActorState, dereference_jobs::SecondLook};
use crate::{
    clock::Millis,
    hash::Sha256,
    register::Result,
    store::{NewJob, Tx},
};

/// The kind of job that reads one actor's document again; its payload is the actor's id.
pub const REFRESH_ACTOR: &str = "refresh_actor";

/// The kind of job that reads the document of an actor again that was gone; its payload is a [`SecondLook`].
pub const ACTOR_AGAIN: &str = "actor_again";

/// Who was read since then is not read again because of an inbox: one look a day is enough.
const DOUBTED_AFTER: Duration = Duration::from_hours(24);

/// Most actors that are read again because of one visit to a host: a shared inbox stands for thousands, and the next
/// delivery asks for the next ones.
const DOUBTED_AT_ONCE: i64 = 20;

/// After how long a document that is still used counts as stale (F-43, F-155).
const STALE_AFTER: Duration = Duration::from_hours(7 * 24);

/// The job that refreshes an actor, when it is shown and its document is stale; asked for twice, it is one. From
/// who is blocked nothing is fetched.
pub(in crate::register) fn refresh(situation: &ActorState, now: Millis) -> Option<NewJob> {
    let actor = &situation.actor;
    let stale = now.since(actor.refreshed_at) >= STALE_AFTER;
    let used = situation.endorsement.is_some() || situation.follows;
    (stale && used && !situation.is_blocked()).then(|| read_again(&actor.url, now))
}

/// The job that reads an actor's document again.
pub(in crate::register) fn read_again(actor: &str, now: Millis) -> NewJob {
    NewJob {
        kind: REFRESH_ACTOR.to_owned(),
        key_hash: Sha256::of(&format!("{REFRESH_ACTOR} {actor}")),
        payload: actor.to_owned(),
        due_at: now,
    }
}

/// Orders a look at the actors to whom these inboxes belong, as far as they follow or endorse: perhaps they have
/// another inbox now, or are gone. Gives how many were ordered.
pub async fn doubt(tx: &mut Tx, inbox_ids: &[i64], now: Millis) -> Result<u64> {
    let before = now.minus(DOUBTED_AFTER);
    let actors = tx.actors_behind(inbox_ids, before, DOUBTED_AT_ONCE).await?;
    let jobs: Vec<_> = actors.iter().map(|it| read_again(it, now)).collect();
    Ok(tx.add_jobs(&jobs).await?)
}

/// The job that looks at a gone actor a second time, `grace` after the first look (`product.md` 2.4).
///
/// # Errors
/// Only if an id could not be written as JSON.
pub fn second_look(
    look: &SecondLook,
    grace: Duration,
) -> std::result::Result<NewJob, serde_json::Error> {
    Ok(NewJob {
        kind: ACTOR_AGAIN.to_owned(),
        key_hash: Sha256::of(&format!("{ACTOR_AGAIN} {}", look.url)),
        payload: serde_json::to_string(look)?,
        due_at: look.first.plus(grace),
    })
}
