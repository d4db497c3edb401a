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
    /// Whose it is, when this process is root and that is somebody else.
    owned_by_another: Option<u32>,
}

impl OpenedFile {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path)?,
            owned_by_another: foreign_owner(path)?,
        })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What root writes to the database of another user may leave files beside it that the user's server cannot write to.
    ///
    /// # Errors
    /// [`Error::Root`].
    pub(super) fn check_writer(&self) -> Result<()> {
        self.owned_by_another.map_or(Ok(()), |owner| {
            Err(Error::Root {
                location: self.path.display().to_string(),
                owner,
            })
        })
    }

    /// What is written to a file without a name is lost with the process, and SQLite does not notice.
    ///
    /// # Errors
    /// [`Error::Displaced`] when the path leads to no file or to another one.
    pub(super) fn check(&self) -> Result<()> {
        match identity(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(sqlx::Error::Io(error).into())
            }
            Ok(_) | Err(_) => Err(Error::Displaced(self.path.display().to_string())),
        }
    }
}

/// Refuses a file or folder of somebody else when this process is root. Where it is not there yet, the nearest folder that
/// is counts: what root makes in it, the server of its owner could not write to.
///
/// # Errors
/// [`Error::Root`].
pub(super) fn refuse_root(path: &Path) -> Result<()> {
    let here = Path::new(".");
    let nearest = path
        .ancestors()
        .map(|path| {
            if path.as_os_str().is_empty() {
                here
            } else {
                path
            }
        })
        .find(|path| path.exists())
        .unwrap_or(here);
    match foreign_owner(nearest).map_err(sqlx::Error::Io)? {
        Some(owner) => Err(Error::Root {
            location: nearest.display().to_string(),
            owner,
        }),
        None => Ok(()),
    }
}

/// Whose it is, when this process is root and that is somebody else.
fn foreign_owner(path: &Path) -> io::Result<Option<u32>> {
    let owner = std::fs::metadata(path)?.uid();
    let is_foreign = rustix::process::geteuid().is_root() && owner != 0;
    Ok(is_foreign.then_some(owner))
}

/// Renames a database with its log, whose names follow one another. The log goes first: beside another database
/// SQLite could take it for that one's.
pub(super) fn put_aside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let aside = named(suffix);
    if aside.exists() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there already", aside.display()),
        ));
    }
    for log in ["-wal", "-shm", ""] {
        match std::fs::rename(named(log), named(&format!("{suffix}{log}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !log.is_empty() => (),
            renamed => renamed?,
        }
    }
    Ok(aside)
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
        // Shared, so that two who look at the same time do not take each other for a server.
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock of a database.
    ///
    /// It lies on a file of its own beside the database, and never on the database: closing any handle of that one
    /// would release the locks that SQLite has on it.
    fn take(database: &Path) -> std::result::Result<Self, TryLockError> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(lock_of(database))
            .map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Self { _file: file })
    }

    /// The same; while somebody has the lock it asks again after each of ten `pause`s, because a command may only be
    /// looking whether a server has it.
    pub(super) async fn take_patiently<F: Future<Output = ()>>(
        database: &Path,
        mut pause: impl FnMut() -> F,
    ) -> std::result::Result<Self, TryLockError> {
        for _ in 0..10 {
            match Self::take(database) {
                Err(TryLockError::WouldBlock) => pause().await,
                taken => return taken,
            }
        }
        Self::take(database)
    }
}

/// The file of the lock.
fn lock_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn who_looks_whether_a_server_runs_does_not_keep_one_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("letter.db");
        assert!(!ServingLock::is_taken(&database).unwrap());
        let serving = ServingLock::take(&database).unwrap();
        assert!(ServingLock::is_taken(&database).unwrap());
        drop(serving);
        // What a command has while it looks.
        let looking = File::open(lock_of(&database)).unwrap();
        looking.lock_shared().unwrap();
        assert!(!ServingLock::is_taken(&database).unwrap());
        let looking = RefCell::new(Some(looking));
        let pause = async || drop(looking.take());
        let serving = ServingLock::take_patiently(&database, pause).await;
        let serving = serving.unwrap();
        // A server keeps it, and the second one gives up.
        let pauses = RefCell::new(0);
        let pause = async || *pauses.borrow_mut() += 1;
        let second = ServingLock::take_patiently(&database, pause).await;
        assert!(matches!(second, Err(TryLockError::WouldBlock)));
        assert_eq!(pauses.take(), 10);
        drop(serving);
    }
}
