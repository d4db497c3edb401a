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

use crate::{
    clock::Millis,
    endorsement::blocks::BlockList,
    hash::Sha256,
    register::inbound::refresh_jobs::read_again,
    store::{self, Store},
};

/// The shortest time between two reads of one actor for this reason.
const READ_EVERY: Duration = Duration::from_mins(5);

/// The most actors that are named in one second; an id has at most 2,048 bytes. Who comes later is read when their
/// document is old.
const MAX_NAMED: usize = 4096;

/// The actors that were named since the last round, and when the known ones were or will be read.
#[derive(Debug, Default)]
pub struct Doubts {
    named: Mutex<HashSet<String>>,
    read: Mutex<HashMap<String, Millis>>,
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
    /// The database failed; those who were named are forgotten.
    pub async fn order(&self, store: &Store, blocks: &BlockList, now: Millis) -> store::Result<()> {
        let mut named = mem::take(&mut *lock(&self.named));
        named.retain(|actor| !blocks.blocks_actor(actor));
        if named.is_empty() {
            return Ok(());
        }
        let hashes: Vec<_> = named.iter().map(|actor| Sha256::of(actor)).collect();
        let known = store.read().await?.actors(&hashes).await?;
        let due: Vec<_> = known
            .into_iter()
            .filter_map(|actor| Some((self.due(&actor.url, now)?, actor.url)))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let jobs = due.iter().map(|(at, actor)| read_again(actor, *at));
        let jobs: Vec<_> = jobs.collect();
        let mut tx = store.write().await?;
        tx.add_jobs(&jobs).await?;
        tx.commit().await
    }

    /// When to read this actor; `None` when that is ordered already.
    fn due(&self, actor: &str, now: Millis) -> Option<Millis> {
        let mut read = lock(&self.read);
        read.retain(|_, at| now.since(*at) < READ_EVERY);
        let last = read.get(actor).copied();
        if last.is_some_and(|at| at > now) {
            return None;
        }
        let due = last.map_or(now, |at| at.plus(READ_EVERY));
        read.insert(actor.to_owned(), due);
        drop(read);
        Some(due)
    }
}

/// A poisoned lock is taken over: no change above leaves a set half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_once_in_five_minutes_and_the_last_request_counts() {
        let now = |seconds: u64| Millis::from_millis(0).plus(Duration::from_secs(seconds));
        let doubts = Doubts::default();
        for (at, due) in [
            (0, Some(0)),
            (10, Some(300)),
            (20, None),
            (300, Some(600)),
            (301, None),
            (1000, Some(1000)),
        ] {
            assert_eq!(doubts.due("ada", now(at)), due.map(now), "{at}");
        }
        assert_eq!(doubts.due("bob", now(1000)), Some(now(1000)));
    }
}
