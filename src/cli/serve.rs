//! `serve`: sets up every part of the server, runs it, and shuts it down in order.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};

use super::{
    Global,
    actor::ActorSettings,
    alarms, announcing,
    client::client,
    jobs,
    keys::KeyHolders,
    life::{Life, Signals, at_last},
    listening,
    output::{Exit, Output, end},
    parts,
    site::{self, Site},
    watching::{self, Tells},
};
use crate::{
    delivery::{self, DeliveryWorker, Signers},
    federation::{
        App, dereference::Dereferencer, disk_space::Room, inbox_log::InboxLog, key_cache::KeyCache,
        key_loader::KeyLoader, limits,
    },
    http::{
        self,
        response_cache::{Cache, Generation},
        state::HttpState,
    },
    http_client::{
        Client,
        single_flight::{FetchLimits, SingleFlight},
    },
    letter,
    register::{
        actor::{
            identity::{ClaimedIdentity, Keys, claim, ensure_keys, keys_as_they_are},
            lifecycle::Lifetime,
        },
        inbound::{
            batch::Context,
            writer::{Writer, writer},
        },
        letter::publish::{Doubt, PublishOrder, publish},
        maintenance::due::obey_settings,
    },
    store::Access,
    telemetry,
};

/// Runs the server until it is told to stop.
///
/// # Errors
/// A [`Fault`](super::life::TaskFailure) when a task ended by itself, and a failure when a second signal ends it at once.
pub(super) async fn run(global: &Global, output: &Output, read_only: bool) -> anyhow::Result<Exit> {
    let access = if read_only {
        Access::ReadOnly
    } else {
        Access::Create
    };
    let site = site::open(global, output, access).await?;
    telemetry::start(&site.config.log);
    let keys = prepare(&site, read_only).await?;
    let listen = site.config.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; is another server running? (server.listen)")
    })?;
    let mut signals = Signals::listen().context("cannot listen to signals")?;
    let life = Life::new();
    let state = Box::pin(wire(&site, keys, read_only, &life)).await?;
    tracing::info!(
        address = %listener.local_addr()?,
        base_url = site.urls.origin(),
        handle = site.urls.handle(),
        "serving"
    );
    let journal = Arc::clone(&state.app.journal);
    let routes = http::routes(state).into_make_service_with_connect_info::<SocketAddr>();
    let stop = life.stop_token();
    life.spawn("server", async move {
        let server = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(error = %error, "cannot take requests");
        }
    });
    life.lasts(&mut signals).await;
    tracing::info!("stopping");
    let in_order = async {
        life.stop().await;
        at_last(async {
            journal.write_down(&site.store, site.clock.now()).await;
            site.store.close().await;
        })
        .await;
    };
    tokio::select! {
        () = in_order => (),
        () = signals.told() => return end(
            Exit::Failed,
            "told to stop a second time: ended at once; what was under way goes on with the next start",
        ),
    }
    life.fault()
        .map_or(Ok(Exit::Done), |fault| Err(fault.into()))
}

/// Prepares the database before anything is served: identity, keys, and on the first start the letter.
async fn prepare(site: &Site, read_only: bool) -> anyhow::Result<Keys> {
    let now = site.clock.now();
    if read_only {
        return Ok(keys_as_they_are(&mut site.store.read().await?, &site.urls).await?);
    }
    let mut tx = site.store.write().await?;
    if let ClaimedIdentity::Replaced(old) = claim(&mut tx, &site.urls, now).await? {
        tracing::warn!(
            was = old.base_url,
            now = site.urls.origin(),
            "starting with a new identity"
        );
    }
    let retired = tx.retired_at().await?;
    if retired.is_none() && tx.current_revision().await?.is_none() {
        first_publication(site, &mut tx).await?;
    }
    tx.commit().await?;
    let keys = ensure_keys(&site.store, now).await?;
    if retired.is_some() {
        return Ok(keys);
    }
    let looked_at = obey_settings(&site.store, &site.context().await?, now).await?;
    if looked_at > 0 {
        tracing::info!(
            endorsements = looked_at,
            "the settings about what is shown changed; endorsements are evaluated again"
        );
    }
    Ok(keys)
}

/// Publishes the letter's file, because there is no revision yet.
async fn first_publication(site: &Site, tx: &mut crate::store::Tx) -> anyhow::Result<()> {
    let file = site.config.letter_file();
    let source = site::read(&file).context("there is no letter to publish (letter.file)")?;
    let heading = site::signatories_heading(&site.config);
    let letter =
        letter::parse(source.as_bytes(), heading).with_context(|| file.display().to_string())?;
    for warning in &letter.warnings {
        tracing::warn!(line = warning.line, "the letter's file: {}", warning.text);
    }
    let order = PublishOrder {
        letter: &letter,
        source: &source,
        kind: None,
        doubt: Doubt::Refuses,
        note: None,
        by: "serve".to_owned(),
    };
    let settings = site::note_settings(&site.config);
    let now = site.clock.now();
    let state = site::opening(tx, &site.config).await?.state(now);
    let chance = site.chance.as_ref();
    let (published, _) = publish(tx, &site.urls, &settings, chance, now, state, &order).await?;
    tracing::info!(
        digest = %letter.digest,
        names = published.joined,
        unread = letter.unread.len(),
        "published the letter"
    );
    Ok(())
}

/// Starts every task, and returns the state that the HTTP handlers share.
async fn wire(
    site: &Site,
    keys: Keys,
    read_only: bool,
    life: &Life,
) -> anyhow::Result<Arc<HttpState>> {
    let (context_sender, context) = watch::channel(Arc::new(site.context().await?));
    let client = client(site, context.clone())?;
    let (holders, in_force) = KeyHolders::new(keys, &site.urls, client.clone());
    let (lifetimes, lifetime) = watch::channel(watching::lifetime(site).await?);
    watching::tell_end(*lifetime.borrow());
    let generation = Generation::default();
    let wake = Arc::new(Notify::new());
    let surge = parts::surge(site);
    let writer = if read_only {
        None
    } else {
        let committed = generation.clone();
        let (writer, task) = writer(
            site.store.clone(),
            context.clone(),
            Arc::clone(&site.clock),
            Arc::clone(&surge),
            Arc::clone(&wake),
            Box::new(move || committed.bump()),
        );
        life.spawn("writer", task.run());
        courier(site, &client, in_force.signers, &wake, life);
        Some(writer)
    };
    let hint = Arc::new(Notify::new());
    let watched = watching::Watched {
        site: site.clone(),
        context: context_sender,
        keys: holders,
        lifetime: lifetimes,
        generation: generation.clone(),
        wake,
        tells: if read_only {
            Tells::Nothing
        } else {
            Tells::Everybody
        },
        hint: Arc::clone(&hint),
    };
    let listening = listening::listen(site.store.clone(), hint, life.stop_token());
    life.spawn("listener", listening);
    life.spawn("watcher", watching::watch(watched, life.stop_token()));
    if !read_only {
        let keeping = watching::keep_within_budget(site.clone(), life.stop_token());
        life.spawn("evidence budget", keeping);
        life.spawn("alarms", alarms::watch(site.clone(), life.stop_token()));
        let keeping = watching::keep_house(
            site.clone(),
            context.clone(),
            surge,
            generation.clone(),
            life.stop_token(),
        );
        life.spawn("housekeeping", keeping);
        let announcing = announcing::announce(site.clone(), life.stop_token());
        life.spawn("goal", announcing);
        let presenting =
            announcing::present(site.clone(), ActorSettings::of(site)?, life.stop_token());
        life.spawn("profile", presenting);
    }
    let doors = Doors {
        writer,
        context,
        lifetime,
        journal: parts::journal(site, read_only, life),
        room: parts::room(site, life),
    };
    let app = Arc::new(app(site, &client, doors).await?);
    if !read_only {
        jobs::run(site, &app, life);
    }
    let icon = parts::picture(site.config.icon_file().as_deref())?;
    Ok(Arc::new(HttpState {
        app,
        note: Arc::new(site::note_settings(&site.config)),
        profile: parts::profile(site, &icon),
        pems: in_force.pems,
        icon,
        text: Mutex::default(),
        cache: Cache::following(generation),
    }))
}

/// State that the HTTP handlers share, besides the site itself.
pub(super) struct Doors {
    /// The way to the writer task.
    pub(super) writer: Option<Writer>,
    /// The rules in force.
    pub(super) context: watch::Receiver<Arc<Context>>,
    /// Whether the actor lives.
    pub(super) lifetime: watch::Receiver<Lifetime>,
    /// The log of incoming deliveries.
    pub(super) journal: Arc<InboxLog>,
    /// Whether the disk has room.
    pub(super) room: watch::Receiver<Room>,
}

/// The state that the HTTP handlers share with everything that applies remote objects as if they had been delivered.
pub(super) async fn app(site: &Site, client: &Client, doors: Doors) -> anyhow::Result<App> {
    let limits = FetchLimits::of(site.config.limits.fetches_in_flight);
    let fetches = SingleFlight::new(client.clone(), Arc::clone(&site.clock), limits);
    Ok(App {
        store: site.store.clone(),
        writer: doors.writer,
        context: doors.context,
        urls: Arc::clone(&site.urls),
        config: Arc::clone(&site.config),
        clock: Arc::clone(&site.clock),
        dereferencer: Dereferencer::new(client, &site.urls).await?,
        key_dereferencer: Dereferencer::capped(&fetches, &site.urls).await?,
        keys: KeyCache::default(),
        limits: limits::InboxLimits::new(&site.config.limits),
        journal: doors.journal,
        room: doors.room,
        key_loader: KeyLoader::default(),
        lifetime: doors.lifetime,
    })
}

fn courier(
    site: &Site,
    client: &Client,
    signers: watch::Receiver<Arc<Signers>>,
    wake: &Arc<Notify>,
    life: &Life,
) {
    let delivery = &site.config.delivery;
    let settings = delivery::DeliverySettings {
        workers: delivery.workers,
        per_host: delivery.per_host,
        give_up_after: delivery.give_up_after,
    };
    let courier = DeliveryWorker::new(
        site.store.clone(),
        client.clone(),
        signers,
        Arc::clone(&site.clock),
        Arc::clone(&site.chance),
        settings,
    );
    let running = delivery::run(Arc::new(courier), Arc::clone(wake), life.stop_token());
    life.spawn("courier", running);
}

/// Replaces the context that the HTTP handlers read.
pub(super) type ContextSender = watch::Sender<Arc<Context>>;
