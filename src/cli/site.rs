//! `site export`: files for a website on a static host.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    hash::Sha256,
    http::pages::static_site::{self, SiteFile},
    i18n::Language,
    store::Access,
};

/// What was written last: a line for each file, as `sha256sum --check` reads it. By it a file is known as ours. While files
/// are written, it has a second line for what is there before and what will be, so that a run that stops is no end.
const MANIFEST: &str = ".undersigned-site";

#[derive(Debug, Subcommand)]
pub(super) enum SiteCommand {
    /// Write the answer of WebFinger, the link to the letter and the list of supporters, as files for a static host; exit
    /// code 4 when a file there was not written by this command
    Export(ExportArgs),
}

/// Where to write.
#[derive(Clone, Debug, Args)]
pub(super) struct ExportArgs {
    /// The folder of the website
    dir: PathBuf,
}

/// `site …`.
pub(super) async fn run(ctx: &CommandContext, command: &SiteCommand) -> anyhow::Result<Exit> {
    let SiteCommand::Export(args) = command;
    export(ctx, &args.dir).await
}

/// A file: `site export --json` is an array of them.
#[derive(Debug, Serialize)]
struct WrittenJson {
    file: &'static str,
    /// `written` or `unchanged`.
    state: &'static str,
}

async fn export(ctx: &CommandContext, dir: &Path) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let Some(revision) = tx.current_revision().await? else {
        return end(
            Exit::Conflict,
            "the letter is a draft, and nothing of it is public; `undersigned letter launch` publishes it",
        );
    };
    let settings = env.note_settings();
    let letter = settings.read(&revision)?;
    let words = Language::of(settings.language_of(&letter));
    let files = static_site::files(&mut tx, &env.urls, words).await?;
    drop(tx);
    let written = write_all(dir, &files)?;
    ctx.output.list(&written, &["file", "state"], |written| {
        vec![written.file.to_owned(), written.state.to_owned()]
    })
}

/// Writes the files of which none is somebody else's, and says what became of each.
///
/// # Errors
/// Exit code 4 for a file that is not ours: then nothing is written.
fn write_all(dir: &Path, files: &[SiteFile]) -> anyhow::Result<Vec<WrittenJson>> {
    let new: BTreeSet<_> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Sha256::of(text).hex()))
        .collect();
    let mut known = manifest(dir)?;
    let mut written = Vec::new();
    for (file, text) in files {
        let state = match compared(dir, file, text, &known)? {
            FileOnDisk::Same => "unchanged",
            FileOnDisk::Absent | FileOnDisk::Ours => "written",
            FileOnDisk::Foreign => {
                return end(
                    Exit::Conflict,
                    format!(
                        "{} was not written by this command, or was changed since; nothing was written. Move it away, or give another \
                         folder",
                        dir.join(file).display()
                    ),
                );
            }
        };
        written.push(WrittenJson { file, state });
    }
    known.extend(new.iter().cloned());
    write(&dir.join(MANIFEST), &manifest_of(&known))?;
    for (name, text) in files {
        write(&dir.join(name), text)?;
    }
    write(&dir.join(MANIFEST), &manifest_of(&new))?;
    Ok(written)
}

/// What is there where a file is to be written.
enum FileOnDisk {
    Absent,
    /// The very same text.
    Same,
    /// What this command wrote.
    Ours,
    Foreign,
}

fn compared(dir: &Path, name: &str, text: &str, known: &Digests) -> anyhow::Result<FileOnDisk> {
    let path = dir.join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileOnDisk::Absent),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let digest = Sha256::of_bytes(&bytes).hex();
    Ok(if bytes == text.as_bytes() {
        FileOnDisk::Same
    } else if known.contains(&(name.to_owned(), digest)) {
        FileOnDisk::Ours
    } else {
        FileOnDisk::Foreign
    })
}

/// Files with digests of what was written there.
type Digests = BTreeSet<(String, String)>;

/// What was written last.
fn manifest(dir: &Path) -> anyhow::Result<Digests> {
    let path = dir.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Digests::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    Ok(lines
        .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
        .collect())
}

fn manifest_of(digests: &Digests) -> String {
    let lines = digests
        .iter()
        .map(|(name, digest)| format!("{digest}  {name}\n"));
    lines.collect()
}

/// Writes a file beside its place, and puts it there when it is whole.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let beside = beside(path);
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| {
            let mut file = File::create(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Where a file is written first; the next run writes over what one that stopped left there.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> [SiteFile; 2] {
        [
            (".well-known/webfinger", text.to_owned()),
            ("supporters.html", text.to_owned()),
        ]
    }

    #[test]
    fn a_run_that_stops_locks_no_later_one_out() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        write_all(dir, &files("first")).unwrap();
        for text in ["second", "third"] {
            // The last file cannot be written.
            let in_the_way = beside(&dir.join("supporters.html"));
            fs::create_dir(&in_the_way).unwrap();
            write_all(dir, &files(text)).unwrap_err();
            assert_eq!(read(".well-known/webfinger"), text);
            assert_eq!(read("supporters.html"), "first");
            fs::remove_dir(&in_the_way).unwrap();
        }
        let written = write_all(dir, &files("fourth")).unwrap();
        assert!(written.iter().all(|file| file.state == "written"));
        assert_eq!(read("supporters.html"), "fourth");
        assert_eq!(read(MANIFEST).lines().count(), 2);
        // What another run wrote is somebody else's once it was replaced.
        fs::write(dir.join("supporters.html"), "first").unwrap();
        write_all(dir, &files("fifth")).unwrap_err();
    }
}
