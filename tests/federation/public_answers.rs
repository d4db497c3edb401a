//! Whatever is not shown stands in no public answer: every address that an answer names is read, as a page and as a document.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(what_is_not_listed_is_in_no_public_answer);

/// Where reading begins: what no other answer links to.
const ENTRANCES: &[&str] = &[
    "/",
    "/supporters",
    "/supporters?q=zebra",
    "/supporters?q=quagga",
    "/history",
    "/privacy",
    "/about",
    "/actor",
    "/letter",
    "/outbox",
    "/outbox?page=1",
    "/followers",
    "/following",
    "/featured",
    "/letter/replies",
    "/letter/replies?page=1",
    "/letter/likes",
    "/letter/shares",
    "/instance-actor",
    "/api/v1/count.json",
    "/api/v1/shields.json",
    "/feed.atom",
    "/supporters.atom",
    "/badge.svg",
    "/sitemap.xml",
    "/.well-known/nodeinfo",
    "/nodeinfo/2.1",
    "/robots.txt",
];

/// A letter has fewer addresses; more means that reading goes in a circle.
const MOST_ADDRESSES: usize = 500;

impl World {
    /// Every public answer by its address, in small letters, found by following all addresses of ours from these.
    pub(super) async fn public_answers(&self, entrances: &[&str]) -> BTreeMap<String, String> {
        let mut waiting: VecDeque<String> =
            entrances.iter().map(|path| (*path).to_owned()).collect();
        let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
        let mut answers = BTreeMap::new();
        while let Some(path) = waiting.pop_front() {
            assert!(known.len() < MOST_ADDRESSES, "{known:#?}");
            let mut bodies = String::new();
            for accept in ["text/html", "application/activity+json"] {
                let answer = self.letter.get(&path, Some(accept)).await;
                for value in answer.headers.values() {
                    bodies.push_str(value.to_str().unwrap_or_default());
                }
                bodies.push_str(&answer.body);
            }
            for next in addresses(&bodies, &self.letter.origin) {
                if known.insert(next.clone()) {
                    waiting.push_back(next);
                }
            }
            answers.insert(path, bodies.to_lowercase());
        }
        answers
    }
}

/// The paths of ours that a text names.
fn addresses(text: &str, origin: &str) -> Vec<String> {
    let absolute = text.split(origin).skip(1);
    let relative = text.split("href=\"").skip(1);
    let found = absolute.chain(relative).filter_map(|rest| {
        let end = rest.find(|letter: char| letter.is_whitespace() || "\"'<>#)\\".contains(letter));
        let path = rest.get(..end.unwrap_or(rest.len()))?.replace("&amp;", "&");
        path.starts_with('/').then_some(path)
    });
    // Other people's addresses begin with two.
    found.filter(|path| !path.starts_with("//")).collect()
}

/// Somebody whose name and words say in which state they will be.
async fn signs(world: &World, state: &str) -> Person {
    let person = world.person(&format!("Zebra{state}"));
    person
        .says(&format!("I sign. Quagga{state}"), Audience::Public)
        .await;
    person
}

async fn what_is_not_listed_is_in_no_public_answer(database: &str) {
    let world = World::new(database).await;
    let run = |arguments: &[&str]| {
        let printed = world.letter.command(arguments);
        assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
    };
    let decide = |verb: &str, person: &Person| {
        run(&["endorsement", verb, &person.id, "--reason", "spam", "--yes"]);
    };

    let listed = signs(&world, "listed").await;
    run(&["statement", "approve", &listed.id]);
    let hidden_words = signs(&world, "hiddenwords").await;
    run(&["statement", "hide", &hidden_words.id]);
    let hidden_name = world.person_who("Zebrahiddenname", |actor| actor["name"] = "Okapi".into());
    hidden_name.says("I sign.", Audience::Public).await;
    run(&["name", "hide", &hidden_name.id]);
    signs(&world, "unreadwords").await;

    let deleted = world.person("Zebradeleted");
    let note = deleted
        .says("I sign. Quaggadeleted", Audience::Public)
        .await;
    deleted.does(&deleted.delete(&note)).await;
    let left = signs(&world, "left").await;
    left.says("withdraw", Audience::Public).await;
    for (state, verb) in [
        ("withdrawn", "withdraw"),
        ("hidden", "hide"),
        ("rejected", "reject"),
    ] {
        let person = signs(&world, state).await;
        run(&["statement", "approve", &person.id]);
        decide(verb, &person);
    }
    let invalid = signs(&world, "invalid").await;
    run(&["statement", "approve", &invalid.id]);
    run(&[
        "endorsement",
        "invalidate",
        "--name",
        "Zebrainvalid",
        "--reason",
        "spam",
        "--apply",
    ]);
    let unsure = world.person("Zebraunsure");
    unsure.says("I sign? Quaggaunsure", Audience::Public).await;
    let comment = world.person("Zebracomment");
    comment.says("Quaggacomment", Audience::Public).await;
    let private = world.person("Zebraprivate");
    private
        .says("I sign. Quaggaprivate", Audience::Followers)
        .await;
    run(&["letter", "close"]);
    eventually("the server knows", async || {
        let page = world.letter.page("/").await;
        page.contains("Signing is closed").then_some(())
    })
    .await;
    signs(&world, "late").await;

    let answers = world.public_answers(ENTRANCES).await;
    let who_has = |word: &str| -> Vec<&String> {
        let has = answers.iter().filter(|(_, body)| body.contains(word));
        has.map(|(path, _)| path).collect()
    };
    assert!(who_has("zebralisted").len() >= 3, "{:?}", answers.keys());
    assert!(!who_has("quaggalisted").is_empty());
    assert!(!who_has("zebrahiddenwords").is_empty() && !who_has("zebraunreadwords").is_empty());
    let of_nobody = [
        "deleted",
        "left",
        "withdrawn",
        "rejected",
        "invalid",
        "unsure",
        "comment",
        "private",
        "late",
    ];
    let of_nobody = of_nobody
        .iter()
        .flat_map(|state| [format!("zebra{state}"), format!("quagga{state}")]);
    let of_somebody = ["zebrahidden@", "quaggahidden", "quaggaunreadwords", "okapi"];
    for word in of_nobody.chain(of_somebody.map(str::to_owned)) {
        assert_eq!(who_has(&word), Vec::<&String>::new(), "{word}");
    }
    only_who_is_listed_has_a_page(&world).await;
    let listed_page = world.endorsement(&listed)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(who_has("quaggalisted").contains(&&format!("/e/{listed_page}")));
    for (person, state) in [
        (&invalid, "invalid"),
        (&left, "withdrawn"),
        (&hidden_words, "listed"),
    ] {
        assert_eq!(world.state(person), state);
    }
}

/// Of everybody else there is no more to be seen than of an id that never was.
async fn only_who_is_listed_has_a_page(world: &World) {
    let never_was = world.letter.get("/e/0123456789abcdef", Some("text/html"));
    let missing = never_was.await.body;
    for row in world.listed(&["--limit", "0"]) {
        let (id, state) = (row["id"].as_str().unwrap(), row["state"].as_str().unwrap());
        let page = world
            .letter
            .get(&format!("/e/{id}"), Some("text/html"))
            .await;
        if state == "listed" {
            assert_eq!(page.status, 200, "{row}");
            assert!(page.header("x-robots-tag").contains("noindex"));
        } else {
            assert_eq!(
                (page.status.as_u16(), page.body),
                (404, missing.clone()),
                "{row}"
            );
        }
    }
}
