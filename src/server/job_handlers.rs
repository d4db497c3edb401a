//! Handlers of jobs: work that needs the network and survives a restart.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::interval};

use super::{database_watch::with_room, environment::Environment, lifecycle::Lifecycle};
use crate::{
    delivery::{
        self,
        jobs::{JobError, JobRunner},
    },
    federation::{
        App,
        dereference_jobs::{DereferenceResult, DereferenceRunner, FetchBudget},
    },
    register::{
        actor::lifecycle::Lifetime,
        inbound::{
            dereference_jobs::{CHECK_POST, CONFIRM_POST_GONE, FETCH_POST, MOVE},
            refresh_jobs::{CONFIRM_ACTOR_GONE, REFRESH_ACTOR},
        },
        maintenance::links::{LINK_LOOK, LINK_SECOND_LOOK},
    },
    store::JobRow,
};

/// The maximum number of concurrent jobs. Low, because jobs are not urgent and share the machine with deliveries.
const AT_ONCE: usize = 4;

/// How often what could not be verified is looked after.
const DOUBTS_EVERY: Duration = Duration::from_secs(1);

/// Starts the task that runs jobs.
pub(super) fn start(env: &Environment, app: &Arc<App>, lifecycle: &Lifecycle) {
    let jobs = DereferenceRunner::new(Arc::clone(app), FetchBudget::PerHostAndDay);
    let lifetime = app.lifetime.clone();
    let handler = move |job: JobRow| {
        let jobs = jobs.clone();
        let lives = *lifetime.borrow() == Lifetime::Living;
        async move {
            if lives {
                perform(&jobs, &job).await
            } else {
                Err(JobError::fail("the letter's actor was retired"))
            }
        }
    };
    let runner = JobRunner::new(
        env.store.clone(),
        Arc::clone(&env.clock),
        Arc::clone(&env.random),
        AT_ONCE,
        handler,
    );
    let runner = Arc::new(runner);
    let run = move |stop| delivery::jobs::run(Arc::clone(&runner), Arc::new(Notify::new()), stop);
    let running = with_room(app.room.clone(), lifecycle.stop_token(), run);
    lifecycle.spawn("jobs", running);
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

/// Orders the actors to be read again in whose name something unverified came.
async fn order_doubts(app: &App) {
    let blocks = Arc::clone(&app.context.borrow().rules.blocks);
    let ordered = app.doubts.order(&app.store, &blocks, app.clock.now()).await;
    if let Err(error) = ordered {
        tracing::error!(error = %error, "cannot order actors to be read again");
    }
}

async fn perform(jobs: &DereferenceRunner, job: &JobRow) -> Result<(), JobError> {
    let payload = job.payload.as_str();
    let result = match job.kind.as_str() {
        REFRESH_ACTOR => jobs.refresh(payload).await,
        CONFIRM_ACTOR_GONE => jobs.confirm_actor_gone(payload).await,
        FETCH_POST => jobs.post(payload).await,
        CHECK_POST => jobs.check_post(payload).await,
        CONFIRM_POST_GONE => jobs.confirm_post_gone(payload).await,
        MOVE => jobs.removal(payload).await,
        LINK_LOOK | LINK_SECOND_LOOK => jobs
            .look_when_due(payload)
            .await
            .map(|()| DereferenceResult::Kept),
        _ => {
            return Err(JobError::fail(
                "a job of a kind that this program does not know",
            ));
        }
    };
    result.map(drop).map_err(|error| {
        if error.may_pass() {
            JobError::retry(error)
        } else {
            JobError::fail(error)
        }
    })
}
