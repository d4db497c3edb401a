//! The letter handed over to its addressee by a post, and the addressee's answer as a response.
//!
//! Only a reply to that post by exactly that actor is an answer. It is a comment like others, and shown once it is
//! approved; other words have to be approved anew.

use super::{
    announcements::{MentionedAccount, PostManner, create},
    note::NoteSettings,
};
use crate::{
    clock::Millis,
    hash::{Hashing, Sha256},
    i18n::Language,
    letter::literal,
    random::PublicId,
    register::{
        error::{Error, Result},
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
    },
    store::{AnswerRow, AuditAction, NewAudit, OwnPost, Topic, Tx},
};

/// The most responses that are shown.
const MOST: i64 = 100;

/// What the post says: to whom, what it is, how many signed, and where.
#[derive(Clone, Copy, Debug)]
pub struct HandOver<'a> {
    /// The addressee's `@user@host`.
    pub handle: &'a str,
    /// The letter's language tag.
    pub language: &'a str,
    /// The letter's title.
    pub title: &'a str,
    /// "24 signatures (21 on GitHub, 3 in the Fediverse)".
    pub headline: &'a str,
    /// The page.
    pub page: &'a str,
}

impl HandOver<'_> {
    /// The post as Markdown. It declares the language of its own words, which is not the letter's where we have no
    /// translation.
    #[must_use]
    pub fn source(&self) -> String {
        let words = Language::of(self.language);
        format!(
            "---\nlang: {}\n---\n\n{}\n\n{}\n\n**{}**\n\n{}\n\n{} <{}>\n",
            words.code,
            self.handle,
            words.sent.handed_over,
            literal(self.title),
            literal(self.headline),
            words.sent.see_supporters,
            self.page
        )
    }
}

/// Publishes the post that hands the letter over: to the followers, and to the addressee, whom it mentions.
///
/// # Errors
/// Those of [`create`].
pub async fn hand_over(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    (source, addressee): (&str, &MentionedAccount),
    by: &str,
) -> Result<(OwnPost, PendingDeliveries)> {
    let said = (source, std::slice::from_ref(addressee));
    let letter = tx.current_revision().await?;
    let manner = PostManner {
        warning: letter.and_then(|revision| revision.warning),
        unlisted: false,
    };
    let (post, effects) = create(tx, builder, settings, said, &manner, by).await?;
    let actor = Sha256::of(&addressee.actor.url);
    tx.save_addressee(&post.path, &actor).await?;
    Ok((post, effects))
}

/// The responses that are shown, newest first.
///
/// # Errors
/// The database failed.
pub async fn responses(tx: &mut Tx) -> Result<Vec<AnswerRow>> {
    let mut answers = tx.approved_answers(MOST).await?;
    answers.retain(|answer| answer.approved_hash.as_ref() == Some(&words_of(answer)));
    Ok(answers)
}

/// The hash of what an answer says, its warning included.
fn words_of(answer: &AnswerRow) -> Sha256 {
    let mut hashing = Hashing::default();
    hashing.add_part(answer.text.as_bytes());
    hashing.add_part(answer.warning.as_deref().unwrap_or_default().as_bytes());
    hashing.done()
}

/// Shows an addressee's answer as a response, or takes it off. Returns the number of the audit entry; `None` when the comment
/// with this id is no such answer.
///
/// # Errors
/// [`Error::NotPossible`] when it was so already.
pub async fn show_answer(
    tx: &mut Tx,
    comment: &PublicId,
    shows: bool,
    by: &str,
    now: Millis,
) -> Result<Option<i64>> {
    let Some(answer) = tx.answer(comment).await? else {
        return Ok(None);
    };
    let words = shows.then(|| words_of(&answer));
    if words == answer.approved_hash {
        let why = if shows {
            "it is shown already"
        } else {
            "it is not shown"
        };
        return Err(Error::NotPossible {
            id: comment.clone(),
            why: why.to_owned(),
        });
    }
    tx.approve_answer(comment, words.as_ref()).await?;
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action: if shows {
            AuditAction::StatementApprove
        } else {
            AuditAction::StatementHide
        },
        code: None,
        target: comment.to_string(),
        reason: None,
    };
    let id = tx.add_audit(&audit).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(Some(id))
}
