-- Our word that somebody's post may quote something of ours (F-118). Its document is made from this row. Once
-- revoked it answers 410 for ever, and nothing is left of the post.
CREATE TABLE quote_authorization (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    actor_id INTEGER NOT NULL REFERENCES actor (id),
    object_hash BLOB,
    object TEXT NOT NULL,
    target TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX quote_authorization_granted ON quote_authorization (actor_id, object_hash, target)
    WHERE revoked_at IS NULL;
