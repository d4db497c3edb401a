//! What posts of ours are made of and how they are told: their files, whom they mention, their JSON.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::output::{Exit, Output, end};
use crate::{
    clock::Millis,
    federation::{
        dereference::{DereferenceError, Dereferencer},
        remote_actor::new_actor,
        remote_interaction::HomeServer,
    },
    letter::{Announcement, MAX_LETTER, parse_post},
    register::letter::{
        announcements::{MentionedAccount, id_of, state_of},
        remote_post::PostReaders,
    },
    server::{Environment, environment, keys::signing_client},
    store::{NewActor, OwnPost, PostMention},
    text::{single_line, visible, with_causes},
};

/// The most accounts that one text may mention anew.
const MOST_MENTIONED: usize = 50;

/// One post in JSON.
#[derive(Debug, Serialize)]
pub(super) struct PostJson {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) published: Millis,
    pub(super) updated: Option<Millis>,
    pub(super) state: &'static str,
    /// Who can read it.
    pub(super) audience: PostReaders,
    /// The post of somebody's that it answers.
    in_reply_to: Option<String>,
    /// The first words, for people only.
    #[serde(skip)]
    pub(super) words: String,
}

pub(super) fn json(env: &Environment, post: &OwnPost) -> anyhow::Result<PostJson> {
    let text = post
        .source
        .as_deref()
        .and_then(|source| parse_post(source.as_bytes()).ok());
    let words = text.map_or_else(String::new, |parsed| parsed.description(env.urls.base()));
    Ok(PostJson {
        id: id_of(&env.urls, &post.path)?.to_string(),
        url: env.urls.absolute(&post.path),
        published: post.published_at,
        updated: post.updated_at,
        state: state_of(post),
        audience: if post.direct {
            PostReaders::Direct
        } else {
            PostReaders::Public
        },
        in_reply_to: post.in_reply_to.clone().filter(|id| !id.is_empty()),
        words: single_line(&words),
    })
}

/// Reads a post's file, and prints the warnings about it.
pub(super) fn source(output: &Output, file: &Path) -> anyhow::Result<(String, Announcement)> {
    let shown = file.display();
    let size = std::fs::metadata(file)
        .with_context(|| format!("cannot read {shown}"))?
        .len();
    if size > u64::try_from(MAX_LETTER)? {
        return end(
            Exit::Failed,
            format!("{shown} is larger than {} MiB", MAX_LETTER >> 20),
        );
    }
    let source = environment::read(file)?;
    let post = parse_post(source.as_bytes()).with_context(|| shown.to_string())?;
    for warning in &post.warnings {
        output.warn(None, warning.line, &warning.text);
    }
    Ok((source, post))
}

/// Asks the servers of the accounts that a text mentions for them, but for the `known` ones.
pub(super) async fn mentioned(
    env: &Environment,
    text: &Announcement,
    known: &[PostMention],
) -> anyhow::Result<Vec<MentionedAccount>> {
    let ours = env.urls.handle().to_lowercase();
    let is_known = |handle: &String| known.iter().any(|known| known.handle == *handle);
    let handles = text.mentions.iter();
    let handles = handles.filter(|handle| **handle != ours && !is_known(handle));
    let handles: Vec<&String> = handles.collect();
    if handles.is_empty() {
        return Ok(Vec::new());
    }
    if handles.len() > MOST_MENTIONED {
        return end(
            Exit::Failed,
            format!("a post can mention {MOST_MENTIONED} accounts; nothing was sent"),
        );
    }
    let client = signing_client(env).await?;
    let dereferencer = Dereferencer::new(&client, &env.urls).await?;
    let mut accounts = Vec::new();
    for handle in handles {
        let hint = format!(
            "Correct the handle, or write `\\{handle}`, which stays plain text; nothing was sent"
        );
        let actor = account(env, &dereferencer, handle, ("mentioned", &hint)).await?;
        accounts.push(MentionedAccount {
            handle: handle.clone(),
            actor,
        });
    }
    Ok(accounts)
}

/// Asks the server of a handle for its account. `verb`: what is to be done with it; `hint`: what to do when there is none.
pub(super) async fn account(
    env: &Environment,
    dereferencer: &Dereferencer,
    handle: &str,
    (verb, hint): (&str, &str),
) -> anyhow::Result<NewActor> {
    let handle = visible(handle);
    let handle = handle.as_ref();
    let cannot = |exit, why: &str| end(exit, format!("{handle} cannot be {verb}: {why}. {hint}"));
    let home = HomeServer::parse(handle);
    let Some((user, host)) = home.and_then(|home| Some((home.user?, home.host))) else {
        return cannot(Exit::Usage, "it is no handle");
    };
    let scheme = env.urls.base().scheme();
    let document = match dereferencer.actor_of(scheme, &host, &user).await {
        Ok(document) => document,
        Err(error) if error.is_absence() => {
            return cannot(Exit::NotFound, "its server knows no such account");
        }
        Err(DereferenceError::Fetch(error)) if error.is_a_block() => {
            return cannot(Exit::Conflict, "its server is blocked here");
        }
        Err(error @ (DereferenceError::Fetch(_) | DereferenceError::Library(_))) => {
            return cannot(Exit::Unreachable, &with_causes(&error));
        }
        Err(error @ (DereferenceError::Document(_) | DereferenceError::Ours)) => {
            return cannot(Exit::Conflict, &with_causes(&error));
        }
        Err(error) => return Err(error.into()),
    };
    match new_actor(&document, env.clock.now()) {
        Some(actor) => Ok(actor),
        None => cannot(Exit::Conflict, "its actor names no host"),
    }
}
