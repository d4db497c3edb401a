//! Webhooks of forges about issues whose comments sign (`[[forge.threads]]`).
//!
//! Nothing but the body is signed, and it may come again at any time: what it says counts only for the issue that is
//! configured, and only if it is no older than what is known. What is left open, a look at the comment decides.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Extension, Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::{
    error::Failure,
    state::HttpState,
    webhook::{forge_signature, payload, signed_body},
};
use crate::{
    clock::Millis,
    config::ForgeThread,
    endorsement::policy::LetterState,
    federation::{
        App,
        client_ip::Caller,
        forge::{
            known::add_known,
            poller::{PollError, receive},
            wakes::ForgeWake,
            webhook::{HookNews, HookPayload},
        },
    },
    register::inbound::{
        activity::SIGNED,
        forge_comment::{account_read, deleted, is_known_of_this_second},
    },
    store::{EvidenceRow, ForgeThreadRow},
};

/// How often it is written down that webhooks come.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// `POST /hooks/forge/{name}`: 202 whatever an authentic request says, 401 without the right signature, 404 when there is
/// no such webhook, 503 when it has to come again.
pub async fn post(
    State(state): State<Arc<HttpState>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let Some(hook) = state.forge_hooks.get(&name) else {
        return Failure::missing(&state, headers).into_response();
    };
    let signed = (forge_signature(headers), hook.key());
    let held = match signed_body(&state.app, caller, signed, body).await {
        Ok(held) => held,
        Err(status) => return status.into_response(),
    };
    let Some(said) = payload::<HookPayload>(headers, held.bytes()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let now = state.app.clock.now();
    let evidence = || EvidenceRow {
        how: SIGNED.to_owned(),
        method: "POST".to_owned(),
        path: parts.uri.path().to_owned(),
        headers: signature_lines(headers),
        body: held.bytes().to_vec(),
        key_id: String::new(),
        pem: String::new(),
        received_at: now,
    };
    // A `ping` names no issue: it shows that the webhook works.
    let is_about_none = said.names_no_issue();
    for thread in hook.threads() {
        if !is_about_none && !said.concerns(&thread.url) {
            continue;
        }
        let taken = take(&state, thread, &said, now, &evidence).await;
        if let Err(error) = taken {
            tracing::warn!(thread = thread.url.as_str(), error = %error, "a webhook was not taken");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    StatusCode::ACCEPTED.into_response()
}

/// Takes what a webhook says about a thread.
async fn take(
    state: &HttpState,
    thread: &ForgeThread,
    said: &HookPayload,
    now: Millis,
    evidence: &(dyn Fn() -> EvidenceRow + Sync),
) -> Result<(), PollError> {
    let app = &state.app;
    let known = note(app, thread, now).await?;
    // Nothing of a draft is stored: everything is read when it came out.
    let is_draft = app.context.borrow().rules.policy.letter == LetterState::Draft;
    if is_draft || said.names_no_issue() {
        return Ok(());
    }
    let url = &thread.url;
    let wakes = state.forge_hooks.wakes();
    if said.is_of_another(known.issue) {
        // The next reading says what is wrong.
        wakes.add(ForgeWake::Thread(url.as_str().to_owned()));
        return Ok(());
    }
    match said.news() {
        HookNews::Written(document, editor) => {
            if let Some(mut comment) = document.comment(url, editor) {
                let mut tx = app.store.read().await?;
                let changed = add_known(&mut tx, std::slice::from_mut(&mut comment)).await?;
                let is_open = said.is_edit() && is_known_of_this_second(&mut tx, &comment).await?;
                drop(tx);
                for account in changed {
                    receive(app, account_read(&account, now)).await?;
                }
                receive(app, comment.written(evidence(), now)).await?;
                let thread = || url.as_str().to_owned();
                if let Some(state) = said.vouched().filter(|_| said.is_edit()) {
                    wakes.add(ForgeWake::Vouched(thread(), document.id, state));
                }
                if is_open {
                    wakes.add(ForgeWake::Comment(thread(), document.id));
                }
            }
        }
        HookNews::Deleted(document) => {
            let author = document.user.as_ref().and_then(|user| user.account(url));
            if let Some(author) = author {
                let end = deleted(&author.id(), &document.url(url), evidence(), now);
                receive(app, end).await?;
            }
        }
        HookNews::Issue => wakes.add(ForgeWake::Thread(url.as_str().to_owned())),
    }
    Ok(())
}

/// Notes that a webhook came, now and then; returns what is known of its thread.
async fn note(app: &App, thread: &ForgeThread, now: Millis) -> Result<ForgeThreadRow, PollError> {
    let url = thread.url.as_str();
    let known = app.store.read().await?.forge_thread(url).await?;
    let known = known.unwrap_or_default();
    if known.hook_at.is_some_and(|at| now < at.plus(NOTED_EVERY)) {
        return Ok(known);
    }
    let mut tx = app.store.write().await?;
    tx.note_forge_hook(url, now).await?;
    tx.commit().await?;
    Ok(known)
}

/// The headers with signatures, a line for each.
fn signature_lines(headers: &HeaderMap) -> String {
    let lines = headers.iter().filter_map(|(name, value)| {
        let is_signature = name.as_str().contains("-signature");
        let value = value.to_str().ok().filter(|_| is_signature)?;
        Some(format!("{name}: {value}\n"))
    });
    lines.collect()
}
