//! `config show | check`.

use clap::Subcommand;

use super::{context::CommandContext, output::Exit};
use crate::server::environment;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the configuration that is in force, secrets hidden
    Show,
    /// Check the configuration; every fault is reported
    Check,
}

/// `config …`.
pub(super) fn run(ctx: &CommandContext, command: &ConfigCommand) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Show => show(ctx),
        ConfigCommand::Check => check(ctx),
    }
}

/// Prints the configuration in force, secrets hidden.
fn show(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    if ctx.output.is_json() {
        return ctx
            .output
            .json(&toml::from_str::<toml::Table>(&config.show())?);
    }
    ctx.output.text(&config.show())
}

/// Checks the configuration, and the file of signing phrases that it names.
fn check(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    environment::phrases(&config)?;
    ctx.output.say("the configuration is right");
    Ok(Exit::Done)
}
