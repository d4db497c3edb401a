//! Answers of the letter to posts that answer it or mention its actor: to everybody, or to the author alone.
//!
//! Nobody is written to unasked, and no public answer names whom the pages do not name. An answer is a post like others:
//! [`announcements`](super::announcements) changes and deletes it.

use super::{
    announcements::{MentionedAccount, PostAudience, PostManner, audit, say},
    note::NoteSettings,
    remote_post::{PostReaders, RemotePost, check_answer},
};
use crate::{
    clock::Millis,
    endorsement::who::Who,
    hash::Sha256,
    register::{
        error::{CannotAnswer, Result},
        moderation::{decisions::find, people::accounts_meant},
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{ActorRow, AnswerableRow, AuditAction, OwnPost, Topic, Tx},
};

/// What is known here of the post that an administrator names.
#[derive(Clone, Debug)]
pub enum PostMeant {
    /// The post.
    Post(Box<RemotePost>),
    /// Several people may be meant.
    Several(Vec<ActorRow>),
    /// This person is known, and no post of theirs that could be answered.
    NoPostOf(Box<ActorRow>),
    /// Nobody and nothing is known by that name.
    Unknown,
}

/// Finds the post that is meant: by its id on its own server, by the id of the comment or endorsement that it is, or as
/// the newest reply or mention of the person who is meant.
///
/// # Errors
/// The database failed.
pub async fn find_answerable(tx: &mut Tx, what: &str) -> Result<PostMeant> {
    if let Some(row) = tx.answerable(&Sha256::of(what)).await? {
        return stored(tx, row).await;
    }
    if Who::parse(what).is_none()
        && let [entry] = find(tx, what).await?.as_slice()
        && let Some(object) = &entry.object
        && let Some(row) = tx.answerable(&Sha256::of(object)).await?
    {
        return stored(tx, row).await;
    }
    let mut found = accounts_meant(tx, what).await?;
    if what.contains("://") {
        // The address of a post that is not stored is not its author's newest one.
        found.retain(|actor| actor.url == what || actor.page.as_deref() == Some(what));
    }
    if found.len() > 1 {
        return Ok(PostMeant::Several(found));
    }
    let Some(actor) = found.pop() else {
        return Ok(PostMeant::Unknown);
    };
    let accounts = tx.accounts_of(actor.id).await?;
    match tx.newest_answerable(&accounts).await? {
        Some(row) => stored(tx, row).await,
        None => Ok(PostMeant::NoPostOf(Box::new(actor))),
    }
}

async fn stored(tx: &mut Tx, row: AnswerableRow) -> Result<PostMeant> {
    let author = tx.actors_by_id(&[row.actor_id]).await?.pop();
    let author = author.filter(|author| !author.url.is_empty());
    Ok(author.map_or(PostMeant::Unknown, |author| {
        PostMeant::Post(Box::new(RemotePost::by_known(
            row.object,
            &author,
            !row.direct,
        )))
    }))
}

/// Answers a post: a Create to everybody, the followers and the author, or to the author alone.
///
/// # Errors
/// [`Error::CannotAnswer`](crate::register::Error::CannotAnswer) when the author is blocked, or may not be named in
/// public, and those of [`create`](super::announcements::create).
pub async fn answer(
    tx: &mut Tx,
    context: &Context,
    settings: &NoteSettings,
    now: Millis,
    (source, mentioned): (&str, &[MentionedAccount]),
    (answered, readers): (&RemotePost, PostReaders),
    by: &str,
) -> Result<(OwnPost, PendingDeliveries)> {
    let author = answered.save_author(tx).await?;
    let author = author.ok_or(CannotAnswer::Gone)?;
    check_answer(tx, &author, readers).await?;
    if readers == PostReaders::Public && !answered.is_public {
        return Err(CannotAnswer::NotPublic.into());
    }
    let builder = ActivityBuilder {
        urls: &context.urls,
        random: context.random.as_ref(),
        now,
    };
    let audience = PostAudience::Answer(answered, readers);
    let (post, _) = say(
        tx,
        &builder,
        settings,
        (source, mentioned),
        &PostManner::default(),
        audience,
    )
    .await?;
    audit(tx, &builder, AuditAction::PostReply, &post, by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((post, PendingDeliveries { queued: true }))
}
