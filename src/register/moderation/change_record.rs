//! What a decision changed of one endorsement: stored with its audit entry, so that it can be taken back.
//!
//! A record holds what was so before and after. Taking it back compares, field by field, what the decision changed with
//! what is so now; where that differs, somebody changed it since, and the endorsement is left alone.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Millis,
    endorsement::{
        ActKind, ActOutcome, Cause, CountsAs, MaxVisibility, ReviewState, State, StickyDecision,
        WaitsFor, hide_reason::HideReason,
    },
    hash::Sha256,
    register::inbound::actor_state::ActorState,
    store::{ActRow, Edits, EndorsementRow, UnsignedBy},
};

/// What one decision changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    before: Fields,
    after: Fields,
    /// The acts that it changed.
    acts: Vec<ChangedAct>,
}

/// What decisions change of an endorsement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fields {
    state: State,
    hidden: bool,
    limited: bool,
    decision: Option<StickyDecision>,
    reason: Option<String>,
    statement: Option<ReviewState>,
    declared: Option<ReviewState>,
    /// A digest of what those two are about.
    words: String,
    name: ReviewState,
    name_digest: String,
    edited_name: Option<String>,
    edited_affiliation: Option<String>,
    counts_as: Option<CountsAs>,
    promoted_act: Option<i64>,
    trusted: bool,
}

/// One act that a decision changed, by its row id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ChangedAct {
    id: i64,
    before: ActFields,
    after: ActFields,
}

/// What decisions change of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ActFields {
    kind: ActKind,
    outcome: State,
    waits_for: Option<WaitsFor>,
    ceiling: MaxVisibility,
    /// When, in milliseconds, and why.
    ended: Option<(i64, Cause)>,
    /// When its words were last edited, in milliseconds.
    edited_at: Option<i64>,
    /// Whether its pledge is shown; missing in records from before there were any.
    #[serde(default)]
    pledge: Option<ReviewState>,
}

/// Why a decision about one endorsement cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftAlone {
    /// Something that it changed was changed since.
    Changed,
    /// What it needs was erased.
    Purged,
}

/// An actor as it is before a decision.
#[derive(Clone, Debug)]
pub struct Before {
    fields: Option<Fields>,
    acts: Vec<(i64, ActFields)>,
}

impl Fields {
    fn of(row: &EndorsementRow) -> Self {
        let digest = |parts: &[&Option<String>]| {
            let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
            Sha256::of(&parts.join("\0")).hex()
        };
        Self {
            state: row.state,
            hidden: row.held_by.has(HideReason::Moderator),
            limited: row.held_by.has(HideReason::Limit),
            decision: row.decision,
            reason: row.reason.clone(),
            statement: row.statement_state,
            declared: row.declared_state,
            words: digest(&[
                &row.statement,
                &row.declared_name,
                &row.declared_affiliation,
            ]),
            name: row.name_state,
            name_digest: digest(&[&row.name]),
            edited_name: row.edits.name.clone(),
            edited_affiliation: row.edits.affiliation.clone(),
            counts_as: row.edits.counts_as,
            promoted_act: row.edits.promoted_act,
            trusted: row.statement_trusted,
        }
    }

    /// What is so of an actor that has no endorsement yet.
    fn none() -> Self {
        Self {
            state: State::Withdrawn,
            hidden: false,
            limited: false,
            decision: None,
            reason: None,
            statement: None,
            declared: None,
            words: String::new(),
            name: ReviewState::Pending,
            name_digest: String::new(),
            edited_name: None,
            edited_affiliation: None,
            counts_as: None,
            promoted_act: None,
            trusted: false,
        }
    }
}

impl ActFields {
    fn of(row: &ActRow) -> Self {
        Self {
            kind: row.act.kind,
            outcome: row.act.outcome.state(),
            waits_for: row.act.outcome.waits_for(),
            ceiling: row.act.ceiling,
            ended: row.act.ended.map(|(at, cause)| (at.as_millis(), cause)),
            edited_at: row.edited_at.map(Millis::as_millis),
            pledge: row.act.pledge.map(|pledge| pledge.review),
        }
    }

    fn outcome(self) -> Option<ActOutcome> {
        match (self.outcome, self.waits_for) {
            (State::Listed, _) => Some(ActOutcome::Listed),
            (State::Counted, _) => Some(ActOutcome::Counted),
            (State::Pending, waits_for) => waits_for.map(ActOutcome::Pending),
            (State::Late, _) => Some(ActOutcome::Late),
            (State::Comment, _) => Some(ActOutcome::Comment),
            (State::Hidden | State::Rejected | State::Withdrawn | State::Invalid, _) => None,
        }
    }

    /// Whether an act is as a decision left it. What it may show can have been narrowed since.
    fn fits(self, row: &ActRow) -> bool {
        let ceiling = self.ceiling;
        Self {
            ceiling,
            ..Self::of(row)
        } == self
    }
}

impl Before {
    /// The actor as it is now.
    pub fn of(actor: &ActorState) -> Self {
        let acts = actor.acts.iter();
        Self {
            fields: actor.endorsement.as_ref().map(Fields::of),
            acts: acts
                .filter_map(|row| Some((row.id?, ActFields::of(row))))
                .collect(),
        }
    }

    /// What changed since; `None` when there is no endorsement.
    pub fn changed(self, actor: &ActorState) -> Option<ChangeRecord> {
        let after = Fields::of(actor.endorsement.as_ref()?);
        let acts = self.acts.into_iter().filter_map(|(id, before)| {
            let row = actor.acts.iter().find(|row| row.id == Some(id))?;
            let after = ActFields::of(row);
            (before != after).then_some(ChangedAct { id, before, after })
        });
        Some(ChangeRecord {
            before: self.fields.unwrap_or_else(Fields::none),
            after,
            acts: acts.collect(),
        })
    }
}

impl ChangeRecord {
    /// As it is stored.
    pub fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads what was stored.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The row ids of the acts that have to be loaded.
    pub fn acts(&self) -> impl Iterator<Item = i64> {
        self.acts.iter().map(|act| act.id)
    }

    /// The state before the decision.
    pub const fn state_before(&self) -> State {
        self.before.state
    }

    /// Whether nothing stands in the way.
    ///
    /// # Errors
    /// What does.
    pub fn check(&self, actor: &ActorState) -> Result<(), LeftAlone> {
        let now = actor.endorsement.as_ref().map(Fields::of);
        let now = now.ok_or(LeftAlone::Purged)?;
        let (before, after) = (&self.before, &self.after);
        let words_count = before.statement != after.statement || before.declared != after.declared;
        let name_counts = before.name != after.name;
        let untouched = [
            before.state == after.state || now.state == after.state,
            before.hidden == after.hidden || now.hidden == after.hidden,
            before.limited == after.limited || now.limited == after.limited,
            before.decision == after.decision || now.decision == after.decision,
            before.statement == after.statement || now.statement == after.statement,
            before.declared == after.declared || now.declared == after.declared,
            !words_count || now.words == after.words,
            before.name == after.name || now.name == after.name,
            !name_counts || now.name_digest == after.name_digest,
            before.edited_name == after.edited_name || now.edited_name == after.edited_name,
            before.edited_affiliation == after.edited_affiliation
                || now.edited_affiliation == after.edited_affiliation,
            before.counts_as == after.counts_as || now.counts_as == after.counts_as,
        ];
        if untouched.contains(&false) {
            return Err(LeftAlone::Changed);
        }
        for changed in &self.acts {
            let row = actor.acts.iter().find(|row| row.id == Some(changed.id));
            match row {
                Some(row) if row.object.is_empty() => return Err(LeftAlone::Purged),
                Some(row) if changed.after.fits(row) => (),
                Some(_) => return Err(LeftAlone::Changed),
                None => return Err(LeftAlone::Purged),
            }
        }
        Ok(())
    }

    /// Makes a row as the decision left it, words and name as far as they are still the same; returns whether it differed.
    pub fn restore(&self, row: &mut EndorsementRow) -> bool {
        let (before, now) = (row.clone(), Fields::of(row));
        let after = self.after.clone();
        row.held_by.set(HideReason::Moderator, after.hidden);
        row.held_by.set(HideReason::Limit, after.limited);
        (row.decision, row.reason) = (after.decision, after.reason);
        row.statement_trusted = after.trusted;
        row.edits = Edits {
            name: after.edited_name,
            affiliation: after.edited_affiliation,
            counts_as: after.counts_as,
            promoted_act: after.promoted_act,
        };
        if now.words == after.words {
            (row.statement_state, row.declared_state) = (after.statement, after.declared);
        }
        if now.name_digest == after.name_digest {
            row.name_state = after.name;
        }
        *row != before
    }

    /// Makes everything as it was, except for what follows from the acts that stand. Returns the posts that stand again.
    pub fn take_back(&self, actor: &mut ActorState) -> Vec<String> {
        let mut again = Vec::new();
        for changed in &self.acts {
            let fits = |row: &ActRow| row.id == Some(changed.id);
            for index in actor.places(fits) {
                let Some(row) = actor.acts.get(index) else {
                    continue;
                };
                if row.act.ended.is_some() && changed.before.ended.is_none() && row.act.is_post() {
                    again.push(row.object.clone());
                }
                if changed.before.kind == ActKind::Comment && row.act.kind != ActKind::Comment {
                    actor.unsigned_acts.insert(index, UnsignedBy::Moderator);
                }
                actor.change_act(index, |row| {
                    let narrowed = row.act.ceiling < changed.after.ceiling;
                    row.act.kind = changed.before.kind;
                    row.act.outcome = changed.before.outcome().unwrap_or(row.act.outcome);
                    let ended = changed.before.ended;
                    row.act.ended = ended.map(|(at, cause)| (Millis::from_millis(at), cause));
                    if let (Some(pledge), Some(review)) =
                        (&mut row.act.pledge, changed.before.pledge)
                    {
                        pledge.review = review;
                    }
                    row.act.ceiling = if narrowed {
                        row.act.ceiling.min(changed.before.ceiling)
                    } else {
                        changed.before.ceiling
                    };
                });
            }
        }
        let Some(row) = actor.endorsement.as_mut() else {
            return again;
        };
        let Fields {
            state,
            hidden,
            limited,
            decision,
            reason,
            statement,
            declared,
            words: _,
            name,
            name_digest: _,
            edited_name,
            edited_affiliation,
            counts_as,
            promoted_act,
            trusted,
        } = self.before.clone();
        let after = &self.after;
        if hidden != after.hidden {
            row.held_by.set(HideReason::Moderator, hidden);
        }
        if limited != after.limited {
            row.held_by.set(HideReason::Limit, limited);
        }
        if decision != after.decision {
            row.decision = decision;
        }
        if reason != after.reason {
            row.reason = reason;
        }
        if statement != after.statement {
            row.statement_state = statement;
        }
        if trusted != after.trusted {
            row.statement_trusted = trusted;
        }
        if declared != after.declared {
            row.declared_state = declared;
        }
        if name != after.name {
            row.name_state = name;
        }
        if edited_name != after.edited_name {
            row.edits.name = edited_name;
        }
        if edited_affiliation != after.edited_affiliation {
            row.edits.affiliation = edited_affiliation;
        }
        if counts_as != after.counts_as {
            row.edits.counts_as = counts_as;
        }
        if promoted_act != after.promoted_act {
            row.edits = Edits {
                promoted_act,
                ..row.edits.clone()
            };
        }
        if matches!(state, State::Withdrawn | State::Rejected | State::Invalid) {
            actor.ended_as = Some(state);
        }
        actor.endorsement_changed = true;
        again
    }
}
