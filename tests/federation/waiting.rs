//! What waits, and the commands that say what waits and let it in, while the server runs.

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
};
use serde_json::json;

on_both_databases!(
    a_rule_is_in_force_within_seconds_and_names_itself,
    a_surge_is_told_of_and_a_trusted_server_has_none,
    under_an_allowlist_only_trusted_servers_are_listed_at_once,
);

impl World {
    /// A newcomer who replies with these words, and the state of the endorsement that this makes.
    async fn newcomer(&self, number: &mut u32, words: &str) -> (Person, String) {
        *number += 1;
        let person = self.person(&format!("Newcomer{number}"));
        person.says(words, Audience::Public).await;
        let state = self.state(&person);
        (person, state)
    }
}

async fn a_rule_is_in_force_within_seconds_and_names_itself(database: &str) {
    let world = World::new(database).await;
    let spam = "I sign. Buy bitcoins!";
    let added = world
        .letter
        .json(&["rule", "add", "buy *coin*", "--in", "text"]);
    assert_eq!((&added["id"], &added["in"]), (&json!(1), &json!("text")));
    let mut number = 0;
    let caught = eventually("the rule is in force", async || {
        let (person, state) = world.newcomer(&mut number, spam).await;
        (state == "pending").then_some(person)
    })
    .await;
    assert_eq!(world.endorsement(&caught)["reason"], "rule:1");
    // A second act does not help.
    caught.does(&caught.like()).await;
    caught.says("I sign.", Audience::Public).await;
    assert_eq!(world.state(&caught), "pending");
    assert_eq!(world.listed(&["--waits-for", "rule"]).len(), 1);
    let status = world.letter.command(&["status"]);
    assert!(
        status
            .stdout
            .contains("1 rule: approve, or `rule remove` it"),
        "{}",
        status.stdout
    );
    let found = world.letter.json(&["rule", "test", "please BUY Bitcoins"]);
    assert_eq!(found[0]["id"], 1);
    assert_eq!(world.letter.json(&["rule", "test", "bitcoins"]), json!([]));

    world.commands(&["rule", "remove", "1"]);
    assert_eq!(world.state(&caught), "listed");
    eventually("the rule is gone", async || {
        let (_, state) = world.newcomer(&mut number, spam).await;
        (state == "listed").then_some(())
    })
    .await;
    assert_eq!(world.letter.command(&["rule", "remove", "1"]).code, 3);
    world.assert_is_sound();
}

async fn a_surge_is_told_of_and_a_trusted_server_has_none(database: &str) {
    let mut world = World::with(database, "moderation.surge_per_domain_per_hour = 2").await;
    // Servers are trusted by name.
    world.peer = FakeServer::named("localhost");
    let people: Vec<_> = (0..4)
        .map(|it| world.person(&format!("Fan{it} of the letter")))
        .collect();
    for person in &people {
        person.does(&person.like()).await;
    }
    // The brake has no hole: a second act of the same person waits as well.
    people[2].says("I sign.", Audience::Public).await;
    let states: Vec<_> = people.iter().map(|it| world.state(it)).collect();
    assert_eq!(states, ["listed", "listed", "pending", "pending"]);
    let status = world.letter.json(&["status"]);
    let reasons = &status["waiting"]["reasons"];
    assert_eq!(
        (&reasons[0]["reason"], &reasons[0]["endorsements"]),
        (&json!("surge"), &json!(2))
    );
    assert_eq!(reasons.as_array().unwrap().len(), 1);
    let surge = &status["waiting"]["surges"][0];
    assert_eq!(surge["domain"], "localhost");
    let about = surge["about"].as_str().unwrap();
    let command = "`undersigned endorsement invalidate --host 'localhost' --after ";
    assert!(about.contains(command), "{about}");
    eventually("the log tells of the surge", async || {
        world
            .letter
            .log()
            .contains("endorsement invalidate")
            .then_some(())
    })
    .await;

    world.commands(&["host", "trust", "localhost"]);
    let states: Vec<_> = people.iter().map(|it| world.state(it)).collect();
    assert_eq!(states, ["listed"; 4]);
    let mut number = 0;
    eventually("new ones have no limit", async || {
        let (_, state) = world.newcomer(&mut number, "I sign.").await;
        (state == "listed").then_some(())
    })
    .await;
    assert_eq!(
        world.letter.json(&["host", "list"])[0]["domain"],
        "localhost"
    );
    world.assert_is_sound();
}

async fn under_an_allowlist_only_trusted_servers_are_listed_at_once(database: &str) {
    let mut world = World::with(database, "moderation.default_policy = 'allowlist'").await;
    world.peer = FakeServer::named("localhost");
    let mut number = 0;
    let (ada, state) = world.newcomer(&mut number, "I sign.").await;
    assert_eq!(state, "pending");
    assert_eq!(world.endorsement(&ada)["reason"], "limited");
    ada.does(&ada.follow()).await;
    assert_eq!(world.followers().await, 1);
    ada.says("withdraw", Audience::Public).await;
    assert_eq!(world.state(&ada), "withdrawn");

    let (bo, _) = world.newcomer(&mut number, "I sign.").await;
    world.commands(&["host", "trust", "localhost"]);
    assert_eq!(world.state(&bo), "listed");
    world.commands(&["host", "untrust", "localhost"]);
    eventually("it is trusted no longer", async || {
        let (_, state) = world.newcomer(&mut number, "I sign.").await;
        (state == "pending").then_some(())
    })
    .await;
    assert_eq!(world.state(&bo), "listed", "what is shown stays");
    world.assert_is_sound();
}
