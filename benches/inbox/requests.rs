//! Requests, signed beforehand and kept as the bytes that go over the wire.

use anyhow::Context as _;
use http::Method;
use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{Outgoing, Scheme, Signer},
};
use url::Url;

use super::people::Person;

/// A like and its undo, as Mastodon sends them.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The request that likes the letter.
    pub(crate) like: Vec<u8>,
    /// The request that takes it back.
    pub(crate) undo: Vec<u8>,
}

/// Everybody's like and undo, signed now: they can be sent for an hour.
pub(crate) fn signed(people: &[Person], origin: &Url) -> anyhow::Result<Vec<Pair>> {
    on_all_cores(people, |person| pair(person, origin))
}

/// The letter's like of this person.
fn pair(person: &Person, origin: &Url) -> anyhow::Result<Pair> {
    let id = format!("{}#likes/1", person.id);
    let like = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": id,
        "type": "Like",
        "actor": person.id,
        "object": origin.join("/letter")?.as_str(),
    });
    let undo = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{id}/undo"),
        "type": "Undo",
        "actor": person.id,
        "object": like,
    });
    Ok(Pair {
        like: request(person, origin, &like)?,
        undo: request(person, origin, &undo)?,
    })
}

fn request(person: &Person, origin: &Url, activity: &Value) -> anyhow::Result<Vec<u8>> {
    let body = activity.to_string();
    let signer = Signer {
        key_id: person.key_id.clone(),
        key: std::sync::Arc::clone(&person.key),
    };
    let outgoing = Outgoing {
        method: &Method::POST,
        url: &origin.join("/inbox")?,
        body: Some(body.as_bytes()),
        accept: None,
    };
    let headers = signer.sign(&outgoing, Scheme::Cavage, SystemClock.now())?;
    let mut bytes = b"POST /inbox HTTP/1.1\r\n".to_vec();
    for (name, value) in &headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body.as_bytes());
    Ok(bytes)
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
