//! Reports by other servers (`Flag`): kept for administrators, not answered, and shown to nobody.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::activity::{InboundAction, InboundActivity, InboundFlag};
use crate::{
    activitystreams::paths,
    hash::Sha256,
    register::error::Result,
    store::{ActorRow, NewReport, Tx},
};

/// Limit of open reports from one host. Beyond it only the counts of open ones grow, so that no server can bury the
/// reports of others.
const MOST_OPEN: i64 = 100;
/// Limit of targets that are kept of one report; it may name a hundred posts of one person.
const MOST_TARGETS: usize = 20;

/// The shown endorsements that a batch's reports name, and the new reports.
#[derive(Clone, Debug, Default)]
pub(in crate::register) struct FlagState {
    /// The public ids of shown endorsements, by the hash of a named id.
    shown: HashMap<Sha256, Vec<String>>,
    new: Vec<NewReport>,
}

impl FlagState {
    /// Loads the shown endorsements behind the ids that the reports of a batch name.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let mut named = BTreeSet::new();
        for activity in incoming {
            if let InboundAction::Report(report) = &activity.action {
                named.extend(report.theirs.iter().map(|id| Sha256::of(id)));
            }
        }
        let named: Vec<_> = named.into_iter().collect();
        let mut reports = Self::default();
        for (hash, public_id) in tx.shown_behind(&named).await? {
            reports.shown.entry(hash).or_default().push(public_id);
        }
        Ok(reports)
    }

    /// Saves the new reports.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<()> {
        for report in &self.new {
            tx.add_report(report, MOST_OPEN).await?;
        }
        Ok(())
    }

    /// Keeps a report if it is about one of our objects, or about an entry that we show. `existing` are the paths of
    /// our objects that exist.
    pub(in crate::register) fn report(
        &mut self,
        actor: &ActorRow,
        incoming: &InboundActivity,
        reported: &InboundFlag,
        existing: &HashSet<String>,
    ) {
        let ours = reported.ours.iter();
        let ours = ours.filter(|path| *path == paths::ACTOR || existing.contains(*path));
        let theirs = reported.theirs.iter();
        let theirs = theirs.filter_map(|id| self.shown.get(&Sha256::of(id)));
        let targets: BTreeSet<&String> = ours.chain(theirs.flatten()).collect();
        let targets: BTreeSet<String> = targets.into_iter().take(MOST_TARGETS).cloned().collect();
        if targets.is_empty() {
            return;
        }
        self.new.push(NewReport {
            host: actor.authority.clone(),
            targets,
            text: reported.text.clone(),
            at: incoming.at,
        });
    }
}
