//! What every command works with: its shared options, its output, and the database that they name.

use std::path::Path;

use jiff::tz::TimeZone;

use super::{
    args::Global,
    output::{Exit, Output, end},
    times::{Sense, TimeArg},
};
use crate::{
    clock::{Clock as _, Millis, SystemClock},
    config::{Config, ConfigError, DEFAULT_FILE, Origin, SYSTEM_FILE},
    server::{Environment, page_store::connections_beside_pages},
    store::{self, Access},
    text::visible,
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

    /// Reads the configuration for commands that need none: without a word when the defaults hold, as they do when that
    /// of the system is not for this user to read.
    pub(super) fn config_if_any(&self) -> anyhow::Result<Config> {
        let named = self.global.config.as_deref();
        match Config::load(named, std::env::vars()) {
            Err(ConfigError::Unreadable { file, .. })
                if named.is_none() && file == Path::new(SYSTEM_FILE) =>
            {
                Ok(Config::parse(
                    "",
                    Path::new(DEFAULT_FILE),
                    std::env::vars(),
                )?)
            }
            loaded => Ok(loaded?.config),
        }
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

    /// The instant that an option's time means; a message names it, unless it was given as one.
    pub(super) fn instant(
        &self,
        option: &str,
        time: &TimeArg,
        sense: Sense,
    ) -> anyhow::Result<Millis> {
        let zone = TimeZone::try_system().unwrap_or_else(|_| {
            self.output
                .say("the time zone of this system is not known; UTC holds");
            TimeZone::UTC
        });
        match time.instant(sense, SystemClock.now(), &zone) {
            Ok(at) => {
                if !matches!(time, TimeArg::Instant(_)) {
                    self.output.say(&format!("{option} is {at}"));
                }
                Ok(at)
            }
            Err(why) => end(Exit::Usage, format!("{option}: {why}")),
        }
    }

    /// Who decides: `--as` or its variable, else the system user; with `sudo -u undersigned` whoever typed that.
    #[expect(
        clippy::disallowed_methods,
        reason = "`cli` is where the environment is read"
    )]
    pub(super) fn operator(&self) -> String {
        let named = self.global.operator.clone();
        let is_name = |name: &String| !name.trim().is_empty();
        named
            .filter(is_name)
            .or_else(|| std::env::var("SUDO_USER").ok().filter(is_name))
            .or_else(|| std::env::var("LOGNAME").ok().filter(is_name))
            .or_else(|| std::env::var("USER").ok().filter(is_name))
            .unwrap_or_else(|| {
                system_user(&std::fs::read_to_string("/etc/passwd").unwrap_or_default())
            })
    }
}

/// The login name of this process by the system's list of users, else its number: containers and timers have no
/// `LOGNAME`, and some of them no list.
fn system_user(passwd: &str) -> String {
    let uid = rustix::process::getuid().as_raw();
    login_name(passwd, uid).unwrap_or_else(|| format!("uid:{uid}"))
}

/// The first name with this number in a list such as `/etc/passwd` (POSIX: `name:password:uid:…`).
pub(super) fn login_name(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let number = fields.nth(1)?;
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// The one thing that was found; an error when there is none, or when several fit: `line` says in a line what each is.
pub(super) fn one<T>(found: Vec<T>, what: &str, line: impl Fn(&T) -> String) -> anyhow::Result<T> {
    one_or(found, what, line, || format!("there is no `{what}`"))
}

/// The same, with another sentence when there is none.
pub(super) fn one_or<T>(
    mut found: Vec<T>,
    what: &str,
    line: impl Fn(&T) -> String,
    none: impl FnOnce() -> String,
) -> anyhow::Result<T> {
    if found.len() > 1 {
        let lines = found
            .iter()
            .map(|one| format!("\n  {}", visible(&line(one))));
        return end(
            Exit::Conflict,
            format!(
                "`{}` fits several; nothing was done. Type more of one of these, or give its address:{}",
                visible(what),
                lines.collect::<String>()
            ),
        );
    }
    match found.pop() {
        Some(only) => Ok(only),
        None => end(Exit::NotFound, none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_user_is_found_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\n# ada\n:x:7::\nada:x:1000:100::/home/ada:\nbob:x:1000::\nbad:x\n";
        for (uid, name) in [
            (0, Some("root")),
            (1000, Some("ada")),
            (7, None),
            (100, None),
        ] {
            assert_eq!(login_name(passwd, uid).as_deref(), name, "{uid}");
        }
        assert!(system_user("").starts_with("uid:"));
    }
}
