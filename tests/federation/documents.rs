//! Documents for other servers: chosen by `Accept`, readable without a signature, with the headers that caches need.

use crate::{both::on_both_databases, support::world::World};
use serde_json::Value;
use undersigned::{
    clock::{Clock as _, SystemClock},
    store::{Access, OwnObject, Store},
};

on_both_databases!(
    one_url_has_json_for_servers_and_a_page_for_people,
    documents_name_themselves_and_find_each_other,
    what_is_unknown_is_404_and_what_is_deleted_is_410,
    whoever_has_it_already_gets_304_until_it_changes,
    every_address_of_ours_leads_to_one_thing,
);

const ACTIVITY: &str = "application/activity+json";

/// `Accept` headers that servers send, and some of browsers and other programs.
const ACCEPTS: [(Option<&str>, bool); 13] = [
    (Some("application/activity+json"), true),
    (Some("application/activity+json, application/ld+json"), true),
    (
        Some(
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", \
             application/activity+json, text/html;q=0.1",
        ),
        true,
    ),
    (Some("application/ld+json"), true),
    (
        Some("application/ld+json;profile=\"https://www.w3.org/ns/activitystreams\""),
        true,
    ),
    (Some("APPLICATION/ACTIVITY+JSON"), true),
    (
        Some("text/html;q=0.5, application/activity+json;q=0.5"),
        true,
    ),
    (Some("text/html, application/activity+json;q=0.9"), false),
    (Some("application/activity+json;q=0"), false),
    (
        Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        false,
    ),
    (Some("*/*"), false),
    (Some(""), false),
    (None, false),
];

async fn one_url_has_json_for_servers_and_a_page_for_people(database: &str) {
    let world = World::new(database).await;
    for (accept, wants_json) in ACCEPTS {
        for path in [
            "/",
            "/actor",
            "/letter",
            "/outbox",
            "/letter/replies",
            "/@letter",
        ] {
            let answer = world.letter.get(path, accept).await;
            assert!(
                answer.header("vary").to_lowercase().contains("accept"),
                "{path}"
            );
            let media_type = answer.header("content-type");
            // An address for people is the id of nothing.
            let id = [("/", "/letter"), ("/@letter", "/actor")]
                .iter()
                .find(|(address, _)| *address == path);
            if let (true, Some((_, id))) = (wants_json, id) {
                assert_eq!(answer.status, 303, "{path} {accept:?}");
                assert_eq!(
                    answer.header("location"),
                    format!("{}{id}", world.letter.origin)
                );
                assert!(answer.header("cache-control").contains("private"), "{path}");
            } else if wants_json {
                assert_eq!(answer.status, 200, "{path} {accept:?}");
                assert_eq!(media_type, ACTIVITY, "{path} {accept:?}");
            } else if answer.status.is_redirection() {
                let page = format!("{}/", world.letter.origin);
                assert_eq!(
                    answer.header("location").trim_end_matches('/'),
                    page.trim_end_matches('/')
                );
            } else {
                assert_eq!(answer.status, 200, "{path} {accept:?}");
                assert!(media_type.starts_with("text/html"), "{path} {accept:?}");
            }
        }
    }
}

/// Whoever pastes an address of ours into a search finds the letter; and no two things share an address.
async fn every_address_of_ours_leads_to_one_thing(database: &str) {
    let world = World::new(database).await;
    let origin = &world.letter.origin;
    let letter = format!("{origin}/letter");
    for path in [
        "/",
        "/?utm_source=paper",
        "/supporters",
        "/supporters?sort=name",
        "/about",
        "/privacy",
        "/history",
        "/history/1",
    ] {
        let page = world.letter.get(path, Some("text/html")).await;
        assert_eq!(page.status, 200, "{path}");
        let mut links = page.body.split("<link ");
        let alternate = links.find(|link| link.contains(ACTIVITY));
        let alternate = alternate.unwrap_or_else(|| panic!("{path} names no document"));
        assert!(
            alternate.contains("rel=\"alternate\"") && alternate.contains(&letter),
            "{path}: {alternate}"
        );
    }
    let page = world.letter.get("/", Some("text/html")).await;
    assert!(page.header("link").contains(&letter));
    // A slash too many leads to the address without it, on our own host, whatever the path looks like.
    for (path, to) in [
        ("/letter/", "/letter"),
        ("/actor//", "/actor"),
        ("/supporters/?sort=name", "/supporters?sort=name"),
        ("//other.example/", "//other.example"),
    ] {
        let answer = world.letter.get(path, Some(ACTIVITY)).await;
        assert_eq!(answer.status, 308, "{path}");
        assert_eq!(answer.header("location"), format!("{origin}{to}"), "{path}");
    }
    let mut addresses = Vec::new();
    for path in ["/actor", "/instance-actor", "/letter"] {
        let document = world.letter.document(path).await;
        addresses.push(document["url"].as_str().unwrap().to_owned());
    }
    let expected = ["/@letter", "/about", "/"].map(|path| format!("{origin}{path}"));
    assert_eq!(addresses, expected);
    // The page links back to the profile's address, by which Mastodon verifies the link.
    assert!(
        page.body
            .contains(&format!("rel=\"me\" href=\"{origin}/@letter\""))
    );
}

async fn documents_name_themselves_and_find_each_other(database: &str) {
    let world = World::new(database).await;
    let origin = &world.letter.origin;
    for path in [
        "/actor",
        "/instance-actor",
        "/letter",
        "/outbox",
        "/featured",
        "/followers",
        "/following",
        "/letter/replies",
        "/letter/likes",
        "/letter/shares",
    ] {
        let document = world.letter.document(path).await;
        assert_eq!(document["id"], format!("{origin}{path}"));
    }
    let actor = world.letter.document("/actor").await;
    let letter = world.letter.document("/letter").await;
    assert_eq!(letter["attributedTo"], actor["id"]);
    assert_eq!(letter["contentMap"]["en"], letter["content"]);
    let featured = world.letter.document("/featured").await;
    assert_eq!(featured["orderedItems"][0], letter["id"]);
    let outbox = world.letter.document("/outbox").await;
    let create = find(&outbox["orderedItems"], "Create");
    let path = create["id"].as_str().unwrap().replace(origin.as_str(), "");
    assert_eq!(
        world.letter.document(&path).await["object"]["id"],
        letter["id"]
    );

    // Every form of `resource` leads to the same document, and that one to the actor, as Mastodon checks it.
    let authority = origin.trim_start_matches("http://");
    let forms = [
        format!("acct:letter@{authority}"),
        format!("acct:LETTER@{authority}"),
        format!("acct:@letter@{authority}"),
        format!("letter@{authority}"),
        format!("{origin}/actor"),
        format!("{origin}/"),
        format!("{origin}/@letter"),
    ];
    for form in forms {
        let query = url::form_urlencoded::byte_serialize(form.as_bytes()).collect::<String>();
        let path = format!("/.well-known/webfinger?resource={query}");
        let answer = world.letter.get(&path, None).await;
        assert_eq!(answer.status, 200, "{form}");
        assert_eq!(answer.header("content-type"), "application/jrd+json");
        assert_eq!(answer.json()["subject"], format!("acct:letter@{authority}"));
        let links = answer.json()["links"].as_array().unwrap().clone();
        let own = links.iter().find(|it| it["rel"] == "self").unwrap();
        assert_eq!(
            (&own["type"], &own["href"]),
            (&ACTIVITY.into(), &actor["id"])
        );
    }
    for malformed in [
        "",
        "?resource=",
        "?resource=letter",
        "?resource=acct:letter",
    ] {
        let path = format!("/.well-known/webfinger{malformed}");
        assert_eq!(
            world.letter.get(&path, None).await.status,
            400,
            "{malformed}"
        );
    }
    let unknown = "/.well-known/webfinger?resource=acct:nobody@elsewhere.example";
    assert_eq!(world.letter.get(unknown, None).await.status, 404);
}

fn find<'a>(items: &'a Value, kind: &str) -> &'a Value {
    let items = items.as_array().unwrap();
    items.iter().find(|it| it["type"] == kind).unwrap()
}

async fn what_is_unknown_is_404_and_what_is_deleted_is_410(database: &str) {
    let world = World::new(database).await;
    let deleted = "/posts/0123456789abcdef";
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let letter = tx.own_object("/letter").await.unwrap().unwrap();
    let post = OwnObject {
        path: deleted.to_owned(),
        kind: "post".to_owned(),
        deleted_at: Some(SystemClock.now()),
        ..letter
    };
    tx.save_own_object(&post).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let gone = world.letter.get(deleted, Some(ACTIVITY)).await;
    assert_eq!(gone.status, 410);
    assert_eq!(gone.header("content-type"), ACTIVITY);
    assert_eq!(gone.json()["type"], "Tombstone");
    assert_eq!(
        gone.json()["id"],
        format!("{}{deleted}", world.letter.origin)
    );
    assert_eq!(
        world.letter.get(deleted, Some("text/html")).await.status,
        410
    );
    let unknown = [
        "/posts/zzzzzzzzzzzzzzzz",
        "/activities/zzzzzzzzzzzzzzzz",
        "/quote-authorizations/zzzzzzzzzzzzzzzz",
        "/letter/nothing",
        "/@nobody",
        "/letter/replies?page=9",
        "/nodeinfo/3.0",
    ];
    for path in unknown {
        for accept in [Some(ACTIVITY), Some("text/html"), None] {
            let answer = world.letter.get(path, accept).await;
            let page = path.contains('?') && accept != Some(ACTIVITY);
            assert_eq!(answer.status == 404, !page, "{path} {accept:?}");
        }
    }
}

async fn whoever_has_it_already_gets_304_until_it_changes(database: &str) {
    let world = World::new(database).await;
    let rows = [
        ("/letter", ACTIVITY),
        ("/actor", ACTIVITY),
        ("/letter/likes", ACTIVITY),
        ("/", "text/html"),
        ("/supporters", "text/html"),
        ("/api/v1/count.json", "application/json"),
    ];
    let mut tags = Vec::new();
    for (path, accept) in rows {
        let first = world.letter.get(path, Some(accept)).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 8, "{path} {tag}");
        let headers = [("accept", accept), ("if-none-match", &tag)];
        let second = world.letter.get_with(path, &headers).await;
        assert_eq!(
            (second.status.as_u16(), second.body.as_str()),
            (304, ""),
            "{path}"
        );
        assert_eq!(second.header("etag"), tag);
        tags.push(tag);
    }
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    for ((path, accept), tag) in rows.into_iter().zip(tags) {
        let headers = [("accept", accept), ("if-none-match", &tag)];
        let answer = world.letter.get_with(path, &headers).await;
        let unchanged = path == "/actor";
        assert_eq!(answer.status == 304, unchanged, "{path}");
        let names = accept == "text/html";
        assert_eq!(answer.body.contains("Ada Lovelace"), names, "{path}");
        let caching = if names {
            "no-cache"
        } else {
            "public, max-age=60"
        };
        assert_eq!(answer.header("cache-control"), caching, "{path}");
    }
}
