//! Configuration and database, opened from the options of every command.

use super::{
    args::Global,
    output::{Exit, Output, end},
};
use crate::{
    config::{Config, Origin},
    server::Environment,
    store::{self, Access},
};

/// Reads the configuration; prints a message when the defaults hold.
pub(super) fn config(global: &Global, output: &Output) -> anyhow::Result<Config> {
    let loaded = Config::load(global.config.as_deref(), std::env::vars())?;
    if loaded.origin == Origin::Defaults {
        output.say("there is no config.toml here; the defaults hold");
    }
    Ok(loaded.config)
}

/// Reads the configuration and opens its database.
pub(super) async fn open(
    global: &Global,
    output: &Output,
    access: Access,
) -> anyhow::Result<Environment> {
    Environment::open(config(global, output)?, operator(global), access).await
}

/// The same for commands that publish, or change what is shown: an error once the actor was retired.
pub(super) async fn open_living(global: &Global, output: &Output) -> anyhow::Result<Environment> {
    let env = open(global, output, Access::Existing).await?;
    if let Some(at) = env.store.read().await?.retired_at().await? {
        return Err(store::Error::Retired(at).into());
    }
    Ok(env)
}

#[expect(
    clippy::disallowed_methods,
    reason = "`cli` is where the environment is read"
)]
fn operator(global: &Global) -> String {
    let system = || {
        std::env::var("USER")
            .or_else(|_| std::env::var("LOGNAME"))
            .ok()
    };
    let named = global
        .operator
        .clone()
        .or_else(system)
        .filter(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| "unknown".to_owned())
}

/// The one thing that was found; an error when there is none, or more than one.
pub(super) fn one<T>(mut found: Vec<T>, what: &str) -> anyhow::Result<T> {
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => end(
            Exit::NotFound,
            format!("`{what}` means more than one; type more of it"),
        ),
        (None, _) => end(Exit::NotFound, format!("there is no `{what}`")),
    }
}
