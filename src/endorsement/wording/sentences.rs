//! Tokens grouped into sentences.

use super::tokens::{Border, Span, Token, TokenKind, Voice, has_no_blanks};

/// The tokens of one voice up to a full stop or the end of the line.
#[derive(Clone, Debug)]
pub(super) struct Sentence<'a> {
    text: &'a str,
    tokens: Vec<&'a Token>,
    /// Whether words of another voice stand in it.
    pub(super) mixed: bool,
    pub(super) question: bool,
    /// Whether it is written in capitals.
    pub(super) shouts: bool,
    /// From its first token to its mark.
    pub(super) place: Span,
}

impl<'a> Sentence<'a> {
    /// The sentences in `voice`. A new quotation begins a new sentence of its voice.
    pub(super) fn all(text: &'a str, tokens: &'a [Token], voice: Voice) -> Vec<Self> {
        let empty = || Self {
            text,
            tokens: Vec::new(),
            mixed: false,
            question: false,
            shouts: false,
            place: Span { start: 0, end: 0 },
        };
        let mut sentences = vec![empty()];
        for token in tokens {
            let Some(sentence) = sentences.last_mut() else {
                break;
            };
            let border = match token.kind {
                TokenKind::QuotationMark if voice == Voice::Inline => Some(Border::Sentence),
                // The marks of a quotation within a sentence are not the sentence's own; a quoted line ends it.
                TokenKind::Mark(border) if token.voice == voice || token.voice == Voice::Block => {
                    Some(border)
                }
                _ => None,
            };
            if token.voice != voice {
                sentence.mixed |= matches!(token.kind, TokenKind::Word(_));
            } else if !matches!(border, Some(Border::Sentence | Border::Question)) {
                sentence.tokens.push(token);
            }
            if !sentence.tokens.is_empty() {
                if sentence.tokens.len() == 1 && sentence.place.end == 0 {
                    sentence.place = token.span;
                }
                sentence.place.end = token.span.end;
            }
            if let Some(border @ (Border::Sentence | Border::Question)) = border {
                sentence.question = border == Border::Question;
                sentences.push(empty());
            }
        }
        sentences.retain(|sentence| !sentence.tokens.is_empty());
        for sentence in &mut sentences {
            let mut words = (0..sentence.len()).filter(|at| sentence.is_word(*at));
            sentence.shouts = !words.any(|at| {
                let word = sentence.original(at).unwrap_or_default();
                word.chars().any(char::is_lowercase)
            });
        }
        sentences
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn kind(&self, at: usize) -> Option<&'a TokenKind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    /// The word or emoji at `at`, normalised.
    pub(super) fn word(&self, at: usize) -> Option<&'a str> {
        match self.kind(at)? {
            TokenKind::Word(text) | TokenKind::Emoji(text) => Some(text),
            TokenKind::Mention
            | TokenKind::Hashtag(_)
            | TokenKind::Link
            | TokenKind::Mark(_)
            | TokenKind::QuotationMark => None,
        }
    }

    /// The token at `at` as it was written.
    pub(super) fn original(&self, at: usize) -> Option<&'a str> {
        self.tokens.get(at).map(|token| token.span.of(self.text))
    }

    pub(super) fn is_word(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(TokenKind::Word(_)))
    }

    /// The place of the tokens from `start` up to `end`.
    pub(super) fn span(&self, start: usize, end: usize) -> Option<Span> {
        Some(Span {
            start: self.tokens.get(start)?.span.start,
            end: self.tokens.get(end.checked_sub(1)?)?.span.end,
        })
    }

    /// The number of its words.
    pub(super) fn words(&self) -> usize {
        self.words_between(0, self.len())
    }

    /// The number of words from `start` up to `end`; in scripts without blanks three characters are about one.
    pub(super) fn words_between(&self, start: usize, end: usize) -> usize {
        let all = (start..end).filter(|at| self.is_word(*at));
        let (characters, words): (Vec<_>, Vec<_>) = all.partition(|at| {
            let first = self.word(*at).and_then(|word| word.chars().next());
            first.is_some_and(has_no_blanks)
        });
        words.len().saturating_add(characters.len().div_ceil(3))
    }
}
