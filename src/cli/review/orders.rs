//! The orders of a review session, carried out in the database.

use super::{
    screen::AccountDetails,
    session::{BlockScope, ReviewOrder, ReviewSession, ReviewVerdict},
};
use crate::{
    cli::{
        block::{self, BlockArgs},
        decide::named,
        output::{CommandError, Exit, end},
        report,
    },
    endorsement::{
        WaitsFor,
        block_file::Flags,
        blocks::{Severity, Target},
        decide::Decision,
    },
    register::{
        error::Error,
        moderation::{
            blocks,
            decisions::{
                Action, ActionOrder, ActionTarget, AuditBy, DecisionReason, Showing, carry_out,
                find,
            },
            flags,
            review_queue::{ReviewEntry, ReviewTarget, ReviewTopic},
            told::{HistoryEntry, history_of},
            undo,
            waiting::{about_surge, surging},
        },
        rules::Context,
    },
    server::Environment,
    store::{BlockRow, EndorsementSummary, Tx},
    text::visible,
};

/// Entries in one transaction, so that the inbox never waits long.
const AT_ONCE: usize = 50;

/// How many changes of an endorsement are shown.
const HISTORY: usize = 4;

/// What an act of the session did, for `undo`.
#[derive(Debug)]
struct ReviewAct {
    undo: HowToUndo,
    /// The entries that come back to the queue when it is taken back.
    settled: Vec<ReviewEntry>,
}

#[derive(Debug)]
enum HowToUndo {
    Audit(i64),
    Block(Target),
    /// A report that was resolved stays so.
    Never,
}

/// Where orders are carried out.
pub(super) struct ReviewDesk<'a> {
    env: &'a Environment,
    context: Context,
    acts: Vec<ReviewAct>,
}

/// What came of a verdict.
#[derive(Default)]
struct ReviewOutcome {
    settled: Vec<ReviewEntry>,
    handles: Vec<String>,
    refused: Vec<String>,
    audit: Option<i64>,
}

impl<'a> ReviewDesk<'a> {
    pub(super) async fn at(env: &'a Environment) -> anyhow::Result<Self> {
        Ok(Self {
            env,
            context: env.context().await?,
            acts: Vec::new(),
        })
    }

    /// What is known about the account of an entry.
    pub(super) async fn account(&self, entry: &ReviewEntry) -> anyhow::Result<AccountDetails> {
        let ReviewTarget::Endorsement(row) = &entry.target else {
            return Ok(AccountDetails::default());
        };
        let mut tx = self.env.store.read().await?;
        let actor = tx.actors_by_id(&[row.actor_id]).await?.pop();
        let told = history_of(&mut tx, row).await?;
        let domain = actor.as_ref().map_or("", |actor| &actor.domain);
        let before = told.len().saturating_sub(HISTORY);
        let history = told.iter().skip(before).map(ToString::to_string);
        Ok(AccountDetails {
            made: actor.as_ref().and_then(|actor| actor.published_at),
            seen: actor.as_ref().map(|actor| actor.first_seen_at),
            history: history.collect(),
            hint: hint(&mut tx, entry.topic, row.reason.as_deref(), domain).await?,
        })
    }

    /// Carries an order out, and tells the session what came of it. Only a failing database is an error.
    pub(super) async fn carry_out(
        &mut self,
        session: &mut ReviewSession,
        order: ReviewOrder,
    ) -> anyhow::Result<()> {
        match order {
            ReviewOrder::Decide(verdict, entries) => {
                let reason = session.reason();
                let outcome = self.decide(verdict, entries, reason.as_str()).await?;
                self.note(session, verdict, outcome);
            }
            ReviewOrder::PlanBlock(entry, scope) => match self.plan_block(&entry, scope).await {
                Ok(planned) => session.ask(planned),
                // Such as a report that names several, or a block that is there already.
                Err(error) if error.is::<CommandError>() => session.failed(error.to_string()),
                Err(error) => return Err(error),
            },
            ReviewOrder::Block { entry, target, .. } => {
                self.block(session, &entry, target).await?;
            }
            ReviewOrder::Undo => self.undo(session).await?,
            ReviewOrder::Quit => (),
        }
        Ok(())
    }

    async fn decide(
        &self,
        verdict: ReviewVerdict,
        entries: Vec<(ReviewEntry, bool)>,
        code: &str,
    ) -> anyhow::Result<ReviewOutcome> {
        let mut outcome = ReviewOutcome::default();
        for read in [true, false] {
            let some = entries.iter().filter(|(_, was)| *was == read);
            let some: Vec<_> = some.collect();
            for chunk in some.chunks(AT_ONCE) {
                self.decide_some(verdict, chunk, read, code, &mut outcome)
                    .await?;
            }
        }
        Ok(outcome)
    }

    /// Entries of one group, in one transaction.
    async fn decide_some(
        &self,
        verdict: ReviewVerdict,
        entries: &[&(ReviewEntry, bool)],
        read: bool,
        code: &str,
        outcome: &mut ReviewOutcome,
    ) -> anyhow::Result<()> {
        let Some((first, _)) = entries.first() else {
            return Ok(());
        };
        let (action, needs_reason) = match (first.topic, verdict) {
            (ReviewTopic::Report, ReviewVerdict::Approve) => {
                return self.resolve(entries, outcome).await;
            }
            (ReviewTopic::Report, ReviewVerdict::Reject) => {
                return self.hide_named(entries, code, outcome).await;
            }
            (ReviewTopic::Statement, ReviewVerdict::Approve) => {
                (Action::Statement(Showing::Approve), false)
            }
            (ReviewTopic::Statement, ReviewVerdict::Reject) => {
                (Action::Statement(Showing::Hide), false)
            }
            (ReviewTopic::Name, ReviewVerdict::Approve) => (Action::Name(Showing::Approve), false),
            (ReviewTopic::Name, ReviewVerdict::Reject) => (Action::Name(Showing::Hide), false),
            (ReviewTopic::Comment, _) => (Action::Decide(Decision::Promote), true),
            (_, ReviewVerdict::Approve) => (Action::Decide(Decision::Approve), false),
            (_, ReviewVerdict::Reject) => (Action::Decide(Decision::Reject), true),
        };
        let order = ActionOrder {
            action,
            by: self.env.operator.clone(),
            reason: needs_reason.then(|| DecisionReason::parse(code)),
            named: read,
        };
        let mut tx = self.env.store.write().await?;
        let mut targets = Vec::new();
        let mut whose = Vec::new();
        for (entry, _) in entries {
            let ReviewTarget::Endorsement(shown) = &entry.target else {
                continue;
            };
            match find(&mut tx, shown.public_id.as_str()).await?.pop() {
                Some(row) if row == **shown => {
                    targets.push(ActionTarget::from(&row));
                    whose.push(entry);
                }
                // Somebody else was first, or its author edited it: what was read is not what stands there.
                found => {
                    outcome.settled.push(entry.clone());
                    outcome
                        .refused
                        .push(self.changed(&mut tx, shown, found.is_some()).await?);
                }
            }
        }
        let audit_by = AuditBy::Batch(&mut outcome.audit);
        let now = self.env.clock.now();
        let carried = carry_out(&mut tx, &self.context, now, &targets, &order, audit_by).await?;
        for place in &carried.done {
            if let (Some(target), Some(entry)) = (targets.get(*place), whose.get(*place)) {
                outcome.handles.push(target.handle.clone());
                outcome.settled.push((**entry).clone());
            }
        }
        for (place, error) in &carried.refused {
            // Somebody else was first, or it changed: it no longer waits as it did.
            if let Some(entry) = whose.get(*place) {
                outcome.settled.push((**entry).clone());
            }
            outcome.refused.push(error.to_string());
        }
        tx.commit().await?;
        Ok(())
    }

    /// What happened to an entry since it was shown.
    async fn changed(
        &self,
        tx: &mut Tx,
        shown: &EndorsementSummary,
        is_there: bool,
    ) -> anyhow::Result<String> {
        let handle = visible(&shown.handle);
        if !is_there {
            return Ok(format!("{handle} is no longer here"));
        }
        let told = history_of(tx, shown).await?;
        let last = told.last().filter(|told| told.at > shown.changed_at);
        Ok(match last {
            Some(HistoryEntry {
                action: Some(action),
                by: Some(by),
                at,
                ..
            }) => format!("{handle}: {action} by {}, {at}", visible(by)),
            Some(_) | None => {
                format!("{handle} changed since it was shown; the next review has it again")
            }
        })
    }

    /// Marks reports as dealt with.
    async fn resolve(
        &self,
        entries: &[&(ReviewEntry, bool)],
        outcome: &mut ReviewOutcome,
    ) -> anyhow::Result<()> {
        for (entry, _) in entries {
            let ReviewTarget::Report(number) = &entry.target else {
                continue;
            };
            let mut tx = self.env.store.write().await?;
            let Some(report) = tx.report(*number).await? else {
                continue;
            };
            match flags::resolve(&mut tx, &report, &self.env.operator, self.env.clock.now()).await {
                Ok(()) => {
                    tx.commit().await?;
                    outcome.handles.push(format!("report {number}"));
                }
                Err(error @ Error::AlreadyResolved(_)) => outcome.refused.push(error.to_string()),
                Err(error) => return Err(error.into()),
            }
            outcome.settled.push(entry.clone());
        }
        Ok(())
    }

    /// Hides whom reports name, which marks the reports as dealt with.
    async fn hide_named(
        &self,
        entries: &[&(ReviewEntry, bool)],
        code: &str,
        outcome: &mut ReviewOutcome,
    ) -> anyhow::Result<()> {
        for (entry, _) in entries {
            let ReviewTarget::Report(number) = &entry.target else {
                continue;
            };
            let reason = DecisionReason::parse(code);
            match report::hide_named(self.env, &self.context, *number, reason).await {
                Ok(hidden) => {
                    outcome.handles.extend(hidden.handles);
                    let refused = hidden.refused.iter().map(|(_, error)| error.to_string());
                    outcome.refused.extend(refused);
                    outcome.audit = hidden.audit;
                    outcome.settled.push(entry.clone());
                }
                // Such as one that names nobody, or somebody who is hidden already.
                Err(error) if error.is::<CommandError>() || error.is::<Error>() => {
                    outcome.refused.push(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        session: &mut ReviewSession,
        verdict: ReviewVerdict,
        outcome: ReviewOutcome,
    ) {
        let verb = match verdict {
            ReviewVerdict::Approve => "approved",
            ReviewVerdict::Reject => "rejected",
        };
        if outcome.handles.is_empty() {
            session.carried_out(format!("{verb} nobody"), &outcome.settled);
        } else {
            let handles = outcome.handles.iter().map(String::as_str);
            let said = format!("{verb} {}", named(outcome.handles.len(), handles));
            session.carried_out(said, &outcome.settled);
            // A report that was resolved stays so.
            let is_report = |entry: &ReviewEntry| matches!(entry.target, ReviewTarget::Report(_));
            let (_, back) = outcome.settled.into_iter().partition(is_report);
            self.acts.push(ReviewAct {
                undo: outcome.audit.map_or(HowToUndo::Never, HowToUndo::Audit),
                settled: back,
            });
        }
        if let Some(first) = outcome.refused.first() {
            session.failed(match outcome.refused.len() {
                1 => first.clone(),
                n => format!("{n} were left as they are: {first}"),
            });
        }
    }

    /// Looks up what a block would do, so that the moderator confirms that.
    async fn plan_block(
        &self,
        entry: &ReviewEntry,
        scope: BlockScope,
    ) -> anyhow::Result<ReviewOrder> {
        let args = match (&entry.target, scope) {
            (ReviewTarget::Report(number), _) => {
                report::block_args(self.env, *number, scope == BlockScope::Host).await?
            }
            (ReviewTarget::Endorsement(row), _) => {
                BlockArgs::of(&row.actor, scope == BlockScope::Host)
            }
        };
        let plan = match scope {
            BlockScope::Account => {
                block::plan_for(self.env, &args, Target::Actor(args.target.clone())).await?
            }
            BlockScope::Host => block::plan(self.env, &args).await?,
        };
        let target = plan.policy.target.clone();
        if let Some(known) = plan.before {
            // Undoing this one would lift that one as well.
            return end(
                Exit::Conflict,
                format!("{target}: there is a {known} already"),
            );
        }
        Ok(ReviewOrder::Block {
            entry: Box::new(entry.clone()),
            target,
            effect: plan.in_words(),
        })
    }

    async fn block(
        &mut self,
        session: &mut ReviewSession,
        entry: &ReviewEntry,
        target: Target,
    ) -> anyhow::Result<()> {
        let (env, now) = (self.env, self.env.clock.now());
        if env.store.read().await?.policy(&target).await?.is_some() {
            session.failed(format!("{target}: somebody else was first"));
            return Ok(());
        }
        let policy = BlockRow {
            target: target.clone(),
            severity: Severity::Block,
            public_comment: None,
            private_comment: None,
            flags: Flags::default(),
            at: now,
        };
        blocks::add(
            &env.store,
            &self.context,
            now,
            &policy,
            false,
            &env.operator,
        )
        .await?;
        self.context = env.context().await?;
        let mut said = format!("blocked {target}");
        let covered = |entry: &ReviewEntry| match &entry.target {
            ReviewTarget::Endorsement(row) => self.context.rules.blocks.blocks_actor(&row.actor),
            ReviewTarget::Report(_) => false,
        };
        let back = session.waiting(covered);
        let mut settled = back.clone();
        if let ReviewTarget::Report(number) = &entry.target {
            report::resolve_if_open(env, *number).await?;
            said = format!("{said}, report {number} resolved");
            settled.push(entry.clone());
        }
        session.carried_out(said, &settled);
        self.acts.push(ReviewAct {
            undo: HowToUndo::Block(target),
            settled: back,
        });
        Ok(())
    }

    async fn undo(&mut self, session: &mut ReviewSession) -> anyhow::Result<()> {
        let Some(act) = self.acts.pop() else {
            session.failed("nothing was done in this session that can be taken back".to_owned());
            return Ok(());
        };
        let (env, now) = (self.env, self.env.clock.now());
        match act.undo {
            HowToUndo::Never => {
                session.failed("a report that was resolved stays so".to_owned());
            }
            HowToUndo::Block(target) => {
                blocks::remove(&env.store, &self.context, now, &target, &env.operator).await?;
                self.context = env.context().await?;
                session.taken_back(format!("{target} is no longer blocked"), act.settled);
            }
            HowToUndo::Audit(id) => {
                match undo::undo(&env.store, &self.context, now, id, &env.operator).await {
                    Ok(undone) => {
                        let said = format!(
                            "took {} back, {} had changed since",
                            undone.done, undone.changed
                        );
                        session.taken_back(said, act.settled);
                    }
                    Err(error @ Error::CannotUndo(_)) => session.failed(error.to_string()),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}

/// Which rule or surge an entry waits for, and the command that answers it for all.
async fn hint(
    tx: &mut Tx,
    topic: ReviewTopic,
    reason: Option<&str>,
    domain: &str,
) -> anyhow::Result<Option<String>> {
    Ok(match topic {
        ReviewTopic::Waiting(WaitsFor::Surge) => {
            let surging = surging(tx).await?;
            let its = surging.iter().find(|surge| surge.domain == domain);
            its.map(|surge| format!("{}: {}", surge.domain, about_surge(surge)))
        }
        ReviewTopic::Waiting(WaitsFor::Rule) => {
            let rules = tx.word_rules().await?;
            let held = |id: i64| reason == Some(&format!("rule:{id}"));
            let its = rules.iter().find(|rule| held(rule.number));
            its.map(|rule| {
                let (id, pattern) = (rule.number, &rule.pattern);
                format!("rule {id} `{pattern}`; `undersigned rule remove {id}` lifts it")
            })
        }
        ReviewTopic::Unsure
        | ReviewTopic::Report
        | ReviewTopic::Statement
        | ReviewTopic::Name
        | ReviewTopic::Waiting(_)
        | ReviewTopic::Comment => None,
    })
}
