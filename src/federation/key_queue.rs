//! Whose key is fetched next: the queue behind [`key_turns`](super::key_turns), without waiting and without time of its
//! own.
//!
//! Whoever asks is *proven* or not: that is the pair of network address and host, for a day after an authentic activity.
//! The proven of a domain have an [`AdaptiveWindow`] of fetches at once, and one address a quarter of all. All others together have two, a quarter of all
//! fetches, and a small part of the queue, so that forgers, from however many addresses, use up nothing of the others'. In
//! both lanes of a domain the addresses take turns, and between the domains the turns go round as well.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    clock::Millis,
    http_client::{pace::PACE, single_flight::FetchLane},
    rate_limit::{AdaptiveWindow, Network, Rate, RateLimits, Remembered, Share, Shares},
};

/// The most that wait, and those of them of one domain that are proven. Each is a request with its connection and body.
const MOST_WAITING: usize = 8192;
const MOST_OF_DOMAIN: usize = 2048;

/// The most of those who wait that are not proven: in all, of one domain, of one network address. Before an address has proved
/// itself, all people of a large server wait here for the first of them.
const MOST_UNPROVEN: usize = 2048;
const MOST_UNPROVEN_OF_DOMAIN: usize = 512;
const MOST_UNPROVEN_OF_NETWORK: usize = 256;

/// The most fetches at once of those who are not proven: of one domain, of one network address.
const BEGUN_OF_DOMAIN: usize = 2;
const BEGUN_OF_NETWORK: usize = 16;

/// Of an address that is proven it is a quarter of all fetches, or this if that is more: as many as one domain may have.
const LEAST_OF_PROVEN_NETWORK: usize = 32;

/// About how long a fetch takes, for whoever waits for any of a whole lane.
const FETCH_TAKES: Duration = Duration::from_secs(1);

/// How long an address is known to speak for a host.
const PROVEN_FOR: Duration = Duration::from_hours(24);

/// The most useless fetches in a minute of an address that is not proven.
const USELESS_OF_NETWORK: u32 = 10;

/// The most fetches in a minute that contradict a proven pair. With more it is not proven any more.
const FALSE_OF_PAIR: u32 = 30;

/// The most domains whose windows are remembered while nobody asks for them.
const MOST_DOMAINS: usize = 4096;

/// Longest wait that anybody is told.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Who asks for a key.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    /// The network address; `None` when it is not known.
    pub(super) network: Option<Network>,
    /// The key's host.
    pub(super) host: String,
    /// The domain of that host.
    pub(super) domain: String,
}

/// Why a key is not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The address asked for too many keys that were of no use.
    TooOften {
        /// How long to wait.
        wait: Duration,
    },
    /// Too many wait already.
    Full {
        /// About how long until there is room.
        wait: Duration,
    },
}

/// What came of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The key verified the signature that waited for it.
    Truthful,
    /// There is no such key, or it did not make the signature.
    False,
    /// The host gave no answer that could be used.
    Failed,
    /// Nothing was fetched.
    Unused,
}

/// Leave to fetch a key, which has to be given back by [`KeyQueue::ended`].
#[derive(Debug)]
pub(super) struct Leave {
    /// The lane in which it is fetched.
    pub(super) lane: FetchLane,
    asker: Asker,
    /// Of those of its address.
    _share: Option<Share<Network>>,
}

/// A request that waits for its leave.
#[derive(Debug)]
struct Waiter {
    host: String,
    leave: oneshot::Sender<Leave>,
    /// Of those of an address that is not proven.
    share: Option<Share<Network>>,
}

/// Something for each lane.
#[derive(Debug, Default)]
struct ByLane<T> {
    proven: T,
    unproven: T,
}

impl<T> ByLane<T> {
    const fn of(&self, lane: FetchLane) -> &T {
        match lane {
            FetchLane::Proven => &self.proven,
            FetchLane::Unproven => &self.unproven,
        }
    }

    const fn of_mut(&mut self, lane: FetchLane) -> &mut T {
        match lane {
            FetchLane::Proven => &mut self.proven,
            FetchLane::Unproven => &mut self.unproven,
        }
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LaneTally {
    waiting: usize,
    begun: usize,
}

/// One lane of a domain.
#[derive(Debug, Default)]
struct LaneQueue {
    tally: LaneTally,
    waiters: BTreeMap<Option<Network>, VecDeque<Waiter>>,
    /// The address that was served last.
    served: Option<Network>,
}

impl LaneQueue {
    /// The first waiter of the next address that `may` have one.
    fn next<T>(
        &mut self,
        mut may: impl FnMut(Option<Network>) -> Option<T>,
    ) -> Option<(Option<Network>, Waiter, T)> {
        let after = (Bound::Excluded(self.served), Bound::Unbounded);
        let before = (Bound::Unbounded, Bound::Included(self.served));
        let round = self.waiters.range(after).chain(self.waiters.range(before));
        let mut networks = round.map(|(network, _)| *network);
        let (network, leave) = networks.find_map(|network| Some((network, may(network)?)))?;
        let waiters = self.waiters.get_mut(&network)?;
        let waiter = waiters.pop_front();
        if waiters.is_empty() {
            self.waiters.remove(&network);
        }
        self.served = network;
        Some((network, waiter?, leave))
    }

    fn push(&mut self, network: Option<Network>, waiter: Waiter) {
        self.waiters.entry(network).or_default().push_back(waiter);
    }

    /// Takes out the waiters of this address that fit.
    fn take(
        &mut self,
        network: Option<Network>,
        fits: impl Fn(&Waiter) -> bool,
    ) -> VecDeque<Waiter> {
        let all = self.waiters.remove(&network).unwrap_or_default();
        let (taken, left): (VecDeque<_>, VecDeque<_>) = all.into_iter().partition(fits);
        if !left.is_empty() {
            self.waiters.insert(network, left);
        }
        taken
    }
}

#[derive(Debug, Default)]
struct DomainQueue {
    window: AdaptiveWindow,
    lanes: ByLane<LaneQueue>,
}

impl DomainQueue {
    const fn is_idle(&self) -> bool {
        self.waiting() == 0 && self.lanes.proven.tally.begun + self.lanes.unproven.tally.begun == 0
    }

    const fn waiting(&self) -> usize {
        self.lanes.proven.tally.waiting + self.lanes.unproven.tally.waiting
    }
}

/// Everybody who waits for a key, and everybody who fetches one.
#[derive(Debug)]
pub(super) struct KeyQueue {
    /// The most fetches at once.
    most: usize,
    all: ByLane<LaneTally>,
    domains: BTreeMap<String, DomainQueue>,
    /// The domains for which somebody waits.
    crowded: ByLane<BTreeSet<String>>,
    /// The domain that was served last.
    served: ByLane<String>,
    /// Those of each address that wait and are not proven.
    waiting_of_network: Shares<Network>,
    /// The fetches of each address.
    begun_of_network: ByLane<Shares<Network>>,
    proven: Remembered,
    useless: RateLimits,
    contradicted: RateLimits,
}

impl KeyQueue {
    /// An empty queue with at most so many fetches at once.
    pub(super) fn new(most: usize) -> Self {
        let of_proven_network = most.div_ceil(4).max(LEAST_OF_PROVEN_NETWORK);
        Self {
            most: most.max(1),
            all: ByLane::default(),
            domains: BTreeMap::new(),
            crowded: ByLane::default(),
            served: ByLane::default(),
            waiting_of_network: Shares::of(MOST_UNPROVEN_OF_NETWORK),
            begun_of_network: ByLane {
                proven: Shares::of(of_proven_network),
                unproven: Shares::of(BEGUN_OF_NETWORK),
            },
            proven: Remembered::for_a_while(PROVEN_FOR),
            useless: RateLimits::new(Rate::per_minute(USELESS_OF_NETWORK)),
            contradicted: RateLimits::new(Rate::per_minute(FALSE_OF_PAIR)),
        }
    }

    /// The lane of whoever speaks for this host from this address.
    pub(super) fn lane(&self, network: Option<Network>, host: &str, now: Millis) -> FetchLane {
        if self.proven.has((network, host), now) {
            FetchLane::Proven
        } else {
            FetchLane::Unproven
        }
    }

    /// Lines up. The leave comes through the channel, perhaps at once.
    pub(super) fn ask(
        &mut self,
        asker: &Asker,
        now: Millis,
    ) -> Result<oneshot::Receiver<Leave>, Refused> {
        let lane = self.lane(asker.network, &asker.host, now);
        let share = match (lane, asker.network) {
            (FetchLane::Unproven, Some(network)) => {
                let useless = self.useless.check(network, now);
                useless.map_err(|wait| Refused::TooOften { wait })?;
                let share = self.waiting_of_network.take(&network, 1);
                Some(share.ok_or_else(|| self.full(&asker.domain, lane))?)
            }
            _ => None,
        };
        let waiting = self.all.proven.waiting + self.all.unproven.waiting;
        let of_domain = self.domains.get(&asker.domain);
        let of_domain = of_domain.map_or(0, |queue| queue.lanes.of(lane).tally.waiting);
        let is_full = waiting >= MOST_WAITING
            || match lane {
                FetchLane::Proven => of_domain >= MOST_OF_DOMAIN,
                FetchLane::Unproven => {
                    self.all.unproven.waiting >= MOST_UNPROVEN
                        || of_domain >= MOST_UNPROVEN_OF_DOMAIN
                }
            };
        if is_full {
            return Err(self.full(&asker.domain, lane));
        }
        let (leave, receiver) = oneshot::channel();
        let waiter = Waiter {
            host: asker.host.clone(),
            leave,
            share,
        };
        self.push(&asker.domain, lane, asker.network, waiter);
        while self.begin(&asker.domain, lane) {}
        Ok(receiver)
    }

    fn full(&self, domain: &str, lane: FetchLane) -> Refused {
        Refused::Full {
            wait: self.wait(domain, lane),
        }
    }

    /// About how long whoever comes now would wait: for the domain, or for all in the lane.
    pub(super) fn wait(&self, domain: &str, lane: FetchLane) -> Duration {
        let of_domain = self.domains.get(domain).map(|queue| {
            let waiting = queue.lanes.of(lane).tally.waiting;
            match lane {
                FetchLane::Proven => queue.window.time_for(waiting),
                FetchLane::Unproven => times(PACE, waiting),
            }
        });
        let of_lane = self.all.of(lane).waiting.div_ceil(self.most_begun(lane));
        let wait = of_domain.unwrap_or_default();
        wait.max(times(FETCH_TAKES, of_lane)).min(LONGEST_WAIT)
    }

    /// The most fetches of a lane at once.
    const fn most_begun(&self, lane: FetchLane) -> usize {
        match lane {
            FetchLane::Proven => self.most,
            FetchLane::Unproven => self.most.div_ceil(4),
        }
    }

    /// Whether a lane may have one more fetch.
    const fn has_room(&self, lane: FetchLane) -> bool {
        let begun = self.all.proven.begun + self.all.unproven.begun;
        begun < self.most && self.all.of(lane).begun < self.most_begun(lane)
    }

    /// Notes an authentic activity of a pair that is proven already; whether it is.
    pub(super) fn note_again(&mut self, network: Option<Network>, host: &str, now: Millis) -> bool {
        let is_proven = self.proven.has((network, host), now);
        if is_proven {
            self.proven.note((network, host), now);
        }
        is_proven
    }

    /// Notes an authentic activity. Whoever waits at this address for keys of this host is proven as well.
    pub(super) fn proved(&mut self, asker: &Asker, now: Millis) {
        self.trust(asker, now);
        while self.begin(&asker.domain, FetchLane::Proven) {}
    }

    /// From now on this address is not known to speak for the host.
    pub(super) fn distrust(&mut self, asker: &Asker) {
        self.proven.forget((asker.network, asker.host.as_str()));
        self.shift(asker, FetchLane::Unproven);
        self.begin_all();
    }

    /// Ends a fetch that took so long, and begins what may begin.
    pub(super) fn ended(&mut self, leave: Leave, outcome: Outcome, took: Duration, now: Millis) {
        let Leave {
            lane,
            asker,
            _share: share,
        } = leave;
        drop(share);
        let was_full = !self.has_room(FetchLane::Proven);
        let all = self.all.of_mut(lane);
        all.begun = all.begun.saturating_sub(1);
        if let Some(queue) = self.domains.get_mut(&asker.domain) {
            let tally = &mut queue.lanes.of_mut(lane).tally;
            tally.begun = tally.begun.saturating_sub(1);
            if lane == FetchLane::Proven && outcome != Outcome::Unused {
                queue.window.answered(outcome == Outcome::Truthful, took);
            }
        }
        match (outcome, lane) {
            (Outcome::Truthful, _) => self.trust(&asker, now),
            (Outcome::False, FetchLane::Proven) => self.contradict(&asker, now),
            (Outcome::False | Outcome::Failed, FetchLane::Unproven) => {
                if let Some(network) = asker.network {
                    // What is over the limit is refused before it is fetched.
                    self.useless.take(network, now, Duration::ZERO).ok();
                }
            }
            (Outcome::Failed, FetchLane::Proven) | (Outcome::Unused, _) => (),
        }
        // In the other lane nobody waited for the end of this one, unless there was no room at all.
        if was_full || lane == FetchLane::Unproven {
            self.begin_lane(FetchLane::Unproven);
        }
        if was_full || lane == FetchLane::Proven || outcome == Outcome::Truthful {
            self.begin_lane(FetchLane::Proven);
        }
        self.tidy(&asker.domain);
    }

    /// Takes out who gave up waiting.
    pub(super) fn sweep(&mut self, asker: &Asker) {
        for lane in [FetchLane::Proven, FetchLane::Unproven] {
            self.take(asker, lane, |waiter| waiter.leave.is_closed());
        }
        self.tidy(&asker.domain);
    }

    fn trust(&mut self, asker: &Asker, now: Millis) {
        self.proven.note((asker.network, asker.host.as_str()), now);
        self.shift(asker, FetchLane::Proven);
    }

    fn contradict(&mut self, asker: &Asker, now: Millis) {
        let pair = (asker.network, asker.host.as_str());
        if self.contradicted.take(pair, now, Duration::ZERO).is_err() {
            self.distrust(asker);
        }
    }

    /// Moves the waiters of a pair into this lane.
    fn shift(&mut self, asker: &Asker, to: FetchLane) {
        let from = match to {
            FetchLane::Proven => FetchLane::Unproven,
            FetchLane::Unproven => FetchLane::Proven,
        };
        for mut waiter in self.take(asker, from, |waiter| waiter.host == asker.host) {
            waiter.share = None;
            if let (FetchLane::Unproven, Some(network)) = (to, asker.network) {
                waiter.share = self.waiting_of_network.take(&network, 1);
                if waiter.share.is_none() {
                    // It is told to come again.
                    continue;
                }
            }
            self.push(&asker.domain, to, asker.network, waiter);
        }
    }

    fn take(
        &mut self,
        asker: &Asker,
        lane: FetchLane,
        fits: impl Fn(&Waiter) -> bool,
    ) -> VecDeque<Waiter> {
        let Some(queue) = self.domains.get_mut(&asker.domain) else {
            return VecDeque::new();
        };
        let queue = queue.lanes.of_mut(lane);
        let taken = queue.take(asker.network, fits);
        let all = self.all.of_mut(lane);
        all.waiting = all.waiting.saturating_sub(taken.len());
        queue.tally.waiting = queue.tally.waiting.saturating_sub(taken.len());
        if queue.tally.waiting == 0 {
            self.crowded.of_mut(lane).remove(&asker.domain);
        }
        taken
    }

    fn push(&mut self, domain: &str, lane: FetchLane, network: Option<Network>, waiter: Waiter) {
        let crowded = self.crowded.of_mut(lane);
        if !crowded.contains(domain) {
            crowded.insert(domain.to_owned());
        }
        let queue = self.domains.entry(domain.to_owned()).or_default();
        let queue = queue.lanes.of_mut(lane);
        queue.push(network, waiter);
        queue.tally.waiting = queue.tally.waiting.saturating_add(1);
        let all = self.all.of_mut(lane);
        all.waiting = all.waiting.saturating_add(1);
    }

    /// Begins the next fetch from a domain, if there may be one.
    fn begin(&mut self, domain: &str, lane: FetchLane) -> bool {
        let has_room = self.has_room(lane);
        let Some(queue) = self.domains.get_mut(domain) else {
            return false;
        };
        let most = match lane {
            FetchLane::Proven => queue.window.size(),
            FetchLane::Unproven => BEGUN_OF_DOMAIN,
        };
        let lane_queue = queue.lanes.of_mut(lane);
        if !has_room || lane_queue.tally.begun >= most {
            return false;
        }
        let shares = self.begun_of_network.of(lane);
        let share = |network: Option<Network>| match network {
            Some(network) => shares.take(&network, 1).map(Some),
            None => Some(None),
        };
        while let Some((network, waiter, share)) = lane_queue.next(share) {
            let all = self.all.of_mut(lane);
            all.waiting = all.waiting.saturating_sub(1);
            lane_queue.tally.waiting = lane_queue.tally.waiting.saturating_sub(1);
            if lane_queue.tally.waiting == 0 {
                self.crowded.of_mut(lane).remove(domain);
            }
            let asker = Asker {
                network,
                host: waiter.host,
                domain: domain.to_owned(),
            };
            let leave = Leave {
                lane,
                asker,
                _share: share,
            };
            // Whoever gave up takes nothing.
            if waiter.leave.send(leave).is_ok() {
                all.begun = all.begun.saturating_add(1);
                lane_queue.tally.begun = lane_queue.tally.begun.saturating_add(1);
                return true;
            }
        }
        false
    }

    /// Begins everything that may begin. Those who are not proven come first, because they have their quarter at most.
    fn begin_all(&mut self) {
        self.begin_lane(FetchLane::Unproven);
        self.begin_lane(FetchLane::Proven);
    }

    /// Begins what may begin of one lane, one of each domain in turn. Returns how many domains it looked at: none while
    /// the lane has no room.
    fn begin_lane(&mut self, lane: FetchLane) -> usize {
        let (mut looked_at, mut in_vain) = (0, 0);
        while in_vain < self.crowded.of(lane).len() && self.has_room(lane) {
            let crowded = self.crowded.of(lane);
            let served = self.served.of(lane).as_str();
            let after = (Bound::Excluded(served), Bound::Unbounded);
            let next = crowded.range::<str, _>(after).next();
            let Some(domain) = next.or_else(|| crowded.first()).cloned() else {
                break;
            };
            looked_at += 1;
            if self.begin(&domain, lane) {
                in_vain = 0;
            } else if self.crowded.of(lane).contains(&domain) {
                in_vain += 1;
            }
            *self.served.of_mut(lane) = domain;
        }
        looked_at
    }

    /// Forgets a domain for which nobody asks any more. Its window is kept while there is room.
    fn tidy(&mut self, domain: &str) {
        let Some(queue) = self.domains.get(domain) else {
            return;
        };
        let is_new = queue.window == AdaptiveWindow::default();
        if queue.is_idle() && (is_new || self.domains.len() > MOST_DOMAINS) {
            self.domains.remove(domain);
        }
    }
}

fn times(duration: Duration, n: usize) -> Duration {
    duration.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
#[path = "key_queue_tests.rs"]
mod tests;
