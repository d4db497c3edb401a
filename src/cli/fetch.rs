//! `fetch`: reads one remote object as if it had been delivered.
//!
//! It runs in this process, with the code of the jobs; a running server sees the changes in the database.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use tokio::sync::{Notify, watch};

use super::{
    context::CommandContext,
    endorsement,
    output::{Exit, end},
};
use crate::{
    federation::{
        disk_space::Room,
        inbox_log::InboxLog,
        look::{For, Looker},
        response_cache::Generation,
        seen::{Look, NotSeen},
    },
    register::{
        actor::lifecycle::Lifetime,
        inbound::{account_move::Moved, writer::writer},
        moderation::decisions::find,
    },
    server::{
        Environment,
        keys::signing_client,
        setup::{self, AppParts},
    },
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
    actor: Option<&'a str>,
    endorsement: Option<endorsement::EndorsementJson<'a>>,
}

/// Reads the object at `url`, applies it, and prints the result.
pub(super) async fn run(ctx: &CommandContext, args: &FetchArgs) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let url = args.url.as_str();
    let look = match look(&env, url).await? {
        Ok(look) => look,
        Err(NotSeen::Unreachable(reason)) if reason.is_a_block() => Look::Blocked,
        Err(error @ (NotSeen::Refused(_) | NotSeen::Unreachable(_))) => {
            return end(Exit::Unreachable, with_causes(&error));
        }
        Err(NotSeen::NoUrl) => {
            return end(
                Exit::Usage,
                "give the URL of a post, an actor or an activity",
            );
        }
        Err(error @ NotSeen::Ours) => return end(Exit::Usage, error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let actor = match &look {
        Look::Taken { by } => Some(by.as_str()),
        Look::Unconcerned | Look::Kept | Look::Gone | Look::Blocked | Look::Moved(_) => None,
    };
    let row = match actor {
        Some(actor) => of(&env, actor).await?,
        None => None,
    };
    let json = FetchedJson {
        url,
        result: word(&look),
        actor,
        endorsement: row.as_ref().map(endorsement::EndorsementJson::from),
    };
    let state = row.as_ref().map_or("none", |row| row.state.as_str());
    ctx.output.object(
        &json,
        &[
            ("url", url.to_owned()),
            ("result", json.result.to_owned()),
            ("actor", actor.unwrap_or("none").to_owned()),
            ("endorsement", state.to_owned()),
        ],
    )?;
    Ok(match look {
        Look::Gone => Exit::NotFound,
        Look::Blocked => Exit::Conflict,
        Look::Taken { .. } | Look::Unconcerned | Look::Kept | Look::Moved(_) => Exit::Done,
    })
}

/// The result as the `result` member of the JSON.
const fn word(look: &Look) -> &'static str {
    match look {
        Look::Taken { .. } => "taken",
        Look::Unconcerned => "unconcerned",
        Look::Kept => "kept",
        Look::Gone => "gone",
        Look::Blocked | Look::Moved(Moved::Blocked) => "blocked",
        Look::Moved(Moved::Done) => "moved",
        Look::Moved(Moved::Nothing) => "nothing to move",
        Look::Moved(Moved::TooSoon) => "moved too often",
        Look::Moved(Moved::Frozen) => "frozen",
    }
}

/// The endorsement of an actor, or its comment; the newest if there are several.
async fn of(env: &Environment, actor: &str) -> anyhow::Result<Option<EndorsementSummary>> {
    let mut tx = env.store.read().await?;
    Ok(find(&mut tx, actor).await?.into_iter().next())
}

/// Reads and applies the object with a writer of its own, and waits until everything is committed.
async fn look(env: &Environment, url: &str) -> anyhow::Result<Result<Look, NotSeen>> {
    let (client, pems) = signing_client(env).await?;
    let context = env.fixed_context().await?;
    let (writer, task) = writer(
        env.store.clone(),
        context.clone(),
        Arc::clone(&env.clock),
        setup::surge(env),
        Arc::new(Notify::new()),
        Box::new(|| ()),
    );
    let task = tokio::spawn(task.run());
    let parts = AppParts {
        writer: Some(writer),
        context,
        lifetime: watch::channel(Lifetime::Living).1,
        pems: watch::channel(Arc::new(pems)).1,
        generation: Generation::default(),
        journal: Arc::new(InboxLog::keeping(0)),
        room: watch::channel(Room::Enough).1,
    };
    let app = Arc::new(setup::app(env, &client, parts)?);
    let looked = Looker::new(app, client, For::Operator).anything(url).await;
    task.await?;
    Ok(looked)
}
