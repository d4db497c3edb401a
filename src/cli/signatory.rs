//! `signatory list | unparsed`.

use super::{
    args::Limit,
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    letter::SignatoryJson,
    store::{Access, SignatoryRow},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum SignatoryCommand {
    /// List the names
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// List the lines of the published file that are no names we can read
    Unparsed {
        #[command(flatten)]
        limit: Limit,
    },
}

/// `signatory …`.
pub(super) async fn run(ctx: &CommandContext, command: &SignatoryCommand) -> anyhow::Result<Exit> {
    match command {
        SignatoryCommand::List { limit } => list(ctx, *limit).await,
        SignatoryCommand::Unparsed { limit } => unparsed(ctx, *limit).await,
    }
}

fn json(row: SignatoryRow) -> SignatoryJson {
    SignatoryJson {
        id: Some(row.public_id.to_string()),
        name: row.name,
        handle: row.handle,
        url: row.url,
        affiliation: row.affiliation,
        source: row.source,
        position: u32::try_from(row.position).ok(),
        revision: u32::try_from(row.revision).ok(),
        line: row.line.and_then(|line| u32::try_from(line).ok()),
        state: Some(row.state),
        endorser: None,
    }
}

/// Lists the names in the order of the file.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let rows = env.store.read().await?.signatories().await?;
    let signatories: Vec<_> = rows.into_iter().map(json).collect();
    ctx.output.list_up_to(
        limit,
        &signatories,
        &["id", "name", "account", "affiliation", "state", "line"],
        |signatory| {
            vec![
                signatory.id.clone().unwrap_or_default(),
                signatory.name.clone(),
                signatory.handle.clone().unwrap_or_default(),
                signatory.affiliation.clone().unwrap_or_default(),
                signatory.state.clone().unwrap_or_default(),
                signatory
                    .line
                    .map(|line| line.to_string())
                    .unwrap_or_default(),
            ]
        },
    )
}

/// Lists the lines of the published file that are no names.
async fn unparsed(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let Some(revision) = env.store.read().await?.current_revision().await? else {
        return end(Exit::NotFound, "no letter was published yet");
    };
    let letter = env.note_settings().read(&revision)?;
    ctx.output
        .list_up_to(limit, &letter.unread, &["line", "text"], |unread| {
            vec![unread.line.to_string(), unread.text.clone()]
        })
}
