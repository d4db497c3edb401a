//! Judging again what waited for a date, a surge, a limit or the letter's pause.

use std::time::Duration;

use crate::{
    clock::Millis,
    endorsement::{
        ActOutcome, Cause, WaitsFor,
        judge::{Candidate, Verdict, judge},
        policy::{LetterState, Policy},
    },
    register::{
        error::Result,
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
            surge_limit::{Surge, SurgeLimits},
        },
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::Store,
};

/// How long something waits for a surge to pass before it is judged again (`config.toml`).
const SURGE_PASSES: Duration = Duration::from_hours(6);

/// Limit of actors in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 200;

/// Judges what waited while the letter was paused, once it is open again.
pub async fn judge_paused(
    store: &Store,
    context: &Context,
    now: Millis,
) -> Result<PendingDeliveries> {
    // Nothing is counted against surge limits here.
    let surge = Surge::new(SurgeLimits::default(), []);
    judge_again(store, context, &surge, WaitsFor::Paused, now).await
}

/// Judges again what waits for `what`, by the rules in force.
pub(in crate::register) async fn judge_again(
    store: &Store,
    context: &Context,
    surge: &Surge,
    what: WaitsFor,
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let actors = tx.waiting_for(what, after, AT_ONCE).await?;
        let Some(last) = actors.last() else {
            return Ok(all);
        };
        after = *last;
        let mut batch = Batch::of_actors(&mut tx, context, now, &actors).await?;
        if what == WaitsFor::Surge {
            batch.load_window(&mut tx).await?;
        }
        batch.each(|shared, actor| judge_one(shared, actor, what, surge));
        all.queued |= batch.save(&mut tx).await?.queued;
        tx.commit().await?;
    }
}

fn judge_one(shared: &mut Shared<'_>, actor: &mut ActorState, what: WaitsFor, surge: &Surge) {
    // Frozen actors gain nothing by waiting.
    if actor.row.frozen_at.is_some() {
        return;
    }
    let (rules, now) = (shared.rules(), shared.now);
    // What came in time is never late.
    let policy = Policy {
        letter: LetterState::Open,
        ..rules.policy.clone()
    };
    for index in 0..actor.acts.len() {
        let Some(row) = actor.acts.get(index) else {
            continue;
        };
        let waits = row.act.endorses() && row.act.outcome == ActOutcome::Pending(what);
        let passed = what != WaitsFor::Surge || now.since(row.act.at) >= SURGE_PASSES;
        if !waits || !passed {
            continue;
        }
        let reading = rules.read(row.written().unwrap_or_default());
        let candidate = Candidate::stored(&row.act, &reading);
        let kind = row.act.kind;
        let surging = what == WaitsFor::Surge && surge.count(&mut shared.window, &actor.domain());
        let endorser = actor.endorser(rules, surging, now);
        // If changed settings make nothing of it, it stays for a person to decide.
        let verdict = judge(&policy, &endorser, actor.sticks(), candidate, now);
        if let Verdict::Keep(kept) = verdict
            && kept.kind == kind
        {
            actor.change_act(index, |row| {
                row.act.outcome = kept.outcome;
                row.act.ceiling = row.act.ceiling.min(kept.ceiling);
            });
        }
    }
    shared.settle(actor, Cause::Waited, None);
}
