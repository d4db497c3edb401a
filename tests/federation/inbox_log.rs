//! `inbox log`, which answers "did it arrive?".

use crate::{
    both::on_both_databases,
    federation::draft::{Draft, forged},
    support::{program::eventually, world::World},
};
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    the_log_has_the_outcome_of_each_delivery,
    a_stop_writes_the_log,
    the_log_keeps_as_many_rows_as_configured,
    unread_requests_share_a_row,
);

/// Host, type, outcome and reason of a row.
fn told(row: &Value) -> [String; 4] {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    ["host", "type", "outcome", "reason"].map(text)
}

impl World {
    /// The inbox log, once it has `count` rows that fit.
    async fn inbox_log(&self, conditions: &[&str], count: usize) -> Vec<Value> {
        eventually("the journal is written", async || {
            let rows = self.letter.json(&[&["inbox", "log"], conditions].concat());
            let rows = rows.as_array().unwrap().clone();
            assert!(rows.len() <= count, "{rows:#?}");
            (rows.len() == count).then_some(rows)
        })
        .await
    }
}

async fn the_log_has_the_outcome_of_each_delivery(database: &str) {
    let world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    let began = SystemClock.now();
    let like = ada.like();
    ada.does(&like).await;
    ada.does(&like).await;
    ada.does(&ada.activity("Frobnicate", json!({}))).await;
    ada.does(&ada.activity("says: hello there", json!({})))
        .await;
    bob.does(&bob.delete_account()).await;
    let refused = |change: fn(&mut Draft)| {
        let mut draft = Draft::genuine(&ada, &ada.follow());
        change(&mut draft);
        draft.send(&world)
    };
    assert_eq!(
        refused(|it| drop(it.headers.remove("signature")))
            .await
            .unwrap(),
        401
    );
    assert_eq!(
        refused(|it| it.body = b"Hello, letter".to_vec())
            .await
            .unwrap(),
        401
    );
    assert_eq!(
        refused(|it| it.body = vec![b' '; 1024 * 1025])
            .await
            .unwrap(),
        413
    );
    let of_bob = Draft::of(&ada, &bob.key_id, &ada.follow(), SystemClock.now());
    assert_eq!(of_bob.send(&world).await.unwrap(), 202);

    let host = world.peer.origin.strip_prefix("http://").unwrap();
    let rows = world.inbox_log(&[], 9).await;
    let expected = [
        // Ada's Follow, forwarded by Bob: nothing in it is believed.
        [host, "Follow", "nothing", ""],
        ["-", "-", "refused", "unproven: the body is too large"],
        [
            host,
            "-",
            "refused",
            "unproven: the digest is not that of the body",
        ],
        ["-", "-", "refused", "unproven: the request is not signed"],
        [host, "Delete", "unverified", ""],
        [host, "other", "nothing", ""],
        [host, "Frobnicate", "nothing", ""],
        [host, "Like", "duplicate", ""],
        [host, "Like", "taken", ""],
    ];
    for (row, expected) in rows.iter().zip(expected) {
        let mut found = told(row);
        found[3].truncate(expected[3].len());
        assert_eq!(found, expected);
        let members: Vec<_> = row.as_object().unwrap().keys().collect();
        assert_eq!(members, ["at", "host", "type", "outcome", "reason"]);
        assert!(row["at"].as_str().unwrap() >= began.to_string().as_str());
    }
    let all = Value::from(rows).to_string().to_lowercase();
    for secret in ["/users/", "ada", "bob", "hello", "127.0.0.1,"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }

    world.inbox_log(&["--host", host], 7).await;
    world.inbox_log(&["--host", "127.0.0.*"], 7).await;
    world.inbox_log(&["--host", "m.example"], 0).await;
    world.inbox_log(&["--type", "like"], 2).await;
    world.inbox_log(&["--result", "unverified"], 1).await;
    world
        .inbox_log(&["--result", "refused", "--host", host], 1)
        .await;
    let newest = world.inbox_log(&["--limit", "1"], 1).await;
    assert_eq!(told(&newest[0]), expected[0]);
    let lines = world
        .letter
        .command(&["inbox", "log", "--type", "Like"])
        .stdout;
    let cells: Vec<_> = lines.lines().next().unwrap().split('\t').skip(1).collect();
    assert_eq!(cells, [host, "Like", "duplicate", ""]);
    let unknown = world.letter.command(&["inbox", "log", "--result", "lost"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
}

async fn a_stop_writes_the_log(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    world.letter.stop().await;
    let rows = world.letter.json(&["inbox", "log"]);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows:#}");
}

async fn the_log_keeps_as_many_rows_as_configured(database: &str) {
    let mut world = World::with(database, "log.journal_rows = 2").await;
    let ada = world.person("Ada Lovelace");
    for kind in ["One", "Two", "Three", "Four"] {
        ada.does(&ada.activity(kind, json!({}))).await;
    }
    world.letter.stop().await;
    let kinds = |rows: Vec<Value>| {
        rows.iter()
            .map(|it| told(it)[1].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(world.inbox_log(&[], 2).await), ["Four", "Three"]);

    world.letter.set("log.journal_rows = 0");
    world.letter.serve().await;
    ada.does(&ada.like()).await;
    world.letter.stop().await;
    world.inbox_log(&[], 0).await;
}

async fn unread_requests_share_a_row(database: &str) {
    let mut world = World::with(database, "limits.per_address_per_minute = 1").await;
    let ada = world.person("Ada Lovelace");
    let told_so = async |status: u16| {
        let mut draft = forged(Draft::genuine(&ada, &ada.like()));
        draft.set("x-forwarded-for", "203.0.113.7");
        assert_eq!(draft.send(&world).await.unwrap(), status);
    };
    told_so(401).await;
    for _ in 0..5 {
        told_so(429).await;
    }
    world.letter.stop().await;
    let rows = world.letter.json(&["inbox", "log", "--result", "later"]);
    let rows = rows.as_array().unwrap();
    let reason = |row: &Value| told(row)[3].clone();
    let unread = |reason: &str| -> u64 {
        let count = reason.split_once('(').unwrap().1;
        count.split(' ').next().unwrap().parse().unwrap()
    };
    // At most one row a second.
    assert!((1..=3).contains(&rows.len()), "{rows:#?}");
    assert_eq!(rows.iter().map(|it| unread(&reason(it))).sum::<u64>(), 5);
    assert!(
        rows.iter()
            .all(|it| reason(it).starts_with("unproven: too many requests"))
    );
    assert!(rows.iter().all(|it| told(it)[0] == "-"));
}
