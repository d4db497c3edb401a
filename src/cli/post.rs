//! `post create | list | update | delete`; `reply | boost | unboost` are in [`reply`](super::reply).

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;

use super::{
    args::Limit,
    confirm::{Confirmed, confirm},
    context::{CommandContext, one},
    output::{Exit, Output, end},
    reply::{boost_post, reply, unboost_post},
};
use crate::{
    clock::Millis,
    federation::{
        dereference::{DereferenceError, Dereferencer},
        remote_actor::new_actor,
        remote_interaction::HomeServer,
    },
    letter::{Announcement, MAX_LETTER, parse_post},
    register::letter::{
        announcements::{self, AnnouncementChange, MentionedAccount, id_of, state_of},
        remote_post::PostReaders,
    },
    server::{Environment, environment, keys::signing_client},
    store::{Access, NewActor, OwnPost, PostMention},
    text::{shorten, single_line, visible, with_causes},
};

/// The shortest prefix of an id that is accepted in its place, in characters.
const SHORTEST: usize = 4;

/// The most accounts that one text may mention anew.
const MOST_MENTIONED: usize = 50;

#[derive(Debug, Subcommand)]
pub(super) enum PostCommand {
    /// Publish a post below the letter, for all followers and the accounts that it mentions
    Create {
        /// The Markdown file; its front matter may say `lang`
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// List the posts, newest first
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Replace the text of a post; says `unchanged` and sends nothing when it is the same
    Update {
        /// Its id, a beginning of it, or its URL
        id: String,
        /// The Markdown file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Answer a post that mentions the letter, or answers it or one of its posts
    Reply {
        /// Which one: an id, the post's URL, or whose newest reply or mention it is, as @user@host or an actor's URL
        #[arg(value_name = "WHO|ID|URL")]
        what: String,
        /// The Markdown file; its front matter may say `lang`
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Only its author can read the answer
        #[arg(long)]
        direct: bool,
    },
    /// Boost somebody's public post to the followers; says `unchanged` when it is boosted already
    Boost {
        /// The post's URL
        url: String,
    },
    /// Take a boost back
    Unboost {
        /// The post's URL
        url: String,
    },
    /// Delete a post everywhere; cannot be undone
    Delete {
        /// Its id, a beginning of it, or its URL
        id: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// `post …`.
pub(super) async fn run(ctx: &CommandContext, command: &PostCommand) -> anyhow::Result<Exit> {
    match command {
        PostCommand::Create { file } => create(ctx, file).await,
        PostCommand::List { limit } => list(ctx, *limit).await,
        PostCommand::Reply { what, file, direct } => {
            let readers = if *direct {
                PostReaders::Direct
            } else {
                PostReaders::Public
            };
            reply(ctx, what, file, readers).await
        }
        PostCommand::Boost { url } => boost_post(ctx, url).await,
        PostCommand::Unboost { url } => unboost_post(ctx, url).await,
        PostCommand::Update { id, file } => update(ctx, id, file).await,
        PostCommand::Delete { id, yes } => delete(ctx, id, Confirmed::from(*yes)).await,
    }
}

/// One post in JSON.
#[derive(Debug, Serialize)]
pub(super) struct PostJson {
    pub(super) id: String,
    pub(super) url: String,
    published: Millis,
    updated: Option<Millis>,
    state: &'static str,
    /// Who can read it.
    audience: PostReaders,
    /// The post of somebody's that it answers.
    in_reply_to: Option<String>,
    /// The first words, for people only.
    #[serde(skip)]
    words: String,
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

/// Publishes a post.
async fn create(ctx: &CommandContext, file: &Path) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let (source, text) = source(&ctx.output, file)?;
    let mentioned = mentioned(&env, &text, &[]).await?;
    let settings = env.note_settings();
    let mut tx = env.store.write().await?;
    let said = (source.as_str(), mentioned.as_slice());
    let (post, _) =
        announcements::create(&mut tx, &env.builder(), &settings, said, &env.operator).await?;
    tx.commit().await?;
    let json = json(&env, &post)?;
    ctx.output.answer(&json, &format!("published {}", json.url))
}

/// Lists the posts, deleted ones included.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let posts = env.store.read().await?.posts_to_anybody().await?;
    let posts = posts.iter().map(|post| json(&env, post));
    let posts = posts.collect::<anyhow::Result<Vec<_>>>()?;
    let columns = [
        "id",
        "state",
        "audience",
        "published",
        "updated",
        "url",
        "words",
    ];
    ctx.output.list_up_to(limit, &posts, &columns, |post| {
        vec![
            post.id.clone(),
            post.state.to_owned(),
            post.audience.to_string(),
            post.published.to_string(),
            post.updated.map_or_else(String::new, |at| at.to_string()),
            post.url.clone(),
            post.words.clone(),
        ]
    })
}

/// Replaces the text of a post.
async fn update(ctx: &CommandContext, id: &str, file: &Path) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let (source, text) = source(&ctx.output, file)?;
    let path = find(&env, id).await?;
    let mut tx = env.store.read().await?;
    let known = tx.post_mentions(std::slice::from_ref(&path)).await?;
    let is_direct = tx
        .post_to_anybody(&path)
        .await?
        .is_some_and(|post| post.direct);
    drop(tx);
    let mentioned = if is_direct {
        Vec::new()
    } else {
        mentioned(&env, &text, &known).await?
    };
    let settings = env.note_settings();
    let mut tx = env.store.write().await?;
    let by = &env.operator;
    let said = (source.as_str(), mentioned.as_slice());
    let (posted, _) =
        announcements::update(&mut tx, &env.builder(), &settings, &path, said, by).await?;
    tx.commit().await?;
    let json = json(&env, posted.post())?;
    match posted {
        AnnouncementChange::Unchanged(_) => ctx.output.unchanged(),
        AnnouncementChange::Sent(_) => {
            let sentence = format!("updated {}", json.url);
            ctx.output.answer(&json, &sentence)
        }
    }
}

/// Deletes a post.
async fn delete(ctx: &CommandContext, id: &str, yes: Confirmed) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let path = find(&env, id).await?;
    let post = env.store.read().await?.post_to_anybody(&path).await?;
    let post = post.filter(|post| post.deleted_at.is_none());
    if let Some(post) = &post {
        let json = json(&env, post)?;
        let words = shorten(&json.words, 60);
        let plan = if post.direct {
            format!(
                "This deletes the direct answer {} (\"{words}\") here and asks the server of whoever got it to delete \
                 its copy.",
                json.id
            )
        } else {
            format!(
                "This deletes {} (\"{words}\") here and asks every server that was told of it to delete its copy. \
                 Its address answers 410 from then on.",
                json.url
            )
        };
        confirm(&ctx.output, &plan, &json.id, yes)?;
    }
    let mut tx = env.store.write().await?;
    let (post, _) = announcements::delete(&mut tx, &env.builder(), &path, &env.operator).await?;
    tx.commit().await?;
    let json = json(&env, &post)?;
    ctx.output.answer(&json, &format!("deleted {}", json.url))
}

/// The path of the post that is named by its id, a prefix of it, its path or its URL.
async fn find(env: &Environment, wanted: &str) -> anyhow::Result<String> {
    let posts = env.store.read().await?.posts_to_anybody().await?;
    let fits = |post: &&OwnPost| {
        let id = id_of(&env.urls, &post.path).map(|id| id.to_string());
        let begins = wanted.len() >= SHORTEST && id.is_ok_and(|id| id.starts_with(wanted));
        begins || post.path == wanted || env.urls.absolute(&post.path) == wanted
    };
    let found = posts.iter().filter(fits).map(|post| post.path.clone());
    one(found.collect(), wanted, String::clone)
}
