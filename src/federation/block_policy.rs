//! Blocks at the inbox and for GETs. They are checked before a signature is verified and before a key is fetched, so
//! that a blocked server cannot make us send requests. A blocked actor may only take something back, with a key that is
//! known already.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{App, error::NotAccepted, key_resolver::KnownKey};
use crate::{
    activitystreams::{Activity, ActivityKind, Embedded},
    signature::{UnverifiedSignature, claimed_key},
};

/// What a sender may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is not blocked.
    Open,
    /// It is blocked, and may only take something back.
    LeavingOnly,
}

impl Entry {
    /// The error for a faulty request; a blocked sender only learns that it is blocked.
    pub(super) fn refusal(self, why: impl Into<NotAccepted>) -> NotAccepted {
        match self {
            Self::Open => why.into(),
            Self::LeavingOnly => NotAccepted::Blocked,
        }
    }
}

impl App {
    /// What the activity's actor may do.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`] when the actor or its host is blocked and the activity takes nothing back.
    pub(super) fn entry(&self, activity: &Activity) -> Result<Entry, NotAccepted> {
        self.entry_of(&activity.actor, activity)
    }

    /// The same for the key id, whose host differs from the actor's in forged and in forwarded activities.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`].
    pub(super) fn entry_with_key(
        &self,
        entry: Entry,
        key_id: &str,
        activity: &Activity,
    ) -> Result<Entry, NotAccepted> {
        match entry {
            Entry::Open => self.entry_of(key_id, activity),
            Entry::LeavingOnly => Ok(entry),
        }
    }

    fn entry_of(&self, id: &str, activity: &Activity) -> Result<Entry, NotAccepted> {
        if !self.context.borrow().rules.blocks.blocks_actor(id) {
            return Ok(Entry::Open);
        }
        if may_take_back(&activity.kind) {
            Ok(Entry::LeavingOnly)
        } else {
            Err(NotAccepted::Blocked)
        }
    }

    /// The signer of an activity by a blocked actor, with a key that is known already: nothing is fetched.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`] for a key that is not known or does not fit.
    pub(super) async fn authenticate_leaver(
        &self,
        claim: &UnverifiedSignature,
        actor: &str,
    ) -> Result<Arc<KnownKey>, NotAccepted> {
        let key = self.known_key(&claim.key_id, actor).await?;
        key.filter(|known| claim.verify(&known.key).is_ok())
            .ok_or(NotAccepted::Blocked)
    }
}

/// Whether an activity of this kind may take something back. Posts may, by a withdrawing phrase or by an edit; the
/// register, which knows the phrases, refuses those that do not.
fn may_take_back(kind: &ActivityKind) -> bool {
    match kind {
        ActivityKind::Undo { .. }
        | ActivityKind::Delete { .. }
        | ActivityKind::Block { .. }
        | ActivityKind::Dislike { .. } => true,
        ActivityKind::Create { object } | ActivityKind::Update { object } => {
            matches!(object, Embedded::Note(_))
        }
        ActivityKind::Follow { .. }
        | ActivityKind::Like { .. }
        | ActivityKind::React { .. }
        | ActivityKind::Announce { .. }
        | ActivityKind::Move { .. }
        | ActivityKind::Flag { .. }
        | ActivityKind::QuoteRequest { .. }
        | ActivityKind::Other(_) => false,
    }
}

/// Middleware: answers 403 to GETs with the signature of a blocked actor. The signature is not verified, because nobody
/// gains anything by forging one of a blocked actor.
pub async fn keep_out(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let key_id = claimed_key(request.headers());
        let blocks = Arc::clone(&app.context.borrow().rules.blocks);
        if key_id.is_some_and(|id| blocks.blocks_actor(owner(&id)) || blocks.blocks_actor(&id)) {
            return StatusCode::FORBIDDEN.into_response();
        }
    }
    next.run(request).await
}

/// The actor behind a key id of the usual form, `…/users/ada#main-key`.
fn owner(key_id: &str) -> &str {
    key_id.split('#').next().unwrap_or_default()
}
