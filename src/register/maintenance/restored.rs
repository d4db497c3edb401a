//! What a restored backup may show: between the backup and now people may have left, and nothing in it says who.
//!
//! Likes count without a name until a new act. Posts count without a name until the sweep read them again, which it does
//! first. Who was erased on request stands in a list beside the database, which a lost database leaves behind. A backup
//! that was taken while no server ran is believed: nobody could leave then.
//!
//! Not here: the archive and the file of that list (`backup`), and what `status` says.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::{
    clock::Millis,
    endorsement::Cause,
    hash::{Salt, Sha256},
    letter::{SignatorySource, SignatoryState},
    random::PublicId,
    register::{
        error::{Error, Result},
        inbound::batch::Batch,
        letter::{launch::forget_preview, note::NoteSettings, subscribers},
        moderation::{
            decisions::{DecisionReason, ReasonCode},
            names_off::{NamedPeople, NamesOrder, NamesSwitch, switch_names_of},
            organisations::remove_organisation,
            people::{Person, erase},
            signatories::{SignatoryDecision, SignatoryOrder, decide_signatories},
        },
        restored::Restored,
        rules::Context,
    },
    store::{AuditAction, NewBulkAudit, NewSignatory, Topic, Tx},
    string_enum::words,
};

/// Limit of rows that are loaded at once.
const AT_ONCE: i64 = 200;

words! {
    /// What was taken off for good, or for now.
    pub enum ErasedKind {
        /// An account, with everything about it: `person erase`.
        Account = "account",
        /// The endorsement of an account: `endorsement withdraw --reason request`.
        Endorsement = "endorsement",
        /// A name of the letter's list, with its text: `signatory remove --reason request`, `person erase`.
        Name = "name",
        /// A name of the letter's list, whose text stays for a while: `signatory remove` for another reason.
        Removed = "removed",
        /// An organisation by hand: `organisation remove`.
        Organisation = "organisation",
        /// A name that is kept off and counts, or all names: `names off`.
        NameOff = "name-off",
        /// The end of that: `names on`.
        NameOn = "name-on",
    }
}

/// Somebody who was taken off, so that no backup brings them back: hashes alone, which nobody can test without the salt in
/// the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// When it was done, or a moment later.
    pub at: Millis,
    /// What.
    pub kind: ErasedKind,
    /// The salted hash of the id of the account, of the name or of the organisation.
    pub id: Sha256,
    /// The hashes by which the letter's file must not bring a name back: of the name, and of its handle.
    pub words: Option<(Sha256, Option<Sha256>)>,
}

impl Erased {
    /// An account, or its endorsement.
    pub fn account(salt: &Salt, kind: ErasedKind, actor: &str, at: Millis) -> Self {
        Self {
            at,
            kind,
            id: Sha256::salted(salt, actor),
            words: None,
        }
    }

    /// A name of the list, as its removal left it.
    pub fn name(salt: &Salt, kind: ErasedKind, row: &NewSignatory, at: Millis) -> Self {
        let words = row.name_hash.clone();
        Self {
            at,
            kind,
            id: Sha256::salted(salt, row.public_id.as_str()),
            words: words.map(|name| (name, row.handle_hash.clone())),
        }
    }
}

impl Erased {
    /// An organisation by hand.
    pub fn organisation(salt: &Salt, id: &PublicId, at: Millis) -> Self {
        Self::account(salt, ErasedKind::Organisation, id.as_str(), at)
    }
}

/// What stands for all names where an id is hashed: no account and no name has it.
const EVERYBODY: &str = "everybody";

impl Erased {
    /// That all names are off, or on again.
    pub fn everybody(salt: &Salt, switch: NamesSwitch, at: Millis) -> Self {
        Self::account(salt, kind_of(switch), EVERYBODY, at)
    }

    /// That the names of these people are off, or on again.
    pub fn people(salt: &Salt, switch: NamesSwitch, people: &NamedPeople, at: Millis) -> Vec<Self> {
        let kind = kind_of(switch);
        let accounts = people.accounts.iter();
        let accounts = accounts.map(|actor| Self::account(salt, kind, &actor.url, at));
        let names = people.names.iter();
        let names = names.map(|row| Self::name(salt, kind, row, at));
        accounts.chain(names).collect()
    }
}

const fn kind_of(switch: NamesSwitch) -> ErasedKind {
    match switch {
        NamesSwitch::Off => ErasedKind::NameOff,
        NamesSwitch::On => ErasedKind::NameOn,
    }
}

/// What a restore changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RestoreOutcome {
    /// Endorsements that are counted without a name until their post was read again.
    pub to_read: i64,
    /// Responses that are to be approved anew, because they may have been changed or deleted.
    pub responses: u64,
    /// Deliveries that would have published something, and were given up.
    pub dropped: u64,
    /// People, names and organisations that were taken off again, because they were after the backup.
    pub erased: usize,
    /// Since when all names are off; `None` when they are shown.
    pub names_off: Option<Millis>,
}

/// Makes a database that was restored fit to be served, in this transaction and before anybody else sees it.
pub async fn after_restore(
    tx: &mut Tx,
    context: &Context,
    settings: &NoteSettings,
    restored: &Restored,
    erased: &[Erased],
    by: &str,
) -> Result<RestoreOutcome> {
    let now = restored.at;
    let mut outcome = RestoreOutcome {
        // Also of a server that was stopped: it may have been started again since.
        dropped: tx.drop_publications(now).await?,
        ..RestoreOutcome::default()
    };
    if !restored.server_stopped {
        tx.narrow_restored().await?;
        outcome.responses = tx.unapprove_responses().await?;
        tx.end_subscriptions().await?;
        // They may have been told since.
        subscribers::note_told(tx, now).await?;
        tx.look_at_boosts_first().await?;
        derive_all(tx, context, now).await?;
        tx.verify_restored().await?;
    }
    // An address of the preview may have been renewed since, because it went about.
    forget_preview(tx).await?;
    // Before the backup was taken, it has nothing of them, or what they did since.
    let later: Vec<_> = erased
        .iter()
        .filter(|erased| erased.at >= restored.taken_at)
        .collect();
    if !later.is_empty() {
        outcome.erased = erase_accounts(tx, context, settings, now, &later, by).await?
            + remove_names(tx, context, now, &later, by).await?
            + remove_organisations(tx, context, now, &later, by).await?;
        Box::pin(switch_names_again(tx, context, now, &later, by)).await?;
    }
    outcome.names_off = tx.names_off().await?;
    outcome.to_read = tx.restored_to_read().await?;
    restored.write(tx).await?;
    tx.add_bulk_audit(&NewBulkAudit {
        at: now,
        by: by.to_owned(),
        action: AuditAction::BackupRestore,
        code: None,
        reason: Some(format!("a backup of {}", restored.taken_at)),
        count: None,
    })
    .await?;
    tx.changed(&[Topic::Register, Topic::Queue]).await?;
    Ok(outcome)
}

/// Derives every endorsement again.
async fn derive_all(tx: &mut Tx, context: &Context, now: Millis) -> Result<()> {
    let mut after = 0;
    loop {
        let rows = tx.endorsers_after(after, AT_ONCE).await?;
        let Some((last, _)) = rows.last().copied() else {
            return Ok(());
        };
        after = last;
        let actors: Vec<i64> = rows.iter().map(|(_, actor_id)| *actor_id).collect();
        let mut batch = Batch::of_actors(tx, context, now, &actors).await?;
        batch.each(|shared, actor| shared.settle(actor, Cause::Restored, None));
        batch.save(tx).await?;
    }
}

/// Takes the accounts off again that were taken off after the backup. Returns how many.
async fn erase_accounts(
    tx: &mut Tx,
    context: &Context,
    settings: &NoteSettings,
    now: Millis,
    erased: &[&Erased],
    by: &str,
) -> Result<usize> {
    let wanted: HashSet<(ErasedKind, &Sha256)> = erased
        .iter()
        .map(|erased| (erased.kind, &erased.id))
        .collect();
    let (mut whole, mut endorsements, mut after) = (Vec::new(), Vec::new(), 0);
    loop {
        let rows = tx.actors_after(after, AT_ONCE).await?;
        let Some((last, _)) = rows.last() else {
            break;
        };
        after = *last;
        for (id, url) in rows {
            let hash = Sha256::salted(&context.salt, &url);
            if wanted.contains(&(ErasedKind::Account, &hash)) {
                whole.push(id);
            } else if wanted.contains(&(ErasedKind::Endorsement, &hash)) {
                endorsements.push(id);
            }
        }
    }
    let mut batch = Batch::of_actors(tx, context, now, &endorsements).await?;
    batch.each(|shared, actor| {
        // The server that was lost told them already.
        shared.say_nothing(actor);
        shared.leave(actor, Cause::Withdrew);
    });
    batch.save(tx).await?;
    let reason = on_request();
    for id in &whole {
        let accounts = tx.actors_by_id(&[*id]).await?;
        let person = Person { accounts };
        erase(tx, context, settings, now, &person, (by, &reason)).await?;
    }
    Ok(whole.len() + endorsements.len())
}

/// Takes the names off again that were taken off after the backup, and keeps the letter's file from bringing back those
/// that the backup does not have. Returns how many.
async fn remove_names(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    erased: &[&Erased],
    by: &str,
) -> Result<usize> {
    let of_names = |erased: &&&Erased| match erased.kind {
        ErasedKind::Name | ErasedKind::Removed => true,
        ErasedKind::Account
        | ErasedKind::Endorsement
        | ErasedKind::Organisation
        | ErasedKind::NameOff
        | ErasedKind::NameOn => false,
    };
    let mut wanted: HashMap<&Sha256, &Erased> = erased
        .iter()
        .filter(of_names)
        .map(|erased| (&erased.id, *erased))
        .collect();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (rows, last) = tx.signatories(after, AT_ONCE).await?;
        if last.is_none() {
            break;
        }
        after = last;
        for row in rows {
            let hash = Sha256::salted(&context.salt, row.public_id.as_str());
            if let Some(erased) = wanted.remove(&hash) {
                let is_off = row.state == SignatoryState::Removed.as_str();
                if !row.name.is_empty() && (!is_off || erased.kind == ErasedKind::Name) {
                    found.push((row, erased));
                }
            }
        }
    }
    for (row, erased) in &found {
        let order = SignatoryOrder {
            decision: SignatoryDecision::Remove,
            reason: Some(match erased.words {
                Some(_) => on_request(),
                // A name by hand that was one too many leaves no hash.
                None => coded(ReasonCode::Mistake),
            }),
            erases: erased.kind == ErasedKind::Name,
            by,
            now,
            salt: &context.salt,
        };
        decide_signatories(tx, std::slice::from_ref(row), &order).await?;
    }
    let unknown = wanted.into_values().filter_map(|erased| {
        let (name, handle) = erased.words.clone()?;
        let state = SignatoryState::Removed;
        Some(name_of_nobody(context, now, state, (name, handle)))
    });
    let unknown: Vec<_> = unknown.collect();
    // Names come from the file of a letter only once it was published.
    if tx.current_revision().await?.is_some() {
        tx.save_signatories(&unknown).await?;
    }
    Ok(found.len())
}

/// Takes the organisations by hand off again that were removed after the backup. Returns how many.
async fn remove_organisations(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    erased: &[&Erased],
    by: &str,
) -> Result<usize> {
    let wanted = erased
        .iter()
        .filter(|erased| erased.kind == ErasedKind::Organisation);
    let wanted: HashSet<&Sha256> = wanted.map(|erased| &erased.id).collect();
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut all = tx.find_organisations("", i64::MAX).await?;
    all.retain(|row| {
        let hash = Sha256::salted(&context.salt, row.public_id.as_str());
        row.removed_at.is_none() && wanted.contains(&hash)
    });
    for row in &all {
        remove_organisation(tx, row, coded(ReasonCode::Other), by, now).await?;
    }
    Ok(all.len())
}

/// Takes the names off again, or shows them again, as it was decided after the backup: the last word about each holds. Nothing
/// is sent about it.
async fn switch_names_again(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    later: &[&Erased],
    by: &str,
) -> Result<()> {
    let mut last: HashMap<&Sha256, (NamesSwitch, &Erased)> = HashMap::new();
    for erased in later {
        match erased.kind {
            ErasedKind::NameOff => last.insert(&erased.id, (NamesSwitch::Off, erased)),
            ErasedKind::NameOn => last.insert(&erased.id, (NamesSwitch::On, erased)),
            ErasedKind::Account
            | ErasedKind::Endorsement
            | ErasedKind::Name
            | ErasedKind::Removed
            | ErasedKind::Organisation => None,
        };
    }
    let everybody = Sha256::salted(&context.salt, EVERYBODY);
    if let Some((switch, erased)) = last.remove(&everybody) {
        let since = (switch == NamesSwitch::Off).then_some(erased.at);
        tx.set_names_off(since).await?;
    }
    if last.is_empty() {
        return Ok(());
    }
    let mut people: [(NamesSwitch, NamedPeople); 2] =
        [NamesSwitch::Off, NamesSwitch::On].map(|switch| (switch, NamedPeople::default()));
    let mut wanted = |id: &str| last.remove(&Sha256::salted(&context.salt, id));
    let (mut after, mut accounts) = (0, Vec::new());
    loop {
        let rows = tx.actors_after(after, AT_ONCE).await?;
        let Some((newest, _)) = rows.last() else {
            break;
        };
        after = *newest;
        for (id, url) in rows {
            accounts.extend(wanted(&url).map(|(switch, _)| (switch, id)));
        }
    }
    let mut after = None;
    loop {
        let (rows, newest) = tx.signatories(after, AT_ONCE).await?;
        if newest.is_none() {
            break;
        }
        after = newest;
        for row in rows {
            if let Some((switch, _)) = wanted(row.public_id.as_str()) {
                for (_, people) in people.iter_mut().filter(|(of, _)| *of == switch) {
                    people.names.push(row.clone());
                }
            }
        }
    }
    for (switch, people) in &mut people {
        let ids = accounts.iter().filter(|(of, _)| of == switch);
        let ids: Vec<i64> = ids.map(|(_, id)| *id).collect();
        people.accounts = tx.actors_by_id(&ids).await?;
        let order = NamesOrder {
            switch: *switch,
            reason: None,
            by,
            now,
        };
        match Box::pin(switch_names_of(tx, context, people, &order)).await {
            // The backup has them so.
            Ok(_) | Err(Error::NamesUnchanged(_)) => (),
            Err(error) => return Err(error),
        }
    }
    // Names that came after the backup, and that the file brings again.
    let unknown = last.into_values().filter_map(|(switch, erased)| {
        let words = erased.words.clone()?;
        let state = SignatoryState::Withdrawn;
        (switch == NamesSwitch::Off).then(|| NewSignatory {
            name_off_at: Some(erased.at),
            ..name_of_nobody(context, now, state, words)
        })
    });
    let unknown: Vec<_> = unknown.collect();
    if tx.current_revision().await?.is_some() {
        tx.save_signatories(&unknown).await?;
    }
    Ok(())
}

/// A name of which only the hashes are known.
fn name_of_nobody(
    context: &Context,
    now: Millis,
    state: SignatoryState,
    (name, handle): (Sha256, Option<Sha256>),
) -> NewSignatory {
    NewSignatory {
        public_id: PublicId::random(context.random.as_ref()),
        name: String::new(),
        skeleton: String::new(),
        handle: None,
        url: None,
        affiliation: None,
        source: SignatorySource::Letter.to_string(),
        position: 0,
        line: None,
        revision: context.rules.revision,
        state: state.to_string(),
        listed_at: now,
        gone_at: Some(now),
        shown_words: String::new(),
        collected: None,
        reference: None,
        name_hash: Some(name),
        handle_hash: handle,
        name_off_at: None,
    }
}

const fn coded(code: ReasonCode) -> DecisionReason {
    DecisionReason { code, text: None }
}

const fn on_request() -> DecisionReason {
    coded(ReasonCode::Request)
}
