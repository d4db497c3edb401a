//! What administrators do with names, and what a source brings.

use super::{
    people::{by, deleted, like, person, reply, reworded, unlike, url},
    publish::{TEXT, file, published, settings},
    support::{DAY, KEEP, World},
};
use crate::{
    hash::{Salt, Sha256},
    letter::{self, Collected, Letter, SignatoryState},
    register::{
        Error, InboundAction, InboundActivity, Result,
        inbound::{leaving::Left, receive::receive},
        letter::{
            publish::RevisionKind,
            sync::{SyncOrder, Synced, keep_validator, last_validator, sync},
        },
        moderation::{
            decisions::DecisionReason,
            people::{Person, erase},
            signatories::{
                NameByHand, NameEdit, SignatoryDecision, SignatoryOrder, add_names,
                decide_signatories, edit_name, find_signatories,
            },
        },
    },
    store::SignatoryRow,
};

impl World {
    pub(super) async fn rows(&self) -> Vec<SignatoryRow> {
        self.read().await.signatories(None, 9_999).await.unwrap().0
    }

    async fn states(&self) -> Vec<String> {
        let rows = self.rows().await.into_iter();
        rows.map(|row| format!("{} {}", row.name, row.state))
            .collect()
    }

    /// The first row of this name.
    pub(super) async fn named(&self, name: &str) -> SignatoryRow {
        let rows = self.rows().await;
        rows.into_iter().find(|row| row.name == name).unwrap()
    }

    pub(super) async fn decide_name(
        &self,
        decision: SignatoryDecision,
        row: &SignatoryRow,
        (by, reason): (&str, &str),
    ) -> Result<SignatoryRow> {
        let order = SignatoryOrder {
            decision,
            reason: Some(DecisionReason::parse(reason)),
            erases: decision == SignatoryDecision::Remove && reason == "request",
            by,
            now: self.now(),
            salt: &self.context.salt,
        };
        let mut tx = self.store.write().await.unwrap();
        let rows = std::slice::from_ref(row);
        let (mut done, _) = decide_signatories(&mut tx, rows, &order).await?;
        tx.commit().await.unwrap();
        Ok(done.remove(0))
    }

    pub(super) async fn add(&self, name: &str) -> SignatoryRow {
        let entered = NameByHand::new(name, None, None, Collected::Email, "<1@m.example>");
        let mut tx = self.store.write().await.unwrap();
        let random = self.context.random.as_ref();
        let added = add_names(&mut tx, &[entered.unwrap()], random, "mona", self.now()).await;
        tx.commit().await.unwrap();
        added.unwrap().0.pop().unwrap()
    }

    async fn sync_with(
        &self,
        source: &str,
        options: impl FnOnce(SyncOrder<'_>) -> SyncOrder<'_>,
    ) -> Result<Synced> {
        let letter: Letter = letter::parse(source.as_bytes(), None).unwrap();
        let order = SyncOrder {
            letter: &letter,
            digests: &[letter.digest],
            on_github: false,
            salt: &self.context.salt,
            moved_to: None,
            confirmed: false,
            by: "serve",
        };
        let mut tx = self.store.write().await.unwrap();
        let random = self.context.random.as_ref();
        let done = sync(&mut tx, random, self.now(), options(order)).await?;
        tx.commit().await.unwrap();
        Ok(done)
    }

    pub(super) async fn sync(&self, source: &str) -> Result<Synced> {
        self.sync_with(source, |order| order).await
    }

    async fn counted(&self) -> Vec<(String, i64, i64)> {
        let mut tx = self.read().await;
        let newest = tx.newest_substantive_revision().await.unwrap();
        let mut counts = tx.signatory_counts(newest).await.unwrap();
        counts.sort();
        counts
    }
}

#[tokio::test]
async fn what_is_hidden_or_removed_stays_so_whatever_the_file_says() {
    use SignatoryDecision::{Hide, Remove};
    let jane = "Jane Doe [@jane](https://github.com/jane)";
    for (decision, reason, state) in [
        (Hide, "request", " hidden"),
        (Remove, "request", " removed"),
        (Remove, "spam", " removed"),
    ] {
        for (line, again) in [
            (jane, jane),
            (jane, "Jane Doe"),
            (jane, "JANE DOE"),
            (jane, "Jane [@jane](https://github.com/jane)"),
            ("Jane Doe", "Jane Doe"),
            ("Jane Doe", jane),
        ] {
            let world = published(&[line, "John Roe"]).await;
            let row = world.named("Jane Doe").await;
            world
                .decide_name(decision, &row, ("mona", reason))
                .await
                .unwrap();
            assert_eq!(world.states().await.len(), 2);
            let with = file(TEXT, &[again, "John Roe"]);
            let listed = async || {
                let states = world.states().await;
                let off = states.iter().filter(|it| it.ends_with(state));
                assert_eq!(off.count(), 1, "{states:?}");
                let listed = states.iter().filter(|state| state.ends_with("listed"));
                listed.cloned().collect::<Vec<_>>()
            };
            let done = world.publish(&with, None).await.unwrap();
            assert_eq!(
                (done.joined, done.kept_off),
                (0, 1),
                "{decision} {line} {again}"
            );
            assert_eq!(listed().await, ["John Roe listed"]);
            let done = world.sync(&with).await.unwrap();
            assert_eq!(
                (done.joined, done.kept_off),
                (0, 1),
                "{decision} {line} {again}"
            );
            // It goes from the file, its text is forgotten, and it comes again.
            world.sync(&file(TEXT, &["John Roe"])).await.unwrap();
            world.clock.advance(KEEP.withdrawn + DAY);
            world.maintain().await;
            let kept = world
                .column("SELECT name FROM signatory WHERE lower(name) LIKE 'jane%'")
                .await;
            assert!(kept.is_empty(), "{kept:?}");
            let done = world.sync(&with).await.unwrap();
            assert_eq!(
                (done.joined, done.kept_off),
                (0, 1),
                "{decision} {line} {again}"
            );
            let other = file(TEXT, &[again, "John Roe", "Jane Doering"]);
            assert_eq!(world.publish(&other, None).await.unwrap().joined, 1);
            assert!(world.check().await.findings.is_empty());
        }
    }
}

#[tokio::test]
async fn two_people_of_one_name_are_two() {
    let line = |handle: &str| format!("Jane Doe [@{handle}](https://github.com/{handle})");
    let (one, other) = (line("one"), line("other"));
    let world = published(&[&one]).await;
    let row = world.named("Jane Doe").await;
    let remove = SignatoryDecision::Remove;
    world
        .decide_name(remove, &row, ("mona", "request"))
        .await
        .unwrap();
    let done = world.sync(&file(TEXT, &[&one, &other])).await.unwrap();
    assert_eq!((done.joined, done.kept_off), (1, 1));
    assert_eq!(
        world.named("Jane Doe").await.handle.as_deref(),
        Some("other")
    );

    // Of two lines that nothing tells apart one is removed.
    let world = published(&["Jane Doe", "Jane Doe"]).await;
    let row = world.named("Jane Doe").await;
    world
        .decide_name(remove, &row, ("mona", "duplicate"))
        .await
        .unwrap();
    let done = world
        .sync(&file(TEXT, &["Jane Doe", "Jane Doe"]))
        .await
        .unwrap();
    assert_eq!((done.joined, done.gone, done.kept_off), (0, 0, 1));
}

#[tokio::test]
async fn what_is_removed_is_erased_at_once() {
    let world = published(&["Jane Doe (ACME) <https://jane.example>", "John Roe"]).await;
    let row = world.named("Jane Doe").await;
    let remove = SignatoryDecision::Remove;
    let gone = world
        .decide_name(remove, &row, ("mona", "request"))
        .await
        .unwrap();
    assert_eq!(
        (gone.name.as_str(), &gone.affiliation, &gone.url),
        ("", &None, &None)
    );
    let texts =
        "SELECT name || skeleton || COALESCE(url, '') || COALESCE(affiliation, '') || shown_words
                        || COALESCE(handle, '') || COALESCE(reference, '')
                 FROM signatory WHERE state = 'removed'";
    assert_eq!(world.column(texts).await, [""]);
    let hash = "SELECT lower(hex(name_hash)) FROM signatory WHERE state = 'removed'";
    let plain = Sha256::of("name jane doe").hex();
    let hash = world.column(hash).await.concat();
    assert!(hash.len() == 64 && hash != plain, "it is salted");
    let other = Salt::new("other");
    assert_ne!(Sha256::salted(&other, "name jane doe").hex(), hash);
    let again = world
        .decide_name(remove, &gone, ("mona", "request"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            again,
            Error::Signatory {
                state: SignatoryState::Removed,
                ..
            }
        ),
        "{again}"
    );
}

#[tokio::test]
async fn a_name_is_hidden_and_comes_back_and_the_second_moderator_hears_of_the_first() {
    use SignatoryDecision::{Confirm, Hide, Unhide};
    let world = published(&["Jane Doe"]).await;
    let row = world.named("Jane Doe").await;
    let hidden = world
        .decide_name(Hide, &row, ("mona", "spam"))
        .await
        .unwrap();
    assert_eq!(world.counted().await, []);
    assert_eq!(hidden.shown_words, "");
    let second = world
        .decide_name(Hide, &hidden, ("max", "spam"))
        .await
        .unwrap_err();
    assert!(
        matches!(&second, Error::AlreadyDecided { by, action, .. } if by == "mona" && action == "signatory.hide"),
        "{second}"
    );
    let own = world
        .decide_name(Hide, &hidden, ("mona", "spam"))
        .await
        .unwrap_err();
    assert!(matches!(own, Error::Signatory { .. }), "{own}");
    let confirmed = world
        .decide_name(Confirm, &hidden, ("mona", "x"))
        .await
        .unwrap_err();
    assert!(matches!(confirmed, Error::Signatory { .. }), "{confirmed}");
    let shown = world
        .decide_name(Unhide, &hidden, ("max", "mistake"))
        .await
        .unwrap();
    assert_eq!(shown, row);
    let audit = world
        .read()
        .await
        .audit_entries(Some(row.public_id.as_str()), 9)
        .await
        .unwrap();
    let audit: Vec<_> = audit
        .iter()
        .map(|it| (it.action.as_str(), it.by.as_str(), it.code.as_deref()))
        .collect();
    assert_eq!(
        audit,
        [
            ("signatory.unhide", "max", Some("mistake")),
            ("signatory.hide", "mona", Some("spam"))
        ]
    );
    // What went from the file while it was hidden comes back with the file.
    world
        .decide_name(Hide, &shown, ("mona", "spam"))
        .await
        .unwrap();
    world.sync(&file(TEXT, &[])).await.unwrap();
    let hidden = world.named("Jane Doe").await;
    let gone = world
        .decide_name(Unhide, &hidden, ("mona", "mistake"))
        .await
        .unwrap();
    assert_eq!(gone.state, "withdrawn");
    assert_eq!(
        world.sync(&file(TEXT, &["Jane Doe"])).await.unwrap().joined,
        1
    );
    assert_eq!(world.states().await, ["Jane Doe listed"]);
}

/// A letter whose file has a line that links to the account of Ada, who signed by a reply and by a like.
async fn with_a_line() -> (World, String) {
    let world = published(&["Jane Doe"]).await;
    world.meet(person("ada")).await;
    world.take(reply("ada", "1", "I sign")).await;
    let line = format!("Ada Lovelace [@ada@m.example]({})", url("ada"));
    let names = file(TEXT, &["Jane Doe", &line]);
    world.sync(&names).await.unwrap();
    assert_eq!(world.named("Ada Lovelace").await.url, Some(url("ada")));
    (world, names)
}

impl World {
    /// Receives one activity; returns who left by it.
    async fn left_by(&self, incoming: InboundActivity) -> Left {
        let mut tx = self.store.write().await.unwrap();
        let (context, now) = (&self.context, self.now());
        let received = receive(&mut tx, context, &self.surge, now, &[incoming]).await;
        tx.commit().await.unwrap();
        received.unwrap().2.left
    }

    async fn has_name(&self, name: &str) -> bool {
        self.rows().await.iter().any(|row| row.name == name)
    }
}

#[tokio::test]
async fn a_name_of_the_file_leaves_with_the_account_that_it_links_to() {
    let block = || by("ada", "block", InboundAction::Blocked);
    for (leaving, stands_elsewhere) in [
        (deleted("ada", "1"), false),
        (reworded("ada", "1", 60, "What a letter"), false),
        (reply("ada", "2", "withdraw"), true),
        (block(), true),
    ] {
        let (world, names) = with_a_line().await;
        let left = world.left_by(leaving).await;
        // Only of what no look would notice a backup has to know.
        let expected = stands_elsewhere.then(|| url("ada"));
        assert_eq!(left.accounts, Vec::from_iter(expected));
        assert_eq!(left.names.len(), 1);
        assert!(left.names[0].name_hash.is_some());
        assert!(!world.has_name("Ada Lovelace").await);
        assert!(world.has_name("Jane Doe").await);
        world.sync(&names).await.unwrap();
        assert!(!world.has_name("Ada Lovelace").await);
        world.is_sound().await;
        // A new act is hers, and brings the line not back.
        world.clock.advance(DAY);
        world.take(reply("ada", "3", "I sign")).await;
        assert_eq!(world.state("ada").await, "listed Ada");
        world.sync(&names).await.unwrap();
        assert!(!world.has_name("Ada Lovelace").await);
        world.is_sound().await;
    }
}

#[tokio::test]
async fn a_name_of_the_file_stays_while_its_account_signs_or_only_its_server_is_gone() {
    let (world, _) = with_a_line().await;
    world.take(like("ada", "likes/1")).await;
    for activity in [
        unlike("ada", "likes/1"),
        by("ada", "gone", InboundAction::ActorGone),
    ] {
        assert_eq!(world.left_by(activity).await, Left::default());
        assert!(world.has_name("Ada Lovelace").await);
    }
}

#[tokio::test]
async fn who_is_erased_takes_the_name_of_the_file_along_also_without_a_signature() {
    let (world, _) = with_a_line().await;
    world
        .take(by("ada", "gone", InboundAction::ActorGone))
        .await;
    let mut tx = world.store.write().await.unwrap();
    let accounts = tx.actors(&[Sha256::of(&url("ada"))]).await.unwrap();
    let (person, reason) = (Person { accounts }, DecisionReason::parse("request"));
    let (context, now) = (&world.context, world.now());
    let erased = erase(
        &mut tx,
        context,
        &settings(),
        now,
        &person,
        ("mona", &reason),
    )
    .await;
    tx.commit().await.unwrap();
    assert_eq!(erased.unwrap().names.len(), 1);
    assert!(!world.has_name("Ada Lovelace").await);
    world.is_sound().await;
}

#[tokio::test]
async fn names_by_hand_count_are_found_and_are_left_alone_by_the_file() {
    let world = published(&["Jane Doe"]).await;
    let by_hand = world.add("Max Moe").await;
    assert_eq!(by_hand.shown_words, "max moe");
    let expected = [("letter".to_owned(), 1, 1), ("manual".to_owned(), 1, 1)];
    assert_eq!(world.counted().await, expected);
    world
        .publish(&file(TEXT, &["Jane Doe"]), None)
        .await
        .unwrap();
    world.sync(&file(TEXT, &["Jane Doe"])).await.unwrap();
    assert_eq!(world.states().await, ["Jane Doe listed", "Max Moe listed"]);
    let edit = async |row: &SignatoryRow, edit: NameEdit<'_>| {
        let mut tx = world.store.write().await.unwrap();
        let done = edit_name(&mut tx, row, edit, "mona", world.now()).await;
        tx.commit().await.unwrap();
        done.map(|done| done.map(|(row, _)| row))
    };
    let named = NameEdit {
        affiliation: Some(" ACME "),
        url: Some("https://max.example"),
        ..NameEdit::default()
    };
    let row = edit(&by_hand, named).await.unwrap().unwrap();
    assert_eq!(row.shown_words, "max moe acme");
    assert_eq!(edit(&row, named).await.unwrap(), None);
    let cleared = NameEdit {
        affiliation: Some(""),
        name: Some("Maxine Moe"),
        ..NameEdit::default()
    };
    let row = edit(&row, cleared).await.unwrap().unwrap();
    assert_eq!(
        (row.name.as_str(), row.affiliation.as_deref()),
        ("Maxine Moe", None)
    );
    assert_eq!(row.url.as_deref(), Some("https://max.example/"));
    let jane = world.named("Jane Doe").await;
    for (row, wanted) in [
        (
            &jane,
            NameEdit {
                name: Some("X"),
                ..NameEdit::default()
            },
        ),
        (
            &row,
            NameEdit {
                name: Some("x@y.example"),
                ..NameEdit::default()
            },
        ),
        (
            &row,
            NameEdit {
                url: Some("ftp://x"),
                ..NameEdit::default()
            },
        ),
    ] {
        assert!(edit(row, wanted).await.is_err(), "{wanted:?}");
    }
    // One too many is no reason to keep the same name out of the file.
    for (reason, joined) in [("duplicate", 1), ("request", 0)] {
        let row = world.add("Eve Noe").await;
        let remove = SignatoryDecision::Remove;
        world
            .decide_name(remove, &row, ("mona", reason))
            .await
            .unwrap();
        let with = file(TEXT, &["Jane Doe", "Eve Noe"]);
        assert_eq!(world.sync(&with).await.unwrap().joined, joined, "{reason}");
        world.sync(&file(TEXT, &["Jane Doe"])).await.unwrap();
    }
    // A person who asked to be taken off may sign again.
    assert_eq!(world.add("Eve Noe").await.state, "listed");
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn who_confirms_another_text_has_signed_it() {
    let world = published(&["Jane Doe", "John Roe"]).await;
    let confirm = SignatoryDecision::Confirm;
    let row = world.named("Jane Doe").await;
    let current = world
        .decide_name(confirm, &row, ("mona", "mail"))
        .await
        .unwrap_err();
    assert!(matches!(current, Error::Signatory { .. }), "{current}");
    let other = file("Let us build other bridges.", &["Jane Doe", "John Roe"]);
    world
        .publish(&other, Some(RevisionKind::Substantive))
        .await
        .unwrap();
    assert_eq!(world.counted().await, [("letter".to_owned(), 2, 0)]);
    let done = world
        .decide_name(confirm, &row, ("mona", "mail"))
        .await
        .unwrap();
    assert_eq!(done.revision, 2);
    assert_eq!(world.counted().await, [("letter".to_owned(), 2, 1)]);
    // It stays so, whatever is taken over.
    world.publish(&other, None).await.unwrap();
    assert_eq!(world.counted().await, [("letter".to_owned(), 2, 1)]);
    let found = find_signatories(&mut world.read().await, row.public_id.as_str(), 2)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert!(
        find_signatories(&mut world.read().await, "", 2)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_source_brings_names_and_never_text() {
    let world = published(&["Jane Doe"]).await;
    let done = world
        .sync(&file(TEXT, &["Jane Doe", "John Roe"]))
        .await
        .unwrap();
    assert_eq!((done.joined, done.gone, done.is_unpublished), (1, 0, false));
    assert_eq!(world.sent().await, ["Create"]);
    // Another text: only who left is taken over.
    let other = file("Other words.", &["John Roe", "Max Moe"]);
    let done = world.sync(&other).await.unwrap();
    let expected = Synced {
        gone: 1,
        is_unpublished: true,
        waiting: 1,
        ..Synced::default()
    };
    assert_eq!(done, expected);
    assert_eq!(
        world.states().await,
        ["John Roe listed", "Jane Doe withdrawn"]
    );
    assert_eq!(world.read().await.revisions().await.unwrap().len(), 1);
    // The revision whose text the source has is the one that new names signed.
    let substantive = Some(RevisionKind::Substantive);
    world
        .publish(&file("Other words.", &["John Roe"]), substantive)
        .await
        .unwrap();
    let behind = world
        .sync(&file(TEXT, &["John Roe", "Eve Noe"]))
        .await
        .unwrap();
    assert_eq!((behind.joined, behind.is_unpublished), (1, false));
    assert_eq!(world.named("Eve Noe").await.revision, 1);
    world
        .sync(&file("Other words.", &["John Roe", "Eve Noe", "Max Moe"]))
        .await
        .unwrap();
    assert_eq!(world.named("Max Moe").await.revision, 2);
    let audit = world.read().await.audit_entries(None, 9).await.unwrap();
    let audit: Vec<_> = audit
        .iter()
        .map(|it| (it.action.as_str(), it.reason.as_deref()))
        .collect();
    assert_eq!(
        audit[..2],
        [
            ("signatory.sync", Some("+1 -0")),
            ("signatory.sync", Some("+1 -0"))
        ]
    );
}

#[tokio::test]
async fn a_sync_that_somebody_has_to_look_at_changes_nothing() {
    let names: Vec<String> = (b'A'..=b'Y')
        .map(|it| format!("Jane {}oe", char::from(it)))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = published(&names).await;
    let version = world.states().await;
    let few = file(TEXT, &names[..4]);
    let refused = world.sync(&few).await.unwrap_err();
    assert!(
        refused.to_string().contains("21 of 25 names would go"),
        "{refused}"
    );
    assert_eq!(world.states().await, version);
    assert_eq!(world.sync(&file(TEXT, &names[..5])).await.unwrap().gone, 20);
    let world = published(&names).await;
    let done = world
        .sync_with(&few, |order| SyncOrder {
            confirmed: true,
            ..order
        })
        .await;
    assert_eq!(done.unwrap().gone, 21);
    let moved = world
        .sync_with(&few, |order| SyncOrder {
            moved_to: Some("x/y"),
            ..order
        })
        .await;
    assert!(moved.unwrap_err().to_string().contains("x/y"));
    assert!(matches!(
        World::new().await.sync(&few).await,
        Err(Error::NoLetter)
    ));
}

#[tokio::test]
async fn a_validator_holds_for_one_way_of_reading_until_something_is_published() {
    let world = published(&["Jane Doe"]).await;
    let known = async |how: &str| last_validator(&mut world.read().await, how).await.unwrap();
    let keep = async |validator: Option<&str>| {
        let mut tx = world.store.write().await.unwrap();
        keep_validator(&mut tx, "way", validator).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert_eq!(known("way").await, None);
    keep(Some("W/\"a b\"")).await;
    assert_eq!(known("way").await.as_deref(), Some("W/\"a b\""));
    assert_eq!(known("other").await, None);
    assert_eq!(known("wa").await, None);
    keep(Some(&"x".repeat(2000))).await;
    assert_eq!(known("way").await, None);
    keep(Some("\"c\"")).await;
    world
        .publish(&file(TEXT, &["Jane Doe"]), None)
        .await
        .unwrap();
    assert_eq!(known("way").await, None);
}
