//! Delivery: one POST, signed by the caller, to one inbox.
//!
//! Redirects are never followed: the signature would be for another target. URL, block list and address are
//! checked at every send, because a name that led to a public server once may lead elsewhere today. Not here:
//! what a status means for the queue (`delivery`).

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::Response;
use url::Url;

use super::{Client, FetchFailure, guard::Route, retry_after::retry_after, without_host};
use crate::text::cut;

/// How much of an answer's body is kept for the queue, in bytes.
const BODY_START: usize = 500;

/// What became of a delivery.
#[derive(Clone, Debug)]
pub enum PostOutcome {
    /// The host answered, with whatever status.
    Answered {
        /// The status; a redirect's too.
        status: StatusCode,
        /// How long the host wants to be left alone, from a number of seconds or a date.
        retry_after: Option<Duration>,
        /// At most 500 bytes of the body as whole characters, without control characters, for administrators.
        /// Empty when the body did not come in time.
        body_start: String,
    },
    /// The host did not answer.
    Unreachable(FetchFailure),
}

impl Client {
    /// Sends `body` with exactly these `headers`, which carry the signature. Takes at most the
    /// `delivery_timeout` of the settings.
    pub async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: impl Into<reqwest::Body> + Send,
    ) -> PostOutcome {
        match self.may_speak_to(url) {
            Ok(route) => self.send(route, url, headers, body.into()).await,
            Err(forbidden) => PostOutcome::Unreachable(forbidden.into()),
        }
    }

    /// [`Client::post`] past the block list, for what a blocked host is still told: that a follow ended, and that a quote is
    /// no longer authorized. Every other rule of the guard holds.
    pub async fn post_last_word(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: impl Into<reqwest::Body> + Send,
    ) -> PostOutcome {
        match self.inner.guard.url_is_allowed(url) {
            Ok(route) => self.send(route, url, headers, body.into()).await,
            Err(forbidden) => PostOutcome::Unreachable(forbidden.into()),
        }
    }

    async fn send(
        &self,
        route: Route,
        url: &Url,
        headers: HeaderMap,
        body: reqwest::Body,
    ) -> PostOutcome {
        let request = self
            .connections(route)
            .http
            .post(url.clone())
            .timeout(self.inner.delivery_timeout)
            .headers(without_host(headers))
            .body(body);
        match self.ask(url, request).await {
            Ok(response) => self.answered(response).await,
            Err(reason) => PostOutcome::Unreachable(reason),
        }
    }

    async fn answered(&self, response: Response) -> PostOutcome {
        PostOutcome::Answered {
            status: response.status(),
            retry_after: retry_after(response.headers(), self.inner.clock.now()),
            body_start: body_start(response).await,
        }
    }
}

/// The status has decided already, so a body that breaks off is kept as far as it came.
async fn body_start(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < BODY_START {
        let Ok(Some(chunk)) = response.chunk().await else {
            break;
        };
        bytes.extend(chunk.into_iter().take(BODY_START));
    }
    kept(&String::from_utf8_lossy(&bytes))
}

/// The first [`BODY_START`] bytes, never a part of a character.
fn kept(text: &str) -> String {
    // PostgreSQL takes no NUL, and a terminal no escapes.
    let plain = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    cut(&plain.collect::<String>(), BODY_START).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_five_hundred_bytes_are_kept_as_whole_characters() {
        assert_eq!(kept(&"x".repeat(600)), "x".repeat(500));
        assert_eq!(kept(&"ä".repeat(600)), "ä".repeat(250));
        assert_eq!(kept(&"字".repeat(600)), "字".repeat(166));
        assert_eq!(kept("a\0b\u{1b}[31m\n\u{85}"), "a b [31m  ");
    }
}
