//! `follower list | count`.

use super::{
    args::Global,
    output::{Exit, Output},
    site,
};
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
pub(super) async fn run(
    command: &FollowerCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        FollowerCommand::List => list(global, output).await,
        FollowerCommand::Count => count(global, output).await,
    }
}

/// Lists the followers, newest first.
pub(super) async fn list(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let followers = env.store.read().await?.followers().await?;
    output.list(
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
pub(super) async fn count(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let n = env.store.read().await?.follower_count().await?;
    if output.is_json() {
        return output.json(&serde_json::json!({"followers": n}));
    }
    output.text(&n.to_string())
}
