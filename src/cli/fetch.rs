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
        disk_space::Room,
        inbox_log::InboxLog,
        look::{For, Looker},
        seen::{Look, NotSeen},
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
    let look = match look(&site, url).await? {
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
        Some(actor) => of(&site, actor).await?,
        None => None,
    };
    let json = FetchedJson {
        url,
        result: word(&look),
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
async fn of(site: &Site, actor: &str) -> anyhow::Result<Option<EndorsementSummary>> {
    let mut tx = site.store.read().await?;
    Ok(find(&mut tx, actor).await?.into_iter().next())
}

/// Reads and applies the object with a writer of its own, and waits until everything is committed.
async fn look(site: &Site, url: &str) -> anyhow::Result<Result<Look, NotSeen>> {
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
    let app = Arc::new(serve::app(site, &client, doors));
    let looked = Looker::new(app, client, For::Operator).anything(url).await;
    task.await?;
    Ok(looked)
}

/// An error with everything that caused it, in one line.
fn with_causes(error: &NotSeen) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
