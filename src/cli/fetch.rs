//! `fetch`: reads one remote object as if it had been delivered.
//!
//! It runs in this process, with the code of the jobs; a running server sees the changes in the database.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::{Notify, watch};

use super::{
    Global,
    client::client,
    endorsement,
    output::{Exit, Output, end},
    parts,
    serve::{self, Doors},
    site::{self, Site},
};
use crate::{
    federation::{
        dereference::DereferenceError,
        dereference_jobs::{DereferenceResult, DereferenceRunner, FetchBudget},
        disk_space::Room,
        inbox_log::InboxLog,
    },
    register::{
        actor::{identity::ensure_keys, lifecycle::Lifetime},
        inbound::{account_move::Moved, writer::writer},
        moderation::decisions::find,
    },
    signature::Signer,
    store::EndorsementSummary,
};

/// The answer of `fetch`.
#[derive(Debug, Serialize)]
struct FetchedJson<'a> {
    url: &'a str,
    result: &'a str,
    actor: Option<&'a str>,
    endorsement: Option<endorsement::EndorsementJson<'a>>,
}

/// Reads the object at `url`, applies it, and prints the result.
pub(super) async fn run(global: &Global, output: &Output, url: &str) -> anyhow::Result<Exit> {
    let site = site::open_living(global, output).await?;
    let result = match dereference(&site, url).await? {
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
        | DereferenceResult::Gone
        | DereferenceResult::Blocked
        | DereferenceResult::Moved(_) => None,
    };
    let row = match actor {
        Some(actor) => of(&site, actor).await?,
        None => None,
    };
    let json = FetchedJson {
        url,
        result: word(&result),
        actor,
        endorsement: row.as_ref().map(endorsement::EndorsementJson::from),
    };
    let state = row.as_ref().map_or("none", |row| row.state.as_str());
    output.thing(
        &json,
        &[
            ("url", url.to_owned()),
            ("result", json.result.to_owned()),
            ("actor", actor.unwrap_or("none").to_owned()),
            ("endorsement", state.to_owned()),
        ],
    )?;
    Ok(match result {
        DereferenceResult::Gone => Exit::NotFound,
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
        DereferenceResult::Gone => "gone",
        DereferenceResult::Blocked | DereferenceResult::Moved(Moved::Blocked) => "blocked",
        DereferenceResult::Moved(Moved::Done) => "moved",
        DereferenceResult::Moved(Moved::Nothing) => "nothing to move",
        DereferenceResult::Moved(Moved::TooSoon) => "moved too often",
        DereferenceResult::Moved(Moved::Frozen) => "frozen",
    }
}

/// The endorsement of an actor, or its comment; the newest if there are several.
async fn of(site: &Site, actor: &str) -> anyhow::Result<Option<EndorsementSummary>> {
    let mut tx = site.store.read().await?;
    Ok(find(&mut tx, actor).await?.into_iter().next())
}

/// Reads and applies the object with a writer of its own, and waits until everything is committed.
async fn dereference(
    site: &Site,
    url: &str,
) -> anyhow::Result<Result<DereferenceResult, DereferenceError>> {
    let keys = ensure_keys(&site.store, site.clock.now()).await?;
    let (_rules, context) = watch::channel(Arc::new(site.context().await?));
    let client = client(site, context.clone())?;
    client.set_signer(Signer {
        key_id: site.urls.instance_key(),
        key: Arc::new(keys.instance),
    });
    let (writer, task) = writer(
        site.store.clone(),
        context.clone(),
        Arc::clone(&site.clock),
        parts::surge(site),
        Arc::new(Notify::new()),
        Box::new(|| ()),
    );
    let task = tokio::spawn(task.run());
    let doors = Doors {
        writer: Some(writer),
        context,
        lifetime: watch::channel(Lifetime::Living).1,
        journal: Arc::new(InboxLog::keeping(0)),
        room: watch::channel(Room::Enough).1,
    };
    let app = Arc::new(serve::app(site, &client, doors).await?);
    let result = DereferenceRunner::new(app, FetchBudget::Unlimited)
        .anything(url)
        .await;
    task.await?;
    Ok(result)
}

/// An error with everything that caused it, in one line.
fn with_causes(error: &DereferenceError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
