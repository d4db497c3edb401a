//! Decisions about many: conditions plan, say how many and name some, and a batch is taken back as one.

use serde_json::json;
use tempfile::TempDir;
use undersigned::{
    random::PublicId,
    store::{Access, EndorsementRow, Store},
};

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

#[tokio::test]
async fn lifting_a_block_is_taken_back_and_asks_when_that_is_much() {
    let folder = register(11).await;
    let block = ["block", "add", "m.example"];
    assert_eq!(run(&folder, &block).0, 2);
    let added = printed(&folder, &[&block[..], &["--yes", "--json"]].concat());
    let removed = printed(&folder, &["block", "remove", "m.example", "--json"]);
    let listed = || {
        let list = ["endorsement", "list", "--state", "listed", "--json"];
        printed(&folder, &list).as_array().unwrap().len()
    };
    assert_eq!(listed(), 11);
    let number = removed["audit"].to_string();
    let (code, _, talk) = run(&folder, &["audit", "undo", &number]);
    assert_eq!(code, 2, "{talk}");
    assert!(talk.contains("hides 11 endorsements"), "{talk}");
    assert_eq!(listed(), 11);
    assert_eq!(run(&folder, &["audit", "undo", &number, "--yes"]).0, 0);
    assert_eq!(listed(), 0);
    // To bring them back asks nothing.
    let number = added["audit"].to_string();
    assert_eq!(run(&folder, &["audit", "undo", &number]).0, 0);
    assert_eq!(listed(), 11);
}

#[tokio::test]
async fn what_some_of_many_do_not_allow_is_json_when_that_is_asked_for() {
    let folder = register(2).await;
    let (one, other) = ("@ada0@m.example", "@ada1@m.example");
    assert_eq!(run(&folder, &["endorsement", "hide", one]).0, 0);
    let (code, answer, talk) = run(&folder, &["endorsement", "hide", one, other, "--json"]);
    assert_eq!(code, 4, "{talk}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (
            &answer["count"],
            answer["refused"].as_array().unwrap().len()
        ),
        (&json!(1), 1)
    );
    let why = answer["refused"][0]["message"].as_str().unwrap();
    assert!(why.contains("hide"), "{why}");
    let talk: serde_json::Value = serde_json::from_str(&talk).unwrap();
    assert_eq!(talk["error"]["code"], 4);
}

#[tokio::test]
async fn what_fits_several_is_named_and_nothing_is_done() {
    let folder = register(2).await;
    let file = folder.path().join("data/undersigned.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["bea", "bob"]).await;
    let rows = [("same0000000000aa", "bea"), ("same0000000000bb", "bob")];
    let rows = rows
        .iter()
        .zip(ids)
        .map(|((id, name), actor)| EndorsementRow {
            public_id: PublicId::parse(id).unwrap(),
            ..endorsement(actor, name)
        });
    tx.save_endorsements(&rows.collect::<Vec<_>>())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    for arguments in [
        &["endorsement", "hide", "same"][..],
        &["endorsement", "show", "same"],
        &["person", "hide", "same", "--reason", "spam"],
        &["follower", "remove", "same", "--yes"],
    ] {
        let (code, _, talk) = run(&folder, arguments);
        assert_eq!(code, 4, "{arguments:?}: {talk}");
        for handle in ["@bea@m.example", "@bob@m.example"] {
            assert!(talk.contains(handle), "{arguments:?}: {talk}");
        }
    }
    let hidden = ["endorsement", "list", "--state", "hidden", "--json"];
    assert_eq!(printed(&folder, &hidden), json!([]));
}

#[tokio::test]
async fn every_decision_says_what_takes_it_back() {
    let folder = register(2).await;
    let ada = "@ada0@m.example";
    let jane = ["signatory", "add", "--name", "Jane Doe", "--ref", "p1"];
    let jane = printed(&folder, &[&jane[..], &["--json"]].concat());
    let jane = jane["id"].as_str().unwrap();
    let names = folder.path().join("names.csv");
    std::fs::write(&names, "name,ref\nMia Moe,p2\nMax Moe,p3\n").unwrap();
    let names = names.to_str().unwrap();
    let organisations = folder.path().join("organisations.csv");
    std::fs::write(
        &organisations,
        "name,url,ref\nACME,https://acme.example,p4\n",
    )
    .unwrap();
    let organisations = organisations.to_str().unwrap();
    let decisions: [&[&str]; 15] = [
        &["endorsement", "hide", ada],
        &["endorsement", "unhide", ada],
        &["person", "hide", ada, "--reason", "spam"],
        &["block", "add", ada],
        &["block", "remove", ada],
        &["host", "trust", "m.example", "n.example"],
        &["host", "untrust", "m.example"],
        &["rule", "add", "cheap shoes"],
        &["rule", "remove", "1"],
        &["signatory", "edit", jane, "--affiliation", "ACME"],
        &["signatory", "hide", jane, "--reason", "spam"],
        &["signatory", "unhide", jane],
        &["signatory", "import", names, "--apply"],
        &["signatory", "remove", jane, "--reason", "spam"],
        &["organisation", "import", organisations, "--apply"],
    ];
    for decision in decisions {
        let (code, _, talk) = run(&folder, decision);
        assert_eq!(code, 0, "{decision:?}: {talk}");
        let last = printed(&folder, &["audit", "list", "--limit", "1", "--json"]);
        let hint = format!("`undersigned audit undo {}` takes it back", last[0]["id"]);
        assert!(talk.contains(&hint), "{decision:?}: {talk}");
    }
    // What can be taken back does not ask; what is erased does, names what it cannot reach, and is final.
    let erase = ["person", "erase", "Mia Moe", "--reason", "request"];
    let (code, _, talk) = run(&folder, &erase);
    assert_eq!(code, 2, "{talk}");
    let (code, answer, talk) = run(&folder, &[&erase[..], &["--yes"]].concat());
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.contains("out of reach") && answer.contains("backups"),
        "{answer}"
    );
    assert!(!talk.contains("takes it back"), "{talk}");
    let last = printed(&folder, &["audit", "list", "--limit", "1", "--json"]);
    let (code, _, talk) = run(&folder, &["audit", "undo", &last[0]["id"].to_string()]);
    assert_eq!(code, 4, "{talk}");
}
