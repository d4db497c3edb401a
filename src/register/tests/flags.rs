//! Reports: what is kept of them, and for how long.

use super::{
    people::{by, like, person, post_id, reply, url, with_document},
    support::{DAY, HOUR, World},
};
use crate::{
    register::{InboundAction, InboundActivity, InboundFlag, moderation::flags::resolve},
    store::{NewActor, ReportRow, ReportState},
};

/// A report by the server of `who`.
pub(super) fn report(
    who: &str,
    id: &str,
    ours: &[&str],
    theirs: &[String],
    text: Option<&str>,
) -> InboundActivity {
    let reported = InboundFlag {
        ours: ours.iter().map(|path| (*path).to_owned()).collect(),
        theirs: theirs.to_vec(),
        text: text.map(str::to_owned),
    };
    let service = NewActor {
        r#type: "Application".to_owned(),
        ..person(who)
    };
    with_document(
        service,
        by(who, id, InboundAction::Report(Box::new(reported))),
    )
}

async fn reports(world: &World) -> Vec<ReportRow> {
    world.read().await.reports(None, 1000).await.unwrap()
}

/// Each report as `host target count text`.
async fn lines(world: &World) -> Vec<String> {
    let rows = reports(world).await;
    let line = |row: &ReportRow| {
        let text = row.text.as_deref().unwrap_or("-");
        format!(
            "{} {} {} {text}",
            row.host,
            row.targets.join("+"),
            row.count
        )
    };
    rows.iter().map(line).collect()
}

async fn scene() -> World {
    let world = World::with(&["ada", "bo"]).await;
    world.published("/letter").await;
    world
}

#[tokio::test]
async fn what_names_nothing_of_ours_and_nobody_we_show_is_not_kept() {
    let world = scene().await;
    world.take(like("bo", "l1")).await;
    let never = "/posts/zzzzzzzzzzzzzzzz";
    world
        .take(report(
            "mod@a.example",
            "f1",
            &[never],
            &[url("ada"), url("stranger")],
            Some("spam"),
        ))
        .await;
    assert!(lines(&world).await.is_empty());
    assert!(world.sent().await.is_empty());
}

#[tokio::test]
async fn a_report_is_one_row_whatever_it_names() {
    let world = scene().await;
    world.take(reply("ada", "1", "I sign")).await;
    let entry = world.row("ada").await.public_id;
    let ours = ["/actor", "/letter"];
    world
        .take(report("mod@a.example", "f1", &ours, &[], Some("rude")))
        .await;
    world.clock.advance(HOUR);
    world
        .take(report(
            "mod@a.example",
            "f2",
            &["/letter"],
            &[],
            Some("very rude"),
        ))
        .await;
    world.clock.advance(HOUR);
    world
        .take(report("mod@a.example", "f3", &["/letter"], &[], None))
        .await;
    world.clock.advance(HOUR);
    // The actor and the post belong to the same entry.
    world
        .take(report(
            "mod@b.example",
            "f1",
            &[],
            &[url("ada"), post_id("ada", "1")],
            None,
        ))
        .await;
    assert_eq!(
        lines(&world).await,
        [
            format!("b.example {entry} 1 -"),
            "a.example /letter 2 very rude".to_owned(),
            "a.example /actor+/letter 1 rude".to_owned(),
        ]
    );
    // No activity is sent about it, and nothing changes.
    assert_eq!(
        world.sent().await,
        ["Like"],
        "our acknowledgement of the reply"
    );
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.read().await.open_reports().await.unwrap(), 3);
}

#[tokio::test]
async fn the_same_report_twice_counts_once() {
    let world = scene().await;
    let one = report("mod@a.example", "f1", &["/letter"], &[], None);
    world.receive(&[one.clone(), one.clone()]).await;
    world.take(one).await;
    assert_eq!(reports(&world).await[0].count, 1);
}

#[tokio::test]
async fn one_host_cannot_bury_the_reports_of_others() {
    let world = World::new().await;
    let paths: Vec<String> = (0..120).map(|n| format!("/posts/{n:016}")).collect();
    for path in &paths {
        world.published(path).await;
    }
    for (n, path) in paths.iter().enumerate() {
        world
            .take(report(
                "mod@a.example",
                &format!("f{n}"),
                &[path],
                &[],
                None,
            ))
            .await;
    }
    assert_eq!(reports(&world).await.len(), 100);
    // Counts of open reports still grow, and another host has its own limit of a hundred.
    for (who, id, path) in [
        ("mod@a.example", "more", &paths[0]),
        ("mod@a.example", "too many", &paths[119]),
        ("mod@b.example", "more", &paths[119]),
    ] {
        world.take(report(who, id, &[path], &[], None)).await;
    }
    let rows = reports(&world).await;
    assert_eq!(rows.len(), 101);
    assert_eq!(rows.iter().filter(|row| row.count == 2).count(), 1);
    // Only some targets of a report with very many are kept.
    let world = World::new().await;
    for path in &paths {
        world.published(path).await;
    }
    let all: Vec<_> = paths.iter().map(String::as_str).collect();
    world
        .take(report("mod@a.example", "f1", &all, &[], None))
        .await;
    assert_eq!(reports(&world).await[0].targets.len(), 20);
}

#[tokio::test]
async fn a_resolved_report_is_opened_by_the_next_one_and_counted_anew() {
    let world = scene().await;
    for n in 0..3 {
        let id = format!("f{n}");
        world
            .take(report(
                "mod@a.example",
                &id,
                &["/letter"],
                &[],
                Some("rude"),
            ))
            .await;
    }
    let row = reports(&world).await.remove(0);
    let mut tx = world.store.write().await.unwrap();
    resolve(&mut tx, std::slice::from_ref(&row), "mona", world.now())
        .await
        .unwrap();
    let twice = resolve(&mut tx, std::slice::from_ref(&row), "mona", world.now())
        .await
        .unwrap_err();
    assert_eq!(
        twice.to_string(),
        format!("report {} is resolved already", row.id)
    );
    let audit = tx.audit_entries(None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].action.as_str(), audit[0].by.as_str()),
        ("report.resolve", "mona")
    );
    tx.commit().await.unwrap();
    assert_eq!(reports(&world).await[0].state, ReportState::Resolved);
    assert_eq!(world.read().await.open_reports().await.unwrap(), 0);
    world
        .take(report("mod@a.example", "again", &["/letter"], &[], None))
        .await;
    let again = reports(&world).await.remove(0);
    assert_eq!((again.id, again.count, again.text), (row.id, 1, None));
    assert_eq!(again.state, ReportState::Open);
}

#[tokio::test]
async fn reports_go_when_their_time_has_come() {
    let world = scene().await;
    world
        .take(report(
            "mod@a.example",
            "f1",
            &["/letter"],
            &[],
            Some("rude"),
        ))
        .await;
    world.clock.advance(180 * DAY);
    world.maintain().await;
    assert_eq!(lines(&world).await.len(), 1);
    world.clock.advance(DAY);
    world.maintain().await;
    assert!(lines(&world).await.is_empty());
}
