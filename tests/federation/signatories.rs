//! Names: from the letter's source, by command, timer and push, and by hand.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{FakeServer, Reply},
        program::{Printed, eventually},
        world::World,
    },
};

on_both_databases!(
    a_source_brings_names_and_never_text,
    a_sync_that_changes_much_waits_for_somebody_to_look,
    a_push_brings_names_and_only_an_authentic_one,
    names_are_taken_over_by_the_clock,
    names_by_hand_are_on_the_page,
    what_was_taken_off_stays_off,
);

const LETTER: &str = include_str!("../../letter.md");
const PATH: &str = "/own/re/main/letter.md";

/// A server with the letter's file, which knows its versions by an `ETag`.
struct Source {
    server: FakeServer,
    state: Arc<Mutex<SourceState>>,
}

#[derive(Default)]
struct SourceState {
    text: String,
    /// How often the whole file was read, and how often it was known already.
    read: usize,
    known: usize,
}

impl Source {
    fn start() -> Self {
        let state = Arc::new(Mutex::new(SourceState {
            text: LETTER.to_owned(),
            ..SourceState::default()
        }));
        let shared = Arc::clone(&state);
        let server = FakeServer::deciding(move |request| {
            let mut state = shared.lock().unwrap();
            if request.path() == "/moved/re/main/letter.md" {
                return Reply::of_type("text/plain", LETTER);
            }
            if state.text.is_empty() {
                return Reply::redirect("/moved/re/main/letter.md");
            }
            let etag = format!("\"{}\"", undersigned::hash::Sha256::of(&state.text).short());
            let asked = request.headers.get("if-none-match");
            if asked.is_some_and(|asked| *asked == *etag) {
                state.known += 1;
                return Reply::Status(304);
            }
            state.read += 1;
            let headers = vec![("content-type", "text/plain".to_owned()), ("etag", etag)];
            Reply::Sent(200, headers, state.text.clone().into_bytes())
        });
        Self { server, state }
    }

    fn settings(&self) -> String {
        format!(
            "letter.source_url = '{}?token=s3cret'\n",
            self.server.url(PATH)
        )
    }

    fn change(&self, change: impl FnOnce(String) -> String) {
        let mut state = self.state.lock().unwrap();
        state.text = change(std::mem::take(&mut state.text));
    }

    /// How often the whole file was read, and how often it was known already.
    fn asked(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.read, state.known)
    }
}

fn with_names(text: &str, names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("- {name}\n")).collect();
    let names = names.concat();
    format!("{}\n{names}", text.trim_end())
}

/// The letter without its list.
fn without_names(text: &str) -> String {
    let (before, _) = text.split_once("\n- ").unwrap();
    format!("{before}\n")
}

fn sync(world: &World, options: &[&str]) -> Printed {
    let command = ["signatory", "sync", "--json"];
    world.letter.command(&[&command, options].concat())
}

fn synced(world: &World) -> Value {
    world.letter.json(&["signatory", "sync"])
}

async fn listed(world: &World, name: &str) -> bool {
    world.letter.page("/supporters").await.contains(name)
}

async fn is_listed(world: &World, name: &str) {
    eventually(name, async || listed(world, name).await.then_some(())).await;
}

async fn is_not_listed(world: &World, name: &str) {
    eventually(name, async || (!listed(world, name).await).then_some(())).await;
}

fn trouble(world: &World) -> Option<String> {
    let status = world.letter.json(&["status"]);
    let problem = status["names"]["problem"].as_str();
    problem.map(str::to_owned)
}

async fn a_source_brings_names_and_never_text(database: &str) {
    let source = Source::start();
    let world = World::with(database, &source.settings()).await;
    source.change(|text| with_names(&text, &["Ada Lovelace, ACME"]));
    let done = synced(&world);
    assert_eq!((&done["joined"], &done["gone"]), (&json!(1), &json!(0)));
    is_listed(&world, "Ada Lovelace").await;
    assert_eq!(world.number("signed").await, 22);
    let asked = source.asked();
    assert_eq!(synced(&world), json!({"unchanged": true}));
    assert_eq!(
        source.asked(),
        (asked.0, asked.1 + 1),
        "it is asked for by its ETag"
    );
    assert_eq!(trouble(&world), None);

    // Another text and another name: who left goes, and the new name waits for the text.
    source.change(|text| {
        let text = text.replace("- Ada Lovelace, ACME\n", "- Bob Waits\n");
        text.replacen("relationship", "friendship", 1)
    });
    let done = synced(&world);
    assert_eq!(
        (&done["joined"], &done["gone"], &done["waiting"]),
        (&json!(0), &json!(1), &json!(1))
    );
    is_not_listed(&world, "Ada Lovelace").await;
    assert!(!listed(&world, "Bob Waits").await);
    assert!(trouble(&world).unwrap().contains("publish the text first"));
    let screen = world.letter.command(&["status"]);
    assert!(
        screen.stdout.contains("publish the text first"),
        "{}",
        screen.stdout
    );
    let versions = world.letter.json(&["letter", "versions"]);
    assert_eq!(versions.as_array().unwrap().len(), 1);
    let published = [
        "letter",
        "publish",
        "--from-source",
        "--kind",
        "substantive",
    ];
    world.letter.json(&published);
    is_listed(&world, "Bob Waits").await;
    assert_eq!(trouble(&world), None);

    // Its address has a token, which is printed nowhere.
    drop(source);
    let failed = sync(&world, &[]);
    assert_eq!(failed.code, 6, "{}", failed.stderr);
    assert!(
        failed.stderr.contains(PATH) && !failed.stderr.contains("s3cret"),
        "{}",
        failed.stderr
    );
    let problem = trouble(&world).unwrap();
    assert!(
        problem.contains(PATH) && !problem.contains("s3cret"),
        "{problem}"
    );
    world.assert_is_sound();
}

async fn a_sync_that_changes_much_waits_for_somebody_to_look(database: &str) {
    let source = Source::start();
    let world = World::with(database, &source.settings()).await;
    let refused = |said: &str| {
        let refused = sync(&world, &[]);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        for said in [said, "signatory sync --yes"] {
            assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
            assert!(trouble(&world).unwrap().contains(said), "{said}");
        }
    };
    source.change(|text| without_names(&text));
    refused("21 of 21 names would go");
    assert_eq!(world.number("signed").await, 21);
    let unread = ["https://a.example/", "https://b.example/"];
    source.change(|_| with_names(LETTER, &unread));
    refused("2 of 23 lines");
    source.change(|_| LETTER.to_owned());
    assert_eq!(synced(&world)["unchanged"], true);
    assert_eq!(trouble(&world), None);

    // It leads to a repository of somebody else.
    source.change(|_| String::new());
    refused("another repository");
    source.change(|_| without_names(LETTER));
    let done = sync(&world, &["--yes"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    eventually("all are gone", async || {
        (world.number("signed").await == 0).then_some(())
    })
    .await;
    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["reason"], &audit[0]["by"]),
        (&json!("signatory.sync"), &json!("+0 -21"), &json!("test"))
    );
    world.assert_is_sound();
}

/// The signature of a body by this secret, as GitHub writes it.
fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let hex: Vec<_> = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let hex = hex.concat();
    format!("sha256={hex}")
}

async fn push(world: &World, event: &str, signature: Option<&str>, body: String) -> StatusCode {
    let url = format!("{}/hooks/github", world.letter.origin);
    let mut request = world.client.post(url).body(body);
    request = request.header("x-github-event", event);
    request = request.header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header("x-hub-signature-256", signature);
    }
    request.send().await.unwrap().status()
}

async fn a_push_brings_names_and_only_an_authentic_one(database: &str) {
    let source = Source::start();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "hush\n").unwrap();
    let hook = format!("letter.webhook_secret_file = '{}'\n", secret.display());
    let settings = format!("{}{hook}server.max_body = '4 KiB'\n", source.settings());
    let mut world = World::with(database, &settings).await;
    let pushed = |repository: &str, file: &str| {
        let commits = json!([{"added": [], "modified": [file], "removed": []}]);
        let repository = json!({"full_name": repository});
        json!({"ref": "refs/heads/main", "repository": repository, "commits": commits}).to_string()
    };
    let body = pushed("own/re", "letter.md");
    let right = signature("hush", &body);
    let wrong = signature("other", &body);
    source.change(|text| with_names(&text, &["Ada Lovelace"]));
    for (status, signature, body) in [
        (401, None, body.clone()),
        (401, Some(&wrong), body.clone()),
        (401, Some(&right), format!("{body} ")),
        (413, Some(&right), format!("{body}{}", " ".repeat(4096))),
    ] {
        let signature = signature.map(String::as_str);
        let answer = push(&world, "push", signature, body).await;
        assert_eq!(answer.as_u16(), status);
    }
    let nonsense = "no JSON".to_owned();
    let signed = signature("hush", &nonsense);
    assert_eq!(
        push(&world, "push", Some(&signed), nonsense).await.as_u16(),
        400
    );
    for (event, body) in [
        ("ping", body.clone()),
        ("push", pushed("other/re", "letter.md")),
        ("push", pushed("own/re", "other.md")),
    ] {
        let answer = push(&world, event, Some(&signature("hush", &body)), body).await;
        assert_eq!(answer.as_u16(), 202);
    }
    assert_eq!(source.asked(), (0, 0), "nothing made us read the source");
    assert_eq!(
        push(&world, "push", Some(&right), body.clone())
            .await
            .as_u16(),
        202
    );
    is_listed(&world, "Ada Lovelace").await;
    assert_eq!(source.asked(), (1, 0));

    // Many pushes are read once in a while.
    for _ in 0..20 {
        assert_eq!(
            push(&world, "push", Some(&right), body.clone())
                .await
                .as_u16(),
            202
        );
    }
    assert!(source.asked().1 <= 1, "{:?}", source.asked());

    world.letter.stop().await;
    world.letter.set(&hook);
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1));
    assert!(log.contains("letter.source_url"), "{log}");
    let checked = world.letter.command(&["config", "check"]);
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    world.letter.set("");
    world.letter.serve().await;
    assert_eq!(push(&world, "push", Some(&right), body).await.as_u16(), 404);
}

async fn names_are_taken_over_by_the_clock(database: &str) {
    let world = World::with(database, "letter.sync_interval = '500ms'\n").await;
    world
        .letter
        .edit_file(|text| with_names(&text, &["Ada Lovelace"]));
    is_listed(&world, "Ada Lovelace").await;
    world.letter.edit_file(|text| without_names(&text));
    let said = eventually("it is refused", async || trouble(&world)).await;
    assert!(said.contains("22 of 22 names would go"), "{said}");
    assert!(listed(&world, "Ada Lovelace").await);
    let log = world.letter.log();
    assert_eq!(log.matches("names would go").count(), 1, "{log}");
    assert_eq!(sync(&world, &["--yes"]).code, 0);
    is_not_listed(&world, "Ada Lovelace").await;
    let by: Vec<_> = world
        .letter
        .json(&["audit", "list"])
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "signatory.sync")
        .map(|entry| entry["by"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(by, ["test", "serve"]);
}

#[expect(
    clippy::too_many_lines,
    reason = "one life of a name by hand, from step to step"
)]
async fn names_by_hand_are_on_the_page(database: &str) {
    let world = World::new(database).await;
    let add = [
        "signatory",
        "add",
        "--name",
        "Ada Lovelace",
        "--affiliation",
        "Engines",
        "--url",
        "https://ada.example",
        "--source",
        "email",
        "--ref",
        "proof-4711",
    ];
    let added = world.letter.json(&add);
    assert_eq!(
        (
            &added["source"],
            &added["collected"],
            &added["ref"],
            &added["position"]
        ),
        (
            &json!("manual"),
            &json!("email"),
            &json!("proof-4711"),
            &Value::Null
        )
    );
    is_listed(&world, "Ada Lovelace").await;
    let counts = world.letter.count().await;
    assert_eq!(
        (&counts["manual"], &counts["signed"]),
        (&json!(1), &json!(22))
    );
    let found = world.letter.page("/supporters?q=engines").await;
    assert!(found.contains("Ada Lovelace"), "{found}");
    let found = world.letter.page("/supporters?source=manual").await;
    assert!(
        found.contains("Ada Lovelace") && !found.contains("proof"),
        "{found}"
    );
    assert!(!world.public_text().await.contains("proof-4711"));
    // What is entered again is said to be there.
    let again = world.letter.command(&add);
    assert!(
        again.stderr.contains("on the list already"),
        "{}",
        again.stderr
    );

    let id = added["id"].as_str().unwrap();
    world
        .letter
        .json(&["signatory", "edit", id, "--name", "Ada Byron"]);
    is_listed(&world, "Ada Byron").await;
    for (code, arguments) in [
        (
            2,
            &["signatory", "add", "--name", "a@b.example", "--ref", "x"][..],
        ),
        (2, &["signatory", "add", "--name", "Ada"]),
        (2, &["signatory", "edit", id]),
        (2, &["signatory", "confirm", id]),
        (4, &["signatory", "confirm", id, "--reason", "mail"]),
        (3, &["signatory", "hide", "zzzz"]),
        (4, &["signatory", "unhide", id]),
        (2, &["signatory", "remove", id, "--yes"]),
        (2, &["signatory", "remove", id, "--reason", "request"]),
    ] {
        let done = world.letter.command(arguments);
        assert_eq!(done.code, code, "{arguments:?}: {}", done.stderr);
    }

    let file = world.letter.folder.path().join("names.csv");
    let many: Vec<_> = (0..51)
        .map(|n| format!("Jane Doe {},,,,p{n}\n", "i".repeat(n + 1)))
        .collect();
    let many = many.concat();
    std::fs::write(&file, format!("name,affiliation,url,source,ref\n{many}")).unwrap();
    let planned = world.letter.json(&["signatory", "import", "names.csv"]);
    assert_eq!(
        (&planned["applied"], &planned["names"]),
        (&json!(false), &json!(51))
    );
    assert_eq!(
        world
            .letter
            .command(&["signatory", "import", "names.csv", "--apply"])
            .code,
        2
    );
    assert_eq!(world.number("manual").await, 2);
    let import = ["signatory", "import", "names.csv", "--apply", "--yes"];
    assert_eq!(world.letter.json(&import)["names"], 51);
    let again = world.letter.json(&import);
    assert_eq!((&again["names"], &again["known"]), (&json!(0), &json!(51)));
    eventually("they count", async || {
        (world.number("manual").await == 53).then_some(())
    })
    .await;
    std::fs::write(&file, "name,ref,shoes\nAda,,x\n,p,\nAda,p,\n").unwrap();
    let wrong = world
        .letter
        .command(&["signatory", "import", "names.csv", "--apply"]);
    assert_eq!(wrong.code, 2);
    for said in ["`shoes`", "line 2", "line 3"] {
        assert!(wrong.stderr.contains(said), "{said}: {}", wrong.stderr);
    }
    world.assert_is_sound();
}

async fn what_was_taken_off_stays_off(database: &str) {
    let world = World::new(database).await;
    let names = world.letter.json(&["signatory", "list"]);
    let named = |n: usize| {
        let row = &names[n];
        (
            row["id"].as_str().unwrap().to_owned(),
            row["name"].as_str().unwrap().to_owned(),
        )
    };
    let ((hidden, hidden_name), (removed, removed_name)) = (named(3), named(13));
    world
        .letter
        .json(&["signatory", "hide", &hidden, "--reason", "spam"]);
    world.letter.json(&[
        "signatory",
        "remove",
        removed.get(..6).unwrap(),
        "--reason",
        "request: by mail",
        "--yes",
    ]);
    for name in [&hidden_name, &removed_name] {
        is_not_listed(&world, name).await;
    }
    assert_eq!(world.number("signed").await, 19);
    for command in [
        &["signatory", "sync"][..],
        &["letter", "publish"],
        &["signatory", "sync", "--yes"],
    ] {
        world.letter.json(command);
        assert_eq!(world.number("signed").await, 19, "{command:?}");
        for name in [&hidden_name, &removed_name] {
            assert!(!listed(&world, name).await, "{command:?} {name}");
        }
    }
    let shown = world.letter.json(&["signatory", "show", &removed]);
    assert_eq!(
        (&shown["state"], &shown["name"]),
        (&json!("removed"), &json!(""))
    );
    assert_eq!(
        (&shown["history"][0]["action"], &shown["history"][0]["code"]),
        (&json!("signatory.remove"), &json!("request"))
    );
    let text = world.letter.command(&["signatory", "list"]).stdout;
    assert!(
        text.contains(&hidden_name) && !text.contains(&removed_name),
        "{text}"
    );
    world.letter.json(&["signatory", "unhide", &hidden]);
    is_listed(&world, &hidden_name).await;
    let second = world
        .letter
        .command(&["signatory", "remove", &removed, "--reason", "x", "--yes"]);
    assert_eq!(second.code, 4);
    world.assert_is_sound();
}
