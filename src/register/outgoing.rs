//! Our own activities about others' acts, and to whom they go.

use serde_json::Value;

use crate::{
    activitystreams::{self, DirectNote, Follow, Own, OwnActor, Urls},
    clock::Millis,
    endorsement::policy::Acknowledge,
    i18n::Language,
    random::{PublicId, Random},
    store::{ActorRow, NewActivity, NewDelivery},
};

/// What an acknowledgement says of the entry of whom it thanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcknowledgedEntry<'a> {
    /// It has no page, because it is counted without a name.
    Unlisted,
    /// The address of its page.
    Listed(&'a str),
    /// Its page comes back with all names, which are off for now.
    NamesOff,
}

/// Builds our activities, with new ids.
#[derive(Debug)]
pub struct ActivityBuilder<'a> {
    /// Our URLs.
    pub urls: &'a Urls,
    /// The random source for new ids.
    pub random: &'a dyn Random,
    /// The current time.
    pub now: Millis,
}

impl ActivityBuilder<'_> {
    /// Accepts a follow. It goes to the personal inbox, like every answer to one actor.
    pub fn accept(&self, follower: &ActorRow, follow: &Follow<'_>) -> NewActivity {
        let id = self.id();
        let body = activitystreams::accept_follow(self.urls, &id, follow);
        self.to_one(&id, "Accept", &follower.url, &body, follower)
    }

    /// Rejects a follow of the instance actor, which takes no followers.
    pub fn reject(&self, follower: &ActorRow, follow: &Follow<'_>) -> NewActivity {
        let id = self.id();
        let body = activitystreams::reject_follow(self.urls, &id, OwnActor::Instance, follow);
        self.to_one(&id, "Reject", &follower.url, &body, follower)
    }

    /// Rejects a follow that was accepted (`follower remove`, `block add --cut`).
    pub fn cut(&self, follower: &ActorRow, follow: &Follow<'_>) -> NewActivity {
        let id = self.id();
        let body = activitystreams::reject_follow(self.urls, &id, OwnActor::Letter, follow);
        self.to_one(&id, "Reject", &follower.url, &body, follower)
    }

    /// Acknowledges a signing post as `how` says; a text names the page of the `entry`, or says that all names are off for
    /// now. Returns the path under which that can be taken back.
    pub fn acknowledge(
        &self,
        how: Acknowledge,
        author: &ActorRow,
        post: &str,
        language: &str,
        entry: AcknowledgedEntry<'_>,
    ) -> Option<(String, NewActivity)> {
        let id = self.id();
        match how {
            Acknowledge::None => None,
            Acknowledge::Like => {
                let body = activitystreams::like(self.urls, &id, post, &author.url);
                let path = self.urls.path(&Own::Activity(id.clone()));
                Some((path, self.to_one(&id, "Like", post, &body, author)))
            }
            Acknowledge::Reply => {
                let words = Language::of(language);
                let thanks = words.sent.thank_you;
                let (text, link) = match entry {
                    AcknowledgedEntry::Unlisted => (thanks.to_owned(), None),
                    AcknowledgedEntry::Listed(page) => (thanks.to_owned(), Some(page)),
                    AcknowledgedEntry::NamesOff => {
                        (format!("{thanks} {}", words.letter.names_off), None)
                    }
                };
                let (note, create) = self.direct(author, post, language, (&text, link));
                Some((self.urls.path(&Own::Post(note)), create))
            }
        }
    }

    /// Takes an acknowledgement back.
    pub fn take_back(
        &self,
        author: &ActorRow,
        post: &str,
        acknowledged: &str,
    ) -> Option<NewActivity> {
        let id = self.id();
        let own = self.urls.parse_path(acknowledged)?;
        let (kind, body) = if let Own::Activity(liked) = &own {
            (
                "Undo",
                activitystreams::undo_like(self.urls, &id, liked, post, &author.url),
            )
        } else {
            (
                "Delete",
                activitystreams::delete(self.urls, &id, &self.urls.url(&own)),
            )
        };
        Some(self.to_one(&id, kind, post, &body, author))
    }

    /// Tells the author of a signing post that only few can read that only public replies can be listed.
    pub fn only_public(&self, author: &ActorRow, post: &str, language: &str) -> NewActivity {
        self.direct(
            author,
            post,
            language,
            (Language::of(language).sent.only_public_replies, None),
        )
        .1
    }

    /// A direct message that answers a post, with its own id; a link may follow the text.
    pub(super) fn direct(
        &self,
        author: &ActorRow,
        post: &str,
        language: &str,
        (text, link): (&str, Option<&str>),
    ) -> (PublicId, NewActivity) {
        let (id, note) = (self.id(), self.id());
        let body = DirectNote {
            post: &note,
            recipient: &author.url,
            handle: &author.handle,
            profile: author.page.as_deref().unwrap_or(&author.url),
            in_reply_to: Some(post),
            language,
            text,
            link,
            published: self.now,
        }
        .to_create(self.urls, &id);
        let create = self.to_one(&id, "Create", post, &body, author);
        (note, create)
    }

    pub(super) fn id(&self) -> PublicId {
        PublicId::random(self.random)
    }

    pub(super) fn to_one(
        &self,
        id: &PublicId,
        kind: &str,
        subject: &str,
        body: &Value,
        recipient: &ActorRow,
    ) -> NewActivity {
        let to = NewDelivery {
            inbox_id: recipient.inbox_id,
            host_id: recipient.inbox_host_id,
        };
        NewActivity {
            path: self.urls.path(&Own::Activity(id.clone())),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            body: body.to_string(),
            public: false,
            at: self.now,
            to: vec![to],
        }
    }
}
