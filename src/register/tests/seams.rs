//! Combinations of Moves, blocks, frozen keys, boosts and limits.

use super::{
    blocks::{actor, follow},
    key_change::{by_the_new_key, rekeyed},
    people::{
        a_post, bare_undo, boost, by, deleted, edited, like, person, quote, reply, with_document,
    },
    quotas::{crowd, newcomer},
    quotes::{asks, in_force},
    support::{DAY, HOUR, World, surge_of},
};
use crate::{
    register::{
        InboundAction, ReceiveOutcome,
        inbound::{account_move::Moved, activity::DereferenceTask},
    },
    store::NewActor,
};

const NEW: &str = "ada@new.example";

/// Ada signed, and moved to another server.
async fn moved() -> World {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    world
}

#[tokio::test]
async fn whoever_takes_over_the_server_that_was_left_does_not_speak_for_who_moved() {
    for forgotten in [false, true] {
        let world = moved().await;
        if forgotten {
            // After the Move the old account has no standing acts.
            world.clock.advance(3 * DAY);
            world.maintain().await;
        }
        for activity in [
            reply("ada", "2", "withdraw"),
            deleted("ada", "1"),
            edited("ada", 9, a_post("ada", "1", "I sign. Buy my shoes!")),
            by("ada", "update", InboundAction::ActorChanged),
            reply("ada", "3", "I sign"),
        ] {
            world.take(by_the_new_key("ada", activity)).await;
            assert!(world.is_frozen("ada").await, "forgotten: {forgotten}");
            assert_eq!(world.state(NEW).await, "listed Ada");
            assert_eq!(world.row(NEW).await.statement, None);
            assert_eq!(world.state("ada").await, "nothing");
        }
        world.is_sound().await;
    }
}

#[tokio::test]
async fn the_old_account_itself_still_takes_its_reply_back_much_later() {
    let world = moved().await;
    world.clock.advance(3 * DAY);
    world.maintain().await;
    let late = with_document(person("ada"), deleted("ada", "1"));
    world.take(late).await;
    assert_eq!(world.state(NEW).await, "withdrawn");
    world.is_sound().await;
}

#[tokio::test]
async fn a_document_without_keys_does_not_make_a_new_key_trusted() {
    let world = World::with_a_long_gone_host(&["ada"]).await;
    let keyless = NewActor {
        keys: Vec::new(),
        ..rekeyed("ada", "new")
    };
    let read = crate::register::InboundActivity {
        activity: None,
        request: None,
        evidence: crate::register::inbound::activity::fetched(
            "https://m.example/users/ada",
            &[],
            world.now(),
        ),
        ..with_document(keyless, by("ada", "", InboundAction::ActorChanged))
    };
    world.take(read).await;
    world.take(by_the_new_key("ada", like("ada", "like"))).await;
    assert!(world.is_frozen("ada").await);
    assert_eq!(world.actor("ada").await.name, "Ada");
}

#[tokio::test]
async fn what_was_passed_on_before_a_move_is_taken_back_after_it() {
    let world = World::with(&["ada"]).await;
    world.published("/letter").await;
    world.take(like("ada", "like")).await;
    world.take(boost("ada", "boost", "/letter")).await;
    world.take(quote("ada", "1", "Look at this.")).await;
    world.take(quote("ada", "2", "Look at that.")).await;
    world.take(asks("ada", "q1", "1")).await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    assert_eq!(world.reach().await, (2, 1));
    // A quote that signs no longer counts as a plain quote.
    let edit = super::people::a_quote("ada", "2", "I sign");
    world.take(edited("ada", 9, edit)).await;
    let quotes = "SELECT kind FROM reach WHERE kind = 'quote'";
    assert_eq!(world.column(quotes).await.len(), 1);
    world.take(bare_undo("ada", "boost")).await;
    assert_eq!(world.reach().await, (1, 0));
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.reach().await, (0, 0));
    assert!(in_force(&world).await.is_empty());
    world.is_sound().await;
}

#[tokio::test]
async fn what_was_withdrawn_before_a_move_does_not_sign_again_after_it() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "2", "withdraw")).await;
    world.moves("ada", NEW).await;
    // The new account follows, so that it is not erased.
    world.take(follow(NEW, "follow")).await;
    world.clock.advance(2 * DAY);
    world.maintain().await;
    let edit = edited("ada", 9, a_post("ada", "1", "I sign!"));
    world.take(with_document(person("ada"), edit)).await;
    assert_eq!(world.state(NEW).await, "withdrawn");
    world.is_sound().await;
}

#[tokio::test]
async fn nobody_moves_away_from_a_block_or_into_one() {
    for blocked in ["ada", NEW] {
        let world = World::with(&["ada", NEW]).await;
        world.take(reply("ada", "1", "I sign")).await;
        world.block(actor(blocked)).await;
        let before = world.state("ada").await;
        assert_eq!(world.moves("ada", NEW).await, Moved::Blocked);
        assert_eq!(world.state("ada").await, before);
        assert_eq!(world.state(NEW).await, "nothing");
    }
}

#[tokio::test]
async fn of_many_accounts_that_become_one_no_more_acts_stand_than_of_one() {
    let world = World::with(&["ada", NEW]).await;
    for who in ["ada", NEW] {
        let posts: Vec<_> = (0..6)
            .map(|n| reply(who, &n.to_string(), "I sign"))
            .collect();
        world.receive(&posts).await;
        world.clock.advance(HOUR);
    }
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    let standing = "SELECT object FROM act WHERE ended_at IS NULL";
    assert_eq!(world.column(standing).await.len(), 10);
    // The newest acts stay.
    let news = world
        .column("SELECT object FROM act WHERE ended_at IS NULL AND NOT carried")
        .await;
    assert_eq!(news.len(), 6);
    assert_eq!(world.state(NEW).await, "listed Ada");
    world.is_sound().await;
}

#[tokio::test]
async fn a_crowd_neither_uses_up_what_others_may_nor_lets_a_name_slip_through() {
    let mut world = World::with(&["ada", "bo@s.example", "cy@s.example"]).await;
    world.take(like("ada", "like")).await;
    crowd(&world, "crowded.example").await;
    world.surge = surge_of(2);
    let renamed = NewActor {
        handle: "@official@m.example".to_owned(),
        ..person("ada")
    };
    let batch = [
        newcomer(2000, "crowded.example"),
        like("bo@s.example", "like"),
        with_document(renamed, by("ada", "update", InboundAction::ActorChanged)),
    ];
    let answers = world.receive(&batch).await;
    assert_eq!(
        answers,
        [
            ReceiveOutcome::Later,
            ReceiveOutcome::Taken,
            ReceiveOutcome::Taken
        ]
    );
    assert_eq!(world.state("ada").await, "pending name");
    world.take(like("cy@s.example", "like")).await;
    assert_eq!(world.state("cy@s.example").await, "listed Cy");
}

#[tokio::test]
async fn a_domain_with_many_hosts_orders_no_more_than_one_host() {
    let world = World::new().await;
    for host in 0..3 {
        let who = format!("eve@s{host}.many.example");
        let mut document = person(&who);
        document.host.domain = "many.example".to_owned();
        document.inbox.1.domain = "many.example".to_owned();
        world.meet(document).await;
        let orders: Vec<_> = (0..60)
            .map(|n| {
                let url = format!("https://victim.example/{host}/{n}");
                let errand = DereferenceTask::Post {
                    url,
                    concerns_us: true,
                };
                by(
                    &who,
                    &format!("look/{n}"),
                    InboundAction::Dereference(errand),
                )
            })
            .collect();
        world.receive(&orders).await;
    }
    let ordered = "SELECT payload FROM job WHERE ordered_by IS NOT NULL";
    assert_eq!(world.column(ordered).await.len(), 100);
}
