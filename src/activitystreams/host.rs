//! Hosts and domains, and the rule about inboxes that rests on them.
//!
//! A *host* is a host name, with its port if that is not the default. A *domain* is the registrable part of a
//! host name.

use url::{Host, Url};

use crate::signature::authority;

/// The registrable part of a host name by the compiled-in public suffix list: `social.example.co.uk` →
/// `example.co.uk`.
///
/// `host` may carry a port. `None` for addresses and for names without a registrable part
/// (`localhost`, `co.uk`).
pub fn domain_of(host: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    match url.host()? {
        Host::Domain(name) => psl::domain_str(name).map(str::to_owned),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// A domain in the form in which host names are compared: lower-case ASCII, with its port if it has one.
pub(super) fn ascii_domain(domain: &str) -> Option<String> {
    if domain.contains(['/', '?', '#', '@', '\\']) {
        return None;
    }
    authority(&Url::parse(&format!("https://{domain}/")).ok()?)
}

/// Whether an actor may name `inbox` as its own or its shared inbox: on the same host, or at least on the
/// same registrable domain. Otherwise an actor document could direct our POSTs at somebody else.
pub fn is_inbox_of(actor: &str, inbox: &str) -> bool {
    let (Ok(actor), Ok(inbox)) = (Url::parse(actor), Url::parse(inbox)) else {
        return false;
    };
    if !matches!(inbox.scheme(), "https" | "http") {
        return false;
    }
    let (Some(theirs), Some(named)) = (authority(&actor), authority(&inbox)) else {
        return false;
    };
    let same_domain = || domain_of(&theirs).is_some_and(|domain| Some(domain) == domain_of(&named));
    // Another port is another server: only servers on the default port are shared within a domain.
    theirs == named || (inbox.port().is_none() && same_domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_the_registrable_part_of_a_host() {
        let check = |host, expected: Option<&str>| {
            assert_eq!(domain_of(host).as_deref(), expected, "{host}");
        };
        check("social.example.co.uk", Some("example.co.uk"));
        check("M.Example:8443", Some("m.example"));
        check("a.github.io", Some("a.github.io"));
        check("co.uk", None);
        check("localhost:8080", None);
        check("127.0.0.1", None);
        check("[::1]:80", None);
        check("not a host", None);
    }

    #[test]
    fn an_inbox_belongs_to_its_actors_host_or_domain() {
        let check = |actor, inbox, expected| {
            assert_eq!(is_inbox_of(actor, inbox), expected, "{actor} {inbox}");
        };
        check(
            "https://m.example/users/ada",
            "https://m.example/inbox",
            true,
        );
        check(
            "https://M.example/users/ada",
            "https://m.example:443/inbox",
            true,
        );
        check(
            "https://social.good.org/ada",
            "https://inbox.good.org/x",
            true,
        );
        check(
            "https://social.good.org/ada",
            "https://inbox.good.org:8443/x",
            false,
        );
        check("https://good.org/ada", "https://evil.org/inbox", false);
        check("https://a.co.uk/ada", "https://b.co.uk/inbox", false);
        check(
            "https://a.github.io/ada",
            "https://b.github.io/inbox",
            false,
        );
        check(
            "http://localhost:8080/actor",
            "http://localhost:8080/inbox",
            true,
        );
        check(
            "http://localhost:8080/actor",
            "http://localhost:8081/inbox",
            false,
        );
        check("http://127.0.0.1/actor", "http://10.0.0.1/inbox", false);
        check(
            "https://m.example/users/ada",
            "file://m.example/inbox",
            false,
        );
        check("https://m.example/users/ada", "/inbox", false);
    }
}
