//! Endorsements: one for each actor, derived from its standing acts.

use sqlx::FromRow;

use super::{
    Error, Result, Tx,
    error::{optional_word, word},
};
use crate::{
    clock::Millis,
    endorsement::{
        ActKind, CountsAs, Pledge, PledgeWords, ReviewState, State, StickyDecision, WaitsFor,
        hide_reason::HideReasons,
    },
    random::PublicId,
};

/// One actor's endorsement, derived from its standing acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndorsementRow {
    /// The row id; `None` until it is written.
    pub id: Option<i64>,
    /// The public id.
    pub public_id: PublicId,
    /// The row id of its actor.
    pub actor_id: i64,
    /// Its state.
    pub state: State,
    /// What keeps it off the public pages.
    pub held_by: HideReasons,
    /// What an administrator decided about this actor, while it sticks.
    pub decision: Option<StickyDecision>,
    /// The kind of the act that decides.
    pub kind: ActKind,
    /// The act that decides; `None` once no act stands.
    pub act_id: Option<i64>,
    /// The revision it was given for.
    pub revision: i64,
    /// Whether it belongs in the list of organisations.
    pub organisation: bool,
    /// The cleaned name; `None` after it was erased.
    pub name: Option<String>,
    /// Whether the name is shown, or the handle alone.
    pub name_state: ReviewState,
    /// The skeleton of the shown name (UTS 39): names that look the same have the same.
    pub name_skeleton: Option<String>,
    /// The name that the endorser declared in the reply.
    pub declared_name: Option<String>,
    /// The affiliation that the endorser declared in the reply.
    pub declared_affiliation: Option<String>,
    /// Whether what was declared is shown.
    pub declared_state: Option<ReviewState>,
    /// What the endorser wrote besides the signing words.
    pub statement: Option<String>,
    /// Whether the statement is shown.
    pub statement_state: Option<ReviewState>,
    /// Whether a moderator approved a statement of this actor before.
    pub statement_trusted: bool,
    /// What it waits for.
    pub waits_for: Option<WaitsFor>,
    /// The date of the endorsement.
    pub endorsed_at: Millis,
    /// When it last changed.
    pub changed_at: Millis,
    /// Why it waits or was removed.
    pub reason: Option<String>,
    /// The domain of its actor while it waits, because the number of waiting ones per domain is limited.
    pub waiting_domain: Option<String>,
    /// How often its state changed on the day of `changed_at`. It may be too high, never too low.
    pub changes_today: i64,
    /// What a moderator put in place of what the endorser says.
    pub edits: Edits,
    /// What a search finds it by.
    pub words: IndexedWords,
    /// What the endorser says to have come of the letter.
    pub pledge: Option<PledgeRow>,
}

/// What an endorser says to have come of the letter, as the act that says so has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PledgeRow {
    /// The words, and what a moderator decided. Of clear words without a link nothing waits: they are `shown`.
    pub pledge: Pledge,
    /// The first link in the post.
    pub url: Option<String>,
    /// When it was said.
    pub at: Millis,
}

/// What a moderator put in place of what the endorser says; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// The name.
    pub name: Option<String>,
    /// The affiliation.
    pub affiliation: Option<String>,
    /// The kind of account.
    pub counts_as: Option<CountsAs>,
    /// The row id of the act that a moderator made of a comment.
    pub promoted_act: Option<i64>,
}

/// What a search finds an endorsement by: normalised words ([`search_words`](crate::text::search_words)) with spaces
/// between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexedWords {
    /// Those that the public list shows, in its order, which is the order by name; empty unless it is listed.
    pub shown: String,
    /// All others.
    pub other: String,
}

#[derive(FromRow)]
struct EndorsementColumns {
    id: i64,
    public_id: PublicId,
    actor_id: i64,
    state: String,
    held_by: Option<String>,
    decision: Option<String>,
    kind: String,
    act_id: Option<i64>,
    revision: i64,
    organisation: bool,
    name: Option<String>,
    name_state: String,
    name_skeleton: Option<String>,
    declared_name: Option<String>,
    declared_affiliation: Option<String>,
    declared_state: Option<String>,
    statement: Option<String>,
    statement_state: Option<String>,
    statement_trusted: bool,
    waits_for: Option<String>,
    endorsed_at: Millis,
    changed_at: Millis,
    reason: Option<String>,
    waiting_domain: Option<String>,
    changes_today: i64,
    edited_name: Option<String>,
    edited_affiliation: Option<String>,
    counts_as: Option<String>,
    promoted_act: Option<i64>,
    shown_words: String,
    other_words: String,
    pledge: Option<String>,
    pledge_state: Option<String>,
    pledge_url: Option<String>,
    pledged_at: Option<Millis>,
}

const COLUMNS: &str = "id, public_id, actor_id, state, held_by, decision, kind, act_id, revision, organisation,
                       name, name_state, name_skeleton, declared_name, declared_affiliation, declared_state,
                       statement, statement_state, statement_trusted, waits_for, endorsed_at, changed_at, reason,
                       waiting_domain, changes_today, edited_name, edited_affiliation, counts_as, promoted_act,
                       shown_words, other_words, pledge, pledge_state, pledge_url, pledged_at";

impl TryFrom<EndorsementColumns> for EndorsementRow {
    type Error = Error;

    fn try_from(row: EndorsementColumns) -> Result<Self> {
        const TABLE: &str = "endorsement";
        let key = row.id;
        let showing =
            |column, text: Option<String>| optional_word(TABLE, column, &key, text.as_deref());
        let words: Option<PledgeWords> =
            optional_word(TABLE, "pledge", &key, row.pledge.as_deref())?;
        let review = showing("pledge_state", row.pledge_state)?;
        Ok(Self {
            id: Some(key),
            public_id: row.public_id,
            actor_id: row.actor_id,
            state: word(TABLE, "state", &key, &row.state)?,
            held_by: optional_word(TABLE, "held_by", &key, row.held_by.as_deref())?
                .unwrap_or_default(),
            decision: optional_word(TABLE, "decision", &key, row.decision.as_deref())?,
            kind: word(TABLE, "kind", &key, &row.kind)?,
            act_id: row.act_id,
            revision: row.revision,
            organisation: row.organisation,
            name: row.name,
            name_state: word(TABLE, "name_state", &key, &row.name_state)?,
            name_skeleton: row.name_skeleton,
            declared_name: row.declared_name,
            declared_affiliation: row.declared_affiliation,
            declared_state: showing("declared_state", row.declared_state)?,
            statement: row.statement,
            statement_state: showing("statement_state", row.statement_state)?,
            statement_trusted: row.statement_trusted,
            waits_for: optional_word(TABLE, "waits_for", &key, row.waits_for.as_deref())?,
            endorsed_at: row.endorsed_at,
            changed_at: row.changed_at,
            reason: row.reason,
            waiting_domain: row.waiting_domain,
            changes_today: row.changes_today,
            edits: Edits {
                name: row.edited_name,
                affiliation: row.edited_affiliation,
                counts_as: optional_word(TABLE, "counts_as", &key, row.counts_as.as_deref())?,
                promoted_act: row.promoted_act,
            },
            words: IndexedWords {
                shown: row.shown_words,
                other: row.other_words,
            },
            pledge: words
                .zip(review)
                .zip(row.pledged_at)
                .map(|((words, review), at)| PledgeRow {
                    pledge: Pledge { words, review },
                    url: row.pledge_url,
                    at,
                }),
        })
    }
}

impl Tx {
    /// The endorsements of these actors.
    pub async fn endorsements_of(&mut self, actor_ids: &[i64]) -> Result<Vec<EndorsementRow>> {
        let rows = built!(
            self,
            |sql, actor_ids| {
                sql.push("SELECT ").push(COLUMNS).push(" FROM endorsement WHERE actor_id");
                sql.push_in(actor_ids);
            },
            rows EndorsementColumns
        )?;
        rows.into_iter().map(EndorsementRow::try_from).collect()
    }

    /// Up to `limit` endorsements with a row id above `after`, in that order, each with the row id of its actor: for walks
    /// through the whole register.
    pub async fn endorsers_after(&mut self, after: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT id, actor_id FROM endorsement WHERE id > $1 ORDER BY id LIMIT $2"
            )
            .bind(after)
            .bind(limit),
            fetch_all
        )?)
    }

    /// Up to `limit` endorsements with a row id above `after`, in that order, with what a search finds them by.
    pub async fn indexed_words_after(
        &mut self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, IndexedWords)>> {
        let rows: Vec<(i64, String, String)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT id, shown_words, other_words FROM endorsement WHERE id > $1 ORDER BY id LIMIT $2",
            )
            .bind(after)
            .bind(limit),
            fetch_all
        )?;
        let rows = rows.into_iter();
        let words = rows.map(|(id, shown, other)| (id, IndexedWords { shown, other }));
        Ok(words.collect())
    }

    /// Writes endorsements, new and changed ones, with one statement; returns their row ids.
    pub async fn save_endorsements(&mut self, endorsements: &[EndorsementRow]) -> Result<Vec<i64>> {
        if endorsements.is_empty() {
            return Ok(Vec::new());
        }
        let any_new = endorsements
            .iter()
            .any(|endorsement| endorsement.id.is_none());
        let saved: Vec<(i64, i64)> = built!(
            self,
            |sql| {
                sql.push(
                    "INSERT INTO endorsement (public_id, actor_id, state, held_by, decision, kind, act_id,
                                              revision, organisation, name, name_state, name_skeleton,
                                              declared_name, declared_affiliation, declared_state, statement,
                                              statement_state, statement_trusted, waits_for, endorsed_at, changed_at,
                                              reason, waiting_domain, changes_today, edited_name,
                                              edited_affiliation, counts_as, promoted_act, shown_words,
                                              other_words, pledge, pledge_state, pledge_url, pledged_at) ",
                );
                sql.push_rows(endorsements, |row, it| {
                    let pledge = it.pledge.as_ref();
                    row.push_bind(it.public_id.as_str())
                        .push_bind(it.actor_id)
                        .push_bind(it.state.as_str())
                        .push_bind(it.held_by.as_words())
                        .push_bind(it.decision.map(StickyDecision::as_str))
                        .push_bind(it.kind.as_str())
                        .push_bind(it.act_id)
                        .push_bind(it.revision)
                        .push_bind(it.organisation)
                        .push_bind(&it.name)
                        .push_bind(it.name_state.as_str())
                        .push_bind(&it.name_skeleton)
                        .push_bind(&it.declared_name)
                        .push_bind(&it.declared_affiliation)
                        .push_bind(it.declared_state.map(ReviewState::as_str))
                        .push_bind(&it.statement)
                        .push_bind(it.statement_state.map(ReviewState::as_str))
                        .push_bind(it.statement_trusted)
                        .push_bind(it.waits_for.map(WaitsFor::as_str))
                        .push_bind(it.endorsed_at)
                        .push_bind(it.changed_at)
                        .push_bind(&it.reason)
                        .push_bind(&it.waiting_domain)
                        .push_bind(it.changes_today)
                        .push_bind(&it.edits.name)
                        .push_bind(&it.edits.affiliation)
                        .push_bind(it.edits.counts_as.map(CountsAs::as_str))
                        .push_bind(it.edits.promoted_act)
                        .push_bind(&it.words.shown)
                        .push_bind(&it.words.other)
                        .push_bind(pledge.map(|one| one.pledge.words.as_str()))
                        .push_bind(pledge.map(|one| one.pledge.review.as_str()))
                        .push_bind(pledge.and_then(|one| one.url.as_ref()))
                        .push_bind(pledge.map(|one| one.at));
                });
                sql.push(
                    " ON CONFLICT (actor_id) DO UPDATE
                      SET state = excluded.state, held_by = excluded.held_by, decision = excluded.decision,
                          kind = excluded.kind, act_id = excluded.act_id, revision = excluded.revision,
                          organisation = excluded.organisation, name = excluded.name,
                          name_state = excluded.name_state, name_skeleton = excluded.name_skeleton,
                          declared_name = excluded.declared_name,
                          declared_affiliation = excluded.declared_affiliation,
                          declared_state = excluded.declared_state, statement = excluded.statement,
                          statement_state = excluded.statement_state,
                          statement_trusted = excluded.statement_trusted, waits_for = excluded.waits_for,
                          endorsed_at = excluded.endorsed_at,
                          changed_at = excluded.changed_at, reason = excluded.reason,
                          waiting_domain = excluded.waiting_domain, changes_today = excluded.changes_today,
                          edited_name = excluded.edited_name, edited_affiliation = excluded.edited_affiliation,
                          counts_as = excluded.counts_as, promoted_act = excluded.promoted_act,
                          shown_words = excluded.shown_words, other_words = excluded.other_words,
                          pledge = excluded.pledge, pledge_state = excluded.pledge_state,
                          pledge_url = excluded.pledge_url, pledged_at = excluded.pledged_at",
                );
                if any_new {
                    sql.push(" RETURNING id, actor_id");
                }
            },
            rows(i64, i64)
        )?;
        endorsements
            .iter()
            .map(|endorsement| {
                let row = saved
                    .iter()
                    .find(|(_, actor_id)| *actor_id == endorsement.actor_id);
                endorsement.id.or(row.map(|row| row.0)).ok_or_else(|| {
                    Error::inconsistent(
                        "endorsement",
                        "id",
                        &endorsement.actor_id,
                        "no id came back",
                    )
                })
            })
            .collect()
    }

    /// How many endorsements wait from each of these domains; domains without any are left out.
    pub async fn waiting_from(&mut self, domains: &[String]) -> Result<Vec<(String, i64)>> {
        Ok(built!(
            self,
            |sql, domains| {
                sql.push(
                    "SELECT waiting_domain, COUNT(*)
                     FROM endorsement
                     WHERE waiting_domain",
                );
                sql.push_in(domains);
                sql.push(" GROUP BY waiting_domain");
            },
            rows(String, i64)
        )?)
    }
}
