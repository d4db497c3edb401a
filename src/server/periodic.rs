//! Periodic tasks: maintenance, limits, alarms, and what is published by itself.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, interval, interval_at},
};

use super::{
    backup, clock_alarm::ClockAlarm, environment::Environment, lifecycle::Lifecycle,
    setup::ActorSettings,
};
use crate::{
    delivery::alarm::{LOOK_BACK, nobody_believes_us},
    federation::{disk_space::Room, inbox_log::InboxLog},
    http::response_cache::Generation,
    http_client::Client,
    register::{
        self,
        actor::profile_update::{self, ProfileUpdate},
        inbound::surge_limit::Surge,
        letter::milestones::{self, MilestoneOutcome},
        maintenance::{
            anonymise::anonymise,
            judge_again::judge_surges,
            purge::{Keep, maintain},
            quotas::keep_evidence_within,
        },
        moderation::waiting::{about_surge, in_one_line, surging},
        rules::Context,
    },
    store::{self, Topic, Versions},
};

/// How often maintenance runs.
const MAINTENANCE_EVERY: Duration = Duration::from_hours(1);
/// The delay of the first maintenance after a start: short, because work may have become due while the server was down.
const FIRST_MAINTENANCE_AFTER: Duration = Duration::from_secs(5);
/// How long settled deliveries are kept: until then `queue stats` counts them.
const SETTLED_KEPT: Duration = Duration::from_hours(30 * 24);
/// How often it is looked for what has waited long enough for a surge to pass, and for domains in a surge.
const SURGES_EVERY: Duration = Duration::from_mins(1);
/// How often evidence is compared with its budget: a flood can fill a disk in less than an hour.
const EVIDENCE_EVERY: Duration = Duration::from_mins(1);
/// How often the answers to our signatures are counted.
const SIGNATURES_EVERY: Duration = Duration::from_mins(1);
/// How often our clock is compared with those of other servers.
const CLOCK_EVERY: Duration = Duration::from_mins(1);
/// How often the goal is checked.
const GOAL_EVERY: Duration = Duration::from_secs(5);
/// How often the actor's profile is compared with what the followers were sent.
const PROFILE_EVERY: Duration = Duration::from_mins(1);
/// How often the rows of the inbox log are written.
const INBOX_LOG_EVERY: Duration = Duration::from_secs(1);

/// Starts the tasks of a server that writes.
pub(super) fn start(
    env: &Environment,
    maintenance: Maintenance,
    room: &watch::Receiver<Room>,
    client: &Client,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let first = Instant::now() + FIRST_MAINTENANCE_AFTER;
    let surges = SurgeTask {
        env: env.clone(),
        context: maintenance.context.clone(),
        surge: Arc::clone(&maintenance.surge),
        named: HashSet::new(),
    };
    let ticks = interval_at(first, SURGES_EVERY);
    lifecycle.spawn_periodic("surges", ticks, surges, |surges| Box::pin(surges.run()));
    let ticks = interval_at(first, MAINTENANCE_EVERY);
    lifecycle.spawn_periodic("maintenance", ticks, maintenance, |maintenance| {
        Box::pin(maintenance.run())
    });
    let ticks = interval(EVIDENCE_EVERY);
    lifecycle.spawn_periodic("evidence budget", ticks, env.clone(), |env| {
        Box::pin(limit_evidence(env))
    });
    let alarm = SignatureAlarm {
        env: env.clone(),
        raised: false,
    };
    let ticks = interval(SIGNATURES_EVERY);
    lifecycle.spawn_periodic("alarms", ticks, alarm, |alarm| Box::pin(alarm.check()));
    let alarm = ClockAlarm::new(env.store.clone(), client.clone(), Arc::clone(&env.clock));
    let ticks = interval(CLOCK_EVERY);
    lifecycle.spawn_periodic("clock", ticks, alarm, |alarm| Box::pin(alarm.check()));
    let goal = Goal {
        env: env.clone(),
        room: room.clone(),
        last: None,
    };
    lifecycle.spawn_periodic("goal", interval(GOAL_EVERY), goal, |goal| {
        Box::pin(goal.check())
    });
    let profile = (env.clone(), ActorSettings::of(env)?, room.clone());
    let ticks = interval(backup::LOOK_EVERY);
    lifecycle.spawn_periodic("backups", ticks, env.clone(), |env| {
        Box::pin(backup::make_daily(env))
    });
    let ticks = interval(PROFILE_EVERY);
    lifecycle.spawn_periodic("profile", ticks, profile, |(env, settings, room)| {
        Box::pin(update_profile(env, settings, room))
    });
    Ok(())
}

/// The inbox log, with the task that writes it to the database. A read-only server keeps none.
pub(super) fn inbox_log(
    env: &Environment,
    room: watch::Receiver<Room>,
    read_only: bool,
    lifecycle: &Lifecycle,
) -> Arc<InboxLog> {
    if read_only {
        return Arc::new(InboxLog::keeping(0));
    }
    let log = Arc::new(InboxLog::keeping(env.config.log.journal_rows));
    let writer = InboxLogWriter {
        env: env.clone(),
        log: Arc::clone(&log),
        room,
        pruned: false,
    };
    lifecycle.spawn_periodic("inbox log", interval(INBOX_LOG_EVERY), writer, |writer| {
        Box::pin(writer.write())
    });
    log
}

/// Periodic maintenance: what was waiting is judged again, and expired data, old keys and old deliveries are purged.
#[derive(Debug)]
pub(super) struct Maintenance {
    /// Configuration and database.
    pub(super) env: Environment,
    /// The rules in force.
    pub(super) context: watch::Receiver<Arc<Context>>,
    /// The surge limits.
    pub(super) surge: Arc<Surge>,
    /// The generation of cached responses.
    pub(super) generation: Generation,
}

impl Maintenance {
    async fn run(&self) {
        let env = &self.env;
        let privacy = &env.config.privacy;
        let keep = Keep {
            comments: privacy.keep_comments,
            waiting: privacy.keep_waiting,
            rejected: privacy.keep_rejected,
            withdrawn: privacy.purge_withdrawn_after,
            reports: privacy.keep_reports,
        };
        let context = Arc::clone(&self.context.borrow());
        if let Err(error) = make_numbers_of_names(env, &context).await {
            tracing::error!(error = %error, "cannot make numbers of names; trying again later");
        }
        match maintain(&env.store, &context, &self.surge, &keep, env.clock.now()).await {
            Ok(_) => self.generation.bump(),
            Err(error) => {
                tracing::error!(error = %error, "periodic maintenance failed; trying again later");
            }
        }
        if let Err(error) = self.surge.learn(&env.store, env.clock.now()).await {
            tracing::error!(error = %error, "cannot count old endorsements by domain; trying again later");
        }
        if let Err(error) = say_what_waits(env).await {
            tracing::error!(error = %error, "cannot count what waits; trying again later");
        }
        if let Err(error) = erase_former_keys(env).await {
            tracing::error!(error = %error, "cannot erase old keys of ours; trying again later");
        }
        if let Err(error) = purge_deliveries(env).await {
            tracing::error!(error = %error, "cannot delete old deliveries; trying again later");
        }
        backup::prune_erased(env);
        if let Err(error) = env.store.give_back().await {
            tracing::error!(error = %error, "cannot give free space back to the disk; trying again later");
        }
    }
}

/// Makes numbers of names when the letter was closed for long enough (`privacy.anonymise_after_close`), and warns before.
async fn make_numbers_of_names(env: &Environment, context: &Context) -> register::Result<()> {
    let (when, now) = (env.anonymising(), env.clock.now());
    if let Some(at) = when.warning(&mut env.store.read().await?, now).await? {
        tracing::warn!(
            "on {at} all names, words and evidence become numbers, for good (privacy.anonymise_after_close); \
             `undersigned letter open` or another setting keeps them"
        );
    }
    let n = anonymise(&env.store, context, &when, now).await?;
    if n > 0 {
        tracing::info!(endorsements = n, "names became numbers");
    }
    Ok(())
}

/// Logs why endorsements wait, if any do.
async fn say_what_waits(env: &Environment) -> store::Result<()> {
    let reasons = env.store.read().await?.waiting_by_reason().await?;
    if let Some(line) = in_one_line(&reasons) {
        tracing::info!("endorsements wait: {line}");
    }
    Ok(())
}

/// Judges again what waited for a surge to pass, and logs which domains are in one, each once while it lasts.
#[derive(Debug)]
struct SurgeTask {
    env: Environment,
    context: watch::Receiver<Arc<Context>>,
    surge: Arc<Surge>,
    /// The domains that were named in the log.
    named: HashSet<String>,
}

impl SurgeTask {
    async fn run(&mut self) {
        let (store, now) = (&self.env.store, self.env.clock.now());
        let context = Arc::clone(&self.context.borrow());
        if let Err(error) = judge_surges(store, &context, &self.surge, now).await {
            tracing::error!(error = %error, "cannot judge again what waited for a surge; trying again");
        }
        if let Err(error) = self.tell().await {
            tracing::error!(error = %error, "cannot look for domains in a surge; trying again");
        }
    }

    async fn tell(&mut self) -> register::Result<()> {
        let mut tx = self.env.store.read().await?;
        let domains = surging(&mut tx).await?;
        for domain in &domains {
            if !self.named.contains(&domain.domain) {
                let about = about_surge(domain);
                tracing::warn!(
                    domain = domain.domain,
                    "more endorsements came in an hour than moderation.surge_… allows: {about}"
                );
            }
        }
        self.named = domains.into_iter().map(|domain| domain.domain).collect();
        Ok(())
    }
}

/// Erases replaced keys of ours once every server was told of the new one, and after `delivery.give_up_after` in any
/// case.
async fn erase_former_keys(env: &Environment) -> store::Result<()> {
    let given_up = env.clock.now().minus(env.config.delivery.give_up_after);
    let mut tx = env.store.write().await?;
    let erased = tx.erase_former_keys(given_up).await?;
    if erased > 0 {
        tx.changed(&[Topic::Identity]).await?;
        tracing::info!(keys = erased, "erased keys of ours that were replaced");
    }
    tx.commit().await
}

/// Deletes deliveries that were settled more than 30 days ago.
async fn purge_deliveries(env: &Environment) -> store::Result<()> {
    let mut tx = env.store.write().await?;
    tx.forget_settled(env.clock.now().minus(SETTLED_KEPT))
        .await?;
    tx.commit().await
}

/// Deletes the oldest stored signed requests beyond `privacy.raw_budget`.
async fn limit_evidence(env: &Environment) {
    let budget = env.config.privacy.raw_budget.as_len();
    match keep_evidence_within(&env.store, budget).await {
        Ok(0) => (),
        Ok(forgotten) => tracing::warn!(
            forgotten,
            "the stored signed requests exceeded privacy.raw_budget; the oldest were deleted"
        ),
        Err(error) => tracing::error!(error = %error, "cannot keep evidence within its budget"),
    }
}

/// Logs when nearly every server answers 401 to our signatures, once when that begins and once when it is over: the
/// cause is then at our end, such as a wrong clock or an actor document that cannot be read.
#[derive(Debug)]
struct SignatureAlarm {
    env: Environment,
    raised: bool,
}

impl SignatureAlarm {
    async fn check(&mut self) {
        let raise = match self.is_due().await {
            Ok(raise) => raise,
            Err(error) => {
                tracing::warn!(error = %error, "cannot read what other servers answered");
                return;
            }
        };
        if raise && !self.raised {
            tracing::warn!(
                actor = self.env.urls.actor(),
                "other servers cannot verify our signatures (401): check the clock, and that the actor answers"
            );
        } else if self.raised && !raise {
            tracing::info!("other servers verify our signatures again");
        }
        self.raised = raise;
    }

    async fn is_due(&self) -> store::Result<bool> {
        let since = self.env.clock.now().minus(LOOK_BACK);
        let mut tx = self.env.store.read().await?;
        Ok(nobody_believes_us(tx.signatures_since(since).await?))
    }
}

/// Announces the steps of the goal, each once (`[goal]`).
#[derive(Debug)]
struct Goal {
    env: Environment,
    room: watch::Receiver<Room>,
    /// The last result and its version of the register: without a new version, counting again is wasted work.
    last: Option<(Versions, MilestoneOutcome)>,
}

impl Goal {
    async fn check(&mut self) {
        if self.room.borrow().is_full() {
            return;
        }
        match self.announce().await {
            Ok(checked) => {
                match checked.1 {
                    MilestoneOutcome::Announced(step) => {
                        tracing::info!(step, "announced a step of the goal");
                    }
                    MilestoneOutcome::TooLong { step, chars, most } => tracing::error!(
                        step,
                        chars,
                        most,
                        "a step of the goal was reached and is not announced: its post is longer than \
                         note.max_chars; raise that, and announce it with `post create`"
                    ),
                    MilestoneOutcome::Nothing | MilestoneOutcome::Waits => (),
                }
                self.last = Some(checked);
            }
            // A retired actor announces nothing.
            Err(register::Error::Store(store::Error::Retired(_))) => (),
            Err(error) => tracing::error!(error = %error, "cannot check the goal; trying again"),
        }
    }

    async fn announce(&self) -> register::Result<(Versions, MilestoneOutcome)> {
        const COUNTED: [Topic; 2] = [Topic::Additions, Topic::Register];
        let env = &self.env;
        let versions = env.store.read().await?.versions().await?;
        if let Some((last, MilestoneOutcome::Nothing)) = &self.last
            && COUNTED.map(|topic| last.of(topic)) == COUNTED.map(|topic| versions.of(topic))
        {
            return Ok((versions, MilestoneOutcome::Nothing));
        }
        let (builder, settings) = (env.builder(), env.note_settings());
        let outcome = milestones::announce_reached(
            &env.store,
            &builder,
            &settings,
            (&env.config.goal, env.config.pledge.label()),
        )
        .await?;
        Ok((versions, outcome))
    }
}

/// Sends the followers an Update when the actor's profile changed, every six hours at most.
async fn update_profile(env: &Environment, settings: &ActorSettings, room: &watch::Receiver<Room>) {
    if room.borrow().is_full() {
        return;
    }
    match profile_update::refresh(&env.store, &settings.order(env)).await {
        Ok(ProfileUpdate::Now(deliveries)) => {
            tracing::info!(deliveries, "sent the changed profile to the followers");
        }
        Ok(ProfileUpdate::Unchanged) => (),
        Err(error) => {
            tracing::error!(error = %error, "cannot compare the profile; trying again");
        }
    }
}

/// Writes the inbox log, except on a full disk: then the newest rows wait in memory. The shutdown has to write the rows
/// that arrive afterwards, once the inbox is closed.
#[derive(Debug)]
struct InboxLogWriter {
    env: Environment,
    log: Arc<InboxLog>,
    room: watch::Receiver<Room>,
    /// Whether the rows beyond the limit were deleted since the start: the setting may have changed.
    pruned: bool,
}

impl InboxLogWriter {
    async fn write(&mut self) {
        if self.room.borrow().is_full() {
            return;
        }
        if !self.pruned {
            self.log.prune(&self.env.store).await;
            self.pruned = true;
        }
        let now = self.env.clock.now();
        self.log.write_down(&self.env.store, now).await;
    }
}
