//! `letter diff`.

use serde::Serialize;

use super::RevisionJson;
use crate::{
    cli::{
        Global,
        output::{Exit, Output, end},
        site,
    },
    letter::diff::{Change, Piece, diff},
    store::Access,
    text::visible,
};

/// What changed from one revision to another.
#[derive(Debug, Serialize)]
struct DiffJson<'a> {
    before: RevisionJson<'a>,
    after: RevisionJson<'a>,
    pieces: &'a [Piece],
}

/// Shows what changed between two revisions.
pub(super) async fn show(
    global: &Global,
    output: &Output,
    before: i64,
    after: i64,
) -> anyhow::Result<Exit> {
    let env = site::open(global, output, Access::Existing).await?;
    let rows = env.store.read().await?.revisions().await?;
    let find = |number: i64| {
        let found = rows.iter().find(|row| row.number == number);
        found.map_or_else(
            || {
                let sentence = format!("there is no revision {number}: `letter versions`");
                end(Exit::NotFound, sentence)
            },
            Ok,
        )
    };
    let (before, after) = (find(before)?, find(after)?);
    let settings = env.note_settings();
    let texts = (settings.read(before)?, settings.read(after)?);
    let pieces = diff(&texts.0.signed_text(), &texts.1.signed_text());
    if output.is_json() {
        return output.json(&DiffJson {
            before: before.into(),
            after: after.into(),
            pieces: &pieces,
        });
    }
    if pieces.iter().all(|piece| piece.change == Change::Same) {
        output.say("the two texts are the same");
    }
    output.text(&marked(&pieces))
}

/// A diff as text: `[-removed-]` and `{+added+}`, as `git diff --word-diff` writes it.
pub(super) fn marked(pieces: &[Piece]) -> String {
    let parts = pieces.iter().map(|piece| {
        // Line breaks are kept; everything else that is invisible is escaped.
        let lines: Vec<_> = piece.text.split('\n').map(visible).collect();
        let text = lines.join("\n");
        match piece.change {
            Change::Same => text,
            Change::Removed => format!("[-{text}-]"),
            Change::Added => format!("{{+{text}+}}"),
        }
    });
    parts.collect()
}
