//! A queue on a real database, and hosts on loopback, for the tests of this module.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{DeliverySettings, DeliveryWorker, Signers, alarm};
pub(super) use crate::support::{
    NOW,
    fediverse::{Reply, Request as Hit},
    worker::SETTINGS,
};
use crate::{
    clock::{Clock as _, FixedClock},
    http_client::{Client, ClientSettings},
    random::SeededRandom,
    signature::Signer,
    store::{
        Access, HostPace, HostRow, LeasedHost, NewActivity, NewActor, NewDelivery, QueueStats,
        Store, Tx,
    },
    support::{
        accounts::{account, host, save},
        database::sqlite,
        fediverse::{self, FakeServer},
        worker::lab_client,
    },
};
use axum::Router;
use http::StatusCode;
use tokio::sync::{Barrier, watch};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// The queue, a fake server that is every host, and the clock.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) clock: Arc<FixedClock>,
    server: FakeServer,
    /// How many requests were looked at.
    seen: usize,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        let server = FakeServer::start();
        server.trust_everybody();
        Self::at(server).await
    }

    /// A world whose hosts answer as this function decides; it keeps no request.
    pub(super) async fn deciding(decide: impl Fn(&Hit) -> Reply + Send + Sync + 'static) -> Self {
        Self::at(FakeServer::deciding(decide)).await
    }

    async fn at(server: FakeServer) -> Self {
        let (folder, url) = sqlite();
        Self {
            store: Store::open(&url, 4, Access::Create).await.unwrap(),
            clock: Arc::new(FixedClock::at(NOW)),
            server,
            seen: 0,
            _folder: folder,
        }
    }

    /// A worker with the usual settings; another one each time, as after a restart.
    pub(super) fn worker(&self, seed: u64) -> DeliveryWorker {
        self.worker_with(seed, SETTINGS, 30 * SECOND)
    }

    pub(super) fn worker_with(
        &self,
        seed: u64,
        settings: DeliverySettings,
        timeout: Duration,
    ) -> DeliveryWorker {
        self.worker_from(seed, signers(), settings, |client| {
            client.delivery_timeout = timeout;
        })
    }

    /// One with other keys.
    pub(super) fn worker_of(&self, signers: Signers) -> DeliveryWorker {
        self.worker_whose_keys_change(watch::channel(Arc::new(signers)).1)
    }

    /// One with keys that are replaced while it works.
    pub(super) fn worker_whose_keys_change(
        &self,
        signers: watch::Receiver<Arc<Signers>>,
    ) -> DeliveryWorker {
        self.worker_from(1, signers, SETTINGS, |_| ())
    }

    /// One with another client.
    pub(super) fn worker_from(
        &self,
        seed: u64,
        signers: watch::Receiver<Arc<Signers>>,
        settings: DeliverySettings,
        change: impl FnOnce(&mut ClientSettings),
    ) -> DeliveryWorker {
        let clock = Arc::clone(&self.clock);
        let mut client = lab_client(Arc::<FixedClock>::clone(&clock));
        change(&mut client);
        DeliveryWorker::new(
            self.store.clone(),
            Client::new(client).unwrap().0,
            signers,
            clock,
            Arc::new(SeededRandom::new(seed)),
            settings,
        )
    }

    /// What the inbox `m.example/inbox` answers to its next requests; 202 after those.
    pub(super) fn script(&self, inbox: &str, replies: impl IntoIterator<Item = Reply>) {
        self.server.script(inbox, replies);
    }

    /// From now on everybody answers 202.
    pub(super) fn heal(&self) {
        self.server.forget_scripts();
    }

    /// The requests that arrived since the last call.
    pub(super) fn hits(&mut self) -> Vec<Hit> {
        let hits = self.server.requests_after(self.seen);
        self.seen += hits.len();
        hits
    }

    /// The bodies that arrived since the last call, in their order.
    pub(super) fn bodies(&mut self) -> Vec<String> {
        self.hits()
            .into_iter()
            .map(|hit| String::from_utf8(hit.body).unwrap())
            .collect()
    }

    /// Waits for the next request.
    pub(super) async fn hit(&mut self) -> Hit {
        self.server.more_requests_than(self.seen).await;
        let hit = self.server.requests_after(self.seen).remove(0);
        self.seen += 1;
        hit
    }

    /// A server with the same port at another address, which waits at a gate and takes everything.
    pub(super) fn server_at(&self, address: [u8; 4], gate: Arc<Barrier>) -> FakeServer {
        let router = Router::new().fallback(move || async move {
            gate.wait().await;
            StatusCode::ACCEPTED
        });
        FakeServer::routing((address, self.server.address.port()).into(), router)
    }

    pub(super) fn authority(&self, host: &str) -> String {
        format!("{host}:{}", self.server.address.port())
    }

    /// Gets to know the owner of an inbox such as `m.example/inbox`.
    async fn inbox(&self, tx: &mut Tx, inbox: &str) -> NewDelivery {
        let (name, path) = inbox.split_once('/').unwrap();
        let authority = self.authority(name);
        let owner = account(&format!("https://{name}"), "owner", NOW);
        let host = |authority: &str| HostRow {
            domain: registrable(name),
            ..host(authority)
        };
        let actor = NewActor {
            url: format!("https://{name}/{path}/owner"),
            host: host(&authority),
            inbox: (format!("http://{authority}/{path}"), host(&authority)),
            shared_inbox: None,
            ..owner
        };
        let actors = save(tx, &[actor]).await;
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

    /// Lets one of two old keys, by its row id, sign whatever the hosts get to which the first activity is queued.
    pub(super) async fn let_sign(&self, own_key_id: i64) {
        let mut tx = self.store.write().await.unwrap();
        for pkcs8 in [b"1", b"2"] {
            tx.add_own_key("letter", pkcs8, NOW).await.unwrap();
            tx.retire_own_keys("letter", NOW).await.unwrap();
        }
        tx.keep_former_key(1, own_key_id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Makes a key that is newer than those of [`World::let_sign`], before anything that is queued.
    pub(super) async fn has_a_new_key(&self) {
        let mut tx = self.store.write().await.unwrap();
        tx.add_own_key("letter", b"new", NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets a host have taken something once, so that it is no first contact.
    pub(super) async fn befriend(&mut self, host: &str) {
        let name = format!("hello-{host}");
        self.queue(&name, &name, &[&format!("{host}/hello")]).await;
        self.worker(99).step().await.unwrap();
        assert_eq!(self.bodies(), [name]);
    }

    pub(super) async fn stats(&self) -> QueueStats {
        self.store
            .read()
            .await
            .unwrap()
            .queue_stats()
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

    /// Makes all hosts that are known so far quick, unknown or slow.
    pub(super) async fn all_hosts_are(&self, pace: HostPace) {
        let Store::Sqlite { writer, .. } = &self.store else {
            panic!("the queue is in a file");
        };
        let update = sqlx::query("UPDATE host SET pace = $1").bind(pace.as_str());
        update.execute(writer).await.unwrap();
    }

    /// How long a host lets a request wait, as the database has it.
    pub(super) async fn pace(&self, host: &str) -> String {
        let Store::Sqlite { reader, .. } = &self.store else {
            panic!("the queue is in a file");
        };
        let read = sqlx::query_scalar("SELECT pace FROM host WHERE authority = $1");
        let read = read.bind(self.authority(host));
        read.fetch_one(reader).await.unwrap()
    }

    /// The hosts that somebody else could lease now.
    pub(super) async fn free_hosts(&self) -> Vec<LeasedHost> {
        let mut tx = self.store.write().await.unwrap();
        let now = self.clock.now();
        let mut hosts = Vec::new();
        for pace in HostPace::ALL {
            let until = now.plus(MINUTE);
            let leased = tx.lease_hosts("somebody else", now, until, *pace, 100, &[]);
            hosts.extend(leased.await.unwrap());
        }
        hosts
    }
}

/// The last two labels of a name.
fn registrable(name: &str) -> String {
    let labels: Vec<_> = name.split('.').collect();
    labels[labels.len().saturating_sub(2)..].join(".")
}

/// The keys of a letter that never had others.
pub(super) fn signers() -> watch::Receiver<Arc<Signers>> {
    let signers = Signers {
        letter: signer(),
        instance: signer(),
        former: BTreeMap::new(),
    };
    watch::channel(Arc::new(signers)).1
}

/// The signer of the letter.
pub(super) fn signer() -> Signer {
    fediverse::signer("https://letter.example/actor#main-key")
}
