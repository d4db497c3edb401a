//! Everything that is stored about one person: found, read and erased.

use serde_json::{Map, Value};

use super::{
    Result, Tx,
    copy::{TABLES, cell_as_json, columns, rows_where},
};
use crate::{clock::Millis, hash::Sha256, random::PublicId};

/// Rows of acts in one statement: SQLite takes 32,766 values.
const AT_ONCE: usize = 1000;

/// The acts, and the public ids, of the accounts `{ids}`.
const ACTS: &str = "SELECT id FROM act WHERE actor_id IN ({ids}) OR speaker_id IN ({ids})";
const PUBLIC_IDS: &str = "SELECT public_id FROM endorsement WHERE actor_id IN ({ids})
    UNION SELECT comment.public_id FROM comment JOIN act ON act.id = comment.act_id WHERE act.actor_id IN ({ids})";
/// What was sent to these accounts alone: their ids stand in it as JSON has them.
const MESSAGES: &str = "SELECT activity.id FROM activity
    JOIN actor ON actor.id IN ({ids}) AND actor.url <> ''
    WHERE NOT activity.public AND activity.body <> ''
      AND replace(activity.body, '\"' || actor.url || '\"', '') <> activity.body";

/// What was published and names these accounts, such as a post that mentions them.
const PUBLISHED: &str = "SELECT activity.id FROM activity
    JOIN actor ON actor.id IN ({ids}) AND actor.url <> ''
    WHERE activity.public AND activity.body <> ''
      AND replace(activity.body, '\"' || actor.url || '\"', '') <> activity.body";

/// Our answers to these accounts.
const ANSWERS: &str =
    "id IN (SELECT own_object_id FROM post_mention WHERE answered AND actor_id IN ({ids}))";

/// The reports that name one of these accounts.
const REPORTS: &str = "EXISTS (SELECT 1 FROM endorsement WHERE endorsement.actor_id IN ({ids})
         AND ' ' || report.targets || ' ' LIKE '% ' || endorsement.public_id || ' %')";

/// Where something is stored about accounts, by table. `{ids}` are their row ids, `{acts}`, `{public_ids}`, `{messages}` and
/// `{published}` the queries above.
const STORED: &[(&str, &str)] = &[
    ("actor", "id IN ({ids})"),
    ("actor_key", "actor_id IN ({ids})"),
    (
        "inbox",
        "id IN (SELECT inbox_id FROM actor WHERE id IN ({ids}))",
    ),
    ("act", "actor_id IN ({ids}) OR speaker_id IN ({ids})"),
    ("evidence", "act_id IN ({acts})"),
    ("endorsement", "actor_id IN ({ids})"),
    ("comment", "act_id IN ({acts})"),
    (
        "history",
        "endorsement_id IN (SELECT id FROM endorsement WHERE actor_id IN ({ids}))",
    ),
    (
        "link",
        "endorsement_id IN (SELECT id FROM endorsement WHERE actor_id IN ({ids}))
         OR other_id IN (SELECT id FROM endorsement WHERE actor_id IN ({ids}))",
    ),
    ("audit", "target IN ({public_ids})"),
    (
        "audit_note",
        "audit_id IN (SELECT id FROM audit WHERE target IN ({public_ids}))",
    ),
    ("follower", "actor_id IN ({ids})"),
    ("reach", "actor_id IN ({ids})"),
    ("quote_authorization", "actor_id IN ({ids})"),
    ("post_mention", "actor_id IN ({ids})"),
    ("own_object", ANSWERS),
    ("boost", "actor_id IN ({ids})"),
    ("subscriber_note", "actor_id IN ({ids})"),
    ("following", "actor_id IN ({ids})"),
    ("audit_target", "target IN ({public_ids})"),
    ("report", REPORTS),
    ("activity", "id IN ({messages}) OR id IN ({published})"),
    ("delivery", "activity_id IN ({messages})"),
    (
        "policy",
        "target IN (SELECT url FROM actor WHERE id IN ({ids}) AND url <> '')",
    ),
];

impl Tx {
    /// The accounts of one person: this actor, those that it moved from, and those that it moved to. Erased ones are
    /// nobody's.
    pub async fn accounts_of(&mut self, actor_id: i64) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "WITH RECURSIVE account (id) AS (
                     SELECT CAST($1 AS BIGINT)
                     UNION
                     SELECT other.id
                     FROM account
                     JOIN actor AS own ON own.id = account.id
                     JOIN actor AS other ON other.successor_id = own.id OR other.id = own.successor_id
                 )
                 SELECT actor.id
                 FROM actor
                 JOIN account ON account.id = actor.id
                 WHERE actor.url <> ''
                 ORDER BY actor.id"
            )
            .bind(actor_id),
            fetch_all
        )?)
    }

    /// The actors with this very name, their own or one that they signed with; at most `limit`.
    pub async fn actors_named(&mut self, name: &str, limit: i64) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT actor.id
                 FROM actor
                 LEFT JOIN endorsement ON endorsement.actor_id = actor.id
                 WHERE actor.url <> ''
                   AND (lower(actor.name) = lower($1) OR lower(endorsement.name) = lower($1)
                        OR lower(endorsement.declared_name) = lower($1) OR lower(endorsement.edited_name) = lower($1))
                 ORDER BY actor.id
                 LIMIT $2"
            )
            .bind(name)
            .bind(limit),
            fetch_all
        )?)
    }

    /// The actors of comments whose public id begins so; at most `limit`.
    pub async fn actors_who_commented(&mut self, id: &str, limit: i64) -> Result<Vec<i64>> {
        // As a range, because no index answers LIKE on both databases.
        let beginning = id.to_ascii_lowercase().replace('\0', "");
        let end = format!("{beginning}\u{10ffff}");
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT act.actor_id
                 FROM comment
                 JOIN act ON act.id = comment.act_id
                 WHERE comment.public_id >= $1 AND comment.public_id < $2
                 ORDER BY comment.public_id
                 LIMIT $3"
            )
            .bind(beginning)
            .bind(end)
            .bind(limit),
            fetch_all
        )?)
    }

    /// The public ids of all that these actors said: of their endorsements, and of their comments.
    pub async fn public_ids_of(&mut self, actor_ids: &[i64]) -> Result<Vec<String>> {
        let text = sqlx::AssertSqlSafe(with_ids(PUBLIC_IDS, actor_ids));
        Ok(on_either!(self, sqlx::query_scalar(text), fetch_all)?)
    }

    /// Everything that is stored about these accounts, by table: all columns as they are, with times as RFC 3339, hashes
    /// and other bytes as hexadecimal digits, and bytes that are text as text.
    pub async fn stored_about(&mut self, actor_ids: &[i64]) -> Result<Map<String, Value>> {
        let mut stored = Map::new();
        for (name, condition) in STORED {
            let rows = self
                .stored_rows(name, &with_ids(condition, actor_ids))
                .await?;
            stored.insert((*name).to_owned(), rows);
        }
        Ok(stored)
    }

    /// Everything that is stored about one signatory, in the same form.
    pub async fn stored_about_signatory(&mut self, id: &PublicId) -> Result<Map<String, Value>> {
        // The letters and digits of a public id need no quoting.
        let condition = format!("public_id = '{id}'");
        let audit = format!("target = '{id}'");
        let notes = format!(
            "audit_id IN (SELECT id FROM audit WHERE {audit} UNION SELECT audit_id FROM audit_target WHERE {audit})"
        );
        let links = format!("signatory_id IN (SELECT id FROM signatory WHERE {condition})");
        let mut stored = Map::new();
        for (name, condition) in [
            ("signatory", condition),
            ("link", links),
            ("audit", audit.clone()),
            ("audit_note", notes),
            ("audit_target", audit),
        ] {
            stored.insert(name.to_owned(), self.stored_rows(name, &condition).await?);
        }
        Ok(stored)
    }

    /// The rows of a table for which a condition holds.
    async fn stored_rows(&mut self, name: &str, condition: &str) -> Result<Value> {
        let Some(table) = TABLES.iter().find(|table| table.name == name) else {
            return Ok(Value::Null);
        };
        let columns = columns(self, table).await?;
        let rows = rows_where(self, table, &columns, condition).await?;
        let rows = rows.into_iter().map(|row| {
            let members = columns.iter().zip(row);
            let members = members
                .map(|(column, cell)| (column.name.clone(), cell_as_json(&column.name, cell)));
            Value::Object(members.collect())
        });
        Ok(rows.collect())
    }

    /// Erases everything about one account but blocks of it: what is left are numbers, dates and states. Its acts have
    /// to have ended. What was published with its id is not public any more: rewrite before what is to stay. Not even the hash of its id is kept, so nobody can find out whose the rows were.
    pub async fn erase_account(&mut self, actor_id: i64, now: Millis) -> Result<()> {
        let row: Option<(String, i64)> = on_either!(
            self,
            sqlx::query_as("SELECT url, inbox_id FROM actor WHERE id = $1").bind(actor_id),
            fetch_optional
        )?;
        let Some((url, inbox_id)) = row else {
            return Ok(());
        };
        self.erase_messages(actor_id, &url, now).await?;
        let undo = with_ids(
            "UPDATE audit_target SET undo = NULL WHERE undo IS NOT NULL AND target IN ({public_ids})",
            &[actor_id],
        );
        execute!(self, sqlx::query(sqlx::AssertSqlSafe(undo)))?;
        // A block of an actor without an endorsement is known by the hash of its id.
        execute!(
            self,
            sqlx::query("UPDATE audit_target SET undo = NULL WHERE undo IS NOT NULL AND replace(undo, $1, '') <> undo")
                .bind(Sha256::of(&url).hex())
        )?;
        self.take_out_of_reports(actor_id).await?;
        self.erase_answers(actor_id, now).await?;
        for (table, condition) in [
            ("evidence", "act_id IN ({acts})"),
            (
                "audit_note",
                "audit_id IN (SELECT id FROM audit WHERE target IN ({public_ids})
                               UNION SELECT audit_id FROM audit_target WHERE target IN ({public_ids}))",
            ),
            ("comment", "act_id IN ({acts})"),
            ("follower", "actor_id IN ({ids})"),
            ("reach", "actor_id IN ({ids})"),
            ("actor_key", "actor_id IN ({ids})"),
            (
                "link",
                "endorsement_id IN (SELECT id FROM endorsement WHERE actor_id IN ({ids}))
                 OR other_id IN (SELECT id FROM endorsement WHERE actor_id IN ({ids}))",
            ),
            ("quote_authorization", "actor_id IN ({ids})"),
            ("post_mention", "actor_id IN ({ids})"),
            ("boost", "actor_id IN ({ids})"),
            ("subscriber_note", "actor_id IN ({ids})"),
            ("following", "actor_id IN ({ids})"),
        ] {
            let condition = with_ids(condition, &[actor_id]);
            let text = sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE {condition}"));
            execute!(self, sqlx::query(text))?;
        }
        self.erase_acts(actor_id, now).await?;
        execute!(
            self,
            sqlx::query(
                "UPDATE endorsement
                 SET name = NULL, name_skeleton = NULL, declared_name = NULL, declared_affiliation = NULL,
                     declared_state = NULL, statement = NULL, statement_state = NULL, reason = NULL,
                     edited_name = NULL, edited_affiliation = NULL, shown_words = '', other_words = ''
                 WHERE actor_id = $1"
            )
            .bind(actor_id)
        )?;
        execute!(
            self,
            sqlx::query(
                "UPDATE actor
                 SET url = '', url_hash = $2, type = 'Person', handle = '', name = '', page = NULL,
                     followers = NULL, published_at = NULL, discoverable = FALSE, opted_out = FALSE,
                     answered_at = NULL, acknowledged_at = NULL, unnamed_at = NULL, name_off_at = NULL,
                     told_at = NULL, told_today = 0, subscribed_at = NULL, successor_id = NULL, moved_at = NULL,
                     key_changed_at = NULL, frozen_at = NULL
                 WHERE id = $1"
            )
            .bind(actor_id)
            .bind(nobodys("actor", actor_id))
        )?;
        // Others' accounts that moved here, if any are left.
        execute!(
            self,
            sqlx::query("UPDATE actor SET successor_id = NULL WHERE successor_id = $1")
                .bind(actor_id)
        )?;
        self.forget_inboxes(inbox_id..=inbox_id, now).await?;
        execute!(
            self,
            sqlx::query("UPDATE inbox SET url_hash = $2 WHERE id = $1 AND url = ''")
                .bind(inbox_id)
                .bind(nobodys("inbox", inbox_id))
        )?;
        Ok(())
    }

    /// Erases what we answered to an account alone; of what was answered in public, the address of their post.
    async fn erase_answers(&mut self, actor_id: i64, now: Millis) -> Result<()> {
        for (kind, change) in [
            (
                "direct",
                "source = NULL, in_reply_to = NULL, deleted_at = COALESCE(deleted_at, $1)",
            ),
            (
                "post",
                "in_reply_to = CASE WHEN deleted_at < $1 THEN in_reply_to ELSE '' END",
            ),
        ] {
            let condition = with_ids(ANSWERS, &[actor_id]);
            let text =
                format!("UPDATE own_object SET {change} WHERE kind = '{kind}' AND {condition}");
            execute!(self, sqlx::query(sqlx::AssertSqlSafe(text)).bind(now))?;
        }
        Ok(())
    }

    /// Takes an account's entry out of the reports that name it, with their words, which nobody can take apart. A report
    /// that names nothing else goes; one that then names what another one of the same server does is counted with it.
    async fn take_out_of_reports(&mut self, actor_id: i64) -> Result<()> {
        let named: Vec<String> = on_either!(
            self,
            sqlx::query_scalar("SELECT public_id FROM endorsement WHERE actor_id = $1")
                .bind(actor_id),
            fetch_all
        )?;
        let reports = format!(
            "SELECT id, host, targets, count, at, state FROM report WHERE {}",
            with_ids(REPORTS, &[actor_id])
        );
        let reports: Vec<(i64, String, String, i64, Millis, String)> = on_either!(
            self,
            sqlx::query_as(sqlx::AssertSqlSafe(reports)),
            fetch_all
        )?;
        for (id, host, targets, count, at, state) in reports {
            let left = targets.split(' ');
            let left: Vec<_> = left
                .filter(|target| !named.iter().any(|name| name == target))
                .collect();
            let left = left.join(" ");
            let joined = execute!(
                self,
                sqlx::query(
                    "UPDATE report
                     SET count = count + $3, at = CASE WHEN at < $4 THEN $4 ELSE at END,
                         state = CASE WHEN state = 'open' THEN state ELSE $5 END
                     WHERE host = $1 AND targets = $2 AND targets <> ''"
                )
                .bind(&host)
                .bind(&left)
                .bind(count)
                .bind(at)
                .bind(&state)
            )?;
            if left.is_empty() || joined > 0 {
                execute!(
                    self,
                    sqlx::query("DELETE FROM report WHERE id = $1").bind(id)
                )?;
            } else {
                execute!(
                    self,
                    sqlx::query("UPDATE report SET targets = $2, text = NULL WHERE id = $1")
                        .bind(id)
                        .bind(&left)
                )?;
            }
        }
        Ok(())
    }

    /// Erases what was sent to an account alone, or waits to be, what was published and still names it, and what waits to
    /// be read of it.
    async fn erase_messages(&mut self, actor_id: i64, url: &str, now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE activity SET public = $2 WHERE public AND body <> '' AND replace(body, $1, '') <> body"
            )
            .bind(format!("\"{url}\""))
            .bind(false)
        )?;
        let ids: Vec<i64> = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT id
                 FROM activity
                 WHERE NOT public AND body <> ''
                   AND (replace(body, $1, '') <> body OR subject = $2
                        OR subject IN (SELECT object FROM act WHERE actor_id = $3 AND object LIKE 'http%'))"
            )
            .bind(format!("\"{url}\""))
            .bind(url)
            .bind(actor_id),
            fetch_all
        )?;
        for some in ids.chunks(AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push("UPDATE delivery SET last_body = NULL WHERE last_body <> '' AND activity_id");
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
            built!(
                self,
                |sql, some| {
                    sql.push("UPDATE delivery SET state = 'abandoned', settled_at = ");
                    sql.push_bind(now);
                    sql.push(" WHERE state = 'queued' AND activity_id");
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
            built!(
                self,
                |sql, some| {
                    sql.push("UPDATE activity SET body = '', subject = '' WHERE id");
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
        }
        execute!(
            self,
            sqlx::query(
                "DELETE FROM job
                 WHERE payload = $1
                    OR replace(payload, $2, '') <> payload
                    OR replace(payload, $3, '') <> payload
                    OR EXISTS (SELECT 1 FROM act
                               WHERE act.actor_id = $4 AND act.object LIKE 'http%'
                                 AND replace(job.payload, act.object, '') <> job.payload)"
            )
            .bind(url)
            .bind(format!("{url}\""))
            .bind(format!("{url}/"))
            .bind(actor_id)
        )?;
        Ok(())
    }

    /// Erases what acts say and of what they are; their ids and dates stay for the history.
    async fn erase_acts(&mut self, actor_id: i64, now: Millis) -> Result<()> {
        let ids: Vec<i64> = on_either!(
            self,
            sqlx::query_scalar("SELECT id FROM act WHERE actor_id = $1 OR speaker_id = $1")
                .bind(actor_id),
            fetch_all
        )?;
        for some in ids.chunks(AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push("WITH erased (id, hash) AS (");
                    sql.push_rows(some, |row, id| {
                        row.push_bind(*id).push_bind(nobodys("act", *id));
                    });
                    sql.push(
                        ") UPDATE act
                           SET object_hash = erased.hash, activity_hash = erased.hash, object = '', activity = NULL,
                               text = NULL, warning = NULL, language = NULL, acknowledged = NULL,
                               ended_by = COALESCE(ended_by, 'withdrew'), ended_at = COALESCE(ended_at, ",
                    )
                    .push_bind(now)
                    .push(") FROM erased WHERE act.id = erased.id");
                },
                count
            )?;
        }
        Ok(())
    }
}

/// A hash in place of that of an id, unique for each row and of nothing that anybody has.
fn nobodys(table: &str, id: i64) -> Sha256 {
    Sha256::of(&format!("erased {table} {id}"))
}

/// A condition with its places filled in.
fn with_ids(condition: &str, actor_ids: &[i64]) -> String {
    let ids: Vec<_> = actor_ids.iter().map(i64::to_string).collect();
    condition
        .replace("{acts}", ACTS)
        .replace("{public_ids}", PUBLIC_IDS)
        .replace("{messages}", MESSAGES)
        .replace("{published}", PUBLISHED)
        .replace("{ids}", &ids.join(", "))
}
