//! The letter: its text, its revisions, its list of names.

use super::{
    people::{by, like, person, reply},
    support::{DAY, NOW, SECOND, World},
};
use crate::{
    letter::{self, diff::Piece},
    register::{
        Error, InboundAction, Result,
        letter::{
            note::NoteSettings,
            publish::{Doubt, PublishOrder, Published, RevisionKind, publish},
            signatories::signatory_notes,
        },
    },
    store::SignatoryRow,
};

pub(super) const TEXT: &str = "Let us build bridges.";

pub(super) fn file(text: &str, names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("- {name}\n")).collect();
    format!("**A letter**\n\n{text}\n\nSigned,\n\n{}", names.concat())
}

pub(super) fn settings() -> NoteSettings {
    NoteSettings::default()
}

impl World {
    pub(super) async fn publish(
        &self,
        source: &str,
        kind: Option<RevisionKind>,
    ) -> Result<Published> {
        self.publish_in_spite(source, kind, Doubt::Refuses).await
    }

    async fn publish_in_spite(
        &self,
        source: &str,
        kind: Option<RevisionKind>,
        doubt: Doubt,
    ) -> Result<Published> {
        self.publish_with(source, |order| PublishOrder {
            kind,
            doubt,
            ..order
        })
        .await
    }

    async fn publish_with(
        &self,
        source: &str,
        options: impl FnOnce(PublishOrder<'_>) -> PublishOrder<'_>,
    ) -> Result<Published> {
        let letter = letter::parse(source.as_bytes(), None).unwrap();
        let order = options(PublishOrder {
            letter: &letter,
            source,
            pictures: &[],
            on_github: false,
            keeps_names: false,
            salt: &self.context.salt,
            kind: None,
            doubt: Doubt::Refuses,
            tell: false,
            note: None,
            by: "mona".to_owned(),
        });
        let mut tx = self.store.write().await.unwrap();
        let context = &self.context;
        let random = context.random.as_ref();
        let now = self.now();
        let state = context.rules.policy.letter;
        let urls = &context.urls;
        let done = publish(&mut tx, urls, &settings(), random, now, state, &order).await?;
        tx.commit().await.unwrap();
        assert_eq!(done.1.queued, done.0.revision.is_some());
        Ok(done.0)
    }

    async fn names(&self) -> Vec<SignatoryRow> {
        let (all, _) = self.read().await.signatories(None, 9_999).await.unwrap();
        all.into_iter()
            .filter(|row| row.state == "listed")
            .collect()
    }

    async fn listed(&self) -> Vec<String> {
        let names = self.names().await;
        names.into_iter().map(|row| row.name).collect()
    }

    async fn version(&self) -> String {
        let sql = "SELECT CAST(version AS TEXT) FROM change WHERE topic = 'register'";
        self.column(sql).await.concat()
    }
}

pub(super) async fn published(names: &[&str]) -> World {
    let world = World::new().await;
    world.publish(&file(TEXT, names), None).await.unwrap();
    world
}

#[tokio::test]
async fn notes_among_the_names_are_kept_beside_the_text() {
    let world = World::new().await;
    let with = |note: &str| format!("**A letter**\n\n{TEXT}\n\nSigned,\n\n{note}\n\n- Jane Doe\n");
    let first = with("Affiliations are for identification only.");
    world.publish(&first, None).await.unwrap();
    let notes = async || signatory_notes(&mut world.read().await).await.unwrap();
    assert_eq!(notes().await, "Affiliations are for identification only.");
    let (version, other) = (world.version().await, with("Last updated in May."));
    // The notes are no part of the text: a changed one makes no revision, and pages are made again.
    assert_eq!(world.publish(&other, None).await.unwrap().revision, None);
    assert_eq!(notes().await, "Last updated in May.");
    assert_ne!(world.version().await, version);
    world.publish(&with(""), None).await.unwrap();
    assert_eq!(notes().await, "");
}

#[tokio::test]
async fn the_first_publication_is_a_create_and_needs_no_kind() {
    let world = World::new().await;
    let done = world
        .publish(&file(TEXT, &["Jane Doe"]), None)
        .await
        .unwrap();
    let revision = done.revision.unwrap();
    assert_eq!((revision.number, revision.kind.as_str()), (1, "first"));
    assert_eq!((done.joined, done.gone), (1, 0));
    assert_eq!(world.sent().await, ["Create"]);
    let audit = world
        .read()
        .await
        .audit_entries(Some("revision-1"), 9)
        .await
        .unwrap();
    assert_eq!(audit.len(), 1);
}

#[tokio::test]
async fn an_unchanged_text_sends_nothing_and_takes_over_the_names() {
    let world = published(&["Jane Doe"]).await;
    let again = file(TEXT, &["Jane Doe", "John Roe"]);
    let done = world.publish(&again, None).await.unwrap();
    let expected = Published {
        revision: None,
        warned_anew: false,
        told: None,
        joined: 1,
        gone: 0,
        kept_off: 0,
        left_to_source: 0,
    };
    assert_eq!(done, expected);
    assert_eq!(world.listed().await, ["Jane Doe", "John Roe"]);
    assert_eq!(world.sent().await, ["Create"]);
    assert_eq!(world.read().await.revisions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn names_that_come_or_go_without_a_new_text_are_in_the_audit() {
    let world = published(&["Jane Doe", "John Roe"]).await;
    // The list is truncated; then nothing changes; then a name is new, and a spelling changes.
    for name in ["Jane Doe", "Jane Doe", "Max Moe", "Max Moe (ACME)"] {
        world.publish(&file(TEXT, &[name]), None).await.unwrap();
    }
    let entries = world
        .read()
        .await
        .audit_entries(Some("revision-1"), 9)
        .await;
    let entries: Vec<_> = entries
        .unwrap()
        .into_iter()
        .map(|entry| (entry.action, entry.reason.unwrap_or_default()))
        .collect();
    let expected = [
        ("letter.names", "+1 -1"),
        ("letter.names", "+0 -1"),
        ("letter.publish", ""),
    ];
    let expected = expected.map(|(action, reason)| (action.to_owned(), reason.to_owned()));
    assert_eq!(entries, expected);
}

#[tokio::test]
async fn a_corrected_spelling_is_taken_over_and_made_known() {
    let world = published(&["Jane Doe (ACME)"]).await;
    let before = world.version().await;
    world
        .publish(&file(TEXT, &["Jane Doe (Debian)"]), None)
        .await
        .unwrap();
    let affiliation = world.names().await[0].affiliation.clone();
    assert_eq!(affiliation.as_deref(), Some("Debian"));
    assert!(world.version().await != before);
    let known = world.version().await;
    world
        .publish(&file(TEXT, &["Jane Doe (Debian)"]), None)
        .await
        .unwrap();
    assert_eq!(world.version().await, known, "nothing changed");
}

#[tokio::test]
async fn once_anybody_has_signed_a_changed_text_needs_a_kind() {
    let world = published(&[]).await;
    let other = file("Let us build other bridges.", &[]);
    let done = world.publish(&other, None).await.unwrap();
    assert_eq!(done.revision.unwrap().kind, "substantive");

    let world = published(&["Jane Doe"]).await;
    let error = world.publish(&other, None).await.unwrap_err();
    assert!(matches!(error, Error::KindNeeded { signed: 1 }), "{error}");
    assert_eq!(world.read().await.revisions().await.unwrap().len(), 1);

    let world = published(&[]).await;
    world.meet(person("ada")).await;
    world.take(like("ada", "l1")).await;
    let error = world.publish(&other, None).await.unwrap_err();
    assert!(matches!(error, Error::KindNeeded { signed: 1 }), "{error}");
}

#[tokio::test]
async fn a_correction_carries_signatures_over_and_another_text_does_not() {
    let table = [
        (RevisionKind::Typo, 1, 1),
        (RevisionKind::Substantive, 2, 0),
    ];
    for (kind, newest, current) in table {
        let world = published(&["Jane Doe"]).await;
        world.meet(person("ada")).await;
        world.take(reply("ada", "1", "I sign")).await;
        let other = file("Let us build brigdes.", &["Jane Doe"]);
        let done = world.publish(&other, Some(kind)).await.unwrap();
        assert!(!done.revision.unwrap().overruled, "{kind}");
        let mut tx = world.read().await;
        let substantive = tx.newest_substantive_revision().await.unwrap();
        assert_eq!(substantive, newest, "{kind}");
        let counts = tx.counts(substantive).await.unwrap();
        assert_eq!((counts.signed, counts.current), (1, current), "{kind}");
        let names = tx.signatory_counts(substantive).await.unwrap();
        assert_eq!(names, [("letter".to_owned(), 1, current)], "{kind}");
    }
}

#[tokio::test]
async fn followers_get_an_update_that_is_strictly_newer() {
    let world = published(&[]).await;
    world.meet(person("ada")).await;
    let object = "https://letter.example/actor".to_owned();
    world
        .take(by("ada", "f1", InboundAction::Follow { object }))
        .await;
    let times = "SELECT CAST(updated_at AS TEXT) FROM own_object WHERE updated_at IS NOT NULL";
    let mut last = NOW;
    for text in ["One.", "Two.", "Three."] {
        world.publish(&file(text, &[]), None).await.unwrap();
        let updated: i64 = world.column(times).await[0].parse().unwrap();
        let updated = crate::clock::Millis::from_millis(updated);
        assert!(updated >= last.plus(SECOND), "{text}");
        last = updated;
    }
    assert_eq!(
        world.sent().await,
        ["Create", "Accept", "Update", "Update", "Update"]
    );
    // The Accept and the newest Update remain: nothing was sent yet, so each Update replaced the one before.
    let deliveries = "SELECT state FROM delivery";
    assert_eq!(world.column(deliveries).await.len(), 2);
}

#[tokio::test]
async fn a_name_that_goes_is_withdrawn_and_comes_back_for_the_text_of_that_day() {
    let world = published(&["Jane Doe", "John Roe"]).await;
    let id = world.names().await[0].public_id.clone();
    let done = world
        .publish(&file(TEXT, &["John Roe"]), None)
        .await
        .unwrap();
    assert_eq!((done.joined, done.gone), (0, 1));
    assert_eq!(world.listed().await, ["John Roe"]);
    let again = world
        .publish(&file(TEXT, &["John Roe"]), None)
        .await
        .unwrap();
    assert_eq!((again.joined, again.gone), (0, 0));

    world.clock.advance(DAY);
    let substantive = Some(RevisionKind::Substantive);
    let both = file("Another text.", &["John Roe", "Jane Doe"]);
    let done = world.publish(&both, substantive).await.unwrap();
    assert_eq!((done.joined, done.gone), (1, 0));
    let names = world.names().await;
    assert_eq!((names[0].name.as_str(), names[0].revision), ("John Roe", 1));
    assert_eq!((names[1].name.as_str(), names[1].revision), ("Jane Doe", 2));
    assert_eq!(
        (&names[1].public_id, names[1].listed_at),
        (&id, NOW.plus(DAY))
    );
}

#[tokio::test]
async fn where_a_name_comes_from_follows_its_link_and_the_place_of_the_file() {
    let lines = ["Jane Doe [@j](https://github.com/j)", "John Roe"];
    let world = published(&lines).await;
    let sources = async |world: &World| {
        let names = world.names().await.into_iter();
        names.map(|row| row.source).collect::<Vec<_>>()
    };
    assert_eq!(sources(&world).await, ["github", "letter"]);
    let ids: Vec<_> = world
        .names()
        .await
        .into_iter()
        .map(|row| row.public_id)
        .collect();
    let same = file(TEXT, &lines);
    for (on_github, expected) in [(true, ["github", "github"]), (false, ["github", "letter"])] {
        let done = world
            .publish_with(&same, |order| PublishOrder { on_github, ..order })
            .await
            .unwrap();
        assert_eq!((done.joined, done.gone), (0, 0));
        assert_eq!(sources(&world).await, expected);
    }
    let after: Vec<_> = world
        .names()
        .await
        .into_iter()
        .map(|row| row.public_id)
        .collect();
    assert_eq!(after, ids);
}

#[tokio::test]
async fn two_lines_with_the_same_handle_stay_two_and_keep_their_ids() {
    let twice = [
        "Jane Doe [@j](https://github.com/j)",
        "J. Doe [@J](https://github.com/J)",
    ];
    let world = published(&twice).await;
    let before = world.names().await;
    assert_eq!(before.len(), 2);
    let done = world.publish(&file(TEXT, &twice), None).await.unwrap();
    assert_eq!((done.joined, done.gone), (0, 0));
    assert_eq!(world.names().await, before);
    let done = world.publish(&file(TEXT, &twice[..1]), None).await.unwrap();
    assert_eq!((done.joined, done.gone), (0, 1));
    assert_eq!(world.names().await[0].public_id, before[0].public_id);
}

#[tokio::test]
async fn a_name_in_another_spelling_is_the_same_by_its_handle() {
    let world = published(&["Jane [@j](https://github.com/j)"]).await;
    let id = world.names().await[0].public_id.clone();
    let renamed = file(TEXT, &["New", "Jane Doe [@J](https://github.com/J)"]);
    let done = world.publish(&renamed, None).await.unwrap();
    assert_eq!((done.joined, done.gone), (1, 0));
    let names = world.names().await;
    assert_eq!(
        (names[1].name.as_str(), &names[1].public_id),
        ("Jane Doe", &id)
    );
    assert_eq!(names[1].position, 2);
}

#[tokio::test]
async fn a_correction_that_is_more_is_refused_until_somebody_looked_at_it() {
    let world = published(&["Jane Doe"]).await;
    let typo = Some(RevisionKind::Typo);
    for other in [
        file("Let us not build bridges.", &["Jane Doe"]),
        file(TEXT, &["Jane Doe"]).replace("A letter", "No letter"),
    ] {
        let error = world.publish(&other, typo).await.unwrap_err();
        let Error::MoreThanTypo(found) = &error else {
            panic!("{error}")
        };
        let changed = |piece: &Piece| ["not", "No"].contains(&piece.text.trim());
        assert!(found.pieces.iter().any(changed), "{found:?}");
        assert!(
            !found.reasons.is_empty() && error.to_string().contains("--yes"),
            "{error}"
        );
        assert_eq!(world.sent().await, ["Create"]);
    }
    let negated = file("Let us not build bridges.", &["Jane Doe"]);
    let done = world
        .publish_in_spite(&negated, typo, Doubt::Overruled)
        .await
        .unwrap();
    assert!(done.revision.unwrap().overruled);
    assert_eq!(world.sent().await, ["Create", "Update"]);
    // A slip is one with and without `--yes`.
    let slip = file("Let us not build brigdes.", &["Jane Doe"]);
    let done = world
        .publish_in_spite(&slip, typo, Doubt::Overruled)
        .await
        .unwrap();
    assert!(!done.revision.unwrap().overruled);
}

#[tokio::test]
async fn only_another_text_is_told() {
    let world = published(&["Jane Doe"]).await;
    let typo = file("Let us build brigdes.", &["Jane Doe"]);
    let same = file(TEXT, &["Jane Doe", "John Roe"]);
    let kinds = [Some(RevisionKind::Typo), None];
    for (source, kind) in [typo, same].iter().zip(kinds) {
        let told = world
            .publish_with(source, |order| PublishOrder {
                kind,
                tell: true,
                ..order
            })
            .await;
        let error = told.unwrap_err();
        assert!(matches!(error, Error::NothingToTell), "{error}");
    }
    assert_eq!(world.listed().await, ["Jane Doe"]);
    let first = World::new().await;
    let told = first
        .publish_with(&file(TEXT, &[]), |order| PublishOrder {
            tell: true,
            ..order
        })
        .await;
    assert!(matches!(told, Err(Error::NothingToTell)));
}

#[tokio::test]
async fn another_text_is_told_by_a_post_in_which_the_note_is_plain_text() {
    let world = published(&["Jane Doe"]).await;
    world.meet(person("ada")).await;
    world.take(reply("ada", "1", "I sign")).await;
    let done = world
        .publish_with(&file("Dig tunnels.", &["Jane Doe"]), |order| PublishOrder {
            kind: Some(RevisionKind::Substantive),
            tell: true,
            note: Some("Asked *twice* by\n\n# @bo@m.example <b>".to_owned()),
            ..order
        })
        .await
        .unwrap();
    assert_eq!(done.told, Some(1));
    let audit = world.column("SELECT action FROM audit ORDER BY id").await;
    assert_eq!(audit, ["letter.publish", "post.create", "letter.publish"]);
    assert_eq!(world.sent().await, ["Create", "Like", "Update", "Create"]);
    let bodies = world.column("SELECT body FROM activity ORDER BY id").await;
    let create: serde_json::Value = serde_json::from_str(bodies.last().unwrap()).unwrap();
    let content = create.pointer("/object/content").unwrap().as_str().unwrap();
    for said in [
        "it is another text now",
        "Asked *twice* by # @bo@m.example &lt;b&gt;</p>",
        "https://letter.example/history/2",
        "sign again: answer this post in public with “I sign”",
    ] {
        assert!(content.contains(said), "{said}: {content}");
    }
    assert_eq!(create.pointer("/object/tag"), Some(&serde_json::json!([])));
    assert_eq!(
        create.pointer("/object/inReplyTo").unwrap(),
        "https://letter.example/letter"
    );
}

/// How many signed the text that is published now, and how many another one.
async fn current_and_earlier(world: &World) -> (i64, i64) {
    let mut tx = world.read().await;
    let text = tx.newest_substantive_revision().await.unwrap();
    let counts = tx.counts(text).await.unwrap();
    (
        counts.current,
        counts.signed + counts.liked - counts.current,
    )
}

#[tokio::test]
async fn a_text_that_returns_joins_what_it_was() {
    let other = "Let us build tunnels.";
    let sign = async |world: &mut World, who: &str, revision: i64| {
        world.meet(person(who)).await;
        world.rules().revision = revision;
        world.rules().revised_at = Vec::new();
        world.take(like(who, who)).await;
    };
    let mut world = published(&[]).await;
    sign(&mut world, "ada", 1).await;
    let substantive = Some(RevisionKind::Substantive);
    world.publish(&file(other, &[]), substantive).await.unwrap();
    sign(&mut world, "bo", 2).await;
    assert_eq!(current_and_earlier(&world).await, (1, 1));

    // The kind need not be given, because the text is known.
    let back = world.publish(&file(TEXT, &[]), None).await.unwrap();
    let back = back.revision.unwrap();
    assert_eq!(
        (back.number, back.kind.as_str(), back.same_as),
        (3, "substantive", 1)
    );
    assert_eq!(current_and_earlier(&world).await, (1, 1));
    sign(&mut world, "cy", 3).await;
    assert_eq!(current_and_earlier(&world).await, (2, 1));
    let by_text = world.read().await.signed_by_text().await.unwrap();
    assert_eq!(by_text, [(1, 2), (2, 1)]);

    // Its correction is the same text, and so is its own return.
    let typo = file("Let us build brigdes.", &[]);
    let kind = Some(RevisionKind::Typo);
    let fourth = world.publish(&typo, kind).await.unwrap().revision.unwrap();
    assert_eq!(fourth.same_as, 1);
    let fifth = world.publish(&file(TEXT, &[]), None).await.unwrap();
    let fifth = fifth.revision.unwrap();
    assert_eq!((fifth.kind.as_str(), fifth.same_as), ("typo", 1));
    assert_eq!(current_and_earlier(&world).await, (2, 1));

    // Publishing the other text as a correction of this one joins both.
    let other = file(other, &[]);
    world
        .publish_in_spite(&other, kind, Doubt::Overruled)
        .await
        .unwrap();
    assert_eq!(current_and_earlier(&world).await, (3, 0));
}

#[tokio::test]
async fn an_older_file_takes_nobody_off_whom_the_source_brought() {
    let world = published(&["Jane Doe"]).await;
    world
        .sync(&file(TEXT, &["Jane Doe", "Eve Noe"]))
        .await
        .unwrap();
    let older = file(TEXT, &["Jane Doe", "John Roe"]);
    let done = world
        .publish_with(&older, |order| PublishOrder {
            keeps_names: true,
            ..order
        })
        .await
        .unwrap();
    assert_eq!((done.joined, done.gone, done.left_to_source), (1, 0, 1));
    assert_eq!(world.named("Eve Noe").await.state, "listed");
    // The source says who left.
    let source = file(TEXT, &["Jane Doe", "John Roe"]);
    assert_eq!(world.sync(&source).await.unwrap().gone, 1);
    // Without a source the file does.
    let done = world.publish(&file(TEXT, &["Jane Doe"]), None).await;
    assert_eq!(done.unwrap().gone, 1);
}
