//! `report list | show | hide | block | resolve`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use clap::Subcommand;
use serde::Serialize;

use super::{
    args::Limit,
    block::{self, BlockArgs},
    context::CommandContext,
    decide::named,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::decide::Decision,
    register::{
        error::Error,
        moderation::{
            decisions::{
                Action, ActionOrder, ActionTarget, AuditBy, DecisionReason, carry_out, find,
            },
            flags::resolve as resolve_one,
        },
        rules::Context,
    },
    server::Environment,
    store::{Access, EndorsementSummary, ReportRow, ReportState, Tx},
    text::{single_line, visible},
};

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// List the reports, open ones first
    List {
        #[command(flatten)]
        limit: Limit,
    },
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
        ReportCommand::List { limit } => list(ctx, *limit).await,
        ReportCommand::Show { id } => show(ctx, *id).await,
        ReportCommand::Hide { id, reason } => hide(ctx, *id, reason.as_deref()).await,
        ReportCommand::Block { id, host, yes } => block(ctx, *id, *host, *yes).await,
        ReportCommand::Resolve { ids, host } => resolve(ctx, ids, host.as_deref()).await,
    }
}

/// Reports that are read and printed at a time: each may have 5,000 characters.
const PAGE: i64 = 100;

/// One report in JSON. `targets` are addresses of ours and ids of endorsements; `handles` are those of the latter.
#[derive(Debug, Serialize)]
struct ReportJson {
    id: i64,
    at: Millis,
    host: String,
    count: i64,
    text: Option<String>,
    targets: Vec<String>,
    handles: Vec<String>,
    state: ReportState,
}

impl ReportJson {
    /// Whom and what it is about, for people: handles, and what of ours has none.
    fn about(&self) -> String {
        let ours = self.targets.iter().filter(|target| target.contains('/'));
        let about: Vec<&str> = self
            .handles
            .iter()
            .chain(ours)
            .map(String::as_str)
            .collect();
        about.join(" ")
    }
}

/// These reports in JSON, with the handles of all whom they name.
async fn json(
    env: &Environment,
    tx: &mut Tx,
    rows: Vec<ReportRow>,
) -> anyhow::Result<Vec<ReportJson>> {
    let named: BTreeSet<String> = rows.iter().flat_map(|row| row.targets.clone()).collect();
    let named: Vec<String> = named.into_iter().collect();
    let known: HashMap<String, String> = tx.handles_behind(&named).await?.into_iter().collect();
    let reports = rows.into_iter().map(|row| {
        let handles = row.targets.iter().filter_map(|target| known.get(target));
        let handles = handles.cloned().collect();
        let targets = row.targets.into_iter().map(|target| {
            if target.starts_with('/') {
                env.urls.absolute(&target)
            } else {
                target
            }
        });
        ReportJson {
            id: row.id,
            at: row.at,
            host: row.host,
            count: row.count,
            text: row.text,
            targets: targets.collect(),
            handles,
            state: row.state,
        }
    });
    Ok(reports.collect())
}

/// Lists the reports: open ones first, then newest first.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let columns = ["id", "state", "at", "host", "count", "about", "text"];
    let mut list = ctx.output.begin_list(&columns);
    let mut previous: Option<ReportRow> = None;
    loop {
        // Each page in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let most = PAGE.min(limit.most() - list.listed());
        let rows = tx.reports(previous.as_ref(), most).await?;
        previous = rows.last().cloned();
        let reports = json(&env, &mut tx, rows).await?;
        drop(tx);
        let is_read = list.add(&reports, |report| {
            vec![
                report.id.to_string(),
                report.state.to_string(),
                report.at.to_string(),
                report.host.clone(),
                report.count.to_string(),
                report.about(),
                single_line(report.text.as_deref().unwrap_or_default()),
            ]
        })?;
        if previous.is_none() || !is_read {
            return list.end();
        }
        if list.listed() >= limit.most() {
            let total = env.store.read().await?.report_count().await?;
            return list.end_of(total);
        }
    }
}

/// Shows one report, with all of its text.
async fn show(ctx: &CommandContext, id: i64) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let rows = tx.report(id).await?.into_iter().collect();
    let report = json(&env, &mut tx, rows).await?.pop();
    drop(tx);
    let Some(report) = report else {
        return end(Exit::NotFound, format!("there is no report {id}"));
    };
    let parts = [
        ("id", report.id.to_string()),
        ("state", report.state.to_string()),
        ("at", report.at.to_string()),
        ("host", report.host.clone()),
        ("count", report.count.to_string()),
        ("about", report.about()),
        (
            "text",
            report.text.clone().unwrap_or_else(|| "none".to_owned()),
        ),
    ];
    ctx.output.object(&report, &parts)
}

/// A report and the endorsements that it names.
async fn named_by(
    env: &Environment,
    id: i64,
) -> anyhow::Result<(ReportRow, Vec<EndorsementSummary>)> {
    let mut tx = env.store.read().await?;
    let Some(report) = tx.report(id).await? else {
        return end(Exit::NotFound, format!("there is no report {id}"));
    };
    // A path of ours is nobody's.
    let named: Vec<_> = report
        .targets
        .iter()
        .filter(|target| !target.starts_with('/'))
        .collect();
    if named.is_empty() {
        return end(
            Exit::Conflict,
            format!("report {id} names nobody: it is about the letter itself"),
        );
    }
    let mut endorsements = Vec::new();
    for target in named {
        endorsements.extend(find(&mut tx, target).await?);
    }
    if endorsements.is_empty() {
        return end(
            Exit::NotFound,
            format!("what report {id} names is no longer here"),
        );
    }
    Ok((report, endorsements))
}

/// Hides the endorsements that a report names.
async fn hide(ctx: &CommandContext, id: i64, reason: Option<&str>) -> anyhow::Result<Exit> {
    let Some(reason) = reason else {
        return end(
            Exit::Usage,
            "`hide` needs --reason, such as --reason 'slur: insults others'",
        );
    };
    let env = ctx.open_living().await?;
    let context = env.context().await?;
    let hidden = hide_named(&env, &context, id, DecisionReason::parse(reason)).await?;
    for (_, error) in &hidden.refused {
        ctx.output.say(&error.to_string());
    }
    let report = json(&env, &mut env.store.read().await?, vec![hidden.report])
        .await?
        .pop();
    let handles = hidden.handles.iter().map(String::as_str);
    let sentence = format!(
        "hidden: {}; report {id} resolved",
        named(hidden.handles.len(), handles)
    );
    if let Some(audit) = hidden.audit {
        ctx.output
            .say(&format!("`undersigned audit undo {audit}` takes it back"));
    }
    ctx.output.answer(&report, &sentence)?;
    Ok(if hidden.refused.is_empty() {
        Exit::Done
    } else {
        Exit::Conflict
    })
}

/// What hiding those whom a report names came to.
pub(super) struct HiddenByReport {
    /// The report, marked as dealt with.
    report: ReportRow,
    /// Who is hidden now.
    pub(super) handles: Vec<String>,
    /// Places of the others, and why not.
    pub(super) refused: Vec<(usize, Error)>,
    /// The audit's entry.
    pub(super) audit: Option<i64>,
}

/// Hides the endorsements that a report names, and marks it as dealt with. When none can be hidden, nothing changes.
pub(super) async fn hide_named(
    env: &Environment,
    context: &Context,
    id: i64,
    reason: DecisionReason,
) -> anyhow::Result<HiddenByReport> {
    let (report, endorsements) = named_by(env, id).await?;
    let targets: Vec<_> = endorsements.iter().map(ActionTarget::from).collect();
    let order = ActionOrder {
        action: Action::Decide(Decision::Hide),
        by: env.operator.clone(),
        reason: Some(reason),
        named: true,
    };
    let mut tx = env.store.write().await?;
    let mut batch = None;
    let audit_by = match targets.as_slice() {
        [_only] => AuditBy::Target,
        _ => AuditBy::Batch(&mut batch),
    };
    let now = env.clock.now();
    let mut carried = carry_out(&mut tx, context, now, &targets, &order, audit_by).await?;
    if carried.done.is_empty()
        && let Some((_, error)) = carried.refused.pop()
    {
        return Err(error.into());
    }
    let report = resolved(&mut tx, env, report).await?;
    tx.commit().await?;
    let hidden = carried.done.iter().filter_map(|place| targets.get(*place));
    Ok(HiddenByReport {
        report,
        handles: hidden.map(|target| target.handle.clone()).collect(),
        refused: carried.refused,
        audit: carried.audit,
    })
}

/// Blocks whom a report names, or their server.
async fn block(ctx: &CommandContext, id: i64, host: bool, yes: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let args = BlockArgs {
        yes,
        ..block_args(&env, id, host).await?
    };
    let exit = block::add(ctx, &args).await?;
    if resolve_if_open(&env, id).await? {
        ctx.output.say(&format!("report {id} resolved"));
    }
    Ok(exit)
}

/// The block of whom a report names, or of their server.
pub(super) async fn block_args(
    env: &Environment,
    id: i64,
    host: bool,
) -> anyhow::Result<BlockArgs> {
    let (_, endorsements) = named_by(env, id).await?;
    let blocks = endorsements.iter().map(|endorsement| {
        let args = BlockArgs::of(&endorsement.actor, host);
        (args.target.clone(), args)
    });
    let mut blocks: BTreeMap<String, BlockArgs> = blocks.collect();
    match blocks.pop_first() {
        Some((_, args)) if blocks.is_empty() => Ok(args),
        first => {
            let several = first.into_iter().map(|(target, _)| target);
            let several: Vec<_> = several.chain(blocks.into_keys()).collect();
            let all = visible(&several.join(", ")).into_owned();
            end(
                Exit::Conflict,
                format!("report {id} names several; block those who deserve it one by one: {all}"),
            )
        }
    }
}

/// Marks a report as dealt with. Returns whether it was open.
pub(super) async fn resolve_if_open(env: &Environment, id: i64) -> anyhow::Result<bool> {
    let mut tx = env.store.write().await?;
    let Some(report) = tx.report(id).await? else {
        return Ok(false);
    };
    let open = report.state == ReportState::Open;
    resolved(&mut tx, env, report).await?;
    tx.commit().await?;
    Ok(open)
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
        rows.extend(tx.open_reports_of(host).await?);
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
        let reports = json(&env, &mut env.store.read().await?, rows).await?;
        return ctx.output.json(&reports);
    }
    ctx.output.text(&format!("{} resolved", rows.len()))
}
