//! A post of somebody's that we answer or boost.
//!
//! Not here: the answer ([`answers`](super::answers)), and the boost ([`own_boosts`](super::own_boosts)).

use crate::{
    endorsement::{
        State,
        public_mention::{Unnamed, may_be_named},
    },
    hash::Sha256,
    register::{
        error::{CannotAnswer, Result},
        rules::block_list,
    },
    store::{ActorRow, NewActor, PostMention, Tx},
    string_enum::words,
};

words! {
    /// Who can read a post of ours.
    pub enum PostReaders {
        /// Everybody.
        Public = "public",
        /// The person whom it answers, alone.
        Direct = "direct",
    }
}

/// A post of somebody's, with its author.
#[derive(Clone, Debug)]
pub struct RemotePost {
    /// Its id.
    pub object: String,
    /// The author's id.
    pub author: String,
    /// The author's handle, in small letters.
    pub handle: String,
    /// The author's profile page for people, or the id where it has none.
    profile: String,
    /// Whether everybody may be told of it: to be answered, in public or unlisted; to be boosted, in public alone.
    pub is_public: bool,
    /// The author's document, of somebody who may be unknown here.
    read: Option<Box<NewActor>>,
}

impl RemotePost {
    /// A post by somebody who is known here.
    #[must_use]
    pub fn by_known(object: String, author: &ActorRow, is_public: bool) -> Self {
        Self {
            object,
            author: author.url.clone(),
            handle: author.handle.to_lowercase(),
            profile: author.page.as_ref().unwrap_or(&author.url).clone(),
            is_public,
            read: None,
        }
    }

    /// A post that was read on its own server, with the document of its author.
    #[must_use]
    pub fn read(object: String, author: NewActor, is_public: bool) -> Self {
        Self {
            object,
            author: author.url.clone(),
            handle: author.handle.to_lowercase(),
            profile: author.page.as_ref().unwrap_or(&author.url).clone(),
            is_public,
            read: Some(Box::new(author)),
        }
    }

    /// The author's mention in our post with this path.
    #[must_use]
    pub fn mention(&self, path: &str) -> PostMention {
        PostMention {
            path: path.to_owned(),
            handle: self.handle.clone(),
            actor: self.author.clone(),
            profile: self.profile.clone(),
            answered: true,
        }
    }

    /// The author's row. Who was not known here is saved.
    pub(in crate::register) async fn save_author(&self, tx: &mut Tx) -> Result<Option<ActorRow>> {
        let hash = [Sha256::of(&self.author)];
        let known = tx.actors(&hash).await?.pop();
        let (None, Some(read)) = (&known, &self.read) else {
            return Ok(known);
        };
        tx.save_actors(std::slice::from_ref(read.as_ref())).await?;
        Ok(tx.actors(&hash).await?.pop())
    }

    /// Saves that our post with this path answers the author.
    pub(in crate::register) async fn save_mention(&self, tx: &mut Tx, path: &str) -> Result<()> {
        let hash = Sha256::of(&self.author);
        tx.save_post_mention(path, &self.handle, &hash).await?;
        Ok(tx.mark_answered(path, &hash).await?)
    }
}

/// Refuses an answer to somebody, new or changed.
///
/// # Errors
/// [`Error::CannotAnswer`](crate::register::Error::CannotAnswer) when the author is blocked or gone, or may not be named
/// in public.
pub(in crate::register) async fn check_answer(
    tx: &mut Tx,
    author: &ActorRow,
    readers: PostReaders,
) -> Result<()> {
    if block_list(tx).await?.blocks_actor(&author.url) {
        return Err(CannotAnswer::Blocked.into());
    }
    if author.suspended {
        return Err(CannotAnswer::Gone.into());
    }
    if author.forge.is_some() {
        return Err(CannotAnswer::OnForge.into());
    }
    if readers == PostReaders::Direct {
        return Ok(());
    }
    if tx.names_off().await?.is_some() {
        return Err(CannotAnswer::NamesOff.into());
    }
    match unnamed(tx, author.id).await? {
        Some(why) => Err(CannotAnswer::Unnamed(why).into()),
        None => Ok(()),
    }
}

/// Why nothing public of ours names somebody, if it must not: the state of their endorsement, or because they asked for
/// it or an administrator took their name off. All accounts of somebody who moved are one person.
///
/// # Errors
/// The database failed.
pub async fn unnamed(tx: &mut Tx, actor_id: i64) -> Result<Option<Unnamed>> {
    let accounts = tx.accounts_of(actor_id).await?;
    let actors = tx.actors_by_id(&accounts).await?;
    let moved_on = |id: i64| {
        let mut left_behind = actors.iter().filter(|actor| actor.successor_id.is_some());
        left_behind.any(|actor| actor.id == id)
    };
    for row in tx.endorsements_of(&accounts).await? {
        // What an old account left behind ended by the move, not by the person's word.
        let is_by_move = row.state == State::Withdrawn && moved_on(row.actor_id);
        if !may_be_named(row.state) && !is_by_move {
            return Ok(Some(Unnamed::State(row.state)));
        }
    }
    let is_off = actors
        .iter()
        .any(|actor| actor.unnamed_at.is_some() || actor.name_off_at.is_some());
    Ok(is_off.then_some(Unnamed::NameOff))
}
