//! `[[forge.threads]]`: the issues of forges whose comments sign.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    urls::web_url,
    values::{Written, is_not, maybe},
};
use crate::{signature::authority, string_enum::words};

words! {
    /// The kind of a forge: by which API it is read.
    pub enum ForgeKind {
        /// GitHub and GitHub Enterprise.
        Github = "github",
        /// Forgejo and Gitea, so Codeberg.
        Forgejo = "forgejo",
    }
}

impl Written for ForgeKind {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_unknown| is_not(text, "a kind of forge: github or forgejo"))
    }

    fn write(&self) -> String {
        self.as_str().to_owned()
    }
}

/// The address of an issue, as people open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadUrl {
    url: Url,
    authority: String,
    owner: String,
    repository: String,
    number: u64,
}

impl ThreadUrl {
    /// The whole address, without a slash at the end.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The whole address.
    pub const fn as_url(&self) -> &Url {
        &self.url
    }

    /// The host, with the port if it is not the scheme's own.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// `owner/repository`, as it was written.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.repository)
    }

    /// The number of the issue.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The parts of the address; `None` when it is not that of an issue.
    fn parse(mut url: Url) -> Option<Self> {
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let authority = authority(&url)?;
        let mut parts = path.strip_prefix('/')?.split('/');
        let (owner, repository) = (parts.next()?, parts.next()?);
        let (noun, number) = (parts.next()?, parts.next()?.parse().ok()?);
        let is_plain = |name: &str| {
            let is_name =
                |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
            !name.is_empty() && name.chars().all(is_name)
        };
        let fits = noun == "issues" && number > 0 && parts.next().is_none();
        let fits = fits && is_plain(owner) && is_plain(repository);
        if !fits || url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        Some(Self {
            owner: owner.to_owned(),
            repository: repository.to_owned(),
            authority,
            number,
            url,
        })
    }
}

impl Written for ThreadUrl {
    fn read(text: &str) -> Result<Self, String> {
        let no_issue = || {
            is_not(
                text,
                "the address of an issue such as \"https://github.com/OWNER/REPO/issues/1\"",
            )
        };
        Self::parse(web_url(text)?).ok_or_else(no_issue)
    }

    fn write(&self) -> String {
        self.as_str().to_owned()
    }
}

/// `[forge]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForgeConfig {
    /// The issues whose comments sign.
    pub threads: Vec<ForgeThreadConfig>,
}

/// One `[[forge.threads]]`, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForgeThreadConfig {
    /// The address of the issue; required.
    #[serde(with = "maybe")]
    pub url: Option<ThreadUrl>,
    /// The environment variable with a token for the API of the forge; empty is none.
    pub token_env: String,
    /// The kind of the forge; `None`: its API is asked.
    #[serde(with = "maybe")]
    pub kind: Option<ForgeKind>,
    /// What stands behind `/hooks/forge/` in the address of the webhook; empty is the host.
    pub name: String,
    /// The file with the secret of the webhook; empty is none.
    pub webhook_secret_file: PathBuf,
}

impl ForgeConfig {
    /// Whether there is no thread.
    pub const fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    /// What a thread can be given, with the defaults.
    pub(super) fn model() -> Self {
        Self {
            threads: vec![ForgeThreadConfig::default()],
        }
    }

    /// Whether two threads are one issue.
    pub(super) fn repeats(&self) -> bool {
        let mut known = BTreeSet::new();
        let mut urls = self.threads.iter().filter_map(|thread| thread.url.as_ref());
        !urls.all(|url| known.insert(url.as_str().to_lowercase()))
    }

    /// Whether two threads of one name have two secrets.
    pub(super) fn has_two_secrets(&self) -> bool {
        let mut known = BTreeMap::new();
        self.threads.iter().any(|thread| {
            let secret = &thread.webhook_secret_file;
            *known.entry(thread.name()).or_insert(secret) != secret
        })
    }

    /// Whether webhooks of two forges would come to one address, so that one could speak for the other.
    pub(super) fn has_two_forges(&self) -> bool {
        let mut known = BTreeMap::new();
        let told = self.threads.iter().filter(|thread| {
            let secret = &thread.webhook_secret_file;
            !secret.as_os_str().is_empty()
        });
        let mut forges =
            told.filter_map(|thread| Some((thread.name(), thread.url.as_ref()?.authority())));
        forges.any(|(name, forge)| *known.entry(name).or_insert(forge) != forge)
    }

    /// Whether a name cannot stand in an address.
    pub(super) fn has_bad_name(&self) -> bool {
        let is_plain = |character: char| {
            character.is_ascii_lowercase()
                || character.is_ascii_digit()
                || "-_.".contains(character)
        };
        let names = self.threads.iter().map(|thread| thread.name.as_str());
        names
            .into_iter()
            .any(|name| name.len() > 253 || !name.chars().all(is_plain))
    }
}

impl ForgeThreadConfig {
    /// The name in the address of its webhook.
    pub fn name(&self) -> &str {
        let host = self.url.as_ref().map_or("", ThreadUrl::host);
        if self.name.is_empty() {
            host
        } else {
            &self.name
        }
    }
}

/// An issue whose comments sign, with everything that reading it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeThread {
    /// Its address.
    pub url: ThreadUrl,
    /// The kind of the forge, if it was said.
    pub kind: Option<ForgeKind>,
    /// The name in the address of its webhook.
    pub name: String,
    /// The `Authorization` of requests to the API. `Debug` does not show it.
    pub token: Option<HeaderValue>,
    /// The file with the secret of its webhook.
    pub secret_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_an_issue_has_owner_repository_and_number() {
        for (text, expected) in [
            (
                "https://github.com/Own/re.po/issues/7",
                Some(("Own/re.po", 7)),
            ),
            ("https://codeberg.org/a/b/issues/12/", Some(("a/b", 12))),
            ("http://127.0.0.1:3000/a/b/issues/1", Some(("a/b", 1))),
            ("https://github.com/a/b/issues/0", None),
            ("https://github.com/a/b/issues/x", None),
            ("https://github.com/a/b/issues", None),
            ("https://github.com/a/b/pull/1", None),
            ("https://github.com/a/b/issues/1/2", None),
            ("https://github.com/a/b%2fc/issues/1", None),
            ("https://github.com/a//issues/1", None),
            ("https://github.com/a/b/issues/1?x", None),
            ("https://github.com/a/b/issues/1#issuecomment-2", None),
            ("https://user@github.com/a/b/issues/1", None),
            ("ftp://github.com/a/b/issues/1", None),
            ("issues/1", None),
        ] {
            let read = ThreadUrl::read(text).ok();
            let read = read.map(|thread| (thread.repository(), thread.number()));
            let expected = expected.map(|(name, number): (&str, u64)| (name.to_owned(), number));
            assert_eq!(read, expected, "{text}");
        }
        let thread = ThreadUrl::read("http://127.0.0.1:3000/a/b/issues/1/").unwrap();
        assert_eq!(thread.as_str(), "http://127.0.0.1:3000/a/b/issues/1");
        assert_eq!(
            (thread.authority(), thread.host()),
            ("127.0.0.1:3000", "127.0.0.1")
        );
    }
}
