//! Feeds, badge and site map: what is new for readers, and never who left.

use feed_rs::{model::Feed, parser};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    feeds_tell_what_is_new_and_who_signed,
    the_number_is_there_for_other_pages,
    search_engines_get_the_pages_without_names,
);

async fn feed(world: &World, path: &str) -> Feed {
    let answer = world.letter.get(path, None).await;
    assert_eq!(answer.status, 200, "{path}");
    assert!(
        answer
            .header("content-type")
            .starts_with("application/atom+xml")
    );
    parser::parse(answer.body.as_bytes()).unwrap()
}

fn titles(feed: &Feed) -> Vec<&str> {
    let titles = feed.entries.iter();
    titles
        .map(|entry| entry.title.as_ref().unwrap().content.as_str())
        .collect()
}

async fn feeds_tell_what_is_new_and_who_signed(database: &str) {
    let world = World::new(database).await;
    let post = world.letter.folder.path().join("post.md");
    std::fs::write(&post, "# News & more\n\nThey *read* it.\n").unwrap();
    world.commands(&["post", "create", "--file", "post.md"]);
    let ada = world.person("Ada <b> & Lovelace");
    ada.says("I sign. So be it", Audience::Public).await;
    world.commands(&["statement", "approve", &ada.id]);
    let origin = &world.letter.origin;

    let news = eventually("the post", async || {
        let news = feed(&world, "/feed.atom").await;
        (news.entries.len() == 2).then_some(news)
    })
    .await;
    assert_eq!(news.id, format!("{origin}/feed.atom"));
    let newest = &news.entries[0];
    assert!(
        titles(&news)[0].contains("News & more"),
        "{:?}",
        titles(&news)
    );
    assert!(
        newest.id.starts_with(&format!("{origin}/posts/")),
        "{}",
        newest.id
    );
    let body = newest.content.as_ref().unwrap().body.as_ref().unwrap();
    assert!(body.contains("<em>read</em>"), "{body}");
    assert_eq!(news.entries[1].id, format!("{origin}/history/1"));

    let supporters = feed(&world, "/supporters.atom").await;
    assert_eq!(supporters.entries.len(), 22);
    let first = &supporters.entries[0];
    let id = world.endorsement(&ada)["id"].as_str().unwrap().to_owned();
    assert_eq!(first.id, format!("{origin}/e/{id}"));
    let statement = first.content.as_ref().unwrap().body.as_ref().unwrap();
    assert!(statement.contains("So be it"), "{statement}");

    ada.says("withdraw", Audience::Public).await;
    let left = feed(&world, "/supporters.atom").await;
    assert_eq!(left.entries.len(), 21);
    assert!(!titles(&left).iter().any(|title| title.contains("Lovelace")));
}

async fn the_number_is_there_for_other_pages(database: &str) {
    let world = World::new(database).await;
    let signed = world.number("signed").await.to_string();
    let shields = world.letter.get("/api/v1/shields.json", None).await;
    assert_eq!(shields.header("access-control-allow-origin"), "*");
    let shields = shields.json();
    assert_eq!(shields["schemaVersion"], 1);
    assert_eq!(shields["message"], signed);
    let badge = world.letter.get("/badge.svg", None).await;
    assert_eq!(badge.header("content-type"), "image/svg+xml");
    assert!(
        badge
            .body
            .contains(&format!("<title>{signed} signatures</title>"))
    );
    let icon = world
        .client
        .get(format!("{}/favicon.ico", world.letter.origin));
    let icon = icon.send().await.unwrap();
    assert_eq!(icon.headers()["content-type"], "image/png");
}

async fn search_engines_get_the_pages_without_names(database: &str) {
    let world = World::new(database).await;
    let origin = &world.letter.origin;
    let robots = world.letter.get("/robots.txt", None).await.body;
    assert!(
        robots.contains(&format!("Sitemap: {origin}/sitemap.xml")),
        "{robots}"
    );
    let map = world.letter.get("/sitemap.xml", None).await.body;
    let addresses: Vec<_> = map
        .split("<loc>")
        .skip(1)
        .map(|rest| rest.split("</loc>").next().unwrap().replace(origin, ""))
        .collect();
    assert_eq!(
        addresses,
        [
            "/",
            "/timeline",
            "/history",
            "/statistics",
            "/about",
            "/api",
            "/privacy",
            "/history/1"
        ]
    );
    for address in addresses {
        world.letter.page(&address).await;
    }
}
