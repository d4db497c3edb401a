//! Acts: what actors did that concerns the letter.

use sqlx::FromRow;

use super::{
    Error, Result, Tx,
    error::{optional_word, word},
};
use crate::{
    clock::Millis,
    endorsement::{
        Act, ActKind, ActOutcome, Cause, Pledge, PledgeWords, ReviewState, State, WaitsFor,
        wording::WrittenPost,
    },
    hash::Sha256,
    string_enum::words,
};

words! {
    /// Who ended the signature of a post that is a comment now.
    pub enum UnsignedBy {
        /// Its author, by an edit: no moderator makes it sign again.
        Author = "author",
        /// A moderator.
        Moderator = "moderator",
    }
}

/// A comment on a forge that counts or waits.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct KnownComment {
    /// The id of the account that wrote it.
    pub author_id: String,
    /// Its address.
    pub url: String,
    /// When it was last changed, as far as is known.
    pub updated_at: Millis,
}

/// One act with everything that is stored about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRow {
    /// The row id; `None` until it is written.
    pub id: Option<i64>,
    /// The row id of its actor.
    pub actor_id: i64,
    /// The values that the rules work with.
    pub act: Act,
    /// The id of the post; for a like, what was liked.
    pub object: String,
    /// The activity's id; `None` when it had none.
    pub activity: Option<String>,
    /// The hash of the activity's id, or of its body.
    pub activity_hash: Sha256,
    /// Our object that it is about, as a path.
    pub target: String,
    /// A post's text as its server sent it, plain.
    pub text: Option<String>,
    /// A post's content warning.
    pub warning: Option<String>,
    /// The tag of a post's language, if it named one.
    pub language: Option<String>,
    /// Whether the post is the question of a poll.
    pub poll: bool,
    /// The post's own `updated`, when it was edited.
    pub edited_at: Option<Millis>,
    /// The number of the rule that holds it, while it waits for one.
    pub rule: Option<i64>,
    /// The public id of the like with which we acknowledged it, while that stands.
    pub acknowledged: Option<String>,
    /// The row id of who spoke, of an act of a project; `None` when the actor spoke for itself.
    pub speaker: Option<i64>,
    /// Whether its words are those of an edit that somebody else may have made, as whoever may write to a repository on a
    /// forge can edit the comments of others.
    pub unvouched: bool,
}

impl ActRow {
    /// What is read of a post; `None` when it has no text.
    pub fn written(&self) -> Option<WrittenPost<'_>> {
        Some(WrittenPost {
            text: self.text.as_deref()?,
            warning: self.warning.as_deref(),
            language: self.language.as_deref(),
            poll: self.poll,
        })
    }

    /// Whether it is the post with this id. Of one that was anonymised only the hash is left, in the place of that of its
    /// activity.
    pub fn is_post_with(&self, id: &str) -> bool {
        let is_it = if self.object.is_empty() {
            self.activity_hash == Sha256::of(id)
        } else {
            self.object == id
        };
        is_it && self.act.is_post()
    }

    /// The part of the unique key that stays the same when an edit turns a reply into a comment. A direct message is no
    /// post: what is read again on its server, or shown, are posts.
    fn family(&self) -> &'static str {
        match self.act.kind {
            ActKind::Reply
            | ActKind::Mention
            | ActKind::Quote
            | ActKind::Pledge
            | ActKind::Project
            | ActKind::Comment => "post",
            ActKind::Direct => "direct",
            ActKind::Like => "like",
            ActKind::Reaction => "reaction",
        }
    }
}

#[derive(FromRow)]
struct ActColumns {
    id: i64,
    actor_id: i64,
    kind: String,
    object: String,
    activity_hash: Sha256,
    activity: Option<String>,
    target: String,
    visibility: String,
    ceiling: String,
    outcome: String,
    waits_for: Option<String>,
    rule_id: Option<i64>,
    revision: i64,
    text: Option<String>,
    warning: Option<String>,
    language: Option<String>,
    poll: bool,
    at: Millis,
    edited_at: Option<Millis>,
    ended_at: Option<Millis>,
    ended_by: Option<String>,
    acknowledged: Option<String>,
    pledge: Option<String>,
    pledge_state: Option<String>,
    speaker_id: Option<i64>,
    unvouched: bool,
}

const COLUMNS: &str = "id, actor_id, kind, object, activity_hash, activity, target, visibility, ceiling, outcome,
                       waits_for, rule_id, revision, text, warning, language, poll, at, edited_at, ended_at, ended_by,
                       acknowledged, pledge, pledge_state, speaker_id, unvouched";

/// Rows per statement: SQLite takes 32,766 values in one, and an act has twenty-six.
const AT_ONCE: usize = 1000;

impl TryFrom<ActColumns> for ActRow {
    type Error = Error;

    fn try_from(row: ActColumns) -> Result<Self> {
        const TABLE: &str = "act";
        let key = row.id;
        let waits_for: Option<WaitsFor> =
            optional_word(TABLE, "waits_for", &key, row.waits_for.as_deref())?;
        let outcome = match (word(TABLE, "outcome", &key, &row.outcome)?, waits_for) {
            (State::Listed, None) => ActOutcome::Listed,
            (State::Counted, None) => ActOutcome::Counted,
            (State::Pending, Some(what)) => ActOutcome::Pending(what),
            (State::Late, None) => ActOutcome::Late,
            (State::Comment, None) => ActOutcome::Comment,
            (state, _) => {
                let found = format!("{state} with {waits_for:?}");
                return Err(Error::inconsistent(TABLE, "outcome", &key, found));
            }
        };
        let ended_by = optional_word(TABLE, "ended_by", &key, row.ended_by.as_deref())?;
        let words: Option<PledgeWords> =
            optional_word(TABLE, "pledge", &key, row.pledge.as_deref())?;
        let review: Option<ReviewState> =
            optional_word(TABLE, "pledge_state", &key, row.pledge_state.as_deref())?;
        Ok(Self {
            id: Some(key),
            actor_id: row.actor_id,
            act: Act {
                kind: word(TABLE, "kind", &key, &row.kind)?,
                at: row.at,
                revision: row.revision,
                visibility: word(TABLE, "visibility", &key, &row.visibility)?,
                ceiling: word(TABLE, "ceiling", &key, &row.ceiling)?,
                outcome,
                ended: row.ended_at.zip(ended_by),
                pledge: words
                    .zip(review)
                    .map(|(words, review)| Pledge { words, review }),
            },
            object: row.object,
            activity: row.activity,
            activity_hash: row.activity_hash,
            target: row.target,
            text: row.text,
            warning: row.warning,
            language: row.language,
            poll: row.poll,
            edited_at: row.edited_at,
            rule: row.rule_id,
            acknowledged: row.acknowledged,
            speaker: row.speaker_id,
            unvouched: row.unvouched,
        })
    }
}

impl Tx {
    /// The acts of these actors that a batch needs: those that stand and endorse, and those whose object or activity
    /// is among `ids`. Oldest first.
    pub async fn acts(&mut self, actor_ids: &[i64], ids: &[Sha256]) -> Result<Vec<ActRow>> {
        let rows = built!(
            self,
            |sql, actor_ids| {
                sql.push("SELECT ").push(COLUMNS).push(" FROM act WHERE actor_id");
                sql.push_in(actor_ids);
                sql.push(" AND ((ended_at IS NULL AND kind <> 'comment')");
                if !ids.is_empty() {
                    sql.push(" OR object_hash");
                    sql.push_in(ids);
                    sql.push(" OR activity_hash");
                    sql.push_in(ids);
                }
                sql.push(") ORDER BY id");
            },
            rows ActColumns
        )?;
        rows.into_iter().map(ActRow::try_from).collect()
    }

    /// The acts with these row ids.
    pub async fn acts_by_id(&mut self, ids: &[i64]) -> Result<Vec<ActRow>> {
        let rows = built!(
            self,
            |sql, ids| {
                sql.push("SELECT ").push(COLUMNS).push(" FROM act WHERE id");
                sql.push_in(ids.iter().copied());
                sql.push(" ORDER BY id");
            },
            rows ActColumns
        )?;
        rows.into_iter().map(ActRow::try_from).collect()
    }

    /// Notes of posts that they sign no more, and whether their author or a moderator did that.
    pub async fn unsign(&mut self, ids: &[i64], by: UnsignedBy, now: Millis) -> Result<()> {
        built!(
            self,
            |sql, ids| {
                sql.push("UPDATE act SET unsigned_at = ").push_bind(now);
                sql.push(", unsigned_by = ").push_bind(by.as_str());
                sql.push(" WHERE id");
                sql.push_in(ids.iter().copied());
            },
            count
        )?;
        Ok(())
    }

    /// Whether a post that signs no more signed before, and who ended that.
    pub async fn unsigned_by(&mut self, act_id: i64) -> Result<Option<UnsignedBy>> {
        let found: Option<Option<String>> = on_either!(
            self,
            sqlx::query_scalar("SELECT unsigned_by FROM act WHERE id = $1").bind(act_id),
            fetch_optional
        )?;
        optional_word("act", "unsigned_by", &act_id, found.flatten().as_deref())
    }

    /// Why the last act of an actor ended; `None` if none ever did. Deleting a comment ends nothing.
    pub async fn last_end(&mut self, actor_id: i64) -> Result<Option<Cause>> {
        let found: Option<String> = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT ended_by
             FROM act
             WHERE actor_id = $1
               AND ended_at IS NOT NULL
               AND (kind <> 'comment' OR ended_by IN ('withdrew', 'account_deleted'))
             ORDER BY ended_at DESC, id DESC
             LIMIT 1",
            )
            .bind(actor_id),
            fetch_optional
        )?;
        optional_word("act", "ended_by", &actor_id, found.as_deref())
    }

    /// The actor's id of a comment whose public id begins like this and that is none any more, because it was promoted.
    pub async fn promoted_comment(&mut self, beginning: &str) -> Result<Option<String>> {
        // As a range, because no index answers LIKE on both databases.
        let beginning = beginning.to_ascii_lowercase().replace('\0', "");
        let end = format!("{beginning}\u{10ffff}");
        let found: Vec<String> = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT actor.url
             FROM comment
             JOIN act ON act.id = comment.act_id
             JOIN actor ON actor.id = act.actor_id
             WHERE comment.public_id >= $1 AND comment.public_id < $2 AND act.kind <> 'comment'
             LIMIT 2",
            )
            .bind(beginning)
            .bind(end),
            fetch_all
        )?;
        let [only] = found.as_slice() else {
            return Ok(None);
        };
        Ok(Some(only.clone()))
    }

    /// Writes acts, new and changed ones, with one statement per thousand. Returns their row ids in the same order.
    pub async fn save_acts(&mut self, acts: &[ActRow]) -> Result<Vec<i64>> {
        let mut ids = Vec::with_capacity(acts.len());
        for some in acts.chunks(AT_ONCE) {
            ids.extend(self.save_some_acts(some).await?);
        }
        Ok(ids)
    }

    async fn save_some_acts(&mut self, acts: &[ActRow]) -> Result<Vec<i64>> {
        if acts.is_empty() {
            return Ok(Vec::new());
        }
        // Returning rows costs more than sending them, so acts that have a row id return none.
        let any_new = acts.iter().any(|act| act.id.is_none());
        let saved: Vec<(i64, i64, String, Sha256)> = built!(
            self,
            |sql| {
                sql.push(
                    "INSERT INTO act (actor_id, kind, family, object_hash, object, activity_hash, activity,
                                      target, visibility, ceiling, outcome, waits_for, rule_id, revision, text,
                                      warning, language, poll, at, edited_at, ended_at, ended_by, acknowledged,
                                      pledge, pledge_state, speaker_id, unvouched) ",
                );
                sql.push_rows(acts, |row, act| {
                    row.push_bind(act.actor_id)
                        .push_bind(act.act.kind.as_str())
                        .push_bind(act.family())
                        .push_bind(Sha256::of(&act.object))
                        .push_bind(&act.object)
                        .push_bind(&act.activity_hash)
                        .push_bind(&act.activity)
                        .push_bind(&act.target)
                        .push_bind(act.act.visibility.as_str())
                        .push_bind(act.act.ceiling.as_str())
                        .push_bind(act.act.outcome.state().as_str())
                        .push_bind(act.act.outcome.waits_for().map(WaitsFor::as_str))
                        .push_bind(act.rule)
                        .push_bind(act.act.revision)
                        .push_bind(&act.text)
                        .push_bind(&act.warning)
                        .push_bind(&act.language)
                        .push_bind(act.poll)
                        .push_bind(act.act.at)
                        .push_bind(act.edited_at)
                        .push_bind(act.act.ended.map(|(at, _)| at))
                        .push_bind(act.act.ended.map(|(_, cause)| cause.as_str()))
                        .push_bind(&act.acknowledged)
                        .push_bind(act.act.pledge.map(|pledge| pledge.words.as_str()))
                        .push_bind(act.act.pledge.map(|pledge| pledge.review.as_str()))
                        .push_bind(act.speaker)
                        .push_bind(act.unvouched);
                });
                sql.push(
                    " ON CONFLICT (actor_id, family, object_hash) DO UPDATE
                      SET kind = excluded.kind, object = excluded.object, activity_hash = excluded.activity_hash,
                          activity = excluded.activity, target = excluded.target,
                          visibility = excluded.visibility, ceiling = excluded.ceiling,
                          outcome = excluded.outcome, waits_for = excluded.waits_for, rule_id = excluded.rule_id,
                          revision = excluded.revision, text = excluded.text, warning = excluded.warning,
                          language = excluded.language, poll = excluded.poll,
                          at = excluded.at, edited_at = excluded.edited_at, ended_at = excluded.ended_at,
                          ended_by = excluded.ended_by, acknowledged = excluded.acknowledged,
                          pledge = excluded.pledge, pledge_state = excluded.pledge_state,
                          speaker_id = excluded.speaker_id, unvouched = excluded.unvouched",
                );
                if any_new {
                    sql.push(" RETURNING id, actor_id, family, object_hash");
                }
            },
            rows(i64, i64, String, Sha256)
        )?;
        acts.iter()
            .map(|act| {
                if let Some(id) = act.id {
                    return Ok(id);
                }
                let hash = Sha256::of(&act.object);
                saved
                    .iter()
                    .find(|(_, actor_id, family, object)| {
                        *actor_id == act.actor_id && *family == act.family() && *object == hash
                    })
                    .map(|row| row.0)
                    .ok_or_else(|| {
                        Error::inconsistent("act", "id", &act.actor_id, "no id came back")
                    })
            })
            .collect()
    }

    /// Ends every comment of an actor who leaves, and erases words and evidence. What an administrator ended before
    /// counts as ended by the actor from here on, so that its words are not kept longer than the others.
    pub async fn end_comments(&mut self, actor_id: i64, now: Millis, by: &str) -> Result<u64> {
        execute!(
            self,
            sqlx::query(
                "UPDATE act SET ended_by = $2 WHERE actor_id = $1 AND ended_by = 'decision'",
            )
            .bind(actor_id)
            .bind(by)
        )?;
        execute!(
            self,
            sqlx::query(
                "DELETE FROM evidence
             WHERE act_id IN (SELECT id FROM act
                              WHERE actor_id = $1 AND kind = 'comment' AND ended_at IS NULL)",
            )
            .bind(actor_id)
        )?;
        Ok(execute!(
            self,
            sqlx::query(
                "UPDATE act
             SET ended_at = $2, ended_by = $3, text = NULL, warning = NULL, language = NULL
             WHERE actor_id = $1 AND kind = 'comment' AND ended_at IS NULL",
            )
            .bind(actor_id)
            .bind(now)
            .bind(by)
        )?)
    }

    /// The ids of an actor's posts that ended by an edit, or because they seemed gone: what may come back.
    pub async fn returning_posts(&mut self, actor_id: i64) -> Result<Vec<String>> {
        let rows = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT object FROM act WHERE family IN ('post', 'direct') AND ended_by IN ('edit', 'gone')",
                )
                .push(" AND actor_id = ")
                .push_bind(actor_id);
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|(object,)| object).collect())
    }

    /// The comments on forges that stand and whose address begins like this, oldest first, with those who wrote them: also
    /// those that speak for a project.
    pub async fn known_comments(&mut self, beginning: &str) -> Result<Vec<KnownComment>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT actor.url AS author_id, act.object AS url, COALESCE(act.edited_at, act.at) AS updated_at
                 FROM actor
                 JOIN act ON act.actor_id = actor.id OR act.speaker_id = actor.id
                 WHERE actor.forge IS NOT NULL AND actor.url <> '' AND act.family = 'post' AND act.ended_at IS NULL
                   AND substr(act.object, 1, length($1)) = $1
                 ORDER BY act.id",
            )
            .bind(beginning),
            fetch_all
        )?)
    }

    /// How many comments of these actors are stored; actors without any are left out.
    pub async fn comments_of(&mut self, actor_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push(
                    "SELECT actor_id, COUNT(*)
                     FROM act
                     WHERE family = 'post' AND kind = 'comment' AND ended_at IS NULL AND actor_id",
                );
                sql.push_in(actor_ids);
                sql.push(" GROUP BY actor_id");
            },
            rows(i64, i64)
        )?)
    }

    /// Gives comments their public ids; an act that has one keeps it.
    pub async fn save_comments(&mut self, comments: &[(String, i64)]) -> Result<()> {
        built!(
            self,
            |sql, comments| {
                sql.push("INSERT INTO comment (public_id, act_id) ");
                sql.push_rows(comments, |row, (public_id, act_id)| {
                    row.push_bind(public_id).push_bind(*act_id);
                });
                sql.push(" ON CONFLICT (act_id) DO NOTHING");
            },
            count
        )?;
        Ok(())
    }
}
