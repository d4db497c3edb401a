use proptest::prelude::*;

use ::url::Url;

use crate::{
    activitystreams::{Own, OwnActor, Urls, UseKind},
    random::PublicId,
};

fn urls() -> Urls {
    Urls::new(
        &Url::parse("https://Letter.example/").unwrap(),
        "",
        "letter",
    )
}

fn id() -> PublicId {
    PublicId::from("0123456789abcdef".to_owned())
}

fn everything() -> Vec<Own> {
    vec![
        Own::Actor,
        Own::Key(OwnActor::Letter, 1),
        Own::Key(OwnActor::Letter, 2),
        Own::InstanceActor,
        Own::Key(OwnActor::Instance, 1),
        Own::Key(OwnActor::Instance, 27),
        Own::InstanceOutbox,
        Own::Letter,
        Own::Inbox,
        Own::ActorInbox,
        Own::Outbox,
        Own::Followers,
        Own::Following,
        Own::Featured,
        Own::Replies,
        Own::Likes,
        Own::Shares,
        Own::Post(id()),
        Own::Activity(id()),
        Own::Authorization(UseKind::Quote, id()),
        Own::Authorization(UseKind::Feature, id()),
        Own::Page,
        Own::Profile,
        Own::Supporters,
    ]
}

#[test]
fn every_url_of_ours_is_read_back() {
    for own in everything() {
        assert_eq!(
            urls().parse(&urls().url(&own)),
            Some(own.clone()),
            "{own:?}"
        );
        assert!(urls().is_ours(&urls().url(&own)));
    }
}

#[test]
fn urls_are_spelt_as_they_are_promised() {
    let urls = urls();
    assert_eq!(urls.actor(), "https://letter.example/actor");
    for (owner, number, id) in [
        (OwnActor::Letter, 1, "https://letter.example/actor#main-key"),
        (OwnActor::Letter, 2, "https://letter.example/actor#key-2"),
        (
            OwnActor::Instance,
            1,
            "https://letter.example/instance-actor#main-key",
        ),
        (
            OwnActor::Instance,
            3,
            "https://letter.example/instance-actor#key-3",
        ),
    ] {
        assert_eq!(urls.key(owner, number), id);
    }
    assert_eq!(
        urls.post(&id()),
        "https://letter.example/posts/0123456789abcdef"
    );
    assert_eq!(urls.page(), "https://letter.example/");
    assert_eq!(urls.profile(), "https://letter.example/@letter");
    assert_eq!(
        urls.tag("Öffentlicher Brief"),
        "https://letter.example/tags/%C3%B6ffentlicher%20brief"
    );
    assert_eq!(urls.icon("ab12"), "https://letter.example/icon.png?v=ab12");
    assert_eq!(urls.handle(), "@letter@letter.example");
    assert_eq!(urls.absolute("/posts/x"), "https://letter.example/posts/x");
}

#[test]
fn the_handle_can_have_a_domain_of_its_own() {
    let base = Url::parse("https://www.letter.example").unwrap();
    let urls = Urls::new(&base, "Bücher.example", "letter");
    assert_eq!(urls.handle(), "@letter@xn--bcher-kva.example");
    for domain in [
        "bücher.example",
        "XN--BCHER-KVA.example",
        "www.letter.example",
    ] {
        assert!(urls.is_our_domain(domain), "{domain}");
    }
    for domain in ["letter.example", "bücher.example/x", "x@bücher.example", ""] {
        assert!(!urls.is_our_domain(domain), "{domain}");
    }
}

#[test]
fn a_port_that_is_not_the_default_belongs_to_the_host() {
    let urls = Urls::new(&Url::parse("http://localhost:8080").unwrap(), "", "letter");
    assert_eq!(urls.handle(), "@letter@localhost:8080");
    assert_eq!(urls.letter(), "http://localhost:8080/letter");
    assert!(urls.is_ours("http://localhost:8080/x"));
    assert!(!urls.is_ours("http://localhost:8081/x"));
    assert_eq!(urls.parse("http://localhost:8081/letter"), None);
}

#[test]
fn other_spellings_of_our_urls_are_read() {
    let check = |url, expected| assert_eq!(urls().parse(url), Some(expected), "{url}");
    check("https://LETTER.example/letter", Own::Letter);
    check("HTTPS://letter.example:443/letter", Own::Letter);
    check("https://letter.example", Own::Page);
    check("https://letter.example/@LETTER", Own::Profile);
}

#[test]
fn what_is_no_url_of_ours_is_not_read() {
    let long = format!("https://letter.example/{}", "x/../".repeat(500));
    for url in [
        "https://other.example/letter",
        "https://letter.example.evil.example/letter",
        "https://letter.example:8443/letter",
        "http://letter.example/letter",
        "https://letter.example@evil.example/letter",
        "https://evil@letter.example/letter",
        "https://letter.example/letter/",
        "https://letter.example/Letter",
        "https://letter.example/letter?x",
        "https://letter.example/letter#x",
        "https://letter.example/letter#main-key",
        "https://letter.example/letter#key-2",
        "https://letter.example/actor#key-1",
        "https://letter.example/actor#key-02",
        "https://letter.example/actor#key-+2",
        "https://letter.example/actor#key-0",
        "https://letter.example/actor#key--2",
        "https://letter.example/actor#key-",
        "https://letter.example/let\nter",
        " https://letter.example/letter",
        "https:\\\\letter.example\\letter",
        "https://letter.example/posts/",
        "https://letter.example/posts/0123456789ABCDEF",
        "https://letter.example/posts/0123456789abcdeu",
        "https://letter.example/posts/0123456789abcdef0",
        "https://letter.example/@somebody",
        "/letter",
        "",
        &long,
    ] {
        assert_eq!(urls().parse(url), None, "{url:?}");
    }
}

#[test]
fn the_page_means_the_letter_too() {
    assert!(urls().parse("https://letter.example").unwrap().is_letter());
    assert!(
        urls()
            .parse("https://letter.example/letter")
            .unwrap()
            .is_letter()
    );
    assert!(!Own::Actor.is_letter());
    assert!(Own::Post(id()).is_post_or_letter() && !Own::Post(id()).is_letter());
}

#[test]
fn everything_on_our_host_is_ours_however_it_is_spelt() {
    for url in [
        "http://letter.example/unknown",
        "https://evil@letter.example/letter",
        " https://LETTER.example:443/let\nter?x#y",
        "https:\\\\letter.example\\letter",
    ] {
        assert!(urls().is_ours(url), "{url:?}");
    }
    for url in [
        "https://other.example/letter.example",
        "letter.example",
        "mailto:a@letter.example",
    ] {
        assert!(!urls().is_ours(url), "{url:?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_as_ours_is_on_our_host(url in "(https://letter.example)?[a-z/@#?:.\\\\0-9]{0,30}") {
        if urls().parse(&url).is_some() {
            prop_assert!(urls().is_ours(&url));
        }
    }
}
