//! Our own posts besides the letter.

use super::{
    fixtures::{at, comment, person, reply, saved},
    on_both,
    outgoing::activity,
};
use undersigned::{
    endorsement::{Act, ActKind, Cause, Visibility},
    hash::Sha256,
    store::{ActRow, NewActivity, OwnObject, OwnPost, Store},
};

fn post(path: &str, seconds: i64) -> OwnPost {
    OwnPost {
        path: path.to_owned(),
        source: Some(format!("Text of {path}.")),
        warning: Some("Politics".to_owned()),
        unlisted: true,
        published_at: at(seconds),
        updated_at: None,
        deleted_at: None,
        in_reply_to: None,
        direct: false,
    }
}

on_both!(
    posts_are_listed_newest_first_without_the_letter,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let letter = OwnObject {
            path: "/letter".to_owned(),
            kind: "letter".to_owned(),
            published_at: at(0),
            updated_at: None,
            deleted_at: None,
        };
        tx.save_own_object(&letter).await.unwrap();
        assert!(tx.own_posts().await.unwrap().is_empty());
        assert_eq!(tx.own_post("/letter").await.unwrap(), None);
        let (one, two, three) = (
            post("/posts/1", 1),
            post("/posts/2", 2),
            post("/posts/3", 3),
        );
        for post in [&one, &two, &three] {
            tx.save_own_post(post).await.unwrap();
        }
        assert_eq!(tx.own_post("/posts/2").await.unwrap(), Some(two.clone()));
        assert_eq!(tx.own_posts().await.unwrap(), [three, two, one]);
        // Oldest first, of the newest two.
        assert_eq!(
            tx.standing_posts(2).await.unwrap(),
            ["/posts/2", "/posts/3"]
        );
    }
);

on_both!(
    a_post_changes_its_text_and_never_its_publication,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let first = post("/posts/1", 1);
        tx.save_own_post(&first).await.unwrap();
        let edited = OwnPost {
            source: Some("Other.".to_owned()),
            warning: None,
            unlisted: false,
            published_at: at(50),
            updated_at: Some(at(50)),
            ..first.clone()
        };
        tx.save_own_post(&edited).await.unwrap();
        let expected = OwnPost {
            unlisted: first.unlisted,
            published_at: first.published_at,
            ..edited
        };
        assert_eq!(tx.own_post("/posts/1").await.unwrap(), Some(expected));
    }
);

on_both!(
    what_is_deleted_stays_deleted_and_its_text_is_gone,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let first = post("/posts/1", 1);
        tx.save_own_post(&first).await.unwrap();
        let deleted = OwnPost {
            source: None,
            warning: None,
            deleted_at: Some(at(9)),
            ..first.clone()
        };
        tx.save_own_post(&deleted).await.unwrap();
        tx.save_own_post(&first).await.unwrap();
        assert_eq!(tx.own_post("/posts/1").await.unwrap(), Some(deleted));
        assert!(tx.standing_posts(9).await.unwrap().is_empty());
    }
);

on_both!(
    what_was_said_about_a_deleted_post_leaves_the_outbox,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let public = |path: &str, subject: &str| NewActivity {
            public: true,
            ..activity(path, subject)
        };
        let all = [
            public("/activities/1", "/posts/1"),
            public("/activities/2", "/letter"),
            public("/activities/3", "/posts/1"),
        ];
        tx.send(&all).await.unwrap();
        assert_eq!(tx.newest_publication("/posts/1").await.unwrap(), None);
        let create = NewActivity {
            kind: "Create".to_owned(),
            ..public("/activities/4", "/posts/2")
        };
        tx.send(&[create]).await.unwrap();
        let newest = tx.newest_publication("/posts/2").await.unwrap();
        assert_eq!(
            newest,
            Some(("/activities/4".to_owned(), "Create".to_owned()))
        );
        tx.rewrite_activity("/activities/4", "{}").await.unwrap();
        let rewritten = tx.activity("/activities/4").await.unwrap().unwrap();
        assert_eq!(rewritten.body, "{}");
        assert_eq!(tx.hide_activities_about("/posts/2").await.unwrap(), 1);
        assert_eq!(tx.newest_publication("/posts/2").await.unwrap(), None);
        assert_eq!(tx.hide_activities_about("/posts/1").await.unwrap(), 2);
        assert_eq!(tx.hide_activities_about("/posts/1").await.unwrap(), 0);
        let shown = tx.public_activities(9).await.unwrap();
        assert_eq!(shown.len(), 1);
        assert!(!tx.activity("/activities/1").await.unwrap().unwrap().public);
    }
);

on_both!(
    answers_are_told_from_posts_below_the_letter,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let authors = [person("bo", "m.example"), person("cy", "m.example")];
        let authors = saved(&mut tx, &authors).await;
        let (bo, cy) = (&authors[0], &authors[1]);
        let answer = |path: &str, object: &str, direct: bool| OwnPost {
            in_reply_to: Some(object.to_owned()),
            direct,
            ..post(path, 5)
        };
        let public = answer("/posts/2", "https://m.example/1", false);
        let direct = answer("/posts/3", "https://m.example/2", true);
        for post in [&post("/posts/1", 1), &public, &direct] {
            tx.save_own_post(post).await.unwrap();
        }
        let own = tx.own_posts().await.unwrap();
        assert_eq!(own, [public.clone(), post("/posts/1", 1)]);
        assert_eq!(tx.own_post("/posts/3").await.unwrap(), None);
        assert_eq!(tx.standing_posts(9).await.unwrap(), ["/posts/1"]);
        let all = tx.posts_to_anybody().await.unwrap();
        assert_eq!(all, [direct.clone(), public.clone(), post("/posts/1", 1)]);
        let found = tx.post_to_anybody("/posts/3").await.unwrap();
        assert_eq!(found, Some(direct.clone()));
        let paths = ["/posts/2".to_owned(), "/posts/3".to_owned()];
        assert_eq!(tx.standing_objects(&paths).await.unwrap(), ["/posts/2"]);
        let objects = [1, 2].map(|n| format!("https://m.example/{n}"));
        let answers = tx.answers_to(&objects).await.unwrap();
        assert_eq!(answers, [public.clone(), direct.clone()]);

        // Whom it answers has it in the personal inbox, and nobody whom it only mentions.
        for actor in [bo, cy] {
            let handle = actor.handle.as_str();
            tx.save_post_mention("/posts/3", handle, &actor.url_hash)
                .await
                .unwrap();
        }
        tx.mark_answered("/posts/3", &bo.url_hash).await.unwrap();
        let mentions = tx.post_mentions(&paths).await.unwrap();
        let answered: Vec<_> = mentions.iter().map(|mention| mention.answered).collect();
        assert_eq!(answered, [true, false]);
        let sent = tx
            .send(&[activity("/activities/1", "/posts/3")])
            .await
            .unwrap();
        let queued = tx.queue_for_answered(sent[0], "/posts/3", at(6)).await;
        assert_eq!(queued.unwrap(), 1);
        let deleted = OwnPost {
            source: None,
            in_reply_to: None,
            deleted_at: Some(at(9)),
            ..direct
        };
        tx.save_own_post(&deleted).await.unwrap();
        let left = tx.answers_to(&objects).await.unwrap();
        assert_eq!(left, [public]);
    }
);

on_both!(what_can_be_answered_are_posts_that_stand, async |store| {
    let mut tx = store.write().await.unwrap();
    let authors = [person("bo", "m.example"), person("cy", "m.example")];
    let authors = saved(&mut tx, &authors).await;
    let ids: Vec<i64> = authors.iter().map(|author| author.id).collect();
    let later = |row: ActRow, seconds: i64| ActRow {
        act: Act {
            at: at(seconds),
            ..row.act
        },
        ..row
    };
    let ended = |row: ActRow| ActRow {
        act: Act {
            ended: Some((at(99), Cause::Delete)),
            ..row.act
        },
        ..row
    };
    let pledge = |row: ActRow| ActRow {
        act: Act {
            kind: ActKind::Pledge,
            ..row.act
        },
        ..row
    };
    let acts = [
        later(reply(ids[0], "https://m.example/1", "I sign"), 20),
        later(comment(ids[0], "https://m.example/2", "Why?"), 30),
        ended(later(reply(ids[0], "https://m.example/3", "I sign"), 40)),
        pledge(later(reply(ids[1], "https://m.example/5", "I left"), 50)),
    ];
    tx.save_acts(&acts).await.unwrap();
    let mut message = later(reply(ids[1], "https://m.example/6", ""), 10);
    (message.text, message.act.kind) = (None, ActKind::Direct);
    message.act.visibility = Visibility::Direct;
    tx.save_acts(&[message]).await.unwrap();
    let newest = tx.newest_answerable(&ids[..1]).await.unwrap().unwrap();
    assert_eq!(
        (newest.object.as_str(), newest.actor_id),
        ("https://m.example/2", ids[0])
    );
    assert_eq!(tx.newest_answerable(&[]).await.unwrap(), None);
    let newest = tx.newest_answerable(&ids).await.unwrap().unwrap();
    assert_eq!(newest.object, "https://m.example/5");
    for (post, found) in [
        (1, true),
        (2, true),
        (3, false),
        (4, false),
        (5, true),
        (6, true),
    ] {
        let hash = Sha256::of(&format!("https://m.example/{post}"));
        let answerable = tx.answerable(&hash).await.unwrap();
        assert_eq!(answerable.is_some(), found, "{post}");
        let direct = answerable.is_some_and(|row| row.direct);
        assert_eq!(direct, post == 6, "{post}");
    }
});
