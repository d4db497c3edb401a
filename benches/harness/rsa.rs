//! What this machine does of RSA-2048 and nothing else: the rates of the program are compared with it.

use std::time::Instant;

use http::Method;
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{PublicKey, Received, Scheme, inspect},
};
use url::Url;

use crate::support::fediverse::{KEY, signed_by, signer};

/// Whose key signs.
const KEY_ID: &str = "https://letter.example/actor#main-key";

/// Signatures a second on so many threads, of which each makes `n`.
pub(crate) fn signatures(threads: u32, n: u32) -> anyhow::Result<f64> {
    let signer = signer(KEY_ID);
    let url = Url::parse("https://server.example/inbox")?;
    let now = SystemClock.now();
    let signs = || !signed_by(&signer, Scheme::Cavage, &url, b"{}", now).is_empty();
    on_threads(threads, n, signs)
}

/// Checks of a signature a second on so many threads, of which each makes `n`.
pub(crate) fn checks(threads: u32, n: u32) -> anyhow::Result<f64> {
    let url = Url::parse("https://letter.example/inbox")?;
    let now = SystemClock.now();
    let headers = signed_by(&signer(KEY_ID), Scheme::Cavage, &url, b"{}", now);
    let received = Received {
        method: &Method::POST,
        target: "/inbox",
        headers: &headers,
        body: b"{}",
    };
    let claim = inspect(&received, &url.origin().ascii_serialization(), now)?;
    let key = PublicKey::from_pem(&KEY.public_key_pem())?;
    on_threads(threads, n, || claim.verify(&key).is_ok())
}

/// How often `work` is done in a second; it has to succeed.
fn on_threads(threads: u32, n: u32, work: impl Fn() -> bool + Sync) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let done = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| (0..n).all(|_| work())))
            .collect();
        running
            .into_iter()
            .all(|thread| thread.join().unwrap_or(false))
    });
    anyhow::ensure!(done, "RSA failed");
    Ok(f64::from(threads * n) / begun.elapsed().as_secs_f64())
}
