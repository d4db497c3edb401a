//! The moderators' rules: they hold what comes from now on. Nothing that is shown changes.

use serde::{Deserialize, Serialize};

use super::audit_target::{entry, note};
use crate::{
    clock::Millis,
    endorsement::word_rules::{Pattern, RuleScope},
    register::error::{Error, Result},
    store::{AuditAction, Topic, Tx, WordRuleRow},
};

/// Most rules at a time: each is compared with everything that comes in.
pub const MAX_RULES: usize = 200;

/// What taking back needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RuleChange {
    /// The number.
    pub(super) number: i64,
    /// The pattern of a rule that was removed: it is erased with the rule.
    pub(super) pattern: Option<String>,
}

/// Adds a rule, with its audit entry; returns its number and the entry's.
///
/// # Errors
/// [`Error::Pattern`] and [`Error::TooManyRules`] change nothing.
pub async fn add(
    tx: &mut Tx,
    pattern: &str,
    scope: RuleScope,
    by: &str,
    now: Millis,
) -> Result<(i64, i64)> {
    Pattern::parse(pattern)?;
    has_room(tx).await?;
    let number = tx.add_word_rule(pattern, scope, by, now).await?;
    let change = RuleChange {
        number,
        pattern: None,
    };
    let audit_id = audit(tx, AuditAction::RuleAdd, &change, by, now).await?;
    Ok((number, audit_id))
}

/// Removes a rule, with its audit entry. Returns it with the entry's number, if there was one. What it held is judged again
/// afterwards ([`judge_held_by_removed_rules`](crate::register::maintenance::judge_again::judge_held_by_removed_rules)).
pub async fn remove(
    tx: &mut Tx,
    number: i64,
    by: &str,
    now: Millis,
) -> Result<Option<(WordRuleRow, i64)>> {
    let mut rules = tx.word_rules().await?.into_iter();
    let Some(rule) = rules.find(|rule| rule.number == number) else {
        return Ok(None);
    };
    tx.remove_word_rule(number, now).await?;
    let change = RuleChange {
        number,
        pattern: Some(rule.pattern.clone()),
    };
    let audit_id = audit(tx, AuditAction::RuleRemove, &change, by, now).await?;
    Ok(Some((rule, audit_id)))
}

/// Whether there may be another rule.
pub(super) async fn has_room(tx: &mut Tx) -> Result<()> {
    if tx.word_rules().await?.len() >= MAX_RULES {
        return Err(Error::TooManyRules(MAX_RULES));
    }
    Ok(())
}

async fn audit(
    tx: &mut Tx,
    action: AuditAction,
    change: &RuleChange,
    by: &str,
    now: Millis,
) -> Result<i64> {
    let target = format!("rule:{}", change.number);
    let undo = serde_json::to_string(change).ok();
    let id = note(tx, entry(action, by, now), &[(target, undo)]).await?;
    tx.changed(&[Topic::Policy]).await?;
    Ok(id)
}
