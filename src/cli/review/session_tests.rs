use super::*;
use crate::{clock::Millis, endorsement::WaitsFor};

/// The entry of a report stands for any entry here: what it is about is not looked at.
fn entry(number: i64, topic: ReviewTopic, host: &str, words: &str) -> ReviewEntry {
    ReviewEntry {
        topic,
        target: ReviewTarget::Report(number),
        host: host.to_owned(),
        who: format!("@u{number}@{host}"),
        name: None,
        words: Some(words.to_owned())
            .filter(|words| !words.is_empty())
            .into_iter()
            .collect(),
        at: Millis::from_millis(number),
    }
}

fn of(topic: ReviewTopic, n: i64, words: impl Fn(i64) -> String) -> ReviewSession {
    let entries = (0..n).map(|i| entry(i, topic, "m.example", &words(i)));
    ReviewSession::of(grouped(entries.collect()))
}

fn same(topic: ReviewTopic, n: i64) -> ReviewSession {
    of(topic, n, |_| "I sign?".to_owned())
}

fn press(session: &mut ReviewSession, keys: &str) -> Option<ReviewOrder> {
    keys.chars().map(|key| session.press(key)).last().flatten()
}

fn decided(order: Option<ReviewOrder>) -> (ReviewVerdict, usize, usize) {
    match order {
        Some(ReviewOrder::Decide(verdict, entries)) => {
            let read = entries.iter().filter(|(_, read)| *read).count();
            (verdict, entries.len(), read)
        }
        other => panic!("{other:?}"),
    }
}

const SURGE: ReviewTopic = ReviewTopic::Waiting(WaitsFor::Surge);

#[test]
fn one_uncovering_is_enough_for_the_same_words() {
    let mut session = same(ReviewTopic::Unsure, 30);
    assert_eq!(press(&mut session, "A"), None, "it has to be read first");
    assert!(session.page().all(|(_, read)| read));
    assert_eq!(
        decided(press(&mut session, "A")),
        (ReviewVerdict::Approve, 30, 30)
    );
}

#[test]
fn of_a_group_only_what_was_uncovered_is_read() {
    let mut session = of(SURGE, 20, |i| format!("My words {i}"));
    assert_eq!(
        decided(press(&mut session, "A")),
        (ReviewVerdict::Approve, 20, 0)
    );
    assert_eq!(
        decided(press(&mut session, " A")),
        (ReviewVerdict::Approve, 20, PAGE)
    );
    assert_eq!(
        decided(press(&mut session, "  A")),
        (ReviewVerdict::Approve, 20, 2 * PAGE)
    );
}

#[test]
fn what_is_judged_by_its_words_is_not_approved_unread() {
    for topic in [
        ReviewTopic::Unsure,
        ReviewTopic::Report,
        ReviewTopic::Statement,
        ReviewTopic::Name,
        ReviewTopic::Comment,
    ] {
        let mut session = same(topic, 2);
        assert_eq!(press(&mut session, "a"), None, "{topic}");
        assert!(
            matches!(press(&mut session, "a"), Some(ReviewOrder::Decide(..))),
            "{topic}"
        );
    }
    let mut session = same(ReviewTopic::Report, 1);
    assert_eq!(press(&mut session, "r"), None, "whom it names stands in it");
    let mut session = same(ReviewTopic::Unsure, 2);
    assert_eq!(
        decided(press(&mut session, "R")),
        (ReviewVerdict::Reject, 2, 0),
        "nobody has to read it to reject it"
    );
}

#[test]
fn many_at_once_are_confirmed() {
    for (n, keys, expected) in [
        (50, "A", true),
        (51, "A", false),
        (51, "Ay", true),
        (51, "An", false),
        (51, "A ", false),
    ] {
        let mut session = of(SURGE, n, |_| String::new());
        assert_eq!(press(&mut session, keys).is_some(), expected, "{n} {keys}");
        assert!(session.asked().is_none() || keys == "A");
    }
}

#[test]
fn a_block_is_confirmed() {
    let mut session = same(SURGE, 2);
    let entry = session.entry().unwrap().clone();
    let block = ReviewOrder::Block {
        entry: Box::new(entry.clone()),
        target: Target::Domain("m.example".to_owned()),
        effect: "2 endorsements hidden".to_owned(),
    };
    for (key, scope) in [("b", BlockScope::Account), ("B", BlockScope::Host)] {
        let plan = ReviewOrder::PlanBlock(Box::new(entry.clone()), scope);
        assert_eq!(press(&mut session, key), Some(plan));
        session.ask(block.clone());
        assert_eq!(press(&mut session, "y"), Some(block.clone()));
        session.ask(block.clone());
        assert_eq!(
            press(&mut session, "q"),
            None,
            "any other key takes it back"
        );
    }
    assert_eq!(press(&mut session, "q"), Some(ReviewOrder::Quit));
}

#[test]
fn settled_and_skipped_entries_leave_the_queue_and_come_back_by_undo() {
    let mut session = same(SURGE, 3);
    let first = session.entry().unwrap().clone();
    session.carried_out("approved one".to_owned(), std::slice::from_ref(&first));
    assert_eq!(session.group().unwrap().entries.len(), 2);
    press(&mut session, "s");
    assert_eq!(
        (session.group().unwrap().entries.len(), session.skipped()),
        (1, 1)
    );
    press(&mut session, "S");
    assert!(session.group().is_none());
    assert_eq!(press(&mut session, "u"), Some(ReviewOrder::Undo));
    session.taken_back("took 1 back".to_owned(), vec![first.clone()]);
    assert_eq!(session.entry(), Some(&first));
    assert_eq!(session.done(), ["approved one", "took 1 back"]);
}

#[test]
fn the_reason_of_a_rejection_is_chosen_by_a_key() {
    let mut session = same(SURGE, 1);
    let mut reasons = Vec::new();
    for _ in ReasonCode::ALL {
        reasons.push(session.reason());
        press(&mut session, "c");
    }
    assert_eq!(session.reason(), ReasonCode::Spam);
    assert_eq!(reasons, ReasonCode::ALL);
}
