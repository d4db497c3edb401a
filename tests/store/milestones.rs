//! Milestones, and the endorsements that are old enough to count for them.

use super::{
    fixtures::{at, endorsement, person, saved, signatory, waiting},
    on_both,
};
use undersigned::{
    endorsement::{ActKind, State, WaitsFor},
    store::{EndorsementRow, Store, Tx},
};

on_both!(a_step_is_reached_once_for_ever, async |store| {
    let mut tx = store.write().await.unwrap();
    assert!(tx.milestones().await.unwrap().is_empty());
    assert!(tx.add_milestone(500).await.unwrap());
    assert!(tx.add_milestone(100).await.unwrap());
    assert!(!tx.add_milestone(500).await.unwrap());
    assert_eq!(tx.milestones().await.unwrap(), [100, 500]);
});

on_both!(who_came_or_changed_lately_has_not_settled, async |store| {
    let mut tx = store.write().await.unwrap();
    let people: Vec<_> = ["ada", "bo", "cy", "di", "ed", "flo", "gil"]
        .iter()
        .map(|it| person(it, "m.example"))
        .collect();
    let ids: Vec<_> = saved(&mut tx, &people)
        .await
        .iter()
        .map(|it| it.id)
        .collect();
    let of = |n: usize, name: &str| EndorsementRow {
        endorsed_at: at(10),
        changed_at: at(10),
        ..endorsement(ids[n], name)
    };
    let rows = [
        of(0, "ada"),
        EndorsementRow {
            kind: ActKind::Like,
            state: State::Counted,
            ..of(1, "bo")
        },
        EndorsementRow {
            endorsed_at: at(11),
            changed_at: at(11),
            ..of(2, "cy")
        },
        // Signed long ago, approved lately.
        EndorsementRow {
            changed_at: at(11),
            ..of(3, "di")
        },
        EndorsementRow {
            organisation: true,
            ..of(4, "ed")
        },
        EndorsementRow {
            state: State::Hidden,
            ..of(5, "flo")
        },
        waiting(ids[6], "gil", WaitsFor::Age),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let mut young = signatory(2, "John Roe");
    young.listed_at = at(11);
    let mut gone = signatory(3, "Gone");
    gone.state = "withdrawn".to_owned();
    tx.save_signatories(&[signatory(1, "Jane Doe"), young, gone])
        .await
        .unwrap();
    for (since, limit, expected) in [
        (8, 9, (4, 1)),
        (10, 9, (3, 0)),
        (11, 9, (0, 0)),
        // Names and endorsements, one each.
        (8, 1, (2, 1)),
    ] {
        let found = tx.unsettled_counts(at(since), limit).await.unwrap();
        assert_eq!((found.signed, found.liked), expected, "{since} {limit}");
    }
});

on_both!(nobody_of_a_domain_in_a_surge_has_settled, async |store| {
    let mut tx = store.write().await.unwrap();
    let at_domain = |name: &str, domain: &str| {
        let mut person = person(name, &format!("m.{domain}"));
        person.host.domain = domain.to_owned();
        person.inbox.1 = person.host.clone();
        person.shared_inbox = None;
        person
    };
    let people = [
        at_domain("ada", "one.example"),
        at_domain("bo", "two.example"),
        at_domain("cy", "two.example"),
        at_domain("di", "two.example"),
        at_domain("ed", "two.example"),
        at_domain("flo", "two.example"),
    ];
    let rows = saved(&mut tx, &people).await;
    let mut waits = EndorsementRow {
        waiting_domain: Some("two.example".to_owned()),
        ..waiting(rows[2].id, "cy", WaitsFor::Surge)
    };
    let listed = [
        endorsement(rows[0].id, "ada"),
        endorsement(rows[1].id, "bo"),
        waits.clone(),
        endorsement(rows[3].id, "di"),
        EndorsementRow {
            kind: ActKind::Like,
            ..endorsement(rows[4].id, "ed")
        },
        EndorsementRow {
            state: State::Hidden,
            ..endorsement(rows[5].id, "flo")
        },
    ];
    tx.save_endorsements(&listed).await.unwrap();
    let unsettled = async |tx: &mut Tx, since, limit| {
        let found = tx.unsettled_counts(at(since), limit).await.unwrap();
        (found.signed, found.liked)
    };
    assert_eq!(unsettled(&mut tx, 99, 9).await, (2, 1));
    assert_eq!(unsettled(&mut tx, 99, 1).await, (1, 1));
    // Who came lately and is of such a domain is one.
    assert_eq!(unsettled(&mut tx, 19, 9).await, (3, 1));
    // Endorsements that wait for anything else do not count as a surge.
    let id = tx.endorsements_of(&[rows[2].id]).await.unwrap()[0].id;
    waits = EndorsementRow {
        id,
        waits_for: Some(WaitsFor::Age),
        ..waits
    };
    tx.save_endorsements(&[waits]).await.unwrap();
    assert_eq!(unsettled(&mut tx, 99, 9).await, (0, 0));
});
