//! Posts that hang on the letter: taken, edited, and answered (F-195, F-201).

use super::{batch::Batch, boosts::Passed, receive::fresh, surge_limit::Surge};
use crate::{
    endorsement::{
        Act, ActKind, ActOutcome, Cause, MaxVisibility, Visibility, WaitsFor,
        judge::{Accepted, Audience, Candidate, CandidateKind, Verdict},
        wording::{self, Intent as Words},
    },
    hash::Sha256,
    register::{InboundActivity, InboundPost, ReceiveOutcome},
    store::ActRow,
};

impl Batch<'_> {
    /// A post that hangs on the letter, new or edited (F-195, F-201).
    pub(in crate::register) fn post(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        post: &InboundPost,
        surge: &Surge,
    ) -> ReceiveOutcome {
        if self.is_deleted(which, incoming, &post.id)
            || self.came_early(which, Some(&post.id), "delete")
        {
            return ReceiveOutcome::Taken;
        }
        let text = wording::text_of(&post.html);
        let reading = self.rules().read(&text);
        let offered = CandidateKind::Post {
            kind: post.kind,
            answer: reading.answer,
            has_words: reading.has_words,
        };
        if reading.answer == Words::Withdraws {
            // Leaving works whatever became of the post before.
            self.leave(which, Cause::Withdrew);
            return ReceiveOutcome::Taken;
        }
        let known = self.known_post(which, post);
        if known.is_some_and(|index| !self.is_news(which, index, post, &text)) {
            return ReceiveOutcome::Taken;
        }
        let offer = Candidate {
            kind: offered,
            audience: post.audience,
        };
        match self.judge(which, offer, incoming.at, surge) {
            // Who is blocked got here only because this takes the post back ([`Batch::refuses`]).
            Verdict::Refuse => {
                if let Some(index) = known {
                    self.end(which, index, incoming.at, Cause::Edit);
                }
            }
            Verdict::Leave => self.leave(which, Cause::Withdrew),
            Verdict::Keep(kept) => {
                self.unreach(which, &Passed::quote(&post.id));
                self.keep_post(which, known, incoming, post, kept, text);
            }
            verdict @ (Verdict::AnswerPrivately | Verdict::Ignore(_) | Verdict::Reach) => {
                if let Some(index) = known {
                    self.end(which, index, incoming.at, Cause::Edit);
                }
                let quote = Passed::quote(&post.id);
                if verdict == Verdict::Reach && self.is_there(&post.target) {
                    self.pass_on(which, quote, &post.target, incoming);
                } else {
                    self.unreach(which, &quote);
                }
                if verdict == Verdict::AnswerPrivately && reading.answer == Words::Signs {
                    self.answer_privately(which, post);
                }
            }
        }
        ReceiveOutcome::Taken
    }

    /// Whether this actor deleted a post, or its sender did: what went before a Move stays gone after it.
    pub(in crate::register) fn is_deleted(
        &self,
        which: usize,
        incoming: &InboundActivity,
        object: &str,
    ) -> bool {
        let salt = &self.context.salt;
        let voice = self.situations.get(which).map(|it| it.actor.url.as_str());
        let mut authors = voice.into_iter().chain([incoming.sender.url()]);
        authors.any(|it| {
            let author = Sha256::salted(salt, it);
            self.tombstones
                .contains(&(Sha256::salted(salt, object), author))
        })
    }

    /// The act that this post already is, if it still stands or an edit of its own ended it.
    pub(in crate::register) fn known_post(
        &self,
        which: usize,
        post: &InboundPost,
    ) -> Option<usize> {
        let acts = &self.situations.get(which)?.acts;
        acts.iter()
            .position(|it| it.object == post.id && it.act.is_post())
    }

    /// Whether a known post brings anything new: not when it came twice, is older than what is known, or
    /// was ended by more than an edit (after that only a new act counts).
    pub(in crate::register) fn is_news(
        &self,
        which: usize,
        index: usize,
        post: &InboundPost,
        text: &str,
    ) -> bool {
        let Some(row) = self.situations.get(which).and_then(|it| it.acts.get(index)) else {
            return false;
        };
        // What an edit took away, or what only looked gone, may come back with its author's word.
        let returns = |cause| matches!(cause, Cause::Edit | Cause::Gone);
        if row.act.ended.is_some_and(|(_, cause)| !returns(cause)) {
            return false;
        }
        if row
            .edited_at
            .is_some_and(|known| post.updated.is_none_or(|it| it < known))
        {
            return false;
        }
        let visible = matches!(post.audience, Audience::Public | Audience::Unlisted);
        row.act.ended.is_some()
            || !visible
            || (row.act.visibility == Visibility::Public) != (post.audience == Audience::Public)
            || row.text.as_deref() != Some(text)
            || row.warning != post.warning
    }

    fn keep_post(
        &mut self,
        which: usize,
        known: Option<usize>,
        incoming: &InboundActivity,
        post: &InboundPost,
        kept: Accepted,
        text: String,
    ) {
        // A comment that becomes a signature was signed when it was edited.
        let revision = self.rules().revision_of(post.updated.or(post.published));
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let before = known
            .and_then(|it| situation.acts.get(it))
            .filter(|it| it.act.endorses());
        let same_warning = before.is_none_or(|it| it.warning == post.warning);
        let act = match before {
            Some(row) => edited(&row.act, kept),
            None => fresh(kept, incoming.at, revision),
        };
        let no_longer = known.filter(|_| before.is_some() && kept.kind == ActKind::Comment);
        let row = ActRow {
            id: None,
            actor_id: situation.actor.id,
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
        if let Some(row) = situation.endorsement.as_mut().filter(|_| !same_warning) {
            // The same words under another warning are another statement.
            row.statement = None;
        }
        if let Some(index) = no_longer {
            // The likes that stand count without the name from here on, as after a Delete.
            situation.end(index, incoming.at, Cause::Edit);
        }
        self.put(which, known, row, incoming);
        self.settle(
            which,
            if post.edit { Cause::Edit } else { Cause::Act },
            None,
        );
    }

    fn answer_privately(&mut self, which: usize, post: &InboundPost) {
        let (mail, language) = (self.mail(), self.rules().language.as_str());
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        if situation.actor.answered_at.is_none() {
            situation.actor.answered_at = Some(self.now);
            self.answered.push(situation.actor.id);
            self.mail
                .push(mail.only_public(&situation.actor, &post.id, language));
        }
    }
}

/// An act that was edited: an edit is no new act, so it keeps its date and revision and widens nothing; what
/// counted goes on counting unless the words themselves say otherwise.
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
