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
    /// The keys that are remembered, by their ids; `None`: each is read anew.
    pub(super) keys: Mutex<Option<HashMap<String, String>>>,
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
        let answer = if verified.is_ok() { status } else { 401 };
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
        if Some(owner) != activity.get("actor").and_then(Value::as_str) {
            return Err("somebody else signed".to_owned());
        }
        let pem = match self.remembered_key(&claim.key_id) {
            Some(pem) => pem,
            None => self.shown_key(owner, &claim.key_id).await?,
        };
        let key = PublicKey::from_pem(&pem).map_err(|error| error.to_string())?;
        claim.verify(&key).map_err(|error| error.to_string())?;
        let announced = activity.pointer("/object/publicKey/publicKeyPem");
        let announced = announced.and_then(Value::as_str).map(str::to_owned);
        if let Some(keys) = self.keys.lock().unwrap().as_mut() {
            keys.insert(claim.key_id, announced.unwrap_or(pem));
        }
        Ok(())
    }

    fn remembered_key(&self, key_id: &str) -> Option<String> {
        self.keys.lock().unwrap().as_ref()?.get(key_id).cloned()
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
