//! The planned launch of a draft: text, translations and pictures as they will come out.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// A planned launch.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LaunchRow {
    /// When it is due.
    pub due_at: Millis,
    /// When it was planned.
    pub planned_at: Millis,
    /// Who planned it.
    pub by: String,
    /// The heading by which its names were read, if there was one (`letter.signatories_heading`).
    pub heading: Option<String>,
    /// The title, as plain text.
    pub title: String,
    /// 64 hexadecimal digits.
    pub digest: String,
    /// How many names its file has.
    pub names: i64,
}

/// A text that comes out by a planned launch.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LaunchText {
    /// The language tag of a translation; empty for the letter itself.
    pub language: String,
    /// The name of its file.
    pub file: String,
    /// The whole file, its pictures named by their hashes.
    pub source: String,
}

impl Tx {
    /// The planned launch, if there is one.
    pub async fn planned_launch(&mut self) -> Result<Option<LaunchRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT due_at, planned_at, by, heading, title, digest, names FROM launch WHERE id = 1"
            ),
            fetch_optional
        )?)
    }

    /// Its texts, the letter itself first.
    pub async fn launch_texts(&mut self) -> Result<Vec<LaunchText>> {
        Ok(on_either!(
            self,
            sqlx::query_as("SELECT language, file, source FROM launch_text ORDER BY language"),
            fetch_all
        )?)
    }

    /// Its pictures, by name.
    pub async fn launch_pictures(&mut self) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(on_either!(
            self,
            sqlx::query_as("SELECT name, bytes FROM launch_picture ORDER BY name"),
            fetch_all
        )?)
    }

    /// Stores a planned launch; an earlier one has to be forgotten before ([`Tx::forget_launch`]).
    pub async fn plan_launch(&mut self, launch: &LaunchRow) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO launch (id, due_at, planned_at, by, heading, title, digest, names)
             VALUES (1, $1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(launch.due_at)
            .bind(launch.planned_at)
            .bind(&launch.by)
            .bind(&launch.heading)
            .bind(&launch.title)
            .bind(&launch.digest)
            .bind(launch.names)
        )?;
        Ok(())
    }

    /// Stores one of its texts.
    pub async fn add_launch_text(&mut self, text: &LaunchText) -> Result<()> {
        execute!(
            self,
            sqlx::query("INSERT INTO launch_text (language, file, source) VALUES ($1, $2, $3)")
                .bind(&text.language)
                .bind(&text.file)
                .bind(&text.source)
        )?;
        Ok(())
    }

    /// Stores one of its pictures; its name stands for its bytes, so one that is there already stays.
    pub async fn add_launch_picture(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO launch_picture (name, bytes)
             VALUES ($1, $2)
             ON CONFLICT (name) DO NOTHING",
            )
            .bind(name)
            .bind(bytes)
        )?;
        Ok(())
    }

    /// Deletes the planned launch with everything that belongs to it. Returns whether there was one.
    pub async fn forget_launch(&mut self) -> Result<bool> {
        execute!(self, sqlx::query("DELETE FROM launch_text"))?;
        execute!(self, sqlx::query("DELETE FROM launch_picture"))?;
        Ok(execute!(self, sqlx::query("DELETE FROM launch"))? == 1)
    }

    /// Forgets who got the one direct answer that each person gets: what it said is not true any more.
    pub async fn forget_answered(&mut self) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE actor SET answered_at = NULL WHERE answered_at IS NOT NULL")
        )?;
        Ok(())
    }
}
