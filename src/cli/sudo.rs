//! What root is told to do instead: the same command as the user to whom the files belong.

use std::os::unix::fs::MetadataExt as _;

use super::context::login_name;
use crate::{config::ConfigError, register, store};

/// The error with the line to type in place of this command, if another user may do what this one may not.
pub(super) fn with_line(error: anyhow::Error) -> anyhow::Error {
    let Some(owner) = owner(&error) else {
        return error;
    };
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = login_name(&passwd, owner).unwrap_or_else(|| format!("#{owner}"));
    let line = line(&user, std::env::args());
    match error.downcast::<ConfigError>() {
        Ok(error) => {
            let text = format!("{:#}", anyhow::Error::new(error));
            anyhow::anyhow!("{text}; run `{line}`")
        }
        Err(error) => anyhow::anyhow!("{error:#}; run `{line}`"),
    }
}

/// Whose file or folder it is that stands in the way.
fn owner(error: &anyhow::Error) -> Option<u32> {
    let store = error.downcast_ref::<store::Error>().or_else(|| {
        match error.downcast_ref::<register::Error>() {
            Some(register::Error::Store(error)) => Some(error),
            Some(_) | None => None,
        }
    });
    if let Some(store::Error::Root { owner, .. }) = store {
        return Some(*owner);
    }
    match error.downcast_ref::<ConfigError>() {
        Some(ConfigError::Unreadable { file, source })
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            Some(file.metadata().ok()?.uid())
        }
        Some(_) | None => None,
    }
}

/// The same command by another user, as a shell reads it. Words that may hold a password are left out.
fn line(user: &str, arguments: impl Iterator<Item = String>) -> String {
    let words = ["sudo".to_owned(), "-u".to_owned(), user.to_owned()]
        .into_iter()
        .chain(arguments);
    words
        .map(|word| quoted(&word))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "@%+=:,./_-".contains(character);
    if word.contains("://") && word.contains('@') {
        return "…".to_owned();
    }
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_what_a_shell_reads_as_the_same_command() {
        let line = |words: &[&str]| line("ada", words.iter().map(|word| (*word).to_owned()));
        for (words, expected) in [
            (
                &["undersigned", "status"][..],
                "sudo -u ada undersigned status",
            ),
            (
                &["./undersigned", "post", "create", "--file", "it's new.md"],
                r"sudo -u ada ./undersigned post create --file 'it'\''s new.md'",
            ),
            (&["undersigned", ""], "sudo -u ada undersigned ''"),
            (
                &[
                    "undersigned",
                    "db",
                    "copy",
                    "--to=postgres://ada:s3cret@host/name",
                ],
                "sudo -u ada undersigned db copy --to=…",
            ),
        ] {
            assert_eq!(line(words), expected.replace("--to=…", "…"));
        }
    }
}
