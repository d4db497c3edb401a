//! Posts that their authors deleted, or withdrew with everything else.
//!
//! What was withdrawn never signs again. What its author deleted comes back when both say so: the author, in a request
//! that was signed no earlier than the Delete, and the post's own server, where the post stands again (`WordPress`
//! restores posts under their old ids).

use std::collections::{BTreeSet, HashMap};

use super::activity::EARLY;
use crate::{
    clock::Millis,
    hash::{Salt, Sha256},
    register::error::Result,
    store::{TombstoneRow, Tx},
};

/// The posts of a batch that were deleted, and the changes to write.
#[derive(Clone, Debug)]
pub(in crate::register) struct Deletions {
    salt: Salt,
    now: Millis,
    known: HashMap<DeletedPost, TombstoneRow>,
    changed: BTreeSet<DeletedPost>,
}

/// A post with its author, both salted.
type DeletedPost = (Sha256, Sha256);

impl Deletions {
    /// No deletions.
    pub(in crate::register) fn new(salt: &Salt, now: Millis) -> Self {
        Self {
            salt: salt.clone(),
            now,
            known: HashMap::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Loads which of these posts were deleted, whoever did it.
    pub(in crate::register) async fn load<'a>(
        &mut self,
        tx: &mut Tx,
        posts: impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        let posts: Vec<_> = posts.map(|id| Sha256::salted(&self.salt, id)).collect();
        for row in tx.tombstones(&posts, self.now).await? {
            let key = (row.object_hash.clone(), row.actor_hash.clone());
            self.known.insert(key, row);
        }
        Ok(())
    }

    /// Whether this author deleted or withdrew this post.
    pub(in crate::register) fn has(&self, author: &str, post: &str) -> bool {
        self.known.contains_key(&self.key(author, post))
    }

    /// Whether this post was deleted, and can come back when its author sends it again.
    pub(in crate::register) fn can_return(&self, author: &str, post: &str) -> bool {
        let deletion = self.known.get(&self.key(author, post));
        deletion.is_some_and(|row| row.deleted_at.is_some())
    }

    /// Notes the author's Delete of a post that was here.
    pub(in crate::register) fn delete(&mut self, author: &str, post: &str, signed_at: Millis) {
        self.put(author, post, Some(signed_at), None);
    }

    /// Notes the author's Delete of a post that never was here, which may still arrive. It is remembered for a while
    /// only, so that nobody can fill the table.
    pub(in crate::register) fn delete_early(&mut self, author: &str, post: &str) {
        self.put(author, post, None, Some(self.now.plus(EARLY)));
    }

    /// Notes that the author withdrew everything while this post stood, or could come back.
    pub(in crate::register) fn withdraw(&mut self, author: &str, post: &str) {
        self.put(author, post, None, None);
    }

    /// Notes that the author sent a deleted post again. Returns whether it can come back.
    pub(in crate::register) fn claim(
        &mut self,
        author: &str,
        post: &str,
        signed_at: Millis,
    ) -> bool {
        let key = self.key(author, post);
        let deletion = self.known.get_mut(&key);
        let comes_back = |row: &&mut TombstoneRow| {
            row.deleted_at
                .is_some_and(|deleted_at| signed_at >= deleted_at)
        };
        let Some(row) = deletion.filter(comes_back) else {
            return false;
        };
        row.claimed = true;
        self.changed.insert(key);
        true
    }

    /// Lets a post stand again that was found on its own server, if its author had claimed it. Returns whether it does.
    pub(in crate::register) fn lift(&mut self, author: &str, post: &str) -> bool {
        let key = self.key(author, post);
        let lifted = self.known.get(&key).is_some_and(|row| row.claimed);
        if lifted {
            self.known.remove(&key);
            self.changed.insert(key);
        }
        lifted
    }

    fn key(&self, author: &str, post: &str) -> DeletedPost {
        let salted = |id| Sha256::salted(&self.salt, id);
        (salted(post), salted(author))
    }

    /// What was withdrawn stays so, whatever is deleted afterwards.
    fn put(
        &mut self,
        author: &str,
        post: &str,
        deleted_at: Option<Millis>,
        expires_at: Option<Millis>,
    ) {
        let key = self.key(author, post);
        let for_ever = |row: &TombstoneRow| row.expires_at.is_none();
        let known = self.known.get(&key).filter(|row| for_ever(row));
        let withdrawn = known.is_some_and(|row| row.deleted_at.is_none());
        if withdrawn || (known.is_some() && expires_at.is_some()) {
            return;
        }
        let row = TombstoneRow {
            object_hash: key.0.clone(),
            actor_hash: key.1.clone(),
            deleted_at,
            claimed: false,
            expires_at,
        };
        self.known.insert(key.clone(), row);
        self.changed.insert(key);
    }

    /// Saves the changes.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<()> {
        let (mut come, mut go) = (Vec::new(), Vec::new());
        for key in &self.changed {
            match self.known.get(key) {
                Some(row) => come.push(row.clone()),
                None => go.push(key.clone()),
            }
        }
        tx.save_tombstones(&come).await?;
        Ok(tx.remove_tombstones(&go).await?)
    }
}
