//! The frame of every page: title, navigation and contact.

use askama::Template;

use crate::{
    activitystreams::paths,
    endorsement::policy::LetterState,
    http::{
        response_cache::Rendered,
        state::{HttpState, SOURCE_CODE},
    },
    i18n::Language,
    store::TranslationRow,
};

/// The media type of a page.
pub const HTML: &str = "text/html; charset=utf-8";

/// The frame of every page.
#[derive(Clone, Debug)]
pub struct SiteView {
    /// The path of the letter's page in the language of this page: `/`, or `/de/` on a translation.
    pub home: String,
    /// Language tag of the letter, or of the translation that the page shows; it also chooses the language of the page.
    pub language: String,
    /// The letter's title, or the handle when there is no letter.
    pub title: String,
    /// `server.base_url`, without a slash at its end.
    pub base_url: String,
    /// Whether the letter is out; a draft has no pages about it.
    pub is_out: bool,
    /// The id of the letter's `Note`, or of its actor while it is a draft. Servers find it by the address of any page,
    /// because each links to it.
    pub letter_url: String,
    /// The letter's full handle, `@letter@letter.example`.
    pub handle: String,
    /// Number of the letter's newest revision; 0 when there is no letter.
    pub newest_revision: u64,
    /// The person or organisation responsible for the letter; `None` only on localhost.
    pub contact: Option<ContactView>,
    /// Version of this program.
    pub version: String,
    /// What those have done who say what `[pledge]` asks for; `None` while nobody is asked.
    pub pledge: Option<String>,
    /// The URL of this program's source code, which the AGPL asks us to offer; empty in a build that names none.
    pub source_code_url: String,
}

impl SiteView {
    /// The frame without the letter's title and language, for which no database is needed.
    pub fn without_letter(state: &HttpState) -> Self {
        let app = &state.app;
        let is_out = state.letter_state() != LetterState::Draft;
        Self {
            home: paths::PAGE.to_owned(),
            language: state.note.language_of_draft().to_owned(),
            title: app.urls.handle(),
            base_url: app.urls.origin().to_owned(),
            is_out,
            letter_url: state.id_of_page(),
            handle: app.urls.handle(),
            newest_revision: 0,
            contact: ContactView::parse(&app.config.actor.contact),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // The label says what the letter asks for.
            pledge: app
                .config
                .pledge
                .label()
                .filter(|_| is_out)
                .map(str::to_owned),
            source_code_url: SOURCE_CODE.unwrap_or_default().to_owned(),
        }
    }

    /// The same in the language of a translation, with its title.
    pub(super) fn translated(self, row: &TranslationRow) -> Self {
        Self {
            home: LanguageView::translation(&row.language).path,
            language: row.language.clone(),
            title: row.title.clone().unwrap_or(self.title),
            ..self
        }
    }

    /// The letter's language as Open Graph writes it.
    pub(super) fn locale(&self) -> Option<String> {
        locale(&self.language)
    }

    /// The words of the pages, by the letter's language.
    pub(in crate::http) fn words(&self) -> &'static Language {
        Language::of(&self.language)
    }

    /// The paths and names of the pages that every page links to.
    pub(super) fn linked_pages(&self) -> Vec<(&'static str, &'static str)> {
        let (words, timeline) = (&self.words().frame, &self.words().timeline);
        let mut pages = vec![("/", words.letter)];
        if self.is_out {
            pages.push(("/supporters", words.supporters));
            pages.push((paths::TIMELINE, timeline.heading));
        }
        pages.push(("/privacy", words.privacy));
        pages.push(("/about", words.about));
        pages
    }
}

/// A language as Open Graph writes it, with the country where it is spoken most; `None` where that is not clear from the
/// tag.
pub(super) fn locale(tag: &str) -> Option<String> {
    let (language, rest) = tag.split_once('-').unwrap_or((tag, ""));
    let country = match (language, rest) {
        ("en", "") => "US",
        ("de" | "fr" | "es" | "it" | "nl" | "pt" | "pl", "") => language,
        (_, country) if country.len() == 2 => country,
        _ => return None,
    };
    Some(format!("{language}_{}", country.to_ascii_uppercase()))
}

/// A language that the letter is there in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageView {
    /// Its tag.
    pub tag: String,
    /// What it is called by those who speak it.
    pub name: String,
    /// The path of its page.
    pub path: String,
}

impl LanguageView {
    /// The letter's own language.
    pub(super) fn original(tag: &str) -> Self {
        Self {
            tag: tag.to_owned(),
            name: Language::name_of(tag),
            path: paths::PAGE.to_owned(),
        }
    }

    /// The language of a translation.
    pub(super) fn translation(tag: &str) -> Self {
        Self {
            path: format!("/{tag}/"),
            ..Self::original(tag)
        }
    }
}

/// A rendered page with this `Cache-Control`.
pub(super) fn rendered(
    cache_control: &'static str,
    page: &impl Template,
) -> askama::Result<Rendered> {
    Ok(Rendered::new(HTML, cache_control, page.render()?))
}

/// The URL without its query, which may carry a token for a private file.
pub(in crate::http) fn without_query(url: &url::Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

/// The person or organisation responsible for the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// The configured text, for people.
    pub text: String,
    /// The e-mail address in it, if there is one.
    pub mail: Option<String>,
}

impl ContactView {
    /// Parses `actor.contact`: any text, with or without an e-mail address in it; `None` if it is blank.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let around =
            |character: char| character.is_whitespace() || "<>()[],;:\"".contains(character);
        let mail = text
            .split(around)
            .find(|word| is_mail(word))
            .map(ToOwned::to_owned);
        (!text.is_empty()).then(|| Self {
            text: text.to_owned(),
            mail,
        })
    }
}

/// Whether a word is an e-mail address that needs no escaping in a `mailto:` URL.
fn is_mail(word: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._+-".contains(character);
    word.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.len() > 2 && local.chars().chain(host.chars()).all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_has_language_and_country() {
        for (language, expected) in [
            ("en", Some("en_US")),
            ("de", Some("de_DE")),
            ("pt-br", Some("pt_BR")),
            ("de-AT", Some("de_AT")),
            ("zh-hant", None),
            ("eo", None),
        ] {
            let site = SiteView {
                home: String::new(),
                language: language.to_owned(),
                title: String::new(),
                base_url: String::new(),
                letter_url: String::new(),
                handle: String::new(),
                newest_revision: 1,
                is_out: true,
                contact: None,
                version: String::new(),
                pledge: None,
                source_code_url: String::new(),
            };
            assert_eq!(site.locale().as_deref(), expected, "{language}");
        }
    }

    #[test]
    fn a_contact_is_any_text_and_its_address_is_found() {
        for (text, mail) in [
            (
                "Ada Lovelace <ada@letter.example>",
                Some("ada@letter.example"),
            ),
            (
                "Ada Lovelace, ada+x@letter.example",
                Some("ada+x@letter.example"),
            ),
            ("mailto:ada@letter.example", Some("ada@letter.example")),
            ("@ada@social.example", None),
            ("Ada, 1 Long Street", None),
            ("ada@\"><script>", None),
            ("ada@x?bcc=everybody@y.example", None),
        ] {
            let contact = ContactView::parse(text).unwrap();
            assert_eq!(contact.text, text);
            assert_eq!(contact.mail.as_deref(), mail, "{text}");
        }
        assert_eq!(ContactView::parse(" \t"), None);
    }
}
