//! Taking back what the audit log tells of: `audit undo`.

mod blocks;
pub(super) mod endorsements;
mod links;
mod names;
mod organisations;
mod outcome;
mod settings;

pub use outcome::{BlocksAgain, Undone};

use outcome::TakingBack;

use crate::{
    clock::Millis,
    register::{
        error::{CannotUndo, Error, Result},
        rules::Context,
    },
    store::{AuditAction, AuditEntry, Store, Tx},
};

/// What takes a decision back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoKind {
    /// Each endorsement as it was.
    Endorsements,
    /// Each block as it was.
    Blocks,
    /// Each domain trusted as before.
    Trust,
    /// The rule in force as before.
    Rule,
    /// Each name of the list as it was.
    Names,
    /// Each organisation by hand listed, or not, as it was.
    Organisations,
    /// Each link as it was.
    Links,
    /// Each report open again.
    Reports,
    /// Nothing; what to do instead.
    Never(&'static str),
}

/// What takes a decision of this kind back.
pub const fn undo_of(action: AuditAction) -> UndoKind {
    use AuditAction as A;
    match action {
        A::EndorsementApprove
        | A::EndorsementReject
        | A::EndorsementHide
        | A::EndorsementUnhide
        | A::EndorsementPromote
        | A::EndorsementDemote
        | A::EndorsementWithdraw
        | A::EndorsementInvalidate
        | A::EndorsementEdit
        | A::StatementApprove
        | A::StatementHide
        | A::NameApprove
        | A::NameHide => UndoKind::Endorsements,
        A::BlockAdd | A::BlockRemove | A::BlockImport => UndoKind::Blocks,
        A::HostTrust | A::HostUntrust => UndoKind::Trust,
        A::RuleAdd | A::RuleRemove => UndoKind::Rule,
        A::SignatoryAdd
        | A::SignatoryImport
        | A::SignatoryEdit
        | A::SignatoryHide
        | A::SignatoryUnhide
        | A::SignatoryConfirm
        | A::SignatoryRemove => UndoKind::Names,
        A::OrganisationAdd | A::OrganisationImport | A::OrganisationRemove => {
            UndoKind::Organisations
        }
        A::LinkAdd | A::LinkRemove => UndoKind::Links,
        A::ReportResolve => UndoKind::Reports,
        A::SignatorySync => UndoKind::Never(
            "the source says who signs; change it there, or `undersigned signatory hide` a name",
        ),
        A::LetterNames => UndoKind::Never(
            "the file says who signs; change it and publish again, or `undersigned signatory hide` a name",
        ),
        A::LetterPublish | A::LetterTranslations => {
            UndoKind::Never("publish another text with `undersigned letter publish`")
        }
        A::LetterLaunch => UndoKind::Never(
            "`undersigned letter pause` calls a planned launch off, and what is out is out",
        ),
        A::LetterOpen | A::LetterPause | A::LetterClose => UndoKind::Never(
            "`undersigned letter open`, `pause` and `close` change the letter's state",
        ),
        A::PostCreate => UndoKind::Never("`undersigned post delete` deletes the post"),
        A::PostReply => UndoKind::Never("`undersigned post delete` deletes the answer"),
        A::PostBoost => UndoKind::Never("`undersigned post unboost` takes the boost back"),
        A::PostUnboost => UndoKind::Never("`undersigned post boost` boosts the post again"),
        A::PostUpdate => {
            UndoKind::Never("the earlier text is not kept; `undersigned post update` sends another")
        }
        A::PostDelete => UndoKind::Never("what is deleted cannot come back; publish a new post"),
        A::ActorFollow => UndoKind::Never("`undersigned actor unfollow` ends the follow"),
        A::ActorUnfollow => UndoKind::Never("`undersigned actor follow` follows again"),
        A::ActorUpdate => UndoKind::Never(
            "the profile says what the configuration says; change that, then `undersigned actor update`",
        ),
        A::ActorRotateKey => UndoKind::Never(
            "the earlier key is erased; `undersigned actor rotate-key` makes another one",
        ),
        A::ActorMove => {
            UndoKind::Never("followers were told, and their servers follow the new actor")
        }
        A::ActorRetire => {
            UndoKind::Never("other servers were told that the actor ended, and believe it for ever")
        }
        A::BackupRestore => UndoKind::Never(
            "the database that was there is not kept; restore another backup into an empty folder",
        ),
        A::QueueRetry => {
            UndoKind::Never("the deliveries were tried again, and nothing else changed")
        }
        A::QueueDrop => UndoKind::Never("what was dropped is too old by now to be sent"),
        A::QuoteRevoke => UndoKind::Never(
            "other servers dropped the quote; its author can quote the letter in another post",
        ),
        A::FollowerRemove => {
            UndoKind::Never("the follower's server was told; they may follow again themselves")
        }
        A::NamesOff => UndoKind::Never(
            "`undersigned names on` shows the names again, `undersigned names on WHO` those of single people",
        ),
        A::NamesOn => UndoKind::Never(
            "`undersigned names off` takes the names off again, `undersigned names off WHO` those of single people",
        ),
        A::PersonErase => UndoKind::Never("nothing of the person is left"),
        A::AuditUndo => UndoKind::Never("decide again what it took back"),
    }
}

/// The entry with this number, if it can be taken back; with how many things it was about.
///
/// # Errors
/// [`Error::NoAudit`] and [`Error::CannotUndo`].
pub async fn undoable(tx: &mut Tx, id: i64) -> Result<(AuditEntry, i64)> {
    let (entry, _) = undoable_as(tx, id).await?;
    let count = entry.count.unwrap_or(1);
    Ok((entry, count))
}

/// The entry with what takes it back, which is not [`UndoKind::Never`].
async fn undoable_as(tx: &mut Tx, id: i64) -> Result<(AuditEntry, UndoKind)> {
    let entry = tx.audits(&[id]).await?.pop().ok_or(Error::NoAudit(id))?;
    let kind = entry.action.parse().map_or(
        UndoKind::Never("another version of this program wrote it"),
        undo_of,
    );
    let UndoKind::Never(instead) = kind else {
        return Ok((entry, kind));
    };
    Err(CannotUndo::NoDecision {
        action: entry.action,
        instead,
    }
    .into())
}

/// What taking an entry back blocks or limits again.
///
/// # Errors
/// Those of the database.
pub async fn blocks_again(tx: &mut Tx, entry: &AuditEntry) -> Result<BlocksAgain> {
    match entry.action.parse().map(undo_of) {
        Ok(UndoKind::Blocks) => blocks::again(tx, entry.id).await,
        _ => Ok(BlocksAgain::default()),
    }
}

/// Takes an entry back. Of endorsements fifty in a transaction: what was interrupted goes on when it is run again.
///
/// # Errors
/// Those of [`undoable`], and [`Error::CannotUndo`] when nothing could be taken back: then nothing was changed.
pub async fn undo(
    store: &Store,
    context: &Context,
    now: Millis,
    id: i64,
    by: &str,
) -> Result<Undone> {
    let taking = TakingBack { context, by, now };
    let mut undone = Undone::default();
    let (_, kind) = undoable_as(&mut store.read().await?, id).await?;
    match kind {
        UndoKind::Endorsements => endorsements::take_back(store, taking, id, &mut undone).await?,
        UndoKind::Blocks => blocks::take_back(store, taking, id, &mut undone).await?,
        UndoKind::Trust => settings::trust_as_before(store, taking, id, &mut undone).await?,
        UndoKind::Rule => settings::rule_as_before(store, taking, id, &mut undone).await?,
        UndoKind::Names => names::take_back(store, taking, id, &mut undone).await?,
        UndoKind::Organisations => {
            organisations::take_back(store, taking, id, &mut undone).await?;
        }
        UndoKind::Links => links::take_back(store, taking, id, &mut undone).await?,
        UndoKind::Reports => settings::open_reports(store, taking, id, &mut undone).await?,
        UndoKind::Never(_) => (),
    }
    if undone.done == 0 {
        return Err(nothing_to_undo(store, id, &undone).await?.into());
    }
    Ok(undone)
}

/// Why nothing was taken back.
async fn nothing_to_undo(store: &Store, id: i64, undone: &Undone) -> Result<CannotUndo> {
    let mut tx = store.read().await?;
    let (entry, _) = undoable_as(&mut tx, id).await?;
    if let Some(by) = entry.undone_by
        && let Some(by) = tx.audits(&[by]).await?.pop()
    {
        return Ok(CannotUndo::Already {
            id,
            by: by.by,
            at: by.at,
        });
    }
    Ok(if undone.changed > 0 {
        CannotUndo::Changed {
            id,
            count: undone.changed,
        }
    } else {
        CannotUndo::Erased(id)
    })
}
