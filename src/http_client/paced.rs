//! Fetches for people who proved nothing, such as visitors of a page: each domain is asked at a pace, whoever leads us there.

use std::{fmt, sync::Arc};

use url::Url;

use super::{
    Client,
    fetch::{Accept, Document, FetchBounds, FetchError},
    pace::Pace,
};
use crate::clock::Clock;

/// Such fetches.
pub struct PacedFetches {
    client: Client,
    pace: Pace,
}

impl fmt::Debug for PacedFetches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacedFetches").finish_non_exhaustive()
    }
}

impl PacedFetches {
    /// Nobody was asked yet.
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            client,
            pace: Pace::new(clock),
        }
    }

    /// [`Client::fetch`], at the pace of each domain on the way.
    pub async fn fetch(&self, url: &Url, accept: Accept) -> Result<Document, FetchError> {
        let bounds = FetchBounds {
            pace: Some(&self.pace),
            ..FetchBounds::default()
        };
        let client = &self.client;
        client.in_time(client.follow(url, accept, bounds)).await
    }
}
