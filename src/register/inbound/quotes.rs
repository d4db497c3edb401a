//! Authorizations: who asks to quote something of ours (FEP-044f), or to show our actor in a collection (FEP-7aa9), gets one
//! that other servers can check, and loses it when the post or the collection goes.

use super::{
    activity::{InboundActivity, UseWish},
    actor_state::ActorState,
    batch::Shared,
    quote_state::withheld_mark,
};
use crate::{
    activitystreams::{Own, UseAuthorization, UseKind, UseRequest, accept_use, reject_use},
    random::PublicId,
    register::outgoing::ActivityBuilder,
    store::{ActorRow, NewActivity, QuoteAuthorizationRow},
};

/// Limit of one actor's authorizations in force: far more than anybody quotes or collects one letter, so that nobody can fill the
/// table.
const MOST: usize = 200;

/// Whether the author of a quoting post is told that its authorization is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::register) enum TellAuthor {
    /// With a Delete of the authorization.
    Yes,
    /// Nothing is sent, because the author blocked us or is gone.
    No,
}

/// Who is told that an authorization is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::register) enum Told {
    /// The author of the quoting post.
    Author,
    /// The letter's followers, too: their servers may show the quote.
    FollowersToo,
}

impl Shared<'_> {
    /// Answers a `QuoteRequest` or `FeatureRequest`. It always does, because without an answer the quote stays hidden. A
    /// second request for the same post or collection gets the same authorization.
    pub(in crate::register) fn ask_to_use(
        &mut self,
        actor: &ActorState,
        incoming: &InboundActivity,
        asked: &UseWish,
    ) {
        let authorization = self.authorize(actor, incoming, asked);
        let request = UseRequest {
            kind: asked.kind,
            id: incoming.activity.as_deref(),
            actor: &actor.row.url,
            object: &asked.object,
            instrument: &asked.post,
        };
        let builder = self.builder();
        self.outgoing.push(match authorization {
            Some(id) => builder.accept_use(&actor.row, &request, &id),
            None => builder.reject_use(&actor.row, &request),
        });
    }

    /// The authorization for a post or a collection, an existing or a new one; `None` when there is none for it.
    fn authorize(
        &mut self,
        actor: &ActorState,
        incoming: &InboundActivity,
        asked: &UseWish,
    ) -> Option<PublicId> {
        let may_be_used = |path: &&str| match asked.kind {
            UseKind::Quote => self.rules().allow_quotes && self.exists(path),
            // Everybody may put the actor, which exists, into a collection.
            UseKind::Feature => true,
        };
        let target = asked.target.as_deref().filter(may_be_used)?;
        let gone = self.is_deleted(actor, incoming, &asked.post);
        let salt = &self.context.salt;
        let withheld = withheld_mark(salt, asked.kind, &actor.row.url, &asked.post);
        if gone || self.quotes.is_withheld(&withheld) {
            return None;
        }
        let theirs = || self.quotes.of(actor.row.id);
        let is_it = |row: &&QuoteAuthorizationRow| row.object == asked.post && row.target == target;
        if let Some(known) = theirs().find(is_it) {
            return Some(self.builder().authorization(&known.path)?.1);
        }
        if theirs().count() >= MOST {
            return None;
        }
        let id = PublicId::random(self.context.random.as_ref());
        self.quotes.grant(QuoteAuthorizationRow {
            path: self
                .context
                .urls
                .path(&Own::Authorization(asked.kind, id.clone())),
            actor_id: actor.row.id,
            object: asked.post.clone(),
            target: target.to_owned(),
            revoked_at: None,
        });
        Some(id)
    }

    /// Revokes an actor's authorizations: those for one post, or all. Returns whether there was one.
    pub(in crate::register) fn revoke(
        &mut self,
        actor: &ActorState,
        post: Option<&str>,
        told: TellAuthor,
    ) -> bool {
        let gone = self.quotes.revoke(|row| {
            row.actor_id == actor.row.id && post.is_none_or(|post| row.object == post)
        });
        if told == TellAuthor::Yes {
            for row in &gone {
                let delete = self
                    .builder()
                    .delete_authorization(&actor.row, row, Told::Author);
                self.outgoing.extend(delete);
            }
        }
        !gone.is_empty()
    }
}

impl ActivityBuilder<'_> {
    /// Accepts a request, with the authorization.
    fn accept_use(
        &self,
        asking: &ActorRow,
        request: &UseRequest<'_>,
        authorization: &PublicId,
    ) -> NewActivity {
        let id = self.id();
        let body = accept_use(self.urls, &id, request, authorization);
        let subject = self
            .urls
            .path(&Own::Authorization(request.kind, authorization.clone()));
        self.to_one(&id, "Accept", &subject, &body, asking)
    }

    /// Rejects a request.
    fn reject_use(&self, asking: &ActorRow, request: &UseRequest<'_>) -> NewActivity {
        let id = self.id();
        let body = reject_use(self.urls, &id, request);
        self.to_one(&id, "Reject", request.instrument, &body, asking)
    }

    /// Deletes an authorization, and tells its author. The delivery to others who are told is queued by the caller.
    pub(in crate::register) fn delete_authorization(
        &self,
        author: &ActorRow,
        row: &QuoteAuthorizationRow,
        told: Told,
    ) -> Option<NewActivity> {
        let (kind, authorization) = self.authorization(&row.path)?;
        let id = self.id();
        let document = UseAuthorization {
            kind,
            id: &authorization,
            using: &row.object,
            used: &self.urls.absolute(&row.target),
        };
        let cc = (told == Told::FollowersToo).then(|| self.urls.followers());
        let body = document.to_delete(self.urls, &id, &author.url, cc);
        Some(self.to_one(&id, "Delete", &row.path, &body, author))
    }

    /// What an authorization, given by its path, is for, and its id.
    pub(in crate::register) fn authorization(&self, path: &str) -> Option<(UseKind, PublicId)> {
        match self.urls.parse_path(path) {
            Some(Own::Authorization(kind, id)) => Some((kind, id)),
            Some(_) | None => None,
        }
    }
}
