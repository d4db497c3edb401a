//! The outcome of one batch for a host. Pure: attempts in, rows to be stored out.

use std::time::Duration;

use http::StatusCode;

use super::{
    backoff::{self, Contact},
    pace,
    send::{AnswerMeaning, Attempt, Rest},
};
use crate::{
    clock::Millis,
    random::Random,
    signature::Scheme,
    store::{DeliveryOutcome, HostPace, HostState, LeasedHost, Settled},
};

/// The fewest failures of its own after which a host is declared dead or a delivery expires, however long ago they
/// began: perhaps this server was down in between.
const LEAST_FAILURES: i64 = 3;

/// A delivery that fails while its host takes others waits at most as after this number of failures (two hours): its
/// failures were counted while the host was down, too.
const MOST_ALONE: i64 = 4;

/// How many times in a row a host is left alone for as long as it asks (`Retry-After`), without having failed. A server
/// that shapes traffic asks for a second; one that goes on asking is in trouble, whatever it says.
const TIMES_OBEYED: i64 = 5;

/// The pause of a host when nothing could be tried, because its network had its share or its turn came too late. Without
/// one it would be leased again at once, again and again.
const NOT_TRIED: Duration = Duration::from_secs(1);

/// How long after its last success a host counts as healthy although old deliveries go on failing.
const TOOK_LATELY: Duration = Duration::from_hours(24);

/// How long RFC 9421 comes first at a host that accepted only that scheme. Then the usual scheme is tried first again,
/// because most hosts accept both, and one bad hour should not keep a host on the rarer one.
const SCHEME_KEPT: Duration = Duration::from_hours(4 * 7 * 24);

/// The signature scheme of the first request to a host.
pub(super) fn first_scheme(host: &LeasedHost, now: Millis) -> Scheme {
    match host.rfc9421_at {
        Some(at) if now.since(at) < SCHEME_KEPT => Scheme::Rfc9421,
        Some(_) | None => Scheme::Cavage,
    }
}

/// The attempts of one batch for one host.
#[derive(Debug)]
pub(super) struct HostReport {
    pub(super) host: LeasedHost,
    pub(super) attempts: Vec<Attempt>,
}

/// The rows to be stored after a batch.
#[derive(Debug)]
pub(super) struct Conclusion {
    pub(super) settled: Vec<Settled>,
    pub(super) host: HostState,
    /// Whether the host is dead, so that its old deliveries expire.
    pub(super) given_up: bool,
    /// Its inboxes by their answers.
    pub(super) inboxes: Inboxes,
}

/// Inboxes whose answers say something about their owners, by their ids in the database.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inboxes {
    /// Moved or gone (3xx, 410): their owners are read again.
    pub(super) suspect: Vec<i64>,
    /// Not found (404), which may be temporary.
    pub(super) missing: Vec<i64>,
    /// Found again, after they were missing.
    pub(super) found: Vec<i64>,
}

/// The health of the host as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    /// It answered; a delivery that failed, failed alone.
    Well,
    /// It said when it takes more (`Retry-After`), and is obeyed. That is no failure.
    Resting(Duration),
    /// It did not answer as it should, or asked for a pause too often: one failure, however many attempts failed
    /// together.
    Failing,
    /// Nothing was sent, so nothing is known.
    Unknown,
}

impl HostReport {
    /// Decides the outcome of every delivery, and the state of the host.
    pub(super) fn conclude(
        &self,
        give_up_after: Duration,
        now: Millis,
        random: &dyn Random,
    ) -> Conclusion {
        let health = self.health(now);
        let failures = match health {
            Health::Well => 0,
            Health::Resting(_) if self.was_heard() => 0,
            Health::Failing if self.was_heard() => 1,
            Health::Failing => self.host.failures.saturating_add(1),
            Health::Resting(_) | Health::Unknown => self.host.failures,
        };
        let failing_since = self.failing_since(health, now);
        // A host is declared dead by its own failures, not by the age of a delivery: where newer Updates replace those
        // that wait, no delivery gets old, and one old delivery says nothing about a host that took others since.
        let given_up = health == Health::Failing
            && failures >= LEAST_FAILURES
            && failing_since.is_some_and(|since| since.plus(give_up_after) <= now);
        let settled = self.attempts.iter().map(|attempt| {
            let tried = attempt.delivery.attempts.saturating_add(1);
            let is_old = attempt.delivery.queued_at.plus(give_up_after) <= now;
            let is_over = is_old && (given_up || tried >= LEAST_FAILURES);
            let (outcome, due_at) = match (attempt.verdict, health) {
                (AnswerMeaning::Delivered, _) => (DeliveryOutcome::Delivered, now),
                (AnswerMeaning::Refused, _) => (DeliveryOutcome::Refused, now),
                (AnswerMeaning::Later { .. }, _) if is_over => (DeliveryOutcome::Abandoned, now),
                (
                    AnswerMeaning::Later { .. },
                    Health::Resting(_) | Health::Failing | Health::Unknown,
                ) => (DeliveryOutcome::TryAgain, now),
                (AnswerMeaning::Later { .. }, Health::Well) => {
                    let wait = backoff::delay(tried.min(MOST_ALONE), Contact::Known, random);
                    (DeliveryOutcome::TryAgain, now.plus(wait))
                }
            };
            Settled {
                inbox_id: attempt.delivery.inbox_id,
                delivery_id: attempt.delivery.id,
                outcome,
                due_at,
                status: attempt.status.map(|status| status.as_u16().into()),
                body: attempt.body.clone(),
            }
        });
        let settled: Vec<_> = settled.collect();
        Conclusion {
            settled,
            host: self.host_state(health, failures, given_up, now, random),
            given_up,
            inboxes: self.inboxes(),
        }
    }

    fn inboxes(&self) -> Inboxes {
        let mut inboxes = Inboxes::default();
        for attempt in &self.attempts {
            let id = attempt.delivery.inbox_id;
            match attempt.status.map(|status| status.as_u16()) {
                Some(300..=399 | 410) => inboxes.suspect.push(id),
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
        random: &dyn Random,
    ) -> HostState {
        let took_any = self
            .attempts
            .iter()
            .any(|attempt| attempt.verdict == AnswerMeaning::Delivered);
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
            Health::Unknown if self.attempts.is_empty() => now.plus(NOT_TRIED),
            Health::Well | Health::Unknown => now,
            Health::Resting(wait) => now.plus(wait),
            Health::Failing => {
                let own = backoff::delay(failures, contact, random);
                let asked = self.asked().map(backoff::asked);
                now.plus(own.max(asked.unwrap_or_default()))
            }
        };
        let unavailable_since = match health {
            Health::Well => None,
            Health::Failing if given_up => self.host.unavailable_since.or(Some(now)),
            Health::Resting(_) if self.was_heard() => None,
            Health::Resting(_) | Health::Failing | Health::Unknown => self.host.unavailable_since,
        };
        let asked_to_wait = match health {
            Health::Unknown => self.host.asked_to_wait,
            _ if self.was_heard() || self.asked().is_none() => 0,
            Health::Well | Health::Resting(_) | Health::Failing => {
                self.host.asked_to_wait.saturating_add(1)
            }
        };
        HostState {
            id: self.host.id,
            failures_before: self.host.failures,
            failures,
            due_at,
            asked_to_wait,
            unavailable_since,
            last_success_at,
            failing_since: self.failing_since(health, now),
            rfc9421_at: self.rfc9421_at(now),
            pace: self.pace(),
            tried_at: self.attempts.first().map(|_| now),
            status: self.status(),
        }
    }

    fn pace(&self) -> HostPace {
        let late = self.attempts.iter().any(|attempt| attempt.late);
        let answered = self.attempts.iter().any(|attempt| attempt.status.is_some());
        pace::after(self.host.pace, late, answered)
    }

    /// Since when the host has failed without a success.
    fn failing_since(&self, health: Health, now: Millis) -> Option<Millis> {
        match health {
            Health::Well => None,
            Health::Failing if self.was_heard() => Some(now),
            Health::Failing => self.host.failing_since.or(Some(now)),
            Health::Resting(_) if self.was_heard() => None,
            Health::Resting(_) | Health::Unknown => self.host.failing_since,
        }
    }

    /// The last status of the host; a success takes precedence.
    fn status(&self) -> Option<i64> {
        let taken = |attempt: &&Attempt| attempt.verdict == AnswerMeaning::Delivered;
        let says = self.attempts.iter().find(taken).or(self.attempts.last())?;
        says.status.map(|status| status.as_u16().into())
    }

    /// Since when only RFC 9421 worked. The usual scheme wins when both did, because it needs a second knock nowhere
    /// else.
    fn rfc9421_at(&self, now: Millis) -> Option<Millis> {
        let worked = |scheme| {
            self.attempts
                .iter()
                .any(|attempt| attempt.taken_by == Some(scheme))
        };
        if worked(Scheme::Cavage) {
            None
        } else if worked(Scheme::Rfc9421) && first_scheme(&self.host, now) == Scheme::Cavage {
            Some(now)
        } else {
            self.host.rfc9421_at
        }
    }

    /// Whether every delivery of this batch had failed before, while the host took others lately: then the inboxes are
    /// at fault, not the host.
    fn failed_alone_before(&self, now: Millis) -> bool {
        let took_lately = |at: Millis| now.since(at) < TOOK_LATELY;
        // A delivery that came while the host wanted a rest tells nothing about its inbox.
        self.host.failures == 0
            && self.host.asked_to_wait == 0
            && self.host.last_success_at.is_some_and(took_lately)
            && self
                .attempts
                .iter()
                .all(|attempt| attempt.delivery.attempts > 0)
    }

    fn health(&self, now: Millis) -> Health {
        let failed = self
            .attempts
            .iter()
            .any(|attempt| matches!(attempt.verdict, AnswerMeaning::Later { .. }));
        if let Some(wait) = self.asked()
            && self.host.asked_to_wait < TIMES_OBEYED
        {
            Health::Resting(backoff::asked(wait))
        } else if failed && self.failed_alone_before(now) && self.rest().is_none() {
            Health::Well
        } else if failed && (self.rest().is_some() || !self.was_heard()) {
            Health::Failing
        } else if self.was_heard() {
            Health::Well
        } else {
            Health::Unknown
        }
    }

    /// Whether the host gave an answer that settles a delivery.
    fn was_heard(&self) -> bool {
        self.attempts.iter().any(|attempt| match attempt.verdict {
            AnswerMeaning::Delivered => true,
            AnswerMeaning::Refused => attempt.status.is_some(),
            AnswerMeaning::Later { .. } => false,
        })
    }

    /// For how long the host wants to be left alone, if it said so.
    fn asked(&self) -> Option<Duration> {
        match self.rest() {
            Some(Rest::Named(wait)) => Some(wait),
            Some(Rest::Unnamed) | None => None,
        }
    }

    /// The longest pause that the host asked for, if it did.
    fn rest(&self) -> Option<Rest> {
        let rests = self
            .attempts
            .iter()
            .filter_map(|attempt| match attempt.verdict {
                AnswerMeaning::Later { rest } => rest,
                AnswerMeaning::Delivered | AnswerMeaning::Refused => None,
            });
        rests.max()
    }

    /// Logs each delivery, and a host that fails, forbids deliveries, or is dead.
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
                    tracing::info!(host, activity, kind, status, "a delivery expired");
                }
                DeliveryOutcome::TryAgain => {
                    tracing::debug!(host, activity, kind, status, "a delivery failed for now");
                }
            }
        }
        let forbids = |attempt: &Attempt| {
            attempt.verdict == AnswerMeaning::Refused
                && attempt.status == Some(StatusCode::FORBIDDEN)
        };
        if self.attempts.iter().any(forbids) {
            tracing::warn!(
                host,
                "a host forbids deliveries (403); it may block the letter"
            );
        }
        if conclusion.given_up && self.host.unavailable_since.is_none() {
            tracing::warn!(
                host,
                "a host is dead: old deliveries expire, and one probe a day is sent until it answers or contacts us"
            );
        } else if conclusion.host.failures > self.host.failures {
            let (failures, next) = (conclusion.host.failures, conclusion.host.due_at);
            tracing::info!(host, failures, %next, "a host failed to take deliveries");
        } else if conclusion.host.asked_to_wait > self.host.asked_to_wait {
            let next = conclusion.host.due_at;
            tracing::debug!(host, %next, "a host asked to be left alone for a while");
        }
    }
}
