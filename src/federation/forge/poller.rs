//! Reads a thread: first as a whole, then what changed, and once a week as a whole again. Its comments go the way of replies,
//! through the writer.
//!
//! Nothing ends because something cannot be read. A comment that a whole reading does not bring is looked at by its own
//! address; it ends when that answered 404 or 410 twice, `verify.grace` apart, while the thread itself was there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    documents::{CommentDocument, IssueDocument, number_of},
    known::add_known,
    reader::{ForgeApi, ForgeError, ForgeReader},
};
use crate::{
    clock::Millis,
    config::{ForgeThread, ThreadUrl},
    endorsement::policy::LetterState,
    federation::App,
    hash::Sha256,
    register::{
        self, InboundActivity, ReceiveOutcome,
        inbound::{
            activity::fetched,
            forge_comment::{
                KnownComment, account_read, accounts_to_read, deleted, known_comments,
            },
            writer::NotTaken,
        },
    },
    store::{self, ForgeThreadRow},
};

/// How often a thread is read as a whole.
pub const WHOLE_EVERY: Duration = Duration::from_hours(7 * 24);

/// How far back what was read last is read again: clocks and caches of a forge may differ.
const OVERLAP: Duration = Duration::from_mins(1);

/// How long an activity waits for its place at the writer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most comments that are handed to the writer at once: as many as it takes into one transaction.
const AT_ONCE: usize = 64;

/// The most missing comments that are looked at by their own address in one reading.
const LOOKS: usize = 20;

/// The most pages of one reading; a forge that names more has no end.
const MOST_PAGES: u64 = 2000;

/// Why a thread was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The forge gives no answer that can be used.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The repository was made again under its old name, or the issue was.
    #[error(
        "another issue stands there now, so nothing of it is read; put the address of a new one into the configuration"
    )]
    AnotherIssue,
    /// The writer did not take a comment.
    #[error("a comment could not be saved: {0}")]
    NotTaken(#[from] NotTaken),
    /// Too much from this forge waits for a moderator.
    #[error(
        "too much from this forge waits for a moderator: `undersigned review`; what is left is read later"
    )]
    Crowded,
    /// The register failed.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// This process writes nothing.
    #[error("this server only reads")]
    ReadOnly,
}

type Result<T> = std::result::Result<T, PollError>;

/// What a reading brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// How many comments were handed to the register.
    pub comments: usize,
    /// How many ended because they are gone.
    pub gone: usize,
    /// Whether the whole thread was read.
    pub whole: bool,
    /// Whether nothing was read, because the letter is a draft.
    pub draft: bool,
}

/// How far a whole reading got.
#[derive(Clone, Debug)]
struct WholeReading {
    page: u64,
    since: Option<Millis>,
    seen: BTreeSet<String>,
}

/// Reads threads.
#[derive(Debug)]
pub struct ForgePoller {
    app: Arc<App>,
    reader: ForgeReader,
    /// Whole readings that were interrupted, by thread; a restart begins them again.
    readings: Mutex<BTreeMap<String, WholeReading>>,
    /// Comments that a whole reading did not bring and that were not looked at yet, by thread; after a restart the next
    /// whole reading finds them again.
    missing: Mutex<BTreeMap<String, Vec<String>>>,
    /// Accounts that cannot be read.
    unreadable: Mutex<BTreeSet<String>>,
}

impl ForgePoller {
    /// A poller for this server or command.
    pub fn new(app: Arc<App>) -> Self {
        Self {
            reader: ForgeReader::new(app.client.clone(), &app.config),
            app,
            readings: Mutex::default(),
            missing: Mutex::default(),
            unreadable: Mutex::default(),
        }
    }

    /// How it reads.
    pub const fn reader(&self) -> &ForgeReader {
        &self.reader
    }

    /// Whether the letter is a draft, of which nothing is stored.
    pub fn is_draft(&self) -> bool {
        self.app.context.borrow().rules.policy.letter == LetterState::Draft
    }

    /// Reads a thread, as a whole if that is due or wanted, and notes how that went.
    ///
    /// # Errors
    /// [`PollError`]; what the forge did wrong is noted as the thread's trouble.
    pub async fn poll(&self, thread: &ForgeThread, whole: bool) -> Result<Polled> {
        if self.is_draft() {
            return Ok(Polled {
                draft: true,
                ..Polled::default()
            });
        }
        let now = self.app.clock.now();
        let url = thread.url.as_str();
        let known = self.app.store.read().await?.forge_thread(url).await?;
        let mut row = known.unwrap_or_else(|| ForgeThreadRow {
            url: url.to_owned(),
            ..ForgeThreadRow::default()
        });
        row.tried_at = Some(now);
        // A comment that is missing names its thread.
        self.save(&row).await?;
        let read = self.read(thread, &mut row, whole, now).await;
        match &read {
            Ok(_) => {
                row.read_at = Some(now);
                (row.trouble, row.trouble_at) = (None, None);
            }
            Err(PollError::Store(_) | PollError::Register(_) | PollError::ReadOnly) => return read,
            Err(error) => {
                row.trouble_at = row.trouble_at.or(Some(now));
                row.trouble = Some(error.to_string());
            }
        }
        self.save(&row).await?;
        read
    }

    async fn save(&self, row: &ForgeThreadRow) -> Result<()> {
        let mut tx = self.app.store.write().await?;
        tx.save_forge_thread(row).await?;
        Ok(tx.commit().await?)
    }

    async fn read(
        &self,
        thread: &ForgeThread,
        row: &mut ForgeThreadRow,
        whole: bool,
        now: Millis,
    ) -> Result<Polled> {
        let api = self.reader.api(thread, now).await?;
        row.kind = Some(api.kind);
        let issue = self.reader.issue(&api, &thread.url, now).await?;
        // What is missing in another issue says nothing about those who signed in this one.
        if row.issue.is_some_and(|id| id != issue.id) {
            return Err(PollError::AnotherIssue);
        }
        row.issue = Some(issue.id);
        row.locked = issue.locked;
        let reading = ThreadReading {
            poller: self,
            api: &api,
            thread: &thread.url,
            now,
        };
        let fell = row.comments.is_some_and(|before| issue.comments < before);
        let is_due = row.whole_at.is_none_or(|at| at.plus(WHOLE_EVERY) <= now);
        let is_open = self.reading_of(&thread.url).is_some();
        let mut polled = Polled::default();
        if whole || is_due || fell || is_open || row.since.is_none() {
            polled.whole = true;
            reading.whole(row, &issue, &mut polled).await?;
        } else {
            reading.changed(row, &issue, &mut polled).await?;
        }
        row.comments = Some(issue.comments);
        reading.look_again(&mut polled).await?;
        Ok(polled)
    }

    /// Reads one comment, whose last state two webhooks of one second leave open. `vouched` are the states of it that its
    /// author wrote, as signed webhooks say.
    pub async fn read_comment(
        &self,
        thread: &ForgeThread,
        id: u64,
        vouched: &BTreeSet<Sha256>,
    ) -> Result<()> {
        if self.is_draft() {
            return Ok(());
        }
        let now = self.app.clock.now();
        let api = self.reader.api(thread, now).await?;
        let found = self.reader.comment(&api, &thread.url, id, now).await?;
        let reading = ThreadReading {
            poller: self,
            api: &api,
            thread: &thread.url,
            now,
        };
        // Nothing ends here: two looks do that.
        reading.apply(found.as_slice(), vouched).await?;
        Ok(())
    }

    /// Reads up to `limit` accounts of a thread's forge of which it is not known how old they are; returns how many.
    pub async fn read_accounts(&self, thread: &ForgeThread, limit: u32) -> Result<usize> {
        if self.is_draft() {
            return Ok(0);
        }
        let now = self.app.clock.now();
        let skipped = self.unreadable().clone();
        let host = thread.url.authority();
        let most = limit.saturating_add(u32::try_from(skipped.len()).unwrap_or(u32::MAX));
        let mut tx = self.app.store.read().await?;
        let waiting = accounts_to_read(&mut tx, host, most).await?;
        drop(tx);
        let waiting = waiting.into_iter().filter(|(id, ..)| !skipped.contains(id));
        let waiting: Vec<_> = waiting
            .take(limit.try_into().unwrap_or(usize::MAX))
            .collect();
        if waiting.is_empty() {
            return Ok(0);
        }
        let api = self.reader.api(thread, now).await?;
        let mut read = 0;
        for (id, number, login) in waiting {
            let found = self.reader.account(&api, (number, &login), now).await?;
            let account = found.and_then(|user| user.account(&thread.url));
            match account.filter(|account| account.id() == id) {
                Some(account) => {
                    self.receive(account_read(&account, now)).await?;
                    read += 1;
                }
                // It is gone; its comments will be the ghost's.
                None => drop(self.unreadable().insert(id)),
            }
        }
        Ok(read)
    }

    async fn receive(&self, incoming: InboundActivity) -> Result<()> {
        receive(&self.app, incoming).await
    }

    fn unreadable(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn reading_of(&self, thread: &ThreadUrl) -> Option<WholeReading> {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.get(thread.as_str()).cloned()
    }

    fn keep_missing(&self, thread: &ThreadUrl, urls: Vec<String>) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.insert(thread.as_str().to_owned(), urls);
    }

    /// Some of the comments that are missing and that were not looked at yet.
    fn take_missing(&self, thread: &ThreadUrl) -> Vec<String> {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let urls = missing.remove(thread.as_str()).unwrap_or_default();
        let rest = urls.get(LOOKS..).unwrap_or_default().to_vec();
        missing.insert(thread.as_str().to_owned(), rest);
        drop(missing);
        urls.into_iter().take(LOOKS).collect()
    }

    fn keep_reading(&self, thread: &ThreadUrl, reading: Option<WholeReading>) {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        match reading {
            Some(reading) => readings.insert(thread.as_str().to_owned(), reading),
            None => readings.remove(thread.as_str()),
        };
    }
}

/// Hands an activity to the writer. Blocked people are refused there, and that is all.
///
/// # Errors
/// [`PollError`]: it has to come again later.
pub async fn receive(app: &App, incoming: InboundActivity) -> Result<()> {
    let writer = app.writer.as_ref().ok_or(PollError::ReadOnly)?;
    match writer.receive(incoming, PATIENCE).await? {
        ReceiveOutcome::Later => Err(PollError::Crowded),
        ReceiveOutcome::Taken
        | ReceiveOutcome::Repeated
        | ReceiveOutcome::Refused
        // Nobody is known who could have written it.
        | ReceiveOutcome::Unknown => Ok(()),
    }
}

/// When the newest of these comments was written or edited.
fn newest(comments: &[CommentDocument]) -> Option<Millis> {
    comments
        .iter()
        .filter_map(CommentDocument::updated_at)
        .max()
}

/// One reading of one thread.
struct ThreadReading<'a> {
    poller: &'a ForgePoller,
    api: &'a ForgeApi,
    thread: &'a ThreadUrl,
    now: Millis,
}

impl ThreadReading<'_> {
    /// Reads everything, from where the last whole reading was interrupted.
    async fn whole(
        &self,
        row: &mut ForgeThreadRow,
        issue: &IssueDocument,
        polled: &mut Polled,
    ) -> Result<()> {
        let begun = self.poller.reading_of(self.thread);
        let mut reading = begun.unwrap_or_else(|| WholeReading {
            page: 1,
            // What changes from now on is read afterwards, wherever it stands.
            since: issue.updated_at().map(|at| at.minus(OVERLAP)),
            seen: BTreeSet::new(),
        });
        loop {
            self.poller.keep_reading(self.thread, Some(reading.clone()));
            let asked = (None, reading.page, None);
            let page = self.page(asked).await?;
            let Some(page) = page else { break };
            row.newest_at = row.newest_at.max(newest(&page.comments));
            polled.comments += self.apply(&page.comments, &BTreeSet::new()).await?;
            let seen = page.comments.iter();
            reading
                .seen
                .extend(seen.map(|comment| comment.url(self.thread)));
            if page.is_last || reading.page >= MOST_PAGES {
                break;
            }
            reading.page += 1;
        }
        self.poller.keep_reading(self.thread, None);
        (row.since, row.etag) = (reading.since, None);
        row.whole_at = Some(self.now);
        let known = self.known().await?;
        let missing = known.into_keys().filter(|url| !reading.seen.contains(url));
        self.poller.keep_missing(self.thread, missing.collect());
        Ok(())
    }

    /// Reads what changed since the last reading.
    async fn changed(
        &self,
        row: &mut ForgeThreadRow,
        issue: &IssueDocument,
        polled: &mut Polled,
    ) -> Result<()> {
        let (since, etag) = (row.since, row.etag.clone());
        let Some(mut page) = self.page((since, 1, etag.as_deref())).await? else {
            return Ok(());
        };
        let first = page.etag.take();
        let mut number = 1;
        loop {
            row.newest_at = row.newest_at.max(newest(&page.comments));
            polled.comments += self.apply(&page.comments, &BTreeSet::new()).await?;
            if page.is_last || number >= MOST_PAGES {
                break;
            }
            number += 1;
            let Some(next) = self.page((since, number, None)).await? else {
                break;
            };
            page = next;
        }
        row.since = since.max(issue.updated_at().map(|at| at.minus(OVERLAP)));
        // The validator is that of the question.
        row.etag = first.filter(|_| row.since == since);
        Ok(())
    }

    async fn page(
        &self,
        asked: (Option<Millis>, u64, Option<&str>),
    ) -> Result<Option<super::reader::CommentPage>> {
        let reader = &self.poller.reader;
        Ok(reader
            .comments(self.api, self.thread, asked, self.now)
            .await?)
    }

    /// Hands comments to the register, in their order; returns how many. `vouched` are states that their authors wrote.
    async fn apply(
        &self,
        comments: &[CommentDocument],
        vouched: &BTreeSet<Sha256>,
    ) -> Result<usize> {
        let (mut written, mut nobodys) = (Vec::new(), Vec::new());
        for document in comments {
            let author = document.user.as_ref().map(|user| user.id);
            let editor = author.filter(|_| vouched.contains(&document.state()));
            match document.comment(self.thread, editor) {
                Some(comment) => written.push(comment),
                None => nobodys.push(document.url(self.thread)),
            }
        }
        let mut tx = self.poller.app.store.read().await?;
        let changed = add_known(&mut tx, &mut written).await?;
        drop(tx);
        let changed = changed
            .iter()
            .map(|account| account_read(account, self.now));
        let written = written.iter().map(|comment| {
            let evidence = fetched(&comment.url, comment.markdown.as_bytes(), self.now);
            comment.written(evidence, self.now)
        });
        let mut activities: Vec<_> = changed.chain(written).collect();
        if !nobodys.is_empty() {
            let known = self.known().await?;
            let ended = nobodys.iter().filter_map(|url| known.get(url));
            activities.extend(ended.map(|comment| self.end_of(comment)));
        }
        let n = comments.len();
        let mut waiting = activities.into_iter();
        loop {
            let some: Vec<_> = waiting.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return Ok(n);
            }
            let received = join_all(some.into_iter().map(|one| self.poller.receive(one))).await;
            received.into_iter().collect::<Result<Vec<()>>>()?;
        }
    }

    fn end_of(&self, comment: &KnownComment) -> InboundActivity {
        let evidence = fetched(&comment.url, &[], self.now);
        deleted(&comment.author_id, &comment.url, evidence, self.now)
    }

    /// The comments of the thread that stand here, by their address.
    async fn known(&self) -> Result<BTreeMap<String, KnownComment>> {
        let mut tx = self.poller.app.store.read().await?;
        let known = known_comments(&mut tx, self.thread.as_str()).await?;
        let known = known
            .into_iter()
            .map(|comment| (comment.url.clone(), comment));
        Ok(known.collect())
    }

    /// Looks at a comment that is missing, by its own address.
    async fn look(&self, url: &str, polled: &mut Polled) -> Result<()> {
        let app = &self.poller.app;
        let Some(id) = number_of(self.thread, url) else {
            return Ok(());
        };
        let reader = &self.poller.reader;
        let found = reader.comment(self.api, self.thread, id, self.now).await?;
        if let Some(found) = found {
            self.apply(&[found], &BTreeSet::new()).await?;
            let mut tx = app.store.write().await?;
            tx.find_comment(url).await?;
            return Ok(tx.commit().await?);
        }
        let mut tx = app.store.write().await?;
        let missed_at = tx.miss_comment(self.thread.as_str(), url, self.now).await?;
        tx.commit().await?;
        let is_second = missed_at < self.now && missed_at.plus(app.config.verify.grace) <= self.now;
        if !is_second {
            return Ok(());
        }
        if let Some(comment) = self.known().await?.get(url) {
            self.poller.receive(self.end_of(comment)).await?;
            polled.gone += 1;
        }
        let mut tx = app.store.write().await?;
        tx.find_comment(url).await?;
        Ok(tx.commit().await?)
    }

    /// Looks at comments that are missing, some in each reading, and again at those that were missed long enough ago; the
    /// thread itself was there.
    async fn look_again(&self, polled: &mut Polled) -> Result<()> {
        for url in self.poller.take_missing(self.thread) {
            self.look(&url, polled).await?;
        }
        let app = &self.poller.app;
        let before = self.now.minus(app.config.verify.grace);
        let limit = i64::try_from(LOOKS).unwrap_or(i64::MAX);
        let mut tx = app.store.read().await?;
        let thread = self.thread.as_str();
        let missing = tx.missing_comments(thread, before, limit).await?;
        drop(tx);
        for missing in missing
            .iter()
            .filter(|missing| missing.missed_at < self.now)
        {
            self.look(&missing.comment, polled).await?;
        }
        Ok(())
    }
}
