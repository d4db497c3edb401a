//! The settings of the organisers that the rules read.

use std::time::Duration;

use crate::string_enum::words;

words! {
    /// The letter's own state, stored in the register and changed by `letter launch`, `open`, `pause` and `close`.
    pub enum LetterState {
        /// It is not out yet: there is nothing to endorse, and nothing of it is public.
        Draft = "draft",
        /// Endorsements are accepted.
        Open = "open",
        /// Endorsements are accepted and wait.
        Paused = "paused",
        /// New endorsements are late; withdrawing still works.
        Closed = "closed",
    }
}

words! {
    /// `endorsing.replies`: which replies sign.
    pub enum Replies {
        /// Replies whose words sign.
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
        /// Likes of accounts that are discoverable and did not opt out.
        Discoverable = "discoverable",
        /// All likes.
        Named = "named",
        /// None; likes are only counted.
        Count = "count",
        /// Likes are not accepted.
        Off = "off",
    }
}

words! {
    /// `endorsing.reply_display`: whether those who sign by reply are shown by name.
    pub enum ReplyDisplay {
        /// By name.
        Named = "named",
        /// Only counted: for letters where signing is dangerous.
        Count = "count",
    }
}

words! {
    /// `moderation.default_policy`: from which servers endorsements are accepted at once.
    pub enum DefaultPolicy {
        /// From all that are neither blocked nor limited.
        Open = "open",
        /// From trusted ones; what comes from others waits as from a limited one.
        Allowlist = "allowlist",
    }
}

words! {
    /// `moderation.statements`: which statements are shown.
    pub enum Statements {
        /// Those that a moderator approved.
        Queue = "queue",
        /// Also later statements of an endorser with an approved one.
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
        /// All, unless they imitate a line or an address.
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

/// The settings and the state of the letter that the rules read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The current state of the letter.
    pub letter: LetterState,
    /// Which replies sign.
    pub replies: Replies,
    /// Whether likes endorse at all.
    pub likes: bool,
    /// How a signing reply is acknowledged.
    pub acknowledge: Acknowledge,
    /// Whose likes are shown by name.
    pub like_display: LikeDisplay,
    /// Whether those who sign by reply are shown by name.
    pub reply_display: ReplyDisplay,
    /// Whether programs may endorse.
    pub bots: bool,
    /// Whether a direct message that says so signs without a name.
    pub nameless: bool,
    /// The minimum age of an account; younger ones wait.
    pub min_account_age: Duration,
    /// From which servers endorsements are accepted at once.
    pub default_policy: DefaultPolicy,
    /// Which statements are shown.
    pub statements: Statements,
    /// Which names are shown.
    pub names: NamePolicy,
    /// The longest statement that is kept, in graphemes.
    pub max_statement_chars: usize,
}

impl Policy {
    /// `like_display`, with `endorsing.likes` taken into account.
    pub fn effective_like_display(&self) -> LikeDisplay {
        if self.likes {
            self.like_display
        } else {
            LikeDisplay::Off
        }
    }
}

impl Default for Policy {
    /// The documented defaults.
    fn default() -> Self {
        Self {
            letter: LetterState::Open,
            replies: Replies::Phrase,
            likes: true,
            acknowledge: Acknowledge::Like,
            like_display: LikeDisplay::Discoverable,
            reply_display: ReplyDisplay::Named,
            bots: false,
            nameless: false,
            min_account_age: Duration::from_hours(72),
            default_policy: DefaultPolicy::Open,
            statements: Statements::Queue,
            names: NamePolicy::Check,
            max_statement_chars: 500,
        }
    }
}
