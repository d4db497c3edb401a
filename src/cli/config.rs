//! `config show | check`.

use super::{
    Global,
    output::{Exit, Output},
    site,
};
use crate::server::environment;

/// Prints the configuration in force, secrets hidden.
pub(super) fn show(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let config = site::config(global, output)?;
    if output.is_json() {
        return output.json(&toml::from_str::<toml::Table>(&config.show())?);
    }
    output.text(&config.show())
}

/// Checks the configuration, and the file of signing phrases that it names.
pub(super) fn check(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let config = site::config(global, output)?;
    environment::phrases(&config)?;
    output.say("the configuration is right");
    Ok(Exit::Done)
}
