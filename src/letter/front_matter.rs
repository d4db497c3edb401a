//! Jekyll's front matter: a YAML mapping between two lines of dashes.
//!
//! Only `title` and `lang` are read; other members are Jekyll's and may be of any type.

use serde::Deserialize;
use serde_saphyr::{Options, options::DuplicateKeyPolicy};

use super::{ParseError, ParseErrorKind, Warning, line_number, one_line};

/// The front matter, and where the text begins.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    /// The title on one line, not empty.
    pub(super) title: Option<String>,
    /// A well-formed language tag.
    pub(super) language: Option<String>,
    /// A content warning on one line, not empty.
    pub(super) warning: Option<String>,
    /// Index of the first line after the front matter.
    pub(super) text_from: usize,
    /// Warnings for the author.
    pub(super) warnings: Vec<Warning>,
}

/// The members that we read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    title: Option<String>,
    lang: Option<String>,
    warning: Option<String>,
}

/// Reads the front matter at the top of a file, if there is one.
pub(super) fn read(lines: &[&str]) -> Result<FrontMatter, ParseError> {
    let Some(first) = lines.iter().position(|line| !line.trim().is_empty()) else {
        return Ok(FrontMatter::default());
    };
    if lines.get(first).is_none_or(|line| line.trim_end() != "---") {
        return Ok(FrontMatter::default());
    }
    let after = first + 1;
    // Anything else below a line of dashes is text below a rule.
    let mut below = lines.iter().skip(after);
    let is_empty = lines
        .get(after)
        .is_some_and(|line| line.trim_end() == "---");
    if !is_empty
        && !below
            .find(|line| !line.trim().is_empty())
            .is_some_and(|line| is_key(line))
    {
        return Ok(FrontMatter::default());
    }
    let length = lines
        .iter()
        .skip(after)
        .position(|line| matches!(line.trim_end(), "---" | "..."))
        .ok_or(ParseError {
            line: line_number(first),
            kind: ParseErrorKind::UnclosedFrontMatter,
        })?;
    // Preceded by as many empty lines as in the file, so that YAML's messages give the file's line numbers.
    let yaml = "\n".repeat(after)
        + &lines
            .iter()
            .skip(after)
            .take(length)
            .copied()
            .collect::<Vec<_>>()
            .join("\n");
    let members = members(&yaml, first)?;
    let (language, warnings) = language(members.lang, first);
    let line = |text: Option<String>| {
        let text = text.map(|text| one_line(&text));
        text.filter(|text| !text.is_empty())
    };
    Ok(FrontMatter {
        title: line(members.title),
        language,
        warning: line(members.warning),
        text_from: after + length + 1,
        warnings,
    })
}

/// Whether a line begins a YAML mapping: `key:`.
fn is_key(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    let key = key.trim_matches(['"', '\'']);
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && (value.is_empty() || value.starts_with(char::is_whitespace))
}

/// Reads the YAML; an empty document is an empty mapping.
fn members(yaml: &str, first: usize) -> Result<Members, ParseError> {
    let mut options = Options::default();
    options.duplicate_keys = DuplicateKeyPolicy::LastWins; // as in Jekyll
    options.with_snippet = false; // errors are one line
    serde_saphyr::from_str_with_options::<Option<Members>>(yaml, options)
        .map(Option::unwrap_or_default)
        .map_err(|error| ParseError {
            line: error
                .location()
                .and_then(|location| u32::try_from(location.line()).ok())
                .filter(|line| *line > 0)
                .unwrap_or(line_number(first)),
            kind: ParseErrorKind::BadFrontMatter(Box::new(error)),
        })
}

/// Accepts a language tag if it is well-formed (BCP 47: letters, then parts of up to 8 characters).
fn language(lang: Option<String>, first: usize) -> (Option<String>, Vec<Warning>) {
    let Some(lang) = lang
        .map(|tag| tag.trim().replace('_', "-"))
        .filter(|tag| !tag.is_empty())
    else {
        return (None, Vec::new());
    };
    let mut parts = lang.split('-');
    let primary = parts.next().is_some_and(|part| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    let rest = parts.all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if primary && rest && lang.len() <= 35 {
        return (Some(lang), Vec::new());
    }
    let text =
        format!("the front matter's lang \"{lang}\" is not a language tag such as en or pt-BR");
    (
        None,
        vec![Warning {
            line: line_number(first),
            text,
        }],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<FrontMatter, ParseError> {
        read(&text.split('\n').collect::<Vec<_>>())
    }

    fn check(text: &str, title: Option<&str>, language: Option<&str>, text_from: usize) {
        let front = read_text(text).unwrap();
        assert_eq!(front.title.as_deref(), title, "{text}");
        assert_eq!(front.language.as_deref(), language, "{text}");
        assert_eq!(front.text_from, text_from, "{text}");
    }

    #[test]
    fn a_warning_is_one_line() {
        for (text, expected) in [
            ("---\nwarning: Politics\n---\n", Some("Politics")),
            (
                "---\nwarning: >\n  uspol,\n  long\n---\n",
                Some("uspol, long"),
            ),
            ("---\nwarning: ' '\n---\n", None),
            ("---\ntitle: T\n---\n", None),
        ] {
            let front = read_text(text).unwrap();
            assert_eq!(front.warning.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn title_and_lang_are_read() {
        check("no front matter", None, None, 0);
        check("", None, None, 0);
        check("---\n---\ntext", None, None, 2);
        check("---\n\n# T\n\nText\n\n---\n", None, None, 0);
        check("---\nDear all: we write\n---\n", None, None, 0);
        check("---\njust words\n---\n", None, None, 0);
        check("---\n\n\ntitle: T\n---\n", Some("T"), None, 5);
        check(
            "---\ntitle: A letter\nlang: de\n---\n",
            Some("A letter"),
            Some("de"),
            4,
        );
        check(
            "---  \ntitle: \"To: you\"\n...\t\n",
            Some("To: you"),
            None,
            3,
        );
        check(
            "---\ntitle: >\n  A\n  letter\n---\n",
            Some("A letter"),
            None,
            5,
        );
        check(
            "---\ntitle: 2026\nlang: no\n---\n",
            Some("2026"),
            Some("no"),
            4,
        );
        check("---\ntitle: 1.10\n---\n", Some("1.10"), None, 3);
        check("---\ntitle:\nlang: ''\n---\n", None, None, 4);
        check(
            "---\nlayout: [a, {b: c}]\nx: 3\ntitle: T\ny: !ruby/sym z\n---\n",
            Some("T"),
            None,
            6,
        );
        check("---\ntitle: one\ntitle: two\n---\n", Some("two"), None, 4);
        check("---\nlang: pt_BR\n---\n", None, Some("pt-BR"), 3);
        check("\n\n---\ntitle: T\n---\n", Some("T"), None, 5);
    }

    #[test]
    fn an_unclosed_front_matter_is_an_error_with_its_line() {
        let error = read_text("\n\n---\ntitle: T\n\ntext\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read the letter at line 3: the front matter that begins with --- is never closed"
        );
    }

    #[test]
    fn a_bad_front_matter_names_its_line_and_keeps_the_cause() {
        for (text, line) in [
            ("---\nlayout: x\ntitle: [one]\n---\n", 3),
            ("---\na: b\njust words\n---\n", 3),
            ("---\na: b\nc: \"d\n---\n", 3),
        ] {
            let error = read_text(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(
                matches!(error.kind, ParseErrorKind::BadFrontMatter(_)),
                "{text}"
            );
            assert!(std::error::Error::source(&error).is_some(), "{text}");
        }
    }

    #[test]
    fn a_language_that_is_none_is_a_warning() {
        for lang in ["x", "english please", "d3", "en-muchtoolong", "'<b>'"] {
            let front = read_text(&format!("---\nlang: {lang}\n---\n")).unwrap();
            assert_eq!(front.language, None, "{lang}");
            assert_eq!(front.warnings.len(), 1, "{lang}");
        }
    }
}
