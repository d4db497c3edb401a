//! Who is one person in two places: GitHub and an organisation's website are served here, too.

use std::{path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use undersigned::{
    clock::{Millis, SystemClock},
    config::Config,
    federation::github::{GithubAccount, GithubKey, GithubReader},
    http_client::{Client, ClientSettings, FetchError, FetchFailure},
    store::{Access, Store},
};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{FakeServer, Reply},
        program::eventually,
        sql,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_mutual_link_makes_one_supporter_until_two_looks_miss_it,
    a_link_that_is_not_given_back_is_a_suggestion,
    an_administrator_takes_a_link_away_and_that_back,
    a_renamed_account_stays_linked_by_its_number,
    an_organisation_is_linked_from_its_own_front_page,
    two_accounts_that_name_each_other_are_one_supporter,
    a_name_that_a_link_shows_waits_when_the_link_ends,
    without_a_token_one_name_of_a_profile_is_looked_at,
);

/// An account of the letter's list.
const NAME: &str = "selfagency";

/// GitHub, where the letter's signatory has an account.
struct Github(FakeServer);

impl Github {
    fn start() -> Self {
        let github = Self(FakeServer::start());
        github.account(7, NAME);
        github
    }

    /// The settings by which it is GitHub, and everything is looked at soon.
    fn settings(&self) -> String {
        format!(
            "links.github_api = '{0}/api'\nlinks.github_pages = '{0}'\nverify.interval = '3s'\nverify.grace = '1s'\n",
            self.0.origin
        )
    }

    /// From now on there is this account, without links.
    fn account(&self, id: i64, name: &str) {
        let account = json!({"id": id, "login": name}).to_string();
        let json = |text: &str| Reply::of_type("application/json", text);
        self.0
            .reply_at(&format!("/api/users/{name}"), json(&account));
        self.0.reply_at(&format!("/api/user/{id}"), json(&account));
        self.0
            .reply_at(&format!("/api/users/{name}/social_accounts"), json("[]"));
        self.page(name, "");
    }

    /// From now on this stands on the page of an account.
    fn page(&self, name: &str, html: &str) {
        let page = format!("<!doctype html><title>{name}</title>{html}");
        self.0
            .reply_at(&format!("/{name}"), Reply::of_type("text/html", page));
    }

    /// From now on the page of an account links to somebody.
    fn links_to(&self, name: &str, person: &str) {
        self.page(
            name,
            &format!(r#"<a rel="nofollow me" href="{person}">x</a>"#),
        );
    }

    /// A field of a profile that links to an account.
    fn field(&self, name: &str) -> Value {
        let link = self.0.url(&format!("/{name}"));
        json!({"type": "PropertyValue", "name": "Code", "value": format!(r#"<a href="{link}">{link}</a>"#)})
    }
}

/// Somebody whose profile links to this account signs.
async fn signs(world: &World, name: &str, field: Value) -> Person {
    let person = world.person_who(name, |actor| actor["attachment"] = json!([field]));
    says(&world.peer, &person).await;
    person
}

/// Somebody signs, and the post stands on the server.
async fn says(peer: &FakeServer, person: &Person) {
    let note = person.says("I sign", Audience::Public).await;
    let id = Url::parse(note["id"].as_str().unwrap()).unwrap();
    peer.put(id.path(), note);
}

/// The list, as soon as it is so: a server hears of a command within half a second.
async fn list_becomes(world: &World, what: &str, is_so: impl Fn(&str) -> bool + Sync) -> String {
    eventually(what, async || {
        let list = world.letter.page("/supporters").await;
        is_so(&list).then_some(list)
    })
    .await
}

async fn total_becomes(world: &World, total: i64) {
    eventually(&format!("{total} supporters"), async || {
        (world.number("total").await == total).then_some(())
    })
    .await;
}

async fn a_mutual_link_makes_one_supporter_until_two_looks_miss_it(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    let names = world.number("total").await;
    github.links_to(NAME, &world.peer.url("/users/daniel"));
    let daniel = signs(&world, "Daniel Sieradski", github.field(NAME)).await;
    eventually("the link", async || {
        (!world.endorsement(&daniel)["signatory"].is_null()).then_some(())
    })
    .await;
    total_becomes(&world, names).await;
    assert_eq!(world.number("fediverse").await, 1);
    assert_eq!(
        world.number("github").await + world.number("letter").await,
        names
    );
    // One name twice waits for a moderator, until it is known to be one person's.
    assert_eq!(world.endorsement(&daniel)["name_state"], "shown");
    let signatory = world.endorsement(&daniel)["signatory"].clone();
    let shown = world
        .letter
        .json(&["signatory", "show", signatory.as_str().unwrap()]);
    assert_eq!(shown["endorser"], world.endorsement(&daniel)["id"]);
    let list = list_becomes(&world, "one line", |list| {
        list.matches("@selfagency").count() == 1
    })
    .await;
    let line = list
        .split("<li")
        .find(|line| line.contains("@daniel@"))
        .unwrap();
    assert!(line.contains("https://github.com/selfagency"), "{line}");
    // What cannot be read ends nothing.
    for status in [401, 403, 429, 500, 503] {
        github.0.refuse("/api/user/7", status);
        let verified = world.letter.command(&["link", "verify", &daniel.id]);
        assert_eq!(verified.code, 6, "{status}: {}", verified.stderr);
        total_becomes(&world, names).await;
    }
    github.account(7, NAME);
    let verified = world.letter.json(&["link", "verify", &daniel.id]);
    assert_eq!(verified["state"], "linked");
    assert!(!verified["second_look_at"].is_null());
    total_becomes(&world, names + 1).await;
    assert_eq!(world.endorsement(&daniel)["signatory"], Value::Null);
    world.assert_is_sound();
}

async fn a_link_that_is_not_given_back_is_a_suggestion(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    let names = world.number("total").await;
    let eve = world.peer.url("/users/eve");
    github.page(
        NAME,
        &format!(
            r#"<a rel="me" href="{}">x</a><!-- <a rel="me" href="{eve}"> --><script>'<a rel="me" href="{eve}">'</script>
               <a href="{eve}">no</a><a rel="me" href="{eve}/x">no</a>"#,
            world.peer.url("/users/ada")
        ),
    );
    let ada = world.person("Ada Lovelace");
    says(&world.peer, &ada).await;
    let eve = signs(&world, "Eve Moneypenny", github.field(NAME)).await;
    let suggested = async || {
        let found = world.letter.json(&["link", "suggest"]);
        (found.as_array().unwrap().len() == 1).then_some(found)
    };
    let found = eventually("the suggestion", suggested).await;
    assert_eq!(found[0]["why"], "profile");
    assert_eq!(found[0]["endorsement"], world.endorsement(&eve)["id"]);
    assert_eq!(world.letter.json(&["status"])["waiting"]["links"], 1);
    for who in [&eve.id, &ada.id] {
        let added = world.letter.command(&["link", "add", NAME, who]);
        assert_eq!(added.code, 4, "{}", added.stderr);
    }
    // A redirect leads to somebody else's word.
    github.0.redirect("/moved", &github.0.url("/other"));
    github.links_to("other", &world.peer.url("/users/mallory"));
    let account = json!({"id": 9, "login": "moved"}).to_string();
    github.0.reply_at(
        "/api/users/moved",
        Reply::of_type("application/json", account),
    );
    let mallory = signs(&world, "Mallory", github.field("moved")).await;
    let verified = world.letter.command(&["link", "verify", &mallory.id]);
    assert_eq!(verified.code, 6, "{}", verified.stderr);
    total_becomes(&world, names + 3).await;
    // Whom an administrator knows to be somebody else is suggested no more.
    let removed = world.letter.json(&["link", "remove", &eve.id]);
    assert_eq!(world.letter.json(&["link", "suggest"]), json!([]));
    assert_eq!(world.letter.command(&["link", "remove", &eve.id]).code, 4);
    world
        .letter
        .json(&["audit", "undo", &removed["audit"].to_string()]);
    eventually("the suggestion again", suggested).await;
    world.assert_is_sound();
}

async fn an_administrator_takes_a_link_away_and_that_back(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    let names = world.number("total").await;
    github.links_to(NAME, &world.peer.url("/users/ada"));
    let ada = signs(&world, "Ada Lovelace", github.field(NAME)).await;
    eventually("the link", async || {
        (!world.endorsement(&ada)["signatory"].is_null()).then_some(())
    })
    .await;
    let removed = world.letter.json(&["link", "remove", &ada.id]);
    total_becomes(&world, names + 1).await;
    let verified = world.letter.json(&["link", "verify", &ada.id]);
    assert_eq!(verified["state"], "removed");
    let undo = ["audit", "undo", &removed["audit"].to_string()];
    world.letter.json(&undo);
    total_becomes(&world, names).await;
    let again = world.letter.command(&undo);
    assert_eq!(again.code, 4, "{}", again.stderr);
    world.letter.json(&["link", "remove", &ada.id]);
    let added = world.letter.json(&["link", "add", NAME, &ada.id]);
    total_becomes(&world, names).await;
    // Who is hidden counts in no pair, and who is removed leaves no trace at the other's.
    let signatory = world.endorsement(&ada)["signatory"].clone();
    let signatory = signatory.as_str().unwrap();
    world.letter.json(&["signatory", "hide", signatory]);
    total_becomes(&world, names).await;
    assert!(
        !world
            .letter
            .page("/supporters")
            .await
            .contains("selfagency")
    );
    world.letter.json(&["signatory", "unhide", signatory]);
    total_becomes(&world, names).await;
    let remove = [
        "signatory",
        "remove",
        signatory,
        "--reason",
        "request",
        "--yes",
    ];
    world.letter.json(&remove);
    total_becomes(&world, names).await;
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kept = sql::texts(&mut tx, "SELECT COALESCE(github, '') FROM link").await;
    assert_eq!(kept, [""]);
    drop(tx);
    let undo = ["audit", "undo", &added["audit"].to_string()];
    assert_eq!(world.letter.command(&undo).code, 4);
    // Whoever leaves takes the link along.
    let text = world.public_text().await;
    assert!(!text.contains("selfagency"));
    world.assert_is_sound();
}

async fn a_renamed_account_stays_linked_by_its_number(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    let names = world.number("total").await;
    let ada = world.peer.url("/users/ada");
    github.links_to(NAME, &ada);
    let ada_signs = signs(&world, "Ada Lovelace", github.field(NAME)).await;
    total_becomes(&world, names).await;
    eventually("the link", async || {
        (!world.endorsement(&ada_signs)["signatory"].is_null()).then_some(())
    })
    .await;
    // Somebody else takes the old name.
    github.account(7, "lea-new");
    github.links_to("lea-new", &ada);
    let other = json!({"id": 8, "login": NAME}).to_string();
    github.0.reply_at(
        &format!("/api/users/{NAME}"),
        Reply::of_type("application/json", other),
    );
    github.page(NAME, "");
    let verified = world.letter.json(&["link", "verify", &ada]);
    assert_eq!(verified["state"], "linked");
    assert_eq!(verified["github"], "lea-new");
    assert_eq!(verified["second_look_at"], Value::Null);
    total_becomes(&world, names).await;
    // A deleted account is a side that was read.
    github.0.refuse("/api/user/7", 404);
    let verified = world.letter.json(&["link", "verify", &ada]);
    assert!(!verified["second_look_at"].is_null());
    total_becomes(&world, names + 1).await;
    world.assert_is_sound();
}

async fn an_organisation_is_linked_from_its_own_front_page(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    let website = FakeServer::named("localhost");
    let acme_id = world.peer.url("/users/acme");
    let link =
        |path: &str| json!({"type": "PropertyValue", "name": "Web", "value": website.url(path)});
    let page = |html: String| Reply::of_type("text/html", html);
    website.reply_at(
        "/~eve",
        page(format!(r#"<a rel="me" href="{acme_id}">x</a>"#)),
    );
    website.reply_at("/", page(format!(r#"<a href="{acme_id}">x</a>"#)));
    let acme = world.person_who("Acme", |actor| {
        actor["attachment"] = json!([link("/~eve"), link("/")]);
    });
    says(&world.peer, &acme).await;
    world
        .letter
        .json(&["endorsement", "edit", &acme.id, "--organisation"]);
    let verified = world.letter.json(&["link", "verify", &acme.id]);
    assert_eq!(verified["website"], Value::Null);
    website.reply_at("/", page(format!(r#"<link rel="me" href="{acme_id}">"#)));
    let verified = world.letter.json(&["link", "verify", &acme.id]);
    assert_eq!(verified["website"], "localhost");
    let shown = |list: &str| {
        list.contains(r#"linked from <a href="https://localhost/" rel="nofollow ugc noopener noreferrer"><bdi>localhost</bdi></a>"#)
    };
    let list = list_becomes(&world, "the website", shown).await;
    assert!(!list.contains("confirmed"), "{list}");
    world
        .letter
        .json(&["endorsement", "edit", &acme.id, "--person"]);
    list_becomes(&world, "a person", |list| !list.contains("linked from")).await;
    world.assert_is_sound();
}

async fn two_accounts_that_name_each_other_are_one_supporter(database: &str) {
    let world = World::new(database).await;
    let names = world.number("total").await;
    let other = FakeServer::named("localhost");
    let ids = [
        world.peer.url("/users/ada"),
        other.url("/users/ada"),
        world.peer.url("/users/eve"),
    ];
    let ada = world.person_who("Ada Lovelace", |actor| {
        actor["alsoKnownAs"] = json!([ids[1]]);
    });
    let second = world.person_on(&other, "Ada Lovelace", |actor| {
        actor["alsoKnownAs"] = json!([ids[0]]);
    });
    let eve = world.person_who("Eve Moneypenny", |actor| {
        actor["alsoKnownAs"] = json!([ids[0], ids[1]]);
    });
    for (peer, person) in [(&world.peer, &ada), (&other, &second), (&world.peer, &eve)] {
        says(peer, person).await;
    }
    world.letter.json(&["link", "verify", &eve.id]);
    total_becomes(&world, names + 3).await;
    world.letter.json(&["link", "verify", &ada.id]);
    total_becomes(&world, names + 2).await;
    assert_eq!(world.endorsers().await, 2);
    world.letter.json(&["link", "remove", &second.id]);
    total_becomes(&world, names + 3).await;
    world.assert_is_sound();
}

async fn a_name_that_a_link_shows_waits_when_the_link_ends(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    github.links_to(NAME, &world.peer.url("/users/daniel"));
    let daniel = signs(&world, "Daniel Sieradski", github.field(NAME)).await;
    let name_is = async |expected: &str| {
        eventually(&format!("the name {expected}"), async || {
            (world.endorsement(&daniel)["name_state"] == expected).then_some(())
        })
        .await;
    };
    name_is("shown").await;
    let removed = world.letter.json(&["link", "remove", &daniel.id]);
    assert_eq!(world.endorsement(&daniel)["name_state"], "pending");
    let undo = |audit: &Value| world.letter.json(&["audit", "undo", &audit.to_string()]);
    undo(&removed["audit"]);
    assert_eq!(world.endorsement(&daniel)["name_state"], "shown");
    world.letter.json(&["link", "remove", &daniel.id]);
    let added = world.letter.json(&["link", "add", NAME, &daniel.id]);
    assert_eq!(world.endorsement(&daniel)["name_state"], "shown");
    undo(&added["audit"]);
    assert_eq!(world.endorsement(&daniel)["name_state"], "pending");
    // A look that misses a side does so, the second time.
    world.letter.json(&["link", "add", NAME, &daniel.id]);
    github.page(NAME, "");
    world.letter.json(&["link", "verify", &daniel.id]);
    name_is("pending").await;
    // What a moderator approves no link takes back.
    world.letter.json(&["name", "approve", &daniel.id]);
    github.links_to(NAME, &world.peer.url("/users/daniel"));
    world.letter.json(&["link", "add", NAME, &daniel.id]);
    world.letter.json(&["link", "remove", &daniel.id]);
    assert_eq!(world.endorsement(&daniel)["name_state"], "shown");
    world.assert_is_sound();
}

async fn without_a_token_one_name_of_a_profile_is_looked_at(database: &str) {
    let github = Github::start();
    let world = World::with(database, &github.settings()).await;
    let names = world.number("total").await;
    github.account(8, "first");
    github.account(9, "second");
    let ada = world.person_who("Ada Lovelace", |actor| {
        actor["attachment"] = json!(["first", "second", NAME].map(|name| github.field(name)));
    });
    github.links_to(NAME, &ada.id);
    let eve = world.person_who("Eve Moneypenny", |actor| {
        actor["attachment"] = json!(["first", "second"].map(|name| github.field(name)));
    });
    github.links_to("second", &eve.id);
    let mut found = Vec::new();
    for person in [&ada, &eve] {
        says(&world.peer, person).await;
        let verified = world.letter.json(&["link", "verify", &person.id]);
        found.push((verified["state"].clone(), verified["github"].clone()));
    }
    assert_eq!(found[0], (json!("linked"), json!(NAME)));
    assert_eq!(found[1], (json!("claimed"), json!("first")));
    // The one that is on the letter's list, else the first.
    total_becomes(&world, names + 1).await;
    assert!(!world.endorsement(&ada)["signatory"].is_null());
    let asked = github.0.request_lines();
    assert!(
        !asked.iter().any(|line| line.contains("second")),
        "{asked:?}"
    );
    world.assert_is_sound();
}

/// A reader of this GitHub.
fn reader(github: &Github, token: &str) -> GithubReader {
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let settings = ClientSettings {
        allow,
        ..ClientSettings::new("test", Arc::new(SystemClock))
    };
    let (client, _) = Client::new(settings).unwrap();
    let text = format!("{}links.github_token_env = 'TOKEN'\n", github.settings());
    let environment = [("TOKEN".to_owned(), token.to_owned())];
    let config = Config::parse(&text, Path::new("x.toml"), environment.into_iter()).unwrap();
    GithubReader::new(client, &config)
}

#[tokio::test]
async fn github_is_left_alone_while_it_asks_for_that() {
    let github = Github::start();
    let reader = reader(&github, "s3cret");
    let now = Millis::from_millis(1_000_000);
    let refusals = [
        (Reply::RetryAfter(429, 60), 60),
        (Reply::Status(403), 3600),
        (Reply::Status(429), 3600),
        (Reply::RetryAfter(403, 999_999), 24 * 3600),
    ];
    let mut at = now;
    for (reply, seconds) in refusals {
        github.0.reply_at("/api/users/ada", reply);
        let asked = github.0.request_lines().len();
        for _ in 0..3 {
            let found = reader.account(GithubKey::Name("ada"), at).await;
            assert!(found.is_err(), "{found:?}");
        }
        let early = at.plus(Duration::from_secs(seconds - 1));
        let found = reader.links("ada", early).await;
        assert!(matches!(found, Err(FetchError::Later(..))), "{found:?}");
        assert_eq!(github.0.request_lines().len(), asked + 1);
        at = at.plus(Duration::from_secs(seconds));
    }
    github.account(3, "ada");
    let found = reader.account(GithubKey::Name("ada"), at).await.unwrap();
    let ada = GithubAccount {
        id: 3,
        name: "ada".to_owned(),
    };
    assert_eq!(found, Some(ada));
}

#[tokio::test]
async fn the_token_goes_to_the_api_alone_and_pages_are_bounded() {
    let github = Github::start();
    let reader = reader(&github, "s3cret");
    let now = Millis::from_millis(0);
    github.links_to(NAME, "https://m.example/@ada");
    let social = r#"[{"provider":"mastodon","url":"https://n.example/@ada"}]"#;
    let path = format!("/api/users/{NAME}/social_accounts");
    github
        .0
        .reply_at(&path, Reply::of_type("application/json", social));
    let links = reader.links(NAME, now).await.unwrap();
    assert_eq!(links, ["https://m.example/@ada", "https://n.example/@ada"]);
    for request in github.0.requests_after(0) {
        let token = request.headers.get("authorization");
        let expected = request
            .path()
            .starts_with("/api/")
            .then_some("Bearer s3cret");
        assert_eq!(
            token.map(|it| it.to_str().unwrap()),
            expected,
            "{}",
            request.path()
        );
        assert!(!request.headers.contains_key("signature"));
    }
    github.page(NAME, &" ".repeat(2 * 1024 * 1024));
    let huge = reader.links(NAME, now).await;
    assert!(
        matches!(huge, Err(FetchError::Unreachable(FetchFailure::TooBig))),
        "{huge:?}"
    );
    github
        .0
        .redirect(&format!("/{NAME}"), &github.0.url("/other"));
    github.links_to("other", "https://m.example/@ada");
    let moved = reader.links(NAME, now).await;
    assert!(matches!(moved, Err(FetchError::Refused(_))), "{moved:?}");
    assert_eq!(
        reader.account(GithubKey::Number(99), now).await.unwrap(),
        None
    );
}
