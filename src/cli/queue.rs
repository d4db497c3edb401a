//! `queue stats | list | retry | drop`.

use super::{
    args::Limit,
    confirm::{Confirmed, confirm},
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    register::moderation::queue::{self, Recipient},
    server::Environment,
    store::{Access, QueuePages, Tx},
    text::single_line,
};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// Print how much is queued, and what became of the rest in the last 30 days
    Stats,
    /// List what was not delivered: what waits, then what was refused or given up, with the last answer
    List(QueueListArgs),
    /// Try at once what waits for a server, or for all; its failures are forgotten
    Retry {
        /// The server, as `queue list` shows it [default: all]
        host: Option<String>,
    },
    /// Give up what waits for a server, for good
    Drop {
        /// The server, as `queue list` shows it
        host: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// Deliveries that are read and printed at a time.
const PAGE: i64 = 1000;

/// Which deliveries.
#[derive(Clone, Debug, Args)]
pub(super) struct QueueListArgs {
    /// Those to this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    host: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

/// `queue …`.
pub(super) async fn run(ctx: &CommandContext, command: &QueueCommand) -> anyhow::Result<Exit> {
    match command {
        QueueCommand::Stats => stats(ctx).await,
        QueueCommand::List(args) => list(ctx, args).await,
        QueueCommand::Retry { host } => retry(ctx, host.as_deref()).await,
        QueueCommand::Drop { host, yes } => drop_all(ctx, host, Confirmed::from(*yes)).await,
    }
}

/// Prints the number of queued deliveries, and the outcomes of the last 30 days.
async fn stats(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let stats = env.store.read().await?.queue_stats().await?;
    ctx.output.object(
        &stats,
        &[
            ("queued", stats.queued.to_string()),
            ("delivered", stats.delivered.to_string()),
            ("refused", stats.refused.to_string()),
            ("abandoned", stats.abandoned.to_string()),
            ("hosts reachable", stats.hosts.reachable.to_string()),
            ("hosts backing off", stats.hosts.backing_off.to_string()),
            ("hosts gone", stats.hosts.gone.to_string()),
        ],
    )
}

/// Lists deliveries that were not delivered.
async fn list(ctx: &CommandContext, args: &QueueListArgs) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let columns = [
        "id", "state", "host", "type", "attempts", "next", "status", "answer", "inbox", "activity",
    ];
    let mut pages = QueuePages::of(args.host.clone());
    let mut list = ctx.output.begin_list(&columns);
    loop {
        // Each in a transaction of its own: whoever reads may take any time.
        let most = PAGE.min(args.limit.most() - list.listed());
        let rows = pages.next(&mut env.store.read().await?, most).await?;
        let is_read = list.add(&rows, |row| {
            vec![
                row.id.to_string(),
                row.state.clone(),
                row.host.clone(),
                row.r#type.clone(),
                row.attempts.to_string(),
                row.next.map_or_else(String::new, |at| at.to_string()),
                row.status
                    .map_or_else(String::new, |status| status.to_string()),
                single_line(row.answer.as_deref().unwrap_or_default()),
                row.inbox.clone(),
                row.activity.clone(),
            ]
        })?;
        if !is_read || i64::try_from(rows.len())? < most {
            return list.end();
        }
        if list.listed() >= args.limit.most() {
            let host = args.host.as_deref();
            let total = env.store.read().await?.undelivered_count(host).await?;
            return list.end_of(total);
        }
    }
}

/// Makes the waiting deliveries to one server, or to all, due at once.
async fn retry(ctx: &CommandContext, host: Option<&str>) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.write().await?;
    let authority = host.map(str::to_ascii_lowercase);
    let recipient = match &authority {
        Some(authority) => Some(find(&mut tx, authority).await?),
        None => None,
    };
    let now = env.clock.now();
    let retried = queue::retry(&mut tx, recipient, &env.operator, now).await?;
    tx.commit().await?;
    ctx.output.answer(
        &serde_json::json!({"hosts": retried.hosts, "deliveries": retried.deliveries}),
        &format!(
            "{} deliveries are due; {} servers are tried again at once",
            retried.deliveries, retried.hosts
        ),
    )
}

/// Drops the waiting deliveries to a server.
async fn drop_all(ctx: &CommandContext, host: &str, yes: Confirmed) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let authority = host.to_ascii_lowercase();
    let waiting = waiting(&env, &authority).await?;
    let plan = format!("{waiting} deliveries wait for {authority} and would never be sent");
    confirm(&ctx.output, &plan, &authority, yes)?;
    let mut tx = env.store.write().await?;
    let recipient = find(&mut tx, &authority).await?;
    let dropped = queue::drop_all(&mut tx, recipient, &env.operator, env.clock.now()).await?;
    tx.commit().await?;
    ctx.output.answer(
        &serde_json::json!({"host": authority, "dropped": dropped}),
        &format!("{dropped} deliveries to {authority} given up"),
    )
}

/// The number of deliveries that wait for a server known to the queue.
async fn waiting(env: &Environment, authority: &str) -> anyhow::Result<i64> {
    let mut tx = env.store.read().await?;
    let recipient = find(&mut tx, authority).await?;
    Ok(tx.waiting_for_host(recipient.id).await?)
}

async fn find<'a>(tx: &mut Tx, authority: &'a str) -> anyhow::Result<Recipient<'a>> {
    match tx.host_with_mail(authority).await? {
        Some(id) => Ok(Recipient { id, authority }),
        None => end(
            Exit::NotFound,
            format!("nothing was ever sent to `{authority}`; `queue list` shows the servers"),
        ),
    }
}
