//! The writer task: one for each process. It takes the waiting activities, applies them in one transaction, and
//! answers.
//!
//! The change belongs to this task: a client that closes its connection undoes nothing.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::{
    activity::{InboundActivity, ReceiveOutcome},
    leaving::Saved,
    receive::receive,
    surge_limit::Surge,
};
use crate::{
    clock::Clock,
    endorsement::policy::LetterState,
    register::{
        error::{Error, Result},
        rules::Context,
    },
    store::Store,
    text::with_causes,
};

/// Limit of activities in one transaction. Larger batches gain little and let the first one wait longer.
const BATCH: usize = 64;

/// Limit of activities that wait for the writer; later senders are asked to retry.
const WAITING: usize = 1024;

/// How often the database is left to other writers, and for how long, so that an administrator's command gets its
/// turn while the inbox is under full load.
const BREATHE_EVERY: Duration = Duration::from_millis(100);
const BREATH: Duration = Duration::from_millis(2);

/// How long a launch by a command may take until the server knows of it; it looks every two seconds.
const LAUNCH_IS_SEEN: Duration = Duration::from_secs(5);

/// One activity, and the channel for its answer.
#[derive(Debug)]
struct WriteRequest {
    incoming: InboundActivity,
    answer: oneshot::Sender<Option<ReceiveOutcome>>,
}

/// A handle to the writer task.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<WriteRequest>,
}

/// Why an authentic activity was not taken; the sender is asked to retry (503).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Too many wait.
    #[error("too many activities wait")]
    Busy,
    /// The database refused it; the log says why.
    #[error("the database did not take it")]
    Failed,
}

impl Writer {
    /// Hands over one activity and waits until it is on the disk. `patience` is how long to wait for a place in the
    /// queue: a short wait is better than a 503, since senders retry late and only a few times.
    pub async fn receive(
        &self,
        incoming: InboundActivity,
        patience: Duration,
    ) -> std::result::Result<ReceiveOutcome, NotTaken> {
        let (answer, answered) = oneshot::channel();
        let sent = self
            .queue
            .send_timeout(WriteRequest { incoming, answer }, patience)
            .await;
        sent.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => NotTaken::Busy,
            mpsc::error::SendTimeoutError::Closed(_) => NotTaken::Failed,
        })?;
        // The task drops the channel only when it ends.
        answered.await.ok().flatten().ok_or(NotTaken::Failed)
    }
}

/// The writer task itself.
pub struct WriterTask {
    store: Store,
    context: watch::Receiver<Arc<Context>>,
    clock: Arc<dyn Clock>,
    surge: Arc<Surge>,
    wake: Arc<Notify>,
    committed: Committed,
    queue: mpsc::Receiver<WriteRequest>,
}

/// Called after each commit and before the answers, because rendered pages may be out of date, and who left is to be noted.
pub type Committed = Box<dyn Fn(&Saved) + Send + Sync>;

/// A writer and its task. `wake` is notified when something was queued for delivery.
pub fn writer(
    store: Store,
    context: watch::Receiver<Arc<Context>>,
    clock: Arc<dyn Clock>,
    surge: Arc<Surge>,
    wake: Arc<Notify>,
    committed: Committed,
) -> (Writer, WriterTask) {
    let (sender, queue) = mpsc::channel(WAITING);
    let task = WriterTask {
        store,
        context,
        clock,
        surge,
        wake,
        committed,
        queue,
    };
    (Writer { queue: sender }, task)
}

impl WriterTask {
    /// Runs until every [`Writer`] is dropped and every waiting activity is answered.
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        let mut breathed = tokio::time::Instant::now();
        while self.fill(&mut waiting).await {
            let (incoming, answers): (Vec<_>, Vec<_>) = waiting
                .drain(..self.batch_of(waiting.len()))
                .map(|waiting| (waiting.incoming, waiting.answer))
                .unzip();
            for (answer, way_back) in self.apply(&incoming).await.into_iter().zip(answers) {
                // The client may be gone; the change stands all the same.
                way_back.send(answer).ok();
            }
            if breathed.elapsed() >= BREATHE_EVERY {
                tokio::time::sleep(BREATH).await;
                breathed = tokio::time::Instant::now();
            }
        }
    }

    /// The size of the next batch, given how many wait. On SQLite a power of two, so that statements with a row for each
    /// activity have few different texts, and prepared ones are reused; the rest comes first in the next batch.
    fn batch_of(&self, waiting: usize) -> usize {
        match self.store {
            Store::Sqlite { .. } => waiting.checked_ilog2().map_or(0, |power| 1 << power),
            Store::Postgres { .. } => waiting,
        }
    }

    /// Takes waiting activities, up to a batch; false when the queue is closed and empty.
    async fn fill(&mut self, waiting: &mut Vec<WriteRequest>) -> bool {
        if waiting.is_empty() {
            return self.queue.recv_many(waiting, BATCH).await > 0;
        }
        while waiting.len() < BATCH
            && let Ok(one) = self.queue.try_recv()
        {
            waiting.push(one);
        }
        true
    }

    /// Applies a batch; when the database refuses it, one by one, so that one bad activity fails alone.
    async fn apply(&self, incoming: &[InboundActivity]) -> Vec<Option<ReceiveOutcome>> {
        match self.transaction(incoming).await {
            Ok(answers) => return answers.into_iter().map(Some).collect(),
            Err(error) if incoming.len() == 1 => {
                log(&error);
                return vec![None];
            }
            Err(error) => tracing::warn!(
                batch = incoming.len(),
                error = %with_causes(&error),
                "a batch of activities failed; taking them one by one"
            ),
        }
        let mut answers = Vec::with_capacity(incoming.len());
        for one in incoming {
            let answered = self.transaction(std::slice::from_ref(one)).await;
            answers.push(
                answered
                    .inspect_err(log)
                    .ok()
                    .and_then(|answers| answers.first().copied()),
            );
        }
        answers
    }

    async fn transaction(&self, incoming: &[InboundActivity]) -> Result<Vec<ReceiveOutcome>> {
        let context = self.context().await?;
        let mut tx = self.store.write().await?;
        let (answers, effects, saved) =
            receive(&mut tx, &context, &self.surge, self.clock.now(), incoming).await?;
        tx.commit().await?;
        (self.committed)(&saved);
        if effects.queued {
            self.wake.notify_one();
        }
        Ok(answers)
    }

    /// What a batch is judged by. A letter that a command launched a moment ago is no draft any more, so that is waited for:
    /// whoever signs then would be told that it is not out yet.
    async fn context(&self) -> Result<Arc<Context>> {
        let mut context = self.context.clone();
        let known = Arc::clone(&context.borrow_and_update());
        let is_out = known.rules.policy.letter == LetterState::Draft
            && self.store.read().await?.current_revision().await?.is_some();
        if !is_out {
            return Ok(known);
        }
        // After that the batch is judged as before: everything else goes on.
        tokio::time::timeout(LAUNCH_IS_SEEN, context.changed())
            .await
            .ok();
        Ok(Arc::clone(&context.borrow()))
    }
}

fn log(error: &Error) {
    tracing::error!(error = %with_causes(error), "an activity could not be saved");
}
