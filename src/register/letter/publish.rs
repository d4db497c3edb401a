//! The letter: publishing its text, and importing its list of names.

use super::{
    announcements::{PostAudience, PostManner, audit, say},
    change_post,
    note::{NoteSettings, Text},
    send_note::send,
    signatories::{NameChanges, NamesFile, compare_names, take_over_notes},
    still_in_file::StillInFile,
    sync::forget_last_sync,
};
use crate::{
    activitystreams::{self, Urls},
    clock::Millis,
    endorsement::policy::LetterState,
    hash::Salt,
    letter::{Letter, LetterPicture, diff::diff, typo},
    random::Random,
    register::{
        error::{Error, MoreThanTypo, Result},
        maintenance::links::look_at_names,
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
    },
    store::{AuditAction, NewAudit, RevisionRow, Topic, Tx},
    string_enum::words,
};

/// The letter's id as a path.
pub const LETTER_PATH: &str = activitystreams::paths::LETTER;

words! {
    /// What a new revision is.
    pub enum RevisionKind {
        /// The first text.
        First = "first",
        /// A correction: all endorsements are carried over.
        Typo = "typo",
        /// Another text: earlier endorsements stay with the text that they were given for.
        Substantive = "substantive",
    }
}

/// What happens to a correction that changes more than a typo may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is refused.
    Refuses,
    /// It is published: somebody looked at it (`--yes`).
    Overruled,
}

/// A request to publish a file as the letter.
#[derive(Clone, Debug)]
pub struct PublishOrder<'a> {
    /// The file, as it was read.
    pub letter: &'a Letter,
    /// The file itself.
    pub source: &'a str,
    /// The pictures of its text, which [`PublishOrder::source`] names by their hashes.
    pub pictures: &'a [LetterPicture],
    /// Whether it is kept on GitHub, by `letter.source_url`: then its names come from there.
    pub on_github: bool,
    /// Whether names that the file does not have stay, because `letter.source_url` says who left: another file may be
    /// older than the source.
    pub keeps_names: bool,
    /// The salt of the hashes by which hidden and removed names are known.
    pub salt: &'a Salt,
    /// `--kind`; never [`RevisionKind::First`].
    pub kind: Option<RevisionKind>,
    /// `--yes`.
    pub doubt: Doubt,
    /// `--tell`: a post asks those who signed to sign the new text.
    pub tell: bool,
    /// `--note`.
    pub note: Option<String>,
    /// `--as`, the system user, or `serve`.
    pub by: String,
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The new revision; `None` when the text is unchanged.
    pub revision: Option<RevisionRow>,
    /// Whether an unchanged text was sent again under another content warning.
    pub warned_anew: bool,
    /// The number of inboxes that the post of `--tell` goes to; `None` without one.
    pub told: Option<u64>,
    /// Names that were added to the list.
    pub joined: usize,
    /// Names that were removed from the list.
    pub gone: usize,
    /// Names of the file that an administrator hid or removed, and that stay so.
    pub kept_off: usize,
    /// Names that the file does not have, and that stay until the source has them no more.
    pub left_to_source: usize,
}

/// Publishes a text, or only imports its names when the text is the published one; another content warning alone is sent
/// without a new revision. `state` is the letter's state, which the Note tells.
///
/// # Errors
/// [`Error::KindNeeded`] when people signed the published text and nobody said what kind of change this is;
/// [`Error::MoreThanTypo`] when a correction is none, unless somebody looked at it; [`Error::NothingToTell`] for
/// `tell` without another text; [`Error::PostTooLong`] when the note is too long for a post.
pub async fn publish(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    random: &dyn Random,
    now: Millis,
    state: LetterState,
    order: &PublishOrder<'_>,
) -> Result<(Published, PendingDeliveries)> {
    let current = tx.current_revision().await?;
    let overruled = match (&current, order.kind) {
        (Some(current), Some(RevisionKind::Typo))
            if current.digest != order.letter.digest.to_string() =>
        {
            is_overruled(urls, settings, current, order)?
        }
        _ => false,
    };
    let entered = enter(tx, random, now, order, (current, overruled)).await?;
    let builder = ActivityBuilder { urls, random, now };
    tell(tx, &builder, settings, state, order, entered).await
}

/// What a publication wrote down before anybody is told.
#[derive(Debug)]
pub(in crate::register) struct Entered {
    /// The new revision; `None` when the text is unchanged.
    revision: Option<RevisionRow>,
    /// The published revision, when it got another content warning alone.
    rewarned: Option<RevisionRow>,
    /// The number of the published text.
    number: i64,
    joined: usize,
    gone: usize,
    kept_off: usize,
    left_to_source: usize,
    /// Whether names or the notes among them changed.
    changed: bool,
}

/// Writes text and names down. `current` is the revision before, and whether what is called a typo of it is more.
///
/// # Errors
/// [`Error::KindNeeded`].
pub(in crate::register) async fn enter(
    tx: &mut Tx,
    random: &dyn Random,
    now: Millis,
    order: &PublishOrder<'_>,
    (current, overruled): (Option<RevisionRow>, bool),
) -> Result<Entered> {
    let digest = order.letter.digest.to_string();
    let known = current.as_ref().map(|current| &current.digest);
    let revision = if known == Some(&digest) {
        None
    } else {
        let mut revision = new_revision(tx, current.as_ref(), digest, now, order).await?;
        revision.overruled = overruled;
        tx.add_revision(&revision).await?;
        for picture in order.pictures {
            tx.save_picture(picture.name.as_str(), &picture.bytes)
                .await?;
        }
        Some(revision)
    };
    let number = revision
        .as_ref()
        .or(current.as_ref())
        .map_or(1, |revision| revision.number);
    let warning = &order.letter.warning;
    let is_other = |current: &RevisionRow| revision.is_none() && current.warning != *warning;
    let rewarned = current.filter(is_other).map(|current| RevisionRow {
        warning: warning.clone(),
        ..current
    });
    if rewarned.is_some() {
        tx.set_revision_warning(number, warning.as_deref()).await?;
    }
    let file = NamesFile {
        letter: order.letter,
        on_github: order.on_github,
        revision: number,
        salt: order.salt,
    };
    let mut names = compare_names(tx, file, random, now).await?;
    let left_to_source = leave_to_source(&mut names, order.keeps_names);
    let (joined, gone) = (names.joined, names.gone.len());
    tx.save_signatories(&names.present).await?;
    tx.save_signatories(&names.gone).await?;
    tx.save_signatories(&names.removed).await?;
    StillInFile::note(tx, names.to_take_out).await?;
    look_at_names(tx, now).await?;
    forget_last_sync(tx).await?;
    let changed = !names.present.is_empty() || gone > 0;
    let changed = take_over_notes(tx, order.letter).await? || changed;
    Ok(Entered {
        revision,
        rewarned,
        number,
        joined,
        gone,
        kept_off: names.kept_off,
        left_to_source,
        changed,
    })
}

/// Sends what was entered to everybody, and notes who published it.
///
/// # Errors
/// [`Error::NothingToTell`] and [`Error::PostTooLong`].
pub(in crate::register) async fn tell(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    state: LetterState,
    order: &PublishOrder<'_>,
    entered: Entered,
) -> Result<(Published, PendingDeliveries)> {
    let (urls, random, now) = (builder.urls, builder.random, builder.now);
    let Entered {
        revision,
        rewarned,
        joined,
        gone,
        ..
    } = entered;
    let is_substantive = revision
        .as_ref()
        .is_some_and(|revision| revision.kind == RevisionKind::Substantive.as_str());
    if order.tell && !is_substantive {
        return Err(Error::NothingToTell);
    }
    let mut topics = vec![Topic::Letter, Topic::Register];
    let mut effects = PendingDeliveries::default();
    let mut told = None;
    if let Some(revision) = &revision {
        let text = Text::new(order.letter.clone(), urls);
        send(tx, urls, settings, random, now, (revision, &text), state).await?;
        if order.tell {
            let source = change_post::source(urls, settings, order.letter, revision, state);
            let audience = PostAudience::EarlierSigners;
            let manner = PostManner {
                warning: revision.warning.clone(),
                unlisted: false,
            };
            let said = (source.as_str(), [].as_slice());
            let (post, inboxes) = say(tx, builder, settings, said, &manner, audience).await?;
            audit(tx, builder, AuditAction::PostCreate, &post, &order.by).await?;
            told = Some(inboxes);
        }
        let audit = NewAudit {
            at: now,
            by: order.by.clone(),
            action: AuditAction::LetterPublish,
            code: None,
            target: format!("revision-{}", revision.number),
            reason: order.note.clone(),
        };
        tx.add_audit(&audit).await?;
        topics.push(Topic::Queue);
        effects.queued = true;
    }
    if let Some(current) = &rewarned {
        // What else the file says beside the text comes with the next revision.
        let text = Text::new(settings.read(current)?, urls);
        send(tx, urls, settings, random, now, (current, &text), state).await?;
        let audit = NewAudit {
            at: now,
            by: order.by.clone(),
            action: AuditAction::LetterPublish,
            code: None,
            target: format!("revision-{}", current.number),
            reason: Some("another content warning".to_owned()),
        };
        tx.add_audit(&audit).await?;
        topics.push(Topic::Queue);
        effects.queued = true;
    }
    if revision.is_none() && joined + gone > 0 {
        // A truncated file withdraws everybody: the log has to show who did that.
        let audit = NewAudit {
            at: now,
            by: order.by.clone(),
            action: AuditAction::LetterNames,
            code: None,
            target: format!("revision-{}", entered.number),
            reason: Some(format!("+{joined} -{gone}")),
        };
        tx.add_audit(&audit).await?;
    }
    if revision.is_some() || rewarned.is_some() || entered.changed {
        tx.changed(&topics).await?;
    }
    Ok((
        Published {
            revision,
            warned_anew: rewarned.is_some(),
            told,
            joined,
            gone,
            kept_off: entered.kept_off,
            left_to_source: entered.left_to_source,
        },
        effects,
    ))
}

/// Leaves the names that the file does not have to the source, if that says who left. Returns how many.
fn leave_to_source(names: &mut NameChanges, source_says: bool) -> usize {
    if !source_says {
        return 0;
    }
    names.removed.clear();
    std::mem::take(&mut names.gone).len()
}

/// Whether a correction changes more than a typo may. That is refused unless somebody looked at it.
fn is_overruled(
    urls: &Urls,
    settings: &NoteSettings,
    current: &RevisionRow,
    order: &PublishOrder<'_>,
) -> Result<bool> {
    let before = settings.read(current)?;
    let language = settings.language_of(order.letter);
    let reasons = typo::beyond(&before, order.letter, language, urls.base());
    if reasons.is_empty() || order.doubt == Doubt::Overruled {
        return Ok(!reasons.is_empty());
    }
    let pieces = diff(&before.signed_text(), &order.letter.signed_text());
    Err(Error::MoreThanTypo(Box::new(MoreThanTypo {
        pieces,
        reasons,
    })))
}

/// The row of a new revision, not yet saved.
async fn new_revision(
    tx: &mut Tx,
    current: Option<&RevisionRow>,
    digest: String,
    now: Millis,
    order: &PublishOrder<'_>,
) -> Result<RevisionRow> {
    let number = current.map_or(1, |current| current.number + 1);
    // A text that returns counts as the earlier one: who signed it then has signed this one.
    let known = tx.revisions().await?;
    let returns = known.iter().rfind(|revision| revision.digest == digest);
    let (kind, same_as) = match (current, returns, order.kind) {
        (None, _, _) => (RevisionKind::First, number),
        (Some(current), None, Some(RevisionKind::Typo)) => (RevisionKind::Typo, current.same_as),
        (Some(current), Some(returns), Some(RevisionKind::Typo)) => {
            let (later, earlier) = (
                current.same_as.max(returns.same_as),
                current.same_as.min(returns.same_as),
            );
            tx.join_texts(later, earlier).await?;
            (RevisionKind::Typo, earlier)
        }
        (Some(_), Some(returns), Some(kind)) => (kind, returns.same_as),
        (Some(current), Some(returns), None) if returns.same_as == current.same_as => {
            (RevisionKind::Typo, current.same_as)
        }
        (Some(_), Some(returns), None) => (RevisionKind::Substantive, returns.same_as),
        (Some(_), None, Some(kind)) => (kind, number),
        (Some(_), None, None) => match signed(tx).await? {
            0 => (RevisionKind::Substantive, number),
            signed => return Err(Error::KindNeeded { signed }),
        },
    };
    Ok(RevisionRow {
        number,
        kind: kind.to_string(),
        same_as,
        title: order.letter.title.clone(),
        digest,
        source: order.source.to_owned(),
        note: order.note.clone(),
        by: order.by.clone(),
        published_at: now,
        warning: order.letter.warning.clone(),
        overruled: false,
    })
}

/// How many signed, from all sources.
async fn signed(tx: &mut Tx) -> Result<i64> {
    let newest = tx.newest_substantive_revision().await?;
    let counts = tx.counts(newest).await?;
    let names: i64 = tx
        .signatory_counts(newest)
        .await?
        .iter()
        .map(|(_, n, _)| n)
        .sum();
    let twice = counts.linked.signed + counts.linked.liked;
    Ok(counts.signed + counts.liked + counts.organisations + names - twice)
}
