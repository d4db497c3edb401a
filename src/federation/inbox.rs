//! `POST /inbox` and `POST /actor/inbox`.
//!
//! The checks go from cheap to expensive, so that strangers can cause little work: size, signature headers with digest
//! and time, JSON, disk space, blocked servers, the key (from memory, the database, or its owner's server), the signature,
//! blocked actors, the hosts of the ids, and the rate limits. An activity that is applied is answered with 202 once it is
//! committed.
//!
//! Up to the signature nothing that can be seen from outside depends on the register, so that nobody learns who had to
//! do with the letter: neither the answer nor its time, nor what is fetched.

use std::{sync::Arc, time::Duration};

use super::{
    App,
    block_policy::Entry,
    client_ip::Caller,
    error::NotAccepted,
    inbox_log::LogEntry,
    interpret::{Ours, interpret, passed_on, sender},
    key_turns::host_of,
    known_key::KnownKey,
    remote_actor::belongs,
};
use crate::{
    activitystreams::{Activity, is_forge_account},
    clock::Millis,
    endorsement::project::ProjectAddress,
    register::{
        InboundAction, InboundActivity, ReceiveOutcome, RequestIdentity, Sender,
        inbound::{documents::stands_under, takes_back::takes_back, writer::NotTaken},
    },
    signature::{Received, UnverifiedSignature, claimed_key, inspect},
    store::{EvidenceRow, InboxLogOutcome},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, StatusCode, Uri,
        header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HOST},
        request::Parts,
    },
    response::{IntoResponse, Response},
};

/// How long an authentic activity waits for its place before the answer is 503. GoToSocial makes few retries, so a
/// short wait is better than a refusal.
const PATIENCE: Duration = Duration::from_millis(100);

/// Handles one delivery.
pub async fn receive(State(app): State<Arc<App>>, uri: Uri, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let mut line = app.inbox_log.line(app.clock.now());
    let mut count = AddressCount {
        app: &app,
        caller: Caller::known(&parts),
        uncounted: parts.extensions.get(),
        is_authentic: false,
    };
    let taken = take(&parts, &target, body, &mut line, &mut count).await;
    if taken.as_ref().err().is_none_or(NotAccepted::is_blamed) {
        count.blame();
    }
    line.ends(&taken);
    match taken {
        Ok(_) => StatusCode::ACCEPTED.into_response(),
        Err(reason) => {
            let status = reason.status();
            tracing::debug!(status = status.as_u16(), reason = %reason, "a delivery was not accepted");
            reason.into_response()
        }
    }
}

/// Whether nobody else can be the actor with this id: it is ours, or of the form that accounts on forges and projects have.
fn is_nobodys(app: &App, actor: &str) -> bool {
    app.urls.is_ours(actor) || is_forge_account(actor) || ProjectAddress::is_id(actor)
}

async fn take(
    parts: &Parts,
    target: &str,
    body: Body,
    line: &mut LogEntry<'_>,
    count: &mut AddressCount<'_>,
) -> Result<InboxLogOutcome, NotAccepted> {
    let (app, caller) = (count.app, count.caller);
    let coding = parts.headers.get(CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding != "identity") {
        return Err(NotAccepted::Compressed);
    }
    let limit = app.config.server.max_body.as_len();
    let held = app.held_bodies.read(body, limit, caller).await?;
    let body = held.bytes();
    if app.writer.is_none() {
        // Before anything is read or fetched: every delivery has to come again.
        return Err(NotAccepted::ReadOnly);
    }
    if let Some(key_id) = claimed_key(&parts.headers) {
        line.comes_from(&key_id);
    }
    let now = app.clock.now();
    let received = Received {
        method: &parts.method,
        target,
        headers: &parts.headers,
        body,
    };
    let claim = Arc::new(inspect(&received, app.urls.origin(), now)?);
    let activity = Activity::parse(body)?;
    line.claims(&activity);
    let context = Arc::clone(&app.context.borrow());
    let ours = Ours::of(&context);
    // Who may read a post that is not public makes no difference to the register, unless it is the letter alone, which the
    // post itself tells: so the followers are not looked up.
    let action = interpret(ours, &activity, None);
    let leaves = || takes_back(&action, &context.rules.phrases);
    if !app.room.borrow().takes(leaves) {
        return Err(NotAccepted::NoRoom);
    }
    let entry = app.entry(&activity.actor, &claim.key_id, &action)?;
    let request = RequestIdentity {
        hash: claim.hash(),
        signed_at: claim.signed_at,
        object: activity.edit_hash(body),
    };
    let is_own = action.facts().about_sender && stands_under(&claim.key_id, &activity.actor);
    let key = if is_own {
        app.own_signer(&claim, &activity.actor).await?
    } else {
        let signer = app.authenticate(&claim, &activity.actor, entry, caller);
        Some(signer.await?)
    };
    let Some(key) = key else {
        // Mastodon sends the Delete of an account to every server that it knows, and a deleted account's key cannot be
        // fetched any more.
        app.doubts.note(&activity.actor);
        return Ok(InboxLogOutcome::Unverified);
    };
    count.is_authentic = true;
    let speaker = (caller, claim.key_id.as_str());
    let is_forwarded = key.actor != activity.actor;
    if app.refuses(&key.actor, is_forwarded, &action) {
        return Err(NotAccepted::Blocked);
    }
    if is_forwarded {
        // Forwarded: the signature is authentic, but not the actor's, so only ids are taken from it.
        line.passed_on_by(&key.actor);
        app.find_place(&key.actor, speaker, now, || false).await?;
        if context.rules.blocks.blocks_actor(&activity.actor) {
            // The forwarder is not told whom we block.
            return Ok(InboxLogOutcome::Nothing);
        }
        let forwarded = InboundActivity {
            sender: known_sender(&key),
            // Not the activity's id: a forwarder must not mark an activity of its actor as already seen.
            activity: None,
            action: passed_on(ours, &activity),
            evidence: evidence(parts, target, &[], &claim, &key, now),
            request: Some(request.clone()),
            at: now,
        };
        return app.hand_over_forwarded(forwarded).await;
    }
    line.proved();
    let foreign = |id: &str| app.urls.is_ours(id) || !belongs(id, &activity.actor);
    if is_nobodys(app, &activity.actor) || activity.id.as_deref().is_some_and(foreign) {
        return Err(NotAccepted::ForeignId);
    }
    app.find_place(&activity.actor, speaker, now, leaves)
        .await?;
    let kept = kept(app, body);
    let incoming = |key: &KnownKey| InboundActivity {
        sender: sender(&activity, known_sender(key), now),
        activity: activity.id.clone(),
        action: action.clone(),
        evidence: evidence(parts, target, kept, &claim, key, now),
        request: Some(request.clone()),
        at: now,
    };
    if let Some(outcome) = app.hand_over(incoming(&key), &claim, &key).await? {
        return Ok(outcome);
    }
    // The key was cached, but the register has purged the actor since: its document is read again.
    app.keys.forget(&activity.actor);
    let key = app
        .authenticate(&claim, &activity.actor, entry, caller)
        .await?;
    if key.actor != activity.actor {
        return Err(NotAccepted::NotTheActor);
    }
    let taken = app.hand_over(incoming(&key), &claim, &key).await?;
    taken.ok_or(NotAccepted::Later(NotTaken::Failed))
}

/// The claimed key of a delivery that was let in without being counted for its network address.
#[derive(Clone, Debug)]
pub struct Uncounted(String);

/// Counts a delivery for its network address if it is not authentic. What was let in uncounted is counted only if its
/// sender is to blame, never because of us, of a slow host or of a connection that ended.
struct AddressCount<'a> {
    app: &'a Arc<App>,
    caller: Caller,
    /// `None` when it was counted before it was read.
    uncounted: Option<&'a Uncounted>,
    /// Whether its signature was verified.
    is_authentic: bool,
}

impl AddressCount<'_> {
    /// Counts what was let in uncounted, unless it is authentic. An address that is over its limit then has proved
    /// nothing any more.
    fn blame(&self) {
        let (app, caller) = (self.app, self.caller);
        if let Some(Uncounted(key_id)) = self.uncounted
            && !self.is_authentic
            && app.limits.request(caller, app.clock.now()).is_err()
        {
            app.key_turns.distrust(caller, key_id);
        }
    }
}

impl Drop for AddressCount<'_> {
    /// Takes off an authentic delivery that was counted, also when its sender is gone.
    fn drop(&mut self) {
        if self.is_authentic && self.uncounted.is_none() {
            self.app.limits.excuse(self.caller, self.app.clock.now());
        }
    }
}

impl App {
    /// Lets a delivery in without counting it for its network address, if this caller has proved to speak for the host
    /// of the claimed key. Whether the key is the caller's shows later. A retired actor takes nothing, so nothing shows.
    pub fn uncounted(&self, caller: Caller, headers: &HeaderMap) -> Option<Uncounted> {
        if caller.0.is_none() || self.lifetime.borrow().since().is_some() {
            return None;
        }
        let key_id = claimed_key(headers)?;
        let is_proven = self.key_turns.is_proven(caller, &host_of(&key_id)?);
        is_proven.then_some(Uncounted(key_id))
    }

    /// The key that made the signature. One that is known and does not fit may have been replaced, so its owner is
    /// asked as for one that is not known. `actor` is the activity's claimed actor.
    async fn authenticate(
        self: &Arc<Self>,
        claim: &Arc<UnverifiedSignature>,
        actor: &str,
        entry: Entry,
        caller: Caller,
    ) -> Result<Arc<KnownKey>, NotAccepted> {
        if let Some(key) = self.known_signer(claim, actor).await? {
            return Ok(key);
        }
        match entry {
            Entry::Open => Ok(self.fetched_signer(claim, actor, caller).await?),
            Entry::LeavingOnly => Err(NotAccepted::Blocked),
        }
    }

    /// Counts an authentic activity for its actor and host, and waits for its place when that is near. Within the limits
    /// its caller has proved to speak for the host of its key: with one actor nobody proves for any number of addresses.
    async fn find_place(
        &self,
        actor: &str,
        (caller, key_id): (Caller, &str),
        now: Millis,
        leaves: impl FnOnce() -> bool,
    ) -> Result<(), NotAccepted> {
        let host = host_of(actor).unwrap_or_default();
        match self.limits.activity(actor, &host, now, PATIENCE) {
            Ok(wait) => {
                self.key_turns.proved(caller, key_id);
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
                Ok(())
            }
            Err(_) if leaves() => Ok(()),
            Err(wait) => Err(NotAccepted::TooMany { wait }),
        }
    }

    /// Hands an authentic activity to the writer. Afterwards a key from the register is cached, or dropped from the cache
    /// when the activity may have changed it. `None` when the register has purged the actor, so that nothing could be
    /// applied.
    async fn hand_over(
        &self,
        incoming: InboundActivity,
        claim: &UnverifiedSignature,
        key: &Arc<KnownKey>,
    ) -> Result<Option<InboxLogOutcome>, NotAccepted> {
        let keys_may_change = incoming.action.facts().about_sender;
        let Some(outcome) = self.apply(incoming).await? else {
            return Ok(None);
        };
        if keys_may_change {
            self.keys.forget(&key.actor);
            self.fetched_keys.forget(&key.actor);
        } else if key.document.is_none() {
            self.keys.remember(&claim.key_id, key, self.clock.now());
        }
        Ok(Some(outcome))
    }

    /// Orders the objects of a forwarded activity to be read from their own server.
    async fn hand_over_forwarded(
        &self,
        incoming: InboundActivity,
    ) -> Result<InboxLogOutcome, NotAccepted> {
        if matches!(incoming.action, InboundAction::Nothing) {
            return Ok(InboxLogOutcome::Nothing);
        }
        let forwarder = incoming.sender.url().to_owned();
        let outcome = self.apply(incoming).await?;
        outcome.ok_or_else(|| {
            self.keys.forget(&forwarder);
            NotAccepted::Later(NotTaken::Failed)
        })
    }

    /// Lets the writer apply an activity; `None` when the register does not know its sender.
    ///
    /// # Errors
    /// [`NotAccepted`] when the register refuses it, or takes it later.
    async fn apply(
        &self,
        incoming: InboundActivity,
    ) -> Result<Option<InboxLogOutcome>, NotAccepted> {
        let writer = self.writer.as_ref().ok_or(NotAccepted::ReadOnly)?;
        let taken = if matches!(incoming.action, InboundAction::Nothing) {
            InboxLogOutcome::Nothing
        } else {
            InboxLogOutcome::Taken
        };
        match writer.receive(incoming, PATIENCE).await? {
            ReceiveOutcome::Taken => Ok(Some(taken)),
            ReceiveOutcome::Repeated => Ok(Some(InboxLogOutcome::Duplicate)),
            ReceiveOutcome::Unknown => Ok(None),
            ReceiveOutcome::Refused => Err(NotAccepted::Blocked),
            ReceiveOutcome::Later => Err(NotAccepted::Later(NotTaken::Busy)),
        }
    }
}

/// What a key tells of the sender.
fn known_sender(key: &KnownKey) -> Sender {
    match &key.document {
        Some(document) => Sender::Read(document.clone()),
        None => Sender::Known(key.actor.clone()),
    }
}

/// What is kept of a body as evidence. A longer one is not; its digest is among the signed headers.
fn kept<'a>(app: &App, body: &'a [u8]) -> &'a [u8] {
    if body.len() <= app.config.privacy.raw_max.as_len() {
        body
    } else {
        &[]
    }
}

/// The request as evidence of an act: with its headers and body, a third party can verify the signature.
fn evidence(
    parts: &Parts,
    target: &str,
    body: &[u8],
    claim: &UnverifiedSignature,
    key: &KnownKey,
    now: Millis,
) -> EvidenceRow {
    EvidenceRow {
        how: "signed".to_owned(),
        method: parts.method.as_str().to_owned(),
        path: target.to_owned(),
        headers: header_lines(&parts.headers, &claim.covered),
        body: body.to_vec(),
        key_id: claim.key_id.clone(),
        pem: key.pem.to_string(),
        received_at: now,
    }
}

/// The headers needed for verification, and all others that the signature covers. Headers that a proxy adds about the
/// sender's network address are not signed, and so never stored.
fn header_lines(headers: &HeaderMap, covered: &[HeaderName]) -> String {
    const KEPT: [HeaderName; 7] = [
        HOST,
        DATE,
        HeaderName::from_static("digest"),
        CONTENT_TYPE,
        HeaderName::from_static("content-digest"),
        HeaderName::from_static("signature"),
        HeaderName::from_static("signature-input"),
    ];
    let others = covered.iter().filter(|name| !KEPT.contains(name));
    let mut lines = String::new();
    for name in KEPT.iter().chain(others) {
        for value in headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
        {
            lines.push_str(name.as_str());
            lines.push_str(": ");
            lines.push_str(value);
            lines.push('\n');
        }
    }
    lines
}
