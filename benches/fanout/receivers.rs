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
use tokio::net::{TcpListener, TcpSocket};

use super::wire::{self, Reply, Request};

/// What tells the process what it is.
const VARIABLE: &str = "FANOUT_RECEIVERS";

/// One kind of servers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Kind {
    /// What they do.
    pub(crate) way: Way,
    /// How many there are.
    pub(crate) hosts: usize,
}

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    /// 202 after so many milliseconds.
    Takes(u64),
    /// 500.
    Fails,
    /// Never answers.
    Hangs,
    /// Nothing listens there.
    Dead,
}

/// What came to one kind of servers so far.
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

    /// What came so far, by kinds.
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

/// Is the process with the servers, when this is that process; else comes back with `false`.
pub(crate) async fn are_we() -> anyhow::Result<bool> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how this program tells its other half what it is"
    )]
    let Ok(kinds) = std::env::var(VARIABLE) else {
        return Ok(false);
    };
    let kinds: Vec<Kind> = serde_json::from_str(&kinds)?;
    let book = Arc::new(Mutex::new(Book {
        begun: None,
        tallies: vec![Tally::default(); kinds.len()],
    }));
    let (mut authorities, mut bound) = (Vec::new(), Vec::new());
    for (number, kind) in kinds.iter().enumerate() {
        let mut of_kind = Vec::new();
        for _ in 0..kind.hosts {
            let socket = TcpSocket::new_v4()?;
            socket.bind("127.0.0.1:0".parse()?)?;
            of_kind.push(socket.local_addr()?.to_string());
            if kind.way == Way::Dead {
                // Bound, so that nobody else gets the port, and never listened at.
                bound.push(socket);
            } else {
                serve(socket.listen(1024)?, kind.way, number, &book);
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

fn serve(listener: TcpListener, way: Way, kind: usize, book: &Arc<Mutex<Book>>) {
    let book = Arc::clone(book);
    let reply = move |_: Request| {
        if let Ok(mut book) = book.lock() {
            let took = book.begun.get_or_insert_with(Instant::now).elapsed();
            if let Some(tally) = book.tallies.get_mut(kind) {
                tally.requests += 1;
                tally.took = took;
            }
        }
        match way {
            Way::Takes(0) => Reply::Status(202),
            Way::Takes(millis) => Reply::Slowly(202, Duration::from_millis(millis)),
            Way::Fails => Reply::Status(500),
            Way::Hangs | Way::Dead => Reply::Hang,
        }
    };
    tokio::spawn(wire::serve(listener, Arc::new(reply)));
}

fn say(what: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}
