//! Warnings for the author of a letter: lists that were not taken, and markup that nothing processes.

use std::{collections::HashSet, ops::Range};

use super::{
    Warning,
    announcement::is_other_section,
    block::{Block, BlockKind},
    line_number,
    markdown::{self, Outline},
    one_line,
    signatories::Choice,
};

/// Longest heading that a warning quotes, in characters.
const MAX_HEADING: usize = 80;

/// Warnings about the lists; `first` is the index of the text's first line in the file.
pub(super) fn about_lists(
    outline: &Outline,
    choice: &Choice,
    named: Option<&str>,
    first: usize,
) -> Vec<Warning> {
    let mut hints = Vec::new();
    if let Some(named) = named.filter(|heading| !heading.trim().is_empty() && !choice.found_named) {
        let text = format!(
            "no heading or paragraph says \"{named}\", which letter.signatories_heading names"
        );
        hints.push(Warning {
            line: line_number(first),
            text,
        });
    }
    if let Some(line) = choice.announced {
        let text = "this line announces signatories, but no list of names follows it".to_owned();
        hints.push(Warning {
            line: line_number(first + line),
            text,
        });
    }
    let lists = lists_at_the_end(outline, choice);
    // No text stands between them, so that the same line is before them all.
    if let Some(text) = lists.first().and_then(|list| not_taken(outline, list)) {
        hints.extend(lists.iter().map(|list| Warning {
            line: line_number(first + list.start),
            text: text.clone(),
        }));
    }
    hints
}

/// The lists at the end of the text that look like names and were not taken.
fn lists_at_the_end(outline: &Outline, choice: &Choice) -> Vec<Range<usize>> {
    let left: HashSet<_> = choice.left.iter().collect();
    let mut lists: Vec<_> = outline
        .blocks
        .iter()
        .rev()
        .take_while(|block| {
            matches!(block.kind, BlockKind::List | BlockKind::Table) || block.text.is_empty()
        })
        .map(|block| block.lines.clone())
        .filter(|lines| left.contains(lines))
        .collect();
    lists.reverse();
    lists
}

/// Says that a list was not taken, and how to mark it; nothing about sources, contacts and the like.
fn not_taken(outline: &Outline, list: &Range<usize>) -> Option<String> {
    let announces = |block: &&Block| {
        matches!(block.kind, BlockKind::Heading | BlockKind::Paragraph)
            && !block.text.is_empty()
            && block.lines.end <= list.start
    };
    let name = outline
        .blocks
        .iter()
        .rev()
        .find(announces)
        .and_then(|block| block.text.lines().last())
        .map(one_line)
        .filter(|heading| heading.chars().count() <= MAX_HEADING);
    if name.as_deref().is_some_and(is_other_section) {
        return None;
    }
    let mut text = "this list was not taken as signatories; if it is theirs, put the line \"Signed,\" before it"
        .to_owned();
    if let Some(name) = name {
        let name = name.replace('\\', "\\\\").replace('"', "\\\"");
        text = format!("{text} or set letter.signatories_heading = \"{name}\"");
    }
    Some(text)
}

/// Elements of raw HTML that no reader gets: scripts, frames, forms.
const LOST: [(&str, &str); 12] = [
    ("<script", "a script"),
    ("<style", "a style sheet"),
    ("<iframe", "a frame"),
    ("<frame", "a frame"),
    ("<object", "an embedded object"),
    ("<embed", "an embedded object"),
    ("<form", "a form"),
    ("<input", "a field of a form"),
    ("<button", "a button"),
    ("<video", "a video"),
    ("<audio", "a sound"),
    ("<svg", "a drawing"),
];

/// What of the raw HTML will be lost, outside of code.
pub(super) fn about_losses(text: &str, first: usize) -> Vec<Warning> {
    let mut hints: Vec<Warning> = Vec::new();
    let lines = markdown::raw_html(text);
    for (index, html) in lines {
        for (at, html) in html.split('\n').enumerate() {
            let lower = html.to_ascii_lowercase();
            for (tag, what) in LOST {
                let is_tag = |(at, _): (usize, &str)| {
                    let after = lower.get(at + tag.len()..).unwrap_or_default();
                    !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
                };
                let line = line_number(first + index + at);
                if lower.match_indices(tag).any(is_tag) {
                    hints.push(Warning {
                        line,
                        text: format!("{what} is left out: no reader gets it"),
                    });
                }
            }
        }
    }
    hints
}

/// Liquid tags and kramdown attributes in the text, which would be published literally.
pub(super) fn about_markup(
    lines: &[&str],
    is_text: impl Fn(usize) -> bool,
    first: usize,
) -> Vec<Warning> {
    let mut hints = Vec::new();
    for (index, line) in lines
        .iter()
        .enumerate()
        .filter(|(index, _)| is_text(*index))
    {
        let heading_id = line.trim_start().starts_with('#')
            && line.trim_end().ends_with('}')
            && line.contains("{#");
        let kind = if line.contains("{%") || line.contains("{{") {
            "a Liquid tag"
        } else if line.contains("{:") || heading_id {
            "a kramdown attribute"
        } else {
            continue;
        };
        let text = format!("{kind} is published as it is typed");
        hints.push(Warning {
            line: line_number(first + index),
            text,
        });
    }
    hints
}
