//! `inbox log`.

use super::{args::Limit, context::CommandContext, output::Exit};
use crate::store::{Access, InboxLogFilter, InboxLogOutcome};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(super) enum InboxCommand {
    /// List the last deliveries and what came of them, newest first: "did it arrive?"
    Log(InboxLogArgs),
}

/// Which deliveries: all conditions that are given have to hold.
#[derive(Clone, Debug, Args)]
pub(super) struct InboxLogArgs {
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    host: Option<String>,
    /// Those of this type, such as Create or Like
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Those that ended so: taken, nothing (no effect), duplicate, unverified, refused, later
    #[arg(long, value_name = "OUTCOME")]
    result: Option<InboxLogOutcome>,
    #[command(flatten)]
    limit: Limit,
}

/// `inbox …`.
pub(super) async fn run(ctx: &CommandContext, command: &InboxCommand) -> anyhow::Result<Exit> {
    match command {
        InboxCommand::Log(args) => log(ctx, args).await,
    }
}

/// Lists the last deliveries, newest first.
async fn log(ctx: &CommandContext, args: &InboxLogArgs) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let filter = InboxLogFilter {
        host: args.host.clone(),
        kind: args.kind.clone(),
        outcome: args.result,
    };
    let mut tx = env.store.read().await?;
    // At most `log.journal_rows`, short ones.
    let rows = tx.inbox_log(&filter, args.limit.most()).await?;
    let total = tx.inbox_log_count(&filter).await?;
    drop(tx);
    if env.config.log.journal_rows == 0 {
        ctx.output
            .say("log.journal_rows is 0: deliveries are not written down");
    }
    let columns = ["at", "host", "type", "outcome", "reason"];
    let mut list = ctx.output.begin_list(&columns);
    list.add(&rows, |row| {
        vec![
            row.at.to_string(),
            row.host.clone(),
            row.kind.clone(),
            row.outcome.clone(),
            row.reason.clone().unwrap_or_default(),
        ]
    })?;
    list.end_of(total)
}
