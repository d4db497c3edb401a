//! One supporter as data, and the whole list as CSV or NDJSON: the same for programs on the web and on the command line.
//!
//! Every value is one that the pages show.

use serde::Serialize;

use super::pages::supporter::{Support, SupporterView};
use crate::{activitystreams::Urls, clock::Millis, store::PublicEntry, text::csv};

/// The `kind` of an organisation.
pub const ORGANISATION: &str = "organisation";
/// The `kind` of a supporter who only likes the letter.
pub const LIKED: &str = "liked";

/// One supporter. Members are only ever added.
#[derive(Debug, Serialize)]
pub struct SupporterJson {
    /// The public id.
    id: String,
    name: Option<String>,
    /// `@user@host`, `@user` on GitHub, or `login (host)` on another forge.
    handle: Option<String>,
    /// The profile: http or https.
    url: Option<String>,
    affiliation: Option<String>,
    /// `signed` or `liked`, as in `count.json`; `organisation` in exports.
    kind: &'static str,
    /// `github`, `letter`, `fediverse`, `manual`, or the host of a forge.
    source: String,
    /// The other place where the same supporter is.
    also: Option<AlsoJson>,
    /// The statement that is shown.
    statement: Option<String>,
    /// The content warning of the statement.
    warning: Option<String>,
    /// The revision that was signed.
    revision: u64,
    /// When; `None` where the list has no dates.
    date: Option<Millis>,
    /// The entry's own page.
    page: String,
}

/// The other place where a supporter is.
#[derive(Debug, Serialize)]
struct AlsoJson {
    source: String,
    handle: String,
    url: Option<String>,
}

impl SupporterJson {
    /// A supporter of the public list.
    pub fn of(entry: PublicEntry, urls: &Urls) -> Self {
        let (statement, warning) = (entry.statement.clone(), entry.warning.clone());
        let person = SupporterView::of(entry);
        let also = person.also.as_ref().map(|also| AlsoJson {
            source: also.source.code().to_owned(),
            handle: also.shown_handle().into_owned(),
            url: also.link().map(ToOwned::to_owned),
        });
        Self {
            url: person.link().map(ToOwned::to_owned),
            kind: match person.support {
                _ if person.organisation => ORGANISATION,
                Support::Signed => "signed",
                Support::Liked => LIKED,
            },
            source: person.source.code().to_owned(),
            page: urls.absolute(&person.page()),
            also,
            statement,
            warning,
            id: person.id,
            name: person.name,
            handle: person.handle,
            affiliation: person.affiliation,
            revision: person.revision,
            date: person.date,
        }
    }

    /// The columns of the table.
    const COLUMNS: [&str; 15] = [
        "id",
        "name",
        "handle",
        "url",
        "affiliation",
        "kind",
        "source",
        "also_source",
        "also_handle",
        "also_url",
        "statement",
        "warning",
        "revision",
        "date",
        "page",
    ];

    /// The values of the columns; what is not there is empty.
    fn fields(&self) -> [String; 15] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let also = self.also.as_ref();
        [
            self.id.clone(),
            text(&self.name),
            text(&self.handle),
            text(&self.url),
            text(&self.affiliation),
            self.kind.to_owned(),
            self.source.clone(),
            also.map_or_else(String::new, |also| also.source.clone()),
            also.map_or_else(String::new, |also| also.handle.clone()),
            also.map_or_else(String::new, |also| text(&also.url)),
            text(&self.statement),
            text(&self.warning),
            self.revision.to_string(),
            self.date.map(Millis::to_rfc3339).unwrap_or_default(),
            self.page.clone(),
        ]
    }
}

/// The form of the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkForm {
    /// A table (RFC 4180) whose first line names the columns.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl BulkForm {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The name of the file, for browsers.
    pub const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"supporters.csv\"",
            Self::Ndjson => "attachment; filename=\"supporters.ndjson\"",
        }
    }

    /// What stands before the entries.
    pub fn head(self) -> String {
        match self {
            Self::Csv => {
                let mut text = String::new();
                csv::push_sheet_record(&mut text, SupporterJson::COLUMNS);
                text
            }
            Self::Ndjson => String::new(),
        }
    }

    /// Appends one entry.
    ///
    /// # Errors
    /// Never in practice: the members are texts and numbers.
    pub fn push(self, text: &mut String, supporter: &SupporterJson) -> serde_json::Result<()> {
        match self {
            Self::Csv => {
                let fields = supporter.fields();
                csv::push_sheet_record(text, fields.iter().map(String::as_str));
            }
            Self::Ndjson => {
                text.push_str(&serde_json::to_string(supporter)?);
                text.push('\n');
            }
        }
        Ok(())
    }
}
