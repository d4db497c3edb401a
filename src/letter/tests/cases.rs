//! Whole letters with the names that a reader sees in them (`letters.json`), and of letters of our own
//! (`more_letters.json`).

use serde::Deserialize;

use super::*;

/// A letter and what is right about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LetterCase {
    name: String,
    text: String,
    names: Vec<String>,
    title: Option<String>,
    #[serde(default)]
    body: Vec<String>,
    /// What must not be in the text.
    #[serde(default)]
    off: Vec<String>,
    /// Parts of notes above the names.
    #[serde(default)]
    notes: Vec<String>,
    /// Affiliations, in the order of the names; empty: none.
    affiliations: Option<Vec<String>>,
    /// The lines that are reported.
    unread: Option<Vec<u32>>,
    first: Option<FirstSignatory>,
}

/// The first signatory's parts.
#[derive(Deserialize)]
struct FirstSignatory {
    handle: Option<String>,
    affiliation: Option<String>,
}

/// What is wrong with a case, for people.
fn faults(case: &LetterCase) -> Vec<String> {
    let letter = match parse(case.text.as_bytes(), None) {
        Ok(letter) => letter,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = Vec::new();
    let mut must = |fits: bool, what: String| {
        if !fits {
            faults.push(what);
        }
    };
    must(
        names(&letter) == case.names,
        format!("names {:?}", names(&letter)),
    );
    let title = case.title.as_deref().unwrap_or("T");
    must(letter.title == title, format!("title {:?}", letter.title));
    for kept in &case.body {
        must(
            letter.body.contains(kept),
            format!("{kept:?} left the text {:?}", letter.body),
        );
    }
    for off in case.off.iter().chain(&case.notes).chain(&case.names) {
        must(
            !letter.body.contains(off),
            format!("{off:?} is in the text {:?}", letter.body),
        );
    }
    for note in &case.notes {
        let found = letter.notes.iter().any(|found| found.text.contains(note));
        must(found, format!("{note:?} is no note {:?}", letter.notes));
    }
    if let Some(affiliations) = &case.affiliations {
        let said: Vec<_> = letter
            .signatories
            .iter()
            .map(|signatory| signatory.affiliation.clone().unwrap_or_default())
            .collect();
        must(said == *affiliations, format!("affiliations {said:?}"));
    }
    if let Some(unread) = &case.unread {
        let lines: Vec<_> = letter.unread.iter().map(|unread| unread.line).collect();
        must(lines == *unread, format!("unread {:?}", letter.unread));
    }
    if let Some(first) = &case.first {
        let signatory = letter.signatories.first();
        let handle = signatory.and_then(|signatory| signatory.handle.clone());
        let affiliation = signatory.and_then(|signatory| signatory.affiliation.clone());
        must(handle == first.handle, format!("handle {handle:?}"));
        must(
            affiliation == first.affiliation,
            format!("affiliation {affiliation:?}"),
        );
    }
    faults
}

#[track_caller]
fn check(cases: &str) {
    let cases: Vec<LetterCase> = serde_json::from_str(cases).unwrap();
    let named = |case: &LetterCase| {
        let name = case.name.clone();
        let faults = faults(case).into_iter();
        faults.map(move |fault| format!("{name}: {fault}"))
    };
    let wrong: Vec<String> = cases.iter().flat_map(named).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn letters_are_read_as_people_read_them() {
    check(include_str!("letters.json"));
}

#[test]
fn letters_of_the_same_kinds_are_read_alike() {
    check(include_str!("more_letters.json"));
}
