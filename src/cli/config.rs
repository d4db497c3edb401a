//! `config show | check`.

use std::sync::Arc;

use clap::Subcommand;

use super::{context::CommandContext, output::Exit};
use crate::{
    clock::SystemClock,
    config::{Config, SmtpUrlError},
    endorsement::wording::Phrases,
    federation::moving::look_at_other_side,
    server::{environment, notices, setup},
};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the configuration that is in force, secrets hidden
    Show,
    /// Check the configuration; every fault is reported
    ///
    /// Asks the servers of `actor.also_known_as` whether their actors may move here, and nobody else; what they answer
    /// is a warning at most. So is a variable of `notify.smtp_url_env` that is not set here: a service has an environment
    /// of its own.
    Check,
}

/// `config …`.
pub(super) async fn run(ctx: &CommandContext, command: &ConfigCommand) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Show => show(ctx),
        ConfigCommand::Check => check(ctx).await,
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

/// Checks the configuration, and the files of signing phrases and of the webhooks' secrets that it names; warns when nobody can sign in the letter's
/// language, and of actors that may move here and cannot be read.
async fn check(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    let phrases = environment::phrases(&config)?;
    environment::pledge(&config, &phrases)?;
    setup::hooks(&config, &Arc::default(), &Arc::default(), false)?;
    if let Some(warning) = mail_unseen(notices::sender(&config).map(drop))? {
        ctx.output.say(&format!("warning: {warning}"));
    }
    let language = &config.letter.language;
    if !language.is_empty()
        && let Some(warning) = without_signing_words(&phrases, language)
    {
        ctx.output.say(&format!("warning: {warning}"));
    }
    for warning in other_sides(&config).await? {
        ctx.output.say(&format!("warning: {warning}"));
    }
    ctx.output.say("the configuration is right");
    Ok(Exit::Done)
}

/// The warning of a mail server that only the server may know: whoever checks has another environment than a service.
fn mail_unseen(sender: anyhow::Result<()>) -> anyhow::Result<Option<String>> {
    let Err(error) = sender else {
        return Ok(None);
    };
    if error.downcast_ref() == Some(&SmtpUrlError::Unset) {
        Ok(Some(format!(
            "{error:#}. The server does not start without it; nothing is wrong if it is set for the server alone"
        )))
    } else {
        Err(error)
    }
}

/// What is wrong with the actors of `actor.also_known_as`. Only they are asked.
async fn other_sides(config: &Config) -> anyhow::Result<Vec<String>> {
    let ids = &config.actor.also_known_as;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let urls = Arc::new(environment::urls(config));
    let client = setup::unsigned_client(config, &urls, Arc::new(SystemClock))?;
    let found = look_at_other_side(&client, &urls, ids).await?;
    let warnings = found.iter().filter_map(|(id, side)| side.warning(id));
    Ok(warnings.collect())
}

/// The warning that there are no signing words in a letter's language.
pub(super) fn without_signing_words(phrases: &Phrases, language: &str) -> Option<String> {
    (!phrases.speaks(language)).then(|| {
        format!(
            "there are no signing words in the letter's language ({language}): people sign in English, unless \
             endorsing.phrases_file adds some"
        )
    })
}
