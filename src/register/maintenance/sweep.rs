//! The sweep: which endorsements are verified now, so that each has its turn once in `verify.interval`, and no server is
//! asked much at once.
//!
//! Not here: the looks (`federation::verification`).

use std::{collections::HashMap, time::Duration};

use crate::{
    clock::Millis,
    hash::Sha256,
    http_client::pace::counted_domain_of,
    register::{error::Result, inbound::dereference_jobs::check_post},
    store::{DueActor, NewJob, Store},
};

/// Job kind: verifies one endorsement. The payload is the hash of the actor's id, so that it names nobody who left.
pub const SWEEP_LOOK: &str = "sweep_look";

/// The most endorsements of one round, those included that wait from earlier ones.
const MOST: i64 = 600;

/// The most endorsements of one domain in a round, those included that wait from earlier ones: whoever has a domain has
/// any number of hosts. With an account, a post and a handle for each, a minute has fewer requests than Mastodon allows
/// one address.
const MOST_OF_A_DOMAIN: u32 = 30;

/// While so many deliveries are ready to be sent, nothing is verified.
const DELIVERIES_FIRST: i64 = 1000;

/// How long nobody of a host is looked at after a look got no answer from it.
const RESTS: Duration = Duration::from_hours(1);
/// When those are looked at whose turn came meanwhile.
pub const AFTER_REST: Duration = Duration::from_hours(6);

/// The time from one round to the next: a minute, less only where the interval is shorter than a week.
pub fn round(interval: Duration) -> Duration {
    const ROUNDS: u32 = 7 * 24 * 60;
    (interval / ROUNDS).clamp(Duration::from_secs(1), Duration::from_mins(1))
}

/// How long ago an account may have been read to be looked at for its handle alone: whoever signs is looked at soon.
pub fn fresh(interval: Duration) -> Duration {
    (interval / 2).min(Duration::from_hours(1))
}

/// The job that verifies an actor's endorsement.
fn look(actor: &str, due_at: Millis) -> NewJob {
    NewJob {
        kind: SWEEP_LOOK.to_owned(),
        key_hash: Sha256::of(&format!("{SWEEP_LOOK} {actor}")),
        payload: Sha256::of(actor).hex(),
        due_at,
        domain: counted_domain_of(actor),
    }
}

/// What one round does.
#[derive(Debug, Default, PartialEq, Eq)]
struct Round {
    /// Whom it looks at: row ids and ids.
    looks: Vec<(i64, String)>,
    /// Whose turn is put off, by how long.
    put_off: HashMap<Duration, Vec<i64>>,
}

impl Round {
    /// Chooses among those who are due: all who are to be looked at as soon as possible, as far as there is room beside
    /// those who are `waiting`, by domain, and of the others at most `usual`.
    fn of(
        due: Vec<DueActor>,
        now: Millis,
        length: Duration,
        usual: usize,
        waiting: Vec<(String, i64)>,
    ) -> Self {
        let in_all = waiting.iter().map(|(_, n)| n).sum();
        let room = usize::try_from(MOST.saturating_sub(in_all)).unwrap_or_default();
        let waiting = waiting
            .into_iter()
            .map(|(domain, n)| (Some(domain), u32::try_from(n).unwrap_or(u32::MAX)));
        let mut of_domain: HashMap<Option<String>, u32> = waiting.collect();
        let mut round = Self::default();
        let mut in_turn = 0;
        for actor in due {
            if actor
                .host_unreachable_at
                .is_some_and(|at| now.since(at) < RESTS)
            {
                round.put_off.entry(AFTER_REST).or_default().push(actor.id);
                continue;
            }
            if round.looks.len() >= room || !actor.at_once && in_turn >= usual {
                break;
            }
            let taken = of_domain.entry(counted_domain_of(&actor.url)).or_default();
            let rounds = *taken / MOST_OF_A_DOMAIN;
            *taken = taken.saturating_add(1);
            if rounds > 0 {
                let later = length.saturating_mul(rounds);
                round.put_off.entry(later).or_default().push(actor.id);
                continue;
            }
            in_turn += usize::from(!actor.at_once);
            round.looks.push((actor.id, actor.url));
        }
        round
    }
}

/// How many are looked at in a round because their time has come: twice the share of one round, so that after a pause
/// the sweep catches up in half an interval, and not at once.
fn usual(endorsements: i64, interval: Duration) -> usize {
    let endorsements = u128::try_from(endorsements).unwrap_or_default();
    let share =
        (2 * endorsements * round(interval).as_millis()).div_ceil(interval.as_millis().max(1));
    usize::try_from(share).unwrap_or(usize::MAX).max(1)
}

/// Orders the looks of one round, evenly spread over it. Returns how many.
///
/// # Errors
/// The database failed; the next round does it.
pub async fn order_round(store: &Store, interval: Duration, now: Millis) -> Result<usize> {
    let mut tx = store.read().await?;
    let due = tx.due_to_verify(now, MOST).await?;
    if due.is_empty() || tx.queue_status(now).await?.ready > DELIVERIES_FIRST {
        return Ok(0);
    }
    drop(tx);
    // Chosen in the transaction that orders them: two servers share the work.
    let mut tx = store.write().await?;
    let waiting = tx.jobs_of(SWEEP_LOOK).await?;
    let due = tx.due_to_verify(now, MOST).await?;
    let length = round(interval);
    let usual = usual(tx.endorsements_in_all().await?, interval);
    let chosen = Round::of(due, now, length, usual, waiting);
    let n_looks = u32::try_from(chosen.looks.len()).unwrap_or(u32::MAX);
    let jobs = (0..n_looks).zip(&chosen.looks).map(|(place, (_, actor))| {
        look(
            actor,
            now.plus(length.saturating_mul(place) / n_looks.max(1)),
        )
    });
    let jobs: Vec<_> = jobs.collect();
    let ids: Vec<_> = chosen.looks.iter().map(|(id, _)| *id).collect();
    tx.add_jobs(&jobs).await?;
    tx.verify_again(&ids, now, interval).await?;
    for (later, ids) in &chosen.put_off {
        tx.verify_at(ids, now.plus(*later)).await?;
    }
    tx.commit().await?;
    Ok(jobs.len())
}

/// Orders looks at boosted posts whose time has come. Returns how many.
///
/// # Errors
/// The database failed; the next round does it.
pub async fn order_boosts(store: &Store, interval: Duration, now: Millis) -> Result<usize> {
    let before = now.minus(interval);
    let limit = i64::from(MOST_OF_A_DOMAIN);
    let mut tx = store.read().await?;
    if tx.boosts_to_look_at(before, limit).await?.is_empty() {
        return Ok(0);
    }
    drop(tx);
    // Chosen in the transaction that orders them: two servers share the work.
    let mut tx = store.write().await?;
    let due = tx.boosts_to_look_at(before, limit).await?;
    let jobs: Vec<_> = due.iter().map(|post| check_post(post, now)).collect();
    let hashes: Vec<_> = due.iter().map(|post| Sha256::of(post)).collect();
    tx.add_jobs(&jobs).await?;
    tx.look_at_boosts(&hashes, now).await?;
    tx.commit().await?;
    Ok(jobs.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const WEEK: Duration = Duration::from_hours(7 * 24);
    const NOW: Millis = Millis::from_millis(1_800_000_000_000);

    fn due(id: i64, host: &str, at_once: bool) -> DueActor {
        DueActor {
            id,
            url: format!("https://{host}/{id}"),
            host_unreachable_at: None,
            at_once,
        }
    }

    #[test]
    fn a_round_is_the_share_of_its_time() {
        for (endorsements, interval, length, expected) in [
            (0, WEEK, MINUTE, 1),
            (490, WEEK, MINUTE, 1),
            (10_080, WEEK, MINUTE, 2),
            (1_000_000, WEEK, MINUTE, 199),
            (1_000_000, 52 * WEEK, MINUTE, 4),
            (100, WEEK / 7, WEEK / 7 / 10_080, 1),
            (100, Duration::from_secs(2), Duration::from_secs(1), 100),
        ] {
            let (found, usual) = (round(interval), usual(endorsements, interval));
            assert_eq!(found, length.max(Duration::from_secs(1)), "{interval:?}");
            assert_eq!(usual, expected, "{endorsements} {interval:?}");
        }
    }

    #[test]
    fn a_pause_of_a_week_does_not_end_with_everything_at_once() {
        let all = |at_once| (0..600).map(move |id| due(id, &format!("h{id}.example"), at_once));
        let round = |due: Vec<_>, waiting| {
            let waiting = vec![("other.example".to_owned(), waiting)];
            Round::of(due, NOW, MINUTE, 7, waiting).looks.len()
        };
        assert_eq!(round(all(false).collect(), 0), 7);
        // What nobody has looked at yet is not bound by the share.
        assert_eq!(round(all(true).collect(), 0), 600);
        let some = all(true).take(500);
        assert_eq!(round(some.chain(all(false)).collect(), 0), 507);
        // What waits already counts.
        assert_eq!(round(all(true).collect(), 590), 10);
        assert_eq!(round(all(true).collect(), 600), 0);
    }

    #[test]
    fn one_domain_gets_thirty_looks_in_a_round_and_stands_before_nobody() {
        // Whoever has a domain has any number of hosts.
        let big = (0..95).map(|id| due(id, &format!("h{id}.big.example"), true));
        let small = (100..110).map(|id| due(id, "small.example", true));
        let all: Vec<_> = big.chain(small).collect();
        // Those count that still wait from earlier rounds: a domain that answers slowly fills no queue.
        for (waiting, looks, later) in [
            (0, 40, [Some(30), Some(30), Some(5)]),
            (10, 30, [Some(30), Some(30), Some(15)]),
            (30, 10, [Some(30), Some(30), Some(30)]),
        ] {
            let waiting = vec![("big.example".to_owned(), waiting)];
            let round = Round::of(all.clone(), NOW, MINUTE, 1, waiting);
            assert_eq!(round.looks.len(), looks);
            let minutes = |n| round.put_off.get(&(MINUTE * n)).map(Vec::len);
            assert_eq!([1, 2, 3].map(minutes), later, "{looks}");
        }
    }

    #[test]
    fn a_host_that_does_not_answer_rests() {
        let silent = |ago: Duration| DueActor {
            host_unreachable_at: Some(NOW.minus(ago)),
            ..due(1, "m.example", true)
        };
        let round = |actor| Round::of(vec![actor], NOW, MINUTE, 1, Vec::new());
        let rests = round(silent(RESTS / 2));
        assert_eq!((rests.looks.len(), rests.put_off.len()), (0, 1));
        assert_eq!(round(silent(RESTS)).looks.len(), 1);
    }
}
