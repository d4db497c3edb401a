//! `name approve | hide`.

use clap::Subcommand;

use super::{
    context::CommandContext,
    decide::{DecisionArgs, decide},
    output::Exit,
};
use crate::register::moderation::decisions::{Action, Showing};

#[derive(Debug, Subcommand)]
pub(super) enum NameCommand {
    /// Show the name
    Approve(NameArgs),
    /// Show the handle alone
    Hide(NameArgs),
}

/// Whose names.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct NameArgs {
    /// Which ones: ids (their first four characters do), @user@host, or addresses of profiles or posts
    #[arg(required = true)]
    ids: Vec<String>,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    reason: Option<String>,
}

/// `name …`.
pub(super) async fn run(ctx: &CommandContext, command: &NameCommand) -> anyhow::Result<Exit> {
    let (showing, args) = match command {
        NameCommand::Approve(args) => (Showing::Approve, args),
        NameCommand::Hide(args) => (Showing::Hide, args),
    };
    let args = DecisionArgs {
        ids: args.ids.clone(),
        reason: args.reason.clone(),
        ..DecisionArgs::default()
    };
    decide(ctx, Action::Name(showing), &args).await
}
