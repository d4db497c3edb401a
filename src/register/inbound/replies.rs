//! Replies, mentions and quotes of the letter: stored, edited and answered.

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
    /// A reply, mention or quote of the letter, new or edited.
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
            // *Withdraw* works, whatever state the post was in.
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
            // A blocked actor gets this far only with an edit that takes the post back ([`Batch::refuses`]).
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

    /// Whether this actor or the sender deleted a post: what an old account deleted before its Move stays deleted.
    pub(in crate::register) fn is_deleted(
        &self,
        which: usize,
        incoming: &InboundActivity,
        object: &str,
    ) -> bool {
        let salt = &self.context.salt;
        let voice = self
            .situations
            .get(which)
            .map(|situation| situation.actor.url.as_str());
        let mut authors = voice.into_iter().chain([incoming.sender.url()]);
        authors.any(|url| {
            let author = Sha256::salted(salt, url);
            self.tombstones
                .contains(&(Sha256::salted(salt, object), author))
        })
    }

    /// The index of the act that this post already is, ended or not.
    pub(in crate::register) fn known_post(
        &self,
        which: usize,
        post: &InboundPost,
    ) -> Option<usize> {
        let acts = &self.situations.get(which)?.acts;
        acts.iter()
            .position(|row| row.object == post.id && row.act.is_post())
    }

    /// Whether a known post brings anything new. It does not when it came twice, is older than the stored version, or
    /// its act ended otherwise than by an edit or a failed check (then only a new act counts).
    pub(in crate::register) fn is_news(
        &self,
        which: usize,
        index: usize,
        post: &InboundPost,
        text: &str,
    ) -> bool {
        let Some(row) = self
            .situations
            .get(which)
            .and_then(|situation| situation.acts.get(index))
        else {
            return false;
        };
        // An act that ended by an edit, or because the post seemed gone, may come back when its author sends the post
        // again.
        let returns = |cause| matches!(cause, Cause::Edit | Cause::Gone);
        if row.act.ended.is_some_and(|(_, cause)| !returns(cause)) {
            return false;
        }
        if row
            .edited_at
            .is_some_and(|known| post.updated.is_none_or(|updated| updated < known))
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
            .and_then(|index| situation.acts.get(index))
            .filter(|row| row.act.endorses());
        let same_warning = before.is_none_or(|row| row.warning == post.warning);
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
            // From here on the standing likes count without the name, as after a Delete.
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
