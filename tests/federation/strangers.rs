//! What strangers can store: nothing by what means nothing, and little by everything else.

use serde_json::{Value, json};
use undersigned::store::{Access, Store};

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{
        fediverse::KEY,
        sql::{number_at, size},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    what_means_nothing_stores_nothing,
    what_one_stranger_can_store_is_bounded,
);

const KIB: i64 = 1024;

/// The longest id, in bytes.
const LONGEST_ID: usize = 2048;

/// `privacy.raw_max`.
const LARGEST_KEPT: usize = 64 * 1024;

/// The figures of docs/SECURITY.md, "What a stranger can store": for each kind what is stored of the first activity of
/// somebody unknown, with the document and its keys.
const FIGURES: [(&str, i64); 8] = [
    ("follow", 48 * KIB),
    ("like", 144 * KIB),
    ("signature", 176 * KIB),
    ("comment", 160 * KIB),
    ("boost", 40 * KIB),
    ("report", 64 * KIB),
    ("quote", 56 * KIB),
    ("deletion", 40 * KIB),
];

async fn what_means_nothing_stores_nothing(database: &str) {
    const ROWS: &str = "SELECT (SELECT COUNT(*) FROM actor) + (SELECT COUNT(*) FROM actor_key) + (SELECT COUNT(*) FROM host)
        + (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM seen) + (SELECT COUNT(*) FROM job)";
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let elsewhere = "https://elsewhere.example/posts/1";
    let note = json!({"id": ada.new_id("statuses"), "type": "Note", "attributedTo": ada.id, "content": "Hello"});
    for activity in [
        ada.activity("View", json!(elsewhere)),
        ada.activity("Announce", json!(elsewhere)),
        ada.activity("Like", json!(elsewhere)),
        ada.activity("Like", json!(ada.letters("/posts/0123456789abcdef"))),
        ada.activity("Follow", json!(elsewhere)),
        ada.activity("Add", note.clone()),
        ada.create(&note),
        ada.activity("Block", json!(ada.letters("/actor"))),
        ada.activity("Move", json!("https://elsewhere.example/ada")),
    ] {
        ada.does(&activity).await;
        assert_eq!(number_at(database, ROWS).await, 0, "{activity}");
    }
    // One read of her document was enough for all of them, and for a deed.
    ada.does(&ada.like()).await;
    assert_eq!(world.peer.request_lines(), ["GET /users/ada"]);
    assert_eq!(world.endorsers().await, 1);
    assert!(number_at(database, ROWS).await > 0);
    world.assert_is_sound();
}

/// The longest URL on this origin that begins so.
fn longest(origin: &str, path: &str) -> String {
    let begin = format!("{origin}/{path}");
    format!("{begin}{}", "x".repeat(LONGEST_ID - begin.len()))
}

/// Somebody of whom everything is as large as it may be.
fn large_person(world: &World, name: &str) -> Person {
    let origin = world.peer.origin.clone();
    world.person_who(name, |actor| {
        // With a fragment, the id of a key is one of the longest.
        let mut id = longest(&origin, &format!("users/{name}/"));
        id.truncate(LONGEST_ID - 2);
        let pem = KEY.public_key_pem();
        let pem = format!("{pem}{}", "\n".repeat(2048 - pem.len()));
        let key = |number: usize| {
            json!({"id": format!("{id}#{number}"), "owner": id, "publicKeyPem": pem})
        };
        actor["id"] = json!(id);
        actor["preferredUsername"] = json!("𠀀".repeat(2048));
        actor["name"] = json!("𠀀".repeat(2048));
        actor["summary"] = json!("𠀀".repeat(20 * 1024));
        actor["url"] = json!(longest(&origin, "page"));
        actor["followers"] = json!(longest(&origin, "followers"));
        actor["inbox"] = json!(longest(&origin, &format!("inbox/{name}")));
        actor["endpoints"] = json!({"sharedInbox": longest(&origin, &format!("shared/{name}"))});
        actor["publicKey"] = (0..10).map(key).collect();
    })
}

/// The activity with this kind's longest texts and ids.
fn large_activity(person: &Person, kind: &str) -> Value {
    let origin = person.id.split("/users").next().unwrap();
    let text = "𠀀".repeat(8 * 1024);
    let reply = |words: &str| {
        let mut note = person.reply(&format!("{words} {text}"), Audience::Public);
        note["id"] = json!(longest(origin, "note"));
        note["summary"] = json!(text.split_at(4000).0);
        person.create(&note)
    };
    let quoted = {
        let mut note = person.reply("Look", Audience::Public);
        note["id"] = json!(longest(origin, "quote"));
        note["quote"] = json!(person.letters("/letter"));
        note
    };
    let mut activity = match kind {
        "follow" => person.follow(),
        "like" => person.like(),
        "signature" => reply("I sign."),
        "comment" => reply("What a letter."),
        "boost" => person.activity("Announce", json!(person.letters("/letter"))),
        "report" => {
            let others = (0..20).map(|number| json!(longest(origin, &format!("post{number}"))));
            let objects: Vec<_> = others.chain([json!(person.letters("/letter"))]).collect();
            let mut report = person.activity("Flag", json!(objects));
            report["content"] = json!(text.split_at(20_000).0);
            report
        }
        "quote" => {
            let mut request = person.activity("QuoteRequest", json!(person.letters("/letter")));
            request["instrument"] = quoted;
            request
        }
        "deletion" => person.activity("Delete", json!(longest(origin, "gone"))),
        _ => panic!("{kind}"),
    };
    activity["id"] = json!(longest(origin, &format!("activity/{kind}")));
    // The largest request that is kept.
    let rest = LARGEST_KEPT - activity.to_string().len() - r#","padding":"""#.len();
    activity["padding"] = json!("x".repeat(rest));
    assert_eq!(activity.to_string().len(), LARGEST_KEPT);
    activity
}

async fn what_one_stranger_can_store_is_bounded(database: &str) {
    let world = World::with(database, "limits.per_address_per_minute = 100000").await;
    let measured = async || {
        let store = Store::open(database, 1, Access::Existing).await.unwrap();
        let size = size(&mut store.read().await.unwrap()).await;
        store.close().await;
        size
    };
    let mut found = Vec::new();
    for (kind, figure) in FIGURES {
        let person = large_person(&world, kind);
        let before = measured().await;
        let activity = large_activity(&person, kind);
        let covered = ["(request-target)", "host", "date", "digest", "x-purpose"];
        let mut draft = Draft::careless(&person, &activity, &covered[..4], "rsa-sha256");
        draft.set("x-purpose", &"x".repeat(12 * 1024));
        draft.sign(&person, &covered, "algorithm=\"rsa-sha256\"");
        assert_eq!(draft.send(&world).await.unwrap(), 202, "{kind}");
        world.settle().await;
        let stored = measured().await - before;
        found.push((kind, stored.div_euclid(KIB), stored > 0 && stored <= figure));
    }
    assert!(found.iter().all(|(_, _, fits)| *fits), "in KiB: {found:?}");
}
