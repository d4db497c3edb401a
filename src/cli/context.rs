//! What every command works with: its shared options, its output, and the database that they name.

use super::{
    args::Global,
    output::{Exit, Output, end},
};
use crate::{
    config::{Config, Origin},
    server::{Environment, page_store::connections_beside_pages},
    store::{self, Access},
};

/// The options of every command, and the output that they ask for.
#[derive(Debug)]
pub(super) struct CommandContext {
    /// The options.
    pub(super) global: Global,
    /// The output.
    pub(super) output: Output,
}

impl CommandContext {
    /// The context of a command with these options.
    pub(super) fn new(global: Global) -> Self {
        Self {
            output: Output::new(&global),
            global,
        }
    }

    /// Reads the configuration; prints a message when the defaults hold.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        let loaded = Config::load(self.global.config.as_deref(), std::env::vars())?;
        if loaded.origin == Origin::Defaults {
            self.output
                .say("there is no config.toml here; the defaults hold");
        }
        Ok(loaded.config)
    }

    /// Reads the configuration for commands that need none: without a word when the defaults hold.
    pub(super) fn config_if_any(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.global.config.as_deref(), std::env::vars())?.config)
    }

    /// Reads the configuration and opens its database.
    pub(super) async fn open(&self, access: Access) -> anyhow::Result<Environment> {
        self.open_with(self.config()?, access).await
    }

    /// Opens the database of a configuration.
    pub(super) async fn open_with(
        &self,
        config: Config,
        access: Access,
    ) -> anyhow::Result<Environment> {
        let connections = config.database.max_connections;
        Environment::open(config, self.operator(), access, connections).await
    }

    /// The same for a server, which opens some of the connections for its pages itself.
    pub(super) async fn open_to_serve(
        &self,
        config: Config,
        access: Access,
    ) -> anyhow::Result<Environment> {
        let connections = connections_beside_pages(&config);
        Environment::open(config, self.operator(), access, connections).await
    }

    /// The same for commands that publish, or change what is shown: an error once the actor was retired.
    pub(super) async fn open_living(&self) -> anyhow::Result<Environment> {
        let env = self.open(Access::Existing).await?;
        if let Some(at) = env.store.read().await?.retired_at().await? {
            return Err(store::Error::Retired(at).into());
        }
        Ok(env)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "`cli` is where the environment is read"
    )]
    fn operator(&self) -> String {
        let system = || {
            std::env::var("USER")
                .or_else(|_| std::env::var("LOGNAME"))
                .ok()
        };
        let named = self.global.operator.clone().or_else(system);
        named
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| "unknown".to_owned())
    }
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
