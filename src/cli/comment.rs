//! `comment list | show`: replies and mentions that do not sign, with what the letter answered.

use clap::Subcommand;
use serde::Serialize;

use super::{
    args::Limit,
    context::{CommandContext, one},
    decide::in_a_line,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::State,
    random::PublicId,
    register::{
        letter::{
            announcements::id_of,
            remote_post::PostReaders,
            threads::{ThreadEntry, thread_of},
        },
        moderation::decisions::find_comments,
    },
    server::Environment,
    store::{Access, EndorsementFilter, EndorsementPages, EndorsementSummary, OwnPost, Tx},
    text::{single_line, visible},
};

/// Comments that are read and printed at a time.
const PAGE: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum CommentCommand {
    /// List the replies and mentions that do not sign, newest first, each with what the letter answered
    List {
        /// Those with these words in name, handle or text
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one with its thread, as far as it is known here
    Show {
        /// Which one: an id, @user@host, or the address of a profile or post
        id: String,
    },
}

/// `comment …`.
pub(super) async fn run(ctx: &CommandContext, command: &CommentCommand) -> anyhow::Result<Exit> {
    match command {
        CommentCommand::List { search, limit } => list(ctx, search.clone(), *limit).await,
        CommentCommand::Show { id } => show(ctx, id).await,
    }
}

/// One comment in JSON.
#[derive(Debug, Serialize)]
struct CommentJson {
    id: PublicId,
    actor: String,
    handle: String,
    text: String,
    object: Option<String>,
    at: Millis,
    /// What the letter answered, oldest first.
    answers: Vec<ThreadJson>,
    /// For `show`: what is known of its thread, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<Vec<ThreadJson>>,
}

/// One post of a thread in JSON.
#[derive(Debug, Serialize)]
struct ThreadJson {
    /// Whether the letter wrote it.
    ours: bool,
    /// Of our posts their id, of others that of the comment or endorsement.
    id: Option<String>,
    handle: String,
    url: String,
    /// The address of what it answers.
    in_reply_to: Option<String>,
    audience: String,
    at: Millis,
    text: String,
}

impl ThreadJson {
    fn of(env: &Environment, entry: &ThreadEntry) -> anyhow::Result<Self> {
        Ok(match entry {
            ThreadEntry::Theirs(post) => Self {
                ours: false,
                id: post.public_id.clone(),
                handle: post.handle.clone(),
                url: post.object.clone(),
                in_reply_to: Some(env.urls.absolute(&post.target)),
                audience: post.visibility.clone(),
                at: post.at,
                text: post.text.clone().unwrap_or_default(),
            },
            ThreadEntry::Ours(post) => Self::ours(env, post)?,
        })
    }

    fn ours(env: &Environment, post: &OwnPost) -> anyhow::Result<Self> {
        let audience = if post.direct {
            PostReaders::Direct
        } else {
            PostReaders::Public
        };
        let below_letter = || Some(env.urls.letter());
        Ok(Self {
            ours: true,
            id: Some(id_of(&env.urls, &post.path)?.to_string()),
            handle: env.urls.handle(),
            url: env.urls.absolute(&post.path),
            in_reply_to: post
                .in_reply_to
                .clone()
                .or_else(below_letter)
                .filter(|id| !id.is_empty()),
            audience: audience.to_string(),
            at: post.published_at,
            text: post.source.clone().unwrap_or_default().trim().to_owned(),
        })
    }

    /// A line of text.
    fn line(&self) -> String {
        format!(
            "{} {} {}: {}",
            self.at,
            self.handle,
            self.audience,
            single_line(&self.text)
        )
    }
}

/// These comments with what was answered to each.
async fn answered(
    env: &Environment,
    tx: &mut Tx,
    rows: Vec<EndorsementSummary>,
) -> anyhow::Result<Vec<CommentJson>> {
    let objects: Vec<String> = rows.iter().filter_map(|row| row.object.clone()).collect();
    let answers = tx.answers_to(&objects).await?;
    let comments = rows.into_iter().map(|row| {
        let to_it = answers
            .iter()
            .filter(|post| post.in_reply_to.is_some() && post.in_reply_to == row.object);
        Ok(CommentJson {
            answers: to_it
                .map(|post| ThreadJson::ours(env, post))
                .collect::<anyhow::Result<_>>()?,
            id: row.public_id,
            actor: row.actor,
            handle: row.handle,
            text: row.statement.unwrap_or_default(),
            object: row.object.filter(|id| id.starts_with("http")),
            at: row.endorsed_at,
            thread: None,
        })
    });
    comments.collect()
}

/// A comment as rows of a table: its own, and one for each answer.
fn rows(comment: &CommentJson) -> Vec<[String; 4]> {
    let own = [
        comment.id.to_string(),
        comment.at.to_string(),
        comment.handle.clone(),
        single_line(&comment.text),
    ];
    let answers = comment.answers.iter().map(|answer| {
        let id = answer.id.clone().unwrap_or_default();
        let who = format!("answered ({})", answer.audience);
        [id, answer.at.to_string(), who, single_line(&answer.text)]
    });
    std::iter::once(own).chain(answers).collect()
}

/// Lists comments.
async fn list(ctx: &CommandContext, search: Option<String>, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let conditions = EndorsementFilter {
        state: Some(State::Comment),
        search,
        ..EndorsementFilter::default()
    };
    let mut pages = EndorsementPages::of(conditions.clone());
    let mut list = ctx.output.begin_list(&["id", "at", "handle", "words"]);
    let mut left = limit.most();
    loop {
        // Each in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let most = left.min(PAGE);
        let found = pages.next(&mut tx, most).await?;
        let n = i64::try_from(found.len())?;
        let comments = answered(&env, &mut tx, found).await?;
        drop(tx);
        left -= n;
        let is_read = if ctx.output.is_json() {
            list.add(&comments, |_| Vec::new())?
        } else {
            let lines: Vec<_> = comments.iter().flat_map(rows).collect();
            list.add(&lines, |line| line.to_vec())?
        };
        if !is_read || n < most {
            return list.end();
        }
        if left == 0 {
            let total = env.store.read().await?.how_many(&conditions).await?;
            let rest = total.saturating_sub(limit.most()).max(0);
            let shown = list.listed();
            return list.end_of(shown.saturating_add(rest));
        }
    }
}

/// Shows one comment with its thread.
async fn show(ctx: &CommandContext, id: &str) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let row = one(find_comments(&mut tx, id).await?, id, in_a_line)?;
    let thread = match &row.object {
        Some(object) => thread_of(&mut tx, object).await?,
        None => Vec::new(),
    };
    let mut comments = answered(&env, &mut tx, vec![row]).await?;
    drop(tx);
    let thread = thread.iter().map(|entry| ThreadJson::of(&env, entry));
    let thread = thread.collect::<anyhow::Result<Vec<_>>>()?;
    let lines: Vec<String> = thread.iter().map(ThreadJson::line).collect();
    let Some(mut comment) = comments.pop() else {
        return end(
            Exit::NotFound,
            format!("there is no comment `{}`", visible(id)),
        );
    };
    comment.thread = Some(thread);
    let parts = [
        ("id", comment.id.to_string()),
        ("handle", comment.handle.clone()),
        ("at", comment.at.to_string()),
        ("object", comment.object.clone().unwrap_or_default()),
        ("text", comment.text.clone()),
        ("thread", lines.join("\n")),
    ];
    ctx.output.object(&comment, &parts)
}
