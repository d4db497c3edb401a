//! Data for programs: against its schemas, page by page, whole, and within limits.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use undersigned::text::csv;

use crate::{
    both::on_both_databases,
    support::{
        program::{Answer, eventually},
        world::{Audience, World},
    },
};

on_both_databases!(
    data_follows_its_schemas,
    the_list_is_read_page_by_page,
    the_whole_list_is_there_only_when_it_is_offered,
    scripts_of_every_website_read_what_is_for_programs,
    only_one_page_may_be_framed,
    numbers_name_nobody,
    whoever_asks_is_told_how_much_is_left,
);

/// What is answered at an address, by its schema.
const SCHEMAS: [(&str, &str); 4] = [
    (
        "/api/v1/count.json",
        include_str!("../../docs/schemas/count.json"),
    ),
    (
        "/api/v1/letter.json",
        include_str!("../../docs/schemas/letter.json"),
    ),
    (
        "/api/v1/days.json",
        include_str!("../../docs/schemas/days.json"),
    ),
    (
        "/api/v1/supporters.json?limit=500",
        include_str!("../../docs/schemas/supporters.json"),
    ),
];

async fn got(world: &World, path: &str) -> Answer {
    let answer = world.letter.get(path, None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer
}

/// A letter with somebody who signed with a statement, and somebody who likes it.
async fn busy(database: &str, settings: &str) -> World {
    let world = World::with(database, settings).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign. So be it", Audience::Public).await;
    world.commands(&["statement", "approve", &ada.id]);
    let bo = world.person("Bo Diddley");
    bo.does(&bo.like()).await;
    world
}

async fn data_follows_its_schemas(database: &str) {
    let world = busy(database, "").await;
    for (path, schema) in SCHEMAS {
        let schema: Value = serde_json::from_str(schema).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let answer = got(&world, path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        let data = answer.json();
        let faults: Vec<_> = schema.iter_errors(&data).map(|it| it.to_string()).collect();
        assert!(faults.is_empty(), "{path}: {faults:?}");
        let mut more = data.clone();
        more["more"] = json!(1);
        assert!(!schema.is_valid(&more), "{path}");
        let first = data.as_object().unwrap().keys().next().unwrap();
        let mut less = data.clone();
        less.as_object_mut().unwrap().shift_remove(first);
        assert!(!schema.is_valid(&less), "{path}");
    }
    let letter = got(&world, "/api/v1/letter.json").await.json();
    assert_eq!(letter["counts"], world.letter.count().await);
    assert_eq!(letter["state"], "open");
    let days = got(&world, "/api/v1/days.json").await.json();
    let sum = |member: &str| {
        let days = days["days"].as_array().unwrap().iter();
        days.map(|day| day[member].as_i64().unwrap()).sum::<i64>()
    };
    for member in ["total", "signed", "liked", "github", "fediverse"] {
        assert_eq!(letter["counts"][member], sum(member), "{member}");
    }
}

/// The entries of every page from this one on, and how many pages there were.
async fn follow(world: &World, first: &str) -> (Vec<Value>, usize) {
    let (mut entries, mut next, mut pages) = (Vec::new(), Some(first.to_owned()), 0);
    while let Some(path) = next {
        let answer = got(world, &path).await;
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("x-robots-tag"), "noindex, noarchive");
        let page = answer.json();
        entries.extend(page["supporters"].as_array().unwrap().iter().cloned());
        let following = page["next"].as_str();
        let link = following.map(|url| format!("<{url}>; rel=\"next\""));
        assert_eq!(answer.header("link"), link.unwrap_or_default());
        next = following.map(|url| url.strip_prefix(&world.letter.origin).unwrap().to_owned());
        pages += 1;
        assert!(pages < 30);
    }
    (entries, pages)
}

async fn the_list_is_read_page_by_page(database: &str) {
    let world = busy(database, "").await;
    let (all, pages) = follow(&world, "/api/v1/supporters.json").await;
    assert_eq!((all.len(), pages), (23, 1));
    for sort in ["recent", "name"] {
        let first = format!("/api/v1/supporters.json?limit=5&sort={sort}");
        let (entries, pages) = follow(&world, &first).await;
        assert_eq!(pages, 5, "{sort}");
        let ids: BTreeSet<_> = entries
            .iter()
            .map(|it| it["id"].as_str().unwrap())
            .collect();
        assert_eq!((entries.len(), ids.len()), (23, 23), "{sort}");
    }
    let (of_file, _) = follow(&world, "/api/v1/supporters.json?sort=file&limit=7").await;
    assert_eq!(of_file.len(), 21);
    let (liked, _) = follow(&world, "/api/v1/supporters.json?kind=liked").await;
    assert_eq!(liked.len(), 1);
    let bo = &liked[0];
    assert_eq!(
        (&bo["name"], &bo["kind"]),
        (&json!("Bo Diddley"), &json!("liked"))
    );
    let (ada, _) = follow(&world, "/api/v1/supporters.json?statement=1").await;
    assert_eq!(ada[0]["statement"], "So be it");

    let after = format!(
        "/api/v1/supporters.json?after={}",
        bo["id"].as_str().unwrap()
    );
    assert_eq!(
        got(&world, &after).await.json()["supporters"]
            .as_array()
            .unwrap()
            .len(),
        22
    );
    let first = got(&world, "/api/v1/supporters.json").await;
    let again = [("if-none-match", first.header("etag"))];
    let again = world
        .letter
        .get_with("/api/v1/supporters.json", &again)
        .await;
    assert_eq!(again.status, 304);
    let person = world.person("Bo Diddley");
    person.says("withdraw", Audience::Public).await;
    assert_eq!(world.letter.get(&after, None).await.status, 404);
    for refused in [
        "limit=0",
        "limit=501",
        "limit=x",
        "sort=x",
        "sort=file&kind=liked",
        "from=x",
    ] {
        let path = format!("/api/v1/supporters.json?{refused}");
        let answer = world.letter.get(&path, None).await;
        assert_eq!(answer.status, 400, "{refused}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "*",
            "{refused}"
        );
        assert_eq!(answer.json()["status"], 400, "{refused}");
    }
}

async fn the_whole_list_is_there_only_when_it_is_offered(database: &str) {
    const FORMS: [&str; 2] = ["/api/v1/supporters.csv", "/api/v1/supporters.ndjson"];
    let mut world = busy(database, "").await;
    let eve = world.person("Eve");
    let mut note = eve.reply("I sign. At length", Audience::Public);
    note["summary"] = json!("Long");
    eve.does(&eve.create(&note)).await;
    world.commands(&["statement", "approve", &eve.id]);
    for path in FORMS {
        assert_eq!(world.letter.get(path, None).await.status, 404, "{path}");
    }
    assert!(!world.letter.page("/api").await.contains(FORMS[0]));
    world.letter.set("web.bulk_download = true");
    world.letter.stop().await;
    world.letter.serve().await;
    assert!(world.letter.page("/api").await.contains(FORMS[0]));

    let table = got(&world, FORMS[0]).await;
    assert!(table.header("content-type").starts_with("text/csv"));
    assert_eq!(table.header("cache-control"), "no-cache");
    let rows: Vec<_> = csv::records(&table.body)
        .into_iter()
        .map(|row| row.fields)
        .collect();
    assert_eq!(rows.len(), 25);
    let [head, ..] = &rows[..] else {
        panic!("{rows:?}")
    };
    let place = |column| head.iter().position(|it| it == column).unwrap();
    let ada = rows
        .iter()
        .find(|row| row[place("name")] == "Ada Lovelace")
        .unwrap();
    assert_eq!(ada[place("statement")], "So be it");
    let eve = rows.iter().find(|row| row[place("name")] == "Eve").unwrap();
    assert_eq!(eve[place("warning")], "Long");
    assert!(ada[place("handle")].starts_with("'@"), "{ada:?}");
    for field in rows.iter().flatten() {
        assert!(!field.starts_with(['=', '+', '-', '@']), "{field}");
    }

    let lines = got(&world, FORMS[1]).await.body;
    let lines: Vec<Value> = lines
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let (pages, _) = follow(&world, "/api/v1/supporters.json").await;
    assert_eq!(lines, pages);
    one_whole_list_at_a_time(&world, FORMS).await;
}

/// While somebody is sent a whole list, larger than what the network takes by itself, others are asked to come again.
async fn one_whole_list_at_a_time(world: &World, forms: [&str; 2]) {
    let name = |n| format!("-  Person {n} [@person-{n}](https://github.com/person-{n})\n");
    let names = (0..20_000).map(name).collect::<Vec<_>>().concat();
    world
        .letter
        .edit_file(|text| format!("{}\n{names}", text.trim_end()));
    world.commands(&["letter", "publish", "--yes"]);
    eventually("the names", async || {
        (world.number("github").await > 20_000).then_some(())
    })
    .await;
    let address = world.letter.origin.strip_prefix("http://").unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {} HTTP/1.1\r\nhost: {address}\r\n\r\n", forms[1]);
    slow.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    slow.read_exact(&mut first).await.unwrap();
    assert_eq!(first, *b"HTTP/1.1 200 OK");
    for path in forms {
        let answer = world.letter.get(path, None).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(!answer.header("retry-after").is_empty(), "{path}");
    }
    drop(slow);
    eventually("the end of the other one", async || {
        (world.letter.get(forms[0], None).await.status == 200).then_some(())
    })
    .await;
}

async fn scripts_of_every_website_read_what_is_for_programs(database: &str) {
    let world = World::new(database).await;
    let page = world.letter.page("/api").await;
    let addresses: BTreeSet<_> = page
        .split("<dt>")
        .skip(1)
        .flat_map(|it| it.split("</dt>").next().unwrap().split("href=\"").skip(1))
        .map(|it| it.split('"').next().unwrap())
        .collect();
    assert!(addresses.len() > 9, "{addresses:?}");
    let more = [
        "/api/v1/supporters.json?limit=x",
        "/api/v1/nothing.json",
        "/.well-known/webfinger",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
    ];
    for path in addresses.into_iter().chain(more) {
        let answer = world.letter.get(path, None).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    }
    for path in ["/", "/supporters", "/statistics", "/outbox"] {
        let answer = world.letter.get(path, None).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

async fn only_one_page_may_be_framed(database: &str) {
    let world = busy(database, "").await;
    let embed = got(&world, "/embed").await;
    let policy = embed.header("content-security-policy");
    assert!(policy.contains("frame-ancestors *"), "{policy}");
    assert_eq!(embed.header("x-robots-tag"), "noindex, noarchive");
    assert!(embed.body.len() < 1500, "{}", embed.body);
    for never in ["<form", "<input", "<script", "Ada Lovelace", "Bo Diddley"] {
        assert!(!embed.body.contains(never), "{never}");
    }
    let signed = world.number("signed").await.to_string();
    assert!(embed.body.contains(&signed), "{}", embed.body);
    assert!(embed.body.contains("target=\"_blank\" rel=\"noopener\""));
    for path in [
        "/",
        "/supporters",
        "/statistics",
        "/api",
        "/about",
        "/privacy",
        "/history",
        "/badge.svg",
        "/api/v1/letter.json",
        "/embedded",
        "/style.css",
    ] {
        let answer = world.letter.get(path, Some("text/html")).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
}

async fn numbers_name_nobody(database: &str) {
    let world = World::new(database).await;
    let people = ["Ada", "Bo", "Cy"].map(|name| world.person(name));
    for person in &people {
        person.does(&person.like()).await;
    }
    let server = world.peer.url("/");
    let server = server.split('/').nth(2).unwrap().to_owned();
    let page = world.letter.page("/statistics").await;
    assert!(page.contains(&format!("<bdi>{server}</bdi>")), "{page}");
    assert!(!page.contains("other server"), "{page}");
    // Of three people one leaves: the number of the two others names no server any more.
    let [ada, ..] = &people;
    ada.says("withdraw", Audience::Public).await;
    world.commands(&[
        "endorsement",
        "invalidate",
        "--name",
        "Bo",
        "--apply",
        "--reason",
        "duplicate",
    ]);
    let page = eventually("the decision", async || {
        let page = world.letter.page("/statistics").await;
        page.contains("Declared invalid</th><td>1<").then_some(page)
    })
    .await;
    assert!(!page.contains(&server), "{page}");
    assert!(page.contains("1 other server<"), "{page}");
    for row in [
        "Withdrawn</th><td>1<",
        "the same person twice</th><td>1<",
        "In the list</th><td>1<",
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    for name in ["Ada", "Bo</", "Cy"] {
        assert!(!page.contains(name), "{name}");
    }
    world.assert_is_sound();
}

async fn whoever_asks_is_told_how_much_is_left(database: &str) {
    let settings = "limits.per_address_per_minute = 3";
    let world = World::with(database, settings).await;
    let mut told = Vec::new();
    for _ in 0..4 {
        let from = [("x-forwarded-for", "192.0.2.9")];
        let answer = world.letter.get_with("/api/v1/count.json", &from).await;
        let header = |name: &str| answer.header(name).parse::<u64>().unwrap();
        assert_eq!(header("ratelimit-limit"), 3);
        assert!((1..=60).contains(&header("ratelimit-reset")));
        told.push((answer.status.as_u16(), header("ratelimit-remaining")));
        // Scripts of other websites see it as well.
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let readable = answer.header("access-control-expose-headers").to_owned();
        for name in ["ratelimit-remaining", "retry-after", "link", "etag"] {
            assert!(
                readable.split(", ").any(|it| it == name),
                "{name}: {readable}"
            );
        }
    }
    assert_eq!(told, [(200, 2), (200, 1), (200, 0), (429, 0)]);
}
