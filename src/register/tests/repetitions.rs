//! Activities that come again: the same request, and the same id in another one.

use super::{
    people::{
        a_post, a_quote, again, bare_undo, boost, by, changed, created, deleted, dislike, edited,
        like, person, post_id, react, reply, reworded, unboost, unlike, unquoted, url,
    },
    support::{DAY, HOUR, NOW, SECOND, World},
};
use crate::{
    clock::{Clock as _, Millis},
    endorsement::judge::Audience,
    hash::Sha256,
    register::{
        InboundAction, InboundActivity, InboundPost, ReceiveOutcome, RequestIdentity, Undo,
        inbound::activity::fetched,
    },
    store::NewActor,
};

fn follow() -> InboundActivity {
    let object = "https://letter.example/actor".to_owned();
    by("ada", "follow", InboundAction::Follow { object })
}

fn unfollow() -> InboundActivity {
    let undone = Undo::Follow(Some(format!("{}/follow", url("ada"))));
    by("ada", "unfollow", InboundAction::Undo(undone))
}

/// An activity with what its Update says, and the id that GoToSocial and Takahē give every edit.
fn under_one_id(edit: InboundActivity) -> InboundActivity {
    let object = Some(Sha256::of(&format!("{:?}", edit.action)));
    let request = edit.request.clone();
    InboundActivity {
        activity: Some(format!("{}#update", url("ada"))),
        request: request.map(|request| RequestIdentity { object, ..request }),
        ..edit
    }
}

/// A post as its own server shows it.
fn read(post: InboundPost) -> InboundActivity {
    InboundActivity {
        activity: None,
        request: None,
        evidence: fetched(&post.id, b"{}", NOW),
        ..created("ada", "read", post)
    }
}

/// What others can see of Ada: whether she endorses, follows and boosts.
async fn shown(world: &World) -> (String, usize, i64) {
    let state = world.state("ada").await;
    (state, world.followers().await, world.reach().await.0)
}

/// One id for each pair of actor and object: given, taken back and given again, each in a request of its own.
#[tokio::test]
async fn what_is_given_again_under_its_old_id_counts_after_its_undo() {
    type Pair = (InboundActivity, InboundActivity, (&'static str, usize, i64));
    let pairs: [Pair; 6] = [
        (like("ada", "l"), unlike("ada", "l"), ("listed Ada", 0, 0)),
        (
            like("ada", "l"),
            bare_undo("ada", "l"),
            ("listed Ada", 0, 0),
        ),
        (like("ada", "l"), dislike("ada", "d"), ("listed Ada", 0, 0)),
        (
            react("ada", "r", "❤"),
            bare_undo("ada", "r"),
            ("listed Ada", 0, 0),
        ),
        (
            boost("ada", "b", "/letter"),
            unboost("ada", "b"),
            ("nothing", 0, 1),
        ),
        (follow(), unfollow(), ("nothing", 1, 0)),
    ];
    for (given, taken, (state, followers, reach)) in pairs {
        let world = World::with(&["ada"]).await;
        world.published("/letter").await;
        let expected = (state.to_owned(), followers, reach);
        let mut all = Vec::new();
        for round in 0..3 {
            let given = again(&given, 20 * round);
            world.take(given.clone()).await;
            assert_eq!(shown(&world).await, expected, "{round}: {given:?}");
            let taken = again(&taken, 20 * round + 10);
            world.take(taken.clone()).await;
            let (state, followers, reach) = shown(&world).await;
            assert!(matches!(state.as_str(), "withdrawn" | "nothing"), "{state}");
            assert_eq!((followers, reach), (0, 0), "{round}: {taken:?}");
            all.extend([given, taken]);
        }
        let before = shown(&world).await;
        // Whoever recorded all of it can change nothing, in whatever order it is sent again.
        let mut backwards = all.clone();
        backwards.reverse();
        for order in [&all, &backwards] {
            for one in order {
                let answer = world.receive(std::slice::from_ref(one)).await;
                assert_eq!(answer, [ReceiveOutcome::Repeated]);
                assert_eq!(shown(&world).await, before, "{one:?}");
            }
        }
        // A request that nobody has seen, but was signed before it was taken back.
        for seconds in [5, 49] {
            world.take(again(&given, seconds)).await;
            assert_eq!(shown(&world).await, before, "{given:?}");
        }
        world.take(again(&given, 50)).await;
        assert_eq!(shown(&world).await, expected, "{given:?}");
    }
}

#[tokio::test]
async fn a_second_try_of_a_like_changes_nothing_and_a_second_try_of_its_undo_nothing_newer() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let answer = world.receive(&[again(&like("ada", "l1"), 5)]).await;
    assert_eq!(answer, [ReceiveOutcome::Repeated]);
    world.take(again(&unlike("ada", "l1"), 10)).await;
    world.take(again(&like("ada", "l2"), 20)).await;
    world.take(again(&unlike("ada", "l1"), 30)).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn an_undo_of_what_never_came_swallows_one_act_within_six_hours() {
    for (hours, first) in [(0, "nothing"), (5, "nothing"), (6, "listed Ada")] {
        let world = World::with(&["ada"]).await;
        world.take(unlike("ada", "l")).await;
        world.clock.advance(hours * HOUR);
        // A sender's second try is signed anew, so its date says nothing.
        world.take(again(&like("ada", "l"), 10)).await;
        assert_eq!(world.state("ada").await, first, "{hours} hours");
        world.take(again(&like("ada", "l"), 10)).await;
        assert_eq!(world.state("ada").await, first, "sent again, {hours} hours");
        world.take(again(&like("ada", "l"), 20)).await;
        assert_eq!(world.state("ada").await, "listed Ada", "{hours} hours");
    }
    let world = World::with(&["ada"]).await;
    world.take(again(&unlike("ada", "l"), 10)).await;
    world.take(again(&like("ada", "l"), 1)).await;
    world.take(again(&like("ada", "l"), 2)).await;
    assert_eq!(world.state("ada").await, "nothing", "both signed before");
}

#[tokio::test]
async fn a_follow_that_stands_is_answered_each_time_it_comes_in_a_new_request() {
    let world = World::with(&["ada"]).await;
    for seconds in [0, 1, 2] {
        world.take(again(&follow(), seconds)).await;
        world.take(again(&follow(), seconds)).await;
    }
    assert_eq!(world.sent().await, ["Accept"; 3]);
    assert_eq!(world.followers().await, 1);
}

#[tokio::test]
async fn a_follow_that_was_signed_before_its_end_does_not_come_back() {
    for end in [InboundAction::Blocked, InboundAction::ActorDeleted] {
        let world = World::with(&["ada"]).await;
        world.take(follow()).await;
        world.take(again(&by("ada", "end", end), 20)).await;
        world.take(again(&follow(), 10)).await;
        assert_eq!(world.followers().await, 0);
        world.take(again(&follow(), 20)).await;
        assert_eq!(world.followers().await, 1);
    }
}

#[tokio::test]
async fn every_edit_under_one_id_counts_and_none_comes_back() {
    let world = World::with(&["ada"]).await;
    let first = reply("ada", "1", "I sign");
    world.take(first.clone()).await;
    let edit = |seconds, words| under_one_id(reworded("ada", "1", seconds, words));
    let steps = [
        (edit(1, "Tea for everybody"), "withdrawn"),
        (edit(2, "I sign"), "listed Ada"),
        (edit(3, "Tea for some"), "withdrawn"),
        (edit(4, "I sign"), "listed Ada"),
        (edit(5, "Tea for everybody"), "withdrawn"),
    ];
    for (edit, expected) in &steps {
        world.take(edit.clone()).await;
        assert_eq!(world.state("ada").await, *expected, "{edit:?}");
    }
    for one in std::iter::once(&first).chain(steps.iter().map(|step| &step.0)) {
        for seconds in [0, 60] {
            world.take(again(one, seconds)).await;
            assert_eq!(world.state("ada").await, "withdrawn", "{one:?}");
        }
    }
}

/// What was said before is not believed again, because it may be a second try that comes late.
#[tokio::test]
async fn an_edit_back_without_a_date_is_read_on_its_server_unless_it_takes_back() {
    let world = World::with(&["ada"]).await;
    let edit = |words| {
        let post = InboundPost {
            edit: true,
            ..a_post("ada", "1", words)
        };
        under_one_id(by("ada", "", InboundAction::Post(Box::new(post))))
    };
    let (signs, not) = (edit("I sign"), edit("Tea for everybody"));
    world.take(signs.clone()).await;
    world.take(not.clone()).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(again(&signs, 10)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    let job = format!("fetch_post {}", post_id("ada", "1"));
    let jobs = "SELECT kind || ' ' || payload FROM job";
    assert_eq!(world.column(jobs).await, [job]);
    world.take(read(a_post("ada", "1", "I sign"))).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(again(&not, 20)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn of_two_edits_of_one_second_the_one_that_signs_less_stands_until_the_post_was_read() {
    let post = |words: &str| a_post("ada", "1", words);
    let direct = InboundPost {
        audience: Audience::Direct,
        ..post("I sign")
    };
    let pairs = [
        (post("I sign"), post("Tea for everybody"), "withdrawn"),
        (post("I sign"), post("Should I sign?"), "pending unsure"),
        (post("I sign"), direct, "withdrawn"),
        (post("I sign"), a_quote("ada", "1", "Tea"), "withdrawn"),
    ];
    for (more, less, expected) in pairs {
        for more_first in [true, false] {
            let world = World::with(&["ada"]).await;
            world.take(reply("ada", "1", "I sign this")).await;
            let order = if more_first {
                [&more, &less]
            } else {
                [&less, &more]
            };
            for post in order {
                let edit = edited("ada", 5, post.clone());
                world.take(under_one_id(edit)).await;
            }
            assert_eq!(world.state("ada").await, expected, "{less:?} {more_first}");
            // It is read at once, and when no cache has the older one.
            let due = "SELECT CAST(due_at AS TEXT) FROM job ORDER BY due_at";
            let minutes = |n: u32| NOW.plus(n * 60 * SECOND).as_millis().to_string();
            assert_eq!(world.column(due).await, [minutes(0), minutes(5)]);
            let shown = |post: &InboundPost| InboundPost {
                updated: Some(NOW.plus(5 * SECOND)),
                ..post.clone()
            };
            world.take(read(shown(&more))).await;
            assert_eq!(world.state("ada").await, "listed Ada", "{less:?}");
            world.take(read(shown(&less))).await;
            assert_eq!(world.state("ada").await, expected, "{less:?}");
        }
    }
}

#[tokio::test]
async fn an_older_edit_brings_nothing_back_that_a_newer_one_took_from_the_public() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let narrowed = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "1", "I sign")
    };
    world.take(edited("ada", 9, narrowed)).await;
    world.take(reworded("ada", "1", 5, "I sign, gladly")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    // The same with a quote that an edit took out.
    let world = World::with(&["ada"]).await;
    world
        .take(created("ada", "1", a_quote("ada", "1", "I sign")))
        .await;
    world.take(unquoted("ada", "1", 9)).await;
    let earlier = edited("ada", 5, a_quote("ada", "1", "I sign, gladly"));
    world.take(earlier).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn an_old_document_of_an_actor_does_not_come_back() {
    let named = |name: &str| NewActor {
        name: name.to_owned(),
        ..person("ada")
    };
    let update = |name: &str| under_one_id(changed(named(name), name));
    let name = "SELECT name FROM actor";
    let with_hash = |name: &str| {
        let update = update(name);
        let request = update.request.clone();
        let object = Some(Sha256::of(name));
        InboundActivity {
            request: request.map(|request| RequestIdentity { object, ..request }),
            ..update
        }
    };
    let (first, second) = (with_hash("Ada One"), with_hash("Ada Two"));
    for size in [1, 4] {
        let world = World::with(&["ada"]).await;
        world.take(like("ada", "l")).await;
        let all = [
            first.clone(),
            second.clone(),
            first.clone(),
            again(&first, 9),
        ];
        for part in all.chunks(size) {
            world.receive(part).await;
        }
        assert_eq!(
            world.column(name).await,
            ["Ada Two"],
            "in batches of {size}"
        );
        // What was said before in another request is read on its server.
        let jobs = "SELECT kind FROM job";
        assert_eq!(world.column(jobs).await, ["refresh_actor"]);
    }
}

#[tokio::test]
async fn what_its_author_deleted_comes_back_when_author_and_server_say_so() {
    let restoring = |seconds| {
        [
            again(&reply("ada", "1", "I sign"), seconds),
            again(&reworded("ada", "1", 9, "I sign"), seconds),
        ]
    };
    let jobs = "SELECT kind FROM job ORDER BY due_at";
    for forgotten in [false, true] {
        for restored in restoring(20) {
            let world = World::with(&["ada"]).await;
            world.take(reply("ada", "1", "I sign")).await;
            world.take(again(&deleted("ada", "1"), 10)).await;
            if forgotten {
                world.clock.advance(2 * DAY);
                world.maintain().await;
                world.meet(person("ada")).await;
            }
            // Its server alone is not enough, nor is a request that was signed before.
            world.take(read(a_post("ada", "1", "I sign"))).await;
            for early in restoring(9) {
                world.take(early).await;
            }
            assert_eq!(world.state("ada").await, "withdrawn");
            assert!(world.column(jobs).await.is_empty());
            // Nor is the author's word alone.
            world.take(restored.clone()).await;
            assert_eq!(world.state("ada").await, "withdrawn");
            assert_eq!(
                world.column(jobs).await,
                ["fetch_post", "look_again", "fetch_post"]
            );
            world.take(read(a_post("ada", "1", "I sign"))).await;
            assert_eq!(world.state("ada").await, "listed Ada", "{restored:?}");
            assert_eq!(world.row("ada").await.endorsed_at, world.clock.now());
            // It can be deleted again, and what was sent before brings nothing back.
            world.take(again(&deleted("ada", "1"), 30)).await;
            world.take(restored).await;
            world.take(read(a_post("ada", "1", "I sign"))).await;
            assert_eq!(world.state("ada").await, "withdrawn");
            assert!(world.check().await.findings.is_empty());
        }
    }
}

#[tokio::test]
async fn what_was_withdrawn_or_never_came_is_not_restored() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "9", "withdraw")).await;
    world.take(again(&deleted("ada", "1"), 10)).await;
    world.take(again(&deleted("ada", "2"), 10)).await;
    for post in ["1", "2"] {
        world.take(again(&reply("ada", post, "I sign"), 20)).await;
        world.take(read(a_post("ada", post, "I sign"))).await;
    }
    assert_eq!(world.state("ada").await, "withdrawn");
    assert!(world.column("SELECT kind FROM job").await.is_empty());
}

#[tokio::test]
async fn a_withdrawal_that_somebody_has_read_again_ends_nothing_newer() {
    let world = World::with(&["ada"]).await;
    let withdrawal = a_post("ada", "9", "withdraw");
    world.take(reply("ada", "1", "I sign")).await;
    world.take(created("ada", "9", withdrawal.clone())).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(reply("ada", "2", "I sign")).await;
    world.take(read(withdrawal.clone())).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    // Her own word counts, whatever she did before with the post.
    world.take(edited("ada", 5, withdrawal)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn a_post_that_names_no_addressees_when_it_is_read_has_those_of_before() {
    let note = |audience, words| InboundPost {
        audience,
        ..a_post("ada", "1", words)
    };
    let update = |audience| edited("ada", 5, note(audience, "I sign"));
    for (audience, expected) in [
        (Audience::Unstated, "listed Ada"),
        (Audience::Unclear, "withdrawn"),
        (Audience::Direct, "withdrawn"),
    ] {
        for later in [read(note(audience, "I sign")), update(audience)] {
            let world = World::with(&["ada"]).await;
            world.take(reply("ada", "1", "I sign")).await;
            world.take(later.clone()).await;
            assert_eq!(world.state("ada").await, expected, "{later:?}");
        }
    }
    // Its words count, and nothing that never was public, or no longer is, becomes so.
    let world = World::with(&["ada"]).await;
    world.take(read(note(Audience::Unstated, "I sign"))).await;
    assert_eq!(world.state("ada").await, "nothing");
    world.take(reply("ada", "1", "I sign")).await;
    world.take(read(note(Audience::Unstated, "Tea"))).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(reply("ada", "2", "I sign")).await;
    let hidden = InboundPost {
        audience: Audience::Direct,
        ..a_post("ada", "2", "I sign")
    };
    let unstated = InboundPost {
        audience: Audience::Unstated,
        ..hidden.clone()
    };
    world.take(edited("ada", 5, hidden)).await;
    world.take(edited("ada", 9, unstated)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn an_unknown_post_that_is_read_counts_only_if_it_is_newer_than_the_last_word_of_its_author()
{
    let dated = |post, words, published: Option<Millis>, updated: Option<Millis>| InboundPost {
        published,
        updated,
        ..a_post("ada", post, words)
    };
    let (before, after) = (Some(NOW.minus(HOUR)), Some(NOW.plus(HOUR)));
    for (published, updated, counts) in [
        (None, None, false),
        (before, None, false),
        (before, before, false),
        (Some(NOW), None, false),
        (after, None, true),
        (before, after, true),
    ] {
        let say = |post, words| read(dated(post, words, published, updated));
        for frozen in [false, true] {
            let world = World::with(&["ada"]).await;
            world.take(like("ada", "l")).await;
            if frozen {
                world.tamper("UPDATE actor SET frozen_at = 1").await;
            }
            world.clock.advance(2 * HOUR);
            world.take(say("old", "withdraw")).await;
            let ended = world.state("ada").await == "withdrawn";
            assert_eq!(ended, counts, "{published:?} {updated:?}");
        }
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "I sign")).await;
        world.take(reply("ada", "2", "withdraw")).await;
        world.clock.advance(2 * HOUR);
        world.take(say("old", "I sign")).await;
        let signs = world.state("ada").await == "listed Ada";
        assert_eq!(signs, counts, "{published:?} {updated:?}");
        // Whoever has no endorsement yet signs by whatever is read, and what is delivered always counts.
        let world = World::with(&["ada"]).await;
        world.take(say("old", "I sign")).await;
        assert_eq!(world.state("ada").await, "listed Ada");
        let post = dated("other", "withdraw", published, updated);
        world.take(created("ada", "other", post)).await;
        assert_eq!(world.state("ada").await, "withdrawn");
    }
}

#[tokio::test]
async fn whoever_says_the_word_again_and_again_leaves_nothing_behind() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    for number in 0..5 {
        let post = format!("withdraws{number}");
        world.take(reply("ada", &post, "withdraw")).await;
        assert_eq!(world.state("ada").await, "withdrawn");
    }
    // That of the post that signed.
    let tombstones = "SELECT 'tombstone' FROM tombstone";
    assert_eq!(world.column(tombstones).await.len(), 1);
}
