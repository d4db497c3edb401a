//! The files of daily backups: their names, and which are old.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{archive::manifest_of, manifest::Manifest};
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

/// Which daily backups stay.
#[derive(Clone, Copy, Debug)]
pub struct DailyLimits {
    /// How many.
    pub keep: usize,
    /// Those that were made before this moment go, however few there are.
    pub not_before: Millis,
    /// What time it is: backups from later were made by a clock that was ahead, and go first.
    pub now: Millis,
}

/// Deletes the daily backups of this letter in a folder that are too many or too old. The newest stays: `made`, if one was
/// made just now, whatever its date. Other files stay as well, and so do backups that were made by hand, or are another
/// letter's: their manifests say so. Returns those that were deleted.
///
/// # Errors
/// The folder cannot be read, or a file cannot be deleted.
pub fn delete_old(
    folder: &Path,
    (base_url, username): (&str, &str),
    limits: DailyLimits,
    made: Option<&Path>,
) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut ours = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_candidate = entry.file_name().to_str().is_some_and(is_named_so);
        if !is_candidate || !entry.file_type()?.is_file() {
            continue;
        }
        let path = entry.path();
        let manifest = File::open(&path).ok().map(manifest_of);
        let is_ours = |manifest: &Manifest| {
            manifest.daily && manifest.base_url == base_url && manifest.username == username
        };
        if let Some(manifest) = manifest.and_then(Result::ok).filter(is_ours) {
            let is_past = manifest.taken_at <= limits.now;
            // The last of them is the newest.
            let rank = (made == Some(&*path), is_past, manifest.taken_at);
            ours.push((rank, path));
        }
    }
    ours.sort();
    ours.pop();
    let too_many = ours.len().saturating_sub(limits.keep.saturating_sub(1));
    let mut deleted = Vec::new();
    for (place, ((_, _, taken_at), path)) in ours.into_iter().enumerate() {
        if place >= too_many && taken_at >= limits.not_before {
            continue;
        }
        match fs::remove_file(&path) {
            // Another server was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            removed => {
                removed?;
                deleted.push(path);
            }
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::backup::{DATABASE, describe, write};

    const LETTER: (&str, &str) = ("https://letter.example", "letter");
    const FIRST: Millis = Millis::from_millis(1_795_348_800_000);

    /// So many, however old they are.
    const fn so_many(keep: usize) -> DailyLimits {
        DailyLimits {
            keep,
            not_before: Millis::from_millis(0),
            now: Millis::from_millis(i64::MAX),
        }
    }

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
            let deleted = delete_old(folder.path(), LETTER, so_many(14), None).unwrap();
            assert_eq!(deleted.len(), usize::from(day >= 14), "{day}");
        }
        let is_there = |path: &&PathBuf| path.exists();
        assert_eq!(all.iter().filter(is_there).count(), 14);
        assert!(all.iter().rev().take(14).all(|path| path.exists()));
        // Nothing is deleted twice, and a smaller number holds at once.
        assert!(
            delete_old(folder.path(), LETTER, so_many(14), None)
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            delete_old(folder.path(), LETTER, so_many(1), None)
                .unwrap()
                .len(),
            13
        );
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
        let deleted = delete_old(folder.path(), LETTER, so_many(1), None).unwrap();
        assert_eq!(deleted, [old]);
        for path in [by_hand, foreign, namesake, kept, new] {
            assert!(path.exists(), "{}", path.display());
        }
    }

    #[test]
    fn those_that_are_too_old_go_but_never_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let day = |n: u64| FIRST.plus(Duration::from_hours(24 * n));
        let all: Vec<_> = (0..4).map(|n| put(folder.path(), day(n), |_| ())).collect();
        let old = |before: u64, now: u64| DailyLimits {
            keep: 14,
            not_before: day(before),
            now: day(now),
        };
        let delete = |limits| delete_old(folder.path(), LETTER, limits, None).unwrap();
        assert_eq!(delete(old(2, 4)), all[..2]);
        assert!(delete(old(2, 4)).is_empty());
        assert_eq!(delete(old(99, 99)), all[2..3]);
        assert!(all[3].exists());
        let nowhere = folder.path().join("nowhere");
        let none = delete_old(&nowhere, LETTER, old(99, 99), None).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn those_of_a_clock_that_was_ahead_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let day = |n: u64| FIRST.plus(Duration::from_hours(24 * n));
        let [ahead, later] = [90, 91].map(|n| put(folder.path(), day(n), |_| ()));
        let all: Vec<_> = (0..3).map(|n| put(folder.path(), day(n), |_| ())).collect();
        let limits = |keep| DailyLimits {
            keep,
            not_before: FIRST,
            now: day(2),
        };
        let delete = |keep, made| delete_old(folder.path(), LETTER, limits(keep), made).unwrap();
        assert_eq!(delete(4, Some(&*all[2])), [ahead]);
        // One that was made just now is the newest, even if the clock went back meanwhile.
        assert_eq!(delete(2, Some(&*later)), all[..2]);
        assert_eq!(delete(1, None), [later]);
        assert!(all[2].exists());
    }
}
