//! The letter's Note as a Create or an Update, with the state of the letter that it tells.

use std::time::Duration;

use super::note::{NoteContext, NoteSettings, Text, own_replies, told};
use crate::{
    activitystreams::{self, Urls, paths::LETTER},
    clock::Millis,
    endorsement::policy::LetterState,
    random::{PublicId, Random},
    register::error::Result,
    store::{NewActivity, OwnObject, RevisionRow, Tx},
};

/// The setting with the state that the last Create or Update told.
pub(in crate::register) const SAID: &str = "letter_said";

/// What the Note tells of a state, as it is kept.
pub(in crate::register) const fn said(state: LetterState) -> &'static str {
    told(state).as_str()
}

/// Saves the letter's object, and queues the Create for all followers, or the Update for everybody who may have a
/// copy: the followers, and who answered, liked or boosted it. Stores the state that the Note tells.
pub(in crate::register) async fn send(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    random: &dyn Random,
    now: Millis,
    (revision, text): (&RevisionRow, &Text),
    state: LetterState,
) -> Result<()> {
    let before = tx.own_object(LETTER).await?;
    let object = OwnObject {
        path: LETTER.to_owned(),
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
        warning: revision.warning.as_deref(),
        state,
        names_off: tx.names_off().await?.is_some(),
        own_replies: &own_replies(tx, urls).await?,
    };
    let note = settings.document(urls, text, &moment);
    let id = PublicId::random(random);
    let (kind, body) = if before.is_none() {
        ("Create", activitystreams::create(urls, &id, &note))
    } else {
        ("Update", activitystreams::update(urls, &id, &note))
    };
    let activity = NewActivity {
        path: format!("/activities/{id}"),
        kind: kind.to_owned(),
        subject: LETTER.to_owned(),
        body: body.to_string(),
        public: true,
        at: now,
        to: Vec::new(),
    };
    for id in tx.send(&[activity]).await? {
        if before.is_none() {
            tx.queue_for_followers(id, now).await?;
        } else {
            tx.queue_for_audience(id, LETTER, now).await?;
        }
    }
    tx.set_setting(SAID, said(state)).await?;
    Ok(())
}
