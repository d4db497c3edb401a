//! `forge list | check | poll | instructions`: the issues whose comments sign (`[[forge.threads]]`).

use clap::Subcommand;
use serde::Serialize;

use super::{
    context::CommandContext,
    local_runner::local_app,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    config::{ForgeKind, ForgeThread},
    federation::forge::{
        poller::{ForgePoller, PollError, Polled},
        reader::{ForgeError, ForgeReader},
    },
    http_client::Client,
    i18n::Language,
    register::inbound::forge_comment::accounts_to_read,
    server::{Environment, keys::signing_client},
    store::{Access, ForgeThreadRow, Tx},
    text::with_causes,
};

/// The most accounts that are counted as waiting.
const MOST_COUNTED: u32 = 100_000;
/// The most accounts that `forge poll` reads of each forge with a token, and without.
const ACCOUNTS: (u32, u32) = (100, 5);

#[derive(Debug, Subcommand)]
pub(super) enum ForgeCommand {
    /// List the issues whose comments sign, and how far they were read
    List,
    /// Look at the issues now: whether they can be read, are locked, and link to the letter; exit code 6 when one cannot be
    /// read
    Check,
    /// Read what is new in the issues now, as the server does by itself
    Poll {
        /// One of them, by its address; all of them without it
        url: Option<String>,
        /// Read them as a whole, which finds comments that were deleted
        #[arg(long)]
        whole: bool,
    },
    /// Print what to put on top of an issue, so that everybody there knows how to sign and what is shown
    Instructions,
}

/// `forge …`.
pub(super) async fn run(ctx: &CommandContext, command: &ForgeCommand) -> anyhow::Result<Exit> {
    match command {
        ForgeCommand::List => list(ctx).await,
        ForgeCommand::Check => check(ctx).await,
        ForgeCommand::Poll { url, whole } => poll(ctx, url.as_deref(), *whole).await,
        ForgeCommand::Instructions => instructions(ctx).await,
    }
}

/// A thread in JSON.
#[derive(Debug, Serialize)]
pub(super) struct ForgeThreadJson {
    pub(super) url: String,
    name: String,
    kind: Option<&'static str>,
    comments: Option<i64>,
    locked: bool,
    read_at: Option<Millis>,
    whole_at: Option<Millis>,
    hook_at: Option<Millis>,
    /// Whether it is read every hour alone, because webhooks come.
    #[serde(skip)]
    hears_webhooks: bool,
    pub(super) trouble: Option<String>,
    pub(super) trouble_since: Option<Millis>,
    pub(super) accounts_to_read: usize,
    has_token: bool,
}

impl ForgeThreadJson {
    fn new(thread: &ForgeThread, row: ForgeThreadRow, accounts_to_read: usize) -> Self {
        let kind = thread.kind.or(row.kind);
        Self {
            url: thread.url.as_str().to_owned(),
            name: thread.name.clone(),
            kind: kind.map(ForgeKind::as_str),
            comments: row.comments,
            locked: row.locked,
            read_at: row.read_at,
            whole_at: row.whole_at,
            hook_at: row.hook_at,
            hears_webhooks: row.hears_webhooks(),
            trouble: row.trouble,
            trouble_since: row.trouble_at,
            accounts_to_read,
            has_token: thread.token.is_some(),
        }
    }

    /// That accounts wait to be read, and what helps.
    pub(super) fn waiting(&self) -> Option<String> {
        waiting(self.accounts_to_read, self.has_token)
    }
}

/// That so many accounts wait to be read, and what helps.
fn waiting(accounts: usize, has_token: bool) -> Option<String> {
    let help = if has_token {
        "up to 1,800 are read in an hour"
    } else {
        "up to 30 are read in an hour; with a token (`token_env`), which needs no right at all, up to 1,800"
    };
    match accounts {
        0 => None,
        1 => Some(format!(
            "1 account waits until it is known how old it is: {help}"
        )),
        n => Some(format!(
            "{n} accounts wait until it is known how old they are: {help}"
        )),
    }
}

/// All threads, as they were read last.
pub(super) async fn threads(
    tx: &mut Tx,
    env: &Environment,
) -> anyhow::Result<Vec<ForgeThreadJson>> {
    let mut found = Vec::new();
    for thread in env.config.forge_threads() {
        let row = tx.forge_thread(thread.url.as_str()).await?;
        let host = thread.url.authority();
        let accounts = accounts_to_read(tx, host, MOST_COUNTED).await?.len();
        found.push(ForgeThreadJson::new(
            &thread,
            row.unwrap_or_default(),
            accounts,
        ));
    }
    Ok(found)
}

async fn list(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let found = threads(&mut tx, &env).await?;
    drop(tx);
    let columns = [
        "url",
        "name",
        "kind",
        "comments",
        "read",
        "webhook",
        "accounts to read",
        "trouble",
    ];
    let moment = |at: Option<Millis>| at.map(|at| at.to_string()).unwrap_or_default();
    ctx.output.list(&found, &columns, |thread| {
        vec![
            thread.url.clone(),
            thread.name.clone(),
            thread.kind.unwrap_or_default().to_owned(),
            thread.comments.map(|n| n.to_string()).unwrap_or_default(),
            moment(thread.read_at),
            moment(thread.hook_at),
            thread.accounts_to_read.to_string(),
            thread.trouble.clone().unwrap_or_default(),
        ]
    })
}

/// What a look at a thread found, in JSON.
#[derive(Debug, Serialize)]
pub(super) struct SeenJson {
    pub(super) url: String,
    kind: Option<&'static str>,
    pub(super) reachable: bool,
    pub(super) problem: Option<String>,
    comments: Option<i64>,
    locked: Option<bool>,
    links_to_letter: Option<bool>,
    requests_left: Option<u64>,
    requests_an_hour: Option<u64>,
    pub(super) hook_at: Option<Millis>,
    accounts_to_read: usize,
    /// What should be done about it.
    pub(super) warnings: Vec<String>,
}

/// Looks at every thread.
pub(super) async fn look(env: &Environment, client: &Client) -> anyhow::Result<Vec<SeenJson>> {
    let reader = ForgeReader::new(client.clone(), &env.config);
    let mut tx = env.store.read().await?;
    let known = threads(&mut tx, env).await?;
    // Nothing waits for the network inside a transaction.
    drop(tx);
    let mut seen = Vec::new();
    for (thread, known) in env.config.forge_threads().iter().zip(known) {
        let mut found = SeenJson {
            url: known.url.clone(),
            kind: known.kind,
            reachable: false,
            problem: None,
            comments: None,
            locked: None,
            links_to_letter: None,
            requests_left: None,
            requests_an_hour: None,
            hook_at: known.hook_at,
            accounts_to_read: known.accounts_to_read,
            warnings: Vec::new(),
        };
        match look_at(env, &reader, thread, &mut found).await {
            Ok(()) => found.reachable = true,
            Err(error) => found.problem = Some(with_causes(&error)),
        }
        if thread.secret_file.is_some() && !known.hears_webhooks {
            let since = if found.hook_at.is_none() {
                "no webhook came yet"
            } else {
                "no webhook of the last comments came"
            };
            found.warnings.push(format!(
                "{since} to {}/hooks/forge/{}, so it is read every five minutes",
                env.urls.origin(),
                thread.name
            ));
        }
        found.warnings.extend(known.waiting());
        seen.push(found);
    }
    Ok(seen)
}

async fn look_at(
    env: &Environment,
    reader: &ForgeReader,
    thread: &ForgeThread,
    found: &mut SeenJson,
) -> Result<(), ForgeError> {
    let now = env.clock.now();
    let api = reader.api(thread, now).await?;
    found.kind = Some(api.kind.as_str());
    let issue = reader.issue(&api, &thread.url, now).await?;
    let links = issue.links_to(env.urls.origin());
    found.comments = Some(issue.comments);
    found.locked = Some(issue.locked);
    found.links_to_letter = Some(links);
    if issue.locked {
        found.warnings.push(
            "it is locked: only those who may write to the repository can comment".to_owned(),
        );
    }
    if !links {
        found.warnings.push(format!(
            "its opening post does not link to {}, so nobody is told what a comment shows: `undersigned forge instructions`",
            env.urls.origin()
        ));
    }
    if let Ok(Some(limit)) = reader.rate_limit(&api, now).await {
        found.requests_left = Some(limit.remaining);
        found.requests_an_hour = Some(limit.limit);
        if limit.remaining == 0 {
            found.warnings.push(format!(
                "no request is left of {} an hour: it is read again after {}; a token (`token_env`) allows more",
                limit.limit,
                limit.resets_at()
            ));
        }
    }
    Ok(())
}

/// Ends a command that has nothing to do.
fn no_threads() -> anyhow::Result<Exit> {
    end(
        Exit::NotFound,
        "there is no issue whose comments sign: name one in the configuration, below [[forge.threads]]",
    )
}

async fn check(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    if env.config.forge.is_empty() {
        return no_threads();
    }
    let client = signing_client(&env).await?;
    let seen = look(&env, &client).await?;
    let columns = ["url", "kind", "comments", "problem", "warnings"];
    ctx.output.list(&seen, &columns, |seen| {
        vec![
            seen.url.clone(),
            seen.kind.unwrap_or_default().to_owned(),
            seen.comments.map(|n| n.to_string()).unwrap_or_default(),
            seen.problem.clone().unwrap_or_default(),
            seen.warnings.join("; "),
        ]
    })?;
    let all = seen.iter().all(|seen| seen.reachable);
    Ok(if all { Exit::Done } else { Exit::Unreachable })
}

/// What a reading brought, in JSON.
#[derive(Debug, Serialize)]
struct PolledJson {
    url: String,
    /// How many comments were read.
    comments: usize,
    /// How many ended because they are gone.
    gone: usize,
    /// Whether the whole issue was read.
    whole: bool,
    /// How many accounts were read.
    accounts: usize,
    problem: Option<String>,
}

async fn poll(ctx: &CommandContext, url: Option<&str>, whole: bool) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let wanted = url.map(|url| url.trim_end_matches('/').to_owned());
    let mut threads = env.config.forge_threads();
    threads.retain(|thread| wanted.as_ref().is_none_or(|url| thread.url.as_str() == url));
    if threads.is_empty() {
        return match wanted {
            Some(url) => end(
                Exit::NotFound,
                format!("{url} is none of [[forge.threads]]"),
            ),
            None => no_threads(),
        };
    }
    let (app, task) = local_app(&env).await?;
    let poller = ForgePoller::new(app);
    if poller.is_draft() {
        return end(
            Exit::Conflict,
            "the letter is a draft: comments are read when it is out",
        );
    }
    let mut read = Vec::new();
    for thread in &threads {
        read.push(poll_one(&poller, thread, whole).await?);
    }
    drop(poller);
    task.await?;
    let columns = ["url", "comments", "gone", "whole", "accounts", "problem"];
    ctx.output.list(&read, &columns, |read| {
        vec![
            read.url.clone(),
            read.comments.to_string(),
            read.gone.to_string(),
            read.whole.to_string(),
            read.accounts.to_string(),
            read.problem.clone().unwrap_or_default(),
        ]
    })?;
    let all = read.iter().all(|read| read.problem.is_none());
    Ok(if all { Exit::Done } else { Exit::Unreachable })
}

/// Reads one thread. What keeps it from being read is part of the answer; a failing database is an error.
async fn poll_one(
    poller: &ForgePoller,
    thread: &ForgeThread,
    whole: bool,
) -> anyhow::Result<PolledJson> {
    let problem_of = |error: PollError| match error {
        PollError::Forge(_)
        | PollError::AnotherIssue
        | PollError::NotTaken(_)
        | PollError::Crowded => Ok(with_causes(&error)),
        PollError::Register(_) | PollError::Store(_) | PollError::ReadOnly => Err(error),
    };
    let (brought, mut problem) = match Box::pin(poller.poll(thread, whole)).await {
        Ok(brought) => (brought, None),
        Err(error) => (Polled::default(), Some(problem_of(error)?)),
    };
    let most = if thread.token.is_some() {
        ACCOUNTS.0
    } else {
        ACCOUNTS.1
    };
    let accounts = if problem.is_some() {
        0
    } else {
        match poller.read_accounts(thread, most).await {
            Ok(read) => read,
            Err(error) => {
                problem = Some(problem_of(error)?);
                0
            }
        }
    };
    Ok(PolledJson {
        url: thread.url.as_str().to_owned(),
        comments: brought.comments,
        gone: brought.gone,
        whole: brought.whole,
        accounts,
        problem,
    })
}

/// The text for the top of an issue, in JSON.
#[derive(Debug, Serialize)]
struct InstructionsJson {
    markdown: String,
}

async fn instructions(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let context = env.context().await?;
    let words = Language::of(&context.rules.language);
    let text = words.sign_box.thread_top;
    let text = text.replace("{url}", env.urls.origin());
    let text = text.replace("{phrase}", words.signing.phrase);
    let markdown = text.replace("{withdraw}", words.signing.withdraw);
    if ctx.output.is_json() {
        return ctx.output.json(&InstructionsJson { markdown });
    }
    ctx.output.text(&markdown)
}

#[cfg(test)]
mod tests {
    use super::waiting;

    #[test]
    fn who_waits_to_be_read_is_told_with_what_helps() {
        assert_eq!(waiting(0, false), None);
        let one = waiting(1, false).unwrap();
        assert!(
            one.starts_with("1 account waits until it is known how old it is"),
            "{one}"
        );
        assert!(one.contains("token_env"), "{one}");
        let many = waiting(12, true).unwrap();
        assert!(
            many.starts_with("12 accounts wait until it is known how old they are"),
            "{many}"
        );
        assert!(!many.contains("token_env"), "{many}");
    }
}
