//! Warnings for the author of a letter: lists that were not taken, and markup that nothing processes.

use std::ops::Range;

use super::{
    Warning, line_number,
    markdown::{Block, BlockKind, Outline},
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
    let mut left = lists_at_the_end(outline, choice);
    if choice.taken.is_empty() {
        if left.is_empty() {
            left.extend(choice.left.last().cloned());
        }
        if let Some(line) = choice.announced {
            let text = "this line announces signatories, but no list follows it".to_owned();
            hints.push(Warning {
                line: line_number(first + line),
                text,
            });
        }
    }
    hints.extend(left.iter().map(|list| Warning {
        line: line_number(first + list.start),
        text: not_taken(outline, list),
    }));
    hints
}

/// The lists at the end of the text that were not taken.
fn lists_at_the_end(outline: &Outline, choice: &Choice) -> Vec<Range<usize>> {
    let mut lists: Vec<_> = outline
        .blocks
        .iter()
        .rev()
        .take_while(|block| block.kind == BlockKind::List || block.text.is_empty())
        .map(|block| block.lines.clone())
        .filter(|lines| choice.left.contains(lines))
        .collect();
    lists.reverse();
    lists
}

/// Says that a list was not taken, and how to mark it.
fn not_taken(outline: &Outline, list: &Range<usize>) -> String {
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
    match name {
        Some(name) => format!(
            "this list was not taken as signatories; if it is theirs, put the line \"Signed,\" before it or set letter.signatories_heading = \"{}\"",
            name.replace('\\', "\\\\").replace('"', "\\\"")
        ),
        None => "this list was not taken as signatories; if it is theirs, put the line \"Signed,\" before it".to_owned(),
    }
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
