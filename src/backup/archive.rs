//! Writing and reading an archive: tar (POSIX ustar) and gzip, the manifest first.
//!
//! An archive may come from anywhere. What is read of it is bounded: files of the names and sizes that its manifest
//! states, in its order, and nothing else; no links, no folders, no extended headers.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use tar::{Archive, Builder, EntryType, Header};

use super::manifest::{ArchivePart, FORMAT, MANIFEST, Manifest};
use crate::hash::{Hashing, Sha256};

/// The limit of a manifest, in bytes: that of a thousand files has a fifth of it.
const MAX_MANIFEST: u64 = 1024 * 1024;

/// How much is copied at a time.
const CHUNK: usize = 64 * 1024;

/// Why an archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Something else.
    #[error("it is no backup of undersigned; give a file that `undersigned backup create` wrote")]
    Foreign,
    /// A later format.
    #[error(
        "it was written by a newer version of undersigned (format {0}, this program knows {FORMAT}); install that version \
         or a newer one"
    )]
    Newer(u32),
    /// Not what its manifest says.
    #[error("it is damaged: {0}; use another backup")]
    Damaged(String),
    /// More than there is room for.
    #[error("it holds {needed} bytes, and the disk has room for {room}; make room")]
    TooLarge {
        /// The bytes of all of its files.
        needed: u64,
        /// The free bytes.
        room: u64,
    },
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[source] io::Error),
    /// What was read of it cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// What was written.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn damaged(what: impl Into<String>) -> ArchiveError {
    ArchiveError::Damaged(what.into())
}

/// Describes a file as a part: its size and digest.
///
/// # Errors
/// It cannot be read.
pub fn describe(name: String, file: &Path) -> io::Result<ArchivePart> {
    let mut read = HashingReader::of(File::open(file)?);
    let bytes = io::copy(&mut read, &mut io::sink())?;
    Ok(ArchivePart {
        name,
        bytes,
        sha256: read.hashing.done().hex(),
        was: None,
    })
}

/// Writes an archive. `sources` are the files of the manifest's parts, in the same order.
///
/// # Errors
/// A file cannot be read or written, has a path of more than a ustar header takes, or is not as its part says, because it
/// changed meanwhile.
pub fn write(to: impl Write, manifest: &Manifest, sources: &[PathBuf]) -> io::Result<()> {
    let mut archive = Builder::new(GzEncoder::new(to, Compression::default()));
    let seconds = u64::try_from(manifest.taken_at.as_millis() / 1000).unwrap_or_default();
    let text = serde_json::to_vec_pretty(manifest)?;
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    archive.append(&header(MANIFEST, size, seconds)?, text.as_slice())?;
    for (part, source) in manifest.parts.iter().zip(sources) {
        let header = header(&part.name, part.bytes, seconds)?;
        // Not more than the header says, or what follows would be read as something else.
        let mut read = HashingReader::of(File::open(source)?.take(part.bytes));
        archive.append(&header, &mut read)?;
        if read.hashing.done().hex() != part.sha256 {
            return Err(io::Error::other(format!(
                "{} changed while it was read; try again",
                source.display()
            )));
        }
    }
    archive.into_inner()?.finish()?.flush()
}

fn header(name: &str, size: u64, seconds: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(seconds);
    header.set_cksum();
    Ok(header)
}

/// The manifest of an archive; nothing after it is read.
///
/// # Errors
/// As [`read`].
pub fn manifest_of(from: impl Read) -> Result<Manifest, ArchiveError> {
    let mut archive = Archive::new(GzDecoder::new(from));
    let mut entries = archive.entries().map_err(ArchiveError::Io)?.raw(true);
    first(&mut entries)
}

/// Reads an archive to its end, and hands each part to `take`, which may leave some of it unread. `room` is how many bytes
/// there is room for.
///
/// What `take` gets is checked only when it was read: an archive is read twice, the first time without keeping anything.
///
/// # Errors
/// It is no archive of ours, or is not as its manifest says; or `take` fails.
pub fn read(
    from: impl Read,
    room: u64,
    mut take: impl FnMut(&ArchivePart, &mut dyn Read) -> Result<(), ArchiveError>,
) -> Result<Manifest, ArchiveError> {
    let mut archive = Archive::new(GzDecoder::new(from));
    let mut entries = archive.entries().map_err(ArchiveError::Io)?.raw(true);
    let manifest = first(&mut entries)?;
    let needed = manifest.bytes();
    if needed > room {
        return Err(ArchiveError::TooLarge { needed, room });
    }
    for part in &manifest.parts {
        let name = &part.name;
        let missing = || damaged(format!("{name} is missing"));
        let entry = entries.next().ok_or_else(missing)?;
        let entry = entry.map_err(|error| damaged(format!("{name}: {error}")))?;
        let is_it = entry.header().entry_type() == EntryType::Regular
            && *entry.path_bytes() == *name.as_bytes()
            && entry.size() == part.bytes;
        if !is_it {
            return Err(damaged(format!(
                "it has something else in the place of {name}"
            )));
        }
        let mut reader = HashingReader::of(entry);
        take(part, &mut reader)?;
        io::copy(&mut reader, &mut io::sink())
            .map_err(|error| damaged(format!("{name}: {error}")))?;
        if reader.hashing.done().hex() != part.sha256 {
            return Err(damaged(format!("{name} is not what was written")));
        }
    }
    match entries.next() {
        None => Ok(manifest),
        Some(_) => Err(damaged("it goes on after its last file")),
    }
}

/// The manifest, which is the first entry.
fn first<'a, R: Read + 'a>(
    entries: &mut impl Iterator<Item = io::Result<tar::Entry<'a, R>>>,
) -> Result<Manifest, ArchiveError> {
    /// As much as tells the format; the rest may be another in a later one.
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let entry = entries.next().ok_or(ArchiveError::Foreign)?;
    // Whatever is no gzip or no tar is no backup.
    let Ok(entry) = entry else {
        return Err(ArchiveError::Foreign);
    };
    let is_manifest = entry.header().entry_type() == EntryType::Regular
        && *entry.path_bytes() == *MANIFEST.as_bytes();
    if !is_manifest || entry.size() > MAX_MANIFEST {
        return Err(ArchiveError::Foreign);
    }
    let mut text = Vec::new();
    entry
        .take(MAX_MANIFEST)
        .read_to_end(&mut text)
        .map_err(|error| damaged(format!("{MANIFEST}: {error}")))?;
    let format: Format =
        serde_json::from_slice(&text).map_err(|error| damaged(format!("{MANIFEST}: {error}")))?;
    if format.format > FORMAT {
        return Err(ArchiveError::Newer(format.format));
    }
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| damaged(format!("{MANIFEST}: {error}")))?;
    if manifest.is_well_formed() {
        Ok(manifest)
    } else {
        Err(damaged(format!("{MANIFEST} names what no backup has")))
    }
}

/// Copies a part to a new file that only its owner can read.
///
/// # Errors
/// [`ArchiveError::Write`], and [`ArchiveError::Damaged`] when the archive cannot be read.
pub fn keep(part: &mut dyn Read, path: &Path) -> Result<(), ArchiveError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |source| ArchiveError::Write {
        path: path.to_owned(),
        source,
    };
    let mut options = File::options();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let n = part
            .read(&mut chunk)
            .map_err(|error| damaged(error.to_string()))?;
        let Some(read) = chunk.get(..n).filter(|read| !read.is_empty()) else {
            return file.sync_all().map_err(failed);
        };
        file.write_all(read).map_err(failed)?;
    }
}

/// Hashes what passes.
struct HashingReader<R> {
    inner: R,
    hashing: Hashing,
}

impl<R: Read> HashingReader<R> {
    fn of(inner: R) -> Self {
        Self {
            inner,
            hashing: Hashing::default(),
        }
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hashing.add(buffer.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// The digest of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    let mut hashing = Hashing::default();
    hashing.add(bytes);
    let digest: Sha256 = hashing.done();
    digest.hex()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{backup::DATABASE, clock::Millis};

    const ROOM: u64 = 1 << 20;

    /// An archive of these entries, whatever they are.
    fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, kind, bytes) in entries {
            let mut header = Header::new_ustar();
            // As bytes, because the library writes no path that leads out.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            if *kind == EntryType::Symlink {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_size(bytes.len().try_into().unwrap());
            header.set_mode(0o777);
            header.set_cksum();
            archive.append(&header, *bytes).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    fn manifest(change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
        let mut manifest = Manifest::new(Millis::from_millis(0), "https://a.example", "letter");
        manifest.parts = vec![
            ArchivePart {
                name: DATABASE.to_owned(),
                bytes: 4,
                sha256: digest(b"rows"),
                was: None,
            },
            ArchivePart {
                name: "files/letter.md".to_owned(),
                bytes: 5,
                sha256: digest(b"words"),
                was: None,
            },
        ];
        change(&mut manifest);
        serde_json::to_vec(&manifest).unwrap()
    }

    fn refused(bytes: &[u8]) -> String {
        let taken = read(bytes, ROOM, |_, _| Ok(()));
        taken.unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_and_has_the_digests_of_sha256sum() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("database");
        std::fs::write(&database, "rows").unwrap();
        let mut manifest = Manifest::new(Millis::from_millis(0), "https://a.example", "letter");
        manifest.parts = vec![describe(DATABASE.to_owned(), &database).unwrap()];
        assert_eq!(
            describe("files/x".to_owned(), Path::new("/dev/null"))
                .unwrap()
                .sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let mut bytes = Vec::new();
        write(&mut bytes, &manifest, std::slice::from_ref(&database)).unwrap();
        let kept = folder.path().join("kept");
        let found = read(bytes.as_slice(), ROOM, |_, part| keep(part, &kept)).unwrap();
        assert_eq!(found, manifest);
        assert_eq!(manifest_of(bytes.as_slice()).unwrap(), manifest);
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "rows");
        // A file that changed meanwhile is no backup of anything.
        std::fs::write(&database, "ROWS").unwrap();
        let changed = write(&mut Vec::new(), &manifest, &[database]).unwrap_err();
        assert!(changed.to_string().contains("changed while"), "{changed}");
        let too_much = read(bytes.as_slice(), 3, |_, _| Ok(())).unwrap_err();
        assert!(matches!(
            too_much,
            ArchiveError::TooLarge { needed: 4, room: 3 }
        ));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table")]
    fn hostile_archives_are_refused() {
        use EntryType::{GNULongName, Regular, Symlink, XHeader};
        let good = manifest(|_| ());
        let of = |name, kind, bytes| {
            archive(&[
                (MANIFEST, Regular, &good),
                (DATABASE, Regular, b"rows"),
                (name, kind, bytes),
            ])
        };
        assert!(
            read(
                of("files/letter.md", Regular, b"words").as_slice(),
                ROOM,
                |_, _| Ok(())
            )
            .is_ok()
        );
        for (what, bytes, expected) in [
            (
                "another name",
                of("files/other.md", Regular, b"words"),
                "something else",
            ),
            (
                "a path that leads out",
                of("../letter.md", Regular, b"words"),
                "something else",
            ),
            (
                "an absolute path",
                of("/tmp/letter.md", Regular, b"words"),
                "something else",
            ),
            (
                "a link",
                of("files/letter.md", Symlink, b""),
                "something else",
            ),
            (
                "a long name",
                of("././@LongLink", GNULongName, b"files/letter.md"),
                "something else",
            ),
            (
                "an extended header",
                of("files/letter.md", XHeader, b"words"),
                "something else",
            ),
            (
                "more bytes",
                of("files/letter.md", Regular, b"words and more"),
                "something else",
            ),
            (
                "other bytes",
                of("files/letter.md", Regular, b"wordz"),
                "not what was written",
            ),
            (
                "one less",
                archive(&[(MANIFEST, Regular, &good), (DATABASE, Regular, b"rows")]),
                "is missing",
            ),
            (
                "one more",
                archive(&[
                    (MANIFEST, Regular, &good),
                    (DATABASE, Regular, b"rows"),
                    ("files/letter.md", Regular, b"words"),
                    ("files/more", Regular, b"x"),
                ]),
                "goes on",
            ),
            (
                "no manifest",
                archive(&[(DATABASE, Regular, b"rows")]),
                "no backup",
            ),
            (
                "a manifest that is a link",
                archive(&[(MANIFEST, Symlink, b"")]),
                "no backup",
            ),
            (
                "a manifest of no kind",
                archive(&[(MANIFEST, Regular, b"{}")]),
                "damaged",
            ),
            (
                "a manifest that is too long",
                archive(&[(MANIFEST, Regular, &vec![b' '; 2 << 20])]),
                "no backup",
            ),
            (
                "a later format",
                archive(&[(MANIFEST, Regular, b"{\"format\": 2, \"new\": 1}")]),
                "newer version",
            ),
        ] {
            let said = refused(&bytes);
            assert!(said.contains(expected), "{what}: {said}");
        }
        let named = |name: &str| manifest(|manifest| manifest.parts[1].name = name.to_owned());
        for name in [
            "../letter.md",
            "/etc/passwd",
            "files/../../x",
            DATABASE,
            "data/x",
            "files/a\nb",
            "files/.ssh/authorized_keys",
            "outside/.profile",
        ] {
            let bytes = archive(&[(MANIFEST, Regular, &named(name))]);
            let said = refused(&bytes);
            assert!(said.contains("names what no backup has"), "{name}: {said}");
        }
        let bomb = manifest(|manifest| manifest.parts[1].bytes = u64::MAX);
        let said = refused(&archive(&[(MANIFEST, Regular, &bomb)]));
        assert!(said.contains("make room"), "{said}");
    }
}
