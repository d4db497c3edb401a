//! Commands while the server runs: in force on the page within two seconds (`product.md` 3).

use crate::{
    scene::{Audience, Scene},
    server::eventually,
};
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    what_is_decided_by_a_command_shows_on_the_page_within_two_seconds,
    after_a_rejection_a_new_like_waits,
);

impl Scene {
    /// Runs a command that has to succeed, and waits until the page shows `name`, or shows it no more.
    async fn decides(&self, arguments: &[&str], name: &str, shown: bool) {
        let printed = self.letter.command(arguments);
        assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
        eventually(&format!("{arguments:?}"), async || {
            let page = self.letter.page("/").await;
            (page.contains(name) == shown).then_some(())
        })
        .await;
    }
}

async fn what_is_decided_by_a_command_shows_on_the_page_within_two_seconds(database: &str) {
    let scene = Scene::new(database).await;
    let now = SystemClock.now();
    let ada = scene.person_who("Ada Lovelace", |it| it["published"] = json!(now));
    let note = ada
        .says("I sign. Because it matters.", Audience::Public)
        .await;
    assert_eq!(scene.state(&ada), "pending");
    let id = scene.endorsement(&ada)["id"].as_str().unwrap().to_owned();

    scene
        .decides(&["endorsement", "approve", &id], "Ada Lovelace", true)
        .await;
    assert_eq!(scene.endorsers().await, 1);
    // Who approved it has read its words: they are shown, and it is acknowledged.
    assert!(scene.letter.page("/").await.contains("Because it matters."));
    assert_eq!(scene.delivered("Like").await.activity["object"], note["id"]);
    let again = scene.letter.command(&["endorsement", "approve", &id]);
    assert_eq!(again.code, 4, "{}", again.stderr);

    scene
        .decides(&["endorsement", "hide", &id], "Ada Lovelace", false)
        .await;
    assert_eq!(scene.endorsers().await, 0);
    scene
        .decides(&["endorsement", "unhide", &id], "Ada Lovelace", true)
        .await;
    let withdraw = ["endorsement", "withdraw", &id];
    assert_eq!(
        scene.letter.command(&withdraw).code,
        2,
        "a reason is required"
    );
    let withdraw = [&withdraw[..], &["--reason", "request: by mail"]].concat();
    scene.decides(&withdraw, "Ada Lovelace", false).await;
    assert_eq!(scene.endorsers().await, 0);
    assert_eq!(
        scene.delivered("Undo").await.activity["object"]["object"],
        note["id"]
    );

    scene.assert_is_sound();
    let audit = scene.letter.json(&["audit", "list", "--target", &id]);
    let audit = audit.as_array().unwrap();
    let action = |it: &Value| it["action"].as_str().unwrap().to_owned();
    let actions: Vec<String> = audit.iter().map(action).collect();
    let expected = ["withdraw", "unhide", "hide", "approve"].map(|it| format!("endorsement.{it}"));
    assert_eq!(actions, expected);
    assert!(audit.iter().all(|it| it["by"] == "test"));
}

async fn after_a_rejection_a_new_like_waits(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let like = ada.like();
    ada.does(&like).await;
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
    let reject = ["endorsement", "reject", &ada.id, "--reason", "spam"];
    scene.decides(&reject, "Ada Lovelace", false).await;
    assert_eq!(scene.state(&ada), "rejected");
    ada.does(&ada.undo(&like)).await;
    ada.does(&ada.like()).await;
    assert_eq!(scene.state(&ada), "pending");
    assert_eq!(scene.endorsers().await, 0);
    assert!(!scene.public_text().await.contains("Lovelace"));
    scene.assert_is_sound();
    // Somebody else is not concerned.
    let bob = scene.person("Bob Carver");
    bob.does(&bob.like()).await;
    assert_eq!(scene.endorsers().await, 1);
}
