//! Lists for administrators, with filters.

use sqlx::FromRow;

use super::{
    Result, Tx,
    word_search::{FoundBy, MANY, WordSearch, push_found},
};
use crate::{
    clock::Millis,
    endorsement::{ActKind, ReviewState, State, WaitsFor},
    hash::Sha256,
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
    /// Whether the statement, or what was declared with it, or the pledge, is shown.
    pub statement: Option<ReviewState>,
    /// Whether the name is shown.
    pub name_state: Option<ReviewState>,
    /// Whether only frozen ones are listed, whatever their state.
    pub frozen: bool,
    /// Whether only those of accounts on forges are listed.
    pub on_forge: bool,
    /// Dated at this time or later.
    pub after: Option<Millis>,
    /// Dated before this time.
    pub before: Option<Millis>,
    /// Part of the name.
    pub name: Option<String>,
    /// Words that begin like those of names, handle and statement; of a comment any part of name, handle and words.
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
    /// `@user@host`, or `login (host)` of an account on a forge.
    pub handle: String,
    /// `fediverse`, `github`, or the host of another forge.
    pub source: String,
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
    /// `moderator` if one promoted or edited it, else `endorser`.
    pub by: String,
    /// The public id of the name in the letter's list that is linked with it.
    pub signatory: Option<PublicId>,
    /// Since when the actor's server has given no answer, once that has lasted for 90 days.
    pub server_gone_since: Option<Millis>,
    /// How sure the words of its pledge are; `None` without one.
    pub pledge: Option<String>,
    /// Whether what waits of the pledge is shown.
    pub pledge_state: Option<String>,
    /// The link of the pledge.
    pub pledge_url: Option<String>,
    /// When it was said.
    pub pledged_at: Option<Millis>,
    /// The words that the moderator of an unsure pledge has to read, while they wait.
    pub pledge_words: Option<String>,
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
           actor.url AS actor, actor.handle, COALESCE(actor.forge, 'fediverse') AS source,
           COALESCE(endorsement.edited_name, endorsement.name) AS name,
           CASE WHEN endorsement.edited_name IS NULL THEN endorsement.name_state ELSE 'shown' END AS name_state,
           endorsement.declared_name,
           COALESCE(endorsement.edited_affiliation, endorsement.declared_affiliation) AS declared_affiliation,
           COALESCE(endorsement.declared_state,
                    CASE WHEN endorsement.edited_affiliation IS NOT NULL THEN 'shown' END) AS declared_state,
           endorsement.statement,
           endorsement.statement_state, endorsement.revision, act.object, act.activity,
           evidence.how AS evidence, endorsement.waits_for, endorsement.endorsed_at,
           endorsement.changed_at,
           COALESCE(endorsement.reason,
                    CASE WHEN endorsement.state = 'hidden' THEN endorsement.held_by END) AS reason,
           actor.frozen_at, host.gone_since AS server_gone_since,
           CASE WHEN endorsement.edited_name IS NOT NULL OR endorsement.edited_affiliation IS NOT NULL
                  OR endorsement.counts_as IS NOT NULL OR endorsement.promoted_act = endorsement.act_id
                THEN 'moderator' ELSE 'endorser' END AS by,
           (SELECT signatory.public_id FROM link
            JOIN signatory ON signatory.id = link.signatory_id
            WHERE link.endorsement_id = endorsement.id AND link.state = 'linked') AS signatory,
           endorsement.pledge, endorsement.pledge_state, endorsement.pledge_url, endorsement.pledged_at,
           CASE WHEN endorsement.pledge_state = 'pending' AND endorsement.pledge = 'unsure'
                THEN (SELECT said.text FROM act AS said
                      WHERE said.actor_id = endorsement.actor_id AND said.ended_at IS NULL
                        AND said.pledge = 'unsure' AND said.pledge_state = 'pending'
                      ORDER BY said.at DESC, said.id DESC LIMIT 1) END AS pledge_words,
           endorsement.id AS row_id
    FROM endorsement
    JOIN actor ON actor.id = endorsement.actor_id
    JOIN host ON host.id = actor.host_id
    LEFT JOIN act ON act.id = endorsement.act_id
    LEFT JOIN evidence ON evidence.act_id = act.id
    WHERE TRUE";

const COMMENTS: &str = "
    SELECT comment.public_id, act.actor_id, act.id AS act_id, act.kind, act.kind AS state,
           actor.url AS actor, actor.handle, COALESCE(actor.forge, 'fediverse') AS source, actor.name, 'hidden' AS name_state,
           CAST(NULL AS TEXT) AS declared_name, CAST(NULL AS TEXT) AS declared_affiliation,
           CAST(NULL AS TEXT) AS declared_state, act.text AS statement, 'hidden' AS statement_state,
           act.revision, act.object, act.activity, evidence.how AS evidence,
           CAST(NULL AS TEXT) AS waits_for, act.at AS endorsed_at, act.at AS changed_at,
           CAST(NULL AS TEXT) AS reason, actor.frozen_at, host.gone_since AS server_gone_since,
           'endorser' AS by, CAST(NULL AS TEXT) AS signatory,
           CAST(NULL AS TEXT) AS pledge, CAST(NULL AS TEXT) AS pledge_state, CAST(NULL AS TEXT) AS pledge_url,
           CAST(NULL AS BIGINT) AS pledged_at, CAST(NULL AS TEXT) AS pledge_words, act.id AS row_id
    FROM comment
    JOIN act ON act.id = comment.act_id
    JOIN actor ON actor.id = act.actor_id
    JOIN host ON host.id = actor.host_id
    LEFT JOIN evidence ON evidence.act_id = act.id
    WHERE act.kind = 'comment' AND act.ended_at IS NULL";

/// A row with its place in the list, beside its date.
#[derive(FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    summary: EndorsementSummary,
    row_id: i64,
}

/// Which endorsements come next. What waits for a moderator to read it stands before all others, so that an index answers
/// each of two questions, where one would sort everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListSection {
    Comments,
    All,
    Unsure,
    Others,
}

impl ListSection {
    const fn condition(self) -> &'static str {
        match self {
            Self::Comments | Self::All => "",
            Self::Unsure => " AND endorsement.waits_for = 'unsure'",
            Self::Others => {
                " AND (endorsement.waits_for IS NULL OR endorsement.waits_for <> 'unsure')"
            }
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Unsure => Some(Self::Others),
            Self::Comments | Self::All | Self::Others => None,
        }
    }
}

/// How the host and the words are looked for.
#[derive(Clone, Debug)]
struct Narrowed {
    found: Option<FoundBy>,
    /// Whether few people are at these hosts, so that each is looked up.
    few_at_host: bool,
}

impl Narrowed {
    /// Whether few rows are looked up one by one.
    fn is_few(&self) -> bool {
        self.few_at_host || self.found.as_ref().is_some_and(|found| found.few)
    }
}

/// A list of endorsements, or of comments for the state `comment`, that is read page by page: first those with words that
/// a moderator has to read, then newest first. Each page continues beside the last row of the one before, so it costs as much as
/// the first, and may be read in another transaction.
#[derive(Clone, Debug)]
pub struct EndorsementPages {
    conditions: EndorsementFilter,
    /// `None` at the end.
    part: Option<ListSection>,
    /// The last row that was read of this part.
    after: Option<(Millis, i64)>,
    /// Found out with the first page.
    narrowed: Option<Narrowed>,
}

impl EndorsementPages {
    /// The pages of everything that fulfils these conditions.
    pub fn of(conditions: EndorsementFilter) -> Self {
        let part = if conditions.state == Some(State::Comment) {
            ListSection::Comments
        } else if conditions.waits_for.is_some()
            || conditions
                .state
                .is_some_and(|state| state != State::Pending)
        {
            ListSection::All
        } else {
            ListSection::Unsure
        };
        Self {
            conditions,
            part: Some(part),
            after: None,
            narrowed: None,
        }
    }

    /// The next page with up to `limit` rows; fewer only at the end.
    pub async fn next(&mut self, tx: &mut Tx, limit: i64) -> Result<Vec<EndorsementSummary>> {
        if self.conditions.search.is_some() {
            tx.goes_by_index().await?;
        }
        let mut summaries = Vec::new();
        while let Some(part) = self.part {
            let listed = i64::try_from(summaries.len()).unwrap_or(i64::MAX);
            let left = limit.saturating_sub(listed);
            if left <= 0 {
                break;
            }
            let rows = if part == ListSection::Comments {
                tx.comments(&self.conditions, self.after, left).await?
            } else {
                let narrowed = self.narrowed(tx).await?;
                let conditions = (&self.conditions, &narrowed);
                tx.endorsements(conditions, part.condition(), self.after, left)
                    .await?
            };
            let is_full = i64::try_from(rows.len()).is_ok_and(|n| n == left);
            if let Some(last) = rows.last() {
                self.after = Some((last.summary.endorsed_at, last.row_id));
            }
            summaries.extend(rows.into_iter().map(|row| row.summary));
            if !is_full {
                (self.part, self.after) = (part.next(), None);
            }
        }
        Ok(summaries)
    }

    async fn narrowed(&mut self, tx: &mut Tx) -> Result<Narrowed> {
        if let Some(narrowed) = &self.narrowed {
            return Ok(narrowed.clone());
        }
        let search = self.conditions.search.as_deref().map(WordSearch::parse);
        let found = match search {
            Some(search) => Some(search.anywhere(tx).await?),
            None => None,
        };
        let few_at_host = match &self.conditions.host {
            Some(glob) => tx.few_are_at(glob).await?,
            None => false,
        };
        let narrowed = Narrowed { found, few_at_host };
        self.narrowed = Some(narrowed.clone());
        Ok(narrowed)
    }
}

/// The `LIKE` pattern of a host, where `*` is any text.
fn host_pattern(glob: &str) -> String {
    escaped(&glob.to_ascii_lowercase()).replace('*', "%")
}

impl Tx {
    /// Up to `limit` matching endorsements, or comments for the state `comment`, in the order of [`EndorsementPages`].
    pub async fn list(
        &mut self,
        conditions: &EndorsementFilter,
        limit: i64,
    ) -> Result<Vec<EndorsementSummary>> {
        EndorsementPages::of(conditions.clone())
            .next(self, limit)
            .await
    }

    /// The number of matching endorsements, or comments for the state `comment`.
    pub async fn how_many(&mut self, conditions: &EndorsementFilter) -> Result<i64> {
        const COMMENTS: &str = "
            SELECT COUNT(*)
            FROM comment
            JOIN act ON act.id = comment.act_id
            JOIN actor ON actor.id = act.actor_id
            JOIN host ON host.id = actor.host_id
            WHERE act.kind = 'comment' AND act.ended_at IS NULL";
        // Without the tables that no condition is about: reading them takes most of the time.
        const ALONE: &str = "SELECT COUNT(*) FROM endorsement WHERE TRUE";
        const WITH_ACTOR: &str = "
            SELECT COUNT(*)
            FROM endorsement
            JOIN actor ON actor.id = endorsement.actor_id
            JOIN host ON host.id = actor.host_id
            WHERE TRUE";
        let rows: Vec<(i64,)> = if conditions.state == Some(State::Comment) {
            built!(
                self,
                |sql| {
                    sql.push(COMMENTS);
                    push_comment!(sql, conditions);
                },
                rows(i64,)
            )?
        } else {
            if conditions.search.is_some() {
                self.goes_by_index().await?;
            }
            let mut pages = EndorsementPages::of(conditions.clone());
            let narrowed = pages.narrowed(self).await?;
            let about_actor = conditions.host.is_some()
                || conditions.frozen
                || conditions.on_forge
                || conditions.actor.is_some();
            built!(
                self,
                |sql| {
                    sql.push(if about_actor { WITH_ACTOR } else { ALONE });
                    push_endorsement!(sql, conditions, &narrowed);
                },
                rows(i64,)
            )?
        };
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// Whether SQLite should look up the people at the hosts that match one by one, because they are fewer than [`MANY`]:
    /// of many the newest are soon met in the order of the list. PostgreSQL has statistics, and chooses by itself.
    async fn few_are_at(&mut self, glob: &str) -> Result<bool> {
        const COUNT: &str = "
            SELECT COUNT(*)
            FROM (SELECT 1 FROM actor
                  WHERE host_id IN (SELECT id FROM host WHERE name LIKE $1 ESCAPE '\\') LIMIT $2)";
        let Self::Sqlite(tx) = self else {
            return Ok(false);
        };
        let count = sqlx::query_scalar(COUNT)
            .bind(host_pattern(glob))
            .bind(MANY);
        let n: i64 = count.fetch_one(&mut **tx).await?;
        Ok(n < MANY)
    }

    async fn endorsements(
        &mut self,
        (conditions, narrowed): (&EndorsementFilter, &Narrowed),
        also: &'static str,
        after: Option<(Millis, i64)>,
        limit: i64,
    ) -> Result<Vec<ListedRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(ENDORSEMENTS).push(also);
                push_endorsement!(sql, conditions, narrowed);
                if let Some((at, id)) = after {
                    sql.push(" AND (endorsement.endorsed_at, endorsement.id) < (");
                    sql.push_bind(at).push(", ").push_bind(id).push(")");
                }
                sql.push(" ORDER BY endorsement.endorsed_at DESC, endorsement.id DESC LIMIT ");
                sql.push_bind(limit);
            },
            rows ListedRow
        )?)
    }

    async fn comments(
        &mut self,
        conditions: &EndorsementFilter,
        after: Option<(Millis, i64)>,
        limit: i64,
    ) -> Result<Vec<ListedRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(COMMENTS);
                push_comment!(sql, conditions);
                if let Some((at, id)) = after {
                    sql.push(" AND (act.at, act.id) < (");
                    sql.push_bind(at).push(", ").push_bind(id).push(")");
                }
                sql.push(" ORDER BY act.at DESC, act.id DESC LIMIT ").push_bind(limit);
            },
            rows ListedRow
        )?)
    }
}

/// Pushes the conditions that mean the same for endorsements and comments; `id` and `at` are their columns.
macro_rules! push_common {
    ($sql:ident, $conditions:expr, $id:literal, $at:literal) => {{
        let conditions: &EndorsementFilter = $conditions;
        if conditions.frozen {
            $sql.push(" AND actor.frozen_at IS NOT NULL");
        }
        if conditions.on_forge {
            $sql.push(" AND actor.forge IS NOT NULL");
        }
        if let Some(glob) = &conditions.host {
            $sql.push(" AND host.name LIKE ").push_bind(host_pattern(glob)).push(" ESCAPE '\\'");
        }
        if let Some(after) = conditions.after {
            $sql.push(concat!(" AND ", $at, " >= ")).push_bind(after);
        }
        if let Some(before) = conditions.before {
            $sql.push(concat!(" AND ", $at, " < ")).push_bind(before);
        }
        if let Some(beginning) = &conditions.id {
            // As a range, because no index answers LIKE on both databases. No id has the last character of Unicode.
            let beginning = beginning.to_ascii_lowercase().replace('\0', "");
            $sql.push(concat!(" AND ", $id, " >= ")).push_bind(beginning.clone());
            $sql.push(concat!(" AND ", $id, " < ")).push_bind(format!("{beginning}\u{10ffff}"));
        }
        if let Some(actor) = &conditions.actor {
            $sql.push(" AND actor.url_hash = ").push_bind(Sha256::of(actor));
        }
    }};
}
use push_common;

/// Pushes the conditions of a list of endorsements.
macro_rules! push_endorsement {
    ($sql:ident, $conditions:expr, $narrowed:expr) => {{
        let conditions: &EndorsementFilter = $conditions;
        let narrowed: &Narrowed = $narrowed;
        match conditions.state {
            Some(State::Listed) => {
                $sql.push(" AND endorsement.state = 'listed'");
            }
            Some(state) => {
                if !narrowed.is_few() {
                    // In words, because an index without those that are listed answers nothing else.
                    $sql.push(" AND endorsement.state <> 'listed'");
                }
                $sql.push(" AND endorsement.state = ").push_bind(state.as_str());
            }
            None => (),
        }
        if let Some(kind) = conditions.kind {
            $sql.push(" AND endorsement.kind = ").push_bind(kind.as_str());
        }
        if let Some(waits_for) = conditions.waits_for {
            $sql.push(" AND endorsement.waits_for = ").push_bind(waits_for.as_str());
        }
        match conditions.statement {
            // In words, because an index has no others.
            Some(ReviewState::Pending) => {
                $sql.push(
                    " AND (endorsement.statement_state = 'pending' OR endorsement.declared_state = 'pending'
                      OR endorsement.pledge_state = 'pending')",
                );
            }
            Some(state) => {
                $sql.push(" AND (endorsement.statement_state = ").push_bind(state.as_str());
                $sql.push(" OR endorsement.declared_state = ").push_bind(state.as_str());
                $sql.push(" OR endorsement.pledge_state = ").push_bind(state.as_str());
                $sql.push(")");
            }
            None => (),
        }
        match conditions.name_state {
            Some(ReviewState::Pending) => {
                // In words, because an index has no others: who likes without a name has none that waits, and a moderator's
                // name stands in the place of another one.
                $sql.push(
                    " AND endorsement.state = 'listed' AND endorsement.name_state = 'pending' \
                     AND endorsement.name IS NOT NULL AND endorsement.edited_name IS NULL",
                );
            }
            Some(state) => {
                $sql.push(" AND endorsement.name_state = ").push_bind(state.as_str());
            }
            None => (),
        }
        if let Some(part) = &conditions.name {
            $sql.push(" AND lower(COALESCE(endorsement.name, '')) LIKE ");
            $sql.push_bind(anywhere(part)).push(" ESCAPE '\\'");
        }
        if let Some(found) = &narrowed.found {
            push_found!($sql, found);
        }
        if let Some(glob) = conditions.host.as_ref().filter(|_| narrowed.few_at_host) {
            $sql.push(
                " AND endorsement.actor_id IN
                     (SELECT neighbour.id FROM actor AS neighbour WHERE neighbour.host_id IN
                         (SELECT home.id FROM host AS home WHERE home.name LIKE ",
            );
            $sql.push_bind(host_pattern(glob)).push(" ESCAPE '\\'))");
        }
        push_common!($sql, conditions, "endorsement.public_id", "endorsement.endorsed_at");
    }};
}
use push_endorsement;

/// Pushes the conditions of a list of comments.
macro_rules! push_comment {
    ($sql:ident, $conditions:expr) => {{
        let conditions: &EndorsementFilter = $conditions;
        if let Some(part) = &conditions.name {
            $sql.push(" AND lower(actor.name) LIKE ");
            $sql.push_bind(anywhere(part)).push(" ESCAPE '\\'");
        }
        if let Some(part) = &conditions.search {
            $sql.push(" AND lower(actor.name || ' ' || actor.handle || ' ' || COALESCE(act.text, '')) LIKE ");
            $sql.push_bind(anywhere(part)).push(" ESCAPE '\\'");
        }
        push_common!($sql, conditions, "comment.public_id", "act.at");
    }};
}
use push_comment;
