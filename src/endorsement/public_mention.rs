//! Whom a public post of the letter may name: by answering or boosting a post of theirs.

use std::fmt::{self, Display, Formatter};

use super::State;

/// Why nothing public of ours names somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// The state of their endorsement.
    State(State),
    /// They asked for it, or an administrator took their name off.
    NameOff,
}

/// As it stands after `is`.
impl Display for Unnamed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => state.fmt(f),
            Self::NameOff => f.write_str("kept unnamed"),
        }
    }
}

/// Whether a public post of ours may name somebody with an endorsement in this state. Whoever has none may be named: a
/// public question is answered in public. Nobody may whom the pages do not name, or who was taken off them.
pub const fn may_be_named(state: State) -> bool {
    match state {
        State::Listed | State::Comment | State::Late => true,
        State::Counted
        | State::Pending
        | State::Hidden
        | State::Rejected
        | State::Withdrawn
        | State::Invalid => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named_whom_the_pages_do_not_name() {
        let named = [State::Listed, State::Comment, State::Late];
        for state in State::ALL {
            assert_eq!(may_be_named(*state), named.contains(state), "{state}");
        }
    }
}
