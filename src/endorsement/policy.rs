//! What the organisers decided beforehand: the settings that the rules read.

use std::time::Duration;

use crate::string_enum::words;

words! {
    /// The letter's own state; kept in the register, changed by `letter open`, `pause` and `close`.
    pub enum LetterState {
        /// Endorsements are taken.
        Open = "open",
        /// Endorsements are taken and wait.
        Paused = "paused",
        /// Endorsements come too late; leaving works for ever.
        Closed = "closed",
    }
}

words! {
    /// `endorsing.replies`: which replies sign.
    pub enum Replies {
        /// Those whose words sign.
        Phrase = "phrase",
        /// All of them.
        All = "all",
        /// None.
        Off = "off",
    }
}

words! {
    /// `endorsing.like_display`: whose like is shown with a name.
    pub enum LikeDisplay {
        /// Of those who made themselves discoverable and did not opt out.
        Discoverable = "discoverable",
        /// Everybody's.
        Named = "named",
        /// Nobody's; likes are counted.
        Count = "count",
        /// Likes are not taken at all.
        Off = "off",
    }
}

words! {
    /// `endorsing.reply_display`: whether those who sign by reply are shown with a name.
    pub enum ReplyDisplay {
        /// They are.
        Named = "named",
        /// They are counted: for letters where signing is dangerous.
        Count = "count",
    }
}

words! {
    /// `moderation.statements`: which statements are shown.
    pub enum Statements {
        /// Those that a moderator approved.
        Queue = "queue",
        /// Also later ones of somebody whose statement was approved once.
        Trusted = "trusted",
        /// All.
        Auto = "auto",
    }
}

words! {
    /// `moderation.names`: which names are shown.
    pub enum NamePolicy {
        /// Those that pass the name check.
        Check = "check",
        /// Those that a moderator approved.
        Queue = "queue",
        /// All that are no forgery of a line or an address.
        Auto = "auto",
    }
}

words! {
    /// `endorsing.acknowledge`: how a signing reply is acknowledged, once.
    pub enum Acknowledge {
        /// With a like.
        Like = "like",
        /// With a direct message.
        Reply = "reply",
        /// Not at all.
        None = "none",
    }
}

/// Everything that the rules read from configuration and register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Open, paused or closed, now.
    pub letter: LetterState,
    /// Which replies sign.
    pub replies: Replies,
    /// Whether likes endorse at all.
    pub likes: bool,
    /// How a signing reply is acknowledged.
    pub acknowledge: Acknowledge,
    /// Whose like is shown with a name.
    pub like_display: LikeDisplay,
    /// Whether those who sign by reply are shown with a name.
    pub reply_display: ReplyDisplay,
    /// Whether programs may endorse.
    pub bots: bool,
    /// Accounts younger than this wait.
    pub min_account_age: Duration,
    /// Which statements are shown.
    pub statements: Statements,
    /// Which names are shown.
    pub names: NamePolicy,
    /// The longest statement that is kept, in graphemes.
    pub max_statement_chars: usize,
}

impl Policy {
    /// What a like does, with `endorsing.likes` taken into account.
    pub fn effective_like_display(&self) -> LikeDisplay {
        if self.likes {
            self.like_display
        } else {
            LikeDisplay::Off
        }
    }
}

impl Default for Policy {
    /// The defaults of `product.md` section 4.
    fn default() -> Self {
        Self {
            letter: LetterState::Open,
            replies: Replies::Phrase,
            likes: true,
            acknowledge: Acknowledge::Like,
            like_display: LikeDisplay::Discoverable,
            reply_display: ReplyDisplay::Named,
            bots: false,
            min_account_age: Duration::from_hours(72),
            statements: Statements::Queue,
            names: NamePolicy::Check,
            max_statement_chars: 500,
        }
    }
}
