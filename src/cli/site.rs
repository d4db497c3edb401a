//! `site export`: files for a website on a static host.

use std::{
    collections::BTreeMap,
    fs, io,
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

/// What was written last: a line for each file, as `sha256sum --check` reads it. By it a file is known as ours.
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
            Exit::NotFound,
            "nothing was published yet; run `undersigned serve` once",
        );
    };
    let settings = env.note_settings();
    let letter = settings.read(&revision)?;
    let words = Language::of(settings.language_of(&letter));
    let files = static_site::files(&mut tx, &env.urls, words).await?;
    drop(tx);
    let known = manifest(dir)?;
    let mut written = Vec::new();
    for (name, text) in &files {
        match compared(dir, name, text, &known)? {
            FileOnDisk::Same => written.push((name, "unchanged")),
            FileOnDisk::Absent | FileOnDisk::Ours => written.push((name, "written")),
            FileOnDisk::Foreign => {
                return end(
                    Exit::Conflict,
                    format!(
                        "{} was not written by this command, or was changed since; nothing was written. Move it away, or give another \
                         folder",
                        dir.join(name).display()
                    ),
                );
            }
        }
    }
    for (name, text) in &files {
        write(&dir.join(name), text)?;
    }
    write(&dir.join(MANIFEST), &manifest_of(&files))?;
    let written: Vec<_> = written
        .into_iter()
        .map(|(file, state)| WrittenJson { file, state })
        .collect();
    ctx.output.list(&written, &["file", "state"], |written| {
        vec![written.file.to_owned(), written.state.to_owned()]
    })
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

fn compared(
    dir: &Path,
    name: &str,
    text: &str,
    known: &BTreeMap<String, String>,
) -> anyhow::Result<FileOnDisk> {
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
    } else if known.get(name) == Some(&digest) {
        FileOnDisk::Ours
    } else {
        FileOnDisk::Foreign
    })
}

/// The digests of what was written last, by file.
fn manifest(dir: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = dir.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    Ok(lines
        .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
        .collect())
}

fn manifest_of(files: &[SiteFile]) -> String {
    let lines = files
        .iter()
        .map(|(name, text)| format!("{}  {name}\n", Sha256::of(text).hex()));
    lines.collect()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text));
    written.with_context(|| format!("cannot write {}", path.display()))
}
