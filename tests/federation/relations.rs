//! Nobody is looked up: what the inbox answers before it knows who asks is the same for everybody.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::KeyPair,
};

use crate::{
    both::on_both_databases,
    federation::draft::{Draft, forged},
    support::world::{Audience, Person, World},
};

on_both_databases!(
    an_answer_before_authentication_is_the_same_for_everybody,
    a_key_is_fetched_once_for_all_who_forge_and_its_owner_gets_in,
);

/// Everybody here has the same address, and the people share a host.
const LIMITS: &str = "limits.per_address_per_minute = 100000";

/// Status, headers and body of an answer.
type Told = (u16, HeaderMap, String);

async fn told(world: &World, draft: Draft) -> Told {
    let request = world.client.post(draft.url).headers(draft.headers);
    let answer = request.body(draft.body).send().await.unwrap();
    let (status, mut headers) = (answer.status().as_u16(), answer.headers().clone());
    headers.remove("date");
    (status, headers, answer.text().await.unwrap())
}

/// How often this person's document was read.
fn reads(world: &World, person: &Person) -> usize {
    let path = url::Url::parse(&person.id).unwrap().path().to_owned();
    let lines = world.peer.request_lines().into_iter();
    lines.filter(|line| *line == format!("GET {path}")).count()
}

/// The ways to send an activity in somebody's name without being them.
fn forgeries(victim: &Person, eve: &Person, key: &Arc<KeyPair>, activity: &Value) -> [Draft; 4] {
    let mut unsigned = Draft::genuine(victim, activity);
    unsigned.headers.remove("signature");
    let stranger = Person::new(
        victim.letters(""),
        victim.client.clone(),
        &victim.id,
        &victim.key_id,
        key,
    );
    [
        unsigned,
        forged(Draft::genuine(victim, activity)),
        Draft::genuine(&stranger, activity),
        Draft::of(eve, &eve.key_id, activity, SystemClock.now()),
    ]
}

/// Somebody in each relation that a person can have to the letter. The first never had to do with it.
async fn everybody(world: &World) -> Vec<(&'static str, Person)> {
    let names = [
        "unknown",
        "nobody",
        "liked",
        "unnamed",
        "wrote in private",
        "commented",
        "follows",
        "reported",
        "withdrew",
        "deleted",
        "blocked",
    ];
    let mut people = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        let person = world.person_who(&format!("Ada{number} Lovelace"), |actor| {
            actor["discoverable"] = json!(name != "unnamed");
        });
        let like = person.like();
        match name {
            "unknown" | "nobody" => (),
            "wrote in private" => drop(person.says("Hello", Audience::Direct).await),
            "commented" => drop(person.says("What a letter", Audience::Public).await),
            "follows" => person.does(&person.follow()).await,
            "reported" => {
                let objects = json!([person.letters("/letter")]);
                person.does(&person.activity("Flag", objects)).await;
            }
            _ => person.does(&like).await,
        }
        match name {
            "withdrew" => person.does(&person.undo(&like)).await,
            "deleted" => person.does(&person.delete_account()).await,
            "blocked" => {
                let handle = world.endorsement(&person)["handle"].clone();
                world.blocks(handle.as_str().unwrap(), &person).await;
            }
            _ => (),
        }
        people.push((name, person));
    }
    world.settle().await;
    people
}

async fn an_answer_before_authentication_is_the_same_for_everybody(database: &str) {
    let world = World::with(database, LIMITS).await;
    let eve = world.person("Eve Moneypenny");
    eve.does(&eve.like()).await;
    let key = Arc::new(KeyPair::generate().unwrap());
    let mut expected: Vec<(Told, usize)> = Vec::new();
    for (name, victim) in everybody(&world).await {
        let document = json!({"id": victim.id, "type": "Person", "inbox": victim.new_id("inbox")});
        let activities = [
            ("Like", victim.like()),
            ("Follow", victim.follow()),
            // Of a person who is known a job looks after these two, so the reads are counted before.
            ("Update", victim.activity("Update", document)),
            ("Delete", victim.delete_account()),
        ];
        let before = reads(&world, &victim);
        let mut answers = Vec::new();
        for (kind, activity) in &activities {
            let counted = ["Like", "Follow"].contains(kind);
            for draft in forgeries(&victim, &eve, &key, activity) {
                let told = told(&world, draft).await;
                let read = if counted {
                    reads(&world, &victim) - before
                } else {
                    0
                };
                answers.push((told, read));
            }
        }
        if name == "unknown" {
            let statuses: Vec<u16> = answers.iter().map(|(told, _)| told.0).collect();
            let (forged, own) = ([401, 401, 401, 202], [401, 202, 202, 202]);
            assert_eq!(statuses, [forged, forged, own, own].concat());
            assert_eq!(reads(&world, &victim) - before, 1, "once for all of them");
            expected = answers;
            continue;
        }
        for (number, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
            assert_eq!(answer.0, expected.0, "{name}, {number}");
            // Nothing is read from whom we block, and nobody but their own server sees that.
            let read = if name == "blocked" { 0 } else { expected.1 };
            assert_eq!(answer.1, read, "{name}, {number}");
        }
    }
    assert_eq!(world.endorsers().await, 3);
    world.assert_is_sound();
}

/// A forger must neither make us flood somebody's server, nor keep them out by having asked first.
async fn a_key_is_fetched_once_for_all_who_forge_and_its_owner_gets_in(database: &str) {
    let world = World::with(database, LIMITS).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    bob.does(&bob.follow()).await;
    let before = reads(&world, &bob);
    for person in [&ada, &bob] {
        for _ in 0..3 {
            let draft = forged(Draft::genuine(person, &person.like()));
            assert_eq!(told(&world, draft).await.0, 401);
        }
    }
    assert_eq!((reads(&world, &ada), reads(&world, &bob) - before), (1, 1));
    for person in [&ada, &bob] {
        person.does(&person.like()).await;
    }
    assert_eq!((reads(&world, &ada), reads(&world, &bob) - before), (1, 1));
    assert_eq!(world.endorsers().await, 2);
}
