//! Replies, mentions and quotes of the letter: stored, edited and answered.

use super::{
    activity::{InboundActivity, InboundPost},
    actor_state::ActorState,
    batch::Shared,
    boost_state::Passed,
    judging::{fresh, put},
    surge_limit::Surge,
};
use crate::{
    endorsement::{
        Act, ActKind, ActOutcome, Cause, MaxVisibility, WaitsFor,
        judge::{Accepted, Candidate, CandidateKind, Verdict},
        wording::{self, Intent as Words},
    },
    store::ActRow,
};

impl Shared<'_> {
    /// A reply, mention or quote of the letter, new or edited.
    pub(in crate::register) fn post(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        surge: &Surge,
    ) {
        if self.is_deleted(actor, incoming, &post.id)
            || self.came_early(actor, Some(&post.id), "delete")
        {
            return;
        }
        let text = wording::text_of(&post.html);
        let reading = self.rules().read_post(&text, post.warning.as_deref());
        if reading.answer == Words::Withdraws {
            // *Withdraw* works, whatever state the post was in.
            return self.leave(actor, Cause::Withdrew);
        }
        let known = actor.known_post(&post.id);
        if known.is_some_and(|index| !actor.is_news(index, post, &text)) {
            return;
        }
        let candidate = Candidate {
            kind: CandidateKind::Post {
                kind: post.kind,
                answer: reading.answer,
                has_words: reading.has_words,
            },
            audience: post.audience,
        };
        let verdict = self.judge(actor, candidate, incoming.at, surge);
        if let Verdict::Keep(kept) = verdict {
            self.boosts.remove(actor.row.id, &Passed::quote(&post.id));
            return self.keep_post(actor, known, incoming, post, kept, text);
        }
        if verdict == Verdict::Leave {
            return self.leave(actor, Cause::Withdrew);
        }
        if let Some(index) = known {
            self.end(actor, index, incoming.at, Cause::Edit);
        }
        // A blocked actor gets this far only with an edit that takes the post back ([`super::takes_back`]).
        if verdict == Verdict::Refuse {
            return;
        }
        let quote = Passed::quote(&post.id);
        if verdict == Verdict::Reach && self.exists(&post.target) {
            self.boosts.add(actor.row.id, quote, &post.target, incoming);
        } else {
            self.boosts.remove(actor.row.id, &quote);
        }
        if verdict == Verdict::AnswerPrivately && reading.answer == Words::Signs {
            self.answer_privately(actor, post);
        }
    }

    fn keep_post(
        &mut self,
        actor: &mut ActorState,
        known: Option<usize>,
        incoming: &InboundActivity,
        post: &InboundPost,
        kept: Accepted,
        text: String,
    ) {
        // A comment that becomes a signature was signed when it was edited.
        let revision = self.rules().revision_of(post.updated.or(post.published));
        let before = known
            .and_then(|index| actor.acts.get(index))
            .filter(|row| row.act.endorses());
        let same_warning = before.is_none_or(|row| row.warning == post.warning);
        let act = match before {
            Some(row) => edited(&row.act, kept),
            None => fresh(kept, incoming.at, revision),
        };
        let no_longer = known.filter(|_| before.is_some() && kept.kind == ActKind::Comment);
        let row = ActRow {
            id: None,
            actor_id: actor.row.id,
            act,
            object: post.id.clone(),
            activity: incoming.activity.clone(),
            activity_hash: incoming.hash(),
            target: post.target.clone(),
            text: Some(text),
            warning: post.warning.clone(),
            edited_at: post.updated,
            acknowledged: None,
        };
        if let Some(row) = actor.endorsement.as_mut().filter(|_| !same_warning) {
            // The same words under another warning are another statement.
            row.statement = None;
        }
        if let Some(index) = no_longer {
            // From here on the standing likes count without the name, as after a Delete.
            actor.end(index, incoming.at, Cause::Edit);
        }
        put(actor, known, row, incoming);
        let cause = if post.edit { Cause::Edit } else { Cause::Act };
        self.settle(actor, cause, None);
    }

    fn answer_privately(&mut self, actor: &mut ActorState, post: &InboundPost) {
        if actor.row.answered_at.is_none() {
            actor.row.answered_at = Some(self.now);
            self.answered.push(actor.row.id);
            let language = &self.rules().language;
            let answer = self.builder().only_public(&actor.row, &post.id, language);
            self.outgoing.push(answer);
        }
    }
}

/// The act after an edit. An edit is no new act: date and revision stay, and no more is shown than before. What
/// counted goes on counting unless the new words say otherwise.
fn edited(before: &Act, kept: Accepted) -> Act {
    let counts = matches!(before.outcome, ActOutcome::Listed | ActOutcome::Counted);
    let by_words = matches!(
        kept.outcome,
        ActOutcome::Comment | ActOutcome::Pending(WaitsFor::Unsure)
    );
    let stays = (counts && !by_words) || kept.outcome == ActOutcome::Late;
    let outcome = if stays { before.outcome } else { kept.outcome };
    let ceiling = if kept.kind == ActKind::Comment {
        MaxVisibility::Counted
    } else {
        kept.ceiling.min(before.ceiling)
    };
    Act {
        kind: kept.kind,
        visibility: kept.visibility,
        ceiling,
        outcome,
        ..*before
    }
}
