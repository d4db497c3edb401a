//! The launch of a letter: many people of one large server at once, none of whom we know, by few addresses.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use undersigned::clock::FixedClock;

use crate::{
    both::on_both_databases,
    support::{
        NOW,
        fediverse::breaker::Breakers,
        program::DEADLINE,
        sql::number_at,
        world::{Audience, World},
    },
};

on_both_databases!(a_thousand_new_people_of_one_server_are_all_taken);

/// People who like or reply within ten seconds.
const PEOPLE: usize = 1000;

/// Deliveries that their server makes at once.
const AT_ONCE: usize = 150;

/// The addresses of their server, as the proxy in front of the letter names them.
const ADDRESSES: [&str; 4] = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];

/// All who are in the register, those who wait as well.
const ALL: &str =
    "SELECT COUNT(*) FROM endorsement WHERE state IN ('listed', 'counted', 'pending')";

async fn a_thousand_new_people_of_one_server_are_all_taken(database: &str) {
    // `[limits]` are the defaults, and most of them wait, as in a surge.
    let world = World::with(database, "moderation.surge_per_domain_per_hour = 25").await;
    // A minute that does not end: once open, a breaker stays so.
    let breakers = Breakers::new(Arc::new(FixedClock::at(NOW)));
    let people = (0..PEOPLE).map(|number| world.person(&format!("Ada{number} Lovelace")));
    let sent = stream::iter(people.enumerate()).map(async |(number, person)| {
        // Every third one replies, which Mastodon sends to another inbox.
        let (inbox, activity) = if number % 3 == 0 {
            let note = person.reply("I sign", Audience::Public);
            ("/inbox", person.create(&note))
        } else {
            ("/actor/inbox", person.like())
        };
        if !breakers.may_send(inbox) {
            return None;
        }
        let (url, headers, body) = person.signed(inbox, &activity);
        let request = world.client.post(url).headers(headers).body(body);
        let request = request.header("x-forwarded-for", ADDRESSES[number % ADDRESSES.len()]);
        let answer = request.timeout(DEADLINE).send().await;
        let status = answer.ok().map(|answer| answer.status().as_u16());
        breakers.answered(inbox, status);
        status
    });
    let answers: Vec<_> = sent.buffer_unordered(AT_ONCE).collect().await;
    let wrong = answers.iter().filter(|status| **status != Some(202));
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Option<u16>>::new());
    assert_eq!(answers.len(), PEOPLE);
    for inbox in ["/inbox", "/actor/inbox"] {
        assert_eq!(breakers.times_opened(inbox), 0, "{inbox}");
    }
    assert_eq!(
        number_at(database, ALL).await,
        i64::try_from(PEOPLE).unwrap()
    );
    assert!(world.endorsers().await < 100);
    // Each of them cost one fetch, which gives the key and the actor.
    let lines = world.peer.request_lines();
    let mut reads: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("GET "))
        .collect();
    assert_eq!(reads.len(), PEOPLE);
    reads.sort();
    reads.dedup();
    assert_eq!(reads.len(), PEOPLE);
    world.assert_is_sound();
}

#[test]
fn a_breaker_opens_after_ten_failures_for_a_minute() {
    let clock = Arc::new(FixedClock::at(NOW));
    let breakers = Breakers::new(Arc::<FixedClock>::clone(&clock));
    for status in [Some(202), Some(401), Some(503), Some(429), None] {
        for _ in 0..3 {
            breakers.answered("a", status);
        }
    }
    assert!(breakers.may_send("a"));
    breakers.answered("a", Some(500));
    assert_eq!(
        (breakers.may_send("a"), breakers.may_send("b")),
        (false, true)
    );
    clock.advance(Duration::from_mins(1));
    assert!(breakers.may_send("a"));
    assert_eq!(breakers.times_opened("a"), 1);
}
