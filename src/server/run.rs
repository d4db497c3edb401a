//! Runs the server: prepares the database, starts every task, and shuts down in order.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    time::interval,
};

use super::{
    change_watcher::{ChangeWatcher, log_retirement},
    database_watch::{self, with_room},
    draft::{DraftRead, read_draft},
    environment::Environment,
    forge::ForgeTask,
    job_handlers,
    keys::KeyHolders,
    letter_sync::SyncTask,
    lifecycle::{Interrupted, Lifecycle, ShutdownSignals, TaskFailure, within_limit},
    listener::{self, ConnectionLimits},
    notices::{self, NoticeTask},
    page_store::{self, PageStore},
    periodic::{self, Maintenance},
    pg_listener,
    service_manager::ServiceManager,
    setup::{self, ActorSettings, AppParts},
};
use crate::{
    clock::Millis,
    config::{Config, LaunchMode},
    counter::LabelledCounter,
    delivery::{self, notices::NoticeSender},
    federation::forge::wakes::ForgeWakes,
    hash::Salt,
    http::{self, metrics::Metrics, response_cache::Generation, state::HttpState},
    register::{
        actor::identity::{
            ClaimedIdentity, Keys, claim, ensure_keys, keys_as_they_are, known_keys,
        },
        inbound::writer::writer,
        letter::launch::{LaunchOrigin, launch, planned},
        maintenance::{
            notices::{TaskEnded, note_task_ended},
            purge::reapply_policy,
        },
        restored::Restored,
    },
    store::{self, Tx},
    telemetry,
};

/// The fewest deliveries at once that follow from the number of files: hosts take half a second, so fewer would be slow.
const FEWEST_WORKERS: usize = 64;

/// The most that follow from it. Each holds memory for a connection: twice as many were above 64 MiB.
const MOST_WORKERS: usize = 256;

/// Runs the server until it is told to stop.
///
/// # Errors
/// A [`TaskFailure`] when a task ended by itself, and [`Interrupted`] when a second
/// signal ends the server at once.
pub(crate) async fn run(
    env: &Environment,
    read_only: bool,
    manager: ServiceManager,
) -> anyhow::Result<()> {
    telemetry::start(&env.config.log);
    let files = listener::raise_open_files();
    let workers = delivery_workers(env.config.delivery.workers, files);
    let limits = ConnectionLimits::of_process(files, files_needed(&env.config, workers))?;
    let listen = env.config.server.listen;
    // Before anything is changed: a second start beside a running server changes nothing.
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; is another server running? (server.listen)")
    })?;
    let metrics_listener = metrics_listener(&env.config).await?;
    let notice_sender = Arc::new(notices::sender(&env.config)?);
    let keys = prepare(env, read_only).await?;
    let pages = PageStore::open(&env.config).await?;
    let mut signals = ShutdownSignals::listen().context("cannot listen to signals")?;
    let lifecycle = Lifecycle::new();
    let starting = start(
        env,
        keys,
        &pages,
        (read_only, workers),
        (&notice_sender, &manager),
        &lifecycle,
    );
    let (state, attempts) = Box::pin(starting).await?;
    if let Some(metrics_listener) = metrics_listener {
        tracing::info!(address = %metrics_listener.local_addr()?, "serving /metrics");
        let metrics = listener::serve(
            metrics_listener,
            Metrics::new(&state, attempts).routes(),
            ConnectionLimits::FEW,
            Vec::new(),
            lifecycle.stop_token(),
        );
        lifecycle.spawn("metrics", metrics);
    }
    tracing::info!(
        address = %listener.local_addr()?,
        base_url = env.urls.origin(),
        handle = env.urls.handle(),
        "serving"
    );
    let inbox_log = Arc::clone(&state.app.inbox_log);
    let serving = listener::serve(
        listener,
        http::routes(state),
        limits,
        env.config.server.trusted_proxies.clone(),
        lifecycle.stop_token(),
    );
    lifecycle.spawn("server", serving);
    manager.ready();
    lifecycle.run_until_stopped(&mut signals).await;
    manager.stopping();
    let in_order = async {
        lifecycle.stop().await;
        within_limit(async {
            if let Some(failure) = lifecycle.failure().filter(|_| !read_only) {
                note_failure(env, &failure).await;
            }
            inbox_log.write_down(&env.store, env.clock.now()).await;
            pages.store.close().await;
            env.store.close().await;
        })
        .await;
    };
    tokio::select! {
        () = in_order => (),
        _ = signals.received() => return Err(Interrupted.into()),
    }
    lifecycle
        .failure()
        .map_or(Ok(()), |failure| Err(failure.into()))
}

/// The listener of `server.metrics_listen`, if there is one.
async fn metrics_listener(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    let Some(listen) = config.server.metrics_listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!(
            "cannot listen on {listen}; does something else listen there? (server.metrics_listen)"
        )
    })?;
    Ok(Some(listener))
}

/// How many files the server may have open beside the connections of its clients: those to other servers, which have
/// to look up names as well, those of the database, and some for logs, the letter and its pictures.
fn files_needed(config: &Config, workers: usize) -> u64 {
    let requests = workers.saturating_add(config.limits.fetches_in_flight);
    let requests = u64::try_from(requests).unwrap_or(u64::MAX);
    let connections = page_store::connections_beside_pages(config)
        .saturating_add(page_store::connections(config));
    let database = u64::from(connections).saturating_mul(3);
    requests
        .saturating_mul(2)
        .saturating_add(database)
        .saturating_add(64 + 16) // the last are those who ask for /metrics
}

/// `delivery.workers`, and if it is 0 an eighth of the files that may be open, between [`FEWEST_WORKERS`] and
/// [`MOST_WORKERS`].
fn delivery_workers(configured: usize, files: u64) -> usize {
    let eighth = usize::try_from(files / 8).unwrap_or(usize::MAX);
    match configured {
        0 => eighth.clamp(FEWEST_WORKERS, MOST_WORKERS),
        configured => configured,
    }
}

/// Prepares the database before anything is served: identity, keys, and on the first start the letter.
async fn prepare(env: &Environment, read_only: bool) -> anyhow::Result<Keys> {
    let now = env.clock.now();
    if read_only {
        return Ok(keys_as_they_are(&mut env.store.read().await?, &env.urls).await?);
    }
    if !env.config.is_local() {
        let known = known_keys(&mut env.store.read().await?, &env.urls).await?;
        known.ok_or_else(|| store::Error::Missing(env.config.database_shown()))?;
    }
    let salt = env.salt().await?;
    let mut tx = env.store.write().await?;
    let texts = tx.revision_heads().await?.len();
    if let ClaimedIdentity::Replaced(old) = claim(&mut tx, &env.urls, now).await? {
        tracing::warn!(
            was = old.base_url,
            now = env.urls.origin(),
            texts,
            "starting with a new identity: the keys of the earlier one, its published texts and their names are lost"
        );
    }
    if env.store.file().is_some() {
        // No other server writes to a file, so whoever held leases in it, or said that it runs, is gone.
        tx.release_all_leases().await?;
        tx.remove_silent_servers(Millis::from_millis(i64::MAX))
            .await?;
    }
    let retired = tx.retired_at().await?;
    let restored = Restored::read(&mut tx).await?;
    // What a backup had not published, nobody publishes by starting it; and what is planned comes out at its time.
    let is_first = retired.is_none() && restored.is_none() && !tx.has_revision().await?;
    let waits = env.config.letter.launch == LaunchMode::Manual || planned(&mut tx).await?.is_some();
    if is_first && waits {
        tracing::info!("the letter is a draft: nothing of it is public until `letter launch`");
    } else if is_first {
        publish_first(env, &mut tx, &salt).await?;
    }
    if let Some(restored) = restored {
        log_restore(&mut tx, &restored).await?;
    }
    tx.commit().await?;
    let keys = ensure_keys(&env.store, now).await?;
    if retired.is_some() {
        return Ok(keys);
    }
    let evaluated = reapply_policy(&env.store, &env.context().await?, now).await?;
    if evaluated > 0 {
        tracing::info!(
            endorsements = evaluated,
            "the settings about what is shown changed; endorsements are evaluated again"
        );
    }
    Ok(keys)
}

/// Logs that the database was restored, while somebody is not shown because of it.
async fn log_restore(tx: &mut Tx, restored: &Restored) -> store::Result<()> {
    let to_read = tx.restored_to_read().await?;
    if to_read > 0 {
        tracing::warn!(
            at = %restored.at,
            backup_of = %restored.taken_at,
            to_read,
            "this database was restored from a backup; who signed by a post is counted without a name until the post was \
             read again"
        );
    }
    Ok(())
}

/// Publishes the letter's file, because there is no revision yet.
async fn publish_first(env: &Environment, tx: &mut Tx, salt: &Salt) -> anyhow::Result<()> {
    let DraftRead { text, warnings } = read_draft(&env.config)?;
    for warning in &text.letter.warnings {
        tracing::warn!(line = warning.line, "the letter's file: {}", warning.text);
    }
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    for translation in &text.translations {
        for warning in &translation.letter.warnings {
            tracing::warn!(
                line = warning.line,
                "{}: {}",
                translation.file,
                warning.text
            );
        }
    }
    let voice = ActorSettings::of(env)?;
    let from = LaunchOrigin {
        on_github: env.config.letter_is_on_github(),
        salt,
        by: "serve",
    };
    let (published, _) = launch(tx, &voice.order(env), &text, &from).await?;
    tracing::info!(
        digest = %text.letter.digest,
        names = published.joined,
        translations = text.translations.len(),
        unread = text.letter.unread.len(),
        "published the letter"
    );
    Ok(())
}

/// Keeps for the organisers that a task ended, and which.
async fn note_failure(env: &Environment, failure: &TaskFailure) {
    let ended = TaskEnded {
        task: failure.task().to_owned(),
        at: env.clock.now(),
    };
    if let Err(error) = note_task_ended(&env.store, &ended).await {
        tracing::error!(error = %error, "cannot note for the organisers that a task ended");
    }
}

/// Starts every task but the HTTP server. Returns the state that the HTTP handlers share, and the attempts of the delivery
/// worker, if there is one.
async fn start(
    env: &Environment,
    keys: Keys,
    pages: &PageStore,
    (read_only, workers): (bool, usize),
    (notice_sender, manager): (&Arc<NoticeSender>, &ServiceManager),
    lifecycle: &Lifecycle,
) -> anyhow::Result<(Arc<HttpState>, Option<LabelledCounter<1>>)> {
    let (context_sender, context) = watch::channel(Arc::new(env.context().await?));
    let client = setup::client(env, context.clone())?;
    let (holders, in_force) = KeyHolders::new(keys, &env.urls, client.clone());
    let (lifetime_sender, lifetime) = watch::channel(env.lifetime().await?);
    log_retirement(*lifetime.borrow());
    let generation = Generation::new(Arc::clone(&env.clock), env.config.web.render_every);
    let room = database_watch::disk_space(env, lifecycle);
    let (wake, hint) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let pushed = Arc::new(Notify::new());
    let forge_wakes = Arc::new(ForgeWakes::default());
    let hooks = setup::hooks(&env.config, &pushed, &forge_wakes, read_only)?;
    let (writer, attempts) = if read_only {
        (None, None)
    } else {
        let surge = setup::surge(env);
        surge.learn(&env.store, env.clock.now()).await?;
        let (pages, noting, salt) = (generation.clone(), env.clone(), env.salt().await?);
        let (writer, task) = writer(
            env.store.clone(),
            context.clone(),
            Arc::clone(&env.clock),
            Arc::clone(&surge),
            Arc::clone(&wake),
            Box::new(move |saved| {
                pages.take(saved.news);
                noting.note_left_or_log(&salt, &saved.left);
            }),
        );
        lifecycle.spawn("writer", task.run());
        let worker = setup::delivery_worker(env, client.clone(), in_force.signers, workers);
        let attempts = worker.attempts().clone();
        let (worker, waking) = (Arc::new(worker), Arc::clone(&wake));
        let deliver = move |stop| delivery::run(Arc::clone(&worker), Arc::clone(&waking), stop);
        let delivering = with_room(room.clone(), lifecycle.stop_token(), deliver);
        lifecycle.spawn("delivery worker", delivering);
        let maintenance = Maintenance {
            env: env.clone(),
            context: context.clone(),
            surge,
            generation: generation.clone(),
        };
        periodic::start(env, maintenance, &room, &client, lifecycle)?;
        let names = SyncTask {
            env: env.clone(),
            client: client.clone(),
            room: room.clone(),
            pushed,
        };
        lifecycle.spawn("names", names.run(lifecycle.stop_token()));
        (Some(writer), Some(attempts))
    };
    let listening =
        pg_listener::listen(env.store.clone(), Arc::clone(&hint), lifecycle.stop_token());
    lifecycle.spawn("listener", listening);
    let watcher = ChangeWatcher {
        env: env.clone(),
        voice: ActorSettings::of(env)?,
        context: context_sender,
        keys: holders,
        lifetime: lifetime_sender,
        generation: generation.clone(),
        wake,
        hint,
        read_only,
    };
    lifecycle.spawn("watcher", watcher.run(lifecycle.stop_token()));
    let parts = AppParts {
        writer,
        context,
        lifetime,
        inbox_log: periodic::inbox_log(env, room.clone(), read_only, lifecycle),
        room,
    };
    let app = Arc::new(setup::app(env, &client, parts).await?);
    if !read_only {
        job_handlers::start(env, &app, notice_sender, lifecycle);
        if let Some(task) = ForgeTask::new(&app, forge_wakes) {
            lifecycle.spawn("forge threads", task.run(lifecycle.stop_token()));
        }
        let (room, lifetime) = (&app.room, &app.lifetime);
        if let Some(task) = NoticeTask::new(env, &client, notice_sender, room, lifetime) {
            lifecycle.spawn_periodic("notices", interval(notices::EVERY), task, |task| {
                Box::pin(task.run())
            });
        }
    }
    let readiness = database_watch::database_probe(env, read_only, manager, lifecycle);
    let state = setup::http_state(
        env,
        app,
        pages,
        in_force.shown,
        generation,
        readiness,
        hooks,
    )?;
    Ok((Arc::new(state), attempts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_number_of_workers_an_eighth_of_the_files_counts() {
        for (configured, files, workers) in [
            (0, 0, 64),
            (0, 256, 64),
            (0, 1024, 128),
            (0, 2047, 255),
            (0, 2048, 256),
            (0, u64::MAX, 256),
            (1, u64::MAX, 1),
            (2000, 256, 2000),
        ] {
            assert_eq!(delivery_workers(configured, files), workers, "{files}");
        }
    }
}
