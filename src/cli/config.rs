//! `config show | check`.

use clap::Subcommand;

use super::{
    args::Global,
    output::{Exit, Output},
    site,
};
use crate::server::environment;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the configuration that is in force, secrets hidden
    Show,
    /// Check the configuration; every fault is reported
    Check,
}

/// `config …`.
pub(super) fn run(
    command: &ConfigCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Show => show(global, output),
        ConfigCommand::Check => check(global, output),
    }
}

/// Prints the configuration in force, secrets hidden.
fn show(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let config = site::config(global, output)?;
    if output.is_json() {
        return output.json(&toml::from_str::<toml::Table>(&config.show())?);
    }
    output.text(&config.show())
}

/// Checks the configuration, and the file of signing phrases that it names.
fn check(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let config = site::config(global, output)?;
    environment::phrases(&config)?;
    output.say("the configuration is right");
    Ok(Exit::Done)
}
