//! `follower list | count`.

use super::{context::CommandContext, output::Exit};
use crate::store::Access;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum FollowerCommand {
    /// List the followers, newest first
    List,
    /// Print how many there are
    Count,
}

/// `follower …`.
pub(super) async fn run(ctx: &CommandContext, command: &FollowerCommand) -> anyhow::Result<Exit> {
    match command {
        FollowerCommand::List => list(ctx).await,
        FollowerCommand::Count => count(ctx).await,
    }
}

/// Lists the followers, newest first.
async fn list(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let followers = env.store.read().await?.followers().await?;
    ctx.output.list(
        &followers,
        &["handle", "host", "since", "actor"],
        |follower| {
            vec![
                follower.handle.clone(),
                follower.host.clone(),
                follower.since.to_string(),
                follower.actor.clone(),
            ]
        },
    )
}

/// Prints the number of followers.
async fn count(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let n = env.store.read().await?.follower_count().await?;
    ctx.output
        .answer(&serde_json::json!({"followers": n}), &n.to_string())
}
