//! The rules of the register: what an act means, and what an endorsement is.
//!
//! Pure: no clock, no database, no network. [`judge`](judge::judge) reads one act by the table of
//! `product.md` 2.3, [`derive`](effective_state::derive) makes the one endorsement of an actor from all acts
//! that stand, [`decide`](decide::decide) is what an administrator may do to it, [`wording`] reads
//! whether words sign, [`reactions`] which emoji do, [`names`] what may be shown as a name, [`blocks`] from
//! whom nothing is wanted, [`hide_reason`] who keeps something off the pages.
//!
//! Not here: who really said it (`signature`, `federation`) and how it is kept (`store`).

pub mod blocks;
pub mod decide;
pub mod effective_state;
pub mod hide_reason;
pub mod judge;
pub mod names;
pub mod policy;
pub mod reactions;
pub mod wording;

use crate::{clock::Millis, string_enum::words};

words! {
    /// What an actor did, from the highest to the lowest.
    pub enum ActKind {
        /// A reply to the letter or to one of its posts.
        Reply = "reply",
        /// A post that mentions the letter's actor and replies to nothing of ours.
        Mention = "mention",
        /// A post that quotes the letter.
        Quote = "quote",
        /// A like of the letter.
        Like = "like",
        /// An emoji reaction of the allowed set (F-205).
        Reaction = "reaction",
        /// A reply or mention that does not sign; no endorsement hangs on it.
        Comment = "comment",
    }
}

words! {
    /// The states of an endorsement (`product.md` 2.5).
    pub enum State {
        /// Shown by name or handle.
        Listed = "listed",
        /// Counted without a name.
        Counted = "counted",
        /// Waits for a person or a date.
        Pending = "pending",
        /// A reply that does not sign.
        Comment = "comment",
        /// Taken off by an administrator; can be undone.
        Hidden = "hidden",
        /// Refused by an administrator; does not come back by itself.
        Rejected = "rejected",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Came after the letter was closed.
        Late = "late",
        /// Invalidated in bulk; can be undone.
        Invalid = "invalid",
    }
}

words! {
    /// Whether a statement or a name is shown.
    pub enum ReviewState {
        /// Waits for a moderator.
        Pending = "pending",
        /// Shown.
        Shown = "shown",
        /// A moderator hid it.
        Hidden = "hidden",
    }
}

words! {
    /// The most that may be shown of an act: what was announced when it arrived (`product.md` 2.6).
    pub enum MaxVisibility {
        /// A number without a name.
        Counted = "counted",
        /// The name.
        Named = "named",
    }
}

words! {
    /// What a pending endorsement waits for.
    pub enum WaitsFor {
        /// Words that may or may not sign, or a quote: somebody has to read them. First in the queue.
        Unsure = "unsure",
        /// The letter is paused.
        Paused = "paused",
        /// An administrator rejected or withdrew this actor before.
        Decision = "decision",
        /// A group or organisation.
        Organisation = "organisation",
        /// The account is younger than `moderation.min_account_age`.
        Age = "age",
        /// The host is limited.
        Limited = "limited",
        /// Too many at once from one domain, or from new ones.
        Surge = "surge",
        /// A rule of the moderators caught it.
        Rule = "rule",
        /// The handle does not pass the name check.
        Name = "name",
    }
}

words! {
    /// Who may read the original. Anything narrower is never stored (`product.md` 2.3).
    pub enum Visibility {
        /// Addressed to everybody.
        Public = "public",
        /// Readable by everybody, kept out of timelines; its statement is shown only after approval (F-264).
        Unlisted = "unlisted",
    }
}

words! {
    /// What moved an endorsement from one state to the next.
    pub enum Cause {
        /// A new act of the endorser.
        Act = "act",
        /// The endorser edited the post.
        Edit = "edit",
        /// The endorser took an act back.
        Undo = "undo",
        /// The endorser deleted the post.
        Delete = "delete",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
        /// The endorser wrote *withdraw*.
        Withdrew = "withdrew",
        /// The post was gone from its own server, twice.
        Gone = "gone",
        /// The account moved, and the endorsement with it.
        Moved = "moved",
        /// The actor's own name or flags changed.
        ActorChanged = "actor_changed",
        /// What it waited for came to pass.
        Waited = "waited",
        /// The organisers changed what is shown of whom.
        Settings = "settings",
        /// An administrator decided.
        Decision = "decision",
        /// An administrator blocked or limited the actor or its server, or lifted that.
        Block = "block",
    }
}

words! {
    /// Who answers for what is shown.
    pub enum Source {
        /// The endorser alone.
        Endorser = "endorser",
        /// A moderator promoted or edited it; the list says so.
        Moderator = "moderator",
    }
}

words! {
    /// The decision of an administrator that sticks to an actor: new acts wait for a person.
    pub enum StickyDecision {
        /// Rejected before.
        Rejected = "rejected",
        /// Withdrawn by an administrator before.
        Withdrawn = "withdrawn",
    }
}

/// What kind of account acts, as far as it decides something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// A person, and any type that we do not know.
    Person,
    /// `Service` or `Application`: a program.
    Automated,
    /// `Group` or `Organization`: many.
    Organisation,
}

impl Account {
    /// The kind of account behind an ActivityStreams actor type (F-24).
    pub fn of_type(actor_type: &str) -> Self {
        match actor_type {
            "Service" | "Application" => Self::Automated,
            "Group" | "Organization" => Self::Organisation,
            _ => Self::Person,
        }
    }
}

/// What the rules want to know about the actor who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each with a name"
)]
pub struct Endorser {
    /// Person, program or organisation.
    pub account: Account,
    /// The account's own `published`; a remote claim, absent or in the future counts from first sight.
    pub published: Option<Millis>,
    /// When we first saw the actor.
    pub first_seen: Millis,
    /// The actor's own `discoverable: true`.
    pub discoverable: bool,
    /// One of the opt-out signs stands in name or bio.
    pub opted_out: bool,
    /// The origin says that the account is suspended (F-212).
    pub suspended: bool,
    /// Host or actor is blocked.
    pub blocked: bool,
    /// The host is limited.
    pub limited: bool,
    /// The host's domain, or all new domains together, are over a surge limit.
    pub surging: bool,
    /// The handle passes the name check.
    pub handle_passes: bool,
}

/// One act as it is kept. It stands while `ended` is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// What it is.
    pub kind: ActKind,
    /// When it was done, as we saw it.
    pub at: Millis,
    /// The revision it was given for.
    pub revision: i64,
    /// Who may read the original.
    pub visibility: Visibility,
    /// The most that may be shown of it.
    pub ceiling: MaxVisibility,
    /// What it would make of the endorsement by itself.
    pub outcome: ActOutcome,
    /// When and why it ended.
    pub ended: Option<(Millis, Cause)>,
}

/// What one act would make of an endorsement by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActOutcome {
    /// Shown by name, as far as the ceiling allows.
    Listed,
    /// A number.
    Counted,
    /// Waits.
    Pending(WaitsFor),
    /// After the end.
    Late,
    /// No endorsement at all.
    Comment,
}

impl ActOutcome {
    /// The state that this outcome is.
    pub const fn state(self) -> State {
        match self {
            Self::Listed => State::Listed,
            Self::Counted => State::Counted,
            Self::Pending(_) => State::Pending,
            Self::Late => State::Late,
            Self::Comment => State::Comment,
        }
    }

    /// What it waits for, when it waits.
    pub const fn waits_for(self) -> Option<WaitsFor> {
        match self {
            Self::Pending(what) => Some(what),
            Self::Listed | Self::Counted | Self::Late | Self::Comment => None,
        }
    }
}

impl Act {
    /// Whether it stands and can carry an endorsement.
    pub const fn endorses(&self) -> bool {
        self.ended.is_none() && !matches!(self.kind, ActKind::Comment)
    }

    /// Whether it is written in words: a reply, a mention or a quote.
    pub const fn is_post(&self) -> bool {
        match self.kind {
            ActKind::Reply | ActKind::Mention | ActKind::Quote | ActKind::Comment => true,
            ActKind::Like | ActKind::Reaction => false,
        }
    }
}
