//! `person export | hide | erase`.

use clap::Subcommand;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    confirm::confirm,
    context::{CommandContext, one_or},
    output::{Exit, counted, end},
    signatory::{self, NameRemoval},
};
use crate::{
    clock::Millis,
    endorsement::{blocks::Target, decide::Decision},
    register::{
        maintenance::restored::{Erased, ErasedKind},
        moderation::{
            decisions::{Action, ActionOrder, ActionTarget, AuditBy, DecisionReason, carry_out},
            people::{Person, erase as erase_person, find_people, shown_entries, stored_about},
        },
    },
    store::{Access, SignatoryRow, Tx},
    text::visible,
};

#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    /// Print everything that is stored about somebody
    Export {
        /// Whom: an id or its first four characters, @user@host, the address of a profile or post, a GitHub handle, a name
        who: String,
    },
    /// Take somebody off the page for now; needs --reason
    Hide {
        /// Whom: as for `person export`
        who: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and free
        /// text
        #[arg(long)]
        reason: Option<String>,
    },
    /// Erase everything about somebody, at once and for good; needs --reason
    Erase {
        /// Whom: as for `person export`
        who: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other); free text after it is
        /// not kept
        #[arg(long)]
        reason: Option<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `person …`.
pub(super) async fn run(ctx: &CommandContext, command: &PersonCommand) -> anyhow::Result<Exit> {
    match command {
        PersonCommand::Export { who } => export(ctx, who).await,
        PersonCommand::Hide { who, reason } => Box::pin(hide(ctx, who, reason.as_deref())).await,
        PersonCommand::Erase { who, reason, yes } => {
            Box::pin(erase(ctx, who, reason.as_deref(), *yes)).await
        }
    }
}

/// How many signatories are looked for before the rest of the list is left out.
const MANY: i64 = 20;

/// Who was found.
#[derive(Debug)]
pub(super) enum FoundPerson {
    /// Somebody with an account in the Fediverse.
    Account(Person),
    /// A name in the letter's list.
    Signatory(Box<SignatoryRow>),
}

impl FoundPerson {
    /// How an administrator names somebody, in one line.
    fn describe(&self) -> String {
        match self {
            Self::Account(person) => {
                let accounts = person.accounts.iter();
                let accounts: Vec<_> = accounts
                    .map(|actor| format!("{} {}", actor.handle, actor.url))
                    .collect();
                accounts.join(", ")
            }
            Self::Signatory(row) => {
                format!("{} {} (in the letter's list)", row.public_id, row.name)
            }
        }
    }
}

/// The one person who is meant.
pub(super) async fn the_one(tx: &mut Tx, who: &str) -> anyhow::Result<FoundPerson> {
    let people = find_people(tx, who).await?;
    let names = tx.signatories_named(who.trim(), MANY).await?;
    let names = names.into_iter().map(Box::new).map(FoundPerson::Signatory);
    let mut found: Vec<FoundPerson> = people.into_iter().map(FoundPerson::Account).collect();
    found.extend(names);
    one_or(found, who, FoundPerson::describe, || {
        format!("nothing is stored about `{who}`")
    })
}

/// The reason, which is required.
pub(super) fn required(reason: Option<&str>, verb: &str) -> anyhow::Result<DecisionReason> {
    match reason {
        Some(reason) => Ok(DecisionReason::parse(reason)),
        None => end(
            Exit::Usage,
            format!("`{verb}` needs --reason, such as --reason request"),
        ),
    }
}

#[derive(Debug, Serialize)]
struct ExportJson {
    exported_at: Millis,
    stored: Map<String, Value>,
}

/// Prints everything that is stored about somebody.
async fn export(ctx: &CommandContext, who: &str) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let stored = match the_one(&mut tx, who).await? {
        FoundPerson::Account(person) => stored_about(&mut tx, &person).await?,
        FoundPerson::Signatory(row) => tx.stored_about_signatory(&row.public_id).await?,
    };
    ctx.output.json(&ExportJson {
        exported_at: env.clock.now(),
        stored,
    })
}

#[derive(Debug, Serialize)]
struct HiddenJson {
    hidden: Vec<String>,
    /// The audit entry, which takes it back.
    audit: Option<i64>,
}

/// Hides the entries of somebody.
async fn hide(ctx: &CommandContext, who: &str, reason_text: Option<&str>) -> anyhow::Result<Exit> {
    let reason = required(reason_text, "hide")?;
    let env = ctx.open_living().await?;
    let order = ActionOrder {
        action: Action::Decide(Decision::Hide),
        by: env.operator.clone(),
        reason: Some(reason),
        named: true,
    };
    let mut tx = env.store.read().await?;
    let person = match the_one(&mut tx, who).await? {
        FoundPerson::Account(person) => person,
        FoundPerson::Signatory(row) => {
            drop(tx);
            return signatory::hide(ctx, &row, reason_text).await;
        }
    };
    let entries = shown_entries(&mut tx, &person).await?;
    drop(tx);
    if entries.is_empty() {
        return end(
            Exit::Conflict,
            format!("no entry of {} can be hidden", visible(person.handle())),
        );
    }
    let (context, now) = (env.context().await?, env.clock.now());
    let targets: Vec<_> = entries.iter().map(ActionTarget::from).collect();
    let mut batch = None;
    let audit_by = match targets.as_slice() {
        [_only] => AuditBy::Target,
        _ => AuditBy::Batch(&mut batch),
    };
    let mut tx = env.store.write().await?;
    let mut carried = carry_out(&mut tx, &context, now, &targets, &order, audit_by).await?;
    if let Some((_, error)) = carried.refused.pop() {
        return Err(error.into());
    }
    tx.commit().await?;
    if let Some(audit) = carried.audit {
        ctx.output.say_undo(audit);
    }
    let hidden = entries.iter().map(|entry| entry.public_id.to_string());
    let hidden = HiddenJson {
        hidden: hidden.collect(),
        audit: carried.audit,
    };
    let sentence = format!("hidden: {}", visible(person.handle()));
    ctx.output.answer(&hidden, &sentence)
}

#[derive(Debug, Serialize)]
struct ErasedJson {
    accounts: usize,
    unreachable: Vec<String>,
}

/// Erases everything about somebody.
async fn erase(
    ctx: &CommandContext,
    who: &str,
    reason_text: Option<&str>,
    yes: bool,
) -> anyhow::Result<Exit> {
    let reason = required(reason_text, "erase")?;
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let person = match the_one(&mut tx, who).await? {
        FoundPerson::Account(person) => person,
        FoundPerson::Signatory(row) => {
            drop(tx);
            let (id, removal) = (row.public_id.as_str(), NameRemoval::Erases);
            return signatory::remove(ctx, id, reason_text, removal, yes.into()).await;
        }
    };
    drop(tx);
    let handle = person.handle().to_owned();
    let plan = format!(
        "everything that is stored about {} ({}) will be erased",
        visible(&handle),
        counted(person.accounts.len(), "account", "accounts")
    );
    confirm(&ctx.output, &plan, &handle, yes.into())?;
    let context = env.context().await?;
    let mut tx = env.store.write().await?;
    let mut unreachable = Vec::new();
    for actor in &person.accounts {
        if tx
            .policy(&Target::Actor(actor.url.clone()))
            .await?
            .is_some()
        {
            unreachable.push(format!(
                "the block of {0} itself; `undersigned block remove {0}` lifts it",
                visible(&actor.url)
            ));
        }
    }
    let by = (env.operator.as_str(), &reason);
    let settings = env.note_settings();
    let left = erase_person(&mut tx, &context, &settings, env.clock.now(), &person, by).await?;
    tx.commit().await?;
    let (salt, at) = (&context.salt, env.clock.now());
    let kind = ErasedKind::Account;
    let erased = person.accounts.iter();
    let erased = erased.map(|actor| Erased::account(salt, kind, &actor.url, at));
    let names = left.names.iter();
    let names = names.map(|row| Erased::name(salt, ErasedKind::Name, row, at));
    let erased: Vec<_> = erased.chain(names).collect();
    env.note_erased(&erased)?;
    if !env.store.give_back().await? {
        unreachable.push(
            "the log of the database while somebody reads; the server empties it within the hour"
                .to_owned(),
        );
    }
    unreachable.extend(OUT_OF_REACH.iter().map(|what| (*what).to_owned()));
    let sentence = format!(
        "erased: {}\nout of reach, and not erased:\n- {}",
        visible(&handle),
        unreachable.join("\n- ")
    );
    let accounts = person.accounts.len();
    let erased = ErasedJson {
        accounts,
        unreachable,
    };
    ctx.output.answer(&erased, &sentence)
}

/// What no command reaches, whoever was erased.
const OUT_OF_REACH: &[&str] = &[
    "the name of the server, which stands for all of its people",
    "the audit: that an administrator erased somebody, when and for which kind of reason",
    "letter.md, and its history wherever it is kept",
    "the words of our own posts, a handle in them included; `undersigned post update` changes them",
    "reports of other servers, which do not say who reported; what they say about the person is erased",
    "backups that were made before, until they are replaced",
    "logs of the web server or provider in front of this program",
    "what other servers and readers copied from the page, or were sent",
];
