//! How the actor looks, and when its followers learn of a change (F-43, F-40).

use crate::{
    scene::{Audience, Scene},
    server::eventually,
};
use serde_json::json;
use undersigned::store::{Access, Store};

on_both_databases!(
    the_number_of_signatures_is_told_once_it_is_due,
    a_changed_name_is_told_when_it_is_asked_for_and_once,
    another_name_is_shown_so_that_the_old_actor_can_move_here,
);

async fn the_number_of_signatures_is_told_once_it_is_due(database: &str) {
    let mut scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    eventually("the profile shows it", async || {
        let actor = scene.letter.document("/actor").await;
        let field = json!({"type": "PropertyValue", "name": "Signatures", "value": "22"});
        (actor["attachment"][1] == field).then_some(())
    })
    .await;
    scene.settle().await;
    assert!(scene.peer.deliveries("Update").is_empty());
    // As if the followers had been told something else, long ago.
    scene.letter.stop().await;
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.set_setting("actor_told", "other 0").await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    scene.letter.serve().await;
    let update = scene.delivered("Update").await;
    assert_eq!(update.activity["object"]["attachment"][1]["value"], "22");
    // A restart has nothing new to tell.
    scene.settle().await;
    scene.letter.stop().await;
    scene.letter.serve().await;
    ada.says("I sign", Audience::Public).await;
    scene.settle().await;
    assert_eq!(scene.peer.deliveries("Update").len(), 1);
}

async fn a_changed_name_is_told_when_it_is_asked_for_and_once(database: &str) {
    let mut scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    scene.settle().await;
    scene.letter.stop().await;
    scene.letter.set("actor.name = 'Our letter'");
    scene.letter.serve().await;
    let shown = scene.letter.json(&["actor", "show"]);
    assert_eq!(shown["document"]["name"], "Our letter");
    assert_eq!(shown["document"], scene.letter.document("/actor").await);
    assert_eq!(shown["keys"][0]["id"], ada.letters("/actor#main-key"));
    assert_eq!(shown["keys"][0]["days"], 0);
    let told = scene.letter.json(&["actor", "update"]);
    assert_eq!(told, json!({"deliveries": 1}));
    let update = scene.delivered("Update").await;
    assert_eq!(update.inbox, "/inbox");
    assert_eq!(update.activity["object"]["id"], ada.letters("/actor"));
    assert_eq!(update.activity["object"]["name"], "Our letter");
    assert_eq!(
        scene.letter.command(&["actor", "update"]).stdout,
        "unchanged\n"
    );
    assert_eq!(scene.letter.json(&["actor", "show"])["changed"], false);
}

async fn another_name_is_shown_so_that_the_old_actor_can_move_here(database: &str) {
    let scene = Scene::new(database).await;
    let old = scene.peer.url("/users/letter");
    let update = |name: &str| {
        let arguments = ["actor", "update", "--also-known-as", name];
        scene.letter.command(&arguments)
    };
    assert_eq!(update(&old).code, 0);
    eventually("it is shown", async || {
        let actor = scene.letter.document("/actor").await;
        (actor["alsoKnownAs"] == json!([old])).then_some(())
    })
    .await;
    let refused = update("letter@old.example");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("letter@old.example"));
    // Without a name it knows none.
    let cleared = scene
        .letter
        .command(&["actor", "update", "--also-known-as"]);
    assert_eq!(cleared.code, 0, "{}", cleared.stderr);
    let shown = scene.letter.json(&["actor", "show"]);
    assert_eq!(shown["document"].get("alsoKnownAs"), None);
}
