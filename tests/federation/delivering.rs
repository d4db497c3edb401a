//! What we send, and what becomes of it at servers of other habits (F-160 … F-164).

use crate::{scene::Scene, server::eventually};
use serde_json::json;
use undersigned::signature::Scheme;

on_both_databases!(
    a_server_that_takes_rfc_9421_alone_gets_a_second_knock_once,
    an_administrator_sees_what_waits_and_has_it_tried_or_given_up,
);

async fn a_server_that_takes_rfc_9421_alone_gets_a_second_knock_once(database: &str) {
    let scene = Scene::new(database).await;
    scene.peer.accept_only(Scheme::Rfc9421);
    let (ada, bob) = (scene.person("Ada Lovelace"), scene.person("Bob"));
    ada.does(&ada.follow()).await;
    scene.settle().await;
    bob.does(&bob.follow()).await;
    scene.settle().await;
    let answers: Vec<_> = scene.peer.deliveries("Accept");
    let answers: Vec<_> = answers
        .iter()
        .map(|it| (it.inbox.as_str(), it.answer))
        .collect();
    let expected = [
        ("/users/ada/inbox", 401),
        ("/users/ada/inbox", 202),
        ("/users/bob/inbox", 202),
    ];
    assert_eq!(answers, expected);
    // The second knock is no attempt of its own: nothing waited for a date.
    assert_eq!(scene.letter.json(&["queue", "stats"])["delivered"], 2);
}

async fn an_administrator_sees_what_waits_and_has_it_tried_or_given_up(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    scene.peer.answer_with(503);
    ada.does(&ada.follow()).await;
    let row = eventually("the first failure", async || {
        let rows = scene.letter.json(&["queue", "list"]);
        rows.get(0).filter(|it| it["status"] == 503).cloned()
    })
    .await;
    let host = scene.peer.origin.strip_prefix("http://").unwrap();
    let members: Vec<&String> = row.as_object().unwrap().keys().collect();
    let expected = [
        "id", "host", "inbox", "type", "activity", "state", "attempts", "queued", "next", "status",
        "answer",
    ];
    assert_eq!(members, expected);
    assert_eq!(
        (&row["host"], &row["type"]),
        (&host.into(), &"Accept".into())
    );
    assert_eq!(
        (&row["state"], &row["attempts"]),
        (&"queued".into(), &1.into())
    );
    let status = scene.letter.json(&["status"]);
    assert_eq!(status["hosts_in_trouble"][0]["host"], host);
    assert_eq!(status["signatures"]["alarm"], false);
    assert_eq!(
        scene.letter.json(&["queue", "list", "--host", "m.example"]),
        json!([])
    );

    // The server hears of it within two seconds; by itself it would have waited longer.
    let tries = scene.peer.deliveries("Accept").len();
    let retried = scene.letter.json(&["queue", "retry", host]);
    assert_eq!(retried, json!({"hosts": 1, "deliveries": 1}));
    eventually("another try", async || {
        (scene.peer.deliveries("Accept").len() > tries).then_some(())
    })
    .await;

    let refused = scene.letter.command(&["queue", "drop", host]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let unknown = ["queue", "drop", "m.example", "--yes"];
    assert_eq!(scene.letter.command(&unknown).code, 3);
    assert_eq!(
        scene.letter.command(&["queue", "retry", "m.example"]).code,
        3
    );
    let dropped = scene.letter.json(&["queue", "drop", host, "--yes"]);
    assert_eq!(dropped, json!({"host": host, "dropped": 1}));
    let counted = scene.letter.json(&["queue", "stats"]);
    assert_eq!(
        (&counted["queued"], &counted["abandoned"]),
        (&0.into(), &1.into())
    );
    let audit = scene.letter.json(&["audit", "list", "--target", host]);
    let actions: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["action"])
        .collect();
    assert_eq!(actions, ["queue.drop", "queue.retry"]);
}
