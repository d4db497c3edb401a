//! Handlers of jobs: work that needs the network and survives a restart.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{environment::Environment, lifecycle::Lifecycle};
use crate::{
    delivery::{
        self,
        jobs::{JobError, JobRunner},
    },
    federation::{
        App,
        look::{For, Looker},
        refresh::Refresher,
        seen::NotSeen,
    },
    http_client::Client,
    register::{
        actor::lifecycle::Lifetime,
        inbound::{
            dereference_jobs::{FETCH_POST, LOOK, LOOK_AGAIN, MOVE},
            refresh_jobs::{ACTOR_AGAIN, REFRESH_ACTOR},
        },
    },
    store::JobRow,
};

/// The maximum number of concurrent jobs. Low, because jobs are not urgent and share the machine with deliveries.
const AT_ONCE: usize = 4;

/// Starts the task that runs jobs.
pub(super) fn start(env: &Environment, app: &Arc<App>, client: &Client, lifecycle: &Lifecycle) {
    let refresher = Refresher::new(Arc::clone(app), client.clone());
    let looker = Looker::new(Arc::clone(app), client.clone(), For::Strangers);
    let lifetime = app.lifetime.clone();
    let handler = move |job: JobRow| {
        let (refresher, looker) = (refresher.clone(), looker.clone());
        let lives = *lifetime.borrow() == Lifetime::Living;
        async move {
            if lives {
                perform(&refresher, &looker, &job).await
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
    let running = delivery::jobs::run(
        Arc::new(runner),
        Arc::new(Notify::new()),
        lifecycle.stop_token(),
    );
    lifecycle.spawn("jobs", running);
}

async fn perform(refresher: &Refresher, looker: &Looker, job: &JobRow) -> Result<(), JobError> {
    let payload = job.payload.as_str();
    let came_of_it = match job.kind.as_str() {
        REFRESH_ACTOR => {
            return refresher
                .refresh(payload)
                .await
                .map_err(|error| failed(error.may_pass(), error));
        }
        ACTOR_AGAIN => {
            return refresher
                .look_again(payload)
                .await
                .map_err(|error| failed(error.may_pass(), error));
        }
        FETCH_POST => looker.post(payload).await,
        LOOK => looker.look(payload).await,
        LOOK_AGAIN => looker.look_again(payload).await,
        MOVE => looker.removal(payload).await,
        _ => {
            return Err(JobError::fail(
                "a job of a kind that this program does not know",
            ));
        }
    };
    came_of_it
        .map(drop)
        .map_err(|error: NotSeen| failed(error.may_pass(), error))
}

fn failed(may_pass: bool, error: impl std::error::Error + Send + Sync + 'static) -> JobError {
    if may_pass {
        JobError::retry(error)
    } else {
        JobError::fail(error)
    }
}
