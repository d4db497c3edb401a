//! The audit log: bulk acts, what taking them back needs, and that nothing changes it.

use sqlx::AssertSqlSafe;

use super::{
    fixtures::{at, endorsement, person, public_id, saved},
    on_both,
};
use undersigned::store::{AuditAction, NewAudit, NewBulkAudit, Purge, Store, Tx};

fn bulk() -> NewBulkAudit {
    NewBulkAudit {
        at: at(3),
        by: "ada".to_owned(),
        action: AuditAction::EndorsementInvalidate,
        code: Some("spam".to_owned()),
        count: None,
        reason: None,
    }
}

fn undo(of: i64) -> NewAudit {
    NewAudit {
        at: at(4),
        by: "bo".to_owned(),
        action: AuditAction::AuditUndo,
        code: None,
        target: of.to_string(),
        reason: None,
    }
}

async fn refuses(tx: &mut Tx, sql: &str) {
    let text = || AssertSqlSafe(sql.to_owned());
    let refused = match tx {
        Tx::Sqlite(tx) => sqlx::query(text()).execute(&mut **tx).await.is_err(),
        Tx::Postgres(tx) => {
            // A refused statement would end the whole transaction.
            sqlx::query("SAVEPOINT tried")
                .execute(&mut **tx)
                .await
                .unwrap();
            let refused = sqlx::query(text()).execute(&mut **tx).await.is_err();
            let back = sqlx::query("ROLLBACK TO SAVEPOINT tried");
            back.execute(&mut **tx).await.unwrap();
            refused
        }
    };
    assert!(refused, "{sql}");
}

on_both!(the_audit_cannot_be_changed, async |store| {
    let mut tx = store.write().await.unwrap();
    let first = tx.add_bulk_audit(&bulk()).await.unwrap();
    let targets = [("e1".to_owned(), Some("{}".to_owned()))];
    tx.add_audit_targets(first, &targets).await.unwrap();
    let second = tx.add_audit(&undo(first)).await.unwrap();
    for sql in [
        "DELETE FROM audit",
        "DELETE FROM audit_target",
        "UPDATE audit SET by = 'eve'",
        "UPDATE audit SET action = 'endorsement.approve'",
        "UPDATE audit SET target = 'e2'",
        "UPDATE audit SET at = 0",
        "UPDATE audit SET code = NULL",
        "UPDATE audit SET count = 7",
        "UPDATE audit SET undone_by = NULL",
        "UPDATE audit_target SET target = 'e2'",
        "UPDATE audit_target SET undo = '{\"forged\": true}'",
    ] {
        refuses(&mut tx, sql).await;
    }
    let replaces = match &tx {
        Tx::Sqlite(_) => {
            "INSERT OR REPLACE INTO audit (id, at, by, action) SELECT id, 0, 'eve', 'x' FROM audit"
        }
        Tx::Postgres(_) => "TRUNCATE audit CASCADE",
    };
    refuses(&mut tx, replaces).await;
    tx.set_undone(first, second).await.unwrap();
    let twice = format!("UPDATE audit SET undone_by = 9 WHERE id = {first}");
    refuses(&mut tx, &twice).await;
    let entries = tx.audit_entries(None, 9).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (entries[1].undone_by, entries[1].by.as_str()),
        (Some(second), "ada")
    );
});

on_both!(a_bulk_act_is_one_entry_that_opens, async |store| {
    let mut tx = store.write().await.unwrap();
    let people = saved(
        &mut tx,
        &[person("ada", "a.example"), person("bo", "b.example")],
    )
    .await;
    let rows = [
        endorsement(people[0].id, "Ada"),
        endorsement(people[1].id, "Bo"),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let ids = rows.each_ref().map(|row| row.public_id.to_string());
    let first = tx.add_bulk_audit(&bulk()).await.unwrap();
    let targets = ids
        .each_ref()
        .map(|id| (id.clone(), Some(format!("\"{id}\""))));
    tx.add_audit_targets(first, &targets).await.unwrap();
    let counted = NewBulkAudit {
        count: Some(7),
        ..bulk()
    };
    let second = tx.add_bulk_audit(&counted).await.unwrap();
    let entries = tx.audits(&[first, second]).await.unwrap();
    let counts: Vec<_> = entries
        .iter()
        .map(|it| (it.target.clone(), it.count))
        .collect();
    assert_eq!(counts, [(None, Some(2)), (None, Some(7))]);
    let about = tx.audit_entries(Some(&ids[1]), 9).await.unwrap();
    assert_eq!(about, entries[..1]);
    let none = tx
        .audit_entries(Some(public_id("x").as_str()), 9)
        .await
        .unwrap();
    assert!(none.is_empty());

    let page = tx.audit_targets(first, 0, 1).await.unwrap();
    assert_eq!((page.len(), page[0].target.as_str()), (1, ids[0].as_str()));
    assert_eq!(page[0].actor_id, Some(people[0].id));
    assert_eq!(page[0].handle.as_deref(), Some("@ada@a.example"));
    assert!(page[0].undo.is_some());
    let next = tx.audit_targets(first, page[0].id, 9).await.unwrap();
    assert_eq!((next.len(), next[0].target.as_str()), (1, ids[1].as_str()));
    // One was used, and the other one left.
    tx.use_undo(&[page[0].id]).await.unwrap();
    tx.forget_undo(&[people[1].id]).await.unwrap();
    let left = tx.audit_targets(first, 0, 9).await.unwrap();
    assert!(left.iter().all(|target| target.undo.is_none()));
    assert_eq!(left.len(), 2);
});

on_both!(what_was_written_about_somebody_is_erased, async |store| {
    let mut tx = store.write().await.unwrap();
    let note = |target: &str, action| NewAudit {
        at: at(3),
        by: "ada".to_owned(),
        action,
        code: None,
        target: target.to_owned(),
        reason: Some(format!("about {target}")),
    };
    for target in ["e1", "e2", "bad.example"] {
        let action = if target == "e1" {
            AuditAction::EndorsementHide
        } else {
            AuditAction::BlockAdd
        };
        let id = tx.add_audit(&note(target, action)).await.unwrap();
        let undo = Some(format!("{{\"of\": \"{target}\"}}"));
        tx.add_audit_targets(id, &[(target.to_owned(), undo)])
            .await
            .unwrap();
    }
    let many = NewBulkAudit {
        reason: Some("about both".to_owned()),
        ..bulk()
    };
    let id = tx.add_bulk_audit(&many).await.unwrap();
    let both = ["e1", "e2"].map(|target| (target.to_owned(), None));
    tx.add_audit_targets(id, &both).await.unwrap();
    tx.forget_notes(&[]).await.unwrap();
    tx.forget_notes(&["e1".to_owned()]).await.unwrap();
    let kept = tx.audit_entries(None, 9).await.unwrap().into_iter();
    let kept: Vec<_> = kept.filter_map(|entry| entry.reason).collect();
    assert_eq!(kept, ["about bad.example", "about e2"]);
    let undo = async |tx: &mut Tx, id| {
        let targets = tx.audit_targets(id, 0, 9).await.unwrap();
        targets
            .iter()
            .filter(|target| target.undo.is_some())
            .count()
    };
    tx.forget_undo_of("e1").await.unwrap();
    assert_eq!((undo(&mut tx, 1).await, undo(&mut tx, 2).await), (0, 1));
    // What taking back blocks needs goes after a time, because their comments may name somebody.
    let purge = |withdrawn| Purge {
        comments: at(0),
        left: at(0),
        withdrawn: at(withdrawn),
        rejected: at(0),
        reports: at(0),
        seen: at(0),
        now: at(0),
    };
    tx.purge(&purge(3)).await.unwrap();
    assert_eq!(undo(&mut tx, 3).await, 1);
    tx.purge(&purge(4)).await.unwrap();
    assert_eq!(undo(&mut tx, 3).await, 0);
});

on_both!(thousands_of_things_fit_into_one_entry, async |store| {
    let mut tx = store.write().await.unwrap();
    let id = tx.add_bulk_audit(&bulk()).await.unwrap();
    let many: Vec<_> = (0..12_000)
        .map(|n| (format!("d{n}.example"), Some("{}".to_owned())))
        .collect();
    tx.add_audit_targets(id, &many).await.unwrap();
    let targets = tx.audit_targets(id, 0, 20_000).await.unwrap();
    assert_eq!(targets.len(), many.len());
    let ids: Vec<i64> = targets.iter().map(|target| target.id).collect();
    tx.use_undo(&ids).await.unwrap();
    let left = tx.audit_targets(id, 0, 20_000).await.unwrap();
    assert!(left.iter().all(|target| target.undo.is_none()));
});
