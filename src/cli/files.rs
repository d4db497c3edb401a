//! Files that commands write: new ones, readable by their owner alone, because they hold names.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;

use super::output::{Exit, end};

/// Writes a new file.
///
/// # Errors
/// Exit code 4 when there is something of that name.
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    let mut opened = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return end(
                Exit::Conflict,
                format!("{} is there already; name another file", file.display()),
            );
        }
        opened => opened.with_context(cannot)?,
    };
    opened
        .write_all(bytes)
        .and_then(|()| opened.sync_all())
        .with_context(cannot)
}
