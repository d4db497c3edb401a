//! A Move is believed when both accounts say so, each on its own server (F-213).

use super::{
    look::Looker,
    people::new_actor,
    seen::{Look, NotSeen},
};
use crate::register::inbound::{
    account_move::{Moved, carry_over},
    dereference_jobs::Removal,
};

impl Looker {
    /// Asks both accounts of a Move that somebody sent, and carries it out when both confirm it.
    pub async fn removal(&self, payload: &str) -> Result<Look, NotSeen> {
        let removal: Removal = serde_json::from_str(payload)?;
        self.moved(&removal.from, &removal.to).await
    }

    /// Whether `from` says that it moved to `to`, and `to` that it is `from` as well; then the endorsement moves.
    pub(super) async fn moved(&self, from: &str, to: &str) -> Result<Look, NotSeen> {
        let old = self.actor(from).await?;
        let old = old.ok_or(NotSeen::Unconfirmed("the old account is gone"))?;
        if old.moved_to.as_deref() != Some(to) {
            return Err(NotSeen::Unconfirmed("the old account names another"));
        }
        let new = self.actor(to).await?;
        let new = new.ok_or(NotSeen::Unconfirmed("the new account is not there"))?;
        if !new.also_known_as.iter().any(|it| it == from) {
            return Err(NotSeen::Unconfirmed(
                "the new account does not name the old one",
            ));
        }
        let now = self.app.clock.now();
        let new = new_actor(&new, now).ok_or(NotSeen::NoUrl)?;
        let context = self.app.context.borrow().clone();
        let mut tx = self.app.store.write().await?;
        let (moved, _) = carry_over(&mut tx, &context, now, from, &new).await?;
        tx.commit().await?;
        if moved == Moved::Done {
            tracing::info!(
                to = new.host.authority,
                "an endorsement moved with its account"
            );
        }
        Ok(Look::Moved(moved))
    }
}
