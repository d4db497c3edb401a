//! Rendered answers: what is taken off is gone with the next request, what is added may wait. In these cases additions
//! wait for an hour, so that nothing is shown or gone by chance.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use undersigned::{
    clock::Millis,
    store::{Access, Store},
};
use url::Url;

use crate::{
    both::{on_both_databases, on_postgres},
    support::{
        fediverse::FakeServer,
        program::{Answer, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    what_is_added_waits_and_what_is_taken_off_does_not,
    who_leaves_is_gone_with_the_next_request,
    what_a_profile_takes_off_is_gone,
    what_a_command_takes_off_is_gone,
    a_page_is_the_same_in_every_form,
);

on_postgres!(
    another_server_takes_off_what_this_one_showed,
    pages_that_cannot_be_read_hold_up_no_delivery,
);

const HOURLY: &str = "web.render_every = '1h'\nmoderation.statements = 'auto'";

impl World {
    /// Takes something off, so that everything that was added is shown, and asks for every page, so that it is kept.
    async fn render_now(&self) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let somebody = self.person(&format!("Somebody{number}"));
        let like = somebody.like();
        somebody.does(&like).await;
        somebody.does(&somebody.undo(&like)).await;
        self.everything().await;
    }

    /// Pages and documents, with their numbers.
    async fn everything(&self) -> String {
        let count = self.letter.count().await.to_string();
        format!("{}{count}", self.public_text().await)
    }

    /// Waits for the maintenance after the start, after which everything is rendered again once.
    async fn is_maintained(&self, database: &str) {
        let store = Store::open(database, 1, Access::Existing).await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.add_surges(&[("old.example", 1)], Millis::default())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        eventually("what is old is forgotten", async || {
            let mut tx = store.read().await.unwrap();
            let old = tx.surges(&["old.example"], Millis::from_millis(-1)).await;
            old.unwrap().is_empty().then_some(())
        })
        .await;
        store.close().await;
    }

    /// Waits until the server has seen everything that stands in the table of changes by now, its own commits included.
    async fn has_looked(&self) {
        for (command, paused) in [("pause", true), ("open", false)] {
            assert_eq!(self.letter.command(&["letter", command]).code, 0);
            eventually(command, async || {
                let page = self.front_page().await.body;
                (page.contains("Signing is paused") == paused).then_some(())
            })
            .await;
        }
    }

    async fn front_page(&self) -> Answer {
        self.letter.get("/", Some("text/html")).await
    }

    /// Somebody who signed, by name, and is shown.
    async fn signer(&self, name: &str, text: &str) -> (Person, Value) {
        let person = self.person(name);
        let note = person.says(text, Audience::Public).await;
        self.render_now().await;
        assert!(self.everything().await.contains(name), "{name}");
        (person, note)
    }
}

async fn what_is_added_waits_and_what_is_taken_off_does_not(database: &str) {
    let world = World::with(database, HOURLY).await;
    world.is_maintained(database).await;
    world.render_now().await;
    world.has_looked().await;
    world.everything().await;
    let before = world.front_page().await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    // Its acknowledgement is on its way as well, which takes nothing off.
    world.delivered("Like").await;
    let meanwhile = world.front_page().await;
    assert_eq!(meanwhile.header("etag"), before.header("etag"));
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(world.followers().await, 0);
    // A page that nobody asked for before is rendered as it is now.
    assert!(
        world
            .letter
            .page("/supporters?sort=name")
            .await
            .contains("Ada Lovelace")
    );

    world.render_now().await;
    assert!(world.front_page().await.body.contains("Ada Lovelace"));
    assert_eq!(world.endorsers().await, 1);
    assert_eq!(world.followers().await, 1);
    world.assert_is_sound();
}

async fn who_leaves_is_gone_with_the_next_request(database: &str) {
    type Leave = fn(&Person, &Value) -> Value;
    let world = World::with(database, HOURLY).await;
    let cases: [(&str, Leave); 6] = [
        ("deletes", Person::delete),
        ("edits", |person, note| {
            let unsure = json!("<p>I do not know.</p>");
            person.edit(note, |note| note["content"] = unsure)
        }),
        ("narrows", |person, note| {
            person.edit(note, |note| {
                (note["to"], note["cc"]) = (json!([]), json!([]));
            })
        }),
        ("deletes the account", |person, _| person.delete_account()),
        ("blocks", |person, _| {
            person.activity("Block", person.letters("/actor").into())
        }),
        ("withdraws", |person, _| {
            person.create(&person.reply("withdraw", Audience::Direct))
        }),
    ];
    for (number, (what, leave)) in cases.into_iter().enumerate() {
        let name = format!("Leaver{number} Example");
        let (person, note) = world.signer(&name, "I sign").await;
        person.does(&leave(&person, &note)).await;
        assert!(!world.everything().await.contains(&name), "{what}");
    }
    let ada = world.person("Ada Lovelace");
    let announce = ada.activity("Announce", ada.letters("/letter").into());
    let (like, follow) = (ada.like(), ada.follow());
    for activity in [&like, &follow, &announce] {
        ada.does(activity).await;
    }
    world.render_now().await;
    let numbers = async || {
        let shares = world.letter.document("/letter/shares").await;
        let boosts = shares["totalItems"].as_i64().unwrap();
        (world.endorsers().await, world.followers().await, boosts)
    };
    assert_eq!(numbers().await, (1, 1, 1));
    for (activity, expected) in [
        (like, (0, 1, 1)),
        (follow, (0, 0, 1)),
        (announce, (0, 0, 0)),
    ] {
        ada.does(&ada.undo(&activity)).await;
        assert_eq!(numbers().await, expected, "{activity}");
    }
    // A statement goes with an edit, too, and the name stays.
    let (bob, note) = world
        .signer("Bob Geldof", "I sign. Because it matters.")
        .await;
    assert!(
        world
            .front_page()
            .await
            .body
            .contains("Because it matters.")
    );
    let quiet = |note: &mut Value| note["content"] = json!("<p>I sign</p>");
    bob.does(&bob.edit(&note, quiet)).await;
    let page = world.front_page().await.body;
    assert!(page.contains("Bob Geldof") && !page.contains("Because it matters."));
    world.assert_is_sound();
}

async fn what_a_profile_takes_off_is_gone(database: &str) {
    type Change = fn(&mut Value);
    let world = World::with(database, HOURLY).await;
    let cases: [(&str, &str, Change); 3] = [
        ("Renamed Once", "Renamed Once", |actor| {
            actor["name"] = json!("Twice");
        }),
        ("Shy Liker", "Shy Liker", |actor| {
            actor["discoverable"] = json!(false);
        }),
        ("Linked Elsewhere", "/users/linked\"", |actor| {
            let page = actor["id"].as_str().unwrap().replace("/users/", "/@");
            actor["url"] = json!(page);
        }),
    ];
    for (name, shown, change) in cases {
        let person = world.person(name);
        person.does(&person.like()).await;
        world.render_now().await;
        assert!(world.front_page().await.body.contains(shown), "{name}");
        let mut actor = world.peer.actor(name);
        change(&mut actor);
        let path = Url::parse(&person.id).unwrap().path().to_owned();
        world.peer.put(&path, actor.clone());
        person.does(&person.activity("Update", actor)).await;
        // Its server may be asked first.
        eventually(name, async || {
            let page = world.front_page().await.body;
            (!page.contains(shown)).then_some(())
        })
        .await;
    }
}

async fn what_a_command_takes_off_is_gone(database: &str) {
    let world = World::with(database, HOURLY).await;
    // Another name of this machine: the letter's own host cannot be blocked.
    let other = FakeServer::named("localhost");
    let ada = world.person_on(&other, "Ada Lovelace", |_| ());
    ada.says("I sign", Audience::Public).await;
    world.render_now().await;
    assert!(world.front_page().await.body.contains("Ada Lovelace"));
    let id = world.endorsement(&ada)["id"].as_str().unwrap().to_owned();
    for (off, on) in [
        (
            vec!["endorsement", "hide", &id],
            vec!["endorsement", "unhide", &id],
        ),
        (
            vec!["block", "add", &ada.id],
            vec!["block", "remove", &ada.id],
        ),
    ] {
        for (command, shown) in [(off, false), (on, true)] {
            let printed = world.letter.command(&command);
            assert_eq!(printed.code, 0, "{command:?}: {}", printed.stderr);
            eventually(&format!("{command:?}"), async || {
                let page = world.front_page().await.body;
                (page.contains("Ada Lovelace") == shown).then_some(())
            })
            .await;
        }
    }
    world
        .letter
        .edit_file(|text| text.replace("horrified", "delighted"));
    let publish = ["letter", "publish", "--kind", "substantive", "--yes"];
    let printed = world.letter.command(&publish);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    eventually("the text changes", async || {
        let page = world.front_page().await.body;
        (page.contains("delighted") && !page.contains("horrified")).then_some(())
    })
    .await;
    let reject = ["endorsement", "reject", &id, "--reason", "other"];
    let printed = world.letter.command(&reject);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    eventually("a rejected name is gone", async || {
        (!world.front_page().await.body.contains("Ada Lovelace")).then_some(())
    })
    .await;
}

async fn another_server_takes_off_what_this_one_showed(database: &str) {
    let world = World::with(database, HOURLY).await;
    let mut second = world.letter.another();
    second.serve().await;
    let ada = world.person("Ada Lovelace");
    let like = ada.like();
    ada.does(&like).await;
    world.render_now().await;
    let named = async || {
        let page = second.page("/").await;
        page.contains("Ada Lovelace")
    };
    // What was taken off beside it reaches the other server as well.
    eventually("both name her", async || named().await.then_some(())).await;
    ada.does(&ada.undo(&like)).await;
    eventually("neither names her", async || (!named().await).then_some(())).await;
}

async fn a_page_is_the_same_in_every_form(database: &str) {
    let world = World::new(database).await;
    let url = format!("{}/", world.letter.origin);
    // One that leaves the answers as they are.
    let client = Client::builder().no_proxy().no_gzip().tls_certs_only([]);
    let client = client.build().unwrap();
    let ask = async |method: Method, headers: &[(&str, &str)]| {
        let mut request = client.request(method, &url).header("accept", "text/html");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let header = |name| {
            let value = answer.headers().get(name);
            value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
        };
        let names = ["content-encoding", "content-length", "etag", "vary"].map(header);
        let status = answer.status().as_u16();
        (
            status,
            names,
            answer.bytes().await.unwrap().len().to_string(),
        )
    };
    let mut tags = Vec::new();
    for coding in ["identity", "gzip"] {
        let accepted = ("accept-encoding", coding);
        let (status, [encoding, length, etag, vary], bytes) = ask(Method::GET, &[accepted]).await;
        assert_eq!(status, 200);
        assert_eq!(encoding == "gzip", coding == "gzip", "{encoding}");
        assert_eq!(length, bytes, "{coding}");
        assert_eq!(vary, "Accept, Accept-Encoding");
        let head = ask(Method::HEAD, &[accepted]).await;
        let same = [encoding, length.clone(), etag.clone(), vary];
        assert_eq!(head, (200, same, "0".to_owned()), "{coding}");
        // Who has one form has the page.
        for other in ["identity", "gzip"] {
            let known = [("accept-encoding", other), ("if-none-match", &etag)];
            let (status, [_, _, tag, _], bytes) = ask(Method::GET, &known).await;
            assert_eq!(
                (status, tag, bytes.as_str()),
                (304, etag.clone(), "0"),
                "{other}"
            );
        }
        tags.push((length.parse::<usize>().unwrap(), etag));
    }
    assert!(tags[1].0 < tags[0].0 / 2, "{tags:?}");
    assert_ne!(tags[0].1, tags[1].1);
}

async fn pages_that_cannot_be_read_hold_up_no_delivery(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    let mut server = PgConnection::connect(database).await.unwrap();
    let mut tx = server.begin().await.unwrap();
    // Pages read this table, and nobody else does.
    let lock = sqlx::query("LOCK TABLE picture IN ACCESS EXCLUSIVE MODE");
    lock.execute(&mut *tx).await.unwrap();
    let mut pages = JoinSet::new();
    for number in 1..=40 {
        let url = format!("{}/pictures/{number:064x}.png", world.letter.origin);
        let request = world.client.get(url).header("accept", "text/html");
        pages.spawn(request.send());
    }
    eventually("the pages wait", async || {
        let waiting = sqlx::query_scalar("SELECT COUNT(*) FROM pg_locks WHERE NOT granted");
        let waiting: i64 = waiting.fetch_one(&mut *tx).await.unwrap();
        (waiting >= 2).then_some(())
    })
    .await;
    ada.does(&ada.like()).await;
    let ready = world.letter.get("/readyz", None).await;
    assert_eq!(ready.status, StatusCode::OK);
    let busy = pages.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.headers()["retry-after"], "10");
    assert!(busy.text().await.unwrap().contains("Too busy"));
    // However many wait in vain, the log has one line of it.
    for _ in 0..5 {
        let busy = pages.join_next().await.unwrap().unwrap().unwrap();
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    let log = world.letter.log();
    let lines = log.matches("pages could not be rendered in time").count();
    assert_eq!(lines, 1, "{log}");
    tx.rollback().await.unwrap();
    eventually("pages are there again", async || {
        let page = world.letter.get("/history/1", Some("text/html")).await;
        page.status.is_success().then_some(())
    })
    .await;
    server.close().await.unwrap();
}
