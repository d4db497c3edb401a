//! Blocks and limits of single actors, and commands that have to be confirmed.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    both::on_both_databases,
    support::{fediverse::FakeServer, program::eventually, world::World},
};

on_both_databases!(
    one_actor_can_be_blocked_and_the_neighbour_goes_on,
    a_limited_server_waits_until_the_limit_is_lifted,
    a_block_that_hides_many_has_to_be_confirmed,
);

async fn one_actor_can_be_blocked_and_the_neighbour_goes_on(database: &str) {
    let world = World::new(database).await;
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
    for person in [&ada, &bo] {
        person.does(&person.like()).await;
    }
    let handle = world.endorsement(&ada)["handle"]
        .as_str()
        .unwrap()
        .to_owned();
    world.blocks(&handle, &ada).await;
    assert_eq!(
        world.letter.json(&["block", "show", &handle])["target"],
        ada.id
    );
    assert_eq!(
        (world.state(&ada), world.state(&bo)),
        ("hidden".to_owned(), "listed".to_owned())
    );
    assert_eq!(
        ada.sends("/inbox", &ada.follow()).await,
        Some(StatusCode::FORBIDDEN)
    );
    bo.does(&bo.follow()).await;
    let id = world.endorsement(&ada)["id"].clone();
    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["target"]),
        (&json!("block.add"), &id)
    );
    let unhide = world
        .letter
        .command(&["endorsement", "unhide", id.as_str().unwrap()]);
    assert_eq!(unhide.code, 4, "{}", unhide.stderr);
    world.commands(&["block", "remove", &ada.id]);
    assert_eq!(world.state(&ada), "listed");
    // No such actor is known.
    assert_eq!(
        world
            .letter
            .command(&["block", "add", "@nobody@m.example"])
            .code,
        3
    );
}

async fn a_limited_server_waits_until_the_limit_is_lifted(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let [ada, bo] = ["Ada", "Bo"].map(|name| world.person_on(&bad, name, |_| ()));
    ada.does(&ada.like()).await;
    world.commands(&["block", "add", "localhost", "--severity", "limit"]);
    assert_eq!(world.state(&ada), "pending");
    bo.does(&bo.like()).await;
    assert_eq!(world.state(&bo), "pending");
    assert_eq!(world.endorsement(&bo)["reason"], "limited");
    let waiting = world.listed(&["--waits-for", "limited"]);
    assert_eq!(waiting.len(), 2);
    world.commands(&["block", "remove", "localhost"]);
    assert_eq!(
        (world.state(&ada), world.state(&bo)),
        ("listed".to_owned(), "listed".to_owned())
    );
    world.assert_is_sound();
}

async fn a_block_that_hides_many_has_to_be_confirmed(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    for number in 0..11 {
        let person = world.person_on(&bad, &format!("P{number}"), |_| ());
        person.does(&person.like()).await;
    }
    let refused = world.letter.command(&["block", "add", "localhost"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("11 endorsements") && refused.stderr.contains("--yes"));
    assert_eq!(world.endorsers().await, 11);
    world.commands(&["block", "add", "localhost", "--yes"]);
    eventually("nobody is counted", async || {
        (world.endorsers().await == 0).then_some(())
    })
    .await;
}
