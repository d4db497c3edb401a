//! Reports by other servers: kept for administrators, answered by nothing, shown to nobody (F-215).

use std::collections::{BTreeSet, HashMap};

use crate::{
    activitystreams::paths,
    clock::Millis,
    hash::Sha256,
    register::{Error, InboundAction, InboundActivity, InboundFlag, Result, inbound::batch::Batch},
    store::{NewAudit, NewReport, ReportRow, ReportState, Tx},
};

/// Most open reports of one host: beyond that only those that are open count on, so that no server can bury
/// the reports of others.
const MOST_OPEN: i64 = 100;
/// Most things that one report is kept about; it may name a hundred posts of one person.
const MOST_TARGETS: usize = 20;

/// What a batch knows of reports.
#[derive(Debug, Default)]
pub(in crate::register) struct FlagState {
    /// The public ids of the endorsements that are shown of what is named.
    shown: HashMap<Sha256, Vec<String>>,
    new: Vec<NewReport>,
}

impl FlagState {
    /// Reads what is shown of those whom the reports of a batch name.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let mut named = BTreeSet::new();
        for it in incoming {
            if let InboundAction::Report(report) = &it.deed {
                named.extend(report.theirs.iter().map(|it| Sha256::of(it)));
            }
        }
        let named: Vec<_> = named.into_iter().collect();
        let mut reports = Self::default();
        for (hash, public_id) in tx.shown_behind(&named).await? {
            reports.shown.entry(hash).or_default().push(public_id);
        }
        Ok(reports)
    }

    /// Writes the new ones.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<()> {
        for report in &self.new {
            tx.add_report(report, MOST_OPEN).await?;
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// A report: kept if it is about something of ours, or about an entry that we show.
    pub(in crate::register) fn report(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        reported: &InboundFlag,
    ) {
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let ours = reported.ours.iter();
        let ours = ours.filter(|it| *it == paths::ACTOR || self.is_there(it));
        let theirs = reported.theirs.iter();
        let theirs = theirs.filter_map(|it| self.reports.shown.get(&Sha256::of(it)));
        let targets: BTreeSet<&String> = ours.chain(theirs.flatten()).collect();
        let new = targets.into_iter().take(MOST_TARGETS).map(|it| NewReport {
            host: situation.actor.authority.clone(),
            target: it.clone(),
            text: reported.text.clone(),
            at: incoming.at,
        });
        let new: Vec<_> = new.collect();
        self.reports.new.extend(new);
    }
}

/// Marks a report as dealt with, with an audit entry.
///
/// # Errors
/// [`Error::AlreadyResolved`] when somebody else was first (exit 4).
pub async fn resolve(tx: &mut Tx, report: &ReportRow, by: &str, now: Millis) -> Result<()> {
    if report.state != ReportState::Open || !tx.resolve_report(report.id).await? {
        return Err(Error::AlreadyResolved(report.id));
    }
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action: "report.resolve".to_owned(),
        code: None,
        target: report.id.to_string(),
        reason: None,
    };
    tx.add_audit(&audit).await?;
    Ok(())
}
