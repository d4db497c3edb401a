//! Handlers of jobs: work that needs the network and survives a restart.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::interval};

use super::{database_watch::with_room, environment::Environment, lifecycle::Lifecycle};
use crate::{
    counter::LabelledCounter,
    delivery::{
        self,
        jobs::{JobError, JobRunner},
        notices::NoticeSender,
    },
    federation::{
        App,
        dereference_jobs::{DereferenceRunner, FetchBudget},
        verification::Verified,
    },
    hash::Sha256,
    register::{
        actor::lifecycle::Lifetime,
        inbound::{
            dereference_jobs::{CHECK_POST, CONFIRM_POST_GONE, FETCH_POST, MOVE},
            project_claims::{PROJECT_LOOK, PROJECT_NEXT_LOOK},
            refresh_jobs::{CONFIRM_ACTOR_GONE, CONFIRM_ACTOR_GONE_LATE, REFRESH_ACTOR},
        },
        maintenance::{
            links::{LINK_LOOK, LINK_SECOND_LOOK},
            sweep::{self, SWEEP_LOOK},
        },
    },
    store::{JobLane, JobRow},
};

/// The maximum number of concurrent jobs. Low, because jobs are not urgent and share the machine with deliveries.
const AT_ONCE: usize = 4;
/// The maximum number of concurrent looks of the sweep. A server that does not answer takes ten seconds of one.
const LOOKS_AT_ONCE: usize = 8;

/// How often what could not be verified is looked after.
const DOUBTS_EVERY: Duration = Duration::from_secs(1);

/// Starts the task that runs jobs.
pub(super) fn start(
    env: &Environment,
    app: &Arc<App>,
    notices: &Arc<NoticeSender>,
    lifecycle: &Lifecycle,
) {
    let budget = FetchBudget::PerHostAndDay;
    start_lane(
        env,
        (app, notices),
        lifecycle,
        "jobs",
        (JobLane::Main, AT_ONCE),
        budget,
    );
    let lane = (JobLane::Sweep, LOOKS_AT_ONCE);
    start_lane(
        env,
        (app, notices),
        lifecycle,
        "sweep looks",
        lane,
        FetchBudget::Unlimited,
    );
    let rounds = interval(sweep::round(env.config.verify.interval));
    lifecycle.spawn_periodic("sweep", rounds, Arc::clone(app), |app| {
        Box::pin(order_round(app))
    });
    let (app, stop) = (Arc::clone(app), lifecycle.stop_token());
    lifecycle.spawn("doubts", async move {
        let mut ticks = interval(DOUBTS_EVERY);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            order_doubts(&app).await;
        }
        // What came in the last second was answered with 202.
        order_doubts(&app).await;
    });
}

/// Starts the task that runs the jobs of one lane, so many at once.
fn start_lane(
    env: &Environment,
    (app, notices): (&Arc<App>, &Arc<NoticeSender>),
    lifecycle: &Lifecycle,
    task: &'static str,
    lane: (JobLane, usize),
    budget: FetchBudget,
) {
    let jobs = DereferenceRunner::new(Arc::clone(app), budget);
    let fresh = sweep::fresh(env.config.verify.interval);
    let lifetime = app.lifetime.clone();
    let (app_of_jobs, notices) = (Arc::clone(app), Arc::clone(notices));
    let handler = move |job: JobRow| {
        let (jobs, app) = (jobs.clone(), Arc::clone(&app_of_jobs));
        let notices = Arc::clone(&notices);
        let lives = *lifetime.borrow() == Lifetime::Living;
        async move {
            if !lives {
                return Err(JobError::fail("the letter's actor was retired"));
            }
            if NoticeSender::is_notice(&job.kind) {
                let (store, client, clock) = (&app.store, &app.client, app.clock.as_ref());
                return notices.perform(store, client, clock, &job).await;
            }
            perform(&jobs, &job, fresh, &app.sweep_looks).await
        }
    };
    let runner = JobRunner::new(
        env.store.clone(),
        Arc::clone(&env.clock),
        Arc::clone(&env.random),
        lane,
        handler,
    );
    let runner = Arc::new(runner);
    let run = move |stop| delivery::jobs::run(Arc::clone(&runner), Arc::new(Notify::new()), stop);
    let running = with_room(app.room.clone(), lifecycle.stop_token(), run);
    lifecycle.spawn(task, running);
}

/// Orders one round of the sweep, unless the disk is full or the actor has ended.
async fn order_round(app: &App) {
    if app.room.borrow().is_full() || *app.lifetime.borrow() != Lifetime::Living {
        return;
    }
    let interval = app.config.verify.interval;
    if let Err(error) = sweep::order_round(&app.store, interval, app.clock.now()).await {
        tracing::error!(error = %error, "cannot order what is to be verified; trying again");
    }
    if let Err(error) = sweep::order_boosts(&app.store, interval, app.clock.now()).await {
        tracing::error!(error = %error, "cannot order looks at boosted posts; trying again");
    }
}

/// Orders the actors to be read again in whose name something unverified came.
async fn order_doubts(app: &App) {
    let blocks = Arc::clone(&app.context.borrow().rules.blocks);
    let ordered = app.doubts.order(&app.store, &blocks, app.clock.now()).await;
    if let Err(error) = ordered {
        tracing::error!(error = %error, "cannot order actors to be read again");
    }
}

/// The hash that a payload is.
fn hash(payload: &str) -> Result<Sha256, JobError> {
    Sha256::from_hex(payload)
        .ok_or_else(|| JobError::fail("a payload that this program does not know"))
}

/// Counts what the sweep found: at the post, where it was looked at.
fn count(looks: &LabelledCounter<1>, verified: Verified) {
    let found = verified.post.unwrap_or(verified.account);
    looks.count([("result", found.as_str())]);
}

async fn perform(
    jobs: &DereferenceRunner,
    job: &JobRow,
    fresh: Duration,
    looks: &LabelledCounter<1>,
) -> Result<(), JobError> {
    let payload = job.payload.as_str();
    let result = match job.kind.as_str() {
        SWEEP_LOOK => jobs
            .verify(&hash(payload)?, fresh)
            .await
            .map(|verified| verified.iter().for_each(|verified| count(looks, *verified))),
        REFRESH_ACTOR => jobs.refresh(payload).await.map(drop),
        CONFIRM_ACTOR_GONE | CONFIRM_ACTOR_GONE_LATE => {
            jobs.confirm_actor_gone(payload).await.map(drop)
        }
        FETCH_POST => jobs.post(payload).await.map(drop),
        CHECK_POST => jobs.check_post(payload).await.map(drop),
        CONFIRM_POST_GONE => jobs.confirm_post_gone(payload).await.map(drop),
        MOVE => jobs.removal(payload).await.map(drop),
        PROJECT_LOOK | PROJECT_NEXT_LOOK => jobs.look_at_project(&hash(payload)?, &job.kind).await,
        LINK_LOOK | LINK_SECOND_LOOK => jobs.look_when_due(&hash(payload)?).await,
        _ => {
            return Err(JobError::fail(
                "a job of a kind that this program does not know",
            ));
        }
    };
    result.map_err(|error| {
        if error.may_pass() {
            JobError::retry(error)
        } else {
            JobError::fail(error)
        }
    })
}
