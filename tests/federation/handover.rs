//! The hand-over: exports, the signed file, the post to the addressee with its answer, and evidence.

use std::{fs, process::Command};

use serde_json::{Value, json};
use undersigned::text::csv;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{DeadServer, FakeServer},
        program::{Printed, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    an_export_is_the_whole_list_and_another_letter_can_enter_it,
    a_patch_applies_and_changes_no_total,
    who_leaves_takes_the_name_of_the_file_along,
    a_bundle_is_the_same_twice_and_holds_until_it_is_changed,
    the_answer_of_the_addressee_alone_becomes_a_response,
    a_hand_over_is_not_repeated_unasked,
    evidence_is_checked_by_others,
);

/// A letter that Ada signed with a statement, Bo signed, and Cy likes.
async fn signed(database: &str) -> (World, Person) {
    let world = World::with(database, "web.bulk_download = true").await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign. So be it", Audience::Public).await;
    world.commands(&["statement", "approve", &ada.id]);
    let bo = world.person("Bo Diddley");
    bo.says("I sign", Audience::Public).await;
    let cy = world.person("Cy Young");
    cy.does(&cy.like()).await;
    (world, ada)
}

fn done(world: &World, arguments: &[&str]) -> String {
    let printed = world.letter.command(arguments);
    assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
    printed.stdout
}

async fn an_export_is_the_whole_list_and_another_letter_can_enter_it(database: &str) {
    let (world, _) = signed(database).await;
    for (form, path) in [
        ("csv", "/api/v1/supporters.csv"),
        ("ndjson", "/api/v1/supporters.ndjson"),
    ] {
        let served = world.letter.get(path, None).await;
        assert_eq!(served.status, 200, "{path}");
        assert_eq!(done(&world, &["export", form]), served.body, "{form}");
    }
    let table = done(&world, &["export", "csv"]);
    // The head, 21 names of the file, two who signed, one who likes.
    assert_eq!(csv::records(&table).len(), 25);
    let html = done(&world, &["export", "html"]);
    let markdown = done(&world, &["export", "markdown"]);
    for text in [&html, &markdown] {
        for said in ["Ada Lovelace", "Lea Verou", "1 account likes the letter"] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
    assert_eq!(html.matches("<li>").count(), 24, "{html}");
    assert_eq!(markdown.matches("\n- ").count(), 24, "{markdown}");
    assert!(
        html.contains("So be it") && html.ends_with("</html>\n"),
        "{html}"
    );
    let loads = ["<script", "<img", "<link", "url(", "@import"];
    for load in loads {
        assert!(!html.contains(load), "{load}: {html}");
    }

    let other = World::new("sqlite://data/other.db").await;
    let file = other.letter.folder.path().join("list.csv");
    fs::write(&file, &table).unwrap();
    let planned = other.letter.command(&["signatory", "import", "list.csv"]);
    // The file has the same 21 names; each is named as a double.
    assert!(
        planned.stderr.contains("Lea Verou") || planned.stderr.contains("and 16 more"),
        "{}",
        planned.stderr
    );
    let entered = other
        .letter
        .json(&["signatory", "import", "list.csv", "--apply", "--yes"]);
    assert_eq!(
        (&entered["names"], &entered["doubles"], &entered["left_out"]),
        (&json!(23), &json!(21), &json!(1))
    );
    let listed = other.letter.json(&["signatory", "list"]);
    let found = listed.as_array().unwrap().iter();
    let found = found.filter(|row| row["name"] == "Ada Lovelace").count();
    assert_eq!(found, 1, "{listed}");
    let again = ["signatory", "import", "list.csv", "--apply", "--yes"];
    assert_eq!(other.letter.json(&again)["known"], 23);
}

/// Applies the patch to the letter's file, and has it read; returns the patch.
async fn patched(world: &World) -> String {
    let patch = done(world, &["export", "patch"]);
    let folder = world.letter.folder.path();
    fs::write(folder.join("names.patch"), &patch).unwrap();
    let applied = Command::new("git")
        .args(["apply", "names.patch"])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&applied.stderr);
    assert!(applied.status.success(), "{said}\n{patch}");
    world.commands(&["signatory", "sync"]);
    eventually("the names are there", async || {
        (world.letter.count().await["letter"] == 2).then_some(())
    })
    .await;
    patch
}

async fn who_leaves_takes_the_name_of_the_file_along(database: &str) {
    let (world, ada) = signed(database).await;
    let before = world.letter.count().await["total"].as_i64().unwrap();
    patched(&world).await;
    let is_shown = async || {
        world
            .letter
            .page("/supporters")
            .await
            .contains("Ada Lovelace")
    };
    assert!(is_shown().await);
    ada.says("withdraw", Audience::Direct).await;
    assert!(!is_shown().await);
    assert_eq!(world.letter.count().await["total"], before - 1);
    // The file still has her line.
    world.commands(&["signatory", "sync"]);
    assert!(!is_shown().await);
    world.assert_is_sound();
    ada.says("I sign", Audience::Public).await;
    eventually("she is there once", async || {
        (world.letter.count().await["total"] == before).then_some(())
    })
    .await;
    world.assert_is_sound();
}

async fn a_patch_applies_and_changes_no_total(database: &str) {
    let (world, _) = signed(database).await;
    let before = world.letter.count().await;
    let patch = patched(&world).await;
    assert!(
        patch.starts_with("--- a/letter.md\n+++ b/letter.md\n"),
        "{patch}"
    );
    // The lines of the file show the handle in brackets, behind two blanks.
    assert!(patch.contains("\n+-  Ada Lovelace [@"), "{patch}");
    assert!(!patch.contains("Cy Young"), "{patch}");
    let after = world.letter.count().await;
    for total in [
        "total",
        "signed",
        "liked",
        "fediverse",
        "current",
        "organisations",
    ] {
        assert_eq!(before[total], after[total], "{total}: {after}");
    }
    // One line each on the page, and nothing more to add.
    let page = world.letter.page("/supporters").await;
    assert_eq!(page.matches(">Ada Lovelace<").count(), 1, "{page}");
    assert_eq!(done(&world, &["export", "patch"]), "");
    world.assert_is_sound();
    // Without her line she is there by her account alone.
    world.letter.edit_file(|text| {
        let lines = text.lines().filter(|line| !line.contains("Ada Lovelace"));
        lines.flat_map(|line| [line, "\n"]).collect()
    });
    world.commands(&["signatory", "sync"]);
    eventually("her line is gone", async || {
        (world.letter.count().await["total"] == before["total"]).then_some(())
    })
    .await;
    world.assert_is_sound();
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn a_bundle_is_the_same_twice_and_holds_until_it_is_changed(database: &str) {
    let (world, ada) = signed(database).await;
    let folder = world.letter.folder.path();
    let made = world.letter.json(&["deliver", "bundle", "--to", "one.tar"]);
    assert_eq!(made["total"], world.letter.count().await["total"]);
    done(&world, &["deliver", "bundle", "--to", "two.tar"]);
    let bytes = fs::read(folder.join("one.tar")).unwrap();
    assert!(bytes == fs::read(folder.join("two.tar")).unwrap());
    let again = world
        .letter
        .command(&["deliver", "bundle", "--to", "one.tar"]);
    assert_eq!(again.code, 4, "{}", again.stderr);

    let found = world.letter.json(&["deliver", "verify", "one.tar"]);
    assert_eq!(found["holds"], true);
    assert_eq!(found["actor"], world.letter.document("/actor").await["id"]);
    // Any byte: of a head, of a part, of the manifest, of the signature, of what fills up, and at the end.
    for at in (0..bytes.len()).step_by(997).chain([bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(folder.join("changed.tar"), changed).unwrap();
        let refused = world.letter.command(&["deliver", "verify", "changed.tar"]);
        assert_eq!(refused.code, 5, "byte {at}: {}", refused.stdout);
    }
    for cut in [bytes.len() - 512, bytes.len() / 2, 0] {
        fs::write(folder.join("changed.tar"), &bytes[..cut]).unwrap();
        let refused = world.letter.command(&["deliver", "verify", "changed.tar"]);
        assert_eq!(refused.code, 5, "{cut} bytes");
    }
    fs::write(folder.join("changed.tar"), [&bytes[..], b"x"].concat()).unwrap();
    assert_eq!(
        world
            .letter
            .command(&["deliver", "verify", "changed.tar"])
            .code,
        5
    );

    // As others check it.
    let run = |program: &str, arguments: &[&str]| -> Option<(bool, String)> {
        let ran = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .output();
        let ran = ran.ok()?;
        Some((ran.status.success(), String::from_utf8(ran.stdout).unwrap()))
    };
    let (unpacked, _) = run("tar", &["-xf", "one.tar"]).unwrap();
    assert!(unpacked);
    let inside = folder.join("hand-over");
    let served = world.letter.document("/actor").await["publicKey"]["publicKeyPem"].clone();
    assert_eq!(fs::read_to_string(inside.join("key.pem")).unwrap(), served);
    assert_eq!(
        fs::read_to_string(inside.join("list.csv")).unwrap(),
        done(&world, &["export", "csv"])
    );
    let checked = run(
        "openssl",
        &[
            "dgst",
            "-sha256",
            "-verify",
            "hand-over/key.pem",
            "-signature",
            "hand-over/manifest.sig",
            "hand-over/manifest.json",
        ],
    );
    match checked {
        Some(checked) => assert_eq!(checked, (true, "Verified OK\n".to_owned())),
        None => eprintln!("skipped: there is no openssl"),
    }

    // Other data make another file.
    ada.does(&ada.delete_account()).await;
    done(&world, &["deliver", "bundle", "--to", "three.tar"]);
    assert!(bytes != fs::read(folder.join("three.tar")).unwrap());
}

/// The handle of somebody on a server.
fn handle(peer: &FakeServer, user: &str) -> String {
    format!("@{user}@{}", peer.origin.trim_start_matches("http://"))
}

/// What the running server shows on the timeline and in the feed.
async fn news(world: &World) -> String {
    let feed = world.letter.get("/feed.atom", None).await.body;
    world.letter.page("/timeline").await + &feed
}

async fn shown(world: &World, words: &str, times: usize) {
    eventually(&format!("{words:?} {times} times"), async || {
        (news(world).await.matches(words).count() == times).then_some(())
    })
    .await;
}

/// An answer to a post.
fn answer(person: &Person, post: &Value, words: &str) -> Value {
    let mut note = person.reply(words, Audience::Public);
    note["inReplyTo"] = post.clone();
    note
}

async fn the_answer_of_the_addressee_alone_becomes_a_response(database: &str) {
    let (world, ada) = signed(database).await;
    // Our own host cannot be blocked.
    let there = FakeServer::named("localhost");
    let board = world.person_on(&there, "Board", |_| ());
    let to = handle(&there, "Board");
    let post = world
        .letter
        .json(&["deliver", "post", "--to", &to, "--yes"]);
    assert_eq!(post["actor"], board.id);
    let sent = eventually("the board was told", async || {
        there.deliveries("Create").pop()
    })
    .await;
    let note = &sent.activity["object"];
    assert_eq!(note["id"], post["url"]);
    let content = note["content"].as_str().unwrap();
    let count = world.letter.count().await["signed"].to_string();
    for said in [&world.letter.origin, &count] {
        assert!(content.contains(said), "{said}: {content}");
    }

    // Somebody else's answer is none.
    let stranger = answer(&ada, &post["url"], "We will not.");
    ada.does(&ada.create(&stranger)).await;
    let comments = ["endorsement", "list", "--state", "comment"];
    let id = |comments: &Value, actor: &str| {
        let found = comments.as_array().unwrap().iter();
        let mut found = found.filter(|row| row["actor"] == actor);
        found.next().unwrap()["id"].as_str().unwrap().to_owned()
    };
    let foreign = id(&world.letter.json(&comments), &ada.id);
    let refused = world.letter.command(&["statement", "approve", &foreign]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    // Nor is an answer of the addressee to the letter.
    board.says("Thank you for writing.", Audience::Public).await;
    let elsewhere = id(&world.letter.json(&comments), &board.id);
    let refused = world.letter.command(&["statement", "approve", &elsewhere]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);

    let said = answer(&board, &post["url"], "We stopped the contract.");
    board.does(&board.create(&said)).await;
    let total = world.letter.count().await["total"].clone();
    shown(&world, "stopped the contract", 0).await;
    let waiting = id(&world.letter.json(&comments), &board.id);
    world.letter.json(&["statement", "approve", &waiting]);
    shown(&world, "stopped the contract", 2).await;
    assert_eq!(world.letter.count().await["total"], total);
    let page = world.letter.page("/timeline").await;
    assert!(
        page.contains(&to.to_lowercase()) || page.contains(&to),
        "{page}"
    );
    let twice = world.letter.command(&["statement", "approve", &waiting]);
    assert_eq!(twice.code, 4, "{}", twice.stderr);

    // Other words wait again.
    let edit = board.edit(&said, |note| {
        note["content"] = "<p>We stopped nothing.</p>".into();
    });
    board.does(&edit).await;
    shown(&world, "stopped", 0).await;
    world.letter.json(&["statement", "approve", &waiting]);
    shown(&world, "stopped nothing", 2).await;
    world.letter.json(&["statement", "hide", &waiting]);
    shown(&world, "stopped", 0).await;
    world.letter.json(&["statement", "approve", &waiting]);
    shown(&world, "stopped nothing", 2).await;
    // A block hides it, and lifting it brings it back.
    world.commands(&["block", "add", "localhost", "--yes"]);
    shown(&world, "stopped", 0).await;
    world.commands(&["block", "remove", "localhost"]);
    shown(&world, "stopped nothing", 2).await;
    board.does(&board.delete(&said)).await;
    assert_eq!(news(&world).await.matches("stopped").count(), 0);
    world.assert_is_sound();
}

async fn a_hand_over_is_not_repeated_unasked(database: &str) {
    let world = World::new(database).await;
    let _board = world.person("Board");
    let to = handle(&world.peer, "Board");
    let post = |arguments: &[&str]| -> Printed {
        world
            .letter
            .command(&[&["deliver", "post", "--to"], arguments].concat())
    };
    // Without a terminal nobody can be asked.
    let asked = post(&[&to]);
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    assert!(
        asked.stderr.contains(&to.to_lowercase()),
        "{}",
        asked.stderr
    );
    assert_eq!(world.letter.json(&["post", "list"]), json!([]));
    assert_eq!(post(&[&to, "--yes"]).code, 0);
    let again = post(&[&to]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    assert_eq!(post(&[&to, "--yes"]).code, 0);
    let dead = DeadServer::new();
    let silent = format!("@board@{}", dead.authority());
    for (wrong, code) in [
        (handle(&world.peer, "nobody"), 3),
        (silent, 6),
        ("board".to_owned(), 2),
    ] {
        let refused = post(&[&wrong, "--yes"]);
        assert_eq!(refused.code, code, "{wrong}: {}", refused.stderr);
    }
    let posts = world.letter.json(&["post", "list"]);
    assert_eq!(posts.as_array().unwrap().len(), 2);
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn evidence_is_checked_by_others(database: &str) {
    let (world, ada) = signed(database).await;
    let folder = world.letter.folder.path();
    let write = [
        "endorsement",
        "show",
        &ada.id,
        "--evidence",
        "--to",
        "ada.json",
    ];
    let written = world.letter.json(&write);
    assert_eq!(written["evidence_file"], "ada.json");
    assert_eq!(world.letter.command(&write).code, 4);
    let found = world.letter.json(&["evidence", "verify", "ada.json"]);
    assert_eq!(
        (&found["holds"], &found["actor"]),
        (&json!(true), &json!(ada.id))
    );

    let text = fs::read_to_string(folder.join("ada.json")).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    // Whatever the file says of the request is part of the check.
    for (member, value) in [
        ("actor", json!("https://m.example/users/eve")),
        ("path", json!("/actor/inbox")),
        ("method", json!("PUT")),
        ("origin", json!("https://other.example")),
        ("body", json!("e30=")),
        ("key_id", json!("https://m.example/users/eve#main-key")),
        ("received_at", json!("2020-01-01T00:00:00Z")),
        ("signed_text", json!("host: other.example")),
        ("signature", json!("AAAA")),
        ("scheme", json!("rfc9421")),
        ("algorithm", json!("none")),
        ("format", json!("undersigned evidence 2")),
        (
            "key",
            json!(
                undersigned::signature::KeyPair::generate()
                    .unwrap()
                    .public_key_pem()
            ),
        ),
    ] {
        let mut forged = whole.clone();
        assert!(forged.get(member).is_some(), "{member}");
        forged[member] = value;
        fs::write(folder.join("forged.json"), forged.to_string()).unwrap();
        let refused = world.letter.command(&["evidence", "verify", "forged.json"]);
        assert_eq!(refused.code, 5, "{member}: {}", refused.stdout);
    }

    // As others check it, with OpenSSL.
    let part = |name: &str| whole[name].as_str().unwrap().to_owned();
    fs::write(folder.join("signed.txt"), part("signed_text")).unwrap();
    fs::write(folder.join("key.pem"), part("key")).unwrap();
    let decoded = Command::new("sh")
        .args([
            "-c",
            "printf %s \"$0\" | base64 -d > signature.bin",
            &part("signature"),
        ])
        .current_dir(folder)
        .status();
    assert!(decoded.unwrap().success());
    let checked = Command::new("openssl")
        .args([
            "dgst",
            "-sha256",
            "-verify",
            "key.pem",
            "-signature",
            "signature.bin",
            "signed.txt",
        ])
        .current_dir(folder)
        .output();
    match checked {
        Ok(checked) => assert_eq!(checked.stdout, b"Verified OK\n"),
        Err(_) => eprintln!("skipped: there is no openssl"),
    }

    // Who leaves takes the evidence along.
    ada.does(&ada.delete_account()).await;
    let gone = [
        "endorsement",
        "show",
        &ada.id,
        "--evidence",
        "--to",
        "gone.json",
    ];
    assert_eq!(world.letter.command(&gone).code, 3);
}
