//! Files that commands write: new ones, readable by their owner alone, because they hold names.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;

use super::output::{Exit, end};

/// Makes a new file.
///
/// # Errors
/// Exit code 4 when there is something of that name.
pub(super) fn create_new(file: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(file);
    opened.or_else(|error| {
        let (exit, sentence) = refusal(file, &error);
        end(exit, sentence)
    })
}

/// Writes a new file.
///
/// # Errors
/// As [`create_new`].
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut opened = create_new(file)?;
    opened
        .write_all(bytes)
        .and_then(|()| opened.sync_all())
        .with_context(|| format!("cannot write {}", file.display()))
}

/// Why there is no new file, and what to do.
fn refusal(file: &Path, error: &io::Error) -> (Exit, String) {
    let file = file.display();
    if error.kind() == ErrorKind::AlreadyExists {
        let sentence = format!("{file} is there already; name another file");
        return (Exit::Conflict, sentence);
    }
    let mut sentence = format!("cannot write {file}: {error}");
    if error.kind() == ErrorKind::PermissionDenied {
        sentence.push_str(
            "; name a file where the user that runs this command may write, with the package one below /var/lib/undersigned, \
             and fetch it with `sudo cp`",
        );
    }
    (Exit::Failed, sentence)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_file_is_its_owners_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("names.csv");
        write_new(&file, b"first").unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let refused = write_new(&file, b"second").unwrap_err();
        assert!(
            refused.to_string().contains("name another file"),
            "{refused}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), b"first");
    }

    #[test]
    fn who_may_not_write_there_is_told_where_to() {
        let told = |kind: ErrorKind| refusal(Path::new("a.json"), &kind.into());
        let (exit, sentence) = told(ErrorKind::PermissionDenied);
        assert_eq!(exit, Exit::Failed);
        assert!(sentence.contains("/var/lib/undersigned"), "{sentence}");
        assert_eq!(told(ErrorKind::AlreadyExists).0, Exit::Conflict);
        let (exit, sentence) = told(ErrorKind::NotFound);
        assert_eq!(exit, Exit::Failed);
        assert!(!sentence.contains("/var/lib"), "{sentence}");
    }
}
