//! Reports by other servers, for administrators alone (F-215).

use serde_json::{Value, json};

use crate::scene::{Audience, Person, Scene};

on_both_databases!(
    reports_about_us_and_what_we_show_wait_for_an_administrator_and_for_nobody_else,
    hostile_words_of_a_report_do_not_reach_the_terminal,
);

/// The instance actor of the peer, which speaks for its people without naming them.
fn instance(scene: &Scene) -> Person {
    scene.person_who("Instance", |it| {
        it["type"] = json!("Application");
        it["name"] = json!("m.example");
    })
}

/// A report in Mastodon's form.
fn flag(instance: &Person, objects: &[&Value], text: &str) -> Value {
    let mut flag = instance.activity("Flag", json!(objects));
    flag["content"] = json!(text);
    flag
}

fn reports(scene: &Scene) -> Vec<Value> {
    scene
        .letter
        .json(&["report", "list"])
        .as_array()
        .unwrap()
        .clone()
}

async fn reports_about_us_and_what_we_show_wait_for_an_administrator_and_for_nobody_else(
    database: &str,
) {
    let scene = Scene::new(database).await;
    let instance = instance(&scene);
    let ada = scene.person("Ada Lovelace");
    let stranger = scene.person("Bob Carver");
    let note = ada.says("I sign", Audience::Public).await;
    scene.settle().await;
    let sent = scene.peer.deliveries("Like").len();
    let id = scene.endorsement(&ada)["id"].clone();

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
    let listed = reports(&scene);
    assert_eq!(listed.len(), 3, "{listed:?}");
    let about = |target: &Value| {
        let mut rows = listed.iter();
        rows.find(|it| it["targets"] == json!([target])).unwrap()
    };
    let report = about(&letter);
    assert_eq!(
        (&report["count"], &report["text"]),
        (&json!(2), &json!("Two zebras wrote this"))
    );
    let peer = url::Url::parse(&ada.id).unwrap();
    let host = format!("{}:{}", peer.host_str().unwrap(), peer.port().unwrap());
    assert_eq!(
        (&report["host"], &report["state"]),
        (&json!(host), &json!("open"))
    );
    assert_eq!(about(&actor)["text"], "A zebra wrote this");
    assert_eq!(about(&id)["count"], 1);
    let mut members: Vec<_> = report.as_object().unwrap().keys().cloned().collect();
    members.sort();
    assert_eq!(
        members,
        ["at", "count", "host", "id", "state", "targets", "text"]
    );
    let status = scene.letter.json(&["status"]);
    assert_eq!(status["waiting"]["reports"], 3);

    // Nothing of it is public, nobody is told, and the entry stands.
    scene.settle().await;
    assert!(!scene.public_text().await.contains("zebra"));
    assert_eq!(scene.peer.deliveries("Like").len(), sent);
    assert_eq!(scene.state(&ada), "listed");

    let number = report["id"].to_string();
    let shown = scene.letter.json(&["report", "show", &number]);
    assert_eq!(shown, *report);
    let code = |arguments: &[&str]| scene.letter.command(arguments).code;
    assert_eq!(code(&["report", "show", "999999"]), 3);
    assert_eq!(code(&["report", "resolve"]), 2);
    assert_eq!(code(&["report", "resolve", &number, "--host", &host]), 2);
    assert_eq!(code(&["report", "resolve", &number, "999999"]), 3);
    assert_eq!(code(&["report", "resolve", &number]), 0);
    assert_eq!(code(&["report", "resolve", &number]), 4);
    assert_eq!(scene.letter.json(&["status"])["waiting"]["reports"], 2);
    let audit = scene.letter.json(&["audit", "list", "--target", &number]);
    assert_eq!(audit[0]["action"], "report.resolve");
    let resolved = scene.letter.json(&["report", "resolve", "--host", &host]);
    let resolved = resolved.as_array().unwrap();
    assert_eq!(resolved.len(), 2, "{resolved:?}");
    assert_eq!(resolved[0]["host"], host.as_str());
    assert_eq!(resolved[0]["state"], "resolved");
    assert_eq!(code(&["report", "resolve", "--host", &host]), 3);
    assert!(reports(&scene).iter().all(|it| it["state"] == "resolved"));
    scene.assert_is_sound();
}

async fn hostile_words_of_a_report_do_not_reach_the_terminal(database: &str) {
    let scene = Scene::new(database).await;
    let instance = instance(&scene);
    let hostile = format!("\u{1b}[2J\u{202e}\tred\n{}", "x".repeat(6_000));
    let letter = json!(instance.letters("/letter"));
    instance.does(&flag(&instance, &[&letter], &hostile)).await;
    let number = reports(&scene)[0]["id"].to_string();
    for arguments in [
        &["report", "list"][..],
        &["report", "list", "--json"],
        &["report", "show", &number],
        &["report", "show", &number, "--json"],
    ] {
        let printed = scene.letter.command(arguments);
        assert_eq!(printed.code, 0, "{}", printed.stderr);
        let bad = |it: char| it != '\n' && it != '\t' && it.is_control() || it == '\u{202e}';
        assert!(!printed.stdout.contains(bad), "{arguments:?}");
        // A further line is no line of its own.
        assert!(!printed.stdout.contains("\nx"), "{arguments:?}");
    }
    let text = reports(&scene)[0]["text"].as_str().unwrap().chars().count();
    assert_eq!(text, 5_000);
}
