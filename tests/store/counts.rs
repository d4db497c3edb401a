//! Counts of endorsements, and names that are taken.

use super::{
    fixtures::{endorsement, people, signatory, waiting},
    on_both,
};
use undersigned::{
    endorsement::{ActKind, ReviewState, State, WaitsFor},
    hash::Sha256,
    store::{Counts, EndorsementRow, LinkedCounts, ReachKind, ReachRow, Store, Tx},
};

async fn reach(tx: &mut Tx, actor_id: i64) {
    let row = ReachRow {
        actor_id,
        kind: ReachKind::Boost,
        object_hash: Sha256::of("/letter"),
        target: "/letter".to_owned(),
        activity_hash: Sha256::of("boost"),
    };
    tx.save_reach(&[row]).await.unwrap();
}

on_both!(endorsements_are_counted_by_state, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.endorsements_by_state().await.unwrap(), []);
    let actors = people(&mut tx, &["a", "b", "c"]).await;
    let rows = [
        endorsement(actors[0], "A"),
        endorsement(actors[1], "B"),
        waiting(actors[2], "C", WaitsFor::Unsure),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let counted = tx.endorsements_by_state().await.unwrap();
    assert_eq!(
        counted,
        [("listed".to_owned(), 2), ("pending".to_owned(), 1)]
    );
});

on_both!(an_empty_register_counts_nothing, async |store| {
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.counts(1).await.unwrap(), Counts::default());
    assert!(tx.names_taken(&[]).await.unwrap().is_empty());
});

on_both!(
    everybody_is_counted_once_and_in_the_right_place,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let names: Vec<_> = (0..12).map(|it| format!("p{it}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let actors = people(&mut tx, &names).await;
        let by = |n: usize, kind, state, revision| EndorsementRow {
            kind,
            state,
            revision,
            ..endorsement(actors[n], "P")
        };
        let mut rows = vec![
            by(0, ActKind::Reply, State::Listed, 2),
            by(1, ActKind::Mention, State::Counted, 1),
            by(2, ActKind::Quote, State::Listed, 2),
            by(3, ActKind::Like, State::Listed, 2),
            by(4, ActKind::Reaction, State::Counted, 1),
            by(5, ActKind::Reply, State::Listed, 2),
            waiting(actors[6], "P", WaitsFor::Unsure),
        ];
        rows[5].organisation = true;
        rows[0].statement_state = Some(ReviewState::Pending);
        rows[1].statement_state = Some(ReviewState::Pending);
        rows[6].statement_state = Some(ReviewState::Pending);
        rows[3].name_state = ReviewState::Pending;
        rows[4].name_state = ReviewState::Pending;
        let off = [
            State::Hidden,
            State::Rejected,
            State::Withdrawn,
            State::Late,
        ];
        let off = off.into_iter().enumerate();
        rows.extend(off.map(|(n, state)| by(7 + n, ActKind::Reply, state, 2)));
        tx.save_endorsements(&rows).await.unwrap();
        reach(&mut tx, actors[0]).await;
        let expected = Counts {
            linked: LinkedCounts::default(),
            pledged: 0,
            nameless: 0,
            signed: 3,
            liked: 2,
            listed: 3,
            listed_likes: 1,
            current: 3,
            organisations: 1,
            reach: 1,
            boosts: 1,
            waiting: 1,
            waiting_statements: 2,
            waiting_names: 1,
            ..Counts::default()
        };
        assert_eq!(tx.counts(2).await.unwrap(), expected);
    }
);

on_both!(a_name_is_taken_by_who_is_listed_with_it, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = people(&mut tx, &["ada", "bo", "cy"]).await;
    let mut hidden = signatory(2, "Edsger");
    hidden.state = "hidden".to_owned();
    tx.save_signatories(&[signatory(1, "Grace"), hidden])
        .await
        .unwrap();
    let nameless = EndorsementRow {
        name_state: ReviewState::Hidden,
        ..endorsement(actors[1], "barbara")
    };
    let rows = [
        endorsement(actors[0], "ada"),
        nameless,
        waiting(actors[2], "cy", WaitsFor::Age),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let asked = ["grace", "edsger", "ada", "barbara", "cy", "nobody"].map(str::to_owned);
    let mut taken = tx.names_taken(&asked).await.unwrap();
    taken.sort();
    let expected = [
        ("ada".to_owned(), Some(actors[0]), "ada".to_owned()),
        ("grace".to_owned(), None, "Grace".to_owned()),
    ];
    assert_eq!(taken, expected);
});
