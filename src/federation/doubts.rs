//! Actors in whose name an unverified Delete or Update of their own account came.
//!
//! Such a request is answered with 202 whoever is named: the key of a deleted account cannot be read any more, and
//! another answer would tell strangers whom we know. So it proves nothing, and changes nothing. Once a second those of
//! the named actors that the register knows are ordered to be read again from their own server, each at most once in
//! five minutes. This is done apart from the answer, which so takes the same time for everybody.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use url::Url;

use crate::{
    activitystreams::domain_of,
    clock::Millis,
    endorsement::blocks::BlockList,
    hash::Sha256,
    rate_limit::{Rate, RateLimits},
    register::inbound::refresh_jobs::read_again,
    store::{self, NewJob, Store},
};

/// The shortest time between two reads of one actor for this reason.
const READ_EVERY: Duration = Duration::from_mins(5);

/// The most actors that are named in one second; an id has at most 2,048 bytes. Who comes later is read when their
/// document is old.
const MAX_NAMED: usize = 4096;

/// The most actors of one registrable domain that are ordered in a minute: whoever names its people must not make us
/// flood it, nor fill the queue of jobs. The others are read when their documents are old.
const OF_ONE_DOMAIN: u32 = 10;

/// The actors that were named since the last round, and when the known ones were or will be read.
#[derive(Debug)]
pub struct Doubts {
    named: Mutex<HashSet<String>>,
    read: Mutex<HashMap<String, Millis>>,
    by_domain: RateLimits,
}

impl Default for Doubts {
    fn default() -> Self {
        Self {
            named: Mutex::default(),
            read: Mutex::default(),
            by_domain: RateLimits::new(Rate::per_minute(OF_ONE_DOMAIN)),
        }
    }
}

impl Doubts {
    /// Notes that an unverified request named this actor.
    pub fn note(&self, actor: &str) {
        let mut named = lock(&self.named);
        if named.len() < MAX_NAMED {
            named.insert(actor.to_owned());
        }
    }

    /// Orders the known ones among the named actors to be read again. Nothing is read from blocked ones.
    ///
    /// # Errors
    /// The database failed; those who were named are ordered the next time.
    pub async fn order(&self, store: &Store, blocks: &BlockList, now: Millis) -> store::Result<()> {
        let mut named = mem::take(&mut *lock(&self.named));
        named.retain(|actor| !blocks.blocks_actor(actor));
        let ordered = self.order_known(store, &named, now).await;
        if ordered.is_err() {
            lock(&self.named).extend(named);
        }
        ordered
    }

    /// Whoever holds nothing any more is not read: what is read would be kept for another day, and so for ever.
    async fn order_known(
        &self,
        store: &Store,
        named: &HashSet<String>,
        now: Millis,
    ) -> store::Result<()> {
        let hashes: Vec<_> = named.iter().map(|actor| Sha256::of(actor)).collect();
        if hashes.is_empty() {
            return Ok(());
        }
        let holding = store.read().await?.actors_who_hold(&hashes).await?;
        lock(&self.read).retain(|_, at| now.since(*at) < READ_EVERY);
        let due = holding.iter().filter_map(|actor| self.due(actor, now));
        let jobs: Vec<_> = due.collect();
        if jobs.is_empty() {
            return Ok(());
        }
        let mut tx = store.write().await?;
        tx.add_jobs(&jobs).await?;
        tx.commit().await?;
        let ordered = jobs.into_iter().map(|job| (job.payload, job.due_at));
        lock(&self.read).extend(ordered);
        Ok(())
    }

    /// The job that reads this actor; `None` when that is ordered already, or too many of its domain were.
    fn due(&self, actor: &str, now: Millis) -> Option<NewJob> {
        let last = lock(&self.read).get(actor).copied();
        let last = last.filter(|at| now.since(*at) < READ_EVERY);
        if last.is_some_and(|at| at > now) {
            return None;
        }
        let url = Url::parse(actor).ok()?;
        let host = url.host_str()?;
        let domain = domain_of(host).unwrap_or_else(|| host.to_owned());
        self.by_domain.take(&domain, now, Duration::ZERO).ok()?;
        let due = last.map_or(now, |at| at.plus(READ_EVERY));
        Some(read_again(actor, due))
    }
}

/// A poisoned lock is taken over: no change above leaves a set half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "https://m.example/ada";

    fn now(seconds: u64) -> Millis {
        Millis::from_millis(0).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn an_actor_is_read_once_in_five_minutes_and_the_last_request_counts() {
        let doubts = Doubts::default();
        for (at, due) in [
            (0, Some(0)),
            (10, Some(300)),
            (20, None),
            (300, Some(600)),
            (301, None),
            (1000, Some(1000)),
        ] {
            let job = doubts.due(ADA, now(at));
            let found = job.as_ref().map(|job| job.due_at);
            assert_eq!(found, due.map(now), "{at}");
            if let Some(job) = job {
                lock(&doubts.read).insert(job.payload, job.due_at);
            }
        }
    }

    #[test]
    fn few_of_one_domain_are_read_in_a_minute() {
        let doubts = Doubts::default();
        let people = (0..30).map(|n| format!("https://h{n}.m.example/ada"));
        let read = people.filter(|actor| doubts.due(actor, now(0)).is_some());
        assert_eq!(read.count(), 10);
        assert!(doubts.due("https://other.example/ada", now(0)).is_some());
        assert!(doubts.due("https://h29.m.example/ada", now(60)).is_some());
    }
}
