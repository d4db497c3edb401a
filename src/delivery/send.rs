//! One attempt: a stored body becomes a signed POST, once or by either scheme (F-160), and the answer a verdict
//! (F-161 … F-164).

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};

use http::StatusCode;
use url::Url;

use super::{
    explain,
    signing_pool::{SigningPool, UnsignedRequest},
};
use crate::{
    clock::Clock,
    http_client::{Client, FetchFailure, PostOutcome, guard::Forbidden},
    signature::{Scheme, SignError, Signer},
    store::DueDelivery,
};

/// The one kind of activity that goes to a blocked host too: it ends a follow (`block add --cut`).
const LAST_WORD: &str = "Reject";

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerMeaning {
    /// The host took it.
    Delivered,
    /// It will never take it.
    Refused,
    /// It may take it later.
    Later {
        /// The host as a whole wants to be left alone at least for so long.
        rest: Option<Duration>,
    },
}

/// One attempt and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) delivery: DueDelivery,
    pub(super) verdict: AnswerMeaning,
    pub(super) status: Option<StatusCode>,
    /// The beginning of the answer, or why there was none.
    pub(super) body: String,
    /// The scheme by which the host took it, if it did.
    pub(super) taken_by: Option<Scheme>,
}

/// One request, signed by one scheme, and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Knock {
    scheme: Scheme,
    verdict: AnswerMeaning,
    status: Option<StatusCode>,
    body: String,
    /// Whether it, or the other one of two, was answered 401.
    disbelieved: bool,
}

/// What a request needs: the way out, keys, and the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeliveryContext<'a> {
    pub(super) client: &'a Client,
    pub(super) signers: &'a Signers,
    pub(super) pen: &'a SigningPool,
    pub(super) clock: &'a Arc<dyn Clock>,
}

/// Our two actors' keys: each activity is signed by the one who speaks in it (F-148).
#[derive(Clone, Debug)]
pub struct Signers {
    /// Signs what the letter says.
    pub letter: Signer,
    /// Signs what the instance actor says: that it takes no followers.
    pub instance: Signer,
    /// The letter's earlier keys by our numbers of them, for what makes a new one known (F-44).
    pub former: BTreeMap<i64, Signer>,
}

impl Signers {
    /// The key of whoever speaks in this activity. An old key that is gone was needed for nothing any more when it
    /// went, so that the newest one signs.
    fn of(&self, delivery: &DueDelivery) -> &Signer {
        #[derive(serde::Deserialize)]
        struct Spoken<'a> {
            #[serde(borrow)]
            actor: std::borrow::Cow<'a, str>,
        }
        if let Some(former) = delivery.signed_by.and_then(|it| self.former.get(&it)) {
            return former;
        }
        let instance = self.instance.key_id.split('#').next().unwrap_or_default();
        match serde_json::from_str::<Spoken<'_>>(&delivery.body) {
            Ok(spoken) if spoken.actor == instance => &self.instance,
            Ok(_) | Err(_) => &self.letter,
        }
    }
}

/// The scheme of the second knock.
pub(super) const fn other(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::Cavage => Scheme::Rfc9421,
        Scheme::Rfc9421 => Scheme::Cavage,
    }
}

impl DeliveryContext<'_> {
    /// Sends one delivery. The signature is made here, for this request alone (F-147).
    pub(super) async fn knock(&self, delivery: &DueDelivery, scheme: Scheme) -> Knock {
        let url = match Url::parse(&delivery.inbox) {
            Ok(url) => url,
            Err(error) => return Knock::without_answer(scheme, AnswerMeaning::Refused, &error),
        };
        let signer = self.signers.of(delivery);
        let body = delivery.body.clone();
        let letter = UnsignedRequest { url, body };
        let made = match self.pen.sign(letter, signer, scheme, self.clock).await {
            Ok(made) => made,
            Err(error) => return Knock::unsigned(scheme, &error),
        };
        let (UnsignedRequest { url, body }, headers) = (made.letter, made.headers);
        let posted = if delivery.kind == LAST_WORD {
            self.client.post_last_word(&url, headers, body).await
        } else {
            self.client.post(&url, headers, body).await
        };
        match posted {
            PostOutcome::Answered {
                status,
                retry_after,
                body_start,
            } => Knock {
                scheme,
                verdict: judge_status(status, retry_after),
                status: Some(status),
                body: body_start,
                disbelieved: status == StatusCode::UNAUTHORIZED,
            },
            PostOutcome::Unreachable(reason) => {
                Knock::without_answer(scheme, judge_reason(&reason), &reason)
            }
        }
    }
}

impl Knock {
    /// Whether it may have been the signature: Mastodon and Fedify knock again on the same two (F-157, F-160).
    pub(super) fn asks_for_another_scheme(&self) -> bool {
        matches!(
            self.status,
            Some(StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED)
        )
    }

    /// Whether it may have been the key: one of the knocks was not believed, and what counts is that or a 400. Who
    /// answers 400 to the scheme that it does not know may still know the other one.
    pub(super) fn asks_for_another_key(&self) -> bool {
        self.disbelieved && self.asks_for_another_scheme()
    }

    /// Of two knocks the one that counts. The second counts only when the host took it, or asks for peace: what
    /// a host says that does not know its scheme means nothing, and must not end a delivery that a 401 keeps.
    pub(super) fn or(self, second: Self) -> Self {
        let disbelieved = self.disbelieved || second.disbelieved;
        let counts = match second.verdict {
            AnswerMeaning::Delivered | AnswerMeaning::Later { rest: Some(_) } => second,
            AnswerMeaning::Refused | AnswerMeaning::Later { rest: None } => self,
        };
        Self {
            disbelieved,
            ..counts
        }
    }

    pub(super) fn into_attempt(self, delivery: DueDelivery) -> Attempt {
        let taken = self.verdict == AnswerMeaning::Delivered;
        Attempt {
            delivery,
            verdict: self.verdict,
            status: self.status,
            body: self.body,
            taken_by: taken.then_some(self.scheme),
        }
    }

    fn without_answer(scheme: Scheme, verdict: AnswerMeaning, why: &dyn Error) -> Self {
        Self {
            scheme,
            verdict,
            status: None,
            body: explain(why),
            disbelieved: false,
        }
    }

    fn unsigned(scheme: Scheme, error: &SignError) -> Self {
        let verdict = match error {
            SignError::NoHost(_) => AnswerMeaning::Refused,
            // Our own trouble: a clock or a key that somebody has to mend.
            SignError::KeyId(_)
            | SignError::Clock(_)
            | SignError::Header(_)
            | SignError::Unsignable(_)
            | SignError::Arithmetic(_) => {
                tracing::error!(error = %error, "cannot sign a delivery");
                AnswerMeaning::Later { rest: None }
            }
        };
        Self::without_answer(scheme, verdict, error)
    }
}

/// What a status means: any 2xx is success; a redirect is none, because the signature would be for another target,
/// and may pass, as the inbox of an actor who is read again (F-161). 501 and every 4xx but 401, 408 and 429 stay,
/// everything else may pass (F-162).
fn judge_status(status: StatusCode, retry_after: Option<Duration>) -> AnswerMeaning {
    match status.as_u16() {
        200..=299 => AnswerMeaning::Delivered,
        // Too many requests are a matter of the host, whether it says how long or not.
        429 => AnswerMeaning::Later {
            rest: Some(retry_after.unwrap_or_default()),
        },
        401 | 408 => AnswerMeaning::Later { rest: retry_after },
        400..=499 | 501 => AnswerMeaning::Refused,
        _ => AnswerMeaning::Later { rest: retry_after },
    }
}

/// What no answer means. A forbidden address may be a resolver's passing fault, and connects to nobody;
/// a forbidden URL stays one.
fn judge_reason(reason: &FetchFailure) -> AnswerMeaning {
    match reason {
        FetchFailure::Forbidden(Forbidden::Address(_) | Forbidden::OutsideLaboratory(_))
        | FetchFailure::Unsigned(_)
        | FetchFailure::Network(_)
        | FetchFailure::TimedOut
        | FetchFailure::Resting
        | FetchFailure::Busy => AnswerMeaning::Later { rest: None },
        FetchFailure::Forbidden(_)
        | FetchFailure::TooManyRedirects
        | FetchFailure::RedirectLoop
        | FetchFailure::NoTarget
        | FetchFailure::BadTarget(_)
        | FetchFailure::Downgrade
        | FetchFailure::TooBig
        | FetchFailure::Encoding
        | FetchFailure::MediaType(_)
        | FetchFailure::NoId(_)
        | FetchFailure::ForeignId => AnswerMeaning::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_status_says_whether_to_try_again() {
        let later = AnswerMeaning::Later { rest: None };
        let check = |statuses: &[u16], expected| {
            for status in statuses {
                let status = StatusCode::from_u16(*status).unwrap();
                assert_eq!(judge_status(status, None), expected, "{status}");
            }
        };
        check(&[200, 201, 202, 204, 299], AnswerMeaning::Delivered);
        check(&[301, 302, 303, 304, 307, 308, 600, 999], later);
        check(
            &[400, 402, 403, 404, 405, 406, 410, 413, 422, 451, 499],
            AnswerMeaning::Refused,
        );
        check(&[501], AnswerMeaning::Refused);
        check(&[401, 408, 500, 502, 503, 504, 520, 530, 599], later);
        check(
            &[429],
            AnswerMeaning::Later {
                rest: Some(Duration::ZERO),
            },
        );
    }

    #[test]
    fn retry_after_is_a_matter_of_the_whole_host() {
        let rest = Some(Duration::from_secs(30));
        for status in [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ] {
            assert_eq!(judge_status(status, rest), AnswerMeaning::Later { rest });
        }
        assert_eq!(
            judge_status(StatusCode::ACCEPTED, rest),
            AnswerMeaning::Delivered
        );
        assert_eq!(judge_status(StatusCode::GONE, rest), AnswerMeaning::Refused);
    }

    #[test]
    fn a_forbidden_url_is_refused_and_a_forbidden_address_tried_again() {
        let address = Forbidden::Address(Ipv4Addr::LOCALHOST.into());
        let later = AnswerMeaning::Later { rest: None };
        assert_eq!(judge_reason(&FetchFailure::Forbidden(address)), later);
        assert_eq!(judge_reason(&FetchFailure::TimedOut), later);
        let scheme = Forbidden::Scheme("ftp".to_owned());
        assert_eq!(
            judge_reason(&FetchFailure::Forbidden(scheme)),
            AnswerMeaning::Refused
        );
        let blocked = Forbidden::Blocked("m.example".to_owned());
        assert_eq!(
            judge_reason(&FetchFailure::Forbidden(blocked)),
            AnswerMeaning::Refused
        );
    }
}
