//! `report list | show | resolve`.

use clap::Subcommand;
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    register::moderation::flags::resolve as resolve_one,
    server::Environment,
    store::{Access, ReportRow, ReportState},
    text::{shorten, single_line},
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
