//! A day with Mastodon, as its servers were seen to behave: ids are numbers, likes come to the letter's own inbox and
//! replies to the shared one, a Move comes as a changed profile, and threads are read when somebody opens them.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    federation::collections::{answer, asks, fetched},
    support::{
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(a_day_with_mastodon);

/// The inbox for what concerns one account: likes, follows and their ends.
const PERSONAL: &str = "/actor/inbox";

/// The inbox for posts and profiles.
const SHARED: &str = "/inbox";

/// An account with a number. Its user name stands in `preferredUsername` and WebFinger alone.
fn account(world: &World, number: u64, user: &str) -> Value {
    let mut document = world.peer.actor(user);
    let id = world.peer.url(&format!("/ap/users/{number}"));
    let members = [
        ("id", json!(id)),
        ("inbox", json!(format!("{id}/inbox"))),
        ("outbox", json!(format!("{id}/outbox"))),
        ("followers", json!(format!("{id}/followers"))),
        ("url", json!(world.peer.url(&format!("/@{user}")))),
    ];
    for (name, value) in members {
        document[name] = value;
    }
    document["publicKey"]["id"] = json!(format!("{id}#main-key"));
    document["publicKey"]["owner"] = json!(id);
    document
}

/// Puts an account where its id and its handle lead.
fn publish(world: &World, number: u64, user: &str, document: Value) -> Person {
    let path = format!("/ap/users/{number}");
    let id = world.peer.url(&path);
    world.peer.put(&path, document.clone());
    world.peer.put(&format!("/users/{user}"), document);
    world.stranger(&id, &format!("{id}#main-key"))
}

async fn sends(person: &Person, inbox: &str, activity: &Value) {
    let status = person.sends(inbox, activity).await.unwrap();
    assert_eq!(status, 202, "{activity}");
}

async fn a_day_with_mastodon(database: &str) {
    let world = World::new(database).await;
    let host = world.peer.origin.trim_start_matches("http://");
    let ada = publish(&world, 116, "ada", account(&world, 116, "ada"));
    let bob = publish(&world, 117, "bob", account(&world, 117, "bob"));

    // A like, taken back, and again.
    let like = ada.like();
    sends(&ada, PERSONAL, &like).await;
    let entry = world.endorsement(&ada);
    assert_eq!(entry["handle"], json!(format!("@ada@{host}")));
    sends(&ada, PERSONAL, &ada.undo(&like)).await;
    assert_eq!(world.endorsers().await, 0);
    sends(&ada, PERSONAL, &ada.like()).await;
    assert_eq!(world.endorsers().await, 1);

    // A reply signs; the acknowledgement comes to the inbox of the account.
    let note = bob.reply("I sign", Audience::Public);
    sends(&bob, SHARED, &bob.create(&note)).await;
    assert_eq!(world.state(&bob), "listed");
    assert_eq!(world.delivered("Like").await.inbox, "/ap/users/117/inbox");

    // Minutes later somebody opens the thread: what signed is in it, and what was deleted meanwhile is not.
    let replies = async || {
        let path = "/letter/replies?page=1";
        let page = world.letter.document(path).await;
        page["items"].as_array().unwrap().clone()
    };
    assert_eq!(replies().await, [note["id"].clone()]);
    let second = ada.reply("I sign, too", Audience::Public);
    sends(&ada, SHARED, &ada.create(&second)).await;
    sends(&ada, SHARED, &ada.delete(&second)).await;
    assert_eq!(replies().await, [note["id"].clone()]);

    // A collection asks, and reads what permits it.
    let collection = world.peer.url("/ap/users/117/collections/1");
    let request = asks(&bob, &collection);
    sends(&bob, PERSONAL, &request).await;
    let accept = answer(&world.peer, "Accept", &request).await;
    assert_eq!(accept.inbox, "/ap/users/117/inbox");
    let authorization = &accept.activity["result"];
    assert_eq!(fetched(&world, authorization).await.status, 200);

    // Bob moves. Who does not follow him hears of it by his profile alone.
    let new = world.peer.url("/ap/users/118");
    let mut moved = account(&world, 117, "bob");
    moved["movedTo"] = json!(new);
    let mut target = account(&world, 118, "robert");
    target["alsoKnownAs"] = json!([bob.id]);
    let robert = publish(&world, 118, "robert", target);
    publish(&world, 117, "bob", moved.clone());
    sends(&bob, SHARED, &bob.activity("Update", moved)).await;
    eventually("the new account", async || {
        let shown = world.letter.command(&["endorsement", "show", &robert.id]);
        (shown.code == 0).then_some(())
    })
    .await;
    assert_eq!(world.state(&robert), "listed");
    // Ada's like took over from the reply that she deleted, without her name.
    assert_eq!(world.state(&ada), "counted");
    assert_eq!(world.endorsers().await, 2);
    world.assert_is_sound();
}
