//! Consistency of everything that is derived: `undersigned check`.
//!
//! States, names and words of endorsements from acts, blocks and decisions; their histories; the search index; kept counts;
//! marks and links between rows; and what signatories are found by.

mod endorsements;
mod report;

use self::endorsements::{Sums, check_some, mend};
pub use self::report::{CheckReport, Finding};
use crate::{
    clock::Millis,
    endorsement::names,
    random::PublicId,
    register::{
        error::Result, indexed_words::indexed_signatory, moderation::blocks::ASLEEP, rules::Context,
    },
    store::{INVARIANTS, Invariant, SignatoryRow, Store, Topic, Tx, WrongCount},
};

/// Rows that are mended in one transaction.
const AT_ONCE: i64 = 500;

/// Checks everything, in one snapshot; nothing is changed.
pub async fn check(store: &Store, context: &Context, now: Millis) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let mut sums = Sums::default();
    let mut after = 0;
    let mut tx = store.read().await?;
    loop {
        let some = check_some(&mut tx, context, now, after, &mut sums).await?;
        report.endorsements += some.n;
        report.findings.extend(some.findings);
        let Some(last) = some.last else { break };
        after = last;
    }
    report.findings.extend(sums.difference());
    report.findings.extend(about_index(&mut tx, &sums).await?);
    report.findings.extend(about_blocks(&mut tx).await?);
    for invariant in INVARIANTS {
        report.findings.extend(about(&mut tx, invariant).await?);
    }
    report.findings.extend(about_signatories(&mut tx).await?.0);
    report.findings.extend(about_counts(&mut tx).await?);
    Ok(report)
}

/// Checks everything, and repairs what can be derived, in transactions of bounded size. What everything else depends on
/// comes first, and counts last. Nobody who writes waits while all rows are read, unless something is wrong.
pub async fn repair(store: &Store, context: &Context, now: Millis) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let wrong = about_blocks(&mut store.read().await?).await?;
    if let Some(wrong) = wrong {
        let mut tx = store.write().await?;
        tx.mark_all_hosts().await?;
        tx.changed(&[Topic::Policy]).await?;
        tx.commit().await?;
        report.note_repaired(vec![wrong], 1);
    }
    let mut after = 0;
    loop {
        let mut sums = Sums::default();
        let mut tx = store.write().await?;
        let some = check_some(&mut tx, context, now, after, &mut sums).await?;
        report.endorsements += some.n;
        if !some.wrong.is_empty() {
            mend(&mut tx, context, now, &some.wrong).await?;
            tx.changed(&[Topic::Register]).await?;
            tx.commit().await?;
            report.note_repaired(some.findings, some.wrong.len());
        }
        let Some(last) = some.last else { break };
        after = last;
    }
    for invariant in INVARIANTS {
        let Some(broken) = about(&mut store.read().await?, invariant).await? else {
            continue;
        };
        if invariant.can_be_mended() {
            let mut tx = store.write().await?;
            if invariant.needs_ids() {
                name_comments(&mut tx, context).await?;
            }
            tx.mend_broken(invariant, now.plus(ASLEEP)).await?;
            tx.changed(&[Topic::Register, Topic::Queue]).await?;
            tx.commit().await?;
            report.note_repaired(vec![broken], 1);
        } else {
            report.findings.push(broken);
        }
    }
    let (wrong, rows) = about_signatories(&mut store.read().await?).await?;
    if !rows.is_empty() {
        let mut tx = store.write().await?;
        tx.save_signatories(&rows).await?;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
        report.note_repaired(wrong, rows.len());
    }
    let wrong = index_alone(store).await?;
    if let Some(wrong) = wrong {
        let mut tx = store.write().await?;
        tx.index_anew().await?;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
        report.note_repaired(vec![wrong], 1);
    }
    let wrong = about_counts(&mut store.read().await?).await?;
    if !wrong.is_empty() {
        let mut tx = store.write().await?;
        tx.count_anew().await?;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
        let n = wrong.len();
        report.note_repaired(wrong, n);
    }
    Ok(report)
}

/// The counts that triggers keep, where they are not what the rows amount to.
async fn about_counts(tx: &mut Tx) -> Result<Vec<Finding>> {
    let wrong = tx.wrong_counts().await?.into_iter();
    let finding = |WrongCount {
                       what,
                       kept,
                       counted,
                   }| {
        let kept = kept.map_or_else(|| "nothing".to_owned(), |kept: i64| kept.to_string());
        let problem = format!("kept: {kept} {what}; counted: {counted}");
        Finding::new(None, problem, Some("counted anew"))
    };
    Ok(wrong.map(finding).collect())
}

/// The rows that break an invariant, as one finding with their number.
async fn about(tx: &mut Tx, invariant: &Invariant) -> Result<Option<Finding>> {
    let n = tx.count_broken(invariant).await?;
    let (mut problem, remedy) = (format!("{}: {n}", invariant.broken), invariant.remedy);
    let remedy = Some(remedy).filter(|_| invariant.can_be_mended());
    if remedy.is_none() {
        problem = format!(
            "{problem}; it cannot be repaired, because {}",
            invariant.remedy
        );
    }
    Ok((n > 0).then(|| Finding::new(None, problem, remedy)))
}

/// The hosts that are marked as blocked, or not, against the list of blocks.
async fn about_blocks(tx: &mut Tx) -> Result<Option<Finding>> {
    let n = tx.hosts_marked_wrongly().await?;
    let problem = format!("hosts that are marked otherwise than the blocks say: {n}");
    Ok((n > 0).then(|| Finding::new(None, problem, Some("marked anew"))))
}

/// Whether the search index holds other words than the rows whose sums these are.
async fn about_index(tx: &mut Tx, sums: &Sums) -> Result<Option<Finding>> {
    let index = tx.search_index_sum().await?;
    let problem = "the search index has other words than the endorsements".to_owned();
    Ok(index
        .filter(|index| *index != sums.index)
        .map(|_| Finding::new(None, problem, Some("made anew"))))
}

/// The same in a snapshot of its own, after the rows were repaired.
async fn index_alone(store: &Store) -> Result<Option<Finding>> {
    let mut tx = store.read().await?;
    let (mut sums, mut after) = (Sums::default(), 0);
    loop {
        let words = tx.indexed_words_after(after, AT_ONCE).await?;
        let Some((last, _)) = words.last() else { break };
        after = *last;
        for (_, words) in &words {
            sums.index.add(words);
        }
    }
    about_index(&mut tx, &sums).await
}

/// The signatories that are found by other words, or compared by another skeleton, than their names have; and their rows as
/// they should be.
async fn about_signatories(tx: &mut Tx) -> Result<(Vec<Finding>, Vec<SignatoryRow>)> {
    let (mut findings, mut right) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let (rows, last) = tx.signatories(after, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok((findings, right));
        }
        after = last;
        for row in rows {
            let derived = SignatoryRow {
                skeleton: names::skeleton(&row.name),
                shown_words: indexed_signatory(&row),
                ..row.clone()
            };
            if derived != row {
                let problem = "is found by another name than it has".to_owned();
                let id = Some(row.public_id.clone());
                findings.push(Finding::new(id, problem, Some("derived anew")));
                right.push(derived);
            }
        }
    }
}

/// Gives comments that have none their public ids.
async fn name_comments(tx: &mut Tx, context: &Context) -> Result<()> {
    loop {
        let acts = tx.comments_without_id(AT_ONCE).await?;
        if acts.is_empty() {
            return Ok(());
        }
        let named = acts.into_iter().map(|act| {
            let id = PublicId::random(context.random.as_ref());
            (id.to_string(), act)
        });
        tx.save_comments(&named.collect::<Vec<_>>()).await?;
    }
}
