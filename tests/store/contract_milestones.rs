//! Steps of the goal, and who has stood for long enough to be counted in them.

use crate::{
    fixtures::{at, endorsement, person, saved, signatory, waiting},
    on_both,
};
use undersigned::{
    endorsement::{ActKind, State, WaitsFor},
    store::{EndorsementRow, Store},
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
        // Signed long ago, and was let in lately.
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
    let settled = tx.settled_counts(at(10)).await.unwrap();
    assert_eq!((settled.signed, settled.liked), (2, 1));
    let later = tx.settled_counts(at(11)).await.unwrap();
    assert_eq!((later.signed, later.liked), (5, 1));
});

on_both!(nobody_of_a_domain_in_a_surge_is_counted, async |store| {
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
    ];
    tx.save_endorsements(&listed).await.unwrap();
    assert_eq!(tx.settled_counts(at(99)).await.unwrap().signed, 1);
    // Whoever waits for anything else is no surge.
    let id = tx.endorsements_of(&[rows[2].id]).await.unwrap()[0].id;
    waits = EndorsementRow {
        id,
        waits_for: Some(WaitsFor::Age),
        ..waits
    };
    tx.save_endorsements(&[waits]).await.unwrap();
    assert_eq!(tx.settled_counts(at(99)).await.unwrap().signed, 2);
});
