//! A draft, its rehearsal, and its launch.

use std::time::Duration;

use super::{
    people::{a_post, by, created, like, reply},
    publish::{TEXT, file, settings},
    support::{DAY, HOUR, NOW, SECOND, World},
};
use crate::{
    activitystreams::ActorType,
    clock::Millis,
    endorsement::{
        judge::{Audience, PostKind},
        policy::{Acknowledge, LetterState},
    },
    letter::{self, Collected, LetterPicture, PictureName},
    register::{
        Error, InboundAction, InboundActivity, InboundPost, Result,
        actor::{
            command::ActorCommandContext,
            identity::{LETTER_KEY, claim},
            profile::Profile,
            profile_update::refresh,
        },
        error::NoChange,
        letter::{
            launch::{
                DraftText, LaunchOrigin, call_off, is_preview, launch, launch_due, plan, planned,
                planned_text, preview, rehearse,
            },
            letter_state::{LetterSchedule, Wish, decide},
            note::NoteSettings,
            translations::Translation,
        },
        moderation::signatories::{NameByHand, add_names},
        outgoing::ActivityBuilder,
        restored::Restored,
    },
    signature::KeyPair,
};

const MINUTE: Duration = Duration::from_mins(1);
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

fn draft(text: &str, names: &[&str]) -> DraftText {
    let source = file(text, names);
    DraftText {
        letter: letter::parse(source.as_bytes(), None).unwrap(),
        source,
        pictures: Vec::new(),
        translations: Vec::new(),
    }
}

/// Profile and settings of the actor.
struct Voice(Profile, NoteSettings);

impl Voice {
    fn new() -> Self {
        let profile = Profile {
            close_at: None,
            kind: ActorType::Service,
            name: String::new(),
            summary: String::new(),
            contact: String::new(),
            icon_type: "image/png",
            icon_version: "1".to_owned(),
            header: None,
            also_known_as: Vec::new(),
        };
        Self(profile, settings())
    }
}

impl World {
    /// A draft with a key, as `init` makes it.
    async fn rehearsing() -> Self {
        let mut world = Self::with(&["ada", "bob"]).await;
        world.letter(LetterState::Draft);
        let key = KeyPair::generate().unwrap();
        let mut tx = world.store.write().await.unwrap();
        let urls = &world.context.urls;
        claim(&mut tx, urls, world.now()).await.unwrap();
        tx.add_own_key(LETTER_KEY, key.to_pkcs8(), world.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world
    }

    fn at<'a>(&'a self, voice: &'a Voice, now: Millis) -> ActorCommandContext<'a> {
        ActorCommandContext {
            builder: ActivityBuilder {
                urls: &self.context.urls,
                random: self.context.random.as_ref(),
                now,
            },
            profile: &voice.0,
            settings: &voice.1,
            by: "mona",
        }
    }

    fn origin(&self) -> LaunchOrigin<'_> {
        LaunchOrigin {
            on_github: false,
            salt: &self.context.salt,
            by: "mona",
        }
    }

    async fn launch(&self, draft: &DraftText) -> Result<usize> {
        let voice = Voice::new();
        let mut tx = self.store.write().await.unwrap();
        let order = self.at(&voice, self.now());
        let (published, _) = launch(&mut tx, &order, draft, &self.origin()).await?;
        tx.commit().await.unwrap();
        Ok(published.joined)
    }

    async fn plan(&self, draft: &DraftText, due_at: Millis) -> Result<()> {
        let mut tx = self.store.write().await.unwrap();
        plan(&mut tx, (self.now(), due_at), draft, None, "mona").await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    /// What the server does each half second; whether the letter came out by it.
    async fn comes_out_at(&self, now: Millis) -> bool {
        let voice = Voice::new();
        let mut tx = self.store.write().await.unwrap();
        let (order, salt) = (self.at(&voice, now), &self.context.salt);
        let launched = launch_due(&mut tx, &order, (false, salt)).await.unwrap();
        tx.commit().await.unwrap();
        launched.is_some()
    }

    async fn revisions(&self) -> Vec<String> {
        let rows = self.read().await.revisions().await.unwrap();
        rows.into_iter().map(|row| row.source).collect()
    }

    async fn schedule(&self) -> LetterState {
        let schedule = LetterSchedule::read(&mut self.read().await, None).await;
        schedule.unwrap().state(NOW)
    }

    async fn decides(&self, wish: Wish) -> Error {
        let mut tx = self.store.write().await.unwrap();
        let (context, settings) = (&self.context, settings());
        let random = context.random.as_ref();
        let urls = &context.urls;
        decide(&mut tx, urls, &settings, random, NOW, None, (wish, "mona"))
            .await
            .unwrap_err()
    }

    async fn told(&self) -> Vec<String> {
        self.column("SELECT body FROM activity WHERE kind = 'Create' AND NOT public ORDER BY id")
            .await
    }
}

fn mention(who: &str, post: &str, words: &str, audience: Audience) -> InboundActivity {
    let note = InboundPost {
        kind: PostKind::Mention,
        target: "/actor".to_owned(),
        audience,
        ..a_post(who, post, words)
    };
    created(who, post, note)
}

fn follow(who: &str) -> InboundActivity {
    let object = "https://letter.example/actor".to_owned();
    by(who, "f1", InboundAction::Follow { object })
}

#[tokio::test]
async fn a_plan_comes_out_once_whatever_the_clock_does() {
    for jumps in [
        // The minute passes, with a look before and two after.
        vec![
            (HOUR.checked_sub(SECOND).unwrap(), false),
            (HOUR, true),
            (HOUR + SECOND, false),
        ],
        // The clock jumps over it, and back.
        vec![(DAY, true), (MINUTE, false), (HOUR, false), (DAY, false)],
        // It goes back before the minute, and comes to it again.
        vec![
            (HOUR.checked_sub(SECOND).unwrap(), false),
            (MINUTE, false),
            (HOUR, true),
            (MINUTE, false),
            (HOUR, false),
        ],
        // The server was down.
        vec![(3 * DAY, true), (3 * DAY + SECOND, false)],
    ] {
        let world = World::rehearsing().await;
        let planned_text = draft(TEXT, &["Jane Doe"]);
        world.plan(&planned_text, NOW.plus(HOUR)).await.unwrap();
        assert_eq!(world.schedule().await, LetterState::Draft);
        for (after, comes) in jumps {
            assert_eq!(
                world.comes_out_at(NOW.plus(after)).await,
                comes,
                "{after:?}"
            );
        }
        assert_eq!(world.revisions().await, [planned_text.source.as_str()]);
        assert_eq!(world.sent().await, ["Create"]);
        assert_eq!(world.schedule().await, LetterState::Open);
        assert_eq!(planned(&mut world.read().await).await.unwrap(), None);
        let left = "SELECT language FROM launch_text UNION ALL SELECT name FROM launch_picture";
        assert!(world.column(left).await.is_empty());
        let again = world.launch(&planned_text).await;
        assert!(
            matches!(again, Err(Error::NoChange(NoChange::Out))),
            "{again:?}"
        );
    }
}

#[tokio::test]
async fn a_plan_holds_its_text_and_another_takes_its_place() {
    let world = World::rehearsing().await;
    let name = PictureName::of(PNG).unwrap();
    let with_picture = |text: &str| format!("{text}\n\n![Us]({})", name.address());
    let translated = draft("Bauen wir Brücken.", &[]);
    let second = DraftText {
        pictures: vec![LetterPicture {
            name: name.clone(),
            bytes: PNG.to_vec(),
        }],
        translations: vec![Translation {
            language: "de".to_owned(),
            file: "letter.de.md".to_owned(),
            letter: translated.letter,
            source: translated.source,
            pictures: Vec::new(),
        }],
        ..draft(&with_picture("Another text."), &["Jane Doe", "Richard Roe"])
    };
    let past = world.plan(&second, NOW).await;
    assert!(
        matches!(past, Err(Error::NoChange(NoChange::LaunchPast(_)))),
        "{past:?}"
    );
    world.plan(&draft(TEXT, &[]), NOW.plus(HOUR)).await.unwrap();
    world.plan(&second, NOW.plus(DAY)).await.unwrap();
    let mut tx = world.read().await;
    let plan = planned(&mut tx).await.unwrap().unwrap();
    assert_eq!((plan.due_at, plan.names), (NOW.plus(DAY), 2));
    assert_eq!(plan.digest, second.letter.digest.to_string());
    let read = planned_text(&mut tx, &plan).await.unwrap();
    assert_eq!(
        (read.source, read.pictures),
        (second.source.clone(), second.pictures.clone())
    );
    drop(tx);
    assert!(!world.comes_out_at(NOW.plus(2 * HOUR)).await);
    // Until then no picture of it is public.
    assert_eq!(
        world.read().await.picture(name.as_str()).await.unwrap(),
        None
    );
    assert!(world.comes_out_at(NOW.plus(DAY)).await);
    assert_eq!(world.revisions().await, [second.source]);
    let mut tx = world.read().await;
    assert!(tx.picture(name.as_str()).await.unwrap().is_some());
    let languages = tx.translation_changes().await.unwrap();
    assert_eq!(languages.len(), 1);
    let audit = world.column("SELECT action FROM audit ORDER BY id").await;
    let launched = [
        "letter.launch",
        "letter.launch",
        "letter.publish",
        "letter.translations",
    ];
    assert_eq!(audit, launched);
}

#[tokio::test]
async fn a_plan_that_is_called_off_or_came_out_of_a_backup_does_not_come_out() {
    let world = World::rehearsing().await;
    world.plan(&draft(TEXT, &[]), NOW.plus(HOUR)).await.unwrap();
    for expected in [true, false] {
        let mut tx = world.store.write().await.unwrap();
        assert_eq!(call_off(&mut tx, NOW, "mona").await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
    assert!(!world.comes_out_at(NOW.plus(DAY)).await);
    world.plan(&draft(TEXT, &[]), NOW.plus(HOUR)).await.unwrap();
    let restored = Restored {
        at: NOW.plus(MINUTE),
        taken_at: NOW,
        server_stopped: true,
    };
    let mut tx = world.store.write().await.unwrap();
    restored.write(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!world.comes_out_at(NOW.plus(DAY)).await);
    // What is planned afterwards does.
    world.clock.advance(HOUR);
    world.plan(&draft(TEXT, &[]), NOW.plus(DAY)).await.unwrap();
    assert!(world.comes_out_at(NOW.plus(DAY)).await);
}

#[tokio::test]
async fn whoever_follows_is_told_of_the_actor_and_then_of_the_letter() {
    let world = World::rehearsing().await;
    let voice = Voice::new();
    let context = world.at(&voice, NOW);
    let mut tx = world.read().await;
    let shown = voice.0.current(&mut tx, &world.context.urls, &voice.1, NOW);
    let shown = shown.await.unwrap().to_string();
    drop(tx);
    assert!(
        shown.contains("\"name\":\"letter\"") && !shown.contains("\"image\""),
        "{shown}"
    );
    world.take(follow("ada")).await;
    refresh(&world.store, &context).await.unwrap();
    world.clock.advance(DAY);
    assert_eq!(world.launch(&draft(TEXT, &["Jane Doe"])).await.unwrap(), 1);
    assert_eq!(world.sent().await, ["Accept", "Update", "Create"]);
    let bodies = world.column("SELECT body FROM activity ORDER BY id").await;
    assert!(bodies[1].contains("\"name\":\"A letter\""), "{}", bodies[1]);
    assert!(bodies[1].contains("\"image\"") && bodies[1].contains("\"value\":\"1\""));
    let queued = world
        .column("SELECT CAST(activity_id AS TEXT) FROM delivery ORDER BY id")
        .await;
    assert_eq!(queued, ["1", "2", "3"]);
    // The profile was just sent.
    let later = world.at(&voice, NOW.plus(DAY + 6 * HOUR));
    refresh(&world.store, &later).await.unwrap();
    assert_eq!(world.sent().await.len(), 3);
}

#[tokio::test]
async fn a_draft_is_neither_opened_nor_closed_and_is_out_only_once() {
    let world = World::rehearsing().await;
    for wish in [
        Wish::Open,
        Wish::Pause,
        Wish::Close,
        Wish::CloseAt(NOW.plus(DAY)),
    ] {
        let refused = world.decides(wish).await;
        assert!(
            matches!(refused, Error::NoChange(NoChange::Draft)),
            "{wish:?}: {refused}"
        );
        assert!(refused.to_string().contains("`letter launch`"));
    }
    world.launch(&draft(TEXT, &[])).await.unwrap();
    let mut tx = world.store.write().await.unwrap();
    let late = plan(
        &mut tx,
        (NOW, NOW.plus(DAY)),
        &draft(TEXT, &[]),
        None,
        "mona",
    )
    .await;
    assert!(
        matches!(late, Err(Error::NoChange(NoChange::Out))),
        "{late:?}"
    );
}

#[tokio::test]
async fn nothing_of_who_signs_a_draft_is_kept_and_one_answer_says_so() {
    let mut world = World::rehearsing().await;
    world
        .take(mention("ada", "1", "I sign", Audience::Public))
        .await;
    world
        .take(mention("ada", "2", "I sign", Audience::Direct))
        .await;
    world
        .take(mention("ada", "3", "I sign", Audience::Followers))
        .await;
    world.take(reply("bob", "1", "What is this?")).await;
    world.take(like("bob", "l1")).await;
    let rows = "SELECT 'act' FROM act UNION ALL SELECT 'endorsement' FROM endorsement
                UNION ALL SELECT 'comment' FROM comment UNION ALL SELECT 'reach' FROM reach";
    assert_eq!(world.column(rows).await, Vec::<String>::new());
    let told = world.told().await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("not out yet") && !told[0].contains("A letter"),
        "{}",
        told[0]
    );

    world.rules().policy.acknowledge = Acknowledge::None;
    world
        .take(mention("bob", "2", "I sign", Audience::Public))
        .await;
    assert_eq!(world.told().await.len(), 1);
    assert!(world.check().await.findings.is_empty());

    // Once it is out, both can sign, and a private signature gets its own answer.
    world.launch(&draft(TEXT, &[])).await.unwrap();
    world.letter(LetterState::Open);
    world
        .take(mention("ada", "4", "I sign", Audience::Direct))
        .await;
    assert_eq!(world.told().await.len(), 2);
    world.take(reply("bob", "3", "I sign")).await;
    assert_eq!(world.state("bob").await, "listed Bob");
}

#[tokio::test]
async fn first_signers_stand_in_the_list_from_the_launch_on() {
    let world = World::rehearsing().await;
    let jane = NameByHand::new("Jane Doe", None, None, Collected::Email, "mail 1").unwrap();
    let mut tx = world.store.write().await.unwrap();
    let random = world.context.random.as_ref();
    add_names(&mut tx, &[jane], random, "mona", NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(world.check().await.findings.is_empty());
    assert_eq!(
        world.launch(&draft(TEXT, &["Richard Roe"])).await.unwrap(),
        1
    );
    let listed = world.public().await;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|entry| entry.revision == 1));
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn a_rehearsal_leaves_nothing_and_its_address_ends_with_the_launch() {
    let world = World::rehearsing().await;
    let random = world.context.random.as_ref();
    let address = async |renews| {
        let mut tx = world.store.write().await.unwrap();
        let token = preview(&mut tx, random, renews).await;
        tx.commit().await.unwrap();
        token
    };
    let leads = async |token: &str| is_preview(&mut world.read().await, token).await.unwrap();
    assert!(!leads("").await);
    let first = address(false).await.unwrap();
    assert_eq!(first.len(), 32);
    assert_eq!(address(false).await.unwrap(), first);
    assert!(leads(&first).await && !leads("").await && !leads(&first.to_uppercase()).await);
    let second = address(true).await.unwrap();
    assert!(second != first && leads(&second).await && !leads(&first).await);

    let mut tx = world.store.write().await.unwrap();
    let text = draft(TEXT, &["Jane Doe"]);
    rehearse(&mut tx, random, NOW, &text, &world.origin())
        .await
        .unwrap();
    assert_eq!(tx.signatory_counts(1).await.unwrap().len(), 1);
    drop(tx);
    assert!(world.revisions().await.is_empty() && world.public().await.is_empty());
    assert!(world.sent().await.is_empty());

    world.launch(&text).await.unwrap();
    assert!(!leads(&second).await);
    let late = address(false).await;
    assert!(
        matches!(late, Err(Error::NoChange(NoChange::Out))),
        "{late:?}"
    );
}
