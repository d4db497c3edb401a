//! Reports (`Flag`) by other servers, for administrators alone.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    reports_about_us_wait_for_an_administrator_alone,
    hostile_words_of_a_report_do_not_reach_the_terminal,
    who_is_reported_is_hidden_or_blocked_at_once,
);

/// The instance actor of the peer, which speaks for its people without naming them.
fn instance(world: &World) -> Person {
    world.person_who("Instance", |actor| {
        actor["type"] = json!("Application");
        actor["name"] = json!("m.example");
    })
}

/// A report in Mastodon's form.
fn flag(instance: &Person, objects: &[&Value], text: &str) -> Value {
    let mut flag = instance.activity("Flag", json!(objects));
    flag["content"] = json!(text);
    flag
}

fn reports(world: &World) -> Vec<Value> {
    world
        .letter
        .json(&["report", "list"])
        .as_array()
        .unwrap()
        .clone()
}

async fn reports_about_us_wait_for_an_administrator_alone(database: &str) {
    let world = World::new(database).await;
    let instance = instance(&world);
    let ada = world.person("Ada Lovelace");
    let stranger = world.person("Bob Carver");
    let note = ada.says("I sign", Audience::Public).await;
    world.settle().await;
    let sent = world.peer.deliveries("Like").len();
    let id = world.endorsement(&ada)["id"].clone();

    let (actor, letter) = (json!(ada.letters("/actor")), json!(ada.letters("/letter")));
    instance
        .does(&flag(&instance, &[&json!(stranger.id)], "not about us"))
        .await;
    instance
        .does(&flag(&instance, &[&actor, &letter], "A zebra wrote this"))
        .await;
    instance
        .does(&flag(&instance, &[&letter], "Two zebras wrote this"))
        .await;
    instance
        .does(&flag(
            &instance,
            &[&json!(ada.id), &note["id"]],
            "No such person",
        ))
        .await;
    let listed = reports(&world);
    assert_eq!(listed.len(), 3, "{listed:?}");
    let about = |targets: &[&Value]| {
        let mut rows = listed.iter();
        rows.find(|it| it["targets"] == json!(targets)).unwrap()
    };
    let report = about(&[&letter]);
    assert_eq!(
        (&report["count"], &report["text"]),
        (&json!(1), &json!("Two zebras wrote this"))
    );
    let peer = url::Url::parse(&ada.id).unwrap();
    let host = format!("{}:{}", peer.host_str().unwrap(), peer.port().unwrap());
    assert_eq!(
        (&report["host"], &report["state"]),
        (&json!(host), &json!("open"))
    );
    // One report is one row, whatever it names.
    assert_eq!(about(&[&actor, &letter])["text"], "A zebra wrote this");
    let named = about(&[&id]);
    assert_eq!(named["handles"], json!([world.endorsement(&ada)["handle"]]));
    let mut members: Vec<_> = report.as_object().unwrap().keys().cloned().collect();
    members.sort();
    assert_eq!(
        members,
        [
            "at", "count", "handles", "host", "id", "state", "targets", "text"
        ]
    );
    let status = world.letter.json(&["status"]);
    assert_eq!(status["waiting"]["reports"], 3);

    // The report is not public, nobody is notified, and the entry stands.
    world.settle().await;
    assert!(!world.public_text().await.contains("zebra"));
    assert_eq!(world.peer.deliveries("Like").len(), sent);
    assert_eq!(world.state(&ada), "listed");

    let number = report["id"].to_string();
    let shown = world.letter.json(&["report", "show", &number]);
    assert_eq!(shown, *report);
    let code = |arguments: &[&str]| world.letter.command(arguments).code;
    assert_eq!(code(&["report", "show", "999999"]), 3);
    assert_eq!(code(&["report", "resolve"]), 2);
    assert_eq!(code(&["report", "resolve", &number, "--host", &host]), 2);
    assert_eq!(code(&["report", "resolve", &number, "999999"]), 3);
    assert_eq!(code(&["report", "resolve", &number]), 0);
    assert_eq!(code(&["report", "resolve", &number]), 4);
    assert_eq!(world.letter.json(&["status"])["waiting"]["reports"], 2);
    let audit = world.letter.json(&["audit", "list", "--target", &number]);
    assert_eq!(audit[0]["action"], "report.resolve");
    let resolved = world.letter.json(&["report", "resolve", "--host", &host]);
    let resolved = resolved.as_array().unwrap();
    assert_eq!(resolved.len(), 2, "{resolved:?}");
    assert_eq!(resolved[0]["host"], host.as_str());
    assert_eq!(resolved[0]["state"], "resolved");
    assert_eq!(code(&["report", "resolve", "--host", &host]), 3);
    assert!(reports(&world).iter().all(|it| it["state"] == "resolved"));
    world.assert_is_sound();
}

async fn hostile_words_of_a_report_do_not_reach_the_terminal(database: &str) {
    let world = World::new(database).await;
    let instance = instance(&world);
    let hostile = format!("\u{1b}[2J\u{202e}\tred\n{}", "x".repeat(6_000));
    let letter = json!(instance.letters("/letter"));
    instance.does(&flag(&instance, &[&letter], &hostile)).await;
    let number = reports(&world)[0]["id"].to_string();
    for arguments in [
        &["report", "list"][..],
        &["report", "list", "--json"],
        &["report", "show", &number],
        &["report", "show", &number, "--json"],
    ] {
        let printed = world.letter.command(arguments);
        assert_eq!(printed.code, 0, "{}", printed.stderr);
        let bad = |it: char| it != '\n' && it != '\t' && it.is_control() || it == '\u{202e}';
        assert!(!printed.stdout.contains(bad), "{arguments:?}");
        // A line break in a text starts no new row.
        assert!(!printed.stdout.contains("\nx"), "{arguments:?}");
    }
    let text = reports(&world)[0]["text"].as_str().unwrap().chars().count();
    assert_eq!(text, 5_000);
}

async fn who_is_reported_is_hidden_or_blocked_at_once(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let instance = instance(&world);
    let ada = world.person("Ada Lovelace");
    let bo = world.person_on(&bad, "Bo Diddley", |_| ());
    let mut numbers = Vec::new();
    for person in [&ada, &bo] {
        person.says("I sign", Audience::Public).await;
        world.settle().await;
        let report = flag(&instance, &[&json!(person.id)], "rude");
        instance.does(&report).await;
        numbers.push(reports(&world)[0]["id"].to_string());
    }
    let letter = json!(ada.letters("/letter"));
    instance.does(&flag(&instance, &[&letter], "rude")).await;
    let about_us = reports(&world)[0]["id"].to_string();
    let code = |arguments: &[&str]| world.letter.command(arguments).code;
    let reason = ["--reason", "slur: insults others"];
    assert_eq!(code(&["report", "hide", &numbers[0]]), 2);
    assert_eq!(
        code(&[&["report", "hide", "999999"][..], &reason].concat()),
        3
    );
    assert_eq!(
        code(&[&["report", "hide", &about_us][..], &reason].concat()),
        4
    );
    assert_eq!(code(&["report", "block", &about_us]), 4);
    world.commands(&[&["report", "hide", &numbers[0]][..], &reason].concat());
    assert_eq!(world.state(&ada), "hidden");
    let done = world.commands(&["report", "block", &numbers[1], "--host"]);
    assert!(
        done.contains("block localhost: 1 endorsement hidden"),
        "{done}"
    );
    assert_eq!(world.state(&bo), "hidden");
    let blocks = world.letter.json(&["block", "list"]);
    let targets: Vec<_> = blocks
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["target"])
        .collect();
    assert_eq!(targets, [&json!("localhost")]);
    let open = |it: &&Value| it["state"] == "open";
    assert_eq!(reports(&world).iter().filter(open).count(), 1);
    world.assert_is_sound();
}
