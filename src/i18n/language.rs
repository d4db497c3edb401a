//! The languages that there are words for, and their formats of numbers, dates and durations.

use std::time::Duration;

use super::{
    ar, de, en, es, fr, hi, id, it, ja, ko, nl, pl, pt, ru, tr,
    words::{Count, Grouping, Language},
    zh,
};
use crate::{clock::Millis, endorsement::policy::LetterState};

/// Every language. The first is for letters in a language without words.
pub(super) static ALL: &[&Language] = &[
    &en::WORDS,
    &ar::WORDS,
    &de::WORDS,
    &es::WORDS,
    &fr::WORDS,
    &hi::WORDS,
    &id::WORDS,
    &it::WORDS,
    &ja::WORDS,
    &ko::WORDS,
    &nl::WORDS,
    &pl::WORDS,
    &pt::WORDS,
    &ru::WORDS,
    &tr::WORDS,
    &zh::WORDS,
];

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

    /// That the letter opened again, was paused, or closed; a draft became nothing yet.
    pub(crate) const fn became(&self, state: LetterState) -> &'static str {
        match state {
            LetterState::Draft => self.not_out.title,
            LetterState::Open => self.timeline.opened,
            LetterState::Paused => self.timeline.paused,
            LetterState::Closed => self.timeline.closed,
        }
    }

    /// What a language is called by those who speak it, by its tag: `Deutsch`, `中文 (zh-Hant)`; the tag alone for a
    /// language without words.
    pub(crate) fn name_of(tag: &str) -> String {
        let found = Self::of(tag);
        let (primary, rest) = tag
            .split_once('-')
            .map_or((tag, None), |(primary, rest)| (primary, Some(rest)));
        match rest {
            _ if !found.code.eq_ignore_ascii_case(primary) => tag.to_owned(),
            None => found.name.to_owned(),
            Some(_) => format!("{} ({tag})", found.name),
        }
    }

    /// A number with the language's thousands separator: `1,224`.
    pub(crate) fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut grouped = String::with_capacity(digits.len().saturating_add(6));
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(place);
            let ends_group = match self.grouping {
                Grouping::Threes => left.is_multiple_of(3),
                Grouping::ThreesFromFive => left.is_multiple_of(3) && digits.len() > 4,
                Grouping::Lakhs => left == 3 || left > 3 && !left.is_multiple_of(2),
            };
            if place > 0 && ends_group {
                grouped.push(self.thousands);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number and its noun phrase.
    pub(crate) fn count(&self, n: u64, phrase: &Count) -> String {
        self.form(n, phrase).replace("{n}", &self.number(n))
    }

    /// The form of a noun phrase that goes with a number, by the rules for whole numbers of the Unicode CLDR
    /// (<https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html>). Millions, which take a
    /// preposition in some Romance languages, get the form of other numbers.
    pub(crate) fn form(&self, n: u64, phrase: &Count) -> &'static str {
        let (tens, hundreds) = (n % 10, n % 100);
        let is_teen = (11..=19).contains(&hundreds);
        // Which of the forms in `many`; `None`: `one`.
        let place = match self.code {
            // zero|two|few|many|other
            "ar" => match (n, hundreds) {
                (1, _) => None,
                (0, _) => Some(0),
                (2, _) => Some(1),
                (_, 3..=10) => Some(2),
                (_, 11..=99) => Some(3),
                (_, 0..=2 | 100..) => Some(4),
            },
            // few|many
            "pl" => match (n, tens) {
                (1, _) => None,
                (_, 2..=4) if !is_teen => Some(0),
                _ => Some(1),
            },
            "ru" => match tens {
                1 if !is_teen => None,
                2..=4 if !is_teen => Some(0),
                _ => Some(1),
            },
            "fr" | "hi" | "pt" => (n > 1).then_some(0),
            _ => (n != 1).then_some(0),
        };
        let form = place.map(|place| phrase.many.split('|').nth(place));
        form.map_or(phrase.one, |form| form.unwrap_or(phrase.many))
    }

    /// A date in UTC: `22 November 2026`.
    pub(crate) fn date(&self, moment: Millis) -> String {
        let iso = moment.to_date();
        let Some((year, month, day)) = parts(&iso) else {
            return iso;
        };
        let Some(name) = named(&self.months, month) else {
            return iso;
        };
        let day = match day.trim_start_matches('0') {
            "1" => self.first_day,
            day => day,
        };
        self.date
            .replace("{d}", day)
            .replace("{m}", name)
            .replace("{y}", year)
    }

    /// A month in UTC: `November 2026`.
    pub(crate) fn month(&self, moment: Millis) -> String {
        let iso = moment.to_date();
        let months = self.months_alone.as_ref().unwrap_or(&self.months);
        let named = parts(&iso).and_then(|(year, month, _)| Some((year, named(months, month)?)));
        let Some((year, name)) = named else {
            return iso;
        };
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

/// Year, month and day of a date such as `2026-11-22`.
fn parts(iso: &str) -> Option<(&str, &str, &str)> {
    let mut parts = iso.splitn(3, '-');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// The name of a month by its number, `01` to `12`.
fn named(months: &[&'static str; 12], month: &str) -> Option<&'static str> {
    let number = month.parse::<usize>().ok()?;
    months.get(number.checked_sub(1)?).copied()
}
