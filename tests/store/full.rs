//! A row in every table: with nulls, both booleans, bytes of every value, and text beyond ASCII.

use sqlx::AssertSqlSafe;
use undersigned::store::Tx;

/// Rows of every table, referenced ones first. `h'…'` stands for bytes.
const ROWS: &str = "
INSERT INTO identity (id, base_url, username, created_at) VALUES (1, 'https://letter.example', 'letter', 1);
INSERT INTO own_key (actor, number, pkcs8, created_at, retired_at) VALUES
    ('letter', 1, h'00ff10', 1, 2), ('instance', 1, h'', 1, NULL);
INSERT INTO setting (key, value) VALUES ('a', ''), ('B', 'ß 𝔘 ''quoted'''), ('ä', '\\x00 and \\n');
INSERT INTO change (topic, version) VALUES ('letter', 3), ('queue', 9007199254740993);
INSERT INTO revision (number, kind, title, digest, source, note, by, published_at, overruled) VALUES
    (1, 'first', 'T', 'd', '# T', NULL, 'serve', 5, FALSE), (2, 'typo', 'T', 'e', '# U', 'a comma', 'ada', 6, TRUE);
INSERT INTO translation (language, number, revision, title, digest, source, by, published_at) VALUES
    ('de', 1, 1, 'Ü', 'd', '# Ü', 'ada', 5), ('de', 2, 2, NULL, NULL, NULL, 'ada', 6);
INSERT INTO picture (name, bytes) VALUES ('00.png', h'89504e470d0a1a0a00ff'), ('01.jpg', h'');
INSERT INTO launch (id, due_at, planned_at, by, heading, title, digest, names) VALUES (1, 9, 8, 'ada', NULL, 'Ü', 'd', 2);
INSERT INTO launch_text (language, file, source) VALUES ('', '', '# T'), ('de', 'letter.de.md', '# Ü');
INSERT INTO launch_picture (name, bytes) VALUES ('00.png', h'89504e470d0a1a0a00ff');
INSERT INTO host (id, authority, name, domain) VALUES
    (1, 'm.example', 'm.example', 'm.example'), (7, 'n.example:81', 'n.example', 'n.example');
INSERT INTO host_key (host_id, actor, own_key_id) VALUES (7, 'letter', 1);
INSERT INTO inbox (id, url, url_hash, host_id) VALUES (1, 'https://m.example/inbox', h'01', 1), (2, 'u', h'02', 7);
INSERT INTO actor (id, url, url_hash, host_id, type, handle, name, discoverable, opted_out, inbox_id, suspended,
                   first_seen_at, refreshed_at, successor_id, name_off_at, forge) VALUES
    (1, 'https://m.example/a', h'0a', 1, 'Person', '@a@m.example', 'Ada', TRUE, FALSE, 1, FALSE, 1, 1, 3, 4, 'codeberg.org'),
    (2, 'https://m.example/b', h'0b', 1, 'Group', '@b@m.example', '', FALSE, TRUE, 1, TRUE, 1, 1, NULL, NULL, NULL),
    (3, 'https://m.example/c', h'0c', 7, 'Person', '@c@n.example', 'Çelik', TRUE, FALSE, 2, FALSE, 1, 1, 2, NULL, 'github');
INSERT INTO actor_key (key_id_hash, actor_id, key_id, pem, fetched_at) VALUES (h'ff', 1, 'k', 'PEM', 1), (h'0fee', 2, 'l', 'PEM', 2);
INSERT INTO act (id, actor_id, kind, family, object_hash, object, activity_hash, activity, target, visibility, ceiling,
                 outcome, revision, text, at, carried, unvouched) VALUES
    (5, 1, 'reply', 'post', h'05', 'o', h'15', NULL, '/letter', 'public', 'named', 'listed', 1, 'I sign', 5, FALSE, TRUE),
    (6, 2, 'comment', 'post', h'06', 'p', h'16', 'x', '/letter', 'unlisted', 'counted', 'comment', 1, NULL, 6, TRUE, FALSE);
INSERT INTO project (actor_id, slot, sight, looked_at, missed_at, tried_at) VALUES (3, 'n.example', 'signs', 5, NULL, 5), (2, 'ß', NULL, NULL, NULL, NULL);
INSERT INTO evidence (act_id, how, method, path, headers, body, key_id, pem, received_at, bytes) VALUES
    (5, 'signed', 'POST', '/inbox', 'date: x', h'7b7d00fe', 'k', 'PEM', 5, 11);
INSERT INTO endorsement (id, public_id, actor_id, state, kind, act_id, revision, organisation, name_state,
                         endorsed_at, changed_at) VALUES
    (9, 'e1', 1, 'listed', 'reply', 5, 1, FALSE, 'shown', 5, 5),
    (10, 'e2', 2, 'hidden', 'like', NULL, 1, TRUE, 'pending', 5, 5);
INSERT INTO comment (public_id, act_id, approved_hash) VALUES ('c1', 6, h'66');
INSERT INTO history (endorsement_id, at, was, now, revision, cause) VALUES (9, 5, NULL, 'listed', 1, 'act'), (10, 5, 'listed', 'hidden', 1, 'decision');
INSERT INTO audit (id, at, by, action, target, count, undone_by) VALUES (1, 5, 'ada', 'hide', 'e2', NULL, 2), (2, 6, 'ada', 'audit.undo', '1', NULL, NULL), (3, 7, 'bo', 'endorsement.invalidate', NULL, 2, NULL);
INSERT INTO audit_note (audit_id, reason) VALUES (1, 'why');
INSERT INTO audit_target (id, audit_id, target, undo) VALUES (1, 1, 'e2', NULL), (2, 3, 'e1', '{}');
INSERT INTO follower (actor_id, follow_id, since) VALUES (1, 'https://m.example/follows/1', 5), (2, NULL, 6);
INSERT INTO reach (actor_id, kind, object_hash, activity_hash, target) VALUES (1, 'boost', h'33', h'34', '/letter'), (1, 'Boost', h'33', h'35', '/posts/1');
INSERT INTO seen (hash, at, undone_at, awaited) VALUES (h'80', 1, NULL, FALSE), (h'7f', 1, 2, TRUE), (h'7f00', 1, NULL, FALSE);
INSERT INTO tombstone (object_hash, actor_hash, deleted_at, claimed, expires_at) VALUES (h'01', h'02', 3, TRUE, 9);
INSERT INTO policy (target, kind, severity, at, reject_media) VALUES ('bad.example', 'domain', 'block', 1, TRUE), ('Bad.example', 'domain', 'noop', 1, FALSE);
INSERT INTO trusted_domain (domain, at) VALUES ('good.example', 1), ('Good.example', 2);
INSERT INTO word_rule (id, pattern, scope, by, at, removed_at) VALUES (1, 'a* ß', 'text', 'ada', 1, NULL), (2, 'b', 'name', 'ada', 1, 2);
INSERT INTO journal (at, host, type, outcome, reason) VALUES (1, 'm.example', 'Like', 'taken', NULL), (1, 'm.example', 'Like', 'later', 'busy');
INSERT INTO own_object (id, path, kind, published_at, addressee_id, in_reply_to) VALUES (1, '/letter', 'letter', 1, 2, 'ö');
INSERT INTO post_mention (own_object_id, handle, actor_id, answered) VALUES (1, '@ada@m.example', 1, TRUE), (1, '@bo@m.example', 2, FALSE);
INSERT INTO boost (path, actor_id, object_hash, object, at, looked_at) VALUES ('/activities/1', 1, h'66', 'o', 1, 1), ('/activities/2', 2, h'0066', 'ö', 2, 3);
INSERT INTO subscriber_note (path, own_object_id, actor_id) VALUES ('/posts/2', 1, 1), ('/posts/ö', 1, 2);
INSERT INTO following (actor_id, path, since, accepted_at) VALUES (1, '/activities/3', 1, NULL), (2, '/activities/4', 2, 3);
INSERT INTO activity (id, path, kind, subject, body, public, at) VALUES (1, '/a/1', 'Create', '/letter', '{}', TRUE, 1), (2, '/a/2', 'Accept', 'x', '{}', FALSE, 1);
INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at, last_body) VALUES
    (1, 1, 1, 'queued', 1, 1, NULL), (1, 2, 7, 'delivered', 1, 1, ''), (2, 1, 1, 'refused', 1, 1, 'no');
INSERT INTO job (kind, key_hash, payload, due_at, ordered_by) VALUES ('look', h'44', '{}', 1, 'm.example'), ('look', h'45', '{}', 1, NULL);
INSERT INTO lease_holder (name, alive_until) VALUES ('old', 1);
INSERT INTO server (name, version, since, alive_at) VALUES ('old', '0.1.0', 1, 2);
INSERT INTO signatory (id, public_id, name, skeleton, source, position, revision, state, listed_at, collected,
                       reference, name_hash, handle_hash, name_off_at) VALUES
    (1, 's1', 'Ada', 'ada', 'github', 1, 1, 'listed', 1, NULL, NULL, NULL, NULL, NULL),
    (2, 's2', 'Bö', 'bö', 'manual', 0, 1, 'hidden', 1, 'email', '<1@m.example>', h'77', h'00ff', 7);
INSERT INTO organisation (id, public_id, name, url, reference, revision, shown_words, added_at, removed_at) VALUES
    (1, 'o1', 'Bücher e. V.', 'https://xn--bcher-kva.example', '<1@m.example>', 1, 'bucher', 1, NULL),
    (2, 'o2', 'Gone', 'https://gone.example/x', 'p. 1', 1, 'gone', 1, 2);
INSERT INTO link (endorsement_id, state, github, github_id, signatory_id, looked_at) VALUES (9, 'linked', 'ada', 7, 1, 1), (10, 'removed', NULL, NULL, NULL, 2);
INSERT INTO report (host, targets, count, at, state) VALUES ('m.example', '/letter', 2, 1, 'open');
INSERT INTO milestone (step) VALUES (100), (200);
INSERT INTO quote_authorization (path, actor_id, object_hash, object, target) VALUES ('/q/1', 1, h'66', 'o', '/letter');
INSERT INTO fetch_day (host, day, n) VALUES ('m.example', 1, 2), ('m.example', 2, 2);
INSERT INTO surge (domain, at, n) VALUES ('', 60000, 2), ('m.example', 60000, 2);
INSERT INTO forge_thread (url, kind, issue_id, comments, locked, since, etag, tried_at, read_at, whole_at, hook_at, newest_at, trouble, trouble_at) VALUES
    ('https://f.example/a/b/issues/1', 'forgejo', 9, 2, TRUE, 1, 'W/\"ä\"', 2, 3, 4, 5, 6, NULL, NULL),
    ('https://f.example/a/b/issues/2', NULL, NULL, NULL, FALSE, NULL, NULL, 2, NULL, NULL, NULL, NULL, 'gone', 2);
INSERT INTO forge_missing (comment, thread, missed_at) VALUES ('https://f.example/a/b/issues/1#issuecomment-3', 'https://f.example/a/b/issues/1', 3)";

/// Writes all of it.
pub(crate) async fn fill(tx: &mut Tx) {
    for statement in ROWS.split(';') {
        let overriding = numbers_its_rows(statement).then_some(" OVERRIDING SYSTEM VALUE VALUES");
        let statement = match tx {
            Tx::Sqlite(_) => statement.replace("h'", "x'"),
            Tx::Postgres(_) => statement.replace("h'", "'\\x").replacen(
                " VALUES",
                overriding.unwrap_or(" VALUES"),
                1,
            ),
        };
        let done = match tx {
            Tx::Sqlite(tx) => {
                let run = sqlx::query(AssertSqlSafe(statement.clone()));
                run.execute(&mut **tx).await.map(drop)
            }
            Tx::Postgres(tx) => {
                let run = sqlx::query(AssertSqlSafe(statement.clone()));
                run.execute(&mut **tx).await.map(drop)
            }
        };
        done.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
}

/// Whether the rows bring numbers that PostgreSQL would give itself.
fn numbers_its_rows(statement: &str) -> bool {
    statement.contains("(id,") || statement.contains("(id)")
}
