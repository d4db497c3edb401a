//! The words of the notice, in all combinations of settings.

use super::*;

fn sentence(
    language: &Language,
    replies: Replies,
    reply_display: ReplyDisplay,
    like_display: LikeDisplay,
) -> String {
    let acknowledge = Acknowledge::None;
    SigningNotice {
        replies,
        reply_display,
        like_display,
        acknowledge,
        letter: LetterState::Open,
        names_off: false,
        nameless: false,
    }
    .sentence(language)
}

const DISPLAYS: [LikeDisplay; 4] = [
    LikeDisplay::Discoverable,
    LikeDisplay::Named,
    LikeDisplay::Count,
    LikeDisplay::Off,
];

#[test]
fn the_default_notice_says_how_to_sign_what_is_shown_and_how_to_leave() {
    let notice = SigningNotice {
        replies: Replies::Phrase,
        reply_display: ReplyDisplay::Named,
        like_display: LikeDisplay::Discoverable,
        acknowledge: Acknowledge::Like,
        letter: LetterState::Open,
        names_off: false,
        nameless: false,
    };
    assert_eq!(
        notice.sentence(Language::of("en")),
        "To sign, reply in public with “I sign” or like this post; your name and handle are shown \
         on our page, for a like only if your profile is discoverable; delete the reply or undo \
         the like to leave; a like from us confirms a reply."
    );
    assert_eq!(
        notice.sentence(Language::of("de")),
        "Zum Unterzeichnen öffentlich mit „Ich unterzeichne“ antworten oder diesen Beitrag \
         favorisieren; Name und Adresse stehen dann auf unserer Seite, nach einer Favorisierung \
         nur, wenn das Profil auffindbar ist; wer die Antwort löscht oder die Favorisierung \
         zurücknimmt, ist nicht mehr dabei; wir bestätigen eine Antwort mit einem Favoriten."
    );
}

#[test]
fn only_what_signs_is_offered() {
    for like in DISPLAYS {
        for replies in [Replies::Phrase, Replies::All, Replies::Off] {
            for display in [ReplyDisplay::Named, ReplyDisplay::Count] {
                let english = sentence(Language::of("en"), replies, display, like);
                let german = sentence(Language::of("de"), replies, display, like);
                let by_reply = replies != Replies::Off;
                let by_like = like != LikeDisplay::Off;
                assert_eq!(english.contains("reply"), by_reply, "{english}");
                assert_eq!(german.contains("ntwort"), by_reply, "{german}");
                assert_eq!(english.contains("like"), by_like, "{english}");
                assert_eq!(german.contains("avoris"), by_like, "{german}");
                assert_eq!(english.contains("“I sign”"), replies == Replies::Phrase);
            }
        }
    }
}

#[test]
fn names_are_promised_where_names_are_shown() {
    use LikeDisplay::{Count, Discoverable, Named, Off};
    let check = |replies, display, like, named| {
        let text = sentence(Language::of("en"), replies, display, like);
        assert_eq!(text.contains("your name and handle"), named, "{text}");
        let text = sentence(Language::of("de"), replies, display, like);
        assert_eq!(text.contains("Name und Adresse"), named, "{text}");
    };
    for like in DISPLAYS {
        check(Replies::Phrase, ReplyDisplay::Named, like, true);
    }
    for like in [Named, Discoverable] {
        check(Replies::All, ReplyDisplay::Count, like, true);
        check(Replies::Off, ReplyDisplay::Named, like, true);
    }
    for like in [Count, Off] {
        check(Replies::All, ReplyDisplay::Count, like, false);
        check(Replies::Off, ReplyDisplay::Named, like, false);
    }
}

#[test]
fn a_closed_letter_says_so_first_and_how_to_leave() {
    let notice = SigningNotice {
        replies: Replies::Phrase,
        reply_display: ReplyDisplay::Named,
        like_display: LikeDisplay::Named,
        acknowledge: Acknowledge::Like,
        letter: LetterState::Closed,
        names_off: false,
        nameless: false,
    };
    assert_eq!(
        notice.sentence(Language::of("en")),
        "This letter is closed and takes no more signatures; delete the reply or undo the like to leave."
    );
    assert_eq!(
        notice.sentence(Language::of("de")),
        "Dieser Brief ist geschlossen und nimmt keine Unterschriften mehr an; wer die Antwort löscht \
         oder die Favorisierung zurücknimmt, ist nicht mehr dabei."
    );
    let off = SigningNotice {
        names_off: true,
        nameless: false,
        ..notice
    };
    assert!(
        off.sentence(Language::of("en"))
            .ends_with("to leave. Names are hidden for now, for the safety of those who signed. Everybody still counts, and the names come back later.")
    );
    let paused = notice.while_letter_is(LetterState::Paused);
    assert_eq!(
        paused.sentence(Language::of("en")),
        "Signing this letter is paused for now; delete the reply or undo the like to leave."
    );
}
