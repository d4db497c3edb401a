//! The quote authorizations that a batch has to do with, and the changes to write.

use std::collections::HashSet;

use super::{
    activity::{InboundAction, InboundActivity},
    actor_state::ActorState,
    news::News,
};
use crate::{
    activitystreams::UseKind,
    hash::{Salt, Sha256},
    register::error::Result,
    store::{QuoteAuthorizationRow, Tx},
};

/// By what a use that a moderator took back is known again: the salted hash of what it was, of who asked, and of the id of
/// the post or the collection. Without the actor, whoever asks for the post of somebody else on the same server, and is
/// blocked, would take the permission from that somebody, too.
pub(in crate::register) fn withheld_mark(
    salt: &Salt,
    kind: UseKind,
    actor: &str,
    object: &str,
) -> Sha256 {
    // No id has a space in it.
    let what = kind.authorization();
    Sha256::salted(salt, &format!("{what} {actor} {object}"))
}

/// The authorizations that a batch has to do with, and the changes to write.
#[derive(Clone, Debug, Default)]
pub(in crate::register) struct QuoteState {
    in_force: Vec<QuoteAuthorizationRow>,
    granted: Vec<QuoteAuthorizationRow>,
    revoked: Vec<String>,
    /// The marks of those of these requests whose authorization a moderator revoked.
    withheld: HashSet<Sha256>,
}

impl QuoteState {
    /// Loads the authorizations of senders who ask for one, or may lose one.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        salt: &Salt,
        incoming: &[InboundActivity],
        actors: &[ActorState],
    ) -> Result<Self> {
        let touching = incoming
            .iter()
            .filter(|activity| activity.action.facts().touches_quotes);
        let senders: HashSet<&str> = touching.map(|activity| activity.sender.url()).collect();
        let concerned = actors
            .iter()
            .filter(|actor| senders.contains(actor.row.url.as_str()));
        let actors: Vec<i64> = concerned.map(|actor| actor.row.id).collect();
        let asked = incoming.iter().filter_map(|activity| {
            if let InboundAction::AskToUse(wish) = &activity.action {
                let actor = activity.sender.url();
                Some(withheld_mark(salt, wish.kind, actor, &wish.post))
            } else {
                None
            }
        });
        let withheld = tx.withheld_posts(&asked.collect::<Vec<_>>()).await?;
        Ok(Self {
            withheld: withheld.into_iter().collect(),
            in_force: tx.quote_authorizations_of(&actors).await?,
            ..Self::default()
        })
    }

    /// Writes the changes; returns what they mean for the documents.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<News> {
        // In this order, because one may be revoked and granted again in one batch.
        tx.end_quote_authorizations(&self.revoked).await?;
        tx.save_quote_authorizations(&self.granted).await?;
        let revoked = News::removal_if(!self.revoked.is_empty());
        Ok(revoked.max(News::addition_if(!self.granted.is_empty())))
    }

    /// Those of an actor that are in force.
    pub(in crate::register) fn of(
        &self,
        actor_id: i64,
    ) -> impl Iterator<Item = &QuoteAuthorizationRow> {
        let in_force = self.in_force.iter();
        in_force.filter(move |authorization| authorization.actor_id == actor_id)
    }

    /// Whether a moderator took back what is known by this mark.
    pub(in crate::register) fn is_withheld(&self, mark: &Sha256) -> bool {
        self.withheld.contains(mark)
    }

    /// Grants one.
    pub(in crate::register) fn grant(&mut self, authorization: QuoteAuthorizationRow) {
        self.in_force.push(authorization.clone());
        self.granted.push(authorization);
    }

    /// Revokes those that match, and returns them.
    pub(in crate::register) fn revoke(
        &mut self,
        fits: impl Fn(&QuoteAuthorizationRow) -> bool,
    ) -> Vec<QuoteAuthorizationRow> {
        let (gone, left) = std::mem::take(&mut self.in_force)
            .into_iter()
            .partition(fits);
        self.in_force = left;
        let gone: Vec<QuoteAuthorizationRow> = gone;
        for authorization in &gone {
            let granted = self.granted.len();
            self.granted.retain(|new| new.path != authorization.path);
            if self.granted.len() == granted {
                self.revoked.push(authorization.path.clone());
            }
        }
        gone
    }
}
