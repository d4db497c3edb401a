//! `letter check | publish | show | versions`.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use serde::Serialize;

use super::{
    Global,
    commands::LetterCommand,
    output::{Exit, Output, end},
    site,
};
use crate::{
    clock::Millis,
    letter::{self, Check},
    register::publish::{PublishOrder, Published, RevisionKind, publish as publish_letter},
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
        LetterCommand::Publish { file, kind, note } => {
            let kind = kind.map(RevisionKind::from);
            publish(global, output, file.as_deref(), kind, note.clone()).await
        }
        LetterCommand::Show => show(global, output).await,
        LetterCommand::Versions => versions(global, output).await,
    }
}

/// A revision (`product.md` 5).
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

/// Reads a file and says what would be published.
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

/// Publishes a text, or takes over its names.
pub(super) async fn publish(
    global: &Global,
    output: &Output,
    file: Option<&Path>,
    kind: Option<RevisionKind>,
    note: Option<String>,
) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let file = file.map_or_else(|| site.config.letter_file(), Path::to_path_buf);
    let source = site::read(&file)?;
    let heading = site::signatories_heading(&site.config);
    let letter =
        letter::parse(source.as_bytes(), heading).with_context(|| file.display().to_string())?;
    let settings = site::note_settings(&site.config);
    let by = site.operator.clone();
    let order = PublishOrder {
        letter: &letter,
        source: &source,
        kind,
        note,
        by,
    };
    let mut tx = site.store.write().await?;
    let now = site.clock.now();
    let done = publish_letter(
        &mut tx,
        &site.urls,
        &settings,
        site.chance.as_ref(),
        now,
        &order,
    )
    .await;
    let (published, _) = done?;
    tx.commit().await?;
    for warning in &letter.warnings {
        output.say(&format!(
            "warning: line {}: {}",
            warning.line,
            crate::text::visible(&warning.text)
        ));
    }
    say_names(output, &published, letter.unread.len());
    match &published.revision {
        Some(revision) if output.is_json() => output.json(&RevisionJson::from(revision)),
        Some(revision) => output.text(&format!("published revision {}", revision.number)),
        None if output.is_json() => output.json(&serde_json::json!({"unchanged": true})),
        None => output.text("unchanged"),
    }
}

fn say_names(output: &Output, published: &Published, unread: usize) {
    if published.joined > 0 {
        output.say(&format!("{} names joined the list", published.joined));
    }
    if published.gone > 0 {
        output.say(&format!("{} names went from the list", published.gone));
    }
    if unread > 0 {
        output.say(&format!(
            "{unread} lines of the list are no names that we can read: `signatory unparsed`"
        ));
    }
}

/// Prints the published text.
pub(super) async fn show(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let Some(revision) = site.store.read().await?.current_revision().await? else {
        return end(Exit::NotFound, "no letter was published yet");
    };
    if output.is_json() {
        return output.json(&RevisionJson::from(&revision));
    }
    let letter = site::note_settings(&site.config).read(&revision)?;
    output.say(&format!(
        "revision {}, {}, digest {}",
        revision.number, revision.published_at, revision.digest
    ));
    output.text(&letter.body)
}

/// Lists the revisions.
pub(super) async fn versions(global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let site = site::open(global, output, Access::Existing).await?;
    let rows = site.store.read().await?.revisions().await?;
    let revisions: Vec<_> = rows.iter().map(RevisionJson::from).collect();
    output.list(
        &revisions,
        &["number", "kind", "published", "digest", "title", "note"],
        |it| {
            vec![
                it.number.to_string(),
                it.kind.to_owned(),
                it.published.to_string(),
                it.digest.to_owned(),
                it.title.to_owned(),
                it.note.unwrap_or_default().to_owned(),
            ]
        },
    )
}
