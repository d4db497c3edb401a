//! The ActivityPub documents that we serve: actors, the letter, collections, activities.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{CACHE_CONTROL, VARY},
    },
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    current::Current,
    error::{Failure, NotServed},
    headers::wants_activity,
    response_cache::{ASK, MINUTE, Rendered},
    state::HttpState,
};
use crate::{
    activitystreams::{self, ACTIVITY_JSON, Own, OwnActor, UseAuthorization, UseKind},
    endorsement::policy::LetterState,
    letter::language_tag,
    random::PublicId,
    register::{
        actor::profile::ActorDocumentContext,
        letter::{
            announcements::MarkedPost,
            note::{NoteContext, own_replies},
            remote_post::unnamed,
        },
    },
    store::{OwnPost, Tx},
};

/// The most replies in `/letter/replies`.
const MAX_REPLIES: i64 = 200;
/// The most activities in the outbox.
const MAX_OUTBOX: i64 = 50;

/// `GET` of one of our ids: its document for servers, a redirect to the letter's page for people.
pub async fn id(
    State(state): State<Arc<HttpState>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(own) = state.app.urls.parse_path(uri.path()) else {
        return state.to_translation(uri.path(), &headers).await;
    };
    if own == Own::Profile && wants_activity(&headers) {
        return Ok(to_id(&state.app.urls.actor()));
    }
    let document = state.document(&headers, &own).await?;
    if wants_activity(&headers) {
        return Ok(document);
    }
    // Only an existing document redirects to the page.
    let mut response = Redirect::to(&state.app.urls.page()).into_response();
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// A redirect from an address for people to the id of what it means. A document under another address than its id would
/// make the two look alike in caches, and other servers' searches confuse them.
pub(super) fn to_id(id: &str) -> Response {
    let headers = [
        (VARY, HeaderValue::from_static("Accept")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    (headers, Redirect::to(id)).into_response()
}

/// The query of `/letter/replies`.
#[derive(Debug, Deserialize)]
pub struct RepliesQuery {
    page: Option<usize>,
}

/// `GET /letter/replies`, the collection or one page of it.
pub async fn replies(
    State(state): State<Arc<HttpState>>,
    uri: Uri,
    Query(query): Query<RepliesQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match query.page {
        Some(page) if wants_activity(&headers) => {
            let key = format!("activity replies {page}");
            let shared = Arc::clone(&state);
            let document = async move { shared.replies_page(page).await };
            state.answer_one_of_many(&headers, &key, document).await
        }
        _ => id(State(state), uri, headers).await,
    }
}

impl HttpState {
    /// The redirect from `/de` to the page of the translation, if there is one. Not for codes of three letters: their pages
    /// were redirected the other way before they were there, and browsers keep that.
    async fn to_translation(&self, path: &str, headers: &HeaderMap) -> Result<Response, Failure> {
        let language = path.trim_start_matches('/');
        let is_tag = language_tag(language).as_deref() == Some(language) && language.len() != 3;
        let stands = async { Ok(is_tag && self.has_translation(language).await?) };
        let failed = |reason| Failure::of(reason, self, headers);
        if stands.await.map_err(failed)? {
            let page = self.app.urls.absolute(&format!("{path}/"));
            return Ok(Redirect::to(&page).into_response());
        }
        Err(Failure::missing(self, headers))
    }

    /// The response with one of our documents, by its id.
    pub async fn document(&self, request: &HeaderMap, own: &Own) -> Result<Response, Failure> {
        let key = format!("activity {}", self.app.urls.path(own));
        self.answer(request, &key, self.render(own)).await
    }

    async fn render(&self, own: &Own) -> Result<Rendered, NotServed> {
        let mut tx = self.store.read().await?;
        let document = match own {
            Own::Actor | Own::Key(OwnActor::Letter, _) | Own::Profile => {
                self.letter_actor(&mut tx).await?
            }
            Own::InstanceActor | Own::Key(OwnActor::Instance, _) => {
                self.instance_actor(&mut tx).await?
            }
            Own::Letter | Own::Page => self.letter_note(&mut tx).await?,
            Own::Outbox => self.outbox(&mut tx).await?,
            Own::InstanceOutbox => activitystreams::instance_outbox(&self.app.urls),
            Own::Followers => {
                let total = tx.follower_count().await?;
                activitystreams::followers(&self.app.urls, u64::try_from(total).unwrap_or(0))
            }
            Own::Following => self.following(&mut tx).await?,
            Own::Featured => {
                let is_out = tx.has_revision().await?;
                let pinned = is_out.then(|| self.app.urls.letter());
                activitystreams::featured(&self.app.urls, pinned.as_slice())
            }
            Own::Likes => {
                activitystreams::likes(&self.app.urls, likes(&self.current(&mut tx).await?))
            }
            Own::Shares => {
                let boosts = self.current(&mut tx).await?.counts.boosts;
                activitystreams::shares(&self.app.urls, u64::try_from(boosts).unwrap_or(0))
            }
            Own::Replies => {
                self.current(&mut tx).await?;
                activitystreams::replies(&self.app.urls, &self.replies(&mut tx).await?)
            }
            Own::Activity(_) => self.activity(&mut tx, own).await?,
            Own::Post(_) => self.post(&mut tx, own).await?,
            Own::Authorization(kind, id) => self.authorization(&mut tx, own, *kind, id).await?,
            Own::Inbox | Own::ActorInbox | Own::Supporters => return Err(NotServed::Missing),
        };
        // Replies name people by their posts, and so does an authorization, which may be revoked, too, and a boost or an
        // answer names its author. Caches must ask again each time.
        let personal = matches!(
            own,
            Own::Replies | Own::Following | Own::Activity(_) | Own::Authorization(..)
        );
        let cached = if personal { ASK } else { MINUTE };
        Ok(Rendered::new(ACTIVITY_JSON, cached, document.to_string()))
    }

    /// Whom the letter follows, by an administrator's command, as far as they accepted it and may be named.
    async fn following(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let mut followed: Vec<String> = Vec::new();
        if tx.names_off().await?.is_none() {
            for row in tx.following().await? {
                if row.accepted.is_some() && unnamed(tx, row.actor_id).await?.is_none() {
                    followed.push(row.actor);
                }
            }
        }
        Ok(activitystreams::following(&self.app.urls, &followed))
    }

    /// One page of the letter's replies, from 1.
    async fn replies_page(&self, page: usize) -> Result<Rendered, NotServed> {
        let mut tx = self.store.read().await?;
        self.current(&mut tx).await?;
        let ids = self.replies(&mut tx).await?;
        drop(tx);
        let page = activitystreams::replies_page(&self.app.urls, &ids, page);
        let page = page.ok_or(NotServed::Missing)?;
        Ok(Rendered::new(ACTIVITY_JSON, ASK, page.to_string()))
    }

    /// The ids of `replies`: our own posts first, then public replies that are shown. Others are never listed, because
    /// listing a reply republishes it.
    async fn replies(&self, tx: &mut Tx) -> Result<Vec<String>, NotServed> {
        let mut ids = own_replies(tx, &self.app.urls).await?;
        ids.extend(tx.public_replies(MAX_REPLIES).await?);
        ids.truncate(usize::try_from(MAX_REPLIES).unwrap_or(usize::MAX));
        Ok(ids)
    }

    async fn letter_actor(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let current = self.current_if_out(tx).await?;
        let keys = Arc::clone(&self.keys.borrow());
        let beside = match &current {
            Some(current) => ActorDocumentContext {
                letter: Some(&current.text.letter),
                state: self.letter_state(),
                published: current.object.published_at,
                key: &keys.letter,
            },
            None => ActorDocumentContext {
                letter: None,
                state: LetterState::Draft,
                published: tx.identity().await?.ok_or(NotServed::NotYet)?.created_at,
                key: &keys.letter,
            },
        };
        let document = self
            .profile
            .document(tx, &self.app.urls, &self.note, &beside);
        Ok(document.await?)
    }

    /// The instance actor. It is served before a letter is published, because servers with authorized fetch read its
    /// key before they answer our first GET.
    async fn instance_actor(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let identity = tx.identity().await?.ok_or(NotServed::NotYet)?;
        let keys = Arc::clone(&self.keys.borrow());
        Ok(activitystreams::instance_actor(
            &self.app.urls,
            &keys.instance,
            identity.created_at,
        ))
    }

    async fn letter_note(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let current = self.current(tx).await?;
        if let Some(deleted) = current.object.deleted_at {
            return Err(NotServed::Gone(activitystreams::tombstone(
                &self.app.urls.letter(),
                deleted,
            )));
        }
        let moment = NoteContext {
            object: &current.object,
            counts: &current.counts,
            revision: current.revision.number,
            warning: current.revision.warning.as_deref(),
            state: self.letter_state(),
            names_off: tx.names_off().await?.is_some(),
            own_replies: &own_replies(tx, &self.app.urls).await?,
        };
        Ok(self.note.document(&self.app.urls, &current.text, &moment))
    }

    async fn outbox(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let rows = tx.public_activities(MAX_OUTBOX).await?;
        let activities: Result<Vec<Value>, _> = rows
            .iter()
            .map(|row| serde_json::from_str(&row.body))
            .collect();
        Ok(activitystreams::outbox(&self.app.urls, &activities?))
    }

    async fn activity(&self, tx: &mut Tx, own: &Own) -> Result<Value, NotServed> {
        let row = tx.activity(&self.app.urls.path(own)).await?;
        let row = row.filter(|row| row.public).ok_or(NotServed::Missing)?;
        Ok(serde_json::from_str(&row.body)?)
    }

    /// A `QuoteAuthorization` (FEP-044f) or `FeatureAuthorization` (FEP-7aa9). A revoked one is as if it never was, because
    /// that is what those who verify take for a no.
    async fn authorization(
        &self,
        tx: &mut Tx,
        own: &Own,
        kind: UseKind,
        id: &PublicId,
    ) -> Result<Value, NotServed> {
        let authorization = tx.quote_authorization(&self.app.urls.path(own)).await?;
        let authorization = authorization
            .filter(|authorization| authorization.revoked_at.is_none())
            .ok_or(NotServed::Missing)?;
        let document = UseAuthorization {
            kind,
            id,
            using: &authorization.object,
            used: &self.app.urls.absolute(&authorization.target),
        };
        Ok(document.to_document(&self.app.urls))
    }

    async fn post(&self, tx: &mut Tx, own: &Own) -> Result<Value, NotServed> {
        let post = self.standing_post(tx, own).await?;
        let current = self.current(tx).await?;
        let language = self.note.language_of(&current.text.letter);
        let read = MarkedPost::load(tx, &post).await?;
        let document = self
            .note
            .post_document(&self.app.urls, (&post, &read), language);
        Ok(document?)
    }

    /// A post of ours that was not deleted.
    pub async fn standing_post(&self, tx: &mut Tx, own: &Own) -> Result<OwnPost, NotServed> {
        let post = tx.own_post(&self.app.urls.path(own)).await?;
        let post = post.ok_or(NotServed::Missing)?;
        match post.deleted_at {
            Some(deleted) => Err(NotServed::Gone(activitystreams::tombstone(
                &self.app.urls.url(own),
                deleted,
            ))),
            None => Ok(post),
        }
    }
}

fn likes(current: &Current) -> u64 {
    u64::try_from(current.counts.liked).unwrap_or(0)
}
