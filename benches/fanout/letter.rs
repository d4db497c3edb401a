//! A letter with followers everywhere, and its publication.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use undersigned::{
    activitystreams::Urls,
    clock::{Clock as _, Millis, SystemClock},
    endorsement::policy::LetterState,
    hash::Sha256,
    letter,
    random::SystemRandom,
    register::letter::{
        note::NoteSettings,
        publish::{Doubt, PublishOrder, RevisionKind, publish},
    },
    store::{FollowerRow, HostRow, NewActor, Store},
};
use url::Url;

/// Followers of one transaction; one statement of SQLite takes 32,766 values.
const AT_ONCE: usize = 1000;

/// Lets somebody at each of so many inboxes on all these hosts follow the letter.
pub(crate) async fn follow(
    store: &Store,
    authorities: &[String],
    inboxes: usize,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let people: Vec<_> = authorities
        .iter()
        .flat_map(|host| (0..inboxes).map(move |number| person(host, number, now)))
        .collect();
    for some in people.chunks(AT_ONCE) {
        let mut tx = store.write().await?;
        tx.save_actors(some).await?;
        let hashes: Vec<_> = some.iter().map(|it| Sha256::of(&it.url)).collect();
        let followers: Vec<_> = tx
            .actors(&hashes)
            .await?
            .iter()
            .map(|it| FollowerRow {
                actor_id: it.id,
                follow_hash: None,
                since: now,
            })
            .collect();
        tx.save_followers(&followers).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn person(authority: &str, number: usize, now: Millis) -> NewActor {
    let url = format!("http://{authority}/users/{number}");
    let host = HostRow {
        authority: authority.to_owned(),
        name: "127.0.0.1".to_owned(),
        domain: "127.0.0.1".to_owned(),
    };
    NewActor {
        host: host.clone(),
        r#type: "Person".to_owned(),
        handle: format!("@{number}@{authority}"),
        name: format!("Follower {number}"),
        page: None,
        published_at: None,
        discoverable: true,
        opted_out: false,
        inbox: (format!("{url}/inbox"), host),
        shared_inbox: None,
        followers: None,
        suspended: false,
        keys: Vec::new(),
        read_at: now,
        url,
    }
}

/// Publishes a correction of the letter and says how long its transaction took, its followers' queue included.
pub(crate) async fn edit(store: &Store, origin: &Url) -> anyhow::Result<Duration> {
    let before = store.read().await?.current_revision().await?;
    let source = before.context("nothing was published")?.source;
    let source = source.replacen(". ", ". Indeed. ", 1);
    let letter = letter::parse(source.as_bytes(), None)?;
    let order = PublishOrder {
        letter: &letter,
        source: &source,
        kind: Some(RevisionKind::Typo),
        note: None,
        doubt: Doubt::Refuses,
        by: "bench".to_owned(),
    };
    let settings = NoteSettings::default();
    let urls = Urls::new(origin, "", "letter");
    let begun = Instant::now();
    let mut tx = store.write().await?;
    let now = SystemClock.now();
    let (published, _) = publish(
        &mut tx,
        &urls,
        &settings,
        &SystemRandom,
        now,
        LetterState::Open,
        &order,
    )
    .await?;
    tx.commit().await?;
    let took = begun.elapsed();
    anyhow::ensure!(published.revision.is_some(), "the text did not change");
    Ok(took)
}
