//! A person as an administrator names one: by handle, or by any address that a browser shows.

use url::Url;

use super::names;

/// What is typed or pasted for a person. Several of its members may fit; the first that finds somebody counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The address: an actor's id, the id of a post, or a profile page.
    pub url: Option<String>,
    /// `@user@host` in lower case: as typed, or as the page of a profile or a post begins.
    pub handle: Option<String>,
    /// A user name in lower case and the host of the page, for servers whose handles have another domain.
    pub user_at: Option<(String, String)>,
}

impl Who {
    /// Reads `@user@host`, `user@host`, `login (host)` of an account on a forge, or an http(s) address; `None` for anything else.
    ///
    /// `https://m.example/@ada` and every page below it belong to `@ada@m.example`, and `https://m.example/@ada@other.example`
    /// to `@ada@other.example`: Mastodon, GoToSocial, Misskey and others lay out their pages so.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with("https://") || text.starts_with("http://") {
            return Url::parse(text).ok().map(|url| Self::at(text, &url));
        }
        if names::user_of(text).is_some() && text.ends_with(')') {
            // An account on a forge, as it is shown.
            return Some(Self {
                handle: Some(text.to_ascii_lowercase()),
                ..Self::default()
            });
        }
        let (user, host) = text.trim_start_matches('@').split_once('@')?;
        let handle = (!user.is_empty() && !host.is_empty()).then(|| format!("@{user}@{host}"))?;
        Some(Self {
            handle: Some(handle.to_ascii_lowercase()),
            ..Self::default()
        })
    }

    fn at(text: &str, url: &Url) -> Self {
        let named = Self {
            url: Some(text.to_owned()),
            ..Self::default()
        };
        let first = url.path().split('/').nth(1).unwrap_or_default();
        let Some(user) = first.strip_prefix('@').filter(|user| !user.is_empty()) else {
            return named;
        };
        let user = user.to_ascii_lowercase();
        let Some(host) = url.host_str().filter(|_| !user.contains('@')) else {
            return Self {
                handle: Some(format!("@{user}")),
                ..named
            };
        };
        Self {
            handle: Some(format!("@{user}@{host}")),
            user_at: Some((user, host.to_owned())),
            ..named
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_shows_names_somebody() {
        let user_at = |user: &str, host: &str| Some((user.to_owned(), host.to_owned()));
        for (text, handle, page_of) in [
            ("@Ada@M.example", Some("@ada@m.example"), None),
            (" ada@m.example ", Some("@ada@m.example"), None),
            ("Ada (codeberg.org)", Some("ada (codeberg.org)"), None),
            ("https://m.example/users/ada", None, None),
            ("https://m.example/notes/9x", None, None),
            (
                "https://M.example/@Ada",
                Some("@ada@m.example"),
                user_at("ada", "m.example"),
            ),
            (
                "https://m.example/@ada/113?x#y",
                Some("@ada@m.example"),
                user_at("ada", "m.example"),
            ),
            (
                "https://mine.example/@ada@m.example/113",
                Some("@ada@m.example"),
                None,
            ),
            ("https://m.example/@", None, None),
        ] {
            let who = Who::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(who.handle.as_deref(), handle, "{text}");
            assert_eq!(who.user_at, page_of, "{text}");
            let is_address = text.starts_with("http");
            assert_eq!(who.url.as_deref(), is_address.then_some(text), "{text}");
        }
        for text in [
            "",
            "ada",
            "@ada",
            "@@m.example",
            "@ada@",
            "m.example",
            "https://",
        ] {
            assert_eq!(Who::parse(text), None, "{text}");
        }
    }
}
