//! The pool of threads that sign outgoing requests.
//!
//! An RSA signature is most of the cost of a delivery, about a millisecond of CPU time. On the async threads, a fan-out
//! would delay pages and the inbox; on the pool for blocking work it would use as many threads as there are requests
//! in flight. This pool has one thread for each core, at a low priority, so that a fan-out takes only idle CPU time.

use std::{
    num::NonZero,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use aws_lc_rs::error::Unspecified;
use http::{HeaderMap, Method};
use tokio::sync::oneshot;
use url::Url;

use super::bodies::ActivityBody;
use crate::{
    clock::Clock,
    signature::{Outgoing, Scheme, SignError, Signer},
};

/// The `nice` value of the threads: 0 is the default, 19 the lowest priority.
const NICE: i32 = 10;

/// A request that is to be signed.
#[derive(Clone, Debug)]
pub(super) struct UnsignedRequest {
    /// The inbox.
    pub(super) url: Url,
    /// The activity.
    pub(super) body: Arc<ActivityBody>,
}

/// A request with its signature headers.
#[derive(Clone, Debug)]
pub(super) struct SignedRequest {
    pub(super) request: UnsignedRequest,
    pub(super) headers: HeaderMap,
}

/// A piece of work for a thread.
type SigningJob = Box<dyn FnOnce() + Send>;

/// The signing threads; they end when this value is dropped.
#[derive(Debug)]
pub(super) struct SigningPool {
    work: mpsc::Sender<SigningJob>,
}

impl SigningPool {
    /// Starts the threads.
    pub(super) fn new() -> Self {
        let (work, waiting) = mpsc::channel::<SigningJob>();
        let waiting = Arc::new(Mutex::new(waiting));
        let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..n_threads {
            let waiting = Arc::clone(&waiting);
            let started = thread::Builder::new()
                .name("signing".to_owned())
                .spawn(move || write(&waiting));
            if let Err(error) = started {
                tracing::warn!(error = %error, "cannot start a signing thread");
            }
        }
        Self { work }
    }

    /// Signs a request. The date is that of the signing: Mastodon refuses a signature that is more than an hour old, so
    /// none is stored or used twice.
    pub(super) async fn sign(
        &self,
        request: UnsignedRequest,
        signer: &Signer,
        scheme: Scheme,
        clock: &Arc<dyn Clock>,
    ) -> Result<SignedRequest, SignError> {
        let (answer, answered) = oneshot::channel();
        let (signer, clock) = (signer.clone(), Arc::clone(clock));
        let work: SigningJob = Box::new(move || {
            // The caller may have been cancelled meanwhile.
            if !answer.is_closed() {
                answer.send(sign(request, &signer, scheme, &*clock)).ok();
            }
        });
        if let Err(mpsc::SendError(work)) = self.work.send(work) {
            // No thread could be started: sign on the caller's thread.
            work();
        }
        // Only a thread that panicked sends no answer.
        let made = answered.await;
        made.unwrap_or(Err(SignError::Arithmetic(Unspecified)))
    }
}

/// The loop of a signing thread, until the sender is dropped.
fn write(waiting: &Mutex<mpsc::Receiver<SigningJob>>) {
    // On Linux this sets the priority of the calling thread alone.
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(error = %error, "cannot lower the priority of a signing thread");
    }
    loop {
        // One thread waits for work and holds the lock; the others wait for the lock.
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = next else { return };
        work();
    }
}

fn sign(
    request: UnsignedRequest,
    signer: &Signer,
    scheme: Scheme,
    clock: &dyn Clock,
) -> Result<SignedRequest, SignError> {
    let outgoing = Outgoing {
        method: &Method::POST,
        url: &request.url,
        body: Some(&request.body.digest),
        accept: None,
    };
    let headers = signer.sign(&outgoing, scheme, clock.now())?;
    Ok(SignedRequest { request, headers })
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::{
        clock::{FixedClock, Millis},
        delivery::testing::{NOW, signer},
    };

    #[tokio::test]
    async fn everybody_gets_the_signature_of_what_they_asked_for() {
        let (pool, clock): (_, Arc<dyn Clock>) =
            (SigningPool::new(), Arc::new(FixedClock::at(NOW)));
        let (pool, clock, signer) = (&pool, &clock, &signer());
        let asked = (0..20).map(|number| async move {
            let url = Url::parse(&format!("https://m{number}.example/inbox")).unwrap();
            let body = format!("{{\"number\":{number}}}");
            let body = Arc::new(ActivityBody::of(body));
            let request = UnsignedRequest { url, body };
            let here = sign(request.clone(), signer, Scheme::Cavage, &**clock).unwrap();
            let made = pool
                .sign(request, signer, Scheme::Cavage, clock)
                .await
                .unwrap();
            assert_eq!(made.request.body.bytes, here.request.body.bytes);
            assert_eq!(made.headers, here.headers);
            assert_eq!(made.headers["host"], format!("m{number}.example"));
        });
        join_all(asked).await;
    }

    /// A clock that records on which threads it is read.
    #[derive(Debug, Default)]
    struct ThreadRecorder(Mutex<Vec<Option<String>>>);

    impl Clock for ThreadRecorder {
        fn now(&self) -> Millis {
            let name = thread::current().name().map(str::to_owned);
            self.0.lock().unwrap().push(name);
            NOW
        }
    }

    #[tokio::test]
    async fn nothing_is_signed_where_others_are_served_and_who_gives_up_holds_up_nobody() {
        let witness = Arc::new(ThreadRecorder::default());
        let (pool, shared) = (SigningPool::new(), Arc::clone(&witness));
        let clock: Arc<dyn Clock> = shared;
        let request = UnsignedRequest {
            url: Url::parse("https://m.example/inbox").unwrap(),
            body: Arc::new(ActivityBody::of("{}".to_owned())),
        };
        let signer = signer();
        for _ in 0..100 {
            let asked = pool.sign(request.clone(), &signer, Scheme::Cavage, &clock);
            // Asked once and dropped, whether it was signed meanwhile or not.
            let _polled = futures_util::poll!(Box::pin(asked));
        }
        let last = pool.sign(request, &signer, Scheme::Cavage, &clock).await;
        assert!(last.is_ok());
        let names = witness.0.lock().unwrap().clone();
        assert!(!names.is_empty());
        assert!(names.iter().all(|name| name.as_deref() == Some("signing")));
    }
}
