//! Objects that are fetched from their own server, and posts that are gone.

use std::time::Duration;

use super::{
    people::{
        a_post, again, by, changed, created, deleted, edited, like, person, post_id, reply, url,
        with_document,
    },
    support::{DAY, HOUR, NOW, World},
};
use crate::{
    endorsement::{Cause, judge::Audience},
    register::{
        InboundAction, InboundActivity, InboundPost, ReceiveOutcome,
        inbound::{
            activity::{DereferenceTask, fetched},
            dereference_jobs::{Removal, next_look, second_check},
            refresh_jobs::{self, SecondCheck, late_check},
        },
    },
    store::{NewActor, NewJob},
};

fn post(url: String, concerns_us: bool) -> InboundAction {
    InboundAction::Dereference(DereferenceTask::Post { url, concerns_us })
}

fn gone(url: String) -> InboundAction {
    InboundAction::Dereference(DereferenceTask::Gone { url })
}

/// A post that was fetched from its own server.
fn read(who: &str, post: &str, words: &str) -> InboundActivity {
    let at = a_post(who, post, words);
    InboundActivity {
        activity: None,
        request: None,
        evidence: fetched(&post_id(who, post), words.as_bytes(), NOW),
        ..created(who, post, at)
    }
}

/// An actor's post that two fetches found gone.
fn source_gone(who: &str, post: &str) -> InboundActivity {
    let object = post_id(who, post);
    InboundActivity {
        activity: None,
        request: None,
        evidence: fetched(&object, &[], NOW),
        ..by(who, "", InboundAction::SourceGone { object })
    }
}

impl World {
    async fn jobs(&self) -> Vec<String> {
        let sql =
            "SELECT kind || ' ' || payload FROM job WHERE ordered_by = 'm.example' ORDER BY id";
        self.column(sql).await
    }
}

#[tokio::test]
async fn a_document_that_names_a_new_account_orders_a_look_at_both() {
    let to = || Some(url("ada@new.example"));
    let moved = |who: &str| NewActor {
        moved_to: to(),
        ..person(who)
    };
    let looks = format!(
        "move {{\"from\":\"{}\",\"to\":\"{}\",\"looks\":0}}",
        url("ada"),
        url("ada@new.example")
    );
    // Whoever endorses; also with the very document that came with the first act.
    let world = World::with(&["ada"]).await;
    world.take(changed(moved("ada"), "c1")).await;
    assert!(world.jobs().await.is_empty());
    world.take(like("ada", "l1")).await;
    world.take(changed(person("ada"), "c2")).await;
    assert!(world.jobs().await.is_empty());
    world.take(changed(moved("ada"), "c3")).await;
    assert_eq!(world.jobs().await, std::slice::from_ref(&looks));
    world.take(changed(moved("ada"), "c4")).await;
    assert_eq!(world.jobs().await.len(), 1);
    let world = World::new().await;
    world
        .take(with_document(moved("ada"), like("ada", "l1")))
        .await;
    assert_eq!(world.jobs().await, [looks]);
    // Nothing changed yet.
    assert_eq!(world.state("ada").await, "listed Ada");
    // Not to ourselves, and not for whoever is blocked.
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let ours = NewActor {
        moved_to: Some("https://letter.example/actor".to_owned()),
        ..person("ada")
    };
    world.take(changed(ours, "c1")).await;
    assert!(world.jobs().await.is_empty());
}

#[test]
fn a_move_is_looked_at_again_after_five_minutes_and_an_hour() {
    let mut removal = Removal {
        from: url("ada"),
        to: url("bo"),
        looks: 0,
    };
    let mut keys = std::collections::HashSet::new();
    for wait in [HOUR / 12, HOUR] {
        let job = next_look(&removal, NOW).unwrap().unwrap();
        assert_eq!((job.kind.as_str(), job.due_at), ("move", NOW.plus(wait)));
        assert!(keys.insert(job.key_hash.clone()));
        removal = serde_json::from_str(&job.payload).unwrap();
    }
    assert_eq!(next_look(&removal, NOW).unwrap(), None);
}

#[tokio::test]
async fn only_what_can_concern_us_is_looked_up_and_once() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    for (n, (action, ordered)) in (1_u32..).zip([
        (post(post_id("ada", "9"), false), None),
        (gone(post_id("ada", "9")), None),
        (post(post_id("ada", "2"), true), Some("fetch_post")),
        (post(post_id("ada", "2"), true), None),
        (post(post_id("ada", "1"), false), Some("fetch_post")),
        (gone(post_id("ada", "1")), Some("look")),
        (gone(post_id("ada", "1")), None),
        (
            InboundAction::Dereference(DereferenceTask::Actor),
            Some("refresh_actor"),
        ),
        (InboundAction::Dereference(DereferenceTask::Actor), None),
        // The Move of an actor who does not endorse is ignored.
        (
            InboundAction::Dereference(DereferenceTask::Moved { to: url("ada2") }),
            None,
        ),
    ]) {
        let before = world.jobs().await.len();
        let mut activity = by("bo", "", action.clone());
        activity.activity = None;
        // Another request each time: the same one would be dropped as a repetition.
        world.take(again(&activity, n)).await;
        let jobs = world.jobs().await;
        let new = jobs.get(before).and_then(|job| job.split(' ').next());
        assert_eq!(new, ordered, "{action:?}");
    }
    let moved = by(
        "ada",
        "move",
        InboundAction::Dereference(DereferenceTask::Moved { to: url("ada2") }),
    );
    world.take(moved).await;
    let last = world.jobs().await.pop().unwrap();
    let payload = format!(
        "move {{\"from\":\"{}\",\"to\":\"{}\",\"looks\":0}}",
        url("ada"),
        url("ada2")
    );
    assert_eq!(last, payload);
    // None of these activities had another effect.
    assert_eq!(world.state("bo").await, "nothing");
    assert_eq!(world.steps("ada").await, ["listed act"]);
}

#[tokio::test]
async fn one_host_orders_only_so_much() {
    let world = World::with(&["bo", "eve@other.example"]).await;
    let orders: Vec<_> = (0..150)
        .map(|n| {
            by(
                "bo",
                &n.to_string(),
                post(format!("https://x.example/{n}"), true),
            )
        })
        .collect();
    world.receive(&orders).await;
    assert_eq!(world.jobs().await.len(), 100);
    let eve = by(
        "eve@other.example",
        "1",
        post("https://y.example/".to_owned(), true),
    );
    world.take(eve).await;
    let all = world.column("SELECT payload FROM job").await;
    assert_eq!(all.len(), 101);
}

#[tokio::test]
async fn a_post_by_push_and_by_fetch_changes_one_row_once() {
    let (push, fetch) = (reply("ada", "1", "I sign"), read("ada", "1", "I sign"));
    for order in [[&push, &fetch], [&fetch, &push]] {
        for size in [1, 2] {
            let world = World::with(&["ada"]).await;
            let both: Vec<_> = order.into_iter().cloned().collect();
            for part in both.chunks(size) {
                world.receive(part).await;
            }
            assert_eq!(world.steps("ada").await, ["listed act"]);
            assert_eq!(world.acts_of(1).await.len(), 1);
        }
    }
}

#[tokio::test]
async fn what_was_deleted_meanwhile_is_not_fetched_back() {
    // One is deleted before it arrived, the other one after.
    let world = World::with(&["ada"]).await;
    world.take(deleted("ada", "1")).await;
    world.take(read("ada", "1", "I sign")).await;
    assert_eq!(world.state("ada").await, "nothing");
    world.take(reply("ada", "2", "I sign")).await;
    world.take(deleted("ada", "2")).await;
    world.clock.advance(30 * DAY);
    world.maintain().await;
    world.meet(person("ada")).await;
    world.take(read("ada", "2", "I sign")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn what_was_gone_twice_ends_and_can_come_back() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign because it matters"))
        .await;
    world.take(source_gone("ada", "2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(source_gone("ada", "1")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(
        world.history("ada").await.last().unwrap().cause,
        Cause::Gone
    );
    assert!(world.public().await.is_empty());
    assert!(world.check().await.findings.is_empty());
    // Name and words are kept for `privacy.purge_withdrawn_after`, so that a mistake can be undone.
    world.clock.advance(2 * DAY);
    world.maintain().await;
    assert!(
        world
            .kept()
            .await
            .iter()
            .any(|line| line.starts_with("name"))
    );
    world
        .take(read("ada", "1", "I sign because it matters"))
        .await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(source_gone("ada", "1")).await;
    world.clock.advance(31 * DAY);
    world.maintain().await;
    assert_eq!(world.kept().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_like_that_stands_takes_over_from_a_post_that_is_gone() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "like")).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(source_gone("ada", "1")).await;
    assert_eq!(world.state("ada").await, "counted");
}

#[test]
fn the_second_look_comes_a_grace_after_the_first() {
    let check = SecondCheck {
        url: "https://m.example/1".to_owned(),
        first: NOW,
    };
    let job = second_check(&check, HOUR).unwrap();
    assert_eq!(job.due_at, NOW.plus(HOUR));
    let read: SecondCheck = serde_json::from_str(&job.payload).unwrap();
    assert_eq!(read, check);
}

#[tokio::test]
async fn an_activity_without_an_id_is_known_again_by_its_body() {
    let world = World::with(&["ada"]).await;
    let mut activity = reply("ada", "1", "I sign");
    activity.activity = None;
    assert_eq!(
        world.receive(&[activity.clone()]).await,
        [ReceiveOutcome::Taken]
    );
    assert_eq!(
        world.receive(&[again(&activity, 1)]).await,
        [ReceiveOutcome::Repeated]
    );
    activity.evidence.body.push(b'!');
    let other = again(&activity, 2);
    assert_eq!(world.receive(&[other]).await, [ReceiveOutcome::Taken]);
}

#[tokio::test]
async fn who_was_gone_twice_follows_and_endorses_no_longer_and_is_told_nothing() {
    let world = World::with(&["ada", "bo"]).await;
    let object = "{}".to_owned();
    world
        .take(by("ada", "follow", InboundAction::Follow { object }))
        .await;
    world.take(like("ada", "like")).await;
    world
        .take(reply("ada", "1", "I sign because it matters"))
        .await;
    world.take(like("bo", "like")).await;
    let sent = world.sent().await.len();
    let gone = InboundActivity {
        activity: None,
        request: None,
        ..by("ada", "", InboundAction::ActorGone)
    };
    world.take(gone).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(
        world.history("ada").await.last().unwrap().cause,
        Cause::Gone
    );
    assert_eq!(world.followers().await, 0);
    assert_eq!(world.sent().await.len(), sent);
    assert!(world.check().await.findings.is_empty());
    // The owner took nothing back: words and name are kept for a while, and a new act counts again.
    world.clock.advance(2 * DAY);
    world.maintain().await;
    assert!(
        world
            .kept()
            .await
            .iter()
            .any(|line| line.starts_with("name"))
    );
    world.read_again(person("ada")).await;
    world.take(like("ada", "like2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn what_ended_before_its_author_left_is_not_read_back() {
    let edited_back = |post| InboundPost {
        updated: Some(NOW.plus(HOUR)),
        ..a_post("ada", post, "I sign")
    };
    let read_back = |post| InboundActivity {
        action: InboundAction::Post(Box::new(edited_back(post))),
        ..read("ada", post, "I sign")
    };
    let leavings = [
        None,
        Some(reply("ada", "9", "withdraw")),
        Some(by("ada", "block", InboundAction::Blocked)),
    ];
    for leaving in leavings {
        for post in ["gone", "edited"] {
            for size in [1, 2] {
                let world = World::with(&["ada"]).await;
                world.take(reply("ada", post, "I sign")).await;
                if post == "gone" {
                    world.take(source_gone("ada", post)).await;
                } else {
                    let hidden = InboundPost {
                        audience: Audience::Direct,
                        ..a_post("ada", post, "I sign")
                    };
                    world.take(edited("ada", 5, hidden)).await;
                }
                assert_eq!(world.state("ada").await, "withdrawn");
                let last: Vec<_> = leaving.iter().cloned().chain([read_back(post)]).collect();
                for part in last.chunks(size) {
                    world.receive(part).await;
                }
                if leaving.is_none() {
                    assert_eq!(world.state("ada").await, "listed Ada", "{post}");
                    continue;
                }
                assert_eq!(world.state("ada").await, "withdrawn", "{post} {leaving:?}");
                // Not even when its row is erased.
                world.clock.advance(31 * DAY);
                world.maintain().await;
                world.meet(person("ada")).await;
                world.take(read_back(post)).await;
                assert!(world.public().await.is_empty(), "{post} {leaving:?}");
                world.take(reply("ada", "new", "I sign")).await;
                assert_eq!(world.state("ada").await, "listed Ada", "{post}");
            }
        }
    }
}

#[tokio::test]
async fn most_accounts_of_a_domain_that_are_gone_stay_for_a_week() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let world = World::with(&names).await;
    for who in names {
        world.take(like(who, &format!("l{who}"))).await;
    }
    let check = |who: &str| SecondCheck {
        url: url(who),
        first: NOW,
    };
    let jobs: Vec<_> = names
        .iter()
        .map(|who| refresh_jobs::second_check(&check(who), DAY).unwrap())
        .collect();
    assert_eq!(late_check(&check("a")).unwrap().due_at, NOW.plus(7 * DAY));
    let waits = async |after: Duration| {
        let mut tx = world.read().await;
        refresh_jobs::is_one_of_many(&mut tx, &check("a"), NOW.plus(after))
            .await
            .unwrap()
    };
    let add = async |jobs: &[NewJob]| {
        let mut tx = world.store.write().await.unwrap();
        tx.add_jobs(jobs).await.unwrap();
        tx.commit().await.unwrap();
    };
    world.tamper("UPDATE actor SET refreshed_at = 1").await;
    // Four are few.
    add(&jobs[..4]).await;
    assert!(!waits(DAY).await);
    // Those count that wait longer already.
    add(&[late_check(&check("e")).unwrap()]).await;
    assert!(waits(DAY).await);
    assert!(!waits(7 * DAY).await);
    // So many were there since that most are not gone.
    world
        .tamper("UPDATE actor SET refreshed_at = 1795348800000")
        .await;
    assert!(!waits(DAY).await);
}
