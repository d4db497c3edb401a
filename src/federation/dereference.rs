//! Reads documents of other servers: the one way to dereference an id, through `activitypub_federation`.
//!
//! The library dereferences an [`ObjectId`] with our HTTP client, which signs and caps (`http_client::middleware`), and
//! asks our guard about every URL. Keys ([`key_resolver`](super::key_resolver)), jobs and the command `fetch`
//! ([`dereference_jobs`](super::dereference_jobs)) read all their documents here.
//!
//! Not here: what follows from a document.

use std::{fmt, sync::Arc, time::Duration};

use activitypub_federation::{
    config::{Data, FederationConfig, FederationConfigBuilderError, UrlVerifier},
    error::Error as LibraryError,
    fetch::object_id::ObjectId,
    traits::Object,
};
use async_trait::async_trait;
use reqwest_middleware::ClientWithMiddleware;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::{
    activitystreams::{
        BadActivity, BadDocument, RemoteAccount, RemoteActor, RemoteNote, Urls, paths,
    },
    clock::Clock,
    http_client::{
        Client, FetchError,
        fetch::Accept,
        middleware::{fetch_error, forbidden, with_name, without_name},
        single_flight::{FetchLane, SingleFlight},
    },
    register::{self, inbound::writer::NotTaken},
    signature::authority,
    store,
};

/// Why a document was not read, or why nothing came of it. Names hosts, no actor and no text: it is stored beside
/// the job and logged.
#[derive(Debug, thiserror::Error)]
pub enum DereferenceError {
    /// Not a URL that can be read.
    #[error("it has no URL with a host")]
    NoUrl,
    /// The URL is ours, or redirects to us: nothing of ours is read from outside.
    #[error("it is on our own host")]
    Ours,
    /// As much as strangers may cause was read of its host today.
    #[error("as much was read from its host today as strangers may order")]
    Spent,
    /// There is no document.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An actor that we know cannot be read again. Whatever the reason, it may pass: the actor stays as it is.
    #[error("the actor cannot be read again now")]
    NotRefreshed(#[source] FetchError),
    /// The library refuses the URL or the document. Its own words name the actor, so only fixed ones are kept.
    #[error("the library does not read it: {0}")]
    Library(&'static str),
    /// The document is not what was looked for.
    #[error("what stands there cannot be used")]
    Document(#[from] BadDocument),
    /// The document is no activity either.
    #[error("what stands there is neither a post nor an actor nor an activity")]
    Activity(#[from] BadActivity),
    /// A post or an activity that is not its author's: on another server than its author, or without one.
    #[error("the post names no author on its own server")]
    ForeignAuthor,
    /// An actor's document that is another actor's.
    #[error("the document is another actor's")]
    ForeignActor,
    /// A Move that one of the two accounts does not confirm.
    #[error("the Move is not confirmed: {0}")]
    Unconfirmed(&'static str),
    /// The job's payload cannot be read or written.
    #[error("the job cannot be read")]
    Payload(#[from] serde_json::Error),
    /// The second check came before its time.
    #[error("the second check is not due yet")]
    TooSoon,
    /// The register did not take it.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A change failed.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// The server only reads.
    #[error("the server is read-only")]
    ReadOnly,
}

impl DereferenceError {
    /// Whether another try may succeed. A job is tried again for nothing else: remote servers that fail for ever
    /// have cost others thousands of retries.
    pub fn may_pass(&self) -> bool {
        if let Self::Fetch(error) = self {
            return error.may_pass();
        }
        matches!(
            self,
            Self::Spent
                | Self::NotRefreshed(_)
                | Self::TooSoon
                | Self::NotTaken(_)
                | Self::Store(_)
                | Self::Register(register::Error::Store(_))
        )
    }

    /// Whether it failed here, and another server said nothing by it.
    pub const fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Payload(_)
                | Self::TooSoon
                | Self::NotTaken(_)
                | Self::Store(_)
                | Self::Register(_)
                | Self::ReadOnly
        )
    }

    /// Whether its server says that the thing is not there: 404, 410 or a Tombstone. 401, 403, 5xx and silence
    /// are no absence.
    pub const fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::Fetch(FetchError::Gone | FetchError::Missing)
                | Self::Document(BadDocument::Tombstone)
        )
    }
}

impl From<LibraryError> for DereferenceError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is not ours comes down to a few fixed words"
    )]
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::ReqwestMiddleware(error) => match fetch_error(error) {
                Ok(error) => Self::Fetch(error),
                Err(_foreign) => Self::Library("the HTTP client failed"),
            },
            LibraryError::NotFound => Self::Ours,
            LibraryError::UrlVerificationError(reason) => Self::Library(reason),
            _ => Self::Library("its document cannot be used"),
        }
    }
}

/// What a document can be read as.
pub trait FromDocument: fmt::Debug + Sized + Send + Sync + 'static {
    /// Reads the JSON text of a document.
    fn from_document(json: &[u8]) -> Result<Self, DereferenceError>;
}

impl FromDocument for RemoteActor {
    fn from_document(json: &[u8]) -> Result<Self, DereferenceError> {
        Ok(Self::parse(json)?)
    }
}

impl FromDocument for RemoteNote {
    fn from_document(json: &[u8]) -> Result<Self, DereferenceError> {
        Ok(Self::parse(json)?)
    }
}

/// Any document but a Tombstone: its text is read by the caller, or not at all.
#[derive(Clone, Copy, Debug)]
pub struct AnyDocument;

impl FromDocument for AnyDocument {
    fn from_document(json: &[u8]) -> Result<Self, DereferenceError> {
        match RemoteNote::parse(json) {
            Err(error @ BadDocument::Tombstone) => Err(error.into()),
            Ok(_) | Err(_) => Ok(Self),
        }
    }
}

/// A document as its own server shows it.
#[derive(Debug)]
pub struct Remote<T> {
    /// Its `id`, which is also where it was found.
    pub id: Url,
    /// What it says.
    pub object: T,
    json: Box<RawValue>,
}

impl<T> Remote<T> {
    /// The JSON text as it came, without white space around it.
    pub fn json(&self) -> &[u8] {
        self.json.get().as_bytes()
    }
}

#[async_trait]
impl<T: FromDocument> Object for Remote<T> {
    type DataType = ();
    /// The text itself: our own parsers refuse what serde takes, such as a name that occurs twice.
    type Kind = Box<RawValue>;
    type Error = DereferenceError;

    fn id(&self) -> &Url {
        &self.id
    }

    /// Always `None`: whoever reads here wants what stands there now. The register keeps what is known.
    async fn read_from_id(_: Url, _: &Data<()>) -> Result<Option<Self>, DereferenceError> {
        Ok(None)
    }

    async fn into_json(self, _: &Data<()>) -> Result<Self::Kind, DereferenceError> {
        Ok(self.json)
    }

    /// Nothing is left to verify: the document stands at its own `id`.
    async fn verify(_: &Self::Kind, _: &Url, _: &Data<()>) -> Result<(), DereferenceError> {
        Ok(())
    }

    async fn from_json(json: Self::Kind, _: &Data<()>) -> Result<Self, DereferenceError> {
        #[derive(Deserialize)]
        struct OnlyId {
            id: Url,
        }
        let OnlyId { id } = serde_json::from_str(json.get())?;
        let object = T::from_document(json.get().as_bytes())?;
        Ok(Self { id, object, json })
    }
}

/// Our guard and block list, where the library asks which URLs may be read.
#[derive(Clone)]
struct GuardVerifier(Client);

#[async_trait]
impl UrlVerifier for GuardVerifier {
    async fn verify(&self, url: &Url) -> Result<(), LibraryError> {
        let allowed = self.0.may_speak_to(&without_name(url));
        allowed.map(drop).map_err(|error| forbidden(error).into())
    }
}

/// Reads documents of other servers. Clones share connections and limits.
#[derive(Clone)]
pub struct Dereferencer {
    config: FederationConfig<()>,
    client: Client,
    urls: Arc<Urls>,
}

impl fmt::Debug for Dereferencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dereferencer").finish_non_exhaustive()
    }
}

impl Dereferencer {
    /// Reads with `client` as much as is asked for.
    pub async fn new(
        client: &Client,
        urls: &Arc<Urls>,
    ) -> Result<Self, FederationConfigBuilderError> {
        Self::build(client.clone(), client.with_middleware(), urls).await
    }

    async fn build(
        client: Client,
        http: ClientWithMiddleware,
        urls: &Arc<Urls>,
    ) -> Result<Self, FederationConfigBuilderError> {
        let reader = client.clone();
        let config = FederationConfig::builder()
            .domain(urls.authority())
            .app_data(())
            .client(http)
            .url_verifier(Box::new(GuardVerifier(client)))
            // Without it, the library would look up each host a second time and take a failed look-up for an
            // attack. Schemes, ports and addresses are our guard's, here and on every redirect.
            .debug(true)
            // The client reads a document whole, its redirects and its own id included.
            .http_fetch_limit(1)
            .build()
            .await?;
        let urls = Arc::clone(urls);
        Ok(Self {
            config,
            client: reader,
            urls,
        })
    }

    /// Reads what a host says by WebFinger (RFC 7033) about an account with this user name of its own.
    pub async fn webfinger(
        &self,
        scheme: &str,
        host: &str,
        user: &str,
    ) -> Result<RemoteAccount, DereferenceError> {
        let url = format!("{scheme}://{host}{}", paths::WEBFINGER);
        let mut url = Url::parse(&url).map_err(|_bad| DereferenceError::NoUrl)?;
        url.query_pairs_mut()
            .append_pair("resource", &format!("acct:{user}@{host}"));
        if self.urls.is_ours(url.as_str()) {
            return Err(DereferenceError::Ours);
        }
        let document = self.client.fetch(&url, Accept::Account).await?;
        Ok(RemoteAccount::parse(&document.body)?)
    }

    /// Reads the actor that a host names by WebFinger for an account with this user name of its own.
    pub async fn actor_of(
        &self,
        scheme: &str,
        host: &str,
        user: &str,
    ) -> Result<RemoteActor, DereferenceError> {
        let account = self.webfinger(scheme, host, user).await?;
        let actor = account.actors.first();
        let actor = actor.ok_or(BadDocument::Missing("links"))?;
        Ok(self.read::<RemoteActor>(actor).await?.object)
    }

    /// Reads what stands at a URL of another server now, under its own id.
    pub async fn read<T: FromDocument>(&self, url: &str) -> Result<Remote<T>, DereferenceError> {
        let url = Url::parse(url).map_err(|_bad| DereferenceError::NoUrl)?;
        authority(&url).ok_or(DereferenceError::NoUrl)?;
        if self.urls.is_ours(url.as_str()) {
            return Err(DereferenceError::Ours);
        }
        let id: ObjectId<Remote<T>> = with_name(&url).into();
        id.dereference_forced(&self.config.to_request_data()).await
    }
}

/// Reads documents for requests whose sender is not authenticated yet: shared, and with a memory of what failed.
#[derive(Clone, Debug)]
pub struct KeyDocuments {
    fetches: SingleFlight,
    proven: Dereferencer,
    unproven: Dereferencer,
}

impl KeyDocuments {
    /// Reads with `client`.
    pub async fn new(
        client: &Client,
        clock: Arc<dyn Clock>,
        urls: &Arc<Urls>,
    ) -> Result<Self, FederationConfigBuilderError> {
        let fetches = SingleFlight::new(client.clone(), clock);
        let reading = async |lane| {
            let http = fetches.with_middleware(lane);
            Dereferencer::build(client.clone(), http, urls).await
        };
        Ok(Self {
            proven: reading(FetchLane::Proven).await?,
            unproven: reading(FetchLane::Unproven).await?,
            fetches,
        })
    }

    /// Why what stands at this URL is not read now, and how long that lasts.
    pub fn rests(&self, url: &Url, lane: FetchLane) -> Option<(FetchError, Duration)> {
        self.fetches.rests(url, lane)
    }

    /// Reads what stands at this URL.
    ///
    /// # Errors
    /// As [`Dereferencer::read`].
    pub async fn read<T: FromDocument>(
        &self,
        url: &Url,
        lane: FetchLane,
    ) -> Result<Remote<T>, DereferenceError> {
        let reading = match lane {
            FetchLane::Proven => &self.proven,
            FetchLane::Unproven => &self.unproven,
        };
        reading.read(url.as_str()).await
    }
}
