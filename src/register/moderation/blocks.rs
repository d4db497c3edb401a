//! Blocks and limits of actors and domains: what they refuse, and what they do to what is stored already.
//!
//! Blocks are applied anew whenever an endorsement is settled, from the list as it is in that very transaction. So
//! neither an Update nor a process whose rules are half a second old brings anybody back, and an actor with two
//! blocks stays blocked until the second one is lifted.
//!
//! - A block hides endorsements, makes followers inactive, drops what waits to be sent to them, and takes back
//!   permissions to quote, which lifting it does not give back.
//! - A limit puts listed endorsements back into the queue: [`HideReason::Limit`] lets them wait until a moderator approves
//!   them, or the limit is lifted. New ones wait by themselves. Followers stay followers.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{audit_target::audit, followers::end_follow, quotes::revoke_covered};
use crate::{
    clock::Millis,
    endorsement::{
        Cause, WaitsFor,
        blocks::{Severity, Target, and_above},
        hide_reason::HideReason,
        policy::LetterState,
    },
    register::{
        error::Result,
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

/// The setting with the target whose actors are being updated: maintenance finishes it if the command was killed. Of an
/// import it is the date that its blocks have.
const IN_WORK: &str = "block_in_work";

/// How the setting begins during an import.
const IMPORT: &str = "import ";

/// Whether a block that hides so many endorsements and suspends so many followers is asked to be confirmed.
pub const fn is_much(endorsements: i64, followers: i64) -> bool {
    endorsements > 10 || followers > 50
}

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
    let severer = known
        .as_ref()
        .is_none_or(|row| row.severity != policy.severity);
    // Another comment leaves the date: what was revoked since then is the block's doing.
    let since = known.as_ref().filter(|_| !severer);
    let policy = &BlockRow {
        at: since.map_or(policy.at, |row| row.at),
        ..policy.clone()
    };
    let news = known.as_ref() != Some(policy);
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
    update(store, context, now, target, walk, policy.severity).await?;
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
    done(store, target).await?;
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
    let in_work = tx.setting(IN_WORK).await?.unwrap_or_default();
    if let Some(at) = in_work.strip_prefix(IMPORT).and_then(|at| at.parse().ok()) {
        drop(tx);
        return update_imported(store, context, now, Millis::from_millis(at), None).await;
    }
    let Some(target) = out_of_work(&in_work) else {
        return Ok(PendingDeliveries::default());
    };
    let policy = tx.policy(&target).await?;
    drop(tx);
    let severity = policy.map(|policy| policy.severity);
    let walk = Walk {
        limits: severity == Some(Severity::Limit),
        ..Walk::default()
    };
    if let Some(severity) = severity {
        return update(store, context, now, &target, walk, severity).await;
    }
    let lifted = go_through(store, context, now, &target, walk).await?;
    done(store, &target).await?;
    Ok(lifted)
}

/// Updates everything of whom a block or limit covers. A block also takes back permissions to quote: last, when those
/// who are blocked are sent nothing else any more.
async fn update(
    store: &Store,
    context: &Context,
    now: Millis,
    target: &Target,
    walk: Walk,
    severity: Severity,
) -> Result<PendingDeliveries> {
    let mut effects = go_through(store, context, now, target, walk).await?;
    if severity == Severity::Block {
        effects.queued |= revoke_covered(store, context, now, target).await?.queued;
    }
    done(store, target).await?;
    Ok(effects)
}

/// Writes blocks and limits that were imported, and updates everything of theirs. Each has `now` as its date if it is
/// more or less severe than before.
pub async fn import(
    store: &Store,
    context: &Context,
    now: Millis,
    policies: &[BlockRow],
    by: &str,
) -> Result<()> {
    let mut tx = store.write().await?;
    tx.save_policies(policies).await?;
    let entry = NewAudit {
        at: now,
        by: by.to_owned(),
        action: "block.import".to_owned(),
        code: None,
        target: format!("{} domains", policies.len()),
        reason: None,
    };
    let audit_id = tx.add_audit(&entry).await?;
    tx.set_setting(IN_WORK, &format!("{IMPORT}{}", now.as_millis()))
        .await?;
    tx.changed(&[Topic::Policy]).await?;
    tx.commit().await?;
    update_imported(store, context, now, now, Some(audit_id)).await?;
    Ok(())
}

/// Updates everything of whom the imported blocks and limits of a date cover.
async fn update_imported(
    store: &Store,
    context: &Context,
    now: Millis,
    at: Millis,
    audit_id: Option<i64>,
) -> Result<PendingDeliveries> {
    let mut effects = PendingDeliveries::default();
    let mut tx = store.read().await?;
    let policies = tx.policies().await?.into_iter();
    let imported = policies.filter(|policy| policy.at == at);
    let imported: HashMap<_, _> = imported
        .map(|policy| (policy.target.as_str().to_owned(), policy))
        .collect();
    let known = known_among(&mut tx, |domain| imported.contains_key(domain)).await?;
    drop(tx);
    for policy in imported
        .values()
        .filter(|policy| known.contains(policy.target.as_str()))
    {
        if policy.severity == Severity::Block {
            let mut tx = store.write().await?;
            tx.abandon_for(&policy.target, now).await?;
            tx.changed(&[Topic::Queue]).await?;
            tx.commit().await?;
        }
        let walk = Walk {
            limits: policy.severity == Severity::Limit,
            audit_id,
            ..Walk::default()
        };
        let updated = update(store, context, now, &policy.target, walk, policy.severity).await?;
        effects.queued |= updated.queued;
    }
    work_ends(store, &format!("{IMPORT}{}", at.as_millis())).await?;
    Ok(effects)
}

/// Those of some domains on which, or below which, a server is known here. Names are compared in memory, once.
pub(super) async fn known_among(
    tx: &mut Tx,
    is_meant: impl Fn(&str) -> bool + Sync,
) -> Result<HashSet<String>> {
    const PAGE: i64 = 1000;
    let mut known = HashSet::new();
    let mut after = 0;
    loop {
        let hosts = tx.host_names(after, PAGE).await?;
        let Some(last) = hosts.last() else {
            return Ok(known);
        };
        after = last.id;
        let above = hosts.iter().flat_map(|host| and_above(&host.name));
        known.extend(above.filter(|domain| is_meant(domain)).map(str::to_owned));
    }
}

/// Notes that nothing is left to do for a target.
async fn done(store: &Store, target: &Target) -> Result<()> {
    work_ends(store, &in_work(target)).await
}

/// Notes that some work is done. Another command's unfinished work is left to it.
async fn work_ends(store: &Store, work: &str) -> Result<()> {
    let mut tx = store.write().await?;
    if tx.setting(IN_WORK).await?.as_deref() == Some(work) {
        tx.set_setting(IN_WORK, "").await?;
    }
    Ok(tx.commit().await?)
}

fn in_work(target: &Target) -> String {
    format!("{} {target}", target.kind())
}

fn out_of_work(text: &str) -> Option<Target> {
    let (kind, target) = text.split_once(' ')?;
    Some(Target::stored(kind.parse().ok()?, target))
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
        end_follow(shared, actor);
    }
    shared.settle(actor, Cause::Block, walk.audit_id);
}
