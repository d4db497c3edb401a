//! The process that sends: this test's own program, started again for one test that is none.
//!
//! It runs the courier of the library over a database, by the clock of the test, and does what it is told on
//! its standard input, a line each. What it has to say begins with [`MARK`].

use std::{
    collections::BTreeMap, io::BufRead as _, path::PathBuf, process::exit, sync::Arc,
    time::Duration,
};

use crate::{clock::SharedClock, dice::variable, saying};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use undersigned::{
    clock::Clock,
    delivery::{self, DeliveryWorker, Signers},
    http_client::{self, Client},
    random::SystemRandom,
    register::actor::identity::ensure_keys,
    signature::Signer,
    store::{Access, Store},
};

/// Where a process finds its [`Work`].
pub(crate) const VARIABLE: &str = "CHAOS_CHILD";

/// What the process says stands behind this; the test harness prints lines of its own.
pub(crate) const MARK: &str = "@@ ";

/// What one process works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Work {
    /// The database's URL.
    pub(crate) database: String,
    /// The file with the time.
    pub(crate) clock: PathBuf,
    /// How long an inbox has for its answer, by the clock on the wall.
    pub(crate) timeout: Duration,
    /// `delivery.give_up_after`, by the clock of the test.
    pub(crate) give_up_after: Duration,
}

/// No test: in a run of this program by hand there is no work, and nothing happens.
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
    let courier = Arc::new(courier(&work, &store, Arc::<SharedClock>::clone(&clock)).await);
    let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    tokio::spawn(keep_awake(Arc::clone(&clock), Arc::clone(&wake)));
    tell(courier.name());
    let running = tokio::spawn(delivery::run(courier, Arc::clone(&wake), stop.clone()));
    let mut orders = orders();
    while let Some(order) = orders.recv().await {
        let Some((verb, number)) = order.split_once(' ') else {
            break;
        };
        let mut tx = store.write().await.unwrap();
        saying::say(&mut tx, &SystemRandom, clock.now(), number.parse().unwrap()).await;
        if verb == "hold" {
            tell("held");
            // Nothing comes any more: whoever orders this kills us now.
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

async fn courier(work: &Work, store: &Store, clock: Arc<dyn Clock>) -> DeliveryWorker {
    let keys = ensure_keys(store, clock.now()).await.unwrap();
    let settings = http_client::ClientSettings {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        delivery_timeout: work.timeout,
        ..http_client::ClientSettings::new(
            "undersigned/0 (+https://letter.example/)",
            Arc::clone(&clock),
        )
    };
    let urls = saying::urls();
    let signers = Signers {
        letter: Signer {
            key_id: urls.actor_key(),
            key: Arc::new(keys.letter),
        },
        instance: Signer {
            key_id: urls.instance_key(),
            key: Arc::new(keys.instance),
        },
        former: BTreeMap::new(),
    };
    let settings_of_delivery = delivery::DeliverySettings {
        workers: 64,
        per_host: 4,
        give_up_after: work.give_up_after,
    };
    DeliveryWorker::new(
        store.clone(),
        Client::new(settings).unwrap().0,
        watch::channel(Arc::new(signers)).1,
        clock,
        Arc::new(SystemRandom),
        settings_of_delivery,
    )
}

/// The courier sleeps by the clock on the wall. When ours was moved it has to look, and now and then because another
/// process may have said something.
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

/// The lines of the standard input. When it ends, whoever orders is gone, and so are we.
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
