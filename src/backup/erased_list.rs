//! The list of those who were taken off on request: a file beside the database, so that it is still there when the database
//! is lost and a backup from before is restored. It names nobody: each line has salted hashes, and the salt is in the
//! database.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use crate::{clock::Millis, hash::Sha256, register::maintenance::restored::Erased};

/// Adds lines; they are on the disk when this returns.
///
/// # Errors
/// The file cannot be written.
pub fn append(path: &Path, erased: &[Erased]) -> io::Result<()> {
    if erased.is_empty() {
        return Ok(());
    }
    let mut file = locked(path)?;
    let mut there = String::new();
    file.read_to_string(&mut there)?;
    // After a crash the last line may have no end, or be half a line that would never be readable.
    let (whole, begun) = split_begun(&there);
    let mut text = String::new();
    if parse(begun).is_some() {
        text.push('\n');
    } else {
        file.set_len(u64::try_from(whole.len()).map_err(io::Error::other)?)?;
    }
    text.extend(erased.iter().map(line));
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// All lines; none when there is no file. Half a line that a crash left at the end is none.
///
/// # Errors
/// The file cannot be read, or has a line that this program did not write.
pub fn entries(path: &Path) -> io::Result<Vec<Erased>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let (whole, begun) = split_begun(&text);
    let finished = whole
        .lines()
        .chain(Some(begun).filter(|begun| parse(begun).is_some()));
    let parsed = finished.zip(1_usize..).map(|(line, number)| {
        parse(line).ok_or_else(|| {
            let what = format!("line {number} is not readable; take it out");
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    });
    parsed.collect()
}

/// The lines that have an end, and what comes after them.
fn split_begun(text: &str) -> (&str, &str) {
    text.split_at(text.rfind('\n').map_or(0, |end| end.saturating_add(1)))
}

/// Takes lines out that are older than every backup. Returns how many.
///
/// # Errors
/// The file cannot be read or written.
pub fn prune(path: &Path, before: Millis) -> io::Result<usize> {
    if !path.exists() {
        return Ok(0);
    }
    // Held until the new file is in its place, so that no line is added to the old one.
    let _file = locked(path)?;
    let all = entries(path)?;
    let kept: String = all
        .iter()
        .filter(|erased| erased.at >= before)
        .map(line)
        .collect();
    let pruned = all.iter().filter(|erased| erased.at < before).count();
    if pruned > 0 {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut new = options.open(&beside)?;
        new.write_all(kept.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, path)?;
    }
    Ok(pruned)
}

/// The file, opened and locked: nobody puts another one in its place meanwhile.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        file.lock()?;
        let is_same = fs::metadata(path).is_ok_and(|found| {
            file.metadata()
                .is_ok_and(|open| (open.dev(), open.ino()) == (found.dev(), found.ino()))
        });
        if is_same {
            return Ok(file);
        }
    }
}

fn line(erased: &Erased) -> String {
    let (at, kind, id) = (erased.at.as_millis(), erased.kind, erased.id.hex());
    let words = match &erased.words {
        None => String::new(),
        Some((name, None)) => format!(" {}", name.hex()),
        Some((name, Some(handle))) => format!(" {} {}", name.hex(), handle.hex()),
    };
    format!("{at} {kind} {id}{words}\n")
}

fn parse(line: &str) -> Option<Erased> {
    let mut parts = line.split(' ');
    let at = Millis::from_millis(parts.next()?.parse().ok()?);
    let kind = parts.next()?.parse().ok()?;
    let id = Sha256::from_hex(parts.next()?)?;
    let name = parts.next().map(Sha256::from_hex);
    let handle = parts.next().map(Sha256::from_hex);
    let words = match (name, handle) {
        (None, _) => None,
        (Some(name), None) => Some((name?, None)),
        (Some(name), Some(handle)) => Some((name?, Some(handle?))),
    };
    parts.next().is_none().then_some(Erased {
        at,
        kind,
        id,
        words,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::{hash::Salt, register::maintenance::restored::ErasedKind};

    fn erased(name: &str, at: i64, words: bool) -> Erased {
        let salt = Salt::new("salt");
        let id = Sha256::salted(&salt, name);
        Erased {
            words: words.then(|| (id.clone(), (at > 5).then(|| id.clone()))),
            ..Erased::account(
                &salt,
                ErasedKind::ALL[name.len() % ErasedKind::ALL.len()],
                name,
                Millis::from_millis(at),
            )
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_goes_with_the_last_backup_that_knows_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("undersigned.db.erased");
        assert!(entries(&path).unwrap().is_empty());
        assert_eq!(prune(&path, Millis::from_millis(9)).unwrap(), 0);
        let all = [
            erased("a", 1, false),
            erased("bo", 5, true),
            erased("cyd", 6, true),
            erased("dora", 7, false),
        ];
        append(&path, &all[..1]).unwrap();
        append(&path, &[]).unwrap();
        append(&path, &all[1..]).unwrap();
        assert_eq!(entries(&path).unwrap(), all);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(prune(&path, Millis::from_millis(6)).unwrap(), 2);
        assert_eq!(entries(&path).unwrap(), all[2..]);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn it_names_nobody_and_a_line_that_is_no_hash_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        append(&path, &[erased("https://m.example/users/ada", 1, true)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("ada"), "{text}");
        // A line without an end is not continued.
        fs::write(&path, text.trim_end()).unwrap();
        append(&path, &[erased("b", 2, false)]).unwrap();
        assert_eq!(entries(&path).unwrap().len(), 2);
        // Half a line is none, and does not get in the way of what comes later.
        fs::write(&path, format!("{text}1 acc")).unwrap();
        assert_eq!(entries(&path).unwrap().len(), 1);
        assert_eq!(prune(&path, Millis::from_millis(0)).unwrap(), 0);
        append(&path, &[erased("c", 3, true)]).unwrap();
        assert_eq!(entries(&path).unwrap().len(), 2);
        for wrong in ["x", "1 account", "1 account zz", "1 nobody"] {
            fs::write(&path, format!("{text}{wrong}\n")).unwrap();
            let error = entries(&path).unwrap_err().to_string();
            assert!(error.starts_with("line 2"), "{error}");
        }
    }
}
