//! One attempt: a stored body becomes a signed POST, and the answer a verdict (F-161 … F-164).

use std::{error::Error, time::Duration};

use http::{Method, StatusCode};
use url::Url;

use super::explain;
use crate::{
    clock::Clock,
    net::{Client, Posted, Reason, guard::Forbidden},
    signature::{Outgoing, Scheme, SignError, Signer},
    store::DueDelivery,
};

/// The one kind of activity that goes to a blocked host too: it ends a follow (`block add --cut`).
const LAST_WORD: &str = "Reject";

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
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
    pub(super) verdict: Verdict,
    pub(super) status: Option<StatusCode>,
    /// The beginning of the answer, or why there was none.
    pub(super) body: String,
}

/// Our two actors' keys: each activity is signed by the one who speaks in it (F-148).
#[derive(Clone, Debug)]
pub struct Signers {
    /// Signs what the letter says.
    pub letter: Signer,
    /// Signs what the instance actor says: that it takes no followers.
    pub instance: Signer,
}

impl Signers {
    /// The key of whoever speaks in this activity.
    fn of(&self, body: &str) -> &Signer {
        #[derive(serde::Deserialize)]
        struct Spoken<'a> {
            #[serde(borrow)]
            actor: std::borrow::Cow<'a, str>,
        }
        let instance = self.instance.key_id.split('#').next().unwrap_or_default();
        match serde_json::from_str::<Spoken<'_>>(body) {
            Ok(spoken) if spoken.actor == instance => &self.instance,
            Ok(_) | Err(_) => &self.letter,
        }
    }
}

/// Sends one delivery. The signature is made here, for this attempt alone (F-147).
pub(super) async fn send(
    client: &Client,
    signers: &Signers,
    clock: &dyn Clock,
    delivery: DueDelivery,
) -> Attempt {
    let url = match Url::parse(&delivery.inbox) {
        Ok(url) => url,
        Err(error) => return Attempt::without_answer(delivery, Verdict::Refused, &error),
    };
    let body = delivery.body.as_bytes();
    let outgoing = Outgoing {
        method: &Method::POST,
        url: &url,
        body: Some(body),
        accept: None,
    };
    let signer = signers.of(&delivery.body);
    let headers = match signer.sign(&outgoing, Scheme::Cavage, clock.now()) {
        Ok(headers) => headers,
        Err(error) => return Attempt::unsigned(delivery, &error),
    };
    let posted = if delivery.kind == LAST_WORD {
        client
            .post_last_word(&url, headers, delivery.body.clone())
            .await
    } else {
        client.post(&url, headers, delivery.body.clone()).await
    };
    match posted {
        Posted::Answered {
            status,
            retry_after,
            body_start,
        } => Attempt {
            delivery,
            verdict: judge_status(status, retry_after),
            status: Some(status),
            body: body_start,
        },
        Posted::Unreachable(reason) => {
            let verdict = judge_reason(&reason);
            Attempt::without_answer(delivery, verdict, &reason)
        }
    }
}

impl Attempt {
    fn without_answer(delivery: DueDelivery, verdict: Verdict, why: &dyn Error) -> Self {
        Self {
            delivery,
            verdict,
            status: None,
            body: explain(why),
        }
    }

    fn unsigned(delivery: DueDelivery, error: &SignError) -> Self {
        let verdict = match error {
            SignError::NoHost(_) => Verdict::Refused,
            // Our own trouble: a clock or a key that somebody has to mend.
            SignError::KeyId(_)
            | SignError::Clock(_)
            | SignError::Header(_)
            | SignError::Unsignable(_)
            | SignError::Arithmetic(_) => {
                tracing::error!(error = %error, "cannot sign a delivery");
                Verdict::Later { rest: None }
            }
        };
        Self::without_answer(delivery, verdict, error)
    }
}

/// What a status means: any 2xx is success, a redirect is none, because the signature would be for
/// another target (F-161); 401, 408, 429 and 5xx but 501 may pass, everything else stays (F-162).
fn judge_status(status: StatusCode, retry_after: Option<Duration>) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Delivered,
        // Too many requests are a matter of the host, whether it says how long or not.
        429 => Verdict::Later {
            rest: Some(retry_after.unwrap_or_default()),
        },
        501 => Verdict::Refused,
        401 | 408 | 500..=599 => Verdict::Later { rest: retry_after },
        _ => Verdict::Refused,
    }
}

/// What no answer means. A forbidden address may be a resolver's passing fault, and connects to nobody;
/// a forbidden URL stays one.
fn judge_reason(reason: &Reason) -> Verdict {
    match reason {
        Reason::Forbidden(Forbidden::Address(_) | Forbidden::OutsideLaboratory(_))
        | Reason::Unsigned(_)
        | Reason::Network(_)
        | Reason::TimedOut
        | Reason::Resting
        | Reason::Busy => Verdict::Later { rest: None },
        Reason::Forbidden(_)
        | Reason::TooManyRedirects
        | Reason::RedirectLoop
        | Reason::NoTarget
        | Reason::BadTarget(_)
        | Reason::Downgrade
        | Reason::TooBig
        | Reason::Encoding
        | Reason::MediaType(_)
        | Reason::NoId(_)
        | Reason::ForeignId => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_status_says_whether_to_try_again() {
        let later = Verdict::Later { rest: None };
        let check = |statuses: &[u16], expected| {
            for status in statuses {
                let status = StatusCode::from_u16(*status).unwrap();
                assert_eq!(judge_status(status, None), expected, "{status}");
            }
        };
        check(&[200, 201, 202, 204, 299], Verdict::Delivered);
        check(&[301, 302, 303, 304, 307, 308], Verdict::Refused);
        check(
            &[400, 402, 403, 404, 405, 406, 410, 413, 422, 451, 499],
            Verdict::Refused,
        );
        check(&[501, 600, 999], Verdict::Refused);
        check(&[401, 408, 500, 502, 503, 504, 520, 530, 599], later);
        check(
            &[429],
            Verdict::Later {
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
            assert_eq!(judge_status(status, rest), Verdict::Later { rest });
        }
        assert_eq!(judge_status(StatusCode::ACCEPTED, rest), Verdict::Delivered);
        assert_eq!(judge_status(StatusCode::GONE, rest), Verdict::Refused);
    }

    #[test]
    fn a_forbidden_url_is_refused_and_a_forbidden_address_tried_again() {
        let address = Forbidden::Address(Ipv4Addr::LOCALHOST.into());
        let later = Verdict::Later { rest: None };
        assert_eq!(judge_reason(&Reason::Forbidden(address)), later);
        assert_eq!(judge_reason(&Reason::TimedOut), later);
        let scheme = Forbidden::Scheme("ftp".to_owned());
        assert_eq!(judge_reason(&Reason::Forbidden(scheme)), Verdict::Refused);
        let blocked = Forbidden::Blocked("m.example".to_owned());
        assert_eq!(judge_reason(&Reason::Forbidden(blocked)), Verdict::Refused);
    }
}
