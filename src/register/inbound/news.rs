//! What a change means for those who look at pages: it only adds, or it may take something off. Rendered answers may
//! wait for what is added; what is taken off is gone with the next request.
//!
//! Only what provably adds is an [`News::Addition`]. A change that is not understood is a [`News::Removal`].

use crate::{
    clock::Millis,
    endorsement::{ActKind, ReviewState, State},
    store::EndorsementRow,
};

/// What a change means for pages and documents; the greater of two holds for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Nothing that is shown.
    #[default]
    Nothing,
    /// Names, words and numbers are added, and none is taken off.
    Addition,
    /// Names, words or numbers may be taken off or narrowed.
    Removal,
}

impl News {
    /// A removal if this holds, else nothing.
    pub const fn removal_if(removes: bool) -> Self {
        if removes {
            Self::Removal
        } else {
            Self::Nothing
        }
    }

    /// An addition if this holds, else nothing.
    pub const fn addition_if(adds: bool) -> Self {
        if adds { Self::Addition } else { Self::Nothing }
    }
}

/// What the public sees of one endorsement.
#[derive(Debug, PartialEq, Eq)]
struct Shown<'a> {
    /// By what it is counted: other numbers go down when this changes.
    counted: (bool, bool, bool, i64),
    /// Whether a pledge of it counts, which may come and is taken away.
    pledged: bool,
    /// The link of that, when it is shown.
    pledge_url: Option<&'a str>,
    /// Its entry in the list; `None` when it is only counted.
    entry: Option<ShownEntry<'a>>,
}

/// One entry of the public list.
#[derive(Debug, PartialEq, Eq)]
struct ShownEntry<'a> {
    /// What no entry can change without another one being taken off: which it is, of whom, by what, of when.
    fixed: (&'a str, i64, ActKind, Option<i64>, Millis),
    /// Name, affiliation and statement, each as far as it is shown.
    parts: [Option<&'a str>; 3],
    /// Whether the letter's collection of replies may name its post.
    is_listed_reply: bool,
}

/// What the public sees of this row; `None` for one that does not count.
fn shown(row: &EndorsementRow) -> Option<Shown<'_>> {
    // Every column is named, so that a new one has to be thought of here.
    let EndorsementRow {
        id: _,
        public_id,
        actor_id,
        state,
        held_by: _,
        decision: _,
        kind,
        act_id,
        revision,
        organisation,
        name,
        name_state,
        name_skeleton: _,
        declared_name,
        declared_affiliation,
        declared_state,
        statement,
        statement_state,
        statement_trusted: _,
        waits_for: _,
        endorsed_at,
        changed_at: _,
        reason: _,
        waiting_domain: _,
        changes_today: _,
        edits,
        words: _,
        pledge,
    } = row;
    if !matches!(state, State::Listed | State::Counted) {
        return None;
    }
    let name = part(declared_name.as_ref(), *declared_state)
        .or_else(|| part(name.as_ref(), Some(*name_state)));
    let affiliation = part(declared_affiliation.as_ref(), *declared_state);
    let said = part(statement.as_ref(), *statement_state);
    let entry = ShownEntry {
        fixed: (public_id.as_str(), *actor_id, *kind, *act_id, *endorsed_at),
        parts: [
            edits.name.as_deref().or(name),
            edits.affiliation.as_deref().or(affiliation),
            said,
        ],
        is_listed_reply: statement.is_none() || said.is_some(),
    };
    let liked = matches!(kind, ActKind::Like | ActKind::Reaction);
    let nameless = *kind == ActKind::Direct;
    Some(Shown {
        counted: (*organisation, liked, nameless, *revision),
        pledged: pledge.as_ref().is_some_and(|row| row.pledge.counts()),
        pledge_url: pledge
            .as_ref()
            .and_then(|row| part(row.url.as_ref(), Some(row.pledge.review))),
        entry: (*state == State::Listed).then_some(entry),
    })
}

/// A text as far as it is shown.
fn part(text: Option<&String>, state: Option<ReviewState>) -> Option<&str> {
    text.filter(|_| state == Some(ReviewState::Shown))
        .map(String::as_str)
}

/// What the change of one endorsement means. `act_changed` tells that its deciding act was changed as well, whose post
/// and warning stand beside the entry.
pub(in crate::register) fn of_endorsement(
    before: Option<&EndorsementRow>,
    after: Option<&EndorsementRow>,
    act_changed: bool,
) -> News {
    match (before.and_then(shown), after.and_then(shown)) {
        (None, None) => News::Nothing,
        (None, Some(_)) => News::Addition,
        (Some(_), None) => News::Removal,
        (Some(before), Some(after)) if before.counted != after.counted => News::Removal,
        (Some(before), Some(after))
            if (before.pledged && !after.pledged)
                || (before.pledge_url.is_some() && before.pledge_url != after.pledge_url) =>
        {
            News::Removal
        }
        (Some(before), Some(after)) => {
            let pledges = (before.pledged, before.pledge_url) != (after.pledged, after.pledge_url);
            let entry = of_entries(before.entry, after.entry, act_changed);
            entry.max(News::addition_if(pledges))
        }
    }
}

/// What the change of the entry of somebody who counts before and after means.
fn of_entries(
    before: Option<ShownEntry<'_>>,
    after: Option<ShownEntry<'_>>,
    act_changed: bool,
) -> News {
    match (before, after) {
        (None, None) => News::Nothing,
        (None, Some(_)) => News::Addition,
        (Some(_), None) => News::Removal,
        (Some(_), Some(_)) if act_changed => News::Removal,
        (Some(before), Some(after)) => of_entry(&before, &after),
    }
}

/// What the change of one entry means.
fn of_entry(before: &ShownEntry<'_>, after: &ShownEntry<'_>) -> News {
    let mut parts = before.parts.into_iter().zip(after.parts);
    if before.fixed != after.fixed
        || parts.any(|(before, after)| before.is_some() && before != after)
        || (before.is_listed_reply && !after.is_listed_reply)
    {
        News::Removal
    } else {
        News::addition_if(before != after)
    }
}

#[cfg(test)]
#[path = "news_tests.rs"]
mod tests;
