//! Numbers for the public: by day, by server, and what became of everything.

use super::{
    fixtures::{at, comment, endorsement, person, saved, signatory},
    on_both, sql,
};
use undersigned::{
    endorsement::{ActKind, State},
    store::{DayCount, EndorsementRow, ServerCounts, Store, Tx},
};

const DAY: i64 = 24 * 60 * 60;

/// Three people on one server, two on another, one on a third, beside names of the letter.
async fn everybody(tx: &mut Tx) -> Vec<EndorsementRow> {
    let hosts = [
        "m.example",
        "m.example",
        "m.example",
        "n.example",
        "n.example",
        "o.example",
    ];
    let people: Vec<_> = hosts
        .iter()
        .enumerate()
        .map(|(n, host)| person(&format!("p{n}"), host))
        .collect();
    let people = saved(tx, &people).await;
    let rows: Vec<_> = people
        .iter()
        .zip(0..)
        .map(|(actor, n)| EndorsementRow {
            kind: if n == 1 {
                ActKind::Like
            } else {
                ActKind::Reply
            },
            state: if n == 2 {
                State::Counted
            } else {
                State::Listed
            },
            endorsed_at: at(n / 2 * DAY + 5),
            ..endorsement(actor.id, "P")
        })
        .collect();
    tx.save_endorsements(&rows).await.unwrap();
    let mut by_hand = signatory(2, "Edsger");
    by_hand.source = "manual".to_owned();
    by_hand.listed_at = at(DAY);
    tx.save_signatories(&[signatory(1, "Grace"), by_hand])
        .await
        .unwrap();
    rows
}

on_both!(whoever_counts_is_counted_on_a_day, async |store| {
    let mut tx = store.write().await.unwrap();
    let rows = everybody(&mut tx).await;
    let day = |n: i64, source: &str, liked, count| DayCount {
        day: at(n * DAY).day(),
        source: source.to_owned(),
        liked,
        n: count,
    };
    let first = at(0).day();
    let all = [
        day(0, "fediverse", false, 1),
        day(0, "fediverse", true, 1),
        day(0, "github", false, 1),
        day(1, "fediverse", false, 2),
        day(1, "manual", false, 1),
        day(2, "fediverse", false, 2),
    ];
    assert_eq!(tx.day_counts(first).await.unwrap(), all);
    assert_eq!(tx.day_counts(at(DAY)).await.unwrap(), all[3..]);
    assert_eq!(tx.day_counts(at(9 * DAY)).await.unwrap(), []);
    let gone = EndorsementRow {
        state: State::Withdrawn,
        ..rows[4].clone()
    };
    tx.save_endorsements(&[gone]).await.unwrap();
    let left = tx.day_counts(at(2 * DAY)).await.unwrap();
    assert_eq!(left, [day(2, "fediverse", false, 1)]);
    assert_eq!(tx.wrong_counts().await.unwrap(), []);
});

on_both!(a_server_with_few_people_has_no_number, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(
        tx.server_counts(3, 9).await.unwrap(),
        ServerCounts::default()
    );
    let rows = everybody(&mut tx).await;
    let of = |name: &str, n| (name.to_owned(), n);
    let servers = |servers, other_servers, on_others, nameless| ServerCounts {
        servers,
        other_servers,
        on_others,
        nameless,
    };
    // Who is counted without a name is in no number of the server.
    let two = vec![of("m.example", 2), of("n.example", 2), of("o.example", 1)];
    for (least, most, expected) in [
        (1, 9, servers(two.clone(), 0, 0, 1)),
        (2, 9, servers(two[..2].to_vec(), 1, 1, 1)),
        (3, 9, servers(Vec::new(), 3, 5, 1)),
        (1, 2, servers(two[..2].to_vec(), 1, 1, 1)),
    ] {
        let counts = tx.server_counts(least, most).await.unwrap();
        assert_eq!(counts, expected, "{least} {most}");
    }
    let in_state = |row: &EndorsementRow, state| EndorsementRow {
        state,
        ..row.clone()
    };
    let changed = [
        in_state(&rows[2], State::Listed),
        in_state(&rows[3], State::Counted),
        in_state(&rows[5], State::Withdrawn),
    ];
    tx.save_endorsements(&changed).await.unwrap();
    let counts = tx.server_counts(3, 9).await.unwrap();
    assert_eq!(counts, servers(vec![of("m.example", 3)], 1, 1, 1));
    assert_eq!(tx.wrong_counts().await.unwrap(), []);
});

on_both!(what_became_of_everything_is_counted, async |store| {
    let mut tx = store.write().await.unwrap();
    let mut rows = everybody(&mut tx).await;
    rows[0].state = State::Invalid;
    rows[1].state = State::Withdrawn;
    tx.save_endorsements(&rows).await.unwrap();
    for (code, target, undone) in [
        ("'spam'", "'e1'", "NULL"),
        ("'spam'", "NULL", "NULL"),
        ("'legal'", "'e2'", "1"),
        ("NULL", "'e3'", "NULL"),
    ] {
        let audit = format!(
            "INSERT INTO audit (at, by, action, code, target, undone_by)
             VALUES (1, 'ada', 'endorsement.invalidate', {code}, {target}, {undone})"
        );
        sql::run(&mut tx, &audit).await.unwrap();
    }
    sql::run(
        &mut tx,
        "INSERT INTO audit_target (audit_id, target)
         SELECT audit.id, few.target
         FROM audit CROSS JOIN (SELECT 'a' AS target UNION ALL SELECT 'b') AS few
         WHERE audit.target IS NULL",
    )
    .await
    .unwrap();
    let actor = rows[0].actor_id;
    let comments =
        ["https://m.example/1", "https://m.example/2"].map(|it| comment(actor, it, "Well"));
    tx.save_acts(&comments).await.unwrap();
    let deleted = "UPDATE act SET ended_at = 5 WHERE object = 'https://m.example/2'";
    sql::run(&mut tx, deleted).await.unwrap();
    let counts = tx.moderation_counts().await.unwrap();
    let of = |name: &str, n| (name.to_owned(), n);
    assert_eq!(
        counts.states,
        [
            of("counted", 1),
            of("invalid", 1),
            of("listed", 3),
            of("withdrawn", 1)
        ]
    );
    assert_eq!(counts.invalidated, [of("", 1), of("spam", 3)]);
    // One of two comments was deleted by its author.
    assert_eq!(counts.comments, 1);
});
