//! The actor whom an administrator names.

use super::context::one_or;
use crate::{register::moderation::people::accounts_meant, store::ActorRow, store::Tx};

/// The account that these words mean, as `person` finds them.
///
/// # Errors
/// Nobody is known by them (exit code 3), or they fit several (4, with the list).
pub(super) async fn actor_named(tx: &mut Tx, text: &str) -> anyhow::Result<ActorRow> {
    let found = accounts_meant(tx, text).await?;
    let line = |actor: &ActorRow| format!("{} {}", actor.handle, actor.url);
    one_or(found, text, line, || {
        format!(
            "nobody is known here as `{text}`; give @user@host, an id, a name, or the address of somebody who followed, \
             liked or answered"
        )
    })
}
