//! Our own posts besides the letter.

use serde_json::Value;

use super::{
    publish::{published, settings},
    support::{SECOND, World},
};
use crate::{
    register::{
        Error, Result,
        letter::{
            announcements::{self, AnnouncementChange, PostManner},
            note::NoteSettings,
        },
        outgoing::ActivityBuilder,
    },
    store::OwnPost,
};

impl World {
    pub(super) fn builder(&self) -> ActivityBuilder<'_> {
        ActivityBuilder {
            urls: &self.context.urls,
            random: self.context.random.as_ref(),
            now: self.now(),
        }
    }

    async fn create(&self, source: &str) -> Result<OwnPost> {
        self.create_with(&settings(), source).await
    }

    async fn create_with(&self, settings: &NoteSettings, source: &str) -> Result<OwnPost> {
        let mut tx = self.store.write().await?;
        let (post, effects) = announcements::create(
            &mut tx,
            &self.builder(),
            settings,
            (source, &[]),
            &PostManner::default(),
            "mona",
        )
        .await?;
        assert!(effects.queued);
        tx.commit().await?;
        Ok(post)
    }

    async fn update(&self, path: &str, source: &str) -> Result<AnnouncementChange> {
        let mut tx = self.store.write().await?;
        let (posted, _) = announcements::update(
            &mut tx,
            &self.builder(),
            &settings(),
            path,
            (source, &[]),
            "mona",
        )
        .await?;
        tx.commit().await?;
        Ok(posted)
    }

    async fn delete(&self, path: &str) -> Result<OwnPost> {
        let mut tx = self.store.write().await?;
        let (post, _) = announcements::delete(&mut tx, &self.builder(), path, "mona").await?;
        tx.commit().await?;
        Ok(post)
    }

    /// The newest activity.
    async fn said(&self) -> Value {
        let all = self.column("SELECT body FROM activity ORDER BY id").await;
        serde_json::from_str(all.last().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_post_answers_the_letter_in_public() {
    let world = published(&[]).await;
    let settings = NoteSettings {
        hashtags: vec!["OpenLetter".to_owned()],
        ..settings()
    };
    let post = world
        .create_with(&settings, "Thank *you*.\n")
        .await
        .unwrap();
    let said = world.said().await;
    let note = said.get("object").unwrap();
    let content = "<p>Thank <em>you</em>.</p><p><a href=\"https://letter.example/tags/openletter\" \
                   class=\"mention hashtag\" rel=\"tag\">#<span>OpenLetter</span></a></p>";
    for (member, expected) in [
        ("id", format!("https://letter.example{}", post.path).into()),
        ("type", "Note".into()),
        ("attributedTo", "https://letter.example/actor".into()),
        ("inReplyTo", "https://letter.example/letter".into()),
        ("content", content.into()),
        ("contentMap", serde_json::json!({"en": content})),
        ("sensitive", false.into()),
    ] {
        assert_eq!(note.get(member), Some(&expected), "{member}");
    }
    assert_eq!(note.get("updated"), None);
    assert_eq!(note.get("published"), said.get("published"));
    assert_eq!(said.get("type").unwrap(), "Create");
    assert_eq!(note.pointer("/tag/0/name").unwrap(), "#OpenLetter");
    assert!(note.get("interactionPolicy").is_some());
    assert_eq!(note.get("to"), said.get("to"));
}

#[tokio::test]
async fn a_post_may_speak_its_own_language() {
    let world = published(&[]).await;
    world.create("---\nlang: de\n---\nDanke.\n").await.unwrap();
    let said = world.said().await;
    let map = said.pointer("/object/contentMap").unwrap();
    assert_eq!(map, &serde_json::json!({"de": "<p>Danke.</p>"}));
}

#[tokio::test]
async fn an_edit_is_strictly_newer_and_none_sends_nothing() {
    let world = published(&[]).await;
    let post = world.create("One.\n").await.unwrap();
    for same in ["One.\n", "One.  \r\n\r\n", "---\ntitle: x\n---\nOne.\n"] {
        let done = world.update(&post.path, same).await.unwrap();
        assert!(matches!(done, AnnouncementChange::Unchanged(_)), "{same:?}");
    }
    assert_eq!(world.sent().await, ["Create", "Create"]);
    // Both updates happen in the same millisecond.
    for (n, text) in [(1, "Two.\n"), (2, "---\nlang: de\n---\nTwo.\n")] {
        let done = world.update(&post.path, text).await.unwrap();
        assert_eq!(
            done.post().updated_at,
            Some(post.published_at.plus(SECOND * n)),
            "{text}"
        );
    }
    assert_eq!(world.sent().await, ["Create", "Create", "Update", "Update"]);
    let said = world.said().await;
    let published = said.pointer("/object/published").unwrap();
    assert_eq!(published, &serde_json::json!(post.published_at));
}

#[tokio::test]
async fn what_is_deleted_is_deleted_once_and_for_all() {
    let world = published(&[]).await;
    let post = world.create("One.\n").await.unwrap();
    let deleted = world.delete(&post.path).await.unwrap();
    assert_eq!(
        (deleted.source, deleted.deleted_at),
        (None, Some(world.now()))
    );
    assert_eq!(
        world.said().await.pointer("/object/type").unwrap(),
        "Tombstone"
    );
    let again = world.delete(&post.path).await;
    assert!(matches!(again, Err(Error::PostGone { .. })), "{again:?}");
    let edited = world.update(&post.path, "Two.\n").await;
    assert!(matches!(edited, Err(Error::PostGone { .. })), "{edited:?}");
    // The outbox still contains the letter and the Delete.
    let public = "SELECT kind FROM activity WHERE public ORDER BY id";
    assert_eq!(world.column(public).await, ["Create", "Delete"]);
    let audit = world.column("SELECT action FROM audit ORDER BY id").await;
    assert_eq!(audit, ["letter.publish", "post.create", "post.delete"]);
}

#[tokio::test]
async fn what_cannot_be_said_changes_nothing() {
    let world = published(&[]).await;
    let short = NoteSettings {
        max_chars: 20,
        ..settings()
    };
    let fits = "a".repeat(13);
    world.create_with(&short, &fits).await.unwrap();
    let refused = world.create_with(&short, &format!("{fits}a")).await;
    assert!(
        matches!(
            refused,
            Err(Error::PostTooLong {
                chars: 21,
                most: 20
            })
        ),
        "{refused:?}"
    );
    let empty = world.create("\n").await;
    assert!(matches!(empty, Err(Error::BadPost(_))), "{empty:?}");
    let never = world.update("/posts/0123456789abcdef", "x").await;
    assert!(matches!(never, Err(Error::NoPost(_))), "{never:?}");
    assert_eq!(world.sent().await.len(), 2);
    let nothing = World::new().await.create("One.\n").await;
    assert!(matches!(nothing, Err(Error::NoLetter)), "{nothing:?}");
}
