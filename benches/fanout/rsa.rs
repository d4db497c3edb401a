//! How many signatures this machine makes and nothing else: what the rate of deliveries is compared with.

use std::{sync::Arc, time::Instant};

use http::Method;
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{KeyPair, Outgoing, Scheme, Signer},
};
use url::Url;

/// Signatures of one thread.
const SIGNATURES: u32 = 3000;

/// RSA-2048 signatures a second, on all cores.
pub(crate) fn signatures() -> anyhow::Result<f64> {
    let signer = Signer {
        key_id: "https://letter.example/actor#main-key".to_owned(),
        key: Arc::new(KeyPair::generate()?),
    };
    let url = Url::parse("https://server.example/inbox")?;
    let request = Outgoing {
        method: &Method::POST,
        url: &url,
        body: Some(b"{}"),
        accept: None,
    };
    let now = SystemClock.now();
    let threads = u32::try_from(std::thread::available_parallelism()?.get())?;
    let begun = Instant::now();
    let made = std::thread::scope(|scope| {
        let sign = || (0..SIGNATURES).all(|_| signer.sign(&request, Scheme::Cavage, now).is_ok());
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(sign)).collect();
        running.into_iter().all(|it| it.join().unwrap_or(false))
    });
    anyhow::ensure!(made, "a signature was not made");
    Ok(f64::from(threads * SIGNATURES) / begun.elapsed().as_secs_f64())
}
