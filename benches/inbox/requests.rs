//! Requests, signed beforehand and kept as the bytes that go over the wire.

use anyhow::Context as _;
use serde_json::Value;

use super::support::world::Person;

/// A like and its undo, as Mastodon sends them.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The request that likes the letter.
    pub(crate) like: Vec<u8>,
    /// The request that takes it back.
    pub(crate) undo: Vec<u8>,
}

/// Everybody's like and undo, signed now: they can be sent for an hour.
pub(crate) fn signed(people: &[Person]) -> anyhow::Result<Vec<Pair>> {
    on_all_cores(people, |person| {
        let like = person.like();
        let undo = person.undo(&like);
        Ok(Pair {
            like: request(person, &like),
            undo: request(person, &undo),
        })
    })
}

/// The bytes of the request by which somebody delivers an activity.
pub(crate) fn request(person: &Person, activity: &Value) -> Vec<u8> {
    let (_, headers, body) = person.signed("/inbox", activity);
    let mut bytes = b"POST /inbox HTTP/1.1\r\n".to_vec();
    for (name, value) in &headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// Does `work` for each of `items` on all cores; gives the results in their order.
pub(crate) fn on_all_cores<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let cores = std::thread::available_parallelism()?.get();
    let share = items.len().div_ceil(cores).max(1);
    let work = &work;
    std::thread::scope(|threads| {
        let shares: Vec<_> = items
            .chunks(share)
            .map(|some| threads.spawn(move || some.iter().map(work).collect()))
            .collect();
        let mut results = Vec::with_capacity(items.len());
        for share in shares {
            let done: anyhow::Result<Vec<R>> = share.join().ok().context("a thread panicked")?;
            results.extend(done?);
        }
        Ok(results)
    })
}
