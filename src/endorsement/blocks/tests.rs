use proptest::{prop_assert, prop_assert_eq, proptest};

use super::*;

const OWN: &[&str] = &["letter.example.org"];

fn list(entries: &[(&str, Severity)]) -> BlockList {
    let target = |text: &str| match Named::parse(text, OWN) {
        Ok(Named::Target(target)) => target,
        Ok(Named::Person(who)) => Target::Actor(who.url.unwrap()),
        Err(bad) => panic!("{text}: {bad}"),
    };
    entries
        .iter()
        .map(|(text, severity)| (target(text), *severity))
        .collect()
}

#[test]
fn a_domain_is_read_in_its_one_ascii_form() {
    let check = |text, expected: &str| {
        let domain = Target::Domain(expected.to_owned());
        assert_eq!(Named::parse(text, OWN), Ok(Named::Target(domain)), "{text}");
    };
    check("bad.example", "bad.example");
    check(" Bad.EXAMPLE ", "bad.example");
    check("bad.example.", "bad.example");
    check("*.bad.example", "bad.example");
    check("bad.example:8443", "bad.example");
    check("bücher.example", "xn--bcher-kva.example");
    check("BÜCHER.example", "xn--bcher-kva.example");
    check("xn--bcher-kva.example", "xn--bcher-kva.example");
    check("bad。example", "bad.example");
    check("sub.bad.co.uk", "sub.bad.co.uk");
    check("somebody.github.io", "somebody.github.io");
    check("localhost", "localhost");
}

#[test]
fn what_cannot_be_blocked_is_refused_with_what_to_type_instead() {
    let check = |text: &str, said: &str| {
        let refusal = Named::parse(text, OWN).unwrap_err().to_string();
        assert!(refusal.contains(said), "{text}: {refusal}");
    };
    for text in [
        "",
        "*",
        "*.",
        "bad example",
        "bad.*",
        "a..b",
        "@",
        "@ada@",
        "@@m.example",
        "a/b",
    ] {
        check(text, "is no domain");
    }
    for text in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "::1",
        "[::1]",
        "[::1]:80",
        "10.0.0.1:80",
    ] {
        check(text, "by name");
    }
    for text in ["com", "co.uk", "github.io", "*.org", "ORG."] {
        check(text, "public suffix");
    }
    for text in [
        "letter.example.org",
        "LETTER.example.org.",
        "example.org",
        "https://letter.example.org/actor",
    ] {
        check(text, "own host");
    }
    for text in ["https://bad.example", "https://bad.example/"] {
        check(text, "domain alone");
    }
    check("https:// x", "is no domain");
}

#[test]
fn a_neighbour_of_ours_can_be_blocked() {
    for text in [
        "other.example.org",
        "tter.example.org",
        "sub.letter.example.org",
    ] {
        assert!(Named::parse(text, OWN).is_ok(), "{text}");
    }
}

#[test]
fn a_person_is_meant_by_an_address_or_a_handle() {
    for text in [
        "https://m.example/users/ada",
        "@ada@m.example",
        "ada@m.example",
    ] {
        let who = Who::parse(text).unwrap();
        assert_eq!(Named::parse(text, OWN), Ok(Named::Person(who)), "{text}");
    }
}

#[test]
fn a_domain_covers_everything_below_it_and_no_neighbour() {
    let list = list(&[("bad.example", Severity::Block)]);
    for host in [
        "bad.example",
        "BAD.example",
        "bad.example.",
        "bad.example:8443",
        "a.bad.example",
        "a.b.bad.example.:443",
    ] {
        assert!(list.blocks_host(host), "{host}");
    }
    for host in [
        "notbad.example",
        "bad.example.org",
        "example",
        "ad.example",
        "",
        ":80",
        ".",
    ] {
        assert_eq!(list.host(host), None, "{host}");
    }
}

#[test]
fn the_severest_word_about_a_host_or_an_actor_holds() {
    let ada = "https://a.bad.example/users/ada";
    let list = list(&[
        ("bad.example", Severity::Limit),
        ("worse.bad.example", Severity::Block),
        (ada, Severity::Block),
        ("https://worse.bad.example/users/bo", Severity::Limit),
    ]);
    let check = |id, expected| assert_eq!(list.actor(id), expected, "{id}");
    check(ada, Some(Severity::Block));
    check("https://a.bad.example/users/cy", Some(Severity::Limit));
    check("https://worse.bad.example/users/bo", Some(Severity::Block));
    check("https://m.example/users/dee", None);
    check("no id", None);
    assert_eq!(list.host("worse.bad.example"), Some(Severity::Block));
    assert_eq!(list.host("bad.example"), Some(Severity::Limit));
}

#[test]
fn a_trusted_domain_covers_what_is_below_it() {
    let trusted: TrustedDomains = ["m.example".to_owned()].into_iter().collect();
    for (url, expected) in [
        ("https://m.example/users/ada", true),
        ("https://a.b.m.example:81/users/ada", true),
        ("https://M.example./users/ada", true),
        ("https://xm.example/users/ada", false),
        ("https://example/users/ada", false),
        ("no url", false),
    ] {
        assert_eq!(trusted.has_host_of(url), expected, "{url}");
    }
    assert!(!TrustedDomains::default().has_host_of("https://m.example/"));
}

proptest! {
    #[test]
    fn below_a_block_nothing_gets_out(
        domain in "[a-z]{1,8}\\.example", below in "([a-z0-9]{1,5}\\.){0,3}", port in "(:[0-9]{1,5})?",
    ) {
        let list = list(&[(&domain, Severity::Block)]);
        let authority = format!("{below}{domain}{port}");
        prop_assert!(list.blocks_host(&authority));
        prop_assert!(list.blocks_host(&authority.to_uppercase()));
        let id = format!("https://{below}{domain}/users/x");
        prop_assert!(list.blocks_actor(&id));
        let beside = format!("x{domain}");
        prop_assert_eq!(list.host(&beside), None);
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused_and_what_is_read_is_covered(text in ".{0,40}") {
        if let Ok(Named::Target(Target::Domain(domain))) = Named::parse(&text, OWN) {
            prop_assert_eq!(
                Named::parse(&domain, OWN),
                Ok(Named::Target(Target::Domain(domain.clone())))
            );
            let list: BlockList = [(Target::Domain(domain.clone()), Severity::Block)].into_iter().collect();
            prop_assert!(list.blocks_host(&domain));
        }
    }
}
