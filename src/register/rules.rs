//! The rules in force: what the configuration and the register say, as one value.

use std::sync::Arc;

use crate::endorsement::{
    names::{self, NameCheck, Watch},
    policy::Policy,
    wording::{Phrases, Reading},
};

/// Everything that decides about acts, as it is now.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What the organisers decided beforehand.
    pub policy: Policy,
    /// Which words sign.
    pub phrases: Arc<Phrases>,
    /// Which names wait for a moderator.
    pub watch: Arc<Watch>,
    /// The newest revision: new acts are given for it.
    pub revision: i64,
    /// The letter's language, for what is said to people.
    pub language: String,
}

impl Rules {
    /// What the words of a post say; `text` is what [`wording::text_of`](crate::endorsement::wording::text_of)
    /// made of its HTML.
    pub fn read(&self, text: &str) -> Reading {
        self.phrases.read(text)
    }

    /// Whether a cleaned name may be shown at once; `taken` when somebody else's looks the same.
    pub fn passes_as_name(&self, name: &str, taken: bool) -> bool {
        names::check(name, &self.watch, taken) == NameCheck::Passes
    }

    /// Whether the user name of a handle may be shown at once.
    pub fn passes_as_handle(&self, user: &str) -> bool {
        names::check(user, &self.watch, false) == NameCheck::Passes
    }
}
