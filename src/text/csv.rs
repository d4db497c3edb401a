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

    proptest! {
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
