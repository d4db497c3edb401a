//! `endorsement list | show | approve | reject | hide | unhide | withdraw`.

use serde::Serialize;

use super::{
    Global,
    commands::{ConditionArgs, DecisionArgs, EndorsementCommand},
    output::{Exit, Output, end},
    site::{self, Site},
};
use crate::{
    clock::Millis,
    endorsement::decide::Decision,
    register::moderation::decisions::{DecisionOrder, DecisionReason, decide_one, find},
    store::{Access, EndorsementFilter, EndorsementSummary, EvidenceRow},
};

/// `endorsement …`.
pub(super) async fn run(
    command: &EndorsementCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    use EndorsementCommand::{Approve, Hide, List, Reject, Show, Unhide, Withdraw};
    let (decision, args) = match command {
        List {
            conditions,
            search,
            limit,
        } => return list(global, output, conditions, search.clone(), *limit).await,
        Show { id, evidence } => return show(global, output, id, *evidence).await,
        Withdraw { id, reason } => {
            let args = DecisionArgs {
                ids: vec![id.clone()],
                conditions: ConditionArgs::default(),
                reason: reason.clone(),
                apply: false,
            };
            return decide(global, output, Decision::Withdraw, &args).await;
        }
        Approve(args) => (Decision::Approve, args),
        Reject(args) => (Decision::Reject, args),
        Hide(args) => (Decision::Hide, args),
        Unhide(args) => (Decision::Unhide, args),
    };
    decide(global, output, decision, args).await
}

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
pub(super) async fn list(
    global: &Global,
    output: &Output,
    args: &ConditionArgs,
    search: Option<String>,
    limit: i64,
) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let conditions = EndorsementFilter {
        search,
        ..conditions(args)
    };
    let rows = site.store.read().await?.list(&conditions, limit).await?;
    let endorsements: Vec<_> = rows.iter().map(EndorsementJson::from).collect();
    let columns = [
        "id", "state", "kind", "handle", "name", "at", "reason", "words",
    ];
    output.list(&endorsements, &columns, |entry| {
        vec![
            entry.id.to_owned(),
            entry.state.to_owned(),
            entry.kind.to_owned(),
            entry.handle.to_owned(),
            entry.name.unwrap_or_default().to_owned(),
            entry.endorsed_at.to_string(),
            entry.reason.unwrap_or_default().to_owned(),
            entry
                .statement
                .as_ref()
                .map(|statement| crate::text::shorten(statement.text, 60))
                .unwrap_or_default(),
        ]
    })
}

/// Shows one endorsement.
pub(super) async fn show(
    global: &Global,
    output: &Output,
    id: &str,
    evidence: bool,
) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let mut tx = site.store.read().await?;
    let row = site::one(find(&mut tx, id).await?, id)?;
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
    output.thing(&json, &parts)
}

fn describe(declared: &DeclaredJson<'_>) -> String {
    let parts = [declared.name, declared.affiliation];
    let said: Vec<_> = parts.into_iter().flatten().collect();
    format!("{} ({})", said.join(", "), declared.state)
}

/// Decides about endorsements, by id or by condition.
pub(super) async fn decide(
    global: &Global,
    output: &Output,
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
    let site = site::open_living(global, output).await?;
    let mut tx = site.store.read().await?;
    let mut targets = Vec::new();
    for id in &args.ids {
        targets.push(site::one(find(&mut tx, id).await?, id)?);
    }
    if args.ids.is_empty() {
        targets = tx.list(&conditional, MAX_BULK).await?;
        if !args.apply {
            output.say("nothing was changed; add --apply to do it");
            return output.text(&format!("{} endorsements fit", targets.len()));
        }
    }
    drop(tx);
    let order = DecisionOrder {
        decision,
        by: site.operator.clone(),
        reason,
        named: !args.ids.is_empty(),
    };
    carry_out(&site, output, &targets, &order).await
}

/// Applies each decision in a transaction of its own, so that the inbox never waits long. A decision that does not
/// apply is reported on stderr, and the others are carried out.
async fn carry_out(
    site: &Site,
    output: &Output,
    targets: &[EndorsementSummary],
    order: &DecisionOrder,
) -> anyhow::Result<Exit> {
    let context = site.context().await?;
    let (mut done, mut last) = (Vec::new(), None);
    for target in targets {
        let mut tx = site.store.write().await?;
        match decide_one(&mut tx, &context, site.clock.now(), target, order).await {
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
