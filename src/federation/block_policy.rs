//! Blocks at the inbox and for GETs. Whom we block is a private matter, which servers are blocked is not: a blocked
//! server is refused at once, a blocked actor once its signature was verified. Nothing is fetched from either, so both
//! may take something back with a key that is known already, and nothing else.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{App, error::NotAccepted};
use crate::{
    register::{InboundAction, inbound::activity::TakesBack},
    signature::{Received, claimed_key, inspect, page_of},
};

/// What a sender may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is not blocked.
    Open,
    /// It is blocked, and may only take something back.
    LeavingOnly,
}

impl App {
    /// What anybody may do whose activity names this actor and this key. Their hosts differ in forged and in forwarded
    /// activities.
    ///
    /// # Errors
    /// [`NotAccepted::Blocked`] when one of the hosts is blocked and the action takes nothing back.
    pub(super) fn entry(
        &self,
        actor: &str,
        key_id: &str,
        action: &InboundAction,
    ) -> Result<Entry, NotAccepted> {
        let blocks = Arc::clone(&self.context.borrow().rules.blocks);
        if !blocks.blocks_host_of(actor) && !blocks.blocks_host_of(key_id) {
            return Ok(Entry::Open);
        }
        may_leave(action)
            .then_some(Entry::LeavingOnly)
            .ok_or(NotAccepted::Blocked)
    }

    /// Whether this authentic signer is blocked, and takes nothing of its own back.
    pub(super) fn refuses(&self, signer: &str, is_forwarded: bool, action: &InboundAction) -> bool {
        let is_blocked = self.context.borrow().rules.blocks.blocks_actor(signer);
        is_blocked && (is_forwarded || !may_leave(action))
    }

    /// Whether a GET is signed by a blocked actor, with a key that is known.
    async fn reads_blocked(&self, parts: &Parts) -> bool {
        let blocks = Arc::clone(&self.context.borrow().rules.blocks);
        let Some(key_id) = claimed_key(&parts.headers) else {
            return false;
        };
        if blocks.blocks_host_of(&key_id) {
            return true;
        }
        // Whoever the key is of: otherwise the time of the answer would tell whose are looked up.
        if !blocks.names_actors() {
            return false;
        }
        let received = Received {
            method: &parts.method,
            target: parts.uri.path_and_query().map_or("/", |path| path.as_str()),
            headers: &parts.headers,
            body: &[],
        };
        let Ok(claim) = inspect(&received, self.urls.origin(), self.clock.now()) else {
            return false;
        };
        // An error of the database was logged; what it reads is public.
        let signer = self.known_signer(&claim, page_of(&key_id)).await;
        let signer = signer.ok().flatten();
        signer.is_some_and(|key| blocks.blocks_actor(&key.actor))
    }
}

/// Whether an action may take something back. Of a post the register decides, which knows the sender's other posts.
fn may_leave(action: &InboundAction) -> bool {
    action.facts().takes_back != TakesBack::Never
}

/// Middleware: answers 403 to GETs of blocked servers and blocked actors.
pub async fn keep_out(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    if app.reads_blocked(&parts).await {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}
