//! A peer on `activitypub_federation`, the library that our own documents are read with: here with its own inbox, its
//! signatures and their verification, and its queue, none of which we use.
//!
//! ```text
//! library_peer DOMAIN ADDRESS CERTIFICATE KEY ACTOR
//! ```
//!
//! It speaks HTTPS at ADDRESS:443 as DOMAIN, and takes the orders of `README.md` by plain HTTP at ADDRESS:8001.

#![expect(clippy::print_stdout, reason = "the driver waits for a word")]
#![expect(
    clippy::disallowed_methods,
    reason = "a foreign server has its own clock"
)]
#![expect(
    clippy::needless_pass_by_value,
    clippy::significant_drop_tightening,
    reason = "one person at a time is driven here"
)]

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    path::Path as FilePath,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use activitypub_federation::{
    activity_queue::queue_activity,
    axum::{
        inbox::{ActivityData, receive_activity},
        json::FederationJson,
    },
    config::{Data, FederationConfig, FederationMiddleware},
    fetch::{
        fetch_object_http,
        object_id::ObjectId,
        webfinger::{build_webfinger_response, extract_webfinger_name, webfinger_resolve_actor},
    },
    http_signatures::{Keypair, generate_actor_keypair},
    protocol::{
        context::WithContext,
        public_key::PublicKey,
        verification::{verify_domains_match, verify_urls_match},
    },
    traits::{Activity, Actor, Object},
};
use anyhow::{Context as _, bail};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{FromRequest as _, Path, Query},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, Request, StatusCode};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};
use url::Url;

/// Everybody (ActivityPub, section 5.6).
const EVERYBODY: &str = "https://www.w3.org/ns/activitystreams#Public";

const MAX_BODY: usize = 1 << 20;

/// What a handler of the library fails with.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Fault(#[from] anyhow::Error);

impl From<activitypub_federation::error::Error> for Fault {
    fn from(error: activitypub_federation::error::Error) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, self.to_string()).into_response()
    }
}

/// An account as the library keeps it.
#[derive(Clone, Debug)]
struct Account {
    document: AccountDocument,
    private_key: Option<String>,
    read_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountDocument {
    id: Url,
    inbox: Url,
    public_key: PublicKey,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An activity as it comes and goes: its members are looked at by the driver.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct AnyActivity {
    id: Url,
    actor: Url,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug)]
struct Server {
    origin: String,
    letter: Url,
    keys: Keypair,
    people: Mutex<People>,
}

#[derive(Debug, Default)]
struct People {
    /// The accounts of others, by id: a key is read once and then kept, until an `Update` brings a new one.
    known: HashMap<Url, Account>,
    notes: BTreeMap<String, Value>,
    /// What stands, by who did it and what it was.
    acts: HashMap<(String, String), Value>,
    moved: HashMap<String, String>,
    aliases: HashMap<String, String>,
    received: Vec<Value>,
    is_signed_only: bool,
    count: u32,
}

type Shared = Arc<Server>;

impl Server {
    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self, name: &str) -> String {
        format!("{}/users/{name}", self.origin)
    }

    /// A new id.
    fn fresh(&self, kind: &str) -> String {
        let mut people = self.people();
        people.count += 1;
        format!("{}/{kind}/{}", self.origin, people.count)
    }

    fn person(&self, name: &str) -> anyhow::Result<Account> {
        let own = self.own(name);
        let people = self.people();
        let mut document = json!({
            "id": own,
            "type": "Person",
            "preferredUsername": name,
            "name": name,
            "inbox": format!("{own}/inbox"),
            "outbox": format!("{own}/outbox"),
            "followers": format!("{own}/followers"),
            "url": format!("{}/@{name}", self.origin),
            "published": "2020-01-01T00:00:00Z",
            "discoverable": true,
            "publicKey": {
                "id": format!("{own}#main-key"),
                "owner": own,
                "publicKeyPem": self.keys.public_key,
            },
            "movedTo": people.moved.get(name),
            "alsoKnownAs": people.aliases.get(name).map(|alias| [alias]),
        });
        if let Some(members) = document.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        Ok(Account {
            document: serde_json::from_value(document)?,
            private_key: Some(self.keys.private_key.clone()),
            read_at: Utc::now(),
        })
    }
}

#[async_trait]
impl Object for Account {
    type DataType = Shared;
    type Kind = AccountDocument;
    type Error = Fault;

    fn id(&self) -> &Url {
        &self.document.id
    }

    fn last_refreshed_at(&self) -> Option<DateTime<Utc>> {
        Some(self.read_at)
    }

    async fn read_from_id(id: Url, data: &Data<Shared>) -> Result<Option<Self>, Fault> {
        Ok(data.people().known.get(&id).cloned())
    }

    async fn into_json(self, _data: &Data<Shared>) -> Result<AccountDocument, Fault> {
        Ok(self.document)
    }

    async fn verify(
        document: &AccountDocument,
        expected: &Url,
        _data: &Data<Shared>,
    ) -> Result<(), Fault> {
        Ok(verify_domains_match(&document.id, expected)?)
    }

    async fn from_json(document: AccountDocument, data: &Data<Shared>) -> Result<Self, Fault> {
        let account = Self {
            document,
            private_key: None,
            read_at: Utc::now(),
        };
        let id = account.document.id.clone();
        data.people().known.insert(id, account.clone());
        Ok(account)
    }
}

impl Actor for Account {
    fn public_key_pem(&self) -> &str {
        &self.document.public_key.public_key_pem
    }

    fn private_key_pem(&self) -> Option<String> {
        self.private_key.clone()
    }

    fn inbox(&self) -> Url {
        self.document.inbox.clone()
    }

    fn shared_inbox(&self) -> Option<Url> {
        let endpoints = self.document.rest.get("endpoints")?;
        Url::parse(endpoints.get("sharedInbox")?.as_str()?).ok()
    }
}

#[async_trait]
impl Activity for AnyActivity {
    type DataType = Shared;
    type Error = Fault;

    fn id(&self) -> &Url {
        &self.id
    }

    fn actor(&self) -> &Url {
        &self.actor
    }

    async fn verify(&self, _data: &Data<Shared>) -> Result<(), Fault> {
        Ok(())
    }

    async fn receive(self, data: &Data<Shared>) -> Result<(), Fault> {
        let object = self.rest.get("object").cloned().unwrap_or_default();
        // A new profile, and with it perhaps a new key, in the words of the old one.
        if object.get("publicKey").is_some() {
            let document: AccountDocument =
                serde_json::from_value(object).context("the account of an Update")?;
            verify_urls_match(&document.id, &self.actor)?;
            Account::from_json(document, data).await?;
        }
        let kind = self.rest.get("type").cloned();
        let whole = serde_json::to_value(&self).context("an activity as JSON")?;
        let entry = json!({"type": kind, "scheme": "draft-cavage", "json": whole});
        data.people().received.push(entry);
        Ok(())
    }
}

/// One order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Order {
    who: String,
    object: String,
    of: String,
    text: String,
    to: String,
    id: String,
    activity: String,
    direct: bool,
}

impl Order {
    /// An activity of this person.
    fn activity(&self, server: &Server, kind: &str, id: &str, object: Value) -> Value {
        let actor = server.own(&self.who);
        json!({"id": id, "type": kind, "actor": actor, "object": object, "to": [EVERYBODY]})
    }

    async fn send(&self, activity: Value, data: &Data<Shared>) -> anyhow::Result<Value> {
        let letter = ObjectId::<Account>::from(data.letter.clone());
        let inbox = letter.dereference(data).await?.shared_inbox_or_inbox();
        let sender = data.person(&self.who)?;
        let id = activity.get("id").cloned();
        let activity: AnyActivity = serde_json::from_value(activity)?;
        queue_activity(
            &WithContext::new_default(activity),
            &sender,
            vec![inbox],
            data,
        )
        .await?;
        Ok(json!({"id": id}))
    }

    /// Sends what can be undone.
    async fn stand(
        &self,
        verb: &str,
        activity: Value,
        data: &Data<Shared>,
    ) -> anyhow::Result<Value> {
        let act = (self.who.clone(), verb.to_owned());
        data.people().acts.insert(act, activity.clone());
        self.send(activity, data).await
    }

    async fn undo(&self, verb: &str, data: &Data<Shared>) -> anyhow::Result<Value> {
        let act = (self.who.clone(), verb.to_owned());
        let undone = data.people().acts.remove(&act);
        let undone = undone.with_context(|| format!("no {verb} of {}", self.who))?;
        let undo = self.activity(data, "Undo", &data.fresh("undos"), undone);
        self.send(undo, data).await
    }

    async fn reply(&self, data: &Data<Shared>) -> anyhow::Result<Value> {
        let id = data.fresh("notes");
        let own = data.own(&self.who);
        let (to, cc) = if self.direct {
            (json!([data.letter]), json!([]))
        } else {
            (json!([EVERYBODY]), json!([format!("{own}/followers")]))
        };
        let note = json!({
            "id": id,
            "type": "Note",
            "attributedTo": own,
            "content": format!("<p>{}</p>", self.text),
            "inReplyTo": self.object,
            "published": now(),
            "url": id,
            "to": to,
            "cc": cc,
        });
        data.people().notes.insert(id.clone(), note.clone());
        let mut create = self.activity(data, "Create", &format!("{id}/create"), note);
        if let Some(members) = create.as_object_mut() {
            members.insert("to".to_owned(), to);
        }
        self.send(create, data).await?;
        Ok(json!({"id": id}))
    }

    async fn edit(&self, data: &Data<Shared>) -> anyhow::Result<Value> {
        let note = {
            let mut people = data.people();
            let note = people.notes.get_mut(&self.id).context("no such note")?;
            let members = note.as_object_mut().context("no note")?;
            members.insert("content".to_owned(), json!(format!("<p>{}</p>", self.text)));
            members.insert("updated".to_owned(), json!(now()));
            note.clone()
        };
        let id = match self.activity.as_str() {
            "" => data.fresh("updates"),
            given => given.to_owned(),
        };
        self.send(self.activity(data, "Update", &id, note), data)
            .await
    }

    async fn delete(&self, data: &Data<Shared>) -> anyhow::Result<Value> {
        data.people().notes.remove(&self.id);
        let tombstone = json!({"id": self.id, "type": "Tombstone"});
        let delete = self.activity(data, "Delete", &format!("{}/delete", self.id), tombstone);
        self.send(delete, data).await
    }

    async fn moves(&self, data: &Data<Shared>) -> anyhow::Result<Value> {
        let (old, new) = (data.own(&self.who), data.own(&self.to));
        {
            let mut people = data.people();
            people.moved.insert(self.who.clone(), new.clone());
            people.aliases.insert(self.to.clone(), old.clone());
        }
        let mut activity = self.activity(data, "Move", &data.fresh("moves"), json!(old));
        if let Some(members) = activity.as_object_mut() {
            members.insert("target".to_owned(), json!(new));
        }
        self.send(activity, data).await
    }

    /// The items of a collection, page by page.
    async fn items(&self, data: &Data<Shared>) -> anyhow::Result<Value> {
        let mut items = Vec::new();
        let mut following = Some(json!(self.of));
        while let Some(page) = following {
            let page = match page.as_str() {
                Some(url) => fetched(url, data).await?,
                None => page,
            };
            for member in ["orderedItems", "items"] {
                items.extend(
                    page.get(member)
                        .and_then(Value::as_array)
                        .into_iter()
                        .flatten()
                        .cloned(),
                );
            }
            following = page.get("first").or_else(|| page.get("next")).cloned();
        }
        Ok(json!({"items": items}))
    }

    async fn obey(&self, name: &str, data: &Data<Shared>) -> anyhow::Result<Option<Value>> {
        let letter = json!(data.letter);
        let object = json!(self.object);
        let answer = match name {
            "webfinger" => {
                let found: Account = webfinger_resolve_actor(&self.of, data).await?;
                json!({"found": found.id()})
            }
            "lookup" => json!({"found": fetched(&self.of, data).await?}),
            "collection" => self.items(data).await?,
            "received" => json!({"received": data.people().received}),
            "signed_only" => {
                data.people().is_signed_only = true;
                json!({})
            }
            "follow" => {
                let follow = self.activity(data, "Follow", &data.fresh("follows"), letter);
                self.stand(name, follow, data).await?
            }
            "like" => {
                let id = if self.id.is_empty() {
                    data.fresh("likes")
                } else {
                    self.id.clone()
                };
                self.stand(name, self.activity(data, "Like", &id, object), data)
                    .await?
            }
            "boost" => {
                let boost = self.activity(data, "Announce", &data.fresh("boosts"), object);
                self.stand(name, boost, data).await?
            }
            "block" => {
                let block = self.activity(data, "Block", &data.fresh("blocks"), letter);
                self.stand(name, block, data).await?
            }
            "unfollow" => self.undo("follow", data).await?,
            "unlike" => self.undo("like", data).await?,
            "unboost" => self.undo("boost", data).await?,
            "reply" => self.reply(data).await?,
            "edit" => self.edit(data).await?,
            "delete" => self.delete(data).await?,
            "move" => self.moves(data).await?,
            // It knows neither RFC 9421 nor quotes nor proofs.
            "only_rfc9421" | "quote" | "proves" => return Ok(None),
            _ => bail!("no order {name}"),
        };
        Ok(Some(answer))
    }
}

/// A document, read by the library with a signed GET.
async fn fetched(url: &str, data: &Data<Shared>) -> anyhow::Result<Value> {
    Ok(fetch_object_http(&Url::parse(url)?, data).await?.object)
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn order(Path(name): Path<String>, data: Data<Shared>, body: String) -> Response {
    let order: Result<Order, _> = serde_json::from_str(&body);
    let answer = match order {
        Ok(order) => order.obey(&name, &data).await,
        Err(error) => Err(error.into()),
    };
    match answer {
        Ok(Some(answer)) => answer.to_string().into_response(),
        Ok(None) => json!({"unsupported": name}).to_string().into_response(),
        Err(error) => json!({"error": format!("{error:?}")})
            .to_string()
            .into_response(),
    }
}

/// Whether a GET may be answered.
fn may_read(headers: &HeaderMap, data: &Data<Shared>) -> bool {
    headers.contains_key("signature") || !data.people().is_signed_only
}

async fn account(
    Path(name): Path<String>,
    headers: HeaderMap,
    data: Data<Shared>,
) -> Result<Response, Fault> {
    if !may_read(&headers, &data) {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let document = data.person(&name)?.into_json(&data).await?;
    let context = json!([
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1"
    ]);
    Ok(FederationJson(WithContext::new(document, context)).into_response())
}

async fn note(
    Path(number): Path<String>,
    headers: HeaderMap,
    data: Data<Shared>,
) -> Result<Response, Fault> {
    if !may_read(&headers, &data) {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let id = format!("{}/notes/{number}", data.origin);
    let note = data.people().notes.get(&id).cloned();
    let note = note.context("no such note")?;
    Ok(FederationJson(WithContext::new_default(note)).into_response())
}

#[derive(Debug, Deserialize)]
struct Resource {
    resource: String,
}

async fn webfinger(Query(query): Query<Resource>, data: Data<Shared>) -> Result<Response, Fault> {
    let name = extract_webfinger_name(&query.resource, &data)?;
    let own = Url::parse(&data.own(name)).context("a user name")?;
    let found = build_webfinger_response(query.resource.clone(), own);
    let found = serde_json::to_string(&found).context("WebFinger as JSON")?;
    Ok(([("content-type", "application/jrd+json")], found).into_response())
}

/// What arrives is verified by the library; what it refuses is kept for the driver to see.
async fn inbox(data: Data<Shared>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = Request::from_parts(parts, Body::from(body.clone()));
    let activity = match ActivityData::from_request(request, &()).await {
        Ok(activity) => activity,
        Err(response) => return response,
    };
    let taken =
        receive_activity::<WithContext<AnyActivity>, Account, Shared>(activity, &data).await;
    match taken {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(fault) => {
            let activity: Value = serde_json::from_slice(&body).unwrap_or_default();
            let entry = json!({"type": "Error", "message": format!("{fault:?}"), "json": activity});
            data.people().received.push(entry);
            StatusCode::UNAUTHORIZED.into_response()
        }
    }
}

/// Serves HTTPS.
async fn serve(
    at: (IpAddr, u16),
    certificate: &FilePath,
    key: &FilePath,
    router: Router,
) -> anyhow::Result<()> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(at).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            // Who breaks off is of no interest here.
            if let Ok(stream) = acceptor.accept(stream).await {
                let connection = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
                drop(connection.await);
            }
        });
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [domain, address, certificate, key, letter] = arguments.as_slice() else {
        bail!("library_peer DOMAIN ADDRESS CERTIFICATE KEY ACTOR");
    };
    let address: IpAddr = address.parse()?;
    let server = Arc::new(Server {
        origin: format!("https://{domain}"),
        letter: Url::parse(letter)?,
        keys: generate_actor_keypair()?,
        people: Mutex::default(),
    });
    let reader = server.person("reader")?;
    let config = FederationConfig::builder()
        .domain(domain.as_str())
        .app_data(server)
        .signed_fetch_actor(&reader)
        .build()
        .await?;
    let middleware = FederationMiddleware::new(config);
    let orders = Router::new()
        .route("/{order}", post(order))
        .layer(middleware.clone());
    let public = Router::new()
        .route("/users/{name}", get(account))
        .route("/@{name}", get(account))
        .route("/users/{name}/inbox", post(inbox))
        .route("/notes/{number}", get(note))
        .route("/.well-known/webfinger", get(webfinger))
        .layer(middleware);
    let listener = TcpListener::bind((address, 8001)).await?;
    println!("ready");
    tokio::try_join!(
        serve(
            (address, 443),
            FilePath::new(certificate),
            FilePath::new(key),
            public
        ),
        async { Ok(axum::serve(listener, orders).await?) },
    )?;
    Ok(())
}
