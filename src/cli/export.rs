//! `export csv | ndjson | html | markdown | patch`.

use clap::Subcommand;
use similar::TextDiff;

use super::{
    context::CommandContext,
    names::warn_while_off,
    output::{Exit, counted, end},
};
use crate::{
    http::{
        supporter_data::BulkForm,
        whole_list::{LetterCopy, ListForm, WholeList},
    },
    letter::{self, MAX_LETTER, NewName, NotExtended, SourceFile, with_names},
    server::{
        Environment,
        keys::signing_client,
        letter_source::{SourceError, read_source},
    },
    store::{Access, PublicEntry, PublicFilter, PublicKind, PublicPages},
    text::visible,
};

/// The entries that are read at a time for a patch.
const AT_ONCE: usize = 500;

/// The names that a message gives as examples.
const SHOWN: usize = 5;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// A table for spreadsheets, with the columns of `/api/v1/supporters.csv`
    Csv,
    /// An object a line, with the members of `/api/v1/supporters.ndjson`
    Ndjson,
    /// A page that needs no other file; print it for a PDF
    Html,
    /// Markdown, with an item for each name
    Markdown,
    /// A patch for `git apply` that puts who signed in the Fediverse into the letter's file, as its own lines are written;
    /// nothing when all of them are in it
    Patch,
}

/// `export …`: everything in one snapshot, part by part.
pub(super) async fn run(ctx: &CommandContext, command: &ExportCommand) -> anyhow::Result<Exit> {
    let form = match command {
        ExportCommand::Csv => ListForm::Data(BulkForm::Csv),
        ExportCommand::Ndjson => ListForm::Data(BulkForm::Ndjson),
        ExportCommand::Html => ListForm::Html,
        ExportCommand::Markdown => ListForm::Markdown,
        ExportCommand::Patch => return patch(ctx).await,
    };
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let copy = LetterCopy::read(&mut tx, &env.note_settings(), &env.urls).await?;
    warn_while_off(ctx, &mut tx).await?;
    let mut list = WholeList::new(&copy, form);
    while let Some(part) = list.next_part(&mut tx).await? {
        if !ctx.output.part(&part)? {
            break;
        }
    }
    Ok(Exit::Done)
}

/// Prints the difference between the letter's file as it is now and one with the names that it lacks.
async fn patch(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    warn_while_off(ctx, &mut env.store.read().await?).await?;
    let client = signing_client(&env).await?;
    let source = match read_source(&env, &client, None).await {
        Ok(Some(source)) => source.text,
        Ok(None) => {
            anyhow::bail!("the source answers that it did not change, though nobody asked that")
        }
        Err(error @ SourceError::Unreachable { .. }) => {
            return end(Exit::Unreachable, error.to_string());
        }
        Err(error) => return Err(error.into()),
    };
    let heading = env.signatories_heading();
    let in_file = letter::parse(source.as_bytes(), heading)?.signatories;
    let (names, nameless) = names_for(&env, |entry| {
        let links = [&entry.actor, &entry.url];
        let mut linked = in_file.iter().filter_map(|read| read.url.as_ref());
        linked.any(|url| links.into_iter().flatten().any(|link| link == url))
    })
    .await?;
    if nameless > 0 {
        let who = counted(nameless, "endorser stands", "endorsers stand");
        ctx.output.say(&format!(
            "{who} in the list under a handle alone, and in no patch"
        ));
    }
    if names.is_empty() {
        ctx.output.say("the file lacks nobody");
        return Ok(Exit::Done);
    }
    let extended = match with_names(&source, heading, &names) {
        Ok(extended) => extended,
        Err(error @ NotExtended::NoLetter(_)) => return Err(error.into()),
        Err(NotExtended::Form) => {
            return end(
                Exit::Conflict,
                "the names cannot be put into the letter's file so that they would be read again as they are: its list has \
                 no form that is understood here, or the file would be too large; `export markdown` prints them for a \
                 person",
            );
        }
    };
    if !extended.left_out.is_empty() {
        let some = extended.left_out.iter().take(SHOWN);
        let some: Vec<_> = some.map(|name| visible(&name.name)).collect();
        ctx.output.say(&format!(
            "left out, because the file's list would read {} otherwise: {}",
            counted(extended.left_out.len(), "name", "names"),
            some.join(", ")
        ));
    }
    if extended.text.len() > MAX_LETTER {
        return end(
            Exit::Conflict,
            format!(
                "the file would be larger than {} MiB and could not be read again; `export markdown` prints the names",
                MAX_LETTER >> 20
            ),
        );
    }
    let path = path_of(&env);
    ctx.output.part(&unified(&path, &source, &extended.text))?;
    Ok(Exit::Done)
}

/// Who signed in the Fediverse and is not in the letter's own list, oldest first; and how many more have no name that may be
/// shown. `is_in_file`: whether the file has somebody already, whose name we may not have taken over yet.
async fn names_for(
    env: &Environment,
    is_in_file: impl Fn(&PublicEntry) -> bool,
) -> anyhow::Result<(Vec<NewName>, usize)> {
    let mut tx = env.store.read().await?;
    let mut pages = PublicPages::of(PublicFilter {
        source: Some("fediverse".to_owned()),
        kind: Some(PublicKind::Signed),
        for_administrators: true,
        ..PublicFilter::default()
    });
    let (mut names, mut nameless) = (Vec::new(), 0);
    while !pages.is_at_end() {
        for entry in pages.next(&mut tx, AT_ONCE).await? {
            if entry.in_own_list || is_in_file(&entry) {
                continue;
            }
            match (entry.name, entry.actor) {
                (Some(name), Some(link)) => names.push(NewName {
                    name,
                    handle: entry.handle.unwrap_or_else(|| link.clone()),
                    link,
                    affiliation: entry.affiliation,
                }),
                _ => nameless += 1,
            }
        }
    }
    names.reverse();
    Ok((names, nameless))
}

/// The path of the letter's file in its repository.
fn path_of(env: &Environment) -> String {
    let Some(address) = &env.config.letter.source_url else {
        let file = env.config.letter_file();
        let name = file.file_name().unwrap_or(file.as_os_str());
        return name.to_string_lossy().into_owned();
    };
    let address = address.as_url();
    if let Some(file) = SourceFile::of(address) {
        return file.path().to_owned();
    }
    let last = address.path_segments().and_then(Iterator::last);
    crate::text::percent_decoded(last.unwrap_or("letter.md"))
}

/// The difference of two files in the unified format, as `git apply` reads it.
fn unified(path: &str, before: &str, after: &str) -> String {
    // Git takes what follows a tab for a time, and needs the tab where the name has a blank.
    let end = if path.contains(' ') { "\t" } else { "" };
    let name = |side| quoted(&format!("{side}/{path}")) + end;
    TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&name("a"), &name("b"))
        .to_string()
}

/// A byte as Git quotes it in a path.
fn octal(byte: u8) -> String {
    format!("\\{byte:03o}")
}

/// A path as Git writes it: in quotes where it has characters that would end it
/// (<https://git-scm.com/docs/git-diff#_generating_patch_text_with_p>).
fn quoted(path: &str) -> String {
    let is_plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for character in path.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                for byte in character.to_string().bytes() {
                    quoted.push_str(&octal(byte));
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_its_file_as_git_does() {
        for (path, expected) in [
            ("letter.md", "--- a/letter.md\n+++ b/letter.md\n"),
            (
                "docs/ein Brief.md",
                "--- a/docs/ein Brief.md\t\n+++ b/docs/ein Brief.md\t\n",
            ),
            ("a\"b.md", "--- \"a/a\\\"b.md\"\n+++ \"b/a\\\"b.md\"\n"),
        ] {
            let patch = unified(path, "a\n", "a\nb\n");
            assert_eq!(patch, format!("{expected}@@ -1 +1,2 @@\n a\n+b\n"));
        }
        assert_eq!(unified("letter.md", "a\n", "a\n"), "");
    }

    #[test]
    fn a_file_without_a_line_end_keeps_that() {
        let patch = unified("l", "a", "a\nb");
        assert_eq!(
            patch,
            "--- a/l\n+++ b/l\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n"
        );
    }
}
