//! A small file system in memory, which a case fills and empties.

use std::{fs, io::Write as _, path::PathBuf, process::Command};

use tempfile::TempDir;

/// A tmpfs of its own, which is unmounted with the case.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// A disk of so many MiB; `None`, and a word on stderr, where nothing may be mounted: only root may, and not in
    /// every container. `failing_disk` needs no right.
    pub(crate) fn of(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={mib}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .status();
        if !mounted.unwrap().success() {
            eprintln!("SKIPPED: a small disk cannot be mounted here");
            return None;
        }
        Some(Self { folder })
    }

    /// The URL of a database on it.
    pub(crate) fn database(&self) -> String {
        format!(
            "sqlite://{}",
            self.folder.path().join("register.db").display()
        )
    }

    /// Fills it but for so many bytes.
    pub(crate) fn fill(&self, free: u64) {
        let filler = self.filler();
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&filler)
            .unwrap();
        let some = [0; 4096];
        while file.write_all(&some).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(free)).unwrap();
    }

    /// Makes room again.
    pub(crate) fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A server may still have files open there.
        let folder = self.folder.path();
        let unmounted = Command::new("umount").arg("--lazy").arg(folder).status();
        assert!(unmounted.unwrap().success());
    }
}
