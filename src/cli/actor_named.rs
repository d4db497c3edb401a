//! The actor whom an administrator names.

use super::output::{Exit, end};
use crate::{endorsement::who::Who, store::Tx};

/// The id of the actor whom a handle or an address names.
///
/// # Errors
/// Nobody is known by it (exit code 3), or several are (4, with their ids).
pub(super) async fn actor_named(tx: &mut Tx, who: &Who, text: &str) -> anyhow::Result<String> {
    let found = tx.ids_of(who).await?;
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => end(
            Exit::NotFound,
            format!(
                "nobody is known here as `{text}`; give @user@host or the address of somebody who followed, liked or \
                 answered, or a domain such as bad.example"
            ),
        ),
        several => end(
            Exit::Conflict,
            format!(
                "`{text}` means more than one: {}; give one of these",
                several.join(", ")
            ),
        ),
    }
}
