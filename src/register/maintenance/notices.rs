//! Notices to the organisers (`[notify]`): what waits for a person and what is wrong, in numbers alone.
//!
//! [`review`] compares the [`Situation`] with what was told last, and queues one message for each way of telling, in one
//! transaction: of several servers one does it, and a restart tells nothing twice. Not here: sending them
//! (`delivery::notices`), and where the facts come from (`server`).

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    clock::Millis,
    hash::Sha256,
    random::{PublicId, Random},
    register::error::Result,
    store::{NewJob, Store, Tx},
};

/// The kind of jobs that post a notice to the webhook.
pub const NOTIFY_WEBHOOK: &str = "notify_webhook";
/// The kind of jobs that send a notice by mail.
pub const NOTIFY_MAIL: &str = "notify_mail";

/// The setting with what was told last.
const TOLD: &str = "notices_told";
/// The setting with the end of a task of the server.
const TASK_ENDED: &str = "task_ended";
/// What the settings with failures to tell begin with; the kind of the job follows.
const FAILED: &str = "failed_";

const DAY: Duration = Duration::from_hours(24);
/// What goes on unchanged is told again after so long.
const AGAIN_AFTER: Duration = DAY;
/// How long before its end a certificate becomes news, and news again.
const CERTIFICATE_ENDS: [Duration; 4] = [
    Duration::from_hours(14 * 24),
    Duration::from_hours(7 * 24),
    Duration::from_hours(3 * 24),
    DAY,
];
/// How long before the letter closes that is news.
const CLOSES: [Duration; 2] = [Duration::from_hours(7 * 24), DAY];

/// What waits for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCounts {
    /// Endorsements.
    pub endorsements: i64,
    /// Statements of shown endorsements.
    pub statements: i64,
    /// Names of shown endorsements.
    pub names: i64,
    /// Reports of other servers.
    pub reports: i64,
    /// Suggestions of who is one person in two places.
    pub links: i64,
}

/// How other servers answered our signatures in the last hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureAnswers {
    /// The domains that answered.
    pub answered: i64,
    /// Those that refused the signature.
    pub refused: i64,
    /// Whether nearly all did, so that the fault is ours.
    pub alarm: bool,
}

/// A task of the server that ended, and the server with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEnded {
    /// Its name.
    pub task: String,
    /// When.
    pub at: Millis,
}

/// What an organiser may have to look at: numbers, dates and words of ours, never a name, a handle or a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// What waits for a person.
    pub waiting: WaitingCounts,
    /// Domains from which more came than the limits allow.
    pub surges: i64,
    /// How our signatures are taken.
    pub signatures: SignatureAnswers,
    /// When the certificate of our own address ends; `None` when that is not known.
    pub certificate_ends: Option<Millis>,
    /// Whether the database's disk has little room.
    pub disk_is_low: bool,
    /// Since when the backups of `[backup]` fail; `None` while they do not.
    pub backups_fail_since: Option<Millis>,
    /// When the letter closes by itself; `None` when it does not, or did.
    pub closes_at: Option<Millis>,
    /// The last end of the server by a task that ended.
    pub task_ended: Option<TaskEnded>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for each attempt.
    pub id: String,
    /// When it was made.
    pub at: Millis,
    /// The letter's address.
    pub letter: String,
    /// One line.
    pub subject: String,
    /// The same as `situation` for people, a line for each thing.
    pub text: String,
    /// What is new since the message before, by the names of what changed.
    pub news: Vec<String>,
    /// How things are.
    pub situation: Situation,
}

/// The ways of telling that are configured, as kinds of jobs, and `notify.every`.
#[derive(Clone, Debug)]
pub struct NoticeSettings {
    /// [`NOTIFY_WEBHOOK`], [`NOTIFY_MAIL`] or both.
    pub by: Vec<&'static str>,
    /// How long after a message the next one comes at the earliest.
    pub every: Duration,
    /// The letter's address.
    pub letter: String,
}

/// A failure to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFailure {
    /// When.
    pub at: Millis,
    /// What went wrong.
    pub error: String,
}

/// What is kept of the last message: its time, and how much of each thing it told, less what was done since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct NoticeMemory {
    at: Option<Millis>,
    levels: BTreeMap<String, i64>,
}

impl Situation {
    /// Each thing that is known with a number that rises when it gets worse; 0 is nothing.
    fn levels(&self, now: Millis) -> BTreeMap<String, i64> {
        let waiting = self.waiting;
        let ended = self
            .task_ended
            .as_ref()
            .map_or(0, |ended| ended.at.as_millis());
        let steps = |at: Option<Millis>, steps: &[Duration]| {
            let within = |step: &&Duration| at.is_some_and(|at| at.minus(**step) <= now);
            i64::try_from(steps.iter().filter(within).count()).unwrap_or(0)
        };
        let levels = [
            ("endorsements", waiting.endorsements),
            ("statements", waiting.statements),
            ("names", waiting.names),
            ("reports", waiting.reports),
            ("links", waiting.links),
            ("surges", self.surges),
            ("signatures", i64::from(self.signatures.alarm)),
            ("disk", i64::from(self.disk_is_low)),
            ("backup", i64::from(self.backups_fail_since.is_some())),
            (CLOSING, steps(self.closes_at, &CLOSES)),
            (TASK, ended),
        ];
        // What one server cannot find out, another one may have told.
        let ends = self.certificate_ends;
        let certificate = ends.map(|_| ("certificate", steps(ends, &CERTIFICATE_ENDS)));
        let known = levels.into_iter().chain(certificate);
        known
            .map(|(name, level)| (name.to_owned(), level))
            .collect()
    }

    /// A line for each of these things.
    fn lines(&self, levels: &BTreeMap<String, i64>) -> Vec<String> {
        let line = |name: &String| match name.as_str() {
            "signatures" => format!(
                "{} of {} servers refuse our signatures: `undersigned status`",
                self.signatures.refused, self.signatures.answered
            ),
            "certificate" => format!(
                "the certificate ends at {}",
                self.certificate_ends.unwrap_or_default()
            ),
            "disk" => "the disk has little room: `undersigned status`".to_owned(),
            "backup" => format!(
                "backups fail since {}: `undersigned status`",
                self.backups_fail_since.unwrap_or_default()
            ),
            CLOSING => format!(
                "the letter closes at {}",
                self.closes_at.unwrap_or_default()
            ),
            TASK => self.task_ended.as_ref().map_or_else(String::new, |ended| {
                format!(
                    "the server ended at {} by a fault ({}); its log says more",
                    ended.at, ended.task
                )
            }),
            "surges" => format!(
                "{} domains send more than the limits allow: `undersigned status`",
                self.surges
            ),
            "reports" => format!(
                "{} reports: `undersigned report list`",
                self.waiting.reports
            ),
            "links" => format!(
                "{} may be one person in two places: `undersigned link list`",
                self.waiting.links
            ),
            waiting => {
                let n = levels.get(waiting).copied().unwrap_or_default();
                format!("{n} {waiting} wait: `undersigned review`")
            }
        };
        let all = levels.iter().filter(|(_, level)| **level > 0);
        all.map(|(name, _)| line(name)).collect()
    }
}

/// What is told once, because nothing can be done about it.
const CLOSING: &str = "closing";
const TASK: &str = "task";

impl NoticeMemory {
    /// What follows from how things are: what is kept from now on, and what is new if a message is due.
    fn next(
        &self,
        levels: &BTreeMap<String, i64>,
        every: Duration,
        now: Millis,
    ) -> (Self, Option<Vec<String>>) {
        // What was done since is news if it comes back.
        let mut told = self.clone();
        for (name, told) in &mut told.levels {
            *told = levels.get(name).map_or(*told, |level| (*told).min(*level));
        }
        told.levels.retain(|_, told| *told > 0);
        let known = |name: &String| told.levels.get(name).copied().unwrap_or(0);
        let news = levels.iter().filter(|(name, level)| **level > known(name));
        let news: Vec<String> = news.map(|(name, _)| name.clone()).collect();
        let once = [CLOSING, TASK];
        let mut going_on = levels
            .iter()
            .filter(|(name, _)| !once.contains(&name.as_str()));
        let goes_on = going_on.any(|(_, level)| *level > 0);
        let is_due = |wait| self.at.is_none_or(|at| now.since(at) >= wait);
        let again = goes_on && is_due(every.max(AGAIN_AFTER));
        if !(again || !news.is_empty() && is_due(every)) {
            return (told, None);
        }
        told.at = Some(now);
        told.levels.extend(levels.clone());
        told.levels.retain(|_, told| *told > 0);
        (told, Some(news))
    }
}

/// Queues a message if one is due. Returns whether it is.
///
/// # Errors
/// [`crate::register::Error::Store`].
pub async fn review(
    store: &Store,
    settings: &NoticeSettings,
    random: &dyn Random,
    situation: &Situation,
    now: Millis,
) -> Result<bool> {
    let levels = situation.levels(now);
    let told = told(&mut store.read().await?).await?;
    if told.next(&levels, settings.every, now).0 == told {
        return Ok(false);
    }
    // Once more as the one writer: another server may have told it.
    let mut tx = store.write().await?;
    let (told, news) = self::told(&mut tx)
        .await?
        .next(&levels, settings.every, now);
    tx.set_setting(TOLD, &serde_json::to_string(&told)?).await?;
    let is_due = news.is_some();
    if let Some(news) = news {
        let lines = situation.lines(&levels);
        let subject = format!("{}: {}", settings.letter, lines.join("; "));
        let notice = Notice {
            id: PublicId::random(random).to_string(),
            at: now,
            letter: settings.letter.clone(),
            subject,
            text: lines.join("\n"),
            news,
            situation: situation.clone(),
        };
        let payload = serde_json::to_string(&notice)?;
        let jobs = settings.by.iter().map(|kind| NewJob {
            kind: (*kind).to_owned(),
            key_hash: Sha256::of(&format!("{kind} {}", notice.id)),
            payload: payload.clone(),
            due_at: now,
            domain: None,
        });
        tx.add_jobs(&jobs.collect::<Vec<_>>()).await?;
    }
    tx.commit().await?;
    Ok(is_due)
}

async fn told(tx: &mut Tx) -> Result<NoticeMemory> {
    match tx.setting(TOLD).await? {
        Some(kept) => Ok(serde_json::from_str(&kept)?),
        None => Ok(NoticeMemory::default()),
    }
}

/// When the organisers were last told something; `None` when they never were.
///
/// # Errors
/// [`crate::register::Error`].
pub async fn last_notice(tx: &mut Tx) -> Result<Option<Millis>> {
    Ok(told(tx).await?.at)
}

/// Keeps that a task of the server ended, for the next message.
///
/// # Errors
/// [`crate::register::Error`].
pub async fn note_task_ended(store: &Store, ended: &TaskEnded) -> Result<()> {
    let mut tx = store.write().await?;
    tx.set_setting(TASK_ENDED, &serde_json::to_string(ended)?)
        .await?;
    Ok(tx.commit().await?)
}

/// The last task of the server that ended.
///
/// # Errors
/// [`crate::register::Error`].
pub async fn task_ended(tx: &mut Tx) -> Result<Option<TaskEnded>> {
    let kept = tx.setting(TASK_ENDED).await?;
    Ok(kept.map(|kept| serde_json::from_str(&kept)).transpose()?)
}

/// Keeps whether the last attempt of this kind to tell something failed, for `status`.
///
/// # Errors
/// [`crate::register::Error`].
pub async fn note_attempt(
    store: &Store,
    kind: &str,
    failure: Option<&NoticeFailure>,
) -> Result<()> {
    if failure.is_none()
        && self::failure(&mut store.read().await?, kind)
            .await?
            .is_none()
    {
        return Ok(());
    }
    let kept = failure.map(serde_json::to_string).transpose()?;
    let mut tx = store.write().await?;
    tx.set_setting(&format!("{FAILED}{kind}"), &kept.unwrap_or_default())
        .await?;
    Ok(tx.commit().await?)
}

/// Why the last attempt of this kind failed; `None` when it did not.
///
/// # Errors
/// [`crate::register::Error`].
pub async fn failure(tx: &mut Tx, kind: &str) -> Result<Option<NoticeFailure>> {
    let kept = tx.setting(&format!("{FAILED}{kind}")).await?;
    let kept = kept.filter(|kept| !kept.is_empty());
    Ok(kept.map(|kept| serde_json::from_str(&kept)).transpose()?)
}

#[cfg(test)]
#[path = "notices_tests.rs"]
mod tests;
