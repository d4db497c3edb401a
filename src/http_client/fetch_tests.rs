//! Tests of reading documents, over HTTP on loopback.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    routing::{any, get},
};
use futures_util::stream;
use tower_http::compression::CompressionLayer;

use super::{
    fetch::MAX_DOCUMENT,
    guard::Forbidden,
    testing::{
        ACTIVITY, LD, NOW, Server, answer, check_unreachable, client, found, letters_signer,
        public_settings, redirect, settings, signer, status,
    },
    *,
};
use crate::signature::{PublicKey, Received, inspect};

#[tokio::test]
async fn a_document_comes_with_its_url_and_media_type() {
    let server = Server::start(Router::new().fallback(|| async { answer(LD, "{}") })).await;
    let url = server.url("/users/ada#main-key");
    let document = found(client(settings()).fetch(&url, Accept::Activity).await);
    assert_eq!(document.url, server.url("/users/ada"));
    assert_eq!(document.media_type, LD);
    assert_eq!(&*document.body, b"{}");
}

#[tokio::test]
async fn gets_are_signed_by_the_instance_actor_on_every_hop() {
    let router = Router::new()
        .route("/moved", get(|| async { redirect("/ada?x=1") }))
        .fallback(|| async { answer(ACTIVITY, "{}") });
    let server = Server::start(router).await;
    let client = client(settings());
    client.set_signers([signer(), letters_signer()]);
    found(
        client
            .fetch(&server.url_at("m.example", "/moved"), Accept::Activity)
            .await,
    );

    let hits = server.hits();
    assert_eq!(server.targets(), ["/moved", "/ada?x=1"]);
    let key = PublicKey::from_pem(&signer().key.public_key_pem()).unwrap();
    let origin = format!("http://m.example:{}", server.address.port());
    for hit in hits {
        let received = Received {
            method: &hit.method,
            target: &hit.target,
            headers: &hit.headers,
            body: b"",
        };
        let claim = inspect(&received, &origin, NOW).unwrap();
        assert_eq!(claim.key_id, signer().key_id);
        claim.verify(&key).unwrap();
        assert_eq!(
            hit.headers["user-agent"],
            "undersigned/0 (+https://letter.example/)"
        );
        assert_eq!(hit.headers["accept-encoding"], "gzip");
        assert!(
            hit.headers["accept"]
                .to_str()
                .unwrap()
                .starts_with(ACTIVITY)
        );
    }
}

#[tokio::test]
async fn a_signer_may_come_later_and_change() {
    let server = Server::start(Router::new().fallback(|| async { answer(ACTIVITY, "{}") })).await;
    let client = client(settings());
    let clone = client.clone();
    found(client.fetch(&server.url("/1"), Accept::Activity).await);
    clone.set_signers([signer(), letters_signer()]);
    found(client.fetch(&server.url("/2"), Accept::Activity).await);
    let other = Signer {
        key_id: "https://letter.example/other".to_owned(),
        ..signer()
    };
    clone.set_signers([other, letters_signer()]);
    found(client.fetch(&server.url("/3"), Accept::Activity).await);
    let hits = server.hits();
    let signature = |n: usize| Some(hits[n].headers.get("signature")?.to_str().unwrap());
    assert_eq!(signature(0), None);
    assert!(signature(1).unwrap().contains("instance-actor#main-key"));
    assert!(
        signature(2)
            .unwrap()
            .contains("https://letter.example/other")
    );
}

#[tokio::test]
async fn who_does_not_believe_the_instance_actor_is_asked_once_more_by_the_letters() {
    for (believed, refusal, asked, answered) in [
        ("/instance-actor#", 401, 1, true),
        ("/actor#", 401, 2, true),
        ("/nobody#", 401, 2, false),
        // It knows who asks, and will not show it to us.
        ("/actor#", 403, 1, false),
        ("/actor#", 404, 1, false),
    ] {
        let router = Router::new().fallback(move |headers: HeaderMap| async move {
            let signature = headers["signature"].to_str().unwrap();
            if signature.contains(believed) {
                answer(ACTIVITY, "{}")
            } else {
                status(refusal)
            }
        });
        let server = Server::start(router).await;
        let client = client(settings());
        client.set_signers([signer(), letters_signer()]);
        let fetched = client.fetch(&server.url("/ada"), Accept::Activity).await;
        let n = server.hits().len();
        let found = (n, fetched.is_ok());
        assert_eq!(found, (asked, answered), "{believed} {refusal}");
    }
}

#[tokio::test]
async fn every_status_has_its_answer() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        status(
            request
                .uri()
                .path()
                .trim_start_matches('/')
                .parse()
                .unwrap(),
        )
    });
    let server = Server::start(router).await;
    let client = client(settings());
    for (code, expected) in [
        (410, "Gone"),
        (404, "Missing"),
        (401, "Refused(401)"),
        (403, "Refused(403)"),
        (429, "Refused(429)"),
        (500, "Refused(500)"),
        (503, "Refused(503)"),
        (300, "Refused(300)"),
        (304, "Refused(304)"),
        (301, "Unreachable(NoTarget)"),
    ] {
        let fetched = client
            .fetch(&server.url(&format!("/{code}")), Accept::Activity)
            .await;
        assert_eq!(format!("{:?}", fetched.unwrap_err()), expected, "{code}");
    }
}

#[tokio::test]
async fn only_the_media_type_that_was_asked_for_is_taken() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        let types = [
            "",
            ACTIVITY,
            LD,
            "application/json",
            "application/jrd+json",
            "text/html",
        ];
        let index: usize = request
            .uri()
            .path()
            .trim_start_matches('/')
            .parse()
            .unwrap();
        answer(types[index], "{}")
    });
    let server = Server::start(router).await;
    let client = client(settings());
    for (accept, taken) in [
        (Accept::Activity, [false, true, true, false, false, false]),
        (Accept::Anything, [true; 6]),
    ] {
        for (index, taken) in taken.into_iter().enumerate() {
            let fetched = client
                .fetch(&server.url(&format!("/{index}")), accept)
                .await;
            if taken {
                found(fetched);
            } else {
                check_unreachable(&fetched, "MediaType");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_connected_to() {
    let server = Server::start(Router::new()).await;
    let client = client(public_settings());
    let url = Url::parse("https://m.example/users/ada").unwrap();
    let fetched = client.fetch(&url, Accept::Activity).await;
    check_unreachable(&fetched, "Forbidden(Address(127.0.0.1))");
    for url in [
        server.url("/"),
        server.url_at("m.example", "/"),
        server.url_at("localhost", "/"),
    ] {
        let fetched = client.fetch(&url, Accept::Activity).await;
        assert!(
            matches!(
                &fetched,
                Err(FetchError::Unreachable(FetchFailure::Forbidden(
                    Forbidden::Scheme(_)
                )))
            ),
            "{fetched:?}"
        );
    }
    assert!(server.hits().is_empty());
}

#[tokio::test]
async fn a_document_may_be_as_big_as_the_limit() {
    let big = |size: usize| answer(ACTIVITY, vec![b' '; size]);
    let router = Router::new()
        .route("/limit", get(move || async move { big(MAX_DOCUMENT) }))
        .route("/over", get(move || async move { big(MAX_DOCUMENT + 1) }))
        .route(
            "/endless",
            get(|| async {
                let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 10_000]));
                answer(ACTIVITY, Body::from_stream(endless))
            }),
        );
    let server = Server::start(router).await;
    let client = client(settings());
    let document = found(client.fetch(&server.url("/limit"), Accept::Activity).await);
    assert_eq!(document.body.len(), MAX_DOCUMENT);
    for path in ["/over", "/endless"] {
        check_unreachable(
            &client.fetch(&server.url(path), Accept::Activity).await,
            "TooBig",
        );
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_counted_as_it_unfolds() {
    let router = Router::new()
        .route(
            "/bomb",
            get(|| async { answer(ACTIVITY, vec![b' '; 32 * MAX_DOCUMENT]) }),
        )
        .route(
            "/small",
            get(|| async { answer(ACTIVITY, vec![b' '; 10_000]) }),
        )
        .layer(CompressionLayer::new());
    let server = Server::start(router).await;
    let client = client(settings());
    let document = found(client.fetch(&server.url("/small"), Accept::Activity).await);
    assert_eq!(document.body.len(), 10_000);
    check_unreachable(
        &client.fetch(&server.url("/bomb"), Accept::Activity).await,
        "TooBig",
    );
}

#[tokio::test]
async fn an_encoding_that_was_not_offered_is_refused() {
    let router = Router::new().fallback(|| async {
        let mut response = answer(ACTIVITY, "{}");
        response
            .headers_mut()
            .insert("content-encoding", "br".parse().unwrap());
        response
    });
    let server = Server::start(router).await;
    let fetched = client(settings())
        .fetch(&server.url("/"), Accept::Activity)
        .await;
    check_unreachable(&fetched, "Encoding");
}

#[tokio::test]
async fn a_server_that_hangs_or_dribbles_is_left() {
    let router = Router::new()
        .route("/hang", any(std::future::pending::<String>))
        .route(
            "/dribble",
            get(|| async {
                answer(
                    ACTIVITY,
                    Body::from_stream(stream::pending::<Result<String, std::io::Error>>()),
                )
            }),
        );
    let server = Server::start(router).await;
    let client = client(ClientSettings {
        timeout: Duration::from_millis(50),
        ..settings()
    });
    for path in ["/hang", "/dribble"] {
        check_unreachable(
            &client.fetch(&server.url(path), Accept::Activity).await,
            "TimedOut",
        );
    }
}

#[tokio::test]
async fn nobody_there_is_a_trouble_of_the_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/secret", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let fetched = client(settings()).fetch(&url, Accept::Activity).await;
    let Err(FetchError::Unreachable(reason)) = fetched else {
        panic!("{fetched:?}")
    };
    assert!(reason.is_the_hosts_trouble());
    assert!(!format!("{reason:?}").contains("secret"));
}

#[tokio::test]
async fn headers_that_come_twice_say_nothing() {
    let twice = |name: &'static str, value: &'static str| {
        let mut response = answer(ACTIVITY, "{}");
        if name == "location" {
            *response.status_mut() = http::StatusCode::FOUND;
            response.headers_mut().append(name, "/a".parse().unwrap());
        }
        response.headers_mut().append(name, value.parse().unwrap());
        response
    };
    let router = Router::new()
        .route(
            "/type",
            get(move || async move { twice("content-type", "text/html") }),
        )
        .route(
            "/location",
            get(move || async move { twice("location", "/b") }),
        );
    let server = Server::start(router).await;
    let client = client(settings());
    check_unreachable(
        &client.fetch(&server.url("/type"), Accept::Activity).await,
        "MediaType",
    );
    check_unreachable(
        &client
            .fetch(&server.url("/location"), Accept::Activity)
            .await,
        "NoTarget",
    );
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_a_document() {
    let marked = || async { answer(ACTIVITY, "\u{feff}{\"a\":\"\u{feff}\"}") };
    let server = Server::start(Router::new().fallback(marked)).await;
    let document = found(
        client(settings())
            .fetch(&server.url("/ada"), Accept::Activity)
            .await,
    );
    assert_eq!(&*document.body, "{\"a\":\"\u{feff}\"}".as_bytes());
}
