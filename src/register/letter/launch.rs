//! The launch of a draft: now, or at a minute that was planned; and the preview of what will come out.
//!
//! A letter is a draft until its first revision. The launch is the transaction that writes this revision, and it deletes
//! the plan: whoever comes second, another process or one after a crash, finds nothing to do. A clock that jumps launches
//! early or late, and never twice.

use std::fmt::Write as _;

use super::{
    letter_state::LetterSchedule,
    publish::{Doubt, PublishOrder, Published, enter, tell},
    translations::{Translation, publish_translations},
};
use crate::{
    activitystreams::paths::LETTER,
    clock::Millis,
    hash::{Salt, Sha256},
    letter::{self, Letter, LetterPicture, PictureName},
    random::Random,
    register::{
        actor::command::{ActorCommandContext, living},
        error::{Error, NoChange, Result},
        pending_deliveries::PendingDeliveries,
        restored::Restored,
    },
    store::{AuditAction, LaunchRow, LaunchText, NewAudit, OwnObject, Topic, Tx},
};

/// The letter's name in the audit log.
const AUDIT_TARGET: &str = "letter";

/// The setting with the secret part of the preview's address; empty while there is none.
const PREVIEW: &str = "letter_preview";

/// The random bytes of that address.
const PREVIEW_BYTES: usize = 16;

/// Makes the preview's address lead nowhere; the next `letter preview` makes a new one.
///
/// # Errors
/// Those of the store.
pub async fn forget_preview(tx: &mut Tx) -> crate::store::Result<()> {
    tx.set_setting(PREVIEW, "").await
}

/// The text of a draft, with everything that comes out with it.
#[derive(Clone, Debug)]
pub struct DraftText {
    /// The letter.
    pub letter: Letter,
    /// Its file, which names its pictures by their hashes.
    pub source: String,
    /// The pictures of its text.
    pub pictures: Vec<LetterPicture>,
    /// Its translations.
    pub translations: Vec<Translation>,
}

impl DraftText {
    /// Its files by language, the letter's own first: text, names, content warning, and the pictures by their hashes.
    pub fn files(&self) -> Vec<(&str, &str)> {
        let mut translations: Vec<_> = self
            .translations
            .iter()
            .map(|translation| (translation.language.as_str(), translation.source.as_str()))
            .collect();
        translations.sort_unstable();
        translations.insert(0, ("", self.source.as_str()));
        translations
    }

    /// How it is published.
    fn order<'a>(&'a self, from: &LaunchOrigin<'a>) -> PublishOrder<'a> {
        PublishOrder {
            letter: &self.letter,
            source: &self.source,
            pictures: &self.pictures,
            on_github: from.on_github,
            keeps_names: false,
            salt: from.salt,
            kind: None,
            doubt: Doubt::Refuses,
            tell: false,
            note: None,
            by: from.by.to_owned(),
        }
    }
}

/// Where the names of a draft come from, and who lets it out.
#[derive(Clone, Copy, Debug)]
pub struct LaunchOrigin<'a> {
    /// Whether the file is kept on GitHub, by `letter.source_url`.
    pub on_github: bool,
    /// The salt of the hashes by which hidden and removed names are known.
    pub salt: &'a Salt,
    /// `--as`, the system user, or `serve`.
    pub by: &'a str,
}

/// Publishes a draft: whoever follows is sent the actor's Update, which now speaks of the letter, and then the Create.
///
/// # Errors
/// [`NoChange::Out`] when anything was ever published; [`crate::store::Error::Retired`].
pub async fn launch(
    tx: &mut Tx,
    voice: &ActorCommandContext<'_>,
    draft: &DraftText,
    from: &LaunchOrigin<'_>,
) -> Result<(Published, PendingDeliveries)> {
    living(tx).await?;
    refuse_what_is_out(tx).await?;
    let (builder, order) = (&voice.builder, draft.order(from));
    let now = builder.now;
    let schedule = LetterSchedule::read(tx, voice.profile.close_at).await?;
    let entered = enter(tx, builder.random, now, &order, (None, false)).await?;
    // Without followers nobody knows the actor as it was.
    if tx.follower_count().await? > 0 {
        let update = voice.update(tx).await?;
        for id in tx.send(&[update]).await? {
            tx.queue_for_followers(id, now).await?;
        }
    }
    let state = schedule.once_out(now);
    let done = tell(tx, builder, voice.settings, state, &order, entered).await?;
    publish_translations(tx, now, from.by, &draft.translations).await?;
    tx.forget_launch().await?;
    tx.forget_answered().await?;
    tx.set_setting(PREVIEW, "").await?;
    tx.changed(&[Topic::Identity, Topic::Letter]).await?;
    Ok(done)
}

/// Publishes what was planned once it is due; `None` while nothing is.
///
/// # Errors
/// Those of [`launch`], and [`Error::StoredLetter`] when the plan cannot be read.
pub async fn launch_due(
    tx: &mut Tx,
    voice: &ActorCommandContext<'_>,
    (on_github, salt): (bool, &Salt),
) -> Result<Option<(Published, PendingDeliveries)>> {
    let due = planned(tx).await?;
    let Some(plan) = due.filter(|plan| plan.due_at <= voice.builder.now) else {
        return Ok(None);
    };
    let draft = planned_text(tx, &plan).await?;
    let by = plan.by.as_str();
    let from = LaunchOrigin {
        on_github,
        salt,
        by,
    };
    Ok(Some(launch(tx, voice, &draft, &from).await?))
}

/// Plans the launch of exactly this text and these names, in place of an earlier plan. `heading` is that of the names, by
/// which they were read.
///
/// # Errors
/// [`NoChange::Out`], and [`NoChange::LaunchPast`] for a time that is not ahead; [`crate::store::Error::Retired`].
pub async fn plan(
    tx: &mut Tx,
    (now, due_at): (Millis, Millis),
    draft: &DraftText,
    heading: Option<&str>,
    by: &str,
) -> Result<LaunchRow> {
    living(tx).await?;
    refuse_what_is_out(tx).await?;
    if due_at <= now {
        return Err(Error::NoChange(NoChange::LaunchPast(due_at)));
    }
    tx.forget_launch().await?;
    let row = LaunchRow {
        due_at,
        planned_at: now,
        by: by.to_owned(),
        heading: heading.map(str::to_owned),
        title: draft.letter.title.clone(),
        digest: draft.letter.digest.to_string(),
        names: i64::try_from(draft.letter.signatories.len()).unwrap_or(i64::MAX),
    };
    tx.plan_launch(&row).await?;
    let own = LaunchText {
        language: String::new(),
        file: String::new(),
        source: draft.source.clone(),
    };
    tx.add_launch_text(&own).await?;
    for translation in &draft.translations {
        let text = LaunchText {
            language: translation.language.clone(),
            file: translation.file.clone(),
            source: translation.source.clone(),
        };
        tx.add_launch_text(&text).await?;
    }
    let beside = draft.translations.iter();
    let beside = beside.flat_map(|translation| &translation.pictures);
    for picture in draft.pictures.iter().chain(beside) {
        tx.add_launch_picture(picture.name.as_str(), &picture.bytes)
            .await?;
    }
    audit(tx, now, by, format!("at {due_at}")).await?;
    tx.changed(&[Topic::Letter]).await?;
    Ok(row)
}

/// Calls the planned launch off. Returns whether there was one.
///
/// # Errors
/// The database failed.
pub async fn call_off(tx: &mut Tx, now: Millis, by: &str) -> Result<bool> {
    let was_planned = tx.forget_launch().await?;
    if was_planned {
        audit(tx, now, by, "called off".to_owned()).await?;
        tx.changed(&[Topic::Letter]).await?;
    }
    Ok(was_planned)
}

async fn audit(tx: &mut Tx, now: Millis, by: &str, reason: String) -> Result<()> {
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action: AuditAction::LetterLaunch,
        code: None,
        target: AUDIT_TARGET.to_owned(),
        reason: Some(reason),
    };
    tx.add_audit(&audit).await?;
    Ok(())
}

async fn refuse_what_is_out(tx: &mut Tx) -> Result<()> {
    if tx.has_revision().await? {
        return Err(Error::NoChange(NoChange::Out));
    }
    Ok(())
}

/// The launch that stands. One that came out of a backup does not: nobody publishes by restoring.
pub async fn planned(tx: &mut Tx) -> Result<Option<LaunchRow>> {
    let Some(plan) = tx.planned_launch().await? else {
        return Ok(None);
    };
    let restored = Restored::read(tx).await?;
    let came_back = restored.is_some_and(|restored| restored.at > plan.planned_at);
    Ok((!came_back).then_some(plan))
}

/// The text that a planned launch lets out.
///
/// # Errors
/// [`Error::NoLetter`] when it is not there, and [`Error::StoredLetter`] when it cannot be read.
pub async fn planned_text(tx: &mut Tx, plan: &LaunchRow) -> Result<DraftText> {
    let heading = plan.heading.as_deref();
    let pictures = tx.launch_pictures().await?.into_iter();
    let pictures = pictures.filter_map(|(name, bytes)| {
        let name = PictureName::parse(&name)?;
        Some(LetterPicture { name, bytes })
    });
    let pictures: Vec<_> = pictures.collect();
    let mut own = None;
    let mut translations = Vec::new();
    for text in tx.launch_texts().await? {
        let letter = letter::parse(text.source.as_bytes(), heading)?;
        if text.language.is_empty() {
            own = Some((letter, text.source));
        } else {
            translations.push(Translation {
                language: text.language,
                file: text.file,
                letter,
                source: text.source,
                // All pictures come out with the letter.
                pictures: Vec::new(),
            });
        }
    }
    let (letter, source) = own.ok_or(Error::NoLetter)?;
    Ok(DraftText {
        letter,
        source,
        pictures,
        translations,
    })
}

/// Writes a draft down as if it came out now, for a preview of the page: the transaction must not be committed.
///
/// # Errors
/// [`NoChange::Out`].
pub async fn rehearse(
    tx: &mut Tx,
    random: &dyn Random,
    now: Millis,
    draft: &DraftText,
    from: &LaunchOrigin<'_>,
) -> Result<()> {
    refuse_what_is_out(tx).await?;
    enter(tx, random, now, &draft.order(from), (None, false)).await?;
    let object = OwnObject {
        path: LETTER.to_owned(),
        kind: "letter".to_owned(),
        published_at: now,
        updated_at: None,
        deleted_at: None,
    };
    tx.save_own_object(&object).await?;
    Ok(())
}

/// The secret part of the preview's address, made when there is none, or anew if `renews` says so: whoever has the earlier
/// one then finds nothing.
///
/// # Errors
/// [`NoChange::Out`]; [`crate::store::Error::Retired`].
pub async fn preview(tx: &mut Tx, random: &dyn Random, renews: bool) -> Result<String> {
    living(tx).await?;
    refuse_what_is_out(tx).await?;
    let known = tx.setting(PREVIEW).await?;
    if let Some(known) = known.filter(|known| !known.is_empty() && !renews) {
        return Ok(known);
    }
    let mut bytes = [0; PREVIEW_BYTES];
    random.fill(&mut bytes);
    let mut token = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _written = write!(token, "{byte:02x}");
    }
    tx.set_setting(PREVIEW, &token).await?;
    Ok(token)
}

/// Whether this is the secret part of the preview's address, and the letter is a draft. How long the comparison takes says
/// nothing about the secret.
pub async fn is_preview(tx: &mut Tx, token: &str) -> Result<bool> {
    let known = tx.setting(PREVIEW).await?;
    let is_known = known
        .filter(|known| !known.is_empty())
        .is_some_and(|known| Sha256::of(&known) == Sha256::of(token));
    Ok(is_known && !tx.has_revision().await?)
}
