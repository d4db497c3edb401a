//! Reads the documents of shown actors again, so that names and flags do not go stale (F-155, F-344).
//!
//! Here `activitypub_federation` does what it is good at: an [`ObjectId`] is dereferenced through our own
//! client, which signs, and our own guard, which decides (`product.md` 2.7). What it makes of odd answers
//! does not matter here: a refresh that fails is tried again, and ends nothing. Only 410, twice and `verify.grace`
//! apart, means that the account is gone (F-163, `product.md` 2.4).

use std::{fmt, sync::Arc, time::Duration};

use activitypub_federation::{
    config::{Data, FederationConfig, FederationConfigBuilderError, UrlVerifier},
    error::Error as LibraryError,
    fetch::object_id::ObjectId,
    protocol::verification::verify_domains_match,
    traits::Object,
};
use async_trait::async_trait;
use serde_json::{Map, Value};
use url::Url;

use super::{App, people::new_actor};
use crate::{
    activitystreams::{BadDocument, RemoteActor},
    clock::Millis,
    http_client::Client,
    register::{
        InboundAction, InboundActivity, Sender,
        inbound::{
            activity::fetched, dereference_jobs::SecondLook, refresh_jobs::second_look,
            writer::NotTaken,
        },
    },
    store::{self, NewActor},
};

/// How long a refreshed document may wait for the writer; nobody is waiting for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why an actor was not refreshed. Names no actor: it is stored beside the job and logged.
#[derive(Debug, thiserror::Error)]
pub enum NotRefreshed {
    /// The actor's id is no URL: never.
    #[error("the actor's id is no URL")]
    NoUrl(#[from] url::ParseError),
    /// It could not be fetched. The library's own words name the actor, so they are not kept.
    #[error("the actor cannot be fetched: {0}")]
    Fetch(&'static str),
    /// Its server says that it is gone: 410.
    #[error("the actor is gone")]
    Gone,
    /// The second look came before its time.
    #[error("the second look is not due yet")]
    TooSoon,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What was fetched is no actor.
    #[error("the actor's document cannot be read")]
    Document(#[from] BadDocument),
    /// What was fetched cannot be written as text again.
    #[error("the actor's document is no JSON object")]
    Json(#[from] serde_json::Error),
    /// Its URLs have no host.
    #[error("the actor's document names no host")]
    NoHost,
    /// The library cannot be set up.
    #[error("the library cannot be set up")]
    Library(#[source] FederationConfigBuilderError),
    /// The register did not take it.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// The server only reads.
    #[error("the server is read-only")]
    ReadOnly,
}

impl From<LibraryError> for NotRefreshed {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's many words come down to four of ours"
    )]
    fn from(error: LibraryError) -> Self {
        Self::Fetch(match error {
            LibraryError::ObjectDeleted(_) => return Self::Gone,
            LibraryError::UrlVerificationError(reason) => reason,
            LibraryError::ReqwestMiddleware(_) | LibraryError::Reqwest(_) => {
                "its server did not answer"
            }
            _ => "its server's answer cannot be used",
        })
    }
}

impl NotRefreshed {
    /// Whether another try may succeed.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Fetch(_) | Self::NotTaken(_) | Self::TooSoon | Self::Store(_)
        )
    }
}

/// What the library needs to know while it reads: the time.
#[derive(Clone, Debug)]
struct Reading {
    now: Millis,
}

/// A remote actor as the library reads it.
#[derive(Debug)]
struct Person {
    id: Url,
    document: NewActor,
}

#[async_trait]
impl Object for Person {
    type DataType = Reading;
    type Kind = Map<String, Value>;
    type Error = NotRefreshed;

    fn id(&self) -> &Url {
        &self.id
    }

    /// Always `None`: this is asked for only when the register's copy is stale.
    async fn read_from_id(_: Url, _: &Data<Reading>) -> Result<Option<Self>, NotRefreshed> {
        Ok(None)
    }

    async fn into_json(self, _: &Data<Reading>) -> Result<Self::Kind, NotRefreshed> {
        Ok(Map::from_iter([(
            "id".to_owned(),
            Value::from(self.id.as_str()),
        )]))
    }

    async fn verify(
        json: &Self::Kind,
        expected: &Url,
        _: &Data<Reading>,
    ) -> Result<(), NotRefreshed> {
        let id = json.get("id").and_then(Value::as_str).unwrap_or_default();
        Ok(verify_domains_match(&Url::parse(id)?, expected)?)
    }

    async fn from_json(json: Self::Kind, data: &Data<Reading>) -> Result<Self, NotRefreshed> {
        let actor = RemoteActor::parse(&serde_json::to_vec(&json)?)?;
        let document = new_actor(&actor, data.now).ok_or(NotRefreshed::NoHost)?;
        Ok(Self {
            id: Url::parse(&document.url)?,
            document,
        })
    }
}

/// Our guard, where the library asks which URLs may be fetched (F-258).
#[derive(Clone)]
struct Guarded(Client);

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guarded")
    }
}

#[async_trait]
impl UrlVerifier for Guarded {
    async fn verify(&self, url: &Url) -> Result<(), LibraryError> {
        let allowed = self.0.may_speak_to(url).map(drop);
        allowed.map_err(|_forbidden| LibraryError::UrlVerificationError("our guard forbids it"))
    }
}

/// Refreshes actors.
#[derive(Clone, Debug)]
pub struct Refresher {
    app: Arc<App>,
    client: Client,
}

impl Refresher {
    /// A refresher that fetches with `client`.
    pub const fn new(app: Arc<App>, client: Client) -> Self {
        Self { app, client }
    }

    /// Reads one actor's document and hands it to the writer, as if the actor had sent an Update. When the actor is
    /// gone, a second look is ordered, and nothing ends yet.
    pub async fn refresh(&self, actor: &str) -> Result<(), NotRefreshed> {
        match self.read(actor).await {
            Err(NotRefreshed::Gone) => (),
            done => return done,
        }
        let look = SecondLook {
            url: actor.to_owned(),
            first: self.app.clock.now(),
        };
        let job = second_look(&look, self.app.config.verify.grace)?;
        let mut tx = self.app.store.write().await?;
        tx.add_jobs(&[job]).await?;
        Ok(tx.commit().await?)
    }

    /// Looks at an actor again that was gone, `verify.grace` after the first look: who is still gone follows and
    /// endorses no longer.
    pub async fn look_again(&self, payload: &str) -> Result<(), NotRefreshed> {
        let look: SecondLook = serde_json::from_str(payload)?;
        let now = self.app.clock.now();
        if now.since(look.first) < self.app.config.verify.grace {
            return Err(NotRefreshed::TooSoon);
        }
        match self.read(&look.url).await {
            Err(NotRefreshed::Gone) => (),
            done => return done,
        }
        self.hand_over(InboundActivity {
            sender: Sender::Known(look.url.clone()),
            activity: None,
            action: InboundAction::ActorGone,
            evidence: fetched(&look.url, &[], now),
            at: now,
        })
        .await
    }

    async fn read(&self, actor: &str) -> Result<(), NotRefreshed> {
        let id: ObjectId<Person> = ObjectId::parse(actor)?;
        let now = self.app.clock.now();
        let laboratory = !self.app.config.net.allow_addresses.is_empty();
        let config = FederationConfig::builder()
            .domain(self.app.urls.authority())
            .app_data(Reading { now })
            .client(self.client.with_middleware())
            .url_verifier(Box::new(Guarded(self.client.clone())))
            // Opens http and ports to the library exactly where our guard does; it decides in both cases.
            .debug(laboratory)
            .http_fetch_limit(3)
            .build()
            .await
            .map_err(NotRefreshed::Library)?;
        let person = id.dereference_forced(&config.to_request_data()).await?;
        self.hand_over(InboundActivity {
            sender: Sender::Read(Box::new(person.document)),
            activity: None,
            action: InboundAction::ActorChanged,
            evidence: fetched(actor, &[], now),
            at: now,
        })
        .await
    }

    async fn hand_over(&self, incoming: InboundActivity) -> Result<(), NotRefreshed> {
        let writer = self.app.writer.as_ref().ok_or(NotRefreshed::ReadOnly)?;
        let url = incoming.sender.url().to_owned();
        writer.receive(incoming, PATIENCE).await?;
        self.app.keys.forget(&url);
        Ok(())
    }
}
