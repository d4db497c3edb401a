//! The names in the letter's own list, and those that administrators entered.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256, random::PublicId};

/// A name of the letter's file, or one that an administrator entered.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SignatoryRow {
    /// The public id.
    pub public_id: PublicId,
    /// The name as the file has it; empty once it was erased.
    pub name: String,
    /// The skeleton of the name (UTS 39): no endorser's name may look the same.
    pub skeleton: String,
    /// The GitHub handle without `@`.
    pub handle: Option<String>,
    /// Where the handle links to.
    pub url: Option<String>,
    /// Free text beside the name.
    pub affiliation: Option<String>,
    /// `github`, `letter` or `manual`.
    pub source: String,
    /// The position in the list, from 1; 0 for a name that is in no file.
    pub position: i64,
    /// The line of the file.
    pub line: Option<i64>,
    /// The revision it was given for.
    pub revision: i64,
    /// `listed`, `hidden`, `withdrawn` or `removed`.
    pub state: String,
    /// When it was added to the list.
    pub listed_at: Millis,
    /// When it went from the file, or was removed.
    pub gone_at: Option<Millis>,
    /// What a search finds it by, as the shown words of an endorsement; empty unless it is listed.
    pub shown_words: String,
    /// How a name by hand came in: `email`, `paper` or `other`.
    pub collected: Option<String>,
    /// Where the proof of a name by hand is; never public.
    pub reference: Option<String>,
    /// The salted hash of the name, while it is hidden, removed or kept off.
    pub name_hash: Option<Sha256>,
    /// The salted hash of the handle, likewise.
    pub handle_hash: Option<Sha256>,
    /// Since when the organisers keep it off everything public, for the safety of whoever bears it; it counts meanwhile.
    pub name_off_at: Option<Millis>,
}

/// A name to be written: the same columns.
pub type NewSignatory = SignatoryRow;

/// The place of a name in the list that administrators see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct SignatoryPlace {
    part: i64,
    position: i64,
    id: i64,
}

/// A name with its place.
#[derive(FromRow)]
struct PlacedSignatory {
    #[sqlx(flatten)]
    row: SignatoryRow,
    #[sqlx(flatten)]
    place: SignatoryPlace,
}

macro_rules! columns {
    () => {
        "public_id, name, skeleton, handle, url, affiliation, source, position, line, revision, state, listed_at,
         gone_at, shown_words, collected, reference, name_hash, handle_hash, name_off_at"
    };
}

/// The parts of the list: names of the file, those by hand, those that are gone.
macro_rules! part {
    () => {
        "CASE WHEN gone_at IS NOT NULL THEN 2 WHEN source = 'manual' THEN 1 ELSE 0 END"
    };
}

/// An account on a forge, as the letter's file may name it.
#[derive(Clone, Copy, Debug)]
pub struct ForgeName<'a> {
    /// The row id of its actor.
    pub actor_id: i64,
    /// Whether the forge is GitHub, whose logins the file's names have as handles.
    pub on_github: bool,
    /// The number that the forge gave it.
    pub number: i64,
    /// Its login.
    pub login: &'a str,
    /// The address of its page.
    pub page: &'a str,
}

/// Whether a name of the file has the login `$4` on GitHub (`$2`), or links to the page `$5` elsewhere.
macro_rules! is_login {
    () => {
        "(($2 AND lower(signatory.handle) = lower($4))
          OR (NOT $2 AND lower(rtrim(signatory.url, '/')) = lower($5)))"
    };
}
pub(super) use is_login;

impl Tx {
    /// Up to `limit` names after a place: first those of the file in its order, then those by hand, then those that are
    /// gone. With the place of the last one.
    pub async fn signatories(
        &mut self,
        after: Option<SignatoryPlace>,
        limit: i64,
    ) -> Result<(Vec<SignatoryRow>, Option<SignatoryPlace>)> {
        let after = after.unwrap_or(SignatoryPlace {
            part: -1,
            position: 0,
            id: 0,
        });
        let placed: Vec<PlacedSignatory> = on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT id, CAST(",
                part!(),
                " AS BIGINT) AS part, ",
                columns!(),
                " FROM signatory WHERE (",
                part!(),
                ", position, id) > ($1, $2, $3) ORDER BY ",
                part!(),
                ", position, id LIMIT $4"
            ))
            .bind(after.part)
            .bind(after.position)
            .bind(after.id)
            .bind(limit),
            fetch_all
        )?;
        let last = placed.last().map(|placed| placed.place);
        Ok((placed.into_iter().map(|placed| placed.row).collect(), last))
    }

    /// What the names of a file are compared with: all names that came from a file, and those by hand that were removed.
    pub async fn signatories_to_compare(&mut self) -> Result<Vec<SignatoryRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT ",
                columns!(),
                " FROM signatory
                  WHERE source <> 'manual' OR state = 'removed'
                  ORDER BY CASE WHEN gone_at IS NULL THEN 0 ELSE 1 END, position, id"
            )),
            fetch_all
        )?)
    }

    /// The names whose public id begins so; at most `limit`.
    pub async fn find_signatories(
        &mut self,
        beginning: &str,
        limit: i64,
    ) -> Result<Vec<SignatoryRow>> {
        // As a range, because no index answers LIKE on both databases.
        let beginning = beginning.to_ascii_lowercase().replace('\0', "");
        let end = format!("{beginning}\u{10ffff}");
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT ",
                columns!(),
                " FROM signatory WHERE public_id >= $1 AND public_id < $2 ORDER BY public_id LIMIT $3"
            ))
            .bind(beginning)
            .bind(end)
            .bind(limit),
            fetch_all
        )?)
    }

    /// The names with these public ids.
    pub async fn signatories_by_id(&mut self, public_ids: &[String]) -> Result<Vec<SignatoryRow>> {
        Ok(built!(
            self,
            |sql, public_ids| {
                sql.push(concat!("SELECT ", columns!(), " FROM signatory WHERE public_id"));
                sql.push_in(public_ids);
                sql.push(" ORDER BY id");
            },
            rows SignatoryRow
        )?)
    }

    /// The names of the letter's file that link to one of these accounts by its id, and are not erased.
    pub async fn names_of_accounts(&mut self, accounts: &[String]) -> Result<Vec<SignatoryRow>> {
        Ok(built!(
            self,
            |sql, accounts| {
                sql.push(concat!(
                    "SELECT ",
                    columns!(),
                    " FROM signatory WHERE source <> 'manual' AND name <> '' AND url"
                ));
                sql.push_in(accounts);
                sql.push(" ORDER BY id");
            },
            rows SignatoryRow
        )?)
    }

    /// The names of the letter's file that are of this account on a forge: the one that it is linked with; that of a login
    /// which was looked up and has its number; and by its login, as long as nobody knows of another account behind that.
    pub async fn names_of_forge_account(
        &mut self,
        account: &ForgeName<'_>,
    ) -> Result<Vec<SignatoryRow>> {
        const NAMES: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM signatory
              WHERE source <> 'manual' AND name <> ''
                AND (id IN (SELECT link.signatory_id
                            FROM link
                            JOIN endorsement ON endorsement.id = link.endorsement_id
                            WHERE link.signatory_id IS NOT NULL
                              AND (endorsement.actor_id = $1 OR ($2 AND link.github_id = $3)))
                     OR (",
            is_login!(),
            " AND NOT EXISTS (SELECT 1 FROM link
                              JOIN endorsement ON endorsement.id = link.endorsement_id
                              WHERE link.signatory_id = signatory.id AND endorsement.actor_id <> $1)))
              ORDER BY id"
        );
        Ok(on_either!(
            self,
            sqlx::query_as(NAMES)
                .bind(account.actor_id)
                .bind(account.on_github)
                .bind(account.number)
                .bind(account.login)
                .bind(account.page),
            fetch_all
        )?)
    }

    /// The listed and hidden names that look like one of these skeletons.
    pub async fn signatories_like(&mut self, skeletons: &[String]) -> Result<Vec<SignatoryRow>> {
        Ok(built!(
            self,
            |sql, skeletons| {
                sql.push(concat!(
                    "SELECT ",
                    columns!(),
                    " FROM signatory WHERE state IN ('listed', 'hidden') AND skeleton"
                ));
                sql.push_in(skeletons);
                sql.push(" ORDER BY id");
            },
            rows SignatoryRow
        )?)
    }

    /// Forgets names that left the file before `before`: of one that is hidden or kept off the hashes stay. Of one that was removed the
    /// text is erased once the removal cannot be taken back any more. Returns how many.
    pub async fn forget_signatories(&mut self, before: Millis, now: Millis) -> Result<u64> {
        // First what refers to the rows, which may know what they were.
        execute!(
            self,
            sqlx::query(
                "UPDATE audit_target
                 SET undo = NULL
                 WHERE undo IS NOT NULL
                   AND target IN (SELECT public_id FROM signatory
                                  WHERE state IN ('withdrawn', 'hidden') AND gone_at < $1)"
            )
            .bind(before)
        )?;
        let deleted = execute!(
            self,
            sqlx::query(
                "DELETE FROM signatory WHERE state = 'withdrawn' AND gone_at < $1 AND name_off_at IS NULL"
            )
            .bind(before)
        )?;
        let erased = execute!(
            self,
            sqlx::query(
                "UPDATE signatory
                 SET name = '', skeleton = '', handle = NULL, url = NULL, affiliation = NULL, reference = NULL
                 WHERE (state = 'hidden' OR (state = 'withdrawn' AND name_off_at IS NOT NULL))
                   AND gone_at < $1 AND name <> ''",
            )
            .bind(before)
        )?;
        let removed = execute!(
            self,
            sqlx::query(
                "UPDATE signatory
                 SET name = '', skeleton = '', handle = NULL, url = NULL, affiliation = NULL, reference = NULL,
                     position = 0, line = NULL, gone_at = COALESCE(gone_at, $1)
                 WHERE state = 'removed' AND name <> ''
                   AND NOT EXISTS (SELECT 1 FROM audit_target
                                   WHERE audit_target.target = signatory.public_id AND audit_target.undo IS NOT NULL)",
            )
            .bind(now)
        )?;
        Ok(deleted + erased + removed)
    }

    /// The signatories whose public id begins with these words or whose handle, address or name they are; at most
    /// `limit`. Handles and names have no case.
    pub async fn signatories_named(
        &mut self,
        words: &str,
        limit: i64,
    ) -> Result<Vec<SignatoryRow>> {
        let handle = words.strip_prefix('@').unwrap_or(words);
        let beginning = words.to_ascii_lowercase();
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT ",
                columns!(),
                " FROM signatory
                  WHERE name <> ''
                    AND ((length($1) >= 4 AND public_id >= $3 AND public_id < $4)
                         OR lower(name) = lower($1) OR url = $1 OR lower(handle) = lower($2))
                  ORDER BY position, id
                  LIMIT $5"
            ))
            .bind(words)
            .bind(handle)
            .bind(&beginning)
            .bind(format!("{beginning}\u{10ffff}"))
            .bind(limit),
            fetch_all
        )?)
    }

    /// The number of names, whatever their states.
    pub async fn signatory_rows(&mut self) -> Result<i64> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT COUNT(*) FROM signatory"),
            fetch_one
        )?)
    }

    /// Writes signatories; an existing one (by public id) takes the new values.
    pub async fn save_signatories(&mut self, signatories: &[NewSignatory]) -> Result<()> {
        // A letter of 3,000 names has more values than one statement of SQLite takes (32,766).
        for batch in signatories.chunks(1000) {
            built!(
                self,
                |sql| {
                    sql.push(concat!("INSERT INTO signatory (", columns!(), ") "));
                    sql.push_rows(batch, |row, signatory| {
                        row.push_bind(signatory.public_id.as_str())
                            .push_bind(&signatory.name)
                            .push_bind(&signatory.skeleton)
                            .push_bind(&signatory.handle)
                            .push_bind(&signatory.url)
                            .push_bind(&signatory.affiliation)
                            .push_bind(&signatory.source)
                            .push_bind(signatory.position)
                            .push_bind(signatory.line)
                            .push_bind(signatory.revision)
                            .push_bind(&signatory.state)
                            .push_bind(signatory.listed_at)
                            .push_bind(signatory.gone_at)
                            .push_bind(&signatory.shown_words)
                            .push_bind(&signatory.collected)
                            .push_bind(&signatory.reference)
                            .push_bind(&signatory.name_hash)
                            .push_bind(&signatory.handle_hash)
                            .push_bind(signatory.name_off_at);
                    });
                    sql.push(
                        " ON CONFLICT (public_id) DO UPDATE
                          SET name = excluded.name, skeleton = excluded.skeleton, handle = excluded.handle,
                              url = excluded.url, affiliation = excluded.affiliation, source = excluded.source,
                              position = excluded.position, line = excluded.line,
                              revision = excluded.revision, state = excluded.state,
                              listed_at = excluded.listed_at, gone_at = excluded.gone_at,
                              shown_words = excluded.shown_words, collected = excluded.collected,
                              reference = excluded.reference, name_hash = excluded.name_hash,
                              handle_hash = excluded.handle_hash, name_off_at = excluded.name_off_at",
                    );
                },
                count
            )?;
        }
        Ok(())
    }

    /// How many signatories are listed, by source, and how many of them signed the text whose first
    /// revision this is.
    pub async fn signatory_counts(&mut self, revision: i64) -> Result<Vec<(String, i64, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT source, CAST(SUM(n) AS BIGINT),
                    CAST(SUM(CASE WHEN revision = $1
                                    OR revision IN (SELECT number FROM revision WHERE same_as = $1)
                                  THEN n ELSE 0 END) AS BIGINT)
             FROM signatory_count
             WHERE n > 0
             GROUP BY source",
            )
            .bind(revision),
            fetch_all
        )?)
    }
}
