use super::*;
use crate::{
    random::SeededRandom,
    store::{Access, JobLane},
    support::database::{postgres, sqlite},
};

const HOUR: Duration = Duration::from_hours(1);
const EVERY: Duration = Duration::from_hours(6);

fn after(hours: u32) -> Millis {
    Millis::from_millis(1_800_000_000_000).plus(HOUR * hours)
}

fn waiting(endorsements: i64) -> Situation {
    Situation {
        waiting: WaitingCounts {
            endorsements,
            ..WaitingCounts::default()
        },
        ..Situation::default()
    }
}

/// Walks through situations at these hours; gives what is new in the messages that are due.
fn told(steps: &[(u32, Situation)]) -> Vec<(u32, Vec<String>)> {
    let mut told = NoticeMemory::default();
    let mut messages = Vec::new();
    for (hour, situation) in steps {
        let (next, news) = told.next(&situation.levels(after(*hour)), EVERY, after(*hour));
        told = next;
        messages.extend(news.map(|news| (*hour, news)));
    }
    messages
}

fn of(messages: &[(u32, &[&str])]) -> Vec<(u32, Vec<String>)> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    messages
        .iter()
        .map(|(hour, names)| (*hour, own(names)))
        .collect()
}

#[test]
fn nothing_is_told_while_nothing_waits() {
    assert_eq!(told(&[(0, waiting(0)), (99, waiting(0))]), of(&[]));
}

#[test]
fn what_is_new_waits_until_a_message_may_come() {
    let steps = [
        (0, waiting(1)),
        (1, waiting(2)),
        (5, waiting(3)),
        (6, waiting(3)),
        (7, waiting(4)),
    ];
    let endorsements: &[&str] = &["endorsements"];
    assert_eq!(told(&steps), of(&[(0, endorsements), (6, endorsements)]));
}

#[test]
fn the_same_is_told_again_after_a_day_and_not_before() {
    let hours = [0, 6, 12, 23, 24, 30, 47, 48];
    let steps = hours.map(|hour| (hour, waiting(3)));
    assert_eq!(
        told(&steps),
        of(&[(0, &["endorsements"]), (24, &[]), (48, &[])])
    );
}

#[test]
fn what_was_done_is_news_when_it_comes_back() {
    let steps = [
        (0, waiting(5)),
        (1, waiting(0)),
        (6, waiting(2)),
        (7, waiting(1)),
        (12, waiting(2)),
    ];
    let endorsements: &[&str] = &["endorsements"];
    assert_eq!(
        told(&steps),
        of(&[(0, endorsements), (6, endorsements), (12, endorsements)])
    );
}

#[test]
fn the_closing_date_is_told_seven_days_and_one_day_before() {
    let closing = Situation {
        closes_at: Some(after(10 * 24)),
        ..Situation::default()
    };
    let days = [0, 2, 3, 4, 8, 9, 9].map(|day| (day * 24, closing.clone()));
    assert_eq!(
        told(&days),
        of(&[(72, &["closing"]), (9 * 24, &["closing"])])
    );
    // A later date is told anew.
    let later = Situation {
        closes_at: Some(after(20 * 24)),
        ..Situation::default()
    };
    let steps = [
        (9 * 24, closing),
        (9 * 24 + 7, later.clone()),
        (14 * 24, later),
    ];
    assert_eq!(
        told(&steps),
        of(&[(9 * 24, &["closing"]), (14 * 24, &["closing"])])
    );
}

#[test]
fn a_certificate_that_ends_is_told_at_each_step_and_daily() {
    let certificate = Situation {
        certificate_ends: Some(after(15 * 24)),
        ..Situation::default()
    };
    let steps = [0, 24, 30, 48, 8 * 24].map(|hour| (hour, certificate.clone()));
    let expected = [
        (24, &["certificate"][..]),
        (48, &[]),
        (8 * 24, &["certificate"]),
    ];
    assert_eq!(told(&steps), of(&expected));
    let renewed = Situation {
        certificate_ends: Some(after(99 * 24)),
        ..Situation::default()
    };
    assert_eq!(told(&[(14 * 24, renewed)]), of(&[]));
}

#[test]
fn what_one_server_cannot_find_out_is_no_news_when_another_one_can() {
    let known = Situation {
        certificate_ends: Some(after(24)),
        ..waiting(1)
    };
    let steps = [
        (0, known.clone()),
        (1, waiting(1)),
        (7, waiting(2)),
        (14, known),
    ];
    let expected = [
        (0, &["certificate", "endorsements"][..]),
        (7, &["endorsements"]),
    ];
    assert_eq!(told(&steps), of(&expected));
}

#[test]
fn a_task_that_ended_is_told_once() {
    let ended = |hour| Situation {
        task_ended: Some(TaskEnded {
            task: "writer".to_owned(),
            at: after(hour),
        }),
        ..Situation::default()
    };
    let steps = [
        (0, ended(0)),
        (24, ended(0)),
        (48, ended(47)),
        (99, ended(47)),
    ];
    assert_eq!(told(&steps), of(&[(0, &["task"]), (48, &["task"])]));
}

#[test]
fn backups_that_fail_are_told_until_one_is_made() {
    let failing = Situation {
        backups_fail_since: Some(after(0)),
        ..Situation::default()
    };
    let steps = [
        (0, failing.clone()),
        (23, failing.clone()),
        (24, failing.clone()),
        (25, waiting(0)),
        (31, failing),
    ];
    assert_eq!(
        told(&steps),
        of(&[(0, &["backup"]), (24, &[]), (31, &["backup"])])
    );
}

#[test]
fn every_trouble_has_a_line_with_its_numbers() {
    let situation = Situation {
        waiting: WaitingCounts {
            endorsements: 11,
            statements: 12,
            names: 13,
            reports: 14,
            links: 15,
        },
        surges: 16,
        signatures: SignatureAnswers {
            answered: 18,
            refused: 17,
            alarm: true,
        },
        certificate_ends: Some(after(1)),
        disk_is_low: true,
        backups_fail_since: Some(after(0)),
        closes_at: Some(after(2)),
        task_ended: Some(TaskEnded {
            task: "writer".to_owned(),
            at: after(0),
        }),
    };
    let lines = situation.lines(&situation.levels(after(0)));
    insta::assert_snapshot!(lines.join("\n"));
}

fn settings() -> NoticeSettings {
    NoticeSettings {
        by: vec![NOTIFY_WEBHOOK, NOTIFY_MAIL],
        every: EVERY,
        letter: "https://letter.example".to_owned(),
    }
}

/// The payloads of the jobs that were ordered, by their kinds.
async fn ordered(store: &Store) -> Vec<(String, String)> {
    let mut tx = store.write().await.unwrap();
    let (now, until) = (after(999), after(1000));
    let jobs = tx
        .lease_jobs("test", JobLane::Main, now, until, 99)
        .await
        .unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    tx.finish_jobs(&ids).await.unwrap();
    tx.commit().await.unwrap();
    jobs.into_iter()
        .map(|job| (job.kind, job.payload))
        .collect()
}

/// Two servers on one database see the same at the same time.
async fn one_of_two_servers_tells(url: &str) {
    let first = Store::open(url, 2, Access::Create).await.unwrap();
    let second = Store::open(url, 2, Access::Existing).await.unwrap();
    let (settings, random) = (settings(), SeededRandom::new(1));
    let review = async |store: &Store, situation: &Situation, now| {
        review(store, &settings, &random, situation, now)
            .await
            .unwrap()
    };
    let seen = waiting(3);
    let both = tokio::join!(
        review(&first, &seen, after(0)),
        review(&second, &seen, after(0))
    );
    assert!(both.0 != both.1, "{both:?}");
    let jobs = ordered(&first).await;
    let kinds: Vec<_> = jobs.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, [NOTIFY_WEBHOOK, NOTIFY_MAIL]);
    let notice: Notice = serde_json::from_str(&jobs[0].1).unwrap();
    assert_eq!(jobs[0].1, jobs[1].1);
    assert_eq!(notice.news, ["endorsements"]);
    assert_eq!(notice.text, "3 endorsements wait: `undersigned review`");
    assert_eq!(notice.situation, waiting(3));

    // Neither a restart nor the same again tells it once more; what was done is kept, so that it can come back.
    second.close().await;
    let second = Store::open(url, 2, Access::Existing).await.unwrap();
    for (hour, endorsements) in [(1, 3), (6, 3), (7, 0)] {
        assert!(!review(&second, &waiting(endorsements), after(hour)).await);
    }
    assert!(ordered(&first).await.is_empty());
    assert!(review(&second, &waiting(1), after(8)).await);
    assert_eq!(ordered(&first).await.len(), 2);

    // The end of a task is kept for the next server.
    let ended = TaskEnded {
        task: "writer".to_owned(),
        at: after(9),
    };
    note_task_ended(&first, &ended).await.unwrap();
    let mut tx = second.read().await.unwrap();
    assert_eq!(task_ended(&mut tx).await.unwrap(), Some(ended));
    drop(tx);
    first.close().await;
    second.close().await;
}

#[tokio::test]
async fn what_waits_is_told_once_whoever_serves() {
    let (_folder, url) = sqlite();
    one_of_two_servers_tells(&url).await;
    if let Some((_database, url)) = postgres().await {
        one_of_two_servers_tells(&url).await;
    }
}
