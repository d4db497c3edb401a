//! Public lists: only what may be shown, in the same order on both databases.

use super::{
    fixtures::{at, endorsement, people, public_id, reply, signatory, words},
    on_both,
};
use undersigned::{
    endorsement::{ActKind, ReviewState, State},
    store::{
        EndorsementRow, IndexedWords, MAX_FOUND, OrganisationFilter, OrganisationStart, PageStart,
        PublicEntry, PublicFilter, PublicKind, PublicPlace, PublicSort, SignatoryRow, Store, Tx,
        WordSearch,
    },
};

/// The whole list.
async fn whole(tx: &mut Tx, filter: &PublicFilter) -> Vec<PublicEntry> {
    let page = tx
        .public_page(filter, &PageStart::Top, 5_000)
        .await
        .unwrap();
    assert!(!page.has_previous && !page.has_next);
    page.entries
}

/// Name or handle of each, as a page shows them.
async fn shown(tx: &mut Tx, filter: &PublicFilter) -> Vec<String> {
    let entries = whole(tx, filter).await;
    if let Some(search) = &filter.search {
        let found = tx.public_found(filter, search).await.unwrap();
        let found = found.endorsements + found.signatories;
        assert_eq!(found, i64::try_from(entries.len()).unwrap());
    }
    let shown = entries.into_iter().map(|it| it.name.or(it.handle).unwrap());
    shown.collect()
}

/// What the search index holds of an entry.
fn indexed(shown: &str, other: &str) -> IndexedWords {
    IndexedWords {
        shown: words(shown),
        other: words(other),
    }
}

/// Four signatories, one of them hidden, and endorsements from the Fediverse.
async fn everybody(tx: &mut Tx) -> Vec<i64> {
    let grace = SignatoryRow {
        affiliation: Some("Navy & Söhne".to_owned()),
        shown_words: words("Grace gh1 Navy & Söhne"),
        ..signatory(1, "Grace")
    };
    let mut edsger = signatory(2, "edsger");
    edsger.handle = None;
    edsger.shown_words = words("edsger");
    let manual = SignatoryRow {
        source: "manual".to_owned(),
        listed_at: at(50),
        ..signatory(3, "Ångström")
    };
    let mut hidden = signatory(4, "Hidden");
    hidden.state = "hidden".to_owned();
    hidden.shown_words = String::new();
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
            words: indexed("Ada Lovelace @ada@m.example Engines", "zada So be it"),
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
            words: indexed("@bo@m.example", "Secret display name place words"),
            ..endorsement(actors[1], "Secret display name")
        },
        EndorsementRow {
            state: State::Counted,
            words: indexed("", "Counted @cy@m.example"),
            ..endorsement(actors[2], "Counted")
        },
        EndorsementRow {
            state: State::Hidden,
            words: indexed("", "Off @di@m.example"),
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
    let entries = whole(&mut tx, &PublicFilter::default()).await;
    let ada = PublicEntry {
        also: None,
        also_url: None,
        linked_from: None,
        public_id: public_id(&format!("e{}", actors[0])),
        source: "fediverse".to_owned(),
        liked: false,
        name: Some("Ada Lovelace".to_owned()),
        handle: Some("@ada@m.example".to_owned()),
        url: Some("https://m.example/@ada".to_owned()),
        actor: Some("https://m.example/users/ada".to_owned()),
        in_own_list: false,
        affiliation: Some("Engines".to_owned()),
        declared: true,
        at: at(20),
        revision: 1,
        by: "endorser".to_owned(),
        statement: Some("So be it".to_owned()),
        warning: None,
        object: Some("https://m.example/1".to_owned()),
        server_gone_since: None,
        evidence_kept: false,
        pledged: false,
        pledge_url: None,
        organisation: false,
        spoken_by: None,
    };
    assert_eq!(entries[2], ada);
    for entry in &entries {
        let one = tx.public_entry(&entry.public_id).await.unwrap();
        assert_eq!(one.as_ref(), Some(entry));
    }
    let (by_address, top) = (OrganisationFilter::default(), OrganisationStart::Top);
    let organisations = tx.organisations_page(&by_address, &top, 9).await.unwrap();
    // Everybody else is there as much as an id that never was.
    for actor in &actors {
        let id = public_id(&format!("e{actor}"));
        let mut listed = entries.iter().chain(&organisations.entries);
        let is_listed = listed.any(|entry| entry.public_id == id);
        assert_eq!(tx.public_entry(&id).await.unwrap().is_some(), is_listed);
    }
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

on_both!(a_filter_takes_one_source, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    let cases: [(&str, &[&str]); 4] = [
        ("github", &["Grace", "edsger"]),
        ("manual", &["Ångström"]),
        ("fediverse", &["@bo@m.example", "Ada Lovelace"]),
        ("elsewhere", &[]),
    ];
    for (source, expected) in cases {
        let filter = PublicFilter {
            source: Some(source.to_owned()),
            ..PublicFilter::default()
        };
        assert_eq!(shown(&mut tx, &filter).await, expected, "{filter:?}");
    }
});

on_both!(names_are_sorted_as_they_are_shown, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    let by_name = PublicFilter {
        sort: PublicSort::Name,
        ..PublicFilter::default()
    };
    let expected = [
        "Ada Lovelace",
        "Ångström",
        "@bo@m.example",
        "edsger",
        "Grace",
    ];
    assert_eq!(shown(&mut tx, &by_name).await, expected);
});

on_both!(
    a_public_search_finds_what_is_shown_and_never_what_is_not,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let cases: [(&str, &[&str]); 22] = [
            ("lovelace", &["Ada Lovelace"]),
            ("ENGINES", &["Ada Lovelace"]),
            ("söhne", &["Grace"]),
            ("Ångström", &["Ångström"]),
            ("@BO@", &["@bo@m.example"]),
            ("gh1", &["Grace"]),
            ("ångstrOm", &["Ångström"]),
            ("gin", &[]),
            ("love ada", &["Ada Lovelace"]),
            ("ada grace", &[]),
            ("ad", &["Ada Lovelace"]),
            ("b", &["@bo@m.example"]),
            // PostgreSQL refuses a NUL, and anybody can send one.
            ("love\0 eng", &["Ada Lovelace"]),
            ("", &[]),
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
                search: Some(WordSearch::parse(text)),
                ..PublicFilter::default()
            };
            assert_eq!(shown(&mut tx, &filter).await, expected, "{text}");
        }
    }
);

on_both!(a_filter_lists_whom_it_asks_for, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = everybody(&mut tx).await;
    let mut second = signatory(5, "Barbara");
    second.revision = 2;
    tx.save_signatories(&[second]).await.unwrap();
    let fy = people(&mut tx, &["fy"]).await[0];
    let like = EndorsementRow {
        kind: ActKind::Like,
        revision: 2,
        ..endorsement(fy, "Fy")
    };
    tx.save_endorsements(&[like]).await.unwrap();
    assert!(actors.len() > 1);
    let all = whole(&mut tx, &PublicFilter::default()).await;
    assert_eq!(all.len(), 7);
    for kind in [None, Some(PublicKind::Signed), Some(PublicKind::Liked)] {
        for revision in [None, Some(1), Some(2), Some(3)] {
            for with_statement in [false, true] {
                for sort in [PublicSort::Recent, PublicSort::Name] {
                    let filter = PublicFilter {
                        kind,
                        revision,
                        with_statement,
                        sort,
                        ..PublicFilter::default()
                    };
                    let mut expected = all.clone();
                    expected.retain(|it| {
                        kind.is_none_or(|kind| it.liked == (kind == PublicKind::Liked))
                            && revision.is_none_or(|revision| it.revision == revision)
                            && (!with_statement || it.statement.is_some())
                    });
                    let mut listed = whole(&mut tx, &filter).await;
                    if sort == PublicSort::Name {
                        let key = |it: &PublicEntry| it.public_id.to_string();
                        expected.sort_by_key(key);
                        listed.sort_by_key(key);
                    }
                    assert_eq!(listed, expected, "{filter:?}");
                }
            }
        }
    }
    let file = PublicFilter {
        sort: PublicSort::File,
        ..PublicFilter::default()
    };
    let in_file = ["Grace", "edsger", "Barbara"];
    assert_eq!(shown(&mut tx, &file).await, in_file);
    let forwards = walk(&mut tx, &file, PageStart::After).await;
    let mut backwards = walk(&mut tx, &file, PageStart::Before).await;
    backwards.reverse();
    assert_eq!(forwards, backwards);
});

on_both!(a_list_can_be_entered_in_its_middle, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    let by_name = PublicFilter {
        sort: PublicSort::Name,
        ..PublicFilter::default()
    };
    let recent = PublicFilter::default();
    let letters = tx.first_letters(9).await.unwrap();
    assert_eq!(letters, ["a", "b", "e", "g"]);
    assert_eq!(tx.first_letters(2).await.unwrap(), ["a", "b"]);
    let words = |text: &str| PageStart::AtWords(text.to_owned());
    let before = |seconds| PageStart::BeforeTime(at(seconds));
    let cases: [(_, _, bool, &[&str]); 7] = [
        (&by_name, words("a"), false, &["Ada Lovelace", "Ångström"]),
        (&by_name, words("an"), true, &["Ångström", "@bo@m.example"]),
        (&by_name, words("c"), true, &["edsger", "Grace"]),
        (&by_name, words("z"), false, &[]),
        (&recent, before(99), false, &["@bo@m.example", "Ångström"]),
        (&recent, before(50), true, &["Ada Lovelace", "Grace"]),
        (&recent, before(0), false, &[]),
    ];
    for (filter, start, has_previous, expected) in cases {
        let page = tx.public_page(filter, &start, 2).await.unwrap();
        let names = page
            .entries
            .into_iter()
            .map(|it| it.name.or(it.handle).unwrap());
        assert_eq!(names.collect::<Vec<_>>(), expected, "{start:?}");
        assert_eq!(page.has_previous, has_previous, "{start:?}");
    }
});

on_both!(pages_join_to_the_whole_list_both_ways, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    // Many that the order cannot tell apart but by their ids, at the same moment on both sides.
    let same: Vec<_> = (100..125)
        .map(|n| SignatoryRow {
            position: 7,
            listed_at: at(20),
            shown_words: words("same"),
            ..signatory(n, "Same")
        })
        .collect();
    tx.save_signatories(&same).await.unwrap();
    let names: Vec<_> = (0..25).map(|n| format!("p{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let rows = people(&mut tx, &names).await.into_iter();
    let rows: Vec<_> = rows.map(|id| endorsement(id, "Same")).collect();
    tx.save_endorsements(&rows).await.unwrap();
    let searches = [None, Some("same"), Some("sam"), Some("a")];
    let sources = [None, Some("github"), Some("fediverse")];
    for (search, source) in searches
        .iter()
        .flat_map(|it| sources.map(|source| (*it, source)))
    {
        for sort in [PublicSort::Recent, PublicSort::Name] {
            let filter = PublicFilter {
                source: source.map(str::to_owned),
                search: search.map(WordSearch::parse),
                sort,
                ..PublicFilter::default()
            };
            let whole = whole(&mut tx, &filter).await;
            let forwards = walk(&mut tx, &filter, PageStart::After).await;
            assert_eq!(forwards, whole, "{filter:?}");
            let mut backwards = walk(&mut tx, &filter, PageStart::Before).await;
            backwards.reverse();
            assert_eq!(backwards.first(), whole.first(), "{filter:?}");
            assert_eq!(backwards, whole, "{filter:?}");
        }
    }
    let unknown = tx.public_place(&public_id("nobody")).await.unwrap();
    assert_eq!(unknown, None);
    let hidden = tx.public_place(&public_id("s0004")).await.unwrap();
    assert_eq!(hidden, None);
});

/// The whole list by pages of seven, from the top; or from its last entry upwards, in that order.
async fn walk(
    tx: &mut Tx,
    filter: &PublicFilter,
    beside: fn(PublicPlace) -> PageStart,
) -> Vec<PublicEntry> {
    let all = whole(tx, filter).await;
    let Some(last) = all.last() else {
        return all;
    };
    let last_place = tx.public_place(&last.public_id).await.unwrap().unwrap();
    let upwards = matches!(beside(last_place.clone()), PageStart::Before(_));
    let (mut walked, mut start) = (Vec::new(), PageStart::Top);
    if upwards {
        walked.push(last.clone());
        start = beside(last_place);
    }
    loop {
        let mut page = tx.public_page(filter, &start, 7).await.unwrap();
        if upwards {
            page.entries.reverse();
        }
        walked.extend(page.entries.iter().cloned());
        assert!(walked.len() <= all.len(), "the pages have no end");
        let is_more = if upwards {
            page.has_previous
        } else {
            page.has_next
        };
        let Some(next) = page.entries.last().filter(|_| is_more) else {
            return walked;
        };
        start = beside(tx.public_place(&next.public_id).await.unwrap().unwrap());
    }
}

on_both!(a_search_of_many_gives_the_newest, async |store| {
    let mut tx = store.write().await.unwrap();
    let names: Vec<_> = (0..1200).map(|n| format!("p{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let rows = people(&mut tx, &names).await.into_iter();
    let rows: Vec<_> = rows.map(|id| endorsement(id, "Same")).collect();
    for some in rows.chunks(500) {
        tx.save_endorsements(some).await.unwrap();
    }
    let search = WordSearch::parse("same");
    let filter = PublicFilter::default();
    let found = tx.public_found(&filter, &search).await.unwrap();
    assert_eq!((found.endorsements, found.signatories), (MAX_FOUND + 1, 0));
    let filter = PublicFilter {
        search: Some(search),
        ..filter
    };
    let found = whole(&mut tx, &filter).await;
    assert_eq!(found.len(), 1001);
    assert_eq!(found[0].public_id, rows[1199].public_id);
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
