//! Consistency of states, history, counts, boosts and the queue: `undersigned check`.

use std::collections::HashMap;

use crate::{
    clock::Millis,
    endorsement::{ActKind, Cause, State},
    random::PublicId,
    register::{error::Result, inbound::batch::Batch, rules::Context},
    store::{EndorsementRow, HistoryRow, Store, Topic, Tx, WrongCount, WrongHosts},
};

/// Endorsements that are checked in one transaction.
const AT_ONCE: i64 = 500;

/// One inconsistency.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The endorsement; `None` when it is about all of them.
    pub id: Option<PublicId>,
    /// What is wrong, as a sentence.
    pub problem: String,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CheckReport {
    /// How many endorsements were checked.
    pub endorsements: u64,
    /// The inconsistencies.
    pub findings: Vec<Finding>,
    /// How many inconsistencies were repaired.
    pub repaired: u64,
}

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
            ActKind::Reply | ActKind::Mention | ActKind::Quote | ActKind::Comment => {
                self.signed += 1;
            }
        }
    }
}

/// How many endorse by the states of the endorsements, and by their histories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tallies {
    states: Tally,
    histories: Tally,
}

/// Checks every endorsement: does its state follow from its acts, and does its history lead there? Then compares what
/// they amount to with the histories, and what is kept (counts, and the hosts that something waits for) with the rows. All
/// of it in one snapshot.
pub async fn check(store: &Store, context: &Context, now: Millis) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let mut tallies = Tallies::default();
    let mut after = 0;
    let mut tx = store.read().await?;
    while let (Some(last), _) =
        check_some(&mut tx, context, now, after, &mut report, &mut tallies).await?
    {
        after = last;
    }
    let Tallies { states, histories } = tallies;
    if states != histories {
        let in_words = |tally: Tally| {
            format!(
                "{} signed, {} like it, {} organisations",
                tally.signed, tally.liked, tally.organisations
            )
        };
        let problem = format!(
            "counted: {}; by their histories: {}",
            in_words(states),
            in_words(histories)
        );
        report.findings.push(Finding { id: None, problem });
    }
    check_reach(&mut tx, &mut report).await?;
    check_counts(&mut tx, &mut report).await?;
    check_hosts(&mut tx, &mut report).await?;
    Ok(report)
}

/// Checks the counts that triggers keep against the rows. Returns how many are wrong.
async fn check_counts(tx: &mut Tx, report: &mut CheckReport) -> Result<u64> {
    let mut n_wrong = 0;
    for WrongCount {
        what,
        kept,
        counted,
    } in tx.wrong_counts().await?
    {
        let kept = kept.map_or_else(|| "nothing".to_owned(), |kept| kept.to_string());
        let problem = format!("kept: {kept} {what}; counted: {counted}");
        report.findings.push(Finding { id: None, problem });
        n_wrong += 1;
    }
    Ok(n_wrong)
}

/// Checks which hosts something waits for. Returns how many are marked wrongly.
async fn check_hosts(tx: &mut Tx, report: &mut CheckReport) -> Result<i64> {
    let WrongHosts { overlooked, idle } = tx.wrong_hosts().await?;
    for (n, what) in [
        (
            overlooked,
            "hosts that nothing is sent to although something waits for them",
        ),
        (
            idle,
            "hosts that count as waited for although nothing waits for them",
        ),
    ] {
        if n > 0 {
            let problem = format!("{what}: {n}");
            report.findings.push(Finding { id: None, problem });
        }
    }
    Ok(overlooked + idle)
}

/// Checks quotes: each is counted as a plain quote or as an act, never as both.
async fn check_reach(tx: &mut Tx, report: &mut CheckReport) -> Result<i64> {
    let twice = tx.counted_twice().await?;
    if twice > 0 {
        let problem = format!("posts that count as reach although they are acts: {twice}");
        report.findings.push(Finding { id: None, problem });
    }
    Ok(twice)
}

/// Does the same, and repairs what can be derived: states from acts, the history's last entry from the state, and
/// what is kept from rows.
pub async fn repair(store: &Store, context: &Context, now: Millis) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let mut tallies = Tallies::default();
        let (last, wrong) =
            check_some(&mut tx, context, now, after, &mut report, &mut tallies).await?;
        if !wrong.is_empty() {
            report.repaired += u64::try_from(wrong.len()).unwrap_or(0);
            mend(&mut tx, context, now, &wrong).await?;
            tx.commit().await?;
        }
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    // Nobody who writes waits while all rows are read, unless something is wrong.
    if check_reach(&mut store.read().await?, &mut report).await? > 0 {
        let mut tx = store.write().await?;
        tx.count_once().await?;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
        report.repaired += 1;
    }
    let n_wrong = check_counts(&mut store.read().await?, &mut report).await?;
    if n_wrong > 0 {
        let mut tx = store.write().await?;
        tx.count_anew().await?;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
        report.repaired += n_wrong;
    }
    let n_hosts = check_hosts(&mut store.read().await?, &mut report).await?;
    if n_hosts > 0 {
        let mut tx = store.write().await?;
        tx.mark_hosts_anew().await?;
        tx.commit().await?;
        report.repaired += n_hosts.unsigned_abs();
    }
    Ok(report)
}

/// Checks some endorsements. Returns the id of the last one, and the actors of inconsistent ones.
async fn check_some(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    after: i64,
    report: &mut CheckReport,
    tallies: &mut Tallies,
) -> Result<(Option<i64>, Vec<i64>)> {
    let rows = tx.endorsements_after(after, AT_ONCE).await?;
    let actors: Vec<i64> = rows.iter().map(|row| row.actor_id).collect();
    let mut batch = Batch::of_actors(tx, context, now, &actors).await?;
    let ids: Vec<i64> = rows.iter().filter_map(|row| row.id).collect();
    let mut histories: HashMap<i64, Vec<HistoryRow>> = HashMap::new();
    for entry in tx.histories(&ids).await? {
        histories
            .entry(entry.endorsement_id)
            .or_default()
            .push(entry);
    }
    let mut wrong = Vec::new();
    let Batch { actors, shared, .. } = &mut batch;
    for actor in actors {
        let Some(before) = actor.endorsement.clone() else {
            continue;
        };
        shared.settle(actor, Cause::Waited, None);
        let Some(after) = &actor.endorsement else {
            continue;
        };
        let history = before.id.and_then(|id| histories.remove(&id));
        let history = history.unwrap_or_default();
        let mut problems = Vec::new();
        if after.state != before.state {
            problems.push(format!(
                "is {}, but its acts amount to {}",
                before.state, after.state
            ));
        }
        tallies.states.add(&before, before.state);
        if after.state == before.state && after.words != before.words {
            problems.push("is found by words that it does not have".to_owned());
        }
        if let Ok(Some(end)) = end_of(&history) {
            tallies.histories.add(&before, end);
        }
        match end_of(&history) {
            Err(HistoryGap) => problems.push("has a gap in its history".to_owned()),
            Ok(end) if end != Some(before.state) => {
                let end = end.map_or("nothing", State::as_str);
                problems.push(format!(
                    "is {}, but its history ends with {end}",
                    before.state
                ));
            }
            Ok(_) => (),
        }
        report.endorsements += 1;
        if !problems.is_empty() {
            wrong.push(before.actor_id);
        }
        let id = &before.public_id;
        report
            .findings
            .extend(problems.into_iter().map(|problem| Finding {
                id: Some(id.clone()),
                problem,
            }));
    }
    Ok((rows.last().and_then(|row| row.id), wrong))
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

async fn mend(tx: &mut Tx, context: &Context, now: Millis, actors: &[i64]) -> Result<()> {
    let mut batch = Batch::of_actors(tx, context, now, actors).await?;
    let mut rows = Vec::new();
    batch.each(|shared, actor| {
        shared.settle(actor, Cause::Waited, None);
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
