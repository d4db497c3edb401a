//! The connections that one batch uses at once: one, as long as the host answers quickly.
//!
//! A host without HTTP/2 needs a connection for each request at once, and only one of them is kept. Four at once to a
//! host that answers within a millisecond are three connections opened for nothing, each with its TLS handshake.
//!
//! Who waits for a lane holds nothing else: no signature that grows old, and no request of `delivery.workers`.

use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};

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

    /// A lane as soon as one is free, in the order in which they were asked for.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.free.acquire().await.ok()
    }

    /// Makes a request in a lane, and opens another one when its answer takes long.
    pub(super) async fn watch<T>(&self, request: impl Future<Output = T>) -> T {
        self.watch_for(request, sleep(SOON)).await
    }

    /// The same; it takes long when it takes longer than `long`.
    async fn watch_for<T>(
        &self,
        request: impl Future<Output = T>,
        long: impl Future<Output = ()>,
    ) -> T {
        let mut request = pin!(request);
        tokio::select! {
            biased;
            done = &mut request => return done,
            () = long => self.open_another(),
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
    use std::future::{pending, ready};

    use futures_util::{FutureExt as _, future::join_all};
    use tokio::{
        sync::{Barrier, Notify},
        task::yield_now,
    };

    use super::*;

    /// The most of eight requests at once, each of which is answered when so many of them wait for it.
    async fn most_at_once<L: Future<Output = ()> + Send>(
        most: usize,
        together: usize,
        long: impl Fn() -> L + Send + Sync,
    ) -> usize {
        let lanes = Lanes::up_to(most);
        let (now, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let gate = Barrier::new(together);
        let request = async || {
            let _lane = lanes.enter().await;
            let n = now.fetch_add(1, Ordering::SeqCst) + 1;
            peak.fetch_max(n, Ordering::SeqCst);
            let answered = async {
                yield_now().await;
                gate.wait().await;
            };
            lanes.watch_for(answered, long()).await;
            now.fetch_sub(1, Ordering::SeqCst);
        };
        join_all((0..8).map(|_| request())).await;
        peak.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn quick_answers_leave_it_at_one_lane_and_slow_ones_open_as_many_as_there_may_be() {
        for most in [1, 2, 4] {
            assert_eq!(most_at_once(most, 1, pending).await, 1, "{most}, quick");
            let slow = most_at_once(most, most, || ready(())).await;
            assert_eq!(slow, most, "{most}, slow");
        }
    }

    #[tokio::test]
    async fn the_next_ones_go_in_their_order_while_an_answer_takes_long() {
        let (lanes, long) = (Lanes::up_to(2), Notify::new());
        let mut first = pin!(async {
            let _lane = lanes.enter().await;
            lanes.watch_for(pending::<()>(), long.notified()).await;
        });
        let (mut second, mut third) = (pin!(lanes.enter()), pin!(lanes.enter()));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none(), "not yet");
        assert!(third.as_mut().now_or_never().is_none());
        long.notify_one();
        assert!(first.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none(), "not its turn");
        let entered = second.as_mut().now_or_never();
        assert!(entered.is_some());
        assert!(
            third.as_mut().now_or_never().is_none(),
            "two lanes, both taken"
        );
        drop(entered);
        assert!(third.as_mut().now_or_never().is_some());
    }
}
