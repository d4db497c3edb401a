//! A queue on a real database and hosts on loopback for the tests of this room.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, Method};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{mpsc, watch};

use super::{DeliverySettings, DeliveryWorker, Signers, alarm};
use crate::{
    clock::{Clock as _, FixedClock, Millis},
    hash::Sha256,
    http_client::{self, Client},
    random::SeededRandom,
    signature::{KeyPair, Scheme, Signer},
    store::{
        Access, ActorRow, HostRow, LeasedHost, NewActivity, NewActor, NewDelivery, QueueStats,
        Store, Tx,
    },
};

pub(super) const NOW: Millis = Millis::from_millis(1_795_348_800_000);
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// The settings of `config.toml`.
pub(super) const SETTINGS: DeliverySettings = DeliverySettings {
    workers: 64,
    per_host: 4,
    give_up_after: Duration::from_hours(7 * 24),
};

/// What the servers do with one request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Status(u16),
    /// A status with `Retry-After` in seconds.
    RetryAfter(u16, u64),
    /// 202 to what is signed by this scheme, 401 to everything else.
    Only(Scheme),
    /// A status, after so much time has passed on this clock.
    After(Arc<FixedClock>, Duration, u16),
    /// No answer, ever.
    Hang,
    /// 202, as soon as so many requests are waiting at this gate.
    Gate(Arc<tokio::sync::Barrier>),
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) method: Method,
    /// Host name and path, `m.example/inbox`.
    pub(super) inbox: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

type Script = Arc<Mutex<BTreeMap<String, VecDeque<Reply>>>>;

/// The queue, the hosts and the clock.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) clock: Arc<FixedClock>,
    address: SocketAddr,
    script: Script,
    arrivals: mpsc::UnboundedReceiver<Hit>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let store = Store::open(&url, 4, Access::Create).await.unwrap();
        let (seen, arrivals) = mpsc::unbounded_channel();
        let script = Script::default();
        let router = Router::new()
            .fallback(answer)
            .with_state((Arc::clone(&script), seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        let clock = Arc::new(FixedClock::at(NOW));
        Self {
            store,
            clock,
            address,
            script,
            arrivals,
            _folder: folder,
        }
    }

    /// A courier with the usual settings; another one each time, as after a restart.
    pub(super) fn courier(&self, seed: u64) -> DeliveryWorker {
        self.courier_with(seed, SETTINGS, 30 * SECOND)
    }

    pub(super) fn courier_with(
        &self,
        seed: u64,
        settings: DeliverySettings,
        timeout: Duration,
    ) -> DeliveryWorker {
        let signers = Signers {
            letter: signer(),
            instance: signer(),
            former: BTreeMap::new(),
        };
        self.courier_who(seed, settings, timeout, signers)
    }

    /// One with other keys.
    pub(super) fn courier_of(&self, signers: Signers) -> DeliveryWorker {
        self.courier_who(1, SETTINGS, 30 * SECOND, signers)
    }

    fn courier_who(
        &self,
        seed: u64,
        settings: DeliverySettings,
        timeout: Duration,
        signers: Signers,
    ) -> DeliveryWorker {
        let clock = || Arc::clone(&self.clock);
        let client = http_client::ClientSettings {
            allow: vec!["127.0.0.1/32".parse().unwrap()],
            delivery_timeout: timeout,
            lookup: Arc::new(Loopback),
            ..http_client::ClientSettings::new("undersigned/0 (+https://letter.example/)", clock())
        };
        DeliveryWorker::new(
            self.store.clone(),
            Client::new(client).unwrap().0,
            watch::channel(Arc::new(signers)).1,
            clock(),
            Arc::new(SeededRandom::new(seed)),
            settings,
        )
    }

    /// What the inbox `m.example/inbox` answers to its next requests; 202 after those.
    pub(super) fn script(&self, inbox: &str, replies: impl IntoIterator<Item = Reply>) {
        self.script
            .lock()
            .unwrap()
            .entry(inbox.to_owned())
            .or_default()
            .extend(replies);
    }

    /// From now on everybody answers 202.
    pub(super) fn heal(&self) {
        self.script.lock().unwrap().clear();
    }

    /// The requests that arrived since the last call.
    pub(super) fn hits(&mut self) -> Vec<Hit> {
        std::iter::from_fn(|| self.arrivals.try_recv().ok()).collect()
    }

    /// The bodies that arrived since the last call, in their order.
    pub(super) fn bodies(&mut self) -> Vec<String> {
        self.hits()
            .into_iter()
            .map(|it| String::from_utf8(it.body).unwrap())
            .collect()
    }

    /// Waits for the next request.
    pub(super) async fn hit(&mut self) -> Hit {
        self.arrivals.recv().await.unwrap()
    }

    pub(super) fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.address.port())
    }

    /// Gets to know the owner of an inbox such as `m.example/inbox`.
    async fn inbox(&self, tx: &mut Tx, inbox: &str) -> NewDelivery {
        let (name, path) = inbox.split_once('/').unwrap();
        let (authority, url) = (self.authority(name), format!("https://{name}/{path}/owner"));
        let host = HostRow {
            authority: authority.clone(),
            name: name.into(),
            domain: name.into(),
        };
        let actor = NewActor {
            url: url.clone(),
            host: host.clone(),
            r#type: "Person".into(),
            handle: format!("@owner@{name}"),
            name: String::new(),
            page: None,
            published_at: None,
            discoverable: true,
            opted_out: false,
            inbox: (format!("http://{authority}/{path}"), host),
            shared_inbox: None,
            followers: None,
            suspended: false,
            keys: Vec::new(),
            read_at: NOW,
        };
        tx.save_actors(&[actor]).await.unwrap();
        let actors: Vec<ActorRow> = tx.actors(&[Sha256::of(&url)]).await.unwrap();
        NewDelivery {
            inbox_id: actors[0].inbox_id,
            host_id: actors[0].inbox_host_id,
        }
    }

    /// Queues a `Create` about `subject` for some inboxes; its body is `name`.
    pub(super) async fn queue(&self, name: &str, subject: &str, inboxes: &[&str]) {
        self.queue_kind("Create", name, subject, inboxes).await;
    }

    /// Queues an activity of another type.
    pub(super) async fn queue_kind(&self, kind: &str, name: &str, subject: &str, inboxes: &[&str]) {
        let mut tx = self.store.write().await.unwrap();
        let mut to = Vec::new();
        for inbox in inboxes {
            to.push(self.inbox(&mut tx, inbox).await);
        }
        let activity = NewActivity {
            path: format!("/activities/{name}"),
            kind: kind.into(),
            subject: subject.into(),
            body: name.into(),
            public: true,
            at: self.clock.now(),
            to,
        };
        tx.send(&[activity]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets one of two old keys sign everything that is queued so far.
    pub(super) async fn let_sign(&self, own_key_id: i64) {
        let mut tx = self.store.write().await.unwrap();
        for pkcs8 in [b"1", b"2"] {
            tx.add_own_key("letter", pkcs8, NOW).await.unwrap();
        }
        tx.sign_by(1, own_key_id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets a host have taken something once, so that it is no first contact.
    pub(super) async fn befriend(&mut self, host: &str) {
        let name = format!("hello-{host}");
        self.queue(&name, &name, &[&format!("{host}/hello")]).await;
        self.courier(99).step().await.unwrap();
        assert_eq!(self.bodies(), [name]);
    }

    pub(super) async fn stats(&self) -> QueueStats {
        self.store
            .read()
            .await
            .unwrap()
            .queue_stats(self.clock.now())
            .await
            .unwrap()
    }

    /// Whether nearly everybody refuses our signatures.
    pub(super) async fn is_alarmed(&self) -> bool {
        let since = self.clock.now().minus(alarm::LOOK_BACK);
        let mut tx = self.store.read().await.unwrap();
        alarm::nobody_believes_us(tx.signatures_since(since).await.unwrap())
    }

    /// Something authentic arrives from a host.
    pub(super) async fn speaks(&self, host: &str) {
        let mut tx = self.store.write().await.unwrap();
        let id = self.inbox(&mut tx, &format!("{host}/any")).await.host_id;
        tx.host_spoke_to_us(&[id], self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The hosts that somebody else could lease now.
    pub(super) async fn free_hosts(&self) -> Vec<LeasedHost> {
        let mut tx = self.store.write().await.unwrap();
        let now = self.clock.now();
        tx.lease_hosts("somebody else", now, now.plus(MINUTE), 100)
            .await
            .unwrap()
    }
}

/// The letter actor's signer; one key for all tests, because making one takes long.
pub(super) fn signer() -> Signer {
    static KEY: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));
    let key_id = "https://letter.example/actor#main-key".to_owned();
    Signer {
        key_id,
        key: Arc::clone(&KEY),
    }
}

async fn answer(
    State((script, seen)): State<(Script, mpsc::UnboundedSender<Hit>)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let host = parts.headers["host"].to_str().unwrap();
    let inbox = format!("{}{}", host.split(':').next().unwrap(), parts.uri);
    let reply = script
        .lock()
        .unwrap()
        .get_mut(&inbox)
        .and_then(VecDeque::pop_front);
    let scheme = Scheme::of(&parts.headers);
    let body = to_bytes(body, 1_000_000).await.unwrap().to_vec();
    // The test may be over.
    let _gone = seen.send(Hit {
        method: parts.method,
        inbox,
        headers: parts.headers,
        body,
    });
    let response = Response::builder();
    let response = match reply.unwrap_or(Reply::Status(202)) {
        Reply::Status(status @ 300..=399) => response.status(status).header("location", "/other"),
        Reply::Status(status) => response.status(status),
        Reply::RetryAfter(status, seconds) => {
            response.status(status).header("retry-after", seconds)
        }
        Reply::Only(it) if it == scheme => response.status(202),
        Reply::Only(_) => response.status(401),
        Reply::After(clock, time, status) => {
            clock.advance(time);
            response.status(status)
        }
        Reply::Hang => std::future::pending().await,
        Reply::Gate(gate) => {
            gate.wait().await;
            response.status(202)
        }
    };
    response.body(Body::from("so it is")).unwrap()
}

/// Every name is at 127.0.0.1.
#[derive(Debug)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async {
            let address = SocketAddr::from(([127, 0, 0, 1], 0));
            let addresses: Addrs = Box::new(std::iter::once(address));
            Ok(addresses)
        })
    }
}
