//! Likes: counted, named where the account allows it, and undone.

use serde_json::json;

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::world::{Audience, World},
};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    a_like_is_listed_or_counted_until_it_is_undone,
    the_same_like_three_times_through_both_inboxes_is_one,
    a_deleted_account_takes_everything_with_it,
    likes_under_one_id_count_after_each_undo,
    a_young_accounts_like_waits_for_its_age,
);

async fn a_like_is_listed_or_counted_until_it_is_undone(database: &str) {
    let world = World::new(database).await;
    let before = world.letter.count().await;
    let ada = world.person("Ada Lovelace");
    let shy = world.person_who("Zebedee Quist", |it| it["discoverable"] = json!(false));
    let (listed, counted) = (ada.like(), shy.like());
    ada.does(&listed).await;
    shy.does(&counted).await;

    let count = world.letter.count().await;
    assert_eq!(count["liked"], 2);
    assert_eq!(count["fediverse"], 2);
    assert_eq!(count["signed"], before["signed"]);
    assert_eq!(count["total"], before["total"].as_i64().unwrap() + 2);
    assert!(world.letter.page("/").await.contains("Ada Lovelace"));
    assert!(
        world
            .letter
            .page("/supporters")
            .await
            .contains("Ada Lovelace")
    );
    let public = world.public_text().await;
    assert!(!public.contains("Quist") && !public.contains("zebedee"));
    assert_eq!(world.state(&ada), "listed");
    assert_eq!(world.state(&shy), "counted");

    ada.does(&ada.undo(&listed)).await;
    assert_eq!(world.endorsers().await, 1);
    assert!(!world.public_text().await.contains("Lovelace"));
    // By its bare id, as some servers do it.
    shy.does(&shy.activity("Undo", counted["id"].clone())).await;
    assert_eq!(world.letter.count().await, before);
    world.assert_is_sound();
    // The log names hosts, never people.
    let log = world.letter.log();
    assert!(
        !log.contains("Lovelace") && !log.contains("/users/"),
        "{log}"
    );
}

async fn the_same_like_three_times_through_both_inboxes_is_one(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let like = ada.like();
    for inbox in ["/inbox", "/actor/inbox", "/inbox"] {
        assert_eq!(ada.sends(inbox, &like).await.unwrap(), 202);
    }
    assert_eq!(world.endorsers().await, 1);
    assert_eq!(world.listed(&[]).len(), 1);
    let first = world.endorsement(&ada);
    // Another id with the same effect changes nothing that anybody sees, either.
    ada.does(&ada.like()).await;
    let second = world.endorsement(&ada);
    for member in ["id", "state", "endorsed_at"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    // At the same time, too.
    let bob = world.person("Bob Carver");
    let like = bob.like();
    let (one, two, three) = tokio::join!(
        bob.sends("/inbox", &like),
        bob.sends("/actor/inbox", &like),
        bob.sends("/inbox", &like),
    );
    assert!([one, two, three].iter().all(|it| it.unwrap() == 202));
    assert_eq!(world.endorsers().await, 2);
    assert_eq!(world.listed(&[]).len(), 2);
}

async fn a_deleted_account_takes_everything_with_it(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.does(&ada.like()).await;
    let comment = "Could somebody explain the second paragraph to me, please";
    ada.says(comment, Audience::Public).await;
    ada.says("I sign", Audience::Public).await;
    assert_eq!((world.endorsers().await, world.followers().await), (1, 1));
    world.settle().await;
    // The account is gone, and its document with it: only the cached key is left.
    world.peer.remove("/users/ada");
    ada.does(&ada.delete_account()).await;
    assert_eq!((world.endorsers().await, world.followers().await), (0, 0));
    assert!(!world.public_text().await.contains("Lovelace"));
    assert!(world.listed(&["--state", "comment"]).is_empty());
    world.assert_is_sound();
    let left = world.listed(&[]);
    assert!(left.iter().all(|it| it["state"] == "withdrawn"), "{left:?}");
}

async fn a_young_accounts_like_waits_for_its_age(database: &str) {
    let world = World::new(database).await;
    let now = SystemClock.now();
    let young = world.person_who("Ida Rhodes", |it| it["published"] = json!(now));
    young.does(&young.like()).await;
    let waiting = world.endorsement(&young);
    assert_eq!(
        (&waiting["state"], &waiting["reason"]),
        (&json!("pending"), &json!("age"))
    );
    assert_eq!(world.endorsers().await, 0);
    assert!(!world.public_text().await.contains("Rhodes"));
}

/// snac and Takahē make the ids of a like and of its Undo of actor and object alone.
async fn likes_under_one_id_count_after_each_undo(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let like = ada.like();
    let undo = ada.undo(&like);
    let now = SystemClock.now();
    let mut sent = Vec::new();
    for (seconds, (activity, endorsers)) in (0..6_u32).zip([(&like, 1), (&undo, 0)].repeat(3)) {
        let at = now.plus(std::time::Duration::from_secs(seconds.into()));
        let draft = Draft::of(&ada, &ada.key_id, activity, at);
        assert_eq!(draft.clone().send(&world).await.unwrap(), 202);
        assert_eq!(world.endorsers().await, endorsers, "{seconds}");
        sent.push(draft);
    }
    for again in sent {
        assert_eq!(again.send(&world).await.unwrap(), 202);
        assert_eq!(world.endorsers().await, 0);
    }
    world.assert_is_sound();
}
