//! Parts of the server, made from the configuration for `serve`.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;
use tokio::sync::watch;

use super::{
    environment::{self, Site},
    lifecycle::Life,
};
use crate::{
    federation::{
        App, Picture,
        disk_space::{self, Room},
        inbox_log::{self, InboxLog},
        key_cache::KeyCache,
        limits,
        lookups::KeyLoader,
        response_cache::{Cache, Generation},
    },
    hash::Sha256,
    http,
    http_client::{
        self, Client,
        single_flight::{FetchLimits, Fetches},
    },
    register::{
        actor::{
            identity::Pems,
            lifecycle::{ActorCommandContext, Lifetime},
            profile::Profile,
        },
        inbound::{
            batch::Context,
            surge_limit::{Surge, SurgeLimits},
            writer::Writer,
        },
        letter::note::NoteSettings,
        outgoing::ActivityBuilder,
    },
};

/// The log of incoming deliveries, with the task that writes it to the database. A read-only server keeps none.
pub(super) fn journal(site: &Site, read_only: bool, life: &Life) -> Arc<InboxLog> {
    if read_only {
        return Arc::new(InboxLog::keeping(0));
    }
    let journal = Arc::new(InboxLog::keeping(site.config.log.journal_rows));
    let keeping = inbox_log::keep(
        Arc::clone(&journal),
        site.store.clone(),
        Arc::clone(&site.clock),
        life.stop_token(),
    );
    life.spawn("journal", keeping);
    journal
}

/// The free disk space, with the task that checks it. A database on another machine is taken to have enough.
pub(super) fn room(site: &Site, life: &Life) -> watch::Receiver<Room> {
    let (sender, room) = watch::channel(Room::Enough);
    if let Some(file) = site.store.file() {
        life.spawn("disk", disk_space::watch(file, sender, life.stop_token()));
    }
    room
}

/// The surge limits of `moderation.surge_…`.
pub(crate) fn surge(site: &Site) -> Arc<Surge> {
    let limits = SurgeLimits {
        per_domain: site.config.moderation.surge_per_domain_per_hour.into(),
        new_domains: site.config.moderation.surge_new_domains_per_hour.into(),
        ..SurgeLimits::default()
    };
    Arc::new(Surge::new(limits, std::iter::empty()))
}

/// The actor's picture: the configured file, or the built-in one.
pub(super) fn picture(file: Option<&Path>) -> anyhow::Result<Picture> {
    let bytes = match file {
        Some(file) => {
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => http::pages::ICON.to_vec(),
    };
    let media_type = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        _ => anyhow::bail!("actor.icon is neither a PNG nor a JPEG file"),
    };
    let version = Sha256::of_bytes(&bytes).short();
    Ok(Picture {
        media_type,
        bytes: bytes.into(),
        version,
    })
}

/// How the letter's actor presents itself with this picture.
pub(super) fn profile(site: &Site, icon: &Picture) -> Profile {
    let actor = &site.config.actor;
    Profile {
        kind: actor.kind,
        name: actor.name.clone(),
        summary: actor.summary.clone(),
        contact: actor.contact.clone(),
        icon_type: icon.media_type,
        icon_version: icon.version.clone(),
        close_at: site.config.endorsing.close_at,
    }
}

/// The HTTP client with its guard, which follows the block list in `context` from request to request.
pub(crate) fn client(
    site: &Site,
    context: watch::Receiver<Arc<Context>>,
) -> anyhow::Result<Client> {
    let agent = format!(
        "undersigned/{} (+{})",
        env!("CARGO_PKG_VERSION"),
        site.urls.page()
    );
    let settings = http_client::ClientSettings {
        delivery_timeout: site.config.delivery.timeout,
        allow: site.config.net.allow_addresses.clone(),
        ca_file: site.config.ca_file(),
        blocked: Arc::new(move |host| context.borrow().rules.blocks.blocks_host(host)),
        ..http_client::ClientSettings::new(agent, Arc::clone(&site.clock))
    };
    let (client, notices) = Client::new(settings)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(client)
}

/// Profile and Note settings, from which the actor's own activities are made.
pub(crate) struct ActorSettings {
    profile: Profile,
    settings: NoteSettings,
}

impl ActorSettings {
    /// Profile and settings as the configuration has them.
    pub(crate) fn of(site: &Site) -> anyhow::Result<Self> {
        let icon = picture(site.config.icon_file().as_deref())?;
        Ok(Self {
            profile: profile(site, &icon),
            settings: environment::note_settings(&site.config),
        })
    }

    /// An order to publish something now.
    pub(crate) fn order<'a>(&'a self, site: &'a Site) -> ActorCommandContext<'a> {
        ActorCommandContext {
            mail: ActivityBuilder {
                urls: &site.urls,
                chance: site.chance.as_ref(),
                now: site.clock.now(),
            },
            profile: &self.profile,
            settings: &self.settings,
            by: &site.operator,
        }
    }
}

/// State that the HTTP handlers share, besides the site itself.
pub(crate) struct Doors {
    /// The way to the writer task.
    pub(crate) writer: Option<Writer>,
    /// The rules in force.
    pub(crate) context: watch::Receiver<Arc<Context>>,
    /// Whether the actor lives.
    pub(crate) lifetime: watch::Receiver<Lifetime>,
    /// The public halves of our keys.
    pub(crate) pems: watch::Receiver<Arc<Pems>>,
    /// The generation of cached responses.
    pub(crate) generation: Generation,
    /// The log of incoming deliveries.
    pub(crate) journal: Arc<InboxLog>,
    /// Whether the disk has room.
    pub(crate) room: watch::Receiver<Room>,
}

/// The state that the HTTP handlers share with everything that applies remote objects as if they had been delivered.
pub(crate) fn app(site: &Site, client: &Client, doors: Doors) -> anyhow::Result<App> {
    let limits = FetchLimits::of(site.config.limits.fetches_in_flight);
    let icon = picture(site.config.icon_file().as_deref())?;
    Ok(App {
        store: site.store.clone(),
        writer: doors.writer,
        context: doors.context,
        urls: Arc::clone(&site.urls),
        config: Arc::clone(&site.config),
        note: Arc::new(environment::note_settings(&site.config)),
        clock: Arc::clone(&site.clock),
        fetches: Arc::new(Fetches::new(
            client.clone(),
            Arc::clone(&site.clock),
            limits,
        )),
        keys: KeyCache::default(),
        limits: limits::InboxLimits::new(&site.config.limits),
        journal: doors.journal,
        room: doors.room,
        lookups: KeyLoader::default(),
        profile: profile(site, &icon),
        lifetime: doors.lifetime,
        pems: doors.pems,
        icon,
        text: Mutex::default(),
        cache: Cache::following(doors.generation),
    })
}
