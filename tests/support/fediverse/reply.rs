//! What the fake server can be told to do with a request.

use std::{sync::Arc, time::Duration};

use super::{
    ACTIVITY_JSON,
    wire::{Answer, Request},
};
use axum::{body::Body, response::Response};
use serde_json::Value;
use tokio::sync::{Barrier, watch};
use undersigned::{clock::FixedClock, signature::Scheme};

/// What is done with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status.
    Status(u16),
    /// A status with `Retry-After`, in seconds.
    RetryAfter(u16, u64),
    /// Status, headers and body.
    Sent(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// 202 to what is signed by this scheme, 401 to everything else.
    Only(Scheme),
    /// A status after a while.
    Slowly(u16, Duration),
    /// A status, after so much time has passed on this clock.
    After(Arc<FixedClock>, Duration, u16),
    /// 202, as soon as so many requests are waiting at this gate.
    Gate(Arc<Barrier>),
    /// Another reply, as soon as this says `true`.
    Once(watch::Receiver<bool>, Box<Reply>),
    /// Nothing, until the other side gives up.
    Hang,
    /// The connection is reset.
    Reset,
}

impl Reply {
    /// A document of the media type that servers ask for.
    pub(crate) fn document(body: impl Into<Vec<u8>>) -> Self {
        Self::of_type(ACTIVITY_JSON, body)
    }

    /// A document of this media type.
    pub(crate) fn of_type(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", media_type.to_owned())];
        Self::Sent(200, headers, body.into())
    }

    /// A redirect.
    pub(crate) fn redirect(to: &str) -> Self {
        Self::Sent(302, vec![("location", to.to_owned())], Vec::new())
    }

    /// Does it.
    pub(super) async fn play(self, request: &Request) -> Answer {
        match self {
            Self::Status(status) => respond(status, &[], Vec::new()),
            Self::RetryAfter(status, seconds) => {
                respond(status, &[("retry-after", seconds.to_string())], Vec::new())
            }
            Self::Sent(status, headers, body) => respond(status, &headers, body),
            Self::Only(scheme) if Scheme::of(&request.headers) == scheme => {
                respond(202, &[], Vec::new())
            }
            Self::Only(_) => respond(401, &[], Vec::new()),
            Self::Slowly(status, wait) => {
                tokio::time::sleep(wait).await;
                respond(status, &[], Vec::new())
            }
            Self::After(clock, time, status) => {
                clock.advance(time);
                respond(status, &[], Vec::new())
            }
            Self::Gate(gate) => {
                gate.wait().await;
                respond(202, &[], Vec::new())
            }
            Self::Once(mut opened, reply) => {
                opened.wait_for(|is_open| *is_open).await.ok();
                Box::pin(reply.play(request)).await
            }
            Self::Hang => Answer::Hang,
            Self::Reset => Answer::Reset,
        }
    }
}

impl From<&Value> for Reply {
    fn from(document: &Value) -> Self {
        Self::document(document.to_string())
    }
}

impl From<Value> for Reply {
    fn from(document: Value) -> Self {
        Self::from(&document)
    }
}

fn respond(status: u16, headers: &[(&'static str, String)], body: Vec<u8>) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    Answer::Response(response.body(Body::from(body)).unwrap())
}
