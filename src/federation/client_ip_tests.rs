//! The client behind a connection: tables and properties.

use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;

/// The caller of a connection from `peer` with these header lines, with two trusted networks.
fn caller(peer: &str, lines: &[&str]) -> Caller {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        headers.append(FORWARDED_FOR, value);
    }
    let trusted = ["10.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap());
    Caller::behind(Some(peer.parse().unwrap()), &headers, &trusted)
}

fn network(address: &str) -> Caller {
    Caller(Some(Network::of(address.parse().unwrap())))
}

#[test]
fn a_trusted_proxy_names_its_client_in_the_last_entry() {
    let trusted = ["10.0.0.0/8".parse().unwrap()];
    let named = |peer: &str, lines: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let mut extensions = Extensions::new();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        extensions.insert(ConnectInfo(peer));
        Caller::named_by_proxy(&extensions, &headers, &trusted)
    };
    let is = |address: &str| Some(address.parse().unwrap());
    assert_eq!(named("10.0.0.1", &["198.51.100.7"]), is("198.51.100.7"));
    assert_eq!(
        named("::ffff:10.0.0.1", &["1.1.1.1, 10.0.0.2"]),
        is("10.0.0.2")
    );
    assert_eq!(named("10.0.0.1", &["1.1.1.1", "2.2.2.2"]), is("2.2.2.2"));
    assert_eq!(named("192.0.2.1", &["198.51.100.7"]), None);
    for nobody in [&[][..], &[""], &["1.1.1.1, unknown"], &["1.1.1.1,"]] {
        assert_eq!(named("10.0.0.1", nobody), None, "{nobody:?}");
    }
    let headers = HeaderMap::new();
    assert_eq!(
        Caller::named_by_proxy(&Extensions::new(), &headers, &trusted),
        None
    );
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let check = |peer, lines: &[&str], expected: Option<&str>| {
        let expected = expected.map_or(Caller(None), network);
        // Not `assert_eq!`: the debug output of an address is empty.
        assert!(caller(peer, lines) == expected, "{peer} {lines:?}");
    };
    // A peer that is no trusted proxy is the client itself.
    check("192.0.2.1", &[], Some("192.0.2.1"));
    check("192.0.2.1", &["198.51.100.7"], Some("192.0.2.1"));
    check("192.0.2.1", &["10.0.0.1", "::1"], Some("192.0.2.1"));
    // Behind a trusted proxy, the right-most entry that is no trusted proxy is the client.
    check("10.0.0.1", &["198.51.100.7"], Some("198.51.100.7"));
    check(
        "10.0.0.1",
        &["203.0.113.9, 198.51.100.7"],
        Some("198.51.100.7"),
    );
    check(
        "10.0.0.1",
        &["203.0.113.9,198.51.100.7,10.9.9.9"],
        Some("198.51.100.7"),
    );
    check(
        "10.0.0.1",
        &["203.0.113.9", "198.51.100.7"],
        Some("198.51.100.7"),
    );
    check(
        "10.0.0.1",
        &["203.0.113.9, 198.51.100.7", "10.0.0.2 , ::1"],
        Some("198.51.100.7"),
    );
    check("::1", &["2001:db8:1:2:3:4:5:6"], Some("2001:db8:1:2::"));
    check("::ffff:10.0.0.1", &["198.51.100.7"], Some("198.51.100.7"));
    check(
        "10.0.0.1",
        &["::ffff:10.0.0.2, ::ffff:198.51.100.7"],
        Some("198.51.100.7"),
    );
    // Some write the port, or brackets.
    check("10.0.0.1", &["198.51.100.7:4711"], Some("198.51.100.7"));
    check("10.0.0.1", &["[2001:db8::1]:4711"], Some("2001:db8::1"));
    check("10.0.0.1", &["[2001:db8::1]"], Some("2001:db8::1"));
    // Garbage on the left is ignored; on the right the client is unknown.
    check(
        "10.0.0.1",
        &["' OR 1=1, unknown, 198.51.100.7"],
        Some("198.51.100.7"),
    );
    check("10.0.0.1", &["198.51.100.7, unknown"], None);
    check("10.0.0.1", &["198.51.100.7,"], None);
    check("10.0.0.1", &["198.51.100.7", "\u{e4}"], None);
    check("10.0.0.1", &[""], None);
    // This machine.
    check("10.0.0.1", &[], None);
    check("10.0.0.1", &["10.0.0.7, ::1"], None);
}

#[test]
fn an_ipv6_caller_is_its_64_and_an_ipv4_caller_its_address() {
    let check = |one: &str, other: &str, same| {
        assert!((network(one) == network(other)) == same, "{one} {other}");
    };
    check("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true);
    check("2001:db8:1:2::1", "2001:db8:1:3::1", false);
    check("192.0.2.1", "192.0.2.2", false);
    check("192.0.2.1", "::ffff:192.0.2.1", true);
    check("::ffff:192.0.2.1", "::ffff:192.0.2.2", false);
}

#[test]
fn an_address_never_shows() {
    let shown = format!("{:?}", network("192.0.2.1"));
    assert_eq!(shown, "Caller(Some(Network))");
}

proptest! {
    #[test]
    fn what_strangers_write_changes_nothing(lines in prop::collection::vec("[ -~]{0,40}", 0..4)) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        prop_assert_eq!(caller("192.0.2.1", &lines), network("192.0.2.1"));
        // A proxy appends its peer, to the same line or on a line of its own.
        let own_line = [&lines[..], &["198.51.100.7"]].concat();
        prop_assert_eq!(caller("10.0.0.1", &own_line), network("198.51.100.7"));
        let same_line = format!("{}, 198.51.100.7", lines.join(","));
        prop_assert_eq!(caller("10.0.0.1", &[&same_line]), network("198.51.100.7"));
    }
}
