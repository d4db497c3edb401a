//! What a decision changed of one block: stored with its audit entry, so that it can be taken back.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Millis,
    endorsement::{
        block_file::Flags,
        blocks::{Severity, Target},
    },
    hash::Sha256,
    store::BlockRow,
};

/// One block before and after; `None` where there was none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockChange {
    /// The hash of the actor's id, if it is about an actor: the audit names nobody.
    actor: Option<String>,
    before: Option<BlockFields>,
    after: Option<BlockFields>,
    /// Whether follows were ended for good.
    pub(super) cut: bool,
}

/// What a block says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BlockFields {
    severity: Severity,
    public_comment: Option<String>,
    private_comment: Option<String>,
    at: i64,
    reject_media: bool,
    reject_reports: bool,
    obfuscate: bool,
}

impl BlockFields {
    fn of(row: &BlockRow) -> Self {
        let Flags {
            reject_media,
            reject_reports,
            obfuscate,
        } = row.flags;
        Self {
            severity: row.severity,
            public_comment: row.public_comment.clone(),
            private_comment: row.private_comment.clone(),
            at: row.at.as_millis(),
            reject_media,
            reject_reports,
            obfuscate,
        }
    }

    fn row(&self, target: Target) -> BlockRow {
        BlockRow {
            target,
            severity: self.severity,
            public_comment: self.public_comment.clone(),
            private_comment: self.private_comment.clone(),
            at: Millis::from_millis(self.at),
            flags: Flags {
                reject_media: self.reject_media,
                reject_reports: self.reject_reports,
                obfuscate: self.obfuscate,
            },
        }
    }
}

impl BlockChange {
    /// What changes of the block of a target.
    pub(super) fn new(
        target: &Target,
        before: Option<&BlockRow>,
        after: Option<&BlockRow>,
        cut: bool,
    ) -> Self {
        Self {
            actor: match target {
                Target::Actor(id) => Some(Sha256::of(id).hex()),
                Target::Domain(_) => None,
            },
            before: before.map(BlockFields::of),
            after: after.map(BlockFields::of),
            cut,
        }
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads what was stored.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The hash of the actor's id, if it is about an actor.
    pub(super) fn actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// Whether the block is as this change left it.
    pub(super) fn is_as_left(&self, now: Option<&BlockRow>) -> bool {
        self.after == now.map(BlockFields::of)
    }

    /// The severity before.
    pub(super) fn severity_before(&self) -> Option<Severity> {
        self.before.as_ref().map(|before| before.severity)
    }

    /// The severity after.
    pub(super) fn severity_after(&self) -> Option<Severity> {
        self.after.as_ref().map(|after| after.severity)
    }

    /// The row as it was before; `None` when there was no block.
    pub(super) fn before(&self, target: Target) -> Option<BlockRow> {
        self.before.as_ref().map(|before| before.row(target))
    }
}
