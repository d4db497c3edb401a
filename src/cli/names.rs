//! `names off | on`.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, counted, end},
    person::{FoundPerson, required, the_one},
};
use crate::{
    clock::Millis,
    register::{
        maintenance::restored::Erased,
        moderation::{
            decisions::DecisionReason,
            names_off::{NamedPeople, NamesOrder, NamesSwitch, switch_names, switch_names_of},
            people::Person,
        },
    },
    server::Environment,
    store::Tx,
    text::visible,
};

#[derive(Debug, Subcommand)]
pub(super) enum NamesCommand {
    /// Take every name off everything public, because who signed is attacked; the totals stay. With WHO only those people,
    /// who are counted without a name; needs --reason
    Off(NamesOffArgs),
    /// Show the names again, as far as they were shown: never of who left, or said *hide me*, meanwhile. With WHO those people
    On(NamesOffArgs),
}

/// Whose names, and why.
#[derive(Clone, Debug, Args)]
pub(super) struct NamesOffArgs {
    /// Whose: as for `person export`; everybody's without it
    who: Vec<String>,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and free text
    #[arg(long)]
    reason: Option<String>,
}

/// What became of the names.
#[derive(Debug, Serialize)]
struct NamesJson {
    /// `off` or `on`: of everybody, or of the people.
    names: &'static str,
    at: Millis,
    /// The people that were named; `null` where it is about everybody.
    people: Option<Vec<NamedPersonJson>>,
    /// What no command reaches.
    unreachable: Vec<String>,
    audit: i64,
}

/// A single person.
#[derive(Debug, Serialize)]
struct NamedPersonJson {
    /// `@user@host`, or the handle of the letter's list.
    handle: Option<String>,
    /// The name.
    name: Option<String>,
    /// The public id of a name of the letter's list.
    signatory: Option<String>,
}

/// `names …`.
pub(super) async fn run(ctx: &CommandContext, command: &NamesCommand) -> anyhow::Result<Exit> {
    let (switch, args) = match command {
        NamesCommand::Off(args) => (NamesSwitch::Off, args),
        NamesCommand::On(args) => (NamesSwitch::On, args),
    };
    let reason = match switch {
        NamesSwitch::Off => Some(required(args.reason.as_deref(), "names off")?),
        NamesSwitch::On => args.reason.as_deref().map(DecisionReason::parse),
    };
    if args.who.iter().any(|who| who.trim().is_empty()) {
        // An empty variable in a script must not stand for everybody, nor be passed over.
        return end(
            Exit::Usage,
            "one of the names is empty; nothing was changed",
        );
    }
    let env = ctx.open_living().await?;
    let operator = env.operator.clone();
    let order = NamesOrder {
        switch,
        reason: reason.as_ref(),
        by: &operator,
        now: env.clock.now(),
    };
    if args.who.is_empty() {
        Box::pin(everybody(ctx, &env, &order)).await
    } else {
        Box::pin(people(ctx, &env, &args.who, &order)).await
    }
}

/// The names of everybody.
async fn everybody(
    ctx: &CommandContext,
    env: &Environment,
    order: &NamesOrder<'_>,
) -> anyhow::Result<Exit> {
    let context = env.context().await?;
    let settings = env.note_settings();
    let mut tx = env.store.write().await?;
    let state = env.schedule(&mut tx).await?.state(order.now);
    let (audit, _) = Box::pin(switch_names(&mut tx, &context, &settings, state, order)).await?;
    let answers = tx.posts_to_anybody().await?.into_iter();
    let answers = answers
        .filter(|post| post.in_reply_to.is_some() && !post.direct && post.deleted_at.is_none());
    let answers = answers.map(|post| env.urls.absolute(&post.path));
    let answers: Vec<String> = answers.collect();
    tx.commit().await?;
    env.note_erased(&[Erased::everybody(&context.salt, order.switch, order.now)])?;
    let (sentence, unreachable) = match order.switch {
        NamesSwitch::Off => (
            "names are off: every page, list and feed of this server is without them within two seconds, and the totals \
             stay; `undersigned names on` brings them back"
                .to_owned(),
            out_of_reach(env, &answers),
        ),
        NamesSwitch::On => (
            "names are on: who was listed and did not leave, nor ask to be hidden, is listed again"
                .to_owned(),
            Vec::new(),
        ),
    };
    tell(ctx, order, (sentence, unreachable), None, audit)
}

/// The names of single people.
async fn people(
    ctx: &CommandContext,
    env: &Environment,
    who: &[String],
    order: &NamesOrder<'_>,
) -> anyhow::Result<Exit> {
    let context = env.context().await?;
    let mut tx = env.store.write().await?;
    let mut meant = NamedPeople::default();
    for words in who {
        match the_one(&mut tx, words).await? {
            FoundPerson::Account(Person { accounts }) => meant.accounts.extend(accounts),
            FoundPerson::Signatory(row) => meant.names.push(*row),
        }
    }
    let meant = meant.with_lines(&mut tx).await?;
    let (done, audit, _) = Box::pin(switch_names_of(&mut tx, &context, &meant, order)).await?;
    let all_off = tx.names_off().await?;
    tx.commit().await?;
    let noted = Erased::people(&context.salt, order.switch, &done, order.now);
    env.note_erased(&noted)?;
    if let Some(since) = all_off {
        ctx.output.say(&format!(
            "the names of everybody are off since {since}: nothing changes on the pages before `undersigned names on`"
        ));
    }
    let accounts = done.accounts.iter().map(|actor| NamedPersonJson {
        handle: Some(actor.handle.clone()),
        name: Some(actor.name.clone()).filter(|name| !name.is_empty()),
        signatory: None,
    });
    let names = done.names.iter().map(|row| NamedPersonJson {
        handle: row.handle.clone(),
        name: Some(row.name.clone()),
        signatory: Some(row.public_id.to_string()),
    });
    let people: Vec<_> = accounts.chain(names).collect();
    let shown: Vec<_> = people
        .iter()
        .filter_map(|person| person.handle.as_deref().or(person.name.as_deref()))
        .map(|shown| visible(shown).into_owned())
        .collect();
    let n = counted(people.len(), "entry", "entries");
    let sentence = format!("names {} of {n}: {}", order.switch, shown.join(", "));
    let unreachable = match order.switch {
        NamesSwitch::Off => out_of_reach(env, &[]),
        NamesSwitch::On => Vec::new(),
    };
    tell(ctx, order, (sentence, unreachable), Some(people), audit)
}

/// Says what was done, and what could not be reached.
fn tell(
    ctx: &CommandContext,
    order: &NamesOrder<'_>,
    (mut sentence, unreachable): (String, Vec<String>),
    people: Option<Vec<NamedPersonJson>>,
    audit: i64,
) -> anyhow::Result<Exit> {
    if !unreachable.is_empty() {
        sentence = format!(
            "{sentence}\nout of reach, and still with the names:\n- {}",
            unreachable.join("\n- ")
        );
    }
    let answer = NamesJson {
        names: order.switch.as_str(),
        at: order.now,
        people,
        unreachable,
        audit,
    };
    ctx.output.answer(&answer, &sentence)
}

/// Where names stand that this program cannot take off.
fn out_of_reach(env: &Environment, answers: &[String]) -> Vec<String> {
    let source = env.config.letter.source_url.as_ref();
    let file = source.map_or_else(
        || "letter.md, and its history wherever it is kept".to_owned(),
        |url| {
            format!(
                "the letter's file at {}, and its history: yours to empty, or to make private",
                url.as_url()
            )
        },
    );
    let mut unreachable = vec![
        file,
        "the words of your own posts; `undersigned post update` changes them".to_owned(),
        "the posts by which people signed, on their own servers: they can delete or narrow them"
            .to_owned(),
        "copies on other servers, in archives and search engines, and what readers saved"
            .to_owned(),
    ];
    if !answers.is_empty() {
        // A 404 makes other servers delete their copies for good.
        unreachable.push(format!(
            "your answers, which no list names any more and whose addresses stay: {}; `undersigned post delete` takes \
             one away for good",
            answers.join(", ")
        ));
    }
    unreachable
}

/// What a command that prints or writes names says while they are off: the administrator's own copy has them.
pub(super) async fn warn_while_off(ctx: &CommandContext, tx: &mut Tx) -> anyhow::Result<()> {
    if let Some(since) = tx.names_off().await? {
        ctx.output.say(&format!(
            "names are off since {since}: this copy has them all the same; keep it where nobody else reads it"
        ));
    }
    Ok(())
}
