//! Milestones of `[goal]`, announced by the running server.

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};
use undersigned::store::{Access, Store};

on_both_databases!(a_step_is_announced_once_across_restarts_and_dips);

async fn a_step_is_announced_once_across_restarts_and_dips(database: &str) {
    // The letter has 21 names: the step below is never announced.
    let settings = "goal.steps = [20, 22]\ngoal.settle = '0s'";
    let mut world = World::with(database, settings).await;
    let page = world.letter.page("/").await;
    assert!(page.contains("21 of 22"), "{page}");
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    eventually("the server looked at the goal", async || {
        let mut tx = store.read().await.unwrap();
        tx.setting("goal_steps").await.unwrap()
    })
    .await;
    let note = ada.says("I sign", Audience::Public).await;
    let said = world.delivered("Create").await;
    let post = &said.activity["object"];
    assert_eq!(post["inReplyTo"], ada.letters("/letter"));
    let content = post["content"].as_str().unwrap();
    assert!(content.contains("22 people have signed"), "{content}");

    ada.does(&ada.delete(&note)).await;
    world.settle().await;
    world.letter.stop().await;
    world.letter.serve().await;
    ada.says("I sign", Audience::Public).await;
    assert_eq!(world.endorsers().await, 1);
    world.settle().await;
    // The check after this change finds no milestone to announce.
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.milestones().await.unwrap(), [20, 22]);
    drop(tx);
    world.letter.stop().await;
    world.letter.serve().await;
    assert_eq!(world.peer.deliveries("Create").len(), 1);
    let posts = world.letter.json(&["post", "list"]);
    assert_eq!(posts.as_array().unwrap().len(), 1);
    store.close().await;
}
