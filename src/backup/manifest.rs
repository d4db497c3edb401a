//! The first file of an archive: what is in it, by which digests, and what it is a backup of.

use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

use serde::{Deserialize, Serialize};

use crate::{clock::Millis, hash::Sha256};

/// The name of the manifest in the archive.
pub(super) const MANIFEST: &str = "manifest.json";
/// The version of this format.
pub(super) const FORMAT: u32 = 1;
/// The database, as a SQLite file, whatever database it was.
pub const DATABASE: &str = "undersigned.db";
/// The configuration.
pub const CONFIG: &str = "config.toml";
/// The folder with the files that the configuration names, by their paths beside it.
pub const FILES: &str = "files";
/// The folder with those that lie elsewhere, by their names.
pub const OUTSIDE: &str = "outside";

/// What is in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// When the state of the database is from, in whole seconds.
    pub taken_at: Millis,
    /// The letter's identity: `server.base_url`.
    pub base_url: String,
    /// The letter's identity: `actor.username`.
    pub username: String,
    /// Whether no server ran meanwhile, so that nobody can have left while it was made.
    pub server_stopped: bool,
    /// Whether the server made it by itself, and may delete it.
    pub daily: bool,
    /// The rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// The other files of the archive, in their order.
    pub parts: Vec<ArchivePart>,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivePart {
    /// Its path in the archive.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// Of a file that does not lie beside the configuration: where it lay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

impl Manifest {
    /// A manifest of this version, without parts.
    pub fn new(taken_at: Millis, base_url: &str, username: &str) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
            base_url: base_url.to_owned(),
            username: username.to_owned(),
            server_stopped: false,
            daily: false,
            rows: BTreeMap::new(),
            parts: Vec::new(),
        }
    }

    /// The bytes of all parts.
    pub fn bytes(&self) -> u64 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    /// Whether every part has a name and a digest that this program could have written, and none stands twice.
    pub(super) fn is_well_formed(&self) -> bool {
        let mut names: Vec<_> = self.parts.iter().map(|part| part.name.as_str()).collect();
        names.sort_unstable();
        let n = names.len();
        names.dedup();
        let is_sound =
            |part: &ArchivePart| is_known(&part.name) && Sha256::from_hex(&part.sha256).is_some();
        names.len() == n && names.contains(&DATABASE) && self.parts.iter().all(is_sound)
    }
}

/// Whether a part of this name is one of ours: it stays below the folder that it is written to, and is not hidden there,
/// where other programs have their keys and commands.
fn is_known(name: &str) -> bool {
    if name == DATABASE || name == CONFIG {
        return true;
    }
    if name.chars().any(char::is_control) || name.contains("//") || name.ends_with('/') {
        return false;
    }
    let mut components = Path::new(name).components();
    let Some(Component::Normal(folder)) = components.next() else {
        return false;
    };
    let inner: Vec<_> = components.collect();
    let are_normal = inner.iter().all(|component| match component {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            false
        }
    });
    let is_deep_enough =
        (folder == FILES && !inner.is_empty()) || (folder == OUTSIDE && inner.len() == 1);
    are_normal && is_deep_enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stays_below_its_folder() {
        for name in [
            DATABASE,
            CONFIG,
            "files/letter.md",
            "files/pictures/a b.png",
            "outside/secret",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "",
            "files",
            "files/",
            "outside",
            "outside/a/b",
            "/etc/passwd",
            "files/../config.toml",
            "files//a",
            "../x",
            "./config.toml",
            "other/x",
            "files/a\nb",
            "files/.ssh/authorized_keys",
            "files/pictures/.a",
            "outside/.secret",
            MANIFEST,
        ] {
            assert!(!is_known(name), "{name:?}");
        }
    }
}
