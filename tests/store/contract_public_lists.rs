//! What the public sees: only what it may, in the same order on both databases.

use crate::{
    fixtures::{at, endorsement, people, public_id, reply, signatory},
    on_both,
};
use undersigned::{
    endorsement::{ActKind, ReviewState, State},
    store::{EndorsementRow, PublicEntry, PublicFilter, PublicSort, SignatoryRow, Store, Tx},
};

/// Name or handle of each, as a page shows them.
async fn shown(tx: &mut Tx, filter: &PublicFilter) -> Vec<String> {
    let (entries, total) = tx.public_list(filter, 0, 1_000).await.unwrap();
    assert_eq!(i64::try_from(entries.len()).unwrap(), total);
    let shown = entries.into_iter().map(|it| it.name.or(it.handle).unwrap());
    shown.collect()
}

/// Four names of the letter's list, one of them hidden, and what people of the Fediverse gave.
async fn everybody(tx: &mut Tx) -> Vec<i64> {
    let grace = SignatoryRow {
        affiliation: Some("Navy & Söhne".to_owned()),
        ..signatory(1, "Grace")
    };
    let mut edsger = signatory(2, "edsger");
    edsger.handle = None;
    let manual = SignatoryRow {
        source: "manual".to_owned(),
        listed_at: at(50),
        ..signatory(3, "Ångström")
    };
    let mut hidden = signatory(4, "Hidden");
    hidden.state = "hidden".to_owned();
    tx.save_signatories(&[edsger, grace, manual, hidden])
        .await
        .unwrap();

    let actors = people(tx, &["ada", "bo", "cy", "di", "org"]).await;
    let acts = [reply(actors[0], "https://m.example/1", "I sign")];
    let act_id = tx.save_acts(&acts).await.unwrap()[0];
    let rows = [
        EndorsementRow {
            act_id: Some(act_id),
            declared_name: Some("Ada Lovelace".to_owned()),
            declared_affiliation: Some("Engines".to_owned()),
            declared_state: Some(ReviewState::Shown),
            statement: Some("So be it".to_owned()),
            statement_state: Some(ReviewState::Shown),
            ..endorsement(actors[0], "zada")
        },
        EndorsementRow {
            kind: ActKind::Like,
            name_state: ReviewState::Pending,
            declared_name: Some("Secret name".to_owned()),
            declared_affiliation: Some("Secret place".to_owned()),
            declared_state: Some(ReviewState::Pending),
            statement: Some("Secret words".to_owned()),
            statement_state: Some(ReviewState::Pending),
            endorsed_at: at(60),
            ..endorsement(actors[1], "Secret display name")
        },
        EndorsementRow {
            state: State::Counted,
            ..endorsement(actors[2], "Counted")
        },
        EndorsementRow {
            state: State::Hidden,
            ..endorsement(actors[3], "Off")
        },
        EndorsementRow {
            organisation: true,
            ..endorsement(actors[4], "Org e. V.")
        },
    ];
    tx.save_endorsements(&rows).await.unwrap();
    actors
}

on_both!(only_what_may_be_seen_is_in_the_list, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = everybody(&mut tx).await;
    let recent = [
        "@bo@m.example",
        "Ångström",
        "Ada Lovelace",
        "Grace",
        "edsger",
    ];
    assert_eq!(shown(&mut tx, &PublicFilter::default()).await, recent);
    let (entries, _) = tx
        .public_list(&PublicFilter::default(), 0, 10)
        .await
        .unwrap();
    let ada = PublicEntry {
        public_id: public_id(&format!("e{}", actors[0])),
        source: "fediverse".to_owned(),
        liked: false,
        name: Some("Ada Lovelace".to_owned()),
        handle: Some("@ada@m.example".to_owned()),
        url: Some("https://m.example/@ada".to_owned()),
        affiliation: Some("Engines".to_owned()),
        at: at(20),
        revision: 1,
        by: "endorser".to_owned(),
        statement: Some("So be it".to_owned()),
        warning: None,
        object: Some("https://m.example/1".to_owned()),
    };
    assert_eq!(entries[2], ada);
    let bo = &entries[0];
    assert!(bo.liked);
    assert_eq!(
        (&bo.name, &bo.affiliation, &bo.statement),
        (&None, &None, &None)
    );
    assert!(!format!("{entries:?}").contains("Secret"));
    let grace = &entries[3];
    assert_eq!(
        (grace.source.as_str(), grace.by.as_str(), grace.liked),
        ("github", "endorser", false)
    );
    assert_eq!(
        (entries[1].source.as_str(), entries[1].by.as_str()),
        ("manual", "moderator")
    );
});

on_both!(
    a_filter_takes_one_source_or_the_organisations,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let cases: [(Option<&str>, bool, &[&str]); 6] = [
            (Some("github"), false, &["Grace", "edsger"]),
            (Some("manual"), false, &["Ångström"]),
            (Some("fediverse"), false, &["@bo@m.example", "Ada Lovelace"]),
            (Some("elsewhere"), false, &[]),
            (None, true, &["Org e. V."]),
            (Some("github"), true, &[]),
        ];
        for (source, organisations, expected) in cases {
            let filter = PublicFilter {
                source: source.map(str::to_owned),
                organisations,
                ..PublicFilter::default()
            };
            assert_eq!(shown(&mut tx, &filter).await, expected, "{filter:?}");
        }
    }
);

on_both!(names_are_sorted_as_they_are_shown, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    let by_name = PublicFilter {
        sort: PublicSort::Name,
        ..PublicFilter::default()
    };
    let expected = [
        "@bo@m.example",
        "Ada Lovelace",
        "edsger",
        "Grace",
        "Ångström",
    ];
    assert_eq!(shown(&mut tx, &by_name).await, expected);
});

on_both!(
    a_public_search_finds_what_is_shown_and_never_what_is_not,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let cases: [(&str, &[&str]); 15] = [
            ("lovelace", &["Ada Lovelace"]),
            ("ENGINES", &["Ada Lovelace"]),
            ("söhne", &["Grace"]),
            ("Ångström", &["Ångström"]),
            ("@BO@", &["@bo@m.example"]),
            ("gh1", &["Grace"]),
            // PostgreSQL refuses a NUL, and anybody can send one.
            ("love\0lace", &["Ada Lovelace"]),
            ("secret", &[]),
            ("zada", &[]),
            ("hidden", &[]),
            ("counted", &[]),
            ("%", &[]),
            ("_", &[]),
            ("\\", &[]),
            ("'; DROP TABLE signatory; --", &[]),
        ];
        for (text, expected) in cases {
            let filter = PublicFilter {
                search: Some(text.to_owned()),
                ..PublicFilter::default()
            };
            assert_eq!(shown(&mut tx, &filter).await, expected, "{text}");
        }
    }
);

on_both!(wildcards_in_names_are_found_as_letters, async |store| {
    let mut tx = store.write().await.unwrap();
    let names = ["100% Ada", "snake_case", "back\\slash", "plain"];
    let rows: Vec<_> = (1..).zip(names).map(|(n, it)| signatory(n, it)).collect();
    tx.save_signatories(&rows).await.unwrap();
    for (text, expected) in [("0% a", names[0]), ("e_c", names[1]), ("k\\s", names[2])] {
        let filter = PublicFilter {
            search: Some(text.to_owned()),
            ..PublicFilter::default()
        };
        assert_eq!(shown(&mut tx, &filter).await, [expected], "{text}");
    }
});

on_both!(pages_join_to_the_whole_list, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    // Many that the order cannot tell apart but by their ids.
    let same: Vec<_> = (100..150)
        .map(|n| SignatoryRow {
            position: 7,
            ..signatory(n, "Same")
        })
        .collect();
    tx.save_signatories(&same).await.unwrap();
    for sort in [PublicSort::Recent, PublicSort::Name] {
        let filter = PublicFilter {
            sort,
            ..PublicFilter::default()
        };
        let (whole, total) = tx.public_list(&filter, 0, 1_000).await.unwrap();
        assert_eq!(total, 55);
        let mut joined = Vec::new();
        for page in 0..8 {
            let (entries, total) = tx.public_list(&filter, page * 7, 7).await.unwrap();
            assert_eq!(total, 55);
            joined.extend(entries);
        }
        assert_eq!(joined, whole, "{sort:?}");
    }
    let (beyond, total) = tx
        .public_list(&PublicFilter::default(), 900, 7)
        .await
        .unwrap();
    assert_eq!((beyond.len(), total), (0, 55));
});

on_both!(
    the_newest_shown_statements_stand_on_the_page,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let actors = people(&mut tx, &["ada", "bo", "cy", "di"]).await;
        let says = |n: usize, state, seconds| EndorsementRow {
            statement: Some(format!("Words {n}")),
            statement_state: Some(state),
            endorsed_at: at(seconds),
            ..endorsement(actors[n], "P")
        };
        let mut off = says(3, ReviewState::Shown, 99);
        off.state = State::Hidden;
        let rows = [
            says(0, ReviewState::Shown, 10),
            says(1, ReviewState::Shown, 20),
            says(2, ReviewState::Pending, 30),
            off,
        ];
        tx.save_endorsements(&rows).await.unwrap();
        let words = |entries: Vec<PublicEntry>| -> Vec<String> {
            entries.into_iter().filter_map(|it| it.statement).collect()
        };
        assert_eq!(
            words(tx.shown_statements(9).await.unwrap()),
            ["Words 1", "Words 0"]
        );
        assert_eq!(words(tx.shown_statements(1).await.unwrap()), ["Words 1"]);
    }
);

on_both!(replies_are_named_unless_their_words_wait, async |store| {
    let mut tx = store.write().await.unwrap();
    let names = ["ada", "bo", "cy", "di", "ed", "org"];
    let actors = people(&mut tx, &names).await;
    let acts: Vec<_> = actors
        .iter()
        .zip(names)
        .map(|(id, name)| reply(*id, &format!("https://m.example/{name}"), "I sign"))
        .collect();
    let acts = tx.save_acts(&acts).await.unwrap();
    let mut rows: Vec<_> = actors
        .iter()
        .zip(acts)
        .zip(10..)
        .map(|((actor_id, act_id), seconds)| EndorsementRow {
            act_id: Some(act_id),
            endorsed_at: at(seconds),
            ..endorsement(*actor_id, "P")
        })
        .collect();
    for (n, state) in [(1, ReviewState::Shown), (2, ReviewState::Pending)] {
        rows[n].statement = Some("Words".to_owned());
        rows[n].statement_state = Some(state);
    }
    rows[3].state = State::Counted;
    rows[4].kind = ActKind::Mention;
    rows[5].organisation = true;
    tx.save_endorsements(&rows).await.unwrap();
    let named = tx.public_replies(9).await.unwrap();
    assert_eq!(named, ["https://m.example/bo", "https://m.example/ada"]);
    assert_eq!(
        tx.public_replies(1).await.unwrap(),
        ["https://m.example/bo"]
    );
});
