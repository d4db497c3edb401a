//! Judging again what waited for a date, a surge, a limit, a rule or the letter's pause.

use std::{collections::HashMap, time::Duration};

use crate::{
    clock::Millis,
    endorsement::{
        ActOutcome, Cause, WaitsFor,
        blocks::Target,
        judge::{Accepted, Candidate, Verdict, judge},
        policy::{LetterState, Policy},
        wording::Intent,
    },
    register::{
        error::Result,
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
            judging::{counts, rule_of},
            surge_limit::{Surge, SurgeLimits, SurgeSource, Window},
        },
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{Store, SurgeRow, Tx},
};

/// How long something waits for a surge to pass before it is judged again (`config.toml`).
const SURGE_PASSES: Duration = Duration::from_hours(6);

/// Limit of actors in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 200;

/// Acts that are looked through at a time for those that have waited long enough.
const LOOKED_THROUGH: i64 = 1000;

/// Judges what waited while the letter was paused, once it is open again.
pub async fn judge_paused(
    store: &Store,
    context: &Context,
    now: Millis,
) -> Result<PendingDeliveries> {
    judge_again(store, context, &uncounted(), WaitsFor::Paused, now).await
}

/// The surge limits where nothing is counted against them, because a moderator let it in.
pub(in crate::register) fn uncounted() -> Surge {
    Surge::new(SurgeLimits::default())
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
        if is_counted(what) {
            batch.load_window(&mut tx, &[]).await?;
        }
        batch.each(|shared, actor| judge_one(shared, actor, what, surge));
        all.queued |= batch.save(&mut tx).await?.queued;
        tx.commit().await?;
    }
}

/// Judges again what has waited six hours for a surge to pass, in the order of arrival and under the same limits. Who is
/// over a limit again goes on waiting: their acts are only looked at, so that a flood costs the inbox nothing.
pub async fn judge_surges(
    store: &Store,
    context: &Context,
    surge: &Surge,
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    if context.rules.policy.letter == LetterState::Paused {
        return Ok(all);
    }
    let until = now.minus(SURGE_PASSES);
    let mut after = (Millis::from_millis(i64::MIN), 0);
    loop {
        let mut tx = store.read().await?;
        let rows = tx.surges_until(until, after, LOOKED_THROUGH).await?;
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after = (last.at, last.act_id);
        let source = |row: &SurgeRow| SurgeSource::of(&row.actor, &row.domain, row.at, now);
        let sources: Vec<_> = rows.iter().map(source).collect();
        let keys = sources.iter().map(SurgeSource::key);
        let mut window = Window::load(&mut tx, keys, now).await?;
        // Given back before the writer is waited for.
        drop(tx);
        let is_trusted = |row: &SurgeRow| context.rules.trusted.has_host_of(&row.actor);
        let mut passing: Vec<i64> = Vec::new();
        for (row, source) in rows.iter().zip(&sources) {
            let known = passing.contains(&row.actor_id);
            if !known && (is_trusted(row) || !surge.count(&mut window, source)) {
                passing.push(row.actor_id);
            }
        }
        for actors in passing.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
            let mut tx = store.write().await?;
            let mut batch = Batch::of_actors(&mut tx, context, now, actors).await?;
            batch.load_window(&mut tx, &[]).await?;
            let place: HashMap<i64, usize> = actors.iter().copied().zip(0..).collect();
            batch
                .actors
                .sort_by_key(|actor| place.get(&actor.row.id).copied());
            batch.each(|shared, actor| judge_one(shared, actor, WaitsFor::Surge, surge));
            all.queued |= batch.save(&mut tx).await?.queued;
            tx.commit().await?;
        }
    }
}

/// Judges again what waits for one of these reasons from a target, because a moderator let it in.
pub(in crate::register) async fn judge_all_of(
    store: &Store,
    context: &Context,
    target: &Target,
    reasons: &[WaitsFor],
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let actors = tx.meant_by(target, after, AT_ONCE).await?;
        let Some(last) = actors.last() else {
            return Ok(all);
        };
        after = *last;
        all.queued |= let_in(tx, context, &actors, reasons, now).await?.queued;
    }
}

/// Judges again what rules hold that were removed. `context` has the rules without them.
pub async fn judge_held_by_removed_rules(
    store: &Store,
    context: &Context,
    now: Millis,
) -> Result<PendingDeliveries> {
    let mut all = PendingDeliveries::default();
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let actors = tx.held_by_removed_rules(after, AT_ONCE).await?;
        let Some(last) = actors.last() else {
            return Ok(all);
        };
        after = *last;
        all.queued |= let_in(tx, context, &actors, &[WaitsFor::Rule], now)
            .await?
            .queued;
    }
}

async fn let_in(
    mut tx: Tx,
    context: &Context,
    actors: &[i64],
    reasons: &[WaitsFor],
    now: Millis,
) -> Result<PendingDeliveries> {
    let surge = uncounted();
    let mut batch = Batch::of_actors(&mut tx, context, now, actors).await?;
    batch.each(|shared, actor| {
        for what in reasons {
            judge_one(shared, actor, *what, &surge);
        }
    });
    let effects = batch.save(&mut tx).await?;
    tx.commit().await?;
    Ok(effects)
}

/// Whether what waited for this is a new endorsement of the moment when it is let in: it counts against the surge limits,
/// because a flood can wait for a date as well. What a moderator lets in does not.
const fn is_counted(what: WaitsFor) -> bool {
    matches!(what, WaitsFor::Surge | WaitsFor::Age)
}

/// Judges all acts of an actor that wait for one reason: what holds one of them holds all.
pub(in crate::register) fn judge_one(
    shared: &mut Shared<'_>,
    actor: &mut ActorState,
    what: WaitsFor,
    surge: &Surge,
) {
    // Frozen actors gain nothing by waiting.
    if actor.row.frozen_at.is_some() {
        return;
    }
    if actor.is_project() {
        actor.judge_claims(shared.rules(), shared.now);
        return shared.settle(actor, Cause::Waited, None);
    }
    let waiting =
        actor.places(|row| row.act.endorses() && row.act.outcome == ActOutcome::Pending(what));
    if waiting.is_empty() {
        return;
    }
    let rules = shared.rules();
    let caught = waiting.iter().find_map(|index| {
        let row = actor.acts.get(*index)?;
        let holds = |number: &i64| what == WaitsFor::Rule && rules.word_rules.has(*number);
        row.rule
            .filter(holds)
            .or_else(|| actor.caught(rules, row.written()))
    });
    let caught = caught.map(|number| (WaitsFor::Rule, Some(number)));
    let (held, rule) = caught.or_else(|| actor.held(Some(what))).unzip();
    let mut judged = judge_acts(shared, actor, &waiting, held);
    let would_count = |(_, kept): &(usize, Accepted)| counts(Verdict::Keep(*kept));
    let said = waiting.iter().filter_map(|index| actor.acts.get(*index));
    let said = said.map(|row| row.act.at).min().unwrap_or(shared.now);
    let is_new = is_counted(what) && judged.iter().any(would_count);
    if is_new && shared.is_over_limit(actor, said, surge) {
        judged = judge_acts(shared, actor, &waiting, Some(WaitsFor::Surge));
    }
    for (index, kept) in judged {
        actor.change_act(index, |row| {
            row.act.outcome = kept.outcome;
            row.act.ceiling = row.act.ceiling.min(kept.ceiling);
            row.rule = rule_of(&row.act, rule.flatten());
        });
    }
    shared.settle(actor, Cause::Waited, None);
}

/// How these acts are judged now. If changed settings make nothing of one, it is left out: it stays for a person to
/// decide.
fn judge_acts(
    shared: &Shared<'_>,
    actor: &ActorState,
    acts: &[usize],
    held: Option<WaitsFor>,
) -> Vec<(usize, Accepted)> {
    let (rules, now) = (shared.rules(), shared.now);
    // What came in time is never late.
    let letter = match rules.policy.letter {
        LetterState::Open | LetterState::Closed => LetterState::Open,
        LetterState::Draft => LetterState::Draft,
        LetterState::Paused => LetterState::Paused,
    };
    let policy = Policy {
        letter,
        ..actor.policy(&rules.policy).into_owned()
    };
    let endorser = actor.endorser(rules, held, now);
    let again = |index: &usize| {
        let row = actor.acts.get(*index)?;
        let mut reading = rules.read(row.written().unwrap_or_default());
        if row.unvouched && reading.answer == Intent::Signs {
            reading.answer = Intent::Unsure;
        }
        let candidate = Candidate::stored(&row.act, &reading);
        match judge(&policy, &endorser, actor.sticks(), candidate, now) {
            Verdict::Keep(kept) if kept.kind == row.act.kind => Some((*index, kept)),
            Verdict::Keep(_)
            | Verdict::Refuse
            | Verdict::Ignore(_)
            | Verdict::AnswerPrivately
            | Verdict::Leave
            | Verdict::Reach => None,
        }
    };
    acts.iter().filter_map(again).collect()
}
