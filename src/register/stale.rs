//! Actors whose documents are old: who is shown and still acts is read again (F-155, F-344).

use std::time::Duration;

use super::situation::Situation;
use crate::{clock::Millis, hash::Sha256, store::NewJob};

/// The kind of job that reads one actor's document again; its payload is the actor's id.
pub const REFRESH_ACTOR: &str = "refresh_actor";

/// After how long a document that is still used counts as stale (F-43, F-155).
const STALE_AFTER: Duration = Duration::from_hours(7 * 24);

/// The job that refreshes an actor, when it is shown and its document is stale; asked for twice, it is one. From
/// who is blocked nothing is fetched.
pub(super) fn refresh(situation: &Situation, now: Millis) -> Option<NewJob> {
    let actor = &situation.actor;
    let stale = now.since(actor.refreshed_at) >= STALE_AFTER;
    let used = situation.endorsement.is_some() || situation.follows;
    (stale && used && !situation.is_blocked()).then(|| read_again(&actor.url, now))
}

/// The job that reads an actor's document again.
pub(super) fn read_again(actor: &str, now: Millis) -> NewJob {
    NewJob {
        kind: REFRESH_ACTOR.to_owned(),
        key_hash: Sha256::of(&format!("{REFRESH_ACTOR} {actor}")),
        payload: actor.to_owned(),
        due_at: now,
    }
}
