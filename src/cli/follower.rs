//! `follower list | count`.

use super::{args::Limit, context::CommandContext, output::Exit};
use crate::store::Access;
use clap::Subcommand;

/// Followers that are read and printed at a time.
const PAGE: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum FollowerCommand {
    /// List the followers, newest first
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Print how many there are
    Count,
}

/// `follower …`.
pub(super) async fn run(ctx: &CommandContext, command: &FollowerCommand) -> anyhow::Result<Exit> {
    match command {
        FollowerCommand::List { limit } => list(ctx, *limit).await,
        FollowerCommand::Count => count(ctx).await,
    }
}

/// Lists the followers, newest first.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut list = ctx.output.begin_list(&["handle", "host", "since", "actor"]);
    let mut previous = None;
    loop {
        // Each page in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let most = PAGE.min(limit.most() - list.listed());
        let followers = tx.followers(previous.as_ref(), most).await?;
        drop(tx);
        let is_read = list.add(&followers, |follower| {
            vec![
                follower.handle.clone(),
                follower.host.clone(),
                follower.since.to_string(),
                follower.actor.clone(),
            ]
        })?;
        previous = followers.last().cloned();
        if previous.is_none() || !is_read {
            return list.end();
        }
        if list.listed() >= limit.most() {
            let total = env.store.read().await?.follower_count().await?;
            return list.end_of(total);
        }
    }
}

/// Prints the number of followers.
async fn count(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let n = env.store.read().await?.follower_count().await?;
    ctx.output
        .answer(&serde_json::json!({"followers": n}), &n.to_string())
}
