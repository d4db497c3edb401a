//! The output of `letter check FILE --json`.

use serde::Serialize;
use url::Url;

use super::{Digest, LeftOut, Letter, Signatory, render::plain_text};

/// The answer of `letter check --json`, members as they are printed.
#[derive(Debug, Serialize)]
pub struct Check<'a> {
    /// The title as plain text.
    pub title: &'a str,
    /// The digest of the file's text.
    pub digest: Digest,
    /// The letter as plain text, title first.
    pub text: String,
    /// The names in the order of the file.
    pub signatories: Vec<SignatoryJson>,
    /// The lines of the list that are not names.
    pub unread: &'a [LeftOut],
    /// The notes among the names, which are no part of the text.
    pub notes: &'a [LeftOut],
    /// One sentence each, beginning with its line.
    pub warnings: Vec<String>,
}

/// One signatory as every command prints it. Members that only the database knows are null for a signatory
/// read from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatoryJson {
    /// The public id.
    pub id: Option<String>,
    /// The name, plain text.
    pub name: String,
    /// The GitHub account without `@`.
    pub handle: Option<String>,
    /// An absolute http or https URL.
    pub url: Option<String>,
    /// The affiliation after the name.
    pub affiliation: Option<String>,
    /// `github`, `letter` or `manual`.
    pub source: String,
    /// The place in the letter's list, from 1.
    pub position: Option<u32>,
    /// The number of the revision that was signed.
    pub revision: Option<u32>,
    /// The line of the file, from 1.
    pub line: Option<u32>,
    /// `listed`, `hidden`, `withdrawn` or `removed`.
    pub state: Option<String>,
    /// How a name by hand came in: `email`, `paper` or `other`.
    pub collected: Option<String>,
    /// Where the proof of a name by hand is; for administrators alone.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The id of the endorsement of the same person, where the link was verified.
    pub endorser: Option<String>,
}

impl<'a> Check<'a> {
    /// What is said about a letter; relative links are seen from `base`. `file_on_github`: whether the file is kept there.
    pub fn of(letter: &'a Letter, base: &Url, file_on_github: bool) -> Self {
        Self {
            title: &letter.title,
            digest: letter.digest,
            text: plain_text(letter, base),
            signatories: letter
                .signatories
                .iter()
                .map(|signatory| SignatoryJson::read(signatory, file_on_github))
                .collect(),
            unread: &letter.unread,
            notes: &letter.notes,
            warnings: letter
                .warnings
                .iter()
                .map(|warning| format!("line {}: {}", warning.line, warning.text))
                .collect(),
        }
    }
}

impl SignatoryJson {
    /// A name as it was read from a file.
    fn read(signatory: &Signatory, file_on_github: bool) -> Self {
        Self {
            id: None,
            name: signatory.name.clone(),
            handle: signatory.handle.clone(),
            url: signatory.url.clone(),
            affiliation: signatory.affiliation.clone(),
            source: signatory.source(file_on_github).to_string(),
            position: Some(signatory.position),
            revision: None,
            line: Some(signatory.line),
            state: None,
            collected: None,
            reference: None,
            endorser: None,
        }
    }
}
