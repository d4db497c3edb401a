//! The inbox log: one row for each POST to an inbox, so that "did it arrive?" has an answer.
//!
//! Rows are collected in memory and written about once a second by a task of their own ([`InboxLog::write_down`]), so that the inbox
//! does not wait for them. A [`LogEntry`] is the entry of a delivery in progress; it adds its row when it is dropped,
//! whatever the result.
//!
//! No row names a person: it has a host, a type, and a reason in our own words.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use url::Url;

use super::error::NotAccepted;
use crate::{
    activitystreams::Activity,
    clock::Millis,
    counter::LabelledCounter,
    signature::{Refusal, authority},
    store::{InboxLogOutcome, InboxLogRow, Store},
    text::cut,
};

/// The most rows that wait to be written, about 1 MiB; when there are more, the oldest are dropped. One statement
/// writes all of them.
const MOST_WAITING: usize = 4096;

/// Longest host in a row, in bytes: a DNS name with a port.
const LONGEST_HOST: usize = 260;

/// Longest activity type in a row, in letters.
const LONGEST_TYPE: usize = 40;

/// The type that is counted for what was never read.
const UNREAD: &str = "unread";

/// The value of an unknown host or type.
const UNKNOWN: &str = "-";

/// Rows that wait to be written.
#[derive(Debug)]
pub struct InboxLog {
    rows: u32,
    waiting: Mutex<PendingEntries>,
    counter: LabelledCounter<2>,
}

#[derive(Debug, Default)]
struct PendingEntries {
    rows: VecDeque<InboxLogRow>,
    dropped: u64,
    turned_away: u64,
}

impl InboxLog {
    /// An empty log of the last `rows` deliveries (`log.journal_rows`); 0 keeps none.
    pub fn keeping(rows: u32) -> Self {
        Self {
            rows,
            waiting: Mutex::default(),
            counter: LabelledCounter::default(),
        }
    }

    /// How many deliveries came, by `type` (of those that mean something to us) and `result`. All are counted, however
    /// many rows are kept.
    pub const fn counter(&self) -> &LabelledCounter<2> {
        &self.counter
    }

    /// Begins the entry of a delivery that has just arrived.
    pub fn line(&self, at: Millis) -> LogEntry<'_> {
        LogEntry {
            inbox_log: self,
            row: InboxLogRow {
                at,
                host: UNKNOWN.to_owned(),
                kind: UNKNOWN.to_owned(),
                outcome: InboxLogOutcome::Later.to_string(),
                reason: Some("nobody waited for the answer".to_owned()),
            },
            kind: UNREAD,
            outcome: InboxLogOutcome::Later,
            proven: false,
        }
    }

    /// Counts a delivery that was turned away unread, by the rate limit of its network address. Those of one second
    /// share a row, because otherwise a single client could push out all other rows.
    pub fn turned_away(&self) {
        let mut waiting = self.waiting();
        waiting.turned_away = waiting.turned_away.saturating_add(1);
        drop(waiting);
        self.count(UNREAD, InboxLogOutcome::Later);
    }

    fn count(&self, kind: &'static str, outcome: InboxLogOutcome) {
        self.counter
            .count([("type", kind), ("result", outcome.as_str())]);
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

    /// Takes the waiting rows, with one row for all deliveries that were turned away unread.
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

    /// Writes the waiting rows, and deletes the oldest ones beyond the limit. Rows that cannot be written are lost,
    /// which is acceptable for a log.
    pub async fn write_down(&self, store: &Store, now: Millis) {
        let taken = self.take(now);
        if taken.dropped > 0 {
            tracing::warn!(
                dropped = taken.dropped,
                "more deliveries arrived than the inbox log can hold; its oldest rows were dropped"
            );
        }
        if taken.rows.is_empty() {
            return;
        }
        let rows = Vec::from(taken.rows);
        if let Err(error) = self.write(store, &rows).await {
            tracing::error!(rows = rows.len(), error = %error, "cannot write the inbox log");
        }
    }

    /// Deletes the rows beyond the limit, all of them when nothing is to be kept: the setting may have changed.
    pub async fn prune(&self, store: &Store) {
        if let Err(error) = self.write(store, &[]).await {
            tracing::error!(error = %error, "cannot prune the inbox log");
        }
    }

    async fn write(&self, store: &Store, rows: &[InboxLogRow]) -> crate::store::Result<()> {
        let mut tx = store.write().await?;
        tx.add_to_journal(rows, self.rows).await?;
        tx.commit().await
    }

    /// A poisoned lock is taken over: no change above leaves the rows half done.
    fn waiting(&self) -> MutexGuard<'_, PendingEntries> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of a delivery in progress. It adds its row when it is dropped, also when the sender disconnected.
#[derive(Debug)]
#[must_use = "a line is written when it is dropped"]
pub struct LogEntry<'a> {
    inbox_log: &'a InboxLog,
    row: InboxLogRow,
    /// The type as it is counted.
    kind: &'static str,
    outcome: InboxLogOutcome,
    proven: bool,
}

impl LogEntry<'_> {
    /// Records the claimed host and type; nothing of it is proven yet.
    pub fn claims(&mut self, activity: &Activity) {
        self.comes_from(&activity.actor);
        short_type(activity.kind.name()).clone_into(&mut self.row.kind);
        self.kind = activity.kind.known_name().unwrap_or("other");
    }

    /// Records a forwarded activity, which came from the host of its signer.
    pub fn passed_on_by(&mut self, signer: &str) {
        self.comes_from(signer);
        self.proved();
    }

    /// Records the host of an actor or a key, before anything is proven.
    pub fn comes_from(&mut self, actor: &str) {
        let url = Url::parse(actor).ok();
        if let Some(host) = url.as_ref().and_then(authority) {
            cut(&host, LONGEST_HOST).clone_into(&mut self.row.host);
        }
    }

    /// Records that the signature was verified, so that host and type are proven.
    pub fn proved(&mut self) {
        self.proven = true;
    }

    /// Records the answer to the sender.
    pub fn ends(&mut self, answer: &Result<InboxLogOutcome, NotAccepted>) {
        let (outcome, reason) = match answer {
            Ok(outcome) => (*outcome, None),
            Err(refused) if refused.may_come_again() => {
                (InboxLogOutcome::Later, Some(reason(refused)))
            }
            Err(refused) => (InboxLogOutcome::Refused, Some(reason(refused))),
        };
        outcome.as_str().clone_into(&mut self.row.outcome);
        self.outcome = outcome;
        self.row.reason = match (reason, self.proven) {
            (Some(reason), true) => Some(reason),
            (Some(reason), false) => Some(format!("unproven: {reason}")),
            (None, _) => None,
        };
    }
}

impl Drop for LogEntry<'_> {
    fn drop(&mut self) {
        self.inbox_log.count(self.kind, self.outcome);
        self.inbox_log.add(self.row.clone());
    }
}

/// The reason of a refusal in our own words, without text of the sender.
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

/// The name of a type, or `other` when it does not look like one: senders choose it freely.
fn short_type(name: &str) -> &str {
    let plain = name.len() <= LONGEST_TYPE && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && !name.is_empty() {
        name
    } else {
        "other"
    }
}

#[cfg(test)]
#[path = "inbox_log_tests.rs"]
mod tests;
