use std::{io, net::IpAddr};

use futures_util::stream;

use super::*;

const LIMIT: usize = 1024 * 1024;

fn caller(address: [u8; 4]) -> Caller {
    Caller(Some(Network::of(IpAddr::from(address))))
}

/// A body of these chunks, whose length nobody knows before.
fn chunks(sizes: &[usize]) -> Body {
    let chunks: Vec<_> = sizes
        .iter()
        .map(|size| Ok::<_, io::Error>(Bytes::from(vec![b'x'; *size])))
        .collect();
    Body::from_stream(stream::iter(chunks))
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    let bodies = HeldBodies::default();
    for (body, expected) in [
        (chunks(&[]), Some(0)),
        (chunks(&[1, 2, 3]), Some(6)),
        (chunks(&[LIMIT - 1, 1]), Some(LIMIT)),
        (chunks(&[LIMIT, 1]), None),
        (Body::from(vec![0; LIMIT]), Some(LIMIT)),
        (Body::from(vec![0; LIMIT + 1]), None),
    ] {
        let read = bodies.read(body, LIMIT, Caller(None)).await;
        match (read, expected) {
            (Ok(held), Some(length)) => assert_eq!(held.bytes().len(), length),
            (Err(NotRead::TooLarge), None) => (),
            (read, expected) => panic!("{read:?} instead of {expected:?}"),
        }
    }
    let broken = stream::iter([Ok(Bytes::from("x")), Err(io::Error::other("gone"))]);
    let read = bodies.read(Body::from_stream(broken), LIMIT, Caller(None));
    assert!(matches!(read.await, Err(NotRead::Broken(_))));
    assert_eq!(bodies.change(|held| held.all), 0);
}

#[tokio::test]
async fn a_thousand_likes_of_one_client_wait_together() {
    let bodies = HeldBodies::default();
    let mut held = Vec::new();
    for _ in 0..1000 {
        let like = bodies.read(chunks(&[8192, 8192]), LIMIT, caller([192, 0, 2, 1]));
        held.push(like.await.unwrap());
    }
    assert_eq!(held.len(), 1000);
}

#[tokio::test]
async fn all_bodies_together_and_those_of_one_client_are_bounded() {
    let bodies = HeldBodies::default();
    let full = || chunks(&[LIMIT]);
    let mut held = Vec::new();
    for client in 1..=4 {
        for _ in 0..16 {
            let read = bodies
                .read(full(), LIMIT, caller([192, 0, 2, client]))
                .await;
            held.push(read.unwrap());
        }
        let read = bodies
            .read(chunks(&[1]), LIMIT, caller([192, 0, 2, client]))
            .await;
        assert!(matches!(read, Err(NotRead::NoRoom)), "{client}");
    }
    // The next client finds everything taken, until one body is done with.
    for caller in [caller([192, 0, 2, 9]), Caller(None)] {
        let read = bodies.read(chunks(&[1]), LIMIT, caller).await;
        assert!(matches!(read, Err(NotRead::NoRoom)));
        held.pop();
        assert!(bodies.read(full(), LIMIT, caller).await.is_ok());
        let again = bodies.read(full(), LIMIT, Caller(None)).await;
        held.push(again.unwrap());
    }
    held.clear();
    let left = bodies.change(|held| (held.all, held.by_network.len()));
    assert_eq!(left, (0, 0));
}

#[tokio::test]
async fn a_body_that_is_promised_and_does_not_come_holds_nothing_and_is_given_up() {
    let bodies = HeldBodies {
        max_time: Duration::from_millis(20),
        ..HeldBodies::default()
    };
    let never = stream::once(async { Ok::<_, io::Error>(Bytes::from("x")) });
    let never = Body::from_stream(stream::StreamExt::chain(never, stream::pending()));
    let read = bodies.read(never, LIMIT, caller([192, 0, 2, 1])).await;
    assert!(matches!(read, Err(NotRead::TooSlow)));
    let left = bodies.change(|held| (held.all, held.by_network.len()));
    assert_eq!(left, (0, 0));
}
