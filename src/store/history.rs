//! The histories of endorsements: every change of a state, but for the middle of a busy day.

use sqlx::FromRow;

use super::{
    Error, Result, Tx,
    error::{optional_word, word},
    query_macros::{built, execute, on_either, push_list},
};
use crate::{
    clock::Millis,
    endorsement::{Cause, State},
};

/// One change of an endorsement's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Whose history.
    pub endorsement_id: i64,
    /// When.
    pub at: Millis,
    /// The state before; `None` for the first.
    pub was: Option<State>,
    /// The state after.
    pub now: State,
    /// The act that decides now.
    pub act_id: Option<i64>,
    /// The revision it stands for now.
    pub revision: i64,
    /// What moved it.
    pub cause: Cause,
    /// The administrator's entry behind it.
    pub audit_id: Option<i64>,
    /// How many changes are left out before it: of a busy day only the first and the last are kept.
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
        if changes.is_empty() {
            return Ok(());
        }
        built!(
            self,
            |sql| {
                sql.push(
                    "INSERT INTO history (endorsement_id, at, was, now, act_id, revision, cause, audit_id,
                                          left_out) ",
                );
                sql.push_values(changes, |mut row, it| {
                    row.push_bind(it.endorsement_id)
                        .push_bind(it.at)
                        .push_bind(it.was.map(State::as_str))
                        .push_bind(it.now.as_str())
                        .push_bind(it.act_id)
                        .push_bind(it.revision)
                        .push_bind(it.cause.as_str())
                        .push_bind(it.audit_id)
                        .push_bind(it.left_out);
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
        if endorsement_ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT id, endorsement_id, at, was, now, act_id, revision, cause, audit_id, left_out
                     FROM history
                     WHERE endorsement_id IN ",
                );
                push_list!(sql, endorsement_ids);
                sql.push(" ORDER BY endorsement_id, id");
            },
            rows HistoryColumns
        )?;
        rows.into_iter().map(HistoryRow::try_from).collect()
    }

    /// Thins the histories of these endorsements since `day` began: the first and the last `kept` changes of
    /// the day stay, and the first of the later ones says how many are left out before it.
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
            let Some(last_of_middle) = rows.len().checked_sub(kept).filter(|it| *it > kept) else {
                continue;
            };
            let (early, late) = rows.split_at(last_of_middle);
            let middle = early.get(kept..).unwrap_or_default();
            let gone: Vec<i64> = middle.iter().map(|it| it.0).collect();
            let left_out: i64 = middle.iter().map(|it| it.1.saturating_add(1)).sum();
            built!(
                self,
                |sql| {
                    sql.push("DELETE FROM history WHERE id IN ");
                    push_list!(sql, &gone);
                },
                count
            )?;
            execute!(
                self,
                sqlx::query("UPDATE history SET left_out = left_out + $2 WHERE id = $1")
                    .bind(late.first().map(|it| it.0))
                    .bind(left_out)
            )?;
        }
        Ok(())
    }
}
