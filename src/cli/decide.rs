//! How every decision about endorsements is asked for and carried out: ids act, conditions plan and need `--apply`.

use std::collections::HashSet;

use clap::Args;
use serde::Serialize;

use super::{
    confirm::{Confirmed, confirm},
    context::{CommandContext, one},
    output::{Exit, Output, end},
    times::{Sense, TimeArg},
};
use crate::{
    endorsement::{ActKind, ReviewState, State, WaitsFor, decide::Decision},
    register::moderation::decisions::{
        Action, ActionOrder, ActionTarget, AuditBy, DecisionReason, Showing, carry_out, find,
        find_comments,
    },
    server::Environment,
    store::{EndorsementFilter, EndorsementPages, EndorsementSummary},
    text::visible,
};

/// Conditions: all that are given have to hold.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ConditionArgs {
    /// Those in this state: listed, counted, pending, comment, hidden, rejected, withdrawn, late, invalid
    #[arg(long)]
    state: Option<State>,
    /// Those of this kind: reply, mention, quote, direct, like, reaction, project, comment
    #[arg(long)]
    kind: Option<ActKind>,
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    host: Option<String>,
    /// Those that wait for this: unsure, paused, decision, organisation, age, limited, surge, rule, name, link
    #[arg(long, value_name = "WHAT")]
    waits_for: Option<WaitsFor>,
    /// Those whose key changed unannounced, whatever their state: only leaving is obeyed until they are approved
    #[arg(long)]
    frozen: bool,
    /// Those given at this time or later; a span such as "2h" is ago
    #[arg(long, value_name = "TIME")]
    after: Option<TimeArg>,
    /// Those given before this time
    #[arg(long, value_name = "TIME")]
    before: Option<TimeArg>,
    /// Those with this in their name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

impl ConditionArgs {
    /// The same as a filter, with the times as instants.
    pub(super) fn filter(&self, ctx: &CommandContext) -> anyhow::Result<EndorsementFilter> {
        let instant = |option, time: &Option<TimeArg>| {
            let time = time.as_ref();
            time.map(|time| ctx.instant(option, time, Sense::Past))
                .transpose()
        };
        Ok(EndorsementFilter {
            state: self.state,
            kind: self.kind,
            host: self.host.clone(),
            waits_for: self.waits_for,
            frozen: self.frozen,
            after: instant("--after", &self.after)?,
            before: instant("--before", &self.before)?,
            name: self.name.clone(),
            ..EndorsementFilter::default()
        })
    }
}

/// What is decided about.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct DecisionArgs {
    /// Which ones: ids (their first four characters do), @user@host, or addresses of profiles or posts
    pub(super) ids: Vec<String>,
    #[command(flatten)]
    pub(super) conditions: ConditionArgs,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    pub(super) reason: Option<String>,
    /// Do it; without this, conditions only count
    #[arg(long)]
    pub(super) apply: bool,
    /// Do it also to more than 50, besides --apply
    #[arg(long)]
    pub(super) yes: bool,
}

/// Endorsements that are read at a time.
const PAGE: i64 = 1000;

/// The maximum number of endorsements in one bulk decision.
const MAX_BULK: usize = 100_000;

/// How many endorsements conditions may touch without `--yes`.
const MANY: usize = 50;

/// Endorsements in one transaction, so that the inbox never waits long.
const AT_ONCE: usize = 50;

/// How many are named in a plan, a result or a refusal.
const NAMED: usize = 5;

/// Decides about endorsements, by id or by condition.
pub(super) async fn decide(
    ctx: &CommandContext,
    action: Action,
    args: &DecisionArgs,
) -> anyhow::Result<Exit> {
    let verb = verb(&action);
    let reason = args.reason.as_deref().map(DecisionReason::parse);
    if needs_reason(&action) && reason.is_none() {
        return end(
            Exit::Usage,
            format!("`{verb}` needs --reason, such as --reason 'spam: sells shoes'"),
        );
    }
    let filter = args.conditions.filter(ctx)?;
    let has_conditions = filter != EndorsementFilter::default();
    if args.ids.is_empty() && !has_conditions {
        return end(
            Exit::Usage,
            format!("say which endorsements to {verb}: ids, or conditions such as --state pending"),
        );
    }
    if !args.ids.is_empty() && has_conditions {
        return end(Exit::Usage, "give ids or conditions, not both");
    }
    if filter.state == Some(State::Comment) || filter.kind == Some(ActKind::Comment) {
        return end(
            Exit::Usage,
            "conditions select no comments here: give their ids, each was read by somebody",
        );
    }
    let env = ctx.open_living().await?;
    let targets = if args.ids.is_empty() {
        by_conditions(&env, &action, filter).await?
    } else {
        by_ids(&env, &args.ids, &action, reason.is_some()).await?
    };
    if args.ids.is_empty() && !args.apply {
        return plan(&ctx.output, &action, &targets);
    }
    if args.ids.is_empty() && targets.len() > MANY && !args.yes {
        return end(
            Exit::Usage,
            format!(
                "this is about {}; nothing was changed, add --yes to do it all the same",
                in_words(&targets)
            ),
        );
    }
    if action == Action::Decide(Decision::WithdrawOnRequest) {
        let handles: Vec<_> = targets
            .iter()
            .map(|target| visible(&target.handle))
            .collect();
        let what = format!(
            "{}: ends what {} said, and erases name and words within a day. It is their own act: no command brings \
             it back.",
            verb,
            handles.join(", ")
        );
        let name = handles.first().cloned().unwrap_or_default();
        confirm(&ctx.output, &what, &name, Confirmed::from(args.yes))?;
    }
    let order = ActionOrder {
        action,
        by: env.operator.clone(),
        reason,
        named: !args.ids.is_empty(),
    };
    act(&env, &ctx.output, &targets, &order).await
}

/// The word for an action in answers.
fn verb(action: &Action) -> String {
    match action {
        Action::Decide(decision) => decision.verb().to_owned(),
        Action::Statement(showing) => format!("{showing} the statement"),
        Action::Name(showing) => format!("{showing} the name"),
        Action::Edit(_) => "edit".to_owned(),
    }
}

fn needs_reason(action: &Action) -> bool {
    match action {
        Action::Decide(decision) => match decision {
            Decision::Reject
            | Decision::Withdraw
            | Decision::WithdrawOnRequest
            | Decision::Invalidate
            | Decision::Promote
            | Decision::Demote => true,
            Decision::Approve | Decision::Hide | Decision::Unhide => false,
        },
        Action::Statement(_) | Action::Name(_) | Action::Edit(_) => false,
    }
}

/// The endorsements and comments that ids name, each once.
async fn by_ids(
    env: &Environment,
    ids: &[String],
    action: &Action,
    has_reason: bool,
) -> anyhow::Result<Vec<ActionTarget>> {
    let mut tx = env.store.read().await?;
    let mut targets = Vec::new();
    let mut seen = HashSet::new();
    for id in ids {
        let found = if *action == Action::Decide(Decision::Promote) {
            find_comments(&mut tx, id).await?
        } else {
            find(&mut tx, id).await?
        };
        let row = one(found, id, in_a_line)?;
        let is_comment = row.state == State::Comment.as_str();
        if is_comment && *action == Action::Decide(Decision::Approve) && !has_reason {
            return end(
                Exit::Usage,
                format!(
                    "{} is a comment: to approve it makes a signature of it, and needs --reason",
                    row.public_id
                ),
            );
        }
        if seen.insert(row.public_id.to_string()) {
            targets.push(ActionTarget::from(&row));
        }
    }
    Ok(targets)
}

/// The endorsements that conditions select, as far as the action fits them.
async fn by_conditions(
    env: &Environment,
    action: &Action,
    filter: EndorsementFilter,
) -> anyhow::Result<Vec<ActionTarget>> {
    let trusts = filter.frozen && *action == Action::Decide(Decision::Approve);
    let filter = EndorsementFilter {
        statement: (*action == Action::Statement(Showing::Approve)).then_some(ReviewState::Pending),
        ..filter
    };
    let fits = |row: &EndorsementSummary| {
        let state = row.state.parse::<State>();
        let shown = [&row.statement_state, &row.declared_state, &row.pledge_state];
        let hides = *action == Action::Statement(Showing::Hide);
        let has_words = shown
            .iter()
            .any(|state| matches!(state.as_deref(), Some("pending" | "shown")));
        trusts || (state.is_ok_and(|state| action.fits(state)) && (!hides || has_words))
    };
    let mut pages = EndorsementPages::of(filter);
    let mut targets = Vec::new();
    loop {
        // Each in a transaction of its own, and none is kept whole.
        let rows = pages.next(&mut env.store.read().await?, PAGE).await?;
        let is_last = i64::try_from(rows.len())? < PAGE;
        targets.extend(rows.iter().filter(|row| fits(row)).map(ActionTarget::from));
        if targets.len() > MAX_BULK {
            return end(
                Exit::Usage,
                format!("more than {MAX_BULK} fit; narrow the conditions"),
            );
        }
        if is_last {
            return Ok(targets);
        }
    }
}

/// What an endorsement or a comment is, in a line.
pub(super) fn in_a_line(row: &EndorsementSummary) -> String {
    format!("{} {} ({})", row.public_id, row.handle, row.state)
}

/// How many these are, and some of them.
fn in_words(targets: &[ActionTarget]) -> String {
    let handles = targets.iter().map(|target| target.handle.as_str());
    named(targets.len(), handles)
}

/// A number, and the first of those handles.
pub(super) fn named<'a>(count: usize, handles: impl Iterator<Item = &'a str>) -> String {
    let handles: Vec<_> = handles.take(NAMED).map(visible).collect();
    let more = count.saturating_sub(handles.len());
    match (handles.is_empty(), more) {
        (true, _) => count.to_string(),
        (false, 0) => format!("{count}: {}", handles.join(", ")),
        (false, more) => format!("{count}: {} and {more} more", handles.join(", ")),
    }
}

/// Says what would be done.
fn plan(output: &Output, action: &Action, targets: &[ActionTarget]) -> anyhow::Result<Exit> {
    let yes = if targets.len() > MANY { " --yes" } else { "" };
    output.say(&format!("nothing was changed; add --apply{yes} to do it"));
    let sample: Vec<_> = targets
        .iter()
        .take(NAMED)
        .map(|target| target.handle.as_str())
        .collect();
    output.answer(
        &serde_json::json!({"decision": verb(action), "count": targets.len(), "sample": sample}),
        &format!("{} would be about {}", verb(action), in_words(targets)),
    )
}

/// Carries an order out, fifty in a transaction. What it does not fit is reported on stderr, and the others are done.
pub(super) async fn act(
    env: &Environment,
    output: &Output,
    targets: &[ActionTarget],
    order: &ActionOrder,
) -> anyhow::Result<Exit> {
    let context = env.context().await?;
    let mut batch = None;
    let mut done: Vec<&ActionTarget> = Vec::new();
    let (mut refused, mut last) = (Vec::new(), None);
    for some in targets.chunks(AT_ONCE) {
        let mut tx = env.store.write().await?;
        let audit_by = if targets.len() == 1 {
            AuditBy::Target
        } else {
            AuditBy::Batch(&mut batch)
        };
        let carried = carry_out(&mut tx, &context, env.clock.now(), some, order, audit_by).await?;
        if !carried.done.is_empty() {
            tx.commit().await?;
        }
        env.note_left(&context.salt, &carried.left)?;
        done.extend(carried.done.iter().filter_map(|place| some.get(*place)));
        for (place, error) in carried.refused {
            let id = some.get(place).map_or("", |target| target.id.as_str());
            if targets.len() > 1 && refused.len() < NAMED && !output.is_json() {
                output.say(&format!("{id}: {error}"));
            }
            refused.push(RefusedJson {
                id: id.to_owned(),
                message: error.to_string(),
            });
            last = Some(error);
        }
        batch = batch.or(carried.audit);
    }
    if refused.len() > NAMED && !output.is_json() {
        output.say(&format!("and {} more", refused.len() - NAMED));
    }
    if targets.len() == 1
        && let Some(error) = last
    {
        return Err(error.into());
    }
    report(output, order, &done, &refused, batch)?;
    match last {
        Some(error) if done.is_empty() => Err(error.into()),
        Some(_) if output.is_json() => end(
            Exit::Conflict,
            format!(
                "{} of {} were left as they are; `refused` says why",
                refused.len(),
                targets.len()
            ),
        ),
        Some(_) => Ok(Exit::Conflict),
        None => Ok(Exit::Done),
    }
}

/// One that an order did not fit.
#[derive(Debug, Serialize)]
struct RefusedJson {
    id: String,
    message: String,
}

/// Says what was done.
fn report(
    output: &Output,
    order: &ActionOrder,
    done: &[&ActionTarget],
    refused: &[RefusedJson],
    audit: Option<i64>,
) -> anyhow::Result<()> {
    let verb = verb(&order.action);
    if output.is_json() {
        let ids: Vec<_> = done.iter().map(|target| target.id.as_str()).collect();
        output.json(&serde_json::json!({
            "decision": verb, "count": done.len(), "done": ids, "refused": refused, "audit": audit
        }))?;
    } else if done.is_empty() {
        output.say("nothing was changed");
    } else {
        let handles = done.iter().map(|target| target.handle.as_str());
        output.text(&format!("{verb}: {}", named(done.len(), handles)))?;
        let is_final = order.action == Action::Decide(Decision::WithdrawOnRequest);
        if let Some(audit) = audit.filter(|_| !is_final) {
            output.say_undo(audit);
        }
    }
    Ok(())
}

/// One endorsement that an id names.
pub(super) fn only(id: &str, reason: Option<&String>, yes: bool) -> DecisionArgs {
    DecisionArgs {
        ids: vec![id.to_owned()],
        reason: reason.cloned(),
        yes,
        ..DecisionArgs::default()
    }
}
