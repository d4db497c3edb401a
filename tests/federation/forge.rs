//! Signing by a comment on an issue of a forge: by webhook and by reading, and everything that may go wrong with both.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use undersigned::{
    clock::{Clock as _, SystemClock},
    config::Config,
    federation::forge::reader::ForgeReader,
    http_client::{Client, ClientSettings},
};

use crate::{
    both::on_both_databases,
    support::{
        database::sqlite,
        fediverse::Reply,
        forge::{Forge, ForgeBrand, SECRET, deliver, hex},
        program::eventually,
        world::World,
    },
};

on_both_databases!(
    a_webhook_brings_a_comment_its_edits_and_its_end,
    only_a_signed_webhook_about_the_issue_counts,
    a_recorded_webhook_brings_nothing_back,
    two_edits_of_one_second_are_settled_by_a_look,
    a_comment_that_cannot_be_read_is_asked_for_once,
    only_what_nobody_else_can_decide_is_looked_at,
    a_webhook_that_comes_no_more_is_noticed,
    without_webhooks_everything_is_read,
    comments_that_are_read_at_once_count_in_their_order,
    a_comment_that_is_gone_ends_with_the_second_look,
    what_cannot_be_read_ends_nobody,
    another_issue_under_the_old_address_ends_nobody,
    a_renamed_account_stays_and_a_deleted_one_leaves,
    a_thread_of_forgejo_is_found_out_and_read,
    accounts_of_github_are_read_once_for_their_age,
    a_long_thread_is_read_on_where_a_limit_stopped_it,
    comments_on_a_draft_are_read_when_it_is_out,
);

/// A letter whose signers comment, with a webhook.
struct Scene {
    world: World,
    forge: Forge,
    /// How many support the letter without the forge.
    before: i64,
    _folder: TempDir,
}

impl Scene {
    async fn new(database: &str, brand: ForgeBrand) -> Self {
        Self::with(database, brand, "").await
    }

    /// The same with more settings.
    async fn with(database: &str, brand: ForgeBrand, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = format!(", webhook_secret_file = '{}'", secret(&folder).display());
        Self::build(database, (brand, &keys), settings, folder).await
    }

    /// A letter without a webhook.
    async fn without_webhook(database: &str, brand: ForgeBrand, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::build(database, (brand, ""), settings, folder).await
    }

    async fn build(
        database: &str,
        (brand, keys): (ForgeBrand, &str),
        settings: &str,
        folder: TempDir,
    ) -> Self {
        let forge = Forge::start(brand);
        let young = if settings.contains("min_account_age") {
            ""
        } else {
            "moderation.min_account_age = '0s'\n"
        };
        let settings = format!("{}{young}{settings}", forge.settings(keys));
        let world = World::with(database, &settings).await;
        let before = world.number("total").await;
        let scene = Self {
            world,
            forge,
            before,
            _folder: folder,
        };
        scene.is_read().await;
        scene
    }

    /// The server has read the thread by itself.
    async fn is_read(&self) {
        eventually("the thread is read", async || {
            let list = self.world.letter.json(&["forge", "list"]);
            (!list[0]["read_at"].is_null()).then_some(())
        })
        .await;
    }

    /// Somebody signs; the number of the comment.
    async fn signs(&self, login: &str) -> u64 {
        let author = self.forge.account(login, None);
        let id = self.forge.comment(author, "I sign");
        self.forge.tell(&self.world, "created", id).await;
        id
    }

    /// A comment is edited twice within a second, and a webhook tells of both.
    async fn edit_twice(&self, id: u64) {
        self.forge.edit(id, "I sign it");
        self.forge.tell(&self.world, "edited", id).await;
        self.forge.edit_in_the_same_second(id, "I sign this");
        self.forge.tell(&self.world, "edited", id).await;
    }

    /// How often a comment was asked for by its own address.
    fn looks_at(&self, id: u64) -> usize {
        let end = format!("/issues/comments/{id}");
        let asked = self.forge.asked();
        asked
            .iter()
            .filter(|(target, _)| target.ends_with(&end))
            .count()
    }

    /// A comment was asked for by its own address.
    async fn is_looked_at(&self, id: u64) {
        eventually("a look at the comment", async || {
            (self.looks_at(id) > 0).then_some(())
        })
        .await;
    }

    /// How many signed by a comment.
    async fn signed(&self) -> i64 {
        self.world.number("total").await - self.before
    }

    /// So many signed by a comment, as soon as the server knows what a command did.
    async fn becomes(&self, expected: i64, why: &str) {
        eventually(why, async || {
            (self.signed().await == expected).then_some(())
        })
        .await;
    }

    /// Reads the thread by the command.
    fn poll(&self) -> Value {
        self.world.letter.json(&["forge", "poll"])[0].clone()
    }

    /// The same of a thread that cannot be read; what the command says about it.
    fn poll_in_vain(&self) -> String {
        let printed = self.world.letter.command(&["forge", "poll", "--json"]);
        assert_eq!(printed.code, 6, "{} {}", printed.stdout, printed.stderr);
        let said: Value = serde_json::from_str(&printed.stdout).unwrap();
        said[0]["problem"].as_str().unwrap().to_owned()
    }
}

/// A file with the secret of the webhook.
fn secret(folder: &TempDir) -> PathBuf {
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    file
}

async fn a_webhook_brings_a_comment_its_edits_and_its_end(database: &str) {
    for brand in [ForgeBrand::Github, ForgeBrand::Forgejo] {
        let (_folder, other) = sqlite();
        let database = if brand == ForgeBrand::Github {
            database
        } else {
            &other
        };
        let scene = Scene::new(database, brand).await;
        let (forge, world) = (&scene.forge, &scene.world);
        let ada = forge.account("ada", Some("Ada Lovelace"));
        let id = forge.comment(ada, "I sign");
        forge.tell(world, "created", id).await;
        assert_eq!(scene.signed().await, 1);
        forge.edit(id, "I do not know");
        forge.tell(world, "edited", id).await;
        assert_eq!(scene.signed().await, 0, "an edit that no longer signs");
        forge.edit(id, "I sign");
        forge.tell(world, "edited", id).await;
        assert_eq!(scene.signed().await, 1, "edited back");
        let payload = forge.payload("deleted", id, ada);
        forge.delete(id);
        assert_eq!(forge.send(world, &payload).await, 202);
        assert_eq!(scene.signed().await, 0, "deleted");
        let again = forge.comment(ada, "I sign");
        forge.tell(world, "created", again).await;
        assert_eq!(scene.signed().await, 1, "another comment");
        let leave = forge.comment(ada, "withdraw");
        forge.tell(world, "created", leave).await;
        assert_eq!(scene.signed().await, 0, "withdraw");
        let list = world.letter.json(&["forge", "list"]);
        assert!(!list[0]["hook_at"].is_null(), "{list}");
        world.assert_is_sound();
    }
}

async fn only_a_signed_webhook_about_the_issue_counts(database: &str) {
    let scene = Scene::with(database, ForgeBrand::Github, "server.max_body = '8 KiB'\n").await;
    let (forge, world) = (&scene.forge, &scene.world);
    let ada = forge.account("ada", None);
    let id = forge.comment(ada, "I sign");
    let body = forge.payload("created", id, ada);
    let name = "127.0.0.1";
    let (github, forgejo) = ("x-hub-signature-256", "x-forgejo-signature");
    let right = hex(SECRET, &body);
    for (status, name, signature, body) in [
        (401, name, None, body.clone()),
        (
            401,
            name,
            Some((github, format!("sha256={}", hex("other", &body)))),
            body.clone(),
        ),
        (401, name, Some((github, right.clone())), body.clone()),
        (
            401,
            name,
            Some((forgejo, format!("sha256={right}"))),
            body.clone(),
        ),
        (
            401,
            name,
            Some((github, format!("sha256={right}"))),
            format!("{body} "),
        ),
        (
            413,
            name,
            Some((github, format!("sha256={right}"))),
            " ".repeat(9000),
        ),
        (
            404,
            "other",
            Some((github, format!("sha256={right}"))),
            body.clone(),
        ),
    ] {
        let about = format!("{signature:?}");
        assert_eq!(
            deliver(world, name, signature, &body).await,
            status,
            "{about}"
        );
    }
    assert_eq!(forge.send(world, "no JSON").await, 400);
    // Another repository, another issue, and a ping.
    let other: Value = serde_json::from_str(&body).unwrap();
    let (mut repository, mut issue) = (other.clone(), other);
    repository["repository"]["full_name"] = json!("own/other");
    issue["issue"]["number"] = json!(8);
    for payload in [repository, issue, json!({"zen": "x", "hook_id": 1})] {
        assert_eq!(forge.send(world, &payload.to_string()).await, 202);
    }
    assert_eq!(scene.signed().await, 0);
    // The right one, by each of the three headers.
    for header in [github, forgejo, "x-gitea-signature"] {
        let prefix = if header == github { "sha256=" } else { "" };
        let signature = Some((header, format!("{prefix}{right}")));
        assert_eq!(deliver(world, name, signature, &body).await, 202);
        assert_eq!(scene.signed().await, 1);
    }
    world.assert_is_sound();
}

async fn a_recorded_webhook_brings_nothing_back(database: &str) {
    let scene = Scene::new(database, ForgeBrand::Github).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let ada = forge.account("ada", None);
    let id = forge.comment(ada, "I sign");
    let created = forge.payload("created", id, ada);
    forge.send(world, &created).await;
    assert_eq!(scene.signed().await, 1);
    forge.edit(id, "No");
    let edited = forge.payload("edited", id, ada);
    for (payload, expected) in [(&edited, 0), (&created, 0)] {
        assert_eq!(forge.send(world, payload).await, 202);
        assert_eq!(scene.signed().await, expected);
    }
    forge.edit(id, "I sign again");
    let again = forge.payload("edited", id, ada);
    for payload in [&again, &edited, &created] {
        assert_eq!(forge.send(world, payload).await, 202);
        assert_eq!(scene.signed().await, 1, "older than what is known");
    }
    let deleted = forge.payload("deleted", id, ada);
    forge.delete(id);
    for payload in [&deleted, &again, &created, &edited, &deleted] {
        assert_eq!(forge.send(world, payload).await, 202);
        assert_eq!(
            scene.signed().await,
            0,
            "a deleted comment never comes back"
        );
    }
    scene.poll();
    assert_eq!(scene.signed().await, 0);
    world.assert_is_sound();
}

async fn two_edits_of_one_second_are_settled_by_a_look(database: &str) {
    let scene = Scene::new(database, ForgeBrand::Github).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let ada = forge.account("ada", None);
    let id = forge.comment(ada, "I sign");
    forge.tell(world, "created", id).await;
    forge.edit(id, "I sign this");
    let signs = forge.payload("edited", id, ada);
    forge.edit_in_the_same_second(id, "No, rather not");
    let rather_not = forge.payload("edited", id, ada);
    forge.edit_in_the_same_second(id, "I sign this");
    // In the wrong order: what signs less stands, until the comment was looked at.
    assert_eq!(forge.send(world, &rather_not).await, 202);
    assert_eq!(scene.signed().await, 0);
    assert_eq!(forge.send(world, &signs).await, 202);
    scene.becomes(1, "a look at the comment").await;
    // What stands there may be what came first: its author vouched for it then.
    let bo = forge.account("bo", None);
    let id = forge.comment(bo, "Great letter");
    forge.edit(id, "No, rather not");
    let rather_not = forge.payload("edited", id, bo);
    forge.edit_in_the_same_second(id, "I sign");
    forge.tell(world, "edited", id).await;
    assert_eq!(forge.send(world, &rather_not).await, 202);
    scene.becomes(2, "a look at the comment").await;
    world.assert_is_sound();
}

async fn a_comment_that_cannot_be_read_is_asked_for_once(database: &str) {
    let scene = Scene::new(database, ForgeBrand::Github).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let first = scene.signs("ada").await;
    let second = scene.signs("bo").await;
    forge.refuse(Some(Reply::of_type("text/html", "<!doctype html>")));
    scene.edit_twice(first).await;
    scene.is_looked_at(first).await;
    forge.refuse(None);
    // Both would be asked for in one step, the first one before the second.
    scene.edit_twice(second).await;
    scene.is_looked_at(second).await;
    assert_eq!(scene.looks_at(first), 1);
    world.assert_is_sound();
}

async fn only_what_nobody_else_can_decide_is_looked_at(database: &str) {
    let scene = Scene::new(database, ForgeBrand::Github).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let stranger = forge.account("eve", None);
    let strange = forge.comment(stranger, "Great letter");
    forge.tell(world, "created", strange).await;
    let later = scene.signs("ada").await;
    let (first, second) = (scene.signs("bo").await, scene.signs("cy").await);
    for n in 0..3 {
        forge.edit(strange, &format!("Great letter {n}"));
        forge.tell(world, "edited", strange).await;
        forge.edit(later, &format!("I sign. It matters {n}"));
        forge.tell(world, "edited", later).await;
    }
    scene.edit_twice(first).await;
    scene.is_looked_at(first).await;
    // Within a minute it is not looked at again.
    scene.edit_twice(first).await;
    scene.edit_twice(second).await;
    scene.is_looked_at(second).await;
    let looks = [strange, later, first, second].map(|id| scene.looks_at(id));
    assert_eq!(looks, [0, 0, 1, 1]);
    world.assert_is_sound();
}

async fn a_webhook_that_comes_no_more_is_noticed(database: &str) {
    let scene = Scene::new(database, ForgeBrand::Github).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let warnings = || world.letter.json(&["forge", "check"])[0]["warnings"].to_string();
    assert!(warnings().contains("no webhook came yet"), "{}", warnings());
    scene.signs("ada").await;
    scene.poll();
    assert!(!warnings().contains("no webhook"), "{}", warnings());
    forge.pass(Duration::from_mins(10));
    let bo = forge.account("bo", None);
    forge.comment(bo, "Great letter");
    scene.poll();
    let said = warnings();
    assert!(
        said.contains("no webhook of the last comments came"),
        "{said}"
    );
    world.assert_is_sound();
}

async fn without_webhooks_everything_is_read(database: &str) {
    let scene = Scene::without_webhook(database, ForgeBrand::Github, "").await;
    let (forge, world) = (&scene.forge, &scene.world);
    let (ada, bo) = (forge.account("ada", None), forge.account("bo", None));
    let id = forge.comment(ada, "I sign");
    forge.comment(bo, "What is this?");
    let polled = scene.poll();
    assert_eq!(
        (&polled["comments"], &polled["whole"]),
        (&json!(2), &json!(false))
    );
    scene.becomes(1, "a comment").await;
    // Nothing new: the validator says so.
    assert_eq!(
        scene.poll()["comments"],
        2,
        "the validator is that of an earlier question"
    );
    assert_eq!(scene.poll()["comments"], 0);
    forge.edit(id, "Not any more");
    assert_eq!(scene.poll()["comments"], 2);
    scene.becomes(0, "an edit").await;
    forge.comment(ada, "I sign");
    scene.poll();
    scene.becomes(1, "another comment").await;
    forge.comment(ada, "withdraw");
    scene.poll();
    scene.becomes(0, "withdraw").await;
    let whole = world
        .letter
        .json(&["forge", "poll", "--whole", &forge.thread()]);
    assert_eq!(
        (&whole[0]["comments"], &whole[0]["whole"]),
        (&json!(4), &json!(true))
    );
    let unknown = world
        .letter
        .command(&["forge", "poll", "https://f.example/a/b/issues/1"]);
    assert_eq!(unknown.code, 3, "{}", unknown.stderr);
    world.assert_is_sound();
}

async fn comments_that_are_read_at_once_count_in_their_order(database: &str) {
    let scene = Scene::without_webhook(database, ForgeBrand::Github, "").await;
    let (forge, world) = (&scene.forge, &scene.world);
    let (ada, bo) = (forge.account("ada", None), forge.account("bo", None));
    forge.set_back(Duration::from_hours(1));
    for author in [ada, bo] {
        forge.comment(author, "I sign");
    }
    forge.comment(ada, "withdraw");
    world.letter.json(&["forge", "poll", "--whole"]);
    scene.becomes(1, "who withdrew before anybody looked").await;
    world.letter.json(&["forge", "poll", "--whole"]);
    scene.becomes(1, "a whole reading").await;
    world.assert_is_sound();
}

async fn a_comment_that_is_gone_ends_with_the_second_look(database: &str) {
    let grace = "verify.grace = '2s'\n";
    let scene = Scene::without_webhook(database, ForgeBrand::Github, grace).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let (ada, bo) = (forge.account("ada", None), forge.account("bo", None));
    let id = forge.comment(ada, "I sign");
    forge.comment(bo, "I sign");
    scene.poll();
    scene.becomes(2, "two comments").await;
    forge.delete(id);
    let first = scene.poll();
    assert_eq!(
        (&first["whole"], &first["gone"]),
        (&json!(true), &json!(0)),
        "their number fell"
    );
    assert_eq!(scene.signed().await, 2, "one look ends nothing");
    // While the issue itself cannot be read, no look counts.
    for status in [404, 410, 500] {
        forge.refuse(Some(Reply::Status(status)));
        scene.poll_in_vain();
    }
    assert_eq!(scene.signed().await, 2);
    forge.refuse(None);
    eventually("the second look", async || {
        (scene.poll()["gone"] == 1).then_some(())
    })
    .await;
    scene.becomes(1, "it is gone").await;
    world.assert_is_sound();
}

async fn what_cannot_be_read_ends_nobody(database: &str) {
    let scene = Scene::without_webhook(database, ForgeBrand::Github, "verify.grace = '0s'\n").await;
    let (forge, world) = (&scene.forge, &scene.world);
    let ada = forge.account("ada", None);
    forge.comment(ada, "I sign");
    scene.poll();
    scene.becomes(1, "a comment").await;
    let elsewhere = Forge::start(ForgeBrand::Github);
    let moved = vec![("location", format!("{}x", elsewhere.thread()))];
    for (refusal, words) in [
        (Reply::Sent(301, moved, Vec::new()), "301"),
        (Reply::Status(403), "403"),
        (Reply::Status(404), "404"),
        (Reply::Status(410), "410"),
        (Reply::RetryAfter(429, 60), "429"),
        (Reply::Status(503), "503"),
        (Reply::of_type("text/html", "<!doctype html>"), ""),
    ] {
        forge.refuse(Some(refusal));
        for whole in [&["forge", "poll"][..], &["forge", "poll", "--whole"]] {
            let printed = world.letter.command(whole);
            assert_eq!(printed.code, 6, "{words}: {}", printed.stdout);
        }
        assert!(scene.poll_in_vain().contains(words), "{words}");
        let status = world.letter.json(&["status"]);
        let trouble = &status["threads"][0];
        assert!(
            trouble["trouble"].as_str().unwrap().contains(words),
            "{trouble}"
        );
        assert!(!trouble["trouble_since"].is_null(), "{trouble}");
        let checked = world.letter.command(&["forge", "check"]);
        assert_eq!(checked.code, 6, "{words}: {}", checked.stdout);
    }
    assert_eq!(scene.signed().await, 1);
    assert_eq!(elsewhere.asked(), [], "nothing is followed elsewhere");
    forge.refuse(None);
    scene.poll();
    assert!(world.letter.json(&["status"])["threads"][0]["trouble"].is_null());
    assert_eq!(scene.signed().await, 1);
    // What should be done about it is said.
    let warnings = || {
        let checked = world.letter.json(&["forge", "check"]);
        checked[0]["warnings"].to_string()
    };
    assert!(warnings().contains("does not link"), "{}", warnings());
    forge.open_with(&format!(
        "Read [the letter]({}/) first",
        world.letter.origin
    ));
    assert_eq!(warnings(), "[]");
    forge.lock();
    assert!(warnings().contains("locked"), "{}", warnings());
    world.assert_is_sound();
}

async fn another_issue_under_the_old_address_ends_nobody(database: &str) {
    let scene = Scene::with(database, ForgeBrand::Github, "verify.grace = '0s'\n").await;
    let (forge, world) = (&scene.forge, &scene.world);
    let (ada, bo) = (forge.account("ada", None), forge.account("bo", None));
    forge.comment(ada, "I sign");
    scene.poll();
    scene.becomes(1, "a comment").await;
    forge.make_again();
    let id = forge.comment(bo, "I sign");
    forge.tell(world, "created", id).await;
    for whole in [&["forge", "poll"][..], &["forge", "poll", "--whole"]] {
        for _ in 0..2 {
            assert_eq!(world.letter.command(whole).code, 6);
        }
    }
    let said = scene.poll_in_vain();
    assert!(said.contains("another issue stands there now"), "{said}");
    assert_eq!(scene.signed().await, 1, "nothing ends, and nothing is read");
    let status = world.letter.json(&["status"]);
    assert!(!status["threads"][0]["trouble"].is_null(), "{status}");
    world.assert_is_sound();
}

async fn a_renamed_account_stays_and_a_deleted_one_leaves(database: &str) {
    let scene = Scene::without_webhook(database, ForgeBrand::Github, "").await;
    let (forge, world) = (&scene.forge, &scene.world);
    let (ada, bo) = (forge.account("ada", None), forge.account("bo", None));
    forge.comment(ada, "I sign");
    forge.comment(bo, "I sign");
    scene.poll();
    scene.becomes(2, "two comments").await;
    forge.rename(ada, "lovelace");
    world.letter.json(&["forge", "poll", "--whole"]);
    assert_eq!(scene.signed().await, 2, "the number is the account");
    forge.delete_account(bo);
    world.letter.json(&["forge", "poll", "--whole"]);
    scene.becomes(1, "a comment of nobody").await;
    world.assert_is_sound();
}

async fn a_thread_of_forgejo_is_found_out_and_read(database: &str) {
    let scene = Scene::without_webhook(database, ForgeBrand::Forgejo, "").await;
    let (forge, world) = (&scene.forge, &scene.world);
    for n in 0..120 {
        let account = forge.account(&format!("person{n}"), Some(&format!("Person {n}")));
        forge.comment(account, if n % 2 == 0 { "I sign" } else { "Hello" });
    }
    assert_eq!(scene.poll()["comments"], 120);
    scene.becomes(60, "three pages").await;
    let listed = world.letter.json(&["forge", "list"]);
    assert_eq!(
        (&listed[0]["kind"], &listed[0]["name"]),
        (&json!("forgejo"), &json!("127.0.0.1"))
    );
    assert_eq!(listed[0]["comments"], 120);
    let asked: Vec<_> = forge
        .asked()
        .into_iter()
        .map(|(target, _)| target)
        .collect();
    let versions = asked
        .iter()
        .filter(|target| target.ends_with("/version"))
        .count();
    // Once by the server and once by each command: what was found out is remembered by a process.
    assert!((1..=2).contains(&versions), "{asked:?}");
    world.assert_is_sound();
}

async fn accounts_of_github_are_read_once_for_their_age(database: &str) {
    let age = "moderation.min_account_age = '72h'\n";
    let scene = Scene::without_webhook(database, ForgeBrand::Github, age).await;
    let (forge, world) = (&scene.forge, &scene.world);
    let ada = forge.account("ada", Some("Ada Lovelace"));
    forge.comment(ada, "I sign");
    let polled = scene.poll();
    assert_eq!(polled["accounts"], 1, "{polled}");
    let waiting = || world.letter.json(&["status"])["threads"][0]["accounts_to_read"].clone();
    assert_eq!(waiting(), 0);
    scene.poll();
    assert_eq!(
        waiting(),
        0,
        "what was read stays, though no comment brings it"
    );
    let asked = forge.asked();
    let accounts = asked.iter().filter(|(target, _)| target.contains("/user/"));
    assert_eq!(accounts.count(), 1, "{asked:?}");
    // Without requests it waits, and that is said.
    let bo = forge.account("bo", None);
    forge.comment(bo, "I sign");
    forge.limit(Some(2));
    scene.poll_in_vain();
    assert_eq!(waiting(), 1);
    let checked = world.letter.command(&["forge", "check"]);
    assert!(
        checked.stdout.contains("1 account waits") || checked.code == 6,
        "{}",
        checked.stdout
    );
    forge.limit(None);
    let checked = world.letter.json(&["forge", "check"]);
    assert!(
        checked[0]["warnings"]
            .to_string()
            .contains("1 account waits"),
        "{checked}"
    );
    let polled = scene.poll();
    assert_eq!(polled["accounts"], 1, "{polled}");
    assert_eq!(waiting(), 0);
    world.assert_is_sound();
}

async fn a_long_thread_is_read_on_where_a_limit_stopped_it(database: &str) {
    let scene = Scene::without_webhook(database, ForgeBrand::Github, "").await;
    let (forge, world) = (&scene.forge, &scene.world);
    for n in 0..5000 {
        let account = forge.account(&format!("person{n}"), None);
        forge.comment(account, if n % 10 == 0 { "I sign" } else { "Hello" });
    }
    forge.limit(Some(20));
    let why = scene.poll_in_vain();
    assert!(why.contains("later"), "{why}");
    forge.limit(None);
    assert_eq!(scene.poll()["comments"], 5000);
    scene.becomes(500, "all of them").await;
    world.assert_is_sound();
}

async fn comments_on_a_draft_are_read_when_it_is_out(database: &str) {
    let forge = Forge::start(ForgeBrand::Github);
    let folder = tempfile::tempdir().unwrap();
    let keys = format!(", webhook_secret_file = '{}'", secret(&folder).display());
    let young = "letter.launch = 'manual'\nmoderation.min_account_age = '0s'\n";
    let settings = format!("{}{young}", forge.settings(&keys));
    let world = World::with(database, &settings).await;
    let (ada, bo) = (forge.account("ada", None), forge.account("bo", None));
    forge.comment(ada, "I sign");
    let id = forge.comment(bo, "I sign");
    forge.tell(&world, "created", id).await;
    let polled = world.letter.command(&["forge", "poll"]);
    assert_eq!(polled.code, 4, "{}", polled.stderr);
    assert_eq!(forge.asked(), [], "nothing of a draft is read");
    world.letter.json(&["letter", "launch", "--yes"]);
    eventually("the letter is out", async || {
        let count = world.letter.get("/api/v1/count.json", None).await;
        count.status.is_success().then_some(())
    })
    .await;
    let names = world.letter.json(&["signatory", "list"]);
    let names = i64::try_from(names.as_array().unwrap().len()).unwrap();
    eventually("both comments, by the server alone", async || {
        (world.number("total").await == names + 2).then_some(())
    })
    .await;
    world.assert_is_sound();
}

/// A client that reaches this machine.
fn client() -> Client {
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let settings = ClientSettings {
        allow,
        ..ClientSettings::new("test", Arc::new(SystemClock))
    };
    Client::new(settings).unwrap().0
}

#[tokio::test]
async fn a_token_goes_to_the_api_of_its_thread_alone() {
    let (one, other) = (
        Forge::start(ForgeBrand::Github),
        Forge::start(ForgeBrand::Forgejo),
    );
    let text = format!(
        "{}forge.threads = [{{url = '{}', token_env = 'TOKEN'}}, {{url = '{}'}}]\n",
        one.addresses(),
        one.thread(),
        other.thread()
    );
    let environment = [("TOKEN".to_owned(), "s3cret".to_owned())];
    let config = Config::parse(&text, Path::new("x.toml"), environment.into_iter()).unwrap();
    let reader = ForgeReader::new(client(), &config);
    let now = SystemClock.now();
    let threads = config.forge_threads();
    for thread in &threads {
        let api = reader.api(thread, now).await.unwrap();
        reader.issue(&api, &thread.url, now).await.unwrap();
        let asked = (None, 1, None);
        reader
            .comments(&api, &thread.url, asked, now)
            .await
            .unwrap();
    }
    for (forge, expected) in [(&one, "Bearer s3cret"), (&other, "")] {
        let asked = forge.asked();
        assert!(asked.len() >= 2, "{asked:?}");
        assert!(
            asked.iter().all(|(_, token)| token == expected),
            "{asked:?}"
        );
    }
    // What it wants to be left alone for, it is.
    let api = reader.api(&threads[0], now).await.unwrap();
    one.limit(Some(0));
    let before = one.asked().len();
    for _ in 0..3 {
        let read = reader.issue(&api, &threads[0].url, now).await;
        assert!(read.unwrap_err().to_string().contains("later"));
    }
    assert_eq!(one.asked().len(), before + 1);
    one.limit(None);
    let later = now.plus(Duration::from_hours(2));
    reader.issue(&api, &threads[0].url, later).await.unwrap();
}

#[tokio::test]
async fn a_page_that_is_too_large_is_read_in_parts() {
    for brand in [ForgeBrand::Github, ForgeBrand::Forgejo] {
        let forge = Forge::start(brand);
        let account = forge.account("ada", None);
        let long = "x".repeat(65_536);
        for _ in 0..113 {
            forge.comment(account, &long);
        }
        let text = format!(
            "{}forge.threads = [{{url = '{}'}}]\n",
            forge.addresses(),
            forge.thread()
        );
        let config = Config::parse(&text, Path::new("x.toml"), std::iter::empty()).unwrap();
        let reader = ForgeReader::new(client(), &config);
        let (thread, now) = (config.forge_threads().remove(0), SystemClock.now());
        let api = reader.api(&thread, now).await.unwrap();
        let mut found = Vec::new();
        for page in 1.. {
            let asked = (None, page, None);
            let read = reader
                .comments(&api, &thread.url, asked, now)
                .await
                .unwrap();
            let read = read.unwrap();
            found.extend(read.comments.iter().map(|comment| comment.id));
            if read.is_last {
                break;
            }
        }
        assert_eq!(found, (101..=213).collect::<Vec<u64>>(), "{brand:?}");
    }
}
