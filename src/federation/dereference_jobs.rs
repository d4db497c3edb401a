//! Reads things from their own servers and applies what stands there, as if it had been delivered.
//!
//! These are the jobs that activities of strangers cause ([`interpret`](super::interpret)), the refresh of actors, and the command
//! `fetch`. What stands at an id on its own server is that server's word: it answers for who wrote it, under the
//! same rules as for what is delivered. Nothing that a document names is read in turn, but its author and the
//! object of an activity.
//!
//! Not here: the reading itself ([`dereference`](super::dereference)).

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{
    App,
    dereference::{AnyDocument, DereferenceError, FromDocument, Remote},
    interpret::{Ours, interpret, sender, speaks_of_us},
    look::is_still_by,
    remote_actor::{belongs, host_of, new_actor},
};
use crate::{
    activitystreams::{
        Activity, ActivityKind, ActorType, BadDocument, Embedded, RemoteActor, RemoteNote,
    },
    clock::Millis,
    hash::Sha256,
    register::{
        InboundAction, InboundActivity, ReceiveOutcome, Sender,
        inbound::{
            account_move::{Moved, carry_over},
            activity::{DereferenceTask, fetched},
            dereference_jobs::{self, Removal},
            refresh_jobs::{self, SecondCheck},
            writer::NotTaken,
        },
        rules::Context,
    },
    store::{EvidenceRow, KnownPost, NewJob},
};

/// How long what was read may wait for the writer; nobody is waiting for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Documents that strangers may have us read of one host on one day. Mastodon reads 1,000 posts for one thread.
const READS_PER_HOST_AND_DAY: i64 = 1000;

/// The most authors of one post that are looked at to tell a person from a group.
const MAX_AUTHORS: usize = 3;

/// How much may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchBudget {
    /// Strangers cause it: 1,000 documents of one host on one day.
    PerHostAndDay,
    /// An administrator orders it, or the sweep, which keeps to limits of its own.
    Unlimited,
}

/// What came of reading something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DereferenceResult {
    /// It was applied like a delivered activity of this actor.
    Taken {
        /// The actor's id.
        by: String,
    },
    /// It is there and does not concern the letter.
    Unconcerned,
    /// It is there: nothing ends.
    Kept,
    /// It was never there (404), or is no more (410, Tombstone).
    Gone {
        /// When the second look at something that is known here will be, which ends it.
        second_look: Option<Millis>,
    },
    /// Its actor or host is blocked.
    Blocked,
    /// Both accounts of a Move were read.
    Moved(Moved),
}

type Result<T = DereferenceResult> = std::result::Result<T, DereferenceError>;

/// Reads things and applies them.
#[derive(Clone, Debug)]
pub struct DereferenceRunner {
    pub(super) app: Arc<App>,
    budget: FetchBudget,
}

impl DereferenceRunner {
    /// Reads with the dereferencer of `app`, within `budget`.
    pub const fn new(app: Arc<App>, budget: FetchBudget) -> Self {
        Self { app, budget }
    }

    /// Reads one post and applies it as its author's own.
    pub async fn post(&self, url: &str) -> Result {
        let Some(read) = self.read::<RemoteNote>(url).await? else {
            return Ok(DereferenceResult::Gone { second_look: None });
        };
        let evidence = self.evidence(&read);
        self.take_post(read.object, evidence).await
    }

    /// Reads whether a post that we have is gone; if so, orders the second check. A forwarded Delete is no more
    /// than a hint to do this, because it is not its author who signed the request.
    pub async fn check_post(&self, url: &str) -> Result {
        if self.standing(url).await?.is_some() {
            return Ok(DereferenceResult::Kept);
        }
        self.check_later(url, dereference_jobs::second_check).await
    }

    /// The same of a post that was restored from a backup; what stands there is taken as its author's word, because it may
    /// have been edited since.
    pub(super) async fn take_restored(&self, url: &str) -> Result {
        let Some(read) = self.standing(url).await? else {
            return self.check_later(url, dereference_jobs::second_check).await;
        };
        let note = RemoteNote::parse(read.json())?;
        self.take_post(note, self.evidence(&read)).await
    }

    /// Reads a post again, `verify.grace` after the first check: a post that is still gone ends.
    pub async fn confirm_post_gone(&self, payload: &str) -> Result {
        let check = self.due(payload)?;
        if self.standing(&check.url).await?.is_some() {
            return Ok(DereferenceResult::Kept);
        }
        let posts = [Sha256::of(&check.url)];
        let known = self.app.store.read().await?.known_posts(&posts).await?;
        for post in known {
            let action = InboundAction::SourceGone {
                object: post.object,
            };
            let evidence = fetched(&check.url, &[], self.now());
            self.hand_over(Sender::Known(post.actor), None, action, evidence)
                .await?;
        }
        Ok(DereferenceResult::Gone { second_look: None })
    }

    /// What stands at the id of a post that we have; `None` when that is gone, or not its author's any more.
    async fn standing(&self, post: &str) -> Result<Option<Remote<AnyDocument>>> {
        let Some(read) = self.read::<AnyDocument>(post).await? else {
            return Ok(None);
        };
        let mut tx = self.app.store.read().await?;
        let mut authors = Vec::new();
        for known in tx.known_posts(&[Sha256::of(post)]).await? {
            // Whoever moved may go on writing at the old account.
            authors.extend(tx.former_accounts(&Sha256::of(&known.actor)).await?);
            authors.push(known.actor);
        }
        Ok(is_still_by(read.json(), &authors).then_some(read))
    }

    /// Reads an actor that is known again, as if it had sent an Update: names and flags must not go stale. When
    /// the actor is gone, this orders a second check, and nothing ends yet.
    pub async fn refresh(&self, id: &str) -> Result {
        Ok(self.refresh_and_read(id).await?.0)
    }

    /// The same, with what the profile links to, and its other ids.
    pub(super) async fn refresh_and_read(
        &self,
        id: &str,
    ) -> Result<(DereferenceResult, (Vec<String>, Vec<String>))> {
        if let Some(read) = self.known_actor(id).await? {
            let evidence = self.evidence(&read);
            let result = self.apply_actor(&read.object, evidence).await?;
            let profile = (read.object.links, read.object.also_known_as);
            return Ok((result, profile));
        }
        let result = self.check_later(id, refresh_jobs::second_check).await?;
        Ok((result, (Vec::new(), Vec::new())))
    }

    /// Reads an actor again, `verify.grace` after it was gone: one that is still gone follows and endorses no
    /// longer.
    pub async fn confirm_actor_gone(&self, payload: &str) -> Result {
        let check = self.due(payload)?;
        if let Some(read) = self.known_actor(&check.url).await? {
            return self.apply_actor(&read.object, self.evidence(&read)).await;
        }
        if !self.is_known(&check.url).await? {
            return Ok(DereferenceResult::Unconcerned);
        }
        let mut tx = self.app.store.read().await?;
        let is_one_of_many = refresh_jobs::is_one_of_many(&mut tx, &check, self.now()).await?;
        drop(tx);
        if is_one_of_many {
            let late = refresh_jobs::late_check(&check)?;
            let second_look = Some(late.due_at);
            let mut tx = self.app.store.write().await?;
            tx.add_jobs(&[late]).await?;
            tx.commit().await?;
            return Ok(DereferenceResult::Gone { second_look });
        }
        let evidence = fetched(&check.url, &[], self.now());
        let sender = Sender::Known(check.url.clone());
        let result = self
            .hand_over(sender, None, InboundAction::ActorGone, evidence)
            .await;
        self.app.keys.forget(&check.url);
        result
    }

    /// Reads both accounts of a Move, and carries it out when both confirm it. Otherwise nothing changes, and the look is
    /// repeated twice.
    pub async fn removal(&self, payload: &str) -> Result {
        let removal: Removal = serde_json::from_str(payload)?;
        let result = self.moved(&removal.from, &removal.to).await;
        let Err(error @ DereferenceError::Unconfirmed(_)) = result else {
            return result;
        };
        let Some(job) = dereference_jobs::next_look(&removal, self.now())? else {
            return Err(error);
        };
        tracing::info!(%error, "a Move is looked at again");
        let mut tx = self.app.store.write().await?;
        tx.add_jobs(&[job]).await?;
        tx.commit().await?;
        Ok(DereferenceResult::Kept)
    }

    /// Reads whatever stands at a URL, as if it had been delivered: a post, an actor, or an activity.
    pub async fn anything(&self, url: &str) -> Result {
        let Some(read) = self.read::<AnyDocument>(url).await? else {
            return self.gone(url).await;
        };
        let evidence = self.evidence(&read);
        match RemoteNote::parse(read.json()) {
            Ok(note) => return self.take_post(note, evidence).await,
            Err(BadDocument::WrongType(_)) => (),
            Err(error) => return Err(error.into()),
        }
        if let Ok(actor) = RemoteActor::parse(read.json()) {
            return self.take_actor(&actor, evidence).await;
        }
        let activity = Activity::parse(read.json())?;
        self.take_activity(&read.id, &activity, evidence).await
    }

    /// Something that is not there: of what is known here, the second check is ordered.
    async fn gone(&self, url: &str) -> Result {
        let posts = [Sha256::of(url)];
        let known = self.app.store.read().await?.known_posts(&posts).await?;
        if !known.is_empty() {
            return self.check_later(url, dereference_jobs::second_check).await;
        }
        let nothing_follows = Ok(DereferenceResult::Gone { second_look: None });
        if !self.is_known(url).await? {
            return nothing_follows;
        }
        match self.refresh(url).await {
            Err(DereferenceError::NotRefreshed(_)) => nothing_follows,
            result => result,
        }
    }

    /// A post as its server shows it. Its author's document is read too, if nothing is known of the author.
    async fn take_post(&self, note: RemoteNote, evidence: EvidenceRow) -> Result {
        let authors: Vec<String> = note
            .attributed_to
            .iter()
            .filter(|author| belongs(&note.id, author) && !self.app.urls.is_ours(&note.id))
            .cloned()
            .collect();
        if authors.is_empty() {
            return Err(DereferenceError::ForeignAuthor);
        }
        if note.is_vote() {
            return Ok(DereferenceResult::Unconcerned);
        }
        let known = [Sha256::of(&note.id)];
        let known = self.app.store.read().await?.known_posts(&known).await?;
        if known.is_empty() && !speaks_of_us(Ours::of(&self.context()), &note) {
            return Ok(DereferenceResult::Unconcerned);
        }
        let author = self.author(authors, &known).await?;
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
        self.apply(&activity, evidence).await
    }

    /// The author of a post among those that it names: who sent it, else the first that is no group. Posts in a group
    /// may name the group first.
    async fn author(&self, authors: Vec<String>, known: &[KnownPost]) -> Result<String> {
        let sent = known
            .iter()
            .find(|post| authors.contains(&post.actor))
            .map(|post| post.actor.clone());
        if let Some(sender) = sent {
            return Ok(sender);
        }
        let (last, others) = authors
            .split_last()
            .ok_or(DereferenceError::ForeignAuthor)?;
        for author in others.iter().take(MAX_AUTHORS) {
            if !self.is_group(author).await? {
                return Ok(author.clone());
            }
        }
        Ok(last.clone())
    }

    /// Whether an actor is a group, by its row or else by its document.
    async fn is_group(&self, actor: &str) -> Result<bool> {
        let known = self
            .app
            .store
            .read()
            .await?
            .actors(&[Sha256::of(actor)])
            .await?;
        let group = ActorType::Group.as_str();
        if let Some(row) = known.first() {
            return Ok(row.r#type == group);
        }
        let document = self.actor(actor).await?;
        Ok(document.is_none_or(|actor| actor.kind == ActorType::Group))
    }

    /// An actor's document, as if the actor had sent it. Of strangers nothing is kept.
    async fn take_actor(&self, actor: &RemoteActor, evidence: EvidenceRow) -> Result {
        if !self.is_known(&actor.id).await? {
            return Ok(DereferenceResult::Unconcerned);
        }
        self.apply_actor(actor, evidence).await
    }

    async fn apply_actor(&self, actor: &RemoteActor, evidence: EvidenceRow) -> Result {
        let document = new_actor(actor, self.now()).ok_or(DereferenceError::NoUrl)?;
        let sender = Sender::Read(Box::new(document));
        let result = self
            .hand_over(sender, None, InboundAction::ActorChanged, evidence)
            .await;
        self.app.keys.forget(&actor.id);
        result
    }

    /// An activity that stands on its actor's own server. What it names on another one is read there.
    async fn take_activity(&self, id: &Url, activity: &Activity, evidence: EvidenceRow) -> Result {
        if !belongs(id.as_str(), &activity.actor) {
            return Err(DereferenceError::ForeignAuthor);
        }
        let context = self.context();
        let action = interpret(Ours::of(&context), activity, None);
        let InboundAction::Dereference(task) = action else {
            return self.apply(activity, evidence).await;
        };
        match task {
            DereferenceTask::Post { url, .. } => self.post(&url).await,
            DereferenceTask::Gone { url } => self.check_post(&url).await,
            DereferenceTask::Moved { to } => self.moved(&activity.actor, &to).await,
            DereferenceTask::Actor => self.apply(activity, evidence).await,
        }
    }

    /// Carries out a Move when `from` says that it moved to `to`, and `to` that it is `from` as well, each in its
    /// own document.
    async fn moved(&self, from: &str, to: &str) -> Result {
        let unconfirmed = DereferenceError::Unconfirmed;
        let old = self.actor(from).await?;
        let old = old.ok_or(unconfirmed("the old account is gone"))?;
        if old.moved_to.as_deref() != Some(to) {
            return Err(unconfirmed("the old account names another"));
        }
        let new = self.actor(to).await?;
        let new = new.ok_or(unconfirmed("the new account is not there"))?;
        if !new.also_known_as.iter().any(|id| id == from) {
            return Err(unconfirmed("the new account does not name the old one"));
        }
        let now = self.now();
        let new = new_actor(&new, now).ok_or(DereferenceError::NoUrl)?;
        let context = self.context();
        let mut tx = self.app.store.write().await?;
        let (moved, _) = carry_over(&mut tx, &context, now, from, &new).await?;
        tx.commit().await?;
        if moved == Moved::Done {
            tracing::info!(
                to = new.host.authority,
                "an endorsement moved with its account"
            );
        }
        Ok(DereferenceResult::Moved(moved))
    }

    /// Hands an activity to the register as its actor's own word, read on its actor's server.
    async fn apply(&self, activity: &Activity, evidence: EvidenceRow) -> Result {
        let now = self.now();
        let known = [Sha256::of(&activity.actor)];
        let known = self.app.store.read().await?.actors(&known).await?.pop();
        let (known, followers) = if let Some(row) = known {
            (Sender::Known(row.url), row.followers)
        } else {
            // The author may have gone between the post and now.
            let Some(actor) = self.actor(&activity.actor).await? else {
                return Ok(DereferenceResult::Gone { second_look: None });
            };
            let document = new_actor(&actor, now).ok_or(DereferenceError::NoUrl)?;
            (Sender::Read(Box::new(document)), actor.followers)
        };
        let context = self.context();
        let action = interpret(Ours::of(&context), activity, followers.as_deref());
        if matches!(
            action,
            InboundAction::Nothing | InboundAction::Dereference(_)
        ) {
            return Ok(DereferenceResult::Unconcerned);
        }
        let sender = sender(activity, known, now);
        self.hand_over(sender, activity.id.clone(), action, evidence)
            .await
    }
}

/// The parts that the jobs have in common.
impl DereferenceRunner {
    pub(super) fn now(&self) -> Millis {
        self.app.clock.now()
    }

    /// The context in force.
    pub(super) fn context(&self) -> Arc<Context> {
        Arc::clone(&self.app.context.borrow())
    }

    fn evidence<T>(&self, read: &Remote<T>) -> EvidenceRow {
        fetched(read.id.as_str(), read.json(), self.now())
    }

    /// Reads what stands at a URL within the budget; `None` when it is not there.
    async fn read<T: FromDocument>(&self, url: &str) -> Result<Option<Remote<T>>> {
        if self.budget == FetchBudget::PerHostAndDay && !self.app.urls.is_ours(url) {
            let host = host_of(url).ok_or(DereferenceError::NoUrl)?.authority;
            if !self.may_ask(&host).await? {
                return Err(DereferenceError::Spent);
            }
        }
        match self.app.dereferencer.read(url).await {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a host may be asked once more today for what strangers name; counts it.
    pub(super) async fn may_ask(&self, host: &str) -> Result<bool> {
        let mut tx = self.app.store.write().await?;
        let spent = tx
            .spend_fetch(host, self.now(), READS_PER_HOST_AND_DAY)
            .await?;
        tx.commit().await?;
        Ok(spent)
    }

    /// Reads an actor's own document; `None` when it is not there.
    pub(super) async fn actor(&self, id: &str) -> Result<Option<RemoteActor>> {
        let Some(read) = self.read::<RemoteActor>(id).await? else {
            return Ok(None);
        };
        if read.object.id != id {
            return Err(DereferenceError::ForeignActor);
        }
        Ok(Some(read.object))
    }

    /// Reads the document of an actor that is known; `None` when its server says that it is gone.
    async fn known_actor(&self, id: &str) -> Result<Option<Remote<RemoteActor>>> {
        match self.app.dereferencer.read::<RemoteActor>(id).await {
            Ok(read) if read.object.id != id => Err(DereferenceError::ForeignActor),
            Ok(read) => Ok(Some(read)),
            Err(error) if error.is_absence() => Ok(None),
            Err(DereferenceError::Fetch(error)) => Err(DereferenceError::NotRefreshed(error)),
            Err(error) => Err(error),
        }
    }

    async fn is_known(&self, actor: &str) -> Result<bool> {
        let hashes = [Sha256::of(actor)];
        let known = self.app.store.read().await?.actors(&hashes).await?;
        Ok(!known.is_empty())
    }

    /// Orders the second check at something that is gone, by a job of this kind.
    async fn check_later(
        &self,
        url: &str,
        job: fn(&SecondCheck, Duration) -> serde_json::Result<NewJob>,
    ) -> Result {
        let check = SecondCheck {
            url: url.to_owned(),
            first: self.now(),
        };
        let job = job(&check, self.app.config.verify.grace)?;
        let mut tx = self.app.store.write().await?;
        tx.add_jobs(std::slice::from_ref(&job)).await?;
        // One that was ordered before keeps its time.
        let second_look = tx.job_due(&job.key_hash).await?;
        tx.commit().await?;
        Ok(DereferenceResult::Gone { second_look })
    }

    /// The second check that a job is, once `verify.grace` has passed.
    fn due(&self, payload: &str) -> Result<SecondCheck> {
        let check: SecondCheck = serde_json::from_str(payload)?;
        if self.now().since(check.first) < self.app.config.verify.grace {
            return Err(DereferenceError::TooSoon);
        }
        Ok(check)
    }

    /// Hands what an actor did, read on its server, to the register.
    async fn hand_over(
        &self,
        sender: Sender,
        activity: Option<String>,
        action: InboundAction,
        evidence: EvidenceRow,
    ) -> Result {
        let writer = self.app.writer.as_ref();
        let writer = writer.ok_or(DereferenceError::ReadOnly)?;
        let by = sender.url().to_owned();
        let incoming = InboundActivity {
            sender,
            activity,
            action,
            evidence,
            request: None,
            at: self.now(),
        };
        match writer.receive(incoming, PATIENCE).await? {
            ReceiveOutcome::Taken | ReceiveOutcome::Repeated => Ok(DereferenceResult::Taken { by }),
            ReceiveOutcome::Refused => Ok(DereferenceResult::Blocked),
            ReceiveOutcome::Later => Err(DereferenceError::NotTaken(NotTaken::Busy)),
            // Forgotten since it was looked up: the next try reads it again.
            ReceiveOutcome::Unknown => Err(DereferenceError::NotTaken(NotTaken::Failed)),
        }
    }
}
