//! Words and signs, and where sentences begin.

use unicode_segmentation::UnicodeSegmentation as _;

use super::lists::{Lists, TypoSection, fold};

/// A word or a sign, and whether a sentence begins with it.
#[derive(Clone, Debug)]
pub(super) struct TypoToken {
    pub(super) text: String,
    /// Lower case, with one kind of apostrophe.
    pub(super) folded: String,
    pub(super) begins: bool,
}

impl TypoToken {
    pub(super) fn is_word(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    pub(super) fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// As in EU.
    pub(super) fn has_two_capitals(&self) -> bool {
        self.text.chars().filter(|c| c.is_uppercase()).count() > 1
    }
}

/// Iterates over the words of a text and tracks where its sentences begin.
pub(super) struct Reader<'a> {
    lists: &'a Lists,
    begins: bool,
    line_begins: bool,
    last: String,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(lists: &'a Lists) -> Self {
        Self {
            lists,
            begins: true,
            line_begins: true,
            last: String::new(),
        }
    }

    pub(super) fn read(&mut self, text: &str) -> Vec<TypoToken> {
        let mut tokens = Vec::new();
        for bound in text.split_word_bounds() {
            if bound.trim().is_empty() {
                if bound.contains('\n') {
                    // An empty line ends a paragraph; a single line end does not end a sentence.
                    self.begins |= self.line_begins;
                    self.line_begins = true;
                }
                continue;
            }
            let token = TypoToken {
                text: bound.to_owned(),
                folded: fold(bound),
                begins: self.begins,
            };
            if token.is_word() {
                self.begins = false;
            } else if matches!(bound, "." | "!" | "?" | "…" | ":") {
                let shortened = bound == "."
                    && (self.last.chars().count() == 1
                        || self.lists.has(TypoSection::Abbreviations, &self.last));
                self.begins |= !shortened;
            } else if self.line_begins && matches!(bound, "#" | "-" | "*" | "+" | ">" | "•") {
                self.begins = true;
            }
            self.line_begins = false;
            self.last.clone_from(&token.folded);
            tokens.push(token);
        }
        tokens
    }
}
