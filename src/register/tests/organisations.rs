//! Organisations that were entered by hand: in the list once, and until they are removed.

use std::time::Duration;

use super::{
    people::{person, reply},
    publish::published,
    support::{DAY, KEEP, SECOND, World},
};
use crate::{
    endorsement::{CountsAs, decide::Decision, profile_links::LinkState},
    register::{
        Error, Result,
        error::CannotUndo,
        maintenance::restored::Erased,
        moderation::{
            decisions::{Action, DecisionReason, Edit},
            organisations::{
                KnownOrganisations, OrganisationByHand, add_organisations, find_organisations,
                remove_organisation,
            },
        },
    },
    store::{LinkRow, OrganisationFilter, OrganisationRow, OrganisationStart},
};

impl World {
    /// Enters organisations at these addresses, each under its address.
    pub(super) async fn enters(&self, urls: &[&str]) -> Result<Vec<OrganisationRow>> {
        let entered = urls.iter().map(|url| {
            let name = url.trim_start_matches("https://");
            OrganisationByHand::new(name, url, "<1@mail.example>").unwrap()
        });
        let entered: Vec<_> = entered.collect();
        let mut tx = self.store.write().await.unwrap();
        let random = self.context.random.as_ref();
        let (rows, _) = add_organisations(&mut tx, &entered, random, "mona", self.now()).await?;
        tx.commit().await.unwrap();
        Ok(rows)
    }

    /// Removes the one at this address.
    pub(super) async fn removes(&self, url: &str, reason: &str) -> Result<OrganisationRow> {
        let mut tx = self.store.write().await.unwrap();
        let row = tx.organisations_at(&[url.to_owned()]).await.unwrap();
        let row = &row[0];
        let reason = DecisionReason::parse(reason);
        let (row, _) = remove_organisation(&mut tx, row, reason, "mona", self.now()).await?;
        tx.commit().await.unwrap();
        Ok(row)
    }

    /// The list as the public has it, and the number.
    async fn organisations(&self) -> (Vec<String>, i64) {
        let mut tx = self.read().await;
        let filter = OrganisationFilter::default();
        let start = OrganisationStart::Top;
        let page = tx.organisations_page(&filter, &start, 99).await.unwrap();
        let entries = page.entries.into_iter();
        let shown = entries.map(|entry| entry.name.or(entry.handle).unwrap());
        (shown.collect(), tx.counts(1).await.unwrap().organisations)
    }

    /// An account of an organisation that was let in.
    async fn approved(&self, who: &str) {
        self.meet(person(who)).await;
        self.take(reply(who, "1", "I sign")).await;
        let edit = Edit {
            counts_as: Some(CountsAs::Organisation),
            ..Edit::default()
        };
        self.act(Action::Edit(edit), who).await.unwrap();
    }

    /// Links that account with the front page of a website.
    async fn verifies(&self, who: &str, domain: &str) {
        let link = LinkRow {
            endorsement_id: self.row(who).await.id.unwrap(),
            state: LinkState::Linked,
            github: None,
            github_id: None,
            domain: Some(domain.to_owned()),
            signatory_id: None,
            other_id: None,
            looked_at: self.now(),
            missed_at: None,
        };
        let mut tx = self.store.write().await.unwrap();
        tx.save_link(&link).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn those_by_hand_stand_with_accounts_by_their_addresses_and_in_no_total() {
    let world = published(&["Jane Doe"]).await;
    world.approved("ada").await;
    let before = world.read().await.counts(1).await.unwrap();
    world
        .enters(&[
            "https://z.example",
            "https://a.example/b",
            "https://a.example.org",
            "https://a.example",
        ])
        .await
        .unwrap();
    let (shown, n) = world.organisations().await;
    // Host first: what is on a host follows it before another one that begins alike.
    assert_eq!(
        shown,
        [
            "a.example",
            "a.example/b",
            "a.example.org",
            "Ada",
            "z.example"
        ]
    );
    assert_eq!(n, 5);
    let after = world.read().await.counts(1).await.unwrap();
    assert_eq!(
        (
            after.signed,
            after.liked,
            after.current,
            after.organisations
        ),
        (before.signed, before.liked, before.current, 5)
    );
    // A verified website is an account's address.
    world.verifies("ada", "a.example.net").await;
    let (shown, _) = world.organisations().await;
    assert_eq!(
        shown[2..],
        ["Ada", "a.example.org", "z.example"],
        "{shown:?}"
    );
    // Who is rejected is neither in the list nor in its number.
    world.decide(Decision::Reject, "ada").await.unwrap();
    let (shown, n) = world.organisations().await;
    assert_eq!((shown.len(), n), (4, 4));
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn what_is_in_the_list_is_refused_by_its_name() {
    let world = published(&["Jane Doe"]).await;
    world.approved("ada").await;
    world.enters(&["https://acme.example/de"]).await.unwrap();
    let again = world.enters(&["https://ACME.example:443/de/?x#y"]).await;
    let Err(Error::OrganisationListed(listed)) = again else {
        panic!("{again:?}");
    };
    assert_eq!(
        (listed.name.as_str(), listed.address.as_str()),
        ("acme.example/de", "acme.example/de")
    );
    // Of several none is entered.
    let some = world
        .enters(&["https://new.example", "https://acme.example/de"])
        .await;
    assert!(matches!(some, Err(Error::OrganisationListed(_))));
    assert_eq!(world.organisations().await.1, 2);

    // The account's website is the account's; another page of its server is anybody's, and only told.
    world.verifies("ada", "own.example").await;
    let own = world.enters(&["https://own.example/about"]).await;
    let Err(Error::OrganisationListed(listed)) = own else {
        panic!("{own:?}");
    };
    assert!(listed.name.starts_with("@ada@"), "{listed}");
    let server = url::Url::parse(&person("bo").url).unwrap();
    let server = server.host_str().unwrap().to_owned();
    world.approved("bo").await;
    let url = format!("https://{server}");
    let entered = [OrganisationByHand::new("Server", &url, "mail").unwrap()];
    let known = KnownOrganisations::read(&mut world.read().await, &entered)
        .await
        .unwrap();
    assert_eq!(known.same(&entered[0]), None);
    let profile = world.read().await.organisation_accounts(&[server]).await;
    let profile = profile.unwrap().pop().unwrap().url;
    let its_own = world.enters(&[&profile]).await;
    assert!(matches!(its_own, Err(Error::OrganisationListed(_))));
    let neighbour = known.neighbour(&entered[0]).unwrap();
    assert!(neighbour.name.starts_with("@bo@"), "{neighbour}");
    assert_eq!(world.enters(&[&url]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_stand_in_the_list_is_refused_by_its_field() {
    for (name, url, reference, field) in [
        ("", "https://a.example", "mail", "name"),
        (
            "Visit https://a.example",
            "https://a.example",
            "mail",
            "name",
        ),
        ("A \u{202e}cme", "https://a.example", "mail", "name"),
        ("Acme", "http://a.example", "mail", "url"),
        ("Acme", "a.example", "mail", "url"),
        ("Acme", "https://a.example", " ", "ref"),
    ] {
        let refused = OrganisationByHand::new(name, url, reference).unwrap_err();
        let is_named = matches!(refused, Error::BadEntry { field: it, .. } if it == field);
        assert!(is_named, "{name} {url} {reference}: {refused}");
    }
}

#[tokio::test]
async fn a_removed_one_comes_back_by_undo_until_it_is_purged() {
    let world = published(&["Jane Doe"]).await;
    let url = "https://acme.example";
    let row = world.enters(&[url]).await.unwrap().remove(0);
    let removed = world.removes(url, "mistake: wrong one").await.unwrap();
    assert_eq!(world.organisations().await, (Vec::new(), 0));
    let entry = world.audits().await.remove(0);
    assert_eq!(
        (entry.code.as_deref(), entry.reason.as_deref()),
        (Some("mistake"), Some("wrong one"))
    );
    let mut tx = world.store.write().await.unwrap();
    let reason = DecisionReason::parse("spam");
    let twice = remove_organisation(&mut tx, &removed, reason, "max", world.now()).await;
    assert!(matches!(twice, Err(Error::OrganisationRemoved(_))));
    let found = find_organisations(&mut tx, row.public_id.as_str().get(..4).unwrap(), 9).await;
    assert_eq!(found.unwrap(), [removed]);
    assert_eq!(find_organisations(&mut tx, "", 9).await.unwrap(), []);
    drop(tx);
    world.undo(entry.id).await.unwrap();
    assert_eq!(world.organisations().await.1, 1);

    // While another one stands at its address it stays off.
    world.removes(url, "duplicate").await.unwrap();
    let entry = world.audits().await.remove(0);
    let other = world.enters(&[url]).await.unwrap().remove(0);
    let error = world.undo(entry.id).await.unwrap_err();
    assert!(
        matches!(error, Error::CannotUndo(CannotUndo::Changed { .. })),
        "{error}"
    );
    // Nothing is left of it once the removal cannot be taken back any more; what stands stays.
    world.clock.advance(KEEP.withdrawn);
    world.maintain().await;
    let rows = "SELECT public_id FROM organisation ORDER BY id";
    assert_eq!(world.column(rows).await.len(), 2);
    world.clock.advance(SECOND);
    world.maintain().await;
    assert_eq!(world.column(rows).await, [other.public_id.to_string()]);
    let error = world.undo(entry.id).await.unwrap_err();
    assert!(
        matches!(error, Error::CannotUndo(CannotUndo::Erased(_))),
        "{error}"
    );
    assert_eq!(world.organisations().await.1, 1);
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn while_names_are_off_no_organisation_is_shown() {
    let world = published(&["Jane Doe"]).await;
    let row = world.enters(&["https://acme.example"]).await.unwrap();
    let id = &row[0].public_id;
    let entry = world.read().await.public_entry(id).await.unwrap().unwrap();
    assert!(entry.organisation && entry.url.as_deref() == Some("https://acme.example"));
    let mut tx = world.store.write().await.unwrap();
    tx.set_names_off(Some(world.now())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.organisations().await, (Vec::new(), 1));
    let mut tx = world.read().await;
    assert_eq!(tx.public_entry(id).await.unwrap(), None);
    assert_eq!(tx.organisation_place(id).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_removed_after_a_backup_stays_off_after_its_restore() {
    let world = published(&["Jane Doe"]).await;
    let urls = ["https://acme.example", "https://stays.example"];
    let rows = world.enters(&urls).await.unwrap();
    // Before the backup; after it; and once more, when it is off already.
    for (ago, left) in [(DAY, 2), (Duration::ZERO, 1), (Duration::ZERO, 1)] {
        let at = world.now().minus(ago);
        let gone = Erased::organisation(&world.context.salt, &rows[0].public_id, at);
        world.restore_with(true, &[gone]).await;
        assert_eq!(world.organisations().await.1, left, "{ago:?}");
    }
    assert_eq!(world.organisations().await.0, ["stays.example"]);
    assert!(world.check().await.findings.is_empty());
}
