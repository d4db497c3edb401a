//! Quote authorizations (FEP-044f): who asks to quote something of ours gets one that other servers can check, and
//! loses it when the quoting post goes.

use super::{actor_state::ActorState, batch::Batch};
use crate::{
    activitystreams::{Own, QuoteAuthorization, QuoteRequest, accept_quote, reject_quote},
    clock::Millis,
    random::PublicId,
    register::{InboundAction, InboundActivity, QuoteWish, Result, outgoing::ActivityBuilder},
    store::{ActorRow, NewActivity, QuoteAuthorizationRow, Tx},
};

/// Limit of one actor's authorizations in force: far more than anybody quotes one letter, so that nobody can fill the
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

/// The authorizations that a batch has to do with, and the changes to write.
#[derive(Debug, Default)]
pub(in crate::register) struct QuoteState {
    in_force: Vec<QuoteAuthorizationRow>,
    granted: Vec<QuoteAuthorizationRow>,
    revoked: Vec<String>,
}

impl QuoteState {
    /// Loads the authorizations of senders who ask for one, or may lose one.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
        situations: &[ActorState],
    ) -> Result<Self> {
        let concerned = |situation: &&ActorState| {
            let mut theirs = incoming
                .iter()
                .filter(|activity| activity.sender.url() == situation.actor.url);
            theirs.any(|activity| touches(&activity.deed))
        };
        let actors: Vec<i64> = situations
            .iter()
            .filter(concerned)
            .map(|situation| situation.actor.id)
            .collect();
        Ok(Self {
            in_force: tx.quote_authorizations_of(&actors).await?,
            ..Self::default()
        })
    }

    /// Writes the changes; returns whether there were any.
    pub(in crate::register) async fn save(&self, tx: &mut Tx, now: Millis) -> Result<bool> {
        // In this order, because one may be revoked and granted again in one batch.
        tx.revoke_quote_authorizations(&self.revoked, now).await?;
        tx.save_quote_authorizations(&self.granted).await?;
        Ok(!self.revoked.is_empty() || !self.granted.is_empty())
    }

    /// Revokes those that match, and returns them.
    fn revoke(
        &mut self,
        now: Millis,
        fits: impl Fn(&QuoteAuthorizationRow) -> bool,
    ) -> Vec<QuoteAuthorizationRow> {
        let (gone, left) = std::mem::take(&mut self.in_force)
            .into_iter()
            .partition(fits);
        self.in_force = left;
        let gone: Vec<QuoteAuthorizationRow> = gone;
        for stamp in &gone {
            match self.granted.iter_mut().find(|new| new.path == stamp.path) {
                Some(new) => new.revoked_at = Some(now),
                None => self.revoked.push(stamp.path.clone()),
            }
        }
        gone
    }
}

/// Whether a deed can grant or revoke an authorization.
const fn touches(deed: &InboundAction) -> bool {
    matches!(
        deed,
        InboundAction::AskToQuote(_)
            | InboundAction::Delete { .. }
            | InboundAction::Unhung { .. }
            | InboundAction::Blocked
            | InboundAction::ActorDeleted
    )
}

impl Batch<'_> {
    /// Answers a `QuoteRequest`. It always does, because without an answer the quote stays hidden. A second request
    /// for the same post gets the same authorization.
    pub(in crate::register) fn ask_to_quote(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        asked: &QuoteWish,
    ) {
        let stamp = self.stamp_for(which, incoming, asked);
        let mail = self.mail();
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let request = QuoteRequest {
            id: incoming.activity.as_deref(),
            actor: &situation.actor.url,
            object: &asked.object,
            instrument: &asked.post,
        };
        let answer = match stamp {
            Some(stamp) => mail.accept_quote(&situation.actor, &request, &stamp),
            None => mail.reject_quote(&situation.actor, &request),
        };
        self.mail.push(answer);
    }

    /// The authorization for a post, an existing or a new one; `None` when it may not quote.
    fn stamp_for(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        asked: &QuoteWish,
    ) -> Option<PublicId> {
        let target = asked.target.as_deref().filter(|path| self.is_there(path))?;
        let gone = self.is_deleted(which, incoming, &asked.post)
            || self.came_early(which, Some(&asked.post), "delete");
        if gone || !self.rules().allow_quotes {
            return None;
        }
        let actor_id = self.situations.get(which)?.actor.id;
        let theirs = || {
            let in_force = self.quotes.in_force.iter();
            in_force.filter(move |stamp| stamp.actor_id == actor_id)
        };
        let known = theirs().find(|stamp| stamp.object == asked.post && stamp.target == target);
        if let Some(known) = known {
            return self.stamp_id(&known.path);
        }
        if theirs().count() >= MOST {
            return None;
        }
        let id = PublicId::random(self.context.chance.as_ref());
        let stamp = QuoteAuthorizationRow {
            path: self.context.urls.path(&Own::QuoteAuthorization(id.clone())),
            actor_id,
            object: asked.post.clone(),
            target: target.to_owned(),
            revoked_at: None,
        };
        self.quotes.in_force.push(stamp.clone());
        self.quotes.granted.push(stamp);
        Some(id)
    }

    fn stamp_id(&self, path: &str) -> Option<PublicId> {
        match self.context.urls.parse_path(path) {
            Some(Own::QuoteAuthorization(id)) => Some(id),
            Some(_) | None => None,
        }
    }

    /// Revokes an actor's authorizations: those for one post, or all. Returns whether there was one.
    pub(in crate::register) fn revoke(
        &mut self,
        which: usize,
        post: Option<&str>,
        told: TellAuthor,
    ) -> bool {
        let Some(actor) = self
            .situations
            .get(which)
            .map(|situation| situation.actor.clone())
        else {
            return false;
        };
        let gone = self.quotes.revoke(self.now, |stamp| {
            stamp.actor_id == actor.id && post.is_none_or(|post| stamp.object == post)
        });
        if told == TellAuthor::Yes {
            for stamp in &gone {
                if let Some(id) = self.stamp_id(&stamp.path) {
                    let mail = self.mail().delete_stamp(&actor, &id, stamp);
                    self.mail.push(mail);
                }
            }
        }
        !gone.is_empty()
    }
}

impl ActivityBuilder<'_> {
    /// Accepts a quote request, with the authorization.
    fn accept_quote(
        &self,
        asking: &ActorRow,
        request: &QuoteRequest<'_>,
        stamp: &PublicId,
    ) -> NewActivity {
        let id = self.id();
        let body = accept_quote(self.urls, &id, request, stamp);
        let subject = self.urls.path(&Own::QuoteAuthorization(stamp.clone()));
        self.to_one(&id, "Accept", &subject, &body, asking)
    }

    /// Rejects a quote request.
    fn reject_quote(&self, asking: &ActorRow, request: &QuoteRequest<'_>) -> NewActivity {
        let id = self.id();
        let body = reject_quote(self.urls, &id, request);
        self.to_one(&id, "Reject", request.instrument, &body, asking)
    }

    /// Deletes an authorization, and tells its author.
    fn delete_stamp(
        &self,
        author: &ActorRow,
        stamp: &PublicId,
        row: &QuoteAuthorizationRow,
    ) -> NewActivity {
        let id = self.id();
        let document = QuoteAuthorization {
            id: stamp,
            quoting: &row.object,
            quoted: &self.urls.absolute(&row.target),
        };
        let body = document.to_delete(self.urls, &id, &author.url);
        self.to_one(&id, "Delete", &row.path, &body, author)
    }
}
