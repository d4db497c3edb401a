//! Deliveries to servers that want another signature or are down.

use crate::{
    both::on_both_databases,
    support::{program::eventually, world::World},
};
use serde_json::json;
use undersigned::signature::Scheme;

on_both_databases!(
    rfc9421_alone_is_found_by_one_second_knock,
    the_queue_is_shown_retried_and_given_up,
);

async fn rfc9421_alone_is_found_by_one_second_knock(database: &str) {
    let world = World::new(database).await;
    world.peer.accept_only(Scheme::Rfc9421);
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob"));
    ada.does(&ada.follow()).await;
    world.settle().await;
    bob.does(&bob.follow()).await;
    world.settle().await;
    let answers: Vec<_> = world.peer.deliveries("Accept");
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
    // The second knock is no attempt of its own: nothing waited for a retry.
    assert_eq!(world.letter.json(&["queue", "stats"])["delivered"], 2);
}

async fn the_queue_is_shown_retried_and_given_up(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    world.peer.answer_with(503);
    ada.does(&ada.follow()).await;
    let row = eventually("the first failure", async || {
        let rows = world.letter.json(&["queue", "list"]);
        rows.get(0).filter(|it| it["status"] == 503).cloned()
    })
    .await;
    let host = world.peer.origin.strip_prefix("http://").unwrap();
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
    let status = world.letter.json(&["status"]);
    assert_eq!(status["hosts_in_trouble"][0]["host"], host);
    assert_eq!(status["signatures"]["alarm"], false);
    assert_eq!(
        world.letter.json(&["queue", "list", "--host", "m.example"]),
        json!([])
    );

    // The server notices the command within two seconds; its own retry would come later.
    let tries = world.peer.deliveries("Accept").len();
    let retried = world.letter.json(&["queue", "retry", host]);
    assert_eq!(retried, json!({"hosts": 1, "deliveries": 1}));
    eventually("another try", async || {
        (world.peer.deliveries("Accept").len() > tries).then_some(())
    })
    .await;

    let refused = world.letter.command(&["queue", "drop", host]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let unknown = ["queue", "drop", "m.example", "--yes"];
    assert_eq!(world.letter.command(&unknown).code, 3);
    assert_eq!(
        world.letter.command(&["queue", "retry", "m.example"]).code,
        3
    );
    let dropped = world.letter.json(&["queue", "drop", host, "--yes"]);
    assert_eq!(dropped, json!({"host": host, "dropped": 1}));
    let counted = world.letter.json(&["queue", "stats"]);
    assert_eq!(
        (&counted["queued"], &counted["abandoned"]),
        (&0.into(), &1.into())
    );
    let audit = world.letter.json(&["audit", "list", "--target", host]);
    let actions: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["action"])
        .collect();
    assert_eq!(actions, ["queue.drop", "queue.retry"]);
}
