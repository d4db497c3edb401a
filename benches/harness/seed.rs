//! A crowd that is there before: hosts, people, their endorsements and follows, made inside the database. Through the
//! store a million of them would take an hour, this way a minute or two.
//!
//! Everything that a table of the crowd has to have is named here and nowhere else.

use anyhow::Context as _;
use sqlx::AssertSqlSafe;
use undersigned::{
    clock::Millis,
    store::{Store, Topic},
};

/// As long as the public key of an actor is, in PEM.
const PEM_LENGTH: usize = 451;

/// How many are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Hosts, each with a shared inbox.
    pub(crate) hosts: i64,
    /// People, spread evenly over the hosts.
    pub(crate) people: i64,
    /// So many of the people endorse, the first ones.
    pub(crate) endorsements: i64,
    /// So many of them follow, the first ones.
    pub(crate) followers: i64,
    /// Whether people have keys.
    pub(crate) keys: bool,
}

/// How many of so many endorsements are likes that count.
pub(crate) fn n_likes(endorsements: i64) -> usize {
    (1..=endorsements).filter(|n| n % 10 < 6).count()
}

/// The word for the kind of endorsement number `i`: six of ten are likes.
const KIND: &str = "CASE WHEN i % 10 < 6 THEN 'like' ELSE 'reply' END";

/// Its state: of fifty, one is hidden and one waits for a moderator; of six likes, one counts
/// without a name.
const STATE: &str = "CASE WHEN i % 50 = 49 THEN 'hidden' WHEN i % 50 = 48 THEN 'pending'
                          WHEN i % 10 = 5 THEN 'counted' ELSE 'listed' END";

/// Its words besides the signing words: three of four replies have some.
const STATEMENT: &str =
    "CASE WHEN i % 10 IN (6, 7, 9) THEN 'Because it matters to number ' || i END";

/// What became of these: shown, waiting or hidden.
const STATEMENT_STATE: &str =
    "CASE i % 10 WHEN 6 THEN 'shown' WHEN 7 THEN 'pending' WHEN 9 THEN 'hidden' END";

/// What a search finds it by, as the program makes it: the words of the handle, and those of the statement that the name
/// has not.
const HANDLE_WORDS: &str = "'person' || i || ' ' || replace(host.name, '.', ' ')";
const STATEMENT_WORDS: &str =
    "CASE WHEN i % 10 IN (6, 7, 9) THEN 'because it matters to number' END";

/// First and last names, which make 256 pairs; a number makes them unique.
const NAMES: &str = "
    first (f, given) AS (VALUES
        (0, 'Ada'), (1, 'Alan'), (2, 'Barbara'), (3, 'Donald'), (4, 'Edsger'), (5, 'Frances'), (6, 'Grace'), (7, 'Hedy'),
        (8, 'John'), (9, 'Karen'), (10, 'Linus'), (11, 'Margaret'), (12, 'Niklaus'), (13, 'Radia'), (14, 'Shafi'),
        (15, 'Tony')),
    last (l, family) AS (VALUES
        (0, 'Allen'), (1, 'Backus'), (2, 'Codd'), (3, 'Floyd'), (4, 'Goldberg'), (5, 'Hamilton'), (6, 'Hopper'),
        (7, 'Keller'), (8, 'Knuth'), (9, 'Lamport'), (10, 'Liskov'), (11, 'Perlman'), (12, 'Ritchie'), (13, 'Tarjan'),
        (14, 'Wing'), (15, 'Yao'))";

/// Adds a crowd. Rows get consecutive ids, so that they can refer to each other by arithmetic; nobody else may write.
pub(crate) async fn seed(store: &Store, crowd: Crowd, now: Millis) -> anyhow::Result<()> {
    let Crowd { hosts, people, .. } = crowd;
    let hash = |text: &str| match store {
        // Only that they differ matters.
        Store::Sqlite { .. } => "RANDOMBLOB(32)".to_owned(),
        Store::Postgres { .. } => format!("SHA256(CONVERT_TO({text}, 'UTF8'))"),
    };
    let count =
        |to| format!("RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to})");
    let at = now.as_millis();
    let (of_shared, of_inbox) = (hash("'crowd s' || id"), hash("'crowd i' || i"));
    let (of_actor, of_key) = (hash("'crowd a' || i"), hash("'crowd k' || id"));
    let (of_object, of_activity) = (hash("'crowd o' || i"), hash("'crowd v' || i"));

    let numbers = count(hosts);
    run(
        store,
        format!(
            "INSERT INTO host (authority, name, domain, last_success_at)
             WITH {numbers}
             SELECT 'crowd' || i || '.example', 'crowd' || i || '.example', 'crowd' || i || '.example', {at}
             FROM n ORDER BY i"
        ),
    )
    .await?;
    let host_ids = before(store, "host", hosts).await?;
    run(
        store,
        format!(
            "INSERT INTO inbox (url, url_hash, host_id)
             SELECT 'https://' || authority || '/inbox', {of_shared}, id FROM host WHERE id > {host_ids} ORDER BY id"
        ),
    )
    .await?;
    let shared_ids = before(store, "inbox", hosts).await?;

    let numbers = count(people);
    let host = format!("(1 + i % {hosts})");
    let url = format!("'https://crowd' || {host} || '.example/users/person' || i");
    run(
        store,
        format!(
            "INSERT INTO inbox (url, url_hash, host_id)
             WITH {numbers}
             SELECT {url} || '/inbox', {of_inbox}, {host_ids} + {host} FROM n ORDER BY i"
        ),
    )
    .await?;
    let inbox_ids = before(store, "inbox", people).await?;
    let published = at - 5 * 365 * 24 * 3_600_000;
    run(
        store,
        format!(
            "INSERT INTO actor (url, url_hash, host_id, type, handle, name, page, published_at, discoverable,
                                opted_out, inbox_id, shared_inbox_id, followers, suspended, first_seen_at,
                                refreshed_at)
             WITH {numbers}, {NAMES}
             SELECT {url}, {of_actor}, {host_ids} + {host}, 'Person',
                    '@person' || i || '@crowd' || {host} || '.example', given || ' ' || family || ' ' || i, {url},
                    {published}, TRUE, FALSE, {inbox_ids} + i, {shared_ids} + {host}, {url} || '/followers', FALSE,
                    {at}, {at}
             FROM n JOIN first ON f = i % 16 JOIN last ON l = i / 16 % 16 ORDER BY i"
        ),
    )
    .await?;
    let actor_ids = before(store, "actor", people).await?;
    if crowd.keys {
        let pem = "A".repeat(PEM_LENGTH);
        run(
            store,
            format!(
                "INSERT INTO actor_key (key_id_hash, actor_id, key_id, pem, fetched_at)
                 SELECT {of_key}, id, url || '#main-key', '{pem}', {at} FROM actor WHERE id > {actor_ids} ORDER BY id"
            ),
        )
        .await?;
    }
    if crowd.followers > 0 {
        run(
            store,
            format!(
                "INSERT INTO follower (actor_id, since)
                 SELECT id, {at} FROM actor WHERE id > {actor_ids} AND id <= {actor_ids} + {} ORDER BY id",
                crowd.followers
            ),
        )
        .await?;
    }
    if crowd.endorsements > 0 {
        let n = crowd.endorsements;
        endorse(store, n, actor_ids, at, [&of_object, &of_activity]).await?;
    }
    if matches!(store, Store::Postgres { .. }) {
        // As autovacuum does within a minute.
        run(store, "ANALYZE".to_owned()).await?;
    }
    let mut tx = store.write().await?;
    tx.changed(&[Topic::Register]).await?;
    tx.commit().await?;
    Ok(())
}

/// Acts, endorsements and histories of the first `n` people, a second apart, the newest now.
async fn endorse(
    store: &Store,
    n: i64,
    actor_ids: i64,
    at: i64,
    [of_object, of_activity]: [&str; 2],
) -> anyhow::Result<()> {
    // The rows of these people, with their numbers from 1.
    let people = format!(
        "(SELECT id - {actor_ids} AS i, {at} - ({n} - (id - {actor_ids})) * 1000 AS at, id, url, name, host_id
          FROM actor WHERE id > {actor_ids} AND id <= {actor_ids} + {n}) AS one"
    );
    run(
        store,
        format!(
            "INSERT INTO act (actor_id, kind, family, object_hash, object, activity_hash, activity, target, visibility,
                              ceiling, outcome, waits_for, revision, text, at)
             SELECT id, {KIND}, CASE WHEN i % 10 < 6 THEN 'like' ELSE 'post' END, {of_object},
                    CASE WHEN i % 10 < 6 THEN '/letter' ELSE url || '/statuses/1' END, {of_activity},
                    url || '/activities/1', '/letter', 'public',
                    CASE WHEN i % 10 = 5 THEN 'counted' ELSE 'named' END,
                    CASE WHEN i % 50 = 48 THEN 'pending' WHEN i % 10 = 5 THEN 'counted' ELSE 'listed' END,
                    CASE WHEN i % 50 = 48 THEN 'unsure' END, 1,
                    CASE WHEN i % 10 >= 6 THEN 'I sign. ' || COALESCE({STATEMENT}, '') END, at
             FROM {people} ORDER BY id"
        ),
    )
    .await?;
    let act_ids = before(store, "act", n).await?;
    // As `names::skeleton` makes it of these names.
    let skeleton = ["' ', ''", "'m', 'rn'", "'i', 'l'", "'1', 'l'", "'0', 'o'"]
        .iter()
        .fold("lower(name)".to_owned(), |text, pair| {
            format!("replace({text}, {pair})")
        });
    run(
        store,
        format!(
            "INSERT INTO endorsement (public_id, actor_id, state, held_by, kind, act_id, revision, organisation, name,
                                      name_state, name_skeleton, statement, statement_state, waits_for, waiting_domain,
                                      endorsed_at, changed_at, changes_today, shown_words, other_words)
             SELECT substr(CAST(10000000000000000 + one.id AS TEXT), 2), one.id, {STATE},
                    CASE WHEN i % 50 = 49 THEN 'moderator' END, {KIND}, {act_ids} + i, 1, FALSE,
                    CASE WHEN i % 10 <> 5 THEN one.name END, CASE WHEN i % 10 <> 5 THEN 'shown' ELSE 'pending' END,
                    CASE WHEN i % 10 <> 5 THEN {} END, {STATEMENT}, {STATEMENT_STATE}, CASE WHEN i % 50 = 48 THEN 'unsure' END,
                    CASE WHEN i % 50 = 48 THEN host.domain END, at, at, 1,
                    CASE WHEN {STATE} = 'listed' THEN lower(one.name) || ' ' || {HANDLE_WORDS} ELSE '' END,
                    CASE {STATE}
                        WHEN 'listed' THEN COALESCE({STATEMENT_WORDS}, '')
                        WHEN 'counted' THEN {HANDLE_WORDS}
                        ELSE lower(one.name) || ' ' || {HANDLE_WORDS} || COALESCE(' ' || {STATEMENT_WORDS}, '') END
             FROM {people} JOIN host ON host.id = one.host_id ORDER BY one.id",
            skeleton.replace("(name)", "(one.name)")
        ),
    )
    .await?;
    let endorsement_ids = before(store, "endorsement", n).await?;
    run(
        store,
        format!(
            "INSERT INTO history (endorsement_id, at, now, act_id, revision, cause)
             SELECT id, endorsed_at, state, act_id, revision, 'act'
             FROM endorsement WHERE id > {endorsement_ids} ORDER BY id"
        ),
    )
    .await
}

/// The id before those of the last `n` rows, which were inserted by one statement.
async fn before(store: &Store, table: &str, n: i64) -> anyhow::Result<i64> {
    let query = AssertSqlSafe(format!("SELECT MAX(id) - {n} FROM {table}"));
    let before: i64 = match store {
        Store::Sqlite { writer, .. } => sqlx::query_scalar(query).fetch_one(writer).await?,
        Store::Postgres { pool, .. } => sqlx::query_scalar(query).fetch_one(pool).await?,
    };
    Ok(before)
}

async fn run(store: &Store, statement: String) -> anyhow::Result<()> {
    let safe = AssertSqlSafe(statement.clone());
    let done = match store {
        Store::Sqlite { writer, .. } => sqlx::query(safe).execute(writer).await.map(drop),
        Store::Postgres { pool, .. } => {
            let mut tx = pool.begin().await?;
            let patient = sqlx::query("SET LOCAL statement_timeout = 0");
            patient.execute(&mut *tx).await?;
            let done = sqlx::query(safe).execute(&mut *tx).await.map(drop);
            tx.commit().await?;
            done
        }
    };
    done.with_context(|| statement)
}
