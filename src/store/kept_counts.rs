//! Counts that triggers keep, compared with the rows and made anew: for `check`, which reads everything.
//!
//! Not here: the triggers (`migrations`), and who reads the counts (`counts`, `followers`, `deliveries`, `evidence`).

use std::collections::BTreeMap;

use super::{Result, Tx};

/// A kept count that differs from what its rows amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongCount {
    /// What is counted, in words: `followers`.
    pub what: String,
    /// What is kept; `None` where nothing is.
    pub kept: Option<i64>,
    /// What was counted.
    pub counted: i64,
}

/// A table of counts.
struct KeptTable {
    name: &'static str,
    /// Its columns, in the order of those that `count` gives.
    columns: &'static str,
    /// The query that counts anew.
    count: &'static str,
    /// What a row counts, in words: an expression.
    what: &'static str,
}

const KEPT: [KeptTable; 7] = [
    KeptTable {
        name: "endorsement_count",
        columns: "state, organisation, liked, revision, statement_waits, name_waits, n",
        count: "
            SELECT state, organisation, kind IN ('like', 'reaction') AS liked, revision,
                   COALESCE(statement_state = 'pending', FALSE)
                       OR COALESCE(declared_state = 'pending', FALSE) AS statement_waits,
                   name_state = 'pending' AND name IS NOT NULL AND edited_name IS NULL AS name_waits,
                   COUNT(*) AS n
            FROM endorsement
            GROUP BY 1, 2, 3, 4, 5, 6",
        what: "
            state || CASE WHEN organisation THEN ' organisations who ' ELSE ' persons who ' END
                  || CASE WHEN liked THEN 'like' ELSE 'signed' END
                  || ' revision ' || CAST(revision AS TEXT)
                  || CASE WHEN statement_waits THEN ', the statement waiting' ELSE '' END
                  || CASE WHEN name_waits THEN ', the name waiting' ELSE '' END",
    },
    KeptTable {
        name: "day_count",
        columns: "day, liked, n",
        count: "
            SELECT endorsed_at / 86400000 AS day, kind IN ('like', 'reaction') AS liked, COUNT(*) AS n
            FROM endorsement
            WHERE state IN ('listed', 'counted') AND NOT organisation
            GROUP BY 1, 2",
        what: "
            'persons who ' || CASE WHEN liked THEN 'like' ELSE 'signed' END || ' since day ' || CAST(day AS TEXT)",
    },
    KeptTable {
        name: "host_count",
        columns: "host_id, n",
        count: "
            SELECT actor.host_id AS host_id, COUNT(*) AS n
            FROM endorsement
            JOIN actor ON actor.id = endorsement.actor_id
            WHERE endorsement.state = 'listed' AND NOT endorsement.organisation
            GROUP BY 1",
        what: "'listed persons of host ' || CAST(host_id AS TEXT)",
    },
    KeptTable {
        name: "signatory_count",
        columns: "source, revision, n",
        count: "
            SELECT source, revision, COUNT(*) AS n
            FROM signatory
            WHERE state = 'listed'
            GROUP BY 1, 2",
        what: "'listed signatories (' || source || ') of revision ' || CAST(revision AS TEXT)",
    },
    KeptTable {
        name: "linked_count",
        columns: "liked, fediverse, shown, revision, other_revision, forge, n",
        count: "
            SELECT liked, fediverse, shown, revision, other_revision, forge, COUNT(*) AS n
            FROM linked_pair
            GROUP BY 1, 2, 3, 4, 5, 6",
        what: "
            'persons with two linked ' || CASE WHEN fediverse THEN 'accounts' ELSE 'entries' END
                  || CASE WHEN liked THEN ', one a like' ELSE '' END || CASE WHEN shown THEN '' ELSE ', one unnamed' END
                  || CASE WHEN forge = '' THEN '' ELSE ', one on a forge beside ' || forge END
                  || ', of revisions ' || CAST(revision AS TEXT) || ' and ' || CAST(other_revision AS TEXT)",
    },
    KeptTable {
        name: "forge_count",
        columns: "source, day, listed, n",
        count: "
            SELECT actor.forge AS source, endorsement.endorsed_at / 86400000 AS day, endorsement.state = 'listed' AS listed,
                   COUNT(*) AS n
            FROM endorsement
            JOIN actor ON actor.id = endorsement.actor_id
            WHERE actor.forge IS NOT NULL AND endorsement.state IN ('listed', 'counted') AND NOT endorsement.organisation
            GROUP BY 1, 2, 3",
        what: "
            CASE WHEN listed THEN 'listed' ELSE 'unnamed' END || ' persons of the forge ' || source
                  || ' since day ' || CAST(day AS TEXT)",
    },
    KeptTable {
        name: "total",
        columns: "name, n",
        count: "
            SELECT 'followers' AS name, COUNT(*) AS n FROM follower WHERE asleep_until IS NULL
            UNION ALL
            SELECT 'boosts', COUNT(*) FROM reach WHERE kind = 'boost'
            UNION ALL
            SELECT 'letter_boosts', COUNT(*) FROM reach WHERE kind = 'boost' AND target = '/letter'
            UNION ALL
            SELECT 'quoting', COUNT(DISTINCT actor_id) FROM reach WHERE kind = 'quote'
            UNION ALL
            SELECT 'evidence_bytes', CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM evidence
            UNION ALL
            SELECT 'delivered', COUNT(*) FROM delivery WHERE state = 'delivered'
            UNION ALL
            SELECT 'refused', COUNT(*) FROM delivery WHERE state = 'refused'
            UNION ALL
            SELECT 'abandoned', COUNT(*) FROM delivery WHERE state = 'abandoned'
            UNION ALL
            SELECT 'pledged', COUNT(*) FROM endorsement
            WHERE state IN ('listed', 'counted') AND NOT organisation AND kind NOT IN ('like', 'reaction')
              AND (pledge = 'clear' OR (pledge IS NOT NULL AND pledge_state = 'shown'))
            UNION ALL
            SELECT 'nameless', COUNT(*) FROM endorsement
            WHERE kind = 'direct' AND state = 'counted' AND NOT organisation
            UNION ALL
            SELECT 'pledges_waiting', COUNT(*) FROM endorsement
            WHERE state IN ('listed', 'counted') AND pledge IS NOT NULL AND pledge_state = 'pending'
              AND COALESCE(statement_state <> 'pending', TRUE) AND COALESCE(declared_state <> 'pending', TRUE)
            UNION ALL
            SELECT 'organisations', COUNT(*) FROM organisation WHERE removed_at IS NULL",
        what: "
            CASE name WHEN 'letter_boosts' THEN 'boosts of the letter'
                      WHEN 'quoting' THEN 'accounts that quote'
                      WHEN 'evidence_bytes' THEN 'bytes of signed requests'
                      WHEN 'nameless' THEN 'persons who signed without a name'
                      WHEN 'pledged' THEN 'persons who signed and pledged'
                      WHEN 'pledges_waiting' THEN 'pledges that wait'
                      WHEN 'organisations' THEN 'organisations by hand'
                      WHEN 'followers' THEN name
                      WHEN 'boosts' THEN name
                      ELSE name || ' deliveries' END",
    },
];

impl Tx {
    /// The kept counts that differ from what their rows amount to; none, if the triggers did their work. Reads all rows
    /// of every table that is counted.
    pub async fn wrong_counts(&mut self) -> Result<Vec<WrongCount>> {
        let mut wrong = Vec::new();
        for table in &KEPT {
            let all_kept = self.by_what(table, table.name).await?;
            let mut all_counted = self.by_what(table, &format!("({})", table.count)).await?;
            for (what, kept) in all_kept {
                let counted = all_counted.remove(&what).unwrap_or_default();
                if kept != counted {
                    let kept = Some(kept);
                    wrong.push(WrongCount {
                        what,
                        kept,
                        counted,
                    });
                }
            }
            // A single number has its row even when it is 0: without it, nothing would be counted from now on.
            wrong.extend(all_counted.into_iter().map(|(what, counted)| WrongCount {
                what,
                kept: None,
                counted,
            }));
        }
        Ok(wrong)
    }

    /// Counts everything anew, and keeps that. Reads all rows of every table that is counted.
    pub async fn count_anew(&mut self) -> Result<()> {
        for table in &KEPT {
            let delete = format!("DELETE FROM {}", table.name);
            let count = format!(
                "INSERT INTO {} ({}) {}",
                table.name, table.columns, table.count
            );
            for statement in [delete, count] {
                execute!(self, sqlx::query(sqlx::AssertSqlSafe(statement.as_str())))?;
            }
        }
        Ok(())
    }

    /// The counts in `rows`, a table or query with the columns of `table`, by what they count.
    async fn by_what(&mut self, table: &KeptTable, rows: &str) -> Result<BTreeMap<String, i64>> {
        let query = format!("SELECT {}, n FROM {rows} AS counted", table.what);
        let counts: Vec<(String, i64)> = on_either!(
            self,
            sqlx::query_as(sqlx::AssertSqlSafe(query.as_str())),
            fetch_all
        )?;
        Ok(counts.into_iter().collect())
    }
}
