//! What waits for a moderator, in the order and the groups in which `review` shows it.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use url::Url;

use crate::{
    clock::Millis,
    endorsement::{ReviewState, State, WaitsFor},
    register::error::Result,
    signature::authority,
    store::{
        EndorsementFilter, EndorsementPages, EndorsementSummary, ReportRow, ReportState, Store,
    },
    text::single_line,
};

/// Why something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewTopic {
    /// The words may sign, or may not.
    Unsure,
    /// Another server reports it.
    Report,
    /// A statement, or what was declared with it, is not shown yet.
    Statement,
    /// A name is not shown yet.
    Name,
    /// The endorsement waits for this.
    Waiting(WaitsFor),
    /// A comment, which waits for nobody.
    Comment,
}

impl ReviewTopic {
    /// Its place in the queue: first what a person has to read, then what may hurt somebody, last what is judged again
    /// by itself.
    const fn place(self) -> u8 {
        match self {
            Self::Unsure => 0,
            Self::Report => 1,
            Self::Statement => 2,
            Self::Name => 3,
            Self::Waiting(waits_for) => match waits_for {
                WaitsFor::Unsure => 0,
                WaitsFor::Decision => 4,
                WaitsFor::Organisation => 5,
                WaitsFor::Name => 6,
                WaitsFor::Rule => 7,
                WaitsFor::Limited => 8,
                WaitsFor::Age => 9,
                WaitsFor::Surge => 10,
                WaitsFor::Paused => 11,
                WaitsFor::Link => 12,
            },
            Self::Comment => 13,
        }
    }
}

impl fmt::Display for ReviewTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsure => "unsure whether it signs",
            Self::Report => "reported",
            Self::Statement => "words that are not shown yet",
            Self::Name => "a name that is not shown yet",
            Self::Waiting(waits_for) => return write!(f, "waits for: {waits_for}"),
            Self::Comment => "a comment",
        })
    }
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewTarget {
    /// An endorsement or a comment.
    Endorsement(Box<EndorsementSummary>),
    /// A report, by its number.
    Report(i64),
}

/// One thing that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewEntry {
    /// Why it waits.
    pub topic: ReviewTopic,
    /// What it is about.
    pub target: ReviewTarget,
    /// The host that it comes from.
    pub host: String,
    /// Who it is of, or who reports: remote text.
    pub who: String,
    /// The name, which may be another one for each entry of a group: remote text.
    pub name: Option<String>,
    /// What is to be read and shown by an approval: remote text.
    pub words: Vec<String>,
    /// When it came.
    pub at: Millis,
}

impl ReviewEntry {
    /// The entry of an endorsement or comment; `None` when nothing of it waits.
    fn of(row: EndorsementSummary) -> Option<Self> {
        let pending = |state: &str| state == ReviewState::Pending.as_str();
        let of_statement = [&row.statement_state, &row.declared_state, &row.pledge_state];
        let words_wait = of_statement
            .into_iter()
            .flatten()
            .any(|state| pending(state));
        let is_shown = [State::Listed, State::Counted]
            .map(State::as_str)
            .contains(&row.state.as_str());
        let topic = if row.state == State::Pending.as_str() {
            match row.waits_for.as_deref().and_then(|word| word.parse().ok()) {
                Some(WaitsFor::Unsure) | None => ReviewTopic::Unsure,
                Some(waits_for) => ReviewTopic::Waiting(waits_for),
            }
        } else if row.state == State::Comment.as_str() {
            ReviewTopic::Comment
        } else if words_wait && is_shown {
            ReviewTopic::Statement
        } else if is_shown && row.name.is_some() && pending(&row.name_state) {
            ReviewTopic::Name
        } else {
            return None;
        };
        let declared = [&row.declared_name, &row.declared_affiliation];
        let declared: Vec<_> = declared
            .into_iter()
            .flatten()
            .map(|text| format!("signs as: {text}"))
            .collect();
        let words: Vec<String> = match topic {
            ReviewTopic::Name => row.name.iter().cloned().collect(),
            ReviewTopic::Unsure
            | ReviewTopic::Report
            | ReviewTopic::Statement
            | ReviewTopic::Waiting(_)
            | ReviewTopic::Comment => {
                let words = row.statement.iter().cloned().chain(declared);
                words.chain(of_pledge(&row)).collect()
            }
        };
        // A handle may name another host than the account is on.
        let url = Url::parse(&row.actor).ok();
        Some(Self {
            topic,
            host: url.as_ref().and_then(authority).unwrap_or_default(),
            who: row.handle.clone(),
            name: row.name.clone().filter(|_| topic != ReviewTopic::Name),
            words,
            at: row.endorsed_at,
            target: ReviewTarget::Endorsement(Box::new(row)),
        })
    }

    /// The entry of a report; `handles` are those of the endorsements that reports name.
    fn of_report(report: ReportRow, handles: &HashMap<String, String>) -> Self {
        let about = report.targets.iter().map(|target| {
            let handle = handles.get(target);
            handle.unwrap_or(target).as_str()
        });
        let about: Vec<_> = about.collect();
        Self {
            topic: ReviewTopic::Report,
            who: format!("about {}", about.join(" ")),
            words: report.text.into_iter().collect(),
            name: None,
            target: ReviewTarget::Report(report.id),
            host: report.host,
            at: report.at,
        }
    }

    /// What entries of one group have in common, beside their topic: the same words, or the same host.
    fn group_key(&self) -> (ReviewTopic, String) {
        let key = match self.topic {
            // A name stands before the words of an unsure signature, and is another one each time.
            ReviewTopic::Unsure | ReviewTopic::Comment if self.words.is_empty() => {
                self.host.clone()
            }
            ReviewTopic::Unsure
            | ReviewTopic::Comment
            | ReviewTopic::Statement
            | ReviewTopic::Name => single_line(&self.words.join(" ")).to_lowercase(),
            ReviewTopic::Waiting(_) => self.host.clone(),
            ReviewTopic::Report => match &self.target {
                ReviewTarget::Report(number) => number.to_string(),
                ReviewTarget::Endorsement(row) => row.public_id.to_string(),
            },
        };
        (self.topic, key)
    }
}

/// What waits of a pledge: words that may say it, and the link.
fn of_pledge(row: &EndorsementSummary) -> impl Iterator<Item = String> {
    let waits = row.pledge_state.as_deref() == Some(ReviewState::Pending.as_str());
    let words = row
        .pledge_words
        .as_ref()
        .map(|text| format!("may pledge: {text}"));
    let link = row
        .pledge_url
        .as_ref()
        .map(|url| format!("pledges with the link: {url}"));
    words.into_iter().chain(link).filter(move |_| waits)
}

/// Entries that one decision may be about: the same words, or newcomers of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewGroup {
    /// Why they wait.
    pub topic: ReviewTopic,
    /// At least one, oldest first.
    pub entries: Vec<ReviewEntry>,
}

/// Puts entries into groups: the most urgent topic first, then the group that waits longest.
pub fn grouped(mut entries: Vec<ReviewEntry>) -> Vec<ReviewGroup> {
    entries.sort_by_key(|entry| entry.at);
    let mut places: HashMap<(ReviewTopic, String), usize> = HashMap::new();
    let mut groups: Vec<ReviewGroup> = Vec::new();
    for entry in entries {
        let place = *places.entry(entry.group_key()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.entries.push(entry),
            None => groups.push(ReviewGroup {
                topic: entry.topic,
                entries: vec![entry],
            }),
        }
    }
    // Stable: inside a topic the group with the oldest entry stays first.
    groups.sort_by_key(|group| group.topic.place());
    groups
}

/// What a moderator wants to go through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a list of its own")]
pub struct ReviewChoice {
    /// Endorsements that wait.
    pub endorsements: bool,
    /// Statements of endorsements that do not wait.
    pub statements: bool,
    /// Their names.
    pub names: bool,
    /// Reports by other servers.
    pub reports: bool,
    /// Comments.
    pub comments: bool,
    /// The only host, where `*` is any text.
    pub host: Option<String>,
}

/// The most entries of one kind that a session goes through.
pub const MOST_ENTRIES: usize = 10_000;

/// Rows that are read in one transaction.
const PAGE: i64 = 1000;

/// Reports whose endorsements are looked up at a time.
const AT_ONCE: usize = 100;

/// What waits, in groups; and whether there is more than a session goes through.
///
/// # Errors
/// Those of the database.
pub async fn load(store: &Store, choice: &ReviewChoice) -> Result<(Vec<ReviewGroup>, bool)> {
    let filter = || EndorsementFilter {
        host: choice.host.clone(),
        ..EndorsementFilter::default()
    };
    let pending = Some(ReviewState::Pending);
    let lists = [
        (
            choice.endorsements,
            EndorsementFilter {
                state: Some(State::Pending),
                ..filter()
            },
        ),
        (
            choice.statements,
            EndorsementFilter {
                statement: pending,
                ..filter()
            },
        ),
        (
            choice.names,
            EndorsementFilter {
                name_state: pending,
                ..filter()
            },
        ),
        (
            choice.comments,
            EndorsementFilter {
                state: Some(State::Comment),
                ..filter()
            },
        ),
    ];
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    let mut is_more = false;
    for (_, filter) in lists.into_iter().filter(|(wanted, _)| *wanted) {
        // An endorsement that waits has a statement and a name that wait with it.
        let waits = filter.state == Some(State::Pending);
        let mut pages = EndorsementPages::of(filter);
        let mut left = MOST_ENTRIES;
        loop {
            let rows = pages.next(&mut store.read().await?, PAGE).await?;
            let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < PAGE);
            for row in rows {
                let is_pending = row.state == State::Pending.as_str();
                let id = row.public_id.clone();
                if let Some(entry) = ReviewEntry::of(row).filter(|_| is_pending == waits)
                    && seen.insert(id)
                {
                    entries.push(entry);
                    left = left.saturating_sub(1);
                }
            }
            if is_last || left == 0 {
                is_more |= !is_last;
                break;
            }
        }
    }
    if choice.reports {
        let reports = open_reports(store, choice.host.as_deref()).await?;
        is_more |= reports.len() >= MOST_ENTRIES;
        for page in reports.chunks(AT_ONCE) {
            let named = page.iter().flat_map(|report| report.targets.clone());
            let named: Vec<String> = named.collect();
            let handles = store.read().await?.handles_behind(&named).await?;
            let handles = handles.into_iter().collect();
            let of = |report: &ReportRow| ReviewEntry::of_report(report.clone(), &handles);
            entries.extend(page.iter().map(of));
        }
    }
    Ok((grouped(entries), is_more))
}

/// The open reports, newest first.
async fn open_reports(store: &Store, host: Option<&str>) -> Result<Vec<ReportRow>> {
    let mut open: Vec<ReportRow> = Vec::new();
    let mut last = None;
    while open.len() < MOST_ENTRIES {
        let rows = store.read().await?.reports(last.as_ref(), PAGE).await?;
        last = rows.last().cloned();
        let is_over = last
            .as_ref()
            .is_none_or(|row| row.state != ReportState::Open);
        let wanted = |row: &ReportRow| host.is_none_or(|glob| fits(glob, &row.host));
        let rows = rows
            .into_iter()
            .filter(|row| row.state == ReportState::Open);
        open.extend(rows.filter(wanted));
        if is_over {
            break;
        }
    }
    Ok(open)
}

/// Whether a host fits a glob, where `*` is any text.
fn fits(glob: &str, host: &str) -> bool {
    let glob = glob.to_ascii_lowercase();
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|first| host.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = rest
            .get(at.saturating_add(part.len())..)
            .unwrap_or_default();
    }
    rest.ends_with(last)
}
