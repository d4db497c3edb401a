//! The letter's translations: pages beside the letter. They are never sent, and no signature is given for them.

use std::collections::BTreeMap;

use crate::{
    clock::Millis,
    letter::{Letter, LetterPicture},
    register::error::Result,
    store::{AuditAction, NewAudit, Topic, TranslationRow, Tx},
    string_enum::words,
};

/// A translation as it was read from its file.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The language tag (BCP 47), such as `de` or `pt-BR`.
    pub language: String,
    /// The name of its file.
    pub file: String,
    /// The file, as it was read. Its names are not used.
    pub letter: Letter,
    /// The file itself.
    pub source: String,
    /// The pictures of its text, which [`Translation::source`] names by their hashes.
    pub pictures: Vec<LetterPicture>,
}

words! {
    /// What happened to a translation.
    pub enum TranslationChange {
        /// There was none in its language.
        New = "new",
        /// It has another text.
        Changed = "changed",
        /// Its file is not there any more.
        Gone = "gone",
    }
}

impl TranslationChange {
    /// What a change among all changes, oldest first, did.
    pub fn of(change: &TranslationRow, all: &[TranslationRow]) -> Self {
        let before = all
            .iter()
            .rfind(|other| other.language == change.language && other.number < change.number);
        if change.digest.is_none() {
            Self::Gone
        } else if before.is_some_and(|before| before.digest.is_some()) {
            Self::Changed
        } else {
            Self::New
        }
    }
}

/// The translations that stood when a revision was the letter's text, or stand if it still is, by language; of all
/// changes, oldest first.
pub fn standing(changes: &[TranslationRow], revision: i64) -> Vec<&TranslationRow> {
    let mut newest = BTreeMap::new();
    for change in changes.iter().filter(|row| row.revision <= revision) {
        newest.insert(change.language.as_str(), change);
    }
    let with_text = newest.into_values().filter(|row| row.digest.is_some());
    with_text.collect()
}

/// Publishes these translations, and no others, beside the published text. What did not change stays as it is. Returns
/// what changed, by language; the letter has to be published.
pub async fn publish_translations(
    tx: &mut Tx,
    now: Millis,
    by: &str,
    translations: &[Translation],
) -> Result<Vec<(String, TranslationChange)>> {
    let revision = tx.current_revision().await?.map_or(1, |row| row.number);
    let mut all = tx.translation_changes().await?;
    let known = all.len();
    let now_gone = |row: &&TranslationRow| {
        !translations
            .iter()
            .any(|here| here.language == row.language)
    };
    let gone = standing(&all, revision).into_iter().filter(now_gone);
    let gone: Vec<String> = gone.map(|row| row.language.clone()).collect();
    for translation in translations {
        let digest = translation.letter.digest.to_string();
        let before = standing(&all, revision).into_iter();
        let mut before = before.filter(|row| row.language == translation.language);
        if before.any(|row| row.digest.as_ref() == Some(&digest)) {
            continue;
        }
        for picture in &translation.pictures {
            tx.save_picture(picture.name.as_str(), &picture.bytes)
                .await?;
        }
        let row = TranslationRow {
            title: Some(translation.letter.title.clone()),
            digest: Some(digest),
            ..end(&all, &translation.language, revision, now, by)
        };
        tx.add_translation(&row, Some(&translation.source)).await?;
        all.push(row);
    }
    for language in gone {
        let row = end(&all, &language, revision, now, by);
        tx.add_translation(&row, None).await?;
        all.push(row);
    }
    let new = all.iter().skip(known);
    let changes = new.map(|row| (row.language.clone(), TranslationChange::of(row, &all)));
    let mut changes: Vec<_> = changes.collect();
    changes.sort_by(|one, other| one.0.cmp(&other.0));
    if !changes.is_empty() {
        let each = changes.iter();
        let each = each.map(|(language, change)| format!("{language} {change}"));
        let audit = NewAudit {
            at: now,
            by: by.to_owned(),
            action: AuditAction::LetterTranslations,
            code: None,
            target: format!("revision-{revision}"),
            reason: Some(each.collect::<Vec<_>>().join(", ")),
        };
        tx.add_audit(&audit).await?;
        tx.changed(&[Topic::Letter]).await?;
    }
    Ok(changes)
}

/// The end of a language's translation.
fn end(
    all: &[TranslationRow],
    language: &str,
    revision: i64,
    now: Millis,
    by: &str,
) -> TranslationRow {
    let numbers = all.iter().filter(|row| row.language == language);
    TranslationRow {
        language: language.to_owned(),
        number: numbers.map(|row| row.number).max().unwrap_or(0) + 1,
        revision,
        title: None,
        digest: None,
        by: by.to_owned(),
        published_at: now,
    }
}
