//! What administrators do with names: those of the letter's file, and those that came in by e-mail or on paper.

use crate::{
    clock::Millis,
    endorsement::names,
    hash::Salt,
    letter::{
        BadEntry, Collected, SignatorySource, SignatoryState, entered_affiliation, entered_name,
        entered_reference, entered_url,
    },
    random::{PublicId, Random},
    register::{
        error::{Error, Result},
        indexed_words::indexed_signatory,
    },
    store::{AuditAction, NewBulkAudit, NewSignatory, SignatoryRow, Topic, Tx},
    string_enum::words,
};

use super::{
    audit_target::{entry, note},
    decisions::{DecisionReason, ReasonCode},
    name_change::{NameChange, erase_words, keep_hashes, keep_hashes_if_off, keep_off, state_of},
};

words! {
    /// A decision about one name.
    pub enum SignatoryDecision {
        /// Takes it off the page.
        Hide = "hide",
        /// Brings a hidden one back.
        Unhide = "unhide",
        /// Moves it to the current text.
        Confirm = "confirm",
        /// Takes it off; the file does not bring it back, and its text is erased after a time, or at once.
        Remove = "remove",
    }
}

/// The state after a decision, or why that does not fit. `is_gone`: whether the file has the name no more.
pub const fn next_state(
    state: SignatoryState,
    is_gone: bool,
    decision: SignatoryDecision,
) -> std::result::Result<SignatoryState, &'static str> {
    use SignatoryDecision::{Confirm, Hide, Remove, Unhide};
    use SignatoryState::{Hidden, Listed, Removed, Withdrawn};
    match (decision, state) {
        (Hide, Listed) => Ok(Hidden),
        (Hide, Hidden) => Err("it is on no page"),
        (Unhide, Hidden) => Ok(if is_gone { Withdrawn } else { Listed }),
        (Unhide, Listed) => Err("it is on the page"),
        (Confirm, Listed) => Ok(Listed),
        (Confirm, Hidden) => Err("unhide it first"),
        (Remove, Listed | Hidden | Withdrawn) => Ok(Removed),
        (Hide | Unhide | Confirm, Withdrawn) => {
            Err("the file has it no more; it comes back with the file")
        }
        (Hide | Unhide | Confirm | Remove, Removed) => Err(
            "it was removed: until its text is erased `audit undo` brings it back; if the person signs again, \
             `signatory add` enters that",
        ),
    }
}

/// One decision: who takes it, and why.
#[derive(Clone, Debug)]
pub struct SignatoryOrder<'a> {
    /// What is decided.
    pub decision: SignatoryDecision,
    /// `--reason`.
    pub reason: Option<DecisionReason>,
    /// Whether a removed name is erased at once, because the person asked for it. Else its text stays until the purge, so
    /// that it can be taken back.
    pub erases: bool,
    /// `--as`, or the system user.
    pub by: &'a str,
    /// When.
    pub now: Millis,
    /// The salt of the hashes by which hidden and removed names are known.
    pub salt: &'a Salt,
}

/// Finds names by their public id, or a beginning of it; at most `limit`.
pub async fn find_signatories(tx: &mut Tx, what: &str, limit: i64) -> Result<Vec<SignatoryRow>> {
    /// Shorter ids find nothing: an empty variable in a script must not decide about anybody.
    const SHORTEST: usize = 4;
    if what.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    Ok(tx.find_signatories(what, limit).await?)
}

/// Carries out one decision about some names, with one audit entry: all of them or none. Returns the new rows, and the
/// entry's number.
///
/// # Errors
/// [`Error::Signatory`] and [`Error::AlreadyDecided`] change nothing (exit 4).
pub async fn decide_signatories(
    tx: &mut Tx,
    rows: &[SignatoryRow],
    order: &SignatoryOrder<'_>,
) -> Result<(Vec<SignatoryRow>, i64)> {
    let (mut done, mut noted) = (Vec::new(), Vec::new());
    for row in rows {
        let after = after_decision(tx, row, order).await?;
        let change = NameChange::new(row, &after);
        let id = row.public_id.to_string();
        if order.erases {
            // Earlier decisions about the name hold what it was, and may say who it is.
            tx.forget_undo_of(&id).await?;
            tx.forget_notes(std::slice::from_ref(&id)).await?;
        }
        noted.push((id, change.to_json().filter(|_| !order.erases)));
        done.push(after);
    }
    tx.save_signatories(&done).await?;
    let entry = NewBulkAudit {
        code: order.reason.as_ref().map(|reason| reason.code.to_string()),
        reason: order.reason.as_ref().and_then(|reason| reason.text.clone()),
        ..entry(action_of(order.decision), order.by, order.now)
    };
    let audit_id = note(tx, entry, &noted).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok((done, audit_id))
}

const fn action_of(decision: SignatoryDecision) -> AuditAction {
    match decision {
        SignatoryDecision::Hide => AuditAction::SignatoryHide,
        SignatoryDecision::Unhide => AuditAction::SignatoryUnhide,
        SignatoryDecision::Confirm => AuditAction::SignatoryConfirm,
        SignatoryDecision::Remove => AuditAction::SignatoryRemove,
    }
}

/// The row after a decision.
async fn after_decision(
    tx: &mut Tx,
    row: &SignatoryRow,
    order: &SignatoryOrder<'_>,
) -> Result<SignatoryRow> {
    let refuse = |why| Error::Signatory {
        id: row.public_id.clone(),
        state: state_of(row),
        why,
    };
    // What a moderator removed, the person can still ask to have erased.
    let erases_removed = order.erases && !row.name.is_empty();
    let state = match next_state(state_of(row), row.gone_at.is_some(), order.decision) {
        Ok(state) => state,
        Err(_) if erases_removed && order.decision == SignatoryDecision::Remove => {
            SignatoryState::Removed
        }
        Err(why) => {
            return Err(first_one(tx, row, order)
                .await?
                .unwrap_or_else(|| refuse(why)));
        }
    };
    let mut after = SignatoryRow {
        state: state.to_string(),
        ..row.clone()
    };
    match order.decision {
        SignatoryDecision::Hide => keep_off(&mut after, order.salt),
        SignatoryDecision::Unhide => keep_hashes_if_off(&mut after, order.salt),
        SignatoryDecision::Confirm => {
            let revisions = tx.revisions().await?;
            let current = revisions.last().ok_or(Error::NoLetter)?;
            let signed = revisions.iter().find(|it| it.number == row.revision);
            if signed.is_some_and(|signed| signed.same_as == current.same_as) {
                let first = first_one(tx, row, order).await?;
                return Err(first.unwrap_or_else(|| refuse("it signed the current text")));
            }
            after.revision = current.number;
        }
        SignatoryDecision::Remove => {
            let handle = row.handle.as_deref();
            tx.forget_links_of(&row.public_id, handle).await?;
            remove(&mut after, order);
        }
    }
    after.shown_words = indexed_signatory(&after);
    Ok(after)
}

/// The other administrator who took the same decision before.
async fn first_one(
    tx: &mut Tx,
    row: &SignatoryRow,
    order: &SignatoryOrder<'_>,
) -> Result<Option<Error>> {
    let last = tx
        .audit_entries(Some(row.public_id.as_str()), 1)
        .await?
        .pop();
    let action = format!("signatory.{}", order.decision);
    let last = last.filter(|entry| entry.action == action && entry.by != order.by);
    Ok(last.map(|entry| Error::AlreadyDecided {
        id: row.public_id.clone(),
        action: entry.action,
        by: entry.by,
        at: entry.at,
    }))
}

/// Removes a name. Its hashes stay, so that the file does not bring it back: but not those of a name by hand that was one
/// too many, because the other one may be in the file.
fn remove(row: &mut SignatoryRow, order: &SignatoryOrder<'_>) {
    let code = order.reason.as_ref().map(|reason| reason.code);
    let one_too_many = matches!(code, Some(ReasonCode::Duplicate | ReasonCode::Mistake));
    if row.source == SignatorySource::Manual.as_str() && one_too_many {
        (row.name_hash, row.handle_hash) = (None, None);
    } else if !row.name.is_empty() {
        keep_hashes(row, order.salt);
    }
    if order.erases {
        erase_words(row, order.now);
    }
}

/// A name that came in by e-mail or on paper.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameByHand {
    name: String,
    affiliation: Option<String>,
    url: Option<String>,
    collected: Collected,
    reference: String,
}

impl NameByHand {
    /// Checks what was entered.
    ///
    /// # Errors
    /// [`Error::BadEntry`] names the first value that is wrong.
    pub fn new(
        name: &str,
        affiliation: Option<&str>,
        url: Option<&str>,
        collected: Collected,
        reference: &str,
    ) -> Result<Self> {
        let field = |field| move |why: BadEntry| Error::BadEntry { field, why };
        let affiliation = affiliation.map(entered_affiliation).transpose();
        Ok(Self {
            name: entered_name(name).map_err(field("name"))?,
            affiliation: affiliation.map_err(field("affiliation"))?,
            url: url.map(entered_url).transpose().map_err(field("url"))?,
            collected,
            reference: entered_reference(reference).map_err(field("ref"))?,
        })
    }

    /// The name as it is shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as others look for it: what looks the same has the same.
    pub fn skeleton(&self) -> String {
        names::skeleton(&self.name)
    }

    /// Whether this row is the same name with the same proof.
    pub fn is_row(&self, row: &SignatoryRow) -> bool {
        self.name == row.name && row.reference.as_ref() == Some(&self.reference)
    }
}

/// Enters names for the current text, or for that of a draft, in whose list they stand from its launch on; with one audit
/// entry: of the only one, or of the whole import. Returns the rows, and the entry's number.
///
/// # Errors
/// The database failed.
pub async fn add_names(
    tx: &mut Tx,
    entered: &[NameByHand],
    random: &dyn Random,
    by: &str,
    now: Millis,
) -> Result<(Vec<SignatoryRow>, i64)> {
    let revision = tx
        .current_revision()
        .await?
        .map_or(1, |current| current.number);
    let rows = entered.iter().map(|entered| {
        let row = NewSignatory {
            public_id: PublicId::random(random),
            name: entered.name.clone(),
            skeleton: entered.skeleton(),
            handle: None,
            url: entered.url.clone(),
            affiliation: entered.affiliation.clone(),
            source: SignatorySource::Manual.to_string(),
            position: 0,
            line: None,
            revision,
            state: SignatoryState::Listed.to_string(),
            listed_at: now,
            gone_at: None,
            shown_words: String::new(),
            collected: Some(entered.collected.to_string()),
            reference: Some(entered.reference.clone()),
            name_hash: None,
            handle_hash: None,
            name_off_at: None,
        };
        NewSignatory {
            shown_words: indexed_signatory(&row),
            ..row
        }
    });
    let rows: Vec<_> = rows.collect();
    tx.save_signatories(&rows).await?;
    let action = match rows.as_slice() {
        [_only] => AuditAction::SignatoryAdd,
        _ => AuditAction::SignatoryImport,
    };
    let noted = rows.iter().map(|row| {
        let change = NameChange::entered(row);
        (row.public_id.to_string(), change.to_json())
    });
    let audit_id = note(tx, entry(action, by, now), &noted.collect::<Vec<_>>()).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok((rows, audit_id))
}

/// Changes of a name by hand; what is `None` stays, and an empty text clears.
#[derive(Clone, Copy, Debug, Default)]
pub struct NameEdit<'a> {
    /// `--name`.
    pub name: Option<&'a str>,
    /// `--affiliation`.
    pub affiliation: Option<&'a str>,
    /// `--url`.
    pub url: Option<&'a str>,
}

/// Changes a name by hand. Returns the new row with the audit entry; `None` when nothing differs.
///
/// # Errors
/// [`Error::Signatory`] for a name of the file, whose text the file has; [`Error::BadEntry`].
pub async fn edit_name(
    tx: &mut Tx,
    row: &SignatoryRow,
    edit: NameEdit<'_>,
    by: &str,
    now: Millis,
) -> Result<Option<(SignatoryRow, i64)>> {
    let refuse = |why| Error::Signatory {
        id: row.public_id.clone(),
        state: state_of(row),
        why,
    };
    if state_of(row) == SignatoryState::Removed {
        return Err(refuse("it was removed"));
    }
    if row.source != SignatorySource::Manual.as_str() {
        return Err(refuse(
            "its text comes from the letter's file; change it there, or hide it",
        ));
    }
    let field = |field| move |why: BadEntry| Error::BadEntry { field, why };
    let cleared = |text: &&str| !text.trim().is_empty();
    let mut after = row.clone();
    if let Some(name) = edit.name {
        after.name = entered_name(name).map_err(field("name"))?;
        after.skeleton = names::skeleton(&after.name);
    }
    if let Some(affiliation) = edit.affiliation {
        let affiliation = Some(affiliation).filter(cleared).map(entered_affiliation);
        after.affiliation = affiliation.transpose().map_err(field("affiliation"))?;
    }
    if let Some(url) = edit.url {
        let url = Some(url).filter(cleared).map(entered_url);
        after.url = url.transpose().map_err(field("url"))?;
    }
    after.shown_words = indexed_signatory(&after);
    if after == *row {
        return Ok(None);
    }
    tx.save_signatories(std::slice::from_ref(&after)).await?;
    let noted = (
        row.public_id.to_string(),
        NameChange::new(row, &after).to_json(),
    );
    let entry = entry(AuditAction::SignatoryEdit, by, now);
    let audit_id = note(tx, entry, &[noted]).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(Some((after, audit_id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_leads_to_the_page_or_is_the_persons_own() {
        use SignatoryDecision::{Confirm, Hide, Remove, Unhide};
        use SignatoryState::{Hidden, Listed, Removed, Withdrawn};
        let table = [
            (Listed, [Some(Hidden), None, Some(Listed), Some(Removed)]),
            (Hidden, [None, Some(Listed), None, Some(Removed)]),
            (Withdrawn, [None, None, None, Some(Removed)]),
            (Removed, [None, None, None, None]),
        ];
        for (state, expected) in table {
            let found = [Hide, Unhide, Confirm, Remove]
                .map(|decision| next_state(state, state == Withdrawn, decision).ok());
            assert_eq!(found, expected, "{state}");
        }
        assert_eq!(next_state(Hidden, true, Unhide), Ok(Withdrawn));
    }
}
