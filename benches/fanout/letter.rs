//! Followers at all inboxes, and the publication.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use undersigned::{
    activitystreams::Urls,
    clock::{Clock as _, Millis, SystemClock},
    random::SystemRandom,
    store::{NewActor, Store},
};
use url::Url;

use super::support::{
    accounts::{account, save_followers},
    publication::publish_letter,
};

/// Makes one follower for each of `inboxes` inboxes on each of these hosts.
pub(crate) async fn follow(store: &Store, authorities: &[String], inboxes: usize) {
    let now = SystemClock.now();
    let people: Vec<_> = authorities
        .iter()
        .flat_map(|host| (0..inboxes).map(move |number| person(host, number, now)))
        .collect();
    save_followers(store, &people, now).await;
}

fn person(authority: &str, number: usize, now: Millis) -> NewActor {
    NewActor {
        shared_inbox: None,
        ..account(&format!("http://{authority}"), &number.to_string(), now)
    }
}

/// Publishes a correction of the letter and says how long its transaction took, its followers' queue included.
pub(crate) async fn edit(store: &Store, origin: &Url) -> anyhow::Result<Duration> {
    let before = store.read().await?.current_revision().await?;
    let source = before.context("nothing was published")?.source;
    let source = source.replacen(". ", ". Indeed. ", 1);
    let urls = Urls::new(origin, "", "letter");
    let begun = Instant::now();
    let mut tx = store.write().await?;
    publish_letter(&mut tx, &urls, &SystemRandom, SystemClock.now(), &source).await;
    tx.commit().await?;
    Ok(begun.elapsed())
}
