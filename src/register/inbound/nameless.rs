//! Direct messages that sign without a name (`endorsing.nameless`): counted, never listed, and their text is not kept.
//!
//! Other servers show a direct message to nobody whom it does not address, so it is never read again: what its author sends
//! is all that is known of it. Of two edits that cannot be told apart the one that signs less stands.
//!
//! Not here: which words these are ([`Phrases::signs_without_name`](crate::endorsement::wording::Phrases)), and what of
//! the same person shows the name ([`effective_state`](crate::endorsement::effective_state)).

use super::{
    activity::{InboundActivity, InboundPost, digest_of},
    actor_state::ActorState,
    batch::Shared,
    judging::{fresh, put, rule_of},
    surge_limit::Surge,
};
use crate::{
    endorsement::{
        Account, Cause,
        judge::{Accepted, Candidate, CandidateKind, Verdict, Why},
        policy::{LetterState, Replies},
        wording::{Intent, Reading},
    },
    i18n::Language,
    store::ActRow,
};

impl Shared<'_> {
    /// A new direct message that is no command: it signs without a name, or its author is told how to.
    pub(in crate::register) fn message(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        (text, reading): (&str, &Reading),
        surge: &Surge,
    ) {
        let signs = post.signs_without_name(text, &self.rules().phrases);
        if self.rules().policy.letter == LetterState::Draft {
            if signs || reading.answer == Intent::Signs {
                self.answer_too_early(actor, post);
            } else if reading.has_words {
                self.not_understood(actor, post);
            }
            return;
        }
        if signs {
            return self.sign_without_name(actor, incoming, post, (None, text), surge);
        }
        if reading.has_words {
            self.answer_both_ways(actor, post, reading.answer != Intent::DoesNot);
        }
    }

    /// A direct message that is a signature already, or was one until an edit, and comes again: in an Update, or twice.
    pub(in crate::register) fn edit_message(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        (index, text): (usize, &str),
        surge: &Surge,
    ) {
        let Some(row) = actor.acts.get(index) else {
            return;
        };
        // Nobody has it read again.
        if incoming.was_fetched() || self.is_deleted(actor, incoming, &post.id) {
            return;
        }
        let (known, ended) = (row.edited_at, row.act.ended);
        let is_older = known > post.updated && post.updated.is_some();
        let is_newer = known < post.updated && (ended.is_none() || known.is_some());
        if is_older {
            return;
        }
        let signs = post.signs_without_name(text, &self.rules().phrases);
        match ended {
            None if signs && is_newer => {
                actor.change_act(index, |row| row.edited_at = post.updated);
            }
            None if signs => (),
            None => {
                // Only an edit that is later for certain brings it back.
                let updated = post.updated.or(Some(incoming.signed_at()));
                self.end_by_edit(actor, index, updated);
            }
            Some((_, Cause::Edit)) if signs && is_newer && self.rules().policy.nameless => {
                self.sign_without_name(actor, incoming, post, (Some(index), text), surge);
            }
            Some((_, Cause::Edit)) if is_newer => {
                actor.change_act(index, |row| row.edited_at = post.updated);
            }
            // Whoever takes back what an administrator ended is brought back by nobody.
            Some((_, Cause::Decision)) if !signs => self.end(actor, index, self.now, Cause::Edit),
            Some(_) => (),
        }
    }

    /// Keeps the signature, without the words, and answers.
    fn sign_without_name(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        (known, text): (Option<usize>, &str),
        surge: &Surge,
    ) {
        let candidate = Candidate {
            kind: CandidateKind::Nameless,
            audience: post.audience,
        };
        let written = Some(post.written(text));
        let dates = (incoming.at, incoming.at);
        let (kept, rule) = match self.judge(actor, candidate, written, dates, surge) {
            (Verdict::Keep(kept), rule) => (kept, rule),
            (Verdict::Ignore(Why::NotOut), _) => return self.answer_too_early(actor, post),
            (
                Verdict::Refuse
                | Verdict::Ignore(_)
                | Verdict::AnswerPrivately
                | Verdict::Leave
                | Verdict::Reach,
                _,
            ) => return,
        };
        let row = self.row_without_words(actor, incoming, post, kept, rule);
        let index = put(actor, known, row, incoming);
        let digest = digest_of(&incoming.evidence);
        actor.evidence.insert(index, digest);
        actor.end_surplus(Some(index), self.now, Cause::Act);
        let cause = if post.edit { Cause::Edit } else { Cause::Act };
        self.settle(actor, cause, None);
        self.answer_how_it_stands(actor, post);
    }

    fn row_without_words(
        &self,
        actor: &ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        kept: Accepted,
        rule: Option<i64>,
    ) -> ActRow {
        let revision = self.rules().revision_of(post.updated.or(post.published));
        let act = fresh(kept, incoming.at, revision);
        ActRow {
            id: None,
            actor_id: actor.row.id,
            act,
            // By its id it is known when its author deletes it.
            object: post.id.clone(),
            activity: None,
            activity_hash: incoming.hash(),
            target: post.target.clone(),
            text: None,
            warning: None,
            language: None,
            poll: false,
            edited_at: post.updated,
            rule: rule_of(&act, rule),
            acknowledged: None,
            speaker: None,
            unvouched: false,
        }
    }

    /// Tells the author of a message that did not sign both ways to do so: each time when it spoke of signing, else once.
    fn answer_both_ways(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
        speaks_of_signing: bool,
    ) {
        let is_program = Account::of_type(&actor.row.r#type) == Account::Automated;
        if is_program || (!speaks_of_signing && actor.row.answered_at.is_some()) {
            return;
        }
        let now = self.now;
        actor.note(|row| row.answered_at = Some(now));
        let language = Language::of(&self.rules().language);
        let policy = &self.rules().policy;
        let text = if policy.letter == LetterState::Closed {
            language.answers.too_late.to_owned()
        } else {
            language.both_ways(policy.replies == Replies::All)
        };
        self.answer(actor, post, &text, None);
    }
}
