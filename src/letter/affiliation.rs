//! Splits a line into name and affiliation.

use std::{collections::HashMap, ops::Range};

use super::one_line;

/// Replaces every byte of a handle or an address; no line contains it otherwise.
pub(super) const TAKEN_OUT: char = '\0';
/// Marks between a name and the affiliation.
const MARKS: [char; 6] = [',', ';', '|', '-', '–', '—'];
/// Suffixes of a person's name that may follow a comma, without full stops.
const SUFFIXES: [&str; 46] = [
    "jr", "sr", "ii", "iii", "iv", "v", "phd", "dphil", "md", "msc", "ma", "ba", "bsc", "bs", "ms",
    "mba", "mph", "mfa", "meng", "beng", "med", "edd", "dsc", "scd", "psyd", "pharmd", "dds",
    "dvm", "jd", "llm", "llb", "esq", "cpa", "rn", "msw", "mlis", "mls", "ccna", "dipl-ing",
    "dipl-inf", "frs", "frsa", "obe", "mbe", "cbe", "sj",
];
/// Suffixes of a company's name, without full stops.
const COMPANIES: [&str; 34] = [
    "inc",
    "incorporated",
    "ltd",
    "limited",
    "llc",
    "llp",
    "plc",
    "corp",
    "corporation",
    "gmbh",
    "ggmbh",
    "mbh",
    "ag",
    "kg",
    "ev",
    "ug",
    "se",
    "eg",
    "sa",
    "sl",
    "sas",
    "sarl",
    "srl",
    "spa",
    "bv",
    "nv",
    "a/s",
    "as",
    "ab",
    "oy",
    "oyj",
    "pty ltd",
    "sro",
    "gmbh & co kg",
];

/// White space and marks, which are trimmed from both ends of every part.
fn is_mark(character: char) -> bool {
    character.is_whitespace() || character == ':' || MARKS.contains(&character)
}

/// Replaces parentheses without words by blanks: the remains of `(@handle)`.
pub(super) fn blank_empty_parentheses(text: &mut String) {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut empty = Vec::new();
    for (at, character) in text.char_indices() {
        if character == '(' {
            open.push((at, false));
        } else if character == ')' {
            match open.pop() {
                Some((start, false)) => empty.extend([start, at]),
                Some((_, true)) => said(&mut open),
                None => {}
            }
        } else if !is_mark(character) && character != TAKEN_OUT {
            said(&mut open);
        }
    }
    for at in empty {
        text.replace_range(at..=at, " ");
    }
}

/// Notes that the innermost open parenthesis contains a word.
fn said(open: &mut [(usize, bool)]) {
    if let Some((_, words)) = open.last_mut() {
        *words = true;
    }
}

/// Every opening parenthesis with its closing one.
fn pairs(text: &str) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut pairs = HashMap::new();
    for (at, character) in text.char_indices() {
        if character == '(' {
            open.push(at);
        } else if character == ')'
            && let Some(start) = open.pop()
        {
            pairs.insert(start, at);
        }
    }
    pairs
}

/// The ranges of the name and of the rest of a line.
pub(super) fn split(text: &str) -> (Range<usize>, Range<usize>) {
    let start = text.len() - text.trim_start_matches(is_mark).len();
    let pairs = pairs(text);
    let mut skip_to = start;
    let mut before = ' ';
    let mut said = false;
    for (at, character) in text.char_indices() {
        let has_words = said;
        said |= character.is_alphanumeric();
        if at < skip_to {
            continue;
        }
        let after = text.get(at + character.len_utf8()..).unwrap_or_default();
        let between = before.is_whitespace();
        let ends = match character {
            '(' => match pairs.get(&at) {
                Some(close) if goes_on(text.get(close + 1..).unwrap_or_default()) => {
                    skip_to = *close;
                    false
                }
                Some(_) | None => true,
            },
            ',' => !begins_with_suffix(after),
            ';' | '|' => true,
            '-' | '–' | '—' => {
                between
                    && after
                        .trim_start_matches('-')
                        .starts_with(char::is_whitespace)
            }
            '/' | '·' | '•' => between && after.starts_with(char::is_whitespace),
            ':' => has_words && after.starts_with(char::is_whitespace),
            '@' => between,
            'a' => between && is_at(text.get(at..).unwrap_or_default()),
            'h' => between && is_url(text.get(at..).unwrap_or_default()),
            // A handle or a link in the middle: the name is what stands before it.
            TAKEN_OUT => has_words,
            _ => false,
        };
        if ends {
            return (start..at, at..text.len());
        }
        before = character;
    }
    (start..text.len(), text.len()..text.len())
}

/// Whether the name continues after a parenthesis, as in "Robert (Bob) Smith".
fn goes_on(after: &str) -> bool {
    let after = after.trim_start_matches(|c: char| c.is_whitespace() || c == TAKEN_OUT);
    !after.is_empty() && !after.starts_with(['(', '@', ':']) && !after.starts_with(MARKS)
}

/// Whether what follows a comma is a suffix and then ends or goes on with another part: "Jr.", but not "Sr. Engineer".
fn begins_with_suffix(after: &str) -> bool {
    let part = after
        .split([',', ';', '(', ')', '|', ':', TAKEN_OUT])
        .next()
        .unwrap_or_default();
    let part = [" – ", " — ", " - ", " -- ", " / ", " · "]
        .iter()
        .fold(part, |part, mark| part.split(mark).next().unwrap_or(part));
    let said = part.trim().replace('.', "").to_lowercase();
    let said = said.trim_end_matches(['*', '†']);
    SUFFIXES.contains(&said) || COMPANIES.contains(&said)
}

/// Whether a text is "at" before a name in capital letters.
fn is_at(text: &str) -> bool {
    text.strip_prefix("at ")
        .is_some_and(|place| place.trim_start().starts_with(char::is_uppercase))
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The rest of a line without the mark or "at" that leads to an affiliation.
fn without_lead(rest: &str) -> &str {
    let rest = rest.trim_start_matches(is_mark);
    let rest = rest.strip_prefix("@ ").unwrap_or(rest);
    let rest = rest.trim_start_matches(|c| is_mark(c) || matches!(c, '/' | '·' | '•'));
    if is_at(rest) {
        rest.strip_prefix("at ").unwrap_or(rest)
    } else {
        rest
    }
}

/// The affiliation in the rest of a line, without parentheses around it.
pub(super) fn affiliation(rest: &str) -> Option<String> {
    let rest = rest.replace(TAKEN_OUT, " ");
    let rest = without_lead(&rest);
    let mut said = Vec::new();
    let pairs = pairs(rest);
    let mut at = 0;
    loop {
        let left = rest.get(at..).unwrap_or_default();
        at += left.len() - left.trim_start_matches(is_mark).len();
        let left = rest.get(at..).unwrap_or_default();
        if left.starts_with('(') {
            let close = pairs.get(&at).copied().unwrap_or(rest.len());
            said.push(tidy(rest.get(at + 1..close).unwrap_or_default()));
            at = (close + 1).min(rest.len());
        } else {
            said.push(tidy(left));
            break;
        }
    }
    said.retain(|part| !part.is_empty());
    (!said.is_empty()).then(|| said.join(", "))
}

/// The text on one line, without surrounding marks and without gaps.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for character in one_line(&text.replace(TAKEN_OUT, " ")).chars() {
        if matches!(character, ',' | ';' | ')') && tidied.ends_with(' ') {
            tidied.pop();
        }
        if !(character == ',' && tidied.ends_with([',', ';'])) {
            tidied.push(character);
        }
    }
    tidied.trim_matches(is_mark).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, rest: Option<&str>) {
        let (left, right) = split(text);
        assert_eq!(tidy(text.get(left).unwrap()), name, "{text}");
        assert_eq!(
            affiliation(text.get(right).unwrap()).as_deref(),
            rest,
            "{text}"
        );
    }

    #[test]
    fn a_name_ends_at_a_comma_a_dash_or_a_parenthesis() {
        check("Ada Lovelace", "Ada Lovelace", None);
        check("Ada, ACME", "Ada", Some("ACME"));
        check("Ada (ACME)", "Ada", Some("ACME"));
        check("Ada – ACME", "Ada", Some("ACME"));
        check("Ada - ACME - Berlin", "Ada", Some("ACME - Berlin"));
        check("Ada-Marie Smith-Jones", "Ada-Marie Smith-Jones", None);
        check(
            "Ada (ACME (Research), Berlin)",
            "Ada",
            Some("ACME (Research), Berlin"),
        );
        check(
            "Ada, ACME (Research), Berlin",
            "Ada",
            Some("ACME (Research), Berlin"),
        );
        check("Ada (ACME), Berlin", "Ada", Some("ACME, Berlin"));
        check("Ada (ACME) (she/her)", "Ada", Some("ACME, she/her"));
        check(
            "Robert (Bob) Smith, ACME",
            "Robert (Bob) Smith",
            Some("ACME"),
        );
        check("Ada (ACME", "Ada", Some("ACME"));
        check("Ada ACME)", "Ada ACME)", None);
        check("Martin King, Jr., ACME", "Martin King, Jr.", Some("ACME"));
        check(", Ada ,  , ACME ,", "Ada", Some("ACME"));
        check("Ada @other at ACME", "Ada", Some("@other at ACME"));
        check("\0\0, ACME", "", Some("ACME"));
        check("\0\0 Ada", "Ada", None);
        check("Ada (ACME) \0\0", "Ada", Some("ACME"));
        check("", "", None);
        check("(", "", None);
    }

    #[test]
    fn parentheses_without_words_become_blanks() {
        let mut text = "a ( ) b (( , )) c (d) )(".to_owned();
        blank_empty_parentheses(&mut text);
        assert_eq!(text, "a     b    ,    c (d) )(");
    }
}
