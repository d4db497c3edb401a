//! Free disk space: the file system of the SQLite file is checked from time to time.
//!
//! A full disk loses acknowledged activities and blocks administrators, so before that nothing is written but what takes
//! something back, and nothing is sent. With
//! PostgreSQL nothing is checked, because its disk may be on another machine.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::sync::watch;

use crate::string_enum::words;

const MIB: u64 = 1024 * 1024;

/// The free space below which an administrator should make some.
const LOW: Threshold = Threshold {
    percent: 10,
    least: 64 * MIB,
    most: 5 * 1024 * MIB,
};

/// The free space below which only what takes something back is written.
const FULL: Threshold = Threshold {
    percent: 2,
    // SQLite's log may grow by as much before it is moved into the file.
    least: 32 * MIB,
    most: 1024 * MIB,
};

/// A part of the disk, within bounds: a few percent are nothing on a small disk, and plenty on a large one.
struct Threshold {
    percent: u64,
    least: u64,
    most: u64,
}

impl Threshold {
    fn of(&self, total: u64) -> u64 {
        let part = (total / 100).saturating_mul(self.percent);
        part.clamp(self.least, self.most)
    }
}

words! {
    /// The state of the disk.
    pub enum Room {
        /// Enough space.
        Enough = "enough",
        /// Less than 10 % is free, within 64 MiB and 5 GiB: an administrator should make room.
        Low = "low",
        /// Less than 2 % is free, within 32 MiB and 1 GiB: nothing is written but what takes something back.
        Full = "full",
    }
}

/// The size of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Free bytes, as far as this process may use them.
    pub free: u64,
    /// Its size in bytes.
    pub total: u64,
}

impl Space {
    /// The file system that holds `path`.
    pub fn of(path: &Path) -> io::Result<Self> {
        let read = rustix::fs::statvfs(path)?;
        Ok(Self {
            free: read.f_bavail.saturating_mul(read.f_frsize),
            total: read.f_blocks.saturating_mul(read.f_frsize),
        })
    }

    /// The free space in whole percent. A file system without a size, as some virtual ones are, is never full.
    pub fn free_percent(self) -> u64 {
        let percent = u128::from(self.free)
            .saturating_mul(100)
            .checked_div(u128::from(self.total));
        percent.map_or(100, |percent| {
            u64::try_from(percent).unwrap_or(100).min(100)
        })
    }

    /// How many bytes would have to be free so that the disk does not count as full after `more` were written; `None`
    /// when they are. A file system without a size is never full.
    pub fn lacks_for(self, more: u64) -> Option<u64> {
        let needed = more.saturating_add(FULL.of(self.total));
        (self.total > 0 && self.free < needed).then_some(needed)
    }

    /// The state by the free space. A file system without a size is never full.
    pub fn room(self) -> Room {
        match self {
            Self { total: 0, .. } => Room::Enough,
            Self { free, total } if free < FULL.of(total) => Room::Full,
            Self { free, total } if free < LOW.of(total) => Room::Low,
            Self { .. } => Room::Enough,
        }
    }
}

impl Room {
    /// Whether an activity is accepted: on a full disk only one that takes something back, which frees space.
    pub fn takes(self, leaves: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Enough | Self::Low => true,
            Self::Full => leaves(),
        }
    }

    /// Whether everything that can wait has to wait.
    pub fn is_full(self) -> bool {
        self == Self::Full
    }
}

/// Checks the file system of a file, passes on its state, and logs changes.
#[derive(Debug)]
pub struct DiskMonitor {
    file: PathBuf,
    room: watch::Sender<Room>,
    readable: bool,
}

impl DiskMonitor {
    /// A monitor of the file system that holds `file`.
    pub const fn new(file: PathBuf, room: watch::Sender<Room>) -> Self {
        Self {
            file,
            room,
            readable: true,
        }
    }

    /// Checks it once. An error is logged when it is the first in a row.
    pub fn check(&mut self) {
        match Space::of(&self.file) {
            Ok(space) => {
                self.readable = true;
                let now = space.room();
                if self.room.send_replace(now) != now {
                    tell(space);
                }
            }
            Err(error) => {
                if std::mem::replace(&mut self.readable, false) {
                    tracing::warn!(error = %error, "cannot read the free space of the disk");
                }
            }
        }
    }
}

fn tell(space: Space) {
    let free = space.free_percent();
    match space.room() {
        Room::Enough => tracing::info!(
            free_percent = free,
            "the database's disk has enough space again"
        ),
        Room::Low => tracing::warn!(
            free_percent = free,
            "the database's disk is nearly full; make room before deliveries are turned away"
        ),
        Room::Full => tracing::error!(
            free_percent = free,
            "the database's disk is full; deliveries get 503, except those that take something back"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_closes_before_the_disk_is_full() {
        let check = |free, total, expected| {
            assert_eq!(Space { free, total }.room(), expected, "{free} of {total}");
        };
        let gib = 1024 * MIB;
        check(20 * gib, 20 * gib, Room::Enough);
        check(2 * gib, 20 * gib, Room::Enough);
        check(2 * gib - 100, 20 * gib, Room::Low);
        check(20 * gib / 50, 20 * gib, Room::Low);
        check(20 * gib / 50 - 100, 20 * gib, Room::Full);
        check(0, 20 * gib, Room::Full);
        // On a small disk a share is too little, and on a large one too much.
        check(64 * MIB, 100 * MIB, Room::Enough);
        check(63 * MIB, 100 * MIB, Room::Low);
        check(31 * MIB, 100 * MIB, Room::Full);
        check(5 * gib, 4000 * gib, Room::Enough);
        check(gib, 4000 * gib, Room::Low);
        check(gib - 1, 4000 * gib, Room::Full);
        check(u64::MAX, u64::MAX, Room::Enough);
        check(0, 0, Room::Enough);
    }

    #[test]
    fn what_is_written_must_leave_a_disk_that_is_not_full() {
        let gib = 1024 * MIB;
        let disk = |free| Space {
            free,
            total: 20 * gib,
        };
        let full = 20 * gib / 100 * 2;
        assert_eq!(disk(gib + full).lacks_for(gib), None);
        assert_eq!(disk(gib + full - 1).lacks_for(gib), Some(gib + full));
        assert_eq!(disk(0).lacks_for(u64::MAX), Some(u64::MAX));
        let sizeless = Space { free: 0, total: 0 };
        assert_eq!(sizeless.lacks_for(gib), None);
    }

    #[test]
    fn on_a_full_disk_only_those_who_leave_are_heard() {
        for (room, stays, leaves) in [
            (Room::Enough, true, true),
            (Room::Low, true, true),
            (Room::Full, false, true),
        ] {
            assert_eq!(
                (room.takes(|| false), room.takes(|| true)),
                (stays, leaves),
                "{room}"
            );
        }
    }

    #[test]
    fn a_real_file_system_is_read_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let space = Space::of(folder.path()).unwrap();
        assert!(space.total > 0 && space.free <= space.total, "{space:?}");
        assert!(Space::of(&folder.path().join("nothing")).is_err());
        // A state that this disk does not have.
        let wrong = Room::ALL
            .iter()
            .copied()
            .find(|room| *room != space.room())
            .unwrap();
        let (sender, receiver) = watch::channel(wrong);
        DiskMonitor::new(folder.path().to_owned(), sender).check();
        assert_ne!(*receiver.borrow(), wrong);
    }
}
