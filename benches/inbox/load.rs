//! The generator: connections that are kept alive, each with one request under way. It reads as little of an
//! answer as it can, because it shares the machine with the server.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// What became of many requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// How long each answer took, shortest first.
    pub(crate) latencies: Vec<Duration>,
    /// How often each status was answered.
    pub(crate) statuses: BTreeMap<u16, usize>,
}

impl Outcome {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        let n = u32::try_from(self.latencies.len()).unwrap_or(u32::MAX);
        f64::from(n) / self.took.as_secs_f64()
    }
}

/// Sends all requests over so many connections, the first one of each at the same time.
pub(crate) async fn send(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    connections: usize,
) -> anyhow::Result<Outcome> {
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    send_over(streams, requests).await
}

/// The same over connections that are there.
pub(crate) async fn send_over<S>(streams: Vec<S>, requests: Vec<Vec<u8>>) -> anyhow::Result<Outcome>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connections = streams.len().max(1);
    let mut shares: Vec<Vec<Vec<u8>>> = streams.iter().map(|_| Vec::new()).collect();
    for (number, request) in requests.into_iter().enumerate() {
        let share = shares.get_mut(number % connections);
        share.context("no connection")?.push(request);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (stream, share) in streams.into_iter().zip(shares) {
        running.spawn(converse(stream, share));
    }
    let mut outcome = Outcome::default();
    while let Some(done) = running.join_next().await {
        for (status, latency) in done?? {
            *outcome.statuses.entry(status).or_default() += 1;
            outcome.latencies.push(latency);
        }
    }
    outcome.took = begun.elapsed();
    outcome.latencies.sort_unstable();
    Ok(outcome)
}

/// One connection: a request, its answer, the next request.
async fn converse<S>(mut stream: S, requests: Vec<Vec<u8>>) -> anyhow::Result<Vec<(u16, Duration)>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut answers = Vec::with_capacity(requests.len());
    let mut buffer = Vec::with_capacity(4096);
    for request in requests {
        let begun = Instant::now();
        stream.write_all(&request).await?;
        stream.flush().await?;
        let answer = tokio::time::timeout(DEADLINE, answer(&mut stream, &mut buffer)).await;
        answers.push((answer.context("no answer in time")??, begun.elapsed()));
    }
    Ok(answers)
}

/// Reads one answer and gives its status. The server answers deliveries without a body.
async fn answer<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> anyhow::Result<u16> {
    buffer.clear();
    while !buffer.ends_with(b"\r\n\r\n") {
        let n = stream.read_buf(buffer).await?;
        anyhow::ensure!(n > 0, "the server closed the connection");
    }
    let status = buffer.get(9..12).context("no status")?;
    Ok(std::str::from_utf8(status)?.parse()?)
}
