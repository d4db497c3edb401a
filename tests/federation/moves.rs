//! `Move` of an account: believed when both accounts say so, each on its own server.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    federation::forwarding::asked,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_confirmed_move_takes_the_endorsement_along,
    a_move_that_only_one_side_confirms_changes_nothing,
    a_document_that_names_a_new_account_is_a_move,
);

fn moves(from: &Person, to: &str) -> Value {
    let mut activity = from.activity("Move", from.id.clone().into());
    activity["target"] = json!(to);
    activity
}

/// The documents of the old and the new account after a Move.
fn confirm(old: &FakeServer, new: &FakeServer, moved_to: Option<&str>, known_as: Option<&str>) {
    let mut document = old.actor("Ada Lovelace");
    document["movedTo"] = json!(moved_to);
    old.put("/users/ada", document);
    let mut document = new.actor("Ada Lovelace");
    document["alsoKnownAs"] = json!(known_as);
    new.put("/users/ada", document);
}

async fn a_confirmed_move_takes_the_endorsement_along(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let new = world.person_on(&elsewhere, "Ada Lovelace", |_| ());
    let note = ada
        .says("I sign. Because it matters.", Audience::Public)
        .await;
    let id = world.endorsement(&ada)["id"].clone();
    confirm(&world.peer, &elsewhere, Some(&new.id), Some(&ada.id));
    let activity = moves(&ada, &new.id);
    ada.does(&activity).await;
    eventually("the new account", async || {
        let shown = world.letter.command(&["endorsement", "show", &new.id]);
        (shown.code == 0).then_some(())
    })
    .await;
    let moved = world.endorsement(&new);
    assert_eq!((&moved["id"], &moved["state"]), (&id, &json!("listed")));
    assert_eq!(moved["statement"]["text"], "Because it matters.");
    assert_eq!(moved["object"], note["id"]);
    assert_eq!(world.endorsers().await, 1);
    eventually("the new handle on the page", async || {
        let page = world.letter.page("/").await;
        let handle = elsewhere.origin.trim_start_matches("http://").to_owned();
        page.contains(&handle).then_some(())
    })
    .await;
    world.assert_is_sound();
    // Nobody is counted twice, and the deletion of the old account does not affect the new one.
    ada.does(&ada.like()).await;
    new.does(&new.like()).await;
    assert_eq!(world.endorsers().await, 1);
    ada.does(&ada.delete_account()).await;
    assert_eq!(world.state(&new), "listed");
    new.does(&new.delete_account()).await;
    assert_eq!(world.endorsers().await, 0);
    world.assert_is_sound();
}

async fn a_document_that_names_a_new_account_is_a_move(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let new = world.person_on(&elsewhere, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    let moved = || {
        let mut document = world.peer.actor("Ada Lovelace");
        document["movedTo"] = json!(new.id);
        ada.activity("Update", document)
    };
    // The other account, which is somebody else's, does not say so.
    confirm(&world.peer, &elsewhere, Some(&new.id), None);
    ada.does(&moved()).await;
    eventually("the look", async || {
        let log = world.letter.log();
        log.contains("a Move is looked at again").then_some(())
    })
    .await;
    assert_eq!(world.state(&ada), "listed");
    let shown = world.letter.command(&["endorsement", "show", &new.id]);
    assert_eq!(shown.code, 3, "{}", shown.stdout);
    // Both say so.
    confirm(&world.peer, &elsewhere, Some(&new.id), Some(&ada.id));
    ada.does(&moved()).await;
    eventually("the new account", async || {
        let shown = world.letter.command(&["endorsement", "show", &new.id]);
        (shown.code == 0).then_some(())
    })
    .await;
    assert_eq!(world.state(&new), "listed");
    assert_eq!(world.endorsers().await, 1);
    world.assert_is_sound();
}

async fn a_move_that_only_one_side_confirms_changes_nothing(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let new = world.person_on(&elsewhere, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    let third = "https://third.example/users/ada";
    // When the old account does not confirm the move, the new one is never asked.
    let rows = [
        (None, Some(ada.id.as_str()), 0),
        (Some(third), Some(ada.id.as_str()), 0),
        (Some(new.id.as_str()), None, 1),
        (Some(new.id.as_str()), Some(third), 2),
    ];
    for (number, (moved_to, known_as, asked_new)) in rows.into_iter().enumerate() {
        confirm(&world.peer, &elsewhere, moved_to, known_as);
        ada.does(&moves(&ada, &new.id)).await;
        // Once for the key, and once for each Move.
        asked(&world.peer, "/users/ada", number + 2).await;
        asked(&elsewhere, "/users/ada", asked_new).await;
        eventually("the job is settled", async || {
            let log = world.letter.log();
            let given_up = log.matches("the Move is not confirmed").count();
            (given_up == number + 1).then_some(())
        })
        .await;
        assert_eq!(world.state(&ada), "listed", "{moved_to:?} {known_as:?}");
        let shown = world.letter.command(&["endorsement", "show", &new.id]);
        assert_eq!(shown.code, 3, "{moved_to:?} {known_as:?}");
    }
    // The log names no person.
    assert!(!world.letter.log().contains("/users/ada"));
    world.assert_is_sound();
    // The twin.
    confirm(&world.peer, &elsewhere, Some(&new.id), Some(&ada.id));
    ada.does(&moves(&ada, &new.id)).await;
    eventually("the new account", async || {
        let shown = world.letter.command(&["endorsement", "show", &new.id]);
        (shown.code == 0).then_some(())
    })
    .await;
}
