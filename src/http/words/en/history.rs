//! The pages about what changed, in English.

use crate::http::words::{Count, HistoryWords};

pub(super) const WORDS: HistoryWords = HistoryWords {
    heading: "History of the text",
    lead: "Every text that stood here, newest first, and what changed. Who signed one of them \
           signed that text; corrections are carried over.",
    current: "published now",
    first: "First text",
    typo: "Correction",
    substantive: "Another text",
    signed: Count {
        one: "{n} signed this text",
        many: "{n} signed this text",
    },
    note: "The organisers say:",
    superseded: "This text was replaced.",
    read_current: "Read the letter as it is now",
    changes: "What changed",
    changes_note: "Word by word, against the revision before, as the letter’s file has it.",
    added: "added:",
    removed: "removed:",
    unchanged: "unchanged",
    text: "The whole text",
    earlier: "Earlier",
    later: "Later",
};
