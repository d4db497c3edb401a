use serde::Deserialize;

use super::*;

fn new(name: &str, affiliation: Option<&str>) -> NewName {
    let user = name.split(' ').next().unwrap_or_default().to_lowercase();
    NewName {
        name: name.to_owned(),
        handle: format!("@{user}@m.example"),
        link: format!("https://m.example/users/{user}"),
        affiliation: affiliation.map(str::to_owned),
    }
}

/// The lines that two names bring into a file.
#[track_caller]
fn added(file: &str) -> Vec<String> {
    let names = [new("Mia Muster", None), new("Zoe Zorn", Some("ACME"))];
    let extended = with_names(file, None, &names).unwrap();
    assert_eq!(extended.left_out, [], "{file}");
    let before: Vec<&str> = file.lines().collect();
    let lines = extended.text.lines();
    let new: Vec<String> = lines
        .filter(|line| !before.contains(line))
        .map(str::to_owned)
        .collect();
    assert_eq!(new.len() + before.len(), extended.text.lines().count());
    new
}

const HEAD: &str = "# Title\n\nText.\n\nSigned,\n\n";

#[test]
fn names_are_written_as_the_lines_beside_them() {
    let mia = "https://m.example/users/mia";
    let zoe = "https://m.example/users/zoe";
    for (list, first, second) in [
        (
            "- Bo\n- Ada\n",
            format!("- [Mia Muster]({mia})"),
            format!("- [Zoe Zorn]({zoe}), ACME"),
        ),
        (
            "-  Bo [@bo](https://github.com/bo)\n-  Ada [@ada](https://github.com/ada)",
            format!("-  Mia Muster [@mia@m.example]({mia})"),
            format!("-  Zoe Zorn [@zoe@m.example]({zoe}), ACME"),
        ),
        (
            "* Bo (Engine Works)\n* Ada (Looms)\n",
            format!("* [Mia Muster]({mia})"),
            format!("* [Zoe Zorn]({zoe}) (ACME)"),
        ),
        (
            "6. Bo – Engine Works\n7. Ada – Looms\n",
            format!("8. [Mia Muster]({mia})"),
            format!("9. [Zoe Zorn]({zoe}) – ACME"),
        ),
        (
            "<ul>\n<li>Bo, Engine Works</li>\n<li>Ada, Looms</li>\n</ul>\n",
            format!("<li><a href=\"{mia}\">Mia Muster</a></li>"),
            format!("<li><a href=\"{zoe}\">Zoe Zorn</a>, ACME</li>"),
        ),
        (
            "| Name | Organisation |\n|---|---|\n| Bo | Engine Works |\n| Ada | Looms |\n",
            format!("| [Mia Muster]({mia}) |  |"),
            format!("| [Zoe Zorn]({zoe}) | ACME |"),
        ),
    ] {
        assert_eq!(added(&format!("{HEAD}{list}")), [first, second], "{list}");
    }
}

#[test]
fn a_sorted_list_stays_sorted() {
    let names = |list: &str| {
        let new = [
            new("Zoe Baker", None),
            new("Bea Zorn", None),
            new("Bea Zorn", None),
        ];
        let text = with_names(&format!("{HEAD}{list}"), None, &new[..2])
            .unwrap()
            .text;
        let letter = parse(text.as_bytes(), None).unwrap();
        let names = letter.signatories.iter().map(|read| read.name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names("- Ada Zimmer\n- Cy Young\n- Dan Xu\n"),
        ["Ada Zimmer", "Bea Zorn", "Cy Young", "Dan Xu", "Zoe Baker"]
    );
    assert_eq!(
        names("- Dan Adams\n- Cy Clark\n- Ada Young\n"),
        [
            "Dan Adams",
            "Zoe Baker",
            "Cy Clark",
            "Ada Young",
            "Bea Zorn"
        ]
    );
    assert_eq!(
        names("- Dan Young\n- Ada Adams\n- Cy Clark\n"),
        [
            "Dan Young",
            "Ada Adams",
            "Cy Clark",
            "Zoe Baker",
            "Bea Zorn"
        ]
    );
}

#[test]
fn line_ends_stay_as_they_are() {
    let names = [new("Mia Muster", None)];
    let file = format!("{HEAD}- Ada\n").replace('\n', "\r\n");
    let text = with_names(&file, None, &names).unwrap().text;
    assert!(text.starts_with(&file));
    assert!(text.ends_with(")\r\n"), "{text:?}");
    let text = with_names(&format!("{HEAD}- Ada"), None, &names)
        .unwrap()
        .text;
    assert!(
        text.ends_with("- Ada\n- [Mia Muster](https://m.example/users/mia)"),
        "{text:?}"
    );
}

#[test]
fn a_letter_without_a_list_gets_one() {
    let file = "# Title\n\nText.\n";
    let text = with_names(file, None, &[new("Mia Muster", None)])
        .unwrap()
        .text;
    let list = "\n## Signatories\n\n- [Mia Muster](https://m.example/users/mia)\n";
    assert_eq!(text, format!("{file}{list}"));
}

#[test]
fn a_name_that_would_be_read_otherwise_is_left_out() {
    let file = format!("{HEAD}- Ada\n");
    // A handle alone is no name in a list.
    let names = [new("Mia Muster", None), new("@zoe@m.example", None)];
    let extended = with_names(&file, None, &names).unwrap();
    assert_eq!(extended.left_out, names[1..]);
    assert!(extended.text.contains("Mia Muster"));
    let only = with_names(&file, None, &names[1..]);
    assert!(matches!(only, Err(NotExtended::Form)), "{only:?}");
}

#[derive(Deserialize)]
struct KnownLetter {
    name: String,
    text: String,
}

/// Of known letters, only those are extended that are read again as they were, with the new names.
#[test]
fn a_known_letter_gains_the_names_and_nothing_else() {
    let files = [
        include_str!("../tests/letters.json"),
        include_str!("../tests/more_letters.json"),
    ];
    let (mut extended, mut refused) = (0, Vec::new());
    let names = [new("Mia Muster", None), new("Zoe Zorn", Some("ACME"))];
    for file in files {
        for KnownLetter { name, text } in serde_json::from_str::<Vec<KnownLetter>>(file).unwrap() {
            let before = parse(text.as_bytes(), None).unwrap();
            match with_names(&text, None, &names) {
                Ok(Extended { text, left_out }) => {
                    let after = parse(text.as_bytes(), None).unwrap();
                    assert_eq!(after.digest, before.digest, "{name}");
                    let grown = after.signatories.len() - before.signatories.len();
                    assert_eq!(grown + left_out.len(), names.len(), "{name}");
                    extended += 1;
                }
                Err(NotExtended::Form) => refused.push(name),
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
    // A form that nobody continues by a program stays refused, and few letters have one.
    assert!(
        refused.len() * 5 <= extended,
        "{extended} extended, refused: {refused:#?}"
    );
}
