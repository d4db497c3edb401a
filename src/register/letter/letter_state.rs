//! The letter's state: open, paused, closed now or at a time.
//!
//! The register stores what was decided by command; the configuration may add a closing time. The earlier closing
//! time holds, and no command opens what the configuration closed. Closing sends one Update, in which the Note says
//! so first, and opening again another one. The state in the last Note is stored in the same transaction ([`SAID`]),
//! so that only one of several servers, or of several starts, sends it.
//!
//! Before its first revision the letter is a draft, whatever else is stored; [`launch`](super::launch) ends that.

use super::{
    note::{NoteSettings, Text},
    send_note::{SAID, said, send},
};
use crate::register::error::NoChange;
use crate::{
    activitystreams::Urls,
    clock::Millis,
    endorsement::policy::LetterState,
    random::Random,
    register::{
        error::{Error, Result},
        pending_deliveries::PendingDeliveries,
    },
    store::{self, AuditAction, NewAudit, Topic, Tx},
    string_enum::UnknownWord,
};

/// The setting with the state that was decided by command.
const STATE: &str = "letter_state";
/// The setting with the time at which a command closes it; empty for never.
const CLOSE_AT: &str = "letter_close_at";

/// The setting with the time at which a command closed it; empty while none did.
const CLOSED_AT: &str = "letter_closed_at";

/// The letter's name in the audit log.
const AUDIT_TARGET: &str = "letter";
/// Before the closing time in the audit log.
const CLOSES_AT: &str = "at ";

/// What the register and the configuration say about the letter's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterSchedule {
    /// What was decided by command.
    pub decided: LetterState,
    /// When `letter close --at` closes it.
    pub close_at: Option<Millis>,
    /// `endorsing.close_at`.
    pub configured: Option<Millis>,
    /// When `letter close` closed it.
    pub closed_at: Option<Millis>,
    /// Whether no text was published yet.
    pub is_draft: bool,
}

/// An administrator's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `letter open`.
    Open,
    /// `letter pause`.
    Pause,
    /// `letter close`.
    Close,
    /// `letter close --at`.
    CloseAt(Millis),
}

impl LetterSchedule {
    /// Loads what the register says; `configured` is the configuration's date.
    pub async fn read(tx: &mut Tx, configured: Option<Millis>) -> Result<Self> {
        let stored = tx.setting(STATE).await?;
        let decided = stored.map_or(Ok(LetterState::Open), |state| state.parse());
        let decided = decided.map_err(|unknown: UnknownWord| store::Error::Inconsistent {
            table: "setting",
            column: "value",
            key: STATE.to_owned(),
            source: unknown.into(),
        })?;
        let close_at = tx.setting(CLOSE_AT).await?;
        let close_at = close_at.as_deref().and_then(Millis::parse_rfc3339);
        let command = tx.setting(CLOSED_AT).await?;
        Ok(Self {
            decided,
            close_at,
            configured,
            closed_at: command.as_deref().and_then(Millis::parse_rfc3339),
            is_draft: !tx.has_revision().await?,
        })
    }

    /// Since when it is closed; `None` while it is not.
    pub fn closed_since(&self, now: Millis) -> Option<Millis> {
        if self.state(now) != LetterState::Closed {
            return None;
        }
        let by_itself = self.closes_at().filter(|at| *at <= now);
        let by_command = self
            .closed_at
            .filter(|_| self.decided == LetterState::Closed);
        by_itself.into_iter().chain(by_command).min()
    }

    /// The state at this moment.
    pub fn state(&self, now: Millis) -> LetterState {
        if self.is_draft {
            return LetterState::Draft;
        }
        self.once_out(now)
    }

    /// The state that it has as soon as it is out: what its first Note tells.
    pub fn once_out(&self, now: Millis) -> LetterState {
        if self.closes_at().is_some_and(|closes_at| closes_at <= now) {
            return LetterState::Closed;
        }
        self.decided
    }

    /// When it closes, or closed, by itself: the earlier of the two times.
    pub fn closes_at(&self) -> Option<Millis> {
        self.close_at.into_iter().chain(self.configured).min()
    }

    /// What the register says once a request is carried out.
    ///
    /// # Errors
    /// [`NoChange`] when it cannot be, or is already.
    pub fn after(&self, wish: Wish, now: Millis) -> std::result::Result<Self, NoChange> {
        use LetterState::{Closed, Draft, Open, Paused};

        let state = self.state(now);
        let to = |decided, close_at| Self {
            decided,
            close_at,
            ..*self
        };
        match (wish, state) {
            (_, Draft) => Err(NoChange::Draft),
            (Wish::Open, Closed) => self.not_by_configuration(now, to(Open, None)),
            (Wish::Open, Open) if self.close_at.is_none() => Err(NoChange::Already(state)),
            (Wish::Open, Open | Paused) => Ok(to(Open, None)),
            (Wish::Pause, Open) => Ok(to(Paused, self.close_at)),
            (Wish::Pause, Closed) => Err(NoChange::Closed),
            (Wish::Pause, Paused) | (Wish::Close | Wish::CloseAt(_), Closed) => {
                Err(NoChange::Already(state))
            }
            (Wish::Close, Open | Paused) => Ok(to(Closed, None)),
            (Wish::CloseAt(at), Open | Paused) => self.closing(at, now),
        }
    }

    /// Refuses to open what the configuration closed.
    fn not_by_configuration(
        &self,
        now: Millis,
        after: Self,
    ) -> std::result::Result<Self, NoChange> {
        match self.configured.filter(|at| *at <= now) {
            Some(at) => Err(NoChange::Configured(at)),
            None => Ok(after),
        }
    }

    fn closing(&self, at: Millis, now: Millis) -> std::result::Result<Self, NoChange> {
        if at <= now {
            return Err(NoChange::Past(at));
        }
        if let Some(before) = self.configured.filter(|before| *before <= at) {
            return Err(NoChange::ConfiguredBefore(before));
        }
        if self.close_at == Some(at) {
            return Err(NoChange::ClosesThen(at));
        }
        Ok(Self {
            close_at: Some(at),
            ..*self
        })
    }
}

/// Carries out a request, and queues an Update for everybody who has a copy of the letter, in this transaction. What
/// waited while the letter was paused is judged afterwards ([`judge_paused`](crate::register::maintenance::judge_again::judge_paused)).
///
/// # Errors
/// [`Error::NoChange`] when there is nothing to do.
pub async fn decide(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    random: &dyn Random,
    now: Millis,
    configured: Option<Millis>,
    (wish, by): (Wish, &str),
) -> Result<(LetterSchedule, PendingDeliveries)> {
    let opening = LetterSchedule::read(tx, configured).await?;
    let decided = opening.after(wish, now).map_err(Error::NoChange)?;
    tx.set_setting(STATE, decided.decided.as_str()).await?;
    let close_at = decided.close_at.map(|close_at| close_at.to_string());
    tx.set_setting(CLOSE_AT, &close_at.unwrap_or_default())
        .await?;
    let by_command = (wish == Wish::Close).then(|| now.to_string());
    tx.set_setting(CLOSED_AT, &by_command.unwrap_or_default())
        .await?;
    let (action, reason) = match wish {
        Wish::Open => (AuditAction::LetterOpen, None),
        Wish::Pause => (AuditAction::LetterPause, None),
        Wish::Close => (AuditAction::LetterClose, None),
        Wish::CloseAt(at) => (AuditAction::LetterClose, Some(format!("{CLOSES_AT}{at}"))),
    };
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action,
        code: None,
        target: AUDIT_TARGET.to_owned(),
        reason,
    };
    tx.add_audit(&audit).await?;
    let effects = tell(tx, urls, settings, random, now, decided.state(now)).await?;
    tx.changed(&[Topic::Letter]).await?;
    Ok((decided, effects))
}

/// The most changes of the state that are looked at.
const MOST_CHANGES: i64 = 1000;

/// What the letter became and when, oldest first: by commands, and by its closing times. It was open before.
pub async fn past_states(
    tx: &mut Tx,
    configured: Option<Millis>,
    now: Millis,
) -> Result<Vec<(Millis, LetterState)>> {
    let mut past = PastStates::default();
    let newest_first = tx.audit_entries(Some(AUDIT_TARGET), MOST_CHANGES).await?;
    for entry in newest_first.iter().rev() {
        past.close_by(entry.at);
        let closes = entry.reason.as_deref();
        let closes =
            closes.and_then(|reason| Millis::parse_rfc3339(reason.strip_prefix(CLOSES_AT)?));
        match entry.action.parse() {
            Ok(AuditAction::LetterOpen) => past.become_now(entry.at, LetterState::Open),
            Ok(AuditAction::LetterPause) => past.states.push((entry.at, LetterState::Paused)),
            Ok(AuditAction::LetterClose) if closes.is_some() => past.closes = closes,
            Ok(AuditAction::LetterClose) => past.become_now(entry.at, LetterState::Closed),
            Ok(_) | Err(_) => (),
        }
    }
    let schedule = LetterSchedule::read(tx, configured).await?;
    if let Some(since) = schedule.closed_since(now) {
        past.become_now(since, LetterState::Closed);
    }
    Ok(past.states)
}

/// What a letter became, while its history is read.
#[derive(Default)]
struct PastStates {
    states: Vec<(Millis, LetterState)>,
    /// The closing time that a command announced.
    closes: Option<Millis>,
}

impl PastStates {
    /// Closes the letter if its closing time came before this moment.
    fn close_by(&mut self, now: Millis) {
        if let Some(at) = self.closes.filter(|at| *at <= now) {
            self.become_now(at, LetterState::Closed);
        }
    }

    fn become_now(&mut self, at: Millis, state: LetterState) {
        self.closes = None;
        let last = self.states.last().map_or(LetterState::Open, |last| last.1);
        if last != state {
            self.states.push((at, state));
        }
    }
}

/// Whether the last Note that was sent tells another state than this one.
pub async fn is_untold(tx: &mut Tx, state: LetterState) -> Result<bool> {
    let last = tx.setting(SAID).await?;
    let told = last.as_deref().unwrap_or(said(LetterState::Open));
    Ok(told != said(state) && tx.current_revision().await?.is_some())
}

/// Sends one Update when the last Note tells another state than this one.
pub async fn tell(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    random: &dyn Random,
    now: Millis,
    state: LetterState,
) -> Result<PendingDeliveries> {
    if !is_untold(tx, state).await? {
        return Ok(PendingDeliveries::default());
    }
    tell_anew(tx, urls, settings, random, now, state).await
}

/// Sends one Update, because the Note says something else now; none before the letter was published.
pub async fn tell_anew(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    random: &dyn Random,
    now: Millis,
    state: LetterState,
) -> Result<PendingDeliveries> {
    let Some(revision) = tx.current_revision().await? else {
        return Ok(PendingDeliveries::default());
    };
    let text = Text::new(settings.read(&revision)?, urls);
    send(tx, urls, settings, random, now, (&revision, &text), state).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok(PendingDeliveries { queued: true })
}
