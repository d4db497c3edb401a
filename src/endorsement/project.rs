//! Projects, servers and organisations that sign by their own page: their addresses, and what a look at the page means.
//!
//! Somebody says for which address they speak ([`Phrases::project_in`](super::wording::Phrases::project_in)); that alone
//! lists nothing. What is listed is exactly the address whose own page signs.
//!
//! Not here: how pages are read (`federation::project_look`), and what is stored (`store`).

use std::time::Duration;

use url::{Host, Url};

use crate::{clock::Millis, string_enum::words};

/// The type in whose name a project has a row among the actors. No server gives an actor such a type, nor an id that
/// [`ProjectAddress::id`] makes.
pub const PROJECT: &str = "Project";

/// What ends the id of a project, so that it is no actor's id.
pub const FRAGMENT: &str = "#project";

/// Longest address, in bytes: it stands in a list that people read.
const MAX_ADDRESS: usize = 200;

/// The forge whose names are known to have no capitals of their own. Others are asked.
const GITHUB: &str = "github.com";

/// How the paths of people's profiles begin on servers of the Fediverse: such a page is its owner's, and no project.
const PROFILES: [&str; 3] = ["@", "%40", "users/"];

/// The address of a project, in the one form in which it is compared and shown: https, the host as it stands in certificates
/// (punycode, lower case), without query, fragment, user, and slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProjectAddress(Url);

impl ProjectAddress {
    /// Reads an address as somebody wrote it; `None` for what names no page of a public host, for the profile of a person, and
    /// for what stands below GitHub's domain without being a repository (a gist). In a `laboratory`, a letter that is itself
    /// served by plain http, numeric hosts and http are addresses, too.
    pub fn parse(text: &str, laboratory: bool) -> Option<Self> {
        let mut url = Url::parse(text.trim()).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let is_public = match url.host()? {
            Host::Domain(name) => {
                url.scheme() == "https"
                    && url.port().is_none()
                    && !name.ends_with('.')
                    && psl::domain_str(name).is_some()
            }
            Host::Ipv4(_) | Host::Ipv6(_) => laboratory && matches!(url.scheme(), "http" | "https"),
        };
        if !is_plain || !is_public || url.host_str().is_some_and(|host| is_below(host, GITHUB)) {
            return None;
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        let inner = path.trim_start_matches('/');
        if PROFILES.iter().any(|profile| inner.starts_with(profile)) {
            return None;
        }
        url.set_path(&path);
        let mut address = Self(url);
        if address.0.host_str() == Some(GITHUB) {
            address.owner_and_repository()?;
            let path = address.0.path().to_ascii_lowercase();
            address.0.set_path(&path);
        }
        (address.as_text().len() <= MAX_ADDRESS).then_some(address)
    }

    /// The address, such as `https://codeberg.org/x/y`.
    pub fn as_text(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The same as a URL to be read.
    pub const fn as_url(&self) -> &Url {
        &self.0
    }

    /// What is shown, host first: `codeberg.org/x/y`.
    pub fn shown(&self) -> &str {
        let text = self.as_text();
        text.split_once("://").map_or(text, |(_, rest)| rest)
    }

    /// The id of its row, which no actor has.
    pub fn id(&self) -> String {
        format!("{}{FRAGMENT}", self.as_text())
    }

    /// Whether an id is one of a project's row.
    pub fn is_id(id: &str) -> bool {
        id.ends_with(FRAGMENT)
    }

    /// The host, with its port if that is not the default.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether its host is one below another: below that of GitHub's pages stands what anybody wrote.
    pub fn is_below(&self, above: &str) -> bool {
        is_below(self.host(), above)
    }

    /// The registrable domain, by the whole public suffix list: what hosts of many users let register (`ada.github.io`)
    /// is one. A numeric host is its own.
    pub fn domain(&self) -> String {
        match self.0.host() {
            Some(Host::Domain(name)) => psl::domain_str(name).unwrap_or(name).to_owned(),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => self.authority(),
        }
    }

    /// Whether it is the root page of its host, which speaks for the server.
    pub fn is_root(&self) -> bool {
        matches!(self.0.path(), "" | "/")
    }

    /// Owner and repository, if the path has the form that it has on forges.
    pub fn owner_and_repository(&self) -> Option<(&str, &str)> {
        let mut parts = self.0.path().trim_start_matches('/').split('/');
        let (owner, repository) = (parts.next()?, parts.next()?);
        let is_name = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        (parts.next().is_none() && is_name(owner) && is_name(repository))
            .then_some((owner, repository))
    }

    /// Of which there is one entry: the registrable domain; on a forge, owner and repository. `None` for an address of a forge
    /// that is no repository.
    pub fn slot(&self, is_forge: bool) -> Option<String> {
        if !is_forge || self.is_root() {
            return Some(self.domain());
        }
        let (owner, repository) = self.owner_and_repository()?;
        let slot = format!("{}/{owner}/{repository}", self.authority());
        Some(slot.to_ascii_lowercase())
    }

    /// Whether what was found at `end`, after redirects, is still this page's word: on the same host, at this path or
    /// below it.
    pub fn is_still(&self, end: &Url) -> bool {
        let (path, found) = (self.0.path().trim_end_matches('/'), end.path());
        let below = found
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.0.origin() == end.origin() && below
    }
}

/// Whether a host is one below another.
fn is_below(host: &str, above: &str) -> bool {
    let before = host.strip_suffix(above);
    before.is_some_and(|before| before.ends_with('.'))
}

words! {
    /// What a page says about the letter.
    pub enum PageSight {
        /// It signs: by a link with `rel="me"`, or by the sentence that a link stands in.
        Signs = "signs",
        /// It links to the letter without words that sign: an article, a critic, a collection of letters.
        Links = "links",
        /// It does not link to the letter, or is not there.
        Nothing = "nothing",
    }
}

/// What is known of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageKnown {
    /// What the last look found that counts; `None` until a look did.
    pub sight: Option<PageSight>,
    /// Since when looks miss what was there.
    pub missed_at: Option<Millis>,
}

/// What follows from a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageChange {
    /// This is known now.
    Is(PageSight),
    /// What is known stays; that this look missed it is noted, and a second one follows.
    Miss,
    /// What is known stays, because the first look that missed it was just now.
    Keep,
    /// It is gone twice: this is known now, and the entry ends.
    Gone(PageSight),
}

/// What follows from a look that read the page. What signs or links is gone with the second look that misses it, `grace`
/// after the first one or later.
pub fn after_page_look(
    known: PageKnown,
    sight: PageSight,
    now: Millis,
    grace: Duration,
) -> PageChange {
    let rank = |sight| match sight {
        PageSight::Signs => 2,
        PageSight::Links => 1,
        PageSight::Nothing => 0,
    };
    match (known.sight, known.missed_at) {
        (Some(before), None) if rank(sight) < rank(before) => PageChange::Miss,
        (Some(before), Some(missed_at)) if rank(sight) < rank(before) => {
            if now.since(missed_at) < grace {
                PageChange::Keep
            } else {
                PageChange::Gone(sight)
            }
        }
        (Some(_) | None, _) => PageChange::Is(sight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for (text, expected) in [
            ("https://codeberg.org/x/y", Some("codeberg.org/x/y")),
            ("https://codeberg.org/x/y/", Some("codeberg.org/x/y")),
            ("https://codeberg.org/x/y//", Some("codeberg.org/x/y")),
            (" HTTPS://Codeberg.ORG/x/Y ", Some("codeberg.org/x/Y")),
            (
                "https://codeberg.org/x/y?tab=readme",
                Some("codeberg.org/x/y"),
            ),
            ("https://codeberg.org/x/y#readme", Some("codeberg.org/x/y")),
            ("https://codeberg.org:443/x/y", Some("codeberg.org/x/y")),
            ("https://codeberg.org/x/./z/../y", Some("codeberg.org/x/y")),
            ("https://acme.example", Some("acme.example")),
            ("https://www.acme.example/", Some("www.acme.example")),
            (
                "https://GitHub.com/Acme/Engine",
                Some("github.com/acme/engine"),
            ),
            ("https://github.com/acme", None),
            ("https://github.com/acme/engine/issues", None),
            ("https://github.com", None),
            // Anybody's text under GitHub's domain.
            ("https://gist.github.com/eve/5", None),
            ("https://gist.github.com", None),
            ("https://Docs.GitHub.com/x/y", None),
            ("https://notgithub.com/x", Some("notgithub.com/x")),
            // Profiles of people.
            ("https://mastodon.social/@eve", None),
            ("https://mastodon.social/%40eve/1", None),
            ("https://mastodon.social//@eve", None),
            ("https://mastodon.social/users/eve", None),
            (
                "https://mastodon.social/users",
                Some("mastodon.social/users"),
            ),
            ("https://mastodon.social", Some("mastodon.social")),
            // Homographs are shown as what they are.
            ("https://аcme.example/x", Some("xn--cme-5cd.example/x")),
            ("https://acme.example/а", Some("acme.example/%D0%B0")),
            ("https://bücher.example", Some("xn--bcher-kva.example")),
            ("http://acme.example", None),
            ("https://acme.example:8443/", None),
            ("https://eve@acme.example/", None),
            ("https://eve:x@acme.example/", None),
            ("https://acme.example./", None),
            ("https://127.0.0.1/", None),
            ("https://2130706433/", None),
            ("https://[::1]/", None),
            ("https://localhost/", None),
            ("https://co.uk/", None),
            ("https://github.io/", None),
            ("ftp://acme.example/", None),
            ("acme.example", None),
        ] {
            let address = ProjectAddress::parse(text, false);
            assert_eq!(
                address.as_ref().map(ProjectAddress::shown),
                expected,
                "{text}"
            );
            let again = address.as_ref();
            let again = again.and_then(|it| ProjectAddress::parse(it.as_text(), false));
            assert_eq!(again, address, "{text}");
        }
        let long = format!("https://acme.example/{}", "a".repeat(MAX_ADDRESS));
        assert_eq!(ProjectAddress::parse(&long, false), None);
        let numeric = ProjectAddress::parse("http://127.0.0.1:81/x/", true).unwrap();
        assert_eq!(numeric.as_text(), "http://127.0.0.1:81/x");
    }

    #[test]
    fn there_is_one_entry_for_a_domain_and_on_forges_for_a_repository() {
        for (text, domain, on_forge) in [
            ("https://acme.example", "acme.example", Some("acme.example")),
            ("https://blog.acme.example/x", "acme.example", None),
            ("https://www.acme.co.uk/x", "acme.co.uk", None),
            // The private part of the list: these are registered by their users.
            ("https://ada.github.io/x", "ada.github.io", None),
            (
                "https://Codeberg.org/X/y",
                "codeberg.org",
                Some("codeberg.org/x/y"),
            ),
            ("https://codeberg.org/x", "codeberg.org", None),
            ("https://codeberg.org/x/y/src", "codeberg.org", None),
            ("https://codeberg.org/x/%79", "codeberg.org", None),
        ] {
            let address = ProjectAddress::parse(text, false).unwrap();
            assert_eq!(address.slot(false).as_deref(), Some(domain), "{text}");
            assert_eq!(address.slot(true).as_deref(), on_forge, "{text}");
        }
    }

    #[test]
    fn only_the_page_itself_speaks_for_its_address() {
        for (address, end, expected) in [
            ("https://acme.example", "https://acme.example/", true),
            ("https://acme.example", "https://acme.example/en/", true),
            ("https://acme.example/x", "https://acme.example/x/", true),
            ("https://acme.example/x", "https://acme.example/x?y", true),
            ("https://acme.example/x", "https://acme.example/xy", false),
            ("https://acme.example/x", "https://acme.example/y", false),
            ("https://acme.example/x", "https://acme.example/", false),
            ("https://acme.example", "https://www.acme.example/", false),
            ("https://acme.example", "https://eve.example/", false),
            ("https://acme.example", "http://acme.example/", false),
        ] {
            let address = ProjectAddress::parse(address, false).unwrap();
            let end = Url::parse(end).unwrap();
            assert_eq!(address.is_still(&end), expected, "{end}");
        }
    }

    #[test]
    fn what_was_there_is_gone_with_the_second_look_that_misses_it() {
        use PageChange::{Gone, Is, Keep, Miss};
        use PageSight::{Links, Nothing, Signs};
        let (now, grace) = (Millis::from_millis(100), Duration::from_millis(10));
        for (sight, missed, [signs, links, nothing]) in [
            (None, None, [Is(Signs), Is(Links), Is(Nothing)]),
            (Some(Nothing), None, [Is(Signs), Is(Links), Is(Nothing)]),
            (Some(Links), None, [Is(Signs), Is(Links), Miss]),
            (Some(Signs), None, [Is(Signs), Miss, Miss]),
            (Some(Signs), Some(91), [Is(Signs), Keep, Keep]),
            (
                Some(Signs),
                Some(90),
                [Is(Signs), Gone(Links), Gone(Nothing)],
            ),
            (Some(Links), Some(90), [Is(Signs), Is(Links), Gone(Nothing)]),
        ] {
            let known = PageKnown {
                sight,
                missed_at: missed.map(Millis::from_millis),
            };
            for (found, expected) in [(Signs, signs), (Links, links), (Nothing, nothing)] {
                let change = after_page_look(known, found, now, grace);
                assert_eq!(change, expected, "{known:?} {found:?}");
            }
        }
    }
}
