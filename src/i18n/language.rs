//! The languages that there are words for, and their formats of numbers, dates and durations.

use std::time::Duration;

use super::{
    de, en,
    words::{Count, Language},
};
use crate::{clock::Millis, endorsement::policy::LetterState};

/// Every language. The first is for letters in a language without words.
pub(super) static ALL: &[&Language] = &[&en::WORDS, &de::WORDS];

impl Language {
    /// The words for a language tag such as `de` or `de-AT`; English for a language without words.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let found = ALL
            .iter()
            .find(|language| primary.eq_ignore_ascii_case(language.code));
        found.copied().unwrap_or(&en::WORDS)
    }

    /// That the letter opened again, was paused, or closed.
    pub(crate) const fn became(&self, state: LetterState) -> &'static str {
        match state {
            LetterState::Open => self.timeline.opened,
            LetterState::Paused => self.timeline.paused,
            LetterState::Closed => self.timeline.closed,
        }
    }

    /// A number with the language's thousands separator: `1,224`.
    pub(crate) fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut grouped = String::with_capacity(digits.len().saturating_add(6));
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(place);
            if place > 0 && left.is_multiple_of(3) {
                grouped.push(self.thousands);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number and its noun phrase.
    pub(crate) fn count(&self, n: u64, phrase: &Count) -> String {
        let pattern = if n == 1 { phrase.one } else { phrase.many };
        pattern.replace("{n}", &self.number(n))
    }

    /// A date in UTC: `22 November 2026`.
    pub(crate) fn date(&self, moment: Millis) -> String {
        let iso = moment.to_date();
        let mut parts = iso.splitn(3, '-');
        let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next())
        else {
            return iso;
        };
        let name = month
            .parse::<usize>()
            .ok()
            .and_then(|month| self.months.get(month.checked_sub(1)?));
        let Some(name) = name else { return iso };
        let day = day.trim_start_matches('0');
        self.date
            .replace("{d}", day)
            .replace("{m}", name)
            .replace("{y}", year)
    }

    /// A month in UTC: `November 2026`.
    pub(crate) fn month(&self, moment: Millis) -> String {
        let iso = moment.to_date();
        let mut parts = iso.splitn(3, '-');
        let (Some(year), Some(month)) = (parts.next(), parts.next()) else {
            return iso;
        };
        let name = month
            .parse::<usize>()
            .ok()
            .and_then(|month| self.months.get(month.checked_sub(1)?));
        let Some(name) = name else { return iso };
        self.month.replace("{m}", name).replace("{y}", year)
    }

    /// A duration in the largest unit that divides it: `30 days`, `36 hours`; parts of a second are
    /// dropped.
    pub(crate) fn duration(&self, duration: Duration) -> String {
        let seconds = duration.as_secs();
        let [days, hours, minutes, rest] = &self.units;
        for (unit, phrase) in [(24 * 60 * 60, days), (60 * 60, hours), (60, minutes)] {
            if seconds >= unit && seconds.is_multiple_of(unit) {
                return self.count(seconds.div_euclid(unit), phrase);
            }
        }
        self.count(seconds, rest)
    }
}
