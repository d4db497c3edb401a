//! `serve`: runs the server.

use std::path::Path;

use anyhow::Context as _;
use clap::Args;

use super::{context::CommandContext, output::Exit};
use crate::{
    config::{DEFAULT_FILE, SYSTEM_FILE},
    server::{self, service_manager::ServiceManager},
    store::{self, Access, Store},
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
        let file = Store::file_named(&config.database_url())?;
        if !config.is_local() && file.is_some_and(|file| !file.exists()) {
            return Err(store::Error::Missing(config.database_shown()).into());
        }
        // Before the tables are touched: the other server may be an older program.
        let lock = Store::lock_for_serving(&config.database_url()).await?;
        // The key of a letter that others know is made once: by `init`.
        let access = if config.is_local() {
            Access::Create
        } else {
            Access::Migrate
        };
        (access, lock)
    };
    let env = ctx.open_to_serve(config, access).await?;
    let socket = std::env::var_os("NOTIFY_SOCKET");
    let manager = ServiceManager::at(socket.as_deref()).context("NOTIFY_SOCKET names no socket")?;
    server::run(&env, args.read_only, manager).await?;
    Ok(Exit::Done)
}

/// The line that starts the server of a configuration: its service, if one of the package's units reads that file.
pub(super) fn start_line(config: &Path) -> String {
    let config = std::path::absolute(config).unwrap_or_else(|_no_folder| config.to_owned());
    let system = Path::new(SYSTEM_FILE).parent();
    let below = config
        .parent()
        .zip(system)
        .and_then(|(folder, system)| folder.strip_prefix(system).ok()?.to_str())
        .filter(|_| config.ends_with(DEFAULT_FILE));
    match below {
        Some("") => "sudo systemctl enable --now undersigned".to_owned(),
        Some(name) if !name.contains('/') => {
            format!("sudo systemctl enable --now undersigned@{name}")
        }
        Some(_) | None => "undersigned serve".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_of_a_unit_is_started_by_it() {
        for (config, line) in [
            (
                "/etc/undersigned/config.toml",
                "sudo systemctl enable --now undersigned",
            ),
            (
                "/etc/undersigned/brief/config.toml",
                "sudo systemctl enable --now undersigned@brief",
            ),
            ("/etc/undersigned/other.toml", "undersigned serve"),
            ("/etc/undersigned/a/b/config.toml", "undersigned serve"),
            ("/data/config.toml", "undersigned serve"),
            ("config.toml", "undersigned serve"),
        ] {
            assert_eq!(start_line(Path::new(config)), line, "{config}");
        }
    }
}
