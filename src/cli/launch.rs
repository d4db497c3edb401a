//! `letter launch` and `letter preview`: a draft, until it is out.

use clap::Args;
use serde::Serialize;

use super::{
    confirm::{Confirmed, confirm},
    context::CommandContext,
    output::{Exit, Output, counted},
    times::{Sense, TimeArg},
};
use crate::{
    clock::Millis,
    http::pages::preview::path,
    register::{
        self,
        error::NoChange,
        letter::launch::{
            DraftText, LaunchOrigin, launch as launch_letter, plan, preview as make_preview,
        },
    },
    server::{
        draft::{DraftRead, read_draft},
        setup::ActorSettings,
    },
    text::visible,
};

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct PreviewArgs {
    /// Make another address: the earlier one leads nowhere then
    #[arg(long)]
    renew: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct LaunchArgs {
    /// When, such as "2026-12-01 09:00 Europe/Berlin"; a span such as "3 days" is ahead, a date is its start
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
    /// Do not ask before the letter is out, which cannot be undone
    #[arg(long, conflicts_with = "at")]
    yes: bool,
}

/// The address of the preview.
#[derive(Debug, Serialize)]
struct PreviewJson {
    url: String,
}

/// What is out, or comes out.
#[derive(Debug, Serialize)]
struct LaunchJson {
    title: String,
    digest: String,
    /// How many names stand in the list then: those of the file, and those by hand.
    names: usize,
    /// When it comes out; `None` when it is out.
    launch_at: Option<Millis>,
}

/// Prints the preview's address.
pub(super) async fn preview(ctx: &CommandContext, args: PreviewArgs) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let mut tx = env.store.write().await?;
    let token = make_preview(&mut tx, env.random.as_ref(), args.renew).await?;
    tx.commit().await?;
    let url = env.urls.absolute(&path(&token));
    ctx.output.say("a server with --read-only shows no preview");
    ctx.output.answer(&PreviewJson { url: url.clone() }, &url)
}

/// Publishes the draft, or plans that.
pub(super) async fn launch(ctx: &CommandContext, args: &LaunchArgs) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let at = args.at.as_ref();
    let at = at.map(|at| ctx.instant("--at", at, Sense::Beginning));
    let at = at.transpose()?;
    let mut tx = env.store.read().await?;
    if tx.has_revision().await? {
        return Err(register::Error::NoChange(NoChange::Out).into());
    }
    let by_hand: i64 = tx
        .signatory_counts(1)
        .await?
        .iter()
        .map(|(_, n, _)| n)
        .sum();
    drop(tx);
    let DraftRead { text, warnings } = read_draft(&env.config)?;
    warn(&ctx.output, &text, &warnings);
    let by_hand = usize::try_from(by_hand).unwrap_or(0);
    let out = LaunchJson {
        title: text.letter.title.clone(),
        digest: text.letter.digest.to_string(),
        names: text.letter.signatories.len().saturating_add(by_hand),
        launch_at: at,
    };
    let what = format!(
        "{}, digest {}, {}",
        visible(&out.title),
        out.digest,
        counted(out.names, "name", "names")
    );
    let now = env.clock.now();
    if let Some(at) = at {
        let mut tx = env.store.write().await?;
        let heading = env.signatories_heading();
        plan(&mut tx, (now, at), &text, heading, &env.operator).await?;
        tx.commit().await?;
        return ctx.output.answer(
            &out,
            &format!("{what}: comes out at {at}; `letter pause` calls it off"),
        );
    }
    let ask = format!("{what}: will be out at {} for everybody", env.urls.origin());
    confirm(
        &ctx.output,
        &ask,
        &env.urls.handle(),
        Confirmed::from(args.yes),
    )?;
    let salt = env.salt().await?;
    let voice = ActorSettings::of(&env)?;
    let from = LaunchOrigin {
        on_github: env.config.letter_is_on_github(),
        salt: &salt,
        by: &env.operator,
    };
    let mut tx = env.store.write().await?;
    launch_letter(&mut tx, &voice.order(&env), &text, &from).await?;
    tx.commit().await?;
    ctx.output.answer(&out, &format!("{what}: is out"))
}

/// Says what is wrong with the file and its translations.
fn warn(output: &Output, text: &DraftText, warnings: &[String]) {
    for warning in &text.letter.warnings {
        output.warn(None, warning.line, &warning.text);
    }
    for translation in &text.translations {
        for warning in &translation.letter.warnings {
            output.warn(Some(&translation.file), warning.line, &warning.text);
        }
    }
    for warning in warnings {
        output.say(warning);
    }
}
