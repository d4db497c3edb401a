//! What GitHub says about an account: its number, and what its profile links to. Read politely: while GitHub asks us to wait,
//! nothing is asked.
//!
//! Not here: whose accounts are read and what follows (`link_look`).

use http::HeaderValue;
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::rest::WantedRest;
use crate::{
    clock::Millis,
    config::Config,
    endorsement::profile_links::is_github_name,
    http_client::{Client, Document, FetchError, FetchFailure, Unusable},
    text::html_links,
};

/// A GitHub account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GithubAccount {
    /// The number, which stays when the account is renamed.
    pub id: i64,
    /// The name, as GitHub writes it.
    #[serde(rename = "login")]
    pub name: String,
}

/// How an account is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GithubKey<'a> {
    /// By its name.
    Name(&'a str),
    /// By its number.
    Number(i64),
}

/// An entry of `GET /users/{name}/social_accounts`
/// (<https://docs.github.com/en/rest/users/social-accounts>).
#[derive(Debug, Deserialize)]
struct SocialAccount {
    url: String,
}

/// Reads GitHub.
#[derive(Debug)]
pub struct GithubReader {
    client: Client,
    api: Url,
    pages: Url,
    token: Option<HeaderValue>,
    rest: WantedRest,
}

type Result<T> = std::result::Result<T, FetchError>;

impl GithubReader {
    /// Reads with this client where `links` of the configuration says.
    pub fn new(client: Client, config: &Config) -> Self {
        Self {
            client,
            api: config.links.github_api.as_url().clone(),
            pages: config.links.github_pages.as_url().clone(),
            token: config.github_token().cloned(),
            rest: WantedRest::default(),
        }
    }

    /// Where the profiles are.
    pub const fn pages(&self) -> &Url {
        &self.pages
    }

    /// The most accounts of one profile that are looked at. Without a token GitHub answers 60 requests in an hour: eight
    /// looks at once, with four of them at most, end before it asks us to wait, so that none is cut off for ever.
    pub const fn most_accounts(&self) -> usize {
        if self.token.is_some() { 3 } else { 1 }
    }

    /// The account; `None` when there is none.
    pub async fn account(&self, key: GithubKey<'_>, now: Millis) -> Result<Option<GithubAccount>> {
        let path = match key {
            GithubKey::Name(name) => format!("users/{name}"),
            GithubKey::Number(number) => format!("user/{number}"),
        };
        let account: Option<GithubAccount> = self.api(&path, now).await?;
        Ok(account.filter(|account| is_github_name(&account.name)))
    }

    /// What an account links to as its own: `rel="me"` on its page, and its social accounts; nothing for an account that
    /// is not there.
    pub async fn links(&self, name: &str, now: Millis) -> Result<Vec<String>> {
        let page = self.get(&below(&self.pages, name), None, now).await?;
        let page = page.map(|page| String::from_utf8_lossy(&page.body).into_owned());
        let links = html_links(&page.unwrap_or_default());
        let mut links: Vec<String> = links
            .into_iter()
            .filter(|link| link.is_me)
            .map(|link| link.href)
            .collect();
        let social: Option<Vec<SocialAccount>> = self
            .api(&format!("users/{name}/social_accounts"), now)
            .await?;
        links.extend(social.into_iter().flatten().map(|account| account.url));
        Ok(links)
    }

    pub(super) async fn api<T: DeserializeOwned>(
        &self,
        path: &str,
        now: Millis,
    ) -> Result<Option<T>> {
        let url = below(&self.api, path);
        let Some(document) = self.get(&url, self.token.as_ref(), now).await? else {
            return Ok(None);
        };
        let read = serde_json::from_slice(&document.body);
        Ok(Some(read.map_err(|error| {
            FetchFailure::NoId(Unusable::from(error))
        })?))
    }

    /// What stands at a URL; `None` when nothing does.
    async fn get(
        &self,
        url: &Url,
        token: Option<&HeaderValue>,
        now: Millis,
    ) -> Result<Option<Document>> {
        self.rest.allows(now)?;
        let read = self.client.fetch_here(url, token).await;
        self.rest.note(&read, now);
        match read {
            Ok(document) => Ok(Some(document)),
            Err(FetchError::Gone | FetchError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The URL of a path below another one.
pub(super) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url.set_query(None);
    url
}
