//! `serve`: runs the server.

use clap::Args;

use super::{
    args::Global,
    output::{Exit, Output},
    site,
};
use crate::{server, store::Access};

#[derive(Clone, Debug, Args)]
pub(super) struct ServeArgs {
    /// Serve, but change nothing: deliveries are asked to come again, nothing is sent, and the database refuses
    /// every change; works beside a server that writes
    #[arg(long)]
    read_only: bool,
}

/// Runs the server until it is told to stop.
pub(super) async fn run(
    global: &Global,
    output: &Output,
    args: &ServeArgs,
) -> anyhow::Result<Exit> {
    let access = if args.read_only {
        Access::ReadOnly
    } else {
        Access::Create
    };
    let env = site::open(global, output, access).await?;
    server::run(&env, args.read_only).await?;
    Ok(Exit::Done)
}
