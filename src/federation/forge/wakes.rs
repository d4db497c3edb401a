//! What webhooks ask the task that reads threads to look at soon.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use crate::hash::Sha256;

/// The most that waits: the rest is found by the next reading of the thread.
const MOST: usize = 1000;

/// Something to be read soon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ForgeWake {
    /// A thread, by its address.
    Thread(String),
    /// A comment, by the address of its thread and its number.
    Comment(String, u64),
    /// Nothing, but a webhook says that the author of this comment wrote this state of it, should it be read.
    Vouched(String, u64, Sha256),
}

/// What waits to be read; each thing once.
#[derive(Debug, Default)]
pub struct ForgeWakes(Mutex<BTreeSet<ForgeWake>>);

impl ForgeWakes {
    /// Has something read soon.
    pub fn add(&self, wake: ForgeWake) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST {
            waiting.insert(wake);
        }
    }

    /// Takes everything that waits.
    pub fn take(&self) -> BTreeSet<ForgeWake> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
