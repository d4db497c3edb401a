//! One batch of activities in memory: read with one SQL statement per table, and written with one per table.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    pin::Pin,
    sync::Arc,
};

use super::{
    acknowledgement::acknowledge,
    activity::{DereferenceTask, InboundActivity},
    actor_state::ActorState,
    boost_state::BoostState,
    deletions::Deletions,
    dereference_jobs::DereferenceJobs,
    flags::FlagState,
    leaving::{self, Saved},
    news::News,
    project_claims::{
        Claim, NAMED_LATELY, ProjectChange, ProjectClaims, WAITING_OF_ONE, load_facts, new_project,
        project_look,
    },
    quote_state::QuoteState,
    refresh_jobs,
    repetition::Memory,
    saving::{save_acts, save_endorsements, save_followers},
    showing::{NameOwner, Settling, TakenNames},
    surge_limit::{SurgeSource, Window},
};
use crate::register::rules::Context;
use crate::{
    activitystreams::paths::POSTS,
    clock::Millis,
    endorsement::{
        Cause, State,
        blocks::{BlockList, Severity},
        names,
        project::PageKnown,
    },
    hash::Sha256,
    random::PublicId,
    register::{
        actor::following::{self, FollowAnswer},
        error::Result,
        letter::own_boosts,
        maintenance::{links::link_account_on_forge, quotas},
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
        restored::LostPosts,
        rules::{self, Rules},
    },
    store::{ActRow, ActorRow, NewActivity, ProjectRow, Topic, Tx},
};

/// The actors of a batch with their stored rows, and the changes to write.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// Each actor once.
    pub(in crate::register) actors: Vec<ActorState>,
    /// What the actors share.
    pub(in crate::register) shared: Shared<'a>,
    /// The hosts of the senders: each sent something authentic, which proves it alive.
    spoke: Vec<(String, i64)>,
}

/// What belongs to no single actor of a batch: the rules, loaded rows, and the changes to write. It stands beside the
/// actors, so that a use case can change one actor and this at the same time.
#[derive(Clone, Debug)]
pub struct Shared<'a> {
    pub(in crate::register) context: &'a Context,
    pub(in crate::register) now: Millis,
    /// The blocks as read in this transaction; those of `context.rules` may be half a second old.
    pub(in crate::register) blocks: Arc<BlockList>,
    taken: TakenNames,
    /// What was received before.
    pub(in crate::register) memory: Memory,
    pub(in crate::register) deletions: Deletions,
    /// The activities that we send.
    pub(in crate::register) outgoing: Vec<NewActivity>,
    /// Actors whose acts all ended.
    pub(in crate::register) gone: Vec<(i64, Cause)>,
    /// Posts that were deleted or narrowed, each with its author's id: a boost of ours ends with them.
    pub(in crate::register) ended_posts: Vec<(String, String)>,
    /// How Follows of ours were answered.
    pub(in crate::register) follow_answers: Vec<FollowAnswer>,
    pub(in crate::register) boosts: BoostState,
    pub(in crate::register) quotes: QuoteState,
    pub(in crate::register) flags: FlagState,
    /// What the actors say for projects.
    pub(in crate::register) projects: ProjectClaims,
    /// Paths of our own objects that this batch names and that exist.
    pub(in crate::register) existing: HashSet<String>,
    /// Objects that have to be fetched from their own server before they count.
    pub(in crate::register) jobs: DereferenceJobs,
    /// Endorsements of the last hour from the domains of this batch, for the surge limits.
    pub(in crate::register) window: Window,
    /// What was saved before the batch was loaded, and means something for pages.
    pub(in crate::register) saved: News,
    /// Paths of posts of ours that followers and supporters name in this batch and that do not exist, and since when
    /// whoever names it is known.
    missing: Vec<(String, Millis)>,
}

impl<'a> Batch<'a> {
    fn new(context: &'a Context, now: Millis, blocks: Arc<BlockList>) -> Self {
        Self {
            actors: Vec::new(),
            shared: Shared {
                context,
                now,
                blocks,
                taken: TakenNames::new(),
                memory: Memory::default(),
                deletions: Deletions::new(&context.salt, now),
                outgoing: Vec::new(),
                gone: Vec::new(),
                ended_posts: Vec::new(),
                follow_answers: Vec::new(),
                boosts: BoostState::default(),
                quotes: QuoteState::default(),
                flags: FlagState::default(),
                projects: ProjectClaims::default(),
                existing: HashSet::new(),
                jobs: DereferenceJobs::default(),
                window: Window::default(),
                saved: News::Nothing,
                missing: Vec::new(),
            },
            spoke: Vec::new(),
        }
    }

    /// Loads the rows of every sender in `incoming`, and changes nothing. Senders without a row are left out.
    pub(in crate::register) async fn load(
        tx: &mut Tx,
        context: &'a Context,
        now: Millis,
        blocks: Arc<BlockList>,
        memory: Memory,
        incoming: &[InboundActivity],
    ) -> Result<Self> {
        let mut batch = Self::new(context, now, blocks);
        let ids: Vec<Sha256> = incoming.iter().flat_map(InboundActivity::ids).collect();
        let urls: HashSet<Sha256> = incoming
            .iter()
            .map(|activity| Sha256::of(activity.sender.url()))
            .collect();
        let urls: Vec<_> = urls.into_iter().collect();
        let facts: Vec<_> = incoming
            .iter()
            .map(|activity| activity.action.facts())
            .collect();
        let mut actors = tx.actors(&urls).await?;
        batch.spoke = actors
            .iter()
            .map(|actor| (actor.url.clone(), actor.host_id))
            .collect();
        actors.extend(successors(tx, &actors).await?);
        batch.add(tx, actors, &ids).await?;
        let named = incoming.iter().zip(&facts).flat_map(|(activity, facts)| {
            let answered = activity.action.post().map(|post| post.target.as_str());
            let paths = facts.ours.iter().copied().chain(answered);
            paths.map(|path| (path, activity.sender.url()))
        });
        let by_path: BTreeSet<(&str, &str)> = named.collect();
        let named: BTreeSet<&str> = by_path.iter().map(|(path, _)| *path).collect();
        let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
        let Self { actors, shared, .. } = &mut batch;
        shared.memory = memory;
        let posts = facts.iter().filter_map(|facts| facts.post);
        shared.deletions.load(tx, posts).await?;
        shared.existing = tx.standing_objects(&named).await?.into_iter().collect();
        let missing = by_path
            .into_iter()
            .filter(|(path, _)| path.starts_with(POSTS) && !shared.existing.contains(*path));
        let with_witness = missing.filter_map(|(path, sender)| {
            let witness = actors.iter().find(|actor| actor.row.url == sender)?;
            let is_ours = witness.follower.is_some() || witness.endorsement.is_some();
            is_ours.then(|| (path.to_owned(), witness.row.first_seen_at))
        });
        shared.missing = with_witness.collect();
        shared.jobs = DereferenceJobs::load(tx, incoming).await?;
        shared.flags = FlagState::load(tx, incoming).await?;
        shared.projects = ProjectClaims::load(tx, actors).await?;
        shared.quotes = QuoteState::load(tx, &context.salt, incoming, actors).await?;
        if facts.iter().any(|facts| facts.touches_boosts) {
            shared.boosts = BoostState::load(tx, actors, &ids).await?;
        }
        let are_forges = batch.actors.iter().any(ActorState::is_on_forge);
        if are_forges || facts.iter().any(|facts| facts.may_endorse) {
            batch.load_window(tx, incoming).await?;
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
        let mut batch = Self::new(context, now, rules::in_force(tx, context).await?);
        let actors = tx.actors_by_id(actor_ids).await?;
        batch.add(tx, actors, &[]).await?;
        Ok(batch)
    }

    /// Loads a project, also with what it was said to sign by in the posts with these ids, whether or not that ended; and who
    /// is about to speak for it.
    pub(in crate::register) async fn of_project(
        tx: &mut Tx,
        context: &'a Context,
        now: Millis,
        project: i64,
        (posts, speaker): (&[Sha256], i64),
    ) -> Result<Self> {
        let mut batch = Self::new(context, now, rules::in_force(tx, context).await?);
        let actors = tx.actors_by_id(&[project]).await?;
        batch.add(tx, actors, posts).await?;
        load_facts(tx, &batch.shared.blocks, &mut batch.actors, &[speaker]).await?;
        Ok(batch)
    }

    /// Loads these acts as well, by their row ids, where their actors are loaded.
    pub(in crate::register) async fn add_acts(&mut self, tx: &mut Tx, ids: &[i64]) -> Result<()> {
        for act in tx.acts_by_id(ids).await? {
            let actors = &mut self.actors;
            if let Some(actor) = actors.iter_mut().find(|actor| actor.row.id == act.actor_id)
                && !actor.acts.iter().any(|known| known.id == act.id)
            {
                actor.acts.push(act);
            }
        }
        Ok(())
    }

    /// Loads the surge counts for the domains of this batch, and for the hours in which comments on forges were written.
    pub(in crate::register) async fn load_window(
        &mut self,
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<()> {
        let now = self.shared.now;
        let mut sources = Vec::new();
        for actor in &self.actors {
            let row = &actor.row;
            let mut said = vec![now];
            if actor.is_on_forge() {
                said.extend(actor.acts.iter().map(|act| act.act.at));
                let theirs = incoming.iter().filter(|one| one.sender.url() == row.url);
                said.extend(theirs.filter_map(|one| one.action.post()?.published));
            }
            let of = |said: &Millis| SurgeSource::of(&row.url, &row.domain, *said, now);
            sources.extend(said.iter().map(of));
        }
        let keys = sources.iter().map(SurgeSource::key);
        self.shared.window = Window::load(tx, keys, now).await?;
        Ok(())
    }

    async fn add(&mut self, tx: &mut Tx, rows: Vec<ActorRow>, ids: &[Sha256]) -> Result<()> {
        let actor_ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let skeletons: Vec<String> = rows.iter().map(|row| names::skeleton(&row.name)).collect();
        for (skeleton, actor_id, name) in tx.names_taken(&skeletons).await? {
            let owner = NameOwner { actor_id, name };
            self.shared.taken.entry(skeleton).or_default().push(owner);
        }
        let mut acts: HashMap<i64, Vec<ActRow>> = HashMap::new();
        for act in tx.acts(&actor_ids, ids).await? {
            acts.entry(act.actor_id).or_default().push(act);
        }
        let endorsements = tx.endorsements_of(&actor_ids).await?.into_iter();
        let mut endorsements: HashMap<_, _> = endorsements
            .map(|endorsement| (endorsement.actor_id, endorsement))
            .collect();
        let followers = tx.followers_of(&actor_ids).await?.into_iter();
        let mut followers: HashMap<_, _> = followers
            .map(|follower| (follower.actor_id, follower))
            .collect();
        for row in rows {
            let id = row.id;
            let acts = acts.remove(&id).unwrap_or_default();
            let (endorsement, follower) = (endorsements.remove(&id), followers.remove(&id));
            // Of who was erased only the server is known.
            let severity = if row.url.is_empty() {
                self.shared.blocks.host(&row.authority)
            } else {
                self.shared.blocks.actor(&row.url)
            };
            let mut actor = ActorState::new(row, acts, endorsement, follower);
            actor.severity = severity;
            self.actors.push(actor);
        }
        load_facts(tx, &self.shared.blocks, &mut self.actors, &[]).await
    }

    /// The actor with this id, and what it shares with the others.
    pub(in crate::register) fn actor(
        &mut self,
        url: &str,
    ) -> Option<(&mut ActorState, &mut Shared<'a>)> {
        let actor = self.actors.iter_mut().find(|actor| actor.row.url == url)?;
        Some((actor, &mut self.shared))
    }

    /// The id of the actor with this row id.
    pub(in crate::register) fn url_of(&self, row_id: i64) -> Option<String> {
        let actor = self.actors.iter().find(|actor| actor.row.id == row_id)?;
        Some(actor.row.url.clone())
    }

    /// Does something with each actor.
    pub(in crate::register) fn each(
        &mut self,
        mut change: impl FnMut(&mut Shared<'a>, &mut ActorState),
    ) {
        for actor in &mut self.actors {
            change(&mut self.shared, actor);
        }
    }

    /// Drops these senders, before anything was applied. The new account of another sender stays.
    pub(in crate::register) fn leave_out(&mut self, senders: &HashSet<&str>) {
        let is_out = |url: &str| senders.contains(url);
        let others = self.actors.iter().filter(|actor| !is_out(&actor.row.url));
        let new_accounts: HashSet<i64> =
            others.filter_map(|actor| actor.row.successor_id).collect();
        self.actors
            .retain(|actor| !is_out(&actor.row.url) || new_accounts.contains(&actor.row.id));
        self.spoke.retain(|(url, _)| !is_out(url));
    }

    /// Writes everything that changed, each table with one statement. Returns what has to follow the commit.
    pub async fn save(self, tx: &mut Tx) -> Result<PendingDeliveries> {
        Ok(Box::pin(self.save_and_tell(tx)).await?.0)
    }

    /// The same; returns also what the changes mean once they are committed.
    pub(in crate::register) async fn save_and_tell(
        self,
        tx: &mut Tx,
    ) -> Result<(PendingDeliveries, Saved)> {
        let Self {
            mut actors,
            mut shared,
            spoke,
        } = self;
        let now = shared.now;
        // Before the rows get their ids.
        let changed = actors.iter().map(ActorState::news).max();
        let left = News::removal_if(!shared.gone.is_empty());
        let mut news = shared.saved.max(left).max(changed.unwrap_or_default());
        let hosts: Vec<i64> = spoke.into_iter().map(|(_, host_id)| host_id).collect();
        tx.host_spoke_to_us(&hosts, now).await?;
        // Comments end before the acts are saved, so that those written later in the same batch stay.
        end_comments(tx, &mut shared, &actors).await?;
        quotas::leave_out_comments(tx, &mut actors, now).await?;
        news = news.max(shared.boosts.save(tx).await?);
        news = news.max(shared.quotes.save(tx).await?);
        shared.flags.save(tx).await?;
        save_acts(tx, &mut actors, shared.context.random.as_ref(), now).await?;
        let on_forges = leaving::names_on_forges(tx, &actors, &shared.gone).await?;
        save_endorsements(tx, &mut actors).await?;
        let linked = link_accounts(tx, &actors, now).await?;
        news = news.max(News::removal_if(!linked.is_empty()));
        quotas::thin_histories(tx, &actors, now).await?;
        let left = actors.iter().filter(|actor| actor.has_left);
        let left: Vec<i64> = left.map(|actor| actor.row.id).collect();
        tx.forget_undo(&left).await?;
        let theirs = (actors.as_slice(), on_forges);
        let left = leaving::take_off(tx, &shared.context.salt, now, theirs, &shared.gone).await?;
        news = news.max(News::removal_if(!left.names.is_empty()));
        save_followers(tx, &actors).await?;
        shared.memory.save(tx).await?;
        shared.deletions.save(tx).await?;
        shared.window.save(tx, now).await?;
        let noted = actors.iter().filter(|actor| actor.notes_changed);
        let noted: Vec<_> = noted.map(|actor| &actor.row).collect();
        tx.save_notes(&noted).await?;
        let endorse = actors.iter().filter(|actor| actor.begins_to_endorse());
        let begin: Vec<_> = endorse.map(|actor| actor.row.id).collect();
        tx.verify_first(&begin).await?;
        let refreshed = actors.iter();
        let jobs: Vec<_> = refreshed
            .filter_map(|actor| refresh_jobs::refresh(actor, now))
            .collect();
        tx.add_jobs(&jobs).await?;
        for actor in &actors {
            // After all acts of the batch: whoever signs from an account that moved is looked at as well.
            let is_foreign = |to: &String| !shared.context.urls.is_ours(to);
            if let Some(to) = actor.moved_to.clone().filter(is_foreign)
                && !actor.is_blocked()
            {
                shared.jobs.add(actor, &DereferenceTask::Moved { to }, now);
            }
        }
        shared.jobs.order(tx).await?;
        // After the end of the letter's actor, changes are still applied, but nothing is sent any more.
        if !shared.outgoing.is_empty() && tx.retired_at().await?.is_some() {
            shared.outgoing.clear();
        }
        tx.send(&shared.outgoing).await?;
        let unnamed = actors.iter().filter(|actor| actor.became_unnamed());
        let unnamed: Vec<i64> = unnamed
            .map(|actor| actor.row.successor_id.unwrap_or(actor.row.id))
            .collect();
        let mut unboosted = own_boosts::boosted_against_their_state(tx, &unnamed).await?;
        unboosted.extend(shared.gone.iter().map(|(actor_id, _)| *actor_id));
        let unboosted =
            own_boosts::end_those(tx, &shared.builder(), &shared.ended_posts, &unboosted).await?;
        LostPosts::add(tx, &shared.missing).await?;
        // After everything was queued, so that answers to what came in the same batch are dropped as well.
        for (actor_id, cause) in &shared.gone {
            if matches!(cause, Cause::AccountDeleted | Cause::Gone) {
                tx.abandon_to_actor(*actor_id, now).await?;
            }
        }
        let answered = following::note_answers(tx, &shared.follow_answers, now).await?;
        let (context, claims) = (shared.context, std::mem::take(&mut shared.projects));
        let for_projects = carry_out(tx, context, now, claims, &actors, &shared.gone).await?;
        let queued = !shared.outgoing.is_empty() || unboosted || for_projects;
        let mut topics = Vec::new();
        let is_public = |activity: &NewActivity| activity.public;
        news = news.max(News::addition_if(shared.outgoing.iter().any(is_public)));
        news = news.max(News::removal_if(unboosted || answered));
        match news {
            News::Removal => topics.push(Topic::Register),
            News::Addition => topics.push(Topic::Additions),
            News::Nothing => (),
        }
        if queued {
            topics.push(Topic::Queue);
        }
        tx.changed(&topics).await?;
        Ok((PendingDeliveries { queued }, Saved { news, left, linked }))
    }
}

/// Ends the comments of those of whom everything ended.
async fn end_comments(tx: &mut Tx, shared: &mut Shared<'_>, actors: &[ActorState]) -> Result<()> {
    for (actor_id, cause) in &shared.gone {
        tx.end_comments(*actor_id, shared.now, cause.as_str())
            .await?;
        let actor = actors.iter().find(|actor| actor.row.id == *actor_id);
        if let Some(actor) = actor.filter(|_| *cause != Cause::Gone) {
            for post in tx.returning_posts(*actor_id).await? {
                shared.deletions.withdraw(&actor.row.url, &post);
            }
        }
        if *cause == Cause::AccountDeleted {
            tx.forget_actor(*actor_id).await?;
        }
    }
    Ok(())
}

/// Carries out what a batch says about projects, once its senders are saved. `gone`: the actors of whom everything ended.
/// Whoever is blocked, or whose own entry a moderator ended, speaks for nothing any more. Returns whether anything was
/// queued.
fn carry_out<'t>(
    tx: &'t mut Tx,
    context: &'t Context,
    now: Millis,
    mut claims: ProjectClaims,
    actors: &'t [ActorState],
    gone: &[(i64, Cause)],
) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 't>> {
    let accounts = || actors.iter().filter(|actor| !actor.is_project());
    let blocked = accounts().filter(|actor| actor.is_blocked());
    let blocked = blocked.map(|actor| (actor.row.id, Cause::Block));
    let ended = accounts().filter(|actor| actor.endorsement_changed && actor.sticks().is_some());
    let ended = ended.map(|actor| (actor.row.id, Cause::Decision));
    claims.end_all(gone.iter().copied().chain(blocked).chain(ended));
    let changes = claims.into_changes();
    Box::pin(async move {
        let mut queued = false;
        for change in changes {
            queued |= match change {
                ProjectChange::Speaks(claim) => speak_for_project(tx, context, now, &claim).await?,
                ProjectChange::Ends(speaker, post, cause) => {
                    end_claims(tx, context, now, speaker, (post.as_deref(), None), cause).await?
                }
            };
        }
        Ok(queued)
    })
}

/// Ends what a speaker said in a post, or in all, except for one project.
async fn end_claims(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    speaker: i64,
    (post, but): (Option<&str>, Option<i64>),
    cause: Cause,
) -> Result<bool> {
    let claims = tx.claims_of(&[speaker]).await?.into_iter();
    let meant = claims.filter(|claim| {
        post.is_none_or(|post| claim.object == post) && Some(claim.actor_id) != but
    });
    let mut projects: Vec<i64> = meant.map(|claim| claim.actor_id).collect();
    projects.dedup();
    if projects.is_empty() {
        return Ok(false);
    }
    let mut batch = Batch::of_actors(tx, context, now, &projects).await?;
    batch.each(|shared, project| {
        let is_it = |row: &ActRow| {
            row.speaker == Some(speaker)
                && row.act.ended.is_none()
                && post.is_none_or(|post| row.object == post)
        };
        for index in project.places(is_it) {
            project.end(index, now, cause);
            // What somebody said for others is kept no longer than what they said for themselves.
            project.erase_act(index);
        }
        shared.settle(project, cause, None);
    });
    Ok(batch.save(tx).await?.queued)
}

/// Stores that somebody speaks for a project, and has its page read.
async fn speak_for_project(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    claim: &Claim,
) -> Result<bool> {
    let address = &claim.address;
    let id = Sha256::of(&address.id());
    let blocks = rules::in_force(tx, context).await?;
    if blocks.host(address.host()) == Some(Severity::Block) {
        return Ok(false);
    }
    let known = tx.actors(std::slice::from_ref(&id)).await?.pop();
    let known = known.map(|row| row.id);
    let but = (Some(claim.post.id.as_str()), known);
    let mut queued = end_claims(tx, context, now, claim.speaker, but, Cause::Edit).await?;
    let spoken = tx.claims_of(&[claim.speaker]).await?;
    let speaks = spoken.iter().any(|row| Some(row.actor_id) == known);
    let unproven = tx
        .unproven_claims(claim.speaker, now.minus(NAMED_LATELY))
        .await?;
    let others = unproven.iter().filter(|project| Some(**project) != known);
    if !speaks && others.count() >= WAITING_OF_ONE {
        return Ok(queued);
    }
    let project = if let Some(project) = known {
        project
    } else {
        tx.save_actors(&[new_project(address, now)]).await?;
        let saved = tx.actors(std::slice::from_ref(&id)).await?;
        let Some(row) = saved.first() else {
            return Ok(queued);
        };
        tx.save_project(&ProjectRow {
            actor_id: row.id,
            slot: address.domain(),
            known: PageKnown::default(),
            looked_at: None,
            crowded: false,
        })
        .await?;
        row.id
    };
    let ids = [Sha256::of(&claim.post.id)];
    let mut batch = Batch::of_project(tx, context, now, project, (&ids, claim.speaker)).await?;
    batch.each(|shared, actor| {
        actor.take_claim(shared.rules(), claim, now);
        shared.settle(actor, Cause::Act, None);
    });
    queued |= batch.save(tx).await?.queued;
    tx.add_jobs(&[project_look(&address.id(), now, false)])
        .await?;
    Ok(queued)
}

/// Links the accounts on forges that count from now on with their names in the letter's file. Returns the endorsements of
/// those that are.
async fn link_accounts(tx: &mut Tx, actors: &[ActorState], now: Millis) -> Result<Vec<PublicId>> {
    let mut linked = Vec::new();
    for actor in actors.iter().filter(|actor| actor.is_on_forge()) {
        let endorsement = actor.endorsement.as_ref();
        let counts = endorsement.filter(|row| {
            actor.endorsement_changed
                && matches!(row.state, State::Listed | State::Counted)
                && !row.organisation
        });
        if let Some(row) = counts
            && let Some(id) = row.id
            && link_account_on_forge(tx, &actor.row, id, now).await?
        {
            linked.push(row.public_id.clone());
        }
    }
    Ok(linked)
}

/// The new accounts of those `actors` that moved, except those that are among `actors` already.
async fn successors(tx: &mut Tx, actors: &[ActorRow]) -> Result<Vec<ActorRow>> {
    let here: HashSet<i64> = actors.iter().map(|actor| actor.id).collect();
    let wanted = actors.iter().filter_map(|actor| actor.successor_id);
    let missing: HashSet<i64> = wanted.filter(|id| !here.contains(id)).collect();
    let missing: Vec<i64> = missing.into_iter().collect();
    let mut found = tx.actors_by_id(&missing).await?;
    // An erased account is nobody's successor.
    found.retain(|actor| !actor.url.is_empty());
    Ok(found)
}

impl<'a> Shared<'a> {
    /// The rules in force.
    pub fn rules(&self) -> &'a Rules {
        &self.context.rules
    }

    /// The builder of our own activities.
    pub(in crate::register) fn builder(&self) -> ActivityBuilder<'a> {
        ActivityBuilder {
            urls: &self.context.urls,
            random: self.context.random.as_ref(),
            now: self.now,
        }
    }

    /// Derives an actor's endorsement again, then sends or takes back its acknowledgement.
    pub fn settle(&mut self, actor: &mut ActorState, cause: Cause, audit_id: Option<i64>) {
        let rules = self.rules();
        let mut settling = Settling {
            rules,
            urls: &self.context.urls,
            random: self.context.random.as_ref(),
            now: self.now,
            taken: &mut self.taken,
        };
        actor.settle(&mut settling, cause, audit_id);
        let activities = acknowledge(actor, &self.builder(), rules);
        self.outgoing.extend(activities);
    }

    /// Ends one act of an actor.
    pub(in crate::register) fn end(
        &mut self,
        actor: &mut ActorState,
        index: usize,
        at: Millis,
        cause: Cause,
    ) {
        actor.end(index, at, cause);
        self.settle(actor, cause, None);
    }

    /// Whether this actor or the sender deleted a post: what an old account deleted before its Move stays deleted.
    pub(in crate::register) fn is_deleted(
        &self,
        actor: &ActorState,
        incoming: &InboundActivity,
        post: &str,
    ) -> bool {
        let mut authors = authors(actor, incoming).into_iter();
        authors.any(|author| self.deletions.has(author, post))
    }

    /// Whether this path is the letter or a post of ours that was not deleted.
    pub(in crate::register) fn exists(&self, target: &str) -> bool {
        self.existing.contains(target)
    }
}

/// Who may be the author of a post: the actor, and the sender, whose account may have moved to it.
pub(in crate::register) fn authors<'a>(
    actor: &'a ActorState,
    incoming: &'a InboundActivity,
) -> Vec<&'a str> {
    let mut authors = vec![actor.row.url.as_str(), incoming.sender.url()];
    authors.dedup();
    authors
}
