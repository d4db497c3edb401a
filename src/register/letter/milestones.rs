//! Steps of the goal (`[goal]`): one post for each that is reached, ever.
//!
//! The decision is taken in one writing transaction, so that of several processes only one posts. A step is reached
//! when enough supporters have counted for `goal.settle` without a break: an endorser who leaves and comes back
//! starts anew, and those who wait because of a surge do not count. Steps that were passed before they were
//! configured are marked and never announced. A step whose post exceeds `note.max_chars` is marked, too, so that it
//! is not tried for ever.

use std::collections::BTreeSet;

use super::{
    announcements::{PostAudience, PostManner, say},
    note::NoteSettings,
    totals::{Totals, totals},
};
use crate::{
    clock::Millis,
    config::{GoalConfig, GoalCounts},
    i18n::Language,
    letter::literal,
    register::{
        error::{Error, Result},
        outgoing::ActivityBuilder,
    },
    store::{Store, Topic, Tx},
};

/// The setting with the steps that were configured at the last run, and what they count.
const KNOWN_STEPS: &str = "goal_steps";

/// The result of checking the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneOutcome {
    /// Nothing to do before a number changes.
    Nothing,
    /// A step is passed, and has to hold for a while.
    Waits,
    /// This step was announced.
    Announced(u64),
    /// This step is marked as reached without a post, which would be longer than `note.max_chars`.
    TooLong {
        /// The step.
        step: u64,
        /// Characters of the post, as HTML.
        chars: usize,
        /// `note.max_chars`.
        most: usize,
    },
}

/// What is due for the steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Due {
    /// Steps that are reached now, in ascending order.
    reached: Vec<u64>,
    /// The one of them that is announced by a post.
    announced: Option<u64>,
}

/// Checks the goal, and announces a step that was reached; `label` says what is counted of pledges. A step whose post is too
/// long is reported once and counts as reached from then on: [`MilestoneOutcome::TooLong`].
pub async fn announce_reached(
    store: &Store,
    builder: &ActivityBuilder<'_>,
    settings: &NoteSettings,
    (goal, label): (&GoalConfig, Option<&str>),
) -> Result<MilestoneOutcome> {
    let mut tx = store.read().await?;
    let identity = tx.identity().await?;
    // A moved or ended actor posts nothing.
    let silent = identity
        .is_some_and(|identity| identity.moved_to.is_some() || identity.retired_at.is_some());
    if silent || tx.current_revision().await?.is_none() {
        return Ok(MilestoneOutcome::Nothing);
    }
    // A reading transaction comes first, so that checking never disturbs the one writer.
    let seen = MilestoneState::read(&mut tx, goal, builder.now).await?;
    drop(tx);
    if seen.due(goal) == Due::default() && seen.known == Some(known_steps(goal)) {
        return Ok(seen.outcome(goal));
    }
    let mut tx = store.write().await?;
    let state = MilestoneState::read(&mut tx, goal, builder.now).await?;
    let due = state.due(goal);
    let mut topics = Vec::new();
    let mut outcome = state.outcome(goal);
    if let Some(step) = due.announced {
        let (language, warning) = tone(&mut tx, settings).await?;
        let source = source(language, step, (goal.counts, label), &builder.urls.page());
        // The length is checked before anything is written.
        outcome = match say(
            &mut tx,
            builder,
            settings,
            (&source, &[]),
            &PostManner {
                warning,
                unlisted: goal.quiet,
            },
            PostAudience::Followers,
        )
        .await
        {
            Ok(_sent) => {
                topics.extend([Topic::Letter, Topic::Queue]);
                MilestoneOutcome::Announced(step)
            }
            Err(Error::PostTooLong { chars, most }) => {
                MilestoneOutcome::TooLong { step, chars, most }
            }
            Err(error) => return Err(error),
        };
    }
    for step in &due.reached {
        let step = i64::try_from(*step).unwrap_or(i64::MAX);
        tx.add_milestone(step).await?;
    }
    tx.set_setting(KNOWN_STEPS, &known_steps(goal)).await?;
    tx.changed(&topics).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Everything that the decision depends on.
#[derive(Clone, Debug, Default)]
struct MilestoneState {
    /// Steps that were ever reached.
    reached: BTreeSet<u64>,
    /// Steps that were configured at the last run, as [`known_steps`] writes them.
    known: Option<String>,
    /// The number now.
    now: u64,
    /// The number that has held for `goal.settle`.
    settled: u64,
}

impl MilestoneState {
    async fn read(tx: &mut Tx, goal: &GoalConfig, now: Millis) -> Result<Self> {
        let reached = tx.milestones().await?;
        let counted = totals(tx).await?;
        let mut state = Self {
            reached: reached
                .iter()
                .filter_map(|step| u64::try_from(*step).ok())
                .collect(),
            known: tx.setting(KNOWN_STEPS).await?,
            now: number(counted, goal.counts),
            settled: 0,
        };
        // Mostly no step is near. Otherwise more than what is above the lowest one need not be looked at.
        if let Some(lowest) = state.passed(goal).min() {
            let above = i64::try_from(state.now.saturating_sub(lowest)).unwrap_or(i64::MAX);
            let limit = above.saturating_add(1);
            let unsettled = tx.unsettled_counts(now.minus(goal.settle), limit).await?;
            let unsettled = Totals {
                signed: unsettled.signed,
                liked: unsettled.liked,
                pledged: unsettled.pledged,
            };
            state.settled = state.now.saturating_sub(number(unsettled, goal.counts));
        }
        Ok(state)
    }

    /// Steps that the number has passed now, and that were not reached before.
    fn passed<'a>(&'a self, goal: &'a GoalConfig) -> impl Iterator<Item = u64> + 'a {
        let steps = goal.steps.iter().copied();
        steps.filter(|step| *step <= self.now && !self.reached.contains(step))
    }

    fn due(&self, goal: &GoalConfig) -> Due {
        let familiar = |step: u64| {
            let known = self
                .known
                .as_deref()
                .and_then(|known| known.split_once(' '));
            known.is_some_and(|(counts, steps)| {
                counts == goal.counts.as_str()
                    && steps.split(',').any(|part| part == step.to_string())
            })
        };
        // Steps that were not configured before are reached without a post.
        let (waiting, silent): (Vec<u64>, Vec<u64>) =
            self.passed(goal).partition(|step| familiar(*step));
        let holds = waiting.into_iter().filter(|step| *step <= self.settled);
        let holds: Vec<u64> = holds.collect();
        let announced = holds.iter().max().copied().filter(|_| goal.announce);
        let mut reached = [silent, holds].concat();
        reached.sort_unstable();
        Due { reached, announced }
    }

    fn outcome(&self, goal: &GoalConfig) -> MilestoneOutcome {
        let due = self.due(goal).reached;
        if self.passed(goal).any(|step| !due.contains(&step)) {
            MilestoneOutcome::Waits
        } else {
            MilestoneOutcome::Nothing
        }
    }
}

fn number(counted: Totals, counts: GoalCounts) -> u64 {
    let n = match counts {
        GoalCounts::Signed => counted.signed,
        GoalCounts::Total => counted.signed + counted.liked,
        GoalCounts::Pledged => counted.pledged,
    };
    u64::try_from(n).unwrap_or(0)
}

/// The steps of a configuration and what they count, `signed 100,500`.
fn known_steps(goal: &GoalConfig) -> String {
    let steps: Vec<_> = goal.steps.iter().map(u64::to_string).collect();
    format!("{} {}", goal.counts, steps.join(","))
}

/// The language of the letter, and its content warning, which its steps bear, too.
async fn tone(tx: &mut Tx, settings: &NoteSettings) -> Result<(&'static Language, Option<String>)> {
    let revision = tx.current_revision().await?;
    let revision = revision.ok_or(Error::NoLetter)?;
    let letter = settings.read(&revision)?;
    let language = Language::of(settings.language_of(&letter));
    Ok((language, revision.warning))
}

/// The post as Markdown. It declares the language of its own words, which is not the letter's where we have no
/// translation.
fn source(
    language: &Language,
    step: u64,
    (counts, label): (GoalCounts, Option<&str>),
    page: &str,
) -> String {
    let words = match counts {
        GoalCounts::Signed => language.count(step, &language.sent.so_many_signed),
        GoalCounts::Total => language.count(step, &language.sent.so_many_support),
        GoalCounts::Pledged => {
            let pattern = language.sent.so_many_pledged;
            let said = pattern.replace("{n}", &language.number(step));
            said.replace("{label}", &literal(label.unwrap_or_default()))
        }
    };
    format!(
        "---\nlang: {}\n---\n\n{words}\n\n{} <{page}>\n",
        language.code, language.sent.see_supporters,
    )
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The input of one check: the number now, how much of it has settled, and the configuration.
    fn any_look() -> impl Strategy<Value = (u64, u64, GoalConfig)> {
        let steps = proptest::sample::subsequence(vec![1, 3, 5, 8], 0..=4);
        let goal =
            (steps, any::<bool>(), any::<bool>()).prop_map(|(steps, total, announce)| GoalConfig {
                steps,
                counts: if total {
                    GoalCounts::Total
                } else {
                    GoalCounts::Signed
                },
                settle: Duration::from_hours(6),
                announce,
                quiet: false,
            });
        (0..10_u64, 0..10_u64, goal).prop_map(|(now, settled, goal)| (now, settled.min(now), goal))
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_do_each_step_is_said_once_at_most(readings in vec(any_look(), 1..60)) {
            let mut state = MilestoneState::default();
            let mut said: BTreeMap<u64, u32> = BTreeMap::new();
            for (now, settled, goal) in readings {
                state = MilestoneState { now, settled, ..state };
                let due = state.due(&goal);
                if let Some(step) = due.announced {
                    *said.entry(step).or_default() += 1;
                    prop_assert!(settled >= step && goal.announce, "{step} was said too early");
                    prop_assert!(due.reached.contains(&step));
                }
                prop_assert!(due.reached.iter().all(|step| *step <= now && !state.reached.contains(step)));
                state.reached.extend(due.reached);
                state.known = Some(known_steps(&goal));
            }
            prop_assert!(said.values().all(|times| *times == 1), "{said:?}");
        }
    }
}
