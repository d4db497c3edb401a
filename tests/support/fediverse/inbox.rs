//! The inboxes of the fake server, which check signatures as strictly as we do.

use std::{
    collections::HashMap,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
};

use super::{ACTIVITY_JSON, Reply, wire::Request};
use crate::support::program::http;
use http::header::ACCEPT;
use reqwest::Client;
use serde_json::Value;
use tokio::sync::watch;
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{PublicKey, Received, Scheme, inspect},
};

/// One delivery to one of the server's inboxes.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The path of the inbox.
    pub(crate) inbox: String,
    /// The activity.
    pub(crate) activity: Value,
    /// Whether its signature is its actor's; else why not.
    pub(crate) verified: Result<(), String>,
    /// The status of the answer.
    pub(crate) answer: u16,
}

/// How a server remembers keys. A remembered key is never read from its owner again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMemory {
    /// By their ids, as GoToSocial does it: one with another id is read.
    ById,
    /// By their owners: nothing but an Update that the remembered key signs makes another one known.
    ByOwner,
}

/// The keys that a server remembers.
#[derive(Debug)]
pub(super) struct Keys {
    how: KeyMemory,
    /// The id and the PEM text by owner.
    known: HashMap<String, (String, String)>,
}

impl Keys {
    pub(super) fn new(how: KeyMemory) -> Self {
        Self {
            how,
            known: HashMap::new(),
        }
    }

    fn find(&self, owner: &str, key_id: &str) -> Option<String> {
        let (id, pem) = self.known.get(owner)?;
        (self.how == KeyMemory::ByOwner || id == key_id).then(|| pem.clone())
    }
}

/// How deliveries are taken, and which came.
#[derive(Debug)]
pub(super) struct Inboxes {
    pub(super) deliveries: Mutex<Vec<Delivery>>,
    /// The status for what is in order.
    pub(super) status: AtomicU16,
    /// The only scheme that is accepted.
    pub(super) scheme: Mutex<Option<Scheme>>,
    /// Whether answers are held back.
    pub(super) holds: watch::Sender<bool>,
    /// The keys that are remembered; `None`: each is read anew.
    pub(super) keys: Mutex<Option<Keys>>,
    /// Whether deliveries are answered before their signatures are checked.
    pub(super) hasty: AtomicBool,
    /// Whether documents are shown only to who signs.
    pub(super) secure: AtomicBool,
    /// Whether nothing is checked or kept.
    pub(super) trusting: AtomicBool,
    client: OnceLock<Client>,
}

impl Default for Inboxes {
    fn default() -> Self {
        Self {
            deliveries: Mutex::default(),
            status: AtomicU16::new(202),
            scheme: Mutex::default(),
            holds: watch::Sender::new(false),
            keys: Mutex::default(),
            hasty: AtomicBool::new(false),
            secure: AtomicBool::new(false),
            trusting: AtomicBool::new(false),
            client: OnceLock::new(),
        }
    }
}

impl Inboxes {
    pub(super) async fn take(&self, request: &Request) -> Reply {
        let status = self.status.load(Ordering::SeqCst);
        if self.trusting.load(Ordering::SeqCst) {
            return Reply::Status(status);
        }
        let activity: Value = serde_json::from_slice(&request.body).unwrap();
        let verified = self.verify(request, &activity).await;
        let hasty = self.hasty.load(Ordering::SeqCst);
        let answer = if verified.is_ok() || hasty {
            status
        } else {
            401
        };
        self.deliveries.lock().unwrap().push(Delivery {
            inbox: request.path().to_owned(),
            activity,
            verified,
            answer,
        });
        let mut holds = self.holds.subscribe();
        holds.wait_for(|holds| !holds).await.unwrap();
        Reply::Status(answer)
    }

    /// Whether the activity's own actor signed this request: with the key that its document shows.
    async fn verify(&self, request: &Request, activity: &Value) -> Result<(), String> {
        let actor = activity.get("actor").and_then(Value::as_str);
        let owner = self.signer_of(request).await?;
        if Some(owner.as_str()) != actor {
            return Err("somebody else signed".to_owned());
        }
        let text = |path| activity.pointer(path).and_then(Value::as_str);
        let news = (
            text("/object/publicKey/id"),
            text("/object/publicKey/publicKeyPem"),
        );
        if let (Some(keys), (Some(id), Some(pem))) = (self.keys.lock().unwrap().as_mut(), news) {
            keys.known.insert(owner, (id.to_owned(), pem.to_owned()));
        }
        Ok(())
    }

    /// Whether a document may be shown to who asks for it.
    pub(super) async fn may_read(&self, request: &Request) -> bool {
        !self.secure.load(Ordering::SeqCst) || self.signer_of(request).await.is_ok()
    }

    /// The id of the actor who signed this request.
    async fn signer_of(&self, request: &Request) -> Result<String, String> {
        let received = Received {
            method: &request.method,
            target: &request.target,
            headers: &request.headers,
            body: &request.body,
        };
        let claim = inspect(&received, &request.origin(), SystemClock.now());
        let claim = claim.map_err(|error| error.to_string())?;
        let wanted = *self.scheme.lock().unwrap();
        if wanted.is_some_and(|scheme| scheme != Scheme::of(&request.headers)) {
            return Err("it is signed by another scheme".to_owned());
        }
        let owner = claim.key_id.split('#').next().unwrap_or_default();
        let pem = match self.remembered_key(owner, &claim.key_id) {
            Some(pem) => pem,
            None => self.shown_key(owner, &claim.key_id).await?,
        };
        let key = PublicKey::from_pem(&pem).map_err(|error| error.to_string())?;
        claim.verify(&key).map_err(|error| error.to_string())?;
        if let Some(keys) = self.keys.lock().unwrap().as_mut() {
            let key = (claim.key_id.clone(), pem);
            keys.known.insert(owner.to_owned(), key);
        }
        Ok(owner.to_owned())
    }

    fn remembered_key(&self, owner: &str, key_id: &str) -> Option<String> {
        self.keys.lock().unwrap().as_ref()?.find(owner, key_id)
    }

    /// The key as its owner's document shows it now.
    async fn shown_key(&self, owner: &str, key_id: &str) -> Result<String, String> {
        let client = self.client.get_or_init(http);
        let request = client.get(owner).header(ACCEPT, ACTIVITY_JSON);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let document = answer.text().await.map_err(|error| error.to_string())?;
        let document: Value = serde_json::from_str(&document).map_err(|error| error.to_string())?;
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
}
