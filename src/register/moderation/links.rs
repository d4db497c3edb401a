//! What administrators decide about links: that two entries are one person's, that they are not, and what taking that back
//! does.
//!
//! Not here: the looks (`federation::link_look`), without which nothing is linked.

use serde::{Deserialize, Serialize};

use super::change_record::LeftAlone;
use crate::{
    clock::Millis,
    endorsement::profile_links::LinkState,
    random::PublicId,
    register::{
        error::{Error, Result},
        maintenance::links::{LinkedWith, linked_row},
    },
    store::{AuditAction, LinkRow, LinkSubject, NewAudit, SignatoryRow, Topic, Tx},
};

/// What a decision changed, beside its entry in the audit log.
#[derive(Debug, Serialize, Deserialize)]
struct LinkRecord {
    before: Option<LinkRow>,
    after: Option<LinkRow>,
}

/// Links an endorser with a name of the letter's list, whose GitHub account was just seen to be the endorser's. Returns the
/// number of the audit entry.
///
/// # Errors
/// [`Error::NotPossible`] when the name has another account, is not listed, or is somebody else's.
pub async fn add_link(
    tx: &mut Tx,
    subject: &LinkSubject,
    signatory: &SignatoryRow,
    (account, number): (&str, i64),
    by: &str,
    now: Millis,
) -> Result<i64> {
    let refuse = |why: String| Error::NotPossible {
        id: subject.public_id.clone(),
        why,
    };
    let handle = signatory.handle.as_deref().unwrap_or_default();
    if !handle.eq_ignore_ascii_case(account) {
        return Err(refuse(format!(
            "its profile and GitHub link each other as {account}, and the letter's list has `{handle}` there"
        )));
    }
    let id = subject.endorsement_id;
    if tx.link_with_account(id).await?.is_some() {
        return Err(refuse(
            "it stands in one line with another account already".to_owned(),
        ));
    }
    let free = tx.signatory_free_for(&signatory.public_id, id).await?;
    let Some(signatory_id) = free else {
        return Err(refuse(format!(
            "the name {} is not listed, or linked with somebody else",
            signatory.public_id
        )));
    };
    let known = tx.link_of(id).await?;
    let with = LinkedWith::Github {
        name: account.to_owned(),
        id: number,
    };
    let row = LinkRow {
        signatory_id: Some(signatory_id),
        ..linked_row(tx, id, known.as_ref(), &with, now).await?
    };
    tx.save_link(&row).await?;
    let target = &subject.public_id;
    note(
        tx,
        AuditAction::LinkAdd,
        target,
        (known, Some(row)),
        by,
        now,
    )
    .await
}

/// Takes an endorser's link away, or says that there is none: no look brings it back, and nothing is suggested. Returns the
/// number of the audit entry.
///
/// # Errors
/// [`Error::NotPossible`] when it was done before.
pub async fn remove_link(
    tx: &mut Tx,
    endorsement: &PublicId,
    by: &str,
    now: Millis,
) -> Result<i64> {
    let refuse = |why: &str| Error::NotPossible {
        id: endorsement.clone(),
        why: why.to_owned(),
    };
    let named = tx.endorsement_row_id(endorsement).await?;
    let named = named.ok_or_else(|| refuse("it is no endorsement"))?;
    // Whoever names the second account means the pair.
    let (id, target) = match tx.link_with_account(named).await? {
        Some((row, first)) => (row.endorsement_id, first),
        None => (named, endorsement.clone()),
    };
    let known = tx.link_of(id).await?;
    if known
        .as_ref()
        .is_some_and(|row| row.state == LinkState::Removed)
    {
        return Err(refuse("its link was taken away already"));
    }
    let row = LinkRow {
        endorsement_id: id,
        state: LinkState::Removed,
        github: None,
        github_id: None,
        domain: None,
        signatory_id: None,
        other_id: None,
        looked_at: now,
        missed_at: None,
    };
    tx.save_link(&row).await?;
    note(
        tx,
        AuditAction::LinkRemove,
        &target,
        (known, Some(row)),
        by,
        now,
    )
    .await
}

async fn note(
    tx: &mut Tx,
    action: AuditAction,
    target: &PublicId,
    (before, after): (Option<LinkRow>, Option<LinkRow>),
    by: &str,
    now: Millis,
) -> Result<i64> {
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action,
        code: None,
        target: target.to_string(),
        reason: None,
    };
    let audit_id = tx.add_audit(&audit).await?;
    let undo = serde_json::to_string(&LinkRecord { before, after }).ok();
    tx.add_audit_targets(audit_id, &[(target.to_string(), undo)])
        .await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(audit_id)
}

/// Makes a link as it was before a decision, whose record this is.
///
/// # Errors
/// It changed since, or what it needs was erased: then nothing is changed.
pub(super) async fn take_link_back(
    tx: &mut Tx,
    record: &str,
) -> Result<std::result::Result<(), LeftAlone>> {
    let Ok(LinkRecord { before, after }) = serde_json::from_str(record) else {
        return Ok(Err(LeftAlone::Purged));
    };
    let Some(id) = before
        .as_ref()
        .or(after.as_ref())
        .map(|row| row.endorsement_id)
    else {
        return Ok(Err(LeftAlone::Purged));
    };
    // A look since then may have been another one, and found the same.
    let told = |row: Option<LinkRow>| {
        row.map(|row| LinkRow {
            looked_at: Millis::default(),
            missed_at: None,
            ..row
        })
    };
    if told(tx.link_of(id).await?) != told(after) {
        return Ok(Err(LeftAlone::Changed));
    }
    let Some(before) = before else {
        tx.remove_link(id).await?;
        tx.changed(&[Topic::Register]).await?;
        return Ok(Ok(()));
    };
    if !tx.link_fits(&before).await? {
        return Ok(Err(LeftAlone::Changed));
    }
    tx.save_link(&before).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(Ok(()))
}
