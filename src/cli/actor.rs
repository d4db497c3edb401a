//! `actor rotate-key | move | retire`; `show | update` stand in [`presenting`].

use serde::Serialize;

use super::{
    Global,
    commands::ActorCommand,
    confirm::{Confirmed, confirm},
    keys::signing_client,
    output::{Exit, Output, end},
    parts, presenting,
    site::{self, Site},
};
use crate::{
    activitystreams::RemoteActor,
    clock::Millis,
    federation::dereference::{DereferenceError, Dereferencer},
    http_client::FetchError,
    register::{
        actor::{
            identity::new_key_pair,
            lifecycle::{self, ActorCommandContext, Whose},
            profile::Profile,
        },
        letter::note::NoteSettings,
        outgoing::ActivityBuilder,
    },
    store::Access,
};

/// `actor …`.
pub(super) async fn run(
    command: &ActorCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        ActorCommand::Show => presenting::show(global, output).await,
        ActorCommand::Update { also_known_as } => {
            presenting::update(global, output, also_known_as.as_deref()).await
        }
        ActorCommand::RotateKey { instance, yes } => {
            let whose = if *instance {
                Whose::Instance
            } else {
                Whose::Letter
            };
            rotate_key(global, output, whose, Confirmed::from(*yes)).await
        }
        ActorCommand::Move { to, yes } => move_to(global, output, to, Confirmed::from(*yes)).await,
        ActorCommand::Retire { yes } => retire(global, output, Confirmed::from(*yes)).await,
    }
}

/// Profile and Note settings, from which the actor's own activities are made.
pub(super) struct ActorSettings {
    profile: Profile,
    settings: NoteSettings,
}

impl ActorSettings {
    /// Profile and settings as the configuration has them.
    pub(super) fn of(site: &Site) -> anyhow::Result<Self> {
        let icon = parts::picture(site.config.icon_file().as_deref())?;
        Ok(Self {
            profile: parts::profile(site, &icon),
            settings: site::note_settings(&site.config),
        })
    }

    /// An order to publish something now.
    pub(super) fn order<'a>(&'a self, site: &'a Site) -> ActorCommandContext<'a> {
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

/// The answer of `actor rotate-key`.
#[derive(Debug, Serialize)]
struct RotatedJson {
    /// The key's owner: `letter` or `instance`.
    key: &'static str,
    /// The key's id, which stays the same.
    id: String,
    /// Number of inboxes that get the Update.
    deliveries: u64,
}

/// Makes a new key pair for the letter's actor or the instance actor.
async fn rotate_key(
    global: &Global,
    output: &Output,
    whose: Whose,
    yes: Confirmed,
) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let mut tx = site.store.read().await?;
    lifecycle::living(&mut tx).await?;
    let reached = tx.reachable_followers().await?;
    drop(tx);
    let (id, plan) = match whose {
        Whose::Letter => (
            site.urls.actor_key(),
            format!(
                "This makes a new key for {}, and shows its public half at once. Servers of followers are told by \
                 one Update that the old key signs: {} deliveries to {} hosts. Everything else is signed with the \
                 new key from now on. The old key is erased once everybody was told or given up.",
                site.urls.handle(),
                reached.inboxes,
                reached.hosts
            ),
        ),
        Whose::Instance => (
            site.urls.instance_key(),
            "This makes a new key for the instance actor, which signs what we read from other servers. Nobody \
             follows it, so nobody is told: servers read its document again when a signature does not fit."
                .to_owned(),
        ),
    };
    confirm(output, &plan, site.urls.username(), yes)?;
    let voice = ActorSettings::of(&site)?;
    let key = new_key_pair().await?;
    let mut tx = site.store.write().await?;
    let (deliveries, _) = lifecycle::rotate_key(&mut tx, &voice.order(&site), whose, &key).await?;
    tx.commit().await?;
    let json = RotatedJson {
        key: whose.in_store(),
        id,
        deliveries,
    };
    if output.is_json() {
        return output.json(&json);
    }
    output.text(&format!(
        "{} has a new key; {deliveries} deliveries are queued",
        json.id
    ))
}

/// The answer of `actor move`.
#[derive(Debug, Serialize)]
struct MovedJson<'a> {
    /// The new actor's id.
    moved_to: &'a str,
    /// Deliveries of the Update and of the Move.
    deliveries: u64,
}

/// Publishes that the letter moved to another actor.
async fn move_to(
    global: &Global,
    output: &Output,
    to: &str,
    yes: Confirmed,
) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let mut tx = site.store.read().await?;
    let identity = lifecycle::living(&mut tx).await?;
    let reached = tx.reachable_followers().await?;
    drop(tx);
    let target = target(&site, to).await?;
    lifecycle::may_move(&identity, &site.urls, &target, site.clock.now())?;
    let plan = format!(
        "This says that {} moved to {}: on its page and in its document at once, and by an Update and a Move to {} \
         inboxes on {} hosts, whose people then follow the new one. Endorsements stay here as they are. Likes, \
         replies and follows go on being taken here; `letter close` ends that.",
        site.urls.handle(),
        target.id,
        reached.inboxes,
        reached.hosts
    );
    confirm(output, &plan, site.urls.username(), yes)?;
    let voice = ActorSettings::of(&site)?;
    let mut tx = site.store.write().await?;
    let (deliveries, _) = lifecycle::move_to(&mut tx, &voice.order(&site), &target).await?;
    tx.commit().await?;
    let json = MovedJson {
        moved_to: &target.id,
        deliveries,
    };
    if output.is_json() {
        return output.json(&json);
    }
    output.text(&format!(
        "moved to {}; {deliveries} deliveries are queued",
        target.id
    ))
}

/// Reads the new actor from its own server.
async fn target(site: &Site, to: &str) -> anyhow::Result<RemoteActor> {
    let client = signing_client(site).await?;
    let dereferencer = Dereferencer::new(&client, &site.urls).await?;
    match dereferencer.read::<RemoteActor>(to).await {
        Ok(read) => Ok(read.object),
        Err(DereferenceError::NoUrl) => end(
            Exit::Usage,
            format!("`{to}` is no URL; give the new actor's id, such as https://new.example/actor"),
        ),
        Err(DereferenceError::Ours) => end(
            Exit::Conflict,
            format!("{to} is on this very server; give the new one's actor"),
        ),
        Err(error) if error.is_absence() => {
            end(Exit::NotFound, format!("there is no actor at {to}"))
        }
        Err(DereferenceError::Fetch(error)) if error.is_a_block() => end(
            Exit::Conflict,
            format!("the server of {to} is blocked here"),
        ),
        Err(DereferenceError::Fetch(FetchError::Refused(status))) => end(
            Exit::Unreachable,
            format!("the server of {to} does not show it: {status}"),
        ),
        Err(DereferenceError::Fetch(FetchError::Unreachable(reason))) => {
            let error = anyhow::Error::new(reason);
            let why = format!("{to} gave no answer that can be used: {error:#}");
            end(Exit::Unreachable, why)
        }
        Err(DereferenceError::Document(error)) => {
            end(Exit::Conflict, format!("{to} is no actor: {error}"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The answer of `actor retire`.
#[derive(Debug, Serialize)]
struct RetiredJson {
    /// When it was retired.
    retired: Millis,
    /// Deliveries of the Delete.
    deliveries: u64,
    /// Older deliveries that were dropped.
    dropped: u64,
}

/// Retires the actor for ever.
async fn retire(global: &Global, output: &Output, yes: Confirmed) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let mut tx = site.store.read().await?;
    lifecycle::living(&mut tx).await?;
    let reached = tx.reachable_inboxes().await?;
    drop(tx);
    let handle = site.urls.handle();
    let plan = format!(
        "This ends {handle}, for ever. Its Delete goes to {} inboxes on {} hosts, which remove the letter and \
         whatever else they have of it; everything that still waits to be sent is dropped. All pages and documents \
         here, lists and numbers included, answer 410 from then on, and nobody can sign or leave any more. What is in \
         the database stays there, shown to nobody. {handle} can never be used again: other servers do not take a \
         deleted actor back. Leave the server running until `status` says that it can be stopped.",
        reached.inboxes, reached.hosts
    );
    confirm(output, &plan, &handle, yes)?;
    let voice = ActorSettings::of(&site)?;
    let order = voice.order(&site);
    let retired = order.mail.now;
    let mut tx = site.store.write().await?;
    let (done, _) = lifecycle::retire(&mut tx, &order).await?;
    tx.commit().await?;
    let json = RetiredJson {
        retired,
        deliveries: done.queued,
        dropped: done.dropped,
    };
    if output.is_json() {
        return output.json(&json);
    }
    output.text(&format!(
        "{handle} is retired; {} deliveries are queued, {} older ones dropped",
        done.queued, done.dropped
    ))
}
