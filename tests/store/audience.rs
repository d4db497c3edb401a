//! Recipients of an edit or a deletion of ours: every server that may have a copy.

use super::{
    fixtures::{at, comment, endorsement, host, like, person, reply, saved},
    letter::revision,
    on_both,
    outgoing::{activity, inbox_at},
};
use undersigned::{
    endorsement::{
        Act, ActKind, Cause, State,
        block_file::Flags,
        blocks::{Severity, Target},
    },
    hash::Sha256,
    store::{
        ActRow, BlockRow, DeliveryOutcome, EndorsementRow, FollowerRow, HostPace, NewActivity,
        NewActor, OwnPost, QuoteAuthorizationRow, ReachKind, ReachRow, RevisionRow, Settled, Store,
        Tx,
    },
};

/// Somebody with an inbox of their own, on a host of their own.
fn alone(name: &str) -> NewActor {
    NewActor {
        shared_inbox: None,
        ..person(name, &format!("{name}.example"))
    }
}

async fn follow(tx: &mut Tx, actor_ids: &[i64]) {
    let rows: Vec<_> = actor_ids
        .iter()
        .map(|actor_id| FollowerRow {
            actor_id: *actor_id,
            follow_id: None,
            since: at(0),
        })
        .collect();
    tx.save_followers(&rows).await.unwrap();
}

async fn block(tx: &mut Tx, target: Target, severity: Severity) {
    let row = BlockRow {
        target,
        severity,
        public_comment: None,
        private_comment: None,
        at: at(0),
        flags: Flags::default(),
    };
    tx.save_policy(&row).await.unwrap();
}

fn domain(name: &str) -> Target {
    Target::Domain(name.to_owned())
}

/// An act of one kind about one object of ours.
fn about(target: &str, kind: ActKind, row: ActRow) -> ActRow {
    ActRow {
        act: Act { kind, ..row.act },
        target: target.to_owned(),
        ..row
    }
}

/// Queues an activity about an object of ours; gives those of `people` to whose hosts it goes.
async fn reached(tx: &mut Tx, n: i64, target: &str, people: &[NewActor]) -> Vec<String> {
    let sent = activity(&format!("/activities/{n}"), target);
    let id = tx.send(&[sent]).await.unwrap()[0];
    let queued = tx.queue_for_audience(id, target, at(4)).await.unwrap();
    assert_eq!(tx.queue_for_audience(id, target, at(5)).await.unwrap(), 0);
    let hosts: Vec<_> = saved(tx, people)
        .await
        .iter()
        .map(|it| it.host_id)
        .collect();
    let due = tx.due_deliveries(&hosts, at(4), 100).await.unwrap();
    let mut names: Vec<_> = due
        .iter()
        .filter(|delivery| delivery.activity_id == id)
        .map(|delivery| {
            let host = delivery
                .inbox
                .trim_start_matches("https://")
                .split('.')
                .next();
            host.unwrap().to_owned()
        })
        .collect();
    names.sort();
    assert_eq!(u64::try_from(names.len()).unwrap(), queued);
    names
}

on_both!(
    an_edit_reaches_who_follows_and_who_said_anything_about_it_that_stands,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let names = [
            "follower",
            "liker",
            "reactor",
            "replier",
            "commenter",
            "mentioner",
            "signer",
            "booster",
            "quoter",
            "stamped",
            "undone",
            "revoked",
            "poster",
            "stranger",
        ];
        let people: Vec<_> = names.iter().map(|it| alone(it)).collect();
        let ids: Vec<_> = saved(&mut tx, &people)
            .await
            .iter()
            .map(|it| it.id)
            .collect();
        let id = |name: &str| ids[names.iter().position(|other| *other == name).unwrap()];
        let post = |name: &str| format!("https://{name}.example/1");
        follow(&mut tx, &[id("follower")]).await;
        let undone = like(id("undone"), "u");
        let acts = [
            like(id("liker"), "l"),
            about("/letter", ActKind::Reaction, like(id("reactor"), "r")),
            reply(id("replier"), &post("replier"), "I sign"),
            comment(id("commenter"), &post("commenter"), "Hm"),
            about(
                "/actor",
                ActKind::Mention,
                reply(id("mentioner"), &post("mentioner"), "I sign"),
            ),
            about(
                "/letter",
                ActKind::Quote,
                reply(id("signer"), &post("signer"), "I sign"),
            ),
            ActRow {
                act: Act {
                    ended: Some((at(20), Cause::Undo)),
                    ..undone.act
                },
                ..undone
            },
            about(
                "/posts/1",
                ActKind::Comment,
                comment(id("poster"), &post("poster"), "Hm"),
            ),
        ];
        tx.save_acts(&acts).await.unwrap();
        let passed = |name: &str, kind, object: &str, target: &str| ReachRow {
            actor_id: id(name),
            kind,
            object_hash: Sha256::of(object),
            target: target.to_owned(),
            activity_hash: Sha256::of(name),
        };
        tx.save_reach(&[
            passed("booster", ReachKind::Boost, "/letter", "/letter"),
            passed("quoter", ReachKind::Quote, &post("quoter"), "/letter"),
            passed("poster", ReachKind::Boost, "/posts/1", "/posts/1"),
        ])
        .await
        .unwrap();
        let authorization = |n: u8, name: &str| QuoteAuthorizationRow {
            path: format!("/quote-authorizations/{n}"),
            actor_id: id(name),
            object: post(name),
            target: "/letter".to_owned(),
            revoked_at: None,
        };
        let authorizations = [authorization(1, "stamped"), authorization(2, "revoked")];
        tx.save_quote_authorizations(&authorizations).await.unwrap();
        let gone = ["/quote-authorizations/2".to_owned()];
        tx.end_quote_authorizations(&gone).await.unwrap();

        let mut expected = names[..10].to_vec();
        expected.sort_unstable();
        assert_eq!(reached(&mut tx, 1, "/letter", &people).await, expected);
        // A mention of the actor is none of a post.
        let of_post = reached(&mut tx, 2, "/posts/1", &people).await;
        assert_eq!(of_post, ["follower", "poster"]);
    }
);

on_both!(
    nothing_is_queued_for_who_is_suspended_asleep_or_blocked,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let people = [
            alone("ada"),
            NewActor {
                suspended: true,
                ..alone("bo")
            },
            alone("cy"),
            alone("di"),
            alone("ed"),
            NewActor {
                inbox: (
                    "https://below.flo.example:8443/in".to_owned(),
                    host("below.flo.example:8443"),
                ),
                ..alone("flo")
            },
            // Ends with the letters of a blocked domain, and is no part of it.
            alone("notdi"),
            // Is only limited.
            alone("gil"),
            NewActor {
                inbox: ("https://cdn.example/in".to_owned(), host("cdn.example")),
                ..alone("hal")
            },
        ];
        let rows = saved(&mut tx, &people).await;
        let likes: Vec<_> = rows.iter().map(|it| like(it.id, &it.url)).collect();
        tx.save_acts(&likes).await.unwrap();
        follow(&mut tx, &[rows[2].id]).await;
        tx.let_sleep(&[rows[2].id], at(1000)).await.unwrap();
        for target in [
            domain("di.example"),
            Target::Actor(people[4].url.clone()),
            domain("flo.example"),
            domain("cdn.example"),
        ] {
            block(&mut tx, target, Severity::Block).await;
        }
        block(&mut tx, domain("gil.example"), Severity::Limit).await;
        let got = reached(&mut tx, 1, "/letter", &people).await;
        assert_eq!(got, ["ada", "gil", "notdi"]);
    }
);

on_both!(
    ten_thousand_followers_on_three_hundred_hosts_are_three_hundred_deliveries,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let mut all = Vec::new();
        for some in (0..10_000).collect::<Vec<_>>().chunks(500) {
            let people: Vec<_> = some
                .iter()
                .map(|n| person(&format!("u{n}"), &format!("h{}.example", n % 300)))
                .collect();
            let rows = saved(&mut tx, &people).await;
            let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
            follow(&mut tx, &ids).await;
            all.extend(ids);
        }
        // Half of them like it as well.
        let likes: Vec<_> = all[..5000]
            .iter()
            .map(|id| like(*id, &format!("l{id}")))
            .collect();
        tx.save_acts(&likes).await.unwrap();
        let sent = [
            activity("/activities/1", "/letter"),
            activity("/activities/2", "/letter"),
        ];
        let ids = tx.send(&sent).await.unwrap();
        let queued = tx
            .queue_for_audience(ids[0], "/letter", at(4))
            .await
            .unwrap();
        assert_eq!(queued, 300);
        block(&mut tx, domain("h7.example"), Severity::Block).await;
        let queued = tx
            .queue_for_audience(ids[1], "/letter", at(4))
            .await
            .unwrap();
        assert_eq!(queued, 299);
    }
);

on_both!(
    what_is_deleted_is_told_to_who_was_told_of_it_and_not_sent_first,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let hosts = ["told", "untried", "tried", "blocked"];
        let mut inboxes = Vec::new();
        for name in hosts {
            inboxes.push(inbox_at(&mut tx, name, &format!("{name}.example")).await);
        }
        let create = NewActivity {
            kind: "Create".to_owned(),
            to: inboxes.clone(),
            ..activity("/activities/1", "/posts/1")
        };
        let other = NewActivity {
            kind: "Create".to_owned(),
            to: inboxes.clone(),
            ..activity("/activities/2", "/posts/2")
        };
        tx.send(&[create, other]).await.unwrap();
        let ids: Vec<_> = inboxes.iter().map(|it| it.host_id).collect();
        let due = tx.due_deliveries(&ids, at(0), 9).await.unwrap();
        let settled: Vec<_> = due
            .iter()
            .filter(|delivery| {
                delivery.activity_path == "/activities/1" && delivery.host_id != inboxes[1].host_id
            })
            .map(|delivery| Settled {
                inbox_id: delivery.inbox_id,
                delivery_id: delivery.id,
                outcome: if delivery.host_id == inboxes[2].host_id {
                    DeliveryOutcome::TryAgain
                } else {
                    DeliveryOutcome::Delivered
                },
                due_at: at(0),
                status: None,
                body: String::new(),
            })
            .collect();
        assert_eq!(settled.len(), 3);
        tx.settle("w", at(0), &settled, &[]).await.unwrap();
        block(&mut tx, domain("blocked.example"), Severity::Block).await;

        assert_eq!(tx.drop_untried("/posts/1", at(1)).await.unwrap(), 1);
        let delete = NewActivity {
            kind: "Delete".to_owned(),
            ..activity("/activities/3", "/posts/1")
        };
        let id = tx.send(&[delete]).await.unwrap()[0];
        assert_eq!(tx.queue_for_told(id, "/posts/1", at(1)).await.unwrap(), 2);
        let due = tx.due_deliveries(&ids, at(1), 9).await.unwrap();
        let of = |n: usize| -> Vec<&str> {
            let mine = due.iter().filter(|it| it.host_id == inboxes[n].host_id);
            mine.map(|it| it.activity_path.as_str()).collect()
        };
        assert_eq!(of(0), ["/activities/2", "/activities/3"]);
        assert_eq!(of(1), ["/activities/2"], "it never heard of it");
        assert_eq!(
            of(2),
            ["/activities/1", "/activities/2"],
            "the Delete follows"
        );
    }
);

on_both!(
    what_goes_to_a_leased_host_may_be_on_its_way_and_stays,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let inbox = inbox_at(&mut tx, "ada", "m.example").await;
        let create = NewActivity {
            kind: "Create".to_owned(),
            to: vec![inbox],
            ..activity("/activities/1", "/posts/1")
        };
        tx.send(&[create]).await.unwrap();
        tx.lease_hosts("w", at(0), at(9), HostPace::Unknown, 1, &[])
            .await
            .unwrap();
        assert_eq!(tx.drop_untried("/posts/1", at(1)).await.unwrap(), 0);
    }
);

on_both!(
    who_endorsed_an_earlier_text_is_asked_once_for_each_inbox,
    async |store| {
        let mut tx = store.write().await.unwrap();
        for (number, kind, same_as) in [(1, "first", 1), (2, "substantive", 2), (3, "typo", 2)] {
            let revision = RevisionRow {
                same_as,
                ..revision(number, kind)
            };
            tx.add_revision(&revision).await.unwrap();
        }
        let names = ["one", "two", "three", "blocked", "withdrawn", "waits"];
        let people: Vec<_> = names.iter().map(|it| alone(it)).collect();
        let shared = |name: &str| person(name, "shared.example");
        let all = [people, vec![shared("ada"), shared("bo")]].concat();
        let actors = saved(&mut tx, &all).await;
        let given = [1, 2, 3, 1, 1, 1, 1, 1];
        let mut rows: Vec<_> = actors
            .iter()
            .zip(given)
            .map(|(actor, revision)| EndorsementRow {
                revision,
                ..endorsement(actor.id, "P")
            })
            .collect();
        rows[4].state = State::Withdrawn;
        rows[5].state = State::Pending;
        tx.save_endorsements(&rows).await.unwrap();
        block(&mut tx, domain("blocked.example"), Severity::Block).await;
        let id = tx
            .send(&[activity("/activities/1", "/posts/1")])
            .await
            .unwrap()[0];
        follow(&mut tx, &[actors[0].id]).await;
        assert_eq!(tx.queue_for_followers(id, at(4)).await.unwrap(), 1);
        // Besides the follower: who waits, and the shared inbox.
        assert_eq!(tx.queue_for_earlier_signers(id, 2, at(4)).await.unwrap(), 2);
        assert_eq!(tx.queue_for_earlier_signers(id, 2, at(4)).await.unwrap(), 0);
    }
);

on_both!(
    a_post_reaches_whom_it_mentions_until_it_is_deleted,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let people = [
            alone("ada"),
            alone("bo"),
            alone("di"),
            NewActor {
                suspended: true,
                ..alone("cy")
            },
        ];
        let rows = saved(&mut tx, &people).await;
        let (post, other) = ("/posts/1", "/posts/3");
        for path in [post, other] {
            let row = OwnPost {
                path: path.to_owned(),
                source: Some("Text.".to_owned()),
                warning: None,
                unlisted: false,
                published_at: at(1),
                updated_at: None,
                deleted_at: None,
                in_reply_to: None,
                direct: false,
            };
            tx.save_own_post(&row).await.unwrap();
            for row in &rows {
                tx.save_post_mention(path, &row.handle, &row.url_hash)
                    .await
                    .unwrap();
            }
        }
        block(&mut tx, domain("di.example"), Severity::Block).await;
        // The same handle again is the account that has it now.
        tx.save_post_mention(post, &rows[0].handle, &rows[0].url_hash)
            .await
            .unwrap();
        let paths = [post.to_owned(), "/posts/2".to_owned()];
        let mentions = tx.post_mentions(&paths).await.unwrap();
        assert_eq!(mentions.len(), rows.len());
        let ada = mentions.iter().find(|it| it.handle == rows[0].handle);
        let ada = ada.unwrap();
        assert_eq!((ada.path.as_str(), &ada.actor), (post, &rows[0].url));
        let profile = rows[0].page.as_ref().unwrap_or(&rows[0].url);
        assert_eq!(ada.profile, *profile);
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        assert_eq!(tx.posts_mentioning(&ids).await.unwrap(), [post, other]);
        assert!(tx.posts_mentioning(&[]).await.unwrap().is_empty());

        let sent = activity("/activities/7", post);
        let id = tx.send(&[sent]).await.unwrap()[0];
        assert_eq!(tx.queue_for_mentioned(id, post, at(4)).await.unwrap(), 2);
        assert_eq!(tx.queue_for_mentioned(id, post, at(5)).await.unwrap(), 0);
        assert_eq!(reached(&mut tx, 8, other, &people).await, ["ada", "bo"]);
        assert!(reached(&mut tx, 9, "/posts/2", &people).await.is_empty());

        tx.forget_post_mentions(post).await.unwrap();
        assert!(tx.post_mentions(&paths).await.unwrap().is_empty());
        assert!(reached(&mut tx, 10, post, &people).await.is_empty());
    }
);
