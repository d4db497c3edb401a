//! The shapes of lines in real letters.

use super::*;

/// Name, handle, URL and affiliation of a line.
type Seen<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn definitions() -> Definitions {
    Definitions::from([("ada".to_owned(), "https://github.com/ada".to_owned())])
}

fn check(line: &str, expected: Seen<'_>) {
    let parts = read(line, &definitions()).unwrap_or_else(|| panic!("not read: {line}"));
    let seen = (
        parts.name.as_str(),
        parts.handle.as_deref(),
        parts.url.as_deref(),
        parts.affiliation.as_deref(),
    );
    assert_eq!(seen, expected, "{line}");
}

const ADA: &str = "Ada Lovelace";
const GITHUB: Option<&str> = Some("https://github.com/ada");
const ACME: Option<&str> = Some("ACME");

#[test]
fn every_shape_of_a_line_is_read() {
    check(
        "Ada Lovelace [@ada](https://github.com/ada)",
        (ADA, Some("ada"), GITHUB, None),
    );
    check(
        "Ada Lovelace [@ada](https://github.com/ada) ",
        (ADA, Some("ada"), GITHUB, None),
    );
    check(
        "Ada Lovelace ([@ada](https://github.com/ada)), ACME",
        (ADA, Some("ada"), GITHUB, ACME),
    );
    check("Ada Lovelace, @ada (ACME)", (ADA, Some("ada"), None, ACME));
    check("Ada Lovelace (@ada, ACME)", (ADA, Some("ada"), None, ACME));
    check("Ada Lovelace (ACME, @ada)", (ADA, Some("ada"), None, ACME));
    check(
        "Ada Lovelace (ACME) [@ada](https://github.com/ada)",
        (ADA, Some("ada"), GITHUB, ACME),
    );
    check("Ada Lovelace (ACME)", (ADA, None, None, ACME));
    check("Ada Lovelace", (ADA, None, None, None));
    check("**Ada Lovelace**, _ACME_", (ADA, None, None, ACME));
    check(
        "[Ada Lovelace](https://github.com/ada), ACME",
        (ADA, Some("ada"), GITHUB, ACME),
    );
    check("[Ada Lovelace][ada]", (ADA, Some("ada"), GITHUB, None));
    check("Ada Lovelace [@ada]", (ADA, Some("ada"), None, None));
    check(
        "[@ada](https://github.com/ada)",
        ("ada", Some("ada"), GITHUB, None),
    );
    check(
        "[Ada](https://github.com/ada), ACME",
        ("Ada", Some("ada"), GITHUB, ACME),
    );
    check("@ada, ACME", ("ada", Some("ada"), None, ACME));
    check("@ada: Ada Lovelace", (ADA, Some("ada"), None, None));
    check("@ada", ("ada", Some("ada"), None, None));
    check(
        "Ada Lovelace <https://github.com/ada>",
        (ADA, Some("ada"), GITHUB, None),
    );
    check(
        "Ada Lovelace, https://github.com/ada, ACME",
        (ADA, Some("ada"), GITHUB, ACME),
    );
    check(
        "Ada Lovelace (github.com/ada)",
        (ADA, Some("ada"), GITHUB, None),
    );
    check("1. FC Köln", ("1. FC Köln", None, None, None));
    check("Ada Lovelace<br>ACME", (ADA, None, None, ACME));
    check("Ada &amp; Sons", ("Ada & Sons", None, None, None));
}

#[test]
fn the_link_decides_about_the_handle() {
    let profile = "https://github.com/Fingertips";
    let line = format!("Thijs van der Vossen [@fingertips]({profile})");
    check(
        &line,
        (
            "Thijs van der Vossen",
            Some("Fingertips"),
            Some(profile),
            None,
        ),
    );
    check(
        "Ada Lovelace [@lady](https://github.com/ada)",
        (ADA, Some("ada"), GITHUB, None),
    );
    check(
        "Ada Lovelace @lady [me](https://github.com/ada)",
        ("Ada Lovelace", Some("ada"), GITHUB, Some("@lady me")),
    );
    let other = Some("https://social.example/@ada");
    check(
        "Ada Lovelace [@ada](https://social.example/@ada)",
        (ADA, None, other, None),
    );
    let repository = Some("https://github.com/ada/engine");
    check(
        "[Ada Lovelace](https://github.com/ada/engine)",
        (ADA, None, repository, None),
    );
    check(
        "Ada Lovelace [@ada](https://github.com/ada/?tab=stars#top)",
        (
            ADA,
            Some("ada"),
            Some("https://github.com/ada/?tab=stars#top"),
            None,
        ),
    );
}

#[test]
fn a_link_of_the_affiliation_is_not_the_persons() {
    check(
        "Ada Lovelace, [ACME](https://acme.example)",
        (ADA, None, None, ACME),
    );
    let home = Some("https://ada.example");
    check(
        "[Ada Lovelace](https://ada.example), [ACME](https://acme.example)",
        (ADA, None, home, ACME),
    );
    check(
        "[Ada Lovelace](https://ada.example) ([@ada](https://github.com/ada))",
        (ADA, Some("ada"), GITHUB, None),
    );
}

#[test]
fn the_hazards_of_real_letters_are_survived() {
    check(
        "\u{a0}Ada\u{a0}Lovelace\u{a0} \u{a0}(ACME)",
        (ADA, None, None, ACME),
    );
    check("Ada Lovelace `@ada`, ACME", (ADA, Some("ada"), None, ACME));
    check(
        "Ada Lovelace ([`@ada`](https://github.com/ada))",
        (ADA, Some("ada"), GITHUB, None),
    );
    check(
        "Ada Lovelace (ACME (Research (R&D)), Berlin)",
        (ADA, None, None, Some("ACME (Research (R&D)), Berlin")),
    );
    check(
        "Ada Lovelace, Professor, University of X, Y",
        (ADA, None, None, Some("Professor, University of X, Y")),
    );
    check("Ada Lovelace <!-- verified -->", (ADA, None, None, None));
    check("Ada\u{202e} Love\u{200b}lace\u{7}", (ADA, None, None, None));
    check(
        "Ada Lovelace, @ada@social.example",
        (ADA, None, None, Some("@ada@social.example")),
    );
    check(
        "Ada Lovelace [x](javascript:alert)",
        ("Ada Lovelace x", None, None, None),
    );
}

#[test]
fn an_address_is_left_out_and_reported() {
    for line in [
        "Ada Lovelace <ada@acme.example>",
        "Ada Lovelace (ada@acme.example)",
        "Ada Lovelace, ada@acme.example",
        "[Ada Lovelace](mailto:ada@acme.example)",
        "Ada Lovelace [ada@acme.example](mailto:ada@acme.example)",
    ] {
        check(line, (ADA, None, None, None));
        assert!(
            read(line, &definitions()).unwrap().left_out_address,
            "{line}"
        );
    }
    check(
        "ada@acme.example [@ada](https://github.com/ada)",
        ("ada", Some("ada"), GITHUB, None),
    );
    assert!(
        !read("Ada Lovelace", &definitions())
            .unwrap()
            .left_out_address
    );
}

#[test]
fn what_says_no_name_is_not_read() {
    for line in [
        "",
        "-",
        "…",
        "🦊",
        "ada@acme.example",
        "<ada@acme.example>",
        "ada@acme.example, ACME",
        "@ada@social.example",
        "https://acme.example",
        "# Organizations",
        "> quoted",
        "```",
        "| Ada | ACME |",
        "{% include names.md %}",
        "{{ site.names }}",
        "{: .names}",
        "[ada]: https://github.com/ada",
        &"long ".repeat(41),
        &format!("Ada, {}", "long ".repeat(110)),
        &"x".repeat(5000),
    ] {
        assert_eq!(read(line, &definitions()), None, "{line}");
    }
}

#[test]
fn real_lines_are_read_as_people_read_them() {
    let mut wrong = Vec::new();
    for row in include_str!("../tests/signatory-lines.tsv").lines() {
        if row.starts_with('#') || row.is_empty() {
            continue;
        }
        let mut cells = row.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (line, name) = (next(), next());
        // Through the whole letter, because the list decides, too.
        let file = format!("# T\n\nSigned,\n\n- Bo Oak\n- Cy Ash\n{line}\n");
        let letter = crate::letter::parse(file.as_bytes(), None).unwrap();
        if name == "UNREAD" {
            if letter.signatories.len() != 2 || letter.unread.len() != 1 {
                wrong.push(format!("{line}: {:?}", letter.signatories.last()));
            }
            continue;
        }
        let (handle, url, affiliation) = (next(), next(), next());
        let seen = letter.signatories.get(2).map(|signatory| {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            (
                signatory.name.clone(),
                part(&signatory.handle),
                part(&signatory.url),
                part(&signatory.affiliation),
            )
        });
        let expected = (name, handle, url, affiliation);
        let fits = seen
            .as_ref()
            .is_some_and(|(name, handle, url, affiliation)| {
                (
                    name.as_str(),
                    handle.as_str(),
                    url.as_str(),
                    affiliation.as_str(),
                ) == expected
            });
        if !fits {
            wrong.push(format!("{line}: {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
