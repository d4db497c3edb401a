//! Organisations that wrote to an administrator: entered by hand or from a file, and removed.

use serde::{Deserialize, Serialize};

use super::{
    audit_target::{entry, note},
    change_record::LeftAlone,
    decisions::DecisionReason,
};
use crate::{
    clock::Millis,
    letter::{
        BadEntry, authority_of, entered_name, entered_reference, entered_website, without_scheme,
    },
    random::{PublicId, Random},
    register::{
        error::{Error, ListedOrganisation, Result},
        indexed_words::indexed_organisation,
    },
    store::{AuditAction, NewBulkAudit, OrganisationAccount, OrganisationRow, Topic, Tx},
};

/// What is entered of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationByHand {
    name: String,
    url: String,
    reference: String,
}

impl OrganisationByHand {
    /// Checks what was entered.
    ///
    /// # Errors
    /// [`Error::BadEntry`] names the first value that is wrong.
    pub fn new(name: &str, url: &str, reference: &str) -> Result<Self> {
        let field = |field| move |why: BadEntry| Error::BadEntry { field, why };
        Ok(Self {
            name: entered_name(name).map_err(field("name"))?,
            url: entered_website(url).map_err(field("url"))?,
            reference: entered_reference(reference).map_err(field("ref"))?,
        })
    }

    /// The name as it is shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address in the form in which addresses are compared.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// What the list has already of what is entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownOrganisations {
    by_hand: Vec<OrganisationRow>,
    accounts: Vec<OrganisationAccount>,
}

impl KnownOrganisations {
    /// Reads what the list has at the addresses of these organisations, and on their hosts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn read(tx: &mut Tx, entered: &[OrganisationByHand]) -> Result<Self> {
        const AT_ONCE: usize = 500;
        let mut known = Self::default();
        for some in entered.chunks(AT_ONCE) {
            let urls: Vec<String> = some.iter().map(|it| it.url.clone()).collect();
            let hosts = some.iter().map(|it| authority_of(&it.url).to_owned());
            let hosts: Vec<String> = hosts.collect();
            known.by_hand.extend(tx.organisations_at(&urls).await?);
            known
                .accounts
                .extend(tx.organisation_accounts(&hosts).await?);
        }
        Ok(known)
    }

    /// The entry that is this organisation: one by hand at the same address, an account whose profile is there, or one that
    /// is verified to belong to this website.
    pub fn same(&self, entered: &OrganisationByHand) -> Option<ListedOrganisation> {
        let by_hand = self.by_hand.iter().find(|row| row.url == entered.url);
        let by_hand = by_hand.map(|row| ListedOrganisation {
            id: row.public_id.clone(),
            name: row.name.clone(),
            address: without_scheme(&row.url).to_owned(),
        });
        by_hand.or_else(|| {
            let host = authority_of(&entered.url);
            self.account(|it| {
                let is_there = without_scheme(&it.url) == without_scheme(&entered.url);
                is_there || (it.verified && it.host == host)
            })
        })
    }

    /// An account on the server at this address, which may be the organisation's, or anybody's.
    pub fn neighbour(&self, entered: &OrganisationByHand) -> Option<ListedOrganisation> {
        let host = authority_of(&entered.url);
        self.account(|it| !it.verified && it.host == host)
    }

    fn account(&self, is: impl Fn(&OrganisationAccount) -> bool) -> Option<ListedOrganisation> {
        let account = self.accounts.iter().find(|account| is(account))?;
        Some(ListedOrganisation {
            id: account.public_id.clone(),
            name: account.handle.clone(),
            address: account.host.clone(),
        })
    }
}

/// Enters organisations, with one audit entry: of the only one, or of the whole import. Returns the rows, and the entry's
/// number.
///
/// # Errors
/// [`Error::OrganisationListed`] names the first one that is in the list; then nothing was written.
pub async fn add_organisations(
    tx: &mut Tx,
    entered: &[OrganisationByHand],
    random: &dyn Random,
    by: &str,
    now: Millis,
) -> Result<(Vec<OrganisationRow>, i64)> {
    let known = KnownOrganisations::read(tx, entered).await?;
    if let Some(listed) = entered.iter().find_map(|it| known.same(it)) {
        return Err(Error::OrganisationListed(listed));
    }
    let revision = tx.current_revision().await?;
    let revision = revision.map_or(1, |current| current.number);
    let rows = entered.iter().map(|it| OrganisationRow {
        public_id: PublicId::random(random),
        shown_words: indexed_organisation(&it.name, &it.url),
        name: it.name.clone(),
        url: it.url.clone(),
        reference: it.reference.clone(),
        revision,
        added_at: now,
        removed_at: None,
    });
    let rows: Vec<_> = rows.collect();
    tx.save_organisations(&rows).await?;
    let action = match rows.as_slice() {
        [_only] => AuditAction::OrganisationAdd,
        _ => AuditAction::OrganisationImport,
    };
    let noted = rows.iter().map(|row| {
        let change = ListingChange::Entered.to_json();
        (row.public_id.to_string(), change)
    });
    let noted: Vec<_> = noted.collect();
    let audit_id = note(tx, entry(action, by, now), &noted).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok((rows, audit_id))
}

/// Finds organisations by hand by their public id, or a beginning of it; at most `limit`.
///
/// # Errors
/// The database failed.
pub async fn find_organisations(
    tx: &mut Tx,
    what: &str,
    limit: i64,
) -> Result<Vec<OrganisationRow>> {
    /// Shorter ids find nothing: an empty variable in a script must not decide about anybody.
    const SHORTEST: usize = 4;
    if what.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    Ok(tx.find_organisations(what, limit).await?)
}

/// Takes an organisation by hand off the list. Its row stays until the removal cannot be taken back any more.
///
/// # Errors
/// [`Error::OrganisationRemoved`] when it is off already.
pub async fn remove_organisation(
    tx: &mut Tx,
    row: &OrganisationRow,
    reason: DecisionReason,
    by: &str,
    now: Millis,
) -> Result<(OrganisationRow, i64)> {
    if row.removed_at.is_some() {
        return Err(Error::OrganisationRemoved(row.public_id.clone()));
    }
    let after = OrganisationRow {
        removed_at: Some(now),
        ..row.clone()
    };
    tx.save_organisations(std::slice::from_ref(&after)).await?;
    let entry = NewBulkAudit {
        code: Some(reason.code.to_string()),
        reason: reason.text,
        ..entry(AuditAction::OrganisationRemove, by, now)
    };
    let noted = (row.public_id.to_string(), ListingChange::Removed.to_json());
    let audit_id = note(tx, entry, &[noted]).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok((after, audit_id))
}

/// What a decision changed of an organisation by hand: stored with its audit entry, so that it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ListingChange {
    /// It was entered.
    Entered,
    /// It was taken off.
    Removed,
}

impl ListingChange {
    /// As it is stored.
    fn to_json(self) -> Option<String> {
        serde_json::to_string(&self).ok()
    }

    /// Reads what was stored.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The row as it was before. `is_taken`: whether another one is listed at its address meanwhile.
    ///
    /// # Errors
    /// [`LeftAlone::Changed`] when somebody decided otherwise since.
    pub(super) fn taken_back(
        self,
        row: &OrganisationRow,
        is_taken: bool,
        now: Millis,
    ) -> std::result::Result<OrganisationRow, LeftAlone> {
        let removed_at = match (self, row.removed_at) {
            (Self::Entered, None) => Some(now),
            (Self::Removed, Some(_)) if !is_taken => None,
            (Self::Entered, Some(_)) | (Self::Removed, _) => return Err(LeftAlone::Changed),
        };
        Ok(OrganisationRow {
            removed_at,
            ..row.clone()
        })
    }
}
