//! Names off: what organisers do when those who signed are attacked. Everybody still counts, and nothing public names
//! anybody; or nothing names single people.
//!
//! All at once is one switch, which every public list asks. A single account is counted without its name until
//! `names on` names it, whatever it does meanwhile; what it asked for itself (*hide me*) stays beside that. A single name of
//! the letter's list stays off when the file is read again.
//!
//! Not here: what is public (`store::public_lists`).

use crate::{
    clock::Millis,
    endorsement::{Cause, policy::LetterState},
    letter::SignatoryState,
    register::{
        error::{Error, NamesUnchanged, Result},
        inbound::batch::Batch,
        indexed_words::indexed_signatory,
        letter::{letter_state::tell_anew, note::NoteSettings},
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{ActorRow, AuditAction, NewBulkAudit, SignatoryRow, Topic, Tx},
    string_enum::words,
};

use super::{
    audit_target::{NotedTarget, entry, note},
    decisions::DecisionReason,
    name_change::{keep_hashes_if_off, state_of},
};

/// The name of all names in the audit log.
const EVERYBODY: &str = "everybody";

words! {
    /// Whether names are shown.
    pub enum NamesSwitch {
        /// They are taken off everything public.
        Off = "off",
        /// They are shown again, as far as they were before.
        On = "on",
    }
}

/// One order: what is done, by whom, and why.
#[derive(Clone, Copy, Debug)]
pub struct NamesOrder<'a> {
    /// Off or on.
    pub switch: NamesSwitch,
    /// `--reason`.
    pub reason: Option<&'a DecisionReason>,
    /// `--as`, or the system user.
    pub by: &'a str,
    /// When.
    pub now: Millis,
}

/// People whose names are meant: accounts, and names of the letter's own list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedPeople {
    /// The accounts, each with those that moved to it.
    pub accounts: Vec<ActorRow>,
    /// The names of the letter's own list.
    pub names: Vec<SignatoryRow>,
}

impl NamedPeople {
    /// Adds what stands in one line with them, because it is the same person: nothing of it may name them.
    pub async fn with_lines(self, tx: &mut Tx) -> Result<Self> {
        let mut names: Vec<String> = self
            .names
            .iter()
            .map(|row| row.public_id.to_string())
            .collect();
        let mut accounts: Vec<i64> = self.accounts.iter().map(|actor| actor.id).collect();
        accounts.extend(tx.accounts_in_line(&accounts, &names).await?);
        for id in accounts.clone() {
            accounts.extend(tx.accounts_of(id).await?);
        }
        accounts.sort_unstable();
        accounts.dedup();
        names.extend(tx.names_in_line(&accounts).await?);
        names.sort_unstable();
        names.dedup();
        let mut rows = tx.actors_by_id(&accounts).await?;
        rows.sort_by_key(|actor| actor.id);
        Ok(Self {
            accounts: rows,
            names: tx.signatories_by_id(&names).await?,
        })
    }
}

impl NamesOrder<'_> {
    const fn action(&self) -> AuditAction {
        match self.switch {
            NamesSwitch::Off => AuditAction::NamesOff,
            NamesSwitch::On => AuditAction::NamesOn,
        }
    }

    /// Since when a name is off after the order.
    fn after(&self) -> Option<Millis> {
        (self.switch == NamesSwitch::Off).then_some(self.now)
    }

    /// Whether the order changes anything about a name that is off since then.
    fn changes(&self, before: Option<Millis>) -> bool {
        before.is_some() != self.after().is_some()
    }

    /// The audit entry about these things.
    async fn audit(&self, tx: &mut Tx, noted: &[NotedTarget]) -> Result<i64> {
        let audit = NewBulkAudit {
            code: self.reason.map(|reason| reason.code.to_string()),
            reason: self.reason.and_then(|reason| reason.text.clone()),
            ..entry(self.action(), self.by, self.now)
        };
        note(tx, audit, noted).await
    }
}

/// Takes all names off, or shows them again, and sends the Note that says so to everybody who has a copy. Returns the
/// number of the audit entry. `state` is the letter's.
///
/// # Errors
/// [`Error::NamesUnchanged`] when it is so already.
pub async fn switch_names(
    tx: &mut Tx,
    context: &Context,
    settings: &NoteSettings,
    state: LetterState,
    order: &NamesOrder<'_>,
) -> Result<(i64, PendingDeliveries)> {
    let before = tx.names_off().await?;
    if !order.changes(before) {
        return Err(Error::NamesUnchanged(match before {
            Some(since) => NamesUnchanged::OffSince(since),
            None => NamesUnchanged::On,
        }));
    }
    tx.set_names_off(order.after()).await?;
    let audit = order.audit(tx, &[(EVERYBODY.to_owned(), None)]).await?;
    let (urls, random) = (context.urls.as_ref(), context.random.as_ref());
    let pending = tell_anew(tx, urls, settings, random, order.now, state).await?;
    // The rules know it, too.
    tx.changed(&[Topic::Register, Topic::Letter]).await?;
    Ok((audit, pending))
}

/// Takes the names of single people off, or shows them again. Returns those of whom that changed something, and the number of
/// the audit entry.
///
/// # Errors
/// [`Error::NamesUnchanged`] when it is so already of all of them.
pub async fn switch_names_of(
    tx: &mut Tx,
    context: &Context,
    people: &NamedPeople,
    order: &NamesOrder<'_>,
) -> Result<(NamedPeople, i64, PendingDeliveries)> {
    let mut accounts = people.accounts.clone();
    accounts.retain(|actor| order.changes(actor.name_off_at));
    let mut names = people.names.clone();
    names.retain(|row| order.changes(row.name_off_at));
    if accounts.is_empty() && names.is_empty() {
        return Err(Error::NamesUnchanged(match order.switch {
            NamesSwitch::Off => NamesUnchanged::AreOff,
            NamesSwitch::On => NamesUnchanged::AreOn,
        }));
    }
    for row in &mut names {
        row.name_off_at = order.after();
        // Those of a hidden or removed name keep it from coming back at all.
        if matches!(
            state_of(row),
            SignatoryState::Listed | SignatoryState::Withdrawn
        ) {
            keep_hashes_if_off(row, &context.salt);
        }
        row.shown_words = indexed_signatory(row);
    }
    tx.save_signatories(&names).await?;
    let ids: Vec<i64> = accounts.iter().map(|actor| actor.id).collect();
    let mut noted: Vec<NotedTarget> = Vec::new();
    for id in &ids {
        let entry = tx.endorsements_of(&[*id]).await?.pop();
        noted.extend(entry.map(|row| (row.public_id.to_string(), None)));
    }
    noted.extend(names.iter().map(|row| (row.public_id.to_string(), None)));
    let audit = order.audit(tx, &noted).await?;
    let mut batch = Batch::of_actors(tx, context, order.now, &ids).await?;
    batch.each(|shared, actor| {
        actor.note(|row| row.name_off_at = order.after());
        shared.settle(actor, Cause::Decision, Some(audit));
    });
    let pending = batch.save(tx).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok((NamedPeople { accounts, names }, audit, pending))
}
