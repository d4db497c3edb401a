//! Where the letter's text and names come from: `letter.source_url`, else `letter.file`.

use url::Url;

use super::{
    environment::{self, Environment},
    letter_file::read_letter,
};
use crate::{
    hash::Sha256,
    http_client::{Accept, Client, FetchError},
    letter::{Digest, Letter, SourceFile},
    text::with_causes,
};

/// Why the source cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// There is no address.
    #[error(
        "letter.source_url is empty: set it to the address of the raw file, such as \
         https://raw.githubusercontent.com/owner/repository/main/letter.md"
    )]
    NoAddress,
    /// Its server does not answer, or not with the file.
    #[error("cannot read {url}: {why}")]
    Unreachable {
        /// The address, without its query.
        url: Url,
        /// Why.
        why: String,
    },
    /// It is a page.
    #[error("{0} is a page, not a Markdown file; letter.source_url needs the raw file")]
    Page(Url),
    /// It is not text.
    #[error("{url} is no UTF-8 text")]
    NotText {
        /// The address, without its query.
        url: Url,
        /// Where it is wrong.
        source: std::string::FromUtf8Error,
    },
    /// It is no letter, or `letter.file` cannot be read.
    #[error(transparent)]
    File(#[from] anyhow::Error),
}

/// The text of the source.
#[derive(Clone, Debug)]
pub(crate) struct SourceText {
    /// The Markdown.
    pub(crate) text: String,
    /// What to call it in an error: a file, or an address without its query.
    pub(crate) name: String,
    /// Its validator.
    pub(crate) etag: Option<String>,
    /// Where a redirect led, if that is another repository.
    pub(crate) moved_to: Option<String>,
}

/// Reads `letter.source_url`, with the limits of every fetch: allowed addresses, time and size. `None` when it is still the
/// one with this `ETag`.
pub(crate) async fn fetch_source(
    env: &Environment,
    client: &Client,
    etag: Option<&str>,
) -> Result<Option<SourceText>, SourceError> {
    let Some(address) = &env.config.letter.source_url else {
        return Err(SourceError::NoAddress);
    };
    let address = address.as_url();
    let url = shown(address);
    let fail = |why: &str| SourceError::Unreachable {
        url: url.clone(),
        why: why.to_owned(),
    };
    let fetched = client.fetch_changed(address, Accept::Anything, etag).await;
    let document = match fetched {
        Ok(Some(document)) => document,
        Ok(None) => return Ok(None),
        Err(FetchError::Gone) => return Err(fail("it is gone (410)")),
        Err(FetchError::Missing) => return Err(fail("there is nothing (404)")),
        Err(FetchError::Refused(status) | FetchError::Later(status, _)) => {
            return Err(fail(&format!("the server answers {status}")));
        }
        Err(FetchError::Unreachable(reason)) => return Err(fail(&with_causes(&reason))),
    };
    if document.media_type.starts_with("text/html") {
        return Err(SourceError::Page(url));
    }
    let moved = SourceFile::is_moved(address, &document.url);
    match String::from_utf8(document.body.to_vec()) {
        Ok(text) => Ok(Some(SourceText {
            text,
            name: url.to_string(),
            etag: document.etag,
            moved_to: moved.then(|| shown(&document.url).to_string()),
        })),
        Err(source) => Err(SourceError::NotText { url, source }),
    }
}

/// Reads the names' source: `letter.source_url` where there is one, else `letter.file`.
pub(crate) async fn read_source(
    env: &Environment,
    client: &Client,
    etag: Option<&str>,
) -> Result<Option<SourceText>, SourceError> {
    if env.config.letter.source_url.is_some() {
        return fetch_source(env, client, etag).await;
    }
    let file = env.config.letter_file();
    Ok(Some(SourceText {
        text: environment::read(&file)?,
        name: file.display().to_string(),
        etag: None,
        moved_to: None,
    }))
}

/// The letter in a source, and the digests by which its text may be known. Its pictures are taken from the folder of
/// `letter.file`, where they lay when the text was published; one that was published without them is known as well.
pub(crate) fn letter_in(
    env: &Environment,
    source: &SourceText,
) -> anyhow::Result<(Letter, Vec<Digest>)> {
    let file = env.config.letter_file();
    let heading = env.signatories_heading();
    let read = |folder| {
        let read = read_letter(source.text.as_bytes(), heading, folder);
        read.map_err(|error| anyhow::Error::new(error).context(source.name.clone()))
    };
    let with_pictures = read(file.parent())?;
    let mut digests = vec![with_pictures.letter.digest];
    if !with_pictures.pictures.is_empty() {
        digests.push(read(None)?.letter.digest);
    }
    Ok((with_pictures.letter, digests))
}

/// Names the address and the settings by which the source is read: another one has to be read anew.
pub(crate) fn way_of_reading(env: &Environment) -> String {
    let address = env.config.letter.source_url.as_ref();
    let address = address.map_or("", |url| url.as_url().as_str());
    let heading = env.signatories_heading().unwrap_or_default();
    Sha256::of(&format!("{address} {heading}")).short()
}

/// The URL of a private file has a token in its query, which must not be printed.
fn shown(url: &Url) -> Url {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown
}
