//! The real program as a process of its own, and what it costs.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use reqwest::Client;
use serde_json::Value;
use undersigned::store::{Access, Store};
use url::Url;

/// How long the server may take to start, or to end.
const DEADLINE: Duration = Duration::from_mins(1);

/// The program with its database and address.
#[derive(Debug)]
pub(crate) struct Program {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its base URL.
    pub(crate) origin: Url,
    database: String,
    config: &'static str,
    client: Client,
}

impl Program {
    /// A program that will serve from this database, by the file `config` of the folder of benchmarks.
    pub(crate) fn new(database: String, config: &'static str) -> anyhow::Result<Self> {
        // Free now: nothing else here takes ports in the meantime.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Self {
            address,
            origin: Url::parse(&format!("http://{address}"))?,
            database,
            config,
            client: Client::builder().no_proxy().tls_certs_only([]).build()?,
        })
    }

    /// Its database, for seeding.
    pub(crate) async fn store(&self) -> anyhow::Result<Store> {
        Ok(Store::open(&self.database, 2, Access::Existing).await?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let config = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("benches")
            .join(self.config);
        let mut command = Command::new(env!("CARGO_BIN_EXE_undersigned"));
        command
            .arg("--config")
            .arg(config)
            .args(arguments)
            .env("UNDERSIGNED__SERVER__BASE_URL", self.origin.as_str())
            .env("UNDERSIGNED__SERVER__LISTEN", self.address.to_string())
            .env("UNDERSIGNED__DATABASE__URL", &self.database);
        command
    }

    /// Starts the server and waits until it is ready.
    pub(crate) async fn serve(&self) -> anyhow::Result<Serving> {
        let mut serving = Serving(self.command(&["serve"]).spawn()?);
        let begun = Instant::now();
        let ready = self.origin.join("/readyz")?;
        loop {
            let answer = self.client.get(ready.clone()).send().await;
            if answer.is_ok_and(|it| it.status().is_success()) {
                return Ok(serving);
            }
            let ended = serving.0.try_wait()?;
            anyhow::ensure!(ended.is_none(), "the server ended: {ended:?}");
            anyhow::ensure!(begun.elapsed() < DEADLINE, "the server does not get ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many endorse, as everybody can read it.
    pub(crate) async fn likes(&self) -> anyhow::Result<u64> {
        let url = self.origin.join("/api/v1/count.json")?;
        let count: Value =
            serde_json::from_slice(&self.client.get(url).send().await?.bytes().await?)?;
        let liked = count.get("liked").and_then(Value::as_u64);
        liked.context("count.json has no number of likes")
    }

    /// Whether states, histories and counts agree.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let status = self.command(&["--quiet", "check"]).status()?;
        anyhow::ensure!(status.success(), "`undersigned check` ended with {status}");
        Ok(())
    }
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Serving(Child);

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Memory now, in KiB.
    pub(crate) memory: u64,
    /// The most memory so far, in KiB.
    pub(crate) peak: u64,
    /// Time on all cores.
    pub(crate) cpu: Duration,
}

impl Serving {
    /// What it has used so far.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        /// The unit of times in /proc, on every Linux (`USER_HZ`).
        const TICK: Duration = Duration::from_millis(10);
        let folder = format!("/proc/{}", self.0.id());
        let status = std::fs::read_to_string(format!("{folder}/status"))?;
        let number = |name: &str| -> anyhow::Result<u64> {
            let line = status.lines().find_map(|it| it.strip_prefix(name));
            let text = line.and_then(|it| it.trim().strip_suffix(" kB"));
            Ok(text.with_context(|| format!("no {name}"))?.trim().parse()?)
        };
        // The command's name, in brackets, may have blanks in it.
        let stat = std::fs::read_to_string(format!("{folder}/stat"))?;
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: Vec<u32> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(Usage {
            memory: number("VmRSS:")?,
            peak: number("VmHWM:")?,
            cpu: TICK * ticks.iter().sum(),
        })
    }

    /// Stops it as a service manager does.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait()? {
                anyhow::ensure!(status.success(), "the server ended with {status}");
                return Ok(());
            }
            anyhow::ensure!(begun.elapsed() < DEADLINE, "the server does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Of a run that failed; one that was stopped is gone already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
