//! Many keys that change at once, unannounced: then only withdrawals are accepted.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{KeyPair, Scheme, Signer},
};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{KEY, signed_by},
        world::{Audience, Person, World, post},
    },
};

on_both_databases!(
    after_many_key_changes_only_leaving_is_accepted,
    a_rotation_that_the_old_key_announces_freezes_nobody,
    a_forger_does_not_keep_out_who_has_a_new_key,
);

/// The key after the change.
static NEW_KEY: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));

const NAMES: [&str; 5] = ["Ada", "Bea", "Cy", "Di", "El"];

/// People who are shown, all of one server.
async fn signers(world: &World) -> Vec<(Person, Value)> {
    let mut people = Vec::new();
    for name in NAMES {
        let person = world.person(&format!("{name} Lovelace"));
        let note = person.says("I sign", Audience::Public).await;
        people.push((person, note));
    }
    people
}

/// The person's document with the new key.
fn rekeyed(world: &World, name: &str) -> Value {
    let mut document = world.peer.actor(&format!("{name} Lovelace"));
    document["publicKey"]["publicKeyPem"] = json!(NEW_KEY.public_key_pem());
    document
}

/// Delivers an activity that the new key signed.
async fn does(person: &Person, activity: &Value) -> u16 {
    does_with(&NEW_KEY, person, activity).await
}

/// Delivers an activity that this key signed.
async fn does_with(key: &Arc<KeyPair>, person: &Person, activity: &Value) -> u16 {
    let url = Url::parse(&person.letters("/inbox")).unwrap();
    let body = activity.to_string().into_bytes();
    let signer = Signer {
        key_id: person.key_id.clone(),
        key: Arc::clone(key),
    };
    let headers = signed_by(&signer, Scheme::Cavage, &url, &body, SystemClock.now());
    let status = post(&person.client, &url, headers, body).await;
    status.unwrap().as_u16()
}

async fn after_many_key_changes_only_leaving_is_accepted(database: &str) {
    let world = World::new(database).await;
    let people = signers(&world).await;
    for (name, (person, _)) in NAMES.iter().zip(&people).take(4) {
        assert_eq!(world.endorsement(person)["reason"], Value::Null);
        world.peer.put(
            &format!("/users/{}", name.to_lowercase()),
            rekeyed(&world, name),
        );
        let note = person.reply("I sign. Buy my shoes!", Audience::Public);
        assert_eq!(does(person, &person.create(&note)).await, 202);
    }
    assert!(world.letter.log().contains("keys changed unannounced"));
    for (person, _) in people.iter().take(4) {
        let reason = world.endorsement(person)["reason"].clone();
        assert!(reason.as_str().unwrap().starts_with("frozen"), "{reason}");
    }
    assert_eq!(world.listed(&["--frozen"]).len(), 4);
    // The fourth change froze its activity at once; the fifth person is not affected.
    assert_eq!(world.endorsement(&people[3].0)["statement"], Value::Null);
    assert_eq!(world.endorsement(&people[4].0)["reason"], Value::Null);
    let (ada, note) = &people[0];
    let another = ada.reply("I sign. Buy my hats!", Audience::Public);
    assert_eq!(does(ada, &ada.create(&another)).await, 202);
    let statement = world.endorsement(ada)["statement"]["text"].clone();
    assert_eq!(statement, "Buy my shoes!");
    // An Update that the new key signs has no effect, either: the name stays.
    let mut document = rekeyed(&world, "Di");
    document["name"] = json!("Somebody Else");
    let (di, reply) = &people[3];
    assert_eq!(does(di, &di.activity("Update", document)).await, 202);
    assert_eq!(world.endorsement(di)["name"], "Di Lovelace");
    // Withdrawals work.
    assert_eq!(does(di, &di.delete(reply)).await, 202);
    assert_eq!(world.state(di), "withdrawn");
    let withdraw = ada.create(&ada.reply("withdraw", Audience::Public));
    assert_eq!(does(ada, &withdraw).await, 202);
    assert_eq!(world.state(ada), "withdrawn");
    assert!(!note.is_null());
    // An approval by a moderator trusts the new key.
    let bea = &people[1].0;
    let approved = world.letter.command(&["endorsement", "approve", &bea.id]);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert_eq!(world.endorsement(bea)["reason"], Value::Null);
    let another = bea.reply("I sign. Because it matters.", Audience::Public);
    assert_eq!(does(bea, &bea.create(&another)).await, 202);
    let statement = world.endorsement(bea)["statement"]["text"].clone();
    assert_eq!(statement, "Because it matters.");
    world.assert_is_sound();
}

async fn a_rotation_that_the_old_key_announces_freezes_nobody(database: &str) {
    let world = World::new(database).await;
    let people = signers(&world).await;
    assert_ne!(KEY.public_key_pem(), NEW_KEY.public_key_pem());
    for (name, (person, _)) in NAMES.iter().zip(&people) {
        let document = rekeyed(&world, name);
        world
            .peer
            .put(&format!("/users/{}", name.to_lowercase()), document.clone());
        // Signed by the old key.
        person.does(&person.activity("Update", document)).await;
        let note = person.reply("I sign. Because it matters.", Audience::Public);
        assert_eq!(does(person, &person.create(&note)).await, 202);
        let endorsement = world.endorsement(person);
        assert_eq!(endorsement["reason"], Value::Null, "{name}");
        assert_eq!(endorsement["statement"]["text"], "Because it matters.");
    }
    world.assert_is_sound();
}

async fn a_forger_does_not_keep_out_who_has_a_new_key(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign", Audience::Public).await;
    let forger = Arc::new(KeyPair::generate().unwrap());
    let withdraw = || ada.create(&ada.reply("withdraw", Audience::Public));
    world.peer.put("/users/ada", rekeyed(&world, "Ada"));
    // The forgery makes us read the document, whose new key is not the forger's either.
    assert_eq!(does_with(&forger, &ada, &withdraw()).await, 401);
    assert_eq!(world.state(&ada), "listed");
    let note = ada.reply("I sign. Because it matters.", Audience::Public);
    assert_eq!(does(&ada, &ada.create(&note)).await, 202);
    let statement = world.endorsement(&ada)["statement"]["text"].clone();
    assert_eq!(statement, "Because it matters.");
    world.assert_is_sound();
}
