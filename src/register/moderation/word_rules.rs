//! The moderators' rules: they hold what comes from now on. Nothing that is shown changes.

use crate::{
    clock::Millis,
    endorsement::word_rules::{Pattern, RuleScope},
    register::error::{Error, Result},
    store::{NewAudit, Topic, Tx},
};

/// Most rules at a time: each is compared with everything that comes in.
pub const MAX_RULES: usize = 200;

/// Adds a rule, with its audit entry; returns its number.
///
/// # Errors
/// [`Error::Pattern`] and [`Error::TooManyRules`] change nothing.
pub async fn add(
    tx: &mut Tx,
    pattern: &str,
    scope: RuleScope,
    by: &str,
    now: Millis,
) -> Result<i64> {
    Pattern::parse(pattern)?;
    if tx.word_rules().await?.len() >= MAX_RULES {
        return Err(Error::TooManyRules(MAX_RULES));
    }
    let number = tx.add_word_rule(pattern, scope, by, now).await?;
    audit(tx, "rule.add", number, by, now).await?;
    Ok(number)
}

/// Removes a rule, with its audit entry. Returns whether there was one. What it held is judged again afterwards
/// ([`judge_held_by_removed_rules`](crate::register::maintenance::judge_again::judge_held_by_removed_rules)).
pub async fn remove(tx: &mut Tx, number: i64, by: &str, now: Millis) -> Result<bool> {
    let removed = tx.remove_word_rule(number, now).await?;
    if removed {
        audit(tx, "rule.remove", number, by, now).await?;
    }
    Ok(removed)
}

async fn audit(tx: &mut Tx, action: &str, number: i64, by: &str, now: Millis) -> Result<()> {
    tx.add_audit(&NewAudit {
        at: now,
        by: by.to_owned(),
        action: action.to_owned(),
        code: None,
        target: format!("rule:{number}"),
        reason: None,
    })
    .await?;
    Ok(tx.changed(&[Topic::Policy]).await?)
}
