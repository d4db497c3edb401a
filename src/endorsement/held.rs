//! Who keeps an endorsement off the public pages (`product.md` 2.5). Several may at once; each lets go of its
//! own hold alone, so that lifting a block never undoes what a person decided.

use std::{collections::BTreeSet, str::FromStr};

use crate::word::{UnknownWord, words};

words! {
    /// One who can hold an endorsement.
    pub enum Holder {
        /// A moderator hid it; only a person lifts that.
        Moderator = "moderator",
        /// Its own server suspended the account (F-212).
        Origin = "origin",
        /// Its actor or server is blocked.
        Block = "block",
        /// It was there when its actor or server was limited: it waits, until a moderator approves it or the
        /// limit is lifted.
        Limit = "limit",
    }
}

/// Everybody who holds one endorsement; stored as words with a blank between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders(BTreeSet<Holder>);

impl Holders {
    /// Whether `holder` is among them.
    pub fn has(&self, holder: Holder) -> bool {
        self.0.contains(&holder)
    }

    /// Lets `holder` hold it, or let go.
    pub fn set(&mut self, holder: Holder, holds: bool) {
        if holds {
            self.0.insert(holder);
        } else {
            self.0.remove(&holder);
        }
    }

    /// Whether it is hidden: all but a limit hide, a limit lets it wait.
    pub fn hide(&self) -> bool {
        self.0.iter().any(|it| match it {
            Holder::Moderator | Holder::Origin | Holder::Block => true,
            Holder::Limit => false,
        })
    }

    /// The words, as they are stored; `None` when nobody holds it.
    pub fn as_words(&self) -> Option<String> {
        let words: Vec<_> = self.0.iter().map(|it| it.as_str()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl FromIterator<Holder> for Holders {
    fn from_iter<I: IntoIterator<Item = Holder>>(holders: I) -> Self {
        Self(holders.into_iter().collect())
    }
}

impl FromStr for Holders {
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
        fn holders_are_read_as_they_are_written(holders in subsequence(Holder::ALL, 0..=4)) {
            let holders: Holders = holders.into_iter().collect();
            let words = holders.as_words().unwrap_or_default();
            prop_assert_eq!(words.parse(), Ok(holders));
        }
    }

    #[test]
    fn one_word_is_one_holder_and_an_unknown_word_is_an_error() {
        let moderator: Holders = "moderator".parse().unwrap();
        assert_eq!(moderator, Holders::from_iter([Holder::Moderator]));
        assert_eq!(Holders::default().as_words(), None);
        assert!("moderator nobody".parse::<Holders>().is_err());
    }

    #[test]
    fn a_limit_alone_hides_nothing_and_letting_go_leaves_the_others() {
        let mut holders = Holders::from_iter([Holder::Limit]);
        assert!(!holders.hide());
        holders.set(Holder::Block, true);
        holders.set(Holder::Moderator, true);
        assert!(holders.hide());
        holders.set(Holder::Block, false);
        assert_eq!(holders.as_words().as_deref(), Some("moderator limit"));
        holders.set(Holder::Moderator, false);
        assert!(!holders.hide());
    }
}
