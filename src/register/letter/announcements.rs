//! Our own posts besides the letter: public replies to it, sent to all followers, and answers to posts of others.

use std::time::Duration;

use serde_json::Value;

use super::{
    note::NoteSettings,
    remote_post::{PostReaders, RemotePost, check_answer},
};
use crate::{
    activitystreams::{self, NoteMention, Own, PostNote, Urls, mention_html},
    hash::Sha256,
    letter::{Announcement, MarkLinks, parse_post},
    random::PublicId,
    register::{
        error::{Error, Result},
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
    },
    store::{AuditAction, NewActivity, NewActor, NewAudit, OwnPost, PostMention, Topic, Tx},
};

/// The result of publishing or updating a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnnouncementChange {
    /// It is published, or published anew.
    Sent(OwnPost),
    /// Text, language and content warning are unchanged: nothing was sent.
    Unchanged(OwnPost),
}

impl AnnouncementChange {
    /// The post as it stands now.
    #[must_use]
    pub fn post(&self) -> &OwnPost {
        match self {
            Self::Sent(post) | Self::Unchanged(post) => post,
        }
    }
}

/// The public id of a post of ours, from its path.
///
/// # Errors
/// [`Error::NoPost`] for a path that is none of a post.
pub fn id_of(urls: &Urls, path: &str) -> Result<PublicId> {
    match urls.parse_path(path) {
        Some(Own::Post(id)) => Ok(id),
        Some(_) | None => Err(Error::NoPost(path.to_owned())),
    }
}

/// An account that a new text mentions, as its own server showed it.
#[derive(Clone, Debug)]
pub struct MentionedAccount {
    /// The handle as [`Announcement::mentions`] has it.
    pub handle: String,
    /// The actor.
    pub actor: NewActor,
}

/// How a post is shown to others, beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostManner {
    /// A content warning in place of the file's, on one line.
    pub warning: Option<String>,
    /// Whether public timelines leave it out: followers see it.
    pub unlisted: bool,
}

/// A post as it was read, with the accounts that it mentions. A handle of none of them is plain text.
#[derive(Clone, Debug)]
pub struct MarkedPost {
    /// The text.
    pub text: Announcement,
    mentions: Vec<PostMention>,
}

impl MarkedPost {
    /// Reads a post that is not deleted.
    ///
    /// # Errors
    /// [`Error::NoPost`] when it is deleted, [`Error::BadPost`] when what is stored cannot be read any more.
    pub async fn load(tx: &mut Tx, post: &OwnPost) -> Result<Self> {
        let mentions = tx.post_mentions(std::slice::from_ref(&post.path)).await?;
        Self::of(post, mentions)
    }

    /// Reads those of these posts that are not deleted, with one query for all mentions.
    ///
    /// # Errors
    /// [`Error::BadPost`].
    pub async fn load_all(tx: &mut Tx, posts: Vec<OwnPost>) -> Result<Vec<(OwnPost, Self)>> {
        let standing = posts.into_iter().filter(|post| post.source.is_some());
        let standing: Vec<OwnPost> = standing.collect();
        let paths: Vec<String> = standing.iter().map(|post| post.path.clone()).collect();
        let mentions = tx.post_mentions(&paths).await?;
        let read = standing.into_iter().map(|post| {
            let of_it = mentions.iter().filter(|mention| mention.path == post.path);
            let read = Self::of(&post, of_it.cloned().collect())?;
            Ok((post, read))
        });
        read.collect()
    }

    fn of(post: &OwnPost, mentions: Vec<PostMention>) -> Result<Self> {
        let source = post.source.as_deref();
        let source = source.ok_or_else(|| Error::NoPost(post.path.clone()))?;
        let text = parse_post(source.as_bytes())?;
        Ok(Self { text, mentions })
    }

    /// The text for the Note.
    #[must_use]
    pub fn note_html(&self, urls: &Urls) -> String {
        let html = self.with_links(urls, |links| self.text.note_html(urls.base(), links));
        // GoToSocial drops a direct message without a mention, and people see in the text whom it answers.
        let answered = self.mentions.iter().find(|mention| {
            let is_said = self.text.mentions.contains(&mention.handle);
            mention.answered && !is_said
        });
        let Some(answered) = answered else {
            return html;
        };
        let mention = mention_html(&answered.profile, &answered.handle);
        match html.strip_prefix("<p>") {
            Some(rest) => format!("<p>{mention} {rest}"),
            None => format!("<p>{mention}</p>{html}"),
        }
    }

    /// The text for our own page.
    #[must_use]
    pub fn page_html(&self, urls: &Urls) -> String {
        self.with_links(urls, |links| self.text.page_html(urls.base(), links))
    }

    fn with_links(&self, urls: &Urls, html: impl Fn(&MarkLinks<'_>) -> String) -> String {
        let ours = urls.handle().to_lowercase();
        html(&MarkLinks {
            tag: &|tag| urls.tag(tag),
            profile: &|handle| {
                if handle == ours {
                    return Some(urls.profile());
                }
                let known = self.mentions.iter().find(|known| known.handle == handle);
                known.map(|known| known.profile.clone())
            },
        })
    }

    /// The content warning: the one that was given with the command, else the file's.
    pub(super) fn warning<'a>(&'a self, post: &'a OwnPost) -> Option<&'a str> {
        post.warning.as_deref().or(self.text.warning.as_deref())
    }

    /// The actor whom the post answers.
    #[must_use]
    pub fn answered(&self) -> Option<&str> {
        let answered = self.mentions.iter().find(|mention| mention.answered);
        answered.map(|mention| mention.actor.as_str())
    }

    /// Whom the post answers, and the accounts that the text mentions now.
    fn mentioned(&self) -> Vec<NoteMention<'_>> {
        let now = self.mentions.iter();
        let now =
            now.filter(|mention| mention.answered || self.text.mentions.contains(&mention.handle));
        now.map(|mention| NoteMention {
            actor: &mention.actor,
            handle: &mention.handle,
        })
        .collect()
    }
}

impl NoteSettings {
    /// A post as it is served and sent. `letter_language` is the letter's.
    ///
    /// # Errors
    /// [`Error::NoPost`] for what is no post.
    pub fn post_document(
        &self,
        urls: &Urls,
        (post, read): (&OwnPost, &MarkedPost),
        letter_language: &str,
    ) -> Result<Value> {
        let letter = urls.letter();
        let is_answer = post.in_reply_to.is_some();
        let in_reply_to = post.in_reply_to.as_deref().unwrap_or(&letter);
        let note = PostNote {
            id: &id_of(urls, &post.path)?,
            in_reply_to: Some(in_reply_to).filter(|answered| !answered.is_empty()),
            recipient: read.answered().filter(|_| post.direct),
            html: &read.note_html(urls),
            language: read.text.language.as_deref().unwrap_or(letter_language),
            warning: read.warning(post),
            unlisted: post.unlisted,
            published: post.published_at,
            updated: post.updated_at,
            tags: &read.text.hashtags,
            mentions: &read.mentioned(),
            // Those of the letter make it found; an answer is for who asked.
            hashtags: if is_answer { &[] } else { &self.hashtags },
            allow_quotes: self.allow_quotes,
        };
        Ok(note.to_document(urls))
    }

    /// Refuses a text that does not fit into one Note: a post has no short form. `known` are the accounts that it
    /// mentioned before.
    fn measure(
        &self,
        urls: &Urls,
        post: &OwnPost,
        mut known: Vec<PostMention>,
        mentioned: &[MentionedAccount],
    ) -> Result<()> {
        known.retain(|known| mentioned.iter().all(|new| new.handle != known.handle));
        known.extend(mentioned.iter().map(|new| PostMention {
            path: post.path.clone(),
            handle: new.handle.clone(),
            actor: new.actor.url.clone(),
            profile: new.actor.page.as_ref().unwrap_or(&new.actor.url).clone(),
            answered: false,
        }));
        let chars = MarkedPost::of(post, known)?.note_html(urls).chars().count();
        if chars > self.max_chars {
            return Err(Error::PostTooLong {
                chars,
                most: self.max_chars,
            });
        }
        Ok(())
    }
}

/// Saves whom a post mentions. Accounts that are known stay as they are.
async fn save_mentions(tx: &mut Tx, path: &str, mentioned: &[MentionedAccount]) -> Result<()> {
    let hash = |account: &MentionedAccount| Sha256::of(&account.actor.url);
    let hashes: Vec<Sha256> = mentioned.iter().map(hash).collect();
    let known = tx.actors(&hashes).await?;
    let mut new: Vec<NewActor> = Vec::new();
    for MentionedAccount { actor, .. } in mentioned {
        let is_known = known.iter().any(|known| known.url == actor.url)
            || new.iter().any(|known| known.url == actor.url);
        if !is_known {
            new.push(actor.clone());
        }
    }
    tx.save_actors(&new).await?;
    for account in mentioned {
        tx.save_post_mention(path, &account.handle, &hash(account))
            .await?;
    }
    Ok(())
}

/// The content warnings that the letter and our standing posts bear.
///
/// # Errors
/// Those of the store.
pub async fn warnings(tx: &mut Tx) -> crate::store::Result<Vec<String>> {
    let letter = tx.current_revision().await?;
    let letter = letter.and_then(|revision| revision.warning);
    let posts = tx.posts_to_anybody().await?.into_iter().filter_map(|post| {
        let source = post.source?;
        let of_file = || parse_post(source.as_bytes()).ok()?.warning;
        post.warning.or_else(of_file)
    });
    Ok(letter.into_iter().chain(posts).collect())
}

/// Publishes a post below the letter: a Create to all followers, and to those whom it mentions.
///
/// # Errors
/// [`Error::NoLetter`] when there is nothing to answer, [`Error::BadPost`] and [`Error::PostTooLong`].
pub async fn create(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    said: (&str, &[MentionedAccount]),
    manner: &PostManner,
    by: &str,
) -> Result<(OwnPost, PendingDeliveries)> {
    let audience = PostAudience::Followers;
    let (post, _) = say(tx, builder, settings, said, manner, audience).await?;
    audit(tx, builder, AuditAction::PostCreate, &post, by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((post, PendingDeliveries { queued: true }))
}

/// To whom a new post is sent.
#[derive(Clone, Copy, Debug)]
pub(in crate::register) enum PostAudience<'a> {
    /// The followers.
    Followers,
    /// The followers, and everybody who endorsed an earlier text.
    EarlierSigners,
    /// Whoever wrote this post, and of a public answer the followers as well.
    Answer(&'a RemotePost, PostReaders),
}

impl<'a> PostAudience<'a> {
    /// The post that is answered.
    const fn answered(self) -> Option<&'a RemotePost> {
        match self {
            Self::Followers | Self::EarlierSigners => None,
            Self::Answer(answered, _) => Some(answered),
        }
    }

    const fn is_direct(self) -> bool {
        matches!(self, Self::Answer(_, PostReaders::Direct))
    }
}

/// Saves a post and queues its Create. Returns the number of inboxes as well. The audit entry and the change
/// notification are left to the caller.
pub(in crate::register) async fn say(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    (source, mentioned): (&str, &[MentionedAccount]),
    manner: &PostManner,
    audience: PostAudience<'_>,
) -> Result<(OwnPost, u64)> {
    let language = letter_language(tx, settings).await?;
    let post = OwnPost {
        path: builder.urls.path(&Own::Post(builder.id())),
        source: Some(source.to_owned()),
        warning: manner.warning.clone(),
        unlisted: manner.unlisted,
        published_at: builder.now,
        updated_at: None,
        deleted_at: None,
        in_reply_to: audience.answered().map(|answered| answered.object.clone()),
        direct: audience.is_direct(),
    };
    let answered = audience.answered();
    let known = answered.map(|answered| answered.mention(&post.path));
    settings.measure(builder.urls, &post, Vec::from_iter(known), mentioned)?;
    tx.save_own_post(&post).await?;
    save_mentions(tx, &post.path, mentioned).await?;
    if let Some(answered) = answered {
        answered.save_mention(tx, &post.path).await?;
    }
    let read = MarkedPost::load(tx, &post).await?;
    let note = settings.post_document(builder.urls, (&post, &read), &language)?;
    let id = builder.id();
    let body = activitystreams::create(builder.urls, &id, &note);
    let inboxes = tell(
        tx,
        about(builder, (&id, "Create"), &post, &body),
        Recipients::New(audience),
    )
    .await?;
    Ok((post, inboxes))
}

/// Replaces the text of a post: an Update, strictly newer, unless nothing changed.
///
/// # Errors
/// [`Error::NoPost`] and [`Error::PostGone`], those of [`create`], and [`Error::CannotAnswer`] for an answer to somebody
/// who could not be answered now: it would be sent once more. It can be deleted.
pub async fn update(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    path: &str,
    (source, mentioned): (&str, &[MentionedAccount]),
    by: &str,
) -> Result<(AnnouncementChange, PendingDeliveries)> {
    let before = standing(tx, path).await?;
    let mentions = tx.post_mentions(std::slice::from_ref(&before.path)).await?;
    if let Some(answered) = mentions.iter().find(|mention| mention.answered)
        && let Some(author) = tx.actors(&[Sha256::of(&answered.actor)]).await?.pop()
    {
        let readers = if before.direct {
            PostReaders::Direct
        } else {
            PostReaders::Public
        };
        check_answer(tx, &author, readers).await?;
    }
    let known = MarkedPost::of(&before, mentions.clone());
    // What people see is compared: blanks at the end of a line are no edit.
    let seen = |post: &MarkedPost| {
        (
            post.note_html(builder.urls),
            post.page_html(builder.urls),
            post.text.language.clone(),
            post.warning(&before).map(str::to_owned),
        )
    };
    let known = known.as_ref().map(seen).ok();
    let last = before.updated_at.unwrap_or(before.published_at);
    let post = OwnPost {
        source: Some(source.to_owned()),
        // Servers compare whole seconds, and ignore an edit that is not strictly newer.
        updated_at: Some(builder.now.max(last.plus(Duration::from_secs(1)))),
        ..before.clone()
    };
    settings.measure(builder.urls, &post, mentions, mentioned)?;
    save_mentions(tx, path, mentioned).await?;
    let read = MarkedPost::load(tx, &post).await?;
    if known == Some(seen(&read)) {
        return Ok((
            AnnouncementChange::Unchanged(before),
            PendingDeliveries::default(),
        ));
    }
    tx.save_own_post(&post).await?;
    let language = letter_language(tx, settings).await?;
    let note = settings.post_document(builder.urls, (&post, &read), &language)?;
    let id = builder.id();
    let body = activitystreams::update(builder.urls, &id, &note);
    tell(
        tx,
        about(builder, (&id, "Update"), &post, &body),
        Recipients::of(&post, Recipients::Known),
    )
    .await?;
    audit(tx, builder, AuditAction::PostUpdate, &post, by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((
        AnnouncementChange::Sent(post),
        PendingDeliveries { queued: true },
    ))
}

/// Deletes a post for good: queues a Delete for everybody who may have a copy, and its id answers 410 from then on.
/// The id is never used again, because Mastodon never takes a deleted id back. The text is erased, and deliveries
/// about it that were not tried yet are dropped.
///
/// # Errors
/// [`Error::NoPost`] and [`Error::PostGone`].
pub async fn delete(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    path: &str,
    by: &str,
) -> Result<(OwnPost, PendingDeliveries)> {
    let before = standing(tx, path).await?;
    let post = OwnPost {
        source: None,
        warning: None,
        in_reply_to: None,
        deleted_at: Some(builder.now),
        ..before
    };
    tx.save_own_post(&post).await?;
    tx.hide_activities_about(path).await?;
    let id = builder.id();
    let url = builder.urls.absolute(path);
    let mentions = tx.post_mentions(std::slice::from_ref(&post.path)).await?;
    let recipient = mentions.iter().find(|mention| mention.answered);
    let body = match recipient.filter(|_| post.direct) {
        Some(recipient) => {
            activitystreams::delete_direct(builder.urls, &id, &url, &recipient.actor)
        }
        None => activitystreams::delete(builder.urls, &id, &url),
    };
    tx.drop_untried(path, builder.now).await?;
    tell(
        tx,
        about(builder, (&id, "Delete"), &post, &body),
        Recipients::of(&post, Recipients::Told),
    )
    .await?;
    tx.forget_post_mentions(path).await?;
    audit(tx, builder, AuditAction::PostDelete, &post, by).await?;
    tx.changed(&[Topic::Letter, Topic::Queue]).await?;
    Ok((post, PendingDeliveries { queued: true }))
}

/// Takes people who are to be erased, given by the row ids of their accounts, out of what was published last of each post that
/// mentions them; nothing is sent. Their handles in the text are plain text from then on. What was published before names
/// them until they are erased.
///
/// # Errors
/// Those of the store. A post that cannot be read any more is left to the erasure, which hides it from the outbox.
pub(in crate::register) async fn unmention(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    actor_ids: &[i64],
) -> Result<()> {
    let gone = tx.actors_by_id(actor_ids).await?;
    for path in tx.posts_mentioning(actor_ids).await? {
        let post = tx.own_post(&path).await?;
        let Some(mut post) = post.filter(|post| post.deleted_at.is_none()) else {
            continue;
        };
        let mut mentions = tx.post_mentions(std::slice::from_ref(&path)).await?;
        let is_gone = |mention: &PostMention| gone.iter().any(|gone| gone.url == mention.actor);
        if mentions
            .iter()
            .any(|mention| mention.answered && is_gone(mention))
        {
            // The address of what it answers names them as well.
            post.in_reply_to = Some(String::new());
        }
        mentions.retain(|mention| !is_gone(mention));
        let Ok(read) = MarkedPost::of(&post, mentions) else {
            continue;
        };
        let Some((activity, kind)) = tx.newest_publication(&path).await? else {
            continue;
        };
        let Some(Own::Activity(id)) = urls.parse_path(&activity) else {
            continue;
        };
        let language = letter_language(tx, settings).await?;
        let note = settings.post_document(urls, (&post, &read), &language)?;
        let body = if kind == "Create" {
            activitystreams::create(urls, &id, &note)
        } else {
            activitystreams::update(urls, &id, &note)
        };
        tx.rewrite_activity(&activity, &body.to_string()).await?;
    }
    Ok(())
}

/// A post that can still be changed.
async fn standing(tx: &mut Tx, path: &str) -> Result<OwnPost> {
    let post = tx.post_to_anybody(path).await?;
    let post = post.ok_or_else(|| Error::NoPost(path.to_owned()))?;
    match post.deleted_at {
        Some(at) => Err(Error::PostGone {
            path: path.to_owned(),
            at,
        }),
        None => Ok(post),
    }
}

/// The letter's language, which a post has unless it declares another one.
pub(super) async fn letter_language(tx: &mut Tx, settings: &NoteSettings) -> Result<String> {
    let revision = tx.current_revision().await?.ok_or(Error::NoLetter)?;
    let letter = settings.read(&revision)?;
    Ok(settings.language_of(&letter).to_owned())
}

/// The receivers of an activity about a post.
#[derive(Clone, Copy)]
enum Recipients<'a> {
    /// Nobody can know the post yet; those whom it mentions get it as well.
    New(PostAudience<'a>),
    /// Everybody who may have a copy: the followers, and who answered, liked or boosted it, or was mentioned.
    Known,
    /// The same, and former followers to whom it was sent in the last 30 days: their servers have a copy, too.
    Told,
    /// The person whom it answers, alone.
    Answered,
}

impl Recipients<'_> {
    /// `many`, or of a direct answer the one person who has it.
    const fn of(post: &OwnPost, many: Self) -> Self {
        if post.direct { Self::Answered } else { many }
    }
}

/// An activity about a post: nobody but its receiver may read one about a direct answer.
fn about(
    builder: &ActivityBuilder<'_>,
    (id, kind): (&PublicId, &str),
    post: &OwnPost,
    body: &Value,
) -> NewActivity {
    NewActivity {
        public: !post.direct,
        ..builder.about(id, kind, &post.path, body)
    }
}

/// Writes an activity and queues it. Returns the number of inboxes.
async fn tell(tx: &mut Tx, activity: NewActivity, to: Recipients<'_>) -> Result<u64> {
    let (at, subject) = (activity.at, activity.subject.clone());
    let mut inboxes = 0_u64;
    for id in tx.send(&[activity]).await? {
        let queued = match to {
            Recipients::New(PostAudience::Answer(_, PostReaders::Direct))
            | Recipients::Answered => tx.queue_for_answered(id, &subject, at).await?,
            Recipients::New(audience) => {
                let mut queued = tx.queue_for_followers(id, at).await?
                    + tx.queue_for_mentioned(id, &subject, at).await?;
                if matches!(audience, PostAudience::EarlierSigners) {
                    let newest = tx.newest_substantive_revision().await?;
                    queued += tx.queue_for_earlier_signers(id, newest, at).await?;
                }
                queued
            }
            Recipients::Known => tx.queue_for_audience(id, &subject, at).await?,
            Recipients::Told => {
                tx.queue_for_audience(id, &subject, at).await?
                    + tx.queue_for_told(id, &subject, at).await?
            }
        };
        inboxes = inboxes.saturating_add(queued);
    }
    Ok(inboxes)
}

/// Notes in the audit what was done to a post.
pub(super) async fn audit(
    tx: &mut Tx,
    builder: &ActivityBuilder<'_>,
    action: AuditAction,
    post: &OwnPost,
    by: &str,
) -> Result<()> {
    let entry = NewAudit {
        at: builder.now,
        by: by.to_owned(),
        action,
        code: None,
        target: id_of(builder.urls, &post.path)?.to_string(),
        reason: None,
    };
    tx.add_audit(&entry).await?;
    Ok(())
}

/// `state` of `post list`.
#[must_use]
pub fn state_of(post: &OwnPost) -> &'static str {
    match post.deleted_at {
        Some(_) => "deleted",
        None => "published",
    }
}

impl ActivityBuilder<'_> {
    /// A public activity about one of our objects; the inboxes are added afterwards.
    pub(in crate::register) fn about(
        &self,
        id: &PublicId,
        kind: &str,
        subject: &str,
        body: &Value,
    ) -> NewActivity {
        NewActivity {
            path: self.urls.path(&Own::Activity(id.clone())),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            body: body.to_string(),
            public: true,
            at: self.now,
            to: Vec::new(),
        }
    }
}
