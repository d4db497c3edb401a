//! Two servers of one letter on one PostgreSQL: each shows what the other accepted, deliveries are shared, limits hold
//! over both, and one goes on where the other stopped.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    both::on_postgres,
    support::{
        fediverse::FakeServer,
        program::{Program, eventually},
        sql,
        world::{Person, World},
    },
};

on_postgres!(
    both_replicas_accept_show_and_undo,
    a_block_by_a_command_holds_at_both,
    deliveries_are_shared_and_none_is_made_twice,
    a_stopped_replica_hands_its_deliveries_over,
    a_listener_is_notified_and_reconnects,
    a_surge_is_counted_by_all_machines_and_over_a_restart,
);

/// A second server beside that of the world.
async fn second(world: &World) -> Program {
    let mut machine = world.letter.another();
    machine.serve().await;
    machine
}

async fn does_at(machine: &Program, person: &Person, activity: &serde_json::Value) {
    let answer = person.sends_through(machine, activity).await;
    assert_eq!(answer, Some(StatusCode::ACCEPTED), "{activity}");
}

async fn followers_at(machine: &Program) -> i64 {
    let followers = machine.document("/followers").await;
    followers["totalItems"].as_i64().unwrap()
}

async fn both_replicas_accept_show_and_undo(database: &str) {
    let world = World::new(database).await;
    let second = second(&world).await;
    let ada = world.person("Ada Lovelace");
    let (follow, like) = (ada.follow(), ada.like());
    ada.does(&follow).await;
    does_at(&second, &ada, &like).await;
    for machine in [&world.letter, &second] {
        eventually("both show both", async || {
            let named = machine.page("/").await.contains("Ada Lovelace");
            (named && followers_at(machine).await == 1).then_some(())
        })
        .await;
    }
    // The same activity at the other server is a known duplicate.
    ada.does(&like).await;
    assert_eq!(second.count().await["fediverse"], 1);

    ada.does(&ada.undo(&like)).await;
    does_at(&second, &ada, &ada.undo(&follow)).await;
    for machine in [&world.letter, &second] {
        eventually("neither shows anything", async || {
            let named = machine.page("/").await.contains("Ada Lovelace");
            (!named && followers_at(machine).await == 0).then_some(())
        })
        .await;
    }
    world.assert_is_sound();
}

async fn a_block_by_a_command_holds_at_both(database: &str) {
    let world = World::new(database).await;
    let second = second(&world).await;
    // Another name of this machine: the letter's own host cannot be blocked.
    let other = FakeServer::named("localhost");
    let ada = world.person_on(&other, "Ada Lovelace", |_| ());
    does_at(&second, &ada, &ada.like()).await;
    let blocked = world.letter.command(&["block", "add", &ada.id]);
    assert_eq!(blocked.code, 0, "{}", blocked.stderr);
    for machine in [&world.letter, &second] {
        eventually("she is refused by both", async || {
            let answer = ada.sends_through(machine, &ada.like()).await;
            let shown = machine.page("/").await.contains("Ada Lovelace");
            (answer == Some(StatusCode::FORBIDDEN) && !shown).then_some(())
        })
        .await;
    }
    world.assert_is_sound();
}

async fn deliveries_are_shared_and_none_is_made_twice(database: &str) {
    const PEOPLE: usize = 30;
    let world = World::new(database).await;
    let second = second(&world).await;
    let mut inboxes = Vec::new();
    for number in 0..PEOPLE {
        // An inbox for each, so that there is something to share.
        let person = world.person_who(&format!("Fan{number} of the letter"), |actor| {
            actor["endpoints"] = json!({});
        });
        let machine = if number % 2 == 0 {
            &world.letter
        } else {
            &second
        };
        does_at(machine, &person, &person.follow()).await;
        inboxes.push(person.id + "/inbox");
    }
    world.settle().await;
    world
        .letter
        .edit_file(|text| text.replacen("Earlier this year", "Early this year", 1));
    let published = world.letter.command(&[
        "letter",
        "publish",
        "--kind",
        "substantive",
        "--note",
        "Sooner",
    ]);
    assert_eq!(published.code, 0, "{}", published.stderr);
    world.settle().await;
    for kind in ["Accept", "Update"] {
        let deliveries = world.peer.deliveries(kind);
        assert!(deliveries.iter().all(|it| it.verified.is_ok()));
        for inbox in &inboxes {
            let here = deliveries.iter().filter(|it| inbox.ends_with(&it.inbox));
            assert_eq!(here.count(), 1, "{kind} at {inbox}");
        }
    }
}

async fn a_stopped_replica_hands_its_deliveries_over(database: &str) {
    const LEASED: &str = "SELECT COUNT(*) FROM host WHERE leased_by IS NOT NULL";
    let mut world = World::new(database).await;
    let mut second = second(&world).await;
    // The server under the public name serves the key, and leaves deliveries to the other one.
    world.letter.stop().await;
    world.letter.serve_with(&["--read-only"]);
    world.letter.serve().await;
    world.peer.hold(true);
    let ada = world.person("Ada Lovelace");
    does_at(&second, &ada, &ada.follow()).await;
    eventually("the other has it in hand", async || {
        world.peer.deliveries("Accept").pop()
    })
    .await;
    assert_eq!(sql::number_at(database, LEASED).await, 1);
    world.letter.stop().await;
    world.letter.serve_with(&[]);
    world.letter.serve().await;
    // It waits for the answer for ten seconds, breaks off, and gives the host back; without that the claim would
    // hold for two minutes, and this case waits for half a minute only.
    second.stop().await;
    world.peer.hold(false);
    eventually("the first machine delivers it", async || {
        let delivered = "SELECT COUNT(*) FROM delivery WHERE state = 'delivered'";
        (sql::number_at(database, delivered).await == 1).then_some(())
    })
    .await;
    let ids: Vec<_> = world.peer.deliveries("Accept");
    assert!(ids.iter().all(|it| it.activity == ids[0].activity));
}

async fn a_listener_is_notified_and_reconnects(database: &str) {
    const LISTENERS: &str = "
        SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'undersigned listener'";
    const CUT: &str = "
        SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'undersigned listener'";
    let world = World::new(database).await;
    let second = second(&world).await;
    let two_listen = async || (sql::number_at(database, LISTENERS).await == 2).then_some(());
    eventually("both listen", two_listen).await;
    assert_eq!(sql::number_at(database, CUT).await, 2);
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    eventually("the other shows it", async || {
        second
            .page("/")
            .await
            .contains("Ada Lovelace")
            .then_some(())
    })
    .await;
    eventually("both listen again", two_listen).await;
}

async fn a_surge_is_counted_by_all_machines_and_over_a_restart(database: &str) {
    let limit = "moderation.surge_per_domain_per_hour = 3";
    let mut world = World::with(database, limit).await;
    let second = second(&world).await;
    let people: Vec<_> = (0..5)
        .map(|it| world.person(&format!("Fan{it} of the letter")))
        .collect();
    people[0].does(&people[0].like()).await;
    does_at(&second, &people[1], &people[1].like()).await;
    world.letter.stop().await;
    world.letter.serve().await;
    people[2].does(&people[2].like()).await;
    does_at(&second, &people[3], &people[3].like()).await;
    people[4].does(&people[4].like()).await;
    let states: Vec<_> = people.iter().map(|it| world.state(it)).collect();
    assert_eq!(states, ["listed", "listed", "listed", "pending", "pending"]);
    world.assert_is_sound();
}
