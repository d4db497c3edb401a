//! "Did it arrive?": the journal of deliveries (N3).

use crate::{careless::Draft, scene::Scene, server::eventually};
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    the_journal_says_what_became_of_each_delivery,
    what_arrived_before_a_stop_is_written_down,
    the_journal_keeps_so_many_rows_and_none_where_none_are_wanted,
    those_turned_away_unread_share_a_row,
);

/// Host, type, outcome and reason of a row.
fn told(row: &Value) -> [String; 4] {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    ["host", "type", "outcome", "reason"].map(text)
}

impl Scene {
    /// The journal, once it has `count` rows that fit.
    async fn journal(&self, conditions: &[&str], count: usize) -> Vec<Value> {
        eventually("the journal is written", async || {
            let rows = self.letter.json(&[&["inbox", "log"], conditions].concat());
            let rows = rows.as_array().unwrap().clone();
            assert!(rows.len() <= count, "{rows:#?}");
            (rows.len() == count).then_some(rows)
        })
        .await
    }
}

async fn the_journal_says_what_became_of_each_delivery(database: &str) {
    let scene = Scene::new(database).await;
    let (ada, bob) = (scene.person("Ada Lovelace"), scene.person("Bob Carver"));
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
        draft.send(&scene)
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
        400
    );
    assert_eq!(
        refused(|it| it.body = vec![b' '; 1024 * 1025])
            .await
            .unwrap(),
        413
    );
    let of_bob = Draft::of(&ada, &bob.key_id, &ada.follow(), SystemClock.now());
    assert_eq!(of_bob.send(&scene).await.unwrap(), 202);

    let host = scene.peer.origin.strip_prefix("http://").unwrap();
    let rows = scene.journal(&[], 9).await;
    let expected = [
        // Ada's Follow, passed on by Bob: nothing in it is believed.
        [host, "Follow", "nothing", ""],
        [
            "-",
            "-",
            "refused",
            "unproven: the body cannot be read whole",
        ],
        ["-", "-", "refused", "unproven: cannot read JSON"],
        [
            host,
            "Follow",
            "refused",
            "unproven: the request is not signed",
        ],
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

    scene.journal(&["--host", host], 7).await;
    scene.journal(&["--host", "127.0.0.*"], 7).await;
    scene.journal(&["--host", "m.example"], 0).await;
    scene.journal(&["--type", "like"], 2).await;
    scene.journal(&["--result", "unverified"], 1).await;
    scene
        .journal(
            &["--result", "refused", "--type", "Follow", "--host", host],
            1,
        )
        .await;
    let newest = scene.journal(&["--limit", "1"], 1).await;
    assert_eq!(told(&newest[0]), expected[0]);
    let lines = scene
        .letter
        .command(&["inbox", "log", "--type", "Like"])
        .stdout;
    let cells: Vec<_> = lines.lines().next().unwrap().split('\t').skip(1).collect();
    assert_eq!(cells, [host, "Like", "duplicate", ""]);
    let unknown = scene.letter.command(&["inbox", "log", "--result", "lost"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
}

async fn what_arrived_before_a_stop_is_written_down(database: &str) {
    let mut scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    scene.letter.stop().await;
    let rows = scene.letter.json(&["inbox", "log"]);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows:#}");
}

async fn the_journal_keeps_so_many_rows_and_none_where_none_are_wanted(database: &str) {
    let mut scene = Scene::with(database, "log.journal_rows = 2").await;
    let ada = scene.person("Ada Lovelace");
    for kind in ["One", "Two", "Three", "Four"] {
        ada.does(&ada.activity(kind, json!({}))).await;
    }
    scene.letter.stop().await;
    let kinds = |rows: Vec<Value>| {
        rows.iter()
            .map(|it| told(it)[1].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(scene.journal(&[], 2).await), ["Four", "Three"]);

    scene.letter.set("log.journal_rows = 0");
    scene.letter.serve().await;
    ada.does(&ada.like()).await;
    scene.letter.stop().await;
    scene.journal(&[], 0).await;
}

async fn those_turned_away_unread_share_a_row(database: &str) {
    let mut scene = Scene::with(database, "limits.per_address_per_minute = 1").await;
    let ada = scene.person("Ada Lovelace");
    let told_so = async |status: u16| {
        let mut draft = Draft::genuine(&ada, &ada.like());
        draft.set("x-forwarded-for", "203.0.113.7");
        assert_eq!(draft.send(&scene).await.unwrap(), status);
    };
    told_so(202).await;
    for _ in 0..5 {
        told_so(429).await;
    }
    scene.letter.stop().await;
    let rows = scene.letter.json(&["inbox", "log", "--result", "later"]);
    let rows = rows.as_array().unwrap();
    let reason = |row: &Value| told(row)[3].clone();
    let unread = |reason: &str| -> u64 {
        let count = reason.split_once('(').unwrap().1;
        count.split(' ').next().unwrap().parse().unwrap()
    };
    // One row for each second at most.
    assert!((1..=3).contains(&rows.len()), "{rows:#?}");
    assert_eq!(rows.iter().map(|it| unread(&reason(it))).sum::<u64>(), 5);
    assert!(
        rows.iter()
            .all(|it| reason(it).starts_with("unproven: too many requests"))
    );
    assert!(rows.iter().all(|it| told(it)[0] == "-"));
}
