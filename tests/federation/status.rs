//! What `status` says of the server, of what happened last, of what waits, and of an earlier time.

use serde_json::{Value, json};
use undersigned::store::{Access, Store};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        sql,
        world::{Audience, World},
    },
};

on_both_databases!(
    status_says_who_runs_what_waits_and_what_was,
    a_server_whose_tables_are_older_is_not_ready,
);

async fn status_says_who_runs_what_waits_and_what_was(database: &str) {
    let mut world = World::new(database).await;
    let status = |world: &World| world.letter.json(&["status"]);
    let running = eventually("the server says that it runs", async || {
        let status = status(&world);
        (status["servers"] != json!([])).then_some(status)
    })
    .await;
    assert_eq!(running["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(running["servers"][0]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(running["last"]["signed"], Value::Null);

    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    ada.says("I sign", Audience::Public).await;
    bob.says("I sign?", Audience::Public).await;
    world.delivered("Like").await;
    world.settle().await;
    let now = status(&world);
    let reasons = now["waiting"]["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert_eq!(
        (&reasons[0]["reason"], &reasons[0]["endorsements"]),
        (&json!("unsure"), &json!(1))
    );
    assert!(now["last"]["signed"].is_string(), "{now}");
    assert!(now["last"]["delivered"].is_string(), "{now}");
    // The inbox log is written down a second later.
    eventually("the last delivery is known", async || {
        status(&world)["last"]["received"].is_string().then_some(())
    })
    .await;
    let screen = world.letter.command(&["status"]).stdout;
    for line in [
        "runs since 20",
        "1 unsure: read them: `endorsement list --waits-for unsure`",
    ] {
        assert!(screen.contains(line), "{screen}");
    }

    // The counts of a time are those of the history; before the letter there are none.
    let then = world.letter.json(&["status", "--at", "2100-01-01"]);
    for name in [
        "total",
        "signed",
        "liked",
        "github",
        "letter",
        "fediverse",
        "manual",
        "current",
        "earlier",
    ] {
        assert_eq!(then[name], now["counts"][name], "{name}: {then}");
    }
    assert_eq!(then["pending"], 1);
    let early = world.letter.command(&["status", "--at", "3 years"]);
    assert_eq!(early.code, 3, "{}", early.stderr);

    world.letter.stop().await;
    assert_eq!(status(&world)["servers"], json!([]));
    let screen = world.letter.command(&["status"]).stdout;
    assert!(
        screen.contains("none runs: `undersigned serve`"),
        "{screen}"
    );
    world.letter.serve().await;
    // A server that was killed is not counted beside the one that follows it.
    world.letter.kill();
    world.letter.serve().await;
    eventually("the next server says that it runs", async || {
        let servers = status(&world)["servers"].as_array().unwrap().clone();
        (!servers.is_empty()).then_some(())
    })
    .await;
}

async fn a_server_whose_tables_are_older_is_not_ready(database: &str) {
    let world = World::new(database).await;
    let ready = async || world.letter.get("/readyz", None).await;
    assert_eq!(ready().await.body, "ok\n");
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let newest = sql::number(&mut tx, "SELECT MAX(version) FROM _sqlx_migrations").await;
    drop(tx);
    // Newer tables, made by an update of another server, are no reason to stop.
    let steps = [
        (newest, newest + 1, 200),
        (newest + 1, -newest, 503),
        (-newest, newest, 200),
    ];
    for (before, version, status) in steps {
        let mut tx = store.write().await.unwrap();
        let change =
            format!("UPDATE _sqlx_migrations SET version = {version} WHERE version = {before}");
        sql::run(&mut tx, &change).await.unwrap();
        tx.commit().await.unwrap();
        let answer = ready().await;
        assert_eq!(answer.status, status, "{version}: {}", answer.body);
        assert_eq!(answer.body.contains("older"), status == 503);
        assert_eq!(world.letter.get("/healthz", None).await.status, 200);
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_for_programs_is_one_object_a_line() {
    let (_folder, database) = crate::support::database::sqlite();
    let mut world = World::with(&database, "log.format = 'json'").await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.letter.stop().await;
    let log = world.letter.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    for line in &lines {
        for member in ["timestamp", "level", "message", "target"] {
            assert!(line[member].is_string(), "{member}: {line}");
        }
    }
    let serving = lines.iter().find(|line| line["message"] == "serving");
    assert_eq!(serving.unwrap()["base_url"], world.letter.origin);
}
