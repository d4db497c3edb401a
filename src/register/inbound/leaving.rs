//! What else goes when people leave by themselves: the names of the letter's file that are theirs, and what a backup from
//! before must not bring back.
//!
//! Not here: what ends ([`undo`](super::undo)), and the list that a lost database leaves behind (`backup`).

use super::{actor_state::ActorState, news::News};
use crate::{
    clock::Millis,
    endorsement::Cause,
    hash::{Salt, Sha256},
    letter::SignatoryState,
    register::{
        error::Result,
        moderation::{
            decisions::ReasonCode,
            name_change::{erase_words, keep_hashes},
        },
    },
    store::{AuditAction, NewAudit, SignatoryRow, Tx},
};

/// In the audit, whoever takes the own name off by leaving.
const BY: &str = "the person";

/// What a batch means once it is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// For those who look at pages.
    pub news: News,
    /// Who left.
    pub left: Left,
}

/// Who left by themselves in a way that a backup from before would not notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The ids of accounts that left by a word or a Block, or whose signature without a name ended, and of those that moved
    /// to them: their posts may stand still, and no server tells of a direct message.
    pub accounts: Vec<String>,
    /// The names of the letter's file that were taken off with them, as that left them.
    pub names: Vec<SignatoryRow>,
}

/// Takes the names of the letter's file off that link to the accounts of those who left. `gone`: the actors of whom everything
/// ended, and why.
pub(in crate::register) async fn take_off(
    tx: &mut Tx,
    salt: &Salt,
    now: Millis,
    actors: &[ActorState],
    gone: &[(i64, Cause)],
) -> Result<Left> {
    let mut left = Left::default();
    let mut owners = Vec::new();
    for actor in actors.iter().filter(|actor| !actor.row.url.is_empty()) {
        let last = gone.iter().rfind(|(id, _)| *id == actor.row.id);
        let cause = last.map(|(_, cause)| *cause);
        let by_word = cause == Some(Cause::Withdrew);
        let takes_names = by_word || cause == Some(Cause::AccountDeleted) || actor.took_back;
        if !takes_names && !actor.ended_nameless {
            continue;
        }
        let mut accounts = tx.former_accounts(&Sha256::of(&actor.row.url)).await?;
        accounts.retain(|url| !url.is_empty());
        accounts.push(actor.row.url.clone());
        if (by_word || actor.ended_nameless) && actor.endorsement.is_some() {
            left.accounts.extend(accounts.iter().cloned());
        }
        // Nothing says that a name of the file is of somebody who signed without one.
        if takes_names {
            owners.append(&mut accounts);
        }
    }
    if owners.is_empty() {
        return Ok(left);
    }
    for row in tx.names_of_accounts(&owners).await? {
        left.names.push(taken_off(tx, salt, now, row).await?);
    }
    tx.save_signatories(&left.names).await?;
    Ok(left)
}

/// A name as its owner's leaving leaves it, with its audit entry. Its hashes stay, so that the file does not bring it back.
async fn taken_off(
    tx: &mut Tx,
    salt: &Salt,
    now: Millis,
    mut row: SignatoryRow,
) -> Result<SignatoryRow> {
    let id = row.public_id.to_string();
    tx.forget_links_of(&row.public_id, row.handle.as_deref())
        .await?;
    tx.forget_undo_of(&id).await?;
    tx.forget_notes(std::slice::from_ref(&id)).await?;
    keep_hashes(&mut row, salt);
    erase_words(&mut row, now);
    row.state = SignatoryState::Removed.to_string();
    row.shown_words = String::new();
    let entry = NewAudit {
        at: now,
        by: BY.to_owned(),
        action: AuditAction::SignatoryRemove,
        code: Some(ReasonCode::Request.to_string()),
        target: id.clone(),
        reason: None,
    };
    let audit_id = tx.add_audit(&entry).await?;
    tx.add_audit_targets(audit_id, &[(id, None)]).await?;
    Ok(row)
}
