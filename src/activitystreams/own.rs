//! The things of ours that have a URL.

use crate::random::PublicId;

/// One of our two actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnActor {
    /// The letter's actor, whom people follow.
    Letter,
    /// The instance actor, which signs what we read, and rejects follows.
    Instance,
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
    /// A quote authorization of ours.
    QuoteAuthorization(PublicId),
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
