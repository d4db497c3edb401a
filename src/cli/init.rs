//! `init`: configuration, keys and database for a new letter.

use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use clap::{Args, builder::NonEmptyStringValueParser};

use super::{
    args::Global,
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    config::{Config, DEFAULT_FILE, DOCUMENTED_DEFAULT},
    register::actor::identity::{ClaimedIdentity, claim, ensure_keys},
    store::Access,
};

#[derive(Clone, Debug, Args)]
pub(super) struct InitArgs {
    /// The domain of the letter, such as letter.example
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// The user name of its actor
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// To whom the letter is addressed, such as "ACME": names with these words in them wait for a moderator
    /// (`moderation.watch_names`); may be given several times
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    addressee: Vec<String>,
}

/// Writes a configuration if there is none, and makes keys and database; refuses to replace an identity.
pub(super) async fn run(ctx: &CommandContext, args: &InitArgs) -> anyhow::Result<Exit> {
    let (domain, username) = (args.domain.as_deref(), args.username.as_deref());
    let file = ctx
        .global
        .config
        .as_deref()
        .unwrap_or(Path::new(DEFAULT_FILE));
    if file.exists() {
        if domain.is_some() || username.is_some() || !args.addressee.is_empty() {
            return end(
                Exit::Conflict,
                format!(
                    "{} is there already; set server.base_url, actor.username and moderation.watch_names in it",
                    file.display()
                ),
            );
        }
        ctx.output.say(&format!("using {}", file.display()));
    } else {
        let text = configuration(domain, username, &args.addressee);
        Config::parse(&without_contact(&text), file, std::iter::empty())?;
        write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
        ctx.output.say(&format!("wrote {}", file.display()));
        if domain.is_some() {
            let say = "set actor.contact in it (who answers for the letter), then run `undersigned init` again";
            return ctx.output.text(say);
        }
    }
    let global = Global {
        config: Some(file.to_path_buf()),
        ..ctx.global.clone()
    };
    let env = CommandContext::new(global).open(Access::Create).await?;
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
    ctx.output.text(&format!(
        "{} {what}; run `undersigned serve`",
        env.urls.handle()
    ))
}

/// The documented default configuration with the given domain, user name and addressees.
fn configuration(domain: Option<&str>, username: Option<&str>, addressees: &[String]) -> String {
    let mut text = DOCUMENTED_DEFAULT.to_owned();
    if let Some(domain) = domain {
        text = text.replacen(
            "base_url = \"http://localhost:8080\"",
            &format!("base_url = \"https://{domain}\""),
            1,
        );
    }
    if let Some(username) = username {
        text = text.replacen(
            "username = \"letter\"",
            &format!("username = \"{username}\""),
            1,
        );
    }
    if !addressees.is_empty() {
        let names = addressees
            .iter()
            .map(|name| toml::Value::String(name.clone()));
        let names = toml::Value::Array(names.collect());
        text = text.replacen("watch_names = []", &format!("watch_names = {names}"), 1);
    }
    text
}

/// The configuration with a placeholder contact, so that everything else can be checked before a person fills it in.
fn without_contact(text: &str) -> String {
    text.replacen(
        "contact = \"\"",
        "contact = \"somebody@localhost.example\"",
        1,
    )
}

/// Writes a new file that only its owner can read; never overwrites an existing one.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(file)?.write_all(text.as_bytes())
}
