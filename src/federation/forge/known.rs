//! What is known of the authors of comments. GitHub's comments bring neither name nor age of their authors, who are read once.

use std::collections::HashMap;

use crate::{
    endorsement::names::user_of,
    hash::Sha256,
    register::inbound::forge_comment::{ForgeAccount, ForgeComment},
    store::{self, ActorRow, Tx},
};

/// Adds to the authors of comments what was read of them before. Returns those who have another login or display name now.
///
/// # Errors
/// Those of the database.
pub async fn add_known(
    tx: &mut Tx,
    comments: &mut [ForgeComment],
) -> store::Result<Vec<ForgeAccount>> {
    let authors = comments.iter().map(|comment| &comment.author);
    let mut ids: Vec<_> = authors.map(|author| Sha256::of(&author.id())).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = tx.actors(&ids).await?;
    let rows: HashMap<_, _> = rows.iter().map(|row| (row.url.as_str(), row)).collect();
    let mut changed: Vec<ForgeAccount> = Vec::new();
    for comment in comments {
        let author = &mut comment.author;
        let Some(row) = rows.get(author.id().as_str()) else {
            continue;
        };
        author.created_at = author.created_at.or(row.published_at);
        if author.name.is_none() {
            author.name = name_of(row);
        }
        let is_new =
            author.login != user_of(&row.handle).unwrap_or_default() || author.name != name_of(row);
        // Who was not read yet is read in turn.
        if is_new && author.created_at.is_some() && !changed.contains(author) {
            changed.push(author.clone());
        }
    }
    Ok(changed)
}

/// The display name of an account that has one: who has none is called by the login.
fn name_of(row: &ActorRow) -> Option<String> {
    let is_login = user_of(&row.handle) == Some(row.name.as_str());
    (!is_login && !row.name.is_empty()).then(|| row.name.clone())
}
