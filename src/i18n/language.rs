//! The texts of the pages, one table for each language, with its formats for numbers and dates.
//!
//! **Not here:** the letter, names and statements, which are data; the signing phrases that are recognised in replies
//! (`endorsement`); log messages and errors of commands, which are always English.

use std::{fmt, time::Duration};

use super::{
    AboutWords, Count, CountWords, FrameWords, HistoryWords, LetterWords, ListWords, PostWords,
    PrivacyWords, ProblemWords, SigningWords, de, en,
};
use crate::{clock::Millis, http::views::CountsView};

/// Every text of the pages in one language.
#[derive(Debug)]
pub(crate) struct Words {
    /// The language's code, for the `lang` attribute.
    pub(crate) code: &'static str,
    pub(super) thousands: char,
    pub(super) months: [&'static str; 12],
    /// `{d}` day, `{m}` month's name, `{y}` year.
    pub(super) date: &'static str,
    /// Days, hours, minutes, seconds.
    pub(super) units: [Count; 4],
    pub(super) counts: CountWords,
    pub(crate) frame: FrameWords,
    pub(crate) letter: LetterWords,
    pub(crate) post: PostWords,
    pub(crate) signing: SigningWords,
    pub(crate) list: ListWords,
    pub(crate) privacy: PrivacyWords,
    pub(crate) about: AboutWords,
    pub(crate) history: HistoryWords,
    pub(crate) home: &'static str,
    pub(crate) bad_request: ProblemWords,
    pub(crate) forbidden: ProblemWords,
    pub(crate) not_found: ProblemWords,
    pub(crate) gone: ProblemWords,
    pub(crate) retired: ProblemWords,
    pub(crate) too_many: ProblemWords,
    pub(crate) internal: ProblemWords,
    pub(crate) unavailable: ProblemWords,
}

/// The parts of the headline, which the page styles separately; [`fmt::Display`] joins them to one line.
#[derive(Debug)]
pub(crate) struct Headline {
    /// The number of signatures, `None` while there is none.
    pub(crate) figure: Option<String>,
    /// "signatures", or "No signatures yet" when there is no number.
    pub(crate) noun: &'static str,
    /// "21 on GitHub, 1,203 in the Fediverse".
    pub(crate) sources: Option<String>,
    /// "8,800 more accounts like the letter".
    pub(crate) likes: Option<String>,
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(figure) = &self.figure {
            write!(f, "{figure} ")?;
        }
        f.write_str(self.noun)?;
        if let Some(sources) = &self.sources {
            write!(f, " ({sources})")?;
        }
        if let Some(likes) = &self.likes {
            write!(f, " · {likes}")?;
        }
        Ok(())
    }
}

impl Words {
    /// The texts for a language tag such as `de` or `de-AT`; English for a language without a table.
    pub(crate) fn of(tag: &str) -> &'static Self {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        if primary.eq_ignore_ascii_case("de") {
            &de::WORDS
        } else {
            &en::WORDS
        }
    }

    /// The paths and names of the pages that every page links to.
    pub(crate) fn pages(&self) -> [(&'static str, &'static str); 4] {
        let words = &self.frame;
        [
            ("/", words.letter),
            ("/supporters", words.supporters),
            ("/privacy", words.privacy),
            ("/about", words.about),
        ]
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

    /// The headline, which never adds likes to signatures.
    ///
    /// The number of the Fediverse is computed as all signatures minus the other sources, so that the parts always add
    /// up to the number before them.
    pub(crate) fn headline(&self, counts: &CountsView) -> Headline {
        let words = &self.counts;
        let listed = counts.github.saturating_add(counts.manual);
        let sources: Vec<String> = [
            (counts.github, words.on_github),
            (counts.signed.saturating_sub(listed), words.in_fediverse),
            (counts.manual, words.by_hand),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, pattern)| pattern.replace("{n}", &self.number(n)))
        .collect();
        let likes = if counts.signed > 0 {
            &words.more_likes
        } else {
            &words.only_likes
        };
        Headline {
            figure: (counts.signed > 0).then(|| self.number(counts.signed)),
            noun: match counts.signed {
                0 => words.no_signatures,
                1 => words.signatures.one,
                _ => words.signatures.many,
            },
            sources: (counts.signed > 0 && !sources.is_empty()).then(|| sources.join(", ")),
            likes: (counts.liked > 0).then(|| self.count(counts.liked, likes)),
        }
    }

    /// "N signed this text, M an earlier one"; `None` while everybody signed this one.
    pub(crate) fn earlier(&self, counts: &CountsView) -> Option<String> {
        (counts.earlier > 0).then(|| {
            let pattern = self
                .counts
                .earlier
                .replace("{n}", &self.number(counts.current));
            pattern.replace("{m}", &self.number(counts.earlier))
        })
    }

    /// The number of organisations, which are not in the total; `None` for none.
    pub(crate) fn organisations(&self, counts: &CountsView) -> Option<String> {
        let n = counts.organisations;
        (n > 0).then(|| self.count(n, &self.counts.organisations))
    }

    /// The number of boosts and quotes, which never count as support; `None` for none.
    pub(crate) fn reach(&self, counts: &CountsView) -> Option<String> {
        (counts.reach > 0).then(|| self.count(counts.reach, &self.counts.boosts))
    }
}
