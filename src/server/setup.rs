//! Parts of the server, made from configuration and database.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;
use ipnet::IpNet;
use tokio::sync::{Notify, Semaphore, watch};

use super::{
    draft::read_draft,
    environment::{self, Environment},
    page_store::PageStore,
};
use crate::{
    activitystreams::{Header, Urls},
    clock::Clock,
    config::Config,
    counter::LabelledCounter,
    delivery::{DeliverySettings, DeliveryWorker, Signers},
    federation::{
        App,
        dereference::{Dereferencer, KeyDocuments},
        disk_space::Room,
        doubts::Doubts,
        fetched_keys::FetchedKeys,
        forge::wakes::ForgeWakes,
        github::GithubReader,
        held_bodies::HeldBodies,
        inbox_log::InboxLog,
        key_cache::KeyCache,
        key_loader::KeyLoader,
        key_turns::KeyTurns,
        limits::InboxLimits,
        look::Look,
        remote_interaction::HomeServers,
    },
    hash::Sha256,
    http::{
        assets,
        drawing::LastDrawn,
        forge_hooks::ForgeHooks,
        github_push::GithubHook,
        metrics,
        response_cache::{Cache, Generation},
        sign_limits::SignLimits,
        state::{DraftFile, HttpState, KnownTags, Picture, Readiness},
        turned_away::TurnedAway,
    },
    http_client::{Client, ClientSettings},
    letter::SourceFile,
    register::{
        actor::{
            command::ActorCommandContext, identity::ShownKeys, lifecycle::Lifetime,
            profile::Profile,
        },
        inbound::{
            surge_limit::{Surge, SurgeLimits},
            writer::Writer,
        },
        letter::note::NoteSettings,
        rules::Context,
    },
};

/// The parts of [`App`] that differ between a server and a command.
pub(crate) struct AppParts {
    /// The way to the writer task.
    pub(crate) writer: Option<Writer>,
    /// The rules in force.
    pub(crate) context: watch::Receiver<Arc<Context>>,
    /// Whether the actor lives.
    pub(crate) lifetime: watch::Receiver<Lifetime>,
    /// The log of incoming deliveries.
    pub(crate) inbox_log: Arc<InboxLog>,
    /// Whether the disk has room.
    pub(crate) room: watch::Receiver<Room>,
}

/// The state of the inbox, which is shared with everything that applies remote objects as if they had been delivered.
pub(crate) async fn app(
    env: &Environment,
    client: &Client,
    parts: AppParts,
) -> anyhow::Result<App> {
    let fetches_in_flight = env.config.limits.fetches_in_flight;
    Ok(App {
        store: env.store.clone(),
        writer: parts.writer,
        context: parts.context,
        urls: Arc::clone(&env.urls),
        config: Arc::clone(&env.config),
        clock: Arc::clone(&env.clock),
        client: client.clone(),
        github: GithubReader::new(client.clone(), &env.config),
        dereferencer: Dereferencer::new(client, &env.urls).await?,
        key_documents: KeyDocuments::new(client, Arc::clone(&env.clock), &env.urls).await?,
        key_turns: KeyTurns::new(fetches_in_flight, Arc::clone(&env.clock)),
        keys: KeyCache::default(),
        fetched_keys: FetchedKeys::default(),
        doubts: Doubts::default(),
        held_bodies: HeldBodies::default(),
        limits: InboxLimits::new(&env.config.limits),
        inbox_log: parts.inbox_log,
        sweep_looks: LabelledCounter::of(Look::ALL.iter().map(|look| [("result", look.as_str())])),
        room: parts.room,
        key_loader: KeyLoader::default(),
        lifetime: parts.lifetime,
    })
}

/// The state of the HTTP handlers. `pages` is what they read from, and `generation` counts the changes that make cached
/// responses outdated.
pub(super) fn http_state(
    env: &Environment,
    app: Arc<App>,
    pages: &PageStore,
    keys: watch::Receiver<Arc<ShownKeys>>,
    generation: Generation,
    readiness: watch::Receiver<Readiness>,
    (github_hook, forge_hooks): (Option<GithubHook>, ForgeHooks),
) -> anyhow::Result<HttpState> {
    let (icon, header) = pictures(&env.config)?;
    let home_servers = HomeServers::new(
        app.client.clone(),
        Arc::clone(&app.urls),
        Arc::clone(&app.clock),
    );
    Ok(HttpState {
        app,
        store: pages.store.clone(),
        lists: Arc::new(Semaphore::new(pages.for_lists())),
        whole_list: Arc::new(Semaphore::new(1)),
        note: Arc::new(env.note_settings()),
        profile: profile(env, &icon, header.as_ref()),
        keys,
        icon,
        header,
        draft_file: draft_file(env),
        texts: Mutex::default(),
        tags: KnownTags::default(),
        cache: Cache::following(generation),
        share_image: LastDrawn::default(),
        header_image: LastDrawn::default(),
        turned_away: TurnedAway::default(),
        github_hook,
        forge_hooks,
        home_servers,
        sign_limits: SignLimits::default(),
        answers: metrics::answers(),
        readiness,
    })
}

/// How the preview of a draft reads the letter's file.
fn draft_file(env: &Environment) -> DraftFile {
    let config = Arc::clone(&env.config);
    DraftFile(Arc::new(move || {
        let read = read_draft(&config).map_err(|error| format!("{error:#}"))?;
        Ok(read.text)
    }))
}

/// The webhooks of forges, none of which a server takes that writes nothing.
///
/// # Errors
/// As of both of them.
pub(crate) fn hooks(
    config: &Config,
    pushed: &Arc<Notify>,
    wakes: &Arc<ForgeWakes>,
    read_only: bool,
) -> anyhow::Result<(Option<GithubHook>, ForgeHooks)> {
    // Checked in any case.
    let hooks = (github_hook(config, pushed)?, forge_hooks(config, wakes)?);
    Ok(if read_only {
        (None, ForgeHooks::default())
    } else {
        hooks
    })
}

/// The push webhook of the letter's source, which notifies `pushed`; `None` when it is off.
///
/// # Errors
/// The file of the secret cannot be read or is empty, or `letter.source_url` names no file of a repository.
fn github_hook(config: &Config, pushed: &Arc<Notify>) -> anyhow::Result<Option<GithubHook>> {
    let Some(file) = config.webhook_secret_file() else {
        return Ok(None);
    };
    let secret = webhook_secret("letter.webhook_secret_file", &file)?;
    let source = config.letter.source_url.as_ref();
    let source = source.and_then(|url| SourceFile::of(url.as_url()));
    let source = source.context(
        "letter.webhook_secret_file needs letter.source_url to be the raw file of a repository, such as \
         https://raw.githubusercontent.com/owner/repository/main/letter.md",
    )?;
    let hook = GithubHook::new(secret.as_bytes(), source, Arc::clone(pushed));
    Ok(Some(hook))
}

/// The webhooks of the issues whose comments sign; `wakes` gets what has to be read because of one.
///
/// # Errors
/// The file of a secret cannot be read or is empty.
fn forge_hooks(config: &Config, wakes: &Arc<ForgeWakes>) -> anyhow::Result<ForgeHooks> {
    let mut hooks = ForgeHooks::new(Arc::clone(wakes));
    for thread in config.forge_threads() {
        if let Some(file) = thread.secret_file.clone() {
            let secret = webhook_secret("forge.threads.webhook_secret_file", &file)?;
            hooks.add(thread, secret.as_bytes());
        }
    }
    Ok(hooks)
}

/// The secret of a webhook in the file of this key.
fn webhook_secret(key: &'static str, file: &Path) -> anyhow::Result<String> {
    let secret = environment::read(file).context(key)?;
    let secret = secret.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(
        !secret.is_empty(),
        "{key}: {} is empty; write the secret of the webhook into it",
        file.display()
    );
    Ok(secret.to_owned())
}

/// The HTTP client with its guard, which follows the block list in `context` from request to request.
pub(crate) fn client(
    env: &Environment,
    context: watch::Receiver<Arc<Context>>,
) -> anyhow::Result<Client> {
    client_reaching(env, context, &[])
}

/// The same, which may reach these networks besides those of the configuration.
pub(crate) fn client_reaching(
    env: &Environment,
    context: watch::Receiver<Arc<Context>>,
    also: &[IpNet],
) -> anyhow::Result<Client> {
    let settings = ClientSettings {
        allow: [&env.config.net.allow_addresses, also].concat(),
        blocked: Arc::new(move |host| context.borrow().rules.blocks.blocks_host(host)),
        ..client_settings(&env.config, &env.urls, Arc::clone(&env.clock))
    };
    let (client, notices) = Client::new(settings)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(client)
}

/// The HTTP client without a database: it signs nothing and knows no block list.
pub(crate) fn unsigned_client(
    config: &Config,
    urls: &Urls,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Client> {
    let (client, _) = Client::new(client_settings(config, urls, clock))?;
    Ok(client)
}

fn client_settings(config: &Config, urls: &Urls, clock: Arc<dyn Clock>) -> ClientSettings {
    let agent = format!(
        "undersigned/{} (+{})",
        env!("CARGO_PKG_VERSION"),
        urls.page()
    );
    ClientSettings {
        delivery_timeout: config.delivery.timeout,
        allow: config.net.allow_addresses.clone(),
        ca_file: config.ca_file(),
        ..ClientSettings::new(agent, clock)
    }
}

/// The delivery worker, with the settings of `[delivery]` and so many requests at once.
pub(super) fn delivery_worker(
    env: &Environment,
    client: Client,
    signers: watch::Receiver<Arc<Signers>>,
    workers: usize,
) -> DeliveryWorker {
    let delivery = &env.config.delivery;
    let settings = DeliverySettings {
        workers,
        per_host: delivery.per_host,
        give_up_after: delivery.give_up_after,
    };
    DeliveryWorker::new(
        env.store.clone(),
        client,
        signers,
        Arc::clone(&env.clock),
        Arc::clone(&env.random),
        settings,
    )
}

/// The surge limits of `moderation.surge_…`.
pub(crate) fn surge(env: &Environment) -> Arc<Surge> {
    let limits = SurgeLimits {
        per_domain: env.config.moderation.surge_per_domain_per_hour.into(),
        new_domains: env.config.moderation.surge_new_domains_per_hour.into(),
        ..SurgeLimits::default()
    };
    Arc::new(Surge::new(limits))
}

/// Profile and Note settings, from which the actor's own activities are made.
#[derive(Debug)]
pub(crate) struct ActorSettings {
    profile: Profile,
    note: NoteSettings,
}

impl ActorSettings {
    /// Profile and settings as the configuration has them.
    pub(crate) fn of(env: &Environment) -> anyhow::Result<Self> {
        let (icon, header) = pictures(&env.config)?;
        Ok(Self {
            profile: profile(env, &icon, header.as_ref()),
            note: env.note_settings(),
        })
    }

    /// What is needed to publish something about the actor now.
    pub(crate) fn order<'a>(&'a self, env: &'a Environment) -> ActorCommandContext<'a> {
        ActorCommandContext {
            builder: env.builder(),
            profile: &self.profile,
            settings: &self.note,
            by: &env.operator,
        }
    }
}

/// The actor's pictures: its icon, which is the configured file or the built-in one, and the one behind the head of its
/// profile, if there is one.
fn pictures(config: &Config) -> anyhow::Result<(Picture, Option<Picture>)> {
    let read = |file: &Path| {
        std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
    };
    let icon = config.icon_file().map(|file| read(&file)).transpose()?;
    let icon = picture("actor.icon", icon.unwrap_or_else(|| assets::ICON.to_vec()))?;
    let header = config.header_file().map(|file| read(&file)).transpose()?;
    let header = header.map(|bytes| picture("actor.header", bytes));
    Ok((icon, header.transpose()?))
}

/// A picture of the file that the configuration has under this name.
fn picture(name: &str, bytes: Vec<u8>) -> anyhow::Result<Picture> {
    let media_type = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        _ => anyhow::bail!("{name} is neither a PNG nor a JPEG file"),
    };
    let version = Sha256::of_bytes(&bytes).short();
    Ok(Picture {
        media_type,
        bytes: bytes.into(),
        version,
    })
}

/// How the letter's actor presents itself with these pictures.
fn profile(env: &Environment, icon: &Picture, header: Option<&Picture>) -> Profile {
    let actor = &env.config.actor;
    Profile {
        kind: actor.kind,
        name: actor.name.clone(),
        summary: actor.summary.clone(),
        contact: actor.contact.clone(),
        icon_type: icon.media_type,
        icon_version: icon.version.clone(),
        header: header_of(env, header),
        also_known_as: actor.also_known_as.clone(),
        close_at: env.config.endorsing.close_at,
    }
}

/// The picture behind the head of the profile, as the actor's document names it; `None` without a file.
fn header_of(env: &Environment, file: Option<&Picture>) -> Option<Header> {
    file.map(|file| Header {
        media_type: file.media_type,
        url: env.urls.header(&file.version),
    })
}
