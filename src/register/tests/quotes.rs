//! Quote requests: authorizations granted, repeated, refused, revoked.

use serde_json::Value;

use super::{
    blocks::{actor, domain, follow},
    people::{by, deleted, post_id, quote, unquoted, url},
    support::{HOUR, World},
};
use crate::{
    activitystreams::UseKind,
    endorsement::blocks::Severity,
    register::{
        InboundAction, InboundActivity, ReceiveOutcome, UseWish, moderation::quotes::revoke,
    },
};

const LETTER: &str = "https://letter.example/letter";

/// A request to quote the letter in one of the actor's posts.
pub(super) fn asks(who: &str, id: &str, post: &str) -> InboundActivity {
    asks_for(who, id, post, Some("/letter"))
}

fn asks_for(who: &str, id: &str, post: &str, target: Option<&str>) -> InboundActivity {
    let asked = UseWish {
        kind: UseKind::Quote,
        object: LETTER.to_owned(),
        post: post_id(who, post),
        target: target.map(str::to_owned),
    };
    by(who, id, InboundAction::AskToUse(Box::new(asked)))
}

async fn scene() -> World {
    let world = World::with(&["ada", "bo"]).await;
    world.published("/letter").await;
    world
}

/// The activities that we sent, oldest first.
async fn sent(world: &World) -> Vec<Value> {
    let bodies = world.column("SELECT body FROM activity ORDER BY id").await;
    let parsed = bodies
        .iter()
        .map(|body| serde_json::from_str(body).unwrap());
    parsed.collect()
}

/// The paths of the quote authorizations in force.
pub(super) async fn in_force(world: &World) -> Vec<String> {
    let stamps = "SELECT path FROM quote_authorization WHERE revoked_at IS NULL ORDER BY id";
    world.column(stamps).await
}

#[tokio::test]
async fn who_asks_gets_a_stamp_and_asking_again_the_same_one() {
    let world = scene().await;
    world.take(asks("ada", "q1", "1")).await;
    world.take(asks("ada", "q1", "1")).await;
    world.take(asks("ada", "q2", "1")).await;
    let sent = sent(&world).await;
    assert_eq!(sent.len(), 2, "one answer for each request that is new");
    assert_eq!(sent[0]["type"], "Accept");
    assert_eq!(sent[0]["object"]["id"], format!("{}/q1", url("ada")));
    assert_eq!(sent[0]["object"]["instrument"], post_id("ada", "1"));
    assert_eq!(sent[0]["object"]["object"], LETTER);
    assert_eq!(sent[0]["to"], serde_json::json!([url("ada")]));
    assert_eq!(sent[0]["result"], sent[1]["result"]);
    let stamps = in_force(&world).await;
    let url = format!("https://letter.example{}", stamps[0]);
    assert_eq!((stamps.len(), &sent[0]["result"]), (1, &Value::from(url)));
    // Another post or another actor gets another authorization.
    world.take(asks("ada", "q3", "2")).await;
    world.take(asks("bo", "q1", "1")).await;
    assert_eq!(in_force(&world).await.len(), 3);
    let row = world.read().await.quote_authorization(&stamps[0]).await;
    let row = row.unwrap().unwrap();
    assert_eq!(
        (row.object, row.target),
        (post_id("ada", "1"), "/letter".to_owned())
    );
}

#[tokio::test]
async fn what_may_not_quote_is_rejected_and_leaves_nothing() {
    let rejected = async |world: &World| {
        assert_eq!(world.sent().await, ["Reject"]);
        let answer = sent(world).await.remove(0);
        assert_eq!(answer["object"]["type"], "QuoteRequest");
        assert_eq!(answer.get("result"), None);
        assert!(in_force(world).await.is_empty());
    };
    // The request is for nothing of ours, or for a post that is not the asking actor's.
    let world = scene().await;
    world.take(asks_for("ada", "q1", "1", None)).await;
    rejected(&world).await;
    // The letter does not exist, or our post is deleted.
    let world = World::with(&["ada"]).await;
    world.take(asks("ada", "q1", "1")).await;
    rejected(&world).await;
    let gone = "/posts/0123456789abcdef";
    let world = scene().await;
    world.published_until(gone, Some(world.now())).await;
    world.take(asks_for("ada", "q1", "1", Some(gone))).await;
    rejected(&world).await;
    // The configuration allows no quotes.
    let mut world = scene().await;
    world.rules().allow_quotes = false;
    world.take(asks("ada", "q1", "1")).await;
    rejected(&world).await;
    // The quoting post was deleted before the request, whether we knew it or not.
    let world = scene().await;
    world.take(quote("ada", "1", "Read this")).await;
    world.take(deleted("ada", "1")).await;
    world.clock.advance(24 * HOUR);
    world.take(asks("ada", "q1", "1")).await;
    rejected(&world).await;
    let world = scene().await;
    world
        .receive(&[deleted("ada", "1"), asks("ada", "q1", "1")])
        .await;
    rejected(&world).await;
}

#[tokio::test]
async fn a_stamp_goes_with_its_post_and_its_author_is_told() {
    for end in [deleted("ada", "1"), unquoted("ada", "1", 1)] {
        let world = scene().await;
        world.take(asks("ada", "q1", "1")).await;
        world.take(asks("ada", "q2", "2")).await;
        world.take(asks("bo", "q1", "1")).await;
        let stamps = in_force(&world).await;
        world.take(end).await;
        assert_eq!(in_force(&world).await, stamps[1..]);
        let delete = sent(&world).await.pop().unwrap();
        assert_eq!(delete["type"], "Delete");
        assert_eq!(delete["object"]["type"], "QuoteAuthorization");
        let url = format!("https://letter.example{}", stamps[0]);
        assert_eq!(delete["object"]["id"], url);
        assert_eq!(delete["to"], serde_json::json!([super::people::url("ada")]));
        // Nothing is left of the authorization, and none of the post.
        let row = world.read().await.quote_authorization(&stamps[0]).await;
        assert_eq!(row.unwrap(), None);
    }
}

#[tokio::test]
async fn who_asks_and_deletes_for_ever_leaves_no_rows() {
    let world = scene().await;
    for n in 0..5 {
        let (request, post) = (format!("q{n}"), n.to_string());
        world.take(asks("ada", &request, &post)).await;
        world.take(deleted("ada", &post)).await;
        // Asked and deleted in one batch.
        let (request, post) = (format!("r{n}"), format!("1{n}"));
        world
            .receive(&[asks("ada", &request, &post), deleted("ada", &post)])
            .await;
    }
    let rows = world.column("SELECT path FROM quote_authorization").await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn nobody_revokes_the_stamp_of_somebody_else() {
    let world = scene().await;
    world
        .receive(&[
            asks("ada", "q1", "1"),
            super::people::deleted_by("bo", "ada", "1"),
            by("bo", "block", InboundAction::Blocked),
        ])
        .await;
    assert_eq!(in_force(&world).await.len(), 1);
    assert_eq!(world.sent().await, ["Accept"]);
}

#[tokio::test]
async fn all_stamps_go_with_the_account_or_a_block_and_nothing_is_sent() {
    for action in [InboundAction::ActorDeleted, InboundAction::Blocked] {
        let world = scene().await;
        world.take(asks("ada", "q1", "1")).await;
        world.take(asks("ada", "q2", "2")).await;
        world.take(by("ada", "gone", action)).await;
        assert!(in_force(&world).await.is_empty());
        let deletes = world
            .sent()
            .await
            .into_iter()
            .filter(|kind| kind == "Delete");
        assert_eq!(deletes.count(), 0);
    }
}

#[tokio::test]
async fn after_a_block_a_new_wish_gets_a_new_stamp() {
    let world = scene().await;
    let (first, again) = (asks("ada", "q1", "1"), asks("ada", "q2", "1"));
    let block = by("ada", "block", InboundAction::Blocked);
    world.receive(&[first, block, again]).await;
    let stamps = in_force(&world).await;
    let all = world
        .column("SELECT path FROM quote_authorization ORDER BY id")
        .await;
    assert_eq!(all, stamps, "nothing is left of the first one");
    let last = sent(&world).await.pop().unwrap();
    assert_eq!(
        last["result"],
        format!("https://letter.example{}", stamps[0])
    );
}

#[tokio::test]
async fn one_actor_gets_so_many_stamps_and_no_more() {
    let world = scene().await;
    for n in 0..3 {
        let wishes: Vec<_> = (0..67)
            .map(|m| format!("{n}/{m}"))
            .map(|id| asks("ada", &id, &id))
            .collect();
        world.receive(&wishes).await;
    }
    assert_eq!(in_force(&world).await.len(), 200);
    let answers = world.sent().await;
    assert_eq!(answers.iter().filter(|kind| *kind == "Reject").count(), 1);
}

/// How often a `Delete` was queued for the inbox of each host.
async fn deletes_to(world: &World) -> Vec<String> {
    world
        .column(
            "SELECT host.name || ' ' || COUNT(*)
             FROM delivery
             JOIN activity ON activity.id = delivery.activity_id
             JOIN host ON host.id = delivery.host_id
             WHERE activity.kind = 'Delete' AND delivery.state = 'queued'
             GROUP BY host.name ORDER BY host.name",
        )
        .await
}

async fn three_servers() -> World {
    let world = World::with(&["ada", "bo", "cy@other.example", "di@third.example"]).await;
    world.published("/letter").await;
    for who in ["ada", "cy@other.example"] {
        world.take(follow(who, "f")).await;
    }
    for who in ["ada", "bo", "di@third.example"] {
        world.take(asks(who, "q1", "1")).await;
    }
    world
}

#[tokio::test]
async fn a_block_takes_back_permissions_and_tells_their_authors_and_the_followers() {
    for (target, left, told) in [
        (actor("ada"), 2, ["m.example 1", "other.example 1"]),
        (domain("m.example"), 1, ["m.example 2", "other.example 2"]),
    ] {
        let world = three_servers().await;
        world.put(target.clone(), Severity::Limit, false).await;
        assert_eq!(
            in_force(&world).await.len(),
            3,
            "a limit takes nothing back"
        );
        world.block(target.clone()).await;
        assert_eq!(in_force(&world).await.len(), left, "{target}");
        assert_eq!(deletes_to(&world).await, told, "{target}");
        let delete = sent(&world).await.pop().unwrap();
        assert_eq!(delete["object"]["type"], "QuoteAuthorization");
        let followers = "https://letter.example/followers";
        assert_eq!(delete["cc"], serde_json::json!([followers]));
        let wish = [asks("ada", "q2", "2")];
        assert_eq!(world.receive(&wish).await, [ReceiveOutcome::Refused]);
        // Nothing is given back, not even to who asks again for the same post.
        world.lift(target).await;
        assert_eq!(in_force(&world).await.len(), left);
        world.take(asks("ada", "q3", "1")).await;
        assert_eq!(world.sent().await.pop().unwrap(), "Reject");
        world.take(asks("ada", "q4", "2")).await;
        assert_eq!(in_force(&world).await.len(), left + 1);
    }
}

#[tokio::test]
async fn a_moderator_takes_back_one_permission_or_all_of_one_person() {
    let world = three_servers().await;
    world.take(asks("ada", "q2", "2")).await;
    let stamps = in_force(&world).await;
    let (store, context, now) = (&world.store, &world.context, world.now());
    let one = [stamps[0].clone()];
    let ada = url("ada");
    let (gone, effects) = revoke(store, context, now, &ada, Some(&one), "mona")
        .await
        .unwrap();
    assert_eq!((gone.len(), effects.queued), (1, true));
    assert_eq!(in_force(&world).await, stamps[1..]);
    let (gone, _) = revoke(store, context, now, &ada, None, "mona")
        .await
        .unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(in_force(&world).await, stamps[1..3]);
    let (gone, effects) = revoke(store, context, now, &ada, None, "mona")
        .await
        .unwrap();
    assert_eq!((gone.len(), effects.queued), (0, false));
    let audits = world
        .column("SELECT action || ' ' || target FROM audit")
        .await;
    assert_eq!(audits, ["quote.revoke someone on m.example"; 2]);
}

#[tokio::test]
async fn what_is_taken_back_from_one_is_given_to_another() {
    // Two requests of Bo's for Ada's post, whose server is the same.
    for (kind, target) in [(UseKind::Quote, "/letter"), (UseKind::Feature, "/actor")] {
        let world = scene().await;
        let wish = UseWish {
            kind,
            object: LETTER.to_owned(),
            post: post_id("ada", "1"),
            target: Some(target.to_owned()),
        };
        let asks_as_bo = |id| by("bo", id, InboundAction::AskToUse(Box::new(wish.clone())));
        world.take(asks_as_bo("q1")).await;
        world.block(actor("bo")).await;
        assert_eq!(world.sent().await, ["Accept", "Delete"]);
        world.take(asks("ada", "q1", "1")).await;
        assert_eq!(world.sent().await.pop().unwrap(), "Accept");
        assert_eq!(in_force(&world).await.len(), 1);
        world.lift(actor("bo")).await;
        world.take(asks_as_bo("q2")).await;
        assert_eq!(world.sent().await.pop().unwrap(), "Reject");
    }
}

#[tokio::test]
async fn of_very_many_permissions_the_followers_hear_of_a_hundred() {
    let world = three_servers().await;
    for n in 0..2 {
        let wishes: Vec<_> = (0..60)
            .map(|m| format!("{n}/{m}"))
            .map(|id| asks("di@third.example", &id, &id))
            .collect();
        world.receive(&wishes).await;
    }
    world.block(domain("third.example")).await;
    assert_eq!(in_force(&world).await.len(), 2);
    let told = ["m.example 100", "other.example 100", "third.example 121"];
    assert_eq!(deletes_to(&world).await, told);
}
