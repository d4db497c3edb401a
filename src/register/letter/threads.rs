//! The thread around a post of somebody's, as far as it is known here.

use crate::{
    activitystreams::paths::POSTS,
    clock::Millis,
    hash::Sha256,
    register::error::Result,
    store::{OwnPost, ThreadPost, Tx},
};

/// The most posts of a thread that are told, above and below.
const MOST: usize = 200;

/// One post of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadEntry {
    /// Somebody's.
    Theirs(ThreadPost),
    /// Ours.
    Ours(OwnPost),
}

impl ThreadEntry {
    /// When it was published.
    #[must_use]
    pub const fn at(&self) -> Millis {
        match self {
            Self::Theirs(post) => post.at,
            Self::Ours(post) => post.published_at,
        }
    }
}

/// The thread of the post with this id: what it answers, up to the letter or a post below it; the post; and the answers
/// below it, ours and others'. Oldest first. Empty when the post is not stored.
///
/// # Errors
/// The database failed.
pub async fn thread_of(tx: &mut Tx, object: &str) -> Result<Vec<ThreadEntry>> {
    let Some(post) = tx.thread_post(&Sha256::of(object)).await? else {
        return Ok(Vec::new());
    };
    let mut entries = above(tx, post.target.clone()).await?;
    entries.push(ThreadEntry::Theirs(post));
    entries.extend(below(tx, object.to_owned()).await?);
    entries.sort_by_key(ThreadEntry::at);
    Ok(entries)
}

/// What stands above: posts of ours in turn with those that they answer.
async fn above(tx: &mut Tx, mut target: String) -> Result<Vec<ThreadEntry>> {
    let mut entries = Vec::new();
    while target.starts_with(POSTS) && entries.len() < MOST {
        let Some(ours) = tx.post_to_anybody(&target).await? else {
            break;
        };
        let answered = ours.in_reply_to.clone();
        entries.push(ThreadEntry::Ours(ours));
        let Some(answered) = answered else {
            break;
        };
        let Some(theirs) = tx.thread_post(&Sha256::of(&answered)).await? else {
            break;
        };
        target.clone_from(&theirs.target);
        entries.push(ThreadEntry::Theirs(theirs));
    }
    Ok(entries)
}

/// What stands below: our answers, those to them, and so on.
async fn below(tx: &mut Tx, object: String) -> Result<Vec<ThreadEntry>> {
    let (mut entries, mut objects) = (Vec::new(), vec![object]);
    while !objects.is_empty() && entries.len() < MOST {
        let ours = tx.answers_to(&objects).await?;
        let paths: Vec<String> = ours.iter().map(|post| post.path.clone()).collect();
        let left = i64::try_from(MOST.saturating_sub(entries.len())).unwrap_or(0);
        let theirs = tx.thread_posts_below(&paths, left).await?;
        objects = theirs.iter().map(|post| post.object.clone()).collect();
        entries.extend(ours.into_iter().map(ThreadEntry::Ours));
        entries.extend(theirs.into_iter().map(ThreadEntry::Theirs));
    }
    Ok(entries)
}
