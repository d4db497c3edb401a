//! Backups that are made while people come, and what is shown after one was restored.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        database::{self, Guard},
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    who_left_since_the_backup_is_not_shown_again,
    what_was_edited_since_the_backup_is_judged_by_what_it_says_now,
    who_left_by_a_word_or_a_block_does_not_come_back,
    who_was_taken_off_on_request_does_not_come_back,
    the_server_makes_backups_and_a_post_that_was_lost_is_noticed,
);

/// Looks each second or two, and again after a second.
const QUICK: &str = "verify.interval = '3s'\nverify.grace = '1s'";

/// An empty database, of the other kind than this one if there is a server.
async fn elsewhere(database: &str) -> (String, TempDir, Option<Guard>) {
    let (folder, file) = database::sqlite();
    if database.starts_with("sqlite:")
        && let Some((guard, url)) = database::postgres().await
    {
        return (url, folder, Some(guard));
    }
    (file, folder, None)
}

fn path(id: &str) -> String {
    Url::parse(id).unwrap().path().to_owned()
}

/// Signs by a post that stands on the person's own server.
async fn signs(world: &World, person: &Person) -> Value {
    let note = person.says("I sign", Audience::Public).await;
    world
        .peer
        .put(&path(note["id"].as_str().unwrap()), note.clone());
    note
}

fn create(world: &World, name: &str) -> Value {
    let created = world.letter.json(&["backup", "create", name]);
    let file = world.letter.path(name);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    created
}

async fn who_left_since_the_backup_is_not_shown_again(database: &str) {
    let mut world = World::with(database, QUICK).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let (cy, dora) = (world.person("Cy Like"), world.person("Dora Follower"));
    signs(&world, &ada).await;
    let note = signs(&world, &bob).await;
    let like = cy.like();
    cy.does(&like).await;
    dora.does(&dora.follow()).await;
    world.settle().await;
    assert_eq!(world.state(&cy), "listed");
    let created = create(&world, "backup.tar.gz");
    assert_eq!(created["server_stopped"], false);
    let parts = created["parts"].as_array().unwrap();
    for name in ["undersigned.db", "config.toml", "files/letter.md"] {
        assert!(parts.iter().any(|part| part == name), "{created}");
    }

    // They leave, and somebody comes: the backup knows nothing of it.
    world.peer.refuse(&path(note["id"].as_str().unwrap()), 410);
    bob.does(&bob.delete(&note)).await;
    cy.does(&cy.undo(&like)).await;
    let eve = world.person("Eve Late");
    eve.does(&eve.like()).await;
    assert_eq!(world.endorsers().await, 2);
    world.letter.stop().await;

    let (target, _folder, _guard) = elsewhere(database).await;
    world.letter.use_database(&target);
    world.letter.write_config();
    let restored = world.letter.json(&["backup", "restore", "backup.tar.gz"]);
    assert_eq!(
        (&restored["to_read"], &restored["erased"]),
        (&json!(2), &json!(0))
    );
    for who in [&ada, &bob, &cy] {
        assert_eq!(world.state(who), "counted", "{}", who.id);
    }
    world.assert_is_sound();
    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(audit[0]["action"], "backup.restore", "{audit}");

    let sent = world.peer.deliveries("Create").len() + world.peer.deliveries("Update").len();
    world.letter.serve().await;
    let shown = world.public_text().await;
    for name in ["Bob Carver", "Cy Like", "Eve Late"] {
        assert!(!shown.contains(name), "{name}");
    }
    eventually("the post was read", async || {
        (world.state(&ada) == "listed").then_some(())
    })
    .await;
    eventually("the post is gone", async || {
        (world.state(&bob) == "withdrawn").then_some(())
    })
    .await;
    let status = world.letter.json(&["status"]);
    assert_eq!(status["restored"]["to_read"], 0, "{status}");
    assert_eq!(world.state(&cy), "counted");
    let shown = world.public_text().await;
    assert!(
        shown.contains("Ada Lovelace")
            && !shown.contains("Bob Carver")
            && !shown.contains("Cy Like")
    );
    // A new act of the same person shows it again.
    cy.does(&cy.like()).await;
    assert_eq!(world.state(&cy), "listed");
    assert_eq!((world.endorsers().await, world.followers().await), (2, 1));
    world.settle().await;
    let versions = world.letter.json(&["letter", "versions"]);
    assert_eq!(versions.as_array().unwrap().len(), 1);
    let texts = world.peer.deliveries("Create").len() + world.peer.deliveries("Update").len();
    assert_eq!(texts, sent, "nothing is published again");
    world.assert_is_sound();
}

/// Where an empty database of the same kind stands in the place of the one that was lost: what lay beside that stays.
pub(super) async fn in_its_place(world: &mut World, database: &str) -> Option<Guard> {
    let Some(file) = database.strip_prefix("sqlite://") else {
        let (guard, url) = database::postgres().await.unwrap();
        world.letter.use_database(&url);
        world.letter.write_config();
        return Some(guard);
    };
    for end in ["", "-wal", "-shm"] {
        let path = format!("{file}{end}");
        if Path::new(&path).exists() {
            fs::remove_file(path).unwrap();
        }
    }
    None
}

async fn what_was_edited_since_the_backup_is_judged_by_what_it_says_now(database: &str) {
    let mut world = World::with(database, QUICK).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let cy = world.person("Cy Stays");
    let (adas, bobs) = (signs(&world, &ada).await, signs(&world, &bob).await);
    signs(&world, &cy).await;
    world.settle().await;
    create(&world, "backup.tar.gz");

    let followers = format!("{}/followers", bob.id);
    let edits = [
        (
            &ada,
            ada.edit(&adas, |note| {
                note["content"] = "<p>I changed my mind</p>".into();
            }),
        ),
        (
            &bob,
            bob.edit(&bobs, |note| {
                (note["to"], note["cc"]) = (json!([followers]), json!([]));
            }),
        ),
    ];
    for (who, edit) in edits {
        let note = edit["object"].clone();
        world.peer.put(&path(note["id"].as_str().unwrap()), note);
        who.does(&edit).await;
    }
    assert_eq!(world.endorsers().await, 1);
    world.letter.stop().await;

    let (target, _folder, _guard) = elsewhere(database).await;
    world.letter.use_database(&target);
    world.letter.write_config();
    let restored = world.letter.json(&["backup", "restore", "backup.tar.gz"]);
    assert_eq!(restored["to_read"], 3);
    world.letter.serve().await;
    eventually("the posts were read", async || {
        let status = world.letter.json(&["status"]);
        (status["restored"]["to_read"] == 0).then_some(())
    })
    .await;
    assert_eq!(world.state(&cy), "listed");
    assert_eq!(world.endorsers().await, 1);
    let shown = world.public_text().await;
    assert!(shown.contains("Cy Stays"));
    for name in ["Ada Lovelace", "Bob Carver"] {
        assert!(!shown.contains(name), "{name}");
    }
    world.assert_is_sound();
}

async fn who_left_by_a_word_or_a_block_does_not_come_back(database: &str) {
    let mut world = World::with(database, QUICK).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let (cy, dora) = (world.person("Cy Blocks"), world.person("Dora Stays"));
    for who in [&ada, &bob, &cy, &dora] {
        signs(&world, who).await;
    }
    world.settle().await;
    create(&world, "backup.tar.gz");

    // Their posts stand, and say what they said.
    ada.says("withdraw", Audience::Direct).await;
    bob.says("withdraw", Audience::Public).await;
    let letter = cy.letters("/actor");
    cy.does(&cy.activity("Block", letter.into())).await;
    assert_eq!(world.endorsers().await, 1);
    world.letter.stop().await;

    let _guard = in_its_place(&mut world, database).await;
    let restored = world.letter.json(&["backup", "restore", "backup.tar.gz"]);
    assert_eq!(
        (&restored["erased"], &restored["to_read"]),
        (&json!(3), &json!(1))
    );
    world.letter.serve().await;
    eventually("the post was read", async || {
        (world.state(&dora) == "listed").then_some(())
    })
    .await;
    for who in [&ada, &bob, &cy] {
        assert_eq!(world.state(who), "withdrawn", "{}", who.id);
    }
    let shown = world.public_text().await;
    for name in ["Ada Lovelace", "Bob Carver", "Cy Blocks"] {
        assert!(!shown.contains(name), "{name}");
    }
    world.assert_is_sound();

    // Whoever leaves while the list cannot be written leaves all the same.
    let list = match database.strip_prefix("sqlite://") {
        Some(file) => format!("{file}.erased").into(),
        None => world.letter.path("undersigned.erased"),
    };
    fs::remove_file(&list).unwrap();
    fs::create_dir(&list).unwrap();
    dora.says("withdraw", Audience::Direct).await;
    assert_eq!(world.state(&dora), "withdrawn");
    assert!(world.letter.log().contains("cannot be noted"));
}

async fn who_was_taken_off_on_request_does_not_come_back(database: &str) {
    let mut world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let cy = world.person("Cy Like");
    for who in [&ada, &bob, &cy] {
        who.does(&who.like()).await;
    }
    let names = world.letter.json(&["signatory", "list"]);
    let (name, id) = (
        names[0]["name"].clone(),
        names[0]["id"].as_str().unwrap().to_owned(),
    );
    world.settle().await;
    world.letter.stop().await;
    let created = create(&world, "backup.tar.gz");
    assert_eq!(created["server_stopped"], true);
    let before = world.letter.json(&["status"])["counts"]["total"]
        .as_i64()
        .unwrap();

    for command in [
        vec!["person", "erase", &ada.id, "--reason", "request", "--yes"],
        vec![
            "endorsement",
            "withdraw",
            &bob.id,
            "--reason",
            "request",
            "--yes",
        ],
        vec!["signatory", "remove", &id, "--reason", "request", "--yes"],
    ] {
        let done = world.letter.command(&command);
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    let _guard = in_its_place(&mut world, database).await;
    let restored = world.letter.json(&["backup", "restore", "backup.tar.gz"]);
    assert_eq!(
        (&restored["erased"], &restored["to_read"]),
        (&json!(3), &json!(0))
    );

    world.letter.serve().await;
    // Nobody could leave by themselves while no server ran.
    assert_eq!(world.state(&cy), "listed");
    assert_eq!(world.state(&bob), "withdrawn");
    assert_eq!(world.number("total").await, before - 3);
    let shown = world.public_text().await;
    for gone in ["Ada Lovelace", "Bob Carver", name.as_str().unwrap()] {
        assert!(!shown.contains(gone), "{gone}");
    }
    assert!(shown.contains("Cy Like"));
    // The letter's file has the name still, and does not bring it back.
    let published = world.letter.command(&["letter", "publish"]);
    assert_eq!(published.code, 0, "{}", published.stderr);
    assert!(!world.public_text().await.contains(name.as_str().unwrap()));
    world.assert_is_sound();
}

async fn the_server_makes_backups_and_a_post_that_was_lost_is_noticed(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.settle().await;
    world.letter.stop().await;
    world.letter.set("backup.dir = 'kept'");
    world.letter.write_config();
    world.letter.serve().await;
    let state = eventually("a backup", async || {
        let status = world.letter.json(&["status"]);
        let state = status["backup"].clone();
        (!state["last"].is_null()).then_some(state)
    })
    .await;
    assert_eq!(
        (&state["on"], &state["problem"]),
        (&json!(true), &Value::Null)
    );
    let file = world.letter.path(state["file"].as_str().unwrap());
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    assert!(world.letter.log().contains("made a backup"));

    let news = world.letter.path("news.md");
    fs::write(&news, "# News\n\nWe are many.\n").unwrap();
    let posted = world.letter.json(&["post", "create", "--file", "news.md"]);
    let url = posted["url"].as_str().unwrap().to_owned();
    world.letter.stop().await;
    let (target, _folder, _guard) = elsewhere(database).await;
    world.letter.use_database(&target);
    world.letter.set("");
    world.letter.write_config();
    let restored = world
        .letter
        .command(&["backup", "restore", file.to_str().unwrap()]);
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    assert!(
        restored.stdout.contains("lost is what came in"),
        "{}",
        restored.stdout
    );
    assert!(
        restored.stderr.contains("backup.dir"),
        "{}",
        restored.stderr
    );

    world.letter.serve().await;
    let mut note = ada.reply("I sign", Audience::Public);
    note["inReplyTo"] = json!(url);
    ada.does(&ada.create(&note)).await;
    let status = world.letter.json(&["status"]);
    assert_eq!(
        status["restored"]["unknown"],
        json!([path(&url)]),
        "{status}"
    );
    world.assert_is_sound();
}
