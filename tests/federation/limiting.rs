//! Blocks of one actor, limits, and what has to be confirmed.

use reqwest::StatusCode;
use serde_json::json;

use crate::{scene::Scene, server::eventually};

on_both_databases!(
    one_actor_can_be_blocked_and_the_neighbour_goes_on,
    a_limited_server_waits_until_the_limit_is_lifted,
    a_block_that_hides_many_has_to_be_confirmed,
);

async fn one_actor_can_be_blocked_and_the_neighbour_goes_on(database: &str) {
    let scene = Scene::new(database).await;
    let (ada, bo) = (scene.person("Ada Lovelace"), scene.person("Bo Diddley"));
    for person in [&ada, &bo] {
        person.does(&person.like()).await;
    }
    let handle = scene.endorsement(&ada)["handle"]
        .as_str()
        .unwrap()
        .to_owned();
    scene.blocks(&handle, &ada).await;
    assert_eq!(
        scene.letter.json(&["block", "show", &handle])["target"],
        ada.id
    );
    assert_eq!(
        (scene.state(&ada), scene.state(&bo)),
        ("hidden".to_owned(), "listed".to_owned())
    );
    assert_eq!(
        ada.sends("/inbox", &ada.follow()).await,
        Some(StatusCode::FORBIDDEN)
    );
    bo.does(&bo.follow()).await;
    let id = scene.endorsement(&ada)["id"].clone();
    let audit = scene.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["target"]),
        (&json!("block.add"), &id)
    );
    let unhide = scene
        .letter
        .command(&["endorsement", "unhide", id.as_str().unwrap()]);
    assert_eq!(unhide.code, 4, "{}", unhide.stderr);
    scene.commands(&["block", "remove", &ada.id]);
    assert_eq!(scene.state(&ada), "listed");
    // Nobody of that name is known.
    assert_eq!(
        scene
            .letter
            .command(&["block", "add", "@nobody@m.example"])
            .code,
        3
    );
}

async fn a_limited_server_waits_until_the_limit_is_lifted(database: &str) {
    let scene = Scene::new(database).await;
    let bad = scene.on_localhost().await;
    let [ada, bo] = ["Ada", "Bo"].map(|it| scene.person_on(&bad, it, |_| ()));
    ada.does(&ada.like()).await;
    scene.commands(&["block", "add", "localhost", "--severity", "limit"]);
    assert_eq!(scene.state(&ada), "pending");
    bo.does(&bo.like()).await;
    assert_eq!(scene.state(&bo), "pending");
    assert_eq!(scene.endorsement(&bo)["reason"], "limited");
    let waiting = scene.listed(&["--waits-for", "limited"]);
    assert_eq!(waiting.len(), 2);
    scene.commands(&["block", "remove", "localhost"]);
    assert_eq!(
        (scene.state(&ada), scene.state(&bo)),
        ("listed".to_owned(), "listed".to_owned())
    );
    scene.assert_is_sound();
}

async fn a_block_that_hides_many_has_to_be_confirmed(database: &str) {
    let scene = Scene::new(database).await;
    let bad = scene.on_localhost().await;
    for number in 0..11 {
        let person = scene.person_on(&bad, &format!("P{number}"), |_| ());
        person.does(&person.like()).await;
    }
    let refused = scene.letter.command(&["block", "add", "localhost"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("11 endorsements") && refused.stderr.contains("--yes"));
    assert_eq!(scene.endorsers().await, 11);
    scene.commands(&["block", "add", "localhost", "--yes"]);
    eventually("nobody is counted", async || {
        (scene.endorsers().await == 0).then_some(())
    })
    .await;
}
