//! Tests of capped, shared and negatively cached fetches, over HTTP on loopback.

use axum::{Router, extract::Path, routing::get};
use tokio::sync::Notify;

use super::*;
use crate::{
    clock::FixedClock,
    http_client::{
        ClientSettings,
        testing::{ACTIVITY, NOW, Server, answer, client, settings, status},
    },
};

/// A single flight with its clock.
fn fetches(limits: FetchLimits) -> (SingleFlight, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(NOW));
    let fetches = SingleFlight::new(client(settings()), Arc::<FixedClock>::clone(&clock), limits);
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
    let (fetches, _) = fetches(FetchLimits::of(20));
    let ask = |url: Url| {
        let fetches = fetches.clone();
        tokio::spawn(async move { fetches.fetch_object(&url).await })
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
    let (fetches, _) = fetches(FetchLimits::of(20));
    let ask = || {
        let (fetches, url) = (fetches.clone(), server.url("/slow"));
        tokio::spawn(async move { fetches.fetch_object(&url).await })
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

/// Whether a further fetch finds no place while one is under way.
async fn check_busy(limits: FetchLimits, same_domain: bool, busy: bool) {
    let go = Arc::new(Notify::new());
    let server = Server::start(router(&go)).await;
    let (fetches, _) = fetches(FetchLimits {
        patience: Duration::ZERO,
        ..limits
    });
    let slow = server.url("/slow");
    let first = tokio::spawn({
        let fetches = fetches.clone();
        async move { fetches.fetch_object(&slow).await }
    });
    until_hits(&server, 1).await;
    let host = if same_domain {
        "127.0.0.1"
    } else {
        "m.example"
    };
    let second = fetches.fetch_object(&server.url_at(host, "/404")).await;
    assert_eq!(
        matches!(second, Err(FetchError::Unreachable(FetchFailure::Busy))),
        busy,
        "{second:?}"
    );
    go.notify_one();
    assert!(matches!(first.await.unwrap(), Err(FetchError::Missing)));
    // The place is free again, and being busy was nobody's failure.
    let third = fetches.fetch_object(&server.url_at(host, "/404")).await;
    assert!(matches!(third, Err(FetchError::Missing)), "{third:?}");
}

#[tokio::test]
async fn places_are_few_and_one_domain_does_not_take_them_all() {
    let limits = |in_flight, per_domain| FetchLimits {
        in_flight,
        per_domain,
        ..FetchLimits::of(0)
    };
    check_busy(limits(1, 5), false, true).await;
    check_busy(limits(2, 5), false, false).await;
    check_busy(limits(5, 1), true, true).await;
    check_busy(limits(5, 1), false, false).await;
}

#[tokio::test]
async fn one_domain_is_asked_so_many_times_a_minute_and_no_more() {
    let server = Server::start(router(&Arc::default())).await;
    let (fetches, clock) = fetches(FetchLimits {
        per_domain_a_minute: 2,
        patience: Duration::ZERO,
        ..FetchLimits::of(20)
    });
    let is_busy = async |host: &str, path: &str| {
        let answered = fetches.fetch_object(&server.url_at(host, path)).await;
        matches!(answered, Err(FetchError::Unreachable(FetchFailure::Busy)))
    };
    assert!(!is_busy("127.0.0.1", "/404").await);
    // What is remembered is not asked for again.
    assert!(!is_busy("127.0.0.1", "/404").await);
    assert!(!is_busy("127.0.0.1", "/410").await);
    assert!(is_busy("127.0.0.1", "/401").await);
    assert_eq!(server.targets(), ["/404", "/410"]);
    assert!(!is_busy("m.example", "/401").await, "another host");
    // A domain has any number of hosts, and they share what it may have.
    assert!(!is_busy("a.m.example", "/401").await);
    assert!(is_busy("b.m.example", "/401").await);
    clock.advance(Duration::from_secs(30));
    assert!(!is_busy("127.0.0.1", "/403").await);
    assert!(is_busy("127.0.0.1", "/500").await);
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
        let (fetches, clock) = fetches(FetchLimits::of(20));
        let (url, other) = (server.url(path), server.url("/403"));
        fetches.fetch_object(&url).await.unwrap_err();
        let again = fetches.fetch_object(&url).await;
        assert_eq!(format!("{:?}", again.unwrap_err()), repeated, "{path}");
        let neighbour = fetches.fetch_object(&other).await;
        let rests_too = matches!(
            neighbour,
            Err(FetchError::Unreachable(FetchFailure::Resting))
        );
        assert_eq!(rests_too, whole_host, "{path}");

        let before = server.hits().len();
        clock.advance(rests.checked_sub(Duration::from_millis(1)).unwrap());
        fetches.fetch_object(&url).await.unwrap_err();
        assert_eq!(server.hits().len(), before, "{path}");
        clock.advance(Duration::from_millis(1));
        fetches.fetch_object(&url).await.unwrap_err();
        assert_eq!(server.hits().len(), before + 1, "{path}");
    }
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_rests_altogether() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (fetches, _) = fetches(FetchLimits::of(20));
    let url = |path: &str| Url::parse(&format!("http://{address}{path}")).unwrap();
    let first = fetches.fetch_object(&url("/1")).await;
    assert!(
        matches!(
            first,
            Err(FetchError::Unreachable(FetchFailure::Network(_)))
        ),
        "{first:?}"
    );
    let second = fetches.fetch_object(&url("/2")).await;
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
    let (fetches, _) = fetches(FetchLimits::of(20));
    for _ in 0..2 {
        assert!(fetches.fetch_object(&id).await.is_ok());
    }
    assert_eq!(server.hits().len(), 2);
}

#[tokio::test]
async fn what_is_forbidden_takes_no_place_and_is_not_remembered() {
    let blocked: crate::http_client::HostCheck = Arc::new(|host| host == "bad.example");
    let client = client(ClientSettings {
        blocked,
        ..settings()
    });
    let fetches = SingleFlight::new(client, Arc::new(FixedClock::at(NOW)), FetchLimits::of(0));
    for _ in 0..2 {
        let answer = fetches
            .fetch_object(&"https://bad.example/".parse().unwrap())
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
