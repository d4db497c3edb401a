//! Surge limits: how many new endorsements a domain may bring within an hour (`moderation.surge_*`).
//!
//! The database holds the counts by the minute. Each transaction that may accept endorsements loads the counts that
//! it needs into a [`Window`] and adds its own, so that a restart loses nothing and all processes count together:
//! there is one writer at a time.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use tokio::sync::watch;

use crate::{
    activitystreams::is_forge_account,
    clock::Millis,
    register::error::Result,
    store::{Store, Tx},
};

/// The length of the window that is counted over.
const HOUR: Duration = Duration::from_hours(1);

/// The resolution of the stored counts, in milliseconds.
const MINUTE: i64 = 60 * 1000;

/// The key of the common count of all domains that are new.
const NEW_DOMAINS: &str = "";

/// How old a listed endorsement has to be before it says something about its domain.
const SETTLED_AFTER: Duration = Duration::from_hours(7 * 24);

/// So many settled endorsements make a domain as good as a well-known one.
const VOUCHED: i64 = 20;

/// The surge limits of the configuration.
#[derive(Clone, Debug)]
pub struct SurgeLimits {
    /// New endorsements an hour from one domain.
    pub per_domain: i64,
    /// New endorsements an hour from one domain that is well known, or has twenty listed endorsements older than a week.
    pub per_known_domain: i64,
    /// New endorsements an hour from all new domains together: those without a listed endorsement older than a week.
    pub new_domains: i64,
}

impl Default for SurgeLimits {
    /// The defaults of the configuration.
    fn default() -> Self {
        Self {
            per_domain: 25,
            per_known_domain: 500,
            new_domains: 2000,
        }
    }
}

/// The shipped list of well-known servers.
const WELL_KNOWN: &str = include_str!("data/well_known_servers.txt");

/// The surge limits, and what is known of domains. Clones share it.
#[derive(Clone, Debug)]
pub struct Surge {
    limits: SurgeLimits,
    well_known: HashSet<&'static str>,
    /// How many settled endorsements each domain has.
    settled: watch::Sender<HashMap<String, i64>>,
}

/// Where a new endorsement comes from, as the limits see it. A forge is a well-known server. A comment there is counted in
/// the hour in which it was written, so that reading an old thread is no surge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurgeSource {
    domain: String,
    /// What is counted together: the domain, or what was said there in one hour of the past.
    key: String,
    is_forge: bool,
}

impl SurgeSource {
    /// What an actor of this domain `said` then.
    pub fn of(actor: &str, domain: &str, said: Millis, now: Millis) -> Self {
        let is_forge = is_forge_account(actor);
        let is_old = is_forge && now.since(said) >= HOUR;
        let hour = said.as_millis().div_euclid(60 * MINUTE);
        Self {
            key: if is_old {
                format!("{domain} {hour}")
            } else {
                domain.to_owned()
            },
            domain: domain.to_owned(),
            is_forge,
        }
    }

    /// What is counted together with it.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The counts of the last hour, for the domains of one transaction.
#[derive(Clone, Debug, Default)]
pub struct Window {
    before: HashMap<String, i64>,
    /// The counts that this transaction adds.
    now: BTreeMap<String, i64>,
}

impl Surge {
    /// These limits, while no domain has settled endorsements: [`learn`](Self::learn) reads which have.
    pub fn new(limits: SurgeLimits) -> Self {
        let shipped = WELL_KNOWN
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self {
            limits,
            well_known: shipped.collect(),
            settled: watch::Sender::new(HashMap::new()),
        }
    }

    /// Reads which domains have listed endorsements older than a week. That changes slowly and costs a look at all of
    /// them, so it is read now and then, not with each batch.
    pub async fn learn(&self, store: &Store, now: Millis) -> Result<()> {
        let mut tx = store.read().await?;
        let settled = tx.listed_before(now.minus(SETTLED_AFTER)).await?;
        self.settled.send_replace(settled.into_iter().collect());
        Ok(())
    }

    /// Counts one new endorsement from this source. Returns true when that is over a limit, so that it has to wait; what
    /// waits is not counted.
    pub fn count(&self, window: &mut Window, source: &SurgeSource) -> bool {
        let domain = source.domain.as_str();
        let settled = self.settled.borrow().get(domain).copied().unwrap_or(0);
        let is_known = source.is_forge || self.well_known.contains(domain);
        let limit = if settled >= VOUCHED || is_known {
            self.limits.per_known_domain
        } else {
            self.limits.per_domain
        };
        let is_new = settled == 0 && !source.is_forge;
        let over_new = is_new && window.of(NEW_DOMAINS) >= self.limits.new_domains;
        if over_new || window.of(&source.key) >= limit {
            return true;
        }
        window.add(&source.key);
        if is_new {
            window.add(NEW_DOMAINS);
        }
        false
    }
}

impl Window {
    /// Loads the counts of these sources, by their keys, with one statement.
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
        let surge = Surge::new(limits);
        let settled = [("vouched.example", VOUCHED), ("old.example", VOUCHED - 1)];
        let settled = settled.map(|(domain, n)| (domain.to_owned(), n));
        surge.settled.send_replace(HashMap::from(settled));
        surge
    }

    /// Which of these domains are over a limit, given earlier counts.
    fn over(before: &[(&str, i64)], domains: &[&str]) -> Vec<bool> {
        let before = before.iter().map(|(domain, n)| ((*domain).to_owned(), *n));
        let mut window = Window {
            before: before.collect(),
            ..Window::default()
        };
        let count = |domain: &&str| {
            let source = SurgeSource::of("", domain, Millis::default(), Millis::default());
            small().count(&mut window, &source)
        };
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
    fn new_domains_together_have_a_limit_that_settled_ones_are_free_of() {
        let domains = [
            "one.example",
            "two.example",
            "three.example",
            "mastodon.social",
            "vouched.example",
            "old.example",
        ];
        assert_eq!(
            over(&[], &domains),
            [false, false, false, true, false, false]
        );
        assert_eq!(
            over(&[(NEW_DOMAINS, 3)], &domains),
            [true, true, true, true, false, false]
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
    fn comments_are_counted_in_the_hour_in_which_they_were_written() {
        let (now, surge) = (Millis::from_millis(0).plus(1000 * HOUR), small());
        let account = "https://new.example/#account-7";
        let mut window = Window::default();
        let mut over = |actor: &str, ago: Duration| {
            let source = SurgeSource::of(actor, "new.example", now.minus(ago), now);
            surge.count(&mut window, &source)
        };
        // A forge is well known, and of the past each hour counts alone.
        let hours = (2..9).map(|hours| over(account, hours * HOUR));
        assert!(hours.collect::<Vec<_>>().iter().all(|waits| !waits));
        let same = [5; 3].map(|_| over(account, 3 * HOUR));
        assert_eq!(same, [false, false, true]);
        let fresh = [1; 4].map(|minutes| over(account, minutes * Duration::from_mins(1)));
        assert_eq!(fresh, [false, false, false, true]);
        // In the Fediverse what arrives now counts now, whatever date it has.
        assert!(over("https://new.example/users/ada", 5 * HOUR));
    }

    #[test]
    fn known_servers_have_a_limit_of_their_own() {
        let known = [false, false, false, true];
        for (domain, expected) in [
            ("mastodon.social", known),
            ("vouched.example", known),
            ("old.example", [false, false, true, true]),
        ] {
            assert_eq!(over(&[], &[domain; 4]), expected, "{domain}");
        }
    }
}
