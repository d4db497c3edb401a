//! Tests of delivery, over HTTP on loopback.

use std::{
    io::{Read as _, Write as _},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    routing::post,
};
use futures_util::stream;
use http::{Method, StatusCode};

use super::{
    guard::Forbidden,
    testing::{NOW, Server, answer, client, public_settings, redirect, settings, signer, status},
    *,
};
use crate::signature::{BodyDigest, PublicKey, Received, Scheme, inspect};

const BODY: &str = r#"{"type":"Accept"}"#;

fn headers(url: &Url) -> HeaderMap {
    let outgoing = Outgoing {
        method: &Method::POST,
        url,
        body: Some(&BodyDigest::of(BODY.as_bytes())),
        accept: None,
    };
    signer().sign(&outgoing, Scheme::Cavage, NOW).unwrap()
}

async fn send(client: &Client, url: &Url) -> PostOutcome {
    client.post(url, headers(url), BODY).await
}

async fn check_answer(router: Router, path: &str) -> (StatusCode, Option<Duration>, String) {
    let server = Server::start(router).await;
    match send(&client(settings()), &server.url(path)).await {
        PostOutcome::Answered {
            status,
            retry_after,
            body_start,
        } => (status, retry_after, body_start),
        PostOutcome::Unreachable(reason) => panic!("{reason:?}"),
    }
}

#[tokio::test]
async fn what_was_signed_is_what_arrives() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        let body = to_bytes(request.into_body(), 1000).await.unwrap();
        assert_eq!(body, BODY);
        status(202)
    });
    let server = Server::start(router).await;
    let url = server.url_at("m.example", "/inbox?a=b");
    let posted = send(&client(settings()), &url).await;
    assert!(
        matches!(
            posted,
            PostOutcome::Answered {
                status: StatusCode::ACCEPTED,
                ..
            }
        ),
        "{posted:?}"
    );

    let hits = server.hits();
    let [hit] = hits.as_slice() else {
        panic!("{hits:?}")
    };
    let received = Received {
        method: &hit.method,
        target: &hit.target,
        headers: &hit.headers,
        body: BODY.as_bytes(),
    };
    let origin = format!("http://m.example:{}", server.address.port());
    let claim = inspect(&received, &origin, NOW).unwrap();
    claim
        .verify(&PublicKey::from_pem(&signer().key.public_key_pem()).unwrap())
        .unwrap();
    assert_eq!(hit.headers["content-type"], "application/activity+json");
    assert_eq!(hit.headers.get_all("host").iter().count(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    for code in [301, 302, 303, 307, 308] {
        let router = Router::new().route(
            "/inbox",
            post(move || async move {
                let mut response = redirect("/elsewhere");
                *response.status_mut() = StatusCode::from_u16(code).unwrap();
                response
            }),
        );
        let server = Server::start(router).await;
        let posted = send(&client(settings()), &server.url("/inbox")).await;
        let PostOutcome::Answered { status, .. } = posted else {
            panic!("{posted:?}")
        };
        assert_eq!(status.as_u16(), code);
        assert_eq!(server.targets(), ["/inbox"]);
    }
}

#[tokio::test]
async fn an_answer_says_when_to_come_back_and_begins_with_its_reason() {
    let router = Router::new().fallback(|| async {
        let mut response = answer("text/plain", "slow\0down\x1b[31m!");
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response
            .headers_mut()
            .insert("retry-after", "120".parse().unwrap());
        response
    });
    let (status, retry_after, body_start) = check_answer(router, "/inbox").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(retry_after, Some(Duration::from_mins(2)));
    assert_eq!(body_start, "slow down [31m!");
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let router = Router::new().fallback(|| async {
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>("ä€🦀".repeat(100)));
        answer("text/plain", Body::from_stream(endless))
    });
    let (status, _, body_start) = check_answer(router, "/inbox").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body_start.len(), 500);
    assert!(body_start.starts_with("ä€🦀ä€🦀"));
}

#[tokio::test]
async fn a_body_that_breaks_off_does_not_undo_the_status() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/inbox", listener.local_addr().unwrap())).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
        while !request.ends_with(BODY.as_bytes()) {
            let n_read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..n_read]);
        }
        let broken = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ntaken";
        stream.write_all(broken).unwrap();
    });
    let posted = send(&client(settings()), &url).await;
    let PostOutcome::Answered {
        status, body_start, ..
    } = posted
    else {
        panic!("{posted:?}")
    };
    assert_eq!((status, body_start.as_str()), (StatusCode::OK, "taken"));
    server.join().unwrap();
}

#[tokio::test]
async fn a_host_that_hangs_is_unreachable() {
    let server = Server::start(Router::new().fallback(std::future::pending::<String>)).await;
    let client = client(ClientSettings {
        delivery_timeout: Duration::from_millis(50),
        ..settings()
    });
    let posted = send(&client, &server.url("/inbox")).await;
    assert!(
        matches!(posted, PostOutcome::Unreachable(FetchFailure::TimedOut)),
        "{posted:?}"
    );
}

#[tokio::test]
async fn the_guard_is_asked_at_every_send() {
    let server = Server::start(Router::new()).await;
    let blocked: HostCheck = Arc::new(|host| host == "bad.example");
    let cases = [
        (client(public_settings()), server.url("/inbox")),
        (
            client(public_settings()),
            "https://m.example/inbox".parse().unwrap(),
        ),
        (
            client(ClientSettings {
                blocked,
                ..settings()
            }),
            server.url_at("bad.example", "/inbox"),
        ),
    ];
    for ((client, url), expected) in cases.into_iter().zip([
        Forbidden::Scheme("http".to_owned()),
        Forbidden::Address([127, 0, 0, 1].into()),
        Forbidden::Blocked("bad.example".to_owned()),
    ]) {
        let posted = send(&client, &url).await;
        let PostOutcome::Unreachable(FetchFailure::Forbidden(forbidden)) = posted else {
            panic!("{posted:?}")
        };
        assert_eq!(forbidden, expected);
    }
    assert!(server.hits().is_empty());
}
