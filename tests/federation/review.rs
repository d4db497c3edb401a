//! `review` at a terminal, as a moderator uses it at night.

use std::ffi::OsStr;

use serde_json::json;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        terminal::Terminal,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    four_hundred_entries_are_cleared_by_few_keys,
    each_key_does_what_it_says,
    of_two_moderators_the_second_is_told,
    whom_reports_name_is_answered_without_leaving_the_session,
    a_surge_and_a_rule_say_how_to_answer_all_of_it,
);

/// A session of `review`, and how many keys it took.
struct Session {
    terminal: Terminal,
    keys: usize,
}

impl Session {
    async fn of(world: &World, arguments: &[&str]) -> Self {
        let mut command = world.letter.program(&[]);
        command.arg("review").args(arguments);
        let terminal = Terminal::start(command, 80);
        terminal.shows("q quit").await;
        Self { terminal, keys: 0 }
    }

    /// Presses a key, and waits until the screen has this.
    async fn press(&mut self, key: &str, shows: &str) {
        self.keys += 1;
        self.terminal.clear();
        self.terminal.press(key);
        self.terminal.shows(shows).await;
    }

    /// Ends it; gives what stood on the screen afterwards.
    fn quit(mut self) -> Vec<String> {
        self.terminal.press("q");
        let (code, lines) = self.terminal.finish();
        assert_eq!(code, 0, "{lines:#?}");
        lines
    }
}

async fn say(world: &World, name: &str, words: &str) -> Person {
    let person = world.person(name);
    person.says(words, Audience::Public).await;
    person
}

async fn four_hundred_entries_are_cleared_by_few_keys(database: &str) {
    let world = World::with(database, "moderation.surge_per_domain_per_hour = 60").await;
    for n in 0..60 {
        say(
            &world,
            &format!("Ada{n}"),
            &format!("I sign. For reason {}.", n % 6),
        )
        .await;
    }
    for n in 0..130 {
        say(
            &world,
            &format!("Bob{n}"),
            &format!("I sign, for reason {}?", n % 13),
        )
        .await;
    }
    for n in 0..200 {
        let person = world.person(&format!("Eve{n}"));
        person.does(&person.like()).await;
    }
    let mut with_words = Vec::new();
    for n in 0..10 {
        with_words.push(
            say(
                &world,
                &format!("Zoe{n}"),
                &format!("I sign. My words are {n}."),
            )
            .await,
        );
    }
    let waiting = |what: &str| world.letter.json(&["status"])["waiting"][what].clone();
    assert_eq!(waiting("endorsements"), 340);

    let mut session = Session::of(&world, &[]).await;
    for group in 1..=13 {
        session.press(" ", "for reason").await;
        let next = format!("group {} of 20", group + 1);
        session.press("A", &next).await;
    }
    for group in 14..=19 {
        session.press(" ", "For reason").await;
        let next = format!("group {} of 20", group + 1);
        session.press("A", &next).await;
    }
    session.press("A", "approve all 210 of them?").await;
    session.press("y", "nothing waits any longer").await;
    assert!(session.keys <= 60, "{}", session.keys);
    session.quit();

    assert_eq!(waiting("endorsements"), 0);
    // Who was approved with the group is listed; words that nobody uncovered are not shown.
    for person in with_words {
        let endorsement = world.endorsement(&person);
        assert_eq!(endorsement["state"], "listed");
        assert_eq!(endorsement["statement"]["state"], "pending");
    }
    assert_eq!(waiting("statements"), 10);
    world.assert_is_sound();
}

async fn each_key_does_what_it_says(database: &str) {
    let world = World::new(database).await;
    let ada = say(&world, "Ada", "I sign? Aardvark").await;
    let bob = say(&world, "Bob", "I sign? Badger").await;
    let eve = say(&world, "Eve", "I sign? Cassowary").await;
    let mut session = Session::of(&world, &["--endorsements"]).await;
    let screen = session.terminal.printed();
    for covered in ["Aardvark", "Badger", "Cassowary", "@"] {
        assert!(!screen.contains(covered), "{screen}");
    }
    for key in [
        "space",
        "a approve",
        "r reject (spam)",
        "A R S",
        "b block",
        "u undo",
        "q quit",
    ] {
        assert!(screen.contains(key), "{key} in {screen}");
    }
    assert!(
        screen.lines().all(|line| line.chars().count() <= 80 + 10),
        "{screen}"
    );
    // Nobody approves what was not read.
    session.press("a", "Aardvark").await;
    assert_eq!(world.state(&ada), "pending");
    session.press("a", "approved 1: @").await;
    assert_eq!(world.state(&ada), "listed");
    assert_eq!(world.endorsement(&ada)["statement"]["state"], "shown");
    session.press("u", "took 1 back").await;
    assert_eq!(world.state(&ada), "pending");
    session.press("s", "group 2").await;
    session.press("c", "reject (slur)").await;
    session.press("r", "rejected 1: @").await;
    assert_eq!(world.state(&bob), "rejected");
    session.press("b", "y does it").await;
    session.press("n", "b block").await;
    assert_eq!(
        world
            .letter
            .json(&["block", "list"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
    session.press("b", "y does it").await;
    session.press("y", "blocked http").await;
    assert_eq!(world.state(&eve), "hidden");
    session.press("u", "took 1 back").await;
    assert_eq!(world.state(&eve), "pending");
    let lines = session.quit();
    assert!(lines.iter().any(|line| line == "skipped: 1"), "{lines:#?}");
    let audit = world.letter.json(&["audit", "list", "--limit", "5"]);
    let actions: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "audit.undo",
            "block.add",
            "endorsement.reject",
            "audit.undo",
            "endorsement.approve"
        ]
    );
}

async fn of_two_moderators_the_second_is_told(database: &str) {
    let world = World::new(database).await;
    let ada = say(&world, "Ada", "I sign? Aardvark").await;
    let mut session = Session::of(&world, &[]).await;
    session.press(" ", "Aardvark").await;
    // The same command by somebody else.
    let base = world.letter.program(&[]);
    let mut command = std::process::Command::new(base.get_program());
    command.current_dir(base.get_current_dir().unwrap());
    command.args(
        base.get_args()
            .filter(|word| !["--as", "test"].map(OsStr::new).contains(word)),
    );
    command.args([
        "--as",
        "first",
        "endorsement",
        "reject",
        &ada.id,
        "--reason",
        "spam",
    ]);
    assert!(command.status().unwrap().success());
    session.press("a", "by first").await;
    assert_eq!(world.state(&ada), "rejected");
    session.quit();
    let scripted = world.letter.command(&["review"]);
    assert_eq!(scripted.code, 2, "without a terminal: {}", scripted.stderr);
}

async fn whom_reports_name_is_answered_without_leaving_the_session(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let instance = world.person("Instance");
    let ada = say(&world, "Ada", "I sign").await;
    let bob = say(&world, "Bob", "I sign").await;
    let cid = world.person_on(&bad, "Cid", |_| ());
    let dee = world.person_on(&bad, "Dee", |_| ());
    for (person, words) in [(&cid, "I sign"), (&dee, "I sign? Dodo")] {
        person.says(words, Audience::Public).await;
    }
    for (objects, text) in [
        (vec![&ada.id], "Aardvark"),
        (vec![&bob.id], "Badger"),
        (vec![&cid.id], "Cassowary"),
        (vec![&ada.id, &bob.id], "Elephant"),
    ] {
        let mut flag = instance.activity("Flag", json!(objects));
        flag["content"] = json!(text);
        instance.does(&flag).await;
    }
    let mut session = Session::of(&world, &["--reports"]).await;
    // Whom a report names, and what it says, is read before anybody is hidden.
    session.press("r", "Aardvark").await;
    assert_eq!(world.state(&ada), "listed");
    session.press("r", "rejected 1: @ada").await;
    assert_eq!(world.state(&ada), "hidden");
    // The report is open again, and read already.
    session.press("u", "took 2 back").await;
    assert_eq!(world.state(&ada), "listed");
    session.press("s", "group 2").await;
    session.press(" ", "Badger").await;
    session.press("b", "1 endorsement").await;
    session.press("y", "report 2 resolved").await;
    assert_eq!(world.state(&bob), "hidden");
    session.press(" ", "Cassowary").await;
    session.press("B", "block localhost: 2 endorsements").await;
    session.press("n", "B block").await;
    assert_eq!(world.state(&cid), "listed");
    session.press("B", "y does it").await;
    session.press("y", "blocked localhost, report 3").await;
    assert_eq!(world.state(&cid), "hidden");
    assert_eq!(world.state(&dee), "hidden");
    session.press(" ", "Elephant").await;
    session.press("b", "names several").await;
    session.press("u", "took 2 back").await;
    assert_eq!(world.state(&cid), "listed");
    assert_eq!(world.state(&dee), "pending");
    session.quit();
    let reports = world.letter.json(&["report", "list"]);
    let open = |it: &&serde_json::Value| it["state"] == "open";
    assert_eq!(reports.as_array().unwrap().iter().filter(open).count(), 3);
    world.assert_is_sound();
}

async fn a_surge_and_a_rule_say_how_to_answer_all_of_it(database: &str) {
    let world = World::with(database, "moderation.surge_per_domain_per_hour = 20").await;
    world.commands(&["rule", "add", "buy now"]);
    let mut number = 0;
    eventually("the rule is in force", async || {
        number += 1;
        let person = say(&world, &format!("Eve{number}"), "I sign. Buy now").await;
        (world.endorsement(&person)["reason"] == "rule:1").then_some(())
    })
    .await;
    for n in 0..21 {
        say(&world, &format!("Ada{n}"), "I sign").await;
    }
    let mut session = Session::of(&world, &["--endorsements"]).await;
    session.press(" ", "undersigned rule remove 1").await;
    session.press("S", "--host '127.0.0.1'").await;
    session.quit();
}
