//! Posts of others that the letter boosts, by an administrator's command alone.
//!
//! A boost ends with what it shows: when the post is deleted or narrowed, when its author is blocked, leaves or may not be
//! named any more, and when an administrator takes it back. The Undo has the Announce inside, by which every server finds it.

use super::remote_post::{RemotePost, unnamed};
use crate::{
    activitystreams::{self, Own},
    clock::Millis,
    endorsement::blocks::BlockList,
    hash::Sha256,
    register::{
        error::{CannotBoost, Error, Result},
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
        rules::{self, Context, block_list},
    },
    store::{
        ActorRow, AuditAction, NewActivity, NewAudit, NewDelivery, OwnBoost, Store, Topic, Tx,
    },
};

/// The result of boosting a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoostChange {
    /// It was boosted.
    Sent(OwnBoost),
    /// It is boosted already, and nothing was sent.
    Unchanged(OwnBoost),
}

/// Boosts a post: an Announce to everybody, the followers and the author.
///
/// # Errors
/// [`Error::CannotBoost`] when it is not public, or by somebody who is blocked or may not be named.
pub async fn boost(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    post: &RemotePost,
    by: &str,
) -> Result<(BoostChange, PendingDeliveries)> {
    if !tx.has_revision().await? {
        // A draft has nothing in its outbox.
        return Err(Error::NoLetter);
    }
    let author = post.save_author(tx).await?.ok_or(CannotBoost::Gone)?;
    check(tx, context, post, &author).await?;
    let builder = builder(context, now);
    let id = builder.id();
    let boost = OwnBoost {
        path: context.urls.path(&Own::Activity(id.clone())),
        actor_id: author.id,
        actor: author.url.clone(),
        object: post.object.clone(),
        at: now,
    };
    let known = tx.boosts_of_posts(&[Sha256::of(&post.object)]).await?.pop();
    if let Some(known) = known {
        return Ok((BoostChange::Unchanged(known), PendingDeliveries::default()));
    }
    tx.save_boost(&boost).await?;
    let body = activitystreams::announce(&context.urls, &id, &post.object, &author.url, now);
    let activity = NewActivity {
        to: vec![NewDelivery {
            inbox_id: author.inbox_id,
            host_id: author.inbox_host_id,
        }],
        ..builder.about(&id, "Announce", &boost.path, &body)
    };
    for sent in tx.send(&[activity]).await? {
        tx.queue_for_followers(sent, now).await?;
    }
    audit(tx, &builder, (AuditAction::PostBoost, &boost), by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((BoostChange::Sent(boost), PendingDeliveries { queued: true }))
}

async fn check(tx: &mut Tx, context: &Context, post: &RemotePost, author: &ActorRow) -> Result<()> {
    let blocks = rules::in_force(tx, context).await?;
    let why = if !post.is_public {
        CannotBoost::NotPublic
    } else if blocks.blocks_actor(&author.url) {
        CannotBoost::Blocked
    } else if author.suspended {
        CannotBoost::Gone
    } else if tx.names_off().await?.is_some() {
        CannotBoost::NamesOff
    } else if let Some(why) = unnamed(tx, author.id).await? {
        CannotBoost::Unnamed(why)
    } else {
        return Ok(());
    };
    Err(why.into())
}

/// Takes a boost back, given by the id of the post.
///
/// # Errors
/// [`Error::NoBoost`] when the letter does not boost it.
pub async fn unboost(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    object: &str,
    by: &str,
) -> Result<(OwnBoost, PendingDeliveries)> {
    let boost = tx.boosts_of_posts(&[Sha256::of(object)]).await?.pop();
    let boost = boost.ok_or_else(|| Error::NoBoost(object.to_owned()))?;
    let builder = builder(context, now);
    end(tx, &builder, std::slice::from_ref(&boost)).await?;
    audit(tx, &builder, (AuditAction::PostUnboost, &boost), by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((boost, PendingDeliveries { queued: true }))
}

/// Ends boosts: out of the outbox, and an Undo to everybody who was told. After the end of the letter's actor nothing is
/// sent any more.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn end(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    boosts: &[OwnBoost],
) -> Result<()> {
    if boosts.is_empty() {
        return Ok(());
    }
    let is_silent = tx.retired_at().await?.is_some();
    for boost in boosts {
        tx.hide_activities_about(&boost.path).await?;
        tx.remove_boost(&boost.path).await?;
        let Some(Own::Activity(announced)) = builder.urls.parse_path(&boost.path) else {
            continue;
        };
        if is_silent {
            continue;
        }
        tx.drop_untried(&boost.path, builder.now).await?;
        let id = builder.id();
        let body = activitystreams::undo_announce(builder.urls, &id, &announced, &boost.object);
        let activity = NewActivity {
            public: false,
            ..builder.about(&id, "Undo", &boost.path, &body)
        };
        for sent in tx.send(&[activity]).await? {
            tx.queue_for_followers(sent, builder.now).await?;
            tx.queue_for_told(sent, &boost.path, builder.now).await?;
        }
    }
    Ok(())
}

/// Ends the boosts of posts that were deleted or narrowed, given with their authors' ids, and all of those by these actors.
/// Returns whether there was any.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn end_those(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    posts: &[(String, String)],
    actor_ids: &[i64],
) -> Result<bool> {
    let hashes: Vec<Sha256> = posts.iter().map(|(_, post)| Sha256::of(post)).collect();
    let mut boosts = tx.boosts_of_posts(&hashes).await?;
    boosts.retain(|boost| {
        let mut posts = posts.iter();
        posts.any(|(author, post)| *author == boost.actor && *post == boost.object)
    });
    for boost in tx.boosts_of_actors(actor_ids).await? {
        if !boosts.contains(&boost) {
            boosts.push(boost);
        }
    }
    end(tx, builder, &boosts).await?;
    Ok(!boosts.is_empty())
}

/// Those of these people whom the letter boosts and nothing public of ours may name any more: the row ids of their boosted
/// accounts. People are given by the row id of the account that each uses now.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn boosted_against_their_state(
    tx: &mut Tx,
    people: &[i64],
) -> Result<Vec<i64>> {
    let mut unnamed_authors = Vec::new();
    for boost in tx.boosts_of_people(people).await? {
        if unnamed(tx, boost.actor_id).await?.is_some() {
            unnamed_authors.push(boost.actor_id);
        }
    }
    Ok(unnamed_authors)
}

/// Ends the boosts of posts by those who are blocked.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn end_blocked(
    store: &Store,
    context: &Context,
    now: Millis,
) -> Result<PendingDeliveries> {
    let is_blocked = |blocks: &BlockList, boosts: &mut Vec<OwnBoost>| {
        boosts.retain(|boost| blocks.blocks_actor(&boost.actor));
    };
    let mut tx = store.read().await?;
    let mut boosts = tx.own_boosts().await?;
    is_blocked(&block_list(&mut tx).await?, &mut boosts);
    drop(tx);
    if boosts.is_empty() {
        return Ok(PendingDeliveries::default());
    }
    let mut tx = store.write().await?;
    let mut boosts = tx.own_boosts().await?;
    is_blocked(&block_list(&mut tx).await?, &mut boosts);
    end(&mut tx, &builder(context, now), &boosts).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    tx.commit().await?;
    Ok(PendingDeliveries { queued: true })
}

fn builder(context: &Context, now: Millis) -> ActivityBuilder<'_> {
    ActivityBuilder {
        urls: &context.urls,
        random: context.random.as_ref(),
        now,
    }
}

async fn audit(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    (action, boost): (AuditAction, &OwnBoost),
    by: &str,
) -> Result<()> {
    let id = match builder.urls.parse_path(&boost.path) {
        Some(Own::Activity(id)) => id.to_string(),
        Some(_) | None => boost.path.clone(),
    };
    let entry = NewAudit {
        at: builder.now,
        by: by.to_owned(),
        action,
        code: None,
        target: id,
        reason: None,
    };
    tx.add_audit(&entry).await?;
    Ok(())
}
