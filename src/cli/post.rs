//! `post create | list | update | delete`; `reply | boost | unboost` are in [`reply`](super::reply).

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{
    args::Limit,
    confirm::{Confirmed, confirm},
    context::{CommandContext, one},
    output::{Exit, counted},
    post_file::{json, mentioned, source},
    reply::{boost_post, reply, unboost_post},
};
use crate::{
    register::letter::{
        announcements::{self, AnnouncementChange, PostManner, id_of},
        remote_post::PostReaders,
        subscribers,
    },
    server::Environment,
    store::{Access, OwnPost},
    text::{shorten, single_line},
};

/// The shortest prefix of an id that is accepted in its place, in characters.
const SHORTEST: usize = 4;

#[derive(Debug, Subcommand)]
pub(super) enum PostCommand {
    /// Publish a post below the letter, for all followers and the accounts that it mentions
    Create {
        /// The Markdown file; its front matter may say `lang` and `warning`
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Put it behind this content warning, in place of the file's; it stays when the post is updated
        #[arg(long, value_name = "WARNING")]
        warning: Option<String>,
        /// Leave it out of public timelines: followers see it, and who looks at the letter
        #[arg(long)]
        unlisted: bool,
        /// Send it also to each who asked for news and does not follow, as a direct message; once in a week at most
        #[arg(long)]
        to_subscribers: bool,
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
        /// The Markdown file; its front matter may say `lang` and `warning`
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
        PostCommand::Create {
            file,
            warning,
            unlisted,
            to_subscribers,
        } => {
            let warning = warning.as_deref().map(single_line);
            let manner = PostManner {
                warning: warning.filter(|warning| !warning.trim().is_empty()),
                unlisted: *unlisted,
            };
            create(ctx, file, &manner, *to_subscribers).await
        }
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

/// Publishes a post.
async fn create(
    ctx: &CommandContext,
    file: &Path,
    manner: &PostManner,
    to_subscribers: bool,
) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let (source, text) = source(&ctx.output, file)?;
    let mentioned = mentioned(&env, &text, &[]).await?;
    let settings = env.note_settings();
    let mut tx = env.store.write().await?;
    let said = (source.as_str(), mentioned.as_slice());
    let (post, _) = announcements::create(
        &mut tx,
        &env.builder(),
        &settings,
        said,
        manner,
        &env.operator,
    )
    .await?;
    let told = if to_subscribers {
        Some(subscribers::tell(&mut tx, &env.builder(), &settings, &post).await?)
    } else {
        None
    };
    tx.commit().await?;
    if let Some(told) = told {
        let subscribers = counted(told, "subscriber", "subscribers");
        ctx.output
            .say(&format!("it also goes to {subscribers} who do not follow"));
    }
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
    if let AnnouncementChange::Sent(post) = &posted {
        subscribers::tell_edit(&mut tx, &env.builder(), &settings, post).await?;
    }
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
    subscribers::tell_deletion(&mut tx, &env.builder(), &post).await?;
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
