//! `quote list | revoke`.

use clap::Subcommand;
use serde::Serialize;
use url::Url;

use super::{
    actor_named::actor_named,
    confirm::confirm,
    context::CommandContext,
    output::{Exit, counted, end},
};
use crate::{
    endorsement::who::Who,
    register::moderation::quotes,
    server::Environment,
    store::{Access, QuoteEntry, Tx},
    text::visible,
};

/// Quotes that are read and printed at a time.
const PAGE: i64 = 1000;

/// How many posts a question names.
const NAMED: usize = 5;

#[derive(Debug, Subcommand)]
pub(super) enum QuoteCommand {
    /// List the posts that may quote us, and the collections that may show us, newest first
    List,
    /// Take back such a permission, for good: of one post or collection, or all of one person
    Revoke {
        /// Whose: an id, @user@host, the address of a profile, or a name; or which one: the address of the post
        #[arg(value_name = "WHO|URL")]
        target: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `quote …`.
pub(super) async fn run(ctx: &CommandContext, command: &QuoteCommand) -> anyhow::Result<Exit> {
    match command {
        QuoteCommand::List => list(ctx).await,
        QuoteCommand::Revoke { target, yes } => revoke(ctx, target, *yes).await,
    }
}

/// One authorized quote in JSON.
#[derive(Debug, Serialize)]
struct QuoteJson<'a> {
    /// The authorization's URL.
    id: String,
    actor: &'a str,
    handle: &'a str,
    /// The post that quotes, or the collection.
    object: &'a str,
    /// What it quotes, or the actor.
    target: String,
}

impl<'a> QuoteJson<'a> {
    fn new(env: &Environment, quote: &'a QuoteEntry) -> Self {
        Self {
            id: env.urls.absolute(&quote.path),
            actor: &quote.actor,
            handle: &quote.handle,
            object: &quote.object,
            target: env.urls.absolute(&quote.target),
        }
    }
}

/// Lists the authorized quotes, newest first.
async fn list(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut printer = ctx.output.begin_list(&["handle", "object", "target", "id"]);
    let mut before = i64::MAX;
    loop {
        // Each page in a transaction of its own: whoever reads may take any time.
        let quotes = env.store.read().await?.quotes(before, PAGE).await?;
        let rows: Vec<_> = quotes
            .iter()
            .map(|quote| QuoteJson::new(&env, quote))
            .collect();
        let is_read = printer.add(&rows, |quote| {
            vec![
                quote.handle.to_owned(),
                quote.object.to_owned(),
                quote.target.clone(),
                quote.id.clone(),
            ]
        })?;
        match quotes.last() {
            Some(last) if is_read => before = last.id,
            Some(_) | None => return printer.end(),
        }
    }
}

/// Takes back the permission of one post, or of all posts of one person.
async fn revoke(ctx: &CommandContext, text: &str, yes: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let found = meant(&mut env.store.read().await?, &env, text).await?;
    let Some(first) = found.first() else {
        return end(
            Exit::NotFound,
            format!(
                "nothing that `{text}` names may quote the letter or show its actor; `quote list` shows what may"
            ),
        );
    };
    let (actor, handle) = (first.actor.clone(), visible(&first.handle).into_owned());
    let posts: Vec<_> = found.iter().map(|quote| visible(&quote.object)).collect();
    let more = if posts.len() > NAMED { " …" } else { "" };
    let named = posts.iter().take(NAMED).cloned().collect::<Vec<_>>();
    let plan = format!(
        "{} by {handle} lose the permission: {}{more}",
        counted(posts.len(), "quote", "quotes"),
        named.join(" ")
    );
    confirm(&ctx.output, &plan, &handle, yes.into())?;
    let paths: Vec<String> = found.iter().map(|quote| quote.path.clone()).collect();
    let (context, now) = (env.context().await?, env.clock.now());
    let by = env.operator.as_str();
    let (gone, _) = quotes::revoke(&env.store, &context, now, &actor, Some(&paths), by).await?;
    let is_gone = |quote: &&QuoteEntry| gone.iter().any(|row| row.path == quote.path);
    let rows: Vec<_> = found
        .iter()
        .filter(is_gone)
        .map(|quote| QuoteJson::new(&env, quote))
        .collect();
    ctx.output.answer(
        &rows,
        &format!(
            "revoked: {} by {handle}",
            counted(rows.len(), "quote", "quotes")
        ),
    )
}

/// The authorized quotes of one person that a text names, newest first: one by the address of its post or of its
/// authorization, or else all of that person.
async fn meant(tx: &mut Tx, env: &Environment, text: &str) -> anyhow::Result<Vec<QuoteEntry>> {
    if let Some(path) = text.trim().strip_prefix(env.urls.origin())
        && let Some(row) = tx.quote_authorization(path).await?
    {
        let posts = tx.quotes_by(&row.object).await?;
        return Ok(posts
            .into_iter()
            .filter(|quote| quote.path == path)
            .collect());
    }
    let exact = tx.quotes_by(text.trim()).await?;
    if !exact.is_empty() {
        return Ok(exact);
    }
    let actor = actor_named(tx, text).await?;
    let mut theirs = tx.quotes_by(&actor.url).await?;
    let url = Who::parse(text).and_then(|who| who.url);
    if let Some(post) = url.as_deref().and_then(below_a_profile) {
        // The page of a post ends as its id does.
        theirs.retain(|quote| quote.object.rsplit('/').next() == Some(post.as_str()));
    }
    Ok(theirs)
}

/// The last part of an address below a profile (`https://m.example/@ada/113`): the page of one post, not of a person.
fn below_a_profile(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let parts: Vec<&str> = url
        .path_segments()?
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [profile, .., post] if profile.starts_with('@') => Some((*post).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_post_is_told_from_a_profile() {
        for (url, post) in [
            ("https://m.example/@ada/113", Some("113")),
            ("https://m.example/@ada@n.example/113/", Some("113")),
            ("https://m.example/@ada", None),
            ("https://m.example/@ada/", None),
            ("https://m.example/users/ada", None),
        ] {
            assert_eq!(below_a_profile(url).as_deref(), post, "{url}");
        }
    }
}
