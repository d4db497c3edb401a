//! Recipients of activities about the actor itself.

use super::{
    fixtures::{at, host, person, saved},
    on_both,
    outgoing::{activity, inbox_at},
    sql,
};
use undersigned::{
    endorsement::{
        block_file::Flags,
        blocks::{Severity, Target},
    },
    store::{BlockRow, FollowerRow, NewActor, Reachable, Store},
};

const fn reachable(inboxes: i64, hosts: i64) -> Reachable {
    Reachable { inboxes, hosts }
}

on_both!(followers_are_reached_once_for_each_server, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.reachable_followers().await.unwrap(), reachable(0, 0));
    let people = [
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
        person("no-follower", "p.example"),
    ];
    let rows = saved(&mut tx, &people).await;
    let followers: Vec<_> = rows[..4]
        .iter()
        .map(|row| FollowerRow {
            actor_id: row.id,
            follow_id: None,
            since: at(0),
        })
        .collect();
    tx.save_followers(&followers).await.unwrap();
    assert_eq!(tx.reachable_followers().await.unwrap(), reachable(2, 2));
    let id = tx.send(&[activity("/activities/1", "s")]).await.unwrap()[0];
    assert_eq!(tx.queue_for_followers(id, at(1)).await.unwrap(), 2);
});

on_both!(
    everybody_who_was_ever_known_is_reached_once_but_blocked_hosts,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.reachable_inboxes().await.unwrap(), reachable(0, 0));
        let people = [
            person("ada", "m.example"),
            person("bo", "m.example"),
            // Without a shared inbox, each has an own one.
            NewActor {
                shared_inbox: None,
                ..person("cy", "n.example")
            },
            NewActor {
                shared_inbox: None,
                ..person("di", "n.example")
            },
            person("suspended", "o.example"),
            person("blocked", "b.example"),
            person("below", "c.b.example"),
            person("not-below", "ab.example"),
            person("limited", "l.example"),
        ];
        saved(&mut tx, &people).await;
        // An inbox that its owner replaced by another one: something may have been sent there.
        let moved = NewActor {
            inbox: ("https://n.example/elsewhere".to_owned(), host("n.example")),
            ..people[2].clone()
        };
        saved(&mut tx, &[moved]).await;
        for (domain, severity) in [
            ("b.example", Severity::Block),
            ("l.example", Severity::Limit),
        ] {
            let policy = BlockRow {
                target: Target::Domain(domain.to_owned()),
                severity,
                public_comment: None,
                private_comment: None,
                at: at(0),
                flags: Flags::default(),
            };
            tx.save_policy(&policy).await.unwrap();
        }
        // m, o, ab and l each by one; n by two that are in use and one that was.
        assert_eq!(tx.reachable_inboxes().await.unwrap(), reachable(7, 5));
        let id = tx.send(&[activity("/activities/1", "s")]).await.unwrap()[0];
        assert_eq!(tx.queue_for_everybody(id, at(1)).await.unwrap(), 7);
        assert_eq!(tx.queue_for_everybody(id, at(2)).await.unwrap(), 0);
    }
);

on_both!(
    every_server_is_told_where_anybody_is_known_or_an_inbox_is_shared,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.reachable_servers().await.unwrap(), reachable(0, 0));
        let alone = |name: &str, at_host: &str| NewActor {
            shared_inbox: None,
            ..person(name, at_host)
        };
        let people = [
            person("ada", "m.example"),
            person("bo", "m.example"),
            alone("cy", "n.example"),
            alone("di", "n.example"),
            alone("erased", "o.example"),
            NewActor {
                suspended: true,
                ..alone("deleted", "p.example")
            },
            person("erased", "q.example"),
            NewActor {
                r#type: "Application".to_owned(),
                ..alone("erased", "r.example")
            },
            person("blocked", "b.example"),
        ];
        let rows = saved(&mut tx, &people).await;
        for row in [&rows[4], &rows[6], &rows[7]] {
            let erase = format!("UPDATE actor SET url = '' WHERE id = {}", row.id);
            sql::run(&mut tx, &erase).await.unwrap();
        }
        // An inbox that its owner replaced by another one.
        let moved = NewActor {
            inbox: ("https://n.example/elsewhere".to_owned(), host("n.example")),
            ..people[2].clone()
        };
        saved(&mut tx, &[moved]).await;
        let policy = BlockRow {
            target: Target::Domain("b.example".to_owned()),
            severity: Severity::Block,
            public_comment: None,
            private_comment: None,
            at: at(0),
            flags: Flags::default(),
        };
        tx.save_policy(&policy).await.unwrap();
        // m, q and r by one each; n by two.
        assert_eq!(tx.reachable_servers().await.unwrap(), reachable(5, 4));
        let id = tx.send(&[activity("/activities/1", "s")]).await.unwrap()[0];
        assert_eq!(tx.queue_for_servers(id, at(1)).await.unwrap(), 5);
        assert_eq!(tx.queue_for_servers(id, at(2)).await.unwrap(), 0);
    }
);

on_both!(what_waits_is_dropped_and_counted, async |store| {
    let mut tx = store.write().await.unwrap();
    let to = inbox_at(&mut tx, "ada", "m.example").await;
    let sent = undersigned::store::NewActivity {
        to: vec![to],
        ..activity("/activities/1", "s")
    };
    tx.send(&[sent]).await.unwrap();
    assert_eq!(tx.drop_everything(at(1)).await.unwrap(), 1);
    assert_eq!(tx.drop_everything(at(1)).await.unwrap(), 0);
    let stats = tx.queue_stats().await.unwrap();
    assert_eq!((stats.queued, stats.abandoned), (0, 1));
});
