//! Jobs that fetch objects from their own server, for activities whose sender is no authority for them.
//!
//! What an activity says about somebody else's object is not believed: only the id is taken, and a job fetches the
//! object. This module decides which jobs a batch orders, and limits how many may wait, because strangers cause them.
//!
//! Not here: which activities need a fetch (`federation::errands`), and the fetching (`federation::dereference_jobs`).

use std::collections::HashMap;

use super::{batch::Batch, refresh_jobs};
use crate::{
    clock::Millis,
    endorsement::Cause,
    hash::Sha256,
    register::{InboundActivity, Result},
    store::{NewJob, Ordered, Tx, WaitingLimits},
};

/// Job kind: fetches one post and applies it as its author's. The payload is the post's id.
pub const FETCH_POST: &str = "fetch_post";
/// Job kind: checks whether a stored post is gone. The payload is the post's id.
pub const LOOK: &str = "look";
/// Job kind: checks a second time whether a post is gone. The payload is a [`SecondLook`].
pub const LOOK_AGAIN: &str = "look_again";
/// Job kind: confirms a Move at both accounts. The payload is a [`Removal`].
pub const MOVE: &str = "move";

/// Limits for waiting jobs. One domain gets a tenth of the places, however many hosts it has, so that it cannot keep
/// out the others. At a few seconds each and four at once, a full queue is a quarter of an hour of work.
const WAITING: WaitingLimits = WaitingLimits {
    per_host: 100,
    in_all: 1000,
};

/// Something to fetch from its own server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DereferenceTask {
    /// A post, new or edited.
    Post {
        /// Its id.
        url: String,
        /// Whether the activity relates the post to the letter; otherwise it is fetched only when it is stored here
        /// already.
        concerns_us: bool,
    },
    /// A post that is said to be deleted.
    Gone {
        /// Its id.
        url: String,
    },
    /// The sender's own document, which changed.
    Actor,
    /// The sender says that its account moved.
    Moved {
        /// The id of the new account.
        to: String,
    },
}

impl DereferenceTask {
    /// The id of the post to fetch, if it is one.
    fn post(&self) -> Option<&str> {
        match self {
            Self::Post { url, .. } | Self::Gone { url } => Some(url),
            Self::Actor | Self::Moved { .. } => None,
        }
    }
}

/// A first check, which found a post or an actor gone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SecondLook {
    /// The id of the post or actor.
    pub url: String,
    /// When the first check was.
    pub first: Millis,
}

/// A Move, as the old account announced it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Removal {
    /// The id of the old account.
    pub from: String,
    /// The id of the new account.
    pub to: String,
}

/// A job about one object; a second one is not added while it waits.
fn job(kind: &str, about: &str, payload: String, due_at: Millis) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        key_hash: Sha256::of(&format!("{kind} {about}")),
        payload,
        due_at,
    }
}

/// The job that checks a second time, `grace` after the first check.
///
/// # Errors
/// Only if an id could not be written as JSON.
pub fn second_look(
    look: &SecondLook,
    grace: std::time::Duration,
) -> std::result::Result<NewJob, serde_json::Error> {
    let payload = serde_json::to_string(look)?;
    Ok(job(LOOK_AGAIN, &look.url, payload, look.first.plus(grace)))
}

/// The jobs that a batch orders, and the posts that are stored here.
#[derive(Debug, Default)]
pub(in crate::register) struct DereferenceJobs {
    /// Stored posts among those that the batch names, by the hash of their id.
    known: HashMap<Sha256, String>,
    /// Jobs, each with the domain that caused it.
    ordered: Vec<(String, NewJob)>,
}

impl DereferenceJobs {
    /// Loads which of the named posts are stored here.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let errands = incoming
            .iter()
            .filter_map(|activity| activity.deed.errand());
        let hashes: Vec<_> = errands
            .filter_map(DereferenceTask::post)
            .map(Sha256::of)
            .collect();
        let posts = tx.known_posts(&hashes).await?;
        let known = posts
            .into_iter()
            .map(|post| (post.object_hash, post.object));
        Ok(Self {
            known: known.collect(),
            ordered: Vec::new(),
        })
    }

    /// Saves the jobs as far as the limits allow; the rest is dropped.
    pub(in crate::register) async fn order(&mut self, tx: &mut Tx) -> Result<()> {
        let mut full = 0_u32;
        for (domain, job) in self.ordered.drain(..) {
            if tx.order_job(&domain, &job, WAITING).await? == Ordered::Full {
                full += 1;
            }
        }
        if full > 0 {
            tracing::warn!(
                dropped = full,
                "too many objects to fetch: the rest is dropped"
            );
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// Orders the fetch of what the sender named, if it can concern the letter.
    pub(in crate::register) fn look_up(&mut self, which: usize, errand: &DereferenceTask) {
        let now = self.now;
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let actor = &situation.actor;
        let ours = |url: &str| self.looks.known.get(&Sha256::of(url)).cloned();
        let job = match errand {
            DereferenceTask::Post { url, concerns_us } => (*concerns_us || ours(url).is_some())
                .then(|| job(FETCH_POST, url, url.clone(), now)),
            DereferenceTask::Gone { url } => {
                ours(url).map(|known| job(LOOK, &known, known.clone(), now))
            }
            DereferenceTask::Actor => Some(refresh_jobs::read_again(&actor.url, now)),
            DereferenceTask::Moved { to } => {
                let removal = Removal {
                    from: actor.url.clone(),
                    to: to.clone(),
                };
                let payload = serde_json::to_string(&removal).ok();
                let used = situation.endorsement.is_some() && actor.successor_id.is_none();
                payload
                    .filter(|_| used)
                    .map(|payload| job(MOVE, &actor.url, payload, now))
            }
        };
        let domain = actor.domain.clone();
        self.looks.ordered.extend(job.map(|job| (domain, job)));
    }

    /// Two fetches found a post gone: its act ends. What a Move carried over stays, because the old server may well
    /// be gone.
    pub(in crate::register) fn source_gone(&mut self, which: usize, object: &str) {
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let stands = situation
            .acts
            .iter()
            .position(|row| row.object == object && row.act.is_post() && row.act.ended.is_none());
        if let Some(index) = stands {
            self.end(which, index, self.now, Cause::Gone);
        }
    }
}
