//! Backups as files: the archive with its manifest, the names of daily ones, how many are kept and what is known of them, and the list of those
//! who were taken off on request, which lies beside the database.
//!
//! Not here: what goes into an archive and where it comes back (`server`), and what of it may be shown
//! (`register::maintenance::restored`).

mod archive;
mod daily;
mod daily_state;
mod erased_list;
mod manifest;

pub use archive::{ArchiveError, describe, digest, keep, manifest_of, read, write};
pub use daily::{DailyLimits, delete_old, file_name};
pub use daily_state::DailyState;
pub use erased_list::{append, entries, prune};
pub use manifest::{ArchivePart, CONFIG, DATABASE, FILES, Manifest, OUTSIDE};
