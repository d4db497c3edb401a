//! Decisions about many: conditions plan, say how many and name some, and a batch is taken back as one.

use serde_json::json;
use tempfile::TempDir;
use undersigned::store::{Access, EndorsementRow, Store};

use super::{folder, json as printed, run};
use crate::store::fixtures::{endorsement, people, reply};

/// A register with this many that are listed, each by a reply.
async fn register(n: usize) -> TempDir {
    let folder = folder();
    for arguments in [&["init"][..], &["letter", "publish"]] {
        let (code, _, talk) = run(&folder, arguments);
        assert_eq!(code, 0, "{talk}");
    }
    let file = folder.path().join("data/undersigned.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let names: Vec<String> = (0..n).map(|n| format!("ada{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = people(&mut tx, &names).await;
    let acts: Vec<_> = ids
        .iter()
        .map(|id| reply(*id, &format!("https://m.example/{id}"), "I sign"))
        .collect();
    let acts = tx.save_acts(&acts).await.unwrap();
    let rows: Vec<_> = ids
        .iter()
        .zip(&names)
        .zip(acts)
        .map(|((id, name), act)| EndorsementRow {
            act_id: Some(act),
            ..endorsement(*id, name)
        })
        .collect();
    tx.save_endorsements(&rows).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    folder
}

#[tokio::test]
async fn a_flood_is_declared_void_in_one_batch_and_taken_back() {
    let folder = register(60).await;
    let flood = [
        "endorsement",
        "invalidate",
        "--host",
        "m.example",
        "--reason",
        "spam: a flood",
    ];
    let with =
        |more: &[&str]| -> (i32, String, String) { run(&folder, &[&flood[..], more].concat()) };
    let (code, plan, talk) = with(&[]);
    assert_eq!(code, 0, "{talk}");
    assert!(
        plan.starts_with("invalidate would be about 60: @ada"),
        "{plan}"
    );
    assert!(plan.trim_end().ends_with("and 55 more"), "{plan}");
    assert!(talk.contains("--apply --yes"), "{talk}");
    let (code, _, talk) = with(&["--apply"]);
    assert_eq!(code, 2, "{talk}");
    assert_eq!(
        printed(&folder, &["audit", "list", "--target", "x", "--json"]),
        json!([])
    );
    let (code, done, talk) = with(&["--apply", "--yes"]);
    assert_eq!(code, 0, "{talk}");
    assert!(done.starts_with("invalidate: 60: @ada"), "{done}");
    assert_eq!(done.lines().count(), 1, "{done}");
    assert!(done.len() < 200, "{done}");

    let audit = printed(&folder, &["audit", "list", "--json"]);
    let entry = &audit[0];
    assert_eq!(
        (&entry["target"], &entry["count"], &entry["code"]),
        (&json!(null), &json!(60), &json!("spam"))
    );
    let number = entry["id"].to_string();
    let opened = printed(
        &folder,
        &["audit", "show", &number, "--limit", "7", "--json"],
    );
    assert_eq!(opened["targets"].as_array().unwrap().len(), 7);
    let state = ["endorsement", "list", "--state", "invalid", "--json"];
    assert_eq!(printed(&folder, &state).as_array().unwrap().len(), 60);

    assert_eq!(run(&folder, &["audit", "undo", &number]).0, 2);
    let (code, undone, talk) = run(&folder, &["audit", "undo", &number, "--yes"]);
    assert_eq!(code, 0, "{talk}");
    assert!(
        undone.starts_with("took back endorsement.invalidate: 60: @ada"),
        "{undone}"
    );
    let (code, _, talk) = run(&folder, &["audit", "undo", &number, "--yes"]);
    assert_eq!(code, 4);
    assert!(talk.contains("already, by moderator"), "{talk}");
    let listed = ["endorsement", "list", "--state", "listed", "--json"];
    assert_eq!(printed(&folder, &listed).as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn ids_act_and_what_is_final_asks_first() {
    let folder = register(2).await;
    let check = |arguments: &[&str], code: i32, said: &str| {
        let (found, answer, talk) = run(&folder, arguments);
        assert_eq!(found, code, "{arguments:?}: {answer}{talk}");
        let all = format!("{answer}{talk}");
        assert!(all.contains(said), "{arguments:?}: {all}");
    };
    let ada = "@ada0@m.example";
    let list = printed(&folder, &["endorsement", "list", "--json"]);
    let handle = list[0]["handle"].as_str().unwrap();
    assert!(handle.ends_with("@m.example"), "{handle}");
    check(
        &["endorsement", "hide", ada, ada],
        0,
        "hide: 1: @ada0@m.example",
    );
    check(&["endorsement", "unhide", ada], 0, "audit undo");
    check(
        &["endorsement", "approve", "--state", "comment"],
        2,
        "comments",
    );
    check(
        &["endorsement", "invalidate", ada],
        2,
        "unexpected argument",
    );
    check(
        &["endorsement", "invalidate", "--host", "m.example"],
        2,
        "--reason",
    );
    check(&["endorsement", "demote", ada], 2, "--reason");
    check(&["endorsement", "edit", ada], 2, "say what to change");
    check(
        &["endorsement", "edit", ada, "--name", "a@b.example"],
        2,
        "one line",
    );
    check(&["name", "approve", ada], 4, "shown already");
    check(&["statement", "approve", ada], 4, "no statement");
    check(
        &["endorsement", "withdraw", ada, "--reason", "request"],
        2,
        "add --yes",
    );
    check(&["endorsement", "show", ada], 0, "listed");
    let request = [
        "endorsement",
        "withdraw",
        ada,
        "--reason",
        "request: by mail",
        "--yes",
    ];
    check(&request, 0, "withdraw: 1");
    let audit = printed(&folder, &["audit", "list", "--json"]);
    let number = audit[0]["id"].to_string();
    check(
        &["audit", "undo", &number],
        4,
        "cannot be taken back any more",
    );
    check(
        &["endorsement", "show", ada],
        0,
        "endorsement.withdraw by moderator",
    );
}
