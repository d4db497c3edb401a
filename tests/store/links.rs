//! Links: who is one supporter, what the public sees of it, and what is forgotten.

use undersigned::{
    clock::Millis,
    endorsement::{ActKind, ReviewState, State, profile_links::LinkState},
    hash::Sha256,
    store::{
        AuditAction, EndorsementFilter, EndorsementPages, EndorsementRow, LinkRow, LinkedCounts,
        NewAudit, PageStart, PublicFilter, PublicKind, PublicSort, SignatoryRow, Store, Tx,
    },
};

use super::{
    fixtures::{at, endorsement, people, public_id, signatory},
    on_both, sql,
};

const NAMES: [&str; 5] = ["ada", "bo", "cy", "di", "ed"];

/// What is linked with a GitHub account.
fn linked(endorsement_id: i64, github: &str, signatory_id: Option<i64>) -> LinkRow {
    LinkRow {
        endorsement_id,
        state: LinkState::Linked,
        github: Some(github.to_owned()),
        github_id: Some(7),
        domain: None,
        signatory_id,
        other_id: None,
        looked_at: at(1),
        missed_at: None,
    }
}

fn plain(endorsement_id: i64, state: LinkState) -> LinkRow {
    LinkRow {
        state,
        github_id: None,
        ..linked(endorsement_id, "gh1", None)
    }
}

/// Five listed endorsers and four names with the accounts gh1 to gh4, the last one hidden. The row ids of the endorsements.
async fn everybody(tx: &mut Tx) -> Vec<i64> {
    let names = ["Ada", "Bo", "Cy", "Di"].iter().zip(1..);
    let mut names: Vec<_> = names.map(|(name, n)| signatory(n, name)).collect();
    names[3].state = "hidden".to_owned();
    tx.save_signatories(&names).await.unwrap();
    let actors = people(tx, &NAMES).await;
    let rows = actors.iter().zip(NAMES).map(|(id, name)| EndorsementRow {
        name_skeleton: Some(format!("no {name}")),
        ..endorsement(*id, name)
    });
    tx.save_endorsements(&rows.collect::<Vec<_>>())
        .await
        .unwrap()
}

async fn id_of(tx: &mut Tx, signatory: i64, endorsement: i64) -> Option<i64> {
    let id = public_id(&format!("s{signatory:04}"));
    tx.signatory_free_for(&id, endorsement).await.unwrap()
}

fn url(name: &str) -> Sha256 {
    Sha256::of(&format!("https://m.example/users/{name}"))
}

/// Name, and the other place, of each line of the list.
async fn lines(tx: &mut Tx, source: Option<&str>) -> Vec<String> {
    let filter = PublicFilter {
        source: source.map(str::to_owned),
        ..PublicFilter::default()
    };
    let page = tx.public_page(&filter, &PageStart::Top, 99).await.unwrap();
    let lines = page.entries.into_iter().map(|entry| {
        let also = entry.also.unwrap_or_default();
        format!("{} {also}", entry.name.unwrap())
            .trim_end()
            .to_owned()
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines
}

on_both!(
    a_person_with_two_entries_is_one_supporter_in_one_line,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        let names = ["Ada", "Bo", "Cy", "ada", "bo", "cy", "di", "ed"];
        assert_eq!(lines(&mut tx, None).await, names);
        assert_eq!(tx.counts(1).await.unwrap().linked, LinkedCounts::default());
        let ada = id_of(&mut tx, 1, ids[0]).await;
        tx.save_link(&linked(ids[0], "gh1", ada)).await.unwrap();
        let of_accounts = LinkRow {
            other_id: Some(ids[2]),
            github: None,
            github_id: None,
            ..linked(ids[1], "", None)
        };
        tx.save_link(&of_accounts).await.unwrap();
        let twice = LinkedCounts {
            signed: 2,
            current: 2,
            names_in_line: 1,
            accounts_in_line: 1,
            accounts: 1,
            liked: 0,
            likes_in_line: 0,
            ..LinkedCounts::default()
        };
        assert_eq!(tx.linked_counts(1).await.unwrap(), twice);
        let names = ["Bo", "Cy", "ada gh1", "bo @cy@m.example", "di", "ed"];
        assert_eq!(lines(&mut tx, None).await, names);
        let names = ["Ada @ada@m.example", "Bo", "Cy"];
        assert_eq!(lines(&mut tx, Some("github")).await, names);
        let names = ["ada gh1", "bo @cy@m.example", "di", "ed"];
        assert_eq!(lines(&mut tx, Some("fediverse")).await, names);
        assert_eq!(tx.wrong_counts().await.unwrap(), []);
        // Of a like and a signature the like is one too many; a number without a name is in no line.
        let counted = EndorsementRow {
            id: Some(ids[0]),
            state: State::Counted,
            kind: ActKind::Like,
            revision: 2,
            ..endorsement(tx.actors(&[url("ada")]).await.unwrap()[0].id, "ada")
        };
        tx.save_endorsements(&[counted]).await.unwrap();
        let now = LinkedCounts {
            signed: 1,
            liked: 1,
            current: 1,
            names_in_line: 0,
            ..twice
        };
        assert_eq!(tx.linked_counts(1).await.unwrap(), now);
        assert_eq!(lines(&mut tx, Some("github")).await, ["Ada", "Bo", "Cy"]);
        assert_eq!(tx.wrong_counts().await.unwrap(), []);
    }
);

on_both!(
    a_like_in_a_signers_line_is_no_line_of_likes,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        let actors = people(&mut tx, &["ada", "bo", "cy", "di", "ed"]).await;
        // Ada is in the letter's list and likes it; Bo signed with one account and likes it with another; Di and Ed are one
        // person who likes it twice.
        for n in [0, 2, 3, 4] {
            let like = EndorsementRow {
                id: Some(ids[n]),
                kind: ActKind::Like,
                ..endorsement(actors[n], ["ada", "bo", "cy", "di", "ed"][n])
            };
            tx.save_endorsements(&[like]).await.unwrap();
        }
        let ada = id_of(&mut tx, 1, ids[0]).await;
        tx.save_link(&linked(ids[0], "gh1", ada)).await.unwrap();
        for (first, second) in [(1, 2), (3, 4)] {
            let of_accounts = LinkRow {
                other_id: Some(ids[second]),
                github: None,
                github_id: None,
                ..linked(ids[first], "", None)
            };
            tx.save_link(&of_accounts).await.unwrap();
        }
        let of_kind = async |tx: &mut Tx, kind| {
            let filter = PublicFilter {
                kind,
                sort: PublicSort::Name,
                ..PublicFilter::default()
            };
            let page = tx.public_page(&filter, &PageStart::Top, 99).await.unwrap();
            let names = page.entries.into_iter().map(|it| it.name.unwrap());
            names.collect::<Vec<_>>()
        };
        let signed = of_kind(&mut tx, Some(PublicKind::Signed)).await;
        assert_eq!(signed, ["Ada", "bo", "Bo", "Cy"]);
        assert_eq!(of_kind(&mut tx, Some(PublicKind::Liked)).await, ["di"]);
        assert_eq!(
            of_kind(&mut tx, None).await,
            ["ada", "bo", "Bo", "Cy", "di"]
        );
        let counts = tx.counts(1).await.unwrap();
        assert_eq!((counts.listed, counts.listed_likes), (5, 4));
        assert_eq!(counts.linked.likes_in_line, 3);
        assert_eq!(counts.liked - counts.linked.liked, 1);
    }
);

on_both!(a_filter_finds_each_of_two_linked_entries, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let ada = id_of(&mut tx, 1, ids[0]).await;
    // Ada's name is for revision 1, her account for 2; so are the two accounts of Bo, the second of which likes it.
    tx.save_link(&linked(ids[0], "gh1", ada)).await.unwrap();
    let of_accounts = LinkRow {
        other_id: Some(ids[2]),
        github: None,
        github_id: None,
        ..linked(ids[1], "", None)
    };
    tx.save_link(&of_accounts).await.unwrap();
    for set in [
        format!("revision = 2 WHERE id = {}", ids[0]),
        format!(
            "revision = 2, statement = 'So', statement_state = 'shown' WHERE id = {}",
            ids[2]
        ),
    ] {
        let update = format!("UPDATE endorsement SET {set}");
        sql::run(&mut tx, &update).await.unwrap();
    }
    let shown = async |tx: &mut Tx, filter: &PublicFilter| {
        let page = tx.public_page(filter, &PageStart::Top, 99).await.unwrap();
        let names = page.entries.into_iter().map(|it| it.name.unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    for kind in [None, Some(PublicKind::Signed)] {
        for (revision, with_statement, expected) in [
            (None, false, &["Bo", "Cy", "ada", "bo", "di", "ed"][..]),
            (Some(1), false, &["Ada", "Bo", "Cy", "bo", "di", "ed"]),
            (Some(2), false, &["ada", "cy"]),
            (None, true, &["cy"]),
            (Some(1), true, &[]),
        ] {
            let filter = PublicFilter {
                kind,
                revision,
                with_statement,
                ..PublicFilter::default()
            };
            assert_eq!(shown(&mut tx, &filter).await, expected, "{filter:?}");
        }
    }
    // Whoever signed with one account is nobody who only likes, whatever is asked for; of two likes each is found.
    let like = format!("UPDATE endorsement SET kind = 'like' WHERE id = {}", ids[1]);
    sql::run(&mut tx, &like).await.unwrap();
    let mut liked = PublicFilter {
        kind: Some(PublicKind::Liked),
        revision: Some(1),
        ..PublicFilter::default()
    };
    assert_eq!(shown(&mut tx, &liked).await, [""; 0]);
    let like = format!("UPDATE endorsement SET kind = 'like' WHERE id = {}", ids[2]);
    sql::run(&mut tx, &like).await.unwrap();
    assert_eq!(shown(&mut tx, &liked).await, ["bo"]);
    liked.revision = Some(2);
    assert_eq!(shown(&mut tx, &liked).await, ["cy"]);
    liked.revision = None;
    assert_eq!(shown(&mut tx, &liked).await, ["bo"]);
});

on_both!(a_linked_name_waits_until_it_is_shown, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let id = tx
        .link_subject(&url("ada"))
        .await
        .unwrap()
        .unwrap()
        .public_id;
    let actor = tx.actors(&[url("ada")]).await.unwrap()[0].id;
    let ada = id_of(&mut tx, 1, ids[0]).await;
    tx.save_link(&linked(ids[0], "gh1", ada)).await.unwrap();
    for (name, name_state, expected) in [
        ("Ada", ReviewState::Pending, true),
        ("Ada L", ReviewState::Pending, false),
        ("Ada", ReviewState::Shown, false),
    ] {
        let row = EndorsementRow {
            id: Some(ids[0]),
            name: Some(name.to_owned()),
            name_state,
            ..endorsement(actor, "ada")
        };
        tx.save_endorsements(&[row]).await.unwrap();
        let waits = tx.waits_with_linked_name(&id).await.unwrap();
        assert_eq!(waits, expected, "{name} {name_state}");
    }
});

on_both!(a_name_that_is_taken_off_counts_in_no_pair, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let ada = id_of(&mut tx, 1, ids[0]).await;
    tx.save_link(&linked(ids[0], "gh1", ada)).await.unwrap();
    let hidden = SignatoryRow {
        state: "hidden".to_owned(),
        ..signatory(1, "Ada")
    };
    tx.save_signatories(&[hidden]).await.unwrap();
    assert_eq!(tx.linked_counts(1).await.unwrap(), LinkedCounts::default());
    assert_eq!(
        lines(&mut tx, None).await,
        ["Bo", "Cy", "ada", "bo", "cy", "di", "ed"]
    );
    tx.save_signatories(&[signatory(1, "Ada")]).await.unwrap();
    assert_eq!(tx.linked_counts(1).await.unwrap().signed, 1);
    // Erased: whatever named the account is gone, and no look brings it back.
    let audit = NewAudit {
        at: at(5),
        by: "mod".to_owned(),
        action: AuditAction::LinkAdd,
        code: None,
        target: "x".to_owned(),
        reason: None,
    };
    let audit = tx.add_audit(&audit).await.unwrap();
    let target = tx.listed_actor(ids[0]).await.unwrap().unwrap();
    let subject = tx
        .link_subject(&Sha256::of(&target))
        .await
        .unwrap()
        .unwrap();
    let undo = [(subject.public_id.to_string(), Some("{}".to_owned()))];
    tx.add_audit_targets(audit, &undo).await.unwrap();
    tx.save_link(&plain(ids[1], LinkState::Claimed))
        .await
        .unwrap();
    tx.forget_links_of(&public_id("s0001"), Some("GH1"))
        .await
        .unwrap();
    for id in [ids[0], ids[1]] {
        let row = tx.link_of(id).await.unwrap().unwrap();
        assert_eq!(
            (row.state, row.github, row.signatory_id),
            (LinkState::Removed, None, None)
        );
    }
    let targets = tx.audit_targets(audit, 0, 9).await.unwrap();
    assert_eq!(targets[0].undo, None);
    assert_eq!(tx.linked_counts(1).await.unwrap(), LinkedCounts::default());
});

on_both!(a_name_that_comes_later_makes_looks_due, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    for (id, github) in [
        (ids[0], "GH1"),
        (ids[1], "gh1"),
        (ids[2], "gh4"),
        (ids[3], "gh9"),
    ] {
        tx.save_link(&linked(id, github, None)).await.unwrap();
    }
    let ada = tx.free_signatory("gh1").await.unwrap();
    assert!(ada.is_some());
    let actors = tx.let_go_of_names().await.unwrap();
    let expected = ["ada", "bo"].map(|name| format!("https://m.example/users/{name}"));
    assert_eq!(actors, expected);
    for (id, looked_at) in ids
        .iter()
        .zip([Millis::default(), Millis::default(), at(1), at(1)])
    {
        let row = tx.link_of(*id).await.unwrap().unwrap();
        assert_eq!((row.signatory_id, row.looked_at), (None, looked_at));
    }
    tx.save_link(&linked(ids[0], "GH1", ada)).await.unwrap();
    assert!(tx.let_go_of_names().await.unwrap().is_empty());
    for github in ["gh1", "gh4", "gh9"] {
        assert_eq!(tx.free_signatory(github).await.unwrap(), None, "{github}");
    }
    assert_eq!(id_of(&mut tx, 1, ids[1]).await, None);
    let linked = tx.link_of(ids[0]).await.unwrap().unwrap();
    assert!(tx.link_fits(&linked).await.unwrap());
    let second = LinkRow {
        endorsement_id: ids[4],
        ..linked.clone()
    };
    assert!(!tx.link_fits(&second).await.unwrap());
    let endorsers = tx
        .endorsers_of(&["s0001xxxxxxxxxxx".to_owned()])
        .await
        .unwrap();
    let ada = tx.link_subject(&url("ada")).await.unwrap().unwrap();
    assert_eq!(endorsers, [(public_id("s0001"), ada.public_id.clone())]);
    assert_eq!(
        tx.endorsement_row_id(&ada.public_id).await.unwrap(),
        Some(ids[0])
    );
    let filter = EndorsementFilter {
        id: Some(ada.public_id.to_string()),
        ..EndorsementFilter::default()
    };
    let row = EndorsementPages::of(filter)
        .next(&mut tx, 1)
        .await
        .unwrap()
        .pop();
    assert_eq!(row.unwrap().signatory, Some(public_id("s0001")));
    // The file has the name no more, and then has it again.
    let gone = SignatoryRow {
        state: "withdrawn".to_owned(),
        gone_at: Some(at(1)),
        ..signatory(1, "Ada")
    };
    tx.save_signatories(&[gone]).await.unwrap();
    assert!(tx.let_go_of_names().await.unwrap().is_empty());
    let row = tx.link_of(ids[0]).await.unwrap().unwrap();
    assert_eq!(row.signatory_id, None);
    tx.save_signatories(&[signatory(1, "Ada")]).await.unwrap();
    assert_eq!(tx.let_go_of_names().await.unwrap(), expected);
});

on_both!(whoever_is_off_the_list_keeps_no_name, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let ada = tx.free_signatory("gh1").await.unwrap();
    tx.save_link(&linked(ids[0], "gh1", ada)).await.unwrap();
    assert_eq!(tx.free_signatory("gh1").await.unwrap(), None);
    let hidden = EndorsementRow {
        id: Some(ids[0]),
        state: State::Hidden,
        ..endorsement(tx.actors(&[url("ada")]).await.unwrap()[0].id, "ada")
    };
    tx.save_endorsements(&[hidden]).await.unwrap();
    assert_eq!(tx.free_signatory("gh1").await.unwrap(), ada);
    tx.save_link(&linked(ids[1], "gh1", ada)).await.unwrap();
    let row = tx.link_of(ids[0]).await.unwrap().unwrap();
    assert_eq!((row.state, row.signatory_id), (LinkState::Linked, None));
});

on_both!(
    a_name_is_shown_by_a_link_while_there_is_one,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        let ada = tx.link_subject(&url("ada")).await.unwrap().unwrap();
        let decided = async |tx: &mut Tx, by: &str, action| {
            let audit = NewAudit {
                at: at(5),
                by: by.to_owned(),
                action,
                code: None,
                target: ada.public_id.to_string(),
                reason: None,
            };
            let audit = tx.add_audit(&audit).await.unwrap();
            let target = [(ada.public_id.to_string(), None)];
            tx.add_audit_targets(audit, &target).await.unwrap();
            audit
        };
        let shown = async |tx: &mut Tx| tx.name_shown_without_link(&ada.public_id).await.unwrap();
        assert_eq!(shown(&mut tx).await, None);
        let by_link = decided(&mut tx, "link", AuditAction::NameApprove).await;
        // Nobody else has the name.
        assert_eq!(shown(&mut tx).await, None);
        let same_name = EndorsementRow {
            id: Some(ids[0]),
            name: Some("Ada".to_owned()),
            name_state: ReviewState::Pending,
            name_skeleton: Some("ada".to_owned()),
            ..endorsement(tx.actors(&[url("ada")]).await.unwrap()[0].id, "ada")
        };
        tx.save_endorsements(&[same_name]).await.unwrap();
        assert_eq!(shown(&mut tx).await, Some(by_link));
        let waits = async |tx: &mut Tx| tx.waits_with_linked_name(&ada.public_id).await.unwrap();
        assert!(!waits(&mut tx).await);
        let name = id_of(&mut tx, 1, ids[0]).await;
        tx.save_link(&linked(ids[0], "gh1", name)).await.unwrap();
        assert!(waits(&mut tx).await);
        assert_eq!(shown(&mut tx).await, None);
        // With another name of the list it is not the same person's.
        let other = id_of(&mut tx, 2, ids[0]).await;
        tx.save_link(&linked(ids[0], "gh2", other)).await.unwrap();
        assert!(!waits(&mut tx).await);
        assert_eq!(shown(&mut tx).await, Some(by_link));
        decided(&mut tx, "mona", AuditAction::NameApprove).await;
        assert_eq!(shown(&mut tx).await, None);
    }
);

on_both!(
    suggestions_are_one_way_links_and_equal_names,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        assert_eq!(tx.count_link_suggestions().await.unwrap(), 0);
        tx.save_link(&plain(ids[0], LinkState::Claimed))
            .await
            .unwrap();
        let same_name = EndorsementRow {
            id: Some(ids[1]),
            name_skeleton: Some("bo".to_owned()),
            ..endorsement(tx.actors(&[url("bo")]).await.unwrap()[0].id, "bo")
        };
        tx.save_endorsements(&[same_name]).await.unwrap();
        let found = tx.link_suggestions(9).await.unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.handle.as_str(), it.why.as_str()))
            .collect();
        let expected = [
            ("Ada", "@ada@m.example", "profile"),
            ("Bo", "@bo@m.example", "name"),
        ];
        assert_eq!(found, expected);
        assert_eq!(tx.link_suggestions(1).await.unwrap().len(), 1);
        assert_eq!(tx.count_link_suggestions().await.unwrap(), 2);
        // Decided, or somebody's.
        tx.save_link(&plain(ids[1], LinkState::Removed))
            .await
            .unwrap();
        let ada = id_of(&mut tx, 1, ids[2]).await;
        tx.save_link(&linked(ids[2], "gh1", ada)).await.unwrap();
        assert_eq!(tx.count_link_suggestions().await.unwrap(), 0);
    }
);

on_both!(only_who_is_listed_is_looked_at, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let ada = tx.link_subject(&url("ada")).await.unwrap().unwrap();
    assert_eq!((ada.endorsement_id, ada.organisation), (ids[0], false));
    let both = [url("ada"), url("bo")];
    assert_eq!(tx.single_endorser(&both).await.unwrap(), Some(ada.clone()));
    let of_accounts = LinkRow {
        other_id: Some(ids[1]),
        ..linked(ids[0], "gh9", None)
    };
    tx.save_link(&of_accounts).await.unwrap();
    assert_eq!(tx.single_endorser(&both).await.unwrap(), None);
    let first = tx.link_with_account(ids[1]).await.unwrap();
    assert_eq!(first, Some((of_accounts.clone(), ada.public_id)));
    assert_eq!(tx.link_with_account(ids[0]).await.unwrap(), None);
    for state in [
        State::Counted,
        State::Hidden,
        State::Pending,
        State::Withdrawn,
    ] {
        let row = EndorsementRow {
            id: Some(ids[0]),
            state,
            ..endorsement(tx.actors(&[url("ada")]).await.unwrap()[0].id, "ada")
        };
        tx.save_endorsements(&[row]).await.unwrap();
        assert_eq!(tx.link_subject(&url("ada")).await.unwrap(), None, "{state}");
        assert_eq!(tx.listed_actor(ids[0]).await.unwrap(), None, "{state}");
    }
    // Who left is in no other one's pair, and what an administrator took away stays away.
    assert!(!tx.link_fits(&of_accounts).await.unwrap());
    assert_eq!(tx.end_links(&[ids[2]]).await.unwrap(), 0);
    assert_eq!(tx.end_links(&[ids[1]]).await.unwrap(), 1);
    assert_eq!(tx.link_of(ids[0]).await.unwrap(), None);
    tx.save_link(&plain(ids[0], LinkState::Removed))
        .await
        .unwrap();
    assert_eq!(tx.end_links(&[ids[0]]).await.unwrap(), 0);
    tx.save_link(&plain(ids[3], LinkState::Claimed))
        .await
        .unwrap();
    tx.remove_link(ids[3]).await.unwrap();
    assert_eq!(tx.link_of(ids[3]).await.unwrap(), None);
});

on_both!(
    a_name_that_links_to_an_account_is_found_once,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        let actors = tx.listed_actor(ids[0]).await.unwrap().unwrap();
        let mut name = signatory(9, "Ada L.");
        (name.handle, name.url) = (None, Some(actors.clone()));
        tx.save_signatories(&[name]).await.unwrap();
        let found = tx.names_with_pages().await.unwrap();
        assert_eq!(found.len(), 1);
        let (id, url) = &found[0];
        assert_eq!(*url, actors);
        let hash = Sha256::of(url);
        let endorsers = tx
            .unnamed_endorsers(std::slice::from_ref(&hash))
            .await
            .unwrap();
        assert_eq!(endorsers.len(), 1);
        assert_eq!(endorsers[0].endorsement_id, ids[0]);
        assert_eq!(tx.name_linking_to(url, ids[0]).await.unwrap(), Some(*id));

        tx.save_link(&linked(ids[0], "gh9", Some(*id)))
            .await
            .unwrap();
        assert_eq!(tx.names_with_pages().await.unwrap(), []);
        assert_eq!(
            tx.unnamed_endorsers(std::slice::from_ref(&hash))
                .await
                .unwrap(),
            []
        );
        // Still this endorser's, and nobody else's.
        assert_eq!(tx.name_linking_to(url, ids[0]).await.unwrap(), Some(*id));
        assert_eq!(tx.name_linking_to(url, ids[1]).await.unwrap(), None);
        // What an administrator took away does not come back.
        tx.save_link(&plain(ids[0], LinkState::Removed))
            .await
            .unwrap();
        assert_eq!(
            tx.unnamed_endorsers(std::slice::from_ref(&hash))
                .await
                .unwrap(),
            []
        );
    }
);
