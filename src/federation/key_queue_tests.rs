//! Whose turn it is: without network, against a clock that the tests move.

use std::collections::BTreeMap;

use FetchLane::{Proven, Unproven};

use super::*;

const NOW: Millis = Millis::from_millis(1_795_348_800_000);
const QUICK: Duration = Duration::from_millis(50);
const SLOW: Duration = Duration::from_secs(5);

type Receiver = oneshot::Receiver<Leave>;

fn at(millis: u64) -> Millis {
    NOW.plus(Duration::from_millis(millis))
}

/// Somebody at the address 10.0.x.y of this number, who wants a key of this host.
fn asker(address: u16, host: &str) -> Asker {
    let [high, low] = address.to_be_bytes();
    Asker {
        network: Some(Network::of([10, 0, high, low].into())),
        host: host.to_owned(),
        domain: host.to_owned(),
    }
}

/// So many requests of one asker.
fn ask(queue: &mut KeyQueue, asker: &Asker, n: usize) -> Vec<Receiver> {
    (0..n).map(|_| queue.ask(asker, NOW).unwrap()).collect()
}

/// The leaves that came.
fn begun(receivers: &mut Vec<Receiver>) -> Vec<Leave> {
    let mut leaves = Vec::new();
    receivers.retain_mut(|receiver| match receiver.try_recv() {
        Ok(leave) => {
            leaves.push(leave);
            false
        }
        Err(_) => true,
    });
    leaves
}

/// Ends all that were begun with this outcome, until nothing begins any more; how many those were.
fn end_all(
    queue: &mut KeyQueue,
    receivers: &mut Vec<Receiver>,
    outcome: Outcome,
    took: Duration,
) -> usize {
    let mut n = 0;
    loop {
        let leaves = begun(receivers);
        if leaves.is_empty() {
            return n;
        }
        n += leaves.len();
        for leave in leaves {
            queue.ended(leave, outcome, took, NOW);
        }
    }
}

#[test]
fn a_host_has_more_fetches_at_once_while_it_is_truthful_and_fewer_when_not() {
    let mut queue = KeyQueue::new(256);
    let ada = asker(1, "m.example");
    queue.proved(&ada, NOW);
    let mut waiting = ask(&mut queue, &ada, 500);
    let mut seen = Vec::new();
    for (outcome, took) in [
        (Outcome::Truthful, QUICK),
        (Outcome::Truthful, QUICK),
        (Outcome::Truthful, QUICK),
        (Outcome::Truthful, QUICK),
        (Outcome::Truthful, QUICK),
        (Outcome::Truthful, SLOW),
        (Outcome::Truthful, QUICK),
        (Outcome::Failed, QUICK),
        (Outcome::Truthful, QUICK),
        (Outcome::False, QUICK),
    ] {
        let leaves = begun(&mut waiting);
        seen.push(leaves.len());
        for leave in leaves {
            queue.ended(leave, outcome, took, NOW);
        }
    }
    assert_eq!(seen, [2, 4, 8, 16, 32, 32, 1, 2, 1, 2]);
}

#[test]
fn all_hosts_together_have_so_many_and_take_turns() {
    let mut queue = KeyQueue::new(40);
    let mut waiting = Vec::new();
    for number in 0..30 {
        let asker = asker(number, &format!("m{number}.example"));
        queue.proved(&asker, NOW);
        waiting.extend(ask(&mut queue, &asker, 10));
    }
    let leaves = begun(&mut waiting);
    assert_eq!(leaves.len(), 40);
    let mut served: BTreeSet<_> = leaves.iter().map(|it| it.asker.domain.clone()).collect();
    assert_eq!(served.len(), 20, "each its two");
    for leave in leaves {
        queue.ended(leave, Outcome::Truthful, QUICK, NOW);
    }
    let leaves = begun(&mut waiting);
    assert_eq!(leaves.len(), 40);
    served.extend(leaves.iter().map(|it| it.asker.domain.clone()));
    assert_eq!(served.len(), 30, "the others had their turn");
}

#[test]
fn whoever_proves_takes_along_all_who_wait_at_that_address() {
    let mut queue = KeyQueue::new(256);
    let (theirs, other) = (asker(1, "m.example"), asker(2, "m.example"));
    let mut waiting = ask(&mut queue, &theirs, 200);
    let mut others = ask(&mut queue, &other, 1);
    // Nobody is proven: two at once, of the two addresses in turn only after them.
    let mut leaves = begun(&mut waiting);
    assert_eq!((leaves.len(), begun(&mut others).len()), (2, 0));
    queue.ended(leaves.remove(0), Outcome::Truthful, QUICK, NOW);
    let proven = begun(&mut waiting);
    assert!(
        proven.iter().all(|leave| leave.lane == Proven),
        "{proven:?}"
    );
    assert_eq!((proven.len(), begun(&mut others).len()), (2, 1));
    assert_eq!(queue.lane(theirs.network, "m.example", NOW), Proven);
    assert_eq!(queue.lane(other.network, "m.example", NOW), Unproven);
    assert_eq!(queue.lane(theirs.network, "n.example", NOW), Unproven);
    let tomorrow = NOW.plus(Duration::from_hours(24));
    assert_eq!(queue.lane(theirs.network, "m.example", tomorrow), Unproven);
}

#[test]
fn forgers_from_any_number_of_addresses_take_nothing_of_the_proven() {
    let mut queue = KeyQueue::new(256);
    let ada = asker(0, "m.example");
    queue.proved(&ada, NOW);
    let mut forged = Vec::new();
    let mut refused = 0;
    for number in 1..3000 {
        // For her host, and for hosts of their own.
        for host in ["m.example", &format!("h{}.example", number % 100)] {
            match queue.ask(&asker(number, host), NOW) {
                Ok(receiver) => forged.push(receiver),
                Err(Refused::Full { wait }) => {
                    assert!(wait > Duration::ZERO && wait <= LONGEST_WAIT);
                    refused += 1;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(refused > 3000, "{refused}");
    let hanging = begun(&mut forged);
    assert_eq!(hanging.len(), 64, "a quarter of all");
    let of_hers = hanging
        .iter()
        .filter(|leave| leave.asker.domain == "m.example");
    assert_eq!(of_hers.count(), BEGUN_OF_DOMAIN);
    assert_eq!(forged.len() + hanging.len(), MOST_UNPROVEN + 64);
    let mut waiting = ask(&mut queue, &ada, 2000);
    let served = end_all(&mut queue, &mut waiting, Outcome::Truthful, QUICK);
    assert_eq!((served, waiting.len()), (2000, 0));
    assert_eq!(queue.all.unproven.begun, 64);
}

#[test]
fn those_who_wait_are_bounded_of_one_domain_and_in_all() {
    let mut queue = KeyQueue::new(2);
    let mut waiting = Vec::new();
    let mut fill = |queue: &mut KeyQueue, asker: &Asker| {
        let before = waiting.len();
        while let Ok(receiver) = queue.ask(asker, NOW) {
            waiting.push(receiver);
        }
        waiting.len() - before
    };
    for (number, begun) in [(1, 2), (2, 0), (3, 0), (4, 0)] {
        let theirs = asker(number, &format!("h{number}.example"));
        queue.proved(&theirs, NOW);
        let expected = MOST_OF_DOMAIN + begun;
        assert_eq!(fill(&mut queue, &theirs), expected, "{number}");
    }
    let fifth = asker(5, "h5.example");
    queue.proved(&fifth, NOW);
    assert_eq!(fill(&mut queue, &fifth), 0);
    assert_eq!(fill(&mut queue, &asker(6, "h6.example")), 0);
    assert_eq!(waiting.len(), MOST_WAITING + 2);
}

#[test]
fn a_flood_for_one_host_does_not_keep_out_the_new_people_of_another() {
    let mut queue = KeyQueue::new(256);
    let mut forged = Vec::new();
    for number in 1..3000 {
        forged.extend(queue.ask(&asker(number, "a.example"), NOW));
    }
    assert_eq!(forged.len(), MOST_UNPROVEN_OF_DOMAIN + BEGUN_OF_DOMAIN);
    let mut new = ask(&mut queue, &asker(0, "b.example"), 1);
    assert_eq!(begun(&mut new).len(), 1);
}

#[test]
fn the_addresses_of_a_host_take_turns() {
    let mut queue = KeyQueue::new(256);
    let mut forged = ask(&mut queue, &asker(1, "m.example"), 200);
    let mut theirs = ask(&mut queue, &asker(2, "m.example"), 1);
    for leave in begun(&mut forged) {
        queue.ended(leave, Outcome::Unused, QUICK, NOW);
    }
    assert_eq!(begun(&mut theirs).len(), 1);
    assert_eq!(begun(&mut forged).len(), 1);
}

#[test]
fn one_address_that_proved_nothing_waits_and_begins_within_bounds() {
    let mut queue = KeyQueue::new(256);
    let mut waiting = Vec::new();
    let mut refused = 0;
    for number in 0..1000 {
        match queue.ask(&asker(1, &format!("m{number}.example")), NOW) {
            Ok(receiver) => waiting.push(receiver),
            Err(_) => refused += 1,
        }
    }
    assert_eq!(waiting.len(), MOST_UNPROVEN_OF_NETWORK + BEGUN_OF_NETWORK);
    assert_eq!(refused, 1000 - waiting.len());
    assert_eq!(begun(&mut waiting).len(), BEGUN_OF_NETWORK);
    let mut others = ask(&mut queue, &asker(2, "n.example"), 1);
    assert_eq!(begun(&mut others).len(), 1);
    // An address that nobody knows is not counted: it may be any number of people.
    let nobody = Asker {
        network: None,
        ..asker(0, "o.example")
    };
    assert_eq!(ask(&mut queue, &nobody, 300).len(), 300);
}

#[test]
fn one_address_begins_a_quarter_of_all_however_many_hosts_it_speaks_for() {
    for (most, expected) in [(256, 64), (64, 32), (1000, 250)] {
        let mut queue = KeyQueue::new(most);
        let mut waiting = Vec::new();
        for number in 0..500 {
            let theirs = asker(1, &format!("m{number}.example"));
            queue.proved(&theirs, NOW);
            waiting.extend(ask(&mut queue, &theirs, 2));
        }
        let leaves = begun(&mut waiting);
        assert_eq!(leaves.len(), expected, "{most}");
        let ada = asker(2, "n.example");
        queue.proved(&ada, NOW);
        let mut hers = ask(&mut queue, &ada, 1);
        assert_eq!(begun(&mut hers).len(), 1);
        // As soon as one has ended, the next one begins.
        let mut next = Vec::new();
        for leave in leaves {
            queue.ended(leave, Outcome::Truthful, QUICK, NOW);
            next.extend(begun(&mut waiting));
        }
        assert_eq!(next.len(), expected, "{most}");
    }
}

#[test]
fn domains_are_not_looked_through_in_vain() {
    let mut queue = KeyQueue::new(256);
    let mut forged = Vec::new();
    for number in 0..1000 {
        forged.extend(queue.ask(&asker(number, &format!("m{number}.example")), NOW));
    }
    assert_eq!(queue.all.unproven.begun, 64);
    assert_eq!(queue.crowded.unproven.len(), 936);
    // The unproven have their quarter, and nobody who is proven waits.
    assert_eq!(
        (queue.begin_lane(Unproven), queue.begin_lane(Proven)),
        (0, 0)
    );
    let mut theirs = Vec::new();
    for number in 0..300 {
        let asker = asker(2000 + number, &format!("n{number}.example"));
        queue.proved(&asker, NOW);
        theirs.extend(ask(&mut queue, &asker, 1));
    }
    assert_eq!(queue.crowded.proven.len(), 300 - 192);
    assert_eq!(
        (queue.begin_lane(Unproven), queue.begin_lane(Proven)),
        (0, 0)
    );
    // One ends, and one is looked at.
    let served = queue.served.unproven.clone();
    let leave = begun(&mut forged).remove(0);
    queue.ended(leave, Outcome::Unused, QUICK, NOW);
    assert_ne!(queue.served.unproven, served);
    assert_eq!(queue.crowded.unproven.len(), 935);
    assert_eq!(queue.crowded.proven.len(), 300 - 192);
}

#[test]
fn who_gave_up_hides_nobody_who_waits_behind_them() {
    let mut queue = KeyQueue::new(8);
    let mut first = ask(&mut queue, &asker(0, "a.example"), 2);
    let gone = ask(&mut queue, &asker(1, "b.example"), 3);
    let mut last = ask(&mut queue, &asker(2, "c.example"), 1);
    drop(gone);
    let mut leaves = begun(&mut first);
    queue.ended(leaves.remove(0), Outcome::Unused, QUICK, NOW);
    assert_eq!(begun(&mut last).len(), 1);
    assert!(queue.crowded.unproven.is_empty());
}

#[test]
fn the_wait_is_that_of_the_domain_or_of_the_whole_lane() {
    let mut queue = KeyQueue::new(256);
    let mut forged = Vec::new();
    for number in 0..3000 {
        forged.extend(queue.ask(&asker(number, &format!("m{number}.example")), NOW));
    }
    let seconds = |queue: &KeyQueue, lane| queue.wait("n.example", lane).as_secs();
    assert_eq!(seconds(&queue, Unproven), 2048 / 64);
    assert_eq!(seconds(&queue, Proven), 0);
    let refused = queue.ask(&asker(5000, "n.example"), NOW).unwrap_err();
    let wait = Duration::from_secs(32);
    assert_eq!(refused, Refused::Full { wait });
    assert!(queue.wait("m2000.example", Unproven) == wait);
}

#[test]
fn useless_fetches_of_an_address_are_few_in_a_minute() {
    for (outcome, refused) in [
        (Outcome::False, true),
        (Outcome::Failed, true),
        (Outcome::Unused, false),
    ] {
        let mut queue = KeyQueue::new(256);
        for number in 0..10 {
            let mut waiting = ask(&mut queue, &asker(1, &format!("m{number}.example")), 1);
            end_all(&mut queue, &mut waiting, outcome, QUICK);
        }
        let asked = queue.ask(&asker(1, "n.example"), NOW);
        let wait = Duration::from_secs(6);
        assert_eq!(
            matches!(asked, Err(Refused::TooOften { wait: told }) if told == wait),
            refused,
            "{outcome:?}"
        );
        assert!(queue.ask(&asker(2, "n.example"), NOW).is_ok());
        assert!(queue.ask(&asker(1, "n.example"), at(6000)).is_ok());
        // Whoever has proved something is not held to it.
        queue.proved(&asker(1, "n.example"), NOW);
        assert!(queue.ask(&asker(1, "n.example"), NOW).is_ok());
    }
}

#[test]
fn a_pair_that_contradicts_itself_is_not_proven_any_more() {
    let mut queue = KeyQueue::new(256);
    let ada = asker(1, "m.example");
    queue.proved(&ada, NOW);
    let mut waiting = ask(&mut queue, &ada, 400);
    let mut proven = 0;
    while proven < 100 && queue.lane(ada.network, "m.example", NOW) == Proven {
        for leave in begun(&mut waiting) {
            proven += 1;
            queue.ended(leave, Outcome::False, QUICK, NOW);
        }
    }
    assert_eq!(proven, 31);
    // Those who wait are not, either, and there are only as many of them as there may be.
    let left = begun(&mut waiting);
    assert!(left.iter().all(|leave| leave.lane == Unproven), "{left:?}");
    assert_eq!(queue.all.proven, LaneTally::default());
    assert_eq!(
        queue.all.unproven.waiting,
        MOST_UNPROVEN_OF_NETWORK - left.len()
    );
    // A host that fails is nobody's lie.
    let mut queue = KeyQueue::new(256);
    queue.proved(&ada, NOW);
    let mut waiting = ask(&mut queue, &ada, 100);
    end_all(&mut queue, &mut waiting, Outcome::Failed, QUICK);
    assert_eq!(queue.lane(ada.network, "m.example", NOW), Proven);
}

#[test]
fn whoever_gives_up_leaves_no_trace() {
    let mut queue = KeyQueue::new(256);
    let ada = asker(1, "m.example");
    for lane in [Unproven, Proven] {
        let mut waiting = ask(&mut queue, &ada, 200);
        let leaves = begun(&mut waiting);
        assert_eq!((leaves.len(), leaves[0].lane), (2, lane));
        drop(waiting);
        queue.sweep(&ada);
        assert_eq!(queue.all.of(lane).waiting, 0);
        for leave in leaves {
            queue.ended(leave, Outcome::Truthful, QUICK, NOW);
        }
        assert_eq!(*queue.all.of(lane), LaneTally::default());
        assert!(queue.crowded.of(lane).is_empty());
    }
    // Who was not swept yet takes no turn.
    let mut waiting = ask(&mut queue, &ada, 200);
    let leaves = begun(&mut waiting);
    let mut last = waiting.pop().unwrap();
    drop(waiting);
    for leave in leaves {
        queue.ended(leave, Outcome::Unused, QUICK, NOW);
    }
    assert!(last.try_recv().is_ok());
}

#[test]
fn few_domains_are_remembered_for_whom_nobody_asks() {
    let mut queue = KeyQueue::new(256);
    for number in 0..2 * MOST_DOMAINS {
        let asker = asker(1, &format!("m{number}.example"));
        let mut waiting = ask(&mut queue, &asker, 1);
        end_all(&mut queue, &mut waiting, Outcome::Unused, QUICK);
    }
    assert!(queue.domains.is_empty());
    for number in 0..2 * MOST_DOMAINS {
        let asker = asker(1, &format!("m{number}.example"));
        queue.proved(&asker, NOW);
        let mut waiting = ask(&mut queue, &asker, 1);
        end_all(&mut queue, &mut waiting, Outcome::Truthful, QUICK);
    }
    assert_eq!(queue.domains.len(), MOST_DOMAINS);
}

#[test]
fn a_flood_over_minutes_reaches_a_host_as_few_at_a_time_and_its_people_all_the_same() {
    // Each step is a tenth of a second: 20 forgers at new addresses, and a proven person. A fetch takes one step.
    let mut queue = KeyQueue::new(256);
    let ada = asker(0, "m.example");
    queue.proved(&ada, NOW);
    let (mut forged, mut theirs) = (Vec::new(), Vec::new());
    let mut served = BTreeMap::new();
    for step in 0..600_u16 {
        for number in 0..20 {
            let other = asker(1 + step * 20 + number, "m.example");
            forged.extend(queue.ask(&other, at(u64::from(step) * 100)));
        }
        theirs.extend(ask(&mut queue, &ada, 1));
        let leaves = begun(&mut forged);
        assert!(leaves.len() <= BEGUN_OF_DOMAIN);
        for leave in leaves.into_iter().chain(begun(&mut theirs)) {
            let outcome = if leave.lane == Proven {
                Outcome::Truthful
            } else {
                Outcome::False
            };
            *served.entry(leave.lane == Proven).or_insert(0) += 1;
            queue.ended(leave, outcome, QUICK, NOW);
        }
    }
    assert_eq!(served.get(&true), Some(&600));
    assert_eq!(queue.domains["m.example"].window.size(), 32);
}
