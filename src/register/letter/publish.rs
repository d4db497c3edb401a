//! The letter: publishing its text, and importing its list of names.

use std::time::Duration;

use super::{
    letter_state::{SAID, said},
    note::{NoteContext, NoteSettings, Text, own_replies},
    signatories::take_over_names,
};
use crate::{
    activitystreams::{self, Urls},
    clock::Millis,
    endorsement::policy::LetterState,
    letter::{
        Letter,
        diff::{Piece, diff},
        typo::{self, Beyond},
    },
    random::{PublicId, Random},
    register::{Error, PendingDeliveries, Result},
    store::{NewActivity, NewAudit, OwnObject, RevisionRow, Topic, Tx},
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

/// A correction that changes more than a typo may.
#[derive(Clone, Debug)]
pub struct MoreThanTypo {
    /// What changed, word by word.
    pub pieces: Vec<Piece>,
    /// Why that is no typo; never empty.
    pub reasons: Vec<Beyond>,
}

/// A request to publish a file as the letter.
#[derive(Clone, Debug)]
pub struct PublishOrder<'a> {
    /// The file, as it was read.
    pub letter: &'a Letter,
    /// The file itself.
    pub source: &'a str,
    /// `--kind`; never [`RevisionKind::First`].
    pub kind: Option<RevisionKind>,
    /// `--yes`.
    pub doubt: Doubt,
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
    /// Names that were added to the list.
    pub joined: usize,
    /// Names that were removed from the list.
    pub gone: usize,
}

/// Publishes a text, or only imports its names when the text is the published one. `state` is the letter's state,
/// which the Note tells.
///
/// # Errors
/// [`Error::KindNeeded`] when people signed the published text and nobody said what kind of change this is;
/// [`Error::MoreThanTypo`] when a correction is none, unless somebody looked at it.
pub async fn publish(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    chance: &dyn Random,
    now: Millis,
    state: LetterState,
    order: &PublishOrder<'_>,
) -> Result<(Published, PendingDeliveries)> {
    let current = tx.current_revision().await?;
    let digest = order.letter.digest.to_string();
    let unchanged = current
        .as_ref()
        .is_some_and(|current| current.digest == digest);
    let revision = if unchanged {
        None
    } else {
        if let (Some(current), Some(RevisionKind::Typo)) = (&current, order.kind) {
            must_be_typo(urls, settings, current, order)?;
        }
        Some(add_revision(tx, current.as_ref(), digest, now, order).await?)
    };
    let number = revision
        .as_ref()
        .or(current.as_ref())
        .map_or(1, |revision| revision.number);
    let (joined, gone, changed) = take_over_names(tx, order.letter, number, chance, now).await?;
    let mut topics = vec![Topic::Letter, Topic::Register];
    let mut effects = PendingDeliveries::default();
    if let Some(revision) = &revision {
        let text = Text::new(order.letter.clone(), urls);
        send(tx, urls, settings, chance, now, (revision, &text), state).await?;
        let audit = NewAudit {
            at: now,
            by: order.by.clone(),
            action: "letter.publish".to_owned(),
            code: None,
            target: format!("revision-{}", revision.number),
            reason: order.note.clone(),
        };
        tx.add_audit(&audit).await?;
        topics.push(Topic::Queue);
        effects.mail = true;
    } else if joined + gone > 0 {
        // A truncated file withdraws everybody: the log has to show who did that.
        let audit = NewAudit {
            at: now,
            by: order.by.clone(),
            action: "letter.names".to_owned(),
            code: None,
            target: format!("revision-{number}"),
            reason: Some(format!("+{joined} -{gone}")),
        };
        tx.add_audit(&audit).await?;
    }
    if revision.is_some() || changed {
        tx.changed(&topics).await?;
    }
    Ok((
        Published {
            revision,
            joined,
            gone,
        },
        effects,
    ))
}

/// Refuses a correction that changes more than a typo may, unless somebody looked at it.
fn must_be_typo(
    urls: &Urls,
    settings: &NoteSettings,
    current: &RevisionRow,
    order: &PublishOrder<'_>,
) -> Result<()> {
    let before = settings.read(current)?;
    let language = settings.language_of(order.letter);
    let reasons = typo::beyond(&before, order.letter, language, urls.base());
    if reasons.is_empty() || order.doubt == Doubt::Overruled {
        return Ok(());
    }
    let pieces = diff(&before.signed_text(), &order.letter.signed_text());
    Err(Error::MoreThanTypo(Box::new(MoreThanTypo {
        pieces,
        reasons,
    })))
}

async fn add_revision(
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
    let revision = RevisionRow {
        number,
        kind: kind.to_string(),
        same_as,
        title: order.letter.title.clone(),
        digest,
        source: order.source.to_owned(),
        note: order.note.clone(),
        by: order.by.clone(),
        published_at: now,
    };
    tx.add_revision(&revision).await?;
    Ok(revision)
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
    Ok(counts.signed + counts.liked + counts.organisations + names)
}

/// Saves the letter's object, and queues the Create for all followers, or the Update for everybody who may have a
/// copy: the followers, and who answered, liked or boosted it. Stores the state that the Note tells.
pub(in crate::register) async fn send(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    chance: &dyn Random,
    now: Millis,
    (revision, text): (&RevisionRow, &Text),
    state: LetterState,
) -> Result<()> {
    let before = tx.own_object(LETTER_PATH).await?;
    let object = OwnObject {
        path: LETTER_PATH.to_owned(),
        kind: "letter".to_owned(),
        published_at: before.as_ref().map_or(now, |before| before.published_at),
        // Servers compare whole seconds, and ignore an edit that is not strictly newer.
        updated_at: before.as_ref().map(|before| {
            let last = before.updated_at.unwrap_or(before.published_at);
            now.max(last.plus(Duration::from_secs(1)))
        }),
        deleted_at: None,
    };
    tx.save_own_object(&object).await?;
    let newest = tx.newest_substantive_revision().await?;
    let moment = NoteContext {
        object: &object,
        counts: &tx.counts(newest).await?,
        revision: revision.number,
        state,
        own_replies: &own_replies(tx, urls).await?,
    };
    let note = settings.document(urls, text, &moment);
    let id = PublicId::random(chance);
    let (kind, body) = if before.is_none() {
        ("Create", activitystreams::create(urls, &id, &note))
    } else {
        ("Update", activitystreams::update(urls, &id, &note))
    };
    let activity = NewActivity {
        path: format!("/activities/{id}"),
        kind: kind.to_owned(),
        subject: LETTER_PATH.to_owned(),
        body: body.to_string(),
        public: true,
        at: now,
        to: Vec::new(),
    };
    for id in tx.send(&[activity]).await? {
        if before.is_none() {
            tx.queue_for_followers(id, now).await?;
        } else {
            tx.queue_for_audience(id, LETTER_PATH, now).await?;
        }
    }
    tx.set_setting(SAID, said(state)).await?;
    Ok(())
}
