//! Two hundred servers on loopback, each with its own temper, and the ledger of what came to them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    clock::SharedClock,
    saying::urls,
    wire::{self, Reply, Request},
};
use http::Method;
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinHandle,
};
use undersigned::{
    clock::{Clock as _, Millis},
    signature::{PublicKey, Received, inspect},
};

/// How a server takes what comes. Trouble that passes comes again with each activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    /// Takes everything at once.
    Fast,
    /// Takes everything after a while.
    Slow,
    /// Does not answer the first time that it hears something about the letter.
    Hangs,
    /// 500 twice, then 202.
    Fails,
    /// 503 to every other request, whatever it is.
    Moody,
    /// 429 with `Retry-After`, then 202.
    Overloaded,
    /// 401, then 202.
    Suspicious,
    /// Resets the connection, then 202.
    Resets,
    /// 410, always.
    Gone,
    /// 401, always.
    Deaf,
    /// 500, always.
    Sick,
    /// Nothing listens there.
    Dead,
}

/// How many there are of each.
const TEMPERS: [(Temper, usize); 12] = [
    (Temper::Fast, 80),
    (Temper::Slow, 20),
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

/// How long a slow server thinks.
const THOUGHT: Duration = Duration::from_millis(200);

/// How long an overloaded one wants to be left alone.
pub(crate) const REST: Duration = Duration::from_mins(10);

impl Temper {
    /// Whether it takes everything in the end.
    pub(crate) const fn is_living(self) -> bool {
        match self {
            Self::Fast
            | Self::Slow
            | Self::Hangs
            | Self::Fails
            | Self::Moody
            | Self::Overloaded
            | Self::Suspicious
            | Self::Resets => true,
            Self::Gone | Self::Deaf | Self::Sick | Self::Dead => false,
        }
    }

    /// Whether it has to be given up in the end.
    pub(crate) const fn is_lost(self) -> bool {
        matches!(self, Self::Deaf | Self::Sick | Self::Dead)
    }

    /// What it does with an activity that came so often before, after so many other requests.
    const fn reply(self, before: usize, others: usize) -> Reply {
        match (self, before) {
            (Self::Moody, _) if others.is_multiple_of(2) => Reply::Status(503),
            (Self::Hangs, 0) => Reply::Hang,
            (Self::Fails, 0 | 1) | (Self::Sick, _) => Reply::Status(500),
            (Self::Overloaded, 0) => Reply::RetryAfter(REST.as_secs()),
            (Self::Suspicious, 0) | (Self::Deaf, _) => Reply::Status(401),
            (Self::Resets, 0) => Reply::Reset,
            (Self::Gone, _) => Reply::Status(410),
            (Self::Slow, _) => Reply::Slowly(202, THOUGHT),
            (
                Self::Fast
                | Self::Hangs
                | Self::Fails
                | Self::Moody
                | Self::Overloaded
                | Self::Suspicious
                | Self::Resets
                | Self::Dead,
                _,
            ) => Reply::Status(202),
        }
    }
}

/// One activity that came to one inbox, once.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// The inbox's URL.
    pub(crate) inbox: String,
    /// The activity.
    pub(crate) activity: Value,
    /// When, by the clock of the test.
    pub(crate) at: Millis,
    /// What was done with it.
    pub(crate) reply: Reply,
}

impl Arrival {
    /// The activity's id.
    pub(crate) fn id(&self) -> &str {
        self.activity["id"].as_str().unwrap()
    }

    /// Whether it was taken.
    pub(crate) const fn is_taken(&self) -> bool {
        matches!(self.reply, Reply::Status(202) | Reply::Slowly(202, _))
    }
}

/// One server.
#[derive(Debug)]
pub(crate) struct Host {
    /// `127.0.0.1:40123`.
    pub(crate) authority: String,
    pub(crate) temper: Temper,
    /// Keeps the port of a dead one: bound, so that nobody else gets it, and never listened at.
    _dead: Option<TcpSocket>,
}

/// All servers; they end with this value.
#[derive(Debug)]
pub(crate) struct Hosts {
    pub(crate) all: Vec<Host>,
    pub(crate) ledger: Arc<Ledger>,
    tasks: Vec<JoinHandle<()>>,
}

impl Hosts {
    /// Starts them; whoever signs with this key is the letter.
    pub(crate) fn start(clock: Arc<SharedClock>, pem: &str) -> Self {
        let ledger = Arc::new(Ledger {
            clock,
            key: PublicKey::from_pem(pem).unwrap(),
            book: Mutex::default(),
            n_arrived: watch::Sender::new(0),
        });
        let tempers = TEMPERS.iter().flat_map(|(it, n)| [*it].repeat(*n));
        let (mut all, mut tasks) = (Vec::new(), Vec::new());
        for temper in tempers {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let authority = socket.local_addr().unwrap().to_string();
            let dead = if temper == Temper::Dead {
                Some(socket)
            } else {
                let listener = socket.listen(1024).unwrap();
                tasks.push(serve(listener, &ledger, &authority, temper));
                None
            };
            all.push(Host {
                authority,
                temper,
                _dead: dead,
            });
        }
        Self { all, ledger, tasks }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn serve(
    listener: TcpListener,
    ledger: &Arc<Ledger>,
    authority: &str,
    temper: Temper,
) -> JoinHandle<()> {
    let (ledger, origin) = (Arc::clone(ledger), format!("http://{authority}"));
    let reply = move |request: Request| ledger.take(&origin, temper, &request);
    tokio::spawn(wire::serve(listener, Arc::new(reply)))
}

/// What came, to whom, and what was wrong with it.
#[derive(Debug)]
pub(crate) struct Ledger {
    clock: Arc<SharedClock>,
    key: PublicKey,
    book: Mutex<Book>,
    /// How many requests came so far.
    pub(crate) n_arrived: watch::Sender<usize>,
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
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.book.lock().unwrap().arrivals.clone()
    }

    /// What was not as it has to be.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.book.lock().unwrap().faults.clone()
    }

    fn take(&self, origin: &str, temper: Temper, request: &Request) -> Reply {
        let inbox = format!("{origin}{}", request.path());
        let now = self.clock.now();
        let reply = match self.verified(origin, request, now) {
            Ok(activity) => self.enter(inbox, temper, activity, now),
            Err(fault) => {
                let fault = format!("{inbox}: {fault}");
                self.book.lock().unwrap().faults.push(fault);
                Reply::Status(401)
            }
        };
        self.n_arrived.send_modify(|it| *it += 1);
        reply
    }

    fn enter(&self, inbox: String, temper: Temper, activity: Value, now: Millis) -> Reply {
        let mut book = self.book.lock().unwrap();
        let id = activity["id"].as_str().unwrap().to_owned();
        let of_inbox = |it: &&Arrival| it.inbox == inbox;
        let others = book.arrivals.iter().filter(of_inbox).count();
        let times = book.times.entry((inbox.clone(), id)).or_default();
        let mut reply = temper.reply(*times, others);
        // Once for each statement is enough: all wait for as long as it hangs.
        if reply == Reply::Hang && activity["object"]["id"] != urls().letter() {
            reply = Reply::Status(202);
        }
        *times += 1;
        book.arrivals.push(Arrival {
            inbox,
            activity,
            at: now,
            reply,
        });
        reply
    }

    /// The activity, when the letter's key signed this very request.
    fn verified(&self, origin: &str, request: &Request, now: Millis) -> Result<Value, String> {
        let headers = request.headers();
        let received = Received {
            method: &Method::POST,
            target: request.path(),
            headers: &headers,
            body: &request.body,
        };
        let claim = inspect(&received, origin, now).map_err(|it| it.to_string())?;
        if claim.key_id != urls().actor_key() {
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
