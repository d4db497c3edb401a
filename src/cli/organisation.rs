//! `organisation add | list | remove | import`.

use std::{collections::HashSet, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::{
    args::Limit,
    context::{CommandContext, one_or},
    csv_file::{read_records, unknown_columns},
    output::{Exit, counted, end},
};
use crate::{
    clock::Millis,
    letter::{SignatorySource, authority_of},
    register::{
        maintenance::restored::Erased,
        moderation::{
            decisions::DecisionReason,
            organisations::{
                KnownOrganisations, OrganisationByHand, add_organisations, find_organisations,
                remove_organisation,
            },
        },
    },
    server::environment,
    store::{Access, OrganisationFilter, OrganisationPages, OrganisationRow, PublicEntry, Tx},
    text::visible,
};

#[derive(Debug, Subcommand)]
pub(super) enum OrganisationCommand {
    /// Enter an organisation, a server or a project that wrote to you
    Add(OrganisationArgs),
    /// List all organisations by their addresses: approved accounts, and those by hand
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Take an organisation by hand off the list; of an account `endorsement hide` does that
    Remove {
        /// Its id: the first four characters do
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and free text
        #[arg(long)]
        reason: Option<String>,
    },
    /// Enter the organisations of a CSV file with the columns name, url and ref
    Import {
        /// The file; its first line names the columns
        file: PathBuf,
        /// Do it; without this, the file is only read
        #[arg(long)]
        apply: bool,
    },
}

/// An organisation by hand.
#[derive(Clone, Debug, Args)]
pub(super) struct OrganisationArgs {
    /// The name, as it is shown
    #[arg(long)]
    name: String,
    /// Where it is on the web: an https address
    #[arg(long)]
    url: String,
    /// Who wrote, and where that is filed, such as the Message-ID; never public
    #[arg(long = "ref", value_name = "TEXT")]
    reference: String,
}

/// `organisation …`.
pub(super) async fn run(
    ctx: &CommandContext,
    command: &OrganisationCommand,
) -> anyhow::Result<Exit> {
    match command {
        OrganisationCommand::Add(args) => add(ctx, args).await,
        OrganisationCommand::List { limit } => list(ctx, *limit).await,
        OrganisationCommand::Remove { id, reason } => remove(ctx, id, reason.as_deref()).await,
        OrganisationCommand::Import { file, apply } => import(ctx, file, *apply).await,
    }
}

/// Organisations that are read and printed at a time.
const PAGE: usize = 1000;
/// The organisations that a plan or a result names.
const SHOWN: usize = 5;

/// One organisation of the list.
#[derive(Debug, Serialize)]
struct OrganisationJson {
    id: String,
    /// The name; of an account without one that is shown its handle.
    name: Option<String>,
    url: Option<String>,
    host: Option<String>,
    /// `manual`, or `fediverse` for an account, and for a project, which no source of people has.
    source: String,
    /// Who wrote, and where that is filed; of those by hand alone.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// When it was entered, or when the account signed.
    at: Millis,
}

impl OrganisationJson {
    fn by_hand(row: OrganisationRow) -> Self {
        Self {
            id: row.public_id.to_string(),
            name: Some(row.name),
            host: Some(authority_of(&row.url).to_owned()),
            url: Some(row.url),
            source: SignatorySource::Manual.to_string(),
            reference: Some(row.reference),
            at: row.added_at,
        }
    }

    /// An account stands there with its website, once that is verified, else with its profile.
    fn account(entry: PublicEntry) -> Self {
        let website = entry.linked_from.map(|host| format!("https://{host}"));
        let url = website.or(entry.url);
        Self {
            id: entry.public_id.to_string(),
            name: entry.name.or(entry.handle),
            host: url.as_deref().map(|url| authority_of(url).to_owned()),
            url,
            source: entry.source,
            reference: None,
            at: entry.at,
        }
    }
}

/// An organisation with the audit entry of what changed it.
#[derive(Debug, Serialize)]
struct ChangedOrganisationJson {
    #[serde(flatten)]
    organisation: OrganisationJson,
    audit: i64,
}

/// Enters one organisation.
async fn add(ctx: &CommandContext, args: &OrganisationArgs) -> anyhow::Result<Exit> {
    let entered = OrganisationByHand::new(&args.name, &args.url, &args.reference)?;
    let env = ctx.open_living().await?;
    let mut tx = env.store.write().await?;
    let entered = std::slice::from_ref(&entered);
    let (random, now) = (env.random.as_ref(), env.clock.now());
    let neighbour = neighbours(&mut tx, entered).await?.pop();
    let (added, audit) = add_organisations(&mut tx, entered, random, &env.operator, now).await?;
    tx.commit().await?;
    if let Some(neighbour) = neighbour {
        ctx.output.say(&neighbour);
    }
    let row = added.into_iter().next().context("nothing was entered")?;
    tell(ctx, "added", row, audit)
}

/// What is said of organisations on whose hosts an approved account is: it may be the same one.
async fn neighbours(tx: &mut Tx, entered: &[OrganisationByHand]) -> anyhow::Result<Vec<String>> {
    let known = KnownOrganisations::read(tx, entered).await?;
    let sentences = entered.iter().filter_map(|it| {
        let account = known.neighbour(it)?;
        Some(format!(
            "the account {} is in the list of organisations, and on that server; if it is the same one, remove {}",
            visible(&account.to_string()),
            visible(it.name())
        ))
    });
    Ok(sentences.collect())
}

/// Says what was done, and what takes it back.
fn tell(
    ctx: &CommandContext,
    done: &str,
    row: OrganisationRow,
    audit: i64,
) -> anyhow::Result<Exit> {
    ctx.output.say_undo(audit);
    let sentence = format!("{done} {} {}", row.public_id, visible(&row.name));
    let organisation = OrganisationJson::by_hand(row);
    let answer = ChangedOrganisationJson {
        organisation,
        audit,
    };
    ctx.output.answer(&answer, &sentence)
}

/// Lists the organisations, by their addresses.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let columns = ["id", "name", "url", "source", "ref", "at"];
    let mut printer = ctx.output.begin_list(&columns);
    let filter = OrganisationFilter {
        for_administrators: true,
        ..OrganisationFilter::default()
    };
    let mut pages = OrganisationPages::of(filter);
    let mut read = 0_i64;
    while !pages.is_at_end() {
        // Each in a transaction of its own: whoever reads may take any time.
        let mut tx = env.store.read().await?;
        let entries = pages.next(&mut tx, PAGE).await?;
        let mut organisations = with_references(&mut tx, entries).await?;
        drop(tx);
        let left = limit.most().saturating_sub(printer.listed());
        read = read.saturating_add(i64::try_from(organisations.len()).unwrap_or(i64::MAX));
        organisations.truncate(usize::try_from(left).unwrap_or(0));
        let is_read = printer.add(&organisations, |it| {
            vec![
                it.id.clone(),
                it.name.clone().unwrap_or_default(),
                it.url.clone().unwrap_or_default(),
                it.source.clone(),
                it.reference.clone().unwrap_or_default(),
                it.at.to_string(),
            ]
        })?;
        if !is_read {
            return printer.end();
        }
    }
    if read > printer.listed() {
        return printer.end_of(read);
    }
    printer.end()
}

/// Entries of the list as administrators see them: those by hand with who wrote.
async fn with_references(
    tx: &mut Tx,
    entries: Vec<PublicEntry>,
) -> anyhow::Result<Vec<OrganisationJson>> {
    let ids: Vec<String> = entries.iter().map(|it| it.public_id.to_string()).collect();
    let mut by_hand = tx.organisations_by_id(&ids).await?;
    let all = entries.into_iter().map(|entry| {
        let place = by_hand
            .iter()
            .position(|row| row.public_id == entry.public_id);
        match place {
            Some(place) => OrganisationJson::by_hand(by_hand.swap_remove(place)),
            None => OrganisationJson::account(entry),
        }
    });
    Ok(all.collect())
}

/// Takes one organisation off.
async fn remove(ctx: &CommandContext, id: &str, reason: Option<&str>) -> anyhow::Result<Exit> {
    const SEVERAL: i64 = 10;
    let Some(reason) = reason.map(DecisionReason::parse) else {
        return end(
            Exit::Usage,
            "`remove` needs --reason, such as --reason request",
        );
    };
    let env = ctx.open_living().await?;
    let salt = env.salt().await?;
    let mut tx = env.store.write().await?;
    let found = find_organisations(&mut tx, id, SEVERAL).await?;
    let line = |row: &OrganisationRow| format!("{} {}", row.public_id, row.name);
    let row = one_or(found, id, line, || {
        format!(
            "there is no organisation `{}` that was entered by hand: `organisation list` shows the ids; an account or \
             a project is taken off by `endorsement hide`",
            visible(id)
        )
    })?;
    let (by, now) = (&env.operator, env.clock.now());
    let (row, audit) = remove_organisation(&mut tx, &row, reason, by, now).await?;
    tx.commit().await?;
    // No backup from before brings it back.
    env.note_erased(&[Erased::organisation(&salt, &row.public_id, now)])?;
    tell(ctx, "removed", row, audit)
}

/// A line of the CSV file.
#[derive(Debug, Deserialize)]
struct OrganisationRecord {
    name: String,
    url: String,
    #[serde(rename = "ref")]
    reference: String,
}

/// What an import does.
#[derive(Debug, Serialize)]
struct OrganisationImportJson {
    applied: bool,
    /// How many are entered.
    organisations: usize,
    /// How many are in the list already, or twice in the file.
    known: usize,
    /// The audit entry, once they are entered.
    audit: Option<i64>,
}

/// The organisations of a CSV file, or what is wrong with it, line by line.
fn read_csv(text: &str) -> Result<Vec<OrganisationByHand>, Vec<String>> {
    read_records(
        text,
        |headers| unknown_columns(headers, &["name", "url", "ref"]),
        |record, headers| {
            let row = record.deserialize::<OrganisationRecord>(Some(headers));
            let row = row.map_err(|error| error.to_string())?;
            let entered = OrganisationByHand::new(&row.name, &row.url, &row.reference);
            entered.map_err(|error| error.to_string())
        },
    )
}

/// Enters the organisations of a CSV file; without `--apply` only says what that would be.
async fn import(ctx: &CommandContext, file: &std::path::Path, apply: bool) -> anyhow::Result<Exit> {
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
    let n_read = read.len();
    let new = unlisted(ctx, &mut tx, read).await?;
    for neighbour in neighbours(&mut tx, &new).await? {
        ctx.output.say(&neighbour);
    }
    let answer = OrganisationImportJson {
        applied: apply,
        organisations: new.len(),
        known: n_read.saturating_sub(new.len()),
        audit: None,
    };
    let plan = in_words(&new);
    if !apply {
        ctx.output.say("nothing was changed; add --apply to do it");
        return ctx.output.answer(&answer, &format!("would add {plan}"));
    }
    if new.is_empty() {
        return ctx.output.answer(&answer, "unchanged");
    }
    let (random, now) = (env.random.as_ref(), env.clock.now());
    let (_, audit) = add_organisations(&mut tx, &new, random, &env.operator, now).await?;
    tx.commit().await?;
    ctx.output.say_undo(audit);
    let answer = OrganisationImportJson {
        audit: Some(audit),
        ..answer
    };
    ctx.output.answer(&answer, &format!("added {plan}"))
}

/// Those of a file that are not in the list, each address once; the others are named.
async fn unlisted(
    ctx: &CommandContext,
    tx: &mut Tx,
    read: Vec<OrganisationByHand>,
) -> anyhow::Result<Vec<OrganisationByHand>> {
    let known = KnownOrganisations::read(tx, &read).await?;
    let (mut new, mut seen) = (Vec::new(), HashSet::new());
    for entered in read {
        if let Some(listed) = known.same(&entered) {
            ctx.output.say(&format!(
                "{} is in the list already",
                visible(&listed.to_string())
            ));
        } else if seen.insert(entered.url().to_owned()) {
            new.push(entered);
        } else {
            ctx.output.say(&format!(
                "{} ({}) is in the file twice",
                visible(entered.name()),
                entered.url()
            ));
        }
    }
    Ok(new)
}

/// How many organisations, and some of their names.
fn in_words(all: &[OrganisationByHand]) -> String {
    let some = all.iter().take(SHOWN);
    let mut some: Vec<_> = some.map(|it| visible(it.name()).into_owned()).collect();
    if all.len() > SHOWN {
        some.push(format!("{} more", all.len().saturating_sub(SHOWN)));
    }
    let n = counted(all.len(), "organisation", "organisations");
    if some.is_empty() {
        return n;
    }
    format!("{n}: {}", some.join(", "))
}
