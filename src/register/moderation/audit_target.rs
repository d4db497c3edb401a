//! Audit entries, and how they name what they are about.

use crate::{
    clock::Millis,
    endorsement::blocks::Target,
    hash::Sha256,
    register::error::Result,
    store::{AuditAction, NewAudit, NewBulkAudit, Tx},
};

/// A thing that an entry is about, with what taking it back needs as JSON, if it can be.
pub(super) type NotedTarget = (String, Option<String>);

/// An entry without a reason.
pub(super) fn entry(action: AuditAction, by: &str, now: Millis) -> NewBulkAudit {
    NewBulkAudit {
        at: now,
        by: by.to_owned(),
        action,
        code: None,
        count: None,
        reason: None,
    }
}

/// Adds an entry about some things: of one it names it, of several it is a bulk act that opens. Returns its row id.
pub(super) async fn note(tx: &mut Tx, entry: NewBulkAudit, targets: &[NotedTarget]) -> Result<i64> {
    let id = match targets {
        [(only, _)] => {
            let entry = NewAudit {
                at: entry.at,
                by: entry.by,
                action: entry.action,
                code: entry.code,
                target: only.clone(),
                reason: entry.reason,
            };
            tx.add_audit(&entry).await?
        }
        _ => tx.add_bulk_audit(&entry).await?,
    };
    tx.add_audit_targets(id, targets).await?;
    Ok(id)
}

/// How the audit names a domain or an actor. An actor is given by the public id of its endorsement, or else by its host,
/// because the audit log names nobody.
pub(super) async fn name_of(tx: &mut Tx, target: &Target) -> Result<String> {
    Ok(match target {
        Target::Domain(domain) => domain.clone(),
        Target::Actor(id) => {
            let ids: Vec<i64> = tx
                .actors(&[Sha256::of(id)])
                .await?
                .iter()
                .map(|actor| actor.id)
                .collect();
            let endorsement = tx.endorsements_of(&ids).await?.pop();
            endorsement.map_or_else(
                || someone_on(id),
                |endorsement| endorsement.public_id.to_string(),
            )
        }
    })
}

/// Adds an entry about a domain or an actor that cannot be taken back.
pub(super) async fn audit(
    tx: &mut Tx,
    action: AuditAction,
    target: &Target,
    by: &str,
    now: Millis,
) -> Result<i64> {
    let name = name_of(tx, target).await?;
    note(tx, entry(action, by, now), &[(name, None)]).await
}

fn someone_on(id: &str) -> String {
    let url = url::Url::parse(id).ok();
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or("nowhere");
    format!("someone on {host}")
}
