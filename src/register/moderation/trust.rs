//! Trusted domains: no surge limit holds those who come from there, and they are accepted under
//! `moderation.default_policy = "allowlist"`.

use serde::{Deserialize, Serialize};

use super::audit_target::{NotedTarget, entry, note};
use crate::{
    clock::Millis,
    endorsement::{WaitsFor, blocks::Target},
    register::{
        error::Result, maintenance::judge_again::judge_all_of,
        pending_deliveries::PendingDeliveries, rules::Context,
    },
    store::{AuditAction, Store, Topic, Tx},
};

/// What taking back needs: since when a domain was trusted before and after, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TrustChange {
    pub(super) before: Option<i64>,
    pub(super) after: Option<i64>,
}

/// Trusts domains with everything below them, in a transaction that also holds their audit entry. Returns those of which
/// that was news, with the entry. [`let_in`] follows the commit.
pub async fn trust(
    tx: &mut Tx,
    domains: &[String],
    by: &str,
    now: Millis,
) -> Result<(Vec<String>, Option<i64>)> {
    let mut changed = Vec::new();
    for domain in domains {
        if tx.trust(domain, now).await? {
            let change = TrustChange {
                before: None,
                after: Some(now.as_millis()),
            };
            changed.push((domain.clone(), serde_json::to_string(&change).ok()));
        }
    }
    audit(tx, AuditAction::HostTrust, changed, by, now).await
}

/// Trusts domains no longer. What is shown stays; what comes from now on waits like that of others. Returns those that
/// were trusted, with the audit entry.
pub async fn untrust(
    tx: &mut Tx,
    domains: &[String],
    by: &str,
    now: Millis,
) -> Result<(Vec<String>, Option<i64>)> {
    let trusted = tx.trusted_domains().await?;
    let mut changed = Vec::new();
    for domain in domains {
        let since = trusted.iter().find(|(trusted, _)| trusted == domain);
        if let (Some((_, since)), true) = (since, tx.untrust(domain).await?) {
            let change = TrustChange {
                before: Some(since.as_millis()),
                after: None,
            };
            changed.push((domain.clone(), serde_json::to_string(&change).ok()));
        }
    }
    audit(tx, AuditAction::HostUntrust, changed, by, now).await
}

/// Judges again what a trusted domain has waiting for a surge, or because it was not trusted. `context` has the rules with
/// that trust.
pub async fn let_in(
    store: &Store,
    context: &Context,
    domain: &str,
    now: Millis,
) -> Result<PendingDeliveries> {
    let target = Target::Domain(domain.to_owned());
    let reasons = [WaitsFor::Limited, WaitsFor::Surge];
    judge_all_of(store, context, &target, &reasons, now).await
}

async fn audit(
    tx: &mut Tx,
    action: AuditAction,
    changed: Vec<NotedTarget>,
    by: &str,
    now: Millis,
) -> Result<(Vec<String>, Option<i64>)> {
    if changed.is_empty() {
        return Ok((Vec::new(), None));
    }
    let id = note(tx, entry(action, by, now), &changed).await?;
    tx.changed(&[Topic::Policy]).await?;
    let domains = changed.into_iter().map(|(domain, _)| domain);
    Ok((domains.collect(), Some(id)))
}
