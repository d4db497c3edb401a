//! `endorsement list | show | approve | reject | hide | unhide | verify | withdraw`.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    args::time,
    context::{CommandContext, one},
    output::{Exit, Output, end},
    verify::{self, VerifyArgs},
};
use crate::{
    clock::Millis,
    endorsement::{ActKind, State, WaitsFor, decide::Decision},
    register::moderation::decisions::{DecisionOrder, DecisionReason, decide_one, find},
    server::Environment,
    store::{Access, EndorsementFilter, EndorsementPages, EndorsementSummary, EvidenceRow},
};

#[derive(Debug, Subcommand)]
pub(super) enum EndorsementCommand {
    /// List endorsements; with `--state comment` the replies that do not sign
    List {
        #[command(flatten)]
        conditions: ConditionArgs,
        /// Words that begin like those of name, handle and statement; of a comment any part of them
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// The most to list
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        limit: i64,
    },
    /// Show one endorsement: an id, @user@host, or the address of a profile or post
    Show {
        /// Which one
        id: String,
        /// Also the signed request behind it
        #[arg(long)]
        evidence: bool,
    },
    /// Let in what waits
    Approve(DecisionArgs),
    /// Refuse for good; needs --reason
    Reject(DecisionArgs),
    /// Take off the page for now
    Hide(DecisionArgs),
    /// Put back what was hidden
    Unhide(DecisionArgs),
    /// Look at the sources of endorsements now; what is gone ends after a second look
    Verify(VerifyArgs),
    /// End an endorsement on somebody's behalf; needs --reason
    Withdraw {
        /// Which one
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Conditions: all that are given have to hold.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ConditionArgs {
    /// Those in this state: listed, counted, pending, comment, hidden, rejected, withdrawn, late, invalid
    #[arg(long)]
    state: Option<State>,
    /// Those of this kind: reply, mention, quote, like, reaction, comment
    #[arg(long)]
    kind: Option<ActKind>,
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    host: Option<String>,
    /// Those that wait for this: unsure, paused, decision, organisation, age, limited, surge, rule, name
    #[arg(long, value_name = "WHAT")]
    waits_for: Option<WaitsFor>,
    /// Those whose key changed unannounced, whatever their state: only leaving is obeyed until they are approved
    #[arg(long)]
    frozen: bool,
    /// Those given at this time or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    after: Option<Millis>,
    /// Those given before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    before: Option<Millis>,
    /// Those with this in their name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

/// What is decided about.
#[derive(Clone, Debug, Args)]
pub(super) struct DecisionArgs {
    /// Which ones: ids (their first four characters do), @user@host, or addresses of profiles or posts
    ids: Vec<String>,
    #[command(flatten)]
    conditions: ConditionArgs,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    reason: Option<String>,
    /// Do it; without this, conditions only count
    #[arg(long)]
    apply: bool,
}

/// `endorsement …`.
pub(super) async fn run(
    ctx: &CommandContext,
    command: &EndorsementCommand,
) -> anyhow::Result<Exit> {
    use EndorsementCommand::{Approve, Hide, List, Reject, Show, Unhide, Verify, Withdraw};
    let (decision, args) = match command {
        List {
            conditions,
            search,
            limit,
        } => return list(ctx, conditions, search.clone(), *limit).await,
        Verify(args) => return verify::run(ctx, args).await,
        Show { id, evidence } => return show(ctx, id, *evidence).await,
        Withdraw { id, reason } => {
            let args = DecisionArgs {
                ids: vec![id.clone()],
                conditions: ConditionArgs::default(),
                reason: reason.clone(),
                apply: false,
            };
            return decide(ctx, Decision::Withdraw, &args).await;
        }
        Approve(args) => (Decision::Approve, args),
        Reject(args) => (Decision::Reject, args),
        Hide(args) => (Decision::Hide, args),
        Unhide(args) => (Decision::Unhide, args),
    };
    decide(ctx, decision, args).await
}

/// Endorsements that are read and printed at a time.
const PAGE: i64 = 1000;

/// The maximum number of endorsements in one bulk decision.
const MAX_BULK: i64 = 100_000;

/// The `reason` of an endorsement whose actor is frozen: its key changed without a signed `Update`, which may be a
/// takeover of its name, so nothing changes until somebody approves it.
const FROZEN: &str = "frozen: its key changed unannounced; approve it to trust the new one";

/// One endorsement in JSON.
#[derive(Debug, Serialize)]
pub(super) struct EndorsementJson<'a> {
    id: &'a str,
    kind: &'a str,
    state: &'a str,
    actor: &'a str,
    handle: &'a str,
    name: Option<&'a str>,
    name_state: &'a str,
    declared: Option<DeclaredJson<'a>>,
    statement: Option<StatementJson<'a>>,
    revision: i64,
    object: Option<&'a str>,
    activity: Option<&'a str>,
    signatory: Option<&'a str>,
    evidence: &'a str,
    by: &'a str,
    endorsed_at: Millis,
    changed_at: Millis,
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_gone_since: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestJson<'a>>,
}

#[derive(Debug, Serialize)]
struct DeclaredJson<'a> {
    name: Option<&'a str>,
    affiliation: Option<&'a str>,
    state: &'a str,
}

#[derive(Debug, Serialize)]
struct StatementJson<'a> {
    text: &'a str,
    state: &'a str,
}

/// The signed request, for `show --evidence`.
#[derive(Debug, Serialize)]
struct RequestJson<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<&'a str>,
    body: String,
    key_id: &'a str,
    key: &'a str,
    received_at: Millis,
}

impl<'a> From<&'a EvidenceRow> for RequestJson<'a> {
    fn from(row: &'a EvidenceRow) -> Self {
        Self {
            method: &row.method,
            path: &row.path,
            headers: row.headers.lines().collect(),
            body: String::from_utf8_lossy(&row.body).into_owned(),
            key_id: &row.key_id,
            key: &row.pem,
            received_at: row.received_at,
        }
    }
}

impl<'a> From<&'a EndorsementSummary> for EndorsementJson<'a> {
    fn from(row: &'a EndorsementSummary) -> Self {
        let declared = row.declared_state.as_deref().map(|state| DeclaredJson {
            name: row.declared_name.as_deref(),
            affiliation: row.declared_affiliation.as_deref(),
            state,
        });
        let statement = row.statement.as_deref().map(|text| StatementJson {
            text,
            state: row.statement_state.as_deref().unwrap_or("pending"),
        });
        Self {
            id: row.public_id.as_str(),
            kind: &row.kind,
            state: &row.state,
            actor: &row.actor,
            handle: &row.handle,
            name: row.name.as_deref(),
            name_state: &row.name_state,
            declared,
            statement,
            revision: row.revision,
            object: row.object.as_deref().filter(|id| id.starts_with("http")),
            activity: row.activity.as_deref(),
            signatory: None,
            evidence: row.evidence.as_deref().unwrap_or("signed"),
            by: "endorser",
            endorsed_at: row.endorsed_at,
            changed_at: row.changed_at,
            // The freeze comes before other reasons: nothing changes until somebody approves the endorsement.
            reason: row
                .frozen_at
                .map(|_| FROZEN)
                .or(row.reason.as_deref())
                .or(row.waits_for.as_deref()),
            server_gone_since: row.server_gone_since,
            request: None,
        }
    }
}

fn conditions(args: &ConditionArgs) -> EndorsementFilter {
    EndorsementFilter {
        state: args.state,
        kind: args.kind,
        host: args.host.clone(),
        waits_for: args.waits_for,
        frozen: args.frozen,
        after: args.after,
        before: args.before,
        name: args.name.clone(),
        ..EndorsementFilter::default()
    }
}

/// Lists endorsements.
async fn list(
    ctx: &CommandContext,
    args: &ConditionArgs,
    search: Option<String>,
    limit: i64,
) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let conditions = EndorsementFilter {
        search,
        ..conditions(args)
    };
    let columns = [
        "id", "state", "kind", "handle", "name", "at", "reason", "words",
    ];
    let mut pages = EndorsementPages::of(conditions);
    let mut list = ctx.output.begin_list(&columns);
    let mut left = limit;
    loop {
        // Each in a transaction of its own: whoever reads may take any time.
        let most = left.min(PAGE);
        let rows = pages.next(&mut env.store.read().await?, most).await?;
        let endorsements: Vec<_> = rows.iter().map(EndorsementJson::from).collect();
        let listed = i64::try_from(rows.len())?;
        left -= listed;
        if !list.add(&endorsements, cells)? || listed < most || left == 0 {
            return list.end();
        }
    }
}

/// One endorsement as a row of the list.
fn cells(entry: &EndorsementJson<'_>) -> Vec<String> {
    let words = entry.statement.as_ref();
    let words = words.map(|statement| crate::text::shorten(statement.text, 60));
    vec![
        entry.id.to_owned(),
        entry.state.to_owned(),
        entry.kind.to_owned(),
        entry.handle.to_owned(),
        entry.name.unwrap_or_default().to_owned(),
        entry.endorsed_at.to_string(),
        entry.reason.unwrap_or_default().to_owned(),
        words.unwrap_or_default(),
    ]
}

/// Shows one endorsement.
async fn show(ctx: &CommandContext, id: &str, evidence: bool) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let row = one(find(&mut tx, id).await?, id)?;
    let request = match row.act_id.filter(|_| evidence) {
        Some(act) => tx.evidence(act).await?,
        None => None,
    };
    let mut json = EndorsementJson::from(&row);
    json.request = request.as_ref().map(RequestJson::from);
    let declared = json.declared.as_ref();
    let mut parts = vec![
        ("id", json.id.to_owned()),
        ("state", json.state.to_owned()),
        ("kind", json.kind.to_owned()),
        ("handle", json.handle.to_owned()),
        ("actor", json.actor.to_owned()),
        (
            "name",
            format!("{} ({})", json.name.unwrap_or("none"), json.name_state),
        ),
        (
            "declared",
            declared.map_or_else(|| "none".to_owned(), describe),
        ),
        (
            "statement",
            json.statement.as_ref().map_or_else(
                || "none".to_owned(),
                |statement| format!("{} ({})", statement.text, statement.state),
            ),
        ),
        ("revision", json.revision.to_string()),
        ("object", json.object.unwrap_or("none").to_owned()),
        ("activity", json.activity.unwrap_or("none").to_owned()),
        ("by", json.by.to_owned()),
        ("endorsed at", json.endorsed_at.to_string()),
        ("changed at", json.changed_at.to_string()),
        ("reason", json.reason.unwrap_or("none").to_owned()),
    ];
    if let Some(request) = &json.request {
        parts.push(("request", format!("{} {}", request.method, request.path)));
        parts.extend(
            request
                .headers
                .iter()
                .map(|header| ("header", (*header).to_owned())),
        );
        parts.push(("body", request.body.clone()));
        parts.push(("key id", request.key_id.to_owned()));
        parts.push(("key", request.key.to_owned()));
    }
    ctx.output.object(&json, &parts)
}

fn describe(declared: &DeclaredJson<'_>) -> String {
    let parts = [declared.name, declared.affiliation];
    let said: Vec<_> = parts.into_iter().flatten().collect();
    format!("{} ({})", said.join(", "), declared.state)
}

/// Decides about endorsements, by id or by condition.
async fn decide(
    ctx: &CommandContext,
    decision: Decision,
    args: &DecisionArgs,
) -> anyhow::Result<Exit> {
    let needs_reason = matches!(decision, Decision::Reject | Decision::Withdraw);
    let reason = args.reason.as_deref().map(DecisionReason::parse);
    if needs_reason && reason.is_none() {
        return end(
            Exit::Usage,
            format!("`{decision}` needs --reason, such as --reason 'spam: sells shoes'"),
        );
    }
    let conditional = conditions(&args.conditions);
    if args.ids.is_empty() && conditional == EndorsementFilter::default() {
        return end(
            Exit::Usage,
            format!(
                "say which endorsements to {decision}: ids, or conditions such as --state pending"
            ),
        );
    }
    if !args.ids.is_empty() && conditional != EndorsementFilter::default() {
        return end(Exit::Usage, "give ids or conditions, not both");
    }
    let env = ctx.open_living().await?;
    let mut tx = env.store.read().await?;
    let mut targets = Vec::new();
    for id in &args.ids {
        targets.push(one(find(&mut tx, id).await?, id)?);
    }
    if args.ids.is_empty() {
        targets = tx.list(&conditional, MAX_BULK).await?;
        if !args.apply {
            ctx.output.say("nothing was changed; add --apply to do it");
            return ctx
                .output
                .text(&format!("{} endorsements fit", targets.len()));
        }
    }
    drop(tx);
    let order = DecisionOrder {
        decision,
        by: env.operator.clone(),
        reason,
        named: !args.ids.is_empty(),
    };
    carry_out(&env, &ctx.output, &targets, &order).await
}

/// Applies each decision in a transaction of its own, so that the inbox never waits long. A decision that does not
/// apply is reported on stderr, and the others are carried out.
async fn carry_out(
    env: &Environment,
    output: &Output,
    targets: &[EndorsementSummary],
    order: &DecisionOrder,
) -> anyhow::Result<Exit> {
    let context = env.context().await?;
    let (mut done, mut last) = (Vec::new(), None);
    for target in targets {
        let mut tx = env.store.write().await?;
        match decide_one(&mut tx, &context, env.clock.now(), target, order).await {
            Ok(_) => {
                tx.commit().await?;
                done.push(target.public_id.to_string());
            }
            Err(error) if targets.len() == 1 => return Err(error.into()),
            Err(error @ (crate::register::Error::Store(_) | crate::register::Error::Key(_))) => {
                return Err(error.into());
            }
            Err(error) => {
                output.say(&format!("{}: {error}", target.public_id));
                last = Some(error);
            }
        }
    }
    if output.is_json() {
        output.json(&serde_json::json!({"decision": order.decision, "done": done}))?;
    } else if done.is_empty() {
        output.say("nothing was changed");
    } else {
        output.text(&format!("{}: {}", order.decision, done.join(" ")))?;
    }
    match last {
        Some(error) if done.is_empty() => Err(error.into()),
        Some(_) => Ok(Exit::Conflict),
        None => Ok(Exit::Done),
    }
}
