//! Projects, servers and organisations that sign by their own page; the pages and forges are served here, too.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{FakeServer, Reply},
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_page_that_signs_lists_its_project_until_two_looks_miss_it,
    a_link_with_rel_me_signs,
    a_page_that_only_links_waits_for_a_moderator,
    a_page_without_a_link_waits_and_its_author_is_told_once,
    what_is_found_elsewhere_or_not_at_all_is_no_proof,
    a_repository_signs_by_its_readme,
    a_host_that_does_not_say_whether_it_is_a_forge_proves_nothing,
    a_server_signs_by_what_it_says_about_itself,
    the_entry_ends_with_the_last_who_speaks_for_it,
    a_deleted_post_that_nobody_told_us_of_ends_it,
);

/// Everything is looked at soon.
const SOON: &str = "verify.interval = '3s'\nverify.grace = '1s'\nendorsing.acknowledge = 'reply'\n";

/// From now on this stands on a page.
fn page(site: &FakeServer, path: &str, html: &str) {
    let page = format!("<!doctype html><title>Acme Works</title><body>{html}");
    site.reply_at(path, Reply::of_type("text/html", page));
}

/// A sentence that signs, with the letter's link.
fn signing(world: &World) -> String {
    let letter = &world.letter.origin;
    format!(r#"<p>Hello.</p><p>We signed the <a href="{letter}/">open letter</a>.</p>"#)
}

/// Somebody speaks for an address, and the post stands on the server.
async fn speaks(world: &World, person: &Person, address: &str) -> Value {
    let note = person
        .says(&format!("I sign for {address}"), Audience::Public)
        .await;
    let id = Url::parse(note["id"].as_str().unwrap()).unwrap();
    world.peer.put(id.path(), note.clone());
    note
}

/// The entry of a project by its address, in this state.
async fn becomes(world: &World, address: &str, state: &str, waits_for: Option<&str>) -> Value {
    eventually(&format!("{address} is {state} {waits_for:?}"), async || {
        let shown = world
            .letter
            .command(&["endorsement", "show", address, "--json"]);
        let shown: Value = serde_json::from_str(&shown.stdout).ok()?;
        let reason = shown["reason"].as_str().filter(|_| state == "pending");
        let is_it = shown["state"] == state && reason == waits_for;
        is_it.then_some(shown)
    })
    .await
}

async fn a_page_that_signs_lists_its_project_until_two_looks_miss_it(database: &str) {
    let world = World::with(database, SOON).await;
    let site = FakeServer::start();
    page(&site, "/x", &signing(&world));
    let total = world.number("total").await;
    let ada = world.person("Ada Lovelace");
    let address = site.url("/x");
    speaks(&world, &ada, &format!("{address}/?utm=1#top")).await;
    let shown = becomes(&world, &address, "listed", None).await;
    assert_eq!(shown["kind"], "project");
    let shown_as = address.trim_start_matches("http://");
    let list = eventually("the list", async || {
        let list = world.letter.page("/supporters").await;
        list.contains(shown_as).then_some(list)
    })
    .await;
    assert!(list.contains("Acme Works"), "{list}");
    assert!(
        !list.contains("@ada_lovelace@") && !list.contains("Ada Lovelace"),
        "{list}"
    );
    assert_eq!(world.number("total").await, total);
    assert_eq!(world.number("organisations").await, 1);
    assert_eq!(world.endorsers().await, 0);
    // One look may miss it, by a mistake that lasts a moment; two do not.
    page(&site, "/x", "<p>Nothing</p>");
    becomes(&world, &address, "withdrawn", None).await;
    eventually("no number", async || {
        (world.number("organisations").await == 0).then_some(())
    })
    .await;
    world.assert_is_sound();
}

async fn a_link_with_rel_me_signs(database: &str) {
    let world = World::with(database, SOON).await;
    let letter = &world.letter.origin;
    let ada = world.person("Ada Lovelace");
    for (path, link) in [
        (
            "/note",
            format!(r#"<a href="{letter}/letter" rel="me">x</a>"#),
        ),
        (
            "/actor",
            format!(r#"<link rel="me" href="{letter}/actor">"#),
        ),
    ] {
        let site = &FakeServer::start();
        page(site, path, &link);
        speaks(&world, &ada, &site.url(path)).await;
        becomes(&world, &site.url(path), "listed", None).await;
        // Another address of the same owner waits for a person.
        page(site, "/second", &link);
        speaks(&world, &ada, &site.url("/second")).await;
        becomes(
            &world,
            &site.url("/second"),
            "pending",
            Some("organisation"),
        )
        .await;
    }
    assert_eq!(world.number("organisations").await, 2);
    world.assert_is_sound();
}

async fn a_page_that_only_links_waits_for_a_moderator(database: &str) {
    let world = World::with(database, SOON).await;
    let site = FakeServer::start();
    let letter = &world.letter.origin;
    page(
        &site,
        "/article",
        &format!(
            r#"<p>The <a href="{letter}/">open letter</a> is wrong.</p><blockquote>We signed the <a href="{letter}/">open letter</a></blockquote><!-- We signed the <a href="{letter}/" rel="me">open letter</a> -->"#
        ),
    );
    let ada = world.person("Ada Lovelace");
    let address = site.url("/article");
    speaks(&world, &ada, &address).await;
    let waiting = becomes(&world, &address, "pending", Some("unsure")).await;
    assert_eq!(world.number("organisations").await, 0);
    let id = waiting["id"].as_str().unwrap();
    let approved = world.letter.command(&["endorsement", "approve", id]);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    becomes(&world, &address, "listed", None).await;
    eventually("the number", async || {
        (world.number("organisations").await == 1).then_some(())
    })
    .await;
    world
        .letter
        .command(&["endorsement", "hide", id, "--reason", "spam"]);
    becomes(&world, &address, "hidden", None).await;
    world.letter.command(&["endorsement", "unhide", id]);
    becomes(&world, &address, "listed", None).await;
    world
        .letter
        .command(&["endorsement", "reject", id, "--reason", "spam"]);
    becomes(&world, &address, "rejected", None).await;
    world.assert_is_sound();
}

async fn a_page_without_a_link_waits_and_its_author_is_told_once(database: &str) {
    let world = World::with(database, SOON).await;
    let site = FakeServer::start();
    page(&site, "/x", "<p>We signed the open letter.</p>");
    let ada = world.person("Ada Lovelace");
    let address = site.url("/x");
    speaks(&world, &ada, &address).await;
    becomes(&world, &address, "pending", Some("link")).await;
    let told = world.delivered("Create").await;
    let text = told.activity["object"]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains(&address) && text.contains("rel="), "{text}");
    // It is looked at again by itself.
    let before = site.request_lines().len();
    site.more_requests_than(before).await;
    page(&site, "/x", &signing(&world));
    becomes(&world, &address, "listed", None).await;
    world.settle().await;
    assert_eq!(world.peer.deliveries("Create").len(), 1);
    assert_eq!(world.endorsers().await, 0);
}

async fn what_is_found_elsewhere_or_not_at_all_is_no_proof(database: &str) {
    let world = World::with(database, SOON).await;
    let signs = signing(&world);
    let mut claims = Vec::new();
    let elsewhere = FakeServer::start();
    page(&elsewhere, "/x", &signs);
    for (kind, who) in [
        ("redirect", "Ada"),
        ("same host", "Bo"),
        ("10 MB", "Cy"),
        ("missing", "Di"),
    ] {
        let site = FakeServer::start();
        match kind {
            "redirect" => site.redirect("/x", &elsewhere.url("/x")),
            "same host" => {
                page(&site, "/other", &signs);
                site.redirect("/x", &site.url("/other"));
            }
            "10 MB" => page(&site, "/x", &format!("{}{signs}", " ".repeat(10 << 20))),
            _ => (),
        }
        let person = world.person(who);
        speaks(&world, &person, &site.url("/x")).await;
        claims.push((site.url("/x"), site));
    }
    for (address, site) in &claims {
        becomes(&world, address, "pending", Some("link")).await;
        // Read, and more than once.
        site.more_requests_than(1).await;
        becomes(&world, address, "pending", Some("link")).await;
    }
    // Nothing is read where the guard forbids it.
    let eve = world.person("Eve");
    for address in ["http://10.1.2.3/x", "http://169.254.169.254/latest"] {
        speaks(&world, &eve, address).await;
        becomes(&world, address, "pending", Some("link")).await;
    }
    assert_eq!(elsewhere.request_lines().len(), 0);
    assert_eq!(world.number("organisations").await, 0);
    world.assert_is_sound();
}

async fn a_repository_signs_by_its_readme(database: &str) {
    let github = FakeServer::start();
    let settings = format!(
        "{SOON}links.github_api = '{0}/api'\nlinks.github_pages = '{0}'\n",
        github.origin
    );
    let world = World::with(database, &settings).await;
    let readme = format!(
        "# Acme Engine\n\nWe signed the [open letter]({}/).\n",
        world.letter.origin
    );
    let json = |value: Value| Reply::of_type("application/json", value.to_string());
    github.reply_at(
        "/api/repos/acme/engine/readme",
        json(json!({"content": STANDARD.encode(&readme), "encoding": "base64"})),
    );
    let forge = FakeServer::start();
    forge.reply_at(
        "/api/v1/version",
        json(json!({"version": "12.0.0+gitea-1.22.0"})),
    );
    for repository in ["one", "two"] {
        let api = format!("/api/v1/repos/acme/{repository}");
        forge.reply_at(
            &api,
            json(json!({"full_name": format!("Acme/{repository}")})),
        );
        let files = json!([{"name": "src", "type": "dir"}, {"name": "README.md", "type": "file"}]);
        forge.reply_at(&format!("{api}/contents"), json(files));
        forge.reply_at(
            &format!("{api}/raw/README.md"),
            Reply::of_type("text/plain", readme.clone()),
        );
        // What the page around it says is anybody's.
        page(&forge, &format!("/acme/{repository}"), "<p>Issues</p>");
    }
    // Renamed: what stands there now is another repository.
    forge.reply_at(
        "/api/v1/repos/acme/old",
        json(json!({"full_name": "acme/one"})),
    );
    page(&forge, "/acme", &signing(&world));
    let ada = world.person("Ada Lovelace");
    for address in [
        github.url("/acme/engine"),
        forge.url("/acme/one"),
        forge.url("/acme/two"),
    ] {
        speaks(&world, &ada, &address).await;
        becomes(&world, &address, "listed", None).await;
    }
    for address in [forge.url("/acme/old"), forge.url("/acme")] {
        speaks(&world, &ada, &address).await;
        becomes(&world, &address, "pending", Some("link")).await;
    }
    forge.more_requests_than(20).await;
    becomes(&world, &forge.url("/acme"), "pending", Some("link")).await;
    assert_eq!(world.number("organisations").await, 3);
    let list = world.letter.page("/supporters").await;
    assert!(list.contains("Acme Engine"), "{list}");
    world.assert_is_sound();
}

async fn a_host_that_does_not_say_whether_it_is_a_forge_proves_nothing(database: &str) {
    const VERSION: &str = "/api/v1/version";
    let world = World::with(database, SOON).await;
    let mut hosts = Vec::new();
    for (who, refusal) in [
        ("Ada", Reply::Status(401)),
        ("Bo", Reply::Status(403)),
        ("Cy", Reply::redirect("/login")),
        ("Di", Reply::document(" ".repeat(10 << 20))),
    ] {
        let host = FakeServer::start();
        page(&host, "/eve/x", &signing(&world));
        host.reply_at(VERSION, refusal);
        speaks(&world, &world.person(who), &host.url("/eve/x")).await;
        hosts.push(host);
    }
    for host in &hosts {
        // Asked, and asked again.
        host.more_requests_than(1).await;
        becomes(&world, &host.url("/eve/x"), "pending", Some("link")).await;
        let lines = host.request_lines();
        assert!(lines.iter().all(|line| line.contains(VERSION)), "{lines:?}");
    }
    // What says that it is none is an ordinary page.
    for (host, reply) in hosts.iter().zip([
        Reply::Status(404),
        Reply::Status(410),
        Reply::of_type("text/html", "<p>Nothing here</p>"),
        Reply::of_type("application/json", r#"{"name": "x"}"#),
    ]) {
        host.reply_at(VERSION, reply);
        becomes(&world, &host.url("/eve/x"), "listed", None).await;
    }
    world.assert_is_sound();
}

async fn a_server_signs_by_what_it_says_about_itself(database: &str) {
    let world = World::with(database, SOON).await;
    page(&world.peer, "/", "<p>A server</p>");
    let description = json!({"updated_at": null, "content": signing(&world)}).to_string();
    world.peer.reply_at(
        "/api/v1/instance/extended_description",
        Reply::of_type("application/json", description),
    );
    let elsewhere = FakeServer::start();
    page(&elsewhere, "/", "<p>Another server</p>");
    page(&elsewhere, "/about", &signing(&world));
    let ada = world.person("Ada Lovelace");
    speaks(&world, &ada, &world.peer.origin).await;
    becomes(&world, &world.peer.origin, "listed", None).await;
    // Only who has an account there has these pages read.
    speaks(&world, &ada, &elsewhere.origin).await;
    becomes(&world, &elsewhere.origin, "pending", Some("link")).await;
    elsewhere.more_requests_than(1).await;
    assert!(
        elsewhere
            .request_lines()
            .iter()
            .all(|line| !line.contains("/about")),
        "{:?}",
        elsewhere.request_lines()
    );
    world.assert_is_sound();
}

async fn the_entry_ends_with_the_last_who_speaks_for_it(database: &str) {
    let world = World::with(database, SOON).await;
    let site = FakeServer::start();
    page(&site, "/x", &signing(&world));
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
    let address = site.url("/x");
    let first = speaks(&world, &ada, &address).await;
    becomes(&world, &address, "listed", None).await;
    let second = speaks(&world, &bo, &address).await;
    ada.does(&ada.delete(&first)).await;
    becomes(&world, &address, "listed", None).await;
    let edit = bo.edit(&second, |note| {
        note["content"] = json!("<p>What a letter</p>");
    });
    bo.does(&edit).await;
    becomes(&world, &address, "withdrawn", None).await;
    assert_eq!(world.number("organisations").await, 0);
    world.assert_is_sound();
}

async fn a_deleted_post_that_nobody_told_us_of_ends_it(database: &str) {
    let world = World::with(database, SOON).await;
    let site = FakeServer::start();
    page(&site, "/x", &signing(&world));
    let ada = world.person("Ada Lovelace");
    let note = speaks(&world, &ada, &site.url("/x")).await;
    becomes(&world, &site.url("/x"), "listed", None).await;
    let id = Url::parse(note["id"].as_str().unwrap()).unwrap();
    world.peer.remove(id.path());
    becomes(&world, &site.url("/x"), "withdrawn", None).await;
    world.assert_is_sound();
}
