//! `status`: one screen.

use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, Output},
};
use crate::{
    clock::Millis,
    delivery::alarm::{LOOK_BACK, nobody_believes_us},
    endorsement::{WaitsFor, policy::LetterState},
    federation::disk_space::{Room, Space},
    register::{
        actor::lifecycle::Lifetime,
        moderation::waiting::{about_surge, in_one_line, surging},
    },
    server::{Environment, clock_alarm::ClockFault},
    store::{Access, FailingHost, SurgingDomain, Tx},
};

#[derive(Debug, Serialize)]
struct StatusJson {
    letter: Option<LetterJson>,
    actor: ActorStatusJson,
    counts: Option<crate::http::counts::CountJson>,
    waiting: WaitingJson,
    followers: i64,
    queue: QueueJson,
    signatures: SignaturesJson,
    clock: Option<ClockJson>,
    hosts_in_trouble: Vec<FailingHost>,
    disk: Option<DiskJson>,
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
    title: String,
    digest: String,
    revision: i64,
    state: LetterState,
    /// The time at which it closes, or closed, by itself.
    closes_at: Option<Millis>,
    file_differs: bool,
}

#[derive(Debug, Default, Serialize)]
struct WaitingJson {
    endorsements: i64,
    statements: i64,
    names: i64,
    reports: i64,
    links: i64,
    /// How many endorsements wait for each reason.
    reasons: Vec<ReasonJson>,
    /// The domains from which endorsements wait for a surge to pass.
    surges: Vec<SurgeJson>,
}

/// A reason for which endorsements wait.
#[derive(Debug, Serialize)]
struct ReasonJson {
    reason: WaitsFor,
    waiting: i64,
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

/// Prints counts, the queue, and what waits for a decision.
pub(super) async fn run(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let now = env.clock.now();
    let mut tx = env.store.read().await?;
    let newest = tx.newest_substantive_revision().await?;
    let counts = tx.counts(newest).await?;
    let waiting = WaitingJson {
        endorsements: counts.waiting,
        statements: counts.waiting_statements,
        names: counts.waiting_names,
        reports: tx.open_reports().await?,
        reasons: reasons(&mut tx).await?,
        surges: surging(&mut tx)
            .await?
            .into_iter()
            .map(SurgeJson::from)
            .collect(),
        ..WaitingJson::default()
    };
    let followers = tx.follower_count().await?;
    let queue = tx.queue_status(now).await?;
    let queue = QueueJson {
        ready: queue.ready,
        waiting: queue.waiting,
        failing_hosts: queue.failing_hosts,
        oldest_seconds: queue.oldest.map_or(0, |oldest| now.since(oldest).as_secs()),
    };
    let hosts_in_trouble = tx.failing_hosts(HOSTS_SHOWN).await?;
    let signatures = tx.signatures_since(now.minus(LOOK_BACK)).await?;
    let signatures = SignaturesJson {
        answered: signatures.answered,
        refused: signatures.refused,
        alarm: nobody_believes_us(signatures),
    };
    let fault = ClockFault::read(&mut tx).await?;
    let clock = fault.map(|ClockFault { seconds, at }| ClockJson { seconds, at });
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
                file_differs: env.file_differs(&revision).unwrap_or(true),
            };
            let counts =
                crate::http::counts::count_json(&mut tx, &revision, newest, &counts).await?;
            (Some(letter), Some(counts))
        }
        None => (None, None),
    };
    let identity = tx.identity().await?;
    let status = StatusJson {
        letter,
        actor: identity.map_or_else(ActorStatusJson::default, |identity| ActorStatusJson {
            moved_to: identity.moved_to,
            retired: identity.retired_at,
        }),
        counts,
        waiting,
        followers,
        queue,
        signatures,
        clock,
        hosts_in_trouble,
        disk: disk(&env, &ctx.output),
    };
    let lifetime = Lifetime::of(&mut tx, env.config.delivery.give_up_after, now).await?;
    print(&ctx.output, &status, lifetime, &env.urls.actor())
}

/// Why endorsements wait.
async fn reasons(tx: &mut Tx) -> anyhow::Result<Vec<ReasonJson>> {
    let reasons = tx.waiting_by_reason().await?.into_iter();
    Ok(reasons
        .map(|(reason, waiting)| ReasonJson { reason, waiting })
        .collect())
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

fn print(
    output: &Output,
    status: &StatusJson,
    lifetime: Lifetime,
    actor: &str,
) -> anyhow::Result<Exit> {
    let mut parts = Vec::new();
    match (&status.letter, &status.counts) {
        (Some(letter), Some(counts)) => {
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
            if letter.file_differs {
                parts.push((
                    "file",
                    "differs from what is published: `letter publish`".to_owned(),
                ));
            }
            parts.push((
                "supporters",
                format!(
                    "{}: {} signed, {} like it; {} on GitHub, {} in the letter, {} in the Fediverse, {} by hand",
                    counts.total,
                    counts.signed,
                    counts.liked,
                    counts.github,
                    counts.letter,
                    counts.fediverse,
                    counts.manual
                ),
            ));
            parts.push(("organisations", counts.organisations.to_string()));
            parts.push(("reach", counts.reach.to_string()));
        }
        _ => parts.push(("letter", "not published yet".to_owned())),
    }
    if let Some(moved_to) = &status.actor.moved_to {
        parts.push(("moved to", moved_to.clone()));
    }
    let retired = match lifetime {
        Lifetime::Living => None,
        Lifetime::Ending { since, until } => {
            let n = status.queue.ready + status.queue.waiting;
            let means = format!("leave the server running until {until}, {n} deliveries wait");
            Some(format!("{since}, for ever; {means}"))
        }
        Lifetime::Ended { since } => Some(format!("{since}, for ever; the server can be stopped")),
    };
    parts.extend(retired.map(|sentence| ("retired", sentence)));
    let waiting = &status.waiting;
    parts.push((
        "waiting",
        format!(
            "{} endorsements, {} statements, {} names, {} reports, {} links",
            waiting.endorsements, waiting.statements, waiting.names, waiting.reports, waiting.links
        ),
    ));
    let reasons: Vec<_> = waiting
        .reasons
        .iter()
        .map(|it| (it.reason, it.waiting))
        .collect();
    parts.extend(in_one_line(&reasons).map(|line| ("waits for", line)));
    let surges = waiting.surges.iter();
    parts.extend(surges.map(|surge| ("surge", format!("{}: {}", surge.domain, surge.about))));
    parts.push(("followers", status.followers.to_string()));
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
    output.object(status, &parts)
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
