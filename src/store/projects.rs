//! Projects that sign by their own page: what is known of the pages, and who speaks for them.
//!
//! Not here: their entries, which are endorsements like others (`endorsements`, `acts`).

use std::time::Duration;

use sqlx::FromRow;

use super::{Result, Tx, error::optional_word};
use crate::{
    clock::Millis,
    endorsement::project::{PageKnown, PageSight},
    hash::Sha256,
};

/// What is known of the page of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRow {
    /// The row id of the project among the actors.
    pub actor_id: i64,
    /// Of which there is one entry: a registrable domain, or owner and repository on a forge.
    pub slot: String,
    /// What the page said, as far as it counts.
    pub known: PageKnown,
    /// When the page was last read.
    pub looked_at: Option<Millis>,
    /// Whether another project has the one entry of the slot. It is derived, and not saved.
    pub crowded: bool,
}

/// A post that speaks for a project, and stands.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClaimRow {
    /// The row id of the project.
    pub actor_id: i64,
    /// Its id.
    pub project: String,
    /// The row id of who speaks.
    pub speaker_id: i64,
    /// The id of the post.
    pub object: String,
    /// The post's own `updated`, when it was edited.
    pub edited_at: Option<Millis>,
}

/// A project whose page is to be read.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ProjectSource {
    /// The row id of the project.
    pub actor_id: i64,
    /// Its id.
    pub id: String,
    /// Its address.
    pub address: String,
    /// Whether somebody speaks for it who has an account on its own host.
    pub own_host: bool,
}

/// Somebody who is to be told what a page lacks.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct UntoldSpeaker {
    /// The row id of the act.
    pub act_id: i64,
    /// The row id of who speaks.
    pub speaker_id: i64,
    /// The id of the post.
    pub object: String,
}

#[derive(FromRow)]
struct ProjectColumns {
    actor_id: i64,
    slot: String,
    sight: Option<String>,
    looked_at: Option<Millis>,
    missed_at: Option<Millis>,
    crowded: bool,
}

impl Tx {
    /// What is known of these projects.
    pub async fn projects(&mut self, actor_ids: &[i64]) -> Result<Vec<ProjectRow>> {
        let rows = built!(
            self,
            |sql, actor_ids| {
                sql.push(
                    "SELECT project.actor_id, project.slot, project.sight, project.looked_at, project.missed_at,
                            EXISTS (SELECT 1 FROM project AS other
                                    JOIN endorsement ON endorsement.actor_id = other.actor_id
                                    WHERE other.slot = project.slot AND other.actor_id <> project.actor_id
                                      AND endorsement.state IN ('listed', 'counted', 'hidden'))
                            OR EXISTS (SELECT 1 FROM organisation
                                       JOIN actor ON actor.page = organisation.url
                                       WHERE actor.id = project.actor_id AND organisation.removed_at IS NULL) AS crowded
                     FROM project
                     WHERE project.actor_id",
                );
                sql.push_in(actor_ids.iter().copied());
            },
            rows ProjectColumns
        )?;
        let read = |row: ProjectColumns| {
            let sight: Option<PageSight> =
                optional_word("project", "sight", &row.actor_id, row.sight.as_deref())?;
            Ok(ProjectRow {
                actor_id: row.actor_id,
                slot: row.slot,
                known: PageKnown {
                    sight,
                    missed_at: row.missed_at,
                },
                looked_at: row.looked_at,
                crowded: row.crowded,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes what is known of a project.
    pub async fn save_project(&mut self, row: &ProjectRow) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO project (actor_id, slot, sight, looked_at, missed_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (actor_id) DO UPDATE
                 SET slot = excluded.slot, sight = excluded.sight, looked_at = excluded.looked_at,
                     missed_at = excluded.missed_at",
            )
            .bind(row.actor_id)
            .bind(&row.slot)
            .bind(row.known.sight.map(PageSight::as_str))
            .bind(row.looked_at)
            .bind(row.known.missed_at)
        )?;
        Ok(())
    }

    /// Gives a project the title of its page.
    pub async fn name_project(&mut self, actor_id: i64, title: &str) -> Result<()> {
        let name = "UPDATE actor SET name = $2 WHERE id = $1";
        execute!(self, sqlx::query(name).bind(actor_id).bind(title))?;
        Ok(())
    }

    /// The posts in which these actors speak for projects, and that stand.
    pub async fn claims_of(&mut self, speakers: &[i64]) -> Result<Vec<ClaimRow>> {
        Ok(built!(
            self,
            |sql, speakers| {
                sql.push(
                    "SELECT act.actor_id, actor.url AS project, act.speaker_id, act.object, act.edited_at
                     FROM act
                     JOIN actor ON actor.id = act.actor_id
                     WHERE act.ended_at IS NULL AND act.speaker_id IS NOT NULL AND act.speaker_id",
                );
                sql.push_in(speakers.iter().copied());
                sql.push(" ORDER BY act.id");
            },
            rows ClaimRow
        )?)
    }

    /// The projects that an actor named and that show nothing for it: those for which it speaks that wait, and those for which
    /// it spoke since then and no longer does. Their row ids.
    pub async fn unproven_claims(&mut self, speaker: i64, since: Millis) -> Result<Vec<i64>> {
        const UNPROVEN: &str = "
            SELECT DISTINCT act.actor_id
            FROM act
            LEFT JOIN endorsement ON endorsement.actor_id = act.actor_id
            WHERE act.speaker_id = $1
              AND ((act.ended_at IS NULL AND endorsement.state = 'pending')
                   OR (act.ended_at IS NOT NULL AND act.at >= $2))
            ORDER BY act.actor_id";
        Ok(on_either!(
            self,
            sqlx::query_scalar(UNPROVEN).bind(speaker).bind(since),
            fetch_all
        )?)
    }

    /// Has another account speak where one did that moved to it.
    pub async fn carry_claims(&mut self, from: i64, to: i64) -> Result<()> {
        let carry = "UPDATE act SET speaker_id = $2 WHERE speaker_id = $1";
        execute!(self, sqlx::query(carry).bind(from).bind(to))?;
        Ok(())
    }

    /// The project with this id whose page is to be read; `None` when nobody speaks for it any more.
    pub async fn project_source(&mut self, id: &Sha256) -> Result<Option<ProjectSource>> {
        const SOURCE: &str = "
            SELECT actor.id AS actor_id, actor.url AS id, actor.page AS address,
                   EXISTS (SELECT 1 FROM act
                           JOIN actor AS speaker ON speaker.id = act.speaker_id
                           WHERE act.actor_id = actor.id AND act.ended_at IS NULL
                             AND speaker.host_id = actor.host_id) AS own_host
            FROM project
            JOIN actor ON actor.id = project.actor_id
            WHERE actor.url_hash = $1 AND actor.page IS NOT NULL
              AND EXISTS (SELECT 1 FROM act WHERE act.actor_id = actor.id AND act.ended_at IS NULL)";
        Ok(on_either!(
            self,
            sqlx::query_as(SOURCE).bind(id),
            fetch_optional
        )?)
    }

    /// Notes that the page of a project is read now, unless it was less than `again` ago, or another one of its host less
    /// than `host_rests` ago: then returns when it may be.
    pub async fn begin_project_look(
        &mut self,
        actor_id: i64,
        now: Millis,
        again: Duration,
        host_rests: Duration,
    ) -> Result<Option<Millis>> {
        const TRIED: &str = "
            SELECT project.actor_id, project.tried_at
            FROM project
            JOIN actor ON actor.id = project.actor_id
            WHERE project.tried_at IS NOT NULL
              AND actor.host_id = (SELECT host_id FROM actor WHERE id = $1)";
        let tried: Vec<(i64, Millis)> =
            on_either!(self, sqlx::query_as(TRIED).bind(actor_id), fetch_all)?;
        let may = tried.into_iter().map(|(id, at)| {
            let rest = if id == actor_id {
                again.max(host_rests)
            } else {
                host_rests
            };
            at.plus(rest)
        });
        if let Some(later) = may.max().filter(|at| *at > now) {
            return Ok(Some(later));
        }
        let begin = "UPDATE project SET tried_at = $2 WHERE actor_id = $1";
        execute!(self, sqlx::query(begin).bind(actor_id).bind(now))?;
        Ok(None)
    }

    /// Who is to be told what the page of a project lacks: nobody twice for one post, and nobody who was told since then of
    /// any project.
    pub async fn untold_speakers(
        &mut self,
        actor_id: i64,
        since: Millis,
    ) -> Result<Vec<UntoldSpeaker>> {
        const UNTOLD: &str = "
            SELECT MIN(act.id) AS act_id, act.speaker_id, MIN(act.object) AS object
            FROM act
            JOIN actor ON actor.id = act.speaker_id
            JOIN inbox ON inbox.id = actor.inbox_id
            WHERE act.actor_id = $1 AND act.ended_at IS NULL AND act.outcome = 'pending'
              AND inbox.url <> '' AND actor.url <> '' AND NOT actor.suspended AND NOT actor.opted_out
              AND actor.type NOT IN ('Service', 'Application')
              AND NOT EXISTS (SELECT 1 FROM act AS told
                              WHERE told.speaker_id = act.speaker_id
                                AND (told.told_at >= $2 OR (told.actor_id = $1 AND told.told_at IS NOT NULL)))
            GROUP BY act.speaker_id
            ORDER BY act.speaker_id";
        Ok(on_either!(
            self,
            sqlx::query_as(UNTOLD).bind(actor_id).bind(since),
            fetch_all
        )?)
    }

    /// The posts in which accounts of the Fediverse speak for a project, and that stand.
    pub async fn posts_of_project(&mut self, actor_id: i64) -> Result<Vec<String>> {
        const POSTS: &str = "
            SELECT act.object
            FROM act
            JOIN actor ON actor.id = act.speaker_id
            JOIN inbox ON inbox.id = actor.inbox_id
            WHERE act.actor_id = $1 AND act.ended_at IS NULL AND act.object <> '' AND inbox.url <> ''
            ORDER BY act.id";
        Ok(on_either!(
            self,
            sqlx::query_scalar(POSTS).bind(actor_id),
            fetch_all
        )?)
    }

    /// Notes that somebody was told.
    pub async fn told_speaker(&mut self, act_id: i64, now: Millis) -> Result<()> {
        let told = "UPDATE act SET told_at = $2 WHERE id = $1";
        execute!(self, sqlx::query(told).bind(act_id).bind(now))?;
        Ok(())
    }
}
