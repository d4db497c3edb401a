//! `init`: configuration, keys and database for a new letter.
//!
//! - [`mod@answers`] makes the configuration from the options, and from what [`questions`] asks at a terminal.
//! - [`earlier_actor`] looks whether the letter's address answers already: a second key would be refused everywhere.
//! - [`replace`] puts an earlier database aside.

mod answers;
mod earlier_actor;
mod questions;
mod replace;

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use clap::{Args, builder::NonEmptyStringValueParser};

use self::answers::Answers;
use super::{
    args::Global,
    context::CommandContext,
    files::write_new,
    output::{Exit, end},
    serve::start_line,
};
use crate::{
    config::{Config, DEFAULT_FILE, LaunchMode, SYSTEM_FILE, default_file},
    register::actor::identity::{ClaimedIdentity, claim, ensure_keys, stored_keys},
    store::{self, Access, Store},
};

#[derive(Clone, Debug, Args)]
pub(super) struct InitArgs {
    /// The domain of the letter, such as letter.example; without it the letter lives on this machine alone
    #[arg(long, value_name = "DOMAIN", value_parser = NonEmptyStringValueParser::new())]
    domain: Option<String>,
    /// The user name of its actor
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Who answers for the letter, such as "Ada Lovelace <ada@letter.example>"; a domain needs it
    #[arg(long, value_name = "CONTACT", value_parser = NonEmptyStringValueParser::new())]
    contact: Option<String>,
    /// To whom the letter is addressed, such as "ACME": names with these words in them wait for a moderator
    /// (`moderation.watch_names`); may be given several times
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    addressee: Vec<String>,
    /// The file of the letter
    #[arg(long, value_name = "FILE")]
    letter: Option<PathBuf>,
    /// Make another identity in place of the one in the database, which is renamed to `….old-TIME`
    #[arg(long)]
    replace: bool,
    /// Do not ask before --replace
    #[arg(long, requires = "replace")]
    yes: bool,
}

impl InitArgs {
    /// Whether an option wants something of the configuration.
    fn sets_something(&self) -> bool {
        self.domain.is_some()
            || self.username.is_some()
            || self.contact.is_some()
            || self.letter.is_some()
            || !self.addressee.is_empty()
    }
}

/// Writes a configuration if there is none, and makes keys and database; refuses to replace an identity.
pub(super) async fn run(ctx: &CommandContext, args: &InitArgs) -> anyhow::Result<Exit> {
    let file = ctx.global.config.clone();
    let file = file.unwrap_or_else(|| new_file().to_owned());
    if file.exists() {
        if args.sets_something() {
            return end(
                Exit::Conflict,
                format!(
                    "{} is there already; set server.base_url, actor.username, actor.contact, \
                     moderation.watch_names and letter.file in it, and run `undersigned init` without these options",
                    file.display()
                ),
            );
        }
        ctx.output.say(&format!("using {}", file.display()));
    } else {
        let answers = answers(ctx, args, &file)?;
        let mut text = answers.configuration(&file);
        if !Config::parse(&text, &file, std::env::vars())?.is_local() {
            text = answers::launched_by_hand(&text);
        }
        write_new(&file, text.as_bytes())?;
        ctx.output.say(&format!("wrote {}", file.display()));
    }
    let ctx = &CommandContext::new(Global {
        config: Some(file),
        ..ctx.global.clone()
    });
    let config = ctx.config()?;
    let made = Box::pin(make(ctx, args, config)).await?;
    ctx.output.text(&made)
}

/// The configuration that `init` and `backup restore` use or make when none is named: for the user to whom the package
/// gave [`SYSTEM_FILE`]'s folder that one, unless there is one in the working folder.
pub(super) fn new_file() -> &'static Path {
    let (found, system) = (default_file(), Path::new(SYSTEM_FILE));
    let owner = system.parent().and_then(|folder| folder.metadata().ok());
    let is_ours = owner.is_some_and(|folder| folder.uid() == rustix::process::geteuid().as_raw());
    if is_ours && !rustix::process::geteuid().is_root() && !found.exists() {
        system
    } else {
        found
    }
}

/// What the new configuration says: by the options, and at a terminal by what is asked besides.
fn answers(ctx: &CommandContext, args: &InitArgs, file: &Path) -> anyhow::Result<Answers> {
    Store::refuse_root_in(file.parent().unwrap_or(Path::new("")))?;
    let given = Answers {
        domain: args.domain.clone(),
        username: args.username.clone(),
        contact: args.contact.clone(),
        addressees: args.addressee.clone(),
        letter: args.letter.clone(),
    };
    if let Some(letter) = &given.letter {
        answers::check_letter(letter)?;
    }
    let answers = if questions::can_ask() {
        questions::ask(ctx, given, file)?
    } else {
        given
    };
    if answers.needs_contact() && answers.contact.is_none() {
        return end(
            Exit::Usage,
            "somebody has to answer for a letter that others can reach; give --contact \"NAME <ADDRESS>\"",
        );
    }
    Ok(answers)
}

/// Makes the database and the keys of this configuration; says what became of them, and how the server is started.
async fn make(ctx: &CommandContext, args: &InitArgs, config: Config) -> anyhow::Result<String> {
    // Held until the new database is made: no server makes one meanwhile.
    let _lock = if args.replace {
        replace::put_aside(ctx, &config, args.yes.into()).await?
    } else {
        None
    };
    if !config.is_local() {
        if let Some(database) = Store::file_named(&config.database_url())? {
            let folder = database.parent().unwrap_or(Path::new(""));
            Store::refuse_root_in(folder)?;
        }
        if !args.replace && !has_keys(ctx, &config).await? {
            earlier_actor::refuse_a_second_key(&ctx.output, &config).await?;
        }
    }
    let letter = config.letter_file();
    let start = start_line(config.file().unwrap_or(Path::new(DEFAULT_FILE)));
    let env = ctx.open_with(config, Access::Create).await?;
    let now = env.clock.now();
    let mut tx = env.store.write().await?;
    let claimed = claim(&mut tx, &env.urls, now).await?;
    tx.commit().await?;
    ensure_keys(&env.store, now).await?;
    env.salt().await?;
    let what = if claimed == ClaimedIdentity::Known {
        "is there already"
    } else {
        "is ready"
    };
    let first = if letter.exists() {
        String::new()
    } else {
        format!("write the letter into {}, then ", letter.display())
    };
    let is_draft = env.config.letter.launch == LaunchMode::Manual
        && !env.store.read().await?.has_revision().await?;
    let then = if is_draft {
        "; the letter is a draft until `undersigned letter launch`"
    } else {
        ""
    };
    Ok(format!(
        "{} {what}; {first}run `{start}`{then}",
        env.urls.handle()
    ))
}

/// Whether the database has the letter's keys.
async fn has_keys(ctx: &CommandContext, config: &Config) -> anyhow::Result<bool> {
    let env = match ctx.open_with(config.clone(), Access::Existing).await {
        Ok(env) => env,
        Err(error) => {
            return match error.downcast_ref() {
                Some(store::Error::Missing(_)) => Ok(false),
                // Tables of an earlier version: opened to be changed, they are brought up to date.
                Some(store::Error::Outdated(_)) => Ok(true),
                Some(_) | None => Err(error),
            };
        }
    };
    let keys = stored_keys(&mut env.store.read().await?).await?;
    env.store.close().await;
    Ok(keys.is_some())
}
