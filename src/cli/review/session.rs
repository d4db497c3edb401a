//! A session of `review`: what each key does. Keys and outcomes in, orders out; nothing here reads or writes.

use std::collections::{HashSet, VecDeque};

use crate::{
    endorsement::blocks::Target,
    register::moderation::{
        decisions::ReasonCode,
        review_queue::{ReviewEntry, ReviewGroup, ReviewTarget, ReviewTopic, grouped},
    },
};

/// The entries of a group on one screen.
pub(super) const PAGE: usize = 6;

/// Above so many entries at once, the key has to be confirmed.
const MANY: usize = 50;

/// What is decided about entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReviewVerdict {
    /// The endorsement counts; the words or the name are shown; a report is resolved.
    Approve,
    /// The endorsement is rejected; the words or the name are hidden; whom a report names is hidden.
    Reject,
}

/// Whom a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockScope {
    /// The account of an entry, or the one that a report names.
    Account,
    /// Everybody of the account's host.
    Host,
}

/// What has to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReviewOrder {
    /// A verdict about these entries; each with whether its words were read in this session.
    Decide(ReviewVerdict, Vec<(ReviewEntry, bool)>),
    /// It is looked up what a block would do; [`ReviewSession::ask`] with a [`Block`](Self::Block) follows.
    PlanBlock(Box<ReviewEntry>, BlockScope),
    /// A block.
    Block {
        /// The entry that it was ordered at.
        entry: Box<ReviewEntry>,
        /// Who is blocked.
        target: Target,
        /// What that does, in words.
        effect: String,
    },
    /// The last act of this session is taken back.
    Undo,
    /// The session ends.
    Quit,
}

/// What identifies an entry within a session.
type EntryId = String;

/// A session.
#[derive(Debug)]
pub(super) struct ReviewSession {
    groups: VecDeque<ReviewGroup>,
    all: usize,
    /// How many entries of the current group stand before the page.
    first: usize,
    uncovered: HashSet<EntryId>,
    /// What a `y` will carry out.
    asked: Option<ReviewOrder>,
    reason: ReasonCode,
    skipped: usize,
    done: Vec<String>,
}

fn id_of(entry: &ReviewEntry) -> EntryId {
    match &entry.target {
        ReviewTarget::Endorsement(row) => row.public_id.to_string(),
        ReviewTarget::Report(number) => format!("report {number}"),
    }
}

impl ReviewSession {
    pub(super) fn of(groups: Vec<ReviewGroup>) -> Self {
        Self {
            all: groups.len(),
            groups: groups.into(),
            first: 0,
            uncovered: HashSet::new(),
            asked: None,
            reason: ReasonCode::Spam,
            skipped: 0,
            done: Vec::new(),
        }
    }

    /// The group on the screen; `None` when nothing is left.
    pub(super) fn group(&self) -> Option<&ReviewGroup> {
        self.groups.front()
    }

    /// The entry that the small letters are about.
    pub(super) fn entry(&self) -> Option<&ReviewEntry> {
        self.group()?.entries.get(self.first)
    }

    /// The entries on the screen, each with whether its words are uncovered.
    pub(super) fn page(&self) -> impl Iterator<Item = (&ReviewEntry, bool)> {
        let entries = self.group().map_or(&[][..], |group| &group.entries);
        let page = entries.iter().skip(self.first).take(PAGE);
        page.map(|entry| (entry, self.is_read(entry)))
    }

    /// How many entries of the group stand below the page.
    pub(super) fn below(&self) -> usize {
        let all = self.group().map_or(0, |group| group.entries.len());
        all.saturating_sub(self.first.saturating_add(PAGE))
    }

    /// The number of the group on the screen, and how many there were.
    pub(super) fn place(&self) -> (usize, usize) {
        (
            self.all.saturating_sub(self.groups.len()).saturating_add(1),
            self.all,
        )
    }

    /// What was done, oldest first.
    pub(super) fn done(&self) -> &[String] {
        &self.done
    }

    /// How many entries were skipped.
    pub(super) const fn skipped(&self) -> usize {
        self.skipped
    }

    /// What a rejection gives as its reason.
    pub(super) const fn reason(&self) -> ReasonCode {
        self.reason
    }

    /// The order that waits to be confirmed.
    pub(super) const fn asked(&self) -> Option<&ReviewOrder> {
        self.asked.as_ref()
    }

    fn is_read(&self, entry: &ReviewEntry) -> bool {
        entry.words.is_empty() || self.uncovered.contains(&id_of(entry))
    }

    /// Takes a key. Returns what has to be carried out; then [`Self::carried_out`] or [`Self::failed`] follows.
    pub(super) fn press(&mut self, key: char) -> Option<ReviewOrder> {
        if let Some(order) = self.asked.take() {
            return (key == 'y').then_some(order);
        }
        match key {
            'q' | '\u{3}' | '\u{4}' => return Some(ReviewOrder::Quit),
            'u' => return Some(ReviewOrder::Undo),
            'c' => {
                let codes = ReasonCode::ALL;
                let next = codes.iter().skip_while(|code| **code != self.reason).nth(1);
                self.reason = *next.unwrap_or(&ReasonCode::Spam);
                return None;
            }
            _ => (),
        }
        let group = self.groups.front()?;
        let entry = group.entries.get(self.first)?.clone();
        match key {
            ' ' => {
                self.uncover();
                None
            }
            's' => {
                self.skipped = self.skipped.saturating_add(1);
                self.take(&[id_of(&entry)]);
                None
            }
            'S' => {
                self.skipped = self.skipped.saturating_add(group.entries.len());
                self.groups.pop_front();
                self.first = 0;
                None
            }
            'a' => self.decide(ReviewVerdict::Approve, vec![entry]),
            // A comment waits for nobody.
            'r' | 'R' if group.topic == ReviewTopic::Comment => None,
            'r' => self.decide(ReviewVerdict::Reject, vec![entry]),
            'A' => self.decide(ReviewVerdict::Approve, group.entries.clone()),
            'R' => self.decide(ReviewVerdict::Reject, group.entries.clone()),
            'b' => Some(ReviewOrder::PlanBlock(Box::new(entry), BlockScope::Account)),
            'B' => Some(ReviewOrder::PlanBlock(Box::new(entry), BlockScope::Host)),
            _ => None,
        }
    }

    /// Uncovers the page; once it is uncovered, goes on to the next one.
    fn uncover(&mut self) {
        let covered: Vec<_> = self
            .page()
            .filter(|(_, read)| !read)
            .map(|(entry, _)| id_of(entry))
            .collect();
        if !covered.is_empty() {
            // Who has read some words has read them wherever they stand.
            let read: HashSet<Vec<String>> =
                self.page().map(|(entry, _)| entry.words.clone()).collect();
            let entries = self.group().map_or(&[][..], |group| &group.entries);
            let same = entries
                .iter()
                .filter(|entry| read.contains(&entry.words))
                .map(id_of);
            let same: Vec<_> = same.collect();
            self.uncovered.extend(same);
        } else if self.below() > 0 {
            self.first = self.first.saturating_add(PAGE);
        } else {
            self.first = 0;
        }
    }

    /// What is decided by reading it has to be read first.
    fn decide(&mut self, verdict: ReviewVerdict, entries: Vec<ReviewEntry>) -> Option<ReviewOrder> {
        let topic = entries.first()?.topic;
        let by_reading = match topic {
            ReviewTopic::Unsure
            | ReviewTopic::Report
            | ReviewTopic::Statement
            | ReviewTopic::Name
            | ReviewTopic::Comment => true,
            ReviewTopic::Waiting(_) => false,
        };
        let read: Vec<bool> = entries.iter().map(|entry| self.is_read(entry)).collect();
        // Whom a report names stands in the report.
        let must_read =
            by_reading && (verdict == ReviewVerdict::Approve || topic == ReviewTopic::Report);
        if must_read && !read.iter().all(|read| *read) {
            self.uncover();
            return None;
        }
        let many = entries.len() > MANY;
        let order = ReviewOrder::Decide(verdict, entries.into_iter().zip(read).collect());
        if many {
            self.ask(order);
            return None;
        }
        Some(order)
    }

    /// Has an order confirmed before it is carried out.
    pub(super) fn ask(&mut self, order: ReviewOrder) {
        self.asked = Some(order);
    }

    /// Notes what was done, and takes the entries that it settled off the queue.
    pub(super) fn carried_out(&mut self, said: String, settled: &[ReviewEntry]) {
        self.done.push(said);
        let ids: Vec<_> = settled.iter().map(id_of).collect();
        self.take(&ids);
    }

    /// The entries on the queue that fulfil a condition.
    pub(super) fn waiting(&self, fits: impl Fn(&ReviewEntry) -> bool) -> Vec<ReviewEntry> {
        let entries = self.groups.iter().flat_map(|group| &group.entries);
        entries.filter(|entry| fits(entry)).cloned().collect()
    }

    /// Notes what could not be done.
    pub(super) fn failed(&mut self, said: String) {
        self.done.push(said);
    }

    /// Puts entries back that an act had settled: it was taken back.
    pub(super) fn taken_back(&mut self, said: String, entries: Vec<ReviewEntry>) {
        self.done.push(said);
        self.first = 0;
        for group in grouped(entries).into_iter().rev() {
            self.groups.push_front(group);
        }
        self.all = self.all.max(self.groups.len());
    }

    /// Takes entries off the queue, wherever they stand.
    fn take(&mut self, ids: &[EntryId]) {
        let gone: HashSet<_> = ids.iter().collect();
        for group in &mut self.groups {
            group.entries.retain(|entry| !gone.contains(&id_of(entry)));
        }
        let begun = self
            .groups
            .front()
            .is_some_and(|group| group.entries.is_empty());
        self.groups.retain(|group| !group.entries.is_empty());
        let left = self.group().map_or(0, |group| group.entries.len());
        if begun || self.first >= left {
            self.first = 0;
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
