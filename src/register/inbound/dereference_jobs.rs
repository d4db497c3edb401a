//! What has to be read from its own server before anything of it counts (F-219, F-237, F-211).
//!
//! Whoever passes on what somebody else said is believed in nothing: an id is taken, and a job fetches what
//! stands there. Here is what is ordered, of what, and how much of it: jobs for strangers are few.
//!
//! Not here: what an activity orders (`federation::errands`), and the fetching (`federation::look`).

use std::collections::HashMap;

use super::{batch::Batch, refresh_jobs};
use crate::{
    clock::Millis,
    endorsement::Cause,
    hash::Sha256,
    register::{InboundActivity, Result},
    store::{NewJob, Ordered, Tx, WaitingLimits},
};

/// The kind of job that reads one post and applies it as its author's; its payload is the post's id.
pub const FETCH_POST: &str = "fetch_post";
/// The kind of job that looks whether a post of ours is gone; its payload is the post's id.
pub const LOOK: &str = "look";
/// The kind of job that looks a second time; its payload is a [`SecondLook`].
pub const LOOK_AGAIN: &str = "look_again";
/// The kind of job that confirms a Move at both accounts; its payload is a [`Removal`].
pub const MOVE: &str = "move";

/// Ordered jobs that may wait. One domain fills a tenth of the places, however many hosts it has: it can keep
/// out nobody else. At a few seconds each and four at once, all of them are a quarter of an hour of work.
const WAITING: WaitingLimits = WaitingLimits {
    per_host: 100,
    in_all: 1000,
};

/// Something to be read from its own server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DereferenceTask {
    /// A post, new or edited.
    Post {
        /// Its id.
        url: String,
        /// Whether what was said of it makes it ours to read, or only that we have it already.
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
    /// The post that it is about.
    fn post(&self) -> Option<&str> {
        match self {
            Self::Post { url, .. } | Self::Gone { url } => Some(url),
            Self::Actor | Self::Moved { .. } => None,
        }
    }
}

/// The first look, which found a post gone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SecondLook {
    /// The post's id.
    pub url: String,
    /// When the first look was.
    pub first: Millis,
}

/// A Move as the old account told it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Removal {
    /// The id of the old account.
    pub from: String,
    /// The id of the new account.
    pub to: String,
}

/// A job about one thing: a second one like it is not added.
fn job(kind: &str, about: &str, payload: String, due_at: Millis) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        key_hash: Sha256::of(&format!("{kind} {about}")),
        payload,
        due_at,
    }
}

/// The job that looks a second time, `grace` after the first look.
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

/// What a batch orders, and what of it is ours already.
#[derive(Debug, Default)]
pub(in crate::register) struct DereferenceJobs {
    /// Posts that stand: which are worth a look.
    known: HashMap<Sha256, String>,
    /// Who orders what.
    ordered: Vec<(String, NewJob)>,
}

impl DereferenceJobs {
    /// Reads which of the things that are spoken of are here.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let errands = incoming.iter().filter_map(|it| it.deed.errand());
        let hashes: Vec<_> = errands
            .filter_map(DereferenceTask::post)
            .map(Sha256::of)
            .collect();
        let posts = tx.known_posts(&hashes).await?;
        let known = posts.into_iter().map(|it| (it.object_hash, it.object));
        Ok(Self {
            known: known.collect(),
            ordered: Vec::new(),
        })
    }

    /// Writes the jobs, as far as there is room for them.
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
                "more was passed on to us than we look up; the rest is dropped"
            );
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// Orders what the sender named, if it can concern us at all.
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
            DereferenceTask::Gone { url } => ours(url).map(|it| job(LOOK, &it, it.clone(), now)),
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
                    .map(|it| job(MOVE, &actor.url, it, now))
            }
        };
        let domain = actor.domain.clone();
        self.looks.ordered.extend(job.map(|it| (domain, it)));
    }

    /// Two looks found a post gone. What came with a Move stays: its old server may well be gone.
    pub(in crate::register) fn source_gone(&mut self, which: usize, object: &str) {
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let stands = situation
            .acts
            .iter()
            .position(|it| it.object == object && it.act.is_post() && it.act.ended.is_none());
        if let Some(index) = stands {
            self.end(which, index, self.now, Cause::Gone);
        }
    }
}
