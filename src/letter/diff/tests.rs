//! Two texts and their differences.

use proptest::prelude::*;

use super::{
    Change::{Added, Removed, Same},
    *,
};

/// A diff in one line: `[-removed-]` and `{+added+}`.
fn shown(before: &str, after: &str) -> String {
    let pieces = diff(before, after);
    let marked = pieces.iter().map(|piece| match piece.change {
        Same => piece.text.clone(),
        Removed => format!("[-{}-]", piece.text),
        Added => format!("{{+{}+}}", piece.text),
    });
    marked.collect()
}

#[test]
fn what_changed_is_told_by_words() {
    let table = [
        ("", "", ""),
        ("One text.\n", "One text.\n", "One text.\n"),
        ("", "New.", "{+New.+}"),
        ("Old.", "", "[-Old.-]"),
        (
            "We ask teh state.",
            "We ask the state.",
            "We ask [-teh-]{+the+} state.",
        ),
        ("A comma here", "A comma, here", "A comma{+,+} here"),
        ("We do not agree.", "We do agree.", "We do [-not -]agree."),
        ("one two three", "one 2 3", "one [-two three-]{+2 3+}"),
        (
            "It’s 1,000.5 °C",
            "It’s 1,000.6 °C",
            "It’s [-1,000.5-]{+1,000.6+} °C",
        ),
        ("Öl für alle", "Ol für alle", "[-Öl-]{+Ol+} für alle"),
        (
            "First.\n\nSecond.\n",
            "First.\n\nNew.\n\nSecond.\n",
            "First.\n\n{+New.\n\n+}Second.\n",
        ),
        (
            "<b>&amp;</b>",
            "<i>&amp;</i>",
            "<[-b-]{+i+}>&amp;</[-b-]{+i+}>",
        ),
    ];
    for (before, after, expected) in table {
        assert_eq!(shown(before, after), expected, "{before:?} {after:?}");
    }
}

#[test]
fn where_too_much_differs_one_text_replaces_the_other() {
    let words = |word: &str| format!("{word} ").repeat(MAX_COMPARED);
    let (before, after) = (words("old"), words("new"));
    let pieces = diff(
        &format!("Same. {before}End."),
        &format!("Same. {after}End."),
    );
    let kinds: Vec<_> = pieces.iter().map(|piece| piece.change).collect();
    assert_eq!(kinds, [Same, Removed, Added, Same]);
}

#[test]
fn all_changes_together_are_compared_within_one_bound() {
    // Each paragraph alone is far below the limit.
    let text = |word: &str| {
        let paragraph = format!(
            "{}kept {}end.\n",
            format!("{word} ").repeat(300),
            format!("{word} ").repeat(300)
        );
        let paragraphs: Vec<_> = (0..300)
            .map(|at| format!("Number {at}.\n\n{paragraph}\n"))
            .collect();
        paragraphs.concat()
    };
    let pieces = diff(&text("old"), &text("new"));
    let kept = |piece: &&Piece| piece.change == Same && piece.text.contains("kept");
    let compared = pieces.iter().filter(kept).count();
    assert!((1..=20).contains(&compared), "{compared}");
    let whole = pieces
        .iter()
        .filter(|piece| piece.change == Removed && piece.text.contains("kept"));
    assert_eq!(whole.count(), 300 - compared);
    assert_eq!(
        pieces
            .iter()
            .filter(|piece| piece.text.contains("Number"))
            .count(),
        300,
        "paragraphs that stayed"
    );
}

#[test]
fn the_text_that_is_signed_has_a_title_from_the_front_matter() {
    let read = |file: &str| super::super::parse(file.as_bytes(), None).unwrap();
    let front = read("---\ntitle: A title\n---\nText.\n");
    assert_eq!(front.signed_text(), "A title\n\nText.\n");
    let heading = read("# A title\n\nText.\n\nSigned,\n\n- Ada\n");
    assert_eq!(heading.signed_text(), "# A title\n\nText.\n");
}

proptest! {
    #[test]
    fn both_texts_can_be_read_from_what_changed(before in "[a-c \n,.]{0,60}", after in "[a-c \n,.]{0,60}") {
        let pieces = diff(&before, &after);
        let without = |change: Change| -> String {
            pieces.iter().filter(|piece| piece.change != change).map(|piece| piece.text.as_str()).collect()
        };
        prop_assert_eq!(without(Added), before);
        prop_assert_eq!(without(Removed), after);
        prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
        prop_assert!(pieces.windows(2).all(|pair| pair[0].change != pair[1].change));
    }
}
