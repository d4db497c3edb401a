//! `actor rotate-key`: a new key, announced by the old one so that no server loses the letter, nor the letter a server.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    both::{on_both_databases, on_postgres},
    support::{
        fediverse::{Delivery, FakeServer, KeyMemory, Reply},
        program::{Program, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    one_update_makes_the_new_key_known,
    the_instance_actor_gets_another_key_and_every_server_is_told,
    who_never_followed_is_told_as_well,
    of_two_new_keys_the_last_is_told_by_the_key_that_is_known,
    what_we_read_is_shown_to_us_before_and_after_the_news,
    who_refuses_all_our_keys_is_heard_later,
    a_compromised_key_signs_nothing_any_more,
    without_confirmation_nothing_is_changed,
);
on_postgres!(
    every_replica_takes_the_new_key_and_keeps_it,
    the_old_key_signs_for_who_did_not_take_the_news,
);

/// The public key that an actor shows.
async fn shown_key(letter: &Program, actor: &str) -> Value {
    letter.document(actor).await["publicKey"].clone()
}

fn rotate(letter: &Program) -> Value {
    rotate_as(letter, &[])
}

fn edit(letter: &Program, words: &str) {
    letter.edit_file(|text| format!("{text}\n\n{words}\n"));
    let published = letter.command(&["letter", "publish", "--kind", "substantive"]);
    assert_eq!(published.code, 0, "{}", published.stderr);
}

/// What arrived of this kind and about this object.
fn updates(peer: &FakeServer, object: &str) -> Vec<Delivery> {
    let updates = peer.deliveries("Update").into_iter();
    updates
        .filter(|delivery| delivery.activity["object"]["id"] == object)
        .collect()
}

async fn updated(peer: &FakeServer, object: &str, n: usize) -> Vec<Delivery> {
    eventually("an Update", async || {
        let taken = updates(peer, object);
        let taken: Vec<_> = taken.into_iter().filter(|it| it.answer == 202).collect();
        (taken.len() >= n).then_some(taken)
    })
    .await
}

async fn follows(world: &World, peer: &FakeServer, person: &Person) {
    person.does(&person.follow()).await;
    eventually("the Accept", async || {
        let accepts = peer.deliveries("Accept");
        accepts.into_iter().find(|it| it.answer == 202)
    })
    .await;
    world.settle().await;
}

async fn one_update_makes_the_new_key_known(database: &str) {
    let world = World::new(database).await;
    // One server caches keys and never fetches them again; the other caches nothing.
    let forgetful = FakeServer::start();
    world.peer.remember_keys(KeyMemory::ByOwner);
    let (ada, bo) = (
        world.person("Ada Lovelace"),
        world.person_on(&forgetful, "Bo Diddley", |_| ()),
    );
    follows(&world, &world.peer, &ada).await;
    follows(&world, &forgetful, &bo).await;
    let before = shown_key(&world.letter, "/actor").await;

    let said = rotate(&world.letter);
    assert_eq!(said["key"], "letter");
    assert_eq!(before["id"], ada.letters("/actor#main-key"));
    assert_eq!(said["id"], ada.letters("/actor#key-2"));
    assert_eq!(said["deliveries"], 2);
    let after = shown_after(&world.letter, "/actor", &before).await;
    assert_eq!(
        (&after["id"], &after["owner"]),
        (&said["id"], &before["owner"])
    );
    let keys = &world.letter.json(&["actor", "show"])["keys"];
    assert_eq!(keys[0]["id"], said["id"]);

    let actor = ada.letters("/actor");
    for peer in [&world.peer, &forgetful] {
        let told = updated(peer, &actor, 1).await.remove(0);
        assert_eq!(told.verified, Ok(()));
        assert_eq!(told.activity["object"]["publicKey"], after);
        assert_eq!(told.activity["actor"], actor);
    }
    // Everything after that is signed by the new key, which the first server knows from the Update alone.
    edit(&world.letter, "A comma.");
    let letter = ada.letters("/letter");
    for peer in [&world.peer, &forgetful] {
        assert_eq!(updated(peer, &letter, 1).await[0].verified, Ok(()));
    }
    ada.says("I sign.", Audience::Public).await;
    assert_eq!(world.delivered("Like").await.verified, Ok(()));
    world.settle().await;
    let attempts = updates(&world.peer, &actor);
    assert_eq!(attempts.len(), 1, "told more than once: {attempts:?}");
    let attempts = updates(&forgetful, &actor);
    let answers: Vec<_> = attempts.iter().map(|it| it.answer).collect();
    // The old key by either scheme first, then the new one; or the first attempt was faster than the server, which
    // still showed the old key.
    assert!(
        matches!(answers.as_slice(), [401, 401, 202] | [202]),
        "{answers:?}"
    );

    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[1]["action"], &audit[1]["target"]),
        (&json!("actor.rotate-key"), &json!("letter"))
    );
}

async fn every_replica_takes_the_new_key_and_keeps_it(database: &str) {
    let mut world = World::new(database).await;
    let mut other = world.letter.another();
    other.serve().await;
    world.peer.remember_keys(KeyMemory::ByOwner);
    let ada = world.person("Ada Lovelace");
    follows(&world, &world.peer, &ada).await;
    let before = shown_key(&other, "/actor").await;
    rotate(&world.letter);
    let mut keys = Vec::new();
    for letter in [&world.letter, &other] {
        keys.push(shown_after(letter, "/actor", &before).await);
    }
    assert_eq!(keys[0], keys[1]);
    updated(&world.peer, &ada.letters("/actor"), 1).await;
    world.settle().await;

    // Each of the two servers, alone, signs with the new key, also after a restart.
    let letter = ada.letters("/letter");
    world.letter.stop().await;
    edit(&world.letter, "By another.");
    assert_eq!(updated(&world.peer, &letter, 1).await[0].verified, Ok(()));
    other.stop().await;
    world.letter.serve().await;
    edit(&world.letter, "Once more.");
    assert_eq!(updated(&world.peer, &letter, 2).await[1].verified, Ok(()));
    assert_eq!(shown_key(&world.letter, "/actor").await, keys[0]);
    assert_eq!(updates(&world.peer, &ada.letters("/actor")).len(), 1);
    let refused = world.peer.deliveries("Update");
    assert!(refused.iter().all(|it| it.answer == 202), "{refused:?}");
}

async fn the_instance_actor_gets_another_key_and_every_server_is_told(database: &str) {
    let world = World::new(database).await;
    world.peer.remember_keys(KeyMemory::ByOwner);
    let ada = world.person("Ada Lovelace");
    follows(&world, &world.peer, &ada).await;
    // The peer remembers the instance actor's key.
    let follow = ada.activity("Follow", ada.letters("/instance-actor").into());
    ada.does(&follow).await;
    assert_eq!(world.delivered("Reject").await.verified, Ok(()));
    let before = shown_key(&world.letter, "/instance-actor").await;
    let letters = shown_key(&world.letter, "/actor").await;
    let said = rotate_as(&world.letter, &["--instance"]);
    assert_eq!(
        (&said["key"], &said["deliveries"]),
        (&json!("instance"), &json!(1))
    );
    assert_eq!(said["id"], ada.letters("/instance-actor#key-2"));
    let after = shown_after(&world.letter, "/instance-actor", &before).await;
    assert_eq!(after["id"], said["id"]);
    assert_eq!(shown_key(&world.letter, "/actor").await, letters);
    let actor = ada.letters("/instance-actor");
    let told = updated(&world.peer, &actor, 1).await.remove(0);
    assert_eq!(told.activity["object"]["publicKey"], after);
    assert_eq!(told.activity["actor"], actor);
    let id = told.activity["id"].as_str().unwrap();
    let path = id.strip_prefix(&world.letter.origin).unwrap();
    assert_eq!(world.letter.document(path).await["type"], "Update");
    // What the instance actor says is signed by the key that the peer was told of.
    let follow = ada.activity("Follow", ada.letters("/instance-actor").into());
    ada.does(&follow).await;
    world.settle().await;
    let rejects = world.peer.deliveries("Reject");
    let verified: Vec<_> = rejects.iter().map(|it| &it.verified).collect();
    assert_eq!(verified, [&Ok(()), &Ok(())]);
    assert!(updates(&world.peer, &ada.letters("/actor")).is_empty());
}

fn rotate_as(letter: &Program, options: &[&str]) -> Value {
    let command = ["actor", "rotate-key", "--yes"];
    letter.json(&[&command, options].concat())
}

/// The key that an actor shows when it is another one than before.
async fn shown_after(letter: &Program, actor: &str, before: &Value) -> Value {
    eventually("the new key", async || {
        let shown = shown_key(letter, actor).await;
        (shown != *before).then_some(shown)
    })
    .await
}

/// The acknowledgements that a server got, in their order: whether each was verified.
async fn acknowledged(peer: &FakeServer, n: usize) -> Vec<Result<(), String>> {
    eventually("an acknowledgement", async || {
        let likes = peer.deliveries("Like");
        let verified: Vec<_> = likes.into_iter().map(|it| it.verified).collect();
        (verified.len() >= n).then_some(verified)
    })
    .await
}

/// Everything is verified that this server got.
fn assert_nothing_was_refused(peer: &FakeServer) {
    let refused: Vec<_> = peer
        .all_deliveries()
        .into_iter()
        .filter(|it| it.verified.is_err())
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
}

async fn who_never_followed_is_told_as_well(database: &str) {
    let world = World::new(database).await;
    // One server loses what it cannot verify, one caches keys by their ids; nobody follows.
    let hasty = FakeServer::start();
    hasty.answer_before_checking();
    hasty.remember_keys(KeyMemory::ByOwner);
    world.peer.remember_keys(KeyMemory::ById);
    for (number, peer) in [&world.peer, &hasty].into_iter().enumerate() {
        let signer = world.person_on(peer, &format!("Before{number}"), |_| ());
        signer.says("I sign.", Audience::Public).await;
        acknowledged(peer, 1).await;
    }
    world.settle().await;
    let before = shown_key(&world.letter, "/actor").await;
    assert_eq!(rotate(&world.letter)["deliveries"], 2);
    shown_after(&world.letter, "/actor", &before).await;
    for (number, peer) in [&world.peer, &hasty].into_iter().enumerate() {
        let actor = format!("{}/actor", world.letter.origin);
        updated(peer, &actor, 1).await;
        let signer = world.person_on(peer, &format!("After{number}"), |_| ());
        signer.says("I sign.", Audience::Public).await;
        assert_eq!(acknowledged(peer, 2).await, [Ok(()), Ok(())]);
        assert_nothing_was_refused(peer);
    }
}

async fn the_old_key_signs_for_who_did_not_take_the_news(database: &str) {
    let mut world = World::new(database).await;
    let mut other = world.letter.another();
    other.serve().await;
    world.peer.remember_keys(KeyMemory::ByOwner);
    let ada = world.person("Ada Lovelace");
    follows(&world, &world.peer, &ada).await;
    let before = shown_key(&world.letter, "/actor").await;
    world.peer.script("127.0.0.1/inbox", [Reply::Status(403)]);
    rotate(&world.letter);
    shown_after(&world.letter, "/actor", &before).await;
    shown_after(&other, "/actor", &before).await;
    world.settle().await;
    assert!(updates(&world.peer, &ada.letters("/actor")).is_empty());
    // Either replica knows which key this server knows.
    let letter = ada.letters("/letter");
    edit(&world.letter, "By either.");
    assert_eq!(updated(&world.peer, &letter, 1).await[0].verified, Ok(()));
    world.settle().await;
    world.letter.stop().await;
    edit(&world.letter, "By the other.");
    assert_eq!(updated(&world.peer, &letter, 2).await[1].verified, Ok(()));
    other.stop().await;
    world.letter.serve().await;
    edit(&world.letter, "After a restart.");
    assert_eq!(updated(&world.peer, &letter, 3).await[2].verified, Ok(()));
    assert_nothing_was_refused(&world.peer);
}

async fn of_two_new_keys_the_last_is_told_by_the_key_that_is_known(database: &str) {
    let world = World::new(database).await;
    world.peer.remember_keys(KeyMemory::ByOwner);
    let ada = world.person("Ada Lovelace");
    follows(&world, &world.peer, &ada).await;
    world.peer.script("127.0.0.1/inbox", [Reply::Status(403)]);
    rotate(&world.letter);
    world.settle().await;
    let actor = ada.letters("/actor");
    assert!(updates(&world.peer, &actor).is_empty());
    let said = rotate(&world.letter);
    assert_eq!(said["id"], ada.letters("/actor#key-3"));
    let told = updated(&world.peer, &actor, 1).await.remove(0);
    assert_eq!(told.activity["object"]["publicKey"]["id"], said["id"]);
    ada.says("I sign.", Audience::Public).await;
    assert_eq!(acknowledged(&world.peer, 1).await, [Ok(())]);
    assert_nothing_was_refused(&world.peer);
}

/// How often somebody's document was asked for.
fn asked_for(peer: &FakeServer, person: &Person) -> usize {
    let line = format!("GET {}", person.id.strip_prefix(&peer.origin).unwrap());
    let lines = peer.request_lines();
    lines.iter().filter(|it| **it == line).count()
}

async fn what_we_read_is_shown_to_us_before_and_after_the_news(database: &str) {
    let world = World::new(database).await;
    let peers = [FakeServer::start(), FakeServer::start()];
    let cases = [(KeyMemory::ByOwner, 2), (KeyMemory::ById, 1)];
    for (peer, (how, asked_before_the_news)) in peers.iter().zip(cases) {
        peer.require_signed_gets();
        peer.remember_keys(how);
        let ada = world.person_on(peer, "Ada Lovelace", |_| ());
        ada.says("I sign.", Audience::Public).await;
        acknowledged(peer, 1).await;
        world.settle().await;
        let before = shown_key(&world.letter, "/instance-actor").await;
        peer.script("127.0.0.1/inbox", [Reply::Status(403)]);
        rotate_as(&world.letter, &["--instance"]);
        shown_after(&world.letter, "/instance-actor", &before).await;
        world.settle().await;
        let bo = world.person_on(peer, "Bo Diddley", |_| ());
        bo.does(&bo.like()).await;
        assert_eq!(asked_for(peer, &bo), asked_before_the_news, "{how:?}");

        let before = shown_key(&world.letter, "/instance-actor").await;
        rotate_as(&world.letter, &["--instance"]);
        shown_after(&world.letter, "/instance-actor", &before).await;
        updated(peer, &bo.letters("/instance-actor"), 1).await;
        world.settle().await;
        let cy = world.person_on(peer, "Cy Twombly", |_| ());
        cy.does(&cy.like()).await;
        assert_eq!(asked_for(peer, &cy), 1, "{how:?}");
        if how == KeyMemory::ByOwner {
            assert_nothing_was_refused(peer);
        }
    }
}

async fn who_refuses_all_our_keys_is_heard_later(database: &str) {
    let world = World::new(database).await;
    let peer = &world.peer;
    peer.require_signed_gets();
    peer.remember_keys(KeyMemory::ByOwner);
    let ada = world.person("Ada Lovelace");
    ada.says("I sign.", Audience::Public).await;
    acknowledged(peer, 1).await;
    world.settle().await;
    peer.script("127.0.0.1/inbox", [Reply::Status(403), Reply::Status(403)]);
    for (actor, options) in [("/actor", &[][..]), ("/instance-actor", &["--instance"])] {
        let before = shown_key(&world.letter, actor).await;
        rotate_as(&world.letter, options);
        shown_after(&world.letter, actor, &before).await;
    }
    world.settle().await;
    // Neither at once nor while the failure is remembered is a stranger's delivery refused for good.
    let bo = world.person("Bo Diddley");
    for _ in 0..2 {
        let status = bo.sends("/inbox", &bo.like()).await;
        assert_eq!(status, Some(StatusCode::SERVICE_UNAVAILABLE));
    }
    assert_eq!(asked_for(peer, &bo), 2);
}

async fn a_compromised_key_signs_nothing_any_more(database: &str) {
    let mut world = World::new(database).await;
    let by_id = FakeServer::start();
    world.peer.remember_keys(KeyMemory::ByOwner);
    by_id.remember_keys(KeyMemory::ById);
    let (ada, bo) = (
        world.person("Ada Lovelace"),
        world.person_on(&by_id, "Bo Diddley", |_| ()),
    );
    follows(&world, &world.peer, &ada).await;
    follows(&world, &by_id, &bo).await;
    let before = shown_key(&world.letter, "/actor").await;
    // A running server may sign with the old key for some moments more.
    world.letter.stop().await;
    let printed = world
        .letter
        .command(&["actor", "rotate-key", "--compromised"]);
    assert!(
        printed.stderr.contains("erased at once"),
        "{}",
        printed.stderr
    );
    assert_eq!(
        rotate_as(&world.letter, &["--compromised"])["deliveries"],
        2
    );
    world.letter.serve().await;
    assert_ne!(shown_key(&world.letter, "/actor").await, before);
    let actor = ada.letters("/actor");
    assert_eq!(updated(&by_id, &actor, 1).await[0].verified, Ok(()));
    let refused = eventually("an Update", async || updates(&world.peer, &actor).pop()).await;
    assert_eq!(refused.answer, 401);
}

async fn without_confirmation_nothing_is_changed(database: &str) {
    let world = World::new(database).await;
    let before = shown_key(&world.letter, "/actor").await;
    let printed = world.letter.command(&["actor", "rotate-key"]);
    assert_eq!(printed.code, 2, "{}", printed.stderr);
    for said in ["0 deliveries to 0 hosts", "--yes", "nothing was changed"] {
        assert!(printed.stderr.contains(said), "{}", printed.stderr);
    }
    assert_eq!(shown_key(&world.letter, "/actor").await, before);
    assert_eq!(
        world.letter.json(&["audit", "list"])[0]["action"],
        "letter.publish"
    );
}
