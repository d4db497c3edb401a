//! Organisations: rows by hand, and the public list in which they stand with accounts, by their addresses.

use super::{
    fixtures::{at, endorsement, people, public_id, words},
    on_both,
};
use undersigned::{
    endorsement::{State, profile_links::LinkState},
    store::{
        AuditAction, EndorsementRow, LinkRow, NewAudit, OrganisationFilter, OrganisationPages,
        OrganisationRow, OrganisationStart, PublicEntry, Store, Tx, WordSearch,
    },
};

/// A listed organisation by hand.
pub(super) fn by_hand(id: &str, name: &str, url: &str) -> OrganisationRow {
    OrganisationRow {
        public_id: public_id(id),
        name: name.to_owned(),
        url: url.to_owned(),
        reference: "<1@mail.example>".to_owned(),
        revision: 1,
        shown_words: words(&format!("{name} {url}")),
        added_at: at(5),
        removed_at: None,
    }
}

fn names(entries: &[PublicEntry]) -> Vec<&str> {
    entries.iter().filter_map(|it| it.name.as_deref()).collect()
}

/// Two accounts that were approved, of which one links its website, one that waits, and three by hand of which one was
/// removed.
async fn everybody(tx: &mut Tx) {
    let actors = people(tx, &["ada", "bo", "cy"]).await;
    let row = |n: usize, name: &str| EndorsementRow {
        organisation: true,
        ..endorsement(actors[n], name)
    };
    let rows = [
        row(0, "Linked"),
        row(1, "Account"),
        EndorsementRow {
            state: State::Pending,
            ..row(2, "Waits")
        },
    ];
    let ids = tx.save_endorsements(&rows).await.unwrap();
    let link = LinkRow {
        endorsement_id: ids[0],
        state: LinkState::Linked,
        github: None,
        github_id: None,
        domain: Some("b.example".to_owned()),
        signatory_id: None,
        other_id: None,
        looked_at: at(1),
        missed_at: None,
    };
    tx.save_link(&link).await.unwrap();
    let gone = OrganisationRow {
        removed_at: Some(at(9)),
        ..by_hand("o4", "Gone", "https://a.example/gone")
    };
    let rows = [
        by_hand("o1", "Last", "https://z.example"),
        by_hand("o2", "Below", "https://a.example/B"),
        by_hand("o3", "First", "https://a.example"),
        by_hand("o5", "Longer", "https://a.example-b.example"),
        gone,
    ];
    tx.save_organisations(&rows).await.unwrap();
}

const ALL: [&str; 6] = ["First", "Below", "Longer", "Linked", "Account", "Last"];

on_both!(
    organisations_come_by_their_addresses_page_by_page,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let filter = OrganisationFilter::default();
        for limit in 1..8 {
            let mut pages = OrganisationPages::of(filter.clone());
            let mut all = Vec::new();
            while !pages.is_at_end() {
                all.extend(pages.next(&mut tx, limit).await.unwrap());
            }
            assert_eq!(names(&all), ALL, "{limit}");
            assert!(pages.next(&mut tx, limit).await.unwrap().is_empty());
            assert!(all.iter().all(|entry| entry.organisation));
        }
        // Beside each entry, forwards and backwards.
        let top = OrganisationStart::Top;
        let whole = tx.organisations_page(&filter, &top, 99).await.unwrap();
        assert!(!whole.has_previous && !whole.has_next);
        for (n, entry) in whole.entries.iter().enumerate() {
            let place = tx.organisation_place(&entry.public_id).await.unwrap();
            let place = place.unwrap();
            let after = OrganisationStart::After(place.clone());
            let after = tx.organisations_page(&filter, &after, 2).await.unwrap();
            let rest = &ALL[n + 1..];
            assert_eq!(names(&after.entries), rest[..rest.len().min(2)], "{n}");
            assert_eq!((after.has_previous, after.has_next), (true, rest.len() > 2));
            let before = OrganisationStart::Before(place);
            let before = tx.organisations_page(&filter, &before, 2).await.unwrap();
            let rest = &ALL[..n];
            let newest = rest.len().saturating_sub(2);
            assert_eq!(names(&before.entries), rest[newest..], "{n}");
            assert_eq!((before.has_previous, before.has_next), (newest > 0, true));
            let one = tx.public_entry(&entry.public_id).await.unwrap();
            assert_eq!(one.as_ref(), Some(entry));
        }
        let gone = tx.organisation_place(&public_id("o4")).await.unwrap();
        assert_eq!(gone, None);
        assert_eq!(tx.public_entry(&public_id("o4")).await.unwrap(), None);
        assert_eq!(tx.counts(1).await.unwrap().organisations, 6);
        let first = &whole.entries[0];
        assert_eq!(
            (first.source.as_str(), first.url.as_deref(), &first.handle),
            ("manual", Some("https://a.example"), &None)
        );
        assert_eq!(whole.entries[3].linked_from.as_deref(), Some("b.example"));
    }
);

on_both!(
    a_search_finds_names_and_addresses_of_organisations,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let cases: [(&str, &[&str]); 6] = [
            ("first", &["First"]),
            ("LAST example", &["Last"]),
            ("a.example", &["First", "Below", "Longer"]),
            ("gone", &[]),
            ("mail", &[]),
            ("%", &[]),
        ];
        for (text, expected) in cases {
            let filter = OrganisationFilter {
                search: Some(WordSearch::parse(text)),
                ..OrganisationFilter::default()
            };
            let top = OrganisationStart::Top;
            let page = tx.organisations_page(&filter, &top, 99).await.unwrap();
            assert_eq!(names(&page.entries), expected, "{text}");
        }
    }
);

on_both!(
    while_names_are_off_administrators_alone_see_organisations,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        tx.set_names_off(Some(at(5))).await.unwrap();
        let id = public_id("o1");
        assert_eq!(tx.organisation_place(&id).await.unwrap(), None);
        assert_eq!(tx.public_entry(&id).await.unwrap(), None);
        for (for_administrators, expected) in [(false, 0), (true, 6)] {
            let filter = OrganisationFilter {
                for_administrators,
                ..OrganisationFilter::default()
            };
            let mut pages = OrganisationPages::of(filter);
            let mut read = 0;
            while !pages.is_at_end() {
                read += pages.next(&mut tx, 2).await.unwrap().len();
            }
            assert_eq!(read, expected);
        }
        assert_eq!(tx.counts(1).await.unwrap().organisations, 6);
    }
);

on_both!(
    what_is_entered_is_compared_with_what_stands,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let text = |text: &str| text.to_owned();
        let urls = [text("https://z.example"), text("https://a.example/gone")];
        let found = tx.organisations_at(&urls).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0], by_hand("o1", "Last", "https://z.example"));
        assert!(tx.organisations_at(&[]).await.unwrap().is_empty());
        let hosts = [text("b.example"), text("m.example"), text("z.example")];
        let accounts = tx.organisation_accounts(&hosts).await.unwrap();
        let accounts: Vec<_> = accounts
            .iter()
            .map(|it| (it.handle.as_str(), it.host.as_str(), it.verified))
            .collect();
        assert_eq!(
            accounts,
            [
                ("@ada@m.example", "b.example", true),
                ("@bo@m.example", "m.example", false)
            ]
        );
        assert!(tx.organisation_accounts(&[]).await.unwrap().is_empty());
        let found = tx.find_organisations("O", 9).await.unwrap();
        assert_eq!(found.len(), 5);
        assert_eq!(tx.find_organisations("o", 2).await.unwrap().len(), 2);
        assert!(tx.find_organisations("p", 9).await.unwrap().is_empty());
        let ids = [public_id("o4").to_string(), text("none")];
        let by_id = tx.organisations_by_id(&ids).await.unwrap();
        assert_eq!((by_id.len(), by_id[0].removed_at), (1, Some(at(9))));
        // Two that stand cannot be at one address; the database sees to that.
        let twice = by_hand("o6", "Twice", "https://z.example");
        assert!(tx.save_organisations(&[twice]).await.is_err());
    }
);

on_both!(
    a_removed_one_stays_while_it_can_be_brought_back,
    async |store| {
        let mut tx = store.write().await.unwrap();
        everybody(&mut tx).await;
        let audit = NewAudit {
            at: at(9),
            by: "ada".to_owned(),
            action: AuditAction::OrganisationRemove,
            code: None,
            target: public_id("o4").to_string(),
            reason: None,
        };
        let audit_id = tx.add_audit(&audit).await.unwrap();
        let target = (audit.target.clone(), Some("{}".to_owned()));
        tx.add_audit_targets(audit_id, &[target]).await.unwrap();
        let targets = tx.audit_targets(audit_id, 0, 9).await.unwrap();
        assert_eq!(targets[0].handle.as_deref(), Some("Gone"));
        assert_eq!(tx.forget_organisations().await.unwrap(), 0);
        let used: Vec<_> = targets.iter().map(|target| target.id).collect();
        tx.use_undo(&used).await.unwrap();
        assert_eq!(tx.forget_organisations().await.unwrap(), 1);
        assert_eq!(tx.find_organisations("o", 9).await.unwrap().len(), 4);
        assert_eq!(tx.counts(1).await.unwrap().organisations, 6);
        let at_that_time = async |tx: &mut Tx, seconds: i64| {
            tx.counts_at(at(seconds), 1).await.unwrap().organisations
        };
        assert_eq!(at_that_time(&mut tx, 4).await, 0);
        assert_eq!(at_that_time(&mut tx, 5).await, 4);
    }
);
