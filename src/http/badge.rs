//! The number of signatures for other pages: a picture, and data for services that draw one.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use serde_json::json;

use super::{
    error::{Failure, NotServed},
    pages::frame::SiteView,
    response_cache::{MINUTE, Rendered},
    state::HttpState,
};
use crate::i18n::{Language, SupportCounts};

/// The path of the picture.
pub const SVG: &str = "/badge.svg";
/// The path of the data.
pub const SHIELDS: &str = "/api/v1/shields.json";

/// The colour of the figure, that of links on our pages.
const COLOUR: &str = "1d4a7a";

/// The width of a character, in tenths of a pixel, in the font that most readers have.
const CHARACTER: usize = 68;

/// The picture: what is counted, and how many.
#[derive(Debug, Template)]
#[template(path = "badge.svg")]
struct Badge {
    label: &'static str,
    figure: String,
    /// How many organisations there are, in words: the picture has no room for it, its title has. `None` for none.
    organisations: Option<String>,
    colour: &'static str,
}

impl Badge {
    /// The width of a text with room at its sides, in pixels.
    fn width(text: &str) -> usize {
        text.chars()
            .count()
            .saturating_mul(CHARACTER)
            .div_ceil(10)
            .saturating_add(14)
    }

    fn label_width(&self) -> usize {
        Self::width(self.label)
    }

    fn figure_width(&self) -> usize {
        Self::width(&self.figure)
    }

    fn whole_width(&self) -> usize {
        self.label_width().saturating_add(self.figure_width())
    }

    fn label_middle(&self) -> usize {
        self.label_width() / 2
    }

    fn figure_middle(&self) -> usize {
        self.label_width().saturating_add(self.figure_width() / 2)
    }
}

/// What is counted, in the letter's language.
struct BadgeCounts {
    label: &'static str,
    figure: String,
    organisations: Option<String>,
}

async fn counted(state: &HttpState) -> Result<BadgeCounts, NotServed> {
    let mut tx = state.store.read().await?;
    let (counts, site) = match state.current_if_out(&mut tx).await? {
        Some(current) => {
            let counts = SupportCounts::from(&current.count_json(&mut tx).await?);
            (counts, current.site(state))
        }
        None => (SupportCounts::default(), SiteView::without_letter(state)),
    };
    let words: &'static Language = site.words();
    let label = words.form(counts.signed, &words.counts.signatures);
    Ok(BadgeCounts {
        label,
        figure: words.number(counts.signed),
        organisations: words.organisations(&counts),
    })
}

/// `GET /badge.svg`.
pub async fn svg(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let render = async {
        let BadgeCounts {
            label,
            figure,
            organisations,
        } = counted(&state).await?;
        let badge = Badge {
            label,
            figure,
            organisations,
            colour: COLOUR,
        };
        Ok(Rendered::new("image/svg+xml", MINUTE, badge.render()?))
    };
    state.answer(&headers, "badge", render).await
}

/// `GET /api/v1/shields.json`, as <https://shields.io/badges/endpoint-badge> reads it.
pub async fn shields(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let render = async {
        let BadgeCounts { label, figure, .. } = counted(&state).await?;
        let body = json!({"schemaVersion": 1, "label": label, "message": figure, "color": COLOUR});
        Ok(Rendered::new("application/json", MINUTE, body.to_string()))
    };
    state.answer(&headers, "api shields", render).await
}
