//! Import of the names in the letter's file.

use std::collections::{HashMap, HashSet};

use crate::{
    clock::Millis,
    endorsement::names,
    hash::{Salt, Sha256},
    letter::{Letter, Signatory, SignatorySource, SignatoryState},
    random::{PublicId, Random},
    register::{error::Result, indexed_words::indexed_signatory},
    store::{NewSignatory, SignatoryRow, Tx},
};

/// A file whose names are taken over.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamesFile<'a> {
    /// The file, as it was read.
    pub(super) letter: &'a Letter,
    /// Whether it is kept on GitHub: then its names come from there.
    pub(super) on_github: bool,
    /// The revision that new names are given for.
    pub(super) revision: i64,
    /// The salt of the hashes by which hidden and removed names are known.
    pub(super) salt: &'a Salt,
}

/// What a file changes about the names; nothing is written yet.
#[derive(Debug, Default)]
pub(super) struct NameChanges {
    /// How many names came from a file before, without those that are gone.
    pub(super) known: usize,
    /// Names that are new, or in the file again.
    pub(super) joined: usize,
    /// Names of the file that an administrator hid or removed: they stay so.
    pub(super) kept_off: usize,
    /// Those of them that are taken off for good: the organisers take them out of the file.
    pub(super) to_take_out: usize,
    /// The rows of the file's names that are new or differ.
    pub(super) present: Vec<NewSignatory>,
    /// The rows of those that the file has no more.
    pub(super) gone: Vec<NewSignatory>,
    /// The rows of removed names that the file has again or no more, until their text is erased: so it is known whether
    /// taking the removal back brings them back.
    pub(super) removed: Vec<NewSignatory>,
}

/// Compares the file's names with the stored ones: new names are added, missing ones are withdrawn, and all others
/// take the file's spelling, source and position. What an administrator hid or removed stays so.
pub(super) async fn compare_names(
    tx: &mut Tx,
    file: NamesFile<'_>,
    random: &dyn Random,
    now: Millis,
) -> Result<NameChanges> {
    let known = tx.signatories_to_compare().await?;
    let kept_off = KeptOff::of(known.iter().filter(|row| !is_nameless(row)), file.salt);
    let nameless = KeptOff::of(known.iter().filter(|row| is_nameless(row)), file.salt);
    let (removed, known): (Vec<_>, Vec<_>) = known.iter().partition(|row| is_removed(row));
    let mut unclaimed: HashMap<String, Vec<&SignatoryRow>> = HashMap::new();
    // Removed ones last: of two that nothing tells apart, the one on the page is in the file.
    let with_text = removed.into_iter().filter(|row| is_from_file(row));
    for row in with_text.chain(known.iter().copied().rev()) {
        unclaimed
            .entry(key(row.handle.as_deref(), &row.name))
            .or_default()
            .push(row);
    }
    let mut changes = NameChanges {
        known: known.iter().filter(|row| row.gone_at.is_none()).count(),
        ..NameChanges::default()
    };
    for signatory in &file.letter.signatories {
        let before = unclaimed
            .get_mut(&key(signatory.handle.as_deref(), &signatory.name))
            .and_then(Vec::pop);
        let is_off = before.is_some_and(is_off);
        let is_new = before.is_none_or(|row| row.gone_at.is_some()) && !is_off;
        if is_off || (is_new && kept_off.have(signatory)) {
            changes.kept_off += 1;
            changes.to_take_out += usize::from(is_new || before.is_some_and(is_removed));
        }
        if is_new && kept_off.have(signatory) {
            continue;
        }
        changes.joined += usize::from(is_new);
        let (name, handle) = (&signatory.name, signatory.handle.as_deref());
        // Also when it comes again after its text was erased, or in another spelling.
        let name_off_at = before
            .and_then(|row| row.name_off_at)
            .or_else(|| (is_new && nameless.have(signatory)).then_some(now));
        let keeps_hashes = is_off || name_off_at.is_some();
        let hashes = keeps_hashes.then(|| HashedName::of(file.salt, name, handle));
        let row = NewSignatory {
            public_id: before.map_or_else(|| PublicId::random(random), |row| row.public_id.clone()),
            name: signatory.name.clone(),
            skeleton: names::skeleton(&signatory.name),
            handle: signatory.handle.clone(),
            url: signatory.url.clone(),
            affiliation: signatory.affiliation.clone(),
            source: signatory.source(file.on_github).to_string(),
            position: i64::from(signatory.position),
            line: Some(i64::from(signatory.line)),
            revision: before
                .filter(|_| !is_new)
                .map_or(file.revision, |row| row.revision),
            state: before
                .filter(|_| !is_new)
                .map_or("listed", |row| &row.state)
                .to_owned(),
            listed_at: before.filter(|_| !is_new).map_or(now, |row| row.listed_at),
            gone_at: None,
            shown_words: String::new(),
            collected: None,
            reference: None,
            name_hash: hashes.as_ref().map(|hashes| hashes.name.clone()),
            handle_hash: hashes.and_then(|hashes| hashes.handle),
            name_off_at,
        };
        let row = NewSignatory {
            shown_words: indexed_signatory(&row),
            ..row
        };
        if before == Some(&row) {
            continue;
        }
        if is_removed(&row) {
            changes.removed.push(row);
        } else {
            changes.present.push(row);
        }
    }
    let left = unclaimed.into_values().flatten();
    let left = left.filter(|row| row.gone_at.is_none());
    let (removed, left): (Vec<_>, Vec<_>) = left.partition(|row| is_removed(row));
    changes.gone = left.into_iter().map(|row| gone(row, now)).collect();
    let removed = removed.into_iter().map(|row| gone(row, now));
    changes.removed.extend(removed);
    Ok(changes)
}

fn is_removed(row: &SignatoryRow) -> bool {
    row.state == SignatoryState::Removed.as_str()
}

/// Whether an administrator took a name off the page.
fn is_off(row: &SignatoryRow) -> bool {
    is_removed(row) || row.state == SignatoryState::Hidden.as_str()
}

/// Whether a name counts, but is kept off everything public.
fn is_nameless(row: &SignatoryRow) -> bool {
    row.name_off_at.is_some() && !is_off(row)
}

/// Whether a name came from the file, and its text is kept.
fn is_from_file(row: &SignatoryRow) -> bool {
    row.source != SignatorySource::Manual.as_str() && !row.name.is_empty()
}

/// The row of a name that the file has no more. One that an administrator took off stays so, for the day on which it comes
/// again.
fn gone(row: &SignatoryRow, now: Millis) -> NewSignatory {
    let state = if is_off(row) {
        row.state.clone()
    } else {
        SignatoryState::Withdrawn.to_string()
    };
    NewSignatory {
        state,
        gone_at: Some(now),
        shown_words: String::new(),
        ..row.clone()
    }
}

/// Names that administrators hid, removed or keep off, by their hashes: the text of a removed one is erased, and a hidden one
/// may come again in another spelling.
struct KeptOff<'a> {
    salt: &'a Salt,
    /// Handles.
    handles: HashSet<Sha256>,
    /// Names, and whether one of them had no handle.
    names: HashMap<Sha256, bool>,
}

impl<'a> KeptOff<'a> {
    fn of<'b>(rows: impl Iterator<Item = &'b SignatoryRow>, salt: &'a Salt) -> Self {
        let mut handles = HashSet::new();
        let mut names: HashMap<Sha256, bool> = HashMap::new();
        for row in rows {
            handles.extend(row.handle_hash.clone());
            if let Some(name) = &row.name_hash {
                *names.entry(name.clone()).or_default() |= row.handle_hash.is_none();
            }
        }
        Self {
            salt,
            handles,
            names,
        }
    }

    /// Whether this is one of them: by the handle if both have one, else by the name.
    fn have(&self, signatory: &Signatory) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let hashes = HashedName::of(self.salt, &signatory.name, signatory.handle.as_deref());
        let without_handle = self.names.get(&hashes.name);
        match &hashes.handle {
            Some(handle) => self.handles.contains(handle) || without_handle == Some(&true),
            None => without_handle.is_some(),
        }
    }
}

/// A name as salted hashes, by which it is known after its text was erased.
#[derive(Clone, Debug)]
pub(in crate::register) struct HashedName {
    /// The name's.
    pub(in crate::register) name: Sha256,
    /// The handle's.
    pub(in crate::register) handle: Option<Sha256>,
}

impl HashedName {
    /// The hashes of a name and a handle, whatever their case.
    pub(in crate::register) fn of(salt: &Salt, name: &str, handle: Option<&str>) -> Self {
        Self {
            name: Sha256::salted(salt, &key(None, name)),
            handle: handle.map(|handle| Sha256::salted(salt, &key(Some(handle), name))),
        }
    }
}

/// The setting that keeps the notes among the names, as Markdown.
const NOTES: &str = "signatory_notes";

/// Stores the notes among the file's names; returns whether they changed.
pub(super) async fn take_over_notes(tx: &mut Tx, letter: &Letter) -> Result<bool> {
    let notes: Vec<&str> = letter.notes.iter().map(|note| note.text.as_str()).collect();
    let notes = notes.join("\n\n");
    let changed = tx.setting(NOTES).await?.unwrap_or_default() != notes;
    if changed {
        tx.set_setting(NOTES, &notes).await?;
    }
    Ok(changed)
}

/// The notes among the names of the letter's file, as Markdown: shown above the names; empty if there are none.
pub async fn signatory_notes(tx: &mut Tx) -> crate::store::Result<String> {
    Ok(tx.setting(NOTES).await?.unwrap_or_default())
}

/// The key by which names are compared: the handle, else the name.
fn key(handle: Option<&str>, name: &str) -> String {
    handle.map_or_else(
        || format!("name {}", name.to_lowercase()),
        |handle| format!("handle {}", handle.to_lowercase()),
    )
}
