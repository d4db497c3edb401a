//! What is narrowed in a database that was restored from a backup, and who has to be read again.

use super::{
    fixtures::{at, comment, endorsement, like, people, public_id, reply},
    on_both,
};
use crate::support::sql;
use undersigned::{
    endorsement::{Cause, MaxVisibility},
    hash::Sha256,
    store::Store,
};

on_both!(responses_have_to_be_approved_anew, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let acts = [
        comment(ada, "https://m.example/1", "No."),
        comment(ada, "https://m.example/2", "Yes."),
    ];
    let rows = tx.save_acts(&acts).await.unwrap();
    let names = [public_id("c1"), public_id("c2")];
    let comments: Vec<_> = names.iter().map(ToString::to_string).zip(rows).collect();
    tx.save_comments(&comments).await.unwrap();
    let words = Sha256::of("No.");
    tx.approve_answer(&names[0], Some(&words)).await.unwrap();
    assert_eq!(tx.unapprove_responses().await.unwrap(), 1);
    assert_eq!(tx.unapprove_responses().await.unwrap(), 0);
});

on_both!(posts_wait_to_be_read_and_likes_are_numbers, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.first_with_rows().await.unwrap(), None);
    let ids = people(&mut tx, &["ada", "bo", "cy", "di", "old"]).await;
    assert!(tx.first_with_rows().await.unwrap().is_some());
    let mut ended = reply(ids[3], "https://m.example/4", "I sign");
    ended.act.ended = Some((at(1), Cause::Decision));
    let mut counted = reply(ids[2], "https://m.example/3", "I sign");
    counted.act.ceiling = MaxVisibility::Counted;
    let acts = [
        reply(ids[0], "https://m.example/1", "I sign"),
        like(ids[1], "https://m.example/2"),
        counted,
        ended,
    ];
    let act_ids = tx.save_acts(&acts).await.unwrap();
    let mut rows: Vec<_> = ids.iter().take(4).map(|id| endorsement(*id, "x")).collect();
    for (row, act_id) in rows.iter_mut().zip(&act_ids) {
        row.act_id = Some(*act_id);
    }
    tx.save_endorsements(&rows).await.unwrap();
    assert_eq!(tx.restored_to_read().await.unwrap(), 0);

    // The one that an administrator ended as well: a decision can be taken back.
    assert_eq!(tx.narrow_restored().await.unwrap(), (2, 1));
    assert_eq!(tx.narrow_restored().await.unwrap(), (0, 0));
    let ceilings = sql::texts(&mut tx, "SELECT ceiling FROM act ORDER BY id").await;
    assert_eq!(ceilings, ["restored", "counted", "counted", "restored"]);
    assert_eq!(tx.restored_to_read().await.unwrap(), 1);
    tx.verify_at(&ids, at(900)).await.unwrap();
    assert_eq!(tx.verify_restored().await.unwrap(), 1);
    let due = tx.due_to_verify(at(1), 9).await.unwrap();
    assert_eq!(
        due.iter().map(|actor| actor.id).collect::<Vec<_>>(),
        [ids[0]]
    );
    let actor = tx.actors_by_id(&ids[..1]).await.unwrap().remove(0);
    let source = tx.verification_source(&actor.url_hash).await.unwrap();
    assert!(source.unwrap().restored);

    // What came with a Move has no source to be read.
    tx.carry_acts(ids[0], ids[4]).await.unwrap();
    assert_eq!(tx.restored_to_read().await.unwrap(), 0);
    let walked = tx.actors_after(ids[1], 2).await.unwrap();
    let walked: Vec<_> = walked.into_iter().map(|(id, _)| id).collect();
    assert_eq!(walked, ids[2..4]);
});
