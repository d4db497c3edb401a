//! Parts of the server, made from the configuration for `serve`.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use tokio::sync::watch;

use super::{life::Life, site::Site};
use crate::{
    federation::{
        disk_space::{self, Room},
        inbox_log::{self, InboxLog},
    },
    hash::Sha256,
    http::{assets, state::Picture},
    register::{
        actor::profile::Profile,
        inbound::surge_limit::{Surge, SurgeLimits},
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
pub(super) fn surge(site: &Site) -> Arc<Surge> {
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
        None => assets::ICON.to_vec(),
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
