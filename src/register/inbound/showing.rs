//! What of an endorsement may be shown: the words and the name, and whose name is whose (`product.md` 2.6).

use std::collections::HashMap;

use super::actor_state::ActorState;
use crate::{
    clock::Millis,
    endorsement::{
        Endorser, MaxVisibility, ReviewState, State, Visibility, names,
        policy::{NamePolicy, Statements},
    },
    random::Random,
    register::Rules,
    store::{ActRow, EndorsementRow},
    text::shorten,
};

/// Which names are taken: what a name looks like, and whose it is (`None`: a signatory's).
pub(in crate::register) type TakenNames = HashMap<String, Vec<Option<i64>>>;

impl ActorState {
    /// The statement and what was declared, from the words of the act that decides. What is the same as
    /// before keeps the moderator's decision.
    pub(in crate::register) fn take_words(
        context: &Settling<'_>,
        row: &mut EndorsementRow,
        act: &ActRow,
        endorser: &Endorser,
    ) {
        let policy = &context.rules.policy;
        let read = act.text.as_deref().map(|text| context.rules.read(text));
        let statement = read
            .as_ref()
            .map(|it| shorten(&it.rest, policy.max_statement_chars))
            .filter(|it| !it.is_empty());
        let trusted = row.statement_state == Some(ReviewState::Shown);
        if statement != row.statement {
            row.statement_state = statement.as_ref().map(|_| match policy.statements {
                _ if act.act.visibility == Visibility::Unlisted => ReviewState::Pending,
                Statements::Auto => ReviewState::Shown,
                Statements::Trusted if trusted => ReviewState::Shown,
                Statements::Trusted | Statements::Queue => ReviewState::Pending,
            });
            row.statement = statement;
        }
        let declared = read.and_then(|it| it.declared).unwrap_or_default();
        let clean = |it: Option<String>| {
            it.map(|it| names::clean(&it, ""))
                .filter(|it| !it.is_empty())
        };
        let (name, affiliation) = (clean(declared.name), clean(declared.affiliation));
        if (&name, &affiliation) != (&row.declared_name, &row.declared_affiliation) {
            let any = name.is_some() || affiliation.is_some();
            row.declared_state = any.then_some(ReviewState::Pending);
            (row.declared_name, row.declared_affiliation) = (name, affiliation);
        }
        if endorser.opted_out {
            // Whoever does not want to be found is not quoted either, from the moment that the sign is there.
            row.statement_state = row.statement_state.map(|_| ReviewState::Hidden);
            row.declared_state = row.declared_state.map(|_| ReviewState::Hidden);
        }
    }

    /// The name, if the act may ever be shown with one. A changed name is a new name (`product.md` 2.6).
    pub(in crate::register) fn take_name(
        &self,
        context: &mut Settling<'_>,
        row: &mut EndorsementRow,
        act: &ActRow,
    ) {
        if act.act.ceiling == MaxVisibility::Counted || self.actor.name.is_empty() {
            (row.name, row.name_skeleton, row.name_state) = (None, None, ReviewState::Pending);
            return;
        }
        let skeleton = names::skeleton(&self.actor.name);
        let owners = context.taken.get(&skeleton);
        let taken = owners
            .into_iter()
            .flatten()
            .any(|owner| *owner != Some(self.actor.id));
        if row.name.as_deref() == Some(&self.actor.name) {
            // While it was on no list, somebody else may have taken the name.
            let was_listed = self
                .endorsement
                .as_ref()
                .is_some_and(|it| it.state == State::Listed);
            if taken && !was_listed && row.name_state == ReviewState::Shown {
                row.name_state = ReviewState::Pending;
            }
            return;
        }
        let shown = match context.rules.policy.names {
            NamePolicy::Queue => false,
            NamePolicy::Check => context.rules.passes_as_name(&self.actor.name, taken),
            NamePolicy::Auto => context.rules.is_one_plain_line(&self.actor.name),
        };
        row.name_state = if shown {
            ReviewState::Shown
        } else {
            ReviewState::Pending
        };
        row.name = Some(self.actor.name.clone());
        row.name_skeleton = Some(skeleton);
    }
}

/// Takes name and words from a row that a decision would keep longer than its owner wants (2.4).
pub(in crate::register) fn forget_words(row: &mut EndorsementRow) {
    (row.name, row.name_skeleton) = (None, None);
    (row.declared_name, row.declared_affiliation) = (None, None);
    (row.declared_state, row.statement_state) = (None, None);
    row.statement = None;
}

/// What settling needs besides the situation itself.
#[derive(Debug)]
pub(in crate::register) struct Settling<'a> {
    /// The rules in force.
    pub(in crate::register) rules: &'a Rules,
    /// Where public ids come from.
    pub(in crate::register) chance: &'a dyn Random,
    /// The present.
    pub(in crate::register) now: Millis,
    /// Which names are taken already.
    pub(in crate::register) taken: &'a mut TakenNames,
}

impl Settling<'_> {
    /// Keeps the account of whose name is on the list: one that leaves it is free for others.
    pub(in crate::register) fn hand_over(
        &mut self,
        before: Option<&EndorsementRow>,
        after: &EndorsementRow,
    ) {
        let owner = Some(after.actor_id);
        if let Some(owners) = before
            .and_then(shown_skeleton)
            .and_then(|it| self.taken.get_mut(it))
        {
            owners.retain(|it| *it != owner);
        }
        if let Some(skeleton) = shown_skeleton(after) {
            self.taken
                .entry(skeleton.to_owned())
                .or_default()
                .push(owner);
        }
    }
}

/// What a name that is on the list looks like.
fn shown_skeleton(row: &EndorsementRow) -> Option<&str> {
    let shown = row.state == State::Listed && row.name_state == ReviewState::Shown;
    row.name_skeleton.as_deref().filter(|_| shown)
}
