//! Our objects, the activities about them, and the inboxes that these go to.

use super::{
    fixtures::{at, host, person, saved},
    on_both,
};
use undersigned::store::{HostPace, NewActivity, NewActor, NewDelivery, OwnObject, Store, Tx};

/// A private activity about `subject` that goes nowhere yet.
pub(crate) fn activity(path: &str, subject: &str) -> NewActivity {
    NewActivity {
        path: path.to_owned(),
        kind: "Like".to_owned(),
        subject: subject.to_owned(),
        body: format!("{{\"id\":\"https://letter.example{path}\",\"é\":1}}"),
        public: false,
        at: at(0),
        to: Vec::new(),
    }
}

/// The personal inbox of somebody at `at_host`.
pub(crate) async fn inbox_at(tx: &mut Tx, name: &str, at_host: &str) -> NewDelivery {
    let row = saved(tx, &[person(name, at_host)]).await.remove(0);
    NewDelivery {
        inbox_id: row.inbox_id,
        host_id: row.inbox_host_id,
    }
}

on_both!(
    an_object_of_ours_never_changes_its_publication,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.own_object("/letter").await.unwrap(), None);
        let first = OwnObject {
            path: "/letter".to_owned(),
            kind: "letter".to_owned(),
            published_at: at(0),
            updated_at: None,
            deleted_at: None,
        };
        tx.save_own_object(&first).await.unwrap();
        assert_eq!(tx.own_object("/letter").await.unwrap(), Some(first.clone()));
        let second = OwnObject {
            kind: "post".to_owned(),
            published_at: at(50),
            updated_at: Some(at(50)),
            deleted_at: Some(at(60)),
            ..first.clone()
        };
        tx.save_own_object(&second).await.unwrap();
        let expected = OwnObject {
            kind: first.kind,
            published_at: first.published_at,
            ..second
        };
        assert_eq!(tx.own_object("/letter").await.unwrap(), Some(expected));
    }
);

on_both!(an_activity_is_kept_byte_for_byte, async |store| {
    let mut tx = store.write().await.unwrap();
    let sent = activity("/activities/1", "s");
    tx.send(std::slice::from_ref(&sent)).await.unwrap();
    let found = tx.activity("/activities/1").await.unwrap().unwrap();
    assert_eq!((found.body, found.public), (sent.body, false));
    assert_eq!(tx.activity("/activities/2").await.unwrap(), None);
    let kinds = [("/activities/3", "Announce"), ("/activities/4", "Create")];
    let public = kinds.map(|(path, kind)| NewActivity {
        kind: kind.to_owned(),
        public: true,
        ..activity(path, "s")
    });
    tx.send(&public).await.unwrap();
    for (off, shown) in [(None, [true, true]), (Some(at(1)), [false, true])] {
        tx.set_names_off(off).await.unwrap();
        for ((path, _), shown) in kinds.iter().zip(shown) {
            let found = tx.activity(path).await.unwrap().unwrap();
            assert_eq!(found.public, shown, "{path}");
        }
    }
    assert!(tx.send(&[]).await.unwrap().is_empty());
});

on_both!(
    the_outbox_shows_the_newest_public_activities,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let all: Vec<_> = (0..5)
            .map(|n| NewActivity {
                public: n != 3,
                ..activity(&format!("/activities/{n}"), "s")
            })
            .collect();
        let ids = tx.send(&all).await.unwrap();
        assert!(ids.is_sorted(), "the order of sending is lost: {ids:?}");
        let shown = tx.public_activities(2).await.unwrap();
        let bodies: Vec<_> = shown.iter().map(|it| it.body.as_str()).collect();
        assert_eq!(bodies, [all[4].body.as_str(), all[2].body.as_str()]);
        assert!(shown.iter().all(|it| it.public));
    }
);

on_both!(
    the_creates_that_anybody_may_fetch_are_known,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let sent = [
            ("Create", true, "/letter"),
            ("Update", true, "/letter"),
            ("Create", false, "https://m.example/1"),
        ];
        let all: Vec<_> = (0..)
            .zip(sent)
            .map(|(n, (kind, public, subject))| NewActivity {
                kind: kind.to_owned(),
                public,
                ..activity(&format!("/activities/{n}"), subject)
            })
            .collect();
        tx.send(&all).await.unwrap();
        let expected = ("/activities/0".to_owned(), "/letter".to_owned());
        assert_eq!(tx.public_creates().await.unwrap(), [expected]);
    }
);

on_both!(an_activity_goes_to_an_inbox_once, async |store| {
    let mut tx = store.write().await.unwrap();
    let to = inbox_at(&mut tx, "ada", "m.example").await;
    let twice = NewActivity {
        to: vec![to, to],
        ..activity("/activities/1", "s")
    };
    tx.send(&[twice]).await.unwrap();
    assert_eq!(tx.queue_stats().await.unwrap().queued, 1);
});

on_both!(
    sixty_four_activities_get_their_numbers_in_their_order,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let to = inbox_at(&mut tx, "ada", "m.example").await;
        let all: Vec<_> = (0..64)
            .map(|n| NewActivity {
                to: vec![to],
                ..activity(&format!("/activities/{n}"), &format!("s{n}"))
            })
            .collect();
        let ids = tx.send(&all).await.unwrap();
        let due = tx.due_deliveries(&[to.host_id], at(0), 64).await.unwrap();
        let paths: Vec<_> = due
            .iter()
            .map(|it| (it.activity_id, &it.activity_path))
            .collect();
        let expected: Vec<_> = ids
            .iter()
            .zip(&all)
            .map(|(id, it)| (*id, &it.path))
            .collect();
        assert_eq!(paths, expected);
    }
);

on_both!(followers_of_one_server_get_one_delivery, async |store| {
    let mut tx = store.write().await.unwrap();
    let everybody = [
        person("ada", "m.example"),
        person("bo", "m.example"),
        NewActor {
            shared_inbox: None,
            ..person("cy", "n.example")
        },
        NewActor {
            suspended: true,
            ..person("di", "o.example")
        },
        // Does not follow.
        person("ed", "p.example"),
    ];
    let rows = saved(&mut tx, &everybody).await;
    let followers: Vec<_> = rows[..4]
        .iter()
        .map(|row| undersigned::store::FollowerRow {
            actor_id: row.id,
            follow_id: None,
            since: at(0),
        })
        .collect();
    tx.save_followers(&followers).await.unwrap();
    let id = tx.send(&[activity("/activities/1", "s")]).await.unwrap()[0];
    assert_eq!(tx.queue_for_followers(id, at(4)).await.unwrap(), 2);
    assert_eq!(tx.queue_for_followers(id, at(5)).await.unwrap(), 0);
    let hosts: Vec<_> = rows.iter().map(|it| it.host_id).collect();
    let mut due = tx.due_deliveries(&hosts, at(4), 10).await.unwrap();
    due.sort_by(|a, b| a.inbox.cmp(&b.inbox));
    let inboxes: Vec<_> = due.iter().map(|it| it.inbox.as_str()).collect();
    assert_eq!(
        inboxes,
        [
            "https://m.example/inbox",
            "https://n.example/users/cy/inbox"
        ]
    );
    assert!(due.iter().all(|it| it.queued_at == at(4)));
});

on_both!(
    an_inbox_on_another_host_waits_for_that_host,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = NewActor {
            shared_inbox: Some(("https://cdn.example/inbox".to_owned(), host("cdn.example"))),
            ..person("ada", "m.example")
        };
        let row = saved(&mut tx, &[ada]).await.remove(0);
        let follower = undersigned::store::FollowerRow {
            actor_id: row.id,
            follow_id: None,
            since: at(0),
        };
        tx.save_followers(&[follower]).await.unwrap();
        let id = tx.send(&[activity("/activities/1", "s")]).await.unwrap()[0];
        tx.queue_for_followers(id, at(0)).await.unwrap();
        let leased = tx
            .lease_hosts("w", at(0), at(9), HostPace::Unknown, 9, &[])
            .await
            .unwrap();
        let names: Vec<_> = leased.iter().map(|it| it.authority.as_str()).collect();
        assert_eq!(names, ["cdn.example"]);
    }
);
