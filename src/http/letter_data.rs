//! The letter and the numbers of each day, for programs.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{
    counts::CountJson,
    error::{Failure, NotServed},
    headers::NO_INDEX,
    response_cache::{MINUTE, Rendered},
    state::HttpState,
};
use crate::{clock::Millis, http::pages::frame::without_query, store::DayCount};

/// The path of the letter's data.
pub const LETTER: &str = "/api/v1/letter.json";
/// The path of the numbers of each day.
pub const DAYS: &str = "/api/v1/days.json";

/// The time that the numbers of each day reach back: five years.
pub const DAYS_BACK: Duration = Duration::from_hours(5 * 366 * 24);

/// The letter. Members are only ever added.
#[derive(Debug, Serialize)]
struct PublicLetterJson {
    title: String,
    /// The language tag.
    language: String,
    /// SHA-256 of the text, lower-case hex.
    digest: String,
    /// The newest revision.
    revision: i64,
    /// `open`, `paused` or `closed`.
    state: &'static str,
    /// When the first revision was published.
    published: Millis,
    /// When the newest one was.
    updated: Millis,
    /// The page.
    url: String,
    /// The id of the `Note`.
    note: String,
    /// The id of the actor.
    actor: String,
    /// `@user@host` of the actor.
    handle: String,
    /// The letter's file on the web.
    source_url: Option<String>,
    counts: CountJson,
}

/// The numbers of one day.
#[derive(Debug, Default, Serialize)]
struct DayJson {
    /// The day (UTC): `2026-11-22`.
    date: String,
    /// `signed` and `liked`.
    total: i64,
    signed: i64,
    liked: i64,
    github: i64,
    letter: i64,
    fediverse: i64,
    manual: i64,
}

/// The numbers of each day on which there were any, oldest first.
#[derive(Debug, Serialize)]
struct DaysJson {
    days: Vec<DayJson>,
}

/// `GET /api/v1/letter.json`.
pub async fn letter(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let letter = letter_json(&state);
    state.answer(&headers, "api letter", letter).await
}

async fn letter_json(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let counts = current.count_json(&mut tx).await?;
    let site = current.site(state);
    let app = &state.app;
    let source = app.config.letter.source_url.as_ref();
    let letter = PublicLetterJson {
        title: site.title,
        language: site.language,
        digest: current.revision.digest,
        revision: current.revision.number,
        state: state.letter_state().as_str(),
        published: current.object.published_at,
        updated: current.revision.published_at,
        url: app.urls.absolute("/"),
        note: app.urls.letter(),
        actor: app.urls.actor(),
        handle: app.urls.handle(),
        source_url: source.map(|url| without_query(url.as_url())),
        counts,
    };
    let body = serde_json::to_string(&letter)?;
    Ok(Rendered::new("application/json", MINUTE, body))
}

/// `GET /api/v1/days.json`.
pub async fn days(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let days = days_json(&state);
    let response = state.answer(&headers, "api days", days).await?;
    Ok(([NO_INDEX], response).into_response())
}

async fn days_json(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    state.current(&mut tx).await?;
    let since = state.app.clock.now().minus(DAYS_BACK);
    let days = by_day(&tx.day_counts(since).await?);
    let body = serde_json::to_string(&DaysJson { days })?;
    Ok(Rendered::new("application/json", MINUTE, body))
}

/// The numbers of each day in one row.
fn by_day(counts: &[DayCount]) -> Vec<DayJson> {
    let mut days: Vec<DayJson> = Vec::new();
    for count in counts {
        let date = count.day.to_date();
        if days.last().is_none_or(|day| day.date != date) {
            days.push(DayJson {
                date,
                ..DayJson::default()
            });
        }
        let Some(day) = days.last_mut() else {
            continue;
        };
        day.total += count.n;
        if count.liked {
            day.liked += count.n;
        } else {
            day.signed += count.n;
        }
        match count.source.as_str() {
            "github" => day.github += count.n,
            "letter" => day.letter += count.n,
            "manual" => day.manual += count.n,
            _ => day.fediverse += count.n,
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_day_stand_in_one_row() {
        let count = |date: &str, source: &str, liked, n| DayCount {
            day: Millis::parse_rfc3339(&format!("{date}T00:00:00Z")).unwrap(),
            source: source.to_owned(),
            liked,
            n,
        };
        let days = by_day(&[
            count("2026-11-22", "fediverse", false, 2),
            count("2026-11-22", "fediverse", true, 3),
            count("2026-11-22", "github", false, 20),
            count("2026-11-24", "manual", false, 1),
        ]);
        let rows: Vec<_> = days
            .iter()
            .map(|day| {
                (
                    day.date.as_str(),
                    day.total,
                    day.signed,
                    day.liked,
                    day.fediverse,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [("2026-11-22", 25, 22, 3, 5), ("2026-11-24", 1, 1, 0, 0)]
        );
        assert_eq!((days[0].github, days[1].manual), (20, 1));
    }
}
