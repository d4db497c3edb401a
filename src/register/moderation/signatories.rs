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
        letter::signatories::HashedName,
        moderation::decisions::{DecisionReason, ReasonCode},
    },
    store::{NewAudit, NewSignatory, SignatoryRow, Topic, Tx},
    string_enum::words,
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
        /// Takes it off and erases it; the file does not bring it back.
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
        (Hide | Unhide | Confirm | Remove, Removed) => {
            Err("its text is erased; if the person signs again, `signatory add` enters that")
        }
    }
}

/// One decision: who takes it, and why.
#[derive(Clone, Debug)]
pub struct SignatoryOrder<'a> {
    /// What is decided.
    pub decision: SignatoryDecision,
    /// `--reason`.
    pub reason: Option<DecisionReason>,
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

/// Carries out one decision, with its audit entry. Returns the new row.
///
/// # Errors
/// [`Error::Signatory`] and [`Error::AlreadyDecided`] change nothing (exit 4).
pub async fn decide_signatory(
    tx: &mut Tx,
    row: &SignatoryRow,
    order: &SignatoryOrder<'_>,
) -> Result<SignatoryRow> {
    let refuse = |why| Error::Signatory {
        id: row.public_id.clone(),
        state: state_of(row),
        why,
    };
    let state = match next_state(state_of(row), row.gone_at.is_some(), order.decision) {
        Ok(state) => state,
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
        SignatoryDecision::Hide => {
            // A name by hand is in no file that could bring it back.
            if row.source != SignatorySource::Manual.as_str() {
                keep_hashes(&mut after, order.salt);
            }
        }
        SignatoryDecision::Unhide => (after.name_hash, after.handle_hash) = (None, None),
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
            erase(&mut after, order);
        }
    }
    after.shown_words = indexed_signatory(&after);
    tx.save_signatories(std::slice::from_ref(&after)).await?;
    audit(tx, order.decision.as_str(), row.public_id.as_str(), order).await?;
    tx.changed(&[Topic::Register]).await?;
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

/// Erases the text of a name at once. Its hashes stay, so that the file does not bring it back: but not those of a
/// name by hand that was one too many, because the other one may be in the file.
fn erase(row: &mut SignatoryRow, order: &SignatoryOrder<'_>) {
    let code = order.reason.as_ref().map(|reason| reason.code);
    let one_too_many = matches!(code, Some(ReasonCode::Duplicate | ReasonCode::Mistake));
    if row.source == SignatorySource::Manual.as_str() && one_too_many {
        (row.name_hash, row.handle_hash) = (None, None);
    } else if !row.name.is_empty() {
        keep_hashes(row, order.salt);
    }
    row.gone_at = row.gone_at.or(Some(order.now));
    row.name = String::new();
    row.skeleton = String::new();
    (row.handle, row.url, row.affiliation, row.reference) = (None, None, None, None);
    (row.position, row.line) = (0, None);
}

fn keep_hashes(row: &mut SignatoryRow, salt: &Salt) {
    let hashes = HashedName::of(salt, &row.name, row.handle.as_deref());
    (row.name_hash, row.handle_hash) = (Some(hashes.name), hashes.handle);
}

/// The state of a stored name: what the database has is one of its words.
fn state_of(row: &SignatoryRow) -> SignatoryState {
    row.state.parse().unwrap_or(SignatoryState::Removed)
}

/// A name that came in by e-mail or on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Enters names for the current text, with one audit entry: of the only one, or of the whole import.
///
/// # Errors
/// [`Error::NoLetter`].
pub async fn add_names(
    tx: &mut Tx,
    entered: &[NameByHand],
    random: &dyn Random,
    by: &str,
    now: Millis,
) -> Result<Vec<SignatoryRow>> {
    let revision = tx.current_revision().await?.ok_or(Error::NoLetter)?.number;
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
        };
        NewSignatory {
            shown_words: indexed_signatory(&row),
            ..row
        }
    });
    let rows: Vec<_> = rows.collect();
    tx.save_signatories(&rows).await?;
    let (action, target, reason) = match rows.as_slice() {
        [] => return Ok(rows),
        [only] => ("signatory.add", only.public_id.to_string(), None),
        several => {
            let reason = format!("+{}", several.len());
            (
                "signatory.import",
                format!("revision-{revision}"),
                Some(reason),
            )
        }
    };
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action: action.to_owned(),
        code: None,
        target,
        reason,
    };
    tx.add_audit(&audit).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(rows)
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

/// Changes a name by hand. Returns the new row; `None` when nothing differs.
///
/// # Errors
/// [`Error::Signatory`] for a name of the file, whose text the file has; [`Error::BadEntry`].
pub async fn edit_name(
    tx: &mut Tx,
    row: &SignatoryRow,
    edit: NameEdit<'_>,
    by: &str,
    now: Millis,
) -> Result<Option<SignatoryRow>> {
    let refuse = |why| Error::Signatory {
        id: row.public_id.clone(),
        state: state_of(row),
        why,
    };
    if state_of(row) == SignatoryState::Removed {
        return Err(refuse("its text is erased"));
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
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action: "signatory.edit".to_owned(),
        code: None,
        target: row.public_id.to_string(),
        reason: None,
    };
    tx.add_audit(&audit).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(Some(after))
}

async fn audit(tx: &mut Tx, action: &str, target: &str, order: &SignatoryOrder<'_>) -> Result<()> {
    let audit = NewAudit {
        at: order.now,
        by: order.by.to_owned(),
        action: format!("signatory.{action}"),
        code: order.reason.as_ref().map(|reason| reason.code.to_string()),
        target: target.to_owned(),
        reason: order.reason.as_ref().and_then(|reason| reason.text.clone()),
    };
    tx.add_audit(&audit).await?;
    Ok(())
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
