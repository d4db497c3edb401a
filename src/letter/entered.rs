//! What an administrator enters, from an e-mail or a sheet of paper: names, checked as a line of the file is, and the
//! addresses of organisations.

use unicode_normalization::UnicodeNormalization as _;
use url::{Host, Url};

use super::signatory_line::{MAX_AFFILIATION, MAX_NAME};
use crate::{
    string_enum::words,
    text::{misleads, single_line},
};

/// Longest reference, in characters.
const MAX_REFERENCE: usize = 500;
/// Longest address, in bytes.
const MAX_URL: usize = 2048;

words! {
    /// How a name by hand came in.
    pub enum Collected {
        /// By e-mail.
        Email = "email",
        /// On paper.
        Paper = "paper",
        /// In any other way.
        Other = "other",
    }
}

/// Why a value cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// More than so many characters.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A control character or a bidirectional mark.
    #[error("it holds an invisible character that could mislead readers")]
    Misleading,
    /// An e-mail address or an address of the web, which nobody wants to see on the page.
    #[error("it holds an address; leave that out")]
    Address,
    /// Nothing but digits and marks.
    #[error("there is no letter in it")]
    NoLetter,
    /// The list would take it for something else.
    #[error("the list of names would read it as something else")]
    NoName,
    /// No address of the web.
    #[error("it is no http or https address without a user name")]
    NoWebAddress,
    /// An address that anybody on the way can change.
    #[error("it is an http address; give the one with https")]
    NotHttps,
    /// No address of a website.
    #[error("it is no https address of a website: https://, a name with a dot, and no user name")]
    NoWebsite,
}

/// The line of the letter's list that names somebody, as its parser reads it.
///
/// # Errors
/// [`BadEntry`] also when the list would take it for something else than a name.
pub fn line_of(name: &str) -> Result<String, BadEntry> {
    let name = entered_name(name)?;
    let line = format!("- {}", list_item(&name, None, None));
    let file = format!("# Letter\n\nText.\n\n## Signatories\n\n{line}\n");
    let read = super::parse(file.as_bytes(), Some("Signatories"));
    let is_read = read.is_ok_and(|letter| {
        matches!(letter.signatories.as_slice(), [only]
            if only.handle.is_none() && !only.name.is_empty() && name.starts_with(&only.name))
    });
    if is_read {
        Ok(line)
    } else {
        Err(BadEntry::NoName)
    }
}

/// What an item of the letter's list says of somebody, in Markdown: the name, which may link to a profile, and the affiliation
/// after a comma.
pub fn list_item(name: &str, link: Option<&str>, affiliation: Option<&str>) -> String {
    let name = literal(name);
    let name = match link {
        Some(link) => linked(&name, link),
        None => name,
    };
    match affiliation {
        Some(affiliation) => format!("{name}, {}", literal(affiliation)),
        None => name,
    }
}

/// A link in Markdown around words that are Markdown already.
pub(super) fn linked(words: &str, link: &str) -> String {
    // Blanks and parentheses would end the address, and so would angle brackets between angle brackets.
    if link.contains(|c: char| c.is_whitespace() || c == '(' || c == ')') {
        let link = link.replace('<', "%3C").replace('>', "%3E");
        return format!("[{words}](<{link}>)");
    }
    format!("[{words}]({link})")
}

/// Text that Markdown takes for nothing but text.
pub fn literal(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\`*_[]<>#&!|~$".contains(character) {
            markdown.push('\\');
        }
        markdown.push(character);
    }
    markdown
}

/// A name as it is shown: NFC, on one line.
pub fn entered_name(text: &str) -> Result<String, BadEntry> {
    let name = plain(text, MAX_NAME)?;
    if name.chars().any(char::is_alphabetic) {
        Ok(name)
    } else {
        Err(BadEntry::NoLetter)
    }
}

/// An affiliation as it is shown.
pub fn entered_affiliation(text: &str) -> Result<String, BadEntry> {
    plain(text, MAX_AFFILIATION)
}

/// Where the proof is; for administrators only, so it may be an address.
pub fn entered_reference(text: &str) -> Result<String, BadEntry> {
    bounded(text, MAX_REFERENCE)
}

/// The address that a name links to.
pub fn entered_url(text: &str) -> Result<String, BadEntry> {
    let url = Url::parse(text.trim()).map_err(|_cause| BadEntry::NoWebAddress)?;
    let is_web = matches!(url.scheme(), "http" | "https");
    if !is_web || !url.username().is_empty() || url.password().is_some() {
        return Err(BadEntry::NoWebAddress);
    }
    if url.as_str().len() > MAX_URL {
        return Err(BadEntry::TooLong(MAX_URL));
    }
    Ok(url.into())
}

/// The scheme of every website that is entered.
const HTTPS: &str = "https://";

/// The address of an organisation, in the one form in which addresses are compared: https, the host in Punycode, without a
/// query, a fragment and a slash at the end.
pub fn entered_website(text: &str) -> Result<String, BadEntry> {
    let mut url = Url::parse(text.trim()).map_err(|_cause| BadEntry::NoWebsite)?;
    if url.scheme() == "http" {
        return Err(BadEntry::NotHttps);
    }
    let Some(Host::Domain(host)) = url.host() else {
        return Err(BadEntry::NoWebsite);
    };
    let host = host.trim_end_matches('.').to_owned();
    let has_user = !url.username().is_empty() || url.password().is_some();
    if url.scheme() != "https" || has_user || !host.contains('.') {
        return Err(BadEntry::NoWebsite);
    }
    url.set_host(Some(&host))
        .map_err(|_cause| BadEntry::NoWebsite)?;
    url.set_query(None);
    url.set_fragment(None);
    let address = url.as_str().trim_end_matches('/');
    if address.len() > MAX_URL {
        return Err(BadEntry::TooLong(MAX_URL));
    }
    Ok(address.to_owned())
}

/// An address of the web without its scheme and a slash at the end, host first: `codeberg.org/owner/repository`.
pub fn without_scheme(address: &str) -> &str {
    let bare = address.strip_prefix(HTTPS);
    let bare = bare.or_else(|| address.strip_prefix("http://"));
    bare.unwrap_or(address).trim_end_matches('/')
}

/// The host of an address of the web, with its port if it is another one than the scheme's.
pub fn authority_of(address: &str) -> &str {
    let bare = without_scheme(address);
    bare.split('/').next().unwrap_or(bare)
}

fn plain(text: &str, most: usize) -> Result<String, BadEntry> {
    let line = bounded(text, most)?;
    if line.contains('@') || line.contains("://") {
        return Err(BadEntry::Address);
    }
    Ok(line)
}

fn bounded(text: &str, most: usize) -> Result<String, BadEntry> {
    let line = single_line(&text.nfc().collect::<String>());
    if line.is_empty() {
        return Err(BadEntry::Empty);
    }
    if line.chars().count() > most {
        return Err(BadEntry::TooLong(most));
    }
    if line.contains(misleads) {
        return Err(BadEntry::Misleading);
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_and_bounded() {
        let long = "é".repeat(MAX_NAME);
        let table = [
            (" Ada \n Lovelace ", Ok("Ada Lovelace")),
            ("Jose\u{301}", Ok("José")),
            (long.as_str(), Ok(long.as_str())),
            ("", Err(BadEntry::Empty)),
            (" \t", Err(BadEntry::Empty)),
            (&"x".repeat(MAX_NAME + 1), Err(BadEntry::TooLong(MAX_NAME))),
            ("Ada \u{202e}evil", Err(BadEntry::Misleading)),
            ("Ada\u{1b}[31m", Err(BadEntry::Misleading)),
            ("ada@mail.example", Err(BadEntry::Address)),
            ("Ada https://ada.example", Err(BadEntry::Address)),
            ("12-34", Err(BadEntry::NoLetter)),
        ];
        for (text, expected) in table {
            assert_eq!(entered_name(text).as_deref(), expected.as_ref().copied());
        }
    }

    #[test]
    fn the_line_of_a_name_is_read_as_that_name() {
        for (name, expected) in [
            ("Ada Lovelace", Some("- Ada Lovelace")),
            (" Ada \n Lovelace ", Some("- Ada Lovelace")),
            ("Ada Lovelace, ACME", Some("- Ada Lovelace, ACME")),
            ("Ada *King* Lovelace", Some(r"- Ada \*King\* Lovelace")),
            ("[Ada](https://ada.example)", None),
            ("Ada <b>", None),
            ("# Ada", Some(r"- \# Ada")),
            ("@ada", None),
            ("and many others", None),
            ("1234", None),
            ("", None),
        ] {
            let line = line_of(name).ok();
            assert_eq!(line.as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn an_address_is_one_of_the_web() {
        let table = [
            ("https://ada.example", Ok("https://ada.example/")),
            (" http://ada.example/x ", Ok("http://ada.example/x")),
            ("ada.example", Err(BadEntry::NoWebAddress)),
            ("javascript:alert(1)", Err(BadEntry::NoWebAddress)),
            ("https://ada:pw@ada.example", Err(BadEntry::NoWebAddress)),
        ];
        for (text, expected) in table {
            assert_eq!(entered_url(text).as_deref(), expected.as_ref().copied());
        }
        assert_eq!(
            entered_reference("<1@mail.example>").as_deref(),
            Ok("<1@mail.example>")
        );
    }

    #[test]
    fn an_organisation_is_at_an_https_address_in_one_form() {
        use BadEntry::{NoWebsite, NotHttps};
        let table = [
            ("https://acme.example", Ok("https://acme.example")),
            (" https://ACME.example:443/ ", Ok("https://acme.example")),
            ("https://acme.example./", Ok("https://acme.example")),
            ("https://acme.example//", Ok("https://acme.example")),
            (
                "https://acme.example/De/?x=1#top",
                Ok("https://acme.example/De"),
            ),
            ("https://acme.example/a/../b", Ok("https://acme.example/b")),
            (
                "https://acme.example:8443/x",
                Ok("https://acme.example:8443/x"),
            ),
            (
                "https://bücher.example/",
                Ok("https://xn--bcher-kva.example"),
            ),
            ("http://acme.example", Err(NotHttps)),
            ("acme.example", Err(NoWebsite)),
            ("https://localhost", Err(NoWebsite)),
            ("https://192.0.2.1/", Err(NoWebsite)),
            ("https://ada:pw@acme.example", Err(NoWebsite)),
            ("https://ada@acme.example", Err(NoWebsite)),
            ("javascript:alert(1)", Err(NoWebsite)),
            ("mailto:a@acme.example", Err(NoWebsite)),
            ("", Err(NoWebsite)),
        ];
        for (text, expected) in table {
            let found = entered_website(text);
            assert_eq!(found.as_deref(), expected.as_ref().copied(), "{text}");
        }
        let long = format!("https://acme.example/{}", "x".repeat(MAX_URL));
        assert_eq!(entered_website(&long), Err(BadEntry::TooLong(MAX_URL)));
    }

    #[test]
    fn an_address_is_shown_host_first() {
        for (address, shown, host) in [
            ("https://acme.example", "acme.example", "acme.example"),
            ("https://m.example/@acme/", "m.example/@acme", "m.example"),
            ("http://localhost:81/x", "localhost:81/x", "localhost:81"),
        ] {
            assert_eq!(
                (without_scheme(address), authority_of(address)),
                (shown, host)
            );
        }
    }
}
