//! The document of the letter's actor, made in one place.
//!
//! Servers serve it, and an Update carries it.

use serde_json::Value;

use super::identity::shown_key;
use crate::{
    activitystreams::{self, ActorType, Header, Icon, LetterActor, OwnActor, ShownKey, Urls},
    clock::Millis,
    endorsement::policy::LetterState,
    hash::Sha256,
    i18n::Language,
    letter::Letter,
    register::{
        error::{Error, Result},
        letter::{
            letter_state::LetterSchedule, note::NoteSettings, publish::LETTER_PATH, totals::totals,
        },
    },
    store::Tx,
};

/// The configuration of the actor.
#[derive(Debug)]
pub struct Profile {
    /// `actor.type`.
    pub kind: ActorType,
    /// `actor.name`; empty: the letter's title, of a draft the user name.
    pub name: String,
    /// `actor.summary`, plain text; empty: one that is made from the letter.
    pub summary: String,
    /// `actor.contact`.
    pub contact: String,
    /// `image/png` or `image/jpeg`.
    pub icon_type: &'static str,
    /// Changes with the picture: Mastodon downloads it again only when its URL changes.
    pub icon_version: String,
    /// The picture behind the head of the profile, if the organiser has one.
    pub header: Option<Header>,
    /// `actor.also_known_as`.
    pub also_known_as: Vec<String>,
    /// `endorsing.close_at`: when the letter closes by itself.
    pub close_at: Option<Millis>,
}

/// What the document is made from besides the configuration.
#[derive(Clone, Copy, Debug)]
pub struct ActorDocumentContext<'a> {
    /// The letter; `None` while it is a draft, of which nothing is public.
    pub letter: Option<&'a Letter>,
    /// Whether it takes signatures.
    pub state: LetterState,
    /// When it was first published; of a draft, when it was made.
    pub published: Millis,
    /// The actor's key.
    pub key: &'a ShownKey,
}

impl Profile {
    /// The document as it is served.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn document(
        &self,
        tx: &mut Tx,
        urls: &Urls,
        settings: &NoteSettings,
        beside: &ActorDocumentContext<'_>,
    ) -> Result<Value> {
        let letter = beside.letter;
        let language = letter.map_or(settings.language_of_draft(), |letter| {
            settings.language_of(letter)
        });
        let language = Language::of(language);
        let name = if self.name.is_empty() {
            letter.map_or(urls.username(), |letter| &letter.title)
        } else {
            &self.name
        };
        let summary = if self.summary.is_empty() {
            activitystreams::default_summary(
                language,
                &settings.notice.while_letter_is(beside.state),
                &self.contact,
            )
        } else {
            format!("<p>{}</p>", activitystreams::escape(&self.summary))
        };
        // Drawn with the title, so it changes with that.
        let drawn = letter.map(|letter| Header {
            media_type: "image/png",
            url: urls.header(&Sha256::of(&letter.title).short()),
        });
        let signed = match letter {
            Some(_) => totals(tx).await?.signed,
            None => 0,
        };
        let moved_to = tx.identity().await?.and_then(|identity| identity.moved_to);
        let document = LetterActor {
            kind: self.kind,
            name,
            summary_html: &summary,
            language,
            published: beside.published,
            icon: Icon {
                media_type: self.icon_type,
                version: &self.icon_version,
            },
            header: self.header.as_ref().or(drawn.as_ref()),
            key: beside.key,
            moved_to: moved_to.as_deref(),
            also_known_as: &self.also_known_as,
            signatures: u64::try_from(signed).unwrap_or(0),
        };
        Ok(activitystreams::letter_actor(urls, &document))
    }

    /// The document as it is sent, with everything as this transaction sees it, the newest key included.
    ///
    /// # Errors
    /// [`Error::NoLetter`] without an identity, [`Error::NoKey`] before keys were made.
    pub async fn current(
        &self,
        tx: &mut Tx,
        urls: &Urls,
        settings: &NoteSettings,
        now: Millis,
    ) -> Result<Value> {
        let revision = tx.current_revision().await?;
        let letter = revision
            .as_ref()
            .map(|revision| settings.read(revision))
            .transpose()?;
        let published = match (tx.own_object(LETTER_PATH).await?, &revision) {
            (Some(object), _) => object.published_at,
            // The letter comes out in this transaction, and its followers are told of the actor first.
            (None, Some(revision)) => revision.published_at,
            (None, None) => tx.identity().await?.ok_or(Error::NoLetter)?.created_at,
        };
        let beside = ActorDocumentContext {
            letter: letter.as_ref(),
            state: LetterSchedule::read(tx, self.close_at).await?.state(now),
            published,
            key: &shown_key(tx, OwnActor::Letter).await?,
        };
        self.document(tx, urls, settings, &beside).await
    }
}
