//! Names off: what the public lists show, and what the administrators' own list does.

use undersigned::{
    endorsement::profile_links::LinkState,
    store::{
        EndorsementRow, LinkRow, PageStart, PublicFilter, PublicPages, SignatoryRow, Store, Tx,
        WordSearch,
    },
};

use super::{
    fixtures::{at, endorsement, people, public_id, reply, signatory},
    on_both,
};

/// Three names, and two accounts that signed by a reply. The row ids of the accounts and of their endorsements.
async fn everybody(tx: &mut Tx) -> (Vec<i64>, Vec<i64>) {
    let names = [
        signatory(1, "Grace"),
        signatory(2, "Edsger"),
        signatory(3, "Ada"),
    ];
    tx.save_signatories(&names).await.unwrap();
    let actors = people(tx, &["ada", "bo"]).await;
    let acts = [
        reply(actors[0], "https://m.example/1", "I sign"),
        reply(actors[1], "https://m.example/2", "I sign"),
    ];
    let acts = tx.save_acts(&acts).await.unwrap();
    let rows = [
        EndorsementRow {
            act_id: Some(acts[0]),
            statement: None,
            ..endorsement(actors[0], "Ada L.")
        },
        EndorsementRow {
            act_id: Some(acts[1]),
            ..endorsement(actors[1], "Bo")
        },
    ];
    let ids = tx.save_endorsements(&rows).await.unwrap();
    (actors, ids)
}

async fn listed(tx: &mut Tx, filter: &PublicFilter) -> usize {
    let page = tx.public_page(filter, &PageStart::Top, 99).await.unwrap();
    page.entries.len()
}

on_both!(while_names_are_off_no_list_has_anybody, async |store| {
    let mut tx = store.write().await.unwrap();
    let (actors, _) = everybody(&mut tx).await;
    let (all, search) = (PublicFilter::default(), WordSearch::parse("bo"));
    let own = PublicFilter {
        for_administrators: true,
        ..PublicFilter::default()
    };
    let entry = public_id(&format!("e{}", actors[1]));
    let name = public_id("s0001");
    let counts = tx.counts(1).await.unwrap();
    assert_eq!(tx.names_off().await.unwrap(), None);
    assert_eq!(listed(&mut tx, &all).await, 5);
    assert!(tx.public_entry(&entry).await.unwrap().is_some());
    assert!(tx.public_place(&name).await.unwrap().is_some());
    assert_eq!(tx.public_replies(9).await.unwrap().len(), 2);
    assert!(!tx.first_letters(9).await.unwrap().is_empty());
    assert_eq!(
        tx.public_found(&all, &search).await.unwrap().endorsements,
        1
    );

    tx.set_names_off(Some(at(5))).await.unwrap();
    assert_eq!(tx.names_off().await.unwrap(), Some(at(5)));
    assert_eq!(listed(&mut tx, &all).await, 0);
    for id in [&entry, &name] {
        assert_eq!(tx.public_entry(id).await.unwrap(), None);
        assert_eq!(tx.public_place(id).await.unwrap(), None);
    }
    assert!(tx.public_replies(9).await.unwrap().is_empty());
    assert!(tx.shown_statements(9).await.unwrap().is_empty());
    assert!(tx.first_letters(9).await.unwrap().is_empty());
    let found = tx.public_found(&all, &search).await.unwrap();
    assert_eq!((found.endorsements, found.signatories), (0, 0));
    // Everybody counts, and the administrators' own list has them, page by page.
    assert_eq!(tx.counts(1).await.unwrap(), counts);
    let mut pages = PublicPages::of(own);
    let mut read = 0;
    while !pages.is_at_end() {
        read += pages.next(&mut tx, 2).await.unwrap().len();
    }
    assert_eq!(read, 5);

    tx.set_names_off(None).await.unwrap();
    assert_eq!(tx.names_off().await.unwrap(), None);
    assert_eq!(listed(&mut tx, &all).await, 5);
});

on_both!(a_single_name_counts_and_is_shown_nowhere, async |store| {
    let mut tx = store.write().await.unwrap();
    let (actors, ids) = everybody(&mut tx).await;
    let off = SignatoryRow {
        name_off_at: Some(at(5)),
        shown_words: String::new(),
        ..signatory(3, "Ada")
    };
    let id = off.public_id.clone();
    let counts = tx.signatory_counts(1).await.unwrap();
    tx.save_signatories(&[off]).await.unwrap();
    assert_eq!(tx.signatory_counts(1).await.unwrap(), counts);
    let single = tx.single_names_off().await.unwrap();
    assert_eq!(single, [("github".to_owned(), 1)]);
    assert_eq!(tx.public_entry(&id).await.unwrap(), None);
    assert_eq!(tx.public_place(&id).await.unwrap(), None);
    assert_eq!(listed(&mut tx, &PublicFilter::default()).await, 4);

    // Nor in the line of an account that is shown.
    let place = tx.signatory_free_for(&id, ids[0]).await.unwrap();
    let link = LinkRow {
        endorsement_id: ids[0],
        state: LinkState::Linked,
        github: Some("gh3".to_owned()),
        github_id: Some(7),
        domain: None,
        signatory_id: place,
        other_id: None,
        looked_at: at(1),
        missed_at: None,
    };
    tx.save_link(&link).await.unwrap();
    let entry = public_id(&format!("e{}", actors[0]));
    let ada = tx.public_entry(&entry).await.unwrap().unwrap();
    assert_eq!((ada.also, ada.in_own_list), (None, false));
    let names = [id.to_string()];
    assert_eq!(tx.names_in_line(&actors).await.unwrap(), names);
    let of_name = tx.accounts_in_line(&[], &names).await.unwrap();
    assert_eq!(of_name, [actors[0]]);

    let second = LinkRow {
        github: None,
        github_id: None,
        signatory_id: None,
        other_id: Some(ids[1]),
        ..link
    };
    tx.save_link(&second).await.unwrap();
    for actor in &actors {
        let mut line = tx.accounts_in_line(&[*actor], &[]).await.unwrap();
        line.sort_unstable();
        assert_eq!(line, actors);
    }
    assert!(tx.names_in_line(&actors).await.unwrap().is_empty());

    // The hashes of one that left the file stay, so that it comes back without its name.
    let gone = SignatoryRow {
        state: "withdrawn".to_owned(),
        gone_at: Some(at(6)),
        name_off_at: Some(at(5)),
        name_hash: Some(undersigned::hash::Sha256::of("x")),
        ..signatory(3, "Ada")
    };
    tx.save_signatories(&[gone]).await.unwrap();
    assert_eq!(tx.forget_signatories(at(99), at(99)).await.unwrap(), 1);
    let rows = tx.signatories_by_id(&names).await.unwrap();
    assert_eq!(
        (rows[0].name.as_str(), rows[0].name_hash.is_some()),
        ("", true)
    );
});
