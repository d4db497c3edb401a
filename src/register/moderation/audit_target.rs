//! Audit entries about domains and actors.

use crate::{
    clock::Millis,
    endorsement::blocks::Target,
    hash::Sha256,
    register::error::{Error, Result},
    store::{NewAudit, Tx},
};

/// Adds an audit entry about a domain or an actor. An actor is given by the public id of its endorsement, or else by
/// its host, because the audit log names nobody.
pub(super) async fn audit(
    tx: &mut Tx,
    action: &str,
    target: &Target,
    by: &str,
    now: Millis,
) -> Result<i64> {
    let name = match target {
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
    };
    let entry = NewAudit {
        at: now,
        by: by.to_owned(),
        action: action.to_owned(),
        code: None,
        target: name,
        reason: None,
    };
    tx.add_audit(&entry).await.map_err(Error::from)
}

fn someone_on(id: &str) -> String {
    let url = url::Url::parse(id).ok();
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or("nowhere");
    format!("someone on {host}")
}
