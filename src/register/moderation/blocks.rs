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

use super::{
    audit_target::{entry, name_of, note},
    block_change::BlockChange,
    followers::end_follow,
    quotes::revoke_covered,
};
use crate::{
    clock::Millis,
    endorsement::{
        Cause, WaitsFor,
        blocks::{Severity, Target, and_above},
        hide_reason::HideReason,
        policy::LetterState,
    },
    register::{
        actor::following::end_blocked_follows,
        error::Result,
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
        },
        letter::own_boosts::end_blocked,
        maintenance::judge_again::{judge_again, uncounted},
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{AuditAction, BlockRow, Store, Topic, Tx},
};

/// How long a blocked follower's row is kept inactive. A block that is lifted later does not restore the follow.
pub const ASLEEP: Duration = Duration::from_hours(30 * 24);

/// Limit of actors in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 200;

/// The setting with the targets whose actors are being updated, one a line: maintenance finishes it if the command was
/// killed.
const IN_WORK: &str = "block_in_work";

/// Whether a block that hides so many endorsements and suspends so many followers is asked to be confirmed.
pub const fn is_much(endorsements: i64, followers: i64) -> bool {
    endorsements > 10 || followers > 50
}

/// Blocks or limits an actor or a domain, and updates everything of theirs. Returns the audit entry if that was news.
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
) -> Result<Option<i64>> {
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
    let mut audit_id = None;
    if known.as_ref() != Some(policy) {
        tx.save_policy(policy).await?;
        let change = BlockChange::new(target, known.as_ref(), Some(policy), cut);
        let name = name_of(&mut tx, target).await?;
        let entry = entry(AuditAction::BlockAdd, by, now);
        audit_id = Some(note(&mut tx, entry, &[(name, change.to_json())]).await?);
        begin(&mut tx, std::slice::from_ref(target)).await?;
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
    done(store, std::slice::from_ref(target)).await?;
    Ok(audit_id)
}

/// Lifts a block or limit, and brings back what it alone hid. Returns the audit entry; `None` when there was none.
pub async fn remove(
    store: &Store,
    context: &Context,
    now: Millis,
    target: &Target,
    by: &str,
) -> Result<Option<i64>> {
    let mut tx = store.write().await?;
    let Some(known) = tx.policy(target).await? else {
        return Ok(None);
    };
    tx.remove_policy(target).await?;
    let change = BlockChange::new(target, Some(&known), None, false);
    let name = name_of(&mut tx, target).await?;
    let entry = entry(AuditAction::BlockRemove, by, now);
    let audit_id = note(&mut tx, entry, &[(name, change.to_json())]).await?;
    begin(&mut tx, std::slice::from_ref(target)).await?;
    tx.changed(&[Topic::Policy]).await?;
    tx.commit().await?;
    let targets = std::slice::from_ref(target);
    update_each(store, context, now, targets, Some(audit_id)).await?;
    Ok(Some(audit_id))
}

/// Finishes the work of a command that was killed.
pub(in crate::register) async fn finish(
    store: &Store,
    context: &Context,
    now: Millis,
) -> Result<PendingDeliveries> {
    let in_work = store.read().await?.setting(IN_WORK).await?;
    let targets = out_of_work(&in_work.unwrap_or_default());
    if targets.is_empty() {
        return Ok(PendingDeliveries::default());
    }
    update_each(store, context, now, &targets, None).await
}

/// Writes blocks and limits that were imported, and updates everything of theirs. Each has `now` as its date if it is
/// more or less severe than before. Returns the audit entry.
pub async fn import(
    store: &Store,
    context: &Context,
    now: Millis,
    policies: &[BlockRow],
    by: &str,
) -> Result<i64> {
    let mut tx = store.write().await?;
    let known = tx.policies().await?.into_iter();
    let known: HashMap<String, BlockRow> = known
        .map(|policy| (policy.target.as_str().to_owned(), policy))
        .collect();
    let changes = policies.iter().map(|policy| {
        let before = known.get(policy.target.as_str());
        let change = BlockChange::new(&policy.target, before, Some(policy), false);
        (policy.target.to_string(), change.to_json())
    });
    let changes: Vec<_> = changes.collect();
    tx.save_policies(policies).await?;
    let entry = entry(AuditAction::BlockImport, by, now);
    let audit_id = note(&mut tx, entry, &changes).await?;
    let is_new = |policy: &&BlockRow| {
        let before = known.get(policy.target.as_str());
        before.is_none_or(|before| before.severity != policy.severity)
    };
    let new = policies.iter().filter(is_new);
    let new = new.map(|policy| policy.target.clone()).collect();
    let walked = those_known(&mut tx, new).await?;
    begin(&mut tx, &walked).await?;
    tx.changed(&[Topic::Policy]).await?;
    tx.commit().await?;
    update_each(store, context, now, &walked, Some(audit_id)).await?;
    Ok(audit_id)
}

/// Applies the block list, as it is now, to all whom these targets cover and whose severity changed.
pub(super) async fn update_each(
    store: &Store,
    context: &Context,
    now: Millis,
    targets: &[Target],
    audit_id: Option<i64>,
) -> Result<PendingDeliveries> {
    let mut effects = PendingDeliveries::default();
    let mut lifts = false;
    for target in targets {
        let policy = store.read().await?.policy(target).await?;
        let severity = policy.map_or(Severity::Noop, |policy| policy.severity);
        if severity == Severity::Block {
            let mut tx = store.write().await?;
            tx.abandon_for(target, now).await?;
            tx.changed(&[Topic::Queue]).await?;
            tx.commit().await?;
        }
        lifts |= severity == Severity::Noop;
        let walk = Walk {
            limits: severity == Severity::Limit,
            audit_id,
            ..Walk::default()
        };
        let updated = update(store, context, now, target, walk, severity).await?;
        effects.queued |= updated.queued;
    }
    done(store, targets).await?;
    if lifts && context.rules.policy.letter != LetterState::Paused {
        // What waited only for this is accepted now.
        let accepted = judge_again(store, context, &uncounted(), WaitsFor::Limited, now).await?;
        effects.queued |= accepted.queued;
    }
    Ok(effects)
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
        effects.queued |= end_blocked(store, context, now).await?.queued;
        end_blocked_follows(store).await?;
    }
    Ok(effects)
}

/// Those of some targets of whom anybody may be known here: actors, and domains with a server.
pub(super) async fn those_known(tx: &mut Tx, targets: Vec<Target>) -> Result<Vec<Target>> {
    let domains: HashSet<&str> = targets.iter().map(Target::as_str).collect();
    let known = known_among(tx, |domain| domains.contains(domain)).await?;
    let is_known = |target: &Target| match target {
        Target::Domain(domain) => known.contains(domain),
        Target::Actor(_) => true,
    };
    Ok(targets.into_iter().filter(is_known).collect())
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

/// Notes that the actors of these targets are being updated.
pub(super) async fn begin(tx: &mut Tx, targets: &[Target]) -> Result<()> {
    Ok(tx.set_setting(IN_WORK, &in_work(targets)).await?)
}

/// Notes that nothing is left to do for these targets. Another command's unfinished work is left to it.
async fn done(store: &Store, targets: &[Target]) -> Result<()> {
    let mut tx = store.write().await?;
    if tx.setting(IN_WORK).await? == Some(in_work(targets)) {
        tx.set_setting(IN_WORK, "").await?;
    }
    Ok(tx.commit().await?)
}

fn in_work(targets: &[Target]) -> String {
    let lines = targets.iter();
    let lines: Vec<_> = lines
        .map(|target| format!("{} {target}", target.kind()))
        .collect();
    lines.join("\n")
}

fn out_of_work(text: &str) -> Vec<Target> {
    let targets = text.lines().filter_map(|line| {
        let (kind, target) = line.split_once(' ')?;
        Some(Target::stored(kind.parse().ok()?, target))
    });
    targets.collect()
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
