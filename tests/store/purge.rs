//! Deletion of expired data.

use super::{
    dedup::{deleted, received},
    fixtures::{at, comment, endorsement, evidence, people, public_id, purge_all, reply},
    on_both, sql,
};
use undersigned::{
    clock::Millis,
    endorsement::{Act, Cause, ReviewState, State, StickyDecision},
    hash::Sha256,
    store::{
        ActRow, AuditAction, EndorsementFilter, EndorsementRow, IndexedWords, NewAudit, NewReport,
        OwnPost, Purge, QuoteAuthorizationRow, ReachKind, ReachRow, Store, Tx,
    },
};

/// Five dates that can be told apart; what expires by its own date is due at 5.
const DUE: Purge = Purge {
    comments: at(100),
    left: at(200),
    withdrawn: at(300),
    rejected: at(400),
    reports: at(600),
    seen: at(500),
    now: at(5),
};

fn when(act: ActRow, seconds: i64, ended: Option<(Millis, Cause)>) -> ActRow {
    ActRow {
        act: Act {
            at: at(seconds),
            ended,
            ..act.act
        },
        warning: Some("politics".to_owned()),
        ..act
    }
}

/// Which acts of an actor still have their text and their evidence.
async fn kept(tx: &mut Tx, actor_id: i64) -> Vec<(String, bool, bool)> {
    let mut kept = Vec::new();
    for act in sql::all_acts(tx, actor_id).await {
        let evidence = tx.evidence(act.id.unwrap()).await.unwrap();
        let words = act.text.is_some() || act.warning.is_some();
        let name = act.object.rsplit('/').next().unwrap().to_owned();
        kept.push((name, words, evidence.is_some()));
    }
    kept
}

on_both!(words_and_requests_go_by_who_ended_the_act, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    let post =
        |actor_id, name: &str| reply(actor_id, &format!("https://m.example/{name}"), "I sign");
    let note = |actor_id, name: &str| comment(actor_id, &format!("https://m.example/{name}"), "Hm");
    let ended = |seconds, cause| Some((at(seconds), cause));
    let acts = [
        when(post(ids[0], "stands"), -900, None),
        when(note(ids[0], "comment-old"), 99, None),
        when(note(ids[0], "comment-new"), 100, None),
        when(post(ids[0], "left-old"), 0, ended(199, Cause::Undo)),
        when(post(ids[0], "left-new"), 0, ended(200, Cause::Delete)),
        when(post(ids[0], "taken-old"), 0, ended(299, Cause::Decision)),
        when(post(ids[0], "taken-new"), 0, ended(300, Cause::Decision)),
        // After a rejection the same decision is kept longer.
        when(post(ids[1], "rejected-new"), 0, ended(399, Cause::Decision)),
        when(
            post(ids[1], "rejected-newer"),
            0,
            ended(400, Cause::Decision),
        ),
    ];
    let numbers = tx.save_acts(&acts).await.unwrap();
    let requests: Vec<_> = numbers.iter().map(|it| (*it, evidence(b"{}"))).collect();
    tx.save_evidence(&requests).await.unwrap();
    let comments = [1, 2].map(|it| (public_id(&format!("c{it}")).to_string(), numbers[it]));
    tx.save_comments(&comments).await.unwrap();
    let rejected = EndorsementRow {
        state: State::Rejected,
        changed_at: at(9_999),
        ..endorsement(ids[1], "Bo")
    };
    tx.save_endorsements(&[rejected]).await.unwrap();

    // Four acts are due: evidence and text of each, and the public id of one comment.
    assert_eq!(purge_all(&mut tx, &DUE).await, 9);
    let expected = [
        ("stands", true),
        ("comment-old", false),
        ("comment-new", true),
        ("left-old", false),
        ("left-new", true),
        ("taken-old", false),
        ("taken-new", true),
    ];
    let expected = expected.map(|(name, kept)| {
        (
            if kept { name.to_owned() } else { String::new() },
            kept,
            kept,
        )
    });
    assert_eq!(kept(&mut tx, ids[0]).await, expected);
    let expected = [("rejected-new", false), ("rejected-newer", true)];
    let expected = expected.map(|(name, kept)| {
        (
            if kept { name.to_owned() } else { String::new() },
            kept,
            kept,
        )
    });
    assert_eq!(kept(&mut tx, ids[1]).await, expected);

    let old = &sql::all_acts(&mut tx, ids[0]).await[1];
    assert_eq!(old.act.ended, Some((at(100), Cause::Waited)));
    let listed = EndorsementFilter {
        state: Some(State::Comment),
        ..EndorsementFilter::default()
    };
    let listed = tx.list(&listed, 9).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].public_id, public_id("c2"));
    assert_eq!(purge_all(&mut tx, &DUE).await, 0, "nothing is due twice");
});

on_both!(names_and_statements_of_who_left_are_erased, async |store| {
    let mut tx = store.write().await.unwrap();
    let names = ["ada", "bo", "cy", "di", "ed", "fi", "gus"];
    let actors = people(&mut tx, &names).await;
    let row = |n: usize, state, decision, changed| EndorsementRow {
        state,
        decision,
        declared_name: Some("Declared".to_owned()),
        declared_affiliation: Some("Somewhere".to_owned()),
        declared_state: Some(ReviewState::Shown),
        statement: Some("Words".to_owned()),
        statement_state: Some(ReviewState::Shown),
        reason: Some("spam".to_owned()),
        changed_at: at(changed),
        ..endorsement(actors[n], names[n])
    };
    let rows = [
        row(0, State::Withdrawn, None, 199),
        row(1, State::Withdrawn, None, 200),
        row(2, State::Withdrawn, Some(StickyDecision::Withdrawn), 299),
        row(3, State::Withdrawn, Some(StickyDecision::Withdrawn), 300),
        row(4, State::Rejected, Some(StickyDecision::Rejected), 399),
        row(5, State::Rejected, Some(StickyDecision::Rejected), 400),
        row(6, State::Listed, None, -9_999),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    // Three endorsements, and the three actors behind them, whom nothing else needs.
    assert_eq!(purge_all(&mut tx, &DUE).await, 6);
    assert_eq!(tx.first_to_forget(&DUE, 0).await.unwrap(), None);
    let gone = tx.actors_by_id(&[actors[0], actors[6]]).await.unwrap();
    let known = |n: usize| gone.iter().find(|row| row.id == actors[n]).unwrap();
    assert_eq!((known(0).url.as_str(), known(0).handle.as_str()), ("", ""));
    assert!(!known(6).url.is_empty() && !known(6).handle.is_empty());
    for (n, before) in rows.into_iter().enumerate() {
        let after = tx.endorsements_of(&[actors[n]]).await.unwrap().remove(0);
        let after = EndorsementRow { id: None, ..after };
        let erased = EndorsementRow {
            name: None,
            name_skeleton: None,
            declared_name: None,
            declared_affiliation: None,
            declared_state: None,
            statement: None,
            statement_state: None,
            reason: None,
            words: IndexedWords::default(),
            ..before.clone()
        };
        let expected = if [0, 2, 4].contains(&n) {
            erased
        } else {
            before
        };
        assert_eq!(after, expected, "{}", names[n]);
    }
    assert_eq!(purge_all(&mut tx, &DUE).await, 0, "nothing is due twice");
});

on_both!(what_is_remembered_goes_by_its_dates, async |store| {
    let mut tx = store.write().await.unwrap();
    let old = received("old", at(499));
    let new = received("new", at(500));
    tx.save_seen(&[old.clone(), new.clone()]).await.unwrap();
    let stones = [
        deleted("old", Some(at(5))),
        deleted("new", Some(at(6))),
        deleted("for ever", None),
    ];
    tx.save_tombstones(&stones).await.unwrap();
    assert_eq!(purge_all(&mut tx, &DUE).await, 2);
    let asked = [old.hash, new.hash.clone()];
    assert_eq!(tx.seen(&asked).await.unwrap(), [new]);
    let asked = stones.each_ref().map(|it| it.object_hash.clone());
    let mut left = tx.tombstones(&asked, at(0)).await.unwrap();
    left.sort_by_key(|it| it.expires_at);
    assert_eq!(left, [stones[2].clone(), stones[1].clone()]);
});

on_both!(reports_go_by_the_newest_one_of_each, async |store| {
    let mut tx = store.write().await.unwrap();
    for (target, seconds) in [("/old", 599), ("/new", 600), ("/again", 1), ("/again", 601)] {
        let report = NewReport {
            host: "a.example".to_owned(),
            targets: [target.to_owned()].into(),
            text: None,
            at: at(seconds),
        };
        tx.add_report(&report, 10).await.unwrap();
    }
    assert_eq!(purge_all(&mut tx, &DUE).await, 1);
    let left = tx.reports(None, 9).await.unwrap();
    let left: Vec<_> = left.iter().map(|it| it.targets.join(" ")).collect();
    assert_eq!(left, ["/again", "/new"]);
});

on_both!(
    who_passed_something_on_is_known_until_it_is_taken_back,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy", "di"]).await;
        let boost = ReachRow {
            actor_id: ids[0],
            kind: ReachKind::Boost,
            object_hash: Sha256::of("/letter"),
            target: "/letter".to_owned(),
            activity_hash: Sha256::of("boost"),
        };
        tx.save_reach(&[boost]).await.unwrap();
        let authorization = QuoteAuthorizationRow {
            path: "/quote-authorizations/1".to_owned(),
            actor_id: ids[1],
            object: "https://m.example/1".to_owned(),
            target: "/letter".to_owned(),
            revoked_at: None,
        };
        tx.save_quote_authorizations(std::slice::from_ref(&authorization))
            .await
            .unwrap();
        let known = async |tx: &mut Tx| {
            purge_all(tx, &DUE).await;
            let rows = tx.actors_by_id(&ids).await.unwrap();
            let known = rows.iter().filter(|it| !it.url.is_empty());
            let mut known: Vec<_> = known.map(|it| it.id).collect();
            known.sort_unstable();
            known
        };
        let post = OwnPost {
            path: "/posts/1".to_owned(),
            source: Some("Hello @cy@m.example.".to_owned()),
            warning: None,
            unlisted: false,
            published_at: at(1),
            updated_at: None,
            deleted_at: None,
            in_reply_to: None,
            direct: false,
        };
        tx.save_own_post(&post).await.unwrap();
        let cy = tx.actors_by_id(&ids[2..3]).await.unwrap().remove(0);
        tx.save_post_mention(&post.path, &cy.handle, &cy.url_hash)
            .await
            .unwrap();
        assert_eq!(known(&mut tx).await, ids[..3]);
        tx.forget_post_mentions(&post.path).await.unwrap();
        tx.forget_reach_of(&ids).await.unwrap();
        tx.end_quote_authorizations(&[authorization.path])
            .await
            .unwrap();
        assert!(known(&mut tx).await.is_empty());
    }
);

on_both!(
    who_is_to_be_forgotten_is_found_in_order_and_erased_in_pieces,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy", "di"]).await;
        tx.save_endorsements(&[endorsement(ids[1], "Bo")])
            .await
            .unwrap();
        let mut found = Vec::new();
        while let Some(first) = tx
            .first_to_forget(&DUE, found.last().copied().unwrap_or(0))
            .await
            .unwrap()
        {
            found.push(first);
        }
        assert_eq!(found, [ids[0], ids[2], ids[3]]);
        let urls = async |tx: &mut Tx| {
            let rows = tx.actors_by_id(&ids).await.unwrap();
            let mut left: Vec<_> = rows.iter().filter(|row| !row.url.is_empty()).collect();
            left.sort_by_key(|row| row.id);
            left.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        // Nobody's inbox goes before its person.
        assert_eq!(tx.first_inbox_to_forget(0).await.unwrap(), None);
        let some = ids[0]..=ids[2];
        assert_eq!(tx.forget_people(&DUE, some).await.unwrap(), 2);
        assert_eq!(urls(&mut tx).await, [ids[1], ids[3]]);
        let first = tx.first_inbox_to_forget(0).await.unwrap().unwrap();
        let second = tx.first_inbox_to_forget(first).await.unwrap().unwrap();
        assert_eq!(tx.first_inbox_to_forget(second).await.unwrap(), None);
        tx.forget_inboxes(first..=first, at(5)).await.unwrap();
        assert_eq!(tx.first_inbox_to_forget(0).await.unwrap(), Some(second));
        tx.forget_inboxes(second..=second, at(5)).await.unwrap();
        assert_eq!(tx.first_inbox_to_forget(0).await.unwrap(), None);
    }
);

on_both!(
    what_was_written_about_a_request_goes_with_who_left,
    async |store| {
        let mut tx = store.write().await.unwrap();
        for (code, seconds) in [("request", 199), ("request", 201), ("spam", 1)] {
            let entry = NewAudit {
                at: at(seconds),
                by: "mona".to_owned(),
                action: AuditAction::EndorsementWithdraw,
                code: Some(code.to_owned()),
                target: "e1".to_owned(),
                reason: Some("Ada wrote a letter".to_owned()),
            };
            tx.add_audit(&entry).await.unwrap();
        }
        tx.purge(&DUE).await.unwrap();
        let entries = tx.audit_entries(None, 9).await.unwrap();
        let kept: Vec<_> = entries.iter().map(|entry| entry.reason.is_some()).collect();
        assert_eq!(kept, [true, true, false], "newest first");
    }
);
