//! Tests of the cache of rendered responses.

use std::{
    io::Read as _,
    pin::{Pin, pin},
    sync::atomic::AtomicUsize,
};

use axum::{body::to_bytes, http::header::ACCEPT_ENCODING};
use flate2::read::GzDecoder;
use futures_util::{
    future::{Ready, join_all, pending, ready},
    poll,
};
use tokio::sync::Notify;

use super::*;
use crate::clock::FixedClock;

const SECOND: Duration = Duration::from_secs(1);

/// A cache with its clock, in which additions wait for a second.
fn cache() -> (Cache, Arc<FixedClock>) {
    cache_of(MOST_BYTES)
}

fn cache_of(bytes: u64) -> (Cache, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(Millis::from_millis(1_795_348_800_000)));
    let generation = Generation::new(Arc::<FixedClock>::clone(&clock), SECOND);
    (Cache::of_bytes(generation, bytes), clock)
}

fn plain(text: impl Into<Bytes>) -> Rendered {
    Rendered::new("text/plain", ASK, text)
}

fn rendered(text: &'static str) -> Ready<Result<Rendered, ()>> {
    ready(Ok(plain(text)))
}

/// What `/` is answered, by this text if it has to be rendered.
async fn asked(cache: &Cache, text: &'static str) -> String {
    body(&cache.get("/", rendered(text)).await.unwrap())
}

fn body(rendered: &Rendered) -> String {
    String::from_utf8(rendered.body.to_vec()).unwrap()
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Arc<Rendered>, ()>> + 'a>>;

/// Somebody who asks for `/`, and whose rendering waits for `go`.
fn waiting<'a>(
    cache: &'a Cache,
    text: &'static str,
    go: &'a Notify,
    renderings: &'a AtomicUsize,
) -> Waiting<'a> {
    Box::pin(cache.get("/", async move {
        renderings.fetch_add(1, Ordering::SeqCst);
        go.notified().await;
        rendered(text).await
    }))
}

#[tokio::test]
async fn what_was_rendered_is_served_until_something_is_taken_off() {
    let (cache, _) = cache();
    assert_eq!(asked(&cache, "one").await, "one");
    assert_eq!(asked(&cache, "two").await, "one");
    cache.generation.take(News::Nothing);
    assert_eq!(asked(&cache, "three").await, "one");
    for removal in ["four", "five"] {
        cache.generation.take(News::Removal);
        assert_eq!(asked(&cache, removal).await, removal);
    }
}

#[tokio::test]
async fn what_is_added_waits_for_a_while_and_no_longer() {
    let (cache, clock) = cache();
    cache.generation.bump();
    assert_eq!(asked(&cache, "none").await, "none");
    let almost = SECOND.saturating_sub(Duration::from_millis(1));
    for _ in 0..3 {
        cache.generation.take(News::Addition);
        assert_eq!(asked(&cache, "early").await, "none");
        clock.advance(almost / 3);
    }
    assert_eq!(asked(&cache, "early").await, "none");
    // Nothing further happens.
    clock.advance(Duration::from_millis(1));
    assert_eq!(asked(&cache, "three").await, "three");
    clock.advance(SECOND * 10);
    assert_eq!(asked(&cache, "nothing new").await, "three");
    // After a quiet time the first one is there at once, and the next one waits again.
    cache.generation.take(News::Addition);
    assert_eq!(asked(&cache, "four").await, "four");
    cache.generation.take(News::Addition);
    assert_eq!(asked(&cache, "five").await, "four");
    // A removal takes the addition along.
    cache.generation.take(News::Removal);
    assert_eq!(asked(&cache, "less").await, "less");
    clock.advance(SECOND * 10);
    assert_eq!(asked(&cache, "again").await, "less");
}

#[test]
fn a_clock_that_is_set_back_holds_up_no_addition() {
    let clock = Arc::new(FixedClock::at(Millis::from_millis(10_000)));
    let generation = Generation::new(Arc::<FixedClock>::clone(&clock), SECOND);
    generation.bump();
    let earlier = Arc::new(FixedClock::at(Millis::from_millis(5000)));
    let set_back = SharedGeneration {
        clock: earlier,
        render_every: SECOND,
        version: Mutex::new(Version {
            number: generation.current(),
            since: clock.now(),
            pending: true,
        }),
    };
    assert_eq!(Generation(Arc::new(set_back)).current(), 2);
}

#[test]
fn additions_do_not_wait_where_they_need_not() {
    let clock = Arc::new(FixedClock::default());
    let generation = Generation::new(clock, Duration::ZERO);
    for expected in 1..4 {
        generation.take(News::Addition);
        assert_eq!(generation.current(), expected);
    }
}

#[tokio::test]
async fn of_all_who_ask_at_the_same_time_one_renders() {
    let (cache, _) = cache();
    let (go, renderings) = (Notify::new(), AtomicUsize::new(0));
    let mut asking: Vec<_> = (0..64)
        .map(|_| waiting(&cache, "once", &go, &renderings))
        .collect();
    for one in &mut asking {
        assert!(poll!(one).is_pending());
    }
    go.notify_one();
    for answer in join_all(asking).await {
        assert_eq!(body(&answer.unwrap()), "once");
    }
    assert_eq!(renderings.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn when_the_one_who_renders_goes_away_another_one_does() {
    let (cache, _) = cache();
    let (go, renderings) = (Notify::new(), AtomicUsize::new(0));
    let mut leader = waiting(&cache, "never", &go, &renderings);
    let mut others: Vec<_> = (0..3)
        .map(|_| waiting(&cache, "second", &go, &renderings))
        .collect();
    assert!(poll!(&mut leader).is_pending());
    for one in &mut others {
        assert!(poll!(one).is_pending());
    }
    // One that only waits may go as well.
    others.pop();
    drop(leader);
    go.notify_one();
    for answer in join_all(others).await {
        assert_eq!(body(&answer.unwrap()), "second");
    }
    assert_eq!(renderings.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_is_kept_for_nobody() {
    let (cache, _) = cache();
    let go = Notify::new();
    let mut first = Box::pin(cache.get("/", async {
        go.notified().await;
        Err("the database")
    }));
    assert!(poll!(&mut first).is_pending());
    let page = async { Ok::<_, &str>(plain("a page")) };
    let mut second = Box::pin(cache.get("/", page));
    assert!(poll!(&mut second).is_pending());
    go.notify_one();
    assert_eq!(first.await.unwrap_err(), "the database");
    assert_eq!(body(&second.await.unwrap()), "a page");
}

#[tokio::test]
async fn what_was_begun_before_a_removal_is_not_for_who_asks_after_it() {
    let (cache, _) = cache();
    let (go, renderings) = (Notify::new(), AtomicUsize::new(0));
    let mut before = waiting(&cache, "a name", &go, &renderings);
    assert!(poll!(&mut before).is_pending());
    cache.generation.take(News::Removal);
    assert_eq!(asked(&cache, "no name").await, "no name");
    go.notify_one();
    assert_eq!(body(&before.await.unwrap()), "a name");
    assert_eq!(asked(&cache, "another").await, "no name");
}

#[tokio::test]
async fn an_outdated_response_leaves_the_memory() {
    let (cache, _) = cache();
    for key in ["/", "/supporters", "/about"] {
        cache.get(key, rendered("a name")).await.unwrap();
    }
    assert_eq!(cache.kept.len(), 3);
    cache.generation.take(News::Removal);
    asked(&cache, "no name").await;
    assert_eq!(cache.kept.len(), 1);
}

#[tokio::test]
async fn searches_push_out_each_other_and_not_what_everybody_asks_for() {
    const BYTES: u64 = 256 * 1024;
    let (cache, _) = cache_of(BYTES);
    let mut most = 0;
    for n in 0..1000 {
        let page = "x".repeat(4096);
        let search = async { Ok::<_, ()>(plain(page)) };
        cache
            .get(&format!("/supporters?q={n}"), search)
            .await
            .unwrap();
        assert_eq!(
            asked(&cache, if n == 0 { "first" } else { "again" }).await,
            "first"
        );
        assert!(cache.kept.weight() <= BYTES);
        most = most.max(cache.kept.len());
    }
    // Not all of them went at once.
    assert!(
        cache.kept.len() > most / 2,
        "{} of {most}",
        cache.kept.len()
    );
    assert!(most > 16, "{most}");
}

#[tokio::test]
async fn what_is_larger_than_the_cache_is_answered_and_not_kept() {
    let (cache, _) = cache_of(8192);
    for _ in 0..2 {
        let large = async { Ok::<_, ()>(plain("x".repeat(10_000))) };
        assert_eq!(cache.get("/", large).await.unwrap().body.len(), 10_000);
    }
    assert_eq!(cache.kept.len(), 0);
}

#[tokio::test]
async fn a_client_that_has_it_already_gets_304() {
    let rendered = plain("hello ".repeat(1000));
    let (etag, in_gzip) = (rendered.etag.clone(), rendered.gzip_etag.clone());
    let weak = HeaderValue::try_from(format!("W/{}", etag.to_str().unwrap())).unwrap();
    let both = HeaderValue::try_from(format!("\"x\", {}", etag.to_str().unwrap())).unwrap();
    for (known, expected) in [
        (None, None),
        (Some(HeaderValue::from_static("\"other\"")), None),
        (Some(etag.clone()), Some(&etag)),
        (Some(weak), Some(&etag)),
        (Some(both), Some(&etag)),
        (Some(HeaderValue::from_static("*")), Some(&etag)),
        (Some(in_gzip.clone()), Some(&in_gzip)),
    ] {
        let mut request = HeaderMap::new();
        request.extend(known.clone().map(|known| (IF_NONE_MATCH, known)));
        let answer = rendered.answer(&request).await;
        let status = if expected.is_some() {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::OK
        };
        assert_eq!(answer.status(), status, "{known:?}");
        assert_eq!(
            answer.headers()[ETAG],
            expected.unwrap_or(&etag),
            "{known:?}"
        );
        assert_eq!(answer.headers()[VARY], "Accept, Accept-Encoding");
        let length = to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap()
            .len();
        assert_eq!(length == 0, expected.is_some(), "{known:?}");
    }
}

#[tokio::test]
async fn gzip_is_made_once_and_for_who_accepts_it() {
    let text = "hello ".repeat(1000);
    let rendered = plain(text.clone());
    let bytes = rendered.bytes;
    let mut request = HeaderMap::new();
    let answer = rendered.answer(&request).await;
    assert!(!answer.headers().contains_key(CONTENT_ENCODING));
    assert!(!rendered.gzip.initialized());
    request.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let answer = rendered.answer(&request).await;
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[ETAG], rendered.gzip_etag);
        bodies.push(to_bytes(answer.into_body(), usize::MAX).await.unwrap());
    }
    // The very same bytes in memory.
    assert_eq!(bodies[0].as_ptr(), bodies[1].as_ptr());
    let mut unpacked = String::new();
    let mut decoder = GzDecoder::new(bodies[0].as_ref());
    decoder.read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text);
    assert!(bodies[0].len() < text.len());
    // The cache would lose count otherwise.
    assert_eq!(rendered.bytes, bytes);
}

#[tokio::test]
async fn a_picture_goes_out_as_it_is() {
    let picture = Rendered::compressed("image/png", HOUR, vec![0; 5000]);
    let mut request = HeaderMap::new();
    request.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let answer = picture.answer(&request).await;
    assert!(!answer.headers().contains_key(CONTENT_ENCODING));
    assert_eq!(picture.bytes, size_of::<Rendered>() + 5000);
}

#[tokio::test]
async fn who_waits_is_not_lost_with_a_cache_that_is_swept() {
    let (cache, _) = cache();
    let (go, renderings) = (Notify::new(), AtomicUsize::new(0));
    let mut leader = waiting(&cache, "old", &go, &renderings);
    let mut other = waiting(&cache, "old", &go, &renderings);
    assert!(poll!(&mut leader).is_pending());
    assert!(poll!(&mut other).is_pending());
    cache.generation.take(News::Removal);
    let never = pin!(cache.get("/", pending::<Result<Rendered, ()>>()));
    assert!(poll!(never).is_pending());
    go.notify_one();
    assert_eq!(body(&leader.await.unwrap()), "old");
    assert_eq!(body(&other.await.unwrap()), "old");
}
