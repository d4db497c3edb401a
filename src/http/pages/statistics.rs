//! `/statistics`: how many support the letter, when and from where, and what moderation did. Numbers, no names.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    frame::{SiteView, rendered},
    supporter::SupporterSource,
    supporters::{ListPlace, ListQuery, first_of_month},
};
use crate::{
    clock::Millis,
    http::{
        counts::{CountJson, number},
        error::{Failure, NotServed},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::{Language, SupportCounts},
    store::{DayCount, ModerationCounts, ServerCounts},
};

/// The path of the page.
pub const PATH: &str = "/statistics";

/// The fewest people of a server that has a row of its own: a number of one or two would tell of persons.
const LEAST: i64 = 3;
/// The most servers with rows of their own.
const SERVERS: i64 = 50;
/// The most months.
const MONTHS: usize = 60;

/// The page of numbers.
#[derive(Clone, Debug, Template)]
#[template(path = "statistics.html")]
pub struct StatisticsPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The numbers of supporters.
    pub counts: SupportCounts,
    /// How many of them are of each source; none without anybody.
    pub sources: Vec<(SupporterSource, u64)>,
    /// How many of the list there are on each server that has enough of them; most first.
    pub servers: Vec<(String, u64)>,
    /// How many other servers there are, and how many people on them.
    pub others: (u64, u64),
    /// How many are counted without a name, on whatever server.
    pub nameless: u64,
    /// The months in which people joined, newest first: the first moment of each (UTC), and how many.
    pub months: Vec<(Millis, u64)>,
    /// What became of everything that was received.
    pub moderation: ModerationView,
}

impl StatisticsPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = PATH;

    /// The list of a source.
    fn source_href(source: &SupporterSource) -> String {
        let query = ListQuery {
            source: Some(source.clone()),
            ..ListQuery::default()
        };
        query.href(&ListPlace::Top)
    }

    /// The list from a month on.
    fn month_href(month: Millis) -> String {
        ListQuery::default().href(&ListPlace::InMonth(month))
    }

    /// The longest bar of the servers.
    fn most_on_a_server(&self) -> u64 {
        let servers = self.servers.iter().map(|(_, n)| *n);
        let shared = self.others.1.max(self.nameless);
        servers.max().unwrap_or(0).max(shared)
    }

    /// "12 other servers".
    fn other_servers(&self, words: &Language) -> String {
        words.count(self.others.0, &words.statistics.other_servers)
    }

    fn on_others(&self, words: &Language) -> String {
        words.number(self.others.1)
    }

    /// The longest bar of the months.
    fn most_in_a_month(&self) -> u64 {
        self.months.iter().map(|(_, n)| *n).max().unwrap_or(0)
    }
}

/// What became of everything that was received from the Fediverse, in numbers.
#[derive(Clone, Debug, Default)]
pub struct ModerationView {
    /// Everything: endorsements in any state, and comments.
    pub received: u64,
    /// In the list.
    pub listed: u64,
    /// Counted without a name.
    pub counted: u64,
    /// Waiting for a moderator or for a date.
    pub waiting: u64,
    /// Replies that do not sign.
    pub comments: u64,
    /// Taken back, or taken off for somebody who asked for it.
    pub withdrawn: u64,
    /// Rejected or hidden.
    pub taken_off: u64,
    /// Came after the letter was closed.
    pub late: u64,
    /// Declared void.
    pub invalid: u64,
    /// How often moderators gave which reason for that, by its code.
    pub reasons: Vec<(String, u64)>,
}

impl ModerationView {
    fn of(counts: &ModerationCounts) -> Self {
        let of = |states: &[&str]| {
            let chosen = counts.states.iter();
            let chosen = chosen.filter(|(state, _)| states.contains(&state.as_str()));
            number(chosen.map(|(_, n)| n).sum())
        };
        let all: i64 = counts.states.iter().map(|(_, n)| n).sum();
        Self {
            received: number(all.saturating_add(counts.comments)),
            listed: of(&["listed"]),
            counted: of(&["counted"]),
            waiting: of(&["pending"]),
            comments: number(counts.comments),
            withdrawn: of(&["withdrawn"]),
            taken_off: of(&["rejected", "hidden"]),
            late: of(&["late"]),
            invalid: of(&["invalid"]),
            reasons: counts
                .invalidated
                .iter()
                .map(|(code, n)| (code.clone(), number(*n)))
                .collect(),
        }
    }

    /// The rows of the table.
    fn rows(&self, language: &Language) -> [(&'static str, String); 9] {
        let words = &language.statistics;
        [
            (words.received, self.received),
            (words.listed, self.listed),
            (words.counted, self.counted),
            (words.waiting, self.waiting),
            (words.comments, self.comments),
            (words.withdrawn, self.withdrawn),
            (words.taken_off, self.taken_off),
            (words.late, self.late),
            (words.invalid, self.invalid),
        ]
        .map(|(what, n)| (what, language.number(n)))
    }

    /// The reasons in words.
    fn reasons(&self, language: &Language) -> impl Iterator<Item = (&'static str, String)> {
        let words = &language.statistics.reasons;
        self.reasons.iter().map(move |(code, n)| {
            let reason = match code.as_str() {
                "spam" => words.spam,
                "slur" => words.slur,
                "impersonation" => words.impersonation,
                "duplicate" => words.duplicate,
                "request" => words.request,
                "legal" => words.legal,
                "mistake" => words.mistake,
                _ => words.other,
            };
            (reason, language.number(*n))
        })
    }
}

/// `GET /statistics`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    state
        .answer(&headers, "page /statistics", page(&state))
        .await
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let counts = current.count_json(&mut tx).await?;
    let since = state.app.clock.now().minus(Duration::from_hours(
        u64::try_from(MONTHS).unwrap_or(0).saturating_mul(31 * 24),
    ));
    let days = tx.day_counts(since).await?;
    let ServerCounts {
        servers,
        other_servers,
        on_others,
        nameless,
    } = tx.server_counts(LEAST, SERVERS).await?;
    let page = StatisticsPage {
        site: current.site(state),
        counts: SupportCounts::from(&counts),
        sources: by_source(&counts),
        servers: servers
            .into_iter()
            .map(|(host, n)| (host, number(n)))
            .collect(),
        others: (number(other_servers), number(on_others)),
        nameless: number(nameless),
        months: by_month(&days),
        moderation: ModerationView::of(&tx.moderation_counts().await?),
    };
    Ok(rendered(MINUTE, &page)?)
}

/// How many are of each source, without the empty ones.
fn by_source(counts: &CountJson) -> Vec<(SupporterSource, u64)> {
    let forges = counts.forges.keys().cloned().map(SupporterSource::Forge);
    SupporterSource::ALL
        .into_iter()
        .chain(forges)
        .map(|source| {
            let n = match &source {
                SupporterSource::GitHub => counts.github,
                SupporterSource::Letter => counts.letter,
                SupporterSource::Fediverse => counts.fediverse,
                SupporterSource::Manual => counts.manual,
                SupporterSource::Forge(host) => {
                    counts.forges.get(host).copied().unwrap_or_default()
                }
            };
            (source, number(n))
        })
        .filter(|(_, n)| *n > 0)
        .collect()
}

/// How many joined in each month, newest first.
fn by_month(days: &[DayCount]) -> Vec<(Millis, u64)> {
    let mut months: Vec<(Millis, u64)> = Vec::new();
    for day in days {
        let (month, n) = (first_of_month(day.day), number(day.n));
        match months.last_mut() {
            Some((last, sum)) if *last == month => *sum = sum.saturating_add(n),
            _ => months.push((month, n)),
        }
    }
    months.reverse();
    months.truncate(MONTHS);
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_a_month_are_one_row() {
        let at = |text: &str| Millis::parse_rfc3339(&format!("{text}T00:00:00Z")).unwrap();
        let days = ["2026-09-30", "2026-10-01", "2026-10-31", "2026-12-01"];
        let days = days.map(|day| DayCount {
            day: at(day),
            source: "fediverse".to_owned(),
            liked: false,
            n: 2,
        });
        let expected = [
            (at("2026-12-01"), 2),
            (at("2026-10-01"), 4),
            (at("2026-09-01"), 2),
        ];
        assert_eq!(by_month(&days), expected);
        assert_eq!(by_month(&[]), []);
    }
}
