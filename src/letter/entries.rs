//! The entries of a block: items of a list, rows of a table, lines of a paragraph.

use std::ops::Range;

use super::{
    block::{Block, BlockKind, ListEntry, MAX_LINE, TableRow},
    likeness::{is_office, is_office_or_organisation, is_personal},
    markdown::{Definitions, blank_comments},
    signatory_line,
    word_lists::{LetterTerms, bare},
};

/// Most lines of one person's block: name, office, organisation, place.
const MAX_BLOCK: usize = 4;
/// Fewest names that make one line several people.
const MIN_PEOPLE: usize = 3;
/// Marks between the people in one line.
const BETWEEN_PEOPLE: [char; 5] = [',', ';', '·', '•', '|'];

/// The entries of a block, and whether they are one person or several people in one line, which needs no other proof.
#[derive(Debug, Default)]
pub(super) struct BlockEntries {
    pub(super) entries: Vec<ListEntry>,
    pub(super) is_certain: bool,
}

/// Reads the entries of a block.
pub(super) fn of(block: &Block, lines: &[&str], definitions: &Definitions) -> BlockEntries {
    let plain = |entries| BlockEntries {
        entries,
        is_certain: false,
    };
    match block.kind {
        BlockKind::Table => plain(of_rows(&block.rows, definitions)),
        BlockKind::List if block.is_html => plain(block.entries.clone()),
        BlockKind::List => plain(of_list(lines, &block.lines)),
        BlockKind::Code => plain(block.entries.iter().map(of_code).collect()),
        BlockKind::Paragraph if block.is_html => {
            let entries = block.entries.iter().map(without_bullet).collect();
            of_paragraph(entries, definitions)
        }
        BlockKind::Paragraph => of_paragraph(of_list(lines, &block.lines), definitions),
        BlockKind::Quotation => plain(of_quotation(lines, &block.lines)),
        BlockKind::Heading
        | BlockKind::Rule
        | BlockKind::Html
        | BlockKind::Footnote
        | BlockKind::Other => BlockEntries::default(),
    }
}

/// A line of code: columns become parts between commas.
fn of_code(entry: &ListEntry) -> ListEntry {
    let entry = without_bullet(entry);
    let mut text = entry.text.replace('\t', ", ");
    if text.contains("   ") {
        let columns = text.split("   ").map(str::trim);
        text = columns
            .filter(|column| !column.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
    }
    ListEntry { text, ..entry }
}

fn without_bullet(entry: &ListEntry) -> ListEntry {
    let text = entry.text.trim();
    let after = after_bullet(text);
    ListEntry {
        lines: entry.lines.clone(),
        text: after.unwrap_or(text).to_owned(),
        bullet: entry.bullet || after.is_some(),
    }
}

/// The entries of the lines of a list or a paragraph. A bullet or an unindented line begins an entry; an indented line
/// continues it, and so does one after a comma.
fn of_list(lines: &[&str], range: &Range<usize>) -> Vec<ListEntry> {
    let raw: Vec<&str> = lines
        .iter()
        .skip(range.start)
        .take(range.len())
        .copied()
        .collect();
    let blanked = blank_comments(&raw.join("\n"));
    let mut entries: Vec<ListEntry> = Vec::new();
    let mut after_blank = false;
    let mut quoted = false;
    for (offset, line) in blanked.split('\n').enumerate() {
        // A backslash at the end breaks the line, as two blanks do.
        let text = line.trim();
        let text = text.strip_suffix('\\').unwrap_or(text).trim_end();
        if text.is_empty() {
            after_blank = true;
            quoted = false;
            continue;
        }
        let at = range.start + offset;
        let after_bullet = after_bullet(text);
        let indented = line.starts_with("  ") || line.starts_with('\t');
        quoted = after_bullet.is_none() && (quoted || text.starts_with('>'));
        match entries.last_mut() {
            Some(entry)
                if entry.bullet
                    && after_bullet.is_none()
                    && !quoted
                    && ((indented && !(after_blank && is_prose(text)))
                        || continues(entry, text)) =>
            {
                entry.lines.end = at + 1;
                // A longer entry is not read, and would be searched again with each line.
                if entry.text.len() <= MAX_LINE {
                    entry.text.push_str(if entry.text.contains([',', '(']) {
                        " "
                    } else {
                        ", "
                    });
                    entry.text.push_str(text);
                }
            }
            // An office or organisation below the person is the person's.
            Some(entry)
                if entry.bullet
                    && indented
                    && after_bullet.is_some_and(is_office_or_organisation)
                    && is_personal(&entry.text) =>
            {
                entry.lines.end = at + 1;
                entry.text.push_str(", ");
                entry.text.push_str(after_bullet.unwrap_or_default());
            }
            Some(_) | None => entries.push(ListEntry {
                lines: at..at + 1,
                text: after_bullet.map_or_else(|| cells_joined(text), str::to_owned),
                bullet: after_bullet.is_some(),
            }),
        }
        after_blank = false;
    }
    entries
}

/// Whether an unindented line goes on with the entry before it.
fn continues(entry: &ListEntry, text: &str) -> bool {
    // A longer entry is not read.
    let open = entry.text.len() <= MAX_LINE
        && entry.text.matches('(').count() > entry.text.matches(')').count();
    open || entry.text.ends_with([',', ';', '&', '–', '—'])
        || entry.text.ends_with(" of")
        || entry.text.ends_with(" at")
        || text.starts_with('(')
}

/// Whether a line is a sentence and no affiliation.
fn is_prose(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (text.ends_with(['.', '!', '?']) && words > 3) || words > 12
}

/// A row of a table that is none, because its head is missing.
fn cells_joined(text: &str) -> String {
    match text.strip_prefix('|') {
        Some(row) => row
            .split('|')
            .map(str::trim)
            .filter(|cell| !says_nothing(cell))
            .collect::<Vec<_>>()
            .join(", "),
        None => text.to_owned(),
    }
}

/// The lines of a quotation without their mark.
fn of_quotation(lines: &[&str], range: &Range<usize>) -> Vec<ListEntry> {
    let inside = lines
        .iter()
        .skip(range.start)
        .take(range.len())
        .zip(range.clone());
    inside
        .map(|(line, at)| {
            let text = line.trim().trim_start_matches('>').trim();
            let text = text.strip_suffix('\\').unwrap_or(text).trim_end();
            without_bullet(&ListEntry {
                text: text.to_owned(),
                ..ListEntry::at(at)
            })
        })
        .filter(|entry| !entry.text.is_empty())
        .collect()
}

/// The lines of a paragraph: one person with office and organisation, several people in one line, or one a line.
fn of_paragraph(entries: Vec<ListEntry>, definitions: &Definitions) -> BlockEntries {
    if entries.iter().any(|entry| entry.bullet) {
        return BlockEntries {
            entries,
            is_certain: false,
        };
    }
    if let Some(entry) = one_person(&entries, definitions) {
        return BlockEntries {
            entries: vec![entry],
            is_certain: true,
        };
    }
    let people = several_people(&entries);
    if !people.is_empty() {
        return BlockEntries {
            entries: people,
            is_certain: true,
        };
    }
    BlockEntries {
        entries: with_offices(entries),
        is_certain: false,
    }
}

/// A line without marks of emphasis and of the line's end.
fn unmarked(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || "*_,;".contains(c))
}

/// Two to four lines that are one person: a name, then an office or organisation, and no second name.
fn one_person(entries: &[ListEntry], definitions: &Definitions) -> Option<ListEntry> {
    let (first, later) = entries.split_first()?;
    if later.is_empty() || entries.len() > MAX_BLOCK {
        return None;
    }
    let name = signatory_line::read(&first.text, definitions)?;
    let is_head = is_personal(&name.name) || name.name.split(',').next().is_some_and(is_personal);
    let has_name = |entry: &ListEntry| {
        let before = unmarked(&entry.text)
            .split([',', '(', '–', '—', '|'])
            .next();
        before.is_some_and(|before| is_personal(before.trim()))
    };
    let has_office = later
        .iter()
        .any(|entry| is_office_or_organisation(&entry.text));
    if !is_head || !has_office || later.iter().any(has_name) {
        return None;
    }
    let texts: Vec<&str> = entries.iter().map(|entry| unmarked(&entry.text)).collect();
    Some(ListEntry {
        lines: first.lines.start
            ..entries
                .last()
                .map_or(first.lines.end, |last| last.lines.end),
        text: texts.join(", "),
        bullet: false,
    })
}

/// The people in one line, or in lines that end with a comma.
fn several_people(entries: &[ListEntry]) -> Vec<ListEntry> {
    let Some((last, before)) = entries.split_last() else {
        return Vec::new();
    };
    if !before
        .iter()
        .all(|entry| entry.text.ends_with(BETWEEN_PEOPLE))
    {
        return Vec::new();
    }
    let mut people = Vec::new();
    for entry in entries {
        let text = entry
            .text
            .trim_end_matches(['.', '*', '_'])
            .trim_start_matches(['*', '_']);
        for part in people_in(text) {
            let parts = match and(part).filter(|_| entry.lines == last.lines) {
                Some((one, other)) => vec![one, other],
                None => vec![part],
            };
            people.extend(
                parts
                    .into_iter()
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| ListEntry {
                        lines: entry.lines.clone(),
                        text: part.to_owned(),
                        bullet: false,
                    }),
            );
        }
    }
    if people.len() < MIN_PEOPLE
        || !people
            .iter()
            .all(|person| is_personal(before_parenthesis(&person.text)))
    {
        return Vec::new();
    }
    people
}

/// The parts of a line between marks outside of parentheses.
fn people_in(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && BETWEEN_PEOPLE.contains(&c)
    })
    .collect()
}

/// A person without an affiliation in parentheses at the end.
fn before_parenthesis(text: &str) -> &str {
    match text.split_once('(') {
        Some((name, _)) if text.ends_with(')') => name.trim(),
        Some(_) | None => text,
    }
}

/// The parts around an "and" in front of the last person.
fn and(part: &str) -> Option<(&str, &str)> {
    let words = [" and ", " und ", " y ", " e ", " et ", " en ", " i ", " & "];
    let first = ["and ", "und ", "y ", "e ", "et ", "en ", "i ", "& "];
    let begins = part.trim_start();
    if let Some(rest) = first.iter().find_map(|word| begins.strip_prefix(word)) {
        return Some(("", rest));
    }
    words.iter().find_map(|word| part.split_once(word))
}

/// Lines that say an office alone belong to the person above.
fn with_offices(entries: Vec<ListEntry>) -> Vec<ListEntry> {
    let mut joined: Vec<ListEntry> = Vec::new();
    for entry in entries {
        match joined.last_mut() {
            Some(before) if is_office(&entry.text) && is_personal(unmarked(&before.text)) => {
                before.lines.end = entry.lines.end;
                before.text = format!("{}, {}", unmarked(&before.text), entry.text);
            }
            Some(_) | None => joined.push(entry),
        }
    }
    joined
}

/// The text after the bullet of a line, if it has one: a dash, a star or the like, or a number.
fn after_bullet(text: &str) -> Option<&str> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.len() - digits.len();
    let rest = if (1..=9).contains(&number) {
        digits.strip_prefix(['.', ')'])?
    } else {
        text.strip_prefix(['-', '*', '+', '•', '–', '—', '▪', '◦', '‣', '·', '✍'])?
    };
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let rest = rest.trim_start();
    let task = ["[ ]", "[x]", "[X]"]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark));
    Some(task.unwrap_or(rest).trim_start())
}

/// What the head of a table calls a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TableColumn {
    Name,
    GivenName,
    FamilyName,
    /// A date, a number: no part of a signature.
    Ignored,
    Other,
}

impl TableColumn {
    fn of(head: &str) -> Self {
        let said = bare(head);
        match said.as_str() {
            "first name" | "given name" | "forename" | "vorname" | "nombre de pila" | "prénom"
            | "nome próprio" => Self::GivenName,
            "last name" | "surname" | "family name" | "nachname" | "familienname" | "apellido"
            | "apellidos" | "nom de famille" | "cognome" | "sobrenome" | "apelido" => {
                Self::FamilyName
            }
            "date" | "datum" | "fecha" | "data" | "signed on" | "signed at" | "when" | "no"
            | "nr" | "nº" | "id" | "time" | "timestamp" | "verified" | "consent" | "e mail"
            | "email" | "mail" => Self::Ignored,
            "who"
            | "full name"
            | "name handle"
            | "nom"
            | "nome"
            | "nombre"
            | "name"
            | "names"
            | "naam"
            | "imię i nazwisko"
            | "nombre y apellidos"
            | "nombre completo"
            | "nom et prénom"
            | "nom prénom"
            | "vor und nachname"
            | "namen"
            | "nombres"
            | "person"
            | "姓名"
            | "名前"
            | "氏名"
            | "имя"
            | "nome completo"
            | "signer"
            | "member"
            | "individual"
            | "имя и фамилия" => Self::Name,
            _ if LetterTerms::Core.is_in(&said)
                || LetterTerms::Groups.begins(&said) && said == "name" =>
            {
                Self::Name
            }
            _ if head.trim() == "#" => Self::Ignored,
            _ => Self::Other,
        }
    }
}

/// Whether a cell is empty, or says that it is.
fn says_nothing(cell: &str) -> bool {
    let said = cell.trim().to_lowercase();
    matches!(said.as_str(), "n/a" | "na" | "none" | "k. a." | "k.a.")
        || !said.chars().any(char::is_alphabetic)
}

/// The rows of a table as entries. The column of names is the one that says so, else the first in which most cells
/// look like names.
fn of_rows(rows: &[TableRow], definitions: &Definitions) -> Vec<ListEntry> {
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let first = rows.first();
    let mut columns: Vec<TableColumn> = first
        .into_iter()
        .flat_map(|row| row.cells.iter().map(|cell| TableColumn::of(cell)))
        .collect();
    columns.resize(width, TableColumn::Other);
    let known = columns.iter().any(|column| *column != TableColumn::Other);
    if columns.contains(&TableColumn::FamilyName) {
        // "Nom" beside "Prénom" is the family name, "Name" beside "Vorname", too.
        for column in &mut columns {
            if *column == TableColumn::Name {
                *column = TableColumn::Other;
            }
        }
    } else if columns.contains(&TableColumn::GivenName) {
        for column in &mut columns {
            if *column == TableColumn::Name {
                *column = TableColumn::FamilyName;
            }
        }
    } else if !columns.contains(&TableColumn::Name) {
        let found = best_column(rows, width, definitions, &columns);
        if let Some(column) = columns.get_mut(found) {
            *column = TableColumn::Name;
        }
    }
    if !known && is_grid(rows, width, definitions) {
        let cells = rows
            .iter()
            .flat_map(|row| row.cells.iter().map(|cell| (row.line, cell.trim())));
        return cells
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(line, cell)| ListEntry {
                text: cell.to_owned(),
                bullet: true,
                ..ListEntry::at(line)
            })
            .collect();
    }
    let body = rows.iter().enumerate().filter(|(index, row)| {
        // A head that names no column may be a name itself.
        let is_head = row.head || (*index == 0 && known);
        let name = row.cells.first().map(String::as_str).unwrap_or_default();
        !is_head || !(known || name.is_empty() || !is_personal(name))
    });
    body.filter_map(|(_, row)| of_row(row, &columns)).collect()
}

/// Whether every cell of a table is a person, so that its columns only save space.
fn is_grid(rows: &[TableRow], width: usize, definitions: &Definitions) -> bool {
    let mut cells = rows
        .iter()
        .flat_map(|row| &row.cells)
        .filter(|cell| !cell.trim().is_empty())
        .peekable();
    width > 1
        && cells.peek().is_some()
        && cells.all(|cell| {
            signatory_line::read(cell, definitions).is_some_and(|parts| is_personal(&parts.name))
        })
}

/// The column in which most cells are names.
fn best_column(
    rows: &[TableRow],
    width: usize,
    definitions: &Definitions,
    columns: &[TableColumn],
) -> usize {
    // The first rows tell; a table may have thousands.
    let names = |column: usize| {
        rows.iter()
            .skip(1)
            .take(50)
            .filter_map(|row| row.cells.get(column))
            .filter(|cell| {
                signatory_line::read(cell, definitions)
                    .is_some_and(|parts| is_personal(&parts.name) || parts.name.contains(' '))
            })
            .count()
    };
    let mut best = (0, 0);
    for column in 0..width.min(10) {
        if columns.get(column) == Some(&TableColumn::Ignored) {
            continue;
        }
        let found = names(column);
        if found > best.1 {
            best = (column, found);
        }
    }
    if best.1 == 0 {
        // Names of one word: the first column that has words.
        let first = |row: &TableRow| row.cells.iter().position(|cell| !says_nothing(cell));
        return rows.iter().skip(1).filter_map(first).min().unwrap_or(0);
    }
    best.0
}

fn of_row(row: &TableRow, columns: &[TableColumn]) -> Option<ListEntry> {
    let of_kind = |kind: TableColumn| {
        row.cells
            .iter()
            .zip(columns)
            .filter(move |(_, column)| **column == kind)
            .map(|(cell, _)| cell.trim())
    };
    let name: Vec<&str> = of_kind(TableColumn::GivenName)
        .chain(of_kind(TableColumn::FamilyName))
        .chain(of_kind(TableColumn::Name))
        .filter(|cell| !cell.is_empty())
        .collect();
    let rest: Vec<&str> = of_kind(TableColumn::Other)
        .filter(|cell| !says_nothing(cell))
        .collect();
    if name.is_empty() && rest.is_empty() {
        return None;
    }
    let name = name.join(" ");
    let parts = std::iter::once(name.as_str()).chain(rest);
    Some(ListEntry {
        text: parts.collect::<Vec<_>>().join(", "),
        bullet: true,
        ..ListEntry::at(row.line)
    })
}
