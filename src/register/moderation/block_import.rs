//! What the import of a list of blocked domains would do.

use std::collections::{HashMap, HashSet};

use super::blocks::known_among;
use crate::{
    clock::Millis,
    endorsement::{
        block_file::ListedDomain,
        blocks::{Severity, Target, and_above},
    },
    register::error::Result,
    store::{BlockRow, Tx},
};

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct ImportPlan {
    /// The blocks and limits to write.
    pub policies: Vec<BlockRow>,
    /// How many of them are of domains that had none.
    pub new: usize,
    /// The others whose severity changes, with what it was.
    pub changed: Vec<(String, Severity, Severity)>,
    /// How many are known as they are.
    pub same: usize,
    /// Domains that are left out because people from there are listed or follow.
    pub left_out: Vec<LeftOutDomain>,
    /// Endorsements that would be hidden, or wait because of a limit.
    pub endorsements: i64,
    /// Followers that would be put to sleep.
    pub followers: i64,
    /// Quotes whose permission would be taken back.
    pub quotes: i64,
}

/// A domain that an import leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutDomain {
    /// The domain.
    pub domain: String,
    /// Endorsements from there that are listed or counted.
    pub endorsements: i64,
    /// Followers from there.
    pub followers: i64,
}

/// Compares a list with what is in force. With `all`, nothing is left out.
pub async fn plan(
    tx: &mut Tx,
    entries: &[ListedDomain],
    all: bool,
    now: Millis,
) -> Result<ImportPlan> {
    let policies = tx.policies().await?.into_iter();
    let mut before: HashMap<String, BlockRow> = policies
        .map(|policy| (policy.target.as_str().to_owned(), policy))
        .collect();
    let listed: HashSet<&str> = entries.iter().map(|entry| entry.domain.as_str()).collect();
    let known = known_among(tx, |domain| listed.contains(domain)).await?;
    let mut plan = ImportPlan::default();
    let mut weighed: HashMap<&str, Severity> = HashMap::new();
    for entry in entries {
        let before = before.remove(&entry.domain);
        let policy = wanted(entry, before.as_ref(), now);
        if before.as_ref() == Some(&policy) {
            plan.same += 1;
            continue;
        }
        let was = before.as_ref().map(|row| row.severity);
        if known.contains(&entry.domain) && was.is_none_or(|was| was < policy.severity) {
            let reached = tx.reached(&policy.target).await?;
            if !all && (reached.shown > 0 || reached.awake > 0) {
                plan.left_out.push(LeftOutDomain {
                    domain: entry.domain.clone(),
                    endorsements: reached.shown,
                    followers: reached.awake,
                });
                continue;
            }
            weighed.insert(&entry.domain, policy.severity);
        }
        match was {
            None => plan.new += 1,
            Some(was) if was != policy.severity => {
                plan.changed
                    .push((entry.domain.clone(), was, policy.severity));
            }
            Some(_) => (),
        }
        plan.policies.push(policy);
    }
    for (domain, severity) in &weighed {
        // What a domain above covers is counted there.
        let is_covered = |above: &str| weighed.get(above).is_some_and(|above| above >= severity);
        if !and_above(domain).skip(1).any(is_covered) {
            plan.weigh(tx, domain, *severity, now).await?;
        }
    }
    Ok(plan)
}

impl ImportPlan {
    /// How many entries are changed in whatever way.
    pub fn changes(&self) -> usize {
        self.policies.len().saturating_sub(self.new)
    }

    /// Adds what a new block or limit does.
    async fn weigh(
        &mut self,
        tx: &mut Tx,
        domain: &str,
        severity: Severity,
        now: Millis,
    ) -> Result<()> {
        let target = Target::Domain(domain.to_owned());
        let reached = tx.reached(&target).await?;
        match severity {
            Severity::Block => {
                self.endorsements += reached.shown + reached.waiting;
                self.followers += reached.awake;
                self.quotes += tx.quotes_counted(&target, now).await?.0;
            }
            Severity::Limit => self.endorsements += reached.shown,
            Severity::Noop => (),
        }
        Ok(())
    }
}

/// The row of an entry. A comment that the list does not have stays, and so does the date while the severity does.
fn wanted(entry: &ListedDomain, before: Option<&BlockRow>, now: Millis) -> BlockRow {
    let kept = |given: &Option<String>, field: fn(&BlockRow) -> &Option<String>| {
        given
            .clone()
            .or_else(|| before.and_then(|row| field(row).clone()))
    };
    BlockRow {
        target: Target::Domain(entry.domain.clone()),
        severity: entry.severity,
        public_comment: kept(&entry.public_comment, |row| &row.public_comment),
        private_comment: kept(&entry.private_comment, |row| &row.private_comment),
        at: before
            .filter(|row| row.severity == entry.severity)
            .map_or(now, |row| row.at),
        flags: entry.flags,
    }
}
