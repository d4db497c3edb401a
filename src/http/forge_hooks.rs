//! Which webhooks of forges there are: the threads and the secret of each name.

use std::{collections::BTreeMap, sync::Arc};

use super::webhook::WebhookKey;
use crate::{config::ForgeThread, federation::forge::wakes::ForgeWakes};

/// The webhook of the threads with one name.
#[derive(Debug)]
pub(super) struct ForgeHook {
    key: WebhookKey,
    threads: Vec<ForgeThread>,
}

impl ForgeHook {
    /// What verifies its signatures.
    pub(super) const fn key(&self) -> &WebhookKey {
        &self.key
    }

    /// The threads that it may be about.
    pub(super) fn threads(&self) -> &[ForgeThread] {
        &self.threads
    }
}

/// The webhooks of all threads, by name.
#[derive(Debug, Default)]
pub struct ForgeHooks {
    hooks: BTreeMap<String, ForgeHook>,
    wakes: Arc<ForgeWakes>,
}

impl ForgeHooks {
    /// No webhooks; `wakes` gets what has to be read because of one.
    pub fn new(wakes: Arc<ForgeWakes>) -> Self {
        Self {
            hooks: BTreeMap::new(),
            wakes,
        }
    }

    /// Adds a thread whose webhook is signed by this secret.
    pub fn add(&mut self, thread: ForgeThread, secret: &[u8]) {
        let hook = self.hooks.entry(thread.name.clone());
        let hook = hook.or_insert_with(|| ForgeHook {
            key: WebhookKey::new(secret),
            threads: Vec::new(),
        });
        hook.threads.push(thread);
    }

    /// The webhook with this name.
    pub(super) fn get(&self, name: &str) -> Option<&ForgeHook> {
        self.hooks.get(name)
    }

    /// What has to be read because of a webhook.
    pub(super) fn wakes(&self) -> &ForgeWakes {
        &self.wakes
    }
}
