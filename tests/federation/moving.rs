//! Accounts that move: believed when both say so, each on its own server (F-213).

use serde_json::{Value, json};

use crate::{
    forwarded::asked,
    peer::Peer,
    scene::{Audience, Person, Scene},
    server::eventually,
};

on_both_databases!(
    a_move_that_both_accounts_confirm_takes_the_endorsement_along,
    a_move_that_only_one_side_confirms_changes_nothing,
);

fn moves(from: &Person, to: &str) -> Value {
    let mut activity = from.activity("Move", from.id.clone().into());
    activity["target"] = json!(to);
    activity
}

/// The documents after a Move: what the old account says, and what the new one does.
fn confirm(old: &Peer, new: &Peer, moved_to: Option<&str>, known_as: Option<&str>) {
    let mut document = old.actor("Ada Lovelace");
    document["movedTo"] = json!(moved_to);
    old.put("/users/ada", document);
    let mut document = new.actor("Ada Lovelace");
    document["alsoKnownAs"] = json!(known_as);
    new.put("/users/ada", document);
}

async fn a_move_that_both_accounts_confirm_takes_the_endorsement_along(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let new = scene.person_on(&elsewhere, "Ada Lovelace", |_| ());
    let note = ada
        .says("I sign. Because it matters.", Audience::Public)
        .await;
    let id = scene.endorsement(&ada)["id"].clone();
    confirm(&scene.peer, &elsewhere, Some(&new.id), Some(&ada.id));
    let activity = moves(&ada, &new.id);
    ada.does(&activity).await;
    eventually("the new account", async || {
        let shown = scene.letter.command(&["endorsement", "show", &new.id]);
        (shown.code == 0).then_some(())
    })
    .await;
    let moved = scene.endorsement(&new);
    assert_eq!((&moved["id"], &moved["state"]), (&id, &json!("listed")));
    assert_eq!(moved["statement"]["text"], "Because it matters.");
    assert_eq!(moved["object"], note["id"]);
    assert_eq!(scene.endorsers().await, 1);
    eventually("the new handle on the page", async || {
        let page = scene.letter.page("/").await;
        let handle = elsewhere.origin.trim_start_matches("http://").to_owned();
        page.contains(&handle).then_some(())
    })
    .await;
    scene.assert_is_sound();
    // Nobody is counted twice, and the old account's end is not the new one's.
    ada.does(&ada.like()).await;
    new.does(&new.like()).await;
    assert_eq!(scene.endorsers().await, 1);
    ada.does(&ada.delete_account()).await;
    assert_eq!(scene.state(&new), "listed");
    new.does(&new.delete_account()).await;
    assert_eq!(scene.endorsers().await, 0);
    scene.assert_is_sound();
}

async fn a_move_that_only_one_side_confirms_changes_nothing(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let new = scene.person_on(&elsewhere, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    let third = "https://third.example/users/ada";
    // With the old account alone, the new one is never asked.
    let rows = [
        (None, Some(ada.id.as_str()), 0),
        (Some(third), Some(ada.id.as_str()), 0),
        (Some(new.id.as_str()), None, 1),
        (Some(new.id.as_str()), Some(third), 2),
    ];
    for (number, (moved_to, known_as, asked_new)) in rows.into_iter().enumerate() {
        confirm(&scene.peer, &elsewhere, moved_to, known_as);
        ada.does(&moves(&ada, &new.id)).await;
        // Once for the key, and once for each Move.
        asked(&scene.peer, "/users/ada", number + 2).await;
        asked(&elsewhere, "/users/ada", asked_new).await;
        eventually("the job is settled", async || {
            let log = scene.letter.log();
            let given_up = log.matches("the Move is not confirmed").count();
            (given_up == number + 1).then_some(())
        })
        .await;
        assert_eq!(scene.state(&ada), "listed", "{moved_to:?} {known_as:?}");
        let shown = scene.letter.command(&["endorsement", "show", &new.id]);
        assert_eq!(shown.code, 3, "{moved_to:?} {known_as:?}");
    }
    // A name of no person is in the log.
    assert!(!scene.letter.log().contains("/users/ada"));
    scene.assert_is_sound();
    // The twin.
    confirm(&scene.peer, &elsewhere, Some(&new.id), Some(&ada.id));
    ada.does(&moves(&ada, &new.id)).await;
    eventually("the new account", async || {
        let shown = scene.letter.command(&["endorsement", "show", &new.id]);
        (shown.code == 0).then_some(())
    })
    .await;
}
