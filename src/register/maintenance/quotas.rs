//! What keeps strangers from filling the register: how much waits, how long histories and evidence grow.

use std::collections::{HashMap, HashSet};

use crate::{
    clock::Millis,
    endorsement::{ActKind, ActOutcome, Cause, State},
    register::{
        InboundActivity, Result,
        inbound::{actor_state::ActorState, batch::Batch},
    },
    store::{Store, Tx},
};

/// Most endorsements that wait from one domain: more than a moderator reads, and one machine can make any
/// number of accounts.
const WAITING_PER_DOMAIN: i64 = 1000;

/// Most acts of one actor that stand: whoever signed a hundred times has signed. All of them are read with
/// everything that the actor does.
const ACTS_OF_ONE: usize = 100;

/// Most comments of one actor that are kept at a time.
const COMMENTS_OF_ONE: i64 = 100;

/// Of the changes of one endorsement's state on one day, so many from its beginning and so many from its end
/// are kept.
const CHANGES_KEPT: usize = 10;

/// Requests that are looked at in one transaction when evidence is over its budget.
const EVIDENCE_AT_ONCE: i64 = 500;

impl ActorState {
    /// Whether so many acts stand already that another one adds nothing.
    pub(in crate::register) fn has_acts_enough(&self) -> bool {
        self.acts.iter().filter(|it| it.act.endorses()).count() >= ACTS_OF_ONE
    }

    /// Ends the oldest posts beyond what stands of one actor, those that wait before those that count: many
    /// accounts may move to one.
    pub(in crate::register) fn end_surplus(&mut self, now: Millis) {
        let standing = self.acts.iter().filter(|it| it.act.endorses()).count();
        let places = self.acts.iter().enumerate();
        let mut posts: Vec<_> = places
            .filter(|(_, it)| it.act.endorses() && it.act.is_post())
            .map(|(index, it)| {
                let counts = matches!(it.act.outcome, ActOutcome::Listed | ActOutcome::Counted);
                (counts, it.act.at, index)
            })
            .collect();
        posts.sort_unstable();
        for (_, _, index) in posts.iter().take(standing.saturating_sub(ACTS_OF_ONE)) {
            self.end(*index, now, Cause::Moved);
        }
    }

    /// The comments that this batch brings or makes of something else, by their places.
    fn changed_comments(&self) -> Vec<usize> {
        let is_comment = |it: &usize| {
            let row = self.acts.get(*it);
            row.is_some_and(|it| it.act.ended.is_none() && it.act.kind == ActKind::Comment)
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

impl Batch<'_> {
    /// The ids of actors whose activities have to come later, because too much waits from their domain. Who
    /// takes something back in the same batch is none of them: leaving always works.
    pub(in crate::register) async fn crowded(
        &self,
        tx: &mut Tx,
        incoming: &[InboundActivity],
    ) -> Result<HashSet<String>> {
        let mut newcomers: Vec<(&ActorState, &String)> = self
            .situations
            .iter()
            .filter_map(|it| it.began_to_wait().map(|domain| (it, domain)))
            .collect();
        // Who came first has the place.
        newcomers.sort_by_key(|(it, _)| {
            let is_theirs = |one: &InboundActivity| one.sender.url() == it.actor.url;
            incoming.iter().position(is_theirs)
        });
        let domains: HashSet<String> = newcomers.iter().map(|it| it.1.clone()).collect();
        let domains: Vec<String> = domains.into_iter().collect();
        let mut waiting: HashMap<String, i64> =
            tx.waiting_from(&domains).await?.into_iter().collect();
        let mut crowded = HashSet::new();
        for (situation, domain) in newcomers {
            let url = &situation.actor.url;
            let waits = waiting.entry(domain.clone()).or_default();
            let leaves = |it: &InboundActivity| it.sender.url() == url && it.deed.leaves();
            if *waits < WAITING_PER_DOMAIN || incoming.iter().any(leaves) {
                *waits += 1;
            } else {
                crowded.insert(url.clone());
            }
        }
        Ok(crowded)
    }

    /// Leaves out comments of actors from whom enough are kept, be they new or made of a signature by an edit: they
    /// are on no page and wait for nobody.
    pub(in crate::register) async fn leave_out_comments(&mut self, tx: &mut Tx) -> Result<()> {
        let commenting = self
            .situations
            .iter()
            .filter(|it| !it.changed_comments().is_empty());
        let actors: Vec<i64> = commenting.map(|it| it.actor.id).collect();
        let kept: HashMap<i64, i64> = tx.comments_of(&actors).await?.into_iter().collect();
        let now = self.now;
        for situation in &mut self.situations {
            let mut kept = kept.get(&situation.actor.id).copied().unwrap_or_default();
            for which in situation.changed_comments() {
                let is_known = situation.acts.get(which).is_some_and(|it| it.id.is_some());
                // A known one may be among those that were counted.
                if kept < COMMENTS_OF_ONE + i64::from(is_known) {
                    kept += 1;
                } else if is_known {
                    situation.end(which, now, Cause::Edit);
                } else {
                    situation.changed_acts.remove(&which);
                    situation.evidence.remove(&which);
                }
            }
        }
        Ok(())
    }

    /// Drops the middle of busy days from the histories that this batch made longer.
    pub(in crate::register) async fn thin_histories(&self, tx: &mut Tx) -> Result<()> {
        let mut busy = Vec::new();
        for situation in self.situations.iter().filter(|it| !it.history.is_empty()) {
            let row = situation.endorsement.as_ref();
            let row = row.filter(|it| {
                usize::try_from(it.changes_today).is_ok_and(|it| it > 2 * CHANGES_KEPT)
            });
            busy.extend(row.and_then(|it| it.id));
        }
        Ok(tx.thin_history(&busy, self.now.day(), CHANGES_KEPT).await?)
    }
}

/// Forgets the oldest signed requests until all of them are within `budget` bytes (`privacy.raw_budget`). The
/// acts that they proved stand on. Gives how many were forgotten.
pub async fn keep_evidence_within(store: &Store, budget: usize) -> Result<usize> {
    let budget = i64::try_from(budget).unwrap_or(i64::MAX);
    let mut forgotten = 0;
    loop {
        if store.read().await?.evidence_bytes().await? <= budget {
            return Ok(forgotten);
        }
        let mut tx = store.write().await?;
        let mut excess = tx.evidence_bytes().await? - budget;
        let mut oldest = Vec::new();
        for (act_id, bytes) in tx.oldest_evidence(EVIDENCE_AT_ONCE).await? {
            if excess <= 0 {
                break;
            }
            excess -= bytes;
            oldest.push(act_id);
        }
        if oldest.is_empty() {
            return Ok(forgotten);
        }
        tx.forget_evidence(&oldest).await?;
        tx.commit().await?;
        forgotten += oldest.len();
    }
}
