//! Reads and applies remote objects in this process, for commands that do what the jobs of a server do.

use std::sync::Arc;

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::{
    federation::{
        App,
        dereference_jobs::{DereferenceRunner, FetchBudget},
        disk_space::Room,
        inbox_log::InboxLog,
    },
    register::{actor::lifecycle::Lifetime, inbound::writer::writer},
    server::{
        Environment,
        keys::signing_client,
        setup::{self, AppParts},
    },
};

/// What reads and applies objects in this process, and the task of its writer, which ends with it.
pub(super) async fn local_runner(
    env: &Environment,
) -> anyhow::Result<(DereferenceRunner, JoinHandle<()>)> {
    let (app, task) = local_app(env).await?;
    Ok((DereferenceRunner::new(app, FetchBudget::Unlimited), task))
}

/// The state of an inbox in this process, and the task of its writer, which ends with it.
pub(super) async fn local_app(env: &Environment) -> anyhow::Result<(Arc<App>, JoinHandle<()>)> {
    let client = signing_client(env).await?;
    let context = env.fixed_context().await?;
    let (noting, salt) = (env.clone(), env.salt().await?);
    let (writer, task) = writer(
        env.store.clone(),
        context.clone(),
        Arc::clone(&env.clock),
        setup::surge(env),
        Arc::new(Notify::new()),
        Box::new(move |saved| noting.note_left_or_log(&salt, &saved.left)),
    );
    let task = tokio::spawn(task.run());
    let parts = AppParts {
        writer: Some(writer),
        context,
        lifetime: watch::channel(Lifetime::Living).1,
        inbox_log: Arc::new(InboxLog::keeping(0)),
        room: watch::channel(Room::Enough).1,
    };
    Ok((Arc::new(setup::app(env, &client, parts).await?), task))
}
