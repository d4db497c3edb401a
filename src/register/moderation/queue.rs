//! What administrators do to the queue, with its audit entry. Not here: what is sent when (`delivery`).

use crate::{
    clock::Millis,
    register::Result,
    store::{NewAudit, Retried, Topic, Tx},
};

/// A host of the queue.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// Our number of it.
    pub id: i64,
    /// Its authority: the audit's target.
    pub authority: &'a str,
}

/// Makes due what waits for one host, or for all. Nothing that was refused or given up is sent after all: by now
/// others may know more than it says.
pub async fn retry(
    tx: &mut Tx,
    host: Option<Recipient<'_>>,
    by: &str,
    now: Millis,
) -> Result<Retried> {
    let retried = tx.retry_hosts(host.map(|it| it.id), now).await?;
    let target = host.map_or("*", |it| it.authority);
    audit(tx, "queue.retry", target, by, now).await?;
    Ok(retried)
}

/// Gives up what waits for a host, for good. Gives how much that was.
pub async fn drop_all(tx: &mut Tx, host: Recipient<'_>, by: &str, now: Millis) -> Result<u64> {
    let dropped = tx.drop_waiting(host.id, now).await?;
    audit(tx, "queue.drop", host.authority, by, now).await?;
    Ok(dropped)
}

async fn audit(tx: &mut Tx, action: &str, target: &str, by: &str, now: Millis) -> Result<()> {
    tx.add_audit(&NewAudit {
        at: now,
        by: by.to_owned(),
        action: action.to_owned(),
        code: None,
        target: target.to_owned(),
        reason: None,
    })
    .await?;
    Ok(tx.changed(&[Topic::Queue]).await?)
}
