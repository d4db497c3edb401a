//! The timeline, the pages of hashtags, and what the letter's state changes on pages and in the profile.

use serde_json::json;

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    the_timeline_tells_what_happened_and_names_nobody,
    a_hashtag_leads_to_the_posts_that_bear_it,
    nothing_offers_to_sign_a_paused_or_closed_letter,
    the_profile_has_a_header_picture_of_the_organisers_or_drawn,
);

/// Waits until a page has these words.
async fn says(world: &World, path: &str, words: &str) -> String {
    eventually(words, async || {
        let page = world.letter.page(path).await;
        page.contains(words).then_some(page)
    })
    .await
}

fn posts(world: &World, text: &str) -> String {
    std::fs::write(world.letter.folder.path().join("post.md"), text).unwrap();
    let post = world.letter.json(&["post", "create", "--file", "post.md"]);
    let url = post["url"].as_str().unwrap();
    url.strip_prefix(&world.letter.origin).unwrap().to_owned()
}

async fn the_timeline_tells_what_happened_and_names_nobody(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign", Audience::Public).await;
    let post = posts(&world, "They *answered* @nobody.\n");
    world.commands(&["letter", "pause"]);
    world.commands(&["letter", "open"]);
    world.commands(&["letter", "close"]);
    let page = says(&world, "/timeline", "Signing was closed.").await;
    let link = format!("<a href=\"{post}\">News about this letter</a>");
    let newest_first = [
        "Signing was closed.",
        "Signing was opened again.",
        "Signing was paused.",
        link.as_str(),
        "They answered @nobody.",
        "<a href=\"/history/1\">The letter was published.</a>",
    ];
    let places = newest_first.map(|words| {
        page.find(words)
            .unwrap_or_else(|| panic!("{words}: {page}"))
    });
    assert!(places.is_sorted(), "{page}");
    assert!(!page.contains("Lovelace"), "{page}");
    let front = world.letter.page("/").await;
    assert!(
        front.contains("<a href=\"/timeline\">Timeline</a>"),
        "{front}"
    );
    let feed = world.letter.get("/feed.atom", None).await.body;
    assert!(
        feed.contains("<title>Signing was closed.</title>"),
        "{feed}"
    );
    // What is deleted happened to nobody.
    let id = post.trim_start_matches("/posts/");
    world.commands(&["post", "delete", id, "--yes"]);
    eventually("the post is gone", async || {
        let page = world.letter.page("/timeline").await;
        (!page.contains(&post)).then_some(())
    })
    .await;
}

async fn a_hashtag_leads_to_the_posts_that_bear_it(database: &str) {
    let world = World::with(database, "letter.hashtags = ['OpenLetter']").await;
    let tagged = posts(&world, "About #Größe.\n");
    let other = posts(&world, "About nothing.\n");
    let page = says(&world, "/tags/gr%C3%B6%C3%9Fe", &tagged).await;
    assert!(
        page.contains("Posts with #Größe") && !page.contains(&other),
        "{page}"
    );
    assert!(page.contains("content=\"noindex\""));
    // The letter bears the configured ones, and so do all posts.
    let page = says(&world, "/tags/openletter", &other).await;
    assert!(
        page.contains("Posts with #OpenLetter") && page.contains(&tagged),
        "{page}"
    );
    let note = world.letter.document("/letter").await;
    let href = note["tag"][0]["href"].as_str().unwrap();
    assert_eq!(href, format!("{}/tags/openletter", world.letter.origin));
    for missing in ["/tags/nothing", "/tags/%FF"] {
        let answer = world.letter.get(missing, Some("text/html")).await;
        assert!(
            answer.status.is_client_error(),
            "{missing}: {}",
            answer.status
        );
    }
}

async fn nothing_offers_to_sign_a_paused_or_closed_letter(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    world.settle().await;
    let post = posts(&world, "Thank you.\n");
    let entry = world.endorsement(&ada)["id"].as_str().unwrap().to_owned();
    let entry = format!("/e/{entry}");
    let offers = [
        ("/", "href=\"#sign\""),
        ("/", "action=\"/sign\""),
        (post.as_str(), "Read and sign the letter"),
        (entry.as_str(), "Read the letter, and sign it"),
    ];
    for (path, offer) in offers {
        says(&world, path, offer).await;
    }
    let summary = async || {
        let actor = world.letter.document("/actor").await;
        actor["summary"].as_str().unwrap().to_owned()
    };
    assert!(summary().await.contains("To sign,"));

    let mut told = world.peer.deliveries("Update").len();
    for (command, notice, profile) in [
        (
            "pause",
            "Signing is paused.",
            "Signing this letter is paused for now",
        ),
        ("close", "Signing closed on ", "This letter is closed"),
    ] {
        world.commands(&["letter", command]);
        says(&world, "/", notice).await;
        for (path, offer) in offers {
            let page = world.letter.page(path).await;
            assert!(!page.contains(offer), "{command} {path}: {offer}");
        }
        let page = world.letter.page(&post).await;
        assert!(page.contains("Read the letter</a>"), "{page}");
        assert!(summary().await.contains(profile), "{}", summary().await);
        // The followers' servers are told of the profile at once.
        let update = eventually("an Update of the actor", async || {
            let updates = world.peer.deliveries("Update").into_iter().skip(told);
            let mut of_actor =
                updates.filter(|it| it.activity["object"]["id"] == ada.letters("/actor"));
            of_actor.next()
        })
        .await;
        let said = update.activity["object"]["summary"].as_str().unwrap();
        assert!(said.contains(profile), "{said}");
        world.settle().await;
        told = world.peer.deliveries("Update").len();
    }
    let page = world.letter.page("/").await;
    assert!(
        page.contains("The result") && !page.contains("How to sign"),
        "{page}"
    );

    // A closing that is announced is shown before.
    world.commands(&["letter", "open"]);
    world.commands(&["letter", "close", "--at", "2100-02-03T04:05:00Z"]);
    let page = says(
        &world,
        "/",
        "Signing closes on 3 February 2100 at 04:05 UTC.",
    )
    .await;
    assert!(page.contains("action=\"/sign\""), "{page}");
}

async fn the_profile_has_a_header_picture_of_the_organisers_or_drawn(database: &str) {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nheader";
    let mut world = World::new(database).await;
    let drawn = world.letter.document("/actor").await["image"].clone();
    let path = drawn["url"].as_str().unwrap();
    let path = path.strip_prefix(&world.letter.origin).unwrap().to_owned();
    let answer = world.letter.get(&path, None).await;
    assert_eq!(answer.header("content-type"), "image/png");
    world.letter.stop().await;
    std::fs::write(world.letter.folder.path().join("header.png"), PNG).unwrap();
    world.letter.set("actor.header = 'header.png'");
    world.letter.serve().await;
    let image = world.letter.document("/actor").await["image"].clone();
    assert_eq!(
        (&image["type"], &image["mediaType"]),
        (&json!("Image"), &json!("image/png"))
    );
    assert_ne!(image["url"], drawn["url"]);
    let url = image["url"].as_str().unwrap();
    let path = url.strip_prefix(&world.letter.origin).unwrap();
    assert!(path.starts_with("/header?v="), "{path}");
    let answer = world.letter.get(path, None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "image/png");
    world.letter.stop().await;
    std::fs::write(world.letter.folder.path().join("header.png"), "GIF89a").unwrap();
    let (_, log) = world.letter.serve_in_vain().await;
    assert!(
        log.contains("actor.header is neither a PNG nor a JPEG file"),
        "{log}"
    );
}
