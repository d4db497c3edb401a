//! Answers of those to whom the letter was handed over.

use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{ActRow, OwnPost, Purge, Store, Tx},
};

use super::{
    fixtures::{at, comment, people, public_id, purge_all},
    on_both, sql,
};

/// A post that hands the letter over to `ada`, and one that hands it over to nobody; the row ids of ada and bo.
async fn handed_over(tx: &mut Tx) -> Vec<i64> {
    let ids = people(tx, &["ada", "bo"]).await;
    for (path, seconds) in [("/posts/1", 1), ("/posts/2", 2)] {
        let post = OwnPost {
            path: path.to_owned(),
            source: Some("Text.".to_owned()),
            warning: None,
            unlisted: false,
            published_at: at(seconds),
            updated_at: None,
            deleted_at: None,
            in_reply_to: None,
            direct: false,
        };
        tx.save_own_post(&post).await.unwrap();
    }
    let ada = tx.actors_by_id(&ids[..1]).await.unwrap();
    let hash = Sha256::of(&ada[0].url);
    tx.save_addressee("/posts/1", &hash).await.unwrap();
    let found = tx.handed_over(&hash).await.unwrap().unwrap();
    assert_eq!(
        (found.path.as_str(), found.published_at),
        ("/posts/1", at(1))
    );
    let bo = tx.actors_by_id(&ids[1..]).await.unwrap();
    let nobody = Sha256::of(&bo[0].url);
    assert_eq!(tx.handed_over(&nobody).await.unwrap(), None);
    ids
}

on_both!(
    only_an_answer_of_the_addressee_to_that_post_is_one,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = handed_over(&mut tx).await;
        let to = |actor: i64, object: &str, target: &str| ActRow {
            target: target.to_owned(),
            ..comment(actor, object, "No.")
        };
        let acts = [
            to(ids[0], "https://m.example/1", "/posts/1"),
            to(ids[0], "https://m.example/2", "/posts/2"),
            to(ids[0], "https://m.example/3", "/letter"),
            to(ids[1], "https://m.example/4", "/posts/1"),
        ];
        let rows = tx.save_acts(&acts).await.unwrap();
        let names = ["c1", "c2", "c3", "c4"].map(public_id);
        let comments: Vec<_> = names.iter().map(ToString::to_string).zip(rows).collect();
        tx.save_comments(&comments).await.unwrap();
        for (name, is_one) in names.iter().zip([true, false, false, false]) {
            let found = tx.answer(name).await.unwrap();
            assert_eq!(found.is_some(), is_one, "{name}");
        }
        let hash = Sha256::of("words");
        assert_eq!(tx.approved_answers(9).await.unwrap(), []);
        for name in &names {
            tx.approve_answer(name, Some(&hash)).await.unwrap();
        }
        let found = tx.approved_answers(9).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&found[0].public_id, &found[0].text),
            (&names[0], &"No.".to_owned())
        );
        assert_eq!(found[0].approved_hash, Some(hash));

        // What is shown outlives the time after which comments are dropped.
        let never = Millis::default();
        let purge = Purge {
            comments: at(1_000_000),
            left: never,
            withdrawn: never,
            rejected: never,
            reports: never,
            seen: never,
            now: never,
        };
        purge_all(&mut tx, &purge).await;
        assert_eq!(tx.approved_answers(9).await.unwrap().len(), 1);
        for (statement, shown) in [
            ("UPDATE host SET blocked = TRUE", 0),
            ("UPDATE host SET blocked = FALSE", 1),
            ("UPDATE act SET ended_at = 5, ended_by = 'deleted'", 0),
            ("UPDATE act SET ended_at = NULL, ended_by = NULL", 1),
            ("UPDATE own_object SET deleted_at = 5", 0),
        ] {
            sql::run(&mut tx, statement).await.unwrap();
            let found = tx.approved_answers(9).await.unwrap();
            assert_eq!(found.len(), shown, "{statement}");
        }
        tx.approve_answer(&names[0], None).await.unwrap();
        let stands = "UPDATE own_object SET deleted_at = NULL";
        sql::run(&mut tx, stands).await.unwrap();
        assert_eq!(tx.approved_answers(9).await.unwrap(), []);
    }
);
