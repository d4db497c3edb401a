//! `/api`: the addresses for programs, an example of each, and their limits.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    embed,
    frame::{SiteView, rendered},
};
use crate::{
    activitystreams::paths,
    http::{
        api, badge,
        error::{Failure, NotServed},
        feeds, letter_data, list_data,
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::Language,
};

/// The path of the page.
pub const PATH: &str = "/api";

/// The page of addresses for programs.
#[derive(Clone, Debug, Template)]
#[template(path = "api.html")]
pub struct ApiPage {
    /// The frame of the page.
    pub site: SiteView,
    /// Whether the whole list can be read at once (`web.bulk_download`).
    pub whole_list: bool,
    /// How many requests one network address may send in a minute.
    pub per_minute: u64,
}

/// One thing that programs may ask for.
struct ApiAddress {
    /// Its addresses, from the root.
    paths: Vec<&'static str>,
    what: String,
    /// A request, or the HTML that embeds it.
    example: String,
}

impl ApiPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = PATH;

    fn addresses(&self, words: &Language) -> Vec<ApiAddress> {
        let base = &self.site.base_url;
        let curl = |path: &str| format!("curl '{base}{path}'");
        let one = |path, what: &str| ApiAddress {
            paths: vec![path],
            what: what.to_owned(),
            example: curl(path),
        };
        let most = u64::try_from(list_data::MOST).unwrap_or(u64::MAX);
        let words_of = &words.api;
        let mut addresses = vec![
            one(api::COUNT, words_of.count),
            one(letter_data::LETTER, words_of.letter),
            ApiAddress {
                example: curl(&format!(
                    "{}?sort=name&kind=signed&limit=20",
                    list_data::SUPPORTERS
                )),
                ..one(
                    list_data::SUPPORTERS,
                    &words_of.supporters.replace("{n}", &words.number(most)),
                )
            },
        ];
        if self.whole_list {
            addresses.push(ApiAddress {
                paths: vec![list_data::CSV, list_data::NDJSON],
                ..one(list_data::CSV, words_of.whole_list)
            });
        }
        addresses.extend([
            one(letter_data::DAYS, words_of.days),
            ApiAddress {
                paths: vec![feeds::NEWS, feeds::SUPPORTERS],
                ..one(feeds::NEWS, words_of.feeds)
            },
            ApiAddress {
                paths: vec![badge::SVG, badge::SHIELDS],
                example: format!("<img src=\"{base}{}\" alt=\"\">", badge::SVG),
                ..one(badge::SVG, words_of.badge)
            },
            ApiAddress {
                example: format!(
                    "<iframe src=\"{base}{}\" title=\"{}\" width=\"320\" height=\"240\"></iframe>",
                    embed::PATH,
                    words.frame.open_letter
                ),
                ..one(embed::PATH, words_of.embed)
            },
            ApiAddress {
                paths: vec![paths::LETTER, paths::ACTOR],
                example: format!(
                    "curl -H 'Accept: application/activity+json' '{}'",
                    self.site.letter_url
                ),
                ..one(paths::LETTER, words_of.fediverse)
            },
        ]);
        addresses
    }

    fn limits(&self, words: &Language) -> String {
        let n = words.number(self.per_minute);
        words.api.limits_text.replace("{n}", &n)
    }
}

/// `GET /api`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    state.answer(&headers, "page /api", page(&state)).await
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let config = &state.app.config;
    let page = ApiPage {
        site: state.current(&mut tx).await?.site(state),
        whole_list: config.web.bulk_download,
        per_minute: config.limits.per_address_per_minute.into(),
    };
    Ok(rendered(MINUTE, &page)?)
}
