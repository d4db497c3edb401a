//! The words by which a search finds the entries of the register.

use std::collections::HashSet;

use crate::{
    endorsement::{ReviewState, State, names::user_of},
    letter::without_scheme,
    store::{EndorsementRow, IndexedWords, SignatoryRow},
    text::search_words,
};

/// The most bytes of words that an entry is found by: an index of PostgreSQL takes no row above 2,704 bytes.
const MAX_INDEXED: usize = 1000;

/// What a search finds a row by. Of who left, or was rejected, only what the row itself keeps: the handle outlives it, and
/// must not come back when the row is settled again after it was erased.
pub(in crate::register) fn indexed_words(row: &EndorsementRow, handle: &str) -> IndexedWords {
    let is_public = |state: Option<ReviewState>| state == Some(ReviewState::Shown);
    let declares = is_public(row.declared_state);
    let name = row
        .name
        .as_ref()
        .filter(|_| is_public(Some(row.name_state)));
    let name = row.declared_name.as_ref().filter(|_| declares).or(name);
    let name = row.edits.name.as_ref().or(name);
    let affiliation = row.declared_affiliation.as_ref().filter(|_| declares);
    let affiliation = row.edits.affiliation.as_ref().or(affiliation);
    let has_ended = matches!(
        row.state,
        State::Withdrawn | State::Rejected | State::Invalid
    );
    let handle = Some(handle).filter(|_| !has_ended);
    let is_listed = row.state == State::Listed;
    let shown = [
        name.map(String::as_str),
        handle.filter(|handle| user_of(handle).is_some() || handle.starts_with('@')),
        affiliation.map(String::as_str),
    ];
    let shown = index(shown.into_iter().filter(|_| is_listed), "");
    let all = [
        row.name.as_deref(),
        row.declared_name.as_deref(),
        handle,
        row.declared_affiliation.as_deref(),
        row.statement.as_deref(),
    ];
    let other = index(all.into_iter(), &shown);
    IndexedWords { shown, other }
}

/// The words of a name in the letter's own list; none unless it is shown.
pub(in crate::register) fn indexed_signatory(row: &SignatoryRow) -> String {
    let shown = [
        Some(&row.name),
        row.handle.as_ref(),
        row.affiliation.as_ref(),
    ];
    let shown = shown.into_iter().map(|text| text.map(String::as_str));
    index(
        shown.filter(|_| row.state == "listed" && row.name_off_at.is_none()),
        "",
    )
}

/// The words of an organisation by hand: of its name, and of its address without the scheme.
pub(in crate::register) fn indexed_organisation(name: &str, url: &str) -> String {
    index([Some(name), Some(without_scheme(url))].into_iter(), "")
}

/// The words of these texts, each once, but for those in `known`; at most [`MAX_INDEXED`] bytes.
fn index<'a>(texts: impl Iterator<Item = Option<&'a str>>, known: &str) -> String {
    let mut seen: HashSet<String> = known.split(' ').map(str::to_owned).collect();
    let mut words = String::new();
    for word in texts.flatten().flat_map(search_words) {
        if words.len() + word.len() >= MAX_INDEXED {
            break;
        }
        if seen.insert(word.clone()) {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Millis,
        endorsement::{ActKind, hide_reason::HideReasons},
        random::PublicId,
        store::Edits,
    };

    fn row(state: State) -> EndorsementRow {
        EndorsementRow {
            id: None,
            public_id: PublicId::from("0123456789abcdef".to_owned()),
            actor_id: 1,
            state,
            held_by: HideReasons::default(),
            decision: None,
            kind: ActKind::Reply,
            act_id: None,
            revision: 1,
            organisation: false,
            name: Some("Ada".to_owned()),
            name_state: ReviewState::Shown,
            name_skeleton: None,
            declared_name: Some("Ada Lovelace".to_owned()),
            declared_affiliation: Some("Engines".to_owned()),
            declared_state: Some(ReviewState::Pending),
            statement: Some("Ada says so".to_owned()),
            statement_state: Some(ReviewState::Shown),
            statement_trusted: false,
            waits_for: None,
            endorsed_at: Millis::from_millis(0),
            changed_at: Millis::from_millis(0),
            reason: None,
            waiting_domain: None,
            changes_today: 0,
            edits: Edits::default(),
            words: IndexedWords::default(),
            pledge: None,
        }
    }

    #[test]
    fn what_is_shown_and_what_is_not_are_kept_apart() {
        let check = |row: &EndorsementRow, handle: &str, shown: &str, other: &str| {
            let words = indexed_words(row, handle);
            assert_eq!((words.shown.as_str(), words.other.as_str()), (shown, other));
        };
        let listed = row(State::Listed);
        check(
            &listed,
            "@ada@m.example",
            "ada m example",
            "lovelace engines says so",
        );
        let mut nameless = listed.clone();
        nameless.name_state = ReviewState::Hidden;
        check(
            &nameless,
            "@bo@m.example",
            "bo m example",
            "ada lovelace engines says so",
        );
        // What is no handle is not shown.
        check(
            &nameless,
            "https://m.example/1",
            "",
            "ada lovelace https m example 1 engines says so",
        );
        let mut declared = listed.clone();
        declared.declared_state = Some(ReviewState::Shown);
        check(
            &declared,
            "@a@m.example",
            "ada lovelace a m example engines",
            "says so",
        );
        for state in [State::Counted, State::Pending, State::Hidden, State::Late] {
            check(
                &row(state),
                "@a@m.example",
                "",
                "ada lovelace a m example engines says so",
            );
        }
        for state in [State::Withdrawn, State::Rejected, State::Invalid] {
            check(
                &row(state),
                "@a@m.example",
                "",
                "ada lovelace engines says so",
            );
        }
    }

    #[test]
    fn an_index_of_postgresql_takes_every_row() {
        let mut long = row(State::Listed);
        let words: Vec<_> = (0..9_000).map(|n| n.to_string()).collect();
        long.name = Some(words.join(" "));
        long.statement.clone_from(&long.name);
        let words = indexed_words(&long, "@ada@m.example");
        assert!(words.shown.len() <= MAX_INDEXED && words.other.len() <= MAX_INDEXED);
    }
}
