//! Who asked to hear what is new.

use undersigned::{
    endorsement::blocks::{Severity, Target},
    store::{BlockRow, FollowerRow, OwnPost, Store, SubscriberNote, Tx},
};

use super::{
    fixtures::{at, person, saved},
    on_both,
};

/// Subscribes the people with these row ids.
async fn subscribe(tx: &mut Tx, ids: &[i64]) {
    let mut rows = tx.actors_by_id(ids).await.unwrap();
    for row in &mut rows {
        row.subscribed_at = Some(at(1));
    }
    tx.save_notes(&rows.iter().collect::<Vec<_>>())
        .await
        .unwrap();
}

async fn told(tx: &mut Tx) -> Vec<String> {
    let subscribers = tx.subscribers().await.unwrap().into_iter();
    subscribers.map(|to| to.handle).collect()
}

on_both!(
    who_follows_hears_anyway_and_who_is_blocked_hears_nothing_more,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let people = [
            person("ada", "m.example"),
            person("bo", "m.example"),
            person("cy", "other.example"),
            person("di", "m.example"),
        ];
        let ids: Vec<_> = saved(&mut tx, &people)
            .await
            .iter()
            .map(|row| row.id)
            .collect();
        subscribe(&mut tx, &ids[..3]).await;
        let handles = ["@ada@m.example", "@bo@m.example", "@cy@other.example"];
        assert_eq!(told(&mut tx).await, handles);
        let follower = FollowerRow {
            actor_id: ids[0],
            follow_id: None,
            since: at(2),
        };
        tx.save_followers(&[follower]).await.unwrap();
        assert_eq!(told(&mut tx).await, handles[1..]);
        assert_eq!(tx.subscriber_count().await.unwrap(), 3);
        let block = BlockRow {
            target: Target::Domain("other.example".to_owned()),
            severity: Severity::Block,
            public_comment: None,
            private_comment: None,
            at: at(3),
            flags: undersigned::endorsement::block_file::Flags::default(),
        };
        tx.save_policy(&block).await.unwrap();
        assert_eq!(told(&mut tx).await, handles[1..2]);
        tx.remove_policy(&block.target).await.unwrap();
        assert_eq!(tx.subscriber_count().await.unwrap(), 2);
        // Whether they said *stop* since, a backup does not know.
        assert_eq!(tx.end_subscriptions().await.unwrap(), 2);
        assert_eq!(tx.subscriber_count().await.unwrap(), 0);
        subscribe(&mut tx, &ids[..2]).await;
        assert_eq!(tx.subscriber_count().await.unwrap(), 2);
        // Of those two, ada follows.
        assert_eq!(told(&mut tx).await, handles[1..2]);
    }
);

on_both!(
    what_was_sent_is_known_until_it_is_forgotten,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let people = [person("ada", "m.example"), person("bo", "m.example")];
        let ids: Vec<_> = saved(&mut tx, &people)
            .await
            .iter()
            .map(|row| row.id)
            .collect();
        subscribe(&mut tx, &ids).await;
        let post = OwnPost {
            path: "/posts/1".to_owned(),
            source: Some("News.".to_owned()),
            warning: None,
            unlisted: false,
            published_at: at(1),
            updated_at: None,
            deleted_at: None,
            in_reply_to: None,
            direct: false,
        };
        tx.save_own_post(&post).await.unwrap();
        let to = tx.subscribers().await.unwrap().into_iter();
        let notes = to.enumerate().map(|(number, to)| SubscriberNote {
            path: format!("/posts/n{number}"),
            to,
            wants_more: true,
        });
        let notes: Vec<_> = notes.collect();
        tx.save_subscriber_notes(&post.path, &notes).await.unwrap();
        assert_eq!(tx.subscriber_notes(&post.path).await.unwrap(), notes);
        assert_eq!(tx.subscriber_notes("/posts/2").await.unwrap(), []);
        // Such a Note is none of our posts: nobody can read it.
        assert_eq!(tx.own_post("/posts/n0").await.unwrap(), None);
        let mut bo = tx.actors_by_id(&ids[1..]).await.unwrap().remove(0);
        bo.subscribed_at = None;
        tx.save_notes(&[&bo]).await.unwrap();
        let wants_more = tx.subscriber_notes(&post.path).await.unwrap();
        let wants_more = wants_more.iter().map(|note| note.wants_more);
        assert_eq!(wants_more.collect::<Vec<_>>(), [true, false]);
        subscribe(&mut tx, &ids[1..]).await;
        tx.erase_account(ids[0], at(9)).await.unwrap();
        assert_eq!(tx.subscriber_notes(&post.path).await.unwrap(), notes[1..]);
        assert_eq!(tx.subscriber_count().await.unwrap(), 1);
        tx.forget_subscriber_notes(&post.path).await.unwrap();
        assert_eq!(tx.subscriber_notes(&post.path).await.unwrap(), []);
    }
);
