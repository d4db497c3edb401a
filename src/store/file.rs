//! The file of a SQLite database: whether it is still the one that was opened, and the lock of the one server.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::error::{Error, Result};

/// A file as it was when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedFile {
    path: PathBuf,
    /// The device and the inode: together the file itself, whatever its name.
    identity: (u64, u64),
}

impl OpenedFile {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path)?,
        })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is written to a file without a name is lost with the process, and SQLite does not notice.
    ///
    /// # Errors
    /// [`Error::Displaced`] when the path leads to no file or to another one.
    pub(super) fn check(&self) -> Result<()> {
        match identity(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::Statement(sqlx::Error::Io(error)))
            }
            Ok(_) | Err(_) => Err(Error::Displaced(self.path.display().to_string())),
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// The lock of the one server that writes to a SQLite database, until it is dropped or the process ends, however it
/// ends.
#[derive(Debug)]
#[must_use = "the lock ends when it is dropped"]
pub struct ServingLock {
    _file: File,
}

impl ServingLock {
    /// Whether somebody has the lock of a database. The file of the lock is not made for that.
    pub(super) fn is_taken(database: &Path) -> io::Result<bool> {
        let file = match File::open(lock_of(database)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock of a database.
    ///
    /// It lies on a file of its own beside the database, and never on the database: closing any handle of that one
    /// would release the locks that SQLite has on it.
    pub(super) fn take(database: &Path) -> std::result::Result<Self, TryLockError> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(lock_of(database))
            .map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Self { _file: file })
    }
}

/// The file of the lock.
fn lock_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
