//! Writes of a server to its SQLite files that fail, by a library that is loaded into it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// The switch of a server's disk.
#[derive(Debug)]
pub(crate) struct FailingDisk {
    folder: TempDir,
    database: String,
}

impl FailingDisk {
    /// A disk that works, for the database with this URL.
    pub(crate) fn new(database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/failing_disk.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&folder.path().join("failing_disk.so"), &source])
            .arg("-ldl")
            .status();
        assert!(built.unwrap().success());
        let database = database.strip_prefix("sqlite://").unwrap().to_owned();
        Self { folder, database }
    }

    /// The command that starts a server on this disk.
    pub(crate) fn wrapper(&self) -> Vec<String> {
        let library = self.folder.path().join("failing_disk.so");
        vec![
            "env".to_owned(),
            format!("LD_PRELOAD={}", library.display()),
            format!("FAILING_DATABASE={}", self.database),
            format!("FAILING_SWITCH={}", self.switch().display()),
        ]
    }

    /// From now on every write fails with this error number.
    pub(crate) fn fails_with(&self, code: i32) {
        fs::write(self.switch(), code.to_string()).unwrap();
    }

    /// From now on writes succeed.
    pub(crate) fn works(&self) {
        fs::remove_file(self.switch()).unwrap();
    }

    fn switch(&self) -> PathBuf {
        self.folder.path().join("switch")
    }
}
