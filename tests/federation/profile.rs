//! The actor's profile, and when its followers learn of a change.

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};
use serde_json::json;
use undersigned::store::{Access, Store};

on_both_databases!(
    the_number_of_signatures_is_told_once_it_is_due,
    a_changed_name_is_told_when_it_is_asked_for_and_once,
);

async fn the_number_of_signatures_is_told_once_it_is_due(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    eventually("the profile shows it", async || {
        let actor = world.letter.document("/actor").await;
        let field = json!({"type": "PropertyValue", "name": "Signatures", "value": "22"});
        (actor["attachment"][1] == field).then_some(())
    })
    .await;
    world.settle().await;
    assert!(world.peer.deliveries("Update").is_empty());
    // As if the followers had been told about another profile.
    world.letter.stop().await;
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.set_setting("actor_told", "other 0").await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    world.letter.serve().await;
    let update = world.delivered("Update").await;
    assert_eq!(update.activity["object"]["attachment"][1]["value"], "22");
    // After a restart nothing is sent again.
    world.settle().await;
    world.letter.stop().await;
    world.letter.serve().await;
    ada.says("I sign", Audience::Public).await;
    world.settle().await;
    assert_eq!(world.peer.deliveries("Update").len(), 1);
}

async fn a_changed_name_is_told_when_it_is_asked_for_and_once(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.settle().await;
    world.letter.stop().await;
    world.letter.set("actor.name = 'Our letter'");
    world.letter.serve().await;
    let shown = world.letter.json(&["actor", "show"]);
    assert_eq!(shown["document"]["name"], "Our letter");
    assert_eq!(shown["document"], world.letter.document("/actor").await);
    assert_eq!(shown["keys"][0]["id"], ada.letters("/actor#main-key"));
    assert_eq!(shown["keys"][0]["days"], 0);
    let told = world.letter.json(&["actor", "update"]);
    assert_eq!(told, json!({"deliveries": 1}));
    let update = world.delivered("Update").await;
    assert_eq!(update.inbox, "/inbox");
    assert_eq!(update.activity["object"]["id"], ada.letters("/actor"));
    assert_eq!(update.activity["object"]["name"], "Our letter");
    assert_eq!(
        world.letter.command(&["actor", "update"]).stdout,
        "unchanged\n"
    );
    assert_eq!(world.letter.json(&["actor", "show"])["changed"], false);
}
