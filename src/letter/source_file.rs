//! Where the letter's file is kept: repository, branch and path, read from the address of the raw file.

use url::Url;

use super::is_on_github;
use crate::text::percent_decoded;

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The site: `github.com` for all of GitHub, else the host with its port.
    site: String,
    /// `owner/repository`, in lower case.
    repository: String,
    /// Branch and path in one, because a branch may have slashes: `main/docs/letter.md`.
    rest: String,
}

impl SourceFile {
    /// Reads `https://HOST/OWNER/REPOSITORY/BRANCH/PATH`, with `raw`, `blob` or `refs/heads` before the branch or without. `None`
    /// when the address has fewer parts.
    pub fn of(url: &Url) -> Option<Self> {
        let mut segments = url.path_segments()?;
        let (owner, repository) = (segments.next()?, segments.next()?);
        let mut rest: Vec<&str> = segments.collect();
        if let ["raw" | "blob", ..] = rest.as_slice() {
            rest.remove(0);
        }
        if let ["refs", "heads", ..] = rest.as_slice() {
            rest.drain(..2);
        }
        if owner.is_empty() || repository.is_empty() || rest.len() < 2 {
            return None;
        }
        let site = if is_on_github(url.as_str()) {
            "github.com".to_owned()
        } else {
            site(url)?
        };
        Some(Self {
            site,
            repository: format!("{owner}/{repository}").to_lowercase(),
            rest: percent_decoded(&rest.join("/")),
        })
    }

    /// `owner/repository`, in lower case.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Whether an address led to another repository, or, if it names none, to another site.
    pub fn is_moved(from: &Url, to: &Url) -> bool {
        match (Self::of(from), Self::of(to)) {
            (Some(from), Some(to)) => (from.site, from.repository) != (to.site, to.repository),
            (None, None) => site(from) != site(to),
            (Some(_), None) | (None, Some(_)) => true,
        }
    }

    /// Where a browser edits the file; `None` if it is not on GitHub.
    pub fn edit_address(&self) -> Option<Url> {
        if self.site != "github.com" {
            return None;
        }
        let mut url = Url::parse("https://github.com").ok()?;
        let path = self.repository.split('/').chain(["edit"]);
        let path = path.chain(self.rest.split('/'));
        url.path_segments_mut().ok()?.clear().extend(path);
        Some(url)
    }

    /// The path of the file in the repository, as far as the address tells: the first part is taken for the branch.
    pub fn path(&self) -> &str {
        self.rest
            .split_once('/')
            .map_or(self.rest.as_str(), |(_, path)| path)
    }

    /// The path of the file in the repository, if it is on the branch of this Git reference, such as `refs/heads/main`.
    pub fn path_on(&self, reference: &str) -> Option<&str> {
        let branch = reference.strip_prefix("refs/heads/")?;
        self.rest
            .strip_prefix(branch)?
            .strip_prefix('/')
            .filter(|path| !path.is_empty())
    }
}

/// The host with its port.
fn site(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> Option<SourceFile> {
        SourceFile::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn repository_branch_and_path_are_read_from_the_address() {
        let raw = "https://raw.githubusercontent.com";
        let table = [
            (
                format!("{raw}/Own/Re/main/letter.md"),
                "refs/heads/main",
                Some("letter.md"),
            ),
            (
                format!("{raw}/own/re/refs/heads/a/b/docs/letter.md?token=x"),
                "refs/heads/a/b",
                Some("docs/letter.md"),
            ),
            (
                "https://github.com/own/re/raw/main/my%20letter.md".to_owned(),
                "refs/heads/main",
                Some("my letter.md"),
            ),
            (
                format!("{raw}/own/re/main/letter.md"),
                "refs/heads/other",
                None,
            ),
            (
                format!("{raw}/own/re/main/letter.md"),
                "refs/tags/main",
                None,
            ),
            (
                format!("{raw}/own/re/maintenance/letter.md"),
                "refs/heads/main",
                None,
            ),
        ];
        for (url, reference, path) in table {
            let found = file(&url).unwrap();
            assert_eq!(found.repository(), "own/re", "{url}");
            assert_eq!(found.path_on(reference), path, "{url} {reference}");
            let edited = found.edit_address().unwrap();
            let at = edited
                .as_str()
                .strip_prefix("https://github.com/own/re/edit/");
            assert!(at.is_some_and(|at| at.ends_with("letter.md")), "{edited}");
        }
        for url in [
            "https://letter.example/letter.md",
            "https://letter.example/a/b/letter.md",
            "https://letter.example/",
        ] {
            assert_eq!(file(url), None, "{url}");
        }
    }

    #[test]
    fn another_owner_repository_or_site_is_another_repository() {
        let (github, raw) = ("https://github.com", "https://raw.githubusercontent.com");
        let own = format!("{github}/own/re/raw/main/l.md");
        let table = [
            (own.clone(), format!("{raw}/OWN/RE/next/docs/l.md"), false),
            (own.clone(), format!("{raw}/other/re/main/l.md"), true),
            (own.clone(), format!("{raw}/own/other/main/l.md"), true),
            (
                own.clone(),
                "https://forge.example/own/re/raw/main/l.md".to_owned(),
                true,
            ),
            (own, "https://letter.example/l.md".to_owned(), true),
            (
                "https://letter.example/l.md".to_owned(),
                "https://letter.example/m.md".to_owned(),
                false,
            ),
            (
                "https://letter.example/l.md".to_owned(),
                "https://other.example/l.md".to_owned(),
                true,
            ),
        ];
        for (from, to, moved) in table {
            let parse = |url: &str| Url::parse(url).unwrap();
            assert_eq!(
                SourceFile::is_moved(&parse(&from), &parse(&to)),
                moved,
                "{from} {to}"
            );
        }
    }
}
