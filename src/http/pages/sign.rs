//! `POST /sign`: the way from the letter's page to one's own server, or to the letter's file on GitHub.
//!
//! It signs nothing and reads nothing of the register but the letter: whoever signed already gets the same answer. The
//! answer is a page with plain links and never a redirect, which our Content Security Policy would refuse.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Extension, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN},
    },
    response::{IntoResponse as _, Response},
};
use url::form_urlencoded;

use super::{
    frame::{HTML, SiteView},
    signing::{OpeningView, SigningView},
};
use crate::{
    config::Config,
    endorsement::policy::Replies,
    federation::{
        client_ip::Caller,
        held_bodies::NotRead,
        remote_interaction::{HomeServer, RemoteLinks, ToSign},
    },
    http::{
        error::{Failure, NotServed},
        headers::NO_INDEX,
        state::HttpState,
    },
    i18n::Language,
    letter::{SourceFile, line_of},
    register::letter::translations::standing,
    text::percent_encoded,
};

/// The path of the form.
pub const PATH: &str = "/sign";

/// The largest form, in bytes.
const MAX_FORM: usize = 4 * 1024;

/// The ways to sign that the page offers beside one's own server.
#[derive(Clone, Debug, Default)]
pub struct OtherWays {
    /// Where people without an account find a server.
    pub join_url: Option<String>,
    /// Where a browser edits the letter's file on GitHub.
    pub edit_url: Option<String>,
    /// The issues whose comments sign: host and address.
    pub threads: Vec<(String, String)>,
    /// A `mailto:` address with subject and body filled in.
    pub mail_url: Option<String>,
}

impl OtherWays {
    /// Those that the configuration has.
    pub fn of(state: &HttpState, site: &SiteView) -> Self {
        let config = &state.app.config;
        let file = config.letter.source_url.as_ref();
        let edit_url = file
            .and_then(|url| SourceFile::of(url.as_url()))
            .and_then(|file| file.edit_address());
        let mail = site
            .contact
            .as_ref()
            .and_then(|contact| contact.mail.as_ref());
        Self {
            join_url: config
                .web
                .join_url
                .as_ref()
                .map(|url| url.as_url().to_string()),
            edit_url: edit_url.map(String::from),
            threads: threads(config),
            mail_url: mail.map(|address| mail_url(address, site)),
        }
    }
}

/// The issues whose comments sign.
fn threads(config: &Config) -> Vec<(String, String)> {
    let threads = config.forge_threads().into_iter();
    let threads =
        threads.map(|thread| (thread.url.host().to_owned(), thread.url.as_str().to_owned()));
    threads.collect()
}

/// A `mailto:` address (RFC 6068) of a message that signs.
fn mail_url(address: &str, site: &SiteView) -> String {
    let words = &site.words().sign_box;
    let filled = |pattern: &str| {
        let text = pattern.replace("{url}", &site.base_url);
        // Last: a title may hold anything.
        let text = text.replace("{title}", &site.title).replace('\n', "\r\n");
        percent_encoded(&text)
    };
    let (subject, body) = (filled(words.mail_subject), filled(words.mail_body));
    format!("mailto:{address}?subject={subject}&body={body}")
}

/// What came of a form.
#[derive(Clone, Debug)]
pub enum SignAnswer {
    /// What the server of this name offers, if anything.
    Server(String, RemoteLinks),
    /// What was typed names no server.
    Unreadable,
    /// The line of the letter's file.
    Line(String),
    /// What was typed is no name.
    BadName,
}

/// The page that answers a form.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_answer.html")]
pub struct SignPage {
    /// The frame of the page.
    pub site: SiteView,
    /// Whether signatures are taken.
    pub opening: OpeningView,
    /// The rules for signing.
    pub signing: SigningView,
    /// The other ways.
    pub ways: OtherWays,
    /// The answer.
    pub answer: SignAnswer,
    /// What was typed into the box.
    pub typed: String,
}

impl SignPage {
    /// No page of the navigation.
    const HERE: &str = "";

    /// "Sign from m.example".
    fn heading(&self, words: &Language) -> String {
        match &self.answer {
            SignAnswer::Server(host, _) => words.sign_box.from_server.replace("{server}", host),
            SignAnswer::Line(_) | SignAnswer::BadName => words.sign_box.github.to_owned(),
            SignAnswer::Unreadable => words.signing.heading.to_owned(),
        }
    }

    /// That a server offers nothing, and what to do.
    fn nothing_found(&self, words: &Language) -> Option<String> {
        let SignAnswer::Server(host, links) = &self.answer else {
            return None;
        };
        (self.opening.is_open() && *links == RemoteLinks::default())
            .then(|| words.sign_box.nothing_found.replace("{server}", host))
    }
}

/// A form.
#[derive(Debug, Default)]
struct SignForm {
    /// The language of the page that it stood on, if that is a translation.
    language: Option<String>,
    account: Option<String>,
    name: Option<String>,
}

impl SignForm {
    fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (field, value) in form_urlencoded::parse(body) {
            match field.as_ref() {
                "language" => form.language = Some(value.into_owned()),
                "account" => form.account = Some(value.into_owned()),
                "name" => form.name = Some(value.into_owned()),
                _ => (),
            }
        }
        form
    }
}

/// `POST /sign`.
pub async fn post(
    State(state): State<Arc<HttpState>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    if !is_own_form(headers, state.app.urls.origin()) {
        return Err(Failure::foreign_form(&state, headers));
    }
    let held = state.app.held_bodies.read(body, MAX_FORM, caller).await;
    let form = match held {
        Ok(held) => SignForm::read(held.bytes()),
        Err(NotRead::TooLarge) => return Err(Failure::too_large(&state, headers)),
        Err(NotRead::TooSlow | NotRead::Broken(_)) => {
            return Err(Failure::bad_request(&state, headers));
        }
        Err(NotRead::NoRoom) => return Err(Failure::of(NotServed::Busy, &state, headers)),
    };
    let site = site(&state, form.language.as_deref()).await;
    let (site, opening, signing) = site.map_err(|reason| Failure::of(reason, &state, headers))?;
    let typed = form.account.unwrap_or_default();
    let answer = if let Some(name) = form.name {
        line_of(&name).map_or(SignAnswer::BadName, SignAnswer::Line)
    } else if let Some(home) = HomeServer::parse(&typed) {
        let links = if opening.is_open() {
            let asked = ask(&state, caller, &home, &site, signing).await;
            asked.map_err(|wait| Failure::too_many(wait, &state, headers))?
        } else {
            RemoteLinks::default()
        };
        SignAnswer::Server(home.host, links)
    } else {
        SignAnswer::Unreadable
    };
    let page = SignPage {
        opening,
        ways: OtherWays::of(&state, &site),
        site,
        signing,
        answer,
        typed,
    };
    let html = page.render();
    let html = html.map_err(|error| Failure::of(error.into(), &state, headers))?;
    let mut response = (StatusCode::OK, [NO_INDEX], html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The frame of the page, in the language of a translation if there is one, whether signatures are taken, and how.
async fn site(
    state: &HttpState,
    language: Option<&str>,
) -> Result<(SiteView, OpeningView, SigningView), NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let changes = tx.translation_changes().await?;
    let mut rows = standing(&changes, current.revision.number).into_iter();
    let row = rows.find(|row| Some(row.language.as_str()) == language);
    let mut site = current.site(state);
    if let Some(row) = row {
        site = site.translated(row);
    }
    let opening = OpeningView::of(state, &mut tx).await?;
    Ok((site, opening, SigningView::of(state, &mut tx).await?))
}

/// Asks a server for its links.
///
/// # Errors
/// The client asks too often: how long to wait.
async fn ask(
    state: &HttpState,
    caller: Caller,
    home: &HomeServer,
    site: &SiteView,
    signing: SigningView,
) -> Result<RemoteLinks, Duration> {
    let (limits, now) = (&state.sign_limits, state.app.clock.now());
    let turn = if state.home_servers.has_to_ask(home) {
        let turn = limits.turn(caller, now)?;
        if turn.is_none() {
            // The ways by hand stand on the page as well.
            return Ok(RemoteLinks::default());
        }
        turn
    } else {
        None
    };
    let post = format!("{} {}", site.handle, site.words().signing.phrase);
    let to_sign = ToSign {
        post: &post,
        letter: &site.letter_url,
    };
    let mut links = state.home_servers.links(home, to_sign).await;
    drop(turn);
    if signing.replies == Replies::Off {
        links.write = None;
    }
    Ok(links)
}

/// Whether a form comes from a page of ours, as the browser says: by `Sec-Fetch-Site` (W3C Fetch Metadata), or, where that
/// is missing, by `Origin` (RFC 6454).
fn is_own_form(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(ORIGIN).is_some_and(|from| from == origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_of_our_own_pages_are_taken() {
        let ours = "https://l.example";
        for (site, origin, expected) in [
            (Some("same-origin"), Some(ours), true),
            (Some("same-origin"), None, true),
            (None, Some(ours), true),
            (None, None, false),
            (None, Some("null"), false),
            (None, Some("https://other.example"), false),
            (None, Some("https://l.example.other.example"), false),
            (Some("cross-site"), Some(ours), false),
            (Some("same-site"), Some(ours), false),
            (Some("none"), None, false),
        ] {
            let mut headers = HeaderMap::new();
            let all = [("sec-fetch-site", site), ("origin", origin)];
            for (name, value) in all {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(is_own_form(&headers, ours), expected, "{site:?} {origin:?}");
        }
    }
}
