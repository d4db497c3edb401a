//! What looks at the pages of projects change: which are listed, which wait, and which end.
//!
//! Not here: the looks (`federation::project_look`), and what a look means (`endorsement::project`).

use std::time::Duration;

use crate::{
    clock::Millis,
    endorsement::{
        ActOutcome, Cause, MaxVisibility, names,
        policy::Acknowledge,
        project::{PageChange, PageKnown, PageSight, after_page_look},
    },
    i18n::Language,
    register::{
        error::Result,
        inbound::{
            batch::Batch,
            dereference_jobs::check_post,
            project_claims::{self, PROJECT_NEXT_LOOK},
        },
        outgoing::ActivityBuilder,
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{ActRow, ProjectRow, ProjectSource, Topic, Tx},
    text::shorten,
};

/// How long an address is not read again, whoever names it.
const AGAIN_AFTER: Duration = Duration::from_hours(1);

/// How long no page of a host is read after another one of it.
const HOST_RESTS: Duration = Duration::from_secs(10);

/// How soon a page is looked at again that does not sign yet.
const WAITS_FOR: Duration = Duration::from_hours(6);

/// How often one account is told at most what a page lacks.
const TOLD_EVERY: Duration = Duration::from_hours(24);

/// Longest title of a page that is kept, in graphemes.
const MAX_TITLE: usize = 200;

/// How often pages are read: at the paces of this file, and quicker only where `verify.interval` is less than a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookPace {
    /// How long an address is not read again.
    pub again: Duration,
    /// How long no other page of its host is read.
    pub host_rests: Duration,
    /// After which a page that does not sign is looked at again.
    waits: Duration,
    /// After which one that does is.
    interval: Duration,
}

impl LookPace {
    /// The pace with this `verify.interval`.
    pub fn of(interval: Duration) -> Self {
        Self {
            again: AGAIN_AFTER.min(interval / 4),
            host_rests: HOST_RESTS.min(interval / 16),
            waits: WAITS_FOR.min(interval / 3),
            interval,
        }
    }
}

/// What a look found on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFinding {
    /// What it says about the letter.
    pub sight: PageSight,
    /// Its title.
    pub title: Option<String>,
    /// Of which there is one entry; `None` when there is none for such an address.
    pub slot: Option<String>,
}

/// Orders the next look, by a job of the other kind than the one that runs.
///
/// # Errors
/// The database failed.
pub async fn look_again(tx: &mut Tx, id: &str, job: &str, at: Millis) -> Result<()> {
    let next = project_claims::project_look(id, at, job != PROJECT_NEXT_LOOK);
    tx.add_jobs(&[next]).await?;
    Ok(())
}

/// When a page is looked at again that could not be read.
pub fn after_failure(pace: LookPace, now: Millis) -> Millis {
    now.plus(pace.waits.max(pace.again))
}

/// Notes what a look found: the entry is listed, waits or ends by it. Returns what has to follow the commit, and when the
/// next look is.
///
/// # Errors
/// The database failed.
pub async fn note_page(
    tx: &mut Tx,
    context: &Context,
    source: &ProjectSource,
    finding: &PageFinding,
    (pace, grace): (LookPace, Duration),
    now: Millis,
) -> Result<(PendingDeliveries, Millis)> {
    let project = source.actor_id;
    let Some(before) = tx.projects(&[project]).await?.pop() else {
        return Ok((PendingDeliveries::default(), after_failure(pace, now)));
    };
    // What an address of a forge says that is no repository, anybody there could say.
    let sight = match finding.slot {
        Some(_) => finding.sight,
        None => PageSight::Nothing,
    };
    let counts = counts(tx, context, project, now).await?;
    // What never counted has nothing to lose.
    let change = if counts {
        after_page_look(before.known, sight, now, grace)
    } else {
        PageChange::Is(sight)
    };
    let known = match change {
        PageChange::Is(sight) | PageChange::Gone(sight) => PageKnown {
            sight: Some(sight),
            missed_at: None,
        },
        PageChange::Miss => PageKnown {
            missed_at: Some(now),
            ..before.known
        },
        PageChange::Keep => before.known,
    };
    tx.save_project(&ProjectRow {
        slot: finding.slot.clone().unwrap_or(before.slot),
        known,
        looked_at: Some(now),
        ..before
    })
    .await?;
    let title = finding
        .title
        .as_deref()
        .map(|title| names::clean(title, ""));
    if let Some(title) = title.filter(|_| sight != PageSight::Nothing) {
        tx.name_project(project, &shorten(&title, MAX_TITLE))
            .await?;
    }
    let mut batch = Batch::of_actors(tx, context, now, &[project]).await?;
    batch.each(|shared, actor| {
        if matches!(change, PageChange::Gone(_)) {
            actor.end_all(now, Cause::Gone);
            return shared.settle(actor, Cause::Gone, None);
        }
        // What was restored from a backup is shown again once the page was read.
        let restored =
            |row: &ActRow| row.act.endorses() && row.act.ceiling == MaxVisibility::Restored;
        actor.change_acts(restored, |row| row.act.ceiling = MaxVisibility::Named);
        actor.judge_claims(shared.rules(), now);
        shared.settle(actor, Cause::Waited, None);
    });
    let mut effects = batch.save(tx).await?;
    if known.sight != Some(PageSight::Signs) {
        effects.queued |= tell_speakers(tx, context, source, now).await?;
    }
    // Of a post that was deleted its server may not have told us.
    for post in tx.posts_of_project(project).await? {
        tx.add_jobs(&[check_post(&post, now)]).await?;
    }
    let next = match known {
        PageKnown {
            missed_at: Some(missed_at),
            ..
        } => missed_at.plus(grace).max(now.plus(pace.again)),
        PageKnown {
            sight: Some(PageSight::Signs),
            ..
        } => now.plus(pace.interval),
        PageKnown { .. } => after_failure(pace, now),
    };
    Ok((effects, next))
}

/// Whether an act of a project counts already.
async fn counts(tx: &mut Tx, context: &Context, project: i64, now: Millis) -> Result<bool> {
    let batch = Batch::of_actors(tx, context, now, &[project]).await?;
    let mut acts = batch.actors.iter().flat_map(|actor| actor.acts.iter());
    Ok(acts.any(|row| {
        row.act.endorses() && matches!(row.act.outcome, ActOutcome::Listed | ActOutcome::Counted)
    }))
}

/// Tells those who speak for a project what its page lacks, each once. Returns whether anything was queued.
async fn tell_speakers(
    tx: &mut Tx,
    context: &Context,
    source: &ProjectSource,
    now: Millis,
) -> Result<bool> {
    if context.rules.policy.acknowledge == Acknowledge::None {
        return Ok(false);
    }
    let untold = tx
        .untold_speakers(source.actor_id, now.minus(TOLD_EVERY))
        .await?;
    let ids: Vec<i64> = untold.iter().map(|one| one.speaker_id).collect();
    let speakers = tx.actors_by_id(&ids).await?;
    let builder = ActivityBuilder {
        urls: &context.urls,
        random: context.random.as_ref(),
        now,
    };
    let language = &context.rules.language;
    let text = Language::of(language).answers.no_link;
    let mut answers = Vec::new();
    for one in &untold {
        let Some(speaker) = speakers.iter().find(|row| row.id == one.speaker_id) else {
            continue;
        };
        if context.rules.blocks.blocks_actor(&speaker.url) {
            continue;
        }
        let said = (text, Some(source.address.as_str()));
        let (_, answer) = builder.direct(speaker, &one.object, language, said);
        answers.push(answer);
        tx.told_speaker(one.act_id, now).await?;
    }
    tx.send(&answers).await?;
    if !answers.is_empty() {
        tx.changed(&[Topic::Queue]).await?;
    }
    Ok(!answers.is_empty())
}
