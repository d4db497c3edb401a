//! `audit list | show | undo`.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    args::Limit,
    context::CommandContext,
    decide::named,
    output::{Exit, counted, end},
    times::{Sense, TimeArg},
};
use crate::{
    register::moderation::{
        blocks::is_much,
        undo::{blocks_again, undo, undoable},
    },
    store::{Access, AuditEntry, AuditFilter},
};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List what administrators did, newest first
    List(AuditListArgs),
    /// Show one entry, with all that it was about
    Show {
        /// Its number
        number: i64,
        /// The most endorsements to name
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        limit: i64,
    },
    /// Take back a decision, or a whole batch, as far as nothing changed since
    Undo {
        /// Its number
        number: i64,
        /// Do it also for more than 50
        #[arg(long)]
        yes: bool,
    },
}

/// Which entries: all conditions that are given have to hold.
#[derive(Clone, Debug, Args)]
pub(super) struct AuditListArgs {
    /// What this administrator did
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// What was done, such as endorsement.reject; * stands for anything
    #[arg(long, value_name = "GLOB")]
    action: Option<String>,
    /// What was done at this time or later; a span such as "2h" is ago
    #[arg(long, value_name = "TIME")]
    since: Option<TimeArg>,
    /// What was done to this public id, or report number
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

/// `audit …`.
pub(super) async fn run(ctx: &CommandContext, command: &AuditCommand) -> anyhow::Result<Exit> {
    match command {
        AuditCommand::List(args) => list(ctx, args).await,
        AuditCommand::Show { number, limit } => show(ctx, *number, *limit).await,
        AuditCommand::Undo { number, yes } => take_back(ctx, *number, *yes).await,
    }
}

/// Entries or endorsements that are read at a time.
const PAGE: i64 = 1000;

/// How many endorsements are taken back without `--yes`.
const MANY: i64 = 50;

/// Lists what administrators did, newest first.
async fn list(ctx: &CommandContext, args: &AuditListArgs) -> anyhow::Result<Exit> {
    let since = args.since.as_ref();
    let filter = AuditFilter {
        by: args.by.clone(),
        action: args.action.clone(),
        since: since
            .map(|since| ctx.instant("--since", since, Sense::Past))
            .transpose()?,
        target: args.target.clone(),
    };
    let env = ctx.open(Access::Existing).await?;
    let columns = ["id", "at", "by", "action", "target", "code", "reason"];
    let mut list = ctx.output.begin_list(&columns);
    let mut before = None;
    loop {
        // Each page in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let most = PAGE.min(args.limit.most() - list.listed());
        let entries = tx.audit_list(&filter, before, most).await?;
        drop(tx);
        before = entries.last().map(|entry| entry.id);
        let is_read = list.add(&entries, |entry| {
            vec![
                entry.id.to_string(),
                entry.at.to_string(),
                entry.by.clone(),
                entry.action.clone(),
                about(entry),
                entry.code.clone().unwrap_or_default(),
                entry.reason.clone().unwrap_or_default(),
            ]
        })?;
        if before.is_none() || !is_read {
            return list.end();
        }
        if list.listed() >= args.limit.most() {
            let total = env.store.read().await?.audit_count(&filter).await?;
            return list.end_of(total);
        }
    }
}

/// What an entry is about; a bulk act says how many, and `audit show` names them.
fn about(entry: &AuditEntry) -> String {
    let count = || entry.count.map(|count| format!("{count} of them"));
    entry.target.clone().or_else(count).unwrap_or_default()
}

/// One entry with its targets.
#[derive(Debug, Serialize)]
struct OpenedJson<'a> {
    #[serde(flatten)]
    entry: &'a AuditEntry,
    targets: Vec<TargetJson>,
}

#[derive(Debug, Serialize)]
struct TargetJson {
    id: String,
    handle: Option<String>,
}

/// Shows one entry, with all that it was about.
async fn show(ctx: &CommandContext, number: i64, limit: i64) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let entry = env.store.read().await?.audits(&[number]).await?.pop();
    let Some(entry) = entry else {
        return end(
            Exit::NotFound,
            format!("there is no entry {number} in the audit log"),
        );
    };
    let mut targets = Vec::new();
    let mut after = 0;
    loop {
        let left = limit - i64::try_from(targets.len())?;
        let most = left.min(PAGE);
        let some = env
            .store
            .read()
            .await?
            .audit_targets(number, after, most)
            .await?;
        let listed = i64::try_from(some.len())?;
        after = some.last().map_or(after, |target| target.id);
        targets.extend(some.into_iter().map(|target| TargetJson {
            id: target.target,
            handle: target.handle.filter(|handle| !handle.is_empty()),
        }));
        if listed < most || left == listed {
            break;
        }
    }
    let mut parts = vec![
        ("id", entry.id.to_string()),
        ("at", entry.at.to_string()),
        ("by", entry.by.clone()),
        ("action", entry.action.clone()),
        ("about", about(&entry)),
        ("code", entry.code.clone().unwrap_or_default()),
        ("reason", entry.reason.clone().unwrap_or_default()),
        (
            "taken back by",
            entry
                .undone_by
                .map_or_else(|| "nothing".to_owned(), |id| id.to_string()),
        ),
    ];
    parts.extend(targets.iter().map(|target| {
        let handle = target.handle.as_deref().unwrap_or_default();
        (
            "target",
            format!("{} {handle}", target.id).trim_end().to_owned(),
        )
    }));
    let shown = i64::try_from(targets.len())?;
    if entry.count.is_some_and(|count| count > shown) && shown == limit {
        ctx.output
            .say(&format!("only the first {limit}; --limit names more"));
    }
    let opened = OpenedJson {
        entry: &entry,
        targets,
    };
    ctx.output.object(&opened, &parts)
}

/// Takes an entry back.
async fn take_back(ctx: &CommandContext, number: i64, yes: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let mut tx = env.store.read().await?;
    let (entry, count) = undoable(&mut tx, number).await?;
    let again = blocks_again(&mut tx, &entry).await?;
    drop(tx);
    let is_much = is_much(again.endorsements, again.followers);
    if (count > MANY || is_much) && !yes {
        let mut about = format!("entry {number} ({}) is about {count}", entry.action);
        if is_much {
            write!(
                about,
                ", and to take it back hides {} and puts {} to sleep",
                counted(again.endorsements, "endorsement", "endorsements"),
                counted(again.followers, "follower", "followers")
            )?;
        }
        return end(
            Exit::Usage,
            format!("{about}; nothing was changed, add --yes to take it back"),
        );
    }
    let context = env.context().await?;
    let undone = undo(&env.store, &context, env.clock.now(), number, &env.operator).await?;
    let count = usize::try_from(undone.done)?;
    let mut sentence = format!(
        "took back {}: {}",
        entry.action,
        named(count, undone.handles.iter().map(String::as_str))
    );
    let left_alone = [
        (
            undone.changed,
            "changed since, and was left alone",
            "changed since, and were left alone",
        ),
        (
            undone.erased,
            "is left alone: what it needs was erased",
            "are left alone: what it needs was erased",
        ),
    ];
    for (n, one, many) in left_alone {
        if n > 0 {
            write!(sentence, "; {}", counted(n, one, many))?;
        }
    }
    if undone.quotes > 0 {
        ctx.output.say(&format!(
            "{} revoked: permissions to quote are not given back",
            counted(undone.quotes, "quote stays", "quotes stay")
        ));
    }
    if undone.follows_ended {
        ctx.output.say("the follows stay ended");
    }
    let json = serde_json::json!({
        "undone": number, "audit": undone.audit, "count": undone.done, "sample": undone.handles,
        "changed": undone.changed, "erased": undone.erased, "quotes": undone.quotes
    });
    ctx.output.answer(&json, &sentence)
}
