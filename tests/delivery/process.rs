//! The process that sends: the binary of this test, started again for one test that is none.
//!
//! It runs the library's delivery worker on a database, by the clock of the test, and obeys orders on its standard
//! input, one a line. Its answers begin with [`MARK`].

use std::{
    collections::BTreeMap, io::BufRead as _, path::PathBuf, process::exit, sync::Arc,
    time::Duration,
};

use super::{publications, shared_clock::SharedClock};
use crate::support::{
    random::variable,
    worker::{SETTINGS, worker},
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use undersigned::{
    activitystreams::OwnActor,
    clock::Clock,
    delivery::{self, DeliveryWorker, Signers},
    random::SystemRandom,
    register::actor::identity::ensure_keys,
    signature::Signer,
    store::{Access, Store},
};

/// Where a process finds its [`Work`].
pub(super) const VARIABLE: &str = "CHAOS_CHILD";

/// The beginning of each answer: the test harness prints lines of its own.
pub(super) const MARK: &str = "@@ ";

/// The work of one process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Work {
    /// The database's URL.
    pub(super) database: String,
    /// The file with the time.
    pub(super) clock: PathBuf,
    /// Timeout of a request, by wall-clock time.
    pub(super) timeout: Duration,
    /// `delivery.give_up_after`, by the clock of the test.
    pub(super) give_up_after: Duration,
}

/// No test by itself: without [`VARIABLE`] there is nothing to do.
#[test]
fn a_process_that_sends() {
    if let Some(work) = variable(VARIABLE) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(send(serde_json::from_str(&work).unwrap()));
    }
}

async fn send(work: Work) {
    let store = Store::open(&work.database, 2, Access::Existing)
        .await
        .unwrap();
    let clock = Arc::new(SharedClock::open(&work.clock));
    let worker = Arc::new(delivery_worker(&work, &store, Arc::<SharedClock>::clone(&clock)).await);
    let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    tokio::spawn(keep_awake(Arc::clone(&clock), Arc::clone(&wake)));
    tell(worker.name());
    let running = tokio::spawn(delivery::run(worker, Arc::clone(&wake), stop.clone()));
    let mut orders = orders();
    while let Some(order) = orders.recv().await {
        let Some((verb, number)) = order.split_once(' ') else {
            break;
        };
        let mut tx = store.write().await.unwrap();
        publications::say(&mut tx, &SystemRandom, clock.now(), number.parse().unwrap()).await;
        if verb == "hold" {
            tell("held");
            // The next thing that happens is `kill -9`.
            orders.recv().await;
        }
        tx.commit().await.unwrap();
        wake.notify_one();
        tell("said");
    }
    stop.cancel();
    running.await.unwrap();
    store.close().await;
    tell("stopped");
}

async fn delivery_worker(work: &Work, store: &Store, clock: Arc<dyn Clock>) -> DeliveryWorker {
    let keys = ensure_keys(store, clock.now()).await.unwrap();
    let urls = publications::urls();
    let signers = Signers {
        letter: Signer {
            key_id: urls.key(OwnActor::Letter, keys.letter.number),
            key: Arc::new(keys.letter.pair),
        },
        instance: Signer {
            key_id: urls.key(OwnActor::Instance, keys.instance.number),
            key: Arc::new(keys.instance.pair),
        },
        former: BTreeMap::new(),
    };
    let settings = delivery::DeliverySettings {
        give_up_after: work.give_up_after,
        ..SETTINGS
    };
    let random = Arc::new(SystemRandom);
    worker(store, clock, random, signers, work.timeout, settings)
}

/// The worker sleeps by wall-clock time. It has to wake up when our clock was moved, and now and then because another
/// process may have queued something.
async fn keep_awake(clock: Arc<SharedClock>, wake: Arc<Notify>) {
    let mut before = clock.now();
    for tick in 0_u64.. {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let now = clock.now();
        if now != before || tick.is_multiple_of(10) {
            wake.notify_one();
        }
        before = now;
    }
}

/// The lines of the standard input. At its end the test is gone, and this process ends, too.
fn orders() -> mpsc::UnboundedReceiver<String> {
    let (sender, orders) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            sender.send(line.unwrap()).ok();
        }
        exit(0);
    });
    orders
}

#[expect(clippy::print_stdout, reason = "how this process speaks")]
fn tell(what: &str) {
    println!("\n{MARK}{what}");
}
