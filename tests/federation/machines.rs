//! Two machines serve one letter from one PostgreSQL: what one takes the other shows, the work is shared, limits
//! hold over both, and one goes on where the other stopped.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    database,
    peer::Peer,
    raw,
    scene::{Person, Scene},
    server::{Letter, eventually},
};

/// A case with two machines; skipped without a server to test with.
macro_rules! with_two_machines {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                if let Some((_database, url)) = super::database::postgres().await {
                    Box::pin(super::$case(&url)).await;
                }
            }
        }
    )+};
}

with_two_machines!(
    what_one_takes_the_other_shows_and_either_takes_it_back,
    a_block_by_a_command_holds_at_both,
    deliveries_are_shared_and_none_is_made_twice,
    what_one_has_in_hand_when_it_stops_the_other_delivers_at_once,
    whoever_listens_is_told_and_listens_again_when_it_was_cut_off,
);

on_both_databases!(a_surge_is_counted_by_all_machines_and_over_a_restart);

/// A second machine beside the scene's own.
async fn second(scene: &Scene) -> Letter {
    let mut machine = scene.letter.another();
    machine.serve().await;
    machine
}

async fn does_at(machine: &Letter, person: &Person, activity: &serde_json::Value) {
    let answer = person.sends_through(machine, activity).await;
    assert_eq!(answer, Some(StatusCode::ACCEPTED), "{activity}");
}

async fn followers_at(machine: &Letter) -> i64 {
    let followers = machine.document("/followers").await;
    followers["totalItems"].as_i64().unwrap()
}

async fn what_one_takes_the_other_shows_and_either_takes_it_back(database: &str) {
    let scene = Scene::new(database).await;
    let second = second(&scene).await;
    let ada = scene.person("Ada Lovelace");
    let (follow, like) = (ada.follow(), ada.like());
    ada.does(&follow).await;
    does_at(&second, &ada, &like).await;
    for machine in [&scene.letter, &second] {
        eventually("both show both", async || {
            let named = machine.page("/").await.contains("Ada Lovelace");
            (named && followers_at(machine).await == 1).then_some(())
        })
        .await;
    }
    // The same once more at the other is known, and once more is not twice.
    ada.does(&like).await;
    assert_eq!(second.count().await["fediverse"], 1);

    ada.does(&ada.undo(&like)).await;
    does_at(&second, &ada, &ada.undo(&follow)).await;
    for machine in [&scene.letter, &second] {
        eventually("neither shows anything", async || {
            let named = machine.page("/").await.contains("Ada Lovelace");
            (!named && followers_at(machine).await == 0).then_some(())
        })
        .await;
    }
    scene.assert_is_sound();
}

async fn a_block_by_a_command_holds_at_both(database: &str) {
    let scene = Scene::new(database).await;
    let second = second(&scene).await;
    // Another name of this machine: nobody can block the letter's own.
    let other = Peer::named(scene.client.clone(), "localhost").await;
    let ada = scene.person_on(&other, "Ada Lovelace", |_| ());
    does_at(&second, &ada, &ada.like()).await;
    let blocked = scene.letter.command(&["block", "add", &ada.id]);
    assert_eq!(blocked.code, 0, "{}", blocked.stderr);
    for machine in [&scene.letter, &second] {
        eventually("she is refused by both", async || {
            let answer = ada.sends_through(machine, &ada.like()).await;
            let shown = machine.page("/").await.contains("Ada Lovelace");
            (answer == Some(StatusCode::FORBIDDEN) && !shown).then_some(())
        })
        .await;
    }
    scene.assert_is_sound();
}

async fn deliveries_are_shared_and_none_is_made_twice(database: &str) {
    const PEOPLE: usize = 30;
    let scene = Scene::new(database).await;
    let second = second(&scene).await;
    let mut inboxes = Vec::new();
    for number in 0..PEOPLE {
        // An inbox for each, so that there is something to share.
        let person = scene.person_who(&format!("Fan{number} of the letter"), |actor| {
            actor["endpoints"] = json!({});
        });
        let machine = if number % 2 == 0 {
            &scene.letter
        } else {
            &second
        };
        does_at(machine, &person, &person.follow()).await;
        inboxes.push(person.id + "/inbox");
    }
    scene.settle().await;
    scene
        .letter
        .edit_file(|text| text.replacen("Earlier this year", "Early this year", 1));
    let published = scene.letter.command(&[
        "letter",
        "publish",
        "--kind",
        "substantive",
        "--note",
        "Sooner",
    ]);
    assert_eq!(published.code, 0, "{}", published.stderr);
    scene.settle().await;
    for kind in ["Accept", "Update"] {
        let deliveries = scene.peer.deliveries(kind);
        assert!(deliveries.iter().all(|it| it.verified.is_ok()));
        for inbox in &inboxes {
            let here = deliveries.iter().filter(|it| inbox.ends_with(&it.inbox));
            assert_eq!(here.count(), 1, "{kind} at {inbox}");
        }
    }
}

async fn what_one_has_in_hand_when_it_stops_the_other_delivers_at_once(database: &str) {
    const LEASED: &str = "SELECT COUNT(*) FROM host WHERE leased_by IS NOT NULL";
    let mut scene = Scene::new(database).await;
    let mut second = second(&scene).await;
    // The one that answers under the public name shows the key, and leaves the work to the other.
    scene.letter.stop().await;
    scene.letter.serve_with(&["--read-only"]);
    scene.letter.serve().await;
    scene.peer.hold(true);
    let ada = scene.person("Ada Lovelace");
    does_at(&second, &ada, &ada.follow()).await;
    eventually("the other has it in hand", async || {
        scene.peer.deliveries("Accept").pop()
    })
    .await;
    assert_eq!(raw::number(database, LEASED).await, 1);
    scene.letter.stop().await;
    scene.letter.serve_with(&[]);
    scene.letter.serve().await;
    // It waits for the answer for ten seconds, breaks off, and gives the host back; without that the claim would
    // hold for two minutes, and this case waits for half a minute only.
    second.stop().await;
    scene.peer.hold(false);
    eventually("the first machine delivers it", async || {
        let delivered = "SELECT COUNT(*) FROM delivery WHERE state = 'delivered'";
        (raw::number(database, delivered).await == 1).then_some(())
    })
    .await;
    let ids: Vec<_> = scene.peer.deliveries("Accept");
    assert!(ids.iter().all(|it| it.activity == ids[0].activity));
}

async fn whoever_listens_is_told_and_listens_again_when_it_was_cut_off(database: &str) {
    const LISTENERS: &str = "
        SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'undersigned listener'";
    const CUT: &str = "
        SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'undersigned listener'";
    let scene = Scene::new(database).await;
    let second = second(&scene).await;
    let two_listen = async || (raw::number(database, LISTENERS).await == 2).then_some(());
    eventually("both listen", two_listen).await;
    assert_eq!(raw::number(database, CUT).await, 2);
    let ada = scene.person("Ada Lovelace");
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
    let mut scene = Scene::with(database, limit).await;
    let second = second(&scene).await;
    let people: Vec<_> = (0..5)
        .map(|it| scene.person(&format!("Fan{it} of the letter")))
        .collect();
    people[0].does(&people[0].like()).await;
    does_at(&second, &people[1], &people[1].like()).await;
    scene.letter.stop().await;
    scene.letter.serve().await;
    people[2].does(&people[2].like()).await;
    does_at(&second, &people[3], &people[3].like()).await;
    people[4].does(&people[4].like()).await;
    let states: Vec<_> = people.iter().map(|it| scene.state(it)).collect();
    assert_eq!(states, ["listed", "listed", "listed", "pending", "pending"]);
    scene.assert_is_sound();
}
