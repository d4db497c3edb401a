//! `audit list`.

use super::{
    args::Global,
    output::{Exit, Output},
    site,
};
use crate::store::Access;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List what administrators did, newest first
    List {
        /// What was done to this public id, or report number
        #[arg(long, value_name = "ID")]
        target: Option<String>,
    },
}

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

/// The maximum number of entries listed.
const LIMIT: i64 = 10_000;

/// Lists what administrators did, newest first.
pub(super) async fn list(
    global: &Global,
    output: &Output,
    target: Option<&str>,
) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let entries = env.store.read().await?.audit_entries(target, LIMIT).await?;
    let columns = ["id", "at", "by", "action", "target", "code", "reason"];
    output.list(&entries, &columns, |entry| {
        vec![
            entry.id.to_string(),
            entry.at.to_string(),
            entry.by.clone(),
            entry.action.clone(),
            entry.target.clone(),
            entry.code.clone().unwrap_or_default(),
            entry.reason.clone().unwrap_or_default(),
        ]
    })
}
