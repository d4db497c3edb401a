//! Direct messages that sign without a name, over HTTP: counted, and in nothing that anybody else can read.

use std::fs;

use serde_json::{Value, json};
use url::Url;

use super::{
    backups::in_its_place,
    names_off::{entrances, who_has},
    private_posts::whole_database_contains,
};
use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_message_counts_and_stands_in_no_public_answer,
    likes_show_no_name_and_a_later_reply_does_until_it_ends,
    whoever_is_listed_leaves_the_list_and_stays_counted,
    unclear_words_are_answered_with_both_ways,
    edits_deletion_withdrawing_and_the_end_of_the_account_end_it,
    it_waits_as_others_do_and_a_moderator_lets_it_in,
    the_sweep_reads_the_account_and_never_the_message,
    switched_off_it_stays,
    a_restored_backup_counts_who_did_not_leave_since,
    nobody_is_linked_answered_or_boosted_who_has_no_name,
);

const ON: &str = "endorsing.nameless = true\n";
const SAYS: &str = "I sign without my name.";

/// The public numbers that matter here, as they have to be.
async fn counted(world: &World, fediverse: i64, nameless: i64) {
    let expected = (fediverse, nameless);
    let mut last = (-1, -1);
    eventually("the numbers", async || {
        let counts = world.letter.count().await;
        let of = |name: &str| counts[name].as_i64().unwrap();
        last = (of("fediverse"), of("nameless"));
        assert_eq!(of("total"), of("signed") + of("liked"));
        (last == expected).then_some(())
    })
    .await;
    world.assert_is_sound();
}

/// What was said to somebody alone, oldest first.
fn told(world: &World, person: &Person) -> Vec<String> {
    let inbox = Url::parse(&person.id).unwrap().path().to_owned() + "/inbox";
    let creates = world.peer.deliveries("Create").into_iter();
    let to_them = creates.filter(|it| it.inbox == inbox && it.answer == 202);
    let text = |value: &Value| value["object"]["content"].as_str().unwrap().to_owned();
    to_them.map(|it| text(&it.activity)).collect()
}

async fn times_told(world: &World, person: &Person, times: usize) -> String {
    let last = eventually("the answer", async || {
        let told = told(world, person);
        (told.len() == times).then(|| told.last().cloned())
    })
    .await;
    last.unwrap()
}

fn path(id: &str) -> String {
    Url::parse(id).unwrap().path().to_owned()
}

async fn a_message_counts_and_stands_in_no_public_answer(database: &str) {
    let settings = format!("{ON}web.bulk_download = true\ngoal.steps = [22]\ngoal.settle = '0s'\n");
    let world = World::with(database, &settings).await;
    let before = world.letter.count().await;
    let page = world.letter.page("/").await;
    let offered = "Or send “I sign without my name”";
    assert!(page.contains(offered), "{page}");
    assert!(page.contains("you are counted twice"), "{page}");
    assert!(!page.contains("Private ones are not kept"), "{page}");
    let note = world.letter.document("/letter").await.to_string();
    assert!(note.contains(offered), "{note}");

    let zoe = world.person("Zebrazoe");
    let words = "I sign without my name, because quaggas would lose their job.";
    let note = zoe.says(words, Audience::Direct).await;
    counted(&world, 1, 1).await;
    let counts = world.letter.count().await;
    for (name, more) in [
        ("total", 1),
        ("signed", 1),
        ("current", 1),
        ("fediverse", 1),
        ("liked", 0),
        ("github", 0),
    ] {
        let of = |counts: &Value| counts[name].as_i64().unwrap();
        assert_eq!(of(&counts), of(&before) + more, "{name}");
    }
    let answer = times_told(&world, &zoe, 1).await;
    assert!(
        answer.contains("You are counted without your name"),
        "{answer}"
    );
    assert!(
        answer.contains("administrators of this letter know"),
        "{answer}"
    );

    let shown = world.endorsement(&zoe);
    assert_eq!(
        (&shown["kind"], &shown["state"], &shown["evidence"]),
        (&json!("direct"), &json!("counted"), &json!("signed"))
    );
    assert_eq!(
        (&shown["name"], &shown["statement"]),
        (&Value::Null, &Value::Null)
    );
    let listed = world.listed(&["--kind", "direct"]);
    assert_eq!(listed.len(), 1);
    only_a_digest_is_kept(&world, &zoe);

    // Nothing of the person, and nothing of the words.
    eventually("the milestone", async || {
        let posts = world.letter.document("/outbox?page=1").await;
        posts
            .to_string()
            .contains("22 people have signed")
            .then_some(())
    })
    .await;
    let mut entrances = entrances();
    entrances.push("/supporters?q=zebrazoe");
    let id = format!("/e/{}", shown["id"].as_str().unwrap());
    let answers = world.public_answers(&entrances).await;
    for word in ["zebrazoe@", "@zebrazoe", "users/zebrazoe", "quagga"] {
        assert_eq!(who_has(&answers, word), Vec::<&str>::new(), "{word}");
    }
    let message = path(note["id"].as_str().unwrap()).to_lowercase();
    assert_eq!(who_has(&answers, &message), Vec::<&str>::new());
    assert!(who_has(&answers, "including 1 without a name").contains(&"/"));
    let entry = world.letter.get(&id, Some("text/html")).await;
    assert_eq!(entry.status, 404);
    let statistics = world.letter.page("/statistics").await;
    assert!(!statistics.contains(&world.peer.origin), "{statistics}");
    assert!(!whole_database_contains(database, "quaggas").await);
    nobody_is_handed_over(&world);
    let privacy = world.letter.page("/privacy").await;
    assert!(privacy.contains("A signature without a name"), "{privacy}");
    assert!(!privacy.contains("not shown and not counted"), "{privacy}");
    // Whoever it is gets all that is stored, and can have it erased.
    let handle = shown["handle"].as_str().unwrap();
    let all = world.letter.command(&["person", "export", handle]);
    assert!(
        all.code == 0 && all.stdout.contains("\"direct\""),
        "{all:?}"
    );
    let erased = world
        .letter
        .command(&["person", "erase", handle, "--reason", "request", "--yes"]);
    assert_eq!(erased.code, 0, "{}", erased.stderr);
    counted(&world, 0, 0).await;
}

fn only_a_digest_is_kept(world: &World, zoe: &Person) {
    let kept = world
        .letter
        .json(&["endorsement", "show", &zoe.id, "--evidence"]);
    let request = &kept["request"];
    assert_eq!(request["body"], "");
    let headers = request["headers"].as_array().unwrap();
    assert!(
        matches!(&headers[..], [only] if only.as_str().unwrap().starts_with("sha-256: ")),
        "{request}"
    );
    let file = [
        "endorsement",
        "show",
        &zoe.id,
        "--evidence",
        "--to",
        "e.json",
    ];
    let refused = world.letter.command(&file);
    assert!(
        refused.code == 4 && refused.stderr.contains("only a digest is kept"),
        "{refused:?}"
    );
}

/// Zebrazoe is in no export, and in the bundle as a number alone.
fn nobody_is_handed_over(world: &World) {
    for format in ["csv", "ndjson", "markdown"] {
        let printed = world.letter.command(&["export", format]);
        assert!(
            printed.code == 0 && !printed.stdout.to_lowercase().contains("zebra"),
            "{printed:?}"
        );
    }
    let bundle = world
        .letter
        .command(&["deliver", "bundle", "--to", "b.tar"]);
    assert_eq!(bundle.code, 0, "{}", bundle.stderr);
    let bundle = fs::read(world.letter.path("b.tar")).unwrap();
    let bundle = String::from_utf8_lossy(&bundle).to_lowercase();
    assert!(!bundle.contains("zebra") && bundle.contains("\"nameless\""));
}

async fn likes_show_no_name_and_a_later_reply_does_until_it_ends(database: &str) {
    let world = World::with(database, ON).await;
    let ada = world.person("Ada Lovelace");
    let like = ada.like();
    ada.does(&like).await;
    assert_eq!(world.state(&ada), "listed");
    ada.says(SAYS, Audience::Direct).await;
    assert_eq!(world.state(&ada), "counted");
    ada.does(&ada.undo(&like)).await;
    ada.does(&ada.like()).await;
    assert_eq!(world.state(&ada), "counted");
    assert!(!world.public_text().await.contains("Lovelace"));
    counted(&world, 1, 1).await;
    let reply = ada.says("I sign. It matters.", Audience::Public).await;
    assert_eq!(world.state(&ada), "listed");
    assert!(world.public_text().await.contains("Lovelace"));
    counted(&world, 1, 0).await;
    ada.does(&ada.delete(&reply)).await;
    assert!(!world.public_text().await.contains("Lovelace"));
    counted(&world, 1, 1).await;
}

async fn whoever_is_listed_leaves_the_list_and_stays_counted(database: &str) {
    let world = World::with(database, ON).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign. It matters.", Audience::Public).await;
    assert!(world.public_text().await.contains("Lovelace"));
    let message = ada.says(SAYS, Audience::Direct).await;
    assert!(!world.public_text().await.contains("Lovelace"));
    counted(&world, 1, 1).await;
    ada.says("show me", Audience::Direct).await;
    assert_eq!(world.state(&ada), "counted");
    // Its end brings no name back either.
    ada.does(&ada.delete(&message)).await;
    assert!(!world.public_text().await.contains("Lovelace"));
    counted(&world, 1, 0).await;
    ada.says("I sign.", Audience::Public).await;
    assert!(world.public_text().await.contains("Lovelace"));
}

async fn unclear_words_are_answered_with_both_ways(database: &str) {
    let world = World::with(database, ON).await;
    let ada = world.person("Ada Lovelace");
    for (n, words) in [
        (1, "I sign"),
        (2, "Can I sign without my name?"),
        (3, "I don't sign without my name"),
    ] {
        ada.says(words, Audience::Direct).await;
        let answer = times_told(&world, &ada, n).await;
        assert!(answer.contains("Nothing of it was kept"), "{answer}");
        assert!(answer.contains("reply in public with “I sign”"), "{answer}");
        assert!(answer.contains("“I sign without my name”"), "{answer}");
        assert!(
            answer.contains("administrators of this letter know"),
            "{answer}"
        );
    }
    assert!(world.listed(&[]).is_empty());
    counted(&world, 0, 0).await;
    ada.says("help", Audience::Direct).await;
    let help = times_told(&world, &ada, 4).await;
    assert!(help.contains("“I sign without my name”"), "{help}");
    // To followers, or to somebody else as well, it is no message to the letter alone.
    ada.says(SAYS, Audience::Followers).await;
    let mut shared = ada.reply(SAYS, Audience::Direct);
    let others = json!([ada.letters("/actor"), format!("{}x", ada.id)]);
    shared["to"] = others;
    ada.does(&ada.create(&shared)).await;
    counted(&world, 0, 0).await;
}

async fn edits_deletion_withdrawing_and_the_end_of_the_account_end_it(database: &str) {
    let world = World::with(database, ON).await;
    let people = ["Ada", "Bob", "Cleo", "Dora"].map(|name| world.person(name));
    let [ada, bob, cleo, dora] = &people;
    let mut notes = Vec::new();
    for person in &people {
        notes.push(person.says(SAYS, Audience::Direct).await);
    }
    counted(&world, 4, 4).await;
    let edit = |second: &str, words: &str| {
        let mut update = ada.edit(&notes[0], |note| {
            note["content"] = json!(format!("<p>{words}</p>"));
        });
        update["object"]["updated"] = json!(format!("2999-01-01T00:00:{second}Z"));
        update
    };
    ada.does(&edit("01", "I sign without my name. Please!"))
        .await;
    counted(&world, 4, 4).await;
    ada.does(&edit("05", "Never mind.")).await;
    counted(&world, 3, 3).await;
    // In the same second, and before it: the one that signs less stands.
    ada.does(&edit("05", "I sign without my name, yes.")).await;
    ada.does(&edit("03", "Yes, I sign without my name.")).await;
    counted(&world, 3, 3).await;
    ada.does(&edit("09", "Hello! I sign without my name."))
        .await;
    counted(&world, 4, 4).await;
    ada.does(&ada.delete(&notes[0])).await;
    bob.says("withdraw", Audience::Direct).await;
    cleo.does(&cleo.delete_account()).await;
    let block = dora.activity("Block", dora.letters("/actor").into());
    dora.does(&block).await;
    counted(&world, 0, 0).await;
    for person in &people {
        assert_eq!(world.state(person), "withdrawn");
    }
    // What was deleted or withdrawn does not come back.
    ada.does(&ada.create(&notes[0])).await;
    bob.does(&bob.create(&notes[1])).await;
    counted(&world, 0, 0).await;
    world.settle().await;
    let read = world.peer.request_lines();
    assert!(
        !read.iter().any(|line| line.contains("/statuses/")),
        "{read:#?}"
    );
}

async fn it_waits_as_others_do_and_a_moderator_lets_it_in(database: &str) {
    let mut world = World::with(database, ON).await;
    world.letter.stop().await;
    let rule = ["rule", "add", "glue", "--in", "text"];
    let added = world.letter.command(&rule);
    assert_eq!(added.code, 0, "{}", added.stderr);
    world.letter.serve().await;
    let now = json!(undersigned::clock::Clock::now(
        &undersigned::clock::SystemClock
    ));
    let young = world.person_who("Young", |actor| actor["published"] = now);
    young.says(SAYS, Audience::Direct).await;
    let shown = world.endorsement(&young);
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&json!("pending"), &json!("age"))
    );
    let group = world.person_who("Group", |actor| actor["type"] = "Group".into());
    group.says(SAYS, Audience::Direct).await;
    assert_eq!(world.endorsement(&group)["reason"], "organisation");
    let held = world.person("Held");
    let words = "I sign without my name because of the glue.";
    held.says(words, Audience::Direct).await;
    let reason = world.endorsement(&held)["reason"].clone();
    assert!(reason.as_str().unwrap().starts_with("rule"), "{reason}");
    counted(&world, 0, 0).await;
    assert_eq!(
        world
            .listed(&["--kind", "direct", "--state", "pending"])
            .len(),
        3
    );
    for person in [&young, &held] {
        let approve = ["endorsement", "approve", &person.id];
        assert_eq!(world.letter.command(&approve).code, 0);
    }
    counted(&world, 2, 2).await;
    assert_eq!(
        world
            .letter
            .command(&["endorsement", "hide", &young.id, "--reason", "request"])
            .code,
        0
    );
    counted(&world, 1, 1).await;
    assert_eq!(
        world
            .letter
            .command(&["endorsement", "unhide", &young.id])
            .code,
        0
    );
    counted(&world, 2, 2).await;
    let demoted =
        world
            .letter
            .command(&["endorsement", "demote", &young.id, "--reason", "mistake"]);
    assert_eq!(demoted.code, 4, "{demoted:?}");
    let handle = world.endorsement(&young)["handle"].clone();
    assert_eq!(
        world
            .letter
            .command(&["block", "add", handle.as_str().unwrap()])
            .code,
        0
    );
    counted(&world, 1, 1).await;
}

async fn the_sweep_reads_the_account_and_never_the_message(database: &str) {
    let quick = format!("{ON}verify.interval = '3s'\nverify.grace = '1s'\n");
    let world = World::with(database, &quick).await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada", |_| ());
    // No server shows a message to us.
    let note = ada.says(SAYS, Audience::Direct).await;
    let message = path(note["id"].as_str().unwrap());
    peer.refuse(&message, 404);
    // Somebody says that it is gone, and that it changed.
    let eve = world.person("Eve");
    for kind in ["Delete", "Update", "Create"] {
        let forwarded = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": eve.new_id("activities"), "type": kind, "actor": ada.id, "object": note["id"],
        });
        eve.does(&forwarded).await;
    }
    let account = path(&ada.id);
    eventually("three looks at the account", async || {
        let lines = peer.request_lines();
        let looks = lines.iter().filter(|line| line.ends_with(&account));
        (looks.count() > 3).then_some(())
    })
    .await;
    let verified = world.letter.command(&["endorsement", "verify", &ada.id]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    let lines = peer.request_lines();
    assert!(
        !lines.iter().any(|line| line.contains(&message)),
        "{lines:#?}"
    );
    counted(&world, 1, 1).await;
    peer.refuse(&account, 410);
    eventually("the end of the account", async || {
        (world.state(&ada) == "withdrawn").then_some(())
    })
    .await;
    counted(&world, 0, 0).await;
}

async fn a_restored_backup_counts_who_did_not_leave_since(database: &str) {
    let mut world = World::with(database, ON).await;
    let (ada, bob) = (world.person("Ada"), world.person("Bob"));
    ada.says(SAYS, Audience::Direct).await;
    let note = bob.says(SAYS, Audience::Direct).await;
    counted(&world, 2, 2).await;
    world.letter.json(&["backup", "create", "backup.tar.gz"]);
    bob.does(&bob.delete(&note)).await;
    counted(&world, 1, 1).await;
    world.letter.stop().await;
    let _guard = in_its_place(&mut world, database).await;
    world.letter.json(&["backup", "restore", "backup.tar.gz"]);
    world.letter.serve().await;
    counted(&world, 1, 1).await;
    assert_eq!(world.state(&ada), "counted");
    assert_eq!(world.state(&bob), "withdrawn");
}

async fn switched_off_it_stays(database: &str) {
    let mut world = World::with(database, ON).await;
    let ada = world.person("Ada");
    let note = ada.says(SAYS, Audience::Direct).await;
    counted(&world, 1, 1).await;
    world.letter.stop().await;
    world.letter.set("");
    world.letter.serve().await;
    counted(&world, 1, 1).await;
    let page = world.letter.page("/").await;
    assert!(!page.contains("I sign without my name"), "{page}");
    assert!(page.contains("including 1 without a name"), "{page}");
    let privacy = world.letter.page("/privacy").await;
    assert!(privacy.contains("A signature without a name"), "{privacy}");
    let bob = world.person("Bob");
    bob.says(SAYS, Audience::Direct).await;
    bob.says("I sign", Audience::Direct).await;
    let answer = times_told(&world, &bob, 1).await;
    assert!(
        answer.contains("Only public replies") && !answer.contains("without"),
        "{answer}"
    );
    counted(&world, 1, 1).await;
    ada.does(&ada.delete(&note)).await;
    counted(&world, 0, 0).await;
}

async fn nobody_is_linked_answered_or_boosted_who_has_no_name(database: &str) {
    let world = World::with(database, ON).await;
    // Boosts are taken back from the letter's followers.
    let follower = world.person("Okapi");
    follower.does(&follower.follow()).await;
    let ada = world.person("Ada");
    let note = ada.says("I sign", Audience::Public).await;
    let address = note["id"].as_str().unwrap();
    world.peer.put(&path(address), note.clone());
    world.letter.json(&["post", "boost", address]);
    ada.says(SAYS, Audience::Direct).await;
    world.delivered("Undo").await;
    let again = world.letter.command(&["post", "boost", address]);
    assert_ne!(again.code, 0, "{again:?}");
    let linked = world.letter.command(&["link", "add", "leaverou", &ada.id]);
    assert!(
        linked.code == 4 && linked.stderr.contains("signed without a name"),
        "{linked:?}"
    );
    let file = world.letter.path("answer.md");
    fs::write(&file, "Thank you.\n").unwrap();
    let file = file.to_str().unwrap();
    let reply = ["post", "reply", &ada.id, "--file", file];
    let refused = world.letter.command(&reply);
    assert_eq!(refused.code, 4, "{refused:?}");
    let sent = world.letter.command(&[&reply[..], &["--direct"]].concat());
    assert_eq!(sent.code, 0, "{sent:?}");
    let answer = eventually("the private answer", async || {
        told(&world, &ada)
            .into_iter()
            .find(|text| text.contains("Thank you."))
    })
    .await;
    assert!(
        !world.public_text().await.contains("Thank you."),
        "{answer}"
    );
}
