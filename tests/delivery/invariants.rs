//! Invariants of a run, checked at its end.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{
    hosts::Arrival,
    publications::{ACTIVITIES, LAST_TEXT, POST, urls},
    scenario::Kill,
};
use crate::support::fediverse::{
    Reply,
    temper::{REST, Temper},
};
use sqlx::FromRow;
use undersigned::clock::Millis;

/// A host that was given up is tried once a day, give or take a fifth.
const LEAST_BETWEEN_PROBES: Duration = Duration::from_hours(19);

/// A delivery as it stands in the database.
#[derive(Clone, Debug, FromRow)]
#[expect(dead_code, reason = "some of it is only for whoever reads a failure")]
pub(super) struct DeliveryRow {
    path: String,
    inbox: String,
    state: String,
    attempts: i64,
    queued_at: Millis,
    due_at: Millis,
    last_status: Option<i64>,
    settled_at: Option<Millis>,
}

/// The record of a run.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) arrivals: Vec<Arrival>,
    pub(super) faults: Vec<String>,
    pub(super) kills: Vec<Kill>,
    /// By authority.
    pub(super) tempers: HashMap<String, Temper>,
    /// Paths, types and objects, oldest first.
    pub(super) activities: Vec<(String, String, String)>,
    pub(super) deliveries: Vec<DeliveryRow>,
    /// Since when each host counts as gone, by authority.
    pub(super) given_up: HashMap<String, Option<Millis>>,
}

impl Record {
    /// How many deliveries the killed processes had leased.
    pub(super) fn n_in_hands(&self) -> usize {
        self.kills.iter().map(|it| it.in_hands.len()).sum()
    }

    /// Checks all invariants.
    pub(super) fn check(&self) {
        assert_eq!(self.faults, [""; 0], "everything is signed by the letter");
        let said: Vec<_> = self
            .activities
            .iter()
            .map(|(_, kind, subject)| (kind.as_str(), subject.as_str()))
            .collect();
        assert_eq!(said, ACTIVITIES, "each statement was made once");
        self.check_the_living();
        self.check_the_others();
        self.check_that_nothing_settled_is_sent();
        self.check_that_only_killed_hands_repeat();
        self.check_that_rest_is_granted();
        self.check_that_the_lost_are_given_up();
    }

    /// Every living inbox accepted everything, in order; an edit may be missing when a newer one came.
    fn check_the_living(&self) {
        let mut inboxes: BTreeMap<&str, Vec<&Arrival>> = BTreeMap::new();
        for row in &self.deliveries {
            if self.temper(&row.inbox).is_living() {
                inboxes.entry(&row.inbox).or_default();
            }
        }
        for arrival in self.arrivals.iter().filter(|it| it.is_taken()) {
            inboxes
                .get_mut(arrival.inbox.as_str())
                .unwrap()
                .push(arrival);
        }
        // 180 servers; 17 of them have an inbox for each of three people.
        assert_eq!(inboxes.len(), 180 + 2 * 17);
        for (inbox, taken) in inboxes {
            for object in ["/letter", POST] {
                let order: Vec<_> = taken
                    .iter()
                    .map(|arrival| self.number(arrival))
                    .filter(|number| ACTIVITIES[*number].1 == object)
                    .collect();
                assert!(order.is_sorted(), "{inbox}: {object} came as {order:?}");
                let all = (0..ACTIVITIES.len()).filter(|it| ACTIVITIES[*it].1 == object);
                let newest = all.clone().next_back();
                assert_eq!(
                    order.last().copied(),
                    newest,
                    "{object}: {}",
                    self.story_of(inbox)
                );
                for number in all.filter(|it| ACTIVITIES[*it].0 != "Update") {
                    assert!(
                        order.contains(&number),
                        "{inbox} lacks {:?}",
                        ACTIVITIES[number]
                    );
                }
            }
            let last = taken
                .iter()
                .rfind(|it| ACTIVITIES[self.number(it)].1 == "/letter");
            let text = last.unwrap().activity["object"]["content"]
                .as_str()
                .unwrap();
            assert!(text.contains(LAST_TEXT), "{inbox}: {text}");
        }
    }

    /// Nothing waits for ever: what was refused is refused, and what nobody accepted is given up.
    fn check_the_others(&self) {
        for row in &self.deliveries {
            let expected: &[&str] = match self.temper(&row.inbox) {
                Temper::Gone => &["refused"],
                Temper::Deaf | Temper::Sick | Temper::Silent | Temper::Dead => &["abandoned"],
                Temper::Fast
                | Temper::Slow(_)
                | Temper::Hangs
                | Temper::Fails
                | Temper::Moody
                | Temper::Overloaded
                | Temper::Suspicious
                | Temper::Resets => &["delivered"],
            };
            assert!(expected.contains(&row.state.as_str()), "{row:?}");
        }
    }

    fn check_that_nothing_settled_is_sent(&self) {
        let settled: HashMap<_, _> = self
            .deliveries
            .iter()
            .map(|it| ((it.inbox.as_str(), url(&it.path)), it.settled_at))
            .collect();
        for arrival in &self.arrivals {
            let key = (arrival.inbox.as_str(), arrival.id().to_owned());
            let settled_at = settled.get(&key).copied().flatten();
            assert!(settled_at.is_none_or(|it| arrival.at <= it), "{arrival:?}");
        }
    }

    fn check_that_only_killed_hands_repeat(&self) {
        let mut times: HashMap<(&str, &str), usize> = HashMap::new();
        for arrival in self.arrivals.iter().filter(|it| it.is_taken()) {
            *times.entry((&arrival.inbox, arrival.id())).or_default() += 1;
        }
        for ((inbox, id), times) in times {
            let in_hands = self.kills.iter().filter(|number| {
                number
                    .in_hands
                    .iter()
                    .any(|(of, path)| of == inbox && url(path) == id)
            });
            let allowed = 1 + in_hands.count();
            assert!(
                times <= allowed,
                "{id} came to {inbox} {times} times, not {allowed}"
            );
        }
    }

    /// A host is left alone until its `Retry-After`, unless the process that knew of it was killed.
    fn check_that_rest_is_granted(&self) {
        let mut until: HashMap<&str, Vec<(Millis, Millis)>> = HashMap::new();
        for arrival in &self.arrivals {
            if matches!(arrival.reply, Reply::RetryAfter(..)) {
                let rest = (arrival.at, arrival.at.plus(REST));
                until.entry(host(&arrival.inbox)).or_default().push(rest);
            }
        }
        assert!(!until.is_empty());
        let forgotten: Vec<_> = self
            .kills
            .iter()
            .flat_map(|kill| kill.in_hands.iter().map(|(inbox, _)| host(inbox)))
            .collect();
        for arrival in &self.arrivals {
            let host = host(&arrival.inbox);
            for (from, to) in until.get(host).into_iter().flatten() {
                let too_early = *from < arrival.at && arrival.at < *to;
                assert!(!too_early || forgotten.contains(&host), "{arrival:?}");
            }
        }
    }

    /// Hosts that never accepted anything count as gone, and no others; they are tried once a day at most.
    fn check_that_the_lost_are_given_up(&self) {
        for (authority, temper) in &self.tempers {
            let since = self.given_up[authority];
            assert_eq!(since.is_some(), temper.is_lost(), "{authority}: {temper:?}");
            let Some(mut last) = since else { continue };
            for arrival in &self.arrivals {
                if host(&arrival.inbox) == authority && arrival.at > last {
                    assert!(
                        arrival.at.since(last) >= LEAST_BETWEEN_PROBES,
                        "{arrival:?}"
                    );
                    last = arrival.at;
                }
            }
        }
    }

    /// The history of an inbox, for whoever reads a failure.
    fn story_of(&self, inbox: &str) -> String {
        let rows = self.deliveries.iter().filter(|it| it.inbox == inbox);
        let rows = rows.map(|it| format!("{it:?}"));
        let arrivals = self.arrivals.iter().filter(|it| it.inbox == inbox);
        let arrivals = arrivals.map(|it| format!("{} at {}: {:?}", it.id(), it.at, it.reply));
        let story: Vec<_> = rows.chain(arrivals).collect();
        format!("{inbox}, {:?}\n{}", self.temper(inbox), story.join("\n"))
    }

    fn temper(&self, inbox: &str) -> Temper {
        self.tempers[host(inbox)]
    }

    /// The number of an arrival's activity; an id that is not ours fails.
    fn number(&self, arrival: &Arrival) -> usize {
        let mut all = self.activities.iter();
        all.position(|it| url(&it.0) == arrival.id()).unwrap()
    }
}

fn url(path: &str) -> String {
    format!("{}{path}", urls().origin())
}

/// The authority in an inbox's URL.
fn host(inbox: &str) -> &str {
    inbox.split('/').nth(2).unwrap()
}
