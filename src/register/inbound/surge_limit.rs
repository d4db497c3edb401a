//! Too many at once: how many endorsements came from each domain in the last hour (`moderation.surge_*`).
//!
//! The counts stand in the database, by the minute. Each transaction that may let somebody in reads those that it
//! needs into a [`Window`] and writes down what it let in, so that a restart forgets nothing and all processes count
//! together: there is one writer at a time.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use crate::{clock::Millis, register::Result, store::Tx};

/// The window that is counted over, to the minute.
const HOUR: Duration = Duration::from_hours(1);

/// What counts that are written down have in common, in milliseconds.
const MINUTE: i64 = 60 * 1000;

/// The counts of all domains together that nobody vouches for.
const NEW_DOMAINS: &str = "";

/// The limits of the configuration, and the servers that are known to be large.
#[derive(Clone, Debug)]
pub struct SurgeLimits {
    /// New endorsements an hour from one domain.
    pub per_domain: i64,
    /// New endorsements an hour from one domain that is well known.
    pub per_known_domain: i64,
    /// New endorsements an hour from all domains together that nobody vouches for yet.
    pub new_domains: i64,
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

/// How many may come in.
#[derive(Clone, Debug)]
pub struct Surge {
    limits: SurgeLimits,
    known: HashSet<String>,
}

/// What came in during the last hour, from the domains that matter to one transaction.
#[derive(Clone, Debug, Default)]
pub struct Window {
    before: HashMap<String, i64>,
    /// What this transaction lets in.
    now: BTreeMap<String, i64>,
}

impl Surge {
    /// `vouched` are the domains with enough old endorsements, and the trusted ones.
    pub fn new(limits: SurgeLimits, vouched: impl IntoIterator<Item = String>) -> Self {
        let shipped = WELL_KNOWN
            .lines()
            .filter(|it| !it.is_empty() && !it.starts_with('#'));
        let known = shipped.map(str::to_owned).chain(vouched).collect();
        Self { limits, known }
    }

    /// Counts one new endorsement from `domain`; true when that is over a limit, so that it has to wait. What waits is
    /// not counted.
    pub fn count(&self, window: &mut Window, domain: &str) -> bool {
        let known = self.known.contains(domain);
        let limit = if known {
            self.limits.per_known_domain
        } else {
            self.limits.per_domain
        };
        let over_new = !known && window.of(NEW_DOMAINS) >= self.limits.new_domains;
        if over_new || window.of(domain) >= limit {
            return true;
        }
        window.add(domain);
        if !known {
            window.add(NEW_DOMAINS);
        }
        false
    }
}

impl Window {
    /// Reads what came in from these domains, with one statement.
    pub async fn load<'a>(
        tx: &mut Tx,
        domains: impl Iterator<Item = &'a str>,
        now: Millis,
    ) -> Result<Self> {
        let mut domains: Vec<_> = domains.chain([NEW_DOMAINS]).collect();
        domains.sort_unstable();
        domains.dedup();
        if domains == [NEW_DOMAINS] {
            return Ok(Self::default());
        }
        let before = tx.surges(&domains, now.minus(HOUR)).await?;
        Ok(Self {
            before: before.into_iter().collect(),
            now: BTreeMap::new(),
        })
    }

    /// Writes down what was let in.
    pub async fn save(&self, tx: &mut Tx, now: Millis) -> Result<()> {
        let minute = now.as_millis().div_euclid(MINUTE).saturating_mul(MINUTE);
        let counted: Vec<_> = self.now.iter().map(|(it, n)| (it.as_str(), *n)).collect();
        Ok(tx.add_surges(&counted, Millis::from_millis(minute)).await?)
    }

    /// Forgets what no window reaches any more.
    pub async fn forget(tx: &mut Tx, now: Millis) -> Result<()> {
        tx.forget_surges(now.minus(HOUR)).await?;
        Ok(())
    }

    fn of(&self, domain: &str) -> i64 {
        let count = |counts: Option<&i64>| counts.copied().unwrap_or(0);
        count(self.before.get(domain)).saturating_add(count(self.now.get(domain)))
    }

    fn add(&mut self, domain: &str) {
        let n = self.now.entry(domain.to_owned()).or_default();
        *n = n.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Surge {
        let limits = SurgeLimits {
            per_domain: 2,
            per_known_domain: 3,
            new_domains: 3,
        };
        Surge::new(limits, ["vouched.example".to_owned()])
    }

    /// Which of these are over a limit, after what came before.
    fn over(before: &[(&str, i64)], domains: &[&str]) -> Vec<bool> {
        let before = before.iter().map(|(it, n)| ((*it).to_owned(), *n));
        let mut window = Window {
            before: before.collect(),
            ..Window::default()
        };
        let count = |domain: &&str| small().count(&mut window, domain);
        domains.iter().map(count).collect()
    }

    #[test]
    fn what_is_over_the_limit_of_a_domain_waits() {
        let one = "one.example";
        assert_eq!(over(&[], &[one, one, one]), [false, false, true]);
        assert_eq!(over(&[(one, 1)], &[one, one]), [false, true]);
        assert_eq!(over(&[(one, 2)], &[one, "two.example"]), [true, false]);
    }

    #[test]
    fn new_domains_together_have_a_limit_that_known_ones_are_free_of() {
        let domains = [
            "one.example",
            "two.example",
            "three.example",
            "four.example",
            "vouched.example",
        ];
        assert_eq!(over(&[], &domains), [false, false, false, true, false]);
        assert_eq!(
            over(&[(NEW_DOMAINS, 3)], &domains),
            [true, true, true, true, false]
        );
    }

    #[test]
    fn what_waits_uses_up_nothing_of_others() {
        let domains = ["one.example"; 9].iter().chain(&["two.example"]).copied();
        let over = over(&[], &domains.collect::<Vec<_>>());
        assert!(over[2..9].iter().all(|it| *it) && !over[9], "{over:?}");
    }

    #[test]
    fn known_servers_have_a_limit_of_their_own() {
        let over = over(&[], &["mastodon.social"; 4]);
        assert_eq!(over, [false, false, false, true]);
    }
}
