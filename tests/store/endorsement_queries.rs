//! Lists for administrators: each filter, and search terms taken literally.

use std::fs;

use super::{
    database,
    fixtures::{
        at, comment, endorsement, evidence, people, person, public_id, reply, saved, waiting, words,
    },
    on_both,
};
use undersigned::{
    clock::Millis,
    endorsement::{ActKind, State, WaitsFor},
    store::{
        Access, EndorsementFilter, EndorsementPages, EndorsementRow, EndorsementSummary,
        IndexedWords, Store, Tx,
    },
};

/// The names of the matching endorsements, in order.
async fn names(tx: &mut Tx, conditions: &EndorsementFilter) -> Vec<String> {
    let listed = tx.list(conditions, 100).await.unwrap();
    let counted = tx.how_many(conditions).await.unwrap();
    assert_eq!(
        counted,
        i64::try_from(listed.len()).unwrap(),
        "{conditions:?}"
    );
    listed
        .into_iter()
        .map(|endorsement| endorsement.name.unwrap_or_default())
        .collect()
}

/// The text of a filter; a function, because filters are set by functions.
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn search(text: &str) -> EndorsementFilter {
    EndorsementFilter {
        search: Some(text.to_owned()),
        ..EndorsementFilter::default()
    }
}

on_both!(
    an_endorsement_is_listed_with_its_act_and_its_evidence,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        let acts = [reply(ada, "https://m.example/1", "I sign")];
        let act_id = tx.save_acts(&acts).await.unwrap()[0];
        tx.save_evidence(&[(act_id, evidence(b"{}"))])
            .await
            .unwrap();
        let row = EndorsementRow {
            act_id: Some(act_id),
            statement: Some("So be it".to_owned()),
            ..waiting(ada, "Ada", WaitsFor::Unsure)
        };
        tx.save_endorsements(&[row]).await.unwrap();
        let expected = EndorsementSummary {
            signatory: None,
            public_id: public_id(&format!("e{ada}")),
            actor_id: ada,
            act_id: Some(act_id),
            kind: "reply".to_owned(),
            state: "pending".to_owned(),
            actor: "https://m.example/users/ada".to_owned(),
            handle: "@ada@m.example".to_owned(),
            source: "fediverse".to_owned(),
            name: Some("Ada".to_owned()),
            name_state: "shown".to_owned(),
            declared_name: None,
            declared_affiliation: None,
            declared_state: None,
            statement: Some("So be it".to_owned()),
            statement_state: None,
            revision: 1,
            object: Some("https://m.example/1".to_owned()),
            activity: Some("https://m.example/1/activity".to_owned()),
            evidence: Some("signed".to_owned()),
            waits_for: Some("unsure".to_owned()),
            endorsed_at: at(20),
            changed_at: at(20),
            reason: None,
            frozen_at: None,
            server_gone_since: None,
            pledge: None,
            pledge_state: None,
            pledge_url: None,
            pledged_at: None,
            pledge_words: None,
            by: "endorser".to_owned(),
        };
        assert_eq!(
            tx.list(&EndorsementFilter::default(), 5).await.unwrap(),
            [expected]
        );
    }
);

on_both!(each_condition_narrows_the_list, async |store| {
    let mut tx = store.write().await.unwrap();
    let hosts = [
        person("ada", "m.example"),
        person("Bo", "social.m.example"),
        person("cy", "n.example:8443"),
    ];
    let actors: Vec<_> = saved(&mut tx, &hosts)
        .await
        .iter()
        .map(|it| it.id)
        .collect();
    let rows = [
        EndorsementRow {
            endorsed_at: at(30),
            ..endorsement(actors[0], "Ada")
        },
        EndorsementRow {
            public_id: public_id("bee"),
            kind: ActKind::Like,
            endorsed_at: at(20),
            ..waiting(actors[1], "Bo", WaitsFor::Age)
        },
        EndorsementRow {
            endorsed_at: at(10),
            ..waiting(actors[2], "Cy", WaitsFor::Unsure)
        },
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let cases: [(fn(&mut EndorsementFilter), &[&str]); 13] = [
        // Endorsements with text to review come first, then the newest.
        (|_| (), &["Cy", "Ada", "Bo"]),
        (
            |conditions| conditions.state = Some(State::Pending),
            &["Cy", "Bo"],
        ),
        (|conditions| conditions.kind = Some(ActKind::Like), &["Bo"]),
        (
            |conditions| conditions.waits_for = Some(WaitsFor::Unsure),
            &["Cy"],
        ),
        (|conditions| conditions.host = text("M.example"), &["Ada"]),
        (|conditions| conditions.host = text("*.m.example"), &["Bo"]),
        (
            |conditions| conditions.host = text("*m.example"),
            &["Ada", "Bo"],
        ),
        (|conditions| conditions.host = text("_.example"), &[]),
        (|conditions| conditions.after = Some(at(20)), &["Ada", "Bo"]),
        (|conditions| conditions.before = Some(at(20)), &["Cy"]),
        (|conditions| conditions.name = text("AD"), &["Ada"]),
        (|conditions| conditions.id = text("BEE"), &["Bo"]),
        (
            |conditions| conditions.actor = text("https://m.example/users/ada"),
            &["Ada"],
        ),
    ];
    for (narrow, expected) in cases {
        let mut conditions = EndorsementFilter::default();
        narrow(&mut conditions);
        assert_eq!(
            names(&mut tx, &conditions).await,
            expected,
            "{conditions:?}"
        );
    }
    assert_eq!(
        tx.list(&EndorsementFilter::default(), 1)
            .await
            .unwrap()
            .len(),
        1
    );
    let both = EndorsementFilter {
        state: Some(State::Pending),
        before: Some(Millis::from_millis(0)),
        ..EndorsementFilter::default()
    };
    assert!(names(&mut tx, &both).await.is_empty());
});

on_both!(
    a_search_finds_beginnings_of_words_that_are_shown_or_not,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let actors = people(&mut tx, &["ada", "bo"]).await;
        let row = |actor, shown: &str, other: &str| EndorsementRow {
            words: IndexedWords {
                shown: words(shown),
                other: words(other),
            },
            ..endorsement(actor, "N")
        };
        let rows = [
            row(actors[0], "Ärzte ЖЖ @ada@m.example", "it's \"so\" 100%"),
            row(actors[1], "", "Bo @bo@m.example snake_case"),
        ];
        tx.save_endorsements(&rows).await.unwrap();
        for (text, expected) in [
            ("arz", &["ada"][..]),
            ("ÄRZTE so", &["ada"]),
            ("rzte", &[]),
            ("жж", &["ada"]),
            ("bo", &["bo"]),
            ("Bo case", &["bo"]),
            ("@M.example", &["ada", "bo"]),
            ("100%", &["ada"]),
            ("SNA\0KE", &[]),
            ("bo so", &[]),
            ("%", &[]),
            ("\" OR shown_words : *", &[]),
            ("') OR TRUE --", &[]),
            ("", &[]),
        ] {
            let listed = tx.list(&search(text), 10).await.unwrap();
            let mut found: Vec<_> = listed.iter().map(|it| it.handle.as_str()).collect();
            found.sort_unstable();
            let expected: Vec<_> = expected
                .iter()
                .map(|it| format!("@{it}@m.example"))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
        // The index follows its row: changed, emptied, gone.
        let mut changed = tx.endorsements_of(&[actors[1]]).await.unwrap();
        changed[0].words.other = words("Cy");
        tx.save_endorsements(&changed).await.unwrap();
        assert!(tx.list(&search("bo"), 10).await.unwrap().is_empty());
        assert_eq!(tx.list(&search("cy"), 10).await.unwrap().len(), 1);
        changed[0].words = IndexedWords::default();
        tx.save_endorsements(&changed).await.unwrap();
        assert!(tx.list(&search("cy"), 10).await.unwrap().is_empty());
    }
);

on_both!(comments_are_listed_by_their_words, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    let mut older = comment(ids[0], "https://m.example/1", "This is WRONG");
    older.act.at = at(-10);
    let mut ended = comment(ids[1], "https://m.example/3", "Gone");
    ended.act.ended = Some((at(9), undersigned::endorsement::Cause::Delete));
    let acts = [older, comment(ids[1], "https://m.example/2", "Hm"), ended];
    let acts = tx.save_acts(&acts).await.unwrap();
    let comments = [("first", acts[0]), ("second", acts[1]), ("third", acts[2])]
        .map(|(id, act_id)| (public_id(id).to_string(), act_id));
    tx.save_comments(&comments).await.unwrap();
    // An endorsement never stands among comments, nor a comment among endorsements.
    tx.save_endorsements(&[endorsement(ids[0], "Ada")])
        .await
        .unwrap();
    let all = || EndorsementFilter {
        state: Some(State::Comment),
        ..EndorsementFilter::default()
    };
    assert_eq!(names(&mut tx, &all()).await, ["bo", "ada"]);
    assert_eq!(names(&mut tx, &EndorsementFilter::default()).await, ["Ada"]);
    let wrong = EndorsementFilter {
        search: Some("wrong".to_owned()),
        ..all()
    };
    let found = tx.list(&wrong, 5).await.unwrap().remove(0);
    assert_eq!(found.statement.as_deref(), Some("This is WRONG"));
    assert_eq!(
        (found.kind.as_str(), found.state.as_str()),
        ("comment", "comment")
    );
    assert_eq!(found.name_state.as_str(), "hidden");
    assert_eq!((found.endorsed_at, found.act_id), (at(-10), Some(acts[0])));
    let cases: [(fn(&mut EndorsementFilter), &str); 5] = [
        (|conditions| conditions.name = text("BO"), "bo"),
        (|conditions| conditions.before = Some(at(0)), "ada"),
        (|conditions| conditions.after = Some(at(0)), "bo"),
        (|conditions| conditions.id = text("SECOND"), "bo"),
        // Comments have no kinds: the filter is ignored.
        (
            |conditions| (conditions.kind, conditions.after) = (Some(ActKind::Like), Some(at(0))),
            "bo",
        ),
    ];
    for (narrow, expected) in cases {
        let mut conditions = all();
        narrow(&mut conditions);
        assert_eq!(
            names(&mut tx, &conditions).await,
            [expected],
            "{conditions:?}"
        );
    }
});

/// The handles of everything that is listed, read in pages of this size.
async fn in_pages(tx: &mut Tx, conditions: &EndorsementFilter, size: i64) -> Vec<String> {
    let mut pages = EndorsementPages::of(conditions.clone());
    let mut handles = Vec::new();
    loop {
        let page = pages.next(tx, size).await.unwrap();
        let is_last = page.len() < usize::try_from(size).unwrap();
        handles.extend(page.into_iter().map(|row| row.handle));
        if is_last {
            return handles;
        }
    }
}

on_both!(pages_of_any_size_make_the_same_list, async |store| {
    let mut tx = store.write().await.unwrap();
    let names = ["ada", "bo", "cy", "di", "ed", "fi", "gus"];
    let actors = people(&mut tx, &names).await;
    let row = |n: usize, waits_for: Option<WaitsFor>, seconds| EndorsementRow {
        state: waits_for.map_or(State::Listed, |_| State::Pending),
        waits_for,
        endorsed_at: at(seconds),
        ..endorsement(actors[n], names[n])
    };
    let unsure = Some(WaitsFor::Unsure);
    let rows = [
        row(0, None, 1),
        row(1, unsure, 2),
        row(2, None, 1),
        row(3, Some(WaitsFor::Age), 1),
        row(4, unsure, 2),
        row(5, None, 5),
        row(6, unsure, 0),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let notes = names.map(|name| format!("https://m.example/{name}"));
    let notes = [0, 1, 2].map(|n: usize| comment(actors[n], &notes[n], "Hm"));
    let acts = tx.save_acts(&notes).await.unwrap();
    let comments: Vec<_> = acts
        .iter()
        .map(|act| (public_id(&format!("c{act}")).to_string(), *act))
        .collect();
    tx.save_comments(&comments).await.unwrap();
    let all = EndorsementFilter::default();
    let pending = EndorsementFilter {
        state: Some(State::Pending),
        ..all.clone()
    };
    let listed = EndorsementFilter {
        state: Some(State::Listed),
        ..all.clone()
    };
    let comments = EndorsementFilter {
        state: Some(State::Comment),
        ..all.clone()
    };
    for (conditions, expected) in [
        (&all, "ed bo gus fi di cy ada"),
        (&pending, "ed bo gus di"),
        (&listed, "fi cy ada"),
        (&comments, "cy bo ada"),
    ] {
        let expected: Vec<_> = expected
            .split(' ')
            .map(|name| format!("@{name}@m.example"))
            .collect();
        for size in 1..9 {
            let handles = in_pages(&mut tx, conditions, size).await;
            assert_eq!(handles, expected, "{size} {conditions:?}");
        }
    }
});

on_both!(many_are_found_as_few_are, async |store| {
    /// More than are looked up one by one.
    const MANY: usize = 4100;
    let mut tx = store.write().await.unwrap();
    let mut actors = Vec::new();
    let everybody: Vec<_> = (0..MANY)
        .map(|n| person(&format!("ada{n}"), "m.example"))
        .chain([person("bo", "n.example")])
        .collect();
    for some in everybody.chunks(500) {
        actors.extend(saved(&mut tx, some).await.iter().map(|row| row.id));
    }
    let seconds = |n: usize| i64::try_from(n).unwrap();
    let rows: Vec<_> = actors
        .iter()
        .enumerate()
        .map(|(n, actor)| EndorsementRow {
            words: IndexedWords {
                shown: words(if n == MANY { "bo" } else { "ada hopper" }),
                other: words(if n % 1000 == 0 {
                    "rare common"
                } else {
                    "common"
                }),
            },
            endorsed_at: at(seconds(n)),
            ..endorsement(*actor, &format!("ada{n}"))
        })
        .collect();
    for some in rows.chunks(500) {
        tx.save_endorsements(some).await.unwrap();
    }
    let newest = |step: usize, most: usize| -> Vec<String> {
        let numbers = (0..MANY).rev().filter(|n| n % step == 0).take(most);
        numbers.map(|n| format!("@ada{n}@m.example")).collect()
    };
    let at_host = |host: &str| EndorsementFilter {
        host: text(host),
        ..EndorsementFilter::default()
    };
    let rare_at_host = EndorsementFilter {
        host: text("m.*"),
        state: Some(State::Listed),
        ..search("rare")
    };
    for (conditions, expected) in [
        (search("ad"), newest(1, 70)),
        (search("c hop"), newest(1, 70)),
        (search("rare a"), newest(1000, 70)),
        (search("da"), vec![]),
        (search("bo"), vec!["@bo@n.example".to_owned()]),
        (at_host("m.*"), newest(1, 70)),
        (at_host("n.*"), vec!["@bo@n.example".to_owned()]),
        (rare_at_host, newest(1000, 70)),
    ] {
        let mut pages = EndorsementPages::of(conditions.clone());
        let mut handles = Vec::new();
        for _ in 0..2 {
            let page = pages.next(&mut tx, 35).await.unwrap();
            handles.extend(page.into_iter().map(|row| row.handle));
        }
        assert_eq!(handles, expected, "{conditions:?}");
    }
});

/// On PostgreSQL a column holds the words, and the erasure of rows is its own matter.
#[tokio::test]
async fn words_that_are_taken_out_of_the_index_of_a_file_are_overwritten() {
    let (folder, url) = database::sqlite();
    let is_there = || {
        let files = fs::read_dir(folder.path()).unwrap();
        let mut files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        files.any(|bytes| String::from_utf8_lossy(&bytes).contains("zanzibar"))
    };
    for (words, expected) in [("zanzibar", true), ("", false)] {
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let ada = people(&mut tx, &["ada"]).await[0];
        let row = EndorsementRow {
            words: IndexedWords {
                shown: String::new(),
                other: words.to_owned(),
            },
            ..endorsement(ada, "")
        };
        tx.save_endorsements(&[row]).await.unwrap();
        tx.commit().await.unwrap();
        store.give_back().await.unwrap();
        store.close().await;
        assert_eq!(is_there(), expected, "{words}");
    }
}
