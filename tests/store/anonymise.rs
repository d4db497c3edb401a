//! Erasing who endorsed, so that numbers are left.

use super::{
    fixtures::{at, comment, endorsement, evidence, like, person, reply, saved, signatory},
    on_both, sql,
};
use undersigned::{
    hash::Sha256,
    store::{AuditAction, FollowerRow, NewBulkAudit, NewSignatory, Store, Tx},
};

const POST: &str = "https://m.example/posts/1";

/// Ada signs, comments and follows, Bo likes, Cy is nobody; with what decisions and organisers noted.
async fn everybody(tx: &mut Tx) -> Vec<i64> {
    let people = ["ada", "bo", "cy"].map(|name| person(name, "m.example"));
    let rows = saved(tx, &people).await;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let acts = [
        reply(ids[0], POST, "I sign because of cats"),
        comment(ids[0], "https://m.example/posts/2", "Cats?"),
        like(ids[1], "https://m.example/likes/1"),
    ];
    let acts = tx.save_acts(&acts).await.unwrap();
    tx.save_comments(&[("c123".to_owned(), acts[1])])
        .await
        .unwrap();
    tx.save_evidence(&[(acts[0], evidence(b"cats"))])
        .await
        .unwrap();
    let endorsements = [endorsement(ids[0], "Ada"), endorsement(ids[1], "Bo")];
    tx.save_endorsements(&endorsements).await.unwrap();
    let follower = FollowerRow {
        actor_id: ids[0],
        follow_id: None,
        since: at(1),
    };
    tx.save_followers(&[follower]).await.unwrap();
    let entry = NewBulkAudit {
        at: at(5),
        by: "mona".to_owned(),
        action: AuditAction::StatementHide,
        code: None,
        count: None,
        reason: Some("cats".to_owned()),
    };
    let audit = tx.add_bulk_audit(&entry).await.unwrap();
    let target = endorsements[0].public_id.to_string();
    tx.add_audit_targets(audit, &[(target, Some("{}".to_owned()))])
        .await
        .unwrap();
    let by_hand = NewSignatory {
        source: "manual".to_owned(),
        ..signatory(2, "Eve")
    };
    tx.save_signatories(&[signatory(1, "Dan"), by_hand])
        .await
        .unwrap();
    ids
}

on_both!(
    what_can_be_taken_back_is_found_by_its_endorsement,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        let target = endorsement(ids[0], "Ada").public_id;
        let found = tx
            .last_undoable(&[target.as_str(), "nobody"])
            .await
            .unwrap();
        assert_eq!(found, [(target.to_string(), at(5), "{}".to_owned())]);
        // A newer entry that cannot be taken back stands in its place.
        let audit = NewBulkAudit {
            at: at(6),
            by: "mona".to_owned(),
            action: AuditAction::EndorsementWithdraw,
            code: None,
            count: None,
            reason: None,
        };
        let audit = tx.add_bulk_audit(&audit).await.unwrap();
        tx.add_audit_targets(audit, &[(target.to_string(), None)])
            .await
            .unwrap();
        assert_eq!(tx.last_undoable(&[target.as_str()]).await.unwrap(), []);
    }
);

on_both!(
    acts_keep_the_hashes_by_which_they_are_taken_back,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        assert_eq!(tx.endorsers_to_anonymise(0, 9).await.unwrap(), ids[..2]);
        assert_eq!(
            tx.endorsers_to_anonymise(ids[0], 9).await.unwrap(),
            ids[1..2]
        );
        let unlike = Sha256::of("https://m.example/likes/1");
        for _ in 0..2 {
            tx.anonymise_acts(&ids, at(50)).await.unwrap();
            let acts = tx.acts(&ids, &[]).await.unwrap();
            assert_eq!(acts.len(), 2, "the comment ended");
            assert!(acts[0].is_post_with(POST) && acts[0].object.is_empty());
            assert!(!acts[0].is_post_with("https://m.example/posts/2"));
            assert_eq!(acts[1].activity_hash, unlike);
            let texts = "SELECT COALESCE(text, '') || COALESCE(activity, '') FROM act";
            assert_eq!(sql::texts(&mut tx, texts).await, ["", "", ""]);
        }
        // It is saved as the act that it is.
        let mut act = tx.acts(&ids, &[]).await.unwrap().remove(0);
        act.act.revision = 7;
        tx.save_acts(&[act]).await.unwrap();
        assert_eq!(sql::number(&mut tx, "SELECT COUNT(*) FROM act").await, 3);
        let undo = "SELECT COUNT(*) FROM audit_target WHERE undo IS NOT NULL";
        assert_eq!(sql::number(&mut tx, undo).await, 0);
    }
);

on_both!(
    who_follows_keeps_an_address_and_nobody_a_name,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        let all = at(1_000_000);
        assert_eq!(
            tx.first_to_anonymise(at(-9), 0).await.unwrap(),
            None,
            "read since"
        );
        assert_eq!(tx.first_to_anonymise(all, 0).await.unwrap(), Some(ids[0]));
        assert_eq!(tx.anonymise_actors(all, ids[0]..=ids[2]).await.unwrap(), 2);
        assert_eq!(tx.first_to_anonymise(all, 0).await.unwrap(), None);
        let left = sql::texts(
            &mut tx,
            "SELECT handle || name || COALESCE(page, '') FROM actor ORDER BY id",
        )
        .await;
        assert_eq!(left, ["@ada@m.example", "", ""]);
        let keys = "SELECT COUNT(*) FROM actor_key";
        assert_eq!(sql::number(&mut tx, keys).await, 1);
    }
);

on_both!(
    what_organisers_noted_goes_and_the_letters_own_names_stay,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        assert!(tx.anonymise_rest(at(50)).await.unwrap() > 0);
        for empty in ["evidence", "comment", "report", "audit_note", "job"] {
            let count = format!("SELECT COUNT(*) FROM {empty}");
            assert_eq!(sql::number(&mut tx, &count).await, 0, "{empty}");
        }
        let names = sql::texts(&mut tx, "SELECT name FROM signatory ORDER BY position").await;
        assert_eq!(names, ["Dan", ""]);
    }
);
