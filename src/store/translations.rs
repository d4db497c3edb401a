//! The letter's translations, by language. Earlier texts stay, because the history names their digests.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// A change of one translation: its new text, or its end.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TranslationRow {
    /// The language tag (BCP 47), such as `de` or `pt-BR`.
    pub language: String,
    /// From 1, for each language.
    pub number: i64,
    /// The number of the letter's revision when it was published.
    pub revision: i64,
    /// The title, as plain text; `None` when the translation was taken away.
    pub title: Option<String>,
    /// 64 hexadecimal digits; `None` when the translation was taken away.
    pub digest: Option<String>,
    /// Who published it: an operator's name, or `serve`.
    pub by: String,
    /// When.
    pub published_at: Millis,
}

impl Tx {
    /// Every change of a translation, in the order in which they were published.
    pub async fn translation_changes(&mut self) -> Result<Vec<TranslationRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT language, number, revision, title, digest, by, published_at
             FROM translation
             ORDER BY revision, published_at, language, number",
            ),
            fetch_all
        )?)
    }

    /// The whole file of a translation; `None` when there is none, or it ended with this change.
    pub async fn translation_source(
        &mut self,
        language: &str,
        number: i64,
    ) -> Result<Option<String>> {
        let found: Option<Option<String>> = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT source FROM translation WHERE language = $1 AND number = $2"
            )
            .bind(language)
            .bind(number),
            fetch_optional
        )?;
        Ok(found.flatten())
    }

    /// Adds a change with its file; an end has none.
    pub async fn add_translation(
        &mut self,
        change: &TranslationRow,
        source: Option<&str>,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO translation (language, number, revision, title, digest, source, by, published_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(&change.language)
            .bind(change.number)
            .bind(change.revision)
            .bind(&change.title)
            .bind(&change.digest)
            .bind(source)
            .bind(&change.by)
            .bind(change.published_at)
        )?;
        Ok(())
    }
}
