//! The bodies of deliveries, read within limits of size, time and memory.
//!
//! A body is held until its delivery is answered, and anybody may send one. So there is a limit for all of them
//! together, and one client gets a quarter of it. Bytes are counted as they arrive, not as they are promised: a
//! request that claims a large body and sends none holds nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody as _};
use futures_util::StreamExt as _;

use super::client_ip::Caller;
use crate::rate_limit::Network;

/// The most bytes of all bodies together: 64 of the largest ones.
const MAX_HELD_BODIES: usize = 64 * 1024 * 1024;

/// The most bytes of the bodies of one client.
const MAX_HELD_OF_ONE: usize = MAX_HELD_BODIES / 4;

/// How long a body may take, shorter than a request.
const MAX_TIME: Duration = Duration::from_secs(20);

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// Larger than allowed.
    #[error("the body is too large")]
    TooLarge,
    /// It took longer than [`MAX_TIME`].
    #[error("the body took too long")]
    TooSlow,
    /// The connection failed.
    #[error("the body cannot be read whole")]
    Broken(#[source] axum::Error),
    /// Too much is held already.
    #[error("too many large bodies are being read")]
    NoRoom,
}

/// The bytes that are held.
#[derive(Debug, Default)]
struct Held {
    all: usize,
    /// Those of the clients that are known.
    by_network: HashMap<Network, usize>,
}

/// The count of the held bodies.
#[derive(Debug)]
pub struct HeldBodies {
    held: Mutex<Held>,
    max_time: Duration,
}

impl Default for HeldBodies {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
            max_time: MAX_TIME,
        }
    }
}

/// A body, counted until it is dropped.
#[derive(Debug)]
pub struct HeldBody<'a> {
    _counted: HeldBytes<'a>,
    bytes: Vec<u8>,
}

impl HeldBody<'_> {
    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes of one body, given back when it is dropped.
#[derive(Debug)]
struct HeldBytes<'a> {
    bodies: &'a HeldBodies,
    caller: Caller,
    bytes: usize,
}

impl HeldBytes<'_> {
    fn add(&mut self, bytes: usize) -> Result<(), NotRead> {
        self.bodies.change(|held| {
            let all = held.all.saturating_add(bytes);
            if all > MAX_HELD_BODIES {
                return Err(NotRead::NoRoom);
            }
            if let Caller(Some(network)) = self.caller {
                let of_one = held.by_network.entry(network).or_default();
                if of_one.saturating_add(bytes) > MAX_HELD_OF_ONE {
                    return Err(NotRead::NoRoom);
                }
                *of_one = of_one.saturating_add(bytes);
            }
            held.all = all;
            Ok(())
        })?;
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }
}

impl Drop for HeldBytes<'_> {
    fn drop(&mut self) {
        self.bodies.change(|held| {
            held.all = held.all.saturating_sub(self.bytes);
            if let Caller(Some(network)) = self.caller
                && let Some(of_one) = held.by_network.get_mut(&network)
            {
                *of_one = of_one.saturating_sub(self.bytes);
                if *of_one == 0 {
                    held.by_network.remove(&network);
                }
            }
        });
    }
}

impl HeldBodies {
    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// [`NotRead`].
    pub async fn read(
        &self,
        body: Body,
        limit: usize,
        caller: Caller,
    ) -> Result<HeldBody<'_>, NotRead> {
        let counted = HeldBytes {
            bodies: self,
            caller,
            bytes: 0,
        };
        let reading = tokio::time::timeout(self.max_time, collect(counted, body, limit));
        reading.await.map_err(|_elapsed| NotRead::TooSlow)?
    }

    /// A poisoned lock is taken over: no change above leaves the count half done.
    fn change<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn collect(
    mut counted: HeldBytes<'_>,
    body: Body,
    limit: usize,
) -> Result<HeldBody<'_>, NotRead> {
    // What is promised to be too large need not be sent.
    let promised = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if promised > limit {
        return Err(NotRead::TooLarge);
    }
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes = chunk.map_err(NotRead::Broken)?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(NotRead::TooLarge);
        }
        counted.add(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(HeldBody {
        _counted: counted,
        bytes,
    })
}

#[cfg(test)]
#[path = "held_bodies_tests.rs"]
mod tests;
