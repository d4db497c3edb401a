//! Counts that triggers keep: whatever happens to the rows, what is kept is what they amount to.

use std::collections::BTreeMap;

use super::{
    deliveries::{settled, state},
    fixtures::{at, endorsement, evidence, person, purge_all, reply, saved, signatory},
    full::fill,
    on_both,
    organisations::by_hand,
    outgoing::activity,
    sql,
};
use crate::support::random::Choices;
use undersigned::{
    clock::Millis,
    endorsement::{ActKind, Pledge, PledgeWords, ReviewState, State},
    hash::Sha256,
    store::{
        DeliveryOutcome, EndorsementFilter, EndorsementRow, FollowerRow, HostPace, OrganisationRow,
        PledgeRow, Purge, ReachKind, ReachRow, Store, Tx, WrongCount,
    },
};

const SINGLE: [&str; 12] = [
    "nameless",
    "organisations",
    "pledged",
    "pledges_waiting",
    "followers",
    "boosts",
    "letter_boosts",
    "quoting",
    "evidence_bytes",
    "delivered",
    "refused",
    "abandoned",
];

/// Every trigger with its table, and a statement after [`fill`] that it has to count.
const TRIGGERS: [(&str, &str, &str); 38] = [
    (
        "link",
        "added",
        "DELETE FROM link; INSERT INTO link (endorsement_id, state, signatory_id, looked_at) VALUES (9, 'linked', 1, 1)",
    ),
    (
        "endorsement",
        "linked",
        "UPDATE endorsement SET kind = 'like' WHERE actor_id = 1",
    ),
    ("signatory", "linked", "UPDATE signatory SET revision = 8"),
    ("link", "changed", "UPDATE link SET state = 'claimed'"),
    ("link", "removed", "DELETE FROM link"),
    (
        "endorsement",
        "added",
        "INSERT INTO endorsement (public_id, actor_id, state, kind, revision, organisation, name_state, endorsed_at,
                                  changed_at)
         VALUES ('e3', 3, 'counted', 'like', 2, FALSE, 'hidden', 5, 5)",
    ),
    (
        "endorsement",
        "changed",
        "UPDATE endorsement SET state = 'withdrawn' WHERE state = 'listed'",
    ),
    (
        "endorsement",
        "removed",
        "DELETE FROM endorsement WHERE actor_id = 1",
    ),
    (
        "endorsement",
        "spread_added",
        "INSERT INTO endorsement (public_id, actor_id, state, kind, revision, organisation, name_state, endorsed_at,
                                  changed_at)
         SELECT 'e4', MAX(actor.id), 'listed', 'reply', 1, FALSE, 'hidden', 86400005, 5
         FROM actor WHERE id NOT IN (SELECT actor_id FROM endorsement)",
    ),
    (
        "endorsement",
        "spread_changed",
        "UPDATE endorsement SET endorsed_at = endorsed_at + 86400000 WHERE actor_id = 1",
    ),
    (
        "endorsement",
        "spread_removed",
        "DELETE FROM endorsement WHERE state IN ('listed', 'counted')",
    ),
    (
        "endorsement",
        "forge_added",
        "INSERT INTO endorsement (public_id, actor_id, state, kind, revision, organisation, name_state, endorsed_at,
                                  changed_at)
         SELECT 'e6', MAX(actor.id), 'listed', 'reply', 1, FALSE, 'hidden', 86400005, 5
         FROM actor WHERE forge IS NOT NULL AND id NOT IN (SELECT actor_id FROM endorsement)",
    ),
    (
        "endorsement",
        "forge_changed",
        "UPDATE endorsement SET endorsed_at = endorsed_at + 86400000 WHERE actor_id IN (1, 3)",
    ),
    (
        "endorsement",
        "forge_removed",
        "DELETE FROM endorsement WHERE state IN ('listed', 'counted')",
    ),
    (
        "endorsement",
        "pledge_added",
        "INSERT INTO endorsement (public_id, actor_id, state, kind, revision, organisation, name_state, endorsed_at,
                                  changed_at, pledge, pledge_state, pledged_at)
         SELECT 'e5', MAX(actor.id), 'listed', 'reply', 1, FALSE, 'hidden', 86400005, 5, 'unsure', 'shown', 5
         FROM actor WHERE id NOT IN (SELECT actor_id FROM endorsement)",
    ),
    (
        "endorsement",
        "pledge_changed",
        "UPDATE endorsement
         SET pledge = 'clear', pledge_state = 'pending', pledged_at = 5, endorsed_at = endorsed_at + 86400000
         WHERE actor_id = 1",
    ),
    (
        "endorsement",
        "pledge_removed",
        "UPDATE endorsement SET pledge = 'clear', pledge_state = 'shown', pledged_at = 5 WHERE actor_id = 1;
         DELETE FROM endorsement WHERE actor_id = 1",
    ),
    (
        "endorsement",
        "nameless_added",
        "INSERT INTO endorsement (public_id, actor_id, state, kind, revision, organisation, name_state, endorsed_at,
                                  changed_at)
         SELECT 'e6', MAX(actor.id), 'counted', 'direct', 1, FALSE, 'hidden', 86400005, 5
         FROM actor WHERE id NOT IN (SELECT actor_id FROM endorsement)",
    ),
    (
        "endorsement",
        "nameless_changed",
        "UPDATE endorsement
         SET kind = 'direct', state = 'counted', organisation = FALSE, endorsed_at = endorsed_at + 86400000
         WHERE actor_id = 1",
    ),
    (
        "endorsement",
        "nameless_removed",
        "UPDATE endorsement SET kind = 'direct', state = 'counted', organisation = FALSE WHERE actor_id = 1;
         DELETE FROM endorsement WHERE actor_id = 1",
    ),
    (
        "signatory",
        "added",
        "INSERT INTO signatory (public_id, name, skeleton, source, position, revision, state, listed_at)
         VALUES ('s9', 'N', 'n', 'manual', 9, 2, 'listed', 1), ('s8', 'O', 'o', 'manual', 8, 2, 'hidden', 1)",
    ),
    ("signatory", "changed", "UPDATE signatory SET revision = 7"),
    ("signatory", "removed", "DELETE FROM signatory"),
    (
        "organisation",
        "added",
        "INSERT INTO organisation (public_id, name, url, reference, revision, shown_words, added_at, removed_at)
         VALUES ('o8', 'N', 'https://n.example', 'r', 1, 'n', 1, NULL), ('o9', 'O', 'https://o.example', 'r', 1, 'o', 1, 2)",
    ),
    (
        "organisation",
        "changed",
        "UPDATE organisation SET removed_at = 9 WHERE public_id = 'o1'",
    ),
    (
        "organisation",
        "removed",
        "UPDATE organisation SET removed_at = NULL WHERE public_id = 'o2'; DELETE FROM organisation",
    ),
    (
        "follower",
        "added",
        "INSERT INTO follower (actor_id, since) VALUES (3, 1)",
    ),
    ("follower", "changed", "UPDATE follower SET asleep_until = 9"),
    ("follower", "removed", "DELETE FROM follower"),
    (
        "reach",
        "added",
        "INSERT INTO reach (actor_id, kind, object_hash, activity_hash, target)
         SELECT actor_id, 'quote', object_hash, activity_hash, target FROM reach WHERE target = '/letter'",
    ),
    ("reach", "changed", "UPDATE reach SET target = '/posts/2'"),
    ("reach", "removed", "DELETE FROM reach"),
    (
        "evidence",
        "added",
        "INSERT INTO evidence (act_id, how, method, path, headers, body, key_id, pem, received_at, bytes)
         SELECT 6, how, method, path, headers, body, key_id, pem, received_at, bytes FROM evidence",
    ),
    ("evidence", "changed", "UPDATE evidence SET bytes = bytes * 3"),
    ("evidence", "removed", "DELETE FROM evidence"),
    (
        "delivery",
        "added",
        "INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at, settled_at)
         VALUES (2, 2, 7, 'abandoned', 1, 1, 1)",
    ),
    (
        "delivery",
        "changed",
        "UPDATE delivery SET state = 'refused', settled_at = 5",
    ),
    ("delivery", "removed", "DELETE FROM delivery"),
];

/// The tables of counts of which none falls below 0.
const COUNTS: [&str; 6] = [
    "total",
    "endorsement_count",
    "signatory_count",
    "day_count",
    "host_count",
    "forge_count",
];

/// Changes that the program never makes, of several rows at once.
const UNUSUAL: [&str; 10] = [
    "UPDATE endorsement SET kind = 'reaction', organisation = TRUE, state = 'pending'",
    "UPDATE endorsement SET statement_state = 'pending', name_state = 'pending'",
    "UPDATE endorsement SET statement_state = NULL, revision = 3",
    "UPDATE signatory SET source = 'letter', state = 'listed'",
    "INSERT INTO reach (actor_id, kind, object_hash, activity_hash, target)
     SELECT actor.id, 'quote', host.authority_hash, actor.url_hash, '/letter'
     FROM actor CROSS JOIN (SELECT url_hash AS authority_hash FROM inbox) AS host",
    "UPDATE reach SET actor_id = 1 WHERE kind = 'quote' AND actor_id = 2 AND object_hash IN
        (SELECT url_hash FROM inbox WHERE id = 99)",
    "UPDATE reach SET actor_id = 3, object_hash = activity_hash WHERE kind = 'quote' AND actor_id = 1
        AND object_hash IN (SELECT url_hash FROM inbox WHERE id = 1)",
    "DELETE FROM reach WHERE kind = 'quote' AND actor_id <> 3",
    "UPDATE reach SET kind = 'boost' WHERE kind = 'quote'",
    "UPDATE delivery SET state = 'queued', settled_at = NULL WHERE state = 'delivered'",
];

async fn wrong(tx: &mut Tx) -> Vec<WrongCount> {
    tx.wrong_counts().await.unwrap()
}

async fn do_it(tx: &mut Tx, statements: &str) {
    for statement in statements.split(';') {
        let done = sql::run(tx, statement).await;
        done.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
}

/// A row in every table, each of which can go and be added to.
async fn filled(store: &Store) -> Tx {
    let mut tx = store.write().await.unwrap();
    fill(&mut tx).await;
    for table in ["history", "comment"] {
        do_it(&mut tx, &format!("DELETE FROM {table}")).await;
    }
    if matches!(tx, Tx::Postgres(_)) {
        for table in ["endorsement", "signatory", "organisation", "delivery"] {
            let go_on = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)");
            do_it(&mut tx, &go_on).await;
        }
    }
    tx
}

on_both!(a_change_of_any_kind_by_anybody_is_counted, async |store| {
    let mut tx = filled(&store).await;
    assert_eq!(wrong(&mut tx).await, []);
    let usual = TRIGGERS.iter().map(|(_, _, statement)| *statement);
    for statement in UNUSUAL.into_iter().chain(usual) {
        do_it(&mut tx, statement).await;
        assert_eq!(wrong(&mut tx).await, [], "{statement}");
    }
});

on_both!(
    what_a_missing_trigger_did_not_count_is_found,
    async |store| {
        let tx = filled(&store).await;
        tx.commit().await.unwrap();
        for (table, event, statement) in TRIGGERS {
            let mut tx = store.write().await.unwrap();
            let place = match tx {
                Tx::Sqlite(_) => String::new(),
                Tx::Postgres(_) => format!(" ON {table}"),
            };
            do_it(&mut tx, &format!("DROP TRIGGER {table}_{event}{place}")).await;
            do_it(&mut tx, statement).await;
            assert_ne!(wrong(&mut tx).await, [], "{table} {event}");
            tx.count_anew().await.unwrap();
            assert_eq!(wrong(&mut tx).await, [], "{table} {event}");
        }
    }
);

on_both!(a_wrong_count_is_told_and_counted_anew, async |store| {
    let mut tx = filled(&store).await;
    for spoil in [
        "UPDATE total SET n = 0",
        "DELETE FROM total WHERE name IN ('abandoned', 'quoting')",
        "UPDATE endorsement_count SET n = 3",
        "DELETE FROM signatory_count",
    ] {
        do_it(&mut tx, spoil).await;
    }
    let told = wrong(&mut tx).await;
    let told: Vec<_> = told
        .iter()
        .map(|it| (it.what.as_str(), it.kept, it.counted))
        .collect();
    let expected = [
        ("hidden organisations who like revision 1", Some(3), 1),
        ("listed persons who signed revision 1", Some(3), 1),
        ("listed signatories (github) of revision 1", None, 1),
        ("boosts", Some(0), 1),
        ("boosts of the letter", Some(0), 1),
        ("bytes of signed requests", Some(0), 11),
        ("delivered deliveries", Some(0), 1),
        ("followers", Some(0), 2),
        ("organisations by hand", Some(0), 1),
        ("refused deliveries", Some(0), 1),
        ("abandoned deliveries", None, 0),
        ("accounts that quote", None, 0),
    ];
    assert_eq!(told, expected);
    // Pages show what is kept.
    assert_eq!(tx.counts(1).await.unwrap().signed, 3);
    assert_eq!(tx.follower_count().await.unwrap(), 0);
    tx.count_anew().await.unwrap();
    assert_eq!(wrong(&mut tx).await, []);
});

on_both!(a_count_that_is_too_low_refuses_no_change, async |store| {
    let mut tx = filled(&store).await;
    // Something to take from every count.
    do_it(
        &mut tx,
        "INSERT INTO reach (actor_id, kind, object_hash, activity_hash, target)
         SELECT 3, 'quote', activity_hash, activity_hash, '/posts/9' FROM reach WHERE target = '/letter';
         INSERT INTO host_count (host_id, n) VALUES (99, 0);
         INSERT INTO forge_count (source, day, listed, n) VALUES ('git.example', 0, FALSE, 0)",
    )
    .await;
    tx.commit().await.unwrap();
    let more = [
        (
            "reach",
            "changed",
            "UPDATE reach SET kind = 'quote' WHERE kind = 'boost'",
        ),
        (
            "reach",
            "changed",
            "UPDATE reach SET kind = 'boost' WHERE kind = 'quote'",
        ),
        ("evidence", "changed", "UPDATE evidence SET bytes = 1"),
        (
            "delivery",
            "changed",
            "UPDATE delivery SET state = 'queued'",
        ),
        (
            "signatory",
            "changed",
            "UPDATE signatory SET state = 'hidden'",
        ),
    ];
    for (table, event, statement) in TRIGGERS.into_iter().chain(more) {
        let mut tx = store.write().await.unwrap();
        for counts in COUNTS {
            do_it(&mut tx, &format!("UPDATE {counts} SET n = 0")).await;
        }
        do_it(&mut tx, statement).await;
        for counts in COUNTS {
            let least = sql::number(&mut tx, &format!("SELECT MIN(n) FROM {counts}")).await;
            assert_eq!(least, 0, "{table} {event}: {counts}");
        }
    }
});

/// Things that happen to a register of a dozen people, one after the other.
struct Happenings<'a> {
    choices: Choices,
    people: &'a [i64],
    now: i64,
}

impl Happenings<'_> {
    fn now(&self) -> Millis {
        at(self.now)
    }

    /// Some of the people, nobody twice.
    fn some(&self) -> Vec<i64> {
        let people = self.people.iter().copied();
        people.filter(|_| self.choices.below(3) == 0).collect()
    }

    fn is(&self) -> bool {
        self.choices.below(2) == 0
    }

    async fn endorse(&self, tx: &mut Tx) {
        let c = &self.choices;
        let of = |actor_id| {
            let review = || *c.pick(ReviewState::ALL);
            EndorsementRow {
                state: loop {
                    // A comment is no endorsement.
                    let state = *c.pick(State::ALL);
                    if state != State::Comment {
                        break state;
                    }
                },
                kind: *c.pick(ActKind::ALL),
                revision: i64::try_from(c.below(3)).unwrap() + 1,
                organisation: c.below(5) == 0,
                name_state: review(),
                statement_state: self.is().then(review),
                pledge: self.is().then(|| PledgeRow {
                    pledge: Pledge {
                        words: *c.pick(PledgeWords::ALL),
                        review: review(),
                    },
                    url: None,
                    at: self.now(),
                }),
                endorsed_at: self.now(),
                changed_at: self.now(),
                ..endorsement(actor_id, "P")
            }
        };
        let rows: Vec<_> = self.some().into_iter().map(of).collect();
        tx.save_endorsements(&rows).await.unwrap();
    }

    fn reach(&self) -> Vec<ReachRow> {
        let mut rows = BTreeMap::new();
        for actor_id in self.some() {
            for _ in 0..=self.choices.below(3) {
                let path = *self.choices.pick(&["/letter", "/posts/1", "/posts/2"]);
                let kind = *self.choices.pick(ReachKind::ALL);
                let row = ReachRow {
                    actor_id,
                    kind,
                    object_hash: Sha256::of(path),
                    target: path.to_owned(),
                    activity_hash: Sha256::of(&format!("{actor_id}{}", self.now)),
                };
                rows.insert((actor_id, kind.as_str(), path), row);
            }
        }
        rows.into_values().collect()
    }

    async fn follow(&self, tx: &mut Tx) {
        let some = self.some();
        match self.choices.below(4) {
            0 => tx.remove_followers(&some).await.unwrap(),
            1 => {
                let until = at(self.now + 30);
                tx.let_sleep(&some, until).await.unwrap();
            }
            2 => {
                tx.wake(&some).await.unwrap();
            }
            _ => {
                let follower = |actor_id| FollowerRow {
                    actor_id,
                    follow_id: None,
                    since: self.now(),
                };
                let rows: Vec<_> = some.into_iter().map(follower).collect();
                tx.save_followers(&rows).await.unwrap();
            }
        }
    }

    async fn list_names(&self, tx: &mut Tx) {
        let mut rows: Vec<_> = (1..6).map(|n| signatory(n, "Grace")).collect();
        for row in &mut rows {
            row.state = (*self
                .choices
                .pick(&["listed", "listed", "hidden", "withdrawn"]))
            .to_owned();
            row.source = (*self.choices.pick(&["github", "letter", "manual"])).to_owned();
            row.revision = i64::try_from(self.choices.below(2)).unwrap() + 1;
        }
        tx.save_signatories(&rows).await.unwrap();
    }

    async fn list_organisations(&self, tx: &mut Tx) {
        let rows = (1..6).map(|n| OrganisationRow {
            removed_at: self.is().then(|| self.now()),
            ..by_hand(&format!("o{n}"), "N", &format!("https://o{n}.example"))
        });
        let rows: Vec<_> = rows.collect();
        tx.save_organisations(&rows).await.unwrap();
        if self.is() {
            tx.forget_organisations().await.unwrap();
        }
    }

    async fn publish(&self, tx: &mut Tx) {
        let update = activity(&format!("/activities/{}", self.now), "/letter");
        let ids = tx.send(&[update]).await.unwrap();
        tx.queue_for_followers(ids[0], self.now()).await.unwrap();
    }

    async fn deliver(&self, tx: &mut Tx) {
        let until = at(self.now + 5);
        let hosts = tx
            .lease_hosts("w", self.now(), until, HostPace::Unknown, 9, &[])
            .await
            .unwrap();
        let ids: Vec<_> = hosts.iter().map(|host| host.id).collect();
        let due = tx.due_deliveries(&ids, self.now(), 9).await.unwrap();
        let outcome = || *self.choices.pick(DeliveryOutcome::ALL);
        let done: Vec<_> = due
            .iter()
            .map(|it| settled(it, outcome(), self.now))
            .collect();
        let hosts: Vec<_> = hosts.iter().map(|host| state(host, 0, self.now)).collect();
        tx.settle("w", self.now(), &done, &hosts).await.unwrap();
    }

    async fn give_up(&self, tx: &mut Tx) {
        match self.choices.below(3) {
            0 => tx.drop_everything(self.now()).await.unwrap(),
            1 => tx.forget_settled(at(self.now - 40)).await.unwrap(),
            _ => tx.drop_waiting(1, self.now()).await.unwrap(),
        };
    }

    async fn write(&self, tx: &mut Tx) {
        let act = |actor_id| reply(actor_id, &format!("https://m.example/{actor_id}"), "I sign");
        let acts: Vec<_> = self.some().into_iter().map(act).collect();
        let ids = tx.save_acts(&acts).await.unwrap();
        let of = |id| (id, evidence(&vec![b'x'; self.choices.below(99)]));
        let requests: Vec<_> = ids.iter().copied().map(of).collect();
        tx.save_evidence(&requests).await.unwrap();
        if self.is() {
            tx.forget_evidence(&ids).await.unwrap();
        }
    }

    async fn purge(&self, tx: &mut Tx) {
        let before = at(self.now - i64::try_from(self.choices.below(99)).unwrap());
        let purge = Purge {
            comments: before,
            left: before,
            withdrawn: before,
            rejected: before,
            reports: before,
            seen: before,
            now: self.now(),
        };
        purge_all(tx, &purge).await;
    }

    async fn next(&mut self, tx: &mut Tx) -> usize {
        self.now += 10;
        let what = self.choices.below(13);
        match what {
            0..3 => self.endorse(tx).await,
            3 => tx.save_reach(&self.reach()).await.unwrap(),
            4 => {
                let reach = self.reach();
                let rows: Vec<_> = reach
                    .into_iter()
                    .map(|row| (row.actor_id, row.kind, row.object_hash))
                    .collect();
                tx.remove_reach(&rows).await.unwrap();
                if self.is() {
                    tx.forget_reach_of(&self.some()).await.unwrap();
                }
            }
            5 => self.follow(tx).await,
            6 => self.list_names(tx).await,
            7 => self.publish(tx).await,
            8 => self.deliver(tx).await,
            9 => self.give_up(tx).await,
            10 => self.write(tx).await,
            11 => self.list_organisations(tx).await,
            _ => self.purge(tx).await,
        }
        what
    }
}

on_both!(kept_is_counted_after_any_history, async |store| {
    let mut tx = store.write().await.unwrap();
    let people: Vec<_> = (0..12)
        .map(|n| {
            person(
                &format!("p{n}"),
                ["m.example", "n.example", "o.example"][n % 3],
            )
        })
        .collect();
    let people: Vec<_> = saved(&mut tx, &people)
        .await
        .iter()
        .map(|it| it.id)
        .collect();
    tx.commit().await.unwrap();
    let mut ever = BTreeMap::new();
    for seed in 1..4 {
        let mut happenings = Happenings {
            choices: Choices::new(seed),
            people: &people,
            now: i64::try_from(seed).unwrap() * 10_000,
        };
        for step in 0..100 {
            let mut tx = store.write().await.unwrap();
            let what = happenings.next(&mut tx).await;
            assert_eq!(wrong(&mut tx).await, [], "seed {seed}, step {step}: {what}");
            for name in SINGLE {
                let n = format!("SELECT n FROM total WHERE name = '{name}'");
                let n = sql::number(&mut tx, &n).await;
                ever.entry(name)
                    .and_modify(|most: &mut i64| *most = n.max(*most))
                    .or_insert(n);
            }
            // What is taken back is not counted either.
            if step % 7 > 0 {
                tx.commit().await.unwrap();
            }
        }
    }
    assert!(ever.values().all(|n| *n > 0), "{ever:?}");
    let mut tx = store.read().await.unwrap();
    assert_eq!(wrong(&mut tx).await, []);
    let kinds = sql::number(
        &mut tx,
        "SELECT COUNT(*) FROM endorsement_count WHERE n > 0",
    )
    .await;
    assert!(kinds > 3, "{kinds}");
});

on_both!(what_waits_is_counted_as_it_is_listed, async |store| {
    let mut tx = store.write().await.unwrap();
    let names = ["ada", "bo", "cy", "di"].map(|name| person(name, "m.example"));
    let people = saved(&mut tx, &names).await;
    let pending = Some(ReviewState::Pending);
    let row = |n: usize, name: &str| EndorsementRow {
        name_state: ReviewState::Pending,
        statement: None,
        statement_state: None,
        ..endorsement(people[n].id, name)
    };
    let declared = EndorsementRow {
        declared_affiliation: Some("ACME".to_owned()),
        declared_state: pending,
        name_state: ReviewState::Shown,
        ..row(0, "Ada")
    };
    let nameless = EndorsementRow {
        name: None,
        ..row(1, "Bo")
    };
    let mut edited = row(2, "Cy");
    edited.edits.name = Some("Cyril".to_owned());
    let rows = [declared, nameless, edited, row(3, "Di")];
    tx.save_endorsements(&rows).await.unwrap();
    let waits = async |tx: &mut Tx| {
        let counts = tx.counts(2).await.unwrap();
        (counts.waiting_statements, counts.waiting_names)
    };
    assert_eq!(waits(&mut tx).await, (1, 1));
    let filter = EndorsementFilter {
        name_state: pending,
        ..EndorsementFilter::default()
    };
    let listed = tx.list(&filter, 9).await.unwrap();
    assert_eq!(listed.len(), 1);
    // The moderator's name goes, and the endorser's own waits again.
    let mut rows = tx.endorsements_of(&[people[2].id]).await.unwrap();
    rows[0].edits.name = None;
    rows[0].declared_state = pending;
    tx.save_endorsements(&rows).await.unwrap();
    assert_eq!(waits(&mut tx).await, (2, 2));
    assert!(tx.wrong_counts().await.unwrap().is_empty());
});
