//! `post reply`: answers of the letter, in public and to their authors alone.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{DeadServer, FakeServer},
        program::{Printed, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_public_answer_goes_to_followers_and_to_its_author,
    a_direct_answer_is_for_its_author_alone,
    nobody_is_answered_unasked_or_named_against_their_state,
    who_is_kept_unnamed_is_answered_alone_and_no_answer_to_them_is_sent_again,
    a_post_elsewhere_is_read_before_it_is_answered,
    who_is_erased_is_answered_no_more,
    a_thread_is_shown_as_far_as_it_is_known,
);

const ACTIVITY: &str = "application/activity+json";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// A Markdown file with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Answers, and expects that to work.
fn answer(world: &World, what: &str, text: &str, more: &[&str]) -> Value {
    let file = file(text);
    let name = file.path().to_str().unwrap();
    let command = ["post", "reply", what, "--file", name];
    world.letter.json(&[&command, more].concat())
}

fn try_to_answer(world: &World, what: &str, more: &[&str]) -> Printed {
    let file = file("Hello.\n");
    let name = file.path().to_str().unwrap();
    let command = ["post", "reply", what, "--file", name];
    world.letter.command(&[&command, more].concat())
}

/// The path of one of our posts or activities.
fn path(world: &World, url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix(&world.letter.origin).unwrap().to_owned()
}

/// A world with a follower, and somebody on another server who asked something.
async fn asked(database: &str) -> (World, Person, FakeServer, Person, Value) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    let elsewhere = FakeServer::start();
    let bo = world.person_on(&elsewhere, "Bo", |_| ());
    let question = bo.says("What about the rivers?", Audience::Public).await;
    (world, ada, elsewhere, bo, question)
}

/// Waits for the first delivery of this kind.
async fn arrived(server: &FakeServer, kind: &str) -> Value {
    let delivery = eventually(kind, async || server.deliveries(kind).pop()).await;
    assert_eq!(delivery.verified, Ok(()), "{kind}");
    delivery.activity
}

async fn a_public_answer_goes_to_followers_and_to_its_author(database: &str) {
    let (world, _, elsewhere, bo, question) = asked(database).await;
    let comment = &world.listed(&["--state", "comment"])[0];
    let id = comment["id"].as_str().unwrap();
    let post = answer(&world, id, "They are in *paragraph 3*.\n", &[]);
    assert_eq!(
        (&post["audience"], &post["in_reply_to"]),
        (&json!("public"), &question["id"])
    );
    let host = elsewhere.origin.trim_start_matches("http://");
    let handle = format!("@bo@{host}");
    let followers = world.letter.document("/actor").await["followers"].clone();
    for server in [&world.peer, &elsewhere] {
        let create = arrived(server, "Create").await;
        let note = &create["object"];
        assert_eq!(note["inReplyTo"], question["id"]);
        assert_eq!(
            (&note["to"], &note["cc"]),
            (&json!([PUBLIC]), &json!([followers, bo.id]))
        );
        assert_eq!((&create["to"], &create["cc"]), (&note["to"], &note["cc"]));
        assert_eq!(
            note["tag"],
            json!([{"type": "Mention", "href": bo.id, "name": handle}])
        );
        assert_eq!(
            note["content"],
            format!(
                "<p><span class=\"h-card\"><a href=\"{}\" class=\"u-url mention\">@<span>bo</span></a></span> \
                 They are in <em>paragraph 3</em>.</p>",
                bo.id
            )
        );
    }
    // It stands in the outbox and at its own address, and not among the replies to the letter.
    let own = path(&world, &post["url"]);
    let served = eventually("it is served", async || {
        let answer = world.letter.get(&own, Some(ACTIVITY)).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!(served["inReplyTo"], question["id"]);
    let page = world.letter.page(&own).await;
    let link = format!("href=\"{}\"", question["id"].as_str().unwrap());
    assert!(page.contains(&link), "{page}");
    assert!(!page.contains("rivers"), "{page}");
    let outbox = world.letter.document("/outbox").await;
    assert_eq!(outbox["orderedItems"][0]["object"]["id"], post["url"]);
    let replies = world.letter.document("/letter/replies?page=1").await;
    assert!(!replies.to_string().contains(post["url"].as_str().unwrap()));
    assert!(!world.letter.page("/timeline").await.contains("paragraph 3"));

    // The same people are told of the edit and of the end.
    let post_id = post["id"].as_str().unwrap();
    let edited = file("They are in paragraph 4.\n");
    let name = edited.path().to_str().unwrap();
    world
        .letter
        .json(&["post", "update", post_id, "--file", name]);
    for server in [&world.peer, &elsewhere] {
        let update = arrived(server, "Update").await;
        assert_eq!(update["object"]["inReplyTo"], question["id"]);
        assert_eq!(update["object"]["cc"], json!([followers, bo.id]));
    }
    // The page names nobody who is hidden.
    bo.says("I sign", Audience::Public).await;
    world
        .letter
        .json(&["endorsement", "hide", &bo.id, "--reason", "other"]);
    eventually("the link is gone", async || {
        let page = world.letter.page(&own).await;
        (!page.contains(&link)).then_some(())
    })
    .await;
    world.letter.json(&["post", "delete", post_id, "--yes"]);
    for server in [&world.peer, &elsewhere] {
        let delete = arrived(server, "Delete").await;
        assert_eq!(
            delete["object"],
            json!({"id": post["url"], "type": "Tombstone"})
        );
    }
    eventually("it is gone", async || {
        let answer = world.letter.get(&own, Some(ACTIVITY)).await;
        (answer.status == 410).then_some(())
    })
    .await;
    world.assert_is_sound();
}

async fn a_direct_answer_is_for_its_author_alone(database: &str) {
    let (world, ada, elsewhere, bo, question) = asked(database).await;
    let host = elsewhere.origin.trim_start_matches("http://");
    let ada_host = world.peer.origin.trim_start_matches("http://");
    // Whoever else the text names is told nothing.
    let text = format!("Between us, and not @ada@{ada_host}.\n");
    let post = answer(&world, &format!("@bo@{host}"), &text, &["--direct"]);
    assert_eq!(post["audience"], "direct");
    let create = arrived(&elsewhere, "Create").await;
    let note = &create["object"];
    for document in [&create, note] {
        assert_eq!(
            (&document["to"], &document["cc"]),
            (&json!([bo.id]), &json!([]))
        );
    }
    assert_eq!(note["inReplyTo"], question["id"]);
    assert_eq!(
        note["tag"],
        json!([{"type": "Mention", "href": bo.id, "name": format!("@bo@{host}")}])
    );
    assert!(
        note["content"]
            .as_str()
            .unwrap()
            .contains("@<span>bo</span>")
    );
    let post_id = post["id"].as_str().unwrap();
    let edited = file("Between the two of us.\n");
    let name = edited.path().to_str().unwrap();
    world
        .letter
        .json(&["post", "update", post_id, "--file", name]);
    let update = arrived(&elsewhere, "Update").await;
    assert_eq!(update["to"], json!([bo.id]));
    assert_eq!(update["object"]["to"], json!([bo.id]));
    let inboxes = elsewhere.all_deliveries();
    assert!(
        inboxes.iter().all(|sent| sent.inbox == "/users/bo/inbox"),
        "{inboxes:?}"
    );

    // Nobody else sees it: not at its address, not in the outbox, and what people do to it means nothing.
    let own = path(&world, &post["url"]);
    for url in [&post["url"], &create["id"], &update["id"]] {
        for accept in [ACTIVITY, "text/html"] {
            let answer = world.letter.get(&path(&world, url), Some(accept)).await;
            assert_eq!(answer.status, 404, "{url} {accept}");
        }
    }
    let boost = ada.activity("Announce", post["url"].clone());
    ada.does(&boost).await;
    assert_eq!(world.number("reach").await, 0);
    for public in [
        "/timeline",
        "/feed.atom",
        "/sitemap.xml",
        "/nodeinfo/2.1",
        "/outbox",
        "/letter/replies",
        "/letter",
    ] {
        let body = world.letter.get(public, None).await.body;
        assert!(!body.contains(&own), "{public}: {body}");
    }
    assert!(!world.public_text().await.contains("two of us"));
    let listed = world.letter.json(&["post", "list"]);
    assert_eq!(
        (&listed[0]["audience"], &listed[0]["in_reply_to"]),
        (&json!("direct"), &question["id"])
    );
    world.letter.json(&["post", "delete", post_id, "--yes"]);
    let delete = arrived(&elsewhere, "Delete").await;
    assert_eq!(
        (&delete["to"], &delete["object"]["id"]),
        (&json!([bo.id]), &post["url"])
    );
    let gone = world.letter.get(&own, Some(ACTIVITY)).await;
    assert_eq!(gone.status, 404);
    world.settle().await;
    for kind in ["Create", "Update", "Delete"] {
        assert!(world.peer.deliveries(kind).is_empty(), "{kind}");
    }
    world.assert_is_sound();
}

async fn nobody_is_answered_unasked_or_named_against_their_state(database: &str) {
    let (world, ada, elsewhere, bo, _) = asked(database).await;
    // Ada follows, and said nothing.
    assert_eq!(try_to_answer(&world, &ada.id, &[]).code, 3);
    assert_eq!(try_to_answer(&world, "@nobody@here.example", &[]).code, 3);
    ada.says("I sign", Audience::Public).await;
    world
        .letter
        .json(&["endorsement", "hide", &ada.id, "--reason", "other"]);
    let hidden = try_to_answer(&world, &ada.id, &[]);
    assert_eq!(hidden.code, 4, "{}", hidden.stderr);
    assert!(hidden.stderr.contains("--direct"), "{}", hidden.stderr);
    let direct = try_to_answer(&world, &ada.id, &["--direct"]);
    assert_eq!(direct.code, 0, "{}", direct.stderr);
    // Who left is not named either, and who is blocked is not written to at all.
    bo.says("I sign", Audience::Public).await;
    bo.says("And I have another question", Audience::Public)
        .await;
    world
        .letter
        .json(&["endorsement", "withdraw", &bo.id, "--reason", "mistake"]);
    assert_eq!(try_to_answer(&world, &bo.id, &[]).code, 4);
    assert_eq!(try_to_answer(&world, &bo.id, &["--direct"]).code, 0);
    // What waits for a blocked host is dropped.
    world.settle().await;
    let host = elsewhere.origin.trim_start_matches("http://");
    let handle = format!("@bo@{host}");
    world.letter.json(&["block", "add", &handle, "--yes"]);
    let blocked = try_to_answer(&world, &bo.id, &["--direct"]);
    assert_eq!(blocked.code, 4, "{}", blocked.stderr);
    assert!(blocked.stderr.contains("blocked"), "{}", blocked.stderr);
    world.settle().await;
    assert_eq!(elsewhere.deliveries("Create").len(), 1);
    world.assert_is_sound();
}

async fn who_is_kept_unnamed_is_answered_alone_and_no_answer_to_them_is_sent_again(database: &str) {
    let (world, _, elsewhere, bo, question) = asked(database).await;
    let post = answer(&world, &bo.id, "In paragraph 3.\n", &[]);
    let id = post["id"].as_str().unwrap();
    let edited = file("In paragraph 4.\n");
    let update = ["post", "update", id, "--file"];
    let update = [&update[..], &[edited.path().to_str().unwrap()]].concat();
    let own = path(&world, &post["url"]);
    let link = format!("href=\"{}\"", question["id"].as_str().unwrap());
    let shows_link = async |shown: bool| {
        eventually("the page follows", async || {
            let page = world.letter.page(&own).await;
            (page.contains(&link) == shown).then_some(())
        })
        .await;
    };
    shows_link(true).await;
    // Bo only asked, and is taken off by an administrator, or by an own wish.
    let off = ["names", "off", &bo.id, "--reason", "request"];
    world.letter.json(&off);
    shows_link(false).await;
    let refused = [
        try_to_answer(&world, &bo.id, &[]),
        world.letter.command(&update),
    ];
    for refused in refused {
        assert_eq!(refused.code, 4, "{}", refused.stderr);
        let why = "its author is kept unnamed here, so no public post";
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    world.letter.json(&["names", "on", &bo.id]);
    shows_link(true).await;
    bo.says("hide me", Audience::Direct).await;
    shows_link(false).await;
    assert_eq!(try_to_answer(&world, &bo.id, &[]).code, 4);
    assert_eq!(try_to_answer(&world, &bo.id, &["--direct"]).code, 0);
    assert_eq!(world.letter.command(&update).code, 4);
    bo.says("show me", Audience::Direct).await;
    shows_link(true).await;
    // While all names are off it is the same for everybody.
    world.letter.json(&["names", "off", "--reason", "request"]);
    shows_link(false).await;
    let refused = world.letter.command(&update);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("names are off"),
        "{}",
        refused.stderr
    );
    world.letter.json(&["post", "delete", id, "--yes"]);
    arrived(&elsewhere, "Delete").await;
    world.settle().await;
    assert!(
        world
            .peer
            .deliveries("Update")
            .iter()
            .all(|sent| { sent.activity["object"]["id"] != post["url"] })
    );
    world.assert_is_sound();
}

async fn a_post_elsewhere_is_read_before_it_is_answered(database: &str) {
    let world = World::new(database).await;
    let bo = world.person("Bo");
    let put = |name: &str, audience: Audience, change: &dyn Fn(&mut Value)| {
        let mut note = bo.reply("Hello", audience);
        let id = world.peer.url(&format!("/notes/{name}"));
        note["id"] = json!(id);
        note["@context"] = json!("https://www.w3.org/ns/activitystreams");
        change(&mut note);
        world.peer.put(&format!("/notes/{name}"), note);
        id
    };
    let unasked = put("unasked", Audience::Public, &|note| {
        note["inReplyTo"] = Value::Null;
        note["tag"] = json!([]);
        note["cc"] = json!([]);
    });
    let refused = try_to_answer(&world, &unasked, &["--direct"]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stderr.contains("unasked"), "{}", refused.stderr);
    let private = put("private", Audience::Followers, &|_| ());
    assert_eq!(try_to_answer(&world, &private, &[]).code, 4);
    let direct = try_to_answer(&world, &private, &["--direct"]);
    assert_eq!(direct.code, 0, "{}", direct.stderr);
    let addressed = put("addressed", Audience::Unlisted, &|note| {
        note["inReplyTo"] = Value::Null;
    });
    assert_eq!(try_to_answer(&world, &addressed, &[]).code, 0);
    world.settle().await;
    let answered: Vec<_> = world.peer.deliveries("Create");
    let answered: Vec<_> = answered
        .iter()
        .map(|sent| sent.activity["object"]["inReplyTo"].clone())
        .collect();
    assert_eq!(answered, [json!(private), json!(addressed)]);
    // What is not there, is no post, or cannot be reached.
    let missing = world.peer.url("/notes/none");
    assert_eq!(try_to_answer(&world, &missing, &[]).code, 3);
    world.peer.refuse("/notes/refused", 403);
    let forbidden = world.peer.url("/notes/refused");
    assert_eq!(try_to_answer(&world, &forbidden, &[]).code, 6);
    let dead = format!("http://{}/notes/1", DeadServer::new().authority());
    assert_eq!(try_to_answer(&world, &dead, &["--direct"]).code, 6);
    let letter = format!("{}/letter", world.letter.origin);
    assert_eq!(try_to_answer(&world, &letter, &[]).code, 4);
    world.assert_is_sound();
}

async fn who_is_erased_is_answered_no_more(database: &str) {
    let (world, _, elsewhere, bo, question) = asked(database).await;
    let public = answer(&world, &bo.id, "In public.\n", &[]);
    let direct = answer(&world, &bo.id, "To you alone.\n", &["--direct"]);
    world.settle().await;
    assert_eq!(elsewhere.deliveries("Create").len(), 2);
    let exported = world.letter.json(&["person", "export", &bo.id]).to_string();
    assert!(exported.contains("To you alone."), "{exported}");
    world
        .letter
        .json(&["person", "erase", &bo.id, "--reason", "request", "--yes"]);
    let own = path(&world, &public["url"]);
    let question = question["id"].as_str().unwrap();
    let note = eventually("the answer names nobody", async || {
        let note = world.letter.document(&own).await;
        (!note.to_string().contains(&bo.id)).then_some(note)
    })
    .await;
    assert_eq!(note.get("inReplyTo"), None);
    assert_eq!(note["content"], "<p>In public.</p>");
    let outbox = world.letter.document("/outbox").await.to_string();
    assert!(outbox.contains("In public."), "{outbox}");
    assert!(!outbox.contains(question), "{outbox}");
    let listed = world.letter.json(&["post", "list"]);
    assert_eq!(listed[0]["id"], direct["id"]);
    assert_eq!(listed[0]["state"], "deleted");
    assert!(!listed.to_string().contains(question), "{listed}");
    world.assert_is_sound();
}

async fn a_thread_is_shown_as_far_as_it_is_known(database: &str) {
    let (world, _, _, bo, question) = asked(database).await;
    let first = answer(&world, &bo.id, "In paragraph 3.\n", &[]);
    let mut more = bo.reply("And the lakes?", Audience::Unlisted);
    more["inReplyTo"] = first["url"].clone();
    bo.does(&bo.create(&more)).await;
    // The newest one is answered.
    let second = answer(&world, &bo.id, "In paragraph 4.\n", &["--direct"]);
    assert_eq!(second["in_reply_to"], more["id"]);
    let listed = world.letter.json(&["comment", "list"]);
    let answers = |number: usize| listed[number]["answers"].as_array().unwrap().clone();
    assert_eq!((answers(0).len(), answers(1).len()), (1, 1));
    assert_eq!(answers(0)[0]["text"], "In paragraph 4.");
    assert_eq!(answers(1)[0]["text"], "In paragraph 3.");
    let table = world.letter.command(&["comment", "list"]).stdout;
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert!(
        lines[1].contains("answered (direct)\tIn paragraph 4."),
        "{table}"
    );
    for number in [0, 1] {
        let id = listed[number]["id"].as_str().unwrap();
        let shown = world.letter.json(&["comment", "show", id]);
        let thread = shown["thread"].as_array().unwrap();
        let urls: Vec<_> = thread.iter().map(|post| post["url"].clone()).collect();
        let expected = [&question["id"], &first["url"], &more["id"], &second["url"]];
        assert_eq!(json!(urls), json!(expected), "{shown}");
        let audiences: Vec<_> = thread.iter().map(|post| &post["audience"]).collect();
        assert_eq!(
            json!(audiences),
            json!(["public", "public", "unlisted", "direct"])
        );
    }
    world.assert_is_sound();
}
