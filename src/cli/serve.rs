//! `serve`: runs the server.

use clap::Args;

use super::{context::CommandContext, output::Exit};
use crate::{
    server,
    store::{Access, Store},
};

#[derive(Clone, Debug, Args)]
pub(super) struct ServeArgs {
    /// Serve, but change nothing: deliveries are asked to come again, nothing is sent, and the database refuses
    /// every change; works beside a server that writes
    #[arg(long)]
    read_only: bool,
}

/// Runs the server until it is told to stop.
pub(super) async fn run(ctx: &CommandContext, args: &ServeArgs) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    let (access, _lock) = if args.read_only {
        (Access::ReadOnly, None)
    } else {
        // Before the tables are touched: the other server may be an older program.
        let lock = Store::lock_for_serving(&config.database_url()).await?;
        (Access::Create, lock)
    };
    let env = ctx.open_to_serve(config, access).await?;
    server::run(&env, args.read_only).await?;
    Ok(Exit::Done)
}
