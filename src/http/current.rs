//! The letter as currently published, which every page and most documents begin with.

use std::sync::{Arc, PoisonError};

use super::{
    counts::{CountJson, count_json, number},
    error::NotServed,
    pages::frame::SiteView,
    state::HttpState,
};
use crate::{
    endorsement::policy::LetterState,
    register::letter::{note::Text, publish::LETTER_PATH, translations::standing},
    store::{self, Counts, OwnObject, RevisionRow, TranslationRow, Tx},
};

/// The letter as currently published.
#[derive(Debug)]
pub struct Current {
    /// The newest revision.
    pub revision: RevisionRow,
    /// Its text.
    pub text: Arc<Text>,
    /// Its object, with id and dates.
    pub object: OwnObject,
    /// The numbers of endorsements.
    pub counts: Counts,
    /// The newest substantive revision.
    pub newest_substantive: i64,
}

impl Current {
    /// Refuses a revision that there is not, before anything is read for it.
    pub fn has(&self, revision: Option<u64>) -> Result<(), NotServed> {
        match revision {
            Some(revision) if revision > number(self.revision.number) => Err(NotServed::Missing),
            _ => Ok(()),
        }
    }

    /// The frame of every page, with the title and language of the letter.
    pub fn site(&self, state: &HttpState) -> SiteView {
        let letter = &self.text.letter;
        SiteView {
            language: state.note.language_of(letter).to_owned(),
            title: letter.title.clone(),
            newest_revision: number(self.revision.number),
            is_out: true,
            letter_url: state.app.urls.letter(),
            ..SiteView::without_letter(state)
        }
    }

    /// The numbers of supporters.
    pub async fn count_json(&self, tx: &mut Tx) -> store::Result<CountJson> {
        count_json(tx, &self.revision, self.newest_substantive, &self.counts).await
    }
}

impl HttpState {
    /// Reads the letter and its numbers of endorsements in one snapshot.
    ///
    /// # Errors
    /// [`NotServed::NotYet`] while it is a draft.
    pub async fn current(&self, tx: &mut Tx) -> Result<Current, NotServed> {
        let current = self.current_if_out(tx).await?;
        current.ok_or(NotServed::NotYet)
    }

    /// The same; `None` while the letter is a draft.
    pub async fn current_if_out(&self, tx: &mut Tx) -> Result<Option<Current>, NotServed> {
        let Some(revision) = tx.current_revision().await? else {
            return Ok(None);
        };
        let text = self.text("", revision.number, &revision.source)?;
        Ok(Some(self.with_text(tx, revision, text).await?))
    }

    /// What is written down for a preview: its text is no published one, and is not cached as one.
    pub async fn rehearsed(&self, tx: &mut Tx) -> Result<Current, NotServed> {
        let revision = tx.current_revision().await?.ok_or(NotServed::NotYet)?;
        let text = Text::new(self.note.parse(&revision.source)?, &self.app.urls);
        self.with_text(tx, revision, Arc::new(text)).await
    }

    async fn with_text(
        &self,
        tx: &mut Tx,
        revision: RevisionRow,
        text: Arc<Text>,
    ) -> Result<Current, NotServed> {
        let object = tx.own_object(LETTER_PATH).await?.ok_or(NotServed::NotYet)?;
        let newest_substantive = tx.newest_substantive_revision().await?;
        let counts = tx.counts(newest_substantive).await?;
        Ok(Current {
            revision,
            text,
            object,
            counts,
            newest_substantive,
        })
    }

    /// Whether a translation into this language stands.
    pub async fn has_translation(&self, language: &str) -> Result<bool, NotServed> {
        let mut tx = self.store.read().await?;
        let revision = self.current(&mut tx).await?.revision.number;
        let changes = tx.translation_changes().await?;
        let mut rows = standing(&changes, revision).into_iter();
        Ok(rows.any(|row| row.language == language))
    }

    /// The text of a translation that stands.
    pub async fn translation(
        &self,
        tx: &mut Tx,
        row: &TranslationRow,
    ) -> Result<Arc<Text>, NotServed> {
        let source = tx.translation_source(&row.language, row.number).await?;
        let source = source.ok_or(NotServed::Missing)?;
        self.text(&row.language, row.number, &source)
    }

    /// The parsed text of a revision or translation; of each language the last one is cached.
    fn text(&self, language: &str, number: i64, source: &str) -> Result<Arc<Text>, NotServed> {
        let kept = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = kept().get(language).filter(|(kept, _)| *kept == number) {
            return Ok(Arc::clone(text));
        }
        let text = Arc::new(Text::new(self.note.parse(source)?, &self.app.urls));
        kept().insert(language.to_owned(), (number, Arc::clone(&text)));
        Ok(text)
    }

    /// Whether the letter takes signatures now.
    pub fn letter_state(&self) -> LetterState {
        self.app.context.borrow().rules.policy.letter
    }

    /// The id of what the page is about: the letter, or its actor while the letter is a draft.
    pub fn id_of_page(&self) -> String {
        match self.letter_state() {
            LetterState::Draft => self.app.urls.actor(),
            LetterState::Open | LetterState::Paused | LetterState::Closed => self.app.urls.letter(),
        }
    }
}
