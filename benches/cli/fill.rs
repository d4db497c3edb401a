//! What lists are about besides endorsements: written through the store where it writes many rows at once, else inside the
//! database.

use anyhow::Context as _;
use sqlx::AssertSqlSafe;
use undersigned::{
    clock::Millis,
    endorsement::{
        block_file::Flags,
        blocks::{Severity, Target},
        names,
        word_rules::RuleScope,
    },
    random::PublicId,
    store::{AuditAction, BlockRow, NewBulkAudit, NewSignatory, Store, Tx},
    text::search_words,
};

use crate::harness::seed::{Crowd, seed};

/// So many rows of a table there are for each thousand endorsements.
const COMMENTS: i64 = 200;
const REPORTS: i64 = 20;
const QUOTES: i64 = 50;
const AUDIT: i64 = 200;
const SIGNATORIES: i64 = 30;
const BLOCKS: i64 = 30;
const DELIVERIES: i64 = 1000;

/// Fills a database in which the letter is published.
pub(crate) async fn fill(store: &Store, endorsements: i64, now: Millis) -> anyhow::Result<()> {
    let thousands = endorsements / 1000;
    let crowd = Crowd {
        hosts: 300 + 10 * thousands,
        people: endorsements + 500 * thousands,
        endorsements,
        followers: 500 * thousands,
        keys: false,
    };
    seed(store, crowd, now).await?;
    let mut tx = store.write().await?;
    block(&mut tx, BLOCKS * thousands, now).await?;
    sign(&mut tx, SIGNATORIES * thousands, now).await?;
    audit(&mut tx, AUDIT * thousands, now).await?;
    for domain in 0..100 {
        let domain = format!("trusted{domain}.example");
        tx.trust(&domain, now).await?;
        let pattern = format!("buy shoes {domain}");
        tx.add_word_rule(&pattern, RuleScope::Text, "mona", now)
            .await?;
    }
    for statement in statements(thousands, now) {
        run(&mut tx, &statement).await.context(statement)?;
    }
    tx.commit().await?;
    if let Store::Postgres { pool, .. } = store {
        // As autovacuum does within a minute.
        sqlx::query("ANALYZE").execute(pool).await?;
    }
    Ok(())
}

/// Blocks of servers of which nobody is here.
async fn block(tx: &mut Tx, n: i64, now: Millis) -> anyhow::Result<()> {
    let rows = (0..n).map(|i| BlockRow {
        target: Target::Domain(format!("blocked{i}.example")),
        severity: if i % 5 == 0 {
            Severity::Limit
        } else {
            Severity::Block
        },
        public_comment: Some("spam".to_owned()),
        private_comment: None,
        at: now,
        flags: Flags::default(),
    });
    Ok(tx.save_policies(&rows.collect::<Vec<_>>()).await?)
}

/// Names of the letter's own list.
async fn sign(tx: &mut Tx, n: i64, now: Millis) -> anyhow::Result<()> {
    let rows = (0..n).map(|i| {
        let (name, handle) = (format!("Signatory {i}"), format!("signer{i}"));
        NewSignatory {
            public_id: PublicId::from(format!("s{i:0>15}")),
            skeleton: names::skeleton(&name),
            shown_words: search_words(&format!("{name} {handle}")).join(" "),
            name,
            url: Some(format!("https://github.com/{handle}")),
            handle: Some(handle),
            affiliation: None,
            source: "github".to_owned(),
            position: 1000 + i,
            line: Some(1000 + i),
            revision: 1,
            state: "listed".to_owned(),
            listed_at: now,
            gone_at: None,
            collected: None,
            reference: None,
            name_hash: None,
            handle_hash: None,
            name_off_at: None,
        }
    });
    Ok(tx.save_signatories(&rows.collect::<Vec<_>>()).await?)
}

/// Decisions, of which every tenth was about a hundred endorsements.
async fn audit(tx: &mut Tx, n: i64, now: Millis) -> anyhow::Result<()> {
    for i in 0..n {
        let entry = NewBulkAudit {
            at: Millis::from_millis(now.as_millis() - (n - i) * 1000),
            by: if i % 3 == 0 { "mona" } else { "otto" }.to_owned(),
            action: if i % 2 == 0 {
                AuditAction::EndorsementApprove
            } else {
                AuditAction::StatementHide
            },
            code: None,
            count: None,
            reason: Some("spam: sells shoes".to_owned()),
        };
        let id = tx.add_bulk_audit(&entry).await?;
        let about = if i % 10 == 0 { 100 } else { 1 };
        let targets = (0..about).map(|place| (format!("{:0>16}", i * 7 + place), None));
        tx.add_audit_targets(id, &targets.collect::<Vec<_>>())
            .await?;
    }
    Ok(())
}

/// What the store writes one by one.
fn statements(thousands: i64, now: Millis) -> Vec<String> {
    let at = now.as_millis();
    let count = |to: i64| {
        format!(
            "RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})",
            to.max(1)
        )
    };
    let people = |n: i64| {
        let n = n * thousands;
        format!(
            "(SELECT id, url, url_hash, host_id, inbox_id, shared_inbox_id FROM actor ORDER BY id DESC LIMIT {n}) AS one"
        )
    };
    vec![
        format!(
            "INSERT INTO act (actor_id, kind, family, object_hash, object, activity_hash, target, visibility, ceiling,
                              outcome, revision, text, at)
             SELECT id, 'comment', 'post', url_hash, url || '/statuses/2', url_hash, '/letter', 'public', 'counted',
                    'comment', 1, 'Why does number ' || id || ' ask?', {at} - id
             FROM {} ORDER BY id",
            people(COMMENTS)
        ),
        "INSERT INTO comment (public_id, act_id)
         SELECT 'c' || substr(CAST(1000000000000000 + id AS TEXT), 2), id FROM act WHERE kind = 'comment' ORDER BY id"
            .to_owned(),
        format!(
            "INSERT INTO quote_authorization (path, actor_id, object_hash, object, target)
             SELECT '/quote-authorizations/' || id, id, url_hash, url || '/statuses/3', '/letter' FROM {} ORDER BY id",
            people(QUOTES)
        ),
        format!(
            "INSERT INTO report (host, targets, count, text, at, state)
             WITH {}
             SELECT 'crowd' || i || '.example', '/letter', 1 + i % 3, 'It sells shoes', {at} - i * 1000,
                    CASE WHEN i % 4 = 0 THEN 'resolved' ELSE 'open' END
             FROM n",
            count(REPORTS * thousands)
        ),
        format!(
            "INSERT INTO journal (at, host, type, outcome, reason)
             WITH {}
             SELECT {at} - i, 'crowd' || (i % 300) || '.example', 'Like', 'taken', NULL FROM n",
            count(100 * thousands)
        ),
        format!(
            "INSERT INTO activity (path, kind, subject, body, public, at)
             WITH {}
             SELECT '/activities/bench' || i, 'Update', '/letter', '{{}}', TRUE, {at} FROM n",
            count(10)
        ),
        // Of ten deliveries eight arrived, one was refused, and one waits.
        format!(
            "INSERT INTO delivery (activity_id, inbox_id, host_id, state, attempts, due_at, last_status, queued_at, settled_at)
             SELECT activity.id, one.inbox_id, one.host_id,
                    CASE one.id / 13 % 10 WHEN 0 THEN 'queued' WHEN 1 THEN 'refused' ELSE 'delivered' END, 1, {at},
                    CASE one.id / 13 % 10 WHEN 1 THEN 403 ELSE 202 END, {at},
                    CASE one.id / 13 % 10 WHEN 0 THEN NULL ELSE {at} END
             FROM {} CROSS JOIN activity
             WHERE activity.path LIKE '/activities/bench%'",
            people(DELIVERIES / 10)
        ),
    ]
}

async fn run(tx: &mut Tx, statement: &str) -> anyhow::Result<()> {
    let statement = AssertSqlSafe(statement.to_owned());
    match tx {
        Tx::Sqlite(tx) => sqlx::query(statement).execute(&mut **tx).await.map(drop)?,
        Tx::Postgres(tx) => sqlx::query(statement).execute(&mut **tx).await.map(drop)?,
    }
    Ok(())
}
