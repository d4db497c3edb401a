//! The files of daily backups: their names, and which are old.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::archive::manifest_of;
use crate::clock::Millis;

const BEGIN: &str = "undersigned-";
const END: &str = ".tar.gz";

/// The name of a daily backup. Sorted by name they are sorted by time.
pub fn file_name(taken_at: Millis) -> String {
    let moment = taken_at.to_rfc3339().replace(['-', ':'], "");
    format!("{BEGIN}{moment}{END}")
}

/// Whether a file may be a daily backup, by its name.
fn is_named_so(name: &str) -> bool {
    let middle = name
        .strip_prefix(BEGIN)
        .and_then(|name| name.strip_suffix(END));
    middle.is_some_and(|moment| {
        moment.len() == "20261201T052200Z".len()
            && moment.bytes().enumerate().all(|(place, byte)| match place {
                8 => byte == b'T',
                15 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            })
    })
}

/// Deletes the oldest daily backups of this letter in a folder, all but `keep`. Other files stay, and so do backups that
/// were made by hand, or are another letter's: their manifests say so. Returns those that were deleted.
///
/// # Errors
/// The folder cannot be read, or a file cannot be deleted.
pub fn delete_old(
    folder: &Path,
    (base_url, username): (&str, &str),
    keep: usize,
) -> io::Result<Vec<PathBuf>> {
    let mut ours = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_candidate = entry.file_name().to_str().is_some_and(is_named_so);
        if !is_candidate || !entry.file_type()?.is_file() {
            continue;
        }
        let path = entry.path();
        let manifest = File::open(&path).ok().map(manifest_of);
        let is_ours = manifest.and_then(Result::ok).is_some_and(|manifest| {
            manifest.daily && manifest.base_url == base_url && manifest.username == username
        });
        if is_ours {
            ours.push(path);
        }
    }
    ours.sort();
    ours.truncate(ours.len().saturating_sub(keep));
    for path in &ours {
        fs::remove_file(path)?;
    }
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::manifest::Manifest, *};
    use crate::backup::{DATABASE, describe, write};

    const LETTER: (&str, &str) = ("https://letter.example", "letter");
    const FIRST: Millis = Millis::from_millis(1_795_348_800_000);

    fn put(folder: &Path, taken_at: Millis, change: impl FnOnce(&mut Manifest)) -> PathBuf {
        let database = folder.join("database");
        fs::write(&database, "rows").unwrap();
        let mut manifest = Manifest::new(taken_at, LETTER.0, LETTER.1);
        manifest.daily = true;
        manifest.parts = vec![describe(DATABASE.to_owned(), &database).unwrap()];
        change(&mut manifest);
        let path = folder.join(file_name(taken_at));
        write(File::create(&path).unwrap(), &manifest, &[database]).unwrap();
        path
    }

    #[test]
    fn a_month_of_daily_backups_leaves_exactly_those_that_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut all = Vec::new();
        for day in 0..31 {
            let at = FIRST.plus(Duration::from_hours(24 * day));
            all.push(put(folder.path(), at, |_| ()));
            let deleted = delete_old(folder.path(), LETTER, 14).unwrap();
            assert_eq!(deleted.len(), usize::from(day >= 14), "{day}");
        }
        let is_there = |path: &&PathBuf| path.exists();
        assert_eq!(all.iter().filter(is_there).count(), 14);
        assert!(all.iter().rev().take(14).all(|path| path.exists()));
        // Nothing is deleted twice, and a smaller number holds at once.
        assert!(delete_old(folder.path(), LETTER, 14).unwrap().is_empty());
        assert_eq!(delete_old(folder.path(), LETTER, 1).unwrap().len(), 13);
    }

    #[test]
    fn what_the_server_did_not_make_is_never_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let day = |n: u64| FIRST.plus(Duration::from_hours(24 * n));
        let by_hand = put(folder.path(), day(0), |manifest| manifest.daily = false);
        let foreign = put(folder.path(), day(1), |manifest| {
            manifest.base_url = "https://other.example".to_owned();
        });
        let namesake = folder.path().join(file_name(day(2)));
        fs::write(&namesake, "no archive").unwrap();
        let renamed = put(folder.path(), day(3), |_| ());
        let kept = folder.path().join("before-the-campaign.tar.gz");
        fs::rename(renamed, &kept).unwrap();
        let old = put(folder.path(), day(4), |_| ());
        let new = put(folder.path(), day(5), |_| ());
        let deleted = delete_old(folder.path(), LETTER, 1).unwrap();
        assert_eq!(deleted, [old]);
        for path in [by_hand, foreign, namesake, kept, new] {
            assert!(path.exists(), "{}", path.display());
        }
    }
}
