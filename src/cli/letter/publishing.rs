//! `letter publish`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::sync::watch;

use super::{RevisionJson, differing::marked};
use crate::{
    cli::{
        Global,
        client::client,
        output::{Exit, Output, end},
        site::{self, Site},
    },
    http_client::{Accept, FetchError},
    letter,
    register::{
        self,
        letter::publish::{
            Doubt, PublishOrder, Published, RevisionKind, publish as publish_letter,
        },
    },
};

/// Where the text comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum LetterSource<'a> {
    /// `letter.file`.
    Configured,
    /// This file.
    File(&'a Path),
    /// `letter.source_url`.
    Url,
}

/// The options of `letter publish` about the change.
#[derive(Clone, Debug)]
pub(super) struct StatedChange {
    /// `--kind`.
    pub(super) kind: Option<RevisionKind>,
    /// `--note`.
    pub(super) note: Option<String>,
    /// `--yes`.
    pub(super) doubt: Doubt,
}

/// Publishes a text; when only its list of names changed, takes over the names.
pub(super) async fn publish(
    global: &Global,
    output: &Output,
    from: LetterSource<'_>,
    change: StatedChange,
) -> anyhow::Result<Exit> {
    let site = site::open_living(global, output).await?;
    let (source, name) = read(&site, from).await?;
    let heading = site::signatories_heading(&site.config);
    let letter = letter::parse(source.as_bytes(), heading).context(name)?;
    let settings = site::note_settings(&site.config);
    let order = PublishOrder {
        letter: &letter,
        source: &source,
        kind: change.kind,
        doubt: change.doubt,
        note: change.note.filter(|note| !note.trim().is_empty()),
        by: site.operator.clone(),
    };
    let mut tx = site.store.write().await?;
    let now = site.clock.now();
    let state = site::opening(&mut tx, &site.config).await?.state(now);
    let random = site.chance.as_ref();
    let done = publish_letter(&mut tx, &site.urls, &settings, random, now, state, &order).await;
    if let Err(register::Error::MoreThanTypo(found)) = &done {
        output.say(&marked(&found.pieces));
    }
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

/// The text, and what to call its source in an error.
async fn read(site: &Site, from: LetterSource<'_>) -> anyhow::Result<(String, String)> {
    let file: PathBuf = match from {
        LetterSource::Configured => site.config.letter_file(),
        LetterSource::File(file) => file.to_path_buf(),
        LetterSource::Url => return fetch(site).await,
    };
    Ok((site::read(&file)?, file.display().to_string()))
}

/// Reads `letter.source_url`, with the limits of every fetch: allowed addresses, time and size.
async fn fetch(site: &Site) -> anyhow::Result<(String, String)> {
    let Some(url) = &site.config.letter.source_url else {
        return end(
            Exit::Usage,
            "letter.source_url is empty: set it to the address of the raw file, such as \
             https://raw.githubusercontent.com/owner/repository/main/letter.md",
        );
    };
    let url = url.as_url();
    // The URL of a private file has a token in its query, which must not be printed.
    let mut shown = url.clone();
    shown.set_query(None);
    let (_rules, context) = watch::channel(std::sync::Arc::new(site.context().await?));
    let fail = |why: &str| end(Exit::Unreachable, format!("cannot read {shown}: {why}"));
    match client(site, context)?.fetch(url, Accept::Anything).await {
        Ok(document) if document.media_type.starts_with("text/html") => end(
            Exit::Failed,
            format!("{shown} is a page, not a Markdown file; letter.source_url needs the raw file"),
        ),
        Ok(document) => match String::from_utf8(document.body.to_vec()) {
            Ok(text) => Ok((text, shown.to_string())),
            Err(error) => Err(error).context(format!("{shown} is no UTF-8 text")),
        },
        Err(FetchError::Gone) => fail("it is gone (410)"),
        Err(FetchError::Missing) => fail("there is nothing (404)"),
        Err(FetchError::Refused(status)) => fail(&format!("the server answers {status}")),
        Err(FetchError::Unreachable(reason)) => {
            let error = anyhow::Error::new(reason);
            fail(&format!("{error:#}"))
        }
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
