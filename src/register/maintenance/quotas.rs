//! Limits that keep strangers from filling the register: how much waits, and how long histories and evidence grow.

use std::collections::{HashMap, HashSet};

use crate::{
    clock::Millis,
    endorsement::{Act, ActKind, Cause, State, effective_state, wording::Phrases},
    register::{
        error::Result,
        inbound::{
            activity::InboundActivity,
            actor_state::ActorState,
            takes_back::{TakenBack, taken_back},
        },
    },
    store::{EndorsementRow, Store, Tx},
};

/// Limit of endorsements that wait from one domain: more than a moderator reads, while one machine can make any
/// number of accounts.
const WAITING_PER_DOMAIN: i64 = 1000;

/// Limit of one actor's standing posts that endorse, and of those that only pledge: ten signatures say no more than one, and all that stands is loaded
/// with every activity of the actor.
const SIGNATURES_OF_ONE: usize = 10;

/// Limit of one actor's standing acts of all kinds, beyond which a new like or reaction is not kept: skin tones make many
/// of one emoji.
const ACTS_OF_ONE: usize = 100;

/// Limit of one actor's comments that are kept at a time.
const COMMENTS_OF_ONE: i64 = 100;

/// How many state changes of one endorsement are kept from the beginning of a day, and how many from its end.
const CHANGES_KEPT: usize = 10;

/// Signed requests that are read in one transaction when evidence exceeds its budget.
const EVIDENCE_AT_ONCE: i64 = 500;

impl ActorState {
    /// Whether the limit of standing acts is reached.
    pub(in crate::register) fn has_acts_enough(&self) -> bool {
        self.acts.iter().filter(|row| row.act.endorses()).count() >= ACTS_OF_ONE
    }

    /// Ends an actor's posts beyond the limit, `newest` excepted: first those that would decide last. Nothing was taken
    /// back, so likes go on showing what they showed.
    pub(in crate::register) fn end_surplus(
        &mut self,
        newest: Option<usize>,
        now: Millis,
        cause: Cause,
    ) {
        self.end_surplus_of(|act| act.endorses() && act.is_post(), newest, now, cause);
        let pledges = |act: &Act| act.ended.is_none() && act.kind == ActKind::Pledge;
        self.end_surplus_of(pledges, newest, now, cause);
    }

    fn end_surplus_of(
        &mut self,
        is_meant: impl Fn(&Act) -> bool,
        newest: Option<usize>,
        now: Millis,
        cause: Cause,
    ) {
        let places = self.acts.iter().enumerate();
        let mut posts: Vec<_> = places
            .filter(|(_, row)| is_meant(&row.act))
            .map(|(index, row)| (effective_state::precedence(&row.act), index))
            .collect();
        let surplus = posts.len().saturating_sub(SIGNATURES_OF_ONE);
        posts.retain(|(_, index)| Some(*index) != newest);
        posts.sort_unstable();
        for (_, index) in posts.into_iter().take(surplus) {
            self.change_act(index, |row| row.act.ended = Some((now, cause)));
            self.erase_act(index);
        }
    }

    /// The indexes of comments that this batch added, or made of another act.
    fn changed_comments(&self) -> Vec<usize> {
        let is_comment = |index: &usize| {
            let row = self.acts.get(*index);
            row.is_some_and(|row| row.act.ended.is_none() && row.act.kind == ActKind::Comment)
        };
        self.changed_acts
            .iter()
            .copied()
            .filter(is_comment)
            .collect()
    }

    /// The domain, when the endorsement waits now and did not before this batch.
    fn began_to_wait(&self) -> Option<&String> {
        let row = self.endorsement.as_ref()?;
        let before = self.history.first().map(|(entry, _)| entry.was)?;
        row.waiting_domain
            .as_ref()
            .filter(|_| row.state == State::Pending && before != Some(State::Pending))
    }
}

/// The ids of actors whose activities have to come later, because too much waits from their domain. Actors who in the
/// same batch take something back of what was there `before` are excepted: taking back always works.
pub(in crate::register) async fn crowded(
    tx: &mut Tx,
    phrases: &Phrases,
    before: &[ActorState],
    after: &[ActorState],
    incoming: &[InboundActivity],
) -> Result<HashSet<String>> {
    let waits = |actor| ActorState::began_to_wait(actor).map(|domain| (actor, domain));
    let mut newcomers: Vec<(&ActorState, &String)> = after.iter().filter_map(waits).collect();
    // Places are given in the order of arrival.
    newcomers.sort_by_key(|(actor, _)| {
        let is_theirs = |one: &InboundActivity| one.sender.url() == actor.row.url;
        incoming.iter().position(is_theirs)
    });
    let domains: HashSet<String> = newcomers
        .iter()
        .map(|(_, domain)| (*domain).clone())
        .collect();
    let domains: Vec<String> = domains.into_iter().collect();
    let mut waiting: HashMap<String, i64> = tx.waiting_from(&domains).await?.into_iter().collect();
    let mut crowded = HashSet::new();
    for (actor, domain) in newcomers {
        let url = &actor.row.url;
        let waits = waiting.entry(domain.clone()).or_default();
        let stood = before.iter().find(|stood| stood.row.id == actor.row.id);
        let leaves = |activity: &InboundActivity| {
            let takes_back = |stood| taken_back(&activity.action, stood, phrases);
            activity.sender.url() == url
                && stood.is_some_and(|stood| takes_back(stood) != TakenBack::Nothing)
        };
        if *waits < WAITING_PER_DOMAIN || incoming.iter().any(leaves) {
            *waits += 1;
        } else {
            crowded.insert(url.clone());
        }
    }
    Ok(crowded)
}

/// Drops comments beyond the limit of their actor, be they new or made of a signature by an edit: they are on no page
/// and wait for nobody.
pub(in crate::register) async fn leave_out_comments(
    tx: &mut Tx,
    actors: &mut [ActorState],
    now: Millis,
) -> Result<()> {
    let commenting = actors
        .iter()
        .filter(|actor| !actor.changed_comments().is_empty());
    let ids: Vec<i64> = commenting.map(|actor| actor.row.id).collect();
    let kept: HashMap<i64, i64> = tx.comments_of(&ids).await?.into_iter().collect();
    for actor in actors {
        let mut kept = kept.get(&actor.row.id).copied().unwrap_or_default();
        for index in actor.changed_comments() {
            let is_known = actor.acts.get(index).is_some_and(|row| row.id.is_some());
            // A known one may be among those that were counted.
            if kept < COMMENTS_OF_ONE + i64::from(is_known) {
                kept += 1;
            } else if is_known {
                actor.end(index, now, Cause::Edit);
            } else {
                actor.changed_acts.remove(&index);
                actor.evidence.remove(&index);
            }
        }
    }
    Ok(())
}

/// Drops the middle of a day from the long histories of a batch.
pub(in crate::register) async fn thin_histories(
    tx: &mut Tx,
    actors: &[ActorState],
    now: Millis,
) -> Result<()> {
    let is_long = |row: &&EndorsementRow| {
        usize::try_from(row.changes_today).is_ok_and(|changes| changes > 2 * CHANGES_KEPT)
    };
    let changed = actors.iter().filter(|actor| !actor.history.is_empty());
    let long = changed.filter_map(|actor| actor.endorsement.as_ref().filter(is_long));
    let busy: Vec<i64> = long.filter_map(|row| row.id).collect();
    Ok(tx.thin_history(&busy, now.day(), CHANGES_KEPT).await?)
}

/// Deletes the oldest signed requests until all of them are within `budget` bytes (`privacy.raw_budget`). The acts
/// that they proved stay. Returns how many were deleted.
pub async fn keep_evidence_within(store: &Store, budget: usize) -> Result<usize> {
    let budget = i64::try_from(budget).unwrap_or(i64::MAX);
    let mut tx = store.read().await?;
    if tx.evidence_bytes().await? <= budget {
        return Ok(0);
    }
    // What is deleted is lost, so a kept number alone does not decide about it.
    let mut excess = tx.added_up_evidence().await? - budget;
    drop(tx);
    let mut forgotten = 0;
    while excess > 0 {
        let mut tx = store.write().await?;
        let mut oldest = Vec::new();
        for (act_id, bytes) in tx.oldest_evidence(EVIDENCE_AT_ONCE).await? {
            if excess <= 0 {
                break;
            }
            excess -= bytes;
            oldest.push(act_id);
        }
        if oldest.is_empty() {
            break;
        }
        tx.forget_evidence(&oldest).await?;
        tx.commit().await?;
        forgotten += oldest.len();
    }
    Ok(forgotten)
}
