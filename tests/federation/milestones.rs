//! Steps of the goal, by the running server (E9, `[goal]`).

use crate::{
    scene::{Audience, Scene},
    server::eventually,
};
use undersigned::store::{Access, Store};

on_both_databases!(a_step_is_announced_once_across_restarts_and_dips);

async fn a_step_is_announced_once_across_restarts_and_dips(database: &str) {
    // The letter has 21 names: the step below is never announced.
    let settings = "goal.steps = [20, 22]\ngoal.settle = '0s'";
    let mut scene = Scene::with(database, settings).await;
    let page = scene.letter.page("/").await;
    assert!(page.contains("21 of 22"), "{page}");
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    scene.delivered("Accept").await;
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    eventually("the server looked at the goal", async || {
        let mut tx = store.read().await.unwrap();
        tx.setting("goal_steps").await.unwrap()
    })
    .await;
    let note = ada.says("I sign", Audience::Public).await;
    let said = scene.delivered("Create").await;
    let post = &said.activity["object"];
    assert_eq!(post["inReplyTo"], ada.letters("/letter"));
    let content = post["content"].as_str().unwrap();
    assert!(content.contains("22 people have signed"), "{content}");

    ada.does(&ada.delete(&note)).await;
    scene.settle().await;
    scene.letter.stop().await;
    scene.letter.serve().await;
    ada.says("I sign", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 1);
    scene.settle().await;
    // The look that follows this change finds nothing new to say.
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.milestones().await.unwrap(), [20, 22]);
    drop(tx);
    scene.letter.stop().await;
    scene.letter.serve().await;
    assert_eq!(scene.peer.deliveries("Create").len(), 1);
    let posts = scene.letter.json(&["post", "list"]);
    assert_eq!(posts.as_array().unwrap().len(), 1);
    store.close().await;
}
