//! Endorsements and their history, and what waits.

use super::{
    fixtures::{at, endorsement, people, public_id, reply, waiting},
    on_both, sql,
};
use undersigned::{
    endorsement::{
        ActKind, ActOutcome, Cause, ReviewState, State, StickyDecision, WaitsFor,
        hide_reason::HideReason,
    },
    store::{EndorsementRow, HistoryRow, IndexedWords, Store},
};

fn full(actor_id: i64, act_id: i64) -> EndorsementRow {
    EndorsementRow {
        held_by: [HideReason::Moderator].into_iter().collect(),
        decision: Some(StickyDecision::Rejected),
        act_id: Some(act_id),
        organisation: true,
        declared_name: Some("Ada Lovelace".to_owned()),
        declared_affiliation: Some("Müller & Söhne".to_owned()),
        declared_state: Some(ReviewState::Pending),
        statement: Some("So that \"all\" may read\n— it'll do".to_owned()),
        statement_state: Some(ReviewState::Hidden),
        statement_trusted: true,
        waits_for: Some(WaitsFor::Unsure),
        reason: Some("spam".to_owned()),
        revision: i64::MAX,
        waiting_domain: Some("m.example".to_owned()),
        changes_today: 7,
        words: IndexedWords {
            shown: "ada m example".to_owned(),
            other: "lovelace".to_owned(),
        },
        ..endorsement(actor_id, "Ada")
    }
}

on_both!(an_endorsement_comes_back_whole, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let acts = [reply(ada, "https://m.example/1", "I sign")];
    let act_id = tx.save_acts(&acts).await.unwrap()[0];
    let mut row = full(ada, act_id);
    let ids = tx
        .save_endorsements(std::slice::from_ref(&row))
        .await
        .unwrap();
    row.id = Some(ids[0]);
    assert_eq!(tx.endorsements_of(&[ada]).await.unwrap(), [row]);
});

on_both!(every_word_of_an_endorsement_survives, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let states = State::ALL.iter().filter(|it| **it != State::Comment);
    for (n, state) in states.enumerate() {
        let row = EndorsementRow {
            state: *state,
            kind: ActKind::ALL[n % ActKind::ALL.len()],
            waits_for: WaitsFor::ALL.get(n).copied(),
            decision: StickyDecision::ALL.get(n).copied(),
            name_state: ReviewState::ALL[n % ReviewState::ALL.len()],
            statement_state: ReviewState::ALL.get(n).copied(),
            ..endorsement(ada, "Ada")
        };
        tx.save_endorsements(std::slice::from_ref(&row))
            .await
            .unwrap();
        let found = tx.endorsements_of(&[ada]).await.unwrap().remove(0);
        assert_eq!(EndorsementRow { id: None, ..found }, row);
    }
});

on_both!(
    an_actor_has_one_endorsement_whose_public_id_never_changes,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        let first = endorsement(ada, "Ada");
        let id = tx
            .save_endorsements(std::slice::from_ref(&first))
            .await
            .unwrap();
        let second = EndorsementRow {
            public_id: public_id("other"),
            state: State::Withdrawn,
            name: None,
            name_skeleton: None,
            changed_at: at(90),
            ..first.clone()
        };
        assert_eq!(
            tx.save_endorsements(std::slice::from_ref(&second))
                .await
                .unwrap(),
            id
        );
        let found = tx.endorsements_of(&[ada]).await.unwrap();
        let expected = EndorsementRow {
            id: Some(id[0]),
            public_id: first.public_id,
            ..second
        };
        assert_eq!(found, [expected]);
    }
);

on_both!(
    sixty_four_endorsements_get_their_numbers_in_their_order,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let names: Vec<_> = (0..64).map(|it| format!("p{it}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut actors = people(&mut tx, &names).await;
        actors.reverse();
        let rows: Vec<_> = actors.iter().map(|it| endorsement(*it, "P")).collect();
        let ids = tx.save_endorsements(&rows).await.unwrap();
        let found = tx.endorsements_of(&actors).await.unwrap();
        assert_eq!(found.len(), 64);
        for (actor_id, id) in actors.iter().zip(&ids) {
            let row = found.iter().find(|it| it.actor_id == *actor_id).unwrap();
            assert_eq!(row.id, Some(*id));
        }
    }
);

on_both!(
    a_walk_through_the_register_meets_everybody_once,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let actors = people(&mut tx, &["ada", "bo", "cy", "di", "ed"]).await;
        let rows: Vec<_> = actors.iter().map(|it| endorsement(*it, "P")).collect();
        let mut ids = tx.save_endorsements(&rows).await.unwrap();
        ids.sort_unstable();
        let mut met = Vec::new();
        let mut after = 0;
        loop {
            let step = tx.endorsers_after(after, 2).await.unwrap();
            assert!(step.len() <= 2);
            let Some(last) = step.last() else { break };
            after = last.0;
            met.extend(step);
        }
        let all: Vec<_> = ids.into_iter().zip(actors).collect();
        assert_eq!(met, all);
        let words = tx.indexed_words_after(all[0].0, 2).await.unwrap();
        let found: Vec<i64> = words.iter().map(|(id, _)| *id).collect();
        assert_eq!(found, [all[1].0, all[2].0]);
        assert_eq!(words[0].1.shown, "p");
    }
);

on_both!(nothing_given_is_nothing_done, async |store| {
    let mut tx = store.write().await.unwrap();
    assert!(tx.save_endorsements(&[]).await.unwrap().is_empty());
    assert!(tx.endorsements_of(&[]).await.unwrap().is_empty());
    assert!(tx.endorsers_after(0, 10).await.unwrap().is_empty());
    assert!(tx.history(1).await.unwrap().is_empty());
    tx.add_history(&[]).await.unwrap();
});

on_both!(a_history_is_read_oldest_first, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = people(&mut tx, &["ada", "bo"]).await;
    let rows: Vec<_> = actors.iter().map(|it| endorsement(*it, "P")).collect();
    let ids = tx.save_endorsements(&rows).await.unwrap();
    let change = |n: usize, cause: &Cause| HistoryRow {
        endorsement_id: ids[0],
        // After the clock went back, the order of writing decides.
        at: at(100 - i64::try_from(n).unwrap()),
        was: (n > 0).then_some(State::Listed),
        now: State::ALL[n % State::ALL.len()],
        act_id: (n > 1).then_some(7),
        revision: 2,
        cause: *cause,
        audit_id: (*cause == Cause::Decision).then_some(3),
        left_out: i64::try_from(n).unwrap(),
    };
    let changes: Vec<_> = Cause::ALL
        .iter()
        .enumerate()
        .map(|(n, it)| change(n, it))
        .collect();
    let (some, rest) = changes.split_at(2);
    tx.add_history(some).await.unwrap();
    let others = HistoryRow {
        endorsement_id: ids[1],
        ..changes[0].clone()
    };
    tx.add_history(std::slice::from_ref(&others)).await.unwrap();
    tx.add_history(rest).await.unwrap();
    assert_eq!(tx.history(ids[0]).await.unwrap(), changes);
    assert_eq!(
        tx.history(ids[1]).await.unwrap(),
        std::slice::from_ref(&others)
    );
    let all = [changes, vec![others]].concat();
    assert_eq!(tx.histories(&ids).await.unwrap(), all);
    assert_eq!(tx.histories(&[]).await.unwrap(), []);
});

on_both!(who_has_an_act_that_waits_is_given_in_steps, async |store| {
    let mut tx = store.write().await.unwrap();
    let mut actors = people(&mut tx, &["ada", "bo", "cy", "di", "ed"]).await;
    actors.sort_unstable();
    let waits = |actor_id, n: i64, what| {
        let mut act = reply(actor_id, &format!("https://m.example/{n}"), "I sign");
        act.act.outcome = ActOutcome::Pending(what);
        act
    };
    let mut ended = waits(actors[3], 1, WaitsFor::Age);
    ended.act.ended = Some((at(50), Cause::Delete));
    let acts = [
        waits(actors[1], 1, WaitsFor::Age),
        // Two acts, one actor.
        waits(actors[1], 2, WaitsFor::Age),
        waits(actors[0], 1, WaitsFor::Age),
        waits(actors[2], 1, WaitsFor::Unsure),
        ended,
        waits(actors[4], 1, WaitsFor::Age),
    ];
    tx.save_acts(&acts).await.unwrap();
    let all = tx.waiting_for(WaitsFor::Age, 0, 10).await.unwrap();
    assert_eq!(all, [actors[0], actors[1], actors[4]]);
    assert_eq!(
        tx.waiting_for(WaitsFor::Age, 0, 1).await.unwrap(),
        actors[..1]
    );
    let rest = tx.waiting_for(WaitsFor::Age, actors[1], 10).await.unwrap();
    assert_eq!(rest, [actors[4]]);
    assert!(
        tx.waiting_for(WaitsFor::Surge, 0, 10)
            .await
            .unwrap()
            .is_empty()
    );
});

on_both!(
    what_was_given_before_a_moment_comes_oldest_first,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let actors = people(&mut tx, &["ada", "bo", "cy"]).await;
        let changed = |actor_id, seconds| EndorsementRow {
            endorsed_at: at(seconds),
            changed_at: at(99),
            ..waiting(actor_id, "P", WaitsFor::Unsure)
        };
        let rows = [
            changed(actors[0], 20),
            changed(actors[1], 10),
            changed(actors[2], 30),
        ];
        tx.save_endorsements(&rows).await.unwrap();
        let found = tx.given_before(State::Pending, at(30), 10).await.unwrap();
        assert_eq!(found, [actors[1], actors[0]]);
        let found = tx.given_before(State::Pending, at(31), 1).await.unwrap();
        assert_eq!(found, [actors[1]]);
        assert!(
            tx.given_before(State::Listed, at(31), 9)
                .await
                .unwrap()
                .is_empty()
        );
    }
);

on_both!(
    a_word_that_we_never_write_is_an_error_that_names_the_row,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        tx.save_endorsements(&[endorsement(ada, "Ada")])
            .await
            .unwrap();
        sql::run(&mut tx, "UPDATE endorsement SET kind = 'telepathy'")
            .await
            .unwrap();
        let error = tx.endorsements_of(&[ada]).await.unwrap_err().to_string();
        assert!(error.contains("endorsement.kind, row "), "{error}");
    }
);

on_both!(the_tables_refuse_a_state_that_there_is_not, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    tx.save_endorsements(&[endorsement(ada, "Ada")])
        .await
        .unwrap();
    sql::run(&mut tx, "UPDATE endorsement SET state = 'maybe'")
        .await
        .unwrap_err();
});
