//! How many signatures this machine can check and nothing else: what the rate of the inbox is compared with.

use std::time::Instant;

use anyhow::Context as _;
use http::{Method, header::HeaderMap};
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{Outgoing, PublicKey, Received, Scheme, Signer, UnverifiedSignature, inspect},
};
use url::Url;

use super::people::Person;

/// Checks of one thread.
const CHECKS: u32 = 50_000;

/// Prints how many RSA-2048 signatures are checked in a second, and what share of that the inbox reached.
pub(crate) fn compare(people: &[Person], rate: f64) -> anyhow::Result<()> {
    let (claim, key) = claim(people.first().context("nobody is there")?)?;
    for threads in [1, 2] {
        let begun = Instant::now();
        let right = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| (0..CHECKS).all(|_| claim.verify(&key).is_ok())))
                .collect();
            running.into_iter().all(|it| it.join().unwrap_or(false))
        });
        anyhow::ensure!(right, "a signature does not fit");
        let checks = f64::from(threads * CHECKS) / begun.elapsed().as_secs_f64();
        println!(
            "RSA-2048 alone, {threads} threads: {checks:.0} checks/s; the inbox took {:.0} % of that",
            100.0 * rate / checks
        );
    }
    Ok(())
}

fn claim(person: &Person) -> anyhow::Result<(UnverifiedSignature, PublicKey)> {
    let url = Url::parse("https://letter.example/inbox")?;
    let signer = Signer {
        key_id: person.key_id.clone(),
        key: std::sync::Arc::clone(&person.key),
    };
    let outgoing = Outgoing {
        method: &Method::POST,
        url: &url,
        body: Some(b"{}"),
        accept: None,
    };
    let now = SystemClock.now();
    let headers: HeaderMap = signer.sign(&outgoing, Scheme::Cavage, now)?;
    let received = Received {
        method: &Method::POST,
        target: "/inbox",
        headers: &headers,
        body: b"{}",
    };
    let claim = inspect(&received, &url.origin().ascii_serialization(), now)?;
    Ok((claim, PublicKey::from_pem(&person.key.public_key_pem())?))
}
