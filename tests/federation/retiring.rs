//! `actor retire`: the end, told to everybody whom the letter ever knew (F-272).

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    peer::Peer,
    scene::{Audience, Person, Scene},
    server::{Answer, Letter, eventually},
};

on_both_databases!(
    everybody_who_was_ever_known_is_told_and_everything_is_gone,
    the_actor_shows_its_key_until_nobody_is_told_any_more,
    an_actor_that_ended_stays_so_after_a_restart_and_says_nothing_more,
    without_a_person_who_confirms_nothing_ends,
);

const ACTIVITY: Option<&str> = Some("application/activity+json");
const PAGE: Option<&str> = Some("text/html");

async fn status(letter: &Letter, path: &str) -> StatusCode {
    letter.get(path, ACTIVITY).await.status
}

fn retire(letter: &Letter) -> serde_json::Value {
    letter.json(&["actor", "retire", "--yes"])
}

/// The server has seen that it is over.
async fn is_gone(letter: &Letter) -> Answer {
    eventually("the end", async || {
        let answer = letter.get("/letter", ACTIVITY).await;
        (answer.status == StatusCode::GONE).then_some(answer)
    })
    .await
}

/// Lets the time of the last documents be over.
async fn ends(letter: &mut Letter) {
    letter.stop().await;
    letter.set("delivery.give_up_after = '1ms'");
    letter.serve().await;
}

async fn is_ended(letter: &Letter) -> Answer {
    eventually("the last documents are gone", async || {
        let answer = letter.get("/actor", ACTIVITY).await;
        (answer.status == StatusCode::GONE).then_some(answer)
    })
    .await
}

async fn shows_its_keys(letter: &Letter) {
    for actor in ["/actor", "/instance-actor"] {
        let shown = letter.document(actor).await;
        assert!(shown["publicKey"]["publicKeyPem"].is_string(), "{shown}");
    }
}

async fn accepted(peer: &Peer, kind: &str) {
    eventually(kind, async || peer.deliveries(kind).pop()).await;
}

async fn everybody_who_was_ever_known_is_told_and_everything_is_gone(database: &str) {
    let mut scene = Scene::new(database).await;
    let (liking, blocked) = (
        Peer::start(scene.client.clone()).await,
        Peer::named(scene.client.clone(), "localhost").await,
    );
    let ada = scene.person("Ada Lovelace");
    let bo = scene.person("Bo Diddley");
    let cy = scene.person_on(&liking, "Cy Twombly", |_| ());
    let eve = scene.person_on(&blocked, "Eve Adams", |_| ());
    ada.does(&ada.follow()).await;
    bo.does(&bo.follow()).await;
    cy.does(&cy.like()).await;
    eve.does(&eve.follow()).await;
    accepted(&blocked, "Accept").await;
    let block = scene
        .letter
        .command(&["block", "add", "localhost", "--yes"]);
    assert_eq!(block.code, 0, "{}", block.stderr);
    scene.settle().await;

    let done = retire(&scene.letter);
    assert_eq!(
        (&done["deliveries"], &done["dropped"]),
        (&json!(2), &json!(0))
    );
    let actor = ada.letters("/actor");
    for peer in [&scene.peer, &liking] {
        let delete = eventually("the Delete", async || peer.deliveries("Delete").pop()).await;
        assert_eq!(delete.verified, Ok(()));
        assert_eq!(delete.inbox, "/inbox");
        assert_eq!(
            (&delete.activity["actor"], &delete.activity["object"]),
            (&json!(actor), &json!(actor))
        );
    }
    ends(&mut scene.letter).await;
    let tombstone = is_ended(&scene.letter).await.json();
    assert_eq!(
        (&tombstone["type"], &tombstone["id"]),
        (&json!("Tombstone"), &json!(actor))
    );
    assert!(blocked.deliveries("Delete").is_empty());
    assert_eq!(scene.peer.deliveries("Delete").len(), 1);

    let handle = scene.letter.origin.trim_start_matches("http://").to_owned();
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
            status(&scene.letter, path).await,
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
        let page = scene.letter.get(path, PAGE).await;
        assert_eq!(page.status, StatusCode::GONE, "{path}");
        assert!(page.body.contains("This letter has ended"), "{}", page.body);
        for name in ["Lovelace", "Diddley", "Twombly", "/supporters"] {
            assert!(!page.body.contains(name), "{path} shows {name}");
        }
    }
    for path in ["/healthz", "/readyz", "/style.css", "/robots.txt"] {
        assert_eq!(
            scene.letter.get(path, None).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    for inbox in ["/inbox", "/actor/inbox"] {
        let answer = ada.sends(inbox, &ada.like()).await;
        assert_eq!(answer, Some(StatusCode::GONE), "{inbox}");
    }
    assert!(scene.letter.log().contains("this server can be stopped"));
}

async fn follower_whose_server_is_down(scene: &Scene, peer: &Peer) -> Person {
    let bo = scene.person_on(peer, "Bo Diddley", |_| ());
    bo.does(&bo.follow()).await;
    accepted(peer, "Accept").await;
    scene.settle().await;
    bo
}

async fn the_actor_shows_its_key_until_nobody_is_told_any_more(database: &str) {
    let mut scene = Scene::new(database).await;
    let slow = Peer::start(scene.client.clone()).await;
    let bo = follower_whose_server_is_down(&scene, &slow).await;
    slow.hold(true);
    scene
        .letter
        .edit_file(|text| format!("{text}\n\nA comma.\n"));
    let published = scene
        .letter
        .command(&["letter", "publish", "--kind", "typo"]);
    assert_eq!(published.code, 0, "{}", published.stderr);
    accepted(&slow, "Update").await;

    let done = retire(&scene.letter);
    // What was on its way waits no longer; the Delete does.
    assert_eq!(
        (&done["deliveries"], &done["dropped"]),
        (&json!(1), &json!(1))
    );
    let tombstone = is_gone(&scene.letter).await.json();
    assert_eq!(tombstone["id"], bo.letters("/letter"));
    shows_its_keys(&scene.letter).await;
    let page = scene.letter.get("/actor", PAGE).await;
    assert_eq!(page.status, StatusCode::GONE);
    let said = scene.letter.command(&["status"]).stdout;
    assert!(said.contains("1 deliveries wait"), "{said}");
    assert!(scene.letter.json(&["status"])["actor"]["retired"].is_string());

    slow.hold(false);
    eventually("nothing waits", async || {
        let queue = &scene.letter.json(&["status"])["queue"];
        (queue["ready"] == 0 && queue["waiting"] == 0).then_some(())
    })
    .await;
    assert_eq!(slow.deliveries("Delete").len(), 1);
    assert_eq!(slow.deliveries("Delete")[0].verified, Ok(()));
    // Some verify only later what they took.
    scene.letter.stop().await;
    scene.letter.serve().await;
    shows_its_keys(&scene.letter).await;
    let said = scene.letter.command(&["status"]).stdout;
    assert!(said.contains("leave the server running until"), "{said}");

    ends(&mut scene.letter).await;
    is_ended(&scene.letter).await;
    let said = scene.letter.command(&["status"]).stdout;
    assert!(said.contains("the server can be stopped"), "{said}");
}

async fn an_actor_that_ended_stays_so_after_a_restart_and_says_nothing_more(database: &str) {
    let mut scene = Scene::new(database).await;
    let down = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign.", Audience::Public).await;
    scene.delivered("Like").await;
    follower_whose_server_is_down(&scene, &down).await;
    let id = scene.endorsement(&ada)["id"].as_str().unwrap().to_owned();
    down.answer_with(503);
    retire(&scene.letter);
    scene.delivered("Delete").await;
    is_gone(&scene.letter).await;

    scene.letter.stop().await;
    scene.letter.edit_file(|text| format!("{text}\n\nMore.\n"));
    scene.letter.serve().await;
    assert_eq!(status(&scene.letter, "/letter").await, StatusCode::GONE);
    assert_eq!(status(&scene.letter, "/actor").await, StatusCode::OK);
    assert!(
        scene.letter.log().contains("was retired"),
        "{}",
        scene.letter.log()
    );
    let to = scene.peer.url("/users/letter");
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
        let printed = scene.letter.command(refused);
        assert_eq!(printed.code, 4, "{refused:?}: {}", printed.stderr);
        assert!(
            printed.stderr.contains("was retired on"),
            "{}",
            printed.stderr
        );
    }
    let activities: Vec<_> = scene.peer.all_deliveries();
    let last = activities.last().unwrap();
    assert_eq!(last.activity["type"], "Delete");
    for kind in ["Create", "Update"] {
        assert!(scene.peer.deliveries(kind).is_empty(), "{kind}");
    }
    // Nobody begins anew in this database, under another name either.
    scene.letter.stop().await;
    scene.letter.rename_host("localhost");
    let (code, log) = scene.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
}

async fn without_a_person_who_confirms_nothing_ends(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let printed = scene.letter.command(&["actor", "retire"]);
    assert_eq!(printed.code, 2, "{}", printed.stderr);
    for said in ["1 inboxes on 1 hosts", "for ever", "nothing was changed"] {
        assert!(printed.stderr.contains(said), "{}", printed.stderr);
    }
    scene.settle().await;
    assert!(scene.peer.deliveries("Delete").is_empty());
    assert_eq!(status(&scene.letter, "/letter").await, StatusCode::OK);
    assert_eq!(scene.endorsers().await, 1);
}
