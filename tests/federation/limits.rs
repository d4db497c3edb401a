//! `[limits]`: how many requests are accepted from one address, actor and host.
//!
//! The test is a trusted proxy for the letter, so it says for whom it asks.

use crate::{
    both::on_both_databases,
    federation::draft::{Draft, forged},
    support::{
        fediverse::FakeServer,
        program::{DEADLINE, eventually},
        world::{Audience, Person, World},
    },
};
use futures_util::future::select_all;
use reqwest::{StatusCode, header::HeaderValue};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    an_address_over_its_limit_is_not_even_read,
    a_forged_flood_in_somebodys_name_keeps_nobody_out,
    an_actor_or_host_over_its_limit_gets_503,
    leaving_works_beyond_every_limit_of_actor_and_host,
    newcomers_of_one_host_are_no_flood,
    one_client_does_not_fill_the_memory_with_bodies,
);

/// The addresses of Ada's server and of the forgers.
const THEIRS: &str = "192.0.2.1";
const FORGERS: &str = "198.51.100.7";

/// Status and `Retry-After` in seconds, if there is one.
type Told = (u16, Option<u64>);

impl World {
    /// Delivers a draft for somebody at this address.
    async fn told(&self, draft: Draft, address: &str) -> Told {
        let request = self.client.post(draft.url).headers(draft.headers);
        let request = request.header("x-forwarded-for", address);
        let answer = request.body(draft.body).send().await.unwrap();
        let after = answer.headers().get("retry-after");
        let seconds = after.map(|it: &HeaderValue| it.to_str().unwrap().parse().unwrap());
        (answer.status().as_u16(), seconds)
    }

    async fn genuine(&self, person: &Person, activity: &Value, address: &str) -> Told {
        self.told(Draft::genuine(person, activity), address).await
    }

    /// GET of the front page for somebody behind these proxies.
    async fn page_for(&self, forwarded_for: &str) -> StatusCode {
        let headers = [("accept", "text/html"), ("x-forwarded-for", forwarded_for)];
        self.letter.get_with("/", &headers).await.status
    }
}

async fn an_address_over_its_limit_is_not_even_read(database: &str) {
    let world = World::with(database, "limits.per_address_per_minute = 2").await;
    let ada = world.person("Ada Lovelace");
    let flooder = "203.0.113.7";
    for _ in 0..2 {
        assert_eq!(world.page_for(flooder).await, 200);
    }
    // Further addresses to the left in the header do not help, and what is refused is not read.
    for forwarded in [
        flooder,
        "192.0.2.99, 203.0.113.7",
        "unknown,203.0.113.7:4711, ::1",
    ] {
        assert_eq!(world.page_for(forwarded).await, 429, "{forwarded}");
    }
    let mut garbage = Draft::genuine(&ada, &ada.like());
    garbage.body = b"garbage".to_vec();
    for draft in [Draft::genuine(&ada, &ada.like()), garbage.clone()] {
        let (status, after) = world.told(draft, flooder).await;
        assert_eq!(status, 429);
        assert!((1..=30).contains(&after.unwrap()), "{after:?}");
    }
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(world.peer.request_lines(), Vec::<String>::new());
    // The twins: other addresses, and the machine itself.
    assert_eq!(world.told(garbage, "203.0.113.8").await, (401, None));
    assert_eq!(world.genuine(&ada, &ada.like(), THEIRS).await, (202, None));
    for _ in 0..5 {
        ada.does(&ada.follow()).await;
    }
    // All addresses of a /64 count as one.
    for number in 0..2 {
        assert_eq!(
            world.page_for(&format!("2001:db8:1:2::{number}")).await,
            200
        );
    }
    assert_eq!(world.page_for("2001:db8:1:2:3:4:5:6").await, 429);
    assert_eq!(world.page_for("2001:db8:1:3::").await, 200);
    let program = [("x-forwarded-for", flooder)];
    let refused = world.letter.get_with("/api/v1/count.json", &program).await;
    assert_eq!(refused.json()["status"], 429);
    assert!(!refused.header("retry-after").is_empty());
    let log = world.letter.log();
    for address in [flooder, THEIRS, "203.0.113.8", "2001:db8"] {
        assert!(!log.contains(address), "{log}");
    }
}

async fn a_forged_flood_in_somebodys_name_keeps_nobody_out(database: &str) {
    let settings = "limits.per_actor_per_minute = 5\nlimits.per_host_per_minute = 5";
    let world = World::with(database, settings).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let carol = world.person("Carol Danvers");
    assert_eq!(world.genuine(&ada, &ada.like(), THEIRS).await, (202, None));
    // In the name of a known actor: nothing is counted against her or her host.
    for _ in 0..12 {
        let draft = forged(Draft::genuine(&ada, &ada.like()));
        assert_eq!(world.told(draft, FORGERS).await, (401, None));
    }
    assert_eq!(
        world.genuine(&ada, &ada.follow(), THEIRS).await,
        (202, None)
    );
    // In the names of many unknown actors: only few key fetches are made.
    let asked = world.peer.request_lines().len();
    let mut refused = 0;
    for number in 0..20 {
        let nobody = world.peer.url(&format!("/users/nobody{number}#main-key"));
        let like = ada.like();
        let draft = Draft::of(&ada, &nobody, &like, SystemClock.now());
        let (status, after) = world.told(draft, FORGERS).await;
        assert!([401, 429].contains(&status), "{status}");
        assert_eq!(status == 429, after.is_some());
        refused += usize::from(status == 429);
    }
    let asked = world.peer.request_lines().len() - asked;
    assert!(
        asked <= 10 && refused >= 10,
        "asked {asked} times, refused {refused}"
    );
    // A new person of that host is accepted, because her server has sent verified requests from this address.
    assert_eq!(world.genuine(&bob, &bob.like(), THEIRS).await, (202, None));
    // Nor have the forgers used up anything of her server's other addresses.
    let told = world.genuine(&carol, &carol.like(), "203.0.113.9").await;
    assert_eq!(told, (202, None));
    assert_eq!(world.endorsers().await, 3);
}

async fn an_actor_or_host_over_its_limit_gets_503(database: &str) {
    let settings = "limits.per_actor_per_minute = 3\nlimits.per_host_per_minute = 5";
    let world = World::with(database, settings).await;
    let elsewhere = FakeServer::start();
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let told = async |person: &Person| world.genuine(person, &person.follow(), THEIRS).await;
    for _ in 0..3 {
        assert_eq!(told(&ada).await, (202, None));
    }
    let (status, after) = told(&ada).await;
    assert!(
        status == 503 && (1..=20).contains(&after.unwrap()),
        "{status} {after:?}"
    );
    for _ in 0..2 {
        assert_eq!(told(&bob).await, (202, None));
    }
    let (status, after) = told(&bob).await;
    assert!(
        status == 503 && (1..=12).contains(&after.unwrap()),
        "{status} {after:?}"
    );
    assert_eq!(told(&eve).await, (202, None));
    assert_eq!(world.followers().await, 3);
}

async fn leaving_works_beyond_every_limit_of_actor_and_host(database: &str) {
    let settings = "limits.per_actor_per_minute = 3\nlimits.per_host_per_minute = 3";
    let world = World::with(database, settings).await;
    let ada = world.person("Ada Lovelace");
    let (follow, like) = (ada.follow(), ada.like());
    ada.does(&follow).await;
    ada.does(&like).await;
    let note = ada.says("I sign", Audience::Public).await;
    assert_eq!(ada.sends("/inbox", &ada.like()).await.unwrap(), 503);
    let staying = ada.create(&ada.reply("I sign", Audience::Public));
    assert_eq!(ada.sends("/inbox", &staying).await.unwrap(), 503);
    ada.does(&ada.delete(&note)).await;
    assert_eq!(world.endorsement(&ada)["kind"], "like");
    ada.does(&ada.undo(&follow)).await;
    assert_eq!(world.followers().await, 0);
    ada.says("withdraw", Audience::Public).await;
    assert_eq!(world.endorsers().await, 0);
    ada.does(&ada.activity("Block", json!(ada.letters("/actor"))))
        .await;
    ada.does(&ada.delete_account()).await;
    world.assert_is_sound();
}

async fn newcomers_of_one_host_are_no_flood(database: &str) {
    let world = World::new(database).await;
    for number in 0..15 {
        let person = world.person(&format!("Ada{number} Lovelace"));
        let told = world.genuine(&person, &person.like(), THEIRS).await;
        assert_eq!(told, (202, None), "{number}");
    }
    assert_eq!(world.endorsers().await, 15);
}

async fn one_client_does_not_fill_the_memory_with_bodies(database: &str) {
    let settings =
        ["address", "actor", "host"].map(|of| format!("limits.per_{of}_per_minute = 100000"));
    let world = World::with(database, &settings.join("\n")).await;
    let ada = world.person("Ada Lovelace");
    let told = async |address: &str| world.genuine(&ada, &ada.follow(), address).await;
    assert_eq!(told(FORGERS).await, (202, None));
    // Of these bodies a byte is missing. All but one together fit.
    let mut held = Vec::new();
    for length in [1024 * 1024; 16].into_iter().chain([1024]) {
        let mut stream = TcpStream::connect(world.letter.address()).await.unwrap();
        let head = format!(
            "POST /inbox HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {FORGERS}\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; length - 1]).await.unwrap();
        held.push(stream);
    }
    let answers = held.iter_mut().map(|stream| {
        Box::pin(async move {
            let mut answer = [0; 1000];
            let length = stream.read(&mut answer).await.unwrap();
            String::from_utf8_lossy(&answer[..length]).to_lowercase()
        })
    });
    let (answer, ..) = timeout(DEADLINE, select_all(answers)).await.unwrap();
    assert!(
        answer.starts_with("http/1.1 503") && answer.contains("retry-after: "),
        "{answer}"
    );
    assert_eq!(told(THEIRS).await, (202, None));
    drop(held);
    eventually("the client is served", async || {
        (told(FORGERS).await == (202, None)).then_some(())
    })
    .await;
}
