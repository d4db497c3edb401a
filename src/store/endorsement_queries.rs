//! Queries for lists: for administrators with filters, for the public in pages.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{
    clock::Millis,
    endorsement::{ActKind, State, WaitsFor},
    random::PublicId,
};

/// A filter for endorsements: all given conditions have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndorsementFilter {
    /// The state; `comment` lists comments.
    pub state: Option<State>,
    /// The kind of the act that decides.
    pub kind: Option<ActKind>,
    /// A host, where `*` is any text.
    pub host: Option<String>,
    /// What it waits for.
    pub waits_for: Option<WaitsFor>,
    /// Whether only frozen ones are listed, whatever their state.
    pub frozen: bool,
    /// Dated at this time or later.
    pub after: Option<Millis>,
    /// Dated before this time.
    pub before: Option<Millis>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the name, the handle or the words.
    pub search: Option<String>,
    /// The beginning of the public id.
    pub id: Option<String>,
    /// The actor's id.
    pub actor: Option<String>,
}

/// One endorsement or comment, as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EndorsementSummary {
    /// The public id.
    pub public_id: PublicId,
    /// The row id of the actor.
    pub actor_id: i64,
    /// The act that decides.
    pub act_id: Option<i64>,
    /// The kind's word.
    pub kind: String,
    /// The state's word.
    pub state: String,
    /// The actor's id.
    pub actor: String,
    /// `@user@host`.
    pub handle: String,
    /// The cleaned name.
    pub name: Option<String>,
    /// Whether the name is shown.
    pub name_state: String,
    /// The declared name.
    pub declared_name: Option<String>,
    /// The declared affiliation.
    pub declared_affiliation: Option<String>,
    /// Whether what was declared is shown.
    pub declared_state: Option<String>,
    /// The words besides the signing words; of a comment, all of them.
    pub statement: Option<String>,
    /// Whether the statement is shown.
    pub statement_state: Option<String>,
    /// The revision it was given for.
    pub revision: i64,
    /// The post, or what was liked.
    pub object: Option<String>,
    /// The activity's id.
    pub activity: Option<String>,
    /// `signed` or `fetched`; `None` when no request is kept.
    pub evidence: Option<String>,
    /// What it waits for.
    pub waits_for: Option<String>,
    /// The date of the endorsement.
    pub endorsed_at: Millis,
    /// When it last changed.
    pub changed_at: Millis,
    /// Why it was removed.
    pub reason: Option<String>,
    /// Since when the actor is frozen.
    pub frozen_at: Option<Millis>,
}

/// How a public list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicSort {
    /// Newest first; names of the letter's file in its order.
    #[default]
    Recent,
    /// By name.
    Name,
}

/// A filter for the supporters on a public page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicFilter {
    /// `github`, `letter`, `manual` or `fediverse`.
    pub source: Option<String>,
    /// Part of name, handle or affiliation.
    pub search: Option<String>,
    /// Whether organisations are listed instead of persons.
    pub organisations: bool,
    /// The order.
    pub sort: PublicSort,
}

/// One supporter as the public sees it: every value may be shown.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PublicEntry {
    /// The public id.
    pub public_id: PublicId,
    /// `github`, `letter`, `manual` or `fediverse`.
    pub source: String,
    /// Whether there is only a like or a reaction.
    pub liked: bool,
    /// The name; `None` when the handle stands alone.
    pub name: Option<String>,
    /// `@user@host`, or the GitHub handle without `@`.
    pub handle: Option<String>,
    /// The profile.
    pub url: Option<String>,
    /// The declared and approved affiliation, or that of the letter's file.
    pub affiliation: Option<String>,
    /// When.
    pub at: Millis,
    /// For which revision.
    pub revision: i64,
    /// `endorser` or `moderator`.
    pub by: String,
    /// The approved statement.
    pub statement: Option<String>,
    /// The statement's content warning.
    pub warning: Option<String>,
    /// The original post of a statement.
    pub object: Option<String>,
}

/// The LIKE pattern of a search: the text anywhere, with its own wildcards taken literally. Both databases fold the
/// case of ASCII letters only, so this must not fold more: a search for `Ärzte` has to find `Ärzte`.
fn anywhere(text: &str) -> String {
    format!("%{}%", escaped(&text.to_ascii_lowercase()))
}

/// Removes NUL, which no stored text has and PostgreSQL refuses in a query.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\0', "")
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

const ENDORSEMENTS: &str = "
    SELECT endorsement.public_id, endorsement.actor_id, endorsement.act_id, endorsement.kind, endorsement.state,
           actor.url AS actor, actor.handle, endorsement.name, endorsement.name_state, endorsement.declared_name,
           endorsement.declared_affiliation, endorsement.declared_state, endorsement.statement,
           endorsement.statement_state, endorsement.revision, act.object, act.activity,
           evidence.how AS evidence, endorsement.waits_for, endorsement.endorsed_at,
           endorsement.changed_at,
           COALESCE(endorsement.reason,
                    CASE WHEN endorsement.state = 'hidden' THEN endorsement.held_by END) AS reason,
           actor.frozen_at
    FROM endorsement
    JOIN actor ON actor.id = endorsement.actor_id
    JOIN host ON host.id = actor.host_id
    LEFT JOIN act ON act.id = endorsement.act_id
    LEFT JOIN evidence ON evidence.act_id = act.id
    WHERE TRUE";

const COMMENTS: &str = "
    SELECT comment.public_id, act.actor_id, act.id AS act_id, act.kind, act.kind AS state,
           actor.url AS actor, actor.handle, actor.name, 'hidden' AS name_state,
           CAST(NULL AS TEXT) AS declared_name, CAST(NULL AS TEXT) AS declared_affiliation,
           CAST(NULL AS TEXT) AS declared_state, act.text AS statement, 'hidden' AS statement_state,
           act.revision, act.object, act.activity, evidence.how AS evidence,
           CAST(NULL AS TEXT) AS waits_for, act.at AS endorsed_at, act.at AS changed_at,
           CAST(NULL AS TEXT) AS reason, actor.frozen_at
    FROM comment
    JOIN act ON act.id = comment.act_id
    JOIN actor ON actor.id = act.actor_id
    JOIN host ON host.id = actor.host_id
    LEFT JOIN evidence ON evidence.act_id = act.id
    WHERE act.kind = 'comment' AND act.ended_at IS NULL";

const PUBLIC_ENTRY: &str = "
    SELECT public_id, source, liked, name, handle, url, affiliation, at, revision, by, statement, warning, object";

const SUPPORTERS: &str = "
    FROM (
        SELECT public_id, source, FALSE AS organisation, FALSE AS liked, name, handle, url, affiliation,
               listed_at AS at, revision,
               CASE WHEN source = 'manual' THEN 'moderator' ELSE 'endorser' END AS by,
               CAST(NULL AS TEXT) AS statement, CAST(NULL AS TEXT) AS warning,
               CAST(NULL AS TEXT) AS object, position
        FROM signatory
        WHERE state = 'listed'
        UNION ALL
        SELECT endorsement.public_id, 'fediverse' AS source, endorsement.organisation,
               endorsement.kind IN ('like', 'reaction') AS liked,
               CASE WHEN endorsement.declared_state = 'shown' AND endorsement.declared_name IS NOT NULL
                    THEN endorsement.declared_name
                    WHEN endorsement.name_state = 'shown' THEN endorsement.name END AS name,
               CASE WHEN actor.handle LIKE '@%' THEN actor.handle END AS handle,
               COALESCE(actor.page, actor.url) AS url,
               CASE WHEN endorsement.declared_state = 'shown'
                    THEN endorsement.declared_affiliation END AS affiliation,
               endorsement.endorsed_at AS at, endorsement.revision, 'endorser' AS by,
               CASE WHEN endorsement.statement_state = 'shown' THEN endorsement.statement END AS statement,
               CASE WHEN endorsement.statement_state = 'shown' THEN act.warning END AS warning,
               CASE WHEN endorsement.statement_state = 'shown' THEN act.object END AS object,
               CAST(0 AS BIGINT) AS position
        FROM endorsement
        JOIN actor ON actor.id = endorsement.actor_id
        LEFT JOIN act ON act.id = endorsement.act_id
        WHERE endorsement.state = 'listed'
    ) AS supporters
    WHERE organisation = ";

impl Tx {
    /// Up to `limit` matching endorsements, or comments for the state `comment`: first those that wait for a
    /// moderator, then newest first.
    pub async fn list(
        &mut self,
        conditions: &EndorsementFilter,
        limit: i64,
    ) -> Result<Vec<EndorsementSummary>> {
        let comments = conditions.state == Some(State::Comment);
        let (base, id, at, words) = if comments {
            (COMMENTS, "comment.public_id", "act.at", "act.text")
        } else {
            (
                ENDORSEMENTS,
                "endorsement.public_id",
                "endorsement.endorsed_at",
                "endorsement.statement",
            )
        };
        let state = conditions.state.filter(|_| !comments);
        let kind = conditions.kind.filter(|_| !comments);
        let waits_for = conditions.waits_for.filter(|_| !comments);
        let name = if comments {
            "actor.name"
        } else {
            "COALESCE(endorsement.name, '')"
        };
        let rows = built!(
            self,
            |sql| {
                sql.push(base);
                if let Some(state) = state {
                    sql.push(" AND endorsement.state = ").push_bind(state.as_str());
                }
                if let Some(kind) = kind {
                    sql.push(" AND endorsement.kind = ").push_bind(kind.as_str());
                }
                if let Some(waits_for) = waits_for {
                    sql.push(" AND endorsement.waits_for = ").push_bind(waits_for.as_str());
                }
                if conditions.frozen {
                    sql.push(" AND actor.frozen_at IS NOT NULL");
                }
                if let Some(glob) = &conditions.host {
                    let pattern = escaped(&glob.to_ascii_lowercase()).replace('*', "%");
                    sql.push(" AND host.name LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
                }
                if let Some(after) = conditions.after {
                    sql.push(" AND ").push(at).push(" >= ").push_bind(after);
                }
                if let Some(before) = conditions.before {
                    sql.push(" AND ").push(at).push(" < ").push_bind(before);
                }
                if let Some(part) = &conditions.name {
                    sql.push(" AND lower(").push(name).push(") LIKE ");
                    sql.push_bind(anywhere(part)).push(" ESCAPE '\\'");
                }
                if let Some(part) = &conditions.search {
                    sql.push(" AND lower(").push(name).push(" || ' ' || actor.handle || ' ' || COALESCE(");
                    sql.push(words).push(", '')) LIKE ");
                    sql.push_bind(anywhere(part)).push(" ESCAPE '\\'");
                }
                if let Some(beginning) = &conditions.id {
                    let pattern = format!("{}%", escaped(&beginning.to_ascii_lowercase()));
                    sql.push(" AND ").push(id).push(" LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
                }
                if let Some(actor) = &conditions.actor {
                    sql.push(" AND actor.url = ").push_bind(actor);
                }
                sql.push(" ORDER BY ");
                if !comments {
                    sql.push("CASE WHEN endorsement.waits_for = 'unsure' THEN 0 ELSE 1 END, ");
                }
                sql.push(at).push(" DESC, ").push(id).push(" LIMIT ").push_bind(limit);
            },
            rows EndorsementSummary
        )?;
        Ok(rows)
    }

    /// One page of the public list, and the total number.
    pub async fn public_list(
        &mut self,
        filter: &PublicFilter,
        offset: i64,
        limit: i64,
    ) -> Result<(Vec<PublicEntry>, i64)> {
        let order = match filter.sort {
            PublicSort::Recent => " ORDER BY at DESC, position, public_id",
            PublicSort::Name => " ORDER BY lower(COALESCE(name, handle)), public_id",
        };
        let counted: Vec<(i64,)> = built!(
            self,
            |sql| {
                sql.push("SELECT COUNT(*)");
                push_public!(sql, filter);
            },
            rows(i64,)
        )?;
        let rows = built!(
            self,
            |sql| {
                sql.push(PUBLIC_ENTRY);
                push_public!(sql, filter);
                sql.push(order).push(" LIMIT ").push_bind(limit).push(" OFFSET ").push_bind(offset);
            },
            rows PublicEntry
        )?;
        Ok((rows, counted.first().map_or(0, |count| count.0)))
    }

    /// The newest approved statements of listed endorsements.
    pub async fn shown_statements(&mut self, limit: i64) -> Result<Vec<PublicEntry>> {
        let filter = PublicFilter {
            source: Some("fediverse".to_owned()),
            ..PublicFilter::default()
        };
        Ok(built!(
            self,
            |sql| {
                sql.push(PUBLIC_ENTRY);
                push_public!(sql, &filter);
                sql.push(" AND statement IS NOT NULL ORDER BY at DESC, public_id LIMIT ");
                sql.push_bind(limit);
            },
            rows PublicEntry
        )?)
    }

    /// The posts that `/letter/replies` may name, newest first: listed replies without a statement, or with a shown
    /// one. Others are left out, because naming them would publish them again.
    pub async fn public_replies(&mut self, limit: i64) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = on_either!(self, sqlx::query_as(
            "SELECT act.object
             FROM endorsement
             JOIN act ON act.id = endorsement.act_id
             WHERE endorsement.state = 'listed' AND endorsement.kind = 'reply' AND NOT endorsement.organisation
               AND (endorsement.statement IS NULL OR endorsement.statement_state = 'shown')
             ORDER BY endorsement.endorsed_at DESC, endorsement.id DESC
             LIMIT $1",
        )
        .bind(limit), fetch_all)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

/// Pushes the FROM and WHERE clauses for supporters that match a filter, without columns and order. It covers only
/// what the public may see, so only that can be searched for.
macro_rules! push_public {
    ($sql:ident, $filter:expr) => {{
        let filter: &PublicFilter = $filter;
        $sql.push(SUPPORTERS).push_bind(filter.organisations);
        if let Some(source) = &filter.source {
            $sql.push(" AND source = ").push_bind(source.clone());
        }
        if let Some(search) = &filter.search {
            $sql.push(
                " AND lower(COALESCE(name, '') || ' ' || COALESCE(handle, '') || ' '
                            || COALESCE(affiliation, '')) LIKE ",
            );
            $sql.push_bind(anywhere(search)).push(" ESCAPE '\\'");
        }
    }};
}
use push_public;
