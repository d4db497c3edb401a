//! The connections that one batch uses at once: one, as long as the host answers quickly.
//!
//! A host without HTTP/2 needs a connection for each request at once, and only one of them is kept. Four at once to a
//! host that answers within a millisecond are three connections opened for nothing, each with its TLS handshake.

use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{sync::Semaphore, time::sleep};

/// How long a request may wait for its answer until the next one takes another connection.
const SOON: Duration = Duration::from_millis(25);

/// The lanes of one batch.
#[derive(Debug)]
pub(super) struct Lanes {
    free: Semaphore,
    /// How many can still be opened.
    more: AtomicUsize,
}

impl Lanes {
    /// One lane, which can become `most`.
    pub(super) fn up_to(most: usize) -> Self {
        Self {
            free: Semaphore::new(1),
            more: AtomicUsize::new(most.saturating_sub(1)),
        }
    }

    /// Makes a request as soon as a lane is free.
    pub(super) async fn within<T>(&self, request: impl Future<Output = T>) -> T {
        // Never closed.
        let _lane = self.free.acquire().await.ok();
        let mut request = pin!(request);
        tokio::select! {
            biased;
            done = &mut request => return done,
            () = sleep(SOON) => self.open_another(),
        }
        request.await
    }

    fn open_another(&self) {
        let less = |more: usize| more.checked_sub(1);
        let opened = self
            .more
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        if opened.is_ok() {
            self.free.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;
    use tokio::{sync::Barrier, task::yield_now};

    use super::*;

    /// The most requests at once, of those that an answer comes to when `together` of them wait for it.
    async fn most_at_once(most: usize, requests: usize, together: usize) -> usize {
        let lanes = Lanes::up_to(most);
        let (now, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let gate = Arc::new(Barrier::new(together));
        let request = async || {
            let n = now.fetch_add(1, Ordering::SeqCst) + 1;
            peak.fetch_max(n, Ordering::SeqCst);
            // Answered when it is looked at for the second time, however long that takes.
            yield_now().await;
            gate.wait().await;
            now.fetch_sub(1, Ordering::SeqCst);
        };
        join_all((0..requests).map(|_| lanes.within(request()))).await;
        peak.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn another_lane_opens_only_for_who_waits() {
        for (most, requests, together, expected) in
            [(4, 9, 1, 1), (4, 8, 2, 2), (4, 8, 4, 4), (1, 3, 1, 1)]
        {
            let found = most_at_once(most, requests, together).await;
            assert!(
                (expected..=most).contains(&found),
                "{most} {requests} {together}: {found}"
            );
            // What is answered at once needs no second one.
            if together == 1 {
                assert_eq!(found, 1);
            }
        }
    }
}
