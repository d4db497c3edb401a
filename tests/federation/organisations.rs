//! Organisations: those that wrote and those with an account in one list by their addresses, with a number of its own.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    those_by_hand_stand_with_accounts_that_were_let_in,
    a_long_list_has_pages_of_its_own,
    while_names_are_off_no_organisation_is_named,
);

fn add(world: &World, name: &str, url: &str) -> Value {
    let reference = "secret@mail.example";
    world.letter.json(&[
        "organisation",
        "add",
        "--name",
        name,
        "--url",
        url,
        "--ref",
        reference,
    ])
}

/// Waits until so many organisations count.
async fn count_is(world: &World, n: i64) {
    eventually(&format!("{n} organisations"), async || {
        (world.number("organisations").await == n).then_some(())
    })
    .await;
}

/// The section of the list; empty when there is none.
async fn section(world: &World, path: &str) -> String {
    let page = world.letter.page(path).await;
    assert!(!page.contains("secret@mail.example"), "{page}");
    let (_, section) = page
        .split_once("<section aria-labelledby=\"organisations-heading\">")
        .unwrap_or_default();
    let (section, _) = section.split_once("</section>").unwrap_or_default();
    section.to_owned()
}

/// Where each of these texts stands.
fn places(text: &str, parts: &[&str]) -> Vec<usize> {
    let place = |part: &&str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    parts.iter().map(place).collect()
}

async fn those_by_hand_stand_with_accounts_that_were_let_in(database: &str) {
    let world = World::new(database).await;
    let total = world.number("total").await;
    assert!(!world.letter.page("/").await.contains("organisations"));
    let acme = world.person_who("Acme Collective", |actor| actor["type"] = json!("Group"));
    acme.says("I sign", Audience::Public).await;
    eventually("it waits", async || {
        (world.listed(&[]).len() == 1).then_some(())
    })
    .await;
    assert_eq!(world.state(&acme), "pending");
    add(&world, "Zeta & Söhne", "https://zeta.example/");
    add(
        &world,
        "<script>alert(1)</script>",
        "https://BÜCHER.example/de",
    );
    count_is(&world, 2).await;
    assert!(!section(&world, "/supporters").await.contains("Acme"));
    world.letter.json(&["endorsement", "approve", &acme.id]);
    count_is(&world, 3).await;

    let list = section(&world, "/supporters").await;
    assert!(
        list.contains(">Projects, servers and organisations: 3<"),
        "{list}"
    );
    let found = places(
        &list,
        &[
            "Acme Collective",
            "xn--bcher-kva.example/de",
            "zeta.example",
        ],
    );
    assert!(found.is_sorted(), "{found:?}: {list}");
    let link = "<a href=\"https://xn--bcher-kva.example/de\" rel=\"nofollow ugc noopener noreferrer\">\
                <bdi>xn--bcher-kva.example/de</bdi></a>";
    assert!(list.contains(link) && !list.contains("<script"), "{list}");
    let front = world.letter.page("/").await;
    assert!(
        front.contains("Projects, servers and organisations: 3"),
        "{front}"
    );
    let badge = world.letter.get("/badge.svg", None).await.body;
    assert!(
        badge.contains(" · Projects, servers and organisations: 3</title>"),
        "{badge}"
    );
    assert_eq!(world.number("total").await, total);

    // Each has a page, and a search finds it.
    let zeta = &world.letter.json(&["organisation", "list"])[2];
    assert_eq!(zeta["name"], "Zeta & Söhne");
    let page = format!("/e/{}", zeta["id"].as_str().unwrap());
    let entry = world.letter.page(&page).await;
    assert!(
        entry.contains("Zeta &#38; Söhne") && entry.contains(">zeta.example<"),
        "{entry}"
    );
    let found = section(&world, "/supporters?q=sohne").await;
    assert!(
        found.contains("zeta.example") && !found.contains("Acme"),
        "{found}"
    );
    // They are no supporters of the list for programs.
    for path in [
        "/api/v1/supporters.json?kind=organisations",
        "/supporters?kind=organisations&sort=name",
    ] {
        let refused = world.letter.get(path, None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let all = world.letter.get("/api/v1/supporters.json", None).await.body;
    assert!(!all.contains("zeta.example"), "{all}");

    // What is removed is off with its page, at once for whoever asks.
    let id = zeta["id"].as_str().unwrap();
    let remove = ["organisation", "remove", id, "--reason", "request"];
    world.letter.json(&remove);
    count_is(&world, 2).await;
    eventually("it is off the list", async || {
        (!section(&world, "/supporters").await.contains("zeta")).then_some(())
    })
    .await;
    let gone = world.letter.get(&page, Some("text/html")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    world.assert_is_sound();
}

async fn a_long_list_has_pages_of_its_own(database: &str) {
    let world = World::new(database).await;
    let rows = (0..203).map(|n| format!("Org {n:03},https://org{n:03}.example,mail {n}\n"));
    let file = format!("name,url,ref\n{}", rows.collect::<String>());
    std::fs::write(world.letter.path("orgs.csv"), file).unwrap();
    let import = ["organisation", "import", "orgs.csv", "--apply"];
    assert_eq!(world.letter.json(&import)["organisations"], 203);
    count_is(&world, 203).await;
    let next = |section: &str| {
        let (_, after) = section.split_once("rel=\"next\" href=\"")?;
        let (href, _) = after.split_once('"')?;
        Some(href.replace("&#38;", "&"))
    };
    let first = eventually("the list", async || {
        let first = section(&world, "/supporters").await;
        (!first.is_empty()).then_some(first)
    })
    .await;
    assert_eq!(first.matches("<li ").count(), 200);
    let second = next(&first).unwrap();
    assert!(second.starts_with("/supporters?kind=organisations&after="));
    let page = world.letter.page(&second).await;
    assert!(!page.contains("Lea Verou"), "people have other pages");
    let rest = section(&world, &second).await;
    assert_eq!((rest.matches("<li ").count(), next(&rest)), (3, None));
    assert!(rest.contains("rel=\"prev\" href=\"/supporters?kind=organisations&#38;before="));
    // Beside what is not there any more is the first page.
    let list = world.letter.json(&["organisation", "list"]);
    let last = list[199]["id"].as_str().unwrap();
    world
        .letter
        .json(&["organisation", "remove", last, "--reason", "spam"]);
    count_is(&world, 202).await;
    let moved = eventually("the first page", async || {
        let answer = world.letter.get(&second, Some("text/html")).await;
        (answer.status == StatusCode::SEE_OTHER).then_some(answer)
    })
    .await;
    assert_eq!(moved.header("location"), "/supporters?kind=organisations");
    let first = section(&world, moved.header("location")).await;
    assert!(first.contains("org000.example"), "{first}");
}

async fn while_names_are_off_no_organisation_is_named(database: &str) {
    let world = World::new(database).await;
    let acme = add(&world, "Acme", "https://acme.example");
    count_is(&world, 1).await;
    let entry = format!("/e/{}", acme["id"].as_str().unwrap());
    world
        .letter
        .json(&["names", "off", "--reason", "other: threats"]);
    let paths = ["/supporters", "/supporters?kind=organisations"];
    for path in paths {
        eventually(path, async || {
            let page = world.letter.page(path).await;
            (!page.contains("acme.example")).then_some(())
        })
        .await;
    }
    eventually("no page of its own", async || {
        let answer = world.letter.get(&entry, Some("text/html")).await;
        (answer.status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    assert_eq!(world.number("organisations").await, 1);
    world.letter.json(&["names", "on"]);
    eventually("it is back", async || {
        let page = section(&world, "/supporters").await;
        page.contains("acme.example").then_some(())
    })
    .await;
}
