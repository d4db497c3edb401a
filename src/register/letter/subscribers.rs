//! What is new, for those who asked to hear it and do not follow: of a post to them a Note of its own for each, which nobody
//! else can read.

use std::time::Duration;

use serde_json::Value;

use super::{
    announcements::{MarkedPost, letter_language},
    note::NoteSettings,
};
use crate::{
    activitystreams::{self, NoteMention, Own, PostNote, escape},
    clock::Millis,
    i18n::Language,
    random::PublicId,
    register::{
        error::{Error, Result},
        outgoing::ActivityBuilder,
    },
    store::{NewActivity, OwnPost, Subscriber, SubscriberNote, Tx},
};

/// The shortest time between two messages to subscribers.
const APART: Duration = Duration::from_hours(7 * 24);

/// The setting with the date of the last one.
const TOLD_AT: &str = "subscribers_told_at";

/// Activities that are written at once.
const AT_ONCE: usize = 500;

/// Refuses a message to subscribers that comes too soon after the last one.
///
/// # Errors
/// [`Error::TooSoon`].
pub async fn may_be_told(tx: &mut Tx, now: Millis) -> Result<()> {
    let last = tx.setting(TOLD_AT).await?;
    let last = last.and_then(|last| last.parse().ok());
    let next = last.map(|last| Millis::from_millis(last).plus(APART));
    match next.filter(|next| now < *next) {
        Some(next) => Err(Error::TooSoon(next)),
        None => Ok(()),
    }
}

/// Sends a new post to each subscriber alone. Returns how many there are.
///
/// # Errors
/// [`Error::TooSoon`]; [`Error::NoPost`] for what is no post.
pub async fn tell(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    post: &OwnPost,
) -> Result<usize> {
    may_be_told(tx, builder.now).await?;
    let text = NewsText::of(tx, builder, settings, post).await?;
    let subscribers = tx.subscribers().await?;
    for some in subscribers.chunks(AT_ONCE) {
        let (mut notes, mut activities) = (Vec::new(), Vec::new());
        for to in some {
            let id = builder.id();
            let note = text.note(builder, &id, to);
            let activity = builder.id();
            let body = activitystreams::create(builder.urls, &activity, &note);
            let path = builder.urls.path(&Own::Post(id));
            activities.push(alone(builder, (&activity, "Create"), &path, &body, to));
            notes.push(SubscriberNote {
                path,
                to: to.clone(),
                wants_more: true,
            });
        }
        tx.save_subscriber_notes(&post.path, &notes).await?;
        tx.send(&activities).await?;
    }
    if !subscribers.is_empty() {
        note_told(tx, builder.now).await?;
    }
    Ok(subscribers.len())
}

/// Notes when the last message was sent.
///
/// # Errors
/// Those of the store.
pub async fn note_told(tx: &mut Tx, at: Millis) -> crate::store::Result<()> {
    tx.set_setting(TOLD_AT, &at.as_millis().to_string()).await
}

/// Sends an edit of a post to everybody who got it alone and still wants to hear what is new.
///
/// # Errors
/// [`Error::NoPost`] for what is no post.
pub async fn tell_edit(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    post: &OwnPost,
) -> Result<()> {
    let mut notes = tx.subscriber_notes(&post.path).await?;
    notes.retain(|note| note.wants_more);
    if notes.is_empty() {
        return Ok(());
    }
    let text = NewsText::of(tx, builder, settings, post).await?;
    for some in notes.chunks(AT_ONCE) {
        let mut activities = Vec::new();
        for SubscriberNote { path, to, .. } in some {
            let Some(Own::Post(id)) = builder.urls.parse_path(path) else {
                return Err(Error::NoPost(path.clone()));
            };
            let note = text.note(builder, &id, to);
            let activity = builder.id();
            let body = activitystreams::update(builder.urls, &activity, &note);
            activities.push(alone(builder, (&activity, "Update"), path, &body, to));
        }
        tx.send(&activities).await?;
    }
    Ok(())
}

/// Asks everybody who got a post alone to delete it.
///
/// # Errors
/// Those of the store.
pub async fn tell_deletion(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    post: &OwnPost,
) -> Result<()> {
    let notes = tx.subscriber_notes(&post.path).await?;
    for some in notes.chunks(AT_ONCE) {
        let mut activities = Vec::new();
        for SubscriberNote { path, to, .. } in some {
            tx.drop_untried(path, builder.now).await?;
            let activity = builder.id();
            let url = builder.urls.absolute(path);
            let body = activitystreams::delete_direct(builder.urls, &activity, &url, &to.actor);
            activities.push(alone(builder, (&activity, "Delete"), path, &body, to));
        }
        tx.send(&activities).await?;
    }
    Ok(tx.forget_subscriber_notes(&post.path).await?)
}

/// An activity that nobody but one subscriber may read.
fn alone(
    builder: &ActivityBuilder<'_>,
    (id, kind): (&PublicId, &str),
    note: &str,
    body: &Value,
    to: &Subscriber,
) -> NewActivity {
    NewActivity {
        public: false,
        to: vec![to.delivery()],
        ..builder.about(id, kind, note, body)
    }
}

/// What every subscriber is sent of a post.
struct NewsText {
    html: String,
    language: String,
    warning: Option<String>,
    published: Millis,
    updated: Option<Millis>,
}

impl NewsText {
    /// The words of the post, where it stands, and how to end it.
    async fn of(
        tx: &mut Tx,
        builder: &ActivityBuilder<'_>,
        settings: &NoteSettings,
        post: &OwnPost,
    ) -> Result<Self> {
        let letters = letter_language(tx, settings).await?;
        let read = MarkedPost::load(tx, post).await?;
        let words = Language::of(&letters);
        let footer = escape(&words.with_commands(words.answers.news_footer));
        let url = escape(&builder.urls.absolute(&post.path));
        let text = read.note_html(builder.urls);
        Ok(Self {
            html: format!("{text}<p><a href=\"{url}\">{url}</a></p><p>{footer}</p>"),
            language: read.text.language.clone().unwrap_or(letters),
            warning: read.warning(post).map(str::to_owned),
            published: post.published_at,
            updated: post.updated_at,
        })
    }

    fn note(&self, builder: &ActivityBuilder<'_>, id: &PublicId, to: &Subscriber) -> Value {
        let recipient = NoteMention {
            actor: &to.actor,
            handle: &to.handle,
        };
        PostNote {
            id,
            in_reply_to: None,
            recipient: Some(&to.actor),
            html: &self.html,
            language: &self.language,
            warning: self.warning.as_deref(),
            unlisted: false,
            published: self.published,
            updated: self.updated,
            tags: &[],
            mentions: &[recipient],
            hashtags: &[],
            allow_quotes: false,
        }
        .to_document(builder.urls)
    }
}
