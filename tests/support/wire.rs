//! A server of HTTP/1.1 that does what is asked for, and also what no library would do: it never answers, or
//! resets the connection. It costs next to nothing, so that benchmarks can share a machine with it.

use std::{io, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A request as it came: nothing is parsed before somebody asks.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The path on the request line.
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The headers that are any.
    pub(crate) fn headers(&self) -> HeaderMap {
        let lines = self.head.lines().skip(1);
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        };
        lines.filter_map(header).collect()
    }
}

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A status without a body.
    Status(u16),
    /// 429, and when to come again, in seconds.
    RetryAfter(u64),
    /// A status after a while.
    Slowly(u16, Duration),
    /// Nothing, until the other side gives up.
    Hang,
    /// The connection is reset.
    Reset,
}

/// Answers everybody who connects, until this future is dropped.
pub(crate) async fn serve<F>(listener: TcpListener, reply: Arc<F>)
where
    F: Fn(Request) -> Reply + Send + Sync + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        // Whoever was gone before we came to it asks again or does not.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(converse(stream, Arc::clone(&reply)));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// One connection: requests and answers in turn, until the other side closes it or breaks off.
async fn converse<F>(mut stream: TcpStream, reply: Arc<F>) -> io::Result<()>
where
    F: Fn(Request) -> Reply + Send + Sync,
{
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1024);
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        let answer = match reply(request) {
            Reply::Status(status) => head(status, ""),
            Reply::RetryAfter(seconds) => head(429, &format!("retry-after: {seconds}\r\n")),
            Reply::Slowly(status, wait) => {
                tokio::time::sleep(wait).await;
                head(status, "")
            }
            Reply::Hang => {
                stream.read_to_end(&mut buffer).await?;
                return Ok(());
            }
            Reply::Reset => return stream.set_zero_linger(),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

fn head(status: u16, more: &str) -> String {
    format!("HTTP/1.1 {status} so it is\r\ncontent-length: 0\r\n{more}\r\n")
}

/// The next request with its whole body; `None` when the other side is done. What was read too much stays in
/// `buffer`.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        if let Some(at) = buffer.windows(END.len()).position(|it| it == END) {
            let end = at + END.len();
            let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
            let all = end + length(&head);
            while buffer.len() < all {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            let rest = buffer.split_off(all);
            let body = std::mem::replace(buffer, rest).split_off(end);
            return Ok(Some(Request { head, body }));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

fn length(head: &str) -> usize {
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())
            .flatten()
    });
    value.unwrap_or(0)
}
