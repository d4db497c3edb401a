//! Readers of the letter's page during the fan-out.

use std::{
    fmt,
    time::{Duration, Instant},
};

use reqwest::Client;

use super::harness::{millis, percentile};

/// Between two requests.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the page took each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageTimes(Vec<Duration>);

impl PageTimes {
    /// Adds others.
    pub(crate) fn add(&mut self, others: Self) {
        self.0.extend(others.0);
        self.0.sort_unstable();
    }
}

impl fmt::Display for PageTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|it| millis(percentile(&self.0, it)));
        write!(f, "p50 {half} p99 {most} ms ({} looks)", self.0.len())
    }
}

/// Requests the page again and again for a while; each time it has to be there.
pub(crate) async fn look(
    browser: &Client,
    page: &str,
    while_: Duration,
) -> anyhow::Result<PageTimes> {
    let begun = Instant::now();
    let mut times = PageTimes::default();
    while begun.elapsed() < while_ {
        let asked = Instant::now();
        let answer = browser.get(page).send().await?;
        answer.error_for_status()?.bytes().await?;
        times.0.push(asked.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    times.0.sort_unstable();
    Ok(times)
}
