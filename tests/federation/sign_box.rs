//! The box on the letter's page: from a handle or a server to links by which one signs there.

use http::StatusCode;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{DeadServer, FakeServer, Reply},
        program::{Answer, eventually},
        world::{Audience, World},
    },
};

on_both_databases!(
    each_kind_of_server_is_answered_with_its_own_links,
    the_links_sign_and_say_nothing_about_who_signed,
    only_forms_of_our_own_pages_ask_and_not_too_often,
    other_ways_are_offered_where_they_exist,
    what_does_not_exist_is_not_offered,
    a_closed_letter_asks_nobody,
    a_server_is_asked_once_for_everybody_and_nobody_is_flooded_by_it,
);

const CREATE: &str = "https://w3id.org/fep/3b86/Create";
const OBJECT: &str = "https://w3id.org/fep/3b86/Object";
const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";
const NODEINFO: &str = "http://nodeinfo.diaspora.software/ns/schema/2.0";

/// A server that answers requests whose target contains this with that document, in which `ORIGIN` is its own; 404 else.
fn server(documents: Vec<(&'static str, Value)>) -> FakeServer {
    FakeServer::deciding(move |request| {
        let found = documents
            .iter()
            .find(|(part, _)| request.target.contains(part));
        match found {
            Some((_, Value::String(page))) => Reply::of_type("text/html", page.clone()),
            Some((_, document)) => {
                let text = document.to_string().replace("ORIGIN", &request.origin());
                Reply::of_type("application/jrd+json; charset=utf-8", text)
            }
            None => Reply::Status(404),
        }
    })
}

fn jrd(links: &[(&str, &str)]) -> Value {
    let link = |(rel, template): &(&str, &str)| json!({"rel": rel, "template": template});
    let links: Vec<_> = links.iter().map(link).collect();
    json!({"subject": "acct:me@m.example", "links": links})
}

fn software(name: &str) -> Vec<(&'static str, Value)> {
    let list = json!({"links": [{"rel": NODEINFO, "href": "ORIGIN/nodeinfo/2.0"}]});
    let document = json!({"version": "2.0", "software": {"name": name, "version": "1"}});
    vec![("/.well-known/nodeinfo", list), ("/nodeinfo/2.0", document)]
}

fn host(server: &FakeServer) -> String {
    Url::parse(&server.origin).unwrap().authority().to_owned()
}

async fn send(world: &World, field: &str, value: &str, headers: &[(&str, &str)]) -> Answer {
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair(field, value)
        .finish();
    let url = format!("{}/sign", world.letter.origin);
    let mut request = world.client.post(url).body(form);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    request = request.header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer.text().await.unwrap(),
    }
}

const OURS: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];

async fn typed(world: &World, text: &str) -> String {
    let answer = send(world, "account", text, OURS).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("x-robots-tag").contains("noindex"));
    answer.body
}

/// The links of a page that lead to this server.
fn links_to(page: &str, server: &FakeServer) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1);
    let hrefs = hrefs.filter_map(|rest| rest.split('"').next());
    hrefs
        .filter(|href| href.starts_with(&server.origin))
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

async fn each_kind_of_server_is_answered_with_its_own_links(database: &str) {
    let world = World::new(database).await;
    let intents = [
        (CREATE, "ORIGIN/compose?text={content}&reply={inReplyTo}"),
        (OBJECT, "ORIGIN/open?uri={object}"),
    ];
    let of_account = "resource=acct";
    let of_origin = "resource=http";
    let with_software = |name: &str, mut documents: Vec<(&'static str, Value)>| {
        documents.extend(software(name));
        documents
    };
    let both = &["/compose?text=", "/open?uri="][..];
    for (what, documents, expected) in [
        (
            "intents of the account",
            vec![(of_account, jrd(&intents))],
            both,
        ),
        (
            "intents of the server alone",
            vec![(of_origin, jrd(&intents))],
            both,
        ),
        (
            "the template of OStatus, and known software",
            with_software(
                "mastodon",
                vec![(
                    of_account,
                    jrd(&[(SUBSCRIBE, "ORIGIN/subscribe?acct={uri}")]),
                )],
            ),
            &["/share?text=", "/subscribe?acct="],
        ),
        (
            "known software alone",
            software("misskey"),
            &["/share?text="],
        ),
        ("software that nobody knows", software("unheard-of"), &[]),
        (
            "links to another server",
            vec![(
                of_account,
                jrd(&[
                    (CREATE, "https://evil.example/share?text={content}"),
                    (OBJECT, "javascript:alert({object})"),
                ]),
            )],
            &[],
        ),
        (
            "a page",
            vec![("/.well-known", json!("<!doctype html><p>Hello"))],
            &[],
        ),
        ("nothing", vec![], &[]),
    ] {
        let home = server(documents);
        let page = typed(&world, &format!("@me@{}", host(&home))).await;
        let links = links_to(&page, &home);
        assert_eq!(links.len(), expected.len(), "{what}: {links:?}");
        for (link, part) in links.iter().zip(expected) {
            assert!(link.contains(part), "{what}: {link}");
        }
        assert!(!page.contains("evil.example"), "{what}");
        assert!(!page.contains("javascript:"), "{what}");
        assert_eq!(page.contains("gave no link"), expected.is_empty(), "{what}");
        // Whoever finds nothing there reads how it is done by hand.
        assert!(page.contains(&format!("{}/letter", world.letter.origin)));
    }
    let home = server(vec![(of_origin, jrd(&intents))]);
    for text in [host(&home), format!("{}/about", home.origin)] {
        let page = typed(&world, &text).await;
        assert_eq!(links_to(&page, &home).len(), 2, "{text}");
    }
    let dead = DeadServer::new();
    let page = typed(&world, &format!("@me@{}", dead.authority())).await;
    assert!(page.contains("gave no link"));
    for text in ["", "me", "@me@", "<script>alert(1)</script>"] {
        let page = typed(&world, text).await;
        assert!(page.contains("neither a handle nor a server"), "{text}");
        assert!(!page.contains("<script"), "{text}");
    }
}

async fn the_links_sign_and_say_nothing_about_who_signed(database: &str) {
    let world = World::new(database).await;
    let home = server(vec![(
        "resource=acct",
        jrd(&[
            (CREATE, "ORIGIN/share?text={content}"),
            (OBJECT, "ORIGIN/open?uri={object}"),
        ]),
    )]);
    let handle = format!("@me@{}", host(&home));
    let before = typed(&world, &handle).await;
    let links = links_to(&before, &home);
    let value = |link: &str| {
        let url = Url::parse(link).unwrap();
        url.query_pairs().next().unwrap().1.into_owned()
    };
    let (text, opened) = (value(&links[0]), value(&links[1]));
    assert_eq!(opened, format!("{}/letter", world.letter.origin));
    // What the link fills in signs, published as it is.
    let ada = world.person("Ada Lovelace");
    let (handle_of_letter, words) = text.split_once(' ').unwrap();
    let own = Url::parse(&world.letter.origin).unwrap();
    assert_eq!(handle_of_letter, format!("@letter@{}", own.authority()));
    let mut note = ada.reply(words, Audience::Public);
    note.as_object_mut().unwrap().remove("inReplyTo");
    ada.does(&ada.create(&note)).await;
    assert_eq!(world.state(&ada), "listed");
    let its_own = typed(&world, world.endorsement(&ada)["handle"].as_str().unwrap()).await;
    assert!(!its_own.contains("Ada"), "{its_own}");
    let after = typed(&world, &handle).await;
    assert_eq!(before, after);
}

async fn only_forms_of_our_own_pages_ask_and_not_too_often(database: &str) {
    let world = World::new(database).await;
    let home = server(software("mastodon"));
    let text = host(&home);
    let origin = world.letter.origin.clone();
    for (headers, status) in [
        (vec![], 403),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (
            vec![
                ("sec-fetch-site", "cross-site"),
                ("origin", origin.as_str()),
            ],
            403,
        ),
        (vec![("origin", origin.as_str())], 200),
        (vec![("sec-fetch-site", "same-origin")], 200),
    ] {
        let answer = send(&world, "account", &text, &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
    }
    let huge = send(&world, "account", &"x".repeat(5000), OURS).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let caller = [OURS, &[("x-forwarded-for", "192.0.2.7")]].concat();
    // Nobody listens there, and each is another server.
    let nobody = |n: u32| format!("127.0.0.1:{}", 2 + n);
    let mut asked = 0;
    let refused = loop {
        let answer = send(&world, "account", &nobody(asked), &caller).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        asked += 1;
        assert!(asked < 60, "it may refill meanwhile");
    };
    assert!(asked >= 20, "{asked}");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.header("retry-after").is_empty());
    // It is the asking that is counted.
    for known in ["me", &text] {
        let answer = send(&world, "account", known, &caller).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let other = [OURS, &[("x-forwarded-for", "192.0.2.8")]].concat();
    let answer = send(&world, "account", &text, &other).await;
    assert_eq!(answer.status, StatusCode::OK);
}

async fn other_ways_are_offered_where_they_exist(database: &str) {
    let settings = "letter.source_url = 'https://raw.githubusercontent.com/o/r/main/docs/letter.md'
                    letter.sync_interval = '100d'
                    actor.contact = 'Ada <ada@letter.example>'
                    web.join_url = 'https://servers.example/'";
    let world = World::with(database, settings).await;
    let front = world.letter.page("/").await;
    for part in [
        "action=\"/sign\"",
        "https://servers.example/",
        "name=\"name\"",
        "mailto:ada@letter.example?subject=I%20sign",
    ] {
        assert!(front.contains(part), "{part}");
    }
    let line = send(&world, "name", "Ada *King* Lovelace", OURS).await;
    assert!(
        line.body.contains(r"- Ada \*King\* Lovelace"),
        "{}",
        line.body
    );
    let edit = "https://github.com/o/r/edit/main/docs/letter.md";
    assert!(line.body.contains(edit));
    let bad = send(&world, "name", "ada@mail.example", OURS).await;
    assert!(bad.body.contains("no name for the list"));
}

async fn what_does_not_exist_is_not_offered(database: &str) {
    let world = World::with(database, "web.join_url = ''").await;
    let front = world.letter.page("/").await;
    assert!(front.contains("action=\"/sign\""));
    for part in ["name=\"name\"", "mailto:ada", "Find a server"] {
        assert!(!front.contains(part), "{part}");
    }
}

async fn a_closed_letter_asks_nobody(database: &str) {
    let world = World::new(database).await;
    world.commands(&["letter", "close"]);
    let home = FakeServer::start();
    eventually("the closing", async || {
        let page = world.letter.page("/").await;
        page.contains("Signing is closed").then_some(())
    })
    .await;
    let page = typed(&world, &host(&home)).await;
    assert!(page.contains("Signing is closed"));
    assert!(home.request_lines().is_empty());
    assert!(!world.letter.page("/").await.contains("action=\"/sign\""));
}

async fn a_server_is_asked_once_for_everybody_and_nobody_is_flooded_by_it(database: &str) {
    let world = World::new(database).await;
    // A server that leads us to another one, as often as we let it.
    let victim = FakeServer::named("localhost");
    let target = victim.url("/expensive");
    let leads = FakeServer::deciding(move |_| Reply::redirect(&target));
    for name in ["ada", "bob", "cid"] {
        let page = typed(&world, &format!("@{name}@{}", host(&leads))).await;
        assert!(page.contains("gave no link"));
    }
    // The account, the server, its software; once for all three people.
    let asked = victim.request_lines();
    assert!(asked.len() <= 3, "{asked:?}");
    // Whoever lets us wait holds two places of one client, and the page tells the other ways.
    let [silent, patient] = [(); 2].map(|()| FakeServer::named("localhost"));
    for server in [&silent, &patient] {
        server.reply_at("/.well-known/webfinger", Reply::Hang);
        server.reply_at("/.well-known/nodeinfo", Reply::Hang);
    }
    let caller = [OURS, &[("x-forwarded-for", "192.0.2.9")]].concat();
    let (one, two) = (host(&silent), host(&patient));
    let waiting = futures_util::future::join(
        send(&world, "account", &one, &caller),
        send(&world, "account", &two, &caller),
    );
    let third = async {
        silent.more_requests_than(0).await;
        patient.more_requests_than(0).await;
        let page = send(&world, "account", "127.0.0.1:2", &caller).await;
        assert!(page.body.contains("gave no link"));
    };
    let ((first, second), ()) = futures_util::future::join(waiting, third).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::OK, StatusCode::OK)
    );
}
