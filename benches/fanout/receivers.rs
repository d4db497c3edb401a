//! The servers that receive, in a process of their own so that the sender's memory is its own. They read requests
//! and answer; nobody checks a signature here, because that is the price of other people's machines.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::support::{
    fediverse::{DeadServer, FakeServer, temper::Temper},
    random::variable,
};

/// The variable that turns this program into the receivers.
const VARIABLE: &str = "FANOUT_RECEIVERS";

/// One kind of servers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Kind {
    /// What they do; nothing depends on what came before.
    pub(crate) temper: Temper,
    /// How many there are.
    pub(crate) hosts: usize,
}

/// Requests at one kind of servers so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Requests.
    pub(crate) requests: usize,
    /// From the first request of all kinds to the last one of this kind.
    pub(crate) took: Duration,
}

/// The servers, as the benchmark sees them.
#[derive(Debug)]
pub(crate) struct Receivers {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The authorities of each kind.
    pub(crate) authorities: Vec<Vec<String>>,
}

impl Receivers {
    /// Starts them.
    pub(crate) fn start(kinds: &[Kind]) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .env(VARIABLE, serde_json::to_string(kinds)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().context("no standard input")?;
        let answers = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut receivers = Self {
            child,
            orders,
            answers,
            authorities: Vec::new(),
        };
        receivers.authorities = serde_json::from_str(&receivers.line()?)?;
        Ok(receivers)
    }

    /// The tallies so far, by kinds.
    pub(crate) fn tallies(&mut self) -> anyhow::Result<Vec<Tally>> {
        writeln!(self.orders, "tally")?;
        Ok(serde_json::from_str(&self.line()?)?)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        anyhow::ensure!(
            self.answers.read_line(&mut line)? > 0,
            "the receivers ended"
        );
        Ok(line)
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What all connections write into.
#[derive(Debug, Default)]
struct Book {
    begun: Option<Instant>,
    tallies: Vec<Tally>,
}

/// Runs the servers until the end when this process is theirs; else returns `false`.
pub(crate) async fn are_we() -> anyhow::Result<bool> {
    let Some(kinds) = variable(VARIABLE) else {
        return Ok(false);
    };
    let kinds: Vec<Kind> = serde_json::from_str(&kinds)?;
    let book = Arc::new(Mutex::new(Book {
        begun: None,
        tallies: vec![Tally::default(); kinds.len()],
    }));
    let (mut authorities, mut living, mut dead) = (Vec::new(), Vec::new(), Vec::new());
    for (number, kind) in kinds.iter().enumerate() {
        let mut of_kind = Vec::new();
        for _ in 0..kind.hosts {
            if kind.temper == Temper::Dead {
                let server = DeadServer::new();
                of_kind.push(server.authority());
                dead.push(server);
            } else {
                let server = serve(kind.temper, number, &book);
                of_kind.push(server.address.to_string());
                living.push(server);
            }
        }
        authorities.push(of_kind);
    }
    say(&authorities)?;
    let orders = tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
        for line in std::io::stdin().lock().lines() {
            line?;
            let tallies = book.lock().ok().context("a poisoned book")?.tallies.clone();
            say(&tallies)?;
        }
        Ok(())
    });
    orders.await??;
    Ok(true)
}

fn serve(temper: Temper, kind: usize, book: &Arc<Mutex<Book>>) -> FakeServer {
    let book = Arc::clone(book);
    FakeServer::deciding(move |_| {
        if let Ok(mut book) = book.lock() {
            let took = book.begun.get_or_insert_with(Instant::now).elapsed();
            if let Some(tally) = book.tallies.get_mut(kind) {
                tally.requests += 1;
                tally.took = took;
            }
        }
        temper.reply(0, 1)
    })
}

fn say(what: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}
