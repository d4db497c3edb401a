//! Acts, the requests behind them, and comments.

use super::{
    fixtures::{at, comment, evidence, like, people, public_id, reply},
    on_both, sql,
};
use undersigned::{
    endorsement::{Act, ActKind, ActOutcome, Cause, MaxVisibility, State, Visibility, WaitsFor},
    hash::Sha256,
    store::{ActRow, EndorsementFilter, Store, Tx, UnsignedBy},
};

/// Writes acts and gives them with their ids.
async fn written(tx: &mut Tx, acts: &[ActRow]) -> Vec<ActRow> {
    let ids = tx.save_acts(acts).await.unwrap();
    let numbered = acts.iter().zip(ids).map(|(act, id)| ActRow {
        id: Some(id),
        ..act.clone()
    });
    numbered.collect()
}

fn ended(act: &ActRow, cause: Cause) -> ActRow {
    ActRow {
        act: Act {
            ended: Some((at(99), cause)),
            ..act.act
        },
        ..act.clone()
    }
}

on_both!(
    every_kind_outcome_and_cause_survives_the_database,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        let outcomes = WaitsFor::ALL.iter().map(|it| ActOutcome::Pending(*it));
        let outcomes: Vec<_> = [
            ActOutcome::Listed,
            ActOutcome::Counted,
            ActOutcome::Late,
            ActOutcome::Comment,
        ]
        .into_iter()
        .chain(outcomes)
        .collect();
        let mut acts = Vec::new();
        for (n, kind) in ActKind::ALL.iter().enumerate() {
            for (m, outcome) in outcomes.iter().enumerate() {
                let base = reply(
                    ada,
                    &format!("https://m.example/{n}/{m}"),
                    "I sign 💚 \"'\\",
                );
                let act = Act {
                    kind: *kind,
                    outcome: *outcome,
                    visibility: Visibility::ALL[m % Visibility::ALL.len()],
                    ceiling: MaxVisibility::ALL[n % MaxVisibility::ALL.len()],
                    revision: i64::MAX,
                    ended: Cause::ALL.get(m).map(|it| (at(-5), *it)),
                    ..base.act
                };
                acts.push(ActRow {
                    act,
                    warning: (m % 2 == 0).then(|| "politics".to_owned()),
                    edited_at: (m % 3 == 0).then(|| at(77)),
                    acknowledged: (n == 0).then(|| public_id("ack").to_string()),
                    activity: (n != 1).then(|| "https://m.example/a".to_owned()),
                    ..base
                });
            }
        }
        let acts = written(&mut tx, &acts).await;
        assert_eq!(sql::all_acts(&mut tx, ada).await, acts);
    }
);

on_both!(an_act_is_known_by_actor_family_and_object, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    let object = "https://m.example/1";
    let first = written(&mut tx, &[reply(ids[0], object, "I sign")])
        .await
        .remove(0);
    // An edit made a comment of it: the same act.
    let edited = ActRow {
        edited_at: Some(at(50)),
        activity_hash: Sha256::of("edit"),
        ..comment(ids[0], object, "No more")
    };
    let edited = written(&mut tx, &[edited]).await.remove(0);
    assert_eq!(edited.id, first.id);
    assert_eq!(sql::all_acts(&mut tx, ids[0]).await, [edited]);
    // Another actor, another family: other acts.
    let mut a_like = like(ids[0], "https://m.example/like");
    a_like.object = object.to_owned();
    let others = written(&mut tx, &[reply(ids[1], object, "me, too"), a_like]).await;
    assert!(others.iter().all(|it| it.id != first.id));
});

on_both!(
    sixty_four_acts_get_their_numbers_in_their_order,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        let acts: Vec<_> = (0..64)
            .map(|n| reply(ada, &format!("https://m.example/{}", 63 - n), "I sign"))
            .collect();
        let acts = written(&mut tx, &acts).await;
        let again = written(&mut tx, &acts).await;
        assert_eq!(acts, again, "a second time gave other numbers");
        for act in &acts {
            let found = sql::all_acts(&mut tx, ada).await;
            assert!(found.contains(act));
        }
        assert_eq!(tx.save_acts(&[]).await.unwrap(), [0_i64; 0]);
    }
);

on_both!(
    a_batch_is_given_what_stands_and_what_it_names,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let stands = reply(ids[0], "https://m.example/stands", "I sign");
        let gone = ended(
            &reply(ids[0], "https://m.example/gone", "I sign"),
            Cause::Delete,
        );
        let said = comment(ids[0], "https://m.example/said", "Hm");
        let others = reply(ids[1], "https://m.example/bo", "I sign");
        let acts = written(&mut tx, &[stands, gone, said, others]).await;

        let only = tx.acts(&ids[..1], &[]).await.unwrap();
        assert_eq!(only, acts[..1]);
        let by_object = Sha256::of("https://m.example/gone");
        let by_activity = Sha256::of("https://m.example/said/activity");
        let named = tx
            .acts(&ids[..1], &[by_object.clone(), by_activity])
            .await
            .unwrap();
        assert_eq!(named, acts[..3]);
        let none_of_bo = tx.acts(&ids[1..], &[by_object]).await.unwrap();
        assert_eq!(none_of_bo, acts[3..]);
        assert!(tx.acts(&[], &[]).await.unwrap().is_empty());
    }
);

on_both!(
    an_outcome_that_cannot_be_is_an_error_that_names_the_row,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        written(&mut tx, &[like(ada, "https://m.example/like")]).await;
        sql::run(&mut tx, "UPDATE act SET waits_for = 'age'")
            .await
            .unwrap();
        let error = tx.acts(&[ada], &[]).await.unwrap_err().to_string();
        assert!(error.contains("act.outcome, row "), "{error}");
        sql::run(&mut tx, "UPDATE act SET waits_for = 'spring'")
            .await
            .unwrap();
        let error = tx.acts(&[ada], &[]).await.unwrap_err().to_string();
        assert!(error.contains("act.waits_for, row "), "{error}");
    }
);

on_both!(the_newest_request_behind_an_act_is_kept, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let acts = [
        like(ada, "https://m.example/l"),
        reply(ada, "https://m.example/r", "I sign"),
    ];
    let ids = tx.save_acts(&acts).await.unwrap();
    let every_byte: Vec<u8> = (0..=255).collect();
    let both = [(ids[0], evidence(&every_byte)), (ids[1], evidence(b""))];
    tx.save_evidence(&both).await.unwrap();
    assert_eq!(
        tx.evidence(ids[0]).await.unwrap(),
        Some(evidence(&every_byte))
    );
    let newer = undersigned::store::EvidenceRow {
        how: "fetched".to_owned(),
        received_at: at(60),
        ..evidence(b"{}")
    };
    tx.save_evidence(&[(ids[0], newer.clone())]).await.unwrap();
    assert_eq!(tx.evidence(ids[0]).await.unwrap(), Some(newer));
    tx.forget_evidence(&ids[..1]).await.unwrap();
    tx.forget_evidence(&[]).await.unwrap();
    tx.save_evidence(&[]).await.unwrap();
    assert_eq!(tx.evidence(ids[0]).await.unwrap(), None);
    assert_eq!(tx.evidence(ids[1]).await.unwrap(), Some(evidence(b"")));
});

on_both!(a_comment_keeps_its_first_public_id, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let acts = [comment(ada, "https://m.example/c", "Hm")];
    let ids = tx.save_acts(&acts).await.unwrap();
    let (first, second) = (public_id("c1"), public_id("c2"));
    tx.save_comments(&[]).await.unwrap();
    tx.save_comments(&[(first.to_string(), ids[0])])
        .await
        .unwrap();
    tx.save_comments(&[(second.to_string(), ids[0])])
        .await
        .unwrap();
    let comments = EndorsementFilter {
        state: Some(State::Comment),
        ..EndorsementFilter::default()
    };
    let listed = tx.list(&comments, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].public_id, first);
});

on_both!(
    ending_comments_takes_their_words_and_nothing_else,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let acts = [
            comment(ids[0], "https://m.example/1", "Hm"),
            reply(ids[0], "https://m.example/2", "I sign"),
            comment(ids[1], "https://m.example/3", "Hm"),
        ];
        let acts = written(&mut tx, &acts).await;
        let ended = tx
            .end_comments(ids[0], at(70), Cause::AccountDeleted.as_str())
            .await
            .unwrap();
        assert_eq!(ended, 1);
        let mine = sql::all_acts(&mut tx, ids[0]).await;
        assert_eq!(mine[0].act.ended, Some((at(70), Cause::AccountDeleted)));
        assert_eq!((&mine[0].text, &mine[0].warning), (&None, &None));
        assert_eq!(mine[1], acts[1]);
        assert_eq!(sql::all_acts(&mut tx, ids[1]).await, acts[2..]);
        assert_eq!(tx.end_comments(ids[0], at(80), "delete").await.unwrap(), 0);
    }
);

on_both!(
    what_ended_by_an_edit_or_seemed_gone_may_return,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let post = |person: i64, number: u32, cause: Cause| {
            let id = format!("https://m.example/{number}");
            ended(&reply(person, &id, "I sign"), cause)
        };
        let acts = [
            post(ids[0], 1, Cause::Edit),
            post(ids[0], 2, Cause::Gone),
            post(ids[0], 3, Cause::Withdrew),
            post(ids[1], 4, Cause::Gone),
            reply(ids[0], "https://m.example/5", "I sign"),
        ];
        tx.save_acts(&acts).await.unwrap();
        let mut found = tx.returning_posts(ids[0]).await.unwrap();
        found.sort_unstable();
        assert_eq!(found, ["https://m.example/1", "https://m.example/2"]);
    }
);

on_both!(who_ended_what_is_asked_by_act_and_by_actor, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    let (ada, bo) = (ids[0], ids[1]);
    let acts = [
        reply(ada, "https://m.example/1", "I sign"),
        ended(
            &reply(ada, "https://m.example/2", "I sign"),
            Cause::Decision,
        ),
        comment(bo, "https://m.example/3", "No"),
        ended(&comment(bo, "https://m.example/4", "No"), Cause::Delete),
    ];
    let acts = written(&mut tx, &acts).await;
    let numbers: Vec<i64> = acts.iter().filter_map(|act| act.id).collect();
    let some = tx.acts_by_id(&numbers[1..3]).await.unwrap();
    assert_eq!(some, acts[1..3]);
    assert_eq!(tx.last_end(ada).await.unwrap(), Some(Cause::Decision));
    assert_eq!(
        tx.last_end(bo).await.unwrap(),
        None,
        "a comment ends nothing"
    );
    assert_eq!(tx.unsigned_by(numbers[2]).await.unwrap(), None);
    tx.unsign(&numbers[2..3], UnsignedBy::Author, at(9))
        .await
        .unwrap();
    assert_eq!(
        tx.unsigned_by(numbers[2]).await.unwrap(),
        Some(UnsignedBy::Author)
    );
    let id = public_id("c3");
    tx.save_comments(&[(id.to_string(), numbers[2])])
        .await
        .unwrap();
    assert_eq!(tx.promoted_comment(id.as_str()).await.unwrap(), None);
    let promoted = ActRow {
        act: Act {
            kind: ActKind::Reply,
            ..acts[2].act
        },
        ..acts[2].clone()
    };
    tx.save_acts(&[promoted]).await.unwrap();
    let author = tx.promoted_comment(id.as_str()).await.unwrap();
    assert!(author.is_some_and(|url| url.ends_with("/bo")));
});
