//! The effect of each activity on the register.

use std::time::Duration;

use super::{
    batch::{Batch, Context},
    likes::Liking,
    quotes::TellAuthor,
    surge_limit::Surge,
};
use crate::{
    activitystreams::Follow,
    clock::Millis,
    endorsement::{
        Act, ActOutcome, Cause, State,
        judge::{Accepted, Audience, Candidate, Verdict, judge},
    },
    hash::Sha256,
    register::{InboundAction, InboundActivity, PendingDeliveries, ReceiveOutcome, Result},
    store::{ActRow, Early, FollowerRow, Tx},
};

/// How long an Undo or a Delete is remembered that arrived before its object; the same time as at Mastodon.
pub const EARLY: Duration = Duration::from_hours(6);

/// Applies a batch in one transaction: all of it, or nothing. Later activities of an actor see what the
/// earlier ones did. The answers are in the order of the batch.
pub async fn receive(
    tx: &mut Tx,
    context: &Context,
    surge: &Surge,
    now: Millis,
    incoming: &[InboundActivity],
) -> Result<(Vec<ReceiveOutcome>, PendingDeliveries)> {
    let mut batch = Batch::load(tx, context, now, incoming).await?;
    let renamed = batch.renamed();
    let mut answers: Vec<_> = incoming
        .iter()
        .map(|activity| batch.apply(activity, surge))
        .collect();
    let crowded = batch.crowded(tx, incoming).await?;
    if !crowded.is_empty() {
        // The batch is applied again without the crowded senders: nothing that follows from their activities may be
        // written.
        let comes_later = |activity: &InboundActivity| crowded.contains(activity.sender.url());
        let others: Vec<_> = incoming
            .iter()
            .filter(|activity| !comes_later(activity))
            .cloned()
            .collect();
        batch = Batch::load(tx, context, now, &others).await?;
        // The first load saved the new documents, so the second one cannot see which handles changed. The surge
        // counts of the first run were dropped with its batch.
        batch.rename(&renamed);
        let mut taken = others.iter().map(|activity| batch.apply(activity, surge));
        let answer = |activity| {
            if comes_later(activity) {
                None
            } else {
                taken.next()
            }
        };
        answers = incoming
            .iter()
            .map(answer)
            .map(|answer| answer.unwrap_or(ReceiveOutcome::Later))
            .collect();
    }
    let effects = batch.save(tx).await?;
    Ok((answers, effects))
}

impl Batch<'_> {
    fn apply(&mut self, incoming: &InboundActivity, surge: &Surge) -> ReceiveOutcome {
        if self.refuses(incoming) {
            return ReceiveOutcome::Refused;
        }
        let Some(which) = self.find(incoming.sender.url()) else {
            return ReceiveOutcome::Unknown;
        };
        let actor_hash = Sha256::of(incoming.sender.url());
        if incoming.has_identity() {
            let hash = incoming.hash();
            if self.seen.get(&hash) == Some(&actor_hash) {
                return ReceiveOutcome::Repeated;
            }
            self.seen.insert(hash.clone(), actor_hash.clone());
            self.new_seen.push((hash, actor_hash));
        }
        let own = which;
        let which = self.voice(own, &incoming.deed);
        if which != own {
            self.let_go_of_own(own, &incoming.deed);
        }
        if self.obeys_only_leaving(which, incoming) {
            return ReceiveOutcome::Taken;
        }
        match &incoming.deed {
            InboundAction::Follow { object } => self.follow(which, incoming, object),
            InboundAction::FollowInstance { object } => self.reject_follow(which, incoming, object),
            InboundAction::Like {
                target,
                letter: true,
            } => self.like(which, incoming, Liking::of(target), surge),
            InboundAction::React {
                target,
                letter: true,
                emoji,
            } => self.react(which, incoming, target, emoji, surge),
            InboundAction::Dislike { target } => self.dislike(which, target),
            InboundAction::Boost { target } => self.boost(which, incoming, target),
            InboundAction::Post(post) => return self.post(which, incoming, post, surge),
            InboundAction::Unhung { post, updated } => self.unhang(which, post, *updated),
            InboundAction::AskToQuote(asked) => self.ask_to_quote(which, incoming, asked),
            InboundAction::Report(report) => self.report(which, incoming, report),
            InboundAction::Undo(undone) => self.undo(which, undone),
            InboundAction::Delete { object } => self.delete(which, object),
            InboundAction::ActorChanged => self.settle(which, Cause::ActorChanged, None),
            InboundAction::ActorDeleted => {
                self.revoke(which, None, TellAuthor::Yes);
                self.leave(which, Cause::AccountDeleted);
            }
            InboundAction::Blocked => self.blocked(which),
            InboundAction::LookUp(errand) => self.look_up(which, errand),
            InboundAction::SourceGone { object } => self.source_gone(which, object),
            InboundAction::ActorGone => self.actor_gone(which),
            InboundAction::Like { letter: false, .. }
            | InboundAction::React { letter: false, .. }
            | InboundAction::Nothing => (),
        }
        ReceiveOutcome::Taken
    }

    fn early(&self, which: usize, target: &str, kind: &str) -> Option<Early> {
        let actor = self.situations.get(which)?;
        Some(Early {
            actor_hash: Sha256::of(&actor.actor.url),
            target_hash: Sha256::of(target),
            kind: kind.to_owned(),
        })
    }

    pub(in crate::register) fn came_early(
        &self,
        which: usize,
        target: Option<&str>,
        kind: &str,
    ) -> bool {
        target
            .and_then(|target| self.early(which, target, kind))
            .is_some_and(|early| self.early.contains(&early))
    }

    pub(in crate::register) fn remember_early(&mut self, which: usize, target: &str, kind: &str) {
        if let Some(early) = self.early(which, target, kind) {
            self.early.insert(early.clone());
            self.new_early.push(early);
        }
    }

    /// Follow: one for each actor, with the newest id. Every Follow is answered, a repeated one too.
    fn follow(&mut self, which: usize, incoming: &InboundActivity, object: &str) {
        if self.came_early(which, incoming.activity.as_deref(), "undo") {
            return;
        }
        let (mail, at) = (self.mail(), incoming.at);
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let follow_hash = incoming.activity.as_deref().map(Sha256::of);
        let since = situation
            .follower
            .as_ref()
            .filter(|_| situation.follows)
            .map_or(at, |follower| follower.since);
        let actor_id = situation.actor.id;
        situation.follower = Some(FollowerRow {
            actor_id,
            follow_hash,
            since,
        });
        situation.follows = true;
        situation.follower_changed = true;
        let follow = Follow {
            id: incoming.activity.as_deref(),
            actor: &situation.actor.url,
            object,
        };
        self.mail.push(mail.accept(&situation.actor, &follow));
    }

    fn reject_follow(&mut self, which: usize, incoming: &InboundActivity, object: &str) {
        let mail = self.mail();
        let Some(situation) = self.situations.get(which) else {
            return;
        };
        let follow = Follow {
            id: incoming.activity.as_deref(),
            actor: &situation.actor.url,
            object,
        };
        self.mail.push(mail.reject(&situation.actor, &follow));
    }

    /// Like: one act for each actor and object; a repeated one is a new act, which may widen what is shown.
    pub(in crate::register) fn like(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        liking: Liking<'_>,
        surge: &Surge,
    ) {
        if self.came_early(which, incoming.activity.as_deref(), "undo") {
            return;
        }
        let offer = Candidate {
            kind: liking.offered,
            audience: Audience::Public,
        };
        let Verdict::Keep(kept) = self.judge(which, offer, incoming.at, surge) else {
            return;
        };
        let revision = self.rules().revision;
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let known = situation
            .acts
            .iter()
            .position(|row| row.act.kind == kept.kind && row.object == liking.object);
        let standing = known
            .and_then(|index| situation.acts.get(index))
            .filter(|row| row.act.ended.is_none());
        let act = match standing {
            Some(row) => repeated(&row.act, kept),
            None => fresh(kept, incoming.at, revision),
        };
        let row = ActRow {
            id: None,
            actor_id: situation.actor.id,
            act,
            object: liking.object.to_owned(),
            activity: incoming.activity.clone(),
            activity_hash: incoming.hash(),
            target: liking.target.to_owned(),
            text: None,
            warning: None,
            edited_at: None,
            acknowledged: None,
        };
        self.put(which, known, row, incoming);
        self.settle(which, Cause::Act, None);
    }

    /// Stores an act, in place of the known one if there is one, with the request behind it.
    pub(in crate::register) fn put(
        &mut self,
        which: usize,
        known: Option<usize>,
        row: ActRow,
        incoming: &InboundActivity,
    ) {
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let index = match known {
            Some(index) => {
                situation.change_act(index, |before| {
                    *before = ActRow {
                        id: before.id,
                        acknowledged: before.acknowledged.take(),
                        ..row
                    };
                });
                situation.ended_acts.remove(&index);
                index
            }
            None if row.act.endorses() && situation.has_acts_enough() => return,
            None => situation.add_act(row),
        };
        situation.evidence.insert(index, incoming.evidence.clone());
    }

    /// Judges an offer by the rules in force; a new endorsement is counted against the surge limits.
    pub(in crate::register) fn judge(
        &mut self,
        which: usize,
        offer: Candidate,
        at: Millis,
        surge: &Surge,
    ) -> Verdict {
        let Some(situation) = self.situations.get(which) else {
            return Verdict::Refuse;
        };
        let calm = situation.endorser(self.rules(), false);
        let verdict = judge(&self.rules().policy, &calm, situation.sticks(), offer, at);
        let endorses = situation
            .endorsement
            .as_ref()
            .is_some_and(|endorsement| endorsement.state != State::Withdrawn);
        let Verdict::Keep(Accepted {
            outcome: ActOutcome::Listed | ActOutcome::Counted,
            ..
        }) = verdict
        else {
            return verdict;
        };
        let domain = situation.domain();
        let hasty = situation.endorser(self.rules(), true);
        let sticks = situation.sticks();
        let surging = !endorses && surge.count(&mut self.window, &domain);
        if !surging {
            return verdict;
        }
        judge(&self.rules().policy, &hasty, sticks, offer, at)
    }
}

/// A new act, as it was judged.
pub(in crate::register) fn fresh(kept: Accepted, at: Millis, revision: i64) -> Act {
    Act {
        kind: kept.kind,
        at,
        revision,
        visibility: kept.visibility,
        ceiling: kept.ceiling,
        outcome: kept.outcome,
        ended: None,
    }
}

/// The act after a repeated like: it counts from its first day, and shows what is announced now. One that counts
/// already stays as it is where a new one would have to wait; one that came in time is never late.
fn repeated(before: &Act, kept: Accepted) -> Act {
    let counts = matches!(before.outcome, ActOutcome::Listed | ActOutcome::Counted);
    match kept.outcome {
        ActOutcome::Pending(_) | ActOutcome::Comment if counts => *before,
        ActOutcome::Late => *before,
        ActOutcome::Listed | ActOutcome::Counted | ActOutcome::Pending(_) | ActOutcome::Comment => {
            fresh(kept, before.at, before.revision)
        }
    }
}
