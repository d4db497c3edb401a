//! Administrators' decisions about endorsements: what they do, to whom, and what the audit keeps of them.

use super::change_record::Before;
use crate::{
    clock::Millis,
    endorsement::{
        Account, ActKind, ActOutcome, Cause, CountsAs, MaxVisibility, ReviewState, State, WaitsFor,
        decide::{Decision, Effect, decide},
        hide_reason::{HideReason, HideReasons},
        judge::ceiling_after_reading,
        names,
        who::Who,
    },
    random::PublicId,
    register::{
        error::{Error, Result},
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
            refresh_jobs,
            showing::forget_words,
        },
        pending_deliveries::PendingDeliveries,
        rules::{Context, Rules},
    },
    store::{
        ActRow, Edits, EndorsementFilter, EndorsementRow, EndorsementSummary, NewAudit,
        NewBulkAudit, Topic, Tx, UnsignedBy,
    },
    string_enum::words,
};

words! {
    /// The code of a reason.
    pub enum ReasonCode {
        /// Unwanted advertising.
        Spam = "spam",
        /// Abusive words.
        Slur = "slur",
        /// Somebody pretends to be somebody else.
        Impersonation = "impersonation",
        /// The same person twice.
        Duplicate = "duplicate",
        /// The person asked for it.
        Request = "request",
        /// The law asks for it.
        Legal = "legal",
        /// An earlier decision was wrong.
        Mistake = "mistake",
        /// Anything else; the free text says what.
        Other = "other",
    }
}

/// An administrator's reason: a code, and free text that can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionReason {
    /// The code.
    pub code: ReasonCode,
    /// The free text, if there is any.
    pub text: Option<String>,
}

impl DecisionReason {
    /// Reads `--reason`: a code, a colon and free text; a code alone; or free text alone (code `other`).
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (head, rest) = text.split_once(':').unwrap_or((text, ""));
        match head.trim().parse() {
            Ok(code) => Self {
                code,
                text: Some(rest.trim().to_owned()).filter(|text| !text.is_empty()),
            },
            Err(_) => Self {
                code: ReasonCode::Other,
                text: Some(text.to_owned()),
            },
        }
    }
}

/// One decision: who takes it, and why.
#[derive(Clone, Debug)]
pub struct DecisionOrder {
    /// What is decided.
    pub decision: Decision,
    /// `--as`, or the system user.
    pub by: String,
    /// `--reason`.
    pub reason: Option<DecisionReason>,
    /// Whether the endorsement was named, so that its words were read; false when it only matched a filter.
    pub named: bool,
}

words! {
    /// What is done to words or a name.
    pub enum Showing {
        /// They are shown.
        Approve = "approve",
        /// They are not shown.
        Hide = "hide",
    }
}

/// What a moderator puts in place of what the endorser says. An empty text takes an earlier one away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The name.
    pub name: Option<String>,
    /// The affiliation.
    pub affiliation: Option<String>,
    /// The kind of account.
    pub counts_as: Option<CountsAs>,
}

/// What is done to endorsements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A decision about the whole endorsement.
    Decide(Decision),
    /// About what was written besides the signing words, and declared with it.
    Statement(Showing),
    /// About the name.
    Name(Showing),
    /// About what stands in the list.
    Edit(Edit),
}

impl Action {
    /// Its name in the audit log.
    pub fn audit_name(&self) -> String {
        match self {
            Self::Decide(decision) => format!("endorsement.{}", decision.verb()),
            Self::Statement(showing) => format!("statement.{showing}"),
            Self::Name(showing) => format!("name.{showing}"),
            Self::Edit(_) => "endorsement.edit".to_owned(),
        }
    }

    /// Whether it can be done to an endorsement in this state, as far as the state tells.
    pub fn fits(&self, state: State) -> bool {
        match self {
            Self::Decide(decision) => decide(state, *decision).is_ok(),
            Self::Name(Showing::Approve) => state == State::Listed,
            Self::Statement(_) | Self::Name(Showing::Hide) | Self::Edit(_) => {
                matches!(
                    state,
                    State::Listed | State::Counted | State::Pending | State::Hidden
                )
            }
        }
    }
}

/// One order: what is done, by whom, and why.
#[derive(Clone, Debug)]
pub struct ActionOrder {
    /// What is done.
    pub action: Action,
    /// `--as`, or the system user.
    pub by: String,
    /// `--reason`.
    pub reason: Option<DecisionReason>,
    /// Whether the endorsements were named, so that their words were read; false when they only matched a filter.
    pub named: bool,
}

/// What an order is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionTarget {
    /// The public id.
    pub id: PublicId,
    /// `@user@host`, or what stands for it.
    pub handle: String,
    /// The row id of the actor.
    actor_id: i64,
    /// The act, when it is a comment.
    comment: Option<i64>,
}

impl From<&EndorsementSummary> for ActionTarget {
    fn from(row: &EndorsementSummary) -> Self {
        let is_comment = row.state == State::Comment.as_str();
        Self {
            id: row.public_id.clone(),
            handle: row.handle.clone(),
            actor_id: row.actor_id,
            comment: row.act_id.filter(|_| is_comment),
        }
    }
}

/// How the audit log takes an order up.
#[derive(Debug)]
pub enum AuditBy<'a> {
    /// One entry for the one target.
    Target,
    /// One entry for all targets, also those of later transactions; set once it is written.
    Batch(&'a mut Option<i64>),
}

/// What came of an order in one transaction.
#[derive(Debug, Default)]
pub struct Carried {
    /// Places among the targets that it was carried out for.
    pub done: Vec<usize>,
    /// Places of the others, and why not.
    pub refused: Vec<(usize, Error)>,
    /// The audit's entry about them, when anything was done.
    pub audit: Option<i64>,
    /// What has to follow the commit.
    pub effects: PendingDeliveries,
}

/// Finds endorsements and comments by a public id, or by whom they are of: a handle, or an address that a browser shows.
pub async fn find(tx: &mut Tx, what: &str) -> Result<Vec<EndorsementSummary>> {
    /// Shorter ids find nothing: an empty variable in a script must not decide about anybody.
    const SHORTEST: usize = 4;
    if what.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    let Some(who) = Who::parse(what) else {
        let mut conditions = EndorsementFilter {
            id: Some(what.to_owned()),
            ..EndorsementFilter::default()
        };
        let mut found = tx.list(&conditions, 3).await?;
        conditions.state = Some(State::Comment);
        found.extend(tx.list(&conditions, 3).await?);
        if found.is_empty()
            && let Some(actor) = tx.promoted_comment(what).await?
        {
            let theirs = EndorsementFilter {
                actor: Some(actor),
                ..EndorsementFilter::default()
            };
            found = tx.list(&theirs, 3).await?;
        }
        return Ok(found);
    };
    let mut found = Vec::new();
    for actor in tx.ids_of(&who).await? {
        let mut conditions = EndorsementFilter {
            actor: Some(actor),
            ..EndorsementFilter::default()
        };
        let mut theirs = tx.list(&conditions, 3).await?;
        if theirs.is_empty() {
            conditions.state = Some(State::Comment);
            theirs = tx.list(&conditions, 3).await?;
        }
        found.extend(theirs);
    }
    Ok(found)
}

/// Finds comments alone, by a public id or by whom they are of: at most two, because two are too many already.
pub async fn find_comments(tx: &mut Tx, what: &str) -> Result<Vec<EndorsementSummary>> {
    let Some(who) = Who::parse(what) else {
        let mut found = find(tx, what).await?;
        found.retain(|row| row.state == State::Comment.as_str());
        return Ok(found);
    };
    let mut found = Vec::new();
    for actor in tx.ids_of(&who).await? {
        let theirs = EndorsementFilter {
            actor: Some(actor),
            state: Some(State::Comment),
            ..EndorsementFilter::default()
        };
        found.extend(tx.list(&theirs, 2).await?);
    }
    Ok(found)
}

/// Carries out one decision: state, history, audit, acknowledgement, all in this transaction.
///
/// # Errors
/// Those of [`carry_out`]; they change nothing (exit 4).
pub async fn decide_one(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    target: &EndorsementSummary,
    order: &DecisionOrder,
) -> Result<PendingDeliveries> {
    let order = ActionOrder {
        action: Action::Decide(order.decision),
        by: order.by.clone(),
        reason: order.reason.clone(),
        named: order.named,
    };
    let targets = [ActionTarget::from(target)];
    let mut carried = carry_out(tx, context, now, &targets, &order, AuditBy::Target).await?;
    match carried.refused.pop() {
        Some((_, error)) => Err(error),
        None => Ok(carried.effects),
    }
}

/// Carries out an order for some targets, all in this transaction: state, history, audit, acknowledgement. The targets that
/// it does not fit are left as they are: [`Error::Comment`], [`Error::Conflict`], [`Error::AlreadyDecided`],
/// [`Error::Held`] and [`Error::NotPossible`] (exit 4).
///
/// # Errors
/// Those of the database; then nothing is to be committed.
pub async fn carry_out(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    targets: &[ActionTarget],
    order: &ActionOrder,
    audit_by: AuditBy<'_>,
) -> Result<Carried> {
    let actor_ids: Vec<i64> = targets.iter().map(|target| target.actor_id).collect();
    let comments: Vec<i64> = targets.iter().filter_map(|target| target.comment).collect();
    let mut batch = Batch::of_actors(tx, context, now, &actor_ids).await?;
    batch.add_acts(tx, &comments).await?;
    let mut carried = Carried::default();
    let mut planned = Vec::new();
    for (place, target) in targets.iter().enumerate() {
        let actor = batch.actors.iter();
        let mut actors = actor.enumerate();
        let found = actors.find(|(_, actor)| actor.row.id == target.actor_id);
        let (index, actor) = found.ok_or(Error::NoLetter)?;
        match plan(actor, target, order, context) {
            Ok(change) => match author_ended(tx, actor, target, &change).await? {
                Some(error) => carried.refused.push((place, error)),
                None => planned.push((place, index, change)),
            },
            Err(error) => {
                let error = explain(tx, target, order, error).await?;
                carried.refused.push((place, error));
            }
        }
    }
    let Some((first, ..)) = planned.first() else {
        return Ok(carried);
    };
    let audit_id = match audit_by {
        AuditBy::Target => {
            let target = targets.get(*first).ok_or(Error::NoLetter)?;
            tx.add_audit(&entry(order, now, target)).await?
        }
        AuditBy::Batch(Some(id)) => *id,
        AuditBy::Batch(written) => {
            let id = tx.add_bulk_audit(&bulk_entry(order, now)).await?;
            *written = Some(id);
            id
        }
    };
    let mut noted = Vec::new();
    for (place, index, change) in planned {
        let (Some(target), Some(actor)) = (targets.get(place), batch.actors.get_mut(index)) else {
            continue;
        };
        if change.thaws {
            tx.thaw(actor.row.id).await?;
            // Its document was not saved while it was frozen.
            tx.add_jobs(&[refresh_jobs::read_again(&actor.row.url, now)])
                .await?;
            tx.changed(&[Topic::Register]).await?;
        }
        let before = Before::of(actor);
        apply(&mut batch.shared, actor, &change, order, audit_id);
        let record = before.changed(actor);
        // To trust a key, and what somebody asked for, are not taken back.
        let can_be_undone = !change.thaws && change.effect != Some(Step::Decided(Effect::Leave));
        let undo = record.filter(|_| can_be_undone);
        let id = actor
            .endorsement
            .as_ref()
            .map_or(&target.id, |row| &row.public_id);
        noted.push((id.to_string(), undo.and_then(|record| record.to_json())));
        carried.done.push(place);
    }
    carried.audit = Some(audit_id);
    carried.effects = batch.save(tx).await?;
    tx.add_audit_targets(audit_id, &noted).await?;
    Ok(carried)
}

/// What an order does to one actor.
#[derive(Clone, Debug)]
struct PlannedChange {
    /// What it does to the endorsement; `None` when only the key is trusted.
    effect: Option<Step>,
    /// Whether a frozen actor is trusted again.
    thaws: bool,
    /// The act that it is about, when it is a comment.
    comment: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Decided(Effect),
    Statement(Showing),
    Name(Showing),
    Edited(Edits),
}

/// What an order does to this actor.
fn plan(
    actor: &ActorState,
    target: &ActionTarget,
    order: &ActionOrder,
    context: &Context,
) -> Result<PlannedChange> {
    let change = |step| PlannedChange {
        effect: Some(step),
        thaws: false,
        comment: target.comment,
    };
    if target.comment.is_some() {
        return match order.action {
            Action::Decide(decision) => match decide(State::Comment, decision) {
                Ok(effect) => Ok(change(Step::Decided(effect))),
                Err(_) => Err(Error::Comment(target.id.clone())),
            },
            Action::Statement(_) | Action::Name(_) | Action::Edit(_) => {
                Err(Error::Comment(target.id.clone()))
            }
        };
    }
    let row = actor.endorsement.as_ref().ok_or(Error::NoLetter)?;
    let not_possible = |why: String| Error::NotPossible {
        id: target.id.clone(),
        why,
    };
    if !matches!(order.action, Action::Decide(_)) && !order.action.fits(row.state) {
        return Err(not_possible(format!("it is {}", row.state)));
    }
    let step = match &order.action {
        Action::Decide(decision) => return plan_decision(actor, row, target, *decision),
        Action::Statement(showing) => {
            let states = [row.statement_state, row.declared_state];
            let wanted = showing.state();
            if *showing == Showing::Approve && actor.row.opted_out {
                return Err(not_possible(
                    "its author does not want to be quoted".to_owned(),
                ));
            }
            match states.into_iter().flatten().find(|state| *state != wanted) {
                Some(_) => Step::Statement(*showing),
                None if states == [None, None] => {
                    return Err(not_possible("it has no statement".to_owned()));
                }
                None => return Err(not_possible(format!("its statement is {wanted} already"))),
            }
        }
        Action::Name(showing) => {
            let wanted = showing.state();
            match &row.name {
                Some(_) if row.name_state == wanted => {
                    return Err(not_possible(format!("its name is {wanted} already")));
                }
                Some(_) => Step::Name(*showing),
                None => return Err(not_possible("it has no name".to_owned())),
            }
        }
        Action::Edit(edit) => {
            let edits = edited(row, &actor.row.r#type, edit, &context.rules)?;
            if edits == row.edits {
                return Err(not_possible("it says so already".to_owned()));
            }
            Step::Edited(edits)
        }
    };
    Ok(change(step))
}

/// What a decision does to this actor.
fn plan_decision(
    actor: &ActorState,
    row: &EndorsementRow,
    target: &ActionTarget,
    decision: Decision,
) -> Result<PlannedChange> {
    let thaws = actor.row.frozen_at.is_some() && decision == Decision::Approve;
    let effect = match decide(row.state, decision) {
        Ok(Effect::Release) if !row.held_by.has(HideReason::Moderator) => {
            return Err(Error::Held {
                id: target.id.clone(),
                by: row.held_by.as_words().unwrap_or_default(),
            });
        }
        Ok(Effect::Demote) if demoted(actor, row).is_none() => {
            return Err(Error::NotPossible {
                id: target.id.clone(),
                why: format!(
                    "only a reply or a mention can become a comment, and it is a {}",
                    row.kind
                ),
            });
        }
        Ok(effect) => Some(Step::Decided(effect)),
        // Approving a frozen endorsement means trusting the new key, whatever its state is.
        Err(_) if thaws => None,
        Err(conflict) => return Err(conflict.into()),
    };
    Ok(PlannedChange {
        effect,
        thaws,
        comment: None,
    })
}

/// The index of the act that a demotion makes a comment.
fn demoted(actor: &ActorState, row: &EndorsementRow) -> Option<usize> {
    let is_it = |act: &ActRow| {
        act.id == row.act_id && matches!(act.act.kind, ActKind::Reply | ActKind::Mention)
    };
    actor.standing(is_it)
}

/// The edits of a row after one more.
fn edited(row: &EndorsementRow, actor_type: &str, edit: &Edit, rules: &Rules) -> Result<Edits> {
    let text = |given: &Option<String>, before: &Option<String>| match given {
        None => Ok(before.clone()),
        Some(text) if text.trim().is_empty() => Ok(None),
        Some(text) => {
            let clean = names::clean(text, "");
            if clean.is_empty() || !rules.is_one_plain_line(&clean) {
                return Err(Error::BadEdit(text.clone()));
            }
            Ok(Some(clean))
        }
    };
    let by_itself = match Account::of_type(actor_type) {
        Account::Organisation => CountsAs::Organisation,
        Account::Person | Account::Automated => CountsAs::Person,
    };
    let counts_as = match edit.counts_as {
        None => row.edits.counts_as,
        Some(wanted) => Some(wanted).filter(|wanted| *wanted != by_itself),
    };
    Ok(Edits {
        name: text(&edit.name, &row.edits.name)?,
        affiliation: text(&edit.affiliation, &row.edits.affiliation)?,
        counts_as,
        promoted_act: row.edits.promoted_act,
    })
}

/// Why a comment is not promoted: its author took back what it said, and only a new act of the author's brings it back.
async fn author_ended(
    tx: &mut Tx,
    actor: &ActorState,
    target: &ActionTarget,
    change: &PlannedChange,
) -> Result<Option<Error>> {
    let Some(comment) = target
        .comment
        .filter(|_| change.effect == Some(Step::Decided(Effect::Promote)))
    else {
        return Ok(None);
    };
    let took_back = tx.unsigned_by(comment).await? == Some(UnsignedBy::Author);
    let stands = actor.standing(|row| row.act.endorses()).is_some();
    let left = !stands && tx.last_end(actor.row.id).await?.is_some_and(Cause::is_own);
    Ok((took_back || left).then(|| Error::EndedByAuthor(target.id.clone())))
}

/// Names the other administrator, when another one was faster.
async fn explain(
    tx: &mut Tx,
    target: &ActionTarget,
    order: &ActionOrder,
    error: Error,
) -> Result<Error> {
    if !matches!(error, Error::Conflict(_) | Error::NotPossible { .. }) {
        return Ok(error);
    }
    let last = tx.audit_entries(Some(target.id.as_str()), 1).await?.pop();
    let decided = ["endorsement.", "statement.", "name.", "audit."];
    let is_decision = |action: &str| decided.iter().any(|place| action.starts_with(place));
    Ok(
        match last.filter(|entry| is_decision(&entry.action) && entry.by != order.by) {
            Some(entry) => Error::AlreadyDecided {
                id: target.id.clone(),
                action: entry.action,
                by: entry.by,
                at: entry.at,
            },
            None => error,
        },
    )
}

fn entry(order: &ActionOrder, now: Millis, target: &ActionTarget) -> NewAudit {
    let NewBulkAudit {
        at,
        by,
        action,
        code,
        count: _,
        reason,
    } = bulk_entry(order, now);
    NewAudit {
        at,
        by,
        action,
        code,
        target: target.id.to_string(),
        reason,
    }
}

fn bulk_entry(order: &ActionOrder, now: Millis) -> NewBulkAudit {
    NewBulkAudit {
        at: now,
        by: order.by.clone(),
        action: order.action.audit_name(),
        code: order.reason.as_ref().map(|reason| reason.code.to_string()),
        count: None,
        reason: order.reason.as_ref().and_then(|reason| reason.text.clone()),
    }
}

impl Showing {
    const fn state(self) -> ReviewState {
        match self {
            Self::Approve => ReviewState::Shown,
            Self::Hide => ReviewState::Hidden,
        }
    }
}

/// Applies an order to one actor.
fn apply(
    shared: &mut Shared<'_>,
    actor: &mut ActorState,
    change: &PlannedChange,
    order: &ActionOrder,
    audit_id: i64,
) {
    let (Some(step), now) = (&change.effect, shared.now) else {
        return;
    };
    match step {
        Step::Decided(Effect::Promote) => return promote(shared, actor, change.comment, audit_id),
        Step::Decided(Effect::Leave) => return leave(shared, actor, audit_id),
        Step::Decided(effect) => decided(actor, *effect, order, now),
        Step::Statement(showing) => {
            if let Some(row) = &mut actor.endorsement {
                let state = |before: Option<ReviewState>| before.map(|_| showing.state());
                row.statement_state = state(row.statement_state);
                row.declared_state = state(row.declared_state);
            }
        }
        Step::Name(showing) => {
            if let Some(row) = &mut actor.endorsement {
                row.name_state = showing.state();
                if *showing == Showing::Hide {
                    // Both would stand in its place.
                    row.edits.name = None;
                    if row.declared_name.is_some() {
                        row.declared_state = row.declared_state.map(|_| ReviewState::Hidden);
                    }
                }
            }
        }
        Step::Edited(edits) => edit(actor, edits),
    }
    if let Some(row) = &mut actor.endorsement {
        row.changed_at = now;
    }
    actor.endorsement_changed = true;
    shared.settle(actor, Cause::Decision, Some(audit_id));
}

/// Applies a decision about the whole endorsement.
fn decided(actor: &mut ActorState, effect: Effect, order: &ActionOrder, now: Millis) {
    let Some(row) = actor.endorsement.as_mut() else {
        return;
    };
    row.reason = order.reason.as_ref().map(|reason| match &reason.text {
        Some(text) => format!("{}: {text}", reason.code),
        None => reason.code.to_string(),
    });
    match effect {
        Effect::Grant => {
            (row.decision, row.reason) = (None, None);
            row.held_by.set(HideReason::Limit, false);
            // An administrator who named this endorsement has read its words.
            if order.named {
                show_words(row);
            }
            let waits = |row: &ActRow| {
                row.act.endorses()
                    && matches!(row.act.outcome, ActOutcome::Pending(_) | ActOutcome::Late)
            };
            actor.change_acts(waits, |row| row.act.outcome = ActOutcome::Listed);
        }
        Effect::End(state, sticks) => {
            if row.state == State::Withdrawn && row.decision.is_none() {
                // Whoever left is not kept longer because of a decision.
                forget_words(row);
            }
            (row.decision, row.held_by) = (Some(sticks), HideReasons::default());
            actor.ended_as = Some(state);
            actor.end_all(now, Cause::Decision);
        }
        Effect::Hold => row.held_by.set(HideReason::Moderator, true),
        Effect::Release => {
            row.held_by.set(HideReason::Moderator, false);
            row.reason = None;
        }
        Effect::Demote => {
            let index = actor
                .endorsement
                .as_ref()
                .and_then(|row| demoted(actor, row));
            if let Some(index) = index {
                actor.change_act(index, |row| {
                    row.act.kind = ActKind::Comment;
                    row.act.outcome = ActOutcome::Comment;
                    row.act.ceiling = MaxVisibility::Counted;
                });
                actor.unsigned_acts.insert(index, UnsignedBy::Moderator);
                // As after a Delete: the standing likes count without the name.
                actor.change_acts(
                    |row| row.act.endorses() && !row.act.is_post(),
                    |row| row.act.ceiling = MaxVisibility::Counted,
                );
            }
        }
        // These do not begin with an endorsement, or do not end with one.
        Effect::Promote | Effect::Leave => (),
    }
}

/// Shows the words that wait.
fn show_words(row: &mut EndorsementRow) {
    for showing in [&mut row.statement_state, &mut row.declared_state] {
        if *showing == Some(ReviewState::Pending) {
            *showing = Some(ReviewState::Shown);
        }
    }
}

/// Makes a signature of a comment: a moderator read it. The comment was added to the actor's acts before.
fn promote(shared: &mut Shared<'_>, actor: &mut ActorState, comment: Option<i64>, audit_id: i64) {
    let endorser = actor.endorser(shared.rules(), None, shared.now);
    let ceiling = ceiling_after_reading(&shared.rules().policy, &endorser, ActKind::Reply);
    let is_it = |row: &ActRow| row.act.kind == ActKind::Comment && row.id == comment;
    let Some(index) = actor.standing(is_it) else {
        return;
    };
    actor.change_act(index, |row| {
        row.act.kind = ActKind::Reply;
        row.act.outcome = ActOutcome::Listed;
        row.act.ceiling = ceiling;
    });
    if let Some(row) = &mut actor.endorsement {
        (row.decision, row.reason) = (None, None);
        row.held_by.set(HideReason::Limit, false);
    }
    shared.settle(actor, Cause::Decision, Some(audit_id));
    if let Some(row) = &mut actor.endorsement {
        row.edits.promoted_act = comment;
        show_words(row);
    }
    shared.settle(actor, Cause::Decision, Some(audit_id));
}

/// Ends everything of an actor who asked for it, as if it had withdrawn.
fn leave(shared: &mut Shared<'_>, actor: &mut ActorState, audit_id: i64) {
    if let Some(row) = &mut actor.endorsement {
        (row.decision, row.held_by) = (None, HideReasons::default());
        row.reason = Some(ReasonCode::Request.to_string());
        row.changed_at = shared.now;
        forget_words(row);
    }
    actor.ended_as = Some(State::Withdrawn);
    actor.endorsement_changed = true;
    shared.leave(actor, Cause::Withdrew);
    for (entry, _) in &mut actor.history {
        entry.audit_id = Some(audit_id);
    }
}

/// Puts a moderator's words in the place of the endorser's.
fn edit(actor: &mut ActorState, edits: &Edits) {
    let Some(row) = actor.endorsement.as_mut() else {
        return;
    };
    row.edits = edits.clone();
    // Whoever says what an account is has looked at it.
    let is_organisation = actor.account() == Account::Organisation;
    if let Some(row) = &mut actor.endorsement {
        row.organisation = is_organisation;
    }
    if !is_organisation {
        actor.change_acts(
            |row| {
                row.act.endorses() && row.act.outcome == ActOutcome::Pending(WaitsFor::Organisation)
            },
            |row| row.act.outcome = ActOutcome::Listed,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_code_with_or_without_text_or_text_alone() {
        let check = |text: &str, code, free: Option<&str>| {
            let reason = DecisionReason::parse(text);
            assert_eq!(
                (reason.code, reason.text.as_deref()),
                (code, free),
                "{text}"
            );
        };
        check("spam", ReasonCode::Spam, None);
        check("spam: sells shoes", ReasonCode::Spam, Some("sells shoes"));
        check(
            " legal : court order 5:12 ",
            ReasonCode::Legal,
            Some("court order 5:12"),
        );
        check("sells shoes", ReasonCode::Other, Some("sells shoes"));
        check("shoes: cheap", ReasonCode::Other, Some("shoes: cheap"));
    }
}
