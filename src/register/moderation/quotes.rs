//! Permissions to quote that a moderator or a block takes back. Other servers find the authorization gone (404) when they
//! look; a `Delete` tells those who may show the quote: its author's server, and the followers'.

use crate::{
    activitystreams::UseKind,
    clock::Millis,
    endorsement::blocks::Target,
    hash::Sha256,
    register::{
        error::Result,
        inbound::{quote_state::withheld_mark, quotes::Told},
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{AuditAction, QuoteAuthorizationRow, Store, Topic, Tx},
};

use super::audit_target::audit;

/// Limit of authorizations in one transaction: each may be told to every follower's server.
const AT_ONCE: i64 = 10;

/// Limit of authorizations of which one block tells the followers. Who is blocked may have asked for very many, and
/// each would cost a delivery to every follower's server; of the rest the authors' servers are told, and others find the
/// authorization gone.
const TOLD: usize = 100;

/// Takes back the permissions of one actor, given by its id: all, or those whose paths are in `only`. They are never
/// given to it again for the same posts. Returns those that were in force, and what has to follow the commit.
pub async fn revoke(
    store: &Store,
    context: &Context,
    now: Millis,
    actor: &str,
    only: Option<&[String]>,
    by: &str,
) -> Result<(Vec<QuoteAuthorizationRow>, PendingDeliveries)> {
    let target = Target::Actor(actor.to_owned());
    let mut tx = store.write().await?;
    let found = tx.actors(&[Sha256::of(actor)]).await?;
    let ids: Vec<i64> = found.iter().map(|actor| actor.id).collect();
    let mut quotes = tx.quote_authorizations_of(&ids).await?;
    quotes.retain(|quote| only.is_none_or(|paths| paths.contains(&quote.path)));
    if quotes.is_empty() {
        return Ok((quotes, PendingDeliveries::default()));
    }
    let mut told = 0;
    let effects = revoke_these(&mut tx, context, now, &quotes, &mut told).await?;
    audit(&mut tx, AuditAction::QuoteRevoke, &target, by, now).await?;
    tx.commit().await?;
    Ok((quotes, effects))
}

/// Takes back the permissions of everybody whom a target covers.
pub(super) async fn revoke_covered(
    store: &Store,
    context: &Context,
    now: Millis,
    target: &Target,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    let mut told = 0;
    loop {
        let mut tx = store.write().await?;
        let quotes = tx.quotes_covered(target, AT_ONCE).await?;
        if quotes.is_empty() {
            return Ok(all);
        }
        all.queued |= revoke_these(&mut tx, context, now, &quotes, &mut told)
            .await?
            .queued;
        tx.commit().await?;
    }
}

/// Revokes authorizations and says so; `told` counts those of which the followers are told.
async fn revoke_these(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    quotes: &[QuoteAuthorizationRow],
    told: &mut usize,
) -> Result<PendingDeliveries> {
    let ids: Vec<i64> = quotes.iter().map(|quote| quote.actor_id).collect();
    let actors = tx.actors_by_id(&ids).await?;
    let builder = ActivityBuilder {
        urls: &context.urls,
        random: context.random.as_ref(),
        now,
    };
    // After the end of the letter's actor nothing is sent any more.
    let is_retired = tx.retired_at().await?.is_some();
    let mut effects = PendingDeliveries::default();
    for quote in quotes {
        let author = actors.iter().find(|actor| actor.id == quote.actor_id);
        let asked = builder.authorization(&quote.path);
        let kind = asked.map_or(UseKind::Quote, |(kind, _)| kind);
        let url = author.map_or("", |author| author.url.as_str());
        let mark = withheld_mark(&context.salt, kind, url, &quote.object);
        tx.withhold_quote(&quote.path, &mark, now).await?;
        let delete = author
            .and_then(|author| builder.delete_authorization(author, quote, Told::FollowersToo));
        let Some(delete) = delete.filter(|_| !is_retired) else {
            continue;
        };
        for activity_id in tx.send(&[delete]).await? {
            if *told < TOLD {
                tx.queue_for_followers(activity_id, now).await?;
                *told += 1;
            }
        }
        effects.queued = true;
    }
    tx.changed(&[Topic::Register, Topic::Queue]).await?;
    Ok(effects)
}
