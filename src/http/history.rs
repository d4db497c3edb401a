//! Data for the pages about revisions, each read from the register in one snapshot.

use std::sync::Arc;

use super::{
    documents::NotServed,
    page_data::{HTML, framed, number},
    pages,
    response_cache::{MINUTE, Rendered},
    views::{HistoryView, PieceView, RevisionPageView, RevisionView},
};
use crate::{
    federation::App,
    letter::{self, diff::diff},
    register::letter::publish::RevisionKind,
    store::{RevisionRow, Tx},
};

/// `/history`: it shows numbers, and no names.
pub async fn history(app: &App) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let current = app.current(&mut tx).await?;
    let (rows, signed) = read(&mut tx).await?;
    let view = HistoryView {
        site: framed(app, &current),
        revisions: rows.iter().rev().map(|row| view(row, &signed)).collect(),
    };
    Ok(Rendered::new(HTML, MINUTE, pages::history(&view)?))
}

/// `/history/{n}`.
pub async fn revision(app: &App, wanted: i64) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let current = app.current(&mut tx).await?;
    let (rows, signed) = read(&mut tx).await?;
    drop(tx);
    let find = |number: i64| rows.iter().find(|row| row.number == number).cloned();
    let row = find(wanted).ok_or(NotServed::Missing)?;
    let before = find(wanted - 1);
    let (site, revision) = (framed(app, &current), view(&row, &signed));
    let newest = number(current.revision.number);
    let (note, urls) = (Arc::clone(&app.note), Arc::clone(&app.urls));
    // Parsing, comparing and sanitising up to four megabytes would block the async threads.
    let made = tokio::task::spawn_blocking(move || {
        let letter = note.read(&row)?;
        let pieces = match &before {
            Some(before) => diff(&note.read(before)?.signed_text(), &letter.signed_text()),
            None => Vec::new(),
        };
        let view = RevisionPageView {
            site,
            revision,
            newest,
            changes: PieceView::around_changes(pieces),
            html: letter::page_html(&letter, urls.base()),
            digest: row.digest,
        };
        Ok(Rendered::new(HTML, MINUTE, pages::revision(&view)?))
    });
    match made.await {
        Ok(page) => page,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// The revisions, oldest first, and how many signed each text.
async fn read(tx: &mut Tx) -> Result<(Vec<RevisionRow>, Vec<(i64, i64)>), NotServed> {
    Ok((tx.revisions().await?, tx.signed_by_text().await?))
}

fn view(row: &RevisionRow, signed: &[(i64, i64)]) -> RevisionView {
    let of_text = signed.iter().find(|(text, _)| *text == row.same_as);
    RevisionView {
        number: number(row.number),
        // A constraint of the table allows no other kind.
        kind: row.kind.parse().unwrap_or(RevisionKind::Substantive),
        published: row.published_at,
        title: row.title.clone(),
        note: row.note.clone(),
        signed: of_text.map_or(0, |(_, signed)| number(*signed)),
    }
}
