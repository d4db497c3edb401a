//! The screen of a review session: lines that fit a terminal. Remote text is covered until it is asked for, and escaped
//! always.

use unicode_segmentation::UnicodeSegmentation as _;

use super::session::{ReviewOrder, ReviewSession, ReviewVerdict};
use crate::{
    cli::table::{fit, width},
    clock::Millis,
    register::moderation::review_queue::{ReviewEntry, ReviewTopic},
    text::{single_line, visible},
};

/// Lines about what was done.
const DONE_LINES: usize = 3;

/// What is read about the account of the current entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AccountDetails {
    /// When the account was made, as its server says.
    pub(super) made: Option<Millis>,
    /// When it was first seen here.
    pub(super) seen: Option<Millis>,
    /// What happened to its endorsement, oldest first.
    pub(super) history: Vec<String>,
    /// What it waits for in particular, and what to do about it.
    pub(super) hint: Option<String>,
}

/// The whole screen, in lines of at most `columns`.
pub(super) fn screen(
    session: &ReviewSession,
    account: &AccountDetails,
    columns: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let (at, all) = session.place();
    if let (Some(group), Some(entry)) = (session.group(), session.entry()) {
        let n = group.entries.len();
        lines.push(format!(
            "group {at} of {all} · {n} to decide · {}",
            group.topic
        ));
        lines.push(format!("{} · since {}", visible(&entry.host), entry.at));
        lines.push(String::new());
        for (place, (entry, read)) in session.page().enumerate() {
            lines.extend(about(entry, read, place == 0, columns));
        }
        if session.below() > 0 {
            lines.push(format!("  and {} more below", session.below()));
        }
        lines.push(String::new());
        lines.extend(about_account(account, columns));
        lines.extend(keys(session, group.topic));
    } else {
        lines.push("nothing waits any longer".to_owned());
        lines.push("u undo the last act   q quit".to_owned());
    }
    lines.push(String::new());
    let done = session.done();
    lines.extend(
        done.iter()
            .rev()
            .take(DONE_LINES)
            .rev()
            .map(|said| format!("done: {said}")),
    );
    if let Some(order) = session.asked() {
        lines.extend(wrapped(&question(order), columns));
        lines.push("y does it, any other key does not".to_owned());
    }
    lines.iter().map(|line| fit(line, columns)).collect()
}

/// One entry: who, and what is to be read.
fn about(entry: &ReviewEntry, read: bool, is_current: bool, columns: usize) -> Vec<String> {
    let mark = if is_current { '>' } else { ' ' };
    if !read {
        let count = |text: &String| text.split_whitespace().count();
        let n: usize = entry.words.iter().map(count).sum();
        return vec![format!(
            "{mark} covered: {n} words of somebody at {}",
            visible(&entry.host)
        )];
    }
    let name = entry
        .name
        .as_deref()
        .map(|name| format!(" · {}", visible(&single_line(name))));
    let mut lines = vec![format!(
        "{mark} {}{}",
        visible(&entry.who),
        name.unwrap_or_default()
    )];
    let words = entry
        .words
        .iter()
        .map(|words| single_line(words))
        .collect::<Vec<_>>()
        .join(" · ");
    if words.is_empty() {
        return lines;
    }
    let words = visible(&words).into_owned();
    let words = wrapped(&words, columns.saturating_sub(4));
    lines.extend(words.into_iter().map(|line| format!("    {line}")));
    lines
}

/// A text in lines of at most `columns`. Nothing is left out: what was uncovered counts as read.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if width(&line).saturating_add(width(word)).saturating_add(gap) <= columns {
            if gap > 0 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word that is longer than a line, as of scripts without blanks.
        for grapheme in word.graphemes(true) {
            if width(&line).saturating_add(width(grapheme)) > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    lines.push(line);
    lines
}

fn about_account(account: &AccountDetails, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let made = account.made.map(|at| format!("account made {at}"));
    let seen = account.seen.map(|at| format!("first seen {at}"));
    let both: Vec<_> = made.into_iter().chain(seen).collect();
    if !both.is_empty() {
        lines.push(both.join(" · "));
    }
    if !account.history.is_empty() {
        lines.push(format!("history: {}", account.history.join(", ")));
    }
    // A command in it is copied whole.
    let hint = account.hint.iter();
    lines.extend(hint.flat_map(|hint| wrapped(&visible(hint), columns)));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Every key, with what it does here.
fn keys(session: &ReviewSession, topic: ReviewTopic) -> Vec<String> {
    let reason = session.reason();
    let verdicts = match topic {
        ReviewTopic::Report => format!("a resolve   r hide whom it names ({reason})"),
        ReviewTopic::Statement | ReviewTopic::Name => "a show   r hide".to_owned(),
        ReviewTopic::Comment => format!("a count it as signed ({reason})"),
        ReviewTopic::Unsure | ReviewTopic::Waiting(_) => {
            format!("a approve   r reject ({reason})")
        }
    };
    vec![
        format!("space uncover, next page   {verdicts}   s skip"),
        "capitals do it for all of this group: A R S   c change the reason".to_owned(),
        "b block the account   B block its whole server   u undo   q quit".to_owned(),
    ]
}

fn question(order: &ReviewOrder) -> String {
    match order {
        ReviewOrder::Decide(verdict, entries) => {
            let verb = match verdict {
                ReviewVerdict::Approve => "approve",
                ReviewVerdict::Reject => "reject",
            };
            format!("{verb} all {} of them?", entries.len())
        }
        ReviewOrder::Block { target, effect, .. } => {
            format!("block {}: {effect}?", visible(target.as_str()))
        }
        ReviewOrder::PlanBlock(..) | ReviewOrder::Undo | ReviewOrder::Quit => String::new(),
    }
}
