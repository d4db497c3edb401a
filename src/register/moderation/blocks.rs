//! Blocks and limits of actors and domains: what they refuse, and what they do to what is stored already.
//!
//! Blocks are applied anew whenever an endorsement is settled, from the list as it is in that very transaction. So
//! neither an Update nor a process whose rules are half a second old brings anybody back, and an actor with two
//! blocks stays blocked until the second one is lifted.
//!
//! - A block hides endorsements, makes followers inactive, and drops what waits to be sent to them.
//! - A limit puts listed endorsements back into the queue: [`HideReason::Limit`] lets them wait until a moderator approves
//!   them, or the limit is lifted. New ones wait by themselves. Followers stay followers.

use std::time::Duration;

use crate::{
    activitystreams::Follow,
    clock::Millis,
    endorsement::{
        Cause, WaitsFor,
        blocks::{Severity, Target},
        hide_reason::HideReason,
        policy::LetterState,
    },
    hash::Sha256,
    register::{
        error::{Error, Result},
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
        },
        maintenance::judge_again::{judge_again, uncounted},
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{BlockRow, NewAudit, Store, Topic, Tx},
};

/// How long a blocked follower's row is kept inactive. A block that is lifted later does not restore the follow.
pub const ASLEEP: Duration = Duration::from_hours(30 * 24);

/// Limit of actors in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 200;

/// The setting with the target whose actors are being updated: maintenance finishes it if the command was killed.
const IN_WORK: &str = "block_in_work";

/// Blocks or limits an actor or a domain, and updates everything of theirs. Returns whether that was news.
///
/// Calling it again finishes what was interrupted, and otherwise changes nothing. `cut` removes the follows for good
/// and tells their servers.
pub async fn add(
    store: &Store,
    context: &Context,
    now: Millis,
    policy: &BlockRow,
    cut: bool,
    by: &str,
) -> Result<bool> {
    let target = &policy.target;
    let mut tx = store.write().await?;
    let known = tx.policy(target).await?;
    let news = known
        != Some(BlockRow {
            at: known.as_ref().map_or(policy.at, |row| row.at),
            ..policy.clone()
        });
    let severer = known.is_none_or(|row| row.severity != policy.severity);
    let mut audit_id = None;
    if news {
        tx.save_policy(policy).await?;
        audit_id = Some(audit(&mut tx, "block.add", target, by, now).await?);
        tx.set_setting(IN_WORK, &in_work(target)).await?;
    }
    if policy.severity == Severity::Block {
        tx.abandon_for(target, now).await?;
    }
    tx.changed(&[Topic::Policy, Topic::Queue]).await?;
    tx.commit().await?;
    let limits = severer && policy.severity == Severity::Limit;
    let walk = Walk {
        limits,
        cut,
        audit_id,
    };
    go_through(store, context, now, target, walk).await?;
    Ok(news)
}

/// Lifts a block or limit, and brings back what it alone hid. Returns whether there was one.
pub async fn remove(
    store: &Store,
    context: &Context,
    now: Millis,
    target: &Target,
    by: &str,
) -> Result<bool> {
    let mut tx = store.write().await?;
    if !tx.remove_policy(target).await? {
        return Ok(false);
    }
    let audit_id = Some(audit(&mut tx, "block.remove", target, by, now).await?);
    tx.set_setting(IN_WORK, &in_work(target)).await?;
    tx.changed(&[Topic::Policy]).await?;
    tx.commit().await?;
    let walk = Walk {
        audit_id,
        ..Walk::default()
    };
    go_through(store, context, now, target, walk).await?;
    if context.rules.policy.letter != LetterState::Paused {
        // What waited only for this is accepted now.
        judge_again(store, context, &uncounted(), WaitsFor::Limited, now).await?;
    }
    Ok(true)
}

/// Finishes the work of a command that was killed.
pub(in crate::register) async fn finish(
    store: &Store,
    context: &Context,
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut tx = store.read().await?;
    let Some(target) = tx.setting(IN_WORK).await?.as_deref().and_then(out_of_work) else {
        return Ok(PendingDeliveries::default());
    };
    let policy = tx.policy(&target).await?;
    drop(tx);
    let limits = policy.is_some_and(|policy| policy.severity == Severity::Limit);
    let walk = Walk {
        limits,
        ..Walk::default()
    };
    go_through(store, context, now, &target, walk).await
}

fn in_work(target: &Target) -> String {
    format!("{} {target}", target.kind())
}

fn out_of_work(text: &str) -> Option<Target> {
    let (kind, target) = text.split_once(' ')?;
    Some(Target::stored(kind.parse().ok()?, target))
}

/// Adds an audit entry about a domain or an actor. An actor is given by the public id of its endorsement, or else by
/// its host, because the audit log names nobody.
async fn audit(tx: &mut Tx, action: &str, target: &Target, by: &str, now: Millis) -> Result<i64> {
    let name = match target {
        Target::Domain(domain) => domain.clone(),
        Target::Actor(id) => {
            let ids: Vec<i64> = tx
                .actors(&[Sha256::of(id)])
                .await?
                .iter()
                .map(|actor| actor.id)
                .collect();
            let endorsement = tx.endorsements_of(&ids).await?.pop();
            endorsement.map_or_else(
                || someone_on(id),
                |endorsement| endorsement.public_id.to_string(),
            )
        }
    };
    let entry = NewAudit {
        at: now,
        by: by.to_owned(),
        action: action.to_owned(),
        code: None,
        target: name,
        reason: None,
    };
    tx.add_audit(&entry).await.map_err(Error::from)
}

fn someone_on(id: &str) -> String {
    let url = url::Url::parse(id).ok();
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or("nowhere");
    format!("someone on {host}")
}

/// What is done to each actor besides settling it.
#[derive(Clone, Copy, Debug, Default)]
struct Walk {
    /// The limit is new: what is stored waits from now on.
    limits: bool,
    /// Follows are removed for good.
    cut: bool,
    /// The administrator's audit entry.
    audit_id: Option<i64>,
}

/// Settles every actor that a target covers by the present block list, in transactions of bounded size.
async fn go_through(
    store: &Store,
    context: &Context,
    now: Millis,
    target: &Target,
    walk: Walk,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let actors = tx.meant_by(target, after, AT_ONCE).await?;
        let Some(last) = actors.last() else {
            // Another command's unfinished work is left to it.
            if tx.setting(IN_WORK).await? == Some(in_work(target)) {
                tx.set_setting(IN_WORK, "").await?;
            }
            tx.changed(&[Topic::Register]).await?;
            tx.commit().await?;
            return Ok(all);
        };
        after = *last;
        let mut batch = Batch::of_actors(&mut tx, context, now, &actors).await?;
        batch.each(|shared, actor| obey(shared, actor, walk));
        let followers = |blocked: bool| -> Vec<i64> {
            let actors = batch.actors.iter();
            let fits = actors.filter(|actor| actor.follows && actor.is_blocked() == blocked);
            fits.map(|actor| actor.row.id).collect()
        };
        tx.let_sleep(&followers(true), now.plus(ASLEEP)).await?;
        tx.wake(&followers(false)).await?;
        all.queued |= batch.save(&mut tx).await?.queued;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
    }
}

/// Applies the present block list to one actor, and what else an order says.
fn obey(shared: &mut Shared<'_>, actor: &mut ActorState, walk: Walk) {
    if let Some(row) = actor.endorsement.as_mut().filter(|_| walk.limits) {
        row.held_by.set(HideReason::Limit, true);
        actor.endorsement_changed = true;
    }
    if walk.cut && actor.follows && actor.is_blocked() {
        actor.unfollow();
        let follower = actor.follower.as_ref();
        // GoToSocial answers 400 to a Follow without its id.
        let follow = Follow {
            id: follower.and_then(|follower| follower.follow_id.as_deref()),
            actor: &actor.row.url,
            object: &shared.context.urls.actor(),
        };
        let reject = shared.builder().cut(&actor.row, &follow);
        shared.outgoing.push(reject);
    }
    shared.settle(actor, Cause::Block, walk.audit_id);
}
