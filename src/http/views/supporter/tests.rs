use super::*;

#[test]
fn long_text_is_cut_at_a_grapheme_border() {
    for (text, graphemes, expected) in [
        ("", 3, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, "abc…"),
        ("ab cd", 3, "ab…"),
        ("👩‍💻👩‍💻👩‍💻", 2, "👩‍💻👩‍💻…"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}e\u{301}…"),
    ] {
        assert_eq!(short(text, graphemes), expected, "{text}");
    }
}

#[test]
fn a_tower_of_marks_does_not_get_past_the_limit() {
    let tower = format!("ab{}", "\u{301}".repeat(10_000));
    assert_eq!(short(&tower, 80), "a…");
    let handle = format!("@{}@many.example", "a".repeat(10_000));
    assert_eq!(short(&handle, MAX_HANDLE).chars().count(), MAX_HANDLE + 1);
}

#[test]
fn only_web_addresses_become_links() {
    for (address, expected) in [
        ("https://m.example/@ada", true),
        ("http://localhost:8080/", true),
        ("javascript:alert(1)", false),
        ("JaVaScRiPt://m.example/%0aalert(1)", false),
        ("data:text/html,hello", false),
        ("//m.example/@ada", false),
        ("/supporters", false),
        ("https://", false),
        ("", false),
    ] {
        assert_eq!(is_web(address), expected, "{address}");
    }
}
