//! `docs/CLI.md` is complete: every command with its options as `--help` has them, and every member of the JSON that the
//! program prints, both ways.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a section, column or member that is not there has failed"
)]

mod document;

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use http::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tempfile::TempDir;

use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{BodyDigest, KeyPair, Outgoing, Scheme, Signer},
};
use url::Url;

use self::document::Document;
use super::{folder, run};

/// What `--help` says of a command.
#[derive(Debug, Default)]
struct Help {
    subcommands: Vec<String>,
    options: BTreeSet<String>,
    of_every_command: BTreeSet<String>,
}

fn help(folder: &TempDir, path: &[String]) -> Help {
    let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
    arguments.push("--help");
    let (code, text, talk) = run(folder, &arguments);
    assert_eq!(code, 0, "{path:?}: {talk}");
    let (mut help, mut part) = (Help::default(), "");
    for line in text.lines() {
        if !line.is_empty() && !line.starts_with(' ') {
            part = line;
        }
        let indent = line.len() - line.trim_start().len();
        let word = line.trim_start().split("  ").next().unwrap_or_default();
        match part {
            "Commands:" if indent == 2 && word != "help" => help.subcommands.push(word.to_owned()),
            "Arguments:" | "Options:" | "Options of every command:"
                if (1..10).contains(&indent) && word.starts_with(['-', '<', '[']) =>
            {
                let of = if part == "Options of every command:" {
                    &mut help.of_every_command
                } else {
                    &mut help.options
                };
                of.insert(word.to_owned());
            }
            _ => {}
        }
    }
    help.options.remove("-h, --help");
    help.options.remove("-V, --version");
    help
}

#[test]
fn every_command_and_option_is_in_the_document() {
    let (folder, document) = (folder(), Document::read());
    let mut open = vec![Vec::new()];
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        let help = help(&folder, &path);
        for name in &help.subcommands {
            open.push([path.clone(), vec![name.clone()]].concat());
        }
        if path.is_empty() {
            let section = document.section("options-of-every-command").unwrap();
            assert_eq!(section.options, help.of_every_command);
            continue;
        }
        let command = path.join(" ");
        let Some(section) = document.section(&command) else {
            panic!("docs/CLI.md has no section `{command}`");
        };
        assert_eq!(
            section.options, help.options,
            "docs/CLI.md and {command} --help"
        );
        if help.subcommands.is_empty() {
            document.has_json(&command);
        }
        found.insert(command);
    }
    assert_eq!(document.commands, found, "sections and commands");
}

/// A server with a few documents, for commands that read.
struct Elsewhere {
    origin: String,
    documents: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Elsewhere {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let documents: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let shared = Arc::clone(&documents);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 8192];
                let Ok(length) = stream.read(&mut request) else {
                    continue;
                };
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let found = shared
                    .lock()
                    .unwrap()
                    .iter()
                    .find_map(|(at, document)| (*at == path).then(|| document.to_string()));
                let (status, body) = match found {
                    Some(body) => ("200 OK", body),
                    None => ("404 Not Found", String::new()),
                };
                let kind = if path.starts_with("/.well-known/webfinger") {
                    "jrd"
                } else {
                    "activity"
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/{kind}+json\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Self { origin, documents }
    }

    /// Shows a document at a path of its own, and returns its id.
    fn put(&self, path: &str, mut document: Value) -> String {
        let id = format!("{}{path}", self.origin);
        document["@context"] = json!("https://www.w3.org/ns/activitystreams");
        document["id"] = json!(id);
        let mut documents = self.documents.lock().unwrap();
        documents.push((path.to_owned(), document));
        id
    }

    /// Shows nothing at a path any more.
    fn remove(&self, path: &str) {
        self.documents.lock().unwrap().retain(|(at, _)| at != path);
    }

    /// Somebody with a key, who is the letter's actor as well.
    fn person(&self, name: &str, pem: &Value) -> String {
        let id = format!("{}/{name}", self.origin);
        self.put(
            &format!("/{name}"),
            json!({
                "type": "Person", "preferredUsername": name, "name": "Ada Lovelace",
                "inbox": format!("{id}/inbox"), "discoverable": true,
                "published": "2020-01-01T00:00:00Z",
                "alsoKnownAs": ["http://localhost:8080/actor"],
                "attachment": [
                    {"type": "PropertyValue", "name": "Code", "value": format!("{}/adagh", self.origin)},
                    {"type": "PropertyValue", "name": "Web", "value": self.origin.replace("127.0.0.1", "localhost")},
                ],
                "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": pem},
            }),
        )
    }

    /// A public reply to the letter.
    fn reply(&self, path: &str, author: &str, words: &str) -> String {
        let public = "https://www.w3.org/ns/activitystreams#Public";
        self.put(
            path,
            json!({
                "type": "Note", "attributedTo": author, "to": [public], "content": words,
                "inReplyTo": "http://localhost:8080/letter", "published": "2026-01-01T00:00:00Z",
            }),
        )
    }
}

/// A letter in a folder, and the document that its answers are held against.
struct Scene {
    folder: TempDir,
    document: Document,
}

impl Scene {
    /// Runs a command with `--json`, holds what it prints against the document, and returns it.
    fn json(&mut self, arguments: &[&str]) -> Value {
        let (_, answer) = self.run(arguments);
        answer.unwrap_or_else(|| panic!("{arguments:?} prints no JSON"))
    }

    /// Runs a command that has to end with this code.
    fn ends(&mut self, arguments: &[&str], code: i32) {
        let (found, _) = self.run(arguments);
        assert_eq!(found, code, "{arguments:?}");
    }

    fn run(&mut self, arguments: &[&str]) -> (i32, Option<Value>) {
        let words = arguments.iter().take(2).copied().collect::<Vec<_>>();
        let mut command = words.join(" ");
        if !self.document.commands.contains(&command) {
            words[0].clone_into(&mut command);
        }
        let all = [arguments, &["--json"]].concat();
        let (code, answer, talk) = run(&self.folder, &all);
        let expected = self.document.may_end_with(&command, code);
        assert!(
            expected,
            "docs/CLI.md: `{command}` ended with {code}: {talk}"
        );
        if let Ok(error) = serde_json::from_str(talk.lines().last().unwrap_or_default()) {
            self.document.check_error(&error);
        }
        let answer = serde_json::from_str(&answer).ok();
        if let Some(answer) = &answer {
            assert!(self.document.has_json(&command), "{command}: {answer}");
            self.document.check(&command, answer);
        }
        (code, answer)
    }

    fn id(value: &Value) -> &str {
        value["id"].as_str().unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }

    /// Changes the database in ways that need other servers.
    async fn sql(&self, statements: &[&str]) {
        let file = self.folder.path().join("data/undersigned.db");
        let url = format!("sqlite://{}", file.display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        for statement in statements {
            let statement = AssertSqlSafe((*statement).to_owned());
            sqlx::query(statement).execute(&mut database).await.unwrap();
        }
        database.close().await.unwrap();
    }
}

#[tokio::test]
async fn every_member_of_the_json_is_in_the_document() {
    let mut scene = Scene {
        folder: folder(),
        document: Document::read(),
    };
    scene.write(
        "config.toml",
        "net.allow_addresses = ['127.0.0.0/8']\nactor.contact = 'Ada <ada@letter.example>'\n\
         privacy.anonymise_after_close = '90d'\n",
    );
    the_letter(&mut scene);
    let elsewhere = Elsewhere::start();
    let people = endorsements(&mut scene, &elsewhere).await;
    forges(&mut scene, &elsewhere).await;
    followers_and_posts(&mut scene).await;
    answers(&mut scene, &elsewhere, &people).await;
    moderation(&mut scene, &elsewhere, &people).await;
    handed_over(&mut scene, &elsewhere, &people[0]).await;
    the_end(&mut scene, &people[0]).await;
    backups(&mut scene);
    let mut unseen = scene.document.unseen();
    // Only a database of an earlier version has migrations that were not run.
    unseen.retain(|listed| !listed.starts_with("db migrate: "));
    assert!(
        unseen.is_empty(),
        "docs/CLI.md lists what nothing printed: {unseen:#?}"
    );
}

/// A backup with a file from elsewhere, restored beside files that changed.
fn backups(scene: &mut Scene) {
    let elsewhere = TempDir::new().unwrap();
    let authority = elsewhere.path().join("ca.pem");
    std::fs::write(&authority, "none").unwrap();
    let config = scene.folder.path().join("config.toml");
    let before = std::fs::read_to_string(&config).unwrap();
    let named = format!(
        "{before}net.ca_file = '{}'\nactor.icon = 'nothing.png'\n",
        authority.display()
    );
    scene.write("config.toml", &named);
    let created = scene.json(&["backup", "create", "backup.tar.gz"]);
    assert_eq!(created["missing"].as_array().unwrap().len(), 1);
    scene.ends(&["backup", "create", "backup.tar.gz"], 4);
    scene.ends(&["backup", "restore", "backup.tar.gz"], 4);
    scene.ends(&["backup", "restore", "letter.md"], 2);
    std::fs::remove_file(authority).unwrap();
    let data = scene.folder.path().join("data");
    std::fs::rename(&data, scene.folder.path().join("lost")).unwrap();
    scene.write("config.toml", &before);
    scene.write("letter.md", "# Another\n");
    let restored = scene.json(&["backup", "restore", "backup.tar.gz"]);
    assert_eq!(restored["moved"].as_array().unwrap().len(), 1, "{restored}");
    assert!(!scene.json(&["status"])["restored"].is_null());
}

/// Issues of forges: one with a comment, and one that is not there.
async fn forges(scene: &mut Scene, elsewhere: &Elsewhere) {
    scene.ends(&["forge", "check"], 3);
    scene.ends(&["forge", "poll"], 3);
    let config = scene.folder.path().join("config.toml");
    let before = std::fs::read_to_string(&config).unwrap();
    let thread = |number| {
        format!(
            "{{url = '{}/o/r/issues/{number}', kind = 'github'}}",
            elsewhere.origin
        )
    };
    scene.write(
        "config.toml",
        &format!("{before}forge.threads = [{}, {}]\n", thread(1), thread(2)),
    );
    let time = "2026-01-01T00:00:00Z";
    let issue = json!({"id": 1, "number": 1, "body": "", "locked": true, "comments": 1, "updated_at": time});
    let user = json!({"id": 5, "login": "octo", "type": "User"});
    let comment =
        json!({"id": 2, "user": user, "body": "I sign", "created_at": time, "updated_at": time});
    let page = "/api/v3/repos/o/r/issues/1/comments?per_page=100&page=1";
    elsewhere.documents.lock().unwrap().extend([
        ("/api/v3/repos/o/r/issues/1".to_owned(), issue),
        (page.to_owned(), json!([comment])),
    ]);
    let rate = json!({"limit": 60, "remaining": 0, "reset": 1_800_000_000});
    elsewhere.put("/api/v3/rate_limit", json!({"rate": rate}));
    scene.ends(&["forge", "poll"], 6);
    scene
        .sql(&["UPDATE forge_thread SET hook_at = 1000 WHERE whole_at IS NOT NULL"])
        .await;
    scene.json(&["forge", "list"]);
    scene.ends(&["forge", "check"], 6);
    scene.json(&["forge", "instructions"]);
    scene.json(&["status"]);
    scene.write("config.toml", &before);
}

/// Configuration, texts and revisions.
fn the_letter(scene: &mut Scene) {
    scene.ends(&["db", "migrate"], 1);
    scene.ends(&["init"], 0);
    scene.ends(&["init", "--domain", "letter.example"], 4);
    scene.ends(&["config", "check"], 0);
    scene.json(&["config", "show"]);
    assert_eq!(scene.json(&["status"])["letter"]["state"], "draft");
    scene.ends(&["status", "--at", "1 day"], 3);
    scene.ends(&["letter", "show"], 3);
    scene.ends(&["site", "export", "site"], 4);
    scene.json(&["letter", "preview"]);
    scene.ends(&["letter", "launch"], 2);
    scene.json(&["letter", "launch", "--at", "2100-01-01T00:00:00Z"]);
    assert!(!scene.json(&["status"])["launch_at"].is_null());
    scene.ends(&["letter", "publish"], 4);
    scene.json(&["letter", "pause"]);
    let file = scene.folder.path().join("letter.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let more = "- Ada Lovelace, ACME\n- https://nobody.example/";
    let text = text.replace(
        "Signed,\n",
        "Signed,\n\nAffiliations are for identification.\n",
    );
    let text = format!("{}\n{more}\n", text.trim_end());
    scene.write("letter.md", &text);
    scene.write(
        "letter.de.md",
        "# Ein Brief\n\nText.\n\nUnterzeichnet,\n\n- Ada\n",
    );
    scene.json(&["letter", "check", "letter.md"]);
    scene.json(&["letter", "publish"]);
    scene.json(&["letter", "publish"]);
    scene.write(
        "letter.md",
        &text.replace("end is relationship", "end its relationship"),
    );
    scene.ends(&["letter", "publish"], 2);
    let kind = [
        "letter",
        "publish",
        "--kind",
        "substantive",
        "--note",
        "its",
    ];
    scene.json(&kind);
    // No server runs, and the rest is skipped.
    scene.ends(&["doctor"], 1);
    scene.json(&["site", "export", "site"]);
    scene.write("site/alternate.html", "mine");
    scene.ends(&["site", "export", "site"], 4);
    scene.json(&["letter", "show"]);
    scene.json(&["letter", "versions"]);
    scene.json(&["letter", "diff", "1", "2"]);
    scene.ends(&["letter", "diff", "1", "3"], 3);
    scene.json(&["signatory", "list"]);
    scene.json(&["signatory", "unparsed"]);
    names(scene, &text);
    scene.ends(&["letter", "open"], 4);
    scene.ends(&["letter", "preview"], 4);
    scene.ends(&["letter", "launch", "--yes"], 4);
    scene.json(&["letter", "pause"]);
    scene.json(&["letter", "open"]);
    scene.json(&["letter", "close", "--at", "2100-01-01T00:00:00Z"]);
    scene.json(&["status"]);
    scene.json(&["letter", "open"]);
}

/// The hand-over, and evidence of a request that was signed.
async fn handed_over(scene: &mut Scene, elsewhere: &Elsewhere, person: &str) {
    for form in ["csv", "ndjson", "html", "markdown", "patch"] {
        scene.ends(&["export", form], 0);
    }
    scene.json(&["deliver", "bundle", "--to", "one.tar"]);
    scene.ends(&["deliver", "bundle", "--to", "one.tar"], 4);
    scene.json(&["deliver", "verify", "one.tar"]);
    scene.write("wrong.tar", "x");
    scene.ends(&["deliver", "verify", "wrong.tar"], 5);
    scene.ends(&["deliver", "post", "--to", "board"], 2);
    let host = elsewhere.origin.trim_start_matches("http://").to_owned();
    let subject = format!("acct:ada@{host}");
    let link = json!({"rel": "self", "type": "application/activity+json", "href": person});
    elsewhere.put(
        &format!(
            "/.well-known/webfinger?resource=acct%3Aada%40{}",
            host.replace(':', "%3A")
        ),
        json!({"subject": subject, "links": [link]}),
    );
    scene.json(&["deliver", "post", "--to", &format!("@ada@{host}"), "--yes"]);

    let to = [
        "endorsement",
        "show",
        person,
        "--evidence",
        "--to",
        "ada.json",
    ];
    scene.ends(&to, 4);
    let key = KeyPair::generate().unwrap();
    let pem = key.public_key_pem();
    let signer = Signer {
        key_id: format!("{person}#main-key"),
        key: Arc::new(key),
    };
    let body = json!({"type": "Create", "actor": person}).to_string();
    let url = Url::parse("http://localhost:8080/inbox").unwrap();
    let digest = BodyDigest::of(body.as_bytes());
    let request = Outgoing {
        method: &Method::POST,
        url: &url,
        body: Some(&digest),
        accept: None,
    };
    let now = SystemClock.now();
    let signed = signer.sign(&request, Scheme::Cavage, now).unwrap();
    let lines = signed.iter();
    let lines = lines.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    let evidence = format!(
        "UPDATE evidence SET how = 'signed', method = 'POST', path = '/inbox', headers = '{}', body = CAST('{body}' AS BLOB),
                key_id = '{}', pem = '{pem}', received_at = {}",
        lines.collect::<String>(),
        signer.key_id,
        now.as_millis()
    );
    scene.sql(&[&evidence]).await;
    let written = scene.json(&to);
    assert_eq!(written["evidence_file"], "ada.json");
    scene.json(&["evidence", "verify", "ada.json"]);
    let text = std::fs::read_to_string(scene.folder.path().join("ada.json")).unwrap();
    scene.write("forged.json", &text.replace("/inbox", "/other"));
    scene.ends(&["evidence", "verify", "forged.json"], 5);
}

/// Answers to a question, a boost, and a follow.
async fn answers(scene: &mut Scene, elsewhere: &Elsewhere, people: &[String]) {
    scene.write("answer.md", "In paragraph *3*.\n");
    // A post that is older than its author's last word is not taken.
    let question = elsewhere.put(
        "/question",
        json!({
            "type": "Note", "attributedTo": people[0], "content": "Where are the rivers?",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "inReplyTo": "http://localhost:8080/letter", "published": SystemClock.now(),
        }),
    );
    scene.json(&["fetch", &question]);
    let answer = ["post", "reply", &question, "--file", "answer.md"];
    scene.json(&answer);
    scene.json(&[&answer[..], &["--direct"]].concat());
    let unknown = format!("{}/unknown", elsewhere.origin);
    scene.ends(&["post", "reply", &unknown, "--file", "answer.md"], 3);
    scene.ends(
        &[
            "post",
            "reply",
            "http://127.0.0.1:9/",
            "--file",
            "answer.md",
        ],
        6,
    );
    let letter = "http://localhost:8080/letter";
    scene.ends(&["post", "reply", letter, "--file", "answer.md"], 4);
    let listed = scene.json(&["comment", "list"]);
    let id = Scene::id(&listed[0]);
    assert_eq!(listed[0]["answers"].as_array().unwrap().len(), 2);
    scene.json(&["comment", "show", id]);
    scene.ends(&["comment", "show", "zzzz"], 3);
    scene.json(&["post", "boost", &question]);
    scene.json(&["post", "boost", &question]);
    scene.ends(&["post", "boost", letter], 4);
    scene.ends(&["post", "boost", &unknown], 3);
    scene.ends(&["post", "boost", "http://127.0.0.1:9/"], 6);
    scene.json(&["post", "unboost", &question]);
    scene.ends(&["post", "unboost", &question], 3);
    scene.json(&["actor", "follow", &people[0]]);
    scene.json(&["actor", "follow", &people[0]]);
    scene.ends(&["actor", "follow", letter], 4);
    scene.ends(&["actor", "follow", "http://127.0.0.1:9/"], 6);
    scene.sql(&["UPDATE following SET accepted_at = 1"]).await;
    scene.json(&["actor", "show"]);
    scene.json(&["actor", "unfollow", &people[0]]);
    scene.ends(&["actor", "unfollow", &people[0]], 3);
}

/// Names, of the file and by hand.
fn names(scene: &mut Scene, file: &str) {
    let sync = ["signatory", "sync"];
    assert_eq!(scene.json(&sync)["waiting"], 0);
    // The published text is another one by now.
    let other = file.replace("end is relationship", "end no relationship");
    scene.write("letter.md", &format!("{other}- Grace Hopper\n"));
    assert_eq!(scene.json(&sync)["waiting"], 1);
    assert!(scene.json(&["status"])["names"].is_object());
    scene.write("letter.md", "# Nobody\n\nText\n");
    scene.ends(&sync, 2);
    let published = file.replace("end is relationship", "end its relationship");
    let published = published.replace("- https://nobody.example/\n", "");
    scene.write("letter.md", &published);
    assert_eq!(scene.json(&sync)["unchanged"], true);
    assert!(scene.json(&["status"])["names"].is_null());

    let add = [
        "signatory",
        "add",
        "--name",
        "Alan Turing",
        "--source",
        "paper",
        "--ref",
        "p. 3",
    ];
    let added = scene.json(&add);
    let id = Scene::id(&added);
    let edit = [
        "signatory",
        "edit",
        id,
        "--affiliation",
        "ACME",
        "--url",
        "https://a.example",
    ];
    scene.json(&edit);
    assert_eq!(scene.json(&edit)["unchanged"], true);
    let listed = scene.json(&["signatory", "list"]);
    let old = Scene::id(&listed[0]);
    scene.json(&["signatory", "confirm", old, "--reason", "other: by mail"]);
    scene.ends(&["signatory", "confirm", old, "--reason", "mail"], 4);
    scene.ends(&["signatory", "edit", old, "--name", "X"], 4);
    for command in ["hide", "unhide"] {
        scene.json(&[
            "signatory",
            command,
            old,
            id,
            "--reason",
            "mistake: I was wrong",
        ]);
        scene.ends(&["signatory", command, old], 4);
    }
    scene.json(&["signatory", "show", old]);
    scene.ends(&["signatory", "show", "zzzz"], 3);
    scene.ends(&["signatory", "remove", id], 2);
    scene.json(&["signatory", "remove", id, "--reason", "request", "--yes"]);
    scene.ends(
        &["signatory", "remove", id, "--reason", "request", "--yes"],
        4,
    );
    scene.write("names.csv", "name,ref\nMax Moe,p. 4\n");
    scene.json(&["signatory", "import", "names.csv"]);
    scene.json(&["signatory", "import", "names.csv", "--apply"]);
    organisations(scene);
}

/// Organisations by hand.
fn organisations(scene: &mut Scene) {
    let add = [
        "organisation",
        "add",
        "--name",
        "ACME",
        "--url",
        "https://acme.example",
        "--ref",
        "p. 5",
    ];
    let added = scene.json(&add);
    scene.ends(&add, 4);
    scene.json(&["organisation", "list"]);
    let remove = [
        "organisation",
        "remove",
        Scene::id(&added),
        "--reason",
        "spam",
    ];
    scene.ends(&remove[..3], 2);
    scene.json(&remove);
    scene.ends(&remove, 4);
    scene.ends(&["organisation", "remove", "zzzz", "--reason", "spam"], 3);
    scene.write(
        "organisations.csv",
        "name,url,ref\nACME,http://acme.example,p. 5\n",
    );
    let import = ["organisation", "import", "organisations.csv"];
    scene.ends(&import, 2);
    scene.write(
        "organisations.csv",
        "name,url,ref\nACME,https://acme.example,p. 5\n",
    );
    scene.json(&import);
    scene.json(&["organisation", "import", "organisations.csv", "--apply"]);
}

/// What is read from another server; returns the actors.
async fn endorsements(scene: &mut Scene, elsewhere: &Elsewhere) -> Vec<String> {
    let actor = scene.json(&["actor", "show"]);
    let pem = actor["document"]["publicKey"]["publicKeyPem"].clone();
    let people: Vec<String> = ["ada", "bob", "eve"]
        .iter()
        .map(|name| elsewhere.person(name, &pem))
        .collect();
    let words = "I sign as Ada Lovelace, ACME. Because it matters.";
    let note = elsewhere.reply("/1", &people[0], words);
    let read = scene.json(&["fetch", &note]);
    assert_eq!(read["result"], "taken", "{read}");
    for (path, actor) in [("/2", &people[1]), ("/3", &people[2])] {
        let note = elsewhere.reply(path, actor, "I sign?");
        scene.json(&["fetch", &note]);
    }
    let put_off = "INSERT INTO job (kind, key_hash, payload, due_at, domain)
        VALUES ('actor_again_late', x'00', '', 9000000000000, 'm.example')";
    scene.sql(&[put_off]).await;
    scene.json(&["status"]);
    let pledges = "UPDATE endorsement SET pledge = 'clear', pledge_state = 'pending',
        pledge_url = 'https://codeberg.org/ada', pledged_at = 1795348800000";
    scene.sql(&[pledges]).await;
    scene.json(&["endorsement", "list"]);
    let none = "UPDATE endorsement SET pledge = NULL, pledge_state = NULL, pledge_url = NULL, pledged_at = NULL";
    scene.sql(&[none]).await;
    // What is gone has its second look later.
    elsewhere.remove("/3");
    scene.ends(&["fetch", &format!("{}/3", elsewhere.origin)], 3);
    scene.json(&["endorsement", "verify", &people[0], &people[2]]);
    scene.ends(&["endorsement", "verify", "zzzz"], 3);
    let nothing = format!("{}/nothing", elsewhere.origin);
    scene.ends(&["fetch", &nothing], 3);
    scene.ends(&["fetch", "no url"], 2);
    scene.ends(&["fetch", "http://127.0.0.1:9/"], 6);
    let activity = "UPDATE act SET activity = object || '/activity'";
    scene
        .sql(&[activity, "UPDATE host SET gone_since = 1"])
        .await;
    scene.json(&["endorsement", "list"]);
    scene.json(&["endorsement", "show", &people[0], "--evidence"]);
    scene.ends(&["endorsement", "show", "zzzz"], 3);
    scene.json(&["endorsement", "approve", &people[1]]);
    scene.ends(&["endorsement", "approve", &people[1]], 4);
    scene.json(&["endorsement", "approve", "--state", "pending"]);
    scene.json(&["endorsement", "hide", &people[1]]);
    // One of two is not hidden.
    scene.ends(&["endorsement", "unhide", &people[1], &people[2]], 4);
    scene.ends(&["endorsement", "reject", &people[2]], 2);
    scene.json(&[
        "endorsement",
        "reject",
        &people[2],
        "--reason",
        "spam: shoes",
    ]);
    decisions(scene, &people);
    scene.ends(
        &["endorsement", "withdraw", &people[1], "--reason", "request"],
        2,
    );
    scene.json(&[
        "endorsement",
        "withdraw",
        &people[1],
        "--reason",
        "request",
        "--yes",
    ]);
    scene.json(&["endorsement", "list", "--state", "rejected"]);
    people
}

/// Decisions about words and names, in bulk, and taken back.
fn decisions(scene: &mut Scene, people: &[String]) {
    scene.json(&["statement", "approve", &people[0]]);
    scene.ends(&["statement", "approve", &people[0]], 4);
    scene.json(&["statement", "hide", &people[0], "--reason", "slur"]);
    scene.json(&["name", "hide", &people[0]]);
    scene.json(&["name", "approve", &people[0]]);
    scene.ends(&["endorsement", "edit", &people[0]], 2);
    scene.json(&["endorsement", "edit", &people[0], "--name", "Augusta"]);
    scene.ends(&["endorsement", "demote", &people[0]], 2);
    scene.json(&["endorsement", "demote", &people[0], "--reason", "mistake"]);
    scene.json(&["endorsement", "promote", &people[0], "--reason", "mistake"]);
    let invalidate = ["endorsement", "invalidate", "--state", "listed"];
    scene.ends(&invalidate, 2);
    let invalidate = [&invalidate[..], &["--reason", "spam: a flood"]].concat();
    scene.json(&invalidate);
    let batch = scene.json(&[&invalidate[..], &["--apply"]].concat());
    let number = batch["audit"].to_string();
    scene.json(&["audit", "show", &number]);
    scene.ends(&["audit", "show", "999"], 3);
    let undone = scene.json(&["audit", "undo", &number]);
    assert_eq!(undone["count"], batch["count"], "{undone}");
    scene.ends(&["audit", "undo", &number], 4);
    scene.json(&["audit", "show", &number]);
    scene.json(&["audit", "show", &undone["audit"].to_string()]);
    scene.json(&["endorsement", "show", &people[0]]);
    let fits = ["--state", "listed"];
    scene.json(&[&["endorsement", "hide"][..], &fits].concat());
    scene.json(&["endorsement", "unhide", "--state", "hidden"]);
    scene.json(&[&["endorsement", "reject", "--reason", "spam"][..], &fits].concat());
    scene.json(&[&["statement", "approve"][..], &fits].concat());
    scene.json(&[&["statement", "hide"][..], &fits].concat());
    scene.ends(&["audit", "undo", "999"], 3);
}

/// What is sent, and what became of it.
async fn followers_and_posts(scene: &mut Scene) {
    let follow = "INSERT INTO follower (actor_id, since) SELECT actor_id, 0 FROM endorsement";
    scene.sql(&[follow]).await;
    scene.json(&["follower", "list"]);
    scene.json(&["follower", "count"]);
    scene.ends(&["follower", "remove", "@nobody@m.example"], 3);
    scene.write("news.md", "There is news.\n");
    let post = scene.json(&["post", "create", "--file", "news.md"]);
    let id = Scene::id(&post);
    scene.json(&["post", "update", id, "--file", "news.md"]);
    scene.write("news.md", "There is more news.\n");
    scene.json(&["post", "update", id, "--file", "news.md"]);
    scene.json(&["post", "list"]);
    scene.json(&["queue", "list"]);
    let failed = "UPDATE delivery SET attempts = 1, last_status = 500, last_body = 'Sorry'";
    let failing = "UPDATE host SET failures = 3, failing_since = 1, last_status = 500";
    let wrong = "INSERT INTO setting (key, value) VALUES ('clock_fault', '90 1795348800000')";
    let numbers =
        "INSERT INTO setting (key, value) VALUES ('anonymised_at', '2026-11-22T12:00:00.000Z')";
    let untold = "INSERT INTO setting (key, value) VALUES
        ('failed_notify_mail', '{\"at\":\"2026-11-22T12:00:00Z\",\"error\":\"451 come again\"}'),
        ('backup', '{\"last_at\":\"2026-11-22T12:00:00Z\",\"file\":\"letter.tar.gz\",\"bytes\":1,
            \"failing_since\":\"2026-11-22T13:00:00Z\",\"problem\":\"no room\"}'),
        ('notices_told', '{\"at\":\"2026-11-22T12:00:00Z\",\"levels\":{}}')";
    scene.sql(&[failed, failing, wrong, numbers, untold]).await;
    scene.json(&["letter", "close"]);
    scene.json(&["status"]);
    scene.json(&["letter", "open"]);
    let listed = scene.json(&["queue", "list"]);
    let host = listed[0]["host"].as_str().unwrap().to_owned();
    scene.json(&["queue", "stats"]);
    scene.json(&["status"]);
    scene.json(&["queue", "retry"]);
    scene.ends(&["queue", "retry", "nobody.example"], 3);
    scene.ends(&["queue", "drop", &host], 2);
    scene.json(&["queue", "drop", &host, "--yes"]);
    scene.json(&["post", "delete", id, "--yes"]);
    scene.ends(&["post", "delete", id, "--yes"], 4);
    scene.ends(&["post", "delete", "zzzz", "--yes"], 3);
}

/// Blocks, reports, and what was decided.
async fn moderation(scene: &mut Scene, elsewhere: &Elsewhere, people: &[String]) {
    let comments = ["--public-comment", "Abuse", "--private-comment", "Ask Bob"];
    scene.json(&[&["block", "add", "bad.example"][..], &comments].concat());
    scene.json(&["block", "add", &people[1], "--severity", "limit"]);
    scene.ends(&["block", "add", "co.uk"], 2);
    scene.json(&["block", "list"]);
    scene.json(&["block", "export"]);
    imported(scene).await;
    scene.json(&["block", "show", "bad.example"]);
    scene.json(&["block", "remove", "bad.example"]);
    scene.ends(&["block", "remove", "bad.example"], 3);
    scene
        .sql(&[
            "INSERT INTO report (host, targets, count, text, at, state) \
             SELECT 'm.example', '/letter ' || public_id, 1, 'Spam', 0, 'open' FROM endorsement LIMIT 1",
            "INSERT INTO journal (at, host, type, outcome, reason) \
             VALUES (0, 'm.example', 'Like', 'refused', 'unproven: no key'), (0, 'm.example', 'Like', 'taken', NULL)",
            "INSERT INTO server (name, version, since, alive_at) VALUES ('one', '0.1.0', 0, 4102444800000)",
            "UPDATE host SET last_success_at = 0",
        ])
        .await;
    scene.json(&["host", "trust", "good.example"]);
    scene.json(&["host", "list"]);
    scene.json(&["host", "untrust", "good.example"]);
    scene.ends(&["host", "untrust", "good.example"], 3);
    scene.ends(&["host", "trust", "co.uk"], 2);
    scene.json(&["rule", "add", "buy *coin*"]);
    scene.ends(&["rule", "add", "*"], 2);
    scene.json(&["rule", "list"]);
    scene.json(&["rule", "test", "buy coins"]);
    scene.json(&["rule", "remove", "1"]);
    scene.ends(&["rule", "remove", "1"], 3);
    let surge = "UPDATE endorsement SET state = 'pending', waits_for = 'surge', waiting_domain = 'm.example' \
                 WHERE id = (SELECT MAX(id) FROM endorsement)";
    let before =
        "CREATE TABLE kept AS SELECT id, state, waits_for, waiting_domain FROM endorsement";
    let back = "UPDATE endorsement SET (state, waits_for, waiting_domain) = \
                (SELECT state, waits_for, waiting_domain FROM kept WHERE kept.id = endorsement.id)";
    scene.sql(&[before, surge]).await;
    scene.json(&["status"]);
    scene.json(&["status", "--at", "2100-01-01"]);
    scene.sql(&[back, "DROP TABLE kept"]).await;
    scene.json(&["report", "list"]);
    scene.json(&["report", "show", "1"]);
    scene.ends(&["report", "show", "2"], 3);
    scene.json(&["report", "resolve", "1"]);
    linked(scene, elsewhere, &people[0]).await;
    reported_and_quoted(scene, &people[0]).await;
    scene.json(&["inbox", "log"]);
    scene.json(&["audit", "list"]);
    scene.json(&["check"]);
    scene.json(&["person", "export", &people[0]]);
    scene.ends(&["person", "export", "nobody@m.example"], 3);
    scene.ends(&["names", "off"], 2);
    scene.ends(&["names", "on"], 4);
    scene.ends(
        &["names", "off", "nobody@m.example", "--reason", "other"],
        3,
    );
    scene.json(&[
        "names",
        "off",
        &people[0],
        "selfagency",
        "--reason",
        "other",
    ]);
    scene.json(&["names", "on", &people[0], "selfagency"]);
    scene.json(&["names", "off", "--reason", "other"]);
    scene.json(&["status"]);
    scene.json(&["names", "on"]);
    scene.ends(&["person", "hide", &people[0]], 2);
    scene.json(&["person", "hide", &people[0], "--reason", "request"]);
    scene.ends(&["person", "hide", &people[0], "--reason", "request"], 4);
    scene.ends(&["person", "erase", &people[2], "--reason", "request"], 2);
    scene.json(&[
        "person", "erase", &people[2], "--reason", "request", "--yes",
    ]);
    let copy = ["db", "copy", "--to", "sqlite://copy/other.db"];
    scene.json(&copy);
    scene.ends(&copy, 4);
}

/// A list with an entry of each kind.
async fn imported(scene: &mut Scene) {
    let named = "UPDATE host SET name = 'reached.example' WHERE name = '127.0.0.1'";
    let back = "UPDATE host SET name = '127.0.0.1' WHERE name = 'reached.example'";
    let list = "#domain,#severity\nnew.example,noop\nbad.example,silence\nco.uk,suspend\nx*.example,suspend\n\
                reached.example,suspend\n";
    scene.write("list.csv", list);
    scene.sql(&[named]).await;
    scene.json(&["block", "import", "list.csv"]);
    scene.json(&["block", "import", "list.csv", "--apply"]);
    scene.sql(&[back]).await;
    scene.ends(&["block", "import", "nothing.csv"], 1);
}

/// Somebody who is in the letter's list as well.
async fn linked(scene: &mut Scene, elsewhere: &Elsewhere, person: &str) {
    let origin = &elsewhere.origin;
    scene.write(
        "config.toml",
        &format!(
            "net.allow_addresses = ['127.0.0.0/8', '::1/128']\nactor.contact = 'Ada <ada@letter.example>'\n\
             links.github_api = '{origin}/api'\nlinks.github_pages = '{origin}'\n"
        ),
    );
    let account = json!({"id": 5, "login": "adagh"});
    let page = format!("<a rel=me href={person} >");
    for (path, document) in [
        ("/api/users/adagh", account.clone()),
        ("/api/user/5", account),
        ("/api/users/adagh/social_accounts", json!([{"url": person}])),
        ("/", json!(page)),
    ] {
        let mut documents = elsewhere.documents.lock().unwrap();
        documents.push((path.to_owned(), document));
    }
    scene
        .sql(&[
            "INSERT INTO signatory (public_id, name, skeleton, handle, source, position, revision, state, listed_at) \
             VALUES ('0000000000000009', 'Ada', 'ada of github', 'adagh', 'github', 99, 1, 'listed', 0)",
            "INSERT INTO link (endorsement_id, state, github, looked_at) \
             SELECT id, 'claimed', 'adagh', 0 FROM endorsement WHERE state = 'listed'",
        ])
        .await;
    scene.json(&["link", "suggest"]);
    scene.json(&["link", "remove", person]);
    scene.ends(&["link", "remove", person], 4);
    scene.json(&["link", "add", "adagh", person]);
    scene.json(&["endorsement", "show", person]);
    scene.json(&["signatory", "show", "0000000000000009"]);
    scene.json(&["link", "verify", person]);
    scene.ends(&["link", "verify", "nobody@m.example"], 3);
    elsewhere.remove("/api/users/adagh/social_accounts");
    scene.json(&["link", "verify", person]);
    scene.ends(&["link", "add", "adagh", person], 4);
    scene.json(&["endorsement", "edit", person, "--organisation"]);
    assert_eq!(
        scene.json(&["link", "verify", person])["website"],
        "localhost"
    );
    scene.json(&["endorsement", "edit", person, "--person"]);
    scene.json(&["link", "remove", person]);
}

/// What is done about somebody who is reported, quotes the letter and follows.
async fn reported_and_quoted(scene: &mut Scene, person: &str) {
    scene
        .sql(&[
            "INSERT INTO report (id, host, targets, count, at, state) \
             SELECT 7, 'm.example', public_id, 1, 0, 'open' FROM endorsement WHERE state = 'listed'",
            "INSERT INTO quote_authorization (path, actor_id, object_hash, object, target) \
             SELECT '/quote-authorizations/0123456789abcdef', actor_id, x'00', 'https://m.example/7', '/letter' \
             FROM endorsement WHERE state = 'listed'",
        ])
        .await;
    scene.json(&["quote", "list"]);
    scene.ends(&["quote", "revoke", person], 2);
    scene.json(&["quote", "revoke", person, "--yes"]);
    scene.ends(&["quote", "revoke", person, "--yes"], 3);
    scene.ends(&["report", "hide", "7"], 2);
    scene.json(&["report", "hide", "7", "--reason", "slur"]);
    scene.ends(&["report", "hide", "7", "--reason", "slur"], 4);
    scene.json(&["endorsement", "unhide", person]);
    scene.json(&["report", "block", "7"]);
    scene.json(&["block", "remove", person]);
    scene.json(&["follower", "remove", person, "--yes"]);
}

/// The actor, and what nothing comes after.
async fn the_end(scene: &mut Scene, new: &str) {
    // What `letter close` and `open` told is told again.
    scene
        .sql(&["DELETE FROM setting WHERE key = 'actor_told'"])
        .await;
    scene.json(&["actor", "update"]);
    scene.json(&["actor", "update"]);
    scene.json(&["actor", "show"]);
    scene.json(&["actor", "rotate-key", "--yes"]);
    scene.ends(&["actor", "move", "--to", new], 2);
    scene.json(&["actor", "move", "--to", new, "--yes"]);
    scene.ends(&["actor", "move", "--to", new, "--yes"], 4);
    scene.json(&["actor", "retire", "--yes"]);
    scene.json(&["actor", "show"]);
    scene.json(&["status"]);
    scene.ends(&["letter", "pause"], 4);
    let wrong = "UPDATE endorsement SET state = 'counted' WHERE state = 'rejected'";
    scene.sql(&[wrong]).await;
    scene.ends(&["check"], 5);
}
