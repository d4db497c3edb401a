//! A post of somebody's that we answer or boost.
//!
//! Not here: the answer ([`answers`](super::answers)), and the boost ([`own_boosts`](super::own_boosts)).

use crate::{
    endorsement::{State, public_mention::may_be_named},
    hash::Sha256,
    register::error::Result,
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

/// The state of somebody's endorsement in which no public post of ours names them, if it is in such a state. All accounts
/// of somebody who moved are one person.
///
/// # Errors
/// The database failed.
pub async fn unnamed_state(tx: &mut Tx, actor_id: i64) -> Result<Option<State>> {
    let accounts = tx.accounts_of(actor_id).await?;
    let endorsements = tx.endorsements_of(&accounts).await?;
    let mut states = endorsements.iter().map(|endorsement| endorsement.state);
    Ok(states.find(|state| !may_be_named(*state)))
}
