//! The inbox log.

use super::{fixtures::at, on_both};
use undersigned::store::{InboxLogFilter, InboxLogOutcome, InboxLogRow, Store};

fn row(moment: i64, host: &str, kind: &str, outcome: InboxLogOutcome) -> InboxLogRow {
    InboxLogRow {
        at: at(moment),
        host: host.to_owned(),
        kind: kind.to_owned(),
        outcome: outcome.to_string(),
        reason: (outcome == InboxLogOutcome::Refused).then(|| "blocked".to_owned()),
    }
}

fn moments(rows: &[InboxLogRow]) -> Vec<i64> {
    rows.iter()
        .map(|row| (row.at.as_millis() - at(0).as_millis()) / 1000)
        .collect()
}

on_both!(the_journal_keeps_the_newest_rows_only, async |store| {
    let all = InboxLogFilter::default();
    let mut tx = store.write().await.unwrap();
    let rows = |moments: &[i64]| -> Vec<_> {
        let row = |it: &i64| row(*it, "m.example", "Like", InboxLogOutcome::Taken);
        moments.iter().map(row).collect()
    };
    tx.add_to_journal(&rows(&[1, 2]), 3).await.unwrap();
    let like = row(2, "m.example", "Like", InboxLogOutcome::Taken);
    assert_eq!(tx.inbox_log(&all, 1).await.unwrap(), [like]);
    tx.add_to_journal(&rows(&[3, 4]), 3).await.unwrap();
    assert_eq!(moments(&tx.inbox_log(&all, 9).await.unwrap()), [4, 3, 2]);
    // What arrived first goes first, whatever the clock said.
    tx.add_to_journal(&rows(&[0]), 3).await.unwrap();
    assert_eq!(moments(&tx.inbox_log(&all, 9).await.unwrap()), [0, 4, 3]);
    assert_eq!(moments(&tx.inbox_log(&all, 2).await.unwrap()), [0, 4]);
    // A smaller limit is applied even without new rows.
    tx.add_to_journal(&[], 1).await.unwrap();
    assert_eq!(moments(&tx.inbox_log(&all, 9).await.unwrap()), [0]);
    tx.add_to_journal(&[], 0).await.unwrap();
    assert!(tx.inbox_log(&all, 9).await.unwrap().is_empty());
});

on_both!(
    the_journal_is_searched_by_host_type_and_outcome,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let rows = [
            row(1, "m.example", "Like", InboxLogOutcome::Taken),
            row(2, "sub.m.example", "Create", InboxLogOutcome::Refused),
            row(3, "m_example", "Like", InboxLogOutcome::Later),
            row(4, "-", "-", InboxLogOutcome::Refused),
        ];
        tx.add_to_journal(&rows, 100).await.unwrap();
        let mut check =
            async |host: Option<&str>, kind: Option<&str>, outcome, expected: &[i64]| {
                let filter = InboxLogFilter {
                    host: host.map(str::to_owned),
                    kind: kind.map(str::to_owned),
                    outcome,
                };
                let found = tx.inbox_log(&filter, 9).await.unwrap();
                assert_eq!(moments(&found), expected, "{filter:?}");
                let counted = tx.inbox_log_count(&filter).await.unwrap();
                assert_eq!(
                    counted,
                    i64::try_from(expected.len()).unwrap(),
                    "{filter:?}"
                );
            };
        check(Some("m.example"), None, None, &[1]).await;
        check(Some("M.Example"), None, None, &[1]).await;
        check(Some("*m.example"), None, None, &[2, 1]).await;
        check(Some("m_example"), None, None, &[3]).await;
        check(Some("%"), None, None, &[]).await;
        check(Some("-"), None, None, &[4]).await;
        check(Some("a\0b"), None, None, &[]).await;
        check(None, Some("like"), None, &[3, 1]).await;
        check(None, Some("a\0b"), None, &[]).await;
        check(None, None, Some(InboxLogOutcome::Refused), &[4, 2]).await;
        check(
            Some("*"),
            Some("Create"),
            Some(InboxLogOutcome::Refused),
            &[2],
        )
        .await;
        check(Some("*"), Some("Create"), Some(InboxLogOutcome::Taken), &[]).await;
        let refused = InboxLogFilter {
            outcome: Some(InboxLogOutcome::Refused),
            ..InboxLogFilter::default()
        };
        let reasons = tx.inbox_log(&refused, 9).await.unwrap();
        assert!(
            reasons
                .iter()
                .all(|it| it.reason.as_deref() == Some("blocked"))
        );
    }
);

on_both!(a_whole_second_of_a_flood_is_one_statement, async |store| {
    let rows: Vec<_> = (0..4097)
        .map(|it| row(it, "m.example", "Like", InboxLogOutcome::Duplicate))
        .collect();
    let mut tx = store.write().await.unwrap();
    tx.add_to_journal(&rows, 10_000).await.unwrap();
    let found = tx
        .inbox_log(&InboxLogFilter::default(), 10_000)
        .await
        .unwrap();
    assert_eq!(found.len(), rows.len());
});
