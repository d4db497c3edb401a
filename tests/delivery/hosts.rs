//! Two hundred fake servers, each with its own temper, and the ledger of what came to them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{publications::urls, shared_clock::SharedClock};
use crate::support::fediverse::{DeadServer, FakeServer, Reply, Request, temper::Temper};
use serde_json::Value;
use tokio::sync::watch;
use undersigned::{
    activitystreams::OwnActor,
    clock::{Clock as _, Millis},
    signature::{PublicKey, Received, inspect},
};

/// The number of servers of each temper.
const TEMPERS: [(Temper, usize); 12] = [
    (Temper::Fast, 80),
    (Temper::Slow(Duration::from_millis(200)), 20),
    (Temper::Hangs, 10),
    (Temper::Fails, 20),
    (Temper::Overloaded, 15),
    (Temper::Suspicious, 10),
    (Temper::Resets, 15),
    (Temper::Gone, 5),
    (Temper::Deaf, 3),
    (Temper::Sick, 6),
    (Temper::Dead, 6),
    (Temper::Moody, 10),
];

/// One activity that came to one inbox, once.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// The inbox's URL.
    pub(super) inbox: String,
    /// The activity.
    pub(super) activity: Value,
    /// The time, by the clock of the test.
    pub(super) at: Millis,
    /// The reply.
    pub(super) reply: Reply,
}

impl Arrival {
    /// The activity's id.
    pub(super) fn id(&self) -> &str {
        self.activity["id"].as_str().unwrap()
    }

    /// Whether it was accepted.
    pub(super) const fn is_taken(&self) -> bool {
        matches!(self.reply, Reply::Status(202) | Reply::Slowly(202, _))
    }
}

/// One server.
#[derive(Debug)]
pub(super) struct Host {
    /// `127.0.0.1:40123`.
    pub(super) authority: String,
    pub(super) temper: Temper,
    _server: Server,
}

/// Keeps a host up, or its port taken, until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "it only has to live")]
enum Server {
    Living(FakeServer),
    Dead(DeadServer),
}

/// All servers; they end with this value.
#[derive(Debug)]
pub(super) struct Hosts {
    pub(super) all: Vec<Host>,
    pub(super) ledger: Arc<Ledger>,
}

impl Hosts {
    /// Starts them; this is the public key of the letter.
    pub(super) fn start(clock: Arc<SharedClock>, pem: &str) -> Self {
        let ledger = Arc::new(Ledger {
            clock,
            key: PublicKey::from_pem(pem).unwrap(),
            book: Mutex::default(),
            n_arrived: watch::Sender::new(0),
        });
        let tempers = TEMPERS.iter().flat_map(|(temper, n)| [*temper].repeat(*n));
        let all = tempers.map(|temper| host(temper, &ledger)).collect();
        Self { all, ledger }
    }
}

fn host(temper: Temper, ledger: &Arc<Ledger>) -> Host {
    let (authority, server) = if temper == Temper::Dead {
        let server = DeadServer::new();
        (server.authority(), Server::Dead(server))
    } else {
        let ledger = Arc::clone(ledger);
        let server = FakeServer::deciding(move |request| ledger.take(temper, request));
        (server.address.to_string(), Server::Living(server))
    };
    Host {
        authority,
        temper,
        _server: server,
    }
}

/// Arrivals at all servers, and what was wrong with them.
#[derive(Debug)]
pub(super) struct Ledger {
    clock: Arc<SharedClock>,
    key: PublicKey,
    book: Mutex<Book>,
    /// How many requests came so far.
    pub(super) n_arrived: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Book {
    arrivals: Vec<Arrival>,
    /// How often an activity came to an inbox.
    times: HashMap<(String, String), usize>,
    faults: Vec<String>,
}

impl Ledger {
    /// Everything that came so far, in its order.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.book.lock().unwrap().arrivals.clone()
    }

    /// Requests that were not signed by the letter.
    pub(super) fn faults(&self) -> Vec<String> {
        self.book.lock().unwrap().faults.clone()
    }

    fn take(&self, temper: Temper, request: &Request) -> Reply {
        let inbox = format!("{}{}", request.origin(), request.target);
        let now = self.clock.now();
        let reply = match self.verified(request, now) {
            Ok(activity) => self.enter(inbox, temper, activity, now),
            Err(fault) => {
                let fault = format!("{inbox}: {fault}");
                self.book.lock().unwrap().faults.push(fault);
                Reply::Status(401)
            }
        };
        self.n_arrived.send_modify(|n| *n += 1);
        reply
    }

    fn enter(&self, inbox: String, temper: Temper, activity: Value, now: Millis) -> Reply {
        let mut book = self.book.lock().unwrap();
        let id = activity["id"].as_str().unwrap().to_owned();
        let of_inbox = |arrival: &&Arrival| arrival.inbox == inbox;
        let others = book.arrivals.iter().filter(of_inbox).count();
        let times = book.times.entry((inbox.clone(), id)).or_default();
        let mut reply = temper.reply(*times, others);
        // Once for each publication is enough: all wait for as long as it hangs.
        if matches!(reply, Reply::Hang) && activity["object"]["id"] != urls().letter() {
            reply = Reply::Status(202);
        }
        *times += 1;
        book.arrivals.push(Arrival {
            inbox,
            activity,
            at: now,
            reply: reply.clone(),
        });
        reply
    }

    /// The activity, when the letter's key signed this very request.
    fn verified(&self, request: &Request, now: Millis) -> Result<Value, String> {
        let received = Received {
            method: &request.method,
            target: &request.target,
            headers: &request.headers,
            body: &request.body,
        };
        let claim = inspect(&received, &request.origin(), now).map_err(|it| it.to_string())?;
        if claim.key_id != urls().key(OwnActor::Letter, 1) {
            return Err(format!("signed by {}", claim.key_id));
        }
        claim.verify(&self.key).map_err(|it| it.to_string())?;
        let activity: Value = serde_json::from_slice(&request.body).map_err(|it| it.to_string())?;
        if activity["actor"] != urls().actor() {
            return Err(format!("said by {}", activity["actor"]));
        }
        Ok(activity)
    }
}
