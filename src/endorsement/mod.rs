//! The rules of the register: what an act means, and what an endorsement is.
//!
//! Pure: no clock, no database, no network. [`judge`](judge::judge) judges one act,
//! [`derive`](effective_state::derive) makes the one endorsement of an actor from all standing acts,
//! [`decide`](decide::decide) applies an administrator's decision. [`wording`] reads whether words sign,
//! [`pledge`] what a signer says to have done,
//! [`reactions`] says which emoji count, [`names`] which names may be shown, [`blocks`] who is blocked or
//! limited, [`word_rules`] which words and names wait, [`who`] is meant by a handle or an address, [`hide_reason`] why an
//! endorsement is off the pages.
//!
//! Not here: authentication of the sender (`signature`, `federation`) and storage (`store`).

pub mod block_file;
pub mod blocks;
pub mod decide;
pub mod effective_state;
pub mod hide_reason;
pub mod judge;
pub mod names;
pub mod pledge;
pub mod policy;
pub mod profile_links;
pub mod project;
pub mod public_mention;
pub mod reactions;
pub mod who;
pub mod word_rules;
pub mod wording;

use crate::{clock::Millis, string_enum::words};

words! {
    /// The kinds of acts, in their order of precedence.
    pub enum ActKind {
        /// A reply to the letter or to one of its posts.
        Reply = "reply",
        /// A post that mentions the letter's actor and replies to nothing of ours.
        Mention = "mention",
        /// A post that quotes the letter.
        Quote = "quote",
        /// A direct message that signs without a name.
        Direct = "direct",
        /// A like of the letter.
        Like = "like",
        /// A reaction with an allowed emoji.
        Reaction = "reaction",
        /// A reply or mention of a signer that does not sign, and says what came of it; it makes no endorsement.
        Pledge = "pledge",
        /// A post that signs for a project, a server or an organisation, and not for its author.
        Project = "project",
        /// A reply or mention that does not sign; it makes no endorsement.
        Comment = "comment",
    }
}

impl ActKind {
    /// Whether acts of this kind can make an endorsement.
    pub const fn endorses(self) -> bool {
        !matches!(self, Self::Pledge | Self::Comment)
    }
}

words! {
    /// The states of an endorsement.
    pub enum State {
        /// Shown by name or handle.
        Listed = "listed",
        /// Counted without a name.
        Counted = "counted",
        /// Waits for a moderator or a date.
        Pending = "pending",
        /// A reply that does not sign.
        Comment = "comment",
        /// Taken off the pages by an administrator, reversibly.
        Hidden = "hidden",
        /// Refused by an administrator; new acts do not bring it back by themselves.
        Rejected = "rejected",
        /// Withdrawn.
        Withdrawn = "withdrawn",
        /// Arrived after the letter was closed.
        Late = "late",
        /// Declared void by an administrator, with others.
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
    /// The most that may be shown of an act: what the letter announced when the act arrived.
    pub enum MaxVisibility {
        /// A number without a name.
        Counted = "counted",
        /// A number, until the actor's document was read, which decides between the other two: what we know of the actor
        /// is too old to name it.
        Unread = "unread",
        /// A number, until the post was read again on its own server: it was restored from a backup, and its author may have
        /// taken it back since.
        Restored = "restored",
        /// The name.
        Named = "named",
    }
}

words! {
    /// What a pending endorsement waits for.
    pub enum WaitsFor {
        /// Words that may or may not sign, or a quote: a moderator has to read them. First in the queue.
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
        /// Too many at once from one domain, or from all new domains together.
        Surge = "surge",
        /// A rule of the moderators found its pattern in the words or in the name.
        Rule = "rule",
        /// The handle does not pass the name check.
        Name = "name",
        /// The page of a project does not link to the letter, or was not read yet. Nobody can decide that but its owner.
        Link = "link",
    }
}

words! {
    /// Who may read the original. The text of what has a narrower audience is never stored.
    pub enum Visibility {
        /// Addressed to everybody.
        Public = "public",
        /// Readable by everybody, but kept out of timelines. Its statement is shown only after approval,
        /// because the author may not want it on the open web.
        Unlisted = "unlisted",
        /// Sent to the letter alone: a signature without a name.
        Direct = "direct",
    }
}

words! {
    /// The cause of a change of state.
    pub enum Cause {
        /// A new act of the endorser.
        Act = "act",
        /// The endorser edited the post.
        Edit = "edit",
        /// The endorser undid an act.
        Undo = "undo",
        /// The endorser deleted the post.
        Delete = "delete",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
        /// The endorser wrote *withdraw*.
        Withdrew = "withdrew",
        /// The post was gone from its own server in two checks.
        Gone = "gone",
        /// The account moved, and the endorsement with it.
        Moved = "moved",
        /// The actor's own name or flags changed.
        ActorChanged = "actor_changed",
        /// The reason for waiting ended.
        Waited = "waited",
        /// The organisers changed what is shown.
        Settings = "settings",
        /// It was restored from a backup, or read again after that.
        Restored = "restored",
        /// An administrator decided.
        Decision = "decision",
        /// An administrator blocked or limited the actor or its server, or lifted that.
        Block = "block",
    }
}

impl Cause {
    /// Whether endorsers end what they said by it themselves. What ended so returns by a new act of theirs alone.
    pub const fn is_own(self) -> bool {
        match self {
            Self::Edit
            | Self::Undo
            | Self::Delete
            | Self::AccountDeleted
            | Self::Withdrew
            | Self::Moved => true,
            Self::Act
            | Self::Gone
            | Self::ActorChanged
            | Self::Waited
            | Self::Settings
            | Self::Restored
            | Self::Decision
            | Self::Block => false,
        }
    }
}

words! {
    /// What a moderator counts an account as, whatever its document says.
    pub enum CountsAs {
        /// Several people: it belongs in the list of organisations.
        Organisation = "organisation",
        /// One person.
        Person = "person",
    }
}

words! {
    /// An administrator's earlier decision about an actor: new acts wait for a moderator.
    pub enum StickyDecision {
        /// Rejected before.
        Rejected = "rejected",
        /// Withdrawn by an administrator before.
        Withdrawn = "withdrawn",
        /// Declared void by an administrator before.
        Invalid = "invalid",
    }
}

/// The kind of account, as far as the rules distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// A person, and any type that we do not know.
    Person,
    /// `Service` or `Application`: a program.
    Automated,
    /// `Group` or `Organization`: several people.
    Organisation,
}

impl Account {
    /// The kind of account for an ActivityStreams actor type.
    pub fn of_type(actor_type: &str) -> Self {
        match actor_type {
            "Service" | "Application" => Self::Automated,
            "Group" | "Organization" => Self::Organisation,
            _ => Self::Person,
        }
    }
}

/// The facts about the acting actor that the rules read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each with a name"
)]
pub struct Endorser {
    /// Person, program or organisation.
    pub account: Account,
    /// The account's own `published`, not verified. If it is absent or in the future,
    /// [`first_seen`](Self::first_seen) counts.
    pub published: Option<Millis>,
    /// When we first saw the actor.
    pub first_seen: Millis,
    /// The actor's own `discoverable: true`.
    pub discoverable: bool,
    /// An opt-out hashtag stands in the name or bio.
    pub opted_out: bool,
    /// The origin suspended the account.
    pub suspended: bool,
    /// Host or actor is blocked.
    pub blocked: bool,
    /// The host is limited.
    pub limited: bool,
    /// What else holds all acts of the actor until it is lifted: a rule, or a surge of its domain.
    pub held: Option<WaitsFor>,
    /// The handle passes the name check.
    pub handle_passes: bool,
    /// The account's document was read too long ago to believe its `discoverable`.
    pub stale: bool,
    /// Its owner asked to be counted without a name, or the organisers keep the name off for its safety.
    pub unnamed: bool,
}

words! {
    /// How sure the words of a pledge are.
    pub enum PledgeWords {
        /// They say it; the pledge counts at once.
        Clear = "clear",
        /// A moderator has to read them: a question, marks of doubt, a quotation, words that the grammar does not know.
        Unsure = "unsure",
    }
}

/// The pledge of one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pledge {
    /// How sure its words are.
    pub words: PledgeWords,
    /// What a moderator decided: about unsure words whether they count, about all whether the link is shown.
    pub review: ReviewState,
}

impl Pledge {
    /// Whether it counts.
    pub fn counts(self) -> bool {
        self.words == PledgeWords::Clear || self.review == ReviewState::Shown
    }
}

/// One stored act. It stands while `ended` is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// What it is.
    pub kind: ActKind,
    /// When it was received.
    pub at: Millis,
    /// The number of the revision that it was given for.
    pub revision: i64,
    /// Who may read the original.
    pub visibility: Visibility,
    /// The most that may be shown of it.
    pub ceiling: MaxVisibility,
    /// Its result without other acts.
    pub outcome: ActOutcome,
    /// When and why it ended.
    pub ended: Option<(Millis, Cause)>,
    /// What it says to have come of the letter, besides signing or instead of it.
    pub pledge: Option<Pledge>,
}

/// The result of one act without other acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActOutcome {
    /// Shown by name, as far as the ceiling allows.
    Listed,
    /// A number.
    Counted,
    /// Waits for a moderator or a date.
    Pending(WaitsFor),
    /// Arrived after the letter was closed.
    Late,
    /// Does not endorse.
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
    /// Whether it stands and can make an endorsement.
    pub const fn endorses(&self) -> bool {
        self.ended.is_none() && self.kind.endorses()
    }

    /// Whether the act stands, or may come back when its author sends the post again, because it ended by an edit or
    /// seemed gone.
    pub const fn may_sign(&self) -> bool {
        matches!(self.ended, None | Some((_, Cause::Edit | Cause::Gone)))
    }

    /// Whether it is written in words: a reply, a mention, a quote, a direct message, or a post that signs for a project.
    pub const fn is_post(&self) -> bool {
        match self.kind {
            ActKind::Reply
            | ActKind::Mention
            | ActKind::Quote
            | ActKind::Direct
            | ActKind::Pledge
            | ActKind::Project
            | ActKind::Comment => true,
            ActKind::Like | ActKind::Reaction => false,
        }
    }
}
