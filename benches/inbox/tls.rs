//! `--tls`: known people through nginx, which speaks TLS to them and HTTP to the server, as most letters are served.
//!
//! Everybody likes the letter over and over, which is one act that is told again, takes each like back, which ends it
//! once, and signs it by as many replies. What a reply costs when
//! its author wrote many is part of it: the last ten stand, and each is loaded.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use undersigned::store::{Access, Store};

use super::{
    CHECKS, Options,
    harness::{
        FOLDER, millis,
        nginx::{Nginx, is_installed},
        percentile, rsa,
    },
    load, people,
    requests::{on_all_cores, request},
    support::{
        program::Program,
        world::{Audience, Person},
    },
};

/// People whom the server knows.
const PEOPLE: usize = 50;

/// Connections that are kept alive, each with one request under way.
const CONNECTIONS: usize = 32;

/// How often everybody does each thing.
const EACH: usize = 100;
/// The same for a gate.
const EACH_QUICK: usize = 10;

/// A certificate for 127.0.0.1 with its key, and the authority that signed it, which tests of our client use as well.
const CERTIFICATE: &[u8] = include_bytes!("../../src/http_client/testdata/loopback.pem");
const AUTHORITY: &[u8] = include_bytes!("../../src/http_client/testdata/loopback-ca.pem");

/// From where the people come: an address that is no trusted proxy.
const CALLER: [u8; 4] = [127, 0, 0, 2];

/// What everybody does, in turns.
struct Acts {
    likes: Vec<Vec<u8>>,
    undos: Vec<Vec<u8>>,
    replies: Vec<Vec<u8>>,
}

pub(crate) async fn measure(options: &Options, database: &str) -> anyhow::Result<()> {
    ensure!(
        is_installed("nginx"),
        "there is no nginx; install it (on Debian: apt-get install nginx-light)"
    );
    let quick = options.common.quick;
    // The first start makes tables, keys and the letter.
    let mut program = Program::start(database, include_str!("../inbox.toml")).await;
    program.stop().await;
    let keys = Path::new(FOLDER).join("inbox-keys");
    let people = people::people(PEOPLE, &program.origin, &keys)?;
    let store = Store::open(database, 2, Access::Existing).await?;
    people::seed(&store, &people, options.endorsements).await?;
    store.close().await;
    let acts = acts(&people, if quick { EACH_QUICK } else { EACH })?;
    program.serve().await;
    let folder = tempfile::tempdir()?;
    let nginx = proxy(folder.path(), program.address()).await?;
    let [liked, signed] = [
        number(&program, "liked").await?,
        number(&program, "signed").await?,
    ];
    println!(
        "{PEOPLE} known people, {} endorsements before, {CONNECTIONS} connections through nginx with TLS",
        options.endorsements
    );
    let checks = if quick {
        None
    } else {
        Some(rsa::checks(1, CHECKS)?)
    };
    let n_people = u64::try_from(PEOPLE)?;
    phase("likes", &nginx, &program, acts.likes, checks).await?;
    ensure!(
        number(&program, "liked").await? == liked + n_people,
        "not everybody who likes it counts"
    );
    phase("undos", &nginx, &program, acts.undos, checks).await?;
    ensure!(
        number(&program, "liked").await? == liked,
        "not every undo counts"
    );
    phase("replies", &nginx, &program, acts.replies, checks).await?;
    ensure!(
        number(&program, "signed").await? == signed + n_people,
        "not everybody who signed counts"
    );
    drop(nginx);
    program.stop().await;
    let checked = program.command(&["--quiet", "check"]);
    ensure!(checked.code == 0, "{}{}", checked.stdout, checked.stderr);
    println!("the counts are right, and `check` finds nothing wrong");
    Ok(())
}

/// Everything that the people do so many times, signed now. Those who follow each other are different people.
fn acts(people: &[Person], each: usize) -> anyhow::Result<Acts> {
    let turns: Vec<&Person> = (0..each).flat_map(|_| people).collect();
    let signed = on_all_cores(&turns, |person| {
        let like = person.like();
        let undo = person.undo(&like);
        let reply = person.create(&person.reply("I sign", Audience::Public));
        Ok([&like, &undo, &reply].map(|activity| request(person, activity)))
    })?;
    let mut acts = Acts {
        likes: Vec::new(),
        undos: Vec::new(),
        replies: Vec::new(),
    };
    for [like, undo, reply] in signed {
        acts.likes.push(like);
        acts.undos.push(undo);
        acts.replies.push(reply);
    }
    Ok(acts)
}

/// nginx before the server, as docs and packages configure it: connections to it are kept alive as well.
async fn proxy(folder: &Path, server: SocketAddr) -> anyhow::Result<Nginx> {
    fs::write(folder.join("certificate.pem"), CERTIFICATE)?;
    let http = format!("upstream letter {{ server {server}; keepalive {CONNECTIONS}; }}");
    let settings = "ssl_certificate certificate.pem; ssl_certificate_key certificate.pem;
        location / {
            proxy_pass http://letter; proxy_http_version 1.1; proxy_set_header Connection '';
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
        }";
    Nginx::start(folder, &http, settings).await
}

/// A connection of people to the proxy.
async fn connect(
    connector: &TlsConnector,
    proxy: SocketAddr,
) -> anyhow::Result<TlsStream<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((CALLER, 0)))?;
    let stream = socket.connect(proxy).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::IpAddress(proxy.ip().into());
    Ok(connector.connect(name, stream).await?)
}

fn connector() -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY)?)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Sends one kind of act, each of which has to be taken, and says how it went beside so many bare checks a second.
async fn phase(
    name: &str,
    nginx: &Nginx,
    program: &Program,
    requests: Vec<Vec<u8>>,
    checks: Option<f64>,
) -> anyhow::Result<()> {
    let n = requests.len();
    let connector = connector()?;
    let mut streams = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        streams.push(connect(&connector, nginx.address).await?);
    }
    let before = program.usage();
    let outcome = load::send_over(streams, requests).await?;
    let after = program.usage();
    let taken = outcome.statuses.get(&202).copied().unwrap_or_default();
    ensure!(
        taken == n,
        "not everything was taken: {:?}",
        outcome.statuses
    );
    let Some(checks) = checks else {
        println!("{name}: all {n} were taken");
        return Ok(());
    };
    let [half, most, all] = [50, 99, 100].map(|it| millis(percentile(&outcome.latencies, it)));
    let cpu = after.cpu.saturating_sub(before.cpu) / u32::try_from(n)?;
    println!(
        "{name}: {:.0}/s, {:.0} % of {checks:.0} bare RSA-2048 checks/s in one thread; latency p50 {half} p99 {most} \
         max {all} ms; the server: {} us of processor each, at most {} MiB",
        outcome.rate(),
        100.0 * outcome.rate() / checks,
        cpu.as_micros(),
        after.peak / 1024,
    );
    Ok(())
}

/// A number of `count.json`.
async fn number(program: &Program, name: &str) -> anyhow::Result<u64> {
    let count = program.count().await;
    let number = count.get(name).and_then(serde_json::Value::as_u64);
    number.with_context(|| format!("count.json has no {name}"))
}
