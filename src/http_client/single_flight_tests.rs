//! Tests of paced, shared and negatively cached fetches, over HTTP on loopback.

use axum::{Router, extract::Path, routing::get};
use tokio::sync::Notify;

use super::{
    FetchLane::{Proven, Unproven},
    *,
};
use crate::{
    clock::FixedClock,
    http_client::{
        ClientSettings,
        testing::{
            ACTIVITY, NOW, Server, answer, client, letters_signer, redirect, settings, signer,
            status,
        },
    },
};

/// A single flight with its clock.
fn fetches() -> (SingleFlight, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(NOW));
    let fetches = SingleFlight::new(client(settings()), Arc::<FixedClock>::clone(&clock));
    (fetches, clock)
}

/// Answers by the path: a status; `slow…` waits until `go`.
fn router(go: &Arc<Notify>) -> Router {
    let go = Arc::clone(go);
    let handle = |Path(path): Path<String>| async move {
        if path.starts_with("slow") {
            go.notified().await;
            return status(404);
        }
        path.parse().map_or_else(|_| answer(ACTIVITY, "{}"), status)
    };
    Router::new().route("/{path}", get(handle))
}

async fn until_hits(server: &Server, n: usize) {
    while server.hits().len() < n {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_url_is_fetched_once_for_all_who_ask_at_the_same_time() {
    let go = Arc::new(Notify::new());
    let server = Server::start(router(&go)).await;
    let (fetches, _) = fetches();
    let ask = |url: Url| {
        let fetches = fetches.clone();
        tokio::spawn(async move { fetches.fetch_object(&url, Proven).await })
    };
    let asking: Vec<_> = (0..10)
        .map(|n| ask(server.url(&format!("/slow#key-{n}"))))
        .collect();
    until_hits(&server, 1).await;
    go.notify_one();
    for answer in asking {
        assert!(matches!(answer.await.unwrap(), Err(FetchError::Missing)));
    }
    assert_eq!(server.targets(), ["/slow"]);
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_fetch_to_the_others() {
    let go = Arc::new(Notify::new());
    let server = Server::start(router(&go)).await;
    let (fetches, _) = fetches();
    let ask = || {
        let (fetches, url) = (fetches.clone(), server.url("/slow"));
        tokio::spawn(async move { fetches.fetch_object(&url, Proven).await })
    };
    let first = ask();
    until_hits(&server, 1).await;
    let second = ask();
    tokio::task::yield_now().await;
    first.abort();
    until_hits(&server, 2).await;
    go.notify_waiters();
    go.notify_one();
    assert!(matches!(second.await.unwrap(), Err(FetchError::Missing)));
}

#[tokio::test]
async fn in_the_name_of_strangers_every_single_request_keeps_to_the_pace() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        match request.uri().path() {
            "/401" => status(401),
            _ => redirect("/401"),
        }
    });
    let server = Server::start(router).await;
    let client = client(settings());
    client.set_signers([signer(), letters_signer()]);
    let fetches = SingleFlight::new(client, Arc::new(FixedClock::at(NOW)));
    let wait = |url: &Url| {
        let wait = fetches.0.pace.reserve(url);
        wait.map(|wait| wait.as_millis()).ok()
    };
    // A redirect, and both signatures there because of the 401.
    let url = server.url("/1");
    let answered = fetches.fetch_object(&url, Unproven).await;
    assert!(
        matches!(answered, Err(FetchError::Refused(_))),
        "{answered:?}"
    );
    assert_eq!(server.targets(), ["/1", "/401", "/401"]);
    assert_eq!(wait(&url), Some(1560));
    while wait(&url).is_some() {}
    let url = server.url("/2");
    for lane in [Unproven, Unproven, Proven] {
        // What was too much is no failure that is remembered, and who proved something keeps to no pace.
        let answered = fetches.fetch_object(&url, lane).await;
        let busy = matches!(answered, Err(FetchError::Unreachable(FetchFailure::Busy)));
        assert_eq!(busy, lane == Unproven, "{answered:?}");
    }
    assert_eq!(server.hits().len(), 6);
}

#[tokio::test]
async fn no_redirect_leads_out_of_the_domain() {
    let victim = Server::start(router(&Arc::default())).await;
    let target = victim.url_at("n.example", "/404");
    let router = Router::new().fallback(move |request: axum::extract::Request| {
        let target = target.clone();
        async move {
            let port = request.headers()["host"].to_str().unwrap();
            let port = port.rsplit(':').next().unwrap();
            match request.uri().path() {
                "/here" => redirect(&format!("http://www.m.example:{port}/404")),
                "/404" => status(404),
                "/there" => redirect(&format!("http://www.m.example:{port}/far")),
                _ => redirect(target.as_str()),
            }
        }
    });
    let hostile = Server::start(router).await;
    for lane in [Proven, Unproven] {
        for (path, expected) in [
            ("/here", "Missing"),
            ("/far", "Unreachable(LeavesDomain)"),
            ("/there", "Unreachable(LeavesDomain)"),
        ] {
            let (fetches, _) = fetches();
            let url = hostile.url_at("m.example", path);
            let error = fetches.fetch_object(&url, lane).await.unwrap_err();
            assert_eq!(format!("{error:?}"), expected, "{lane:?} {path}");
            // Nobody is told to come again for it.
            assert!(!error.may_pass());
        }
    }
    assert_eq!((hostile.hits().len(), victim.hits().len()), (10, 0));
}

#[tokio::test]
async fn what_fails_for_strangers_rests_for_strangers_alone() {
    let server = Server::start(router(&Arc::default())).await;
    let (fetches, clock) = fetches();
    for (host, path) in [("a.example", "/503"), ("b.example", "/404")] {
        let url = server.url_at(host, path);
        let before = server.hits().len();
        let ask = async |lane| fetches.fetch_object(&url, lane).await.unwrap_err();
        ask(Unproven).await;
        assert!(fetches.rests(&url, Unproven).is_some(), "{path}");
        assert!(fetches.rests(&url, Proven).is_none(), "{path}");
        ask(Unproven).await;
        assert_eq!(server.hits().len(), before + 1, "{path}");
        ask(Proven).await;
        assert_eq!(server.hits().len(), before + 2, "{path}");
        // What fails for those rests for everybody.
        for lane in [Proven, Unproven] {
            assert!(fetches.rests(&url, lane).is_some(), "{path}");
            ask(lane).await;
        }
        assert_eq!(server.hits().len(), before + 2, "{path}");
    }
    // How long that lasts is told.
    let url = server.url_at("a.example", "/other");
    clock.advance(Duration::from_mins(1));
    let (_, rest) = fetches.rests(&url, Proven).unwrap();
    assert_eq!(rest, Duration::from_mins(4));
}

#[tokio::test]
async fn failures_rest_for_their_time() {
    let hour = Duration::from_hours(1);
    let five_minutes = Duration::from_mins(5);
    // Path, the answer while it rests, how long, and whether another document of the host rests too.
    for (path, repeated, rests, whole_host) in [
        ("/404", "Missing", hour, false),
        ("/410", "Gone", hour, false),
        ("/401", "Unreachable(Resting)", five_minutes, false),
        ("/500", "Unreachable(Resting)", five_minutes, false),
        ("/no-id", "Unreachable(Resting)", five_minutes, false),
        ("/429", "Unreachable(Resting)", five_minutes, true),
        ("/503", "Unreachable(Resting)", five_minutes, true),
    ] {
        let server = Server::start(router(&Arc::default())).await;
        let (fetches, clock) = fetches();
        let (url, other) = (server.url(path), server.url("/403"));
        fetches.fetch_object(&url, Proven).await.unwrap_err();
        let again = fetches.fetch_object(&url, Proven).await;
        assert_eq!(format!("{:?}", again.unwrap_err()), repeated, "{path}");
        let neighbour = fetches.fetch_object(&other, Proven).await;
        let rests_too = matches!(
            neighbour,
            Err(FetchError::Unreachable(FetchFailure::Resting))
        );
        assert_eq!(rests_too, whole_host, "{path}");

        let before = server.hits().len();
        clock.advance(rests.checked_sub(Duration::from_millis(1)).unwrap());
        fetches.fetch_object(&url, Proven).await.unwrap_err();
        assert_eq!(server.hits().len(), before, "{path}");
        clock.advance(Duration::from_millis(1));
        fetches.fetch_object(&url, Proven).await.unwrap_err();
        assert_eq!(server.hits().len(), before + 1, "{path}");
    }
}

#[tokio::test]
async fn a_host_is_left_alone_for_as_long_as_it_asks() {
    for (asks, seconds) in [("120", 120), ("0", 1), ("86400", 3600), ("soon", 300)] {
        let router = Router::new().fallback(move || async move {
            let mut response = status(429);
            let headers = response.headers_mut();
            headers.insert("retry-after", asks.parse().unwrap());
            response
        });
        let server = Server::start(router).await;
        let (fetches, _) = fetches();
        let answered = fetches.fetch_object(&server.url("/1"), Proven).await;
        assert!(answered.unwrap_err().may_pass());
        let (_, rest) = fetches.rests(&server.url("/2"), Proven).unwrap();
        assert_eq!(rest, Duration::from_secs(seconds), "{asks}");
    }
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_rests_altogether() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (fetches, _) = fetches();
    let url = |path: &str| Url::parse(&format!("http://{address}{path}")).unwrap();
    let first = fetches.fetch_object(&url("/1"), Proven).await;
    assert!(
        matches!(
            first,
            Err(FetchError::Unreachable(FetchFailure::Network(_)))
        ),
        "{first:?}"
    );
    let second = fetches.fetch_object(&url("/2"), Proven).await;
    assert!(
        matches!(second, Err(FetchError::Unreachable(FetchFailure::Resting))),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_document_that_is_found_is_not_remembered() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        let host = request.headers()["host"].to_str().unwrap();
        answer(ACTIVITY, format!(r#"{{"id":"http://{host}/ada"}}"#))
    });
    let server = Server::start(router).await;
    let id = server.url("/ada");
    let (fetches, _) = fetches();
    for _ in 0..2 {
        assert!(fetches.fetch_object(&id, Proven).await.is_ok());
    }
    assert_eq!(server.hits().len(), 2);
}

#[tokio::test]
async fn what_is_forbidden_is_not_remembered() {
    let blocked: crate::http_client::HostCheck = Arc::new(|host| host == "bad.example");
    let client = client(ClientSettings {
        blocked,
        ..settings()
    });
    let fetches = SingleFlight::new(client, Arc::new(FixedClock::at(NOW)));
    for _ in 0..2 {
        let answer = fetches
            .fetch_object(&"https://bad.example/".parse().unwrap(), Proven)
            .await;
        assert!(
            matches!(
                answer,
                Err(FetchError::Unreachable(FetchFailure::Forbidden(_)))
            ),
            "{answer:?}"
        );
    }
}

#[test]
fn only_so_many_failures_are_remembered() {
    let mut failures = NegativeCache::default();
    let until = |n: usize| NOW.plus(Duration::from_secs(1 + u64::try_from(n).unwrap()));
    for n in 0..MAX_REMEMBERED + 10 {
        failures.insert(n.to_string(), NOW, until(n), FetchError::Gone);
    }
    assert_eq!(failures.known.len(), MAX_REMEMBERED);
    assert!(failures.get("9", NOW).is_none());
    assert!(failures.get("10", NOW).is_some());
    // Those that are over go all at once.
    failures.insert(
        "new".to_owned(),
        until(MAX_REMEMBERED),
        until(1 << 20),
        FetchError::Gone,
    );
    assert!(failures.known.len() < 20);
}

#[test]
fn what_nobody_holds_is_forgotten() {
    let shared = SharedByName::default();
    let held = shared.join("held", || 1);
    for n in 0..1000 {
        shared.join(&n.to_string(), || n);
    }
    assert_eq!(*shared.join("held", || 2), *held);
    assert!(
        locked(&shared.held).len() < 20,
        "{}",
        locked(&shared.held).len()
    );
}
