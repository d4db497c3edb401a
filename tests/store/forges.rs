//! Accounts on forges: their source, what is counted of them, their comments, and their names in the letter's file.

use undersigned::{
    endorsement::{State, profile_links::LinkState},
    hash::Sha256,
    store::{
        ActRow, EndorsementFilter, EndorsementRow, ForgeCount, ForgeName, KnownComment, LinkRow,
        NewActivity, NewActor, NewDelivery, PageStart, PublicFilter, SignatoryRow, Store, Tx,
    },
};

use super::{
    fixtures::{at, endorsement, host, people, person, reply, saved, signatory},
    on_both,
    outgoing::activity,
    sql,
};

fn id(number: u64) -> String {
    format!("https://codeberg.org/#account-{number}")
}

/// An account of which nothing but a comment is known.
fn account(login: &str, number: u64) -> NewActor {
    NewActor {
        url: id(number),
        host: host("codeberg.org"),
        handle: format!("{login} (codeberg.org)"),
        page: Some(format!("https://codeberg.org/{login}")),
        published_at: None,
        inbox: (String::new(), host("codeberg.org")),
        shared_inbox: None,
        followers: None,
        keys: Vec::new(),
        ..person(login, "codeberg.org")
    }
}

/// Two accounts on one forge that are listed, and two people of the Fediverse. The row ids of all actors and endorsements.
async fn everybody(tx: &mut Tx, source: &str) -> (Vec<i64>, Vec<i64>) {
    let accounts = [account("jane", 7), account("john", 8)];
    let rows = saved(tx, &accounts).await;
    let forges = [7, 8].map(|number| (Sha256::of(&id(number)), source.to_owned()));
    tx.save_forges(&forges).await.unwrap();
    let mut actors: Vec<i64> = rows.iter().map(|row| row.id).collect();
    actors.extend(people(tx, &["ada", "bo"]).await);
    let names = ["Jane", "John", "Ada", "Bo"];
    let rows = actors.iter().zip(names);
    let rows: Vec<EndorsementRow> = rows.map(|(id, name)| endorsement(*id, name)).collect();
    let endorsements = tx.save_endorsements(&rows).await.unwrap();
    (actors, endorsements)
}

fn named(actor_id: i64, on_github: bool, login: &str) -> ForgeName<'_> {
    ForgeName {
        actor_id,
        on_github,
        number: 7,
        login,
        page: "https://codeberg.org/jane",
    }
}

fn linked(endorsement_id: i64) -> LinkRow {
    LinkRow {
        endorsement_id,
        state: LinkState::Linked,
        github: Some("jane".to_owned()),
        github_id: Some(7),
        domain: None,
        signatory_id: None,
        other_id: None,
        looked_at: at(1),
        missed_at: None,
    }
}

on_both!(
    who_signs_on_a_forge_counts_there_and_nowhere_else,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let (actors, endorsements) = everybody(&mut tx, "codeberg.org").await;
        let row = tx.actors(&[Sha256::of(&id(7))]).await.unwrap().remove(0);
        assert_eq!(row.forge.as_deref(), Some("codeberg.org"));
        let forge = |signed, listed| ForgeCount {
            source: "codeberg.org".to_owned(),
            signed,
            listed,
        };
        assert_eq!(tx.counts(1).await.unwrap().forges, [forge(2, 2)]);
        let counted = EndorsementRow {
            id: Some(endorsements[1]),
            state: State::Counted,
            endorsed_at: at(200_000),
            ..endorsement(actors[1], "John")
        };
        tx.save_endorsements(&[counted]).await.unwrap();
        assert_eq!(tx.counts(1).await.unwrap().forges, [forge(2, 1)]);
        assert_eq!(tx.wrong_counts().await.unwrap(), []);
        let of = |source: &str| PublicFilter {
            source: Some(source.to_owned()),
            ..PublicFilter::default()
        };
        for (source, n) in [("codeberg.org", 1), ("fediverse", 2), ("github", 0)] {
            let page = tx
                .public_page(&of(source), &PageStart::Top, 9)
                .await
                .unwrap();
            assert_eq!(page.entries.len(), n, "{source}");
            assert!(page.entries.iter().all(|it| it.source == source));
        }
        let on_forges = EndorsementFilter {
            on_forge: true,
            ..EndorsementFilter::default()
        };
        let listed = tx.list(&on_forges, 9).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|it| it.source == "codeberg.org"));
        let days = tx.day_counts(at(-9_999_999)).await.unwrap();
        let of = |source: &str| -> i64 {
            let days = days.iter().filter(|day| day.source == source);
            days.map(|day| day.n).sum()
        };
        assert_eq!((of("codeberg.org"), of("fediverse")), (2, 2));
        let servers = tx.server_counts(1, 9).await.unwrap().servers;
        assert_eq!(servers, [("m.example".to_owned(), 2)]);
        // Their age is read once.
        let unread = tx.unread_accounts("codeberg.org", 9).await.unwrap();
        assert_eq!(unread[0], (id(7), "jane (codeberg.org)".to_owned()));
        assert_eq!(unread.len(), 2);
        // Also of who only speaks for a project.
        let joan = saved(&mut tx, &[account("joan", 9)]).await[0].id;
        let forge = (Sha256::of(&id(9)), "codeberg.org".to_owned());
        tx.save_forges(&[forge]).await.unwrap();
        let unread = tx.unread_accounts("codeberg.org", 9).await.unwrap();
        assert_eq!(unread.len(), 2);
        let spoken = ActRow {
            speaker: Some(joan),
            ..reply(actors[2], "https://codeberg.org/acme/letter/issues/1", "")
        };
        tx.save_acts(&[spoken]).await.unwrap();
        let unread = tx.unread_accounts("codeberg.org", 9).await.unwrap();
        assert_eq!(unread.len(), 3);
        assert_eq!(tx.unread_accounts("m.example", 9).await.unwrap(), []);
    }
);

on_both!(
    comments_of_a_thread_are_those_that_stand_below_it,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let (actors, _) = everybody(&mut tx, "codeberg.org").await;
        let url = |thread: u8, n: u8| {
            format!("https://codeberg.org/acme/letter/issues/{thread}#issuecomment-{n}")
        };
        let edited = ActRow {
            edited_at: Some(at(99)),
            unvouched: true,
            ..reply(actors[0], &url(1, 1), "I sign")
        };
        let others = [
            edited.clone(),
            reply(actors[1], &url(12, 2), "I sign"),
            reply(actors[2], &url(1, 3), "I sign"),
            // Who speaks for a project wrote the comment, and the project has the act.
            ActRow {
                edited_at: Some(at(98)),
                speaker: Some(actors[1]),
                ..reply(actors[3], &url(1, 4), "")
            },
        ];
        tx.save_acts(&others).await.unwrap();
        let known = tx
            .known_comments(url(1, 1).strip_suffix('1').unwrap())
            .await;
        let expected = KnownComment {
            author_id: id(7),
            url: url(1, 1),
            updated_at: at(99),
        };
        let spoken = KnownComment {
            author_id: id(8),
            url: url(1, 4),
            updated_at: at(98),
        };
        assert_eq!(known.unwrap(), [expected, spoken]);
        let stored = tx.acts(&[actors[0]], &[]).await.unwrap().remove(0);
        assert!(stored.unvouched);
    }
);

on_both!(
    a_name_of_the_file_is_found_by_login_until_its_number_is_known,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let (actors, endorsements) = everybody(&mut tx, "github").await;
        let names = [
            SignatoryRow {
                handle: Some("Jane".to_owned()),
                ..signatory(1, "Jane")
            },
            SignatoryRow {
                handle: None,
                url: Some("https://codeberg.org/Jane/".to_owned()),
                source: "letter".to_owned(),
                ..signatory(2, "Jane Doe")
            },
        ];
        tx.save_signatories(&names).await.unwrap();
        let found = async |tx: &mut Tx, account: ForgeName<'_>| {
            let names = tx.names_of_forge_account(&account).await.unwrap();
            names.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(
            found(&mut tx, named(actors[0], true, "jane")).await,
            ["Jane"]
        );
        assert_eq!(
            found(&mut tx, named(actors[0], false, "jane")).await,
            ["Jane Doe"]
        );
        assert_eq!(
            found(&mut tx, named(actors[0], true, "joan")).await,
            [""; 0]
        );
        let free = tx.free_name_on_forge(&named(actors[0], true, "jane")).await;
        let free = free.unwrap().unwrap();
        let unlinked = tx.unlinked_on_forges().await.unwrap();
        assert_eq!(
            unlinked,
            [(actors[0], endorsements[0]), (actors[1], endorsements[1])]
        );
        assert_eq!(tx.signed_on_github(7).await.unwrap(), Some(endorsements[0]));
        assert_eq!(tx.signed_on_github(77).await.unwrap(), None);
        let row = LinkRow {
            signatory_id: Some(free),
            ..linked(endorsements[0])
        };
        tx.save_link(&row).await.unwrap();
        assert_eq!(tx.unlinked_on_forges().await.unwrap().len(), 1);
        let again = tx.free_name_on_forge(&named(actors[1], true, "jane")).await;
        assert_eq!(again.unwrap(), None);
        // Whatever its login is now, and nobody else's who has that login.
        assert_eq!(
            found(&mut tx, named(actors[0], true, "renamed")).await,
            ["Jane"]
        );
        let other = ForgeName {
            number: 8,
            ..named(actors[1], true, "jane")
        };
        assert_eq!(found(&mut tx, other).await, [""; 0]);
        let counts = tx.counts(1).await.unwrap();
        assert_eq!(
            (counts.linked.signed, counts.linked.names_on_github),
            (1, 1)
        );
        // The same account was linked by a profile of the Fediverse.
        assert_eq!(tx.link_with_github(7).await.unwrap(), None);
        let profile = LinkRow {
            other_id: Some(endorsements[0]),
            ..linked(endorsements[2])
        };
        tx.save_link(&profile).await.unwrap();
        assert_eq!(tx.link_with_github(7).await.unwrap(), Some(profile));
        assert_eq!(tx.signed_on_github(7).await.unwrap(), None);
        let counts = tx.counts(1).await.unwrap();
        assert_eq!(
            (counts.linked.signed, counts.linked.accounts_on_forges),
            (2, 1)
        );
        let lines = async |tx: &mut Tx, source: Option<&str>| {
            let filter = PublicFilter {
                source: source.map(str::to_owned),
                ..PublicFilter::default()
            };
            let page = tx.public_page(&filter, &PageStart::Top, 9).await.unwrap();
            page.entries.len()
        };
        // Jane and Ada are one line, and stand in that of each source.
        assert_eq!(lines(&mut tx, None).await, 4);
        assert_eq!(lines(&mut tx, Some("fediverse")).await, 2);
        assert_eq!(lines(&mut tx, Some("github")).await, 2);
        assert_eq!(tx.wrong_counts().await.unwrap(), []);
    }
);

on_both!(nothing_is_queued_for_who_has_no_inbox, async |store| {
    let mut tx = store.write().await.unwrap();
    let (actors, _) = everybody(&mut tx, "codeberg.org").await;
    let rows = tx.actors_by_id(&actors).await.unwrap();
    let to = rows.iter().map(|row| NewDelivery {
        inbox_id: row.inbox_id,
        host_id: row.inbox_host_id,
    });
    let one = NewActivity {
        to: to.collect(),
        ..activity("/activities/1", "/letter")
    };
    let sent = tx.send(&[one]).await.unwrap()[0];
    let n = async |tx: &mut Tx| sql::number(tx, "SELECT COUNT(*) FROM delivery").await;
    let of_the_fediverse = n(&mut tx).await;
    assert!(of_the_fediverse > 0);
    let addressed = sql::number(
        &mut tx,
        "SELECT COUNT(*) FROM delivery JOIN inbox ON inbox.id = delivery.inbox_id WHERE inbox.url = ''",
    );
    assert_eq!(addressed.await, 0);
    tx.queue_for_earlier_signers(sent, 99, at(1)).await.unwrap();
    tx.queue_for_everybody(sent, at(1)).await.unwrap();
    tx.queue_for_servers(sent, at(1)).await.unwrap();
    let addressed = sql::number(
        &mut tx,
        "SELECT COUNT(*) FROM delivery JOIN inbox ON inbox.id = delivery.inbox_id WHERE inbox.url = ''",
    );
    assert_eq!(addressed.await, 0);
    // They are read by whoever reads the thread, never by the sweep.
    tx.verify_first(&actors).await.unwrap();
    tx.verify_at(&actors, at(0)).await.unwrap();
    let due = tx.due_to_verify(at(1), 9).await.unwrap();
    assert_eq!(due.len(), 2);
    let source = tx.verification_source(&Sha256::of(&id(7))).await.unwrap();
    assert_eq!(source, None);
});
