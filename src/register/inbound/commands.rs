//! Commands in direct messages (`hide me`, `show me`, `status`, `help`, `updates`, `stop`), and the answers to them and to *withdraw*.
//!
//! Each is obeyed for the account that sent it alone. Nothing of the message is stored but, for a day, its id with our
//! answer. Who writes more than [`MOST_A_DAY`] commands is obeyed and no longer answered.

use super::{
    acknowledgement::{may_hear, while_it_waits},
    activity::InboundPost,
    actor_state::ActorState,
    batch::Shared,
};
use crate::{
    endorsement::{
        ActKind, Cause, ReviewState, State, policy::Acknowledge, wording::DirectCommand,
    },
    i18n::{AnswerWords, Language},
};

/// How many commands of one account are answered in a day (UTC).
const MOST_A_DAY: i64 = 5;

impl Shared<'_> {
    /// Does what the author asks for, and answers.
    pub(in crate::register) fn obey(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
        command: DirectCommand,
    ) {
        let now = self.now;
        let unnamed = match command {
            DirectCommand::Hide => actor.row.unnamed_at.or(Some(now)),
            DirectCommand::Show => None,
            DirectCommand::Status
            | DirectCommand::Help
            | DirectCommand::Updates
            | DirectCommand::Stop => actor.row.unnamed_at,
        };
        let was_subscribed = actor.row.subscribed_at.is_some();
        match command {
            DirectCommand::Updates => self.subscribe(actor),
            DirectCommand::Stop if was_subscribed => actor.note(|row| row.subscribed_at = None),
            DirectCommand::Hide
            | DirectCommand::Show
            | DirectCommand::Status
            | DirectCommand::Help
            | DirectCommand::Stop => {}
        }
        if unnamed != actor.row.unnamed_at {
            actor.note(|row| row.unnamed_at = unnamed);
            self.settle(actor, Cause::ActorChanged, None);
        }
        let language = Language::of(&self.rules().language);
        let words = &language.answers;
        let text = match command {
            DirectCommand::Hide => words.now_hidden.to_owned(),
            DirectCommand::Show => {
                format!("{} {}", words.now_shown, self.status(language, actor))
            }
            DirectCommand::Status => self.status(language, actor),
            DirectCommand::Help if self.rules().policy.nameless => {
                format!("{} {}", language.commands(), language.nameless_offer())
            }
            DirectCommand::Help => language.commands(),
            DirectCommand::Updates => language.with_commands(words.subscribed),
            DirectCommand::Stop if was_subscribed => words.unsubscribed.to_owned(),
            DirectCommand::Stop => language.with_commands(words.not_subscribed),
        };
        let tells_how_it_stands = matches!(command, DirectCommand::Show | DirectCommand::Status);
        let entry = actor
            .entry(self.builder().urls)
            .filter(|_| tells_how_it_stands && !self.rules().names_off);
        self.answer(actor, post, &text, entry.as_deref());
    }

    /// Notes that somebody wants to hear what is new.
    pub(in crate::register) fn subscribe(&mut self, actor: &mut ActorState) {
        let now = self.now;
        if actor.row.subscribed_at.is_none() {
            actor.note(|row| row.subscribed_at = Some(now));
        }
    }

    /// How the signature of an actor stands, and whether its name is off for now.
    fn status(&self, language: &Language, actor: &ActorState) -> String {
        let words = &language.answers;
        let state = actor.endorsement.as_ref().map(|row| row.state);
        let kind = actor.endorsement.as_ref().map(|row| row.kind);
        match state {
            Some(State::Counted) if kind == Some(ActKind::Direct) => {
                language.with_commands(language.nameless.taken)
            }
            Some(State::Counted) if actor.row.name_off_at.is_some() => words.name_off.to_owned(),
            Some(State::Listed) if self.rules().names_off => {
                format!("{} {}", status(words, actor), language.letter.names_off)
            }
            _ => status(words, actor),
        }
    }

    /// Answers *withdraw* in a direct message.
    pub(in crate::register) fn answer_leaving(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
        had_signed: bool,
    ) {
        let words = &Language::of(&self.rules().language).answers;
        let text = if had_signed {
            words.withdrawn
        } else {
            words.nothing
        };
        self.answer(actor, post, text, None);
    }

    /// Tells somebody who signed without a name how that stands.
    pub(in crate::register) fn answer_how_it_stands(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
    ) {
        let language = Language::of(&self.rules().language);
        let text = self.status(language, actor);
        self.answer(actor, post, &text, None);
    }

    /// Answers a message, unless its author had answers enough today.
    pub(in crate::register) fn answer(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
        text: &str,
        link: Option<&str>,
    ) {
        let now = self.now;
        let told = actor.row.told_at;
        let same_day = told.is_some_and(|told_at| told_at.day() == now.day());
        let told_today = if same_day { actor.row.told_today } else { 0 };
        // Nothing is sent to a blocked actor, not even this.
        if told_today >= MOST_A_DAY || actor.is_blocked() {
            return;
        }
        actor.note(|row| (row.told_at, row.told_today) = (Some(now), told_today + 1));
        let language = &self.rules().language;
        let (_, answer) = self
            .builder()
            .direct(&actor.row, &post.id, language, (text, link));
        self.outgoing.push(answer);
    }

    /// Tells the author of a direct message that it was no command; as an acknowledgement, so once ever.
    pub(in crate::register) fn not_understood(
        &mut self,
        actor: &mut ActorState,
        post: &InboundPost,
    ) {
        if self.rules().policy.acknowledge != Acknowledge::Reply || !may_hear(actor) {
            return;
        }
        let now = self.now;
        actor.note(|row| row.acknowledged_at = Some(now));
        let tag = &self.rules().language;
        let language = Language::of(tag);
        let text = format!(
            "{} {}",
            language.answers.not_understood,
            language.commands()
        );
        let (_, answer) = self
            .builder()
            .direct(&actor.row, &post.id, tag, (&text, None));
        self.outgoing.push(answer);
    }
}

/// How the signature of an actor stands.
fn status(words: &AnswerWords, actor: &ActorState) -> String {
    let Some(row) = actor.endorsement.as_ref() else {
        return words.nothing.to_owned();
    };
    let state = match row.state {
        State::Listed => words.listed,
        State::Counted => words.counted,
        State::Pending => while_it_waits(words, row.waits_for),
        State::Late => words.too_late,
        State::Hidden | State::Rejected | State::Invalid => words.taken_off,
        State::Withdrawn | State::Comment => words.nothing,
    };
    let waits = |state: Option<ReviewState>| state == Some(ReviewState::Pending);
    let listed = row.state == State::Listed;
    let mut text = state.to_owned();
    if listed && row.name.is_some() && row.name_state == ReviewState::Pending {
        text = format!("{text} {}", words.name_waits);
    }
    if listed && (waits(row.statement_state) || waits(row.declared_state)) {
        text = format!("{text} {}", words.words_wait);
    }
    text
}
