//! Receives a batch: loads it, applies each activity to its actor's state, and writes what changed.

use std::collections::{HashMap, HashSet};

use super::{
    activity::{InboundAction, InboundActivity, ReceiveOutcome, Sender},
    actor_state::ActorState,
    batch::{Batch, Shared},
    documents::{is_deed, save_documents},
    leaving::Saved,
    repetition::{Memory, Repetition},
    surge_limit::Surge,
    takes_back::{TakenBack, taken_back},
};
use crate::{
    activitystreams::is_forge_account,
    clock::Millis,
    endorsement::{Cause, WaitsFor},
    register::{
        error::Result,
        maintenance::{judge_again::judge_one, quotas::crowded},
        moderation::linked_name::judge_linked_name,
        pending_deliveries::PendingDeliveries,
        rules::{self, Context},
    },
    store::Tx,
};

/// Applies a batch in one transaction: all of it, or nothing. Later activities of an actor see what the
/// earlier ones did. The answers are in the order of the batch; with them comes what has to follow the commit.
pub async fn receive(
    tx: &mut Tx,
    context: &Context,
    surge: &Surge,
    now: Millis,
    incoming: &[InboundActivity],
) -> Result<(Vec<ReceiveOutcome>, PendingDeliveries, Saved)> {
    let blocks = rules::in_force(tx, context).await?;
    let memory = Memory::load(tx, incoming, now).await?;
    let fresh = memory.without_old_documents(incoming);
    let (handles, saved) = save_documents(tx, context, (&blocks, &memory), &fresh, now).await?;
    let mut loaded = Batch::load(tx, context, now, blocks, memory, incoming).await?;
    loaded.shared.saved = saved;
    mark_documents(&mut loaded.actors, &fresh, &handles);
    let mut batch = loaded.clone();
    let mut answers = apply_all(&mut batch, incoming, surge, &HashSet::new());
    let crowded = crowded(
        tx,
        &context.rules.phrases,
        &loaded.actors,
        &batch.actors,
        incoming,
    )
    .await?;
    let senders = incoming.iter().map(|activity| activity.sender.url());
    let later: HashSet<&str> = senders.filter(|url| crowded.contains(*url)).collect();
    if !later.is_empty() {
        // The loaded batch is applied again without the crowded senders: nothing that follows from their activities may
        // be written.
        loaded.leave_out(&later);
        answers = apply_all(&mut loaded, incoming, surge, &later);
        batch = loaded;
    }
    let (effects, saved) = Box::pin(batch.save_and_tell(tx)).await?;
    for endorsement in &saved.linked {
        // A name that waited because the letter's file has it is the same person's.
        judge_linked_name(tx, context, now, endorsement).await?;
    }
    Ok((answers, effects, saved))
}

/// Marks the actors to whom a document of this batch gave another handle, or of whom it says that they moved.
fn mark_documents(
    actors: &mut [ActorState],
    incoming: &[&InboundActivity],
    handles: &HashMap<String, String>,
) {
    let documents = incoming
        .iter()
        .filter_map(|activity| match &activity.sender {
            Sender::Read(document) => Some((document.url.as_str(), document.moved_to.as_ref())),
            Sender::Known(_) => None,
        });
    let moved_to: HashMap<_, _> = documents.collect();
    for actor in actors {
        let url = actor.row.url.as_str();
        let before = handles.get(url);
        actor.handle_changed = before.is_some_and(|handle| *handle != actor.row.handle);
        actor.moved_to = moved_to.get(url).copied().flatten().cloned();
        if actor.handle_changed {
            actor.index_again();
        }
    }
}

/// Applies all activities but those of senders who have to come later.
fn apply_all(
    batch: &mut Batch<'_>,
    incoming: &[InboundActivity],
    surge: &Surge,
    later: &HashSet<&str>,
) -> Vec<ReceiveOutcome> {
    let answer = |activity: &InboundActivity| {
        if later.contains(activity.sender.url()) {
            return ReceiveOutcome::Later;
        }
        apply(batch, activity, surge).unwrap_or(ReceiveOutcome::Unknown)
    };
    incoming.iter().map(answer).collect()
}

/// Applies one activity; `None` when its actor is not in the batch.
fn apply(
    batch: &mut Batch<'_>,
    incoming: &InboundActivity,
    surge: &Surge,
) -> Option<ReceiveOutcome> {
    let url = incoming.sender.url();
    let Some((sender, shared)) = batch.actor(url) else {
        return without_row(&mut batch.shared, incoming);
    };
    let phrases = &shared.rules().phrases;
    if sender.is_blocked() && taken_back(&incoming.action, sender, phrases) == TakenBack::Nothing {
        // Refused activities leave no trace.
        return Some(ReceiveOutcome::Refused);
    }
    let facts = incoming.action.facts();
    let can_return = |post| shared.deletions.can_return(url, post);
    let can_return = facts.post.is_some_and(can_return);
    let repetition = shared.memory.judge(incoming, can_return);
    match repetition {
        Repetition::New | Repetition::EditedBack => (),
        Repetition::Repeated => return Some(ReceiveOutcome::Repeated),
        Repetition::Undone => return Some(ReceiveOutcome::Taken),
    }
    let new_account = shared.speaks_for(sender, &facts);
    let speaker = match new_account.and_then(|id| batch.url_of(id)) {
        Some(new_account) => {
            let (sender, shared) = batch.actor(url)?;
            shared.let_go_of_own(sender, &facts);
            new_account
        }
        None => url.to_owned(),
    };
    let (actor, shared) = batch.actor(&speaker)?;
    if repetition == Repetition::EditedBack && shared.reads_again(actor, incoming) {
        return Some(ReceiveOutcome::Repeated);
    }
    if shared.is_outdated(actor, incoming) {
        return Some(ReceiveOutcome::Taken);
    }
    if let Some(post) = incoming.action.ends_post() {
        shared.ended_posts.push((url.to_owned(), post.to_owned()));
    }
    if !shared.obeys_only_leaving(actor, incoming) {
        dispatch(shared, actor, incoming, surge);
    }
    Some(ReceiveOutcome::Taken)
}

/// The answer to somebody who has no row: nothing is remembered of what means nothing, but the end of a comment on a forge. `None` when their document has
/// to be read first.
fn without_row(shared: &mut Shared<'_>, incoming: &InboundActivity) -> Option<ReceiveOutcome> {
    if shared.blocks.blocks_actor(incoming.sender.url()) {
        return Some(ReceiveOutcome::Refused);
    }
    if shared.memory.repeats(incoming) {
        return Some(ReceiveOutcome::Repeated);
    }
    // Of an account on a forge everything came that there is to read.
    let is_on_forge = is_forge_account(incoming.sender.url());
    if let InboundAction::Delete { object } = &incoming.action
        && is_on_forge
    {
        // A webhook that tells of its beginning may come after the one that tells of its end.
        shared.deletions.withdraw(incoming.sender.url(), object);
    }
    let means_something =
        !is_on_forge && is_deed(&incoming.action, |url| shared.jobs.is_known(url));
    (!means_something).then_some(ReceiveOutcome::Taken)
}

/// Hands each action to the function of its kind.
fn dispatch(
    shared: &mut Shared<'_>,
    actor: &mut ActorState,
    incoming: &InboundActivity,
    surge: &Surge,
) {
    match &incoming.action {
        InboundAction::Follow { object } => shared.follow(actor, incoming, object),
        InboundAction::FollowInstance { object } => shared.reject_follow(actor, incoming, object),
        InboundAction::Like {
            target,
            letter: true,
        } => shared.like(actor, incoming, target, surge),
        InboundAction::React {
            target,
            letter: true,
            emoji,
        } => shared.react(actor, incoming, (target, emoji), surge),
        InboundAction::Dislike { target } => shared.dislike(actor, incoming, target),
        InboundAction::FollowAnswered { follow, accepted } => {
            shared.follow_answered(actor, follow.clone(), *accepted);
        }
        InboundAction::Boost { target } => shared.boost(actor, incoming, target),
        InboundAction::Post(post) => shared.post(actor, incoming, post, surge),
        InboundAction::Unhung { post, updated, .. } => shared.unhang(actor, post, *updated),
        InboundAction::AskToUse(asked) => shared.ask_to_use(actor, incoming, asked),
        InboundAction::Report(report) => {
            shared
                .flags
                .report(&actor.row, incoming, report, &shared.existing);
        }
        InboundAction::Undo(undone) => shared.undo(actor, incoming, undone),
        InboundAction::Delete { object } => shared.delete(actor, incoming, object),
        InboundAction::ActorChanged => {
            if matches!(incoming.sender, Sender::Read(_)) {
                actor.was_read(shared.rules(), shared.now);
            }
            shared.settle(actor, Cause::ActorChanged, None);
            if actor.is_on_forge() {
                // It may have waited for nothing but this.
                judge_one(shared, actor, WaitsFor::Age, surge);
            }
        }
        InboundAction::ActorDeleted => shared.actor_deleted(actor, incoming),
        InboundAction::Blocked => shared.blocked(actor, incoming),
        InboundAction::Dereference(task) => shared.jobs.add(actor, task, shared.now),
        InboundAction::SourceGone { object } => shared.source_gone(actor, object),
        InboundAction::ActorGone => shared.actor_gone(actor, incoming),
        InboundAction::Like { letter: false, .. }
        | InboundAction::React { letter: false, .. }
        | InboundAction::Nothing => (),
    }
}
