//! `fetch`: reads one remote object as if it had been delivered.
//!
//! It runs in this process, with the code of the jobs; a running server sees the changes in the database.

use clap::Args;
use serde::Serialize;

use super::{
    context::CommandContext,
    endorsement,
    local_runner::local_runner,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    federation::{dereference::DereferenceError, dereference_jobs::DereferenceResult},
    register::{inbound::account_move::Moved, moderation::decisions::find},
    server::Environment,
    store::EndorsementSummary,
    text::with_causes,
};

#[derive(Clone, Debug, Args)]
pub(super) struct FetchArgs {
    /// Its URL
    url: String,
}

/// The answer of `fetch`.
#[derive(Debug, Serialize)]
struct FetchedJson<'a> {
    url: &'a str,
    result: &'a str,
    second_look_at: Option<Millis>,
    actor: Option<&'a str>,
    endorsement: Option<endorsement::EndorsementJson<'a>>,
}

/// Reads the object at `url`, applies it, and prints the result.
pub(super) async fn run(ctx: &CommandContext, args: &FetchArgs) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let url = args.url.as_str();
    let result = match dereference(&env, url).await? {
        Ok(result) => result,
        Err(DereferenceError::Fetch(error)) if error.is_a_block() => DereferenceResult::Blocked,
        Err(error @ (DereferenceError::Fetch(_) | DereferenceError::Library(_))) => {
            return end(Exit::Unreachable, with_causes(&error));
        }
        Err(DereferenceError::NoUrl) => {
            return end(
                Exit::Usage,
                "give the URL of a post, an actor or an activity",
            );
        }
        Err(error @ DereferenceError::Ours) => return end(Exit::Usage, error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let actor = match &result {
        DereferenceResult::Taken { by } => Some(by.as_str()),
        DereferenceResult::Unconcerned
        | DereferenceResult::Kept
        | DereferenceResult::Gone { .. }
        | DereferenceResult::Blocked
        | DereferenceResult::Moved(_) => None,
    };
    let row = match actor {
        Some(actor) => of(&env, actor).await?,
        None => None,
    };
    let second_look_at = match &result {
        DereferenceResult::Gone { second_look } => *second_look,
        DereferenceResult::Taken { .. }
        | DereferenceResult::Unconcerned
        | DereferenceResult::Kept
        | DereferenceResult::Blocked
        | DereferenceResult::Moved(_) => None,
    };
    if let Some(at) = second_look_at {
        ctx.output.say(&format!(
            "it is gone: nothing ends before the second look, {at}; \
             `undersigned endorsement withdraw ID --reason …` ends it at once"
        ));
    }
    let json = FetchedJson {
        url,
        result: word(&result),
        second_look_at,
        actor,
        endorsement: row.as_ref().map(endorsement::EndorsementJson::from),
    };
    let state = row.as_ref().map_or("none", |row| row.state.as_str());
    ctx.output.object(
        &json,
        &[
            ("url", url.to_owned()),
            ("result", json.result.to_owned()),
            (
                "second look at",
                second_look_at.map_or_else(|| "none".to_owned(), |at| at.to_string()),
            ),
            ("actor", actor.unwrap_or("none").to_owned()),
            ("endorsement", state.to_owned()),
        ],
    )?;
    Ok(match result {
        DereferenceResult::Gone { .. } => Exit::NotFound,
        DereferenceResult::Blocked => Exit::Conflict,
        DereferenceResult::Taken { .. }
        | DereferenceResult::Unconcerned
        | DereferenceResult::Kept
        | DereferenceResult::Moved(_) => Exit::Done,
    })
}

/// The result as the `result` member of the JSON.
const fn word(result: &DereferenceResult) -> &'static str {
    match result {
        DereferenceResult::Taken { .. } => "taken",
        DereferenceResult::Unconcerned => "unconcerned",
        DereferenceResult::Kept => "kept",
        DereferenceResult::Gone { .. } => "gone",
        DereferenceResult::Blocked | DereferenceResult::Moved(Moved::Blocked) => "blocked",
        DereferenceResult::Moved(Moved::Done) => "moved",
        DereferenceResult::Moved(Moved::Nothing) => "nothing to move",
        DereferenceResult::Moved(Moved::TooSoon) => "moved too often",
        DereferenceResult::Moved(Moved::Frozen) => "frozen",
    }
}

/// The endorsement of an actor, or its comment; the newest if there are several.
async fn of(env: &Environment, actor: &str) -> anyhow::Result<Option<EndorsementSummary>> {
    let mut tx = env.store.read().await?;
    Ok(find(&mut tx, actor).await?.into_iter().next())
}

/// Reads and applies the object with a writer of its own, and waits until everything is committed.
async fn dereference(
    env: &Environment,
    url: &str,
) -> anyhow::Result<Result<DereferenceResult, DereferenceError>> {
    let (runner, task) = local_runner(env).await?;
    let result = runner.anything(url).await;
    drop(runner);
    task.await?;
    Ok(result)
}
