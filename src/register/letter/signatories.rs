//! Import of the names in the letter's file.

use std::collections::HashMap;

use crate::{
    clock::Millis,
    endorsement::names,
    letter::{Letter, SignatorySource},
    random::{PublicId, Random},
    register::{error::Result, indexed_words::indexed_signatory},
    store::{NewSignatory, SignatoryRow, Tx},
};

/// Compares the file's names with the stored ones: new names are added, missing ones are withdrawn, and all others
/// take the file's spelling, source and position. `on_github`: whether the file is kept on GitHub. Returns how many joined, how many went, and whether anything changed.
pub(super) async fn take_over_names(
    tx: &mut Tx,
    (letter, on_github): (&Letter, bool),
    revision: i64,
    random: &dyn Random,
    now: Millis,
) -> Result<(usize, usize, bool)> {
    let known: Vec<SignatoryRow> = tx
        .signatories()
        .await?
        .into_iter()
        .filter(|row| row.source != SignatorySource::Manual.as_str())
        .collect();
    let mut unclaimed: HashMap<String, Vec<&SignatoryRow>> = HashMap::new();
    for row in known.iter().rev() {
        unclaimed
            .entry(key(row.handle.as_deref(), &row.name))
            .or_default()
            .push(row);
    }
    let (mut changed, mut joined) = (Vec::new(), 0);
    for signatory in &letter.signatories {
        let before = unclaimed
            .get_mut(&key(signatory.handle.as_deref(), &signatory.name))
            .and_then(Vec::pop);
        let returns = before.is_none_or(|row| row.gone_at.is_some());
        joined += usize::from(returns);
        let row = NewSignatory {
            public_id: before.map_or_else(|| PublicId::random(random), |row| row.public_id.clone()),
            name: signatory.name.clone(),
            skeleton: names::skeleton(&signatory.name),
            handle: signatory.handle.clone(),
            url: signatory.url.clone(),
            affiliation: signatory.affiliation.clone(),
            source: signatory.source(on_github).to_string(),
            position: i64::from(signatory.position),
            line: Some(i64::from(signatory.line)),
            revision: before
                .filter(|_| !returns)
                .map_or(revision, |row| row.revision),
            state: before
                .filter(|_| !returns)
                .map_or("listed", |row| &row.state)
                .to_owned(),
            listed_at: before.filter(|_| !returns).map_or(now, |row| row.listed_at),
            gone_at: None,
            shown_words: String::new(),
        };
        let row = NewSignatory {
            shown_words: indexed_signatory(&row),
            ..row
        };
        if before != Some(&row) {
            changed.push(row);
        }
    }
    let mut gone = 0;
    for row in unclaimed
        .into_values()
        .flatten()
        .filter(|row| row.gone_at.is_none())
    {
        gone += 1;
        changed.push(NewSignatory {
            state: "withdrawn".to_owned(),
            gone_at: Some(now),
            shown_words: String::new(),
            ..row.clone()
        });
    }
    tx.save_signatories(&changed).await?;
    Ok((joined, gone, !changed.is_empty()))
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
