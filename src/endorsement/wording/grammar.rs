//! One sentence in one language: is all of it known, and what does it say?

use super::{
    names::{Names, SelfNamed, after_comma, in_parentheses},
    phrases::{Node, Section, Slot},
    reader::SentenceReader,
    tokens::TokenKind,
};

/// Most known phrases that may stand inside a signing phrase: "I, of course, hereby gladly sign".
const MAX_INSIDE: usize = 6;

/// Most places of the tree of phrases that are tried for one phrase.
const MAX_STEPS: usize = 64;

/// Most words that name the letter: "to this very important open letter".
const MAX_LETTER_WORDS: usize = 8;

/// Most tokens between two words of a pledge: "I have, after nine long years, left".
const MAX_BETWEEN: usize = 5;

/// Most words and marks of a clause that withdraws.
const MAX_WITHDRAWAL: usize = 40;

/// What a sentence says of which every word is known.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a sentence may say any of these at once"
)]
pub(super) struct Understood {
    pub(super) signs: bool,
    pub(super) refuses: bool,
    /// Whether it says more than that: "because it matters".
    pub(super) adds: bool,
    /// Whether it asks to hear what is new: "keep me posted".
    pub(super) asks_for_news: bool,
    pub(super) named: SelfNamed,
}

/// A phrase that was found in a sentence.
struct Found {
    section: Section,
    end: usize,
    named: SelfNamed,
}

/// The search for the longest phrase.
struct PhraseSearch {
    /// How many places may still be tried.
    steps: usize,
    /// Whether other words may stand inside the phrase.
    speaks: bool,
    best: Option<(usize, SelfNamed)>,
}

impl SentenceReader<'_> {
    /// Reads the whole sentence; `None` if anything in it is not known.
    pub(super) fn known(&self) -> Option<Understood> {
        let mut known = Understood::default();
        // Whether anything but neutral words and names was said: then a participle may be of something else.
        let mut begun = false;
        let mut at = 0;
        while let Some(kind) = self.sentence.kind(at) {
            match kind {
                // Where somebody went is said by a link.
                TokenKind::Link if self.language.pledges => at = at.saturating_add(1),
                // What is signed may be what the link leads to.
                TokenKind::QuotationMark | TokenKind::Link => return None,
                TokenKind::Mention => at = at.saturating_add(1),
                TokenKind::Hashtag(tag) => {
                    known.signs |= self.language.signs_as_tag(tag);
                    at = at.saturating_add(1);
                }
                TokenKind::Emoji(_) if self.warns_at(at) => return None,
                TokenKind::Mark(_) | TokenKind::Emoji(_) => {
                    let brackets = in_parentheses(self, at);
                    known.named = known
                        .named
                        .or(brackets.map_or_else(SelfNamed::default, |it| it.1));
                    at = brackets.map_or(at.saturating_add(1), |it| it.0);
                }
                TokenKind::Word(_) => {
                    let found = self.phrase(at).or_else(|| self.signature(at))?;
                    let opens = found.section == Section::Opening;
                    if self.is_of_somebody_else(&found, at) || (opens && begun) {
                        return None;
                    }
                    begun |= found.section != Section::Neutral;
                    known.signs |= opens || found.section == Section::Sign;
                    known.refuses |= found.section == Section::Refuse;
                    known.adds |= found.section == Section::Addition;
                    known.asks_for_news |= found.section == Section::Posted;
                    known.named = known.named.or(found.named);
                    at = found.end;
                }
            }
        }
        Some(known)
    }

    /// Whether a place stands right after the letter: "the letter from Greenpeace" is another one.
    fn is_of_somebody_else(&self, found: &Found, at: usize) -> bool {
        let word = self.sentence.word(at).unwrap_or_default();
        let additions = self.language.section(Section::Addition);
        let is_place = |place: &Node| place.slots.iter().any(|(slot, _)| *slot == Slot::Place);
        let names_a_place = found.section == Section::Addition
            && additions.is_some_and(|additions| additions.after(word).any(is_place));
        let ends_here = |from: usize| {
            let letter = [Section::Letter, Section::It].into_iter();
            letter
                .filter_map(|section| self.plain(section, from))
                .any(|end| end == at)
        };
        names_a_place && (at.saturating_sub(MAX_LETTER_WORDS)..at).any(ends_here)
    }

    /// The longest phrase that begins at `at`.
    fn phrase(&self, at: usize) -> Option<Found> {
        const SECTIONS: [Section; 9] = [
            Section::And,
            Section::It,
            Section::Letter,
            Section::Neutral,
            Section::Addition,
            Section::Posted,
            Section::Refuse,
            Section::Opening,
            Section::Sign,
        ];
        let found = SECTIONS.into_iter().filter_map(|section| {
            let (end, named) = self.longest(section, at)?;
            Some(Found {
                section,
                end,
                named,
            })
        });
        found.max_by_key(|found| found.end)
    }

    /// A name that stands by itself between marks: "Signed, Jana Novak, ACME", "Jana Novak: I sign".
    fn signature(&self, at: usize) -> Option<Found> {
        let before = at.checked_sub(1);
        if before.is_some_and(|before| self.sentence.is_word(before)) {
            return None;
        }
        let end = Names::People.end(self, at)?;
        if before.is_none() && self.sentence.is_word(end) {
            return None;
        }
        let name = self.sentence.span(at, end);
        let (end, affiliation) = after_comma(self, end);
        Some(Found {
            section: Section::Neutral,
            end,
            named: SelfNamed { name, affiliation },
        })
    }

    /// The longest phrase of `section` that begins at `at`, and whom it names.
    pub(super) fn longest(&self, section: Section, at: usize) -> Option<(usize, SelfNamed)> {
        let speaks = matches!(
            section,
            Section::Sign
                | Section::Opening
                | Section::Project
                | Section::Refuse
                | Section::Withdraw
                | Section::Nameless
        );
        let mut walk = PhraseSearch {
            steps: MAX_STEPS,
            speaks,
            best: None,
        };
        let phrases = self.language.section(section)?;
        self.step(&mut walk, phrases, at, SelfNamed::default());
        walk.best
    }

    /// Goes on from a place in the tree of phrases with the token at `at`.
    fn step(&self, walk: &mut PhraseSearch, place: &Node, at: usize, named: SelfNamed) {
        if place.ends && walk.best.is_none_or(|(end, _)| end < at) {
            walk.best = Some((at, named));
        }
        let (mut here, mut named) = (at, named);
        for _ in 0..=MAX_INSIDE {
            if walk.steps == 0 {
                return;
            }
            walk.steps = walk.steps.saturating_sub(1);
            if let Some(word) = self.sentence.word(here) {
                for next in place.after(word) {
                    self.step(walk, next, here.saturating_add(1), named);
                }
            }
            for (slot, next) in &place.slots {
                if let Some((end, one)) = self.slot(*slot, here) {
                    self.step(walk, next, end, named.or(one));
                }
            }
            let begun = walk.speaks && walk.steps < MAX_STEPS.saturating_sub(1);
            if !begun || place.is_last() {
                return;
            }
            let Some((end, one)) = self.inside(here) else {
                return;
            };
            (here, named) = (end, named.or(one));
        }
    }

    /// What fills a place in a phrase at `at`.
    fn slot(&self, slot: Slot, at: usize) -> Option<(usize, SelfNamed)> {
        let mut named = SelfNamed::default();
        let end = match slot {
            Slot::Letter => self.plain(Section::Letter, at)?,
            Slot::Name => {
                let end = Names::People.end(self, at)?;
                named.name = self.sentence.span(at, end);
                let (end, affiliation) = after_comma(self, end);
                named.affiliation = affiliation;
                end
            }
            Slot::Group => {
                let end = Names::Groups.end(self, at)?;
                named.affiliation = self.sentence.span(at, end);
                end
            }
            Slot::Place => Names::Groups.end(self, at)?,
            Slot::Rest if self.warns_from(at) => return None,
            Slot::Rest => self.sentence.len(),
            Slot::Project => match self.sentence.kind(at)? {
                TokenKind::Link => at.saturating_add(1),
                TokenKind::Word(_)
                | TokenKind::Mention
                | TokenKind::Hashtag(_)
                | TokenKind::Emoji(_)
                | TokenKind::Mark(_)
                | TokenKind::QuotationMark => return None,
            },
        };
        Some((end, named))
    }

    /// What may stand inside a signing phrase: marks, neutral words, the letter, and a name between commas.
    fn inside(&self, at: usize) -> Option<(usize, SelfNamed)> {
        match self.sentence.kind(at)? {
            TokenKind::QuotationMark => None,
            TokenKind::Emoji(_) if self.warns_at(at) => None,
            TokenKind::Word(_) => [Section::Neutral, Section::Letter, Section::It]
                .into_iter()
                .filter_map(|section| self.plain(section, at))
                .max()
                .map(|end| (end, SelfNamed::default()))
                .or_else(|| self.signature(at).map(|found| (found.end, found.named))),
            TokenKind::Mention
            | TokenKind::Link
            | TokenKind::Hashtag(_)
            | TokenKind::Emoji(_)
            | TokenKind::Mark(_) => Some((at.saturating_add(1), SelfNamed::default())),
        }
    }

    /// Whether a condition stands anywhere in the sentence.
    fn is_conditional(&self) -> bool {
        (0..self.sentence.len()).any(|at| self.plain(Section::Condition, at).is_some())
    }

    /// The ends of the phrases in which words of signing mean something else, by their beginnings.
    pub(super) fn ordinary(&self) -> Vec<Option<usize>> {
        let places = 0..self.sentence.len();
        places.map(|at| self.plain(Section::Ordinary, at)).collect()
    }

    /// Whether the sentence speaks of signing, outside of the phrases that are `ordinary`.
    pub(super) fn speaks_of_signing(&self, ordinary: &[Option<usize>]) -> bool {
        let mut known_until = 0;
        (0..self.sentence.len()).any(|at| {
            let known = ordinary.get(at).copied().flatten();
            known_until = known.unwrap_or(0).max(known_until);
            if let Some(TokenKind::Hashtag(tag)) = self.sentence.kind(at) {
                return self.language.signs_as_tag(tag)
                    || self.language.is_phrase(Section::Words, tag);
            }
            let spoken = |section| self.longest(section, at).map(|(end, _)| end);
            let mut ends = [
                Section::Words,
                Section::Sign,
                Section::Opening,
                Section::Refuse,
            ]
            .into_iter();
            ends.any(|section| spoken(section).is_some_and(|end| end > known_until))
        })
    }

    /// Where the sentence says a signing phrase with other words between, from the first of its words to the last one;
    /// a hashtag of it counts.
    pub(super) fn says_loosely(&self) -> Option<(usize, usize)> {
        let phrases = self.language.section(Section::Sign)?;
        (0..self.sentence.len()).find_map(|at| {
            let is_tag = matches!(self.sentence.kind(at), Some(TokenKind::Hashtag(tag)) if self.language.signs_as_tag(tag));
            if is_tag {
                return Some((at, at.saturating_add(1)));
            }
            // The first word stands here: further ones are tried from where they are.
            let mut steps = MAX_STEPS;
            let word = self.sentence.word(at)?;
            let mut nexts = phrases.after(word);
            nexts.find_map(|next| {
                let end = self.loosely(next, at.saturating_add(1), &mut steps)?;
                Some((at, end))
            })
        })
    }

    /// The end of a phrase that goes on at `at`, or up to [`MAX_BETWEEN`] tokens later.
    fn loosely(&self, place: &Node, at: usize, steps: &mut usize) -> Option<usize> {
        if place.ends {
            return Some(at);
        }
        let until = at.saturating_add(MAX_BETWEEN).min(self.sentence.len());
        for here in at..=until {
            *steps = steps.checked_sub(1)?;
            let next = here.saturating_add(1);
            let mut words = self.sentence.word(here).into_iter();
            let found = words.find_map(|word| {
                let mut places = place.after(word);
                places.find_map(|place| self.loosely(place, next, steps))
            });
            let mut slots = place.slots.iter();
            let found = found.or_else(|| {
                slots.find_map(|(slot, place)| {
                    let (end, _) = self.slot(*slot, here)?;
                    self.loosely(place, end, steps)
                })
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether a negation stands in the clause from `start` to `end`: between the marks and the words that join clauses
    /// before and after it. "No doubt" is none.
    pub(super) fn denies(&self, start: usize, end: usize) -> bool {
        let is_border = |at: usize| {
            matches!(self.sentence.kind(at), Some(TokenKind::Mark(_))) || self.begins_clause(at)
        };
        let begin = (0..start).rev().find(|at| is_border(*at));
        let mut at = begin.map_or(0, |at| at.saturating_add(1));
        let until = (end..self.sentence.len()).find(|at| is_border(*at));
        let until = until.unwrap_or(self.sentence.len());
        while at < until {
            if self.plain(Section::Negation, at).is_some() {
                return true;
            }
            let neutral = self.plain(Section::Neutral, at);
            at = neutral.unwrap_or_else(|| at.saturating_add(1));
        }
        false
    }

    /// Whether the sentence withdraws; `None` if it may.
    pub(super) fn withdraws(&self) -> Option<bool> {
        let mut speaks = false;
        let mut begins = true;
        for at in 0..self.sentence.len() {
            if begins && self.clause_withdraws(at) {
                return (!self.sentence.question && !self.is_conditional()).then_some(true);
            }
            let many = self
                .longest(Section::Withdraw, at)
                .is_some_and(|(end, _)| self.sentence.words_between(at, end) > 1);
            speaks |= many;
            begins = !self.sentence.is_word(at) || self.begins_clause(at);
        }
        (!speaks).then_some(false)
    }

    /// Whether the word at `at` joins the next clause: "and", "because".
    fn begins_clause(&self, at: usize) -> bool {
        self.plain(Section::And, at).is_some()
    }

    /// Whether the clause from `at` on is a withdrawing phrase and neutral words. One word withdraws only as the first
    /// clause: "withdraw" elsewhere is said of others.
    fn clause_withdraws(&self, at: usize) -> bool {
        let mut here = at;
        let mut withdraws = false;
        let limit = at.saturating_add(MAX_WITHDRAWAL);
        while self.sentence.is_word(here) || (!withdraws && here < self.sentence.len()) {
            if here > limit {
                return false;
            }
            let next = here.saturating_add(1);
            if !self.sentence.is_word(here) {
                if matches!(self.sentence.kind(here), Some(TokenKind::QuotationMark)) {
                    return false;
                }
                here = next;
                continue;
            }
            if withdraws && (self.begins_clause(here) || self.adds(here)) {
                return true;
            }
            let phrase = self.longest(Section::Withdraw, here).map(|(end, _)| end);
            if let Some(end) =
                phrase.filter(|end| at == 0 || self.sentence.words_between(here, *end) > 1)
            {
                (withdraws, here) = (true, end);
            } else if let Some(end) = self.plain(Section::Neutral, here) {
                here = end;
            } else {
                return false;
            }
        }
        withdraws
    }

    /// Whether a reason begins at `at`: "because …".
    fn adds(&self, at: usize) -> bool {
        let word = self.sentence.word(at).unwrap_or_default();
        let additions = self.language.section(Section::Addition);
        let is_rest = |place: &Node| place.slots.iter().any(|(slot, _)| *slot == Slot::Rest);
        additions.is_some_and(|additions| additions.after(word).any(is_rest))
    }
}
