//! A clock that stands still until the test moves it, for all processes at once.
//!
//! It lies in a file, so it goes on where it was when a process is killed, and two processes never disagree
//! about whether a lease has run out.

use std::{fs::File, os::unix::fs::FileExt as _, path::Path};

use undersigned::clock::{Clock, Millis};

/// Eight bytes in a file: the system writes and reads so few at once.
#[derive(Debug)]
pub(super) struct SharedClock(File);

impl SharedClock {
    /// A new clock that stands at `now`.
    pub(super) fn create(path: &Path, now: Millis) -> Self {
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true);
        let clock = Self(file.open(path).unwrap());
        clock.set(now);
        clock
    }

    /// Opens a clock that another process moves.
    pub(super) fn open(path: &Path) -> Self {
        Self(File::open(path).unwrap())
    }

    /// Moves it to a moment.
    pub(super) fn set(&self, now: Millis) {
        self.0
            .write_all_at(&now.as_millis().to_le_bytes(), 0)
            .unwrap();
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Millis {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, 0).unwrap();
        Millis::from_millis(i64::from_le_bytes(bytes))
    }
}
