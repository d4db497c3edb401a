//! A fake Fediverse server on loopback: people with real keys, WebFinger, documents, inboxes that check what arrives,
//! and every kind of misbehaviour.
//!
//! By default ([`FakeServer::start`]) it does what a good server does; single paths and inboxes can be told to do
//! something else ([`Reply`]). [`FakeServer::deciding`] decides about each request by a function, for servers with a
//! [`temper::Temper`]; [`FakeServer::routing`] takes an `axum` router, for bodies that no [`Reply`] has.

pub(crate) mod breaker;
mod inbox;
mod reply;
pub(crate) mod signing;
pub(crate) mod temper;
mod wire;

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::Ordering},
};

use axum::{
    Router,
    handler::Handler as _,
    http::Method,
    routing::{MethodRouter, any_service},
};
use serde_json::{Value, json};
use tokio::{net::TcpSocket, sync::watch, task::JoinHandle};
use undersigned::signature::Scheme;

pub(crate) use self::{
    inbox::{Delivery, KeyMemory},
    reply::Reply,
    signing::{KEY, signed_by, signer},
    wire::Request,
};
use self::{
    inbox::{Inboxes, Keys},
    wire::Answer,
};

/// What documents and activities are labelled with.
pub(crate) const ACTIVITY_JSON: &str = "application/activity+json";

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The server. It stops with this value.
#[derive(Debug)]
pub(crate) struct FakeServer {
    /// What stands in front of every path: scheme, host and port.
    pub(crate) origin: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    authority: String,
    behaviour: Behaviour,
    /// The document at each path.
    documents: Mutex<HashMap<String, Value>>,
    /// The replies of single paths, in place of anything else.
    replies: Mutex<HashMap<String, Reply>>,
    /// The next replies of inboxes, by host name and path; they come before everything else.
    scripts: Mutex<HashMap<String, VecDeque<Reply>>>,
    inboxes: Inboxes,
    requests: Mutex<Vec<Request>>,
    n_requests: watch::Sender<usize>,
}

/// What becomes of a request.
enum Behaviour {
    Usual,
    Decided(Box<dyn Fn(&Request) -> Reply + Send + Sync>),
    Routed(Box<MethodRouter>),
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usual => "Usual",
            Self::Decided(_) => "Decided",
            Self::Routed(_) => "Routed",
        })
    }
}

impl FakeServer {
    /// A server without people that takes every delivery which its actor signed.
    pub(crate) fn start() -> Self {
        Self::named("127.0.0.1")
    }

    /// The same under another name of this machine.
    pub(crate) fn named(name: &str) -> Self {
        Self::listen(loopback(), name, Behaviour::Usual)
    }

    /// A server about whose requests this function decides; it keeps none of them.
    pub(crate) fn deciding(decide: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let decided = Behaviour::Decided(Box::new(decide));
        Self::listen(loopback(), "127.0.0.1", decided)
    }

    /// A server at this address whose requests this router answers.
    pub(crate) fn routing(address: SocketAddr, router: Router) -> Self {
        let name = address.ip().to_string();
        Self::listen(
            address,
            &name,
            Behaviour::Routed(Box::new(any_service(router))),
        )
    }

    fn listen(address: SocketAddr, name: &str, behaviour: Behaviour) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(BACKLOG).unwrap();
        let address = listener.local_addr().unwrap();
        let authority = format!("{name}:{}", address.port());
        let state = Arc::new(State {
            authority: authority.clone(),
            behaviour,
            documents: Mutex::default(),
            replies: Mutex::default(),
            scripts: Mutex::default(),
            inboxes: Inboxes::default(),
            requests: Mutex::default(),
            n_requests: watch::Sender::new(0),
        });
        let shared = Arc::clone(&state);
        let answer = move |request| {
            let state = Arc::clone(&shared);
            async move { state.answer(request).await }
        };
        Self {
            origin: format!("http://{authority}"),
            address,
            state,
            task: tokio::spawn(wire::serve(listener, answer)),
        }
    }

    /// The URL of a path here.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on this document stands at this path.
    pub(crate) fn put(&self, path: &str, document: Value) {
        let mut documents = self.state.documents.lock().unwrap();
        documents.insert(path.to_owned(), document);
    }

    /// From now on nothing stands at this path.
    pub(crate) fn remove(&self, path: &str) {
        self.state.documents.lock().unwrap().remove(path);
    }

    /// From now on every request for this path, or URL here, is answered so.
    pub(crate) fn reply_at(&self, path: &str, reply: impl Into<Reply>) {
        let path = path.strip_prefix(&self.origin).unwrap_or(path).to_owned();
        let mut replies = self.state.replies.lock().unwrap();
        replies.insert(path, reply.into());
    }

    /// From now on this path leads to another URL.
    pub(crate) fn redirect(&self, path: &str, to: &str) {
        self.reply_at(path, Reply::redirect(to));
    }

    /// From now on this path is answered with this status and nothing else.
    pub(crate) fn refuse(&self, path: &str, status: u16) {
        self.reply_at(path, Reply::Status(status));
    }

    /// From now on this path is answered as before.
    pub(crate) fn welcome(&self, path: &str) {
        self.state.replies.lock().unwrap().remove(path);
    }

    /// The replies to the next requests to an inbox such as `m.example/inbox`.
    pub(crate) fn script(&self, inbox: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut scripts = self.state.scripts.lock().unwrap();
        scripts.entry(inbox.to_owned()).or_default().extend(replies);
    }

    /// Forgets all scripts.
    pub(crate) fn forget_scripts(&self) {
        self.state.scripts.lock().unwrap().clear();
    }

    /// From now on deliveries are answered so.
    pub(crate) fn answer_with(&self, status: u16) {
        self.state.inboxes.status.store(status, Ordering::SeqCst);
    }

    /// From now on deliveries that are not signed by this scheme are answered 401.
    pub(crate) fn accept_only(&self, scheme: Scheme) {
        *self.state.inboxes.scheme.lock().unwrap() = Some(scheme);
    }

    /// Whether deliveries are kept waiting for their answer from now on.
    pub(crate) fn hold(&self, holds: bool) {
        self.state.inboxes.holds.send_replace(holds);
    }

    /// From now on a key is read from its owner once.
    pub(crate) fn remember_keys(&self, how: KeyMemory) {
        *self.state.inboxes.keys.lock().unwrap() = Some(Keys::new(how));
    }

    /// From now on deliveries are answered before their signatures are checked, as snac does it: what does not verify is
    /// lost without a word.
    pub(crate) fn answer_before_checking(&self) {
        self.state.inboxes.hasty.store(true, Ordering::SeqCst);
    }

    /// From now on documents are shown only to who signs.
    pub(crate) fn require_signed_gets(&self) {
        self.state.inboxes.secure.store(true, Ordering::SeqCst);
    }

    /// From now on deliveries are neither read nor checked.
    pub(crate) fn trust_everybody(&self) {
        self.state.inboxes.trusting.store(true, Ordering::SeqCst);
    }

    /// All deliveries so far in the order in which they came, refused ones included.
    pub(crate) fn all_deliveries(&self) -> Vec<Delivery> {
        self.state.inboxes.deliveries.lock().unwrap().clone()
    }

    /// The deliveries of this type of activity so far, refused ones included.
    pub(crate) fn deliveries(&self, kind: &str) -> Vec<Delivery> {
        let mut deliveries = self.all_deliveries();
        deliveries.retain(|delivery| delivery.activity["type"] == kind);
        deliveries
    }

    /// All requests so far but the first `skip`.
    pub(crate) fn requests_after(&self, skip: usize) -> Vec<Request> {
        let requests = self.state.requests.lock().unwrap();
        requests.iter().skip(skip).cloned().collect()
    }

    /// Method and target of every request so far.
    pub(crate) fn request_lines(&self) -> Vec<String> {
        let requests = self.state.requests.lock().unwrap();
        requests.iter().map(Request::line).collect()
    }

    /// Waits until more than `n` requests came.
    pub(crate) async fn more_requests_than(&self, n: usize) {
        let mut n_requests = self.state.n_requests.subscribe();
        n_requests.wait_for(|so_far| *so_far > n).await.unwrap();
    }

    /// The document of somebody who may live here: discoverable, with an account that is years old. The user
    /// name is the first word of `name` in small letters.
    pub(crate) fn actor(&self, name: &str) -> Value {
        let user = name.split(' ').next().unwrap().to_lowercase();
        let id = self.url(&format!("/users/{user}"));
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id,
            "type": "Person",
            "preferredUsername": user,
            "name": name,
            "inbox": format!("{id}/inbox"),
            "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"),
            "endpoints": {"sharedInbox": self.url("/inbox")},
            "discoverable": true,
            "published": "2020-01-01T00:00:00Z",
            "publicKey": {
                "id": format!("{id}#main-key"),
                "owner": id,
                "publicKeyPem": KEY.public_key_pem(),
            },
        })
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    async fn answer(&self, request: Request) -> Answer {
        match &self.behaviour {
            Behaviour::Decided(decide) => decide(&request).play(&request).await,
            Behaviour::Routed(router) => {
                self.note(&request);
                Answer::Response(
                    MethodRouter::clone(router)
                        .call(request.into_axum(), ())
                        .await,
                )
            }
            Behaviour::Usual => {
                let scripted = self.scripted(&request.inbox);
                self.note(&request);
                let reply = match scripted.or_else(|| at(&self.replies, request.path())) {
                    Some(reply) => reply,
                    None if request.method == Method::POST => self.inboxes.take(&request).await,
                    None if self.inboxes.may_read(&request).await => self.read(&request),
                    None => Reply::Status(401),
                };
                reply.play(&request).await
            }
        }
    }

    fn note(&self, request: &Request) {
        self.requests.lock().unwrap().push(request.clone());
        self.n_requests.send_modify(|n| *n += 1);
    }

    fn scripted(&self, inbox: &str) -> Option<Reply> {
        self.scripts.lock().unwrap().get_mut(inbox)?.pop_front()
    }

    fn read(&self, request: &Request) -> Reply {
        let (media_type, document) = match request.target.split_once('?') {
            Some(("/.well-known/webfinger", query)) => {
                ("application/jrd+json", self.webfinger(query))
            }
            _ => (ACTIVITY_JSON, at(&self.documents, request.path())),
        };
        document.map_or(Reply::Status(404), |document| {
            Reply::of_type(media_type, document.to_string())
        })
    }

    fn webfinger(&self, query: &str) -> Option<Value> {
        let resource = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "resource")
            .map(|(_, value)| value.into_owned())?;
        let account = resource.strip_prefix("acct:")?;
        let (user, host) = account.split_once('@')?;
        let actor = at(&self.documents, &format!("/users/{user}"));
        let id = actor.filter(|_| host == self.authority)?.get("id").cloned();
        Some(json!({
            "subject": resource,
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": id}],
        }))
    }
}

/// What stands at a path.
fn at<T: Clone>(paths: &Mutex<HashMap<String, T>>, path: &str) -> Option<T> {
    paths.lock().unwrap().get(path).cloned()
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A server that is down: its port belongs to this value, and nothing listens there.
#[derive(Debug)]
pub(crate) struct DeadServer(TcpSocket);

impl DeadServer {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(loopback()).unwrap();
        Self(socket)
    }

    /// `127.0.0.1:40123`.
    pub(crate) fn authority(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }
}
