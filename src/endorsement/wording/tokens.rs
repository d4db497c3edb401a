//! Splits a post into words and marks, each with its place in the text.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Longest custom emoji that is looked for, in characters: `:blob_cat_signs:`.
const MAX_SHORTCODE: usize = 64;

/// A full stop after one of these, or after a single letter, does not end a sentence.
const ABBREVIATIONS: [&str; 9] = ["dr", "prof", "mr", "mrs", "ms", "dipl", "ing", "nr", "gez"];

/// How the tone indicators `/s` and `/j` are read: as the irony mark.
const IRONY: &str = "⸮";

/// Typed faces and hearts; they count as emoji, not as words.
const EMOTICONS: [&str; 14] = [
    "<3", ":d", ":-d", ":p", ":-p", ";d", ":o", ":-o", "xd", "x)", ":3", "^^", "\\o/", "o/",
];

/// Length of the longest of [`EMOTICONS`], in characters.
const MAX_EMOTICON: usize = 3;

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// The part of `text` in this span.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Whether words are the author's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The author's own words.
    Own,
    /// Inside quotation marks, or struck through.
    Inline,
    /// On a line that begins with `>`.
    Block,
}

/// The border of a clause or a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    Clause,
    Sentence,
    Question,
}

/// The kinds of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word, normalised by [`normalise`]; one character of a script without blanks.
    Word(String),
    /// `@letter` or `@letter@host`.
    Mention,
    /// A hashtag, normalised, without its sign.
    Hashtag(String),
    Link,
    /// An emoji, a typed face, the name of a custom emoji, or another symbol.
    Emoji(String),
    /// Punctuation or a line end.
    Mark(Border),
    /// A quotation begins or ends.
    QuotationMark,
}

/// One token with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) span: Span,
    pub(super) kind: TokenKind,
    pub(super) voice: Voice,
}

/// A word in the form in which it is compared: NFKC, case folded, one kind of apostrophe, nothing invisible, and one
/// form of the letters that people write in two ways (Turkish i, Russian yo, Arabic alef and its vowel signs).
pub(super) fn normalise(word: &str) -> String {
    let folded: String = word
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_invisible(*c) && !is_arabic_sign(*c) && *c != '\u{307}')
        .map(|c| match c {
            _ if is_apostrophe(c) => '\'',
            'ı' => 'i',
            'ё' => 'е',
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ى' => 'ي',
            _ => c,
        })
        .collect();
    folded.replace('ß', "ss")
}

/// Splits `text` into tokens, in linear time.
pub(super) fn tokenise(text: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        text,
        chars: text.char_indices().collect(),
        at: 0,
        tokens: Vec::new(),
        closers: &[],
        block: false,
    };
    while let Some(character) = scanner.peek(0) {
        scanner.step(character);
    }
    scanner.tokens
}

struct Scanner<'text> {
    text: &'text str,
    chars: Vec<(usize, char)>,
    at: usize,
    tokens: Vec<Token>,
    /// The characters that close the open quotation; empty when none is open.
    closers: &'static [char],
    block: bool,
}

impl Scanner<'_> {
    fn step(&mut self, character: char) {
        if self.before().is_none_or(is_line_end) {
            self.block = self.line_is_quoted();
        }
        if is_line_end(character) {
            // An unclosed quotation mark quotes up to the end of its line.
            self.closers = &[];
            let border = if self.line_goes_on() {
                Border::Clause
            } else {
                Border::Sentence
            };
            self.push(1, TokenKind::Mark(border));
        } else if character.is_whitespace() {
            self.skip();
        } else if let Some((length, face)) = self.emoticon() {
            self.push(length, TokenKind::Emoji(face));
        } else if self.closes(character) {
            self.push(1, TokenKind::QuotationMark);
            self.closers = &[];
        } else if let Some(closers) = self.opens(character) {
            self.closers = closers;
            self.push(1, TokenKind::QuotationMark);
        } else if let Some(length) = self.link() {
            self.push(length, TokenKind::Link);
        } else if character.is_alphanumeric() {
            self.word();
        } else {
            self.sign(character);
        }
    }

    /// Reads a character that is neither blank, nor word, nor quotation mark.
    fn sign(&mut self, character: char) {
        match character {
            '@' => match self.run(1, |c| c.is_alphanumeric() || "_.-@".contains(c)) {
                0 => self.skip(),
                length => self.push(
                    self.without_stop(length.saturating_add(1)),
                    TokenKind::Mention,
                ),
            },
            '#' | '＃' => match self.run(1, |c| {
                c.is_alphanumeric() || c == '_' || is_combining_mark(c)
            }) {
                0 => self.skip(),
                length => {
                    let length = length.saturating_add(1);
                    let tag = normalise(self.span(length).of(self.text));
                    let tag = tag.trim_start_matches('#').to_owned();
                    self.push(length, TokenKind::Hashtag(tag));
                }
            },
            ':' => {
                let name = self.run(1, |c| c.is_ascii_alphanumeric() || "_+-".contains(c));
                let is_emoji = (1..=MAX_SHORTCODE).contains(&name)
                    && self.peek(name.saturating_add(1)) == Some(':');
                if is_emoji {
                    let length = name.saturating_add(2);
                    let name = normalise(self.span(length).of(self.text));
                    self.push(length, TokenKind::Emoji(name));
                } else {
                    self.push(1, TokenKind::Mark(Border::Clause));
                }
            }
            _ if is_stop(character) => self.stop(),
            '-' if self.is_dash() => self.push(1, TokenKind::Mark(Border::Clause)),
            _ if is_symbol(character) => self.push(1, TokenKind::Emoji(character.to_string())),
            _ if ends_clause(character) => self.push(1, TokenKind::Mark(Border::Clause)),
            _ => self.skip(),
        }
    }

    /// A run of full stops, question and exclamation marks.
    fn stop(&mut self) {
        let length = self.run(0, is_stop);
        let signs = || {
            self.chars
                .iter()
                .skip(self.at)
                .take(length)
                .map(|(_, c)| *c)
        };
        let only_dots = signs().all(|c| matches!(c, '.' | '…'));
        let after = self.peek(length);
        if signs().any(|c| matches!(c, '?' | '？' | '؟' | '⁇' | '⁈' | '⁉' | '‽')) {
            self.push(length, TokenKind::Mark(Border::Question));
        } else if only_dots && (length > 1 || self.peek(0) == Some('…')) {
            self.push(length, TokenKind::Mark(Border::Clause));
        } else if only_dots && (after.is_some_and(char::is_alphanumeric) || self.abbreviates()) {
            self.skip();
        } else {
            self.push(length, TokenKind::Mark(Border::Sentence));
        }
    }

    fn word(&mut self) {
        let mut length: usize = 0;
        if self.peek(0).is_some_and(has_no_blanks) {
            let word = normalise(self.span(1).of(self.text));
            return self.push(1, TokenKind::Word(word));
        }
        while let Some(character) = self.peek(length) {
            let goes_on = (character.is_alphanumeric() && !has_no_blanks(character))
                || is_combining_mark(character)
                || is_invisible(character)
                || (is_apostrophe(character)
                    && self
                        .peek(length.saturating_add(1))
                        .is_some_and(char::is_alphanumeric));
            if !goes_on {
                break;
            }
            length = length.saturating_add(1);
        }
        let word = normalise(self.span(length).of(self.text));
        self.push(length, TokenKind::Word(word));
    }

    fn link(&self) -> Option<usize> {
        if self.before().is_some_and(char::is_alphanumeric) {
            return None;
        }
        let rest = self.text.get(self.offset(self.at)..)?;
        let is_link = ["https://", "http://"].iter().any(|scheme| {
            rest.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        // The marks after a link belong to the sentence.
        let mark = |c: &char| is_stop(*c) || matches!(c, ',' | ';' | ':');
        is_link.then(|| {
            let whole = self.run(0, |c| !c.is_whitespace());
            let marks = (0..whole).rev().map_while(|at| self.peek(at).filter(mark));
            whole.saturating_sub(marks.count())
        })
    }

    /// A typed face, or the sign for irony: its length, and the form in which it is compared.
    fn emoticon(&self) -> Option<(usize, String)> {
        if self.before().is_some_and(|c| !c.is_whitespace()) {
            return None;
        }
        let chunk: String = self
            .chars
            .iter()
            .skip(self.at)
            .map(|(_, c)| *c)
            .take_while(|c| !c.is_whitespace())
            .take(MAX_EMOTICON.saturating_add(1))
            .collect();
        let length = chunk.chars().count();
        let face = chunk.to_lowercase();
        match face.trim_end_matches(['.', '!']) {
            "/s" | "/j" => Some((2, IRONY.to_owned())),
            _ if EMOTICONS.contains(&face.as_str()) => Some((length, face)),
            _ => None,
        }
    }

    /// Whether the sentence goes on after this line end: a colon stands before it, or a small letter begins the next
    /// line and no empty line is between.
    fn line_goes_on(&self) -> bool {
        let after = self.chars.get(self.at.saturating_add(1)..);
        let mut after = after.into_iter().flatten().map(|(_, c)| *c);
        let next = after.find(|c| is_line_end(*c) || !c.is_whitespace());
        self.before() == Some(':') || (next.is_some_and(char::is_lowercase) && !self.block)
    }

    /// The characters that would close the quotation that `character` opens here.
    fn opens(&self, character: char) -> Option<&'static [char]> {
        if !self.closers.is_empty() {
            return None;
        }
        let next = self.peek(1);
        // These are also apostrophes, inches or closing marks. They open only at the start of a word.
        let at_word = next.is_some_and(|c| c.is_alphanumeric() || "#@".contains(c))
            && !self.before().is_some_and(char::is_alphanumeric);
        match character {
            '„' => Some(&['“', '”', '"']),
            '“' => Some(&['”', '"']),
            '«' => Some(&['»']),
            '‹' => Some(&['›']),
            '‚' => Some(&['‘', '’']),
            '‘' => Some(&['’']),
            '「' => Some(&['」']),
            '『' => Some(&['』']),
            '"' if next.is_some_and(|c| !c.is_whitespace())
                && !self.before().is_some_and(char::is_alphanumeric) =>
            {
                Some(&['"'])
            }
            '»' if at_word => Some(&['«', '»']),
            '›' if at_word => Some(&['‹', '›']),
            '”' if at_word => Some(&['”']),
            '\'' if at_word => Some(&['\'']),
            '`' if at_word => Some(&['`', '´', '\'']),
            '~' if next == Some('~') => Some(&['~']),
            _ => None,
        }
    }

    fn closes(&self, character: char) -> bool {
        let next = self.peek(1);
        self.closers.contains(&character)
            && match character {
                '~' => next == Some('~'),
                '\'' | '’' => !next.is_some_and(char::is_alphanumeric),
                _ => true,
            }
    }

    /// Whether the line that begins here is marked as a quotation; `>:(` and `>_<` are faces.
    fn line_is_quoted(&self) -> bool {
        let blanks = self.run(0, |c| c.is_whitespace() && !is_line_end(c));
        let after = self.peek(blanks.saturating_add(1));
        self.peek(blanks) == Some('>')
            && after.is_none_or(|c| {
                c.is_whitespace() || c.is_alphanumeric() || "\"'„“”«»‘>@#".contains(c)
            })
    }

    fn is_dash(&self) -> bool {
        let blank =
            |neighbour: Option<char>| neighbour.is_none_or(|c| c.is_whitespace() || c == '-');
        blank(self.before()) || blank(self.peek(1))
    }

    fn abbreviates(&self) -> bool {
        let Some(Token {
            span,
            kind: TokenKind::Word(word),
            ..
        }) = self.tokens.last()
        else {
            return false;
        };
        let single_letter =
            word.chars().count() == 1 && word != "i" && word.chars().all(char::is_alphabetic);
        span.end == self.offset(self.at)
            && (single_letter || ABBREVIATIONS.contains(&word.as_str()))
    }

    /// `length` without a final full stop, which belongs to the sentence.
    fn without_stop(&self, length: usize) -> usize {
        let mut kept = length;
        while kept > 1 && matches!(self.peek(kept.saturating_sub(1)), Some('.' | '-')) {
            kept = kept.saturating_sub(1);
        }
        kept
    }

    /// The number of consecutive characters from `from` on that satisfy `of_a_kind`.
    fn run(&self, from: usize, of_a_kind: impl Fn(char) -> bool) -> usize {
        let from = self.at.saturating_add(from);
        self.chars
            .iter()
            .skip(from)
            .take_while(|(_, c)| of_a_kind(*c))
            .count()
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars
            .get(self.at.saturating_add(ahead))
            .map(|(_, c)| *c)
    }

    fn before(&self) -> Option<char> {
        self.chars.get(self.at.checked_sub(1)?).map(|(_, c)| *c)
    }

    fn offset(&self, at: usize) -> usize {
        self.chars
            .get(at)
            .map_or(self.text.len(), |(offset, _)| *offset)
    }

    fn span(&self, length: usize) -> Span {
        Span {
            start: self.offset(self.at),
            end: self.offset(self.at.saturating_add(length)),
        }
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn push(&mut self, length: usize, kind: TokenKind) {
        let voice = match (self.block, self.closers) {
            (true, _) => Voice::Block,
            (false, []) => Voice::Own,
            (false, [..]) => Voice::Inline,
        };
        self.tokens.push(Token {
            span: self.span(length),
            kind,
            voice,
        });
        self.at = self.at.saturating_add(length);
    }
}

fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | 'ʼ' | '＇' | '´')
}

fn is_stop(character: char) -> bool {
    ".!?…。！？؟⁇⁈⁉‽।۔".contains(character)
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn is_arabic_sign(character: char) -> bool {
    matches!(character, '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}')
}

/// Whether words of this character's script stand without blanks between them: Chinese and Japanese.
pub(super) fn has_no_blanks(character: char) -> bool {
    matches!(character, '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Punctuation inside a sentence.
fn ends_clause(character: char) -> bool {
    ",;()[]{}<>–—|•·=&+、，；：（）،؛・".contains(character)
}

/// Symbols and emoji; their blocks begin with the arrows.
fn is_symbol(character: char) -> bool {
    character >= '\u{2190}'
        && !character.is_alphanumeric()
        && !is_combining_mark(character)
        && !is_invisible(character)
        && !ends_clause(character)
        && !is_stop(character)
}
