//! `doctor`: looks at the letter's server from inside and from outside, a line for each check.
//!
//! [`inside`] and [`outside`] say what follows from what was seen, and are pure; [`looks`] asks our own server by its
//! public address. To add a check: its name in [`CHECKS`], a function that returns a [`CheckVerdict`], and one line in
//! [`inside_checks`] or [`outside_checks`].

mod bridge;
mod inside;
mod looks;
mod outside;
mod verdict;

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use ipnet::IpNet;

use self::{
    inside::FileSeen,
    looks::Looks,
    outside::Arrived,
    verdict::{CheckState, CheckVerdict, DoctorFinding},
};
use super::{
    context::CommandContext,
    forge,
    output::{Exit, Output},
};
use crate::{
    activitystreams::{ShownKey, paths},
    backup::DailyState,
    config::Config,
    delivery::alarm::LOOK_BACK,
    federation::{disk_space::Space, moving::look_at_other_side},
    http_client::Client,
    register::{
        actor::identity::{ShownKeys, stored_keys},
        letter::sync::SyncTrouble,
        maintenance::nonce,
    },
    server::{
        Environment,
        clock_alarm::ClockFault,
        database_watch::{ALIVE_FOR, OVERDUE_AFTER},
        environment,
        keys::signing_client_reaching,
        letter_file::read_letter,
        setup::{self, ActorSettings},
    },
    store::Access,
    text::with_causes,
};

/// Every check, in the order in which they are made and printed. Names are never changed.
const CHECKS: &[&str] = &[
    "config",
    "database",
    "files",
    "disk",
    "server",
    "clock",
    "queue",
    "signatures",
    "names",
    "backup",
    "also-known-as",
    "threads",
    "dns",
    "connection",
    "tls",
    "page",
    "webfinger",
    "handle",
    "actor",
    "key",
    "cache",
    "fediverse",
    "inbox",
    "path",
    "host",
    "scheme",
    "client-address",
];

/// How many other servers are asked what time it is: five have to answer.
const TIMES_ASKED: i64 = 9;

/// What `--bridge` looks at besides.
const BRIDGE_CHECKS: &[&str] = &["bridge-follow", "bridge-picture", "bridge-age"];

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct DoctorArgs {
    /// Look also whether Bridgy Fed carries the letter to Bluesky
    #[arg(long)]
    bridge: bool,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<DoctorFinding>,
}

impl Report {
    fn add(&mut self, check: &'static str, verdict: CheckVerdict) -> CheckState {
        let state = verdict.state;
        self.findings.push(verdict.on(check));
        state
    }

    /// Skips every check that was not made, because of this.
    fn skip_rest(&mut self, why: &str) {
        for check in CHECKS {
            if !self.findings.iter().any(|found| found.check == *check) {
                self.add(check, CheckVerdict::skipped(why));
            }
        }
    }

    fn fails(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|found| found.state == CheckState::Fail)
    }
}

/// `doctor`.
pub(super) async fn run(ctx: &CommandContext, args: DoctorArgs) -> anyhow::Result<Exit> {
    let mut report = look(ctx).await?;
    if args.bridge {
        look_at_bridge(ctx, &mut report).await?;
    }
    print(&ctx.output, &report)
}

/// What Bridgy Fed asks of an account before it carries it to Bluesky.
async fn look_at_bridge(ctx: &CommandContext, report: &mut Report) -> anyhow::Result<()> {
    let failed = |check: &str| {
        let mut findings = report.findings.iter();
        findings.any(|found| found.check == check && found.state == CheckState::Fail)
    };
    if failed("config") || failed("database") {
        for check in BRIDGE_CHECKS {
            report.add(check, CheckVerdict::skipped("the database cannot be read"));
        }
        return Ok(());
    }
    let env = ctx.open(Access::Existing).await?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let mut tx = env.store.read().await?;
    let now = env.clock.now();
    let document = order
        .profile
        .current(&mut tx, &env.urls, order.settings, now)
        .await?;
    let following = tx.following().await?;
    let created = tx.identity().await?.map(|identity| identity.created_at);
    drop(tx);
    report.add("bridge-follow", bridge::follow(&following));
    report.add("bridge-picture", bridge::picture(&document));
    report.add("bridge-age", bridge::age(created, now));
    Ok(())
}

/// Makes all checks, as far as they can be made.
async fn look(ctx: &CommandContext) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let config = match ctx.config().and_then(|config| {
        names_right_files(&config)?;
        Ok(config)
    }) {
        Ok(config) => config,
        Err(error) => {
            let hint = "set it right; `undersigned config check` shows it again";
            report.add(
                "config",
                CheckVerdict::of_error(&format!("{error:#}"), hint),
            );
            report.skip_rest("the configuration cannot be used");
            return Ok(report);
        }
    };
    report.add("config", CheckVerdict::ok("the configuration is right"));
    let env = match ctx.open_with(config, Access::Existing).await {
        Ok(env) => env,
        Err(error) => {
            let hint = "see whether `database.url` is the right one";
            report.add(
                "database",
                CheckVerdict::of_error(&format!("{error:#}"), hint),
            );
            report.skip_rest("the database cannot be opened");
            return Ok(report);
        }
    };
    // The nonce is the write that shows whether the database takes one.
    match nonce::issue(&env.store, env.random.as_ref(), env.clock.now()).await {
        Ok(_nonce) => {
            let at = env.config.database_shown();
            report.add(
                "database",
                CheckVerdict::ok(format!("{at} is up to date and takes what is written")),
            );
            let looked = all_checks(&env, &mut report).await;
            nonce::revoke(&env.store).await?;
            looked?;
        }
        Err(error) => {
            let hint = "run this as the user of the server, and see whether its disk has room";
            report.add(
                "database",
                CheckVerdict::of_error(&with_causes(&error), hint),
            );
            report.skip_rest("the database takes nothing");
        }
    }
    Ok(report)
}

/// Reads what the configuration names and `serve` needs.
fn names_right_files(config: &Config) -> anyhow::Result<()> {
    environment::pledge(config, &environment::phrases(config)?)?;
    setup::hooks(config, &Arc::default(), &Arc::default(), false)?;
    if let Some(file) = config.notify_secret_file() {
        environment::read(&file).context("notify.webhook_secret_file")?;
    }
    let file = config.letter_file();
    let text = environment::read(&file)?;
    let heading = environment::note_settings(config).signatories_heading;
    read_letter(text.as_bytes(), heading.as_deref(), file.parent())?;
    Ok(())
}

async fn all_checks(env: &Environment, report: &mut Report) -> anyhow::Result<()> {
    let keys = stored_keys(&mut env.store.read().await?).await?;
    let Some(keys) = keys else {
        report.skip_rest("nothing was published yet: `undersigned serve`");
        return Ok(());
    };
    let client = signing_client_reaching(env, &reaching_itself(&env.config)).await?;
    inside_checks(env, &client, report).await?;
    report.add("also-known-as", other_sides(env, &client).await?);
    report.add("threads", threads(env, &client).await?);
    let is_failed = |report: &Report, check| {
        let mut findings = report.findings.iter();
        findings.any(|found| found.check == check && found.state == CheckState::Fail)
    };
    if is_failed(report, "server") {
        report.skip_rest("no server runs");
        return Ok(());
    }
    if let Some(at) = env.store.read().await?.retired_at().await? {
        report.skip_rest(&format!("the actor was retired on {at}"));
        return Ok(());
    }
    let key = ShownKeys::from(&keys).letter;
    outside_checks(env, &client, &key, report).await
}

/// What is seen of the issues whose comments sign.
async fn threads(env: &Environment, client: &Client) -> anyhow::Result<CheckVerdict> {
    if env.config.forge.is_empty() {
        return Ok(CheckVerdict::skipped("no issue signs by its comments"));
    }
    let seen = forge::look(env, client).await?;
    let said = seen.iter().flat_map(|thread| {
        let problem = thread.problem.iter();
        problem
            .chain(&thread.warnings)
            .map(|said| (&thread.url, said))
    });
    let said: Vec<_> = said
        .map(|(url, said)| (url.as_str(), said.as_str()))
        .collect();
    let hook = seen.iter().filter_map(|thread| thread.hook_at).max();
    Ok(outside::threads(seen.len(), hook, &said))
}

/// What the actors say that may move here.
async fn other_sides(env: &Environment, client: &Client) -> anyhow::Result<CheckVerdict> {
    let ids = &env.config.actor.also_known_as;
    if ids.is_empty() {
        return Ok(CheckVerdict::skipped("nobody may move here"));
    }
    let found = look_at_other_side(client, &env.urls, ids).await?;
    Ok(outside::other_sides(&found))
}

/// The networks that a look at ourselves needs, beside those of the configuration: a letter on localhost is reached there.
fn reaching_itself(config: &Config) -> Vec<IpNet> {
    let loopback = ["127.0.0.0/8", "::1/128"].iter();
    loopback
        .filter(|_| config.is_local())
        .filter_map(|network| network.parse().ok())
        .collect()
}

/// What the database and this machine say.
async fn inside_checks(
    env: &Environment,
    client: &Client,
    report: &mut Report,
) -> anyhow::Result<()> {
    let now = env.clock.now();
    let config = &env.config;
    let named = [
        (Some(config.letter_file()), false),
        (config.webhook_secret_file(), true),
        (config.notify_secret_file(), true),
        (config.ca_file(), false),
    ];
    let secrets = config.forge_threads().into_iter();
    let secrets = secrets.map(|thread| (thread.secret_file, true));
    let named: Vec<_> = named
        .into_iter()
        .chain(secrets)
        .filter_map(|(path, is_secret)| Some(FileSeen::of(path?, is_secret)))
        .collect();
    let file = env.store.file();
    let database = file.as_deref().map_or_else(Vec::new, FileSeen::of_database);
    report.add("files", inside::files(&database, &named));
    let disk = file.map_or_else(
        || CheckVerdict::skipped("the disk of PostgreSQL is not seen from here"),
        |file| inside::disk(Space::of(&file).as_ref().copied()),
    );
    report.add("disk", disk);
    let mut tx = env.store.read().await?;
    let running = tx.servers(now.minus(ALIVE_FOR)).await?;
    let fault = ClockFault::read(&mut tx).await?;
    let hosts = tx.reachable_hosts(TIMES_ASKED).await?;
    let stuck = tx.overdue_host(now.minus(OVERDUE_AFTER)).await?;
    let signatures = tx.signatures_since(now.minus(LOOK_BACK)).await?;
    let trouble = SyncTrouble::read(&mut tx).await?;
    let backups = DailyState::read(&mut tx).await?;
    // Nothing waits for the network inside a transaction.
    drop(tx);
    report.add(
        "server",
        inside::server(&running, env!("CARGO_PKG_VERSION")),
    );
    let seconds = looks::clock(client, &hosts).await;
    report.add("clock", inside::clock(fault, seconds));
    report.add("queue", inside::queue(stuck.as_deref()));
    report.add("signatures", inside::signatures(signatures));
    report.add("names", inside::names(trouble.as_ref()));
    let backup = if config.backup_folder().is_some() {
        inside::backup(&backups, config.backup.every, now)
    } else {
        CheckVerdict::skipped("the server makes no backups by itself (backup.dir)")
    };
    report.add("backup", backup);
    Ok(())
}

/// What others see of the server by its public address.
async fn outside_checks(
    env: &Environment,
    client: &Client,
    key: &ShownKey,
    report: &mut Report,
) -> anyhow::Result<()> {
    let urls = env.urls.as_ref();
    let looks = Looks { client, urls };
    let base = &env.config.server.base_url;
    let is_https = base.scheme() == "https";
    let tried = client.try_addresses(base).await;
    let host = base.host_str().unwrap_or_default();
    report.add("dns", outside::dns(host, tried.as_deref()));
    let Ok(tried) = tried else {
        report.skip_rest("the name leads nowhere");
        return Ok(());
    };
    let state = report.add("connection", outside::connection(&tried));
    if state == CheckState::Fail {
        report.skip_rest("there is no connection");
        return Ok(());
    }
    let page = looks.page().await;
    report.add("tls", outside::tls(is_https, &page, env.clock.now()));
    if page.is_err() {
        report.skip_rest("there is no answer");
        return Ok(());
    }
    report.add("page", outside::page(urls, &page));
    report.add(
        "webfinger",
        outside::webfinger(urls, &looks.webfinger().await),
    );
    let domain = env.config.handle_domain();
    let handle = if domain == env.config.authority() {
        CheckVerdict::skipped("the handle has the server's own domain")
    } else {
        outside::handle(urls, &looks.handle(&format!("https://{domain}")).await)
    };
    report.add("handle", handle);
    let actor = looks.actor().await;
    report.add("actor", outside::actor(urls, &actor));
    report.add("key", outside::key(&key.pem, &actor));
    let (as_page, again) = (looks.actor_as_page().await, looks.actor().await);
    report.add("cache", outside::cache(&actor, &as_page, &again));
    // A draft has no Note yet.
    let is_out = env.store.read().await?.has_revision().await?;
    let document = if is_out { paths::LETTER } else { paths::ACTOR };
    let seen = looks.as_mastodon(document).await;
    report.add("fediverse", outside::fediverse(&seen));
    report.add("inbox", outside::inbox(&looks.delivery().await));
    // A new one, because what was asked before may have taken longer than one is good for.
    let nonce = nonce::issue(&env.store, env.random.as_ref(), env.clock.now()).await?;
    let (sent, plain) = looks.arrival(&nonce, false).await;
    let (_, claimed) = looks.arrival(&nonce, true).await;
    let (plain, claimed) = (Arrived::of(&plain), Arrived::of(&claimed));
    report.add("path", outside::path(&sent, &plain));
    report.add("host", outside::host(urls.authority(), &plain));
    report.add("scheme", outside::scheme(base.scheme(), &plain));
    let client_address = outside::client_address(is_https, &plain, &claimed);
    report.add("client-address", client_address);
    Ok(())
}

/// Prints the report. Warnings are no failure.
fn print(output: &Output, report: &Report) -> anyhow::Result<Exit> {
    let columns = ["check", "state", "message", "hint"];
    output.report(&report.findings, columns, |found| {
        [
            found.check.to_owned(),
            found.state.as_str().to_owned(),
            found.message.clone(),
            found.hint.clone().unwrap_or_default(),
        ]
    })?;
    Ok(if report.fails() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
