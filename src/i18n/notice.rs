//! The words in our documents, in English and German.
//!
//! All functions here return plain text, except [`default_summary`], which returns HTML.

use crate::activitystreams::escape;
use crate::endorsement::policy::{Acknowledge, LetterState, LikeDisplay, Replies, ReplyDisplay};

/// A language that our words exist in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, also for every language without words.
    English,
    /// German.
    German,
}

impl Language {
    /// The language of a tag such as `de` or `de-AT`; English for those without words.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") {
            Self::German
        } else {
            Self::English
        }
    }
}

/// The settings that the notice explains to people before they sign.
#[derive(Clone, Copy, Debug)]
pub struct SigningNotice {
    /// Which replies sign.
    pub replies: Replies,
    /// How they are shown.
    pub reply_display: ReplyDisplay,
    /// How likes are shown.
    pub like_display: LikeDisplay,
    /// How replies are acknowledged.
    pub acknowledge: Acknowledge,
    /// Whether people can sign. For a closed letter the notice only says how to leave.
    pub letter: LetterState,
}

impl SigningNotice {
    /// The same settings in another state of the letter.
    #[must_use]
    pub const fn while_letter_is(self, letter: LetterState) -> Self {
        Self { letter, ..self }
    }

    /// One sentence: how to sign, what will be shown, how to leave. For a closed letter: that it is closed,
    /// and how to leave.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        if self.letter == LetterState::Closed {
            return self.closed(language);
        }
        let Some((how, leave)) = self.ways(language) else {
            return match language {
                Language::English => "This letter takes no signatures from the Fediverse.",
                Language::German => "Dieser Brief nimmt keine Unterschriften aus dem Fediverse an.",
            }
            .to_owned();
        };
        let mut sentence = format!("{how}; {}; {leave}", self.shown(language));
        if self.replies != Replies::Off {
            sentence.push_str(self.confirmation(language));
        }
        sentence.push('.');
        sentence
    }

    fn closed(self, language: Language) -> String {
        let closed = match language {
            Language::English => "This letter is closed and takes no more signatures",
            Language::German => {
                "Dieser Brief ist geschlossen und nimmt keine Unterschriften mehr an"
            }
        };
        match self.ways(language) {
            Some((_, leave)) => format!("{closed}; {leave}."),
            None => format!("{closed}."),
        }
    }

    /// How to sign, and how to leave; `None` when nobody can sign.
    fn ways(self, language: Language) -> Option<(&'static str, &'static str)> {
        use Language::{English, German};
        use Replies::{All, Off, Phrase};
        let likes = self.like_display != LikeDisplay::Off;
        let ways = match (language, self.replies, likes) {
            (_, Off, false) => return None,
            (English, Phrase, true) => (
                "To sign, reply in public with “I sign” or like this post",
                "delete the reply or undo the like to leave",
            ),
            (English, All, true) => (
                "To sign, reply in public or like this post",
                "delete the reply or undo the like to leave",
            ),
            (English, Phrase, false) => (
                "To sign, reply in public with “I sign”",
                "delete the reply to leave",
            ),
            (English, All, false) => ("To sign, reply in public", "delete the reply to leave"),
            (English, Off, true) => ("To sign, like this post", "undo the like to leave"),
            (German, Phrase, true) => (
                "Zum Unterzeichnen öffentlich mit „Ich unterzeichne“ antworten oder diesen Beitrag favorisieren",
                "wer die Antwort löscht oder die Favorisierung zurücknimmt, ist nicht mehr dabei",
            ),
            (German, All, true) => (
                "Zum Unterzeichnen öffentlich antworten oder diesen Beitrag favorisieren",
                "wer die Antwort löscht oder die Favorisierung zurücknimmt, ist nicht mehr dabei",
            ),
            (German, Phrase, false) => (
                "Zum Unterzeichnen öffentlich mit „Ich unterzeichne“ antworten",
                "wer die Antwort löscht, ist nicht mehr dabei",
            ),
            (German, All, false) => (
                "Zum Unterzeichnen öffentlich antworten",
                "wer die Antwort löscht, ist nicht mehr dabei",
            ),
            (German, Off, true) => (
                "Zum Unterzeichnen diesen Beitrag favorisieren",
                "wer die Favorisierung zurücknimmt, ist nicht mehr dabei",
            ),
        };
        Some(ways)
    }

    /// What will be shown.
    fn shown(self, language: Language) -> &'static str {
        let reply = match (self.replies, self.reply_display) {
            (Replies::Off, _) => None,
            (Replies::Phrase | Replies::All, display) => Some(display),
        };
        let shown = Shown::of(reply, self.like_display);
        match language {
            Language::English => shown.in_english(),
            Language::German => shown.in_german(),
        }
    }

    fn confirmation(self, language: Language) -> &'static str {
        match (language, self.acknowledge) {
            (_, Acknowledge::None) => "",
            (Language::English, Acknowledge::Like) => "; a like from us confirms a reply",
            (Language::English, Acknowledge::Reply) => "; a message from us confirms a reply",
            (Language::German, Acknowledge::Like) => {
                "; wir bestätigen eine Antwort mit einem Favoriten"
            }
            (Language::German, Acknowledge::Reply) => {
                "; wir bestätigen eine Antwort mit einer Nachricht"
            }
        }
    }
}

/// What is shown of people who sign.
#[derive(Clone, Copy)]
enum Shown {
    Named,
    Counted,
    LikeNamedIfDiscoverable,
    LikeCounted,
    NamedIfDiscoverable,
    ReplyCountedLikeNamedIfDiscoverable,
    ReplyCountedLikeNamed,
}

impl Shown {
    fn of(reply: Option<ReplyDisplay>, like: LikeDisplay) -> Self {
        use LikeDisplay as Like;
        use ReplyDisplay as Reply;
        match (reply, like) {
            (Some(Reply::Named) | None, Like::Named) | (Some(Reply::Named), Like::Off) => {
                Self::Named
            }
            (Some(Reply::Count) | None, Like::Count | Like::Off) => Self::Counted,
            (Some(Reply::Named), Like::Discoverable) => Self::LikeNamedIfDiscoverable,
            (Some(Reply::Named), Like::Count) => Self::LikeCounted,
            (None, Like::Discoverable) => Self::NamedIfDiscoverable,
            (Some(Reply::Count), Like::Discoverable) => Self::ReplyCountedLikeNamedIfDiscoverable,
            (Some(Reply::Count), Like::Named) => Self::ReplyCountedLikeNamed,
        }
    }

    fn in_english(self) -> &'static str {
        match self {
            Self::Named => "your name and handle are shown on our page",
            Self::Counted => "you are counted but not named",
            Self::LikeNamedIfDiscoverable => {
                "your name and handle are shown on our page, \
                 for a like only if your profile is discoverable"
            }
            Self::LikeCounted => {
                "a reply shows your name and handle on our page, a like is only counted"
            }
            Self::NamedIfDiscoverable => {
                "your name and handle are shown on our page if your profile is discoverable, \
                 else you are only counted"
            }
            Self::ReplyCountedLikeNamedIfDiscoverable => {
                "a reply is only counted, a like shows your name and handle on our page \
                 if your profile is discoverable"
            }
            Self::ReplyCountedLikeNamed => {
                "a reply is only counted, a like shows your name and handle on our page"
            }
        }
    }

    fn in_german(self) -> &'static str {
        match self {
            Self::Named => "Name und Adresse stehen dann auf unserer Seite",
            Self::Counted => "es wird nur gezählt, ohne Namen",
            Self::LikeNamedIfDiscoverable => {
                "Name und Adresse stehen dann auf unserer Seite, \
                 nach einer Favorisierung nur, wenn das Profil auffindbar ist"
            }
            Self::LikeCounted => {
                "nach einer Antwort stehen Name und Adresse auf unserer Seite, \
                 eine Favorisierung wird nur gezählt"
            }
            Self::NamedIfDiscoverable => {
                "Name und Adresse stehen dann auf unserer Seite, wenn das Profil auffindbar ist, \
                 sonst wird nur gezählt"
            }
            Self::ReplyCountedLikeNamedIfDiscoverable => {
                "eine Antwort wird nur gezählt, nach einer Favorisierung stehen Name und Adresse \
                 auf unserer Seite, wenn das Profil auffindbar ist"
            }
            Self::ReplyCountedLikeNamed => {
                "eine Antwort wird nur gezählt, nach einer Favorisierung stehen Name und Adresse \
                 auf unserer Seite"
            }
        }
    }
}

impl Language {
    /// The code of the language that these words are in.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// A number with the language's thousands separator: `1,224`.
    #[must_use]
    pub fn number(self, n: u64) -> String {
        let separator = match self {
            Self::English => ',',
            Self::German => '.',
        };
        let digits = n.to_string();
        let mut grouped = String::with_capacity(digits.len().saturating_add(6));
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(place);
            if place > 0 && left.is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// The announcement that `step` people signed, for a milestone that counts signatures.
    #[must_use]
    pub fn so_many_signed(self, step: u64) -> String {
        let n = self.number(step);
        match (self, step) {
            (Self::English, 1) => "Somebody has signed this letter. Thank you!".to_owned(),
            (Self::English, _) => format!("{n} people have signed this letter. Thank you!"),
            (Self::German, 1) => "Jemand hat diesen Brief unterzeichnet. Danke!".to_owned(),
            (Self::German, _) => {
                format!("{n} Menschen haben diesen Brief unterzeichnet. Danke!")
            }
        }
    }

    /// The announcement that `step` people signed or like the letter, for a milestone that counts both.
    #[must_use]
    pub fn so_many_support(self, step: u64) -> String {
        let n = self.number(step);
        match (self, step) {
            (Self::English, 1) => "Somebody supports this letter. Thank you!".to_owned(),
            (Self::English, _) => {
                format!("{n} people support this letter, by a signature or a like. Thank you!")
            }
            (Self::German, 1) => "Jemand unterstützt diesen Brief. Danke!".to_owned(),
            (Self::German, _) => format!(
                "{n} Menschen unterstützen diesen Brief, mit einer Unterschrift oder einem Favoriten. Danke!"
            ),
        }
    }

    /// The text before the link below the whole letter.
    #[must_use]
    pub const fn see_supporters(self) -> &'static str {
        match self {
            Self::English => "The letter and who signed it:",
            Self::German => "Der Brief und wer ihn unterzeichnet hat:",
        }
    }

    /// The text before the link below the short form.
    pub const fn read_on(self) -> &'static str {
        match self {
            Self::English => "Read the whole letter and see who signed it:",
            Self::German => "Den ganzen Brief lesen und sehen, wer ihn unterzeichnet hat:",
        }
    }

    /// The text before the link to the history, from the second revision on.
    pub fn what_changed(self, revision: u64) -> String {
        match self {
            Self::English => {
                format!("The text was changed; this is revision {revision}. What changed:")
            }
            Self::German => {
                format!(
                    "Der Text wurde geändert; das ist Fassung {revision}. Was sich geändert hat:"
                )
            }
        }
    }

    /// The name of the profile field that links to the page.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::English => "Letter",
            Self::German => "Brief",
        }
    }

    /// The name of the profile field with the number of signatures.
    pub const fn signatures(self) -> &'static str {
        match self {
            Self::English => "Signatures",
            Self::German => "Unterschriften",
        }
    }

    /// The answer to somebody who signed in private: only public replies can be listed.
    #[must_use]
    pub const fn only_public_replies(self) -> &'static str {
        match self {
            Self::English => {
                "Thank you. Only public replies can be listed, so your message did not sign \
                 the letter. Nothing of it was kept."
            }
            Self::German => {
                "Danke. Nur öffentliche Antworten können aufgeführt werden, deshalb hat diese \
                 Nachricht den Brief nicht unterzeichnet. Nichts davon wurde aufbewahrt."
            }
        }
    }

    /// The answer to somebody who signed, with `endorsing.acknowledge = "reply"`.
    #[must_use]
    pub const fn thank_you(self) -> &'static str {
        match self {
            Self::English => {
                "Thank you for signing. To leave again, delete your reply or answer “withdraw”."
            }
            Self::German => {
                "Danke für die Unterschrift. Wer die eigene Antwort löscht oder „zurückziehen“ \
                 antwortet, ist nicht mehr dabei."
            }
        }
    }
}

/// The actor's description when none is configured, as HTML: that it is automated, how to sign and leave, and
/// who is responsible. `contact` is plain text and may be empty.
#[must_use]
pub fn default_summary(language: Language, notice: &SigningNotice, contact: &str) -> String {
    let (automated, responsible) = match language {
        Language::English => ("An open letter, run by a program.", "Responsible:"),
        Language::German => (
            "Ein offener Brief, von einem Programm betrieben.",
            "Verantwortlich:",
        ),
    };
    let mut summary = format!("<p>{automated} {}</p>", escape(&notice.sentence(language)));
    if !contact.is_empty() {
        summary.extend(["<p>", responsible, " ", &escape(contact), "</p>"]);
    }
    summary
}
