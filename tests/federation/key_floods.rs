//! Forgers name keys that we have to fetch: they gain nothing, and those whom they name lose nothing.
//!
//! The test is a trusted proxy for the letter, so it says for whom it asks. Forgers come from many addresses.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet};
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    signature::KeyPair,
};

use crate::{
    both::on_both_databases,
    federation::draft::{Draft, forged},
    support::{
        fediverse::{FakeServer, KEY, Reply},
        program::{DEADLINE, eventually},
        sql::number_at,
        world::{Person, World},
    },
};

on_both_databases!(
    a_host_that_forgers_name_is_asked_twice_a_second_and_its_people_get_in,
    a_flood_for_one_host_does_not_keep_out_the_new_people_of_another,
    those_who_wait_are_few_and_leave_nothing,
    what_an_address_proved_is_not_counted_and_what_it_forges_is,
    a_host_in_trouble_costs_its_people_nothing,
    what_is_over_the_limit_of_its_actor_proves_nothing,
    whoever_proved_a_host_aims_us_at_no_other,
    a_new_key_is_read_again_for_whoever_proved_something,
    a_page_that_fails_does_not_close_its_host,
    a_request_waits_for_its_turn_and_its_key,
    who_waited_in_vain_comes_again_and_the_key_is_there,
);

/// The address of the people's server.
const THEIRS: &str = "192.0.2.1";

/// Status and `Retry-After` in seconds.
type Told = (u16, Option<u64>);

/// The address of a forger.
fn forger(number: usize) -> String {
    format!("198.51.{}.{}", number / 250, number % 250)
}

/// A like in the name of a person of this server whom nobody knows.
fn named(ada: &Person, peer: &FakeServer, number: usize) -> Draft {
    let key_id = peer.url(&format!("/users/nobody{number}#main-key"));
    Draft::of(ada, &key_id, &ada.like(), SystemClock.now())
}

impl World {
    /// Delivers a draft for somebody at this address.
    fn by(&self, draft: Draft, address: &str) -> impl Future<Output = Told> + 'static {
        let request = self.client.post(draft.url).headers(draft.headers);
        let request = request.header("x-forwarded-for", address).body(draft.body);
        async move {
            let answer = request.send().await.unwrap();
            let after = answer.headers().get("retry-after");
            let seconds = after.map(|value| value.to_str().unwrap().parse().unwrap());
            (answer.status().as_u16(), seconds)
        }
    }

    async fn likes(&self, person: &Person, address: &str) -> Told {
        self.by(Draft::genuine(person, &person.like()), address)
            .await
    }

    /// How often the key of somebody was read whom forgers named.
    fn reads_for_forgers(&self) -> usize {
        let lines = self.peer.request_lines().into_iter();
        lines.filter(|line| line.contains("/nobody")).count()
    }
}

/// So many requests at most, since then: two a second and the first.
fn paced(begun: Millis) -> usize {
    let millis = SystemClock.now().since(begun).as_millis();
    1 + usize::try_from(millis / 500).unwrap()
}

async fn a_host_that_forgers_name_is_asked_twice_a_second_and_its_people_get_in(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    let begun = SystemClock.now();
    let mut flood = JoinSet::new();
    for number in 0..100 {
        let draft = named(&ada, &world.peer, number);
        flood.spawn(world.by(draft, &forger(number)));
    }
    world.peer.more_requests_than(1).await;
    let new: Vec<_> = (0..50)
        .map(|number| world.person(&format!("New{number} Person")))
        .collect();
    let told = join_all(new.iter().map(|person| world.likes(person, THEIRS))).await;
    assert_eq!(told, vec![(202, None); 50]);
    // A new address of theirs waits for its turn beside the forgers, no longer.
    eventually("some of the flood was fetched", async || {
        (world.reads_for_forgers() >= 5).then_some(())
    })
    .await;
    let reads = world.reads_for_forgers();
    assert!(reads <= paced(begun), "{reads} of {}", paced(begun));
    assert_eq!(world.endorsers().await, 51);
}

async fn a_flood_for_one_host_does_not_keep_out_the_new_people_of_another(database: &str) {
    let world = World::new(database).await;
    let hanging = FakeServer::deciding(|_| Reply::Hang);
    let ada = world.person("Ada Lovelace");
    let mut flood = JoinSet::new();
    for number in 0..200 {
        let draft = named(&ada, &hanging, number);
        flood.spawn(world.by(draft, &forger(number)));
    }
    for number in 0..10 {
        let new = world.person(&format!("New{number} Person"));
        let told = world.likes(&new, "203.0.113.1").await;
        assert_eq!(told, (202, None), "{number}");
    }
    assert_eq!(world.endorsers().await, 10);
}

async fn those_who_wait_are_few_and_leave_nothing(database: &str) {
    const ROWS: &str = "SELECT (SELECT COUNT(*) FROM actor) + (SELECT COUNT(*) FROM actor_key) + (SELECT COUNT(*) FROM host)
        + (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM seen) + (SELECT COUNT(*) FROM job)";
    let world = World::new(database).await;
    let (asked, mut is_asked) = watch::channel(());
    let hanging = FakeServer::deciding(move |_| {
        asked.send_replace(());
        Reply::Hang
    });
    let ada = world.person("Ada Lovelace");
    let drafts = (0..520)
        .map(|number| named(&ada, &hanging, number))
        .collect::<Vec<_>>();
    let mut flood = JoinSet::new();
    let mut answers = Vec::new();
    for (number, draft) in drafts.into_iter().enumerate() {
        let told = world.by(draft, &forger(number));
        flood.spawn(async move { (number, told.await) });
        if number == 0 {
            is_asked.changed().await.unwrap();
        }
    }
    for _ in 0..520 {
        let told = tokio::time::timeout(DEADLINE, flood.join_next())
            .await
            .unwrap();
        let (number, (status, after)) = told.unwrap().unwrap();
        assert_eq!(status, 503);
        assert!((5..=300).contains(&after.unwrap()), "{after:?}");
        answers.push(number);
    }
    // Two are under way and 512 wait. The others are refused before the first one has waited in vain.
    assert!(
        answers.iter().take(6).all(|number| *number > 0),
        "{answers:?}"
    );
    assert_eq!(number_at(database, ROWS).await, 0);
    // There is room again.
    assert_eq!(world.likes(&ada, "203.0.113.1").await, (202, None));
}

async fn what_an_address_proved_is_not_counted_and_what_it_forges_is(database: &str) {
    let world = World::with(database, "limits.per_address_per_minute = 3").await;
    let elsewhere = FakeServer::start();
    let people: Vec<_> = (0..12)
        .map(|number| world.person(&format!("Ada{number} Lovelace")))
        .collect();
    for person in &people {
        assert_eq!(world.likes(person, THEIRS).await, (202, None));
    }
    // Pages and deliveries for a host that it does not speak for are counted as everybody's.
    let page = async || {
        let headers = [("accept", "text/html"), ("x-forwarded-for", THEIRS)];
        world.letter.get_with("/", &headers).await.status
    };
    for _ in 0..2 {
        assert_eq!(page().await, 200);
    }
    let false_like = || named(&people[0], &elsewhere, 0);
    assert_eq!(world.by(false_like(), THEIRS).await.0, 401);
    assert_eq!(world.by(false_like(), THEIRS).await.0, 429);
    assert_eq!(page().await, 429);
    assert_eq!(world.likes(&people[0], THEIRS).await, (202, None));
    // The first forgery of a proven address is read, and after it the address is over its limit and not proven any more.
    let forgery = || forged(Draft::genuine(&people[0], &people[0].like()));
    assert_eq!(world.by(forgery(), THEIRS).await.0, 401);
    assert_eq!(world.by(forgery(), THEIRS).await.0, 429);
    assert_eq!(world.likes(&people[0], THEIRS).await.0, 429);
    assert_eq!(world.likes(&people[0], "192.0.2.2").await, (202, None));
}

async fn a_host_in_trouble_costs_its_people_nothing(database: &str) {
    let world = World::with(database, "limits.per_address_per_minute = 3").await;
    let ada = world.person("Ada Lovelace");
    assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    world.peer.refuse("/users/nobody0", 503);
    for number in 0..10 {
        let draft = named(&ada, &world.peer, number);
        assert_eq!(world.by(draft, THEIRS).await.0, 503, "{number}");
    }
    for _ in 0..5 {
        assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    }
}

async fn what_is_over_the_limit_of_its_actor_proves_nothing(database: &str) {
    let limits = "limits.per_address_per_minute = 1\nlimits.per_actor_per_minute = 1";
    let world = World::with(database, limits).await;
    let ada = world.person("Ada Lovelace");
    assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    assert_eq!(world.likes(&ada, &forger(1)).await.0, 503);
    let leaving = Draft::genuine(&ada, &ada.undo(&ada.like()));
    assert_eq!(world.by(leaving, &forger(2)).await.0, 202);
    // The second forgery is read only at an address that proved something, whose first one was the first to count.
    for (address, second) in [(THEIRS, 401), (&forger(1), 429), (&forger(2), 429)] {
        for expected in [401, second] {
            let forgery = forged(Draft::genuine(&ada, &ada.like()));
            assert_eq!(world.by(forgery, address).await.0, expected, "{address}");
        }
    }
}

async fn whoever_proved_a_host_aims_us_at_no_other(database: &str) {
    let world = World::new(database).await;
    let victim = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    // More than an address may that proved nothing.
    for number in 0..15 {
        let path = format!("/users/nobody{number}");
        world.peer.redirect(&path, &victim.url(&path));
        let draft = named(&ada, &world.peer, number);
        assert_eq!(world.by(draft, THEIRS).await, (401, None), "{number}");
    }
    assert_eq!(world.reads_for_forgers(), 15);
    assert_eq!(victim.request_lines(), [""; 0]);
}

async fn a_new_key_is_read_again_for_whoever_proved_something(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    // A forger makes us read the old key once more, and then Ada gets a new one.
    let forgery = || forged(Draft::genuine(&ada, &ada.like()));
    assert_eq!(world.by(forgery(), &forger(1)).await.0, 401);
    let new_key = KeyPair::generate().unwrap();
    let mut document = world.peer.actor("Ada Lovelace");
    document["publicKey"]["publicKeyPem"] = json!(new_key.public_key_pem());
    assert_ne!(KEY.public_key_pem(), new_key.public_key_pem());
    world.peer.put("/users/ada", document);
    let (letter, client) = (ada.letters(""), ada.client.clone());
    let rekeyed = Person::new(letter, client, &ada.id, &ada.key_id, &new_key.into());
    assert_eq!(world.likes(&rekeyed, THEIRS).await, (202, None));
    let reads = world.peer.request_lines();
    let reads = reads
        .iter()
        .filter(|line| *line == "GET /users/ada")
        .count();
    assert_eq!(reads, 3);
    // For forgers it is read once in five minutes, and once more at an address that proved something.
    for address in [&forger(2), &forger(3), THEIRS, THEIRS] {
        assert_eq!(world.by(forgery(), address).await.0, 401);
    }
    let reads = world.peer.request_lines();
    let reads = reads
        .iter()
        .filter(|line| *line == "GET /users/ada")
        .count();
    assert_eq!(reads, 5);
}

async fn a_page_that_fails_does_not_close_its_host(database: &str) {
    let world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    assert_eq!(world.likes(&ada, THEIRS).await, (202, None));
    world.peer.refuse("/users/nobody1", 503);
    let draft = named(&ada, &world.peer, 1);
    assert_eq!(world.by(draft, &forger(1)).await.0, 503);
    assert_eq!(world.likes(&bob, THEIRS).await, (202, None));
    // Strangers have to wait, as long as they are told.
    let carol = world.person("Carol Danvers");
    let (status, after) = world.likes(&carol, &forger(2)).await;
    let longest = Duration::from_mins(5).as_secs();
    assert!(
        status == 503 && (200..=longest).contains(&after.unwrap()),
        "{status} {after:?}"
    );
    // What is refused to those who proved something is refused to all.
    let draft = named(&ada, &world.peer, 1);
    assert_eq!(world.by(draft, THEIRS).await.0, 503);
    assert_eq!(world.likes(&carol, THEIRS).await.0, 503);
    assert_eq!(world.endorsers().await, 2);
}

/// People of this server, whose documents are read only when this says `true`.
fn held_people(world: &World, peer: &FakeServer, n: usize) -> (watch::Sender<bool>, Vec<Person>) {
    let opened = watch::Sender::new(false);
    let people = (0..n).map(|number| {
        let name = format!("New{number} Person");
        let person = world.person_on(peer, &name, |_| ());
        let document = Reply::from(peer.actor(&name));
        let held = Reply::Once(opened.subscribe(), Box::new(document));
        peer.reply_at(&person.id, held);
        person
    });
    let people = people.collect();
    (opened, people)
}

async fn a_request_waits_for_its_turn_and_its_key(database: &str) {
    let world = World::new(database).await;
    let (opened, people) = held_people(&world, &world.peer, 4);
    let mut likes = JoinSet::new();
    for person in &people {
        likes.spawn(world.by(Draft::genuine(person, &person.like()), THEIRS));
    }
    // Two are read, the others have to wait for them.
    world.peer.more_requests_than(1).await;
    opened.send_replace(true);
    let told = tokio::time::timeout(DEADLINE, likes.join_all())
        .await
        .unwrap();
    assert_eq!(told, [(202, None); 4]);
}

async fn who_waited_in_vain_comes_again_and_the_key_is_there(database: &str) {
    let world = World::new(database).await;
    for _ in 0..5 {
        if comes_again_in_time(&world).await {
            return;
        }
    }
    panic!("this machine is too slow to answer within a second");
}

/// Nobody waits until their server gives up or is given up: then it would rest for five minutes. That happens ten
/// seconds after they came, two after they were told; `false` when this test itself was late for that.
async fn comes_again_in_time(world: &World) -> bool {
    let peer = FakeServer::start();
    let (opened, people) = held_people(world, &peer, 3);
    let begun = Instant::now();
    let mut likes = JoinSet::new();
    for person in &people {
        likes.spawn(world.by(Draft::genuine(person, &person.like()), THEIRS));
    }
    let told = tokio::time::timeout(DEADLINE, likes.join_all())
        .await
        .unwrap();
    let n_read = || {
        let lines = peer.request_lines().into_iter();
        lines.filter(|line| line.starts_with("GET ")).count()
    };
    let n_read_before = n_read();
    // What was begun for them goes on, so nothing is read again.
    opened.send_replace(true);
    if begun.elapsed() > Duration::from_secs(9) {
        return false;
    }
    for (status, after) in told {
        assert_eq!(status, 503);
        assert!((5..60).contains(&after.unwrap()), "{after:?}");
    }
    assert_eq!(n_read_before, 2);
    eventually("their keys are there", async || {
        let mut told = Vec::new();
        for person in &people {
            told.push(world.likes(person, THEIRS).await.0);
        }
        told.iter().all(|status| *status == 202).then_some(())
    })
    .await;
    assert_eq!(n_read(), 3);
    assert_eq!(world.endorsers().await, 3);
    true
}
