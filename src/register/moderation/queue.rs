//! Administrators' changes of the delivery queue, with their audit entries. Not here: what is sent when (`delivery`).

use crate::{
    clock::Millis,
    register::error::Result,
    store::{AuditAction, NewAudit, Retried, Topic, Tx},
};

/// A host of the queue.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// Its row id.
    pub id: i64,
    /// Its authority: the audit's target.
    pub authority: &'a str,
}

/// Makes the waiting deliveries of one host, or of all, due now. Deliveries that were refused or have expired are not
/// sent after all: newer activities may have replaced them.
pub async fn retry(
    tx: &mut Tx,
    host: Option<Recipient<'_>>,
    by: &str,
    now: Millis,
) -> Result<Retried> {
    let retried = tx.retry_hosts(host.map(|host| host.id), now).await?;
    let target = host.map_or("*", |host| host.authority);
    audit(tx, AuditAction::QueueRetry, target, by, now).await?;
    Ok(retried)
}

/// Drops the waiting deliveries of a host for good. Returns how many there were.
pub async fn drop_all(tx: &mut Tx, host: Recipient<'_>, by: &str, now: Millis) -> Result<u64> {
    let dropped = tx.drop_waiting(host.id, now).await?;
    audit(tx, AuditAction::QueueDrop, host.authority, by, now).await?;
    Ok(dropped)
}

async fn audit(
    tx: &mut Tx,
    action: AuditAction,
    target: &str,
    by: &str,
    now: Millis,
) -> Result<()> {
    tx.add_audit(&NewAudit {
        at: now,
        by: by.to_owned(),
        action,
        code: None,
        target: target.to_owned(),
        reason: None,
    })
    .await?;
    Ok(tx.changed(&[Topic::Queue]).await?)
}
