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
    random::PublicId,
    register::{
        error::Result,
        letter::still_in_file::StillInFile,
        maintenance::links::forge_name,
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
    /// The endorsements of accounts on forges that were linked with their names in the letter's file.
    pub linked: Vec<PublicId>,
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
/// ended, and why; `on_forges`: the names of accounts on forges that left by a word.
pub(in crate::register) async fn take_off(
    tx: &mut Tx,
    salt: &Salt,
    now: Millis,
    (actors, on_forges): (&[ActorState], Vec<SignatoryRow>),
    gone: &[(i64, Cause)],
) -> Result<Left> {
    let mut left = Left::default();
    let mut owners = Vec::new();
    for actor in actors.iter().filter(|actor| !actor.row.url.is_empty()) {
        if actor.is_on_forge() && actor.took_back && !left_by_word(actor, gone) {
            // The end of a comment ends the comment's part.
            continue;
        }
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
    let mut names = tx.names_of_accounts(&owners).await?;
    for row in on_forges {
        if !names.iter().any(|known| known.public_id == row.public_id) {
            names.push(row);
        }
    }
    for row in names {
        left.names.push(taken_off(tx, salt, now, row).await?);
    }
    tx.save_signatories(&left.names).await?;
    StillInFile::add(tx, left.names.len()).await?;
    Ok(left)
}

/// The names of the letter's file that belong to accounts on forges which left by a word. They are found before the links of
/// these end.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn names_on_forges(
    tx: &mut Tx,
    actors: &[ActorState],
    gone: &[(i64, Cause)],
) -> Result<Vec<SignatoryRow>> {
    let mut names = Vec::new();
    for actor in actors.iter().filter(|actor| left_by_word(actor, gone)) {
        if let Some(account) = forge_name(&actor.row) {
            names.extend(tx.names_of_forge_account(&account).await?);
        }
    }
    Ok(names)
}

/// Whether an actor left by *withdraw*.
fn left_by_word(actor: &ActorState, gone: &[(i64, Cause)]) -> bool {
    let last = gone.iter().rfind(|(id, _)| *id == actor.row.id);
    last.is_some_and(|(_, cause)| *cause == Cause::Withdrew)
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
