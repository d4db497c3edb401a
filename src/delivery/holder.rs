//! The holder of this process's leases, which says that it is alive for as long as it works.

use std::{
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::error::explain;
use crate::{
    random::{PublicId, Random},
    store::Store,
};

/// How often a holder says that it is alive, and looks for those that are not.
const SAY_EVERY: Duration = Duration::from_secs(2);

/// For how long it is believed. After a crash, others go on after this and one [`SAY_EVERY`].
const BELIEVED_FOR: Duration = Duration::from_secs(6);

/// A holder of leases, with a new name for each start of the program.
#[derive(Debug)]
pub(super) struct LeaseHolder {
    store: Store,
    name: PublicId,
    hold: Mutex<Hold>,
}

#[derive(Debug, Default)]
struct Hold {
    /// Until when the others believe that we live; `None` where nobody asks.
    believed_until: Option<Instant>,
    /// How many times we were not known.
    term: u64,
}

/// The time in which a lease was taken. After a pause that was too long for the others, another one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term(u64);

impl LeaseHolder {
    pub(super) fn new(store: Store, random: &dyn Random) -> Self {
        Self {
            store,
            name: PublicId::random(random),
            hold: Mutex::default(),
        }
    }

    /// The name that stands in its leases.
    pub(super) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The current term; `None` while the others may take us for dead, when no lease may be taken.
    pub(super) fn term(&self) -> Option<Term> {
        let hold = self.hold();
        let until = hold.believed_until;
        let believed = until.is_none_or(|until| Instant::now() < until);
        believed.then_some(Term(hold.term))
    }

    /// Whether a lease of this term is still ours, unless it expired.
    pub(super) fn holds(&self, term: Term) -> bool {
        self.term() == Some(term)
    }

    /// A silence that was too long for the others.
    #[cfg(test)]
    pub(super) fn was_taken_for_dead(&self) {
        self.hold().term += 1;
    }

    /// The beginning of such a silence.
    #[cfg(test)]
    pub(super) fn falls_silent(&self) {
        self.hold().believed_until = Some(Instant::now());
    }

    /// Does `work`, and meanwhile keeps saying that we live. Begins only after it was said once, or could not be said.
    pub(super) async fn while_alive<T>(&self, work: impl Future<Output = T>) -> T {
        if matches!(self.store, Store::Sqlite { .. }) {
            return work.await;
        }
        self.hold().believed_until = Some(Instant::now());
        self.say().await;
        tokio::select! {
            done = work => done,
            never = self.keep_saying() => match never {},
            never = self.keep_freeing() => match never {},
        }
    }

    async fn keep_saying(&self) -> Infallible {
        loop {
            sleep(SAY_EVERY).await;
            self.say().await;
        }
    }

    /// Not between two sayings: it may wait for a long write transaction.
    async fn keep_freeing(&self) -> Infallible {
        loop {
            match self.store.free_dead_leases().await {
                Ok(0) => (),
                Ok(n_leases) => tracing::info!(
                    n_leases,
                    "took over hosts and jobs of a server that is gone"
                ),
                Err(error) => {
                    tracing::warn!(error = %explain(&error), "cannot look for servers that are gone");
                }
            }
            sleep(SAY_EVERY).await;
        }
    }

    async fn say(&self) {
        // From before the statement, because the database counts from its own moment after that.
        let said_at = Instant::now();
        match self.store.hold_leases(self.name(), BELIEVED_FOR).await {
            Ok(known) => {
                let mut hold = self.hold();
                hold.believed_until = Some(said_at + BELIEVED_FOR);
                if !known {
                    hold.term += 1;
                }
            }
            Err(error) => {
                tracing::warn!(error = %explain(&error), "cannot tell the other servers that this one lives");
            }
        }
    }

    fn hold(&self) -> MutexGuard<'_, Hold> {
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{random::SeededRandom, store::Access, support::database::postgres};

    #[tokio::test]
    async fn who_was_taken_for_dead_begins_another_term() {
        let Some((_database, url)) = postgres().await else {
            return;
        };
        let store = Store::open(&url, 4, Access::Create).await.unwrap();
        let holder = LeaseHolder::new(store.clone(), &SeededRandom::new(1));
        let watching = async {
            let before = holder.term().unwrap();
            assert!(holder.holds(before));
            let mut tx = store.write().await.unwrap();
            let name = holder.name();
            assert!(tx.renew_holder(name, Duration::ZERO).await.unwrap());
            tx.release_dead_holders().await.unwrap();
            tx.commit().await.unwrap();
            while holder.holds(before) {
                sleep(SAY_EVERY / 100).await;
            }
            assert_ne!(holder.term(), None, "it is believed again");
        };
        Box::pin(holder.while_alive(watching)).await;
        store.close().await;
    }
}
