//! `post …`: announcements of the letter, and what people do with them.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{DeadServer, FakeServer},
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_post_reaches_followers_and_the_page,
    an_edit_reaches_them_once_and_no_edit_not_at_all,
    what_is_deleted_is_gone_for_servers_and_for_people,
    a_signing_reply_to_a_post_signs_the_letter,
    who_is_mentioned_is_told_without_following,
    who_is_erased_is_mentioned_no_more,
    a_handle_that_nobody_has_is_not_posted,
    a_post_bears_its_warning_and_stays_out_of_public_timelines,
);

const ACTIVITY: &str = "application/activity+json";

/// A Markdown file with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// A world with a follower.
async fn followed(database: &str) -> (World, Person) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    (world, ada)
}

fn create(world: &World, text: &str) -> Value {
    let file = file(text);
    let name = file.path().to_str().unwrap();
    world.letter.json(&["post", "create", "--file", name])
}

/// The path of a post as a command printed it.
fn path(world: &World, post: &Value) -> String {
    let url = post["url"].as_str().unwrap();
    url.strip_prefix(&world.letter.origin).unwrap().to_owned()
}

/// Waits until the running server shows it.
async fn is_served(world: &World, path: &str, status: u16) {
    eventually("the server took the change over", async || {
        let answer = world.letter.get(path, Some(ACTIVITY)).await;
        (answer.status == status).then_some(())
    })
    .await;
}

async fn a_post_reaches_followers_and_the_page(database: &str) {
    let (world, _) = followed(database).await;
    let post = create(&world, "# News\n\nThey *answered*.\n");
    assert_eq!(post["state"], "published");
    let create = world.delivered("Create").await;
    assert_eq!(create.inbox, "/inbox");
    assert_eq!(create.activity["object"]["id"], post["url"]);

    let path = path(&world, &post);
    is_served(&world, &path, 200).await;
    let mut embedded = create.activity["object"].clone();
    let served = world.letter.document(&path).await;
    embedded["@context"] = served["@context"].clone();
    assert_eq!(served, embedded);
    let page = world.letter.page(&path).await;
    assert!(page.contains("<h2>News</h2>"), "{page}");
    assert!(page.contains("They <em>answered</em>."), "{page}");
    // What people are told to paste is what their servers find.
    let pasted = page.split("<code class=\"copy\">").nth(1).unwrap();
    let pasted = pasted.split("</code>").next().unwrap();
    let found = pasted.strip_prefix(&world.letter.origin).unwrap();
    assert_eq!(world.letter.document(found).await["id"], post["url"]);
    let outbox = world.letter.document("/outbox").await;
    assert_eq!(outbox["orderedItems"][0]["object"]["id"], post["url"]);
    let letter = world.letter.document("/letter").await;
    assert_eq!(letter["replies"]["first"]["items"], json!([post["url"]]));

    // Our posts come first, then those of others.
    let bo = world.person("Bo");
    bo.says("I sign", Audience::Public).await;
    eventually("both are listed", async || {
        let replies = world.letter.document("/letter/replies?page=1").await;
        let items = replies["items"].as_array().unwrap();
        (items.len() == 2).then(|| assert_eq!(items[0], post["url"]))
    })
    .await;
    let listed = world.letter.json(&["post", "list"]);
    let members: Vec<_> = listed[0].as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "id",
            "url",
            "published",
            "updated",
            "state",
            "audience",
            "in_reply_to"
        ]
    );
}

async fn a_post_bears_its_warning_and_stays_out_of_public_timelines(database: &str) {
    let (world, _) = followed(database).await;
    let public = "https://www.w3.org/ns/activitystreams#Public";
    let followers = format!("{}/followers", world.letter.origin);
    let run = |options: &[&str], text: &str| {
        let file = file(text);
        let name = file.path().to_str().unwrap();
        let command = [&["post"], options, &["--file", name]].concat();
        world.letter.json(&command)
    };
    let warned = "---\nwarning: Politics\n---\nOne.\n";
    let post = run(
        &["create", "--unlisted", "--warning", "US  politics"],
        warned,
    );
    let sent = world.delivered("Create").await.activity;
    for document in [&sent, &sent["object"]] {
        assert_eq!(document["to"], json!([followers]));
        assert_eq!(document["cc"], json!([public]));
    }
    let object = &sent["object"];
    assert_eq!(
        (&object["summary"], &object["sensitive"]),
        (&json!("US politics"), &json!(true))
    );
    // The words of the command stay, and so does the audience.
    let id = post["id"].as_str().unwrap();
    assert_eq!(run(&["update", id], "One.\n"), json!({"unchanged": true}));
    run(&["update", id], "Two.\n");
    let update = world.delivered("Update").await.activity;
    assert_eq!(update["object"]["summary"], "US politics");
    assert_eq!(update["to"], json!([followers]));

    // The file's warning is sent and taken back with the file.
    let second = run(&["create"], warned);
    let id = second["id"].as_str().unwrap();
    run(&["update", id], "One.\n");
    let of_it = async |kind| {
        eventually("what was said of it", async || {
            let all = world.peer.deliveries(kind).into_iter();
            let mut all = all.map(|delivery| delivery.activity["object"].clone());
            all.find(|object| object["id"] == second["url"])
        })
        .await
    };
    assert_eq!(of_it("Create").await["summary"], "Politics");
    let update = of_it("Update").await;
    assert_eq!(update.get("summary"), None);
    assert_eq!(update["to"], json!([public]));
}

async fn an_edit_reaches_them_once_and_no_edit_not_at_all(database: &str) {
    let (world, _) = followed(database).await;
    let post = create(&world, "One.\n");
    let id = post["id"].as_str().unwrap();
    let beginning = id.get(..6).unwrap();
    let (same, other) = (file("One.\n"), file("Two.\n"));
    let update = |file: &tempfile::NamedTempFile| {
        let name = file.path().to_str().unwrap();
        world
            .letter
            .command(&["post", "update", beginning, "--file", name])
    };
    assert_eq!(update(&same).stdout, "unchanged\n");
    // A person who replied without following: her server has a copy, too.
    let elsewhere = FakeServer::start();
    let bo = world.person_on(&elsewhere, "Bo", |_| ());
    let mut reply = bo.reply("Interesting.", Audience::Public);
    reply["inReplyTo"] = post["url"].clone();
    bo.does(&bo.create(&reply)).await;
    let done = update(&other);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let sent = world.delivered("Update").await;
    assert_eq!(sent.activity["object"]["content"], "<p>Two.</p>");
    assert_eq!(sent.activity["object"]["published"], post["published"]);
    assert!(sent.activity["object"]["updated"].as_str() > post["published"].as_str());
    world.settle().await;
    assert_eq!(world.peer.deliveries("Update").len(), 1);
    assert_eq!(elsewhere.deliveries("Update").len(), 1);
    assert_eq!(update(&file("")).code, 1);
}

async fn what_is_deleted_is_gone_for_servers_and_for_people(database: &str) {
    let (world, _) = followed(database).await;
    let post = create(&world, "A slip.\n");
    let (id, path) = (post["id"].as_str().unwrap(), path(&world, &post));
    is_served(&world, &path, 200).await;
    let asked = world.letter.command(&["post", "delete", id]);
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    assert!(asked.stderr.contains("A slip.") && asked.stderr.contains("--yes"));
    is_served(&world, &path, 200).await;

    let deleted = world.letter.json(&["post", "delete", id, "--yes"]);
    assert_eq!(deleted["state"], "deleted");
    let sent = world.delivered("Delete").await;
    assert_eq!(
        sent.activity["object"],
        json!({"id": post["url"], "type": "Tombstone"})
    );
    is_served(&world, &path, 410).await;
    let gone = world.letter.get(&path, Some(ACTIVITY)).await.json();
    assert_eq!(
        (&gone["type"], &gone["id"]),
        (&json!("Tombstone"), &post["url"])
    );
    let page = world.letter.get(&path, Some("text/html")).await;
    assert_eq!(page.status, 410);
    assert!(page.header("content-type").contains("text/html"));
    assert!(!world.public_text().await.contains("A slip."));
    let again = world.letter.command(&["post", "delete", id, "--yes"]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    let never = world.letter.command(&["post", "delete", "zzzz", "--yes"]);
    assert_eq!(never.code, 3, "{}", never.stderr);
}

async fn a_signing_reply_to_a_post_signs_the_letter(database: &str) {
    let (world, ada) = followed(database).await;
    let post = create(&world, "Please sign.\n");
    let like = ada.activity("Like", post["url"].clone());
    ada.does(&like).await;
    assert_eq!(world.endorsers().await, 0, "a like of a post does nothing");
    let mut reply = ada.reply("I sign", Audience::Public);
    reply["inReplyTo"] = post["url"].clone();
    ada.does(&ada.create(&reply)).await;
    assert_eq!(world.endorsers().await, 1);
    let boost = ada.activity("Announce", post["url"].clone());
    ada.does(&boost).await;
    assert_eq!(world.number("reach").await, 1);
    ada.does(&ada.delete(&reply)).await;
    assert_eq!(world.endorsers().await, 0);
    world.assert_is_sound();
}

async fn who_is_mentioned_is_told_without_following(database: &str) {
    let (world, _) = followed(database).await;
    let elsewhere = FakeServer::start();
    let bo = world.person_on(&elsewhere, "Bo", |_| ());
    let handle = format!("@Bo@{}", elsewhere.origin.trim_start_matches("http://"));
    let text = format!("Thank you, {handle}! #OpenLetter https://x.example/a_b\n");
    let post = create(&world, &text);
    let path = path(&world, &post);
    let sent = eventually("the mentioned account was told", async || {
        elsewhere.deliveries("Create").pop()
    })
    .await;
    let note = &sent.activity["object"];
    let followers = world.letter.document("/actor").await["followers"].clone();
    assert_eq!(note["cc"], json!([followers, bo.id]));
    assert_eq!(sent.activity["cc"], note["cc"]);
    let tag = format!("{}/tags/openletter", world.letter.origin);
    assert_eq!(
        note["tag"],
        json!([
            {"type": "Hashtag", "name": "#OpenLetter", "href": tag},
            {"type": "Mention", "name": handle.to_lowercase(), "href": bo.id},
        ])
    );
    let content = note["content"].as_str().unwrap();
    is_served(&world, &path, 200).await;
    let page = world.letter.page(&path).await;
    for link in [
        format!("<a href=\"{}\" class=\"u-url mention\" rel=", bo.id),
        format!("<a href=\"{tag}\" class=\"mention hashtag\" rel="),
        "<a href=\"https://x.example/a_b\" rel=".to_owned(),
    ] {
        assert!(content.contains(&link), "{content}");
        assert!(page.contains(&link), "{page}");
    }
    let served = world.letter.document(&path).await;
    assert_eq!(served["tag"], note["tag"]);

    // An edit without the mention tells the server that has a copy, and so does the end.
    let id = post["id"].as_str().unwrap();
    let edited = file("Thank you.\n");
    let name = edited.path().to_str().unwrap();
    let done = world
        .letter
        .command(&["post", "update", id, "--file", name]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let sent = eventually("the edit arrived", async || {
        elsewhere.deliveries("Update").pop()
    })
    .await;
    assert_eq!(sent.activity["object"]["tag"], json!([]));
    assert_eq!(sent.activity["object"]["cc"], json!([followers]));
    world.letter.json(&["post", "delete", id, "--yes"]);
    eventually("the end arrived", async || {
        elsewhere.deliveries("Delete").pop()
    })
    .await;
    world.settle().await;
    assert_eq!(elsewhere.all_deliveries().len(), 3);
    world.assert_is_sound();
}

async fn who_is_erased_is_mentioned_no_more(database: &str) {
    let (world, _) = followed(database).await;
    let bo = world.person("Bo");
    let cy = world.person("Cy");
    let host = world.peer.origin.trim_start_matches("http://").to_owned();
    let text = |words: &str| format!("{words}, @Bo@{host} and @Cy@{host}!\n");
    let once = create(&world, &text("Welcome"));
    let edited = create(&world, &text("Hello"));
    let edit = file(&text("Thank you"));
    let (id, name) = (
        edited["id"].as_str().unwrap(),
        edit.path().to_str().unwrap(),
    );
    let done = world
        .letter
        .command(&["post", "update", id, "--file", name]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    world.settle().await;
    let sent = world.peer.deliveries("Create");
    assert!(
        sent.iter()
            .all(|sent| sent.activity.to_string().contains(&bo.id))
    );
    let paths = [path(&world, &once), path(&world, &edited)];
    is_served(&world, &paths[1], 200).await;
    let exported = world.letter.json(&["person", "export", &bo.id]).to_string();
    assert!(
        exported.contains("Thank you") && exported.contains("Welcome"),
        "{exported}"
    );

    let reason = ["--reason", "request: by mail", "--yes"];
    world
        .letter
        .json(&[&["person", "erase", &bo.id], &reason[..]].concat());
    for path in paths.iter().map(String::as_str).chain(["/outbox"]) {
        let document = eventually("nobody erased is mentioned", async || {
            let document = world.letter.document(path).await;
            (!document.to_string().contains(&bo.id)).then_some(document)
        })
        .await;
        assert!(document.to_string().contains(&cy.id), "{document}");
    }
    // What was published last of each is still there, without them; what it replaced is not.
    let outbox = world.letter.document("/outbox").await;
    let items = outbox["orderedItems"].as_array().unwrap();
    let about = |post: &Value, kind: &str| {
        let mut items = items.iter();
        items.any(|item| item["type"] == kind && item["object"]["id"] == post["url"])
    };
    assert!(
        about(&once, "Create") && about(&edited, "Update"),
        "{outbox}"
    );
    assert!(!about(&edited, "Create"), "{outbox}");
    for sent in sent {
        let id = sent.activity["id"].as_str().unwrap();
        let path = id.strip_prefix(&world.letter.origin).unwrap();
        let answer = world
            .letter
            .get(path, Some("application/activity+json"))
            .await;
        assert!(!answer.body.contains(&bo.id), "{}", answer.body);
    }
    world.assert_is_sound();
}

async fn a_handle_that_nobody_has_is_not_posted(database: &str) {
    let (world, _) = followed(database).await;
    let there = world.peer.origin.trim_start_matches("http://").to_owned();
    let dead = DeadServer::new();
    let silent = dead.authority();
    for (handle, code) in [
        (format!("@nobody@{there}"), 3),
        (format!("@bo@{silent}"), 6),
    ] {
        let refused = file(&format!("Hello {handle}.\n"));
        let name = refused.path().to_str().unwrap();
        let printed = world.letter.command(&["post", "create", "--file", name]);
        assert_eq!(printed.code, code, "{}", printed.stderr);
        let hint = format!("`\\{handle}`, which stays plain text");
        assert!(printed.stderr.contains(&hint), "{}", printed.stderr);
        assert_eq!(world.letter.json(&["post", "list"]), json!([]));
    }
    // As plain text, and the letter's own handle, ask nobody.
    let own = world.letter.document("/actor").await["webfinger"].clone();
    let own = format!("@{}", own.as_str().unwrap());
    create(&world, &format!("Hello \\@bo@{silent}. Write to {own}.\n"));
    let sent = world.delivered("Create").await;
    let content = sent.activity["object"]["content"].as_str().unwrap();
    assert!(
        content.contains(&format!("Hello @bo@{silent}.")),
        "{content}"
    );
    assert!(content.contains(&format!(">{own}</a>")), "{content}");
    assert_eq!(sent.activity["object"]["tag"], json!([]));
}
