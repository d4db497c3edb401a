//! The pictures of the letter, by name. Pictures of earlier revisions stay, because the history shows them.

use super::{Result, Tx};

impl Tx {
    /// Stores a picture; its name stands for its bytes, so one that is there already stays.
    pub async fn save_picture(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO picture (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            )
            .bind(name)
            .bind(bytes)
        )?;
        Ok(())
    }

    /// The bytes of a picture.
    pub async fn picture(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let row: Option<(Vec<u8>,)> = on_either!(
            self,
            sqlx::query_as("SELECT bytes FROM picture WHERE name = $1").bind(name),
            fetch_optional
        )?;
        Ok(row.map(|row| row.0))
    }
}
