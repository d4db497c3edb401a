//! Changes, and the reasons why they are more than a typo.

use super::*;
use crate::letter::parse;

fn letter(title: &str, text: &str) -> Letter {
    let file = format!("# {title}\n\n{text}\n\nSigned,\n\n- Ada Lovelace\n- Rosa Meister\n");
    parse(file.as_bytes(), None).unwrap()
}

fn reasons(language: &str, before: &Letter, after: &Letter) -> Vec<String> {
    let base = Url::parse("https://letter.example/").unwrap();
    let found = beyond(before, after, language, &base);
    found.iter().map(ToString::to_string).collect()
}

/// The reasons why the change from one text to the other is more than a typo.
fn why(language: &str, before: &str, after: &str) -> Vec<String> {
    reasons(
        language,
        &letter("A title", before),
        &letter("A title", after),
    )
}

#[test]
fn a_slip_inside_words_is_a_typo() {
    let table = [
        (
            "en",
            "We definately want it, recieve it and beleive it.",
            "We definitely want it, receive it and believe it.",
        ),
        ("en", "One two three.", "One, two; three!"),
        ("en", "the state acts.", "The state acts."),
        ("en", "I think.\n\nthe end.", "I think.\nThe end."),
        ("en", "We *ask* the state.", "We _ask_ the **state**."),
        ("en", "We ask. we hope.", "We ask. We hope."),
        ("en", "We ask, we hope.", "We ask. We hope."),
        ("en", "- first\n- second", "- First\n- Second"),
        ("en", "We don't mind.", "We don’t mind."),
        ("en", "We couldnt agree more.", "We couldn't agree more."),
        ("en", "Goverment acts.", "Government acts."),
        ("de", "Das Gesezt gilt.", "Das Gesetz gilt."),
        (
            "de-AT",
            "Wir bitten um Verständniss.",
            "Wir bitten um Verständnis.",
        ),
        ("de", "Wir bittten das Land.", "Wir bitten das Land."),
        ("ru", "Мы просим праивтельство.", "Мы просим правительство."),
    ];
    for (language, before, after) in table {
        assert_eq!(why(language, before, after), [""; 0], "{before} → {after}");
        assert_eq!(why(language, after, before), [""; 0], "{after} → {before}");
    }
}

#[test]
fn what_may_say_something_else_is_no_typo() {
    let table = [
        // Opposites, and words near each other.
        ("en", "We include them.", "We exclude them."),
        ("en", "It is legal.", "It is illegal."),
        ("en", "It is moral.", "It is amoral."),
        ("en", "It will never end.", "It will ever end."),
        ("en", "We accept it.", "We except it."),
        ("en", "Do it now.", "Do it not."),
        ("en", "We want more.", "We want mere."),
        ("en", "It is possible.", "It is impossible."),
        ("en", "We support it.", "We oppose it."),
        ("en", "They should pay.", "They shouldn't pay."),
        ("en", "We agree with it.", "We agree within it."),
        ("en", "We ask teh state.", "We ask the state."),
        ("de", "Wir sind dafür.", "Wir sind dagegen."),
        ("de", "Es ist ein Recht.", "Es ist kein Recht."),
        ("de", "Er ist zufrieden.", "Er ist unzufrieden."),
        ("fr", "Nous voulons la paix.", "Nous voulions la guerre."),
        ("zh", "我们同意。", "我们反对。"),
        // Words put in, taken out, moved, or joined.
        ("en", "We agree.", "We do not agree."),
        ("en", "We do not agree.", "We agree."),
        ("en", "Cats eat mice.", "Mice eat cats."),
        ("en", "We re-sign it.", "We resign it."),
        // Digits and signs.
        ("en", "By 2030 we act.", "By 2035 we act."),
        ("en", "Over 12345 people.", "Over 12346 people."),
        ("en", "It costs 5 euros.", "It costs 5,000 euros."),
        ("en", "It is 5000 euros.", "It is 5.000 euros."),
        ("en", "It fell by 5%.", "It fell by 5‰."),
        ("en", "It fell by 5%.", "It fell by 5."),
        ("en", "It is 5 degrees.", "It is -5 degrees."),
        ("en", "It is 5 degrees.", "It is .5 degrees."),
        ("en", "We say 👍.", "We say 👎."),
        ("en", "It costs $5.", "It costs €5."),
        ("en", "Wave1 matters.", "Waves matters."),
        // Capitals inside the sentence.
        ("en", "We live in berlin.", "We live in Berlin."),
        ("en", "They told US.", "They told us."),
        ("en", "We ask mr Hansen.", "We ask mr Hanson."),
        ("en", "ICE melts.", "Ice melts."),
        ("en", "We ask the Senate.", "We ask the Sennate."),
        ("de", "Wir lieben Berlin.", "Wir lieben berlin."),
        ("de", "Die UNESCO hilft.", "Die UNESCA hilft."),
        ("de", "Wir wollen gesetze.", "Wir wollen Gesetzt."),
        // Links, wherever they stand.
        ("en", "See [this](/here).", "See [this](/there)."),
        ("en", "See [this](https://a.example/).", "See this."),
        ("en", "See this.", "See [this](https://a.example/)."),
        (
            "en",
            "[a](https://a.example/) [b](https://b.example/)",
            "[a](https://b.example/) [b](https://a.example/)",
        ),
        ("en", "Ask anna@b.example now.", "Ask annna@b.example now."),
        ("en", "See www.letters.example.", "See www.leters.example."),
        ("en", "![us](/us.png)", "![us](/them.png)"),
        // What other readers see.
        ("en", "We ask.\n\nWe beg.", "We ask.\n\n<!--\nWe beg.\n-->"),
        ("en", "We ask.\n\nWe beg.", "We ask.\n\n~~We beg.~~"),
        ("en", "We ask.\n\nWe beg.", "We ask.\n\n> We beg."),
        (
            "en",
            "We ask.\n\n    <!--We beg.-->",
            "We ask.\n\n<!--We beg.-->",
        ),
        ("en", "We ask `<!--you-->` now.", "We ask <!--you--> now."),
    ];
    for (language, before, after) in table {
        let found = why(language, before, after);
        assert!(!found.is_empty(), "{before} → {after}");
        let found = why(language, after, before);
        assert!(!found.is_empty(), "{after} → {before}");
    }
}

#[test]
fn a_title_changes_in_capitals_and_marks_alone() {
    let table = [
        ("Drop ICE", "Keep ICE", true),
        ("Include everybody", "Includde everybody", true),
        ("Drop ICE", "Drop ICE now", true),
        ("Drop 5", "Drop 6", true),
        ("Drop ICE", "Drop ice!", false),
        ("drop ICE", "Drop: ICE", false),
    ];
    for (before, after, refused) in table {
        for file in ["# TITLE\n\nText.\n", "---\ntitle: \"TITLE\"\n---\nText.\n"] {
            let read = |title: &str| parse(file.replace("TITLE", title).as_bytes(), None).unwrap();
            let found = reasons("en", &read(before), &read(after));
            assert_eq!(found == ["the title"], refused, "{before} → {after}");
            assert_eq!(found.is_empty(), !refused, "{before} → {after}: {found:?}");
        }
    }
}

#[test]
fn the_reasons_are_named_and_few() {
    let table = [
        (
            "We agree.",
            "We never agree.",
            "the number of words (from 2 to 3)",
        ),
        (
            "We include it.",
            "We exclude it.",
            "the word “include” to “exclude”",
        ),
        (
            "By 2030.",
            "By 2035.",
            "the number or sign “2030” to “2035”",
        ),
        (
            "To us.",
            "To US.",
            "“us” to “US”, with a capital inside the sentence",
        ),
        (
            "See [it](/a).",
            "See [it](/b).",
            "the link “https://letter.example/a” to “https://letter.example/b”",
        ),
    ];
    for (before, after, said) in table {
        let found = why("en", before, after);
        assert!(
            found.iter().any(|reason| reason.starts_with(said)),
            "{found:?}"
        );
    }
    let many = |word: &str| [word].repeat(10).join(" ");
    let upper = "abcdefghij"
        .chars()
        .map(|c| format!("{c}ou"))
        .collect::<Vec<_>>();
    assert_eq!(
        why("en", &upper.join(" "), &many("you")).len(),
        MOST_REASONS
    );
}

#[test]
fn a_text_that_is_wholly_another_is_told_in_linear_time() {
    let signs = "= % + ".repeat(100_000);
    let other = "< > ~ ".repeat(100_000);
    let found = why("en", &format!("We ask {signs}"), &format!("We ask {other}"));
    assert!(!found.is_empty() && found.len() <= MOST_REASONS);
}
