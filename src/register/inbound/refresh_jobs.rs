//! Jobs that fetch actor documents again: those of shown actors that are old, because servers send profile changes,
//! Deletes and Moves only to followers; and those of actors whose inbox keeps failing.
//!
//! Not here: the reading (`federation::dereference_jobs`), and which answers are strange (`delivery`).

use std::time::Duration;

use super::actor_state::ActorState;
use crate::{
    clock::Millis,
    hash::Sha256,
    http_client::pace::counted_domain_of,
    register::error::Result,
    store::{NewJob, Tx},
};

/// Job kind: fetches one actor's document again. The payload is the actor's id.
pub const REFRESH_ACTOR: &str = "refresh_actor";

/// Job kind: fetches the document of an actor that was gone. The payload is a [`SecondCheck`].
pub const CONFIRM_ACTOR_GONE: &str = "actor_again";

/// Job kind: the same, put off because most of the accounts at a domain seem gone.
pub const CONFIRM_ACTOR_GONE_LATE: &str = "actor_again_late";

/// How long after the first check an account ends at the earliest, while most of the accounts at its domain seem gone: a
/// proxy that is set up wrongly, or a domain that moves, answers 404 for everybody, and is noticed within days.
pub const LATE: Duration = Duration::from_hours(7 * 24);

/// Fewer accounts at a domain may all be gone without a delay.
const FEW: i64 = 5;

/// A document younger than this is not fetched again because of an inbox: once a day is enough.
const REFRESHED_AFTER: Duration = Duration::from_hours(24);

/// Limit of actors that are fetched again because of one delivery run to a host: a shared inbox stands for thousands,
/// and the next delivery orders the next ones.
const REFRESHED_AT_ONCE: i64 = 20;

/// The age at which a document that is still used counts as stale; Mastodon takes the same.
const STALE_AFTER: Duration = Duration::from_hours(7 * 24);

/// A first check, which found a post or an actor gone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SecondCheck {
    /// The id of the post or actor.
    pub url: String,
    /// When the first check was.
    pub first: Millis,
}

/// The job that refreshes an actor who endorses or follows, when its document is stale, or when a like waits for it.
/// Ordered twice, it is one job. Nothing is fetched from blocked actors, and accounts on forges are no documents.
pub(in crate::register) fn refresh(actor: &ActorState, now: Millis) -> Option<NewJob> {
    let stale = now.since(actor.row.refreshed_at) >= STALE_AFTER && !actor.is_project();
    let used = actor.endorsement.is_some() || actor.follows;
    let wanted = stale && used || actor.waits_for_reading();
    (wanted && !actor.is_blocked() && !actor.is_on_forge()).then(|| read_again(&actor.row.url, now))
}

/// The job that fetches an actor's document again.
pub fn read_again(actor: &str, now: Millis) -> NewJob {
    NewJob {
        kind: REFRESH_ACTOR.to_owned(),
        key_hash: Sha256::of(&format!("{REFRESH_ACTOR} {actor}")),
        payload: actor.to_owned(),
        due_at: now,
        domain: None,
    }
}

/// Orders a refresh of the actors to whom these inboxes belong, as far as they follow or endorse: they may have
/// another inbox now, or be gone. Returns the number of jobs ordered.
pub async fn refresh_owners(tx: &mut Tx, inbox_ids: &[i64], now: Millis) -> Result<u64> {
    let before = now.minus(REFRESHED_AFTER);
    let actors = tx
        .actors_behind(inbox_ids, before, REFRESHED_AT_ONCE)
        .await?;
    let jobs: Vec<_> = actors.iter().map(|actor| read_again(actor, now)).collect();
    Ok(tx.add_jobs(&jobs).await?)
}

/// The job that checks a gone actor a second time, `grace` after the first check.
///
/// # Errors
/// Only if an id could not be written as JSON.
pub fn second_check(
    check: &SecondCheck,
    grace: Duration,
) -> std::result::Result<NewJob, serde_json::Error> {
    Ok(NewJob {
        kind: CONFIRM_ACTOR_GONE.to_owned(),
        key_hash: Sha256::of(&format!("{CONFIRM_ACTOR_GONE} {}", check.url)),
        payload: serde_json::to_string(check)?,
        due_at: check.first.plus(grace),
        domain: counted_domain_of(&check.url),
    })
}

/// The second check of an account put off to [`LATE`] after the first one.
///
/// # Errors
/// Only if an id could not be written as JSON.
pub fn late_check(check: &SecondCheck) -> std::result::Result<NewJob, serde_json::Error> {
    Ok(NewJob {
        kind: CONFIRM_ACTOR_GONE_LATE.to_owned(),
        key_hash: Sha256::of(&format!("{CONFIRM_ACTOR_GONE_LATE} {}", check.url)),
        ..second_check(check, LATE)?
    })
}

/// Whether an account that was gone twice is to be looked at once more, at [`LATE`], because most of the accounts at its
/// domain seem gone: at least five, and more than were read since the first check.
///
/// # Errors
/// The database failed.
pub async fn is_one_of_many(tx: &mut Tx, check: &SecondCheck, now: Millis) -> Result<bool> {
    let Some(domain) = counted_domain_of(&check.url) else {
        return Ok(false);
    };
    let put_off = tx.jobs_at(CONFIRM_ACTOR_GONE_LATE, &domain).await?;
    let gone = put_off + tx.jobs_at(CONFIRM_ACTOR_GONE, &domain).await?;
    if now.since(check.first) >= LATE || gone < FEW {
        return Ok(false);
    }
    let hash = Sha256::of(&check.url);
    let there = tx.endorsers_read_since(&hash, check.first, gone).await?;
    let is_one = gone > there;
    if is_one && put_off == 0 {
        tracing::warn!(
            domain,
            gone,
            there,
            "most accounts at a domain are not found: their endorsements stay for 7 days after the first look"
        );
    }
    Ok(is_one)
}
