//! `check` beside everything that can be damaged past the program: it finds it, repairs what can be derived, and says what
//! it did.

use std::collections::BTreeSet;

use serde_json::Value;
use undersigned::store::{Access, Store, Tx};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        sql,
        world::{Audience, Person, World},
    },
};

on_both_databases!(damage_is_found_and_repaired);

const NAMES: [&str; 12] = [
    "Ada Lovelace",
    "Bob Carver",
    "Cleo Dunn",
    "Dora Evans",
    "Emil Frost",
    "Fay Grant",
    "Gus Holm",
    "Hedy Irwin",
    "Iris Jung",
    "Jo Kemp",
    "Kim Lund",
    "Lea Mohr",
];

/// What was damaged of one person's endorsement, whose row is `$E`, and what `check` says of it.
const OF_ONE: [(usize, &str, &[&str]); 11] = [
    (
        0,
        "UPDATE endorsement SET state = 'counted' WHERE id = $E",
        &[
            "is counted, but its acts amount to listed",
            "is counted, but its history ends with listed",
        ],
    ),
    (
        1,
        "UPDATE endorsement SET statement = 'I never said so' WHERE id = $E",
        &["has other words than its post"],
    ),
    (
        2,
        "UPDATE endorsement SET name = 'Somebody Else' WHERE id = $E",
        &["has another name than its account"],
    ),
    (
        3,
        "UPDATE endorsement SET kind = 'mention' WHERE id = $E",
        &["is of another act than the one that decides"],
    ),
    (
        4,
        "UPDATE endorsement SET organisation = TRUE WHERE id = $E",
        &["counts as an organisation, which its account is not"],
    ),
    (
        5,
        "UPDATE endorsement SET held_by = 'limit' WHERE id = $E",
        &["is held by limit, but should be by nobody"],
    ),
    (
        6,
        "UPDATE endorsement SET waits_for = 'age' WHERE id = $E",
        &["waits for age, but its acts wait for unsure"],
    ),
    (
        7,
        "UPDATE endorsement SET shown_words = 'somebody else' WHERE id = $E",
        &["is found by words that it does not have"],
    ),
    (
        8,
        "DELETE FROM history WHERE endorsement_id = $E",
        &["is listed, but its history ends with nothing"],
    ),
    // A moderator hid it, and nothing happened to it since.
    (
        9,
        "UPDATE endorsement SET state = 'listed', held_by = NULL WHERE id = $E",
        &[
            "is not as the last decision about it left it",
            "is listed, but its acts amount to hidden",
            "is listed, but its history ends with hidden",
        ],
    ),
    // A moderator hid the statement.
    (
        10,
        "UPDATE endorsement SET statement_state = 'shown' WHERE id = $E",
        &["is not as the last decision about it left it"],
    ),
];

/// What was damaged of everything else, and how what `check` says of it begins.
const OF_ALL: [(&str, &str); 13] = [
    (
        "INSERT INTO host (authority, name, domain, blocked, waiting)
         VALUES ('b.example', 'b.example', 'b.example', TRUE, TRUE)",
        "hosts that are marked otherwise than the blocks say: 1",
    ),
    (
        "",
        "hosts that count as waited for although nothing waits for them: 1",
    ),
    (
        "UPDATE follower SET asleep_until = 99 WHERE actor_id = (SELECT MIN(actor_id) FROM follower)",
        "followers that get nothing although nobody blocks them: 1",
    ),
    (
        "UPDATE follower SET asleep_until = NULL WHERE actor_id = (SELECT MAX(actor_id) FROM follower)",
        "followers that get everything although they are blocked: 1",
    ),
    (
        "UPDATE act SET family = 'like' WHERE kind = 'comment'",
        "acts that are kept as another kind than they are: 1",
    ),
    (
        "DELETE FROM comment",
        "comments without an id by which they can be named: 1",
    ),
    (
        "UPDATE evidence SET bytes = bytes + 1 WHERE act_id = (SELECT MIN(act_id) FROM evidence)",
        "signed requests that are kept with a wrong size: 1",
    ),
    (
        "UPDATE endorsement SET statement_state = 'shown' WHERE id = (SELECT MIN(id) FROM endorsement WHERE statement IS NULL AND state = 'listed')",
        "statements without a state, or states without a statement: 1",
    ),
    (
        "UPDATE endorsement SET declared_state = 'shown' WHERE id = (SELECT MIN(id) FROM endorsement WHERE statement IS NULL AND state = 'listed')",
        "declared names without a state, or states without a declared name: 1",
    ),
    (
        "UPDATE audit SET undone_by = NULL WHERE undone_by IS NOT NULL",
        "entries of the audit that were taken back and do not say so: 1",
    ),
    (
        "UPDATE total SET n = 12 WHERE name = 'boosts'",
        "kept: 12 boosts; counted: 0",
    ),
    (
        "UPDATE signatory SET skeleton = 'x', shown_words = 'x' WHERE position = 1",
        "is found by another name than it has",
    ),
    (
        "UPDATE signatory_count SET n = 3",
        "kept: 3 listed signatories",
    ),
];

/// What nothing can repair.
const FOR_EVER: [(&str, &str); 2] = [
    (
        "UPDATE history SET audit_id = 99999 WHERE id = (SELECT MAX(id) FROM history)",
        "changes by an entry of the audit that is not there: 1; it cannot be repaired, because nothing else says who",
    ),
    (
        "UPDATE audit SET undone_by = id + 1000 WHERE id = (SELECT MIN(id) FROM audit)",
        "entries of the audit that say they were taken back, by an entry that does not: 1; it cannot be repaired",
    ),
];

/// Lets statements change the audit, which triggers forbid.
async fn let_audit_change(tx: &mut Tx) {
    let statement = match tx {
        Tx::Sqlite(_) => "DROP TRIGGER audit_changed",
        Tx::Postgres(_) => "ALTER TABLE audit DISABLE TRIGGER USER",
    };
    sql::run(tx, statement).await.unwrap();
}

/// The findings of `check`, by endorsement and what is said of it, and whether each was repaired.
fn findings(world: &World, arguments: &[&str], code: i32) -> Vec<(Option<String>, String, bool)> {
    let printed = world
        .letter
        .command(&[&["check", "--json"], arguments].concat());
    assert_eq!(printed.code, code, "{}{}", printed.stdout, printed.stderr);
    let report: Value = serde_json::from_str(&printed.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let finding = |finding: &Value| {
        let problem = text(&finding["problem"]).unwrap();
        let repaired = finding["repaired"].as_bool().unwrap();
        assert!(!repaired || finding["remedy"].is_string(), "{finding}");
        (text(&finding["id"]), problem, repaired)
    };
    findings.map(finding).collect()
}

async fn everybody(world: &World) -> Vec<Person> {
    let mut people = Vec::new();
    for (place, name) in NAMES.iter().enumerate() {
        let person = world.person(name);
        let words = match place {
            1 | 10 => "I sign. Because it matters.",
            6 => "I sign?",
            11 => "This is wrong.",
            _ => "I sign.",
        };
        person.says(words, Audience::Public).await;
        people.push(person);
    }
    for place in [1, 11] {
        people[place].does(&people[place].follow()).await;
    }
    world.commands(&["block", "add", &people[11].id]);
    world.commands(&["endorsement", "hide", &people[9].id]);
    world.commands(&["statement", "hide", &people[10].id]);
    world.commands(&["endorsement", "hide", &people[8].id]);
    let audit = world.letter.json(&["audit", "list", "--limit", "1"]);
    let number = audit[0]["id"].to_string();
    world.commands(&["audit", "undo", &number]);
    world.settle().await;
    people
}

async fn damage_is_found_and_repaired(database: &str) {
    let mut world = World::new(database).await;
    world.peer = FakeServer::named("localhost");
    let people = everybody(&world).await;
    let mut ids = Vec::new();
    for person in &people[..11] {
        ids.push(world.endorsement(person)["id"].as_str().unwrap().to_owned());
    }
    world.letter.stop().await;
    world.assert_is_sound();

    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let_audit_change(&mut tx).await;
    let mut expected = BTreeSet::new();
    for (place, damage, problems) in OF_ONE {
        let row = format!(
            "(SELECT id FROM endorsement WHERE public_id = '{}')",
            ids[place]
        );
        let damage = damage.replace("$E", &row);
        sql::run(&mut tx, &damage).await.unwrap();
        expected.extend(
            problems
                .iter()
                .map(|problem| (Some(ids[place].clone()), *problem)),
        );
    }
    for (damage, problem) in OF_ALL {
        if !damage.is_empty() {
            sql::run(&mut tx, damage).await.unwrap();
        }
        expected.insert((None, problem));
    }
    if matches!(tx, Tx::Sqlite(_)) {
        let forget = "INSERT INTO endorsement_search (endorsement_search, rowid, shown_words, other_words)
                      SELECT 'delete', id, shown_words, other_words FROM endorsement WHERE public_id = ";
        sql::run(&mut tx, &format!("{forget}'{}'", ids[3]))
            .await
            .unwrap();
        expected.insert((
            None,
            "the search index has other words than the endorsements",
        ));
    }
    tx.commit().await.unwrap();

    let found = findings(&world, &[], 5);
    let missing: Vec<_> = expected
        .iter()
        .filter(|(id, problem)| {
            !found.iter().any(|(found_id, found, repaired)| {
                let is_it = found_id == id || id.is_none();
                is_it && found.starts_with(problem) && !repaired
            })
        })
        .collect();
    assert!(
        missing.is_empty(),
        "{missing:?} is missing among {found:#?}"
    );
    let repaired = findings(&world, &["--repair"], 0);
    assert!(
        repaired.iter().all(|(.., repaired)| *repaired),
        "{repaired:#?}"
    );
    for (id, problem) in &expected {
        let is_it = |(found_id, found, _): &(Option<String>, String, bool)| {
            (found_id == id || id.is_none()) && found.starts_with(problem)
        };
        assert!(repaired.iter().any(is_it), "{problem}: {repaired:#?}");
    }
    assert_eq!(findings(&world, &[], 0), []);
    // What a moderator decided is as it was.
    assert_eq!(world.state(&people[9]), "hidden");
    assert_eq!(
        world.endorsement(&people[10])["statement"]["state"],
        "hidden"
    );
    assert_eq!(world.endorsement(&people[2])["name"], NAMES[2]);

    let mut tx = store.write().await.unwrap();
    for (damage, _) in FOR_EVER {
        sql::run(&mut tx, damage).await.unwrap();
    }
    tx.commit().await.unwrap();
    let left = findings(&world, &["--repair"], 5);
    assert_eq!(left.len(), FOR_EVER.len(), "{left:#?}");
    for (_, problem) in FOR_EVER {
        let is_it = |(_, found, repaired): &(Option<String>, String, bool)| {
            found.starts_with(problem) && !repaired
        };
        assert!(left.iter().any(is_it), "{problem}: {left:#?}");
    }
    store.close().await;
}
