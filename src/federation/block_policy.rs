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

use super::{App, error::NotAccepted, known_key::KnownKey};
use crate::{
    register::{InboundAction, inbound::activity::TakesBack},
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
    /// What the actor of an action may do.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`] when the actor or its host is blocked and the action takes nothing back.
    pub(super) fn entry(&self, id: &str, action: &InboundAction) -> Result<Entry, NotAccepted> {
        if !self.context.borrow().rules.blocks.blocks_actor(id) {
            return Ok(Entry::Open);
        }
        // Posts may take something back. The register, which knows the sender's other posts, refuses those that do not.
        match action.facts().takes_back {
            TakesBack::Always | TakesBack::ByItsWords => Ok(Entry::LeavingOnly),
            TakesBack::Never => Err(NotAccepted::Blocked),
        }
    }

    /// The same for the key id, whose host differs from the actor's in forged and in forwarded activities.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`].
    pub(super) fn entry_with_key(
        &self,
        entry: Entry,
        key_id: &str,
        action: &InboundAction,
    ) -> Result<Entry, NotAccepted> {
        match entry {
            Entry::Open => self.entry(key_id, action),
            Entry::LeavingOnly => Ok(entry),
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
