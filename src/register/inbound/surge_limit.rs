//! Surge limits: how many new endorsements a domain may bring within an hour (`moderation.surge_*`).
//!
//! The database holds the counts by the minute. Each transaction that may accept endorsements loads the counts that
//! it needs into a [`Window`] and adds its own, so that a restart loses nothing and all processes count together:
//! there is one writer at a time.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use crate::{clock::Millis, register::error::Result, store::Tx};

/// The length of the window that is counted over.
const HOUR: Duration = Duration::from_hours(1);

/// The resolution of the stored counts, in milliseconds.
const MINUTE: i64 = 60 * 1000;

/// The key of the common count of all domains that nobody vouches for.
const NEW_DOMAINS: &str = "";

/// The surge limits of the configuration.
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
    /// The defaults of the configuration.
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

/// The surge limits, and the domains that are well known or vouched for.
#[derive(Clone, Debug)]
pub struct Surge {
    limits: SurgeLimits,
    known: HashSet<String>,
}

/// The counts of the last hour, for the domains of one transaction.
#[derive(Clone, Debug, Default)]
pub struct Window {
    before: HashMap<String, i64>,
    /// The counts that this transaction adds.
    now: BTreeMap<String, i64>,
}

impl Surge {
    /// `vouched` are the domains with enough old endorsements, and the trusted ones.
    pub fn new(limits: SurgeLimits, vouched: impl IntoIterator<Item = String>) -> Self {
        let shipped = WELL_KNOWN
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let known = shipped.map(str::to_owned).chain(vouched).collect();
        Self { limits, known }
    }

    /// Counts one new endorsement from `domain`. Returns true when that is over a limit, so that it has to wait; what
    /// waits is not counted.
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
    /// Loads the counts of these domains, with one statement.
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

    /// Writes the counts that this transaction adds.
    pub async fn save(&self, tx: &mut Tx, now: Millis) -> Result<()> {
        let minute = now.as_millis().div_euclid(MINUTE).saturating_mul(MINUTE);
        let counted: Vec<_> = self
            .now
            .iter()
            .map(|(domain, n)| (domain.as_str(), *n))
            .collect();
        Ok(tx.add_surges(&counted, Millis::from_millis(minute)).await?)
    }

    /// Deletes the counts that are older than the window.
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

    /// Which of these domains are over a limit, given earlier counts.
    fn over(before: &[(&str, i64)], domains: &[&str]) -> Vec<bool> {
        let before = before.iter().map(|(domain, n)| ((*domain).to_owned(), *n));
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
        assert!(
            over[2..9].iter().all(|waits| *waits) && !over[9],
            "{over:?}"
        );
    }

    #[test]
    fn known_servers_have_a_limit_of_their_own() {
        let over = over(&[], &["mastodon.social"; 4]);
        assert_eq!(over, [false, false, false, true]);
    }
}
