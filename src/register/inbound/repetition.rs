//! Whether something arrived before: the one place that decides it.
//!
//! Two things are remembered of a delivery, for longer than any signature is valid: the request, by its signature, and
//! the activity, by its actor and its id (an Update by its object as well). The same request never counts again, so
//! that nobody who recorded one can bring back what was taken back. The same activity in another request is mostly a
//! sender's second try. But several servers give one id to everything that an actor does to an object, and then it
//! depends on what it does: [`Again`].

use std::collections::{BTreeSet, HashMap, HashSet};

use super::activity::{Again, EARLY, InboundAction, InboundActivity};
use crate::{
    clock::Millis,
    hash::{Hashing, Sha256},
    register::error::Result,
    store::{SeenRow, Tx},
};

/// What an arriving activity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::register) enum Repetition {
    /// Something new, or something that counts each time.
    New,
    /// What arrived before.
    Repeated,
    /// What was taken back, before or after it arrived.
    Undone,
    /// An edit that says what an earlier one said: only its server knows which of them was the last.
    EditedBack,
}

/// The requests and activities of a batch that were received before, and those that are received now.
#[derive(Clone, Debug, Default)]
pub(in crate::register) struct Memory {
    known: HashMap<Sha256, SeenRow>,
    changed: BTreeSet<Sha256>,
    now: Millis,
}

impl Memory {
    /// Loads what is remembered of a batch, and of what it undoes.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        incoming: &[InboundActivity],
        now: Millis,
    ) -> Result<Self> {
        let mut hashes = HashSet::new();
        for one in incoming {
            hashes.extend(one.request.as_ref().map(|request| request.hash.clone()));
            hashes.extend(own_key(one));
            if let InboundAction::Undo(_) = one.action {
                let undone = one.action.facts().ids;
                let undone = undone.iter().map(|id| Sha256::of(id));
                hashes.extend(undone.map(|id| key(one.sender.url(), &id)));
            }
        }
        let hashes: Vec<_> = hashes.into_iter().collect();
        let known = tx.seen(&hashes).await?.into_iter();
        Ok(Self {
            known: known.map(|row| (row.hash.clone(), row)).collect(),
            changed: BTreeSet::new(),
            now,
        })
    }

    /// The activities of a batch without the actors' own Updates that arrived before: their documents are old.
    pub(in crate::register) fn without_old_documents<'a>(
        &self,
        incoming: &'a [InboundActivity],
    ) -> Vec<&'a InboundActivity> {
        let mut here = HashSet::new();
        let mut is_old = |one: &InboundActivity| {
            let request = one.request.as_ref();
            let hashes = request.map(|request| request.hash.clone());
            let hashes: Vec<_> = hashes.into_iter().chain(own_key(one)).collect();
            hashes
                .into_iter()
                .any(|hash| self.known.contains_key(&hash) || !here.insert(hash))
        };
        let is_own = |one: &InboundActivity| matches!(one.action, InboundAction::ActorChanged);
        let fresh = |one: &&InboundActivity| !is_own(one) || !is_old(one);
        incoming.iter().filter(fresh).collect()
    }

    /// Whether this very request was received before.
    pub(in crate::register) fn repeats(&self, incoming: &InboundActivity) -> bool {
        let request = incoming.request.as_ref();
        request.is_some_and(|request| self.known.contains_key(&request.hash))
    }

    /// Decides whether an activity arrived before, and remembers it. `can_return` says whether it is a post that its
    /// author deleted.
    pub(in crate::register) fn judge(
        &mut self,
        incoming: &InboundActivity,
        can_return: bool,
    ) -> Repetition {
        let Some(request) = &incoming.request else {
            // What was fetched is what stands there now.
            return Repetition::New;
        };
        if self.known.contains_key(&request.hash) {
            return Repetition::Repeated;
        }
        self.remember(request.hash.clone(), None);
        let again = incoming.action.again();
        let Some(key) = own_key(incoming).filter(|_| again != Again::Always) else {
            return Repetition::New;
        };
        let Some(known) = self.known.get_mut(&key) else {
            self.remember(key, None);
            return Repetition::New;
        };
        let was_early = std::mem::take(&mut known.awaited);
        let swallowed = was_early && self.now < known.at.plus(EARLY);
        let undone_at = known.undone_at;
        let may_return = undone_at.is_none_or(|undone_at| request.signed_at >= undone_at);
        let repetition = match again {
            Again::AfterUndo | Again::UntilUndo if swallowed || !may_return => Repetition::Undone,
            Again::AfterUndo if undone_at.is_none() => Repetition::Repeated,
            Again::AfterUndo | Again::UntilUndo | Again::Always => Repetition::New,
            Again::Never | Again::AsEdit if can_return || was_early => Repetition::New,
            Again::Never => Repetition::Repeated,
            Again::AsEdit => Repetition::EditedBack,
        };
        let undone_at = undone_at.filter(|_| repetition == Repetition::Undone);
        self.remember(key, undone_at);
        repetition
    }

    /// Notes that an activity of this actor was undone by a request that was signed at `signed_at`. One that never came
    /// is awaited.
    pub(in crate::register) fn undo(&mut self, actor: &str, activity: &Sha256, signed_at: Millis) {
        let key = key(actor, activity);
        let known = self.known.get(&key);
        let awaited = known.is_none_or(|row| row.awaited);
        let before = known.and_then(|row| row.undone_at);
        self.remember(key.clone(), before.max(Some(signed_at)));
        if let Some(row) = self.known.get_mut(&key) {
            row.awaited = awaited;
        }
    }

    /// The same of an activity that came, whether or not it is still remembered.
    pub(in crate::register) fn undo_known(
        &mut self,
        actor: &str,
        activity: &Sha256,
        signed_at: Millis,
    ) {
        self.undo(actor, activity, signed_at);
        if let Some(row) = self.known.get_mut(&key(actor, activity)) {
            row.awaited = false;
        }
    }

    /// Whether this activity of this actor was received.
    pub(in crate::register) fn came(&self, actor: &str, activity: &Sha256) -> bool {
        let known = self.known.get(&key(actor, activity));
        known.is_some_and(|row| !row.awaited)
    }

    /// Whether this activity of this actor was undone, and did not come again since.
    pub(in crate::register) fn is_undone(&self, actor: &str, activity: &Sha256) -> bool {
        let known = self.known.get(&key(actor, activity));
        known.is_some_and(|row| row.undone_at.is_some())
    }

    fn remember(&mut self, hash: Sha256, undone_at: Option<Millis>) {
        let row = SeenRow {
            hash: hash.clone(),
            at: self.now,
            undone_at,
            awaited: false,
        };
        self.changed.insert(hash.clone());
        self.known.insert(hash, row);
    }

    /// Saves what is new.
    pub(in crate::register) async fn save(&self, tx: &mut Tx) -> Result<()> {
        let rows = self.changed.iter().filter_map(|hash| self.known.get(hash));
        let rows: Vec<_> = rows.cloned().collect();
        Ok(tx.save_seen(&rows).await?)
    }
}

/// The hash by which an activity is known again; `None` for one that has no identity.
fn own_key(incoming: &InboundActivity) -> Option<Sha256> {
    let request = incoming.request.as_ref()?;
    let identity = incoming.has_identity().then(|| incoming.hash())?;
    let identity = key(incoming.sender.url(), &identity);
    Some(match &request.object {
        Some(object) => joined(&[&identity.hex(), &object.hex()]),
        None => identity,
    })
}

/// The hash of an actor's activity; another actor's activity of the same id has another one.
fn key(actor: &str, activity: &Sha256) -> Sha256 {
    joined(&[actor, &activity.hex()])
}

fn joined(parts: &[&str]) -> Sha256 {
    let mut hashing = Hashing::default();
    for part in parts {
        hashing.add_part(part.as_bytes());
    }
    hashing.done()
}
