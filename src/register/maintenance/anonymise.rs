//! Names, words and evidence of everybody who endorsed become numbers, so long after the letter was closed
//! (`privacy.anonymise_after_close`).
//!
//! What stays of an endorsement is its row: state, kind, day, revision and host, and hashes by which a Like, a post or an
//! account is known when its author takes it back. It cannot be undone. A letter that opens before the date keeps its names.

use std::time::Duration;

use crate::{
    clock::Millis,
    endorsement::{Cause, MaxVisibility, State},
    register::{
        error::Result,
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
            showing::forget_words,
        },
        letter::letter_state::LetterSchedule,
        rules::Context,
    },
    store::{ActRow, Store, Topic, Tx},
};

/// How long before the date organisers are warned.
pub const WARNED_BEFORE: Duration = Duration::from_hours(7 * 24);
/// Limit of endorsements in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 200;
/// How many row ids of people are looked through in one transaction.
const PEOPLE_AT_ONCE: i64 = 1000;
/// How long somebody is known who is no endorser by name any more.
const KNOWN_FOR: Duration = Duration::from_hours(22);
/// The setting with the time at which names last became numbers.
const ANONYMISED_AT: &str = "anonymised_at";

/// When names become numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anonymising {
    /// `privacy.anonymise_after_close`; `None` is never.
    pub after: Option<Duration>,
    /// `endorsing.close_at`.
    pub closes_at: Option<Millis>,
}

impl Anonymising {
    /// When it is due; `None` while the letter is not closed, or when it never is.
    pub async fn due(&self, tx: &mut Tx, now: Millis) -> Result<Option<Millis>> {
        let Some(after) = self.after else {
            return Ok(None);
        };
        let schedule = LetterSchedule::read(tx, self.closes_at).await?;
        Ok(schedule.closed_since(now).map(|since| since.plus(after)))
    }

    /// When it is due, if it is not over and organisers are to be warned.
    pub async fn warning(&self, tx: &mut Tx, now: Millis) -> Result<Option<Millis>> {
        let due = self.due(tx, now).await?;
        Ok(due.filter(|due| *due > now && *due <= now.plus(WARNED_BEFORE)))
    }
}

/// When names last became numbers; `None` if they never did.
pub async fn anonymised_at(tx: &mut Tx) -> Result<Option<Millis>> {
    let at = tx.setting(ANONYMISED_AT).await?;
    Ok(at.as_deref().and_then(Millis::parse_rfc3339))
}

/// Makes numbers of names if that is due, in transactions of bounded size; returns of how many endorsements. What comes
/// from the same people afterwards is erased by a later call.
pub async fn anonymise(
    store: &Store,
    context: &Context,
    when: &Anonymising,
    now: Millis,
) -> Result<u64> {
    let mut tx = store.read().await?;
    let Some(due) = when.due(&mut tx, now).await?.filter(|due| *due <= now) else {
        return Ok(0);
    };
    let is_first = anonymised_at(&mut tx).await?.is_none_or(|at| at < due);
    drop(tx);
    // Whoever came since is known for a day, as everywhere.
    let read_before = if is_first {
        now.plus(KNOWN_FOR)
    } else {
        now.minus(KNOWN_FOR)
    };
    let (mut n, mut after) = (0, 0);
    loop {
        let actors = store
            .read()
            .await?
            .endorsers_to_anonymise(after, AT_ONCE)
            .await?;
        let Some(last) = actors.last() else { break };
        let people = after.saturating_add(1)..=*last;
        after = *last;
        let mut tx = store.write().await?;
        if !is_due(&mut tx, when, now).await? {
            return Ok(n);
        }
        // First, so that nothing is derived from a handle that is to be erased.
        tx.anonymise_actors(read_before, people).await?;
        let mut batch = Batch::of_actors(&mut tx, context, now, &actors).await?;
        batch.each(|shared, actor| become_number(shared, actor));
        // Nobody is told, and nobody is acknowledged.
        batch.shared.outgoing.clear();
        batch.save(&mut tx).await?;
        tx.anonymise_acts(&actors, now).await?;
        tx.changed(&[Topic::Register]).await?;
        tx.commit().await?;
        n += u64::try_from(actors.len()).unwrap_or_default();
    }
    after = 0;
    while let Some(first) = first_to_anonymise(store, read_before, after).await? {
        after = first.saturating_add(PEOPLE_AT_ONCE - 1);
        let mut tx = store.write().await?;
        if !is_due(&mut tx, when, now).await? {
            return Ok(n);
        }
        tx.anonymise_actors(read_before, first..=after).await?;
        tx.commit().await?;
    }
    if is_first {
        let mut tx = store.write().await?;
        if is_due(&mut tx, when, now).await? {
            tx.anonymise_rest(now).await?;
            tx.set_setting(ANONYMISED_AT, &now.to_string()).await?;
            tx.changed(&[Topic::Register, Topic::Letter]).await?;
            tx.commit().await?;
        }
    }
    Ok(n)
}

/// The first of those who are to be erased above a row id; the snapshot is given back at once.
async fn first_to_anonymise(store: &Store, before: Millis, after: i64) -> Result<Option<i64>> {
    let mut tx = store.read().await?;
    Ok(tx.first_to_anonymise(before, after).await?)
}

/// Whether the letter is closed for long enough, also after somebody may have opened it.
async fn is_due(tx: &mut Tx, when: &Anonymising, now: Millis) -> Result<bool> {
    Ok(when.due(tx, now).await?.is_some_and(|due| due <= now))
}

/// Leaves of an endorsement what counts. What waits or is hidden counts nothing, and ends; of several posts the one that decides stays.
fn become_number(shared: &mut Shared<'_>, actor: &mut ActorState) {
    let Some(row) = &mut actor.endorsement else {
        return;
    };
    forget_words(row);
    row.reason = None;
    let (state, deciding) = (row.state, row.act_id);
    actor.endorsement_changed = true;
    if matches!(state, State::Pending | State::Late | State::Hidden) {
        actor.end_all(shared.now, Cause::Waited);
    }
    // Of a pledge the number stays, too, if it counts; nobody decides about the others any more.
    let is_open = |row: &ActRow| row.act.pledge.is_some_and(|pledge| !pledge.counts());
    actor.change_acts(is_open, |row| row.act.pledge = None);
    let pledging = actor.pledging().and_then(|index| actor.acts.get(index)?.id);
    let surplus = actor.places(|row| {
        row.act.ended.is_none() && row.act.is_post() && row.id != deciding && row.id != pledging
    });
    for index in surplus {
        actor.end(index, shared.now, Cause::Waited);
    }
    for index in actor.places(|row| row.act.ended.is_none()) {
        actor.erase_act(index);
        actor.change_act(index, |row| {
            row.act.ceiling = MaxVisibility::Counted;
            (row.language, row.acknowledged) = (None, None);
        });
    }
    shared.settle(actor, Cause::Settings, None);
}
