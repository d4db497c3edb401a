//! Pledges: signers who say what came of the letter, over HTTP.

use serde_json::{Value, json};
use undersigned::store::{Access, Store};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    who_signed_and_left_is_counted_until_it_is_taken_back,
    who_did_not_sign_changes_nothing,
    an_edit_makes_a_pledge_and_takes_it_back,
    unsure_words_and_links_wait_for_a_moderator,
    withdrawing_a_block_and_erasing_end_it,
    a_step_of_the_goal_counts_pledges,
    a_restored_backup_has_the_number,
);

const PLEDGE: &str =
    "pledge.words = ['I left', 'I moved to <place>']\npledge.label = 'have <left> GitHub'";

async fn asking(database: &str) -> World {
    World::with(database, PLEDGE).await
}

/// The public number; what a command decided is in it within two seconds.
async fn pledged(world: &World, expected: i64) {
    eventually("the number of pledges", async || {
        (world.number("pledged").await == expected).then_some(())
    })
    .await;
}

/// Whether the list has this text.
async fn listed(world: &World, text: &str, expected: bool) {
    eventually("the list", async || {
        let page = world.letter.page("/supporters").await;
        (page.contains(text) == expected).then_some(())
    })
    .await;
}

/// Whether the world is as it should be, number and rows alike.
fn sound(world: &World) {
    world.assert_is_sound();
}

fn pledge(world: &World, person: &Person) -> Value {
    let mut pledge = world.endorsement(person)["pledge"].clone();
    if let Some(pledge) = pledge.as_object_mut() {
        assert!(pledge.remove("at").is_some_and(|at| at.is_string()));
    }
    pledge
}

async fn who_signed_and_left_is_counted_until_it_is_taken_back(database: &str) {
    let world = asking(database).await;
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob");
    ada.says("I sign", Audience::Public).await;
    bob.says("I sign", Audience::Public).await;
    pledged(&world, 0).await;
    assert!(!world.letter.page("/").await.contains("&lt;left&gt;"));
    let note = ada.says("I left", Audience::Unlisted).await;
    pledged(&world, 1).await;
    assert_eq!(pledge(&world, &ada), json!({"url": null, "state": "shown"}));
    assert_eq!(pledge(&world, &bob), Value::Null);
    // The letter itself has 21 names.
    let page = world.letter.page("/").await;
    assert!(
        page.contains("23 signed, 1 of them have &#60;left&#62; GitHub"),
        "{page}"
    );
    let list = world.letter.page("/supporters?kind=pledged").await;
    assert!(
        list.contains("Ada Lovelace") && !list.contains("@bob@"),
        "{list}"
    );
    let listed = world
        .letter
        .document("/api/v1/supporters.json?kind=pledged")
        .await;
    assert_eq!(
        listed["supporters"].as_array().unwrap().len(),
        1,
        "{listed}"
    );
    let privacy = world.letter.page("/privacy").await;
    assert!(privacy.contains("have &#60;left&#62; GitHub"), "{privacy}");
    // It is no comment, and waits for nobody.
    assert!(world.listed(&["--state", "comment"]).is_empty());
    assert_eq!(world.letter.json(&["status"])["waiting"]["statements"], 0);
    sound(&world);
    ada.does(&ada.delete(&note)).await;
    pledged(&world, 0).await;
    assert_eq!(world.state(&ada), "listed");
    sound(&world);
}

async fn who_did_not_sign_changes_nothing(database: &str) {
    let world = asking(database).await;
    let ada = world.person("Ada");
    ada.says("I left", Audience::Public).await;
    ada.does(&ada.like()).await;
    ada.says("I left.", Audience::Public).await;
    pledged(&world, 0).await;
    assert_eq!(world.listed(&["--state", "comment"]).len(), 2);
    ada.says("I sign", Audience::Public).await;
    ada.says("I have not left.", Audience::Public).await;
    ada.says("I never left", Audience::Public).await;
    ada.says("I left", Audience::Followers).await;
    pledged(&world, 0).await;
    assert_eq!(pledge(&world, &ada), Value::Null);
    ada.says("I moved to Codeberg", Audience::Public).await;
    pledged(&world, 1).await;
    sound(&world);
}

async fn an_edit_makes_a_pledge_and_takes_it_back(database: &str) {
    let world = asking(database).await;
    let ada = world.person("Ada");
    ada.says("I sign", Audience::Public).await;
    let note = ada.says("What a day", Audience::Public).await;
    pledged(&world, 0).await;
    let says = |words: &'static str, second: &'static str| {
        let mut update = ada.edit(&note, |note| {
            note["content"] = json!(format!("<p>{words}</p>"));
        });
        update["object"]["updated"] = json!(format!("2999-01-01T00:00:{second}Z"));
        update
    };
    ada.does(&says("I left", "01")).await;
    pledged(&world, 1).await;
    assert!(world.listed(&["--state", "comment"]).is_empty());
    ada.does(&says("What a day", "02")).await;
    pledged(&world, 0).await;
    assert_eq!(world.listed(&["--state", "comment"]).len(), 1);
    assert_eq!(world.state(&ada), "listed");
    sound(&world);
}

async fn unsure_words_and_links_wait_for_a_moderator(database: &str) {
    let world = asking(database).await;
    let (ada, bob) = (world.person("Ada"), world.person("Bob"));
    let waiting = || world.letter.json(&["status"])["waiting"]["statements"].clone();
    for person in [&ada, &bob] {
        person.says("I sign", Audience::Public).await;
    }
    let link = "<a href=\"https://codeberg.org/ada\">https://codeberg.org/ada</a>";
    ada.says(&format!("I left: {link}"), Audience::Public).await;
    bob.says("I left, kind of", Audience::Public).await;
    pledged(&world, 1).await;
    assert_eq!(waiting(), 2);
    let url = "https://codeberg.org/ada";
    assert_eq!(
        pledge(&world, &ada),
        json!({"url": url, "state": "pending"})
    );
    assert_eq!(
        pledge(&world, &bob),
        json!({"url": null, "state": "pending"})
    );
    assert!(!world.public_text().await.contains(url));
    let id = |person: &Person| world.endorsement(person)["id"].as_str().unwrap().to_owned();
    let shown = world.letter.command(&["endorsement", "show", &id(&bob)]);
    assert!(
        shown
            .stdout
            .contains("does not count, unsure: @letter I left, kind of (pending)"),
        "{}",
        shown.stdout
    );
    world
        .letter
        .json(&["statement", "approve", &id(&ada), &id(&bob)]);
    pledged(&world, 2).await;
    assert_eq!(waiting(), 0);
    let anchor =
        format!("<a href=\"{url}\" rel=\"nofollow ugc noopener noreferrer\"><bdi>{url}</bdi></a>");
    listed(&world, &anchor, true).await;
    let hidden = world
        .letter
        .json(&["statement", "hide", &id(&ada), &id(&bob)]);
    pledged(&world, 1).await;
    listed(&world, url, false).await;
    sound(&world);
    world
        .letter
        .json(&["audit", "undo", &hidden["audit"].to_string()]);
    pledged(&world, 2).await;
    sound(&world);
}

async fn withdrawing_a_block_and_erasing_end_it(database: &str) {
    let world = asking(database).await;
    let bad = FakeServer::named("localhost");
    let bob = world.person_on(&bad, "Bob", |_| ());
    let people = [world.person("Ada"), bob, world.person("Eve")];
    for person in &people {
        person.says("I sign", Audience::Public).await;
        person.says("I left", Audience::Public).await;
    }
    pledged(&world, 3).await;
    let [ada, bob, eve] = &people;
    ada.says("withdraw", Audience::Public).await;
    pledged(&world, 2).await;
    let exported = world.letter.json(&["person", "export", &bob.id]);
    assert!(
        exported.to_string().contains("\"pledge\":\"clear\""),
        "{exported}"
    );
    world.letter.json(&["block", "add", "localhost", "--yes"]);
    eventually("the block took the number", async || {
        (world.number("pledged").await == 1).then_some(())
    })
    .await;
    world.letter.json(&["block", "remove", "localhost"]);
    eventually("without the block it counts again", async || {
        (world.number("pledged").await == 2).then_some(())
    })
    .await;
    world
        .letter
        .json(&["person", "erase", &eve.id, "--reason", "request", "--yes"]);
    eventually("nothing of Eve counts", async || {
        (world.number("pledged").await == 1).then_some(())
    })
    .await;
    sound(&world);
}

async fn a_step_of_the_goal_counts_pledges(database: &str) {
    let settings =
        format!("{PLEDGE}\ngoal.counts = 'pledged'\ngoal.steps = [1, 3]\ngoal.settle = '0s'");
    let world = World::with(database, &settings).await;
    let ada = world.person("Ada");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    let page = world.letter.page("/").await;
    assert!(page.contains("0 of 1"), "{page}");
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    eventually("the server looked at the goal", async || {
        let mut tx = store.read().await.unwrap();
        tx.setting("goal_steps").await.unwrap()
    })
    .await;
    store.close().await;
    ada.says("I sign", Audience::Public).await;
    ada.says("I left", Audience::Public).await;
    let said = world.delivered("Create").await;
    let content = said.activity["object"]["content"].as_str().unwrap();
    let words = "1 of those who signed this letter have &lt;left&gt; GitHub.";
    assert!(content.contains(words), "{content}");
    let page = world.letter.page("/").await;
    assert!(page.contains("1 of 3"), "{page}");
}

async fn a_restored_backup_has_the_number(database: &str) {
    let mut world = asking(database).await;
    let ada = world.person("Ada");
    let path = |note: &Value| {
        Url::parse(note["id"].as_str().unwrap())
            .unwrap()
            .path()
            .to_owned()
    };
    for words in ["I sign", "I left"] {
        let note = ada.says(words, Audience::Public).await;
        world.peer.put(&path(&note), note.clone());
    }
    pledged(&world, 1).await;
    world.letter.json(&["backup", "create", "backup.tar.gz"]);
    world.letter.stop().await;
    let (_folder, target) = crate::support::database::sqlite();
    world.letter.use_database(&target);
    world.letter.write_config();
    world.letter.json(&["backup", "restore", "backup.tar.gz"]);
    world.letter.serve().await;
    eventually("the signature was read again", async || {
        (world.number("pledged").await == 1).then_some(())
    })
    .await;
    sound(&world);
}
