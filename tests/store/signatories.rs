//! Names: pages of the list, what a file is compared with, and what is forgotten.

use undersigned::{
    hash::Sha256,
    store::{AuditAction, NewAudit, SignatoryRow, Store},
};

use super::{
    fixtures::{at, public_id, signatory},
    on_both,
};

fn state(row: SignatoryRow, state: &str, gone: Option<i64>) -> SignatoryRow {
    SignatoryRow {
        state: state.to_owned(),
        gone_at: gone.map(at),
        ..row
    }
}

fn by_hand(number: i64, name: &str) -> SignatoryRow {
    SignatoryRow {
        source: "manual".to_owned(),
        position: 0,
        line: None,
        collected: Some("email".to_owned()),
        reference: Some("<1@mail.example>".to_owned()),
        ..signatory(number, name)
    }
}

fn named(rows: &[SignatoryRow]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

on_both!(the_list_comes_in_pages, async |store| {
    let mut tx = store.write().await.unwrap();
    let rows = [
        state(signatory(1, "Gone"), "withdrawn", Some(3)),
        by_hand(2, "Hand"),
        signatory(3, "Third"),
        signatory(2, "Second"),
        state(by_hand(5, ""), "removed", Some(1)),
    ];
    let rows = rows.into_iter().enumerate().map(|(n, row)| SignatoryRow {
        public_id: public_id(&format!("p{n}")),
        ..row
    });
    tx.save_signatories(&rows.collect::<Vec<_>>())
        .await
        .unwrap();
    assert_eq!(tx.signatory_rows().await.unwrap(), 5);
    for limit in [1, 2, 9] {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (rows, last) = tx.signatories(after, limit).await.unwrap();
            all.extend(rows);
            if last.is_none() {
                break;
            }
            after = last;
        }
        assert_eq!(
            named(&all),
            ["Second", "Third", "Hand", "", "Gone"],
            "{limit}"
        );
    }
});

on_both!(
    names_of_accounts_are_those_of_the_file_with_just_this_address,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = "https://m.example/users/ada";
        let with = |row: SignatoryRow, url: &str| SignatoryRow {
            url: Some(url.to_owned()),
            ..row
        };
        let rows = [
            with(signatory(1, "Ada"), ada),
            with(state(signatory(2, "Ada L."), "withdrawn", Some(3)), ada),
            with(by_hand(3, "Ada by hand"), ada),
            with(signatory(4, "Adam"), "https://m.example/users/adam"),
            with(state(signatory(5, ""), "removed", Some(3)), ada),
            signatory(6, "Nobody"),
        ];
        let rows = rows.into_iter().enumerate().map(|(n, row)| SignatoryRow {
            public_id: public_id(&format!("p{n}")),
            ..row
        });
        tx.save_signatories(&rows.collect::<Vec<_>>())
            .await
            .unwrap();
        let found = tx.names_of_accounts(&[ada.to_owned()]).await.unwrap();
        assert_eq!(named(&found), ["Ada", "Ada L."]);
        assert_eq!(tx.names_of_accounts(&[]).await.unwrap(), []);
    }
);

on_both!(
    a_file_is_compared_with_its_names_and_with_what_was_removed,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let hash = Sha256::of("x");
        let removed = SignatoryRow {
            name_hash: Some(hash.clone()),
            handle_hash: Some(hash),
            ..state(by_hand(3, ""), "removed", Some(9))
        };
        let hidden = state(by_hand(4, "Hidden"), "hidden", None);
        let gone = state(signatory(2, "Gone"), "withdrawn", Some(1));
        let rows = [
            gone.clone(),
            removed.clone(),
            hidden,
            by_hand(5, "Hand"),
            signatory(1, "Ada"),
        ];
        tx.save_signatories(&rows).await.unwrap();
        let compared = tx.signatories_to_compare().await.unwrap();
        // The order of those that are gone: by their position.
        assert_eq!(compared, [signatory(1, "Ada"), removed, gone]);
    }
);

on_both!(a_name_is_found_by_the_beginning_of_its_id, async |store| {
    let mut tx = store.write().await.unwrap();
    let rows = [signatory(1, "Ada"), signatory(2, "Bo"), signatory(13, "Cy")];
    tx.save_signatories(&rows).await.unwrap();
    for (beginning, found) in [
        ("s0001", vec!["Ada"]),
        ("s00", vec!["Ada", "Bo"]),
        ("S0001", vec!["Ada"]),
        ("%", vec![]),
        ("x", vec![]),
    ] {
        let rows = tx.find_signatories(beginning, 2).await.unwrap();
        assert_eq!(named(&rows), found, "{beginning}");
    }
});

on_both!(names_are_read_by_their_ids, async |store| {
    let mut tx = store.write().await.unwrap();
    let rows = [signatory(1, "Ada"), signatory(2, "Bo")];
    tx.save_signatories(&rows).await.unwrap();
    let ids = [rows[1].public_id.to_string(), "nobody".to_owned()];
    let found = tx.signatories_by_id(&ids).await.unwrap();
    assert_eq!(named(&found), ["Bo"]);
    assert!(tx.signatories_by_id(&[]).await.unwrap().is_empty());
});

on_both!(
    a_removed_name_has_its_text_as_long_as_it_can_be_taken_back,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let rows = [
            state(signatory(1, "Ada"), "removed", None),
            state(signatory(2, "Bo"), "removed", None),
        ];
        tx.save_signatories(&rows).await.unwrap();
        let entry = NewAudit {
            at: at(3),
            by: "mona".to_owned(),
            action: AuditAction::SignatoryRemove,
            code: None,
            target: rows[1].public_id.to_string(),
            reason: None,
        };
        let id = tx.add_audit(&entry).await.unwrap();
        let target = (entry.target.clone(), Some("{}".to_owned()));
        tx.add_audit_targets(id, &[target]).await.unwrap();
        assert_eq!(tx.forget_signatories(at(1), at(9)).await.unwrap(), 1);
        let (left, _) = tx.signatories(None, 9).await.unwrap();
        assert_eq!(named(&left), ["Bo", ""]);
        assert_eq!((left[1].gone_at, left[1].line), (Some(at(9)), None));
    }
);

on_both!(names_that_look_alike_are_found, async |store| {
    let mut tx = store.write().await.unwrap();
    let rows = [
        signatory(1, "Ada"),
        by_hand(2, "Ada"),
        state(signatory(3, "Ada"), "hidden", None),
        state(signatory(4, "Ada"), "withdrawn", Some(1)),
        signatory(5, "Bo"),
    ];
    tx.save_signatories(&rows).await.unwrap();
    let skeletons = ["ada".to_owned(), "cy".to_owned()];
    let found = tx.signatories_like(&skeletons).await.unwrap();
    assert_eq!(found, rows[..3]);
    assert_eq!(tx.signatories_like(&[]).await.unwrap(), []);
});

on_both!(
    who_left_is_forgotten_and_who_is_hidden_stays_hidden,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let hidden = SignatoryRow {
            name_hash: Some(Sha256::of("x")),
            affiliation: Some("ACME".to_owned()),
            shown_words: String::new(),
            ..state(signatory(4, "Hidden"), "hidden", Some(1))
        };
        let rows = [
            signatory(1, "Ada"),
            state(signatory(2, "Gone"), "withdrawn", Some(1)),
            state(signatory(3, "Lately"), "withdrawn", Some(9)),
            hidden.clone(),
            state(signatory(5, "On file"), "hidden", None),
        ];
        tx.save_signatories(&rows).await.unwrap();
        assert_eq!(tx.forget_signatories(at(9), at(99)).await.unwrap(), 2);
        assert_eq!(tx.forget_signatories(at(9), at(99)).await.unwrap(), 0);
        let (left, _) = tx.signatories(None, 9).await.unwrap();
        let erased = SignatoryRow {
            name: String::new(),
            skeleton: String::new(),
            handle: None,
            url: None,
            affiliation: None,
            ..hidden
        };
        assert_eq!(
            left,
            [rows[0].clone(), rows[4].clone(), rows[2].clone(), erased]
        );
    }
);
