//! `actor follow | unfollow`: the letter follows whom an administrator names, and nobody else.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_follow_counts_once_it_is_accepted,
    a_follow_ends_when_either_side_ends_it,
    nobody_is_shown_as_followed_against_their_state,
);

/// What `/following` names.
async fn following(world: &World) -> Value {
    let following = world.letter.document("/following").await;
    let items = following["orderedItems"].clone();
    let n = items.as_array().unwrap().len();
    assert_eq!(following["totalItems"], json!(n));
    items
}

/// Waits until `/following` names exactly these.
async fn follows(world: &World, expected: &[&Person]) {
    let expected: Vec<_> = expected.iter().map(|person| person.id.as_str()).collect();
    eventually("whom the letter follows", async || {
        (following(world).await == json!(expected)).then_some(())
    })
    .await;
}

/// Follows somebody; gives the Follow that arrived.
async fn followed(world: &World, person: &Person) -> Value {
    world.letter.json(&["actor", "follow", &person.id]);
    eventually("the Follow arrived", async || {
        let follows = world.peer.deliveries("Follow");
        let to = follows
            .iter()
            .find(|sent| sent.activity["object"] == person.id)?;
        assert_eq!(to.verified, Ok(()));
        Some(to.activity.clone())
    })
    .await
}

async fn a_follow_counts_once_it_is_accepted(database: &str) {
    let world = World::new(database).await;
    let bo = world.person("Bo");
    assert_eq!(following(&world).await, json!([]));
    let host = world.peer.origin.trim_start_matches("http://").to_owned();
    let asked = world
        .letter
        .json(&["actor", "follow", &format!("@bo@{host}")]);
    assert_eq!(
        (&asked["actor"], &asked["accepted"]),
        (&json!(bo.id), &Value::Null)
    );
    let follow = world.delivered("Follow").await;
    assert_eq!(follow.inbox, "/users/bo/inbox");
    assert_eq!(
        (&follow.activity["object"], &follow.activity["to"]),
        (&json!(bo.id), &json!([bo.id]))
    );
    let again = world.letter.command(&["actor", "follow", &bo.id]);
    assert_eq!(again.stdout, "unchanged\n");
    assert_eq!(following(&world).await, json!([]));
    // Of two the other answers for nobody else.
    let cy = world.person("Cy");
    cy.does(&cy.follow()).await;
    cy.does(&cy.activity("Accept", follow.activity["id"].clone()))
        .await;
    bo.does(&bo.activity("Accept", follow.activity.clone()))
        .await;
    follows(&world, &[&bo]).await;
    let shown = world.letter.json(&["actor", "show"]);
    assert_eq!(shown["following"][0]["actor"], bo.id);
    assert!(shown["following"][0]["accepted"].is_string(), "{shown}");

    world.letter.json(&["actor", "unfollow", &bo.id]);
    let undo = world.delivered("Undo").await;
    assert_eq!(undo.inbox, "/users/bo/inbox");
    assert_eq!(undo.activity["object"]["id"], follow.activity["id"]);
    follows(&world, &[]).await;
    let none = world.letter.command(&["actor", "unfollow", &bo.id]);
    assert_eq!(none.code, 3, "{}", none.stderr);
    let own = format!("{}/actor", world.letter.origin);
    assert_eq!(world.letter.command(&["actor", "follow", &own]).code, 4);
    let doctor = world.letter.command(&["doctor", "--bridge", "--json"]);
    let findings: Value = serde_json::from_str(&doctor.stdout).unwrap();
    let bridge: Vec<_> = findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|found| found["check"].as_str().unwrap().starts_with("bridge-"))
        .map(|found| found["state"].as_str().unwrap())
        .collect();
    assert_eq!(bridge, ["fail", "ok", "warn"], "{findings}");
    world.assert_is_sound();
}

async fn a_follow_ends_when_either_side_ends_it(database: &str) {
    let world = World::new(database).await;
    let people = ["Bo", "Cy", "Di", "Ed"].map(|name| world.person(name));
    for person in &people {
        let follow = followed(&world, person).await;
        // Some servers repeat a Follow without its id.
        let whole = json!({"type": "Follow", "actor": follow["actor"], "object": person.id});
        person.does(&person.activity("Accept", whole)).await;
    }
    let [bo, cy, di, ed] = people.each_ref();
    follows(&world, &[bo, cy, di, ed]).await;
    let follow = followed(&world, bo).await;
    bo.does(&bo.activity("Reject", follow)).await;
    follows(&world, &[cy, di, ed]).await;
    cy.does(&cy.activity("Block", cy.letters("/actor").into()))
        .await;
    follows(&world, &[di, ed]).await;
    let host = world.peer.origin.trim_start_matches("http://");
    let handle = format!("@di@{host}");
    world.letter.json(&["block", "add", &handle, "--yes"]);
    follows(&world, &[ed]).await;
    let blocked = world.letter.command(&["actor", "follow", &di.id]);
    assert_eq!(blocked.code, 4, "{}", blocked.stderr);
    ed.does(&ed.delete_account()).await;
    follows(&world, &[]).await;
    world.assert_is_sound();
}

async fn nobody_is_shown_as_followed_against_their_state(database: &str) {
    let world = World::new(database).await;
    let [bo, cy, di] = ["Bo", "Cy", "Di"].map(|name| world.person(name));
    for person in [&bo, &cy] {
        let follow = followed(&world, person).await;
        person.does(&person.activity("Accept", follow)).await;
    }
    follows(&world, &[&bo, &cy]).await;
    cy.says("hide me", Audience::Direct).await;
    follows(&world, &[&bo]).await;
    di.says("I sign", Audience::Public).await;
    let hide = ["endorsement", "hide", &di.id, "--reason", "other"];
    world.letter.json(&hide);
    for (person, why) in [(&cy, "kept unnamed"), (&di, "hidden")] {
        let refused = world.letter.command(&["actor", "follow", &person.id]);
        assert_eq!(refused.code, 4, "{}", refused.stderr);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    world.letter.json(&["names", "off", "--reason", "request"]);
    follows(&world, &[]).await;
    world.letter.json(&["names", "on"]);
    follows(&world, &[&bo]).await;
    world.settle().await;
    assert_eq!(world.peer.deliveries("Follow").len(), 2);
    world.assert_is_sound();
}
