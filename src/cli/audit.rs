//! `audit list`.

use super::{context::CommandContext, output::Exit};
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
pub(super) async fn run(ctx: &CommandContext, command: &AuditCommand) -> anyhow::Result<Exit> {
    match command {
        AuditCommand::List { target } => list(ctx, target.as_deref()).await,
    }
}

/// The maximum number of entries listed.
const LIMIT: i64 = 10_000;

/// Lists what administrators did, newest first.
async fn list(ctx: &CommandContext, target: Option<&str>) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let entries = env.store.read().await?.audit_entries(target, LIMIT).await?;
    let columns = ["id", "at", "by", "action", "target", "code", "reason"];
    ctx.output.list(&entries, &columns, |entry| {
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
