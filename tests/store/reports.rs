//! Reports by other servers.

use super::{
    fixtures::{at, endorsement, people, reply, waiting},
    on_both,
};
use undersigned::{
    endorsement::{State, WaitsFor},
    hash::Sha256,
    store::{EndorsementRow, NewReport, ReportRow, ReportState, Store, Tx},
};

fn report(host: &str, target: &str, text: Option<&str>, seconds: i64) -> NewReport {
    NewReport {
        host: host.to_owned(),
        targets: target.split(' ').map(str::to_owned).collect(),
        text: text.map(str::to_owned),
        at: at(seconds),
    }
}

/// Each report as `host target count text state`, in the order of the list.
async fn lines(tx: &mut Tx) -> Vec<String> {
    let line = |it: ReportRow| {
        let text = it.text.unwrap_or_default();
        format!(
            "{} {} {} {text} {}",
            it.host,
            it.targets.join("+"),
            it.count,
            it.state
        )
    };
    let rows = tx.reports(None, 99).await.unwrap();
    rows.into_iter().map(line).collect()
}

on_both!(
    one_row_for_each_host_and_its_targets_counts_and_has_the_newest_words,
    async |store| {
        let mut tx = store.write().await.unwrap();
        for report in [
            report("a.example", "/letter", Some("old"), 1),
            report("a.example", "/letter", Some("new 💚 \"'\\"), 2),
            report("a.example", "/letter", None, 3),
            report("a.example", "/letter /actor", None, 2),
            report("b.example", "/letter", None, 4),
        ] {
            tx.add_report(&report, 10).await.unwrap();
        }
        assert_eq!(
            lines(&mut tx).await,
            [
                "b.example /letter 1  open",
                "a.example /letter 3 new 💚 \"'\\ open",
                "a.example /actor+/letter 1  open",
            ]
        );
        let row = tx.reports(None, 99).await.unwrap().remove(1);
        assert_eq!(row.at, at(3));
        assert_eq!(tx.report(row.id).await.unwrap(), Some(row));
        assert_eq!(tx.report(i64::MAX).await.unwrap(), None);
        assert_eq!(tx.open_reports().await.unwrap(), 3);
        // One after the other it is the same list, whatever is resolved.
        let rows = tx.reports(None, 99).await.unwrap();
        tx.resolve_report(rows[0].id).await.unwrap();
        tx.resolve_report(rows[2].id).await.unwrap();
        let rows = tx.reports(None, 99).await.unwrap();
        let mut one_by_one: Vec<ReportRow> = Vec::new();
        while let [row] = tx.reports(one_by_one.last(), 1).await.unwrap().as_slice() {
            one_by_one.push(row.clone());
        }
        assert_eq!(one_by_one, rows);
        assert_eq!(tx.report_count().await.unwrap(), 3);
        let open = tx.open_reports_of("A.example").await.unwrap();
        assert_eq!(open, rows[..1]);
    }
);

on_both!(
    a_host_opens_so_many_and_beyond_that_only_counts,
    async |store| {
        let mut tx = store.write().await.unwrap();
        for target in ["/1", "/2", "/3", "/1"] {
            let it = report("a.example", target, None, 1);
            tx.add_report(&it, 2).await.unwrap();
        }
        tx.add_report(&report("b.example", "/3", None, 1), 2)
            .await
            .unwrap();
        let mut found = lines(&mut tx).await;
        found.sort();
        let expected = [
            "a.example /1 2  open",
            "a.example /2 1  open",
            "b.example /3 1  open",
        ];
        assert_eq!(found, expected);
        // A resolved report makes room for another one.
        let first = tx.reports(None, 99).await.unwrap();
        let first = first.iter().find(|it| it.targets == ["/1"]).unwrap();
        assert!(tx.resolve_report(first.id).await.unwrap());
        tx.add_report(&report("a.example", "/3", None, 1), 2)
            .await
            .unwrap();
        assert_eq!(tx.open_reports().await.unwrap(), 3);
    }
);

on_both!(
    a_resolved_report_stands_last_until_it_is_opened_anew,
    async |store| {
        let mut tx = store.write().await.unwrap();
        for report in [
            report("a.example", "/letter", Some("old"), 1),
            report("a.example", "/letter", None, 9),
            report("a.example", "/actor", None, 2),
        ] {
            tx.add_report(&report, 10).await.unwrap();
        }
        let id = tx.reports(None, 99).await.unwrap()[0].id;
        assert!(tx.resolve_report(id).await.unwrap());
        assert!(!tx.resolve_report(id).await.unwrap());
        assert!(!tx.resolve_report(i64::MAX).await.unwrap());
        let found = tx.reports(None, 99).await.unwrap();
        assert_eq!((found[1].id, found[1].state), (id, ReportState::Resolved));
        assert_eq!(tx.open_reports().await.unwrap(), 1);
        tx.add_report(&report("a.example", "/letter", None, 10), 10)
            .await
            .unwrap();
        let expected = ["a.example /letter 1  open", "a.example /actor 1  open"];
        assert_eq!(lines(&mut tx).await, expected);
    }
);

on_both!(
    only_listed_entries_are_found_behind_actors_and_posts,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
        let post = "https://m.example/1";
        let acts = tx
            .save_acts(&[
                reply(ids[0], post, "I sign"),
                reply(ids[1], "https://m.example/2", "Me"),
            ])
            .await
            .unwrap();
        let row = |n: usize| EndorsementRow {
            act_id: acts.get(n).copied(),
            ..endorsement(ids[n], "P")
        };
        let rows = [
            row(0),
            EndorsementRow {
                state: State::Counted,
                ..row(1)
            },
            waiting(ids[2], "cy", WaitsFor::Age),
        ];
        tx.save_endorsements(&rows).await.unwrap();
        let url = |it: &str| Sha256::of(&format!("https://m.example/users/{it}"));
        let asked = [
            url("ada"),
            url("bo"),
            url("cy"),
            Sha256::of(post),
            Sha256::of("https://m.example/2"),
        ];
        let mut found = tx.shown_behind(&asked).await.unwrap();
        found.sort();
        let id = rows[0].public_id.to_string();
        let mut expected = vec![(url("ada"), id.clone()), (Sha256::of(post), id.clone())];
        expected.sort();
        assert_eq!(found, expected);
        // Whoever is named keeps the handle, also when nothing is shown any more.
        let targets = ["/letter".to_owned(), id.clone()];
        let handles = tx.handles_behind(&targets).await.unwrap();
        assert_eq!(handles, [(id, "@ada@m.example".to_owned())]);
        assert!(tx.shown_behind(&[]).await.unwrap().is_empty());
    }
);

on_both!(
    a_report_loses_who_is_erased_and_keeps_the_others,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let rows = [endorsement(ids[0], "Ada"), endorsement(ids[1], "Bo")];
        tx.save_endorsements(&rows).await.unwrap();
        let [ada, bo] = rows.each_ref().map(|row| row.public_id.to_string());
        let both = format!("/letter {ada} {bo}");
        for report in [
            report("a.example", &ada, Some("Ada is rude"), 1),
            report("b.example", &both, Some("Ada and Bo are rude"), 2),
            report("c.example", &both, Some("all of them"), 3),
            report("c.example", &format!("/letter {bo}"), Some("Bo is rude"), 4),
        ] {
            tx.add_report(&report, 10).await.unwrap();
        }
        let resolved = tx.reports(None, 9).await.unwrap().remove(0);
        assert!(tx.resolve_report(resolved.id).await.unwrap());
        tx.erase_account(ids[0], at(9)).await.unwrap();
        // The one that came to be about the same as another is counted with it, and is open.
        assert_eq!(
            lines(&mut tx).await,
            [
                format!("c.example /letter+{bo} 2 Bo is rude open"),
                format!("b.example /letter+{bo} 1  open"),
            ]
        );
        let open = tx.reports(None, 9).await.unwrap().remove(0);
        assert!(!tx.reopen_report(open.id).await.unwrap());
        assert!(tx.resolve_report(open.id).await.unwrap());
        assert!(tx.reopen_report(open.id).await.unwrap());
    }
);
