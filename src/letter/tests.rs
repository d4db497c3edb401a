//! The letter as a whole: the real one, titles, errors, digests, and properties of all files.

mod cases;
mod lists;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::text::shorten;

const REAL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/letter.md"));

fn letter(text: &str) -> Letter {
    parse(text.as_bytes(), None).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn names(letter: &Letter) -> Vec<&str> {
    letter
        .signatories
        .iter()
        .map(|signatory| signatory.name.as_str())
        .collect()
}

#[test]
fn the_real_letter_is_read_whole() {
    let letter = letter(REAL);
    assert_eq!(
        letter.title,
        "Tell Microsoft to drop ICE as a client or lose us as Github users"
    );
    assert_eq!(letter.title_source, TitleSource::Bold);
    assert_eq!(letter.language, None);
    assert_eq!(
        letter.digest.to_string(),
        "1873b6529350737e517c3498e53ca8e9d1e3c50f7998831821799e258a69bbb5"
    );
    assert!(letter.body.starts_with("**Tell Microsoft"));
    assert!(letter.body.ends_with("take our projects elsewhere.\n"));
    assert_eq!(letter.signatories.len(), 21);
    assert_eq!(
        (&letter.unread, &letter.warnings),
        (&Vec::new(), &Vec::new())
    );
    let thijs = Signatory {
        name: "Thijs van der Vossen".to_owned(),
        handle: Some("Fingertips".to_owned()),
        url: Some("https://github.com/Fingertips".to_owned()),
        affiliation: None,
        position: 14,
        line: 30,
    };
    assert_eq!(letter.signatories[13], thijs);
    assert_eq!(names(&letter)[20], "vøid");
}

#[test]
fn letter_check_prints_the_members_of_the_contract() {
    let letter = letter("# T\n\nText {{ x }}\n\nSigned,\n- Ada, ACME\n- …\n");
    let base = Url::parse("https://letter.example/").unwrap();
    insta::assert_json_snapshot!(Check::of(&letter, &base, false), @r#"
    {
      "title": "T",
      "digest": "8d9a57ae161c806a5f569a1ff2dc72f49654623d6c58d7df5815c85ed1837e55",
      "text": "T\n\nText {{ x }}",
      "signatories": [
        {
          "id": null,
          "name": "Ada",
          "handle": null,
          "url": null,
          "affiliation": "ACME",
          "source": "letter",
          "position": 1,
          "revision": null,
          "line": 6,
          "state": null,
          "collected": null,
          "ref": null,
          "endorser": null
        }
      ],
      "unread": [
        {
          "line": 7,
          "text": "- …"
        }
      ],
      "notes": [],
      "warnings": [
        "line 3: a Liquid tag is published as it is typed"
      ]
    }
    "#);
}

#[test]
fn markup_that_nobody_processes_is_a_warning() {
    let letter =
        letter("# T {#top}\n\n{% include x %}\n{: .lead}\nText {{ y }}\n\nSet {a: b} # {x}\n");
    let lines: Vec<_> = letter.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [1, 3, 4, 5]);
}

#[test]
fn the_title_comes_from_three_places_in_order() {
    let title = |text: &str| (letter(text).title, letter(text).title_source);
    let is = |text: &str, source| (text.to_owned(), source);
    let front = "---\ntitle: From above\n---\n# Heading\n\nText\n";
    assert_eq!(title(front), is("From above", TitleSource::FrontMatter));
    assert_eq!(
        title("Dear all\n\n## A *B* [C](d) `E`\n"),
        is("A B C E", TitleSource::Heading)
    );
    assert_eq!(
        title("**One\n_two_**\n\nText\n"),
        is("One two", TitleSource::Bold)
    );
    assert_eq!(
        title("**One**\n\n## Signatories\n- Ada\n"),
        is("One", TitleSource::Bold)
    );
    assert_eq!(
        title("#\n\n**One**\n\nText\n"),
        is("One", TitleSource::Bold)
    );
}

#[test]
fn what_is_no_letter_is_an_error_with_its_line() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(parse(bytes, None).unwrap_err().to_string(), expected);
    };
    check(
        b"a\r\nb\n\xff",
        "cannot read the letter at line 3: the file is not UTF-8",
    );
    check(
        b"",
        "cannot read the letter at line 1: the letter has no text",
    );
    check(
        b"\n \n",
        "cannot read the letter at line 1: the letter has no text",
    );
    check(
        b"---\ntitle: T\n---\n<!-- a -->\n",
        "cannot read the letter at line 4: the letter has no text",
    );
    check(
        b"Signed,\n- Ada\n",
        "cannot read the letter at line 1: the letter has no text",
    );
    check(
        b"a\nb\0",
        "cannot read the letter at line 2: the file holds a NUL character; save it as UTF-8 text",
    );
    check(
        b"---\ntitle: T\n",
        "cannot read the letter at line 1: the front matter that begins with --- is never closed",
    );
    check(
        &vec![b'a'; MAX_LETTER + 1],
        "cannot read the letter at line 1: the file is larger than 4 MiB",
    );
    let untitled = parse(b"\n**Bold** and not\n", None).unwrap_err();
    assert!(matches!(
        untitled,
        ParseError {
            line: 2,
            kind: ParseErrorKind::NoTitle
        }
    ));
}

#[test]
fn the_digest_covers_title_and_text_and_nothing_else() {
    let digest = |text: &str| letter(text).digest;
    let plain = digest("# T\n\nText.\n");
    assert_eq!(plain, Digest::of("# T\n\nText.\n"));
    assert_eq!(
        digest("---\nlang: en\n---\n\n# T\n\nText.\n\nSigned,\n\n- Ada\n"),
        plain
    );
    assert_eq!(
        digest("# T\n\nText.\n\nSigned,\n\n- Bob\n\n## Organizations\n\n- ACME\n"),
        plain
    );
    assert_eq!(
        digest("---\ntitle: T\n---\nText.\n"),
        Digest::of("T\n\nText.\n")
    );
    assert_eq!(
        digest("# T\n\nSigned,\n\n- Ada\n\nAfter.\n"),
        Digest::of("# T\n\n\nAfter.\n")
    );
    let (one, two) = (
        "# T\n\nSigned,\n\n- Ada\n\nAfter.\n",
        "# T\n\nSigned,\n- Ada\n\n---\n\n- Bob\n\nAfter.\n",
    );
    assert_eq!(digest(one), digest(two));
    assert_ne!(digest("# T\n\nText\n"), plain);
}

#[test]
fn a_letter_with_thousands_of_names_is_read() {
    let line = |number| {
        format!("- Name Number{number} [@n{number}](https://github.com/n{number}), A (b, c)")
    };
    let list = (0..3000).map(line).collect::<Vec<_>>().join("\n");
    let letter = letter(&format!("# T\n\nText.\n\nSigned,\n\n{list}"));
    assert_eq!(
        (
            letter.signatories.len(),
            letter.unread.len(),
            letter.warnings.len()
        ),
        (3000, 0, 0)
    );
}

/// Letters of usual parts in any order.
fn some_letter() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "# Título é ẛ̣",
        "**Bold** words",
        "Signed,",
        "## Organizations",
        "- Ada Å, @ada",
        "* Bob (ACME)",
        "1. Zoë",
        "---",
        "",
        "",
        "<!-- note -->",
        "```",
        "> quoted",
        "    code",
        "| a | b |",
        "[1]: http://x.example",
        "line  ",
        "{: .x}",
        "<div>",
        "- ",
        "- a@b.example",
        "Text\u{301} \u{a0}end",
        "===",
    ]);
    prop::collection::vec(part, 0..25).prop_map(|parts| format!("# T\n\n{}\n", parts.join("\n")))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, heading: Option<String>) {
        let letter = parse(&bytes, heading.as_deref());
        prop_assert!(letter.is_err() || letter.is_ok_and(|letter| !letter.title.is_empty()));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(---\n)?([-*#>`|\\[\\](){}<>!&:\n a-cé@.,0-9]|Signed,\n){0,200}") {
        let base = Url::parse("https://letter.example/").unwrap();
        if let Ok(letter) = parse(text.as_bytes(), Some("a")) {
            prop_assert!(!note_html(&letter, &base).contains("<script"));
            prop_assert!(!page_html(&letter, &base).contains("<script"));
            prop_assert!(!description(&letter).contains('\n'));
        }
    }

    #[test]
    fn the_way_a_text_is_saved_changes_no_digest(text in some_letter()) {
        let letter = letter(&text);
        for saved in [
            text.replace('\n', "\r\n"),
            text.replace('\n', " \t\n"),
            format!("\u{feff}{text}"),
            format!("\n\n{text}\n\n"),
            text.nfd().collect(),
        ] {
            let again = parse(saved.as_bytes(), None).unwrap();
            prop_assert_eq!(again.digest, letter.digest, "{:?}", saved);
            prop_assert_eq!(names(&again), names(&letter));
        }
    }

    #[test]
    fn every_entry_of_a_list_is_read_or_kept(lines in prop::collection::vec("- [^\\s<\\\\\\-*+#>=`~\\[|0-9&\\x00-\\x1f\\x7f-\\xa0\u{2028}][^\\x00-\\x1f\u{85}<`~\\[]{0,30}", 1..20)) {
        let names: String = (0..20).map(|_| "- Ann Lee\n").collect();
        let text = format!("# T\n\nSigned,\n\n{names}{}\n", lines.join("\n"));
        let letter = letter(&text);
        let mut seen: Vec<u32> = letter.signatories.iter().map(|signatory| signatory.line).collect();
        seen.extend(letter.unread.iter().map(|unread| unread.line));
        seen.sort_unstable();
        let expected: Vec<u32> = (5..25 + u32::try_from(lines.len()).unwrap()).collect();
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn a_name_is_on_github_if_it_links_there_or_the_file_is_kept_there() {
    let table = [
        (
            "Ada [@ada](https://github.com/ada)",
            SignatorySource::GitHub,
        ),
        ("[Ada](https://www.github.com/ada)", SignatorySource::GitHub),
        ("Ada", SignatorySource::Letter),
        ("Ada (@ada)", SignatorySource::Letter),
        (
            "[Ada](https://github.com.example/ada)",
            SignatorySource::Letter,
        ),
        ("[Ada](https://ada.github.io/)", SignatorySource::Letter),
    ];
    for (line, source) in table {
        let file = format!("# A title\n\nText.\n\nSigned,\n\n- {line}\n");
        let letter = parse(file.as_bytes(), None).unwrap();
        let name = letter.signatories.first().unwrap();
        assert_eq!(name.source(false), source, "{line}");
        assert_eq!(name.source(true), SignatorySource::GitHub, "{line}");
    }
    for (url, is) in [
        ("https://raw.githubusercontent.com/o/r/main/letter.md", true),
        ("https://github.com/o/r/raw/main/letter.md", true),
        ("https://codeberg.org/o/r/raw/branch/main/letter.md", false),
        ("https://example.org/?from=https://github.com/", false),
    ] {
        assert_eq!(is_on_github(url), is, "{url}");
    }
}

#[test]
fn whatever_the_file_repeats_is_read_in_linear_time() {
    const SIZE: usize = 24 * 1024;
    let many = |unit: &str| unit.repeat(SIZE / unit.len());
    // Blank lines are read fastest.
    let most = |unit: &str| many(unit).repeat(10);
    let files = [
        format!("<p>\n{}</p>", many("a\n")),
        format!("<pre>{}</pre>", most("\n")),
        format!("<ul><li>\n{}</ul>", most("<p>\n")),
        format!("<p>{}<!--{}--></p>", many("a"), many("\nx")),
        format!("Signed,\n\n- {}\n{}", many("a"), many("  b\n")),
        format!("Signed,\n\n<ul>{}</ul>", many("<li>1")),
        format!("Signed,\n\n{}", many("Ann Lee ({{), ")),
        format!(
            "<h2>Signatories</h2>{}<ul><li>Ann Lee</ul>",
            many("<p>In a personal capacity.</p>")
        ),
        format!(
            "Signed,\n\n<table><tr>{}\n{}</table>",
            many("<td>"),
            many("<tr><td>\n")
        ),
        many("- Ann Lee\n\n1. Ann Lee\n\n"),
        format!(
            "[x]: https://letter.example/{}\n\nSigned,\n\n{}",
            many("a"),
            many("- [x]\n")
        ),
        format!(
            "Signed,\n\n{}",
            many(&format!("- a@b.{}\n", "c".repeat(4000)))
        ),
    ];
    for file in files {
        // Quadratic work on blank lines takes minutes; what quadratic work writes is weighed.
        let letter = letter(&format!("# A title\n\n{file}\n"));
        let left_out = letter.unread.iter().chain(&letter.notes);
        let urls = letter
            .signatories
            .iter()
            .filter_map(|name| name.url.as_ref());
        let written: usize = left_out
            .map(|left_out| left_out.text.len())
            .chain(letter.warnings.iter().map(|warning| warning.text.len()))
            .chain(urls.map(String::len))
            .sum();
        assert!(
            written <= 32 * file.len(),
            "{written}: {}",
            shorten(&file, 60)
        );
    }
}
