//! What has to be true at the end of a run.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use crate::{
    hosts::{Arrival, REST, Temper},
    saying::{ACTIVITIES, LAST_TEXT, POST, urls},
    scene::Kill,
    wire::Reply,
};
use sqlx::FromRow;
use undersigned::clock::Millis;

/// A host that was given up is tried once a day, give or take a fifth.
const LEAST_BETWEEN_PROBES: Duration = Duration::from_hours(19);

/// A delivery as it stands in the database.
#[derive(Clone, Debug, FromRow)]
#[expect(dead_code, reason = "some of it is only for whoever reads a failure")]
pub(crate) struct DeliveryRow {
    path: String,
    inbox: String,
    state: String,
    attempts: i64,
    queued_at: Millis,
    due_at: Millis,
    last_status: Option<i64>,
    settled_at: Option<Millis>,
}

/// Everything that is known of a run.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) faults: Vec<String>,
    pub(crate) kills: Vec<Kill>,
    /// By authority.
    pub(crate) tempers: HashMap<String, Temper>,
    /// Paths, types and objects, oldest first.
    pub(crate) activities: Vec<(String, String, String)>,
    pub(crate) deliveries: Vec<DeliveryRow>,
    /// Since when each host counts as gone, by authority.
    pub(crate) given_up: HashMap<String, Option<Millis>>,
}

impl Record {
    /// How many deliveries were in the hands of processes when they were killed.
    pub(crate) fn n_in_hands(&self) -> usize {
        self.kills.iter().map(|it| it.in_hands.len()).sum()
    }

    /// All of it.
    pub(crate) fn check(&self) {
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

    /// Every living inbox took everything, in order; an edit may be missing when a newer one came.
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
                    .map(|it| self.number(it))
                    .filter(|it| ACTIVITIES[*it].1 == object)
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

    /// Nothing waits for ever: what was refused is refused, what nobody took is given up.
    fn check_the_others(&self) {
        for row in &self.deliveries {
            let expected: &[&str] = match self.temper(&row.inbox) {
                Temper::Gone => &["refused"],
                Temper::Deaf | Temper::Sick | Temper::Dead => &["abandoned"],
                Temper::Fast
                | Temper::Slow
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
            let in_hands = self.kills.iter().filter(|it| {
                it.in_hands
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

    /// A host that said when to come again is left alone until then, unless nobody lived to remember it.
    fn check_that_rest_is_granted(&self) {
        let mut until: HashMap<&str, Vec<(Millis, Millis)>> = HashMap::new();
        for arrival in &self.arrivals {
            if matches!(arrival.reply, Reply::RetryAfter(_)) {
                let rest = (arrival.at, arrival.at.plus(REST));
                until.entry(host(&arrival.inbox)).or_default().push(rest);
            }
        }
        assert!(!until.is_empty());
        let forgotten: Vec<_> = self
            .kills
            .iter()
            .flat_map(|it| it.in_hands.iter().map(|(inbox, _)| host(inbox)))
            .collect();
        for arrival in &self.arrivals {
            let host = host(&arrival.inbox);
            for (from, to) in until.get(host).into_iter().flatten() {
                let too_early = *from < arrival.at && arrival.at < *to;
                assert!(!too_early || forgotten.contains(&host), "{arrival:?}");
            }
        }
    }

    /// Those that never took anything count as gone, and no other; they are asked once a day at most.
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

    /// What is known of an inbox, for whoever reads a failure.
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

    /// The place of an arrival's activity among all; an id that is not ours fails.
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
