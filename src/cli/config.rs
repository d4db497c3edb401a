//! `config show | check`.

use std::sync::Arc;

use clap::Subcommand;

use super::{context::CommandContext, output::Exit};
use crate::{
    endorsement::wording::Phrases,
    server::{environment, setup},
};

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

/// Checks the configuration, and the files of signing phrases and of the webhook's secret that it names; warns when nobody can sign in the letter's
/// language.
fn check(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    let phrases = environment::phrases(&config)?;
    setup::github_hook(&config, &Arc::default())?;
    let language = &config.letter.language;
    if !language.is_empty()
        && let Some(warning) = without_signing_words(&phrases, language)
    {
        ctx.output.say(&format!("warning: {warning}"));
    }
    ctx.output.say("the configuration is right");
    Ok(Exit::Done)
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
