//! Acknowledgements of signing posts, and their removal (`endorsing.acknowledge`).
//!
//! Each person is acknowledged once ever, for a reply or a mention. Programs, accounts with an opt-out sign, and who
//! blocked us hear nothing; accounts on forges cannot hear. Answers to direct commands are no acknowledgements ([`commands`](super::commands)).

use unicode_segmentation::UnicodeSegmentation as _;

use super::{actor_state::ActorState, showing::addresses_us};
use crate::{
    activitystreams::Urls,
    endorsement::{
        Account, ActKind, ReviewState, State, WaitsFor, hide_reason::HideReason,
        policy::Acknowledge,
    },
    i18n::{AnswerWords, Language},
    register::{
        outgoing::{AcknowledgedEntry, ActivityBuilder},
        rules::Rules,
    },
    store::{ActRow, EndorsementRow, NewActivity},
};

/// Longest text, in graphemes, that is acknowledged before somebody has read it.
const MAX_UNREAD: usize = 280;

/// A new acknowledgement, and the removal of old ones, as the actor's acts now require.
pub(in crate::register) fn acknowledge(
    actor: &mut ActorState,
    builder: &ActivityBuilder<'_>,
    rules: &Rules,
) -> Vec<NewActivity> {
    let mut activities = take_back(actor, builder);
    if may_hear(actor)
        && let Some((activity, path)) = due(actor, builder, rules)
    {
        activities.push(activity);
        actor.note(|row| row.acknowledged_at = Some(builder.now));
        if let (Some(index), Some(path)) = (actor.deciding, path) {
            actor.change_act(index, |row| row.acknowledged = Some(path));
        }
    }
    activities
}

/// Whether the actor was never acknowledged, and may be.
pub(in crate::register) fn may_hear(actor: &ActorState) -> bool {
    let row = &actor.row;
    row.acknowledged_at.is_none()
        && !actor.is_on_forge()
        && !row.opted_out
        && !row.suspended
        && !actor.is_blocked()
        && Account::of_type(&row.r#type) != Account::Automated
}

/// Takes back the acknowledgements of posts that no longer sign, and of who was hidden by a person.
fn take_back(actor: &mut ActorState, builder: &ActivityBuilder<'_>) -> Vec<NewActivity> {
    let endorsement = actor.endorsement.as_ref();
    let is_hidden = endorsement.is_some_and(|row| row.held_by.has(HideReason::Moderator));
    let over = actor.places(|row| row.acknowledged.is_some() && (is_hidden || !row.act.endorses()));
    let mut activities = Vec::new();
    for index in over {
        let act = actor.acts.get(index);
        let taken_back = act.and_then(|act| {
            let path = act.acknowledged.as_ref()?;
            builder.take_back(&actor.row, &act.object, path)
        });
        // Nothing is sent to a blocked actor, not even the removal.
        activities.extend(taken_back.filter(|_| !actor.is_blocked()));
        actor.change_act(index, |row| row.acknowledged = None);
    }
    activities
}

/// The acknowledgement that the deciding act is due, with the path under which it can be taken back.
fn due(
    actor: &ActorState,
    builder: &ActivityBuilder<'_>,
    rules: &Rules,
) -> Option<(NewActivity, Option<String>)> {
    let how = rules.policy.acknowledge;
    let endorsement = actor.endorsement.as_ref()?;
    let act = actor.acts.get(actor.deciding?)?;
    if !matches!(act.act.kind, ActKind::Reply | ActKind::Mention) {
        return None;
    }
    let words = &Language::of(&rules.language).answers;
    let direct = |text| {
        let (_, activity) = builder.direct(&actor.row, &act.object, &rules.language, (text, None));
        (activity, None)
    };
    match (endorsement.state, how) {
        (_, Acknowledge::None) => None,
        (State::Listed | State::Counted, _) => {
            if !is_read(endorsement) && !reads_well(act, rules, builder.urls) {
                return None;
            }
            let page = actor.entry(builder.urls);
            let entry = match page.as_deref() {
                Some(_) if rules.names_off => AcknowledgedEntry::NamesOff,
                Some(page) => AcknowledgedEntry::Listed(page),
                None => AcknowledgedEntry::Unlisted,
            };
            let sent = builder.acknowledge(how, &actor.row, &act.object, &rules.language, entry);
            sent.map(|(path, activity)| (activity, Some(path)))
        }
        (State::Late, _) => Some(direct(words.too_late)),
        (State::Pending, Acknowledge::Reply) => {
            Some(direct(while_it_waits(words, endorsement.waits_for)))
        }
        (
            State::Pending
            | State::Comment
            | State::Hidden
            | State::Rejected
            | State::Withdrawn
            | State::Invalid,
            _,
        ) => None,
    }
}

/// What happens next with an endorsement that waits.
pub(in crate::register) fn while_it_waits(
    words: &AnswerWords,
    waits_for: Option<WaitsFor>,
) -> &'static str {
    match waits_for {
        Some(WaitsFor::Unsure) => words.unsure,
        Some(WaitsFor::Paused) => words.waits_for_letter,
        Some(WaitsFor::Age | WaitsFor::Surge) => words.waits_for_time,
        Some(
            WaitsFor::Decision
            | WaitsFor::Organisation
            | WaitsFor::Limited
            | WaitsFor::Name
            | WaitsFor::Rule
            | WaitsFor::Link,
        )
        | None => words.waits_for_person,
    }
}

/// Whether somebody read the words, and shows them.
fn is_read(endorsement: &EndorsementRow) -> bool {
    let mut words = [endorsement.statement_state, endorsement.declared_state]
        .into_iter()
        .flatten()
        .peekable();
    words.peek().is_some() && words.all(|state| state == ReviewState::Shown)
}

/// Whether the words can be acknowledged unread: they are short, and hold nothing for which a name would wait. A mention
/// of the letter's actor and a link to the letter are part of every answer.
fn reads_well(act: &ActRow, rules: &Rules, urls: &Urls) -> bool {
    let text = act.text.as_deref().unwrap_or_default();
    let own = text
        .split_whitespace()
        .filter(|word| !addresses_us(word, urls) && !urls.is_ours(word));
    let own = own.collect::<Vec<_>>().join(" ");
    let warning = act.warning.as_deref().unwrap_or_default();
    own.graphemes(true).nth(MAX_UNREAD).is_none()
        && rules.text_passes(&own)
        && rules.text_passes(warning)
}
