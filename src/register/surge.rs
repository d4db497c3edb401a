//! Too many at once: how many endorsements came from each domain in the last hour (`moderation.surge_*`).

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use crate::clock::Millis;

/// The window that is counted over.
const HOUR: Duration = Duration::from_hours(1);

/// The limits of the configuration, and the servers that are known to be large.
#[derive(Clone, Debug)]
pub struct SurgeLimits {
    /// New endorsements an hour from one domain.
    pub per_domain: usize,
    /// New endorsements an hour from one domain that is well known.
    pub per_known_domain: usize,
    /// New endorsements an hour from all domains together that nobody vouches for yet.
    pub new_domains: usize,
}

impl Default for SurgeLimits {
    /// The defaults of `product.md` section 4.
    fn default() -> Self {
        Self {
            per_domain: 25,
            per_known_domain: 500,
            new_domains: 100,
        }
    }
}

/// The shipped list of well-known servers.
const WELL_KNOWN: &str = include_str!("data/well_known_servers.txt");

/// Counts new endorsements by domain, over the last hour.
#[derive(Clone, Debug)]
pub struct Surge {
    limits: SurgeLimits,
    known: HashSet<String>,
    by_domain: HashMap<String, VecDeque<Millis>>,
    by_new: VecDeque<Millis>,
    /// What was counted since [`Surge::begin`]: a domain, and whether it was among the new ones.
    lately: Vec<(String, Counted)>,
}

/// Where one endorsement was counted: what is over a limit is not.
#[derive(Clone, Copy, Debug)]
struct Counted {
    for_domain: bool,
    for_new: bool,
}

impl Surge {
    /// Nothing was counted yet. `vouched` are the domains with enough old endorsements, and the trusted ones.
    pub fn new(limits: SurgeLimits, vouched: impl IntoIterator<Item = String>) -> Self {
        let shipped = WELL_KNOWN
            .lines()
            .filter(|it| !it.is_empty() && !it.starts_with('#'));
        let known = shipped.map(str::to_owned).chain(vouched).collect();
        Self {
            limits,
            known,
            by_domain: HashMap::new(),
            by_new: VecDeque::new(),
            lately: Vec::new(),
        }
    }

    /// From here on what is counted can be taken back.
    pub fn begin(&mut self) {
        self.lately.clear();
    }

    /// Takes back what was counted since [`Surge::begin`]: it is judged once more, or was not taken.
    pub fn take_back(&mut self) {
        for (domain, counted) in self.lately.drain(..).rev() {
            if let Some(times) = self
                .by_domain
                .get_mut(&domain)
                .filter(|_| counted.for_domain)
            {
                times.pop_back();
            }
            if counted.for_new {
                self.by_new.pop_back();
            }
        }
    }

    /// Counts one new endorsement from `domain`; true when that is over a limit, so that it has to wait.
    pub fn count(&mut self, domain: &str, now: Millis) -> bool {
        let known = self.known.contains(domain);
        let limit = if known {
            self.limits.per_known_domain
        } else {
            self.limits.per_domain
        };
        let start = now.minus(HOUR);
        // Swept only when the map would grow: constant time on average.
        if self.by_domain.len() == self.by_domain.capacity() {
            self.by_domain
                .retain(|_, times| times.back().is_some_and(|last| *last > start));
        }
        let times = self.by_domain.entry(domain.to_owned()).or_default();
        let over_domain = over(times, start, now, limit);
        let over_new = !known && over(&mut self.by_new, start, now, self.limits.new_domains);
        let counted = Counted {
            for_domain: !over_domain,
            for_new: !known && !over_new,
        };
        self.lately.push((domain.to_owned(), counted));
        over_domain || over_new
    }
}

/// Counts into one window; what is beyond the limit is not remembered, so memory stays bounded.
fn over(times: &mut VecDeque<Millis>, start: Millis, now: Millis, limit: usize) -> bool {
    while times.front().is_some_and(|first| *first <= start) {
        times.pop_front();
    }
    if times.len() >= limit {
        return true;
    }
    times.push_back(now);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = Millis::from_millis(1_795_348_800_000);

    fn small() -> Surge {
        let limits = SurgeLimits {
            per_domain: 2,
            per_known_domain: 3,
            new_domains: 3,
        };
        Surge::new(limits, ["vouched.example".to_owned()])
    }

    #[test]
    fn what_is_over_the_limit_of_a_domain_waits_until_the_hour_is_over() {
        let mut surge = small();
        assert!(!surge.count("one.example", NOON));
        assert!(!surge.count("one.example", NOON));
        assert!(surge.count("one.example", NOON));
        assert!(!surge.count("one.example", NOON.plus(HOUR)));
    }

    #[test]
    fn new_domains_together_have_a_limit_that_known_ones_are_free_of() {
        let mut surge = small();
        for domain in ["one.example", "two.example", "three.example"] {
            assert!(!surge.count(domain, NOON));
        }
        assert!(surge.count("four.example", NOON));
        assert!(!surge.count("vouched.example", NOON));
    }

    #[test]
    fn what_was_counted_lately_can_be_taken_back() {
        let mut surge = small();
        assert!(!surge.count("one.example", NOON));
        surge.begin();
        for over in [false, true, true] {
            assert_eq!(surge.count("one.example", NOON), over);
        }
        surge.take_back();
        for over in [false, true] {
            assert_eq!(surge.count("one.example", NOON), over);
        }
    }

    #[test]
    fn known_servers_have_a_limit_of_their_own() {
        let mut surge = small();
        let over: Vec<bool> = (0..4)
            .map(|_| surge.count("mastodon.social", NOON))
            .collect();
        assert_eq!(over, [false, false, false, true]);
    }
}
