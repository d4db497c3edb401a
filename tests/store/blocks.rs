//! Blocks and limits of domains and actors, and what they stop.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    fixtures::{at, endorsement, host, person, public_id, saved},
    on_both, sql,
};
use undersigned::{
    endorsement::{
        State,
        block_file::Flags,
        blocks::{Severity, Target},
        who::Who,
    },
    hash::Sha256,
    store::{
        ActorRow, BlockRow, EndorsementRow, FollowerRow, NewActivity, NewActor, NewDelivery, Purge,
        QuoteAuthorizationRow, QuoteEntry, Reached, Store, Topic, Tx,
    },
};

fn domain(name: &str) -> Target {
    Target::Domain(name.to_owned())
}

fn block(target: Target, seconds: i64) -> BlockRow {
    BlockRow {
        target,
        severity: Severity::Block,
        public_comment: Some("Abuse".to_owned()),
        private_comment: None,
        at: at(seconds),
        flags: Flags::default(),
    }
}

/// Saves Ada on `m.example`, Bo below it, Cy on a host that only ends like it, and Dee whose host has a wildcard of
/// `LIKE` in the place of the dot; all follow, and all but Dee endorse. Gives their numbers.
async fn everybody(tx: &mut Tx) -> Vec<i64> {
    let people = [
        person("ada", "m.example"),
        NewActor {
            inbox: ("https://in.m.example/bo".to_owned(), host("in.m.example")),
            ..person("bo", "a.m.example:8443")
        },
        person("cy", "notm.example"),
        person("dee", "a.m_example"),
    ];
    let rows = saved(tx, &people).await;
    let ids: Vec<i64> = rows.iter().map(|it| it.id).collect();
    let follows = ids.iter().map(|id| FollowerRow {
        actor_id: *id,
        follow_id: None,
        since: at(1),
    });
    tx.save_followers(&follows.collect::<Vec<_>>())
        .await
        .unwrap();
    let states = [State::Listed, State::Pending, State::Counted];
    let rows = ids.iter().zip(states).map(|(id, state)| EndorsementRow {
        state,
        ..endorsement(*id, "somebody")
    });
    tx.save_endorsements(&rows.collect::<Vec<_>>())
        .await
        .unwrap();
    ids
}

on_both!(a_block_is_kept_replaced_listed_and_removed, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = Target::Actor("https://m.example/users/ada".to_owned());
    let first = block(domain("m.example"), 1);
    tx.save_policy(&first).await.unwrap();
    tx.save_policy(&block(ada.clone(), 2)).await.unwrap();
    let limit = BlockRow {
        severity: Severity::Limit,
        private_comment: Some("See mail".to_owned()),
        ..block(domain("m.example"), 3)
    };
    tx.save_policy(&limit).await.unwrap();
    assert_eq!(
        tx.policies().await.unwrap(),
        [limit.clone(), block(ada.clone(), 2)]
    );
    assert_eq!(tx.policy(&domain("m.example")).await.unwrap(), Some(limit));
    assert_eq!(tx.policy(&domain("other.example")).await.unwrap(), None);
    assert!(tx.remove_policy(&ada).await.unwrap());
    assert!(!tx.remove_policy(&ada).await.unwrap());
});

on_both!(a_version_is_that_of_this_transaction, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.version(Topic::Policy).await.unwrap(), 0);
    tx.changed(&[Topic::Policy]).await.unwrap();
    tx.changed(&[Topic::Policy, Topic::Queue]).await.unwrap();
    assert_eq!(tx.version(Topic::Policy).await.unwrap(), 2);
    assert_eq!(tx.version(Topic::Queue).await.unwrap(), 1);
});

on_both!(a_domain_means_those_on_it_and_below_it, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let meant = tx.meant_by(&domain("m.example"), 0, 10).await.unwrap();
    assert_eq!(meant, ids[..2]);
    let after = tx.meant_by(&domain("m.example"), ids[0], 10).await.unwrap();
    assert_eq!(after, [ids[1]]);
    assert_eq!(
        tx.meant_by(&domain("m.example"), 0, 1).await.unwrap(),
        [ids[0]]
    );
    let wildcard = tx.meant_by(&domain("m_example"), 0, 10).await.unwrap();
    assert_eq!(wildcard, [ids[3]], "an underscore is no wildcard");
    let cy = Target::Actor("https://notm.example/users/cy".to_owned());
    assert_eq!(tx.meant_by(&cy, 0, 10).await.unwrap(), [ids[2]]);
    let expected = Reached {
        shown: 1,
        waiting: 1,
        hidden: 0,
        awake: 2,
        asleep: 0,
    };
    assert_eq!(tx.reached(&domain("m.example")).await.unwrap(), expected);
    assert_eq!(
        tx.reached(&domain("nobody.example")).await.unwrap(),
        Reached::default()
    );
});

/// The names of the hosts that are marked as blocked.
async fn marked(tx: &mut Tx) -> Vec<String> {
    sql::texts(tx, "SELECT name FROM host WHERE blocked ORDER BY name").await
}

on_both!(hosts_are_marked_with_their_blocks, async |store| {
    let mut tx = store.write().await.unwrap();
    let no_longer = async |tx: &mut Tx, name: &str| {
        assert!(tx.remove_policy(&domain(name)).await.unwrap(), "{name}");
    };
    everybody(&mut tx).await;
    tx.save_policy(&block(domain("m.example"), 1))
        .await
        .unwrap();
    let below = ["a.m.example", "in.m.example", "m.example"];
    assert_eq!(marked(&mut tx).await, below);
    // A host that comes later; several blocks of one host.
    saved(&mut tx, &[person("eve", "b.m.example")]).await;
    tx.save_policy(&block(domain("a.m.example"), 2))
        .await
        .unwrap();
    assert_eq!(
        marked(&mut tx).await,
        [below[0], "b.m.example", below[1], below[2]]
    );
    no_longer(&mut tx, "m.example").await;
    assert_eq!(marked(&mut tx).await, ["a.m.example"]);
    // A limit is none, nor is a block of an actor.
    let limit = BlockRow {
        severity: Severity::Limit,
        ..block(domain("a.m.example"), 3)
    };
    tx.save_policy(&limit).await.unwrap();
    let ada = Target::Actor("https://m.example/users/ada".to_owned());
    tx.save_policy(&block(ada, 4)).await.unwrap();
    assert!(marked(&mut tx).await.is_empty());
});

on_both!(many_blocks_are_written_at_once, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    let many = (0..2500).map(|n| block(domain(&format!("b{n}.example")), n));
    let noted = BlockRow {
        severity: Severity::Noop,
        flags: Flags {
            reject_media: true,
            obfuscate: true,
            ..Flags::default()
        },
        ..block(domain("notm.example"), 9000)
    };
    let row = block(domain("m.example"), 9001);
    let mut all: Vec<_> = many.chain([noted.clone(), row.clone()]).collect();
    tx.save_policies(&all).await.unwrap();
    assert_eq!(tx.policy(&noted.target).await.unwrap(), Some(noted));
    all.reverse();
    assert_eq!(tx.policies().await.unwrap(), all);
    assert_eq!(
        marked(&mut tx).await,
        ["a.m.example", "in.m.example", "m.example"]
    );
    let hosts = tx.host_names(0, 9).await.unwrap();
    let blocked: Vec<_> = hosts
        .iter()
        .filter(|host| !host.blocked)
        .map(|host| &host.name)
        .collect();
    assert_eq!(blocked, ["a.m_example", "notm.example"]);
    assert_eq!(tx.host_names(hosts[0].id, 1).await.unwrap(), hosts[1..2]);
    let noted = BlockRow {
        severity: Severity::Noop,
        ..row
    };
    tx.save_policies(&[noted]).await.unwrap();
    assert!(marked(&mut tx).await.is_empty());
});

/// How many of SQLite's instructions, in hundreds, an activity costs that goes to the letter's audience.
async fn cost_of_an_update(tx: &mut Tx, path: &str) -> u64 {
    let sent = NewActivity {
        path: path.to_owned(),
        subject: path.to_owned(),
        ..letter("Update", &[])
    };
    let id = tx.send(&[sent]).await.unwrap()[0];
    let counted = Arc::new(AtomicU64::new(0));
    if let Tx::Sqlite(tx) = &mut *tx {
        let counter = Arc::clone(&counted);
        let mut handle = tx.lock_handle().await.unwrap();
        handle.set_progress_handler(100, move || {
            counter.fetch_add(1, Ordering::Relaxed);
            true
        });
    }
    assert_eq!(
        tx.queue_for_audience(id, "/letter", at(9)).await.unwrap(),
        1
    );
    // The same inbox.
    assert_eq!(tx.queue_for_everybody(id, at(9)).await.unwrap(), 0);
    if let Tx::Sqlite(tx) = tx {
        tx.lock_handle().await.unwrap().remove_progress_handler();
    }
    counted.load(Ordering::Relaxed)
}

on_both!(
    three_thousand_blocks_cost_an_update_nothing,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = saved(
            &mut tx,
            &[person("ada", "m.example"), person("bo", "bad7.example")],
        )
        .await;
        let follows = ids.iter().map(|row| FollowerRow {
            actor_id: row.id,
            follow_id: None,
            since: at(1),
        });
        tx.save_followers(&follows.collect::<Vec<_>>())
            .await
            .unwrap();
        sql::run(
            &mut tx,
            "INSERT INTO host (authority, name, domain)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30000)
         SELECT 'h' || n || '.example', 'h' || n || '.example', 'example' FROM n",
        )
        .await
        .unwrap();
        tx.save_policy(&block(domain("bad7.example"), 1))
            .await
            .unwrap();
        let before = cost_of_an_update(&mut tx, "/activities/1").await;
        sql::run(
            &mut tx,
            "INSERT INTO policy (target, kind, severity, at)
         WITH RECURSIVE n (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 3010)
         SELECT 'bad' || n || '.example', 'domain', 'block', 1 FROM n",
        )
        .await
        .unwrap();
        let after = cost_of_an_update(&mut tx, "/activities/2").await;
        assert!(
            after <= before + 1,
            "{before} hundred instructions, then {after}"
        );
    }
);

on_both!(somebody_is_found_by_what_a_browser_shows, async |store| {
    let mut tx = store.write().await.unwrap();
    everybody(&mut tx).await;
    let cy = "https://notm.example/users/cy";
    for (text, expected) in [
        ("@CY@NOTM.example", Some(cy)),
        (cy, Some(cy)),
        ("https://notm.example/@cy", Some(cy)),
        ("https://notm.example/@Cy/1234", Some(cy)),
        ("https://mine.example/@cy@notm.example/1234", Some(cy)),
        ("@cy@m.example", None),
        ("https://m.example/@cy", None),
        ("https://notm.example/users/nobody", None),
        ("https://notm.example/@c", None),
    ] {
        let found = tx.ids_of(&Who::parse(text).unwrap()).await.unwrap();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{text}");
    }
    // Whoever makes the page of somebody on another host one's own makes it ambiguous, and means nobody else by it.
    let page = "https://notm.example/@ada@m.example";
    let eve = NewActor {
        page: Some(page.to_owned()),
        ..person("eve", "notm.example")
    };
    saved(&mut tx, &[eve]).await;
    let found = tx.ids_of(&Who::parse(page).unwrap()).await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
});

on_both!(
    a_follower_who_sleeps_counts_for_nothing_and_is_sent_nothing,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = everybody(&mut tx).await;
        assert_eq!(tx.let_sleep(&ids[..2], at(100)).await.unwrap(), 2);
        // One that sleeps keeps its date.
        assert_eq!(tx.let_sleep(&ids[..3], at(200)).await.unwrap(), 1);
        assert_eq!(tx.follower_count().await.unwrap(), 1);
        let awake: Vec<String> = tx
            .followers(None, 9)
            .await
            .unwrap()
            .into_iter()
            .map(|it| it.actor)
            .collect();
        assert_eq!(awake, ["https://a.m_example/users/dee"]);
        let activity = letter("Update", &[]);
        let id = tx.send(&[activity]).await.unwrap()[0];
        assert_eq!(tx.queue_for_followers(id, at(5)).await.unwrap(), 1);
        assert_eq!(tx.reached(&domain("m.example")).await.unwrap().asleep, 2);
        assert_eq!(tx.wake(&ids[..1]).await.unwrap(), 1);
        assert_eq!(tx.wake(&ids[..1]).await.unwrap(), 0);
        assert_eq!(
            (
                tx.wake(&[]).await.unwrap(),
                tx.let_sleep(&[], at(1)).await.unwrap()
            ),
            (0, 0)
        );
        assert_eq!(tx.follower_count().await.unwrap(), 2);
        tx.purge(&purge(99)).await.unwrap();
        assert_eq!(tx.followers_of(&ids).await.unwrap().len(), 4);
        tx.purge(&purge(100)).await.unwrap();
        let left = tx.followers_of(&ids).await.unwrap();
        let mut left: Vec<i64> = left.into_iter().map(|it| it.actor_id).collect();
        left.sort_unstable();
        assert_eq!(left, [ids[0], ids[2], ids[3]]);
    }
);

/// Limits by which only rows with a date of their own expire.
fn purge(now: i64) -> Purge {
    let long_ago = at(-9_000_000);
    Purge {
        comments: long_ago,
        left: long_ago,
        withdrawn: long_ago,
        rejected: long_ago,
        seen: long_ago,
        now: at(now),
        reports: long_ago,
    }
}

fn letter(kind: &str, to: &[NewDelivery]) -> NewActivity {
    NewActivity {
        path: format!("/activities/{}", public_id(kind)),
        kind: kind.to_owned(),
        subject: kind.to_owned(),
        body: "{}".to_owned(),
        public: false,
        at: at(3),
        to: to.to_vec(),
    }
}

on_both!(
    what_waits_for_one_actor_is_given_up_unless_others_have_the_same_inbox,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let shared = ("https://m.example/inbox".to_owned(), host("m.example"));
        let people = [
            person("ada", "m.example"),
            NewActor {
                inbox: shared.clone(),
                shared_inbox: None,
                ..person("bo", "m.example")
            },
            NewActor {
                shared_inbox: Some(shared),
                ..person("cy", "m.example")
            },
        ];
        let rows = saved(&mut tx, &people).await;
        let to: Vec<_> = rows
            .iter()
            .map(|row| NewDelivery {
                inbox_id: row.inbox_id,
                host_id: row.inbox_host_id,
            })
            .collect();
        tx.send(&[letter("Like", &to), letter("Reject", &to)])
            .await
            .unwrap();
        let mut given_up = Vec::new();
        for row in &rows {
            given_up.push(tx.abandon_to_actor(row.id, at(9)).await.unwrap());
        }
        assert_eq!(given_up, [2, 0, 2]);
        let stats = tx.queue_stats().await.unwrap();
        assert_eq!((stats.queued, stats.abandoned), (2, 4));
    }
);

on_both!(
    what_waits_for_a_blocked_one_is_given_up_but_its_last_words,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let people = [
            person("ada", "m.example"),
            person("bo", "m.example"),
            person("cy", "other.example"),
        ];
        let rows = saved(&mut tx, &people).await;
        let to = |row: &ActorRow| NewDelivery {
            inbox_id: row.inbox_id,
            host_id: row.inbox_host_id,
        };
        let everybody: Vec<_> = rows.iter().map(to).collect();
        let mut sent = vec![letter("like", &everybody)];
        for (n, row) in rows.iter().enumerate() {
            for (kind, subject) in [
                ("Reject", row.url.clone()),
                ("Delete", format!("/quote-authorizations/{n}")),
                // The answer to a request to quote, and a post of ours.
                ("Reject", format!("{}/statuses/1", row.url)),
                ("Delete", format!("/posts/{n}")),
            ] {
                sent.push(NewActivity {
                    path: format!("/activities/{n}{kind}{}", subject.len()),
                    subject,
                    ..letter(kind, &[to(row)])
                });
            }
        }
        tx.send(&sent).await.unwrap();
        let ada = Target::Actor("https://m.example/users/ada".to_owned());
        assert_eq!(tx.abandon_for(&ada, at(9)).await.unwrap(), 3);
        assert_eq!(tx.abandon_for(&domain("example"), at(9)).await.unwrap(), 6);
        assert_eq!(tx.abandon_for(&domain("example"), at(9)).await.unwrap(), 0);
        let stats = tx.queue_stats().await.unwrap();
        assert_eq!((stats.queued, stats.abandoned), (6, 9));
    }
);

on_both!(quotes_are_listed_counted_and_taken_back, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let quote = |n: usize| QuoteAuthorizationRow {
        path: format!("/quote-authorizations/{n}"),
        actor_id: ids[n],
        object: format!("https://m.example/{n}"),
        target: "/letter".to_owned(),
        revoked_at: None,
    };
    let rows = [quote(0), quote(1), quote(2)];
    tx.save_quote_authorizations(&rows).await.unwrap();
    let paths = |quotes: Vec<QuoteEntry>| -> Vec<String> {
        quotes.into_iter().map(|quote| quote.path).collect()
    };
    let listed = tx.quotes(i64::MAX, 2).await.unwrap();
    assert_eq!(listed[0].handle, "@cy@notm.example");
    let last = listed[1].id;
    assert_eq!(paths(listed), [rows[2].path.as_str(), &rows[1].path]);
    assert_eq!(
        paths(tx.quotes(last, 2).await.unwrap()),
        [rows[0].path.as_str()]
    );
    for by in ["https://m.example/users/ada", "https://m.example/0"] {
        assert_eq!(
            paths(tx.quotes_by(by).await.unwrap()),
            [rows[0].path.as_str()],
            "{by}"
        );
    }
    let covering = domain("m.example");
    assert_eq!(tx.quotes_covered(&covering, 9).await.unwrap(), rows[..2]);
    assert_eq!(tx.quotes_covered(&covering, 1).await.unwrap(), rows[..1]);
    let handles = tx.handles_reached(&covering, 9).await.unwrap();
    assert_eq!(handles, ["@ada@m.example", "@bo@a.m.example:8443"]);
    assert_eq!(tx.handles_reached(&covering, 1).await.unwrap().len(), 1);
    let hash = Sha256::of("salted");
    assert!(
        tx.withhold_quote(&rows[0].path, &hash, at(5))
            .await
            .unwrap()
    );
    assert!(
        !tx.withhold_quote(&rows[0].path, &hash, at(6))
            .await
            .unwrap()
    );
    // One that its author ended is not counted.
    let ended = [rows[1].path.clone()];
    tx.end_quote_authorizations(&ended).await.unwrap();
    assert_eq!(tx.quotes_counted(&covering, at(5)).await.unwrap(), (0, 1));
    assert_eq!(tx.quotes_counted(&covering, at(6)).await.unwrap(), (0, 0));
    assert_eq!(
        tx.quotes_counted(&domain("notm.example"), at(0))
            .await
            .unwrap(),
        (1, 0)
    );
    let asked = [hash.clone(), Sha256::of("another")];
    assert_eq!(tx.withheld_posts(&asked).await.unwrap(), [hash]);
    let row = tx
        .quote_authorization(&rows[0].path)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.object.as_str(), row.revoked_at), ("", Some(at(5))));
});

on_both!(many_blocks_are_lifted_at_once, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = everybody(&mut tx).await;
    let rows = [
        block(domain("m.example"), 1),
        block(domain("a.m.example"), 1),
        block(domain("elsewhere.example"), 1),
    ];
    tx.save_policies(&rows).await.unwrap();
    let blocked = async |tx: &mut Tx| {
        let hosts = tx.host_names(0, 99).await.unwrap();
        hosts.iter().filter(|host| host.blocked).count()
    };
    let both = blocked(&mut tx).await;
    tx.remove_policies(&[domain("m.example"), domain("elsewhere.example")])
        .await
        .unwrap();
    assert_eq!(tx.policies().await.unwrap().len(), 1);
    assert!(blocked(&mut tx).await < both);
    tx.remove_policies(&[domain("a.m.example")]).await.unwrap();
    assert_eq!(blocked(&mut tx).await, 0);
    // An actor is found by the hash of its id.
    let ada = tx.actors_by_id(&ids[..1]).await.unwrap().remove(0);
    let found = tx.actor_with_hash(&ada.url_hash.hex()).await.unwrap();
    assert_eq!(found, Some(ada.url));
    for nobody in [Sha256::of("nobody").hex(), "no hash".to_owned()] {
        assert_eq!(tx.actor_with_hash(&nobody).await.unwrap(), None);
    }
});
