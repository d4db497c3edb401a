//! Taking over the names of the letter's source, never its text.

use super::{
    signatories::{NamesFile, compare_names},
    still_in_file::StillInFile,
};
use crate::{
    clock::Millis,
    hash::Salt,
    letter::{Digest, Letter},
    random::Random,
    register::{
        error::{Error, Result, SyncDoubt},
        maintenance::links::look_at_names,
    },
    store::{AuditAction, NewAudit, Topic, Tx},
};

/// So many names may always go at once, and a fifth of the list.
const MAY_GO: usize = 20;
/// So many names may always come at once, and as many as the list has.
const MAY_COME: usize = 500;
/// The part of the lines that may be unread, as one of so many.
const MAY_BE_UNREAD: usize = 20;

/// A request to take over the names of a source.
#[derive(Clone, Copy, Debug)]
pub struct SyncOrder<'a> {
    /// The source, as it was read.
    pub letter: &'a Letter,
    /// The digests by which its text may be known: with the pictures beside `letter.file`, and without.
    pub digests: &'a [Digest],
    /// Whether it is kept on GitHub.
    pub on_github: bool,
    /// The salt of the hashes by which hidden and removed names are known.
    pub salt: &'a Salt,
    /// Where a redirect led, if that is another repository.
    pub moved_to: Option<&'a str>,
    /// Whether somebody looked at it (`--yes`): then nothing is refused.
    pub confirmed: bool,
    /// `--as`, the system user, or `serve`.
    pub by: &'a str,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Names that were added to the list.
    pub joined: usize,
    /// Names that were removed from the list.
    pub gone: usize,
    /// Names of the source that an administrator hid or removed, and that stay so.
    pub kept_off: usize,
    /// Whether the text was never published: then only those who left were taken over.
    pub is_unpublished: bool,
    /// New names that wait for the text.
    pub waiting: usize,
}

/// Takes over the names of a source. New names are given for the revision whose text the source has; if that was never
/// published, only those who left are taken over.
///
/// # Errors
/// [`Error::NoLetter`]; [`Error::SyncRefused`] when that much changes that somebody has to look at it.
pub async fn sync(
    tx: &mut Tx,
    random: &dyn Random,
    now: Millis,
    order: SyncOrder<'_>,
) -> Result<Synced> {
    let current = tx.current_revision().await?.ok_or(Error::NoLetter)?;
    let digests: Vec<String> = order.digests.iter().map(Digest::to_string).collect();
    let revisions = tx.revisions().await?;
    let published = revisions
        .iter()
        .rfind(|revision| digests.contains(&revision.digest))
        .map(|revision| revision.number);
    let file = NamesFile {
        letter: order.letter,
        on_github: order.on_github,
        revision: published.unwrap_or(current.number),
        salt: order.salt,
    };
    let mut names = compare_names(tx, file, random, now).await?;
    let mut synced = Synced {
        joined: names.joined,
        gone: names.gone.len(),
        kept_off: names.kept_off,
        is_unpublished: published.is_none(),
        waiting: 0,
    };
    if synced.is_unpublished {
        names.present.clear();
        (synced.joined, synced.waiting) = (0, names.joined);
    }
    let mut doubts = doubts(&synced, names.known, order.letter, order.moved_to);
    if synced.gone > 0 && tx.names_off().await?.is_some() {
        doubts.push(SyncDoubt::NamesOff { gone: synced.gone });
    }
    if !doubts.is_empty() && !order.confirmed {
        return Err(Error::SyncRefused(doubts));
    }
    tx.save_signatories(&names.present).await?;
    tx.save_signatories(&names.gone).await?;
    tx.save_signatories(&names.removed).await?;
    StillInFile::note(tx, names.to_take_out).await?;
    if synced.joined + synced.gone > 0 {
        look_at_names(tx, now).await?;
    }
    if synced.joined + synced.gone > 0 {
        let audit = NewAudit {
            at: now,
            by: order.by.to_owned(),
            action: AuditAction::SignatorySync,
            code: None,
            target: format!("revision-{}", file.revision),
            reason: Some(format!("+{} -{}", synced.joined, synced.gone)),
        };
        tx.add_audit(&audit).await?;
    }
    if !names.present.is_empty() || !names.gone.is_empty() {
        tx.changed(&[Topic::Register]).await?;
    }
    Ok(synced)
}

/// What somebody has to look at before it is taken over. `known`: the names of the list so far.
fn doubts(
    synced: &Synced,
    known: usize,
    letter: &Letter,
    moved_to: Option<&str>,
) -> Vec<SyncDoubt> {
    let &Synced { joined, gone, .. } = synced;
    let unread = letter.unread.len();
    let lines = letter.signatories.len() + unread;
    let mut doubts = Vec::new();
    if gone > MAY_GO.max(known / 5) {
        doubts.push(SyncDoubt::ManyGo { gone, known });
    }
    if joined > MAY_COME.max(known) {
        doubts.push(SyncDoubt::ManyCome { joined, known });
    }
    if unread * MAY_BE_UNREAD > lines {
        doubts.push(SyncDoubt::Unread { unread, lines });
    }
    doubts.extend(moved_to.map(|to| SyncDoubt::Moved(to.to_owned())));
    doubts
}

/// The setting with the validator of the source that was taken over last.
const VALIDATOR: &str = "signatory_source";
/// The setting with what keeps the names from being taken over.
const TROUBLE: &str = "signatory_trouble";
/// Longest validator that is kept, in bytes.
const MAX_VALIDATOR: usize = 1024;

/// The validator (`ETag`, RFC 9110, section 8.8.3) of the source as it was taken over last, if that was read in the same way:
/// `how` names address and settings.
pub async fn last_validator(tx: &mut Tx, how: &str) -> crate::store::Result<Option<String>> {
    let stored = tx.setting(VALIDATOR).await?.unwrap_or_default();
    let validator = stored.strip_prefix(how);
    Ok(validator
        .and_then(|rest| rest.strip_prefix(' '))
        .map(str::to_owned))
}

/// Keeps the validator of a source that was taken over whole.
pub async fn keep_validator(
    tx: &mut Tx,
    how: &str,
    validator: Option<&str>,
) -> crate::store::Result<()> {
    let validator = validator.filter(|text| text.len() <= MAX_VALIDATOR);
    let kept = validator.map_or_else(String::new, |text| format!("{how} {text}"));
    tx.set_setting(VALIDATOR, &kept).await
}

/// Forgets the last sync: the names come from somewhere else now.
pub(super) async fn forget_last_sync(tx: &mut Tx) -> Result<()> {
    for setting in [VALIDATOR, TROUBLE] {
        if tx
            .setting(setting)
            .await?
            .is_some_and(|text| !text.is_empty())
        {
            tx.set_setting(setting, "").await?;
        }
    }
    Ok(())
}

/// What keeps the names of the source from being taken over, for `status`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SyncTrouble {
    /// Since when.
    pub at: Millis,
    /// One sentence, with the command that helps.
    pub problem: String,
}

impl SyncTrouble {
    /// What the last sync found.
    pub async fn read(tx: &mut Tx) -> crate::store::Result<Option<Self>> {
        let stored = tx.setting(TROUBLE).await?.unwrap_or_default();
        let (at, problem) = stored.split_once(' ').unwrap_or_default();
        Ok(at.parse().ok().map(|at| Self {
            at: Millis::from_millis(at),
            problem: problem.to_owned(),
        }))
    }

    /// Notes what this sync found; `None` when all is well. Returns whether that is news.
    pub async fn note(
        tx: &mut Tx,
        problem: Option<&str>,
        now: Millis,
    ) -> crate::store::Result<bool> {
        let known = Self::read(tx).await?.map(|trouble| trouble.problem);
        if known.as_deref() == problem {
            return Ok(false);
        }
        let stored = problem.map_or_else(String::new, |text| format!("{} {text}", now.as_millis()));
        tx.set_setting(TROUBLE, &stored).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_is_too_large_for_nobody_to_look_at_is_doubted() {
        let lines = |names: usize, unread: usize| {
            let letters = (0..names)
                .filter_map(|n| char::from_u32(u32::from('A') + u32::try_from(n % 26).ok()?));
            let names = letters
                .enumerate()
                .map(|(n, letter)| format!("- {letter}{} Doe\n", "o".repeat(n + 1)));
            let unread = (0..unread).map(|n| format!("- https://nobody.example/{n}\n"));
            let list: String = names.chain(unread).collect();
            crate::letter::parse(format!("# T\n\nText\n\nSigned,\n\n{list}").as_bytes(), None)
                .unwrap()
        };
        let check = |(joined, gone, known): (usize, usize, usize), expected: &[&str]| {
            let synced = Synced {
                joined,
                gone,
                ..Synced::default()
            };
            let found = doubts(&synced, known, &lines(3, 0), None);
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "+{joined} -{gone} of {known}");
        };
        check((0, 20, 20), &[]);
        check((0, 21, 21), &["21 of 21 names would go"]);
        check((0, 20, 100), &[]);
        check((0, 21, 100), &["21 of 100 names would go"]);
        check((0, 200, 1000), &[]);
        check((0, 201, 1000), &["201 of 1000 names would go"]);
        check((500, 0, 0), &[]);
        check((501, 0, 499), &["501 names would come to a list of 499"]);
        check((1000, 0, 1000), &[]);
        check(
            (1001, 0, 1000),
            &["1001 names would come to a list of 1000"],
        );
        for (names, unread, doubted) in
            [(19, 1, false), (18, 1, true), (38, 2, false), (0, 0, false)]
        {
            let letter = lines(names, unread);
            assert_eq!(letter.unread.len(), unread, "{names}");
            let found = doubts(&Synced::default(), 1, &letter, None);
            assert_eq!(!found.is_empty(), doubted, "{names} {unread}");
        }
        let moved = doubts(&Synced::default(), 1, &lines(3, 0), Some("other/re"));
        assert_eq!(moved, [SyncDoubt::Moved("other/re".to_owned())]);
    }
}
