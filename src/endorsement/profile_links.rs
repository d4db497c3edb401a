//! Links of profiles that may show who is the same person: which count, and what a look at both sides means.
//!
//! A profile may link to anything, so only a link that the other side gives back counts: a GitHub account that lists the
//! Fediverse account among its own, the website of an organisation that does, or another account that names this one in
//! `alsoKnownAs` and is named by it.
//!
//! Not here: the reading of profiles and pages (`federation::link_look`), and what is stored (`store`).

use std::time::Duration;

use url::{Host, Url};

use crate::{clock::Millis, string_enum::words};

/// Longest name of a GitHub account, in characters.
const MAX_GITHUB_NAME: usize = 39;

words! {
    /// What is known of a link.
    pub enum LinkState {
        /// Both sides link each other.
        Linked = "linked",
        /// Only the profile links.
        Claimed = "claimed",
        /// An administrator took it away; no look brings it back.
        Removed = "removed",
    }
}

/// What a look at both sides of a link found; both were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSight {
    /// They link each other.
    Mutual,
    /// Only the profile links.
    OneWay,
    /// The profile links to nothing of the kind.
    Nothing,
}

/// What follows from a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// They are linked.
    Link,
    /// The claim is kept, for a suggestion.
    Claim,
    /// What is known stays; that this look missed a side is noted, and a second one follows.
    Miss,
    /// What is known stays.
    Keep,
    /// Nothing is known any more.
    Drop,
}

/// What follows from a look. `missed_at`: when an earlier look first missed a side of what is linked. A link ends with the
/// second look that misses a side, `grace` after the first one or later.
pub fn after_look(
    known: Option<(LinkState, Option<Millis>)>,
    sight: LinkSight,
    now: Millis,
    grace: Duration,
) -> LinkChange {
    match (known, sight) {
        (Some((LinkState::Removed, _)), _) | (None, LinkSight::Nothing) => LinkChange::Keep,
        (_, LinkSight::Mutual) => LinkChange::Link,
        (Some((LinkState::Linked, None)), _) => LinkChange::Miss,
        (Some((LinkState::Linked, Some(missed_at))), _) if now.since(missed_at) < grace => {
            LinkChange::Keep
        }
        (_, LinkSight::OneWay) => LinkChange::Claim,
        (_, LinkSight::Nothing) => LinkChange::Drop,
    }
}

/// The name of the GitHub account whose profile a link leads to, where profiles stand below `pages`; `None` for every
/// other address there, such as one of a repository.
pub fn github_name(link: &str, pages: &Url) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let is_plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !is_plain || url.origin() != pages.origin() {
        return None;
    }
    let base = pages.path().trim_end_matches('/');
    let path = url.path().strip_prefix(base)?.strip_prefix('/')?;
    let name = path.strip_suffix('/').unwrap_or(path);
    is_github_name(name).then(|| name.to_owned())
}

/// Whether GitHub gives such names: letters, digits and single hyphens between them
/// (<https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication>).
pub fn is_github_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !name.is_empty()
        && name.len() <= MAX_GITHUB_NAME
        && name.chars().all(fits)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// The host of a website whose front page a link leads to. Whoever writes that page answers for the whole host; another
/// page may be a stranger's.
pub fn front_page_host(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let is_front = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let Some(Host::Domain(host)) = url.host().filter(|_| is_front) else {
        return None;
    };
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// Whether one of these links leads to one of an account's own addresses. A slash at the end makes no difference; capitals
/// in the path do, because there are servers where they tell two accounts apart.
pub fn leads_to(links: &[String], addresses: &[&str]) -> bool {
    let addresses: Vec<_> = addresses
        .iter()
        .filter_map(|address| same(address))
        .collect();
    links
        .iter()
        .filter_map(|link| same(link))
        .any(|link| addresses.contains(&link))
}

/// An address without what makes no difference.
fn same(address: &str) -> Option<String> {
    let mut url = Url::parse(address.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_fragment(None);
    Some(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_profile_names_an_account() {
        let github = Url::parse("https://github.com").unwrap();
        for (link, expected) in [
            ("https://github.com/ada", Some("ada")),
            ("https://github.com/Ada-L/", Some("Ada-L")),
            ("https://GitHub.com/ada", Some("ada")),
            ("https://github.com/", None),
            ("https://github.com/ada/engine", None),
            ("https://github.com/ada?tab=stars", None),
            ("https://github.com/ada#x", None),
            ("https://github.com//ada", None),
            ("https://github.com/a--b", None),
            ("https://github.com/-ada", None),
            ("https://github.com/ada-", None),
            ("https://github.com/ad%61", None),
            ("https://github.com/аda", None),
            ("https://github.com/x/../ada", Some("ada")),
            ("https://ada@github.com/ada", None),
            ("http://github.com/ada", None),
            ("https://github.com:8443/ada", None),
            ("https://github.com.evil.example/ada", None),
            ("https://evil.example/https://github.com/ada", None),
            ("https://www.github.com/ada", None),
            ("ada", None),
        ] {
            assert_eq!(github_name(link, &github).as_deref(), expected, "{link}");
        }
        let long = format!("https://github.com/{}", "a".repeat(MAX_GITHUB_NAME + 1));
        assert_eq!(github_name(&long, &github), None);
        let laboratory = Url::parse("http://127.0.0.1:81/gh/").unwrap();
        assert_eq!(
            github_name("http://127.0.0.1:81/gh/ada", &laboratory).as_deref(),
            Some("ada")
        );
        assert_eq!(github_name("http://127.0.0.1:81/ada", &laboratory), None);
    }

    #[test]
    fn only_a_front_page_speaks_for_its_host() {
        for (link, expected) in [
            ("https://acme.example", Some("acme.example")),
            ("https://www.acme.example/", Some("acme.example")),
            ("https://acme.example/~eve", None),
            ("https://acme.example/?user=eve", None),
            ("https://eve@acme.example/", None),
            ("https://192.0.2.1/", None),
            ("ftp://acme.example/", None),
        ] {
            assert_eq!(front_page_host(link).as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn a_link_back_leads_to_this_very_account() {
        let own = ["https://m.example/users/ada", "https://m.example/@ada"];
        for (link, expected) in [
            ("https://m.example/@ada", true),
            ("https://M.example/@ada/", true),
            (" https://m.example/users/ada#main", true),
            ("https://m.example/@Ada", false),
            ("https://m.example/@ada/113", false),
            ("https://m.example/@ada@n.example", false),
            ("https://n.example/@ada", false),
            ("http://m.example/@ada", false),
            ("@ada@m.example", false),
        ] {
            assert_eq!(leads_to(&[link.to_owned()], &own), expected, "{link}");
        }
    }

    #[test]
    fn a_link_ends_with_the_second_look_that_misses_it() {
        use LinkChange::{Claim, Drop, Keep, Link, Miss};
        use LinkSight::{Mutual, Nothing, OneWay};
        use LinkState::{Claimed, Linked, Removed};
        let (now, grace) = (Millis::from_millis(100), Duration::from_millis(10));
        let missed = |at| Some(Millis::from_millis(at));
        for (known, [mutual, one_way, nothing]) in [
            (None, [Link, Claim, Keep]),
            (Some((Claimed, None)), [Link, Claim, Drop]),
            (Some((Linked, None)), [Link, Miss, Miss]),
            (Some((Linked, missed(91))), [Link, Keep, Keep]),
            (Some((Linked, missed(90))), [Link, Claim, Drop]),
            (Some((Removed, None)), [Keep, Keep, Keep]),
        ] {
            for (sight, expected) in [(Mutual, mutual), (OneWay, one_way), (Nothing, nothing)] {
                let change = after_look(known, sight, now, grace);
                assert_eq!(change, expected, "{known:?} {sight:?}");
            }
        }
    }
}
