//! What a decision changed of one name of the list: stored with its audit entry, so that it can be taken back.

use serde::{Deserialize, Serialize};

use super::change_record::LeftAlone;
use crate::{
    clock::Millis,
    endorsement::names,
    hash::{Salt, Sha256},
    letter::{SignatorySource, SignatoryState},
    register::{indexed_words::indexed_signatory, letter::signatories::HashedName},
    store::SignatoryRow,
};

/// One name before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NameChange {
    /// `None` for a name that was entered.
    before: Option<NameFields>,
    after: NameFields,
}

/// What decisions change of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct NameFields {
    state: SignatoryState,
    revision: i64,
    /// A digest of the words.
    digest: String,
    /// The words themselves, where they are needed to take an edit back.
    words: Option<NameWords>,
}

/// What stands in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct NameWords {
    name: String,
    affiliation: Option<String>,
    url: Option<String>,
}

impl NameFields {
    fn of(row: &SignatoryRow) -> Self {
        let words = [
            Some(row.name.as_str()),
            row.affiliation.as_deref(),
            row.url.as_deref(),
        ];
        Self {
            state: state_of(row),
            revision: row.revision,
            digest: Sha256::of(&format!("{words:?}")).hex(),
            words: None,
        }
    }
}

impl NameChange {
    /// What a decision changed.
    pub(super) fn new(before: &SignatoryRow, after: &SignatoryRow) -> Self {
        let mut fields = NameFields::of(before);
        let after = NameFields::of(after);
        if fields.digest != after.digest {
            fields.words = Some(NameWords {
                name: before.name.clone(),
                affiliation: before.affiliation.clone(),
                url: before.url.clone(),
            });
        }
        Self {
            before: Some(fields),
            after,
        }
    }

    /// That a name was entered.
    pub(super) fn entered(row: &SignatoryRow) -> Self {
        Self {
            before: None,
            after: NameFields::of(row),
        }
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads what was stored.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The name as it was before: but whether a name of the file is on the page is for the file to say, too.
    ///
    /// # Errors
    /// Why it is left alone.
    pub(super) fn taken_back(
        &self,
        row: &SignatoryRow,
        salt: &Salt,
        now: Millis,
    ) -> Result<SignatoryRow, LeftAlone> {
        if row.name.is_empty() {
            return Err(LeftAlone::Purged);
        }
        let is = NameFields::of(row);
        let after = &self.after;
        let Some(before) = &self.before else {
            if is != *after {
                return Err(LeftAlone::Changed);
            }
            let mut row = row.clone();
            erase_words(&mut row, now);
            row.state = SignatoryState::Removed.to_string();
            row.shown_words = String::new();
            return Ok(row);
        };
        let untouched = [
            before.state == after.state
                || is.state == after.state
                || is_gone(is.state, after.state),
            before.revision == after.revision || is.revision == after.revision,
            before.digest == after.digest || is.digest == after.digest,
        ];
        if untouched.contains(&false) {
            return Err(LeftAlone::Changed);
        }
        let mut row = row.clone();
        if before.state != after.state {
            let state = match before.state {
                SignatoryState::Listed | SignatoryState::Withdrawn if row.gone_at.is_some() => {
                    SignatoryState::Withdrawn
                }
                SignatoryState::Listed | SignatoryState::Withdrawn => SignatoryState::Listed,
                SignatoryState::Hidden | SignatoryState::Removed => before.state,
            };
            row.state = state.to_string();
            let is_off = matches!(state, SignatoryState::Hidden | SignatoryState::Removed);
            if is_off {
                keep_off(&mut row, salt);
            } else {
                keep_hashes_if_off(&mut row, salt);
            }
        }
        if before.revision != after.revision {
            row.revision = before.revision;
        }
        if let Some(words) = &before.words {
            row.name.clone_from(&words.name);
            row.skeleton = names::skeleton(&words.name);
            row.affiliation.clone_from(&words.affiliation);
            row.url.clone_from(&words.url);
        }
        row.shown_words = indexed_signatory(&row);
        Ok(row)
    }
}

/// Whether a shown name went from the file since: taking back what showed it hides it all the same.
fn is_gone(is: SignatoryState, after: SignatoryState) -> bool {
    is == SignatoryState::Withdrawn && after == SignatoryState::Listed
}

/// The state of a stored name: what the database has is one of its words.
pub(super) fn state_of(row: &SignatoryRow) -> SignatoryState {
    row.state.parse().unwrap_or(SignatoryState::Removed)
}

/// Keeps the hashes by which a name of the file stays off the page. A name by hand is in no file that could bring it back.
pub(super) fn keep_off(row: &mut SignatoryRow, salt: &Salt) {
    if row.source != SignatorySource::Manual.as_str() {
        keep_hashes(row, salt);
    }
}

/// Keeps the hashes of a name of the file that stays without a name, and drops those of every other.
pub(super) fn keep_hashes_if_off(row: &mut SignatoryRow, salt: &Salt) {
    (row.name_hash, row.handle_hash) = (None, None);
    if row.name_off_at.is_some() {
        keep_off(row, salt);
    }
}

/// Keeps the hashes of a name.
pub(in crate::register) fn keep_hashes(row: &mut SignatoryRow, salt: &Salt) {
    let hashes = HashedName::of(salt, &row.name, row.handle.as_deref());
    (row.name_hash, row.handle_hash) = (Some(hashes.name), hashes.handle);
}

/// Erases the words of a name.
pub(in crate::register) fn erase_words(row: &mut SignatoryRow, now: Millis) {
    row.gone_at = row.gone_at.or(Some(now));
    row.name = String::new();
    row.skeleton = String::new();
    (row.handle, row.url, row.affiliation, row.reference) = (None, None, None, None);
    (row.position, row.line) = (0, None);
}
