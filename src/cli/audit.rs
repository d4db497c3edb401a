//! `audit list`.

use super::{
    Global,
    commands::AuditCommand,
    output::{Exit, Output},
    site,
};
use crate::store::Access;

/// `audit …`.
pub(super) async fn run(
    command: &AuditCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        AuditCommand::List { target } => list(global, output, target.as_deref()).await,
    }
}

/// Most entries that are listed.
const LIMIT: i64 = 10_000;

/// Lists what administrators did, newest first.
pub(super) async fn list(
    global: &Global,
    output: &Output,
    target: Option<&str>,
) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let entries = site
        .store
        .read()
        .await?
        .audit_entries(target, LIMIT)
        .await?;
    let columns = ["id", "at", "by", "action", "target", "code", "reason"];
    output.list(&entries, &columns, |it| {
        vec![
            it.id.to_string(),
            it.at.to_string(),
            it.by.clone(),
            it.action.clone(),
            it.target.clone(),
            it.code.clone().unwrap_or_default(),
            it.reason.clone().unwrap_or_default(),
        ]
    })
}
