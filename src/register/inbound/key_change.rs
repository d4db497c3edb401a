//! Unannounced key changes that look like a takeover: they freeze the actor, and only what takes something back is
//! obeyed.
//!
//! A key that its owner announces, by an Update signed with the old key, is replaced at once. An unannounced change
//! is what somebody would do who took over an abandoned domain, or a whole server. On a host that was unreachable for
//! long, or where many shown actors change keys at once, these actors are frozen until an administrator approves them
//! (`endorsement approve`).

use std::{collections::HashMap, time::Duration};

use super::{
    activity::{InboundAction, InboundActivity, SIGNED, Sender},
    actor_state::ActorState,
    batch::Shared,
    takes_back::{TakenBack, taken_back},
};
use crate::{
    clock::Millis,
    endorsement::{Cause, State},
    register::error::Result,
    store::{ActorRow, HeldKey, LONG_GONE, NewActor, Tx},
};

/// How many shown actors of one host may change keys unannounced within [`SPAN`].
const SHOWN_CHANGES: usize = 3;

/// The limit up to which such changes are counted.
const COUNTED_CHANGES: i64 = 5;

/// The period over which unannounced changes are counted.
const SPAN: Duration = Duration::from_hours(24);

/// A change of an actor's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KeyChange {
    /// Whether an Update signed with the old key brought it.
    announced: bool,
    /// Whether the host was unreachable for long, and the old key is from before.
    long_gone: bool,
    /// Shown actors of the host whose keys changed unannounced within a day, this one included.
    shown_changes: usize,
    /// Whether the account moved and acts for one that endorses. A server that everybody left is the first to be
    /// taken over.
    moved: bool,
}

/// Whether a key change freezes the actor.
const fn freezes(change: KeyChange) -> bool {
    !change.announced && (change.long_gone || change.moved || change.shown_changes > SHOWN_CHANGES)
}

/// Removes the documents of frozen actors, and of actors whom their very document freezes. Only the keys of these
/// documents are saved, so that an Undo or Delete can be verified; everything else about the actors stays as it was.
/// Returns the other documents.
pub(in crate::register) async fn sift(
    tx: &mut Tx,
    incoming: &[&InboundActivity],
    documents: Vec<NewActor>,
    known: &[ActorRow],
    now: Millis,
) -> Result<Vec<NewActor>> {
    if known.is_empty() {
        return Ok(documents);
    }
    let ids: Vec<i64> = known.iter().map(|actor| actor.id).collect();
    let mut held: HashMap<i64, Vec<HeldKey>> = HashMap::new();
    for key in tx.held_keys(&ids).await? {
        held.entry(key.actor_id).or_default().push(key);
    }
    let (mut whole, mut keys_only) = (Vec::new(), Vec::new());
    for document in documents {
        let row = known.iter().find(|actor| actor.url == document.url);
        let frozen = match row {
            None => false,
            Some(row) if row.frozen_at.is_some() => true,
            Some(row) => {
                let keys = held.get(&row.id).map(Vec::as_slice).unwrap_or_default();
                freezes_now(tx, incoming, &document, row, keys, now).await?
            }
        };
        if frozen {
            keys_only.push(document);
        } else {
            whole.push(document);
        }
    }
    tx.replace_keys(&keys_only).await?;
    Ok(whole)
}

/// Checks one document, and freezes whom its key change requires to be frozen. Returns whether its actor is frozen.
async fn freezes_now(
    tx: &mut Tx,
    incoming: &[&InboundActivity],
    document: &NewActor,
    row: &ActorRow,
    held: &[HeldKey],
    now: Millis,
) -> Result<bool> {
    let is_held = |pem: &str| held.iter().any(|key| key.pem == pem);
    let moved = speaks_for_another(tx, row).await?;
    // A document without a key counts as a change; otherwise the next key would pass as the first one.
    let same = !document.keys.is_empty() && document.keys.iter().all(|(_, pem)| is_held(pem));
    if same || (held.is_empty() && !moved) {
        return Ok(false);
    }
    let announced = incoming.iter().any(|activity| {
        is_from(activity, document)
            && matches!(activity.action, InboundAction::ActorChanged)
            && activity.evidence.how == SIGNED
            && is_held(&activity.evidence.pem)
    });
    if announced || (!moved && tx.endorsements_of(&[row.id]).await?.is_empty()) {
        return Ok(false);
    }
    tx.keys_changed(&[row.id], now).await?;
    let shown = tx
        .changed_keys(row.host_id, now.minus(SPAN), COUNTED_CHANGES)
        .await?;
    let long_gone = held.iter().any(|key| {
        key.unavailable_since
            .is_some_and(|since| now.since(since) > LONG_GONE)
            || key.returned_at.is_some_and(|back| key.fetched_at < back)
    });
    let change = KeyChange {
        announced,
        long_gone,
        shown_changes: shown.len(),
        moved,
    };
    if !freezes(change) {
        return Ok(false);
    }
    // The change that exceeds the limit freezes all of them; each later one freezes its own actor.
    let many = change.shown_changes == SHOWN_CHANGES + 1;
    let mut rows = if many { shown } else { Vec::new() };
    if !rows.contains(&row.id) {
        rows.push(row.id);
    }
    tx.freeze(&rows, now).await?;
    tracing::warn!(
        host = row.authority,
        rows = rows.len(),
        long_gone,
        "keys changed unannounced: these endorsements are frozen until `endorsement approve`"
    );
    Ok(true)
}

/// Whether an activity brought this document, of which only the actor's own keys were kept.
fn is_from(activity: &InboundActivity, document: &NewActor) -> bool {
    let Sender::Read(read) = &activity.sender else {
        return false;
    };
    let keys = document.keys.clone();
    NewActor {
        keys,
        ..read.as_ref().clone()
    } == *document
}

/// Whether an account moved to another one that endorses, and so acts in its name.
async fn speaks_for_another(tx: &mut Tx, row: &ActorRow) -> Result<bool> {
    let successor: Vec<i64> = row.successor_id.into_iter().collect();
    let endorsement = tx.endorsements_of(&successor).await?.pop();
    Ok(endorsement.is_some_and(|endorsement| {
        !matches!(
            endorsement.state,
            State::Withdrawn | State::Rejected | State::Invalid
        )
    }))
}

impl Shared<'_> {
    /// Whether the activity is done with because its actor is frozen: either it takes nothing back, or it is a post that
    /// does, which is carried out here. The new words are not stored.
    pub(in crate::register) fn obeys_only_leaving(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
    ) -> bool {
        if actor.row.frozen_at.is_none() {
            return false;
        }
        match taken_back(&incoming.action, actor, &self.rules().phrases) {
            TakenBack::Named => return false,
            TakenBack::Nothing => (),
            TakenBack::Everything => self.leave(actor, Cause::Withdrew),
            TakenBack::News => actor.note(|row| row.subscribed_at = None),
            TakenBack::Post(index) => {
                let updated = incoming.action.post().and_then(|post| post.updated);
                self.end_by_edit(actor, index, updated);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_announced_and_out_of_the_ordinary_freezes() {
        let check = |announced, long_gone, shown_changes, expected| {
            let change = KeyChange {
                announced,
                long_gone,
                shown_changes,
                moved: false,
            };
            assert_eq!(freezes(change), expected, "{change:?}");
        };
        check(false, false, 0, false);
        check(false, false, 3, false);
        check(false, false, 4, true);
        check(false, true, 0, true);
        check(false, true, 1, true);
        check(false, true, 9, true);
        check(true, false, 4, false);
        check(true, true, 1, false);
        check(true, true, 9, false);
        for announced in [false, true] {
            let change = KeyChange {
                announced,
                long_gone: false,
                shown_changes: 0,
                moved: true,
            };
            assert_eq!(freezes(change), !announced);
        }
    }
}
