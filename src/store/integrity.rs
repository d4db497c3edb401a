//! What always holds between rows of several tables: looked for and mended with one statement each, for `check`, which
//! reads everything.
//!
//! Not here: what follows from the acts of an actor (`register::maintenance`), and kept counts (`kept_counts`).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{IndexedWords, Result, Tx};
use crate::clock::Millis;

/// How rows are mended that break an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mend {
    /// By this statement.
    By(&'static str),
    /// By this one, whose `$1` is until when a blocked follower sleeps.
    Sleep(&'static str),
    /// By public ids, which are random: [`Tx::comments_without_id`].
    Named,
    /// By nothing.
    Never,
}

/// What always holds between rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// What the rows are that break it: `hosts that …`.
    pub broken: &'static str,
    /// What is done about them, or why nothing can be.
    pub remedy: &'static str,
    count: &'static str,
    mend: Mend,
}

impl Invariant {
    /// Whether rows that break it are mended by public ids.
    pub const fn needs_ids(&self) -> bool {
        matches!(self.mend, Mend::Named)
    }

    /// Whether rows that break it can be mended.
    pub const fn can_be_mended(&self) -> bool {
        !matches!(self.mend, Mend::Never)
    }
}

/// Quotes whose post is a standing act.
macro_rules! counted_twice {
    () => {
        "kind = 'quote'
         AND EXISTS (SELECT 1 FROM act
                     WHERE act.actor_id = reach.actor_id AND act.object_hash = reach.object_hash
                       AND act.family = 'post' AND act.ended_at IS NULL)"
    };
}

/// Whether something waits for a host.
macro_rules! waited_for {
    () => {
        "EXISTS (SELECT 1 FROM delivery WHERE delivery.host_id = host.id AND delivery.state = 'queued')"
    };
}

/// Whether the actor of a follower is blocked.
macro_rules! blocked_follower {
    () => {
        "EXISTS (SELECT 1 FROM actor
                 JOIN host ON host.id = actor.host_id
                 WHERE actor.id = follower.actor_id
                   AND (host.blocked
                        OR EXISTS (SELECT 1 FROM policy
                                   WHERE policy.target = actor.url AND policy.kind = 'actor'
                                     AND policy.severity = 'block')))"
    };
}

/// The part of an act's key that follows from its kind.
macro_rules! family {
    () => {
        "CASE kind WHEN 'like' THEN 'like' WHEN 'reaction' THEN 'reaction' WHEN 'direct' THEN 'direct' ELSE 'post' END"
    };
}

/// The size of a signed request.
macro_rules! size {
    () => {
        "octet_length(body) + octet_length(headers) + octet_length(pem)"
    };
}

/// Comments that stand and have no public id.
macro_rules! without_id {
    () => {
        "kind = 'comment' AND ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM comment WHERE comment.act_id = act.id)"
    };
}

/// Entries of the audit that one of `audit undo` took back, and that do not say so.
macro_rules! undone_silently {
    () => {
        "undone_by IS NULL
         AND EXISTS (SELECT 1 FROM audit AS later
                     WHERE later.action = 'audit.undo' AND later.target = CAST(audit.id AS TEXT))"
    };
}

/// Everything that always holds; what comes first is presupposed by what follows.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        broken: "posts that count as reach although they are acts",
        remedy: "counted once",
        count: concat!("SELECT COUNT(*) FROM reach WHERE ", counted_twice!()),
        mend: Mend::By(concat!("DELETE FROM reach WHERE ", counted_twice!())),
    },
    Invariant {
        broken: "hosts that nothing is sent to although something waits for them",
        remedy: "marked anew",
        count: concat!(
            "SELECT COUNT(*) FROM host WHERE NOT waiting AND ",
            waited_for!()
        ),
        mend: Mend::By(concat!(
            "UPDATE host SET waiting = TRUE WHERE NOT waiting AND ",
            waited_for!()
        )),
    },
    Invariant {
        broken: "hosts that count as waited for although nothing waits for them",
        remedy: "marked anew",
        count: concat!(
            "SELECT COUNT(*) FROM host WHERE waiting AND NOT ",
            waited_for!()
        ),
        mend: Mend::By(concat!(
            "UPDATE host SET waiting = FALSE WHERE waiting AND NOT ",
            waited_for!()
        )),
    },
    Invariant {
        broken: "followers that get nothing although nobody blocks them",
        remedy: "woken",
        count: concat!(
            "SELECT COUNT(*) FROM follower WHERE asleep_until IS NOT NULL AND NOT ",
            blocked_follower!()
        ),
        mend: Mend::By(concat!(
            "UPDATE follower SET asleep_until = NULL WHERE asleep_until IS NOT NULL AND NOT ",
            blocked_follower!()
        )),
    },
    Invariant {
        broken: "followers that get everything although they are blocked",
        remedy: "put to sleep",
        count: concat!(
            "SELECT COUNT(*) FROM follower WHERE asleep_until IS NULL AND ",
            blocked_follower!()
        ),
        mend: Mend::Sleep(concat!(
            "UPDATE follower SET asleep_until = $1 WHERE asleep_until IS NULL AND ",
            blocked_follower!()
        )),
    },
    Invariant {
        broken: "acts that are kept as another kind than they are",
        remedy: "kept by their kind",
        count: concat!("SELECT COUNT(*) FROM act WHERE family <> ", family!()),
        mend: Mend::By(concat!(
            "UPDATE act SET family = ",
            family!(),
            " WHERE family <> ",
            family!()
        )),
    },
    Invariant {
        broken: "comments without an id by which they can be named",
        remedy: "given one",
        count: concat!("SELECT COUNT(*) FROM act WHERE ", without_id!()),
        mend: Mend::Named,
    },
    Invariant {
        broken: "signed requests that are kept with a wrong size",
        remedy: "measured anew",
        count: concat!("SELECT COUNT(*) FROM evidence WHERE bytes <> ", size!()),
        mend: Mend::By(concat!(
            "UPDATE evidence SET bytes = ",
            size!(),
            " WHERE bytes <> ",
            size!()
        )),
    },
    Invariant {
        broken: "statements without a state, or states without a statement",
        remedy: "made to wait, or dropped",
        count: "SELECT COUNT(*) FROM endorsement WHERE (statement IS NULL) <> (statement_state IS NULL)",
        mend: Mend::By(
            "UPDATE endorsement
             SET statement_state = CASE WHEN statement IS NULL THEN NULL ELSE 'pending' END
             WHERE (statement IS NULL) <> (statement_state IS NULL)",
        ),
    },
    Invariant {
        broken: "declared names without a state, or states without a declared name",
        remedy: "made to wait, or dropped",
        count: "SELECT COUNT(*) FROM endorsement
                WHERE (COALESCE(declared_name, declared_affiliation) IS NULL) <> (declared_state IS NULL)",
        mend: Mend::By(
            "UPDATE endorsement
             SET declared_state = CASE WHEN COALESCE(declared_name, declared_affiliation) IS NOT NULL THEN 'pending' END
             WHERE (COALESCE(declared_name, declared_affiliation) IS NULL) <> (declared_state IS NULL)",
        ),
    },
    Invariant {
        broken: "entries of the audit that were taken back and do not say so",
        remedy: "noted",
        count: concat!("SELECT COUNT(*) FROM audit WHERE ", undone_silently!()),
        mend: Mend::By(concat!(
            "UPDATE audit
             SET undone_by = (SELECT MIN(later.id) FROM audit AS later
                              WHERE later.action = 'audit.undo' AND later.target = CAST(audit.id AS TEXT))
             WHERE ",
            undone_silently!()
        )),
    },
    Invariant {
        broken: "entries of the audit that say they were taken back, by an entry that does not",
        remedy: "the audit is never changed",
        count: "SELECT COUNT(*) FROM audit
                WHERE undone_by IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM audit AS later
                                  WHERE later.id = audit.undone_by AND later.action = 'audit.undo'
                                    AND later.id > audit.id)",
        mend: Mend::Never,
    },
    Invariant {
        broken: "changes by an entry of the audit that is not there",
        remedy: "nothing else says who did it",
        count: "SELECT COUNT(*) FROM history
                WHERE audit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.id = history.audit_id)",
        mend: Mend::Never,
    },
];

/// The columns of the search index.
const SHOWN: &str = "shown_words";
const OTHER: &str = "other_words";

/// What a search index holds, or has to hold: a number that hardly any other index has, in whatever order it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexSum(u64);

impl IndexSum {
    /// Adds the words of one endorsement.
    pub fn add(&mut self, words: &IndexedWords) {
        for (column, text) in [(SHOWN, &words.shown), (OTHER, &words.other)] {
            for word in text.split_ascii_whitespace() {
                self.add_word(column, word, 1);
            }
        }
    }

    /// Adds a word that a column of `n` endorsements has.
    fn add_word(&mut self, column: &str, word: &str, n: u64) {
        let mut hasher = DefaultHasher::new();
        (column, word).hash(&mut hasher);
        self.0 = self.0.wrapping_add(hasher.finish().wrapping_mul(n));
    }
}

impl Tx {
    /// How many rows break an invariant. Reads all rows of its tables.
    pub async fn count_broken(&mut self, invariant: &Invariant) -> Result<i64> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(invariant.count),
            fetch_one
        )?)
    }

    /// Mends the rows that break an invariant, as far as a statement can; returns how many. A blocked follower sleeps
    /// until `asleep_until`.
    pub async fn mend_broken(
        &mut self,
        invariant: &Invariant,
        asleep_until: Millis,
    ) -> Result<u64> {
        Ok(match invariant.mend {
            Mend::By(statement) => execute!(self, sqlx::query(statement))?,
            Mend::Sleep(statement) => execute!(self, sqlx::query(statement).bind(asleep_until))?,
            Mend::Named | Mend::Never => 0,
        })
    }

    /// Up to `limit` row ids of comments that stand and have no public id.
    pub async fn comments_without_id(&mut self, limit: i64) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(concat!(
                "SELECT id FROM act WHERE ",
                without_id!(),
                " ORDER BY id LIMIT $1"
            ))
            .bind(limit),
            fetch_all
        )?)
    }

    /// What the search index holds; `None` on PostgreSQL, whose index is one of the rows themselves. Reads all of it, some
    /// words at a time.
    pub async fn search_index_sum(&mut self) -> Result<Option<IndexSum>> {
        const AT_ONCE: i64 = 10_000;
        let Self::Sqlite(tx) = self else {
            return Ok(None);
        };
        let mut sum = IndexSum::default();
        let mut after = String::new();
        loop {
            // A word stands once for each column that has it.
            let rows: Vec<(String, String, i64)> = sqlx::query_as(
                "SELECT term, col, doc FROM endorsement_search_words WHERE term > $1 ORDER BY term LIMIT $2",
            )
            .bind(&after)
            .bind(AT_ONCE)
            .fetch_all(&mut **tx)
            .await?;
            let is_all = rows.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
            // The last word may have another column, which did not fit.
            let last = rows.last().map(|(term, ..)| term.clone());
            let last = last.filter(|_| !is_all);
            for (term, column, n) in &rows {
                if last.as_ref() != Some(term) {
                    sum.add_word(column, term, u64::try_from(*n).unwrap_or_default());
                    after.clone_from(term);
                }
            }
            if is_all {
                return Ok(Some(sum));
            }
        }
    }

    /// Makes the search index anew from the rows.
    pub async fn index_anew(&mut self) -> Result<()> {
        if let Self::Sqlite(tx) = self {
            let rebuild = "INSERT INTO endorsement_search (endorsement_search) VALUES ('rebuild')";
            sqlx::query(rebuild).execute(&mut **tx).await?;
        }
        Ok(())
    }
}
