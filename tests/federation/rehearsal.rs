//! A letter that is rehearsed before it is out: nothing of it is public, and it is launched once.

use std::fs;

use reqwest::StatusCode;
use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    store::{Access, Store},
};

use crate::{
    both::{on_both_databases, on_postgres},
    support::{
        program::{Printed, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    nothing_of_a_draft_is_in_any_public_answer,
    a_preview_is_the_page_and_ends_with_the_launch,
    whoever_signs_at_once_after_the_launch_is_counted,
    a_draft_has_followers_who_see_it_come_out,
    whoever_signs_a_draft_is_told_once,
    a_plan_survives_kills_and_comes_out_once,
    a_server_that_was_down_at_the_minute_launches_when_it_starts,
    a_draft_refuses_what_needs_a_letter,
    a_server_that_only_reads_shows_the_draft_and_no_preview,
);
on_postgres!(two_servers_that_are_killed_launch_once);

/// A draft. What is public of a letter is often made of its file's names, hashtags and source.
const DRAFT: &str = "letter.launch = 'manual'\n\
                     letter.hashtags = ['OpenLetter']\n\
                     letter.source_url = 'https://raw.example/secret/letter.md'\n\
                     letter.sync_interval = '365d'\n\
                     web.bulk_download = true";

/// Every address that answers GET, and some that ids make.
const ADDRESSES: &[&str] = &[
    "/",
    "/en/",
    "/de/",
    "/de",
    "/actor",
    "/@letter",
    "/instance-actor",
    "/letter",
    "/outbox",
    "/outbox?page=1",
    "/instance-actor/outbox",
    "/followers",
    "/following",
    "/featured",
    "/letter/replies",
    "/letter/replies?page=1",
    "/letter/likes",
    "/letter/shares",
    "/posts/0123456789abcdef",
    "/activities/0123456789abcdef",
    "/.well-known/webfinger?resource=acct:letter@",
    "/.well-known/host-meta",
    "/.well-known/host-meta.json",
    "/.well-known/nodeinfo",
    "/nodeinfo/2.0",
    "/nodeinfo/2.1",
    "/robots.txt",
    "/.well-known/security.txt",
    "/healthz",
    "/readyz",
    "/supporters",
    "/supporters?q=doe",
    "/supporters.atom",
    "/history",
    "/history/1",
    "/privacy",
    "/about",
    "/feed.atom",
    "/badge.svg",
    "/og.png",
    "/header",
    "/icon.png",
    "/favicon.ico",
    "/sitemap.xml",
    "/api",
    "/api/v1/count.json",
    "/api/v1/shields.json",
    "/api/v1/letter.json",
    "/api/v1/days.json",
    "/api/v1/supporters.json",
    "/api/v1/supporters.csv",
    "/api/v1/supporters.ndjson",
    "/statistics",
    "/timeline",
    "/embed",
    "/tags/openletter",
    "/preview",
    "/preview/00000000000000000000000000000000",
    "/style.css",
];

/// Those that a draft has; every other one is 404.
const THERE: &[&str] = &[
    "/",
    "/actor",
    "/@letter",
    "/instance-actor",
    "/outbox",
    "/outbox?page=1",
    "/instance-actor/outbox",
    "/followers",
    "/following",
    "/featured",
    "/.well-known/host-meta",
    "/.well-known/host-meta.json",
    "/.well-known/nodeinfo",
    "/nodeinfo/2.0",
    "/nodeinfo/2.1",
    "/robots.txt",
    "/healthz",
    "/readyz",
    "/privacy",
    "/about",
    "/badge.svg",
    "/icon.png",
    "/favicon.ico",
    "/api/v1/count.json",
    "/api/v1/shields.json",
    "/style.css",
];

/// Words of the title and of the text of this repository's letter, names in it and by hand, and its source.
const SECRETS: &[&str] = &[
    "Microsoft",
    "GitHub users",
    "Immigration",
    "Lea Verou",
    "leaverou",
    "Jane Doe",
    "raw.example",
    "1873b652",
];

impl World {
    async fn draft(database: &str) -> Self {
        Self::with(database, DRAFT).await
    }

    fn runs(&self, command: &[&str]) -> Printed {
        let done = self.letter.command(command);
        assert_eq!(done.code, 0, "{command:?}: {}", done.stderr);
        done
    }

    /// The state that `status` tells.
    fn letter_state(&self) -> Value {
        self.letter.json(&["status"])["letter"]["state"].clone()
    }

    fn preview(&self, renews: bool) -> String {
        let command = ["letter", "preview", "--renew"];
        let command = if renews { &command[..] } else { &command[..2] };
        let url = self.letter.json(command)["url"]
            .as_str()
            .unwrap()
            .to_owned();
        url.strip_prefix(&self.letter.origin).unwrap().to_owned()
    }

    async fn is_out(&self) {
        eventually("the letter is out", async || {
            let note = self
                .letter
                .get("/letter", Some("application/activity+json"))
                .await;
            note.status.is_success().then_some(())
        })
        .await;
    }

    /// What each follower got of the letter, checked to be one Create; and that there is one revision.
    async fn came_out_once(&self, followers: &[Person]) {
        self.is_out().await;
        self.settle().await;
        let versions = self.letter.json(&["letter", "versions"]);
        assert_eq!(versions.as_array().unwrap().len(), 1);
        let ids: Vec<_> = self
            .creates()
            .iter()
            .map(|create| create["id"].clone())
            .collect();
        assert!(!ids.is_empty(), "nothing was delivered");
        // A delivery may happen twice when a server is killed, under the same id.
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let outbox = self.letter.document("/outbox").await;
        let kinds = outbox.to_string().matches("\"Create\"").count();
        assert_eq!(kinds, 1, "{outbox}");
        assert_eq!(
            self.followers().await,
            i64::try_from(followers.len()).unwrap()
        );
        self.assert_is_sound();
    }

    fn creates(&self) -> Vec<Value> {
        let creates = self.peer.deliveries("Create").into_iter();
        creates.map(|delivery| delivery.activity).collect()
    }
}

/// So many seconds from now, as `--at` takes it.
fn in_seconds(seconds: i64) -> String {
    Millis::from_millis(SystemClock.now().as_millis() + seconds * 1000).to_string()
}

async fn nothing_of_a_draft_is_in_any_public_answer(database: &str) {
    let world = World::draft(database).await;
    let added = [
        "signatory",
        "add",
        "--source",
        "email",
        "--ref",
        "1",
        "--name",
        "Jane Doe",
    ];
    world.runs(&added);
    let entry = world.letter.json(&["signatory", "list"])[0]["id"].clone();
    let entry = format!("/e/{}", entry.as_str().unwrap());
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    // Neither with a plan nor without one.
    for plan in [None, Some("365 days")] {
        if let Some(at) = plan {
            world.runs(&["letter", "launch", "--at", at]);
        }
        for path in ADDRESSES.iter().copied().chain([entry.as_str()]) {
            for accept in ["text/html", "application/activity+json", "*/*"] {
                let answer = world.letter.get(path, Some(accept)).await;
                let is_there = THERE.contains(&path);
                let is_asked = path.contains("webfinger") || path == "/.well-known/security.txt";
                let answers = answer.status.is_success() || answer.status.is_redirection();
                // A server that asks for a page is sent to the actor.
                let fits = if is_there {
                    answers
                } else {
                    answer.status == StatusCode::NOT_FOUND
                        || answer.header("location") == format!("{}/actor", world.letter.origin)
                };
                assert!(fits || is_asked, "{path} {accept}: {}", answer.status);
                let headers = format!("{:?}", answer.headers);
                for secret in SECRETS {
                    let found = answer.body.contains(secret) || headers.contains(secret);
                    assert!(!found, "{path} {accept} names {secret}: {}", answer.body);
                }
            }
        }
    }
    let page = world.letter.page("/").await;
    assert!(
        page.contains("not out yet") && page.contains("It comes out on"),
        "{page}"
    );
    let count = world.letter.count().await;
    assert_eq!(
        (&count["total"], &count["revision"]),
        (&json!(0), &json!(0))
    );
    let actor = world.letter.document("/actor").await;
    assert_eq!(
        (&actor["name"], actor.get("image")),
        (&json!("letter"), None)
    );
    let featured = world.letter.document("/featured").await;
    assert_eq!(featured["totalItems"], 0, "{featured}");
    world.assert_is_sound();
}

async fn a_preview_is_the_page_and_ends_with_the_launch(database: &str) {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
    let world = World::draft(database).await;
    fs::write(world.letter.path("us.png"), PNG).unwrap();
    world
        .letter
        .edit_file(|text| text.replacen("Earlier this year", "![Us](us.png) Earlier this year", 1));
    let path = world.preview(false);
    assert_eq!(world.preview(false), path);
    assert_eq!(path.len(), "/preview/".len() + 32);
    let answer = world.letter.get(&path, Some("text/html")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(answer.header("x-robots-tag").contains("noindex"));
    for words in ["This is a preview", "Microsoft", "Lea Verou", "21 "] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let (_, picture) = answer
        .body
        .split_once("<img src=\"")
        .and_then(|_| {
            answer
                .body
                .split_once(&format!("src=\"{}{path}/pictures/", world.letter.origin))
        })
        .unwrap();
    let picture = format!("/pictures/{}", picture.split('"').next().unwrap());
    let shown = world.letter.get(&format!("{path}{picture}"), None).await;
    assert_eq!(
        (shown.status, shown.header("cache-control")),
        (StatusCode::OK, "no-store")
    );
    assert_eq!(
        world.letter.get(&picture, None).await.status,
        StatusCode::NOT_FOUND
    );

    // It shows the file as it is now, or what is planned.
    world
        .letter
        .edit_file(|text| text.replacen("Earlier this year", "Lately", 1));
    assert!(world.letter.page(&path).await.contains("Lately"));
    world.runs(&["letter", "launch", "--at", "1 day"]);
    world
        .letter
        .edit_file(|text| text.replacen("Lately", "Yesterday", 1));
    assert!(world.letter.page(&path).await.contains("Lately"));

    let renewed = world.preview(true);
    assert_ne!(renewed, path);
    let never = world.letter.get("/preview/00", Some("text/html")).await;
    let gone = async |path: &str| {
        let answer = world.letter.get(path, Some("text/html")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body, never.body);
        assert_eq!(
            answer.header("cache-control"),
            never.header("cache-control")
        );
    };
    gone(&path).await;
    assert!(world.letter.page(&renewed).await.contains("Lately"));
    world.runs(&["letter", "launch", "--yes"]);
    world.is_out().await;
    let late = world.letter.get(&renewed, Some("text/html")).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert_eq!(world.letter.command(&["letter", "preview"]).code, 4);
    let page = eventually("the page is the letter's", async || {
        let page = world.letter.page("/").await;
        page.contains("Yesterday").then_some(page)
    })
    .await;
    assert!(!page.contains("/preview/"));
    assert_eq!(
        world.letter.get(&picture, None).await.status,
        StatusCode::OK
    );
    let log = world.letter.log();
    for secret in [&path, &renewed] {
        assert!(
            !log.contains(secret.strip_prefix("/preview/").unwrap()),
            "{log}"
        );
    }
}

async fn a_draft_has_followers_who_see_it_come_out(database: &str) {
    let world = World::draft(database).await;
    assert_eq!(world.letter_state(), "draft");
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    world.runs(&[
        "signatory",
        "add",
        "--source",
        "paper",
        "--ref",
        "1",
        "--name",
        "Jane Doe",
    ]);
    // Without a terminal nobody is asked, and nothing happens.
    assert_eq!(world.letter.command(&["letter", "launch"]).code, 2);
    let launched = world.letter.json(&["letter", "launch", "--yes"]);
    assert_eq!(
        (&launched["names"], &launched["launch_at"]),
        (&json!(22), &Value::Null)
    );
    assert_eq!(world.letter.command(&["letter", "launch", "--yes"]).code, 4);
    world.came_out_once(&[ada]).await;
    let kinds: Vec<_> = ["Update", "Create"]
        .map(|kind| world.peer.deliveries(kind).len())
        .into();
    assert_eq!(kinds, [1, 1]);
    let update = &world.peer.deliveries("Update")[0].activity;
    assert!(
        update["object"]["name"]
            .as_str()
            .unwrap()
            .contains("Microsoft"),
        "{update}"
    );
    assert_eq!(world.letter_state(), "open");
    eventually("the first signers stand in the list", async || {
        let page = world.letter.page("/supporters").await;
        page.contains("Jane Doe").then_some(())
    })
    .await;
    assert_eq!(world.letter.count().await["total"], 22);
}

async fn whoever_signs_a_draft_is_told_once(database: &str) {
    let world = World::draft(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign", Audience::Public).await;
    let told = world.delivered("Create").await.activity;
    assert_eq!(told["to"], json!([ada.id]));
    assert!(told.to_string().contains("not out yet"), "{told}");
    ada.says("I sign", Audience::Direct).await;
    world.settle().await;
    assert_eq!(world.creates().len(), 1);
    assert!(world.listed(&[]).is_empty() && world.listed(&["--state", "comment"]).is_empty());
    world.assert_is_sound();
}

async fn whoever_signs_at_once_after_the_launch_is_counted(database: &str) {
    let world = World::draft(database).await;
    let ada = world.person("ada");
    world.runs(&["letter", "launch", "--yes"]);
    // The server has not looked whether anything changed.
    ada.says("I sign", Audience::Public).await;
    world.settle().await;
    assert_eq!(world.listed(&[]).len(), 1);
}

async fn a_plan_survives_kills_and_comes_out_once(database: &str) {
    let mut world = World::draft(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    let due = SystemClock.now().as_millis() + 4_000;
    let planned = world
        .letter
        .json(&["letter", "launch", "--at", &in_seconds(4)]);
    assert_eq!(planned["names"], 21);
    world
        .letter
        .edit_file(|_| "# Another text\n\nNobody should see this.\n".to_owned());
    let status = world.letter.json(&["status"]);
    assert_eq!(status["launch_at"], planned["launch_at"]);
    assert_eq!(
        (
            &status["letter"]["state"],
            &status["letter"]["file_differs"]
        ),
        (&json!("draft"), &json!(true))
    );
    // Killed and started again and again, until it is over.
    while SystemClock.now().as_millis() < due + 1_000 {
        world.letter.kill();
        world.letter.serve().await;
    }
    world.came_out_once(&[ada]).await;
    let page = world.letter.page("/").await;
    assert!(page.contains("Microsoft") && !page.contains("Nobody should see this"));
    assert_eq!(world.letter.json(&["status"])["launch_at"], Value::Null);
}

async fn a_server_that_was_down_at_the_minute_launches_when_it_starts(database: &str) {
    let mut world = World::draft(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    world.runs(&["letter", "launch", "--at", &in_seconds(2)]);
    world.letter.kill();
    eventually("the minute has passed", async || {
        let status = world.letter.json(&["status"]);
        let due = status["launch_at"]
            .as_str()
            .and_then(Millis::parse_rfc3339)
            .unwrap();
        (due < SystemClock.now()).then_some(())
    })
    .await;
    assert_eq!(world.letter_state(), "draft");
    world.letter.serve().await;
    world.came_out_once(&[ada]).await;
}

async fn two_servers_that_are_killed_launch_once(database: &str) {
    const PEOPLE: usize = 12;
    let mut world = World::draft(database).await;
    let mut second = world.letter.another();
    second.serve().await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let person = world.person_who(&format!("Fan{number} of the letter"), |actor| {
            actor["endpoints"] = json!({});
        });
        person.does(&person.follow()).await;
        people.push(person);
    }
    world.settle().await;
    let due = SystemClock.now().as_millis() + 4_000;
    world.runs(&["letter", "launch", "--at", &in_seconds(4)]);
    // One of them is always being killed or started.
    while SystemClock.now().as_millis() < due + 1_500 {
        second.kill();
        second.serve().await;
        world.letter.kill();
        world.letter.serve().await;
    }
    world.came_out_once(&people).await;
    let inboxes: std::collections::BTreeSet<_> = world
        .peer
        .deliveries("Create")
        .into_iter()
        .map(|delivery| delivery.inbox)
        .collect();
    assert_eq!(inboxes.len(), PEOPLE);
}

async fn a_draft_refuses_what_needs_a_letter(database: &str) {
    let mut world = World::draft(database).await;
    let folder = world.letter.path("site");
    let folder = folder.to_str().unwrap();
    for command in [
        &["letter", "publish"][..],
        &["letter", "open"],
        &["letter", "pause"],
        &["letter", "close"],
        &["letter", "close", "--at", "1 day"],
        &["site", "export", folder],
    ] {
        let refused = world.letter.command(command);
        assert_eq!(refused.code, 4, "{command:?}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("letter launch"),
            "{command:?}: {}",
            refused.stderr
        );
    }
    let past = world
        .letter
        .command(&["letter", "launch", "--at", "2020-01-01"]);
    assert_eq!(past.code, 2, "{}", past.stderr);
    world.runs(&["letter", "launch", "--at", "1 day"]);
    let text = world.runs(&["status"]).stdout;
    assert!(
        text.contains("in 24 hours") || text.contains("in 23 hours"),
        "{text}"
    );
    let called_off = world.letter.json(&["letter", "pause"]);
    assert_eq!(called_off["state"], "draft");
    assert_eq!(world.letter.json(&["status"])["launch_at"], Value::Null);
    assert_eq!(world.letter.command(&["letter", "pause"]).code, 4);

    // The identity of a draft that somebody follows stays.
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    world.letter.stop().await;
    world
        .letter
        .set(&format!("{DRAFT}\nactor.username = 'other'"));
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("letter") && log.contains("other"), "{log}");
}

async fn a_server_that_only_reads_shows_the_draft_and_no_preview(database: &str) {
    let mut world = World::draft(database).await;
    let path = world.preview(false);
    world.runs(&["letter", "launch", "--at", &in_seconds(1)]);
    world.letter.kill();
    world.letter.serve_with(&["--read-only"]);
    world.letter.serve().await;
    let page = world.letter.page("/").await;
    assert!(page.contains("not out yet"), "{page}");
    assert_eq!(
        world.letter.get(&path, None).await.status,
        StatusCode::NOT_FOUND
    );
    eventually("the minute has passed", async || {
        let status = world.letter.json(&["status"]);
        let due = status["launch_at"]
            .as_str()
            .and_then(Millis::parse_rfc3339)
            .unwrap();
        (Millis::from_millis(due.as_millis() + 1_000) < SystemClock.now()).then_some(())
    })
    .await;
    assert_eq!(world.letter_state(), "draft");
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    assert!(!store.read().await.unwrap().has_revision().await.unwrap());
    store.close().await;
}
