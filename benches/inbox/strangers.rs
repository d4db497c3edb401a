//! `--strangers`: people whom the server does not know, so that their keys have to be fetched, with the default
//! `[limits]`, behind a proxy that names its callers.
//!
//! All hosts are one fake server on the addresses of 127.0.0.0/8, which answers after [`THINKS`].

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, sleep_until},
};
use undersigned::signature::KeyPair;

use super::{
    harness::{FOLDER, millis, percentile},
    load::Outcome,
    people::keys,
    requests::{on_all_cores, request},
    support::{
        fediverse::{ACTIVITY_JSON, FakeServer},
        program::{Program, http},
        world::Person,
    },
};

/// How long a host takes to answer.
const THINKS: Duration = Duration::from_millis(50);

/// Key pairs that the people share.
const KEYS: usize = 8;

/// Addresses of one large server.
const ADDRESSES: usize = 4;

/// How many come: people of one host, of many hosts, these hosts, people beside forgers, forged requests.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    of_one: usize,
    of_many: usize,
    hosts: usize,
    beside: usize,
    forged: usize,
    /// New people a second.
    rate: u32,
}

const FULL: Sizes = Sizes {
    of_one: 5000,
    of_many: 1000,
    hosts: 300,
    beside: 200,
    forged: 2000,
    rate: 500,
};

/// For a gate: how many, and not how fast.
const QUICK: Sizes = Sizes {
    of_one: 150,
    of_many: 60,
    hosts: 20,
    beside: 20,
    forged: 100,
    rate: 100,
};

/// The fake hosts and their people.
struct Stage {
    server: FakeServer,
    asked_for_forgers: Arc<Mutex<Vec<Instant>>>,
    keys: Vec<Arc<KeyPair>>,
    letter: String,
}

/// A request with the moment after which it is sent.
type Sending = (Duration, Vec<u8>);

pub(crate) async fn measure(database: &str, quick: bool) -> anyhow::Result<()> {
    let sizes = if quick { QUICK } else { FULL };
    let mut program = Program::start(database, include_str!("../strangers.toml")).await;
    let stage = Stage::new(&program.origin)?;
    let address = program.address();

    let host = |_| "127.0.0.2".to_owned();
    let caller = |number| format!("192.0.2.{}", number % ADDRESSES);
    let likes = stage.likes("a", sizes.of_one, sizes.rate, host, caller)?;
    all_taken("new people of one host", &send(address, likes).await?)?;

    let host = |number| {
        format!(
            "127.1.{}.{}",
            number % sizes.hosts / 200,
            1 + number % sizes.hosts % 200
        )
    };
    let caller = |number| {
        format!(
            "10.1.{}.{}",
            number % sizes.hosts / 200,
            1 + number % sizes.hosts % 200
        )
    };
    let likes = stage.likes("b", sizes.of_many, sizes.rate, host, caller)?;
    let what = format!("new people of {} hosts", sizes.hosts);
    all_taken(&what, &send(address, likes).await?)?;

    let victim = |_| "127.2.0.1".to_owned();
    let theirs = |_| "198.51.100.1".to_owned();
    let first = stage.likes("c", 1, 1, victim, theirs)?;
    all_taken(
        "the first of a host that forgers name",
        &send(address, first).await?,
    )?;
    let anywhere = |number| format!("10.2.{}.{}", number / 200, number % 200);
    let forged = stage.likes("nobody", sizes.forged, sizes.rate, victim, anywhere)?;
    let beside = stage.likes("d", sizes.beside, sizes.rate / 10, victim, theirs)?;
    let begun = Instant::now();
    let flood = tokio::spawn(send(address, forged));
    let people = send(address, beside).await?;
    let flood = flood.await??;
    let took = begun.elapsed();
    all_taken("new people of that host beside them", &people)?;
    print("forged requests", &flood);
    let reads = stage.asked_for_forgers();
    let rate = f64::from(u32::try_from(reads.len())?) / took.as_secs_f64();
    println!(
        "  for them the host was asked {} times in {:.1} s ({rate:.2}/s), and {} times at most within a second",
        reads.len(),
        took.as_secs_f64(),
        most_within_a_second(&reads)
    );
    // One request in 520 ms, and the first at once.
    let most = 1 + usize::try_from(took.as_millis() / 520)?;
    ensure!(reads.len() <= most, "the host was flooded");

    let likes = sizes.of_one + sizes.of_many + sizes.beside + 1;
    ensure!(
        super::liked(&program).await? == u64::try_from(likes)?,
        "not every like counts"
    );
    let usage = program.usage();
    println!(
        "the server: memory {} MiB, at most {} MiB",
        usage.memory / 1024,
        usage.peak / 1024
    );
    program.stop().await;
    let checked = program.command(&["--quiet", "check"]);
    ensure!(checked.code == 0, "{}{}", checked.stdout, checked.stderr);
    println!("the counts are right, and `check` finds nothing wrong");
    Ok(())
}

impl Stage {
    fn new(letter: &str) -> anyhow::Result<Self> {
        let keys = keys(KEYS, &Path::new(FOLDER).join("inbox-keys"))?;
        let pems: Vec<_> = keys.iter().map(|key| key.public_key_pem()).collect();
        let asked_for_forgers = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&asked_for_forgers);
        let router = Router::new().fallback(move |uri: Uri, headers: header::HeaderMap| {
            let name = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
            if name.starts_with("nobody") {
                lock(&asked).push(Instant::now());
            }
            let host = headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok());
            let document = document(host.unwrap_or_default(), &name, &pems);
            async move {
                sleep(THINKS).await;
                document
            }
        });
        Ok(Self {
            server: FakeServer::routing(SocketAddr::from(([0, 0, 0, 0], 0)), router),
            asked_for_forgers,
            keys,
            letter: letter.to_owned(),
        })
    }

    /// The likes of so many people, so many a second, each signed now.
    fn likes(
        &self,
        name: &str,
        n: usize,
        rate: u32,
        host: impl Fn(usize) -> String + Sync,
        caller: impl Fn(usize) -> String + Sync,
    ) -> anyhow::Result<Vec<Sending>> {
        let (client, port) = (http(), self.server.address.port());
        let numbers: Vec<_> = (0..n).collect();
        on_all_cores(&numbers, |number| {
            let id = format!("http://{}:{port}/users/{name}{number}", host(*number));
            let key = self.keys.get(number % self.keys.len()).context("no key")?;
            let (letter, client) = (self.letter.clone(), client.clone());
            let person = Person::new(letter, client, &id, &format!("{id}#main-key"), key);
            let bytes = request(&person, &person.like());
            let line = format!(
                "POST /inbox HTTP/1.1\r\nx-forwarded-for: {}\r\n",
                caller(*number)
            );
            let rest = bytes.splitn(2, |byte| *byte == b'\n').nth(1);
            let bytes = [line.as_bytes(), rest.unwrap_or_default()].concat();
            Ok((
                Duration::from_secs(1) * u32::try_from(*number)? / rate,
                bytes,
            ))
        })
    }

    fn asked_for_forgers(&self) -> Vec<Instant> {
        lock(&self.asked_for_forgers).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody's actor document, if there is such a person: the number at the end of the name chooses the key.
fn document(host: &str, name: &str, pems: &[String]) -> Response {
    let number: Option<usize> = name.trim_start_matches(char::is_alphabetic).parse().ok();
    let pem = number.and_then(|number| pems.get(number % pems.len()));
    let Some(pem) = pem.filter(|_| !name.starts_with("nobody")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let id = format!("http://{host}/users/{name}");
    let actor = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": id,
        "type": "Person",
        "preferredUsername": name,
        "name": "Ada Lovelace",
        "inbox": format!("{id}/inbox"),
        "endpoints": {"sharedInbox": format!("http://{host}/inbox")},
        "discoverable": true,
        "published": "2020-01-01T00:00:00Z",
        "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": pem},
    });
    ([(header::CONTENT_TYPE, ACTIVITY_JSON)], actor.to_string()).into_response()
}

/// Sends each request when it is due, whatever became of those before.
async fn send(address: SocketAddr, requests: Vec<Sending>) -> anyhow::Result<Outcome> {
    let idle: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (due, request) in requests {
        sleep_until((begun + due).into()).await;
        running.spawn(deliver(address, request, Arc::clone(&idle)));
    }
    let mut outcome = Outcome::default();
    while let Some(done) = running.join_next().await {
        let (status, latency) = done??;
        *outcome.statuses.entry(status).or_default() += 1;
        outcome.latencies.push(latency);
    }
    outcome.took = begun.elapsed();
    outcome.latencies.sort_unstable();
    Ok(outcome)
}

/// One request over an idle connection, or over a new one.
async fn deliver(
    address: SocketAddr,
    request: Vec<u8>,
    idle: Arc<Mutex<Vec<TcpStream>>>,
) -> anyhow::Result<(u16, Duration)> {
    let begun = Instant::now();
    let kept = lock(&idle).pop();
    let mut stream = match kept {
        Some(stream) => stream,
        None => TcpStream::connect(address).await?,
    };
    stream.write_all(&request).await?;
    let mut answer = Vec::with_capacity(1024);
    while !is_whole(&answer) {
        ensure!(
            stream.read_buf(&mut answer).await? > 0,
            "the server closed the connection"
        );
    }
    let status = std::str::from_utf8(answer.get(9..12).context("no status")?)?.parse()?;
    lock(&idle).push(stream);
    Ok((status, begun.elapsed()))
}

/// Whether an answer is there with its body, if it has one.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()).unwrap_or(0) <= body.len()
}

/// The most of these moments that lie within a second.
fn most_within_a_second(moments: &[Instant]) -> usize {
    let within = |first: &Instant| {
        let later = moments.iter().filter(|at| *at >= first);
        later
            .filter(|at| at.duration_since(*first) < Duration::from_secs(1))
            .count()
    };
    moments.iter().map(within).max().unwrap_or_default()
}

fn print(name: &str, outcome: &Outcome) {
    let [half, most, all] = [50, 99, 100].map(|it| millis(percentile(&outcome.latencies, it)));
    println!(
        "{name}: {} at {:.0}/s; latency p50 {half} p99 {most} max {all} ms; statuses {:?}",
        outcome.latencies.len(),
        outcome.rate(),
        outcome.statuses,
    );
}

/// Prints an outcome in which nobody may have been refused.
fn all_taken(name: &str, outcome: &Outcome) -> anyhow::Result<()> {
    print(name, outcome);
    let all = BTreeMap::from([(202, outcome.latencies.len())]);
    ensure!(outcome.statuses == all, "somebody was refused");
    Ok(())
}
