//! Identity, revisions and signatories of the letter, settings, and the audit log.

use super::{
    fixtures::{at, endorsement, like, people, signatory},
    on_both,
    outgoing::activity,
};
use undersigned::{
    endorsement::State,
    store::{
        AuditAction, AuditEntry, EndorsementRow, Identity, NewAudit, OwnObject, RevisionHead,
        RevisionRow, SignatoryRow, Store, TranslationRow,
    },
};

fn identity(base_url: &str) -> Identity {
    Identity {
        base_url: base_url.to_owned(),
        username: "letter".to_owned(),
        created_at: at(0),
        moved_to: None,
        moved_at: None,
        retired_at: None,
    }
}

on_both!(the_first_to_claim_the_identity_has_it, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.identity().await.unwrap(), None);
    let (first, second) = (
        identity("https://one.example"),
        identity("https://two.example"),
    );
    assert!(tx.claim_identity(&first).await.unwrap());
    assert!(!tx.claim_identity(&second).await.unwrap());
    assert_eq!(tx.identity().await.unwrap(), Some(first));
    tx.save_identity(&second).await.unwrap();
    assert_eq!(tx.identity().await.unwrap(), Some(second));
});

on_both!(
    a_follower_an_act_or_a_delivery_makes_us_known,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        assert!(tx.is_unknown_outside().await.unwrap());
        tx.save_acts(&[like(ada, "https://m.example/l")])
            .await
            .unwrap();
        assert!(!tx.is_unknown_outside().await.unwrap());
    }
);

fn german(number: i64, digest: Option<&str>) -> TranslationRow {
    TranslationRow {
        language: "de".to_owned(),
        number,
        revision: 1,
        title: digest.map(|_| "Brief".to_owned()),
        digest: digest.map(str::to_owned),
        by: "ada".to_owned(),
        published_at: at(number),
    }
}

on_both!(a_translation_keeps_its_earlier_texts, async |store| {
    let mut tx = store.write().await.unwrap();
    let changes = [german(1, Some("d")), german(2, Some("e")), german(3, None)];
    for (change, source) in changes.iter().zip([Some("# Eins"), Some("# Zwei"), None]) {
        tx.add_translation(change, source).await.unwrap();
    }
    assert_eq!(tx.translation_changes().await.unwrap(), changes);
    for (number, source) in [
        (1, Some("# Eins")),
        (2, Some("# Zwei")),
        (3, None),
        (4, None),
    ] {
        let found = tx.translation_source("de", number).await.unwrap();
        assert_eq!(found.as_deref(), source, "{number}");
    }
    assert_eq!(tx.translation_source("fr", 1).await.unwrap(), None);
});

on_both!(
    a_publication_that_nobody_knew_is_forgotten_whole,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.save_identity(&identity("https://one.example"))
            .await
            .unwrap();
        tx.add_own_key("letter", b"key", at(0)).await.unwrap();
        tx.add_revision(&revision(1, "first")).await.unwrap();
        tx.add_translation(&german(1, Some("d")), Some("# Brief"))
            .await
            .unwrap();
        tx.save_signatories(&[signatory(1, "Ada")]).await.unwrap();
        let letter = OwnObject {
            path: "/letter".to_owned(),
            kind: "letter".to_owned(),
            published_at: at(0),
            updated_at: None,
            deleted_at: None,
        };
        tx.save_own_object(&letter).await.unwrap();
        tx.set_setting("salt", "kept").await.unwrap();
        tx.forget_publication().await.unwrap();
        assert_eq!(tx.identity().await.unwrap(), None);
        assert_eq!(tx.own_key("letter").await.unwrap(), None);
        assert_eq!(tx.current_revision().await.unwrap(), None);
        assert_eq!(tx.translation_changes().await.unwrap(), []);
        assert!(tx.signatories(None, 9_999).await.unwrap().0.is_empty());
        assert_eq!(tx.own_object("/letter").await.unwrap(), None);
        assert_eq!(tx.setting("salt").await.unwrap().as_deref(), Some("kept"));
    }
);

on_both!(a_setting_is_replaced, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.setting("letter_state").await.unwrap(), None);
    tx.set_setting("letter_state", "open").await.unwrap();
    tx.set_setting("letter_state", "paused").await.unwrap();
    assert_eq!(
        tx.setting("letter_state").await.unwrap().as_deref(),
        Some("paused")
    );
});

pub(crate) fn revision(number: i64, kind: &str) -> RevisionRow {
    RevisionRow {
        number,
        kind: kind.to_owned(),
        same_as: number,
        title: "Für offene Briefe".to_owned(),
        digest: "0".repeat(64),
        source: "# Für offene Briefe\r\n\nText \u{a0} 💚\n".to_owned(),
        note: (number > 1).then(|| "A comma".to_owned()),
        by: "serve".to_owned(),
        published_at: at(number),
        overruled: kind == "typo",
        warning: (number > 1).then(|| "Politics".to_owned()),
    }
}

on_both!(
    revisions_are_kept_in_order_and_typos_count_for_nothing,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.current_revision().await.unwrap(), None);
        assert_eq!(tx.newest_substantive_revision().await.unwrap(), 1);
        let all = [
            revision(1, "first"),
            revision(2, "substantive"),
            RevisionRow {
                same_as: 2,
                ..revision(3, "typo")
            },
        ];
        for revision in &all {
            tx.add_revision(revision).await.unwrap();
        }
        assert_eq!(tx.revisions().await.unwrap(), all);
        let heads = tx.revision_heads().await.unwrap();
        let head = |row: &RevisionRow| RevisionHead {
            number: row.number,
            title: row.title.clone(),
            note: row.note.clone(),
            published_at: row.published_at,
        };
        assert_eq!(heads, all.iter().map(head).collect::<Vec<_>>());
        for row in &all {
            let facts = (row.digest.clone(), row.published_at, row.same_as);
            assert_eq!(tx.revision_facts(row.number).await.unwrap(), Some(facts));
        }
        assert_eq!(tx.revision_facts(99).await.unwrap(), None);
        assert_eq!(tx.current_revision().await.unwrap().as_ref(), all.last());
        assert_eq!(tx.newest_substantive_revision().await.unwrap(), 2);
        tx.set_revision_warning(3, None).await.unwrap();
        let warnings = tx.revisions().await.unwrap().into_iter();
        let warned = warnings.map(|row| row.warning.is_some());
        assert_eq!(warned.collect::<Vec<_>>(), [false, true, false]);
    }
);

on_both!(
    a_text_that_returns_is_counted_with_what_it_was,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let same_as = |number, kind, same_as| RevisionRow {
            same_as,
            ..revision(number, kind)
        };
        for revision in [
            same_as(1, "first", 1),
            same_as(2, "substantive", 2),
            same_as(3, "substantive", 1),
            same_as(4, "typo", 1),
        ] {
            tx.add_revision(&revision).await.unwrap();
        }
        assert_eq!(tx.newest_substantive_revision().await.unwrap(), 1);
        let actors = people(&mut tx, &["ada", "bo", "cy", "di", "ed"]).await;
        let revisions = [1, 2, 3, 4, 1];
        let mut rows: Vec<_> = actors
            .iter()
            .zip(revisions)
            .map(|(actor, revision)| EndorsementRow {
                revision,
                ..endorsement(*actor, "P")
            })
            .collect();
        rows[4].state = State::Withdrawn;
        tx.save_endorsements(&rows).await.unwrap();
        let name = SignatoryRow {
            revision: 2,
            ..signatory(1, "N")
        };
        tx.save_signatories(&[name]).await.unwrap();
        assert_eq!(tx.counts(1).await.unwrap().current, 3);
        assert_eq!(tx.counts(2).await.unwrap().current, 1);
        let names = |current| [("github".to_owned(), 1, current)];
        assert_eq!(tx.signatory_counts(1).await.unwrap(), names(0));
        assert_eq!(tx.signatory_counts(2).await.unwrap(), names(1));
        assert_eq!(tx.signed_by_text().await.unwrap(), [(1, 3), (2, 2)]);
        tx.join_texts(2, 1).await.unwrap();
        assert_eq!(tx.signed_by_text().await.unwrap(), [(1, 5)]);
        assert_eq!(tx.counts(1).await.unwrap().current, 4);
    }
);

on_both!(a_revision_is_never_written_twice, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.add_revision(&revision(1, "first")).await.unwrap();
    tx.add_revision(&revision(1, "first")).await.unwrap_err();
});

on_both!(
    signatories_stand_in_the_order_of_the_file_and_the_gone_ones_last,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let gone = SignatoryRow {
            gone_at: Some(at(9)),
            state: "withdrawn".to_owned(),
            ..signatory(1, "Cy")
        };
        let ada = SignatoryRow {
            affiliation: Some("Ω Ltd. (Ärzte), \"quoted\"".to_owned()),
            line: None,
            handle: None,
            url: None,
            ..signatory(3, "Ada")
        };
        let bo = signatory(2, "Bö");
        tx.save_signatories(&[gone.clone(), ada.clone(), bo.clone()])
            .await
            .unwrap();
        assert_eq!(
            tx.signatories(None, 9_999).await.unwrap().0,
            [bo, ada, gone]
        );
        tx.save_signatories(&[]).await.unwrap();
    }
);

on_both!(a_signatory_takes_new_values, async |store| {
    let mut tx = store.write().await.unwrap();
    let first = signatory(1, "Ada");
    tx.save_signatories(std::slice::from_ref(&first))
        .await
        .unwrap();
    let second = SignatoryRow {
        name: "Ada L.".to_owned(),
        skeleton: "ada l.".to_owned(),
        handle: None,
        position: 5,
        line: Some(99),
        affiliation: Some("Engines".to_owned()),
        gone_at: Some(at(60)),
        state: "hidden".to_owned(),
        revision: 2,
        listed_at: at(60),
        source: "letter".to_owned(),
        ..first.clone()
    };
    tx.save_signatories(std::slice::from_ref(&second))
        .await
        .unwrap();
    assert_eq!(tx.signatories(None, 9_999).await.unwrap().0, [second]);
});

on_both!(a_letter_of_three_thousand_names_fits, async |store| {
    let mut tx = store.write().await.unwrap();
    let all: Vec<_> = (1..=3_001)
        .map(|it| signatory(it, &format!("N {it}")))
        .collect();
    tx.save_signatories(&all).await.unwrap();
    assert_eq!(tx.signatories(None, 9_999).await.unwrap().0, all);
});

on_both!(
    listed_signatories_are_counted_by_source_and_revision,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert!(tx.signatory_counts(1).await.unwrap().is_empty());
        let mut all: Vec<_> = (1..=4).map(|it| signatory(it, "N")).collect();
        all[1].revision = 2;
        all[2].source = "manual".to_owned();
        all[3].state = "hidden".to_owned();
        tx.save_signatories(&all).await.unwrap();
        let mut counts = tx.signatory_counts(2).await.unwrap();
        counts.sort();
        assert_eq!(
            counts,
            [("github".to_owned(), 2, 1), ("manual".to_owned(), 1, 0)]
        );
    }
);

fn audit(target: &str, reason: Option<&str>) -> NewAudit {
    NewAudit {
        at: at(3),
        by: "ada".to_owned(),
        action: AuditAction::EndorsementReject,
        code: reason.map(|_| "spam".to_owned()),
        target: target.to_owned(),
        reason: reason.map(str::to_owned),
    }
}

on_both!(what_was_decided_is_listed_newest_first, async |store| {
    let mut tx = store.write().await.unwrap();
    let mut ids = Vec::new();
    for entry in [
        audit("a", None),
        audit("b", Some("said “no”")),
        audit("a", None),
    ] {
        ids.push(tx.add_audit(&entry).await.unwrap());
    }
    assert!(ids.is_sorted());
    let all = tx.audit_entries(None, 10).await.unwrap();
    let listed: Vec<_> = all.iter().map(|it| it.id).collect();
    assert_eq!(listed, [ids[2], ids[1], ids[0]]);
    let expected = AuditEntry {
        id: ids[1],
        at: at(3),
        by: "ada".to_owned(),
        action: "endorsement.reject".to_owned(),
        target: Some("b".to_owned()),
        count: None,
        code: Some("spam".to_owned()),
        reason: Some("said “no”".to_owned()),
        undone_by: None,
    };
    assert_eq!(all[1], expected);
    let of_a = tx.audit_entries(Some("a"), 1).await.unwrap();
    assert_eq!(of_a.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[2]]);
});

on_both!(
    what_became_of_the_actor_outlives_a_new_start,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.retired_at().await.unwrap(), None);
        let first = identity("https://one.example");
        tx.save_identity(&first).await.unwrap();
        assert_eq!(tx.retired_at().await.unwrap(), None);
        tx.save_moved("https://two.example/actor", at(3))
            .await
            .unwrap();
        tx.save_retired(at(4)).await.unwrap();
        tx.save_retired(at(5)).await.unwrap();
        tx.save_identity(&first).await.unwrap();
        let expected = Identity {
            moved_to: Some("https://two.example/actor".to_owned()),
            moved_at: Some(at(3)),
            retired_at: Some(at(4)),
            ..first
        };
        assert_eq!(tx.identity().await.unwrap(), Some(expected));
        assert_eq!(tx.retired_at().await.unwrap(), Some(at(4)));
    }
);

on_both!(nothing_is_said_for_who_is_retired, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.save_identity(&identity("https://one.example"))
        .await
        .unwrap();
    let sent = activity("/activities/1", "s");
    tx.send(std::slice::from_ref(&sent)).await.unwrap();
    tx.save_retired(at(4)).await.unwrap();
    let refused = tx.send(&[activity("/activities/2", "s")]).await;
    assert!(matches!(refused, Err(undersigned::store::Error::Retired(it)) if it == at(4)));
});

on_both!(a_picture_is_stored_once_and_byte_for_byte, async |store| {
    let mut tx = store.write().await.unwrap();
    let bytes: Vec<u8> = (0..=255).collect();
    tx.save_picture("a.png", &bytes).await.unwrap();
    tx.save_picture("a.png", b"other").await.unwrap();
    assert_eq!(tx.picture("a.png").await.unwrap(), Some(bytes));
    assert_eq!(tx.picture("b.png").await.unwrap(), None);
});
