//! Replies, mentions and quotes of the letter: stored, edited and answered.

use super::{
    acknowledgement::may_hear,
    activity::{DereferenceTask, InboundActivity, InboundPost},
    actor_state::ActorState,
    batch::{Shared, authors},
    boost_state::Passed,
    judging::{fresh, put, rule_of},
    surge_limit::Surge,
    takes_back::{TakenBack, stops_news, taken_back},
};
use crate::{
    clock::Millis,
    endorsement::{
        Act, ActKind, ActOutcome, Cause, MaxVisibility, Pledge, Visibility, WaitsFor,
        judge::{Accepted, Audience, Candidate, CandidateKind, Verdict, Why},
        pledge::{is_signed, pledge_of},
        policy::Acknowledge,
        wording::{self, DirectCommand, Intent as Words, Reading},
    },
    i18n::Language,
    store::{ActRow, UnsignedBy},
};

/// A post that only pledges is no comment.
fn with_pledge(kept: Accepted, pledge: Option<Pledge>) -> Accepted {
    let kind = if kept.kind == ActKind::Comment && pledge.is_some() {
        ActKind::Pledge
    } else {
        kept.kind
    };
    Accepted { kind, ..kept }
}

impl Shared<'_> {
    /// A reply, mention or quote of the letter, new or edited.
    pub(in crate::register) fn post(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        surge: &Surge,
    ) {
        let post = actor.addressed(post);
        let post = post.as_ref();
        let text = wording::text_of(&post.html);
        let reading = self.rules().read(post.written(&text));
        let deleted = self.is_deleted(actor, incoming, &post.id);
        let on_forge = actor.is_on_forge();
        if !incoming.was_fetched() && stops_news(actor, post, &self.rules().phrases, &text) {
            return self.obey(actor, post, DirectCommand::Stop);
        }
        let is_read = incoming.was_fetched() || on_forge;
        if reading.answer == Words::Withdraws && !(deleted && is_read) {
            // *Withdraw* works, whatever state the post was in, but whoever has it read again later ends nothing newer.
            let had_signed = actor.acts.iter().any(|row| row.act.endorses());
            self.leave(actor, Cause::Withdrew);
            if on_forge {
                // It is not stored, and obeyed once: whoever signs later is not undone when the thread is read again.
                self.deletions.withdraw(&actor.row.url, &post.id);
            }
            if post.audience == Audience::Direct && !incoming.was_fetched() {
                self.answer_leaving(actor, post, had_signed);
            }
            return;
        }
        if let Some(index) = actor.known_message(&post.id) {
            return self.edit_message(actor, incoming, post, (index, &text), surge);
        }
        // A direct message cannot be read again.
        let is_readable = post.audience != Audience::Direct || incoming.was_fetched();
        if deleted && !(is_readable && self.stands_again(actor, incoming, &post.id)) {
            return;
        }
        if let Some(address) = self.project_in(post, &text) {
            return self.speak_for(actor, incoming, post, address);
        }
        if !self.projects.is_older(actor.row.id, post) {
            self.projects.end(actor.row.id, &post.id, Cause::Edit);
        }
        let known = actor.known_post(&post.id);
        if !deleted && known.is_some_and(|index| !actor.is_news(index, post, &text)) {
            let ends = post.edit
                && (reading.answer == Words::DoesNot
                    || (!post.is_visible() && post.audience != Audience::Unstated));
            let taken_off = actor.taken_off(|row| row.is_post_with(&post.id));
            if let Some(index) = taken_off.filter(|_| ends) {
                self.end(actor, index, self.now, Cause::Edit);
            }
            let has_words = |index: &usize| {
                let row = actor.acts.get(*index);
                row.is_some_and(|row| row.text.as_ref() == Some(&text))
            };
            if let Some(index) = known.filter(|_| post.is_visible()).filter(has_words)
                && actor.read_after_restore(index)
            {
                self.settle(actor, Cause::Restored, None);
            }
            return;
        }
        let before = known.and_then(|index| actor.acts.get(index));
        let is_message = before.is_none() && post.audience == Audience::Direct;
        // Whoever has an old message read again orders nothing.
        if is_message && !incoming.was_fetched() && !actor.is_blocked() {
            if let Some(command) = self.rules().phrases.command(&text) {
                return self.obey(actor, post, command);
            }
            if self.rules().policy.nameless {
                return self.message(actor, incoming, post, (&text, &reading), surge);
            }
            if reading.answer != Words::Signs && reading.has_words {
                return self.not_understood(actor, post);
            }
        }
        self.weigh(actor, incoming, post, (known, text, &reading), surge);
    }

    /// Judges a post that says something new of its author, or no longer says it.
    fn weigh(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        (known, text, reading): (Option<usize>, String, &Reading),
        surge: &Surge,
    ) {
        let on_forge = actor.is_on_forge();
        let before = known.and_then(|index| actor.acts.get(index));
        let tied = before.filter(|row| !incoming.was_fetched() && row.edited_at == post.updated);
        // Which of two edits of one second is the later one only its server knows.
        if let Some(row) = tied.filter(|_| on_forge || post.updated.is_some()) {
            if let Some(updated) = post.updated.filter(|_| !on_forge) {
                self.jobs.read_twice(actor, &post.id, updated, self.now);
            }
            let vouches = row.unvouched && post.is_authors && row.text.as_ref() == Some(&text);
            if weight(post, reading.answer) > weight_of(row) && !vouches {
                return;
            }
        }
        let unvouched = actor.may_be_anothers(self.rules(), known, (post, reading));
        let answer = if unvouched {
            Words::Unsure
        } else {
            reading.answer
        };
        let candidate = Candidate {
            kind: CandidateKind::Post {
                kind: post.kind,
                answer,
                has_words: reading.has_words,
            },
            audience: post.audience,
        };
        let written = Some(post.written(&text));
        let said = post.published.unwrap_or(incoming.at).min(incoming.at);
        let (verdict, rule) = self.judge(actor, candidate, written, (incoming.at, said), surge);
        let is_stored = |kept: &Accepted| !on_forge || kept.kind != ActKind::Comment;
        if let Verdict::Keep(kept) = verdict
            && is_stored(&kept)
        {
            // Once, so that a later look at the post brings nothing back after *stop*.
            let asks = reading.asks_for_news && known.is_none() && !on_forge;
            if asks && kept.kind != ActKind::Comment {
                self.subscribe(actor);
            }
            self.boosts.remove(actor.row.id, &Passed::quote(&post.id));
            let pledge = self.pledge_of(actor, known, post, &text, kept.kind);
            let kept = (with_pledge(kept, pledge), pledge);
            let text = (text, unvouched);
            return self.keep_post(actor, known, incoming, post, (kept, rule), text);
        }
        if verdict == Verdict::Leave {
            return self.leave(actor, Cause::Withdrew);
        }
        if let Some(index) = known {
            self.end_by_edit(actor, index, post.updated);
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
        // Whoever has an old post read again is told nothing.
        let wants_to_sign = reading.answer == Words::Signs && !incoming.was_fetched();
        if verdict == Verdict::Ignore(Why::NotOut) && wants_to_sign {
            self.answer_too_early(actor, post);
        }
    }

    /// Ends an act by an edit, and notes its date: an older edit that arrives later brings nothing back.
    pub(in crate::register) fn end_by_edit(
        &mut self,
        actor: &mut ActorState,
        index: usize,
        updated: Option<Millis>,
    ) {
        if updated.is_some() {
            actor.change_act(index, |row| row.edited_at = updated);
        }
        self.end(actor, index, self.now, Cause::Edit);
    }

    /// Whether this is an unknown post, read on its own server, that is older than the last word of its author. Anybody
    /// can have an old post read, so it neither ends what its author did since nor undoes a withdrawal. Of a post
    /// without a date nobody can tell. A deleted post comes back by its own rules. A comment on a forge tells when it was
    /// written whoever brings it; who deleted one may have written another before anybody read either.
    pub(in crate::register) fn is_outdated(
        &self,
        actor: &ActorState,
        incoming: &InboundActivity,
    ) -> bool {
        let on_forge = actor.is_on_forge();
        let last_word = if on_forge {
            actor.last_comment()
        } else {
            actor.last_word()
        };
        let (Some(post), Some(last_word)) = (incoming.action.post(), last_word) else {
            return false;
        };
        let quote = Passed::quote(&post.id);
        let known = actor.known_post(&post.id).is_some()
            || self.boosts.activity_of(actor.row.id, &quote).is_some()
            || self.is_deleted(actor, incoming, &post.id);
        let dated = post.updated.max(post.published);
        let is_read = incoming.was_fetched() || on_forge;
        let is_older = |dated| dated < last_word || (dated == last_word && !on_forge);
        is_read && !known && dated.is_none_or(is_older)
    }

    /// Whether a deleted post stands again. When its author sends it again, its own server is asked, at once and five
    /// minutes later, because documents may come from a cache; only what was read there counts.
    fn stands_again(&mut self, actor: &ActorState, incoming: &InboundActivity, post: &str) -> bool {
        let authors = authors(actor, incoming);
        let deleters = authors
            .into_iter()
            .filter(|it| self.deletions.has(it, post));
        let deleters: Vec<_> = deleters.collect();
        if incoming.was_fetched() {
            return deleters.iter().all(|it| self.deletions.lift(it, post));
        }
        let signed_at = incoming.signed_at();
        if deleters
            .iter()
            .all(|it| self.deletions.claim(it, post, signed_at))
        {
            self.jobs.read_restored(actor, post, self.now);
        }
        false
    }

    /// Handles an edit that says what an earlier one said: unless it takes something back, or brings nothing new, what it
    /// edits is read on its own server. Returns whether that is all.
    pub(in crate::register) fn reads_again(
        &mut self,
        actor: &ActorState,
        incoming: &InboundActivity,
    ) -> bool {
        let Some(post) = incoming.action.post() else {
            self.jobs.add(actor, &DereferenceTask::Actor, self.now);
            return true;
        };
        if taken_back(&incoming.action, actor, &self.rules().phrases) != TakenBack::Nothing {
            return false;
        }
        let post = actor.addressed(post);
        let text = wording::text_of(&post.html);
        let known = actor.known_post(&post.id);
        if known.is_some_and(|index| actor.is_news(index, &post, &text)) {
            let task = DereferenceTask::Post {
                url: post.id.clone(),
                concerns_us: true,
            };
            self.jobs.add(actor, &task, self.now);
        }
        true
    }

    /// The pledge that a post of a signer makes, be the signature in it or before it; `None` for none. Of the same words as
    /// before a moderator's decision stays.
    fn pledge_of(
        &self,
        actor: &ActorState,
        known: Option<usize>,
        post: &InboundPost,
        text: &str,
        kind: ActKind,
    ) -> Option<Pledge> {
        let words = self.rules().pledge.as_ref()?;
        let written = post.written(text);
        let acts = actor.acts.iter().enumerate();
        let others = acts.filter(|(index, _)| Some(*index) != known);
        // Of the kinds that a post can be, those that endorse sign.
        let signed = kind.endorses() || is_signed(others.map(|(_, row)| &row.act));
        let caught = actor.caught(self.rules(), Some(written)).is_some();
        let pledge = pledge_of(words.read(written).answer, signed, caught)?;
        let before = known.and_then(|index| actor.acts.get(index));
        let same = before.filter(|row| {
            row.act.ended.is_none()
                && row.text.as_deref() == Some(text)
                && row.warning == post.warning
        });
        let decided = same.and_then(|row| row.act.pledge);
        Some(decided.map_or(pledge, |decided| Pledge {
            review: decided.review,
            ..pledge
        }))
    }

    fn keep_post(
        &mut self,
        actor: &mut ActorState,
        known: Option<usize>,
        incoming: &InboundActivity,
        post: &InboundPost,
        ((kept, pledge), rule): ((Accepted, Option<Pledge>), Option<i64>),
        (text, unvouched): (String, bool),
    ) {
        // A comment that becomes a signature was signed when it was edited; of one on a forge the day is told on which it was
        // written.
        let (said, at) = match post.published.filter(|_| actor.is_on_forge()) {
            Some(written) => (Some(written), written.min(incoming.at)),
            None => (post.updated.or(post.published), incoming.at),
        };
        let revision = self.rules().revision_of(said);
        let before = known
            .and_then(|index| actor.acts.get(index))
            .filter(|row| row.act.endorses());
        let same_warning = before.is_none_or(|row| row.warning == post.warning);
        let act = match before {
            Some(row) => edited(&row.act, kept),
            None => fresh(kept, at, revision),
        };
        let act = Act { pledge, ..act };
        let no_longer = known.filter(|_| before.is_some() && !kept.kind.endorses());
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
            language: post.language.clone(),
            poll: post.poll,
            edited_at: post.updated,
            rule: rule_of(&act, rule.or(before.and_then(|row| row.rule))),
            acknowledged: None,
            speaker: None,
            unvouched,
        };
        if let Some(row) = actor.endorsement.as_mut().filter(|_| !same_warning) {
            // The same words under another warning are another statement.
            row.statement = None;
        }
        if let Some(index) = no_longer {
            // From here on the standing likes count without the name, as after a Delete.
            actor.end(index, incoming.at, Cause::Edit);
        }
        let index = put(actor, known, row, incoming);
        if no_longer.is_some() {
            actor.unsigned_acts.insert(index, UnsignedBy::Author);
        }
        actor.end_surplus(Some(index), self.now, Cause::Act);
        let cause = if post.edit { Cause::Edit } else { Cause::Act };
        self.settle(actor, cause, None);
    }

    pub(in crate::register) fn answer_privately(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
    ) {
        if actor.row.answered_at.is_none() {
            let now = self.now;
            actor.note(|row| row.answered_at = Some(now));
            let language = &self.rules().language;
            let answer = self.builder().only_public(&actor.row, &post.id, language);
            self.outgoing.push(answer);
        }
    }

    /// Tells who signs a draft that it is not out yet, once until it is.
    pub(in crate::register) fn answer_too_early(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
    ) {
        let answers = self.rules().policy.acknowledge != Acknowledge::None;
        if answers && actor.row.answered_at.is_none() && may_hear(actor) {
            let now = self.now;
            actor.note(|row| row.answered_at = Some(now));
            let language = &self.rules().language;
            let text = Language::of(language).answers.not_out;
            let (_, answer) = self
                .builder()
                .direct(&actor.row, &post.id, language, (text, None));
            self.outgoing.push(answer);
        }
    }
}

/// How much a post signs: less is safer as long as two edits cannot be told apart.
const fn weight(post: &InboundPost, answer: Words) -> u8 {
    match (answer, post.audience) {
        (Words::Signs, Audience::Public) => 3,
        (Words::Signs, Audience::Unlisted) => 2,
        (Words::Unsure, Audience::Public | Audience::Unlisted) => 1,
        (Words::DoesNot | Words::Withdraws, _)
        | (
            Words::Signs | Words::Unsure,
            Audience::Unstated | Audience::Unclear | Audience::Followers | Audience::Direct,
        ) => 0,
    }
}

/// How much a stored post signs, by the same scale.
fn weight_of(row: &ActRow) -> u8 {
    if !row.act.endorses() {
        0
    } else if row.act.outcome == ActOutcome::Pending(WaitsFor::Unsure) {
        1
    } else if row.act.visibility == Visibility::Public {
        3
    } else {
        2
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
    let ceiling = match before.ceiling {
        _ if !kept.kind.endorses() => MaxVisibility::Counted,
        // The author has just sent it, or its server shows it: it was not taken back since the backup.
        MaxVisibility::Restored => kept.ceiling,
        before @ (MaxVisibility::Named | MaxVisibility::Unread | MaxVisibility::Counted) => {
            kept.ceiling.min(before)
        }
    };
    Act {
        kind: kept.kind,
        visibility: kept.visibility,
        ceiling,
        outcome,
        ..*before
    }
}
