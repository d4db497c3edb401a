//! Whoever reads the letter meanwhile.

use std::{
    fmt,
    time::{Duration, Instant},
};

use reqwest::Client;
use url::Url;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the page took each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct DereferenceJobs(Vec<Duration>);

impl DereferenceJobs {
    /// More of them.
    pub(crate) fn add(&mut self, others: Self) {
        self.0.extend(others.0);
        self.0.sort_unstable();
    }

    fn percentile(&self, percent: usize) -> f64 {
        let place = self.0.len().saturating_sub(1) * percent / 100;
        self.0.get(place).copied().unwrap_or_default().as_secs_f64() * 1000.0
    }
}

impl fmt::Display for DereferenceJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|it| self.percentile(it));
        write!(f, "p50 {half:.1} p99 {most:.1} ms ({} looks)", self.0.len())
    }
}

/// A browser.
pub(crate) fn browser() -> anyhow::Result<Client> {
    Ok(Client::builder().no_proxy().tls_certs_only([]).build()?)
}

/// Looks at the page again and again for a while; each time it has to be there.
pub(crate) async fn look(
    browser: &Client,
    page: &Url,
    while_: Duration,
) -> anyhow::Result<DereferenceJobs> {
    let begun = Instant::now();
    let mut looks = DereferenceJobs::default();
    while begun.elapsed() < while_ {
        let asked = Instant::now();
        let answer = browser.get(page.clone()).send().await?;
        answer.error_for_status()?.bytes().await?;
        looks.0.push(asked.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    looks.0.sort_unstable();
    Ok(looks)
}
