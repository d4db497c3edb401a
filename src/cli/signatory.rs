//! `signatory list | show | sync | unparsed | add | edit | hide | unhide | confirm | remove | import`.

use std::{collections::HashSet, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::{
    args::Limit,
    confirm::{Confirmed, confirm},
    context::{CommandContext, one_or},
    csv_file::{read_records, unknown_columns},
    endorsement,
    letter::unreadable,
    output::{Exit, counted, end},
};
use crate::{
    clock::Millis,
    http::supporter_data::{LIKED, ORGANISATION},
    letter::{Collected, SignatoryJson, SignatorySource, SignatoryState},
    register::{
        letter::sync::Synced,
        maintenance::restored::{Erased, ErasedKind},
        moderation::{
            decisions::{DecisionReason, ReasonCode},
            signatories::{
                NameByHand, NameEdit, SignatoryDecision, SignatoryOrder, add_names,
                decide_signatories, edit_name, find_signatories,
            },
        },
    },
    server::{
        environment,
        letter_sync::{SyncError, SyncOutcome, sync_names},
        setup::client,
    },
    store::{
        Access, AuditEntry, EndorsementFilter, EndorsementPages, EndorsementSummary, SignatoryRow,
        Tx,
    },
    text::{csv::without_guards, visible},
};

#[derive(Debug, Subcommand)]
pub(super) enum SignatoryCommand {
    /// List the names
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a name, and what was decided about it
    Show {
        /// Its id: the first four characters do
        id: String,
    },
    /// Take over the names of `letter.source_url`, else of `letter.file`, but no text
    Sync {
        /// Do it, also when many names go or come, many lines are unread, or the source leads to another repository
        #[arg(long)]
        yes: bool,
    },
    /// List the lines of the published file that are no names we can read
    Unparsed {
        #[command(flatten)]
        limit: Limit,
    },
    /// Enter a name that came in by e-mail or on paper
    Add(AddArgs),
    /// Change a name that was entered by hand
    Edit(NameEditArgs),
    /// Take names off the page; `unhide` brings them back, and the file does not
    Hide(NamesArgs),
    /// Bring hidden names back
    Unhide(NamesArgs),
    /// Move names to the current text, because these people confirmed it
    Confirm(NamesArgs),
    /// Take a name off: the file does not bring it back. With the reason `request` its text is erased at once, for good;
    /// else after `privacy.purge_withdrawn_after`
    Remove {
        /// Its id: the first four characters do
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and free text
        #[arg(long)]
        reason: Option<String>,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// Enter names from a CSV file with the columns name, affiliation, url, source and ref, or from what `export csv` of
    /// another letter printed
    Import {
        /// The file; its first line names the columns, of which name and ref are needed. Of an exported list those who
        /// signed are entered, with their page there as ref
        file: PathBuf,
        /// Do it; without this, the file is only read
        #[arg(long)]
        apply: bool,
        /// With --apply: also when that are more than 50 names
        #[arg(long)]
        yes: bool,
    },
}

/// A name by hand.
#[derive(Clone, Debug, Args)]
pub(super) struct AddArgs {
    /// The name, as it is shown
    #[arg(long)]
    name: String,
    /// What stands after the name
    #[arg(long)]
    affiliation: Option<String>,
    /// What the name links to
    #[arg(long)]
    url: Option<String>,
    /// How it came in: email, paper or other
    #[arg(long, value_name = "email|paper|other", default_value_t = Collected::Other)]
    source: Collected,
    /// Where the proof is, such as the Message-ID; never public
    #[arg(long = "ref", value_name = "TEXT")]
    reference: String,
}

/// What changes about a name by hand.
#[derive(Clone, Debug, Args)]
pub(super) struct NameEditArgs {
    /// Its id: the first four characters do
    id: String,
    /// The name, as it is shown
    #[arg(long)]
    name: Option<String>,
    /// What stands after the name; empty for nothing
    #[arg(long)]
    affiliation: Option<String>,
    /// What the name links to; empty for nothing
    #[arg(long)]
    url: Option<String>,
}

/// Which names are decided about, and why.
#[derive(Clone, Debug, Args)]
pub(super) struct NamesArgs {
    /// Which ones: their ids, of which the first four characters do
    #[arg(required = true)]
    ids: Vec<String>,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and free text
    #[arg(long)]
    reason: Option<String>,
    /// Do it, also when that are more than 50 names
    #[arg(long)]
    yes: bool,
}

/// `signatory …`.
pub(super) async fn run(ctx: &CommandContext, command: &SignatoryCommand) -> anyhow::Result<Exit> {
    match command {
        SignatoryCommand::List { limit } => list(ctx, *limit).await,
        SignatoryCommand::Show { id } => show(ctx, id).await,
        SignatoryCommand::Sync { yes } => Box::pin(sync(ctx, *yes)).await,
        SignatoryCommand::Unparsed { limit } => unparsed(ctx, *limit).await,
        SignatoryCommand::Add(args) => add(ctx, args).await,
        SignatoryCommand::Edit(args) => edit(ctx, args).await,
        SignatoryCommand::Hide(args) => decide(ctx, SignatoryDecision::Hide, args).await,
        SignatoryCommand::Unhide(args) => decide(ctx, SignatoryDecision::Unhide, args).await,
        SignatoryCommand::Confirm(args) => decide(ctx, SignatoryDecision::Confirm, args).await,
        SignatoryCommand::Remove { id, reason, yes } => {
            let removal = NameRemoval::AsTheReasonSays;
            remove(ctx, id, reason.as_deref(), removal, (*yes).into()).await
        }
        SignatoryCommand::Import { file, apply, yes } => {
            import(ctx, file, *apply, (*yes).into()).await
        }
    }
}

/// Names that are read and printed at a time.
const PAGE: i64 = 1000;
/// More names than this need `--yes`.
const MANY: usize = 50;
/// The names that a plan or a result shows.
const SHOWN: usize = 5;
/// The unread lines that a sync shows.
const LINES_SHOWN: usize = 20;
/// The most decisions about one name that are shown.
const DECISIONS_SHOWN: i64 = 100;

fn json(row: SignatoryRow) -> SignatoryJson {
    let number = |number: i64| u32::try_from(number).ok();
    SignatoryJson {
        id: Some(row.public_id.to_string()),
        name: row.name,
        handle: row.handle,
        url: row.url,
        affiliation: row.affiliation,
        source: row.source,
        position: number(row.position).filter(|position| *position > 0),
        revision: number(row.revision),
        line: row.line.and_then(number),
        state: Some(row.state),
        collected: row.collected,
        reference: row.reference,
        endorser: None,
    }
}

/// Names with the endorsements that they are linked with.
async fn with_endorsers(
    tx: &mut Tx,
    rows: Vec<SignatoryRow>,
) -> anyhow::Result<Vec<SignatoryJson>> {
    let ids: Vec<_> = rows.iter().map(|row| row.public_id.to_string()).collect();
    let endorsers = tx.endorsers_of(&ids).await?;
    let names = rows.into_iter().map(|row| {
        let endorser = endorsers.iter().find(|(id, _)| *id == row.public_id);
        let endorser = endorser.map(|(_, endorser)| endorser.to_string());
        SignatoryJson {
            endorser,
            ..json(row)
        }
    });
    Ok(names.collect())
}

/// Lists the names: those of the file in its order, those by hand, those that are gone, and who signed by a comment on a
/// forge.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let columns = [
        "id",
        "name",
        "account",
        "affiliation",
        "state",
        "source",
        "line",
    ];
    let mut printer = ctx.output.begin_list(&columns);
    let mut after = None;
    loop {
        // Each in a transaction of its own: whoever reads may take any time.
        let most = PAGE.min(limit.most() - printer.listed());
        let (rows, last) = env.store.read().await?.signatories(after, most).await?;
        let names = with_endorsers(&mut env.store.read().await?, rows).await?;
        let is_read = printer.add(&names, cells)?;
        if !is_read {
            return printer.end();
        }
        if printer.listed() >= limit.most() {
            let total = how_many(&mut env.store.read().await?).await?;
            return printer.end_of(total);
        }
        if last.is_none() {
            break;
        }
        after = last;
    }
    // After the names those who signed by a comment on a forge.
    let mut pages = EndorsementPages::of(on_forges());
    loop {
        let most = PAGE.min(limit.most() - printer.listed());
        let rows = pages.next(&mut env.store.read().await?, most).await?;
        let is_last = i64::try_from(rows.len())? < most;
        let names: Vec<_> = rows.into_iter().map(by_comment).collect();
        let is_read = printer.add(&names, cells)?;
        if is_last || !is_read {
            return printer.end();
        }
        if printer.listed() >= limit.most() {
            let total = how_many(&mut env.store.read().await?).await?;
            return printer.end_of(total);
        }
    }
}

/// Those who signed by a comment on a forge.
fn on_forges() -> EndorsementFilter {
    EndorsementFilter {
        on_forge: true,
        ..EndorsementFilter::default()
    }
}

/// How many names there are, with those who signed by a comment on a forge.
async fn how_many(tx: &mut Tx) -> anyhow::Result<i64> {
    let commented = tx.how_many(&on_forges()).await?;
    Ok(tx.signatory_rows().await? + commented)
}

/// Somebody who signed by a comment on a forge, beside the names.
fn by_comment(row: EndorsementSummary) -> SignatoryJson {
    let declared = row.declared_state.as_deref() == Some("shown");
    let name = row.declared_name.filter(|_| declared).or(row.name);
    SignatoryJson {
        endorser: Some(row.public_id.to_string()),
        id: Some(row.public_id.to_string()),
        name: name.unwrap_or_default(),
        handle: Some(row.handle),
        url: row.object,
        affiliation: row.declared_affiliation.filter(|_| declared),
        source: row.source,
        position: None,
        revision: u32::try_from(row.revision).ok(),
        line: None,
        state: Some(row.state),
        collected: None,
        reference: None,
    }
}

/// One name as a row of the list.
fn cells(signatory: &SignatoryJson) -> Vec<String> {
    let line = signatory.line.map(|line| line.to_string());
    vec![
        signatory.id.clone().unwrap_or_default(),
        signatory.name.clone(),
        signatory.handle.clone().unwrap_or_default(),
        signatory.affiliation.clone().unwrap_or_default(),
        signatory.state.clone().unwrap_or_default(),
        signatory.source.clone(),
        line.unwrap_or_default(),
    ]
}

/// A name with what was decided about it.
#[derive(Debug, Serialize)]
struct ShownJson<'a> {
    #[serde(flatten)]
    signatory: &'a SignatoryJson,
    /// Newest first.
    history: Vec<NameDecisionJson<'a>>,
}

/// What was decided about a name.
#[derive(Debug, Serialize)]
struct NameDecisionJson<'a> {
    at: Millis,
    by: &'a str,
    action: &'a str,
    code: Option<&'a str>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a AuditEntry> for NameDecisionJson<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self {
            at: entry.at,
            by: &entry.by,
            action: &entry.action,
            code: entry.code.as_deref(),
            reason: entry.reason.as_deref(),
        }
    }
}

/// Shows one name. Of who signed by a comment on a forge it shows the endorsement with its evidence.
async fn show(ctx: &CommandContext, id: &str) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    if find_signatories(&mut tx, id, 1).await?.is_empty() {
        let conditions = EndorsementFilter {
            id: Some(id.to_owned()),
            ..on_forges()
        };
        let commented = tx.list(&conditions, 2).await?;
        if commented.len() == 1 {
            drop(tx);
            drop(env);
            return endorsement::show(ctx, id, true, None).await;
        }
    }
    let row = one(&mut tx, id).await?;
    let id = row.public_id.to_string();
    let history = tx.audit_entries(Some(&id), DECISIONS_SHOWN).await?;
    let signatory = with_endorsers(&mut tx, vec![row]).await?.pop();
    let signatory = signatory.context("the name went meanwhile")?;
    drop(tx);
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let number = |number: Option<u32>| number.map_or_else(|| "none".to_owned(), |n| n.to_string());
    let mut parts = vec![
        ("id", id),
        ("state", text(&signatory.state)),
        ("name", signatory.name.clone()),
        ("handle", text(&signatory.handle)),
        ("url", text(&signatory.url)),
        ("affiliation", text(&signatory.affiliation)),
        ("source", signatory.source.clone()),
        ("collected", text(&signatory.collected)),
        ("ref", text(&signatory.reference)),
        ("position", number(signatory.position)),
        ("line", number(signatory.line)),
        ("revision", number(signatory.revision)),
        ("endorser", text(&signatory.endorser)),
    ];
    parts.extend(history.iter().map(|entry| {
        let reason = [entry.code.as_deref(), entry.reason.as_deref()];
        let reason: Vec<_> = reason.into_iter().flatten().collect();
        let line = format!("{} {} by {}", entry.at, entry.action, entry.by);
        (
            "decided",
            [line, reason.join(": ")].join(" ").trim_end().to_owned(),
        )
    }));
    ctx.output.object(
        &ShownJson {
            signatory: &signatory,
            history: history.iter().map(NameDecisionJson::from).collect(),
        },
        &parts,
    )
}

/// The one name with this id, a beginning of it, or this GitHub account.
pub(super) async fn named(tx: &mut Tx, id: &str) -> anyhow::Result<SignatoryRow> {
    let handle = id.trim_start_matches('@');
    let by_account = tx.signatories_named(handle, 10).await?;
    let mut by_account: Vec<_> = by_account
        .into_iter()
        .filter(|row| {
            row.handle
                .as_deref()
                .is_some_and(|it| it.eq_ignore_ascii_case(handle))
        })
        .collect();
    match by_account.pop() {
        Some(row) if by_account.is_empty() => Ok(row),
        Some(_) | None => one(tx, id).await,
    }
}

/// The one name with this id, or a beginning of it.
async fn one(tx: &mut Tx, id: &str) -> anyhow::Result<SignatoryRow> {
    const SEVERAL: i64 = 10;
    let found = find_signatories(tx, id, SEVERAL).await?;
    let line = |row: &SignatoryRow| format!("{} {}", row.public_id, row.name);
    one_or(found, id, line, || {
        format!(
            "there is no name `{id}` of the letter's list: `signatory list` shows the ids; who signed by a comment is \
             taken off by `endorsement hide`, and changed by `endorsement edit`"
        )
    })
}

/// A sync in JSON.
#[derive(Debug, Serialize)]
struct SyncJson {
    joined: usize,
    gone: usize,
    kept_off: usize,
    unread: usize,
    waiting: usize,
}

/// Takes over the names of the source.
async fn sync(ctx: &CommandContext, yes: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let client = client(&env, env.fixed_context().await?)?;
    let (synced, unread) = match sync_names(&env, &client, (yes, &env.operator)).await {
        Ok(SyncOutcome::Done { synced, unread }) => (synced, unread),
        Ok(SyncOutcome::Unchanged) => return ctx.output.unchanged(),
        Err(SyncError::Source(error)) => return unreadable(error),
        Err(SyncError::Register(error)) => return Err(error.into()),
        Err(SyncError::Store(error)) => return Err(error.into()),
    };
    for line in unread.iter().take(LINES_SHOWN) {
        ctx.output.warn(
            None,
            line.line,
            &format!("no name that we can read: {}", line.text),
        );
    }
    if unread.len() > LINES_SHOWN {
        ctx.output.say(&format!(
            "and {}",
            counted(
                unread.len() - LINES_SHOWN,
                "more such line",
                "more such lines"
            )
        ));
    }
    if synced.kept_off > 0 {
        ctx.output.say(&format!(
            "{} off the list, because an administrator hid or removed {}",
            counted(
                synced.kept_off,
                "name of the source stays",
                "names of the source stay"
            ),
            if synced.kept_off == 1 { "it" } else { "them" }
        ));
    }
    if synced.is_unpublished {
        ctx.output.say(&format!(
            "the source's text was never published, so only names that left were taken over, and {}: \
             publish the text first (`undersigned letter publish`)",
            counted(synced.waiting, "new one waits", "new ones wait")
        ));
    }
    if synced == Synced::default() && unread.is_empty() {
        return ctx.output.unchanged();
    }
    let answer = SyncJson {
        joined: synced.joined,
        gone: synced.gone,
        kept_off: synced.kept_off,
        unread: unread.len(),
        waiting: synced.waiting,
    };
    let sentence = format!(
        "{} the list, {} went",
        counted(synced.joined, "name joined", "names joined"),
        synced.gone
    );
    ctx.output.answer(&answer, &sentence)
}

/// Lists the lines of the published file that are no names.
async fn unparsed(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let Some(revision) = env.store.read().await?.current_revision().await? else {
        return end(Exit::NotFound, "no letter was published yet");
    };
    let letter = env.note_settings().read(&revision)?;
    ctx.output
        .list_up_to(limit, &letter.unread, &["line", "text"], |unread| {
            vec![unread.line.to_string(), unread.text.clone()]
        })
}

/// Enters one name.
async fn add(ctx: &CommandContext, args: &AddArgs) -> anyhow::Result<Exit> {
    let (affiliation, url) = (args.affiliation.as_deref(), args.url.as_deref());
    let entered = NameByHand::new(&args.name, affiliation, url, args.source, &args.reference)?;
    let env = ctx.open_living().await?;
    let mut tx = env.store.write().await?;
    for known in tx.signatories_like(&[entered.skeleton()]).await? {
        ctx.output.say(&format!(
            "{} {} ({}) is on the list already; if that is the same person, remove one of the two",
            known.public_id,
            visible(&known.name),
            known.source
        ));
    }
    let (random, now) = (env.random.as_ref(), env.clock.now());
    let (added, audit) = add_names(&mut tx, &[entered], random, &env.operator, now).await?;
    tx.commit().await?;
    let row = added.into_iter().next().context("nothing was entered")?;
    let sentence = format!("added {} {}", row.public_id, visible(&row.name));
    tell_entered(ctx, row, audit, &sentence)
}

/// Says what stands there now, and what takes it back.
fn tell_entered(
    ctx: &CommandContext,
    row: SignatoryRow,
    audit: i64,
    sentence: &str,
) -> anyhow::Result<Exit> {
    ctx.output.say_undo(audit);
    let signatory = json(row);
    ctx.output
        .answer(&EnteredJson { signatory, audit }, sentence)
}

/// A name with the audit entry of what changed it.
#[derive(Debug, Serialize)]
struct EnteredJson {
    #[serde(flatten)]
    signatory: SignatoryJson,
    audit: i64,
}

/// Changes a name by hand.
async fn edit(ctx: &CommandContext, args: &NameEditArgs) -> anyhow::Result<Exit> {
    if args.name.is_none() && args.affiliation.is_none() && args.url.is_none() {
        return end(
            Exit::Usage,
            "say what to change: --name, --affiliation or --url",
        );
    }
    let env = ctx.open_living().await?;
    let mut tx = env.store.write().await?;
    let row = one(&mut tx, &args.id).await?;
    let edit = NameEdit {
        name: args.name.as_deref(),
        affiliation: args.affiliation.as_deref(),
        url: args.url.as_deref(),
    };
    let edited = edit_name(&mut tx, &row, edit, &env.operator, env.clock.now()).await?;
    let Some((row, audit)) = edited else {
        return ctx.output.unchanged();
    };
    tx.commit().await?;
    let sentence = format!("edit: {} {}", row.public_id, visible(&row.name));
    tell_entered(ctx, row, audit, &sentence)
}

/// Decides about names, all or none of them.
async fn decide(
    ctx: &CommandContext,
    decision: SignatoryDecision,
    args: &NamesArgs,
) -> anyhow::Result<Exit> {
    let reason = args.reason.as_deref().map(DecisionReason::parse);
    if decision == SignatoryDecision::Confirm && reason.is_none() {
        return end(
            Exit::Usage,
            "`confirm` needs --reason: how do you know that they confirmed the current text?",
        );
    }
    let env = ctx.open_living().await?;
    let salt = env.salt().await?;
    let mut tx = env.store.write().await?;
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for id in &args.ids {
        let row = one(&mut tx, id).await?;
        if seen.insert(row.public_id.clone()) {
            rows.push(row);
        }
    }
    if rows.len() > MANY && !args.yes {
        ctx.output.say(&format!("{decision} {}", in_words(&rows)));
        return end(
            Exit::Usage,
            format!("these are more than {MANY} names; nothing was changed, add --yes to do it"),
        );
    }
    let order = SignatoryOrder {
        decision,
        reason,
        erases: false,
        by: &env.operator,
        now: env.clock.now(),
        salt: &salt,
    };
    let (done, audit) = decide_signatories(&mut tx, &rows, &order).await?;
    tx.commit().await?;
    let gone = SignatoryState::Withdrawn.as_str();
    if decision == SignatoryDecision::Unhide && done.iter().any(|row| row.state == gone) {
        ctx.output
            .say("what the file has no more comes back when the file has it again");
    }
    ctx.output.say_undo(audit);
    tell(ctx, decision, done, (audit, &[]))
}

/// Takes one name off the page.
pub(super) async fn hide(
    ctx: &CommandContext,
    row: &SignatoryRow,
    reason: Option<&str>,
) -> anyhow::Result<Exit> {
    let args = NamesArgs {
        ids: vec![row.public_id.to_string()],
        reason: reason.map(str::to_owned),
        yes: false,
    };
    decide(ctx, SignatoryDecision::Hide, &args).await
}

/// How long the text of a removed name stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameRemoval {
    /// As the reason says: not at all if the person asked for it, else until the purge.
    AsTheReasonSays,
    /// It is erased at once.
    Erases,
}

/// Removes one name: what is erased with it, after asking.
pub(super) async fn remove(
    ctx: &CommandContext,
    id: &str,
    reason: Option<&str>,
    removal: NameRemoval,
    yes: Confirmed,
) -> anyhow::Result<Exit> {
    // The free text may name the person who is erased.
    let coded = |text| DecisionReason {
        text: None,
        ..DecisionReason::parse(text)
    };
    let Some(reason) = reason.map(coded) else {
        return end(
            Exit::Usage,
            "`remove` needs --reason, such as --reason request",
        );
    };
    let erases = removal == NameRemoval::Erases || reason.code == ReasonCode::Request;
    let env = ctx.open_living().await?;
    let row = one(&mut env.store.read().await?, id).await?;
    let id = row.public_id.to_string();
    if erases {
        let plan = format!(
            "remove {id} {}: its text is erased, and the letter's file does not bring it back; it stays in the file itself",
            visible(&row.name)
        );
        confirm(&ctx.output, &plan, &id, yes)?;
    }
    let salt = env.salt().await?;
    let mut tx = env.store.write().await?;
    let row = one(&mut tx, &id).await?;
    let order = SignatoryOrder {
        decision: SignatoryDecision::Remove,
        reason: Some(reason),
        erases,
        by: &env.operator,
        now: env.clock.now(),
        salt: &salt,
    };
    let rows = std::slice::from_ref(&row);
    let (done, audit) = decide_signatories(&mut tx, rows, &order).await?;
    tx.commit().await?;
    let kind = if erases {
        ErasedKind::Name
    } else {
        ErasedKind::Removed
    };
    let noted = done.iter();
    let noted: Vec<_> = noted
        .map(|row| Erased::name(&salt, kind, row, env.clock.now()))
        .collect();
    env.note_erased(&noted)?;
    if !erases {
        ctx.output.say_undo(audit);
        return tell(ctx, SignatoryDecision::Remove, done, (audit, &[]));
    }
    env.store.give_back().await?;
    let left = out_of_reach(&row);
    tell(ctx, SignatoryDecision::Remove, done, (audit, &left))
}

/// What no command reaches of a name of the list.
fn out_of_reach(row: &SignatoryRow) -> Vec<&'static str> {
    let in_file = row.source != SignatorySource::Manual.as_str();
    let of_the_file = [
        "the letter's file or source: take the name out there, too",
        "its history wherever it is kept, and the revisions of the letter that were published with the name",
    ];
    let of_the_file = of_the_file.into_iter().filter(|_| in_file);
    let everywhere = [
        "the audit: that an administrator removed a name, when and for which kind of reason",
        "backups that were made before, until they are replaced",
        "logs of the web server or provider in front of this program",
        "what other servers and readers copied from the page, or were sent",
    ];
    of_the_file.chain(everywhere).collect()
}

/// Says what was decided, and about whom; and what could not be reached.
fn tell(
    ctx: &CommandContext,
    decision: SignatoryDecision,
    done: Vec<SignatoryRow>,
    (audit, left): (i64, &[&str]),
) -> anyhow::Result<Exit> {
    let mut sentence = format!("{decision}: {}", in_words(&done));
    if !left.is_empty() {
        sentence = format!(
            "{sentence}\nout of reach, and not erased:\n- {}",
            left.join("\n- ")
        );
    }
    let names: Vec<_> = done.into_iter().map(json).collect();
    let answer = serde_json::json!({
        "decision": decision, "done": names, "unreachable": left, "audit": audit
    });
    ctx.output.answer(&answer, &sentence)
}

/// The number of names, and some of them.
fn in_words(rows: &[SignatoryRow]) -> String {
    let some: Vec<_> = rows
        .iter()
        .take(SHOWN)
        .map(|row| {
            format!("{} {}", row.public_id, visible(&row.name))
                .trim_end()
                .to_owned()
        })
        .collect();
    sample(rows.len(), &some)
}

fn sample(n: usize, some: &[String]) -> String {
    let names = if n == 1 { "name" } else { "names" };
    let more = match n.saturating_sub(some.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{n} {names}: {}{more}", some.join(", "))
}

/// A line of the CSV file.
#[derive(Debug, Deserialize)]
struct CsvRow {
    name: String,
    #[serde(default)]
    affiliation: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    source: String,
    #[serde(rename = "ref", alias = "reference")]
    reference: String,
}

/// A line of a list that `export csv` printed, as far as names by hand have it.
#[derive(Debug, Deserialize)]
struct ExportedRow {
    name: String,
    affiliation: String,
    url: String,
    kind: String,
    page: String,
}

/// What an import does.
#[derive(Debug, Serialize)]
struct NameImportJson {
    applied: bool,
    /// How many are entered.
    names: usize,
    /// How many were entered before, by name and ref.
    known: usize,
    /// How many others bear a name that is on the list already.
    doubles: usize,
    /// Of an exported list: how many did not sign, or stand there without a name.
    left_out: usize,
    /// The audit entry, once they are entered.
    audit: Option<i64>,
}

/// The names of a file.
#[derive(Debug, Default)]
struct ReadNames {
    names: Vec<NameByHand>,
    /// Of an exported list: how many only like, are organisations, or have no name.
    left_out: usize,
}

/// The names of a file compared with the list.
#[derive(Debug, Default)]
struct ComparedNames {
    new: Vec<NameByHand>,
    /// How many are there already.
    known: usize,
    /// Those of the new ones that bear the name of somebody on the list, or of one before them in the file.
    doubles: Vec<String>,
}

/// Enters the names of a CSV file; without `--apply` only says what that would be.
async fn import(
    ctx: &CommandContext,
    file: &std::path::Path,
    apply: bool,
    yes: Confirmed,
) -> anyhow::Result<Exit> {
    let read = match read_csv(&environment::read(file)?) {
        Ok(read) => read,
        Err(faults) => {
            for fault in &faults {
                ctx.output.say(&visible(fault));
            }
            let sentence = format!("{}: nothing was changed", file.display());
            return end(Exit::Usage, sentence);
        }
    };
    let env = ctx.open_living().await?;
    let mut tx = if apply {
        env.store.write().await?
    } else {
        env.store.read().await?
    };
    let left_out = read.left_out;
    let ComparedNames {
        new,
        known,
        doubles,
    } = compare(&mut tx, read.names).await?;
    let some: Vec<_> = new
        .iter()
        .take(SHOWN)
        .map(|it| visible(it.name()).into_owned())
        .collect();
    let plan = sample(new.len(), &some);
    if known > 0 {
        ctx.output
            .say(&format!("{known} are there already, with the same ref"));
    }
    if left_out > 0 {
        ctx.output.say(&format!(
            "{left_out} of the exported list did not sign, or stand there without a name: they are left out"
        ));
    }
    if !doubles.is_empty() {
        let some: Vec<_> = doubles
            .iter()
            .take(SHOWN)
            .map(|it| visible(it).into_owned())
            .collect();
        ctx.output.say(&format!(
            "bearing a name that is on the list or in the file already: {}; who is the same person has to be taken out of \
             the file",
            sample(doubles.len(), &some)
        ));
    }
    let answer = NameImportJson {
        applied: apply,
        names: new.len(),
        known,
        doubles: doubles.len(),
        left_out,
        audit: None,
    };
    if !apply {
        let yes = if new.len() > MANY { " --yes" } else { "" };
        ctx.output
            .say(&format!("nothing was changed; add --apply{yes} to do it"));
        return ctx.output.answer(&answer, &format!("would add {plan}"));
    }
    if new.len() > MANY && yes == Confirmed::NotYet {
        return end(
            Exit::Usage,
            format!(
                "would add {plan}; these are more than {MANY}; nothing was changed, add --yes to do it"
            ),
        );
    }
    let (random, now) = (env.random.as_ref(), env.clock.now());
    if new.is_empty() {
        return ctx.output.answer(&answer, "unchanged");
    }
    let (_, audit) = add_names(&mut tx, &new, random, &env.operator, now).await?;
    tx.commit().await?;
    ctx.output.say_undo(audit);
    let answer = NameImportJson {
        audit: Some(audit),
        ..answer
    };
    ctx.output.answer(&answer, &format!("added {plan}"))
}

/// Compares the names of a file with the list, and with each other.
async fn compare(tx: &mut Tx, rows: Vec<NameByHand>) -> anyhow::Result<ComparedNames> {
    const AT_ONCE: usize = 500;
    let mut compared = ComparedNames::default();
    let (mut entered_before, mut skeletons_before) = (HashSet::new(), HashSet::new());
    for some in rows.chunks(AT_ONCE) {
        let skeletons: Vec<String> = some.iter().map(NameByHand::skeleton).collect();
        let alike = tx.signatories_like(&skeletons).await?;
        for (entered, skeleton) in some.iter().zip(skeletons) {
            let is_known = alike.iter().any(|row| entered.is_row(row));
            if is_known || !entered_before.insert(entered) {
                compared.known += 1;
                continue;
            }
            let is_listed = alike.iter().any(|row| row.skeleton == skeleton);
            if !skeletons_before.insert(skeleton) || is_listed {
                compared.doubles.push(entered.name().to_owned());
            }
            compared.new.push(entered.clone());
        }
    }
    Ok(compared)
}

/// The names of a CSV file, or what is wrong with it, line by line.
fn read_csv(text: &str) -> Result<ReadNames, Vec<String>> {
    let is_exported = |headers: &csv::StringRecord| {
        let has = |column| headers.iter().any(|header| header == column);
        has("id") && has("kind") && has("page")
    };
    let columns = |headers: &csv::StringRecord| {
        if is_exported(headers) {
            return Vec::new();
        }
        let known = ["name", "affiliation", "url", "source", "ref", "reference"];
        unknown_columns(headers, &known)
    };
    let read = read_records(text, columns, |record, headers| {
        if is_exported(headers) {
            let row = record.deserialize::<ExportedRow>(Some(headers));
            exported(&row.map_err(|error| error.to_string())?)
        } else {
            let row = record.deserialize::<CsvRow>(Some(headers));
            by_hand(&row.map_err(|error| error.to_string())?).map(Some)
        }
    })?;
    let n_read = read.len();
    let names: Vec<NameByHand> = read.into_iter().flatten().collect();
    Ok(ReadNames {
        left_out: n_read.saturating_sub(names.len()),
        names,
    })
}

/// A name of another letter's list; `None` for who did not sign there, or has no name there.
fn exported(row: &ExportedRow) -> Result<Option<NameByHand>, String> {
    if row.name.is_empty() || row.kind == LIKED || row.kind == ORGANISATION {
        return Ok(None);
    }
    let row = CsvRow {
        name: without_guards(&row.name),
        affiliation: without_guards(&row.affiliation),
        url: without_guards(&row.url),
        source: String::new(),
        reference: without_guards(&row.page),
    };
    by_hand(&row).map(Some)
}

fn by_hand(row: &CsvRow) -> Result<NameByHand, String> {
    let some = |text: &'_ str| !text.is_empty();
    let collected = if row.source.is_empty() {
        Ok(Collected::Other)
    } else {
        row.source.parse()
    };
    let collected = collected.map_err(|error| format!("source: {error}"))?;
    let affiliation = Some(row.affiliation.as_str()).filter(|text| some(text));
    let url = Some(row.url.as_str()).filter(|text| some(text));
    NameByHand::new(&row.name, affiliation, url, collected, &row.reference)
        .map_err(|error| error.to_string())
}
