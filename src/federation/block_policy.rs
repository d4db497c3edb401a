//! The door and those who are blocked (F-258, `federation.md` 4.1 step 3): asked before any signature is checked
//! and before any key is fetched. They may leave, with a key that is known already, and nothing else.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{App, error::NotAccepted, keys::KnownKey};
use crate::{
    activitystreams::{Activity, ActivityKind, Embedded},
    signature::{UnverifiedSignature, claimed_key},
};

/// How far a sender is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// As far as everybody.
    Open,
    /// It is blocked: it may take back what it gave.
    LeavingOnly,
}

impl Entry {
    /// What a sender is told about a fault of its request: who is blocked learns nothing else.
    pub(super) fn refusal(self, why: impl Into<NotAccepted>) -> NotAccepted {
        match self {
            Self::Open => why.into(),
            Self::LeavingOnly => NotAccepted::Blocked,
        }
    }
}

impl App {
    /// How far this activity is let in, by its actor.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`] when the actor or its host is blocked and the activity takes nothing back.
    pub(super) fn entry(&self, activity: &Activity) -> Result<Entry, NotAccepted> {
        self.entry_of(&activity.actor, activity)
    }

    /// The same with a view to the key, whose id tells another host in a request that is forged.
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

    /// Whose signature it is, of one who may only leave: by a key that is known, because nothing is fetched.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`] for a key that is not known or does not fit.
    pub(super) async fn authenticate_leaver(
        &self,
        claim: &UnverifiedSignature,
        actor: &str,
    ) -> Result<Arc<KnownKey>, NotAccepted> {
        let key = self.known_key(&claim.key_id, actor).await?;
        key.filter(|it| claim.verify(&it.key).is_ok())
            .ok_or(NotAccepted::Blocked)
    }
}

/// Whether an activity of this kind may take something back. Posts may, by the word *withdraw* or by an edit; the
/// register, which knows the words that sign, refuses those that do not.
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

/// Answers 403 to GETs that say they are signed by somebody blocked (G3). The signature is not checked: to say so
/// falsely gains nothing.
pub async fn keep_out(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let key_id = claimed_key(request.headers());
        let blocks = Arc::clone(&app.context.borrow().rules.blocks);
        if key_id.is_some_and(|it| blocks.blocks_actor(owner(&it)) || blocks.blocks_actor(&it)) {
            return StatusCode::FORBIDDEN.into_response();
        }
    }
    next.run(request).await
}

/// The actor behind a key id of the usual form, `…/users/ada#main-key`.
fn owner(key_id: &str) -> &str {
    key_id.split('#').next().unwrap_or_default()
}
