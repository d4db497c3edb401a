use std::sync::LazyLock;

use proptest::prelude::*;

use super::{
    NameCheck::{Fails, Passes},
    *,
};

static WATCH: LazyLock<WatchList> = LazyLock::new(|| {
    WatchList::new(&["Grace Hopper".to_owned(), "ACME".to_owned(), String::new()])
});

fn check_clean(name: &str, expected: &str) {
    assert_eq!(clean(name, "ada"), expected, "{name:?}");
}

fn check_name(name: &str, expected: NameCheck) {
    assert_eq!(
        check(&clean(name, "ada"), &WATCH, false),
        expected,
        "{name:?}"
    );
}

#[test]
fn what_deceives_is_taken_out() {
    check_clean("Ada Lovelace", "Ada Lovelace");
    check_clean("Zoe\u{308}", "Zoë");
    check_clean("𝐀𝒹𝔞 𝕷ℴ𝗏𝙴", "Ada LovE");
    check_clean("Ａｄａ！", "Ada!");
    check_clean("ℋℯ𝓁𝑒𝓃 25℃ ™", "Helen 25℃ ™");
    check_clean("Ada\u{202e}ecalevoL\u{2069}\u{200f}", "AdaecalevoL");
    check_clean("A\u{200b}d\u{ad}a\u{feff}\u{e0061}\0\u{1b}", "Ada");
    check_clean("  Ada \u{a0}\u{2800} Love\tlace ", "Ada Love lace");
    check_clean("Ada\r\nLovelace\u{2028}", "Ada\nLovelace");
}

#[test]
fn joiners_stay_only_where_they_are_needed() {
    check_clean("A\u{200d}d\u{200c}a\u{200d}", "Ada");
    check_clean(
        "👩\u{200d}🚀 👩🏽\u{200d}🚀 🏴\u{200d}☠\u{fe0f} ❤\u{fe0f}\u{200d}🔥",
        "👩\u{200d}🚀 👩🏽\u{200d}🚀 🏴\u{200d}☠\u{fe0f} ❤\u{fe0f}\u{200d}🔥",
    );
    check_clean("👩\u{200d}\u{200d}🚀\u{200d}A", "👩\u{200d}🚀A");
    check_clean("علی\u{200c}رضا", "علی\u{200c}رضا");
    check_clean("ക്\u{200d} ශ්\u{200d}රී", "ക്\u{200d} ශ්\u{200d}රී");
    check_clean(
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    );
}

#[test]
fn at_most_three_marks_stay_on_a_base() {
    check_clean(
        &format!("q{}d", "\u{317}".repeat(100)),
        "q\u{317}\u{317}\u{317}d",
    );
    check_clean("\u{317}Ada \u{317}\u{200d}\u{317}L", "Ada L");
}

#[test]
fn custom_emoji_are_taken_out_and_times_are_not() {
    check_clean("Ada :verified:", "Ada");
    check_clean(":a::b_2:Ada:c-d::blob@m.example:", "Ada");
    check_clean("Ada ：ｖｅｒｉｆｉｅｄ： :ver\u{200b}ified:", "Ada");
    check_clean("::aa:bb:Ada", "Ada");
    check_clean("Ada 12:30:15: x: y :", "Ada 12:30:15: x: y :");
}

#[test]
fn an_empty_name_becomes_the_user_name() {
    check_clean("", "ada");
    check_clean(" :blobcat: \u{200b}\u{3164}\u{202e}\u{301}", "ada");
    assert_eq!(clean("", "a\u{202e}b"), "ab");
}

#[test]
fn ordinary_names_pass() {
    for name in [
        "Ada Lovelace",
        "Zoë",
        "李小龍",
        "محمد",
        "J.R.R. Tolkien",
        "Dr. Jane Doe",
        "Jean-Luc O’Neill 🚀",
        "Scunthorpe United",
        "Ada (she/her)",
        "Badminton",
        "Cassandra",
        "Jane Doe, Ph.D",
        "C. St.Clair",
        "Officina Verificata",
        "3.14",
        "v1.2",
        "Niger",
        "Hopper Grace",
        "Pacme",
        "…",
    ] {
        check_name(name, Passes);
    }
}

#[test]
fn a_name_is_at_most_fifty_graphemes() {
    check_name(&"e\u{327}\u{301}".repeat(50), Passes);
    check_name(&"e\u{301}".repeat(51), Fails(NameIssue::TooLong));
    check_name(&"👩\u{200d}".repeat(200), Fails(NameIssue::TooLong));
    check_name(&"x".repeat(1_000_000), Fails(NameIssue::TooLong));
}

#[test]
fn addresses_and_line_breaks_fail() {
    for name in [
        "ada@m.example",
        "@ada",
        "Ada ＠home",
        "https://a.b",
        "gopher://x",
        "Ada | ada.example.com",
        "ada.dev",
        "ADA.DE!",
        "www.ada",
        "(ada.co.uk)",
        "ada．com",
        "ada。com",
        "пример.рф",
        "192.0.2.1",
        "xn--e1afmkfd.xn--p1ai",
    ] {
        check_name(name, Fails(NameIssue::LooksLikeAddress));
    }
    check_name("Ada\nLovelace", Fails(NameIssue::LineBreak));
    check_name("Ada\u{2029}Lovelace", Fails(NameIssue::LineBreak));
}

#[test]
fn words_of_the_lists_fail_in_any_disguise() {
    let reserved = Fails(NameIssue::Word(WordList::Reserved));
    for name in [
        "Official Ada",
        "ADA (VERIFIED)",
        "ada_admin",
        "0fficial",
        "offıcial",
        "Оffiсial",
        "Vërified",
        "adm1n",
        "o f f i c i a l",
        "Offiziell",
        "ADMIN",
        "Admln",
        "geprüft",
        "𝓥𝓮𝓻𝓲𝓯𝓲𝓮𝓭",
    ] {
        check_name(name, reserved);
    }
    let slur = rot13("avttre");
    let mixed = slur.replace('i', "1");
    for name in [
        slur.to_uppercase(),
        format!("x {mixed}!"),
        rot13("urvy uvgyre"),
    ] {
        check_name(&name, Fails(NameIssue::Word(WordList::Slurs)));
    }
}

#[test]
fn slurs_are_found_in_common_disguises() {
    // In ROT13, as in the list.
    for name in [
        "a1ttre",
        "A1TT3E",
        "avttttre",
        "avvtttre",
        "aaavvvtttrrreee",
        "a.v.t.t.r.e",
        "a v t t r e",
        "av-ttre",
        "a_v_t_t_r_e",
        "a*ttre",
        "av**re",
        "avttre88",
        "88avttre",
        "k a1ttre k",
        "avttre!",
        "snttt0g",
        "snt-tbg",
        "p*ag",
        "p.h.a.g",
        "ju0er",
        "juber99",
        "jubbber",
        "u1gyre",
        "fvrturvy",
        "Fvrt-Urvy",
        "tbbbx",
        "entturnq",
        "ergneeq",
        "avttreeeee fnlf",
    ] {
        // Digits and signs stay as they are.
        let name = rot13(name);
        check_name(&name, Fails(NameIssue::Word(WordList::Slurs)));
    }
}

#[test]
fn honest_names_that_are_close_to_a_slur_pass() {
    for name in [
        "Scunthorpe United",
        "Niger",
        "Visit Nigeria",
        "Nigel Niggemann",
        "Snigger",
        "Penistone",
        "Cockburn",
        "Dick van Dyke",
        "Matt Cuntz-Hall",
        "Pakistan",
        "Aino Pakki",
        "Kaffee Haus",
        "Hitchcock",
        "Chinka",
        "Fuchs",
        "Mongolia",
        "Spas",
        "Retardo Montalban",
        "Essex Sussex",
        "Arsenal",
        "Assange",
        "Schwalbe",
        "Autor*in",
        "Kolleg*innen",
        "J. R. R. Tolkien",
        "A. B. C.",
        "Labb 1999",
        "4 8 15 16 23 42",
        "1488a",
        "R2D2",
        "C3PO",
        "K9",
        "$$$",
        "***",
        "!!!",
        "* * *",
        "Whorehouse Meadow",
        "Gookin",
        "Kanakaris",
        "Kanaka",
        "Negrete",
        "Neher",
        "Cnut the Great",
        "Tranmere",
        "Shane Male",
    ] {
        check_name(name, Passes);
    }
}

#[test]
fn watched_names_fail() {
    for name in [
        "Grace Hopper",
        "grace  hopper (real)",
        "GraceHopper",
        "Grаce Hopper",
        "Grace-Hopper",
        "Acme PR",
    ] {
        check_name(name, Fails(NameIssue::Watched));
    }
    assert_eq!(check("Grace Hopper", &WatchList::new(&[]), false), Passes);
}

#[test]
fn a_name_that_looks_like_another_fails() {
    assert_eq!(check("Ada", &WATCH, true), Fails(NameIssue::Confusable));
    assert_eq!(check("Ada", &WATCH, false), Passes);
}

#[test]
fn names_that_look_alike_share_a_skeleton() {
    for (one, other) in [
        ("Linus Torvalds", "linustorvalds"),
        ("Linus", "Iinus"),
        ("Linus", "LINUS"),
        ("Linus", "Lіnus"),
        ("Ada", "Аdа"),
        ("Bernd", "Bemd"),
        ("Zoë", "Zoe\u{308}"),
        ("Bob 0", "BobO"),
        ("paypaI", "PayPal"),
    ] {
        assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
    }
    for (one, other) in [("Ada", "Eda"), ("Zoë", "Zoe"), ("Ada Lovelace", "Ada")] {
        assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
    }
}

#[test]
fn whole_hashtags_opt_out() {
    for (name, summary) in [
        ("Ada #nobot", ""),
        ("", "#NoBridge"),
        ("Ada", "I write.\n#noindex."),
        ("#NOENDORSE", ""),
        ("Ada", "#cats#nobot"),
        ("", "＃nobot"),
        ("", "#ｎｏｂｏｔ, thanks"),
    ] {
        assert!(opts_out(name, summary), "{name} {summary}");
    }
    for (name, summary) in [
        ("", ""),
        ("nobot", "noindex"),
        ("", "#nobots"),
        ("", "#nobot_s"),
        ("", "# nobot"),
        ("#no", "bot"),
        ("", "#yesbot"),
    ] {
        assert!(!opts_out(name, summary), "{name} {summary}");
    }
}

#[test]
fn hostile_names_end_well() {
    for unit in [
        "\u{301}",
        ":",
        ":a",
        "👩\u{200d}",
        "\u{e0061}",
        "#nobo",
        "a.",
        "\u{fdfa}",
    ] {
        let long = unit.repeat(1024 * 1024 / unit.len());
        let cleaned = clean(&long, "ada");
        assert!(cleaned.len() <= 3 * 4096, "{unit:?}");
        assert!(!opts_out(&cleaned, &long), "{unit:?}");
        check_name(
            &format!("a{long}"),
            check(&clean(&format!("a{long}"), ""), &WATCH, false),
        );
    }
}

proptest! {
    #[test]
    fn cleaning_twice_changes_nothing(name in "(\\PC|[: \\n\u{200b}-\u{200f}\u{202a}-\u{202e}\u{301}\u{308}\u{317}\u{fe0f}👩🚀aé_2])*") {
        let once = clean(&name, "");
        prop_assert_eq!(clean(&once, ""), once);
    }

    #[test]
    fn a_clean_name_has_no_control_and_is_composed(name in any::<String>()) {
        let cleaned = clean(&name, "");
        prop_assert!(!cleaned.contains(|c: char| (c.is_control() && c != '\n') || crate::text::is_bidi_control(c)));
        prop_assert_eq!(cleaned.nfc().collect::<String>(), cleaned);
    }

    #[test]
    fn a_skeleton_is_its_own_skeleton_without_blanks(name in "\\PC{0,20}") {
        let bones = skeleton(&name);
        prop_assert!(!bones.contains(char::is_whitespace));
        prop_assert_eq!(skeleton(&name.replace(' ', "")), bones);
    }
}

#[test]
fn a_user_name_is_nothing_but_a_user_name() {
    for user in [
        "ada",
        "Ada_L",
        "a.b-c",
        "zoë",
        "агата",
        "愛",
        "1",
        "example.com",
    ] {
        assert!(is_user_name(user), "{user}");
        assert_eq!(user_of(&format!("@{user}@m.example")), Some(user));
    }
    for user in [
        "",
        " ",
        "a b",
        "a\u{a0}b",
        "ceo@bigcorp.example",
        "@ada",
        "a/b",
        "a\\b",
        "a#b",
        "a?b",
        "<b>a</b>",
        "a&b",
        "a\nb",
        "a\u{0}",
        "a\u{202e}b",
        "a\u{200b}b",
        "😀",
        "a:b",
        "\"a\"",
    ] {
        assert!(!is_user_name(user), "{user:?}");
        assert_eq!(user_of(&format!("@{user}@m.example")), None, "{user:?}");
    }
    assert!(!is_user_name(&"a".repeat(MAX_USER_NAME + 1)));
    for handle in [
        "",
        "ada",
        "@ada",
        "ada@m.example",
        "https://m.example/users/ada",
        "https://m.example/@ada@x",
    ] {
        assert_eq!(user_of(handle), None, "{handle}");
    }
}
