//! The name of an endorser that is a signatory's too: shown while a link says that both are one person.
//!
//! Not here: links (`links`), and which names wait (`register::inbound::showing`).

use super::{
    decisions::{Action, ActionOrder, ActionTarget, AuditBy, Showing, carry_out, find},
    undo::endorsements::take_one_back,
};
use crate::{
    clock::Millis,
    random::PublicId,
    register::{error::Result, rules::Context},
    store::Tx,
};

/// Who decides about names in the audit log because of a link.
const BY: &str = "link";

/// Shows the name of an endorser that waited because a signatory bears it, who turned out to be the same person; and lets it
/// wait again when the link that showed it is no more, unless somebody else decided about it since.
///
/// # Errors
/// The database failed.
pub async fn judge_linked_name(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    endorsement: &PublicId,
) -> Result<()> {
    if let Some(shown) = tx.name_shown_without_link(endorsement).await? {
        return take_one_back(tx, context, now, shown, BY).await;
    }
    if !tx.waits_with_linked_name(endorsement).await? {
        return Ok(());
    }
    let found = find(tx, endorsement.as_str()).await?;
    let targets: Vec<_> = found.iter().map(ActionTarget::from).collect();
    let order = ActionOrder {
        action: Action::Name(Showing::Approve),
        by: BY.to_owned(),
        reason: None,
        named: true,
    };
    carry_out(tx, context, now, &targets, &order, AuditBy::Target).await?;
    Ok(())
}
