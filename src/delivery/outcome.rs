//! What the answers of one host come to. Pure: attempts in, rows to be written out.

use std::time::Duration;

use http::StatusCode;

use super::{
    backoff::{self, Contact},
    send::{AnswerMeaning, Attempt},
};
use crate::{
    clock::Millis,
    random::Random,
    signature::Scheme,
    store::{DeliveryOutcome, HostState, LeasedHost, Settled},
};

/// Neither a host nor a delivery is given up after fewer failures of its own than this, however long ago they began:
/// perhaps it was us who were away.
const LEAST_FAILURES: i64 = 3;

/// A delivery that fails alone, while its host takes others, waits as after so many failures (two hours) at
/// most: its failures were counted while the host was down, too.
const MOST_ALONE: i64 = 4;

/// How long a host that took something counts as well although old deliveries go on failing.
const TOOK_LATELY: Duration = Duration::from_hours(24);

/// How long we begin with RFC 9421 at a host that took nothing else (F-160: some weeks). Then it is asked anew,
/// because most hosts take both, and nobody should stay on the rarer one by a single bad hour.
const SCHEME_KEPT: Duration = Duration::from_hours(4 * 7 * 24);

/// The scheme to begin with at a host.
pub(super) fn first_scheme(host: &LeasedHost, now: Millis) -> Scheme {
    match host.rfc9421_at {
        Some(at) if now.since(at) < SCHEME_KEPT => Scheme::Rfc9421,
        Some(_) | None => Scheme::Cavage,
    }
}

/// One visit to one host, done.
#[derive(Debug)]
pub(super) struct HostReport {
    pub(super) host: LeasedHost,
    pub(super) attempts: Vec<Attempt>,
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Conclusion {
    pub(super) settled: Vec<Settled>,
    pub(super) host: HostState,
    /// Whether everything old that waits for this host is to be given up.
    pub(super) given_up: bool,
    /// What its inboxes answered.
    pub(super) inboxes: Inboxes,
}

/// Inboxes whose answers say something of their owners (F-161, F-163), by our numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inboxes {
    /// Moved or gone (3xx, 410): their owners are to be read again.
    pub(super) doubted: Vec<i64>,
    /// Not found (404): perhaps for now.
    pub(super) missing: Vec<i64>,
    /// There again, after they were missing.
    pub(super) found: Vec<i64>,
}

/// How the host as a whole did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    /// It answered; whatever failed, failed alone.
    Well,
    /// It did not answer as it should, or wants to be left alone: one failure, however many attempts
    /// failed together.
    Failing,
    /// It was not heard of: nothing was sent.
    Unknown,
}

impl HostReport {
    /// Decides about every delivery and about the host.
    pub(super) fn conclude(
        &self,
        give_up_after: Duration,
        now: Millis,
        chance: &dyn Random,
    ) -> Conclusion {
        let health = self.health(now);
        let failures = match health {
            Health::Well => 0,
            Health::Failing if self.was_heard() => 1,
            Health::Failing => self.host.failures.saturating_add(1),
            Health::Unknown => self.host.failures,
        };
        let failing_since = self.failing_since(health, now);
        // By its own failures and no delivery's age: where newer Updates replace those that wait, nothing ever gets old,
        // and one old delivery says nothing of a host that took others since (F-168).
        let given_up = health == Health::Failing
            && failures >= LEAST_FAILURES
            && failing_since.is_some_and(|it| it.plus(give_up_after) <= now);
        let settled = self.attempts.iter().map(|it| {
            let tried = it.delivery.attempts.saturating_add(1);
            let is_old = it.delivery.queued_at.plus(give_up_after) <= now;
            let is_over = is_old && (given_up || tried >= LEAST_FAILURES);
            let (outcome, due_at) = match (it.verdict, health) {
                (AnswerMeaning::Delivered, _) => (DeliveryOutcome::Delivered, now),
                (AnswerMeaning::Refused, _) => (DeliveryOutcome::Refused, now),
                (AnswerMeaning::Later { .. }, _) if is_over => (DeliveryOutcome::Abandoned, now),
                (AnswerMeaning::Later { .. }, Health::Failing | Health::Unknown) => {
                    (DeliveryOutcome::TryAgain, now)
                }
                (AnswerMeaning::Later { .. }, Health::Well) => {
                    let wait = backoff::delay(tried.min(MOST_ALONE), Contact::Known, chance);
                    (DeliveryOutcome::TryAgain, now.plus(wait))
                }
            };
            Settled {
                delivery_id: it.delivery.id,
                outcome,
                due_at,
                status: it.status.map(|it| it.as_u16().into()),
                body: it.body.clone(),
            }
        });
        let settled: Vec<_> = settled.collect();
        Conclusion {
            settled,
            host: self.host_state(health, failures, given_up, now, chance),
            given_up,
            inboxes: self.inboxes(),
        }
    }

    fn inboxes(&self) -> Inboxes {
        let mut inboxes = Inboxes::default();
        for attempt in &self.attempts {
            let id = attempt.delivery.inbox_id;
            match attempt.status.map(|it| it.as_u16()) {
                Some(300..=399 | 410) => inboxes.doubted.push(id),
                Some(404) => inboxes.missing.push(id),
                Some(_)
                    if attempt.verdict == AnswerMeaning::Delivered
                        && attempt.delivery.missing > 0 =>
                {
                    inboxes.found.push(id);
                }
                Some(_) | None => (),
            }
        }
        inboxes
    }

    fn host_state(
        &self,
        health: Health,
        failures: i64,
        given_up: bool,
        now: Millis,
        chance: &dyn Random,
    ) -> HostState {
        let took_any = self
            .attempts
            .iter()
            .any(|it| it.verdict == AnswerMeaning::Delivered);
        let last_success_at = if took_any {
            Some(now)
        } else {
            self.host.last_success_at
        };
        let contact = if last_success_at.is_some() {
            Contact::Known
        } else {
            Contact::First
        };
        let due_at = match health {
            Health::Well | Health::Unknown => now,
            Health::Failing => {
                let own = backoff::delay(failures, contact, chance);
                now.plus(backoff::at_least(own, self.rest()))
            }
        };
        let unavailable_since = match health {
            Health::Well => None,
            Health::Failing if given_up => self.host.unavailable_since.or(Some(now)),
            Health::Failing | Health::Unknown => self.host.unavailable_since,
        };
        HostState {
            id: self.host.id,
            failures_before: self.host.failures,
            failures,
            due_at,
            unavailable_since,
            last_success_at,
            failing_since: self.failing_since(health, now),
            rfc9421_at: self.rfc9421_at(now),
            tried_at: self.attempts.first().map(|_| now),
            status: self.status(),
        }
    }

    /// Since when it has failed without taking anything.
    fn failing_since(&self, health: Health, now: Millis) -> Option<Millis> {
        match health {
            Health::Well => None,
            Health::Failing if self.was_heard() => Some(now),
            Health::Failing => self.host.failing_since.or(Some(now)),
            Health::Unknown => self.host.failing_since,
        }
    }

    /// What the host answered last; one success counts before anything else.
    fn status(&self) -> Option<i64> {
        let taken = |it: &&Attempt| it.verdict == AnswerMeaning::Delivered;
        let says = self.attempts.iter().find(taken).or(self.attempts.last())?;
        says.status.map(|it| it.as_u16().into())
    }

    /// Remembers which scheme worked. The usual one wins when both did: it is no second knock anywhere else.
    fn rfc9421_at(&self, now: Millis) -> Option<Millis> {
        let worked = |scheme| self.attempts.iter().any(|it| it.taken_by == Some(scheme));
        if worked(Scheme::Cavage) {
            None
        } else if worked(Scheme::Rfc9421) && first_scheme(&self.host, now) == Scheme::Cavage {
            Some(now)
        } else {
            self.host.rfc9421_at
        }
    }

    /// Whether nothing was sent but what failed before, while the host took other things: then it is those inboxes,
    /// and the host goes on.
    fn failed_alone_before(&self, now: Millis) -> bool {
        let took_lately = |it: Millis| now.since(it) < TOOK_LATELY;
        self.host.failures == 0
            && self.host.last_success_at.is_some_and(took_lately)
            && self.attempts.iter().all(|it| it.delivery.attempts > 0)
    }

    fn health(&self, now: Millis) -> Health {
        let failed = self
            .attempts
            .iter()
            .any(|it| matches!(it.verdict, AnswerMeaning::Later { .. }));
        if failed && self.failed_alone_before(now) && self.rest().is_none() {
            Health::Well
        } else if failed && (self.rest().is_some() || !self.was_heard()) {
            Health::Failing
        } else if self.was_heard() {
            Health::Well
        } else {
            Health::Unknown
        }
    }

    /// Whether the host gave any answer that settles something.
    fn was_heard(&self) -> bool {
        self.attempts.iter().any(|it| match it.verdict {
            AnswerMeaning::Delivered => true,
            AnswerMeaning::Refused => it.status.is_some(),
            AnswerMeaning::Later { .. } => false,
        })
    }

    /// How long the host wants to be left alone, if it said so.
    fn rest(&self) -> Option<Duration> {
        let rests = self.attempts.iter().filter_map(|it| match it.verdict {
            AnswerMeaning::Later { rest } => rest,
            AnswerMeaning::Delivered | AnswerMeaning::Refused => None,
        });
        rests.max()
    }

    /// Tells the administrator, once for each delivery that will not arrive and once for a failing host.
    pub(super) fn log(&self, conclusion: &Conclusion) {
        let host = self.host.authority.as_str();
        for (attempt, settled) in self.attempts.iter().zip(&conclusion.settled) {
            let activity = attempt.delivery.activity_path.as_str();
            let (kind, status) = (attempt.delivery.kind.as_str(), settled.status);
            match settled.outcome {
                DeliveryOutcome::Delivered => {
                    tracing::debug!(host, activity, kind, status, "delivered");
                }
                DeliveryOutcome::Refused => {
                    tracing::info!(host, activity, kind, status, "a delivery was refused");
                }
                DeliveryOutcome::Abandoned => {
                    tracing::info!(host, activity, kind, status, "a delivery was given up");
                }
                DeliveryOutcome::TryAgain => {
                    tracing::debug!(host, activity, kind, status, "a delivery failed for now");
                }
            }
        }
        let forbids = |it: &Attempt| {
            it.verdict == AnswerMeaning::Refused && it.status == Some(StatusCode::FORBIDDEN)
        };
        if self.attempts.iter().any(forbids) {
            tracing::warn!(
                host,
                "a host forbids us to deliver (403); perhaps it blocks the letter"
            );
        }
        if conclusion.given_up && self.host.unavailable_since.is_none() {
            tracing::warn!(
                host,
                "a host is given up until it speaks to us; it is tried once a day"
            );
        } else if conclusion.host.failures > self.host.failures {
            let (failures, next) = (conclusion.host.failures, conclusion.host.due_at);
            tracing::info!(host, failures, %next, "a host does not take deliveries");
        }
    }
}
