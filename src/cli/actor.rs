//! `actor rotate-key | move | retire`; `show | update` stand in [`presenting`].

use serde::Serialize;
use url::Url;

use super::{
    Global,
    commands::ActorCommand,
    confirm::{Confirmed, confirm},
    output::{Exit, Output, end},
    presenting, site,
};
use crate::{
    activitystreams::{BadDocument, RemoteActor},
    clock::Millis,
    http_client::Fetched,
    register::actor::{
        identity::new_key_pair,
        lifecycle::{self, Whose},
    },
    server::{Environment, keys::signing_client, setup::ActorSettings},
    store::Access,
    text::with_causes,
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
    let env = site::open(global, output, Access::Existing).await?;
    let mut tx = env.store.read().await?;
    lifecycle::living(&mut tx).await?;
    let reached = tx.reachable_followers().await?;
    drop(tx);
    let (id, plan) = match whose {
        Whose::Letter => (
            env.urls.actor_key(),
            format!(
                "This makes a new key for {}, and shows its public half at once. Servers of followers are told by \
                 one Update that the old key signs: {} deliveries to {} hosts. Everything else is signed with the \
                 new key from now on. The old key is erased once everybody was told or given up.",
                env.urls.handle(),
                reached.inboxes,
                reached.hosts
            ),
        ),
        Whose::Instance => (
            env.urls.instance_key(),
            "This makes a new key for the instance actor, which signs what we read from other servers. Nobody \
             follows it, so nobody is told: servers read its document again when a signature does not fit."
                .to_owned(),
        ),
    };
    confirm(output, &plan, env.urls.username(), yes)?;
    let voice = ActorSettings::of(&env)?;
    let key = new_key_pair().await?;
    let mut tx = env.store.write().await?;
    let (deliveries, _) = lifecycle::rotate_key(&mut tx, &voice.order(&env), whose, &key).await?;
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
    let env = site::open(global, output, Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let identity = lifecycle::living(&mut tx).await?;
    let reached = tx.reachable_followers().await?;
    drop(tx);
    let target = target(&env, to).await?;
    lifecycle::may_move(&identity, &env.urls, &target, env.clock.now())?;
    let plan = format!(
        "This says that {} moved to {}: on its page and in its document at once, and by an Update and a Move to {} \
         inboxes on {} hosts, whose people then follow the new one. Endorsements stay here as they are. Likes, \
         replies and follows go on being taken here; `letter close` ends that.",
        env.urls.handle(),
        target.id,
        reached.inboxes,
        reached.hosts
    );
    confirm(output, &plan, env.urls.username(), yes)?;
    let voice = ActorSettings::of(&env)?;
    let mut tx = env.store.write().await?;
    let (deliveries, _) = lifecycle::move_to(&mut tx, &voice.order(&env), &target).await?;
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
async fn target(env: &Environment, to: &str) -> anyhow::Result<RemoteActor> {
    let Ok(url) = Url::parse(to) else {
        return end(
            Exit::Usage,
            format!("`{to}` is no URL; give the new actor's id, such as https://new.example/actor"),
        );
    };
    if env.urls.is_ours(url.as_str()) {
        return end(
            Exit::Conflict,
            format!("{url} is on this very server; give the new one's actor"),
        );
    }
    let (client, _) = signing_client(env).await?;
    let body = match client.fetch_object(&url).await {
        Fetched::Found(document) => document.body,
        Fetched::Gone | Fetched::Missing => {
            return end(Exit::NotFound, format!("there is no actor at {url}"));
        }
        Fetched::Refused(status) => {
            let why = format!("the server of {url} does not show it: {status}");
            return end(Exit::Unreachable, why);
        }
        Fetched::Unreachable(reason) if reason.is_a_block() => {
            return end(
                Exit::Conflict,
                format!("the server of {url} is blocked here"),
            );
        }
        Fetched::Unreachable(reason) => {
            let why = with_causes(&reason);
            let why = format!("{url} gave no answer that can be used: {why}");
            return end(Exit::Unreachable, why);
        }
    };
    match RemoteActor::parse(&body) {
        Ok(actor) => Ok(actor),
        Err(BadDocument::Tombstone) => end(
            Exit::NotFound,
            format!("there is no actor at {url} any more"),
        ),
        Err(error) => end(Exit::Conflict, format!("{url} is no actor: {error}")),
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
    let env = site::open(global, output, Access::Existing).await?;
    let mut tx = env.store.read().await?;
    lifecycle::living(&mut tx).await?;
    let reached = tx.reachable_inboxes().await?;
    drop(tx);
    let handle = env.urls.handle();
    let plan = format!(
        "This ends {handle}, for ever. Its Delete goes to {} inboxes on {} hosts, which remove the letter and \
         whatever else they have of it; everything that still waits to be sent is dropped. All pages and documents \
         here, lists and numbers included, answer 410 from then on, and nobody can sign or leave any more. What is in \
         the database stays there, shown to nobody. {handle} can never be used again: other servers do not take a \
         deleted actor back. Leave the server running until `status` says that it can be stopped.",
        reached.inboxes, reached.hosts
    );
    confirm(output, &plan, &handle, yes)?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let retired = order.mail.now;
    let mut tx = env.store.write().await?;
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
