//! What organisers have: a webhook and a mail server, both on loopback.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A webhook that keeps what it gets.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Seen>,
    serving: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Mutex<Vec<(HeaderMap, String)>>,
    answers: Mutex<VecDeque<StatusCode>>,
}

impl Receiver {
    /// Answers with these one after the other, and 204 afterwards. A redirect leads to itself.
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let seen = Arc::new(Seen::default());
        let statuses = answers
            .iter()
            .map(|status| StatusCode::from_u16(*status).unwrap());
        seen.answers.lock().unwrap().extend(statuses);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receive = async |State((seen, url)): State<(Arc<Seen>, String)>,
                             headers: HeaderMap,
                             body: Bytes| {
            let body = String::from_utf8(body.to_vec()).unwrap();
            seen.requests.lock().unwrap().push((headers, body));
            let next = seen.answers.lock().unwrap().pop_front();
            (next.unwrap_or(StatusCode::NO_CONTENT), [("location", url)])
        };
        let routes = Router::new()
            .route("/hook", post(receive))
            .with_state((Arc::clone(&seen), url.clone()));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, seen, serving }
    }

    /// The headers and bodies so far.
    pub(crate) fn requests(&self) -> Vec<(HeaderMap, String)> {
        self.seen.requests.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A mail server without TLS that keeps what it gets (RFC 5321).
#[derive(Debug)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    mails: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl MailServer {
    /// Refuses so many mails for now (451), and takes all others.
    pub(crate) async fn start(refused: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mails: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&mails);
        let serving = tokio::spawn(async move {
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                if let Some(mail) = receive(stream, number >= refused).await {
                    kept.lock().unwrap().push(mail);
                }
            }
        });
        Self {
            address,
            mails,
            serving,
        }
    }

    /// The envelopes with their mails so far.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Speaks with one client until it leaves. Gives what it said, if a mail was taken.
async fn receive(stream: TcpStream, takes: bool) -> Option<String> {
    let mut stream = BufReader::new(stream);
    let (mut said, mut in_mail, mut was_taken) = (String::new(), false, false);
    stream.write_all(b"220 mail.example\r\n").await.unwrap();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return was_taken.then_some(said);
        }
        said.push_str(&line);
        let answer = match line.trim_end() {
            "." if in_mail => {
                in_mail = false;
                was_taken = true;
                "250 was_taken"
            }
            _ if in_mail => continue,
            "DATA" => {
                in_mail = true;
                "354 go on"
            }
            line if line.starts_with("MAIL") && !takes => "451 come again",
            "QUIT" => "221 bye",
            _ => "250 mail.example",
        };
        let answer = format!("{answer}\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return was_taken.then_some(said);
        }
    }
}
