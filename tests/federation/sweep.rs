//! The sweep: what servers tell nobody about accounts, posts and handles is found on the servers themselves.

use serde_json::{Value, json};
use undersigned::store::{Access, Store};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{ACTIVITY_JSON, FakeServer, Reply},
        program::eventually,
        sql,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    what_is_gone_twice_ends_and_what_is_withheld_stays,
    an_account_that_moved_without_a_word_is_found,
    flags_are_read_again_and_never_widen,
    a_handle_at_another_host_is_shown_when_that_host_confirms_it,
    a_handle_that_nobody_confirms_any_more_is_not_shown,
    a_server_that_is_gone_for_long_is_named_so,
    an_administrator_has_endorsements_verified,
);

/// Looks each second or two, and again after a second.
const QUICK: &str = "verify.interval = '3s'\nverify.grace = '1s'";

fn path(id: &str) -> String {
    Url::parse(id).unwrap().path().to_owned()
}

/// The post of somebody, at its own server.
fn put(peer: &FakeServer, note: &Value) -> String {
    let path = path(note.get("id").and_then(Value::as_str).unwrap());
    peer.put(&path, note.clone());
    path
}

async fn becomes(world: &World, person: &Person, state: &str) {
    eventually(state, async || (world.state(person) == state).then_some(())).await;
}

async fn what_is_gone_twice_ends_and_what_is_withheld_stays(database: &str) {
    let world = World::with(database, QUICK).await;
    let peer = FakeServer::named("localhost");
    let person = |name: &str| world.person_on(&peer, name, |_| ());
    let (gone, missing, foreign, lost) = (person("Ada"), person("Bo"), person("Cy"), person("Di"));
    let (secret, broken, forbidden) = (person("Eve"), person("Fay"), person("Gus"));
    let mut posts = Vec::new();
    for who in [&foreign, &lost, &secret] {
        posts.push(who.says("I sign", Audience::Public).await);
    }
    for who in [&gone, &missing, &broken, &forbidden] {
        who.does(&who.like()).await;
    }
    peer.refuse(&path(&gone.id), 410);
    peer.refuse(&path(&missing.id), 404);
    peer.refuse(&path(&broken.id), 500);
    peer.refuse(&path(&forbidden.id), 403);
    let mut taken_over = posts[0].clone();
    taken_over["attributedTo"] = json!(gone.id);
    put(&peer, &taken_over);
    let tombstone = json!({"id": posts[1].get("id"), "type": "Tombstone"});
    put(&peer, &tombstone);
    peer.refuse(&put(&peer, &posts[2]), 401);
    for who in [&gone, &missing, &foreign, &lost] {
        becomes(&world, who, "withdrawn").await;
    }
    for who in [&secret, &broken, &forbidden] {
        assert_eq!(world.state(who), "listed", "{}", who.id);
    }
    assert_eq!(world.endorsers().await, 3);
    world.assert_is_sound();
}

async fn an_account_that_moved_without_a_word_is_found(database: &str) {
    let world = World::with(database, QUICK).await;
    let (old_home, new_home) = (
        FakeServer::named("localhost"),
        FakeServer::named("localhost"),
    );
    let ada = world.person_on(&old_home, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    let new = world.person_on(&new_home, "Ada Lovelace", |actor| {
        actor["alsoKnownAs"] = json!([ada.id]);
    });
    let mut document = old_home.actor("Ada Lovelace");
    document["movedTo"] = json!(new.id);
    old_home.put(&path(&ada.id), document);
    eventually("the move", async || {
        let listed = world.listed(&["--state", "listed"]);
        (listed.len() == 1 && listed[0]["actor"] == *new.id).then_some(())
    })
    .await;
    world.assert_is_sound();
}

async fn flags_are_read_again_and_never_widen(database: &str) {
    let world = World::with(database, QUICK).await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    let bob = world.person_on(&peer, "Bob Carver", |_| ());
    for who in [&ada, &bob] {
        who.does(&who.like()).await;
    }
    let mut hides = peer.actor("Ada Lovelace");
    hides["discoverable"] = json!(false);
    peer.put(&path(&ada.id), hides);
    let mut renamed = peer.actor("Bob Carver");
    renamed["name"] = json!("Bob Mason");
    peer.put(&path(&bob.id), renamed);
    becomes(&world, &ada, "counted").await;
    eventually("the new name", async || {
        world
            .letter
            .page("/")
            .await
            .contains("Bob Mason")
            .then_some(())
    })
    .await;
    peer.put(&path(&ada.id), peer.actor("Ada Lovelace"));
    let asked = peer.request_lines().len();
    peer.more_requests_than(asked + 8).await;
    assert_eq!(world.state(&ada), "counted");
    world.assert_is_sound();
}

/// What a server says by WebFinger, whoever is asked for.
fn account(handle: &str, actor: &str) -> Reply {
    let links = json!([{"rel": "self", "type": ACTIVITY_JSON, "href": actor}]);
    let document = json!({"subject": format!("acct:{handle}"), "links": links});
    Reply::of_type("application/jrd+json", document.to_string())
}

async fn a_handle_at_another_host_is_shown_when_that_host_confirms_it(database: &str) {
    let world = World::with(database, QUICK).await;
    let [honest, spoof, brand, victim] = [(); 4].map(|()| FakeServer::named("localhost"));
    let host = |server: &FakeServer| Url::parse(&server.origin).unwrap().authority().to_owned();
    let ada = world.person_on(&honest, "Ada Lovelace", |_| ());
    let eve = world.person_on(&spoof, "Eve", |_| ());
    let short = format!("ada@{}", host(&brand));
    honest.reply_at(WEBFINGER, account(&short, &ada.id));
    brand.reply_at(WEBFINGER, account(&short, &ada.id));
    let claimed = format!("eve@{}", host(&victim));
    spoof.reply_at(WEBFINGER, account(&claimed, &eve.id));
    victim.reply_at(
        WEBFINGER,
        account(&claimed, &format!("{}/users/eve", victim.origin)),
    );
    for who in [&ada, &eve] {
        who.does(&who.like()).await;
    }
    let handle = |who: &Person| {
        world.endorsement(who)["handle"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    eventually("the handle", async || {
        (handle(&ada) == format!("@{short}")).then_some(())
    })
    .await;
    assert!(
        world
            .letter
            .page("/supporters")
            .await
            .contains(&format!("@{short}"))
    );
    eventually("a question", async || {
        (!victim.request_lines().is_empty()).then_some(())
    })
    .await;
    let asked = victim.request_lines().len();
    victim.more_requests_than(asked).await;
    assert_eq!(handle(&eve), format!("@eve@{}", host(&spoof)));
    assert!(!world.public_text().await.contains(&claimed));
    // The other host does not confirm it any more.
    brand.refuse(WEBFINGER, 404);
    let own = format!("@ada@{}", host(&honest));
    eventually("the own handle", async || {
        (handle(&ada) == own).then_some(())
    })
    .await;
    world.assert_is_sound();
}

const WEBFINGER: &str = "/.well-known/webfinger";

async fn a_handle_that_nobody_confirms_any_more_is_not_shown(database: &str) {
    let world = World::with(database, QUICK).await;
    let host = |server: &FakeServer| Url::parse(&server.origin).unwrap().authority().to_owned();
    let names = ["Ada", "Bo", "Cy", "Di"];
    let homes = names.map(|_| FakeServer::named("localhost"));
    let brands = names.map(|_| FakeServer::named("localhost"));
    let mut people = Vec::new();
    for (name, (home, brand)) in names.iter().zip(homes.iter().zip(&brands)) {
        let person = world.person_on(home, name, |_| ());
        let user = name.to_lowercase();
        let short = format!("{user}@{}", host(brand));
        home.reply_at(WEBFINGER, account(&short, &person.id));
        brand.reply_at(WEBFINGER, account(&short, &person.id));
        person.does(&person.like()).await;
        let own = format!("@{user}@{}", host(home));
        people.push((person, format!("@{short}"), own));
    }
    let handle = |who: &Person| {
        let entry = world.endorsement(who);
        entry["handle"].as_str().unwrap().to_owned()
    };
    eventually("the handles", async || {
        let all = people.iter().all(|(who, short, _)| handle(who) == *short);
        all.then_some(())
    })
    .await;
    // Of the first the home says nothing; of the second it names a host that says nothing; of the third the other host
    // answers, and not by WebFinger.
    homes[0].refuse(WEBFINGER, 503);
    let silent = FakeServer::named("localhost");
    silent.refuse(WEBFINGER, 503);
    let elsewhere = format!("bo@{}", host(&silent));
    homes[1].reply_at(WEBFINGER, account(&elsewhere, &people[1].0.id));
    brands[2].reply_at(WEBFINGER, Reply::of_type("text/html", "<!doctype html>"));
    brands[3].refuse(WEBFINGER, 503);
    for (who, _, own) in people.iter().take(3) {
        eventually("the own handle", async || {
            (handle(who) == *own).then_some(())
        })
        .await;
    }
    // A host that fails changes nothing.
    let asked = brands[3].request_lines().len();
    brands[3].more_requests_than(asked + 2).await;
    assert_eq!(handle(&people[3].0), people[3].1);
    world.assert_is_sound();
}

/// Changes the database of a running program.
async fn tamper(database: &str, statement: &str) {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sql::run(&mut tx, statement).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

async fn a_server_that_is_gone_for_long_is_named_so(database: &str) {
    let world = World::with(database, QUICK).await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    peer.refuse(&path(&ada.id), 502);
    let since = "SELECT COALESCE(MAX(unreachable_since), 0) FROM host";
    eventually("no answer", async || {
        (sql::number_at(database, since).await > 0).then_some(())
    })
    .await;
    assert!(
        !world
            .letter
            .page("/supporters")
            .await
            .contains("server gone")
    );
    let after_90_days = "UPDATE host
        SET unreachable_since = unreachable_since - 7862400000, unreachable_at = NULL
        WHERE unreachable_since IS NOT NULL";
    tamper(database, after_90_days).await;
    tamper(
        database,
        "UPDATE actor SET verify_at = 0 WHERE verify_at IS NOT NULL",
    )
    .await;
    eventually("the mark", async || {
        let page = world.letter.page("/supporters").await;
        (page.contains("server gone since") && page.contains("evidence kept")).then_some(())
    })
    .await;
    assert_eq!(world.state(&ada), "listed");
    assert!(world.endorsement(&ada)["server_gone_since"].is_string());
    tamper(database, "DELETE FROM evidence").await;
    peer.welcome(&path(&ada.id));
    tamper(database, "UPDATE host SET unreachable_at = NULL").await;
    tamper(
        database,
        "UPDATE actor SET verify_at = 0 WHERE verify_at IS NOT NULL",
    )
    .await;
    eventually("the server is back", async || {
        let page = world.letter.page("/supporters").await;
        (!page.contains("server gone")).then_some(())
    })
    .await;
}

async fn an_administrator_has_endorsements_verified(database: &str) {
    let world = World::with(database, "verify.grace = '1s'").await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    let bob = world.person_on(&peer, "Bob Carver", |_| ());
    ada.does(&ada.like()).await;
    let note = bob.says("I sign", Audience::Public).await;
    let post = put(&peer, &note);
    let verify = |arguments: &[&str]| {
        world
            .letter
            .json(&[&["endorsement", "verify"], arguments].concat())
    };
    let found = verify(&[&ada.id, &bob.id]);
    assert_eq!(found[0]["account"], "there");
    assert_eq!(found[0]["post"], Value::Null);
    assert_eq!(
        (&found[1]["account"], &found[1]["post"]),
        (&json!("there"), &json!("there"))
    );
    assert_eq!(found[1]["second_look_at"], Value::Null);
    peer.remove(&post);
    let found = verify(&[&bob.id]);
    assert_eq!(found[0]["post"], "gone");
    assert!(found[0]["second_look_at"].is_string());
    becomes(&world, &bob, "withdrawn").await;
    peer.refuse(&path(&ada.id), 503);
    assert_eq!(verify(&[&ada.id])[0]["account"], "unreachable");
    // Conditions plan.
    let says = |arguments: &[&str]| {
        let all = [&["endorsement", "verify"], arguments].concat();
        world.letter.command(&all).stdout
    };
    assert!(says(&["--stale"]).starts_with("0 endorsements fit"));
    assert!(says(&["--all"]).starts_with("1 endorsements fit, such as @ada@localhost"));
    assert!(says(&["--all", "--apply"]).starts_with("queued 1:"));
    for (arguments, code) in [(vec![], 2), (vec!["nobody"], 3), (vec!["--all", "abcd"], 2)] {
        let all = [vec!["endorsement", "verify"], arguments].concat();
        assert_eq!(world.letter.command(&all).code, code, "{all:?}");
    }
    world.assert_is_sound();
}
