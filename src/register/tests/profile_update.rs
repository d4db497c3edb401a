//! Updates of the actor's document to its followers.

use serde_json::Value;

use super::{
    people::{deleted, person, reply},
    publish::{published, settings},
    support::{HOUR, SECOND, World},
};
use crate::{
    activitystreams::ActorType,
    register::{
        Error,
        actor::{
            command::{ActorCommandContext, last_told},
            identity::{LETTER_KEY, claim},
            profile::Profile,
            profile_update::{EVERY, ProfileUpdate, present, refresh},
        },
        letter::note::NoteSettings,
    },
    signature::KeyPair,
};

/// The configuration, as far as the actor's document shows it.
struct Teller {
    profile: Profile,
    settings: NoteSettings,
}

impl Teller {
    fn named(name: &str) -> Self {
        Self {
            profile: Profile {
                close_at: None,
                kind: ActorType::Service,
                name: name.to_owned(),
                summary: String::new(),
                contact: String::new(),
                icon_type: "image/png",
                icon_version: "1".to_owned(),
                header: None,
                also_known_as: Vec::new(),
            },
            settings: settings(),
        }
    }

    fn order<'a>(&'a self, world: &'a World) -> ActorCommandContext<'a> {
        ActorCommandContext {
            builder: world.builder(),
            profile: &self.profile,
            settings: &self.settings,
            by: "mona",
        }
    }

    async fn refresh(&self, world: &World) -> ProfileUpdate {
        refresh(&world.store, &self.order(world)).await.unwrap()
    }

    async fn present(&self, world: &World) -> ProfileUpdate {
        let mut tx = world.store.write().await.unwrap();
        let (told, _) = present(&mut tx, &self.order(world)).await.unwrap();
        tx.commit().await.unwrap();
        told
    }
}

impl World {
    async fn with_key(self) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut tx = self.store.write().await.unwrap();
        claim(&mut tx, &self.context.urls, self.now())
            .await
            .unwrap();
        tx.add_own_key(LETTER_KEY, key.to_pkcs8(), self.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self
    }

    /// The actor's fields in each Update.
    async fn fields(&self) -> Vec<String> {
        let bodies = self
            .column("SELECT body FROM activity WHERE kind = 'Update' ORDER BY id")
            .await;
        let fields = |body: &String| {
            let body: Value = serde_json::from_str(body).unwrap();
            let field = |member: &str| {
                let field = body.pointer(&format!("/object/attachment/1/{member}"));
                field.unwrap().as_str().unwrap().to_owned()
            };
            format!("{}: {}", field("name"), field("value"))
        };
        bodies.iter().map(fields).collect()
    }

    async fn signed_by(&self, who: &str) {
        self.meet(person(who)).await;
        self.take(reply(who, "1", "I sign")).await;
    }
}

#[tokio::test]
async fn the_number_of_signatures_is_told_every_six_hours_at_most_and_only_when_it_changed() {
    let world = published(&["Jane Doe"]).await.with_key().await;
    let teller = Teller::named("");
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Unchanged);
    world.signed_by("ada").await;
    world.clock.advance(EVERY.checked_sub(SECOND).unwrap());
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Unchanged);
    world.clock.advance(SECOND);
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Now(0));
    // Another process, or one that restarted, sends nothing new.
    assert_eq!(
        Teller::named("").refresh(&world).await,
        ProfileUpdate::Unchanged
    );
    world.signed_by("bo").await;
    world.take(deleted("bo", "1")).await;
    world.clock.advance(2 * EVERY);
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Unchanged);
    world.signed_by("cy").await;
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Now(0));
    assert_eq!(world.fields().await, ["Signatures: 2", "Signatures: 3"]);
}

#[tokio::test]
async fn two_who_look_at_once_tell_it_once() {
    let world = published(&[]).await.with_key().await;
    let teller = Teller::named("");
    teller.refresh(&world).await;
    world.signed_by("ada").await;
    world.clock.advance(EVERY);
    tokio::join!(teller.refresh(&world), teller.refresh(&world));
    assert_eq!(world.fields().await.len(), 1);
}

#[tokio::test]
async fn who_asks_is_answered_at_once_and_once() {
    let world = published(&[]).await.with_key().await;
    let (old, new) = (Teller::named("Old"), Teller::named("New"));
    old.refresh(&world).await;
    assert_eq!(old.present(&world).await, ProfileUpdate::Unchanged);
    assert_eq!(new.present(&world).await, ProfileUpdate::Now(0));
    assert_eq!(new.present(&world).await, ProfileUpdate::Unchanged);
    assert_eq!(world.sent().await, ["Create", "Update"]);
    let last = last_told(&mut world.read().await).await.unwrap().unwrap();
    assert_eq!(last.at, world.now());
    let audit = world.column("SELECT action FROM audit ORDER BY id").await;
    assert_eq!(audit, ["letter.publish", "actor.update"]);
    // An Update on command delays the next automatic one.
    world.signed_by("ada").await;
    world.clock.advance(5 * HOUR);
    assert_eq!(new.refresh(&world).await, ProfileUpdate::Unchanged);
}

#[tokio::test]
async fn nothing_is_told_before_there_is_a_letter() {
    let world = World::new().await;
    let teller = Teller::named("");
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Unchanged);
    let mut tx = world.store.write().await.unwrap();
    let refused = present(&mut tx, &teller.order(&world)).await;
    assert!(matches!(refused, Err(Error::NoLetter)), "{refused:?}");
}

#[tokio::test]
async fn another_name_of_the_actor_is_told_to_the_followers() {
    let world = published(&[]).await.with_key().await;
    let mut teller = Teller::named("");
    teller.refresh(&world).await;
    world.clock.advance(6 * HOUR);
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Unchanged);
    let old = "https://old.example/actor";
    teller.profile.also_known_as.push(old.to_owned());
    assert_eq!(teller.refresh(&world).await, ProfileUpdate::Now(0));
    let body = world
        .column("SELECT body FROM activity WHERE kind = 'Update'")
        .await;
    let update = body.last().unwrap();
    assert!(
        update.contains(&format!("\"alsoKnownAs\":[\"{old}\"]")),
        "{update}"
    );
}
