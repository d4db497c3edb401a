//! The letter is edited and closed: who is told, and which revisions people can read.

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{Delivery, FakeServer, Reply},
        program::eventually,
        world::{Audience, Person, World},
    },
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, Millis, SystemClock};

on_both_databases!(
    an_edit_reaches_every_server_that_has_a_copy_once,
    the_history_shows_what_changed,
    a_correction_that_is_more_is_refused,
    another_text_is_told_and_who_signs_again_signed_it,
    a_closed_letter_says_so_once_and_an_open_one_again,
    a_letter_closes_at_its_time,
    the_text_is_read_from_its_source,
    pictures_beside_the_file_are_part_of_the_letter,
    translations_are_found_beside_the_file,
    a_translation_is_a_page_that_names_the_others,
    another_text_of_a_translation_moves_no_signature,
    a_warning_alone_is_an_edit_and_no_revision,
);

/// Somebody who follows, likes, answers or boosts, each on a server of their own.
async fn acquainted(world: &World) -> Vec<(&'static str, FakeServer, Person)> {
    let mut all = Vec::new();
    for what in ["follows", "likes", "answers", "boosts", "left"] {
        let peer = FakeServer::start();
        let person = world.person_on(&peer, "Ada Lovelace", |_| ());
        match what {
            "follows" => person.does(&person.follow()).await,
            "likes" => person.does(&person.like()).await,
            // A comment is enough to get the edit.
            "answers" => {
                person.says("Hm.", Audience::Public).await;
            }
            "boosts" => {
                let letter = person.letters("/letter").into();
                person.does(&person.activity("Announce", letter)).await;
            }
            _ => {
                let like = person.like();
                person.does(&like).await;
                person.does(&person.undo(&like)).await;
            }
        }
        all.push((what, peer, person));
    }
    all
}

fn updates(peer: &FakeServer) -> Vec<Delivery> {
    peer.deliveries("Update")
}

fn content(update: &Delivery) -> String {
    let content = update.activity.pointer("/object/content").unwrap();
    content.as_str().unwrap().to_owned()
}

/// The letter's file with another paragraph below its title.
fn after_title(file: &str, paragraph: &str) -> String {
    file.replacen("**\n\n", &format!("**\n\n{paragraph}\n\n"), 1)
}

fn publish(world: &World, options: &[&str]) -> Value {
    world
        .letter
        .json(&[&["letter", "publish"], options].concat())
}

async fn a_warning_alone_is_an_edit_and_no_revision(database: &str) {
    let world = World::new(database).await;
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo"));
    ada.does(&ada.follow()).await;
    world
        .letter
        .edit_file(|file| file.replacen("---\n", "---\nwarning: joke\n", 1));
    let published = publish(&world, &[]);
    assert_eq!(published["number"], 1);
    let update = world.delivered("Update").await.activity;
    assert_eq!(update["object"]["summary"], "joke");
    assert_eq!(publish(&world, &[]), json!({"unchanged": true}));
    let versions = world.letter.json(&["letter", "versions"]);
    assert_eq!(versions.as_array().unwrap().len(), 1);
    eventually("the letter is served with it", async || {
        let letter = world.letter.document("/letter").await;
        (letter["summary"] == "joke" && letter["sensitive"] == true).then_some(())
    })
    .await;
    // Servers fill it in for who answers; another one is the author's own.
    for (person, summary, state) in [
        (&ada, "RE: joke", "listed"),
        (&bo, "joke about it", "pending"),
    ] {
        let mut note = person.reply("I sign", Audience::Public);
        note["summary"] = json!(summary);
        person.does(&person.create(&note)).await;
        assert_eq!(world.state(person), state, "{summary}");
    }
    world.settle().await;
    assert_eq!(world.peer.deliveries("Update").len(), 1);
    world.assert_is_sound();
}

async fn an_edit_reaches_every_server_that_has_a_copy_once(database: &str) {
    let mut world = World::new(database).await;
    let everybody = acquainted(&world).await;
    assert_eq!(publish(&world, &[]), json!({"unchanged": true}));
    world
        .letter
        .edit_file(|text| after_title(&text, "Quite another text."));
    let done = publish(
        &world,
        &["--kind", "substantive", "--note", "We were asked."],
    );
    assert_eq!(
        (&done["number"], &done["kind"]),
        (&json!(2), &json!("substantive"))
    );
    assert_eq!(publish(&world, &[]), json!({"unchanged": true}));
    for (what, peer, _) in &everybody {
        if *what == "left" {
            continue;
        }
        let update = eventually(what, async || updates(peer).into_iter().next()).await;
        assert_eq!(update.verified, Ok(()), "{what}");
        let content = content(&update);
        assert!(content.contains("Quite another text."), "{content}");
        let history = format!("{}/history", world.letter.origin);
        assert!(content.contains(&history), "{content}");
    }
    world.letter.stop().await;
    world.letter.serve().await;
    world.settle().await;
    for (what, peer, _) in &everybody {
        let expected = usize::from(*what != "left");
        assert_eq!(updates(peer).len(), expected, "{what}");
    }
    world.assert_is_sound();
}

async fn the_history_shows_what_changed(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let hostile = "<script>alert(1)</script> & \"me\"";
    world
        .letter
        .edit_file(|text| after_title(&text, &format!("New {hostile} words.")));
    publish(&world, &["--kind", "substantive", "--note", hostile]);
    let list = eventually("the history is new", async || {
        let page = world.letter.page("/history").await;
        page.contains("/history/2").then_some(page)
    })
    .await;
    assert!(list.contains("Another text") && list.contains("First text"));
    assert!(list.contains("22 signed this text") && list.contains("0 signed this text"));
    let page = world.letter.page("/history/2").await;
    assert!(page.contains("<ins>"), "{page}");
    for page in [&list, &page] {
        assert!(!page.contains("<script"), "{page}");
    }
    let answer = world.letter.get("/history/2", Some("text/html")).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let known = [
        ("accept", "text/html"),
        ("if-none-match", answer.header("etag")),
    ];
    let again = world.letter.get_with("/history/2", &known).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    for missing in [
        "/history/3",
        "/history/0",
        "/history/02",
        "/history/x",
        "/history/-1",
    ] {
        let answer = world.letter.get(missing, Some("text/html")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }

    let told = world.letter.json(&["letter", "diff", "1", "2"]);
    assert_eq!(
        (&told["before"]["number"], &told["after"]["number"]),
        (&json!(1), &json!(2))
    );
    let pieces = told["pieces"].as_array().unwrap();
    let added: Vec<_> = pieces.iter().filter(|it| it["change"] == "added").collect();
    assert_eq!(added.len(), 1);
    assert!(added[0]["text"].as_str().unwrap().contains(hostile));
    let printed = world.letter.command(&["letter", "diff", "1", "2"]);
    assert!(printed.stdout.contains("{+") && printed.stdout.contains("+}"));
    assert_eq!(world.letter.command(&["letter", "diff", "1", "3"]).code, 3);

    // The first text again: who signed it has signed this revision, too.
    assert_eq!(world.number("current").await, 0);
    world
        .letter
        .edit_file(|text| text.replacen(&format!("\n\nNew {hostile} words.\n\n"), "\n\n", 1));
    publish(&world, &[]);
    eventually("it counts again", async || {
        (world.number("current").await == 22).then_some(())
    })
    .await;
}

async fn a_correction_that_is_more_is_refused(database: &str) {
    let world = World::new(database).await;
    world
        .letter
        .edit_file(|text| after_title(&text, "We do not want 5 things."));
    let kindless = world.letter.command(&["letter", "publish"]);
    assert_eq!(kindless.code, 2, "{}", kindless.stderr);
    let typo = ["letter", "publish", "--kind", "typo"];
    let refused = world.letter.command(&typo);
    assert_eq!(refused.code, 2);
    for said in [
        "{+",
        "We do not want 5 things.",
        "the number of words",
        "--yes",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    assert_eq!(
        world
            .letter
            .json(&["letter", "versions"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let done = publish(&world, &["--kind", "typo", "--yes"]);
    assert_eq!(
        (&done["number"], &done["kind"]),
        (&json!(2), &json!("typo"))
    );
    for path in ["/history", "/history/2"] {
        eventually("the history says so", async || {
            let page = world.letter.page(path).await;
            page.contains("call this a correction, though")
                .then_some(())
        })
        .await;
    }
    assert!(world.letter.page("/history/2").await.contains("<ins>"));
    assert!(
        !world
            .letter
            .page("/history/1")
            .await
            .contains("call this a correction")
    );
}

async fn another_text_is_told_and_who_signs_again_signed_it(database: &str) {
    let world = World::new(database).await;
    let elsewhere = [
        FakeServer::start(),
        FakeServer::start(),
        FakeServer::start(),
    ];
    let [signed, commented, left] = &elsewhere;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    let bo = world.person_on(signed, "Bo", |_| ());
    bo.says("I sign", Audience::Public).await;
    let cy = world.person_on(signed, "Cy", |_| ());
    cy.does(&cy.like()).await;
    let di = world.person_on(commented, "Di", |_| ());
    di.says("Hm.", Audience::Public).await;
    let ed = world.person_on(left, "Ed", |_| ());
    let like = ed.like();
    ed.does(&like).await;
    ed.does(&ed.undo(&like)).await;

    world
        .letter
        .edit_file(|text| after_title(&text, "Quite another text."));
    for refused in [
        &["--kind", "typo", "--yes", "--tell"][..],
        &["--kind", "typo", "--tell"],
    ] {
        let printed = world
            .letter
            .command(&[&["letter", "publish"], refused].concat());
        assert_eq!(printed.code, 2, "{}", printed.stderr);
    }
    let note = "We were asked.";
    let told = [
        "letter",
        "publish",
        "--kind",
        "substantive",
        "--tell",
        "--note",
        note,
    ];
    let printed = world.letter.command(&told);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(
        printed.stderr.contains("may not see it"),
        "{}",
        printed.stderr
    );
    let unchanged = world.letter.command(&["letter", "publish", "--tell"]);
    assert_eq!(unchanged.code, 2, "{}", unchanged.stderr);
    world.settle().await;
    let [followers, signers, readers, leavers] =
        [&world.peer, signed, commented, left].map(|peer| peer.deliveries("Create"));
    assert_eq!((followers.len(), signers.len()), (1, 1));
    assert_eq!((readers.len(), leavers.len()), (0, 0));
    let post = &signers[0].activity["object"];
    assert_eq!(post["inReplyTo"], bo.letters("/letter"));
    assert_eq!(post["tag"], json!([]));
    let content = content(&signers[0]);
    for said in ["another text", note, &bo.letters("/history/2")] {
        assert!(content.contains(said), "{said}: {content}");
    }

    assert_eq!(world.number("current").await, 0);
    assert_eq!(world.endorsement(&bo)["revision"], 1);
    let mut reply = bo.reply("I sign", Audience::Public);
    reply["inReplyTo"] = post["id"].clone();
    // Dates count whole seconds, and this may be the second of the publication.
    reply.as_object_mut().unwrap().remove("published");
    bo.does(&bo.create(&reply)).await;
    assert_eq!(world.endorsement(&bo)["revision"], 2);
    assert_eq!(world.number("current").await, 1);
    assert_eq!(world.endorsement(&cy)["revision"], 1);
    world.assert_is_sound();
}

async fn a_closed_letter_says_so_once_and_an_open_one_again(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let state = world.letter.json(&["letter", "close"]);
    assert_eq!(state, json!({"state": "closed", "closes_at": null}));
    let again = world.letter.command(&["letter", "close"]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    let update = world.delivered("Update").await;
    assert!(content(&update).contains("</p><p>This letter is closed"));
    eventually("the page and the Note say so", async || {
        let page = world.letter.page("/").await.contains("Signing is closed");
        let note = world.letter.document("/letter").await;
        (page && note["content"] == update.activity["object"]["content"]).then_some(())
    })
    .await;
    let late = world.person("Bo Late");
    late.does(&late.like()).await;
    assert_eq!(world.state(&late), "late");
    world.letter.stop().await;
    world.letter.serve().await;
    world.settle().await;
    assert_eq!(updates(&world.peer).len(), 1);

    assert_eq!(world.letter.json(&["letter", "open"])["state"], "open");
    eventually("everybody is told", async || {
        (updates(&world.peer).len() == 2).then_some(())
    })
    .await;
    let both = updates(&world.peer);
    assert!(content(&both[1]).contains("</p><p>To sign"));
    let updated = |it: &Delivery| it.activity.pointer("/object/updated").cloned();
    assert!(updated(&both[0]).unwrap().as_str() < updated(&both[1]).unwrap().as_str());

    world.letter.json(&["letter", "pause"]);
    eventually("it is paused", async || {
        let page = world.letter.page("/").await;
        page.contains("Signing is paused").then_some(())
    })
    .await;
    let cy = world.person("Cy Patient");
    cy.does(&cy.like()).await;
    assert_eq!(world.state(&cy), "pending");
    world.letter.json(&["letter", "open"]);
    assert_eq!(world.state(&cy), "listed");
    let audit = world.letter.json(&["audit", "list", "--target", "letter"]);
    let actions: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["action"])
        .collect();
    assert_eq!(
        actions,
        ["letter.open", "letter.pause", "letter.open", "letter.close"]
    );
}

async fn a_letter_closes_at_its_time(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let far = Millis::from_millis(SystemClock.now().as_millis() + 3_600_000).to_string();
    world.letter.json(&["letter", "close", "--at", &far]);
    assert_eq!(
        world.letter.json(&["status"])["letter"]["closes_at"],
        json!(far)
    );
    let past = world
        .letter
        .command(&["letter", "close", "--at", "2020-01-01T00:00:00Z"]);
    assert_eq!(past.code, 2, "{}", past.stderr);
    let soon = Millis::from_millis(SystemClock.now().as_millis() + 6000).to_string();
    let state = world.letter.json(&["letter", "close", "--at", &soon]);
    assert_eq!(state, json!({"state": "open", "closes_at": soon}));
    let update = world.delivered("Update").await;
    assert!(content(&update).contains("</p><p>This letter is closed"));
    assert_eq!(world.letter.json(&["status"])["letter"]["state"], "closed");
    world.settle().await;
    assert_eq!(updates(&world.peer).len(), 1);
}

async fn the_text_is_read_from_its_source(database: &str) {
    let mut world = World::new(database).await;
    let none = world
        .letter
        .command(&["letter", "publish", "--from-source"]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    let source = world.peer.url("/letter.md");
    world.letter.stop().await;
    world
        .letter
        .set(&format!("letter.source_url = '{source}?token=s3cret'"));
    world.letter.serve().await;
    let missing = world
        .letter
        .command(&["letter", "publish", "--from-source"]);
    assert_eq!(missing.code, 6, "{}", missing.stderr);
    assert!(!missing.stderr.contains("s3cret"), "{}", missing.stderr);
    let text = Reply::of_type("text/plain; charset=utf-8", "# A letter\n\nRead from afar.");
    world.peer.reply_at("/letter.md", text);
    let done = publish(&world, &["--from-source", "--kind", "substantive"]);
    assert_eq!(done["number"], 2, "{done}");
}

async fn pictures_beside_the_file_are_part_of_the_letter(database: &str) {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nfirst";
    const OTHER: &[u8] = b"\xff\xd8\xff\xe0other";
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    let folder = world.letter.folder.path();
    std::fs::write(folder.join("us.png"), PNG).unwrap();
    let images = "![We *stand*](us.png) ![Them](https://x.example/them.png)";
    world.letter.edit_file(|text| after_title(&text, images));
    let substantive = ["letter", "publish", "--kind", "substantive"];
    let printed = world.letter.command(&substantive);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let lost = "the picture https://x.example/them.png is lost";
    assert!(printed.stderr.contains(lost), "{}", printed.stderr);
    let status = world.letter.json(&["status"]);
    assert_eq!(status["letter"]["file_differs"], false);
    let digest = status["letter"]["digest"].clone();

    let update = world.delivered("Update").await;
    let attached = update.activity.pointer("/object/attachment").unwrap();
    let url = attached[0]["url"].as_str().unwrap().to_owned();
    let expected = json!([{
        "type": "Document", "mediaType": "image/png", "url": url, "name": "We stand",
    }]);
    assert_eq!(*attached, expected);
    let path = url.strip_prefix(&world.letter.origin).unwrap();
    let name = path.strip_prefix("/pictures/").unwrap();
    let hash = name.strip_suffix(".png").unwrap();
    let answer = world.letter.get(path, None).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("cache-control").contains("immutable"));
    let read = world.client.get(&url).send().await.unwrap();
    assert_eq!(read.bytes().await.unwrap(), PNG);
    let shown = eventually("the page shows it", async || {
        let page = world.letter.page("/").await;
        page.contains("/pictures/").then_some(page)
    })
    .await;
    assert!(
        shown.contains(&format!("<img src=\"{url}\" alt=\"We stand\">")),
        "{shown}"
    );
    for missing in [
        format!("/pictures/{hash}.jpg"),
        format!("/pictures/{}.png", "0".repeat(64)),
        "/pictures/us.png".to_owned(),
        "/pictures/..%2Fletter.md".to_owned(),
    ] {
        let answer = world.letter.get(&missing, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }

    // Other bytes are another text, and no typo.
    std::fs::write(folder.join("us.png"), OTHER).unwrap();
    assert_eq!(
        world.letter.json(&["status"])["letter"]["file_differs"],
        true
    );
    let typo = world
        .letter
        .command(&["letter", "publish", "--kind", "typo"]);
    assert_eq!(typo.code, 2, "{}", typo.stderr);
    let done = publish(&world, &["--kind", "substantive"]);
    assert!(done["digest"] != digest);
    let earlier = world.letter.get(path, None).await;
    assert_eq!(earlier.status, StatusCode::OK, "the history shows it");
}

/// What a translation's file holds.
fn translation(lang: &str, title: &str, text: &str) -> String {
    format!("---\nlang: {lang}\n---\n\n# {title}\n\n{text}\n\nSigned,\n\n- Nobody Reads This\n")
}

/// Writes a file beside the letter's.
fn write(world: &World, file: &str, text: &str) {
    std::fs::write(world.letter.folder.path().join(file), text).unwrap();
}

async fn status(world: &World, path: &str) -> StatusCode {
    world.letter.get(path, Some("text/html")).await.status
}

/// Publishes a German and an Arabic translation, and waits until they are there.
async fn translated(world: &World) -> Value {
    let german = translation("de", "Ein Brief", "Baut Brücken.");
    write(world, "letter.de.md", &german);
    let arabic = translation("ar", "رسالة", "ابنوا الجسور.");
    write(world, "letter.ar.md", &arabic);
    let done = publish(world, &[]);
    eventually("the pages are there", async || {
        (status(world, "/ar/").await == StatusCode::OK).then_some(())
    })
    .await;
    done
}

async fn translations_are_found_beside_the_file(database: &str) {
    let world = World::new(database).await;
    assert!(!world.letter.page("/").await.contains("hreflang"));
    let text = translation("de", "Ein Brief", "Baut Brücken.");
    write(&world, "letter.de.md", &text);
    for file in ["letter.backup.md", "letter.old.md"] {
        write(&world, file, "# Not a translation\n\nText.\n");
    }
    // A copy of a letter says its language; an empty file has no title.
    write(
        &world,
        "letter.bak.md",
        &translation("en", "A letter", "Text."),
    );
    write(&world, "letter.new.md", "");
    assert_eq!(status(&world, "/de/").await, StatusCode::NOT_FOUND);
    let checked = world.letter.json(&["letter", "check", "letter.md"]);
    let found = checked["translations"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{checked}");
    assert_eq!(
        (&found[0]["file"], &found[0]["title"], &found[0]["names"]),
        (&json!("letter.de.md"), &json!("Ein Brief"), &json!(1))
    );
    let warnings = checked["warnings"].to_string();
    assert!(warnings.contains("letter.backup.md"), "{warnings}");
    for said in ["lang: old", "lang: bak", "letter.new.md is not published"] {
        assert!(warnings.contains(said), "{said}: {warnings}");
    }
    let done = publish(&world, &[]);
    assert_eq!(done["number"], 1);
    assert_eq!(done["translations"][0]["digest"], found[0]["digest"]);
    assert_eq!(publish(&world, &[]), json!({"unchanged": true}));

    // What cannot be published is refused with its file, and nothing changes.
    for (file, text, said) in [
        (
            "letter.en.md",
            translation("en", "A letter", "Text."),
            "letter.en.md is in en",
        ),
        (
            "letter.fr.md",
            translation("es", "Carta", "Texto."),
            "letter.fr.md: its front matter says `lang: es`",
        ),
        (
            "letter.fr.md",
            "Text without a title.\n".to_owned(),
            "letter.fr.md",
        ),
        (
            "letter.DE.md",
            translation("de", "Brief", "Text."),
            "are both in de",
        ),
    ] {
        write(&world, file, &text);
        for command in [
            &["letter", "check", "letter.md"][..],
            &["letter", "publish"],
        ] {
            let printed = world.letter.command(command);
            assert_ne!(printed.code, 0, "{file}");
            assert!(printed.stderr.contains(said), "{said}: {}", printed.stderr);
        }
        std::fs::remove_file(world.letter.folder.path().join(file)).unwrap();
    }
    let shown = world.letter.json(&["letter", "show"]);
    assert_eq!(shown["translations"], done["translations"]);

    // What is lost in a translation is said with its file.
    let pictured = translation("de", "Ein Brief", "Baut Brücken. ![Brücke](gone.png)");
    write(&world, "letter.de.md", &pictured);
    let printed = world.letter.command(&["letter", "publish"]);
    let said = "letter.de.md: warning: line 7: the picture gone.png is lost";
    assert!(printed.stderr.contains(said), "{}", printed.stderr);

    // Nothing beside another file is a translation, and those there are stay.
    write(&world, "other.md", "# A letter\n\nAnother text.\n");
    let done = publish(&world, &["other.md", "--kind", "substantive"]);
    assert_eq!(done["number"], 2, "{done}");
    assert_eq!(done["translations"][0]["language"], "de", "{done}");
    // The path does not matter, the file does.
    std::fs::remove_file(world.letter.folder.path().join("letter.de.md")).unwrap();
    let done = publish(&world, &["./letter.md", "--kind", "substantive"]);
    assert_eq!(done["translations"], json!([]), "{done}");
}

async fn a_translation_is_a_page_that_names_the_others(database: &str) {
    let world = World::new(database).await;
    translated(&world).await;
    let origin = &world.letter.origin;
    let german = world.letter.page("/de/").await;
    for part in [
        "<html lang=\"de\">",
        "Ein Brief",
        "Baut Brücken.",
        "Ich unterzeichne",
        "zurückziehen",
        &format!("<link rel=\"canonical\" href=\"{origin}/de/\">"),
        "<input type=\"hidden\" name=\"language\" value=\"de\">",
    ] {
        assert!(german.contains(part), "{part}: {german}");
    }
    assert!(!german.contains("Nobody Reads This"), "{german}");
    let arabic = world.letter.page("/ar/").await;
    assert!(
        arabic.contains("<html lang=\"ar\" dir=\"rtl\">"),
        "{arabic}"
    );
    let english = world.letter.page("/").await;
    assert!(!english.contains("Baut"), "{english}");
    for (language, path) in [
        ("en", "/"),
        ("de", "/de/"),
        ("ar", "/ar/"),
        ("x-default", "/"),
    ] {
        let link =
            format!("<link rel=\"alternate\" hreflang=\"{language}\" href=\"{origin}{path}\">");
        for page in [&english, &german, &arabic] {
            assert_eq!(page.matches(&link).count(), 1, "{link}");
        }
    }
    for (path, expected) in [
        ("/fr/", StatusCode::NOT_FOUND),
        ("/fr", StatusCode::NOT_FOUND),
        ("/old", StatusCode::NOT_FOUND),
        // As any address whose last slash is too much.
        ("/DE/", StatusCode::PERMANENT_REDIRECT),
        ("/old/", StatusCode::PERMANENT_REDIRECT),
        ("/about/", StatusCode::PERMANENT_REDIRECT),
    ] {
        assert_eq!(status(&world, path).await, expected, "{path}");
    }
    // An address without its last slash leads to the page, and the box answers in the language of its page.
    let short = world.letter.get("/de", Some("text/html")).await;
    assert_eq!(short.status, StatusCode::SEE_OTHER);
    assert_eq!(short.header("location"), format!("{origin}/de/"));
    for (language, expected) in [("de", "weder ein Konto"), ("fr", "neither a handle")] {
        let request = world.client.post(format!("{origin}/sign"));
        let request = request
            .header("origin", origin)
            .body(format!("account=-&language={language}"));
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert!(answer.contains(expected), "{language}: {answer}");
    }
    let sitemap = world.letter.get("/sitemap.xml", None).await.body;
    assert!(sitemap.contains(&format!("{origin}/de/")), "{sitemap}");
    let note = world.letter.document("/letter").await;
    assert_eq!(note["contentMap"].as_object().unwrap().len(), 1, "{note}");
}

async fn another_text_of_a_translation_moves_no_signature(database: &str) {
    let world = World::new(database).await;
    let peer = FakeServer::start();
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    let counts = world.letter.count().await;
    translated(&world).await;
    let tunnel = translation("de", "Ein Brief", "Baut Tunnel.");
    write(&world, "letter.de.md", &tunnel);
    assert!(world.letter.page("/de/").await.contains("Brücken"));
    assert_eq!(publish(&world, &[])["number"], 1);
    std::fs::remove_file(world.letter.folder.path().join("letter.ar.md")).unwrap();
    let done = publish(&world, &[]);
    assert_eq!(done["translations"].as_array().unwrap().len(), 1, "{done}");
    let history = eventually("the history shows it", async || {
        let page = world.letter.page("/history").await;
        let shown = page.contains("Translation taken away: العربية");
        shown.then_some(page)
    })
    .await;
    for part in ["New translation: Deutsch", "Changed translation: Deutsch"] {
        assert_eq!(history.matches(part).count(), 1, "{part}: {history}");
    }
    eventually("its page is gone", async || {
        (status(&world, "/ar/").await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    assert!(world.letter.page("/de/").await.contains("Baut Tunnel."));
    assert_eq!(world.letter.count().await, counts);
    let revisions = world.letter.json(&["letter", "versions"]);
    assert_eq!(revisions.as_array().unwrap().len(), 1, "{revisions}");
    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(audit[0]["action"], "letter.translations", "{audit}");
    world.settle().await;
    assert_eq!(updates(&peer).len(), 0);
}
