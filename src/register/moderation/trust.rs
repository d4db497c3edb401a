//! Trusted domains: no surge limit holds those who come from there, and they are accepted under
//! `moderation.default_policy = "allowlist"`.

use crate::{
    clock::Millis,
    endorsement::{WaitsFor, blocks::Target},
    register::{
        error::Result, maintenance::judge_again::judge_all_of,
        pending_deliveries::PendingDeliveries, rules::Context,
    },
    store::{NewAudit, Store, Topic, Tx},
};

/// Trusts a domain with everything below it, in a transaction that also holds its audit entry. Returns whether that was
/// news. [`let_in`] follows the commit.
pub async fn trust(tx: &mut Tx, domain: &str, by: &str, now: Millis) -> Result<bool> {
    let news = tx.trust(domain, now).await?;
    if news {
        audit(tx, "host.trust", domain, by, now).await?;
    }
    Ok(news)
}

/// Trusts a domain no longer. What is shown stays; what comes from now on waits like that of others. Returns whether it was
/// trusted.
pub async fn untrust(tx: &mut Tx, domain: &str, by: &str, now: Millis) -> Result<bool> {
    let news = tx.untrust(domain).await?;
    if news {
        audit(tx, "host.untrust", domain, by, now).await?;
    }
    Ok(news)
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

async fn audit(tx: &mut Tx, action: &str, domain: &str, by: &str, now: Millis) -> Result<()> {
    tx.add_audit(&NewAudit {
        at: now,
        by: by.to_owned(),
        action: action.to_owned(),
        code: None,
        target: domain.to_owned(),
        reason: None,
    })
    .await?;
    Ok(tx.changed(&[Topic::Policy]).await?)
}
