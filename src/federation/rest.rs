//! How long a service asked us to wait: nothing is asked of it before.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::StatusCode;

use crate::{clock::Millis, http_client::FetchError};

/// How long nothing is asked after a refusal that does not say how long.
const UNSAID: Duration = Duration::from_hours(1);

/// The longest time that a service may ask for; the limits of forges are by the hour.
const LONGEST: Duration = Duration::from_hours(24);

/// Until when a service wants not to be asked. A restart forgets it.
#[derive(Debug, Default)]
pub(super) struct WantedRest {
    until: Mutex<Millis>,
}

impl WantedRest {
    /// Whether it may be asked now.
    ///
    /// # Errors
    /// [`FetchError::Later`].
    pub(super) fn allows(&self, now: Millis) -> Result<(), FetchError> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until > now {
            return Err(FetchError::Later(
                StatusCode::TOO_MANY_REQUESTS,
                until.since(now),
            ));
        }
        Ok(())
    }

    /// Notes what it answered.
    pub(super) fn note<T>(&self, answer: &Result<T, FetchError>, now: Millis) {
        let rest = match answer {
            Err(FetchError::Later(_, rest)) => *rest,
            Err(FetchError::Refused(StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN)) => {
                UNSAID
            }
            Ok(_) | Err(_) => return,
        };
        let until = now.plus(rest.min(LONGEST));
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}
