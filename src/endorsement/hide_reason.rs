//! Reasons that keep an endorsement off the public pages. Several may hold at once. Each is lifted
//! separately, so that lifting a block never undoes what a moderator decided.

use std::{collections::BTreeSet, str::FromStr};

use crate::string_enum::{UnknownWord, words};

words! {
    /// One reason to hold an endorsement.
    pub enum HideReason {
        /// A moderator hid it; only a moderator lifts that.
        Moderator = "moderator",
        /// The account's own server suspended it.
        Origin = "origin",
        /// Its actor or server is blocked.
        Block = "block",
        /// It existed when its actor or server was limited. It waits until a moderator approves it or the
        /// limit is lifted.
        Limit = "limit",
    }
}

/// All reasons that hold one endorsement; stored as words separated by blanks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HideReasons(BTreeSet<HideReason>);

impl HideReasons {
    /// Whether `holder` is among them.
    pub fn has(&self, holder: HideReason) -> bool {
        self.0.contains(&holder)
    }

    /// Adds or removes `holder`.
    pub fn set(&mut self, holder: HideReason, holds: bool) {
        if holds {
            self.0.insert(holder);
        } else {
            self.0.remove(&holder);
        }
    }

    /// Whether the endorsement is hidden: every reason hides it except a limit, which makes it wait.
    pub fn hide(&self) -> bool {
        self.0.iter().any(|holder| match holder {
            HideReason::Moderator | HideReason::Origin | HideReason::Block => true,
            HideReason::Limit => false,
        })
    }

    /// The words as they are stored; `None` when there are none.
    pub fn as_words(&self) -> Option<String> {
        let words: Vec<_> = self.0.iter().map(|holder| holder.as_str()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl FromIterator<HideReason> for HideReasons {
    fn from_iter<I: IntoIterator<Item = HideReason>>(holders: I) -> Self {
        Self(holders.into_iter().collect())
    }
}

impl FromStr for HideReasons {
    type Err = UnknownWord;

    fn from_str(words: &str) -> Result<Self, UnknownWord> {
        words
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest, sample::subsequence};

    use super::*;

    proptest! {
        #[test]
        fn holders_are_read_as_they_are_written(holders in subsequence(HideReason::ALL, 0..=4)) {
            let holders: HideReasons = holders.into_iter().collect();
            let words = holders.as_words().unwrap_or_default();
            prop_assert_eq!(words.parse(), Ok(holders));
        }
    }

    #[test]
    fn one_word_is_one_holder_and_an_unknown_word_is_an_error() {
        let moderator: HideReasons = "moderator".parse().unwrap();
        assert_eq!(moderator, HideReasons::from_iter([HideReason::Moderator]));
        assert_eq!(HideReasons::default().as_words(), None);
        assert!("moderator nobody".parse::<HideReasons>().is_err());
    }

    #[test]
    fn a_limit_alone_hides_nothing_and_letting_go_leaves_the_others() {
        let mut holders = HideReasons::from_iter([HideReason::Limit]);
        assert!(!holders.hide());
        holders.set(HideReason::Block, true);
        holders.set(HideReason::Moderator, true);
        assert!(holders.hide());
        holders.set(HideReason::Block, false);
        assert_eq!(holders.as_words().as_deref(), Some("moderator limit"));
        holders.set(HideReason::Moderator, false);
        assert!(!holders.hide());
    }
}
