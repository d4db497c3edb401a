//! Limits that keep strangers from filling the register.

use super::{
    people::{like, person, post_id, react, reply, reworded, unlike, with_document},
    support::{DAY, NOW, SECOND, World},
};
use crate::{
    endorsement::policy::LetterState,
    register::{
        InboundActivity, ReceiveOutcome,
        inbound::receive::receive,
        maintenance::{check::repair, quotas::keep_evidence_within},
    },
    store::NewActor,
};

/// The document of an account that is an hour old, so that its acts wait.
fn young(who: &str, domain: &str) -> NewActor {
    let mut document = person(who);
    document.host.domain = domain.to_owned();
    document.inbox.1.domain = domain.to_owned();
    NewActor {
        published_at: Some(NOW),
        ..document
    }
}

/// The like of a young account.
pub(super) fn newcomer(n: usize, domain: &str) -> InboundActivity {
    let who = format!("n{n}@s{n}.{domain}");
    with_document(young(&who, domain), like(&who, "likes/1"))
}

pub(super) async fn crowd(world: &World, domain: &str) {
    for hundred in 0..10 {
        let people: Vec<_> = (0..100)
            .map(|n| newcomer(hundred * 100 + n, domain))
            .collect();
        let answers = world.receive(&people).await;
        assert_eq!(answers, vec![ReceiveOutcome::Taken; 100]);
    }
}

#[tokio::test]
async fn a_thousand_may_wait_from_one_domain_and_the_rest_come_later() {
    let world = World::with(&["ada@crowded.example"]).await;
    crowd(&world, "crowded.example").await;
    let batch = [
        newcomer(2000, "crowded.example"),
        newcomer(2001, "other.example"),
        like("ada@crowded.example", "likes/1"),
        newcomer(2002, "crowded.example"),
    ];
    let expected = [
        ReceiveOutcome::Later,
        ReceiveOutcome::Taken,
        ReceiveOutcome::Taken,
        ReceiveOutcome::Later,
    ];
    assert_eq!(world.receive(&batch).await, expected);
    assert_eq!(
        world.state("n2001@s2001.other.example").await,
        "pending age"
    );
    assert_eq!(world.state("ada@crowded.example").await, "listed Ada");
    // Nothing of the delayed activities was written, so sending them again is no repetition.
    let again = world.receive(&[newcomer(2000, "crowded.example")]).await;
    assert_eq!(again, [ReceiveOutcome::Later]);
    let state = world.state("n2000@s2000.crowded.example").await;
    assert_eq!(state, "nothing");
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn who_waits_from_a_crowded_domain_goes_on_and_leaves() {
    let world = World::new().await;
    crowd(&world, "crowded.example").await;
    let first = "n0@s0.crowded.example";
    // This actor waits already, so its reply takes no new place.
    assert_eq!(
        world.receive(&[reply(first, "1", "I sign")]).await,
        [ReceiveOutcome::Taken]
    );
    let left = [unlike("n1@s1.crowded.example", "likes/1")];
    assert_eq!(world.receive(&left).await, [ReceiveOutcome::Taken]);
    assert_eq!(world.state("n1@s1.crowded.example").await, "withdrawn");
    // The withdrawal makes room for one more.
    let next = [
        newcomer(3000, "crowded.example"),
        newcomer(3001, "crowded.example"),
    ];
    assert_eq!(
        world.receive(&next).await,
        [ReceiveOutcome::Taken, ReceiveOutcome::Later]
    );
}

#[tokio::test]
async fn a_paused_letter_lets_only_so_many_wait_and_takes_everybody_who_leaves() {
    let mut world = World::new().await;
    crowd(&world, "crowded.example").await;
    world.letter(LetterState::Paused);
    let who = "n4000@s4000.crowded.example";
    let batch = [newcomer(4000, "crowded.example"), unlike(who, "likes/1")];
    // An actor who comes and leaves in one batch takes no place.
    assert_eq!(
        world.receive(&batch).await,
        [ReceiveOutcome::Taken, ReceiveOutcome::Taken]
    );
    assert_eq!(world.state(who).await, "withdrawn");
}

#[tokio::test]
async fn who_takes_something_back_is_not_put_off() {
    let world = World::new().await;
    crowd(&world, "crowded.example").await;
    let who = "n5000@s5000.crowded.example";
    for leaving in [unlike(who, "likes/0"), reply(who, "1", "withdraw")] {
        let batch = [leaving, newcomer(5000, "crowded.example")];
        let mut tx = world.store.write().await.unwrap();
        let received = receive(&mut tx, &world.context, &world.surge, NOW, &batch).await;
        assert_eq!(received.unwrap().0, [ReceiveOutcome::Taken; 2]);
        // Not committed, so that each begins with nothing.
    }
}

/// An Update of a post that is not known takes nothing back, whatever it says: it would be a way past the limit.
#[tokio::test]
async fn an_edit_of_an_unknown_post_is_put_off() {
    let world = World::new().await;
    let domain = "crowded.example";
    crowd(&world, domain).await;
    for (n, words) in ["Should I sign?", "I sign"].into_iter().enumerate() {
        let who = format!("n{n}@s600{n}.{domain}");
        let edit = with_document(young(&who, domain), reworded(&who, "1", 1, words));
        assert_eq!(world.receive(&[edit]).await, [ReceiveOutcome::Later]);
        assert_eq!(world.state(&who).await, "nothing");
    }
}

#[tokio::test]
async fn the_last_ten_signatures_and_a_hundred_comments_of_one_are_enough() {
    let world = World::with(&["ada", "bob"]).await;
    for batch in 0..3 {
        let posts: Vec<_> = (0..50)
            .flat_map(|n| {
                let post = format!("{batch}-{n}");
                let other = format!("c{post}");
                [
                    reply("ada", &post, "I sign"),
                    reply("ada", &other, "This is wrong"),
                ]
            })
            .collect();
        assert_eq!(
            world.receive(&posts).await,
            vec![ReceiveOutcome::Taken; 100]
        );
    }
    let count = async |kind: &'static str| world.column(kind).await.len();
    let last: Vec<_> = (40..50)
        .map(|n| post_id("ada", &format!("2-{n}")))
        .collect();
    let standing = "SELECT object FROM act WHERE kind = 'reply' AND ended_at IS NULL ORDER BY id";
    assert_eq!(world.column(standing).await, last);
    assert_eq!(
        count("SELECT CAST(act_id AS TEXT) FROM evidence").await,
        110
    );
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(
        count("SELECT object FROM act WHERE kind = 'comment'").await,
        100
    );
    assert_eq!(count("SELECT public_id FROM comment").await, 100);
    // The limit holds for each actor alone, and withdrawing ends all acts.
    world.take(reply("bob", "1", "I sign")).await;
    assert_eq!(world.state("bob").await, "listed Bob");
    world.take(reply("ada", "last", "withdraw")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    let standing = "SELECT object FROM act WHERE ended_at IS NULL";
    assert_eq!(count(standing).await, 1);
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn what_gives_way_to_an_eleventh_signature_takes_nobody_off_and_is_never_the_newest() {
    for (words, waits) in [("I sign", true), ("Should I sign?", false)] {
        let mut world = World::with(&["ada"]).await;
        world.take(like("ada", "l1")).await;
        let named = world.state("ada").await;
        assert_eq!(named, "listed Ada");
        world.letter(if waits {
            LetterState::Paused
        } else {
            LetterState::Open
        });
        for n in 0..12 {
            world.clock.advance(SECOND);
            world.take(reply("ada", &n.to_string(), words)).await;
        }
        assert_eq!(world.state("ada").await, named, "{words}");
        let standing =
            "SELECT object FROM act WHERE family = 'post' AND ended_at IS NULL ORDER BY id";
        let last: Vec<_> = (2..12).map(|n| post_id("ada", &n.to_string())).collect();
        assert_eq!(world.column(standing).await, last, "{words}");
        assert!(world.check().await.findings.is_empty());
    }
    // A newest one that has to wait stands beside nine that count.
    let mut world = World::with(&["ada"]).await;
    for n in 0..10 {
        world.clock.advance(SECOND);
        world.take(reply("ada", &n.to_string(), "I sign")).await;
    }
    world.letter(LetterState::Paused);
    world.take(reply("ada", "late", "I sign")).await;
    let waiting = "SELECT object FROM act WHERE outcome = 'pending' AND ended_at IS NULL";
    assert_eq!(world.column(waiting).await, [post_id("ada", "late")]);
    let standing = "SELECT object FROM act WHERE ended_at IS NULL";
    assert_eq!(world.column(standing).await.len(), 10);
}

#[tokio::test]
async fn of_reactions_in_every_tone_a_hundred_are_enough() {
    let world = World::with(&["ada"]).await;
    let emoji = include_str!("../../endorsement/data/reactions.txt").lines();
    let emoji = emoji.filter(|line| !line.starts_with('#'));
    let tones = [
        "",
        "\u{1f3fb}",
        "\u{1f3fc}",
        "\u{1f3fd}",
        "\u{1f3fe}",
        "\u{1f3ff}",
    ];
    let all = emoji.flat_map(|emoji| tones.map(|tone| format!("{emoji}{tone}")));
    for (n, emoji) in all.enumerate() {
        world.take(react("ada", &format!("r{n}"), &emoji)).await;
    }
    let standing = "SELECT object FROM act WHERE ended_at IS NULL";
    assert_eq!(world.column(standing).await.len(), 100);
}

#[tokio::test]
async fn edits_make_no_more_comments_than_a_hundred_and_one() {
    let world = World::with(&["ada"]).await;
    let second = |n: u32| 2 * n + 1;
    for n in 0..105_u32 {
        let post = n.to_string();
        let signed = reply("ada", &post, "I sign");
        let unsigned = reworded("ada", &post, second(n), "This is wrong");
        assert_eq!(world.receive(&[signed]).await, [ReceiveOutcome::Taken]);
        assert_eq!(world.receive(&[unsigned]).await, [ReceiveOutcome::Taken]);
    }
    let count = async |kind: &'static str| world.column(kind).await.len();
    let standing = "SELECT object FROM act WHERE kind = 'comment' AND ended_at IS NULL";
    assert_eq!(count(standing).await, 101);
    assert!(count("SELECT public_id FROM comment").await <= 101);
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn a_history_keeps_the_first_and_the_last_ten_changes_of_a_day() {
    let world = World::with(&["ada"]).await;
    for n in 0..30 {
        let id = format!("likes/{n}");
        world.take(like("ada", &id)).await;
        world.clock.advance(SECOND);
        world.take(unlike("ada", &id)).await;
        world.clock.advance(SECOND);
    }
    let history = world.history("ada").await;
    let left_out: Vec<_> = history.iter().map(|entry| entry.left_out).collect();
    let mut expected = vec![0; 20];
    expected[10] = 40;
    assert_eq!(left_out, expected);
    assert!(world.check().await.findings.is_empty());
    // The next day keeps its own first and last changes.
    world.clock.advance(DAY);
    world.read_again(person("ada")).await;
    world.take(like("ada", "likes/next")).await;
    assert_eq!(world.history("ada").await.len(), 21);
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn the_oldest_evidence_goes_when_all_of_it_is_over_the_budget() {
    let world = World::with(&["ada", "bob", "cid"]).await;
    for who in ["ada", "bob", "cid"] {
        world.take(like(who, "likes/1")).await;
    }
    let weigh = async || world.read().await.evidence_bytes().await.unwrap();
    let all = weigh().await;
    let budget = |bytes: i64| usize::try_from(bytes).unwrap();
    // A kept number that is wrong deletes nothing.
    world
        .tamper("UPDATE total SET n = 9000000 WHERE name = 'evidence_bytes'")
        .await;
    assert_eq!(
        keep_evidence_within(&world.store, budget(all))
            .await
            .unwrap(),
        0
    );
    repair(&world.store, &world.context, world.now())
        .await
        .unwrap();
    assert_eq!(
        keep_evidence_within(&world.store, budget(all))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        keep_evidence_within(&world.store, budget(all - 1))
            .await
            .unwrap(),
        1
    );
    let kept = world.kept().await;
    let kept: Vec<_> = kept
        .iter()
        .filter(|line| line.starts_with("evidence"))
        .collect();
    assert_eq!(kept, ["evidence bob likes/1", "evidence cid likes/1"]);
    assert_eq!(keep_evidence_within(&world.store, 0).await.unwrap(), 2);
    assert_eq!(weigh().await, 0);
    // The acts that the evidence proved stay.
    assert_eq!(world.state("ada").await, "listed Ada");
    assert!(world.check().await.findings.is_empty());
}
