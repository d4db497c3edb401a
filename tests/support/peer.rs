//! A small Fediverse server in the test's own process: people with real keys, WebFinger, documents, and an
//! inbox that checks what arrives as strictly as we do.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose peer cannot do its part has failed"
)]

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderMap, Method, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, LOCATION},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    signature::{KeyPair, Outgoing, PublicKey, Received, Scheme, Signer, inspect},
};
use url::Url;

/// What documents and activities are labelled with.
pub(crate) const ACTIVITY_JSON: &str = "application/activity+json";

/// One key pair for everybody: making one is slow, and who signs is told by the key's id.
pub(crate) static KEY: LazyLock<Arc<KeyPair>> =
    LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));

/// One delivery to one of our inboxes.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The path of the inbox.
    pub(crate) inbox: String,
    /// The activity.
    pub(crate) activity: Value,
    /// Whether its signature is its actor's; else why not.
    pub(crate) verified: Result<(), String>,
    /// What we answered.
    pub(crate) answer: u16,
}

/// The server. It stops with this value.
#[derive(Debug)]
pub(crate) struct Peer {
    /// What stands in front of every path: scheme, host and port.
    pub(crate) origin: String,
    world: Arc<World>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct World {
    authority: String,
    client: Client,
    documents: Mutex<HashMap<String, Value>>,
    redirects: Mutex<HashMap<String, String>>,
    statuses: Mutex<HashMap<String, u16>>,
    deliveries: Mutex<Vec<Delivery>>,
    requests: Mutex<Vec<String>>,
    answer: AtomicU16,
    scheme: Mutex<Option<Scheme>>,
    holds: watch::Sender<bool>,
    /// The keys that are remembered, by their ids; `None`: each is read anew.
    keys: Mutex<Option<HashMap<String, String>>>,
}

impl Peer {
    /// Starts a server without people that takes every delivery.
    pub(crate) async fn start(client: Client) -> Self {
        Self::named(client, "127.0.0.1").await
    }

    /// The same under a name of this machine.
    pub(crate) async fn named(client: Client, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = format!("{name}:{}", listener.local_addr().unwrap().port());
        let world = Arc::new(World {
            authority: authority.clone(),
            client,
            documents: Mutex::default(),
            redirects: Mutex::default(),
            statuses: Mutex::default(),
            deliveries: Mutex::default(),
            requests: Mutex::default(),
            answer: AtomicU16::new(202),
            scheme: Mutex::default(),
            keys: Mutex::default(),
            holds: watch::Sender::new(false),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&world));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            origin: format!("http://{authority}"),
            world,
            task,
        }
    }

    /// The URL of a path here.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on this document stands at this path.
    pub(crate) fn put(&self, path: &str, document: Value) {
        let mut documents = self.world.documents.lock().unwrap();
        documents.insert(path.to_owned(), document);
    }

    /// From now on this path leads to another URL.
    pub(crate) fn redirect(&self, path: &str, to: &str) {
        let mut redirects = self.world.redirects.lock().unwrap();
        redirects.insert(path.to_owned(), to.to_owned());
    }

    /// From now on this path is answered 404.
    pub(crate) fn remove(&self, path: &str) {
        self.world.documents.lock().unwrap().remove(path);
    }

    /// From now on this path is answered with this status and nothing else.
    pub(crate) fn refuse(&self, path: &str, status: u16) {
        let mut statuses = self.world.statuses.lock().unwrap();
        statuses.insert(path.to_owned(), status);
    }

    /// From now on this path is answered as before.
    pub(crate) fn welcome(&self, path: &str) {
        self.world.statuses.lock().unwrap().remove(path);
    }

    /// From now on deliveries are answered so.
    pub(crate) fn answer_with(&self, status: u16) {
        self.world.answer.store(status, Ordering::SeqCst);
    }

    /// From now on deliveries that are not signed by this scheme are answered 401.
    pub(crate) fn accept_only(&self, scheme: Scheme) {
        *self.world.scheme.lock().unwrap() = Some(scheme);
    }

    /// Whether deliveries are kept waiting for their answer from now on.
    pub(crate) fn hold(&self, holds: bool) {
        self.world.holds.send_replace(holds);
    }

    /// From now on a key is read from its owner once; then only an Update that it signs makes another one known.
    pub(crate) fn remember_keys(&self) {
        *self.world.keys.lock().unwrap() = Some(HashMap::new());
    }

    /// All deliveries so far in the order in which they came, refused ones included.
    pub(crate) fn all_deliveries(&self) -> Vec<Delivery> {
        self.world.deliveries.lock().unwrap().clone()
    }

    /// The deliveries of this type of activity so far, refused ones included.
    pub(crate) fn deliveries(&self, kind: &str) -> Vec<Delivery> {
        let deliveries = self.world.deliveries.lock().unwrap();
        let fits = |it: &&Delivery| it.activity.get("type").is_some_and(|it| it == kind);
        deliveries.iter().filter(fits).cloned().collect()
    }

    /// Method and path of every request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.world.requests.lock().unwrap().clone()
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

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The headers of a POST of `body` to `url`, signed at `now` by the key with this id, as most servers do it.
pub(crate) fn signed(key_id: &str, url: &Url, body: &[u8], now: Millis) -> HeaderMap {
    signed_as(Scheme::Cavage, key_id, url, body, now)
}

/// The same by either scheme.
pub(crate) fn signed_as(
    scheme: Scheme,
    key_id: &str,
    url: &Url,
    body: &[u8],
    now: Millis,
) -> HeaderMap {
    sign(&KEY, scheme, key_id, url, body, now)
}

/// The same with another key.
pub(crate) fn signed_with(
    key: &Arc<KeyPair>,
    key_id: &str,
    url: &Url,
    body: &[u8],
    now: Millis,
) -> HeaderMap {
    sign(key, Scheme::Cavage, key_id, url, body, now)
}

fn sign(
    key: &Arc<KeyPair>,
    scheme: Scheme,
    key_id: &str,
    url: &Url,
    body: &[u8],
    now: Millis,
) -> HeaderMap {
    let signer = Signer {
        key_id: key_id.to_owned(),
        key: Arc::clone(key),
    };
    let outgoing = Outgoing {
        method: &Method::POST,
        url,
        body: Some(body),
        accept: None,
    };
    signer.sign(&outgoing, scheme, now).unwrap()
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let line = format!("{} {}", parts.method, parts.uri);
    world.requests.lock().unwrap().push(line);
    if parts.method == Method::POST {
        let body = to_bytes(body, 1024 * 1024).await.unwrap();
        return world.take(&parts, &body).await.into_response();
    }
    if parts.uri.path() == "/.well-known/webfinger" {
        let answer = world.webfinger(parts.uri.query().unwrap_or_default());
        return found("application/jrd+json", answer);
    }
    let path = parts.uri.path();
    let redirect = at(&world.redirects, path);
    if let Some(to) = redirect {
        return (StatusCode::FOUND, [(LOCATION, to)]).into_response();
    }
    let status = at(&world.statuses, path);
    if let Some(status) = status {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let document = at(&world.documents, path);
    match document {
        Some(Value::String(text)) if path == "/letter.md" => {
            ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
        }
        document => found(ACTIVITY_JSON, document),
    }
}

/// What stands at a path.
fn at<T: Clone>(paths: &Mutex<HashMap<String, T>>, path: &str) -> Option<T> {
    paths.lock().unwrap().get(path).cloned()
}

fn found(media_type: &'static str, document: Option<Value>) -> Response {
    match document {
        Some(document) => ([(CONTENT_TYPE, media_type)], document.to_string()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl World {
    async fn take(&self, parts: &Parts, body: &[u8]) -> StatusCode {
        let activity: Value = serde_json::from_slice(body).unwrap();
        let verified = self.verify(parts, body, &activity).await;
        let answer = match &verified {
            Ok(()) => self.answer.load(Ordering::SeqCst),
            Err(_) => 401,
        };
        self.deliveries.lock().unwrap().push(Delivery {
            inbox: parts.uri.path().to_owned(),
            activity,
            verified,
            answer,
        });
        self.holds.subscribe().wait_for(|it| !it).await.unwrap();
        StatusCode::from_u16(answer).unwrap()
    }

    /// Whether the activity's own actor signed this request: with the key that its document shows.
    async fn verify(&self, parts: &Parts, body: &[u8], activity: &Value) -> Result<(), String> {
        let origin = format!("http://{}", self.authority);
        let received = Received {
            method: &parts.method,
            target: parts.uri.path_and_query().unwrap().as_str(),
            headers: &parts.headers,
            body,
        };
        let claim = inspect(&received, &origin, SystemClock.now());
        let claim = claim.map_err(|it| it.to_string())?;
        let wanted = *self.scheme.lock().unwrap();
        if wanted.is_some_and(|it| it != Scheme::of(&parts.headers)) {
            return Err("it is signed by another scheme".to_owned());
        }
        let owner = claim.key_id.split('#').next().unwrap_or_default();
        if Some(owner) != activity.get("actor").and_then(Value::as_str) {
            return Err("somebody else signed".to_owned());
        }
        let remembered =
            |keys: &Option<HashMap<String, String>>| keys.as_ref()?.get(&claim.key_id).cloned();
        let remembered = remembered(&self.keys.lock().unwrap());
        let pem = match remembered {
            Some(pem) => pem,
            None => self.shown_key(owner, &claim.key_id).await?,
        };
        let key = PublicKey::from_pem(&pem).map_err(|it| it.to_string())?;
        claim.verify(&key).map_err(|it| it.to_string())?;
        let announced = activity.pointer("/object/publicKey/publicKeyPem");
        let announced = announced.and_then(Value::as_str).map(str::to_owned);
        if let Some(keys) = self.keys.lock().unwrap().as_mut() {
            keys.insert(claim.key_id, announced.unwrap_or(pem));
        }
        Ok(())
    }

    /// The key as its owner's document shows it now.
    async fn shown_key(&self, owner: &str, key_id: &str) -> Result<String, String> {
        let request = self.client.get(owner).header(ACCEPT, ACTIVITY_JSON);
        let answer = request.send().await.map_err(|it| it.to_string())?;
        let document = answer.text().await.map_err(|it| it.to_string())?;
        let document: Value = serde_json::from_str(&document).map_err(|it| it.to_string())?;
        let text = |path| document.pointer(path).and_then(Value::as_str);
        if text("/publicKey/id") != Some(key_id) {
            return Err("the actor does not show this key".to_owned());
        }
        if text("/id") != Some(owner) {
            return Err("the document is another actor's".to_owned());
        }
        let pem = text("/publicKey/publicKeyPem");
        Ok(pem.ok_or("the actor shows no key")?.to_owned())
    }

    fn webfinger(&self, query: &str) -> Option<Value> {
        let resource = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "resource")
            .map(|(_, value)| value.into_owned())?;
        let account = resource.strip_prefix("acct:")?;
        let (user, host) = account.split_once('@')?;
        let path = format!("/users/{user}");
        let actor = self.documents.lock().unwrap().get(&path).cloned();
        let id = actor.filter(|_| host == self.authority)?.get("id").cloned();
        Some(json!({
            "subject": resource,
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": id}],
        }))
    }
}
