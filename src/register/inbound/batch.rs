//! One batch of activities in memory: read with one SQL statement per table, and written with one per table.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    account_move,
    actor_state::ActorState,
    boosts::{BoostState, there},
    dereference_jobs::DereferenceJobs,
    key_change,
    quotes::QuoteState,
    refresh_jobs,
    showing::{Settling, TakenNames},
    surge_limit::Window,
};
use crate::{
    activitystreams::Urls,
    clock::Millis,
    endorsement::{Cause, blocks::BlockList, names},
    hash::{Salt, Sha256},
    random::Random,
    register::{
        InboundActivity, Result, Rules, Sender,
        moderation::{blocks, flags::FlagState},
        outgoing::ActivityBuilder,
    },
    store::{ActRow, ActorRow, Early, NewActivity, Topic, Tx},
};

/// What use cases need besides a transaction.
#[derive(Clone, Debug)]
pub struct Context {
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// Our URLs.
    pub urls: Arc<Urls>,
    /// The random source for new ids.
    pub chance: Arc<dyn Random>,
    /// The salt for hashed ids that are kept after a person's data is erased.
    pub salt: Salt,
}

/// The actors of a batch with their stored rows, and the changes to write.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(in crate::register) context: &'a Context,
    pub(in crate::register) now: Millis,
    /// The blocks as read in this transaction; those of `context.rules` may be half a second old.
    pub(in crate::register) blocks: Arc<BlockList>,
    pub(in crate::register) situations: Vec<ActorState>,
    by_url: HashMap<String, usize>,
    taken: TakenNames,
    pub(in crate::register) seen: HashMap<Sha256, Sha256>,
    pub(in crate::register) new_seen: Vec<(Sha256, Sha256)>,
    pub(in crate::register) early: HashSet<Early>,
    pub(in crate::register) new_early: Vec<Early>,
    pub(in crate::register) tombstones: HashSet<(Sha256, Sha256)>,
    pub(in crate::register) new_tombstones: Vec<(Sha256, Sha256)>,
    pub(in crate::register) mail: Vec<NewActivity>,
    pub(in crate::register) answered: Vec<i64>,
    pub(in crate::register) gone: Vec<(i64, Cause)>,
    pub(in crate::register) reach: BoostState,
    pub(in crate::register) quotes: QuoteState,
    pub(in crate::register) reports: FlagState,
    /// Paths of our own objects that this batch names and that exist.
    pub(in crate::register) there: HashSet<String>,
    /// Objects that have to be fetched from their own server before they count.
    pub(in crate::register) looks: DereferenceJobs,
    /// Endorsements of the last hour from the domains of this batch, for the surge limits.
    pub(in crate::register) window: Window,
    /// Ids of the hosts that sent something authentic, which proves them alive.
    spoke: Vec<i64>,
}

impl<'a> Batch<'a> {
    /// An empty batch.
    fn new(context: &'a Context, now: Millis, blocks: Arc<BlockList>) -> Self {
        Self {
            context,
            now,
            blocks,
            situations: Vec::new(),
            by_url: HashMap::new(),
            taken: TakenNames::new(),
            seen: HashMap::new(),
            new_seen: Vec::new(),
            early: HashSet::new(),
            new_early: Vec::new(),
            tombstones: HashSet::new(),
            new_tombstones: Vec::new(),
            mail: Vec::new(),
            answered: Vec::new(),
            gone: Vec::new(),
            reach: BoostState::default(),
            quotes: QuoteState::default(),
            reports: FlagState::default(),
            there: HashSet::new(),
            looks: DereferenceJobs::default(),
            window: Window::default(),
            spoke: Vec::new(),
        }
    }

    /// Loads the rows of every sender in `incoming`. Actor documents that came along are saved first, so that every
    /// sender has a row.
    pub async fn load(
        tx: &mut Tx,
        context: &'a Context,
        now: Millis,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let blocks = blocks::in_force(tx, context).await?;
        let mut documents = HashMap::new();
        for activity in incoming {
            if let Sender::Read(actor) = &activity.sender
                && !blocks.blocks_actor(&actor.url)
            {
                documents.insert(actor.url.as_str(), actor.as_ref());
            }
        }
        let documents: Vec<_> = documents.into_values().cloned().collect();
        let known: Vec<_> = documents
            .iter()
            .map(|document| Sha256::of(&document.url))
            .collect();
        let known = tx.actors(&known).await?;
        let documents = key_change::sift(tx, incoming, documents, &known, now).await?;
        let handles: HashMap<String, String> = known
            .into_iter()
            .map(|actor| (actor.url, actor.handle))
            .collect();
        tx.save_actors(&documents).await?;
        let mut batch = Self::new(context, now, blocks);
        let ids: Vec<Sha256> = incoming.iter().flat_map(InboundActivity::ids).collect();
        let urls: HashSet<Sha256> = incoming
            .iter()
            .map(|activity| Sha256::of(activity.sender.url()))
            .collect();
        let urls: Vec<_> = urls.into_iter().collect();
        batch.seen = tx.seen(&ids).await?.into_iter().collect();
        let posts = incoming
            .iter()
            .filter_map(|activity| activity.deed.named_post());
        let salted: Vec<_> = posts.map(|id| Sha256::salted(&context.salt, id)).collect();
        batch.tombstones = tx.tombstones(&salted).await?.into_iter().collect();
        batch.looks = DereferenceJobs::load(tx, incoming).await?;
        let mut actors = tx.actors(&urls).await?;
        batch.spoke = actors.iter().map(|actor| actor.host_id).collect();
        actors.extend(account_move::successors(tx, &actors).await?);
        let voices: Vec<_> = actors.iter().map(|actor| actor.url_hash.clone()).collect();
        batch.early = tx.early(&voices, &ids, now).await?;
        batch.add(tx, actors, &ids).await?;
        batch.there = there(tx, incoming).await?;
        batch.reach = BoostState::load(tx, incoming, &batch.situations, &ids).await?;
        batch.quotes = QuoteState::load(tx, incoming, &batch.situations).await?;
        batch.reports = FlagState::load(tx, incoming).await?;
        if incoming.iter().any(|activity| activity.deed.may_endorse()) {
            batch.look_at_window(tx).await?;
        }
        for situation in &mut batch.situations {
            let before = handles.get(&situation.actor.url);
            situation.handle_changed =
                before.is_some_and(|handle| *handle != situation.actor.handle);
        }
        Ok(batch)
    }

    /// Loads these actors with all their acts.
    pub async fn of_actors(
        tx: &mut Tx,
        context: &'a Context,
        now: Millis,
        actor_ids: &[i64],
    ) -> Result<Self> {
        let mut batch = Self::new(context, now, blocks::in_force(tx, context).await?);
        let actors = tx.actors_by_id(actor_ids).await?;
        batch.add(tx, actors, &[]).await?;
        Ok(batch)
    }

    /// Loads the surge counts for the domains of this batch.
    pub(in crate::register) async fn look_at_window(&mut self, tx: &mut Tx) -> Result<()> {
        let domains = self
            .situations
            .iter()
            .map(|situation| situation.actor.domain.as_str());
        self.window = Window::load(tx, domains, self.now).await?;
        Ok(())
    }

    async fn add(&mut self, tx: &mut Tx, actors: Vec<ActorRow>, ids: &[Sha256]) -> Result<()> {
        let actor_ids: Vec<i64> = actors.iter().map(|actor| actor.id).collect();
        let skeletons: Vec<String> = actors
            .iter()
            .map(|actor| names::skeleton(&actor.name))
            .collect();
        for (skeleton, owner) in tx.names_taken(&skeletons).await? {
            self.taken.entry(skeleton).or_default().push(owner);
        }
        let mut acts: HashMap<i64, Vec<ActRow>> = HashMap::new();
        for act in tx.acts(&actor_ids, ids).await? {
            acts.entry(act.actor_id).or_default().push(act);
        }
        let mut endorsements: HashMap<_, _> = tx
            .endorsements_of(&actor_ids)
            .await?
            .into_iter()
            .map(|endorsement| (endorsement.actor_id, endorsement))
            .collect();
        let mut followers: HashMap<_, _> = tx
            .followers_of(&actor_ids)
            .await?
            .into_iter()
            .map(|follower| (follower.actor_id, follower))
            .collect();
        for actor in actors {
            let id = actor.id;
            self.by_url.insert(actor.url.clone(), self.situations.len());
            let acts = acts.remove(&id).unwrap_or_default();
            let (endorsement, follower) = (endorsements.remove(&id), followers.remove(&id));
            let severity = self.blocks.actor(&actor.url);
            let situation = ActorState::new(actor, acts, endorsement, follower);
            self.situations.push(ActorState {
                severity,
                ..situation
            });
        }
        Ok(())
    }

    /// The index of an actor in this batch, by its id.
    pub fn find(&self, url: &str) -> Option<usize> {
        self.by_url.get(url).copied()
    }

    /// The ids of the actors whose handle changed with a document of this batch.
    pub(in crate::register) fn renamed(&self) -> HashSet<String> {
        let renamed = self
            .situations
            .iter()
            .filter(|situation| situation.handle_changed);
        renamed
            .map(|situation| situation.actor.url.clone())
            .collect()
    }

    /// Marks these actors as having another handle than before.
    pub(in crate::register) fn rename(&mut self, renamed: &HashSet<String>) {
        for situation in &mut self.situations {
            situation.handle_changed |= renamed.contains(&situation.actor.url);
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> &'a Rules {
        &self.context.rules
    }

    /// The builder of our own activities.
    pub(in crate::register) fn mail(&self) -> ActivityBuilder<'a> {
        ActivityBuilder {
            urls: &self.context.urls,
            chance: self.context.chance.as_ref(),
            now: self.now,
        }
    }

    /// Derives one actor's endorsement again, then sends or takes back its acknowledgement.
    pub fn settle(&mut self, which: usize, cause: Cause, audit_id: Option<i64>) {
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let mut settling = Settling {
            rules: &self.context.rules,
            chance: self.context.chance.as_ref(),
            now: self.now,
            taken: &mut self.taken,
        };
        situation.settle(&mut settling, cause, audit_id);
        self.acknowledge(which);
    }

    /// Writes everything that changed, each table with one statement. Returns what has to follow the commit.
    pub async fn save(mut self, tx: &mut Tx) -> Result<crate::register::PendingDeliveries> {
        tx.host_spoke_to_us(&self.spoke, self.now).await?;
        // Comments end before the acts are saved, so that those written later in the same batch stay.
        for (actor_id, cause) in &self.gone {
            tx.end_comments(*actor_id, self.now, cause.as_str()).await?;
            if *cause == Cause::AccountDeleted {
                tx.forget_actor(*actor_id).await?;
            }
        }
        self.leave_out_comments(tx).await?;
        let passed_on = self.reach.save(tx).await?;
        let stamped = self.quotes.save(tx, self.now).await?;
        self.reports.save(tx).await?;
        self.save_acts(tx).await?;
        self.save_endorsements(tx).await?;
        self.thin_histories(tx).await?;
        self.save_followers(tx).await?;
        tx.save_seen(&self.new_seen, self.now).await?;
        tx.save_early(&self.new_early, self.now.plus(super::receive::EARLY))
            .await?;
        tx.save_tombstones(&self.new_tombstones).await?;
        self.window.save(tx, self.now).await?;
        tx.answered(&self.answered, self.now).await?;
        let now = self.now;
        let jobs: Vec<_> = self
            .situations
            .iter()
            .filter_map(|situation| refresh_jobs::refresh(situation, now))
            .collect();
        tx.add_jobs(&jobs).await?;
        self.looks.order(tx).await?;
        // After the end of the letter's actor, changes are still applied, but nothing is sent any more.
        if !self.mail.is_empty() && tx.retired_at().await?.is_some() {
            self.mail.clear();
        }
        tx.send(&self.mail).await?;
        let mail = !self.mail.is_empty();
        let mut topics = Vec::new();
        let mut situations = self.situations.iter();
        if passed_on
            || stamped
            || situations
                .any(|situation| situation.endorsement_changed || situation.follower_changed)
        {
            topics.push(Topic::Register);
        }
        if mail {
            topics.push(Topic::Queue);
        }
        tx.changed(&topics).await?;
        Ok(crate::register::PendingDeliveries { mail })
    }
}
