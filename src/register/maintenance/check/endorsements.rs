//! Every endorsement derived again from its acts, the blocks, and the last decision about it, and compared with its row and
//! its history.

use std::collections::HashMap;

use super::report::Finding;
use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause, ReviewState, State, WaitsFor, hide_reason::HideReasons},
    register::{
        error::Result,
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
        },
        moderation::change_record::ChangeRecord,
        rules::Context,
    },
    store::{EndorsementRow, HistoryRow, IndexSum, Tx},
};

/// Endorsements that are checked in one transaction.
const AT_ONCE: i64 = 500;

/// What a repair does to a row.
const DERIVED: &str = "derived anew";
/// What it does when a moderator decided otherwise.
const DECIDED: &str = "made as it was decided";
/// What it does to a history.
const CONTINUED: &str = "an entry added to its history";

/// How many endorse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    signed: i64,
    liked: i64,
    organisations: i64,
}

impl Tally {
    /// Counts one endorsement, if `state` is one that counts.
    fn add(&mut self, row: &EndorsementRow, state: State) {
        if !matches!(state, State::Listed | State::Counted) {
            return;
        }
        match row.kind {
            _ if row.organisation => self.organisations += 1,
            ActKind::Like | ActKind::Reaction => self.liked += 1,
            ActKind::Reply
            | ActKind::Mention
            | ActKind::Quote
            | ActKind::Direct
            | ActKind::Pledge
            | ActKind::Project
            | ActKind::Comment => {
                self.signed += 1;
            }
        }
    }

    fn in_words(self) -> String {
        format!(
            "{} signed, {} like it, {} organisations",
            self.signed, self.liked, self.organisations
        )
    }
}

/// How many endorse by the states of the endorsements and by their histories, and by which words they are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    states: Tally,
    histories: Tally,
    pub(super) index: IndexSum,
}

impl Sums {
    /// What is wrong when both ways of counting differ.
    pub(super) fn difference(&self) -> Option<Finding> {
        let problem = format!(
            "counted: {}; by their histories: {}",
            self.states.in_words(),
            self.histories.in_words()
        );
        (self.states != self.histories).then(|| Finding::new(None, problem, Some(CONTINUED)))
    }
}

/// Some endorsements that were checked.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// How many.
    pub(super) n: u64,
    /// The row id of the last one; `None` when there are no more.
    pub(super) last: Option<i64>,
    /// What is wrong with them.
    pub(super) findings: Vec<Finding>,
    /// The row ids of the actors whose endorsements are wrong.
    pub(super) wrong: Vec<i64>,
}

/// Checks some endorsements with row ids above `after`, and adds them to the sums.
pub(super) async fn check_some(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    after: i64,
    sums: &mut Sums,
) -> Result<Checked> {
    let rows = tx.endorsers_after(after, AT_ONCE).await?;
    let (ids, actors): (Vec<i64>, Vec<i64>) = rows.iter().copied().unzip();
    let mut histories: HashMap<i64, Vec<HistoryRow>> = HashMap::new();
    for entry in tx.histories(&ids).await? {
        histories
            .entry(entry.endorsement_id)
            .or_default()
            .push(entry);
    }
    let (batch, decisions) = load(tx, context, now, &actors).await?;
    let Batch {
        mut actors,
        mut shared,
        ..
    } = batch;
    let mut checked = Checked {
        last: ids.last().copied(),
        ..Checked::default()
    };
    for actor in &mut actors {
        let Some(before) = actor.endorsement.clone() else {
            continue;
        };
        sums.index.add(&before.words);
        let mut found: Vec<(String, &'static str)> = Vec::new();
        if derive(&mut shared, actor, &decisions) {
            let problem = "is not as the last decision about it left it";
            found.push((problem.to_owned(), DECIDED));
        }
        let Some(after) = &actor.endorsement else {
            continue;
        };
        let differing = differences(&before, after).into_iter();
        found.extend(differing.map(|problem| (problem, DERIVED)));
        sums.states.add(&before, before.state);
        let history = before.id.and_then(|id| histories.remove(&id));
        let end = end_of(&history.unwrap_or_default());
        if let Ok(Some(end)) = end {
            sums.histories.add(&before, end);
        }
        found.extend(about_history(&before, end).map(|problem| (problem, CONTINUED)));
        checked.n += 1;
        if !found.is_empty() {
            checked.wrong.push(before.actor_id);
        }
        let id = &before.public_id;
        let findings = found.into_iter();
        checked.findings.extend(
            findings.map(|(problem, remedy)| Finding::new(Some(id.clone()), problem, Some(remedy))),
        );
    }
    Ok(checked)
}

/// Derives the endorsements of these actors anew, and continues their histories.
pub(super) async fn mend(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    actors: &[i64],
) -> Result<()> {
    let (mut batch, decisions) = load(tx, context, now, actors).await?;
    let mut rows = Vec::new();
    batch.each(|shared, actor| {
        derive(shared, actor, &decisions);
        // The history entries of settling start from the wrong state.
        actor.history.clear();
        rows.extend(actor.endorsement.clone());
    });
    batch.save(tx).await?;
    for row in rows {
        let id = row.id.unwrap_or_default();
        let end = end_of(&tx.history(id).await?);
        if end != Ok(Some(row.state)) {
            let entry = HistoryRow {
                endorsement_id: id,
                at: now,
                was: end.ok().flatten(),
                now: row.state,
                act_id: row.act_id,
                revision: row.revision,
                cause: Cause::Waited,
                audit_id: None,
                left_out: 0,
            };
            tx.add_history(&[entry]).await?;
        }
    }
    Ok(())
}

/// The last decisions about endorsements: by public id, when each was, and what it changed.
type Decisions = HashMap<String, (Millis, ChangeRecord)>;

/// Loads actors, and the last decisions about their endorsements.
async fn load<'c>(
    tx: &mut Tx,
    context: &'c Context,
    now: Millis,
    actors: &[i64],
) -> Result<(Batch<'c>, Decisions)> {
    let batch = Batch::of_actors(tx, context, now, actors).await?;
    let rows = batch.actors.iter();
    let rows = rows.filter_map(|actor| actor.endorsement.as_ref());
    let ids: Vec<&str> = rows.map(|row| row.public_id.as_str()).collect();
    let decisions = tx.last_undoable(&ids).await?.into_iter();
    let decisions = decisions
        .filter_map(|(id, at, record)| Some((id, (at, ChangeRecord::from_json(&record)?))));
    let decisions = decisions.collect();
    Ok((batch, decisions))
}

/// Derives an endorsement anew: from the last decision about it, if nothing changed it since, and from its acts. Returns
/// whether it differed from that decision.
fn derive(shared: &mut Shared<'_>, actor: &mut ActorState, decisions: &Decisions) -> bool {
    let row = actor.endorsement.as_mut();
    let undone = row.and_then(|row| {
        let (at, record) = decisions.get(row.public_id.as_str())?;
        (row.changed_at == *at && record.restore(row)).then_some(())
    });
    let differed = undone.is_some();
    actor.endorsement_changed |= differed;
    shared.settle(actor, Cause::Waited, None);
    differed
}

/// In what a row differs from what was derived anew.
fn differences(before: &EndorsementRow, after: &EndorsementRow) -> Vec<String> {
    if before.state != after.state {
        return vec![format!(
            "is {}, but its acts amount to {}",
            before.state, after.state
        )];
    }
    let mut found = Vec::new();
    let deciding = |row: &EndorsementRow| (row.kind, row.act_id, row.revision, row.endorsed_at);
    if deciding(before) != deciding(after) {
        found.push("is of another act than the one that decides".to_owned());
    }
    if before.organisation != after.organisation {
        let counts_as = if before.organisation {
            "an organisation"
        } else {
            "a person"
        };
        found.push(format!("counts as {counts_as}, which its account is not"));
    }
    if before.held_by != after.held_by {
        let by = |held: &HideReasons| held.as_words().unwrap_or_else(|| "nobody".to_owned());
        found.push(format!(
            "is held by {}, but should be by {}",
            by(&before.held_by),
            by(&after.held_by)
        ));
    }
    let waits = |row: &EndorsementRow| (row.waits_for, row.waiting_domain.clone());
    if waits(before) != waits(after) {
        let what = |what: Option<WaitsFor>| what.map_or("nothing", WaitsFor::as_str);
        found.push(format!(
            "waits for {}, but its acts wait for {}",
            what(before.waits_for),
            what(after.waits_for)
        ));
    }
    let name = |row: &EndorsementRow| (row.name.clone(), row.name_skeleton.clone());
    if name(before) != name(after) {
        found.push("has another name than its account".to_owned());
    }
    let words = |row: &EndorsementRow| {
        let declared = (row.declared_name.clone(), row.declared_affiliation.clone());
        (row.statement.clone(), declared)
    };
    if words(before) != words(after) {
        found.push("has other words than its post".to_owned());
    } else if is_quoted(before) && !is_quoted(after) {
        found.push("shows words of somebody who does not want to be quoted".to_owned());
    }
    if before.pledge != after.pledge {
        found.push("has another pledge than its acts".to_owned());
    }
    if found.is_empty() && before.words != after.words {
        found.push("is found by words that it does not have".to_owned());
    }
    found
}

/// Whether a statement or a declared name is shown.
fn is_quoted(row: &EndorsementRow) -> bool {
    [row.statement_state, row.declared_state].contains(&Some(ReviewState::Shown))
}

/// A history has an entry that does not follow from the one before, although no entries are marked as left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HistoryGap;

/// The state to which a history leads; `None` when it is empty. Entries before a new beginning do not matter: a
/// repair adds one after a gap.
fn end_of(history: &[HistoryRow]) -> std::result::Result<Option<State>, HistoryGap> {
    let beginning = history.iter().rposition(|entry| entry.was.is_none());
    let mut entries = history.iter().skip(beginning.unwrap_or(0));
    entries.try_fold(None, |was, entry| {
        if entry.was == was || entry.left_out > 0 {
            Ok(Some(entry.now))
        } else {
            Err(HistoryGap)
        }
    })
}

/// What is wrong with a history that leads to `end`.
fn about_history(
    row: &EndorsementRow,
    end: std::result::Result<Option<State>, HistoryGap>,
) -> Option<String> {
    match end {
        Err(HistoryGap) => Some("has a gap in its history".to_owned()),
        Ok(end) if end == Some(row.state) => None,
        Ok(end) => {
            let end = end.map_or("nothing", State::as_str);
            Some(format!("is {}, but its history ends with {end}", row.state))
        }
    }
}
