//! `actor show | update`.

use serde::Serialize;
use serde_json::Value;

use super::{
    Global,
    output::{Exit, Output},
    site,
};
use crate::{
    clock::Millis,
    register::actor::{
        identity::{INSTANCE_KEY, LETTER_KEY},
        profile_update::{ProfileUpdate, know_as, last_told, present},
    },
    server::setup::ActorSettings,
    store::Access,
    text::html_to_text,
};

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
pub(super) async fn show(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let mut tx = env.store.read().await?;
    let document = order
        .profile
        .current(&mut tx, &env.urls, order.settings, env.clock.now())
        .await?;
    let now = env.clock.now();
    let mut keys = Vec::new();
    for (actor, id) in [
        (LETTER_KEY, env.urls.actor_key()),
        (INSTANCE_KEY, env.urls.instance_key()),
    ] {
        let created = tx.own_key_made_at(actor).await?;
        let days = created.map(|created| now.since(created).as_secs().div_euclid(24 * 60 * 60));
        keys.push(KeyJson {
            actor,
            id,
            created,
            days,
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
    let told = match (json.told, json.changed) {
        (None, _) => "never told; `actor update` tells the followers".to_owned(),
        (Some(at), true) => format!("told at {at}; changed since, `actor update` tells it now"),
        (Some(at), false) => format!("told at {at}"),
    };
    parts.push(("followers", told));
    output.thing(&json, &parts)
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

/// Sends the followers the actor's current profile; before that, sets its `alsoKnownAs` if names are given.
pub(super) async fn update(
    global: &Global,
    output: &Output,
    also_known_as: Option<&[String]>,
) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let voice = ActorSettings::of(&env)?;
    let order = voice.order(&env);
    let mut tx = env.store.write().await?;
    if let Some(names) = also_known_as {
        know_as(&mut tx, &order, names).await?;
    }
    let (told, _) = present(&mut tx, &order).await?;
    tx.commit().await?;
    match told {
        ProfileUpdate::Unchanged if output.is_json() => {
            output.json(&serde_json::json!({"unchanged": true}))
        }
        ProfileUpdate::Unchanged => output.text("unchanged"),
        ProfileUpdate::Now(deliveries) if output.is_json() => {
            output.json(&serde_json::json!({"deliveries": deliveries}))
        }
        ProfileUpdate::Now(deliveries) => {
            output.text(&format!("updated; {deliveries} deliveries queued"))
        }
    }
}
