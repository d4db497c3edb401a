//! `check` as scripts use it: what does not agree is told, repaired if asked to, and gone afterwards.

use serde_json::{Value, json};
use undersigned::store::{Access, Store};

use super::{folder, run};
use crate::support::sql;

/// An endorsement without act and history, counts that are wrong, and hosts that are marked wrongly.
const SPOIL: [&str; 10] = [
    "INSERT INTO host (id, authority, name, domain) VALUES (1, 'm.example', 'm.example', 'm.example')",
    "INSERT INTO inbox (id, url, url_hash, host_id) VALUES (1, 'https://m.example/inbox', zeroblob(32), 1)",
    "INSERT INTO actor (id, url, url_hash, host_id, type, handle, name, discoverable, opted_out, inbox_id, suspended,
                        first_seen_at, refreshed_at)
     VALUES (1, 'https://m.example/a', zeroblob(32), 1, 'Person', '@a@m.example', 'Ada', 1, 0, 1, 0, 1, 1)",
    "INSERT INTO endorsement (public_id, actor_id, state, kind, revision, organisation, name_state, endorsed_at,
                              changed_at)
     VALUES ('aaaaaaaaaaaaaaaa', 1, 'listed', 'reply', 1, 0, 'shown', 5, 5)",
    "UPDATE total SET n = 12 WHERE name = 'followers'",
    "UPDATE signatory_count SET n = n - 1 WHERE source = 'github'",
    "INSERT INTO host (id, authority, name, domain, waiting) VALUES (2, 'n.example', 'n.example', 'n.example', 1)",
    "INSERT INTO activity (id, path, kind, subject, body, public, at)
     VALUES (99, '/activities/99', 'Update', '/letter', '{}', 1, 1)",
    "INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at) VALUES (99, 1, 1, 'queued', 1, 1)",
    "UPDATE host SET waiting = 0 WHERE id = 1",
];

#[tokio::test]
async fn what_does_not_agree_is_told_and_repaired_and_then_agrees() {
    let folder = folder();
    for command in [&["init"][..], &["letter", "publish"]] {
        let (code, _, talk) = run(&folder, command);
        assert_eq!(code, 0, "{talk}");
    }
    let file = folder.path().join("data/undersigned.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for statement in SPOIL {
        sql::run(&mut tx, statement).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    let check = |arguments: &[&str], expected: i32| {
        let (code, answer, talk) = run(&folder, arguments);
        assert_eq!(code, expected, "{arguments:?}: {talk}");
        let report: Value = serde_json::from_str(&answer).unwrap();
        report
    };
    let found = check(&["check", "--json"], 5);
    let problems: Vec<_> = found["findings"].as_array().unwrap().iter().collect();
    for expected in [
        json!({"id": "aaaaaaaaaaaaaaaa", "problem": "is listed, but its history ends with nothing"}),
        json!({"id": null, "problem": "kept: 12 followers; counted: 0"}),
        json!({"id": null, "problem": "hosts that nothing is sent to although something waits for them: 1"}),
        json!({"id": null, "problem": "hosts that count as waited for although nothing waits for them: 1"}),
        json!({"id": null, "problem": "kept: 20 listed signatories (github) of revision 1; counted: 21"}),
    ] {
        let is_it = |found: &&Value| {
            found["id"] == expected["id"] && found["problem"] == expected["problem"]
        };
        let finding = problems.iter().find(|found| is_it(found));
        let finding = finding.unwrap_or_else(|| panic!("{expected}: {problems:#?}"));
        assert!(finding["remedy"].is_string(), "{finding}");
        assert_eq!(finding["repaired"], false);
    }
    assert_eq!(found["repaired"], 0);
    let (code, answer, _) = run(&folder, &["check"]);
    assert_eq!(code, 5);
    assert!(
        answer.contains("all kept: 12 followers; counted: 0\n"),
        "{answer}"
    );
    assert_ne!(check(&["check", "--repair", "--json"], 0)["repaired"], 0);
    assert_eq!(check(&["check", "--json"], 0)["findings"], json!([]));
}
