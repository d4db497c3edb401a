//! Connections that say nothing or stop in the middle: they hold up their own address alone, and not for long.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use reqwest::{Client, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{
    database,
    program::{DEADLINE, Program},
};

/// How many connections one address opens.
const MANY: usize = 2000;

/// Nobody here comes through a proxy.
const NO_PROXY: &str = "server.trusted_proxies = []";

/// `ulimit -n`, as many systems have it.
const FEW_FILES: &[&str] = &["sh", "-c", "ulimit -n 1024; exec \"$0\" \"$@\""];

/// This process may open as many files as it is allowed at most.
fn open_many_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}

async fn with_few_files() -> (tempfile::TempDir, Program) {
    open_many_files();
    let (folder, database) = database::sqlite();
    let mut letter = Program::start(&database, NO_PROXY).await;
    letter.stop().await;
    letter.serve_under(FEW_FILES);
    letter.serve().await;
    (folder, letter)
}

/// What is answered to a client that reads only once it has sent everything.
fn answer_to(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Connections from 127.0.0.1, each of which says this and no more.
fn stall(address: SocketAddr, said: &str) -> Vec<TcpStream> {
    let connect = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        // One that was closed meanwhile takes nothing.
        stream.write_all(said.as_bytes()).ok();
        stream
    };
    (0..MANY).map(connect).collect()
}

/// A client at another address of this machine.
fn another_client() -> Client {
    let builder = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .local_address(std::net::IpAddr::from([127, 0, 0, 2]));
    builder.tls_certs_only([]).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_of_one_address_leave_others_unharmed() {
    let (_folder, letter) = with_few_files().await;
    let page = format!("http://{}/", letter.address());
    for said in [
        "",
        "GET / HTTP/1.1\r\nHost: here\r\nX-Half: ",
        "POST /inbox HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n{",
    ] {
        let stalled = tokio::task::spawn_blocking({
            let address = letter.address();
            move || stall(address, said)
        });
        let stalled = stalled.await.unwrap();
        for _ in 0..20 {
            let answer = another_client().get(&page).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{said:?}");
        }
        drop(stalled);
    }
    let log = letter.log();
    assert!(!log.contains("Too many open files"), "{log}");
    assert!(!log.contains("differs from what is published"), "{log}");
}

/// A request that begins has to go on: otherwise its connection ends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn headers_that_do_not_end_are_not_waited_for() {
    let (_folder, database) = database::sqlite();
    let letter = Program::start(&database, NO_PROXY).await;
    let mut stream = TcpStream::connect(letter.address()).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\n")
        .unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let waiting = tokio::task::spawn_blocking(move || {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)
    });
    waiting
        .await
        .unwrap()
        .expect("the server closes the connection");
}

/// A connection that is reset takes the response with it, and a sender that hears nothing tries again for days.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_response_before_the_end_of_the_body_arrives() {
    let (_folder, database) = database::sqlite();
    let settings = format!("{NO_PROXY}\nlimits.per_address_per_minute = 20");
    let letter = Program::start(&database, &settings).await;
    let post = async |length: usize| {
        let address = letter.address();
        let head = format!(
            "POST /inbox HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        let request = [head.into_bytes(), vec![b' '; length]].concat();
        let answer = tokio::task::spawn_blocking(move || answer_to(address, &request));
        answer.await.unwrap().chars().take(12).collect::<String>()
    };
    assert_eq!(post(3_000_000).await, "HTTP/1.1 413");
    let address = letter.address();
    // Whoever keeps connections hears that this one ends, and sends nothing more on it.
    let kept =
        format!("POST /inbox HTTP/1.1\r\nHost: {address}\r\nContent-Length: 3000000\r\n\r\n");
    let request = [kept.into_bytes(), vec![b' '; 3_000_000]].concat();
    let answer = tokio::task::spawn_blocking(move || answer_to(address, &request));
    let answer = answer.await.unwrap().to_lowercase();
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(post(1_000_000).await, "HTTP/1.1 401");
    let mut small = 0;
    while post(100).await == "HTTP/1.1 401" {
        small += 1;
        assert!(small < 20);
    }
    assert_eq!(post(3_000_000).await, "HTTP/1.1 429");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proxy_brings_everybody_and_is_not_limited_as_one() {
    let (_folder, database) = database::sqlite();
    let settings = "server.trusted_proxies = ['127.0.0.1']";
    open_many_files();
    let letter = Program::start(&database, settings).await;
    let address = letter.address();
    // More than one address may have, and fewer than all.
    let held = tokio::task::spawn_blocking(move || {
        let open = |_| TcpStream::connect(address).unwrap();
        (0..600).map(open).collect::<Vec<_>>()
    });
    let mut held = held.await.unwrap();
    for stream in &mut held {
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
            .unwrap();
    }
    for mut stream in held {
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_few_files_are_said_at_the_start_and_the_soft_limit_is_raised() {
    let (_folder, database) = database::sqlite();
    let mut letter = Program::start(&database, "").await;
    letter.stop().await;
    letter.serve_under(&["sh", "-c", "ulimit -n 200; exec \"$0\" \"$@\""]);
    let (code, log) = letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("only 200 files may be open at once"), "{log}");
    letter.serve_under(&["sh", "-c", "ulimit -S -n 200; exec \"$0\" \"$@\""]);
    letter.serve().await;
    let log = letter.log();
    assert!(!log.contains("files may be open"), "{log}");
}
