//! Histories of endorsements: every change of a state, except for the middle of a busy day.

use sqlx::FromRow;

use super::{
    Error, Result, Tx,
    error::{optional_word, word},
};
use crate::{
    clock::Millis,
    endorsement::{Cause, State},
};

/// One change of an endorsement's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// The row id of the endorsement.
    pub endorsement_id: i64,
    /// When.
    pub at: Millis,
    /// The state before; `None` for the first.
    pub was: Option<State>,
    /// The state after.
    pub now: State,
    /// The act that decides now.
    pub act_id: Option<i64>,
    /// The revision that it counts for now.
    pub revision: i64,
    /// The cause of the change.
    pub cause: Cause,
    /// The administrator's audit entry.
    pub audit_id: Option<i64>,
    /// How many changes are left out before it: on a busy day only the first and the last ones are kept.
    pub left_out: i64,
}

#[derive(FromRow)]
struct HistoryColumns {
    id: i64,
    endorsement_id: i64,
    at: Millis,
    was: Option<String>,
    now: String,
    act_id: Option<i64>,
    revision: i64,
    cause: String,
    audit_id: Option<i64>,
    left_out: i64,
}

impl TryFrom<HistoryColumns> for HistoryRow {
    type Error = Error;

    fn try_from(row: HistoryColumns) -> Result<Self> {
        Ok(Self {
            endorsement_id: row.endorsement_id,
            at: row.at,
            was: optional_word("history", "was", &row.id, row.was.as_deref())?,
            now: word("history", "now", &row.id, &row.now)?,
            act_id: row.act_id,
            revision: row.revision,
            cause: word("history", "cause", &row.id, &row.cause)?,
            audit_id: row.audit_id,
            left_out: row.left_out,
        })
    }
}

impl Tx {
    /// Adds to the history of endorsements.
    pub async fn add_history(&mut self, changes: &[HistoryRow]) -> Result<()> {
        built!(
            self,
            |sql, changes| {
                sql.push(
                    "INSERT INTO history (endorsement_id, at, was, now, act_id, revision, cause, audit_id,
                                          left_out) ",
                );
                sql.push_rows(changes, |row, change| {
                    row.push_bind(change.endorsement_id)
                        .push_bind(change.at)
                        .push_bind(change.was.map(State::as_str))
                        .push_bind(change.now.as_str())
                        .push_bind(change.act_id)
                        .push_bind(change.revision)
                        .push_bind(change.cause.as_str())
                        .push_bind(change.audit_id)
                        .push_bind(change.left_out);
                });
            },
            count
        )?;
        Ok(())
    }

    /// The history of one endorsement, oldest first.
    pub async fn history(&mut self, endorsement_id: i64) -> Result<Vec<HistoryRow>> {
        self.histories(&[endorsement_id]).await
    }

    /// The histories of these endorsements, one after the other, each oldest first.
    pub async fn histories(&mut self, endorsement_ids: &[i64]) -> Result<Vec<HistoryRow>> {
        let rows = built!(
            self,
            |sql, endorsement_ids| {
                sql.push(
                    "SELECT id, endorsement_id, at, was, now, act_id, revision, cause, audit_id, left_out
                     FROM history
                     WHERE endorsement_id",
                );
                sql.push_in(endorsement_ids);
                sql.push(" ORDER BY endorsement_id, id");
            },
            rows HistoryColumns
        )?;
        rows.into_iter().map(HistoryRow::try_from).collect()
    }

    /// Thins the histories of these endorsements since `day` began: the first and the last `kept` changes of the day
    /// stay, and the first of the later ones notes how many are left out before it.
    pub async fn thin_history(
        &mut self,
        endorsement_ids: &[i64],
        day: Millis,
        kept: usize,
    ) -> Result<()> {
        for id in endorsement_ids {
            let rows: Vec<(i64, i64)> = on_either!(
                self,
                sqlx::query_as(
                    "SELECT id, left_out
                     FROM history
                     WHERE endorsement_id = $1 AND at >= $2
                     ORDER BY id",
                )
                .bind(*id)
                .bind(day),
                fetch_all
            )?;
            let Some(last_of_middle) = rows.len().checked_sub(kept).filter(|end| *end > kept)
            else {
                continue;
            };
            let (early, late) = rows.split_at(last_of_middle);
            let middle = early.get(kept..).unwrap_or_default();
            let gone: Vec<i64> = middle.iter().map(|(id, _)| *id).collect();
            let left_out: i64 = middle
                .iter()
                .map(|(_, left_out)| left_out.saturating_add(1))
                .sum();
            built!(
                self,
                |sql| {
                    sql.push("DELETE FROM history WHERE id");
                    sql.push_in(&gone);
                },
                count
            )?;
            execute!(
                self,
                sqlx::query("UPDATE history SET left_out = left_out + $2 WHERE id = $1")
                    .bind(late.first().map(|(id, _)| *id))
                    .bind(left_out)
            )?;
        }
        Ok(())
    }
}
