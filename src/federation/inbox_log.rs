//! The journal of deliveries: one row for each POST to an inbox, so that "did it arrive?" has an answer (N3).
//!
//! Rows are collected in memory and written about once a second by a task of their own ([`keep`]), so that
//! the inbox waits for nothing. A [`LogEntry`] is one delivery while it is being answered; whatever becomes of it,
//! it leaves its row when it is dropped.
//!
//! No row names a person: a host, a type, and a reason of ours.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::error::NotAccepted;
use crate::{
    activitystreams::Activity,
    clock::Millis,
    signature::{Refusal, authority},
    store::{InboxLogOutcome, InboxLogRow, Store},
    text::cut,
};

/// How often what was collected is written down.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Most rows that wait to be written, about 1 MiB; of more in a second the oldest are dropped. One statement
/// takes them all.
const MOST_WAITING: usize = 4096;

/// Longest host that is written down, in bytes: a DNS name with a port.
const LONGEST_HOST: usize = 260;

/// Longest type that is written down, in letters.
const LONGEST_TYPE: usize = 40;

/// What is not known.
const UNKNOWN: &str = "-";

/// Rows on their way into the journal.
#[derive(Debug)]
pub struct InboxLog {
    rows: u32,
    waiting: Mutex<PendingEntries>,
}

#[derive(Debug, Default)]
struct PendingEntries {
    rows: VecDeque<InboxLogRow>,
    dropped: u64,
    turned_away: u64,
}

impl InboxLog {
    /// An empty journal that keeps the last `rows` deliveries: `log.journal_rows`; 0 keeps none.
    pub fn keeping(rows: u32) -> Self {
        Self {
            rows,
            waiting: Mutex::default(),
        }
    }

    /// Begins the line of a delivery that has just arrived.
    pub fn line(&self, at: Millis) -> LogEntry<'_> {
        LogEntry {
            journal: self,
            row: InboxLogRow {
                at,
                host: UNKNOWN.to_owned(),
                kind: UNKNOWN.to_owned(),
                outcome: InboxLogOutcome::Later.to_string(),
                reason: Some("nobody waited for the answer".to_owned()),
            },
            proven: false,
        }
    }

    /// A delivery was turned away because of its network address, unread. Those of one second share a row:
    /// otherwise a single caller could wash everybody else's rows away.
    pub fn turned_away(&self) {
        let mut waiting = self.waiting();
        waiting.turned_away = waiting.turned_away.saturating_add(1);
    }

    fn add(&self, row: InboxLogRow) {
        if self.rows == 0 {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.rows.len() >= MOST_WAITING {
            waiting.rows.pop_front();
            waiting.dropped = waiting.dropped.saturating_add(1);
        }
        waiting.rows.push_back(row);
    }

    /// Takes what waits, with one row for all that were turned away unread.
    fn take(&self, now: Millis) -> PendingEntries {
        let mut taken = mem::take(&mut *self.waiting());
        if taken.turned_away > 0 && self.rows > 0 {
            taken.rows.push_back(InboxLogRow {
                at: now,
                host: UNKNOWN.to_owned(),
                kind: UNKNOWN.to_owned(),
                outcome: InboxLogOutcome::Later.to_string(),
                reason: Some(format!(
                    "unproven: too many requests from one network address ({} deliveries, unread)",
                    taken.turned_away
                )),
            });
        }
        taken
    }

    /// Writes down what waits, and forgets what is too old. What cannot be written is lost: it is a journal
    /// of what happened, not of what is to be done.
    pub async fn write_down(&self, store: &Store, now: Millis) {
        let taken = self.take(now);
        if taken.dropped > 0 {
            tracing::warn!(
                dropped = taken.dropped,
                "more deliveries arrived than the journal takes; its oldest rows were dropped"
            );
        }
        if taken.rows.is_empty() {
            return;
        }
        let rows = Vec::from(taken.rows);
        if let Err(error) = self.write(store, &rows).await {
            tracing::error!(rows = rows.len(), error = %error, "the journal could not be written");
        }
    }

    /// Forgets what is too old, and all of it when nothing is to be kept: the setting may have changed.
    async fn prune(&self, store: &Store) {
        if let Err(error) = self.write(store, &[]).await {
            tracing::error!(error = %error, "the journal could not be shortened");
        }
    }

    async fn write(&self, store: &Store, rows: &[InboxLogRow]) -> crate::store::Result<()> {
        let mut tx = store.write().await?;
        tx.add_to_journal(rows, self.rows).await?;
        tx.commit().await
    }

    /// Nothing above panics while it holds the lock; were it so, each change is one step.
    fn waiting(&self) -> MutexGuard<'_, PendingEntries> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the journal down about once a second, until `stop`. What arrives afterwards has to be written by
/// whoever stops the server, once nothing arrives any more.
pub async fn keep(
    journal: std::sync::Arc<InboxLog>,
    store: Store,
    clock: std::sync::Arc<dyn crate::clock::Clock>,
    stop: CancellationToken,
) {
    journal.prune(&store).await;
    let mut tick = interval(WRITE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => journal.write_down(&store, clock.now()).await,
        }
    }
}

/// One delivery while it is being answered. It leaves its row when it is dropped, also when its sender hung up.
#[derive(Debug)]
#[must_use = "a line is written when it is dropped"]
pub struct LogEntry<'a> {
    journal: &'a InboxLog,
    row: InboxLogRow,
    proven: bool,
}

impl LogEntry<'_> {
    /// What the delivery says of itself; nothing of it is proven.
    pub fn claims(&mut self, activity: &Activity) {
        self.comes_from(&activity.actor);
        short_type(activity.kind.name()).clone_into(&mut self.row.kind);
    }

    /// It is authentic, but somebody else's: it came from the one who passed it on.
    pub fn passed_on_by(&mut self, signer: &str) {
        self.comes_from(signer);
        self.proved();
    }

    fn comes_from(&mut self, actor: &str) {
        let url = Url::parse(actor).ok();
        if let Some(host) = url.as_ref().and_then(authority) {
            cut(&host, LONGEST_HOST).clone_into(&mut self.row.host);
        }
    }

    /// It is authentic: host and type are what they claim to be.
    pub fn proved(&mut self) {
        self.proven = true;
    }

    /// What the sender is told.
    pub fn ends(&mut self, answer: &Result<InboxLogOutcome, NotAccepted>) {
        let (outcome, reason) = match answer {
            Ok(outcome) => (*outcome, None),
            Err(refused) if refused.may_come_again() => {
                (InboxLogOutcome::Later, Some(reason(refused)))
            }
            Err(refused) => (InboxLogOutcome::Refused, Some(reason(refused))),
        };
        outcome.as_str().clone_into(&mut self.row.outcome);
        self.row.reason = match (reason, self.proven) {
            (Some(reason), true) => Some(reason),
            (Some(reason), false) => Some(format!("unproven: {reason}")),
            (None, _) => None,
        };
    }
}

impl Drop for LogEntry<'_> {
    fn drop(&mut self) {
        self.journal.add(self.row.clone());
    }
}

/// Our own words for a refusal, without those of its sender.
fn reason(refused: &NotAccepted) -> String {
    let NotAccepted::Refused(refusal) = refused else {
        return refused.to_string();
    };
    match refusal {
        Refusal::Duplicate(_) => "cannot read the signature: a part appears twice".to_owned(),
        Refusal::Algorithm(_) => "cannot verify the signature's algorithm".to_owned(),
        Refusal::Repeated(_) => "a header that must be unique came several times".to_owned(),
        Refusal::Absent(_) => "a signed header is not in the request".to_owned(),
        Refusal::Missing
        | Refusal::Malformed(_)
        | Refusal::NotBase64(_)
        | Refusal::NotSigned(_)
        | Refusal::DigestMissing
        | Refusal::DigestMismatch
        | Refusal::WrongHost
        | Refusal::BadDate(_)
        | Refusal::TooOld
        | Refusal::InFuture
        | Refusal::Expired
        | Refusal::SignatureMismatch => refusal.to_string(),
    }
}

/// The name of a type as far as it looks like one: a stranger may call a type what it likes.
fn short_type(name: &str) -> &str {
    let plain = name.len() <= LONGEST_TYPE && name.bytes().all(|it| it.is_ascii_alphanumeric());
    if plain && !name.is_empty() {
        name
    } else {
        "other"
    }
}

#[cfg(test)]
#[path = "inbox_log_tests.rs"]
mod tests;
