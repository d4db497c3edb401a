//! `actor show | update | rotate-key | follow | unfollow | move | retire`.

use clap::Subcommand;
use serde::Serialize;
use serde_json::Value;

use super::{
    actor_named::actor_named,
    confirm::{Confirmed, confirm},
    context::CommandContext,
    output::{Exit, end},
    post_file::account,
    reply::read,
};
use crate::{
    activitystreams::{OwnActor, RemoteActor},
    clock::Millis,
    federation::{
        dereference::{DereferenceError, Dereferencer},
        remote_actor::new_actor,
    },
    http_client::FetchError,
    register::actor::{
        command::{last_told, living},
        following,
        identity::{key_name, new_key_pair},
        lifecycle::{self, OldKey},
        profile_update::{ProfileUpdate, present},
    },
    server::{Environment, keys::signing_client, setup::ActorSettings},
    store::{Access, FollowingRow, NewActor},
    text::{html_to_text, visible, with_causes},
};

#[derive(Debug, Subcommand)]
pub(super) enum ActorCommand {
    /// Show how the letter's actor looks to others, and how old its keys are
    Show,
    /// Tell the followers how the actor looks now, for example after another `actor.name`
    ///
    /// Says `unchanged` and sends nothing when they were told exactly that. The running server tells by itself what
    /// changed, such as the number of signatures, every six hours at most. Restart running servers first: they show
    /// the configuration that they started with, and would tell that again.
    Update,
    /// Make a new key, and let every server know it by an Update that the old key signs
    ///
    /// Running servers show the new key, and sign with it, within two seconds. For a server that was not told yet the old
    /// one goes on signing, for `delivery.give_up_after` at most; then it is erased.
    RotateKey {
        /// The key of the instance actor, which signs what we read, in place of the letter's
        #[arg(long)]
        instance: bool,
        /// Erase the old key at once, because somebody else may have it. Servers that never read a key again then
        /// refuse what the letter sends
        #[arg(long)]
        compromised: bool,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// Follow an account, such as the bridge to Bluesky; the letter follows nobody by itself
    ///
    /// Says `unchanged` when it is followed or was asked already. It counts, and stands in the public list of whom the
    /// letter follows, once the other side accepts it.
    Follow {
        /// Whom: @user@host, or the actor's URL
        who: String,
    },
    /// Follow an account no longer, and tell its server
    Unfollow {
        /// Whom: @user@host, the actor's URL, or a name
        who: String,
    },
    /// Say that the letter moved to another actor, which has to name this one in its `alsoKnownAs`
    ///
    /// Followers' servers follow the new one by themselves. Endorsements stay as they are, and the page says where the
    /// letter is. It cannot be undone, because followers do not come back, and not be repeated for seven days.
    /// Exit code 4 when the other actor does not confirm it, 3 when it is not there, 6 when its server does not answer.
    Move {
        /// The id of the new actor: the URL of its document
        #[arg(long, value_name = "URL")]
        to: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// End the actor for ever: every server that we ever knew is told to delete it, and all pages answer 410
    ///
    /// Leave the server running until `status` says that it can be stopped. The actor's name can never be used again.
    Retire {
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// `actor …`.
pub(super) async fn run(ctx: &CommandContext, command: &ActorCommand) -> anyhow::Result<Exit> {
    match command {
        ActorCommand::Show => show(ctx).await,
        ActorCommand::Update => update(ctx).await,
        ActorCommand::RotateKey {
            instance,
            compromised,
            yes,
        } => {
            let whose = if *instance {
                OwnActor::Instance
            } else {
                OwnActor::Letter
            };
            let old = if *compromised {
                OldKey::Ends
            } else {
                OldKey::HandsOver
            };
            rotate_key(ctx, whose, old, Confirmed::from(*yes)).await
        }
        ActorCommand::Follow { who } => follow(ctx, who).await,
        ActorCommand::Unfollow { who } => unfollow(ctx, who).await,
        ActorCommand::Move { to, yes } => move_to(ctx, to, Confirmed::from(*yes)).await,
        ActorCommand::Retire { yes } => retire(ctx, Confirmed::from(*yes)).await,
    }
}

/// The actor as others see it, in JSON.
#[derive(Debug, Serialize)]
struct ActorJson {
    document: Value,
    keys: Vec<KeyJson>,
    /// When the followers were last sent its profile.
    told: Option<Millis>,
    /// Whether the profile changed since.
    changed: bool,
    /// When it was retired.
    retired: Option<Millis>,
    /// Whom the letter follows.
    following: Vec<FollowingRow>,
}

/// A key that signs.
#[derive(Debug, Serialize)]
struct KeyJson {
    /// `letter` or `instance`.
    actor: &'static str,
    id: String,
    created: Option<Millis>,
    /// Its age in whole days.
    days: Option<u64>,
}

/// Shows the actor as others see it, and the age of its keys.
async fn show(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let mut tx = env.store.read().await?;
    let document = order
        .profile
        .current(&mut tx, &env.urls, order.settings, env.clock.now())
        .await?;
    let now = env.clock.now();
    let mut keys = Vec::new();
    for owner in [OwnActor::Letter, OwnActor::Instance] {
        let actor = key_name(owner);
        let key = tx.own_key(actor).await?;
        let created = key.as_ref().map(|key| key.created_at);
        keys.push(KeyJson {
            actor,
            id: env.urls.key(owner, key.map_or(1, |key| key.number)),
            created,
            days: created.map(|created| now.since(created).as_secs().div_euclid(24 * 60 * 60)),
        });
    }
    let last = last_told(&mut tx).await?;
    let retired = tx
        .identity()
        .await?
        .and_then(|identity| identity.retired_at);
    let json = ActorJson {
        changed: last.as_ref().is_none_or(|told| !told.is(&document)),
        told: last.map(|told| told.at),
        document,
        keys,
        retired,
        following: tx.following().await?,
    };
    let text = |member: &str| json.document.get(member).and_then(Value::as_str);
    let mut parts = vec![
        ("id", text("id").unwrap_or_default().to_owned()),
        ("handle", env.urls.handle()),
        ("type", text("type").unwrap_or_default().to_owned()),
        ("name", text("name").unwrap_or_default().to_owned()),
        ("summary", html_to_text(text("summary").unwrap_or_default())),
        ("fields", fields(&json.document)),
        ("also known as", strings(&json.document, "alsoKnownAs")),
        ("moved to", text("movedTo").unwrap_or("nowhere").to_owned()),
    ];
    if let Some(at) = json.retired {
        parts.push(("retired", format!("{at}, for ever: others get 410")));
    }
    for key in &json.keys {
        let age = match (key.created, key.days) {
            (Some(created), Some(days)) => format!("made {created}, {days} days ago"),
            _ => "none".to_owned(),
        };
        parts.push(("key", format!("{}, {age}", key.id)));
    }
    for followed in &json.following {
        let answer = match followed.accepted {
            Some(at) => format!("accepted {at}"),
            None => format!("asked {}, not answered yet", followed.since),
        };
        parts.push(("follows", format!("{}, {answer}", followed.handle)));
    }
    let told = match (json.told, json.changed) {
        (None, _) => "never told; `actor update` tells the followers".to_owned(),
        (Some(at), true) => format!("told at {at}; changed since, `actor update` tells it now"),
        (Some(at), false) => format!("told at {at}"),
    };
    parts.push(("followers", told));
    ctx.output.object(&json, &parts)
}

/// The fields of a profile, a line each.
fn fields(document: &Value) -> String {
    let fields = document.get("attachment").and_then(Value::as_array);
    let lines = fields.into_iter().flatten().map(|field| {
        let text = |member: &str| {
            field
                .get(member)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        format!("{}: {}", text("name"), html_to_text(text("value")))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn strings(document: &Value, member: &str) -> String {
    let strings = document.get(member).and_then(Value::as_array);
    let strings = strings.into_iter().flatten().filter_map(Value::as_str);
    let strings = strings.collect::<Vec<_>>().join("\n");
    if strings.is_empty() {
        "nothing else".to_owned()
    } else {
        strings
    }
}

/// Sends the followers the actor's current profile.
async fn update(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let mut tx = env.store.write().await?;
    let (told, _) = present(&mut tx, &order).await?;
    tx.commit().await?;
    match told {
        ProfileUpdate::Unchanged => ctx.output.unchanged(),
        ProfileUpdate::Now(deliveries) => ctx.output.answer(
            &serde_json::json!({"deliveries": deliveries}),
            &format!("updated; {deliveries} deliveries queued"),
        ),
    }
}

/// The answer of `actor rotate-key`.
#[derive(Debug, Serialize)]
struct RotatedJson {
    /// The key's owner: `letter` or `instance`.
    key: &'static str,
    /// The id of the new key.
    id: String,
    /// Number of inboxes that get the Update.
    deliveries: u64,
}

/// Makes a new key pair for the letter's actor or the instance actor.
async fn rotate_key(
    ctx: &CommandContext,
    whose: OwnActor,
    old: OldKey,
    yes: Confirmed,
) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    living(&mut tx).await?;
    let reached = tx.reachable_servers().await?;
    drop(tx);
    let owner = match whose {
        OwnActor::Letter => env.urls.handle(),
        OwnActor::Instance => {
            "the instance actor, which signs what we read from other servers".to_owned()
        }
    };
    let becomes = match old {
        OldKey::HandsOver => {
            "The old key signs it, and whatever else goes to a server until that took it; once all were told or given \
             up, it is erased."
        }
        OldKey::Ends => {
            "The old key is erased at once. Servers that never read a key again refuse the Update, and everything after \
             it."
        }
    };
    let plan = format!(
        "This makes a new key for {owner}, and shows its public half at once. Every server that may know the old one is \
         told by an Update: {} deliveries to {} hosts. {becomes}",
        reached.inboxes, reached.hosts
    );
    confirm(&ctx.output, &plan, env.urls.username(), yes)?;
    let voice = ActorSettings::of(&env)?;
    let key = new_key_pair().await?;
    let order = voice.order(&env);
    let mut tx = env.store.write().await?;
    let (rotated, _) = lifecycle::rotate_key(&mut tx, &order, whose, &key, old).await?;
    tx.commit().await?;
    let json = RotatedJson {
        key: key_name(whose),
        id: rotated.key_id,
        deliveries: rotated.queued,
    };
    ctx.output.answer(
        &json,
        &format!(
            "the new key is {}; {} deliveries are queued",
            json.id, json.deliveries
        ),
    )
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
async fn move_to(ctx: &CommandContext, to: &str, yes: Confirmed) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let identity = living(&mut tx).await?;
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
    confirm(&ctx.output, &plan, env.urls.username(), yes)?;
    let voice = ActorSettings::of(&env)?;
    let mut tx = env.store.write().await?;
    let (deliveries, _) = lifecycle::move_to(&mut tx, &voice.order(&env), &target).await?;
    tx.commit().await?;
    let json = MovedJson {
        moved_to: &target.id,
        deliveries,
    };
    ctx.output.answer(
        &json,
        &format!("moved to {}; {deliveries} deliveries are queued", target.id),
    )
}

/// Reads the new actor from its own server.
async fn target(env: &Environment, to: &str) -> anyhow::Result<RemoteActor> {
    let client = signing_client(env).await?;
    let dereferencer = Dereferencer::new(&client, &env.urls).await?;
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
        Err(DereferenceError::Fetch(
            FetchError::Refused(status) | FetchError::Later(status, _),
        )) => end(
            Exit::Unreachable,
            format!("the server of {to} does not show it: {status}"),
        ),
        Err(DereferenceError::Fetch(FetchError::Unreachable(reason))) => {
            let why = with_causes(&reason);
            let why = format!("{to} gave no answer that can be used: {why}");
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
async fn retire(ctx: &CommandContext, yes: Confirmed) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    living(&mut tx).await?;
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
    confirm(&ctx.output, &plan, &handle, yes)?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let retired = order.builder.now;
    let mut tx = env.store.write().await?;
    let (done, _) = lifecycle::retire(&mut tx, &order).await?;
    tx.commit().await?;
    let json = RetiredJson {
        retired,
        deliveries: done.queued,
        dropped: done.dropped,
    };
    ctx.output.answer(
        &json,
        &format!(
            "{handle} is retired; {} deliveries are queued, {} older ones dropped",
            done.queued, done.dropped
        ),
    )
}

/// Follows an account.
async fn follow(ctx: &CommandContext, who: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let account = read_account(&env, who).await?;
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    let (followed, _) = following::follow(&mut tx, &context, now, &account, &env.operator).await?;
    tx.commit().await?;
    let Some(followed) = followed else {
        return ctx.output.unchanged();
    };
    let handle = visible(&followed.handle);
    let sentence = format!("asked {handle}; `actor show` says whether it accepted");
    ctx.output.answer(&followed, &sentence)
}

/// The account that is to be followed, as its own server shows it.
async fn read_account(env: &Environment, who: &str) -> anyhow::Result<NewActor> {
    let client = signing_client(env).await?;
    let dereferencer = Dereferencer::new(&client, &env.urls).await?;
    if !who.contains("://") {
        let hint = "Correct the handle; nothing was sent";
        return account(env, &dereferencer, who, ("followed", hint)).await;
    }
    let document = read::<RemoteActor>(&dereferencer, who).await?;
    match new_actor(&document.object, env.clock.now()) {
        Some(actor) => Ok(actor),
        None => end(Exit::Conflict, "its actor names no host"),
    }
}

/// Follows an account no longer.
async fn unfollow(ctx: &CommandContext, who: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let actor = actor_named(&mut env.store.read().await?, who).await?;
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    let (ended, _) = following::unfollow(&mut tx, &context, now, &actor, &env.operator).await?;
    tx.commit().await?;
    let sentence = format!("follows {} no longer", visible(&ended.handle));
    ctx.output.answer(&ended, &sentence)
}
