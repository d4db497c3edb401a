//! `letter check | publish | show | versions | diff | open | pause | close`.

mod differing;
mod opening;
mod publishing;

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use serde::Serialize;

use self::publishing::{LetterSource, StatedChange};
use super::{
    Global,
    commands::LetterCommand,
    output::{Exit, Output, end},
    site,
};
use crate::{
    clock::Millis,
    letter::{self, Check},
    register::letter::{
        letter_state::Wish,
        publish::{Doubt, RevisionKind},
    },
    store::{Access, RevisionRow},
};

/// `letter …`.
pub(super) async fn run(
    command: &LetterCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        LetterCommand::Check { file } => check(output, file),
        LetterCommand::Publish {
            file,
            kind,
            note,
            from_source,
            yes,
        } => {
            let from = match (from_source, file) {
                (true, _) => LetterSource::Url,
                (false, Some(file)) => LetterSource::File(file),
                (false, None) => LetterSource::Configured,
            };
            let change = StatedChange {
                kind: kind.map(RevisionKind::from),
                note: note.clone(),
                doubt: if *yes {
                    Doubt::Overruled
                } else {
                    Doubt::Refuses
                },
            };
            Box::pin(publishing::publish(global, output, from, change)).await
        }
        LetterCommand::Diff { before, after } => {
            differing::show(global, output, *before, *after).await
        }
        LetterCommand::Open => opening::change(global, output, Wish::Open).await,
        LetterCommand::Pause => opening::change(global, output, Wish::Pause).await,
        LetterCommand::Close { at } => {
            let wish = at.map_or(Wish::Close, Wish::CloseAt);
            opening::change(global, output, wish).await
        }
        LetterCommand::Show => show(global, output).await,
        LetterCommand::Versions => versions(global, output).await,
    }
}

/// A revision in JSON.
#[derive(Debug, Serialize)]
struct RevisionJson<'a> {
    number: i64,
    kind: &'a str,
    digest: &'a str,
    title: &'a str,
    note: Option<&'a str>,
    published: Millis,
}

impl<'a> From<&'a RevisionRow> for RevisionJson<'a> {
    fn from(row: &'a RevisionRow) -> Self {
        Self {
            number: row.number,
            kind: &row.kind,
            digest: &row.digest,
            title: &row.title,
            note: row.note.as_deref(),
            published: row.published_at,
        }
    }
}

/// Parses a file and prints what would be published.
pub(super) fn check(output: &Output, file: &Path) -> anyhow::Result<Exit> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let letter = letter::parse(&bytes, None).with_context(|| file.display().to_string())?;
    let check = Check::from(&letter);
    if output.is_json() {
        return output.json(&check);
    }
    let mut text = format!(
        "title        {}\ndigest       {}\nsignatories  {}\nunread       {}\nwarnings     {}\n",
        crate::text::visible(check.title),
        check.digest,
        check.signatories.len(),
        check.unread.len(),
        check.warnings.len(),
    );
    for unread in check.unread {
        let shown = crate::text::visible(&unread.text);
        writeln!(text, "unread, line {}: {shown}", unread.line)?;
    }
    for warning in &check.warnings {
        writeln!(text, "warning: {}", crate::text::visible(warning))?;
    }
    output.text(&text)
}

/// Prints the published text.
pub(super) async fn show(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let Some(revision) = env.store.read().await?.current_revision().await? else {
        return end(Exit::NotFound, "no letter was published yet");
    };
    if output.is_json() {
        return output.json(&RevisionJson::from(&revision));
    }
    let letter = env.note_settings().read(&revision)?;
    output.say(&format!(
        "revision {}, {}, digest {}",
        revision.number, revision.published_at, revision.digest
    ));
    output.text(&letter.body)
}

/// Lists the revisions.
pub(super) async fn versions(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let rows = env.store.read().await?.revisions().await?;
    let revisions: Vec<_> = rows.iter().map(RevisionJson::from).collect();
    output.list(
        &revisions,
        &["number", "kind", "published", "digest", "title", "note"],
        |revision| {
            vec![
                revision.number.to_string(),
                revision.kind.to_owned(),
                revision.published.to_string(),
                revision.digest.to_owned(),
                revision.title.to_owned(),
                revision.note.unwrap_or_default().to_owned(),
            ]
        },
    )
}
