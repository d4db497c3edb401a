//! What a website on a static host needs to stand for the letter: the answer of WebFinger, the link to the letter, and
//! the list. Public values alone, and the same bytes as long as these are the same.
//!
//! Not here: files (`cli::site`).

use askama::Template;

use super::supporter::{PEOPLE, SupporterView};
use crate::{
    activitystreams::{self, ACTIVITY_JSON, Urls, escape},
    http::{error::NotServed, list_data::MOST},
    i18n::Language,
    store::{OrganisationFilter, OrganisationPages, PageStart, PublicFilter, PublicSort, Tx},
};

/// A file of the site: its path and its text.
pub type SiteFile = (&'static str, String);

/// The path at which other servers look for the account (RFC 7033).
const WEBFINGER: &str = ".well-known/webfinger";
/// The element for the head of the website's own page.
const ALTERNATE: &str = "alternate.html";
/// The list, for the body.
const SUPPORTERS: &str = "supporters.html";

/// The list as a part of another page.
#[derive(Debug, Template)]
#[template(path = "site_supporters.html")]
struct ListFragment {
    supporters: Vec<SupporterView>,
    organisations: Vec<SupporterView>,
    /// Whether all names are off for now.
    names_off: bool,
    words: &'static Language,
}

/// The answer of WebFinger about the letter's account, as a static host has it for every query.
pub fn webfinger_file(urls: &Urls) -> String {
    let document = activitystreams::webfinger(urls, &format!("acct:{}", urls.acct()));
    format!("{}\n", document.unwrap_or_default())
}

/// All files. The list is in the order of its names, in which nobody's act moves anybody else.
///
/// # Errors
/// The database fails.
pub async fn files(
    tx: &mut Tx,
    urls: &Urls,
    words: &'static Language,
) -> Result<[SiteFile; 3], NotServed> {
    let alternate = format!(
        "<link rel=\"alternate\" type=\"{ACTIVITY_JSON}\" href=\"{}\">\n",
        escape(&urls.letter())
    );
    let supporters = everybody(tx).await?;
    let list = ListFragment {
        supporters,
        organisations: organisations(tx).await?,
        names_off: tx.names_off().await?.is_some(),
        words,
    };
    let list = list.render()?;
    Ok([
        (WEBFINGER, webfinger_file(urls)),
        (ALTERNATE, alternate),
        (SUPPORTERS, format!("{}\n", list.trim_end())),
    ])
}

async fn everybody(tx: &mut Tx) -> Result<Vec<SupporterView>, NotServed> {
    let filter = PublicFilter {
        sort: PublicSort::Name,
        ..PublicFilter::default()
    };
    let mut supporters = Vec::new();
    let mut start = PageStart::Top;
    loop {
        let page = tx.public_page(&filter, &start, MOST).await?;
        let last = page.entries.last().map(|entry| entry.public_id.clone());
        supporters.extend(page.entries.into_iter().map(SupporterView::of));
        let next = match last.filter(|_| page.has_next) {
            Some(last) => tx.public_place(&last).await?,
            None => None,
        };
        match next {
            Some(place) => start = PageStart::After(place),
            None => return Ok(supporters),
        }
    }
}

async fn organisations(tx: &mut Tx) -> Result<Vec<SupporterView>, NotServed> {
    let mut pages = OrganisationPages::of(OrganisationFilter::default());
    let mut organisations = Vec::new();
    while !pages.is_at_end() {
        let entries = pages.next(tx, MOST).await?;
        organisations.extend(entries.into_iter().map(SupporterView::of));
    }
    Ok(organisations)
}
