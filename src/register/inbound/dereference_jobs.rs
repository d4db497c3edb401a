//! Jobs that fetch objects from their own server, for activities whose sender is no authority for them.
//!
//! What an activity says about somebody else's object is not believed: only the id is taken, and a job fetches the
//! object. This module decides which jobs a batch orders, and limits how many may wait, because strangers cause them.
//!
//! Not here: which activities need a fetch (`federation::interpret`), and the fetching
//! (`federation::dereference_jobs`).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{
    activity::{DereferenceTask, InboundAction, InboundActivity},
    actor_state::ActorState,
    refresh_jobs::{self, SecondCheck},
};
use crate::{
    activitystreams::is_forge_account,
    clock::Millis,
    hash::Sha256,
    register::error::Result,
    store::{NewJob, Ordered, Tx, WaitingLimits},
};

/// Job kind: fetches one post and applies it as its author's. The payload is the post's id.
pub const FETCH_POST: &str = "fetch_post";
/// Job kind: checks whether a stored post is gone. The payload is the post's id.
pub const CHECK_POST: &str = "look";
/// Job kind: checks a second time whether a post is gone. The payload is a [`SecondCheck`].
pub const CONFIRM_POST_GONE: &str = "look_again";
/// Job kind: confirms a Move at both accounts. The payload is a [`Removal`].
pub const MOVE: &str = "move";

/// How long after a change a document is read again. Mastodon serves documents up to three minutes old.
const CACHED: Duration = Duration::from_mins(5);

/// How long after a look that found nothing another one asks again: `http_client` remembers it for an hour.
const FORGOTTEN: Duration = Duration::from_mins(65);

/// Limits for waiting jobs. One domain gets a tenth of the places, however many hosts it has, so that it cannot keep
/// out the others. At a few seconds each and four at once, a full queue is a quarter of an hour of work.
const WAITING: WaitingLimits = WaitingLimits {
    per_host: 100,
    in_all: 1000,
};

/// A Move, as the old account announced it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Removal {
    /// The id of the old account.
    pub from: String,
    /// The id of the new account.
    pub to: String,
    /// How many looks found it unconfirmed.
    #[serde(default)]
    pub looks: usize,
}

/// When a Move that a look did not confirm is looked at again. Mastodon serves the documents of actors up to three
/// minutes after they changed.
const LOOKS_AGAIN_AFTER: [Duration; 2] = [Duration::from_mins(5), Duration::from_hours(1)];

/// The job that looks at a Move again after one more look did not confirm it; `None` after the last one.
///
/// # Errors
/// Only if an id could not be written as JSON.
pub fn next_look(
    removal: &Removal,
    now: Millis,
) -> std::result::Result<Option<NewJob>, serde_json::Error> {
    let Some(wait) = LOOKS_AGAIN_AFTER.get(removal.looks) else {
        return Ok(None);
    };
    let next = Removal {
        looks: removal.looks.saturating_add(1),
        ..removal.clone()
    };
    // Not the key of a first look: one that the account orders anew is not to wait for this.
    let about = format!("{} again {}", removal.from, next.looks);
    let payload = serde_json::to_string(&next)?;
    Ok(Some(job(MOVE, &about, payload, now.plus(*wait))))
}

/// A job about one object; a second one is not added while it waits.
fn job(kind: &str, about: &str, payload: String, due_at: Millis) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        key_hash: Sha256::of(&format!("{kind} {about}")),
        payload,
        due_at,
        domain: None,
    }
}

/// The job that checks whether a post stands.
pub(in crate::register) fn check_post(url: &str, due_at: Millis) -> NewJob {
    job(CHECK_POST, url, url.to_owned(), due_at)
}

/// The job that checks a second time, `grace` after the first check.
///
/// # Errors
/// Only if an id could not be written as JSON.
pub fn second_check(
    check: &SecondCheck,
    grace: Duration,
) -> std::result::Result<NewJob, serde_json::Error> {
    let payload = serde_json::to_string(check)?;
    Ok(job(
        CONFIRM_POST_GONE,
        &check.url,
        payload,
        check.first.plus(grace),
    ))
}

/// The jobs that a batch orders, and the posts that are stored here.
#[derive(Clone, Debug, Default)]
pub(in crate::register) struct DereferenceJobs {
    /// Stored posts among those that the batch names, by the hash of their id.
    known: HashMap<Sha256, String>,
    /// Direct messages among them, which are never read: no server shows them to us.
    messages: HashSet<Sha256>,
    /// Jobs, each with the domain that caused it.
    ordered: Vec<(String, NewJob)>,
}

impl DereferenceJobs {
    /// Loads which of the named posts are stored here.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let posts = incoming.iter().filter_map(|activity| {
            if let InboundAction::Dereference(task) = &activity.action {
                task.post()
            } else {
                None
            }
        });
        let hashes: Vec<_> = posts.map(Sha256::of).collect();
        let messages = tx.direct_messages(&hashes).await?;
        let posts = tx.known_posts(&hashes).await?;
        // Comments on forges are no documents: whoever reads the thread notes that they are gone.
        let known = posts
            .into_iter()
            .filter(|post| !is_forge_account(&post.actor))
            .map(|post| (post.object_hash, post.object));
        Ok(Self {
            known: known.collect(),
            messages: messages.into_iter().collect(),
            ordered: Vec::new(),
        })
    }

    /// Whether a post that the batch names is stored here.
    pub(in crate::register) fn is_known(&self, url: &str) -> bool {
        self.known.contains_key(&Sha256::of(url))
    }

    /// Orders the fetch of what the sender named, if it can concern the letter.
    pub(in crate::register) fn add(
        &mut self,
        actor: &ActorState,
        task: &DereferenceTask,
        now: Millis,
    ) {
        let known = |url: &str| self.known.get(&Sha256::of(url));
        let is_message = |url: &str| self.messages.contains(&Sha256::of(url));
        if task.post().is_some_and(is_message) {
            return;
        }
        let sender = &actor.row.url;
        let job = match task {
            DereferenceTask::Post { url, concerns_us } => (*concerns_us || known(url).is_some())
                .then(|| job(FETCH_POST, url, url.clone(), now)),
            DereferenceTask::Gone { url } => known(url).map(|known| check_post(known, now)),
            DereferenceTask::Actor => Some(refresh_jobs::read_again(sender, now)),
            DereferenceTask::Moved { to } => {
                let removal = Removal {
                    from: sender.clone(),
                    to: to.clone(),
                    looks: 0,
                };
                let payload = serde_json::to_string(&removal).ok();
                let used = actor.endorsement.is_some() && actor.row.successor_id.is_none();
                payload
                    .filter(|_| used)
                    .map(|payload| job(MOVE, sender, payload, now))
            }
        };
        let domain = actor.domain();
        self.ordered.extend(job.map(|job| (domain, job)));
    }

    /// Orders that a post is read, at once and after [`CACHED`], because two edits of it have the
    /// date `updated` and cannot be told apart.
    pub(in crate::register) fn read_twice(
        &mut self,
        actor: &ActorState,
        post: &str,
        updated: Millis,
        now: Millis,
    ) {
        let later = now.plus(CACHED);
        let about = format!("{post} {}", updated.as_millis());
        let jobs = [
            job(FETCH_POST, post, post.to_owned(), now),
            job(FETCH_POST, &about, post.to_owned(), later),
        ];
        let domain = actor.domain();
        self.ordered.extend(jobs.map(|job| (domain.clone(), job)));
    }

    /// Orders that a post is read whose author brought it back: at once, and when a look that found nothing is
    /// forgotten; and after [`CACHED`] whether it still is there. The author's Delete counts as the first check of that.
    pub(in crate::register) fn read_restored(
        &mut self,
        actor: &ActorState,
        post: &str,
        now: Millis,
    ) {
        let check = SecondCheck {
            url: post.to_owned(),
            first: Millis::from_millis(0),
        };
        let about = format!("{post} restored");
        let looks = [
            job(FETCH_POST, post, post.to_owned(), now),
            job(FETCH_POST, &about, post.to_owned(), now.plus(FORGOTTEN)),
        ];
        let payload = serde_json::to_string(&check).ok();
        let second = payload.map(|payload| job(CONFIRM_POST_GONE, post, payload, now.plus(CACHED)));
        let domain = actor.domain();
        let jobs = looks.into_iter().chain(second);
        self.ordered.extend(jobs.map(|job| (domain.clone(), job)));
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
