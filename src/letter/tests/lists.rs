//! Which lists are those of the signatories, and how their lines are read.

use super::*;

/// The names of a file after a title and a text.
#[track_caller]
fn check(list: &str, expected: &[&str]) {
    let letter = letter(&format!("# Title\n\nText.\n\n{list}"));
    assert_eq!(names(&letter), expected, "{list}");
}

#[test]
fn a_signing_word_announces_a_list_in_every_language_that_we_ship() {
    for heading in [
        "Signed,",
        "Signed:",
        "## Signatories",
        "## Signatories (21)",
        "**Signatories**",
        "1,204 signatures",
        "Signed by:",
        "Sincerely,",
        "Signatories\n-----------",
        "<h2>Signatories</h2>",
        "<details><summary>Signatories (3)</summary>",
        "<a name=\"names\"></a>Signatories",
        "Unterzeichner*innen",
        "Mit freundlichen Grüßen",
        "Signataires :",
        "Firmantes",
        "I firmatari",
        "Signatários",
        "Ondertekenaars",
        "Sygnatariusze",
    ] {
        check(&format!("{heading}\n\n- Ada\n"), &["Ada"]);
    }
}

#[test]
fn demands_never_appear_as_supporters() {
    for list in [
        "We demand:\n\n- Free the data\n- Stop the war\n",
        "- Free the data\n",
        "Signed, as ever, in haste:\n\n- Free the data\n",
        "Signed,\n\nWe will keep on fighting for this.\n\n- Free the data\n",
        "## Signatories\n\n## Demands\n\n- Free the data\n",
        "Signed,\n\n> Quoted words\n\n- Free the data\n",
        "<h2>Demands</h2>\n\n- Free the data\n",
    ] {
        check(list, &[]);
    }
    check(
        "Signed,\n\n- Ada\n\nOur demands:\n\n- Free the data\n",
        &["Ada"],
    );
    check(
        "Signed,\n\n- Ada\n\n<p>Our demands</p>\n\n- Free the data\n",
        &["Ada"],
    );
    check(
        "Signed,\n\n- Ada\n\n```\ncode\n```\n\n- Free the data\n",
        &["Ada"],
    );
}

#[test]
fn a_list_follows_another_over_rules_comments_and_signing_words() {
    check("Signed,\n\n- Ada\n\n---\n\n- Bob\n", &["Ada", "Bob"]);
    check("Signed,\n- Ada\n---\n- Bob\n", &["Ada", "Bob"]);
    check("Signed,\n\n- Ada\n<!-- more -->\n- Bob\n", &["Ada", "Bob"]);
    check(
        "Signed,\n\n<!-- add your name below -->\n\n- Ada\n",
        &["Ada"],
    );
    check("Signed,\n{: .names}\n\n- Ada\n", &["Ada"]);
    check("Signed,\n\n{: .names}\n\n- Ada\n", &["Ada"]);
    check(
        "Signed,\n\n1. Ada\n- Bob\n* Carol\n+ Dan\n",
        &["Ada", "Bob", "Carol", "Dan"],
    );
    check(
        "Signed,\n\n## Organizations\n\n- ACME\n\n## Individuals\n\n1. Ada\n2) Bob\n",
        &["ACME", "Ada", "Bob"],
    );
    check("Thank you.\nSigned,\n\n- Ada\n", &["Ada"]);
}

#[test]
fn items_are_read_line_by_line() {
    check(
        "Signed,\n\n- Ada\nBob\n  - Carol\n",
        &["Ada", "Bob", "Carol"],
    );
    check("Signed,\n\n-\u{a0}Ada\n-\u{a0}Bob\n", &["Ada", "Bob"]);
    check("Signed,\n\n• Ada\n• Bob\n", &["Ada", "Bob"]);
    check("Signed,\n\n- [x] Ada\n- [ ] Bob\n", &["Ada", "Bob"]);
    check("Signed,\n\n- Ada <!-- a\n  b -->\n- Bob\n", &["Ada", "Bob"]);
    check(
        "Signed,\n\n- Ada\n  <!-- - Eve -->\n- Bob\n",
        &["Ada", "Bob"],
    );
    check(
        "Signed,\n\n- [Ada][1]\n\n[1]: https://github.com/ada\n",
        &["Ada"],
    );
    let letter =
        letter("# T\n\nSigned,\n\n- Ada Lovelace\n  ACME\n- Bob, University of\n  London\n");
    let affiliations: Vec<_> = letter
        .signatories
        .iter()
        .map(|signatory| signatory.affiliation.clone())
        .collect();
    assert_eq!(
        affiliations,
        [
            Some("ACME".to_owned()),
            Some("University of London".to_owned())
        ]
    );
}

#[test]
fn names_need_no_bullets_after_a_signing_word() {
    check(
        "Signed,\n\nAda Lovelace\nBob van der Berg, ACME\nvøid @makmm\n",
        &["Ada Lovelace", "Bob van der Berg", "vøid"],
    );
    check(
        "Signed,\n\nAda Lovelace  \nBob Berg\\\nCarol\n",
        &["Ada Lovelace", "Bob Berg", "Carol"],
    );
    check(
        "Signed,\n\n  Ada\n  Bob\n\nCarol\n",
        &["Ada", "Bob", "Carol"],
    );
    check("Signed,\n\nAdd your name by opening a pull request\n", &[]);
    check("Signed,\n\nWho are we?\n", &[]);
    check("Signed,\n\n- Ada\n\nPublished In Berlin\n", &["Ada"]);
}

#[test]
fn the_configuration_names_the_heading_of_a_list() {
    let text =
        "# T\n\nText.\n\n## The people\n\nAdd yours, please.\n\n- Ada\n\n## More\n\n- Not her\n";
    assert_eq!(names(&letter(text)), Vec::<&str>::new());
    let named = |heading| parse(text.as_bytes(), Some(heading)).unwrap();
    assert_eq!(names(&named("The people")), ["Ada"]);
    assert_eq!(names(&named("the people:")), ["Ada"]);
    assert_eq!(names(&named("Add yours, please.")), ["Ada"]);
    assert_eq!(
        named("The people").body,
        "# T\n\nText.\n\n\n## More\n\n- Not her\n"
    );
    assert_eq!(named("The people").notes[0].text, "Add yours, please.");
    let missing = named("Nobody");
    assert_eq!(missing.signatories, []);
    assert!(
        missing.warnings[0].text.contains("\"Nobody\""),
        "{:?}",
        missing.warnings
    );
    assert_eq!(names(&named("  ")), Vec::<&str>::new());
}

#[test]
fn a_list_that_was_not_taken_is_named_with_its_remedy() {
    let end = letter("# T\n\nText.\n\nThe \"friends\"\n\n- Ada\n\n---\n");
    assert_eq!(
        end.warnings,
        [Warning {
            line: 7,
            text: "this list was not taken as signatories; if it is theirs, put the line \"Signed,\" before it or set letter.signatories_heading = \"The \\\"friends\\\"\"".to_owned(),
        }]
    );
    let lines = |text: &str| {
        letter(text)
            .warnings
            .iter()
            .map(|warning| warning.line)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("# T\n\n- Ada\n\nThe end.\n"), Vec::<u32>::new());
    assert_eq!(
        lines("# T\n\n- demand\n\nText.\n\nSigned,\n\n- Ada\n"),
        Vec::<u32>::new()
    );
    assert_eq!(
        lines("# T\n\nSigned,\n\n- Ada\n\nContact:\n\n- Ann Lee\n"),
        Vec::<u32>::new()
    );
    assert_eq!(
        lines("# T\n\nSigned,\n\n- Ada\n\nPeople we met:\n\n- Ann Lee\n- Bo Oak\n"),
        [9]
    );
    assert_eq!(
        lines("# T\n\nText.\n\n## Signatories\n\n- demand clean air\n"),
        [5]
    );
}

#[test]
fn unread_lines_are_kept_with_their_numbers() {
    let letter = letter(
        "---\nx: y\n---\n# T\n\nSigned,\n- Ada\n- {% include more %}\n-\n- a@b.example\n  at home\n- Organizations\n",
    );
    let unread: Vec<_> = letter
        .unread
        .iter()
        .map(|unread| (unread.line, unread.text.as_str()))
        .collect();
    assert_eq!(
        unread,
        [
            (8, "- {% include more %}"),
            (9, "-"),
            (10, "- a@b.example"),
            (11, "at home"),
            (12, "- Organizations")
        ]
    );
    assert_eq!(names(&letter), ["Ada"]);
}

#[test]
fn duplicates_are_kept_and_reported() {
    let letter = letter(
        "# T\n\nSigned,\n- Ada\n- ada\n- Bob @bob\n- Robert @BOB\n- Eve @one\n- Eve @two\n- C <c@d.example>\n",
    );
    assert_eq!(
        names(&letter),
        ["Ada", "ada", "Bob", "Robert", "Eve", "Eve", "C"]
    );
    let warnings: Vec<_> = letter
        .warnings
        .iter()
        .map(|unread| (unread.line, unread.text.as_str()))
        .collect();
    assert_eq!(
        warnings,
        [
            (5, "\"ada\" stands in line 4 already"),
            (7, "\"Robert\" stands in line 6 already"),
            (10, "the e-mail address of \"C\" is left out"),
        ]
    );
}
