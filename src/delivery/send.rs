//! One attempt: a stored body becomes a signed POST, with one signature scheme or with both in turn, and the answer
//! becomes a verdict.

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};

use http::StatusCode;
use url::Url;

use super::{
    bodies::ActivityBody,
    error::explain,
    lanes::Lanes,
    pace::is_late,
    signing_pool::{SigningPool, UnsignedRequest},
};
use crate::{
    activitystreams::paths::{FEATURE_AUTHORIZATIONS, QUOTE_AUTHORIZATIONS},
    clock::Clock,
    http_client::{Client, Destination, FetchFailure, PostOutcome, guard::Forbidden},
    signature::{Scheme, SignError, Signer},
    store::{DueDelivery, FormerKeys},
};

/// Whether a delivery goes to a blocked host as well: it ends a follow (`block add --cut`), or takes back the permission
/// to quote, or to show our actor.
fn is_last_word(delivery: &DueDelivery) -> bool {
    match delivery.kind.as_str() {
        "Reject" => true,
        "Delete" => [QUOTE_AUTHORIZATIONS, FEATURE_AUTHORIZATIONS]
            .iter()
            .any(|of_uses| delivery.subject.starts_with(of_uses)),
        _ => false,
    }
}

/// The meaning of an answer for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerMeaning {
    /// The host took it.
    Delivered,
    /// The host will never take it.
    Refused,
    /// The host may take it later.
    Later {
        /// The pause for the whole host, if it asked for one.
        rest: Option<Rest>,
    },
}

/// A pause that a host asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rest {
    /// It did not say how long (429 without `Retry-After`).
    Unnamed,
    /// Its `Retry-After`.
    Named(Duration),
}

/// One attempt at a delivery, and its result.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) delivery: DueDelivery,
    pub(super) verdict: AnswerMeaning,
    pub(super) status: Option<StatusCode>,
    /// The beginning of the answer's body, or the error when there was no answer.
    pub(super) body: String,
    /// The signature scheme that the host accepted, if it took the delivery.
    pub(super) taken_by: Option<Scheme>,
    /// The former key that the host refused, if it took the delivery by the newest one.
    pub(super) refused_key: Option<i64>,
    /// Whether a request of it took long, or was not answered in time.
    pub(super) late: bool,
}

impl Attempt {
    /// Whether more may be sent to the host at once. One failure tells as much as ten, and a host that turns out to be
    /// slow gets no more than its share.
    pub(super) fn lets_others_follow(&self) -> bool {
        !self.late && !matches!(self.verdict, AnswerMeaning::Later { .. })
    }
}

/// One request, signed with one scheme, and its result.
#[derive(Clone, Debug)]
pub(super) struct Knock {
    scheme: Scheme,
    verdict: AnswerMeaning,
    status: Option<StatusCode>,
    body: String,
    /// Whether this request, or the other one of two, was answered 401.
    disbelieved: bool,
    /// Whether this request, or the other one of two, took long or was not answered in time.
    late: bool,
}

/// A delivery to be sent now, with its body.
#[derive(Clone, Debug)]
pub(super) struct LoadedDelivery {
    pub(super) row: DueDelivery,
    pub(super) body: Arc<ActivityBody>,
}

/// Everything that a request needs: client, keys, signing threads, connections, and clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeliveryContext<'a> {
    pub(super) client: &'a Client,
    pub(super) signers: &'a Signers,
    /// The former keys that sign what the host gets, by their ids in the database.
    pub(super) former: FormerKeys,
    pub(super) pool: &'a SigningPool,
    pub(super) lanes: &'a Lanes,
    pub(super) clock: &'a Arc<dyn Clock>,
}

/// The keys of our two actors. Each activity is signed with the key of its `actor`: Mastodon drops an activity that
/// somebody else signed.
#[derive(Clone, Debug)]
pub struct Signers {
    /// Signs the activities of the letter's actor.
    pub letter: Signer,
    /// Signs the activities of the instance actor, which rejects follows and tells of its keys.
    pub instance: Signer,
    /// Earlier keys of both by their ids in the database. They sign for hosts that were not told of the newest ones,
    /// because many servers never read a key again that they have in their cache.
    pub former: BTreeMap<i64, Signer>,
}

impl Signers {
    /// The keys that sign what we read: the instance actor's, and the letter's for hosts that do not believe that one.
    pub fn of_gets(&self) -> [Signer; 2] {
        [self.instance.clone(), self.letter.clone()]
    }

    /// The newest key of the activity's `actor`, and the former one that signs in its place, with its id: of `keys`,
    /// unless it was erased.
    fn of(&self, body: &ActivityBody, keys: FormerKeys) -> (&Signer, Option<(i64, &Signer)>) {
        let instance = self.instance.key_id.split('#').next().unwrap_or_default();
        let (newest, former) = if body.actor == instance {
            (&self.instance, keys.instance)
        } else {
            (&self.letter, keys.letter)
        };
        let former = former.and_then(|id| Some((id, self.former.get(&id)?)));
        (newest, former)
    }
}

/// The scheme of the second knock.
pub(super) const fn other(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::Cavage => Scheme::Rfc9421,
        Scheme::Rfc9421 => Scheme::Cavage,
    }
}

/// Finds out where a delivery would go, before it is signed.
///
/// # Errors
/// The result of the attempt when its host must not or cannot be spoken to.
pub(super) async fn destination(
    client: &Client,
    delivery: &DueDelivery,
    scheme: Scheme,
) -> Result<Destination, Knock> {
    let url = inbox(delivery, scheme)?;
    let found = match client.may_speak_to(&url) {
        Err(Forbidden::Blocked(host)) if !is_last_word(delivery) => {
            Err(Forbidden::Blocked(host).into())
        }
        Ok(_) | Err(_) => client.destination(&url).await,
    };
    found.map_err(|reason| Knock::unanswered(scheme, &reason, false))
}

fn inbox(delivery: &DueDelivery, scheme: Scheme) -> Result<Url, Knock> {
    let parsed = Url::parse(&delivery.inbox);
    parsed.map_err(|error| Knock::without_answer(scheme, AnswerMeaning::Refused, &error))
}

impl DeliveryContext<'_> {
    /// The id of the former key that signs this delivery.
    pub(super) fn former_key(&self, body: &ActivityBody) -> Option<i64> {
        let (_, former) = self.signers.of(body, self.former);
        former.map(|(id, _)| id)
    }

    /// Signs and sends one delivery. Every request gets a signature of its own.
    pub(super) async fn knock(&self, delivery: &LoadedDelivery, scheme: Scheme) -> Knock {
        let LoadedDelivery { row, body } = delivery;
        let url = match inbox(row, scheme) {
            Ok(url) => url,
            Err(knock) => return knock,
        };
        let (newest, former) = self.signers.of(body, self.former);
        let signer = former.map_or(newest, |(_, signer)| signer);
        let body = Arc::clone(body);
        let request = UnsignedRequest { url, body };
        let made = match self.pool.sign(request, signer, scheme, self.clock).await {
            Ok(made) => made,
            Err(error) => return Knock::unsigned(scheme, &error),
        };
        let (UnsignedRequest { url, body }, headers) = (made.request, made.headers);
        let posting = async {
            let (begun, body) = (self.clock.now(), body.bytes.clone());
            let posted = if is_last_word(row) {
                self.client.post_last_word(&url, headers, body).await
            } else {
                self.client.post(&url, headers, body).await
            };
            // Without what came before: waiting for a signature is no fault of the host.
            (posted, is_late(self.clock.now().since(begun)))
        };
        let (posted, late) = self.lanes.watch(posting).await;
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
                late,
            },
            PostOutcome::Unreachable(reason) => Knock::unanswered(scheme, &reason, late),
        }
    }
}

impl Knock {
    /// Whether the signature scheme may be the cause: Mastodon and Fedify knock again on the same two statuses.
    pub(super) fn asks_for_another_scheme(&self) -> bool {
        matches!(
            self.status,
            Some(StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED)
        )
    }

    /// Whether the key may be the cause: one of the knocks was answered 401, and the one that counts 401 or 400. A host
    /// that answers 400 to a scheme it does not know may still know the other one.
    pub(super) fn asks_for_another_key(&self) -> bool {
        self.disbelieved && self.asks_for_another_scheme()
    }

    /// The one of two knocks that counts. The second counts only when the host took it, or asked for a pause: the
    /// answer of a host that does not know the second scheme means nothing, and must not end a delivery that a 401
    /// keeps alive.
    pub(super) fn or(self, second: Self) -> Self {
        let disbelieved = self.disbelieved || second.disbelieved;
        let late = self.late || second.late;
        let counts = match second.verdict {
            AnswerMeaning::Delivered | AnswerMeaning::Later { rest: Some(_) } => second,
            AnswerMeaning::Refused | AnswerMeaning::Later { rest: None } => self,
        };
        Self {
            disbelieved,
            late,
            ..counts
        }
    }

    /// The attempt that ends with this knock. `refused_key` is the former key that the host refused before.
    pub(super) fn into_attempt(self, delivery: DueDelivery, refused_key: Option<i64>) -> Attempt {
        let taken = self.verdict == AnswerMeaning::Delivered;
        Attempt {
            delivery,
            verdict: self.verdict,
            status: self.status,
            body: self.body,
            taken_by: taken.then_some(self.scheme),
            refused_key: refused_key.filter(|_| taken),
            late: self.late,
        }
    }

    /// Nothing is known of a request that made this program panic.
    pub(super) fn panicked(scheme: Scheme) -> Self {
        Self {
            scheme,
            verdict: AnswerMeaning::Later { rest: None },
            status: None,
            body: "this program failed (panic); its log says more".to_owned(),
            disbelieved: false,
            late: false,
        }
    }

    /// The host did not answer, or must not be asked.
    fn unanswered(scheme: Scheme, reason: &FetchFailure, late: bool) -> Self {
        Self {
            late: late || matches!(reason, FetchFailure::TimedOut),
            ..Self::without_answer(scheme, judge_reason(reason), reason)
        }
    }

    fn without_answer(scheme: Scheme, verdict: AnswerMeaning, why: &dyn Error) -> Self {
        Self {
            scheme,
            verdict,
            status: None,
            body: explain(why),
            disbelieved: false,
            late: false,
        }
    }

    fn unsigned(scheme: Scheme, error: &SignError) -> Self {
        let verdict = match error {
            SignError::NoHost(_) => AnswerMeaning::Refused,
            // The fault is ours: a clock or a key that the administrator has to repair.
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

/// The meaning of a status, with the classes that Mastodon uses. Any 2xx is success. A redirect is not followed,
/// because the signature is for another target; it is retried, because the actor is read again and may have a new
/// inbox. 501 and every 4xx but 401, 408 and 429 are final; everything else is retried.
fn judge_status(status: StatusCode, retry_after: Option<Duration>) -> AnswerMeaning {
    let named = retry_after.map(Rest::Named);
    match status.as_u16() {
        200..=299 => AnswerMeaning::Delivered,
        // 429 concerns the whole host, with or without `Retry-After`.
        429 => AnswerMeaning::Later {
            rest: named.or(Some(Rest::Unnamed)),
        },
        401 | 408 => AnswerMeaning::Later { rest: named },
        400..=499 | 501 => AnswerMeaning::Refused,
        _ => AnswerMeaning::Later { rest: named },
    }
}

/// The meaning of a missing answer. A forbidden address may be a temporary fault of a resolver, so it is retried; a
/// forbidden URL stays forbidden.
fn judge_reason(reason: &FetchFailure) -> AnswerMeaning {
    match reason {
        FetchFailure::Forbidden(Forbidden::Address(_) | Forbidden::OutsideLaboratory(_))
        | FetchFailure::Unsigned(_)
        | FetchFailure::NoAddress(_)
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
        | FetchFailure::ForeignId
        | FetchFailure::LeavesDomain => AnswerMeaning::Refused,
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
                rest: Some(Rest::Unnamed),
            },
        );
    }

    #[test]
    fn retry_after_is_a_matter_of_the_whole_host() {
        let header = Some(Duration::from_secs(30));
        let rest = header.map(Rest::Named);
        for status in [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ] {
            assert_eq!(judge_status(status, header), AnswerMeaning::Later { rest });
        }
        assert_eq!(
            judge_status(StatusCode::ACCEPTED, header),
            AnswerMeaning::Delivered
        );
        assert_eq!(
            judge_status(StatusCode::GONE, header),
            AnswerMeaning::Refused
        );
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
