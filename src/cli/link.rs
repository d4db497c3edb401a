//! `link suggest | verify | add | remove`.

use clap::Subcommand;
use serde::Serialize;

use super::{
    args::Limit,
    context::{CommandContext, one},
    decide::in_a_line,
    local_runner::local_runner,
    output::{Exit, end},
    signatory,
};
use crate::{
    clock::Millis,
    endorsement::{ActKind, profile_links::LinkState},
    federation::{dereference::DereferenceError, dereference_jobs::DereferenceRunner},
    hash::Sha256,
    register::{
        maintenance::links::{LinkFinding, LinkedWith},
        moderation::{
            decisions::find,
            linked_name::judge_linked_name,
            links::{add_link, remove_link},
        },
    },
    server::Environment,
    store::{Access, EndorsementSummary, LinkSubject, LinkSuggestion, Tx},
    text::{visible, with_causes},
};

#[derive(Debug, Subcommand)]
pub(super) enum LinkCommand {
    /// List entries that may be one person's: a profile that links to a GitHub account of the list, or one name twice
    Suggest {
        #[command(flatten)]
        limit: Limit,
    },
    /// Look at somebody's profile and at what it links to, now
    Verify {
        /// Whose: an id (its first four characters do), @user@host, or the address of a profile
        id: String,
    },
    /// Link a name of the letter's list with an endorser, if a look now finds that both link each other
    Add {
        /// The name: its id, or the GitHub account
        signatory: String,
        /// The endorser: an id, @user@host, or the address of a profile
        endorser: String,
    },
    /// Take somebody's link or suggestion away, for good
    Remove {
        /// Whose: an id, @user@host, or the address of a profile
        id: String,
    },
}

/// `link …`.
pub(super) async fn run(ctx: &CommandContext, command: &LinkCommand) -> anyhow::Result<Exit> {
    match command {
        LinkCommand::Suggest { limit } => suggest(ctx, *limit).await,
        LinkCommand::Verify { id } => verify(ctx, id).await,
        LinkCommand::Add {
            signatory,
            endorser,
        } => add(ctx, signatory, endorser).await,
        LinkCommand::Remove { id } => remove(ctx, id).await,
    }
}

/// A suggestion in JSON.
#[derive(Debug, Serialize)]
struct SuggestionJson<'a> {
    signatory: &'a str,
    name: &'a str,
    github: Option<&'a str>,
    endorsement: &'a str,
    handle: &'a str,
    why: &'a str,
}

impl<'a> From<&'a LinkSuggestion> for SuggestionJson<'a> {
    fn from(row: &'a LinkSuggestion) -> Self {
        Self {
            signatory: row.signatory.as_str(),
            name: &row.name,
            github: row.github.as_deref(),
            endorsement: row.endorsement.as_str(),
            handle: &row.handle,
            why: &row.why,
        }
    }
}

/// Lists what may be one person.
async fn suggest(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let found = tx.link_suggestions(limit.most()).await?;
    let total = tx.count_link_suggestions().await?;
    drop(tx);
    let rows: Vec<_> = found.iter().map(SuggestionJson::from).collect();
    let columns = [
        "signatory",
        "name",
        "github",
        "endorsement",
        "handle",
        "why",
    ];
    let mut list = ctx.output.begin_list(&columns);
    list.add(&rows, |row| {
        vec![
            row.signatory.to_owned(),
            row.name.to_owned(),
            row.github.unwrap_or_default().to_owned(),
            row.endorsement.to_owned(),
            row.handle.to_owned(),
            row.why.to_owned(),
        ]
    })?;
    list.end_of(total)
}

/// What a look found, in JSON.
#[derive(Debug, Serialize)]
struct LinkJson<'a> {
    endorsement: &'a str,
    handle: &'a str,
    /// `linked`, `claimed`, `removed` or `none`.
    state: &'static str,
    github: Option<String>,
    website: Option<String>,
    second_look_at: Option<Millis>,
}

/// Looks at somebody's link and notes what is found.
async fn verify(ctx: &CommandContext, id: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let (row, subject) = listed(&mut env.store.read().await?, id).await?;
    let (runner, task) = local_runner(&env).await?;
    let noted = runner.look_now(&subject).await;
    drop(runner);
    task.await?;
    let Some(noted) = read(noted)? else {
        return end(
            Exit::Conflict,
            "nobody was asked: the account is blocked, left meanwhile, or links.github is off",
        );
    };
    let link = noted.row.as_ref();
    let answer = LinkJson {
        endorsement: row.public_id.as_str(),
        handle: &row.handle,
        state: link.map_or("none", |link| link.state.as_str()),
        github: link.and_then(|link| link.github.clone()),
        website: link.and_then(|link| link.domain.clone()),
        second_look_at: noted.second_look,
    };
    if let Some(at) = noted.second_look {
        ctx.output.say(&format!(
            "this look missed a side: the link ends with the second look that does, {at} or later"
        ));
    }
    if link.is_some_and(|link| link.state == LinkState::Removed) {
        ctx.output
            .say("an administrator took the link away; `undersigned link add` links again");
    }
    let with = answer.github.as_deref().or(answer.website.as_deref());
    let sentence = format!(
        "{} {}: {} {}",
        answer.endorsement,
        visible(answer.handle),
        answer.state,
        with.unwrap_or_default()
    );
    ctx.output.answer(&answer, sentence.trim_end())
}

/// Links a name with an endorser after a look.
async fn add(ctx: &CommandContext, signatory: &str, endorser: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let mut tx = env.store.read().await?;
    let (row, subject) = listed(&mut tx, endorser).await?;
    let name = signatory::named(&mut tx, signatory).await?;
    drop(tx);
    let (account, number) = match look(&env, &subject).await? {
        Some(LinkFinding::Mutual(LinkedWith::Github { name, id })) => (name, id),
        Some(LinkFinding::OneWay(account)) => {
            return end(
                Exit::Conflict,
                format!(
                    "the profile of {} links to {account} on GitHub, which does not link back; nothing was changed",
                    visible(&row.handle)
                ),
            );
        }
        Some(LinkFinding::Mutual(_) | LinkFinding::Nothing) | None => {
            return end(
                Exit::Conflict,
                format!(
                    "the profile of {} and a GitHub account do not link each other; nothing was changed",
                    visible(&row.handle)
                ),
            );
        }
    };
    let context = env.context().await?;
    let mut tx = env.store.write().await?;
    let account = (account.as_str(), number);
    let now = env.clock.now();
    let audit = add_link(&mut tx, &subject, &name, account, &env.operator, now).await?;
    judge_linked_name(&mut tx, &context, now, &subject.public_id).await?;
    tx.commit().await?;
    let sentence = format!("linked {} with {}", name.public_id, visible(&row.handle));
    done(ctx, "add", &row, audit, &sentence)
}

/// Takes a link away.
async fn remove(ctx: &CommandContext, id: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let context = env.context().await?;
    let now = env.clock.now();
    let mut tx = env.store.write().await?;
    let row = one(find(&mut tx, id).await?, id, in_a_line)?;
    let audit = remove_link(&mut tx, &row.public_id, &env.operator, now).await?;
    judge_linked_name(&mut tx, &context, now, &row.public_id).await?;
    tx.commit().await?;
    let sentence = format!("took away the link of {}", visible(&row.handle));
    done(ctx, "remove", &row, audit, &sentence)
}

/// Says what was decided.
fn done(
    ctx: &CommandContext,
    decision: &str,
    row: &EndorsementSummary,
    audit: i64,
    sentence: &str,
) -> anyhow::Result<Exit> {
    let json = serde_json::json!({
        "decision": decision, "endorsement": row.public_id.as_str(), "audit": audit
    });
    ctx.output.answer(&json, sentence)?;
    ctx.output.say_undo(audit);
    Ok(Exit::Done)
}

/// The endorser whom an id names; only who is listed is looked at.
async fn listed(tx: &mut Tx, id: &str) -> anyhow::Result<(EndorsementSummary, LinkSubject)> {
    let row = one(find(tx, id).await?, id, in_a_line)?;
    if row.kind == ActKind::Direct.as_str() {
        return end(
            Exit::Conflict,
            format!(
                "{} signed without a name: nothing may say which other entry is the same person's, so nothing is linked \
                 with it",
                visible(&row.handle)
            ),
        );
    }
    let Some(subject) = tx.link_subject(&Sha256::of(&row.actor)).await? else {
        return end(
            Exit::Conflict,
            format!(
                "{} is {}: only the profiles of endorsers who are listed are looked at",
                visible(&row.handle),
                row.state
            ),
        );
    };
    Ok((row, subject))
}

/// What a look finds, without noting it.
async fn look(env: &Environment, subject: &LinkSubject) -> anyhow::Result<Option<LinkFinding>> {
    let (runner, task): (DereferenceRunner, _) = local_runner(env).await?;
    let found = runner.find_link(subject).await;
    drop(runner);
    task.await?;
    read(found)
}

/// What was read; what could not be read is exit code 6.
fn read<T>(result: Result<T, DereferenceError>) -> anyhow::Result<T> {
    match result {
        Ok(found) => Ok(found),
        Err(error) if !error.is_ours() => end(Exit::Unreachable, with_causes(&error)),
        Err(error) => Err(error.into()),
    }
}
