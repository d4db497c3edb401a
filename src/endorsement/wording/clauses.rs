//! Tokens grouped into sentences and clauses, and the reading of one clause.

use super::{
    phrases::{PhraseSection, Phrases},
    tokens::{Border, Token, TokenKind, Voice, Word},
};

/// Words between two marks, or from a joining word such as "because" on.
#[derive(Clone, Debug, Default)]
pub(super) struct Clause {
    pub(super) words: Vec<Word>,
    /// How many words at its beginning only join it to the words before: "and", "because".
    pub(super) joining: usize,
}

/// Clauses up to a full stop or the end of the line.
#[derive(Clone, Debug, Default)]
pub(super) struct Sentence {
    pub(super) clauses: Vec<Clause>,
    pub(super) question: bool,
    /// Whether one of the clauses begins with a mark of doubt.
    pub(super) doubtful: bool,
}

/// The meaning of one clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saying {
    Nothing,
    DoesNot,
    Unsure,
    /// The words from `start` up to `end` sign; the numbers count words of the clause.
    Signs {
        start: usize,
        end: usize,
    },
    Withdraws,
}

/// What follows a signing phrase in its clause.
enum Follows {
    /// Nothing, or words that may follow: "because", "with all my heart".
    Whole,
    /// The name of what is signed: "this letter".
    Letter,
    /// Something else that can be signed: "the lease".
    Other,
    /// Unknown words.
    Unknown,
}

impl Clause {
    /// The first word that is not a joining word.
    pub(super) fn first(&self) -> usize {
        self.next(self.joining)
    }

    /// The first word from `at` on that is not filling.
    pub(super) fn next(&self, at: usize) -> usize {
        let filling = self
            .words
            .iter()
            .skip(at)
            .take_while(|word| word.filling)
            .count();
        at.saturating_add(filling)
    }

    fn is_empty(&self) -> bool {
        self.first() >= self.words.len()
    }
}

/// A phrase that was found, by the indexes of its words in the clause.
struct FoundPhrase {
    section: PhraseSection,
    start: usize,
    end: usize,
}

impl Phrases {
    /// The sentences in `voice`. Words in another voice end a clause; a new quotation starts a new sentence
    /// of its voice.
    pub(super) fn sentences(&self, tokens: &[Token], voice: Voice) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        let mut sentence = Sentence::default();
        let mut words = Vec::new();
        // All words before this index are filling.
        let mut marked = 0;
        for token in tokens {
            let border = match &token.kind {
                TokenKind::QuotationMark if voice == Voice::Inline => Some(Border::Sentence),
                _ if token.voice != voice => Some(Border::Clause),
                TokenKind::Word(text) => {
                    words.push(Word {
                        text: text.clone(),
                        span: token.span,
                        filling: false,
                    });
                    None
                }
                TokenKind::Mention | TokenKind::Hashtag | TokenKind::Link => None,
                TokenKind::Mark(border) => Some(*border),
                TokenKind::QuotationMark => Some(Border::Clause),
            };
            let Some(border) = border else { continue };
            self.mark_filling(&mut words, marked);
            let ends = border != Border::Clause;
            // Filling between two marks belongs to the words after it: "Yes, I sign".
            if ends || words.iter().skip(marked).any(|word| !word.filling) {
                self.split(std::mem::take(&mut words), &mut sentence.clauses);
            }
            marked = words.len();
            if ends {
                sentence.question = border == Border::Question;
                sentences.push(std::mem::take(&mut sentence));
            }
        }
        self.mark_filling(&mut words, marked);
        self.split(words, &mut sentence.clauses);
        sentences.push(sentence);
        sentences.retain(|sentence| !sentence.clauses.is_empty());
        for sentence in &mut sentences {
            let doubts = |clause: &Clause| {
                self.longest(PhraseSection::Doubt, &clause.words, clause.first())
                    .is_some()
            };
            sentence.doubtful = sentence.clauses.iter().any(doubts);
        }
        sentences
    }

    /// Splits the words between two marks where a joining word begins a new clause.
    fn split(&self, words: Vec<Word>, clauses: &mut Vec<Clause>) {
        let joins: Vec<bool> = (0..words.len())
            .map(|at| self.longest(PhraseSection::Borders, &words, at).is_some())
            .collect();
        let mut clause = Clause::default();
        for (word, joins) in words.into_iter().zip(joins) {
            let joins = joins && !word.filling;
            if joins && !clause.is_empty() {
                clauses.push(std::mem::take(&mut clause));
            }
            if joins {
                clause.joining = clause.joining.saturating_add(1);
            }
            clause.words.push(word);
        }
        if !clause.is_empty() {
            clauses.push(clause);
        }
    }

    /// Marks the filling words from index `from` on.
    fn mark_filling(&self, words: &mut [Word], from: usize) {
        let mut at = from;
        while at < words.len() {
            let end = self.longest(PhraseSection::Filling, words, at);
            if let Some(filling) = end.and_then(|end| words.get_mut(at..end)) {
                for word in filling {
                    word.filling = true;
                }
            }
            at = end.unwrap_or_else(|| at.saturating_add(1));
        }
    }

    /// The meaning of the clause with this index in `sentence`.
    pub(super) fn saying(&self, sentence: &Sentence, index: usize) -> Saying {
        let Some(clause) = sentence.clauses.get(index) else {
            return Saying::Nothing;
        };
        let Some(found) = self.find(clause) else {
            return Saying::Nothing;
        };
        let saying = if found.section == PhraseSection::Signs {
            self.signs(clause, &found)
        } else if found.section == PhraseSection::Alone {
            self.alone(clause, &found, index)
        } else if found.section == PhraseSection::Nearly {
            self.nearly(clause, &found)
        } else if found.section == PhraseSection::Withdraws {
            self.withdraws(clause, &found)
        } else {
            return Saying::DoesNot;
        };
        if saying == Saying::Nothing {
            Saying::Nothing
        } else if self.any(PhraseSection::Negations, &clause.words) {
            if saying == Saying::Withdraws {
                Saying::Nothing
            } else {
                Saying::DoesNot
            }
        } else if self.is_doubted(sentence, clause, &found) {
            Saying::Unsure
        } else {
            saying
        }
    }

    /// The first phrase of the clause about signing; the longest where several begin.
    fn find(&self, clause: &Clause) -> Option<FoundPhrase> {
        const SPEAKING: [PhraseSection; 5] = [
            PhraseSection::Signs,
            PhraseSection::Alone,
            PhraseSection::Nearly,
            PhraseSection::DoesNot,
            PhraseSection::Withdraws,
        ];
        (0..clause.words.len()).find_map(|start| {
            let ends = SPEAKING.iter().filter_map(|section| {
                let end = self.longest(*section, &clause.words, start)?;
                Some(FoundPhrase {
                    section: *section,
                    start,
                    end,
                })
            });
            ends.max_by_key(|found| found.end)
        })
    }

    fn signs(&self, clause: &Clause, found: &FoundPhrase) -> Saying {
        let (follows, end) = self.follows(clause, found.end);
        let whole = Saying::Signs { start: 0, end };
        if found.start <= clause.first() {
            return match follows {
                Follows::Whole | Follows::Letter => whole,
                Follows::Other => Saying::Nothing,
                Follows::Unknown => Saying::Unsure,
            };
        }
        let before = |section| self.longest(section, &clause.words, clause.first());
        let names_it = |section| before(section).is_some_and(|end| clause.next(end) == found.start);
        // "This letter I sign", "On behalf of ACME I sign".
        let turned = names_it(PhraseSection::Letter) || names_it(PhraseSection::It);
        match follows {
            Follows::Whole | Follows::Letter
                if turned || before(PhraseSection::DeclaresFor).is_some() =>
            {
                whole
            }
            Follows::Letter => Saying::Signs {
                start: found.start,
                end,
            },
            Follows::Whole => Saying::Unsure,
            Follows::Other | Follows::Unknown => Saying::Nothing,
        }
    }

    fn alone(&self, clause: &Clause, found: &FoundPhrase, index: usize) -> Saying {
        if found.start > clause.first() {
            return Saying::Nothing;
        }
        let (follows, end) = self.follows(clause, found.end);
        match follows {
            // "Great, signed!" and "printed, signed and sent" look alike.
            Follows::Whole | Follows::Letter if index > 0 => Saying::Unsure,
            Follows::Whole | Follows::Letter => Saying::Signs { start: 0, end },
            Follows::Other | Follows::Unknown => Saying::Nothing,
        }
    }

    fn nearly(&self, clause: &Clause, found: &FoundPhrase) -> Saying {
        match self.follows(clause, found.end).0 {
            Follows::Other => Saying::Nothing,
            Follows::Whole | Follows::Letter | Follows::Unknown => Saying::Unsure,
        }
    }

    fn withdraws(&self, clause: &Clause, found: &FoundPhrase) -> Saying {
        let next = clause.next(found.end);
        let begins = found.start <= clause.first();
        let many_words = found.end.saturating_sub(found.start) > 1;
        let ends = next >= clause.words.len();
        if self
            .longest(PhraseSection::Own, &clause.words, next)
            .is_some()
            || (begins && ends)
        {
            Saying::Withdraws
        } else if self
            .longest(PhraseSection::Other, &clause.words, next)
            .is_some()
        {
            Saying::Nothing
        } else if many_words && (begins || ends) {
            Saying::Unsure
        } else {
            Saying::Nothing
        }
    }

    /// Classifies the words from `end` on, and finds where the phrase with its object ends.
    fn follows(&self, clause: &Clause, end: usize) -> (Follows, usize) {
        let next = clause.next(end);
        if let Some(letter) = self.longest(PhraseSection::Letter, &clause.words, next) {
            return (Follows::Letter, clause.next(letter));
        }
        let pronoun = self.longest(PhraseSection::It, &clause.words, next);
        if let Some(pronoun) = pronoun.filter(|at| self.may_end(clause, *at)) {
            return (Follows::Whole, clause.next(pronoun));
        }
        let follows = if self.may_end(clause, end) {
            Follows::Whole
        } else if self
            .longest(PhraseSection::Other, &clause.words, next)
            .is_some()
        {
            Follows::Other
        } else {
            Follows::Unknown
        };
        (follows, next)
    }

    /// Whether the clause ends at `at`, or continues without changing the meaning.
    fn may_end(&self, clause: &Clause, at: usize) -> bool {
        let next = clause.next(at);
        next >= clause.words.len()
            || [
                PhraseSection::GoesOn,
                PhraseSection::DeclaresAs,
                PhraseSection::DeclaresFor,
            ]
            .into_iter()
            .any(|section| self.longest(section, &clause.words, next).is_some())
    }

    /// Whether there is doubt in the clause itself, or at the beginning of another clause of the sentence.
    fn is_doubted(&self, sentence: &Sentence, clause: &Clause, found: &FoundPhrase) -> bool {
        let before = clause.words.get(..found.start).unwrap_or_default();
        sentence.question
            || sentence.doubtful
            || self.any(PhraseSection::Doubt, &clause.words)
            || self.any(PhraseSection::Reports, before)
    }
}
