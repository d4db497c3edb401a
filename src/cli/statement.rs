//! `statement approve | hide`.

use clap::Subcommand;

use super::{
    context::CommandContext,
    decide::{DecisionArgs, decide},
    output::Exit,
};
use crate::register::moderation::decisions::{Action, Showing};

#[derive(Debug, Subcommand)]
pub(super) enum StatementCommand {
    /// Show what was written besides the signing words, and the name or affiliation declared with it
    Approve(DecisionArgs),
    /// Do not show it
    Hide(DecisionArgs),
}

/// `statement …`.
pub(super) async fn run(ctx: &CommandContext, command: &StatementCommand) -> anyhow::Result<Exit> {
    let (showing, args) = match command {
        StatementCommand::Approve(args) => (Showing::Approve, args),
        StatementCommand::Hide(args) => (Showing::Hide, args),
    };
    decide(ctx, Action::Statement(showing), args).await
}
