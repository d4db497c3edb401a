//! `status`: one screen.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::{
    context::CommandContext,
    forge::{self, ForgeThreadJson},
    output::{Exit, Output, end},
    times::{Sense, TimeArg, ago, ahead},
};
use crate::{
    backup::DailyState,
    clock::Millis,
    delivery::alarm::{LOOK_BACK, nobody_believes_us},
    endorsement::{WaitsFor, policy::LetterState},
    federation::disk_space::{Room, Space},
    http::counts::{CountJson, count_json},
    i18n::forge_name,
    letter::SignatorySource,
    register::{
        actor::lifecycle::Lifetime,
        inbound::refresh_jobs::CONFIRM_ACTOR_GONE_LATE,
        letter::{
            launch::planned, letter_state::LetterSchedule, still_in_file::StillInFile,
            sync::SyncTrouble,
        },
        maintenance::{
            anonymise::{WARNED_BEFORE, anonymised_at},
            notices::{self, NOTIFY_MAIL, NOTIFY_WEBHOOK, NoticeFailure},
        },
        moderation::waiting::{about_surge, surging, what_to_do},
        restored::{LostPosts, Restored},
    },
    server::{
        Environment, clock_alarm::ClockFault, database_watch::ALIVE_FOR, draft::differs_from_plan,
    },
    store::{Access, Counts, FailingHost, LaunchRow, PastCounts, SurgingDomain, Tx},
};

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// How many supporters there were then, by the histories of endorsements; a span such as "3 days" is ago
    #[arg(long, value_name = "TIME")]
    at: Option<TimeArg>,
}

#[derive(Debug, Serialize)]
struct StatusJson {
    version: &'static str,
    servers: Vec<ServerJson>,
    letter: Option<LetterJson>,
    actor: ActorStatusJson,
    counts: Option<CountJson>,
    waiting: WaitingJson,
    /// What keeps the names of the letter's source from being taken over.
    names: Option<SyncTrouble>,
    /// Since when all names are off.
    names_off: Option<Millis>,
    /// How many names that were taken off for good the letter's file still has.
    names_to_take_out: usize,
    followers: i64,
    subscribers: i64,
    /// When a draft comes out by itself.
    launch_at: Option<Millis>,
    queue: QueueJson,
    signatures: SignaturesJson,
    clock: Option<ClockJson>,
    hosts_in_trouble: Vec<FailingHost>,
    /// Domains where most accounts are not found.
    not_found: Vec<NotFoundJson>,
    last: LastJson,
    disk: Option<DiskJson>,
    /// How the organisers are told what waits.
    notify: NotifyJson,
    backup: BackupJson,
    restored: Option<RestoreStatusJson>,
    /// The issues of forges whose comments sign.
    threads: Vec<ThreadStatusJson>,
}

/// An issue of a forge whose comments sign.
#[derive(Debug, Serialize)]
struct ThreadStatusJson {
    url: String,
    /// Why it cannot be read, and since when.
    trouble: Option<String>,
    trouble_since: Option<Millis>,
    /// Accounts of its forge that wait until it is known how old they are.
    accounts_to_read: usize,
    #[serde(skip)]
    waiting: Option<String>,
}

impl From<ForgeThreadJson> for ThreadStatusJson {
    fn from(thread: ForgeThreadJson) -> Self {
        Self {
            waiting: thread.waiting(),
            url: thread.url,
            trouble: thread.trouble,
            trouble_since: thread.trouble_since,
            accounts_to_read: thread.accounts_to_read,
        }
    }
}

impl ThreadStatusJson {
    /// What is to be known about it; `None` while all is well.
    fn sentence(&self) -> Option<String> {
        let trouble = self.trouble.as_ref().zip(self.trouble_since);
        let trouble = trouble.map(|(trouble, since)| {
            format!("cannot be read since {since}: {trouble}; nobody's signature ends by that")
        });
        let parts: Vec<_> = trouble.into_iter().chain(self.waiting.clone()).collect();
        (!parts.is_empty()).then(|| format!("{}: {}", self.url, parts.join("\n")))
    }
}

/// Messages to the organisers (`[notify]`).
#[derive(Debug, Serialize)]
struct NotifyJson {
    /// When they were last told something.
    last: Option<Millis>,
    /// The ways of telling whose last attempt failed.
    failed: Vec<NotifyFailureJson>,
}

/// A way of telling that fails.
#[derive(Debug, Serialize)]
struct NotifyFailureJson {
    /// `webhook` or `mail`.
    by: &'static str,
    at: Millis,
    error: String,
}

/// How the organisers are told.
async fn notify(tx: &mut Tx) -> anyhow::Result<NotifyJson> {
    let mut failed = Vec::new();
    for (by, kind) in [("webhook", NOTIFY_WEBHOOK), ("mail", NOTIFY_MAIL)] {
        let failure = notices::failure(tx, kind).await?;
        failed
            .extend(failure.map(|NoticeFailure { at, error }| NotifyFailureJson { by, at, error }));
    }
    Ok(NotifyJson {
        last: notices::last_notice(tx).await?,
        failed,
    })
}

/// The backups that the server makes by itself.
#[derive(Debug, Serialize)]
struct BackupJson {
    /// Whether it makes any: `backup.dir`.
    on: bool,
    /// When the last one was made.
    last: Option<Millis>,
    file: Option<String>,
    bytes: u64,
    /// Since when they fail.
    failing_since: Option<Millis>,
    problem: Option<String>,
}

impl BackupJson {
    async fn read(tx: &mut Tx, env: &Environment) -> anyhow::Result<Self> {
        let state = DailyState::read(tx).await?;
        Ok(Self {
            on: env.config.backup_folder().is_some(),
            last: state.last_at,
            file: state.file,
            bytes: state.bytes,
            failing_since: state.failing_since,
            problem: state.problem,
        })
    }
}

/// The last restore of this database.
#[derive(Debug, Serialize)]
struct RestoreStatusJson {
    at: Millis,
    /// When the backup was taken: what came between is lost.
    backup_of: Millis,
    /// Endorsements that are counted without a name until their post was read again.
    to_read: i64,
    /// Posts of ours that others answer, boost or quote, and that this database does not know.
    unknown: Vec<String>,
}

impl RestoreStatusJson {
    async fn read(tx: &mut Tx) -> anyhow::Result<Option<Self>> {
        let Some(restored) = Restored::read(tx).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            at: restored.at,
            backup_of: restored.taken_at,
            to_read: tx.restored_to_read().await?,
            unknown: LostPosts::read(tx).await?.0,
        }))
    }
}

/// A domain where most accounts are not found: their endorsements stay for some days.
#[derive(Debug, Serialize)]
struct NotFoundJson {
    domain: String,
    accounts: i64,
}

/// A server that runs.
#[derive(Debug, Serialize)]
struct ServerJson {
    version: String,
    since: Millis,
}

/// When something last happened.
#[derive(Debug, Serialize)]
struct LastJson {
    /// Another server delivered something to us that was taken.
    received: Option<Millis>,
    /// Another server took a delivery of ours.
    delivered: Option<Millis>,
    /// Somebody signed by a post.
    signed: Option<Millis>,
}

/// How many wait for one reason, and what to do about it.
#[derive(Debug, Serialize)]
struct ReasonJson {
    reason: WaitsFor,
    endorsements: i64,
    hint: &'static str,
}

/// Whether the actor moved or was retired.
#[derive(Debug, Default, Serialize)]
struct ActorStatusJson {
    /// The id of the actor that the letter moved to.
    moved_to: Option<String>,
    /// When it was retired, for ever.
    retired: Option<Millis>,
}

/// The file system of the SQLite file; absent with PostgreSQL.
#[derive(Debug, Serialize)]
struct DiskJson {
    free_percent: u64,
    room: Room,
}

#[derive(Debug, Serialize)]
struct QueueJson {
    ready: i64,
    waiting: i64,
    failing_hosts: i64,
    oldest_seconds: u64,
}

/// How other servers answered our signatures in the last hours, counted by domain.
#[derive(Debug, Serialize)]
struct SignaturesJson {
    answered: i64,
    refused: i64,
    alarm: bool,
}

impl SignaturesJson {
    async fn read(tx: &mut Tx, now: Millis) -> anyhow::Result<Self> {
        let signatures = tx.signatures_since(now.minus(LOOK_BACK)).await?;
        Ok(Self {
            answered: signatures.answered,
            refused: signatures.refused,
            alarm: nobody_believes_us(signatures),
        })
    }
}

/// A clock that is wrong by more than a minute.
#[derive(Debug, Serialize)]
struct ClockJson {
    /// How far it is ahead, in seconds; negative when it is behind.
    seconds: i64,
    /// When the running server found that.
    at: Millis,
}

/// The number of failing hosts shown; `queue list` shows the deliveries to all of them.
const HOSTS_SHOWN: i64 = 5;

#[derive(Debug, Serialize)]
struct LetterJson {
    /// Of a draft, those that are planned to come out; empty while nothing is planned.
    title: String,
    digest: String,
    /// 0 of a draft.
    revision: i64,
    state: LetterState,
    /// The time at which it closes, or closed, by itself.
    closes_at: Option<Millis>,
    /// When names become numbers, once it is closed (`privacy.anonymise_after_close`).
    anonymises_at: Option<Millis>,
    /// When they last did.
    anonymised_at: Option<Millis>,
    /// From what is published, or planned to come out.
    file_differs: bool,
}

impl LetterJson {
    /// A draft, and the launch that is planned.
    fn of_draft(opening: &LetterSchedule, plan: Option<&LaunchRow>, file_differs: bool) -> Self {
        Self {
            title: plan.map(|plan| plan.title.clone()).unwrap_or_default(),
            digest: plan.map(|plan| plan.digest.clone()).unwrap_or_default(),
            revision: 0,
            state: LetterState::Draft,
            closes_at: opening.closes_at(),
            anonymises_at: None,
            anonymised_at: None,
            file_differs,
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct WaitingJson {
    endorsements: i64,
    statements: i64,
    names: i64,
    reports: i64,
    links: i64,
    reasons: Vec<ReasonJson>,
    /// The domains from which endorsements wait for a surge to pass.
    surges: Vec<SurgeJson>,
}

/// A domain in a surge.
#[derive(Debug, Serialize)]
struct SurgeJson {
    domain: String,
    waiting: i64,
    since: Millis,
    /// What is known, and what to do.
    about: String,
}

impl From<SurgingDomain> for SurgeJson {
    fn from(surging: SurgingDomain) -> Self {
        Self {
            about: about_surge(&surging),
            domain: surging.domain,
            waiting: surging.n,
            since: surging.since,
        }
    }
}

/// How many endorsements wait for which reason.
async fn reasons(tx: &mut Tx) -> anyhow::Result<Vec<ReasonJson>> {
    let rows = tx.waiting_by_reason().await?;
    let reasons = rows.into_iter().map(|(reason, endorsements)| ReasonJson {
        reason,
        endorsements,
        hint: what_to_do(reason),
    });
    Ok(reasons.collect())
}

/// The servers that run.
async fn servers(tx: &mut Tx, now: Millis) -> anyhow::Result<Vec<ServerJson>> {
    let rows = tx.servers(now.minus(ALIVE_FOR)).await?;
    let servers = rows.into_iter().map(|row| ServerJson {
        version: row.version,
        since: row.since,
    });
    Ok(servers.collect())
}

/// `status`.
pub(super) async fn run(ctx: &CommandContext, args: &StatusArgs) -> anyhow::Result<Exit> {
    match &args.at {
        Some(at) => then(ctx, ctx.instant("--at", at, Sense::Past)?).await,
        None => Box::pin(now(ctx)).await,
    }
}

/// What waits for a person.
async fn what_waits(tx: &mut Tx, counts: &Counts) -> anyhow::Result<WaitingJson> {
    Ok(WaitingJson {
        endorsements: counts.waiting,
        statements: counts.waiting_statements,
        names: counts.waiting_names,
        reports: tx.open_reports().await?,
        reasons: reasons(tx).await?,
        surges: surging(tx)
            .await?
            .into_iter()
            .map(SurgeJson::from)
            .collect(),
        links: tx.count_link_suggestions().await?,
    })
}

/// Prints counts, the queue, and what waits for a decision.
async fn now(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let now = env.clock.now();
    let mut tx = env.store.read().await?;
    let newest = tx.newest_substantive_revision().await?;
    let counts = tx.counts(newest).await?;
    let waiting = what_waits(&mut tx, &counts).await?;
    let followers = tx.follower_count().await?;
    let subscribers = tx.subscriber_count().await?;
    let queue = tx.queue_status(now).await?;
    let queue = QueueJson {
        ready: queue.ready,
        waiting: queue.waiting,
        failing_hosts: queue.failing_hosts,
        oldest_seconds: queue.oldest.map_or(0, |oldest| now.since(oldest).as_secs()),
    };
    let hosts_in_trouble = tx.failing_hosts(HOSTS_SHOWN).await?;
    let signatures = SignaturesJson::read(&mut tx, now).await?;
    let fault = ClockFault::read(&mut tx).await?;
    let clock = fault.map(|ClockFault { seconds, at }| ClockJson { seconds, at });
    let plan = planned(&mut tx).await?;
    let (letter, counts) = match tx.current_revision().await? {
        Some(revision) => {
            let opening = env.schedule(&mut tx).await?;
            let state = opening.state(now);
            let letter = LetterJson {
                title: revision.title.clone(),
                digest: revision.digest.clone(),
                revision: revision.number,
                state,
                closes_at: opening.closes_at(),
                anonymises_at: env.anonymising().due(&mut tx, now).await?,
                anonymised_at: anonymised_at(&mut tx).await?,
                file_differs: env.file_differs(&revision).unwrap_or(true),
            };
            let counts = count_json(&mut tx, &revision, newest, &counts).await?;
            (Some(letter), Some(counts))
        }
        None => match tx.identity().await? {
            Some(identity) => {
                let opening = env.schedule(&mut tx).await?;
                let differs = match &plan {
                    Some(plan) => differs_from_plan(&env.config, &mut tx, plan).await?,
                    None => false,
                };
                let letter = LetterJson::of_draft(&opening, plan.as_ref(), differs);
                (Some(letter), Some(CountJson::of_draft(identity.created_at)))
            }
            None => (None, None),
        },
    };
    let identity = tx.identity().await?;
    let last = tx.last_events().await?;
    let status = StatusJson {
        version: env!("CARGO_PKG_VERSION"),
        servers: servers(&mut tx, now).await?,
        letter,
        actor: identity.map_or_else(ActorStatusJson::default, |identity| ActorStatusJson {
            moved_to: identity.moved_to,
            retired: identity.retired_at,
        }),
        counts,
        waiting,
        names: SyncTrouble::read(&mut tx).await?,
        names_off: tx.names_off().await?,
        names_to_take_out: StillInFile::read(&mut tx).await?,
        followers,
        subscribers,
        launch_at: plan.map(|plan| plan.due_at),
        queue,
        signatures,
        clock,
        hosts_in_trouble,
        not_found: tx
            .jobs_of(CONFIRM_ACTOR_GONE_LATE)
            .await?
            .into_iter()
            .map(|(domain, accounts)| NotFoundJson { domain, accounts })
            .collect(),
        last: LastJson {
            received: last.received,
            delivered: last.delivered,
            signed: last.signed,
        },
        disk: disk(&env, &ctx.output),
        notify: notify(&mut tx).await?,
        backup: BackupJson::read(&mut tx, &env).await?,
        restored: RestoreStatusJson::read(&mut tx).await?,
        threads: forge::threads(&mut tx, &env)
            .await?
            .into_iter()
            .map(ThreadStatusJson::from)
            .collect(),
    };
    let lifetime = Lifetime::of(&mut tx, env.config.delivery.give_up_after, now).await?;
    print(&ctx.output, &status, lifetime, &env.urls.actor(), now)
}

/// "12 on Codeberg, " for each forge besides GitHub.
fn on_forges(forges: &BTreeMap<String, i64>) -> String {
    let forges = forges
        .iter()
        .map(|(host, n)| format!("{n} on {}, ", forge_name(host)));
    forges.collect()
}

/// The free disk space; when it cannot be read, a message says so and the rest is shown.
fn disk(env: &Environment, output: &Output) -> Option<DiskJson> {
    let file = env.store.file()?;
    match Space::of(&file) {
        Ok(space) => Some(DiskJson {
            free_percent: space.free_percent(),
            room: space.room(),
        }),
        Err(error) => {
            let file = file.display();
            output.say(&format!(
                "cannot see how much room the disk of {file} has: {error}"
            ));
            None
        }
    }
}

/// Since when the actor is retired, and how long its server has to run; `None` while it lives.
fn retired(lifetime: Lifetime, status: &StatusJson) -> Option<String> {
    match lifetime {
        Lifetime::Living => None,
        Lifetime::Ending { since, until } => {
            let n = status.queue.ready + status.queue.waiting;
            let means = format!("leave the server running until {until}, {n} deliveries wait");
            Some(format!("{since}, for ever; {means}"))
        }
        Lifetime::Ended { since } => Some(format!("{since}, for ever; the server can be stopped")),
    }
}

fn print(
    output: &Output,
    status: &StatusJson,
    lifetime: Lifetime,
    actor: &str,
    now: Millis,
) -> anyhow::Result<Exit> {
    let mut parts = vec![("version", status.version.to_owned())];
    if status.servers.is_empty() {
        parts.push(("server", "none runs: `undersigned serve`".to_owned()));
    }
    let servers = status.servers.iter().map(|server| {
        let since = ago(server.since, now);
        let sentence = format!(
            "runs since {} ({since}), version {}",
            server.since, server.version
        );
        ("server", sentence)
    });
    parts.extend(servers);
    match (&status.letter, &status.counts) {
        (Some(letter), Some(counts)) if letter.state != LetterState::Draft => {
            parts.push(("letter", letter.title.clone()));
            parts.push((
                "revision",
                format!("{} ({}), {}", letter.revision, letter.digest, letter.state),
            ));
            let closes = letter
                .closes_at
                .filter(|_| letter.state != LetterState::Closed);
            if let Some(at) = closes {
                parts.push(("closes", at.to_string()));
            }
            parts.extend(anonymising(letter, now));
            if letter.file_differs {
                parts.push((
                    "file",
                    "differs from what is published: `letter publish`".to_owned(),
                ));
            }
            parts.push(("supporters", supporters(counts)));
            parts.push(("organisations", counts.organisations.to_string()));
            parts.push(("reach", counts.reach.to_string()));
        }
        (Some(letter), _) => parts.extend(draft(letter, status.launch_at, now)),
        (None, _) => parts.push(("letter", "not published yet".to_owned())),
    }
    if let Some(moved_to) = &status.actor.moved_to {
        parts.push(("moved to", moved_to.clone()));
    }
    parts.extend(retired(lifetime, status).map(|sentence| ("retired", sentence)));
    parts.push(("last", last(&status.last, now)));
    parts.push(("waiting", waiting(&status.waiting)));
    parts.extend(names_off(status, now));
    parts.extend(names_to_take_out(status.names_to_take_out));
    if let Some(names) = &status.names {
        parts.push(("names", format!("{} (since {})", names.problem, names.at)));
    }
    let surges = status.waiting.surges.iter();
    parts.extend(surges.map(|surge| ("surge", format!("{}: {}", surge.domain, surge.about))));
    parts.push(("followers", status.followers.to_string()));
    parts.push(("subscribers", status.subscribers.to_string()));
    let queue = &status.queue;
    parts.push((
        "queue",
        format!(
            "{} ready, {} waiting, {} hosts failing, oldest {} s",
            queue.ready, queue.waiting, queue.failing_hosts, queue.oldest_seconds
        ),
    ));
    let hosts = status.hosts_in_trouble.iter();
    parts.extend(hosts.map(|host| ("host in trouble", in_words(host))));
    let not_found = status.not_found.iter();
    parts.extend(not_found.map(|NotFoundJson { domain, accounts }| {
        let means = "their endorsements stay for 7 days, and end if they are still not found";
        (
            "not found",
            format!("{domain}: {accounts} accounts, most of those there: {means}"),
        )
    }));
    let failed = status.notify.failed.iter();
    parts.extend(failed.map(|NotifyFailureJson { by, at, error }| {
        let sentence = format!("the {by} failed at {at}: {error}; it is tried again by itself");
        ("notify", sentence)
    }));
    let threads = status.threads.iter();
    let threads = threads.filter_map(ThreadStatusJson::sentence);
    parts.extend(threads.map(|sentence| ("thread", sentence)));
    parts.extend(trouble(status, actor));
    parts.push(("backup", backups(&status.backup, now)));
    parts.extend(
        status
            .restored
            .iter()
            .map(|restored| ("restored", restore(restored))),
    );
    output.object(status, &parts)
}

/// How many there are, and where they signed.
fn supporters(counts: &CountJson) -> String {
    format!(
        "{}: {} signed, {} like it; {} on GitHub, {}{} in the letter, {} in the Fediverse, {} by hand",
        counts.total,
        counts.signed,
        counts.liked,
        counts.github,
        on_forges(&counts.forges),
        counts.letter,
        counts.fediverse,
        counts.manual
    )
}

/// That the letter is a draft, and when it comes out.
fn draft(
    letter: &LetterJson,
    launch_at: Option<Millis>,
    now: Millis,
) -> Vec<(&'static str, String)> {
    let Some(at) = launch_at else {
        let sentence = "a draft, nothing of it is public: `letter launch` publishes it";
        return vec![("letter", sentence.to_owned())];
    };
    let sentence = format!("{} ({}), a draft", letter.title, letter.digest);
    let when = if at <= now {
        format!("was due at {at}: it comes out as soon as a server runs")
    } else {
        format!("{at} ({})", ahead(at, now))
    };
    let mut parts = vec![("letter", sentence), ("launches", when)];
    if letter.file_differs {
        parts.push((
            "file",
            "differs from what is planned to come out: `letter launch --at` plans it anew"
                .to_owned(),
        ));
    }
    parts
}

/// The last backup, and what is wrong with them.
fn backups(backup: &BackupJson, now: Millis) -> String {
    if !backup.on {
        return "none by itself: set backup.dir".to_owned();
    }
    let last = match (backup.last, &backup.file) {
        (Some(at), Some(file)) => {
            format!("{at} ({}), {} bytes: {file}", ago(at, now), backup.bytes)
        }
        _ => "none yet".to_owned(),
    };
    match (&backup.problem, backup.failing_since) {
        (Some(problem), Some(since)) => format!("failing since {since}: {problem}\nlast {last}"),
        _ => last,
    }
}

/// That the database was restored, and what follows from it.
fn restore(restored: &RestoreStatusJson) -> String {
    let mut lines = vec![format!(
        "on {} from a backup of {}: what came between is lost",
        restored.at, restored.backup_of
    )];
    if restored.to_read > 0 {
        lines.push(format!(
            "{} count without a name until their posts were read again, by the running server",
            restored.to_read
        ));
    }
    if !restored.unknown.is_empty() {
        lines.push(format!(
            "others answer, boost or quote posts of yours that were lost: {}",
            restored.unknown.join(", ")
        ));
    }
    lines.join("\n")
}

/// That all names are off.
fn names_off(status: &StatusJson, now: Millis) -> Option<(&'static str, String)> {
    let since = status.names_off?;
    let ago = ago(since, now);
    let sentence = format!("since {since} ({ago}); `undersigned names on` brings them back");
    Some(("names off", sentence))
}

/// Asks for the names to be taken out of the file that are not to come back; `None` when there are none.
fn names_to_take_out(n: usize) -> Option<(&'static str, String)> {
    (n > 0).then(|| {
        let (names, them) = if n == 1 { ("name", "it") } else { ("names", "them") };
        let sentence = format!(
            "the letter's file still has {n} {names} that were withdrawn or removed: take {them} out of it"
        );
        ("names in the file", sentence)
    })
}

/// When names become numbers, or became them.
fn anonymising(letter: &LetterJson, now: Millis) -> Option<(&'static str, String)> {
    let over = letter
        .anonymised_at
        .map(|at| format!("became numbers on {at}"));
    let due = letter
        .anonymises_at
        .filter(|due| letter.anonymised_at.is_none_or(|at| at < *due));
    let sentence = due.map(|due| {
        let hint = if due <= now.plus(WARNED_BEFORE) {
            "; `letter open` or another `privacy.anonymise_after_close` keeps them"
        } else {
            ""
        };
        format!("become numbers on {due}, for good{hint}")
    });
    sentence
        .or(over)
        .map(|sentence| ("names and words", sentence))
}

/// What is wrong with keys, clock or disk of this machine.
fn trouble(status: &StatusJson, actor: &str) -> Vec<(&'static str, String)> {
    let mut parts = Vec::new();
    let signatures = &status.signatures;
    if signatures.alarm {
        parts.push((
            "alarm",
            format!(
                "{} of {} domains cannot verify our signatures (401): check the clock, and that {actor} answers",
                signatures.refused, signatures.answered
            ),
        ));
    }
    if let Some(clock) = &status.clock {
        let seconds = clock.seconds.unsigned_abs();
        let side = if clock.seconds < 0 { "slow" } else { "fast" };
        parts.push((
            "clock",
            format!(
                "{seconds} s {side} at {}, by the dates of other servers: set it right",
                clock.at
            ),
        ));
    }
    if let Some(disk) = &status.disk {
        let means = match disk.room {
            Room::Enough => "",
            Room::Low => ": make room soon",
            Room::Full => ": nothing is taken in but what leaves; make room",
        };
        parts.push(("disk", format!("{} % free{means}", disk.free_percent)));
    }
    parts
}

/// When something last happened, in one line.
fn last(last: &LastJson, now: Millis) -> String {
    let moment = |at: Option<Millis>| {
        at.map_or_else(
            || "never".to_owned(),
            |at| format!("{at} ({})", ago(at, now)),
        )
    };
    format!(
        "received {}\ndelivered {}\nsigned {}",
        moment(last.received),
        moment(last.delivered),
        moment(last.signed)
    )
}

/// What waits for a person: how much, and a line for each reason.
fn waiting(waiting: &WaitingJson) -> String {
    let mut lines = vec![format!(
        "{} endorsements, {} statements, {} names, {} reports, {} links",
        waiting.endorsements, waiting.statements, waiting.names, waiting.reports, waiting.links
    )];
    lines.extend(
        waiting
            .reasons
            .iter()
            .map(|reason| format!("{} {}: {}", reason.endorsements, reason.reason, reason.hint)),
    );
    if waiting.reports > 0 {
        let n = waiting.reports;
        lines.push(format!("{n} reports: `report list`"));
    }
    if waiting.links > 0 {
        let n = waiting.links;
        lines.push(format!("{n} links: `link suggest`"));
    }
    lines.join("\n")
}

/// The counts of an earlier time in JSON.
#[derive(Debug, Serialize)]
struct PastJson {
    at: Millis,
    revision: i64,
    total: i64,
    signed: i64,
    liked: i64,
    github: i64,
    letter: i64,
    forges: BTreeMap<String, i64>,
    fediverse: i64,
    manual: i64,
    organisations: i64,
    current: i64,
    earlier: i64,
    pending: i64,
}

impl PastJson {
    fn new(at: Millis, revision: i64, counts: &PastCounts) -> Self {
        let of = |source: SignatorySource| {
            let mut sources = counts.signatories.iter();
            sources
                .find(|(named, ..)| named == source.as_str())
                .map_or(0, |(_, all, _)| *all)
        };
        let names = counts.signatories.iter();
        let (names, current) = names.fold((0, 0), |(all, current), (_, n, of_them)| {
            (all + n, current + of_them)
        });
        let github = SignatorySource::GitHub.as_str();
        let on_forges: i64 = counts.forges.iter().map(|(_, n)| n).sum();
        let forges = counts.forges.iter().cloned();
        let (on_github, forges): (BTreeMap<_, _>, BTreeMap<_, _>) =
            forges.partition(|(source, _)| source == github);
        let signed = names + counts.signed;
        let current = current + counts.current;
        Self {
            at,
            revision,
            total: signed + counts.liked,
            signed,
            liked: counts.liked,
            github: of(SignatorySource::GitHub) + on_github.values().sum::<i64>(),
            letter: of(SignatorySource::Letter),
            forges,
            fediverse: counts.signed + counts.liked - on_forges,
            manual: of(SignatorySource::Manual),
            organisations: counts.organisations,
            current,
            earlier: signed + counts.liked - current,
            pending: counts.pending,
        }
    }
}

/// Prints the counts of an earlier time.
async fn then(ctx: &CommandContext, at: Millis) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let Some(revision) = tx.revision_at(at).await? else {
        return end(Exit::NotFound, format!("nothing was published at {at}"));
    };
    let counts = tx.counts_at(at, revision).await?;
    let past = PastJson::new(at, revision, &counts);
    let parts = [
        ("at", past.at.to_string()),
        ("revision", past.revision.to_string()),
        (
            "supporters",
            format!(
                "{}: {} signed, {} like it; {} on GitHub, {}{} in the letter, {} in the Fediverse, {} by hand",
                past.total,
                past.signed,
                past.liked,
                past.github,
                on_forges(&past.forges),
                past.letter,
                past.fediverse,
                past.manual
            ),
        ),
        ("this text", past.current.to_string()),
        ("an earlier one", past.earlier.to_string()),
        ("organisations", past.organisations.to_string()),
        ("waiting", past.pending.to_string()),
    ];
    ctx.output.object(&past, &parts)
}

/// A failing host in one line.
fn in_words(host: &FailingHost) -> String {
    let status = host
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let state = if host.gone { "gone" } else { "failing" };
    let since = host
        .since
        .map_or_else(String::new, |since| format!(" since {since}"));
    format!(
        "{}: {state}{since} ({status}), {} waiting, next try {}",
        host.host, host.waiting, host.next
    )
}
