//! Reads whether the words of a post sign: [`Phrases::read`].
//!
//! The rules are simple enough to be explained to the author of the words. All lists are data
//! (`../data/phrases.*.txt`); each list says what it is for.
//!
//! 1. Mentions, hashtags, addresses and emoji are no words. Words are compared case-folded, in NFKC,
//!    on their borders. *Filling* words ("hereby", "gladly") may stand anywhere.
//! 2. A text is cut into sentences (full stop, line end) and clauses (comma, dash, emoji, and words
//!    such as "because" or "and").
//! 3. A *signing* phrase ("I sign") signs when it begins its clause and the clause ends after it, or
//!    goes on with "this", with the letter, or with what changes nothing ("with", "for", "as").
//!    Something else after it ("the lease") means something else; an unknown word leaves it unsure.
//!    With other words before it, it signs only if it names the letter: "As a teacher I sign this
//!    letter". "On behalf of ACME I sign" and "This letter I sign" are turned round, no more.
//! 4. A phrase that signs only *alone* ("signed") has to be the first clause of its sentence.
//! 5. A *negation* in the clause means that it does not sign.
//! 6. *Doubt* in the clause ("maybe"), at the beginning of another clause of the sentence ("if"), or
//!    a question mark makes it unsure; so do phrases that *nearly* sign ("I would sign").
//! 7. Words in quotation marks, struck through, or on lines that begin with `>` are not the author's
//!    own. Signing words together with a quotation are unsure, and so are signing words that stand
//!    in quotation marks. Up to three words in quotation marks are emphasis, not a quotation.
//! 8. A *withdrawing* phrase withdraws when it is a clause, or names the signature; a person may
//!    leave with the word alone, even in quotation marks.
//! 9. What is said twice and differently is unsure. Irony is not recognised.
//!
//! Everything is linear in the length of the text, of which [`MAX_TEXT`] bytes are read.
//!
//! Not here: what follows from the answer ([`judge`](super::judge)), who said it, names that are
//! fit to be shown ([`names`](super::names)).

mod clauses;
mod declared;
mod phrases;
mod tokens;

use crate::text::{cut, html_to_text};
use clauses::{Saying, Sentence};
use tokens::{Border, Span, Token, TokenKind, Voice, tokenise};

pub use phrases::{BadPhrases, PhraseFault, Phrases};

/// Most bytes of a text that are read; the rest does not count and is not stored. Thirty times the longest
/// post that most servers allow.
pub const MAX_TEXT: usize = 16 * 1024;

/// Most words in quotation marks that are read as emphasis.
const MAX_EMPHASIS: usize = 3;

/// The meaning of the words of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// They sign the letter.
    Signs,
    /// They do not: a comment.
    DoesNot,
    /// A moderator has to read them: a question, marks of doubt, a quotation.
    Unsure,
    /// They withdraw a signature.
    Withdraws,
}

/// An author's own statements about themselves, neither cleaned nor verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// "I sign as *Jane Doe*"; at most 100 graphemes.
    pub name: Option<String>,
    /// "I sign (*Debian*)"; at most 100 graphemes.
    pub affiliation: Option<String>,
}

/// The result of reading a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether the words sign.
    pub answer: Intent,
    /// The remaining words: the statement, or the comment. Mentions at the beginning are removed; if the
    /// words sign, so are the signing words and those in `declared`. Empty when no word is left, and after
    /// [`Intent::Withdraws`].
    pub rest: String,
    /// Name and affiliation, when the words sign and declare them.
    pub declared: Option<Declared>,
    /// Whether the post has words at all besides mentions, emoji and marks.
    pub has_words: bool,
}

/// The text of a post from its HTML, in the form that [`Phrases::read`] expects: quoted lines begin with `>`.
pub fn text_of(html: &str) -> String {
    cut(&html_to_text(html), MAX_TEXT).to_owned()
}

/// The combined meaning of the sentences of a text.
#[derive(Debug, Default)]
struct Sayings {
    /// The parts that sign, with their declarations.
    signing: Vec<Span>,
    declared: Option<Declared>,
    does_not: bool,
    unsure: bool,
    /// Whether a clause withdraws, and none after it signs.
    withdraws: bool,
}

impl Sayings {
    fn signs(&self) -> bool {
        !self.signing.is_empty()
    }
}

impl Phrases {
    /// Reads the plain text of a post (see [`text_of`]) by the rules of this module.
    pub fn read(&self, text: &str) -> Reading {
        let text = cut(text, MAX_TEXT);
        let tokens = tokenise(text);
        let own = self.sentences(&tokens, Voice::Own);
        let sayings = self.sayings(text, &own);
        let answer = self.answer(&tokens, &own, &sayings);
        let body = after_mentions(&tokens);
        let rest = match answer {
            Intent::Signs => without(text, body, sayings.signing),
            Intent::DoesNot | Intent::Unsure => tidy(text.get(body..).unwrap_or_default()),
            Intent::Withdraws => String::new(),
        };
        Reading {
            answer,
            rest: if self.says_something(&rest, answer) {
                rest
            } else {
                String::new()
            },
            declared: sayings.declared.filter(|_| answer == Intent::Signs),
            has_words: has_words(&tokens),
        }
    }

    /// Whether `rest` has words; next to signing words, filling alone ("Yes!") does not count.
    fn says_something(&self, rest: &str, answer: Intent) -> bool {
        let tokens = tokenise(rest);
        let filling = |voice| self.sentences(&tokens, voice).is_empty();
        let only_words = tokens
            .iter()
            .all(|token| !matches!(token.kind, TokenKind::Hashtag | TokenKind::Link));
        let only_filling = || {
            [Voice::Own, Voice::Inline, Voice::Block]
                .into_iter()
                .all(filling)
        };
        has_words(&tokens) && !(answer == Intent::Signs && only_words && only_filling())
    }

    fn answer(&self, tokens: &[Token], own: &[Sentence], sayings: &Sayings) -> Intent {
        let inline = self.said(tokens, Voice::Inline);
        let block = self.said(tokens, Voice::Block);
        let quotes = block.words || longest_quotation(tokens) > MAX_EMPHASIS || inline.signs;
        let unsure = sayings.unsure
            || (sayings.signs() && (quotes || sayings.does_not))
            || (!sayings.signs() && !sayings.does_not && inline.signs)
            || (own.is_empty() && block.signs);
        if sayings.withdraws || (own.is_empty() && inline.withdraws) {
            Intent::Withdraws
        } else if unsure {
            Intent::Unsure
        } else if sayings.signs() {
            Intent::Signs
        } else {
            Intent::DoesNot
        }
    }

    fn sayings(&self, text: &str, sentences: &[Sentence]) -> Sayings {
        let mut sayings = Sayings::default();
        for sentence in sentences {
            for (index, clause) in sentence.clauses.iter().enumerate() {
                match self.saying(sentence, index) {
                    Saying::Nothing => {}
                    Saying::DoesNot => sayings.does_not = true,
                    Saying::Unsure => sayings.unsure = true,
                    Saying::Withdraws => sayings.withdraws = true,
                    Saying::Signs { start, end } => {
                        sayings.unsure |= std::mem::take(&mut sayings.withdraws);
                        let words = clause.words.get(start..end).unwrap_or_default();
                        let spans = words.iter().map(|word| word.span);
                        sayings.signing.extend(spans.reduce(|one, last| Span {
                            end: last.end,
                            ..one
                        }));
                        if sayings.declared.is_none()
                            && let Some((declared, span)) =
                                self.declared(text, sentence, index, end)
                        {
                            sayings.declared = Some(declared);
                            sayings.signing.push(span);
                        }
                    }
                }
            }
        }
        sayings
    }

    /// The meaning of the words in a voice that is not the author's own.
    fn said(&self, tokens: &[Token], voice: Voice) -> Said {
        let sentences = self.sentences(tokens, voice);
        let mut said = Said {
            words: !sentences.is_empty(),
            ..Said::default()
        };
        for sentence in &sentences {
            for index in 0..sentence.clauses.len() {
                match self.saying(sentence, index) {
                    Saying::Signs { .. } | Saying::Unsure => said.signs = true,
                    Saying::Withdraws => said.withdraws = true,
                    Saying::Nothing | Saying::DoesNot => {}
                }
            }
        }
        said
    }
}

/// The meaning of a quotation.
#[derive(Debug, Default)]
struct Said {
    words: bool,
    signs: bool,
    withdraws: bool,
}

/// The number of words in the longest quotation in quotation marks.
fn longest_quotation(tokens: &[Token]) -> usize {
    let quotations = tokens
        .split(|token| token.kind == TokenKind::QuotationMark || token.voice != Voice::Inline);
    let words = |part: &[Token]| {
        part.iter()
            .filter(|token| matches!(token.kind, TokenKind::Word(_)))
            .count()
    };
    quotations.map(words).max().unwrap_or(0)
}

fn has_words(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| {
        matches!(
            token.kind,
            TokenKind::Word(_) | TokenKind::Hashtag | TokenKind::Link
        )
    })
}

/// The end of the mentions at the beginning of the text.
fn after_mentions(tokens: &[Token]) -> usize {
    tokens
        .iter()
        .take_while(|token| {
            matches!(
                token.kind,
                TokenKind::Mention | TokenKind::Mark(Border::Clause | Border::Sentence)
            )
        })
        .filter(|token| token.kind == TokenKind::Mention)
        .last()
        .map_or(0, |token| token.span.end)
}

/// `text` from `start` on without `parts`, and without the marks that only those needed.
fn without(text: &str, start: usize, mut parts: Vec<Span>) -> String {
    parts.sort_by_key(|part| part.start);
    let mut left = String::new();
    let mut at = start;
    let end_of_text = Span {
        start: text.len(),
        end: text.len(),
    };
    for part in parts.into_iter().chain([end_of_text]) {
        let piece = Span {
            start: at,
            end: part.start.max(at),
        }
        .of(text);
        append(&mut left, piece);
        at = at.max(part.end);
    }
    tidy(&left)
}

/// Appends text from before, between or after removed parts.
fn append(left: &mut String, piece: &str) {
    let loose = |c: char| c.is_whitespace() || ",;:-–—+&".contains(c);
    let rest = piece.trim_start_matches(|c| loose(c) || ")!.…".contains(c));
    let gap = piece.strip_suffix(rest).unwrap_or_default();
    let kept = rest.trim_end_matches(loose);
    let lines = |text: &str| text.chars().filter(|c| *c == '\n').count();
    // Of the line ends before and after a removed part, the greater number stays.
    let ended = left.len().saturating_sub(left.trim_end_matches('\n').len());
    left.push_str(&"\n".repeat(lines(gap).saturating_sub(ended)));
    if !left.is_empty() && !left.ends_with('\n') {
        left.push(' ');
    }
    left.push_str(kept);
    left.push_str(&"\n".repeat(lines(rest).saturating_sub(lines(kept))));
}

/// Removes blanks at the ends of lines, and all but one of several empty lines.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty = 0_usize;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            empty = empty.saturating_add(1);
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        tidied.push_str(
            line.trim_start_matches(|c: char| tidied.is_empty() && ",;:-–—".contains(c))
                .trim_start(),
        );
    }
    tidied
}

#[cfg(test)]
mod tests;
