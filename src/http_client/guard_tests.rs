//! Tests of the guard: all networks that are not public, and the rule on URLs.

use super::*;

/// First and last address of every network that is refused, written down a second time.
const RANGES_V4: &[(&str, &str)] = &[
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
];

const RANGES_V6: &[(&str, &str)] = &[
    ("::", "::ff:ffff"), // unspecified, loopback and the rest of 0.0.0.0/8
    ("64:ff9b::", "64:ff9b::ffff:ffff"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"), // both ORCHIDs
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), // link-local, site-local, multicast
];

fn guard(allow: &[&str]) -> Guard {
    Guard::new(allow.iter().map(|it| it.parse().unwrap()).collect())
}

fn check(address: IpAddr, allowed: bool) {
    let expected = if allowed {
        Ok(())
    } else {
        Err(Forbidden::Address(address))
    };
    assert_eq!(
        guard(&[]).address_is_allowed(address),
        expected,
        "{address}"
    );
}

#[test]
fn ipv4_networks_are_refused_from_their_first_to_their_last_address() {
    for (first, last) in RANGES_V4 {
        let first = u32::from(first.parse::<Ipv4Addr>().unwrap());
        let last = u32::from(last.parse::<Ipv4Addr>().unwrap());
        let outside = [first.checked_sub(1), last.checked_add(1)]
            .into_iter()
            .flatten();
        let cases = [first, first.midpoint(last), last]
            .map(|number| (number, false))
            .into_iter();
        for (number, allowed) in cases.chain(outside.map(|number| (number, true))) {
            let address = Ipv4Addr::from(number);
            check(address.into(), allowed);
            check(address.to_ipv6_mapped().into(), allowed);
            check(Ipv6Addr::from(u128::from(number)).into(), allowed); // ::a.b.c.d
        }
    }
}

#[test]
fn ipv6_networks_are_refused_from_their_first_to_their_last_address() {
    for (first, last) in RANGES_V6 {
        let first = u128::from(first.parse::<Ipv6Addr>().unwrap());
        let last = u128::from(last.parse::<Ipv6Addr>().unwrap());
        for number in [first, first.midpoint(last), last] {
            check(Ipv6Addr::from(number).into(), false);
        }
        for number in [first.checked_sub(1), last.checked_add(1)]
            .into_iter()
            .flatten()
        {
            check(Ipv6Addr::from(number).into(), true);
        }
    }
}

#[test]
fn servers_of_the_internet_are_allowed() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "193.0.0.1",
        "2606:4700::1",
        "2a01:4f8::1",
        "2001:200::1",
    ] {
        check(address.parse().unwrap(), true);
    }
}

#[test]
fn the_laboratory_opens_its_networks_and_no_others() {
    let guard = guard(&["127.0.0.0/8", "fd00::/8", "::1/128"]);
    let check = |address: &str, allowed: bool| {
        let address = address.parse().unwrap();
        assert_eq!(
            guard.address_is_allowed(address).is_ok(),
            allowed,
            "{address}"
        );
        assert_eq!(
            guard.address_is_in_laboratory(address).is_ok(),
            allowed,
            "{address}"
        );
    };
    for address in [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "fd12::1",
        "::1",
    ] {
        check(address, true);
    }
    for address in [
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "::2",
        "169.254.169.254",
    ] {
        check(address, false);
    }
}

#[test]
fn the_laboratory_never_contains_the_internet() {
    let guard = guard(&["0.0.0.0/0", "::/0"]);
    for address in ["1.1.1.1", "2606:4700::1", "::ffff:1.1.1.1"] {
        let address: IpAddr = address.parse().unwrap();
        assert!(guard.address_is_allowed(address).is_ok(), "{address}");
        let refused = Err(Forbidden::OutsideLaboratory(address));
        assert_eq!(guard.address_is_in_laboratory(address), refused);
    }
    assert!(
        guard
            .address_is_in_laboratory("192.168.1.1".parse().unwrap())
            .is_ok()
    );
}

/// What the guard says about a URL without a laboratory, and with one on loopback.
fn check_url(url: &str, plain: Option<Route>, laboratory: Option<Route>) {
    let parsed = Url::parse(url).unwrap();
    assert_eq!(guard(&[]).url_is_allowed(&parsed).ok(), plain, "{url}");
    let loopback = guard(&["127.0.0.0/8", "::1/128"]);
    assert_eq!(loopback.url_is_allowed(&parsed).ok(), laboratory, "{url}");
}

#[test]
fn a_public_servers_url_is_allowed_everywhere() {
    for url in [
        "https://m.example/users/ada",
        "https://m.example:443/users/ada?page=true",
        "https://bücher.example/",
        "https://m.example/@ada@other.example",
    ] {
        check_url(url, Some(Route::Public), Some(Route::Public));
    }
}

#[test]
fn odd_urls_are_for_the_laboratory() {
    for url in [
        "http://m.example/",
        "https://m.example:8443/",
        "https://m.example:80/",
        "https://localhost/",
        "https://letter/",
        "https://a.localhost/",
        "https://printer.local/",
        "https://metadata.internal/",
        "http://127.0.0.1:8080/",
        "https://127.1.2.3/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
    ] {
        check_url(url, None, Some(Route::Laboratory));
    }
}

#[test]
fn some_urls_are_refused_even_in_a_laboratory() {
    let long = format!("https://m.example/{}", "a".repeat(MAX_URL));
    for url in [
        "ftp://m.example/",
        "file:///etc/passwd",
        "data:text/plain,hello",
        "gopher://127.0.0.1/",
        "https://ada@m.example/",
        "https://ada:secret@m.example/",
        "https://:secret@m.example/",
        "https://m.example./",
        "https://m.onion/",
        "https://m.i2p/",
        "https://10.0.0.1/",
        "http://[fe80::1]/",
        "https://8.8.8.8/",
        &long,
    ] {
        check_url(url, None, None);
    }
}

#[test]
fn a_url_may_be_as_long_as_the_limit() {
    let start = "https://m.example/";
    let longest = format!("{start}{}", "a".repeat(MAX_URL - start.len()));
    check_url(&longest, Some(Route::Public), Some(Route::Public));
}
