//! Comma-separated values (RFC 4180): records that may have any number of fields, and fields that may have line ends.

/// One record, and the line on which it begins, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its first line.
    pub line: u32,
    /// Its fields, unquoted; at least one.
    pub fields: Vec<String>,
}

/// The records of a text. Lines end with LF, CRLF or CR; empty ones are left out. A quotation mark inside a field that does
/// not begin with one stands for itself, and a quotation that does not end goes to the end of the text.
pub fn records(text: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut characters = text.chars().peekable();
    let mut line = 1;
    while characters.peek().is_some() {
        let first = line;
        let mut fields = Vec::new();
        let mut field = String::new();
        let mut is_quoted = false;
        loop {
            match characters.next() {
                Some('"') if field.is_empty() && !is_quoted => {
                    is_quoted = true;
                    quotation(&mut characters, &mut field, &mut line);
                }
                Some(',') => {
                    fields.push(std::mem::take(&mut field));
                    is_quoted = false;
                }
                Some(end @ ('\r' | '\n')) => {
                    if end == '\r' && characters.peek() == Some(&'\n') {
                        characters.next();
                    }
                    line += 1;
                    break;
                }
                Some(character) => field.push(character),
                None => break,
            }
        }
        let is_empty = fields.is_empty() && field.is_empty() && !is_quoted;
        fields.push(field);
        if !is_empty {
            records.push(Record {
                line: first,
                fields,
            });
        }
    }
    records
}

/// The rest of a quotation, whose first mark was taken.
fn quotation(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    field: &mut String,
    line: &mut u32,
) {
    while let Some(character) = characters.next() {
        if character == '"' && characters.next_if_eq(&'"').is_none() {
            return;
        }
        let is_end = character == '\n' || character == '\r' && characters.peek() != Some(&'\n');
        *line += u32::from(is_end);
        field.push(character);
    }
}

/// Appends one record with an LF at its end; fields are quoted where they have to be.
pub fn push_record<'a>(text: &mut String, fields: impl IntoIterator<Item = &'a str>) {
    for (n, field) in fields.into_iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        if field.contains([',', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(field);
        }
    }
    text.push('\n');
}

/// Appends one record for a spreadsheet: no field begins a formula, and the line ends with CRLF as RFC 4180 has it.
pub fn push_sheet_record<'a>(text: &mut String, fields: impl IntoIterator<Item = &'a str>) {
    let fields: Vec<String> = fields.into_iter().map(without_formula).collect();
    push_record(text, fields.iter().map(String::as_str));
    text.pop();
    text.push_str("\r\n");
}

/// Whether a character begins a formula.
const fn begins_formula(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

/// Whether a formula may begin after this character, if one may have begun in its place.
const fn may_begin_after(character: char, begins: bool) -> bool {
    // Spaces and quotation marks go before a formula.
    matches!(character, ';' | '\t' | '\r' | '\n') || (begins && matches!(character, ' ' | '"'))
}

/// A field that no spreadsheet takes for a formula: an apostrophe goes before what would begin one
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). In many languages spreadsheets split at semicolons or tabs, and
/// then no quotation that begins after one of our commas holds a field together: each part of it may begin a formula.
fn without_formula(field: &str) -> String {
    let mut text = String::with_capacity(field.len() + 1);
    if field.starts_with(['\t', '\r', '\n']) {
        text.push('\'');
    }
    let mut begins = true;
    for character in field.chars() {
        if begins && begins_formula(character) {
            text.push('\'');
        }
        text.push(character);
        begins = may_begin_after(character, begins);
    }
    text
}

/// A field of [`push_sheet_record`] without the apostrophes that it put before formulas.
pub fn without_guards(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut begins = true;
    let mut characters = field.chars().peekable();
    while let Some(character) = characters.next() {
        let is_first = text.is_empty();
        let guards =
            |next: &char| begins_formula(*next) || (is_first && matches!(next, '\t' | '\r' | '\n'));
        if begins && character == '\'' && characters.peek().is_some_and(guards) {
            let Some(guarded) = characters.next() else {
                break;
            };
            text.push(guarded);
            begins = may_begin_after(guarded, begins);
        } else {
            text.push(character);
            begins = may_begin_after(character, begins);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_are_read_as_they_are_written_by_others() {
        for (text, expected) in [
            ("", &[][..]),
            ("a,b\nc\n", &[(1, &["a", "b"][..]), (2, &["c"])]),
            ("a,b\r\n\r\nc,", &[(1, &["a", "b"]), (3, &["c", ""])]),
            ("a\rb", &[(1, &["a"]), (2, &["b"])]),
            ("\"a,\"\"b\"\"\",c", &[(1, &["a,\"b\"", "c"])]),
            (
                "\"a\r\nb\"\n\"\"\nc",
                &[(1, &["a\r\nb"]), (3, &[""]), (4, &["c"])],
            ),
            ("a\"b,\"c", &[(1, &["a\"b", "c"])]),
            (",", &[(1, &["", ""])]),
        ] {
            let found = records(text);
            let found: Vec<_> = found
                .iter()
                .map(|record| (record.line, record.fields.clone()))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(line, fields)| {
                    let fields = fields.iter().map(|field| (*field).to_owned());
                    (*line, fields.collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn no_field_of_a_sheet_begins_a_formula() {
        for (field, expected) in [
            ("Ada", "Ada"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@ada@m.example", "'@ada@m.example"),
            ("\t=1", "'\t'=1"),
            ("\n\na", "'\n\na"),
            ("a=1", "a=1"),
            ("a-b; c", "a-b; c"),
            ("Ada;=HYPERLINK(A1);", "Ada;'=HYPERLINK(A1);"),
            ("Ada; \"=1\"", "Ada; \"'=1\""),
            ("a\t+1\r@b\n-c", "a\t'+1\r'@b\n'-c"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
        ] {
            assert_eq!(without_formula(field), expected, "{field:?}");
            assert_eq!(without_guards(expected), field, "{expected:?}");
        }
        let mut text = String::new();
        push_sheet_record(&mut text, ["a,b", "\"c\"", "d"]);
        assert_eq!(text, "\"a,b\",\"\"\"c\"\"\",d\r\n");
    }

    proptest! {
        #[test]
        fn guards_are_taken_off_again(field in "[a=@; \"\t\n+-]{0,8}") {
            prop_assert_eq!(without_guards(&without_formula(&field)), field);
        }

        #[test]
        fn what_is_written_is_read_again(
            rows in prop::collection::vec(prop::collection::vec("[ab,\"\r\n é]{0,6}", 2..5), 0..6),
        ) {
            let mut text = String::new();
            for row in &rows {
                push_record(&mut text, row.iter().map(String::as_str));
            }
            let read: Vec<_> = records(&text).into_iter().map(|record| record.fields).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
