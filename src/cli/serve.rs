//! `serve`: runs the server.

use super::{
    Global,
    output::{Exit, Output},
    site,
};
use crate::{server, store::Access};

/// Runs the server until it is told to stop.
pub(super) async fn run(global: &Global, output: &Output, read_only: bool) -> anyhow::Result<Exit> {
    let access = if read_only {
        Access::ReadOnly
    } else {
        Access::Create
    };
    let env = site::open(global, output, access).await?;
    server::run(&env, read_only).await?;
    Ok(Exit::Done)
}
