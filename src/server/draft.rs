//! The letter's file as a draft: its text, its translations, and what there is to say about them.

use anyhow::Context as _;

use super::{
    environment::{note_settings, read},
    letter_file::{read_letter, read_translations},
};
use crate::{
    config::Config,
    register::{
        self,
        letter::launch::{DraftText, planned_text},
    },
    store::{LaunchRow, Tx},
};

/// The letter's file, as it was read.
#[derive(Debug)]
pub(crate) struct DraftRead {
    /// What comes out.
    pub(crate) text: DraftText,
    /// One sentence about each file that looks like a translation and is none.
    pub(crate) warnings: Vec<String>,
}

/// Reads `letter.file`, with the translations and pictures beside it.
///
/// # Errors
/// A file that cannot be read, or is no letter.
pub(crate) fn read_draft(config: &Config) -> anyhow::Result<DraftRead> {
    let settings = note_settings(config);
    let heading = settings.signatories_heading.as_deref();
    let file = config.letter_file();
    let source = read(&file).context("there is no letter to publish (letter.file)")?;
    let letter = read_letter(source.as_bytes(), heading, file.parent())
        .with_context(|| file.display().to_string())?;
    let language = settings.language_of(&letter.letter);
    let (translations, warnings) = read_translations(&file, heading, language)?;
    Ok(DraftRead {
        text: DraftText {
            letter: letter.letter,
            source: letter.source,
            pictures: letter.pictures,
            translations,
        },
        warnings,
    })
}

/// Whether the letter's file, or a translation beside it, differs from what is planned to come out; true for a file that
/// cannot be read.
///
/// # Errors
/// What is planned cannot be read.
pub(crate) async fn differs_from_plan(
    config: &Config,
    tx: &mut Tx,
    plan: &LaunchRow,
) -> register::Result<bool> {
    let planned = planned_text(tx, plan).await?;
    Ok(read_draft(config).map_or(true, |read| read.text.files() != planned.files()))
}
