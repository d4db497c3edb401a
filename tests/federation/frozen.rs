//! Keys that change unannounced, many at once: then only leaving is obeyed (`product.md` 2.4).

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::KeyPair,
};
use url::Url;

use crate::{
    peer::{KEY, signed_with},
    scene::{Audience, Person, Scene, post},
};

on_both_databases!(
    when_many_keys_change_unannounced_only_leaving_is_obeyed,
    a_rotation_that_the_old_key_announces_freezes_nobody,
    a_forger_does_not_keep_out_who_has_a_new_key,
);

/// The key after the change.
static NEW_KEY: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));

const NAMES: [&str; 5] = ["Ada", "Bea", "Cy", "Di", "El"];

/// People who are shown, all of one server.
async fn signers(scene: &Scene) -> Vec<(Person, Value)> {
    let mut people = Vec::new();
    for name in NAMES {
        let person = scene.person(&format!("{name} Lovelace"));
        let note = person.says("I sign", Audience::Public).await;
        people.push((person, note));
    }
    people
}

/// The person's document with the new key.
fn rekeyed(scene: &Scene, name: &str) -> Value {
    let mut document = scene.peer.actor(&format!("{name} Lovelace"));
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
    let headers = signed_with(key, &person.key_id, &url, &body, SystemClock.now());
    let client = crate::server::http();
    post(&client, &url, headers, body).await.unwrap().as_u16()
}

async fn when_many_keys_change_unannounced_only_leaving_is_obeyed(database: &str) {
    let scene = Scene::new(database).await;
    let people = signers(&scene).await;
    for (name, (person, _)) in NAMES.iter().zip(&people).take(4) {
        assert_eq!(scene.endorsement(person)["reason"], Value::Null);
        scene.peer.put(
            &format!("/users/{}", name.to_lowercase()),
            rekeyed(&scene, name),
        );
        let note = person.reply("I sign. Buy my shoes!", Audience::Public);
        assert_eq!(does(person, &person.create(&note)).await, 202);
    }
    assert!(scene.letter.log().contains("keys changed unannounced"));
    for (person, _) in people.iter().take(4) {
        let reason = scene.endorsement(person)["reason"].clone();
        assert!(reason.as_str().unwrap().starts_with("frozen"), "{reason}");
    }
    assert_eq!(scene.listed(&["--frozen"]).len(), 4);
    // The fourth change froze at once what it brought; the fifth person is untouched.
    assert_eq!(scene.endorsement(&people[3].0)["statement"], Value::Null);
    assert_eq!(scene.endorsement(&people[4].0)["reason"], Value::Null);
    let (ada, note) = &people[0];
    let another = ada.reply("I sign. Buy my hats!", Audience::Public);
    assert_eq!(does(ada, &ada.create(&another)).await, 202);
    let statement = scene.endorsement(ada)["statement"]["text"].clone();
    assert_eq!(statement, "Buy my shoes!");
    // Nor does an Update that the new key signs: the name stays.
    let mut document = rekeyed(&scene, "Di");
    document["name"] = json!("Somebody Else");
    let (di, reply) = &people[3];
    assert_eq!(does(di, &di.activity("Update", document)).await, 202);
    assert_eq!(scene.endorsement(di)["name"], "Di Lovelace");
    // Leaving works.
    assert_eq!(does(di, &di.delete(reply)).await, 202);
    assert_eq!(scene.state(di), "withdrawn");
    let withdraw = ada.create(&ada.reply("withdraw", Audience::Public));
    assert_eq!(does(ada, &withdraw).await, 202);
    assert_eq!(scene.state(ada), "withdrawn");
    assert!(!note.is_null());
    // Who looks at a row and approves it trusts the key.
    let bea = &people[1].0;
    let approved = scene.letter.command(&["endorsement", "approve", &bea.id]);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert_eq!(scene.endorsement(bea)["reason"], Value::Null);
    let another = bea.reply("I sign. Because it matters.", Audience::Public);
    assert_eq!(does(bea, &bea.create(&another)).await, 202);
    let statement = scene.endorsement(bea)["statement"]["text"].clone();
    assert_eq!(statement, "Because it matters.");
    scene.assert_is_sound();
}

async fn a_rotation_that_the_old_key_announces_freezes_nobody(database: &str) {
    let scene = Scene::new(database).await;
    let people = signers(&scene).await;
    assert_ne!(KEY.public_key_pem(), NEW_KEY.public_key_pem());
    for (name, (person, _)) in NAMES.iter().zip(&people) {
        let document = rekeyed(&scene, name);
        scene
            .peer
            .put(&format!("/users/{}", name.to_lowercase()), document.clone());
        // Signed by the old key.
        person.does(&person.activity("Update", document)).await;
        let note = person.reply("I sign. Because it matters.", Audience::Public);
        assert_eq!(does(person, &person.create(&note)).await, 202);
        let endorsement = scene.endorsement(person);
        assert_eq!(endorsement["reason"], Value::Null, "{name}");
        assert_eq!(endorsement["statement"]["text"], "Because it matters.");
    }
    scene.assert_is_sound();
}

async fn a_forger_does_not_keep_out_who_has_a_new_key(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.says("I sign", Audience::Public).await;
    let forger = Arc::new(KeyPair::generate().unwrap());
    let withdraw = || ada.create(&ada.reply("withdraw", Audience::Public));
    scene.peer.put("/users/ada", rekeyed(&scene, "Ada"));
    // The forger makes us read the document that has the new key, which is not the forger's either.
    assert_eq!(does_with(&forger, &ada, &withdraw()).await, 401);
    assert_eq!(scene.state(&ada), "listed");
    let note = ada.reply("I sign. Because it matters.", Audience::Public);
    assert_eq!(does(&ada, &ada.create(&note)).await, 202);
    let statement = scene.endorsement(&ada)["statement"]["text"].clone();
    assert_eq!(statement, "Because it matters.");
    scene.assert_is_sound();
}
