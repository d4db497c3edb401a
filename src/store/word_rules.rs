//! The moderators' rules about words and names.

use sqlx::FromRow;

use super::{Result, Tx, error::word};
use crate::{clock::Millis, endorsement::word_rules::RuleScope};

/// One rule as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRuleRow {
    /// Its number.
    pub number: i64,
    /// The pattern as it was typed.
    pub pattern: String,
    /// What it looks at.
    pub scope: RuleScope,
    /// Who entered it.
    pub by: String,
    /// Since when it holds.
    pub at: Millis,
}

#[derive(FromRow)]
struct WordRuleColumns {
    id: i64,
    pattern: String,
    scope: String,
    by: String,
    at: Millis,
}

impl Tx {
    /// All rules in force, by number.
    pub async fn word_rules(&mut self) -> Result<Vec<WordRuleRow>> {
        let rows: Vec<WordRuleColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT id, pattern, scope, by, at FROM word_rule WHERE removed_at IS NULL ORDER BY id"
            ),
            fetch_all
        )?;
        let row = |row: WordRuleColumns| {
            Ok(WordRuleRow {
                number: row.id,
                scope: word("word_rule", "scope", &row.id, &row.scope)?,
                pattern: row.pattern,
                by: row.by,
                at: row.at,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// Adds a rule; returns its number.
    pub async fn add_word_rule(
        &mut self,
        pattern: &str,
        scope: RuleScope,
        by: &str,
        at: Millis,
    ) -> Result<i64> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "INSERT INTO word_rule (pattern, scope, by, at) VALUES ($1, $2, $3, $4) RETURNING id"
            )
            .bind(pattern)
            .bind(scope.as_str())
            .bind(by)
            .bind(at),
            fetch_one
        )?)
    }

    /// Removes a rule; false when none with this number is in force.
    pub async fn remove_word_rule(&mut self, number: i64, at: Millis) -> Result<bool> {
        let removed = execute!(
            self,
            sqlx::query(
                "UPDATE word_rule SET removed_at = $2, pattern = '' WHERE id = $1 AND removed_at IS NULL"
            )
            .bind(number)
            .bind(at)
        )?;
        Ok(removed > 0)
    }

    /// Brings a removed rule back with its pattern, under the same number; false when none with this number is removed.
    pub async fn restore_word_rule(&mut self, number: i64, pattern: &str) -> Result<bool> {
        let restored = execute!(
            self,
            sqlx::query(
                "UPDATE word_rule SET removed_at = NULL, pattern = $2 WHERE id = $1 AND removed_at IS NOT NULL"
            )
            .bind(number)
            .bind(pattern)
        )?;
        Ok(restored > 0)
    }

    /// Up to `limit` actors with a row id above `after` who have an act that a removed rule holds, in that order.
    pub async fn held_by_removed_rules(&mut self, after: i64, limit: i64) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT actor_id
             FROM act
             WHERE ended_at IS NULL AND waits_for = 'rule' AND actor_id > $1
               AND rule_id IN (SELECT id FROM word_rule WHERE removed_at IS NOT NULL)
             GROUP BY actor_id
             ORDER BY actor_id
             LIMIT $2",
            )
            .bind(after)
            .bind(limit),
            fetch_all
        )?)
    }
}
