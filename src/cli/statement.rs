//! `statement approve | hide`.

use clap::Subcommand;

use super::{
    context::CommandContext,
    decide::{DecisionArgs, decide},
    output::Exit,
};
use crate::{
    register::{
        letter::hand_over::show_answer,
        moderation::decisions::{Action, Showing, find_comments},
    },
    text::visible,
};

#[derive(Debug, Subcommand)]
pub(super) enum StatementCommand {
    /// Show what was written besides the signing words, the name or affiliation declared with it, and the pledge
    Approve(DecisionArgs),
    /// Do not show it
    Hide(DecisionArgs),
}

/// `statement …`. The answer of an addressee, to whom the letter was handed over, is a comment: named by its id, it is shown as
/// a response, or taken off.
pub(super) async fn run(ctx: &CommandContext, command: &StatementCommand) -> anyhow::Result<Exit> {
    let (showing, args) = match command {
        StatementCommand::Approve(args) => (Showing::Approve, args),
        StatementCommand::Hide(args) => (Showing::Hide, args),
    };
    if let [id] = args.ids.as_slice()
        && let Some(exit) = show_response(ctx, id, showing).await?
    {
        return Ok(exit);
    }
    decide(ctx, Action::Statement(showing), args).await
}

/// Shows an answer as a response, or takes it off; `None` when the id is of something else.
async fn show_response(
    ctx: &CommandContext,
    id: &str,
    showing: Showing,
) -> anyhow::Result<Option<Exit>> {
    let env = ctx.open_living().await?;
    let mut tx = env.store.write().await?;
    let found = find_comments(&mut tx, id).await?;
    // A handle means the person, who may have a statement as well.
    let mut found = found
        .iter()
        .filter(|comment| comment.public_id.as_str().starts_with(id));
    let Some(comment) = found.next() else {
        return Ok(None);
    };
    let (by, now) = (&env.operator, env.clock.now());
    let shows = showing == Showing::Approve;
    let Some(audit) = show_answer(&mut tx, &comment.public_id, shows, by, now).await? else {
        return Ok(None);
    };
    tx.commit().await?;
    let answer = serde_json::json!({
        "decision": format!("{showing} the statement"), "count": 1, "done": [comment.public_id],
        "refused": [], "audit": audit
    });
    let what = if shows {
        "is shown as a response"
    } else {
        "is shown no more"
    };
    // Whoever approves sees which words those are: an edit may have come a moment before.
    let words = comment
        .statement
        .as_deref()
        .map(visible)
        .unwrap_or_default();
    let sentence = format!("the answer of {} {what}: {words}", visible(&comment.handle));
    ctx.output.answer(&answer, &sentence).map(Some)
}
