//! Likes: counted, named where the account allows it, and taken back (F-204, F-208, F-222, F-224).

use serde_json::json;

use crate::{
    careless::Draft,
    scene::{Audience, Scene},
};

on_both_databases!(
    a_like_is_listed_by_name_or_counted_without_one_until_it_is_undone,
    the_same_like_three_times_through_both_inboxes_is_one,
    an_undo_that_comes_before_its_like_wins,
    what_was_undone_does_not_come_back_when_it_is_replayed,
    a_deleted_account_takes_everything_with_it,
    a_young_accounts_like_waits_for_its_age,
);

async fn a_like_is_listed_by_name_or_counted_without_one_until_it_is_undone(database: &str) {
    let scene = Scene::new(database).await;
    let before = scene.letter.count().await;
    let ada = scene.person("Ada Lovelace");
    let shy = scene.person_who("Zebedee Quist", |it| it["discoverable"] = json!(false));
    let (listed, counted) = (ada.like(), shy.like());
    ada.does(&listed).await;
    shy.does(&counted).await;

    let count = scene.letter.count().await;
    assert_eq!(count["liked"], 2);
    assert_eq!(count["fediverse"], 2);
    assert_eq!(count["signed"], before["signed"]);
    assert_eq!(count["total"], before["total"].as_i64().unwrap() + 2);
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
    assert!(
        scene
            .letter
            .page("/supporters")
            .await
            .contains("Ada Lovelace")
    );
    let public = scene.public_text().await;
    assert!(!public.contains("Quist") && !public.contains("zebedee"));
    assert_eq!(scene.state(&ada), "listed");
    assert_eq!(scene.state(&shy), "counted");

    ada.does(&ada.undo(&listed)).await;
    assert_eq!(scene.endorsers().await, 1);
    assert!(!scene.public_text().await.contains("Lovelace"));
    // By its bare id, as some servers do it.
    shy.does(&shy.activity("Undo", counted["id"].clone())).await;
    assert_eq!(scene.letter.count().await, before);
    scene.assert_is_sound();
    // The log names hosts, never people (`product.md` 2.8).
    let log = scene.letter.log();
    assert!(
        !log.contains("Lovelace") && !log.contains("/users/"),
        "{log}"
    );
}

async fn the_same_like_three_times_through_both_inboxes_is_one(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let like = ada.like();
    for inbox in ["/inbox", "/actor/inbox", "/inbox"] {
        assert_eq!(ada.sends(inbox, &like).await.unwrap(), 202);
    }
    assert_eq!(scene.endorsers().await, 1);
    assert_eq!(scene.listed(&[]).len(), 1);
    let first = scene.endorsement(&ada);
    // Another id with the same effect changes nothing that anybody sees, either (F-224).
    ada.does(&ada.like()).await;
    let second = scene.endorsement(&ada);
    for member in ["id", "state", "endorsed_at"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    // At the same time, too.
    let bob = scene.person("Bob Carver");
    let like = bob.like();
    let (one, two, three) = tokio::join!(
        bob.sends("/inbox", &like),
        bob.sends("/actor/inbox", &like),
        bob.sends("/inbox", &like),
    );
    assert!([one, two, three].iter().all(|it| it.unwrap() == 202));
    assert_eq!(scene.endorsers().await, 2);
    assert_eq!(scene.listed(&[]).len(), 2);
}

async fn an_undo_that_comes_before_its_like_wins(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let like = ada.like();
    ada.does(&ada.undo(&like)).await;
    ada.does(&like).await;
    assert_eq!(scene.endorsers().await, 0);
    // A later like is a new one.
    ada.does(&ada.like()).await;
    assert_eq!(scene.endorsers().await, 1);
}

/// F-232: whoever recorded a request may send it again for as long as its signature holds.
async fn what_was_undone_does_not_come_back_when_it_is_replayed(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    for activity in [ada.like(), ada.follow()] {
        let recorded = Draft::genuine(&ada, &activity);
        assert_eq!(recorded.clone().send(&scene).await.unwrap(), 202);
        ada.does(&ada.undo(&activity)).await;
        assert_eq!(recorded.send(&scene).await.unwrap(), 202);
        let numbers = (scene.endorsers().await, scene.followers().await);
        assert_eq!(numbers, (0, 0), "{activity}");
    }
}

async fn a_deleted_account_takes_everything_with_it(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.does(&ada.like()).await;
    let comment = "Could somebody explain the second paragraph to me, please";
    ada.says(comment, Audience::Public).await;
    ada.says("I sign", Audience::Public).await;
    assert_eq!((scene.endorsers().await, scene.followers().await), (1, 1));
    scene.settle().await;
    // The account is gone, and its document with it: the key that is known has to do.
    scene.peer.remove("/users/ada");
    ada.does(&ada.delete_account()).await;
    assert_eq!((scene.endorsers().await, scene.followers().await), (0, 0));
    assert!(!scene.public_text().await.contains("Lovelace"));
    assert!(scene.listed(&["--state", "comment"]).is_empty());
    scene.assert_is_sound();
    let left = scene.listed(&[]);
    assert!(left.iter().all(|it| it["state"] == "withdrawn"), "{left:?}");
}

async fn a_young_accounts_like_waits_for_its_age(database: &str) {
    let scene = Scene::new(database).await;
    let now = undersigned::clock::Clock::now(&undersigned::clock::SystemClock);
    let young = scene.person_who("Ida Rhodes", |it| it["published"] = json!(now));
    young.does(&young.like()).await;
    let waiting = scene.endorsement(&young);
    assert_eq!(
        (&waiting["state"], &waiting["reason"]),
        (&json!("pending"), &json!("age"))
    );
    assert_eq!(scene.endorsers().await, 0);
    assert!(!scene.public_text().await.contains("Rhodes"));
}
