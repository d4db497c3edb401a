//! Reads the APIs of forges: one kind of request, GET, to the API of the thread's own forge alone, and none while that asks
//! to be left alone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use http::HeaderValue;
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::documents::{CommentDocument, IssueDocument, UserDocument};
use crate::{
    clock::Millis,
    config::{Config, ForgeKind, ForgeThread, ThreadUrl},
    federation::{github::below, rest::WantedRest},
    http_client::{Client, FetchError, FetchFailure, Unusable},
    signature::authority,
};

/// Why a forge cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ForgeError {
    /// Its API gives no usable answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It answers like none that is known.
    #[error("{0} has no API of GitHub, Forgejo or Gitea; `kind` says which it is")]
    NoForge(String),
}

type Result<T> = std::result::Result<T, ForgeError>;

/// The API of a thread's forge.
#[derive(Clone, Debug)]
pub struct ForgeApi {
    /// What kind it is.
    pub kind: ForgeKind,
    base: Url,
    token: Option<HeaderValue>,
}

/// A page of comments.
#[derive(Clone, Debug)]
pub struct CommentPage {
    /// Its comments.
    pub comments: Vec<CommentDocument>,
    /// Its validator.
    pub etag: Option<String>,
    /// Whether no other page follows.
    pub is_last: bool,
}

/// How many requests an API still answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct RateLimit {
    /// In an hour.
    pub limit: u64,
    /// In this hour.
    pub remaining: u64,
    reset: i64,
}

impl RateLimit {
    /// When the next hour begins.
    pub const fn resets_at(&self) -> Millis {
        Millis::from_millis(self.reset.saturating_mul(1000))
    }
}

/// Reads forges.
#[derive(Debug)]
pub struct ForgeReader {
    client: Client,
    github_pages: Url,
    github_api: Url,
    /// By the origin of the API.
    rests: Mutex<BTreeMap<String, Arc<WantedRest>>>,
    /// What was found out, by the origin of the thread.
    kinds: Mutex<BTreeMap<String, ForgeKind>>,
}

impl ForgeReader {
    /// Reads with this client; which host is GitHub, `links` of the configuration says.
    pub fn new(client: Client, config: &Config) -> Self {
        Self {
            client,
            github_pages: config.links.github_pages.as_url().clone(),
            github_api: config.links.github_api.as_url().clone(),
            rests: Mutex::default(),
            kinds: Mutex::default(),
        }
    }

    /// The API of a thread. What nobody said, the forge is asked, once.
    pub async fn api(&self, thread: &ForgeThread, now: Millis) -> Result<ForgeApi> {
        let kind = match thread.kind.or_else(|| self.known_kind(&thread.url)) {
            Some(kind) => kind,
            None => self.ask_kind(&thread.url, now).await?,
        };
        let base = match kind {
            ForgeKind::Github if self.is_github(&thread.url) => self.github_api.clone(),
            ForgeKind::Github => at(&thread.url, "/api/v3"),
            ForgeKind::Forgejo => at(&thread.url, "/api/v1"),
        };
        let token = thread.token.clone();
        Ok(ForgeApi { kind, base, token })
    }

    fn is_github(&self, thread: &ThreadUrl) -> bool {
        authority(&self.github_pages).as_deref() == Some(thread.authority())
    }

    fn known_kind(&self, thread: &ThreadUrl) -> Option<ForgeKind> {
        if self.is_github(thread) {
            return Some(ForgeKind::Github);
        }
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.get(thread.authority()).copied()
    }

    /// Asks for what only one of the APIs has. No token is sent: nobody knows yet whose it is.
    async fn ask_kind(&self, thread: &ThreadUrl, now: Millis) -> Result<ForgeKind> {
        for (kind, path, member) in [
            (ForgeKind::Forgejo, "/api/v1/version", "version"),
            (ForgeKind::Github, "/api/v3/meta", "installed_version"),
        ] {
            let url = at(thread, path);
            let found = self.get(&url, None, None, now).await;
            let document = match found {
                Ok(document) => document,
                Err(FetchError::Missing | FetchError::Gone | FetchError::Refused(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let body = document.map(|(body, _)| body).unwrap_or_default();
            let said: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
            if said.is_some_and(|said| said.get(member).is_some()) {
                let host = thread.authority().to_owned();
                let kinds = self.kinds.lock();
                kinds
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(host, kind);
                return Ok(kind);
            }
        }
        Err(ForgeError::NoForge(thread.host().to_owned()))
    }

    /// The issue itself.
    pub async fn issue(
        &self,
        api: &ForgeApi,
        thread: &ThreadUrl,
        now: Millis,
    ) -> Result<IssueDocument> {
        let path = format!("repos/{}/issues/{}", thread.repository(), thread.number());
        let url = below(&api.base, &path);
        Ok(read(&self.here(api, &url, now).await?)?)
    }

    /// The comments of a page, in the order in which they were written: of all, or of those that changed `since` then, and
    /// only if that answer changed. `page` counts from 1.
    pub async fn comments(
        &self,
        api: &ForgeApi,
        thread: &ThreadUrl,
        (since, page, etag): (Option<Millis>, u64, Option<&str>),
        now: Millis,
    ) -> Result<Option<CommentPage>> {
        let sizes = api.page_sizes();
        let (mut comments, mut found_etag) = (Vec::new(), None);
        let mut is_last = true;
        // A page that is too large is read in parts.
        let mut waiting = vec![(0_usize, page)];
        while let Some((level, page)) = waiting.pop() {
            let Some(size) = sizes.get(level) else {
                continue; // One comment that is larger than every document.
            };
            let url = api.comments_url(thread, since, (page, *size));
            let etag = etag.filter(|_| level == 0);
            let read = match self.get(&url, api.token.as_ref(), etag, now).await {
                Ok(None) => return Ok(None),
                Ok(Some((body, etag))) => {
                    let list: Option<Vec<CommentDocument>> = read(&body)?;
                    found_etag = etag.filter(|_| level == 0);
                    list.unwrap_or_default()
                }
                Err(FetchError::Unreachable(FetchFailure::TooBig)) => {
                    let smaller = sizes.get(level + 1).copied().unwrap_or(1);
                    let parts = size / smaller;
                    let first = (page - 1) * parts + 1;
                    is_last = false;
                    waiting.extend((first..first + parts).rev().map(|page| (level + 1, page)));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            is_last &= api.ends_with(read.len(), *size);
            comments.extend(read.into_iter().filter(CommentDocument::is_comment));
        }
        Ok(Some(CommentPage {
            comments,
            etag: found_etag,
            is_last,
        }))
    }

    /// One comment by its own address; `None` when that answers 404 or 410.
    pub async fn comment(
        &self,
        api: &ForgeApi,
        thread: &ThreadUrl,
        id: u64,
        now: Millis,
    ) -> Result<Option<CommentDocument>> {
        let path = format!("repos/{}/issues/comments/{id}", thread.repository());
        self.found(api, &path, now).await
    }

    /// An account; `None` when there is none.
    pub async fn account(
        &self,
        api: &ForgeApi,
        (number, login): (u64, &str),
        now: Millis,
    ) -> Result<Option<UserDocument>> {
        let path = match api.kind {
            ForgeKind::Github => format!("user/{number}"),
            ForgeKind::Forgejo => format!("users/{login}"),
        };
        self.found(api, &path, now).await
    }

    /// How many requests the API still answers; `None` where it does not say.
    pub async fn rate_limit(&self, api: &ForgeApi, now: Millis) -> Result<Option<RateLimit>> {
        #[derive(Deserialize)]
        struct Limits {
            rate: RateLimit,
        }
        if api.kind != ForgeKind::Github {
            return Ok(None);
        }
        let found: Option<Limits> = self.found(api, "rate_limit", now).await?;
        Ok(found.map(|limits| limits.rate))
    }

    async fn found<T: DeserializeOwned>(
        &self,
        api: &ForgeApi,
        path: &str,
        now: Millis,
    ) -> Result<Option<T>> {
        match self.here(api, &below(&api.base, path), now).await {
            Ok(body) => Ok(Some(read(&body)?)),
            Err(FetchError::Gone | FetchError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn here(
        &self,
        api: &ForgeApi,
        url: &Url,
        now: Millis,
    ) -> std::result::Result<Arc<[u8]>, FetchError> {
        let found = self.get(url, api.token.as_ref(), None, now).await?;
        Ok(found.map(|(body, _)| body).unwrap_or_default())
    }

    /// The body and the validator of what stands at a URL; `None` when it did not change.
    async fn get(
        &self,
        url: &Url,
        token: Option<&HeaderValue>,
        etag: Option<&str>,
        now: Millis,
    ) -> std::result::Result<Option<(Arc<[u8]>, Option<String>)>, FetchError> {
        let rest = self.rest_of(url);
        rest.allows(now)?;
        let read = self.client.fetch_here_changed(url, token, etag).await;
        rest.note(&read, now);
        Ok(read?.map(|document| (document.body, document.etag)))
    }

    fn rest_of(&self, url: &Url) -> Arc<WantedRest> {
        let origin = url.origin().ascii_serialization();
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rests.entry(origin).or_default())
    }
}

impl ForgeApi {
    /// Whether requests to it carry a token.
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// How many comments one request brings, and how many if that is too much.
    const fn page_sizes(&self) -> &'static [u64] {
        match self.kind {
            ForgeKind::Github => &[100, 10, 1],
            ForgeKind::Forgejo => &[50, 10, 1],
        }
    }

    /// Where a page is. Forgejo's own list of comments has no pages, so its timeline is read.
    fn comments_url(
        &self,
        thread: &ThreadUrl,
        since: Option<Millis>,
        (page, size): (u64, u64),
    ) -> Url {
        let (list, limit) = match self.kind {
            ForgeKind::Github => ("comments", "per_page"),
            ForgeKind::Forgejo => ("timeline", "limit"),
        };
        let path = format!(
            "repos/{}/issues/{}/{list}",
            thread.repository(),
            thread.number()
        );
        let mut url = below(&self.base, &path);
        let mut query = url.query_pairs_mut();
        if let Some(since) = since {
            query.append_pair("since", &since.to_rfc3339());
        }
        query.append_pair(limit, &size.to_string());
        query.append_pair("page", &page.to_string());
        drop(query);
        url
    }

    /// Whether a page of so many was the last. Forgejo leaves out of a page what not everybody may see.
    fn ends_with(&self, found: usize, size: u64) -> bool {
        match self.kind {
            ForgeKind::Github => u64::try_from(found).is_ok_and(|found| found < size),
            ForgeKind::Forgejo => found == 0,
        }
    }
}

/// The URL of a path on the thread's own host.
fn at(thread: &ThreadUrl, path: &str) -> Url {
    let mut url = thread.as_url().clone();
    url.set_path(path);
    url
}

fn read<T: DeserializeOwned>(body: &[u8]) -> std::result::Result<T, FetchError> {
    let read = serde_json::from_slice(body);
    Ok(read.map_err(|error| FetchFailure::NoId(Unusable::from(error)))?)
}
