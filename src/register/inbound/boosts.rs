//! Boosts, and quotes that do not sign. They are counted without showing whose they are, and endorse nothing.

use super::{
    activity::InboundActivity, actor_state::ActorState, batch::Shared, boost_state::Passed,
    quotes::TellAuthor,
};
use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause},
    store::ActRow,
};

impl Shared<'_> {
    /// A boost: one for each actor and object. Private boosts count too, because nobody is told whose they are. Boosts
    /// of ids that never existed are not stored.
    pub(in crate::register) fn boost(
        &mut self,
        actor: &ActorState,
        incoming: &InboundActivity,
        target: &str,
    ) {
        if self.exists(target) {
            self.boosts
                .add(actor.row.id, Passed::boost(target), target, incoming);
        }
    }

    /// Handles an edit that took the quote out of a post: the quote ends, whether it signs or not, and its
    /// authorization is revoked. A reply or mention is left alone, since servers differ in what an edit repeats.
    pub(in crate::register) fn unhang(
        &mut self,
        actor: &mut ActorState,
        post: &str,
        updated: Option<Millis>,
    ) {
        self.projects.end(actor.row.id, post, Cause::Edit);
        let is_quote = |row: &ActRow| row.act.kind == ActKind::Quote && row.object == post;
        let quote = actor.acts.iter().find(|row| is_quote(row));
        if quote.is_some_and(|row| row.edited_at.is_some_and(|known| updated < Some(known))) {
            return;
        }
        let tied = quote.and_then(|row| row.edited_at.filter(|known| Some(*known) == updated));
        if let Some(tied) = tied {
            self.jobs.read_twice(actor, post, tied, self.now);
        }
        self.boosts.remove(actor.row.id, &Passed::quote(post));
        self.revoke(actor, Some(post), TellAuthor::Yes);
        if let Some(index) = actor.standing(is_quote) {
            self.end_by_edit(actor, index, updated);
        }
        let is_message = |row: &ActRow| row.act.kind == ActKind::Direct && row.is_post_with(post);
        if let Some(index) = actor.standing(is_message) {
            let known = actor.acts.get(index).and_then(|row| row.edited_at);
            if updated.is_none_or(|updated| known.is_none_or(|known| updated >= known)) {
                let updated = updated.or(Some(self.now));
                self.end_by_edit(actor, index, updated);
            }
        }
    }
}
