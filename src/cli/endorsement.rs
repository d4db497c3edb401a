//! `endorsement list | show | approve | reject | hide | unhide | verify | withdraw | invalidate | promote | demote |
//! edit`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    args::Limit,
    context::{CommandContext, one},
    decide::{ConditionArgs, DecisionArgs, decide, in_a_line, only},
    evidence,
    output::{Exit, end},
    verify::{self, VerifyArgs},
};
use crate::{
    clock::Millis,
    endorsement::{CountsAs, PledgeWords, ReviewState, decide::Decision},
    random::PublicId,
    register::moderation::{
        decisions::{Action, DecisionReason, Edit, ReasonCode, find},
        told::{HistoryEntry, history_of},
    },
    store::{Access, EndorsementFilter, EndorsementPages, EndorsementSummary, EvidenceRow},
    text::single_line,
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
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one endorsement: an id, @user@host, or the address of a profile or post
    Show {
        /// Which one
        id: String,
        /// Also the signed request behind it
        #[arg(long)]
        evidence: bool,
        /// Write that request to a new file, which `evidence verify` checks without this database
        #[arg(long, value_name = "FILE", requires = "evidence")]
        to: Option<PathBuf>,
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
    /// End an endorsement; needs --reason. With `--reason request` its author asked for it: then it is erased within a
    /// day, and nothing brings it back but a new act of the author's
    Withdraw {
        /// Which one
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
        /// Do not ask, with `--reason request`
        #[arg(long)]
        yes: bool,
    },
    /// Declare void all that fit, such as those of a flood, as one act that can be undone; needs --reason
    Invalidate(InvalidateArgs),
    /// Make an endorsement of a comment that signs in words of its own; needs --reason
    Promote {
        /// Which comment
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
    },
    /// Make a comment of a reply or mention that does not sign; needs --reason
    Demote {
        /// Which one
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
    },
    /// Change what stands in the list; the entry says so
    Edit(EditArgs),
}

/// What is declared void.
#[derive(Clone, Debug, Args)]
pub(super) struct InvalidateArgs {
    #[command(flatten)]
    conditions: ConditionArgs,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    reason: Option<String>,
    /// Do it; without this, conditions only count
    #[arg(long)]
    apply: bool,
    /// Do it also to more than 50, besides --apply
    #[arg(long)]
    yes: bool,
}

impl From<&InvalidateArgs> for DecisionArgs {
    fn from(args: &InvalidateArgs) -> Self {
        Self {
            ids: Vec::new(),
            conditions: args.conditions.clone(),
            reason: args.reason.clone(),
            apply: args.apply,
            yes: args.yes,
        }
    }
}

/// What is changed in the list.
#[derive(Clone, Debug, Args)]
pub(super) struct EditArgs {
    /// Which one
    id: String,
    /// The name to show; empty for the endorser's own
    #[arg(long)]
    name: Option<String>,
    /// The affiliation to show; empty for the endorser's own
    #[arg(long)]
    affiliation: Option<String>,
    /// List it among the organisations
    #[arg(long, conflicts_with = "person")]
    organisation: bool,
    /// List it among the people
    #[arg(long)]
    person: bool,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    reason: Option<String>,
}

/// `endorsement …`.
pub(super) async fn run(
    ctx: &CommandContext,
    command: &EndorsementCommand,
) -> anyhow::Result<Exit> {
    use EndorsementCommand::{
        Approve, Demote, Edit, Hide, Invalidate, List, Promote, Reject, Show, Unhide, Verify,
        Withdraw,
    };
    let (decision, args) = match command {
        List {
            conditions,
            search,
            limit,
        } => return list(ctx, conditions, search.clone(), *limit).await,
        Verify(args) => return verify::run(ctx, args).await,
        Show { id, evidence, to } => return show(ctx, id, *evidence, to.as_deref()).await,
        Withdraw { id, reason, yes } => {
            let code = reason.as_deref().map(DecisionReason::parse);
            let on_request = code.is_some_and(|reason| reason.code == ReasonCode::Request);
            let decision = if on_request {
                Decision::WithdrawOnRequest
            } else {
                Decision::Withdraw
            };
            (decision, only(id, reason.as_ref(), *yes))
        }
        Promote { id, reason } => (Decision::Promote, only(id, reason.as_ref(), false)),
        Demote { id, reason } => (Decision::Demote, only(id, reason.as_ref(), false)),
        Edit(args) => return edit(ctx, args).await,
        Approve(args) => (Decision::Approve, args.clone()),
        Reject(args) => (Decision::Reject, args.clone()),
        Hide(args) => (Decision::Hide, args.clone()),
        Unhide(args) => (Decision::Unhide, args.clone()),
        Invalidate(args) => (Decision::Invalidate, args.into()),
    };
    decide(ctx, Action::Decide(decision), &args).await
}

/// Puts a moderator's words in the place of the endorser's.
async fn edit(ctx: &CommandContext, args: &EditArgs) -> anyhow::Result<Exit> {
    let counts_as = match (args.organisation, args.person) {
        (true, _) => Some(CountsAs::Organisation),
        (false, true) => Some(CountsAs::Person),
        (false, false) => None,
    };
    let edit = Edit {
        name: args.name.clone(),
        affiliation: args.affiliation.clone(),
        counts_as,
    };
    if edit == Edit::default() {
        return end(
            Exit::Usage,
            "say what to change: --name, --affiliation, --organisation or --person",
        );
    }
    decide(
        ctx,
        Action::Edit(edit),
        &only(&args.id, args.reason.as_ref(), false),
    )
    .await
}

/// Endorsements that are read and printed at a time.
const PAGE: i64 = 1000;

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
    source: &'a str,
    name: Option<&'a str>,
    name_state: &'a str,
    declared: Option<DeclaredJson<'a>>,
    statement: Option<StatementJson<'a>>,
    pledge: Option<PledgeJson<'a>>,
    revision: i64,
    object: Option<&'a str>,
    activity: Option<&'a str>,
    signatory: Option<&'a str>,
    evidence: &'a str,
    by: &'a str,
    endorsed_at: Millis,
    changed_at: Millis,
    reason: Option<&'a str>,
    /// For `show`: what happened to it, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a [HistoryEntry]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_gone_since: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestJson<'a>>,
    /// The file that the request was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_file: Option<&'a Path>,
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

#[derive(Debug, Serialize)]
struct PledgeJson<'a> {
    url: Option<&'a str>,
    state: &'a str,
    at: Millis,
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
            source: &row.source,
            name: row.name.as_deref(),
            name_state: &row.name_state,
            declared,
            statement,
            pledge: row
                .pledge_state
                .as_deref()
                .zip(row.pledged_at)
                .map(|(state, at)| PledgeJson {
                    url: row.pledge_url.as_deref(),
                    state,
                    at,
                }),
            revision: row.revision,
            object: row.object.as_deref().filter(|id| id.starts_with("http")),
            activity: row.activity.as_deref(),
            signatory: row.signatory.as_ref().map(PublicId::as_str),
            evidence: row.evidence.as_deref().unwrap_or("signed"),
            by: &row.by,
            endorsed_at: row.endorsed_at,
            changed_at: row.changed_at,
            // The freeze comes before other reasons: nothing changes until somebody approves the endorsement.
            reason: row
                .frozen_at
                .map(|_| FROZEN)
                .or(row.reason.as_deref())
                .or(row.waits_for.as_deref()),
            history: None,
            server_gone_since: row.server_gone_since,
            request: None,
            evidence_file: None,
        }
    }
}

/// Lists endorsements.
async fn list(
    ctx: &CommandContext,
    args: &ConditionArgs,
    search: Option<String>,
    limit: Limit,
) -> anyhow::Result<Exit> {
    let conditions = EndorsementFilter {
        search,
        ..args.filter(ctx)?
    };
    let env = ctx.open(Access::Existing).await?;
    let columns = [
        "id", "state", "kind", "handle", "name", "at", "reason", "words",
    ];
    let mut pages = EndorsementPages::of(conditions.clone());
    let mut list = ctx.output.begin_list(&columns);
    let mut left = limit.most();
    loop {
        // Each in a transaction of its own: whoever reads may take any time.
        let most = left.min(PAGE);
        let rows = pages.next(&mut env.store.read().await?, most).await?;
        let endorsements: Vec<_> = rows.iter().map(EndorsementJson::from).collect();
        let listed = i64::try_from(rows.len())?;
        left -= listed;
        if !list.add(&endorsements, cells)? || listed < most {
            return list.end();
        }
        if left == 0 {
            let total = env.store.read().await?.how_many(&conditions).await?;
            return list.end_of(total);
        }
    }
}

/// One endorsement as a row of the list.
fn cells(entry: &EndorsementJson<'_>) -> Vec<String> {
    let words = entry.statement.as_ref();
    let words = words.map(|statement| single_line(statement.text));
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
pub(super) async fn show(
    ctx: &CommandContext,
    id: &str,
    evidence: bool,
    to: Option<&Path>,
) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let row = one(find(&mut tx, id).await?, id, in_a_line)?;
    let request = match row.act_id.filter(|_| evidence) {
        Some(act) => tx.evidence(act).await?,
        None => None,
    };
    let history = history_of(&mut tx, &row).await?;
    drop(tx);
    if let Some(file) = to {
        evidence::write(&env, &row, request.as_ref(), file)?;
    }
    let mut json = EndorsementJson::from(&row);
    json.history = Some(&history);
    json.request = request
        .as_ref()
        .filter(|_| to.is_none())
        .map(RequestJson::from);
    json.evidence_file = to;
    let declared = json.declared.as_ref();
    let mut parts = vec![
        ("id", json.id.to_owned()),
        ("state", json.state.to_owned()),
        ("kind", json.kind.to_owned()),
        ("handle", json.handle.to_owned()),
        ("source", json.source.to_owned()),
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
        ("pledge", pledge_in_words(&row)),
        ("revision", json.revision.to_string()),
        ("object", json.object.unwrap_or("none").to_owned()),
        ("activity", json.activity.unwrap_or("none").to_owned()),
        ("signatory", json.signatory.unwrap_or("none").to_owned()),
        ("by", json.by.to_owned()),
        ("endorsed at", json.endorsed_at.to_string()),
        ("changed at", json.changed_at.to_string()),
        ("reason", json.reason.unwrap_or("none").to_owned()),
    ];
    parts.extend(history.iter().map(|told| ("history", told.to_string())));
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
    if let Some(file) = json.evidence_file {
        parts.push(("evidence file", file.display().to_string()));
    }
    ctx.output.object(&json, &parts)
}

/// `counts, link https://codeberg.org/ada (pending)`.
fn pledge_in_words(row: &EndorsementSummary) -> String {
    let (Some(words), Some(state)) = (&row.pledge, &row.pledge_state) else {
        return "none".to_owned();
    };
    let counts = words == PledgeWords::Clear.as_str() || state == ReviewState::Shown.as_str();
    let said = if counts { "counts" } else { "does not count" };
    let link = row.pledge_url.as_ref().map(|url| format!(", link {url}"));
    let unsure = row
        .pledge_words
        .as_ref()
        .map(|text| format!(", unsure: {}", single_line(text)));
    format!(
        "{said}{}{} ({state})",
        unsure.unwrap_or_default(),
        link.unwrap_or_default()
    )
}

fn describe(declared: &DeclaredJson<'_>) -> String {
    let parts = [declared.name, declared.affiliation];
    let said: Vec<_> = parts.into_iter().flatten().collect();
    format!("{} ({})", said.join(", "), declared.state)
}
