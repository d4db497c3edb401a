//! The README of a repository, on its default branch, as the API of its forge gives it: GitHub, and what answers as Forgejo
//! or Gitea.
//!
//! Not here: what it says (`project_look`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pulldown_cmark::{Parser, html::push_html};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::dereference_jobs::DereferenceRunner;
use crate::{
    endorsement::project::ProjectAddress,
    http_client::{FetchError, FetchFailure},
};

/// How the name of a README begins, in small letters.
const README: &str = "readme";

/// `GET /repos/{owner}/{repo}/readme`
/// (<https://docs.github.com/en/rest/repos/contents#get-a-repository-readme>).
#[derive(Debug, Deserialize)]
struct GithubReadme {
    content: String,
    encoding: String,
}

/// `GET /api/v1/version`, by which Forgejo and Gitea are known
/// (<https://codeberg.org/api/swagger#/miscellaneous/getVersion>).
#[derive(Debug, Deserialize)]
struct ForgeVersion {
    #[serde(rename = "version")]
    _version: String,
}

/// `GET /api/v1/repos/{owner}/{repo}`.
#[derive(Debug, Deserialize)]
struct Repository {
    full_name: String,
}

/// An entry of `GET /api/v1/repos/{owner}/{repo}/contents`, which lists the default branch.
#[derive(Debug, Deserialize)]
struct RepositoryFile {
    name: String,
    r#type: String,
}

/// What was read of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct PageText {
    /// Its HTML.
    pub(super) html: String,
    /// The element that has its title.
    pub(super) title: &'static str,
}

/// What a forge shows at an address.
pub(super) enum Readme {
    /// The address is on no forge.
    NoForge,
    /// It is no repository, or one without a README.
    Missing,
    /// This.
    Text(PageText),
}

impl From<Option<PageText>> for Readme {
    fn from(page: Option<PageText>) -> Self {
        page.map_or(Self::Missing, Self::Text)
    }
}

impl DereferenceRunner {
    /// The README of the repository at an address.
    ///
    /// # Errors
    /// The forge did not answer, so that nobody can tell.
    pub(super) async fn readme(&self, address: &ProjectAddress) -> Result<Readme, FetchError> {
        if address.as_url().origin() == self.app.github.pages().origin() {
            return self.github_readme(address).await.map(Readme::from);
        }
        if address.is_root() || !self.is_forge(address).await? {
            return Ok(Readme::NoForge);
        }
        self.forge_readme(address).await.map(Readme::from)
    }

    async fn github_readme(
        &self,
        address: &ProjectAddress,
    ) -> Result<Option<PageText>, FetchError> {
        let Some((owner, repository)) = address.owner_and_repository() else {
            return Ok(None);
        };
        let path = format!("repos/{owner}/{repository}/readme");
        let read: Option<GithubReadme> = match self.app.github.api(&path, self.now()).await {
            // A repository with another name now: what stands there is another address.
            Err(FetchError::Refused(status)) if status.is_redirection() => None,
            read => read?,
        };
        let text = read.filter(|readme| readme.encoding == "base64");
        let bytes = text.and_then(|readme| {
            let packed: String = readme.content.split_ascii_whitespace().collect();
            STANDARD.decode(packed).ok()
        });
        Ok(bytes.map(|bytes| page(&bytes)))
    }

    /// Whether the host of an address answers as Forgejo or Gitea. A host that refuses to answer may be one: there a page
    /// that anybody wrote must not pass for the project's own.
    async fn is_forge(&self, address: &ProjectAddress) -> Result<bool, FetchError> {
        let version = below(address, "/api/v1/version");
        match self.app.client.fetch_here(&version, None).await {
            Ok(read) => Ok(serde_json::from_slice::<ForgeVersion>(&read.body).is_ok()),
            Err(FetchError::Gone | FetchError::Missing) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn forge_readme(&self, address: &ProjectAddress) -> Result<Option<PageText>, FetchError> {
        let Some((owner, repository)) = address.owner_and_repository() else {
            return Ok(None);
        };
        let full_name = format!("{owner}/{repository}");
        let api = format!("/api/v1/repos/{full_name}");
        let found: Option<Repository> = self.json(address, &api).await?;
        // Forges lead from an earlier name to the present one.
        if !found.is_some_and(|found| found.full_name.eq_ignore_ascii_case(&full_name)) {
            return Ok(None);
        }
        let contents = format!("{api}/contents");
        let files: Option<Vec<RepositoryFile>> = self.json(address, &contents).await?;
        let is_readme = |file: &RepositoryFile| {
            file.r#type == "file" && file.name.to_ascii_lowercase().starts_with(README)
        };
        let mut names: Vec<String> = files
            .into_iter()
            .flatten()
            .filter(is_readme)
            .map(|file| file.name)
            .collect();
        // As forges choose: Markdown before the same in another form.
        names.sort_by_key(|name| (!name.to_ascii_lowercase().ends_with(".md"), name.clone()));
        let Some(name) = names.into_iter().next() else {
            return Ok(None);
        };
        let url = below(address, &format!("{api}/raw/{name}"));
        match self.app.client.fetch_here(&url, None).await {
            Ok(raw) => Ok(Some(page(&raw.body))),
            Err(FetchError::Gone | FetchError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the API of an address's host says at a path; `None` when nothing stands there, or something else.
    async fn json<T: DeserializeOwned>(
        &self,
        address: &ProjectAddress,
        path: &str,
    ) -> Result<Option<T>, FetchError> {
        match self
            .app
            .client
            .fetch_here(&below(address, path), None)
            .await
        {
            Ok(read) => Ok(serde_json::from_slice(&read.body).ok()),
            Err(
                FetchError::Gone
                | FetchError::Missing
                | FetchError::Unreachable(FetchFailure::TooBig),
            ) => Ok(None),
            Err(FetchError::Refused(status)) if status.is_redirection() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A README as a page: Markdown, in which HTML may stand.
fn page(bytes: &[u8]) -> PageText {
    let text = String::from_utf8_lossy(bytes);
    let mut html = String::new();
    push_html(&mut html, Parser::new(&text));
    PageText { html, title: "h1" }
}

/// The URL of a path on the host of an address.
pub(super) fn below(address: &ProjectAddress, path: &str) -> Url {
    let mut url = address.as_url().clone();
    url.set_path(path);
    url
}
