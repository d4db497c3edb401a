//! `audit list`.

use super::{
    args::Limit,
    context::CommandContext,
    output::Exit,
    times::{Sense, TimeArg},
};
use crate::store::{Access, AuditFilter};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List what administrators did, newest first
    List(AuditListArgs),
}

/// Which entries: all conditions that are given have to hold.
#[derive(Clone, Debug, Args)]
pub(super) struct AuditListArgs {
    /// What this administrator did
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// What was done, such as endorsement.reject; * stands for anything
    #[arg(long, value_name = "GLOB")]
    action: Option<String>,
    /// What was done at this time or later; a span such as "2h" is ago
    #[arg(long, value_name = "TIME")]
    since: Option<TimeArg>,
    /// What was done to this public id, or report number
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

/// `audit …`.
pub(super) async fn run(ctx: &CommandContext, command: &AuditCommand) -> anyhow::Result<Exit> {
    match command {
        AuditCommand::List(args) => list(ctx, args).await,
    }
}

/// Entries that are read and printed at a time.
const PAGE: i64 = 1000;

/// Lists what administrators did, newest first.
async fn list(ctx: &CommandContext, args: &AuditListArgs) -> anyhow::Result<Exit> {
    let since = args.since.as_ref();
    let filter = AuditFilter {
        by: args.by.clone(),
        action: args.action.clone(),
        since: since
            .map(|since| ctx.instant("--since", since, Sense::Past))
            .transpose()?,
        target: args.target.clone(),
    };
    let env = ctx.open(Access::Existing).await?;
    let columns = ["id", "at", "by", "action", "target", "code", "reason"];
    let mut list = ctx.output.begin_list(&columns);
    let mut before = None;
    loop {
        // Each page in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let most = PAGE.min(args.limit.most() - list.listed());
        let entries = tx.audit_list(&filter, before, most).await?;
        drop(tx);
        before = entries.last().map(|entry| entry.id);
        let is_read = list.add(&entries, |entry| {
            vec![
                entry.id.to_string(),
                entry.at.to_string(),
                entry.by.clone(),
                entry.action.clone(),
                entry.target.clone(),
                entry.code.clone().unwrap_or_default(),
                entry.reason.clone().unwrap_or_default(),
            ]
        })?;
        if before.is_none() || !is_read {
            return list.end();
        }
        if list.listed() >= args.limit.most() {
            let total = env.store.read().await?.audit_count(&filter).await?;
            return list.end_of(total);
        }
    }
}
