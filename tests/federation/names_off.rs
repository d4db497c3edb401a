//! Names off: while those who signed are attacked nothing public names anybody, and everybody counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    all_names_go_from_every_public_answer_and_come_back_but_for_who_left,
    single_people_are_counted_without_their_names_and_nothing_else_changes,
);

/// The routes of the program, as its source has them.
const ROUTES: &str = include_str!("../../src/http/routes.rs");

/// The addresses at which each route is read; none where it only takes something, or is read by following addresses.
const READ_AT: &[(&str, &[&str])] = &[
    (
        "\"/.well-known/security.txt\"",
        &["/.well-known/security.txt"],
    ),
    ("\"/activities/{id}\"", &[]),
    ("\"/favicon.ico\"", &["/favicon.ico"]),
    ("\"/feature-authorizations/{id}\"", &[]),
    ("\"/healthz\"", &["/healthz"]),
    ("\"/history/{number}\"", &["/history/1"]),
    ("\"/hooks/forge/{name}\"", &[]),
    ("\"/hooks/github\"", &[]),
    (
        "\"/nodeinfo/{version}\"",
        &["/nodeinfo/2.0", "/nodeinfo/2.1"],
    ),
    ("\"/posts/{id}\"", &[]),
    ("\"/privacy\"", &["/privacy"]),
    ("\"/quote-authorizations/{id}\"", &[]),
    ("\"/readyz\"", &["/readyz"]),
    ("\"/robots.txt\"", &["/robots.txt"]),
    ("\"/sitemap.xml\"", &["/sitemap.xml"]),
    ("\"/style.css\"", &["/style.css"]),
    ("\"/{language}/\"", &[]),
    ("\"/{profile}\"", &["/@letter"]),
    ("&format!(\"{PICTURES}/{{name}}\")", &[]),
    ("&format!(\"{}{{id}}\"", &[]),
    ("&format!(\"{}{{nonce}}/{{*rest}}\"", &[]),
    ("&format!(\"{}{{tag}}\"", &["/tags/nothing"]),
    ("api::COUNT", &["/api/v1/count.json"]),
    ("badge::SHIELDS", &["/api/v1/shields.json"]),
    ("badge::SVG", &["/badge.svg"]),
    ("feeds::NEWS", &["/feed.atom"]),
    ("feeds::SUPPORTERS", &["/supporters.atom"]),
    ("letter_data::DAYS", &["/api/v1/days.json"]),
    ("letter_data::LETTER", &["/api/v1/letter.json"]),
    ("list_data::CSV", &["/api/v1/supporters.csv"]),
    ("list_data::NDJSON", &["/api/v1/supporters.ndjson"]),
    (
        "list_data::SUPPORTERS",
        &[
            "/api/v1/supporters.json",
            "/api/v1/supporters.json?limit=500",
            "/api/v1/supporters.json?kind=liked",
        ],
    ),
    ("pages::api::PATH", &["/api"]),
    ("pages::embed::PATH", &["/embed"]),
    // Of a draft alone, which has no signers but those that its organisers entered.
    ("pages::preview::PAGE", &[]),
    ("pages::preview::PICTURE", &[]),
    ("pages::sign::PATH", &[]),
    ("pages::statistics::PATH", &["/statistics"]),
    ("paths::ABOUT", &["/about"]),
    ("paths::ACTOR", &["/actor"]),
    ("paths::ACTOR_INBOX", &[]),
    ("paths::FEATURED", &["/featured"]),
    ("paths::FOLLOWERS", &["/followers", "/followers?page=1"]),
    ("paths::FOLLOWING", &["/following"]),
    ("paths::HEADER", &[]),
    ("paths::HISTORY", &["/history"]),
    ("paths::HOST_META", &["/.well-known/host-meta"]),
    ("paths::HOST_META_JSON", &["/.well-known/host-meta.json"]),
    ("paths::ICON", &[]),
    ("paths::INBOX", &[]),
    ("paths::INSTANCE_ACTOR", &["/instance-actor"]),
    ("paths::INSTANCE_OUTBOX", &["/instance-actor/outbox"]),
    ("paths::LETTER", &["/letter"]),
    ("paths::LIKES", &["/letter/likes", "/letter/likes?page=1"]),
    ("paths::NODEINFO", &["/.well-known/nodeinfo"]),
    ("paths::OUTBOX", &["/outbox", "/outbox?page=1"]),
    ("paths::PAGE", &["/"]),
    (
        "paths::REPLIES",
        &["/letter/replies", "/letter/replies?page=1"],
    ),
    (
        "paths::SHARES",
        &["/letter/shares", "/letter/shares?page=1"],
    ),
    (
        "paths::SUPPORTERS",
        &[
            "/supporters",
            "/supporters?sort=name",
            "/supporters?sort=file",
            "/supporters?kind=liked",
            "/supporters?source=manual",
            "/supporters?statement=1",
            "/supporters?q=z",
            "/supporters?sort=name&from=z",
        ],
    ),
    ("paths::TIMELINE", &["/timeline"]),
    (
        "paths::WEBFINGER",
        &["/.well-known/webfinger?resource=acct:nobody@nowhere.example"],
    ),
    ("share_image::PATH", &[]),
];

/// Where reading begins: at every route of the program.
pub(super) fn entrances() -> Vec<&'static str> {
    let routes = ROUTES.split(".route(").skip(1);
    let routes: BTreeSet<&str> = routes
        .map(|rest| rest.trim_start().split([',', '\n']).next().unwrap())
        .collect();
    let known: BTreeSet<&str> = READ_AT.iter().map(|(route, _)| *route).collect();
    assert_eq!(routes, known, "a route is read here, or is none");
    let read = READ_AT.iter().flat_map(|(_, addresses)| *addresses);
    read.copied().collect()
}

/// The addresses of the answers that have a word.
pub(super) fn who_has<'a>(answers: &'a BTreeMap<String, String>, word: &str) -> Vec<&'a str> {
    let has = answers.iter().filter(|(_, body)| body.contains(word));
    has.map(|(path, _)| path.as_str()).collect()
}

/// Runs a command that has to succeed; gives what it says on stderr.
fn run(world: &World, arguments: &[&str]) -> String {
    let printed = world.letter.command(arguments);
    assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
    printed.stderr
}

/// Waits until the front page says that names are hidden, or no more.
async fn hidden(world: &World, is_hidden: bool) {
    eventually("the page knows", async || {
        let page = world.letter.page("/").await;
        (page.contains("Names are hidden for now") == is_hidden).then_some(())
    })
    .await;
}

fn id_of(world: &World, person: &Person) -> String {
    let id = world.endorsement(person)["id"].clone();
    id.as_str().unwrap().to_owned()
}

/// One person for each way in which somebody is named, the words of each beginning with `zebra` or `quagga`.
async fn everybody(world: &World) -> (Vec<Person>, Vec<&'static str>) {
    let add = ["signatory", "add", "--source", "paper", "--ref", "sheet 1"];
    run(
        world,
        &[&add[..], &["--name", "Zebramanual Quaggamanual"]].concat(),
    );
    let likes = world.person("Zebralike");
    likes.does(&likes.like()).await;
    let says = world.person("Zebrareply");
    says.says("I sign. Quaggareply", Audience::Public).await;
    run(world, &["statement", "approve", &says.id]);
    let declares = world.person("Zebradeclares");
    declares
        .says("I sign as Zebradeclared Quaggadeclared", Audience::Public)
        .await;
    run(world, &["statement", "approve", &declares.id]);
    let quotes = world.person("Zebraquote");
    let mut note = quotes.reply("I sign. Quaggaquote", Audience::Public);
    note.as_object_mut().unwrap().remove("inReplyTo");
    note["quote"] = json!(quotes.letters("/letter"));
    quotes.does(&quotes.create(&note)).await;
    run(world, &["endorsement", "approve", &quotes.id]);
    let group = world.person_who("Zebragroup", |actor| actor["type"] = "Group".into());
    group.says("I sign.", Audience::Public).await;
    run(world, &["endorsement", "approve", &group.id]);
    let words = vec![
        "zebramanual",
        "quaggamanual",
        "zebralike",
        "zebrareply",
        "quaggareply",
        "zebradeclare",
        "zebraquote",
        "quaggaquote",
        "zebragroup",
        "lea verou",
        "leaverou",
        "selfagency",
    ];
    (vec![likes, says, declares, quotes, group], words)
}

/// What the public can do to find somebody by an id or a word.
async fn nobody_is_found(world: &World, people: &[Person]) {
    let missing = world.letter.get("/e/0123456789abcdef", Some("text/html"));
    let missing = missing.await.body;
    for person in people {
        let id = id_of(world, person);
        let entry = format!("/e/{id}");
        let page = world.letter.get(&entry, Some("text/html")).await;
        assert_eq!((page.status.as_u16(), &page.body), (404, &missing));
        let after = format!("/supporters?after={id}");
        assert_eq!(world.letter.get(&after, None).await.status, 303);
        let after = format!("/api/v1/supporters.json?after={id}");
        assert_eq!(world.letter.get(&after, None).await.status, 404);
    }
    let list = world.letter.get("/api/v1/supporters.json?q=zebra", None);
    let list = list.await.json();
    assert_eq!(list["supporters"], json!([]));
    assert!(list["names_off"].is_string(), "{list}");
}

#[expect(
    clippy::too_many_lines,
    reason = "one bad day, from the attack to its end"
)]
async fn all_names_go_from_every_public_answer_and_come_back_but_for_who_left(database: &str) {
    let world = World::with(database, "web.bulk_download = true\n").await;
    let follower = world.person("Okapi");
    follower.does(&follower.follow()).await;
    let (people, words) = everybody(&world).await;
    // The letter answers one of them and boosts another one.
    let file = world.letter.path("answer.md");
    fs::write(&file, "Thank you.\n").unwrap();
    let file = file.to_str().unwrap();
    let answer = ["post", "reply", &people[1].id, "--file", file];
    let answer = world.letter.json(&answer);
    let boosted = world.person("Zebraboost");
    let note = boosted.reply("Hello", Audience::Public);
    let address = note["id"].as_str().unwrap();
    world.peer.put(
        address.strip_prefix(&world.peer.origin).unwrap(),
        note.clone(),
    );
    let boost = world.letter.json(&["post", "boost", address]);
    let path_of = |url: &Value| {
        let url = url.as_str().unwrap();
        url.strip_prefix(&world.letter.origin).unwrap().to_owned()
    };
    let create = eventually("the answer arrives", async || {
        world.peer.deliveries("Create").pop()
    })
    .await;
    let naming = [&create.activity["id"], &boost["activity"]].map(path_of);
    // Who changes something while the names are off.
    let names = ["leaves", "wishes", "narrows", "hidden", "blocked", "single"];
    let leaving = names.map(|name| world.person(&format!("Zebra{name}")));
    let mut notes = Vec::new();
    for person in &leaving {
        notes.push(person.says("I sign.", Audience::Public).await);
    }
    let leavers: Vec<_> = names.iter().map(|name| format!("zebra{name}")).collect();

    let before = eventually("the boost is in the outbox", async || {
        let answers = world.public_answers(&entrances()).await;
        let stands = who_has(&answers, "zebraboost").contains(&"/outbox");
        stands.then_some(answers)
    })
    .await;
    for word in words
        .iter()
        .copied()
        .chain(leavers.iter().map(String::as_str))
    {
        assert!(who_has(&before, word).len() >= 2, "{word} is named");
    }
    let accept = Some("application/activity+json");
    for path in &naming {
        assert_eq!(world.letter.get(path, accept).await.status, 200, "{path}");
    }
    let question = answer["in_reply_to"].as_str().unwrap();
    let page = world.letter.page(&path_of(&answer["url"])).await;
    assert!(page.contains(question), "{page}");
    let counts = world.letter.count().await;
    let status = world.letter.json(&["status"]);
    assert_eq!(status["names_off"], Value::Null);

    let refused = world.letter.command(&["names", "off"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert_eq!(world.letter.command(&["names", "on"]).code, 4);
    let done = world
        .letter
        .json(&["names", "off", "--reason", "request: they are threatened"]);
    assert_eq!(
        (&done["names"], &done["people"]),
        (&json!("off"), &Value::Null)
    );
    assert!(
        done["at"].is_string() && done["audit"].is_number(),
        "{done}"
    );
    hidden(&world, true).await;

    // One page may know a moment before another one.
    let during = eventually("every page knows", async || {
        let answers = world.public_answers(&entrances()).await;
        who_has(&answers, "zebra").is_empty().then_some(answers)
    })
    .await;
    let mut everything = words.clone();
    everything.extend(["zebra", "quagga"]);
    for word in &everything {
        assert_eq!(who_has(&during, word), Vec::<&str>::new(), "{word}");
    }
    nobody_is_found(&world, &people).await;
    let stays = answer["url"].as_str().unwrap();
    assert!(done["unreachable"].to_string().contains(stays), "{done}");
    let path = stays.strip_prefix(&world.letter.origin).unwrap();
    let note = world.letter.get(path, accept).await;
    assert_eq!(note.status, 200);
    assert!(note.body.contains("\"Mention\""), "{}", note.body);
    let page = world.letter.page(path).await;
    let names = page.contains(question) || page.to_lowercase().contains("zebra");
    assert!(page.contains("Thank you.") && !names, "{page}");
    for path in &naming {
        assert_eq!(world.letter.get(path, accept).await.status, 404, "{path}");
    }
    let again = ["post", "reply", &people[1].id, "--file", file];
    assert_eq!(world.letter.command(&again).code, 4);
    let line = "names are hidden for now";
    for path in ["/", "/supporters", "/privacy", "/letter"] {
        assert!(who_has(&during, line).contains(&path), "{path}");
    }
    assert_eq!(world.letter.count().await, counts);
    // Whoever has a copy of the Note reads it there.
    let told = eventually("the Update", async || {
        let updates = world.peer.deliveries("Update").into_iter();
        let mut notes = updates.filter(|it| it.activity["object"]["type"] == "Note");
        notes.find(|it| it.activity.to_string().to_lowercase().contains(line))
    });
    assert_eq!(told.await.verified, Ok(()));
    assert_eq!(
        world
            .letter
            .command(&["names", "off", "--reason", "legal"])
            .code,
        4
    );
    let since = world.letter.json(&["status"])["names_off"].clone();
    assert_eq!(since, done["at"]);

    // Files: the website's has no names, the administrators' own have them and say so.
    run(&world, &["site", "export", "site"]);
    let site = fs::read_to_string(world.letter.path("site/supporters.html")).unwrap();
    assert!(
        site.contains("Names are hidden") && !site.contains("<li>"),
        "{site}"
    );
    let csv = world.letter.command(&["export", "csv"]);
    assert!(csv.stdout.contains("Zebrareply") && csv.stdout.contains("leaverou"));
    assert!(csv.stderr.contains("names are off since"), "{}", csv.stderr);
    let bundle = run(&world, &["deliver", "bundle", "--to", "bundle.tar"]);
    assert!(bundle.contains("names are off since"), "{bundle}");
    let bundle = fs::read(world.letter.path("bundle.tar")).unwrap();
    assert!(String::from_utf8_lossy(&bundle).contains("Zebrareply"));

    // Somebody signs meanwhile, and others leave in every way.
    let late = world.person("Zebralate");
    late.says("I sign.", Audience::Public).await;
    assert_eq!(
        world.number("fediverse").await,
        counts["fediverse"].as_i64().unwrap() + 1
    );
    leaving[0].does(&leaving[0].delete(&notes[0])).await;
    leaving[1].says("hide me", Audience::Direct).await;
    let narrowed = leaving[2].reply("I sign.", Audience::Followers);
    let narrow = leaving[2].edit(&notes[2], |note| {
        for part in ["to", "cc"] {
            note[part] = narrowed[part].clone();
        }
    });
    leaving[2].does(&narrow).await;
    run(
        &world,
        &["endorsement", "hide", &leaving[3].id, "--reason", "request"],
    );
    let handle = world.endorsement(&leaving[4])["handle"].clone();
    run(&world, &["block", "add", handle.as_str().unwrap()]);
    run(
        &world,
        &["names", "off", &leaving[5].id, "--reason", "request"],
    );

    let back = world.letter.json(&["names", "on"]);
    assert_eq!(
        (&back["names"], &back["unreachable"]),
        (&json!("on"), &json!([]))
    );
    hidden(&world, false).await;
    let after = eventually("every page knows again", async || {
        let answers = world.public_answers(&entrances()).await;
        let is_named = |word: &&str| who_has(&answers, word).len() >= 2;
        words.iter().all(is_named).then_some(answers)
    })
    .await;
    for word in words.iter().copied().chain(["zebralate"]) {
        assert!(who_has(&after, word).len() >= 2, "{word} is named again");
    }
    for word in &leavers {
        assert_eq!(who_has(&after, word), Vec::<&str>::new(), "{word}");
    }
    assert_eq!(world.letter.command(&["names", "on"]).code, 4);
    let entries = world.letter.json(&["audit", "list"]);
    let actions = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap());
    let actions: Vec<_> = actions
        .filter(|action| action.starts_with("names."))
        .collect();
    assert_eq!(actions, ["names.on", "names.off", "names.off"]);
    world.assert_is_sound();
}

async fn single_people_are_counted_without_their_names_and_nothing_else_changes(database: &str) {
    let world = World::with(database, "web.bulk_download = true\n").await;
    let (people, words) = everybody(&world).await;
    let counts = world.letter.count().await;
    let off = ["names", "off", "--reason", "request"];
    let whom = [&people[1].id, "leaverou", "Zebramanual Quaggamanual"];
    let done = world.letter.json(&[&off[..], &whom].concat());
    let named: Vec<_> = done["people"].as_array().unwrap().iter().collect();
    assert_eq!(named.len(), 3, "{done}");
    assert!(named.iter().any(|person| person["name"] == "Lea Verou"));
    assert_eq!(
        world.letter.command(&[&off[..], &["nobody"]].concat()).code,
        3
    );
    assert_eq!(world.letter.command(&[&off[..], &[""]].concat()).code, 2);

    let gone = [
        "zebramanual",
        "quaggamanual",
        "zebrareply",
        "quaggareply",
        "lea verou",
        "leaverou",
    ];
    let answers = eventually("the pages know", async || {
        let answers = world.public_answers(&entrances()).await;
        let is_gone = |word: &&str| who_has(&answers, word).is_empty();
        gone.iter().all(is_gone).then_some(answers)
    })
    .await;
    for word in words {
        let has = who_has(&answers, word);
        assert_eq!(has.is_empty(), gone.contains(&word), "{word}: {has:?}");
    }
    assert_eq!(world.letter.count().await, counts);
    let page = world.letter.page("/supporters").await;
    // 21 of the file, one by hand and three replies or quotes, without the three.
    let found = "22 signatures with a name · 1 like with a name · 3 more without a name";
    assert!(page.contains(found), "{page}");
    assert!(
        world
            .letter
            .page("/supporters?source=github")
            .await
            .contains(">20 entries")
    );
    people[1]
        .says("I sign. Quaggareply", Audience::Public)
        .await;
    run(&world, &["signatory", "sync", "--yes"]);
    let page = world.letter.page("/supporters?sort=name").await;
    assert!(
        !page.contains("Lea Verou") && !page.contains("Zebrareply"),
        "{page}"
    );

    let on = ["names", "on"];
    run(&world, &[&on[..], &whom].concat());
    assert_eq!(world.letter.command(&[&on[..], &whom].concat()).code, 4);
    eventually("the pages know", async || {
        let page = world.letter.page("/supporters").await;
        ["Lea Verou", "Zebrareply", "Zebramanual"]
            .iter()
            .all(|name| page.contains(name))
            .then_some(())
    })
    .await;
    world.assert_is_sound();
}
