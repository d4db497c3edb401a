//! `report list | show | hide | block | resolve`.

use clap::Subcommand;
use serde::Serialize;
use url::Url;

use super::{
    block::{self, BlockArgs},
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::{blocks::Severity, decide::Decision},
    register::moderation::{
        decisions::{DecisionOrder, DecisionReason, decide_one, find},
        flags::resolve as resolve_one,
    },
    server::Environment,
    store::{Access, EndorsementSummary, ReportRow, ReportState, Tx},
    text::{shorten, single_line, visible},
};

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// List the reports, open ones first
    List,
    /// Show one report with all of its text
    Show {
        /// Its number
        id: i64,
    },
    /// Hide the endorsement that a report names, and mark the report as dealt with
    Hide {
        /// Its number
        id: i64,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
    },
    /// Block whom a report names, as `block add` does, and mark the report as dealt with
    Block {
        /// Its number
        id: i64,
        /// Their whole server
        #[arg(long)]
        host: bool,
        /// Do it, also when it hides more than 10 endorsements or silences more than 50 followers
        #[arg(long)]
        yes: bool,
    },
    /// Mark reports as dealt with; the next one about the same thing opens them again
    Resolve {
        /// Their numbers
        #[arg(conflicts_with = "host")]
        ids: Vec<i64>,
        /// All open ones of this host
        #[arg(long, value_name = "HOST")]
        host: Option<String>,
    },
}

/// `report …`.
pub(super) async fn run(ctx: &CommandContext, command: &ReportCommand) -> anyhow::Result<Exit> {
    match command {
        ReportCommand::List => list(ctx).await,
        ReportCommand::Show { id } => show(ctx, *id).await,
        ReportCommand::Hide { id, reason } => hide(ctx, *id, reason.as_deref()).await,
        ReportCommand::Block { id, host, yes } => block(ctx, *id, *host, *yes).await,
        ReportCommand::Resolve { ids, host } => resolve(ctx, ids, host.as_deref()).await,
    }
}

/// One report in JSON. `targets` are addresses of ours and ids of endorsements.
#[derive(Debug, Serialize)]
struct ReportJson {
    id: i64,
    at: Millis,
    host: String,
    count: i64,
    text: Option<String>,
    targets: Vec<String>,
    state: ReportState,
}

fn json(env: &Environment, row: ReportRow) -> ReportJson {
    let target = if row.target.starts_with('/') {
        env.urls.absolute(&row.target)
    } else {
        row.target
    };
    ReportJson {
        id: row.id,
        at: row.at,
        host: row.host,
        count: row.count,
        text: row.text,
        targets: vec![target],
        state: row.state,
    }
}

/// Lists the reports: open ones first, then newest first.
async fn list(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let rows = env.store.read().await?.reports().await?;
    let reports: Vec<_> = rows.into_iter().map(|row| json(&env, row)).collect();
    let columns = ["id", "state", "at", "host", "count", "about", "text"];
    ctx.output.list(&reports, &columns, |report| {
        vec![
            report.id.to_string(),
            report.state.to_string(),
            report.at.to_string(),
            report.host.clone(),
            report.count.to_string(),
            report.targets.join(" "),
            shorten(&single_line(report.text.as_deref().unwrap_or_default()), 60),
        ]
    })
}

/// Shows one report, with all of its text.
async fn show(ctx: &CommandContext, id: i64) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let row = env.store.read().await?.report(id).await?;
    let Some(row) = row else {
        return end(Exit::NotFound, format!("there is no report {id}"));
    };
    let report = json(&env, row);
    let parts = [
        ("id", report.id.to_string()),
        ("state", report.state.to_string()),
        ("at", report.at.to_string()),
        ("host", report.host.clone()),
        ("count", report.count.to_string()),
        ("about", report.targets.join(" ")),
        (
            "text",
            report.text.clone().unwrap_or_else(|| "none".to_owned()),
        ),
    ];
    ctx.output.object(&report, &parts)
}

/// A report and the endorsement that it names.
async fn named_by(env: &Environment, id: i64) -> anyhow::Result<(ReportRow, EndorsementSummary)> {
    let mut tx = env.store.read().await?;
    let Some(report) = tx.report(id).await? else {
        return end(Exit::NotFound, format!("there is no report {id}"));
    };
    if report.target.starts_with('/') {
        return end(
            Exit::Conflict,
            format!(
                "report {id} names nobody: it is about {}",
                env.urls.absolute(&report.target)
            ),
        );
    }
    match find(&mut tx, &report.target).await?.pop() {
        Some(endorsement) => Ok((report, endorsement)),
        None => end(
            Exit::NotFound,
            format!("what report {id} names is no longer here"),
        ),
    }
}

/// Hides the endorsement that a report names.
async fn hide(ctx: &CommandContext, id: i64, reason: Option<&str>) -> anyhow::Result<Exit> {
    let Some(reason) = reason else {
        return end(
            Exit::Usage,
            "`hide` needs --reason, such as --reason 'slur: insults others'",
        );
    };
    let env = ctx.open_living().await?;
    let (report, endorsement) = named_by(&env, id).await?;
    let order = DecisionOrder {
        decision: Decision::Hide,
        by: env.operator.clone(),
        reason: Some(DecisionReason::parse(reason)),
        named: true,
    };
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    decide_one(&mut tx, &context, now, &endorsement, &order).await?;
    let report = resolved(&mut tx, &env, report).await?;
    tx.commit().await?;
    let handle = visible(&endorsement.handle).into_owned();
    ctx.output.answer(
        &json(&env, report),
        &format!(
            "hidden: {} {handle}; report {id} resolved",
            endorsement.public_id
        ),
    )
}

/// Blocks whom a report names, or their server.
async fn block(ctx: &CommandContext, id: i64, host: bool, yes: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let (report, endorsement) = named_by(&env, id).await?;
    let url = Url::parse(&endorsement.actor).ok();
    let server = url.as_ref().and_then(Url::host_str).filter(|_| host);
    let args = BlockArgs {
        target: server.unwrap_or(&endorsement.actor).to_owned(),
        severity: Severity::Block,
        public_comment: None,
        private_comment: None,
        cut: false,
        dry_run: false,
        yes,
    };
    let exit = block::add(ctx, &args).await?;
    let mut tx = env.store.write().await?;
    resolved(&mut tx, &env, report).await?;
    tx.commit().await?;
    ctx.output.say(&format!("report {id} resolved"));
    Ok(exit)
}

/// The report, marked as dealt with.
async fn resolved(
    tx: &mut Tx,
    env: &Environment,
    mut report: ReportRow,
) -> anyhow::Result<ReportRow> {
    if report.state == ReportState::Open {
        resolve_one(tx, &report, &env.operator, env.clock.now()).await?;
        report.state = ReportState::Resolved;
    }
    Ok(report)
}

/// Marks reports as dealt with: those with these numbers, or all open ones of a host.
async fn resolve(ctx: &CommandContext, ids: &[i64], host: Option<&str>) -> anyhow::Result<Exit> {
    if ids.is_empty() && host.is_none() {
        return end(
            Exit::Usage,
            "say which reports: their numbers, or --host for all open ones of a server",
        );
    }
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.write().await?;
    let mut rows = Vec::new();
    for id in ids {
        match tx.report(*id).await? {
            Some(row) => rows.push(row),
            None => return end(Exit::NotFound, format!("there is no report {id}")),
        }
    }
    if let Some(host) = host {
        let wanted =
            |row: &ReportRow| row.state == ReportState::Open && row.host.eq_ignore_ascii_case(host);
        rows.extend(tx.reports().await?.into_iter().filter(wanted));
        if rows.is_empty() {
            return end(
                Exit::NotFound,
                format!("there is no open report of `{host}`"),
            );
        }
    }
    for row in &mut rows {
        resolve_one(&mut tx, row, &env.operator, env.clock.now()).await?;
        row.state = ReportState::Resolved;
    }
    tx.commit().await?;
    if ctx.output.is_json() {
        let reports: Vec<_> = rows.into_iter().map(|row| json(&env, row)).collect();
        return ctx.output.json(&reports);
    }
    ctx.output.text(&format!("{} resolved", rows.len()))
}
