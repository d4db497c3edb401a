//! The contents of a row, and what must never be in it.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::activitystreams::BadActivity;

const NOW: Millis = Millis::from_millis(1_795_348_800_000);

/// The row of a delivery that claims to be `activity`.
fn row(
    activity: Option<&serde_json::Value>,
    proven: bool,
    answer: &Result<InboxLogOutcome, NotAccepted>,
) -> InboxLogRow {
    let inbox_log = InboxLog::keeping(10);
    let mut line = inbox_log.line(NOW);
    if let Some(activity) = activity {
        line.claims(&Activity::parse(activity.to_string().as_bytes()).unwrap());
    }
    if proven {
        line.proved();
    }
    line.ends(answer);
    drop(line);
    inbox_log.take(NOW).rows.pop_front().unwrap()
}

fn like() -> serde_json::Value {
    let actor = "https://M.example:8443/users/ada";
    json!({"type": "Like", "actor": actor, "object": "https://letter.example/letter"})
}

#[test]
fn a_row_says_who_was_told_what_and_whether_that_is_proven() {
    let check = |activity, proven, answer, expected: [&str; 4]| {
        let row = row(activity, proven, &answer);
        let reason = row.reason.unwrap_or_default();
        let found = [row.host.as_str(), &row.kind, &row.outcome, &reason];
        assert_eq!((found, row.at), (expected, NOW));
    };
    let like = Some(&like());
    let (host, wait) = ("m.example:8443", Duration::from_secs(1));
    for outcome in InboxLogOutcome::ALL {
        check(
            like,
            true,
            Ok(*outcome),
            [host, "Like", outcome.as_str(), ""],
        );
    }
    check(
        like,
        true,
        Err(NotAccepted::Blocked),
        [host, "Like", "refused", "blocked"],
    );
    check(
        like,
        true,
        Err(NotAccepted::TooMany { wait }),
        [
            host,
            "Like",
            "later",
            "too many activities of one actor or one host",
        ],
    );
    check(
        like,
        false,
        Err(NotAccepted::Refused(Refusal::SignatureMismatch)),
        [
            host,
            "Like",
            "refused",
            "unproven: the signature was not made by this key over this request",
        ],
    );
    check(
        None,
        false,
        Err(NotAccepted::Unreadable(BadActivity::NoActor)),
        [
            "-",
            "-",
            "refused",
            "unproven: the activity has no actor with an id of at most 2048 bytes",
        ],
    );
}

#[test]
fn a_delivery_that_nobody_waits_for_leaves_its_row() {
    let inbox_log = InboxLog::keeping(10);
    drop(inbox_log.line(NOW));
    let row = inbox_log.take(NOW).rows.pop_front().unwrap();
    assert_eq!(row.outcome, "later");
    assert_eq!(row.reason.unwrap(), "nobody waited for the answer");
}

#[test]
fn nothing_that_strangers_wrote_is_repeated() {
    const WORDS: &str = "ada@m.example says no";
    for refusal in [
        Refusal::Duplicate(WORDS.to_owned()),
        Refusal::Algorithm(WORDS.to_owned()),
        Refusal::Absent("x-ada-says-no".parse().unwrap()),
        Refusal::Repeated("x-ada-says-no".parse().unwrap()),
    ] {
        let mut activity = like();
        activity["type"] = WORDS.into();
        let row = row(Some(&activity), false, &Err(refusal.into()));
        let written = serde_json::to_string(&row).unwrap();
        assert!(
            !written.contains("ada") && !written.contains("says"),
            "{written}"
        );
        assert_eq!(row.kind, "other");
    }
    let long = "x".repeat(41);
    for (name, expected) in [
        ("Like", "Like"),
        ("", "other"),
        (&long, "other"),
        ("A\0", "other"),
    ] {
        assert_eq!(short_type(name), expected, "{name:?}");
    }
}

#[test]
fn a_flood_drops_the_oldest_rows_and_is_counted() {
    let inbox_log = InboxLog::keeping(10);
    for at in 0..=MOST_WAITING {
        drop(inbox_log.line(Millis::from_millis(i64::try_from(at).unwrap())));
    }
    let taken = inbox_log.take(NOW);
    assert_eq!((taken.rows.len(), taken.dropped), (MOST_WAITING, 1));
    assert_eq!(taken.rows[0].at, Millis::from_millis(1));
    assert_eq!(inbox_log.take(NOW).dropped, 0);
}

#[test]
fn who_is_turned_away_unread_shares_a_row_with_the_others() {
    let inbox_log = InboxLog::keeping(10);
    for _ in 0..3 {
        inbox_log.turned_away();
    }
    let taken = inbox_log.take(NOW);
    assert_eq!(taken.rows.len(), 1);
    let row = &taken.rows[0];
    assert_eq!((row.host.as_str(), row.outcome.as_str()), ("-", "later"));
    assert!(
        row.reason
            .as_deref()
            .unwrap()
            .contains("(3 deliveries, unread)")
    );
    assert!(inbox_log.take(NOW).rows.is_empty());
}

#[test]
fn a_journal_of_no_rows_keeps_none() {
    let inbox_log = InboxLog::keeping(0);
    drop(inbox_log.line(NOW));
    inbox_log.turned_away();
    assert!(inbox_log.take(NOW).rows.is_empty());
}
