//! `inbox log`.

use super::{
    Global,
    commands::{InboxCommand, InboxLogArgs},
    output::{Exit, Output},
    site,
};
use crate::store::{Access, InboxLogFilter};

/// `inbox …`.
pub(super) async fn run(
    command: &InboxCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        InboxCommand::Log(args) => log(global, output, args).await,
    }
}

/// Lists the last deliveries, newest first.
pub(super) async fn log(
    global: &Global,
    output: &Output,
    args: &InboxLogArgs,
) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let filter = InboxLogFilter {
        host: args.host.clone(),
        kind: args.kind.clone(),
        outcome: args.result,
    };
    let rows = env.store.read().await?.journal(&filter, args.limit).await?;
    if env.config.log.journal_rows == 0 {
        output.say("log.journal_rows is 0: deliveries are not written down");
    }
    let columns = ["at", "host", "type", "outcome", "reason"];
    output.list(&rows, &columns, |row| {
        vec![
            row.at.to_string(),
            row.host.clone(),
            row.kind.clone(),
            row.outcome.clone(),
            row.reason.clone().unwrap_or_default(),
        ]
    })
}
