//! The ActivityPub documents that we serve: actors, the letter, collections, activities.

use std::sync::{Arc, PoisonError};

use axum::http::{HeaderMap, header::ACCEPT};
use serde_json::Value;

use super::response_cache::{ASK, MINUTE, Rendered};
use crate::{
    activitystreams::{self, ACTIVITY_JSON, Own, QuoteAuthorization},
    endorsement::policy::LetterState,
    federation::App,
    random::PublicId,
    register::{
        actor::profile::ActorDocumentContext,
        letter::{
            note::{NoteContext, Text, own_replies},
            publish::LETTER_PATH,
        },
    },
    store::{Counts, OwnObject, OwnPost, RevisionRow, Tx},
};

/// The most replies in `/letter/replies`.
const MAX_REPLIES: i64 = 200;
/// The most activities in the outbox.
const MAX_OUTBOX: i64 = 50;

/// Why a document or page cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// Nothing is there: 404.
    #[error("there is nothing here")]
    Missing,
    /// It was deleted: 410, with this `Tombstone`.
    #[error("this is gone")]
    Gone(Value),
    /// The letter was not published yet: 503.
    #[error("the letter is not published yet")]
    NotYet,
    /// The database failed: 503.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// What is stored cannot be read: 500.
    #[error(transparent)]
    Register(#[from] crate::register::Error),
    /// A stored document is no JSON: 500.
    #[error("a stored document cannot be read")]
    Stored(#[from] serde_json::Error),
    /// A page cannot be rendered: 500.
    #[error("a page cannot be rendered")]
    Template(#[from] askama::Error),
}

/// Whether the client prefers `application/activity+json` to HTML; without `Accept` it gets HTML.
pub fn wants_activity(headers: &HeaderMap) -> bool {
    let values: Vec<&str> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    activitystreams::accepts_activity_json(&values.join(", "))
}

/// The letter as currently published.
#[derive(Debug)]
pub struct Current {
    /// The newest revision.
    pub revision: RevisionRow,
    /// Its text.
    pub text: Arc<Text>,
    /// Its object, with id and dates.
    pub object: OwnObject,
    /// The numbers of endorsements.
    pub counts: Counts,
    /// The newest substantive revision.
    pub newest_substantive: i64,
}

impl App {
    /// Reads the letter and its numbers of endorsements in one snapshot.
    pub async fn current(&self, tx: &mut Tx) -> Result<Current, NotServed> {
        let revision = tx.current_revision().await?.ok_or(NotServed::NotYet)?;
        let object = tx.own_object(LETTER_PATH).await?.ok_or(NotServed::NotYet)?;
        let text = self.text(&revision)?;
        let newest_substantive = tx.newest_substantive_revision().await?;
        let counts = tx.counts(newest_substantive).await?;
        Ok(Current {
            revision,
            text,
            object,
            counts,
            newest_substantive,
        })
    }

    /// The parsed text of a revision; the last one is cached.
    fn text(&self, revision: &RevisionRow) -> Result<Arc<Text>, NotServed> {
        let kept = || self.text.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = kept()
            .as_ref()
            .filter(|(number, _)| *number == revision.number)
        {
            return Ok(Arc::clone(text));
        }
        let text = Arc::new(Text::new(self.note.read(revision)?, &self.urls));
        *kept() = Some((revision.number, Arc::clone(&text)));
        Ok(text)
    }

    /// One of our documents by its id, from the cache where possible.
    pub async fn document(&self, own: &Own) -> Result<Arc<Rendered>, NotServed> {
        let key = format!("activity {}", self.urls.path(own));
        self.cache.get(&key, self.render(own)).await
    }

    async fn render(&self, own: &Own) -> Result<Rendered, NotServed> {
        let mut tx = self.store.read().await?;
        let document = match own {
            Own::Actor | Own::ActorKey | Own::Profile => self.letter_actor(&mut tx).await?,
            Own::InstanceActor | Own::InstanceKey => self.instance_actor(&mut tx).await?,
            Own::Letter | Own::Page => self.letter_note(&mut tx).await?,
            Own::Outbox => self.outbox(&mut tx).await?,
            Own::InstanceOutbox => activitystreams::instance_outbox(&self.urls),
            Own::Followers => {
                let total = tx.follower_count().await?;
                activitystreams::followers(&self.urls, u64::try_from(total).unwrap_or(0))
            }
            Own::Following => activitystreams::following(&self.urls),
            Own::Featured => {
                self.current(&mut tx).await?;
                activitystreams::featured(&self.urls, &[self.urls.letter()])
            }
            Own::Likes => activitystreams::likes(&self.urls, likes(&self.current(&mut tx).await?)),
            Own::Shares => {
                let boosts = self.current(&mut tx).await?.counts.boosts;
                activitystreams::shares(&self.urls, u64::try_from(boosts).unwrap_or(0))
            }
            Own::Replies => activitystreams::replies(&self.urls, &self.replies(&mut tx).await?),
            Own::Activity(_) => self.activity(&mut tx, own).await?,
            Own::Post(_) => self.post(&mut tx, own).await?,
            Own::QuoteAuthorization(id) => self.stamp(&mut tx, own, id).await?,
            Own::Inbox | Own::ActorInbox | Own::Supporters => return Err(NotServed::Missing),
        };
        // Replies name people by their posts, and so does a quote authorization, which may be revoked, too. Caches must
        // ask again each time.
        let personal = matches!(own, Own::Replies | Own::QuoteAuthorization(_));
        let cached = if personal { ASK } else { MINUTE };
        Ok(Rendered::new(ACTIVITY_JSON, cached, document.to_string()))
    }

    /// One page of the letter's replies, from 1.
    pub async fn replies_page(&self, page: usize) -> Result<Arc<Rendered>, NotServed> {
        let render = async {
            let ids = self.replies(&mut self.store.read().await?).await?;
            let page =
                activitystreams::replies_page(&self.urls, &ids, page).ok_or(NotServed::Missing)?;
            Ok(Rendered::new(ACTIVITY_JSON, ASK, page.to_string()))
        };
        self.cache
            .get(&format!("activity replies {page}"), render)
            .await
    }

    /// The ids of `replies`: our own posts first, then public replies that are shown. Others are never listed, because
    /// listing a reply republishes it.
    async fn replies(&self, tx: &mut Tx) -> Result<Vec<String>, NotServed> {
        let mut ids = own_replies(tx, &self.urls).await?;
        ids.extend(tx.public_replies(MAX_REPLIES).await?);
        ids.truncate(usize::try_from(MAX_REPLIES).unwrap_or(usize::MAX));
        Ok(ids)
    }

    async fn letter_actor(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let current = self.current(tx).await?;
        let pems = Arc::clone(&self.pems.borrow());
        let beside = ActorDocumentContext {
            letter: &current.text.letter,
            state: self.letter_state(),
            published: current.object.published_at,
            pem: &pems.letter,
        };
        let document = self.profile.document(tx, &self.urls, &self.note, &beside);
        Ok(document.await?)
    }

    /// Whether the letter takes signatures now.
    pub fn letter_state(&self) -> LetterState {
        self.context.borrow().rules.policy.letter
    }

    /// The instance actor. It is served before a letter is published, because servers with authorized fetch read its
    /// key before they answer our first GET.
    async fn instance_actor(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let identity = tx.identity().await?.ok_or(NotServed::NotYet)?;
        let pem = &self.pems.borrow().instance;
        Ok(activitystreams::instance_actor(
            &self.urls,
            pem,
            identity.created_at,
        ))
    }

    async fn letter_note(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let current = self.current(tx).await?;
        if let Some(deleted) = current.object.deleted_at {
            return Err(NotServed::Gone(activitystreams::tombstone(
                &self.urls.letter(),
                deleted,
            )));
        }
        let moment = NoteContext {
            object: &current.object,
            counts: &current.counts,
            revision: current.revision.number,
            state: self.letter_state(),
            own_replies: &own_replies(tx, &self.urls).await?,
        };
        Ok(self.note.document(&self.urls, &current.text, &moment))
    }

    async fn outbox(&self, tx: &mut Tx) -> Result<Value, NotServed> {
        let rows = tx.public_activities(MAX_OUTBOX).await?;
        let activities: Result<Vec<Value>, _> = rows
            .iter()
            .map(|row| serde_json::from_str(&row.body))
            .collect();
        Ok(activitystreams::outbox(&self.urls, &activities?))
    }

    async fn activity(&self, tx: &mut Tx, own: &Own) -> Result<Value, NotServed> {
        let row = tx.activity(&self.urls.path(own)).await?;
        let row = row.filter(|row| row.public).ok_or(NotServed::Missing)?;
        Ok(serde_json::from_str(&row.body)?)
    }

    /// A `QuoteAuthorization` (FEP-044f), unless it was revoked.
    async fn stamp(&self, tx: &mut Tx, own: &Own, id: &PublicId) -> Result<Value, NotServed> {
        let stamp = tx.quote_authorization(&self.urls.path(own)).await?;
        let stamp = stamp.ok_or(NotServed::Missing)?;
        if let Some(revoked) = stamp.revoked_at {
            return Err(NotServed::Gone(activitystreams::tombstone(
                &self.urls.url(own),
                revoked,
            )));
        }
        let document = QuoteAuthorization {
            id,
            quoting: &stamp.object,
            quoted: &self.urls.absolute(&stamp.target),
        };
        Ok(document.to_document(&self.urls))
    }

    async fn post(&self, tx: &mut Tx, own: &Own) -> Result<Value, NotServed> {
        let post = self.standing_post(tx, own).await?;
        let current = self.current(tx).await?;
        let language = self.note.language_of(&current.text.letter);
        Ok(self.note.post_document(&self.urls, &post, language)?)
    }

    /// A post of ours that was not deleted.
    pub async fn standing_post(&self, tx: &mut Tx, own: &Own) -> Result<OwnPost, NotServed> {
        let post = tx.own_post(&self.urls.path(own)).await?;
        let post = post.ok_or(NotServed::Missing)?;
        match post.deleted_at {
            Some(deleted) => Err(NotServed::Gone(activitystreams::tombstone(
                &self.urls.url(own),
                deleted,
            ))),
            None => Ok(post),
        }
    }
}

fn likes(current: &Current) -> u64 {
    u64::try_from(current.counts.liked).unwrap_or(0)
}
