//! `follower list | count | remove`.

use clap::Subcommand;

use super::{
    actor_named::actor_named,
    args::Limit,
    confirm::confirm,
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    register::moderation::followers,
    store::{Access, FollowerEntry},
    text::visible,
};

/// Followers that are read and printed at a time.
const PAGE: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum FollowerCommand {
    /// List the followers, newest first
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Print how many there are
    Count,
    /// End somebody's follow and tell their server; they may follow again
    Remove {
        /// Whose: an id, @user@host, the address of a profile or post, or a name
        who: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `follower …`.
pub(super) async fn run(ctx: &CommandContext, command: &FollowerCommand) -> anyhow::Result<Exit> {
    match command {
        FollowerCommand::List { limit } => list(ctx, *limit).await,
        FollowerCommand::Count => count(ctx).await,
        FollowerCommand::Remove { who, yes } => remove(ctx, who, *yes).await,
    }
}

/// Lists the followers, newest first.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut list = ctx.output.begin_list(&["handle", "host", "since", "actor"]);
    let mut previous = None;
    loop {
        // Each page in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let most = PAGE.min(limit.most() - list.listed());
        let followers = tx.followers(previous.as_ref(), most).await?;
        drop(tx);
        let is_read = list.add(&followers, |follower| {
            vec![
                follower.handle.clone(),
                follower.host.clone(),
                follower.since.to_string(),
                follower.actor.clone(),
            ]
        })?;
        previous = followers.last().cloned();
        if previous.is_none() || !is_read {
            return list.end();
        }
        if list.listed() >= limit.most() {
            let total = env.store.read().await?.follower_count().await?;
            return list.end_of(total);
        }
    }
}

/// Prints the number of followers.
async fn count(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let n = env.store.read().await?.follower_count().await?;
    ctx.output
        .answer(&serde_json::json!({"followers": n}), &n.to_string())
}

/// Ends one follow.
async fn remove(ctx: &CommandContext, text: &str, yes: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let mut tx = env.store.read().await?;
    let actor = actor_named(&mut tx, text).await?;
    let follower = tx.followers_of(&[actor.id]).await?.pop();
    drop(tx);
    let not_found = || {
        end(
            Exit::NotFound,
            format!("`{text}` does not follow the letter"),
        )
    };
    let Some(follower) = follower else {
        return not_found();
    };
    let handle = visible(&actor.handle).into_owned();
    let plan = format!("{handle} will follow no longer, and their server is told");
    confirm(&ctx.output, &plan, &handle, yes.into())?;
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    if !followers::remove(&mut tx, &context, now, &actor, &env.operator).await? {
        return not_found();
    }
    tx.commit().await?;
    let removed = FollowerEntry {
        actor_id: actor.id,
        actor: actor.url,
        handle: actor.handle,
        host: actor.authority,
        since: follower.since,
    };
    ctx.output.answer(&removed, &format!("removed: {handle}"))
}
