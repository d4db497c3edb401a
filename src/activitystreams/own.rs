//! The things of ours that have a URL.

use super::paths;
use crate::random::PublicId;

/// One of our two actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnActor {
    /// The letter's actor, whom people follow.
    Letter,
    /// The instance actor, which signs what we read, and rejects follows.
    Instance,
}

/// What others may do with something of ours once they have our authorization for it, which everybody can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UseKind {
    /// A post that quotes the letter or a post of ours (FEP-044f).
    Quote,
    /// A collection that shows our actor (FEP-7aa9).
    Feature,
}

impl UseKind {
    /// The type of the activity that asks for it.
    pub(super) const fn request(self) -> &'static str {
        match self {
            Self::Quote => "QuoteRequest",
            Self::Feature => "FeatureRequest",
        }
    }

    /// The type of the authorization.
    pub const fn authorization(self) -> &'static str {
        match self {
            Self::Quote => "QuoteAuthorization",
            Self::Feature => "FeatureAuthorization",
        }
    }

    /// The namespace of both terms.
    pub(super) const fn namespace(self) -> &'static str {
        match self {
            Self::Quote => "https://w3id.org/fep/044f#",
            Self::Feature => "https://w3id.org/fep/7aa9#",
        }
    }

    /// The prefix of the paths of authorizations.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Quote => paths::QUOTE_AUTHORIZATIONS,
            Self::Feature => paths::FEATURE_AUTHORIZATIONS,
        }
    }
}

/// A thing of ours with a URL that others may send us.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Own {
    /// The letter's actor.
    Actor,
    /// The instance actor.
    InstanceActor,
    /// A key of one of our actors, by its number: from 1 for each actor.
    Key(OwnActor, i64),
    /// The instance actor's outbox.
    InstanceOutbox,
    /// The letter.
    Letter,
    /// The shared inbox.
    Inbox,
    /// The letter actor's own inbox.
    ActorInbox,
    /// The outbox.
    Outbox,
    /// The followers collection.
    Followers,
    /// The following collection.
    Following,
    /// The pinned posts.
    Featured,
    /// The replies collection.
    Replies,
    /// The likes collection.
    Likes,
    /// The shares collection.
    Shares,
    /// A post of ours.
    Post(PublicId),
    /// An activity of ours.
    Activity(PublicId),
    /// Our authorization of a use.
    Authorization(UseKind, PublicId),
    /// The letter's page; it also means the letter, whose `url` it is.
    Page,
    /// The profile page, `/@name`.
    Profile,
    /// The list of supporters, a part of the letter's page.
    Supporters,
}

impl Own {
    /// Whether this URL means the letter: its id, or a page that shows it.
    pub const fn is_letter(&self) -> bool {
        matches!(self, Self::Letter | Self::Page | Self::Supporters)
    }

    /// Whether this can be replied to, liked and boosted: the letter or a post of ours.
    pub const fn is_post_or_letter(&self) -> bool {
        self.is_letter() || matches!(self, Self::Post(_))
    }
}
