//! Looks at the pages of projects: whether the page at an address signs the letter.
//!
//! Strangers name the addresses. So each is read at most once an hour, one host at most once in ten seconds, and no more of a
//! host in a day than of other things that strangers name; a look is four requests at most, none of which leaves the host's
//! domain, and what was found elsewhere than at the address is no proof.
//!
//! Not here: what a look changes (`register::maintenance::projects`), and how a repository is read
//! ([`forge_readme`](super::forge_readme)).

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use url::Url;

use super::{
    dereference::DereferenceError,
    dereference_jobs::DereferenceRunner,
    forge_readme::{PageText, Readme, below},
};
use crate::{
    activitystreams::Own,
    endorsement::{
        project::{PageSight, ProjectAddress},
        wording::LINKED,
    },
    hash::Sha256,
    http_client::{FetchError, FetchFailure},
    register::maintenance::projects::{
        LookPace, PageFinding, after_failure, look_again, note_page,
    },
    store::ProjectSource,
    text::{HtmlLink, first_text, html_links, html_to_text, mark_links},
};

/// Where Mastodon shows what its administrators say about the server, because `/about` is empty without scripts
/// (<https://docs.joinmastodon.org/methods/instance/#extended_description>).
const EXTENDED_DESCRIPTION: &str = "/api/v1/instance/extended_description";

/// Where servers say about themselves who they are.
const ABOUT: &str = "/about";

/// The answer of [`EXTENDED_DESCRIPTION`].
#[derive(Debug, Deserialize)]
struct ExtendedDescription {
    content: String,
}

/// Whether a page may say something when it is asked for later: then nothing changes by not having read it. Otherwise it is as
/// good as one that says nothing.
fn may_speak_later(error: &FetchError) -> bool {
    match error {
        FetchError::Refused(status) => !status.is_redirection(),
        FetchError::Later(..)
        | FetchError::Unreachable(
            FetchFailure::Network(_)
            | FetchFailure::NoAddress(_)
            | FetchFailure::TimedOut
            | FetchFailure::Resting
            | FetchFailure::Busy
            | FetchFailure::Unsigned(_),
        ) => true,
        FetchError::Gone | FetchError::Missing | FetchError::Unreachable(_) => false,
    }
}

impl DereferenceRunner {
    /// Looks at the page of the project whose id has this hash, if somebody still speaks for it, and orders the next look.
    /// `job` is the kind of the job that runs.
    ///
    /// # Errors
    /// Only when something failed here: what cannot be read is looked at later.
    pub async fn look_at_project(&self, hash: &Sha256, job: &str) -> Result<(), DereferenceError> {
        let (pace, now) = (LookPace::of(self.app.config.verify.interval), self.now());
        let Some(source) = self.app.store.read().await?.project_source(hash).await? else {
            return Ok(());
        };
        let laboratory = self.app.urls.base().scheme() == "http";
        let Some(address) = ProjectAddress::parse(&source.address, laboratory) else {
            return Ok(());
        };
        if self.context().rules.blocks.blocks_host(address.host()) {
            return Ok(());
        }
        let mut tx = self.app.store.write().await?;
        let later = tx
            .begin_project_look(source.actor_id, now, pace.again, pace.host_rests)
            .await?;
        if let Some(later) = later {
            look_again(&mut tx, &source.id, job, later).await?;
        }
        tx.commit().await?;
        if later.is_some() {
            return Ok(());
        }
        let found = if self.may_ask(&address.authority()).await? {
            self.read_page(&address, source.own_host).await
        } else {
            Err(FetchFailure::Busy.into())
        };
        self.note_look(&source, job, pace, found).await
    }

    /// Notes what was found, or that nothing was read, and orders the next look.
    async fn note_look(
        &self,
        source: &ProjectSource,
        job: &str,
        pace: LookPace,
        found: Result<PageFinding, FetchError>,
    ) -> Result<(), DereferenceError> {
        let (context, now) = (self.context(), self.now());
        let grace: Duration = self.app.config.verify.grace;
        let mut tx = self.app.store.write().await?;
        let next = match found {
            Ok(finding) => {
                let paces = (pace, grace);
                note_page(&mut tx, &context, source, &finding, paces, now)
                    .await?
                    .1
            }
            Err(error) if error.is_a_block() => return Ok(()),
            Err(error) => {
                tracing::info!(address = %source.address, %error, "the page of a project was not read");
                after_failure(pace, now)
            }
        };
        look_again(&mut tx, &source.id, job, next).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads what an address says. `own_host`: whether somebody speaks for it who has an account there.
    async fn read_page(
        &self,
        address: &ProjectAddress,
        own_host: bool,
    ) -> Result<PageFinding, FetchError> {
        let readme = match self.readme(address).await? {
            Readme::NoForge => None,
            Readme::Missing => Some(PageText::default()),
            Readme::Text(page) => Some(page),
        };
        if let Some(readme) = readme {
            return Ok(PageFinding {
                slot: address.slot(true),
                ..self.finding(&readme)
            });
        }
        let slot = address.slot(false);
        let first = self.page_text(address, address.as_url()).await;
        let mut finding = PageFinding {
            slot,
            ..self.finding(first.as_ref().map_or(&PageText::default(), |page| page))
        };
        if address.is_root() && own_host && finding.sight != PageSight::Signs {
            for page in [
                self.page_text(address, &below(address, ABOUT)).await,
                self.extended_description(address).await,
            ]
            .into_iter()
            .flatten()
            {
                let also = self.finding(&page).sight;
                if also == PageSight::Signs || finding.sight == PageSight::Nothing {
                    finding.sight = also;
                }
            }
        }
        match first {
            Err(error) if finding.sight == PageSight::Nothing && may_speak_later(&error) => {
                Err(error)
            }
            Ok(_) | Err(_) => Ok(finding),
        }
    }

    /// The page at a URL of an address; nothing when a redirect led away from it.
    async fn page_text(&self, address: &ProjectAddress, url: &Url) -> Result<PageText, FetchError> {
        let page = self.app.client.fetch_in_domain(url).await?;
        if !address.is_still(&page.url) {
            return Err(FetchError::Refused(StatusCode::FOUND));
        }
        Ok(PageText {
            html: String::from_utf8_lossy(&page.body).into_owned(),
            title: "title",
        })
    }

    async fn extended_description(&self, address: &ProjectAddress) -> Result<PageText, FetchError> {
        let url = below(address, EXTENDED_DESCRIPTION);
        let read = self.app.client.fetch_here(&url, None).await?;
        let said: Result<ExtendedDescription, _> = serde_json::from_slice(&read.body);
        Ok(PageText {
            html: said.map(|said| said.content).unwrap_or_default(),
            title: "title",
        })
    }

    /// What a page says about the letter.
    fn finding(&self, page: &PageText) -> PageFinding {
        let urls = &self.app.urls;
        let is_letter = |link: &HtmlLink| {
            let ours = urls.parse_address(&link.href);
            matches!(
                ours,
                Some(Own::Page | Own::Letter | Own::Actor | Own::Profile)
            )
        };
        let is_me = html_links(&page.html)
            .iter()
            .any(|link| link.is_me && is_letter(link));
        let sight = if is_me {
            PageSight::Signs
        } else {
            let marked = mark_links(&page.html, is_letter, LINKED);
            let phrases = &self.context().rules.phrases;
            phrases.page_says(&html_to_text(&marked))
        };
        PageFinding {
            sight,
            title: first_text(&page.html, page.title),
            slot: None,
        }
    }
}
