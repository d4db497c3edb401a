//! `endorsement verify`: looks at the sources of endorsements before their turn in the sweep.
//!
//! Ids are looked at in this process, with the code of the sweep; conditions leave the looks to the server, in its own
//! measure.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::{
    context::{CommandContext, one},
    decide::in_a_line,
    local_runner::local_runner,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::names::user_of,
    federation::{look::Look, verification::Verified},
    hash::Sha256,
    register::moderation::decisions::find,
    server::Environment,
    store::EndorsementSummary,
};

#[derive(Clone, Debug, Args)]
pub(super) struct VerifyArgs {
    /// Which ones: ids (their first four characters do), @user@host, or addresses of profiles or posts
    ids: Vec<String>,
    /// Those whose account was read longer than `verify.interval` ago
    #[arg(long, conflicts_with_all = ["ids", "all"])]
    stale: bool,
    /// All of them
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Do it; without this, --stale and --all only count
    #[arg(long)]
    apply: bool,
}

/// What was found about one endorsement.
#[derive(Debug, Serialize)]
struct VerifiedJson<'a> {
    id: &'a str,
    handle: &'a str,
    account: &'static str,
    post: Option<&'static str>,
    second_look_at: Option<Millis>,
}

/// Endorsements that are ordered in one transaction.
const PAGE: i64 = 1000;

/// The handles that a plan shows.
const SAMPLE: i64 = 5;

/// What stands for an endorsement with nothing to look at: it is no endorsement, it ended, or its actor is blocked.
const NOT_LOOKED_AT: &str = "not looked at";

pub(super) async fn run(ctx: &CommandContext, args: &VerifyArgs) -> anyhow::Result<Exit> {
    if args.ids.is_empty() && !args.stale && !args.all {
        return end(
            Exit::Usage,
            "say which endorsements to verify: ids, --stale or --all",
        );
    }
    let env = ctx.open_living().await?;
    if args.ids.is_empty() {
        order(ctx, &env, args).await
    } else {
        look_now(ctx, &env, &args.ids).await
    }
}

/// Looks at each, one after the other.
async fn look_now(ctx: &CommandContext, env: &Environment, ids: &[String]) -> anyhow::Result<Exit> {
    let mut targets: Vec<EndorsementSummary> = Vec::new();
    let mut tx = env.store.read().await?;
    for id in ids {
        targets.push(one(find(&mut tx, id).await?, id, in_a_line)?);
    }
    drop(tx);
    let (runner, task) = local_runner(env).await?;
    let mut found = Vec::new();
    for target in &targets {
        found.push(
            runner
                .verify(&Sha256::of(&target.actor), Duration::ZERO)
                .await?,
        );
    }
    drop(runner);
    task.await?;
    let rows: Vec<_> = targets.iter().zip(found).map(verified_json).collect();
    if rows.iter().any(|row| row.second_look_at.is_some()) {
        ctx.output.say(
            "what is gone ends with the second look, by the running server; \
             `undersigned endorsement withdraw ID --reason …` ends it at once",
        );
    }
    let columns = ["id", "handle", "account", "post", "second look at"];
    ctx.output.list(&rows, &columns, |row| {
        let second_look = row.second_look_at.map(|at| at.to_string());
        vec![
            row.id.to_owned(),
            row.handle.to_owned(),
            row.account.to_owned(),
            row.post.unwrap_or_default().to_owned(),
            second_look.unwrap_or_default(),
        ]
    })
}

fn verified_json((target, found): (&EndorsementSummary, Option<Verified>)) -> VerifiedJson<'_> {
    VerifiedJson {
        id: target.public_id.as_str(),
        handle: &target.handle,
        account: found.map_or(NOT_LOOKED_AT, |found| found.account.as_str()),
        post: found.and_then(|found| found.post).map(Look::as_str),
        second_look_at: found.and_then(|found| found.second_look),
    }
}

/// Puts many at the front of the sweep, or only says how many they would be.
async fn order(ctx: &CommandContext, env: &Environment, args: &VerifyArgs) -> anyhow::Result<Exit> {
    let interval = env.config.verify.interval;
    let read_before = args.stale.then(|| env.clock.now().minus(interval));
    let mut tx = env.store.read().await?;
    let endorsements = tx.count_verifiable(read_before).await?;
    let sample = tx.verifiable(read_before, 0, SAMPLE).await?;
    drop(tx);
    if !args.apply {
        ctx.output.say("nothing was ordered; add --apply to do it");
        // Whoever has no proper user name has the id in place of a handle.
        let handles = sample.iter().map(|actor| actor.handle.as_str());
        let sample: Vec<_> = handles.filter(|handle| user_of(handle).is_some()).collect();
        let such_as = if sample.is_empty() { "" } else { ", such as " };
        let sample = sample.join(", ");
        return ctx
            .output
            .text(&format!("{endorsements} endorsements fit{such_as}{sample}"));
    }
    let (mut queued, mut last) = (0_usize, 0);
    loop {
        let mut tx = env.store.write().await?;
        let page = tx.verifiable(read_before, last, PAGE).await?;
        let ids: Vec<_> = page.iter().map(|actor| actor.id).collect();
        let Some(id) = ids.last() else { break };
        last = *id;
        tx.verify_at(&ids, Millis::from_millis(0)).await?;
        tx.commit().await?;
        queued += ids.len();
    }
    ctx.output.text(&format!(
        "queued {queued}: a running server looks at up to 600 of them in a minute, 30 of each host"
    ))
}
