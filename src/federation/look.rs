//! Reads things from their own servers and applies what stands there, as if it had been delivered (F-219).
//!
//! These are the jobs that strangers order ([`interpret`](super::interpret)), and the command `fetch`. What stands
//! at an id on its own server is that server's word: it answers for who wrote it, under the same rules as for
//! what is delivered (F-233, F-237 … F-239). Chains of answers are not followed (F-245: depth 0).

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{
    App,
    interpret::{belongs, interpret, sender, speaks_of_us},
    people::new_actor,
    seen::{Look, NotSeen},
};
use crate::{
    activitystreams::{
        Activity, ActivityKind, BadDocument, Embedded, RemoteActor, RemoteNote, authority,
    },
    hash::Sha256,
    http_client::{Client, Fetched, fetch::Document},
    register::{
        InboundAction, InboundActivity, ReceiveOutcome, Sender,
        inbound::{
            activity::fetched,
            dereference_jobs::{DereferenceTask, SecondLook, second_look},
            writer::NotTaken,
        },
    },
};

/// How long what was read may wait for the writer; nobody is waiting for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is read of one host on one day for strangers (F-245; Mastodon reads 1,000 posts for one chain).
const FETCHES_PER_HOST_AND_DAY: i64 = 1000;

/// For whom it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A stranger ordered it: within the day's budget.
    Strangers,
    /// An administrator ordered it.
    Operator,
}

/// What stands at a URL.
pub(super) enum Standing {
    /// This.
    There(Document),
    /// Nothing: 404, 410 or a Tombstone.
    Gone,
}

/// Reads things from their own servers.
#[derive(Clone, Debug)]
pub struct Looker {
    pub(super) app: Arc<App>,
    client: Client,
    whom: For,
}

impl Looker {
    /// Reads with `client`, for `whom`.
    pub const fn new(app: Arc<App>, client: Client, whom: For) -> Self {
        Self { app, client, whom }
    }

    /// Reads one post and applies it as its author's own.
    pub async fn post(&self, url: &str) -> Result<Look, NotSeen> {
        match self.read(url).await? {
            Standing::Gone => Ok(Look::Gone),
            Standing::There(document) => {
                let note = RemoteNote::parse(&document.body)?;
                self.take_post(&document, note).await
            }
        }
    }

    /// Looks whether a post of ours is gone; if so, orders the second look. A forwarded Delete is no more than
    /// this: 401, 403, 5xx and silence are no absence (`product.md` 2.4).
    pub async fn look(&self, url: &str) -> Result<Look, NotSeen> {
        if let Standing::There(_) = self.read(url).await? {
            return Ok(Look::Kept);
        }
        let first = self.app.clock.now();
        let look = SecondLook {
            url: url.to_owned(),
            first,
        };
        let job = second_look(&look, self.app.config.verify.grace)?;
        let mut tx = self.app.store.write().await?;
        tx.add_jobs(&[job]).await?;
        tx.commit().await?;
        Ok(Look::Gone)
    }

    /// Looks again, `verify.grace` after the first look: what is still gone ends.
    pub async fn look_again(&self, payload: &str) -> Result<Look, NotSeen> {
        let look: SecondLook = serde_json::from_str(payload)?;
        if self.app.clock.now().since(look.first) < self.app.config.verify.grace {
            return Err(NotSeen::TooSoon);
        }
        if let Standing::There(_) = self.read(&look.url).await? {
            return Ok(Look::Kept);
        }
        let posts = [Sha256::of(&look.url)];
        let known = self.app.store.read().await?.known_posts(&posts).await?;
        for post in known {
            let incoming = InboundActivity {
                sender: Sender::Known(post.actor),
                activity: None,
                action: InboundAction::SourceGone {
                    object: post.object,
                },
                evidence: fetched(&look.url, &[], self.app.clock.now()),
                at: self.app.clock.now(),
            };
            self.hand_over(incoming).await?;
        }
        Ok(Look::Gone)
    }

    /// Reads whatever stands at a URL, as if it had been delivered: a post, an actor, or an activity.
    pub async fn anything(&self, url: &str) -> Result<Look, NotSeen> {
        let Standing::There(document) = self.read(url).await? else {
            return Ok(Look::Gone);
        };
        match RemoteNote::parse(&document.body) {
            Ok(note) => return self.take_post(&document, note).await,
            Err(BadDocument::WrongType(_)) => (),
            Err(error) => return Err(error.into()),
        }
        if let Ok(actor) = RemoteActor::parse(&document.body) {
            return self.take_actor(&document, &actor).await;
        }
        let activity = Activity::parse(&document.body)?;
        self.take_activity(&document, activity).await
    }

    /// What stands at a URL that is not ours, on its own server and under its own id (F-246).
    pub(super) async fn read(&self, url: &str) -> Result<Standing, NotSeen> {
        let url = Url::parse(url).map_err(|_bad| NotSeen::NoUrl)?;
        let host = authority(&url).ok_or(NotSeen::NoUrl)?;
        if self.app.urls.is_ours(url.as_str()) {
            return Err(NotSeen::Ours);
        }
        if self.whom == For::Strangers {
            let mut tx = self.app.store.write().await?;
            let now = self.app.clock.now();
            if !tx.spend_fetch(&host, now, FETCHES_PER_HOST_AND_DAY).await? {
                return Err(NotSeen::Spent);
            }
            tx.commit().await?;
        }
        match self.client.fetch_object(&url).await {
            Fetched::Found(document) if self.app.urls.is_ours(document.url.as_str()) => {
                Err(NotSeen::Ours)
            }
            Fetched::Found(document) => match RemoteNote::parse(&document.body) {
                Err(BadDocument::Tombstone) => Ok(Standing::Gone),
                Ok(_) | Err(_) => Ok(Standing::There(document)),
            },
            Fetched::Gone | Fetched::Missing => Ok(Standing::Gone),
            Fetched::Refused(status) => Err(NotSeen::Refused(status)),
            Fetched::Unreachable(reason) => Err(NotSeen::Unreachable(reason)),
        }
    }

    /// Reads an actor's own document.
    pub(super) async fn actor(&self, id: &str) -> Result<Option<RemoteActor>, NotSeen> {
        let Standing::There(document) = self.read(id).await? else {
            return Ok(None);
        };
        let actor = RemoteActor::parse(&document.body)?;
        if actor.id != id {
            return Err(NotSeen::NotTheActor);
        }
        Ok(Some(actor))
    }

    /// A post as its server shows it. Its author's document is read too, if nothing is known of the author.
    async fn take_post(&self, document: &Document, note: RemoteNote) -> Result<Look, NotSeen> {
        let author = note.attributed_to.clone().ok_or(NotSeen::NotTheirs)?;
        if !belongs(&note.id, &author) || self.app.urls.is_ours(&note.id) {
            return Err(NotSeen::NotTheirs);
        }
        let known = [Sha256::of(&note.id)];
        let known = self.app.store.read().await?.known_posts(&known).await?;
        if known.is_empty() && !speaks_of_us(&self.app.urls, &note) {
            return Ok(Look::Unconcerned);
        }
        let object = Embedded::Note(Box::new(note));
        let kind = if known.is_empty() {
            ActivityKind::Create { object }
        } else {
            ActivityKind::Update { object }
        };
        let activity = Activity {
            id: None,
            actor: author,
            kind,
        };
        self.apply(document, &activity).await
    }

    /// An actor's document, as if the actor had sent it; of strangers nothing is kept (F-191).
    async fn take_actor(&self, document: &Document, actor: &RemoteActor) -> Result<Look, NotSeen> {
        let known = [Sha256::of(&actor.id)];
        if self
            .app
            .store
            .read()
            .await?
            .actors(&known)
            .await?
            .is_empty()
        {
            return Ok(Look::Unconcerned);
        }
        let now = self.app.clock.now();
        let read = new_actor(actor, now).ok_or(NotSeen::NoUrl)?;
        let incoming = InboundActivity {
            sender: Sender::Read(Box::new(read)),
            activity: None,
            action: InboundAction::ActorChanged,
            evidence: fetched(document.url.as_str(), &document.body, now),
            at: now,
        };
        let look = self.hand_over(incoming).await?;
        self.app.keys.forget(&actor.id);
        Ok(look)
    }

    /// An activity that stands on its actor's own server. What it names on another one is read there.
    async fn take_activity(
        &self,
        document: &Document,
        activity: Activity,
    ) -> Result<Look, NotSeen> {
        if !belongs(document.url.as_str(), &activity.actor) {
            return Err(NotSeen::NotTheirs);
        }
        let action = interpret(&self.app.urls, &activity, None);
        let InboundAction::Dereference(task) = action else {
            return self.apply(document, &activity).await;
        };
        match task {
            DereferenceTask::Post { url, .. } => self.post(&url).await,
            DereferenceTask::Gone { url } => self.look(&url).await,
            DereferenceTask::Moved { to } => self.moved(&activity.actor, &to).await,
            DereferenceTask::Actor => self.apply(document, &activity).await,
        }
    }

    /// Hands an activity to the register as its actor's own word, read on its actor's server.
    async fn apply(&self, document: &Document, activity: &Activity) -> Result<Look, NotSeen> {
        let now = self.app.clock.now();
        let known = [Sha256::of(&activity.actor)];
        let known = self.app.store.read().await?.actors(&known).await?.pop();
        let (known, followers) = if let Some(row) = known {
            (Sender::Known(row.url), row.followers)
        } else {
            // The author may have gone between the post and now.
            let Some(actor) = self.actor(&activity.actor).await? else {
                return Ok(Look::Gone);
            };
            let read = new_actor(&actor, now).ok_or(NotSeen::NoUrl)?;
            (Sender::Read(Box::new(read)), actor.followers)
        };
        let action = interpret(&self.app.urls, activity, followers.as_deref());
        if matches!(
            action,
            InboundAction::Nothing | InboundAction::Dereference(_)
        ) {
            return Ok(Look::Unconcerned);
        }
        self.hand_over(InboundActivity {
            sender: sender(activity, known, now),
            activity: activity.id.clone(),
            action,
            evidence: fetched(document.url.as_str(), &document.body, now),
            at: now,
        })
        .await
    }

    async fn hand_over(&self, incoming: InboundActivity) -> Result<Look, NotSeen> {
        let writer = self.app.writer.as_ref().ok_or(NotSeen::ReadOnly)?;
        let by = incoming.sender.url().to_owned();
        match writer.receive(incoming, PATIENCE).await? {
            ReceiveOutcome::Taken | ReceiveOutcome::Repeated => Ok(Look::Taken { by }),
            ReceiveOutcome::Refused => Ok(Look::Blocked),
            ReceiveOutcome::Later => Err(NotSeen::NotTaken(NotTaken::Busy)),
            // Forgotten since it was looked up: the next try reads it again.
            ReceiveOutcome::Unknown => Err(NotSeen::NotTaken(NotTaken::Failed)),
        }
    }
}
