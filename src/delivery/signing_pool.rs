//! The threads that sign what is sent.
//!
//! An RSA signature is most of what a delivery costs, about a millisecond of arithmetic. On the threads that serve
//! pages and the inbox a fan-out would make everybody wait for it; on the pool for blocking work it would run on as
//! many threads as there are requests on their way. Here there is one thread for each core, and it steps back
//! whenever anything else of this machine wants to run: a fan-out takes what is left.

use std::{
    num::NonZero,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use aws_lc_rs::error::Unspecified;
use http::{HeaderMap, Method};
use tokio::sync::oneshot;
use url::Url;

use crate::{
    clock::Clock,
    signature::{Outgoing, Scheme, SignError, Signer},
};

/// How far the threads step back: `nice` of 0 is everybody else, 19 the furthest.
const NICE: i32 = 10;

/// What is to be signed.
#[derive(Clone, Debug)]
pub(super) struct UnsignedRequest {
    /// Where it goes.
    pub(super) url: Url,
    /// The activity.
    pub(super) body: String,
}

/// A letter with the headers that make it ours.
#[derive(Clone, Debug)]
pub(super) struct SignedRequest {
    pub(super) letter: UnsignedRequest,
    pub(super) headers: HeaderMap,
}

/// Something that a thread does.
type SigningJob = Box<dyn FnOnce() + Send>;

/// Signs on threads of its own, which end with this value.
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
                tracing::warn!(error = %error, "cannot start a thread that signs");
            }
        }
        Self { work }
    }

    /// Signs a letter for this request alone (F-147); dated when its turn comes.
    pub(super) async fn sign(
        &self,
        letter: UnsignedRequest,
        signer: &Signer,
        scheme: Scheme,
        clock: &Arc<dyn Clock>,
    ) -> Result<SignedRequest, SignError> {
        let (answer, answered) = oneshot::channel();
        let (signer, clock) = (signer.clone(), Arc::clone(clock));
        let work: SigningJob = Box::new(move || {
            // Whoever asked may have been stopped meanwhile.
            if !answer.is_closed() {
                answer.send(sign(letter, &signer, scheme, &*clock)).ok();
            }
        });
        if let Err(mpsc::SendError(work)) = self.work.send(work) {
            // No thread could be started: better slow than never.
            work();
        }
        // Only a thread that broke down answers nothing.
        let made = answered.await;
        made.unwrap_or(Err(SignError::Arithmetic(Unspecified)))
    }
}

/// What a thread does until nobody can ask any more.
fn write(waiting: &Mutex<mpsc::Receiver<SigningJob>>) {
    // On Linux this is about the calling thread alone.
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(error = %error, "a thread that signs cannot step back");
    }
    loop {
        // Whoever waits for work holds the lock; the others wait for that one.
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = next else { return };
        work();
    }
}

fn sign(
    letter: UnsignedRequest,
    signer: &Signer,
    scheme: Scheme,
    clock: &dyn Clock,
) -> Result<SignedRequest, SignError> {
    let outgoing = Outgoing {
        method: &Method::POST,
        url: &letter.url,
        body: Some(letter.body.as_bytes()),
        accept: None,
    };
    let headers = signer.sign(&outgoing, scheme, clock.now())?;
    Ok(SignedRequest { letter, headers })
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
        let (pen, clock): (_, Arc<dyn Clock>) = (SigningPool::new(), Arc::new(FixedClock::at(NOW)));
        let (pen, clock, signer) = (&pen, &clock, &signer());
        let asked = (0..20).map(|number| async move {
            let url = Url::parse(&format!("https://m{number}.example/inbox")).unwrap();
            let body = format!("{{\"number\":{number}}}");
            let letter = UnsignedRequest { url, body };
            let here = sign(letter.clone(), signer, Scheme::Cavage, &**clock).unwrap();
            let made = pen
                .sign(letter, signer, Scheme::Cavage, clock)
                .await
                .unwrap();
            assert_eq!(made.letter.body, here.letter.body);
            assert_eq!(made.headers, here.headers);
            assert_eq!(made.headers["host"], format!("m{number}.example"));
        });
        join_all(asked).await;
    }

    /// Remembers on which threads it was asked.
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
        let (pen, shared) = (SigningPool::new(), Arc::clone(&witness));
        let clock: Arc<dyn Clock> = shared;
        let letter = UnsignedRequest {
            url: Url::parse("https://m.example/inbox").unwrap(),
            body: "{}".to_owned(),
        };
        let signer = signer();
        for _ in 0..100 {
            let asked = pen.sign(letter.clone(), &signer, Scheme::Cavage, &clock);
            // Asked once and dropped, whether it was signed meanwhile or not.
            let _polled = futures_util::poll!(Box::pin(asked));
        }
        let last = pen.sign(letter, &signer, Scheme::Cavage, &clock).await;
        assert!(last.is_ok());
        let names = witness.0.lock().unwrap().clone();
        assert!(!names.is_empty());
        assert!(names.iter().all(|it| it.as_deref() == Some("signing")));
    }
}
