//! Who is one person in two places: what looks at profiles found, and what follows for the public numbers.
//!
//! Not here: the looks (`federation::link_look`) and what they mean (`endorsement::profile_links`).

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::{ForgeName, Result, Tx, signatories::is_login};
use crate::{clock::Millis, endorsement::profile_links::LinkState, hash::Sha256, random::PublicId};

/// What is known of one endorser's link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// The row id of the endorsement.
    pub endorsement_id: i64,
    /// What is known.
    pub state: LinkState,
    /// The name of the GitHub account.
    pub github: Option<String>,
    /// GitHub's number of that account.
    pub github_id: Option<i64>,
    /// Of an organisation: the host of its website.
    pub domain: Option<String>,
    /// The row id of the same person's name in the letter's list.
    pub signatory_id: Option<i64>,
    /// The row id of the endorsement of the same person's other account.
    pub other_id: Option<i64>,
    /// When somebody looked.
    pub looked_at: Millis,
    /// When a look first read both sides of what is linked, and missed one.
    pub missed_at: Option<Millis>,
}

/// An endorser of the Fediverse whose profile may be looked at: one who is listed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LinkSubject {
    /// The row id of the endorsement.
    pub endorsement_id: i64,
    /// The public id of the endorsement.
    pub public_id: PublicId,
    /// The actor's id.
    pub actor: String,
    /// `@user@host`.
    pub handle: String,
    /// The profile page for people.
    pub page: Option<String>,
    /// Whether it stands in the list of organisations.
    pub organisation: bool,
}

/// Two entries that may be the same person's.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LinkSuggestion {
    /// The public id of the name in the letter's list.
    pub signatory: PublicId,
    /// The name there.
    pub name: String,
    /// Its GitHub account.
    pub github: Option<String>,
    /// The public id of the endorsement.
    pub endorsement: PublicId,
    /// The endorser's `@user@host`.
    pub handle: String,
    /// `profile`: the endorser's profile links to that account, which does not link back; `name`: both bear one name.
    pub why: String,
}

/// How many supporters have two entries, which count once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkedCounts {
    /// Entries too many among those who signed.
    pub signed: i64,
    /// Entries too many among those who like.
    pub liked: i64,
    /// Supporters of whom both entries are for the published text.
    pub current: i64,
    /// Names of the letter's list that stand in one line with an account.
    pub names_in_line: i64,
    /// Accounts that stand in one line with another account.
    pub accounts_in_line: i64,
    /// Those of both lines in which one of the two only likes.
    pub likes_in_line: i64,
    /// Supporters with two accounts.
    pub accounts: i64,
    /// Those of them of whom one account is on a forge.
    pub accounts_on_forges: i64,
    /// Those of these that stand in one line.
    pub accounts_on_forges_in_line: i64,
    /// Names of the letter's list on GitHub whose account on a forge signed as well.
    pub names_on_github: i64,
    /// Those of them that stand in the line of that account.
    pub names_on_github_in_line: i64,
    /// Other names of the letter's list whose account on a forge signed as well.
    pub names_elsewhere: i64,
    /// Those of them that stand in the line of that account.
    pub names_elsewhere_in_line: i64,
}

/// A row as it is read.
#[derive(FromRow)]
struct ReadLink {
    endorsement_id: i64,
    state: String,
    github: Option<String>,
    github_id: Option<i64>,
    domain: Option<String>,
    signatory_id: Option<i64>,
    other_id: Option<i64>,
    looked_at: Millis,
    missed_at: Option<Millis>,
}

impl From<ReadLink> for LinkRow {
    fn from(row: ReadLink) -> Self {
        Self {
            endorsement_id: row.endorsement_id,
            // The schema allows these words alone.
            state: row.state.parse().unwrap_or(LinkState::Removed),
            github: row.github,
            github_id: row.github_id,
            domain: row.domain,
            signatory_id: row.signatory_id,
            other_id: row.other_id,
            looked_at: row.looked_at,
            missed_at: row.missed_at,
        }
    }
}

macro_rules! subject {
    () => {
        "SELECT endorsement.id AS endorsement_id, endorsement.public_id, actor.url AS actor, actor.handle, actor.page,
                endorsement.organisation
         FROM endorsement
         JOIN actor ON actor.id = endorsement.actor_id
         WHERE endorsement.state = 'listed' AND actor.url <> '' AND actor.forge IS NULL AND actor.frozen_at IS NULL"
    };
}

/// A listed name with a GitHub account that is nobody's yet, as `signatory`. Who is on no list keeps none.
macro_rules! free_signatory {
    () => {
        "signatory.state = 'listed'
         AND NOT EXISTS (SELECT 1 FROM link AS taken
                         JOIN endorsement AS holder ON holder.id = taken.endorsement_id
                         WHERE taken.signatory_id = signatory.id AND holder.state IN ('listed', 'counted'))"
    };
}

/// Links whose GitHub account had the name of one in the list that is nobody's.
macro_rules! may_have_a_name {
    () => {
        concat!(
            "link.state = 'linked' AND link.github IS NOT NULL AND link.signatory_id IS NULL AND link.other_id IS NULL
             AND EXISTS (SELECT 1 FROM signatory WHERE lower(signatory.handle) = lower(link.github) AND ",
            free_signatory!(),
            ")"
        )
    };
}

/// Suggestions: first one-way links, then equal names. What an administrator took away is none.
macro_rules! suggestions {
    () => {
        concat!(
            "SELECT signatory.public_id AS signatory, signatory.name, signatory.handle AS github,
                    endorsement.public_id AS endorsement, actor.handle, 'profile' AS why, 1 AS part,
                    endorsement.id AS row_id
             FROM link
             JOIN endorsement ON endorsement.id = link.endorsement_id AND endorsement.state = 'listed'
             JOIN actor ON actor.id = endorsement.actor_id
             JOIN signatory ON lower(signatory.handle) = lower(link.github)
             WHERE link.state = 'claimed' AND ",
            free_signatory!(),
            " UNION ALL
             SELECT signatory.public_id AS signatory, signatory.name, signatory.handle AS github,
                    endorsement.public_id AS endorsement, actor.handle, 'name' AS why, 2 AS part,
                    endorsement.id AS row_id
             FROM signatory
             JOIN endorsement ON endorsement.name_skeleton = signatory.skeleton AND endorsement.state = 'listed'
                                 AND NOT endorsement.organisation
             JOIN actor ON actor.id = endorsement.actor_id AND actor.forge IS NULL
             WHERE signatory.skeleton <> '' AND ",
            free_signatory!(),
            " AND NOT EXISTS (SELECT 1 FROM link WHERE link.endorsement_id = endorsement.id)"
        )
    };
}

impl Tx {
    /// The listed endorser with this actor id; `None` when nobody with it is listed.
    pub async fn link_subject(&mut self, actor: &Sha256) -> Result<Option<LinkSubject>> {
        const SUBJECT: &str = concat!(subject!(), " AND actor.url_hash = $1");
        Ok(on_either!(
            self,
            sqlx::query_as(SUBJECT).bind(actor),
            fetch_optional
        )?)
    }

    /// What is known of an endorser's link.
    pub async fn link_of(&mut self, endorsement_id: i64) -> Result<Option<LinkRow>> {
        const LINK: &str = "
            SELECT endorsement_id, state, github, github_id, domain, signatory_id, other_id, looked_at, missed_at
            FROM link
            WHERE endorsement_id = $1";
        let row: Option<ReadLink> = on_either!(
            self,
            sqlx::query_as(LINK).bind(endorsement_id),
            fetch_optional
        )?;
        Ok(row.map(LinkRow::from))
    }

    /// Writes what is known of an endorser's link. Who is on no list loses the name that the link has.
    pub async fn save_link(&mut self, row: &LinkRow) -> Result<()> {
        const FREE: &str = "
            UPDATE link SET signatory_id = NULL
            WHERE signatory_id = $1 AND endorsement_id <> $2
              AND endorsement_id IN (SELECT id FROM endorsement WHERE state NOT IN ('listed', 'counted'))";
        const SAVE: &str = "
            INSERT INTO link (endorsement_id, state, github, github_id, domain, signatory_id, other_id, looked_at, missed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (endorsement_id) DO UPDATE
            SET state = excluded.state, github = excluded.github, github_id = excluded.github_id,
                domain = excluded.domain, signatory_id = excluded.signatory_id, other_id = excluded.other_id,
                looked_at = excluded.looked_at, missed_at = excluded.missed_at";
        if let Some(signatory_id) = row.signatory_id {
            execute!(
                self,
                sqlx::query(FREE)
                    .bind(signatory_id)
                    .bind(row.endorsement_id)
            )?;
        }
        execute!(
            self,
            sqlx::query(SAVE)
                .bind(row.endorsement_id)
                .bind(row.state.as_str())
                .bind(&row.github)
                .bind(row.github_id)
                .bind(&row.domain)
                .bind(row.signatory_id)
                .bind(row.other_id)
                .bind(row.looked_at)
                .bind(row.missed_at)
        )?;
        Ok(())
    }

    /// Forgets an endorser's link.
    pub async fn remove_link(&mut self, endorsement_id: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query("DELETE FROM link WHERE endorsement_id = $1").bind(endorsement_id)
        )?;
        Ok(())
    }

    /// The first listed name with this GitHub account that is no other endorser's.
    pub async fn free_signatory(&mut self, github: &str) -> Result<Option<i64>> {
        const FREE: &str = concat!(
            "SELECT id FROM signatory WHERE lower(handle) = lower($1) AND ",
            free_signatory!(),
            " ORDER BY position, id LIMIT 1"
        );
        Ok(on_either!(
            self,
            sqlx::query_scalar(FREE).bind(github),
            fetch_optional
        )?)
    }

    /// The first listed name of the file that is of this account on a forge by its login, and nobody's yet.
    pub async fn free_name_on_forge(&mut self, account: &ForgeName<'_>) -> Result<Option<i64>> {
        const FREE: &str = concat!(
            "SELECT signatory.id FROM signatory
             WHERE $1 > 0 AND $3 > 0 AND signatory.source <> 'manual' AND ",
            is_login!(),
            " AND ",
            free_signatory!(),
            " ORDER BY signatory.position, signatory.id LIMIT 1"
        );
        Ok(on_either!(
            self,
            sqlx::query_scalar(FREE)
                .bind(account.actor_id)
                .bind(account.on_github)
                .bind(account.number)
                .bind(account.login)
                .bind(account.page),
            fetch_optional
        )?)
    }

    /// The link of an endorser of the Fediverse with the GitHub account that has this number.
    pub async fn link_with_github(&mut self, number: i64) -> Result<Option<LinkRow>> {
        const LINK: &str = "
            SELECT link.endorsement_id, link.state, link.github, link.github_id, link.domain, link.signatory_id,
                   link.other_id, link.looked_at, link.missed_at
            FROM link
            JOIN endorsement ON endorsement.id = link.endorsement_id AND NOT endorsement.organisation
            JOIN actor ON actor.id = endorsement.actor_id
            WHERE link.github_id = $1 AND link.state = 'linked' AND actor.forge IS NULL
            ORDER BY link.endorsement_id
            LIMIT 1";
        let row: Option<ReadLink> =
            on_either!(self, sqlx::query_as(LINK).bind(number), fetch_optional)?;
        Ok(row.map(LinkRow::from))
    }

    /// The endorsement of the account on GitHub with this number, if it is listed and in no other pair.
    pub async fn signed_on_github(&mut self, number: i64) -> Result<Option<i64>> {
        const SIGNED: &str = "
            SELECT endorsement.id
            FROM actor
            JOIN endorsement ON endorsement.actor_id = actor.id AND endorsement.state = 'listed'
            WHERE actor.forge = 'github' AND actor.url LIKE '%#account-' || CAST($1 AS TEXT)
              AND NOT endorsement.organisation
              AND NOT EXISTS (SELECT 1 FROM link WHERE link.other_id = endorsement.id)
            ORDER BY endorsement.id
            LIMIT 1";
        Ok(on_either!(
            self,
            sqlx::query_scalar(SIGNED).bind(number),
            fetch_optional
        )?)
    }

    /// The actors on forges who are listed or counted and have no link yet, by their row ids, with their endorsements.
    pub async fn unlinked_on_forges(&mut self) -> Result<Vec<(i64, i64)>> {
        const UNLINKED: &str = "
            SELECT actor.id, endorsement.id
            FROM actor
            JOIN endorsement ON endorsement.actor_id = actor.id AND endorsement.state IN ('listed', 'counted')
            WHERE actor.forge IS NOT NULL AND NOT endorsement.organisation
              AND NOT EXISTS (SELECT 1 FROM link
                              WHERE link.endorsement_id = endorsement.id
                                AND (link.state = 'removed' OR link.signatory_id IS NOT NULL))
            ORDER BY actor.id";
        Ok(on_either!(self, sqlx::query_as(UNLINKED), fetch_all)?)
    }

    /// Listed names that are nobody's and link to something else than GitHub, with the address.
    pub async fn names_with_pages(&mut self) -> Result<Vec<(i64, String)>> {
        const NAMES: &str = concat!(
            "SELECT id, url FROM signatory WHERE url IS NOT NULL AND handle IS NULL AND ",
            free_signatory!(),
            " ORDER BY position, id"
        );
        Ok(on_either!(self, sqlx::query_as(NAMES), fetch_all)?)
    }

    /// The listed persons with one of these actor ids who have no other entry, and whose link no administrator took away.
    pub async fn unnamed_endorsers(&mut self, actors: &[Sha256]) -> Result<Vec<LinkSubject>> {
        Ok(built!(
            self,
            |sql, actors| {
                sql.push(concat!(
                    subject!(),
                    " AND NOT endorsement.organisation
                      AND NOT EXISTS (SELECT 1 FROM link
                                      WHERE link.other_id = endorsement.id
                                         OR (link.endorsement_id = endorsement.id
                                             AND (link.state = 'removed' OR link.signatory_id IS NOT NULL
                                                  OR link.other_id IS NOT NULL)))
                      AND actor.url_hash"
                ));
                sql.push_in(actors);
                sql.push(" ORDER BY endorsement.id");
            },
            rows LinkSubject
        )?)
    }

    /// The first listed name that links to this actor, and is nobody's or this endorser's already.
    pub async fn name_linking_to(
        &mut self,
        actor: &str,
        endorsement_id: i64,
    ) -> Result<Option<i64>> {
        const NAME: &str = "
            SELECT id FROM signatory
            WHERE url = $1 AND state = 'listed'
              AND NOT EXISTS (SELECT 1 FROM link
                              WHERE link.signatory_id = signatory.id AND link.endorsement_id <> $2)
            ORDER BY position, id LIMIT 1";
        Ok(on_either!(
            self,
            sqlx::query_scalar(NAME).bind(actor).bind(endorsement_id),
            fetch_optional
        )?)
    }

    /// Lets go of names that the list has no more. Returns the ids of the actors whose GitHub account had, when somebody
    /// looked, the name of one in the list that is nobody's: looks at them are due, because it may be another one's by now.
    pub async fn let_go_of_names(&mut self) -> Result<Vec<String>> {
        const LET_GO: &str = "
            UPDATE link SET signatory_id = NULL
            WHERE signatory_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM signatory
                              WHERE signatory.id = link.signatory_id AND signatory.state IN ('listed', 'hidden'))";
        const MAY_HAVE: &str = concat!(
            "SELECT subject.actor FROM (",
            subject!(),
            ") AS subject JOIN link ON link.endorsement_id = subject.endorsement_id WHERE ",
            may_have_a_name!(),
            " ORDER BY subject.endorsement_id"
        );
        const DUE: &str = concat!("UPDATE link SET looked_at = 0 WHERE ", may_have_a_name!());
        execute!(self, sqlx::query(LET_GO))?;
        let actors = on_either!(self, sqlx::query_scalar(MAY_HAVE), fetch_all)?;
        execute!(self, sqlx::query(DUE))?;
        Ok(actors)
    }

    /// The listed endorser with one of these actor ids who has no other entry yet: neither a name of the letter's list nor
    /// another account.
    pub async fn single_endorser(&mut self, actors: &[Sha256]) -> Result<Option<LinkSubject>> {
        let rows: Vec<LinkSubject> = built!(
            self,
            |sql, actors| {
                sql.push(concat!(
                    subject!(),
                    " AND NOT endorsement.organisation
                      AND NOT EXISTS (SELECT 1 FROM link
                                      WHERE link.other_id = endorsement.id
                                         OR (link.endorsement_id = endorsement.id AND link.state <> 'claimed'))
                      AND actor.url_hash"
                ));
                sql.push_in(actors);
                sql.push(" ORDER BY endorsement.id LIMIT 1");
            },
            rows LinkSubject
        )?;
        Ok(rows.into_iter().next())
    }

    /// The link of another endorser that has this endorsement as its other account, with the other endorser's public id.
    pub async fn link_with_account(
        &mut self,
        endorsement_id: i64,
    ) -> Result<Option<(LinkRow, PublicId)>> {
        const FIRST: &str = "
            SELECT endorsement.id, endorsement.public_id
            FROM link
            JOIN endorsement ON endorsement.id = link.endorsement_id
            WHERE link.other_id = $1";
        let first: Option<(i64, PublicId)> = on_either!(
            self,
            sqlx::query_as(FIRST).bind(endorsement_id),
            fetch_optional
        )?;
        let Some((id, public_id)) = first else {
            return Ok(None);
        };
        Ok(self.link_of(id).await?.map(|row| (row, public_id)))
    }

    /// The row id of a listed name that is nobody's, or this endorser's already.
    pub async fn signatory_free_for(
        &mut self,
        signatory: &PublicId,
        endorsement_id: i64,
    ) -> Result<Option<i64>> {
        const FREE: &str = "
            SELECT id FROM signatory
            WHERE public_id = $1 AND state = 'listed'
              AND NOT EXISTS (SELECT 1 FROM link
                              WHERE link.signatory_id = signatory.id AND link.endorsement_id <> $2)";
        Ok(on_either!(
            self,
            sqlx::query_scalar(FREE)
                .bind(signatory.as_str())
                .bind(endorsement_id),
            fetch_optional
        )?)
    }

    /// Whether what a link is between is there, and in no other link. Nothing is linked with who signed without a name.
    pub async fn link_fits(&mut self, row: &LinkRow) -> Result<bool> {
        const TAKEN: &str = "
            SELECT COUNT(*)
            FROM link
            WHERE endorsement_id <> $1
              AND (signatory_id = $2 OR other_id = $3 OR other_id = $1 OR (endorsement_id = $3 AND state <> 'claimed'))";
        const THERE: &str = "
            SELECT COUNT(*)
            FROM (SELECT id FROM signatory WHERE id = $1 AND state IN ('listed', 'hidden')
                  UNION ALL SELECT id FROM endorsement
                            WHERE id IN ($2, $3) AND state NOT IN ('withdrawn', 'rejected', 'invalid')
                              AND kind <> 'direct') AS there";
        let (taken,): (i64,) = on_either!(
            self,
            sqlx::query_as(TAKEN)
                .bind(row.endorsement_id)
                .bind(row.signatory_id)
                .bind(row.other_id),
            fetch_one
        )?;
        let (there,): (i64,) = on_either!(
            self,
            sqlx::query_as(THERE)
                .bind(row.signatory_id)
                .bind(row.other_id)
                .bind(row.endorsement_id),
            fetch_one
        )?;
        let named = i64::from(row.signatory_id.is_some()) + i64::from(row.other_id.is_some());
        Ok(taken == 0 && there == named + 1)
    }

    /// Whether the name of an endorsement waits, and is that of the signatory whom it is linked with.
    pub async fn waits_with_linked_name(&mut self, endorsement: &PublicId) -> Result<bool> {
        const WAITS: &str = "
            SELECT COUNT(*)
            FROM endorsement
            JOIN link ON link.endorsement_id = endorsement.id AND link.state = 'linked'
            JOIN signatory ON signatory.id = link.signatory_id AND signatory.state = 'listed'
            WHERE endorsement.public_id = $1 AND endorsement.state = 'listed' AND endorsement.name_state = 'pending'
              AND endorsement.name = signatory.name";
        let (n,): (i64,) = on_either!(
            self,
            sqlx::query_as(WAITS).bind(endorsement.as_str()),
            fetch_one
        )?;
        Ok(n > 0)
    }

    /// The entry of the audit that shows the name of an endorsement because of its link, where the link is no more and a
    /// signatory has the name. What others decided about the name since stays.
    pub async fn name_shown_without_link(&mut self, endorsement: &PublicId) -> Result<Option<i64>> {
        const SHOWN: &str = "
            SELECT decided.id
            FROM audit AS decided
            WHERE decided.id = (SELECT MAX(audit.id)
                                FROM audit
                                JOIN audit_target ON audit_target.audit_id = audit.id
                                WHERE audit_target.target = $1 AND audit.undone_by IS NULL
                                  AND audit.action IN ('name.approve', 'name.hide'))
              AND decided.by = 'link'
              AND EXISTS (SELECT 1
                          FROM endorsement
                          JOIN signatory ON signatory.skeleton = endorsement.name_skeleton
                                            AND signatory.state = 'listed'
                          WHERE endorsement.public_id = $1)
              AND NOT EXISTS (SELECT 1
                              FROM endorsement
                              JOIN link ON link.endorsement_id = endorsement.id AND link.state = 'linked'
                              JOIN signatory ON signatory.id = link.signatory_id
                              WHERE endorsement.public_id = $1 AND signatory.skeleton = endorsement.name_skeleton)";
        Ok(on_either!(
            self,
            sqlx::query_scalar(SHOWN).bind(endorsement.as_str()),
            fetch_optional
        )?)
    }

    /// The row id of an endorsement.
    pub async fn endorsement_row_id(&mut self, endorsement: &PublicId) -> Result<Option<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT id FROM endorsement WHERE public_id = $1")
                .bind(endorsement.as_str()),
            fetch_optional
        )?)
    }

    /// The actor's id of an endorsement that is listed.
    pub async fn listed_actor(&mut self, endorsement_id: i64) -> Result<Option<String>> {
        const ACTOR: &str = concat!(
            "SELECT subject.actor FROM (",
            subject!(),
            " AND endorsement.id = $1) AS subject"
        );
        Ok(on_either!(
            self,
            sqlx::query_scalar(ACTOR).bind(endorsement_id),
            fetch_optional
        )?)
    }

    /// Up to `limit` suggestions.
    pub async fn link_suggestions(&mut self, limit: i64) -> Result<Vec<LinkSuggestion>> {
        const SUGGESTIONS: &str =
            concat!(suggestions!(), " ORDER BY part, row_id, signatory LIMIT $1");
        Ok(on_either!(
            self,
            sqlx::query_as(SUGGESTIONS).bind(limit),
            fetch_all
        )?)
    }

    /// How many suggestions there are.
    pub async fn count_link_suggestions(&mut self) -> Result<i64> {
        const COUNT: &str = concat!("SELECT COUNT(*) FROM (", suggestions!(), ") AS suggested");
        let (n,): (i64,) = on_either!(self, sqlx::query_as(COUNT), fetch_one)?;
        Ok(n)
    }

    /// The public ids of the endorsements that are linked with these signatories, after theirs.
    pub async fn endorsers_of(
        &mut self,
        signatories: &[String],
    ) -> Result<Vec<(PublicId, PublicId)>> {
        Ok(built!(
            self,
            |sql, signatories| {
                sql.push(
                    "SELECT signatory.public_id, endorsement.public_id
                     FROM link
                     JOIN endorsement ON endorsement.id = link.endorsement_id
                     JOIN signatory ON signatory.id = link.signatory_id
                     WHERE link.state = 'linked' AND signatory.public_id",
                );
                sql.push_in(signatories);
            },
            rows(PublicId, PublicId)
        )?)
    }

    /// Erases what links say about a signatory who is erased, and what taking such links back needs. The endorsers are
    /// not looked at again for it by themselves.
    pub async fn forget_links_of(
        &mut self,
        signatory: &PublicId,
        handle: Option<&str>,
    ) -> Result<()> {
        const LINKS: &str = "
            SELECT endorsement_id FROM link
            WHERE signatory_id = (SELECT id FROM signatory WHERE public_id = $1) OR lower(github) = lower($2)";
        let endorsements: Vec<i64> = on_either!(
            self,
            sqlx::query_scalar(LINKS)
                .bind(signatory.as_str())
                .bind(handle),
            fetch_all
        )?;
        built!(
            self,
            |sql, endorsements| {
                sql.push(
                    "UPDATE audit_target SET undo = NULL
                     WHERE undo IS NOT NULL
                       AND audit_id IN (SELECT id FROM audit WHERE action LIKE 'link.%')
                       AND target IN (SELECT public_id FROM endorsement WHERE id",
                );
                sql.push_in(endorsements.iter().copied());
                sql.push(")");
            },
            count
        )?;
        built!(
            self,
            |sql, endorsements| {
                sql.push(
                    "UPDATE link SET state = 'removed', github = NULL, github_id = NULL, signatory_id = NULL,
                                     missed_at = NULL
                     WHERE endorsement_id",
                );
                sql.push_in(endorsements.iter().copied());
            },
            count
        )?;
        Ok(())
    }

    /// Forgets the links of these endorsements, and those of others with them. That an administrator took one away stays:
    /// that holds nothing about anybody. Returns how many.
    pub async fn end_links(&mut self, endorsements: &[i64]) -> Result<u64> {
        // Each DELETE counts all pairs anew, so only what is there is deleted.
        let ended: Vec<(i64,)> = built!(
            self,
            |sql, endorsements| {
                sql.push(
                    "SELECT endorsement_id FROM link WHERE state <> 'removed' AND (endorsement_id",
                );
                sql.push_in(endorsements.iter().copied());
                sql.push(" OR other_id");
                sql.push_in(endorsements.iter().copied());
                sql.push(")");
            },
            rows(i64,)
        )?;
        Ok(built!(
            self,
            |sql, ended| {
                sql.push("DELETE FROM link WHERE endorsement_id");
                sql.push_in(ended.iter().map(|(id,)| *id));
            },
            count
        )?)
    }

    /// How many supporters have two entries. `revision` is the first one with the text that is published.
    pub async fn linked_counts(&mut self, revision: i64) -> Result<LinkedCounts> {
        const COUNTS: &str = "
            SELECT liked, fediverse, shown, forge, CAST(SUM(n) AS BIGINT),
                   CAST(SUM(CASE WHEN (revision = $1 OR revision IN (SELECT number FROM revision WHERE same_as = $1))
                                  AND (other_revision = $1
                                       OR other_revision IN (SELECT number FROM revision WHERE same_as = $1))
                                 THEN n ELSE 0 END) AS BIGINT)
            FROM linked_count
            GROUP BY liked, fediverse, shown, forge";
        let groups: Vec<(bool, bool, bool, String, i64, i64)> =
            on_either!(self, sqlx::query_as(COUNTS).bind(revision), fetch_all)?;
        let mut counts = LinkedCounts::default();
        for (liked, fediverse, shown, forge, n, current) in groups {
            let in_line = if shown { n } else { 0 };
            match forge.as_str() {
                "" => (),
                "account" => {
                    counts.accounts_on_forges += n;
                    counts.accounts_on_forges_in_line += in_line;
                }
                "github" => {
                    counts.names_on_github += n;
                    counts.names_on_github_in_line += in_line;
                }
                _ => {
                    counts.names_elsewhere += n;
                    counts.names_elsewhere_in_line += in_line;
                }
            }
            if liked {
                counts.liked += n;
            } else {
                counts.signed += n;
            }
            if fediverse {
                counts.accounts += n;
            }
            match (fediverse, shown) {
                (true, true) => counts.accounts_in_line += n,
                (false, true) => counts.names_in_line += n,
                (_, false) => (),
            }
            counts.likes_in_line += if liked && shown { n } else { 0 };
            counts.current += current;
        }
        Ok(counts)
    }
}
