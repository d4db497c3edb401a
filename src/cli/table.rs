//! Tables for a terminal: the columns that fit, and cells that are shortened.

use std::cmp::Reverse;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// Blanks between two columns.
const GAP: usize = 2;

/// Columns of text are not shortened below this: the beginning of a handle or of a sentence still says something.
const LEAST: usize = 16;

/// Columns that are never shortened, because half of a time says nothing.
const WHOLE: &[&str] = &["at", "since", "published", "updated", "next"];

/// The order in which columns give way on a narrow terminal: what another column or `show` tells as well goes first.
/// Those that are not named follow, from right to left; the first column always stays.
const GIVES_WAY: &[&str] = &[
    "activity",
    "inbox",
    "url",
    "actor",
    "digest",
    "updated",
    "source",
    "line",
    "attempts",
    "next",
    "revision",
    "kind",
    "code",
    "private comment",
    "public comment",
    "since",
    "published",
    "at",
    "affiliation",
    "account",
    "name",
];

/// The width of a text on a terminal, in columns: a wide character takes two, a combining mark none.
pub(super) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The text in at most `most` columns; what is cut off is replaced by `…`. Never cuts through a grapheme.
pub(super) fn fit(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let (mut taken, mut end) = (0, 0);
    for grapheme in text.graphemes(true) {
        taken += grapheme.width();
        if taken >= most {
            break;
        }
        end += grapheme.len();
    }
    let kept = text.get(..end).unwrap_or_default().trim_end();
    format!("{kept}…")
}

/// The columns of a table that are shown, with their widths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Position and width, in the order of the table.
    columns: Vec<(usize, usize)>,
}

impl Layout {
    /// The layout of rows below this header. Without a width nothing gives way and nothing is shortened.
    pub(super) fn new(header: &[&str], rows: &[Vec<String>], terminal: Option<usize>) -> Self {
        let natural: Vec<usize> = header
            .iter()
            .enumerate()
            .map(|(column, name)| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                let widest = cells.map(|cell| width(cell)).max().unwrap_or(0);
                widest.max(width(name))
            })
            .collect();
        Self::of(header, &natural, terminal)
    }

    /// The layout of columns that would like to be this wide.
    fn of(header: &[&str], natural: &[usize], terminal: Option<usize>) -> Self {
        let mut columns: Vec<(usize, usize)> = natural.iter().copied().enumerate().collect();
        let Some(terminal) = terminal else {
            return Self { columns };
        };
        for (column, width) in &mut columns {
            let name = header.get(*column).copied().unwrap_or_default();
            if !WHOLE.contains(&name) {
                *width = (*width).min(LEAST);
            }
        }
        while taken(&columns) > terminal && columns.len() > 1 {
            let last = columns.iter().skip(1).min_by_key(|(column, _)| {
                let name = header.get(*column).copied().unwrap_or_default();
                let named = GIVES_WAY.iter().position(|known| *known == name);
                (named.unwrap_or(usize::MAX), Reverse(*column))
            });
            let gone = last.map(|(column, _)| *column);
            columns.retain(|(column, _)| Some(*column) != gone);
        }
        let mut room = terminal.saturating_sub(taken(&columns));
        while room > 0 {
            let wanting = columns.iter_mut().filter(|(column, width)| {
                natural.get(*column).is_some_and(|natural| width < natural)
            });
            let Some((_, width)) = wanting.min_by_key(|(_, width)| *width) else {
                break;
            };
            *width += 1;
            room -= 1;
        }
        if let [(_, only)] = columns.as_mut_slice() {
            *only = (*only).min(terminal.max(1));
        }
        Self { columns }
    }

    /// One line of the table: shortened cells with blanks between them. `paint` may put colour around a cell, whose
    /// column it is told.
    pub(super) fn line(
        &self,
        cells: &[impl AsRef<str>],
        mut paint: impl FnMut(usize, &str) -> Option<String>,
    ) -> String {
        let mut line = String::new();
        for (column, most) in &self.columns {
            let cell = cells.get(*column).map(AsRef::as_ref).unwrap_or_default();
            let cell = fit(cell, *most);
            let blanks = (*most + GAP).saturating_sub(width(&cell));
            line.push_str(paint(*column, &cell).as_deref().unwrap_or(&cell));
            line.extend(std::iter::repeat_n(' ', blanks));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The columns of a terminal that these take.
fn taken(columns: &[(usize, usize)]) -> usize {
    let widths: usize = columns.iter().map(|(_, width)| width).sum();
    widths + columns.len().saturating_sub(1) * GAP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_graphemes() {
        for (text, most, expected) in [
            ("", 0, ""),
            ("ada", 3, "ada"),
            ("ada lovelace", 8, "ada lov…"),
            ("ada lovelace", 5, "ada…"),
            ("ada", 1, "…"),
            // Two columns for each character.
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            // A letter with its mark, and a family of several code points, are one each.
            ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("👩‍👩‍👧ada", 4, "👩‍👩‍👧a…"),
        ] {
            let cut = fit(text, most);
            assert_eq!(cut, expected, "{text} in {most}");
            assert!(width(&cut) <= most.max(1), "{text} in {most}");
        }
    }

    #[test]
    fn columns_give_way_in_a_fixed_order() {
        let header = [
            "id", "state", "kind", "handle", "name", "at", "reason", "words",
        ];
        let natural = [16, 7, 5, 30, 14, 20, 20, 200];
        let shown = |terminal| {
            let layout = Layout::of(&header, &natural, terminal);
            let names = layout
                .columns
                .iter()
                .map(|(column, width)| (header[*column], *width));
            names.collect::<Vec<_>>()
        };
        let all: Vec<_> = header.into_iter().zip(natural).collect();
        assert_eq!(shown(None), all);
        assert_eq!(shown(Some(1000)), all);
        for (terminal, expected) in [
            (
                124,
                &[
                    "id", "state", "kind", "handle", "name", "at", "reason", "words",
                ][..],
            ),
            (
                120,
                &["id", "state", "handle", "name", "at", "reason", "words"],
            ),
            (100, &["id", "state", "handle", "name", "reason", "words"]),
            (80, &["id", "state", "handle", "reason", "words"]),
            (44, &["id", "state", "handle"]),
            (40, &["id", "state"]),
            (20, &["id"]),
            (10, &["id"]),
            (0, &["id"]),
        ] {
            let found = shown(Some(terminal));
            let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, expected, "{terminal}");
            let width: usize = found.iter().map(|(_, width)| width + GAP).sum();
            assert!(width <= terminal.max(1) + GAP, "{terminal}: {found:?}");
        }
    }

    #[test]
    fn cells_stand_below_each_other_whatever_they_are_made_of() {
        let header = ["name", "state"];
        let rows: Vec<Vec<String>> = [
            ["日本", "listed"],
            ["👩‍👩‍👧", "pending"],
            ["e\u{301}", "hidden"],
        ]
        .iter()
        .map(|row| row.iter().map(|&cell| cell.to_owned()).collect())
        .collect();
        let layout = Layout::new(&header, &rows, Some(80));
        let lines: Vec<_> = rows
            .iter()
            .map(|row| layout.line(row, |_, _| None))
            .collect();
        assert_eq!(
            lines,
            ["日本  listed", "👩‍👩‍👧    pending", "e\u{301}     hidden"]
        );
        let painted = layout.line(&rows[0], |column, cell| {
            (column == 1).then(|| format!("<{cell}>"))
        });
        assert_eq!(painted, "日本  <listed>");
    }
}
