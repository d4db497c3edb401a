//! HTTP/1.1 as the fake server speaks it. No library can reset a connection or leave a request without an answer on
//! demand, and benchmarks share their machine with hundreds of these servers, which therefore cost next to nothing.

use std::io;

use axum::{
    body::{Body, HttpBody as _},
    response::Response,
};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A request with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// Host name, without the port, and target: `m.example/inbox`.
    pub(crate) inbox: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The target without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Method and target: `GET /users/ada`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// What the server was called: `http://127.0.0.1:40123`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", text(&self.headers, header::HOST))
    }

    /// The request as `axum` takes it.
    pub(super) fn into_axum(self) -> axum::extract::Request {
        let mut request = axum::extract::Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.parse().unwrap();
        *request.headers_mut() = self.headers;
        request
    }

    /// A request from its head, lines and all; the body is not there yet.
    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.parse().ok()?, words.next()?.to_owned());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(header) {
            headers.append(name, value);
        }
        let host = text(&headers, header::HOST);
        let inbox = format!("{}{target}", host.split(':').next().unwrap_or_default());
        Some(Self {
            method,
            target,
            inbox,
            headers,
            body: Vec::new(),
        })
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// What is done with a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// A response, whatever its body does.
    Response(Response),
    /// Nothing, until the other side gives up.
    Hang,
    /// The connection is reset.
    Reset,
}

/// Answers everybody who connects, until this future is dropped.
pub(super) async fn serve<F, A>(listener: TcpListener, answer: F)
where
    F: Fn(Request) -> A + Clone + Send + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        // Whoever was gone before we came to it asks again or does not.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(converse(stream, answer.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// One connection: requests and answers in turn, until the other side closes it or breaks off.
async fn converse<F, A>(mut stream: TcpStream, answer: F) -> io::Result<()>
where
    F: Fn(Request) -> A + Send,
    A: Future<Output = Answer> + Send,
{
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1024);
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        match answer(request).await {
            Answer::Response(response) => write(&mut stream, response).await?,
            Answer::Hang => {
                stream.read_to_end(&mut buffer).await?;
                return Ok(());
            }
            Answer::Reset => return stream.set_zero_linger(),
        }
    }
    Ok(())
}

/// The next request with its whole body; `None` when the other side is done. What was read too much stays in
/// `buffer`.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        if let Some(at) = buffer.windows(END.len()).position(|bytes| bytes == END) {
            let end = at + END.len();
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let request = Request::parse(&head);
            let mut request = request.ok_or_else(|| io::Error::other("no request"))?;
            let length = text(&request.headers, header::CONTENT_LENGTH);
            let all = end + length.parse::<usize>().unwrap_or(0);
            while buffer.len() < all {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            let rest = buffer.split_off(all);
            request.body = std::mem::replace(buffer, rest).split_off(end);
            return Ok(Some(request));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Sends a response: a body whose length is known at once with its head, any other in chunks.
async fn write(stream: &mut TcpStream, response: Response) -> io::Result<()> {
    let (parts, body) = response.into_parts();
    let mut bytes = head(parts.status, &parts.headers);
    if let Some(length) = body.size_hint().exact() {
        if !parts.headers.contains_key(header::CONTENT_LENGTH) {
            bytes.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        let body = axum::body::to_bytes(body, usize::MAX).await;
        bytes.extend_from_slice(&body.map_err(io::Error::other)?);
        return stream.write_all(&bytes).await;
    }
    bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
    stream.write_all(&bytes).await?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(io::Error::other)?;
        let mut bytes = format!("{:x}\r\n", chunk.len()).into_bytes();
        bytes.extend_from_slice(&chunk);
        bytes.extend_from_slice(b"\r\n");
        stream.write_all(&bytes).await?;
    }
    stream.write_all(b"0\r\n\r\n").await
}

/// The status line and the headers.
fn head(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {} so it is\r\n", status.as_u16()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
