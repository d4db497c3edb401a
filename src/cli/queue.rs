//! `queue stats`.

use super::{
    Global,
    commands::QueueCommand,
    output::{Exit, Output},
    site,
};
use crate::store::Access;

/// `queue …`.
pub(super) async fn run(
    command: &QueueCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        QueueCommand::Stats => stats(global, output).await,
    }
}

/// Prints how much is queued, and what became of the rest in the last 30 days.
pub(super) async fn stats(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let stats = site
        .store
        .read()
        .await?
        .queue_stats(site.clock.now())
        .await?;
    output.thing(
        &stats,
        &[
            ("queued", stats.queued.to_string()),
            ("delivered", stats.delivered.to_string()),
            ("refused", stats.refused.to_string()),
            ("abandoned", stats.abandoned.to_string()),
            ("hosts reachable", stats.hosts.reachable.to_string()),
            ("hosts backing off", stats.hosts.backing_off.to_string()),
            ("hosts gone", stats.hosts.gone.to_string()),
        ],
    )
}
