//! `actor retire`: the end of the letter, announced to every server that ever knew it.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::{Answer, Program, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    everybody_is_told_and_everything_is_gone,
    the_actor_shows_its_key_until_nobody_is_told_any_more,
    a_retired_actor_stays_silent_after_a_restart,
    without_a_person_who_confirms_nothing_ends,
);

const ACTIVITY: Option<&str> = Some("application/activity+json");
const PAGE: Option<&str> = Some("text/html");

async fn status(letter: &Program, path: &str) -> StatusCode {
    letter.get(path, ACTIVITY).await.status
}

fn retire(letter: &Program) -> serde_json::Value {
    letter.json(&["actor", "retire", "--yes"])
}

/// The server has noticed the retirement.
async fn is_gone(letter: &Program) -> Answer {
    eventually("the end", async || {
        let answer = letter.get("/letter", ACTIVITY).await;
        (answer.status == StatusCode::GONE).then_some(answer)
    })
    .await
}

/// Lets the time in which the last documents are served pass.
async fn ends(letter: &mut Program) {
    letter.stop().await;
    letter.set("delivery.give_up_after = '1ms'");
    letter.serve().await;
}

async fn is_ended(letter: &Program) -> Answer {
    eventually("the last documents are gone", async || {
        let answer = letter.get("/actor", ACTIVITY).await;
        (answer.status == StatusCode::GONE).then_some(answer)
    })
    .await
}

async fn shows_its_keys(letter: &Program) {
    for actor in ["/actor", "/instance-actor"] {
        let shown = letter.document(actor).await;
        assert!(shown["publicKey"]["publicKeyPem"].is_string(), "{shown}");
    }
}

async fn accepted(peer: &FakeServer, kind: &str) {
    eventually(kind, async || peer.deliveries(kind).pop()).await;
}

async fn everybody_is_told_and_everything_is_gone(database: &str) {
    let mut world = World::new(database).await;
    let (liking, blocked) = (FakeServer::start(), FakeServer::named("localhost"));
    let ada = world.person("Ada Lovelace");
    let bo = world.person("Bo Diddley");
    let cy = world.person_on(&liking, "Cy Twombly", |_| ());
    let eve = world.person_on(&blocked, "Eve Adams", |_| ());
    ada.does(&ada.follow()).await;
    bo.does(&bo.follow()).await;
    cy.does(&cy.like()).await;
    eve.does(&eve.follow()).await;
    accepted(&blocked, "Accept").await;
    let block = world
        .letter
        .command(&["block", "add", "localhost", "--yes"]);
    assert_eq!(block.code, 0, "{}", block.stderr);
    world.settle().await;

    let done = retire(&world.letter);
    assert_eq!(
        (&done["deliveries"], &done["dropped"]),
        (&json!(2), &json!(0))
    );
    let actor = ada.letters("/actor");
    for peer in [&world.peer, &liking] {
        let delete = eventually("the Delete", async || peer.deliveries("Delete").pop()).await;
        assert_eq!(delete.verified, Ok(()));
        assert_eq!(delete.inbox, "/inbox");
        assert_eq!(
            (&delete.activity["actor"], &delete.activity["object"]),
            (&json!(actor), &json!(actor))
        );
    }
    ends(&mut world.letter).await;
    let tombstone = is_ended(&world.letter).await.json();
    assert_eq!(
        (&tombstone["type"], &tombstone["id"]),
        (&json!("Tombstone"), &json!(actor))
    );
    assert!(blocked.deliveries("Delete").is_empty());
    assert_eq!(world.peer.deliveries("Delete").len(), 1);

    let handle = world.letter.origin.trim_start_matches("http://").to_owned();
    let webfinger = format!("/.well-known/webfinger?resource=acct:letter@{handle}");
    for path in [
        "/letter",
        "/outbox",
        "/followers",
        "/following",
        "/featured",
        "/letter/replies",
        "/letter/replies?page=1",
        "/letter/likes",
        "/letter/shares",
        "/instance-actor",
        "/posts/0123456789abcdef",
        "/@letter",
        "/nowhere",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
        "/.well-known/host-meta",
        "/api/v1/count.json",
        &webfinger,
    ] {
        assert_eq!(
            status(&world.letter, path).await,
            StatusCode::GONE,
            "{path}"
        );
    }
    for path in [
        "/",
        "/supporters",
        "/privacy",
        "/about",
        "/actor",
        "/letter",
    ] {
        let page = world.letter.get(path, PAGE).await;
        assert_eq!(page.status, StatusCode::GONE, "{path}");
        assert!(page.body.contains("This letter has ended"), "{}", page.body);
        for name in ["Lovelace", "Diddley", "Twombly", "/supporters"] {
            assert!(!page.body.contains(name), "{path} shows {name}");
        }
    }
    for path in ["/healthz", "/readyz", "/style.css", "/robots.txt"] {
        assert_eq!(
            world.letter.get(path, None).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    for inbox in ["/inbox", "/actor/inbox"] {
        let answer = ada.sends(inbox, &ada.like()).await;
        assert_eq!(answer, Some(StatusCode::GONE), "{inbox}");
    }
    assert!(world.letter.log().contains("this server can be stopped"));
}

async fn follower_whose_server_is_down(world: &World, peer: &FakeServer) -> Person {
    let bo = world.person_on(peer, "Bo Diddley", |_| ());
    bo.does(&bo.follow()).await;
    accepted(peer, "Accept").await;
    world.settle().await;
    bo
}

async fn the_actor_shows_its_key_until_nobody_is_told_any_more(database: &str) {
    let mut world = World::new(database).await;
    let slow = FakeServer::start();
    let bo = follower_whose_server_is_down(&world, &slow).await;
    slow.hold(true);
    world
        .letter
        .edit_file(|text| format!("{text}\n\nA comma.\n"));
    let published = world
        .letter
        .command(&["letter", "publish", "--kind", "substantive"]);
    assert_eq!(published.code, 0, "{}", published.stderr);
    accepted(&slow, "Update").await;

    let done = retire(&world.letter);
    // Other deliveries are dropped from the queue; the Delete waits.
    assert_eq!(
        (&done["deliveries"], &done["dropped"]),
        (&json!(1), &json!(1))
    );
    let tombstone = is_gone(&world.letter).await.json();
    assert_eq!(tombstone["id"], bo.letters("/letter"));
    shows_its_keys(&world.letter).await;
    let page = world.letter.get("/actor", PAGE).await;
    assert_eq!(page.status, StatusCode::GONE);
    let said = world.letter.command(&["status"]).stdout;
    assert!(said.contains("1 deliveries wait"), "{said}");
    assert!(world.letter.json(&["status"])["actor"]["retired"].is_string());

    slow.hold(false);
    eventually("nothing waits", async || {
        let queue = &world.letter.json(&["status"])["queue"];
        (queue["ready"] == 0 && queue["waiting"] == 0).then_some(())
    })
    .await;
    assert_eq!(slow.deliveries("Delete").len(), 1);
    assert_eq!(slow.deliveries("Delete")[0].verified, Ok(()));
    // Some servers verify only later what they accepted.
    world.letter.stop().await;
    world.letter.serve().await;
    shows_its_keys(&world.letter).await;
    let said = world.letter.command(&["status"]).stdout;
    assert!(said.contains("leave the server running until"), "{said}");

    ends(&mut world.letter).await;
    is_ended(&world.letter).await;
    let said = world.letter.command(&["status"]).stdout;
    assert!(said.contains("the server can be stopped"), "{said}");
}

async fn a_retired_actor_stays_silent_after_a_restart(database: &str) {
    let mut world = World::new(database).await;
    let down = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign.", Audience::Public).await;
    world.delivered("Like").await;
    follower_whose_server_is_down(&world, &down).await;
    let id = world.endorsement(&ada)["id"].as_str().unwrap().to_owned();
    down.answer_with(503);
    retire(&world.letter);
    world.delivered("Delete").await;
    is_gone(&world.letter).await;

    world.letter.stop().await;
    world.letter.edit_file(|text| format!("{text}\n\nMore.\n"));
    world.letter.serve().await;
    assert_eq!(status(&world.letter, "/letter").await, StatusCode::GONE);
    assert_eq!(status(&world.letter, "/actor").await, StatusCode::OK);
    assert!(
        world.letter.log().contains("was retired"),
        "{}",
        world.letter.log()
    );
    let to = world.peer.url("/users/letter");
    for refused in [
        &["actor", "retire", "--yes"][..],
        &["actor", "rotate-key", "--yes"],
        &["actor", "move", "--to", &to, "--yes"],
        &["letter", "publish", "--kind", "typo"],
        &["endorsement", "reject", &id, "--reason", "spam: it is"],
        &["endorsement", "hide", &id],
        &["block", "add", "m.example", "--yes"],
        &["fetch", &to],
    ] {
        let printed = world.letter.command(refused);
        assert_eq!(printed.code, 4, "{refused:?}: {}", printed.stderr);
        assert!(
            printed.stderr.contains("was retired on"),
            "{}",
            printed.stderr
        );
    }
    let activities: Vec<_> = world.peer.all_deliveries();
    let last = activities.last().unwrap();
    assert_eq!(last.activity["type"], "Delete");
    for kind in ["Create", "Update"] {
        assert!(world.peer.deliveries(kind).is_empty(), "{kind}");
    }
    // No new letter begins in this database, not even under another name.
    world.letter.stop().await;
    world.letter.rename_host("localhost");
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
}

async fn without_a_person_who_confirms_nothing_ends(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let printed = world.letter.command(&["actor", "retire"]);
    assert_eq!(printed.code, 2, "{}", printed.stderr);
    for said in ["1 inboxes on 1 hosts", "for ever", "nothing was changed"] {
        assert!(printed.stderr.contains(said), "{}", printed.stderr);
    }
    world.settle().await;
    assert!(world.peer.deliveries("Delete").is_empty());
    assert_eq!(status(&world.letter, "/letter").await, StatusCode::OK);
    assert_eq!(world.endorsers().await, 1);
}
