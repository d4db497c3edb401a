//! Rate limits per key, such as 60 activities a minute for each actor.
//!
//! A token bucket: an allowance may be used up at once and refills evenly. It is counted by GCRA, which
//! stores one number for each key: the moment at which the allowance will be whole again. Keys are stored as
//! a keyed hash only, so they may have any length, and no address can be read from memory.
//!
//! Pure: the caller passes the time. A clock that is set back delays nobody for longer than one period. At
//! most [`MOST`] keys are remembered.

mod network;
mod shares;
mod window;

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use self::{
    network::Network,
    shares::{Share, Shares},
    window::AdaptiveWindow,
};
use crate::clock::Millis;

/// Most keys that one limiter remembers: about 2 MiB. Beyond that, the keys that owe least are dropped.
pub const MOST: usize = 65_536;

/// A number of grants in a period; all of them may be used at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    period: Duration,
}

impl Rate {
    /// `count` in a minute; 0 counts as 1.
    pub const fn per_minute(count: u32) -> Self {
        Self {
            count,
            period: Duration::from_mins(1),
        }
    }

    /// One, and the next one after `pause` at the earliest: never two at once.
    pub const fn one_in(pause: Duration) -> Self {
        Self {
            count: 1,
            period: pause,
        }
    }

    fn period(self) -> i64 {
        nanos(self.period)
    }

    /// The part of the period that one grant takes, in nanoseconds; at least one.
    fn step(self) -> i64 {
        self.period()
            .checked_div(i64::from(self.count))
            .unwrap_or(self.period())
            .max(1)
    }
}

/// What is left of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The grants of one period.
    pub limit: u32,
    /// How many may be used now.
    pub left: u32,
    /// After how long all of them may be.
    pub whole_after: Duration,
}

/// Token buckets of one rate, one for each key.
#[derive(Debug)]
pub struct RateLimits {
    rate: Rate,
    ledger: Mutex<Ledger>,
}

impl RateLimits {
    /// Full buckets for every key.
    pub fn new(rate: Rate) -> Self {
        Self::remembering(rate, MOST)
    }

    fn remembering(rate: Rate, most: usize) -> Self {
        Self {
            rate,
            ledger: Mutex::new(Ledger::of(most)),
        }
    }

    /// Takes one grant. Returns how long to wait before using it: zero, or at most `patience`.
    ///
    /// # Errors
    /// No grant becomes available within `patience`, and none was taken; returns how long to wait.
    pub fn take(
        &self,
        key: impl Hash,
        now: Millis,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let taken = locked(&self.ledger).take(self.rate, key, instant(now), nanos(patience));
        taken.map(duration).map_err(duration)
    }

    /// What is left for a key.
    pub fn allowance(&self, key: impl Hash, now: Millis) -> Allowance {
        let ahead = locked(&self.ledger).ahead(self.rate, key, instant(now));
        let free = self.rate.period().saturating_sub(ahead);
        let left = free.checked_div(self.rate.step()).unwrap_or(0);
        Allowance {
            limit: self.rate.count.max(1),
            // A period holds a rounded number of steps.
            left: u32::try_from(left).unwrap_or(0).min(self.rate.count.max(1)),
            whole_after: duration(ahead),
        }
    }

    /// Whether a grant is available; takes none.
    ///
    /// # Errors
    /// None is available now: how long to wait.
    pub fn check(&self, key: impl Hash, now: Millis) -> Result<(), Duration> {
        let wait = locked(&self.ledger).wait(self.rate, key, instant(now));
        if wait > 0 {
            Err(duration(wait))
        } else {
            Ok(())
        }
    }

    /// Gives back one grant that was taken.
    pub fn give_back(&self, key: impl Hash, now: Millis) {
        locked(&self.ledger).give_back(self.rate, key, instant(now));
    }
}

/// Keys that are remembered for a fixed time.
#[derive(Debug)]
pub struct Remembered {
    lasts: Duration,
    ledger: Mutex<Ledger>,
}

impl Remembered {
    /// An empty set; each key stays for `lasts` after it was last noted.
    pub fn for_a_while(lasts: Duration) -> Self {
        Self {
            lasts,
            ledger: Mutex::new(Ledger::of(MOST)),
        }
    }

    /// Remembers a key from now on.
    pub fn note(&self, key: impl Hash, now: Millis) {
        let now = instant(now);
        let until = now.saturating_add(nanos(self.lasts));
        locked(&self.ledger).note(key, until, now);
    }

    /// Forgets a key.
    pub fn forget(&self, key: impl Hash) {
        locked(&self.ledger).forget(key);
    }

    /// Whether the key was noted within that time.
    pub fn has(&self, key: impl Hash, now: Millis) -> bool {
        locked(&self.ledger).has(key, instant(now))
    }
}

/// For each key the moment until which it matters, in nanoseconds since 1970.
#[derive(Debug)]
struct Ledger {
    most: usize,
    hasher: RandomState,
    until: HashMap<u64, i64>,
}

impl Ledger {
    fn of(most: usize) -> Self {
        Self {
            most,
            hasher: RandomState::new(),
            until: HashMap::new(),
        }
    }

    /// [`RateLimits::take`], in nanoseconds.
    fn take(&mut self, rate: Rate, key: impl Hash, now: i64, patience: i64) -> Result<i64, i64> {
        let (key, period) = (self.key(key), rate.period());
        let ahead = self.until(key).saturating_sub(now).max(0);
        // A moment further ahead was written before the clock was set back; it is written anew.
        let most = period.saturating_add(patience);
        if ahead > most {
            self.set(key, now.saturating_add(most), now);
        }
        let owed = ahead.min(most).saturating_add(rate.step());
        let wait = owed.saturating_sub(period).max(0);
        if wait > patience {
            return Err(wait);
        }
        self.set(key, now.saturating_add(owed), now);
        Ok(wait)
    }

    /// How far ahead the moment is at which the allowance is whole again: a period at most.
    fn ahead(&self, rate: Rate, key: impl Hash, now: i64) -> i64 {
        let ahead = self.until(self.key(key)).saturating_sub(now).max(0);
        ahead.min(rate.period())
    }

    fn wait(&self, rate: Rate, key: impl Hash, now: i64) -> i64 {
        let owed = self.ahead(rate, key, now).saturating_add(rate.step());
        owed.saturating_sub(rate.period()).max(0)
    }

    fn give_back(&mut self, rate: Rate, key: impl Hash, now: i64) {
        let key = self.key(key);
        let until = self.until(key);
        if until > now {
            self.set(key, until.saturating_sub(rate.step()), now);
        }
    }

    fn note(&mut self, key: impl Hash, until: i64, now: i64) {
        self.set(self.key(key), until, now);
    }

    fn forget(&mut self, key: impl Hash) {
        self.until.remove(&self.key(key));
    }

    fn has(&self, key: impl Hash, now: i64) -> bool {
        self.until(self.key(key)) > now
    }

    /// Nobody outside knows the hasher's secret, so nobody can choose keys that collide.
    fn key(&self, key: impl Hash) -> u64 {
        self.hasher.hash_one(key)
    }

    fn until(&self, key: u64) -> i64 {
        self.until.get(&key).copied().unwrap_or(i64::MIN)
    }

    fn set(&mut self, key: u64, until: i64, now: i64) {
        if self.until.len() >= self.most && !self.until.contains_key(&key) {
            self.shed(now);
        }
        self.until.insert(key, until);
    }

    /// Makes room for an eighth of the capacity: first expired entries, then those that expire soonest. One
    /// sweep serves many insertions, so that each costs constant time during a flood.
    fn shed(&mut self, now: i64) {
        self.until.retain(|_, until| *until > now);
        let eighth = self.most.div_ceil(8);
        let spare = self.most.saturating_sub(self.until.len());
        let Some(surplus) = eighth
            .checked_sub(spare)
            .and_then(|needed| needed.checked_sub(1))
        else {
            return;
        };
        let mut moments: Vec<i64> = self.until.values().copied().collect();
        if surplus < moments.len() {
            let (_, last, _) = moments.select_nth_unstable(surplus);
            let last = *last;
            self.until.retain(|_, until| *until > last);
        }
    }
}

/// The lock, also after a panic poisoned it: each change above is a single step.
fn locked(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

fn instant(moment: Millis) -> i64 {
    moment.as_millis().saturating_mul(1_000_000)
}

fn nanos(while_: Duration) -> i64 {
    i64::try_from(while_.as_nanos()).unwrap_or(i64::MAX)
}

fn duration(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

#[cfg(test)]
mod tests;
