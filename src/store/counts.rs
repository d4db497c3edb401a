//! Counts of endorsements, and names that are taken.
//!
//! The counts are kept by triggers of the database (`migrations`); `kept_counts` compares them with the rows.

use super::{Result, Tx, links::LinkedCounts};

/// How many persons signed on a forge and count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgeCount {
    /// `github`, or the forge's host.
    pub source: String,
    /// All of them.
    pub signed: i64,
    /// Those who are on the public list.
    pub listed: i64,
}

/// The public totals of endorsements (`count.json`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Replies, mentions, quotes and direct messages that count, of persons.
    pub signed: i64,
    /// Likes and reactions that count, of persons.
    pub liked: i64,
    /// Those of both who are named on the public list, or listed by their handles.
    pub listed: i64,
    /// Those of them who only like the letter.
    pub listed_likes: i64,
    /// Those of both who endorsed the published text or one that differs only by typos.
    pub current: i64,
    /// Organisations that were approved, and those that were entered by hand.
    pub organisations: i64,
    /// Boosts of the letter and of our posts, and the accounts that quote them.
    pub reach: i64,
    /// Boosts of the letter alone.
    pub boosts: i64,
    /// Endorsements that wait for a moderator or for a date.
    pub waiting: i64,
    /// Statements of shown endorsements that wait for a moderator, and pledges.
    pub waiting_statements: i64,
    /// Names of shown endorsements that wait for a moderator.
    pub waiting_names: i64,
    /// Persons who signed and count, and say to have done what the letter asks for.
    pub pledged: i64,
    /// Those of `signed` who did so without a name, by a direct message.
    pub nameless: i64,
    /// Entries too many among those above and the names of the letter's list, because one supporter has two.
    pub linked: LinkedCounts,
    /// Those of `signed` who signed on forges, by their sources in the order of the alphabet.
    pub forges: Vec<ForgeCount>,
}

impl Counts {
    /// Those who signed on this forge.
    pub fn on_forge(&self, source: &str) -> ForgeCount {
        let found = self.forges.iter().find(|forge| forge.source == source);
        found.cloned().unwrap_or_default()
    }

    /// Those who signed on any forge.
    pub fn on_forges(&self) -> ForgeCount {
        let add = |all: ForgeCount, forge: &ForgeCount| ForgeCount {
            signed: all.signed + forge.signed,
            listed: all.listed + forge.listed,
            ..all
        };
        self.forges.iter().fold(ForgeCount::default(), add)
    }
}

impl Tx {
    /// How many endorse, and how many wait. `revision` is the first one with
    /// the text that is published ([`newest_substantive_revision`](Self::newest_substantive_revision)).
    pub async fn counts(&mut self, revision: i64) -> Result<Counts> {
        let groups: Vec<(String, bool, bool, i64, i64, i64, i64)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT state, organisation, liked,
                    CAST(SUM(n) AS BIGINT),
                    CAST(SUM(CASE WHEN revision = $1
                                    OR revision IN (SELECT number FROM revision WHERE same_as = $1)
                                  THEN n ELSE 0 END) AS BIGINT),
                    CAST(SUM(CASE WHEN statement_waits THEN n ELSE 0 END) AS BIGINT),
                    CAST(SUM(CASE WHEN name_waits THEN n ELSE 0 END) AS BIGINT)
             FROM endorsement_count
             WHERE state IN ('listed', 'counted', 'pending')
             GROUP BY state, organisation, liked",
            )
            .bind(revision),
            fetch_all
        )?;
        let reach = self.total("boosts").await? + self.total("quoting").await?;
        let boosts = self.total("letter_boosts").await?;
        let mut counts = Counts {
            reach,
            boosts,
            pledged: self.total("pledged").await?,
            nameless: self.total("nameless").await?,
            organisations: self.total("organisations").await?,
            waiting_statements: self.total("pledges_waiting").await?,
            linked: self.linked_counts(revision).await?,
            forges: self.forge_counts().await?,
            ..Counts::default()
        };
        for (state, organisation, liked, n, current, statements, names) in groups {
            match (state.as_str(), organisation, liked) {
                ("pending", _, _) => counts.waiting += n,
                (_, true, _) => counts.organisations += n,
                (_, false, false) => counts.signed += n,
                (_, false, true) => counts.liked += n,
            }
            if state == "listed" && !organisation {
                counts.listed += n;
                counts.listed_likes += if liked { n } else { 0 };
            }
            if state != "pending" && !organisation {
                counts.current += current;
            }
            if state != "pending" {
                counts.waiting_statements += statements;
            }
            if state == "listed" {
                counts.waiting_names += names;
            }
        }
        Ok(counts)
    }

    /// How many persons of each forge count; forges of whom nobody does are left out.
    async fn forge_counts(&mut self) -> Result<Vec<ForgeCount>> {
        let rows: Vec<(String, bool, i64)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT source, listed, CAST(SUM(n) AS BIGINT) FROM forge_count WHERE n > 0 GROUP BY source, listed ORDER BY source, listed"
            ),
            fetch_all
        )?;
        let mut counts: Vec<ForgeCount> = Vec::new();
        for (source, listed, n) in rows {
            if counts.last().is_none_or(|last| last.source != source) {
                counts.push(ForgeCount {
                    source,
                    ..ForgeCount::default()
                });
            }
            if let Some(last) = counts.last_mut() {
                last.signed += n;
                last.listed += if listed { n } else { 0 };
            }
        }
        Ok(counts)
    }

    /// How many endorsements are in each state; comments are none. What nobody is in any more is 0.
    pub async fn endorsements_by_state(&mut self) -> Result<Vec<(String, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT state, CAST(SUM(n) AS BIGINT) FROM endorsement_count GROUP BY state ORDER BY state",
            ),
            fetch_all
        )?)
    }

    /// One of the single numbers that are kept, by its name; 0 where none is kept.
    pub(super) async fn total(&mut self, name: &str) -> Result<i64> {
        let n: Option<i64> = on_either!(
            self,
            sqlx::query_scalar("SELECT n FROM total WHERE name = $1").bind(name),
            fetch_optional
        )?;
        Ok(n.unwrap_or_default())
    }

    /// Which of these skeletons belong to a signatory's or a listed endorser's name, with the endorser's actor and the
    /// name itself: one that only looks like an endorser's waits for a moderator, as does any that is like a signatory's.
    pub async fn names_taken(
        &mut self,
        skeletons: &[String],
    ) -> Result<Vec<(String, Option<i64>, String)>> {
        Ok(built!(
            self,
            |sql, skeletons| {
                sql.push("SELECT skeleton, CAST(NULL AS BIGINT), name FROM signatory WHERE state = 'listed' AND skeleton");
                sql.push_in(skeletons);
                sql.push(
                    " UNION ALL
                      SELECT name_skeleton, actor_id, COALESCE(name, '')
                      FROM endorsement
                      WHERE state = 'listed' AND name_state = 'shown' AND name_skeleton",
                );
                sql.push_in(skeletons);
            },
            rows(String, Option<i64>, String)
        )?)
    }
}
